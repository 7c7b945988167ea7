"""A service with pages, and credentials of all kinds to show there."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

import microcred as mc
from microcred.issuer import Issuer
from microcred.json import JSONObject
from microcred.server import IssuingService, Service, Token, vc_api_router
from microcred.server.pages import credential_page, language_of, pages_router
from microcred.testing import FakeWeb
from tests.make import KEY, OTHER, badge
from tests.support import as_object

BASE = "https://badges.example.edu"
ELSEWHERE = "https://elsewhere.example"
SECRET = "a-token-for-tests-and-nothing-else"
NARRATIVE = """\
To earn it, a learner has

- passed the **final project**, a command-line tool of 500 lines at least
- explained in an interview how *ownership* and borrowing work in it
- reviewed [two projects](https://example.edu/projects) of others

The work was assessed by two people who had not taught the course.
"""
DESCRIPTION = "Completed the introductory course in systems programming with Rust, 60 hours in one term."


@dataclass(frozen=True)
class Site:
    """A service that runs, and its client."""

    service: Service
    client: httpx.Client
    web: FakeWeb

    def issue(self, **changes: object) -> JSONObject:
        """Issue a credential, and return it."""
        document = {**shown(), "id": None, "issuer": None, **changes}
        document = {name: value for name, value in document.items() if value is not None}
        headers = {"Authorization": f"Bearer {SECRET}"}
        answer = self.client.post("/credentials/issue", json={"credential": document}, headers=headers)
        assert answer.status_code == 201, answer.text
        return as_object(answer.json()["verifiableCredential"])

    def withdraw(self, credential: JSONObject, purpose: str = "revocation") -> None:
        """Revoke or suspend a credential."""
        body = {"credentialId": credential["id"], "credentialStatus": {"statusPurpose": purpose}, "status": True}
        headers = {"Authorization": f"Bearer {SECRET}"}
        assert self.client.post("/credentials/status", json=body, headers=headers).status_code == 200

    def verify(self, text: object = None, *, url: str = "", file: bytes = b"", **more: Any) -> str:
        """Send the form, and return the page."""
        answer = self.send(text, url=url, file=file, **more)
        assert answer.status_code == 200, answer.text
        page: str = answer.text
        return page

    def send(self, text: object = None, *, url: str = "", file: bytes = b"", lang: str = "en", **more: Any) -> Any:
        """Send the form, and return the answer."""
        written = text if isinstance(text, str) else "" if text is None else json.dumps(text)
        fields = {"url": url, "text": written}
        return self.client.post(f"/verify?lang={lang}", data=fields, files={"file": ("badge", file)}, **more)


def shown(**changes: object) -> JSONObject:
    """Return an unsigned badge with texts that are worth to be shown."""
    document = json.loads(json.dumps(badge()))
    document["issuer"]["name"] = "Example University"
    subject = document["credentialSubject"]
    subject["identifier"] = [
        {"type": "IdentityObject", "hashed": False, "identityHash": "Ada Lovelace", "identityType": "name"},
        {"type": "IdentityObject", "hashed": False, "identityHash": "ada@example.org", "identityType": "emailAddress"},
    ]
    subject["achievement"] |= {
        "achievementType": "Course",
        "description": DESCRIPTION,
        "criteria": {"id": "https://example.edu/rust-101", "narrative": NARRATIVE},
    }
    return {**document, **changes}


def by_others(**changes: object) -> JSONObject:
    """Return a badge of an issuer whom the service does not know."""
    return mc.sign(shown(issuer={"id": OTHER.did, "type": ["Profile"], "name": "Another University"}, **changes), OTHER)


def own_application(service: Service) -> FastAPI:
    """Return an application with the pages, and what they need."""
    app = FastAPI()
    app.include_router(vc_api_router(service))
    app.include_router(pages_router(service))

    async def show(request: Request, name: str) -> Response:
        kept = service.documents.kept(name)
        assert kept is not None
        url = f"{service.base_url}/credentials/{name}"
        return await credential_page(service, kept, url=url, language=language_of(request))

    app.add_api_route("/credentials/{name}", show)
    return app


def new_service(folder: Path, *, base_url: str = BASE, issued: dict[str, Any] | None = None, **more: Any) -> Service:
    """Make a service with one issuer, which hosts what it issues."""
    issuer = Issuer.create(mc.Profile(id=KEY.did, name="Example University"), KEY)
    arguments: dict[str, Any] = {"base_url": base_url, "host": True, "status": ("revocation", "suspension")}
    issuing = IssuingService("main", (issuer, KEY), f"sqlite:///{folder / 'status.db'}", **arguments | (issued or {}))
    return Service([issuing], base_url=base_url, **{"tokens": [Token.of(SECRET)], "threads": 4, **more})


@contextmanager
def open_site(folder: Path, **more: Any) -> Iterator[Site]:
    """Yield a service with pages, which runs; its URLs are those of another host."""
    web = FakeWeb()
    service = new_service(folder, **{"fetcher": web, **more})
    try:
        with served(own_application(service)) as client:
            yield Site(service, client, web)
    finally:
        service.close()


@contextmanager
def served(app: FastAPI, port: int = 0) -> Iterator[httpx.Client]:
    """Serve an application, and yield a client."""
    config = uvicorn.Config(app, port=port, log_config=None, access_log=False, proxy_headers=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.005)
        port = server.servers[0].sockets[0].getsockname()[1]
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
            yield client
    finally:
        server.should_exit = True
        thread.join(30)
