"""What those who run a service look at: whether it is ready, its figures, and its lines."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi import APIRouter
from httpx import Client
from starlette.requests import Request
from starlette.responses import Response

from microcred.json import JSONObject
from microcred.server import IssuingService, Service, Token, create_app
from microcred.server import operations as operations_module
from microcred.server.gate import guarded
from microcred.server.logs import Lines, logging_settings
from microcred.server.operations import Readiness
from tests.make import badge
from tests.server.services import BASE, BEARER, SECRET, issue, issuer, revoke, running, served


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with running(issuer(tmp_path_factory.mktemp("service"))) as client:
        yield client


def figures(client: Client) -> dict[str, float]:
    """The samples, but those of when they began."""
    text = client.get("/metrics", headers=BEARER).text
    found = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in found if "_created" not in name}


# Alive and ready


def test_a_sound_service_is_alive_and_ready(client: Client) -> None:
    issue(client)
    for path, status in (("/health/live", "alive"), ("/health/ready", "ready")):
        answer = client.get(path)
        assert (answer.status_code, answer.json()) == (200, {"status": status})
        assert answer.headers["cache-control"] == "no-store"


def problems(service: Service) -> list[JSONObject]:
    return asyncio.run(Readiness(service).problems())  # type: ignore[arg-type]


@pytest.fixture
def made(tmp_path: Path) -> Iterator[IssuingService]:
    made = issuer(tmp_path)
    yield made
    made.close()


def test_a_database_that_cannot_be_written_is_not_ready(made: IssuingService, tmp_path: Path) -> None:
    service = Service([made], base_url=BASE)
    assert problems(service) == []
    with sqlite3.connect(tmp_path / "main.db") as database:
        database.execute("DROP TABLE microcred_answers")
    assert problems(service) == [{"issuer": "main", "check": "database"}]


def test_a_database_that_lets_nobody_in_is_not_ready_and_keeps_nobody_waiting(
    made: IssuingService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations_module, "_MOST_SECONDS", 0.1)
    readiness = Readiness(Service([made], base_url=BASE))
    database = sqlite3.connect(tmp_path / "main.db", isolation_level=None)

    async def look() -> None:
        database.execute("BEGIN IMMEDIATE")
        assert await readiness.problems() == [{"check": "time"}]
        assert await readiness.problems() == [{"check": "time"}]
        database.execute("COMMIT")
        while await readiness.problems():
            await asyncio.sleep(0.05)

    asyncio.run(look())
    database.close()


def test_a_key_that_cannot_be_used_is_not_ready(made: IssuingService) -> None:
    service = Service([made], base_url=BASE)
    assert made.folder is not None
    (made.folder.path / "keys" / "key-1.pem").chmod(0o644)
    (made.folder.path / "issuer.json").touch()
    assert {"issuer": "main", "check": "key"} in problems(service)


@pytest.mark.parametrize(("days", "expected"), [(3, []), (6.5, [{"issuer": "main", "check": "status lists"}])])
def test_lists_that_end_soon_are_not_ready(made: IssuingService, days: float, expected: list[JSONObject]) -> None:
    made.registry.assign("urn:example:1")
    made.publish()
    signer, at = made.source.signer(), datetime.now(UTC) - timedelta(days=days)
    # In another manner, so that it is signed anew.
    made.registry.publish(made.profile.id, signer, at=at, valid_for=timedelta(days=7, seconds=1))
    readiness = Readiness(Service([made], base_url=BASE))
    assert asyncio.run(readiness.problems()) == expected
    assert abs(readiness.lists["main"].age - timedelta(days=days)) < timedelta(minutes=1)


def test_a_service_that_is_about_to_end_is_alive_and_not_ready(tmp_path: Path) -> None:
    service = Service([issuer(tmp_path)], base_url=BASE)
    with served(create_app(service)) as client:
        service.gate.draining = True
        assert client.get("/health/live").status_code == 200
        answer = client.get("/health/ready")
        assert (answer.status_code, answer.json()["problems"]) == (503, [{"check": "draining"}])


def test_what_was_found_counts_for_a_moment(made: IssuingService, tmp_path: Path) -> None:
    readiness = Readiness(Service([made], base_url=BASE))

    async def look() -> None:
        assert await readiness.problems() == []
        with sqlite3.connect(tmp_path / "main.db") as database:
            database.execute("DROP TABLE microcred_answers")
        assert await readiness.problems() == []

    asyncio.run(look())


# Figures


def test_figures_tell_what_was_asked_and_done_and_for_nobody(client: Client) -> None:
    # Without a list there is no figure of it; and what is looked at counts for two seconds.
    issue(client)
    before = figures(client)
    credential = issue(client)
    path = str(credential["id"]).removeprefix(BASE)
    client.get(path)
    client.get("/credentials/none")
    client.get("/nothing/here")
    client.request("PROPFIND", "/nothing/here")
    client.post("/credentials/verify", json={"verifiableCredential": credential})
    client.post("/credentials/verify", json={"verifiableCredential": badge()})
    revoke(client, str(credential["id"]))
    after = figures(client)

    def grown(name: str) -> float:
        return after.get(name, 0) - before.get(name, 0)

    for name in (
        'microcred_requests_total{method="POST",route="/credentials/issue",status="201"}',
        'microcred_requests_total{method="GET",route="/credentials/{name}",status="200"}',
        'microcred_requests_total{method="GET",route="/credentials/{name}",status="404"}',
        'microcred_requests_total{method="GET",route="(none)",status="404"}',
        'microcred_requests_total{method="other",route="(none)",status="404"}',
        'microcred_request_seconds_count{method="POST",route="/credentials/issue"}',
        'microcred_credentials_total{action="issue",outcome="done"}',
        'microcred_credentials_total{action="revocation",outcome="set"}',
        'microcred_credentials_total{action="verify",outcome="verified"}',
        'microcred_credentials_total{action="verify",outcome="refused"}',
    ):
        assert grown(name) == 1, name
    assert after["microcred_requests_under_way"] == 0
    assert 'microcred_status_list_valid_seconds{issuer="main"}' in after
    assert path.rpartition("/")[2] not in client.get("/metrics", headers=BEARER).text


def test_with_tokens_figures_need_one(client: Client) -> None:
    assert client.get("/metrics").status_code == 401
    assert (
        client.get("/metrics", headers={"Authorization": "Bearer another-one-of-twenty-characters"}).status_code == 401
    )


def test_a_token_for_no_issuer_reads_figures_and_signs_nothing(tmp_path: Path) -> None:
    with running(issuer(tmp_path), tokens=[Token.of(SECRET, issuers=())]) as client:
        assert client.get("/metrics", headers=BEARER).status_code == 200
        assert client.post("/credentials/issue", json={"credential": badge()}, headers=BEARER).status_code == 403


def test_without_tokens_figures_are_for_this_machine(tmp_path: Path) -> None:
    with running(issuer(tmp_path), tokens=()) as client:
        assert client.get("/metrics").status_code == 200
        assert client.get("/metrics", headers={"X-Forwarded-For": "192.0.2.1"}).status_code == 401
        assert client.get("/metrics", headers={"Host": "badges.example.edu"}).status_code == 401


# Lines


@contextmanager
def lines() -> Iterator[io.StringIO]:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(Lines())
    logger = logging.getLogger("microcred")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield written
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)


def test_each_answer_is_a_line_of_json_without_anything_of_whom_it_is_about(client: Client) -> None:
    with lines() as written:
        credential = issue(client)
        client.get(str(credential["id"]).removeprefix(BASE), headers={"X-Request-Id": "request-1234"})
    found = [json.loads(line) for line in written.getvalue().splitlines()]
    assert [(each["method"], each["route"], each["status"]) for each in found] == [
        ("POST", "/credentials/issue", 201),
        ("GET", "/credentials/{name}", 200),
    ]
    assert found[1]["request"] == "request-1234"
    for each in found:
        assert each.keys() == {"time", "level", "message", "method", "route", "status", "milliseconds", "request"}
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", each["time"])
    identifier = str(credential["id"]).rpartition("/")[2]
    for secret in (identifier, SECRET, "127.0.0.1", "Example University", "did:example:learner", "Rust 101"):
        assert secret not in written.getvalue()


def test_what_goes_wrong_is_written_down_without_its_message(tmp_path: Path) -> None:
    service = Service([issuer(tmp_path)], base_url=BASE)
    router = APIRouter(route_class=guarded(service.gate))

    @router.get("/broken/{name}")
    async def broken(request: Request, name: str) -> Response:
        raise RuntimeError(f"{name} of {request.url}")

    app = create_app(service)
    app.include_router(router)
    with served(app) as client, lines() as written:
        answer = client.get("/broken/jane-doe")
    assert (answer.status_code, answer.json()["code"]) == (500, "INTERNAL_ERROR")
    trace, line = (json.loads(each) for each in written.getvalue().splitlines())
    assert trace["error"] == "RuntimeError"
    assert any("test_operations.py" in each for each in trace["at"])
    assert trace["request"] == line["request"] == answer.headers["x-request-id"]
    assert line["level"] == "error"
    assert "jane-doe" not in written.getvalue()


@pytest.mark.parametrize("given", ["", "short", "x" * 65, "jane.doe@example.edu", "a b c d e f g h"])
def test_a_request_id_that_could_be_something_else_is_replaced(client: Client, given: str) -> None:
    found = client.get("/health/live", headers={"X-Request-Id": given}).headers["x-request-id"]
    assert found != given
    assert re.fullmatch(r"[0-9a-f]{16}", found)


def test_lines_for_a_terminal_are_words_and_cannot_steer_it() -> None:
    record = logging.LogRecord("microcred", logging.WARNING, "", 0, "a \x1b[31mred\x1b[0m word", None, None)
    written = Lines(readable=True).format(record)
    assert "warning: a" in written
    assert "\x1b" not in written


def test_settings_of_logging_are_those_that_python_takes(capsys: pytest.CaptureFixture[str]) -> None:
    from logging.config import dictConfig

    loggers = [logging.getLogger(name) for name in ("microcred", "uvicorn")]
    before = [(each.handlers[:], each.level, each.propagate) for each in loggers]
    try:
        dictConfig(logging_settings(readable=False))
        logging.getLogger("uvicorn.error").info("started")
    finally:
        for logger, (handlers, level, propagate) in zip(loggers, before, strict=True):
            logger.handlers, logger.level, logger.propagate = handlers, level, propagate
            logger.setLevel(level)
    assert json.loads(capsys.readouterr().err)["message"] == "started"
