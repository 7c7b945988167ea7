"""The built-in kinds of status: what is revoked, what stands, and whose lists are heard."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
import pickle
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import TypeAlias, cast

import pytest

import microcred as mc
from microcred.encoding import base64url_encode
from microcred.errors import FetchError
from microcred.json import JSONObject, JSONValue
from microcred.protocols import Fetch, FetchResult, Steps
from microcred.signing import EDDSA_JCS_2022, add_proof
from microcred.status import StatusList
from microcred.testing import FakeWeb
from microcred.verify.report import Code, Finding
from microcred.verify.status_methods import BitstringStatus, RevocationList1EdTech
from tests.make import AT, ISSUER, KEY, OTHER, badge, signed
from tests.support import SHARED, as_object, load_json

URL = "https://example.edu/status/1"
SECOND = "https://example.edu/status/2"
V1, V2 = "https://www.w3.org/2018/credentials/v1", "https://www.w3.org/ns/credentials/v2"
STATUS_2021 = "https://w3id.org/vc/status-list/2021/v1"
EXTENSIONS = "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"
REVOKED, GOOD = 94_567, 94_568
SUSPENSIONS: JSONObject = {"statusPurpose": "suspension"}
BITS = StatusList.from_indexes([REVOKED]).encode()
SAMPLES = SHARED / "vectors/ob3/samples"

Page: TypeAlias = "bytes | str | JSONObject | FetchError"


def entry(index: JSONValue = str(GOOD), **changes: JSONValue) -> JSONObject:
    """Return an entry; changes replace members, and None leaves them out."""
    made: JSONObject = {
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": index,
        "statusListCredential": URL,
        **changes,
    }
    return {name: value for name, value in made.items() if value is not None}


def unsigned_list(
    issuer: str = KEY.did, subject: Mapping[str, JSONValue] | None = None, **changes: JSONValue
) -> JSONObject:
    """Return a list in which one entry is set; changes replace members, and None leaves them out."""
    members: JSONObject = {
        "type": "BitstringStatusList",
        "statusPurpose": "revocation",
        "encodedList": BITS,
        **(subject or {}),
    }
    made: JSONObject = {
        "@context": [V2],
        "id": URL,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer,
        "validFrom": "2026-01-01T00:00:00Z",
        "credentialSubject": {name: value for name, value in members.items() if value is not None},
        **changes,
    }
    return {name: value for name, value in made.items() if value is not None}


def status_list(
    key: mc.SigningKey = KEY, subject: Mapping[str, JSONValue] | None = None, **changes: JSONValue
) -> JSONObject:
    """Return a list that a key signed."""
    made = unsigned_list(key.did, subject, **changes)
    return add_proof(made, key, verification_method=key.verification_method, created="2026-01-01T00:00:00Z")


def look_up(
    page: Page, *entries: JSONObject, method: BitstringStatus | None = None, limits: mc.Limits | None = None
) -> mc.VerificationReport:
    """Verify a badge with entries, where there is one list."""
    return look_up_in({URL: page}, *entries, method=method, limits=limits)


def look_up_in(
    pages: Mapping[str, Page],
    *entries: JSONObject,
    method: BitstringStatus | None = None,
    limits: mc.Limits | None = None,
) -> mc.VerificationReport:
    """Verify a badge with entries."""
    verifier = mc.Verifier(
        trusted_issuers={KEY.did},
        fetcher=FakeWeb(pages),
        status_methods=[] if method is None else [method],
        limits=limits or mc.Limits(),
    )
    statuses = list(entries) if len(entries) > 1 else (entries or (entry(),))[0]
    return verifier.check(signed(credentialStatus=statuses), at=AT)


def found(report: mc.VerificationReport) -> tuple[str, str | None]:
    """Return outcome and code of the status; nothing else is wrong with the badges of this module."""
    check = report["credential_status"]
    assert report.verified == (check.outcome == "passed")
    assert report.problems == (() if report.verified else (check,))
    return str(check.outcome), check.code


PASSED = ("passed", None)
UNVERIFIED = ("indeterminate", "STATUS_VERIFICATION_ERROR")
UNREACHABLE = ("indeterminate", "STATUS_RETRIEVAL_ERROR")
UNSUPPORTED = ("indeterminate", "UNSUPPORTED")
MALFORMED = ("failed", "MALFORMED_VALUE_ERROR")
REFUSED = ("failed", "REVOKED")


# What an entry says


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        (str(GOOD), PASSED),
        (str(REVOKED), REFUSED),
        (GOOD, PASSED),
        (REVOKED, REFUSED),
        ("0", PASSED),
        ("00094567", REFUSED),
        ("131071", PASSED),
        ("131072", ("indeterminate", "RANGE_ERROR")),
        (131_072, ("indeterminate", "RANGE_ERROR")),
        ("9" * 30, ("indeterminate", "RANGE_ERROR")),
    ],
)
def test_the_entry_at_the_index_decides(index: JSONValue, expected: tuple[str, str | None]) -> None:
    assert found(look_up(status_list(), entry(index))) == expected


@pytest.mark.parametrize("index", ["-1", -1, 1.0, "1.0", "1e3", " 7", "+7", "٧", "", "0x7", True, None, ["7"]])
def test_an_index_of_another_form_is_malformed(index: JSONValue) -> None:
    web = FakeWeb({URL: status_list()})
    # Not signed as RDF, which has its own opinion of such values.
    token = mc.signing.encode_jwt(badge(KEY.did, credentialStatus=entry(index)), KEY, kid=KEY.verification_method)
    status = mc.Verifier(trusted_issuers={KEY.did}, fetcher=web).check(token, at=AT)["credential_status"]
    assert (status.outcome, status.code, web.requests) == (*MALFORMED, [])


@pytest.mark.parametrize("digits", [5_000, 100_000])
def test_an_index_that_python_cannot_read_is_out_of_range(digits: int) -> None:
    assert found(look_up(status_list(), entry("9" * digits))) == ("indeterminate", "RANGE_ERROR")


SET = {
    "revocation": REFUSED,
    "suspension": ("failed", "SUSPENDED"),
    "refresh": ("passed", "REFRESH_AVAILABLE"),
    "message": ("passed", "STATUS_MESSAGE"),
}


@pytest.mark.parametrize(("purpose", "expected"), list(SET.items()))
def test_what_a_set_entry_means_depends_on_the_purpose(purpose: str, expected: tuple[str, str]) -> None:
    page = status_list(subject={"statusPurpose": purpose})
    assert found(look_up(page, entry(str(REVOKED), statusPurpose=purpose))) == expected
    assert found(look_up(page, entry(statusPurpose=purpose))) == PASSED
    # A list of several purposes is good for each.
    page = status_list(subject={"statusPurpose": list(SET)})
    assert found(look_up(page, entry(str(REVOKED), statusPurpose=purpose))) == expected


@pytest.mark.parametrize("purpose", ["revocation", "message"])
def test_a_list_for_another_purpose_says_nothing(purpose: str) -> None:
    page = status_list(subject={"statusPurpose": "suspension"})
    assert found(look_up(page, entry(statusPurpose=purpose))) == UNVERIFIED


def test_an_unknown_purpose_is_not_judged() -> None:
    web = FakeWeb({URL: status_list(subject={"statusPurpose": "pause"})})
    badge_of = signed(credentialStatus=entry(statusPurpose="pause"))
    assert found(mc.Verifier(trusted_issuers={KEY.did}, fetcher=web).check(badge_of, at=AT)) == UNSUPPORTED
    assert web.requests == []


def messages(size: int) -> list[JSONValue]:
    return [{"status": f"0x{value:x}", "message": f"state {value}"} for value in range(2**size)]


@pytest.mark.parametrize("size", [2, 3, 8])
def test_entries_of_several_bits(size: int) -> None:
    encoded = StatusList.from_indexes([5], size=size, value=2).encode()
    for purpose, expected in (("message", ("passed", "STATUS_MESSAGE")), ("revocation", REFUSED)):
        page = status_list(subject={"statusPurpose": purpose, "encodedList": encoded})
        of_size: JSONObject = {"statusPurpose": purpose, "statusSize": size, "statusMessage": messages(size)}
        assert found(look_up(page, entry("5", **of_size))) == expected
        assert found(look_up(page, entry("4", **of_size))) == PASSED
        assert found(look_up(page, entry("6", **of_size))) == PASSED
        assert found(look_up(page, entry("131071", **of_size))) == PASSED
        assert found(look_up(page, entry("131072", **of_size))) == ("indeterminate", "RANGE_ERROR")
    # A list that says how large its entries are must say the same; else another entry would be read.
    sized = jwt_list(unsigned_list(subject={"encodedList": encoded, "statusSize": size}))
    assert found(look_up(sized, entry("10"))) == UNVERIFIED
    assert found(look_up(sized, entry("5", statusSize=size, statusMessage=messages(size)))) == REFUSED
    # The length is counted in entries (§3.2 step 9).
    page = status_list()
    short = look_up(page, entry("5", statusSize=size, statusMessage=messages(size)))
    assert found(short) == ("indeterminate", "STATUS_LIST_LENGTH_ERROR")


def test_a_message_is_pointed_to_and_not_repeated() -> None:
    encoded = StatusList.from_indexes([5], size=2, value=2).encode()
    page = status_list(subject={"statusPurpose": ["message", "revocation"], "encodedList": encoded})
    words: list[JSONValue] = [*messages(2)[::-1][:3], {"status": "0x0000", "message": "<script>"}]
    of_size: JSONObject = {"statusPurpose": "message", "statusSize": 2, "statusMessage": words}
    alone = look_up(page, entry("5", **of_size))["credential_status"]
    assert alone.pointer == "/credentialStatus/statusMessage/1"
    second = look_up(page, entry("4", **of_size), entry("5", **of_size))["credential_status"]
    assert (second.code, second.pointer) == ("STATUS_MESSAGE", "/credentialStatus/1/statusMessage/1")
    assert "state" not in repr(alone)
    # Where no words belong to the value, the entry is pointed to.
    of_size["statusMessage"] = [{"status": "0x0", "message": "pending"}] * 4
    assert look_up(page, entry("5", **of_size))["credential_status"].pointer == "/credentialStatus"


@pytest.mark.parametrize(
    "changes",
    [
        {"statusSize": 0},
        {"statusSize": -1},
        {"statusSize": 1.5},
        {"statusSize": "2", "statusMessage": messages(2)},
        {"statusSize": True},
        {"statusSize": 2},
        {"statusSize": 2, "statusMessage": messages(1)},
        {"statusSize": 1, "statusMessage": messages(2)},
        {"statusSize": 2, "statusMessage": "accepted"},
        {"statusSize": 1, "statusMessage": [{"status": "0x0", "message": "good"}, {"status": "1", "message": "bad"}]},
        {"statusSize": 1, "statusMessage": [{"status": "0x0", "message": "good"}, "bad"]},
        {"statusSize": 10**9, "statusMessage": messages(2)},
        {"statusPurpose": None},
        {"statusPurpose": ["revocation"]},
        {"statusListCredential": None},
        {"statusListCredential": 7},
    ],
)
def test_an_entry_that_breaks_the_rules_is_malformed(changes: JSONObject) -> None:
    web = FakeWeb({URL: status_list()})
    token = mc.signing.encode_jwt(badge(KEY.did, credentialStatus=entry(**changes)), KEY, kid=KEY.verification_method)
    status = mc.Verifier(trusted_issuers={KEY.did}, fetcher=web).check(token, at=AT)["credential_status"]
    assert (status.outcome, status.code, web.requests) == (*MALFORMED, [])


def test_every_entry_counts() -> None:
    pages: dict[str, Page] = {URL: status_list(), SECOND: status_list(id=SECOND)}
    second = entry(str(REVOKED), statusListCredential=SECOND)
    report = look_up_in(pages, entry(), second)
    assert (found(report), report["credential_status"].pointer) == (REFUSED, "/credentialStatus/1")
    # What is bad goes before what is unknown, wherever it stands.
    report = look_up_in({URL: status_list()}, second, entry(str(REVOKED)))
    assert (found(report), report["credential_status"].pointer) == (REFUSED, "/credentialStatus/1")
    report = look_up_in({URL: status_list()}, entry(), second)
    assert (found(report), report["credential_status"].pointer) == (UNREACHABLE, "/credentialStatus/1")
    assert found(look_up_in(pages, entry(), entry())) == PASSED
    assert found(look_up_in(pages, entry(str(REVOKED)), entry(str(REVOKED)))) == REFUSED


def test_entries_of_one_id_decide_nothing_where_the_holder_could_exchange_their_members() -> None:
    pages: dict[str, Page] = {URL: status_list(), SECOND: status_list(subject=SUSPENSIONS, id=SECOND)}
    suspended: JSONObject = {"statusPurpose": "suspension", "statusListCredential": SECOND}
    revoked = [entry(str(REVOKED), id="urn:e:1"), entry(str(GOOD), id="urn:e:1", **suspended)]
    assert found(look_up_in(pages, *revoked)) == REFUSED
    # The same statements in RDF: the indexes have changed places.
    exchanged = [entry(str(GOOD), id="urn:e:1"), entry(str(REVOKED), id="urn:e:1", **suspended)]
    one, two = (signed(credentialStatus=list(each)) for each in (revoked, exchanged))
    verifier = mc.Verifier(trusted_issuers={KEY.did})
    assert verifier.check({**one, "credentialStatus": list(exchanged)}, at=AT)["proof"].outcome == "passed"
    empty: dict[str, Page] = {
        URL: status_list(),
        SECOND: status_list(subject={**SUSPENSIONS, "encodedList": StatusList().encode()}, id=SECOND),
    }
    assert found(look_up_in(empty, *exchanged)) == ("indeterminate", "MALFORMED_VALUE_ERROR")
    # Entries that differ in one member have nothing to exchange, and a proof over JSON covers each where it stands.
    assert found(look_up_in(empty, entry(id="urn:e:1"), entry("9", id="urn:e:1"))) == PASSED
    over_json = mc.sign({**two, "proof": []}, KEY, cryptosuite=EDDSA_JCS_2022)
    web = FakeWeb(empty)
    assert mc.Verifier(trusted_issuers={KEY.did}, fetcher=web).check(over_json, at=AT)


def test_what_a_passed_entry_has_to_say_is_not_lost() -> None:
    page = status_list(subject={"statusPurpose": ["revocation", "refresh"]})
    refreshed = entry(str(REVOKED), statusPurpose="refresh")
    report = look_up(page, refreshed, entry())
    assert (found(report), report["credential_status"].pointer) == (
        ("passed", "REFRESH_AVAILABLE"),
        "/credentialStatus/0",
    )


# What is behind the URL


LISTS: dict[str, tuple[Callable[[], Page], tuple[str, str | None]]] = {
    "nothing": (lambda: FetchError(URL, "reset"), UNREACHABLE),
    "a page": (lambda: "<html>Not found</html>", UNREACHABLE),
    "no JSON": (lambda: "not found", UNREACHABLE),
    "other JSON": (lambda: {"error": "not found"}, UNVERIFIED),
    "empty": (lambda: b"", UNREACHABLE),
    "a JSON list": (lambda: json.dumps([status_list()]), UNREACHABLE),
    "not signed": (lambda: unsigned_list(), UNVERIFIED),
    "changed": (lambda: {**status_list(), "validFrom": "2025-01-01T00:00:00Z"}, UNVERIFIED),
    "of another issuer": (lambda: status_list(OTHER), UNVERIFIED),
    "in the issuer's name, by another key": (
        lambda: add_proof(unsigned_list(), OTHER, verification_method=OTHER.verification_method),
        UNVERIFIED,
    ),
    "expired": (lambda: status_list(validUntil="2026-05-31T00:00:00Z"), UNVERIFIED),
    "not valid yet": (lambda: status_list(validFrom="2026-06-02T00:00:00Z"), UNVERIFIED),
    "with another id": (lambda: status_list(id=SECOND), UNVERIFIED),
    "with an id that is no text": (lambda: jwt_list({**unsigned_list(), "id": None}), UNVERIFIED),
    "of another type": (lambda: status_list(type=["VerifiableCredential"]), UNVERIFIED),
    "about something else": (lambda: jwt_list(unsigned_list(subject={"type": "Person"})), UNVERIFIED),
    "without a purpose": (lambda: jwt_list(unsigned_list(subject={"statusPurpose": None})), UNVERIFIED),
    "without bits": (lambda: jwt_list(unsigned_list(subject={"encodedList": None})), UNVERIFIED),
    "bits without a prefix": (
        lambda: status_list(subject={"encodedList": BITS[1:]}),
        ("indeterminate", "MALFORMED_VALUE_ERROR"),
    ),
    "damaged bits": (
        lambda: status_list(subject={"encodedList": BITS[:-6]}),
        ("indeterminate", "MALFORMED_VALUE_ERROR"),
    ),
    "two lists": (
        lambda: jwt_list({**unsigned_list(), "credentialSubject": [unsigned_list()["credentialSubject"]] * 2}),
        UNVERIFIED,
    ),
    "short": (
        lambda: status_list(subject={"encodedList": StatusList(131_064).encode(minimum_entries=0)}),
        ("indeterminate", "STATUS_LIST_LENGTH_ERROR"),
    ),
    "with a status of its own": (lambda: status_list(credentialStatus=entry(statusListCredential=SECOND)), UNSUPPORTED),
    "with itself as its status": (lambda: status_list(credentialStatus=entry()), UNSUPPORTED),
    "an unknown cryptosuite": (lambda: with_proof(cryptosuite="eddsa-rdfc-2099"), UNSUPPORTED),
    "a key that cannot be looked up": (
        lambda: with_proof(verificationMethod="https://example.edu/keys#1"),
        UNREACHABLE,
    ),
    "JWT without a signature": (lambda: jwt_list(unsigned_list(), algorithm="none", signature=b"-"), UNVERIFIED),
    "JWT with a wrong signature": (lambda: jwt_list(unsigned_list(), signature=bytes(64)), UNVERIFIED),
    "JWT of another issuer": (lambda: jwt_list(unsigned_list(OTHER.did), OTHER), UNVERIFIED),
    "JWT that has expired": (lambda: jwt_list({**unsigned_list(), "exp": 1_700_000_000}), UNVERIFIED),
}


def test_a_list_need_not_have_an_id_where_https_vouches_for_it() -> None:
    assert found(look_up(status_list(id=None))) == PASSED
    assert found(look_up(status_list(id=None), entry(str(REVOKED)))) == REFUSED
    plain = "http://127.0.0.1/status/1"
    web = FakeWeb({plain: status_list(id=None)})
    web.allow_http = True
    document = signed(credentialStatus=entry(statusListCredential=plain))
    assert found(mc.Verifier(trusted_issuers={KEY.did}, fetcher=web).check(document, at=AT)) == UNVERIFIED
    web.pages[plain] = status_list(id=plain)
    assert found(mc.Verifier(trusted_issuers={KEY.did}, fetcher=web).check(document, at=AT)) == PASSED


def with_proof(**changes: JSONValue) -> JSONObject:
    document = status_list()
    return {**document, "proof": {**proof_of(document), **changes}}


def proof_of(document: JSONObject) -> JSONObject:
    proofs = document["proof"]
    return as_object(proofs[0] if isinstance(proofs, list) else proofs)


def jwt_list(
    document: JSONObject, key: mc.SigningKey = KEY, *, algorithm: str = "EdDSA", signature: bytes | None = None
) -> str:
    header = {"alg": algorithm, "typ": "vc+jwt", "kid": key.verification_method}
    text = ".".join(base64url_encode(json.dumps(part).encode()) for part in (header, document))
    return f"{text}.{base64url_encode(signature or key.sign(text.encode()))}"


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("index", [GOOD, REVOKED])
def test_what_is_no_list_of_the_issuer_for_the_entry_decides_nothing(name: str, index: int) -> None:
    make, expected = LISTS[name]
    assert found(look_up(make(), entry(str(index)))) == expected


@pytest.mark.parametrize(
    "form",
    [
        lambda: status_list(),
        lambda: json.dumps(status_list()).encode(),
        lambda: "\n" + json.dumps(status_list()),
        lambda: add_proof(
            unsigned_list(), KEY, verification_method=KEY.verification_method, cryptosuite=EDDSA_JCS_2022
        ),
        lambda: mc.sign_jwt(unsigned_list(), KEY, profile="vc-jose"),
        lambda: mc.sign_jwt(unsigned_list(), KEY, profile="vc-jose").encode() + b"\n",
        lambda: jwt_list(unsigned_list()),
        lambda: jwt_list({**unsigned_list(), "issuer": {"id": KEY.did, "name": "Example University"}}),
        lambda: enveloped(mc.sign_jwt(unsigned_list(), KEY, profile="vc-jose")),
        lambda: mc.sign_cose(unsigned_list(), KEY),
        lambda: mc.sign_sd_jwt(unsigned_list(), KEY, holder_key=None, disclosable=()),
    ],
    ids=[
        "dict",
        "bytes",
        "text",
        "jcs",
        "JWT",
        "JWT bytes",
        "other JWT",
        "issuer as object",
        "enveloped",
        "COSE",
        "SD-JWT",
    ],
)
def test_a_list_is_read_in_every_form_of_a_credential(form: Callable[[], Page]) -> None:
    page = form()
    assert found(look_up(page, entry(str(REVOKED)))) == REFUSED
    assert found(look_up(page, entry())) == PASSED


def enveloped(token: str) -> JSONObject:
    return {"@context": V2, "type": "EnvelopedVerifiableCredential", "id": f"data:application/vc+jwt,{token}"}


def test_a_bomb_is_stopped() -> None:
    bomb = status_list(subject={"encodedList": StatusList(200_000_000).encode()})
    assert found(look_up(bomb)) == ("indeterminate", "TOO_COMPLEX")
    small = mc.Limits(max_status_list_bytes=16_383)
    assert found(look_up(status_list(), limits=small)) == ("indeterminate", "TOO_COMPLEX")
    assert found(look_up(status_list(), limits=mc.Limits(max_status_list_bytes=16_384))) == PASSED


@pytest.mark.parametrize("url", ["ftp://example.edu/status", "did:example:list", "data:,list", "file:///x"])
def test_only_web_addresses_are_fetched(url: str) -> None:
    web = FakeWeb({})
    report = mc.Verifier(trusted_issuers={KEY.did}, fetcher=web).check(
        signed(credentialStatus=entry(statusListCredential=url)), at=AT
    )
    assert (found(report), web.requests) == (UNSUPPORTED, [])


def test_the_order_of_types_does_not_decide_how_an_entry_is_judged() -> None:
    kinds = ["BitstringStatusListEntry", "1EdTechRevocationList"]
    contexts = [*cast("list[JSONValue]", badge()["@context"]), EXTENSIONS]
    for types in (kinds, kinds[::-1]):
        document = badge(KEY.did, **{"@context": contexts}, credentialStatus={**entry(), "type": types})
        verifier = mc.Verifier(trusted_issuers={KEY.did})
        assert found(verifier.check(mc.sign(document, KEY), at=AT)) == UNSUPPORTED


def test_without_a_fetcher_the_status_is_unknown() -> None:
    report = mc.Verifier(trusted_issuers={KEY.did}).check(signed(credentialStatus=entry()), at=AT)
    assert found(report) == UNREACHABLE
    assert not report.refused


def test_nothing_is_fetched_for_a_credential_that_is_not_proven() -> None:
    web = FakeWeb({URL: status_list()})
    changed = signed(credentialStatus=entry()) | {"name": "Another"}
    report = mc.Verifier(trusted_issuers={KEY.did}, fetcher=web).check(changed, at=AT)
    assert (report["credential_status"].code, web.requests) == (Code.STATUS_RETRIEVAL_ERROR, [])


def test_a_list_that_names_itself_is_judged_once() -> None:
    web = FakeWeb({URL: status_list(credentialStatus=entry())})
    verifier = mc.Verifier(trusted_issuers={KEY.did}, fetcher=web)
    report = verifier.check(status_list(credentialStatus=entry()), at=AT)
    assert report["credential_status"].code == "UNSUPPORTED"
    assert web.requests == [URL]


def test_entries_cost_no_more_requests_than_the_limits_allow() -> None:
    web = FakeWeb({URL: status_list()})
    verifier = mc.Verifier(trusted_issuers={KEY.did}, fetcher=web, limits=mc.Limits(max_fetches=5))
    elsewhere = [entry(statusListCredential=f"https://example.edu/status/{number}") for number in range(20)]
    report = verifier.check(signed(credentialStatus=elsewhere), at=AT)
    assert (found(report), len(web.requests)) == (UNREACHABLE, 5)
    # One list is asked for once.
    web.requests.clear()
    report = verifier.check(signed(credentialStatus=[entry()] * 20), at=AT)
    assert (found(report), len(web.requests)) == (PASSED, 1)


def test_asynchronous_verifiers_judge_the_same() -> None:
    web = FakeWeb({URL: status_list()})
    verifier = mc.AsyncVerifier(trusted_issuers={KEY.did}, fetcher=web)
    assert found(asyncio.run(verifier.check(signed(credentialStatus=entry(str(REVOKED))), at=AT))) == REFUSED
    assert found(asyncio.run(verifier.check(signed(credentialStatus=entry()), at=AT))) == PASSED


def test_the_credentials_of_a_presentation_are_looked_up_too() -> None:
    verifier = mc.Verifier(trusted_issuers={KEY.did}, fetcher=FakeWeb({URL: status_list()}))
    shown: JSONObject = {
        "@context": [V2],
        "type": ["VerifiablePresentation"],
        "holder": OTHER.did,
        "verifiableCredential": [signed(credentialStatus=entry(str(index))) for index in (GOOD, REVOKED)],
    }
    secured = mc.signing.add_proof(
        shown,
        OTHER,
        verification_method=OTHER.verification_method,
        proof_purpose="authentication",
    )
    report = verifier.check_presentation(secured, challenge=None, domain=None, at=AT)
    assert [found(each) for each in report.credentials] == [PASSED, REFUSED]


# Whose list it is


def test_others_may_keep_lists_where_the_caller_says_so() -> None:
    page = status_list(OTHER)
    for others, expected in (
        ({KEY.did: [OTHER.did]}, REFUSED),
        ({KEY.did: {OTHER.did, "did:example:third"}}, REFUSED),
        ({KEY.did: ["did:example:third"]}, UNVERIFIED),
        ({OTHER.did: [KEY.did]}, UNVERIFIED),
        ({OTHER.did: [OTHER.did]}, UNVERIFIED),
        ({}, UNVERIFIED),
    ):
        method = BitstringStatus(list_issuers=others)
        assert found(look_up(page, entry(str(REVOKED)), method=method)) == expected
    assert found(look_up(page, method=BitstringStatus(list_issuers={KEY.did: [OTHER.did]}))) == PASSED
    # The issuer's own lists count all the same.
    assert found(look_up(status_list(), method=BitstringStatus(list_issuers={KEY.did: [OTHER.did]}))) == PASSED
    with pytest.raises(TypeError):
        BitstringStatus(list_issuers={KEY.did: OTHER.did})


def test_a_short_list_is_read_where_the_caller_says_so() -> None:
    statuses = StatusList.from_indexes([7], 1_024)
    page = status_list(subject={"encodedList": statuses.encode(minimum_entries=1_024)})
    for least, expected in (
        (131_072, "STATUS_LIST_LENGTH_ERROR"),
        (1_025, "STATUS_LIST_LENGTH_ERROR"),
        (1_024, "REVOKED"),
    ):
        assert found(look_up(page, entry("7"), method=BitstringStatus(minimum_entries=least)))[1] == expected
    assert found(look_up(page, entry("8"), method=BitstringStatus(minimum_entries=1_024))) == PASSED


def test_a_list_by_a_key_that_is_only_claimed_is_not_heard() -> None:
    claimed = f"{ISSUER}#{KEY.public_key.multikey}"
    page = add_proof(unsigned_list(ISSUER), KEY, verification_method=claimed)
    document = mc.sign(badge(ISSUER, credentialStatus=entry(str(REVOKED))), KEY, verification_method=claimed)
    anyone = mc.Verifier(trusted_issuers=mc.ANY_ISSUER, fetcher=FakeWeb({URL: page}))
    status = anyone.check(document, at=AT)["credential_status"]
    assert (status.outcome, status.code) == UNVERIFIED
    # The same with the key pinned.
    pinned = mc.Verifier(trusted_issuers={ISSUER: KEY.public_key}, fetcher=FakeWeb({URL: page}))
    assert found(pinned.check(document, at=AT)) == REFUSED
    # And another key is no good then.
    page = add_proof(unsigned_list(ISSUER), OTHER, verification_method=f"{ISSUER}#{OTHER.public_key.multikey}")
    pinned = mc.Verifier(trusted_issuers={ISSUER: KEY.public_key}, fetcher=FakeWeb({URL: page}))
    assert found(pinned.check(document, at=AT)) == UNVERIFIED


class Issuers:
    """A DID method whose documents are on the web."""

    name = "campus"

    def resolve(self, did: str) -> Steps[JSONObject]:
        answer = yield Fetch(f"https://example.edu/{did.rpartition(':')[2]}")
        return as_object(json.loads(answer.content))


def did_document(did: str, key: mc.SigningKey = KEY, **changes: JSONValue) -> JSONObject:
    method: JSONObject = {
        "id": f"{did}#1",
        "type": "Multikey",
        "controller": did,
        "publicKeyMultibase": key.public_key.multikey,
        **changes,
    }
    return {"id": did, "verificationMethod": [method], "assertionMethod": [f"{did}#1"]}


def test_the_key_of_a_list_is_looked_up_like_that_of_the_credential() -> None:
    did = "did:campus:main"
    page = add_proof(unsigned_list(did), KEY, verification_method=f"{did}#1")
    document = mc.sign(badge(did, credentialStatus=entry(str(REVOKED))), KEY, verification_method=f"{did}#1")
    web = FakeWeb({URL: page, "https://example.edu/main": did_document(did)})
    verifier = mc.Verifier(trusted_issuers={did}, did_methods=[Issuers()], fetcher=web)
    assert found(verifier.check(document, at=AT)) == REFUSED


# What is remembered


class Counting:
    """A fetcher that serves one list to each of many checks, as fresh bytes."""

    def __init__(self, page: bytes) -> None:
        self.page = page

    def fetch(self, request: Fetch) -> FetchResult:
        return FetchResult(request.url, bytes(bytearray(self.page)))


def test_the_list_of_many_credentials_is_judged_once(monkeypatch: pytest.MonkeyPatch) -> None:
    judged: list[int] = []
    real = gzip_reader(judged)
    monkeypatch.setattr("microcred.verify.status_lists.decode_bits", real)
    verifier = mc.Verifier(trusted_issuers={KEY.did}, fetcher=Counting(json.dumps(status_list()).encode()))
    for index in range(20):
        second = AT + timedelta(seconds=index)
        assert found(verifier.check(signed(credentialStatus=entry(str(index))), at=second)) == PASSED
    assert found(verifier.check(signed(credentialStatus=entry(str(REVOKED))), at=AT)) == REFUSED
    assert len(judged) == 1
    # A minute later, whatever is behind the keys is looked at again.
    assert found(verifier.check(signed(credentialStatus=entry()), at=AT + timedelta(seconds=60))) == PASSED
    assert len(judged) == 2


def gzip_reader(calls: list[int]) -> Callable[..., bytes]:
    from microcred.status import decode_bits

    def read(encoded: str, *, bare: bool, limits: mc.Limits) -> bytes:
        calls.append(len(encoded))
        return decode_bits(encoded, bare=bare, limits=limits)

    return read


def test_what_was_revoked_in_between_is_seen_at_once() -> None:
    web = FakeWeb({URL: status_list()})
    verifier = mc.Verifier(trusted_issuers={KEY.did}, fetcher=web)
    document = signed(credentialStatus=entry("7"))
    assert found(verifier.check(document, at=AT)) == PASSED
    web.pages[URL] = status_list(subject={"encodedList": StatusList.from_indexes([7]).encode()})
    assert found(verifier.check(document, at=AT)) == REFUSED
    web.pages[URL] = status_list(subject={"ttl": 10**9})
    assert found(verifier.check(document, at=AT)) == PASSED
    del web.pages[URL]
    assert found(verifier.check(document, at=AT)) == UNREACHABLE


@pytest.mark.parametrize(
    "make",
    [
        lambda end: status_list(validUntil=end),
        lambda end: jwt_list(unsigned_list(validUntil=end)),
        lambda end: jwt_list({**unsigned_list(), "exp": int(datetime.fromisoformat(end).timestamp())}),
        lambda end: add_proof(
            unsigned_list(), KEY, verification_method=KEY.verification_method, options={"expires": end}
        ),
    ],
    ids=["validUntil", "validUntil in a JWT", "exp", "proof"],
)
def test_the_dates_of_a_remembered_list_are_compared_each_time(make: Callable[[str], Page]) -> None:
    web = FakeWeb({URL: make("2026-06-01T00:00:10+00:00")})
    verifier = mc.Verifier(trusted_issuers={KEY.did}, fetcher=web, clock_skew=timedelta(seconds=5))
    document = signed(credentialStatus=entry(), validFrom="2020-05-01T09:30:00Z")

    def after(seconds: float) -> tuple[str, str | None]:
        return found(verifier.check(document, at=AT + timedelta(seconds=seconds)))

    assert [after(seconds) for seconds in (0, 9, 10, 15)] == [PASSED] * 4
    assert after(15.001) == UNVERIFIED
    assert after(9) == PASSED


def test_a_moment_before_the_list_began_is_not_answered_from_memory() -> None:
    web = FakeWeb({URL: status_list(validFrom="2026-06-01T00:00:00Z")})
    verifier = mc.Verifier(trusted_issuers={KEY.did}, fetcher=web)
    document = signed(credentialStatus=entry())
    assert found(verifier.check(document, at=AT)) == PASSED
    assert found(verifier.check(document, at=AT - timedelta(seconds=61))) == UNVERIFIED


_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


@pytest.mark.parametrize(("end", "verified"), [(_FIRST, False), (_LAST, True)])
def test_the_calendar_may_be_at_its_end(end: datetime, verified: bool) -> None:
    verifier = mc.Verifier(trusted_issuers={KEY.did}, fetcher=FakeWeb({URL: status_list()}))
    document = signed(credentialStatus=entry())
    for _ in range(2):
        assert verifier.check(document, at=end).verified is verified
        assert verifier.check_with_bundle(document, at=end)[0].verified is verified
    for hours in (-2, 2):
        # In UTC, one of them is in no year that there is.
        moment = end.replace(tzinfo=timezone(timedelta(hours=hours)))
        if (hours > 0) == verified:
            assert verifier.check_with_bundle(document, at=moment)[0].verified is verified
        else:
            with pytest.raises(ValueError, match="year"):
                verifier.check(document, at=moment)


def test_a_date_in_a_proof_that_nobody_relies_on_does_no_harm() -> None:
    page = status_list()
    other = proof_of(status_list(OTHER))
    for expires in ("soon", "2026-06-01T00:00:00"):
        web = FakeWeb({URL: {**page, "proof": [proof_of(page), {**other, "expires": expires}]}})
        verifier = mc.Verifier(trusted_issuers={KEY.did}, fetcher=web)
        for _ in range(2):
            assert found(verifier.check(signed(credentialStatus=entry()), at=AT)) == PASSED


def test_verifiers_share_nothing() -> None:
    page, document = json.dumps(status_list(OTHER)), signed(credentialStatus=entry())
    method = BitstringStatus(list_issuers={KEY.did: [OTHER.did]})
    trusting = mc.Verifier(trusted_issuers={KEY.did}, fetcher=FakeWeb({URL: page}), status_methods=[method])
    assert found(trusting.check(document, at=AT)) == PASSED
    # The same method, in a verifier that knows another key for the issuer of the list.
    wary = mc.Verifier(
        trusted_issuers={KEY.did: KEY.public_key, OTHER.did: KEY.public_key},
        fetcher=FakeWeb({URL: page}),
        status_methods=[method],
    )
    assert found(wary.check(document, at=AT)) == UNVERIFIED


def test_a_verifier_that_remembers_can_go_to_another_process() -> None:
    verifier = mc.Verifier(trusted_issuers={KEY.did}, fetcher=FakeWeb({URL: status_list()}))
    document = signed(credentialStatus=entry(str(REVOKED)))
    assert found(verifier.check(document, at=AT)) == REFUSED
    assert found(pickle.loads(pickle.dumps(verifier)).check(document, at=AT)) == REFUSED


def test_memory_is_bounded() -> None:
    from microcred.verify.memory import Memory

    memory = Memory[int]()
    memory.max_weight = 1_000
    for number in range(100):
        memory.put(b"%03d" % number, number, weight=197)
    assert [memory.get(b"%03d" % number, AT) for number in range(94, 100)] == [None, 95, 96, 97, 98, 99]
    memory.put(b"huge", 1, weight=10_000)
    assert memory.get(b"huge", AT) is None
    for _ in range(100):
        memory.put(b"again", 7, weight=900)
    assert memory.get(b"again", AT) == 7


# StatusList2021


def older_list(subject: Mapping[str, JSONValue] | None = None, **changes: JSONValue) -> JSONObject:
    """Return a list as it was before: of the Data Model 1.1, since its context redefines names of 2.0."""
    members: JSONObject = {
        "@context": [V1, STATUS_2021, "https://w3id.org/security/data-integrity/v2"],
        "type": ["VerifiableCredential", "StatusList2021Credential"],
        "validFrom": None,
        "issuanceDate": "2026-01-01T00:00:00Z",
        **changes,
    }
    return status_list(KEY, {"type": "StatusList2021", "encodedList": BITS[1:], **(subject or {})}, **members)


def check_older(page: JSONObject, index: int = GOOD, **changes: JSONValue) -> tuple[str, str | None]:
    verifier = mc.Verifier(trusted_issuers={KEY.did}, fetcher=FakeWeb({URL: page}))
    document = badge(KEY.did, credentialStatus=entry(str(index), type="StatusList2021Entry", **changes))
    contexts = document["@context"]
    assert isinstance(contexts, list)
    contexts.append(STATUS_2021)
    return found(verifier.check(mc.sign(document, KEY), at=AT))


def test_the_older_status_list_2021_is_read() -> None:
    padded = base64.b64encode(gzip.compress(bytes(16_384), mtime=0)).decode()
    for encoded in (BITS[1:], BITS):
        assert check_older(older_list({"encodedList": encoded})) == PASSED
        assert check_older(older_list({"encodedList": encoded}), REVOKED) == REFUSED
    assert check_older(older_list({"encodedList": padded})) == PASSED
    suspended = older_list({"statusPurpose": "suspension"})
    assert check_older(suspended, REVOKED, statusPurpose="suspension") == ("failed", "SUSPENDED")
    short = StatusList(131_064).encode(minimum_entries=0)[1:]
    assert check_older(older_list({"encodedList": short})) == ("indeterminate", "STATUS_LIST_LENGTH_ERROR")
    assert check_older(older_list(), statusPurpose="message") == UNSUPPORTED


def test_the_two_generations_are_not_mixed() -> None:
    assert check_older(status_list()) == UNVERIFIED
    assert found(look_up(older_list())) == UNVERIFIED


# Methods of the caller


class Lenient:
    """A status method of the caller's, for a type that is built in."""

    types = frozenset(["BitstringStatusListEntry"])

    def check(self, entry: JSONObject, credential: JSONObject, *, at: datetime) -> Steps[Finding]:
        assert entry["type"] in self.types
        assert (credential["type"], at) == (badge()["type"], AT)
        yield from ()
        return Finding.passed("", "OURS")


def test_a_method_of_the_caller_replaces_the_built_in_one() -> None:
    verifier = mc.Verifier(trusted_issuers={KEY.did}, status_methods=[Lenient()])
    assert found(verifier.check(signed(credentialStatus=entry()), at=AT)) == ("passed", "OURS")
    older = mc.signing.encode_jwt(
        badge(KEY.did, credentialStatus=entry(type="StatusList2021Entry")), KEY, kid=KEY.verification_method
    )
    assert found(verifier.check(older, at=AT)) == UNREACHABLE


def test_a_method_without_a_verifier_is_misuse() -> None:
    for method in (BitstringStatus(), RevocationList1EdTech()):
        with pytest.raises(ValueError, match="verifier"):
            next(method.check(entry(), badge(), at=AT))


# What others published


def check_published(
    path: str, indexes: Iterable[int], *, minimum_entries: int = 131_072, keys: Mapping[str, mc.PublicKey] | None = None
) -> list[tuple[str, str | None]]:
    """Look up indexes in a published list, for a badge of ours whose lists its issuer may keep."""
    page = load_json(SAMPLES / path)
    url, issuer = str(page["id"]), str(page["issuer"])
    method = BitstringStatus(list_issuers={KEY.did: [issuer]}, minimum_entries=minimum_entries)
    trusted = {KEY.did: KEY.public_key, **(keys or {})}
    verifier = mc.Verifier(trusted_issuers=trusted, status_methods=[method], fetcher=FakeWeb({url: page}))
    return [
        found(verifier.check(signed(credentialStatus=entry(str(index), statusListCredential=url)), at=AT))
        for index in indexes
    ]


@pytest.mark.usefixtures("shared")
def test_the_list_of_the_official_validator_is_judged() -> None:
    path, issuer = "validator/ob30/bit-string-list/testlist", "https://1edtech.edu/issuers/565049"
    key = mc.PublicKey.from_multikey("z6MkjZRZv3aez3r18pB1RBFJR1kwUVJ5jHt92JmQwXbd5hwi")
    assert check_published(path, [22, 23, 24], keys={issuer: key}) == [PASSED, REFUSED, PASSED]
    assert check_published(path, [22, 23]) == [UNVERIFIED] * 2
    assert check_published(path, [22, 23], keys={issuer: OTHER.public_key}) == [UNVERIFIED] * 2


FIXTURES = "mocks/vc-test-fixtures/statusLists/didkey-ed25519Signature2020"


@pytest.mark.usefixtures("shared")
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("e5WK8CbZ1GjycuPombrj", [REFUSED, PASSED]),
        ("expired", [UNVERIFIED] * 2),
        ("notYetValid", [UNVERIFIED] * 2),
        ("tampered", [UNVERIFIED] * 2),
        ("missingBitStringType", [UNVERIFIED] * 2),
    ],
)
def test_the_lists_of_the_dcc_are_judged(name: str, expected: list[tuple[str, str | None]]) -> None:
    assert check_published(f"{FIXTURES}/{name}.json", [8, 7], minimum_entries=100_000) == expected
    if name == "e5WK8CbZ1GjycuPombrj":
        short = ("indeterminate", "STATUS_LIST_LENGTH_ERROR")
        assert check_published(f"{FIXTURES}/{name}.json", [8, 7]) == [short] * 2


@pytest.mark.usefixtures("shared")
def test_credentials_and_lists_of_another_implementation_verify() -> None:
    """Recorded from Digital Bazaar's libraries, which issued the credentials, each with an entry, and the list."""
    path = SHARED / "vectors/vc-api/vc-bitstring-status-list-test-suite.jsonl"
    records = [json.loads(line) for line in path.read_text().splitlines()]
    lists = [json.loads(each["answer"]) for each in records if each["method"] == "GET"]
    issued = [
        json.loads(each["answer"]) for each in records if each["path"].endswith("issue") and each["status"] == 201
    ]
    pages: dict[str, Page] = {str(each["id"]): each for each in lists}
    at = datetime(2026, 11, 23, tzinfo=UTC)
    for credential in issued:
        web = FakeWeb(pages)
        # They ran on the machine itself, without TLS.
        web.allow_http = True
        verifier = mc.Verifier(trusted_issuers={credential["issuer"]}, fetcher=web)
        assert verifier.check(credential, at=at)["credential_status"].outcome == "passed"
        assert not mc.Verifier(trusted_issuers={credential["issuer"]}).check(credential, at=at)
    assert (len(issued), len(pages)) == (7, 1)


# Bitstring Status List 1.0 (W3C Recommendation, 15 May 2025), examples 4 and 5, as the W3C signed them.
EXAMPLES = {
    "https://www.w3.org/ns/credentials/examples/v2": {
        "@context": {"@vocab": "https://www.w3.org/ns/credentials/examples#"}
    }
}
W3C_ISSUER, W3C_LIST = "did:example:12345", "https://example.com/credentials/status/3"
W3C_SIGNED = {
    "eddsa-rdfc-2022": (
        "did:key:z6MkeVw6bAm59CopQquZcVLUpapvEEELqfpdWfHkSont8HR6",
        "z2Gjztpjjb7iJxNF9YZ4ssG6qTuv48XhsqTnMobv4ofFD12NNaeZmgwgkkPtYKHyESuEe1AHNBavjJaPbH9ZZJqxk",
        "z4hwxiLnXHLUAomJXtfoowKc1ZBNpw1Wjw1vYsXEvifETSh6odbtmh6qfEDijRBxCZJ5hjguPotaywncvcHQ9yfRf",
    ),
    "ecdsa-rdfc-2019": (
        "did:key:zDnaewCdcZ4ERAPqpnobQrwXcCRqCw7tWR95DSnQPaMhwJJnv",
        "z5BvvQfoLh7oUysotjUb5Ru2pEg1cTUg4C4eu5nvhzaDg6BGstD5tUaTkwGhsevuG1jQ72kY1uKvXdp9faaVJnEFw",
        "z5bsyxwuDdVqgh7eXAPZaXQvuixSHXXoodfjsp8hGiLoJknAFZJuasbkioubs4bbjKTkwLfc6NT6V1Ye6BWKUDdXU",
    ),
}


@pytest.mark.parametrize("suite", W3C_SIGNED)
def test_the_signed_examples_of_the_standard_verify(suite: str) -> None:
    did, proof_of_credential, proof_of_list = W3C_SIGNED[suite]
    contexts: JSONValue = [V2, *EXAMPLES]

    def secured(document: JSONObject, proof_value: str) -> JSONObject:
        proof: JSONObject = {
            "type": "DataIntegrityProof",
            "created": "2025-04-27T20:53:40Z",
            "verificationMethod": did,
            "cryptosuite": suite,
            "proofPurpose": "assertionMethod",
            "proofValue": proof_value,
        }
        return {"@context": contexts, "issuer": W3C_ISSUER, **document, "proof": proof}

    credential = secured(
        {
            "id": "https://example.com/credentials/23894672394",
            "type": ["VerifiableCredential"],
            "validFrom": "2021-04-05T14:27:42Z",
            "credentialStatus": {
                **entry("94567", statusListCredential=W3C_LIST),
                "id": "https://example.com/credentials/status/3#94567",
            },
            "credentialSubject": {"id": "did:example:6789", "type": "Person"},
        },
        proof_of_credential,
    )
    page = secured(
        {
            "id": W3C_LIST,
            "type": ["VerifiableCredential", "BitstringStatusListCredential"],
            "validFrom": "2021-04-05T14:27:40Z",
            "credentialSubject": {
                "id": "https://example.com/status/3#list",
                "type": "BitstringStatusList",
                "statusPurpose": "revocation",
                "encodedList": "uH4sIAAAAAAAAA-3BMQEAAADCoPVPbQwfoAAAAAAAAAAAAAAAAAAAAIC3AYbSVKsAQAAA",
            },
        },
        proof_of_list,
    )
    key = mc.PublicKey.from_did(did)
    web = FakeWeb({W3C_LIST: page})
    verifier = mc.Verifier(trusted_issuers={W3C_ISSUER: key}, fetcher=web, contexts=EXAMPLES)  # type: ignore[arg-type]
    assert found(verifier.check(credential, at=AT)) == PASSED
    as_object(page["credentialSubject"])["encodedList"] = BITS
    assert found(verifier.check(credential, at=AT)) == UNVERIFIED
