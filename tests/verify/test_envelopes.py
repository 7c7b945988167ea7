"""SD-JWTs and COSE messages in front of the verifier: judged like any credential, alone and inside presentations."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import microcred as mc
from microcred.json import JSONObject
from microcred.signing.cose import encode_cose
from microcred.signing.sd_jwt import encode_sd_jwt
from tests.make import AT, KEY, LEARNER, OTHER, badge

HOLDER = mc.SigningKey.generate("P-256")
VERIFIER = mc.Verifier(trusted_issuers={KEY.did})
VCT = "https://example.edu/types/badge"


def sd_jwt(vct: str | None = None, **changes: object) -> str:
    return mc.sign_sd_jwt(badge(**changes), KEY, holder_key=HOLDER.public_key, vct=vct)  # type: ignore[arg-type]


def shown(text: str, nonce: str = "n", audience: str = "a", pointers: tuple[str, ...] = ()) -> str:
    return mc.present_sd_jwt(text, pointers, holder=HOLDER, nonce=nonce, audience=audience, issued_at=AT)


FORMS: dict[str, Callable[[], str | bytes]] = {
    "sd-jwt": sd_jwt,
    "sd-jwt vc": lambda: sd_jwt(VCT),
    "presented": lambda: shown(sd_jwt()),
    "cose": lambda: mc.sign_cose(badge(), KEY),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_verifies_by_itself(form: str) -> None:
    secured = FORMS[form]()
    assert VERIFIER.verify(secured, at=AT).model_dump() == badge()
    assert VERIFIER.check(secured if isinstance(secured, bytes) else secured.encode(), at=AT)


@pytest.mark.parametrize("form", FORMS)
def test_every_form_verifies_in_its_envelope_and_in_a_presentation(form: str) -> None:
    secured = FORMS[form]()
    envelope = mc.EnvelopedVerifiableCredential.of(secured)
    assert VERIFIER.check(envelope, at=AT)
    for presentation in (
        mc.present([secured], HOLDER, challenge="c", domain="d"),
        mc.present_jwt([secured], HOLDER, challenge="c", domain="d", created=AT),
    ):
        result = VERIFIER.verify_presentation(presentation, challenge="c", domain="d", at=AT)
        assert [each.id for each in result.credentials] == [badge()["id"]]
        assert result.holder == HOLDER.did


@pytest.mark.parametrize(
    ("make", "name", "code"),
    [
        (lambda: sd_jwt(validUntil="2026-05-15T00:00:00Z"), "validity_period", "EXPIRED"),
        (lambda: mc.sign_cose(badge(validUntil="2026-05-15T00:00:00Z"), KEY), "validity_period", "EXPIRED"),
        (lambda: mc.sign_cose(badge(OTHER.did), OTHER), "issuer", "ISSUER_NOT_TRUSTED"),
        (lambda: encode_cose(badge(), OTHER, kid=OTHER.verification_method), "proof", "INVALID_VERIFICATION_METHOD"),
        (lambda: encode_cose(badge(), OTHER, kid=KEY.verification_method), "proof", "PROOF_VERIFICATION_ERROR"),
        (lambda: encode_sd_jwt(badge(), OTHER, kid=OTHER.verification_method), "proof", "INVALID_VERIFICATION_METHOD"),
        (lambda: encode_sd_jwt(badge(), OTHER, kid=KEY.verification_method), "proof", "PROOF_VERIFICATION_ERROR"),
        (lambda: sd_jwt() + "WyJhIiwiYiIsImMiXQ~", "proof", "PROOF_VERIFICATION_ERROR"),
        (lambda: sd_jwt()[:-2], "proof", "PARSING_ERROR"),
        (lambda: mc.sign_cose(badge(), KEY)[:-1], "proof", "PARSING_ERROR"),
    ],
)
def test_what_does_not_hold_is_refused(make: Callable[[], str | bytes], name: str, code: str) -> None:
    report = VERIFIER.check(make(), at=AT)
    check = next(each for each in report if each.name == name)
    assert (check.outcome, check.code) == ("failed", code)


def test_status_in_a_claim_is_not_taken_for_none() -> None:
    claims: JSONObject = {"status": {"status_list": {"idx": 1, "uri": "https://example.edu/list"}}}
    text = encode_sd_jwt(badge(), KEY, kid=KEY.verification_method, profile="sd-jwt-vc", vct=VCT, claims=claims)
    check = VERIFIER.check(text, at=AT)["credential_status"]
    assert (check.outcome, check.code) == ("indeterminate", "UNSUPPORTED")


# Key binding is a presentation


def test_bound_sd_jwt_is_a_presentation_of_one_credential() -> None:
    result = VERIFIER.verify_presentation(shown(sd_jwt()), challenge="n", domain="a", at=AT)
    assert result.presentation is None
    assert result.holder == HOLDER.did
    assert [each.id for each in result.credentials] == [badge()["id"]]


@pytest.mark.parametrize(
    ("make", "challenge", "domain", "code"),
    [
        (lambda: shown(sd_jwt()), "other", "a", "INVALID_CHALLENGE_ERROR"),
        (lambda: shown(sd_jwt()), "n", "other", "INVALID_DOMAIN_ERROR"),
        (sd_jwt, "n", "a", "PROOF_VERIFICATION_ERROR"),
        (lambda: mc.sign_sd_jwt(badge(), KEY, holder_key=None), "n", "a", "PROOF_VERIFICATION_ERROR"),
        (sd_jwt, None, None, "PROOF_VERIFICATION_ERROR"),
    ],
)
def test_presentation_that_is_not_bound_is_refused(
    make: Callable[[], str], challenge: str | None, domain: str | None, code: str
) -> None:
    report = VERIFIER.check_presentation(make(), challenge=challenge, domain=domain, at=AT)
    assert (report["proof"].outcome, report["proof"].code) == ("failed", code)
    assert report["holder"].code == "HOLDER_NOT_BOUND"
    # The credential itself is good.
    assert [each.verified for each in report.credentials] == [True]
    assert not report


def test_bound_credential_must_itself_hold() -> None:
    text = encode_sd_jwt(badge(), OTHER, kid=OTHER.verification_method, holder_key=HOLDER.public_key)
    report = VERIFIER.check_presentation(shown(text), challenge="n", domain="a", at=AT)
    assert report["proof"].outcome == "passed"
    assert not report


def test_holder_may_withhold_the_person_and_not_the_achievement() -> None:
    subject = {**badge()["credentialSubject"], "narrative": "Needed a second attempt."}  # type: ignore[dict-item]
    text = sd_jwt(credentialSubject=subject)
    credential = VERIFIER.verify(shown(text), at=AT)
    assert credential.model_dump()["credentialSubject"] == badge()["credentialSubject"]
    everything = VERIFIER.verify(shown(text, pointers=("",)), at=AT)
    assert everything.model_dump()["credentialSubject"] == subject
    assert subject["id"] == LEARNER
