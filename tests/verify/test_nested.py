"""Credentials inside others: endorsements of anything at any depth, and the credentials of a learner record."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

import microcred as mc
from microcred.json import JSONObject, JSONValue
from microcred.signing import encode_jwt
from microcred.testing import FakeWeb
from tests.make import AT, KEY, OTHER, badge, signed

ACHIEVEMENT = "https://example.edu/achievements/rust-101"
VERIFIER = mc.Verifier(trusted_issuers={KEY.did})


def endorsement(about: str = KEY.did, issuer: str = OTHER.did, **changes: object) -> JSONObject:
    document: dict[str, object] = {
        "@context": badge()["@context"],
        "id": "urn:uuid:5d1f4d0c-9f4a-4b0c-8b5e-0d9b1a1f2c3d",
        "type": ["VerifiableCredential", "EndorsementCredential"],
        "name": "A good course",
        "issuer": {"id": issuer, "type": ["Profile"], "name": "A friend"},
        "validFrom": "2026-05-01T09:30:00Z",
        "credentialSubject": {"id": about, "type": ["EndorsementSubject"], "endorsementComment": "Well taught."},
    }
    return cast(JSONObject, {**document, **changes})


def endorsed(**changes: object) -> JSONObject:
    return mc.sign(endorsement(**changes), OTHER)  # type: ignore[arg-type]


def in_issuer(value: JSONValue) -> JSONObject:
    document = badge()
    return mc.sign({**document, "issuer": {**cast(JSONObject, document["issuer"]), "endorsement": [value]}}, KEY)


def in_achievement(value: JSONValue) -> JSONObject:
    document = badge()
    cast(JSONObject, cast(JSONObject, document["credentialSubject"])["achievement"])["endorsement"] = value
    return mc.sign(document, KEY)


def in_credential(value: JSONValue) -> JSONObject:
    return signed(endorsement=[value])


PLACES: dict[str, Callable[[JSONValue], JSONObject]] = {
    "/issuer/endorsement/0": in_issuer,
    "/credentialSubject/achievement/endorsement": in_achievement,
    "/endorsement/0": in_credential,
}


@pytest.mark.parametrize("where", PLACES)
def test_good_endorsement_passes_wherever_it_stands(where: str) -> None:
    report = VERIFIER.check(PLACES[where](endorsed()), at=AT)
    assert report.verified
    assert report["endorsement"].outcome == "passed"
    (part,) = report["endorsement"].parts
    assert part.pointer == where
    assert part.report.verified
    assert part.report["issuer"].outcome == "passed"
    assert cast("list[JSONObject]", report.to_dict()["checks"])[6]["parts"]


@pytest.mark.parametrize("where", PLACES)
@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: {**endorsed(), "name": "Changed"}, "PROOF_VERIFICATION_ERROR"),
        (lambda: endorsed(validUntil="2026-05-15T00:00:00Z"), "EXPIRED"),
        (lambda: endorsed(validFrom="2026-07-01T00:00:00Z"), "NOT_YET_VALID"),
        (endorsement, "PROOF_VERIFICATION_ERROR"),
        (lambda: mc.sign(endorsement(issuer=KEY.did), KEY) | {"issuer": OTHER.did}, "INVALID_VERIFICATION_METHOD"),
    ],
    ids=["changed", "expired", "not yet", "unsigned", "foreign key"],
)
def test_endorsement_that_does_not_hold_fails_the_credential(
    where: str, make: Callable[[], JSONObject], code: str
) -> None:
    report = VERIFIER.check(PLACES[where](make()), at=AT)
    assert report["endorsement"].code == code
    assert report["endorsement"].outcome == "failed"
    assert str(report["endorsement"].pointer).startswith(where)
    assert report.refused


def test_endorsement_as_a_jwt_is_judged_too() -> None:
    token = mc.sign_jwt(endorsement(), OTHER)
    assert VERIFIER.check(signed(endorsementJwt=[token]), at=AT)["endorsement"].outcome == "passed"
    head, body, signature = token.split(".")
    forged = f"{head}.{body}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}"
    assert (
        VERIFIER.check(signed(endorsementJwt=[token, forged]), at=AT)["endorsement"].code == "PROOF_VERIFICATION_ERROR"
    )


def test_credential_of_another_kind_is_no_endorsement() -> None:
    check = VERIFIER.check(signed(endorsementJwt=[mc.sign_jwt(badge(), KEY)]), at=AT)["endorsement"]
    assert (check.outcome, check.code) == ("failed", "MALFORMED_VALUE_ERROR")


def test_endorsement_that_cannot_be_judged_is_shown_and_not_counted() -> None:
    status = {"id": "https://example.edu/s", "type": "SomeOtherStatus"}
    with_status = endorsed(
        **{"@context": [*cast("list[JSONValue]", badge()["@context"]), {"SomeOtherStatus": "https://example.edu/S"}]},
        credentialStatus=status,
    )
    report = mc.Verifier(trusted_issuers={KEY.did}, inline_contexts=True).check(in_credential(with_status), at=AT)
    assert report.verified
    assert report["endorsement"].outcome == "indeterminate"
    assert report["endorsement"].code == "UNSUPPORTED"


def test_endorsement_of_something_else_is_not_counted() -> None:
    report = VERIFIER.check(in_credential(endorsed(about="https://example.com/somebody-else")), at=AT)
    assert report["endorsement"].outcome == "indeterminate"
    assert report["endorsement"].code == "MALFORMED_VALUE_ERROR"
    assert VERIFIER.check(in_credential(endorsed(about=ACHIEVEMENT)), at=AT)["endorsement"].outcome == "passed"


def test_endorsements_wait_for_the_proof() -> None:
    web = FakeWeb()
    abroad = {**endorsement(issuer="did:web:example.com"), "proof": endorsed()["proof"]}
    unproven = {**in_credential(abroad), "name": "Changed"}
    report = mc.Verifier(trusted_issuers={KEY.did}, fetcher=web).check(unproven, at=AT)
    assert report["proof"].outcome == "failed"
    assert report["endorsement"].outcome == "indeterminate"
    assert not web.requests


def endorsed_by_friend(value: JSONValue) -> JSONObject:
    """Return an endorsement whose own issuer is endorsed."""
    document = {**endorsement(), "id": "urn:uuid:8d1f4d0c-9f4a-4b0c-8b5e-0d9b1a1f2c3d"}
    return mc.sign({**document, "issuer": {**cast(JSONObject, document["issuer"]), "endorsement": [value]}}, OTHER)


def test_endorsement_inside_an_endorsement_is_a_part_of_that_one() -> None:
    inner = mc.sign(endorsement(about=OTHER.did, issuer=KEY.did), KEY)
    outer = endorsed_by_friend(inner)
    report = VERIFIER.check(in_credential(outer), at=AT)
    assert report["endorsement"].outcome == "passed"
    (part,) = report["endorsement"].parts
    assert [each.pointer for each in part.report["endorsement"].parts] == ["/issuer/endorsement/0"]
    broken = endorsed_by_friend({**inner, "name": "x"})
    assert VERIFIER.check(in_credential(broken), at=AT).refused


def test_what_is_no_credential_is_no_endorsement() -> None:
    values: tuple[JSONValue, ...] = (7, "text", [], {}, "eyJ.e30.AA")
    for value in values:
        document = {**badge(), "endorsement": [value]}
        report = VERIFIER.check(encode_jwt(document, KEY), at=AT)
        assert report["endorsement"].outcome == "failed"


def test_number_and_depth_of_credentials_are_bounded() -> None:
    small = dataclasses.replace(mc.Limits(), max_credentials=3)
    verifier = mc.Verifier(trusted_issuers={KEY.did}, limits=small)
    assert verifier.check(signed(endorsement=[endorsed(), endorsed()]), at=AT)["endorsement"].outcome == "passed"
    report = verifier.check(signed(endorsement=[endorsed()] * 3), at=AT)
    assert report["endorsement"].code == "TOO_COMPLEX"
    value: JSONObject = endorsed()
    keys = (KEY, OTHER)
    for depth in range(6):
        key, other = keys[depth % 2], keys[(depth + 1) % 2]
        profile: JSONObject = {"id": key.did, "type": ["Profile"], "endorsement": [value]}
        named: JSONObject = {"id": f"urn:uuid:a{depth}1f4d0c-9f4a-4b0c-8b5e-0d9b1a1f2c3d", "issuer": profile}
        value = mc.sign({**endorsement(about=other.did), **named}, key)
    assert VERIFIER.check(in_credential(value), at=AT)["endorsement"].code == "TOO_COMPLEX"


# Records


def record(*credentials: JSONValue) -> JSONObject:
    document: JSONObject = {
        "@context": [
            "https://www.w3.org/ns/credentials/v2",
            "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json",
            "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
        ],
        "id": "urn:uuid:7d1f4d0c-9f4a-4b0c-8b5e-0d9b1a1f2c3d",
        "type": ["VerifiableCredential", "ClrCredential"],
        "name": "Transcript",
        "issuer": {"id": KEY.did, "type": ["Profile"], "name": "Example University"},
        "validFrom": "2026-05-01T09:30:00Z",
        "credentialSubject": {
            "id": "did:example:learner",
            "type": ["ClrSubject"],
            "verifiableCredential": [*credentials],
        },
    }
    return mc.sign(document, KEY)


def test_record_of_good_credentials_verifies() -> None:
    report = VERIFIER.check(record(signed(), signed()), at=AT)
    assert report.verified
    assert [part.pointer for part in report["proof"].parts] == [
        "/credentialSubject/verifiableCredential/0",
        "/credentialSubject/verifiableCredential/1",
    ]


@pytest.mark.parametrize(
    ("make", "code", "refused"),
    [
        (lambda: {**signed(), "name": "Changed"}, "PROOF_VERIFICATION_ERROR", True),
        (lambda: signed(validUntil="2026-05-15T00:00:00Z"), "EXPIRED", True),
        (badge, "PROOF_VERIFICATION_ERROR", True),
        (lambda: signed(OTHER), "ISSUER_NOT_TRUSTED", True),
    ],
    ids=["changed", "expired", "unsigned", "issuer of no trust"],
)
def test_record_is_as_bad_as_the_worst_in_it(make: Callable[[], JSONObject], code: str, refused: bool) -> None:
    report = VERIFIER.check(record(signed(), make()), at=AT)
    assert not report.verified
    assert report.refused is refused
    assert report["proof"].code == code
    assert str(report["proof"].pointer).startswith("/credentialSubject/verifiableCredential/1")


def test_official_record_is_judged_with_what_is_in_it(shared: Path) -> None:
    text = (shared / "vectors/ob3/samples/validator/clr20/simple.json").read_bytes()
    proof = mc.Verifier(trusted_issuers=mc.ANY_ISSUER).check(text)["proof"]
    assert proof.outcome == "passed"
    assert [part.report["proof"].outcome for part in proof.parts] == ["passed"]
