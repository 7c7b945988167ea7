"""Issue a credential: judge it, bind it to the key, secure it. The one place where a document becomes a credential."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypeVar, overload
from urllib.parse import urlsplit

from microcred import jsonld
from microcred.documents import is_v1, issuer_id, judge, to_document
from microcred.errors import DocumentError, InvalidKeyError, SigningError
from microcred.json import JSONObject, JSONValue
from microcred.keys import PublicKey
from microcred.limits import DEFAULT_LIMITS, Limits
from microcred.models import VerifiableCredential, now
from microcred.models._clone import read_signed
from microcred.protocols import Signer
from microcred.signing.cose import encode_cose
from microcred.signing.cryptosuites import Cryptosuite
from microcred.signing.data_integrity import secure
from microcred.signing.hashing import Memo
from microcred.signing.jose import Profile, encode_jwt

__all__ = ["sign", "sign_cose", "sign_jwt"]

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
    method = _bind(document, signer.public_key, verification_method)
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
    method = _bind(document, signer.public_key, verification_method)
    _check_terms(document, contexts, limits)
    named = profile == "vc-jose" or verification_method is not None or embed_key is False
    embedded = not named if embed_key is None else embed_key
    return encode_jwt(document, signer, profile=profile, kid=method if named else None, embed_key=embedded)


def sign_cose(
    credential: VerifiableCredential | Mapping[str, object],
    signer: Signer,
    *,
    verification_method: str | None = None,
    claims: Mapping[str, JSONValue] | None = None,
    contexts: Contexts | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> bytes:
    """Sign a credential as a COSE message (VC-JOSE-COSE §3.3).

    Args:
        credential: A model, or a dict that is the whole credential (nothing is filled in).
        signer: The issuer's key; the algorithm follows from its kind.
        verification_method: The URL of the key, for the header's ``kid``; by default that of the key's own did:key.
        claims: CWT claims, of the signature and not of the credential; see ``signing.encode_cose``.
        contexts: Further JSON-LD context documents by URL, beside the pinned ones.
        limits: Bounds on the work.

    Returns:
        The tagged COSE_Sign1 (``application/vc+cose``).

    Raises:
        DocumentError: The credential breaks rules of the standard; it lists all of them.
        SigningError: A member is defined by no context (with its pointer), the issuer does not control the key, or the
            key could not be used.
    """
    document = _prepare(credential, signer, limits)
    method = _bind(document, signer.public_key, verification_method)
    _check_terms(document, contexts, limits)
    return encode_cose(document, signer, kid=method, claims=claims)


def _check_terms(document: JSONObject, contexts: Contexts | None, limits: Limits) -> None:
    """Refuse what no context defines: an envelope covers every byte, but nobody else would know what it means."""
    try:
        jsonld.check(document, contexts=contexts, limits=limits)
    except DocumentError as error:
        raise SigningError.of(error) from error


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


def _bind(document: JSONObject, key: PublicKey, method: str | None) -> str:
    """Return the verification method, after making sure that it can be the issuer's and that it can be this key."""
    # The judgement before has made sure that there is one.
    issuer = issuer_id(document) or ""
    if method is None:
        if issuer != key.did:
            raise SigningError(
                "is not the did:key of the signing key; name the key under which verifiers find it: "
                'verification_method="<issuer id>#<key>"',
                "/issuer/id",
            )
        return key.verification_method
    page, _, fragment = method.partition("#")
    named = _named_key(issuer, fragment)
    known = issuer.startswith(("did:", "https://", "http://"))
    if not known or (page != issuer and (named is not None or not _same_host(page, issuer))):
        raise SigningError("does not control the verification method, which belongs to somebody else", "/issuer/id")
    if named is not None and named != key:
        raise SigningError("the verification method names another key than the one that signs")
    if issuer.startswith("did:key:") and method not in (key.did, key.verification_method):
        raise SigningError("the verification method is not in the document of the did:key")
    if issuer.startswith("did:jwk:") and fragment != "0":
        raise SigningError("the verification method is not in the document of the did:jwk, whose only key is #0")
    return method


def _named_key(issuer: str, fragment: str) -> PublicKey | None:
    """Return the key that the issuer's DID is, or that the fragment of a URL names."""
    try:
        is_key = issuer.startswith(("did:key:", "did:jwk:"))
        return PublicKey.from_did(issuer) if is_key else PublicKey.from_multikey(fragment)
    except InvalidKeyError:
        return None


def _same_host(page: str, issuer: str) -> bool:
    """Tell whether a key document may be the issuer's: an https issuer may host keys beside its profile (§8.5)."""
    key, owner = urlsplit(page), urlsplit(issuer)
    return key.scheme == owner.scheme == "https" and key.netloc == owner.netloc != ""
