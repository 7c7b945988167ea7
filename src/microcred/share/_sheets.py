"""A certificate as it is laid out in every format: its measures, its texts, its pictures."""

from __future__ import annotations

import base64
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias

from microcred.baking import draw_badge, looks_like_image
from microcred.baking._colours import Palette
from microcred.baking._texts import Fitted, clean, fit, shortened
from microcred.baking.png import PNG_SIGNATURE
from microcred.models import AnyCredential, Image
from microcred.share._contents import Contents
from microcred.share._words import Words

__all__ = ["MARGIN", "PANEL", "PAPERS", "Paper", "Picture", "Sheet", "picture_of"]

Paper: TypeAlias = Literal["A4", "Letter"]
PAPERS: dict[str, tuple[int, int]] = {"A4": (1123, 794), "Letter": (1056, 816)}
"""Width and height in pixels of CSS, of which an inch has 96; landscape."""
PANEL = 300
"""Width of the panel with the badge and the QR code."""
MARGIN = 64
"""Around the texts."""
# The column of a date.
_DATE = 174
_NAME_SIZES = (62, 57, 52, 47, 43, 39, 35, 31, 27, 24)
_TITLE_SIZES = (38, 36, 34, 32, 30, 28, 26, 24, 21, 18)
# Of a picture out of a credential, in pixels: four times what print needs.
_MAX_SIDE = 4096
_DATA_PNG = "data:image/png;base64,"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture inside the certificate."""

    data: bytes
    """A PNG or SVG."""
    alt: str
    """What it shows, in words."""

    @property
    def url(self) -> str:
        """The picture as a ``data:`` URL; as such no SVG runs scripts or loads anything."""
        kind = "png" if self.data.startswith(PNG_SIGNATURE) else "svg+xml"
        return f"data:image/{kind};base64,{base64.b64encode(self.data).decode()}"


@dataclass(frozen=True)
class Sheet:
    """A certificate on its paper."""

    contents: Contents
    """What it says."""
    words: Words
    """In which language."""
    colours: Palette
    """In which colours."""
    learner: str
    """The name of the learner, clean, or nothing."""
    page: str | None
    """Where the credential can be verified: a plain URL."""
    badge: Picture
    """The picture of the badge."""
    code: Picture | None
    """The QR code that leads to the page."""
    paper: Paper
    """The size."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels of CSS."""
        return PAPERS[self.paper]

    @property
    def room(self) -> int:
        """The width of the texts."""
        return self.size[0] - PANEL - 2 * MARGIN

    @property
    def direction(self) -> str:
        """The direction of the page, ``ltr`` or ``rtl``."""
        return self.words["direction"]

    @cached_property
    def name(self) -> Fitted:
        """The learner's name, or the words in its place, as large as they fit."""
        return fit(self.learner or self.words["holder"], self.room, 112, _NAME_SIZES, fewer=0.75)

    @cached_property
    def title(self) -> Fitted:
        """The name of the achievement, as large as it fits."""
        return fit(self.contents.facts.title, self.room, 92, _TITLE_SIZES, fewer=0.75)

    @cached_property
    def summary(self) -> Fitted:
        """How it was earned, in as many lines as the names leave."""
        names = sum(len(each.lines) * each.size for each in (self.name, self.title))
        return shortened(self.contents.summary, self.room * 1.12, 17, 4 if names < 128 else 2)

    @property
    def identifier(self) -> str:
        """The id of the credential, or nothing."""
        return clean(self.contents.credential.id or "", 2048)

    @cached_property
    def fields(self) -> Sequence[tuple[str, Fitted]]:
        """Who and when, with the words for it; the dates are short."""
        contents, words = self.contents, self.words
        return [
            (words[name], fit(text, self.room - 2 * _DATE, 66, (16,), leading=1.35))
            for name, text in (
                ("issuer", contents.facts.issuer or clean(contents.facts.identity)),
                ("date", words.day(contents.awarded) if contents.awarded else ""),
                ("until", words.day(contents.until) if contents.until else ""),
            )
            if text
        ]

    @property
    def notice(self) -> tuple[str, str]:
        """What the page is, and what to do to be sure; in front of the URL, if there is one."""
        return self.words["picture"], self.words["verify-at" if self.page else "ask"]


def picture_of(contents: Contents, image: bytes | None, colour: str | None, alt: str) -> Picture:
    """Return the picture of the badge: the one given, the one that the credential holds, or else a drawn one.

    Args:
        contents: What is shown.
        image: The caller's PNG or SVG; trusted.
        colour: The issuer's, for a drawn one.
        alt: What to say of a picture that has no caption.

    Raises:
        ValueError: The picture is neither a PNG nor an SVG.
    """
    if image is not None:
        if not (image.startswith(PNG_SIGNATURE) or looks_like_image(image)):
            raise ValueError("the image of a certificate is a PNG or SVG, as bytes")
        return Picture(image, alt)
    for own in _own_images(contents.credential):
        data = _png_of(own.id)
        if data is not None:
            return Picture(data, own.caption or alt)
    return Picture(draw_badge(contents.credential, colour=colour), alt)


def _own_images(credential: AnyCredential) -> list[Image]:
    subject = credential.credential_subject
    achievement = getattr(subject, "achievement", None)
    found = (getattr(owner, "image", None) for owner in (credential, achievement))
    return [image for image in found if isinstance(image, Image)]


def _png_of(url: str) -> bytes | None:
    """Return the PNG in a ``data:`` URL, if it is one and not so large that showing it hurts."""
    if not url.startswith(_DATA_PNG):
        return None
    try:
        data = base64.b64decode(url.removeprefix(_DATA_PNG), validate=True)
        kind, width, height = struct.unpack_from(">4sII", data, 12)
    except (ValueError, struct.error):
        return None
    sound = data.startswith(PNG_SIGNATURE) and kind == b"IHDR"
    return data if sound and 0 < width <= _MAX_SIDE and 0 < height <= _MAX_SIDE else None
