"""Services for tests, with real databases, keys and files."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from httpx import Client
from starlette.applications import Starlette

import microcred as mc
from microcred.hosting import Hosted
from microcred.issuer import IssuerFolder
from microcred.issuer.folder import KeyFile
from microcred.json import JSONObject
from microcred.server import IssuingService, Service, Token, create_app
from tests.make import badge
from tests.support import as_object

BASE = "https://badges.example.edu"
SECRET = "a-token-for-tests-and-nothing-else"
BEARER = {"Authorization": f"Bearer {SECRET}"}
PASSWORD = "a password"


def folder(path: Path, identifier: str = "did:web:badges.example.edu") -> IssuerFolder:
    """Make an issuer."""
    made = IssuerFolder(path)
    made.create(mc.Profile(id=identifier, name="Example University"), KeyFile(PASSWORD))
    return made


def issuer(
    path: Path, name: str = "main", identifier: str = "did:web:badges.example.edu", **more: Any
) -> IssuingService:
    """Make an issuer of a service, which hosts what it issues."""
    arguments: dict[str, Any] = {"base_url": BASE, "password": PASSWORD, "host": True, **more}
    return IssuingService(name, folder(path / name, identifier), f"sqlite:///{path / name}.db", **arguments)


@contextmanager
def running(
    *issuers: IssuingService, achievements: Mapping[str, Hosted] | None = None, **more: Any
) -> Iterator[Client]:
    """Serve issuers, and yield a client; what is issued has the URLs of another host."""
    arguments: dict[str, Any] = {"base_url": BASE, "tokens": [Token.of(SECRET)], **more}
    with served(create_app(Service(issuers, achievements=achievements, **arguments))) as client:
        yield client


@contextmanager
def served(app: Starlette) -> Iterator[Client]:
    """Serve an application, and yield a client."""
    config = uvicorn.Config(app, port=0, log_config=None, access_log=False, proxy_headers=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.005)
        port = server.servers[0].sockets[0].getsockname()[1]
        with Client(base_url=f"http://127.0.0.1:{port}") as client:
            yield client
    finally:
        server.should_exit = True
        thread.join(30)


def issue(client: Client, name: str = "", **changes: object) -> JSONObject:
    """Issue a credential, and return it."""
    document = {**badge(), "id": None, "issuer": None, "name": "Rust 101", **changes}
    document = {member: value for member, value in document.items() if value is not None}
    path = f"/issuers/{name}/credentials/issue" if name else "/credentials/issue"
    answer = client.post(path, json={"credential": document}, headers=BEARER)
    assert answer.status_code == 201, answer.text
    return as_object(answer.json()["verifiableCredential"])


def revoke(client: Client, credential_id: str) -> None:
    """Revoke a credential."""
    body = {"credentialId": credential_id, "credentialStatus": {"statusPurpose": "revocation"}, "status": True}
    answer = client.post("/credentials/status", json=body, headers=BEARER)
    assert answer.status_code == 200, answer.text
