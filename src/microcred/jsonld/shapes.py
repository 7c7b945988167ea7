"""Shapes: the canonical form of a document from that of its look-alikes.

The credentials of a cohort differ in ids, names and dates. A shape is a document with slots in place of the texts that
differ, and its quads with the same slots. A document that equals the shape but for the slots gets its canonical form by
putting its texts in; of the blank nodes, only those that a slot touches are hashed again. Whenever two blank nodes look
alike, or a text could mean something else than a literal or an IRI of its own, the general way is taken.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import TypeAlias, cast

from microcred.json import freeze
from microcred.jsonld.names import PREDICATES
from microcred.jsonld.quads import ESCAPES, IRI
from microcred.jsonld.rdfc import CanonicalDataset, Quad, canonicalize
from microcred.limits import DEFAULT_LIMITS, Limits

__all__ = ["Shape", "make_shape", "marker"]

# Unknown to who writes documents, so that no document can hold a marker.
_MARKER = f"urn:slot:{secrets.token_hex(8)}:"
_TEXT = ord("u")
_SCHEME = re.compile("[^:]*:(?://)?")
# Longer ones would be repeated in each statement about them.
_MAX_IRI = 2048
_Term: TypeAlias = str | int
"""An N-Quads term, or the number of a slot; blank nodes count on from the slots."""
_Quad: TypeAlias = tuple[_Term, ...]
_Pick: TypeAlias = Callable[[Sequence[str]], Sequence[str]]
_Template: TypeAlias = tuple[tuple[str, ...], _Pick]
"""Texts with places for terms between them, which are empty texts, and what picks the terms."""


def marker(slot: int | None = None) -> str:
    """Return the text that stands in a slot while its shape is made, or what all such texts start with."""
    return _MARKER if slot is None else f"{_MARKER}{slot}:"


@dataclass(frozen=True, slots=True)
class _Slot:
    """How the text of a slot becomes an N-Quads term."""

    suffix: str
    """What follows a literal; empty for an IRI."""
    scheme: str
    """How an IRI starts, its scheme and colon and slashes, since another could be a prefix that a context defines."""

    def term(self, text: str) -> str | None:
        """Write the term; None when it might mean another."""
        if self.suffix:
            if not text.isprintable() or '"' in text or "\\" in text:
                text = text.translate(ESCAPES)
            return f'"{text}{self.suffix}'
        if len(text) > _MAX_IRI or not text.startswith(self.scheme) or not IRI.fullmatch(text):
            return None
        return f"<{text}>"


def _text(template: _Template, terms: Sequence[str]) -> str:
    """Put terms in; this is twice as fast as a text with ``%s``, through which Python looks each time."""
    texts, pick = template
    pieces = [*texts]
    pieces[1::2] = pick(terms)
    return "".join(pieces)


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
        lines = [*self.lines, *[_text(template, terms) for template in self.templates]]
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
    blocks: tuple[str, ...]
    """For each subject, its canonical lines; those without slots and blank nodes, sorted."""
    templates: tuple[_Template, ...]
    """The other blocks whose lines keep their order, whatever is in the slots."""
    loose: tuple[tuple[tuple[str, ...], tuple[_Template, ...]], ...]
    """The lines of the other blocks: without slots and blank nodes, and with them."""
    subjects: tuple[frozenset[str], tuple[int, ...]]
    """The subjects, and the slots that are subjects: when two are one, the general way is taken."""
    nodes: tuple[_Node, ...]
    hashes: tuple[str | None, ...]
    """The hashes of the nodes that no slot touches."""
    root: _Term
    """The subject of the document itself."""
    speakers: tuple[_Term, ...]
    """The subjects of guarded statements that must not be the document itself."""
    quads: tuple[_Quad, ...]
    """For the general way, when blank nodes look alike."""

    @property
    def size(self) -> int:
        """The number of characters that it holds, roughly."""
        texts = [*self.chunks, *self.blocks, *(line for node in self.nodes for line in node.lines)]
        templates = [*self.templates, *(template for node in self.nodes for template in node.templates)]
        for lines, others in self.loose:
            texts += lines
            templates += others
        texts += [text for template in templates for text in template[0]]
        return sum(map(len, texts)) + 64 * len(self.quads)

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
        terms = self._terms(texts)
        dataset = None if terms is None else self.put_in(terms, limits)
        return dataset if dataset is None or len(dataset.nquads) <= limits.max_canonical_characters else None

    def encode(self, texts: Sequence[str], limits: Limits) -> bytes | None:
        """Return the canonical form in UTF-8; otherwise as ``canonicalize``.

        Raises:
            UnicodeEncodeError: A text holds half of a surrogate pair.
        """
        terms = self._terms(texts)
        if terms is None or self._is_said_again(terms):
            return None
        found = self._blocks(terms)
        if found is None:
            dataset = self.put_in(terms, limits)
            data = b"" if dataset is None else dataset.nquads.encode()
        else:
            # A character beyond ASCII makes only its own block dear to encode.
            data = b"".join([block.encode() for block in found[0]])
        return data if data and len(data) <= limits.max_canonical_characters else None

    def _terms(self, texts: Sequence[str]) -> list[str] | None:
        terms: list[str] = []
        for slot, text in zip(self.slots, texts, strict=True):
            term = slot.term(text)
            if term is None:
                return None
            terms.append(term)
        return terms

    def put_in(self, terms: Sequence[str], limits: Limits) -> CanonicalDataset | None:
        """Put the terms of the slots in; otherwise as ``canonicalize``."""
        if self._is_said_again(terms):
            return None
        found = self._blocks(terms)
        if found is None:
            return canonicalize(self._quads(terms), hash_name=self.hash_name, limits=limits)
        return CanonicalDataset("".join(found[0]), found[1])

    def _is_said_again(self, terms: Sequence[str]) -> bool:
        """Tell whether the document itself is the subject of guarded statements elsewhere in it."""
        root = terms[self.root] if isinstance(self.root, int) else self.root
        return any((terms[other] if isinstance(other, int) else other) == root for other in self.speakers)

    def _blocks(self, terms: Sequence[str]) -> tuple[list[str], dict[str, str]] | None:
        """Return the lines of each subject in their order, and the canonical labels; None where these are not plain."""
        labels = self._labels(terms)
        if labels is None or not self._has_its_subjects(terms):
            return None
        known = [*terms, *[labels[node.label] for node in self.nodes]]
        blocks = [*self.blocks, *[_text(template, known) for template in self.templates]]
        blocks += [
            "".join(sorted({*lines, *[_text(template, known) for template in templates]}))
            for lines, templates in self.loose
        ]
        # Subjects end with a space, which is in none of them, so that blocks sort as their lines do.
        blocks.sort()
        return blocks, labels

    def _has_its_subjects(self, terms: Sequence[str]) -> bool:
        known, slots = self.subjects
        found = {terms[slot] for slot in slots}
        return len(found) == len(slots) and known.isdisjoint(found)

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

    def _quads(self, terms: Sequence[str]) -> list[Quad]:
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
    slots = _slots(quads, texts)
    if slots is None:
        return None
    terms = list(slots)
    found: dict[str, _Term] = {term: number for number, term in enumerate(terms)}
    subject: _Term = found.get(root, root)
    labels = dict.fromkeys(term for quad in quads for term in quad if term[:2] == "_:")
    found |= {label: len(texts) + index for index, label in enumerate(labels)}
    with_slots: dict[_Quad, None] = dict.fromkeys(tuple(found.get(term, term) for term in quad) for quad in quads)
    of_node: dict[int, list[_Quad]] = {len(texts) + index: [] for index in range(len(labels))}
    of_subject: dict[_Term, list[_Quad]] = {}
    for quad in with_slots:
        of_subject.setdefault(quad[0], []).append(quad)
        for number in of_node.keys() & set(quad):
            of_node[number].append(quad)
    nodes = [_node(label, *each, len(texts)) for label, each in zip(labels, of_node.items(), strict=True)]
    blocks = [_template(sorted(block, key=_order)) for block in of_subject.values() if _keeps_its_order(block)]
    shape = Shape(
        hash_name=hash_name,
        chunks=_chunks(marked, len(texts)),
        slots=tuple(slots.values()),
        blocks=tuple(sorted(texts[0] for texts, _ in blocks if len(texts) == 1)),
        templates=tuple(block for block in blocks if len(block[0]) > 1),
        loose=tuple(_lines(block) for block in of_subject.values() if not _keeps_its_order(block)),
        subjects=(
            frozenset(term for term in of_subject if isinstance(term, str)),
            tuple(term for term in of_subject if isinstance(term, int) and term < len(texts)),
        ),
        nodes=tuple(nodes),
        hashes=tuple(None if node.templates else node.hash((), hash_name) for node in nodes),
        root=subject,
        speakers=_speakers(with_slots, subject, len(texts)),
        quads=tuple(with_slots),
    )
    # With the markers in, nothing is equal by chance.
    return shape if shape.put_in(terms, DEFAULT_LIMITS) == canonicalize(quads, hash_name=hash_name) else None


def _slots(quads: Iterable[Quad], texts: Sequence[str]) -> dict[str, _Slot] | None:
    """Return the terms with markers and their slots, in order; None when a marker is in several or other places."""
    found: dict[int, tuple[str, _Slot]] = {}
    for term in {term for quad in quads for term in quad}:
        if _MARKER in term:
            number, suffix = _take_apart(term)
            scheme = _SCHEME.match(texts[number]) if number is not None and not suffix else None
            if number is None or number in found or not (suffix or scheme):
                return None
            found[number] = term, _Slot(suffix, "" if scheme is None else scheme[0])
    return dict(found[number] for number in range(len(texts))) if len(found) == len(texts) else None


def _keeps_its_order(block: Sequence[_Quad]) -> bool:
    """Tell whether the lines of one subject sort in one way, whatever is in the slots: by their predicates."""
    shared: set[_Term] = set()
    varying: set[_Term] = set()
    seen: set[_Term] = set()
    for _, predicate, object_, graph in block:
        (shared if predicate in seen else seen).add(predicate)
        if isinstance(object_, int) or isinstance(graph, int):
            varying.add(predicate)
    return shared.isdisjoint(varying)


def _order(quad: _Quad) -> str:
    return _line(tuple("" if isinstance(term, int) else term for term in quad)).partition(" ")[2]


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


def _line(quad: Sequence[str]) -> str:
    subject, predicate, object_, graph = quad
    return f"{subject} {predicate} {object_} {graph} .\n" if graph else f"{subject} {predicate} {object_} .\n"


def _template(quads: Sequence[_Quad]) -> _Template:
    """Return lines with places for slots and blank nodes."""
    numbers = [term for quad in quads for term in quad if isinstance(term, int)]
    # This character is escaped in literals, and in no IRI.
    text = "".join(_line(["\0" if isinstance(term, int) else term for term in quad]) for quad in quads)
    return tuple(part for between in text.split("\0") for part in (between, ""))[:-1], _picker(numbers)


def _picker(numbers: Sequence[int]) -> _Pick:
    if len(numbers) > 1:
        return itemgetter(*numbers)
    return lambda terms: [terms[number] for number in numbers]


def _lines(quads: Iterable[_Quad]) -> tuple[tuple[str, ...], tuple[_Template, ...]]:
    """Return the lines of the quads to put nothing in, and the templates of the others."""
    lines = [_template([quad]) for quad in quads]
    return tuple(texts[0] for texts, _ in lines if len(texts) == 1), tuple(each for each in lines if len(each[0]) > 1)


def _node(label: str, number: int, quads: Sequence[_Quad], first: int) -> _Node:
    masked = [
        tuple("_:a" if t == number else "_:z" if isinstance(t, int) and t >= first else t for t in quad)
        for quad in quads
    ]
    static, templates = _lines(masked)
    return _Node(label, static, templates, len(set(static)) + len(templates))


def _speakers(quads: Iterable[_Quad], root: _Term, first: int) -> tuple[_Term, ...]:
    subjects = dict.fromkeys(quad[0] for quad in quads if quad[1] in PREDICATES and quad[0] != root)
    return tuple(subject for subject in subjects if isinstance(subject, str) or subject < first)
