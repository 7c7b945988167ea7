"""The fetcher against a real server with TLS on this machine, which misbehaves in every way that we could think of."""

from __future__ import annotations

import asyncio
import gc
import gzip
import os
import pickle
import socket
import ssl
import subprocess
import sys
import threading
import time
import warnings
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

import microcred as mc
from microcred.errors import FetchError
from microcred.protocols import Fetch, FetchResult
from microcred.verify.fetch import HTTPFetcher
from tests.make import KEY, badge
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

# No test waits for so long, be the machine ever so slow.
PATIENT = mc.Limits(max_fetch_seconds=60, max_response_bytes=100_000)
# What is not over by itself is over then.
SECONDS = 1.0
HASTY = mc.Limits(max_fetch_seconds=SECONDS, max_response_bytes=100_000)
Make: TypeAlias = Callable[..., HTTPFetcher]
Open: TypeAlias = Callable[[HTTPFetcher, Fetch], FetchResult]


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 5, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **span: float) -> None:
        self.now += timedelta(**span)


class Names:
    """A name server that answers each look-up with the next of its answers, the last one again and again."""

    def __init__(self, *answers: Iterable[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def __call__(self, host: str) -> Iterable[str]:
        self.asked.append(host)
        return self.answers[min(len(self.asked), len(self.answers)) - 1]


@pytest.fixture(scope="session")
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

        def made(**options: Any) -> HTTPFetcher:
            usual: dict[str, Any] = {
                "ssl_context": authority.client,
                "allow_private_addresses": True,
                "look_up": Names(["127.0.0.1"]),
                "limits": PATIENT,
            }
            return stack.enter_context(HTTPFetcher(**{**usual, **options}))

        yield made


@pytest.fixture(params=["fetch", "afetch"])
def open_(request: pytest.FixtureRequest) -> Open:
    """Both ways in, which have to come to the same."""
    if request.param == "fetch":
        return lambda fetcher, asked: fetcher.fetch(asked)
    return lambda fetcher, asked: asyncio.run(fetcher.afetch(asked))


def refused(fetcher: HTTPFetcher, url: str, open_: Open = HTTPFetcher.fetch) -> FetchError:
    """Return the error of a URL that gives nothing."""
    start = time.monotonic()
    with pytest.raises(FetchError) as caught:
        open_(fetcher, Fetch(url))
    assert time.monotonic() - start < PATIENT.max_fetch_seconds / 2, "it is not the deadline that ends it"
    assert caught.value.url == url
    assert caught.value.code == "RESOLUTION_ERROR"
    assert caught.value.reason
    return caught.value


# What works


def test_document_is_fetched(web: LocalServer, make: Make, open_: Open) -> None:
    web.pages["/did.json"] = reply(b'{"id": 1}', content_type="application/DID+JSON; charset=utf-8")
    clock = Clock()
    url = web.url("/did.json#key-1")
    assert open_(make(clock=clock), Fetch(url)) == FetchResult(url, b'{"id": 1}', "application/did+json", clock.now)
    [asked] = web.asked
    assert asked.path == "/did.json"
    assert asked.headers == {
        "host": f"example.test:{web.port}",
        "user-agent": "microcred",
        "accept": Fetch("").accept,
        "accept-encoding": "gzip",
    }


def test_operators_learn_whom_to_write_to(web: LocalServer, make: Make) -> None:
    web.pages["/"] = reply()
    make(contact="https://verifier.example/contact").fetch(Fetch(web.url()))
    assert web.asked[0].headers["user-agent"] == "microcred (https://verifier.example/contact)"


def test_a_credential_is_verified_with_a_key_from_the_web(web: LocalServer, make: Make) -> None:
    issuer = web.url("/issuer")
    method = f"{issuer}#key-1"
    listed = {"id": method, "type": "Multikey", "controller": issuer, "publicKeyMultibase": KEY.public_key.multikey}
    document = {"id": issuer, "verificationMethod": [listed], "assertionMethod": [method]}
    signed = mc.sign(badge(issuer), KEY, verification_method=method)
    fetcher = make()
    verifier = mc.Verifier(trusted_issuers={issuer}, fetcher=fetcher)
    averifier = mc.AsyncVerifier(trusted_issuers={issuer}, fetcher=make())
    assert verifier.check(signed)["proof"].outcome == "indeterminate"
    web.pages["/issuer"] = reply(mc.DIDDocument.model_validate(document).model_dump_json().encode())
    assert verifier.check(signed)["proof"].outcome == "indeterminate", "the failure is remembered"
    assert asyncio.run(averifier.check(signed))
    assert mc.Verifier(trusted_issuers={issuer}, fetcher=make()).check(signed)


def test_connections_are_used_again_by_all_threads_and_event_loops(web: LocalServer, make: Make) -> None:
    fetcher = make()
    for number in range(3):
        web.pages[f"/{number}"] = reply()
        asyncio.run(fetcher.afetch(Fetch(web.url(f"/{number}"))))
    web.pages["/sync"] = reply()
    fetcher.fetch(Fetch(web.url("/sync")))
    assert (len(web.asked), web.connections) == (4, 1)


@pytest.mark.parametrize(
    ("coding", "packed"),
    [
        ("gzip", gzip.compress(b"hello")),
        ("x-gzip", gzip.compress(b"hello")),
        ("GZIP", gzip.compress(b"hello")),
        ("deflate", zlib.compress(b"hello")),
        ("identity", b"hello"),
        ("", b"hello"),
    ],
)
def test_compressed_answer_is_unpacked(web: LocalServer, make: Make, coding: str, packed: bytes) -> None:
    web.pages["/"] = reply(packed, content_encoding=coding)
    assert make().fetch(Fetch(web.url())).content == b"hello"


def test_chunked_answer_is_joined(web: LocalServer, make: Make) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"
    web.pages["/"] = head + b"2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\n\r\n"
    assert make().fetch(Fetch(web.url())).content == b"hello"


def test_answer_without_a_length_ends_with_the_connection(web: LocalServer, make: Make) -> None:
    def page(exchange: Exchange) -> None:
        exchange.send(b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nhello")
        exchange.hang_up()

    web.pages["/"] = page
    assert make().fetch(Fetch(web.url())).content == b"hello"


@pytest.mark.parametrize(
    "media_type",
    [
        *("application/json", "application/ld+json", "application/did+json", "application/jwk-set+json", "text/json"),
        *("application/vc", "application/jwt", "application/vc+jwt", "application/vc+sd-jwt", "application/vc+ld+json"),
        *("application/vc+cose", "text/plain; charset=utf-8", "application/octet-stream", "IMAGE/PNG", "font/woff"),
    ],
)
def test_media_types_of_credentials_and_those_asked_for_will_do(web: LocalServer, make: Make, media_type: str) -> None:
    web.pages["/"] = reply(content_type=media_type)
    result = make().fetch(Fetch(web.url(), accept="application/vc, image/png;q=0.5, font/*"))
    assert result.media_type == media_type.partition(";")[0].lower()


def test_answer_without_a_media_type_is_bytes(web: LocalServer, make: Make) -> None:
    web.pages["/"] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
    assert make().fetch(Fetch(web.url())).media_type == "application/octet-stream"


@pytest.mark.parametrize(
    "media_type", ["text/html", "TEXT/HTML; charset=utf-8", "application/xhtml+xml", "image/png", "?"]
)
def test_web_pages_and_pictures_are_refused(web: LocalServer, make: Make, media_type: str) -> None:
    web.pages["/"] = reply(content_type=media_type)
    assert refused(make(), web.url()).status == 200


# Faults of servers


def endlessly(data: bytes, seconds: float = 0.0) -> Page:
    """Make a page that is sent again and again."""

    def page(exchange: Exchange) -> None:
        while True:
            exchange.send(data)
            exchange.pause(seconds)

    return page


def then(*steps: bytes | Callable[[Exchange], None]) -> Page:
    """Make a page of several steps."""

    def page(exchange: Exchange) -> None:
        for step in steps:
            if callable(step):
                step(exchange)
            else:
                exchange.send(step)

    return page


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
BOMB = gzip.compress(bytes(50_000_000))
assert len(BOMB) < PATIENT.max_response_bytes

FAULTS: dict[str, Page] = {
    "nothing, and hanging up": Exchange.hang_up,
    "nothing, and a reset": Exchange.reset,
    "half of the headers": then(HEAD, Exchange.hang_up),
    "half of the headers, and a reset": then(HEAD, Exchange.reset),
    "headers without end": then(HEAD, b"X: ", endlessly(b"x" * 4096)),
    "more chunks than the limit": then(CHUNKED, b"1\r\nx\r\n" * 50_001, b"0\r\n\r\n"),
    "many headers": then(HEAD, b"x: y\r\n" * 20_000, b"Content-Length: 0\r\n\r\n"),
    "headers beyond the limit": then(HEAD, b"x: " + b"y" * 40_000 + b"\r\nContent-Length: 0\r\n\r\n"),
    "promises without end": endlessly(b"HTTP/1.1 103 Early Hints\r\n\r\n"),
    "half of the body": then(reply(b"x" * 100)[:-50], Exchange.hang_up),
    "half of the body, and a reset": then(reply(b"x" * 100)[:-50], Exchange.reset),
    "chunks without end": then(CHUNKED, endlessly(b"1000\r\n" + b"x" * 4096 + b"\r\n")),
    "tiny chunks without end": then(CHUNKED, endlessly(b"1\r\nx\r\n" * 1000)),
    "a chunk without end": then(CHUNKED, b"fffffff\r\n", endlessly(b"x" * 4096)),
    "chunks with endless extensions": then(CHUNKED, b"1;", endlessly(b"x" * 4096)),
    "chunks that are none": then(CHUNKED, b"hello\r\n"),
    "chunks that break off": then(CHUNKED, b"5\r\nhel", Exchange.hang_up),
    "trailers without end": then(CHUNKED, b"0\r\n", endlessly(b"x: y\r\n" * 100)),
    "a body without length or end": then(HEAD, b"\r\n", endlessly(b"x" * 4096)),
    "a body larger than the limit": reply(b"x" * 100_001),
    "a length larger than the limit": then(HEAD, b"Content-Length: 99999999999\r\n\r\n", Exchange.hang_up),
    "two lengths": then(HEAD, b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx"),
    "a length that is none": then(HEAD, b"Content-Length: many\r\n\r\nxx", Exchange.hang_up),
    "a negative length": then(HEAD, b"Content-Length: -1\r\n\r\nxx", Exchange.hang_up),
    "a gzip bomb": reply(BOMB, content_encoding="gzip"),
    "a gzip bomb in chunks": then(
        CHUNKED.replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n"),
        b"%x\r\n%b\r\n0\r\n\r\n" % (len(BOMB), BOMB),
    ),
    "gzip that is none": reply(b"hello", content_encoding="gzip"),
    "gzip that breaks off": reply(gzip.compress(b"hello")[:-4], content_encoding="gzip"),
    "gzip with something behind": reply(gzip.compress(b"hello") + b"x", content_encoding="gzip"),
    "gzip of nothing": reply(b"", content_encoding="gzip"),
    "gzip of gzip": reply(gzip.compress(gzip.compress(b"hello")), content_encoding="gzip, gzip"),
    "brotli": reply(b"\x0b\x02\x80hello\x03", content_encoding="br"),
    "a coding of the transfer": then(HEAD, b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
    "no HTTP": then(b"SSH-2.0-OpenSSH_9.9\r\n", Exchange.hang_up),
    "no HTTP, without end": endlessly(b"x" * 4096),
    "HTTP/0.9": then(b"hello", Exchange.hang_up),
    "bytes": then(bytes(range(256)) * 10, Exchange.hang_up),
    "a header that is none": then(HEAD, b"no colon here\r\nContent-Length: 0\r\n\r\n"),
    "a status that is none": then(b"HTTP/1.1 twohundred OK\r\n\r\n"),
    "another protocol": then(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"),
    "less than everything": reply(status="206 Partial Content"),
    "no content": then(b"HTTP/1.1 204 No Content\r\n\r\n"),
    "confirmation of what was not asked": then(b"HTTP/1.1 304 Not Modified\r\n\r\n"),
    "a redirect to nowhere": reply(b"", "302 Found"),
    "a redirect to itself": redirect("/"),
    "a redirect to http": redirect("http://example.test/"),
    "a redirect to a file": redirect("file:///etc/passwd"),
    "a redirect to a user": redirect("https://user:secret@example.test/"),
    "a redirect to a mail server": redirect("https://example.test:25/"),
    "a redirect to a metadata service": redirect("https://169.254.169.254/latest/meta-data/"),
    "a redirect that is no text": redirect("/\xe4"),
}


SLOW: dict[str, Page] = {
    "silence": then(lambda exchange: exchange.pause(60)),
    "headers byte by byte": then(HEAD, b"X: ", endlessly(b"x", 0.05)),
    "half of the body, and silence": then(reply(b"x" * 100)[:-50], lambda exchange: exchange.pause(60)),
    "a body byte by byte": then(HEAD, b"Content-Length: 99999\r\n\r\n", endlessly(b"x", 0.05)),
    "chunks byte by byte": then(CHUNKED, endlessly(b"1\r\nx\r\n", 0.05)),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_of_a_server_is_a_fetch_error(web: LocalServer, make: Make, fault: str) -> None:
    web.pages["/"] = FAULTS[fault]
    web.pages["/good"] = reply()
    fetcher = make()
    refused(fetcher, web.url())
    # And the fetcher is as good as before.
    assert fetcher.fetch(Fetch(web.url("/good"))).content == b"{}"


def test_servers_that_take_for_ever_are_left_in_time(web: LocalServer, make: Make) -> None:
    web.pages = {f"/{number}": page for number, page in enumerate(SLOW.values())}
    fetcher = make(limits=HASTY)
    found: list[object] = []

    def one(url: str) -> None:
        try:
            found.append(fetcher.fetch(Fetch(url)))
        except FetchError as error:
            found.append(error)

    threads = [threading.Thread(target=one, args=[web.url(path)]) for path in web.pages]
    start = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.monotonic() - start < SECONDS + 10, "the deadline, and what a busy machine may add to it"
    assert [type(outcome) for outcome in found] == [FetchError] * len(SLOW)


def test_all_faults_at_once_do_no_harm(web: LocalServer, make: Make) -> None:
    web.pages = {f"/{number}": page for number, page in enumerate({**SLOW, **FAULTS}.values())}
    fetcher = make(limits=HASTY)

    async def all_of_them() -> list[FetchResult | BaseException]:
        waiting = (fetcher.afetch(Fetch(web.url(path))) for path in web.pages)
        return await asyncio.gather(*waiting, return_exceptions=True)

    start = time.monotonic()
    outcomes = asyncio.run(all_of_them())
    assert time.monotonic() - start < SECONDS + 10, "the deadline, and what a busy machine may add to it"
    assert [type(outcome) for outcome in outcomes] == [FetchError] * len(web.pages)


FIELDS = [
    b"Content-Length: 5\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Content-Encoding: gzip\r\n",
    b"Location: //\xff\r\n",
]
PIECES = st.one_of(
    st.binary(max_size=20),
    st.sampled_from(
        [b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 304 Not Modified\r\n", b"HTTP/1.1 100 Continue\r\n\r\n", b"\r\n"]
    ),
    st.sampled_from([*FIELDS, b"Cache-Control: max-age=\xb2\r\n", b"Age: -1\r\n", b"Retry-After: 9999999999\r\n"]),
)


def test_any_bytes_are_an_answer_or_a_fetch_error(make: Make) -> None:
    with serving() as web:
        fetcher = make(allow_http=True)

        @given(st.lists(PIECES, max_size=6))
        def one(pieces: list[bytes]) -> None:
            path = f"/{len(web.asked)}"  # since failures are remembered
            web.pages[path] = then(b"".join(pieces), Exchange.hang_up)
            with suppress(FetchError):
                assert isinstance(fetcher.fetch(Fetch(web.url(path))), FetchResult)

        one()
        assert len(web.asked) > 50


def test_what_is_just_within_the_limits_is_read(web: LocalServer, make: Make) -> None:
    body = b"x" * 100_000
    tiny = b"1\r\nx\r\n" * 30_000 + b"0\r\n\r\n"
    web.pages |= {
        "/length": reply(body),
        "/packed": reply(gzip.compress(body), content_encoding="gzip"),
        "/chunked": CHUNKED + b"186a0\r\n" + body + b"\r\n0\r\n\r\n",
        "/tiny": CHUNKED + tiny,
        "/headers": HEAD + b"x: " + b"y" * 30_000 + b"\r\nContent-Length: 2\r\n\r\n{}",
    }
    fetcher = make()
    sizes = [len(fetcher.fetch(Fetch(web.url(path))).content) for path in web.pages]
    assert sizes == [100_000, 100_000, 100_000, 30_000, 2]


@pytest.mark.parametrize(
    "status", [400, 401, 403, 404, 405, 410, 418, 429, 451, 500, 501, 502, 503, 504, 599, 300, 305]
)
def test_error_carries_the_status(web: LocalServer, make: Make, open_: Open, status: int) -> None:
    web.pages["/"] = reply(b"<h1>No</h1>", f"{status} Whatever", content_type="text/html")
    assert refused(make(), web.url(), open_).status == status


def test_error_says_nothing_that_the_server_chose(web: LocalServer, make: Make) -> None:
    secret = "x-very-private-value"
    web.pages |= {
        "/status": reply(secret.encode(), f"404 {secret}"),
        "/type": reply(content_type=f"image/{secret}"),
        "/redirect": redirect(f"https://{secret}@example.test/"),
        "/header": then(b"HTTP/1.1 200 OK\r\n", secret.encode(), b"\r\n\r\n"),
    }
    fetcher = make()
    for path in web.pages:
        assert secret not in refused(fetcher, web.url(path)).reason


@pytest.mark.parametrize("status", [502, 503, 504])
def test_fault_for_a_moment_is_tried_once_more(web: LocalServer, make: Make, open_: Open, status: int) -> None:
    answers = [reply(b"", f"{status} Busy"), reply(b"{}"), reply(b"", f"{status} Busy")]
    web.pages["/"] = lambda exchange: exchange.send(answers[len(web.asked) - 1])
    assert open_(make(), Fetch(web.url())).content == b"{}"
    assert len(web.asked) == 2


def test_it_is_tried_no_more_than_twice(web: LocalServer, make: Make) -> None:
    web.pages["/"] = reply(b"", "503 Busy")
    assert refused(make(), web.url()).status == 503
    assert len(web.asked) == 2


def test_server_that_says_when_is_not_tried_at_once(web: LocalServer, make: Make) -> None:
    web.pages["/"] = reply(b"", "503 Busy", retry_after="60")
    assert refused(make(), web.url()).status == 503
    assert len(web.asked) == 1


@pytest.mark.parametrize("end", [Exchange.hang_up, Exchange.reset])
def test_connection_that_breaks_before_the_answer_is_tried_once_more(
    web: LocalServer, make: Make, end: Callable[[Exchange], None]
) -> None:
    web.pages["/"] = lambda exchange: end(exchange) if len(web.asked) == 1 else exchange.send(reply())
    assert make().fetch(Fetch(web.url())).content == b"{}"
    assert len(web.asked) == 2


def test_answer_that_breaks_off_is_not_tried_again(web: LocalServer, make: Make) -> None:
    web.pages["/"] = then(reply(b"x" * 100)[:-50], Exchange.hang_up)
    refused(make(), web.url())
    assert len(web.asked) == 1


def test_connection_that_the_server_closed_meanwhile_is_replaced(web: LocalServer, make: Make) -> None:
    web.pages |= {"/1": then(reply(), Exchange.hang_up), "/2": reply()}
    fetcher = make()
    for path in web.pages:
        assert fetcher.fetch(Fetch(web.url(path))).content == b"{}"


# TLS


def test_certificate_has_to_be_vouched_for(web: LocalServer, make: Make, open_: Open) -> None:
    web.pages["/"] = reply()
    refused(make(ssl_context=None), web.url(), open_)
    assert web.asked == []


def test_certificate_has_to_name_the_host(web: LocalServer, make: Make) -> None:
    web.pages["/"] = reply()
    fetcher = make()
    for host in ("other.test", "deep.sub.example.test", "127.0.0.2"):
        refused(fetcher, web.url(host=host))
    assert web.asked == []
    for host in ("example.test", "sub.example.test", "127.0.0.1", "EXAMPLE.test.", "müller.test"):
        assert fetcher.fetch(Fetch(web.url(host=host))).content == b"{}"


def test_expired_certificate_is_refused(tmp_path: Path, make: Make) -> None:
    late = make_authority(tmp_path, expired=True)
    with serving(late.server) as web:
        web.pages["/"] = reply()
        refused(make(ssl_context=late.client), web.url())
        assert web.asked == []


@pytest.mark.parametrize("greeting", [None, b"SSH-2.0-OpenSSH_9.9\r\n", b"", b"HTTP/1.1 400 Bad Request\r\n\r\n"])
def test_server_without_tls_is_refused(make: Make, greeting: bytes | None) -> None:
    with serving(None, greeting) as web:
        refused(make(limits=HASTY), web.url().replace("http:", "https:"))


def test_context_that_checks_nothing_is_refused() -> None:
    context = ssl.create_default_context()
    context.check_hostname = False
    with pytest.raises(ValueError, match="ssl_context"):
        HTTPFetcher(ssl_context=context)
    context.verify_mode = ssl.CERT_NONE
    with pytest.raises(ValueError, match="ssl_context"):
        HTTPFetcher(ssl_context=context)


def test_http_needs_permission(make: Make) -> None:
    with serving() as web:
        web.pages["/"] = reply()
        refused(make(), web.url())
        assert web.connections == 0
        assert make(allow_http=True).fetch(Fetch(web.url())).content == b"{}"


# Addresses


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "192.168.1.1", "169.254.169.254", "0.0.0.0", "::1", "::ffff:127.0.0.1", "fd00:ec2::254"],
)
def test_private_addresses_are_not_connected_to(web: LocalServer, make: Make, open_: Open, address: str) -> None:
    web.pages["/"] = reply()
    fetcher = make(allow_private_addresses=False, look_up=Names([address]))
    refused(fetcher, web.url(), open_)
    host = f"[{address}]" if ":" in address else address
    refused(fetcher, web.url(host=host), open_)
    assert web.connections == 0


def test_metadata_services_stay_closed_whatever_is_allowed(make: Make) -> None:
    fetcher = make(allow_http=True, look_up=Names(["169.254.169.254"]))
    refused(fetcher, "http://169.254.169.254/latest/meta-data/")
    refused(fetcher, "https://metadata.example/")


def test_the_address_that_was_checked_is_the_one_that_is_connected_to(web: LocalServer, make: Make) -> None:
    # A name server that answers differently each time, as in DNS rebinding.
    names = Names(["127.0.0.7"], ["169.254.169.254"])
    web.pages |= {"/1": then(reply(), Exchange.hang_up), "/2": reply()}
    fetcher = make(look_up=names)
    assert fetcher.fetch(Fetch(web.url("/1"))).content == b"{}"
    assert [asked.address for asked in web.asked] == ["127.0.0.7"]
    assert names.asked == ["example.test"], "once for each connection"
    refused(fetcher, web.url("/2"))
    assert names.asked == ["example.test"] * 2
    assert web.paths == ["/1"]


def test_addresses_that_are_allowed_are_tried_in_turn(web: LocalServer, make: Make) -> None:
    web.pages["/"] = reply()
    with socket.socket() as deaf:
        # ::1 has nobody listening, and 169.254.1.1 is never asked.
        deaf.bind(("127.0.0.1", 0))
        names = Names(["169.254.1.1", "nonsense", "::1", "127.0.0.9", "127.0.0.1"])
        assert make(look_up=names).fetch(Fetch(web.url())).content == b"{}"
    assert [asked.address for asked in web.asked] == ["127.0.0.9"]


def test_redirect_to_a_private_address_is_refused(web: LocalServer, make: Make) -> None:
    class ByName:
        def __call__(self, host: str) -> list[str]:
            return ["127.0.0.1"] if host == "example.test" else ["169.254.169.254"]

    web.pages["/"] = redirect("https://inside.example.test/")
    refused(make(look_up=ByName()), web.url())
    assert web.paths == ["/"]


def test_host_that_nobody_knows_is_a_fetch_error(make: Make, open_: Open) -> None:
    def nobody(_: str) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    refused(make(look_up=nobody), "https://example.test/", open_)
    refused(make(look_up=Names([])), "https://example.test/", open_)


def test_port_without_a_server_is_a_fetch_error(make: Make) -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        refused(make(), f"https://example.test:{deaf.getsockname()[1]}/")


def test_look_up_that_hangs_is_left_behind(web: LocalServer, make: Make, open_: Open) -> None:
    web.pages["/"] = reply()
    go_on = threading.Event()

    asked: list[str] = []

    def hanging(host: str) -> list[str]:
        asked.append(host)
        if host == "hangs.example.test":
            go_on.wait(60)
        return ["127.0.0.1"]

    try:
        fetcher = make(look_up=hanging, limits=HASTY)
        refused(fetcher, web.url(host="hangs.example.test"), open_)
        assert open_(fetcher, Fetch(web.url())).content == b"{}"
        refused(fetcher, web.url(host="hangs.example.test"), open_)
        assert asked == ["hangs.example.test", "example.test"], "it is remembered"
    finally:
        go_on.set()


def test_host_in_other_letters_is_looked_up_in_ascii(web: LocalServer, make: Make) -> None:
    web.pages["/ü"] = web.pages["/%C3%BC"] = reply()
    names = Names(["127.0.0.1"])
    make(look_up=names).fetch(Fetch(web.url("/ü", host="Müller.test")))
    assert names.asked == ["xn--mller-kva.test"]
    assert web.asked[0].headers["host"] == f"xn--mller-kva.test:{web.port}"
    assert web.paths == ["/%C3%BC"]


def test_look_up_of_the_system_is_the_default(web: LocalServer, make: Make) -> None:
    web.pages["/"] = reply()
    fetcher = make(look_up=None)
    assert fetcher.fetch(Fetch(web.url(host="127.0.0.1"))).content == b"{}"
    # It finds this machine, whose certificate has another name.
    refused(fetcher, web.url(host="localhost"))
    refused(make(look_up=None, allow_private_addresses=False), web.url(host="localhost"))
    assert len(web.asked) == 1


def test_environment_is_not_trusted(
    web: LocalServer, make: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
        monkeypatch.setenv(name.lower(), "http://127.0.0.1:9")
    (tmp_path / "netrc").write_text("machine example.test login user password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    web.pages["/"] = reply(set_cookie="a=b")
    web.pages["/2"] = reply()
    fetcher = make()
    for path in web.pages:
        fetcher.fetch(Fetch(web.url(path)))
    assert all(not {"cookie", "authorization", "proxy-authorization"} & set(asked.headers) for asked in web.asked)


@pytest.mark.parametrize(
    "url", ["", "nonsense", "ftp://example.test/", "http://example.test/", "https://u@example.test/", "https://\ud800/"]
)
def test_url_that_may_not_be_opened_is_refused_without_a_look_up(make: Make, open_: Open, url: str) -> None:
    names = Names(["127.0.0.1"])
    refused(make(look_up=names), url, open_)
    assert names.asked == []


def test_accept_that_is_no_header_is_a_fetch_error(web: LocalServer, make: Make) -> None:
    web.pages["/"] = reply()
    for accept in ("text/plain\r\nX: y", "ä", "\x00", "\ud800"):
        with pytest.raises(FetchError):
            make().fetch(Fetch(web.url(), accept=accept))
    assert web.asked == []


# Redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed(web: LocalServer, make: Make, status: int) -> None:
    web.pages |= {"/a/1": redirect("2?x", f"{status} Elsewhere"), "/a/2?x": redirect("/3"), "/3": reply(b"[]")}
    assert make().fetch(Fetch(web.url("/a/1"))).content == b"[]"
    assert web.paths == ["/a/1", "/a/2?x", "/3"]


def test_redirects_are_bounded(web: LocalServer, make: Make) -> None:
    web.pages |= {f"/{number}": redirect(f"/{number + 1}") for number in range(20)}
    web.pages["/5"] = reply()
    assert make().fetch(Fetch(web.url("/0"))).url == web.url("/0"), "five are followed"
    web.pages["/5"] = redirect("/6")
    web.pages["/6"] = reply()
    refused(make(), web.url("/0"))
    assert web.paths[6:] == ["/0", "/1", "/2", "/3", "/4", "/5"]


def test_redirects_share_one_deadline(web: LocalServer, make: Make) -> None:
    for number in range(6):
        slow = then(lambda exchange: exchange.pause(SECONDS * 0.4), redirect(f"/{number + 1}"))
        web.pages[f"/{number}"] = slow
    refused(make(limits=HASTY), web.url("/0"))
    assert len(web.asked) < 5


# The cache


def test_fresh_answer_is_not_asked_for_again(web: LocalServer, make: Make, open_: Open) -> None:
    web.pages["/"] = reply(cache_control="max-age=60")
    clock = Clock()
    fetcher = make(clock=clock)
    first = open_(fetcher, Fetch(web.url()))
    clock.move(seconds=59)
    assert open_(fetcher, Fetch(web.url("/#part"))) == FetchResult(
        web.url("/#part"), first.content, first.media_type, first.fetched_at
    )
    assert len(web.asked) == 1
    clock.move(seconds=1)
    assert open_(fetcher, Fetch(web.url())).fetched_at == clock.now
    assert len(web.asked) == 2


def test_answer_that_must_not_be_stored_is_asked_for_each_time(web: LocalServer, make: Make) -> None:
    web.pages["/"] = reply(cache_control="no-store", etag='"1"')
    fetcher = make(clock=Clock())
    for _ in range(3):
        fetcher.fetch(Fetch(web.url()))
    assert len(web.asked) == 3
    assert all("if-none-match" not in asked.headers for asked in web.asked)


def test_answers_are_kept_apart_by_what_was_asked_for(web: LocalServer, make: Make) -> None:
    web.pages["/"] = lambda exchange: exchange.send(reply(exchange.headers["accept"].encode(), vary="Accept"))
    fetcher = make()
    for accept in ("application/json", "text/plain", "application/json"):
        assert fetcher.fetch(Fetch(web.url(), accept)).content == accept.encode()
    assert len(web.asked) == 2


def validated(tag: str = '"1"', **headers: str) -> Page:
    """Make a page that is confirmed to whoever has it."""

    def page(exchange: Exchange) -> None:
        if exchange.headers.get("if-none-match") == tag:
            exchange.send(b"HTTP/1.1 304 Not Modified\r\nETag: %b\r\nCache-Control: max-age=10\r\n\r\n" % tag.encode())
        else:
            exchange.send(reply(tag.encode(), etag=tag, **headers))

    return page


def test_stale_answer_is_confirmed_by_the_server(web: LocalServer, make: Make) -> None:
    clock = Clock()
    fetcher = make(clock=clock)
    web.pages["/"] = validated(cache_control="max-age=60", content_type="text/plain")
    fetcher.fetch(Fetch(web.url()))
    clock.move(seconds=60)
    result = fetcher.fetch(Fetch(web.url()))
    assert (result.content, result.media_type, result.fetched_at) == (b'"1"', "text/plain", clock.now)
    assert web.asked[1].headers["if-none-match"] == '"1"'
    clock.move(seconds=9)
    fetcher.fetch(Fetch(web.url()))
    assert len(web.asked) == 2, "fresh for as long as the confirmation said"
    clock.move(seconds=1)
    web.pages["/"] = validated('"2"', cache_control="max-age=60")
    assert fetcher.fetch(Fetch(web.url())).content == b'"2"'
    assert web.connections == 1


def test_answer_with_only_a_date_is_confirmed_by_its_date(web: LocalServer, make: Make) -> None:
    date = format_datetime(datetime(2026, 4, 1, tzinfo=UTC), usegmt=True)

    def page(exchange: Exchange) -> None:
        asked = exchange.headers.get("if-modified-since")
        exchange.send(
            b"HTTP/1.1 304 Not Modified\r\n\r\n" if asked == date else reply(b"[]", last_modified=date, expires="0")
        )

    web.pages["/"] = page
    fetcher = make(clock=Clock())
    assert [fetcher.fetch(Fetch(web.url())).content for _ in range(3)] == [b"[]"] * 3
    assert [asked.headers.get("if-modified-since") for asked in web.asked] == [None, date, date]


def test_nothing_stale_is_served_when_the_server_fails(web: LocalServer, make: Make) -> None:
    clock = Clock()
    fetcher = make(clock=clock)
    web.pages["/"] = validated(cache_control="max-age=60, stale-if-error=99999")
    fetcher.fetch(Fetch(web.url()))
    clock.move(seconds=60)
    web.pages["/"] = Exchange.reset
    refused(fetcher, web.url())
    clock.move(seconds=60)
    web.pages["/"] = validated()
    assert fetcher.fetch(Fetch(web.url())).content == b'"1"'
    assert web.asked[-1].headers["if-none-match"] == '"1"', "what was kept is confirmed later"


def test_caller_can_insist_on_an_answer_of_now(web: LocalServer, make: Make, open_: Open) -> None:
    clock = Clock()
    fetcher = make(clock=clock)
    web.pages["/"] = validated(cache_control="max-age=600")
    open_(fetcher, Fetch(web.url()))
    clock.move(seconds=100)
    open_(fetcher, Fetch(web.url(), max_age=timedelta(seconds=101)))
    assert len(web.asked) == 1
    result = open_(fetcher, Fetch(web.url(), max_age=timedelta(seconds=100)))
    assert (result.content, result.fetched_at) == (b'"1"', clock.now)
    assert (len(web.asked), web.asked[1].headers["cache-control"]) == (2, "max-age=100")
    open_(fetcher, Fetch(web.url(), max_age=timedelta(0)))
    assert (len(web.asked), web.asked[2].headers["cache-control"]) == (3, "max-age=0")


def test_age_in_other_caches_counts(web: LocalServer, make: Make) -> None:
    clock = Clock()
    fetcher = make(clock=clock)
    web.pages["/"] = reply(cache_control="max-age=600", age="590")
    assert fetcher.fetch(Fetch(web.url())).fetched_at == clock.now - timedelta(seconds=590)
    clock.move(seconds=10)
    fetcher.fetch(Fetch(web.url()))
    assert len(web.asked) == 2


def test_what_the_server_took_back_is_not_served(web: LocalServer, make: Make) -> None:
    fetcher = make(clock=Clock())
    web.pages["/"] = reply(cache_control="max-age=600")
    fetcher.fetch(Fetch(web.url()))
    web.pages["/"] = reply(status="410 Gone")
    with pytest.raises(FetchError):
        fetcher.fetch(Fetch(web.url(), max_age=timedelta(0)))
    assert refused(fetcher, web.url()).status == 410


def test_no_answer_is_fresh_for_longer_than_the_limit(web: LocalServer, make: Make) -> None:
    clock = Clock()
    fetcher = make(clock=clock, limits=mc.Limits(max_cache_seconds=100))
    web.pages["/"] = reply(cache_control="max-age=31536000, immutable")
    fetcher.fetch(Fetch(web.url()))
    clock.move(seconds=100)
    fetcher.fetch(Fetch(web.url()))
    assert len(web.asked) == 2


def test_redirects_are_kept_as_long_as_they_say(web: LocalServer, make: Make) -> None:
    clock = Clock()
    fetcher = make(clock=clock)
    web.pages |= {
        "/now": redirect("/kept"),
        "/kept": redirect("/end", "301 Moved", cache_control="max-age=60"),
        "/end": reply(cache_control="max-age=60"),
    }
    for _ in range(2):
        fetcher.fetch(Fetch(web.url("/now")))
    assert web.paths == ["/now", "/kept", "/end", "/now"]
    fetcher.fetch(Fetch(web.url("/kept")))
    assert len(web.asked) == 4


def test_cache_is_bounded(web: LocalServer, make: Make) -> None:
    fetcher = make(limits=mc.Limits(max_cache_entries=2))
    web.pages |= {f"/{number}": reply() for number in range(3)}
    for number in (0, 1, 2, 1, 2, 0):
        fetcher.fetch(Fetch(web.url(f"/{number}")))
    assert web.paths == ["/0", "/1", "/2", "/0"]
    none = make(limits=mc.Limits(max_cache_bytes=0))
    for _ in range(2):
        none.fetch(Fetch(web.url("/0")))
    assert len(web.asked) == 6


# Failures


def test_failure_is_remembered_for_a_moment(web: LocalServer, make: Make, open_: Open) -> None:
    clock = Clock()
    fetcher = make(clock=clock)
    assert refused(fetcher, web.url(), open_).status == 404
    clock.move(seconds=9)
    web.pages["/"] = reply()
    assert refused(fetcher, web.url("/#x"), open_).status == 404
    assert len(web.asked) == 1
    clock.move(seconds=1)
    assert open_(fetcher, Fetch(web.url())).content == b"{}"


@pytest.mark.parametrize(("after", "seconds"), [("60", 60), ("86400", 300), ("0", 0), ("soon", 10)])
def test_server_says_when_to_ask_again_up_to_a_limit(web: LocalServer, make: Make, after: str, seconds: int) -> None:
    clock = Clock()
    fetcher = make(clock=clock)
    web.pages["/"] = reply(b"", "429 Too Many Requests", retry_after=after)
    refused(fetcher, web.url())
    web.pages["/"] = reply()
    if seconds:
        clock.move(seconds=seconds - 1)
        assert refused(fetcher, web.url()).status == 429
        clock.move(seconds=1)
    assert fetcher.fetch(Fetch(web.url())).content == b"{}"


def test_clock_that_is_set_back_makes_nothing_last_longer(web: LocalServer, make: Make) -> None:
    clock = Clock()
    fetcher = make(clock=clock)
    web.pages["/good"] = reply(cache_control="max-age=60")
    refused(fetcher, web.url("/bad"))
    fetcher.fetch(Fetch(web.url("/good")))
    clock.move(days=-1)
    web.pages["/bad"] = reply()
    fetcher.fetch(Fetch(web.url("/bad")))
    fetcher.fetch(Fetch(web.url("/good")))
    assert web.paths == ["/bad", "/good", "/bad", "/good"]


def test_each_error_is_an_exception_of_its_own(web: LocalServer, make: Make) -> None:
    fetcher = make()
    first, second = refused(fetcher, web.url("/x")), refused(fetcher, web.url("/x#y"))
    assert first is not second
    copy = pickle.loads(pickle.dumps(first))
    assert (copy.url, copy.reason, copy.status) == (first.url, first.reason, 404)


# Many at once


def test_equal_requests_of_many_tasks_are_made_once(web: LocalServer, make: Make) -> None:
    for number in range(50):
        web.pages[f"/{number}"] = then(lambda exchange: exchange.pause(0.05), reply(str(number).encode()))
    fetcher = make()

    async def all_of_them() -> list[FetchResult]:
        return await asyncio.gather(*(fetcher.afetch(Fetch(web.url(f"/{number % 50}"))) for number in range(1000)))

    results = asyncio.run(all_of_them())
    assert [result.content for result in results] == [str(number % 50).encode() for number in range(1000)]
    assert sorted(web.paths) == sorted(web.pages)
    assert web.connections <= 32


def test_equal_requests_of_many_threads_are_made_once(web: LocalServer, make: Make) -> None:
    web.pages["/"] = then(lambda exchange: exchange.pause(0.2), reply(cache_control="no-store"))
    fetcher = make()
    ready, found = threading.Barrier(20), []

    def one() -> None:
        ready.wait()
        found.append(fetcher.fetch(Fetch(web.url())).content)

    threads = [threading.Thread(target=one) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (found, len(web.asked)) == ([b"{}"] * 20, 1)


def test_equal_requests_that_fail_fail_for_all(web: LocalServer, make: Make) -> None:
    web.pages["/"] = then(lambda exchange: exchange.pause(0.1), Exchange.reset)
    fetcher = make()

    async def all_of_them() -> list[FetchResult | BaseException]:
        waiting = (fetcher.afetch(Fetch(web.url())) for _ in range(100))
        return await asyncio.gather(*waiting, return_exceptions=True)

    errors = asyncio.run(all_of_them())
    assert len({id(error) for error in errors if isinstance(error, FetchError)}) == 100
    assert len(web.asked) == 2


def test_more_requests_than_connections_wait_for_their_turn(web: LocalServer, make: Make) -> None:
    for number in range(20):
        web.pages[f"/{number}"] = then(lambda exchange: exchange.pause(0.01), reply())
    fetcher = make(limits=mc.Limits(max_connections=2, max_fetch_seconds=60))

    async def all_of_them() -> list[FetchResult]:
        return await asyncio.gather(*(fetcher.afetch(Fetch(web.url(path))) for path in web.pages))

    assert len(asyncio.run(all_of_them())) == 20
    assert web.connections <= 2


def test_request_that_never_had_its_turn_says_nothing_about_the_server(
    web: LocalServer, make: Make, open_: Open
) -> None:
    web.pages["/"] = reply()
    go_on = threading.Event()

    def hanging(host: str) -> list[str]:
        if host == "hangs.example.test":
            go_on.wait(60)
        return ["127.0.0.1"]

    fetcher = make(look_up=hanging, limits=mc.Limits(max_connections=1, max_fetch_seconds=SECONDS))
    try:
        refused(fetcher, web.url(host="hangs.example.test"), open_)
        refused(fetcher, web.url(), open_)
    finally:
        go_on.set()
    assert open_(fetcher, Fetch(web.url())).content == b"{}"


def test_who_gives_up_does_not_end_it_for_others(web: LocalServer, make: Make) -> None:
    go_on = threading.Event()

    def page(exchange: Exchange) -> None:
        go_on.wait(10)
        exchange.send(reply())

    web.pages["/"] = page
    fetcher = make()

    async def two() -> FetchResult:
        impatient = asyncio.ensure_future(fetcher.afetch(Fetch(web.url())))
        patient = asyncio.ensure_future(fetcher.afetch(Fetch(web.url())))
        await asyncio.sleep(0.05)
        impatient.cancel()
        with pytest.raises(asyncio.CancelledError):
            await impatient
        go_on.set()
        return await patient

    assert asyncio.run(two()).content == b"{}"
    assert len(web.asked) == 1


def test_event_loop_that_ends_early_leaves_nothing_behind(web: LocalServer, make: Make) -> None:
    web.pages["/"] = then(lambda exchange: exchange.pause(0.2), reply())
    fetcher = make()

    async def leave() -> None:
        asyncio.ensure_future(fetcher.afetch(Fetch(web.url())))  # noqa: RUF006 - it is left on purpose
        await asyncio.sleep(0.05)

    asyncio.run(leave())
    assert fetcher.fetch(Fetch(web.url())).content == b"{}"
    assert len(web.asked) == 1


# Its life


def test_closed_fetcher_is_not_used(web: LocalServer, make: Make) -> None:
    web.pages["/"] = reply()
    with make() as fetcher:
        fetcher.fetch(Fetch(web.url()))
    with pytest.raises(ValueError, match="closed"):
        fetcher.fetch(Fetch(web.url()))

    async def use() -> HTTPFetcher:
        async with make() as other:
            await other.afetch(Fetch(web.url()))
            return other

    other = asyncio.run(use())
    with pytest.raises(ValueError, match="closed"):
        asyncio.run(other.afetch(Fetch(web.url())))
    fetcher.close()
    asyncio.run(fetcher.aclose())


def test_request_under_way_comes_to_its_end_after_close(web: LocalServer, make: Make) -> None:
    fetcher = make()
    web.pages["/"] = then(lambda _: fetcher.close(), reply())
    assert fetcher.fetch(Fetch(web.url())).content == b"{}"


def test_fetcher_that_nobody_closed_leaves_no_open_sockets(web: LocalServer, authority: Authority) -> None:
    web.pages["/"] = reply()
    fetcher = HTTPFetcher(ssl_context=authority.client, allow_private_addresses=True, look_up=Names(["127.0.0.1"]))
    fetcher.fetch(Fetch(web.url()))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        del fetcher
        gc.collect()
    assert caught == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_child_of_a_fork_has_connections_of_its_own() -> None:
    # A program of its own, without TLS: locks of OpenSSL that are held while forking stay held in any child.
    code = """
import os, sys
from microcred.protocols import Fetch
from microcred.verify.fetch import HTTPFetcher
fetcher = HTTPFetcher(allow_http=True, allow_private_addresses=True)
request = Fetch(sys.argv[1])
assert fetcher.fetch(request).content == b"{}"
child = os.fork()
assert fetcher.fetch(request).content == b"{}"
assert child == 0 or os.waitpid(child, 0)[1] == 0
"""
    with serving() as web:
        web.pages["/"] = reply(cache_control="no-store")
        arguments = [sys.executable, "-c", code, web.url(host="127.0.0.1")]
        done = subprocess.run(arguments, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stderr
        assert (len(web.asked), web.connections) == (3, 2)


def test_fault_of_a_look_up_of_ones_own_is_seen_by_each_who_waits(web: LocalServer, make: Make) -> None:
    faults: list[BaseException] = [LookupError("a bug"), LookupError("another")]

    def faulty(_: str) -> list[str]:
        if faults:
            raise faults.pop()
        return ["127.0.0.1"]

    web.pages["/"] = reply()
    fetcher = make(look_up=faulty)
    with pytest.raises(LookupError):
        fetcher.fetch(Fetch(web.url()))
    with pytest.raises(LookupError):
        asyncio.run(fetcher.afetch(Fetch(web.url())))
    assert fetcher.fetch(Fetch(web.url())).content == b"{}"


def test_program_without_room_for_a_thread_gets_a_fetch_error(
    web: LocalServer, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    web.pages["/"] = reply()
    fetcher = make()
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", full)
        refused(fetcher, web.url())
    assert fetcher.fetch(Fetch(web.url())).content == b"{}"


def test_contact_is_printable_text() -> None:
    for contact in ("", "a\r\nX: y", "ü", "x" * 201):
        with pytest.raises(ValueError, match="contact"):
            HTTPFetcher(contact=contact)


def test_what_the_network_needs_is_loaded_with_the_first_fetcher() -> None:
    code = """
import sys
import microcred as mc
mc.Verifier(trusted_issuers=mc.ANY_ISSUER)
import microcred.verify.fetch
assert not {"httpx", "httpcore", "h11", "anyio", "certifi"} & set(sys.modules)
microcred.verify.fetch.HTTPFetcher().close()
assert {"httpx", "httpcore"} <= set(sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
