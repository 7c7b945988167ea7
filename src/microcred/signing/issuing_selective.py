"""Issue a credential of which the holder shows parts, and show parts of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import TypeVar, overload

from microcred.documents import Readable, issuer_id, parse, to_document
from microcred.json import JSONObject, JSONValue
from microcred.limits import DEFAULT_LIMITS, Limits
from microcred.models import Model, VerifiableCredential
from microcred.models._clone import read_signed
from microcred.protocols import Signer
from microcred.signing import selective
from microcred.signing.binding import bind
from microcred.signing.preparing import Contexts, prepare

__all__ = ["derive", "sign_selective"]

Credential = TypeVar("Credential", bound=VerifiableCredential)


@overload
def sign_selective(
    credential: Credential,
    signer: Signer,
    *,
    mandatory_pointers: Collection[str] | None = ...,
    verification_method: str | None = ...,
    created: datetime | str | None = ...,
    options: Mapping[str, JSONValue] | None = ...,
    contexts: Contexts | None = ...,
    limits: Limits = ...,
) -> Credential: ...


@overload
def sign_selective(
    credential: Mapping[str, object],
    signer: Signer,
    *,
    mandatory_pointers: Collection[str] | None = ...,
    verification_method: str | None = ...,
    created: datetime | str | None = ...,
    options: Mapping[str, JSONValue] | None = ...,
    contexts: Contexts | None = ...,
    limits: Limits = ...,
) -> JSONObject: ...


def sign_selective(
    credential: VerifiableCredential | Mapping[str, object],
    signer: Signer,
    *,
    mandatory_pointers: Collection[str] | None = None,
    verification_method: str | None = None,
    created: datetime | str | None = None,
    options: Mapping[str, JSONValue] | None = None,
    contexts: Contexts | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> VerifiableCredential | JSONObject:
    """Sign a credential so that its holder can show parts of it (ECDSA Cryptosuites 1.0 §3.6; bbs-2023).

    What comes out is for the holder only: verifiers take what ``derive`` makes of it.

    Args:
        credential: A model, or a dict that is the whole credential (nothing is filled in).
        signer: The issuer's key, on P-256; or on BLS12-381, for bbs-2023, which is experimental.
        mandatory_pointers: JSON Pointers to what the holder cannot hide; by default the types, issuer, validity and
            status, and what the achievement must have.
        verification_method: The URL of the key, when the issuer is not the key's own did:key.
        created: When the proof is made; now by default.
        options: Further members of the proof, such as ``expires``.
        contexts: Further JSON-LD context documents by URL, beside the pinned ones.
        limits: Bounds on the work.

    Returns:
        A signed copy, of the kind that was given.

    Raises:
        DocumentError: The credential breaks rules of the standard; it lists all of them.
        SigningError: A member is defined by no context, or a pointer selects nothing (with its pointer); the issuer
            does not control the key, or the key cannot sign so.
    """
    document = prepare(credential, signer, limits)
    method = bind(issuer_id(document) or "", signer, verification_method, "/issuer/id")
    document = selective.add_base_proof(
        document,
        signer,
        verification_method=method,
        mandatory_pointers=mandatory_pointers,
        created=created,
        options=options,
        contexts=contexts,
        limits=limits,
    )
    return read_signed(credential, document) if isinstance(credential, VerifiableCredential) else document


@overload
def derive(
    credential: Model, pointers: Collection[str], *, contexts: Contexts | None = ..., limits: Limits = ...
) -> Model: ...


@overload
def derive(
    credential: Mapping[str, object] | str | bytes,
    pointers: Collection[str],
    *,
    contexts: Contexts | None = ...,
    limits: Limits = ...,
) -> JSONObject: ...


def derive(
    credential: Readable,
    pointers: Collection[str],
    *,
    contexts: Contexts | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Model | JSONObject:
    """Show parts of a credential that was signed for it (ECDSA Cryptosuites 1.0 §3.6.6; bbs-2023).

    Args:
        credential: What ``sign_selective`` gave to the holder: a model, a dict, or JSON text.
        pointers: JSON Pointers to what is to be seen beside what is mandatory, such as ``/evidence/0``.
        contexts: Further JSON-LD context documents by URL, beside the pinned ones.
        limits: Bounds on the work.

    Returns:
        The part, with a proof of its own: a model if a model was given.

    Raises:
        DocumentError: It cannot be read.
        ProofError: It was not signed for selective disclosure, or was changed since.
        SigningError: A pointer selects nothing, or goes into what can be shown as a whole only (with its pointer).
    """
    document = selective.derive(to_document(credential, limits), pointers, contexts=contexts, limits=limits)
    return parse(document, limits=limits) if isinstance(credential, Model) else document
