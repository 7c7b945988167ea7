"""Credentials and presentations as JWTs: Open Badges 3.0 §8.2, and VC-JOSE-COSE §3.1.

The older form with the claims ``vc`` and ``vp`` (Data Model 1.1 §6.3.1) is read, and not written.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from microcred.documents import issuer_id
from microcred.encoding import base64url_encode
from microcred.errors import DocumentError, SigningError
from microcred.json import JSONObject, JSONValue
from microcred.limits import DEFAULT_LIMITS, Limits
from microcred.models import CREDENTIALS_V1, CREDENTIALS_V2, DateTime
from microcred.protocols import Signer
from microcred.signing.envelopes import (
    ALGORITHMS,
    CLAIMS,
    Envelope,
    contexts_of,
    holder_id,
    is_presentation,
    is_vc_jose,
    jwt_part,
    seconds,
    split_jwt,
    subject_id,
    to_datetime,
)

__all__ = ["Profile", "decode_jwt", "encode_jwt", "looks_like_jwt"]

Profile: TypeAlias = Literal["ob3", "vc-jose"]
"""``ob3``: Open Badges 3.0 §8.2, ``typ: JWT``. ``vc-jose``: VC-JOSE-COSE, ``typ: vc+jwt`` or ``vp+jwt``."""

# Members that nobody would look for beside the claim vc or vp.
_MEMBERS = frozenset(
    [
        *("@context", "type", "issuer", "credentialSubject", "credentialStatus", "credentialSchema", "proof"),
        *("issuanceDate", "expirationDate", "validFrom", "validUntil", "evidence", "refreshService", "termsOfUse"),
        *("holder", "verifiableCredential", "vc", "vp"),
    ]
)


def looks_like_jwt(text: str) -> bool:
    """Tell a compact JWS from JSON text: base64url of ``{"`` in front, and two dots."""
    return text.startswith("ey") and text.count(".") == 2


def encode_jwt(
    document: Mapping[str, JSONValue],
    signer: Signer,
    *,
    profile: Profile = "ob3",
    kid: str | None = None,
    embed_key: bool | None = None,
    claims: Mapping[str, JSONValue] | None = None,
    algorithm: str | None = None,
) -> str:
    """Sign a credential or presentation of the Data Model 2.0 as a JWT; judges neither members nor who has the key.

    Args:
        document: The credential or presentation.
        signer: The key; its kind decides the algorithm.
        profile: ``ob3`` (credentials only) or ``vc-jose``.
        kid: The URL of the key.
        embed_key: Carry the public key as ``jwk``; by default when there is no ``kid``.
        claims: Further claims, such as ``iat``, ``aud``, or ``nonce`` for a presentation.
        algorithm: Another name for the key's algorithm: ``Ed25519`` (RFC 9864) in place of ``EdDSA``.

    Raises:
        SigningError: A claim that the profile requires has no value, or the document has a member of that name.
        ValueError: The algorithm is not one of the key.
    """
    presentation = is_presentation(document)
    if presentation and profile == "ob3":
        raise ValueError('the profile "ob3" is for credentials; a presentation takes "vc-jose"')
    key = signer.public_key
    if algorithm is not None and ALGORITHMS.get(algorithm) != key.type:
        raise ValueError(f"a {key.type} key does not sign with that algorithm")
    kind = "vp" if presentation else "vc"
    header: JSONObject = {"alg": algorithm or key.algorithm}
    header |= {"typ": "JWT"} if profile == "ob3" else {"typ": f"{kind}+jwt", "cty": kind}
    header |= {} if kid is None else {"kid": kid}
    header |= {"jwk": key.to_jwk()} if embed_key or (embed_key is None and kid is None) else {}
    added = {**_claims(document, profile), **(claims or {})}
    for name in document:
        if name in CLAIMS or name in added:
            text = "is the name of a JWT claim; what is signed as a JWT cannot have it"
            raise SigningError(text, f"/{name}")
    signed = f"{jwt_part(header)}.{jwt_part({**document, **added})}"
    return f"{signed}.{base64url_encode(signer.sign(signed.encode()))}"


def _claims(document: Mapping[str, JSONValue], profile: Profile) -> JSONObject:
    """Map members to claims (§8.2.4; VC-JOSE-COSE §3.1.3 leaves them free, and its times to the signature)."""
    claims: JSONObject = {
        "iss": holder_id(document) if is_presentation(document) else issuer_id(document),
        "jti": document.get("id"),
        "sub": subject_id(document),
    }
    if profile == "ob3":
        claims["nbf"] = seconds(document.get("validFrom"))
        claims["exp"] = seconds(document.get("validUntil"))
        missing = {"iss": "/issuer/id", "jti": "/id", "sub": "/credentialSubject/id", "nbf": "/validFrom"}
        for name, where in missing.items():
            if claims[name] is None:
                hint = '; use profile="vc-jose", or an embedded proof' if name == "sub" else ""
                raise SigningError(
                    f"is missing, and Open Badges requires it in a JWT, as the claim {name}{hint}", where
                )
    return {name: value for name, value in claims.items() if value is not None}


def decode_jwt(token: str | bytes, limits: Limits = DEFAULT_LIMITS) -> Envelope:
    """Take a JWT apart without verifying anything.

    Args:
        token: A compact JWS; untrusted. White space around it is ignored.
        limits: Bounds on size and depth.

    Raises:
        DocumentError: PARSING_ERROR: not such a token. MALFORMED_VALUE_ERROR: its document is not where it belongs: of
            the Data Model 1.1 in the claim ``vc`` or ``vp``; of 2.0 the payload itself, or in such a claim of a token
            that does not say ``vc+jwt`` or ``vp+jwt``.
    """
    if len(token) > limits.max_document_bytes:
        raise DocumentError.at("", f"the JWT is larger than {limits.max_document_bytes:,} bytes", "PARSING_ERROR")
    text = (token.decode("ascii", "replace") if isinstance(token, bytes) else token).strip()
    header, payload, signature, signed = split_jwt(text, limits)
    document, claims = _divide(payload, in_claim=not is_vc_jose(header))
    return Envelope("jwt", header, document, claims, signature, signed)


def _divide(members: JSONObject, *, in_claim: bool) -> tuple[JSONObject, JSONObject]:
    """Tell the document from the claims."""
    # What a presentation answers to is no member of it.
    names = CLAIMS | {"nonce"} if "vp" in members or is_presentation(members) else CLAIMS
    claims = {name: value for name, value in members.items() if name in names}
    document = {name: value for name, value in members.items() if name not in names}
    for name, read in (("vc", _credential_of_claim), ("vp", _presentation_of_claim)):
        if name in document:
            for member in sorted(_MEMBERS & (set(document) - {name})):
                raise DocumentError.at(f"/{member}", f"stands beside the claim {name}, where nobody would look for it")
            return read(_inside(document[name], f"/{name}", in_claim=in_claim), claims), claims
    if CREDENTIALS_V2 not in contexts_of(document):
        raise DocumentError.at("/@context", "what is of the Data Model 1.1 stands in the claim vc or vp of a JWT")
    return document, claims


def _inside(value: JSONValue, where: str, *, in_claim: bool) -> JSONObject:
    if not in_claim:
        # VC-JOSE-COSE §3.1: such tokens have no claims vc and vp.
        raise DocumentError.at(where, "in a vc+jwt or vp+jwt, the document is the payload itself, not a claim of it")
    if not isinstance(value, dict):
        raise DocumentError.at(where, "must be an object, in braces")
    return dict(value)


def _credential_of_claim(document: JSONObject, claims: JSONObject) -> JSONObject:
    """Decode the older form, where a claim may stand in for a member (Data Model 1.1 §6.3.1)."""
    dates = (("issuanceDate", "nbf"), ("expirationDate", "exp"))
    if CREDENTIALS_V1 not in contexts_of(document):
        dates = (("validFrom", "nbf"), ("validUntil", "exp"))
    for name, claim in (("id", "jti"), ("issuer", "iss")):
        if name not in document and isinstance(claims.get(claim), str):
            document[name] = claims[claim]
    for name, claim in dates:
        moment = to_datetime(claims.get(claim))
        if name not in document and moment is not None:
            document[name] = DateTime.of(moment).lexical
    subject = document.get("credentialSubject")
    if isinstance(subject, dict) and "id" not in subject and isinstance(claims.get("sub"), str):
        document["credentialSubject"] = {"id": claims["sub"], **subject}
    return document


def _presentation_of_claim(document: JSONObject, claims: JSONObject) -> JSONObject:
    """Decode a presentation in the older form (Data Model 1.1 §6.3.1)."""
    for name, claim in (("id", "jti"), ("holder", "iss")):
        if name not in document and isinstance(claims.get(claim), str):
            document[name] = claims[claim]
    return document
