"""Selective disclosure with ecdsa-sd-2023: Data Integrity ECDSA Cryptosuites 1.0 §3.6, in its own step numbers.

The issuer adds a base proof and hands it to the holder. The holder derives a document that shows what JSON Pointers
select, and what the issuer made mandatory. A verifier checks that. This is the level of proofs: any data model, a given
key; it judges neither trust nor dates nor who controls the key.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import cast

from microcred.encoding import multibase_decode
from microcred.errors import DocumentError, InvalidKeyError, ProofError, SigningError
from microcred.json import JSONObject, JSONValue, copy
from microcred.jsonld import canonicalize, check_contexts
from microcred.key_material import load_public
from microcred.keys import PublicKey, SigningKey
from microcred.limits import DEFAULT_LIMITS, Limits
from microcred.protocols import Signer
from microcred.signing._selective_parts import Selection, Statements, relabel
from microcred.signing._selective_values import BaseValue, DerivedValue
from microcred.signing.chains import proofs_of
from microcred.signing.data_integrity import proof_options

__all__ = [
    "NAME",
    "add_base_proof",
    "check_derived",
    "default_mandatory_pointers",
    "derive",
    "is_selective",
    "verify_derived",
]

NAME = "ecdsa-sd-2023"
"""The name of the cryptosuite."""

Contexts = Mapping[str, JSONObject]
_TYPE = "DataIntegrityProof"
# What nobody may hide: who says it, since when and until when, and whether it was revoked; in both data models.
_MANDATORY = ("type", "issuer", "validFrom", "validUntil", "issuanceDate", "expirationDate", "credentialStatus")
# Whatever else is hidden, what is left is an Open Badge: these are what an achievement must have.
_MANDATORY_OF_ACHIEVEMENTS = ("id", "type", "name", "description", "criteria")
_P256_PREFIX = b"\x80\x24"


def is_selective(proof: Mapping[str, JSONValue]) -> bool:
    """Tell whether a proof is one of this suite, be it a base proof or a derived one."""
    return proof.get("type") == _TYPE and proof.get("cryptosuite") == NAME


def default_mandatory_pointers(document: Mapping[str, JSONValue]) -> list[str]:
    """Return JSON Pointers to what the holder of an Open Badge should not be able to hide.

    These are the types, the issuer, the validity (of either data model), the status, and of each subject its types and
    what its achievement must have: id, types, name, description and criteria; of all of them what the document has.
    Evidence, results, identifiers and the rest of the achievement are for the holder to show or not.

    Args:
        document: A credential.
    """
    pointers = [f"/{name}" for name in _MANDATORY if name in document]
    subjects = document.get("credentialSubject")
    several = isinstance(subjects, list)
    for index, subject in enumerate(subjects if isinstance(subjects, list) else [subjects]):
        if isinstance(subject, dict):
            here = f"/credentialSubject/{index}" if several else "/credentialSubject"
            # A credential without a subject is none; its id comes along with whatever is shown of it.
            pointers += [f"{here}/{name}" for name in ("type", "id") if name in subject][:1]
            achievement = subject.get("achievement")
            if isinstance(achievement, dict):
                pointers += [f"{here}/achievement/{name}" for name in _MANDATORY_OF_ACHIEVEMENTS if name in achievement]
    return pointers


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
            is not on P-256 or could not be used.
        ValueError: ``created`` is not a date and time with a zone, ``options`` has a member that an argument of its own
            sets, or ``contexts`` replaces a pinned one.
    """
    check_contexts(contexts or {})
    if signer.public_key.type != "P-256":
        raise SigningError(f"{NAME} does not take a {signer.public_key.type} key, but one on P-256")
    secured = cast(JSONObject, copy(dict(document), limits))
    proof = _options(options or {}, created, verification_method, proof_purpose, limits)
    unsecured = _without_proof(secured)
    pointers = default_mandatory_pointers(unsecured) if mandatory_pointers is None else _texts(mandatory_pointers)
    # §3.6.2 base proof transformation
    statements = Statements(unsecured, secrets.token_bytes(32) if hmac_key is None else hmac_key, contexts, limits)
    mandatory = _mandatory(statements, unsecured, pointers)
    # §3.6.3 (1) base proof hashing
    try:
        proof_hash = _hash_proof(proof, secured, contexts, limits)
    except DocumentError as error:
        raise SigningError.of(error) from error
    # §3.6.5 base proof serialization
    own_key = ephemeral_key or SigningKey.generate("P-256")
    signature, public_key, signatures = _sign(statements.lines, mandatory, proof_hash, signer, own_key)
    proof["proofValue"] = BaseValue(signature, public_key, statements.hmac_key, signatures, pointers).serialize()
    return {**secured, "proof": [*proofs_of(secured), proof]}


def _sign(
    lines: list[str], mandatory: frozenset[str], proof_hash: bytes, signer: Signer, own_key: Signer
) -> tuple[bytes, bytes, list[bytes]]:
    """Return the issuer's signature, the proof's own key, and that key's signatures (§3.6.5 steps 2 to 6)."""
    signatures = [own_key.sign(line.encode()) for line in lines if line not in mandatory]
    public_key = multibase_decode(own_key.public_key.multikey, "z")
    mandatory_hash = _hash(line for line in lines if line in mandatory)
    return signer.sign(proof_hash + public_key + mandatory_hash), public_key, signatures


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
    base = _only_proof(secured) if proof is None else cast(JSONObject, copy(dict(proof), limits))
    _check_suite(base)
    unsecured = _without_proof(secured)
    # §3.5.4 (1) to (6) createDisclosureData
    value = BaseValue.parse(base.get("proofValue"))
    combined_pointers = [*value.mandatory_pointers, *_texts(pointers)]
    if not combined_pointers:
        raise SigningError("nothing is selected, and nothing is mandatory")
    statements = Statements(unsecured, value.hmac_key, contexts, limits)
    try:
        mandatory = _mandatory(statements, unsecured, value.mandatory_pointers)
    except SigningError as error:
        raise ProofError(f"the base proof does not fit the document: {error}", pointer="/proof/proofValue") from error
    combined = statements.part(Selection.of(unsecured, combined_pointers))
    # (7) to (9) the place of each mandatory statement among what is disclosed
    disclosed = [line for line in statements.lines if line in combined.lines]
    mandatory_indexes = [index for index, line in enumerate(disclosed) if line in mandatory]
    # (10) the signatures of what is disclosed
    signed = [line for line in statements.lines if line not in mandatory]
    if len(signed) != len(value.signatures):
        raise ProofError("the base proof does not fit the document: it has not a signature for each of its statements")
    signatures = [signature for line, signature in zip(signed, value.signatures, strict=True) if line in combined.lines]
    # (11) to (14) the labels that a verifier cannot know
    labels = combined.label_map(limits)
    derived = DerivedValue(value.signature, value.public_key, signatures, labels, mandatory_indexes)
    # §3.6.6 (2) to (4)
    new_proof = {name: item for name, item in base.items() if name != "@context"}
    return {**combined.document, "proof": {**new_proof, "proofValue": derived.serialize()}}


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
    found = _only_proof(secured) if proof is None else cast(JSONObject, copy(dict(proof), limits))
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
    _check_suite(proof)
    if "verificationMethod" not in proof:
        raise ProofError("the proof does not name its key", pointer="/proof/verificationMethod")
    if proof.get("proofPurpose") != proof_purpose:
        raise ProofError(f"the proof is not for the purpose {proof_purpose}", pointer="/proof/proofPurpose")
    if proof.get("@context", document.get("@context")) != document.get("@context"):
        raise ProofError("the proof has contexts that are not those of the document", pointer="/proof/@context")
    if key.type != "P-256":
        raise ProofError(f"{NAME} does not take a {key.type} key", "INVALID_VERIFICATION_METHOD")
    # §3.5.9 createVerifyData
    value = DerivedValue.parse(proof.get("proofValue"))
    try:
        proof_hash = _hash_proof(proof, document, contexts, limits)
        lines = _labelled(document, value.labels, contexts, limits)
    except DocumentError as error:
        problem = error.problems[0]
        raise ProofError(problem.message, problem.code, problem.pointer) from error
    mandatory, others = _divide(lines, value.mandatory_indexes)
    # §3.6.7 (3)
    if len(others) != len(value.signatures):
        raise ProofError("the proof has not a signature for each statement that is not mandatory: some were changed")
    # (4) to (7), before the many signatures whose key it vouches for
    if not key.verifies(value.signature, proof_hash + value.public_key + _hash(mandatory)):
        text = "the issuer's signature is wrong: what is mandatory was changed or left out, or another key signed it"
        raise ProofError(text)
    # (8) the signature of each statement that is not mandatory
    own_key = _own_key(value.public_key)
    if not all(
        own_key.verifies(signature, line.encode()) for signature, line in zip(value.signatures, others, strict=True)
    ):
        raise ProofError("the signature of a statement is wrong: what is disclosed was changed")


def _options(
    options: Mapping[str, JSONValue], created: datetime | str | None, method: str, purpose: str, limits: Limits
) -> JSONObject:
    """Make a proof that has no value yet."""
    if "previousProof" in options:
        # A chain would be of the whole document, and could not be told from parts of it.
        raise ValueError("options must not hold previousProof")
    members = {"type": _TYPE, "cryptosuite": NAME}
    return proof_options(members, options, created=created, method=method, purpose=purpose, limits=limits)


def _texts(pointers: Collection[str]) -> list[str]:
    if isinstance(pointers, str):
        raise TypeError("give the JSON Pointers in a list, even a single one")
    return list(pointers)


def _without_proof(document: JSONObject) -> JSONObject:
    return {name: value for name, value in document.items() if name != "proof"}


def _only_proof(document: JSONObject) -> JSONObject:
    """Return the only proof of this suite."""
    proofs = [proof for proof in proofs_of(document) if isinstance(proof, dict) and proof.get("cryptosuite") == NAME]
    if len(proofs) != 1:
        text = f"the document has {len(proofs)} proofs of {NAME}, and which one is meant was not said"
        raise ProofError(text, "PROOF_VERIFICATION_ERROR" if proofs else "UNSUPPORTED", "/proof")
    return proofs[0]


def _check_suite(proof: JSONObject) -> None:
    if not is_selective(proof):
        raise ProofError(f"the proof is not one of {NAME}", "UNSUPPORTED")
    if "previousProof" in proof:
        raise ProofError(f"chains of proofs with {NAME} are not supported", "UNSUPPORTED", "/proof/previousProof")


def _mandatory(statements: Statements, document: JSONObject, pointers: Collection[str]) -> frozenset[str]:
    """Return the mandatory statements; without pointers there are none, not even of types (§3.4.13)."""
    return statements.part(Selection.of(document, pointers)).lines if pointers else frozenset()


def _hash(lines: Iterable[str]) -> bytes:
    """Hash the mandatory statements (§3.4.17)."""
    return hashlib.sha256("".join(lines).encode()).digest()


def _hash_proof(proof: JSONObject, document: JSONObject, contexts: Contexts | None, limits: Limits) -> bytes:
    """Hash the proof's options, without the value and under the document's own contexts (§3.6.4; §3.6.3 step 1)."""
    config = {name: value for name, value in proof.items() if name not in ("proofValue", "@context")}
    config["@context"] = document.get("@context")
    try:
        canonical = canonicalize(config, contexts=contexts, limits=limits, guarded=True)
    except DocumentError as error:
        raise error.below("/proof") from error
    return hashlib.sha256(canonical.nquads.encode()).digest()


def _labelled(
    document: JSONObject, labels: Mapping[int, bytes], contexts: Contexts | None, limits: Limits
) -> list[str]:
    """Canonicalise a document, with the labels of the base proof (§3.5.9 steps 3 and 4)."""
    canonical = canonicalize(_without_proof(document), contexts=contexts, limits=limits, guarded=True)
    if labels.keys() != set(range(len(canonical.labels))):
        text = "the proof's labels are not those of the objects without ids: some were added or left out"
        raise ProofError(text, pointer="/proof/proofValue")
    return relabel(canonical.nquads, labels)


def _divide(lines: list[str], indexes: Collection[int]) -> tuple[list[str], list[str]]:
    """Separate the mandatory statements from the others (§3.5.9 step 7)."""
    chosen = set(indexes)
    if chosen and max(chosen) >= len(lines):
        raise ProofError("the proof names mandatory statements that are not there", pointer="/proof/proofValue")
    mandatory = [line for index, line in enumerate(lines) if index in chosen]
    return mandatory, [line for index, line in enumerate(lines) if index not in chosen]


def _own_key(data: bytes) -> PublicKey:
    """Read the proof's own key. It comes once, and would push the keys of issuers out of their cache."""
    try:
        if data.startswith(_P256_PREFIX):
            return PublicKey(load_public("P-256", data.removeprefix(_P256_PREFIX)))
    except InvalidKeyError:
        pass
    raise ProofError("the proof's own key is not a point on P-256", pointer="/proof/proofValue")
