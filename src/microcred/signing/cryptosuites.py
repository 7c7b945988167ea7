"""The cryptosuites, as values: what a proof says of itself, and which form, keys and hashes it uses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, TypeAlias

from microcred.errors import ProofError, SigningError
from microcred.json import JSONValue
from microcred.keys import KeyType

__all__ = [
    "ECDSA_JCS_2019",
    "ECDSA_RDFC_2019",
    "ED25519_SIGNATURE_2020",
    "EDDSA_2022",
    "EDDSA_JCS_2022",
    "EDDSA_RDFC_2022",
    "SUITES",
    "Canonicalization",
    "Cryptosuite",
    "suite_for_key",
    "suite_of",
]

Canonicalization: TypeAlias = Literal["rdfc", "jcs"]
"""What is hashed: ``rdfc``, what a document says (RDFC-1.0 over JSON-LD); ``jcs``, how it says it (RFC 8785)."""

_ED25519_HASHES: Mapping[KeyType, str] = MappingProxyType({"Ed25519": "sha256"})
_ED25519_BYTES: Mapping[KeyType, int] = MappingProxyType({"Ed25519": 64})
# Data Integrity ECDSA Cryptosuites 1.0 §2.1: the curve decides the hash, of the options as well as of the document.
_ECDSA_HASHES: Mapping[KeyType, str] = MappingProxyType({"P-256": "sha256", "P-384": "sha384"})
_ECDSA_BYTES: Mapping[KeyType, int] = MappingProxyType({"P-256": 64, "P-384": 96})


@dataclass(frozen=True, slots=True)
class Cryptosuite:
    """A way to make and check a proof over a canonical form of the document (VC Data Integrity 1.0 §3)."""

    name: str
    """What callers call it: the ``cryptosuite``, or the ``type`` of a suite that is older than that member."""
    members: Mapping[str, str]
    """The members of a proof that name the suite."""
    hashes: Mapping[KeyType, str]
    """The hash for each kind of key that it takes."""
    signature_bytes: Mapping[KeyType, int]
    """The length of a signature for each kind of key."""
    canonicalization: Canonicalization = "rdfc"
    """The canonical form that is hashed."""

    def __reduce__(self) -> tuple[object, ...]:
        # Read-only mappings cannot be pickled.
        parts = (dict(self.members), dict(self.hashes), dict(self.signature_bytes))
        return _cryptosuite, (self.name, *parts, self.canonicalization)


def _cryptosuite(
    name: str,
    members: dict[str, str],
    hashes: dict[KeyType, str],
    signature_bytes: dict[KeyType, int],
    canonicalization: Canonicalization,
) -> Cryptosuite:
    parts = (MappingProxyType(members), MappingProxyType(hashes), MappingProxyType(signature_bytes))
    return Cryptosuite(name, *parts, canonicalization)


def _named(name: str) -> Mapping[str, str]:
    return MappingProxyType({"type": "DataIntegrityProof", "cryptosuite": name})


EDDSA_RDFC_2022 = Cryptosuite("eddsa-rdfc-2022", _named("eddsa-rdfc-2022"), _ED25519_HASHES, _ED25519_BYTES)
"""Data Integrity EdDSA Cryptosuites 1.0 §3.2; what the Open Badges 3.0 certification asks for."""
EDDSA_JCS_2022 = Cryptosuite("eddsa-jcs-2022", _named("eddsa-jcs-2022"), _ED25519_HASHES, _ED25519_BYTES, "jcs")
"""Data Integrity EdDSA Cryptosuites 1.0 §3.3."""
ECDSA_RDFC_2019 = Cryptosuite("ecdsa-rdfc-2019", _named("ecdsa-rdfc-2019"), _ECDSA_HASHES, _ECDSA_BYTES)
"""Data Integrity ECDSA Cryptosuites 1.0 §3.2."""
ECDSA_JCS_2019 = Cryptosuite("ecdsa-jcs-2019", _named("ecdsa-jcs-2019"), _ECDSA_HASHES, _ECDSA_BYTES, "jcs")
"""Data Integrity ECDSA Cryptosuites 1.0 §3.3."""
EDDSA_2022 = Cryptosuite("eddsa-2022", _named("eddsa-2022"), _ED25519_HASHES, _ED25519_BYTES)
"""The name of eddsa-rdfc-2022 in its drafts, of the same recipe; for reading old badges."""
ED25519_SIGNATURE_2020 = Cryptosuite(
    "Ed25519Signature2020", MappingProxyType({"type": "Ed25519Signature2020"}), _ED25519_HASHES, _ED25519_BYTES
)
"""Data Integrity EdDSA Cryptosuites 1.0, appendix; older than the ``cryptosuite`` member, of the same recipe."""

SUITES = (EDDSA_RDFC_2022, EDDSA_JCS_2022, ECDSA_RDFC_2019, ECDSA_JCS_2019, EDDSA_2022, ED25519_SIGNATURE_2020)
"""The suites of this version; the first that takes a key signs with it by default."""


def suite_for_key(kind: KeyType) -> Cryptosuite:
    """Return the suite that signs by default with a kind of key.

    Raises:
        SigningError: No suite of this version takes that kind.
    """
    for suite in SUITES:
        if kind in suite.hashes:
            return suite
    if kind == "BLS12-381":
        raise SigningError("a BLS12-381 key makes proofs of bbs-2023 only: use microcred.signing.bbs.add_base_proof")
    raise SigningError(f"a {kind} key makes no embedded proof; sign a JWT with it, or use an Ed25519 or P-256 key")


def suite_of(proof: Mapping[str, JSONValue]) -> Cryptosuite:
    """Return the suite that a proof names.

    Raises:
        ProofError: UNSUPPORTED: none of this version; a suite is never taken for another.
    """
    for suite in SUITES:
        if all(proof.get(name) == value for name, value in suite.members.items()):
            return suite
    raise ProofError("the proof's type or cryptosuite is not supported here", "UNSUPPORTED")
