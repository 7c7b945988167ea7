"""One context object, applied to a table: JSON-LD 1.1 Processing Algorithms and API §4.1.2 steps 5.5 to 5.13, and §4.2.

What this does not implement, and what is an error, raises ``Refused``; the reference path then answers.
"""

from __future__ import annotations

from collections.abc import Callable

from microcred.json import JSONObject, JSONValue
from microcred.jsonld.loader import words
from microcred.jsonld.quads import IRI
from microcred.jsonld.tables import KEYWORDS, RESERVED, Kind, Refused, Table, Term, make_term

__all__ = ["Definitions"]

_GEN_DELIMS = tuple(":/?#[]@")
_CONTAINERS = frozenset(["@list", "@set", "@index", "@language", "@graph", "@id", "@type"])
_OF_A_TERM = frozenset(
    ["@id", "@type", "@container", "@context", "@language", "@direction", "@prefix", "@protected"],
)
_OF_A_CONTEXT = frozenset(["@version", "@base", "@vocab", "@language", "@direction", "@protected"])
# A table costs as much as its definitions, and a little for the copy of its parent.
_COPY = 16
# So many terms' worth takes a context without terms.
_CONTEXT = 10
# Prefixes of prefixes would make endless IRIs of a short context.
_MAX_IRI = 2048
_IRI = 64


class Definitions:
    """The definitions of one context object."""

    def __init__(
        self,
        table: Table,
        context: JSONObject,
        *,
        override: bool,
        trusted: bool,
        validate: Callable[[Table, Term, int], int],
    ) -> None:
        """Take what a context object is applied to.

        Args:
            table: The table before.
            context: The context object; untrusted, and not to be changed any more.
            override: Whether protected terms may be redefined.
            trusted: Whether it ships with the package.
            validate: Makes sure that the scoped context of a term can be used, and that the work up to there is not
                too much; returns the work.
        """
        self._context = context
        self._override = override
        self._trusted = trusted
        self._validate = validate
        self._table = table.copy()
        self._defined: dict[str, bool] = {}
        self._cost = _CONTEXT + len(table.terms) // _COPY

    def run(self) -> Table:
        """Return the table with the terms of the context."""
        context, table = self._context, self._table
        self._check()
        if "@vocab" in context:
            table.vocab = self._vocab(context["@vocab"])
        if "@language" in context:
            table.language = _lower(context["@language"])
        for name, value in context.items():
            if name[:1] != "@":
                self._define(name, override=self._override)
                scoped = isinstance(value, dict) and "@context" in value and not self._trusted
                self._cost += self._validate(table, table.terms[name], self._cost) if scoped else 0
        table.seal()
        table.cost = self._cost
        return table

    def _check(self) -> None:
        """Leave to others what is not implemented, and what PyLD trips over."""
        context = self._context
        if not self._trusted and any(_is_reserved(word) for word in words(context)):
            raise Refused("words that JSON-LD reserves")
        for name in context:
            if name[:1] == "@" and name not in _OF_A_CONTEXT:
                raise Refused("a keyword in a context")
        if context.get("@version", 1.1) != 1.1 or context.get("@base") is not None or "_uuid" in context:
            raise Refused("another version, or a base")
        if context.get("@direction") is not None:
            # PyLD and the JavaScript of other verifiers lose it on the way.
            raise Refused("a default direction")
        if context.get("@protected", True) is not True:
            raise Refused("a context that says it does not protect")

    def _vocab(self, value: JSONValue) -> str | None:
        if value is None:
            return None
        if not isinstance(value, str) or len(value) > _MAX_IRI or not IRI.fullmatch(value):
            raise Refused("a vocabulary that is not a full URL")
        if self._table.expand(value, vocab=True) != value:
            raise Refused("a vocabulary that is a term")
        return value

    def _expand(self, value: str) -> str | None:
        """Expand an IRI while terms are being defined (§5.2.2 steps 3 and 6.3)."""
        for name in (value, value.partition(":")[0]):
            if name in self._context and name[:1] != "@" and not self._defined.get(name):
                self._define(name)
        return self._table.expand(value, vocab=True)

    def _define(self, name: str, *, override: bool = False) -> None:
        """Create a term definition (§4.2.2)."""
        # Steps 1 and 2.
        if self._defined.get(name):
            return
        if name in self._defined or name[:1] in ("", ":"):
            raise Refused("a cycle, or a term without a name")
        self._defined[name] = False
        # Steps 6 to 9.
        previous = self._table.terms.pop(name, None)
        self._table.aliases.pop(name, None)
        value = self._context[name]
        definition: JSONValue = {"@id": value} if isinstance(value, str) or value is None else value
        if not isinstance(definition, dict) or not _OF_A_TERM.issuperset(definition):
            raise Refused("not a term definition")
        iri, prefix = self._iri(name, definition, simple=definition is not value)
        term = make_term(
            name,
            iri,
            definition,
            type_=self._type(definition),
            container=_container(definition),
            language=_lower(definition.get("@language")),
            prefix=prefix,
            protected=_flag(definition.get("@protected", "@protected" in self._context)),
            trusted=self._trusted,
        )
        _direction(definition.get("@direction"))
        if "@type" in term.container or (term.scoped and term.kind is Kind.KEYWORD):
            raise Refused("a type map, or a keyword with a context")
        # Step 27.
        if previous is not None and previous.protected and not override:
            if not previous.says_the_same(term):
                raise Refused("a protected term is redefined")
            term = previous
        if len(iri or "") > _MAX_IRI:
            raise Refused("a term whose IRI is too long")
        # Step 28.
        self._table.terms[name] = term
        self._cost += 1 + len(iri or "") // _IRI
        if iri is not None and iri in KEYWORDS:
            self._table.aliases[name] = iri
        self._defined[name] = True

    def _type(self, definition: JSONObject) -> str | None:
        """Return the type mapping (step 12)."""
        if "@type" not in definition:
            return None
        value = definition["@type"]
        if value in ("@id", "@vocab", "@json", "@none"):
            return value
        iri = self._expand(value) if isinstance(value, str) else None
        if iri is None or len(iri) > _MAX_IRI or not IRI.fullmatch(iri):
            raise Refused("a type that is not a URL")
        return iri

    def _iri(self, name: str, definition: JSONObject, *, simple: bool) -> tuple[str | None, bool]:
        """Return the IRI mapping and whether it serves as a prefix (steps 14 to 18 and 25)."""
        value = definition.get("@id", name)
        if value is None and "@prefix" not in definition:
            return None, False
        if not isinstance(value, str):
            raise Refused("an IRI mapping that is not text")
        prefix = False
        if value != name:
            iri = self._expand(value)
            if iri is None or not (IRI.fullmatch(iri) or iri in KEYWORDS) or iri in ("@context", "@json", "@none"):
                raise Refused("an IRI mapping that is not a URL")
            if (":" in name[1:] or "/" in name) and self._as_it_stands(name) != iri:
                raise Refused("a term in the form of an IRI that means another")
            prefix = simple and ":" not in name and iri.endswith(_GEN_DELIMS)
        else:
            iri = self._by_name(name)
        if "@prefix" in definition:
            prefix = _flag(definition["@prefix"])
            if ":" in name or "/" in name or iri in KEYWORDS:
                raise Refused("a compact IRI as a prefix")
        return iri, prefix

    def _as_it_stands(self, name: str) -> str | None:
        """Expand a term that has the form of an IRI, without its own definition (step 14.2.4)."""
        prefix = name.partition(":")[0]
        if prefix in self._context and prefix != name and not self._defined.get(prefix):
            self._define(prefix)
        return self._table.expand(name, vocab=True)

    def _by_name(self, name: str) -> str:
        """Return the IRI of a term that names none (steps 15 to 18)."""
        prefix, colon, suffix = name.partition(":")
        if colon and prefix:
            if prefix in self._context and not self._defined.get(prefix):
                self._define(prefix)
            term = self._table.terms.get(prefix)
            if term is None:
                return name
            if term.iri is None or term.iri in KEYWORDS:
                raise Refused("a prefix that means nothing")
            return term.iri + suffix
        if self._table.vocab is None or "/" in name or ":" in name:
            raise Refused("a term without an IRI")
        return self._table.vocab + name


def _is_reserved(word: str) -> bool:
    return word[:1] == "@" and word not in KEYWORDS and word != "@prefix" and RESERVED.fullmatch(word) is not None


def _flag(value: JSONValue) -> bool:
    if not isinstance(value, bool):
        raise Refused("not true or false")
    return value


def _lower(value: JSONValue) -> str | None:
    if value is not None and not isinstance(value, str):
        raise Refused("a language that is not text")
    return value.lower() if value is not None else None


def _direction(value: JSONValue) -> str | None:
    if value not in (None, "ltr", "rtl"):
        raise Refused("not a direction")
    return value


def _container(definition: JSONObject) -> tuple[str, ...]:
    """Return the container mapping (step 19)."""
    value = definition.get("@container")
    names = [] if value is None else value if isinstance(value, list) else [value]
    container = tuple(name for name in names if isinstance(name, str) and name in _CONTAINERS)
    if len(container) != len(names) or ("@container" in definition and not container):
        raise Refused("not a container")
    others = set(container) - {"@set"}
    together = others <= {"@graph", "@id", "@index"} if "@graph" in others else len(others) <= 1
    if not together or ("@list" in others and len(container) > 1):
        raise Refused("containers that exclude each other")
    return container
