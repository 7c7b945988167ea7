"""A certificate as PDF, set by Typst (extra ``pdf``): tagged, with real text in any script, from one wheel."""

from __future__ import annotations

import calendar
import html
import json
import struct
from collections.abc import Sequence
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from microcred.baking._texts import Fitted, direction, shortened
from microcred.baking.png import PNG_SIGNATURE
from microcred.errors import SharingError
from microcred.share._sheets import Picture, Sheet

if TYPE_CHECKING:
    from typst import Fonts, PDFStandard

__all__ = ["to_pdf"]

_NO_FONT = "could not be displayed"


def to_pdf(sheet: Sheet, fonts: Sequence[str]) -> bytes:
    """Return a certificate as PDF (PDF/UA-1), the same bytes for the same certificate and fonts.

    Args:
        sheet: The certificate.
        fonts: Files of fonts, and folders with such, beside those of the system and the one that Typst brings.

    Raises:
        SharingError: UNSUPPORTED: the extra is missing, or there is no font for some of the letters.
    """
    try:
        import typst
    except ImportError:
        raise SharingError("a PDF needs an extra: pip install 'microcred[pdf]'", "UNSUPPORTED") from None
    if not all(Path(font).exists() for font in fonts):
        raise SharingError("one of the fonts is neither a file nor a folder", "UNSUPPORTED")
    try:
        # Accessible by the letter of ISO 14289-1, and refused where a letter is in no font …
        return _compiled(sheet, fonts, ["ua-1"])
    except typst.TypstError as error:
        if _NO_FONT in error.message:
            raise SharingError(
                "some of the letters are in no font on this machine: install fonts, such as Debian's fonts-noto-core"
                " and fonts-noto-cjk, or give fonts=",
                "UNSUPPORTED",
            ) from None
    try:
        # … but a picture may have signs of which PDF cannot say which letters they are.
        return _compiled(sheet, fonts, [])
    except typst.TypstError:
        raise SharingError("the image cannot be drawn: it is no sound SVG or PNG", "UNSUPPORTED") from None


def _compiled(sheet: Sheet, fonts: Sequence[str], standards: list[PDFStandard]) -> bytes:
    import typst

    made = typst.compile(
        resources.files("microcred.share").joinpath("certificate.typ").read_bytes(),
        format="pdf",
        font_paths=_fonts(tuple(fonts)),
        sys_inputs={"data": json.dumps(_data(sheet))},
        pdf_standards=standards,
        timestamp=_seconds(sheet),
    )
    assert isinstance(made, bytes)
    return made


# Looking through the fonts of a system takes longer than the rest.
@lru_cache(maxsize=4)
def _fonts(paths: tuple[str, ...]) -> Fonts:
    import typst

    return typst.Fonts(font_paths=list(paths))


def _seconds(sheet: Sheet) -> int:
    """Return what the PDF names as its date: that of the award, so that nothing depends on the clock."""
    moment = sheet.contents.awarded
    return 0 if moment is None else max(0, calendar.timegm(moment.utctimetuple()))


def _data(sheet: Sheet) -> dict[str, object]:
    """Return all that the template shows."""
    contents, words, colours = sheet.contents, sheet.words, sheet.colours
    identifier = shortened(sheet.identifier, sheet.room, 17, 1, anywhere=True).text
    width, height = sheet.size
    return {
        "width": width,
        "height": height,
        "language": words.language,
        "direction": sheet.direction,
        "colours": [colours.main, colours.accent, colours.wash, colours.ink],
        "about": f"{words['heading']} — {contents.facts.title}",
        "author": contents.facts.issuer,
        "heading": words["heading"],
        "awarded_to": words["awarded-to"],
        "learner": _set(sheet.name),
        "name_size": sheet.name.size,
        "for": words["for"],
        "title": _set(sheet.title),
        "title_size": sheet.title.size,
        "summary": _said(sheet.summary.text),
        "fields": [{"label": label, **_said(field.text)} for label, field in sheet.fields],
        "ids": [{"label": words["id"], **_said(identifier)}] if identifier else [],
        "notice": " ".join(sheet.notice),
        "page": sheet.page,
        "page_lines": shortened(sheet.page or "", sheet.room, 14, 2, anywhere=True).lines,
        "scan": words["scan"],
        "badge": {"svg": _as_svg(sheet.badge), "alt": sheet.badge.alt},
        "code": {"svg": _as_svg(sheet.code), "alt": sheet.code.alt} if sheet.code else None,
    }


def _said(text: str) -> dict[str, str]:
    return {"text": text, "direction": direction(text)}


def _set(fitted: Fitted) -> dict[str, object]:
    """Return a text with its lines, if these begin with words, so that what is copied has no others."""
    whole = " ".join(fitted.lines) == fitted.text
    return {**_said(fitted.text), "lines": list(fitted.lines) if whole else [fitted.text]}


def _as_svg(picture: Picture) -> str:
    """Return a picture as the text of an SVG, which is how it comes into the template."""
    if not picture.data.startswith(PNG_SIGNATURE):
        return picture.data.decode("utf-8", "replace")
    width, height = struct.unpack_from(">II", picture.data, 16)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">'
        f'<image width="{width}" height="{height}" href="{html.escape(picture.url)}"/></svg>'
    )
