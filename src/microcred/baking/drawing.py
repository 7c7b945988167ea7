"""A badge for an achievement that has no picture: an SVG without scripts and without anything from elsewhere."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from typing import Literal

from microcred.baking._colours import Palette, palette
from microcred.baking._facts import Facts, facts_of
from microcred.baking._texts import Fitted, fit, isolated
from microcred.baking._written import written
from microcred.baking.raster import fonts_for, to_png
from microcred.documents import Readable
from microcred.limits import DEFAULT_LIMITS, Limits

__all__ = ["draw_badge"]

_SIZES = (96, 88, 80, 74, 68, 62, 57, 52, 48, 44, 40, 37, 34, 31, 28, 26, 24)
_LEADING = 1.12

# Hexagons with round corners in a square of 512.
_BODY = "M241 22q15-9 30 0l178 103q15 9 15 26v210q0 17-15 26L271 490q-15 9-30 0L63 387q-15-9-15-26V151q0-17 15-26z"
_LINE = "M243.5 44.500q12.5-7 25 0l163 94q12.5 7 12.5 21.500v192q0 14.5-12.5 21.500l-163 94q-12.5 7-25 0"
_LINE += "l-163-94q-12.5-7-12.5-21.500v-192q0-14.5 12.5-21.500z"
_RIBBON = "M20 352h472v78H20z"
_ENDS = "M2 374h46v80H2l18-40zM510 374h-46v80h46l-18-40z"
_FOLDS = "M20 430h28v24zM492 430h-28v24z"

# In a square of 100.
_STAR = "M50 6l13.5 27.4 30.2 4.4-21.9 21.3 5.2 30.100L50 75 23 89.200l5.2-30.100L6.3 37.800l30.2-4.400z"
_CAP = "M50 18L4 38l46 20 34-14.800V66h7V40.200L96 38zM22 54v16c0 6 13 12 28 12s28-6 28-12V54L50 66z"
_BOOK = "M47 24C36 17 22 15 8 17v58c14-2 28 0 39 7zM53 24c11-7 25-9 39-7v58c-14-2-28 0-39 7z"
_SHIELD = (
    "M50 6l36 12v28c0 24-15 40-36 48-21-8-36-24-36-48V18zM50 27l-6.5 13.1-14.5 2.1 10.5 10.200L37 67l13-6.900L63 67"
)
_SHIELD += "l-2.5-14.600L71 42.200l-14.5-2.100z"
_PEOPLE = "M50 12a17 17 0 1 1 0 34 17 17 0 0 1 0-34zM16 88c0-22 15-35 34-35s34 13 34 35z"
# The first whose words occur in the ``achievementType`` (§B.8.1).
_SIGNS = (
    (re.compile("Degree|Doctorate|Diploma|GeneralEducation"), _CAP),
    (re.compile("Course|Assignment|LearningProgram|CoCurricular|Fieldwork"), _BOOK),
    (re.compile("Certificat|License|Competency|Assurance"), _SHIELD),
    (re.compile("Membership|Community"), _PEOPLE),
    (re.compile(""), _STAR),
)


def draw_badge(
    credential: Readable,
    *,
    format: Literal["svg", "png"] = "svg",  # noqa: A002 - the word that everybody looks for
    size: int = 512,
    colour: str | None = None,
    fonts: Sequence[str] = (),
    limits: Limits = DEFAULT_LIMITS,
) -> bytes:
    """Draw a badge with the names of the achievement and of the issuer, in colours that follow from the issuer's id.

    It is a picture and no credential; ``bake`` puts one into it.

    Args:
        credential: A credential, signed or not, or an achievement: a model, a dict, JSON text, or a JWT; untrusted.
        format: ``svg``, or ``png`` (extra ``png``).
        size: Width and height in pixels; an SVG scales to any other.
        colour: The issuer's own colour as ``#rrggbb``, of which the hue is taken.
        fonts: Files of fonts, and folders with such, for a PNG; those of the system are there anyway.
        limits: Bounds on size and depth.

    Returns:
        An SVG in UTF-8, or a PNG.

    Raises:
        DocumentError: It cannot be read, or has no name.
        BakingError: The PNG cannot be made: the extra is missing, or there is no font.
        ValueError: Another format, a size that is not from 16 to 4,096, or no such colour.
    """
    if format not in ("svg", "png"):
        raise ValueError("the format of a badge is svg or png")
    if not 16 <= size <= 4096:
        raise ValueError("the size of a badge is from 16 to 4096 pixels")
    document, _text, _is_token = written(credential, limits)
    # In a JWT of the Data Model 1.1, the credential is a claim.
    inner = document.get("vc")
    facts = facts_of(inner if isinstance(inner, dict) else document)
    svg = _drawn(facts, palette(facts.identity, colour), size)
    return svg.encode() if format == "svg" else to_png(svg, size, fonts)


def _drawn(facts: Facts, colours: Palette, size: int) -> str:
    """Return the drawing as SVG.

    Args:
        facts: Whose names are untrusted, and clean.
        colours: The issuer's.
        size: Width and height in pixels.
    """
    # Without an issuer's name there is no ribbon, and the title has its place.
    ribbon, middle, height = (_ribbon(facts.issuer, colours), 249, 186) if facts.issuer else ("", 290, 230)
    title = fit(facts.title, 368, height, _SIZES, leading=_LEADING)
    language = f' xml:lang="{facts.language}"' if facts.language else ""
    sign = next(sign for words, sign in _SIGNS if words.search(facts.kind))
    by = f" — {facts.issuer}" if facts.issuer else ""
    shape = f'width="{size}" height="{size}" viewBox="0 0 512 512"'
    return f"""<svg xmlns="http://www.w3.org/2000/svg" {shape} role="img"{language}>
<title>{html.escape(facts.title + by)}</title>
<defs>
<linearGradient id="surface" x1="0" y1="0" x2="1" y2="1">
<stop offset="0" stop-color="{colours.main}"/><stop offset="1" stop-color="{colours.deep}"/>
</linearGradient>
</defs>
<path d="{_BODY}" fill="url(#surface)"/>
<path d="{_LINE}" fill="none" stroke="{colours.accent}" stroke-width="4"/>
<path d="{sign}" transform="translate(221 70) scale(0.7)" fill="{colours.accent}"\
 fill-rule="evenodd"/>
{_lines(title, 256, middle, "#ffffff", leading=_LEADING)}
{ribbon}</svg>
"""


def _ribbon(issuer: str, colours: Palette) -> str:
    name = fit(issuer, 430, 50, (34, 31, 28, 25), leading=1.0)
    if len(name.lines) > 1:
        # Two smaller lines say more than one that is cut off.
        name = fit(issuer, 430, 62, (25, 23), leading=1.15)
    return f"""<path d="{_ENDS}" fill="{colours.accent}"/>
<path d="{_FOLDS}" fill="{colours.ink}"/>
<path d="{_RIBBON}" fill="{colours.pale}"/>
{_lines(name, 256, 391, colours.ink, leading=1.15)}
"""


def _lines(text: Fitted, x: float, middle: float, colour: str, *, leading: float) -> str:
    """Return centred lines as SVG.

    Args:
        text: The lines, whose text is untrusted, and clean.
        x: Where their middle is.
        middle: The height at which the block of lines is centred.
        colour: Their colour.
        leading: The distance of two lines, in font sizes.
    """
    # Capitals are about seven tenths of the font size high.
    family = fonts_for(text.text)
    first = middle - (len(text.lines) - 1) * text.size * leading / 2 + text.size * 0.36
    return "\n".join(
        f'<text x="{x:g}" y="{first + index * text.size * leading:.1f}" font-family="{family}" font-weight="700"'
        f' font-size="{text.size:g}" text-anchor="middle" fill="{colour}">'
        f"{html.escape(isolated(line))}</text>"
        for index, line in enumerate(text.lines)
    )
