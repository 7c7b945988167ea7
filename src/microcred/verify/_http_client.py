"""Get documents by HTTP: redirects, the cache, one more try, and media types."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from microcred.limits import Limits
from microcred.protocols import Fetch, FetchResult
from microcred.verify._answers import Answer, NoAnswerError
from microcred.verify._connections import Connections
from microcred.verify._http_cache import Kept, Memory, keep, retry_after
from microcred.verify._urls import Target, URLRules

__all__ = ["HTTPClient"]

_REDIRECTS = (301, 302, 303, 307, 308)
_FOR_A_MOMENT = (502, 503, 504)  # faults that may be over at once
_PAUSE_SECONDS = 0.25
_ENTRY_BYTES = 1024  # that an entry of the cache has beside its body, roughly
# What credentials, keys and lists are served as, by servers that know them and by those that do not.
_OF_USE = re.compile(
    r"application/(?:json|jwt|jose|cose|octet-stream)|text/(?:plain|json)|[^/]+/[^/]+\+(?:json|jwt|sd-jwt|cose)"
)
_WEB_PAGES = ("text/html", "application/xhtml+xml")
_WORDS = {
    401: "the server wants a password, and only what anybody may read is fetched",
    403: "the server does not give it to everybody",
    404: "the server has nothing there",
    410: "the server says that it is gone",
    429: "the server is asked too often; try again later",
}


class HTTPClient:
    """Get documents, from several threads."""

    def __init__(
        self, connections: Connections, rules: URLRules, limits: Limits, clock: Callable[[], datetime]
    ) -> None:
        """Take what does the work."""
        self._connections = connections
        self._rules = rules
        self._limits = limits
        self._clock = clock
        self._cache: Memory[tuple[str, str], Kept] = Memory(limits.max_cache_entries, limits.max_cache_bytes)

    def cached(self, request: Fetch, target: Target) -> FetchResult | None:
        """Return what can be served without the network, or None.

        Raises:
            NoAnswerError: As ``get``.
        """
        return self._follow(request, target, lambda at: self._fresh(request, at))

    def get(self, request: Fetch, target: Target, until: float) -> FetchResult:
        """Return a document.

        Args:
            request: What is asked for, by whom it is, and how old it may be.
            target: Its URL, taken apart.
            until: When it has to be over, by ``time.monotonic()``.

        Raises:
            NoAnswerError: There is none.
        """
        result = self._follow(request, target, lambda at: self._fresh(request, at) or self._asked(request, at, until))
        assert result is not None
        return result

    def _follow(self, request: Fetch, target: Target, answer_at: Callable[[Target], Kept | None]) -> FetchResult | None:
        for _ in range(self._limits.max_redirects + 1):
            kept = answer_at(target)
            if kept is None:
                return None
            if kept.answer.status == 200:
                media_type = _media_type(kept.answer)
                return FetchResult(request.url, kept.answer.content, media_type, kept.generated_at)
            target = self._rules.redirect(target, kept.answer.headers.get("location", ""))
        raise NoAnswerError(f"the server redirects more than {self._limits.max_redirects} times")

    def _fresh(self, request: Fetch, target: Target) -> Kept | None:
        kept = self._cache.get((target.url, request.accept))
        return kept if kept is not None and kept.is_fresh(self._clock(), request.max_age) else None

    def _asked(self, request: Fetch, target: Target, until: float) -> Kept:
        """Ask the server, or whether what is kept still holds."""
        key = (target.url, request.accept)
        old = self._cache.get(key)
        headers = {"Accept": request.accept, **({} if old is None else old.conditions)}
        if request.max_age is not None:
            # Caches on the way may have an older one (RFC 9111 §5.2.1.1).
            headers["Cache-Control"] = f"max-age={max(request.max_age // timedelta(seconds=1), 0)}"
        answer = self._patiently(target, headers, until)
        if answer.status == 304 and old is not None:
            answer = old.confirmed(answer.headers)
        try:
            self._check(answer, request.accept)
        except NoAnswerError:
            # The server has taken back what it said before.
            self._cache.drop(key)
            raise
        kept, storable = keep(answer, self._clock(), self._limits)
        if storable:
            self._cache.put(key, kept, len(answer.content) + sum(map(len, answer.headers.values())) + _ENTRY_BYTES)
        else:
            self._cache.drop(key)
        return kept

    def _patiently(self, target: Target, headers: dict[str, str], until: float) -> Answer:
        """Ask, and once more if that may help: GET changes nothing (RFC 9110 §9.2.2)."""
        try:
            answer = self._connections.get(target, headers, until)
        except NoAnswerError as failure:
            if not failure.again:
                raise
        else:
            if answer.status not in _FOR_A_MOMENT or "retry-after" in answer.headers:
                return answer
            time.sleep(max(0.0, min(_PAUSE_SECONDS, until - time.monotonic())))
        return self._connections.get(target, headers, until)

    def _check(self, answer: Answer, accept: str) -> None:
        if answer.status in _REDIRECTS:
            return
        if answer.status != 200:
            words = _WORDS.get(answer.status)
            if words is None:
                trouble = "is in trouble; try again later" if answer.status >= 500 else "answered nothing of use"
                words = f"the server {trouble}"
            after = retry_after(answer.headers, self._clock())
            raise NoAnswerError(f"{words} (HTTP status {answer.status})", answer.status, retry_after=after)
        media_type = _media_type(answer)
        if not (_OF_USE.fullmatch(media_type) or _accepts(accept, media_type)):
            what = "a web page" if media_type in _WEB_PAGES else "another kind of document than was asked for"
            raise NoAnswerError(f"the server answered with {what}; is the URL right?", answer.status)


def _media_type(answer: Answer) -> str:
    """Return the media type without parameters; without one it is bytes (RFC 9110 §8.3)."""
    name = re.split("[;,]", answer.headers.get("content-type", ""), maxsplit=1)[0].strip().lower()
    return name or "application/octet-stream"


def _accepts(accept: str, media_type: str) -> bool:
    """Tell whether an ``Accept`` header names a media type (RFC 9110 §12.5.1)."""
    names = {item.partition(";")[0].strip().lower() for item in accept.split(",")}
    return bool(names & {media_type, media_type.partition("/")[0] + "/*", "*/*"})
