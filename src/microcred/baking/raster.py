"""SVG to PNG, by resvg (extra ``png``): a wheel without system libraries, which opens no connection."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from microcred.errors import BakingError

__all__ = ["FONTS", "fonts_for", "to_png"]

FONTS = (
    "Inter, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'Noto Sans', 'Liberation Sans', 'DejaVu Sans',"
    " 'Noto Sans CJK SC', 'Noto Sans CJK JP', sans-serif"
)
"""Of the fonts that systems have, those that go with the drawings."""

# Scripts whose letters those have, and those that share a font; others have one of their own name.
_COVERED = ("LATIN", "GREEK", "CYRILLIC")
_SHARED = {"HIRAGANA": "CJK JP", "KATAKANA": "CJK JP", "HANGUL": "CJK KR", "CJK": "CJK SC"}
_FALLBACK = "DejaVu Sans"


def fonts_for(text: str) -> str:
    """Return the fonts for a text, with the one of its script in front.

    resvg takes the first font that there is, and where that lacks a letter, any that has it, however thin.

    Args:
        text: Clean text.
    """
    found = [unicodedata.name(each, "").partition(" ")[0].partition("-")[0] for each in text if each.isalpha()]
    scripts = dict.fromkeys(each for each in found if each.isalpha() and each not in _COVERED)
    # Kana and Hangul say whose ideographs those beside them are.
    script = next((each for each in _SHARED if each in scripts), next(iter(scripts), None))
    return FONTS if script is None else f"'Noto Sans {_SHARED.get(script, script.title())}', {FONTS}"


def to_png(svg: str, width: int, fonts: Sequence[str]) -> bytes:
    """Return a drawing of ours as a PNG.

    Args:
        svg: The drawing.
        width: In pixels.
        fonts: Files of fonts, and folders with such, beside those of the system.

    Raises:
        BakingError: The extra is missing, or there is no font for the text.
    """
    try:
        import resvg_py
    except ImportError:
        raise BakingError("a PNG is drawn with an extra: pip install 'microcred[png]'; an SVG needs none") from None
    paths = [Path(font) for font in fonts]
    files = tuple(str(path) for path in paths if path.is_file())
    folders = tuple(str(path) for path in paths if path.is_dir())
    if len(files) + len(folders) < len(paths):
        raise BakingError("one of the fonts is neither a file nor a folder")
    if not _has_a_font(files, folders):
        raise BakingError(
            "there is no font on this machine, so the names could not be drawn: install some, such as Debian's"
            " fonts-dejavu-core, or give fonts="
        )
    return resvg_py.svg_to_bytes(
        svg_string=svg,
        width=width,
        dpi=96,
        font_files=list(files),
        font_dirs=list(folders),
        sans_serif_family=_FALLBACK,
    )


@lru_cache(maxsize=8)
def _has_a_font(files: tuple[str, ...], folders: tuple[str, ...]) -> bool:
    """Tell whether text leaves a trace; without fonts it is left out without a word."""
    import resvg_py

    blank, written = (
        resvg_py.svg_to_bytes(
            svg_string=f'<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16">{content}</svg>',
            font_files=list(files),
            font_dirs=list(folders),
        )
        for content in ("", f'<text y="14" font-size="14" font-family="{FONTS}">A</text>')
    )
    return blank != written
