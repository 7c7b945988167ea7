"""What a schema says about one value, without what is inside it (JSON Schema Validation §6 and §7).

Each function returns what is wrong in words, or nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Final, NamedTuple, TypeAlias

from microcred.json import JSONValue
from microcred.verify.json_schema.dialects import Dialect
from microcred.verify.json_schema.formats import FORMATS
from microcred.verify.json_schema.work import UndecidedError, Work
from microcred.verify.report import Code

__all__ = ["ASSERTIONS", "Assertion", "invalid", "is_number", "key_of"]

_NAMES = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "null": "null",
    "number": "a number",
    "object": "an object",
    "string": "text",
}


def invalid() -> UndecidedError:
    """Return the error of a schema that is none."""
    return UndecidedError("the schema is not valid JSON Schema", Code.MALFORMED_VALUE_ERROR)


def is_number(value: JSONValue) -> bool:
    """Tell whether a value is a number; in Python, true is one too."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def key_of(value: JSONValue, work: Work) -> str:
    """Return a text that equal values share, and no others: 1.0 equals 1, and 1 is not true (Core §4.2.2)."""
    work.spend(1)
    if isinstance(value, str):
        work.spend(len(value) // 64)
        return f'"{len(value)}:{value}'
    if isinstance(value, list):
        return f"[{''.join([key_of(item, work) for item in value])}]"
    if isinstance(value, dict):
        return "{" + "".join([f"{len(name)}:{name}{key_of(value[name], work)}" for name in sorted(value)]) + "}"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    # Not as numbers, some of which share a hash by design.
    return f"{value};" if not isinstance(value, int) or isinstance(value, bool) else f"{value:x};"


def _is(name: str, value: JSONValue, dialect: Dialect) -> bool:
    if name == "integer":
        whole = isinstance(value, float) and value.is_integer() and dialect.number > 4
        return whole or (isinstance(value, int) and not isinstance(value, bool))
    if name == "number":
        return is_number(value)
    return isinstance(value, _TYPES[name])


_TYPES: Mapping[str, type] = {"array": list, "boolean": bool, "null": type(None), "object": dict, "string": str}


def _type(value: JSONValue, instance: JSONValue, _: Work, dialect: Dialect) -> str:
    names = value if isinstance(value, list) else [value]
    for name in names:
        if not isinstance(name, str) or name not in _NAMES:
            raise invalid()
        if _is(name, instance, dialect):
            return ""
    return f"must be {' or '.join([_NAMES[str(name)] for name in names[:7]])}"


def _enum(value: JSONValue, instance: JSONValue, work: Work, _: Dialect) -> str:
    assert isinstance(value, list)
    work.spend(len(value))
    same = [option for option in value if _alike(option, instance)]
    if same:
        key = key_of(instance, work)
        if any(key_of(option, work) == key for option in same):
            return ""
    return "is not one of the values that the schema allows"


def _alike(left: JSONValue, right: JSONValue) -> bool:
    """Tell whether two values may be equal, by a glance."""
    if is_number(left) and is_number(right):
        return True
    if isinstance(left, str | list | dict) and isinstance(right, str | list | dict):
        return type(left) is type(right) and len(left) == len(right)
    return left is right


def _const(value: JSONValue, instance: JSONValue, work: Work, dialect: Dialect) -> str:
    return _enum([value], instance, work, dialect) and "is not the value that the schema asks for"


def _multiple_of(value: JSONValue, instance: JSONValue, work: Work, _: Dialect) -> str:
    if not isinstance(value, int | float) or not isinstance(instance, int | float) or isinstance(instance, bool):
        return ""
    if value <= 0:
        raise invalid()
    # Long whole numbers take time that grows with the square of their length.
    work.spend(20 + (instance.bit_length() // 128) ** 2 // 40 if isinstance(instance, int) else 20)
    # As written, in decimal: 0.0075 is a multiple of 0.0001.
    exact = [number if isinstance(number, int) else Fraction(repr(number)) for number in (instance, value)]
    return "" if (Fraction(exact[0]) / exact[1]).denominator == 1 else "is not a multiple of what the schema asks for"


_Compare: TypeAlias = Callable[[int | float, int | float], bool]


def _bound(holds: _Compare, words: str) -> Assert:
    def check(value: JSONValue, instance: JSONValue, _: Work, __: Dialect) -> str:
        assert isinstance(value, int | float)
        if not isinstance(instance, int | float) or isinstance(instance, bool):
            return ""
        return "" if holds(instance, value) else words

    return check


def _size(kind: type, holds: _Compare, words: str) -> Assert:
    def check(value: JSONValue, instance: JSONValue, _: Work, __: Dialect) -> str:
        assert isinstance(value, int | float)
        if not isinstance(instance, kind):
            return ""
        assert isinstance(instance, str | list | dict)
        return "" if holds(len(instance), value) else words

    return check


def _unique(value: JSONValue, instance: JSONValue, work: Work, _: Dialect) -> str:
    if value is not True or not isinstance(instance, list):
        return ""
    different = {key_of(item, work) for item in instance}
    return "" if len(different) == len(instance) else "must not hold the same value twice"


def _format(value: JSONValue, instance: JSONValue, work: Work, _: Dialect) -> str:
    # What is not known says nothing (§7.2.3).
    check = FORMATS.get(str(value))
    if check is None or not isinstance(instance, str):
        return ""
    work.spend(1 + len(instance) // 16)
    return "" if check(instance) else "is not written in the format that the schema asks for"


Assert: TypeAlias = Callable[[JSONValue, JSONValue, Work, Dialect], str]
_NUMBER, _COUNT = (int, float), (int, float)


class Assertion(NamedTuple):
    """A word of schemas that is about a value by itself."""

    takes: tuple[type, ...]
    """The types of what the schema says."""
    since: int
    """The first generation that has it."""
    check: Assert


ASSERTIONS: Final[Mapping[str, Assertion]] = {
    "type": Assertion((str, list), 4, _type),
    "enum": Assertion((list,), 4, _enum),
    "const": Assertion((object,), 6, _const),
    "multipleOf": Assertion(_NUMBER, 4, _multiple_of),
    "exclusiveMinimum": Assertion(_NUMBER, 6, _bound(lambda number, most: number > most, "is too small")),
    "exclusiveMaximum": Assertion(_NUMBER, 6, _bound(lambda number, most: number < most, "is too large")),
    "minLength": Assertion(_COUNT, 4, _size(str, lambda size, least: size >= least, "is too short")),
    "maxLength": Assertion(_COUNT, 4, _size(str, lambda size, most: size <= most, "is too long")),
    "minItems": Assertion(_COUNT, 4, _size(list, lambda size, least: size >= least, "has too few items")),
    "maxItems": Assertion(_COUNT, 4, _size(list, lambda size, most: size <= most, "has too many items")),
    "minProperties": Assertion(_COUNT, 4, _size(dict, lambda size, least: size >= least, "has too few members")),
    "maxProperties": Assertion(_COUNT, 4, _size(dict, lambda size, most: size <= most, "has too many members")),
    "uniqueItems": Assertion((bool,), 4, _unique),
    "format": Assertion((str,), 4, _format),
}
"""By their names; those that need more than a value are in the evaluation."""
