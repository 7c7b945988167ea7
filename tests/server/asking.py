"""Applications that are asked in this process, over HTTP all the same."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Iterator
from contextlib import contextmanager

import httpx
from fastapi import FastAPI

from microcred.json import JSONValue, dumps, loads_object
from tests.server.services import BEARER

PROBLEM = "application/problem+json"


class Asking:
    """A client, and the loop in which the application answers it."""

    def __init__(self, runner: asyncio.Runner, client: httpx.AsyncClient) -> None:
        self._runner = runner
        self._client = client

    def post(
        self,
        path: str,
        body: JSONValue | bytes | AsyncIterable[bytes],
        headers: dict[str, str] | None = None,
        content_type: str | None = "application/json",
    ) -> httpx.Response:
        content = body if isinstance(body, bytes | AsyncIterable) else dumps(body).encode()
        types = {} if content_type is None else {"Content-Type": content_type}
        given = {**types, **(BEARER if headers is None else headers)}
        return self._runner.run(self._client.post(path, content=content, headers=given))

    def get(self, path: str) -> httpx.Response:
        return self._runner.run(self._client.get(path))

    def together(self, path: str, *bodies: JSONValue, headers: dict[str, str]) -> list[httpx.Response]:
        """Send all at once."""

        async def send() -> list[httpx.Response]:
            return await asyncio.gather(*(self._client.post(path, json=body, headers=headers) for body in bodies))

        return self._runner.run(send())


@contextmanager
def asking(app: FastAPI) -> Iterator[Asking]:
    """Ask an application."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    with asyncio.Runner() as runner:
        client = httpx.AsyncClient(transport=transport, base_url="http://badges.example.edu")
        yield Asking(runner, client)
        runner.run(client.aclose())


def refusal(answer: httpx.Response) -> tuple[int, str]:
    """Return the status and code of a problem, which is one as it should be (RFC 9457)."""
    assert answer.headers["content-type"] == PROBLEM, answer.text
    found = loads_object(answer.content)
    assert found["status"] == answer.status_code
    assert {"type", "title", "detail"} <= found.keys()
    assert ("retry-after" in answer.headers) == (answer.status_code == 503)
    return answer.status_code, str(found["code"])
