"""The proof values of the cryptosuites that disclose parts: ecdsa-sd-2023, and bbs-2023 without its optional features.

Sections are those of Data Integrity ECDSA Cryptosuites 1.0, and for the values of BBS those of Data Integrity BBS
Cryptosuites 1.0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from microcred.errors import ProofError
from microcred.json import JSONValue
from microcred.signing._cbor import Cbor
from microcred.signing._selective_cbor import (
    POINTER,
    are_distinct,
    decode,
    encode,
    is_array_of_bytes,
    is_bytes,
    is_indexes,
    is_map_of_bytes,
    is_map_of_numbers,
    is_texts,
    malformed,
    parts_of,
)

__all__ = ["BBS", "ECDSA_SD", "BBSBaseValue", "BBSDerivedValue", "BaseValue", "DerivedValue"]

ECDSA_SD, BBS = "ecdsa-sd-2023", "bbs-2023"
"""The names of the cryptosuites."""
_BASE, _DERIVED = b"\xd9\x5d\x00", b"\xd9\x5d\x01"
_BBS_BASE, _BBS_DERIVED = b"\xd9\x5d\x02", b"\xd9\x5d\x03"
# Holder binding, pseudonyms, and both.
_BBS_FEATURES = tuple(b"\xd9\x5d" + bytes([number]) for number in range(4, 10))
_SIGNATURE_BYTES, _HASH_BYTES = 64, 32
_BBS_SIGNATURE_BYTES, _BBS_PUBLIC_KEY_BYTES = 80, 96
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
        parts: Sequence[Cbor] = [self.signature, self.public_key, self.hmac_key, self.signatures]
        return encode(_BASE, [*parts, self.mandatory_pointers])

    @classmethod
    def parse(cls, value: JSONValue) -> BaseValue:
        """Read a proof value (§3.5.3); untrusted.

        Raises:
            ProofError: PROOF_VERIFICATION_ERROR: it is not a base proof's.
        """
        data = decode(value)
        if data.startswith(_DERIVED):
            raise _derived_already()
        signature, public_key, hmac_key, signatures, pointers = parts_of(data, _BASE, ECDSA_SD)
        if not (
            is_bytes(signature, _SIGNATURE_BYTES)
            and is_bytes(public_key, _PUBLIC_KEY_BYTES)
            and is_bytes(hmac_key, _HASH_BYTES)
            and is_array_of_bytes(signatures, _SIGNATURE_BYTES)
            and is_texts(pointers)
        ):
            raise malformed(ECDSA_SD)
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
        parts: Sequence[Cbor] = [self.signature, self.public_key, self.signatures, self.labels, self.mandatory_indexes]
        return encode(_DERIVED, parts)

    @classmethod
    def parse(cls, value: JSONValue) -> DerivedValue:
        """Read a proof value (§3.5.8); untrusted.

        Raises:
            ProofError: PROOF_VERIFICATION_ERROR: it is not a derived proof's.
        """
        data = decode(value)
        if data.startswith(_BASE):
            raise _base_proof()
        signature, public_key, signatures, labels, indexes = parts_of(data, _DERIVED, ECDSA_SD)
        if not (
            is_bytes(signature, _SIGNATURE_BYTES)
            and is_bytes(public_key, _PUBLIC_KEY_BYTES)
            and is_array_of_bytes(signatures, _SIGNATURE_BYTES)
            and is_map_of_bytes(labels, _HASH_BYTES)
            and are_distinct(labels)
            and is_indexes(indexes)
        ):
            raise malformed(ECDSA_SD)
        return cls(signature, public_key, signatures, labels, indexes)


@dataclass(frozen=True, slots=True)
class BBSBaseValue:
    """What the issuer gives to the holder, with bbs-2023."""

    signature: bytes
    """The issuer's: over the header, and each statement that is not mandatory."""
    header: bytes
    """The hashes of the proof's options and of the mandatory statements."""
    public_key: bytes
    """The issuer's, without the prefix of a Multikey."""
    hmac_key: bytes
    """Shuffles the labels of blank nodes."""
    mandatory_pointers: Sequence[str]
    """JSON Pointers to what is always disclosed."""

    def serialize(self) -> str:
        """Write the proof value (§3.3.1)."""
        parts: Sequence[Cbor] = [self.signature, self.header, self.public_key, self.hmac_key]
        return encode(_BBS_BASE, [*parts, self.mandatory_pointers])

    @classmethod
    def parse(cls, value: JSONValue) -> BBSBaseValue:
        """Read a proof value (§3.3.2); untrusted.

        Raises:
            ProofError: PROOF_VERIFICATION_ERROR: it is not a base proof's; UNSUPPORTED: of an optional feature.
        """
        data = decode(value)
        if data.startswith(_BBS_DERIVED):
            raise _derived_already()
        _check_features(data)
        signature, header, public_key, hmac_key, pointers = parts_of(data, _BBS_BASE, BBS)
        if not (
            is_bytes(signature, _BBS_SIGNATURE_BYTES)
            and is_bytes(header, 2 * _HASH_BYTES)
            and is_bytes(public_key, _BBS_PUBLIC_KEY_BYTES)
            and is_bytes(hmac_key, _HASH_BYTES)
            and is_texts(pointers)
        ):
            raise malformed(BBS)
        return cls(signature, header, public_key, hmac_key, pointers)


@dataclass(frozen=True, slots=True)
class BBSDerivedValue:
    """What the holder gives to a verifier, with bbs-2023."""

    proof: bytes
    """That the holder has the issuer's signature over what is disclosed."""
    labels: Mapping[int, int]
    """From the number of a canonical blank node to that of its label in the base proof."""
    mandatory_indexes: Sequence[int]
    """Which of the disclosed statements are mandatory."""
    selective_indexes: Sequence[int]
    """Which of the statements that are not mandatory are disclosed."""
    presentation_header: bytes
    """What the holder bound to this proof."""

    def serialize(self) -> str:
        """Write the proof value (§3.3.6); the map is written as §3.3.4 compresses it."""
        indexes = [self.mandatory_indexes, self.selective_indexes]
        return encode(_BBS_DERIVED, [self.proof, self.labels, *indexes, self.presentation_header])

    @classmethod
    def parse(cls, value: JSONValue) -> BBSDerivedValue:
        """Read a proof value (§3.3.7); untrusted. The proof in it is looked at when it is verified.

        Raises:
            ProofError: PROOF_VERIFICATION_ERROR: it is not a derived proof's; UNSUPPORTED: of an optional feature.
        """
        data = decode(value)
        if data.startswith(_BBS_BASE):
            raise _base_proof()
        _check_features(data)
        proof, labels, mandatory, selective, presentation_header = parts_of(data, _BBS_DERIVED, BBS)
        if not (
            isinstance(proof, bytes)
            and is_map_of_numbers(labels)
            and are_distinct(labels)
            and is_indexes(mandatory)
            and is_indexes(selective)
            and isinstance(presentation_header, bytes)
        ):
            raise malformed(BBS)
        return cls(proof, labels, mandatory, selective, presentation_header)


def _derived_already() -> ProofError:
    return ProofError("the proof is derived already; only a base proof can be derived from", pointer=POINTER)


def _base_proof() -> ProofError:
    text = (
        "this is a base proof, which is for the holder only and shows everything; "
        "derive from it what a verifier is to see (microcred.signing.selective.derive)"
    )
    return ProofError(text, pointer=POINTER)


def _check_features(data: bytes) -> None:
    if data.startswith(_BBS_FEATURES):
        text = "the proof has an optional feature of bbs-2023 (holder binding, pseudonyms) that is not supported here"
        raise ProofError(text, "UNSUPPORTED", POINTER)
