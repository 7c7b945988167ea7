"""The cryptosuites, as values: what a proof says of itself, and which keys and hashes it uses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from microcred.errors import ProofError, SigningError
from microcred.json import JSONValue
from microcred.keys import KeyType

__all__ = [
    "ED25519_SIGNATURE_2020",
    "EDDSA_2022",
    "EDDSA_RDFC_2022",
    "SUITES",
    "Cryptosuite",
    "suite_for_key",
    "suite_of",
]

_SHA256_WITH_ED25519: Mapping[KeyType, str] = MappingProxyType({"Ed25519": "sha256"})


@dataclass(frozen=True, slots=True)
class Cryptosuite:
    """A way to make and check a proof over RDFC-1.0 canonical N-Quads (VC Data Integrity 1.0 §3)."""

    name: str
    """What callers call it: the ``cryptosuite``, or the ``type`` of a suite that is older than that member."""
    members: Mapping[str, str]
    """The members of a proof that name the suite."""
    hashes: Mapping[KeyType, str]
    """The hash for each kind of key that it takes."""
    signature_bytes: Mapping[KeyType, int]
    """The length of a signature for each kind of key."""


EDDSA_RDFC_2022 = Cryptosuite(
    "eddsa-rdfc-2022",
    MappingProxyType({"type": "DataIntegrityProof", "cryptosuite": "eddsa-rdfc-2022"}),
    _SHA256_WITH_ED25519,
    MappingProxyType({"Ed25519": 64}),
)
"""Data Integrity EdDSA Cryptosuites 1.0 §3.2; what the Open Badges 3.0 certification asks for."""
EDDSA_2022 = Cryptosuite(
    "eddsa-2022",
    MappingProxyType({"type": "DataIntegrityProof", "cryptosuite": "eddsa-2022"}),
    _SHA256_WITH_ED25519,
    MappingProxyType({"Ed25519": 64}),
)
"""The name of eddsa-rdfc-2022 in its drafts, of the same recipe; for reading old badges."""
ED25519_SIGNATURE_2020 = Cryptosuite(
    "Ed25519Signature2020",
    MappingProxyType({"type": "Ed25519Signature2020"}),
    _SHA256_WITH_ED25519,
    MappingProxyType({"Ed25519": 64}),
)
"""Data Integrity EdDSA Cryptosuites 1.0, appendix; older than the ``cryptosuite`` member, of the same recipe."""

SUITES = (EDDSA_RDFC_2022, EDDSA_2022, ED25519_SIGNATURE_2020)
"""The suites of this version."""


def suite_for_key(kind: KeyType) -> Cryptosuite:
    """Return the suite that signs by default with a kind of key.

    Raises:
        SigningError: No suite of this version takes that kind.
    """
    if kind in EDDSA_RDFC_2022.hashes:
        return EDDSA_RDFC_2022
    raise SigningError(f"a {kind} key makes no embedded proof here; sign a JWT with it, or use an Ed25519 key")


def suite_of(proof: Mapping[str, JSONValue]) -> Cryptosuite:
    """Return the suite that a proof names.

    Raises:
        ProofError: UNSUPPORTED: none of this version; a suite is never taken for another.
    """
    for suite in SUITES:
        if all(proof.get(name) == value for name, value in suite.members.items()):
            return suite
    raise ProofError("the proof's type or cryptosuite is not supported here", "UNSUPPORTED")
