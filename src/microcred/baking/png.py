"""PNG: a credential in an ``iTXt`` chunk (Open Badges 3.0 §5.3.1; PNG, Third Edition, §5 and §11.3.3)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from microcred.baking._parts import KINDS, Baked, as_text
from microcred.errors import BakingError
from microcred.limits import Limits

__all__ = ["PNG_SIGNATURE", "bake_png", "unbake_png"]

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_TEXTS = (b"iTXt", b"tEXt", b"zTXt")
_KEYWORDS = tuple(kind.keyword.encode() for kind in KINDS.values())
_OLD_KEYWORD = b"openbadges"


@dataclass(frozen=True, slots=True)
class _Chunk:
    type: bytes
    data: memoryview
    whole: memoryview
    """The chunk with its length and its CRC."""

    @property
    def keyword(self) -> bytes | None:
        """The keyword of a chunk of text, which has at most 79 bytes (§11.3.3.1)."""
        if self.type not in _TEXTS:
            return None
        return bytes(self.data[:80]).partition(b"\0")[0]


def bake_png(image: bytes, baked: Baked, limits: Limits, *, replace: bool) -> bytes:
    """Put a credential into a PNG, whose other chunks stay as they are.

    Raises:
        BakingError: It is no sound PNG, or has a credential already and ``replace`` is false.
    """
    chunks = list(_chunks(image, limits))
    others = [chunk.whole for chunk in chunks if chunk.keyword not in _KEYWORDS]
    if len(others) < len(chunks) and not replace:
        raise BakingError(
            "there is a credential in the image already; say replace=True to put the new one in its place"
        )
    # Compression flag 0: the credential must not be compressed (§5.3.1.1). No language, no translated keyword.
    data = baked.kind.keyword.encode() + b"\0\0\0\0\0" + baked.text.encode()
    header, *rest = others
    # Right behind the header, where readers that stop at the picture find it.
    return b"".join([PNG_SIGNATURE, header, _chunk(b"iTXt", data), *rest])


def unbake_png(image: bytes, limits: Limits) -> str:
    """Take the credential out of a PNG: the first, as the standard says (§5.3.1.2).

    Chunks that the standard does not allow for it, compressed ones and those for Latin-1, are read as well.

    Raises:
        BakingError: It is no sound PNG, or there is no credential in it.
    """
    old = False
    for chunk in list(_chunks(image, limits)):
        if chunk.keyword in _KEYWORDS:
            return as_text(_text(chunk, limits), limits)
        old |= chunk.keyword == _OLD_KEYWORD
    if old:
        raise BakingError("the image carries an Open Badges 2.0 assertion, which is not a verifiable credential")
    raise BakingError("the PNG carries no credential; sharing and saving often strip it: ask for the original file")


def _chunks(image: bytes, limits: Limits) -> Iterator[_Chunk]:
    """Yield the chunks of an image that is sound as a whole (§5.3, §5.6)."""
    view, at, texts = memoryview(image), len(PNG_SIGNATURE), 0
    while True:
        if at + 12 > len(image):
            raise BakingError("the PNG is cut off")
        length, kind = struct.unpack_from(">I4s", image, at)
        end = at + 12 + length
        if end > len(image):
            raise BakingError("the PNG is cut off, or the length of a part of it is wrong")
        if zlib.crc32(view[at + 4 : end - 4]) != int.from_bytes(view[end - 4 : end]):
            raise BakingError("the PNG is damaged: a checksum is wrong")
        if (kind == b"IHDR") != (at == len(PNG_SIGNATURE)):
            raise BakingError("the PNG does not begin with its header")
        texts += kind in _TEXTS
        if texts > limits.max_image_texts:
            raise BakingError("the PNG has more texts in it than can be looked at")
        chunk = _Chunk(kind, view[at + 8 : end - 4], view[at:end])
        at = end
        if kind == b"IEND":
            if length or at != len(image):
                raise BakingError("there is something behind the end of the PNG")
            yield chunk
            return
        yield chunk


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _text(chunk: _Chunk, limits: Limits) -> bytes:
    """Return the text of a chunk with a keyword."""
    rest = bytes(chunk.data).partition(b"\0")[2]
    if chunk.type == b"tEXt":
        return rest
    if chunk.type == b"zTXt":
        return _unpacked(rest[:1], rest[1:], limits)
    flag, method, rest = rest[:1], rest[1:2], rest[2:]
    _language, _, rest = rest.partition(b"\0")
    _translated, separator, text = rest.partition(b"\0")
    if not separator:
        raise BakingError("the part of the PNG with the credential is not laid out as it should be")
    return text if flag == b"\0" else _unpacked(method, text, limits)


def _unpacked(method: bytes, data: bytes, limits: Limits) -> bytes:
    """Decompress, with a bound (§10.1)."""
    unpacker = zlib.decompressobj()
    try:
        text = unpacker.decompress(data, limits.max_document_bytes + 1)
    except zlib.error:
        text = b""
    if method != b"\0" or not text or (not unpacker.eof and len(text) <= limits.max_document_bytes):
        raise BakingError("the credential in the PNG is compressed, and does not unpack")
    return text
