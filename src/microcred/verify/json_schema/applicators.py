"""What leads into a value, or to other schemas (JSON Schema Core §7, §10 and §11; Validation §6)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, cast

from microcred.json import JSONObject, JSONValue
from microcred.verify.json_schema.assertions import invalid
from microcred.verify.json_schema.documents import Node
from microcred.verify.json_schema.evaluation import Evaluation, Lead, Scope, Step, Word, Wrong

__all__ = ["WORDS"]

_NONE = "fits none of the alternatives in the schema"


# Other schemas, by reference (Core §8.2.3)


def _reference(run: Evaluation, value: JSONValue, step: Step) -> Wrong | None:
    return _apply(run, run.library.resolve(cast(str, value), step.scope.resource), step)


def _apply(run: Evaluation, node: Node, step: Step) -> Wrong | None:
    scope = step.scope
    if node.resource is not scope.resource:
        scope = Scope(node.resource, scope)
    return run.apply(node.schema, scope, step.instance, step.place, step.seen)


def _dynamic_reference(run: Evaluation, value: JSONValue, step: Step) -> Wrong | None:
    """Start as $ref does; from an anchor that is dynamic, go to the outermost one of that name (Core §8.2.3.2)."""
    reference = cast(str, value)
    node = run.library.resolve(reference, step.scope.resource)
    name = reference.partition("#")[2]
    if name in node.resource.dynamic and node.resource.anchors[name] is node.schema:
        for scope in _outwards(run, step):
            if name in scope.resource.dynamic:
                node = Node(scope.resource.anchors[name], scope.resource)
    return _apply(run, node, step)


def _recursive_reference(run: Evaluation, value: JSONValue, step: Step) -> Wrong | None:
    """Do the same in 2019-09, where only the whole schema can be referred to so (Core §8.2.4.2)."""
    node = run.library.resolve(cast(str, value), step.scope.resource)
    if _is_recursive(node.resource.root):
        for scope in _outwards(run, step):
            if _is_recursive(scope.resource.root):
                node = Node(scope.resource.root, scope.resource)
    return _apply(run, node, step)


def _is_recursive(root: JSONValue) -> bool:
    return isinstance(root, dict) and root.get("$recursiveAnchor") is True


def _outwards(run: Evaluation, step: Step) -> Iterator[Scope]:
    scope: Scope | None = step.scope
    while scope is not None:
        run.work.spend(1)
        yield scope
        scope = scope.outer


# Other schemas for the same value (Core §10.2)


def _all_of(run: Evaluation, value: JSONValue, step: Step) -> Wrong | None:
    for schema in _items(value):
        wrong = run.here(schema, step, step.seen)
        if wrong is not None:
            return wrong
    return None


def _any_of(run: Evaluation, value: JSONValue, step: Step) -> Wrong | None:
    deepest, fits = Wrong(step.place, _NONE), False
    for schema in _items(value):
        wrong = run.attempt(schema, step)
        if wrong is None:
            fits = True
            if step.seen is None:
                break
        elif wrong.place.depth > deepest.place.depth:
            deepest = wrong
    return None if fits else deepest


def _one_of(run: Evaluation, value: JSONValue, step: Step) -> Wrong | None:
    deepest, fits = Wrong(step.place, _NONE), 0
    for schema in _items(value):
        wrong = run.attempt(schema, step)
        if wrong is None:
            fits += 1
            if fits > 1:
                return Wrong(step.place, "fits more than one of the alternatives in the schema")
        elif wrong.place.depth > deepest.place.depth:
            deepest = wrong
    return None if fits else deepest


def _not(run: Evaluation, value: JSONValue, step: Step) -> Wrong | None:
    if run.here(value, step, None) is None:
        return Wrong(step.place, "is what the schema rules out")
    return None


def _if(run: Evaluation, value: JSONValue, step: Step) -> Wrong | None:
    branch = "then" if run.attempt(value, step) is None else "else"
    return run.here(step.schema[branch], step, step.seen) if branch in step.schema else None


def _dependent_schemas(run: Evaluation, value: JSONValue, step: Step) -> Wrong | None:
    for _, schema in _both(run, value, step.instance):
        wrong = run.here(schema, step, step.seen)
        if wrong is not None:
            return wrong
    return None


# Members (Core §10.3.2; Validation §6.5)


def _required(run: Evaluation, value: JSONValue, step: Step) -> Wrong | None:
    if not isinstance(step.instance, dict):
        return None
    names = _items(value)
    run.work.spend(len(names))
    for name in names:
        if not isinstance(name, str):
            raise invalid()
        if name not in step.instance:
            return Wrong(step.place.below(name), "is missing")
    return None


def _dependent_required(run: Evaluation, value: JSONValue, step: Step) -> Wrong | None:
    for _, names in _both(run, value, step.instance):
        wrong = _required(run, names, step)
        if wrong is not None:
            return wrong
    return None


def _dependencies(run: Evaluation, value: JSONValue, step: Step) -> Wrong | None:
    for _, needed in _both(run, value, step.instance):
        wrong = _required(run, needed, step) if isinstance(needed, list) else run.here(needed, step, step.seen)
        if wrong is not None:
            return wrong
    return None


def _properties(run: Evaluation, value: JSONValue, step: Step) -> Wrong | None:
    for name, schema in _both(run, value, step.instance):
        wrong = run.inside(schema, step, name, cast("JSONObject", step.instance)[name])
        if wrong is not None:
            return wrong
        if step.seen is not None:
            step.seen.names.add(name)
    return None


def _pattern_properties(run: Evaluation, value: JSONValue, step: Step) -> Wrong | None:
    if not isinstance(step.instance, dict):
        return None
    for pattern, schema in cast("JSONObject", value).items():
        for name, inner in step.instance.items():
            if not run.matches(pattern, name, step):
                continue
            wrong = run.inside(schema, step, name, inner)
            if wrong is not None:
                return wrong
            if step.seen is not None:
                step.seen.names.add(name)
    return None


def _additional_properties(run: Evaluation, value: JSONValue, step: Step) -> Wrong | None:
    if not isinstance(step.instance, dict):
        return None
    named, patterns = step.schema.get("properties", {}), step.schema.get("patternProperties", {})
    if not isinstance(named, dict) or not isinstance(patterns, dict):
        raise invalid()
    run.work.spend(len(step.instance))
    others = [
        name
        for name in step.instance
        if name not in named and not any(run.matches(pattern, name, step) for pattern in patterns)
    ]
    return _rest_of_members(run, value, step, others)


def _unevaluated_properties(run: Evaluation, value: JSONValue, step: Step) -> Wrong | None:
    if not isinstance(step.instance, dict) or step.seen is None:
        return None
    run.work.spend(len(step.instance))
    seen = step.seen.names
    return _rest_of_members(run, value, step, [name for name in step.instance if name not in seen])


def _rest_of_members(run: Evaluation, value: JSONValue, step: Step, names: list[str]) -> Wrong | None:
    for name in names:
        wrong = run.inside(value, step, name, cast("JSONObject", step.instance)[name])
        if wrong is not None:
            return wrong
    if step.seen is not None:
        step.seen.names.update(names)
    return None


def _property_names(run: Evaluation, value: JSONValue, step: Step) -> Wrong | None:
    for name in step.instance if isinstance(step.instance, dict) else ():
        if run.apply(value, step.scope, name, step.place, None) is not None:
            return Wrong(step.place.below(name), "has a name that the schema does not allow")
    return None


# Items (Core §10.3.1; in 2019-09 §9.3.1)


def _prefix_items(run: Evaluation, value: JSONValue, step: Step) -> Wrong | None:
    if not isinstance(step.instance, list):
        return None
    schemas = _items(value)
    for index, (schema, item) in enumerate(zip(schemas, step.instance, strict=False)):
        wrong = run.inside(schema, step, index, item)
        if wrong is not None:
            return wrong
    if step.seen is not None:
        step.seen.items = max(step.seen.items, len(schemas))
    return None


def _items_from(run: Evaluation, value: JSONValue, step: Step, start: int) -> Wrong | None:
    instance = step.instance
    if not isinstance(instance, list):
        return None
    for index in range(start, len(instance)):
        wrong = run.inside(value, step, index, instance[index])
        if wrong is not None:
            return wrong
    if step.seen is not None:
        step.seen.items = len(instance)
    return None


def _every_item(run: Evaluation, value: JSONValue, step: Step) -> Wrong | None:
    newest = step.scope.resource.dialect.number > 8
    if isinstance(value, list) and not newest:
        return _prefix_items(run, value, step)
    return _items_from(run, value, step, len(_items(step.schema.get("prefixItems", []))) if newest else 0)


def _additional_items(run: Evaluation, value: JSONValue, step: Step) -> Wrong | None:
    first = step.schema.get("items")
    return _items_from(run, value, step, len(first)) if isinstance(first, list) else None


def _unevaluated_items(run: Evaluation, value: JSONValue, step: Step) -> Wrong | None:
    instance, seen = step.instance, step.seen
    if not isinstance(instance, list) or seen is None:
        return None
    for index in range(seen.items, len(instance)):
        wrong = None if index in seen.indexes else run.inside(value, step, index, instance[index])
        if wrong is not None:
            return wrong
    seen.items = len(instance)
    return None


def _contains(run: Evaluation, value: JSONValue, step: Step) -> Wrong | None:
    instance = step.instance
    if not isinstance(instance, list):
        return None
    counted = step.scope.resource.dialect.number > 7
    least = step.schema.get("minContains", 1) if counted else 1
    most = step.schema.get("maxContains", len(instance)) if counted else len(instance)
    if not isinstance(least, int | float) or not isinstance(most, int | float):
        raise invalid()
    found = [index for index, item in enumerate(instance) if run.inside(value, step, index, item) is None]
    if len(found) < least:
        return Wrong(step.place, "does not hold an item that the schema asks for")
    if len(found) > most:
        return Wrong(step.place, "holds too many items of a kind")
    if step.seen is not None and step.scope.resource.dialect.number > 8:
        step.seen.indexes.update(found)
    return None


# Values that need more than themselves


def _minimum(_: Evaluation, value: JSONValue, step: Step) -> Wrong | None:
    number, least = step.instance, cast(float, value)
    if not isinstance(number, int | float) or isinstance(number, bool):
        return None
    # In draft 4, the word beside it says whether the bound itself is out.
    holds = number > least if step.schema.get("exclusiveMinimum") is True else number >= least
    return None if holds else Wrong(step.place, "is too small")


def _maximum(_: Evaluation, value: JSONValue, step: Step) -> Wrong | None:
    number, most = step.instance, cast(float, value)
    if not isinstance(number, int | float) or isinstance(number, bool):
        return None
    holds = number < most if step.schema.get("exclusiveMaximum") is True else number <= most
    return None if holds else Wrong(step.place, "is too large")


def _pattern(run: Evaluation, value: JSONValue, step: Step) -> Wrong | None:
    if not isinstance(step.instance, str) or run.matches(cast(str, value), step.instance, step):
        return None
    return Wrong(step.place, "is not written in the way that the schema asks for")


def _items(value: JSONValue) -> list[JSONValue]:
    if not isinstance(value, list):
        raise invalid()
    return value


def _both(run: Evaluation, value: JSONValue, instance: JSONValue) -> Iterator[tuple[str, JSONValue]]:
    """Return what the schema has under the names of members."""
    members = cast("JSONObject", value)
    if isinstance(instance, dict):
        run.work.spend(min(len(members), len(instance)))
        for name in members if len(members) < len(instance) else instance:
            if name in members and name in instance:
                yield name, members[name]


def _word(lead: Lead, *takes: type, since: int = 4, until: int = 9) -> Word:
    return Word(takes, range(since, until + 1), lead)


WORDS: Final[Mapping[str, Word]] = {
    "$ref": _word(_reference, str),
    "$recursiveRef": _word(_recursive_reference, str, since=8, until=8),
    "$dynamicRef": _word(_dynamic_reference, str, since=9),
    "minimum": _word(_minimum, int, float),
    "maximum": _word(_maximum, int, float),
    "pattern": _word(_pattern, str),
    "required": _word(_required, list),
    "dependentRequired": _word(_dependent_required, dict, since=8),
    "properties": _word(_properties, dict),
    "patternProperties": _word(_pattern_properties, dict),
    "additionalProperties": _word(_additional_properties, dict, bool),
    "propertyNames": _word(_property_names, dict, bool, since=6),
    "prefixItems": _word(_prefix_items, list, since=9),
    "items": _word(_every_item, dict, bool, list),
    "additionalItems": _word(_additional_items, dict, bool, until=8),
    "contains": _word(_contains, dict, bool, since=6),
    "dependencies": _word(_dependencies, dict),
    "dependentSchemas": _word(_dependent_schemas, dict, since=8),
    "allOf": _word(_all_of, list),
    "anyOf": _word(_any_of, list),
    "oneOf": _word(_one_of, list),
    "not": _word(_not, dict, bool),
    "if": _word(_if, dict, bool, since=7),
    "unevaluatedItems": _word(_unevaluated_items, dict, bool, since=8),
    "unevaluatedProperties": _word(_unevaluated_properties, dict, bool, since=8),
}
"""By their names, in the order in which they are looked at: those about the rest come last."""
