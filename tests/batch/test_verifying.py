"""Verifying many: as ``verify`` does each, with one look-up for all."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import datetime
from functools import partial
from multiprocessing import get_context

import pytest

import microcred as mc
from microcred.batch import VerifyResult, verify_many
from microcred.documents import Readable
from microcred.json import JSONObject, dumps
from microcred.status import StatusList
from microcred.testing import FakeWeb
from tests.batch.make import verifier
from tests.make import AT, KEY, OTHER, badge, signed

LIST = "https://example.edu/status/1"


def many(count: int = 5) -> list[JSONObject]:
    return [signed(id=f"urn:x:{number}") for number in range(count)]


def entry(index: int) -> JSONObject:
    return {
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": str(index),
        "statusListCredential": LIST,
    }


def status_list() -> JSONObject:
    """Return a list in which the third is revoked."""
    document: JSONObject = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": LIST,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": KEY.did,
        "validFrom": "2026-01-01T00:00:00Z",
        "credentialSubject": {
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": StatusList.from_indexes([3]).encode(),
        },
    }
    return mc.sign(document, KEY, created="2026-05-01T10:00:00Z")


def said(results: list[VerifyResult]) -> list[tuple[int, str | None, bool]]:
    return [(each.index, each.id, bool(each)) for each in results]


def test_each_is_verified_as_by_itself() -> None:
    given = many()
    tampered = {**given[2], "validFrom": "2020-01-01T00:00:00Z"}
    given[2] = tampered
    results = list(verify_many(given, verifier(), at=AT))
    assert said(results) == [(n, f"urn:x:{n}", n != 2) for n in range(5)]
    assert results[0].credential == verifier().verify(given[0], at=AT)
    assert results[0].report == verifier().check(given[0], at=AT)
    assert results[0].error is None
    assert results[2].credential is None
    assert results[2].report == verifier().check(tampered, at=AT)
    assert isinstance(results[2].error, mc.VerificationError)


def test_it_takes_what_a_verifier_takes() -> None:
    given: list[Readable] = [
        many(1)[0],
        dumps(many(1)[0]),
        dumps(many(1)[0]).encode(),
        mc.parse(many(1)[0]),
        mc.sign_jwt(badge(), KEY),
    ]
    results = list(verify_many(given, verifier()))
    assert all(results)
    assert [each.id for each in results] == [*["urn:x:0"] * 4, badge()["id"]]


def test_what_cannot_be_read_does_not_stop_the_others() -> None:
    given = ["nonsense", b"\xff", {"type": "x"}, None, 5, many(1)[0]]
    results = list(verify_many(given, verifier()))  # type: ignore[arg-type]
    assert [bool(each) for each in results] == [False] * 5 + [True]
    assert all(isinstance(each.error, mc.VerificationError) for each in results[:3])
    assert all(isinstance(each.error, mc.DocumentError) for each in results[3:5])


def test_foreign_signatures_have_an_id_too() -> None:
    (result,) = verify_many([mc.sign(badge(OTHER.did), OTHER)], verifier())
    assert (result.id, bool(result)) == (badge()["id"], False)


@pytest.mark.parametrize("ordered", [True, False])
def test_threads_share_what_was_looked_up(ordered: bool) -> None:
    shared = mc.Verifier(trusted_issuers={KEY.did}, fetcher=FakeWeb({LIST: status_list()}))
    given = [signed(id=f"urn:x:{n}", credentialStatus=entry(n)) for n in range(40)]
    with ThreadPoolExecutor(3) as threads:
        results = list(verify_many(given, shared, executor=threads, ordered=ordered, chunk_size=4))
    assert sorted(said(results)) == [(n, f"urn:x:{n}", n != 3) for n in range(40)]
    (revoked,) = [each for each in results if not each]
    assert revoked.report is not None
    assert revoked.report["credential_status"].code == "REVOKED"


def test_the_time_of_judgement_is_one_for_all() -> None:
    results = list(verify_many(many(3), verifier()))
    assert len({each.report.verified_at for each in results if each.report is not None}) == 1
    results = list(verify_many(many(3), verifier(), at=AT.replace(year=2020)))
    assert [each.report["validity_period"].code for each in results if each.report is not None] == ["NOT_YET_VALID"] * 3
    with pytest.raises(ValueError, match="time zone"):
        verify_many([], verifier(), at=datetime(2026, 1, 1))  # noqa: DTZ001


def test_processes_make_a_verifier_of_their_own() -> None:
    given = [signed(id=f"urn:x:{n}", credentialStatus=entry(n)) for n in range(12)]
    make = partial(verifier, {LIST: status_list()})
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        results = list(verify_many(given, make, executor=pool, chunk_size=3))
        with pytest.raises(TypeError, match="function"):
            verify_many(given, verifier(), executor=pool)
        failed = list(verify_many(given[:2], broken, executor=pool))
    assert said(results) == [(n, f"urn:x:{n}", n != 3) for n in range(12)]
    assert results[0].credential == mc.parse(given[0])
    assert said(failed) == [(0, "urn:x:0", False), (1, "urn:x:1", False)]
    assert "secret" not in str(failed[0].error)


def broken() -> mc.Verifier:
    raise RuntimeError("secret words")


def test_a_function_serves_here_too_and_is_called_once() -> None:
    calls = []

    def make() -> mc.Verifier:
        calls.append(1)
        return verifier()

    assert all(verify_many(many(4), make))
    assert calls == [1]


def test_nothing_is_read_before_it_is_asked_for() -> None:
    read = []

    def given() -> Iterator[JSONObject]:
        for each in many(3):
            read.append(each)
            yield each

    results = verify_many(given(), verifier())
    assert read == []
    next(results)
    assert len(read) == 1
