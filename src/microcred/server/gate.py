"""What every request goes through: bounds on how many there are and on time, problem details, and who watches."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from typing import Any, Final

from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from microcred.errors import MicrocredError
from microcred.server.problems import RequestError, refusal_of

__all__ = ["LONG", "Gate", "Watcher", "guarded"]

LONG: Final = 64 * 1024
"""Bytes of a body from which on it is long: an ordinary badge has 2 to 20 kB, and the worst up to here takes a tenth of
a second."""
_log: Final = logging.getLogger("microcred.server")
Handler = Callable[[Request], Coroutine[Any, Any, Response]]
Watcher = Callable[[str, str, int, float], None]
"""Is told of each answer: the method, the template of the path, the status, and seconds."""


class Gate:
    """The bounds that the routes of a service share."""

    def __init__(self, *, most_requests: int = 256, most_long: int = 8, seconds: float = 30.0) -> None:
        """Take the bounds.

        Args:
            most_requests: How many requests may be under way; more are answered with 503.
            most_long: How many of them may have a body above ``LONG`` bytes, or of a length that is not said; each can
                take the memory and the time of some thousand others.
            seconds: How long one may take; then it is answered with 503, and its work comes to nothing.
        """
        self.under_way = 0
        self.watchers: list[Watcher] = []
        self._most = most_requests
        self._most_long = most_long
        self._long_under_way = 0
        self._seconds = seconds

    async def run(self, handler: Handler, request: Request, template: str) -> Response:
        """Answer a request, whatever happens.

        Args:
            handler: Answers it.
            request: The request.
            template: The path of its route, without what stands for ids.
        """
        began = time.perf_counter()
        is_long = _is_long(request)
        self.under_way += 1
        self._long_under_way += is_long
        try:
            response = await self._answer(handler, request, is_long=is_long)
        finally:
            self.under_way -= 1
            self._long_under_way -= is_long
        seconds = time.perf_counter() - began
        for watcher in self.watchers:
            watcher(request.method, template, response.status_code, seconds)
        return response

    async def _answer(self, handler: Handler, request: Request, *, is_long: bool) -> Response:
        try:
            if self.under_way > self._most or (is_long and self._long_under_way > self._most_long):
                text = "the server has more to do than it can; ask again later"
                raise RequestError(503, "OVERLOADED", text)
            async with asyncio.timeout(self._seconds):
                return await handler(request)
        except MicrocredError as error:
            return refusal_of(error).response()
        except TimeoutError:
            return RequestError(503, "TIMEOUT", "it took too long; ask again later").response()
        except HTTPException as error:
            headers = dict(error.headers or {})
            return RequestError(error.status_code, "REFUSED", str(error.detail), headers=headers).response()
        except Exception:  # noqa: BLE001 - whatever it is, the client is answered
            # What went wrong is for the log of the operator; the client is told that it did.
            _log.exception("a request failed")
            return RequestError(500, "INTERNAL_ERROR", "something went wrong here; it was noted").response()


def _is_long(request: Request) -> bool:
    length = request.headers.get("content-length")
    if length is None:
        return "transfer-encoding" in request.headers
    # What is no number is refused where the body is read, if not before.
    return len(length) > len(str(LONG)) or not length.isdecimal() or int(length) > LONG


def guarded(gate: Gate) -> type[APIRoute]:
    """Return the class of routes that go through a gate, for ``APIRouter(route_class=…)``."""

    class Guarded(APIRoute):
        def get_route_handler(self) -> Handler:
            inner = super().get_route_handler()
            template = self.path_format

            async def handler(request: Request) -> Response:
                return await gate.run(inner, request, template)

            return handler

    return Guarded
