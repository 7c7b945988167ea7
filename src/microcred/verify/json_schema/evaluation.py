"""Apply schemas to values in counted steps (JSON Schema Core §7). It stops at the first thing that is wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from microcred.json import JSONObject, JSONValue
from microcred.verify.json_schema.assertions import ASSERTIONS, Assert, invalid
from microcred.verify.json_schema.dialects import Dialect
from microcred.verify.json_schema.documents import Library, Resource
from microcred.verify.json_schema.work import UndecidedError, Work
from microcred.verify.report import Code

__all__ = ["Evaluation", "Lead", "Place", "Scope", "Seen", "Step", "Word", "Wrong", "too_deep"]


# What applying a schema costs, before it says anything.
_APPLYING = 3
_LOOK_BACK = frozenset(["unevaluatedItems", "unevaluatedProperties"])


class Place(NamedTuple):
    """Where in the value."""

    outer: Place | None
    name: str | int
    depth: int

    def below(self, name: str | int) -> Place:
        """Return the place of a member or an item."""
        return Place(self, name, self.depth + 1)


class Scope(NamedTuple):
    """The schema that is being applied, and those that led to it (Core §7.1)."""

    resource: Resource
    outer: Scope | None


class Wrong(NamedTuple):
    """What is wrong with a value."""

    place: Place
    words: str
    """A sentence with the member in front of it."""


@dataclass(slots=True)
class Seen:
    """What of a value some schema was about, for those that are about the rest (Core §11)."""

    names: set[str] = field(default_factory=set)
    items: int = 0
    """How many from the first on."""
    indexes: set[int] = field(default_factory=set)

    def add(self, other: Seen) -> None:
        """Take over what another schema was about."""
        self.names |= other.names
        self.items = max(self.items, other.items)
        self.indexes |= other.indexes


@dataclass(slots=True)
class Step:
    """A schema as it is applied to a value."""

    schema: JSONObject
    instance: JSONValue
    place: Place
    scope: Scope
    seen: Seen | None


def too_deep() -> UndecidedError:
    """Return the error of a schema that does not come to an end."""
    return UndecidedError("the schema leads too deep, or in circles", Code.TOO_COMPLEX)


Lead: TypeAlias = Callable[["Evaluation", JSONValue, Step], Wrong | None]
"""Does what a word of a schema says, given what the schema has there."""


class Word(NamedTuple):
    """A word of schemas that leads into the value, or into other schemas."""

    takes: tuple[type, ...]
    """The types of what the schema has there."""
    generations: range
    """The generations that have it."""
    lead: Lead


class _Plan(NamedTuple):
    """What to do about a schema."""

    asserts: tuple[tuple[JSONValue, Assert], ...]
    leads: tuple[tuple[JSONValue, Lead], ...]
    looks_back: bool
    """Whether it says something about the rest of the value."""


class Evaluation:
    """One value, held against schemas."""

    def __init__(self, words: Mapping[str, Word], library: Library, work: Work) -> None:
        """Take what is needed.

        Args:
            words: The words of schemas beside the assertions, in the order in which they are looked at.
            library: What schemas may refer to.
            work: What all this may take.
        """
        self.library = library
        self.work = work
        self._words = words
        self._depth = 0

    def apply(
        self, schema: JSONValue, scope: Scope, instance: JSONValue, place: Place, seen: Seen | None
    ) -> Wrong | None:
        """Apply a schema to a value; note in ``seen`` what of the value it is about."""
        self.work.spend(_APPLYING)
        if isinstance(schema, bool):
            return None if schema else Wrong(place, "is not allowed by the schema")
        if not isinstance(schema, dict):
            raise invalid()
        resource = scope.resource.document.owner(schema, scope.resource)
        if resource is not scope.resource:
            scope = Scope(resource, scope)
        self._depth += 1
        if self._depth > self.work.depth:
            raise too_deep()
        plan = self._plan(schema, resource)
        self.work.spend(len(plan.asserts) + len(plan.leads))
        wrong = self._asserted(plan, instance, place, resource.dialect)
        if wrong is None and plan.leads:
            own = Seen() if plan.looks_back else seen
            wrong = self._led(plan, Step(schema, instance, place, scope, own))
            if plan.looks_back and seen is not None and own is not None:
                self._note(seen, own)
        self._depth -= 1
        return wrong

    def _asserted(self, plan: _Plan, instance: JSONValue, place: Place, dialect: Dialect) -> Wrong | None:
        for value, check in plan.asserts:
            words = check(value, instance, self.work, dialect)
            if words:
                return Wrong(place, words)
        return None

    def _led(self, plan: _Plan, step: Step) -> Wrong | None:
        for value, lead in plan.leads:
            wrong = lead(self, value, step)
            if wrong is not None:
                return wrong
        return None

    def _note(self, seen: Seen, more: Seen) -> None:
        self.work.spend(len(more.names) + len(more.indexes))
        seen.add(more)

    def inside(self, schema: JSONValue, step: Step, name: str | int, value: JSONValue) -> Wrong | None:
        """Apply a schema to what is inside the value."""
        return self.apply(schema, step.scope, value, step.place.below(name), None)

    def here(self, schema: JSONValue, step: Step, seen: Seen | None) -> Wrong | None:
        """Apply another schema to the same value."""
        return self.apply(schema, step.scope, step.instance, step.place, seen)

    def attempt(self, schema: JSONValue, step: Step) -> Wrong | None:
        """Apply another schema to the same value; what it is about counts only if the value follows it."""
        seen = None if step.seen is None else Seen()
        found = self.here(schema, step, seen)
        if found is None and seen is not None and step.seen is not None:
            self._note(step.seen, seen)
        return found

    def matches(self, pattern: str, text: str, step: Step) -> bool:
        """Tell whether a pattern of the schema matches a text."""
        return step.scope.resource.document.pattern(pattern, self.work).found_in(text, self.work)

    def _plan(self, schema: JSONObject, resource: Resource) -> _Plan:
        plans = resource.document.plans
        found = plans.get(id(schema))
        if not isinstance(found, _Plan):
            found = plans[id(schema)] = self._made(schema, resource.dialect)
        return found

    def _made(self, schema: JSONObject, dialect: Dialect) -> _Plan:
        if dialect.lone_references and "$ref" in schema:
            schema = {"$ref": schema["$ref"]}
        asserts = [
            (_taken(schema[name], assertion.takes), assertion.check)
            for name, assertion in ASSERTIONS.items()
            if name in schema and dialect.number >= assertion.since
        ]
        leads = [
            (_taken(schema[name], word.takes), word.lead)
            for name, word in self._words.items()
            if name in schema and dialect.number in word.generations
        ]
        looks_back = dialect.number > 7 and not _LOOK_BACK.isdisjoint(schema)
        return _Plan(tuple(asserts), tuple(leads), looks_back)


def _taken(value: JSONValue, types: tuple[type, ...]) -> JSONValue:
    """Return what a schema has under a word. Not all of a schema was held against its own schema."""
    if not isinstance(value, types) or (isinstance(value, bool) and bool not in types and object not in types):
        raise invalid()
    return value
