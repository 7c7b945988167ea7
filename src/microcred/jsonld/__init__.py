"""A JSON-LD document to its canonical N-Quads: what the RDF cryptosuites sign.

``expander`` does it, and ``reference`` what is too rare for it; PyLD is loaded with the first such document.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from microcred.errors import DocumentError
from microcred.json import JSONObject, JSONValue, copy
from microcred.jsonld import expander
from microcred.jsonld.cohorts import Cohorts, shape_of
from microcred.jsonld.compiler import Compiler
from microcred.jsonld.contexts import load
from microcred.jsonld.loader import Contexts
from microcred.jsonld.rdfc import TOO_COMPLEX, CanonicalDataset, Quad
from microcred.jsonld.rdfc import canonicalize as canonicalize_quads
from microcred.jsonld.shapes import Shape, marker
from microcred.jsonld.tables import Refused
from microcred.limits import DEFAULT_LIMITS, Limits

__all__ = [
    "CanonicalDataset",
    "Explanation",
    "Shape",
    "canonicalize",
    "check",
    "check_contexts",
    "explain",
    "learn",
    "marker",
]

_cohorts = Cohorts()


def canonicalize(
    document: JSONObject,
    *,
    contexts: Contexts | None = None,
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
        quads = _by_pyld(document, contexts, limits, guarded=guarded)
        return canonicalize_quads(quads, hash_name=hash_name, limits=limits)


def _by_pyld(document: JSONObject, contexts: Contexts | None, limits: Limits, *, guarded: bool) -> list[Quad]:
    from microcred.jsonld import reference

    return reference.to_quads(document, contexts, limits, guarded=guarded)


def learn(
    document: JSONObject,
    marked: JSONObject,
    texts: Sequence[str],
    *,
    contexts: Contexts | None = None,
    hash_name: str = "sha256",
    limits: Limits = DEFAULT_LIMITS,
) -> Shape | None:
    """Learn what the canonical forms of a cohort have in common, where it is known in what its documents differ.

    Args:
        document: One of the cohort, plain JSON.
        marked: The same with ``marker(0)``, ``marker(1)`` … in place of the texts that differ.
        texts: Those texts of the document, in the order of the markers.
        contexts: Further context documents by URL, beside the pinned ones.
        hash_name: ``sha256``, or ``sha384`` for P-384.
        limits: Bounds on the work.

    Returns:
        What gives the guarded canonical form from texts alone; None where it must be found in the general way.
    """
    return shape_of(document, marked, texts, Compiler(contexts or {}, limits), limits, hash_name=hash_name)


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a Data Integrity proof over RDF covers: for two people to compare, line by line."""

    document: CanonicalDataset
    """The document without its proofs."""
    document_hash: str
    """The hash of its canonical N-Quads, in hexadecimal."""
    proofs: tuple[tuple[CanonicalDataset, str], ...]
    """For each proof in ``proof``: its options without the value, and their hash. What is signed is the bytes of the
    latter hash, then those of the former."""

    def __str__(self) -> str:
        """Return everything as text."""
        parts = [f"# document: {self.document_hash}\n{self.document.nquads}"]
        parts += [
            f"# options of proof {n + 1}: {hash_}\n{options.nquads}" for n, (options, hash_) in enumerate(self.proofs)
        ]
        return "".join(parts)


def explain(
    document: Mapping[str, JSONValue],
    *,
    contexts: Contexts | None = None,
    hash_name: str = "sha256",
    limits: Limits = DEFAULT_LIMITS,
) -> Explanation:
    """Return the canonical N-Quads and the hashes that a proof over RDF is made of.

    Args:
        document: JSON-LD, signed or not; untrusted.
        contexts: Further context documents by URL, beside the pinned ones.
        hash_name: ``sha256``, or ``sha384`` for P-384.
        limits: Bounds on the work.

    Returns:
        What is covered by each proof (Data Integrity EdDSA 1.0 §3.2.3 to §3.2.5). Nothing is verified.

    Raises:
        DocumentError: Not plain JSON; PROOF_TRANSFORMATION_ERROR with pointers: a part would not be covered.
    """
    plain = cast(JSONObject, copy(dict(document), limits))
    proofs = plain.pop("proof", None)
    found = [_hashed(plain, contexts, hash_name, limits)]
    for proof in proofs if isinstance(proofs, list) else [] if proofs is None else [proofs]:
        if not isinstance(proof, dict):
            raise DocumentError.at("/proof", "must be an object, in braces")
        options = {name: value for name, value in proof.items() if name not in ("proofValue", "@context")}
        found.append(_hashed({**options, "@context": plain.get("@context")}, contexts, hash_name, limits))
    return Explanation(*found[0], tuple(found[1:]))


def _hashed(
    document: JSONObject, contexts: Contexts | None, hash_name: str, limits: Limits
) -> tuple[CanonicalDataset, str]:
    dataset = canonicalize(document, contexts=contexts, hash_name=hash_name, limits=limits, guarded=True)
    return dataset, hashlib.new(hash_name, dataset.nquads.encode()).hexdigest()


def check_contexts(contexts: Contexts) -> None:
    """Make sure that further contexts leave the pinned ones alone.

    Raises:
        ValueError: One has another document for a pinned URL.
    """
    for url, document in contexts.items():
        if load(url) not in (None, document):
            raise ValueError(f"contexts= must not replace the pinned context {url}")


def check(document: JSONObject, *, contexts: Contexts | None = None, limits: Limits = DEFAULT_LIMITS) -> None:
    """Make sure that every member of a document is defined by a context.

    Raises:
        DocumentError: PROOF_TRANSFORMATION_ERROR with a pointer to each that is not.
    """
    try:
        # Whoever looks like others before is known by its shape.
        canonicalize(document, contexts=contexts, limits=limits, guarded=True)
    except DocumentError as error:
        # What is too much to bring into one form may still be defined.
        if error.code != TOO_COMPLEX:
            raise
        try:
            expander.to_quads(document, contexts, limits, guarded=True)
        except Refused:
            _by_pyld(document, contexts, limits, guarded=True)
