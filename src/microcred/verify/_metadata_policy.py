"""Metadata policies of OpenID Federation 1.0 §6.1: what superiors demand of an entity's metadata, and set in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, TypeAlias

from microcred.errors import DocumentError
from microcred.jcs import canonicalize
from microcred.json import JSONObject, JSONValue

__all__ = ["OPERATORS", "Policy", "PolicyError", "apply", "combine", "sets"]

_Operators: TypeAlias = dict[str, JSONValue]
Policy: TypeAlias = dict[str, dict[str, _Operators]]
"""Operators by metadata parameter by entity type (§6.1.2)."""

OPERATORS: Final = ("value", "add", "default", "one_of", "subset_of", "superset_of", "essential")
"""The standard operators, in the order in which they are applied (§6.1.3.1)."""
_LISTS = ("add", "one_of", "subset_of", "superset_of")
# §6.1.3.1.4: it is about single values, the other three about lists of them.
_WITHOUT_ONE_OF = frozenset(["add", "subset_of", "superset_of"])


class PolicyError(Exception):
    """The policies contradict each other or are malformed, or the metadata does not comply (§6.1.4)."""


def combine(policies: Iterable[JSONValue]) -> Policy:
    """Resolve the policies of a trust chain (§6.1.4.1).

    Args:
        policies: The claims ``metadata_policy``, that of the most superior entity first; untrusted.

    Raises:
        PolicyError: They are not policies, or cannot all hold.
    """
    combined: Policy = {}
    for policy in policies:
        for kind, parameters in _members(policy):
            for name, operators in _members(parameters):
                further = _checked(operators)
                merged = combined.setdefault(kind, {}).setdefault(name, {})
                for operator, value in further.items():
                    merged[operator] = _merged(operator, merged[operator], value) if operator in merged else value
                _check_combination(merged)
    return combined


def apply(policy: Policy, metadata: Mapping[str, JSONValue]) -> JSONObject:
    """Apply a resolved policy to metadata (§6.1.4.2).

    Args:
        policy: What ``combine`` made.
        metadata: By entity type; untrusted. Types that the policy does not speak of stay as they are, and types that
            are not there are not added.

    Raises:
        PolicyError: The metadata does not comply.
    """
    resolved: JSONObject = dict(metadata)
    for kind, parameters in policy.items():
        if kind not in metadata:
            continue
        found = dict(_members(metadata[kind]))
        for name, operators in parameters.items():
            value = _applied(operators, _read(name, found.pop(name, None)))
            if value is not None:
                found[name] = _write(name, value)
        resolved[kind] = found
    return resolved


def sets(policy: Policy, kind: str, name: str) -> bool:
    """Tell whether a parameter is given by a policy, whatever the entity says."""
    return "value" in policy.get(kind, {}).get(name, {})


# Operators


def _checked(operators: JSONValue) -> _Operators:
    """Return the standard operators; others are ignored, since a statement with critical ones is refused (§6.1.3.2)."""
    known = {name: value for name, value in _members(operators) if name in OPERATORS}
    for name in _LISTS:
        if name in known and not isinstance(known[name], list):
            raise PolicyError(f"the operator {name} takes a list")
    if not isinstance(known.get("essential", False), bool):
        raise PolicyError("the operator essential is true or false")
    if "default" in known and known["default"] is None:
        raise PolicyError("the operator default cannot be null")
    _check_combination(known)
    return known


def _merged(operator: str, superior: JSONValue, subordinate: JSONValue) -> JSONValue:
    """Merge the values that two policies give an operator: the result is as strict as both (§6.1.3.1)."""
    if operator == "essential":
        return superior is True or subordinate is True
    if operator in ("add", "superset_of"):
        return _union(superior, subordinate)
    if operator in ("one_of", "subset_of"):
        both = _intersection(superior, subordinate)
        if operator == "one_of" and not both:
            raise PolicyError("policies leave no value to choose from (one_of)")
        return both
    if _key(superior) != _key(subordinate):
        raise PolicyError(f"policies differ in the operator {operator}")
    return superior


def _check_combination(operators: _Operators) -> None:
    """Check which operators stand together (§6.1.3.1).

    Raises:
        PolicyError: They must not.
    """
    # The order of the first two is that of “a subset of”.
    pairs: Sequence[tuple[str, str]] = (
        *(("add", "value"), ("value", "subset_of"), ("superset_of", "value")),
        *(("add", "subset_of"), ("superset_of", "subset_of")),
    )
    for smaller, larger in pairs:
        if smaller in operators and larger in operators and not _is_subset(operators[smaller], operators[larger]):
            raise PolicyError(f"the operators {smaller} and {larger} contradict each other")
    if "one_of" in operators and _WITHOUT_ONE_OF & operators.keys():
        raise PolicyError("the operator one_of stands beside one for lists")
    if "value" not in operators:
        return
    value = operators["value"]
    if "one_of" in operators and _key(value) not in _keys(operators["one_of"]):
        raise PolicyError("the operators value and one_of contradict each other")
    if value is None and (operators.get("essential") is True or "default" in operators):
        raise PolicyError("the operator value removes what another operator demands")


def _applied(operators: _Operators, value: JSONValue) -> JSONValue:
    """Apply the operators to a parameter, in their order; None stands for a parameter that is not there."""
    for operator in OPERATORS:
        if operator in operators:
            value = _ACTIONS[operator](operators[operator], value)
    return value


def _default(given: JSONValue, value: JSONValue) -> JSONValue:
    return given if value is None else value


def _add(given: JSONValue, value: JSONValue) -> JSONValue:
    return _union([] if value is None else value, given)


def _one_of(given: JSONValue, value: JSONValue) -> JSONValue:
    if value is not None and _key(value) not in _keys(given):
        raise PolicyError("a parameter has another value than the policies allow (one_of)")
    return value


def _subset_of(given: JSONValue, value: JSONValue) -> JSONValue:
    return None if value is None else _intersection(value, given)


def _superset_of(given: JSONValue, value: JSONValue) -> JSONValue:
    if value is not None and not _is_subset(given, value):
        raise PolicyError("a parameter lacks a value that the policies demand (superset_of)")
    return value


def _essential(given: JSONValue, value: JSONValue) -> JSONValue:
    if given is True and value is None:
        raise PolicyError("a parameter is missing that the policies demand (essential)")
    return value


_ACTIONS: Final[dict[str, Callable[[JSONValue, JSONValue], JSONValue]]] = {
    "value": lambda given, _: given,
    "add": _add,
    "default": _default,
    "one_of": _one_of,
    "subset_of": _subset_of,
    "superset_of": _superset_of,
    "essential": _essential,
}


# Values


def _members(value: JSONValue) -> Iterable[tuple[str, JSONValue]]:
    if not isinstance(value, dict):
        raise PolicyError("metadata and their policies are objects of objects")
    return value.items()


def _key(value: JSONValue) -> bytes:
    """Return what two values have in common that are equal as JSON."""
    try:
        return canonicalize([value])
    except DocumentError:
        raise PolicyError("a value has a number that programs read in different ways") from None


def _items(values: JSONValue) -> dict[bytes, JSONValue]:
    """Return the values of a list, each once."""
    if not isinstance(values, list):
        raise PolicyError("a policy for lists is about something else")
    return {_key(value): value for value in values}


def _keys(values: JSONValue) -> frozenset[bytes]:
    return frozenset(_items(values))


def _is_subset(smaller: JSONValue, larger: JSONValue) -> bool:
    return _keys(smaller) <= _keys(larger)


def _union(first: JSONValue, second: JSONValue) -> list[JSONValue]:
    return list((_items(first) | _items(second)).values())


def _intersection(first: JSONValue, second: JSONValue) -> list[JSONValue]:
    allowed = _keys(second)
    return [value for key, value in _items(first).items() if key in allowed]


def _read(name: str, value: JSONValue) -> JSONValue:
    """Return a parameter as operators see it: the text ``scope`` is a list of words (§6.1.3.1.8)."""
    return [*value.split()] if name == "scope" and isinstance(value, str) else value


def _write(name: str, value: JSONValue) -> JSONValue:
    return " ".join(map(str, value)) if name == "scope" and isinstance(value, list) else value
