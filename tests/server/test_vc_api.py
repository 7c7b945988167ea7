"""The VC-API as its callers see it: by statuses and codes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import Depends, FastAPI, Header, HTTPException
from httpx import Client, Response
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount

import microcred as mc
from microcred.server import Service, Token, create_app, issuing_router, vc_api_router
from microcred.server.gate import Gate
from tests.make import KEY, OTHER
from tests.server.issuers import BASE, issuing, wanted
from tests.server.services import BEARER, SECRET, served

OTHERS = "another-token-for-tests-and-nothing-else"
DOMAIN = {"challenge": "c", "domain": "d"}


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    issuer = issuing(f"sqlite:///{tmp_path / 'status.db'}", host=True, status=("revocation", "suspension"))
    tokens = [Token.of(SECRET, "moodle"), Token.of(OTHERS, "canvas")]
    made = Service([issuer], base_url=BASE, tokens=tokens)
    yield made
    made.close()


@pytest.fixture
def client(service: Service) -> Iterator[Client]:
    with served(create_app(service)) as made:
        yield made


def refused(answer: Response, status: int, code: str) -> dict[str, Any]:
    """Require that a request was refused, as all are."""
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert (answer.status_code, problem["status"], problem["code"]) == (status, status, code), problem
    assert ("retry-after" in answer.headers) == (status == 503)
    return problem


def issue(client: Client, **more: Any) -> dict[str, Any]:
    answer = client.post("/credentials/issue", json={"credential": wanted(**more)}, headers=BEARER)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()["verifiableCredential"]
    return made


# Issue, and change the status


def test_where_a_document_is_wrong_is_said_from_the_request_on(client: Client) -> None:
    for changes, where in (({"nme": "x"}, "/credential/nme"), ({"validFrom": "x"}, "/credential/validFrom")):
        answer = client.post("/credentials/issue", json={"credential": wanted(**changes)}, headers=BEARER)
        assert answer.json()["problems"][0]["pointer"] == where


def test_keys_belong_to_who_came_with_them(client: Client) -> None:
    body = {"credential": wanted()}
    first, second = (
        client.post("/credentials/issue", json=body, headers={"Authorization": f"Bearer {who}", "Idempotency-Key": "1"})
        for who in (SECRET, OTHERS)
    )
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content != second.content


@pytest.mark.parametrize("keys", [[""], ["x" * 201], ["a", "a"], ["\xe9"]])
def test_a_key_that_is_none_is_refused(client: Client, keys: list[str]) -> None:
    headers = [*BEARER.items(), *(("Idempotency-Key", each) for each in keys)]
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    answer = client.post("/credentials/issue", json={"credential": wanted()}, headers=raw)
    refused(answer, 400, "MALFORMED_VALUE_ERROR")


def test_a_credential_is_revoked_for_those_who_verify(client: Client) -> None:
    made = issue(client)
    assert client.post("/credentials/verify", json={"verifiableCredential": made}).status_code == 200
    entry = next(each for each in made["credentialStatus"] if each["statusPurpose"] == "revocation")
    change = {"credentialId": made["id"], "credentialStatus": entry, "status": True, "indexAllocator": "x"}
    refused(client.post("/credentials/status", json=change), 401, "UNAUTHORIZED")
    assert client.post("/credentials/status", json=change, headers=BEARER).status_code == 200
    problem = client.post("/credentials/verify", json={"verifiableCredential": made}).json()
    assert problem["verified"] is False
    assert problem["problemDetails"][0]["check"] == "credential_status"
    for wrong, status in (
        ({"statusListIndex": "-1"}, 409),
        ({"type": "RevocationList2020Status"}, 400),
        ({"more": 1}, 400),
        ({"statusPurpose": "message"}, 400),
    ):
        answer = client.post(
            "/credentials/status", json={**change, "credentialStatus": {**entry, **wrong}}, headers=BEARER
        )
        assert answer.status_code == status
    refused(
        client.post("/credentials/status", json={**change, "credentialId": "x"}, headers=BEARER), 404, "NOT_ASSIGNED"
    )
    refused(client.post("/credentials/status", json={**change, "status": False}, headers=BEARER), 409, "REVOKED")


# Verify and derive


def test_what_is_asked_for_is_answered_beside_the_report(client: Client) -> None:
    made = issue(client)
    options = {"returnResults": True, "returnProblemDetails": True, "returnCredential": True}
    answer = client.post("/credentials/verify", json={"verifiableCredential": made, "options": options}).json()
    assert answer["credential"] == made
    assert answer["problemDetails"] == []
    assert answer["results"]["validFrom"] == {"verified": True, "input": made["validFrom"]}
    assert len(answer["results"]["credentialStatus"]) == 2
    made["name"] = "Rust 102"
    answer = client.post("/credentials/verify", json={"verifiableCredential": made, "options": options}).json()
    assert answer["results"]["proof"][0]["verified"] is False
    for options_, code in (({"returnResults": 1}, "MALFORMED_VALUE_ERROR"), ({"x": 1}, "UNKNOWN_OPTION_PROVIDED")):
        body = {"verifiableCredential": made, "options": options_}
        refused(client.post("/credentials/verify", json=body), 400, code)


def test_envelopes_verify(client: Client) -> None:
    token = mc.sign_jwt(
        {**wanted(), "issuer": {"id": KEY.did, "type": ["Profile"], "name": "U"}, "id": "urn:x:2"},
        KEY,
        profile="vc-jose",
    )
    envelope = {
        "@context": "https://www.w3.org/ns/credentials/v2",
        "type": "EnvelopedVerifiableCredential",
        "id": f"data:application/vc+jwt,{token}",
    }
    answer = client.post("/credentials/verify", json={"verifiableCredential": envelope})
    assert answer.status_code == 200, answer.text
    envelope["id"] = envelope["id"][:-4] + "AAAA"
    answer = client.post("/credentials/verify", json={"verifiableCredential": envelope})
    assert (answer.status_code, answer.json()["verified"]) == (400, False)


def test_a_presentation_verifies_for_those_who_asked_for_it(client: Client) -> None:
    held = issue(client)
    made = mc.present([held], OTHER, challenge="c", domain="d").model_dump()
    body = {"verifiablePresentation": made, "options": {**DOMAIN, "returnPresentation": True, "returnResults": True}}
    answer = client.post("/presentations/verify", json=body)
    assert answer.status_code == 200, answer.text
    assert answer.json()["verifiablePresentation"] == made
    assert answer.json()["results"]["credentials"][0]["verified"] is True
    body["options"] = {**DOMAIN, "challenge": "another"}
    assert client.post("/presentations/verify", json=body).status_code == 400
    refused(client.post("/presentations/verify", json={"verifiablePresentation": made}), 400, "MALFORMED_VALUE_ERROR")


# Bodies


@pytest.mark.parametrize(
    ("headers", "body", "status", "code"),
    [
        ({"Content-Type": "text/plain"}, b"{}", 415, "UNSUPPORTED"),
        ({}, b"{}", 415, "UNSUPPORTED"),
        ({"Content-Type": "application/json", "Content-Encoding": "gzip"}, b"{}", 415, "UNSUPPORTED"),
        ({"Content-Type": "application/json"}, b"", 400, "PARSING_ERROR"),
        ({"Content-Type": "application/json"}, b"[]", 400, "PARSING_ERROR"),
        ({"Content-Type": "application/json"}, b'{"a":1,"a":2}', 400, "PARSING_ERROR"),
        ({"Content-Type": "application/json"}, b'{"a":"\\ud800"}', 400, "PARSING_ERROR"),
        ({"Content-Type": "application/json"}, b'{"a":NaN}', 400, "PARSING_ERROR"),
        ({"Content-Type": "application/json"}, "{}".encode("utf-16"), 400, "PARSING_ERROR"),
        ({"Content-Type": "application/json"}, b'{"a":' + b"[" * 5_000 + b"]" * 5_000 + b"}", 400, "PARSING_ERROR"),
        ({"Content-Type": "application/json"}, b'{"a":"' + b"x" * 5_000_000 + b'"}', 413, "TOO_COMPLEX"),
        ({"Content-Type": "application/json"}, b'{"a":"' + b"x" * 100_000 + b'"}', 400, "MALFORMED_VALUE_ERROR"),
    ],
)
def test_a_body_that_is_none_is_refused(
    client: Client, headers: dict[str, str], body: bytes, status: int, code: str
) -> None:
    refused(client.post("/credentials/verify", content=body, headers=headers), status, code)
    # In pieces, and without a length.
    pieces = (body[at : at + 65_536] for at in range(0, len(body), 65_536))
    refused(client.post("/credentials/verify", content=pieces, headers=headers), status, code)


def test_bodies_have_a_budget_together(service: Service) -> None:
    gate = Gate(most_body_bytes=2_000)
    service.gate = gate
    with served(create_app(service)) as client:
        body = json.dumps({"verifiableCredential": {}, "options": {}})
        for _ in range(100):
            assert (
                client.post(
                    "/credentials/verify", content=body, headers={"Content-Type": "application/json"}
                ).status_code
                == 400
            )
        assert gate.body_bytes == 0
        refused(client.post("/credentials/verify", json={"a": "x" * 3_000}), 503, "OVERLOADED")
        assert (gate.body_bytes, gate.under_way) == (0, 0)


def test_too_many_requests_are_for_later(service: Service) -> None:
    service.gate = Gate(most_requests=0)
    with served(create_app(service)) as client:
        refused(client.post("/credentials/verify", json={}), 503, "OVERLOADED")


# Whatever else


def test_all_errors_are_problems(client: Client, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    refused(client.get("/nothing"), 404, "NOT_FOUND")
    assert "POST" in client.get("/presentations/verify").headers["allow"]
    refused(client.get("/presentations/verify"), 405, "METHOD_NOT_ALLOWED")

    def fail(*_: object) -> None:
        raise LookupError(SECRET)

    monkeypatch.setattr(service.tokens, "check", fail)
    answer = client.post("/credentials/issue", json={})
    refused(answer, 500, "INTERNAL_ERROR")
    assert SECRET not in answer.text


def test_the_application_below_a_path_of_another(service: Service) -> None:
    with served(Starlette(routes=[Mount("/badges", create_app(service))])) as client:
        answer = client.post("/badges/credentials/issue", json={"credential": wanted()}, headers=BEARER)
        assert answer.status_code == 201
        refused(client.get("/badges/nothing"), 404, "NOT_FOUND")


class _TheirError(Exception):
    """An error of the application in which a router is."""


def test_routers_in_an_application_of_somebody_else(service: Service) -> None:
    def guard(x_who: str = Header()) -> None:
        if x_who == "nobody":
            raise HTTPException(403, "not you", {"X-Why": "nobody"})
        if x_who == "odd":
            raise _TheirError

    def theirs(_: Request, __: Exception) -> PlainTextResponse:
        return PlainTextResponse("theirs", 418)

    app = FastAPI()
    app.add_exception_handler(_TheirError, theirs)
    app.include_router(vc_api_router(service), prefix="/vc", dependencies=[Depends(guard)])
    (issuer,) = service.issuers.values()
    app.include_router(issuing_router(issuer, tokens=service.tokens, gate=service.gate, wrapped=False), prefix="/bare")
    with served(app) as client:
        body = {"credential": wanted()}
        answers = {
            who: client.post("/vc/credentials/issue", json=body, headers={**BEARER, "X-Who": who})
            for who in ("me", "nobody", "odd")
        }
        assert answers["me"].status_code == 201
        refused(answers["nobody"], 403, "REFUSED")
        assert answers["nobody"].headers["x-why"] == "nobody"
        assert answers["odd"].status_code == 418
        problem = refused(client.post("/vc/credentials/issue", json=body, headers=BEARER), 422, "MALFORMED_VALUE_ERROR")
        assert problem["problems"][0]["pointer"] == "/header/x-who"
        assert "proof" in client.post("/bare/credentials/issue", json=body, headers=BEARER).json()
        assert "bearer" in client.get("/openapi.json").json()["components"]["securitySchemes"]
