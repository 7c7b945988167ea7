"""SVG to PNG, by resvg (extra ``png``): a wheel without system libraries, which opens no connection."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from microcred.errors import BakingError

__all__ = ["FONTS", "to_png"]

FONTS = (
    "Inter, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'Noto Sans', 'Liberation Sans', 'DejaVu Sans',"
    " 'Noto Sans CJK SC', 'Noto Sans CJK JP', sans-serif"
)
"""Of the fonts that systems have, those that go with the drawings; other scripts come from whatever font has them."""

_FALLBACK = "DejaVu Sans"


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
