"""Issue a credential in an envelope: as a JWT or as a COSE message."""

from __future__ import annotations

from collections.abc import Mapping

from microcred.documents import issuer_id
from microcred.json import JSONValue
from microcred.limits import DEFAULT_LIMITS, Limits
from microcred.models import VerifiableCredential
from microcred.protocols import Signer
from microcred.signing.binding import bind
from microcred.signing.cose import encode_cose
from microcred.signing.jose import Profile, encode_jwt
from microcred.signing.preparing import Contexts, check_terms, prepare

__all__ = ["sign_cose", "sign_jwt"]


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
    method = bind(issuer_id(document) or "", signer.public_key, verification_method, "/issuer/id")
    check_terms(document, contexts, limits)
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
    document = prepare(credential, signer, limits)
    method = bind(issuer_id(document) or "", signer.public_key, verification_method, "/issuer/id")
    check_terms(document, contexts, limits)
    return encode_cose(document, signer, kid=method, claims=claims)
