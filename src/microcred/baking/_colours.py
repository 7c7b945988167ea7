"""The colours of an issuer: always the same, different from others', and readable on each other (WCAG 2.2 §1.4.3).

They are made in OKLCH, where colours of one lightness look equally light whatever their hue
(https://bottosson.github.io/posts/oklab).
"""

from __future__ import annotations

import hashlib
import math
import re
from dataclasses import dataclass

__all__ = ["Palette", "palette"]

_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
_CHROMA = 0.12


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours that go together, as ``#rrggbb``. White is readable on the dark ones, dark ones on the light."""

    deep: str
    """Dark: the deep end of a surface."""
    main: str
    """Dark: the other end of it; also for headings and lines on white."""
    accent: str
    """Light and lively: ornaments on a dark surface."""
    pale: str
    """Light: a surface for small text."""
    wash: str
    """Nearly white: a large surface."""
    ink: str
    """Nearly black: small text on a light surface or on white."""


def palette(identity: str, colour: str | None = None) -> Palette:
    """Return the colours of an issuer.

    Args:
        identity: The issuer's id or name; untrusted.
        colour: The issuer's own colour as ``#rrggbb``: its hue and its strength are taken, and how light it may be is
            ours, so that all stays readable.

    Raises:
        ValueError: It is no such colour.
    """
    if colour is None:
        digest = hashlib.sha256(identity.encode("utf-8", "replace")).digest()
        hue, chroma = int.from_bytes(digest[:4]) / 2**32 * 360, _CHROMA
    else:
        if not _COLOUR.fullmatch(colour):
            raise ValueError("a colour is given as #rrggbb, such as #7a1f3d")
        hue, chroma = _hue_and_chroma(colour)
    # A surface turns a little in hue, which makes it look lit.
    return Palette(
        deep=_hex(0.32, chroma * 0.85, hue + 18),
        main=_hex(0.47, chroma, hue),
        accent=_hex(0.86, chroma * 0.8, hue + 50 if chroma > 0.03 else hue),
        pale=_hex(0.94, chroma * 0.3, hue + 50),
        wash=_hex(0.98, chroma * 0.08, hue + 50),
        ink=_hex(0.25, chroma * 0.5, hue + 18),
    )


def _hex(lightness: float, chroma: float, hue: float) -> str:
    """Return a colour, as lively as the screen can show it."""
    while True:
        channels = _linear(lightness, chroma, math.radians(hue))
        if chroma < 0.001 or all(-0.0005 <= channel <= 1.0005 for channel in channels):
            return "#" + "".join(f"{round(255 * _encoded(channel)):02x}" for channel in channels)
        chroma *= 0.95


def _linear(lightness: float, chroma: float, hue: float) -> tuple[float, float, float]:
    """OKLCH to linear sRGB."""
    a, b = chroma * math.cos(hue), chroma * math.sin(hue)
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def _encoded(channel: float) -> float:
    """Linear light to the channel of a screen (IEC 61966-2-1)."""
    channel = min(1.0, max(0.0, channel))
    return 12.92 * channel if channel <= 0.0031308 else 1.055 * channel ** (1 / 2.4) - 0.055


def _hue_and_chroma(colour: str) -> tuple[float, float]:
    red, green, blue = (_decoded(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    medium = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    a = 1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short
    return math.degrees(math.atan2(b, a)), min(math.hypot(a, b), 0.18)


def _decoded(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
