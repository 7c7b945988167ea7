"""A document to RDF quads in one walk, in safe mode (JSON-LD 1.1 Processing Algorithms and API §5.1, §7.2, §8).

Expansion, node map generation and serialisation to RDF happen in one step, without a form in between. What is not
implemented here is ``Refused`` and left to the reference path, since a wrong answer is worse than a slow one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias, cast

from microcred.errors import DocumentError, Problem
from microcred.json import JSONObject, JSONValue, pointer
from microcred.jsonld.compiler import Compiler
from microcred.jsonld.loader import Contexts
from microcred.jsonld.names import PREDICATES
from microcred.jsonld.quads import CODE, ESCAPES, IRI, LANGUAGE, RDF, literal
from microcred.jsonld.rdfc import TOO_COMPLEX, Quad
from microcred.jsonld.safe_mode import BLANK_NODE, MOVING, Say, has_unsafe_number
from microcred.jsonld.tables import EMPTY, TEXT, UNSET, Kind, Refused, Table, Term, only
from microcred.limits import DEFAULT_LIMITS, Limits

__all__ = ["Place", "Refused", "Walk", "to_quads"]

_TYPE = f"<{RDF}type>"
_FIRST, _REST, _NIL = f"<{RDF}first>", f"<{RDF}rest>", f"<{RDF}nil>"
_SKIP, _LITERAL, _ID, _VOCAB = Kind.SKIP, Kind.LITERAL, Kind.ID, Kind.VOCAB
_UNDEFINED, _KEYWORD = Kind.UNDEFINED, Kind.KEYWORD
_WEB = ("https://", "http://")

_Where: TypeAlias = "tuple[_Where, str | int] | None"
"""Where a value stands: the place of what holds it, and its name or index there."""
Place: TypeAlias = "_Where | str"
"""Where a blank node comes from: its object (below it ``@graph``, or ``@list`` and an index), or its own label."""


def to_quads(
    document: JSONObject,
    contexts: Contexts | None = None,
    limits: Limits = DEFAULT_LIMITS,
    *,
    guarded: bool = False,
) -> list[Quad]:
    """Turn a JSON-LD document into RDF quads, in safe mode; the arguments are those of ``reference.to_quads``.

    Raises:
        DocumentError: PROOF_TRANSFORMATION_ERROR, with a pointer to each term, id or type that no context defines;
            TOO_COMPLEX beyond a limit.
        Refused: The reference path must answer.
    """
    return Walk(Compiler(contexts or {}, limits), limits, guarded=guarded).run(document).quads


class Walk:
    """One walk over one document, and what it found."""

    def __init__(self, compiler: Compiler, limits: Limits, *, guarded: bool) -> None:
        self.quads: list[Quad] = []
        self.root = ""
        """The subject of the document itself, if it has an id."""
        self.words: set[str] = set()
        """The texts that were looked up in a vocabulary."""
        self.places: list[Place] = []
        """Where each blank node comes from, in the order of their labels: what tells them apart in two walks."""
        self._compiler = compiler
        self._limits = limits
        self._guarded = guarded
        self._labels: dict[str, str] = {}
        self._tables: set[int] = set()
        self._cost_left = limits.max_context_terms
        self._characters_left = limits.max_canonical_characters
        self._problems: dict[Problem, None] = {}

    def again(self, document: JSONObject) -> Walk:
        """Walk over another document in the same way."""
        return Walk(self._compiler, self._limits, guarded=self._guarded).run(document)

    def run(self, document: JSONObject) -> Walk:
        """Walk; the exceptions are those of ``to_quads``."""
        try:
            self._object(document, EMPTY, None, None, "")
        except RecursionError:
            raise Refused("terms or contexts that refer to each other") from None
        if self._problems:
            raise DocumentError(list(self._problems))
        if not self.quads:
            raise Refused("a document that says nothing")
        if len(self.quads) > self._limits.max_quads:
            raise DocumentError.at("", Say.too_many_statements(self._limits.max_quads), TOO_COMPLEX)
        return self

    def _report(self, where: _Where, message: str) -> None:
        if len(self._problems) < self._limits.max_problems:
            parts: list[str | int] = []
            while where is not None:
                where, part = where
                parts.append(part)
            self._problems[Problem(pointer(*reversed(parts)), CODE, message)] = None

    def _fresh(self, place: Place) -> str:
        self.places.append(place)
        return f"_:b{len(self.places) - 1}"

    def _use(self, table: Table) -> Table:
        """Count what it took to make a table, whoever made it."""
        if table.serial not in self._tables:
            self._tables.add(table.serial)
            self._cost_left -= table.cost
            if self._cost_left < 0:
                raise DocumentError.at("", Say.TOO_MANY_CONTEXTS, TOO_COMPLEX)
        return table

    def _scoped(self, table: Table, term: Term) -> Table:
        """Apply the context of a property, if it has one (§5.1.2 step 8)."""
        return self._use(self._compiler.property_scoped(table, term)) if term.scoped else table

    def _spend(self, iri: str) -> None:
        """Count the IRIs that were made: prefixes and vocabularies can be long."""
        self._characters_left -= len(iri)
        if self._characters_left < 0:
            raise DocumentError.at("", Say.TOO_LONG, TOO_COMPLEX)

    def _resource(self, iri: str | None) -> str | None:
        """Write an expanded IRI or blank node; None when it is neither."""
        if iri is None:
            return None
        self._spend(iri)
        if IRI.fullmatch(iri):
            return f"<{iri}>"
        if not BLANK_NODE.fullmatch(iri):
            return None
        if iri not in self._labels:
            self._labels[iri] = self._fresh(iri)
        return self._labels[iri]

    def _object(self, element: JSONObject, table: Table, term: Term | None, where: _Where, graph: str) -> str | None:
        """Expand an object (§5.1.2); return its N-Quads term, or None when there is a problem."""
        # (7) a type's context ends with its node
        if table.previous is not None and self._goes_back(element, table, term):
            table = table.previous
        # (8) the context of the property
        if term is not None:
            table = self._scoped(table, term)
        # (9) its own context
        if "@context" in element:
            table = self._use(self._compiler.embedded(table, element["@context"]))
        # (11) the contexts of its types
        inner, types, type_name = self._types(element, table)
        if not inner.special.isdisjoint(element):
            return self._special(element, (inner, table), term, where, graph)
        subject = self._subject(element, inner, term, where)
        if subject is None:
            return None
        for iri in types:
            if not iri:
                self._report((where, type_name), Say.UNDEFINED_TYPE)
            self.quads.append((subject, _TYPE, iri, graph))
        before = len(self.quads)
        self._members(element, inner, subject, where, graph)
        if self._guarded and term is not None and subject == self.root and self._speaks(subject, before):
            self._report((where, only(element, inner.id_names)), Say.AGAIN)
        return subject

    def _speaks(self, subject: str, start: int) -> bool:
        """Tell whether statements about a subject are among those that checks look for."""
        return any(quad[0] == subject and quad[1] in PREDICATES for quad in self.quads[start:])

    def _goes_back(self, element: JSONObject, table: Table, term: Term | None) -> bool:
        """Tell whether an object is a node of its own, where the context of the node around it ends."""
        if term is not None and term.scoped:
            aliases = self._compiler.property_scoped(table, term).aliases
            names = [(name, aliases.get(name), table.aliases.get(name)) for name in element]
            if len(element) > 1 and not any("@value" in each for each in names):
                # No name says that it is a value, and no id is all that it has, under either context.
                return True
            if aliases != table.aliases:
                raise Refused("a property whose context has other keywords")
        if not table.special.isdisjoint(element) and any(table.aliases.get(name) == "@value" for name in element):
            if (len(element) > 2 or "@context" in element) and not TEXT.issuperset(element):
                raise Refused("a value under the context of a type")
            return False
        return len(element) != 1 or table.id_names.count(next(iter(element))) == 0

    def _types(self, element: JSONObject, table: Table) -> tuple[Table, tuple[str, ...], str]:
        """Return the table under the contexts of the types, the types as N-Quads terms, and the name of the member."""
        found = only(element, table.type_names)
        if not found:
            return table, (), ""
        given = element[found]
        names = (given,) if isinstance(given, str) else tuple(given) if isinstance(given, list) else (None,)
        if not all(isinstance(item, str) for item in names):
            raise Refused("a type that is not text")
        self.words.update(cast(tuple[str, ...], names))
        inner, types = self._compiler.type_scoped(table, cast(tuple[str, ...], names))
        self._use(inner)
        if "" in types:
            types = tuple(self._resource(table.expand(name, vocab=True)) or "" for name in cast(tuple[str, ...], names))
        return inner, types, found

    def _subject(self, element: JSONObject, table: Table, term: Term | None, where: _Where) -> str | None:
        """Return the term of a node."""
        found = only(element, table.id_names)
        if not found:
            return self._fresh(where)
        value = element[found]
        if not isinstance(value, str):
            raise Refused("an id that is not text")
        subject = self._resource(value if value.startswith(_WEB) else table.expand(value, vocab=False))
        if subject is None:
            self._report((where, found), Say.NOT_AN_IRI)
        elif term is None:
            self.root = subject
        return subject

    def _members(self, element: JSONObject, table: Table, subject: str, where: _Where, graph: str) -> None:
        """Write the members of a node (§5.1.2 step 13)."""
        add, terms, plain = self.quads.append, table.terms, table.language is None
        for name, value in element.items():
            term = terms.get(name)
            alias_of = None
            if term is None:
                term = table.term(name)
                self._spend(term.predicate)
                alias_of = table.name_of(term.iri)
            kind = term.kind
            if kind is _SKIP:
                if self._guarded and (other := table.plain_name(name)):
                    self._report((where, name), Say.alias(other))
                continue
            if self._guarded and (alias_of is not None or term.alias_of is not None):
                self._report((where, name), Say.alias(term.alias_of or alias_of or ""))
            object_: str | None
            if value.__class__ is str and kind is _LITERAL and (plain or term.type is not None):
                text = value
                if not text.isprintable() or '"' in text or "\\" in text:
                    text = text.translate(ESCAPES)
                object_ = f'"{text}{term.suffix}'
            elif value.__class__ is dict and (kind is _LITERAL or kind is _ID or kind is _VOCAB):
                object_ = self._object(value, table, term, (where, name), graph)
            else:
                objects = self._member(value, table, term, (where, name), graph)
                self.quads += [(subject, term.predicate, each, graph) for each in objects]
                continue
            if object_ is not None:
                add((subject, term.predicate, object_, graph))

    def _member(self, value: JSONValue, table: Table, term: Term, where: _Where, graph: str) -> Iterable[str]:
        """Expand a member of any kind; return the terms of its values."""
        if term.kind is _UNDEFINED or term.kind is _KEYWORD:
            self._report(where, Say.UNDEFINED)
            return ()
        if term.type == "@json":
            return self._json(value, term, where)
        if "@list" in term.container and value is not None:
            return [self._list(value, table, term, where, graph)]
        if "@graph" in term.container:
            return self._graphs(value, table, term, where)
        if isinstance(value, dict) and "@language" in term.container:
            return self._language_map(value, table, term, where)
        if isinstance(value, dict) and not {"@index", "@id", "@type"}.isdisjoint(term.container):
            raise Refused("a map")
        return self._values(value, table, term, where, graph)

    def _values(self, value: JSONValue, table: Table, term: Term, where: _Where, graph: str) -> list[str]:
        """Expand a value, or the values of an array; return their terms."""
        objects: list[str] = []
        scoped = self._scoped(table, term)
        for index, item in enumerate(value) if isinstance(value, list) else ((None, value),):
            object_: str | None = None
            if isinstance(item, dict):
                object_ = self._object(item, table, term, where if index is None else (where, index), graph)
            elif isinstance(item, list):
                objects += self._values(item, table, term, (where, cast(int, index)), graph)
            elif item is not None:
                object_ = self._scalar(item, scoped, term, where)
            if object_ is not None:
                objects.append(object_)
        return objects

    def _scalar(self, value: bool | float | str, table: Table, term: Term, where: _Where) -> str | None:
        """Expand a value that is no object (§5.3.2)."""
        if not table.keeps(term):
            raise Refused("a property that a context redefines")
        if isinstance(value, str) and term.type in ("@id", "@vocab"):
            if term.type == "@vocab":
                self.words.add(value)
            object_ = self._resource(table.expand(value, vocab=term.type == "@vocab"))
            if object_ is None:
                self._report(where, Say.NOT_AN_IRI)
            return object_
        if has_unsafe_number(value):
            self._report(where, Say.UNSAFE_NUMBER)
            return None
        datatype = None if term.type in ("@id", "@vocab", "@none") else term.type
        if datatype is not None or not isinstance(value, str):
            return literal({"@value": value, "@type": datatype})
        language = table.language if term.language is UNSET else term.language
        return _literal(value, language, term.direction)

    def _json(self, value: JSONValue, term: Term, where: _Where) -> Iterable[str]:
        if term.container not in ((), ("@set",)):
            raise Refused("JSON in a container")
        if has_unsafe_number(value):
            self._report(where, Say.UNSAFE_NUMBER)
        else:
            yield literal({"@value": value, "@type": "@json"})

    def _language_map(self, value: JSONObject, table: Table, term: Term, where: _Where) -> Iterable[str]:
        scoped = self._scoped(table, term)
        for tag, texts in value.items():
            is_none = scoped.expand(tag, vocab=True) == "@none"
            if not is_none and not LANGUAGE.fullmatch(tag):
                self._report((where, tag), Say.NO_LANGUAGE)
                continue
            for text in texts if isinstance(texts, list) else [texts]:
                if text is None:
                    continue
                if not isinstance(text, str):
                    raise Refused("a text in a language that is not text")
                yield _literal(text, None if is_none else tag.lower(), term.direction)

    def _graphs(self, value: JSONValue, table: Table, term: Term, where: _Where) -> Iterable[str]:
        """Write each node of a member into a graph of its own (§5.1.2 step 13.12)."""
        if not {"@index", "@id"}.isdisjoint(term.container):
            raise Refused("a map of graphs")
        for index, item in enumerate(value) if isinstance(value, list) else ((None, value),):
            below = where if index is None else (where, index)
            if isinstance(item, dict):
                graph, before = self._fresh((below, "@graph")), len(self.quads)
                node = self._object(item, table, term, below, graph)
                if node is not None and len(self.quads) == before:
                    self._report(below, Say.NOTHING)
                yield graph
            elif item is not None:
                raise Refused("a graph that is no node")

    def _list(self, value: JSONValue, table: Table, term: Term, where: _Where, graph: str) -> str:
        """Write a list (§8.3); return its head."""
        if isinstance(value, dict) and any(table.aliases.get(name) == "@list" for name in value):
            raise Refused("a list in a list")
        if isinstance(value, list) and any(isinstance(item, list) for item in value):
            raise Refused("a list of lists")
        head = _NIL
        for index, object_ in reversed(list(enumerate(self._values(value, table, term, where, graph)))):
            node = self._fresh(((where, "@list"), index))
            self.quads += [(node, _FIRST, object_, graph), (node, _REST, head, graph)]
            head = node
        return head

    def _special(
        self, element: JSONObject, tables: tuple[Table, Table], term: Term | None, where: _Where, graph: str
    ) -> str | None:
        """Expand an object that is no plain node (§5.1.2 steps 14 and 15), under the tables with and without types."""
        inner, outer = tables
        names = {inner.aliases[name]: name for name in element if name in inner.aliases}
        if self._guarded and not MOVING.isdisjoint(names):
            for keyword in sorted(MOVING.intersection(names)):
                self._report((where, names[keyword]), Say.MOVES)
            return None
        if term is None or "@graph" in term.container or len(names) != len(element) or not inner.keeps(term):
            raise Refused("an object of another kind")
        if "@value" in names:
            return self._value_object({key: element[name] for key, name in names.items()}, outer, (where, names))
        if names.keys() <= {"@list", "@context"} and element[names["@list"]] is not None:
            return self._list(element[names["@list"]], inner, term, (where, names["@list"]), graph)
        raise Refused("an object of another kind")

    def _value_object(self, item: JSONObject, table: Table, place: tuple[_Where, dict[str, str]]) -> str | None:
        where, names = place
        value, language, datatype = item["@value"], item.get("@language"), item.get("@type")
        item.pop("@context", None)
        if not item.keys() <= {"@value", "@type", "@language", "@direction"} or ("@type" in item and len(item) > 2):
            raise Refused("not a value object")
        if "@type" in item:
            self.words.add(str(datatype))
            datatype = item["@type"] = table.expand(datatype, vocab=True) if isinstance(datatype, str) else None
            self._spend(datatype or "")
            if datatype != "@json" and (datatype is None or not IRI.fullmatch(datatype)):
                raise Refused("a value of a type that is not a URL")
        if value is None or (isinstance(value, dict | list) and datatype != "@json"):
            raise Refused("not a value")
        if not isinstance(value, str) and not {"@language", "@direction"}.isdisjoint(item):
            raise Refused("a language of something that is not text")
        if item.get("@direction", "ltr") not in ("ltr", "rtl") or not isinstance(language, str | None):
            raise Refused("not a language or direction")
        if has_unsafe_number(value):
            self._report((where, names["@value"]), Say.UNSAFE_NUMBER)
            return None
        if language is not None:
            if not LANGUAGE.fullmatch(language):
                self._report((where, names["@language"]), Say.NO_LANGUAGE)
                return None
            item["@language"] = language.lower()
        return literal(item)


def _literal(text: str, language: str | None, direction: str | None) -> str:
    if language is not None and not LANGUAGE.fullmatch(language):
        raise Refused("a context with a language that is not a language tag")
    return literal({"@value": text, "@language": language, "@direction": direction})
