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

from microcred.documents import to_document
from microcred.encoding import multibase_decode, varint_decode
from microcred.errors import DocumentError
from microcred.json import JSONObject, JSONValue, objects, pointer
from microcred.jsonld import contexts as pinned
from microcred.limits import Limits
from microcred.verify.checks import many
from microcred.verify.report import Code, Finding, Outcome

__all__ = ["Annotation", "Documents", "Given", "judge_contexts", "judge_digests", "read_documents", "related_resources"]

Documents: TypeAlias = "Mapping[str, JSONObject | str | bytes]"
"""Documents by URL: an object; or the exact text or bytes of its file, which digests can be held against."""


@dataclass(frozen=True, slots=True)
class Given:
    """A document that the caller gave."""

    document: JSONObject
    """As it was read."""
    content: bytes | None
    """Its exact bytes; None when it was given as an object."""


def read_documents(documents: Documents, limits: Limits, argument: str) -> dict[str, Given]:
    """Read what a caller gave.

    Args:
        documents: Trusted.
        limits: Bounds each document.
        argument: Its name, for the error.

    Raises:
        TypeError: One is neither an object nor text or bytes.
        ValueError: One is not JSON.
    """
    found: dict[str, Given] = {}
    for url, value in documents.items():
        if not isinstance(value, dict | str | bytes):
            raise TypeError(f"{argument}= maps URLs to documents: a dict, or the text or bytes of a file")
        content = value.encode() if isinstance(value, str) else value if isinstance(value, bytes) else None
        try:
            # A copy, since what is found out about a document is remembered.
            document = to_document(value, limits)
        except DocumentError as error:
            raise ValueError(f"{argument}= has no JSON object for {url}: {error.problems[0].message}") from None
        found[url] = Given(document, content)
    return found


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


def judge_contexts(document: JSONObject, given: Mapping[str, Given]) -> Finding | None:
    """Hold the contexts that a credential uses against the digests that it has of them.

    Args:
        document: The credential; untrusted.
        given: The contexts that the caller gave.

    Returns:
        What is wrong; None when nothing is, or there is nothing to compare.
    """
    related = related_resources(document)
    if not related:
        return None
    used = {url for item in objects(document) for url in many(item.get("@context")) if isinstance(url, str)}
    worst: Finding | None = None
    for url, annotation in related.items():
        published = pinned.content(url)
        if url not in used or (published is None and url not in given):
            # Whether a context that is not known is needed is for the proof to say.
            continue
        content, exact = published or (given[url].content, True)
        finding = judge_digests([annotation], content)
        if finding is not None and finding.code == Code.DIGEST_MISMATCH and not exact:
            text = "the copy of this context in this package may differ in white space from the one with that digest"
            finding = Finding.indeterminate(Code.UNSUPPORTED, text, finding.pointer)
        if finding is not None and (worst is None or finding.outcome is Outcome.FAILED):
            worst = finding
    return worst


def judge_digests(found: Iterable[Annotation], content: bytes | None) -> Finding | None:
    """Hold the bytes of a resource against digests.

    Args:
        found: Objects of the credential that may have digests of it; untrusted.
        content: The exact bytes; None when they are not known.

    Returns:
        What is wrong; None when nothing is, or there are no digests.
    """
    for annotation in found:
        for name, read in _READERS.items():
            values = many(annotation.members.get(name))
            if not values:
                continue
            finding = _compared(list(values), read, content)
            if finding is not None:
                return Finding(finding.outcome, finding.code, finding.detail, f"{annotation.pointer}/{name}")
    return None


def _compared(values: list[JSONValue], read: _Reader, content: bytes | None) -> Finding | None:
    """Hold bytes against the strongest digests that are known; one of those has to be right (SRI §3.3.4)."""
    digests: list[_Digest] = []
    unknown = False
    for value in values:
        try:
            for digest in read(value):
                unknown |= digest is None
                digests += [digest] if digest is not None else []
        except ValueError:
            return Finding.failed(Code.MALFORMED_VALUE_ERROR, "is not a digest in the form that the standard asks for")
    if not digests:
        text = "is a digest of a kind that is not known here" if unknown else "has no digest"
        return Finding.indeterminate(Code.UNSUPPORTED, text)
    if content is None:
        text = "is a digest of the exact bytes, and the document was given as an object; give the bytes of its file"
        return Finding.indeterminate(Code.UNSUPPORTED, text)
    strongest = max(_STRENGTHS.index(digest.algorithm) for digest in digests)
    algorithm = _STRENGTHS[strongest]
    computed = hashlib.new(algorithm, content).digest()
    if any(digest.algorithm == algorithm and digest.value == computed for digest in digests):
        return None
    text = "is not the digest of what is used here: the resource was changed after the issuer saw it, or is another"
    return Finding.failed(Code.DIGEST_MISMATCH, text)


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
