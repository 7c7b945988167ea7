"""What look-alikes have in common, learnt as they come: from the second of a kind on, documents have a shape.

Callers do not know about it: ``canonicalize`` is what it would be without, only faster. All that is kept is bounded.
"""

from __future__ import annotations

import threading
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import NamedTuple

from microcred.errors import DocumentError
from microcred.json import JSONObject, JSONValue, freeze
from microcred.jsonld.compiler import Compiler
from microcred.jsonld.expander import Walk
from microcred.jsonld.rdfc import CanonicalDataset, canonicalize
from microcred.jsonld.shapes import Shape, make_shape, marker
from microcred.jsonld.tables import Refused
from microcred.limits import DEFAULT_LIMITS, Limits

__all__ = ["Cohorts", "shape_of"]

# Members whose texts nearly always are words: another word makes another structure.
_ALWAYS_WORDS = ("@context", "type", "@type")


class _Key(NamedTuple):
    """On what the canonical form of a document depends, beside the document."""

    hash_name: str
    guarded: bool
    digest: bytes
    limits: Limits | None


@dataclass(slots=True)
class _Cohort:
    """Documents of one structure: what was learnt of them."""

    hashes: array[int]
    """Hashes of the texts of the first one, so that nobody's texts are kept."""
    varying: set[int] = field(default_factory=set)
    """The positions of the texts that were seen to differ."""
    lessons: int = 0
    shape: Shape | None = None
    weight: int = 0


class Cohorts:
    """A bounded memory of shapes."""

    max_document_bytes = 64 * 1024
    """Frozen documents that are larger go the general way: with a thousand quads, little is left to gain."""
    max_weight = 32 * 1024 * 1024
    """Bytes, roughly, of all that is kept; the oldest goes first."""
    max_shape = 1024 * 1024
    """Characters of a shape; a larger one is not kept."""
    max_recent = 4
    """Shapes that are tried before the document is looked at closely."""
    max_lessons = 4
    """How often a cohort is learnt anew, when a text differs that did not before. From half of that on, all texts of
    the document are slots."""

    def __init__(self) -> None:
        self._cohorts: dict[tuple[_Key, int], _Cohort] = {}
        self._recent: dict[_Key, tuple[Shape, ...]] = {}
        self._weight = 0
        self._lock = threading.Lock()

    def canonicalize(
        self, document: JSONObject, compiler: Compiler, limits: Limits, *, hash_name: str, guarded: bool
    ) -> CanonicalDataset:
        """Return the canonical form of a document; arguments and exceptions are those of the walk and of RDFC-1.0."""
        key = _Key(hash_name, guarded, compiler.digest, None if limits is DEFAULT_LIMITS else limits)
        try:
            frozen = freeze(document)
        except ValueError:
            frozen = b""
        if not 0 < len(frozen) <= self.max_document_bytes:
            walk = Walk(compiler, limits, guarded=guarded).run(document)
            return canonicalize(walk.quads, hash_name=hash_name, limits=limits)
        for shape in self._recent.get(key, ()):
            found = _fill(shape, frozen, limits)
            if found is not None:
                return found
        return self._look_closely(document, frozen, key, compiler, limits)

    def _look_closely(
        self, document: JSONObject, frozen: bytes, key: _Key, compiler: Compiler, limits: Limits
    ) -> CanonicalDataset:
        rest: list[object] = []
        texts: list[str] = []
        _sketch(document, rest, texts)
        cohort_key = key, hash(tuple(rest))
        cohort = self._cohorts.get(cohort_key)
        if cohort is not None and cohort.shape is not None:
            found = _fill(cohort.shape, frozen, limits)
            if found is not None:
                self._remember(key, cohort.shape)
                return found
        walk = Walk(compiler, limits, guarded=key.guarded).run(document)
        dataset = canonicalize(walk.quads, hash_name=key.hash_name, limits=limits)
        if cohort is None:
            self._keep(cohort_key, _Cohort(array("q", map(hash, texts))), 8 * len(texts))
        elif cohort.lessons < self.max_lessons and len(texts) == len(cohort.hashes):
            shape = self._learn(cohort, document, texts, walk, key.hash_name)
            if shape is not None and shape.size <= self.max_shape and _fill(shape, frozen, limits) == dataset:
                cohort.shape = shape
                self._keep(cohort_key, cohort, 4 * shape.size)
                self._remember(key, shape)
        return dataset

    def _learn(
        self, cohort: _Cohort, document: JSONObject, texts: Sequence[str], walk: Walk, hash_name: str
    ) -> Shape | None:
        """Make a shape whose slots are where this document and those before it differ."""
        cohort.lessons += 1
        cohort.varying |= {i for i, text in enumerate(texts) if hash(text) != cohort.hashes[i]}
        positions = sorted(cohort.varying)
        if 2 * cohort.lessons > self.max_lessons:
            positions = [i for i, text in enumerate(texts) if text not in walk.words]
        # Words have a meaning in their context, which other words need not have.
        if any(texts[position] in walk.words for position in positions):
            return None
        marked = _mark(document, {position: slot for slot, position in enumerate(positions)}, count())
        assert isinstance(marked, dict)
        return _shape(walk, marked, [texts[i] for i in positions], hash_name)

    def _remember(self, key: _Key, shape: Shape) -> None:
        """Try a shape first from now on."""
        recent = (shape, *(other for other in self._recent.get(key, ()) if other is not shape))
        if len(self._recent) >= 16:
            self._recent.clear()
        self._recent[key] = recent[: self.max_recent]

    def _keep(self, key: tuple[_Key, int], cohort: _Cohort, weight: int) -> None:
        with self._lock:
            self._drop(key)
            cohort.weight = weight + 512
            self._weight += cohort.weight
            self._cohorts[key] = cohort
            while self._weight > self.max_weight:
                self._drop(next(iter(self._cohorts)))

    def _drop(self, key: tuple[_Key, int]) -> None:
        old = self._cohorts.pop(key, None)
        self._weight -= 0 if old is None else old.weight


def shape_of(
    document: JSONObject,
    marked: JSONObject,
    texts: Sequence[str],
    compiler: Compiler,
    limits: Limits,
    *,
    hash_name: str,
) -> Shape | None:
    """Make the shape of a document whose slots are known; guarded, as for a proof.

    Args:
        document: One of the cohort.
        marked: The same with a marker in each slot.
        texts: What stands in the slots of the document, in their order.
        compiler: The contexts.
        limits: Bounds on the work.
        hash_name: ``sha256`` or ``sha384``.

    Returns:
        The shape; None where it is too large, or a slot may be more than one literal or one IRI.
    """
    try:
        walk = Walk(compiler, limits, guarded=True).run(document)
        shape = _shape(walk, marked, texts, hash_name)
        if shape is None or shape.size > Cohorts.max_shape:
            return None
        dataset = canonicalize(walk.quads, hash_name=hash_name, limits=limits)
    except (DocumentError, Refused):
        return None
    return shape if shape.canonicalize(texts, limits) == dataset else None


def _shape(walk: Walk, marked: JSONObject, texts: Sequence[str], hash_name: str) -> Shape | None:
    try:
        quads = walk.again(marked)
    except (DocumentError, Refused):
        return None
    # Words have a meaning in their context, which other words need not have.
    if any(word.startswith(marker()) for word in quads.words):
        return None
    return make_shape(freeze(marked), quads.quads, quads.root, texts, hash_name)


def _fill(shape: Shape, frozen: bytes, limits: Limits) -> CanonicalDataset | None:
    texts = shape.texts(frozen)
    return None if texts is None else shape.canonicalize(texts, limits)


def _sketch(value: JSONObject | list[JSONValue], rest: list[object], texts: list[str]) -> None:
    """Take a document apart into its texts and the rest."""
    if isinstance(value, dict):
        rest.append(tuple(value))
        words = [value[name] for name in _ALWAYS_WORDS if name in value]
        if words:
            rest.append(freeze(words))
        items: Iterable[JSONValue] = value.values()
        if "@context" in value:
            items = [item for name, item in value.items() if name != "@context"]
    else:
        rest.append(len(value))
        items = value
    for item in items:
        if isinstance(item, str):
            texts.append(item)
        elif isinstance(item, dict | list):
            _sketch(item, rest, texts)
        else:
            rest.append((item.__class__, item))


def _mark(value: JSONValue, slots: dict[int, int], position: Iterator[int]) -> JSONValue:
    """Return a copy with markers in the slots; the order of texts is that of ``_sketch``."""
    if isinstance(value, str):
        slot = slots.get(next(position))
        return value if slot is None else marker(slot)
    if isinstance(value, dict):
        return {name: item if name == "@context" else _mark(item, slots, position) for name, item in value.items()}
    return [_mark(item, slots, position) for item in value] if isinstance(value, list) else value
