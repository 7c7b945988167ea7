"""Verifications in turns: what computes never waits for the network, and what is short never waits for what is long.

A verification is a coroutine that stops where it needs a document. A turn of it, from one stop to the next, is done in
a thread together with the turns of others; documents are looked up in other threads meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from types import coroutine
from typing import Any, Final, TypeAlias, TypeVar, cast

from microcred.limits import DEFAULT_LIMITS, Limits
from microcred.protocols import Fetch, Fetcher, FetchResult
from microcred.server.work import Shared, Workers, each_once
from microcred.verify.report import Code, PresentationReport, VerificationReport
from microcred.verify.trust import TrustedIssuers
from microcred.verify.verifier import AsyncVerifier

__all__ = ["Turns"]

R = TypeVar("R", VerificationReport, PresentationReport)
Verification: TypeAlias = Callable[[AsyncVerifier], Coroutine[Any, Any, R]]
"""Begins a verification by the verifier that it is given."""

# Bytes of what is short: an ordinary badge has 2 to 20 kB.
_SHORT: Final = 64 * 1024
_AT_ONCE: Final = 64
_MOST_LONG: Final = 8
# An ordinary credential needs some dozen of the former, and some thousand of the latter where it names a schema.
_HASTY: Final = {"max_canonicalization_steps": 1_000, "max_schema_steps": 20_000}


@coroutine
def _stop(request: Fetch) -> Generator[Fetch, FetchResult, FetchResult]:
    return (yield request)


class _Elsewhere:
    """The fetcher of verifications that are done in turns; an ``AsyncFetcher``."""

    def __init__(self, fetcher: object) -> None:
        """Take what looks up in the end, for whether it may be asked for http."""
        self.allow_http = bool(getattr(fetcher, "allow_http", False))

    async def afetch(self, request: Fetch) -> FetchResult:
        """Stop the verification until somebody has the document."""
        return await _stop(request)


@dataclass(slots=True)
class _Turn:
    begin: Callable[[], Coroutine[Any, Any, object]]
    steps: Coroutine[Fetch, FetchResult | None, object] | None = None
    answer: FetchResult | Exception | None = None


@dataclass(frozen=True, slots=True)
class _Ended:
    value: object


_Lane: TypeAlias = Shared[_Turn, Fetch | _Ended]


class Turns:
    """Do verifications in turns: what is short and of little work apart from all else, of which there is not much."""

    def __init__(
        self,
        fetcher: Fetcher,
        own_site: str,
        *,
        web: Workers,
        readers: Workers,
        trusted_issuers: TrustedIssuers,
        most_waiting: int,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        """Take the parts.

        Args:
            fetcher: Looks up what verifications ask for.
            own_site: What the URLs of the service itself begin with; what many ask for there is read once for all.
            web: The threads that wait for others.
            readers: The threads that read what is here.
            trusted_issuers: As ``Verifier`` takes them.
            most_waiting: How many may wait for their turn; more are refused.
            limits: Bounds on what a hostile document can cost.
        """
        self._fetcher = fetcher
        self._own_site = own_site
        self._web = web
        elsewhere = _Elsewhere(fetcher)
        self._patient = AsyncVerifier(trusted_issuers=trusted_issuers, fetcher=elsewhere, limits=limits)
        fewer = {name: min(most, getattr(limits, name)) for name, most in _HASTY.items()}
        self._hasty = AsyncVerifier(trusted_issuers=trusted_issuers, fetcher=elsewhere, limits=replace(limits, **fewer))
        self._threads = Workers(2, 2, "judging")
        self._short: _Lane = Shared(self._threads, _advance_all, most=_AT_ONCE, most_waiting=most_waiting)
        self._long: _Lane = Shared(self._threads, _advance_all, most=1, most_waiting=min(_MOST_LONG, most_waiting))
        self._own = Shared(readers, partial(each_once, fetcher.fetch), most=most_waiting, most_waiting=most_waiting)

    async def run(self, begin: Verification[R], size: int) -> R:
        """Do a verification.

        Args:
            begin: Begins it.
            size: Of what is judged, in bytes.

        Raises:
            RequestError: 503: too much waits already.
        """
        if size <= _SHORT:
            report = await self._to_its_end(self._short, begin, self._hasty)
            if all(problem.code != Code.TOO_COMPLEX for problem in report.problems):
                return report
        return await self._to_its_end(self._long, begin, self._patient)

    async def _to_its_end(self, lane: _Lane, begin: Verification[R], verifier: AsyncVerifier) -> R:
        turn = _Turn(partial(begin, verifier))
        while True:
            stopped = await lane.ask(turn)
            if isinstance(stopped, _Ended):
                return cast(R, stopped.value)
            try:
                turn.answer = await self._look_up(stopped)
            except Exception as error:  # noqa: BLE001 - it is raised where the document was asked for
                turn.answer = error

    async def _look_up(self, request: Fetch) -> FetchResult:
        if request.url.startswith(self._own_site):
            return await self._own.ask(request)
        return await self._web.run(self._fetcher.fetch, request)

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
