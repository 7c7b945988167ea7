"""The endpoints that the suites call: the routers of ``microcred.server`` before issuers and a verifier of this folder.

``python -m conformance.w3c.app --cert cert.pem --key key.pem`` serves them at https://localhost:8443.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.responses import Response

import microcred as mc
from conformance.w3c.issuing import derived, issuers, status_list
from conformance.w3c.keys import read_keys
from conformance.w3c.verifying import ProofLevel
from microcred.json import dumps
from microcred.server import issuing_router, verifying_router
from microcred.server.bodies import Members, read_object
from microcred.server.gate import Gate, guarded
from microcred.server.tokens import Tokens
from microcred.server.work import Workers

__all__ = ["create_app", "main"]

_THREADS: Final = 4
_MOST_WAITING: Final = 256
# Node keeps connections for longer than servers do, and does not ask again when one is gone.
_KEEP_ALIVE_SECONDS: Final = 600


def create_app(base_url: str, database: str) -> FastAPI:
    """Return the application.

    Args:
        base_url: Where the suites reach it.
        database: For the registry of statuses, such as ``sqlite:///status.db``.

    Raises:
        OSError: The keys of the issuers are not here.
        StatusListError: The database cannot be used.
    """
    gate, workers = Gate(), Workers(_THREADS, _MOST_WAITING)
    keys, tokens = read_keys(), Tokens(none_needed_here=True)
    registry = mc.StatusRegistry(database, base_url=f"{base_url}/status")

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        workers.close()
        registry.close()

    app = FastAPI(title="microcred for the test suites of the W3C", lifespan=lifespan)
    for issuer in issuers(keys, registry, workers):
        router = issuing_router(issuer, tokens=tokens, gate=gate, wrapped=False)
        app.include_router(router, prefix=f"/{issuer.name}")
    app.include_router(_deriving_router(gate, workers))
    app.include_router(verifying_router(ProofLevel(workers), gate=gate, workers=workers))
    app.include_router(_list_router(keys["Ed25519"], registry, base_url, gate, workers))
    return app


def _deriving_router(gate: Gate, workers: Workers) -> APIRouter:
    """Return the routes of holders, with the contexts of this folder and without the wrapping object."""
    router = APIRouter(route_class=guarded(gate))

    @router.post("/ecdsa-sd-2023/credentials/derive")
    @router.post("/bbs-2023/credentials/derive")
    async def derive(request: Request) -> Response:
        body = Members(await read_object(request))
        shown = await workers.run(derived, body.object("verifiableCredential"), body.options())
        return Response(dumps(shown).encode(), 201, media_type="application/json")

    return router


def _list_router(
    key: mc.SigningKey, registry: mc.StatusRegistry, base_url: str, gate: Gate, workers: Workers
) -> APIRouter:
    """Return the route of the status lists."""
    router = APIRouter(route_class=guarded(gate))

    @router.get("/status/{number}")
    async def published(number: str) -> Response:
        found = await workers.run(status_list, key, registry, f"{base_url}/status/{number}")
        # Not application/vc: the suite asks for application/json, as which the hosting of the server names a list, too.
        return Response(dumps(found).encode(), media_type="application/json")

    return router


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve on loopback until it is told to stop."""
    import uvicorn

    parser = argparse.ArgumentParser(prog="python -m conformance.w3c.app", description=__doc__)
    parser.add_argument("--port", type=int, default=8443)
    parser.add_argument("--cert", type=Path, required=True, help="of localhost, in PEM")
    parser.add_argument("--key", type=Path, required=True, help="its private key, in PEM")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        uvicorn.run(
            create_app(f"https://localhost:{given.port}", f"sqlite:///{folder}/status.db"),
            host="localhost",
            port=given.port,
            ssl_certfile=given.cert,
            ssl_keyfile=given.key,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            log_level="warning",
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
