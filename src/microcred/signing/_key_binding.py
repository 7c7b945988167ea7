"""Key Binding JWTs, by which a holder shows to hold the key of an SD-JWT: RFC 9901 §4.3, and §7.3 step 5."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from microcred.encoding import base64url_encode
from microcred.errors import InvalidKeyError, ProofError
from microcred.json import JSONObject, JSONValue
from microcred.keys import PublicKey
from microcred.limits import Limits
from microcred.protocols import Signer
from microcred.signing.envelopes import algorithm_of, jwt_part, media_type, split_jwt, to_datetime

__all__ = ["KeyBinding", "check_key_binding", "confirmation_key", "decode_key_binding", "make_key_binding"]

_TYPE = "kb+jwt"
_SECURITY, _MALFORMED = "CRYPTOGRAPHIC_SECURITY_ERROR", "MALFORMED_VALUE_ERROR"


@dataclass(frozen=True, slots=True)
class KeyBinding:
    """A Key Binding JWT, taken apart, not yet verified."""

    header: JSONObject
    """The header; untrusted."""
    payload: JSONObject
    """The claims: ``iat``, ``aud``, ``nonce``, ``sd_hash``; untrusted."""
    signature: bytes = field(repr=False)
    """The raw signature."""
    signed: bytes = field(repr=False)
    """The bytes that were signed."""


def decode_key_binding(text: str, limits: Limits) -> KeyBinding:
    """Take a Key Binding JWT apart without verifying anything.

    Raises:
        DocumentError: PARSING_ERROR: not a JWT.
    """
    return KeyBinding(*split_jwt(text, limits))


def make_key_binding(signer: Signer, *, audience: str, nonce: str, issued_at: datetime, sd_hash: str) -> str:
    """Make a Key Binding JWT (§4.3).

    Args:
        signer: The holder's key.
        audience: Whom the presentation is for, as the verifier says.
        nonce: What the verifier wants to see signed.
        issued_at: Now, with a zone.
        sd_hash: The digest of the SD-JWT that is presented.
    """
    header: JSONObject = {"alg": signer.public_key.algorithm, "typ": _TYPE}
    payload: JSONObject = {"iat": int(issued_at.timestamp()), "aud": audience, "nonce": nonce, "sd_hash": sd_hash}
    signed = f"{jwt_part(header)}.{jwt_part(payload)}"
    return f"{signed}.{base64url_encode(signer.sign(signed.encode()))}"


def confirmation_key(confirmation: JSONValue) -> PublicKey:
    """Return the holder's key of a ``cnf`` claim (§4.1.2; RFC 7800 §3.2).

    Args:
        confirmation: The claim; untrusted.

    Raises:
        ProofError: UNSUPPORTED: it refers to a key in place of holding it, or holds one of another kind.
            MALFORMED_VALUE_ERROR: it is no such claim.
    """
    if not isinstance(confirmation, dict) or not confirmation:
        raise ProofError("must be an object that holds the key of the holder", _MALFORMED, "/cnf")
    if "jwk" not in confirmation:
        text = "names the key of the holder in a way that is not supported here; what is supported is jwk"
        raise ProofError(text, "UNSUPPORTED", "/cnf")
    jwk = confirmation["jwk"]
    if not isinstance(jwk, dict):
        raise ProofError("must be a public key, an object", _MALFORMED, "/cnf/jwk")
    try:
        return PublicKey.from_jwk(jwk)
    except InvalidKeyError as error:
        raise ProofError(str(error), "UNSUPPORTED", "/cnf/jwk") from None


def check_key_binding(
    key_binding: KeyBinding,
    key: PublicKey,
    *,
    audience: str,
    nonce: str,
    sd_hash: str,
    at: datetime,
    max_age: timedelta,
    clock_skew: timedelta,
) -> None:
    """Check a Key Binding JWT with the key of the holder (§7.3 steps 5.b to 5.h).

    Args:
        key_binding: Untrusted.
        key: The key of the holder.
        audience: Whom it must be for.
        nonce: What it must answer.
        sd_hash: The digest of the SD-JWT that it came with.
        at: The time of judgement, with a zone.
        max_age: How long ago it may have been made.
        clock_skew: How far the holder's clock may be off.

    Raises:
        ProofError: It does not hold.
    """
    header, payload = key_binding.header, key_binding.payload
    # (5.b)
    if algorithm_of(header) != key.type:
        text = "the algorithm of the Key Binding JWT and the key of the holder do not belong together"
        raise ProofError(text, _SECURITY)
    # (5.c)
    if not key.verifies(key_binding.signature, key_binding.signed):
        raise ProofError("the signature of the Key Binding JWT is wrong: the key of the holder did not make it")
    # (5.d)
    if media_type(header) != _TYPE:
        raise ProofError(f"the typ of the Key Binding JWT is not {_TYPE}", _MALFORMED)
    # (5.e)
    issued = to_datetime(payload.get("iat"))
    if issued is None:
        raise ProofError("the Key Binding JWT does not say when it was made (iat)", _MALFORMED)
    if issued - at > clock_skew:
        raise ProofError("the Key Binding JWT was made in the future", "NOT_YET_VALID")
    if at - issued - clock_skew > max_age:
        raise ProofError("the Key Binding JWT is too old; ask the holder to present again", "EXPIRED")
    # (5.f)
    if payload.get("nonce") != nonce:
        raise ProofError("the Key Binding JWT answers another nonce: it may be a replay", "INVALID_CHALLENGE_ERROR")
    if payload.get("aud") != audience:
        raise ProofError("the Key Binding JWT is for another audience: it may be a replay", "INVALID_DOMAIN_ERROR")
    # (5.g)
    if payload.get("sd_hash") != sd_hash:
        raise ProofError("the Key Binding JWT is of another SD-JWT, or of other Disclosures")
    # (5.h)
    _check_dates(payload, at, clock_skew)


def _check_dates(payload: JSONObject, at: datetime, clock_skew: timedelta) -> None:
    """Check claims that need not be there (RFC 7519 §4.1.4, §4.1.5)."""
    for name in ("nbf", "exp"):
        if name not in payload:
            continue
        moment = to_datetime(payload[name])
        if moment is None:
            raise ProofError(f"the claim {name} of the Key Binding JWT is not a number of seconds", _MALFORMED)
        if name == "nbf" and moment - at > clock_skew:
            raise ProofError("the Key Binding JWT is not valid yet", "NOT_YET_VALID")
        if name == "exp" and at - moment > clock_skew:
            raise ProofError("the Key Binding JWT has expired", "EXPIRED")
