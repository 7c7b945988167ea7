"""A JSON-LD document to its canonical N-Quads: what the RDF cryptosuites sign.

``expander`` does it, and ``reference`` what is too rare for it; PyLD is loaded with the first such document.
"""

from __future__ import annotations

from collections.abc import Mapping

from microcred.json import JSONObject
from microcred.jsonld import expander
from microcred.jsonld.cohorts import Cohorts
from microcred.jsonld.compiler import Compiler
from microcred.jsonld.contexts import load
from microcred.jsonld.rdfc import CanonicalDataset
from microcred.jsonld.rdfc import canonicalize as canonicalize_quads
from microcred.jsonld.tables import Refused
from microcred.limits import DEFAULT_LIMITS, Limits

__all__ = ["CanonicalDataset", "canonicalize", "check", "check_contexts"]

_cohorts = Cohorts()


def canonicalize(
    document: JSONObject,
    *,
    contexts: dict[str, JSONObject] | None = None,
    hash_name: str = "sha256",
    limits: Limits = DEFAULT_LIMITS,
    guarded: bool = False,
) -> CanonicalDataset:
    """Return the canonical N-Quads of a JSON-LD document (RDFC-1.0 over JSON-LD 1.1, safe mode).

    Args:
        document: Plain JSON; untrusted.
        contexts: Further context documents by URL, beside the pinned ones.
        hash_name: ``sha256``, or ``sha384`` for P-384.
        limits: Bounds on the work.
        guarded: Refuse what would hide a member from those who read the JSON (see ``reference.to_quads``).

    Raises:
        DocumentError: PROOF_TRANSFORMATION_ERROR with pointers: a part of the document would not be covered.
    """
    compiler = Compiler(contexts or {}, limits)
    try:
        return _cohorts.canonicalize(document, compiler, limits, hash_name=hash_name, guarded=guarded)
    except Refused:
        from microcred.jsonld import reference

        quads = reference.to_quads(document, contexts, limits, guarded=guarded)
        return canonicalize_quads(quads, hash_name=hash_name, limits=limits)


def check_contexts(contexts: Mapping[str, JSONObject]) -> None:
    """Make sure that further contexts leave the pinned ones alone.

    Raises:
        ValueError: One has another document for a pinned URL.
    """
    for url, document in contexts.items():
        if load(url) not in (None, document):
            raise ValueError(f"contexts= must not replace the pinned context {url}")


def check(
    document: JSONObject, *, contexts: dict[str, JSONObject] | None = None, limits: Limits = DEFAULT_LIMITS
) -> None:
    """Make sure that every member of a document is defined by a context.

    Raises:
        DocumentError: PROOF_TRANSFORMATION_ERROR with a pointer to each that is not.
    """
    try:
        expander.to_quads(document, contexts, limits, guarded=True)
    except Refused:
        from microcred.jsonld import reference

        reference.to_quads(document, contexts, limits, guarded=True)
