"""Issue a credential in an envelope: as a JWT, an SD-JWT or a COSE message."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from microcred.documents import issuer_id
from microcred.json import JSONObject, JSONValue
from microcred.keys import PublicKey
from microcred.limits import DEFAULT_LIMITS, Limits
from microcred.models import VerifiableCredential
from microcred.protocols import Signer
from microcred.signing.binding import bind
from microcred.signing.cose import encode_cose
from microcred.signing.jose import Profile, encode_jwt
from microcred.signing.preparing import Contexts, check_terms, prepare
from microcred.signing.sd_jwt import encode_sd_jwt

__all__ = ["encode_issued", "sign_cose", "sign_jwt", "sign_sd_jwt"]


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
    document = prepare(credential, signer, limits)
    check_terms(document, contexts, limits)
    return encode_issued(
        document, signer, profile=profile, verification_method=verification_method, embed_key=embed_key
    )


def encode_issued(
    document: JSONObject,
    signer: Signer,
    *,
    profile: Profile = "ob3",
    verification_method: str | None = None,
    embed_key: bool | None = None,
) -> str:
    """Sign a document as a JWT that was judged, and whose members are all defined; otherwise as ``sign_jwt``."""
    method = bind(issuer_id(document) or "", signer, verification_method, "/issuer/id")
    hosted = verification_method is not None or method != signer.public_key.verification_method
    named = profile == "vc-jose" or hosted or embed_key is False
    embedded = not named if embed_key is None else embed_key
    return encode_jwt(document, signer, profile=profile, kid=method if named else None, embed_key=embedded)


def sign_sd_jwt(
    credential: VerifiableCredential | Mapping[str, object],
    signer: Signer,
    *,
    holder_key: PublicKey | None,
    disclosable: Collection[str] | None = None,
    vct: str | None = None,
    verification_method: str | None = None,
    contexts: Contexts | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> str:
    """Sign a credential as an SD-JWT, of which the holder shows parts (RFC 9901; VC-JOSE-COSE §3.2; SD-JWT VC).

    What comes out is for the holder only: verifiers take what ``present_sd_jwt`` makes of it.

    Args:
        credential: A model, or a dict that is the whole credential (nothing is filled in).
        signer: The issuer's key; the algorithm follows from its kind.
        holder_key: The public key of the holder's wallet, with which presentations are bound to one verifier; None,
            said in plain sight, makes a credential that anybody can show who has seen it.
        disclosable: JSON Pointers to what the holder may withhold; by default what is about the person and their work,
            while the achievement stays.
        vct: The URI of a type of credentials, to make an SD-JWT VC (``dc+sd-jwt``) in place of a ``vc+sd-jwt``.
        verification_method: The URL of the key, for the header's ``kid``; by default that of the key's own did:key.
        contexts: Further JSON-LD context documents by URL, beside the pinned ones.
        limits: Bounds on the work.

    Returns:
        The SD-JWT with all its Disclosures.

    Raises:
        DocumentError: The credential breaks rules of the standard; it lists all of them.
        SigningError: A member is defined by no context, or a pointer selects nothing or what must not be hidden (with
            its pointer); the issuer does not control the key, or the key could not be used.
    """
    document = prepare(credential, signer, limits)
    method = bind(issuer_id(document) or "", signer, verification_method, "/issuer/id")
    check_terms(document, contexts, limits)
    return encode_sd_jwt(
        document,
        signer,
        profile="vc-jose" if vct is None else "sd-jwt-vc",
        vct=vct,
        disclosable=disclosable,
        holder_key=holder_key,
        kid=method,
        limits=limits,
    )


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
    document = prepare(credential, signer, limits)
    method = bind(issuer_id(document) or "", signer, verification_method, "/issuer/id")
    check_terms(document, contexts, limits)
    return encode_cose(document, signer, kid=method, claims=claims)
