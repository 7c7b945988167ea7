"""RDFC-1.0: the canonical form of an RDF dataset (RDF Dataset Canonicalization 1.0), with a bound on its work.

A quad is four N-Quads terms as text: subject, predicate, object, graph; the default graph is the empty string. Literals
are already in canonical N-Quads form (§5.2), so that canonicalising is renaming blank nodes and sorting lines.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from microcred.errors import DocumentError
from microcred.jsonld.safe_mode import Say
from microcred.limits import DEFAULT_LIMITS, Limits

__all__ = ["TOO_COMPLEX", "CanonicalDataset", "Quad", "canonicalize"]

TOO_COMPLEX = "TOO_COMPLEX"
"""The problem type of what takes more work than the limits allow."""

Quad: TypeAlias = tuple[str, str, str, str]
"""Subject, predicate, object and graph, each as an N-Quads term; no graph is the empty string."""


@dataclass(frozen=True, slots=True)
class CanonicalDataset:
    """A dataset in its canonical form."""

    nquads: str
    """The canonical N-Quads: sorted lines, each with its newline."""
    labels: dict[str, str]
    """The canonical issued identifiers map: from input blank nodes (``_:x``) to canonical ones (``_:c14n0``)."""

    @property
    def lines(self) -> tuple[str, ...]:
        """The canonical N-Quads one by one."""
        return tuple(f"{line}\n" for line in self.nquads.split("\n")[:-1])


def canonicalize(
    quads: Iterable[Quad], *, hash_name: str = "sha256", limits: Limits = DEFAULT_LIMITS
) -> CanonicalDataset:
    """Canonicalise a dataset.

    Args:
        quads: The dataset; duplicates are ignored. Blank nodes start with ``_:``.
        hash_name: ``sha256`` or ``sha384``.
        limits: Bounds the work of blank nodes that look alike (§7.1, dataset poisoning).

    Returns:
        The canonical N-Quads and the labels of the blank nodes.

    Raises:
        DocumentError: TOO_COMPLEX: the bound was reached.
    """
    lines: set[str] = set()
    linked: dict[Quad, None] = {}
    left = limits.max_canonical_characters
    for quad in quads:
        subject, predicate, object_, graph = quad
        left -= len(subject) + len(predicate) + len(object_) + len(graph)
        if left < 0:
            raise DocumentError.at("", Say.TOO_LONG, TOO_COMPLEX)
        if subject[0] == "_" or object_[0] == "_" or graph[:1] == "_":
            linked[quad] = None
        else:
            lines.add(
                f"{subject} {predicate} {object_} {graph} .\n" if graph else f"{subject} {predicate} {object_} .\n"
            )
    labels: dict[str, str] = {}
    if linked:
        try:
            labels = _Canonicalizer(list(linked), hash_name, limits).labels()
        except RecursionError:
            raise _too_much() from None
        name = labels.get
        lines.update(_line(name(s, s), p, name(o, o), name(g, g)) for s, p, o, g in linked)
    return CanonicalDataset("".join(sorted(lines)), labels)


def _line(subject: str, predicate: str, object_: str, graph: str) -> str:
    return f"{subject} {predicate} {object_} {graph} .\n" if graph else f"{subject} {predicate} {object_} .\n"


def _mask(term: str, node: str) -> str:
    """Write a term as the hash of a blank node sees it (§4.6.3 step 3)."""
    if term[:1] != "_":
        return term
    return "_:a" if term == node else "_:z"


def _too_much() -> DocumentError:
    text = "has too many objects without an id that look alike, too many to tell apart; give them ids"
    return DocumentError.at("", text, TOO_COMPLEX)


def _orders(nodes: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Return the different orders of nodes, of which one may stand there several times."""
    if not nodes:
        yield ()
    for node in dict.fromkeys(nodes):
        rest = list(nodes)
        rest.remove(node)
        for order in _orders(rest):
            yield (node, *order)


class _Issuer:
    """Identifier issuer (§4.5)."""

    __slots__ = ("issued", "prefix")

    def __init__(self, prefix: str, issued: dict[str, str] | None = None) -> None:
        self.prefix = prefix
        self.issued: dict[str, str] = {} if issued is None else issued

    def issue(self, node: str) -> str:
        label = self.issued.get(node)
        if label is None:
            label = self.issued[node] = f"{self.prefix}{len(self.issued)}"
        return label

    def copy(self) -> _Issuer:
        return _Issuer(self.prefix, dict(self.issued))


class _Canonicalizer:
    """The canonicalization state (§4.3)."""

    def __init__(self, dataset: Sequence[Quad], hash_name: str, limits: Limits) -> None:
        self._hash_name = hash_name
        self._steps_left = limits.max_canonicalization_steps
        self._depth_left = limits.max_canonicalization_depth
        self._canonical = _Issuer("_:c14n")
        self._first_degree: dict[str, str] = {}
        # (2) the quads of each blank node
        self._quads: dict[str, list[Quad]] = {}
        for quad in dataset:
            subject, _, object_, graph = quad
            if subject[0] == "_":
                self._quads.setdefault(subject, []).append(quad)
            if object_[0] == "_" and object_ != subject:
                self._quads.setdefault(object_, []).append(quad)
            if graph[:1] == "_" and graph not in (subject, object_):
                self._quads.setdefault(graph, []).append(quad)

    def labels(self) -> dict[str, str]:
        """Canonicalization algorithm (§4.4.3)."""
        # (3) first-degree hashes
        by_hash: dict[str, list[str]] = {}
        for node in self._quads:
            by_hash.setdefault(self._hash_first_degree(node), []).append(node)
        # (4) canonical identifiers for hashes that are unique
        shared: list[list[str]] = []
        for _, nodes in sorted(by_hash.items()):
            if len(nodes) == 1:
                self._canonical.issue(nodes[0])
            else:
                shared.append(nodes)
        # (5) N-degree hashes for the rest
        for nodes in shared:
            paths: list[tuple[str, _Issuer]] = []
            for node in nodes:
                if node not in self._canonical.issued:
                    issuer = _Issuer("_:b")
                    issuer.issue(node)
                    paths.append(self._hash_n_degree(node, issuer))
            for _, issuer in sorted(paths, key=lambda path: path[0]):
                for node in issuer.issued:
                    self._canonical.issue(node)
        return self._canonical.issued

    def _hash(self, text: str) -> str:
        return hashlib.new(self._hash_name, text.encode()).hexdigest()

    def _hash_first_degree(self, node: str) -> str:
        """Hash first degree quads (§4.6.3)."""
        found = self._first_degree.get(node)
        if found is None:
            lines = [
                _line(*((("_:a" if term == node else "_:z") if term.startswith("_:") else term) for term in quad))
                for quad in self._quads[node]
            ]
            found = self._first_degree[node] = self._hash("".join(sorted(lines)))
        return found

    def _hash_related(self, related: str, quad: Quad, issuer: _Issuer, position: str) -> str:
        """Hash related blank node (§4.7.3)."""
        label = self._canonical.issued.get(related) or issuer.issued.get(related) or self._hash_first_degree(related)
        return self._hash(position + (quad[1] if position != "g" else "") + label)

    def _work(self, steps: int) -> None:
        self._steps_left -= steps
        if self._steps_left < 0:
            raise _too_much()

    def _descend(self, steps: int) -> None:
        self._depth_left += steps
        if self._depth_left < 0:
            raise _too_much()

    def _hash_n_degree(self, node: str, issuer: _Issuer) -> tuple[str, _Issuer]:
        """Hash N-degree quads (§4.8.3)."""
        # (1) to (3) related blank nodes by their hash
        related: dict[str, list[str]] = {}
        self._work(len(self._quads[node]))
        self._descend(-1)
        for quad in self._quads[node]:
            for position, term in (("s", quad[0]), ("o", quad[2]), ("g", quad[3])):
                if term != node and term.startswith("_:"):
                    related.setdefault(self._hash_related(term, quad, issuer, position), []).append(term)
        # Steps (4) and (5).
        data = ""
        for hash_, nodes in sorted(related.items()):
            chosen_path, issuer = self._choose_path(nodes, issuer)
            data += hash_ + chosen_path
        self._descend(1)
        # Step (6).
        return self._hash(data), issuer

    def _choose_path(self, nodes: list[str], issuer: _Issuer) -> tuple[str, _Issuer]:
        """Try the orders of related blank nodes, and keep the one with the least path (§4.8.3 step 5)."""
        chosen_path, chosen_issuer = "", issuer
        if len(nodes) > self._depth_left:
            raise _too_much()
        for order in _orders(nodes):
            self._work(1 + len(order))
            path, candidate = self._path(order, issuer.copy(), chosen_path)
            if path and (not chosen_path or path < chosen_path):
                chosen_path, chosen_issuer = path, candidate
        return chosen_path, chosen_issuer

    def _path(self, order: Sequence[str], issuer: _Issuer, best: str) -> tuple[str, _Issuer]:
        """Return the path of one order, or no path once it is worse than the best (§4.8.3 steps 5.4.1 to 5.4.5)."""
        path = ""
        recursion: list[str] = []
        for node in order:
            canonical = self._canonical.issued.get(node)
            if canonical is not None:
                path += canonical
            else:
                if node not in issuer.issued:
                    recursion.append(node)
                path += issuer.issue(node)
            if best and len(path) >= len(best) and path > best:
                return "", issuer
        for node in recursion:
            hash_, deeper = self._hash_n_degree(node, issuer)
            path += issuer.issue(node) + f"<{hash_}>"
            issuer = deeper
            if best and len(path) >= len(best) and path > best:
                return "", issuer
        return path, issuer
