"""Credentials and presentations as COSE messages: VC-JOSE-COSE §3.3, with COSE_Sign1 as RFC 9052 has it.

The payload is the document's JSON. What stands beside it are header parameters (RFC 9052 §3.1; ``typ``: RFC 9596) and
the claims of a CBOR Web Token (RFC 8392) in one of them (RFC 9597).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, cast

from microcred.encoding import base64url_encode
from microcred.errors import DocumentError, SigningError
from microcred.json import JSONObject, JSONValue, dumps, loads_object
from microcred.key_material import KeyType
from microcred.limits import DEFAULT_LIMITS, Limits
from microcred.models import CREDENTIALS_V2
from microcred.protocols import Signer
from microcred.signing._cbor import Cbor, Reader, write
from microcred.signing.envelopes import Envelope, contexts_of, is_presentation, numeric_date

__all__ = ["decode_cose", "encode_cose", "looks_like_cose"]

# RFC 9052 §3.1, RFC 9596 §2, RFC 9597 §2.
_ALG, _CRIT, _CONTENT_TYPE, _KID, _CWT_CLAIMS, _TYP = 1, 2, 3, 4, 15, 16
# What these say must not be changed on the way; nobody would notice where they are not signed.
_PROTECTED = (_ALG, _CRIT, _CWT_CLAIMS, _TYP)
# RFC 9053 §2, RFC 8812 §2.
_CODES: dict[KeyType, int] = {"Ed25519": -8, "P-256": -7, "P-384": -35, "P-521": -36, "RSA": -257}
# By the names of JOSE: those, the fully specified ones of RFC 9864 §2, and the HMACs of RFC 9053 §3.1.
_ALGORITHMS = dict(
    [
        *((-8, "EdDSA"), (-7, "ES256"), (-35, "ES384"), (-36, "ES512"), (-257, "RS256")),
        *((-19, "Ed25519"), (-9, "ES256"), (-51, "ES384"), (-52, "ES512")),
        *((4, "HS256"), (5, "HS256"), (6, "HS384"), (7, "HS512")),
    ]
)
# RFC 8392 §4; RFC 9711 §4.1 for the nonce.
_CLAIMS = {"iss": 1, "sub": 2, "aud": 3, "exp": 4, "nbf": 5, "iat": 6, "cti": 7, "nonce": 10}
_TAG = b"\xd2"


class _Message(NamedTuple):
    """A COSE_Sign1 in its parts (RFC 9052 §4.2)."""

    protected: bytes
    header: Mapping[int | str, Cbor]
    unprotected: Mapping[int | str, Cbor]
    payload: bytes
    signature: bytes


def looks_like_cose(data: bytes) -> bool:
    """Tell a COSE_Sign1 from text and images: its tag, which may be absent, and an array of four."""
    return data.startswith((b"\xd2\x84", b"\x84"))


def encode_cose(
    document: Mapping[str, JSONValue],
    signer: Signer,
    *,
    kid: str | bytes | None = None,
    claims: Mapping[str, JSONValue] | None = None,
) -> bytes:
    """Sign a document of the Data Model 2.0 as a COSE message; judges neither members nor who has the key.

    Args:
        document: The credential or presentation.
        signer: The key; its kind decides the algorithm.
        kid: The URL of the key, or other bytes by which verifiers know it.
        claims: CWT claims: ``iss``, ``sub``, ``aud`` (or a list), ``cti`` and ``nonce`` are text; ``exp``, ``nbf`` and
            ``iat`` are whole seconds since 1970, and speak of the signature (§3.3.3).

    Returns:
        The tagged COSE_Sign1, in deterministic CBOR.

    Raises:
        SigningError: The document is of another Data Model, or such keys sign no COSE messages.
        ValueError: A claim has another name or type.
    """
    try:
        _check_model(document)
    except DocumentError as error:
        raise SigningError.of(error) from None
    algorithm = _CODES.get(signer.public_key.type)
    if algorithm is None:
        raise SigningError(f"{signer.public_key.type} keys sign no COSE messages")
    kind = "application/vp" if is_presentation(document) else "application/vc"
    header: dict[int, Cbor] = {_ALG: algorithm, _CONTENT_TYPE: kind, _TYP: f"{kind}+cose"}
    if kid is not None:
        header[_KID] = kid.encode() if isinstance(kid, str) else kid
    if claims:
        header[_CWT_CLAIMS] = _cwt(claims)
    protected, payload = write(header), dumps(dict(document)).encode()
    signature = signer.sign(_signed(protected, payload))
    return _TAG + write([protected, {}, payload, signature])


def decode_cose(data: bytes, limits: Limits = DEFAULT_LIMITS) -> Envelope:
    """Take a COSE message apart without verifying anything.

    Args:
        data: A COSE_Sign1, tagged or not (RFC 9052 §2); untrusted.
        limits: Bounds on size and depth.

    Returns:
        Its header has the algorithm by JOSE's name, ``typ`` and ``cty`` as they are, and ``kid`` as text: UTF-8, or
        else base64url. The kid alone may be unprotected. What is not understood is left out (§3.3.3).

    Raises:
        DocumentError: PARSING_ERROR: not such a message. MALFORMED_VALUE_ERROR: a header parameter or claim is in the
            wrong place or of the wrong type, or the payload is not of the Data Model 2.0.
    """
    if len(data) > limits.max_document_bytes:
        raise _unreadable(f"it is larger than {limits.max_document_bytes:,} bytes")
    message = _read(data)
    for label in _PROTECTED:
        if label in message.unprotected:
            raise DocumentError.at("", f"the COSE header parameter {label} is not signed where it stands")
    if not message.header.keys().isdisjoint(message.unprotected):
        raise DocumentError.at("", "a COSE header parameter is there twice, protected and unprotected")
    header = _jose(message.header)
    kid = message.header.get(_KID, message.unprotected.get(_KID, b""))
    if not isinstance(kid, bytes):
        raise DocumentError.at("", "the COSE header parameter kid is not bytes")
    header |= {"kid": _text(kid)} if kid else {}
    document = loads_object(message.payload, limits)
    _check_model(document)
    claims = _jwt(message.header.get(_CWT_CLAIMS, {}))
    return Envelope("cose", header, document, claims, message.signature, _signed(message.protected, message.payload))


def _read(data: bytes) -> _Message:
    try:
        parts = Reader(data.removeprefix(_TAG), cose=True).only_value()
        if not isinstance(parts, list) or len(parts) != 4:
            raise ValueError("it is no array of four")
        protected, unprotected, payload, signature = parts
        # RFC 9052 §3: no parameters at all may be written as no bytes.
        header = Reader(protected, cose=True).only_value() if isinstance(protected, bytes) and protected else {}
    except UnicodeDecodeError:
        raise _unreadable("a text in it is not UTF-8") from None
    except ValueError as error:
        raise _unreadable(str(error)) from None
    if not (isinstance(protected, bytes) and isinstance(header, dict) and isinstance(unprotected, dict)):
        raise _unreadable("it has no header")
    if payload is None:
        raise _unreadable("its payload is elsewhere")
    if not isinstance(payload, bytes) or not isinstance(signature, bytes):
        raise _unreadable("it has no payload or no signature")
    return _Message(protected, header, unprotected, payload, signature)


def _unreadable(reason: str) -> DocumentError:
    return DocumentError.at("", f"not a COSE_Sign1 message: {reason}", "PARSING_ERROR")


def _signed(protected: bytes, payload: bytes) -> bytes:
    """Return the Sig_structure (RFC 9052 §4.4)."""
    return write(["Signature1", protected, b"", payload])


def _check_model(document: Mapping[str, JSONValue]) -> None:
    """Refuse what is not of the Data Model 2.0, which is all that VC-JOSE-COSE secures (§3.3.1)."""
    for name in ("vc", "vp"):
        if name in document:
            raise DocumentError.at(
                f"/{name}", "the payload of a COSE message is the document itself, not a claim of it"
            )
    if CREDENTIALS_V2 not in contexts_of(document):
        raise DocumentError.at("/@context", "only what is of the Data Model 2.0 stands in a COSE message")


def _jose(parameters: Mapping[int | str, Cbor]) -> JSONObject:
    """Return the protected header by the names of JOSE, as far as it is understood."""
    header: JSONObject = {}
    algorithm = parameters.get(_ALG)
    # By type, since -7.0 would be -7; and a text that is the name of an algorithm in JOSE is none in COSE.
    if type(algorithm) is int:
        header["alg"] = _ALGORITHMS.get(algorithm, algorithm)
    for label, name in ((_TYP, "typ"), (_CONTENT_TYPE, "cty")):
        if label not in parameters:
            continue
        value = parameters[label]
        if not isinstance(value, str) and type(value) is not int:
            raise DocumentError.at("", f"the COSE header parameter {name} is neither text nor a number")
        header[name] = value
    if _CRIT in parameters:
        header["crit"] = True
    return header


def _text(value: bytes) -> str:
    """Return bytes as the text that they are, or else as base64url."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return base64url_encode(value)


def _jwt(claims: Cbor) -> JSONObject:
    """Return CWT claims by the names of RFC 7519; not so ``cti``, which names the message and not the document."""
    if not isinstance(claims, dict):
        raise DocumentError.at("", "the CWT claims in the COSE header are no map")
    found: JSONObject = {}
    for name, key in _CLAIMS.items():
        if key not in claims:
            continue
        value = claims[key]
        if isinstance(value, bytes) and name in ("cti", "nonce"):
            value = _text(value)
        elif not _is_claim(name, value) or name == "cti":
            raise DocumentError.at("", f"the CWT claim {name} is of another type")
        found[name] = cast("JSONValue", value)
    return found


def _cwt(claims: Mapping[str, JSONValue]) -> dict[int, Cbor]:
    """Return claims as RFC 8392 §3.1 and RFC 9711 §4.1 write them."""
    written: dict[int, Cbor] = {}
    for name, value in claims.items():
        if name not in _CLAIMS or not _is_claim(name, value) or isinstance(value, float):
            raise ValueError(f"no CWT claim, or of another type: {name} (claims are {', '.join(_CLAIMS)})")
        in_bytes = isinstance(value, str) and name in ("cti", "nonce")
        written[_CLAIMS[name]] = str(value).encode() if in_bytes else cast("Cbor", value)
    return written


def _is_claim(name: str, value: object) -> bool:
    if name in ("exp", "nbf", "iat"):
        return numeric_date(cast("JSONValue", value)) is not None
    if name == "aud" and isinstance(value, list):
        return all(isinstance(each, str) for each in value)
    return isinstance(value, str)
