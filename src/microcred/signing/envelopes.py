"""What JWTs, SD-JWTs and COSE messages have in common: a document, claims beside it, one signature over all of it.

Securing Verifiable Credentials using JOSE and COSE (VC-JOSE-COSE) §3, Open Badges 3.0 §8.2, RFC 7519. This is the
level of envelopes: header rules, signature, and the agreement of claims and document. Who holds the key is the
verifier's concern.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeAlias

from microcred.documents import issuer_id
from microcred.encoding import base64url_decode, base64url_encode
from microcred.errors import DocumentError, ProofError
from microcred.json import JSONObject, JSONValue, dumps, loads_object
from microcred.key_material import KeyType
from microcred.keys import PublicKey
from microcred.limits import Limits
from microcred.models import DateTime

__all__ = [
    "ALGORITHMS",
    "CLAIMS",
    "Envelope",
    "Form",
    "algorithm_of",
    "contexts_of",
    "holder_id",
    "is_presentation",
    "is_vc_jose",
    "jwt_part",
    "key_type",
    "media_type",
    "numeric_date",
    "seconds",
    "split_jwt",
    "subject_id",
    "to_datetime",
    "types_of",
    "verify_envelope",
]

Form: TypeAlias = Literal["jwt", "sd-jwt", "cose"]
"""The kinds of envelopes."""

ALGORITHMS: dict[str, KeyType] = {
    "EdDSA": "Ed25519",
    "Ed25519": "Ed25519",
    "ES256": "P-256",
    "ES384": "P-384",
    "ES512": "P-521",
    "RS256": "RSA",
}
"""Which key each algorithm takes; everything else is refused before any cryptography."""
CLAIMS = frozenset(["iss", "sub", "aud", "exp", "nbf", "iat", "jti"])
"""Claims that an envelope adds to the document (RFC 7519 §4.1), and that are not part of it."""

_INSECURE = ("none", "HS256", "HS384", "HS512")
# What the header's typ may say, without “application/”; by whether the document is a presentation.
_TYPES: dict[tuple[Form, bool], tuple[str, ...]] = {
    ("jwt", False): ("jwt", "vc+jwt", "vc+ld+jwt"),
    ("jwt", True): ("jwt", "vp+jwt", "vp+ld+jwt"),
    ("sd-jwt", False): ("vc+sd-jwt", "dc+sd-jwt", "vc+ld+json+sd-jwt"),
    ("sd-jwt", True): ("vp+sd-jwt", "vp+ld+json+sd-jwt"),
    ("cose", False): ("vc+cose",),
    ("cose", True): ("vp+cose",),
}
_SECURITY, _MALFORMED = "CRYPTOGRAPHIC_SECURITY_ERROR", "MALFORMED_VALUE_ERROR"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_SECOND, _LAST_SECOND = -62135596800, 253402300799  # of the years 1 and 9999, which datetime ends at
_DAY = 86400


@dataclass(frozen=True, slots=True)
class Envelope:
    """A credential or presentation in its envelope, taken apart, not yet verified."""

    form: Form
    """The kind of envelope."""
    header: JSONObject
    """The protected header, by the names of JOSE; untrusted."""
    document: JSONObject
    """The credential or presentation, without the claims that the envelope adds; untrusted."""
    claims: JSONObject
    """The claims that the envelope adds, by the names of RFC 7519; untrusted."""
    signature: bytes
    """The raw signature."""
    signed: bytes
    """The bytes that were signed."""

    @property
    def dates_are_of_signature(self) -> bool:
        """Whether ``nbf`` and ``exp`` speak of the signature (VC-JOSE-COSE §3.1.3), not of the credential."""
        return self.form != "jwt" or is_presentation(self.document) or is_vc_jose(self.header)

    @property
    def not_before(self) -> datetime | None:
        """The ``nbf`` claim."""
        return to_datetime(self.claims.get("nbf"))

    @property
    def expires(self) -> datetime | None:
        """The ``exp`` claim."""
        return to_datetime(self.claims.get("exp"))


def is_presentation(document: Mapping[str, JSONValue]) -> bool:
    """Tell a presentation from a credential."""
    return "VerifiablePresentation" in types_of(document)


def key_type(envelope: Envelope) -> KeyType:
    """Return the kind of key that an envelope's header asks for, after the rules of the header (§8.2.6).

    Raises:
        ProofError: UNSUPPORTED, or CRYPTOGRAPHIC_SECURITY_ERROR for an algorithm that protects nothing.
    """
    kind = algorithm_of(envelope.header)
    presentation = is_presentation(envelope.document)
    if "typ" in envelope.header and media_type(envelope.header) not in _TYPES[envelope.form, presentation]:
        what = "presentation" if presentation else "credential"
        raise ProofError(f"the header's typ is not that of a {what}", _MALFORMED)
    return kind


def algorithm_of(header: Mapping[str, JSONValue]) -> KeyType:
    """Return the kind of key that a header's algorithm takes, whatever the header is of (RFC 8725 §3.1, §3.2).

    Raises:
        ProofError: UNSUPPORTED, or CRYPTOGRAPHIC_SECURITY_ERROR for an algorithm that protects nothing.
    """
    algorithm = header.get("alg")
    if algorithm in _INSECURE:
        raise ProofError("the algorithm needs no private key; anyone could have made this signature", _SECURITY)
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise ProofError("the algorithm that the header names is not supported here", "UNSUPPORTED")
    if "crit" in header or header.get("b64", True) is not True:
        raise ProofError("the header has extensions that must be understood, and are not", "UNSUPPORTED")
    return ALGORITHMS[algorithm]


def is_vc_jose(header: JSONObject) -> bool:
    """Tell whether the header of a JWT says that it follows VC-JOSE-COSE."""
    return media_type(header) in ("vc+jwt", "vc+ld+jwt", "vp+jwt", "vp+ld+jwt")


def media_type(header: Mapping[str, JSONValue]) -> str:
    """Return a header's ``typ`` in lower case; “application/” may be left out (RFC 7515 §4.1.9)."""
    return str(header.get("typ")).lower().removeprefix("application/")


def verify_envelope(envelope: Envelope, key: PublicKey) -> None:
    """Check an envelope's signature with a given key, and that its claims agree with the document (§8.2.6).

    Args:
        envelope: Untrusted.
        key: The public key; whose it is, is the caller's concern.

    Raises:
        ProofError: It does not hold.
    """
    if key.type != key_type(envelope):
        raise ProofError("the algorithm that the header names and the key do not belong together", _SECURITY)
    if not key.verifies(envelope.signature, envelope.signed):
        raise ProofError("the signature is wrong: this was changed after signing, or another key signed it")
    _check_claims(envelope)
    _check_other_claims(envelope)


def _check_claims(envelope: Envelope) -> None:
    """Hold claims against members (§8.2.6.1); a claim that is absent is not held against the issuer."""
    document, claims = envelope.document, envelope.claims
    presentation = is_presentation(document)
    pairs = [
        ("iss", holder_id(document) if presentation else issuer_id(document)),
        ("jti", document.get("id")),
        ("sub", None if presentation else subject_id(document)),
    ]
    for name, value in pairs:
        if name in claims and not isinstance(claims[name], str):
            raise ProofError(f"the claim {name} is not text", _MALFORMED)
        if name in claims and value is not None and claims[name] != value:
            raise ProofError(f"the claim {name} says something else than the document", _MALFORMED)
    for name, members in (("nbf", ("validFrom", "issuanceDate")), ("exp", ("validUntil", "expirationDate"))):
        if name not in claims:
            continue
        claimed = numeric_date(claims[name])
        if claimed is None:
            raise ProofError(f"the claim {name} is not a number of seconds", _MALFORMED)
        member = next((document[member] for member in members if member in document), None)
        if member is None or envelope.dates_are_of_signature:
            continue
        expected = seconds(member)
        if expected is None or abs(claimed - expected) > 1:
            raise ProofError(f"the claim {name} says something else than the credential", _MALFORMED)


def _check_other_claims(envelope: Envelope) -> None:
    """Check the form of the claims that stand for no member (RFC 7519 §4.1.3, §4.1.6)."""
    claims = envelope.claims
    issued = claims.get("iat", 0)
    # It decides nothing; and the W3C's tests for VC-JOSE-COSE want a token verified that has a date as text there.
    is_date = numeric_date(issued) is not None or (envelope.dates_are_of_signature and seconds(issued) is not None)
    if not is_date:
        raise ProofError("the claim iat is not a number of seconds", _MALFORMED)
    audience = claims.get("aud", [])
    if not all(isinstance(name, str) for name in (audience if isinstance(audience, list) else [audience])):
        raise ProofError("the claim aud is neither text nor a list of texts", _MALFORMED)


def subject_id(document: Mapping[str, JSONValue]) -> JSONValue:
    """Return the id of the only subject of a credential, or None."""
    subject = document.get("credentialSubject")
    if isinstance(subject, list) and len(subject) == 1:
        subject = subject[0]
    return subject.get("id") if isinstance(subject, dict) else None


def holder_id(document: Mapping[str, JSONValue]) -> str | None:
    """Return the id of a presentation's holder, whether it stands alone or in an object."""
    value = document.get("holder")
    if isinstance(value, dict):
        value = value.get("id")
    return value if isinstance(value, str) else None


def contexts_of(document: Mapping[str, JSONValue]) -> list[JSONValue]:
    """Return the contexts of a document, be there one or many."""
    contexts = document.get("@context")
    return contexts if isinstance(contexts, list) else [contexts]


def types_of(document: Mapping[str, JSONValue]) -> list[JSONValue]:
    """Return the types of a document, be there one or many."""
    types = document.get("type")
    return types if isinstance(types, list) else [types]


def jwt_part(value: JSONObject) -> str:
    """Return a header or payload as it stands in a JWT."""
    return base64url_encode(dumps(value).encode())


def split_jwt(text: str, limits: Limits) -> tuple[JSONObject, JSONObject, bytes, bytes]:
    """Take a compact JWS apart (RFC 7515 §5.2 steps 1 to 7).

    Args:
        text: Untrusted, and of a size that was checked.
        limits: Bounds on header and payload.

    Returns:
        The header, the payload, the signature, and the bytes that were signed.

    Raises:
        DocumentError: PARSING_ERROR: not such a token.
    """
    parts = text.split(".", 3)
    if len(parts) != 3 or not all(parts):
        raise DocumentError.at("", "not a JWT: it has three parts with dots between", "PARSING_ERROR")
    try:
        header, payload, signature = (base64url_decode(part) for part in parts)
    except ValueError as error:
        raise DocumentError.at("", f"not a JWT: a part is {error}", "PARSING_ERROR") from None
    return loads_object(header, limits), loads_object(payload, limits), signature, ".".join(parts[:2]).encode()


def seconds(member: JSONValue) -> int | None:
    """Return a date-time as NumericDate, in whole seconds (RFC 7519 §2)."""
    if not isinstance(member, str):
        return None
    try:
        moment = DateTime.parse(member, tolerant=True)
    except ValueError:
        return None
    return None if moment.tzinfo is None else math.floor(moment.timestamp())


def numeric_date(value: JSONValue) -> int | float | None:
    """Return a number of seconds that a date-time with any zone can have."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if _FIRST_SECOND - _DAY <= value <= _LAST_SECOND + _DAY else None


def to_datetime(value: JSONValue) -> datetime | None:
    """Return a NumericDate as a datetime, at the latest at the end of the year 9999."""
    moment = numeric_date(value)
    if moment is None:
        return None
    return _EPOCH + timedelta(seconds=max(_FIRST_SECOND, min(moment, _LAST_SECOND)))
