"""What was sent with the form: a file, a text or an address, held in memory only, and not too much of it at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request

from microcred.limits import Limits
from microcred.server.bodies import read_body
from microcred.server.problems import RequestError

__all__ = ["NAMES", "Memory", "Submission", "read_form", "room_for"]

NAMES: Final = ("file", "url", "text")
"""The fields of the form."""
_FORM: Final = "multipart/form-data"
# RFC 2046 §5.1.1, as browsers write it.
_BOUNDARY: Final = re.compile(r'boundary="?([^";,\s]{1,70})"?')
_NAME: Final = re.compile(rb'\r\ncontent-disposition:[ \t]*form-data;[ \t]*name="([^"\r\n]*)"', re.IGNORECASE)
_HEADER_BYTES: Final = 4 * 1024
# Boundaries and headers, and fields that are empty.
_AROUND_BYTES: Final = 16 * 1024
_MOST_PARTS: Final = 8
# How many of the largest uploads are in memory at once.
_UPLOADS: Final = 8


@dataclass(frozen=True, slots=True)
class Submission:
    """What was sent; untrusted."""

    fields: dict[str, bytes]
    """Those of ``NAMES`` that are not empty."""

    def text(self, name: str, most: int) -> str:
        """Return the beginning of a field as text, to put it into the form again."""
        text = self.fields.get(name, b"")[:most].decode("utf-8", "replace")
        return "".join(each if each.isprintable() or each in "\r\n\t" else "\ufffd" for each in text)


class Memory:
    """How much all uploads together may take."""

    def __init__(self, limits: Limits) -> None:
        """Take as much as some of the largest files need."""
        self._left = _UPLOADS * _most_bytes(limits)

    @contextmanager
    def taken(self, size: int) -> Iterator[None]:
        """Take some of it for a while.

        Raises:
            RequestError: 503: there is not so much left.
        """
        if size > self._left:
            raise RequestError(503, "OVERLOADED", "too many files are being judged; try again in a moment")
        self._left -= size
        try:
            yield
        finally:
            self._left += size


@contextmanager
def room_for(request: Request, memory: Memory, limits: Limits) -> Iterator[None]:
    """Take the memory that a form needs: as much as there can be, if it does not say.

    Raises:
        RequestError: As ``Memory.taken``.
    """
    length = request.headers.get("content-length", "")
    known = length.isascii() and length.isdecimal() and len(length) <= 18
    with memory.taken(min(int(length), _most_bytes(limits)) if known else _most_bytes(limits)):
        yield


async def read_form(request: Request, limits: Limits) -> Submission:
    """Read the form (RFC 7578).

    Args:
        request: The request.
        limits: Bounds on what is sent.

    Raises:
        RequestError: 415 or 400: it is no such form. Otherwise as ``read_body``.
    """
    content_type = request.headers.get("content-type", "")
    boundary = _BOUNDARY.search(content_type)
    if boundary is None or content_type.partition(";")[0].strip().lower() != _FORM:
        raise RequestError(415, "UNSUPPORTED", f"send the form as {_FORM}")
    return Submission(_fields(await read_body(request, _most_bytes(limits)), boundary[1].encode("latin-1")))


def _most_bytes(limits: Limits) -> int:
    return limits.max_image_bytes + _AROUND_BYTES


def _fields(body: bytes, boundary: bytes) -> dict[str, bytes]:
    """Return the fields that are known and not empty, whose headers say nothing else that counts."""
    found: dict[str, bytes] = {}
    parts = (b"\r\n" + body).split(b"\r\n--" + boundary, _MOST_PARTS + 1)
    if not parts.pop().startswith(b"--") or not parts:
        raise RequestError(400, "PARSING_ERROR", "the form cannot be read")
    for part in parts[1:]:
        end = part.find(b"\r\n\r\n", 0, _HEADER_BYTES)
        name = _NAME.search(part, 0, max(end, 0))
        if name is None:
            raise RequestError(400, "PARSING_ERROR", "the form cannot be read")
        known = name[1].decode("latin-1")
        content = part[end + 4 :]
        if known in NAMES and content.strip():
            found[known] = content
    return found
