"""Servers on this machine that mislead, dawdle or never end: what the credential of such an issuer is worth."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import microcred as mc
from microcred.verify.fetch import HTTPFetcher
from tests.hostile import forge, run
from tests.hostile.forge import ISSUER, JSON
from tests.verify.local_server import Authority, Exchange, LocalServer, make_authority, serving

CASES: list[JSON] = json.loads((Path(__file__).parent / "network.json").read_text(encoding="utf-8"))["cases"]
LIMITS = mc.Limits(max_fetch_seconds=1.0, max_response_bytes=100_000)
# However slow the machine is: a fetch or two, each of which is over after a second.
CEILING_SECONDS = 60
MANY_REQUESTS = 40


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def server(authority: Authority) -> Iterator[LocalServer]:
    with serving(authority.server) as server:
        yield server


class Names:
    """A name server that answers each question about a name with the next of its answers."""

    def __init__(self, names: dict[str, list[list[str]]]) -> None:
        self._names = {"example.test": [["127.0.0.1"]], **names}
        self._asked: dict[str, int] = {}

    def __call__(self, host: str) -> Iterable[str]:
        answers = self._names.get(host, [[]])
        number = self._asked[host] = self._asked.get(host, -1) + 1
        return answers[min(number, len(answers) - 1)]


@dataclass
class Clock:
    """A clock that stands still until it is moved."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        return self.now


class Issuer:
    """An issuer that lives on a server."""

    def __init__(self, server: LocalServer) -> None:
        self._port = server.port
        self.did = f"did:web:example.test%3A{server.port}"
        self._list = f"https://example.test:{server.port}/list"
        self._key = f"{self.did}#key-1"
        entry = forge.entry(id=f"{self._list}#7", statusListCredential=self._list)
        self.credential = self._sign(forge.badge(self.did, credentialStatus=entry))

    def _sign(self, document: JSON) -> JSON:
        return forge.secure(document, ISSUER, verificationMethod=self._key)

    def texts(self, *, revoked: bool) -> dict[str, str]:
        """Return what stands for the words in braces of a page."""
        page = json.dumps(self._sign(forge.status_list([7] if revoked else [], url=self._list, issuer=self.did)))
        did = json.dumps(forge.did_document(self.did, [forge.method_of(ISSUER, self.did)]))
        sizes = {"size": str(len(page)), "hex-size": f"{len(page):x}", "did-size": str(len(did))}
        bomb = {"bomb-size": str(len(forge.gzipped_zeros(20 << 20)))}
        return {"port": str(self._port), "list": page, "did": did, **sizes, **bomb}


OK = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
GOOD: dict[str, list[Any]] = {
    "/.well-known/did.json": [OK + "{did-size}\r\n\r\n{did}"],
    "/list": [OK + "{size}\r\n\r\n{list}"],
}


def pages(steps: dict[str, list[Any]], texts: dict[str, str]) -> dict[str, Callable[[Exchange], None]]:
    """Return the pages of a server."""
    return {path: _page(each, texts) for path, each in {**GOOD, **steps}.items()}


def _page(steps: list[Any], texts: dict[str, str]) -> Callable[[Exchange], None]:
    seen: list[None] = []

    def answer(exchange: Exchange) -> None:
        seen.append(None)
        for step in steps:
            if isinstance(step, dict) and "first" in step:
                if len(seen) == 1:
                    exchange.send(_filled(step["first"], texts))
                    return
                continue
            _take(exchange, step, texts)

    return answer


def _take(exchange: Exchange, step: Any, texts: dict[str, str]) -> None:
    if step == "close":
        exchange.hang_up()
    elif step == "reset":
        exchange.reset()
    elif isinstance(step, str):
        exchange.send(_filled(step, texts))
    elif "pause" in step:
        exchange.pause(step["pause"])
    elif "gzip-of-zeros" in step:
        exchange.send(forge.gzipped_zeros(step["gzip-of-zeros"]))
    else:
        # Until the other side has enough, which is an error of the connection here.
        every, once = step.get("every"), _filled(step["repeat"], texts)
        while True:
            exchange.send(once if every else once * 100)
            exchange.pause(every or 0)


def _filled(text: str, texts: dict[str, str]) -> bytes:
    for name, value in texts.items():
        text = text.replace(f"{{{name}}}", value)
    return text.encode("latin-1")


def _judge(credential: JSON, issuer: Issuer, fetcher: HTTPFetcher, asynchronous: bool) -> run.Report:
    at = datetime.fromisoformat(forge.AT)
    if asynchronous:
        return asyncio.run(mc.AsyncVerifier(trusted_issuers={issuer.did}, fetcher=fetcher).check(credential, at=at))
    return mc.Verifier(trusted_issuers={issuer.did}, fetcher=fetcher).check(credential, at=at)


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["id"]))
def test_a_server_cannot_mislead_or_hold_a_verifier(case: JSON, server: LocalServer, authority: Authority) -> None:
    issuer, clock = Issuer(server), Clock()
    server.pages |= pages(case.get("pages", {}), issuer.texts(revoked=False))
    start = time.monotonic()
    with ExitStack() as stack:
        fetchers = [
            stack.enter_context(
                HTTPFetcher(
                    ssl_context=authority.client,
                    allow_private_addresses=case.get("private", True),
                    look_up=Names(case.get("names", {})),
                    clock=clock,
                    limits=LIMITS,
                )
            )
            for _ in range(2)
        ]
        _expect(case["expect"], issuer, fetchers)
        later = case.get("later")
        if later is not None:
            clock.now += timedelta(seconds=later["seconds"])
            server.pages |= pages(later.get("pages", case["pages"]), issuer.texts(revoked=later.get("revoked", False)))
            _expect(later["expect"], issuer, fetchers)
    assert time.monotonic() - start < CEILING_SECONDS
    assert len(server.asked) <= 2 * case.get("requests", MANY_REQUESTS)


def _expect(expected: JSON, issuer: Issuer, fetchers: list[HTTPFetcher]) -> None:
    async def both() -> list[run.Report]:
        judged = [asyncio.to_thread(_judge, issuer.credential, issuer, each, n == 1) for n, each in enumerate(fetchers)]
        return await asyncio.gather(*judged)

    for report in asyncio.run(both()):
        run.require(expected, report)


def test_every_case_has_a_control() -> None:
    good = {case["id"] for case in CASES if case["expect"]["outcome"] == "verified"}
    assert all(case.get("control", "network/control") in good for case in CASES)
    assert len({case["id"] for case in CASES}) == len(CASES)
