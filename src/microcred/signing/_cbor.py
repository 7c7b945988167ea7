"""CBOR (RFC 8949) as proof values and COSE messages have it, read within bounds and written in one way.

A general reader acts on tags, and some of them take minutes for one document (a fraction of two long numbers, say).
Here nothing is read that has a tag, or no length in front.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping, Sequence
from typing import TypeAlias, cast

__all__ = ["Cbor", "Reader", "write"]

Cbor: TypeAlias = (
    "int | float | bytes | str | bool | Sequence[Cbor] | Mapping[int, Cbor] | Mapping[int | str, Cbor] | None"
)
"""What is read."""
_UNSIGNED, _NEGATIVE, _BYTES, _TEXT, _ARRAY, _MAP, _SIMPLE = 0, 1, 2, 3, 4, 5, 7
_CONSTANTS = {20: False, 21: True, 22: None}
_FLOATS = {25: ">e", 26: ">f", 27: ">d"}
# A map of bytes in the array that everything is in; and a key in a claim among the claims in a header, with room for
# what is not understood, and therefore ignored.
_MAX_DEPTH, _MAX_DEPTH_IN_COSE = 3, 8
# More than the statements that a document may have, and than anybody puts into a header: each costs time and memory,
# though it may be one byte.
_MAX_VALUES, _MAX_VALUES_IN_COSE = 1 << 18, 1 << 12
# In all maps together: many numbers can be chosen so that each takes as long to file as there are others.
_MAX_KEYS = 1 << 14


def _head(kind: int, number: int) -> bytes:
    if number < 24:
        return bytes([kind << 5 | number])
    power = max(0, (number.bit_length() - 1).bit_length() - 3)
    return bytes([kind << 5 | 24 + power]) + number.to_bytes(1 << power)


def write(value: Cbor) -> bytes:
    """Write a value in the one way that is deterministic (§4.2.1): whole numbers, bytes, text, arrays and maps."""
    if isinstance(value, int) and not isinstance(value, bool):
        return _head(_UNSIGNED, value) if value >= 0 else _head(_NEGATIVE, -1 - value)
    if isinstance(value, bytes):
        return _head(_BYTES, len(value)) + value
    if isinstance(value, str):
        text = value.encode()
        return _head(_TEXT, len(text)) + text
    if isinstance(value, Mapping):
        items = sorted((write(key), write(item)) for key, item in value.items())
        return _head(_MAP, len(items)) + b"".join(key + item for key, item in items)
    if isinstance(value, Sequence):
        return _head(_ARRAY, len(value)) + b"".join(map(write, value))
    raise TypeError("what is written are whole numbers, bytes, text, arrays and maps")


def _number_or_constant(kind: int, number: int, head: bytes) -> Cbor:
    """Return what a head alone says."""
    if kind == _NEGATIVE:
        return -1 - number
    if kind == _SIMPLE and head[0] & 31 in _FLOATS:
        (value,) = cast("tuple[float]", struct.unpack(_FLOATS[head[0] & 31], head[1:]))
        if math.isfinite(value):
            return value
    elif kind == _SIMPLE and len(head) == 1 and number in _CONSTANTS:
        return _CONSTANTS[number]
    raise ValueError("a tag, a value that is none, or too deep")


class Reader:
    """Reads one value, and nothing else.

    Proof values are made of five of CBOR's eight kinds, in their preferred form (§4.1), and their keys are unsigned
    numbers. In COSE other numbers and constants occur, keys may be text, and any form will do.
    """

    def __init__(self, data: bytes, *, cose: bool = False) -> None:
        self._data = data
        self._cose = cose
        self._keys = (int, str) if cose else (int,)
        self._at = 0
        self._values_left = _MAX_VALUES_IN_COSE if cose else _MAX_VALUES
        self._keys_left = _MAX_KEYS

    def only_value(self) -> Cbor:
        """Return the value that is all there is; ValueError if it is not."""
        value = self._value(_MAX_DEPTH_IN_COSE if self._cose else _MAX_DEPTH)
        if self._at != len(self._data):
            raise ValueError("bytes behind the end")
        return value

    def _take(self, count: int) -> bytes:
        taken = self._data[self._at : self._at + count]
        if len(taken) != count:
            raise ValueError("an early end")
        self._at += count
        return taken

    def _head(self) -> tuple[int, int, bytes]:
        start = self._at
        kind, number = divmod(self._take(1)[0], 32)
        if 24 <= number < 28:
            number = int.from_bytes(self._take(1 << (number - 24)))
        elif number >= 28:
            raise ValueError("without a length")
        head = self._data[start : self._at]
        if not self._cose and head != _head(kind, number):
            raise ValueError("not the shortest form")
        return kind, number, head

    def _value(self, depth: int) -> Cbor:
        self._values_left -= 1
        if self._values_left < 0:
            raise ValueError("too many values")
        kind, number, head = self._head()
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
        if self._cose:
            return _number_or_constant(kind, number, head)
        raise ValueError("another kind, or too deep")

    def _map(self, count: int, depth: int) -> Cbor:
        items: dict[int | str, Cbor] = {}
        self._keys_left -= count
        if self._keys_left < 0:
            raise ValueError("too many keys")
        for _ in range(count):
            key = self._value(0)
            # By type, since True and 1.0 would be 1.
            if type(key) not in self._keys or key in items:
                raise ValueError("a key of another kind, or that comes twice")
            items[cast("int | str", key)] = self._value(depth)
        return items
