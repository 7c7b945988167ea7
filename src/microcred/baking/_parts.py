"""What the two kinds of images share: what is put in, and how what was found is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from microcred.errors import BakingError
from microcred.limits import Limits

__all__ = ["BADGE", "KINDS", "Baked", "Kind", "as_text"]


@dataclass(frozen=True, slots=True)
class Kind:
    """How images carry the credentials of one standard."""

    keyword: str
    """The keyword of the chunk of a PNG."""
    namespace: str
    """The namespace of the element of an SVG."""
    prefix: str
    """The prefix that the standard writes for it."""


BADGE: Final = Kind("openbadgecredential", "https://purl.imsglobal.org/ob/v3p0", "openbadges")
_RECORD: Final = Kind("clrcredential", "https://purl.imsglobal.org/clr/v2p0", "clr")
KINDS: Final = {"badge": BADGE, "record": _RECORD}


@dataclass(frozen=True, slots=True)
class Baked:
    """A credential as text, and the standard whose it is."""

    text: str
    """JSON, or a JWT."""
    kind: Kind


def as_text(data: str | bytes, limits: Limits) -> str:
    """Return what was found in an image as text.

    Args:
        data: Untrusted; UTF-8, which the standard demands, or else the Latin-1 of older chunks.
        limits: ``max_document_bytes``.

    Raises:
        BakingError: There is nothing, or too much.
    """
    if len(data) > limits.max_document_bytes:
        raise BakingError("the credential in the image is larger than a document may be")
    text = (data if isinstance(data, str) else _decoded(data)).strip()
    if not text:
        raise BakingError("the place for a credential in the image is empty")
    return text


def _decoded(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")
