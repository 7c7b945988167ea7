"""What the service says of itself is true: schemathesis asks for what is described, and for what is not."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from httpx import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.core.result import Ok
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import positive_data_acceptance

import microcred as mc
from microcred.json import JSONObject
from microcred.server import IssuingService
from microcred.server.documents import achievements_in
from tests.make import badge
from tests.server.services import BASE, BEARER, PASSWORD, issuer, running
from tests.support import as_object

FUZZING = os.environ.get("HYPOTHESIS_PROFILE") == "fuzz"
FORMS = ["application/vc", "application/ld+json", "application/json", "text/html", "image/png", "image/svg+xml"]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    path = tmp_path_factory.mktemp("service")
    (path / "achievements").mkdir()
    words = 'name = "Rust 101"\ndescription = "A course."\ncriteria = {narrative = "Passed."}\n'
    (path / "achievements" / "rust.toml").write_text(words)
    key = mc.SigningKey.generate("P-256")
    selective = (mc.issuer.Issuer.create(mc.Profile(id=key.did, name="Selective"), key), key)
    other = IssuingService("selective", selective, f"sqlite:///{path}/s.db", base_url=BASE, password=PASSWORD)
    with running(issuer(path), other, achievements=achievements_in(path / "achievements", BASE)) as client:
        yield client


@pytest.fixture(scope="module")
def described(client: Client) -> BaseSchema:
    return schemathesis.openapi.from_url(str(client.base_url.join("/openapi.json")))


def ask(case: Case[Any], **headers: str) -> None:
    """Ask, and compare the answer with what is described."""
    # What a schema can say of a credential is little: most that fits it is none, and refused.
    case.call_and_validate(headers={**BEARER, **headers}, excluded_checks=[positive_data_acceptance])


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_every_answer_is_one_that_is_described(described: BaseSchema, mode: GenerationMode) -> None:
    for found in described.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()

        @settings(
            max_examples=1_000 if FUZZING else 5,
            derandomize=not FUZZING,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        )
        @given(operation.as_strategy(generation_mode=mode))
        def ask_for_any(case: Case[Any]) -> None:
            ask(case)

        try:
            ask_for_any()
        except Unsatisfiable:
            # There is nothing that could be asked in a wrong way.
            assert mode is GenerationMode.NEGATIVE
            assert operation.method == "get"


def post(described: BaseSchema, path: str, body: JSONObject, status: int) -> JSONObject:
    """Send what is sound, and return the answer, which is as it is described."""
    case = described[path]["POST"].Case(body=body, media_type="application/json")
    answer = case.call(headers=BEARER)
    assert answer.status_code == status, answer.text
    case.validate_response(answer)
    return as_object(answer.json())


def unissued(**changes: Any) -> JSONObject:
    document = {**badge(), "id": None, "issuer": None, **changes}
    return {name: value for name, value in document.items() if value is not None}


def test_good_answers_are_as_they_are_described(described: BaseSchema) -> None:
    answer = post(described, "/credentials/issue", {"credential": unissued()}, 201)
    credential = as_object(answer["verifiableCredential"])
    shown = {"returnCredential": True, "returnResults": True, "returnProblemDetails": True}
    body: JSONObject = {"verifiableCredential": credential, "options": {**shown}}
    post(described, "/credentials/verify", body, 200)
    entry = {"type": "BitstringStatusListEntry", "statusPurpose": "revocation"}
    change: JSONObject = {"credentialId": credential["id"], "credentialStatus": {**entry}, "status": True}
    post(described, "/credentials/status", change, 200)
    post(described, "/credentials/verify", body, 400)
    base = post(
        described,
        "/issuers/selective/credentials/issue",
        {"credential": unissued(), "options": {"mandatoryPointers": ["/issuer"]}},
        201,
    )["verifiableCredential"]
    options: JSONObject = {"selectivePointers": ["/credentialSubject/achievement/name"]}
    post(described, "/credentials/derive", {"verifiableCredential": base, "options": options}, 201)
    holder = mc.SigningKey.generate()
    subject = {**as_object(unissued()["credentialSubject"]), "id": holder.did}
    theirs = post(described, "/credentials/issue", {"credential": unissued(credentialSubject=subject)}, 201)
    presented = mc.present([as_object(theirs["verifiableCredential"])], holder, challenge="c", domain="d")
    asked: JSONObject = {"challenge": "c", "domain": "d", "returnPresentation": True, "returnResults": True}
    document = as_object(presented.model_dump())
    post(described, "/presentations/verify", {"verifiablePresentation": document, "options": asked}, 200)
    post(
        described,
        "/presentations/verify",
        {"verifiablePresentation": document, "options": {**asked, "domain": "e"}},
        400,
    )

    name = str(credential["id"]).rpartition("/")[2]
    at = described["/credentials/{name}"]["GET"]
    for form in FORMS:
        ask(at.Case(path_parameters={"name": name}), Accept=form)
    for suffix in ("json", "html", "png", "svg", "jwt"):
        ask(at.Case(path_parameters={"name": f"{name}.{suffix}"}))
    status = as_object(credential["credentialStatus"])
    where, number = str(status["statusListCredential"]).rsplit("/", 2)[1:]
    ask(described["/status/{issuer}/{number}"]["GET"].Case(path_parameters={"issuer": where, "number": number}))
    ask(described["/achievements/{name}"]["GET"].Case(path_parameters={"name": "rust"}))


def test_every_route_names_what_it_can_answer(client: Client) -> None:
    document = client.get("/openapi.json").json()
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    secured = {path for path, methods in document["paths"].items() for each in methods.values() if each.get("security")}
    assert {each for each in secured if "/issuers/" not in each} == {"/credentials/issue", "/credentials/status"}
    for path, methods in document["paths"].items():
        for each in methods.values():
            statuses = set(each["responses"])
            assert statuses >= {"500", "503"}
            if each.get("security"):
                assert statuses >= {"401", "403"}, path
            if "requestBody" in each:
                assert statuses >= {"400", "408", "413", "415"}, path
