"""A certificate to print, as HTML, SVG or PDF: a picture of a credential, which says so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

from microcred.baking._colours import palette
from microcred.baking._texts import clean
from microcred.documents import Readable
from microcred.errors import DocumentError
from microcred.limits import DEFAULT_LIMITS, Limits
from microcred.share._contents import contents_of, verification_page
from microcred.share._html import to_html
from microcred.share._pdf import to_pdf
from microcred.share._sheets import Paper, Picture, Sheet, picture_of
from microcred.share._svg import to_svg
from microcred.share._words import words
from microcred.share.qr_codes import qr

__all__ = ["certificate"]

Format = Literal["html", "svg", "pdf"]


def certificate(
    credential: Readable,
    *,
    name: str | None = None,
    url: str | None = None,
    format: Format = "html",  # noqa: A002 - the word that everybody looks for
    paper: Paper = "A4",
    language: str = "en",
    image: bytes | None = None,
    colour: str | None = None,
    fonts: Sequence[str] = (),
    limits: Limits = DEFAULT_LIMITS,
) -> bytes:
    """Lay out a certificate for a signed credential (extra ``share``; for PDF ``pdf``). Nothing is verified.

    It stands alone, without scripts, and says that it is a picture, and where the credential itself can be verified.

    Args:
        credential: A signed credential: whatever a ``Verifier`` takes; untrusted.
        name: The learner's name, from your own records: most credentials know the learner by a hash or a DID only. By
            default it is a name that the credential has in plain text, or “the holder of the credential”.
        url: Where the credential can be verified, to which the QR code leads; by default its ``id``, if that is an
            https URL. Without either there is no code.
        format: ``html``, ``svg`` or ``pdf``.
        paper: ``A4`` or ``Letter``, both landscape.
        language: Of the words around, such as ``es``; texts of the credential stay as they are.
        image: The badge as PNG or SVG; trusted. By default the PNG that the credential holds as a ``data:`` URL, or
            else what ``draw_badge`` draws. URLs are not fetched.
        colour: The issuer's own colour as ``#rrggbb``, of which the hue is taken.
        fonts: Files of fonts, and folders with such, for a PDF; those of the system are there anyway.
        limits: Bounds on size and depth.

    Returns:
        HTML or SVG in UTF-8, or a PDF.

    Raises:
        DocumentError: It cannot be read, has no name, or has no proof.
        SharingError: UNSUPPORTED: an extra is missing, or a font with the letters. TOO_COMPLEX: the URL is too long.
        ValueError: No such format, paper, language or colour, no plain URL, or no PNG or SVG.
    """
    if format not in get_args(Format) or paper not in get_args(Paper):
        raise ValueError("a certificate is html, svg or pdf, on A4 or Letter")
    contents = contents_of(credential, limits)
    if not contents.is_signed:
        raise DocumentError.at("/proof", "is missing: sign the credential before you make a certificate of it")
    said = words(language)
    page = verification_page(contents, url)
    sheet = Sheet(
        contents=contents,
        words=said,
        colours=palette(contents.facts.identity, colour),
        learner=clean(name) if name is not None else contents.learner,
        page=page,
        badge=picture_of(contents, image, colour, said["badge-alt"].format(title=contents.facts.title)),
        code=Picture(qr(page), said["qr-alt"].format(url=page)) if page else None,
        paper=paper,
    )
    make = {"html": to_html, "svg": to_svg}.get(format)
    return make(sheet).encode() if make else to_pdf(sheet, fonts)
