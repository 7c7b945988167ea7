"""What a verifier remembers: what was made of some bytes, by the bytes themselves, for as long as that holds."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeAlias, TypeVar, cast

from microcred.errors import FetchError
from microcred.protocols import Fetch, Steps

__all__ = ["REMEMBERED", "Memory", "Trail", "traced"]

T = TypeVar("T")
# A key may be revoked while the list that it signed stays the same.
REMEMBERED = timedelta(minutes=1)
"""How long a judgement is remembered."""
Trail: TypeAlias = tuple[tuple[Fetch, bytes | None], ...]
"""What was fetched on the way to a judgement, in order: the content, or None for a failure."""


@dataclass(frozen=True, slots=True)
class _Kept(Generic[T]):
    value: T
    weight: int
    judged_at: datetime | None
    until: datetime | None
    trail: Trail

    def holds(self, at: datetime) -> bool:
        """Tell whether judging anew could find nothing else."""
        if self.judged_at is None:
            return True
        return timedelta(0) <= at - self.judged_at < REMEMBERED and (self.until is None or at < self.until)


def traced(steps: Steps[T]) -> Steps[tuple[T, Trail]]:
    """Take steps, and note what they fetch."""
    trail: list[tuple[Fetch, bytes | None]] = []
    try:
        request = next(steps)
        while True:
            try:
                answer = yield request
            except FetchError as error:
                trail.append((request, None))
                request = steps.throw(error)
            else:
                trail.append((request, answer.content))
                request = steps.send(answer)
    except StopIteration as stop:
        return cast(T, stop.value), tuple(trail)


class Memory(Generic[T]):
    """What was made of some content: bounded, the oldest goes first.

    The key is the content and never its URL, so that nobody is given what somebody else's fetcher brought. What was
    fetched on the way, such as the key that signed, is fetched again and has to be the same: a bundle then has all that
    a judgement rests on, and a judgement from a bundle rests on nothing else.
    """

    max_weight = 64 * 1024 * 1024
    """Bytes, roughly, of all that is kept."""

    def __init__(self) -> None:
        self._kept: dict[bytes, _Kept[T]] = {}
        self._weight = 0
        self._lock = threading.Lock()

    def __reduce__(self) -> tuple[type[Memory[T]], tuple[()]]:
        # In another process, it begins anew.
        return Memory, ()

    def get(self, content: bytes, at: datetime) -> T | None:
        """Return what was made of the content, if it still holds at a time."""
        kept = self._kept.get(content)
        return kept.value if kept is not None and kept.holds(at) else None

    def recall(self, content: bytes, at: datetime) -> Steps[T | None]:
        """Return what was made of the content, if it still holds at a time, and by what is fetched now."""
        kept = self._kept.get(content)
        if kept is None or not kept.holds(at):
            return None
        for request, expected in kept.trail:
            try:
                found = (yield request).content
            except FetchError:
                found = None
            if found != expected:
                return None
        return kept.value

    def put(
        self,
        content: bytes,
        value: T,
        *,
        weight: int,
        judged_at: datetime | None = None,
        until: datetime | None = None,
        trail: Trail = (),
    ) -> None:
        """Keep what was made of the content.

        Args:
            content: As it was fetched.
            value: What was made of it.
            weight: The bytes of the value.
            judged_at: As of when it was judged, if the time matters.
            until: From when on another judgement is to be expected.
            trail: What was fetched to make it.
        """
        weight += len(content) + sum(len(found or b"") for _, found in trail)
        kept = _Kept(value, weight, judged_at, until, trail)
        with self._lock:
            self._drop(content)
            while self._kept and self._weight + kept.weight > self.max_weight:
                self._drop(next(iter(self._kept)))
            if kept.weight <= self.max_weight:
                self._kept[content] = kept
                self._weight += kept.weight

    def _drop(self, content: bytes) -> None:
        kept = self._kept.pop(content, None)
        self._weight -= kept.weight if kept is not None else 0
