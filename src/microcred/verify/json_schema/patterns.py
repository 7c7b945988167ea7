"""Regular expressions of JSON Schema, in time that grows with the text and not with what a hostile pattern makes of it.

They are those of ECMA-262 with the flag ``u``, as far as finite automata go: there is no looking ahead or behind, and
no reference back to a group. An automaton never tries the same place twice, which is what makes others hang.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from microcred.verify.json_schema._pattern_syntax import (
    ACCEPT,
    Alternatives,
    Characters,
    Condition,
    Part,
    Repeat,
    Sequence,
    parse,
    too_large,
)
from microcred.verify.json_schema.work import Work

__all__ = ["Pattern"]

# What was found out about a pattern is kept up to here, and then found out again.
_MAX_MOVES = 5_000
_MAX_STEPS = 10_000
_START, _WORD, _OTHER = 0, 1, 2
_WORDS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")

Step: TypeAlias = Characters | Condition | tuple[int, ...]
"""What can be done at a place; a tuple of places goes on at each of them."""


class _State:
    """Where all readings of the text so far may be: places of the program, and what stood before."""

    __slots__ = ("before", "ends", "moves", "places")

    def __init__(self, places: frozenset[int], before: int) -> None:
        self.places = places
        self.before = before
        # None: the pattern has matched.
        self.moves: dict[str, _State | None] = {}
        self.ends: bool | None = None


class Pattern:
    """A compiled pattern. It makes its automaton while it reads, and keeps it; threads may share it."""

    def __init__(self, text: str, work: Work) -> None:
        """Compile a pattern.

        Args:
            text: Untrusted.
            work: What compiling may take.

        Raises:
            UndecidedError: UNSUPPORTED: it is no pattern, or not one of those; TOO_COMPLEX: it is too large.
        """
        writer = _Writer(work)
        self._start = writer.write(parse(text, work), ACCEPT)
        self._steps = writer.steps
        self._forget()

    @property
    def size(self) -> int:
        """How much it remembers."""
        return self._moves

    def _forget(self) -> None:
        self._states: dict[tuple[frozenset[int], int], _State] = {}
        self._moves = 0
        self._first = self._state(frozenset([self._start]), _START)

    def found_in(self, text: str, work: Work) -> bool:
        """Tell whether the pattern matches somewhere in a text.

        Raises:
            UndecidedError: TOO_COMPLEX.
        """
        work.spend(1 + len(text) // 16)
        state = self._first
        for character in text:
            try:
                following = state.moves[character]
            except KeyError:
                following = self._move(state, character, work)
            if following is None:
                return True
            state = following
        if state.ends is None:
            state.ends = ACCEPT in self._reached(state, None, work)
        return state.ends

    def _state(self, places: frozenset[int], before: int) -> _State:
        key = (places, before)
        state = self._states.get(key)
        if state is None:
            state = self._states[key] = _State(places, before)
        return state

    def _move(self, state: _State, character: str, work: Work) -> _State | None:
        """Read one character, for the first time in this state."""
        self._moves += 1
        if self._moves > _MAX_MOVES:
            self._forget()
        reached = self._reached(state, character, work)
        following: _State | None = None
        if ACCEPT not in reached:
            # A match may begin anywhere.
            places = {self._start}
            for place in reached:
                step = self._steps[place]
                if isinstance(step, Characters):
                    work.spend(step.cost)
                    if step.has(character):
                        places.add(step.then)
            following = self._state(frozenset(places), _kind(character))
        state.moves[character] = following
        return following

    def _reached(self, state: _State, following: str | None, work: Work) -> set[int]:
        """Return the places that are reached without reading, between what stood before and what follows."""
        work.spend(1 + len(state.places))
        reached: set[int] = set()
        left = list(state.places)
        while left:
            place = left.pop()
            if place in reached:
                continue
            work.spend(1)
            reached.add(place)
            if place != ACCEPT:
                left += self._then(place, state.before, following)
        return reached

    def _then(self, place: int, before: int, following: str | None) -> Iterator[int]:
        step = self._steps[place]
        if isinstance(step, Condition):
            at_boundary = (before == _WORD) != (following is not None and _kind(following) == _WORD)
            holds = {"^": before == _START, "$": following is None, "b": at_boundary, "B": not at_boundary}
            if holds[step.kind]:
                yield step.then
        elif not isinstance(step, Characters):
            yield from step


def _kind(character: str) -> int:
    return _WORD if character in _WORDS else _OTHER


class _Writer:
    """Writes the steps of a pattern from its end to its start, so that each knows what follows it."""

    def __init__(self, work: Work) -> None:
        self.steps: list[Step] = []
        self._work = work

    def write(self, node: Part, then: int) -> int:
        """Write the steps of a part; return where they start."""
        self._work.spend(1)
        if isinstance(node, Characters):
            return self._add(Characters(node.ranges, node.tests, negated=node.negated, then=then))
        if isinstance(node, Condition):
            return self._add(Condition(node.kind, then))
        if isinstance(node, Alternatives):
            return self._add(tuple([self.write(part, then) for part in node.parts]))
        if isinstance(node, Sequence):
            for part in reversed(node.parts):
                then = self.write(part, then)
            return then
        return self._repeat(node, then)

    def _repeat(self, node: Repeat, then: int) -> int:
        start = then
        if node.most is None:
            start = self._add(())
            self.steps[start] = (self.write(node.item, start), then)
        else:
            for _ in range(node.most - node.least):
                start = self._add((self.write(node.item, start), then))
        for _ in range(node.least):
            start = self.write(node.item, start)
        return start

    def _add(self, step: Step) -> int:
        if len(self.steps) >= _MAX_STEPS:
            raise too_large()
        self.steps.append(step)
        return len(self.steps) - 1
