"""Issue a credential with an embedded proof: judge it, bind it to the key, secure it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypeVar, overload

from microcred import jsonld
from microcred.documents import issuer_id
from microcred.json import JSONObject, JSONValue
from microcred.limits import DEFAULT_LIMITS, Limits
from microcred.models import VerifiableCredential, now
from microcred.models._clone import read_signed
from microcred.protocols import Signer
from microcred.signing.binding import bind
from microcred.signing.cryptosuites import Cryptosuite
from microcred.signing.data_integrity import secure
from microcred.signing.hashing import Memo
from microcred.signing.preparing import Contexts, prepare

__all__ = ["sign", "sign_document"]

Credential = TypeVar("Credential", bound=VerifiableCredential)


@overload
def sign(
    credential: Credential,
    signer: Signer,
    *,
    verification_method: str | None = ...,
    cryptosuite: Cryptosuite | Sequence[Cryptosuite] | None = ...,
    created: datetime | str | None = ...,
    options: Mapping[str, JSONValue] | None = ...,
    contexts: Contexts | None = ...,
    limits: Limits = ...,
) -> Credential: ...


@overload
def sign(
    credential: Mapping[str, object],
    signer: Signer,
    *,
    verification_method: str | None = ...,
    cryptosuite: Cryptosuite | Sequence[Cryptosuite] | None = ...,
    created: datetime | str | None = ...,
    options: Mapping[str, JSONValue] | None = ...,
    contexts: Contexts | None = ...,
    limits: Limits = ...,
) -> JSONObject: ...


def sign(
    credential: VerifiableCredential | Mapping[str, object],
    signer: Signer,
    *,
    verification_method: str | None = None,
    cryptosuite: Cryptosuite | Sequence[Cryptosuite] | None = None,
    created: datetime | str | None = None,
    options: Mapping[str, JSONValue] | None = None,
    contexts: Contexts | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> VerifiableCredential | JSONObject:
    """Sign a credential with an embedded Data Integrity proof (Open Badges 3.0 §8.3).

    Args:
        credential: A model, or a dict that is the whole credential (nothing is filled in).
        signer: The issuer's key; the cryptosuite follows from its kind.
        verification_method: The URL of the key, when the issuer is not the key's own did:key.
        cryptosuite: Another suite than the key's default; or several, for a proof with each.
        created: When the proof is made; now by default. Text is kept as it is written.
        options: Further members of the proof, such as ``expires``, ``nonce`` or ``previousProof``.
        contexts: Further JSON-LD context documents by URL, beside the pinned ones.
        limits: Bounds on the work.

    Returns:
        A signed copy, of the kind that was given.

    Raises:
        DocumentError: The credential breaks rules of the standard; it lists all of them. ``signing.add_proof`` signs
            anything, if you must.
        SigningError: A member is defined by no context (with its pointer), the issuer does not control the key, or the
            key could not be used.
    """
    document = sign_document(
        credential,
        signer,
        verification_method=verification_method,
        cryptosuite=cryptosuite,
        created=created,
        options=options,
        contexts=contexts,
        limits=limits,
    )
    if isinstance(credential, VerifiableCredential):
        return read_signed(credential, document)
    return document


def sign_document(
    credential: VerifiableCredential | Mapping[str, object],
    signer: Signer,
    *,
    verification_method: str | None = None,
    cryptosuite: Cryptosuite | Sequence[Cryptosuite] | None = None,
    created: datetime | str | None = None,
    options: Mapping[str, JSONValue] | None = None,
    contexts: Contexts | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> JSONObject:
    """Sign a credential of any kind, and return a document; otherwise as ``sign``."""
    document = prepare(credential, signer, limits)
    suites = [cryptosuite] if cryptosuite is None or isinstance(cryptosuite, Cryptosuite) else [*cryptosuite]
    if not suites or (len(suites) > 1 and options and "id" in options):
        raise ValueError("each proof needs a cryptosuite, and an id of its own")
    jsonld.check_contexts(contexts or {})
    method = bind(issuer_id(document) or "", signer, verification_method, "/issuer/id")
    moment = now() if created is None else created
    memo: Memo = {}
    for suite in suites:
        document = secure(
            document,
            signer,
            verification_method=method,
            cryptosuite=suite,
            created=moment,
            proof_purpose="assertionMethod",
            options=options,
            contexts=contexts,
            limits=limits,
            memo=memo,
        )
    return document
