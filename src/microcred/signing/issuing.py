"""Issue a credential: judge it, bind it to the key, secure it. The one place where a document becomes a credential."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import TypeVar, overload

from microcred import jsonld
from microcred.documents import Readable, is_v1, issuer_id, judge, parse, to_document
from microcred.errors import DocumentError, SigningError
from microcred.json import JSONObject, JSONValue
from microcred.keys import PublicKey
from microcred.limits import DEFAULT_LIMITS, Limits
from microcred.models import Model, VerifiableCredential, now
from microcred.models._clone import read_signed
from microcred.protocols import Signer
from microcred.signing import selective
from microcred.signing.binding import bind
from microcred.signing.cryptosuites import Cryptosuite
from microcred.signing.data_integrity import secure
from microcred.signing.hashing import Memo
from microcred.signing.jose import Profile, encode_jwt

__all__ = ["derive", "sign", "sign_jwt", "sign_selective"]

Credential = TypeVar("Credential", bound=VerifiableCredential)
Contexts = Mapping[str, JSONObject]


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
    document = _prepare(credential, signer, limits)
    suites = [cryptosuite] if cryptosuite is None or isinstance(cryptosuite, Cryptosuite) else [*cryptosuite]
    if not suites or (len(suites) > 1 and options and "id" in options):
        raise ValueError("each proof needs a cryptosuite, and an id of its own")
    jsonld.check_contexts(contexts or {})
    method = bind(issuer_id(document) or "", signer.public_key, verification_method, "/issuer/id")
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
    if isinstance(credential, VerifiableCredential):
        return read_signed(credential, document)
    return document


def sign_jwt(
    credential: VerifiableCredential | Mapping[str, object],
    signer: Signer,
    *,
    profile: Profile = "ob3",
    verification_method: str | None = None,
    embed_key: bool | None = None,
    contexts: Contexts | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> str:
    """Sign a credential as a JWT (Open Badges 3.0 §8.2; VC-JOSE-COSE §3.1).

    Args:
        credential: A model, or a dict that is the whole credential (nothing is filled in).
        signer: The issuer's key; the algorithm follows from its kind. Strict Open Badges tools take RSA and P-256.
        profile: ``ob3`` (``typ: JWT``; the subject needs an id) or ``vc-jose`` (``typ: vc+jwt``).
        verification_method: The URL of the key, for the header's ``kid``, when the issuer is not the key's own did:key.
            Without it, ``ob3`` carries the public key itself (``jwk``), and ``vc-jose`` names the did:key.
        embed_key: Carry the public key as ``jwk``, or not, whatever the default says.
        contexts: Further JSON-LD context documents by URL, beside the pinned ones.
        limits: Bounds on the work.

    Returns:
        The compact JWS.

    Raises:
        DocumentError: The credential breaks rules of the standard; it lists all of them.
        SigningError: A member is defined by no context or is needed as a claim (with its pointer), the issuer does not
            control the key, or the key could not be used.
    """
    if profile not in ("ob3", "vc-jose"):
        raise ValueError('profile must be "ob3" or "vc-jose"')
    document = _prepare(credential, signer, limits)
    method = bind(issuer_id(document) or "", signer.public_key, verification_method, "/issuer/id")
    try:
        # A JWT covers every byte, but what no context defines has no meaning for others.
        jsonld.check(document, contexts=contexts, limits=limits)
    except DocumentError as error:
        raise SigningError.of(error) from error
    named = profile == "vc-jose" or verification_method is not None or embed_key is False
    embedded = not named if embed_key is None else embed_key
    return encode_jwt(document, signer, profile=profile, kid=method if named else None, embed_key=embedded)


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
    document = _prepare(credential, signer, limits)
    method = bind(issuer_id(document) or "", signer.public_key, verification_method, "/issuer/id")
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


def _prepare(credential: VerifiableCredential | Mapping[str, object], signer: Signer, limits: Limits) -> JSONObject:
    if isinstance(credential, str | bytes):
        raise TypeError("what is signed is a model or a dict; read text with microcred.parse first")
    if isinstance(signer, PublicKey):
        raise TypeError("a public key cannot sign; give the SigningKey, or another Signer")
    document = to_document(credential, limits)
    types = document.get("type")
    names = types if isinstance(types, list) else [types]
    if "VerifiableCredential" not in names or "VerifiablePresentation" in names:
        raise DocumentError.at("/type", "must include “VerifiableCredential”: only credentials are issued")
    if is_v1(document):
        raise SigningError("is of the Data Model 1.1, which must not be issued any more (§B.9)", "/@context/0")
    problems = judge(document, limits)
    if problems:
        raise DocumentError(problems)
    return document
