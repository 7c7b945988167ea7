"""Embedded proofs: Verifiable Credential Data Integrity 1.0 §4.

The steps are numbered as in Data Integrity EdDSA 1.0 §3.2 (RDFC) and §3.3 (JCS), which ECDSA 1.0 §3.2 and §3.3 repeat.
This is the level of proofs: any data model, a given key; it judges neither trust nor dates nor who controls the key.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import cast

from microcred import jsonld
from microcred.encoding import multibase_decode, multibase_encode
from microcred.errors import DocumentError, ProofError, SigningError
from microcred.json import JSONObject, JSONValue, copy
from microcred.keys import PublicKey
from microcred.limits import DEFAULT_LIMITS, Limits
from microcred.models import DateTime, now
from microcred.protocols import Signer
from microcred.signing.chains import ancestors, proofs_of
from microcred.signing.cryptosuites import Cryptosuite, suite_for_key, suite_of
from microcred.signing.hashing import Memo, hash_data

__all__ = ["add_proof", "check_audience", "check_proof", "proof_options", "proofs_of", "secure", "verify_proof"]

_OWN_ARGUMENTS = frozenset(
    ["@context", "type", "cryptosuite", "created", "verificationMethod", "proofPurpose", "proofValue"]
)


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
    """Add a proof to a document of any data model (VC Data Integrity 1.0 §4.2 and §4.3).

    Args:
        document: JSON-LD. Proofs that it has already stay. The new one stands beside them (a proof set), or covers
            those that ``options={"previousProof": …}`` names by their ids (a proof chain).
        signer: The key.
        verification_method: The URL under which verifiers find the public key.
        cryptosuite: By default the one that follows from the key.
        created: When the proof is made; now by default. Text is kept as it is written.
        proof_purpose: ``assertionMethod`` for credentials.
        options: Further members of the proof: ``expires``, ``domain``, ``challenge``, ``nonce``, ``id``,
            ``previousProof``.
        contexts: Further context documents by URL, beside the pinned ones.
        limits: Bounds on the work.

    Returns:
        A copy of the document with the proof in its ``proof`` array.

    Raises:
        DocumentError: The document is not plain JSON.
        SigningError: The proof would not cover all of the document, a context does not define a name, or
            ``previousProof`` names no proof (with a pointer); the suite does not take the key, or the key could not be
            used.
        ValueError: ``created`` is not a date and time with a zone, ``options`` has a member that an argument of its own
            sets, or ``contexts`` replaces a pinned one.
    """
    jsonld.check_contexts(contexts or {})
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
    memo: Memo | None = None,
) -> JSONObject:
    """Add a proof to a document that is the caller's own plain JSON, and is changed; otherwise as ``add_proof``."""
    suite = suite_for_key(signer.public_key.type) if cryptosuite is None else cryptosuite
    if signer.public_key.type not in suite.hashes:
        raise SigningError(f"{suite.name} does not take a {signer.public_key.type} key")
    proof = proof_options(
        suite.members, options or {}, created=created, method=verification_method, purpose=proof_purpose, limits=limits
    )
    try:
        if suite.canonicalization == "jcs":
            # §3.3.1 (2)
            if "@context" in secured:
                proof["@context"] = copy(secured["@context"], limits)
            _check_terms(secured, proof, contexts, limits)
        data = hash_data(
            secured,
            proof,
            suite.hashes[signer.public_key.type],
            contexts,
            canonicalization=suite.canonicalization,
            limits=limits,
            memo=memo,
        )
    except DocumentError as error:
        raise SigningError.of(error) from error
    except ProofError as error:
        raise SigningError(error.reason, error.pointer) from error
    # §3.2.1 (6), §3.3.1 (7)
    proof["proofValue"] = multibase_encode(signer.sign(data))
    secured["proof"] = [*proofs_of(secured), proof]
    return secured


def _check_terms(
    secured: JSONObject, proof: JSONObject, contexts: Mapping[str, JSONObject] | None, limits: Limits
) -> None:
    """Refuse what no context defines: JCS covers it, but it has no meaning for others."""
    if "@context" not in secured:
        return
    jsonld.check({name: value for name, value in secured.items() if name != "proof"}, contexts=contexts, limits=limits)
    try:
        jsonld.check(proof, contexts=contexts, limits=limits)
    except DocumentError as error:
        raise error.below("/proof") from error


def _created(created: datetime | str | None) -> str:
    moment = DateTime.parse(created) if isinstance(created, str) else DateTime.of(created or now())
    if moment.tzinfo is None:
        raise ValueError("created needs a time zone, such as the Z in 2026-05-01T09:30:00Z")
    return moment.lexical


def proof_options(
    members: Mapping[str, str],
    options: Mapping[str, JSONValue],
    *,
    created: datetime | str | None,
    method: str,
    purpose: str,
    limits: Limits,
) -> JSONObject:
    """Make a proof that has no value yet (VC Data Integrity 1.0 §2.1).

    Args:
        members: What names the suite.
        options: Further members; a copy is made.
        created: When the proof is made; now if None.
        method: The URL of the key.
        purpose: The proof purpose.
        limits: Bounds on the options.

    Raises:
        ValueError: A member that an argument sets, or a time without a zone.
    """
    if not _OWN_ARGUMENTS.isdisjoint(options):
        raise ValueError(f"options must not hold {', '.join(sorted(_OWN_ARGUMENTS & set(options)))}")
    if "expires" in options:
        _created(cast("str | None", options["expires"]))
    return {
        **members,
        "created": _created(created),
        "verificationMethod": method,
        "proofPurpose": purpose,
        **(cast(JSONObject, copy(dict(options), limits)) if options else {}),
    }


def verify_proof(
    document: Mapping[str, JSONValue],
    key: PublicKey,
    *,
    proof: Mapping[str, JSONValue] | None = None,
    proof_purpose: str = "assertionMethod",
    domain: str | Iterable[str] | None = None,
    challenge: str | None = None,
    contexts: Mapping[str, JSONObject] | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> None:
    """Check one proof of a document of any data model with a given key (VC Data Integrity 1.0 §4.4).

    A proof that builds on others covers them too, but does not make them hold: check each with its own key (§4.5).

    Args:
        document: JSON-LD; untrusted.
        key: The public key that the proof's verification method stands for; who controls it is the caller's concern.
        proof: The proof to check; by default the document's only one.
        proof_purpose: What the proof must be for.
        domain: The security domain, or domains, that the proof must be for; by default any.
        challenge: The challenge that the proof must answer; by default any.
        contexts: Further context documents by URL, beside the pinned ones.
        limits: Bounds on the work.

    Raises:
        ProofError: The proof does not hold: PROOF_VERIFICATION_ERROR; INVALID_DOMAIN_ERROR; INVALID_CHALLENGE_ERROR;
            PROOF_TRANSFORMATION_ERROR when a part of the document is not covered; UNSUPPORTED for another suite.
        DocumentError: The document is not plain JSON.
    """
    secured = cast(JSONObject, copy(dict(document), limits))
    if proof is None:
        proofs = proofs_of(secured)
        if len(proofs) != 1 or not isinstance(proofs[0], dict):
            raise ProofError(f"the document has {len(proofs)} proofs, and which one is meant was not said")
        proof = proofs[0]
    check_audience(proof, domain, challenge)
    check_proof(secured, dict(proof), key, proof_purpose=proof_purpose, contexts=contexts, limits=limits, memo={})


def check_audience(proof: Mapping[str, JSONValue], domain: str | Iterable[str] | None, challenge: str | None) -> None:
    """Check whom a proof is for, and what it answers (§4.4 steps 6 and 7); None asks for nothing.

    Raises:
        ProofError: INVALID_DOMAIN_ERROR or INVALID_CHALLENGE_ERROR.
    """
    # §4.4 (6)
    if domain is not None:
        expected = {domain} if isinstance(domain, str) else set(domain)
        named = proof.get("domain")
        domains = named if isinstance(named, list) else [named]
        if not all(isinstance(each, str) for each in domains) or set(map(str, domains)) != expected:
            raise ProofError(
                "the proof was made for another domain: somebody may be passing it on",
                "INVALID_DOMAIN_ERROR",
                "/proof/domain",
            )
    # §4.4 (7)
    if challenge is not None and proof.get("challenge") != challenge:
        raise ProofError(
            "the proof answers another challenge: it may be a replay", "INVALID_CHALLENGE_ERROR", "/proof/challenge"
        )


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
    # §4.4 (4), (5)
    if "verificationMethod" not in proof:
        raise ProofError("the proof does not name its key", pointer="/proof/verificationMethod")
    if proof.get("proofPurpose") != proof_purpose:
        raise ProofError(f"the proof is not for the purpose {proof_purpose}", pointer="/proof/proofPurpose")
    if key.type not in suite.hashes:
        raise ProofError(f"{suite.name} does not take a {key.type} key", "INVALID_VERIFICATION_METHOD")
    ancestors(proofs_of(document), proof, limits)
    # §3.2.2 (3), §3.3.2 (3) the signature is the proofValue, base58-btc
    value = proof.get("proofValue")
    try:
        signature = multibase_decode(value if isinstance(value, str) else "", "z")
    except ValueError:
        raise ProofError("the proofValue is not base58-btc with the prefix z", pointer="/proof/proofValue") from None
    if len(signature) != suite.signature_bytes[key.type]:
        raise ProofError("the proofValue has not the length of a signature", pointer="/proof/proofValue")
    try:
        data = hash_data(
            document,
            proof,
            suite.hashes[key.type],
            contexts,
            canonicalization=suite.canonicalization,
            limits=limits,
            memo=memo,
        )
    except DocumentError as error:
        problem = error.problems[0]
        raise ProofError(problem.message, problem.code, problem.pointer) from error
    # §3.2.7, §3.3.7 proof verification
    if not key.verifies(signature, data):
        raise ProofError("the signature is wrong: the document was changed after signing, or another key signed it")
