"""What the suites of the W3C asked of Digital Bazaar's libraries, asked of microcred; see README.md."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeAlias, cast

import httpx
import pytest

import microcred as mc
from conformance.w3c.app import create_app
from conformance.w3c.keys import read_keys, vectors
from conformance.w3c.suites import SUITES, told
from microcred.json import JSONObject, dumps, loads_object, many

pytestmark = pytest.mark.skipif(
    not (vectors() / "keys.json").exists(), reason=f"no recorded requests at {vectors()}; set MICROCRED_SHARED"
)
# How many requests of each suite there are.
RECORDED = {
    "vc-data-model-2.0-test-suite": 159,
    "vc-di-eddsa-test-suite": 41,
    "vc-di-ecdsa-test-suite": 170,
    "vc-bitstring-status-list-test-suite": 16,
    "vc-di-bbs-test-suite": 89,
}
# By suite and line: the recorded status and ours. What ends before it begins is refused when it is issued, and not only
# when it is verified; the suite takes either.
DIFFERENCES = {
    ("vc-data-model-2.0-test-suite", 97): (201, 400),
    ("vc-data-model-2.0-test-suite", 100): (201, 400),
}
BASE_URL = "https://localhost:8443"
SELECTIVE = ("ecdsa-sd-2023", "bbs-2023")


class Answer(NamedTuple):
    """An answer with its JSON."""

    status: int
    body: JSONObject


Ask: TypeAlias = Callable[[str, str, str], Answer]


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    """Ask the app for a path by a method, with a body."""
    app = create_app(BASE_URL, f"sqlite:///{tmp_path_factory.mktemp('w3c') / 'status.db'}")
    transport = httpx.ASGITransport(app, client=("127.0.0.1", 50_000))

    async def answered(method: str, path: str, body: str) -> httpx.Response:
        async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as client:
            return await client.request(method, path, content=body, headers={"Content-Type": "application/json"})

    with asyncio.Runner() as runner:

        def asked(method: str, path: str, body: str) -> Answer:
            response = runner.run(answered(method, path, body))
            # The client of the suites reads nothing else.
            assert response.headers["content-type"] in ("application/json", "application/problem+json")
            return Answer(response.status_code, loads_object(response.content))

        lifespan = app.router.lifespan_context(app)
        runner.run(lifespan.__aenter__())
        yield asked
        runner.run(lifespan.__aexit__(None, None, None))


def verified(ask: Ask, credential: JSONObject) -> int:
    """Return the status of the verifier's answer."""
    return ask("POST", "/credentials/verify", dumps({"verifiableCredential": credential})).status


def recorded(name: str) -> list[JSONObject]:
    lines = (vectors() / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [loads_object(line) for line in lines]


def test_all_recordings_are_known() -> None:
    assert {path.stem: len(recorded(path.stem)) for path in vectors().glob("*.jsonl")} == RECORDED
    assert set(RECORDED) < {suite.name for suite in SUITES}


@pytest.mark.parametrize("name", RECORDED)
def test_each_request_of_a_suite_is_answered_with_the_status_that_it_expects(ask: Ask, name: str) -> None:
    found = {}
    for line, request in enumerate(recorded(name), 1):
        answer = ask(str(request["method"]), str(request["path"]), str(request["body"]))
        if answer.status != request["status"]:
            found[name, line] = (request["status"], answer.status)
        elif answer.status == 200 and request["method"] == "POST":
            assert answer.body["verified"] is True
            assert "errors" not in answer.body
        elif answer.status == 400:
            assert answer.body["code"]
    assert found == {place: statuses for place, statuses in DIFFERENCES.items() if place[0] == name}


@pytest.mark.parametrize("name", RECORDED)
def test_what_is_issued_for_a_suite_verifies(ask: Ask, name: str) -> None:
    issued = 0
    for request in recorded(name):
        kind = str(request["path"]).split("/")[1]
        if not str(request["path"]).endswith("/issue") or kind in SELECTIVE:
            continue
        answer = ask("POST", str(request["path"]), str(request["body"]))
        if answer.status == 201:
            issued += 1
            assert verified(ask, answer.body) == 200
    assert issued > 0 or name == "vc-di-bbs-test-suite"


@pytest.mark.parametrize("suite", SELECTIVE)
def test_a_part_verifies_and_the_whole_is_for_the_holder_only(ask: Ask, suite: str) -> None:
    name = "vc-di-ecdsa-test-suite" if suite == "ecdsa-sd-2023" else "vc-di-bbs-test-suite"
    requests = [each for each in recorded(name) if each["path"] == f"/{suite}/credentials/issue"]
    issued = [ask("POST", str(each["path"]), str(each["body"])) for each in requests if each["status"] == 201]
    assert issued
    for answer in issued:
        assert verified(ask, answer.body) == 400
        body: JSONObject = {
            "verifiableCredential": answer.body,
            "options": {"selectivePointers": ["/issuer", "/credentialSubject/id"]},
        }
        shown = ask("POST", f"/{suite}/credentials/derive", dumps(body))
        assert shown.status == 201
        assert verified(ask, shown.body) == 200


def test_a_credential_has_a_place_in_a_list_that_verifies(ask: Ask) -> None:
    request = recorded("vc-bitstring-status-list-test-suite")[0]
    answer = ask("POST", str(request["path"]), str(request["body"]))
    status = cast(JSONObject, answer.body["credentialStatus"])
    assert status["statusListCredential"] == f"{BASE_URL}/status/1"
    published = ask("GET", "/status/1", "").body
    assert verified(ask, published) == 200
    assert isinstance(published["issuer"], str)
    subject = cast(JSONObject, published["credentialSubject"])
    assert mc.StatusList.decode(str(subject["encodedList"]))[int(str(status["statusListIndex"]))] == 0


PROOFS: list[object] = [None, {}, [], [None], {"proofValue": {}}, {"verificationMethod": [1]}, "text"]
GARBAGE: list[tuple[str, object]] = [
    ("/vc2/credentials/issue", {}),
    ("/vc2/credentials/issue", {"credential": None}),
    ("/vc2/credentials/issue", {"credential": "text", "options": {}}),
    ("/vc2/credentials/issue", {"credential": {"type": ["NonconformingDocument"]}}),
    ("/envelope/credentials/issue", {"credential": {}, "options": []}),
    ("/ecdsa-sd-2023/credentials/issue", {"credential": {}, "options": {"mandatoryPointers": [1]}}),
    ("/bbs-2023/credentials/derive", {"verifiableCredential": {}}),
    ("/bbs-2023/credentials/derive", {"verifiableCredential": {"proof": 1}, "options": {"selectivePointers": [""]}}),
    ("/status/credentials/status", {"credentialId": "urn:x", "credentialStatus": {}, "status": 1}),
    ("/credentials/verify", []),
    ("/credentials/verify", {"options": {}}),
    ("/credentials/verify", {"verifiableCredential": "eyJ"}),
    ("/credentials/verify", {"verifiableCredential": {"type": ["NonconformingDocument"]}}),
    *(("/credentials/verify", {"verifiableCredential": {"issuer": {"id": 1}, "proof": proof}}) for proof in PROOFS),
    ("/credentials/verify", {"verifiableCredential": {"@context": [{"@context": {"@context": 1}}]}}),
    ("/credentials/verify", {"verifiableCredential": {}, "options": {"domain": 1}}),
    ("/presentations/verify", {"verifiablePresentation": {"verifiableCredential": [1, [], {"proof": 1}]}}),
    ("/presentations/verify", {"verifiablePresentation": {"holder": []}, "options": {"challenge": ""}}),
]


@pytest.mark.parametrize(("path", "body"), GARBAGE)
def test_garbage_is_refused(ask: Ask, path: str, body: object) -> None:
    answer = ask("POST", path, json.dumps(body))
    assert answer.status == 400
    assert answer.body["code"]


def test_the_suites_are_told_of_endpoints_that_are_there(ask: Ask) -> None:
    keys = read_keys()
    for suite in SUITES:
        for implementation in cast("list[JSONObject]", told(suite, BASE_URL, keys)["implementations"]):
            for name in ("issuers", "verifiers", "vpVerifiers", "vcHolders"):
                for endpoint in many(implementation.get(name)):
                    url = str(cast(JSONObject, endpoint)["endpoint"])
                    assert ask("POST", url.removeprefix(BASE_URL), "{}").status == 400
