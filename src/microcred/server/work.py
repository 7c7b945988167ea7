"""Work in threads, of which there is only so much at once: the loop that answers never computes for long.

What is asked for while a thread is busy is done by it together, so that a transaction, and the wait for the disk, is
shared by all that were waiting.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, ParamSpec, TypeVar, cast

from microcred.server.problems import RequestError

__all__ = ["Shared", "Workers"]

P = ParamSpec("P")
T = TypeVar("T")
R = TypeVar("R")
_OVERLOADED = "the server has more to do than it can; ask again later"


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

    async def run(self, function: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Call a function in a thread.

        Raises:
            RequestError: 503: too much waits already.
        """
        if self._count >= self._most:
            raise RequestError(503, "OVERLOADED", _OVERLOADED)
        self._count += 1
        future = asyncio.get_running_loop().run_in_executor(self._pool, lambda: function(*args, **kwargs))
        # Also when nobody waits any more: the thread is busy all the same.
        future.add_done_callback(self._done)
        return await asyncio.shield(future)

    def _done(self, future: asyncio.Future[R]) -> None:
        self._count -= 1
        if not future.cancelled():
            # Whoever waited has it, if somebody did.
            future.exception()

    def close(self) -> None:
        """End the threads when their work is done."""
        self._pool.shutdown(wait=True)


class Shared(Generic[T, R]):
    """Have all that waits done in one call."""

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
        self._waiting: deque[tuple[T, asyncio.Future[R]]] = deque()
        self._at_once = at_once
        self._tasks: set[asyncio.Task[None]] = set()

    async def ask(self, item: T) -> R:
        """Have one done, together with others.

        Raises:
            RequestError: 503: too much waits already.
            Exception: The error of this one, or of all.
        """
        if len(self._waiting) >= self._most_waiting:
            raise RequestError(503, "OVERLOADED", _OVERLOADED)
        loop = asyncio.get_running_loop()
        future: asyncio.Future[R] = loop.create_future()
        self._waiting.append((item, future))
        if len(self._tasks) < self._at_once:
            self._tasks.add(loop.create_task(self._run()))
        return await future

    async def _run(self) -> None:
        while batch := self._next():
            results: Sequence[R | Exception]
            try:
                results = await self._workers.run(self._work, [item for item, _ in batch])
            except Exception as error:  # noqa: BLE001 - each of those who wait is told
                results = [error] * len(batch)
            for (_, future), result in zip(batch, results, strict=True):
                if future.done():
                    continue
                if isinstance(result, Exception):
                    future.set_exception(result)
                else:
                    future.set_result(result)
        # Before anybody else can ask: what comes now begins another one.
        self._tasks.discard(cast("asyncio.Task[None]", asyncio.current_task()))

    def _next(self) -> list[tuple[T, asyncio.Future[R]]]:
        """Take what is to be done next; what nobody waits for any more is never begun."""
        batch: list[tuple[T, asyncio.Future[R]]] = []
        while self._waiting and len(batch) < self._most:
            asked = self._waiting.popleft()
            if not asked[1].done():
                batch.append(asked)
        return batch
