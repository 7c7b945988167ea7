"""What an HTTP cache may keep, and for how long: RFC 9111, as the private cache of one program.

Nothing is ever served stale: once an answer is no longer fresh, the server is asked whether it still holds.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Generic, TypeVar

from microcred.limits import Limits
from microcred.verify._answers import Answer

__all__ = ["Kept", "Memory", "keep", "retry_after"]

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

_DEFAULT_LIFETIME = timedelta(minutes=5)  # of answers that say nothing of it
_NONE = timedelta(0)
# RFC 9111 §5.2: name, or name=value, or name="value".
_DIRECTIVE = re.compile(r'([!#$%&\'*+.^_`|~0-9a-z-]+)(?:=(?:"([^"]*)"|([^\s,"]*)))?', re.ASCII)
_SECONDS = re.compile(r"[0-9]+", re.ASCII)
_MAX_SECONDS = 2**31  # RFC 9111 §1.2.2
_PERMANENT_REDIRECTS = (301, 308)


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer, and how long it holds."""

    answer: Answer
    """The answer."""
    received_at: datetime
    """When the server gave or confirmed it."""
    generated_at: datetime
    """When it left the server, as far as caches on the way told: at ``received_at``, or before."""
    fresh_until: datetime
    """Until when it can be served without asking again."""

    def is_fresh(self, now: datetime, max_age: timedelta | None) -> bool:
        """Tell whether it can be served (§4.2), to somebody who may want it younger than the server does."""
        # A clock that was set back makes nothing fresh.
        young = max_age is None or now - self.generated_at < max_age
        return self.received_at <= now < self.fresh_until and young

    @property
    def conditions(self) -> dict[str, str]:
        """The headers that ask the server whether it still holds (§4.3.1)."""
        pairs = (("If-None-Match", "etag"), ("If-Modified-Since", "last-modified"))
        return {ask: self.answer.headers[name] for ask, name in pairs if name in self.answer.headers}

    def confirmed(self, headers: Mapping[str, str]) -> Answer:
        """Return the answer with the headers of a response 304 (§4.3.4)."""
        old = {name: value for name, value in self.answer.headers.items() if name != "age"}
        # What describes the body stays that of the body.
        new = {name: value for name, value in headers.items() if not name.startswith("content-")}
        return Answer(self.answer.status, {**old, **new}, self.answer.content)


def keep(answer: Answer, now: datetime, limits: Limits) -> tuple[Kept, bool]:
    """Judge how long an answer holds.

    Args:
        answer: Its headers are untrusted: whatever they say, ``max_cache_seconds`` is the most.
        now: When it was received.
        limits: The bounds.

    Returns:
        The answer, and whether it may be stored at all (§3).
    """
    headers = answer.headers
    directives = _directives(headers.get("cache-control", ""))
    age = _seconds(headers.get("age", "0")) or _NONE
    lifetime = min(_lifetime(answer, directives, now), timedelta(seconds=limits.max_cache_seconds))
    kept = Kept(answer, now, now - age, now + max(lifetime - age, _NONE))
    storable = "no-store" not in directives and headers.get("vary", "").strip() != "*"
    # Without a validator and without any freshness there is nothing to gain.
    return kept, storable and (kept.fresh_until > now or bool(kept.conditions))


def _lifetime(answer: Answer, directives: Mapping[str, str], now: datetime) -> timedelta:
    """Return the freshness lifetime (§4.2.1); what cannot be read is taken as stale."""
    headers = answer.headers
    if "no-cache" in directives:
        return _NONE
    if "max-age" in directives:
        return _seconds(directives["max-age"]) or _NONE
    if "expires" in headers:
        expires = _date(headers["expires"])
        return _NONE if expires is None else expires - (_date(headers.get("date", "")) or now)
    # A redirect for now is not kept, unless the server says so (RFC 9110 §15.1).
    return _DEFAULT_LIFETIME if answer.status == 200 or answer.status in _PERMANENT_REDIRECTS else _NONE


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """Return when a server wants to be asked again (RFC 9110 §10.2.3)."""
    text = headers.get("retry-after", "").strip()
    date = _date(text)
    return _seconds(text) if date is None else max(date - now, _NONE)


def _directives(header: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, quoted, plain in _DIRECTIVE.findall(header.lower()):
        # Of a directive that comes twice, the first counts (§4.2.1).
        found.setdefault(name, quoted or plain)
    return found


def _seconds(text: str) -> timedelta | None:
    digits = text.strip()
    if not _SECONDS.fullmatch(digits):
        return None
    return timedelta(seconds=min(int(digits[:20]), _MAX_SECONDS))


def _date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
        return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
    except (TypeError, ValueError, OverflowError, IndexError):
        return None


class Memory(Generic[K, V]):
    """Keep values by key, and forget those that were not asked for the longest; for several threads."""

    def __init__(self, max_entries: int, max_bytes: int) -> None:
        """Take the bounds on what is kept."""
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._bytes = 0
        self._entries: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: K) -> V | None:
        """Return a value, or None."""
        with self._lock:
            if key not in self._entries:
                return None
            self._entries.move_to_end(key)
            return self._entries[key][0]

    def put(self, key: K, value: V, size: int) -> None:
        """Keep a value of a size in bytes; one that is too large is not kept."""
        with self._lock:
            self._drop(key)
            if size > self._max_bytes:
                return
            self._entries[key] = (value, size)
            self._bytes += size
            while self._bytes > self._max_bytes or len(self._entries) > self._max_entries:
                self._drop(next(iter(self._entries)))

    def drop(self, key: K) -> None:
        """Forget a value."""
        with self._lock:
            self._drop(key)

    def _drop(self, key: K) -> None:
        self._bytes -= self._entries.pop(key, (None, 0))[1]
