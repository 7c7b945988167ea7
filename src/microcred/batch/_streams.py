"""Many pieces of work through an executor: in chunks, so many at a time, and one outcome for each, whatever happens."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import Generic, Protocol, TypeAlias, TypeVar, cast

__all__ = ["LOST", "Schedule", "Task", "Unsendable", "stream"]

T = TypeVar("T")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)
LOST = "WORKER_LOST"
"""The code of a piece of work that nobody did, since the worker that had it died."""


class Task(Protocol[R_co]):
    """What is done with each piece. Where it goes to other processes, it can be pickled."""

    def do(self, item: object) -> R_co:
        """Return the outcome of a piece; raise nothing that is an ``Exception``."""
        ...

    def do_all(self, items: Sequence[object]) -> Sequence[R_co]:
        """Return the outcomes of as many pieces; raise nothing, either."""
        ...

    def lost(self, item: object, error: BaseException) -> R_co:
        """Return the outcome of a piece that nobody did."""
        ...


class Unsendable:
    """Stands for a piece that cannot be pickled."""


_Submit: TypeAlias = Callable[[list[object]], "Future[Sequence[R]]"]


@dataclass(frozen=True, slots=True)
class Schedule:
    """How work is spread."""

    executor: Executor | None
    """Who does it; None is whoever asks for the next outcome."""
    ordered: bool
    """Whether outcomes come in the order of the input, or as soon as they are there."""
    chunk_size: int
    """How many pieces go together."""
    chunks_ahead: int | None
    """How many chunks are under way at most; by default two more than twice the processors of this machine."""

    def __post_init__(self) -> None:
        if self.chunk_size < 1 or (self.chunks_ahead is not None and self.chunks_ahead < 1):
            raise ValueError("chunk_size and chunks_ahead must be at least 1")

    @property
    def most_chunks(self) -> int:
        """How many chunks are under way at most."""
        return 2 * (os.cpu_count() or 1) + 2 if self.chunks_ahead is None else self.chunks_ahead


def stream(items: Iterable[object], task: Task[R], schedule: Schedule) -> Generator[tuple[int, R]]:
    """Return a generator of the outcome of each item, with its index.

    Items are read only as far as there is room for them. When the iterator is closed, what has not begun is cancelled.
    An exception of the input itself is raised when all that was read before has its outcome.

    Args:
        items: The input; an iterator is read once.
        task: What is done with each.
        schedule: Who does it, and in which order.

    Raises:
        TypeError: The task has to leave this process, and cannot be pickled.
    """
    executor = schedule.executor
    if executor is None:
        return ((index, task.do(item)) for index, item in enumerate(items))
    return _Stream(iter(items), _submitter(executor, task), task, schedule).outcomes()


def _submitter(executor: Executor, task: Task[R]) -> _Submit[R]:
    # Threads share what they work with; who else shares it is not known.
    if type(executor) is ThreadPoolExecutor:
        return lambda chunk: executor.submit(task.do_all, chunk)
    try:
        frozen = pickle.dumps(task)
    except Exception as error:
        raise TypeError(f"what is needed for it cannot leave this process: {error}") from error
    return lambda chunk: executor.submit(cast("Callable[..., Sequence[R]]", _do_elsewhere), frozen, _packed(chunk))


def _packed(chunk: list[object]) -> bytes:
    """Pickle a chunk: what cannot be, such as arrays in arrays in arrays, does not take the others with it."""
    try:
        return pickle.dumps(chunk)
    except Exception:  # noqa: BLE001 - of whatever somebody put in
        return pickle.dumps([item if _is_sendable(item) else Unsendable() for item in chunk])


def _is_sendable(item: object) -> bool:
    try:
        pickle.dumps(item)
    except Exception:  # noqa: BLE001 - as above
        return False
    return True


# A task keeps what it learnt from one chunk to the next; some may be under way at a time.
@lru_cache(maxsize=4)
def _task(frozen: bytes) -> Task[object]:
    return cast("Task[object]", pickle.loads(frozen))  # noqa: S301 - from our own process


def _do_elsewhere(frozen: bytes, chunk: bytes) -> Sequence[object]:
    return _task(frozen).do_all(pickle.loads(chunk))  # noqa: S301 - from our own process


@dataclass(slots=True)
class _Stream(Generic[R]):
    items: Iterator[object]
    submit: _Submit[R]
    task: Task[R]
    schedule: Schedule
    under_way: dict[Future[Sequence[R]], tuple[int, list[object]]] = field(default_factory=dict)
    read: int = 0
    failure: Exception | None = None
    """What the input raised."""
    at_end: bool = False

    def outcomes(self) -> Generator[tuple[int, R]]:
        """Yield each outcome with the index of its item."""
        try:
            while self._has_more():
                for future in self._next():
                    start, chunk = self.under_way.pop(future)
                    yield from enumerate(self._outcomes_of(future, chunk), start)
        finally:
            for future in self.under_way:
                future.cancel()
        if self.failure is not None:
            raise self.failure

    def _has_more(self) -> bool:
        """Fill the room that there is; tell whether anything is under way."""
        while not self.at_end and len(self.under_way) < self.schedule.most_chunks:
            chunk = self._chunk()
            if chunk:
                self.under_way[self._submitted(chunk)] = self.read, chunk
                self.read += len(chunk)
        return bool(self.under_way)

    def _chunk(self) -> list[object]:
        chunk: list[object] = []
        try:
            for item in islice(self.items, self.schedule.chunk_size):
                chunk.append(item)  # noqa: PERF402 - what was read stays, whatever comes next
        except Exception as error:  # noqa: BLE001 - raised when all that came before is done
            self.failure = error
        self.at_end = len(chunk) < self.schedule.chunk_size
        return chunk

    def _submitted(self, chunk: list[object]) -> Future[Sequence[R]]:
        try:
            return self.submit(chunk)
        except BrokenExecutor as error:
            # Its workers died: nothing that is given to it now will ever be done.
            broken: Future[Sequence[R]] = Future()
            broken.set_exception(error)
            return broken

    def _next(self) -> Iterable[Future[Sequence[R]]]:
        if self.schedule.ordered:
            return [next(iter(self.under_way))]
        return wait(self.under_way, return_when=FIRST_COMPLETED).done

    def _outcomes_of(self, future: Future[Sequence[R]], chunk: list[object]) -> Sequence[R]:
        try:
            return future.result()
        except Exception as error:  # noqa: BLE001 - of an executor, which may be anybody's
            return [self.task.lost(item, error) for item in chunk]
