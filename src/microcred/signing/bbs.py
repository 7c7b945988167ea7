"""Selective disclosure that cannot be linked, with bbs-2023: Data Integrity BBS Cryptosuites 1.0 §3.4.

The issuer adds a base proof and hands it to the holder. The holder derives a document that shows what JSON Pointers
select, and what the issuer made mandatory, with a proof that is new each time. A verifier checks that. This is the
level of proofs: any data model, a given key; it judges neither trust nor dates nor who controls the key.

Experimental: the texts are drafts, and the arithmetic does not take constant time. Needs the extra ``bbs``.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import cast

from microcred.encoding import multibase_decode, varint_decode
from microcred.errors import DocumentError, InvalidKeyError, ProofError, SigningError
from microcred.json import JSONObject, JSONValue, copy
from microcred.jsonld import check_contexts
from microcred.key_material import require_bls
from microcred.keys import KeyType, PublicKey, SigningKey
from microcred.limits import DEFAULT_LIMITS, Limits
from microcred.protocols import Signer
from microcred.signing import _bbs
from microcred.signing._bbs import RandomScalars
from microcred.signing._selective import (
    Contexts,
    Disclosure,
    Unsigned,
    check_count,
    check_options,
    disclose,
    hash_options,
    hash_statements,
    only_proof,
    prepare,
    shown_statements,
    with_proof,
)
from microcred.signing._selective_cbor import POINTER
from microcred.signing._selective_values import BBS, BBSBaseValue, BBSDerivedValue

__all__ = ["NAME", "RandomScalars", "add_base_proof", "check_derived", "derive", "verify_derived"]

NAME = BBS
"""The name of the cryptosuite."""
_KEY_TYPE: KeyType = "BLS12-381"


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
) -> JSONObject:
    """Add a base proof to a document (§3.4.1).

    Args:
        document: JSON-LD. Proofs that it has already stay; the new one does not cover them.
        signer: The issuer's key: a ``SigningKey`` on BLS12-381.
        verification_method: The URL under which verifiers find the public key.
        mandatory_pointers: JSON Pointers to what the holder must disclose; ``default_mandatory_pointers`` if None.
        created: When the proof is made; left out by default, since it would tell one credential from another.
        proof_purpose: ``assertionMethod`` for credentials.
        options: Further members of the proof: ``expires``, ``domain``, ``challenge``, ``nonce``, ``id``; each is shown
            in every derived proof.
        contexts: Further context documents by URL, beside the pinned ones.
        limits: Bounds on the work.
        hmac_key: 32 bytes, used for one proof; leave it out but for test vectors.

    Returns:
        A copy of the document with the proof in its ``proof`` array, for the holder only.

    Raises:
        DocumentError: The document is not plain JSON.
        SigningError: The proof would not cover all of the document, a pointer selects nothing (with pointers), the key
            is not a ``SigningKey`` on BLS12-381; TOO_COMPLEX beyond ``limits.max_statements``; UNSUPPORTED without the
            extra.
        ValueError: ``created`` is not a date and time with a zone, ``options`` has a member that an argument of its own
            sets, or ``contexts`` replaces a pinned one.
    """
    if not isinstance(signer, SigningKey) or signer.type != _KEY_TYPE:
        raise SigningError(f"{NAME} takes a SigningKey on {_KEY_TYPE} only: SigningKey.generate({_KEY_TYPE!r})")
    _require_extra_to_sign()
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
    return with_proof(unsigned, _sign(unsigned, signer).serialize())


def _sign(unsigned: Unsigned, signer: SigningKey) -> BBSBaseValue:
    """Sign all statements that are not mandatory at once (§3.4.5 base proof serialization)."""
    # (2), (3) the header and the messages
    header = unsigned.proof_hash + hash_statements(unsigned.mandatory)
    messages = [line.encode() for line in unsigned.others]
    # (4) the signature
    public_key = _raw(signer.public_key.multikey)
    signature = _bbs.sign(int.from_bytes(_raw(signer.to_multikey())), public_key, header, messages)
    return BBSBaseValue(signature, header, public_key, unsigned.hmac_key, unsigned.pointers)


def derive(
    document: Mapping[str, JSONValue],
    pointers: Collection[str],
    *,
    proof: Mapping[str, JSONValue] | None = None,
    presentation_header: bytes | None = None,
    contexts: Contexts | None = None,
    limits: Limits = DEFAULT_LIMITS,
    random_scalars: RandomScalars | None = None,
) -> JSONObject:
    """Make a document that discloses parts of one with a base proof (§3.4.6).

    Args:
        document: What the issuer handed out.
        pointers: JSON Pointers to what is to be disclosed beside what is mandatory; ``""`` is everything. The ids and
            types of the objects on the way to it come along, as do those of the document itself.
        proof: The base proof; by default the document's only one of this suite.
        presentation_header: Bytes to bind to this proof, such as a verifier's nonce; they are shown.
        contexts: Further context documents by URL, beside the pinned ones.
        limits: Bounds on the work.
        random_scalars: Where randomness comes from; leave it out but for test vectors: whoever can guess it learns
            what is hidden.

    Returns:
        The part, with a derived proof as its only one.

    Raises:
        DocumentError: The document is not plain JSON.
        ProofError: There is no base proof of this suite, or it does not fit the document.
        SigningError: A pointer selects nothing or goes into what can be disclosed as a whole only (with its pointer),
            nothing is selected at all, or the document is not what a proof of this suite covers; TOO_COMPLEX beyond
            ``limits.max_statements``; UNSUPPORTED without the extra.
        ValueError: ``contexts`` replaces a pinned one.
    """
    check_contexts(contexts or {})
    secured = cast(JSONObject, copy(dict(document), limits))
    base = only_proof(secured, proof, NAME, limits)
    # §3.3.3 createDisclosureData (1)
    value = BBSBaseValue.parse(base.get("proofValue"))
    _require_extra_to_sign()
    # (2) to (7) what is disclosed
    disclosure = disclose(secured, value, pointers, contexts, limits)
    try:
        header = hash_options(base, secured, contexts, limits) + hash_statements(disclosure.mandatory)
    except DocumentError as error:
        raise SigningError.of(error) from error
    if header != value.header:
        raise _unfit()
    bound = presentation_header or b""
    # (8), (9) a proof that the issuer signed the messages
    bbs_proof = _prove(value, disclosure, bound, random_scalars)
    # (11) to (14) the labels that a verifier cannot know
    labels = cast("dict[int, int]", disclosure.part.label_map(limits))
    indexes = disclosure.mandatory_indexes, disclosure.selective_indexes
    return disclosure.with_proof(base, BBSDerivedValue(bbs_proof, labels, *indexes, bound).serialize())


def _prove(
    value: BBSBaseValue, disclosure: Disclosure, presentation_header: bytes, random_scalars: RandomScalars | None
) -> bytes:
    try:
        return _bbs.proof_gen(
            value.public_key,
            value.signature,
            value.header,
            [line.encode() for line in disclosure.others],
            disclosure.selective_indexes,
            presentation_header=presentation_header,
            random_scalars=random_scalars,
        )
    except (ValueError, InvalidKeyError):
        raise _unfit() from None


def verify_derived(
    document: Mapping[str, JSONValue],
    key: PublicKey,
    *,
    proof: Mapping[str, JSONValue] | None = None,
    proof_purpose: str = "assertionMethod",
    presentation_header: bytes | None = None,
    contexts: Contexts | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> None:
    """Check a derived proof of a document with a given key (§3.4.7).

    Args:
        document: What the holder shows; untrusted.
        key: The public key that the proof's verification method stands for; who controls it is the caller's concern.
        proof: The proof to check; by default the document's only one.
        proof_purpose: What the proof must be for.
        presentation_header: What the proof must be bound to; any if None.
        contexts: Further context documents by URL, beside the pinned ones.
        limits: Bounds on the work.

    Raises:
        ProofError: The proof does not hold: PROOF_VERIFICATION_ERROR; INVALID_CHALLENGE_ERROR when it is bound to
            something else; PROOF_TRANSFORMATION_ERROR when a part of the document is not covered; TOO_COMPLEX beyond
            ``limits.max_statements``; INVALID_VERIFICATION_METHOD for a key that is none; UNSUPPORTED for another
            suite, an optional feature of this one, or without the extra.
        DocumentError: The document is not plain JSON.
    """
    secured = cast(JSONObject, copy(dict(document), limits))
    found = only_proof(secured, proof, NAME, limits)
    check_derived(
        secured,
        found,
        key,
        proof_purpose=proof_purpose,
        presentation_header=presentation_header,
        contexts=contexts,
        limits=limits,
    )


def check_derived(
    document: JSONObject,
    proof: JSONObject,
    key: PublicKey,
    *,
    proof_purpose: str,
    presentation_header: bytes | None = None,
    contexts: Contexts | None,
    limits: Limits,
) -> None:
    """Check a derived proof of a document that is known to be plain JSON, and not copied; otherwise as above."""
    check_options(proof, document, key, suite=NAME, key_type=_KEY_TYPE, proof_purpose=proof_purpose)
    value = BBSDerivedValue.parse(proof.get("proofValue"))
    if presentation_header is not None and value.presentation_header != presentation_header:
        text = "the proof is bound to another presentation header than the one that was asked for"
        raise ProofError(text, "INVALID_CHALLENGE_ERROR", POINTER)
    check_count(len(value.selective_indexes) + max(0, _bbs.undisclosed_count(value.proof)), limits, ProofError)
    try:
        require_bls()
    except InvalidKeyError as error:
        raise ProofError(str(error), "UNSUPPORTED") from error
    # §3.3.8 createVerifyData
    shown = shown_statements(document, proof, value.labels, value.mandatory_indexes, contexts=contexts, limits=limits)
    if len(shown.others) != len(value.selective_indexes):
        raise ProofError("the proof is not of each statement that is not mandatory: some were added or left out")
    # §3.4.7 (5), (6)
    try:
        holds = _bbs.proof_verify(
            _raw(key.multikey),
            value.proof,
            shown.proof_hash + hash_statements(shown.mandatory),
            [line.encode() for line in shown.others],
            value.selective_indexes,
            presentation_header=value.presentation_header,
        )
    except InvalidKeyError as error:
        raise ProofError(str(error), "INVALID_VERIFICATION_METHOD") from error
    if not holds:
        raise ProofError("the proof is wrong: what is disclosed was changed, or another key signed it")


def _unfit() -> ProofError:
    text = "the base proof does not fit the document: its signature is not over these statements"
    return ProofError(text, pointer=POINTER)


def _require_extra_to_sign() -> None:
    try:
        require_bls()
    except InvalidKeyError as error:
        raise SigningError(str(error), code="UNSUPPORTED") from error


def _raw(multikey: str) -> bytes:
    """Return the bytes of a key behind the prefix of its Multikey."""
    return varint_decode(multibase_decode(multikey, "z"))[1]
