"""The whole service as one application (ASGI)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from microcred import __version__
from microcred.server.gate import Gate
from microcred.server.hosting import hosting_router
from microcred.server.logs import RequestIds, write_requests
from microcred.server.operations import operations_router
from microcred.server.pages import pages_router
from microcred.server.problems import RequestError, refused
from microcred.server.service import Service
from microcred.server.settings import Settings
from microcred.server.vc_api import vc_api_router

__all__ = ["create_app"]


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
        try:
            async with made.maintained():
                yield
        finally:
            made.close()

    app = FastAPI(
        title="microcred",
        version=__version__,
        summary="Issue and verify Open Badges 3.0 and other W3C Verifiable Credentials.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    for make in (vc_api_router, hosting_router, pages_router, operations_router):
        app.router.routes.extend(make(service).routes)
    app.add_exception_handler(HTTPException, partial(_refused, service.gate))
    app.add_exception_handler(Exception, _failed)
    app.add_middleware(RequestIds)
    write_requests(service.gate)
    return app


async def _refused(gate: Gate, request: Request, error: Exception) -> Response:
    """Answer what no route is for."""
    assert isinstance(error, HTTPException)
    gate.tell(request.method, "(none)", error.status_code, 0.0)
    return refused(error).response()


async def _failed(_: Request, __: Exception) -> Response:
    """Answer what went wrong outside of all routes; the server writes down what it was."""
    return RequestError(500, "INTERNAL_ERROR", "something went wrong here; it was noted").response()
