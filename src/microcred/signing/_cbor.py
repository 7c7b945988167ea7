"""CBOR (RFC 8949) as proof values have it.

They are made of five of CBOR's eight kinds, which are read here and no others: a general reader acts on tags, and some
of them take minutes for one document (a fraction of two long numbers, say).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

__all__ = ["Cbor", "Reader", "write"]

Cbor: TypeAlias = "int | bytes | str | Sequence[Cbor] | Mapping[int, Cbor]"
"""What proof values hold."""
_UNSIGNED, _BYTES, _TEXT, _ARRAY, _MAP = 0, 2, 3, 4, 5
# A map of bytes in the array that everything is in.
_MAX_DEPTH = 3
# More than the statements that a document may have; each costs memory, though it may be one byte.
_MAX_VALUES = 1 << 18
# In all maps together: many numbers can be chosen so that each takes as long to file as there are others.
_MAX_KEYS = 1 << 14


def _head(kind: int, number: int) -> bytes:
    if number < 24:
        return bytes([kind << 5 | number])
    power = max(0, (number.bit_length() - 1).bit_length() - 3)
    return bytes([kind << 5 | 24 + power]) + number.to_bytes(1 << power)


def write(value: Cbor) -> bytes:
    """Write a value in the one way that is deterministic (§4.2.1)."""
    if isinstance(value, int):
        return _head(_UNSIGNED, value)
    if isinstance(value, bytes):
        return _head(_BYTES, len(value)) + value
    if isinstance(value, str):
        text = value.encode()
        return _head(_TEXT, len(text)) + text
    if isinstance(value, Mapping):
        items = (write(key) + write(item) for key, item in sorted(value.items()))
        return _head(_MAP, len(value)) + b"".join(items)
    return _head(_ARRAY, len(value)) + b"".join(map(write, value))


class Reader:
    """A reader of CBOR in its preferred form (RFC 8949 §4.1): shortest heads, no tags; maps have unsigned keys."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self._values_left = _MAX_VALUES
        self._keys_left = _MAX_KEYS

    def only_value(self) -> Cbor:
        """Return the value that is all there is; ValueError if it is not."""
        value = self._value(_MAX_DEPTH)
        if self._at != len(self._data):
            raise ValueError("bytes behind the end")
        return value

    def _take(self, count: int) -> bytes:
        taken = self._data[self._at : self._at + count]
        if len(taken) != count:
            raise ValueError("an early end")
        self._at += count
        return taken

    def _head(self) -> tuple[int, int]:
        start = self._at
        kind, number = divmod(self._take(1)[0], 32)
        if 24 <= number < 28:
            number = int.from_bytes(self._take(1 << (number - 24)))
        if _head(kind, number) != self._data[start : self._at]:
            raise ValueError("not the shortest form, or without a length")
        return kind, number

    def _value(self, depth: int) -> Cbor:
        self._values_left -= 1
        if self._values_left < 0:
            raise ValueError("too many values")
        kind, number = self._head()
        if kind == _UNSIGNED:
            return number
        if kind in (_BYTES, _TEXT):
            data = self._take(number)
            return data if kind == _BYTES else data.decode()
        # Each item takes a byte at least, so that a length that lies ends with the data.
        if kind == _ARRAY and depth:
            return [self._value(depth - 1) for _ in range(number)]
        if kind == _MAP and depth:
            return self._map(number, depth - 1)
        raise ValueError("another kind, or too deep")

    def _map(self, count: int, depth: int) -> dict[int, Cbor]:
        items: dict[int, Cbor] = {}
        self._keys_left -= count
        if self._keys_left < 0:
            raise ValueError("too many keys")
        for _ in range(count):
            key = self._value(0)
            if not isinstance(key, int) or key in items:
                raise ValueError("a key that is no number, or that comes twice")
            items[key] = self._value(depth)
        return items
