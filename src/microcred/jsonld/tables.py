"""Terms and tables: what a context says, ready for use (JSON-LD 1.1 Processing Algorithms and API §4.1, §5.2).

A table is what the algorithms call an active context. It does not change after it was made, and the work that each use
of a term would repeat is done beforehand.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, IntEnum
from types import MappingProxyType
from typing import Final, cast

from microcred.json import JSONObject, JSONValue
from microcred.jsonld.names import NAMES
from microcred.jsonld.quads import IRI, XSD

__all__ = ["EMPTY", "KEYWORDS", "RESERVED", "TEXT", "UNSET", "Kind", "Refused", "Table", "Term", "make_term", "only"]

RESERVED = re.compile("@[A-Za-z]+")
"""Words that JSON-LD keeps for itself, be they keywords or not."""
# What PyLD takes for an absolute IRI.
_ABSOLUTE = re.compile(r"(?:[A-Za-z][A-Za-z0-9+-.]*|_):\S*")
# The keywords that an object may have as members.
_MEMBERS = frozenset(
    [
        *("@id", "@type", "@value", "@language", "@direction", "@index", "@list", "@set", "@graph", "@included"),
        *("@nest", "@reverse"),
    ]
)
KEYWORDS = frozenset(
    [
        *(*_MEMBERS, "@base", "@container", "@context", "@import", "@json", "@none", "@propagate"),
        *("@protected", "@version", "@vocab"),
    ]
)
"""The keywords (JSON-LD 1.1 §1.7)."""
TEXT = frozenset(["@value", "@language", "@direction"])
"""What a text may have: its meaning is the same whether the context of a type ends at it, as some hold, or not."""
_NOTHING: Mapping[str, JSONValue] = MappingProxyType({})
_serials = itertools.count()


class Refused(Exception):  # noqa: N818 - no error: somebody else answers
    """Say that something is not implemented here, or is an error that the reference path explains."""


class Unset(Enum):
    """Stands for a language that a term says nothing about, so that the default holds."""

    UNSET = "unset"


UNSET: Final = Unset.UNSET


class Kind(IntEnum):
    """What to do with the values of a term."""

    SKIP = 0
    """``@id``, ``@type`` and ``@context``, which are dealt with before the other members."""
    LITERAL = 1
    """Text becomes a literal with the suffix of the term."""
    ID = 2
    """Text becomes an IRI."""
    VOCAB = 3
    """Text becomes an IRI, and may be a term."""
    OTHER = 4
    """A container, a language, a scoped context …: the long way."""
    UNDEFINED = 5
    """No context says what it means."""
    KEYWORD = 6
    """A keyword that makes its object something else than a plain node."""


_KINDS = {"@id": Kind.ID, "@vocab": Kind.VOCAB, "@json": Kind.OTHER, "@none": Kind.OTHER}


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """A term definition (§4.2)."""

    name: str
    iri: str | None
    kind: Kind
    predicate: str = ""
    """The IRI as an N-Quads term."""
    suffix: str = ""
    """What follows the text of a literal."""
    type: str | None = None
    """The type mapping."""
    container: tuple[str, ...] = ()
    language: str | Unset | None = UNSET
    direction: str | None = None
    has_direction: bool = False
    """Whether it says something about the direction, be it null."""
    prefix: bool = False
    protected: bool = False
    scoped: bool = False
    """Whether there is a scoped context."""
    context: JSONValue = None
    """The scoped context."""
    alias_of: str | None = None
    """The only name that its IRI may have in secured documents, when this is another."""
    trusted: bool = False
    """Whether the scoped context ships with the package, and so needs no validation."""
    serial: int = field(default_factory=lambda: next(_serials))

    def says_the_same(self, other: Term) -> bool:
        """Tell whether two definitions are equal but for their protection (§4.2.2 step 27)."""
        return self._said() == other._said()

    def _said(self) -> tuple[object, ...]:
        mappings = (self.iri, self.type, self.container, self.language, self.direction, self.has_direction, self.prefix)
        return (*mappings, self.scoped, self.context)


class Table:
    """An active context (§4.1)."""

    __slots__ = (
        "_names", "aliases", "cost", "id_names", "language", "previous", "serial", "special", "terms",
        "type_names", "vocab",
    )  # fmt: skip

    def __init__(
        self, terms: dict[str, Term], aliases: dict[str, str], vocab: str | None, previous: Table | None
    ) -> None:
        self.terms = terms
        self.aliases = aliases
        """Name to keyword."""
        self.vocab = vocab
        self.language: str | None = None
        self.previous = previous
        """What nested nodes go back to, when a type's context made this table."""
        self.cost = 0
        """The work that it took to make."""
        self.serial = next(_serials)
        self.id_names: tuple[str, ...] = ()
        self.type_names: tuple[str, ...] = ()
        self._names: dict[str, str] | None = None
        self.special: frozenset[str] = frozenset()
        """The names that make an object something else than a plain node."""

    def seal(self) -> None:
        """Work out what follows from the terms."""
        by_keyword: dict[str, list[str]] = {}
        for name, keyword in self.aliases.items():
            by_keyword.setdefault(keyword, []).append(name)
        self.id_names = tuple(by_keyword.pop("@id"))
        self.type_names = tuple(by_keyword.pop("@type"))
        by_keyword.pop("@context")
        self.special = frozenset(name for names in by_keyword.values() for name in names)

    def copy(self) -> Table:
        """Return a table that can still be changed."""
        table = Table(self.terms.copy(), self.aliases.copy(), self.vocab, self.previous)
        table.language = self.language
        table.id_names, table.type_names, table.special = self.id_names, self.type_names, self.special
        return table

    def plain_name(self, name: str) -> str:
        """Return ``id`` or ``type`` where another name of that keyword is given; empty otherwise."""
        keyword = self.aliases[name]
        plain = keyword.removeprefix("@")
        return plain if plain != name and self.aliases.get(plain) == keyword else ""

    def expand(self, value: str, *, vocab: bool) -> str | None:
        """Expand an IRI (§5.2.2), without a base."""
        if value[:1] == "@" and RESERVED.fullmatch(value):
            return value if value in KEYWORDS else None
        if vocab:
            term = self.terms.get(value)
            if term is not None:
                return term.iri
        colon = value.find(":")
        if colon > 0:
            if value.startswith("//", colon + 1) or value[:colon] == "_":
                return value
            prefix = self.terms.get(value[:colon])
            if prefix is not None and prefix.prefix:
                return f"{prefix.iri}{value[colon + 1 :]}"
        if vocab and self.vocab is not None and (colon <= 0 or not _ABSOLUTE.fullmatch(value)):
            return self.vocab + value
        return value

    def keeps(self, term: Term) -> bool:
        """Tell whether a term of another table means the same in this one."""
        found = self.terms.get(term.name)
        return found is term or (found is None and term.kind is Kind.LITERAL and term.type is None)

    def name_of(self, iri: str | None) -> str | None:
        """Return the term for an IRI, if there is one."""
        if self._names is None:
            self._names = {term.iri: name for name, term in self.terms.items() if term.iri is not None}
        return self._names.get(iri or "")

    def term(self, name: str) -> Term:
        """Return what a member name means that is no term: a full or compact IRI, or a word under ``@vocab``."""
        iri = self.expand(name, vocab=True)
        return make_term(name, iri)


def _kind(iri: str | None, type_: str | None, definition: Mapping[str, JSONValue]) -> Kind:
    """Say what to do with the values of a term."""
    if iri in ("@id", "@type"):
        return Kind.SKIP
    if iri in KEYWORDS:
        return Kind.KEYWORD
    if iri is None or not IRI.fullmatch(iri):
        return Kind.UNDEFINED
    plain = definition.get("@container") in (None, "@set", ["@set"]) and "@context" not in definition
    if type_ is None:
        plain = plain and "@language" not in definition and "@direction" not in definition
    return _KINDS.get(type_ or "", Kind.LITERAL) if plain else Kind.OTHER


def make_term(
    name: str,
    iri: str | None,
    definition: Mapping[str, JSONValue] = _NOTHING,
    *,
    type_: str | None = None,
    container: tuple[str, ...] = (),
    language: str | None = None,
    prefix: bool = False,
    protected: bool = False,
    trusted: bool = False,
) -> Term:
    """Make a term, with what can be known of it beforehand."""
    kind = _kind(iri, type_, definition)
    datatype = None if type_ in ("@id", "@vocab", "@json", "@none") else type_
    canonical = NAMES.get(iri) if iri is not None else None
    return Term(
        name=name,
        iri=iri,
        kind=kind,
        predicate=f"<{iri}>",
        suffix='"' if datatype in (None, XSD + "string") else f'"^^<{datatype}>',
        type=type_,
        container=container,
        language=language if "@language" in definition and "@type" not in definition else UNSET,
        direction=cast("str | None", definition.get("@direction")),
        has_direction="@direction" in definition,
        prefix=prefix,
        protected=protected,
        scoped="@context" in definition,
        context=definition.get("@context"),
        alias_of=canonical if canonical != name else None,
        trusted=trusted,
    )


def _initial() -> Table:
    terms: dict[str, Term] = {"@context": Term("@context", "@context", Kind.SKIP)}
    terms |= {keyword: make_term(keyword, keyword) for keyword in sorted(_MEMBERS)}
    table = Table(terms, {name: name for name in terms}, None, None)
    table.seal()
    return table


EMPTY = _initial()
"""The initial context."""


def only(element: JSONObject, names: tuple[str, ...]) -> str:
    """Return the name by which an object has a keyword; empty if it has it not."""
    found = [name for name in names if name in element]
    if len(found) > 1:
        raise Refused("two members for one keyword")
    return found[0] if found else ""
