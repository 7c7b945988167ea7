"""The whole service as one application (ASGI)."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from microcred import __version__
from microcred.errors import MicrocredError
from microcred.server.problems import RequestError
from microcred.server.service import Service
from microcred.server.settings import Settings
from microcred.server.vc_api import vc_api_router

__all__ = ["create_app"]

_log: Final = logging.getLogger("microcred.server")
_HOUR: Final = 3_600.0
# For so long, in seconds, a thread that computes keeps the loop waiting, each time that it has something to do.
_SWITCH_INTERVAL: Final = 0.0005


def create_app(service: Service | Settings | None = None) -> FastAPI:
    """Return the application: the VC-API, hosting, pages for people, health and metrics.

    Args:
        service: What it serves; or settings; or None for those of the environment, so that
            ``uvicorn --factory microcred.server:create_app`` works.

    Raises:
        MicrocredError: A setting, an issuer or its database cannot be used.
    """
    if not isinstance(service, Service):
        service = Service.of(service or Settings.load())
    made = service

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        interval = sys.getswitchinterval()
        sys.setswitchinterval(min(interval, _SWITCH_INTERVAL))
        tasks = [asyncio.create_task(_keep_published(made))]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
            made.close()
            sys.setswitchinterval(interval)

    app = FastAPI(
        title="microcred",
        version=__version__,
        summary="Issue and verify Open Badges 3.0 and other W3C Verifiable Credentials.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    app.include_router(vc_api_router(service))
    app.add_exception_handler(HTTPException, _refused)
    return app


async def _refused(_: Request, error: Exception) -> Response:
    """Answer what no route is for."""
    assert isinstance(error, HTTPException)
    return RequestError(error.status_code, "REFUSED", str(error.detail), headers=dict(error.headers or {})).response()


async def _keep_published(service: Service) -> None:
    """Sign status lists anew before they run out, and forget old answers; now, and each hour."""
    while True:
        for issuer in service.issuers.values():
            try:
                await service.workers.run(issuer.publish)
                await service.workers.run(issuer.ledger.forget)
            except MicrocredError as error:
                _log.error("status lists of %s are not published: %s", issuer.name, type(error).__name__)
        await asyncio.sleep(_HOUR)
