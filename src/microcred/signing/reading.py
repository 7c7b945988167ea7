"""What came in: a document, by itself or in an envelope, and envelopes that stand in a document as ``data:`` URLs."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from microcred.baking import looks_like_image, unbake
from microcred.documents import Readable, judge, to_document
from microcred.errors import BakingError, DocumentError, ProofError
from microcred.json import JSONObject, JSONValue, objects
from microcred.limits import DEFAULT_LIMITS, Limits
from microcred.signing.cose import decode_cose, looks_like_cose
from microcred.signing.envelopes import Envelope, is_presentation, types_of
from microcred.signing.jose import decode_jwt, looks_like_jwt
from microcred.signing.sd_jwt import SDJWT, decode_sd_jwt, looks_like_sd_jwt

__all__ = ["Received", "receive"]

# VCDM 2.0 §4.13; by whether a presentation is inside. Without vc or vp in front, as older tools have it.
_ENVELOPED = {"EnvelopedVerifiableCredential": False, "EnvelopedVerifiablePresentation": True}
_JWT_TYPES = ("application/vc+jwt", "application/vp+jwt", "application/jwt")
_SD_JWT_TYPES = ("application/vc+sd-jwt", "application/vp+sd-jwt", "application/dc+sd-jwt")
_COSE_TYPES = ("application/vc+cose;base64", "application/vp+cose;base64")


@dataclass(frozen=True)
class Received:
    """A credential or presentation as it came in."""

    document: JSONObject
    """The credential or presentation; untrusted."""
    envelope: Envelope | None = None
    """The JWT or the like that it came in, if it did."""
    sd_jwt: SDJWT | None = None
    """The SD-JWT whose envelope that is, with what the holder added."""

    @cached_property
    def objects(self) -> Sequence[JSONObject]:
        """All objects in the document, at any depth."""
        return tuple(objects(self.document))


def receive(value: Readable, limits: Limits = DEFAULT_LIMITS) -> Received:
    """Find out what came in, and take it apart; nothing is verified.

    Args:
        value: A model, a dict, JSON text or bytes, a JWT, an SD-JWT, a COSE message, or a PNG or SVG that
            holds one of these; untrusted.
        limits: Bounds on size and depth.

    Raises:
        DocumentError: It cannot be read: PARSING_ERROR, MALFORMED_VALUE_ERROR, or UNSUPPORTED.
        TypeError: ``value`` is none of those.
    """
    if isinstance(value, str | bytes) and looks_like_image(value):
        value = _unbaked(value, limits)
    if isinstance(value, str | bytes):
        text = value if isinstance(value, str) else value[: limits.max_document_bytes + 1].decode("ascii", "replace")
        if isinstance(value, bytes) and looks_like_cose(value):
            return _opened(decode_cose(value, limits))
        if looks_like_sd_jwt(text.strip()):
            return _opened_sd_jwt(value, limits)
        if looks_like_jwt(text.strip()):
            return _opened(decode_jwt(value, limits))
    document = to_document(value, limits)
    for name in types_of(document):
        if isinstance(name, str) and name in _ENVELOPED:
            return _from_data_url(document, presentation=_ENVELOPED[name], limits=limits)
    return Received(document)


def _unbaked(image: str | bytes, limits: Limits) -> str:
    """Take the credential out of a picture; what is in there can be no picture in its turn."""
    try:
        text = unbake(image.encode() if isinstance(image, str) else image, limits=limits)
    except BakingError as error:
        raise DocumentError.at("", str(error), "PARSING_ERROR") from None
    except UnicodeEncodeError:
        raise DocumentError.at("", "is text with half a character in it (a lone surrogate)", "PARSING_ERROR") from None
    if looks_like_image(text):
        raise DocumentError.at("", "in place of a credential there is another image in the image", "PARSING_ERROR")
    return text


def _opened(envelope: Envelope) -> Received:
    return Received(envelope.document, envelope)


def _opened_sd_jwt(text: str | bytes, limits: Limits) -> Received:
    try:
        sd_jwt = decode_sd_jwt(text, limits)
    except ProofError as error:
        raise DocumentError.at(error.pointer or "", error.reason, error.code) from error
    return Received(sd_jwt.envelope.document, sd_jwt.envelope, sd_jwt)


def _from_data_url(document: JSONObject, *, presentation: bool, limits: Limits) -> Received:
    """Open an envelope that stands in a document (VCDM 2.0 §4.13)."""
    problems = judge(document, limits)
    if problems:
        raise DocumentError(problems)
    opened = _open(document["id"], limits)
    other = "vc" if presentation else "vp"
    named = str(document["id"]).lower().startswith(f"data:application/{other}+")
    if named or is_presentation(opened.document) is not presentation:
        raise DocumentError.at("/id", "holds something else than the type says")
    return opened


def _open(url: JSONValue, limits: Limits) -> Received:
    media_type, _, data = str(url).partition(":")[2].partition(",")
    if data != data.strip():
        raise DocumentError.at("/id", "has white space, which is nowhere in a URL")
    kind = media_type.lower()
    try:
        if kind in _JWT_TYPES:
            return _opened(decode_jwt(data, limits))
        if kind in _SD_JWT_TYPES:
            return _opened_sd_jwt(data, limits)
        if kind in _COSE_TYPES:
            return _opened(decode_cose(_base64(data), limits))
    except DocumentError as error:
        raise DocumentError.at("/id", f"holds what cannot be read: {error.problems[0].message}", error.code) from None
    raise DocumentError.at("/id", "is an envelope of a kind that is not supported here", "UNSUPPORTED")


def _base64(data: str) -> bytes:
    try:
        return base64.b64decode(data, validate=True)
    except ValueError:
        raise DocumentError.at("/id", "is not base64", "PARSING_ERROR") from None
