"""The forms in which a hosted credential is there: for machines as JSON or JWT, and as a picture that carries it."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections import OrderedDict
from dataclasses import replace
from threading import Lock
from typing import Final, Literal

from microcred.baking import bake, draw_badge
from microcred.encoding import base64url_encode
from microcred.errors import BakingError, MicrocredError
from microcred.hosting import Hosted
from microcred.json import JSONObject, JSONValue
from microcred.limits import DEFAULT_LIMITS, Limits
from microcred.server.ledger import Kept
from microcred.server.negotiation import preferred
from microcred.server.securing import enveloped
from microcred.signing.reading import receive

__all__ = ["FORMS", "HTML", "LISTS", "SUFFIXES", "Pictures", "as_asked", "forms_of", "hosted_as", "machine_forms"]

HTML: Final = "text/html"
_JSON: Final = ("application/vc", "application/ld+json", "application/json")
_JWT: Final = ("application/vc+jwt", "application/jwt")
_PICTURES: Final[dict[str, Literal["png", "svg"]]] = {"image/png": "png", "image/svg+xml": "svg"}
SUFFIXES: Final = {
    "json": "application/json",
    "jwt": "application/jwt",
    "png": "image/png",
    "svg": "image/svg+xml",
    "html": HTML,
}
"""The media type of a form by the end of its URL."""
FORMS: Final = (*_JSON, *_JWT, HTML, *_PICTURES)
"""All media types in which some credential is there."""
LISTS: Final = (*_JSON, *_JWT)
"""All media types in which some status list is there."""
_MOST_PICTURE_BYTES: Final = 64 * 1024 * 1024


def machine_forms(kept: Kept) -> tuple[str, ...]:
    """Return the media types in which a credential is there for programs, its own first."""
    if kept.media_type not in _JWT:
        return _JSON
    others = tuple(each for each in _JWT if each != kept.media_type)
    return (kept.media_type, *others, *_JSON)


def forms_of(kept: Kept) -> tuple[str, ...]:
    """Return all media types in which a credential is there, the best first for clients that take anything."""
    return (*machine_forms(kept), HTML, *_PICTURES)


def hosted_as(kept: Kept, media_type: str) -> Hosted:
    """Return a credential for programs.

    Args:
        kept: The credential.
        media_type: One of ``machine_forms``.
    """
    content = kept.content
    if kept.media_type in _JWT and media_type not in _JWT:
        content = enveloped(content.decode())
    return Hosted(content, media_type, _etag(media_type, content))


def as_asked(found: Hosted, accept: str | None) -> Hosted:
    """Return a signed list under the name that a client takes; there are clients that read nothing unless it says JSON.

    Args:
        found: The list.
        accept: The header ``Accept``, if there is one; untrusted. A list is there also for those who take none.
    """
    media_type = preferred(accept, _JSON) if found.media_type in _JSON else None
    if media_type is None or media_type == found.media_type:
        return found
    return replace(found, media_type=media_type, etag=_etag(media_type, found.content))


def _etag(media_type: str, content: bytes) -> str:
    # The type belongs to it: the same bytes under another one are another representation (RFC 9110 §8.8.1).
    return f'"{base64url_encode(hashlib.sha256(media_type.encode() + b" " + content).digest())}"'


def _key(kept: Kept, media_type: str) -> tuple[bytes, str]:
    return hashlib.sha256(kept.content).digest(), media_type


class Pictures:
    """Bake credentials into their pictures; the last ones are remembered. Threads share it."""

    def __init__(self, limits: Limits = DEFAULT_LIMITS, *, most_bytes: int = _MOST_PICTURE_BYTES) -> None:
        """Take the bounds.

        Args:
            limits: Bounds on credentials and pictures.
            most_bytes: Of the pictures that are remembered.
        """
        self._limits = limits
        self._most = most_bytes
        self._size = 0
        self._made: OrderedDict[tuple[bytes, str], Hosted] = OrderedDict()
        self._lock = Lock()

    def known(self, kept: Kept, media_type: str) -> Hosted | None:
        """Return a picture if it was made before, and is remembered; this costs little."""
        key = _key(kept, media_type)
        with self._lock:
            found = self._made.get(key)
            if found is not None:
                self._made.move_to_end(key)
        return found

    def of(self, kept: Kept, media_type: str) -> Hosted | None:
        """Return a credential as a picture; None if there is none, as for one without a name.

        Args:
            kept: The credential.
            media_type: ``image/png`` or ``image/svg+xml``.
        """
        known = self.known(kept, media_type)
        if known is not None:
            return known
        key = _key(kept, media_type)
        content = self._baked(kept, media_type)
        if content is None:
            return None
        made = Hosted(content, media_type, _etag(media_type, content))
        with self._lock:
            if key not in self._made and len(content) <= self._most:
                self._made[key] = made
                self._size += len(content)
            while self._size > self._most:
                self._size -= len(self._made.popitem(last=False)[1].content)
        return made

    def _baked(self, kept: Kept, media_type: str) -> bytes | None:
        document = receive(kept.content, self._limits).document
        own = _own_picture(document, media_type)
        if own is not None:
            try:
                return bake(own, kept.content, replace=True, limits=self._limits)
            except BakingError:
                # Whoever issued it gave something that is no picture; ours is one.
                pass
        try:
            drawn = draw_badge(document, format=_PICTURES[media_type], limits=self._limits)
            return bake(drawn, kept.content, limits=self._limits)
        except MicrocredError:
            return None


def _own_picture(document: JSONObject, media_type: str) -> bytes | None:
    """Return the picture that a credential holds itself, if it is of that type: of its achievement, or its own."""
    subject = _first(document.get("credentialSubject"))
    achievement = _first(subject.get("achievement"))
    head = f"data:{media_type};base64,"
    for holder in (achievement, document):
        image = holder.get("image")
        url = image if isinstance(image, str) else _first(image).get("id")
        if isinstance(url, str) and url.startswith(head):
            try:
                return base64.b64decode(url[len(head) :], validate=True)
            except (binascii.Error, ValueError):
                return None
    return None


def _first(value: JSONValue) -> JSONObject:
    first = value[0] if isinstance(value, list) and value else value
    return first if isinstance(first, dict) else {}
