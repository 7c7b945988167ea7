"""Issuers without a server before them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import microcred as mc
from microcred.errors import MicrocredError
from microcred.issuer import Issuer
from microcred.json import JSONObject, loads_object
from microcred.protocols import Signer
from microcred.server import IssuingService
from microcred.server.problems import refusal_of
from microcred.status._tables import entries
from tests.make import KEY, badge

BASE = "https://badges.example.edu"


def issuing(database: str, key: Signer = KEY, **more: object) -> IssuingService:
    """Open an issuer on a database."""
    made = Issuer.create(mc.Profile(id=key.public_key.did, name="Example University"), KEY.public_key)
    return IssuingService("main", (made, key), database, base_url=BASE, **more)  # type: ignore[arg-type]


def wanted(**changes: object) -> JSONObject:
    """Return what is sent to have a badge issued."""
    document = badge()
    del document["id"], document["issuer"]
    return {**document, "name": "Rust 101", **changes}  # type: ignore[dict-item]


def issue(
    service: IssuingService, *credentials: JSONObject, key: str | None = None, options: JSONObject | None = None
) -> list[bytes | BaseException]:
    """Issue all at once, each with the same key."""

    async def run() -> Sequence[bytes | BaseException]:
        asked = (service.issue(each, options or {}, key) for each in credentials)
        return await asyncio.gather(*asked, return_exceptions=True)

    return [*asyncio.run(run())]


def issued(service: IssuingService, credential: JSONObject | None = None, key: str | None = None) -> JSONObject:
    """Issue one, and return it."""
    (answer,) = issue(service, credential or wanted(), key=key)
    assert isinstance(answer, bytes), answer
    return loads_object(answer)


def code_of(answer: bytes | BaseException) -> str:
    """Return why something was not issued."""
    return refusal_of(answer).code if isinstance(answer, MicrocredError) else repr(answer)


def assigned(service: IssuingService) -> int:
    """Return how many entries the registry gave away."""
    with service.registry._database.reading() as connection:
        return len(connection.execute(entries.select()).all())
