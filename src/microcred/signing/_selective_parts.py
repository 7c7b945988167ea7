"""Parts of a document, and the statements that they make: Data Integrity ECDSA Cryptosuites 1.0 §3.4.

The text gives each object without an id an invented one, turns the whole document into another that has them, and takes
parts of that. Here a blank node is known by its place in the document instead: nothing is invented, so that nothing can
clash, and pointers are into the document that the caller has.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TypeAlias

from microcred.encoding import base64url_encode
from microcred.errors import DocumentError, SigningError
from microcred.json import JSONObject, JSONValue
from microcred.json import pointer as make_pointer
from microcred.jsonld import check
from microcred.jsonld.compiler import Compiler
from microcred.jsonld.expander import Place, Refused, Walk
from microcred.jsonld.rdfc import canonicalize
from microcred.limits import Limits

__all__ = ["Label", "Part", "Selection", "Statements", "relabel"]

Label: TypeAlias = bytes | int
"""What a blank node is called: the HMAC of its canonical label (ecdsa-sd-2023), or a number (bbs-2023)."""
# §3.6.2 (1): as long as a digest.
_KEY_BYTES = 32
_INDEX = re.compile("0|[1-9][0-9]*")
_BAD_ESCAPE = re.compile("~(?![01])")
# What makes an object and its members what they are (§3.4.11): it comes along when a part of the object does. The text
# leaves out ids that are blank nodes, which would cut what else refers to them, and knows of no contexts but the first.
_ALWAYS = frozenset(["@context", "@id", "@type", "id", "type"])
_LABEL = re.compile(r"_:c14n([0-9]+)(?= )")


class Selection:
    """What JSON Pointers select of a value: all of it, or selections of its members or elements."""

    def __init__(self) -> None:
        self.whole = False
        self.parts: dict[str | int, Selection] = {}

    @classmethod
    def of(cls, document: JSONObject, pointers: Iterable[str]) -> Selection:
        """Read JSON Pointers (RFC 6901; §3.4.10 and the walk of §3.4.12).

        Raises:
            SigningError: One is no JSON Pointer, or selects nothing.
        """
        selection = cls()
        for pointer in dict.fromkeys(pointers):
            selection.add(document, pointer)
        return selection

    def add(self, document: JSONObject, pointer: str) -> None:
        """Select what one more pointer points to; the exceptions are those of ``of``."""
        if not isinstance(pointer, str):
            raise TypeError("a JSON Pointer is text")
        start, *names = pointer.split("/")
        if start or _BAD_ESCAPE.search(pointer):
            raise SigningError("is not a JSON Pointer: it starts with /, and has no ~ but in ~0 and ~1", pointer)
        value: JSONValue = document
        selection = self
        for name in names:
            key: str | int = name.replace("~1", "/").replace("~0", "~")
            try:
                # The length keeps int() from reading long numbers, and no array has more elements.
                if isinstance(value, list) and len(name) < 10 and _INDEX.fullmatch(name):
                    key = int(name)
                    value = value[key]
                elif isinstance(value, dict) and isinstance(key, str):
                    value = value[key]
                else:
                    raise KeyError(key)
            except LookupError:
                raise SigningError("selects nothing: the document has no such member or element", pointer) from None
            selection = selection.parts.setdefault(key, Selection())
        selection.whole = True

    @cached_property
    def indexes(self) -> tuple[int, ...]:
        """The elements of an array that are selected; in the part they stand side by side."""
        return () if self.whole else tuple(sorted(index for index in self.parts if isinstance(index, int)))

    def apply(self, value: JSONValue) -> JSONValue:
        """Return the part of a value that is selected (§3.4.13); it shares what it can with the value."""
        if self.whole or not isinstance(value, dict | list):
            return value
        if isinstance(value, list):
            return [self.parts[index].apply(value[index]) for index in self.indexes]
        return {
            name: item if name in _ALWAYS else self.parts[name].apply(item)
            for name, item in value.items()
            if name in _ALWAYS or name in self.parts
        }

    def below(self, name: str | int) -> tuple[str | int, Selection | None]:
        """Return a name or index in the part as the document has it, and what is selected there.

        Below whole things, and in what makes a list a list, all keeps its place.
        """
        key = self.indexes[name] if self.indexes and isinstance(name, int) else name
        return key, None if self.whole else self.parts.get(key)

    def origin(self, place: Place) -> Place:
        """Return where in the document something is that has a place in the part."""
        if isinstance(place, str):
            return place
        names = []
        while place is not None:
            place, name = place
            names.append(name)
        selection: Selection | None = self
        for name in reversed(names):
            key, selection = (name, None) if selection is None else selection.below(name)
            place = (place, key)
        return place


class Part:
    """A part of a document, and the statements that it makes."""

    def __init__(self, document: JSONObject, walk: Walk, lines: frozenset[str], labels: Mapping[str, Label]) -> None:
        self.document = document
        """The part itself."""
        self.lines = lines
        """Its statements, with the labels of the whole document."""
        self._walk = walk
        self._labels = labels

    def label_map(self, limits: Limits) -> dict[int, Label]:
        """Return the label of each canonical blank node as others see it (§3.5.4 steps 12 to 14, §3.5.5).

        Raises:
            SigningError: TOO_COMPLEX: what is left of the objects without ids looks too much alike.
        """
        canonical = _canonical_labels(self._walk, limits)
        return {int(label.removeprefix("_:c14n")): self._labels[node] for node, label in canonical.items()}


class Statements:
    """The statements of a document as canonical N-Quads, with other labels of blank nodes (§3.4.16)."""

    def __init__(
        self,
        document: JSONObject,
        hmac_key: bytes,
        contexts: Mapping[str, JSONObject] | None,
        limits: Limits,
        *,
        shuffled: bool = False,
    ) -> None:
        """Canonicalise a document.

        Args:
            document: Plain JSON.
            hmac_key: Makes the labels, with HMAC.
            contexts: Further context documents by URL.
            limits: Bounds on the work.
            shuffled: Have numbers as labels, in the order of the HMACs (bbs-2023), in place of the HMACs themselves.

        Raises:
            SigningError: A part of the document would not be covered; UNSUPPORTED when its JSON-LD is of a rare kind.
        """
        if len(hmac_key) != _KEY_BYTES:
            raise ValueError("hmac_key must have 32 bytes")
        self.hmac_key = hmac_key
        self._document = document
        self._contexts = contexts
        self._limits = limits
        # §3.4.16 (1), (2): without invented ids, the quads are those of the document itself.
        self._walk = self._again(Walk(Compiler(contexts or {}, limits), limits, guarded=True), document)
        # §3.4.16 (3)
        canonical = _canonical_labels(self._walk, limits)
        # §3.4.4: without the _: of N-Quads
        digests = {node: hmac.digest(hmac_key, label[2:].encode(), "sha256") for node, label in canonical.items()}
        labels: Mapping[str, Label] = _shuffled(digests) if shuffled else digests
        self._labels: dict[Place, Label] = {}
        for number, place in enumerate(self._walk.places):
            if f"_:b{number}" in labels:
                self._labels[place] = labels[f"_:b{number}"]
        self.lines = sorted(set(_lines(self._walk, labels)))
        """All of them, in the order of code points."""
        self._all = frozenset(self.lines)

    def part(self, selection: Selection) -> Part:
        """Return a part of the document and its statements (§3.4.15).

        Raises:
            SigningError: The part says something that the document does not say.
        """
        document = selection.apply(self._document)
        assert isinstance(document, dict)
        walk = self._again(self._walk, document)
        origins = [selection.origin(place) for place in walk.places]
        known = self._labels
        labels = {f"_:b{number}": known[place] for number, place in enumerate(origins) if place in known}
        lines = list(_lines(walk, labels))
        for (subject, *_), line in zip(walk.quads, lines, strict=True):
            if line not in self._all:
                raise _torn(origins[int(subject[3:])] if subject.startswith("_:") else "")
        return Part(document, walk, frozenset(lines), labels)

    def _again(self, walk: Walk, document: JSONObject) -> Walk:
        """Walk over a document in the way of another walk."""
        try:
            try:
                return walk.again(document)
            except Refused:
                # The slow path may know better what is wrong.
                check(document, contexts=self._contexts, limits=self._limits)
        except DocumentError as error:
            raise SigningError.of(error) from error
        text = "uses JSON-LD that is too rare for disclosing parts of it"
        raise SigningError(text, "", "UNSUPPORTED")


def relabel(nquads: str, labels: Mapping[int, Label]) -> list[str]:
    """Put other labels on the blank nodes of canonical N-Quads, and sort them anew (§3.4.2, §3.4.3).

    Args:
        nquads: Canonical N-Quads.
        labels: By the number of each blank node.
    """
    names = {str(number): _name(label) for number, label in labels.items()}

    def name(match: re.Match[str]) -> str:
        return names[match[1]]

    lines = []
    for line in nquads.split("\n")[:-1]:
        # A literal is text, whatever it looks like; what else is no blank node ends before the space.
        before, quote, rest = line.partition('"')
        literal, end, after = rest.rpartition('"')
        lines.append(f"{_LABEL.sub(name, before)}{quote}{literal}{end}{_LABEL.sub(name, after)}\n")
    return sorted(lines)


def _canonical_labels(walk: Walk, limits: Limits) -> dict[str, str]:
    try:
        return canonicalize(walk.quads, limits=limits).labels
    except DocumentError as error:
        raise SigningError.of(error) from error


def _shuffled(digests: Mapping[str, bytes]) -> dict[str, int]:
    """Number nodes in the order of their HMACs, as text in base64url (Data Integrity BBS Cryptosuites 1.0 §3.2.1)."""
    return {node: number for number, node in enumerate(sorted(digests, key=lambda each: _name(digests[each])))}


def _name(label: Label) -> str:
    return f"_:b{label}" if isinstance(label, int) else f"_:u{base64url_encode(label)}"


def _lines(walk: Walk, labels: Mapping[str, Label]) -> Iterable[str]:
    """Write the quads of a walk as N-Quads, with other labels."""
    names = {node: _name(label) for node, label in labels.items()}
    name = names.get
    for subject, predicate, object_, graph in walk.quads:
        end = f" {name(graph, graph)} .\n" if graph else " .\n"
        yield f"{name(subject, subject)} {predicate} {name(object_, object_)}{end}"


def _torn(origin: Place) -> SigningError:
    """Explain why a part says something of its own, given the place of what it says it of."""
    names: list[str | int] = []
    while isinstance(origin, tuple):
        origin, name = origin
        names.append(name)
    if "@list" in names:
        where = make_pointer(*reversed(names)).partition("/@list")[0]
        return SigningError("is a list whose order counts: select all of it, or nothing", where)
    return SigningError("a pointer goes into a value that can be disclosed as a whole only, such as JSON or a text")
