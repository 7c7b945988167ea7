"""What those who run a service look at: is it alive, is it ready, and what does it do, in figures."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from microcred.errors import MicrocredError
from microcred.json import JSONObject, JSONValue, dumps, loads_object
from microcred.server.gate import Gate, guarded
from microcred.server.issuing import IssuingService
from microcred.server.metrics import CONTENT_TYPE, ListAge, Metrics
from microcred.server.openapi import problems
from microcred.server.service import Service
from microcred.server.tokens import Tokens

__all__ = ["Readiness", "operations_router"]

_log: Final = logging.getLogger("microcred.server")
# Lists are signed for a week, and anew in its middle: with so little left, it has failed for days.
_LITTLE_LEFT: Final = timedelta(days=1)
# Anybody may ask whether it is ready, and that must not be work each time.
_KEPT_SECONDS: Final = 2.0
_MOST_SECONDS: Final = 5.0
# A signature can cost money where the key is far away.
_KEY_SECONDS: Final = 60.0
_PROBE: Final = b"microcred: is the key usable?"
_LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)


def operations_router(service: Service, metrics: Metrics | None = None) -> APIRouter:
    """Return the routes ``/health/live``, ``/health/ready`` and ``/metrics``.

    Args:
        service: The service.
        metrics: Its figures; by default new ones, which count from now on.
    """
    metrics = metrics or Metrics(service)
    readiness = Readiness(service)
    # A bound of its own, so that a busy service is not taken for a dead one.
    router = APIRouter(route_class=guarded(Gate(most_requests=32)), tags=["Operate"])
    # Figures tell how much is issued: without tokens, they are for programs on this machine.
    tokens = service.tokens or Tokens(none_needed_here=True)

    @router.head("/health/live", include_in_schema=False)
    @router.get("/health/live", **_description("Whether the process answers."))
    async def live() -> Response:
        return _answer({"status": "alive"}, 200)

    @router.head("/health/ready", include_in_schema=False)
    @router.get("/health/ready", **_description("Whether it can issue and answer now.", is_told=503))
    async def ready() -> Response:
        found = await readiness.problems()
        return _answer(
            {"status": "not ready", "problems": found} if found else {"status": "ready"}, 503 if found else 200
        )

    @router.get("/metrics", **_description("Figures, as Prometheus reads them.", 401, form="text/plain"))
    async def figures(request: Request) -> Response:
        tokens.check(request)
        await readiness.problems()
        return Response(metrics.text(readiness.lists), media_type=CONTENT_TYPE)

    return router


def _description(
    summary: str, *errors: int, form: str = "application/json", is_told: int | None = None
) -> dict[str, Any]:
    good = {"description": "It is in the body.", "content": {form: {}}}
    responses = problems(*errors, 500, 503)
    if is_told is not None:
        # Here this status is an answer, too, and no problem.
        responses[is_told]["content"][form] = {}
    return {
        "summary": summary,
        "response_model": None,
        "response_class": Response,
        "responses": {200: good, **responses},
    }


def _answer(members: JSONObject, status: int) -> Response:
    return Response(dumps(members).encode(), status, {"Cache-Control": "no-store"}, "application/json")


class Readiness:
    """Look whether all that issuing needs is there; what was found counts for a moment."""

    def __init__(self, service: Service) -> None:
        """Take the service."""
        self._service = service
        self._task: asyncio.Task[list[JSONValue]] | None = None
        self._found: tuple[float, list[JSONValue]] = (0.0, [])
        self._keys: dict[str, float] = {}
        self.lists: dict[str, ListAge] = {}
        """How old the status lists of each issuer are, as they were found last."""

    async def problems(self) -> list[JSONValue]:
        """Return what is not as it should be; nothing when the service is ready."""
        if self._service.gate.draining:
            return [{"check": "draining"}]
        since, found = self._found
        if since and time.monotonic() - since < _KEPT_SECONDS:
            return found
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._look())
        task = self._task
        await asyncio.wait([task], timeout=_MOST_SECONDS)
        # Whatever waits for so long; the look goes on, and is not begun twice.
        return task.result() if task.done() else [{"check": "time"}]

    async def _look(self) -> list[JSONValue]:
        found = await self._service.readers.run(lambda: list(self._problems()))
        self._found = time.monotonic(), found
        return found

    def _problems(self) -> Iterator[JSONValue]:
        checks: dict[str, Callable[[IssuingService], bool]] = {
            "database": self._database,
            "key": self._key,
            "status lists": self._status_lists,
        }
        for name, issuer in self._service.issuers.items():
            for what, check in checks.items():
                try:
                    fine = check(issuer)
                except (MicrocredError, OSError, ValueError) as error:
                    fine = False
                    _log.warning("not ready: the %s of %s: %s", what, name, type(error).__name__)
                if not fine:
                    yield {"issuer": name, "check": what}

    @staticmethod
    def _database(issuer: IssuingService) -> bool:
        # A transaction that writes, and finds nothing to do: a copy that can only be read refuses it.
        issuer.ledger.forget(_LONG_AGO)
        return True

    def _key(self, issuer: IssuingService) -> bool:
        signer = issuer.source.signer()
        if time.monotonic() - self._keys.get(issuer.name, -_KEY_SECONDS) < _KEY_SECONDS:
            return True
        fine = signer.public_key.verifies(signer.sign(_PROBE), _PROBE)
        if fine:
            self._keys[issuer.name] = time.monotonic()
        return fine

    def _status_lists(self, issuer: IssuingService) -> bool:
        now = datetime.now(UTC)
        found = [_age(issuer.registry.published(url).content, now) for url in sorted(issuer.published)]
        if not found:
            # Nothing was issued yet that has an entry.
            self.lists.pop(issuer.name, None)
            return True
        left = min((each.left for each in found if each.left is not None), default=None)
        self.lists[issuer.name] = ListAge(max(each.age for each in found), left)
        return left is None or left > _LITTLE_LEFT


def _age(content: bytes, now: datetime) -> ListAge:
    document = loads_object(content)
    since, until = (_moment(document.get(name)) for name in ("validFrom", "validUntil"))
    return ListAge(now - (since or now), None if until is None else until - now)


def _moment(value: JSONValue) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else None
