"""The proof values of ecdsa-sd-2023: CBOR (RFC 8949) behind three bytes that name the kind.

Sections are those of Data Integrity ECDSA Cryptosuites 1.0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeGuard

from microcred.encoding import multibase_decode, multibase_encode
from microcred.errors import ProofError
from microcred.json import JSONValue
from microcred.signing._cbor import Cbor, Reader, write

__all__ = ["BaseValue", "DerivedValue"]

_BASE, _DERIVED = b"\xd9\x5d\x00", b"\xd9\x5d\x01"
_POINTER = "/proof/proofValue"
_SIGNATURE_BYTES, _HASH_BYTES = 64, 32
# The text says 36, but a Multikey of P-256 has two bytes and a compressed point of 33 (§2.1.1, and its test vectors).
_PUBLIC_KEY_BYTES = 35


@dataclass(frozen=True, slots=True)
class BaseValue:
    """What the issuer gives to the holder."""

    signature: bytes
    """The issuer's: over the proof's options, the public key and the mandatory statements."""
    public_key: bytes
    """The Multikey of this proof's own key, in bytes."""
    hmac_key: bytes
    """Makes the labels of blank nodes."""
    signatures: Sequence[bytes]
    """By this proof's own key: over each statement that is not mandatory."""
    mandatory_pointers: Sequence[str]
    """JSON Pointers to what is always disclosed."""

    def serialize(self) -> str:
        """Write the proof value (§3.5.2)."""
        parts: Cbor = [self.signature, self.public_key, self.hmac_key, self.signatures, self.mandatory_pointers]
        return multibase_encode(_BASE + write(parts), "u")

    @classmethod
    def parse(cls, value: JSONValue) -> BaseValue:
        """Read a proof value (§3.5.3); untrusted.

        Raises:
            ProofError: PROOF_VERIFICATION_ERROR: it is not a base proof's.
        """
        data = _decode(value)
        if data.startswith(_DERIVED):
            raise ProofError("the proof is derived already; only a base proof can be derived from", pointer=_POINTER)
        signature, public_key, hmac_key, signatures, pointers = _parts(data, _BASE)
        if not (
            _is_bytes(signature, _SIGNATURE_BYTES)
            and _is_bytes(public_key, _PUBLIC_KEY_BYTES)
            and _is_bytes(hmac_key, _HASH_BYTES)
            and _is_signatures(signatures)
            and _is_texts(pointers)
        ):
            raise _malformed()
        return cls(signature, public_key, hmac_key, signatures, pointers)


@dataclass(frozen=True, slots=True)
class DerivedValue:
    """What the holder gives to a verifier."""

    signature: bytes
    """The issuer's, as in the base proof."""
    public_key: bytes
    """The Multikey of the base proof's own key, in bytes."""
    signatures: Sequence[bytes]
    """Over each disclosed statement that is not mandatory, in their order."""
    labels: Mapping[int, bytes]
    """From the number of a canonical blank node to the HMAC that is its label in the base proof."""
    mandatory_indexes: Sequence[int]
    """Which of the disclosed statements are mandatory."""

    def serialize(self) -> str:
        """Write the proof value (§3.5.7); the map is written as §3.5.5 compresses it."""
        parts: Cbor = [self.signature, self.public_key, self.signatures, self.labels, self.mandatory_indexes]
        return multibase_encode(_DERIVED + write(parts), "u")

    @classmethod
    def parse(cls, value: JSONValue) -> DerivedValue:
        """Read a proof value (§3.5.8); untrusted.

        Raises:
            ProofError: PROOF_VERIFICATION_ERROR: it is not a derived proof's.
        """
        data = _decode(value)
        if data.startswith(_BASE):
            text = (
                "this is a base proof, which is for the holder only and shows everything; "
                "derive from it what a verifier is to see (microcred.signing.selective.derive)"
            )
            raise ProofError(text, pointer=_POINTER)
        signature, public_key, signatures, labels, indexes = _parts(data, _DERIVED)
        if not (
            _is_bytes(signature, _SIGNATURE_BYTES)
            and _is_bytes(public_key, _PUBLIC_KEY_BYTES)
            and _is_signatures(signatures)
            and _is_labels(labels)
            and _is_indexes(indexes)
        ):
            raise _malformed()
        return cls(signature, public_key, signatures, labels, indexes)


def _malformed() -> ProofError:
    return ProofError("the proofValue is not one of ecdsa-sd-2023: CBOR in base64url", pointer=_POINTER)


def _decode(value: JSONValue) -> bytes:
    try:
        return multibase_decode(value if isinstance(value, str) else "", "u")
    except ValueError:
        raise ProofError("the proofValue is not base64url with the prefix u", pointer=_POINTER) from None


def _parts(data: bytes, prefix: bytes) -> Sequence[Cbor]:
    """Return the five parts behind a prefix."""
    try:
        parts = Reader(data[len(prefix) :]).only_value() if data.startswith(prefix) else None
    except ValueError:
        raise _malformed() from None
    if not isinstance(parts, list) or len(parts) != 5:
        raise _malformed()
    return parts


def _is_bytes(value: Cbor, size: int) -> TypeGuard[bytes]:
    return isinstance(value, bytes) and len(value) == size


def _is_signatures(value: Cbor) -> TypeGuard[list[bytes]]:
    return isinstance(value, list) and all(_is_bytes(item, _SIGNATURE_BYTES) for item in value)


def _is_texts(value: Cbor) -> TypeGuard[list[str]]:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _is_labels(value: Cbor) -> TypeGuard[dict[int, bytes]]:
    """Tell whether a map is one of labels: no two nodes have one, or statements could move between them."""
    if not isinstance(value, dict) or not all(_is_bytes(item, _HASH_BYTES) for item in value.values()):
        return False
    return len(set(value.values())) == len(value)


def _is_indexes(value: Cbor) -> TypeGuard[list[int]]:
    """Tell whether an array is one of indexes, each greater than the one before."""
    if not isinstance(value, list) or not all(isinstance(item, int) for item in value):
        return False
    return all(first < second for first, second in pairwise(value))
