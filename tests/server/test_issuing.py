"""What an issuer of the service does, and does only once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

import microcred as mc
from microcred.errors import MicrocredError, SigningError
from microcred.issuer import IssuerFolder
from microcred.issuer.folder import KeyFile
from microcred.json import JSONObject, loads_object, many
from microcred.protocols import Fetch, FetchResult
from microcred.server import IssuingService
from microcred.server.issuing import StatusChange
from microcred.server.problems import refusal_of
from tests.make import KEY
from tests.server.issuers import BASE, assigned, code_of, issue, issued, issuing, wanted
from tests.server.services import PASSWORD, folder
from tests.status.databases import make_database
from tests.support import as_object


@pytest.fixture
def service(tmp_path: Path) -> Iterator[IssuingService]:
    with closing(issuing(f"sqlite:///{tmp_path / 'status.db'}")) as opened:
        yield opened


def status_of(answer: bytes | BaseException) -> int:
    assert isinstance(answer, MicrocredError), answer
    return refusal_of(answer).status


# Once


def test_the_same_request_with_the_same_key_is_answered_the_same_and_wastes_nothing(service: IssuingService) -> None:
    (first,), (second,) = issue(service, wanted(), key="a"), issue(service, wanted(), key="a")
    assert first == second
    assert assigned(service) == 1
    assert issue(service, wanted()) != [first]


def test_another_request_with_the_same_key_is_refused(service: IssuingService) -> None:
    issued(service, key="a")
    (answer,) = issue(service, wanted(name="Rust 102"), key="a")
    assert (status_of(answer), code_of(answer)) == (422, "IDEMPOTENCY_KEY_REUSED")
    (answer,) = issue(service, wanted(), key="a", options={"credentialId": "urn:x:1"})
    assert code_of(answer) == "IDEMPOTENCY_KEY_REUSED"
    assert assigned(service) == 1


def test_a_key_whose_request_was_refused_can_be_used_again(service: IssuingService) -> None:
    (answer,) = issue(service, wanted(nme="Rust 101"), key="a")
    assert status_of(answer) == 400
    issued(service, key="a")


@pytest.mark.parametrize("host", [False, True])
def test_an_id_is_given_to_one_credential(tmp_path: Path, host: bool) -> None:
    with closing(issuing(f"sqlite:///{tmp_path / 'status.db'}", host=host)) as service:
        mine = wanted(id="urn:x:1")
        issued(service, mine)
        for again in (mine, wanted(id="urn:x:1", name="Rust 102")):
            (answer,) = issue(service, again)
            assert (status_of(answer), code_of(answer)) == (409, "ALREADY_ISSUED")
        (answer,) = issue(service, wanted(), options={"credentialId": "urn:x:1"})
        assert code_of(answer) == "ALREADY_ISSUED"


def test_of_those_that_come_at_once_the_first_is_issued(service: IssuingService) -> None:
    answers = issue(service, *[wanted(id="urn:x:1")] * 5)
    assert [code_of(each) for each in answers[1:]] == ["ALREADY_ISSUED"] * 4
    assert isinstance(answers[0], bytes)
    assert len(set(issue(service, *[wanted()] * 5, key="a"))) == 1
    answers = issue(service, wanted(nme="x"), wanted(), wanted(), key="b")
    assert code_of(answers[0]) == "PROOF_TRANSFORMATION_ERROR"
    assert answers[1] == answers[2]


def test_several_that_open_the_same_database_answer_a_key_once(database: str) -> None:
    with ExitStack() as opened:
        services = [opened.enter_context(closing(issuing(database, host=True))) for _ in range(4)]
        with ThreadPoolExecutor(4) as threads:
            for key in ("a", "b"):
                found = list(threads.map(lambda each: issue(each, wanted(), wanted(), key=key), services))  # noqa: B023
                assert len({answer for answers in found for answer in answers}) == 1
            found = list(threads.map(lambda each: issue(each, wanted(id="urn:x:1")), services))
        outcomes = [isinstance(answer, bytes) for answers in found for answer in answers]
        assert outcomes.count(True) == 1
        with closing(issuing(database)) as other:
            assert issue(other, wanted(), key="b") == issue(services[0], wanted(), key="b")


@settings(max_examples=15, deadline=None)
@given(asked=st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["1", "2", None])), max_size=8))
def test_a_key_stands_for_the_first_request_that_came_with_it(
    tmp_path_factory: pytest.TempPathFactory, asked: list[tuple[str, str | None]]
) -> None:
    first: dict[str, tuple[str | None, bytes]] = {}
    ids: set[str] = set()
    with closing(issuing(f"sqlite:///{tmp_path_factory.mktemp('keys') / 'status.db'}")) as service:
        for key, name in asked:
            credential = wanted() if name is None else wanted(id=f"urn:x:{name}")
            (answer,) = issue(service, credential, key=key)
            if key in first:
                expected = first[key][1] if first[key][0] == name else "IDEMPOTENCY_KEY_REUSED"
                assert expected in (answer, code_of(answer))
            elif name is not None and name in ids:
                assert code_of(answer) == "ALREADY_ISSUED"
            else:
                assert isinstance(answer, bytes)
                first[key] = name, answer
                ids |= {name} if name is not None else set()
        assert assigned(service) == len(first)


def test_two_issuers_of_one_database_have_keys_of_their_own(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'status.db'}"
    with closing(issuing(database)) as first, closing(issuing(database, format="vc-jose")) as second:
        second.name = "other"
        assert issued(first, key="a") != issued(second, key="a")


# Entries


def test_what_is_refused_wastes_no_entry(service: IssuingService) -> None:
    for _ in range(3):
        answers = issue(service, wanted(nme="x"), wanted(validFrom="yesterday"), wanted(type=["Nothing"]))
        assert [status_of(each) for each in answers] == [400] * 3
    before = assigned(service)
    made = [issued(service) for _ in range(before)]
    assert assigned(service) == before
    assert len({str(each["id"]) for each in made}) == before
    assert len({str(as_object(each["credentialStatus"])["statusListIndex"]) for each in made}) == before


def test_one_that_is_refused_does_not_keep_the_others_from_being_issued(service: IssuingService) -> None:
    answers = issue(service, wanted(), wanted(nme="x"), wanted(issuer="did:example:somebody"), wanted())
    assert [isinstance(each, bytes) for each in answers] == [True, False, False, True]
    assert [status_of(each) for each in answers[1:3]] == [400, 400]


@pytest.mark.parametrize("value", ["", "x" * 3_000, "a\0b", 7, ["urn:x:1"]])
def test_an_id_that_no_database_takes_is_refused_alone(service: IssuingService, value: object) -> None:
    answers = issue(service, wanted(id=value), wanted())
    assert status_of(answers[0]) == 400
    assert isinstance(answers[1], bytes)


def test_numbers_that_cannot_be_written_in_one_way_are_refused_alone(service: IssuingService) -> None:
    answers = issue(service, wanted(credits=10**400), wanted(), key="a")
    assert status_of(answers[0]) == 400
    assert isinstance(answers[1], bytes)


# Keys


def method_of(credential: JSONObject) -> str:
    return str(as_object(many(credential["proof"])[0])["verificationMethod"])


def test_a_key_that_is_replaced_signs_no_more(tmp_path: Path) -> None:
    issuer = folder(tmp_path / "issuer")
    service = IssuingService("main", issuer, f"sqlite:///{tmp_path / 'status.db'}", base_url=BASE, password=PASSWORD)
    with closing(service):
        first = issued(service)
        (before,) = service.publish()
        issuer.revoke(issuer.load().current.name, KeyFile(PASSWORD))
        second = issued(service)
        name = issuer.load().current.name
        assert method_of(second).endswith(f"#{name}")
        assert method_of(first) != method_of(second)
        after = service.registry.published(before.url)
        assert method_of(loads_object(after.content)).endswith(f"#{name}")
        assert len((issuer.path / "issued.ndjson").read_bytes().splitlines()) == 2


def test_a_folder_whose_key_cannot_be_opened_is_for_later(tmp_path: Path) -> None:
    issuer = folder(tmp_path / "issuer")
    service = IssuingService("main", issuer, f"sqlite:///{tmp_path / 'status.db'}", base_url=BASE, password=PASSWORD)
    with closing(service):
        name = issuer.load().current.name
        issuer.rotate(KeyFile("another password"), replaces=name)
        (answer,) = issue(service, wanted())
        assert (status_of(answer), code_of(answer)) == (503, "KEY_UNAVAILABLE")
        moved = issuer.path.rename(tmp_path / "away")
        (answer,) = issue(service, wanted())
        assert code_of(answer) == "KEY_UNAVAILABLE"
        moved.rename(issuer.path)
        key = IssuerFolder(issuer.path)
        (issuer.path / "keys" / "key-2.pem").unlink()
        (issuer.path / "keys" / "key-2.pem").write_bytes(b"")
        (answer,) = issue(service, wanted())
        assert code_of(answer) == "KEY_UNAVAILABLE"
        assert key.exists
        assert assigned(service) == 0


class _Away:
    """A key that is far away, and can be reached or not."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.public_key = KEY.public_key

    def sign(self, data: bytes) -> bytes:
        if self.error is not None:
            raise self.error
        return KEY.sign(data)


@pytest.mark.parametrize(
    "error",
    [
        SigningError("no answer", code="SIGNER_UNAVAILABLE"),
        SigningError("no", code="SIGNER_REFUSED"),
        ConnectionResetError("gone"),
        TimeoutError("too slow"),
        mc.InvalidKeyError("is disabled"),
    ],
)
def test_a_key_that_cannot_be_reached_is_for_later(tmp_path: Path, error: Exception) -> None:
    key = _Away()
    with closing(issuing(f"sqlite:///{tmp_path / 'status.db'}", key)) as service:
        for reached_before in (False, True):
            key.error = error
            answers = issue(service, wanted(), wanted(), wanted())
            assert {(status_of(each), code_of(each)) for each in answers} == {(503, "KEY_UNAVAILABLE")}, reached_before
            key.error = None
            assert all(isinstance(each, bytes) for each in issue(service, wanted(), wanted(), wanted()))


# Databases


@contextmanager
def table_gone(service: IssuingService, name: str) -> Iterator[None]:
    """Have a table be away for a while."""
    database = service.ledger._database
    with database.writing() as connection:
        connection.execute(text(f"ALTER TABLE {name} RENAME TO away"))
    try:
        yield
    finally:
        with database.writing() as connection:
            connection.execute(text(f"ALTER TABLE away RENAME TO {name}"))


@pytest.mark.parametrize("name", ["microcred_answers", "microcred_credentials"])
def test_a_database_that_fails_is_for_later(database: str, name: str) -> None:
    with closing(issuing(database, host=True)) as service:
        with table_gone(service, name):
            (answer,) = issue(service, wanted(id="urn:x:1"), key="a")
            assert (status_of(answer), code_of(answer)) == (503, "REGISTRY_UNAVAILABLE")
        issued(service, wanted(id="urn:x:1"), key="a")
        assert assigned(service) == 1


def test_connections_that_broke_are_made_anew(postgresql: str) -> None:
    with closing(issuing(make_database(postgresql))) as service:
        issued(service)
        with psycopg.connect(f"{postgresql}/postgres", autocommit=True) as connection:
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
        issued(service, key="a")


def test_what_cannot_be_recorded_is_not_issued(tmp_path: Path) -> None:
    issuer = folder(tmp_path / "issuer")
    service = IssuingService(
        "main", issuer, f"sqlite:///{tmp_path / 'status.db'}", base_url=BASE, password=PASSWORD, host=True
    )
    with closing(service):
        issued(service)
        record = issuer.path / "issued.ndjson"
        record.rename(tmp_path / "record")
        record.mkdir()
        (answer,) = issue(service, wanted(id="urn:x:1"))
        assert (status_of(answer), code_of(answer)) == (503, "RECORD_UNAVAILABLE")
        record.rmdir()
        issued(service, wanted(id="urn:x:1"))


# Statuses


def change(service: IssuingService, *changes: StatusChange) -> list[BaseException | None]:
    async def run() -> list[BaseException | None]:
        return await asyncio.gather(*(service.change_status(each, "me") for each in changes), return_exceptions=True)

    return asyncio.run(run())


def test_a_status_is_changed_and_published_at_once(tmp_path: Path) -> None:
    with closing(issuing(f"sqlite:///{tmp_path / 'status.db'}", status=("revocation", "suspension"))) as service:
        made = issued(service, wanted(id="urn:x:1"))
        entry, other = ({k: str(v) for k, v in as_object(each).items()} for each in many(made["credentialStatus"]))
        lists = {str(entry["statusListCredential"]), str(other["statusListCredential"])}
        before = {url: service.registry.published(url).etag for url in lists}
        steps: list[tuple[StatusChange, str | None]] = [
            (StatusChange("urn:x:1", "suspension", True), None),
            (StatusChange("urn:x:1", "suspension", False), None),
            (StatusChange("urn:x:1", "revocation", False), None),
            (StatusChange("urn:x:1", "revocation", True, None, entry["statusListCredential"], "-1"), "ANOTHER_ENTRY"),
            (StatusChange("urn:x:1", "revocation", True, None, other["statusListCredential"]), "ANOTHER_ENTRY"),
            (
                StatusChange(
                    "urn:x:1", "revocation", True, None, entry["statusListCredential"], entry["statusListIndex"]
                ),
                None,
            ),
            (StatusChange("urn:x:1", "revocation", True), None),
            (StatusChange("urn:x:1", "revocation", False), "REVOKED"),
            (StatusChange("urn:x:1", "suspension", True), "REVOKED"),
            (StatusChange("urn:x:2", "revocation", True), "NOT_ASSIGNED"),
            (StatusChange("urn:x:1", "revocation", True, "x" * 5_000), "MALFORMED_VALUE_ERROR"),
        ]
        for step, expected in steps:
            (found,) = change(service, step)
            assert (None if found is None else code_of(found)) == expected, step
        revoked = str(entry["statusListCredential"])
        assert service.registry.published(revoked).etag != before[revoked]
        assert service.registry.status("urn:x:1").revoked


def test_a_status_that_cannot_be_published_is_not_said_to_be_changed(tmp_path: Path) -> None:
    key = _Away()
    with closing(issuing(f"sqlite:///{tmp_path / 'status.db'}", key)) as service:
        issued(service, wanted(id="urn:x:1"))
        key.error = SigningError("no answer", code="SIGNER_UNAVAILABLE")
        (found,) = change(service, StatusChange("urn:x:1", "revocation", True))
        assert code_of(found or b"") == "KEY_UNAVAILABLE"
        key.error = None
        (before,) = service.registry.publish(KEY.did, key)
        assert change(service, StatusChange("urn:x:1", "revocation", True)) == [None]
        assert before.url


@pytest.mark.parametrize("form", ["embedded", "jwt", "vc-jose"])
def test_what_is_issued_verifies(tmp_path: Path, form: Any) -> None:
    with closing(issuing(f"sqlite:///{tmp_path / 'status.db'}", format=form)) as service:
        made = issued(service)
        lists = {each.url: each.content for each in service.publish()}
        assert mc.Verifier(trusted_issuers={KEY.did}, fetcher=_Lists(lists)).check(made)


class _Lists:
    def __init__(self, lists: dict[str, bytes]) -> None:
        self._lists = lists

    def fetch(self, request: Fetch) -> FetchResult:
        return FetchResult(request.url, self._lists[request.url], "application/vc")
