"""SVG: a credential in an element of its own (Open Badges 3.0 §5.3.2).

The file is read by Expat, without entities and without network, and changed only where the credential stands.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NoReturn
from xml.parsers import expat

from microcred.baking._parts import KINDS, Baked, as_text
from microcred.errors import BakingError
from microcred.limits import Limits

__all__ = ["bake_svg", "unbake_svg"]

_SVG = "http://www.w3.org/2000/svg"
_OLD = "http://openbadges.org assertion"
_CREDENTIALS = frozenset(f"{kind.namespace} credential" for kind in KINDS.values())
# What can stand inside a start tag: names, and values in quotes, which may hold ">".
_START_TAG = re.compile(rb"""<(?:[^"'<>]|"[^"<]*"|'[^'<]*')*>""")
_END_TAG = re.compile(rb"</[^<>]*>")
# Characters of tokens, none of which means anything in an attribute.
_PLAIN = re.compile(r"[A-Za-z0-9._~-]+")


@dataclass(slots=True)
class _Found:
    """A credential in the file."""

    start: int
    """Where its element begins, in bytes."""
    verify: str
    """The attribute ``verify``."""
    end: int = 0
    texts: list[str] = field(default_factory=list)


def bake_svg(image: bytes, baked: Baked, limits: Limits, *, replace: bool) -> bytes:
    """Put a credential into an SVG, of which nothing else changes.

    Raises:
        BakingError: It is no sound SVG in UTF-8, or has a credential already and ``replace`` is false.
    """
    reader = _Reader(image, limits)
    if reader.found and not replace:
        raise BakingError(
            "there is a credential in the image already; say replace=True to put the new one in its place"
        )
    if not reader.is_utf8:
        raise BakingError("the SVG is not in UTF-8; save it as UTF-8 first")
    for found in reversed(reader.found):
        image = image[: found.start] + image[found.end :]
    tag = _match(_START_TAG, image, reader.root)
    prefix, namespace = baked.kind.prefix, baked.kind.namespace
    while reader.prefixes.get(prefix, namespace) != namespace:
        prefix += "3"
    declared = b"" if prefix in reader.prefixes else f' xmlns:{prefix}="{namespace}"'.encode()
    is_empty = tag.endswith(b"/>")
    start = tag.removesuffix(b">").removesuffix(b"/").rstrip() + declared + b">"
    # Directly after the start tag (§5.3.2.1).
    end = f"</{_name(image, reader.root)}>".encode() if is_empty else b""
    rest = image[reader.root + len(tag) :]
    return image[: reader.root] + start + _element(prefix, baked.text).encode() + end + rest


def unbake_svg(image: bytes, limits: Limits) -> str:
    """Take the credential out of an SVG: the first, as the standard says (§5.3.2.2).

    Raises:
        BakingError: It is no sound SVG, or there is no credential in it.
    """
    reader = _Reader(image, limits)
    if reader.found:
        first = reader.found[0]
        return as_text(first.verify.strip() or "".join(first.texts), limits)
    if reader.is_old:
        raise BakingError("the image carries an Open Badges 2.0 assertion, which is not a verifiable credential")
    raise BakingError("the SVG carries no credential; programs that change images often strip it: ask for the original")


def _element(prefix: str, text: str) -> str:
    """Return the element; two characters that JSON allows in its strings, and XML nowhere, are escaped."""
    if _PLAIN.fullmatch(text):
        return f'<{prefix}:credential verify="{text}"/>'
    body = text.replace("]]>", "]]]]><![CDATA[>").replace("\ufffe", "\\ufffe").replace("\uffff", "\\uffff")
    return f"<{prefix}:credential><![CDATA[{body}]]></{prefix}:credential>"


def _match(pattern: re.Pattern[bytes], image: bytes, at: int) -> bytes:
    match = pattern.match(image, at)
    # Expat has read it as a tag.
    assert match is not None
    return match[0]


def _name(image: bytes, at: int) -> str:
    match = re.compile(rb"<([^\s/>]+)").match(image, at)
    assert match is not None
    return match[1].decode()


class _Reader:
    """One walk over an SVG, in which credentials are noted."""

    def __init__(self, image: bytes, limits: Limits) -> None:
        self.found: list[_Found] = []
        self.root = -1
        self.prefixes: dict[str | None, str] = {}
        self.is_old = False
        # UTF-16 has a mark, or a zero beside the first character.
        self.is_utf8 = not image.startswith((b"\xff\xfe", b"\xfe\xff")) and b"\0" not in image[:2]
        self._image, self._limits = image, limits
        self._depth, self._inside, self._size = 0, 0, 0
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._listen()
        try:
            self._parser.Parse(image, True)
        except expat.ExpatError as error:
            raise BakingError(f"the SVG is not sound XML (line {error.lineno})") from None
        except (LookupError, UnicodeError):
            raise BakingError("the SVG is in an encoding that is not known here; save it as UTF-8") from None

    def _listen(self) -> None:
        parser = self._parser
        parser.XmlDeclHandler = self._declared
        parser.EntityDeclHandler = _refuse_entity
        parser.UnparsedEntityDeclHandler = _refuse_entity
        parser.ExternalEntityRefHandler = _refuse_entity
        parser.SkippedEntityHandler = _refuse_entity
        parser.StartNamespaceDeclHandler = self._namespace
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text

    def _declared(self, _version: str, encoding: str | None, _standalone: int) -> None:
        self.is_utf8 &= encoding is None or encoding.lower() in ("utf-8", "us-ascii")

    def _namespace(self, prefix: str | None, namespace: str) -> None:
        if self._depth == 0:
            self.prefixes[prefix] = namespace

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if self._depth == 0:
            if name not in (f"{_SVG} svg", "svg"):
                raise BakingError("the file is XML, but no SVG")
            self.root = self._parser.CurrentByteIndex
        self._depth += 1
        if self._depth > self._limits.max_image_depth:
            raise BakingError("the SVG has more elements inside each other than can be looked at")
        self.is_old |= name == _OLD
        if name in _CREDENTIALS and not self._inside:
            self._inside = self._depth
            self.found.append(_Found(self._parser.CurrentByteIndex, attributes.get("verify", "")))
            if len(self.found) > self._limits.max_image_texts:
                raise BakingError("the SVG has more credentials in it than can be looked at")

    def _text(self, text: str) -> None:
        if self._inside:
            self._size += len(text)
            if self._size > self._limits.max_document_bytes:
                raise BakingError("the credential in the image is larger than a document may be")
            self.found[-1].texts.append(text)

    def _end(self, _name: str) -> None:
        if self._depth == self._inside:
            at = self._parser.CurrentByteIndex
            self.found[-1].end = self._end_of(self.found[-1].start, at) if self.is_utf8 else at
            self._inside = 0
        self._depth -= 1

    def _end_of(self, start: int, at: int) -> int:
        """Return where an element ends; Expat is behind it already when it has no end tag."""
        is_empty = _match(_START_TAG, self._image, start).endswith(b"/>")
        return at if is_empty else at + len(_match(_END_TAG, self._image, at))


def _refuse_entity(*_declared: object) -> NoReturn:
    raise BakingError("the SVG declares or uses entities, which are not read: save it without them")
