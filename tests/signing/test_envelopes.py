"""Envelopes in documents: ``data:`` URLs of JWTs, opened once, and nothing that only looks like one."""

from __future__ import annotations

from typing import cast

import pytest

import microcred as mc
from microcred.json import JSONObject, JSONValue
from microcred.models import CREDENTIALS_V1, CREDENTIALS_V2
from microcred.signing import encode_jwt
from microcred.signing.reading import receive
from tests.make import AT, KEY, badge, signed

TOKEN = mc.sign_jwt(badge(), KEY, profile="vc-jose")
SHOWN = mc.present_jwt([], KEY, challenge=None, domain=None)
TRUSTING = mc.Verifier(trusted_issuers={KEY.did})


def envelope(url: JSONValue, **changes: JSONValue) -> JSONObject:
    members: JSONObject = {"@context": [CREDENTIALS_V2], "id": url, "type": "EnvelopedVerifiableCredential", **changes}
    return {name: value for name, value in members.items() if value is not None}


def outcome(document: JSONObject, verifier: mc.Verifier = TRUSTING) -> tuple[str, str | None]:
    check = verifier.check(document, at=AT)["data_model"]
    return str(check.outcome), check.code


@pytest.mark.parametrize(
    "document",
    [
        envelope(f"data:application/vc+jwt,{TOKEN}"),
        envelope(f"DATA:Application/VC+JWT,{TOKEN}"),
        envelope(f"data:application/jwt,{TOKEN}"),
        envelope(f"data:application/vc+jwt,{TOKEN}", type=["EnvelopedVerifiableCredential"]),
        envelope(f"data:application/vc+jwt,{TOKEN}", **{"@context": CREDENTIALS_V2}),
        mc.EnvelopedVerifiableCredential.of(TOKEN).model_dump(),
        mc.EnvelopedVerifiableCredential.of(f"\n{TOKEN} ").model_dump(),
    ],
    ids=lambda document: str(document)[:90],
)
def test_enveloped_credential_is_that_in_the_envelope(document: JSONObject) -> None:
    received = receive(document)
    assert received.document == badge()
    assert received.envelope is not None
    assert TRUSTING.verify(document, at=AT) == TRUSTING.verify(TOKEN, at=AT)


REFUSED: dict[str, tuple[JSONObject, str, str]] = {
    "another scheme": (envelope(f"https:application/vc+jwt,{TOKEN}"), "failed", "MALFORMED_VALUE_ERROR"),
    "no data": (envelope("data:application/vc+jwt"), "failed", "MALFORMED_VALUE_ERROR"),
    "empty data": (envelope("data:application/vc+jwt,"), "failed", "PARSING_ERROR"),
    "white space": (envelope(f"data:application/vc+jwt, {TOKEN}"), "failed", "MALFORMED_VALUE_ERROR"),
    "white space behind": (envelope(f"data:application/vc+jwt,{TOKEN}\n"), "failed", "MALFORMED_VALUE_ERROR"),
    "a fragment": (envelope(f"data:application/vc+jwt,{TOKEN}#x"), "failed", "PARSING_ERROR"),
    "a query": (envelope(f"data:application/vc+jwt,{TOKEN}?x"), "failed", "PARSING_ERROR"),
    "percent encoding": (envelope(f"data:application/vc+jwt,%65{TOKEN[1:]}"), "failed", "PARSING_ERROR"),
    "padding": (envelope(f"data:application/vc+jwt,{TOKEN}="), "failed", "PARSING_ERROR"),
    "two tokens": (envelope(f"data:application/vc+jwt,{TOKEN},{TOKEN}"), "failed", "PARSING_ERROR"),
    "parameters": (envelope(f"data:application/vc+jwt;x=1,{TOKEN}"), "indeterminate", "UNSUPPORTED"),
    "base64": (envelope(f"data:application/vc+jwt;base64,{TOKEN}"), "indeterminate", "UNSUPPORTED"),
    "no media type": (envelope(f"data:,{TOKEN}"), "indeterminate", "UNSUPPORTED"),
    "another media type": (envelope(f"data:text/plain,{TOKEN}"), "indeterminate", "UNSUPPORTED"),
    "JSON": (envelope("data:application/vc,{}"), "indeterminate", "UNSUPPORTED"),
    "the media type of a presentation": (
        envelope(f"data:application/vp+jwt,{TOKEN}"),
        "failed",
        "MALFORMED_VALUE_ERROR",
    ),
    "a presentation": (envelope(f"data:application/vc+jwt,{SHOWN}"), "failed", "MALFORMED_VALUE_ERROR"),
    "a presentation in a JWT": (envelope(f"data:application/jwt,{SHOWN}"), "failed", "MALFORMED_VALUE_ERROR"),
    "the type of a presentation": (
        envelope(f"data:application/vc+jwt,{TOKEN}", type="EnvelopedVerifiablePresentation"),
        "failed",
        "MALFORMED_VALUE_ERROR",
    ),
    "two types": (
        envelope(
            f"data:application/vc+jwt,{TOKEN}",
            type=["EnvelopedVerifiableCredential", "EnvelopedVerifiablePresentation"],
        ),
        "failed",
        "MALFORMED_VALUE_ERROR",
    ),
    "a type beside it": (
        envelope(f"data:application/vc+jwt,{TOKEN}", type=["VerifiableCredential", "EnvelopedVerifiableCredential"]),
        "failed",
        "MALFORMED_VALUE_ERROR",
    ),
    "no id": (envelope(None), "failed", "MALFORMED_VALUE_ERROR"),
    "an id that is no text": (envelope([TOKEN]), "failed", "MALFORMED_VALUE_ERROR"),
    "no context": (
        envelope(f"data:application/vc+jwt,{TOKEN}", **{"@context": None}),
        "failed",
        "MALFORMED_VALUE_ERROR",
    ),
    "an empty context": (
        envelope(f"data:application/vc+jwt,{TOKEN}", **{"@context": []}),
        "failed",
        "MALFORMED_VALUE_ERROR",
    ),
    "the old context": (
        {**envelope(f"data:application/vc+jwt,{TOKEN}"), "@context": [CREDENTIALS_V1]},
        "failed",
        "MALFORMED_VALUE_ERROR",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_envelope_of_a_credential_is_refused(name: str) -> None:
    document, expected, code = REFUSED[name]
    assert outcome(document) == (expected, code)


def test_envelope_in_an_envelope_is_not_opened() -> None:
    inside = mc.EnvelopedVerifiableCredential.of(TOKEN).model_dump()
    for document in (inside, {**inside, "type": ["VerifiableCredential", "EnvelopedVerifiableCredential"]}):
        around = encode_jwt(document, KEY, profile="vc-jose", kid=KEY.verification_method)
        for value in (around, mc.EnvelopedVerifiableCredential.of(around).model_dump()):
            report = mc.Verifier(trusted_issuers=mc.ANY_ISSUER).check(value, at=AT)
            assert (report["data_model"].outcome, report["data_model"].code) == ("indeterminate", "UNSUPPORTED")


def test_members_around_an_envelope_say_nothing() -> None:
    document = {
        **envelope(f"data:application/vc+jwt,{TOKEN}"),
        "issuer": "did:example:forged",
        "proof": signed()["proof"],
    }
    assert TRUSTING.verify(document, at=AT).issuer.id == KEY.did
    assert not mc.Verifier(trusted_issuers={"did:example:forged"}).check(document, at=AT)


def test_envelope_of_a_changed_token_is_refused() -> None:
    header, payload, signature = TOKEN.split(".")
    other = mc.sign_jwt(badge(name="Another"), KEY, profile="vc-jose").split(".")
    for token in (f"{header}.{other[1]}.{signature}", f"{header}.{payload}.{other[2]}"):
        report = TRUSTING.check(envelope(f"data:application/vc+jwt,{token}"), at=AT)
        assert report["proof"].code == "PROOF_VERIFICATION_ERROR"


def test_presentation_opens_each_envelope_once() -> None:
    shown = mc.present_jwt([TOKEN, signed()], KEY, challenge="c", domain="d")
    for value in (shown, mc.EnvelopedVerifiablePresentation.of(shown).model_dump()):
        result = TRUSTING.verify_presentation(value, challenge="c", domain="d", at=AT)
        assert [each.id for each in result.credentials] == [badge()["id"]] * 2
    twice = mc.EnvelopedVerifiablePresentation.of(
        encode_jwt(
            cast("JSONObject", mc.EnvelopedVerifiablePresentation.of(shown).model_dump())
            | {"type": ["VerifiablePresentation", "EnvelopedVerifiablePresentation"]},
            KEY,
            profile="vc-jose",
            kid=KEY.verification_method,
        )
    )
    assert not TRUSTING.check_presentation(twice, challenge=None, domain=None, at=AT)
