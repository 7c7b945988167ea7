"""The one text of a JSON value: the JSON Canonicalization Scheme (RFC 8785), which the JCS cryptosuites sign."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from json.encoder import encode_basestring
from typing import cast

from microcred.errors import DocumentError
from microcred.json import JSONValue, objects, pointer

__all__ = ["canonicalize"]

_MAX_INTEGER = 2**53 - 1
_DIGITS_OF_INTEGERS, _DIGITS_OF_FRACTIONS = 21, 6
# Only names with such characters sort otherwise by UTF-16 code units than by code points.
_BEYOND_16_BITS = re.compile("[\U00010000-\U0010ffff]")
_encoder = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False, check_circular=False
)
# Python's own function, of which the type stubs know only the slow twin.
_quoted = encode_basestring


def canonicalize(value: JSONValue) -> bytes:
    """Return the canonical form of a JSON value (RFC 8785 §3.2).

    Args:
        value: Plain JSON, as ``json.loads`` and ``json.copy`` give it.

    Raises:
        DocumentError: PROOF_TRANSFORMATION_ERROR with a pointer to each value that has none: NaN and infinite numbers,
            whole numbers beyond 2**53 - 1 that are not written as a double is, halves of surrogate pairs.
    """
    try:
        # Python's encoder escapes as §3.2.2.2 has it; what else it does differs only in what is looked for here.
        text = _encoder.encode(value) if _has_plain_numbers(value) else _write(value)
        if not text.isascii() and _BEYOND_16_BITS.search(text) and _has_long_names(value):
            text = _write(value)
        return text.encode()
    except RecursionError:
        raise DocumentError.at("", "is nested too deeply", "PROOF_TRANSFORMATION_ERROR") from None
    except ValueError:
        refused = [
            DocumentError.at(pointer(*path), message, "PROOF_TRANSFORMATION_ERROR").problems[0]
            for path, message in _refused(value, ())
        ]
        raise DocumentError(refused) from None


def _has_plain_numbers(value: JSONValue) -> bool:
    """Tell whether all numbers are whole, and within the doubles."""
    left: list[JSONValue] = [[value]]
    while left:
        node = left.pop()
        for item in node.values() if type(node) is dict else cast("list[JSONValue]", node):
            kind = type(item)
            if kind is dict or kind is list:
                left.append(item)
            elif kind is float or (kind is int and abs(cast(int, item)) > _MAX_INTEGER):
                return False
    return True


def _has_long_names(value: JSONValue) -> bool:
    """Tell whether a name has a character that UTF-16 writes as two."""
    return any(_BEYOND_16_BITS.search("".join(item)) for item in objects(value))


def _write(value: JSONValue) -> str:
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, dict):
        names = sorted(value, key=None if "".join(value).isascii() else _utf_16)
        return "{" + ",".join([f"{_quoted(name)}:{_write(value[name])}" for name in names]) + "}"
    if isinstance(value, list):
        return "[" + ",".join([_write(item) for item in value]) + "]"
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, int) and abs(value) > _MAX_INTEGER and not _is_double(value):
        raise ValueError
    return _encoder.encode(value)


def _is_double(value: int) -> bool:
    """Tell whether ECMAScript, where all numbers are doubles, writes just these digits."""
    return abs(value) < 10**_DIGITS_OF_INTEGERS and _number(float(value)) == str(value)


def _utf_16(name: str) -> bytes:
    return name.encode("utf-16-be")


def _number(value: float) -> str:
    """Write a double as ECMAScript does (ECMA-262 §6.1.6.1.20, Number::toString)."""
    # Both languages take the shortest digits that name the double, and differ in where they put the point.
    mantissa, _, exponent = json.dumps(abs(value), allow_nan=False).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    # The point stands behind so many digits.
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    if not digits:
        return "0"
    sign = "-" if value < 0 else ""
    if len(digits) <= point <= _DIGITS_OF_INTEGERS:
        return sign + digits.ljust(point, "0")
    if 0 < point <= _DIGITS_OF_INTEGERS:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -_DIGITS_OF_FRACTIONS < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    rest = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{rest}e{point - 1:+d}"


def _refused(value: JSONValue, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Find what has no canonical form, and say why."""
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            if isinstance(key, str):
                # The name cannot be printed either, so that the object is pointed to.
                yield from ((path, message) for _, message in _refused(key, path))
            yield from _refused(item, (*path, key))
        return
    try:
        _write(value).encode()
    except UnicodeEncodeError:
        yield path, "holds half of a surrogate pair, which UTF-8 cannot say"
    except ValueError:
        yield path, "is a number that is not a double (RFC 8785 §3.2.2.3); write it as text"
