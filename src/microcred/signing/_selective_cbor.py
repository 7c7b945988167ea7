"""The CBOR (RFC 8949) of selective proofs, behind three bytes that name the kind of proof.

Proof values are made of five of CBOR's eight kinds, which are read here and no others: a general reader acts on tags,
and some of them take minutes for one document (a fraction of two long numbers, say).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TypeAlias, TypeGuard

from microcred.encoding import multibase_decode, multibase_encode
from microcred.errors import ProofError
from microcred.json import JSONValue

__all__ = [
    "POINTER",
    "Cbor",
    "are_distinct",
    "decode",
    "encode",
    "is_array_of_bytes",
    "is_bytes",
    "is_indexes",
    "is_map_of_bytes",
    "is_map_of_numbers",
    "is_texts",
    "malformed",
    "parts_of",
]

Cbor: TypeAlias = "int | bytes | str | Sequence[Cbor] | Mapping[int, Cbor]"
"""What proof values hold."""
POINTER = "/proof/proofValue"
"""Where a proof value stands."""
_UNSIGNED, _BYTES, _TEXT, _ARRAY, _MAP = 0, 2, 3, 4, 5
# A map of bytes in the array that everything is in.
_MAX_DEPTH = 3


def encode(prefix: bytes, parts: Sequence[Cbor]) -> str:
    """Write a proof value.

    Args:
        prefix: Names the kind of proof.
        parts: What it holds.
    """
    return multibase_encode(prefix + _write(parts), "u")


def decode(value: JSONValue) -> bytes:
    """Return the bytes of a proof value; untrusted.

    Raises:
        ProofError: It is not base64url with its prefix.
    """
    try:
        return multibase_decode(value if isinstance(value, str) else "", "u")
    except ValueError:
        raise ProofError("the proofValue is not base64url with the prefix u", pointer=POINTER) from None


def parts_of(data: bytes, prefix: bytes, suite: str) -> Sequence[Cbor]:
    """Return the five parts behind a prefix.

    Args:
        data: Untrusted.
        prefix: Names the kind of proof.
        suite: The cryptosuite, for the message.

    Raises:
        ProofError: Another prefix, not CBOR in its preferred form, or not five parts.
    """
    try:
        parts = _Reader(data[len(prefix) :]).only_value() if data.startswith(prefix) else None
    except ValueError:
        raise malformed(suite) from None
    if not isinstance(parts, list) or len(parts) != 5:
        raise malformed(suite)
    return parts


def malformed(suite: str) -> ProofError:
    """Make the error of bytes that are not a proof value."""
    return ProofError(f"the proofValue is not one of {suite}: CBOR in base64url", pointer=POINTER)


def is_bytes(value: Cbor, size: int) -> TypeGuard[bytes]:
    """Tell whether a part is bytes of a length."""
    return isinstance(value, bytes) and len(value) == size


def is_array_of_bytes(value: Cbor, size: int) -> TypeGuard[list[bytes]]:
    """Tell whether a part is an array of bytes of a length."""
    return isinstance(value, list) and all(is_bytes(item, size) for item in value)


def is_texts(value: Cbor) -> TypeGuard[list[str]]:
    """Tell whether a part is an array of texts."""
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def is_map_of_bytes(value: Cbor, size: int) -> TypeGuard[dict[int, bytes]]:
    """Tell whether a part is a map to bytes of a length."""
    return isinstance(value, dict) and all(is_bytes(item, size) for item in value.values())


def is_map_of_numbers(value: Cbor) -> TypeGuard[dict[int, int]]:
    """Tell whether a part is a map to numbers."""
    return isinstance(value, dict) and all(isinstance(item, int) for item in value.values())


def are_distinct(labels: Mapping[int, bytes] | Mapping[int, int]) -> bool:
    """Tell whether no two nodes have one label, or statements could move between them."""
    return len(set(labels.values())) == len(labels)


def is_indexes(value: Cbor) -> TypeGuard[list[int]]:
    """Tell whether a part is an array of indexes, each greater than the one before."""
    if not isinstance(value, list) or not all(isinstance(item, int) for item in value):
        return False
    return all(first < second for first, second in pairwise(value))


def _head(kind: int, number: int) -> bytes:
    if number < 24:
        return bytes([kind << 5 | number])
    power = max(0, (number.bit_length() - 1).bit_length() - 3)
    return bytes([kind << 5 | 24 + power]) + number.to_bytes(1 << power)


def _write(value: Cbor) -> bytes:
    if isinstance(value, int):
        return _head(_UNSIGNED, value)
    if isinstance(value, bytes):
        return _head(_BYTES, len(value)) + value
    if isinstance(value, str):
        text = value.encode()
        return _head(_TEXT, len(text)) + text
    if isinstance(value, Mapping):
        items = (_write(key) + _write(item) for key, item in sorted(value.items()))
        return _head(_MAP, len(value)) + b"".join(items)
    return _head(_ARRAY, len(value)) + b"".join(map(_write, value))


class _Reader:
    """A reader of CBOR in its preferred form (RFC 8949 §4.1): shortest heads, no tags; maps have unsigned keys."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

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
        for _ in range(count):
            key = self._value(0)
            if not isinstance(key, int) or key in items:
                raise ValueError("a key that is no number, or that comes twice")
            items[key] = self._value(depth)
        return items
