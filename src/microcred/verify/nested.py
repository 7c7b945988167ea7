"""The credentials that stand inside another: endorsements (Open Badges 3.0 §9.1 step 6) and records (CLR 2.0)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from microcred.json import JSONObject, JSONValue, pointer
from microcred.signing.envelopes import subject_id, types_of
from microcred.signing.reading import Received
from microcred.verify.report import Code, Finding, Outcome, Part

__all__ = ["Nested", "about_others", "endorsements", "outcome_of", "records"]

_ENDORSEMENTS = ("endorsement", "endorsementJwt")
_RECORDS = "verifiableCredential"


@dataclass(frozen=True, slots=True)
class Nested:
    """A credential inside another."""

    pointer: str
    """JSON Pointer to it."""
    value: JSONValue
    """An object, or the text of a JWT; untrusted."""


def endorsements(received: Received) -> Sequence[Nested]:
    """Return the endorsements in a credential, at any depth, but not those that stand in credentials inside it."""
    # Most have none, and all objects are known already.
    if all(name not in inside for inside in received.objects for name in _ENDORSEMENTS):
        return ()
    return tuple(_found(received.document, _ENDORSEMENTS))


def records(document: JSONObject) -> Sequence[Nested]:
    """Return the credentials that a record holds (CLR 2.0 §4)."""
    subjects = document.get("credentialSubject")
    several = isinstance(subjects, list)
    found: list[Nested] = []
    for index, subject in enumerate(subjects if isinstance(subjects, list) else [subjects]):
        if isinstance(subject, dict):
            here: tuple[str | int, ...] = ("credentialSubject", index) if several else ("credentialSubject",)
            found += _items(subject, _RECORDS, here)
    return tuple(found)


def _found(document: JSONObject, names: Sequence[str]) -> Iterator[Nested]:
    left: list[tuple[JSONValue, tuple[str | int, ...]]] = [(document, ())]
    while left:
        node, path = left.pop()
        # What stands in a credential inside is found when that one is judged.
        if isinstance(node, dict):
            for name in names:
                yield from _items(node, name, path)
            left += [(item, (*path, name)) for name, item in node.items() if name not in names and name != _RECORDS]
        elif isinstance(node, list):
            left += [(item, (*path, index)) for index, item in enumerate(node) if isinstance(item, dict | list)]


def _items(node: JSONObject, name: str, path: tuple[str | int, ...]) -> Iterator[Nested]:
    value = node.get(name)
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield Nested(pointer(*path, name, index), item)
    elif value is not None:
        yield Nested(pointer(*path, name), value)


def outcome_of(parts: Sequence[Part], what: str) -> Finding:
    """Return the finding about credentials inside another: as bad as the worst of them.

    Args:
        parts: Their reports; at least one.
        what: What they are, as in “an endorsement in it”.
    """
    for outcome, is_so in (
        (Outcome.FAILED, [part for part in parts if part.report.refused]),
        (Outcome.INDETERMINATE, [part for part in parts if not part.report.verified]),
    ):
        if is_so:
            part = is_so[0]
            problem = next(check for check in part.report.problems if check.outcome is outcome)
            verb = "does not hold" if outcome is Outcome.FAILED else "could not be judged"
            # A credential inside that one has said by itself what it is about.
            detail = problem.detail if problem.parts else f"{what} {verb}: {problem.name}: {problem.detail}"
            return Finding(outcome, problem.code, detail, part.pointer + (problem.pointer or ""), tuple(parts))
    return Finding(Outcome.PASSED, parts=tuple(parts))


def about_others(document: JSONObject, judged: Sequence[tuple[Part, JSONObject]]) -> Finding | None:
    """Return what is wrong with good credentials that are no endorsements of anything in the credential (§9.2).

    The official samples put endorsements of the issuer beside other things, so that the place does not decide.
    """
    parts, known = tuple(part for part, _ in judged), _ids(document)
    for part, inside in judged:
        if "EndorsementCredential" not in types_of(inside):
            text = "the type of an endorsement must include “EndorsementCredential”"
            return Finding(Outcome.FAILED, Code.MALFORMED_VALUE_ERROR, text, f"{part.pointer}/type", parts)
        if subject_id(inside) not in known:
            text = "an endorsement in it is about something else than the credential and what is in it"
            where = f"{part.pointer}/credentialSubject/id"
            return Finding(Outcome.INDETERMINATE, Code.MALFORMED_VALUE_ERROR, text, where, parts)
    return None


def _ids(document: JSONObject) -> frozenset[str]:
    """Return the ids of everything in a credential."""
    left: list[JSONValue] = [document]
    found: set[str] = set()
    while left:
        node = left.pop()
        if isinstance(node, dict):
            identifier = node.get("id")
            if isinstance(identifier, str):
                found.add(identifier)
            left += [item for name, item in node.items() if name not in (*_ENDORSEMENTS, _RECORDS)]
        elif isinstance(node, list):
            left += node
    return frozenset(found)
