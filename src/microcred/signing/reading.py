"""What came in: a document, by itself or in an envelope, and envelopes that stand in a document as ``data:`` URLs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from microcred.documents import Readable, judge, to_document
from microcred.errors import DocumentError
from microcred.json import JSONObject, JSONValue, objects
from microcred.limits import DEFAULT_LIMITS, Limits
from microcred.models import CREDENTIALS_V2
from microcred.signing.envelopes import Envelope, is_presentation
from microcred.signing.jose import decode_jwt, looks_like_jwt

__all__ = ["Received", "receive"]

_IMAGES = (b"\x89PNG", b"<")
# VCDM 2.0 §4.13; by whether a presentation is inside. Without vc or vp in front, as older tools have it.
_ENVELOPED = {"EnvelopedVerifiableCredential": False, "EnvelopedVerifiablePresentation": True}
_JWT_TYPES = ("application/vc+jwt", "application/vp+jwt", "application/jwt")


@dataclass(frozen=True)
class Received:
    """A credential or presentation as it came in."""

    document: JSONObject
    """The credential or presentation; untrusted."""
    envelope: Envelope | None = None
    """The JWT or the like that it came in, if it did."""

    @cached_property
    def objects(self) -> Sequence[JSONObject]:
        """All objects in the document, at any depth."""
        return tuple(objects(self.document))


def receive(value: Readable, limits: Limits = DEFAULT_LIMITS) -> Received:
    """Find out what came in, and take it apart; nothing is verified.

    Args:
        value: A model, a dict, JSON text or bytes, or a JWT; untrusted.
        limits: Bounds on size and depth.

    Raises:
        DocumentError: It cannot be read: PARSING_ERROR, MALFORMED_VALUE_ERROR, or UNSUPPORTED.
        TypeError: ``value`` is none of those.
    """
    if isinstance(value, bytes) and value.lstrip()[:4].startswith(_IMAGES):
        raise DocumentError.at("", "this is an image; take the credential out of it first", "UNSUPPORTED")
    if isinstance(value, str | bytes):
        text = value if isinstance(value, str) else value[: limits.max_document_bytes + 1].decode("ascii", "replace")
        if looks_like_jwt(text.strip()):
            return _opened(decode_jwt(value, limits))
    document = to_document(value, limits)
    types = document.get("type")
    for name in types if isinstance(types, list) else [types]:
        if isinstance(name, str) and name in _ENVELOPED:
            return _from_data_url(document, presentation=_ENVELOPED[name], limits=limits)
    return Received(document)


def _opened(envelope: Envelope) -> Received:
    return Received(envelope.document, envelope)


def _from_data_url(document: JSONObject, *, presentation: bool, limits: Limits) -> Received:
    """Open an envelope that stands in a document (VCDM 2.0 §4.13)."""
    problems = judge(document, limits)
    if problems:
        raise DocumentError(problems)
    contexts = document["@context"]
    if CREDENTIALS_V2 not in (contexts if isinstance(contexts, list) else [contexts]):
        raise DocumentError.at("/@context", f"must include “{CREDENTIALS_V2}”")
    opened = _open(document["id"], limits)
    other = "vc" if presentation else "vp"
    named = str(document["id"]).lower().startswith(f"data:application/{other}+")
    if named or is_presentation(opened.document) is not presentation:
        raise DocumentError.at("/id", "holds something else than the type says")
    return opened


def _open(url: JSONValue, limits: Limits) -> Received:
    scheme, _, rest = str(url).partition(":")
    media_type, comma, data = rest.partition(",")
    if scheme.lower() != "data" or not comma:
        raise DocumentError.at("/id", "must be a data: URL, such as data:application/vc+jwt,…")
    if data != data.strip():
        raise DocumentError.at("/id", "has white space, which is nowhere in a URL")
    kind = media_type.lower()
    try:
        if kind in _JWT_TYPES:
            return _opened(decode_jwt(data, limits))
    except DocumentError as error:
        raise DocumentError.at("/id", f"holds what cannot be read: {error.problems[0].message}", error.code) from None
    raise DocumentError.at("/id", "is an envelope of a kind that is not supported here", "UNSUPPORTED")
