"""What a service writes down: one JSON object a line, without anything of whom it is about.

No paths but their templates, no addresses, no names, no documents, no tokens; of what went wrong its kind and where in
the code, not its message, which could hold any of them.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
import time
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from microcred.server.gate import Gate

__all__ = ["Lines", "RequestIds", "logging_settings", "write_requests"]

_requests: Final = logging.getLogger("microcred.server.requests")
_request_id: ContextVar[str | None] = ContextVar("microcred_request_id", default=None)
# As proxies make them; what is longer, or has other characters, may be something else.
_GIVEN: Final = re.compile(r"[A-Za-z0-9-]{8,64}")
_HEADER: Final = "X-Request-Id"
_MOST_FRAMES: Final = 12


class RequestIds:
    """Give each request an id, or keep that of the proxy, and answer with it: an ASGI middleware."""

    def __init__(self, app: ASGIApp) -> None:
        """Take the application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(_HEADER, "")
        name = given if _GIVEN.fullmatch(given) else secrets.token_hex(8)
        before = _request_id.set(name)

        async def with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[_HEADER] = name
            await send(message)

        try:
            await self._app(scope, receive, with_id)
        finally:
            _request_id.reset(before)


def write_requests(gate: Gate) -> None:
    """Have each answer of a gate written down."""

    def write(method: str, route: str, status: int, seconds: float) -> None:
        facts = {"method": method[:16], "route": route, "status": status, "milliseconds": round(seconds * 1_000, 1)}
        _requests.log(logging.ERROR if status == 500 else logging.INFO, "answered", extra={"facts": facts})

    gate.watchers.append(write)


class Lines(logging.Formatter):
    """Write a record as a line: JSON, or words for a terminal."""

    def __init__(self, *, readable: bool = False) -> None:
        """Say for whom.

        Args:
            readable: Whether it is for a terminal.
        """
        super().__init__()
        self._readable = readable

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        members: dict[str, Any] = {"level": record.levelname.lower(), "message": record.getMessage().strip()}
        members |= getattr(record, "facts", {})
        name = _request_id.get()
        if name is not None:
            members["request"] = name
        if record.exc_info and record.exc_info[1] is not None:
            members |= _where(record.exc_info[1])
        at = datetime.fromtimestamp(record.created, UTC)
        if not self._readable:
            return json.dumps({"time": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"), **members})
        return _words(time.strftime("%H:%M:%S", time.localtime(record.created)), members)


def _where(error: BaseException) -> dict[str, object]:
    frames = traceback.extract_tb(error.__traceback__)[-_MOST_FRAMES:]
    return {
        "error": type(error).__name__,
        "at": [f"{each.filename.rpartition('site-packages/')[2]}:{each.lineno} {each.name}" for each in frames],
    }


def _words(at: str, members: dict[str, Any]) -> str:
    if "route" in members:
        status, milliseconds = members["status"], members["milliseconds"]
        return f"{at}  {status}  {members['method']:<7} {members['route']}  {milliseconds:g} ms"
    text = f"{at}  {members['level']}: {members['message']}"
    if "error" in members:
        text += "\n  " + "\n  ".join([str(members["error"]), *members["at"]])
    return "".join(each if each.isprintable() or each == "\n" else "�" for each in text)


def logging_settings(*, readable: bool) -> dict[str, Any]:
    """Return settings for ``logging.config.dictConfig``, and so for uvicorn: our lines, on standard error.

    Args:
        readable: Whether standard error is a terminal.
    """
    # In a terminal the command itself says what uvicorn would.
    of_uvicorn = "WARNING" if readable else "INFO"
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": f"{__name__}.Lines", "readable": readable}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines", "stream": "ext://sys.stderr"}},
        "loggers": {
            "microcred": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
            "uvicorn": {"handlers": ["stderr"], "level": of_uvicorn, "propagate": False},
        },
    }
