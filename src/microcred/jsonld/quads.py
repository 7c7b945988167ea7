"""Expanded JSON-LD to RDF quads: JSON-LD 1.1 Processing Algorithms and API §7.2 and §8, in one walk."""

from __future__ import annotations

import re
from typing import cast

from c14n.Canonicalize import canonicalize as json_canonicalize

from microcred.errors import DocumentError
from microcred.json import JSONObject
from microcred.jsonld.rdfc import TOO_COMPLEX, Quad
from microcred.jsonld.safe_mode import Say
from microcred.limits import Limits

__all__ = ["CODE", "ESCAPES", "IRI", "LANGUAGE", "RDF", "XSD", "QuadWriter", "literal", "number"]

CODE = "PROOF_TRANSFORMATION_ERROR"
"""The problem type of everything that a proof would not cover."""
IRI = re.compile(r'[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>"{}|\\^`\s\ufeff]*')
"""An absolute IRI, with nothing in it that N-Quads would have to escape, or that others take for white space."""
LANGUAGE = re.compile(r"[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*")
"""A language tag, as N-Quads has it."""
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XSD = "http://www.w3.org/2001/XMLSchema#"
# The keywords of a node object that reach the quads; another one would be lost.
_WRITTEN = frozenset(["@id", "@type", "@graph", "@included", "@reverse"])
# Canonical N-Quads (RDFC-1.0 §5.2).
ESCAPES = {
    **{code: f"\\u{code:04X}" for code in (*range(0x20), 0x7F)},
    8: "\\b",
    9: "\\t",
    10: "\\n",
    12: "\\f",
    13: "\\r",
    34: '\\"',
    92: "\\\\",
}


class QuadWriter:
    """Expanded JSON-LD to quads: node map generation and RDF serialisation in one walk (§7.2, §8.2)."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._labels: dict[str, str] = {}
        self._count = 0
        self._characters_left = limits.max_canonical_characters
        self.quads: list[Quad] = []

    def _emit(self, subject: str, predicate: str, object_: str, graph: str) -> None:
        if len(self.quads) >= self._limits.max_quads:
            raise DocumentError.at("", Say.too_many_statements(self._limits.max_quads), TOO_COMPLEX)
        self._characters_left -= len(object_)
        if self._characters_left < 0:
            raise DocumentError.at("", Say.TOO_LONG, TOO_COMPLEX)
        self.quads.append((subject, predicate, object_, graph))

    def _fresh(self) -> str:
        self._count += 1
        return f"_:b{self._count - 1}"

    def _resource(self, identifier: str) -> str:
        if not identifier.startswith("_:"):
            return _iri(identifier)
        if identifier not in self._labels:
            self._labels[identifier] = self._fresh()
        return self._labels[identifier]

    def node(self, node: JSONObject, graph: str) -> str:
        """Write a node object and what hangs on it; return its term."""
        identifier = node.get("@id")
        subject = self._resource(identifier) if isinstance(identifier, str) else self._fresh()
        for name in cast(list[str], node.get("@type", [])):
            self._emit(subject, f"<{RDF}type>", self._resource(name), graph)
        for item in cast(list[JSONObject], node.get("@graph", [])):
            self._in_graph(item, subject)
        for item in cast(list[JSONObject], node.get("@included", [])):
            self.node(item, graph)
        for name, items in cast(dict[str, list[JSONObject]], node.get("@reverse", {})).items():
            for item in items:
                self._emit(self.node(item, graph), self._resource(name), subject, graph)
        if not _WRITTEN.issuperset(name for name in node if name.startswith("@")):
            raise DocumentError.at("", "has keywords where they say nothing", CODE)
        for name in sorted(name for name in node if not name.startswith("@")):
            predicate = self._resource(name)
            for item in cast(list[JSONObject], node[name]):
                self._emit(subject, predicate, self._object(item, graph), graph)
        return subject

    def _in_graph(self, item: JSONObject, graph: str) -> None:
        before = len(self.quads)
        self.node(item, graph)
        if len(self.quads) == before:
            raise DocumentError.at("", "names something in a graph of its own, and says nothing of it there", CODE)

    def _object(self, item: JSONObject, graph: str) -> str:
        if "@value" in item:
            return literal(item)
        if "@list" in item:
            return self._list(cast(list[JSONObject], item["@list"]), graph)
        return self.node(item, graph)

    def _list(self, items: list[JSONObject], graph: str) -> str:
        """List to RDF conversion (§8.3)."""
        rest = f"<{RDF}nil>"
        nodes = [self._fresh() for _ in items]
        for index, item in enumerate(items):
            self._emit(nodes[index], f"<{RDF}first>", self._object(item, graph), graph)
            following = nodes[index + 1] if index + 1 < len(items) else rest
            self._emit(nodes[index], f"<{RDF}rest>", following, graph)
        return nodes[0] if nodes else rest


def _iri(text: object) -> str:
    """Write an IRI; this is the last gate, since a bracket in it would write statements of its own."""
    if not isinstance(text, str) or not IRI.fullmatch(text):
        raise DocumentError.at("", "has a context that makes names which are not URLs", CODE)
    return f"<{text}>"


def literal(item: JSONObject) -> str:
    """Object to RDF conversion of a value object (§8.2.2)."""
    value, datatype = item["@value"], cast("str | None", item.get("@type"))
    language, direction = item.get("@language"), item.get("@direction")
    if datatype == "@json":
        return _typed(json_canonicalize(value).decode(), RDF + "JSON")
    if isinstance(value, bool):
        return _typed("true" if value else "false", datatype or XSD + "boolean")
    if isinstance(value, int | float):
        return number(value, datatype)
    text = str(value)
    if language is not None and not LANGUAGE.fullmatch(str(language)):
        raise DocumentError.at("", "has a context with a language that is not a language tag", CODE)
    if direction is not None:
        # The JavaScript suites sign base directions as i18n datatypes (§8.2.2 step 13.2).
        return _typed(text, f"https://www.w3.org/ns/i18n#{language or ''}_{direction}")
    if language is None:
        return _typed(text, datatype or XSD + "string")
    return f'"{text.translate(ESCAPES)}"@{language}'


def number(value: float, datatype: str | None) -> str:
    """Write a native number (§8.2.2 steps 10 and 11)."""
    whole = isinstance(value, int) or value.is_integer()
    if not whole or abs(value) >= 1e21 or datatype == XSD + "double":
        return _typed(_canonical_double(float(value)), datatype or XSD + "double")
    return _typed(str(int(value)), datatype or XSD + "integer")


def _typed(text: str, datatype: str) -> str:
    quoted = f'"{text.translate(ESCAPES)}"'
    return quoted if datatype == XSD + "string" else f"{quoted}^^{_iri(datatype)}"


def _canonical_double(value: float) -> str:
    """Write a double as its canonical lexical form (§8.2.2 step 11; XML Schema Part 2 §3.2.5.2)."""
    mantissa, exponent = f"{value:.15E}".split("E")
    digits = mantissa.rstrip("0")
    return f"{digits}{'0' if digits.endswith('.') else ''}E{int(exponent)}"
