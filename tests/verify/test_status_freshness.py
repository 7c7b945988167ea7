"""How old a status list may be: ``ttl``, its dates, and the cache of the fetcher (Bitstring Status List 1.0 §2.2)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

import microcred as mc
from microcred.errors import FetchError
from microcred.json import JSONObject, JSONValue
from microcred.protocols import Fetch, FetchResult
from microcred.signing import add_proof
from microcred.status import StatusList
from microcred.testing import FakeWeb
from microcred.verify.fetch import HTTPFetcher
from tests.make import AT, KEY, signed
from tests.verify.local_server import Exchange, LocalServer, Page, reply, serving

URL = "https://example.edu/status/1"
MINUTE = 60_000
HOUR = timedelta(hours=1)


def status_list(*revoked: int, url: str = URL, ttl: JSONValue = None, **changes: JSONValue) -> bytes:
    subject: JSONObject = {
        "type": "BitstringStatusList",
        "statusPurpose": "revocation",
        "encodedList": StatusList.from_indexes(revoked).encode(),
        "ttl": ttl,
    }
    document: JSONObject = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": url,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": KEY.did,
        "validFrom": "2026-01-01T00:00:00Z",
        "credentialSubject": {name: value for name, value in subject.items() if value is not None},
        **changes,
    }
    made = add_proof(document, KEY, verification_method=KEY.verification_method, created="2026-01-01T00:00:00Z")
    return json.dumps(made).encode()


def credential(url: str = URL) -> JSONObject:
    """Return a badge with entry 7."""
    entry = {
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": "7",
        "statusListCredential": url,
    }
    return signed(credentialStatus=entry)


class Cache(FakeWeb):
    """A web of which the fetcher has a copy, made some time ago; it remembers how old that may be, each time."""

    def __init__(self, copy: bytes, page: bytes | FetchError, age: timedelta, then: timedelta | None = None) -> None:
        super().__init__({URL: page})
        self.copy = FetchResult(URL, copy, fetched_at=AT - age)
        self.then = then
        self.most: list[timedelta | None] = []

    def fetch(self, request: Fetch) -> FetchResult:
        self.most.append(request.max_age)
        if request.max_age is None or self.copy.fetched_at is None or AT - self.copy.fetched_at < request.max_age:
            return self.copy
        page = super().fetch(request)
        return FetchResult(URL, page.content, fetched_at=None if self.then is None else AT - self.then)


def judged(web: FakeWeb, at: datetime = AT) -> tuple[str, str | None]:
    check = mc.Verifier(trusted_issuers={KEY.did}, fetcher=web).check(credential(), at=at)["credential_status"]
    return str(check.outcome), check.code


PASSED, REVOKED = ("passed", None), ("failed", "REVOKED")
UNVERIFIED, UNREACHABLE = ("indeterminate", "STATUS_VERIFICATION_ERROR"), ("indeterminate", "STATUS_RETRIEVAL_ERROR")


@pytest.mark.parametrize(
    ("ttl", "age", "expected", "most"),
    [
        (MINUTE, 59, PASSED, [None]),
        (MINUTE, 60, REVOKED, [None, timedelta(minutes=1)]),
        (MINUTE, 3600, REVOKED, [None, timedelta(minutes=1)]),
        (1, 1, REVOKED, [None, timedelta(milliseconds=1)]),
        (0, 1, REVOKED, [None, timedelta(0)]),
        (-5, 1, REVOKED, [None, timedelta(0)]),
        (10**15, 10**6, PASSED, [None]),
        # Without one, no default is assumed.
        (None, 10**6, PASSED, [None]),
    ],
)
def test_a_copy_past_its_time_to_live_is_asked_for_anew(
    ttl: int | None, age: int, expected: tuple[str, str | None], most: list[timedelta | None]
) -> None:
    web = Cache(status_list(ttl=ttl), status_list(7, ttl=ttl), timedelta(seconds=age))
    assert judged(web) == expected
    assert web.most == most


def test_an_answer_of_now_is_asked_for_once_whatever_its_time_to_live() -> None:
    web = FakeWeb({URL: status_list(ttl=0)})
    assert judged(web) == PASSED
    assert web.requests == [URL]


def test_what_the_server_itself_serves_stale_is_judged_by_its_dates() -> None:
    old = status_list(ttl=MINUTE)
    web = Cache(old, old, HOUR, then=HOUR)
    assert judged(web) == PASSED
    assert web.most == [None, timedelta(minutes=1)]
    ended = status_list(ttl=MINUTE, validUntil="2026-05-31T23:00:00Z")
    assert judged(Cache(old, ended, HOUR, then=HOUR)) == UNVERIFIED


def test_the_time_to_live_does_not_lengthen_the_validity() -> None:
    ended = status_list(ttl=10**9, validUntil="2026-05-31T23:00:00Z")
    assert judged(FakeWeb({URL: ended})) == UNVERIFIED


def test_a_copy_that_cannot_be_renewed_is_not_used() -> None:
    assert judged(Cache(status_list(ttl=MINUTE), FetchError(URL, "none", 503), HOUR)) == UNREACHABLE


def test_a_copy_that_came_to_its_end_is_asked_for_anew() -> None:
    ended = status_list(validUntil="2026-05-31T23:00:00Z")
    web = Cache(ended, status_list(), HOUR)
    assert judged(web) == PASSED
    # A list that is bad for good is asked for once a minute at most.
    web = Cache(ended, ended, HOUR)
    assert judged(web) == UNVERIFIED
    assert web.most == [None, timedelta(minutes=1)]
    web = Cache(ended, status_list(), timedelta(seconds=59))
    assert judged(web) == UNVERIFIED
    assert web.most == [None]


def test_a_moment_in_the_past_is_judged_by_the_copy_at_hand() -> None:
    web = Cache(status_list(ttl=MINUTE), FetchError(URL, "none", 503), timedelta(0))
    assert judged(web, AT - timedelta(days=7)) == PASSED
    assert web.most == [None]


@pytest.mark.parametrize("ttl", ["300000", True, [1], {"@value": 5}])
def test_a_list_whose_time_to_live_is_no_number_does_not_verify(ttl: JSONValue) -> None:
    assert judged(FakeWeb({URL: status_list(ttl=ttl)})) == UNVERIFIED


def test_all_credentials_of_one_verification_share_one_renewal() -> None:
    web = Cache(status_list(ttl=MINUTE), status_list(ttl=MINUTE), HOUR)
    twice = [credential(), credential()]
    shown = mc.present(twice, KEY, challenge="c", domain="https://a.example", created="2026-05-31T23:59:00Z")
    verifier = mc.Verifier(trusted_issuers={KEY.did}, fetcher=web)
    assert verifier.check_presentation(shown, challenge="c", domain="https://a.example", at=AT)
    assert web.most == [None, timedelta(minutes=1)]


# With a server, and the cache of the fetcher that ships


class Clock:
    """A clock that stands still until it is moved; the fetcher and the verifier have the same."""

    def __init__(self) -> None:
        self.now = AT

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def server() -> Iterator[LocalServer]:
    with serving() as server:
        yield server


def tagged(content: bytes, tag: str) -> Page:
    """Make a page that HTTP lets anybody keep for an hour, and that is confirmed to whoever has it."""

    def page(exchange: Exchange) -> None:
        if exchange.headers.get("if-none-match") == tag:
            exchange.send(
                b"HTTP/1.1 304 Not Modified\r\nETag: %b\r\nCache-Control: max-age=3600\r\n\r\n" % tag.encode()
            )
        else:
            exchange.send(reply(content, etag=tag, cache_control="max-age=3600"))

    return page


def test_the_cache_of_the_fetcher_serves_no_list_past_its_time_to_live(server: LocalServer) -> None:
    clock, url = Clock(), server.url("/status/1", "127.0.0.1")
    server.pages["/status/1"] = tagged(status_list(url=url, ttl=5 * MINUTE), '"1"')
    with HTTPFetcher(allow_http=True, allow_private_addresses=True, clock=clock) as fetcher:
        verifier = mc.Verifier(trusted_issuers={KEY.did}, fetcher=fetcher)

        def after(**span: float) -> tuple[str, str | None]:
            clock.now += timedelta(**span)
            check = verifier.check(credential(url), at=clock.now)["credential_status"]
            return str(check.outcome), check.code

        assert [after(), after(seconds=299)] == [PASSED, PASSED]
        assert len(server.asked) == 1
        # Confirmed: it is as good as new for another five minutes.
        assert after(seconds=1) == PASSED
        assert server.asked[1].headers["cache-control"] == "max-age=300"
        assert after(seconds=299) == PASSED
        assert len(server.asked) == 2
        # Revoked in the meantime: seen as soon as the time is over, though HTTP would allow an hour.
        server.pages["/status/1"] = tagged(status_list(7, url=url, ttl=5 * MINUTE), '"2"')
        assert after() == PASSED
        assert after(seconds=1) == REVOKED
        assert len(server.asked) == 3
        # Nobody there any more: no copy is used.
        server.pages["/status/1"] = reply(b"", "503 Service Unavailable", retry_after="1")
        assert after(minutes=5) == UNREACHABLE


def test_the_clocks_of_the_day_agree(server: LocalServer) -> None:
    url = server.url("/status/1", "127.0.0.1")
    server.pages["/status/1"] = tagged(status_list(url=url, ttl=0), '"1"')
    with HTTPFetcher(allow_http=True, allow_private_addresses=True) as fetcher:
        verifier = mc.Verifier(trusted_issuers={KEY.did}, fetcher=fetcher)
        for asked in (1, 2):
            assert verifier.check(credential(url), at=datetime.now(UTC))["credential_status"].outcome == "passed"
            assert len(server.asked) == asked, "a list that may not be kept is asked for each time, and once"
