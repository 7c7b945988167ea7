"""Verifiers, threads and event loops against a real server with TLS: how often they ask, and what faults come to."""

from __future__ import annotations

import asyncio
import gzip
import json
import threading
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any, TypeAlias

import pytest

import microcred as mc
from microcred.json import JSONObject
from microcred.protocols import Fetch
from microcred.signing import add_proof
from microcred.verify.bundle import VerificationBundle
from tests.make import AT, KEY, badge
from tests.verify.local_server import (
    Authority,
    Exchange,
    LocalServer,
    Page,
    make_authority,
    redirect,
    reply,
    serving,
)
from tests.verify.test_bundle import edtech_badge, summary
from tests.verify.test_fetch import BOMB, CHUNKED, FAULTS, HASTY, PATIENT, SLOW, then
from tests.verify.test_status import BITS, GOOD, did_document, entry, unsigned_list

Make: TypeAlias = Callable[..., mc.HTTPFetcher]
ISSUERS, CHECKS = 50, 1000


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def web(authority: Authority) -> Iterator[LocalServer]:
    with serving(authority.server) as server:
        yield server


@pytest.fixture
def make(authority: Authority) -> Iterator[Make]:
    """Make fetchers that take every name for this machine."""
    with ExitStack() as stack:

        def made(**options: Any) -> mc.HTTPFetcher:
            usual: dict[str, Any] = {
                "ssl_context": authority.client,
                "allow_private_addresses": True,
                "look_up": lambda _: ["127.0.0.1"],
                "limits": PATIENT,
            }
            return stack.enter_context(mc.HTTPFetcher(**{**usual, **options}))

        yield made


class Issuer:
    """An issuer with a did:web on a host of its own, and its status list."""

    def __init__(self, web: LocalServer, number: int = 0, *, host: str | None = None) -> None:
        self.host = host or f"i{number}.example.test"
        self.did = f"did:web:{self.host}%3A{web.port}:issuers:{number}"
        self.did_path, self.list_path = f"/issuers/{number}/did.json", f"/status/{number}"
        self.list_url = f"https://{self.host}:{web.port}{self.list_path}"

    @property
    def pages(self) -> dict[str, Page]:
        """What it publishes."""
        listed = unsigned_list(self.did, {"encodedList": BITS}, id=self.list_url)
        documents = {
            self.did_path: did_document(self.did),
            self.list_path: add_proof(listed, KEY, verification_method=f"{self.did}#1"),
        }
        return {path: reply(json.dumps(document).encode()) for path, document in documents.items()}

    def badge(self, index: int = GOOD) -> JSONObject:
        """Return a signed badge."""
        status = entry(str(index), statusListCredential=self.list_url)
        document = badge(self.did, id=f"urn:example:{index}", credentialStatus=status)
        return mc.sign(document, KEY, verification_method=f"{self.did}#1")


def issuers(web: LocalServer, count: int) -> list[Issuer]:
    """Put issuers on the web."""
    found = [Issuer(web, number) for number in range(count)]
    for issuer in found:
        web.pages |= issuer.pages
    return found


def in_thread(work: Coroutine[Any, Any, object]) -> threading.Thread:
    """Run an event loop in a thread of its own."""
    thread = threading.Thread(target=asyncio.run, args=[work])
    thread.start()
    return thread


# How often servers are asked


@pytest.fixture(scope="module")
def cohort(authority: Authority) -> Iterator[tuple[LocalServer, set[str], list[JSONObject]]]:
    """Serve fifty issuers, and return whom to trust, and a thousand badges of theirs."""
    with serving(authority.server) as web:
        known = issuers(web, ISSUERS)
        badges = [known[number % ISSUERS].badge(number) for number in range(CHECKS)]
        yield web, {issuer.did for issuer in known}, badges


def require_once_each(web: LocalServer) -> None:
    """Require that every page was asked for, and once."""
    asked = Counter(web.paths)
    assert set(asked) == set(web.pages)
    assert len(web.asked) == 2 * ISSUERS, asked.most_common(3)


def test_a_thousand_checks_at_once_ask_for_each_document_once(
    cohort: tuple[LocalServer, set[str], list[JSONObject]], make: Make
) -> None:
    web, trusted, badges = cohort
    web.asked.clear()
    verifier = mc.AsyncVerifier(trusted_issuers=trusted, fetcher=make())

    async def all_of_them() -> list[mc.VerificationReport]:
        return await asyncio.gather(*(verifier.check(document, at=AT) for document in badges))

    reports = asyncio.run(all_of_them())
    assert [summary(report) for report in reports if not report] == []
    assert len(reports) == CHECKS
    require_once_each(web)


def test_a_thousand_checks_in_threads_ask_for_each_document_once(
    cohort: tuple[LocalServer, set[str], list[JSONObject]], make: Make
) -> None:
    web, trusted, badges = cohort
    web.asked.clear()
    verifier = mc.Verifier(trusted_issuers=trusted, fetcher=make())
    with ThreadPoolExecutor(32) as pool:
        reports = list(pool.map(lambda document: verifier.check(document, at=AT), badges))
    assert [summary(report) for report in reports if not report] == []
    assert len(reports) == CHECKS
    require_once_each(web)


def test_threads_and_event_loops_share_one_fetcher(
    cohort: tuple[LocalServer, set[str], list[JSONObject]], make: Make
) -> None:
    web, trusted, badges = cohort
    web.asked.clear()
    fetcher = make()
    verifier = mc.Verifier(trusted_issuers=trusted, fetcher=fetcher)
    averifier = mc.AsyncVerifier(trusted_issuers=trusted, fetcher=fetcher)
    found: list[tuple[JSONObject, mc.VerificationReport, VerificationBundle]] = []

    async def in_a_loop(part: list[JSONObject]) -> None:
        judged = await asyncio.gather(*(averifier.check_with_bundle(document, at=AT) for document in part))
        found.extend((document, *pair) for document, pair in zip(part, judged, strict=True))

    def in_order(part: list[JSONObject]) -> None:
        found.extend((document, *verifier.check_with_bundle(document, at=AT)) for document in part)

    parts = [badges[start:200:4] for start in range(4)]
    threads = [in_thread(in_a_loop(part)) for part in parts[:2]]
    threads += [threading.Thread(target=in_order, args=[part]) for part in parts[2:]]
    for thread in threads[2:]:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 200
    require_once_each(web)
    # Whoever fetched it, and whatever is remembered: each has a bundle with all that it needs.
    offline = mc.Verifier(trusted_issuers=trusted)
    for document, report, bundle in found:
        assert report
        assert offline.check(document, at=AT, bundle=bundle) == report


# One request for several who wait


def test_two_event_loops_wait_for_one_request(web: LocalServer, make: Make) -> None:
    asked, joined = threading.Event(), threading.Event()

    def page(exchange: Exchange) -> None:
        asked.set()
        joined.wait(30)
        exchange.send(reply(cache_control="no-store"))

    web.pages["/"] = page
    fetcher, found = make(), list[bytes]()

    async def first() -> None:
        found.append((await fetcher.afetch(Fetch(web.url()))).content)

    async def second() -> None:
        waiting = asyncio.ensure_future(fetcher.afetch(Fetch(web.url())))
        # Its first step, in which it joins.
        await asyncio.sleep(0)
        joined.set()
        found.append((await waiting).content)

    threads = [in_thread(first())]
    assert asked.wait(30)
    threads.append(in_thread(second()))
    for thread in threads:
        thread.join()
    assert (found, len(web.asked)) == ([b"{}", b"{}"], 1)


def test_a_check_that_is_cancelled_does_not_end_it_for_those_in_other_loops(web: LocalServer, make: Make) -> None:
    [issuer] = issuers(web, 1)
    asked, go_on = threading.Event(), threading.Event()
    document = issuer.pages[issuer.did_path]
    assert isinstance(document, bytes)

    def page(exchange: Exchange) -> None:
        asked.set()
        go_on.wait(30)
        exchange.send(document)

    web.pages[issuer.did_path] = page
    verifier = mc.AsyncVerifier(trusted_issuers={issuer.did}, fetcher=make())
    reports: list[mc.VerificationReport] = []
    badges = [issuer.badge(number) for number in range(10)]

    async def patient() -> None:
        reports.extend(await asyncio.gather(*(verifier.check(each, at=AT) for each in badges)))

    async def impatient() -> None:
        waiting = [asyncio.ensure_future(verifier.check(each, at=AT)) for each in badges]
        await asyncio.sleep(0)
        for task in waiting:
            task.cancel()
        ends = await asyncio.gather(*waiting, return_exceptions=True)
        assert {type(end) for end in ends} == {asyncio.CancelledError}
        go_on.set()

    threads = [in_thread(impatient())]
    assert asked.wait(30)
    threads.append(in_thread(patient()))
    for thread in threads:
        thread.join()
    assert (len(reports), all(reports)) == (10, True)
    assert sorted(web.paths) == sorted(web.pages)


def test_checks_under_way_when_the_fetcher_is_closed_end(web: LocalServer, make: Make) -> None:
    [issuer] = issuers(web, 1)
    fetcher = make()
    document = issuer.pages[issuer.did_path]
    assert isinstance(document, bytes)
    web.pages[issuer.did_path] = then(lambda _: fetcher.close(), document)
    with pytest.raises(ValueError, match="closed"):
        mc.Verifier(trusted_issuers={issuer.did}, fetcher=fetcher).check(issuer.badge(), at=AT)
    # The key came, and the list was not asked for.
    assert web.paths == [issuer.did_path]


# Faults, to their end

Found: TypeAlias = list[tuple[str, str, str | None]]
UNRESOLVED: Found = [
    ("proof", "indeterminate", "RESOLUTION_ERROR"),
    ("issuer", "indeterminate", "ISSUER_KEY_NOT_BOUND"),
]
NO_STATUS: Found = [("credential_status", "indeterminate", "STATUS_RETRIEVAL_ERROR")]


def key_at(issuer: Issuer) -> tuple[JSONObject, set[str], str, Found]:
    """Return a badge whose key is behind a URL, whom to trust, the path, and what it comes to without the key."""
    document = mc.sign(badge(issuer.did), KEY, verification_method=f"{issuer.did}#1")
    return document, {issuer.did}, issuer.did_path, UNRESOLVED


def list_at(issuer: Issuer) -> tuple[JSONObject, set[str], str, Found]:
    """The same with a status list behind the URL."""
    status = entry(statusListCredential=issuer.list_url)
    return mc.sign(badge(KEY.did, credentialStatus=status), KEY), {KEY.did}, issuer.list_path, NO_STATUS


def revocations_at(issuer: Issuer) -> tuple[JSONObject, set[str], str, Found]:
    """The same with a list of 1EdTech, for which TLS vouches."""
    document = edtech_badge(KEY.did)
    document["credentialStatus"] = {"id": issuer.list_url, "type": "1EdTechRevocationList"}
    return mc.sign(document, KEY), {KEY.did}, issuer.list_path, NO_STATUS


PLACES = {"key": key_at, "list": list_at, "revocations": revocations_at}
each_place = pytest.mark.parametrize("place", PLACES)
WRONG = {
    "a length that is too small": reply(content_length="1"),
    "a length that is too large": then(reply(content_length="100"), Exchange.hang_up),
    "something else": reply(b"hello", content_type="text/plain"),
    "nothing": reply(b""),
    "deep JSON": reply(b"[" * 50_000),
    "a web page": reply(b"<html>", content_type="text/html"),
    "a redirect to a private address": redirect("https://169.254.169.254/latest/meta-data/"),
    "a bomb in chunks, without end": then(
        CHUNKED.replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n"), b"%x\r\n%b\r\n" % (len(BOMB), BOMB)
    ),
}


def judged(make: Callable[[], mc.HTTPFetcher], document: JSONObject, trusted: set[str]) -> Found:
    """Return what both verifiers find, which has to be the same, and is the same again from the bundle."""
    report, bundle = mc.Verifier(trusted_issuers=trusted, fetcher=make()).check_with_bundle(document, at=AT)
    other = mc.AsyncVerifier(trusted_issuers=trusted, fetcher=make())
    assert summary(asyncio.run(other.check(document, at=AT))) == summary(report)
    kept = VerificationBundle.from_json(bundle.to_json())
    assert mc.Verifier(trusted_issuers=trusted).check(document, at=AT, bundle=kept) == report
    assert report.refused is False
    return summary(report)


@pytest.mark.parametrize(
    ("place", "fault"), [*product(("key", "list"), [*FAULTS, *WRONG]), *product(["revocations"], WRONG)]
)
def test_every_fault_of_a_server_is_indeterminate(web: LocalServer, make: Make, place: str, fault: str) -> None:
    document, trusted, path, expected = PLACES[place](Issuer(web))
    web.pages[path] = {**FAULTS, **WRONG}[fault]
    assert judged(make, document, trusted) == expected
    assert web.paths[0] == path


@each_place
def test_servers_that_take_for_ever_are_indeterminate_in_time(web: LocalServer, make: Make, place: str) -> None:
    fetcher, cases = make(limits=HASTY), []
    for number, page in enumerate(SLOW.values()):
        document, trusted, path, expected = PLACES[place](Issuer(web, number))
        web.pages[path] = page
        cases.append((document, trusted))
    with ThreadPoolExecutor(len(SLOW)) as pool:
        found = list(pool.map(lambda case: judged(lambda: fetcher, *case), cases))
    assert found == [expected] * len(SLOW)


@each_place
@pytest.mark.parametrize("fault", ["wrong host", "expired", "unknown authority", "no TLS"])
def test_a_server_that_nobody_vouches_for_is_indeterminate(
    authority: Authority, make: Make, tmp_path: Path, place: str, fault: str
) -> None:
    other = make_authority(tmp_path, expired=True) if fault == "expired" else authority
    tls = make_authority(tmp_path).server if fault == "unknown authority" else other.server
    with serving(
        None if fault == "no TLS" else tls, b"HTTP/1.1 400 Bad Request\r\n\r\n" if fault == "no TLS" else None
    ) as web:
        issuer = Issuer(web, host="other.test" if fault == "wrong host" else None)
        document, trusted, _, expected = PLACES[place](issuer)
        web.pages |= issuer.pages
        assert judged(partial(make, ssl_context=other.client), document, trusted) == expected
        assert web.asked == []
        assert web.connections > 0


def compressed(good: bytes) -> bytes:
    return reply(gzip.compress(good.partition(b"\r\n\r\n")[2]), content_encoding="gzip")


PASSING: dict[str, Callable[[bytes], list[Page]]] = {
    "503, then 200": lambda good: [reply(b"", "503 Service Unavailable"), good],
    "a reset, then 200": lambda good: [Exchange.reset, good],
    "compression": lambda good: [compressed(good)],
}


@pytest.mark.parametrize("trouble", PASSING)
def test_trouble_that_passes_does_no_harm(web: LocalServer, make: Make, trouble: str) -> None:
    issuer = Issuer(web)

    def answered(path: str, good: Page) -> Page:
        assert isinstance(good, bytes)
        answers = PASSING[trouble](good)

        def page(exchange: Exchange) -> None:
            # Each of the two verifiers meets the trouble.
            answer = answers[(web.paths.count(path) - 1) % len(answers)]
            if callable(answer):
                answer(exchange)
            else:
                exchange.send(answer)

        return page

    web.pages |= {path: answered(path, good) for path, good in issuer.pages.items()}
    assert judged(make, issuer.badge(), {issuer.did}) == []


def test_redirects_to_where_it_is_now_are_followed(web: LocalServer, make: Make) -> None:
    issuer = Issuer(web)
    for path, good in issuer.pages.items():
        web.pages |= {path: redirect(web.url(f"/now{path}", "sub.example.test")), f"/now{path}": good}
    assert judged(make, issuer.badge(), {issuer.did}) == []
