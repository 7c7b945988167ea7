"""Shapes: the canonical form of a document from that of its look-alikes.

The credentials of a cohort differ in ids, names and dates. A shape is a document with slots in place of the texts that
differ, and its quads with the same slots. A document that equals the shape but for the slots gets its canonical form by
putting its texts in; of the blank nodes, only those that a slot touches are hashed again. Whenever two blank nodes look
alike, or a text could mean something else than a literal or an IRI of its own, the general way is taken.
"""

from __future__ import annotations

import hashlib
import marshal
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import TypeAlias, cast

from microcred.json import JSONValue
from microcred.jsonld.names import NAMES
from microcred.jsonld.quads import ESCAPES, IRI
from microcred.jsonld.rdfc import CanonicalDataset, Quad, canonicalize
from microcred.limits import Limits

__all__ = ["Shape", "freeze", "make_shape", "marker"]

# Unknown to who writes documents, so that no document can hold a marker.
_MARKER = f"urn:slot:{secrets.token_hex(8)}:"
_GUARDED = frozenset(f"<{iri}>" for iri in NAMES)
_TEXT = ord("u")
_Term: TypeAlias = str | int
"""An N-Quads term, or the number of a slot; blank nodes count on from the slots."""
_Template: TypeAlias = tuple[str, Callable[[Sequence[str]], object]]
"""A line with ``%s`` in place of the terms to put in, and what picks these."""


def freeze(value: JSONValue) -> bytes:
    """Write a plain value so that equal bytes mean equal values of equal types, members in their order.

    Version 0 of the format has no references; each text is a ``u``, its length in four bytes, and UTF-8.

    Raises:
        ValueError: The value is not plain.
    """
    return marshal.dumps(value, 0)


def marker(slot: int) -> str:
    """Return the text that stands in a slot while its shape is made."""
    return f"{_MARKER}{slot}:"


@dataclass(frozen=True, slots=True)
class _Slot:
    """How the text of a slot becomes an N-Quads term."""

    suffix: str
    """What follows a literal; empty for an IRI."""
    scheme: str
    """The scheme of an IRI with its colon, since another could be a prefix that a context defines."""

    def term(self, text: str) -> str | None:
        """Write the term; None when it might mean another."""
        if self.suffix:
            if not text.isprintable() or '"' in text or "\\" in text:
                text = text.translate(ESCAPES)
            return f'"{text}{self.suffix}'
        return f"<{text}>" if text.startswith(self.scheme) and IRI.fullmatch(text) else None


@dataclass(frozen=True, slots=True)
class _Node:
    """A blank node, and what its first-degree hash is made of (RDFC-1.0 §4.6)."""

    label: str
    """The label that the walk gives it."""
    lines: tuple[str, ...]
    """The lines without slots."""
    templates: tuple[_Template, ...]
    """The lines with slots."""
    distinct: int
    """How many lines differ, unless slots make some equal."""

    def hash(self, terms: Sequence[str], hash_name: str) -> str | None:
        """Return the hash; None when statements have become one."""
        lines = [*self.lines, *(template % pick(terms) for template, pick in self.templates)]
        if self.templates and len(set(lines)) < self.distinct:
            return None
        lines.sort()
        digest: str = getattr(hashlib, hash_name)("".join(lines).encode()).hexdigest()
        return digest


@dataclass(frozen=True, slots=True)
class Shape:
    """A document with slots, and its quads with slots."""

    hash_name: str
    chunks: tuple[bytes, ...]
    """The frozen document around the slots."""
    slots: tuple[_Slot, ...]
    lines: tuple[str, ...]
    """The canonical lines without slots and blank nodes, sorted."""
    templates: tuple[_Template, ...]
    """The other lines."""
    nodes: tuple[_Node, ...]
    hashes: tuple[str | None, ...]
    """The hashes of the nodes that no slot touches."""
    root: _Term
    """The subject of the document itself."""
    speakers: tuple[_Term, ...]
    """The subjects of guarded statements that must not be the document itself."""
    quads: tuple[tuple[_Term, ...], ...]
    """For the general way, when blank nodes look alike."""

    def texts(self, frozen: bytes) -> list[str] | None:
        """Return the texts in the slots of a frozen document; None when it has another shape."""
        texts: list[str] = []
        position = 0
        last = len(self.slots)
        for index, chunk in enumerate(self.chunks):
            if not frozen.startswith(chunk, position):
                return None
            position += len(chunk)
            if index < last:
                start = position + 5
                if frozen[position] != _TEXT:
                    return None
                position = start + int.from_bytes(frozen[position + 1 : start], "little")
                texts.append(frozen[start:position].decode("utf-8", "surrogatepass"))
        return texts if position == len(frozen) else None

    def canonicalize(self, texts: Sequence[str], limits: Limits) -> CanonicalDataset | None:
        """Return the canonical form of the document with these texts; None when they may mean something else."""
        terms: list[str] = []
        for slot, text in zip(self.slots, texts, strict=True):
            term = slot.term(text)
            if term is None:
                return None
            terms.append(term)
        root = terms[self.root] if isinstance(self.root, int) else self.root
        if any((terms[other] if isinstance(other, int) else other) == root for other in self.speakers):
            return None
        labels = self._labels(terms)
        if labels is None:
            return canonicalize(self._quads(terms), hash_name=self.hash_name, limits=limits)
        terms += [labels[node.label] for node in self.nodes]
        lines = [*self.lines, *(template % pick(terms) for template, pick in self.templates)]
        lines.sort()
        return CanonicalDataset(tuple(dict.fromkeys(lines)), labels)

    def _labels(self, terms: Sequence[str]) -> dict[str, str] | None:
        """Return the canonical labels in their order; None when first-degree hashes do not tell the nodes apart."""
        by_hash: dict[str | None, str] = {}
        for node, known in zip(self.nodes, self.hashes, strict=True):
            by_hash[known or node.hash(terms, self.hash_name)] = node.label
        if len(by_hash) < len(self.nodes) or None in by_hash:
            return None
        return {
            label: f"_:c14n{index}" for index, (_, label) in enumerate(sorted(cast(dict[str, str], by_hash).items()))
        }

    def _quads(self, terms: list[str]) -> list[Quad]:
        known = [*terms, *(node.label for node in self.nodes)]
        return [cast(Quad, tuple(known[t] if isinstance(t, int) else t for t in quad)) for quad in self.quads]


def make_shape(marked: bytes, quads: Sequence[Quad], root: str, texts: Sequence[str], hash_name: str) -> Shape | None:
    """Make a shape of a document that has markers in its slots.

    Args:
        marked: The frozen document.
        quads: Its quads.
        root: The subject of the document itself.
        texts: What stands in the slots of the document that it was made of.
        hash_name: ``sha256`` or ``sha384``.

    Returns:
        The shape; None when a slot is something else than one literal or one IRI.
    """
    found: dict[str, _Term] = {}
    slots: dict[int, _Slot] = {}
    for term in {term for quad in quads for term in quad}:
        if _MARKER in term:
            number, suffix = _take_apart(term)
            if number is None or number in slots:
                return None
            slots[number] = _Slot(suffix, "" if suffix else texts[number].partition(":")[0] + ":")
            found[term] = number
    if len(slots) != len(texts):
        return None
    labels = dict.fromkeys(term for quad in quads for term in quad if term[:2] == "_:")
    blank = {label: len(texts) + index for index, label in enumerate(labels)}
    found |= blank
    with_slots = dict.fromkeys(tuple(found.get(term, term) for term in quad) for quad in quads)
    static = [quad for quad in with_slots if not any(isinstance(term, int) for term in quad)]
    nodes = tuple(_node(label, number, with_slots, len(texts)) for label, number in blank.items())
    return Shape(
        hash_name=hash_name,
        chunks=_chunks(marked, len(texts)),
        slots=tuple(slots[number] for number in range(len(texts))),
        lines=tuple(sorted(_template(quad)[0] % () for quad in static)),
        templates=tuple(_template(quad) for quad in with_slots if quad not in static),
        nodes=nodes,
        hashes=tuple(None if node.templates else node.hash((), hash_name) for node in nodes),
        root=found.get(root, root),
        speakers=_speakers(with_slots, found.get(root, root), len(texts)),
        quads=tuple(with_slots),
    )


def _take_apart(term: str) -> tuple[int | None, str]:
    """Return the slot of a term, and the suffix of a literal."""
    number, _, rest = term[1 + len(_MARKER) :].partition(":")
    if term.startswith(f"<{_MARKER}") and rest == ">":
        return int(number), ""
    if term.startswith(f'"{_MARKER}') and rest.startswith('"') and _MARKER not in rest:
        return int(number), rest
    return None, ""


def _chunks(marked: bytes, count: int) -> tuple[bytes, ...]:
    chunks: list[bytes] = []
    for slot in range(count):
        chunk, _, marked = marked.partition(freeze(marker(slot)))
        chunks.append(chunk)
    return (*chunks, marked)


def _template(quad: Sequence[_Term]) -> _Template:
    subject, predicate, object_, graph = ("%s" if isinstance(t, int) else t.replace("%", "%%") for t in quad)
    numbers = [term for term in quad if isinstance(term, int)]
    line = f"{subject} {predicate} {object_} {graph} .\n" if graph else f"{subject} {predicate} {object_} .\n"
    return line, itemgetter(*numbers) if numbers else itemgetter(slice(0, 0))


def _node(label: str, number: int, quads: Mapping[tuple[_Term, ...], None], first: int) -> _Node:
    masked = [
        tuple("_:a" if t == number else "_:z" if isinstance(t, int) and t >= first else t for t in quad)
        for quad in quads
        if number in quad
    ]
    with_slots = [quad for quad in masked if any(isinstance(term, int) for term in quad)]
    lines = tuple(_template(quad)[0] % () for quad in masked if not any(isinstance(term, int) for term in quad))
    distinct = len(set(lines)) + len(with_slots)
    return _Node(label, lines, tuple(_template(quad) for quad in with_slots), distinct)


def _speakers(quads: Mapping[tuple[_Term, ...], None], root: _Term, first: int) -> tuple[_Term, ...]:
    subjects = dict.fromkeys(quad[0] for quad in quads if quad[1] in _GUARDED and quad[0] != root)
    return tuple(subject for subject in subjects if isinstance(subject, str) or subject < first)
