"""What a trust chain says of its subject: constraints, metadata and their policies (OpenID Federation 1.0 §6).

The signatures and times of the statements are checked where they are fetched.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

from microcred.json import JSONObject, JSONValue
from microcred.verify._entity_statements import ChainError, Statement
from microcred.verify._metadata_policy import Policy, PolicyError, apply, combine, sets

__all__ = ["Resolved", "resolve"]

_ALWAYS_ALLOWED = "federation_entity"


@dataclass(frozen=True, slots=True)
class Resolved:
    """The metadata of an entity, as its federation has them."""

    metadata: dict[str, JSONObject]
    """The resolved metadata, by entity type."""
    types: frozenset[str]
    """The entity types that superiors speak of: any member can give itself others."""
    _given: dict[str, JSONObject]
    _policy: Policy

    def given(self, kind: str, name: str) -> JSONValue:
        """Return a parameter that a superior gave: what only the entity says of itself, nobody vouches for."""
        theirs = name in self._given.get(kind, {}) or sets(self._policy, kind, name)
        return self.metadata.get(kind, {}).get(name) if theirs else None


def resolve(configuration: Statement | None, statements: Sequence[Statement]) -> Resolved:
    """Enforce constraints, and resolve the metadata of the subject of a trust chain (§6.1.4, §6.2).

    Args:
        configuration: Its entity configuration; None for a subject that has none, such as a DID, of which the immediate
            superior alone speaks.
        statements: The subordinate statements, that about the subject first, and that by the trust anchor last.

    Raises:
        ChainError: The subject does not comply.
    """
    for index, statement in enumerate(statements):
        _check_constraints(index, statement, [each.subject for each in statements[: index + 1]])
    own = {} if configuration is None else configuration.metadata
    # The trust anchor has nobody above it.
    given = statements[0].metadata if statements else own
    own = own if configuration is not None else given
    # §3.1.1: the immediate superior overrides, in entity types that the subject has.
    metadata = {kind: {**parameters, **given.get(kind, {})} for kind, parameters in own.items()}
    for statement in statements:
        metadata = _allowed(statement, metadata)
    try:
        policy = _policy(statements)
        resolved = apply(policy, cast("JSONObject", metadata))
    except PolicyError as error:
        raise ChainError(f"the metadata policy of the federation: {error}") from None
    named = {*given, *(_named(statements) if statements else ()), _ALWAYS_ALLOWED}
    return Resolved(cast("dict[str, JSONObject]", resolved), frozenset(named & resolved.keys()), given, policy)


def _named(statements: Sequence[Statement]) -> Iterator[str]:
    """Return the entity types that the immediate superior has a policy for, or that are allowed by name."""
    yield from cast("JSONObject", statements[0].claims.get("metadata_policy", {}))
    for statement in statements:
        yield from cast("list[str]", _constraints(statement).get("allowed_entity_types", []))


def _policy(statements: Sequence[Statement]) -> Policy:
    claims = [statement.claims for statement in reversed(statements)]
    return combine([each["metadata_policy"] for each in claims if "metadata_policy" in each])


def _allowed(statement: Statement, metadata: dict[str, JSONObject]) -> dict[str, JSONObject]:
    """Take away the entity types that a superior does not allow (§6.2.3)."""
    allowed = _constraints(statement).get("allowed_entity_types")
    if not isinstance(allowed, list):
        return metadata
    return {kind: value for kind, value in metadata.items() if kind in allowed or kind == _ALWAYS_ALLOWED}


def _constraints(statement: Statement) -> JSONObject:
    return cast("JSONObject", statement.claims.get("constraints", {}))


def _check_constraints(between: int, statement: Statement, subjects: Sequence[str]) -> None:
    """Check the constraints of one statement.

    Args:
        between: How many intermediates are between the issuer of the statement and the subject of the chain.
        statement: The statement.
        subjects: Its subject, and those below it.
    """
    constraints = _constraints(statement)
    # §6.2.1
    if between > cast("int", constraints.get("max_path_length", between)):
        raise ChainError("the trust chain is longer than a superior allows (max_path_length)")
    # §6.2.2
    naming = cast("dict[str, list[str]]", constraints.get("naming_constraints", {}))
    permitted, excluded = naming.get("permitted"), naming.get("excluded", [])
    if naming and not all(_is_permitted(subject, permitted, excluded) for subject in subjects):
        raise ChainError("a superior does not speak for the host of the issuer, or of one between (naming_constraints)")


def _is_permitted(entity: str, permitted: list[str] | None, excluded: list[str]) -> bool:
    """Hold the host of an entity against constraints (RFC 5280 §4.2.1.10), which only a domain name can meet."""
    host = _domain(urlsplit(entity).hostname or "")
    # The last label of a domain name is no number, as it is in an IP address.
    if not host or ":" in host or host.rpartition(".")[2].isdigit():
        return False
    if any(_matches(host, name) for name in excluded):
        return False
    return permitted is None or any(_matches(host, name) for name in permitted)


def _matches(host: str, constraint: str) -> bool:
    name = _domain(constraint)
    return host.endswith(name) if name.startswith(".") else host == name


def _domain(name: str) -> str:
    """Return a name as the domain name system compares it."""
    return name.lower().removesuffix(".")
