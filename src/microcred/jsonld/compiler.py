"""Contexts to term tables, once: JSON-LD 1.1 Processing Algorithms and API §4.1 and §4.2.

What this does not implement, and what is an error, raises ``Refused``; the reference path then answers.
"""

from __future__ import annotations

import hashlib
import marshal
from copy import deepcopy
from functools import partial

from microcred.errors import DocumentError
from microcred.json import JSONObject, JSONValue, copy, freeze
from microcred.jsonld import contexts as pinned
from microcred.jsonld.definitions import Definitions
from microcred.jsonld.loader import Contexts
from microcred.jsonld.quads import IRI
from microcred.jsonld.rdfc import TOO_COMPLEX
from microcred.jsonld.safe_mode import Say
from microcred.jsonld.tables import EMPTY, Refused, Table, Term
from microcred.limits import DEFAULT_LIMITS, Limits

__all__ = ["Compiler"]

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
        self._max_cost = limits.max_context_terms
        self.digest = _digest(contexts) if contexts else b""
        """Of what was given beside the pinned contexts: what one caller gives must not reach another by its URL."""
        if limits is not DEFAULT_LIMITS:
            self.digest += f"{self._max_contexts} {self._max_cost}".encode()

    def embedded(self, table: Table, context: JSONValue) -> Table:
        """Apply the context of a node object (§5.1.2 step 9)."""
        try:
            frozen = freeze(context)
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
        if len(set(types)) < len(types):
            # PyLD applies its context twice.
            raise Refused("a type twice")
        made, cost = table, 0
        for name in sorted(types):
            term = table.terms.get(name)
            if term is not None and term.scoped:
                if made is table and made.previous is None:
                    made = made.copy()
                    made.previous = table
                made = self._process(made, term.context, override=False, trusted=term.trusted, remote=())
                cost += made.cost
                self._check(cost)
                if made.previous is None:
                    raise Refused("a type whose context begins anew")
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
                made = Definitions(
                    made, entry, override=override, trusted=trusted, validate=partial(self._validate, remote)
                ).run()
            else:
                raise Refused("not a context")
            cost += made.cost
            self._check(cost)
        if made is not table and made is not EMPTY:
            made.cost = cost
        return made

    def _check(self, cost: int) -> None:
        """Raise DocumentError when it takes too much work."""
        if cost > self._max_cost:
            raise DocumentError.at("", Say.TOO_MANY_CONTEXTS, TOO_COMPLEX)

    def _find(self, url: str) -> tuple[JSONObject, bool]:
        document = pinned.load(url)
        if document is not None:
            return document, True
        found = self._contexts.get(url)
        if not isinstance(found, dict) or "@context" not in found:
            raise Refused("unknown context")
        return deepcopy(found), False

    def _validate(self, remote: tuple[str, ...], table: Table, term: Term, cost: int) -> int:
        """Make sure that a scoped context can be used (§4.2.2 step 21); return the work."""
        self._check(cost)
        if isinstance(term.context, str) and term.context in remote:
            return 0
        return self._process(table, term.context, override=True, trusted=term.trusted, remote=remote).cost


def _digest(contexts: Contexts) -> bytes:
    try:
        frozen = freeze(dict(contexts))
    except ValueError:
        # What callers compose may be of subclasses.
        frozen = freeze(copy(dict(contexts)))
    return hashlib.sha256(frozen).digest()
