"""Pictures for tests, made by other libraries."""

from __future__ import annotations

import io
import random
import struct
import zlib
from collections.abc import Iterator

import png  # type: ignore[import-untyped]

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><circle r="5"/></svg>'
# Colour type and bit depths of each (PNG §11.2.1): grey, colour, palette, grey with alpha, colour with alpha.
SHAPES = (
    *((0, depth) for depth in (1, 2, 4, 8, 16)),
    *((2, depth) for depth in (8, 16)),
    *((3, depth) for depth in (1, 2, 4, 8)),
    *((4, depth) for depth in (8, 16)),
    *((6, depth) for depth in (8, 16)),
)


def picture(seed: int = 1, shape: tuple[int, int] = (6, 8), *, interlace: bool = False) -> bytes:
    """Return a random PNG with one of the colour types."""
    colour, depth = shape
    chance = random.Random(seed)
    width, height = chance.randint(1, 20), chance.randint(1, 20)
    planes = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    rows = [[chance.randrange(2**depth) for _ in range(width * planes)] for _ in range(height)]
    palette = [tuple(chance.randrange(256) for _ in range(3)) for _ in range(2**depth)] if colour == 3 else None
    writer = png.Writer(
        width,
        height,
        greyscale=colour in (0, 4) if palette is None else False,
        alpha=colour in (4, 6),
        bitdepth=depth,
        palette=palette,
        interlace=interlace,
        chunk_limit=chance.choice([16, 100, 2**20]),
    )
    out = io.BytesIO()
    writer.write(out, rows)
    return with_chunks(out.getvalue(), *_extras(chance)) if chance.random() < 0.7 else out.getvalue()


def _extras(chance: random.Random) -> Iterator[tuple[bytes, bytes]]:
    yield b"tEXt", b"Comment\0gr\xfc\xdfe"
    yield b"iTXt", b"Title\0\0\0de\0Titel\0" + "Prüfung".encode()
    yield b"zTXt", b"Author\0\0" + zlib.compress(b"x" * chance.randint(0, 100))
    yield b"prVt", bytes(chance.randrange(256) for _ in range(chance.randint(0, 50)))


def chunk(kind: bytes, data: bytes) -> bytes:
    """Return a chunk of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def with_chunks(image: bytes, *chunks: tuple[bytes, bytes]) -> bytes:
    """Put chunks in front of the end of a PNG."""
    end = chunk(b"IEND", b"")
    assert image.endswith(end)
    return image.removesuffix(end) + b"".join(chunk(*each) for each in chunks) + end


def pixels(image: bytes) -> tuple[int, int, list[list[int]], dict[str, object]]:
    """Return all that a PNG shows, as pypng reads it."""
    width, height, rows, info = png.Reader(bytes=image).read()
    return width, height, [list(row) for row in rows], dict(info)
