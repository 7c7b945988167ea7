"""More than a service can do: what is too much is refused at once, and what is hostile stands in nobody's way."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Sequence

import pytest
from httpx import ASGITransport, AsyncClient, Response

import microcred as mc
from microcred.json import JSONObject
from microcred.protocols import Fetch, FetchResult
from microcred.server import Service, create_app
from microcred.server.problems import RequestError
from microcred.server.work import Shared, Workers
from tests.hostile import corpus
from tests.make import KEY, badge, signed
from tests.server.services import BASE

CLIQUE = next(case for case in corpus.cases() if case["id"] == "bombs/clique")


class Held:
    """A fetcher that answers when it is let go."""

    def __init__(self) -> None:
        self.asked = threading.Semaphore(0)
        self.let_go = threading.Event()

    def fetch(self, request: Fetch) -> FetchResult:
        self.asked.release()
        assert self.let_go.wait(30)
        return FetchResult(request.url, b"{}")


def of_stranger() -> JSONObject:
    """A badge whose key is looked up on the web."""
    other = "did:web:far.example"
    return mc.signing.add_proof(badge(other), KEY, verification_method=f"{other}#key-1")


def client_of(service: Service) -> AsyncClient:
    return AsyncClient(transport=ASGITransport(create_app(service)), base_url=BASE)


async def verify(client: AsyncClient, credential: object) -> Response:
    return await client.post("/credentials/verify", json={"verifiableCredential": credential})


def test_more_than_may_be_under_way_is_refused_at_once_and_says_when_to_ask_again() -> None:
    async def run() -> None:
        held = Held()
        service = Service([], base_url=BASE, trusted_issuers={KEY.did}, fetcher=held, most_requests=3)
        async with client_of(service) as client:
            slow = [asyncio.create_task(verify(client, of_stranger())) for _ in range(3)]
            for _ in slow:
                assert await asyncio.to_thread(held.asked.acquire, timeout=30)
            refused = await asyncio.gather(*(verify(client, signed()) for _ in range(20)))
            assert {answer.status_code for answer in refused} == {503}
            assert {answer.json()["code"] for answer in refused} == {"OVERLOADED"}
            assert all(int(answer.headers["Retry-After"]) > 0 for answer in refused)
            held.let_go.set()
            assert {answer.status_code for answer in await asyncio.gather(*slow)} == {400}
            assert (await verify(client, signed())).status_code == 200, "what was refused took nobody's place"
        service.close()

    asyncio.run(run())


def test_verifications_that_wait_for_the_web_do_not_stand_in_the_way_of_others() -> None:
    async def run() -> None:
        held = Held()
        service = Service([], base_url=BASE, trusted_issuers={KEY.did}, fetcher=held, threads=2)
        async with client_of(service) as client:
            slow = [asyncio.create_task(verify(client, of_stranger())) for _ in range(10)]
            for _ in range(2):
                assert await asyncio.to_thread(held.asked.acquire, timeout=30)
            for _ in range(5):
                assert (await verify(client, signed())).status_code == 200
            assert not any(task.done() for task in slow)
            held.let_go.set()
            assert {answer.status_code for answer in await asyncio.gather(*slow)} == {400}
        service.close()

    asyncio.run(run())


def test_a_knot_is_judged_with_the_patience_of_the_library_and_apart_from_others() -> None:
    async def run() -> None:
        service = Service([], base_url=BASE, trusted_issuers={KEY.did})
        knot = corpus.content_of(CLIQUE["input"])
        async with client_of(service) as client:
            answers = await asyncio.gather(
                *(verify(client, knot) for _ in range(30)), *(verify(client, signed()) for _ in range(10))
            )
        service.close()
        hostile, ordinary = answers[:30], answers[30:]
        assert {answer.status_code for answer in ordinary} == {200}
        # Not many wait in the lane of what takes long.
        refused = [answer for answer in hostile if answer.status_code == 503]
        judged = [answer.json()["problemDetails"] for answer in hostile if answer.status_code == 400]
        assert refused
        assert judged
        assert len(refused) + len(judged) == len(hostile)
        assert all("TOO_COMPLEX" in [problem["code"] for problem in problems] for problems in judged)

    asyncio.run(run())


def test_what_needs_more_than_a_first_look_is_judged_as_by_the_library() -> None:
    # Twins need some hundred steps each, more than the first look has.
    twins = [{"type": ["Evidence"], "narrative": "the same"}] * 700
    document = mc.sign(badge(KEY.did, evidence=twins), KEY)

    async def run() -> None:
        service = Service([], base_url=BASE, trusted_issuers={KEY.did})
        async with client_of(service) as client:
            assert (await verify(client, document)).status_code == 200
        service.close()

    asyncio.run(run())


def test_hostile_and_broken_documents_together_leave_the_service_whole() -> None:
    async def run() -> None:
        service = Service([], base_url=BASE, trusted_issuers={KEY.did})
        bombs = [case for case in corpus.cases() if case["id"].startswith("bombs/") and "kind" not in case]
        inputs = [corpus.content_of(case["input"]) for case in bombs]
        async with client_of(service) as client:
            answers = await asyncio.gather(*(_sent(client, each) for each in inputs))
            assert {answer.status_code for answer in answers} <= {200, 400, 413, 415, 503}
            assert (await verify(client, signed())).status_code == 200
        service.close()

    asyncio.run(run())


async def _sent(client: AsyncClient, value: object) -> Response:
    data = value if isinstance(value, bytes) else (value if isinstance(value, str) else json.dumps(value)).encode()
    body = b'{"verifiableCredential":' + data + b"}"
    return await client.post("/credentials/verify", content=body, headers={"Content-Type": "application/json"})


def test_what_is_shared_is_done_in_batches_and_refused_beyond_its_bound() -> None:
    batches: list[int] = []
    let_go = threading.Event()

    def work(items: Sequence[int]) -> list[int | Exception]:
        batches.append(len(items))
        assert let_go.wait(30)
        return [item * 2 for item in items]

    async def run() -> None:
        workers = Workers(1, 1)
        shared: Shared[int, int] = Shared(workers, work, most=4, most_waiting=10)
        tasks = [asyncio.create_task(shared.ask(0))]
        while not batches:
            await asyncio.sleep(0.001)
        tasks += [asyncio.create_task(shared.ask(number)) for number in range(1, 11)]
        await asyncio.sleep(0)
        with pytest.raises(RequestError) as refused:
            await shared.ask(99)
        assert refused.value.status == 503
        let_go.set()
        assert await asyncio.gather(*tasks) == [2 * number for number in range(11)]
        assert batches == [1, 4, 4, 2]
        # One that comes just when the last batch has ended is not forgotten.
        for number in range(50):
            assert await asyncio.wait_for(shared.ask(number), 30) == 2 * number
        workers.close()

    asyncio.run(run())
