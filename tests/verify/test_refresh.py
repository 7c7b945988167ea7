"""Refresh: when a newer version takes the place of a credential, and when nobody may put something in its place."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeAlias, cast

import pytest

import microcred as mc
from microcred.errors import FetchError
from microcred.json import JSONObject, JSONValue
from microcred.protocols import FetchResult
from microcred.signing import add_proof, encode_jwt, selective
from microcred.signing.sd_jwt import encode_sd_jwt
from microcred.status import StatusList
from microcred.testing import FakeWeb
from tests.make import AT, ISSUER, KEY, OTHER, badge, v1_badge

SERVICE, ELSEWHERE = "https://example.edu/refresh/1", "https://example.edu/refresh/2"
STATUS = "https://example.edu/status/1"
CHALLENGE, DOMAIN = "n-0S6_WzA2Mj", "https://employer.example"
NEWER = "2026-05-20T00:00:00Z"
CONTEXTS: list[JSONValue] = [
    *cast("list[JSONValue]", badge()["@context"]),
    "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json",
]
CLR = "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json"
NOBODY = {name: value for name, value in cast("JSONObject", badge()["credentialSubject"]).items() if name != "id"}
KNOWN_SERVICE: JSONObject = {"id": SERVICE, "type": "1EdTechCredentialRefresh"}

Page: TypeAlias = "bytes | str | JSONObject | FetchResult | FetchError"


def unsigned(key: mc.SigningKey = KEY, **changes: object) -> JSONObject:
    """Return a badge that names its refresh service; changes replace members, and None leaves them out."""
    document = badge(key.did, **{"@context": CONTEXTS, "refreshService": KNOWN_SERVICE})
    return {name: value for name, value in {**document, **changes}.items() if value is not None}  # type: ignore[misc]


def made(key: mc.SigningKey = KEY, **changes: object) -> JSONObject:
    return mc.sign(unsigned(key, **changes), key, created="2026-05-01T10:00:00Z")


def newer(**changes: object) -> JSONObject:
    """Return the version that the service hands out by now."""
    return made(KEY, **{"validFrom": NEWER, "name": "Rust 101, corrected", **changes})


def endorsement(**changes: object) -> JSONObject:
    """Return an endorsement of the issuer, not signed."""
    document = unsigned(
        OTHER,
        id="urn:uuid:5d1f4d0c-9f4a-4b0c-8b5e-0d9b1a1f2c3d",
        type=["VerifiableCredential", "EndorsementCredential"],
        name="A good school",
        credentialSubject={"id": KEY.did, "type": ["EndorsementSubject"]},
    )
    return {**document, **changes}  # type: ignore[dict-item]


def web(page: Page, **more: Page) -> FakeWeb:
    return FakeWeb({SERVICE: page, **more})


def verifier(page: Page | FakeWeb, *, refresh: bool = True, **arguments: object) -> mc.Verifier:
    fetcher = page if isinstance(page, FakeWeb) else web(page)
    trusted = arguments.pop("trusted_issuers", {KEY.did})
    return mc.Verifier(trusted_issuers=trusted, fetcher=fetcher, refresh=refresh, **arguments)  # type: ignore[arg-type]


def judged(
    page: Page | FakeWeb, credential: JSONObject | str | None = None
) -> tuple[JSONObject, mc.VerificationReport]:
    """Return what verified, and the report."""
    found, report = verifier(page).verify_with_report(made() if credential is None else credential, at=AT)
    return cast("JSONObject", found.model_dump()), report


def refusal(page: Page | FakeWeb, credential: JSONObject | str | None = None) -> mc.VerificationReport:
    with pytest.raises(mc.VerificationError) as caught:
        verifier(page).verify(made() if credential is None else credential, at=AT)
    report = caught.value.report
    assert isinstance(report, mc.VerificationReport)
    return report


def told(report: mc.VerificationReport) -> tuple[str, str | None]:
    assert report.refresh is not None
    return str(report.refresh.outcome), report.refresh.code


DONE, NOT_DONE = ("passed", None), ("indeterminate", "NOT_REFRESHED")


# A newer version takes the place of a credential


def test_the_newer_version_is_what_verify_returns_and_the_report_is_about() -> None:
    found, report = judged(newer())
    assert found == newer()
    assert report.verified
    assert report.refreshed
    assert told(report) == DONE


def test_a_newer_version_is_found_in_asynchronous_code_too() -> None:
    verify = mc.AsyncVerifier(trusted_issuers={KEY.did}, fetcher=web(newer())).verify_with_report
    found, report = asyncio.run(verify(made(), at=AT))
    assert (found.model_dump(), report.refreshed) == (newer(), True)


@pytest.mark.parametrize("original", [made, lambda: mc.sign_jwt(unsigned(), KEY)], ids=["proof", "jwt"])
@pytest.mark.parametrize(
    "page",
    [
        lambda: json.dumps(newer()),
        lambda: mc.sign_jwt(unsigned(validFrom=NEWER), KEY),
        lambda: mc.sign_jwt(unsigned(validFrom=NEWER), KEY).encode() + b"\n",
    ],
    ids=["json", "jwt", "jwt in a file"],
)
def test_both_may_come_in_any_form(original: Callable[[], JSONObject | str], page: Callable[[], Page]) -> None:
    found, report = judged(page(), original())
    assert found["validFrom"] == NEWER
    assert report.refreshed


def test_a_credential_of_the_data_model_1_1_is_refreshed_by_its_issuance_date() -> None:
    old = {**v1_badge(), "refreshService": KNOWN_SERVICE}
    old["@context"] = [*cast("list[JSONValue]", old["@context"]), *CONTEXTS[2:]]
    signed = add_proof(old, KEY, verification_method=KEY.verification_method)
    assert judged(newer(), signed)[1].refreshed
    assert told(judged(newer(validFrom="2026-04-30T00:00:00Z"), signed)[1]) == NOT_DONE


def test_the_newer_version_is_not_refreshed_again() -> None:
    pages = web(newer(refreshService={**KNOWN_SERVICE, "id": ELSEWHERE}), **{ELSEWHERE: made(validFrom=NEWER)})
    assert judged(pages)[0]["name"] == "Rust 101, corrected"
    assert pages.requests == [SERVICE]


def test_a_version_that_starts_at_the_same_time_is_as_new() -> None:
    renewed = made(validUntil="2030-01-01T00:00:00Z")
    assert judged(renewed, made(validUntil="2026-05-15T00:00:00Z"))[0] == renewed


@pytest.mark.parametrize(
    "stale",
    [
        made(validUntil="2026-05-15T00:00:00Z"),
        made(validUntil="2026-05-15T00:00:00Z", credentialStatus={"id": STATUS, "type": "1EdTechRevocationList"}),
    ],
    ids=["expired", "expired, with a status"],
)
def test_what_an_older_version_says_from_step_4_on_does_not_count(stale: JSONObject) -> None:
    pages = web(newer())
    assert not verifier(pages).check(stale, at=AT)
    pages.requests.clear()
    assert judged(pages, stale)[0] == newer()
    assert pages.requests == [SERVICE]


def listing(*revoked: str) -> JSONObject:
    return {"id": STATUS, "issuer": KEY.did, "revokedCredential": [{"id": each} for each in revoked]}


def test_a_version_that_was_revoked_in_favour_of_another_is_replaced() -> None:
    entry: JSONObject = {
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListCredential": STATUS,
    }
    bits = StatusList.from_indexes([7]).encode()
    published = mc.sign(
        {
            "@context": ["https://www.w3.org/ns/credentials/v2"],
            "id": STATUS,
            "type": ["VerifiableCredential", "BitstringStatusListCredential"],
            "issuer": KEY.did,
            "validFrom": "2026-01-01T00:00:00Z",
            "credentialSubject": {"type": "BitstringStatusList", "statusPurpose": "revocation", "encodedList": bits},
        },
        KEY,
    )
    first = made(credentialStatus={**entry, "statusListIndex": "7"})
    second = newer(credentialStatus={**entry, "statusListIndex": "8"})
    pages = web(second, **{STATUS: published})
    assert verifier(pages).check(first, at=AT)["credential_status"].code == "REVOKED"
    assert judged(pages, first)[0] == second
    # The service must not help those whose newest version was revoked too.
    pages.pages[SERVICE] = newer(credentialStatus={**entry, "statusListIndex": "7"})
    assert refusal(pages, first)["credential_status"].code == "REVOKED"


@pytest.mark.parametrize(
    ("changes", "check", "code"),
    [
        ({"validUntil": "2026-05-25T00:00:00Z"}, "validity_period", "EXPIRED"),
        ({"credentialStatus": {"id": STATUS, "type": "1EdTechRevocationList"}}, "credential_status", "REVOKED"),
        ({"credentialStatus": {"id": ELSEWHERE, "type": "1EdTechRevocationList"}}, "credential_status", None),
        ({"endorsement": [endorsement()]}, "endorsement", "PROOF_VERIFICATION_ERROR"),
    ],
    ids=["expired", "revoked", "status unknown", "endorsement"],
)
def test_what_the_newer_version_says_counts_even_where_the_older_one_is_good(
    changes: JSONObject, check: mc.verify.report.CheckName, code: str | None
) -> None:
    pages = web(newer(**changes), **{STATUS: listing(str(badge()["id"]))})
    assert verifier(pages).check(made(), at=AT)
    report = refusal(pages)
    assert report.refreshed
    assert report[check].code == (code or "STATUS_RETRIEVAL_ERROR")


def test_the_recipient_must_be_that_of_the_newer_version() -> None:
    subject = {**cast("JSONObject", badge()["credentialSubject"]), "id": "did:example:somebody-else"}
    to_others = verifier(newer(credentialSubject=subject))
    with pytest.raises(mc.VerificationError) as caught:
        to_others.verify(made(), at=AT, recipient="did:example:learner")
    assert caught.value.report["recipient"].code == "RECIPIENT_MISMATCH"


def test_an_unchanged_credential_is_told_as_such() -> None:
    for credential in (made(), mc.sign_jwt(unsigned(), KEY)):
        report = judged(credential, credential)[1]
        assert told(report) == ("skipped", None)
        assert not report.refreshed


# Nothing may be put in its place


def shown(credential: JSONObject, holder: mc.SigningKey) -> JSONObject:
    """Return a presentation for the occasion of the tests."""
    made_then = "2026-05-31T23:59:00Z"
    return mc.present([credential], holder, challenge=CHALLENGE, domain=DOMAIN, created=made_then).model_dump()


def tampered() -> JSONObject:
    return {**newer(), "name": "Rust 999"}


IMPOSTORS: dict[str, Callable[[], Page]] = {
    "unreachable": lambda: FetchError(SERVICE, "the server answered 503", 503),
    "nothing": lambda: b"",
    "a web page": lambda: "<html><title>Log in</title></html>",
    "no credential": lambda: "[]",
    "hostile JSON": lambda: "[" * 100_000,
    "an image": lambda: b"\x89PNG\r\n\x1a\n",
    "a broken JWT": lambda: mc.sign_jwt(unsigned(validFrom=NEWER), KEY)[:-4] + "AAAA",
    "another id": lambda: newer(id="urn:uuid:1c1f4d0c-9f4a-4b0c-8b5e-0d9b1a1f2c3d"),
    "no id": lambda: add_proof(unsigned(id=None), KEY, verification_method=KEY.verification_method),
    "another issuer": lambda: made(OTHER, validFrom=NEWER),
    "a foreign key": lambda: add_proof(unsigned(validFrom=NEWER), OTHER, verification_method=OTHER.verification_method),
    "no proof": lambda: unsigned(validFrom=NEWER),
    "tampered": tampered,
    "older": lambda: newer(validFrom="2026-05-01T09:29:59Z"),
    "no start": lambda: add_proof(unsigned(validFrom=None), KEY, verification_method=KEY.verification_method),
    "not valid yet": lambda: newer(validFrom="2026-06-01T00:01:01Z"),
    "against the standard": lambda: add_proof(
        unsigned(validFrom=NEWER, credentialSubject=NOBODY),
        KEY,
        verification_method=KEY.verification_method,
    ),
    "a schema that nobody knows": lambda: newer(
        credentialSchema=[{"id": "https://example.edu/schema.json", "type": "1EdTechJsonSchemaValidator2019"}]
    ),
    "a presentation": lambda: json.dumps(shown(newer(), KEY)),
}


@pytest.mark.parametrize("name", IMPOSTORS)
def test_without_a_newer_version_that_holds_the_credential_is_judged_as_it_is(name: str) -> None:
    page = IMPOSTORS[name]()
    pages = verifier(page, trusted_issuers={KEY.did, OTHER.did})
    found, report = pages.verify_with_report(made(), at=AT)
    assert found.model_dump() == made()
    assert report.verified
    assert told(report) == NOT_DONE
    expired = made(validUntil="2026-05-15T00:00:00Z")
    refused = refusal(page, expired)
    assert refused["validity_period"].code == "EXPIRED"
    assert told(refused) == NOT_DONE


def test_a_version_of_later_does_not_count_for_a_time_before_it() -> None:
    past = datetime(2026, 5, 10, tzinfo=UTC)
    found, report = verifier(newer()).verify_with_report(made(), at=past)
    assert found.model_dump() == made()
    assert told(report) == NOT_DONE


def test_a_learner_record_with_a_bad_credential_in_it_replaces_one_without() -> None:
    def record(*inside: JSONObject, **changes: object) -> JSONObject:
        document = unsigned(KEY, **changes)
        document |= {
            "@context": [*CONTEXTS[:1], CLR, *CONTEXTS[1:]],
            "id": "urn:uuid:7d1f4d0c-9f4a-4b0c-8b5e-0d9b1a1f2c3d",
            "type": ["VerifiableCredential", "ClrCredential"],
            "name": "Transcript",
            "credentialSubject": {
                "id": "did:example:learner",
                "type": ["ClrSubject"],
                "verifiableCredential": list(inside),
            },
        }
        return add_proof(document, KEY, verification_method=KEY.verification_method)

    good, bad = made(), made(validUntil="2026-05-15T00:00:00Z")
    report = refusal(record(good, bad, validFrom=NEWER), record(good))
    assert report.refreshed
    assert report["proof"].code == "EXPIRED"


# What is asked for, and when


def asked(credential: JSONObject | str, **arguments: object) -> list[str]:
    """Return the requests of a verification."""
    pages = web(newer())
    with contextlib.suppress(mc.VerificationError):
        verifier(pages, **arguments).verify(credential, at=AT)  # type: ignore[arg-type]
    return pages.requests


def test_a_good_credential_of_a_trusted_issuer_is_asked_for() -> None:
    assert asked(made()) == [SERVICE]
    assert asked(made(), trusted_issuers=mc.ANY_ISSUER) == [SERVICE]


def test_nothing_is_asked_for_what_holds_no_water() -> None:
    assert asked(unsigned()) == []
    assert asked(tampered()) == []
    assert asked(made(), trusted_issuers={OTHER.did}) == []
    malformed = unsigned(credentialSubject=NOBODY)
    assert asked(add_proof(malformed, KEY, verification_method=KEY.verification_method)) == []


def test_nothing_is_asked_where_nobody_knows_whose_the_key_is() -> None:
    document = unsigned(issuer={"id": ISSUER, "type": ["Profile"]})
    signed = add_proof(document, KEY, verification_method=f"{ISSUER}#{KEY.public_key.multikey}")
    pages = web(newer())
    report = verifier(pages, trusted_issuers=mc.ANY_ISSUER).verify_with_report(signed, at=AT)[1]
    assert report["issuer"].code == "ISSUER_KEY_NOT_BOUND"
    assert told(report) == NOT_DONE
    assert SERVICE not in pages.requests
    verifier(pages, trusted_issuers={ISSUER: KEY.public_key}).verify(signed, at=AT)
    assert SERVICE in pages.requests


def test_a_self_asserted_version_does_not_replace_one_whose_issuer_is_known() -> None:
    document = unsigned(issuer={"id": ISSUER, "type": ["Profile"]})
    by_jwks = encode_jwt(document, KEY, kid="https://example.edu/.well-known/jwks.json#1")
    keys: JSONObject = {"keys": [{**KEY.public_key.to_jwk(), "kid": "1"}]}
    impostor = add_proof(
        {**document, "validFrom": NEWER}, OTHER, verification_method=f"{ISSUER}#{OTHER.public_key.multikey}"
    )
    pages = web(impostor, **{"https://example.edu/.well-known/jwks.json": keys})
    found, report = verifier(pages, trusted_issuers=mc.ANY_ISSUER).verify_with_report(by_jwks, at=AT)
    assert verifier(pages, trusted_issuers=mc.ANY_ISSUER).check(impostor, at=AT)
    assert (found.model_dump()["validFrom"], told(report)) == (document["validFrom"], NOT_DONE)


def test_check_judges_what_the_caller_holds_and_asks_nobody() -> None:
    pages = web(newer())
    report = verifier(pages).check(made(), at=AT)
    assert (report.refresh, report.refreshed, pages.requests) == (None, False, [])
    report = asyncio.run(mc.AsyncVerifier(trusted_issuers={KEY.did}, fetcher=pages).check(made(), at=AT))
    assert (report.refresh, pages.requests) == (None, [])


def test_nobody_is_asked_when_the_caller_says_so() -> None:
    pages = web(newer())
    found, report = verifier(pages, refresh=False).verify_with_report(made(), at=AT)
    assert (found.model_dump(), report.refresh, pages.requests) == (made(), None, [])


def test_without_a_network_the_report_says_that_the_service_was_not_reached() -> None:
    found, report = mc.Verifier(trusted_issuers={KEY.did}).verify_with_report(made(), at=AT)
    assert (found.model_dump(), told(report)) == (made(), NOT_DONE)


@pytest.mark.parametrize(
    ("service", "expected"),
    [
        ([{"id": ELSEWHERE, "type": "https://example.edu/terms#Refresh"}, KNOWN_SERVICE], [SERVICE]),
        ([KNOWN_SERVICE, {**KNOWN_SERVICE, "id": ELSEWHERE}], [SERVICE]),
        ({**KNOWN_SERVICE, "type": ["https://example.edu/terms#Refresh", "1EdTechCredentialRefresh"]}, [SERVICE]),
        ({"id": SERVICE, "type": "https://example.edu/terms#Refresh"}, []),
        # Whoever is on the way could answer.
        ({**KNOWN_SERVICE, "id": "http://example.edu/refresh/1"}, []),
        ({**KNOWN_SERVICE, "id": "did:example:refresh"}, []),
        ({**KNOWN_SERVICE, "id": "https://example.edu@127.0.0.1/"}, []),
    ],
)
def test_the_first_service_of_the_known_type_is_asked(service: JSONValue, expected: list[str]) -> None:
    assert asked(mc.sign_jwt(unsigned(refreshService=service), KEY)) == expected


def test_a_service_of_another_type_is_neutral() -> None:
    other = made(refreshService={"id": SERVICE, "type": "https://example.edu/terms#Refresh"})
    assert judged(newer(), other)[1].refresh is None


def test_what_a_holder_chose_to_hide_is_not_asked_for() -> None:
    key = mc.SigningKey.generate("P-256")
    base = selective.add_base_proof(unsigned(key), key, verification_method=key.verification_method)
    shown = selective.derive(base, ["/refreshService"])
    assert "refreshService" in shown
    for credential in (shown, encode_sd_jwt(unsigned(name="Rust"), KEY, disclosable=["/name"])):
        pages = web(newer())
        report = verifier(pages, trusted_issuers={key.did, KEY.did}).verify_with_report(credential, at=AT)[1]
        assert (report.refresh, pages.requests) == (None, [])


def test_credentials_that_a_holder_shows_are_judged_as_shown() -> None:
    pages = web(newer())
    verified = verifier(pages).verify_presentation(shown(made(), OTHER), challenge=CHALLENGE, domain=DOMAIN, at=AT)
    assert verified.credentials[0].model_dump() == made()
    assert pages.requests == []


def test_credentials_inside_others_are_judged_as_they_stand() -> None:
    pages = web(FetchError(SERVICE, "none"))
    inside = mc.sign(endorsement(refreshService={**KNOWN_SERVICE, "id": ELSEWHERE}), OTHER)
    found, report = judged(pages, made(endorsement=[inside]))
    assert report["endorsement"].outcome == "passed"
    assert found["endorsement"] == [inside]
    assert pages.requests == [SERVICE]


# The report


def test_the_report_tells_of_the_refresh_beside_its_checks() -> None:
    refreshed, not_refreshed = judged(newer())[1], judged(b"")[1]
    assert [check.name for check in refreshed] == list(mc.verify.report.CHECKS)
    assert refreshed.to_dict()["refresh"] == {
        "name": "refresh",
        "outcome": "passed",
        "code": None,
        "detail": "the report is about the newer version that the issuer handed out",
        "pointer": None,
    }
    assert cast("JSONObject", not_refreshed.to_dict()["refresh"])["pointer"] == "/refreshService"
    assert not_refreshed.problems == ()
    assert "refresh" not in verifier(b"").check(made(), at=AT).to_dict()


def test_a_report_holds_nothing_of_what_a_service_answered() -> None:
    secret = "urn:uuid:secret"
    report = judged(newer(id=secret))[1]
    assert secret not in repr(report)
    assert SERVICE not in repr(report)


def test_a_credential_too_many_is_not_judged() -> None:
    tight = verifier(newer(), limits=mc.Limits(max_credentials=1))
    assert tight.verify_with_report(made(), at=AT)[1].refreshed
