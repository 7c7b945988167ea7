"""What a verification fetched, kept to judge again: without a network, as of a date.

The format, version 1, is one JSON object::

    {"format": "microcred/verification-bundle", "version": 1,
     "at": "2026-06-01T12:00:00Z",              the time of judgement
     "entries": [
       {"url": …, "accept": …,                  what was asked for
        "fetchedAt": …,                         when the server said so
        "mediaType": …, "sha256": …,            the answer; the digest of its bytes, in hexadecimal
        "text": …},                             its bytes as UTF-8; or "base64url", where they are something else
       {"url": …, "accept": …, "fetchedAt": …,
        "failure": {"reason": …, "status": 404}}],   or null, where there was no answer at all
     "sha256": …}                               of all of this

The last digest is over the canonical form (RFC 8785) of the object without that member and without ``text`` and
``base64url``, which have digests of their own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Final

from microcred.encoding import base64url_decode, base64url_encode
from microcred.errors import DocumentError, FetchError
from microcred.jcs import canonicalize
from microcred.json import JSONObject, JSONValue, dumps, loads_object, pointer
from microcred.limits import DEFAULT_LIMITS, Limits
from microcred.protocols import Fetch, FetchResult

__all__ = ["Entry", "VerificationBundle"]

_FORMAT, _VERSION = "microcred/verification-bundle", 1
_MEMBERS: Final = frozenset(["format", "version", "at", "entries", "sha256"])
_ASKED: Final = frozenset(["url", "accept", "fetchedAt"])
_BODIES: Final = ("text", "base64url")
_NOT_HELD = "the bundle does not hold it: it was not looked up when the bundle was made"
_TOO_OLD = "what the bundle holds was fetched too long before the time of judgement; say at= to judge as of then"


@dataclass(frozen=True, slots=True)
class Entry:
    """What came of one request."""

    url: str
    """The URL that was asked for."""
    accept: str
    """The media types that were asked for."""
    fetched_at: datetime
    """When the server gave the answer, or last said that it still holds, with a zone; or when it failed."""
    content: bytes | None = field(default=None, repr=False)
    """The body; None when there was no answer of use."""
    media_type: str = ""
    """The media type of the answer."""
    reason: str = ""
    """Why there was none."""
    status: int | None = None
    """The HTTP status code of a failure, if there was one."""

    @classmethod
    def of(cls, request: Fetch, answer: FetchResult | FetchError, now: datetime) -> Entry:
        """Make the entry of a request; an answer without a time of its own came now."""
        if isinstance(answer, FetchError):
            return cls(request.url, request.accept, now, reason=answer.reason, status=answer.status)
        fetched_at = now if answer.fetched_at is None else answer.fetched_at.astimezone(UTC)
        return cls(request.url, request.accept, fetched_at, bytes(answer.content), answer.media_type)

    @property
    def sha256(self) -> str | None:
        """The SHA-256 of the body, in hexadecimal."""
        return None if self.content is None else hashlib.sha256(self.content).hexdigest()

    def answer(self, request: Fetch) -> FetchResult | FetchError:
        """Return the answer once more."""
        if self.content is None:
            return FetchError(request.url, self.reason, self.status)
        return FetchResult(request.url, self.content, self.media_type, self.fetched_at)

    def outline(self) -> JSONObject:
        """Return the entry as JSON, without the body."""
        asked: JSONObject = {"url": self.url, "accept": self.accept, "fetchedAt": _text(self.fetched_at)}
        if self.content is None:
            return {**asked, "failure": {"reason": self.reason, "status": self.status}}
        return {**asked, "mediaType": self.media_type, "sha256": self.sha256}

    def to_dict(self) -> JSONObject:
        """Return the entry as JSON."""
        if self.content is None:
            return self.outline()
        try:
            return {**self.outline(), "text": self.content.decode()}
        except UnicodeDecodeError:
            return {**self.outline(), "base64url": base64url_encode(self.content)}


@dataclass(frozen=True)
class VerificationBundle:
    """Everything that a verification fetched: key documents, status lists and the like, and what could not be fetched.

    A bundle is the verifier's own record. It decides which keys and lists count, so that whoever can write one can make
    anything verify: never take one from the person who shows the credential. Its digests tell damage, not malice; where
    others can write to your files, keep ``sha256`` elsewhere and compare.

    It answers requests, and is not bound to a credential: what it holds counts for every credential that needs nothing
    else. It can hold personal data, as a refreshed credential does.
    """

    at: datetime
    """The time of judgement of the verification, with a zone."""
    entries: tuple[Entry, ...] = field(repr=False)
    """What came of each request, in order."""

    @property
    def sha256(self) -> str:
        """The SHA-256 over the whole bundle, in hexadecimal."""
        return hashlib.sha256(canonicalize(self._outline())).hexdigest()

    def to_json(self, *, limits: Limits = DEFAULT_LIMITS) -> str:
        """Write the bundle as JSON.

        Raises:
            DocumentError: TOO_COMPLEX: it is larger than ``limits.max_bundle_bytes``.
        """
        entries: list[JSONValue] = [entry.to_dict() for entry in self.entries]
        text = dumps({**self._outline(), "entries": entries, "sha256": self.sha256})
        if len(text.encode()) > limits.max_bundle_bytes:
            raise DocumentError.at(
                "", f"the bundle is larger than {limits.max_bundle_bytes:,} bytes (max_bundle_bytes)", "TOO_COMPLEX"
            )
        return text

    @classmethod
    def from_json(cls, text: str | bytes | bytearray, *, limits: Limits = DEFAULT_LIMITS) -> VerificationBundle:
        """Read a bundle that ``to_json`` wrote.

        Args:
            text: Your own record; trusted, save that it may be damaged.
            limits: Bounds on its size.

        Raises:
            DocumentError: PARSING_ERROR, MALFORMED_VALUE_ERROR: it is no bundle, or damaged; UNSUPPORTED: it has a
                format of another version.
        """
        members = loads_object(text, replace(limits, max_document_bytes=limits.max_bundle_bytes))
        if members.get("format") != _FORMAT:
            raise DocumentError.at("/format", f"this is no verification bundle; one has the format “{_FORMAT}”")
        if type(members.get("version")) is not int or members["version"] != _VERSION:
            words = "the bundle has a format of another version; read it with the version of microcred that wrote it"
            raise DocumentError.at("/version", words, "UNSUPPORTED")
        _require_members(members, _MEMBERS, "")
        items = members["entries"]
        if not isinstance(items, list):
            raise DocumentError.at("/entries", "must be an array")
        entries = tuple(_entry(item, pointer("entries", index)) for index, item in enumerate(items))
        bundle = cls(_moment(members, "at", ""), entries)
        if len({(entry.url, entry.accept) for entry in entries}) != len(entries):
            raise DocumentError.at("/entries", "must not have two answers to one request")
        if members["sha256"] != bundle.sha256:
            raise DocumentError.at("/sha256", "the bundle is damaged: its digest is another; take it from a backup")
        return bundle

    def answer(self, request: Fetch, at: datetime, limits: Limits = DEFAULT_LIMITS) -> FetchResult | FetchError:
        """Answer a request as the web did.

        At the bundle's own time, every answer counts. At any other, an answer counts for as long as a cache would serve
        it; documents with dates say themselves from when on they hold.

        Args:
            request: What is asked for; untrusted.
            at: The time of judgement.
            limits: ``max_cache_seconds`` bounds the age of answers.

        Returns:
            The answer; or the failure that there was; or one that says that nothing is known.
        """
        # Another version may ask for other media types; what the URL gave is judged by what it is.
        entry = self._by_request.get((request.url, request.accept)) or self._by_url.get(request.url)
        if entry is None:
            return FetchError(request.url, _NOT_HELD)
        most = timedelta(seconds=limits.max_cache_seconds)
        if request.max_age is not None:
            most = min(most, request.max_age)
        if at - self.at and at - entry.fetched_at > most:
            return FetchError(request.url, _TOO_OLD)
        return entry.answer(request)

    @cached_property
    def _by_request(self) -> dict[tuple[str, str], Entry]:
        return {(entry.url, entry.accept): entry for entry in self.entries}

    @cached_property
    def _by_url(self) -> dict[str, Entry]:
        # Of several, an answer rather than a failure.
        return {entry.url: entry for entry in sorted(self.entries, key=lambda entry: entry.content is not None)}

    def _outline(self) -> JSONObject:
        outlines: list[JSONValue] = [entry.outline() for entry in self.entries]
        return {"format": _FORMAT, "version": _VERSION, "at": _text(self.at), "entries": outlines}


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _entry(value: JSONValue, where: str) -> Entry:
    if not isinstance(value, dict):
        raise DocumentError.at(where, "must be an object, in braces")
    if "failure" in value:
        _require_members(value, {*_ASKED, "failure"}, where)
        reason, status = _failure(value["failure"], f"{where}/failure")
        return Entry(*_asked(value, where), reason=reason, status=status)
    body = next((name for name in _BODIES if name in value), "text")
    _require_members(value, {*_ASKED, "mediaType", "sha256", body}, where)
    entry = Entry(*_asked(value, where), _content(value, body, where), _string(value, "mediaType", where))
    if value["sha256"] != entry.sha256:
        raise DocumentError.at(f"{where}/sha256", "the bundle is damaged: the digest of what was fetched is another")
    return entry


def _asked(members: JSONObject, where: str) -> tuple[str, str, datetime]:
    return _string(members, "url", where), _string(members, "accept", where), _moment(members, "fetchedAt", where)


def _content(members: JSONObject, name: str, where: str) -> bytes:
    text = _string(members, name, where)
    try:
        return text.encode() if name == "text" else base64url_decode(text)
    except ValueError:
        raise DocumentError.at(f"{where}/{name}", "must be base64url without padding") from None


def _failure(value: JSONValue, where: str) -> tuple[str, int | None]:
    if not isinstance(value, dict):
        raise DocumentError.at(where, "must be an object, in braces")
    _require_members(value, {"reason", "status"}, where)
    status = value["status"]
    if status is not None and (not isinstance(status, int) or isinstance(status, bool)):
        raise DocumentError.at(f"{where}/status", "must be an HTTP status code, or null")
    return _string(value, "reason", where), status


def _require_members(members: JSONObject, names: Iterable[str], where: str) -> None:
    wrong = set(members).symmetric_difference(names)
    if wrong:
        verb = "is missing" if min(wrong) not in members else "is not known in this version of the format"
        raise DocumentError.at(where + pointer(min(wrong)), verb)


def _string(members: JSONObject, name: str, where: str) -> str:
    value = members[name]
    if not isinstance(value, str):
        raise DocumentError.at(f"{where}/{name}", "must be text")
    return value


def _moment(members: JSONObject, name: str, where: str) -> datetime:
    text = _string(members, name, where)
    try:
        # In the one form in which it is written.
        moment = datetime.fromisoformat(text)
        if _text(moment) == text:
            return moment
    except (ValueError, OverflowError):
        pass
    raise DocumentError.at(f"{where}/{name}", "must be a date and time in UTC, such as 2026-05-01T09:30:00Z")
