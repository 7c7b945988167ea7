"""Contexts to term tables, once: JSON-LD 1.1 Processing Algorithms and API §4.1 and §4.2.

What this does not implement, and what is an error, raises ``Refused``; the reference path then answers.
"""

from __future__ import annotations

import hashlib
import marshal
from copy import deepcopy

from microcred.json import JSONObject, JSONValue, copy
from microcred.jsonld import contexts as pinned
from microcred.jsonld.loader import Contexts, words
from microcred.jsonld.quads import IRI
from microcred.jsonld.tables import EMPTY, KEYWORDS, RESERVED, Kind, Refused, Table, Term, make_term
from microcred.limits import DEFAULT_LIMITS, Limits

__all__ = ["Compiler"]

_GEN_DELIMS = tuple(":/?#[]@")
_CONTAINERS = frozenset(["@list", "@set", "@index", "@language", "@graph", "@id", "@type"])
_OF_A_TERM = frozenset(
    [
        *("@id", "@type", "@container", "@context", "@language", "@direction", "@prefix", "@protected"),
    ]
)
_OF_A_CONTEXT = frozenset(["@version", "@base", "@vocab", "@language", "@direction", "@protected"])
# A table costs as much as its definitions, and a little for the copy of its parent.
_COPY = 16
# So many terms' worth takes a context without terms.
_CONTEXT = 10
# Prefixes of prefixes would make endless IRIs of a short context.
_MAX_IRI = 2048
_IRI = 64
# Some 50 MB.
_MAX_STORED_TERMS = 500_000


class _Store:
    """What was compiled: bounded by the number of its terms, and cleared when it is full."""

    def __init__(self) -> None:
        self._entries: dict[object, tuple[Table, tuple[str, ...]]] = {}
        self._size = 0

    def get(self, key: object) -> tuple[Table, tuple[str, ...]] | None:
        return self._entries.get(key)

    def put(self, key: object, table: Table, types: tuple[str, ...] = (), characters: int = 0) -> None:
        if self._size > _MAX_STORED_TERMS:
            self._entries.clear()
            self._size = 0
        # The texts of a context live in its terms.
        self._size += 16 + len(table.terms) + characters // 16
        self._entries[key] = table, types


_store = _Store()


class Compiler:
    """Makes tables under one set of context documents; ones that were made before come from a store."""

    def __init__(self, contexts: Contexts, limits: Limits) -> None:
        self._contexts = contexts
        self._max_contexts = limits.max_contexts
        self.max_cost = limits.max_context_terms
        self.digest = _digest(contexts) if contexts else b""
        """Of what was given beside the pinned contexts: what one caller gives must not reach another by its URL."""
        if limits is not DEFAULT_LIMITS:
            self.digest += f"{self._max_contexts} {self.max_cost}".encode()

    def embedded(self, table: Table, context: JSONValue) -> Table:
        """Apply the context of a node object (§5.1.2 step 9)."""
        try:
            frozen = marshal.dumps(context, 0)
        except ValueError:
            raise Refused("a context that is not plain JSON") from None
        key = (table.serial, self.digest, frozen)
        found = _store.get(key)
        if found is not None:
            return found[0]
        # A copy, since the caller may go on to change what the terms would refer to.
        made = self._process(table, marshal.loads(frozen), override=False, trusted=False, remote=())  # noqa: S302
        _store.put(key, made, characters=len(frozen))
        return made

    def property_scoped(self, table: Table, term: Term) -> Table:
        """Apply the context of a property (§5.1.2 step 8)."""
        key = (table.serial, self.digest, term.serial)
        found = _store.get(key)
        if found is not None:
            return found[0]
        made = self._process(table, term.context, override=True, trusted=term.trusted, remote=())
        if made.terms.get(term.name, term) is not term or (made.previous is not None and term.name not in made.terms):
            # PyLD applies the context twice, and would take the second one's.
            raise Refused("a property whose context redefines it")
        _store.put(key, made)
        return made

    def type_scoped(self, table: Table, types: tuple[str, ...]) -> tuple[Table, tuple[str, ...]]:
        """Apply the contexts of types (§5.1.2 step 11), and expand the types.

        Returns:
            The table for the other members, and the types as N-Quads terms; one that is not an IRI is the empty text.
        """
        key = (table.serial, self.digest, types)
        found = _store.get(key)
        if found is not None:
            return found
        made, cost = table, 0
        for name in sorted(set(types)):
            term = table.terms.get(name)
            if term is not None and term.scoped:
                if made is table and made.previous is None:
                    made = made.copy()
                    made.previous = table
                made = self._process(made, term.context, override=False, trusted=term.trusted, remote=())
                cost += made.cost
                if made.previous is None or cost > self.max_cost:
                    raise Refused("a type whose context begins anew, or too many")
        if made is not table:
            made.cost = cost
            if made.aliases != table.aliases:
                raise Refused("a type whose context has other keywords")
        iris = (table.expand(name, vocab=True) for name in types)
        found = made, tuple(f"<{iri}>" if iri is not None and IRI.fullmatch(iri) else "" for iri in iris)
        if len(types) <= self._max_contexts:
            _store.put(key, *found, characters=3 * sum(map(len, types)))
        return found

    def _process(
        self, table: Table, context: JSONValue, *, override: bool, trusted: bool, remote: tuple[str, ...]
    ) -> Table:
        """Process a local context (§4.1.2)."""
        entries = context if isinstance(context, list) else [context]
        if len(entries) > self._max_contexts or len(remote) > self._max_contexts:
            raise Refused("too many contexts")
        made, cost = table, 0
        for entry in entries:
            if entry is None:
                # Step 5.1.
                if not override and any(term.protected for term in made.terms.values()):
                    raise Refused("nullification of protected terms")
                made = EMPTY
            elif isinstance(entry, str):
                # Step 5.2.
                if entry in remote:
                    raise Refused("contexts that include each other")
                document, ours = self._find(entry)
                made = self._process(
                    made, document.get("@context"), override=override, trusted=ours, remote=(*remote, entry)
                )
            elif isinstance(entry, dict):
                made = _Definitions(self, made, entry, override=override, trusted=trusted, remote=remote).run()
            else:
                raise Refused("not a context")
            cost += made.cost
            if cost > self.max_cost:
                raise Refused("too many contexts")
        if made is not table and made is not EMPTY:
            made.cost = cost
        return made

    def _find(self, url: str) -> tuple[JSONObject, bool]:
        document = pinned.load(url)
        if document is not None:
            return document, True
        found = self._contexts.get(url)
        if not isinstance(found, dict) or "@context" not in found:
            raise Refused("unknown context")
        return deepcopy(found), False

    def validate(self, table: Table, term: Term, remote: tuple[str, ...]) -> int:
        """Make sure that a scoped context can be used (§4.2.2 step 21); return the work."""
        if isinstance(term.context, str) and term.context in remote:
            return 0
        return self._process(table, term.context, override=True, trusted=term.trusted, remote=remote).cost


def _digest(contexts: Contexts) -> bytes:
    try:
        frozen = marshal.dumps(dict(contexts), 0)
    except ValueError:
        # What callers compose may be of subclasses.
        frozen = marshal.dumps(copy(dict(contexts)), 0)
    return hashlib.sha256(frozen).digest()


class _Definitions:
    """One context object, applied to a table (§4.1.2 steps 5.5 to 5.13)."""

    def __init__(
        self,
        compiler: Compiler,
        table: Table,
        context: JSONObject,
        *,
        override: bool,
        trusted: bool,
        remote: tuple[str, ...],
    ) -> None:
        self._compiler = compiler
        self._context = context
        self._override = override
        self._trusted = trusted
        self._remote = remote
        self._table = table.copy()
        self._defined: dict[str, bool] = {}
        self._cost = _CONTEXT + len(table.terms) // _COPY

    def run(self) -> Table:
        context, table = self._context, self._table
        self._check()
        if "@vocab" in context:
            table.vocab = self._vocab(context["@vocab"])
        if "@language" in context:
            table.language = _lower(context["@language"])
        for name, value in context.items():
            if name[:1] != "@":
                self._define(name, override=self._override)
                if isinstance(value, dict) and "@context" in value and not self._trusted:
                    self._cost += self._compiler.validate(table, table.terms[name], self._remote)
                if self._cost > self._compiler.max_cost:
                    raise Refused("too many terms")
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
        if iri is None or not IRI.fullmatch(iri):
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
