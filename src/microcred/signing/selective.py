"""Selective disclosure: one front for the cryptosuites ecdsa-sd-2023 and bbs-2023.

Issuers choose by their key, which belongs to one suite; holders and verifiers need not choose, since the proof says its
suite. What one suite alone can do is in the modules ``ecdsa_sd`` and ``bbs`` beside this one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Protocol, cast

from microcred.errors import ProofError
from microcred.json import JSONObject, JSONValue, copy
from microcred.keys import PublicKey
from microcred.limits import DEFAULT_LIMITS, Limits
from microcred.protocols import Signer
from microcred.signing import bbs, ecdsa_sd
from microcred.signing._selective import TYPE, Contexts, default_mandatory_pointers
from microcred.signing.chains import proofs_of

__all__ = [
    "NAME",
    "add_base_proof",
    "check_derived",
    "default_mandatory_pointers",
    "derive",
    "is_selective",
    "verify_derived",
]

NAME = ecdsa_sd.NAME
"""The name of the cryptosuite that needs no extra."""


class _Suite(Protocol):
    """What the modules of both suites offer."""

    def add_base_proof(
        self,
        document: Mapping[str, JSONValue],
        signer: Signer,
        *,
        verification_method: str,
        mandatory_pointers: Collection[str] | None = None,
        created: datetime | str | None = None,
        proof_purpose: str = "assertionMethod",
        options: Mapping[str, JSONValue] | None = None,
        contexts: Contexts | None = None,
        limits: Limits = DEFAULT_LIMITS,
    ) -> JSONObject: ...

    def derive(
        self,
        document: Mapping[str, JSONValue],
        pointers: Collection[str],
        *,
        proof: Mapping[str, JSONValue] | None = None,
        contexts: Contexts | None = None,
        limits: Limits = DEFAULT_LIMITS,
    ) -> JSONObject: ...

    def check_derived(
        self,
        document: JSONObject,
        proof: JSONObject,
        key: PublicKey,
        *,
        proof_purpose: str,
        contexts: Contexts | None,
        limits: Limits,
    ) -> None: ...


_SUITES: Mapping[JSONValue, _Suite] = MappingProxyType({ecdsa_sd.NAME: ecdsa_sd, bbs.NAME: bbs})


def is_selective(proof: Mapping[str, JSONValue]) -> bool:
    """Tell whether a proof is one of these suites, be it a base proof or a derived one."""
    return proof.get("type") == TYPE and proof.get("cryptosuite") in tuple(_SUITES)


def add_base_proof(
    document: Mapping[str, JSONValue],
    signer: Signer,
    *,
    verification_method: str,
    mandatory_pointers: Collection[str] | None = None,
    created: datetime | str | None = None,
    proof_purpose: str = "assertionMethod",
    options: Mapping[str, JSONValue] | None = None,
    contexts: Contexts | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> JSONObject:
    """Add a base proof to a document: of bbs-2023 if the key is on BLS12-381, and of ecdsa-sd-2023 otherwise.

    Args:
        document: JSON-LD. Proofs that it has already stay; the new one does not cover them.
        signer: The issuer's key, on P-256 or BLS12-381.
        verification_method: The URL under which verifiers find the public key.
        mandatory_pointers: JSON Pointers to what the holder must disclose; ``default_mandatory_pointers`` if None.
        created: When the proof is made; by default now, and with bbs-2023 left out.
        proof_purpose: ``assertionMethod`` for credentials.
        options: Further members of the proof: ``expires``, ``domain``, ``challenge``, ``nonce``, ``id``.
        contexts: Further context documents by URL, beside the pinned ones.
        limits: Bounds on the work.

    Returns:
        A copy of the document with the proof in its ``proof`` array, for the holder only.

    Raises:
        DocumentError: The document is not plain JSON.
        SigningError: The proof would not cover all of the document, a pointer selects nothing (with pointers), or no
            such suite takes the key; TOO_COMPLEX beyond ``limits.max_statements``.
        ValueError: ``created`` is not a date and time with a zone, ``options`` has a member that an argument of its own
            sets, or ``contexts`` replaces a pinned one.
    """
    suite: _Suite = bbs if signer.public_key.type == "BLS12-381" else ecdsa_sd
    return suite.add_base_proof(
        document,
        signer,
        verification_method=verification_method,
        mandatory_pointers=mandatory_pointers,
        created=created,
        proof_purpose=proof_purpose,
        options=options,
        contexts=contexts,
        limits=limits,
    )


def derive(
    document: Mapping[str, JSONValue],
    pointers: Collection[str],
    *,
    proof: Mapping[str, JSONValue] | None = None,
    contexts: Contexts | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> JSONObject:
    """Make a document that discloses parts of one with a base proof, with the suite of that proof.

    Args:
        document: What the issuer handed out.
        pointers: JSON Pointers to what is to be disclosed beside what is mandatory; ``""`` is everything. The ids and
            types of the objects on the way to it come along, as do those of the document itself.
        proof: The base proof; by default the document's only one of these suites.
        contexts: Further context documents by URL, beside the pinned ones.
        limits: Bounds on the work.

    Returns:
        The part, with a derived proof as its only one.

    Raises:
        DocumentError: The document is not plain JSON.
        ProofError: There is no base proof of these suites, or it does not fit the document.
        SigningError: A pointer selects nothing or goes into what can be disclosed as a whole only (with its pointer),
            nothing is selected at all, or the document is not what such a proof covers.
        ValueError: ``contexts`` replaces a pinned one.
    """
    base = _chosen(document, proof)
    return _SUITES[base["cryptosuite"]].derive(document, pointers, proof=base, contexts=contexts, limits=limits)


def verify_derived(
    document: Mapping[str, JSONValue],
    key: PublicKey,
    *,
    proof: Mapping[str, JSONValue] | None = None,
    proof_purpose: str = "assertionMethod",
    contexts: Contexts | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> None:
    """Check a derived proof of a document with a given key, with the suite of that proof.

    Args:
        document: What the holder shows; untrusted.
        key: The public key that the proof's verification method stands for; who controls it is the caller's concern.
        proof: The proof to check; by default the document's only one.
        proof_purpose: What the proof must be for.
        contexts: Further context documents by URL, beside the pinned ones.
        limits: Bounds on the work.

    Raises:
        ProofError: The proof does not hold: PROOF_VERIFICATION_ERROR; PROOF_TRANSFORMATION_ERROR when a part of the
            document is not covered; TOO_COMPLEX beyond ``limits.max_statements``; UNSUPPORTED for another suite.
        DocumentError: The document is not plain JSON.
    """
    secured = cast(JSONObject, copy(dict(document), limits))
    found = cast(JSONObject, copy(dict(_chosen(secured, proof)), limits))
    check_derived(secured, found, key, proof_purpose=proof_purpose, contexts=contexts, limits=limits)


def check_derived(
    document: JSONObject,
    proof: JSONObject,
    key: PublicKey,
    *,
    proof_purpose: str,
    contexts: Contexts | None,
    limits: Limits,
) -> None:
    """Check a derived proof of a document that is known to be plain JSON, and not copied; otherwise as above."""
    if not is_selective(proof):
        raise _not_selective()
    suite = _SUITES[proof["cryptosuite"]]
    suite.check_derived(document, proof, key, proof_purpose=proof_purpose, contexts=contexts, limits=limits)


def _chosen(document: Mapping[str, JSONValue], proof: Mapping[str, JSONValue] | None) -> Mapping[str, JSONValue]:
    """Return the proof that is given, or the document's only one of these suites."""
    if proof is None:
        proofs = [each for each in proofs_of(document) if isinstance(each, dict) and is_selective(each)]
        if len(proofs) != 1:
            text = f"the document has {len(proofs)} proofs of {' or '.join(map(str, _SUITES))}"
            raise ProofError(
                f"{text}, and which one is meant was not said",
                "PROOF_VERIFICATION_ERROR" if proofs else "UNSUPPORTED",
                "/proof",
            )
        return proofs[0]
    if not is_selective(proof):
        raise _not_selective()
    return proof


def _not_selective() -> ProofError:
    return ProofError(f"the proof is not one of {' or '.join(map(str, _SUITES))}", "UNSUPPORTED")
