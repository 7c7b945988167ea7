"""What every request goes through: bounds on how many there are and on time, problem details, and who watches."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from typing import Any, Final

from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive

from microcred.errors import MicrocredError, Problem
from microcred.json import pointer
from microcred.server.problems import RequestError, refusal_of, refused

__all__ = ["Gate", "Handler", "Observer", "Watcher", "guarded"]

_log: Final = logging.getLogger("microcred.server")
_OVERLOADED: Final = "the server has more to do than it can; ask again later"
# Eight of the largest documents: read as JSON, they take many times as much.
_MOST_BODY_BYTES: Final = 32 * 1024 * 1024
Handler = Callable[[Request], Coroutine[Any, Any, Response]]
Watcher = Callable[[str, str, int, float], None]
"""Is told of each answer: the method, the template of the path, the status, and seconds."""
Observer = Callable[[str, str], None]
"""Is told of what was done with a credential: the action, and how it ended."""


class Gate:
    """The bounds that the routes of a service share."""

    def __init__(
        self, *, most_requests: int = 256, seconds: float = 30.0, most_body_bytes: int = _MOST_BODY_BYTES
    ) -> None:
        """Take the bounds.

        Args:
            most_requests: How many requests may be under way; more are answered with 503.
            seconds: How long one may take; then it is answered with 503, and what was not begun of its work never is.
            most_body_bytes: What the bodies of all requests under way may have together; more is answered with 503.
        """
        self.under_way = 0
        self.body_bytes = 0
        """What has arrived of the bodies of all requests under way."""
        self.draining = False
        """Whether the process is about to end, so that others are to be asked."""
        self.watchers: list[Watcher] = []
        self.observers: list[Observer] = []
        self._most = most_requests
        self._seconds = seconds
        self._most_body_bytes = most_body_bytes

    async def run(self, handler: Handler, request: Request, template: str) -> Response:
        """Answer a request, whatever happens.

        Args:
            handler: Answers it.
            request: The request.
            template: The path of its route, without what stands for ids.
        """
        began = time.perf_counter()
        self.under_way += 1
        body = _Body(self, request.receive)
        try:
            response = await self._answer(handler, Request(request.scope, body.receive))
        finally:
            self.under_way -= 1
            self.body_bytes -= body.count
        self.tell(request.method, template, response.status_code, time.perf_counter() - began)
        return response

    def count_body(self, size: int) -> None:
        """Take note of what has arrived of a body.

        Raises:
            RequestError: 503: all that are under way have too much together.
        """
        self.body_bytes += size
        if self.body_bytes > self._most_body_bytes:
            raise RequestError(503, "OVERLOADED", _OVERLOADED, headers={"Connection": "close"})

    def tell(self, method: str, template: str, status: int, seconds: float) -> None:
        """Tell all who watch of an answer."""
        for watcher in self.watchers:
            watcher(method, template, status, seconds)

    def note(self, action: str, outcome: str) -> None:
        """Tell all who watch what was done with a credential."""
        for observer in self.observers:
            observer(action, outcome)

    async def _answer(self, handler: Handler, request: Request) -> Response:
        try:
            if self.under_way > self._most:
                raise RequestError(503, "OVERLOADED", _OVERLOADED)
            async with asyncio.timeout(self._seconds):
                return await handler(request)
        except MicrocredError as error:
            return refusal_of(error).response()
        except TimeoutError:
            return RequestError(503, "TIMEOUT", "it took too long; ask again later").response()
        except HTTPException as error:
            return refused(error).response()
        except RequestValidationError as error:
            return _not_valid(error).response()
        except Exception as error:
            if _is_theirs(error, request):
                raise
            # What went wrong is for the log of the operator; the client is told that it did.
            _log.exception("a request failed")
            return RequestError(500, "INTERNAL_ERROR", "something went wrong here; it was noted").response()


class _Body:
    """Counts what arrives of a body."""

    def __init__(self, gate: Gate, receive: Receive) -> None:
        self._gate = gate
        self._receive = receive
        self.count = 0

    async def receive(self) -> Message:
        message = await self._receive()
        size = len(message.get("body", b""))
        self.count += size
        self._gate.count_body(size)
        return message


def _not_valid(error: RequestValidationError) -> RequestError:
    """Return what to tell when a dependency of the application in which the routers are wants something else."""
    found = [Problem(pointer(*each["loc"]), "MALFORMED_VALUE_ERROR", str(each["msg"])) for each in error.errors()]
    return RequestError(422, "MALFORMED_VALUE_ERROR", "the request is not as it is wanted here", problems=found)


def _is_theirs(error: Exception, request: Request) -> bool:
    """Tell whether the application in which the routers are says itself what becomes of an error."""
    handlers = getattr(request.scope.get("app"), "exception_handlers", {})
    return any(kind in handlers for kind in type(error).__mro__ if kind is not Exception)


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
