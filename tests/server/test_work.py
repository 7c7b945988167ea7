"""Work in threads: bounded, let go when nobody waits, and good for one event loop after the other."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress

import pytest

from microcred.server.problems import RequestError
from microcred.server.work import Shared, Workers


@pytest.fixture
def workers() -> Iterator[Workers]:
    with closing(Workers(1, 4)) as made:
        yield made


def test_a_thread_that_goes_on_keeps_its_place(workers: Workers) -> None:
    begun, end = threading.Event(), threading.Event()

    def long() -> None:
        begun.set()
        assert end.wait(30)

    async def run() -> None:
        asked = [asyncio.create_task(workers.run(long)) for _ in range(4)]
        await asyncio.to_thread(begun.wait, 30)
        for each in asked:
            each.cancel()
        await asyncio.gather(*asked, return_exceptions=True)
        with pytest.raises(RequestError) as refused:
            await workers.run(int)
        assert (refused.value.status, refused.value.code) == (503, "OVERLOADED")
        assert refused.value.headers["Retry-After"]
        end.set()
        while True:
            with suppress(RequestError):
                assert await workers.run(int) == 0
                break
            await asyncio.sleep(0.001)

    asyncio.run(run())


def test_what_nobody_waits_for_is_never_done(workers: Workers) -> None:
    end = threading.Event()
    done: list[object] = []

    def work(items: Sequence[object]) -> list[object]:
        assert end.wait(30)
        done.extend(items)
        return list(items)

    async def run() -> None:
        shared = Shared(workers, work, most=1, most_waiting=3)
        first = asyncio.create_task(shared.ask("first"))
        await asyncio.sleep(0)
        waiting = [asyncio.create_task(shared.ask("nobody")) for _ in range(2)]
        alone = asyncio.create_task(workers.run(done.append, "nobody"))
        await asyncio.sleep(0)
        for task in (*waiting, alone):
            task.cancel()
        await asyncio.gather(*waiting, alone, return_exceptions=True)
        # Nor do they count.
        more = [asyncio.create_task(shared.ask("more")) for _ in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(RequestError):
            await shared.ask("too much")
        end.set()
        assert await asyncio.gather(first, *more) == ["first", "more", "more", "more"]

    asyncio.run(run())
    assert done == ["first", "more", "more", "more"]


def test_another_loop_begins_anew(workers: Workers) -> None:
    end = threading.Event()

    def work(items: Sequence[int]) -> list[int | Exception]:
        assert end.wait(30)
        return [ValueError("seven") if each == 7 else each + 1 for each in items]

    shared: Shared[int, int] = Shared(workers, work, most=8, most_waiting=8)

    async def left() -> None:
        asked = [asyncio.create_task(shared.ask(each)) for each in range(3)]
        await asyncio.sleep(0)
        assert not any(each.done() for each in asked)

    async def asked() -> list[int | BaseException]:
        return await asyncio.gather(*(shared.ask(each) for each in (1, 7)), return_exceptions=True)

    asyncio.run(left())
    end.set()
    for _ in range(2):
        first, second = asyncio.run(asked())
        assert first == 2
        assert isinstance(second, ValueError)


def test_an_error_is_for_all_that_were_asked_together(workers: Workers) -> None:
    def work(_: Sequence[int]) -> list[int | Exception]:
        raise LookupError

    async def run() -> list[int | BaseException]:
        shared: Shared[int, int] = Shared(workers, work, most=8, most_waiting=8)
        return await asyncio.gather(*(shared.ask(each) for each in (1, 7)), return_exceptions=True)

    assert [type(each) for each in asyncio.run(run())] == [LookupError] * 2


def test_threads_that_have_ended_are_for_later(workers: Workers) -> None:
    workers.close()
    for _ in range(6):
        with pytest.raises(RequestError) as refused:
            asyncio.run(workers.run(int))
        assert refused.value.status == 503
