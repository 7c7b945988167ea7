"""What one verification asks of the network: plain URLs only, each once, and not too many.

And the two drivers, which alone do what the code that judges asks for.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TypeVar, cast
from urllib.parse import urlsplit

from microcred.errors import FetchError
from microcred.limits import DEFAULT_LIMITS, Limits
from microcred.protocols import AsyncFetcher, Fetch, Fetcher, FetchResult, Steps
from microcred.verify.bundle import Entry, VerificationBundle

__all__ = ["Asking", "NoFetcherError", "adrive", "drive", "is_plain"]

A = TypeVar("A", FetchResult, FetchError)
T = TypeVar("T")
_NO_FETCHER = "this verifier has no fetcher, and so no network"

# RFC 3986 §2: what else is in a URL has to be percent-encoded, and programs differ in what they make of it.
_CHARACTERS = re.compile(r"https?://[A-Za-z0-9._~:/?#\[\]!$&'()*+,;=%-]+")


class NoFetcherError(FetchError):
    """There is no network, because the caller gave none."""


def is_plain(url: str, *, allow_http: bool = False, most: int = DEFAULT_LIMITS.max_url_characters) -> bool:
    """Tell whether a URL is one of https that all programs read in the same way.

    There is no user name in front of the host (``https://example.edu@example.com``), no backslash, space, control
    character or letter beyond ASCII, and the port is a number.

    Args:
        url: Untrusted.
        allow_http: Take http too, for tests.
        most: How many characters it may have.
    """
    if len(url) > most or not _CHARACTERS.fullmatch(url) or not (allow_http or url.startswith("https:")):
        return False
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


class Asking:
    """The requests of one verification, with their answers."""

    def __init__(
        self,
        limits: Limits,
        fetcher: object,
        at: datetime,
        *,
        bundle: VerificationBundle | None = None,
        recording: bool = False,
    ) -> None:
        """Take the bounds.

        Args:
            limits: ``max_fetches`` bounds what goes to the network; what is known already may be asked for more often,
                as when all credentials of a presentation have one issuer.
            fetcher: What will be asked; one with a true ``allow_http`` may be asked for http, which is for tests.
            at: The time of judgement.
            bundle: What alone will be asked, in place of the fetcher.
            recording: Whether there will be a bundle of the answers, so that each needs a time.
        """
        self._limits = limits
        self._allow_http = bool(getattr(fetcher, "allow_http", False))
        self._fetches_left = limits.max_fetches
        self._asks_left = limits.max_fetches * limits.max_credentials
        self._at = at
        self._bundle = bundle
        self._recording = recording
        self._answers: dict[Fetch, FetchResult | FetchError] = {}
        self._entries: dict[tuple[str, str], Entry] = {}

    def known(self, request: Fetch) -> FetchResult | None:
        """Return the answer to a request, if there was one before; otherwise the request may go to the network.

        Raises:
            FetchError: It failed before, must not be made, or is one too many.
        """
        self._asks_left -= 1
        answer = self._answers.get(request)
        if self._asks_left < 0 or (answer is None and self._fetches_left <= 0):
            raise FetchError(request.url, "the verification asked for too many documents")
        if answer is None:
            if not is_plain(request.url, allow_http=self._allow_http, most=self._limits.max_url_characters):
                raise FetchError(request.url, "not a URL of https that can be opened safely")
            self._fetches_left -= 1
            if self._bundle is not None:
                answer = self._answers[request] = self._bundle.answer(request, self._at, self._limits)
        if isinstance(answer, FetchError):
            raise answer
        return answer

    def keep(self, request: Fetch, answer: A) -> A:
        """Keep an answer until the verification ends, and return it as it will be judged."""
        if self._recording:
            entry = Entry.of(request, answer, datetime.now(UTC))
            self._entries[request.url, request.accept] = entry
            # It will have a time when it is judged again, and so it is judged with one now.
            answer = cast(A, entry.answer(request))
        self._answers[request] = answer
        return answer

    def bundle(self) -> VerificationBundle:
        """Return what was fetched."""
        return VerificationBundle(self._at.astimezone(UTC), tuple(self._entries.values()))


def drive(steps: Steps[T], asking: Asking, fetcher: Fetcher | None) -> T:
    """Do what is asked for, in ordinary code, and return what came of it."""
    try:
        request = next(steps)
        while True:
            try:
                result = asking.known(request) or _fetch(request, asking, fetcher)
            except FetchError as error:
                request = steps.throw(error)
            else:
                request = steps.send(result)
    except StopIteration as stop:
        return cast(T, stop.value)


async def adrive(steps: Steps[T], asking: Asking, fetcher: AsyncFetcher | None) -> T:
    """Do what is asked for, in asynchronous code, and return what came of it."""
    try:
        request = next(steps)
        while True:
            try:
                result = asking.known(request) or await _afetch(request, asking, fetcher)
            except FetchError as error:
                request = steps.throw(error)
            else:
                request = steps.send(result)
    except StopIteration as stop:
        return cast(T, stop.value)


def _fetch(request: Fetch, asking: Asking, fetcher: Fetcher | None) -> FetchResult:
    if fetcher is None:
        raise NoFetcherError(request.url, _NO_FETCHER)
    try:
        result = fetcher.fetch(request)
    except FetchError as error:
        asking.keep(request, error)
        raise
    return asking.keep(request, result)


async def _afetch(request: Fetch, asking: Asking, fetcher: AsyncFetcher | None) -> FetchResult:
    if fetcher is None:
        raise NoFetcherError(request.url, _NO_FETCHER)
    try:
        result = await fetcher.afetch(request)
    except FetchError as error:
        asking.keep(request, error)
        raise
    return asking.keep(request, result)
