"""The only JSON reader: bounded, no duplicate members, no NaN, no lone surrogates.

What comes out is plain: ``dict``, ``list``, ``str``, ``int``, ``float``, ``bool`` and ``None``, never shared with the
caller. ``copy`` gives the same guarantee for values that were composed in Python.
"""

from __future__ import annotations

import json
import marshal
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from json.encoder import encode_basestring
from typing import TypeAlias, cast

from microcred.errors import DocumentError
from microcred.limits import DEFAULT_LIMITS, Limits

__all__ = [
    "JSONObject",
    "JSONValue",
    "can_write",
    "copy",
    "dumps",
    "freeze",
    "loads",
    "loads_object",
    "many",
    "objects",
    "place",
    "pointer",
    "quoted",
    "thaw",
]

# Python reads and writes at most 4,300 digits.
_MAX_INTEGER_BITS = 14_000
_COMPOSED = (dict, list)
_SHORT_TEXT = 4_000
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")
_PLAIN = frozenset([dict, list, str, int, float, bool, type(None)])
JSONValue: TypeAlias = "bool | int | float | str | list[JSONValue] | dict[str, JSONValue] | None"
"""Any JSON value."""
JSONObject: TypeAlias = "dict[str, JSONValue]"
"""A JSON object."""


def pointer(*parts: str | int) -> str:
    """Make a JSON Pointer (RFC 6901) from member names and array indexes."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def place(where: str) -> str:
    """Name the member that a JSON Pointer points to, for a sentence about it."""
    names = [part for part in where.split("/") if part and not part.isdigit()]
    return f"“{names[-1].replace('~1', '/').replace('~0', '~')}”" if names else "the document"


def objects(value: JSONValue) -> Iterator[JSONObject]:
    """Return the objects in a value, at any depth, itself included."""
    left: list[JSONValue] = [value]
    while left:
        item = left.pop()
        if isinstance(item, dict):
            yield item
            left += [inner for inner in item.values() if isinstance(inner, _COMPOSED)]
        elif isinstance(item, list):
            left += [inner for inner in item if isinstance(inner, _COMPOSED)]


def many(value: JSONValue) -> Sequence[JSONValue]:
    """Return the items of a member that has one value or a list of them."""
    if value is None:
        return ()
    return value if isinstance(value, list) else (value,)


def freeze(value: JSONValue) -> bytes:
    """Write a plain value so that equal bytes mean equal values of equal types, members in their order.

    Version 0 of the format has no references; each text is a ``u``, its length in four bytes, and UTF-8.

    Raises:
        ValueError: The value is not plain.
    """
    return marshal.dumps(value, 0)


def thaw(frozen: bytes) -> JSONObject:
    """Return the object that ``freeze`` wrote, here and now: never what came in."""
    return cast(JSONObject, marshal.loads(frozen))  # noqa: S302 - from this process


# Python has it in C; the type stubs know only the slow twin.
quoted = encode_basestring
"""Write a text as ``dumps`` does, at a fraction of the cost."""
# Made once: for a short value, making it takes longer than what it does.
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def dumps(value: JSONValue) -> str:
    """Write JSON on one line, without spaces, as UTF-8 text rather than escapes."""
    return _ENCODER.encode(value)


def loads(text: str | bytes | bytearray, limits: Limits = DEFAULT_LIMITS) -> JSONValue:
    """Read JSON text.

    Args:
        text: UTF-8 bytes or text; untrusted. A byte order mark is ignored.
        limits: Bounds on size, depth and number of values.

    Returns:
        Plain values.

    Raises:
        DocumentError: PARSING_ERROR: not UTF-8, not JSON (RFC 8259), a member name twice in one object, NaN or an
            infinite number, or beyond a limit.
    """
    if _size(text, limits.max_document_bytes) > limits.max_document_bytes:
        raise _error(f"the document is larger than {limits.max_document_bytes:,} bytes")
    if isinstance(text, bytes | bytearray):
        try:
            text = text.decode()
        except UnicodeDecodeError as error:
            raise _error(f"the document is not UTF-8 (at byte {error.start}); save it as UTF-8") from None
    try:
        value = json.loads(
            text.removeprefix("\ufeff"),
            object_pairs_hook=_object,
            parse_float=_float,
            parse_constant=_constant,
        )
    except RecursionError:
        raise _error(f"arrays and objects are nested deeper than {limits.max_json_depth}") from None
    except json.JSONDecodeError as error:
        if text.lstrip("\ufeff \t\r\n")[:1] not in ("{", "["):
            hint = "it starts with no brace; give the content itself, not the name of a file or its address"
            raise _error(f"the document is not JSON: {hint}") from None
        raise _error(f"the document is not JSON: {error.msg} at line {error.lineno}, column {error.colno}") from None
    except _DuplicateMemberError as error:
        raise _error(f"the member name {error.name!r} occurs twice in one object") from None
    except ValueError as error:
        # Python's own bound on the digits of an integer, and the two hooks below.
        raise _error(f"the document has an unusable number: {str(error).split(';')[0]}") from None
    # The copy says what is wrong, and where.
    return value if _is_within(value, text, limits) else copy(value, limits)


def loads_object(text: str | bytes | bytearray, limits: Limits = DEFAULT_LIMITS) -> JSONObject:
    """Read JSON text that must be an object; otherwise as ``loads``."""
    value = loads(text, limits)
    if not isinstance(value, dict):
        raise _error("the document must be a JSON object, in braces")
    return value


def copy(value: object, limits: Limits = DEFAULT_LIMITS) -> JSONValue:
    """Copy a value that must be plain JSON.

    Args:
        value: What a caller composed; untrusted. Tuples become arrays.
        limits: Bounds on size, depth and number of values.

    Returns:
        A deep copy of plain values.

    Raises:
        DocumentError: PARSING_ERROR with a pointer: something that JSON cannot say (a datetime, NaN, a member name
            that is not text …), or beyond a limit.
    """
    copied = _PlainCopier(limits).copy(value)
    # What cannot be copied the quick way is either made plain or refused in words by the thorough one.
    return _Copier(limits).copy(value, ()) if copied is None else copied


def _is_within(value: JSONValue, text: str, limits: Limits) -> bool:
    """Tell whether what was read from text is surely within the limits, and can be written again.

    Most limits cannot be reached by a text of ordinary size, and strings have at most the bytes that they were read
    from.
    """
    brackets = text.count("{") + text.count("[")
    if brackets + text.count(",") >= limits.max_json_values:
        return False
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            return False
    if "\\" in text and _SURROGATE_ESCAPE.search(text):
        return False
    if brackets <= limits.max_json_depth and len(text) <= _SHORT_TEXT:
        return True
    return _is_shallow(value, limits.max_json_depth)


def _is_shallow(value: JSONValue, depth: int) -> bool:
    """Tell whether arrays and objects are nested no deeper than a bound, and whole numbers not too long."""
    level: list[JSONValue] = [value]
    for left in range(depth, -1, -1):
        below: list[JSONValue] = []
        for node in level:
            if isinstance(node, dict | list) and not left:
                return False
            if isinstance(node, dict):
                below += [item for item in node.values() if type(item) is not str]
            elif isinstance(node, list):
                below += [item for item in node if type(item) is not str]
            elif isinstance(node, int) and node.bit_length() > _MAX_INTEGER_BITS:
                return False
        if not below:
            break
        level = below
    return True


def can_write(texts: list[str], numbers: list[int | float], limits: Limits, *, size: int = 0) -> bool:
    """Tell whether all texts and numbers of a document are within the limits and can be written.

    They are looked at together, which is many times as fast as one by one.

    Args:
        texts: Plain text.
        numbers: Plain numbers.
        limits: Bounds the size.
        size: How many more bytes there are.
    """
    if sum(map(len, texts)) + size > limits.max_document_bytes:
        return False
    text = "".join(texts)
    if not text.isascii():
        try:
            size += len(text.encode())
        except UnicodeEncodeError:
            return False
        if size > limits.max_document_bytes:
            return False
    return all(
        math.isfinite(number) if isinstance(number, float) else number.bit_length() <= _MAX_INTEGER_BITS
        for number in numbers
    )


def _size(text: str | bytes | bytearray, most: int) -> int:
    """Return the size in UTF-8 bytes; more than ``most`` characters are not worth encoding."""
    if not isinstance(text, str) or text.isascii() or len(text) > most:
        return len(text)
    return len(text.encode(errors="surrogatepass"))


class _NotPlainError(Exception):
    pass


class _PlainCopier:
    """Copies what is plain and within the limits as it stands, which nearly everything is, and gives up on the rest."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._names: list[str] = []
        self._values: list[object] = []

    def copy(self, value: object) -> JSONValue:
        """Return a copy; None if another way must be taken."""
        try:
            # The value is looked at as the item of an array.
            (copied,) = self._array([cast("JSONValue", value)], self._limits.max_json_depth + 1)
        except _NotPlainError:
            return None
        # All are looked at together, which is many times as fast as one by one.
        if not set(map(type, self._names)) <= {str} or not set(map(type, self._values)) <= _PLAIN:
            return None
        texts = self._names + [value for value in self._values if type(value) is str]
        numbers = [value for value in self._values if type(value) is int or type(value) is float]
        return copied if can_write(texts, numbers, self._limits) else None

    def _object(self, members: JSONObject, depth: int) -> JSONObject:
        self._names += members
        self._count(members.values(), depth)
        copied = members.copy()
        # The names stay, so that members may be replaced on the way.
        for name, item in copied.items():
            if type(item) is dict:
                copied[name] = self._object(item, depth - 1)
            elif type(item) is list:
                copied[name] = self._array(item, depth - 1)
        return copied

    def _array(self, items: list[JSONValue], depth: int) -> list[JSONValue]:
        self._count(items, depth)
        copied = items.copy()
        for index, item in enumerate(items):
            if type(item) is dict:
                copied[index] = self._object(item, depth - 1)
            elif type(item) is list:
                copied[index] = self._array(item, depth - 1)
        return copied

    def _count(self, values: Iterable[JSONValue], depth: int) -> None:
        self._values += values
        if depth <= 0 or len(self._values) > self._limits.max_json_values:
            raise _NotPlainError


class _Copier:
    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._values_left = limits.max_json_values
        self._bytes_left = limits.max_document_bytes

    def copy(self, value: object, path: tuple[str | int, ...]) -> JSONValue:
        self._values_left -= 1
        if self._values_left < 0:
            raise _error(f"the document has more than {self._limits.max_json_values:,} values")
        if isinstance(value, str):
            return self._text(value, path)
        if value is None or value is True or value is False:
            return value
        if isinstance(value, dict | list | tuple):
            if len(path) >= self._limits.max_json_depth:
                raise _error(f"arrays and objects are nested deeper than {self._limits.max_json_depth}")
            if isinstance(value, dict):
                return {self._name(name, path): self.copy(item, (*path, name)) for name, item in value.items()}
            return [self.copy(item, (*path, index)) for index, item in enumerate(value)]
        return self._number(value, path)

    def _number(self, value: object, path: tuple[str | int, ...]) -> int | float:
        if isinstance(value, int):
            if value.bit_length() > _MAX_INTEGER_BITS:
                raise _error("a whole number has too many digits; write it as text", path)
            return int(value)
        if isinstance(value, float):
            if not math.isfinite(value):
                raise _error("JSON has no NaN and no infinite numbers", path)
            return float(value)
        hint = "; write it as text" if hasattr(value, "isoformat") else ""
        raise _error(f"a {type(value).__name__} is not a JSON value{hint}", path)

    def _name(self, name: object, path: tuple[str | int, ...]) -> str:
        if not isinstance(name, str):
            raise _error("a member name is not text", path)
        return self._text(name, path)

    def _text(self, text: str, path: tuple[str | int, ...]) -> str:
        size = len(text)
        if not text.isascii() and size <= self._bytes_left:
            try:
                size = len(text.encode())
            except UnicodeEncodeError:
                raise _error("text holds half of a surrogate pair, which UTF-8 cannot say", path) from None
        self._bytes_left -= size
        if self._bytes_left < 0:
            raise _error(f"the document is larger than {self._limits.max_document_bytes:,} bytes")
        return str(text)


class _DuplicateMemberError(Exception):
    def __init__(self, name: str) -> None:
        self.name = name[:80]


def _object(pairs: list[tuple[str, JSONValue]]) -> JSONObject:
    members = dict(pairs)
    if len(members) != len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise _DuplicateMemberError(name)
            seen.add(name)
    return members


def _float(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError("too large for a double")
    return number


def _constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _error(message: str, path: tuple[str | int, ...] = ()) -> DocumentError:
    return DocumentError.at(pointer(*path), message, "PARSING_ERROR")
