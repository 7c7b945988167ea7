"""A certificate as one SVG, whose lines are broken by reckoned widths."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence

from microcred.baking._texts import isolated, shortened, width, wrap
from microcred.baking.raster import FONTS
from microcred.share._sheets import MARGIN, PANEL, Picture, Sheet

__all__ = ["to_svg"]

_SERIF = "Georgia, 'Noto Serif', 'Liberation Serif', 'DejaVu Serif', 'Noto Serif CJK SC', serif"
# Text that is not bold is so much narrower than widths are reckoned.
_LIGHT = 1.12


class _Pen:
    """Writes lines from the top to the bottom, on the side where the page begins."""

    def __init__(self, sheet: Sheet, y: float) -> None:
        self.y = y
        self._mirrored = sheet.direction == "rtl"
        self._width = sheet.size[0]
        self.parts: list[str] = []

    def text(
        self,
        lines: Sequence[str],
        size: float,
        colour: str,
        *,
        x: float = PANEL + MARGIN,
        leading: float = 1.4,
        weight: int = 400,
        family: str = FONTS,
    ) -> None:
        """Write lines, each in the direction of its letters, and move down."""
        anchor = "end" if self._mirrored else "start"
        for line in lines:
            # The letters stand in the middle of their line.
            baseline = self.y + size * (leading / 2 + 0.36)
            self.parts.append(
                f'<text x="{self.place(x):g}" y="{baseline:.1f}" font-family="{family}" font-size="{size:g}"'
                f' font-weight="{weight}" text-anchor="{anchor}" fill="{colour}">'
                f"{html.escape(isolated(line))}</text>"
            )
            self.y += size * leading

    def place(self, x: float) -> float:
        """Return where that is on a page that begins at the right."""
        return self._width - x if self._mirrored else x

    def box(self, x: float, y: float, width: float, height: float, colour: str) -> None:
        """Fill a rectangle."""
        left = self.place(x) - (width if self._mirrored else 0)
        self.parts.append(f'<rect x="{left:g}" y="{y:g}" width="{width:g}" height="{height:g}" fill="{colour}"/>')

    def picture(self, picture: Picture, x: float, y: float, side: float) -> None:
        """Place a picture in a square."""
        left = self.place(x) - (side if self._mirrored else 0)
        self.parts.append(
            f'<image x="{left:g}" y="{y:g}" width="{side:g}" height="{side:g}" href="{picture.url}"'
            f' role="img" aria-label="{html.escape(picture.alt)}"/>'
        )


def to_svg(sheet: Sheet) -> str:
    """Return a certificate as SVG; every text in it is escaped.

    Args:
        sheet: The certificate.
    """
    across, down = sheet.size
    facts, words = sheet.contents.facts, sheet.words
    units = ("297mm", "210mm") if sheet.paper == "A4" else ("11in", "8.5in")
    about = f"{words['heading']} — {facts.title}"
    body = "\n".join(_body(sheet))
    return f"""<svg xmlns="http://www.w3.org/2000/svg" width="{units[0]}" height="{units[1]}"\
 viewBox="0 0 {across} {down}" xml:lang="{words.language}" role="img" aria-labelledby="about notice">
<title id="about">{html.escape(about)}</title>
<desc id="notice">{html.escape(" ".join((*sheet.notice, sheet.page or "")).strip())}</desc>
<rect width="{across}" height="{down}" fill="#ffffff"/>
{body}
</svg>
"""


def _body(sheet: Sheet) -> list[str]:
    head = _Pen(sheet, MARGIN)
    _panel(sheet, head)
    head.text([sheet.words["heading"]], 26, sheet.colours.main, weight=700, leading=1.3)
    head.box(PANEL + MARGIN, head.y + 4, 72, 4, sheet.colours.accent)
    # Written once to learn the height: the foot stands at the bottom, the story in the middle of what is left.
    top, bottom = head.y + 8, sheet.size[1] - MARGIN - _height(sheet, _foot)
    story = _Pen(sheet, (top + bottom - _height(sheet, _story)) / 2)
    _story(sheet, story)
    foot = _Pen(sheet, bottom)
    _foot(sheet, foot)
    return [*head.parts, *story.parts, *foot.parts]


def _height(sheet: Sheet, part: Callable[[Sheet, _Pen], None]) -> float:
    pen = _Pen(sheet, 0)
    part(sheet, pen)
    return pen.y


def _panel(sheet: Sheet, pen: _Pen) -> None:
    height = sheet.size[1]
    pen.box(0, 0, PANEL, height, sheet.colours.wash)
    pen.box(PANEL - 6, 0, 6, height, sheet.colours.main)
    pen.picture(sheet.badge, (PANEL - 6 - 236) / 2, MARGIN, 236)
    if sheet.code is not None:
        caption = shortened(sheet.words["scan"], 240 * _LIGHT, 13, 2).lines
        top = height - MARGIN - 168 - 26 - 16 * (len(caption) - 1)
        pen.picture(sheet.code, (PANEL - 6 - 168) / 2, top, 168)
        middle = pen.place((PANEL - 6) / 2)
        for index, line in enumerate(caption):
            pen.parts.append(
                f'<text x="{middle:g}" y="{top + 168 + 24 + 16 * index:g}" font-family="{FONTS}" font-size="13"'
                f' text-anchor="middle" fill="{sheet.colours.ink}">'
                f"{html.escape(isolated(line))}</text>"
            )


def _story(sheet: Sheet, pen: _Pen) -> None:
    """Write to whom it was awarded, and for what."""
    words, colours = sheet.words, sheet.colours
    pen.text([words["awarded-to"]], 16, colours.main)
    pen.text(sheet.name.lines, sheet.name.size, colours.ink, leading=1.18, family=_SERIF)
    pen.y += 18
    pen.text([words["for"]], 16, colours.main)
    pen.text(sheet.title.lines, sheet.title.size, colours.ink, leading=1.18, weight=700, family=_SERIF)
    pen.y += 14
    pen.text(sheet.summary.lines, 17, colours.ink, leading=1.5)


def _foot(sheet: Sheet, pen: _Pen) -> None:
    """Write who and when, the id, and what the page is."""
    words, colours = sheet.words, sheet.colours
    if sheet.fields:
        top, x = pen.y, float(PANEL + MARGIN)
        for label, text in sheet.fields:
            pen.y = top
            pen.text([label], 13, colours.main, x=x)
            pen.text(text.lines, 16, colours.ink, x=x, leading=1.35, weight=600)
            x += max(90.0, *(16 * width(line) for line in [*text.lines, label])) + 30
        pen.y = top + 18.2 + 21.6 * max(len(text.lines) for _, text in sheet.fields) + 12
    if sheet.identifier:
        pen.text([words["id"]], 13, colours.main)
        pen.text(shortened(sheet.identifier, sheet.room, 15, 1, anywhere=True).lines, 15, colours.ink, weight=600)
    pen.y += 20
    pen.box(PANEL + MARGIN, pen.y, sheet.room, 1, colours.accent)
    pen.y += 12
    pen.text(wrap(" ".join(sheet.notice), sheet.room / 13 * _LIGHT) or [], 13, colours.ink, leading=1.45)
    if sheet.page is not None:
        url = shortened(sheet.page, sheet.room, 13, 2, anywhere=True)
        pen.text(url.lines, 13, colours.main, leading=1.45, weight=600)
