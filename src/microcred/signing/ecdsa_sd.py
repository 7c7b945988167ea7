"""Selective disclosure with ecdsa-sd-2023: Data Integrity ECDSA Cryptosuites 1.0 §3.6, in its own step numbers.

The issuer adds a base proof and hands it to the holder. The holder derives a document that shows what JSON Pointers
select, and what the issuer made mandatory. A verifier checks that. This is the level of proofs: any data model, a given
key; it judges neither trust nor dates nor who controls the key.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import cast

from microcred.encoding import multibase_decode
from microcred.errors import InvalidKeyError, ProofError, SigningError
from microcred.json import JSONObject, JSONValue, copy
from microcred.jsonld import check_contexts
from microcred.key_material import load_public
from microcred.keys import PublicKey, SigningKey
from microcred.limits import DEFAULT_LIMITS, Limits
from microcred.protocols import Signer
from microcred.signing._selective import (
    Contexts,
    Unsigned,
    check_count,
    check_options,
    disclose,
    hash_statements,
    only_proof,
    prepare,
    shown_statements,
    with_proof,
)
from microcred.signing._selective_cbor import POINTER
from microcred.signing._selective_values import ECDSA_SD, BaseValue, DerivedValue

__all__ = ["NAME", "add_base_proof", "check_derived", "derive", "verify_derived"]

NAME = ECDSA_SD
"""The name of the cryptosuite."""
_P256_PREFIX = b"\x80\x24"


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
    hmac_key: bytes | None = None,
    ephemeral_key: Signer | None = None,
) -> JSONObject:
    """Add a base proof to a document (§3.6.1).

    Args:
        document: JSON-LD. Proofs that it has already stay; the new one does not cover them.
        signer: The issuer's key, on P-256.
        verification_method: The URL under which verifiers find the public key.
        mandatory_pointers: JSON Pointers to what the holder must disclose; ``default_mandatory_pointers`` if None.
        created: When the proof is made; now by default. Text is kept as it is written.
        proof_purpose: ``assertionMethod`` for credentials.
        options: Further members of the proof: ``expires``, ``domain``, ``challenge``, ``nonce``, ``id``.
        contexts: Further context documents by URL, beside the pinned ones.
        limits: Bounds on the work.
        hmac_key: 32 bytes, used for one proof; leave it out but for test vectors.
        ephemeral_key: A key on P-256, used for one proof; leave it out but for test vectors.

    Returns:
        A copy of the document with the proof in its ``proof`` array, for the holder only.

    Raises:
        DocumentError: The document is not plain JSON.
        SigningError: The proof would not cover all of the document, a pointer selects nothing (with pointers), the key
            is not on P-256 or could not be used; TOO_COMPLEX beyond ``limits.max_statements``.
        ValueError: ``created`` is not a date and time with a zone, ``options`` has a member that an argument of its own
            sets, or ``contexts`` replaces a pinned one.
    """
    if signer.public_key.type != "P-256":
        raise SigningError(f"{NAME} does not take a {signer.public_key.type} key, but one on P-256")
    unsigned = prepare(
        document,
        NAME,
        verification_method=verification_method,
        mandatory_pointers=mandatory_pointers,
        created=created,
        proof_purpose=proof_purpose,
        options=options or {},
        contexts=contexts,
        limits=limits,
        hmac_key=secrets.token_bytes(32) if hmac_key is None else hmac_key,
    )
    value = _sign(unsigned, signer, ephemeral_key or SigningKey.generate("P-256"))
    return with_proof(unsigned, value.serialize())


def _sign(unsigned: Unsigned, signer: Signer, own_key: Signer) -> BaseValue:
    """Sign statements with the proof's own key, and that key with the issuer's (§3.6.5 base proof serialization)."""
    # (2) to (4) the signature of each statement that is not mandatory
    signatures = [own_key.sign(line.encode()) for line in unsigned.others]
    public_key = multibase_decode(own_key.public_key.multikey, "z")
    # (5), (6) the issuer's signature
    signature = signer.sign(unsigned.proof_hash + public_key + hash_statements(unsigned.mandatory))
    return BaseValue(signature, public_key, unsigned.hmac_key, signatures, unsigned.pointers)


def derive(
    document: Mapping[str, JSONValue],
    pointers: Collection[str],
    *,
    proof: Mapping[str, JSONValue] | None = None,
    contexts: Contexts | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> JSONObject:
    """Make a document that discloses parts of one with a base proof (§3.6.6).

    Args:
        document: What the issuer handed out.
        pointers: JSON Pointers to what is to be disclosed beside what is mandatory; ``""`` is everything. The ids and
            types of the objects on the way to it come along, as do those of the document itself.
        proof: The base proof; by default the document's only one of this suite.
        contexts: Further context documents by URL, beside the pinned ones.
        limits: Bounds on the work.

    Returns:
        The part, with a derived proof as its only one.

    Raises:
        DocumentError: The document is not plain JSON.
        ProofError: There is no base proof of this suite, or it does not fit the document.
        SigningError: A pointer selects nothing or goes into what can be disclosed as a whole only (with its pointer),
            nothing is selected at all, or the document is not what a proof of this suite covers.
        ValueError: ``contexts`` replaces a pinned one.
    """
    check_contexts(contexts or {})
    secured = cast(JSONObject, copy(dict(document), limits))
    base = only_proof(secured, proof, NAME, limits)
    # §3.5.4 (1) to (9) createDisclosureData
    value = BaseValue.parse(base.get("proofValue"))
    disclosure = disclose(secured, value, pointers, contexts, limits)
    # (10) the signatures of what is disclosed
    if len(disclosure.others) != len(value.signatures):
        raise ProofError("the base proof does not fit the document: it has not a signature for each of its statements")
    signatures = [value.signatures[index] for index in disclosure.selective_indexes]
    # (11) to (14) the labels that a verifier cannot know
    labels = cast("dict[int, bytes]", disclosure.part.label_map(limits))
    derived = DerivedValue(value.signature, value.public_key, signatures, labels, disclosure.mandatory_indexes)
    return disclosure.with_proof(base, derived.serialize())


def verify_derived(
    document: Mapping[str, JSONValue],
    key: PublicKey,
    *,
    proof: Mapping[str, JSONValue] | None = None,
    proof_purpose: str = "assertionMethod",
    contexts: Contexts | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> None:
    """Check a derived proof of a document with a given key (§3.6.7).

    Args:
        document: What the holder shows; untrusted.
        key: The public key that the proof's verification method stands for; who controls it is the caller's concern.
        proof: The proof to check; by default the document's only one.
        proof_purpose: What the proof must be for.
        contexts: Further context documents by URL, beside the pinned ones.
        limits: Bounds on the work.

    Raises:
        ProofError: The proof does not hold: PROOF_VERIFICATION_ERROR; PROOF_TRANSFORMATION_ERROR when a part of the
            document is not covered; UNSUPPORTED for another suite.
        DocumentError: The document is not plain JSON.
    """
    secured = cast(JSONObject, copy(dict(document), limits))
    found = only_proof(secured, proof, NAME, limits)
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
    check_options(proof, document, key, suite=NAME, key_type="P-256", proof_purpose=proof_purpose)
    value = DerivedValue.parse(proof.get("proofValue"))
    check_count(len(value.signatures), limits, ProofError)
    shown = shown_statements(document, proof, value.labels, value.mandatory_indexes, contexts=contexts, limits=limits)
    # §3.6.7 (3)
    if len(shown.others) != len(value.signatures):
        raise ProofError("the proof has not a signature for each statement that is not mandatory: some were changed")
    # (4) to (7), before the many signatures whose key it vouches for
    if not key.verifies(value.signature, shown.proof_hash + value.public_key + hash_statements(shown.mandatory)):
        text = "the issuer's signature is wrong: what is mandatory was changed or left out, or another key signed it"
        raise ProofError(text)
    # (8) the signature of each statement that is not mandatory
    own_key = _own_key(value.public_key)
    if not all(
        own_key.verifies(signature, line.encode())
        for signature, line in zip(value.signatures, shown.others, strict=True)
    ):
        raise ProofError("the signature of a statement is wrong: what is disclosed was changed")


def _own_key(data: bytes) -> PublicKey:
    """Read the proof's own key. It comes once, and would push the keys of issuers out of their cache."""
    try:
        if data.startswith(_P256_PREFIX):
            return PublicKey(load_public("P-256", data.removeprefix(_P256_PREFIX)))
    except InvalidKeyError:
        pass
    raise ProofError("the proof's own key is not a point on P-256", pointer=POINTER)
