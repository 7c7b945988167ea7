"""What the cryptosuites that disclose parts of a document have in common.

Both hand out a base proof, from which the holder derives. ecdsa-sd-2023 signs each statement by itself; bbs-2023 makes
one signature over all of them. Sections are those of Data Integrity ECDSA Cryptosuites 1.0, on which the text of the
other suite builds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from microcred.errors import DocumentError, ProofError, SigningError
from microcred.json import JSONObject, JSONValue, copy
from microcred.jsonld import canonicalize, check_contexts
from microcred.keys import KeyType, PublicKey
from microcred.limits import Limits
from microcred.signing._selective_cbor import POINTER
from microcred.signing._selective_parts import Label, Part, Selection, Statements, relabel
from microcred.signing._selective_values import BBS, BaseValue, BBSBaseValue
from microcred.signing.chains import proofs_of
from microcred.signing.data_integrity import proof_options

__all__ = [
    "TYPE",
    "Contexts",
    "Disclosure",
    "Shown",
    "Unsigned",
    "check_count",
    "check_options",
    "default_mandatory_pointers",
    "disclose",
    "hash_options",
    "hash_statements",
    "only_proof",
    "prepare",
    "shown_statements",
    "with_proof",
]

Contexts = Mapping[str, JSONObject]
"""Context documents by URL."""
TYPE = "DataIntegrityProof"
"""The type of the proofs of both suites."""
# What nobody may hide: who says it, since when and until when, and whether it was revoked; in both data models.
_MANDATORY = ("type", "issuer", "validFrom", "validUntil", "issuanceDate", "expirationDate", "credentialStatus")
# Whatever else is hidden, what is left is an Open Badge: these are what an achievement must have.
_MANDATORY_OF_ACHIEVEMENTS = ("id", "type", "name", "description", "criteria")


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


# The issuer


@dataclass(frozen=True, slots=True)
class Unsigned:
    """What an issuer signs, and what becomes of it."""

    secured: JSONObject
    """The document, with the proofs that it has already."""
    proof: JSONObject
    """The options of the new proof."""
    proof_hash: bytes
    """Their hash."""
    mandatory: Sequence[str]
    """The mandatory statements."""
    others: Sequence[str]
    """The other statements."""
    pointers: Sequence[str]
    """JSON Pointers to what is mandatory."""
    hmac_key: bytes
    """Makes the labels of blank nodes."""


def prepare(
    document: Mapping[str, JSONValue],
    suite: str,
    *,
    verification_method: str,
    mandatory_pointers: Collection[str] | None,
    created: datetime | str | None,
    proof_purpose: str,
    options: Mapping[str, JSONValue],
    contexts: Contexts | None,
    limits: Limits,
    hmac_key: bytes,
) -> Unsigned:
    """Transform a document, and hash the options of its new proof (§3.6.2 to §3.6.4)."""
    check_contexts(contexts or {})
    secured = cast(JSONObject, copy(dict(document), limits))
    if "previousProof" in options:
        # A chain would be of the whole document, and could not be told from parts of it.
        raise ValueError("options must not hold previousProof")
    members = {"type": TYPE, "cryptosuite": suite}
    proof = proof_options(
        members, options, created=created, method=verification_method, purpose=proof_purpose, limits=limits
    )
    if suite == BBS and created is None:
        # The moment of signing would tell verifiers which of the issuer's credentials they see.
        del proof["created"]
    unsecured = _without_proof(secured)
    pointers = default_mandatory_pointers(unsecured) if mandatory_pointers is None else _texts(mandatory_pointers)
    # §3.6.2 base proof transformation
    statements = Statements(unsecured, hmac_key, contexts, limits, shuffled=suite == BBS)
    mandatory = _mandatory(statements, unsecured, pointers)
    chosen, others = _divide(statements.lines, mandatory)
    check_count(len(others), limits, SigningError)
    # §3.6.3 (1) base proof hashing
    try:
        proof_hash = hash_options(proof, secured, contexts, limits)
    except DocumentError as error:
        raise SigningError.of(error) from error
    return Unsigned(secured, proof, proof_hash, chosen, others, pointers, hmac_key)


def with_proof(unsigned: Unsigned, value: str) -> JSONObject:
    """Return the document with its new proof behind those that it has."""
    return {**unsigned.secured, "proof": [*proofs_of(unsigned.secured), {**unsigned.proof, "proofValue": value}]}


# The holder


@dataclass(frozen=True, slots=True)
class Disclosure:
    """What a holder discloses of a document with a base proof."""

    part: Part
    """Of the document, with its statements."""
    mandatory: Sequence[str]
    """The mandatory statements."""
    mandatory_indexes: Sequence[int]
    """Their places among the statements that are disclosed."""
    others: Sequence[str]
    """All statements that are not mandatory."""
    selective_indexes: Sequence[int]
    """Which of these are disclosed."""

    def with_proof(self, base: JSONObject, value: str) -> JSONObject:
        """Return the part of the document, with a proof that is the base proof but for its value (§3.6.6)."""
        proof = {name: item for name, item in base.items() if name != "@context"}
        return {**self.part.document, "proof": {**proof, "proofValue": value}}


def disclose(
    document: JSONObject,
    value: BaseValue | BBSBaseValue,
    pointers: Collection[str],
    contexts: Contexts | None,
    limits: Limits,
) -> Disclosure:
    """Find what is disclosed (§3.5.4 createDisclosureData, steps 1 to 9)."""
    combined_pointers = [*value.mandatory_pointers, *_texts(pointers)]
    if not combined_pointers:
        raise SigningError("nothing is selected, and nothing is mandatory")
    unsecured = _without_proof(document)
    shuffled = isinstance(value, BBSBaseValue)
    statements = Statements(unsecured, value.hmac_key, contexts, limits, shuffled=shuffled)
    try:
        mandatory = _mandatory(statements, unsecured, value.mandatory_pointers)
    except SigningError as error:
        raise ProofError(f"the base proof does not fit the document: {error}", pointer=POINTER) from error
    combined = statements.part(Selection.of(unsecured, combined_pointers))
    # (7) to (9) the place of each mandatory statement among what is disclosed
    disclosed = [line for line in statements.lines if line in combined.lines]
    mandatory_indexes = [index for index, line in enumerate(disclosed) if line in mandatory]
    chosen, others = _divide(statements.lines, mandatory)
    check_count(len(others), limits, SigningError)
    selective_indexes = [index for index, line in enumerate(others) if line in combined.lines]
    return Disclosure(combined, chosen, mandatory_indexes, others, selective_indexes)


# The verifier


@dataclass(frozen=True, slots=True)
class Shown:
    """What a verifier is shown, ready to be checked."""

    proof_hash: bytes
    """The hash of the proof's options."""
    mandatory: Sequence[str]
    """The mandatory statements."""
    others: Sequence[str]
    """The other statements that are disclosed."""


def check_options(
    proof: JSONObject, document: JSONObject, key: PublicKey, *, suite: str, key_type: KeyType, proof_purpose: str
) -> None:
    """Check what a derived proof says of itself, before anything is made of it."""
    _check_suite(proof, suite)
    if "verificationMethod" not in proof:
        raise ProofError("the proof does not name its key", pointer="/proof/verificationMethod")
    if proof.get("proofPurpose") != proof_purpose:
        raise ProofError(f"the proof is not for the purpose {proof_purpose}", pointer="/proof/proofPurpose")
    if proof.get("@context", document.get("@context")) != document.get("@context"):
        raise ProofError("the proof has contexts that are not those of the document", pointer="/proof/@context")
    if key.type != key_type:
        raise ProofError(f"{suite} does not take a {key.type} key", "INVALID_VERIFICATION_METHOD")


def shown_statements(
    document: JSONObject,
    proof: JSONObject,
    labels: Mapping[int, Label],
    mandatory_indexes: Collection[int],
    *,
    contexts: Contexts | None,
    limits: Limits,
) -> Shown:
    """Make the statements of a derived document (§3.5.9 createVerifyData)."""
    try:
        proof_hash = hash_options(proof, document, contexts, limits)
        lines = _labelled(document, labels, contexts, limits)
    except DocumentError as error:
        problem = error.problems[0]
        raise ProofError(problem.message, problem.code, problem.pointer) from error
    # (7) the mandatory statements and the others
    if mandatory_indexes and max(mandatory_indexes) >= len(lines):
        raise ProofError("the proof names mandatory statements that are not there", pointer=POINTER)
    return Shown(proof_hash, *_divide(lines, {lines[index] for index in mandatory_indexes}))


# Steps of several of them


def only_proof(document: JSONObject, proof: Mapping[str, JSONValue] | None, suite: str, limits: Limits) -> JSONObject:
    """Return a copy of the proof that is given, or the document's only one of a suite.

    Raises:
        ProofError: There is none, or more than one; UNSUPPORTED: it is not of that suite, or builds on others.
    """
    if proof is not None:
        found = cast(JSONObject, copy(dict(proof), limits))
    else:
        proofs = [each for each in proofs_of(document) if isinstance(each, dict) and each.get("cryptosuite") == suite]
        if len(proofs) != 1:
            text = f"the document has {len(proofs)} proofs of {suite}, and which one is meant was not said"
            raise ProofError(text, "PROOF_VERIFICATION_ERROR" if proofs else "UNSUPPORTED", "/proof")
        found = proofs[0]
    _check_suite(found, suite)
    return found


def check_count(count: int, limits: Limits, error: type[ProofError | SigningError]) -> None:
    """Bound the statements that are not mandatory.

    Raises:
        ProofError: TOO_COMPLEX; or SigningError, as asked for.
    """
    if count > limits.max_statements:
        text = f"there are more than {limits.max_statements:,} statements that are not mandatory (max_statements)"
        raise error(text, code="TOO_COMPLEX", pointer=POINTER if error is ProofError else None)


def hash_options(proof: JSONObject, document: JSONObject, contexts: Contexts | None, limits: Limits) -> bytes:
    """Hash a proof's options, without the value and under the document's own contexts (§3.6.4; §3.6.3 step 1)."""
    config = {name: value for name, value in proof.items() if name not in ("proofValue", "@context")}
    config["@context"] = document.get("@context")
    try:
        canonical = canonicalize(config, contexts=contexts, limits=limits, guarded=True)
    except DocumentError as error:
        raise error.below("/proof") from error
    return hashlib.sha256(canonical.nquads.encode()).digest()


def hash_statements(lines: Iterable[str]) -> bytes:
    """Hash the mandatory statements (§3.4.17)."""
    return hashlib.sha256("".join(lines).encode()).digest()


def _check_suite(proof: JSONObject, suite: str) -> None:
    if proof.get("type") != TYPE or proof.get("cryptosuite") != suite:
        raise ProofError(f"the proof is not one of {suite}", "UNSUPPORTED")
    if "previousProof" in proof:
        raise ProofError(f"chains of proofs with {suite} are not supported", "UNSUPPORTED", "/proof/previousProof")


def _texts(pointers: Collection[str]) -> list[str]:
    if isinstance(pointers, str):
        raise TypeError("give the JSON Pointers in a list, even a single one")
    return list(pointers)


def _without_proof(document: JSONObject) -> JSONObject:
    return {name: value for name, value in document.items() if name != "proof"}


def _mandatory(statements: Statements, document: JSONObject, pointers: Collection[str]) -> frozenset[str]:
    """Return the mandatory statements; without pointers there are none, not even of types (§3.4.13)."""
    return statements.part(Selection.of(document, pointers)).lines if pointers else frozenset()


def _divide(lines: Sequence[str], mandatory: AbstractSet[str]) -> tuple[list[str], list[str]]:
    """Separate the mandatory statements from the others; both keep their order."""
    return [line for line in lines if line in mandatory], [line for line in lines if line not in mandatory]


def _labelled(
    document: JSONObject, labels: Mapping[int, Label], contexts: Contexts | None, limits: Limits
) -> list[str]:
    """Canonicalise a document, with the labels of the base proof (§3.5.9 steps 3 and 4)."""
    canonical = canonicalize(_without_proof(document), contexts=contexts, limits=limits, guarded=True)
    if labels.keys() != set(range(len(canonical.labels))):
        text = "the proof's labels are not those of the objects without ids: some were added or left out"
        raise ProofError(text, pointer=POINTER)
    return relabel(canonical.nquads, labels)
