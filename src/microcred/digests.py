"""Digests of what a credential links to, held against the bytes that are used here (VC Data Model 2.0 §5.3).

Nothing is fetched for a digest: what is not used is not looked at, and nothing is said about it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from microcred.encoding import multibase_decode, varint_decode
from microcred.errors import Problem
from microcred.json import JSONObject, JSONValue, many, objects, pointer
from microcred.jsonld import contexts as pinned

__all__ = ["Annotation", "compare", "compare_contexts", "related_resources"]

_UNSUPPORTED, _MISMATCH, _MALFORMED = "UNSUPPORTED", "DIGEST_MISMATCH", "MALFORMED_VALUE_ERROR"


@dataclass(frozen=True, slots=True)
class Annotation:
    """An object of a credential that may have digests of what its id leads to."""

    pointer: str
    """JSON Pointer to it."""
    members: JSONObject
    """The object."""

    @property
    def has_digest(self) -> bool:
        """Whether it has one, well-formed or not."""
        return any(many(self.members.get(name)) for name in _READERS)


def related_resources(document: JSONObject) -> dict[str, Annotation]:
    """Return what a credential says about resources in ``relatedResource``, by their ids; the first of equal ids.

    Args:
        document: The credential; untrusted.
    """
    value = document.get("relatedResource")
    found: dict[str, Annotation] = {}
    for index, item in enumerate(many(value)):
        url = item.get("id") if isinstance(item, dict) else None
        if isinstance(item, dict) and isinstance(url, str):
            place = pointer("relatedResource", *([index] if isinstance(value, list) else []))
            found.setdefault(url, Annotation(place, item))
    return found


def compare_contexts(document: JSONObject, contents: Mapping[str, bytes | None]) -> Problem | None:
    """Hold the contexts that a credential uses against the digests that it has of them.

    Args:
        document: The credential; untrusted.
        contents: The bytes of contexts beside the pinned ones, by URL; None where they are not known.

    Returns:
        What is wrong; None when nothing is, or there is nothing to compare. UNSUPPORTED: it cannot be told.
    """
    related = related_resources(document)
    if not related:
        return None
    used = {url for item in objects(document) for url in many(item.get("@context")) if isinstance(url, str)}
    worst: Problem | None = None
    for url, annotation in related.items():
        published = pinned.content(url)
        if url not in used or (published is None and url not in contents):
            # Whether a context that is not known is needed is for the proof to say.
            continue
        content, exact = published or (contents[url], True)
        problem = compare([annotation], content)
        if problem is not None and problem.code == _MISMATCH and not exact:
            text = "the copy of this context in this package may differ in white space from the one with that digest"
            problem = Problem(problem.pointer, _UNSUPPORTED, text)
        if problem is not None and (worst is None or problem.code != _UNSUPPORTED):
            worst = problem
    return worst


def compare(found: Iterable[Annotation], content: bytes | None) -> Problem | None:
    """Hold the bytes of a resource against digests.

    Args:
        found: Objects of the credential that may have digests of it; untrusted.
        content: The exact bytes; None when they are not known.

    Returns:
        What is wrong; None when nothing is, or there are no digests. UNSUPPORTED: it cannot be told.
    """
    for annotation in found:
        for name, read in _READERS.items():
            values = many(annotation.members.get(name))
            if not values:
                continue
            code, text = _compared(values, read, content)
            if code is not None:
                return Problem(f"{annotation.pointer}/{name}", code, text)
    return None


def _compared(values: Iterable[JSONValue], read: _Reader, content: bytes | None) -> tuple[str | None, str]:
    """Hold bytes against the strongest digests that are known; one of those has to be right (SRI §3.3.4)."""
    digests: list[_Digest] = []
    unknown = False
    for value in values:
        try:
            for digest in read(value):
                unknown |= digest is None
                digests += [digest] if digest is not None else []
        except ValueError:
            return _MALFORMED, "is not a digest in the form that the standard asks for"
    if not digests:
        return _UNSUPPORTED, "is a digest of a kind that is not known here" if unknown else "has no digest"
    if content is None:
        text = "is a digest of the exact bytes, and the document was given as an object; give the bytes of its file"
        return _UNSUPPORTED, text
    strongest = max(_STRENGTHS.index(digest.algorithm) for digest in digests)
    algorithm = _STRENGTHS[strongest]
    computed = hashlib.new(algorithm, content).digest()
    if any(digest.algorithm == algorithm and digest.value == computed for digest in digests):
        return None, ""
    return _MISMATCH, "is not the digest of what is used here: the resource was changed after that, or is another"


@dataclass(frozen=True, slots=True)
class _Digest:
    algorithm: str
    value: bytes


_Reader: TypeAlias = Callable[[JSONValue], Iterator[_Digest | None]]
_STRENGTHS: Final = ("sha256", "sha3_256", "sha384", "sha3_384", "sha512", "sha3_512")
# Subresource Integrity §3.5, whose base64 may be that of URLs.
_SRI = re.compile(r"(sha256|sha384|sha512)-([A-Za-z0-9+/_-]+={0,2})(?:\?[!-~]*)?", re.ASCII)
_OTHER_SRI = re.compile(r"[A-Za-z0-9]+-[!-~]+", re.ASCII)
# Controlled Identifiers 1.0 §2.5, and those of SHA-2 and SHA-3 with 512 bits.
_MULTIHASHES = {0x12: "sha256", 0x20: "sha384", 0x13: "sha512", 0x16: "sha3_256", 0x15: "sha3_384", 0x14: "sha3_512"}


def _sri(value: JSONValue) -> Iterator[_Digest | None]:
    """Read digests of Subresource Integrity; None stands for one of an algorithm that is not known.

    Raises:
        ValueError: It is something else.
    """
    for item in value.split() if isinstance(value, str) else [""]:
        found = _SRI.fullmatch(item)
        if found is not None:
            text = found[2].rstrip("=").replace("-", "+").replace("_", "/")
            try:
                yield _Digest(found[1], base64.b64decode(text + "=" * (-len(text) % 4), validate=True))
            except binascii.Error:
                raise ValueError("not base64") from None
        elif _OTHER_SRI.fullmatch(item) and not item.startswith(("sha256-", "sha384-", "sha512-")):
            yield None
        else:
            raise ValueError("not a digest")


def _multibase(value: JSONValue) -> Iterator[_Digest | None]:
    """Read a multibase multihash; None stands for one of an algorithm that is not known.

    Raises:
        ValueError: It is something else.
    """
    if not isinstance(value, str):
        raise ValueError("not text")  # noqa: TRY004 (of a document, not of an argument)
    code, rest = varint_decode(multibase_decode(value))
    size, digest = varint_decode(rest)
    if size != len(digest):
        raise ValueError("not a multihash")
    yield _Digest(_MULTIHASHES[code], digest) if code in _MULTIHASHES else None


_READERS: Final[Mapping[str, _Reader]] = {"digestSRI": _sri, "digestMultibase": _multibase}
