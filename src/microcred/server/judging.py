"""Verifications in turns: what computes never waits for the network, and what is short never waits for what is long.

A verification is a coroutine that stops where it needs a document. A turn of it, from one stop to the next, is done in
a thread together with the turns of others; documents are looked up in other threads meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator, Sequence
from dataclasses import dataclass
from types import coroutine
from typing import Any, Final, TypeAlias, TypeVar, cast

from microcred.protocols import Fetch, Fetcher, FetchResult
from microcred.server.work import Shared, Workers

__all__ = ["SMALL", "Elsewhere", "Turns"]

T = TypeVar("T")
Verification: TypeAlias = Callable[[], Coroutine[Any, Any, T]]
"""Begins a verification, whose fetcher is ``Elsewhere``."""

SMALL: Final = 64 * 1024
"""Bytes of what is short: an ordinary badge has 2 to 20 kB, and the worst of this size takes a tenth of a second."""
_AT_ONCE: Final = 16
_LONG_AT_ONCE: Final = 2
_MOST_LONG: Final = 16


@coroutine
def _stop(request: Fetch) -> Generator[Fetch, FetchResult, FetchResult]:
    return (yield request)


class Elsewhere:
    """The fetcher of verifications that are done in turns; an ``AsyncFetcher``."""

    def __init__(self, fetcher: object) -> None:
        """Take what looks up in the end, for whether it may be asked for http."""
        self.allow_http = bool(getattr(fetcher, "allow_http", False))

    async def afetch(self, request: Fetch) -> FetchResult:
        """Stop the verification until somebody has the document."""
        return await _stop(request)


@dataclass(slots=True)
class _Turn:
    begin: Verification[object]
    steps: Coroutine[Fetch, FetchResult | None, object] | None = None
    answer: FetchResult | Exception | None = None


@dataclass(frozen=True, slots=True)
class _Ended:
    value: object


_Lane: TypeAlias = Shared[_Turn, Fetch | _Ended]


class Turns:
    """Do verifications in turns."""

    def __init__(self, fetcher: Fetcher, own_site: str, workers: Workers, most_waiting: int) -> None:
        """Take the parts.

        Args:
            fetcher: Looks up what verifications ask for.
            own_site: What the URLs of the service itself begin with; what many ask for there is read once for all.
            workers: The threads in which it is looked up.
            most_waiting: How many may wait for their turn; more are refused.
        """
        self._fetcher = fetcher
        self._own_site = own_site
        self._workers = workers
        self._threads = Workers(1 + _LONG_AT_ONCE, 1 + _LONG_AT_ONCE, "judging")
        most_long = min(_MOST_LONG, most_waiting)
        self._short: _Lane = Shared(self._threads, _advance_all, most=_AT_ONCE, most_waiting=most_waiting)
        self._long: _Lane = Shared(self._threads, _advance_all, most=1, most_waiting=most_long, at_once=_LONG_AT_ONCE)
        self._own = Shared(workers, self._read_all, most=most_waiting, most_waiting=most_waiting)

    async def run(self, begin: Verification[T], size: int) -> T:
        """Do a verification.

        Args:
            begin: Begins it.
            size: Of what is judged, in bytes.

        Raises:
            RequestError: 503: too much waits already.
        """
        turns = self._short if size <= SMALL else self._long
        turn = _Turn(begin)
        while True:
            stopped = await turns.ask(turn)
            if isinstance(stopped, _Ended):
                return cast(T, stopped.value)
            try:
                turn.answer = await self._look_up(stopped)
            except Exception as error:  # noqa: BLE001 - it is raised where the document was asked for
                turn.answer = error

    async def _look_up(self, request: Fetch) -> FetchResult:
        if request.url.startswith(self._own_site):
            return await self._own.ask(request)
        return await self._workers.run(self._fetcher.fetch, request)

    def _read_all(self, requests: Sequence[Fetch]) -> list[FetchResult | Exception]:
        """Read what is asked for of the service itself: once each, and after all of them have asked."""
        found: dict[Fetch, FetchResult | Exception] = {}
        for request in requests:
            if request not in found:
                try:
                    found[request] = self._fetcher.fetch(request)
                except Exception as error:  # noqa: BLE001 - each of those who wait is told
                    found[request] = error
        return [found[request] for request in requests]

    def close(self) -> None:
        """End the threads when their work is done."""
        self._threads.close()


def _advance_all(turns: Sequence[_Turn]) -> list[Fetch | _Ended | Exception]:
    return [_advance(turn) for turn in turns]


def _advance(turn: _Turn) -> Fetch | _Ended | Exception:
    try:
        if turn.steps is None:
            turn.steps = turn.begin()
            return turn.steps.send(None)
        if isinstance(turn.answer, Exception):
            return turn.steps.throw(turn.answer)
        return turn.steps.send(turn.answer)
    except StopIteration as stop:
        return _Ended(stop.value)
    except Exception as error:  # noqa: BLE001 - of this one, and not of the others
        return error
