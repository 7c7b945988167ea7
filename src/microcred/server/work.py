"""Work in threads, of which there is only so much at once: the loop that answers never computes for long.

What is asked for while a thread is busy is done by it together, so that a transaction, and the wait for the disk, is
shared by all that were waiting.
"""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final, Generic, ParamSpec, TypeVar

from microcred.server.problems import RequestError

__all__ = ["Shared", "Workers", "each_once"]

P = ParamSpec("P")
T = TypeVar("T")
R = TypeVar("R")
_OVERLOADED: Final = "the server has more to do than it can; ask again later"


class _Job(Generic[R]):
    """A call that can be taken back until it begins."""

    def __init__(self, call: Callable[[], R]) -> None:
        self._call: Callable[[], R] | None = call

    def __call__(self) -> R:
        call, self._call = self._call, None
        if call is None:
            raise RequestError(503, "TIMEOUT", "nobody waits for it any more")
        return call()

    def take_back(self) -> None:
        """Let go of it, and of all that it holds."""
        self._call = None


class Workers:
    """Threads, with a bound on what waits for them."""

    def __init__(self, threads: int, most_waiting: int, name: str = "microcred") -> None:
        """Take the bounds.

        Args:
            threads: How many work at once.
            most_waiting: How many calls may be under way or waiting; more are refused.
            name: Of the threads.
        """
        self._pool = ThreadPoolExecutor(threads, name)
        self._most = most_waiting
        self._count = 0
        self._lock = threading.Lock()

    async def run(self, function: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Call a function in a thread; when nobody waits any more, it is not begun.

        Raises:
            RequestError: 503: too much waits already, or the threads have ended.
        """
        with self._lock:
            if self._count >= self._most:
                raise RequestError(503, "OVERLOADED", _OVERLOADED)
            self._count += 1
        job = _Job(lambda: function(*args, **kwargs))
        try:
            begun = self._pool.submit(job)
        except RuntimeError:
            with self._lock:
                self._count -= 1
            raise RequestError(503, "OVERLOADED", "the server is about to end; ask again") from None
        # Also when nobody waits any more: the thread is busy all the same.
        begun.add_done_callback(self._ended)
        future = asyncio.wrap_future(begun)
        future.add_done_callback(_seen)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            job.take_back()
            raise

    def _ended(self, _: Future[Any]) -> None:
        with self._lock:
            self._count -= 1

    def close(self) -> None:
        """End the threads when their work is done."""
        self._pool.shutdown(wait=True)


def _seen(future: asyncio.Future[Any]) -> None:
    """Take note of an error; whoever waited has it, if somebody did."""
    if not future.cancelled():
        future.exception()


class Shared(Generic[T, R]):
    """Have all that waits done in one call. One event loop uses it at a time."""

    def __init__(
        self,
        workers: Workers,
        work: Callable[[Sequence[T]], Sequence[R | Exception]],
        *,
        most: int,
        most_waiting: int,
        at_once: int = 1,
    ) -> None:
        """Say how the work is done.

        Args:
            workers: Whose thread does it.
            work: Takes what was asked for, and returns a result or an error for each, in the same order.
            most: How many it is given at once.
            most_waiting: How many may wait; more are refused.
            at_once: How many calls there may be at once; the workers have as many threads.
        """
        self._workers = workers
        self._work = work
        self._most = most
        self._most_waiting = most_waiting
        self._waiting: OrderedDict[asyncio.Future[R], T] = OrderedDict()
        self._at_once = at_once
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def ask(self, item: T) -> R:
        """Have one done, together with others.

        Raises:
            RequestError: 503: too much waits already.
            Exception: The error of this one, or of all.
        """
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            if self._loop is not None and self._loop.is_running():
                raise RuntimeError("another event loop uses it; make a service for each")
            # What another loop left behind, nobody waits for.
            self._loop, self._waiting, self._tasks = loop, OrderedDict(), set()
        if len(self._waiting) >= self._most_waiting:
            raise RequestError(503, "OVERLOADED", _OVERLOADED)
        future: asyncio.Future[R] = loop.create_future()
        self._waiting[future] = item
        if len(self._tasks) < self._at_once:
            task = loop.create_task(self._run())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        try:
            return await future
        finally:
            # What nobody waits for any more is never begun, and not kept.
            self._waiting.pop(future, None)

    async def _run(self) -> None:
        while batch := self._next():
            results: Sequence[R | Exception]
            try:
                results = await self._workers.run(self._work, [item for _, item in batch])
            except Exception as error:  # noqa: BLE001 - each of those who wait is told
                results = [error] * len(batch)
            for (future, _), result in zip(batch, results, strict=True):
                if future.done():
                    continue
                if isinstance(result, Exception):
                    future.set_exception(result)
                else:
                    future.set_result(result)
            del batch, results
        # Before anybody else can ask: what comes now begins another one.
        task = asyncio.current_task()
        if task is not None:
            self._tasks.discard(task)

    def _next(self) -> list[tuple[asyncio.Future[R], T]]:
        """Take what is to be done next."""
        batch: list[tuple[asyncio.Future[R], T]] = []
        while self._waiting and len(batch) < self._most:
            asked = self._waiting.popitem(last=False)
            if not asked[0].done():
                batch.append(asked)
        return batch


def each_once(read: Callable[[T], R], items: Sequence[T]) -> list[R | Exception]:
    """Read what is asked for, once each, and return the result or the error for each, in the same order.

    As the work of a ``Shared`` it reads after all of them have asked, so that nobody is given what is older.

    Args:
        read: Reads one.
        items: What is asked for; hashable.
    """
    found: dict[T, R | Exception] = {}
    for item in items:
        if item not in found:
            try:
                found[item] = read(item)
            except Exception as error:  # noqa: BLE001 - each of those who wait is told
                found[item] = error
    return [found[item] for item in items]
