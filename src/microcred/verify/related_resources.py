"""Documents that the caller gives, and what the digests that a credential has of such documents come to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from microcred.digests import Annotation, compare, compare_contexts
from microcred.documents import to_document
from microcred.errors import DocumentError, Problem
from microcred.json import JSONObject
from microcred.limits import Limits
from microcred.verify.report import Code, Finding

__all__ = ["Documents", "Given", "judge_contexts", "judge_digests", "read_documents"]

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


def judge_contexts(document: JSONObject, contents: Mapping[str, bytes | None]) -> Finding | None:
    """Return what is wrong with the digests of contexts, if something is; see ``compare_contexts``."""
    return _finding(compare_contexts(document, contents))


def judge_digests(found: Iterable[Annotation], content: bytes | None) -> Finding | None:
    """Return what is wrong with the digests of a resource, if something is; see ``compare``."""
    return _finding(compare(found, content))


def _finding(problem: Problem | None) -> Finding | None:
    if problem is None:
        return None
    if problem.code == Code.UNSUPPORTED:
        return Finding.indeterminate(Code.UNSUPPORTED, problem.message, problem.pointer)
    code = Code.DIGEST_MISMATCH if problem.code == Code.DIGEST_MISMATCH else Code.MALFORMED_VALUE_ERROR
    return Finding.failed(code, problem.message, problem.pointer)
