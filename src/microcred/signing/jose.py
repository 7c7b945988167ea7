"""Credentials as JWTs: Open Badges 3.0 §8.2, and Securing Verifiable Credentials using JOSE (VC-JOSE-COSE §3.1).

This is the level of tokens: header rules, signature, and the agreement of claims and credential. Who holds the key is
the verifier's concern.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeAlias

from microcred.documents import issuer_id
from microcred.encoding import base64url_decode, base64url_encode
from microcred.errors import DocumentError, ProofError, SigningError
from microcred.json import JSONObject, JSONValue, dumps, loads_object
from microcred.keys import KeyType, PublicKey
from microcred.limits import DEFAULT_LIMITS, Limits
from microcred.models import CREDENTIALS_V1, CREDENTIALS_V2, DateTime
from microcred.protocols import Signer

__all__ = ["JWTCredential", "Profile", "decode_jwt", "encode_jwt", "looks_like_jwt", "subject_id", "verify_jwt"]

Profile: TypeAlias = Literal["ob3", "vc-jose"]
"""``ob3``: Open Badges 3.0 §8.2, ``typ: JWT``. ``vc-jose``: VC-JOSE-COSE, ``typ: vc+jwt``."""

# Which key each algorithm takes; everything else is refused before any cryptography.
_ALGORITHMS: dict[str, KeyType] = {
    "EdDSA": "Ed25519",
    "Ed25519": "Ed25519",
    "ES256": "P-256",
    "ES384": "P-384",
    "RS256": "RSA",
}
_INSECURE = ("none", "HS256", "HS384", "HS512")
_TYPES = ("jwt", "vc+jwt", "vc+ld+jwt", "application/vc+jwt")
# Claims that a JWT adds to the credential (RFC 7519 §4.1), and that are not part of it.
_CLAIMS = frozenset(["iss", "sub", "aud", "exp", "nbf", "iat", "jti"])
# Members that nobody would look for beside the claim vc.
_MEMBERS = frozenset(
    [
        *("@context", "type", "issuer", "credentialSubject", "credentialStatus", "credentialSchema", "proof"),
        *("issuanceDate", "expirationDate", "validFrom", "validUntil", "evidence", "refreshService", "termsOfUse"),
    ]
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_SECOND, _LAST_SECOND = -62135596800, 253402300799  # of the years 1 and 9999, which datetime ends at
_DAY = 86400


@dataclass(frozen=True, slots=True)
class JWTCredential:
    """A JWT taken apart, not yet verified."""

    header: JSONObject
    """The JOSE header; untrusted."""
    document: JSONObject
    """The credential, without the claims that the JWT adds; untrusted."""
    claims: JSONObject
    """The claims that the JWT adds; untrusted."""
    signature: bytes
    """The raw signature."""
    signed: bytes
    """The bytes that were signed."""

    @property
    def is_vc_jose(self) -> bool:
        """Whether it follows VC-JOSE-COSE, where ``nbf`` and ``exp`` speak of the signature, not of the credential."""
        return str(self.header.get("typ")).lower().removeprefix("application/") in ("vc+jwt", "vc+ld+jwt")

    @property
    def not_before(self) -> datetime | None:
        """The ``nbf`` claim."""
        return _moment(self.claims.get("nbf"))

    @property
    def expires(self) -> datetime | None:
        """The ``exp`` claim."""
        return _moment(self.claims.get("exp"))


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
) -> str:
    """Sign a credential of the Data Model 2.0 as a JWT; judges neither its members nor who controls the key.

    Args:
        document: The credential.
        signer: The key; its kind decides the algorithm.
        profile: ``ob3`` or ``vc-jose``.
        kid: The URL of the key.
        embed_key: Carry the public key as ``jwk``; by default when there is no ``kid``.

    Raises:
        SigningError: A claim that the profile requires has no value, or the document has a member of that name.
    """
    header: JSONObject = {"alg": signer.public_key.algorithm}
    header |= {"typ": "JWT"} if profile == "ob3" else {"typ": "vc+jwt", "cty": "vc"}
    header |= {} if kid is None else {"kid": kid}
    header |= {"jwk": signer.public_key.to_jwk()} if embed_key or (embed_key is None and kid is None) else {}
    claims = _claims(document, profile)
    for name in _CLAIMS & set(document):
        raise SigningError(
            "is the name of a JWT claim; a credential that is signed as a JWT cannot have it", f"/{name}"
        )
    signed = f"{_part(header)}.{_part({**document, **claims})}"
    return f"{signed}.{base64url_encode(signer.sign(signed.encode()))}"


def _part(value: JSONObject) -> str:
    return base64url_encode(dumps(value).encode())


def _claims(document: Mapping[str, JSONValue], profile: Profile) -> JSONObject:
    """Map members to claims (§8.2.4; VC-JOSE-COSE §3.1.3 leaves them free, and its times to the signature)."""
    claims: JSONObject = {
        "iss": issuer_id(document),
        "jti": document.get("id"),
        "sub": subject_id(document),
    }
    if profile == "ob3":
        claims["nbf"] = _seconds(document.get("validFrom"))
        claims["exp"] = _seconds(document.get("validUntil"))
        missing = {"iss": "/issuer/id", "jti": "/id", "sub": "/credentialSubject/id", "nbf": "/validFrom"}
        for name, where in missing.items():
            if claims[name] is None:
                hint = '; use profile="vc-jose", or an embedded proof' if name == "sub" else ""
                raise SigningError(
                    f"is missing, and Open Badges requires it in a JWT, as the claim {name}{hint}", where
                )
    return {name: value for name, value in claims.items() if value is not None}


def subject_id(document: Mapping[str, JSONValue]) -> JSONValue:
    """Return the id of the only subject of a credential, or None."""
    subject = document.get("credentialSubject")
    if isinstance(subject, list) and len(subject) == 1:
        subject = subject[0]
    return subject.get("id") if isinstance(subject, dict) else None


def decode_jwt(token: str | bytes, limits: Limits = DEFAULT_LIMITS) -> JWTCredential:
    """Take a JWT apart without verifying anything.

    Args:
        token: A compact JWS; untrusted. White space around it is ignored.
        limits: Bounds on size and depth.

    Raises:
        DocumentError: PARSING_ERROR: not such a token. MALFORMED_VALUE_ERROR: the ``vc`` claim and the Data Model
            disagree (a credential of the Data Model 1.1 stands in that claim, one of 2.0 is the payload itself).
    """
    if len(token) > limits.max_document_bytes:
        raise DocumentError.at("", f"the JWT is larger than {limits.max_document_bytes:,} bytes", "PARSING_ERROR")
    text = (token.decode("ascii", "replace") if isinstance(token, bytes) else token).strip()
    parts = text.split(".")
    if len(parts) != 3 or not all(parts):
        raise DocumentError.at("", "not a JWT: it has three parts with dots between", "PARSING_ERROR")
    try:
        header, payload, signature = (base64url_decode(part) for part in parts)
    except ValueError as error:
        raise DocumentError.at("", f"not a JWT: a part is {error}", "PARSING_ERROR") from None
    members = loads_object(payload, limits)
    claims = {name: value for name, value in members.items() if name in _CLAIMS}
    document = {name: value for name, value in members.items() if name not in _CLAIMS}
    if "vc" in document:
        for name in _MEMBERS & set(document):
            raise DocumentError.at(f"/{name}", "stands beside the claim vc, where nobody would look for it")
        document = _credential_of_claim(document["vc"], claims)
    elif CREDENTIALS_V2 not in _contexts(document):
        raise DocumentError.at("/@context", "a credential of the Data Model 1.1 stands in the claim vc of a JWT")
    return JWTCredential(loads_object(header, limits), document, claims, signature, ".".join(parts[:2]).encode())


def _credential_of_claim(vc: JSONValue, claims: JSONObject) -> JSONObject:
    """Decode the older form, where a claim may stand in for a member (Data Model 1.1 §6.3.1)."""
    if not isinstance(vc, dict):
        raise DocumentError.at("/vc", "must be an object, in braces")
    if CREDENTIALS_V1 not in _contexts(vc):
        raise DocumentError.at("/vc", "a credential of the Data Model 2.0 is the payload itself, not the claim vc")
    document = dict(vc)
    for name, claim in (("id", "jti"), ("issuer", "iss")):
        if name not in document and isinstance(claims.get(claim), str):
            document[name] = claims[claim]
    for name, claim in (("issuanceDate", "nbf"), ("expirationDate", "exp")):
        moment = _moment(claims.get(claim))
        if name not in document and moment is not None:
            document[name] = DateTime.of(moment).lexical
    subject = document.get("credentialSubject")
    if isinstance(subject, dict) and "id" not in subject and isinstance(claims.get("sub"), str):
        document["credentialSubject"] = {"id": claims["sub"], **subject}
    return document


def _contexts(document: Mapping[str, JSONValue]) -> list[JSONValue]:
    contexts = document.get("@context")
    return contexts if isinstance(contexts, list) else [contexts]


def key_type(token: JWTCredential) -> KeyType:
    """Return the kind of key that a token's header asks for, after the rules of the header (§8.2.6).

    Raises:
        ProofError: UNSUPPORTED, or CRYPTOGRAPHIC_SECURITY_ERROR for an algorithm that protects nothing.
    """
    algorithm, kind = token.header.get("alg"), token.header.get("typ")
    if algorithm in _INSECURE:
        raise ProofError("the JWT's algorithm needs no private key; anyone could have made it", _SECURITY)
    if not isinstance(algorithm, str) or algorithm not in _ALGORITHMS:
        raise ProofError("the JWT's algorithm is not supported here", "UNSUPPORTED")
    if "crit" in token.header or token.header.get("b64", True) is not True:
        raise ProofError("the JWT's header has extensions that must be understood, and are not", "UNSUPPORTED")
    if kind is not None and str(kind).lower() not in _TYPES:
        raise ProofError("the JWT's typ is not that of a credential", "MALFORMED_VALUE_ERROR")
    return _ALGORITHMS[algorithm]


_SECURITY = "CRYPTOGRAPHIC_SECURITY_ERROR"


def verify_jwt(token: JWTCredential, key: PublicKey) -> None:
    """Check a token's signature with a given key, and that its claims agree with the credential (§8.2.6).

    Args:
        token: Untrusted.
        key: The public key; whose it is, is the caller's concern.

    Raises:
        ProofError: The token does not hold.
    """
    if key.type != key_type(token):
        raise ProofError("the JWT's algorithm and the key do not belong together", _SECURITY)
    if not key.verifies(token.signature, token.signed):
        raise ProofError("the signature is wrong: the JWT was changed after signing, or another key signed it")
    _check_claims(token)
    _check_other_claims(token)


def _check_claims(token: JWTCredential) -> None:
    """Hold claims against members (§8.2.6.1); a claim that is absent is not held against the issuer."""
    document, claims = token.document, token.claims
    pairs = [
        ("iss", issuer_id(document)),
        ("jti", document.get("id")),
        ("sub", subject_id(document)),
    ]
    for name, value in pairs:
        if name in claims and value is not None and claims[name] != value:
            raise ProofError(f"the claim {name} says something else than the credential", "MALFORMED_VALUE_ERROR")
    for name, members in (("nbf", ("validFrom", "issuanceDate")), ("exp", ("validUntil", "expirationDate"))):
        if name not in claims:
            continue
        seconds = _numeric_date(claims[name])
        if seconds is None:
            raise ProofError(f"the claim {name} is not a number of seconds", "MALFORMED_VALUE_ERROR")
        member = next((document[member] for member in members if member in document), None)
        if member is None or token.is_vc_jose:
            continue
        expected = _seconds(member)
        if expected is None or abs(seconds - expected) > 1:
            raise ProofError(f"the claim {name} says something else than the credential", "MALFORMED_VALUE_ERROR")


def _check_other_claims(token: JWTCredential) -> None:
    """Check the form of the claims that stand for no member (RFC 7519 §4.1.3, §4.1.6)."""
    claims = token.claims
    issued = claims.get("iat", 0)
    # It decides nothing; and the W3C's tests for VC-JOSE-COSE want a token verified that has a date as text there.
    is_date = _numeric_date(issued) is not None or (token.is_vc_jose and _seconds(issued) is not None)
    if not is_date:
        raise ProofError("the claim iat is not a number of seconds", "MALFORMED_VALUE_ERROR")
    audience = claims.get("aud", [])
    if not all(isinstance(name, str) for name in (audience if isinstance(audience, list) else [audience])):
        raise ProofError("the claim aud is neither text nor a list of texts", "MALFORMED_VALUE_ERROR")


def _seconds(member: JSONValue) -> int | None:
    """Return a date-time as NumericDate, in whole seconds (RFC 7519 §2)."""
    if not isinstance(member, str):
        return None
    try:
        moment = DateTime.parse(member, tolerant=True)
    except ValueError:
        return None
    return None if moment.tzinfo is None else math.floor(moment.timestamp())


def _numeric_date(value: JSONValue) -> int | float | None:
    """Return a number of seconds that a date-time with any zone can have."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if _FIRST_SECOND - _DAY <= value <= _LAST_SECOND + _DAY else None


def _moment(value: JSONValue) -> datetime | None:
    """Return a NumericDate as a datetime, at the latest at the end of the year 9999."""
    seconds = _numeric_date(value)
    if seconds is None:
        return None
    return _EPOCH + timedelta(seconds=max(_FIRST_SECOND, min(seconds, _LAST_SECOND)))
