"""The CBOR (RFC 8949) of selective proofs, behind three bytes that name the kind of proof."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TypeGuard

from microcred.encoding import multibase_decode, multibase_encode
from microcred.errors import ProofError
from microcred.json import JSONValue
from microcred.signing._cbor import Cbor, Reader, write

__all__ = [
    "POINTER",
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

POINTER = "/proof/proofValue"
"""Where a proof value stands."""


def encode(prefix: bytes, parts: Sequence[Cbor]) -> str:
    """Write a proof value.

    Args:
        prefix: Names the kind of proof.
        parts: What it holds.
    """
    return multibase_encode(prefix + write(parts), "u")


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
        parts = Reader(data[len(prefix) :]).only_value() if data.startswith(prefix) else None
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
