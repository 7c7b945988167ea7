"""Embedded proofs: Verifiable Credential Data Integrity 1.0 §4, with the step numbers of Data Integrity EdDSA 1.0 §3.2.

This is the level of proofs: any data model, a given key; it judges neither trust nor dates nor who controls the key.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import TypeAlias, cast

from microcred.encoding import multibase_decode, multibase_encode
from microcred.errors import DocumentError, ProofError, SigningError
from microcred.json import JSONObject, JSONValue, copy
from microcred.jsonld import CanonicalDataset, canonicalize, check_contexts
from microcred.keys import PublicKey
from microcred.limits import DEFAULT_LIMITS, Limits
from microcred.models import DateTime, now
from microcred.protocols import Signer
from microcred.signing.cryptosuites import Cryptosuite, suite_for_key, suite_of

__all__ = ["Memo", "add_proof", "check_proof", "hash_data", "proofs_of", "secure", "verify_proof"]

Memo: TypeAlias = dict[str, bytes | DocumentError]
"""By the name of a hash: the hash of one document, or why there is none."""
_OWN_ARGUMENTS = frozenset(["type", "cryptosuite", "created", "verificationMethod", "proofPurpose", "proofValue"])


def add_proof(
    document: Mapping[str, JSONValue],
    signer: Signer,
    *,
    verification_method: str,
    cryptosuite: Cryptosuite | None = None,
    created: datetime | str | None = None,
    proof_purpose: str = "assertionMethod",
    options: Mapping[str, JSONValue] | None = None,
    contexts: Mapping[str, JSONObject] | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> JSONObject:
    """Add a proof to a document of any data model (VC Data Integrity 1.0 §4.2).

    Args:
        document: JSON-LD. Proofs that it has already stay; the new one does not cover them (a proof set).
        signer: The key.
        verification_method: The URL under which verifiers find the public key.
        cryptosuite: By default the one that follows from the key.
        created: When the proof is made; now by default. Text is kept as it is written.
        proof_purpose: ``assertionMethod`` for credentials.
        options: Further members of the proof: ``expires``, ``domain``, ``challenge``, ``nonce``, ``id``.
        contexts: Further context documents by URL, beside the pinned ones.
        limits: Bounds on the work.

    Returns:
        A copy of the document with the proof in its ``proof`` array.

    Raises:
        DocumentError: The document is not plain JSON.
        SigningError: The proof would not cover all of the document (with a pointer), the suite does not take the key,
            or the key could not be used.
        ValueError: ``created`` is not a date and time with a zone, ``options`` has a member that an argument of its own
            sets, or ``contexts`` replaces a pinned one.
    """
    check_contexts(contexts or {})
    secured = cast(JSONObject, copy(dict(document), limits))
    return secure(
        secured,
        signer,
        verification_method=verification_method,
        cryptosuite=cryptosuite,
        created=created,
        proof_purpose=proof_purpose,
        options=options,
        contexts=contexts,
        limits=limits,
    )


def secure(
    secured: JSONObject,
    signer: Signer,
    *,
    verification_method: str,
    cryptosuite: Cryptosuite | None,
    created: datetime | str | None,
    proof_purpose: str,
    options: Mapping[str, JSONValue] | None,
    contexts: Mapping[str, JSONObject] | None,
    limits: Limits,
) -> JSONObject:
    """Add a proof to a document that is the caller's own plain JSON, and is changed; otherwise as ``add_proof``."""
    suite = suite_for_key(signer.public_key.type) if cryptosuite is None else cryptosuite
    if signer.public_key.type not in suite.hashes:
        raise SigningError(f"{suite.name} does not take a {signer.public_key.type} key")
    proof: JSONObject = {
        **suite.members,
        "created": _created(created),
        "verificationMethod": verification_method,
        "proofPurpose": proof_purpose,
        **_further(options or {}, limits),
    }
    try:
        data = hash_data(secured, proof, suite.hashes[signer.public_key.type], contexts, limits=limits)
    except DocumentError as error:
        raise SigningError.of(error) from error
    # §3.2.1 (6)
    proof["proofValue"] = multibase_encode(signer.sign(data))
    secured["proof"] = [*proofs_of(secured), proof]
    return secured


def _created(created: datetime | str | None) -> str:
    moment = DateTime.parse(created) if isinstance(created, str) else DateTime.of(created or now())
    if moment.tzinfo is None:
        raise ValueError("created needs a time zone, such as the Z in 2026-05-01T09:30:00Z")
    return moment.lexical


def _further(options: Mapping[str, JSONValue], limits: Limits) -> JSONObject:
    if not _OWN_ARGUMENTS.isdisjoint(options):
        raise ValueError(f"options must not hold {', '.join(sorted(_OWN_ARGUMENTS & set(options)))}")
    if "expires" in options:
        _created(cast("str | None", options["expires"]))
    return cast(JSONObject, copy(dict(options), limits))


def verify_proof(
    document: Mapping[str, JSONValue],
    key: PublicKey,
    *,
    proof: Mapping[str, JSONValue] | None = None,
    proof_purpose: str = "assertionMethod",
    contexts: Mapping[str, JSONObject] | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> None:
    """Check one proof of a document of any data model with a given key (VC Data Integrity 1.0 §4.4).

    Args:
        document: JSON-LD; untrusted.
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
    if proof is None:
        proofs = proofs_of(secured)
        if len(proofs) != 1 or not isinstance(proofs[0], dict):
            raise ProofError(f"the document has {len(proofs)} proofs, and which one is meant was not said")
        proof = proofs[0]
    check_proof(secured, dict(proof), key, proof_purpose=proof_purpose, contexts=contexts, limits=limits, memo={})


def check_proof(
    document: JSONObject,
    proof: JSONObject,
    key: PublicKey,
    *,
    proof_purpose: str,
    contexts: Mapping[str, JSONObject] | None,
    limits: Limits,
    memo: Memo,
) -> None:
    """Check one proof of a document that is known to be plain JSON; otherwise as ``verify_proof``.

    Args:
        document: Plain JSON, not copied.
        proof: The proof.
        key: The public key that the proof's verification method stands for.
        proof_purpose: What the proof must be for.
        contexts: Further context documents by URL, beside the pinned ones.
        limits: Bounds on the work.
        memo: Keeps the hash of the document from one of its proofs to the next; an empty dict at first.

    Raises:
        ProofError: The proof does not hold.
    """
    suite = suite_of(proof)
    if proof.get("proofPurpose") != proof_purpose:
        raise ProofError(f"the proof is not for the purpose {proof_purpose}", pointer="/proof/proofPurpose")
    if proof.get("@context", document.get("@context")) != document.get("@context"):
        # The document's own contexts stand for the proof's, which would be covered by nothing (§3.2.5).
        raise ProofError("the proof has contexts that are not those of the document", pointer="/proof/@context")
    if key.type not in suite.hashes:
        raise ProofError(f"{suite.name} does not take a {key.type} key", "INVALID_VERIFICATION_METHOD")
    # §3.2.2 (3) the signature is the proofValue, base58-btc
    value = proof.get("proofValue")
    try:
        signature = multibase_decode(value if isinstance(value, str) else "", "z")
    except ValueError:
        raise ProofError("the proofValue is not base58-btc with the prefix z", pointer="/proof/proofValue") from None
    if len(signature) != suite.signature_bytes[key.type]:
        raise ProofError("the proofValue has not the length of a signature", pointer="/proof/proofValue")
    try:
        data = hash_data(document, proof, suite.hashes[key.type], contexts, limits=limits, memo=memo)
    except DocumentError as error:
        problem = error.problems[0]
        raise ProofError(problem.message, problem.code, problem.pointer) from error
    # §3.2.7 proof verification
    if not key.verifies(signature, data):
        raise ProofError("the signature is wrong: the document was changed after signing, or another key signed it")


def proofs_of(document: Mapping[str, JSONValue]) -> list[JSONValue]:
    """Return the proofs of a document, of which there may be none, one, or an array."""
    proofs = document.get("proof")
    if proofs is None:
        return []
    return list(proofs) if isinstance(proofs, list) else [proofs]


def hash_data(
    document: JSONObject,
    proof: JSONObject,
    hash_name: str,
    contexts: Mapping[str, JSONObject] | None = None,
    *,
    limits: Limits = DEFAULT_LIMITS,
    memo: Memo | None = None,
) -> bytes:
    """Return what is signed: the hash of the proof's options, then the hash of the document.

    Args:
        document: The document, with or without its proofs.
        proof: The proof, with or without its ``proofValue``.
        hash_name: ``sha256`` or ``sha384``.
        contexts: Further context documents by URL.
        limits: Bounds on the work.
        memo: Keeps the hash of the document from one of its proofs to the next.

    Raises:
        DocumentError: PROOF_TRANSFORMATION_ERROR, with pointers; those under ``/proof`` are into the proof.
    """
    extra = dict(contexts) if contexts else None
    memo = {} if memo is None else memo
    if hash_name not in memo:
        memo[hash_name] = _transform(document, hash_name, extra, limits)
    transformed = memo[hash_name]
    if isinstance(transformed, DocumentError):
        raise transformed
    # §3.2.5 proof configuration: the options without the value, under the document's own contexts
    config = {name: value for name, value in proof.items() if name not in ("proofValue", "@context")}
    config["@context"] = document.get("@context")
    try:
        canonical_config = canonicalize(config, contexts=extra, hash_name=hash_name, limits=limits, guarded=True)
    except DocumentError as error:
        raise error.below("/proof") from error
    # §3.2.4 hashing
    return _hash(hash_name, canonical_config) + transformed


def _transform(
    document: JSONObject, hash_name: str, contexts: dict[str, JSONObject] | None, limits: Limits
) -> bytes | DocumentError:
    """Return the hash of a document without its proofs (§3.2.3, §3.2.4), or why there is none."""
    unsecured = {name: value for name, value in document.items() if name != "proof"}
    try:
        transformed = canonicalize(unsecured, contexts=contexts, hash_name=hash_name, limits=limits, guarded=True)
    except DocumentError as error:
        return error
    return _hash(hash_name, transformed)


def _hash(name: str, dataset: CanonicalDataset) -> bytes:
    digest: bytes = getattr(hashlib, name)(dataset.nquads.encode()).digest()
    return digest
