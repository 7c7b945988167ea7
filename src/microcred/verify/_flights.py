"""Equal work at the same time is done once, in the background, and by a bounded number of threads."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

__all__ = ["Flight", "Flights"]

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


class Flight(Generic[K, T]):
    """Work under way, which several may wait for."""

    def __init__(self, key: K, until: float, work: Callable[[], T]) -> None:
        """Take the work, which raises nothing that is expected."""
        self.key = key
        self.until = until
        self.work = work
        self.started = False
        self.outcome: Future[T] = Future()
        # Whoever gives up waiting does not end it for the others.
        self.outcome.set_running_or_notify_cancel()

    def seconds_left(self) -> float:
        """Return how long waiting makes sense."""
        return max(self.until - time.monotonic(), 0.0)


class Flights(Generic[K, T]):
    """Run work in threads that end with it, so that an idle program has none."""

    def __init__(self, max_threads: int, at_rest: Callable[[], None]) -> None:
        """Take how many threads there may be, and what to do when the last one has ended after ``close``."""
        self._max_threads = max_threads
        self._at_rest = at_rest
        self._threads = 0
        self._waiting: deque[Flight[K, T]] = deque()
        self._by_key: dict[K, Flight[K, T]] = {}
        self._closed = False
        self._lock = threading.Lock()

    def join(self, key: K, until: float, work: Callable[[], T]) -> Flight[K, T]:
        """Return the flight under way for a key, or a new one.

        Args:
            key: What makes work equal.
            until: When a new one has to be over, by ``time.monotonic()``.
            work: What a new one does; it has to end by itself, and at once when its time is over.

        Raises:
            RuntimeError: No thread can be started.
        """
        with self._lock:
            flight = self._by_key.get(key)
            # One that is overdue hangs where it cannot be stopped, such as in a look-up of a host name.
            if flight is not None and flight.seconds_left() > 0:
                return flight
            flight = Flight(key, until, work)
            if self._threads < self._max_threads:
                self._start_thread()
            self._by_key[key] = flight
            self._waiting.append(flight)
            return flight

    def close(self) -> None:
        """Do what is to be done at rest, now or when all work is done."""
        with self._lock:
            self._closed = True
            idle = self._threads == 0
        if idle:
            self._at_rest()

    def _start_thread(self) -> None:
        # A daemon: a program that ends does not wait for a server.
        threading.Thread(target=self._run, name="microcred-fetch", daemon=True).start()
        self._threads += 1

    def _run(self) -> None:
        while (flight := self._next()) is not None:
            try:
                outcome = flight.work()
            except BaseException as error:  # noqa: BLE001 - whoever waits gets it
                self._land(flight)
                flight.outcome.set_exception(error)
            else:
                self._land(flight)
                flight.outcome.set_result(outcome)

    def _next(self) -> Flight[K, T] | None:
        with self._lock:
            if self._waiting:
                flight = self._waiting.popleft()
                flight.started = True
                return flight
            self._threads -= 1
            last = self._closed and self._threads == 0
        if last:
            self._at_rest()
        return None

    def _land(self, flight: Flight[K, T]) -> None:
        with self._lock:
            if self._by_key.get(flight.key) is flight:
                del self._by_key[flight.key]
