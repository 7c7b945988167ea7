"""The network of a verifier: documents behind https URLs that anybody can have written into a credential.

Such a URL may point into our own network, at a server that never stops sending, or at one that never starts. What may
be opened, how long it may take and how large it may be is decided here, so that the code that judges need not care.
"""

from __future__ import annotations

import asyncio
import os
import ssl
import time
import weakref
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeAlias

from microcred.errors import FetchError
from microcred.limits import DEFAULT_LIMITS, Limits
from microcred.protocols import Fetch, FetchResult
from microcred.verify._answers import NoAnswerError
from microcred.verify._flights import Flight, Flights
from microcred.verify._http_cache import Memory
from microcred.verify._urls import Target, URLRules

if TYPE_CHECKING:
    from microcred.verify._http_client import HTTPClient

__all__ = ["HTTPFetcher"]

_FAILURE_LIFETIME = timedelta(seconds=10)  # for which it is not tried again, unless the server said how long
_FAILURE_BYTES = 1024  # that the memory of a failure has, roughly
_MAX_CONTACT_CHARACTERS = 200
# It says nothing about the server, and so it is not remembered.
_CROWDED = NoAnswerError("too many other requests are under way; try again, or raise the limit max_connections")


@dataclass(frozen=True, slots=True)
class _Failed:
    """That there was no answer, which is known for a while."""

    since: datetime
    until: datetime
    reason: str
    status: int | None


_Outcome: TypeAlias = FetchResult | _Failed
_Key: TypeAlias = tuple[str, str, timedelta | None]
_Flight: TypeAlias = Flight[_Key, _Outcome]
_Clock: TypeAlias = Callable[[], datetime]


class HTTPFetcher:
    """Fetch what a credential names from the public Internet, for a ``Verifier`` and an ``AsyncVerifier``.

    Only https, only public addresses, only GET, without cookies, passwords or proxies. One instance serves all threads
    and event loops of a program: they share its connections and its cache, and wait for the same request where they ask
    for the same URL. Its requests are made in threads of its own, so that a call never takes longer than
    ``limits.max_fetch_seconds``, whatever the server or the look-up of its name does.
    """

    def __init__(
        self,
        *,
        contact: str | None = None,
        ssl_context: ssl.SSLContext | None = None,
        allow_private_addresses: bool = False,
        allow_http: bool = False,
        look_up: Callable[[str], Iterable[str]] | None = None,
        clock: _Clock | None = None,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        """Take what every request needs; nothing is opened yet.

        Args:
            contact: Who you are, for operators of the servers that you ask: a URL or an e-mail address. It becomes
                part of the ``User-Agent`` header.
            ssl_context: Which authorities may vouch for servers, such as ``ssl.create_default_context(cafile=…)`` for a
                private one; those of the package certifi by default. It has to check certificates and host names.
            allow_private_addresses: Whether this machine and private networks may be asked, too: for tests, and for
                issuers inside your own network. Anybody who sends you a credential can then make requests there.
                Link-local addresses, where clouds keep a machine's secrets, stay closed.
            allow_http: Whether URLs without TLS may be opened, for tests: anybody on the way can then change answers.
            look_up: Host name to IP addresses, trusted; raises ``OSError`` when there are none. The operating system
                is asked by default. What it returns is checked all the same.
            clock: The time, with a zone, by which answers and failures in the cache age; the system's by default.
            limits: Bounds on size, time and work.

        Raises:
            ValueError: ``contact`` is no printable ASCII, or ``ssl_context`` checks nothing.
        """
        if contact is not None and not _is_printable(contact):
            raise ValueError("contact has to be printable ASCII of at most 200 characters")
        if ssl_context is not None and not (
            ssl_context.check_hostname and ssl_context.verify_mode == ssl.CERT_REQUIRED
        ):
            raise ValueError("ssl_context has to check certificates and host names")
        self._user_agent = "microcred" if contact is None else f"microcred ({contact})"
        self._ssl_context = ssl_context
        self._allow_private = allow_private_addresses
        self._look_up = look_up
        self._clock = _now if clock is None else clock
        self.allow_http = allow_http
        self._limits = limits
        self._rules = URLRules(allow_http, limits.max_url_characters)
        self._closed = False
        self._network = self._new_network()

    def fetch(self, request: Fetch) -> FetchResult:
        """Open a URL.

        Args:
            request: What to fetch; its URL is untrusted.

        Returns:
            The document; untrusted.

        Raises:
            FetchError: It may not be opened, or there is no document of use behind it.
            ValueError: The fetcher is closed.
        """
        network, flight = self._begin(request)
        if isinstance(flight, FetchResult):
            return flight
        try:
            outcome = flight.outcome.result(flight.seconds_left())
        except TimeoutError:
            outcome = network.late(flight)
        return _opened(request, outcome)

    async def afetch(self, request: Fetch) -> FetchResult:
        """Open a URL, as ``fetch`` does, in asyncio."""
        network, flight = self._begin(request)
        if isinstance(flight, FetchResult):
            return flight
        try:
            async with asyncio.timeout(flight.seconds_left()):
                outcome = await asyncio.wrap_future(flight.outcome)
        except TimeoutError:
            outcome = network.late(flight)
        return _opened(request, outcome)

    def close(self) -> None:
        """Close the connections; requests under way come to their end."""
        self._closed = True
        self._network.close()

    async def aclose(self) -> None:
        """Close the connections, as ``close`` does; nothing is waited for."""
        self.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _begin(self, request: Fetch) -> tuple[_Network, FetchResult | _Flight]:
        if self._closed:
            raise ValueError("this fetcher is closed")
        if self._network.process != os.getpid():
            # A fork: sockets and locks of the parent are of no use to the child.
            self._network = self._new_network()
        network = self._network
        try:
            return network, network.begin(request, self._rules.target(request.url))
        except NoAnswerError as failure:
            raise FetchError(request.url, failure.reason, failure.status) from None

    def _new_network(self) -> _Network:
        import httpx

        from microcred.verify._connections import Connections, system_addresses
        from microcred.verify._http_client import HTTPClient

        connections = Connections(
            look_up=self._look_up or system_addresses,
            allow_private=self._allow_private,
            ssl_context=self._ssl_context or httpx.create_ssl_context(trust_env=False),
            limits=self._limits,
            user_agent=self._user_agent,
        )
        client = HTTPClient(connections, self._rules, self._limits, self._clock)
        network = _Network(client, connections.close, self._limits, self._clock)
        # Whoever forgets to close it leaves no open sockets behind.
        weakref.finalize(self, network.close)
        return network


class _Network:
    """What the threads of one process share: connections, cache, requests under way, failures."""

    def __init__(self, client: HTTPClient, hang_up: Callable[[], None], limits: Limits, clock: _Clock) -> None:
        self.process = os.getpid()
        self._client = client
        self._limits = limits
        self._clock = clock
        self._flights: Flights[_Key, _Outcome] = Flights(limits.max_connections, hang_up)
        self._failures: Memory[tuple[str, str], _Failed] = Memory(limits.max_cache_entries, limits.max_cache_bytes)

    def begin(self, request: Fetch, target: Target) -> FetchResult | _Flight:
        """Return what is known, or the flight that is to find out.

        Raises:
            NoAnswerError: It is known that there is nothing.
        """
        result = self._client.cached(request, target)
        if result is not None:
            return result
        failed = self._failures.get((target.url, request.accept))
        if failed is not None and failed.since <= self._clock() < failed.until:
            raise NoAnswerError(failed.reason, failed.status)
        until = time.monotonic() + self._limits.max_fetch_seconds
        key = (target.url, request.accept, request.max_age)
        try:
            return self._flights.join(key, until, lambda: self._fly(key, request, target, until))
        except RuntimeError:
            raise NoAnswerError("this program can start no further thread") from None

    def late(self, flight: _Flight) -> _Failed:
        """Give up waiting for a flight, and let others know."""
        if not flight.started:
            return self._failed(_CROWDED)
        reason = f"there was no answer within {self._limits.max_fetch_seconds:g} seconds"
        return self._remember(flight.key, NoAnswerError(reason))

    def close(self) -> None:
        """Close the connections when nobody uses them any more."""
        if self.process == os.getpid():
            self._flights.close()

    def _fly(self, key: _Key, request: Fetch, target: Target, until: float) -> _Outcome:
        if time.monotonic() >= until:
            return self._failed(_CROWDED)
        try:
            return self._client.get(request, target, until)
        except NoAnswerError as failure:
            return self._remember(key, failure)

    def _remember(self, key: _Key, failure: NoAnswerError) -> _Failed:
        failed = self._failed(failure)
        self._failures.put(key[:2], failed, len(key[0]) + _FAILURE_BYTES)
        return failed

    def _failed(self, failure: NoAnswerError) -> _Failed:
        lifetime = _FAILURE_LIFETIME if failure.retry_after is None else failure.retry_after
        now = self._clock()
        until = now + min(lifetime, timedelta(seconds=self._limits.max_failure_seconds))
        return _Failed(now, until, failure.reason, failure.status)


def _opened(request: Fetch, outcome: _Outcome) -> FetchResult:
    """Give each who waits an answer, or an exception, of its own."""
    if isinstance(outcome, _Failed):
        raise FetchError(request.url, outcome.reason, outcome.status)
    return replace(outcome, url=request.url)


def _is_printable(text: str) -> bool:
    return text.isascii() and text.isprintable() and 0 < len(text) <= _MAX_CONTACT_CHARACTERS


def _now() -> datetime:
    return datetime.now(UTC)
