"""QR codes (ISO/IEC 18004), by segno (extra ``share``)."""

from __future__ import annotations

import io
from collections.abc import Mapping
from itertools import zip_longest
from typing import TYPE_CHECKING, Literal

from microcred.documents import Readable, to_document
from microcred.errors import SharingError
from microcred.json import dumps
from microcred.limits import DEFAULT_LIMITS, Limits
from microcred.models import Model

if TYPE_CHECKING:
    from segno import QRCode

__all__ = ["qr"]

# 117 modules a side: on a code printed 6 cm wide, one is half a millimetre. What is finer, phones read with luck only.
_MAX_VERSION = 25
# What such a code holds with the weakest error correction, which is more than we use.
_MAX_BYTES = 1_273
# §6.3.8: four modules of quiet zone on each side.
_QUIET_ZONE = 4
# By whether the module above and the one below are dark.
_BLOCKS = {(0, 0): " ", (1, 0): "▀", (0, 1): "▄", (1, 1): "█"}


def qr(
    content: Readable,
    *,
    format: Literal["svg", "png", "text"] = "svg",  # noqa: A002 - the word that everybody looks for
    scale: int = 10,
    limits: Limits = DEFAULT_LIMITS,
) -> bytes:
    """Make a QR code for print and screens, with its quiet zone, that a tenth of dirt does not spoil.

    Args:
        content: The text: the URL of the page where the credential can be verified, or a short JWT. A credential as a
            model or a dict is written as JSON; few are small enough.
        format: ``svg``, ``png``, or ``text`` for terminals: blocks, to be shown dark on light.
        scale: Pixels for a module; an SVG scales to any size, and text has none.
        limits: Bounds on size and depth.

    Returns:
        An SVG or lines of text in UTF-8, or a PNG; black on white.

    Raises:
        SharingError: TOO_COMPLEX: a code that phones can read does not hold it. UNSUPPORTED: the extra is missing.
        DocumentError: A model or dict that cannot be written.
        ValueError: Another format, a scale that is not from 1 to 100, or nothing to say.
    """
    if format not in ("svg", "png", "text"):
        raise ValueError("the format of a QR code is svg, png or text")
    if not 1 <= scale <= 100:
        raise ValueError("the scale of a QR code is from 1 to 100 pixels for a module")
    text = _text(content, limits)
    if not text:
        raise ValueError("there is nothing to put into the QR code")
    size = len(text.encode("utf-8", "replace"))
    if size > _MAX_BYTES:
        raise _too_large(size)
    try:
        import segno
    except ImportError:
        raise SharingError("QR codes need an extra: pip install 'microcred[share]'", "UNSUPPORTED") from None
    # Level M restores 15 percent; a higher level is taken where it costs no space.
    code = segno.make_qr(text, error="m", encoding=None if text.isascii() else "utf-8")
    if not isinstance(code.version, int) or code.version > _MAX_VERSION:
        raise _too_large(size)
    if format == "text":
        return _lines(code).encode()
    out = io.BytesIO()
    if format == "png":
        code.save(out, kind="png", scale=scale, border=_QUIET_ZONE)
    else:
        code.save(
            out, kind="svg", scale=scale, border=_QUIET_ZONE, light="#fff", xmldecl=False, nl=False, omitsize=False
        )
    return out.getvalue()


def _text(content: Readable, limits: Limits) -> str:
    if isinstance(content, Model | Mapping):
        return dumps(to_document(content, limits))
    try:
        text = content.decode() if isinstance(content, bytes) else content
        text.encode()
    except UnicodeError:
        raise ValueError("the text of a QR code is UTF-8") from None
    return text.strip()


def _lines(code: QRCode) -> str:
    """Return a code as text, two modules above each other in each character, since those are about twice as high."""
    rows = [bytes(row) for row in code.matrix_iter(border=_QUIET_ZONE)]
    empty = bytes(len(rows[0]))
    pairs = zip_longest(rows[::2], rows[1::2], fillvalue=empty)
    return "".join("".join(_BLOCKS[pair] for pair in zip(*each, strict=True)) + "\n" for each in pairs)


def _too_large(size: int) -> SharingError:
    return SharingError(
        f"{size:,} bytes are too many for a QR code that phones can read: put the credential on the web, and give its"
        " URL",
        "TOO_COMPLEX",
    )
