"""Each route of the VC-API: its members and options one by one, for issuers of each kind."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI

import microcred as mc
from microcred.issuer import Issuer
from microcred.json import JSONObject, JSONValue
from microcred.server import IssuingService, Service, Token, create_app, verifying_router
from microcred.server.gate import Gate
from microcred.server.settings import Format
from microcred.server.work import Workers
from tests.make import KEY, badge
from tests.server.asking import Asking, asking, refusal
from tests.server.services import BASE, BEARER, SECRET
from tests.support import as_object

ISSUE, STATUS, VERIFY = "/credentials/issue", "/credentials/status", "/credentials/verify"
PRESENT, DERIVE = "/presentations/verify", "/credentials/derive"
FOR_JWT = "a-token-for-the-issuer-of-JWTs"
HOLDER = mc.SigningKey.from_seed(bytes(range(2, 34)))
BOTH = ("revocation", "suspension")


def made(folder: Any, name: str, key: mc.SigningKey, form: Format = "embedded", **more: Any) -> IssuingService:
    issuer = Issuer.create(mc.Profile(id=key.did, name=f"The issuer {name}"), key)
    return IssuingService(name, (issuer, key), f"sqlite:///{folder}/{name}.db", base_url=BASE, format=form, **more)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("service")
    p256 = mc.SigningKey.generate("P-256")
    issuers = [
        made(folder, "main", KEY, host=True, status=BOTH),
        made(folder, "jwt", p256, "jwt", host=True),
        made(folder, "vc-jose", p256, "vc-jose"),
        made(folder, "selective", p256, status=()),
    ]
    tokens = [Token.of(SECRET, "moodle"), Token.of(FOR_JWT, "canvas", ["jwt"])]
    service = Service(issuers, base_url=BASE, tokens=tokens)
    yield service
    service.close()


@pytest.fixture(scope="module")
def client(service: Service) -> Iterator[Asking]:
    with asking(create_app(service)) as client:
        yield client


def wanted(**changes: Any) -> JSONObject:
    document: JSONObject = {**badge(), "id": None, "issuer": None, "validFrom": None, **changes}
    return {member: value for member, value in document.items() if value is not None}


def issue(client: Asking, at: str = "main", options: JSONObject | None = None, /, **changes: Any) -> JSONObject:
    body: JSONObject = {"credential": wanted(**changes), **({} if options is None else {"options": options})}
    answer = client.post(f"/issuers/{at}{ISSUE}", body)
    assert answer.status_code == 201, answer.text
    return as_object(answer.json()["verifiableCredential"])


def verified(client: Asking, credential: JSONValue) -> bool:
    answer = client.post(VERIFY, {"verifiableCredential": credential}, {})
    assert answer.json()["verified"] is (answer.status_code == 200)
    return answer.status_code == 200


def change(client: Asking, credential: JSONObject, value: object, purpose: str = "revocation") -> Any:
    entry = {"type": "BitstringStatusListEntry", "statusPurpose": purpose}
    body: Any = {"credentialId": credential["id"], "credentialStatus": entry, "status": value}
    return client.post(STATUS, body)


# Issue


def test_what_is_missing_is_filled_in(client: Asking) -> None:
    credential = issue(client)
    assert str(credential["id"]).startswith(f"{BASE}/credentials/")
    assert as_object(credential["issuer"])["name"] == "The issuer main"
    assert credential["validFrom"]
    entries: Any = credential["credentialStatus"]
    assert [each["statusPurpose"] for each in entries] == list(BOTH)
    assert verified(client, credential)
    assert client.get(str(credential["id"]).removeprefix(BASE)).json() == credential


def test_what_is_there_is_kept(client: Asking) -> None:
    given: dict[str, object] = {
        "id": "urn:uuid:6f6a4c3e-6a57-4f0e-9a43-6e3a4a3f7a55",
        "validFrom": "2026-01-01T00:00:00Z",
    }
    issuer = {"id": KEY.did, "type": ["Profile"], "name": "By another name"}
    credential = issue(client, **given, issuer=issuer)
    assert {name: credential[name] for name in (*given, "issuer")} == {**given, "issuer": issuer}
    assert verified(client, credential)


def test_somebody_else_is_not_issued_for(client: Asking) -> None:
    body: JSONObject = {"credential": wanted(issuer={"id": HOLDER.did, "type": ["Profile"]})}
    answer = client.post(ISSUE, body)
    assert refusal(answer)[0] == 400
    assert answer.json()["problems"][0]["pointer"] == "/credential/issuer/id"


@pytest.mark.parametrize(
    ("changes", "code", "pointer"),
    [
        ({"nmae": "Rust"}, "PROOF_TRANSFORMATION_ERROR", "/credential/nmae"),
        ({"validFrom": "yesterday"}, "MALFORMED_VALUE_ERROR", "/credential/validFrom"),
        ({"type": ["AchievementCredential"]}, "MALFORMED_VALUE_ERROR", "/credential/type"),
    ],
)
def test_what_is_wrong_is_said_with_its_place_in_the_request(
    client: Asking, changes: dict[str, object], code: str, pointer: str
) -> None:
    answer = client.post(ISSUE, {"credential": wanted(**changes)})
    assert refusal(answer) == (400, code)
    assert pointer in [each["pointer"] for each in answer.json()["problems"]]


@pytest.mark.parametrize("name", ["jwt", "vc-jose"])
def test_a_jwt_is_answered_in_an_envelope(client: Asking, name: str) -> None:
    credential_id = f"{BASE}/credentials/a-badge-as-{name}"
    envelope = issue(client, name, id=credential_id)
    assert envelope["type"] == "EnvelopedVerifiableCredential"
    assert verified(client, envelope)
    token = str(envelope["id"]).removeprefix("data:application/vc+jwt,")
    shown = client.get(f"/credentials/a-badge-as-{name}.jwt")
    # The second of these issuers hosts nothing.
    assert (shown.status_code, shown.text == token) == ((200, True) if name == "jwt" else (404, False))


def test_the_first_issuer_needs_no_name(client: Asking) -> None:
    answer = client.post(ISSUE, {"credential": wanted()}).json()["verifiableCredential"]
    assert answer["issuer"]["name"] == "The issuer main"
    assert refusal(client.post("/issuers/nobody/credentials/issue", {"credential": wanted()})) == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "MALFORMED_VALUE_ERROR"),
        ({"credential": None}, "MALFORMED_VALUE_ERROR"),
        ({"credential": "eyJ"}, "MALFORMED_VALUE_ERROR"),
        ({"credential": [{}]}, "MALFORMED_VALUE_ERROR"),
        ({"credential": {}, "more": 1}, "MALFORMED_VALUE_ERROR"),
        ({"credential": {}, "options": []}, "MALFORMED_VALUE_ERROR"),
        ({"credential": {}, "options": {"type": "x"}}, "UNKNOWN_OPTION_PROVIDED"),
        ({"credential": {}, "options": {"credentialId": 1}}, "MALFORMED_VALUE_ERROR"),
        ({"credential": {}, "options": {"credentialId": ""}}, "MALFORMED_VALUE_ERROR"),
        ({"credential": {}, "options": {"credentialId": "x" * 3_000}}, "MALFORMED_VALUE_ERROR"),
        ({"credential": {}, "options": {"mandatoryPointers": "/issuer"}}, "MALFORMED_VALUE_ERROR"),
        ({"credential": {}, "options": {"mandatoryPointers": [1]}}, "MALFORMED_VALUE_ERROR"),
        ({"credential": {"id": 1}}, "MALFORMED_VALUE_ERROR"),
        ({"credential": {"id": "a\0b"}}, "MALFORMED_VALUE_ERROR"),
    ],
)
def test_a_request_to_issue_that_is_none_is_refused(client: Asking, body: JSONValue, code: str) -> None:
    assert refusal(client.post(ISSUE, body)) == (400, code)


def test_jwts_have_no_mandatory_pointers(client: Asking) -> None:
    body: JSONObject = {"credential": wanted(), "options": {"mandatoryPointers": ["/issuer"]}}
    assert refusal(client.post("/issuers/jwt/credentials/issue", body)) == (400, "UNSUPPORTED")


def test_an_id_is_issued_once(client: Asking) -> None:
    credential_id = "urn:uuid:0d1c7a0a-7a4c-4f6c-8f1c-4d1a3e1f0b11"
    issue(client, id=credential_id)
    assert refusal(client.post(ISSUE, {"credential": wanted(id=credential_id)})) == (409, "ALREADY_ISSUED")
    body: JSONObject = {"credential": wanted(), "options": {"credentialId": credential_id}}
    assert refusal(client.post(ISSUE, body)) == (409, "ALREADY_ISSUED")


# Ask again


def test_the_same_key_and_request_have_the_same_answer(client: Asking) -> None:
    headers = {**BEARER, "Idempotency-Key": "once"}
    body: JSONObject = {"credential": wanted()}
    first = client.post(ISSUE, body, headers)
    assert first.status_code == 201
    assert client.post(ISSUE, body, headers).content == first.content
    reordered: JSONObject = {"credential": dict(reversed(list(wanted().items())))}
    assert client.post(ISSUE, reordered, headers).content == first.content
    other: JSONObject = {"credential": wanted(name="another")}
    assert refusal(client.post(ISSUE, other, headers)) == (422, "IDEMPOTENCY_KEY_REUSED")
    other = {"credential": wanted(), "options": {"credentialId": "urn:x:1"}}
    assert refusal(client.post(ISSUE, other, headers)) == (422, "IDEMPOTENCY_KEY_REUSED")


def test_requests_that_come_at_once_with_one_key_are_one(client: Asking) -> None:
    headers = {**BEARER, "Idempotency-Key": "at once"}
    body: JSONObject = {"credential": wanted()}
    answers = client.together(ISSUE, *[body] * 8, {"credential": wanted(name="another")}, headers=headers)
    assert len({each.content for each in answers[:8]}) == 1
    assert [each.status_code for each in answers] == [201] * 8 + [422]


def test_a_key_is_of_the_token_that_it_came_with_and_of_the_issuer(client: Asking) -> None:
    path, key = "/issuers/jwt/credentials/issue", {"Idempotency-Key": "shared"}
    body: JSONObject = {"credential": wanted()}
    mine = client.post(path, body, {**BEARER, **key})
    theirs = client.post(path, body, {"Authorization": f"Bearer {FOR_JWT}", **key})
    there = client.post(ISSUE, body, {**BEARER, **key})
    assert {each.status_code for each in (mine, theirs, there)} == {201}
    assert len({each.content for each in (mine, theirs, there)}) == 3


@pytest.mark.parametrize("key", ["", "x" * 201, "tab\there", "\xe9"])
def test_a_key_that_is_none_is_refused(client: Asking, key: str) -> None:
    headers: Any = {**BEARER, "Idempotency-Key": key.encode("latin-1")}
    assert refusal(client.post(ISSUE, {"credential": wanted()}, headers)) == (400, "MALFORMED_VALUE_ERROR")


# Tokens


@pytest.mark.parametrize("path", [ISSUE, STATUS, "/issuers/jwt/credentials/issue", "/issuers/jwt/credentials/status"])
def test_what_signs_needs_a_token_before_anything_else_is_looked_at(client: Asking, path: str) -> None:
    for headers in ({}, {"Authorization": "Bearer of-somebody-else-entirely"}):
        answer = client.post(path, b"not JSON", headers, content_type="text/plain")
        assert refusal(answer) == (401, "UNAUTHORIZED")
        assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_token_of_another_issuer_is_forbidden(client: Asking) -> None:
    headers = {"Authorization": f"Bearer {FOR_JWT}"}
    body: JSONObject = {"credential": wanted()}
    assert client.post("/issuers/jwt/credentials/issue", body, headers).status_code == 201
    for path in (ISSUE, STATUS, "/issuers/main/credentials/issue", "/issuers/vc-jose/credentials/status"):
        assert refusal(client.post(path, body, headers)) == (403, "FORBIDDEN")


# Statuses


def test_a_revocation_is_seen_at_once_and_for_good(client: Asking, service: Service) -> None:
    credential = issue(client)
    answer = change(client, credential, value=True)
    assert (answer.status_code, answer.json()["status"]) == (200, True)
    assert not verified(client, credential)
    assert change(client, credential, value=True).status_code == 200
    assert refusal(change(client, credential, value=False)) == (409, "REVOKED")
    (event,) = service.issuers["main"].registry.history(str(credential["id"]))[-1:]
    assert event.actor == "moodle"


def test_a_suspension_is_lifted(client: Asking) -> None:
    credential = issue(client)
    assert change(client, credential, value=True, purpose="suspension").status_code == 200
    assert not verified(client, credential)
    assert change(client, credential, value=False, purpose="suspension").status_code == 200
    assert verified(client, credential)


def test_a_credential_has_the_name_that_it_was_issued_with(client: Asking) -> None:
    credential = issue(client, "main", {"credentialId": "row 4711"})
    assert change(client, {"id": "row 4711"}, value=True).status_code == 200
    assert not verified(client, credential)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"credentialId": "urn:x:unknown"}, (404, "NOT_ASSIGNED")),
        ({"credentialId": None}, (400, "MALFORMED_VALUE_ERROR")),
        ({"credentialId": ""}, (400, "MALFORMED_VALUE_ERROR")),
        ({"credentialId": "a\0b"}, (400, "MALFORMED_VALUE_ERROR")),
        ({"status": "true"}, (400, "MALFORMED_VALUE_ERROR")),
        ({"status": 1}, (400, "MALFORMED_VALUE_ERROR")),
        ({"credentialStatus": []}, (400, "MALFORMED_VALUE_ERROR")),
        ({"credentialStatus": {"statusPurpose": "message"}}, (400, "UNSUPPORTED")),
        ({"credentialStatus": {"type": "StatusList2021Entry"}}, (400, "UNSUPPORTED")),
        ({"credentialStatus": {"more": 1}}, (400, "MALFORMED_VALUE_ERROR")),
        ({"reason": 1}, (400, "MALFORMED_VALUE_ERROR")),
        ({"reason": "x" * 5_000}, (400, "MALFORMED_VALUE_ERROR")),
        ({"more": 1}, (400, "MALFORMED_VALUE_ERROR")),
        ({"credentialStatus": {"statusListIndex": "131073"}}, (409, "ANOTHER_ENTRY")),
    ],
)
def test_a_change_that_cannot_be_made_is_refused(
    client: Asking, changes: JSONObject, expected: tuple[int, str]
) -> None:
    credential = issue(client)
    entry: JSONObject = {"type": "BitstringStatusListEntry", "statusPurpose": "revocation"}
    body: JSONObject = {"credentialId": credential["id"], "credentialStatus": entry, "status": True, **changes}
    assert refusal(client.post(STATUS, body)) == expected
    assert verified(client, credential)


# Verify, and derive


def test_what_is_answered_beside_the_report_is_asked_for(client: Asking) -> None:
    credential = issue(client)
    plain = client.post(VERIFY, {"verifiableCredential": credential}, {}).json()
    assert plain.keys() == {"verified", "report"}
    options: JSONObject = {"returnCredential": True, "returnResults": True, "returnProblemDetails": True}
    more = client.post(VERIFY, {"verifiableCredential": credential, "options": options}, {}).json()
    assert more["credential"] == credential
    assert more["problemDetails"] == []
    assert all(each["verified"] for each in more["results"]["proof"])


def test_what_does_not_verify_is_a_problem_with_all_reasons(client: Asking) -> None:
    answer = client.post(VERIFY, {"verifiableCredential": {**issue(client), "name": "changed"}}, {})
    assert refusal(answer)[0] == 400
    found = answer.json()
    assert found["verified"] is False
    assert found["problemDetails"][0]["code"] == found["code"]
    assert {each["check"] for each in found["problemDetails"]} >= {"proof"}


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        (VERIFY, {}, "MALFORMED_VALUE_ERROR"),
        (VERIFY, {"verifiableCredential": "eyJhbGciOiJFZERTQSJ9.e30.AA"}, "MALFORMED_VALUE_ERROR"),
        (VERIFY, {"verifiableCredential": {}, "options": {"checks": ["proof"]}}, "UNKNOWN_OPTION_PROVIDED"),
        (VERIFY, {"verifiableCredential": {}, "options": {"returnResults": "true"}}, "MALFORMED_VALUE_ERROR"),
        (PRESENT, {"verifiablePresentation": {}}, "MALFORMED_VALUE_ERROR"),
        (PRESENT, {"verifiablePresentation": {}, "options": {"challenge": "c"}}, "MALFORMED_VALUE_ERROR"),
        (PRESENT, {"verifiablePresentation": {}, "options": {"challenge": "", "domain": "d"}}, "MALFORMED_VALUE_ERROR"),
        (
            PRESENT,
            {"verifiablePresentation": {}, "options": {"challenge": "c", "domain": "d", "check": 1}},
            "UNKNOWN_OPTION_PROVIDED",
        ),
        (DERIVE, {"verifiableCredential": {}}, "MALFORMED_VALUE_ERROR"),
        (DERIVE, {"verifiableCredential": {}, "options": {"selectivePointers": "/a"}}, "MALFORMED_VALUE_ERROR"),
        (DERIVE, {"verifiableCredential": {}, "options": {"pointers": []}}, "UNKNOWN_OPTION_PROVIDED"),
    ],
)
def test_a_request_to_verify_or_derive_that_is_none_is_refused(
    client: Asking, path: str, body: JSONValue, code: str
) -> None:
    assert refusal(client.post(path, body, {})) == (400, code)


@pytest.mark.parametrize("enveloped", [False, True])
@pytest.mark.parametrize("name", ["main", "jwt"])
def test_a_presentation_is_for_one_verifier_and_once(client: Asking, name: str, enveloped: bool) -> None:
    subject = {**as_object(wanted()["credentialSubject"]), "id": HOLDER.did}
    credential: Any = issue(client, name, credentialSubject=subject)
    if name == "jwt":
        credential = str(credential["id"]).partition(",")[2]
    document: JSONValue
    if enveloped:
        token = mc.present_jwt([credential], HOLDER, challenge="c", domain="https://jobs.example")
        data = f"data:application/vp+jwt,{token}"
        document = {"@context": "https://www.w3.org/ns/credentials/v2", "type": "EnvelopedVerifiablePresentation"}
        document["id"] = data
    else:
        shown = mc.present([credential], HOLDER, challenge="c", domain="https://jobs.example")
        document = as_object(shown.model_dump())

    def answer(**options: JSONValue) -> int:
        asked: JSONObject = {"challenge": "c", "domain": "https://jobs.example", **options}
        return client.post(PRESENT, {"verifiablePresentation": document, "options": asked}, {}).status_code

    assert [answer(), answer(challenge=None, domain=None)] == [200, 200]
    assert [answer(challenge="another"), answer(domain="https://evil.example")] == [400, 400]


def test_a_holder_shows_a_part(client: Asking) -> None:
    base = issue(client, "selective", {"mandatoryPointers": ["/issuer", "/validFrom"]}, name="Rust 101")
    options: JSONObject = {"selectivePointers": ["/name"]}
    answer = client.post(DERIVE, {"verifiableCredential": base, "options": options}, {})
    assert answer.status_code == 201
    derived = as_object(answer.json())
    assert derived["name"] == "Rust 101"
    assert "credentialSubject" not in derived
    for wrong in ("name", "/absent", "/name~2"):
        options = {"selectivePointers": [wrong]}
        assert refusal(client.post(DERIVE, {"verifiableCredential": base, "options": options}, {}))[0] == 400


def test_what_has_no_base_proof_is_not_derived_from(client: Asking) -> None:
    options: JSONObject = {"selectivePointers": ["/name"]}
    assert refusal(client.post(DERIVE, {"verifiableCredential": issue(client), "options": options}, {}))[0] == 400


# Behind other implementations


def test_another_implementation_stands_behind_the_same_routes() -> None:
    class Failing:
        async def check_credential(self, *_: object) -> Any:
            raise RuntimeError("a secret of the operator")

        check_presentation = check_credential

    workers = Workers(1, 1)
    app = FastAPI()
    app.include_router(verifying_router(Failing(), gate=Gate(), workers=workers))
    with asking(app) as client:
        answer = client.post(VERIFY, {"verifiableCredential": {}}, {})
        assert refusal(answer) == (500, "INTERNAL_ERROR")
        assert "secret" not in answer.text
    workers.close()


def test_what_takes_too_long_or_is_too_much_is_for_later() -> None:
    class Slow:
        async def check_credential(self, *_: object) -> Any:
            await asyncio.sleep(60)

        check_presentation = check_credential

    workers = Workers(1, 1)
    app = FastAPI()
    app.include_router(verifying_router(Slow(), gate=Gate(most_requests=2, seconds=0.1), workers=workers))
    with asking(app) as client:
        body: JSONObject = {"verifiableCredential": {}}
        answers = client.together(VERIFY, *[body] * 5, headers={})
        found = sorted(refusal(each) for each in answers)
        assert found == [(503, "OVERLOADED")] * 3 + [(503, "TIMEOUT")] * 2
    workers.close()
