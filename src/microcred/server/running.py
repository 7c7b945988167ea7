"""Run a service as processes of its own: uvicorn, with our lines, and an end at which nothing is lost."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager

from fastapi import FastAPI

from microcred.server.app import create_app
from microcred.server.gate import Gate
from microcred.server.logs import logging_settings
from microcred.server.metrics import SHARED_FOLDER
from microcred.server.service import Service
from microcred.server.settings import Settings

__all__ = ["application", "run", "settle"]

# Longer than proxies keep theirs, so that none sends a request into a connection that ends: nginx and Caddy have 60 s.
_KEEP_ALIVE_SECONDS = 75
_LAST_SECONDS = 5
# Objects between two searches for cycles: a verification makes some thousand, nearly all of which end with it.
_OBJECTS = 20_000


def application(settings: Settings | None = None) -> FastAPI:
    """Return the application for a process of its own.

    Args:
        settings: Its settings; by default those of the environment.

    Raises:
        MicrocredError: A setting, an issuer or its database cannot be used.
    """
    settings = settings or Settings.load()
    service = Service.of(settings)
    app = create_app(service)
    inner = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        with _announced_end(service.gate, settings.drain_seconds):
            async with inner(app):
                settle()
                yield

    app.router.lifespan_context = lifespan
    return app


def settle() -> None:
    """Have Python search for cycles more seldom, and not in what stays: it takes a tenth of the time of a request."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_OBJECTS, *gc.get_threshold()[1:])


@contextmanager
def _announced_end(gate: Gate, seconds: float) -> Iterator[None]:
    """Have SIGTERM turn ``/health/ready`` first, and end the process when others had time to see it."""
    loop, before = asyncio.get_running_loop(), signal.getsignal(signal.SIGTERM)

    def end() -> None:
        gate.draining = True
        if callable(before):
            loop.call_later(seconds, before, signal.SIGTERM, None)

    try:
        loop.add_signal_handler(signal.SIGTERM, end)
    except (NotImplementedError, RuntimeError, ValueError):
        # Windows, or not the main thread: then it ends without being announced.
        yield
        return
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGTERM)


def run(
    settings: Settings, *, host: str, port: int, workers: int, readable: bool, environment: Mapping[str, str]
) -> None:
    """Serve until the process is told to end.

    Args:
        settings: What is served.
        host: The address to listen on.
        port: The port to listen on.
        workers: How many processes.
        readable: Whether standard error is a terminal.
        environment: The variables that have other processes find the same settings.

    Raises:
        MicrocredError: A setting, an issuer or its database cannot be used.
    """
    import uvicorn

    # Here, too, where there will be others: what cannot be served is said once, and in plain words.
    app: FastAPI | str = application(settings)
    with tempfile.TemporaryDirectory(prefix="microcred-metrics-") as folder:
        if workers > 1:
            # This process only looks after the others, which read it all from here.
            os.environ.update({SHARED_FOLDER: folder, **environment})
            app = f"{__name__}:application"
        uvicorn.run(
            app,
            host=host,
            port=port,
            workers=workers,
            factory=workers > 1,
            log_config=logging_settings(readable=readable),
            access_log=False,
            # Whose address it is matters to nobody here.
            proxy_headers=False,
            server_header=False,
            lifespan="on",
            ws="none",
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=int(settings.seconds) + _LAST_SECONDS,
        )
