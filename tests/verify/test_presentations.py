"""Presentations: what shows that a holder shows them here and now, and how others could make it look so."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from typing import cast

import pytest

import microcred as mc
from microcred.encoding import base64url_encode
from microcred.json import JSONObject, JSONValue, loads_object
from microcred.models import CREDENTIALS_V1, CREDENTIALS_V2
from microcred.protocols import Fetch, Steps
from microcred.signing import add_proof
from microcred.signing.sd_jwt import encode_sd_jwt
from microcred.testing import FakeWeb
from microcred.verify.proofs import ProofChecker
from microcred.verify.report import PRESENTATION_CHECKS, Code
from microcred.verify.resolver import Resolver
from microcred.verify.trust import Trust
from tests.make import AT, KEY, OTHER, badge, v1_badge
from tests.support import SHARED

HOLDER = mc.SigningKey.from_seed(bytes(range(2, 34)))
CHALLENGE, DOMAIN = "n-0S6_WzA2Mj", "https://employer.example"
TRUSTING = mc.Verifier(trusted_issuers={KEY.did})
ANYONE = mc.Verifier(trusted_issuers=mc.ANY_ISSUER)
FORMS = ["proof", "jwt"]
MADE = "2026-05-31T23:59:00Z"


def earned(key: mc.SigningKey = HOLDER, **changes: JSONValue) -> JSONObject:
    """Return a badge about the holder, signed by the issuer."""
    return mc.sign(about(key.did, **changes), KEY, created="2026-05-01T10:00:00Z")


def about(subject: str, **changes: JSONValue) -> JSONObject:
    """Return an unsigned badge about somebody."""
    return {
        **badge(),
        "credentialSubject": {**cast("JSONObject", badge()["credentialSubject"]), "id": subject},
        **changes,
    }


def document(*credentials: JSONValue, **changes: JSONValue) -> JSONObject:
    """Return a presentation without a proof; None leaves a member out."""
    members: JSONObject = {
        "@context": [CREDENTIALS_V2],
        "type": ["VerifiablePresentation"],
        "holder": HOLDER.did,
        "verifiableCredential": list(credentials),
        **changes,
    }
    return {name: value for name, value in members.items() if value is not None}


def secured(
    presentation: JSONObject, form: str, occasion: JSONObject | None = None, key: mc.SigningKey = HOLDER
) -> JSONObject | str:
    """Sign a presentation, whatever is in it, for the occasion that the tests ask for."""
    asked: JSONObject = {"challenge": CHALLENGE, "domain": DOMAIN, **(occasion or {})}
    if form == "proof":
        return add_proof(
            presentation,
            key,
            verification_method=key.verification_method,
            proof_purpose="authentication",
            created=MADE,
            options={name: value for name, value in asked.items() if value is not None},
        )
    claims = {"nonce": asked["challenge"], "aud": asked["domain"]}
    return token({**presentation, **{name: value for name, value in claims.items() if value is not None}}, key)


def token(payload: JSONObject, key: mc.SigningKey = HOLDER, **header: JSONValue) -> str:
    """Return a JWT of any payload; None leaves a member of the header out."""
    whole: JSONObject = {"alg": key.public_key.algorithm, "typ": "vp+jwt", "kid": key.verification_method, **header}
    named = {name: value for name, value in whole.items() if value is not None}
    parts = [base64url_encode(json.dumps(part).encode()) for part in (named, payload)]
    return ".".join([*parts, base64url_encode(key.sign(".".join(parts).encode()))])


def check(
    presentation: mc.VerifiablePresentation | JSONObject | str,
    *,
    bound: bool = False,
    verifier: mc.Verifier = TRUSTING,
    challenge: str | None = CHALLENGE,
    domain: str | None = DOMAIN,
) -> mc.PresentationReport:
    return verifier.check_presentation(presentation, challenge=challenge, domain=domain, holder_is_subject=bound, at=AT)


def problem(report: mc.PresentationReport) -> tuple[str, str | None]:
    """Return name and code of what is wrong first."""
    assert not report
    return report.problems[0].name, report.problems[0].code


# What is good


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("count", [0, 1, 3])
def test_presentation_of_any_number_of_credentials_verifies(form: str, count: int) -> None:
    held = [earned(id=f"urn:uuid:{number}") for number in range(count)]
    report = check(secured(document(*held) if held else document(verifiableCredential=None), form), bound=True)
    assert report
    assert [check.name for check in report] == list(PRESENTATION_CHECKS)
    assert len(report.credentials) == count
    assert all(each["recipient"].outcome == "passed" for each in report.credentials)


@pytest.mark.parametrize("form", FORMS)
def test_verify_returns_what_was_shown_and_by_whom(form: str) -> None:
    presentation = secured(document(earned()), form)
    shown = TRUSTING.verify_presentation(presentation, challenge=CHALLENGE, domain=DOMAIN, at=AT)
    assert isinstance(shown.presentation, mc.VerifiablePresentation)
    assert shown.holder == HOLDER.did
    assert [type(each) for each in shown.credentials] == [mc.AchievementCredential]
    assert shown.credentials[0] == mc.parse(earned())
    assert shown.report == check(presentation)


def test_every_form_of_input_verifies() -> None:
    presentation = cast("JSONObject", secured(document(earned()), "proof"))
    for form in (presentation, mc.parse(presentation), json.dumps(presentation), json.dumps(presentation).encode()):
        assert check(form)  # type: ignore[arg-type]
    compact = secured(document(earned()), "jwt")
    assert isinstance(compact, str)
    for text in (compact, f"\n{compact}\n", compact.encode(), mc.EnvelopedVerifiablePresentation.of(compact)):
        assert check(text)  # type: ignore[arg-type]


@pytest.mark.parametrize("form", FORMS)
def test_async_verifier_judges_the_same(form: str) -> None:
    verifier = mc.AsyncVerifier(trusted_issuers={KEY.did})
    good, bad = secured(document(earned()), form), secured(document(earned(OTHER)), form)
    for presentation in (good, bad):
        coroutine = verifier.check_presentation(
            presentation, challenge=CHALLENGE, domain=DOMAIN, holder_is_subject=True, at=AT
        )
        assert asyncio.run(coroutine) == check(presentation, bound=True)
    shown = asyncio.run(verifier.verify_presentation(good, challenge=CHALLENGE, domain=DOMAIN, at=AT))
    assert shown == TRUSTING.verify_presentation(good, challenge=CHALLENGE, domain=DOMAIN, at=AT)
    with pytest.raises(mc.VerificationError):
        asyncio.run(
            verifier.verify_presentation(bad, challenge=CHALLENGE, domain=DOMAIN, holder_is_subject=True, at=AT)
        )


@pytest.mark.parametrize("form", FORMS)
def test_presentation_without_a_holder_is_whose_key_signed(form: str) -> None:
    presentation = secured(document(earned(), holder=None), form)
    assert check(presentation, bound=True)
    shown = TRUSTING.verify_presentation(presentation, challenge=CHALLENGE, domain=DOMAIN, at=AT)
    assert shown.holder == HOLDER.did


def test_each_credential_is_judged_by_itself() -> None:
    stranger = mc.sign(badge(OTHER.did), OTHER)
    report = check(secured(document(earned(), stranger, earned(validUntil="2026-05-31T00:00:00Z")), "proof"))
    assert [bool(each) for each in report.credentials] == [True, False, False]
    assert report["proof"].outcome == "passed"
    assert report.refused
    assert [(each.name, each.code, each.pointer) for each in report.problems] == [
        ("issuer", Code.ISSUER_NOT_TRUSTED, "/verifiableCredential/1/issuer"),
        ("validity_period", Code.EXPIRED, "/verifiableCredential/2/validUntil"),
    ]
    with pytest.raises(mc.VerificationError) as refusal:
        TRUSTING.verify_presentation(secured(document(stranger), "proof"), challenge=CHALLENGE, domain=DOMAIN, at=AT)
    assert refusal.value.report["proof"].outcome == "passed"


def test_report_is_plain_json_without_values_of_credentials() -> None:
    secret = "x-very-private-value"
    held = earned(name=secret) | {"validUntil": secret, "issuer": secret, "undefined": secret}
    presentation = document(held, id=secret, holder=secret)
    for form in FORMS:
        report = check(token(presentation) if form == "jwt" else presentation, bound=True)
        assert not report
        assert secret not in json.dumps(report.to_dict())
        assert secret not in str(mc.VerificationError(report))
    good = check(secured(document(earned()), "proof")).to_dict()
    assert (good["verified"], len(cast("list[object]", good["credentials"]))) == (True, 1)


# The occasion


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("occasion", "code"),
    [
        ({"challenge": "another"}, Code.INVALID_CHALLENGE_ERROR),
        ({"challenge": CHALLENGE.upper()}, Code.INVALID_CHALLENGE_ERROR),
        ({"challenge": f"{CHALLENGE} "}, Code.INVALID_CHALLENGE_ERROR),
        ({"challenge": [CHALLENGE]}, Code.INVALID_CHALLENGE_ERROR),
        ({"challenge": None}, Code.INVALID_CHALLENGE_ERROR),
        ({"domain": "https://other.example"}, Code.INVALID_DOMAIN_ERROR),
        ({"domain": f"{DOMAIN}/"}, Code.INVALID_DOMAIN_ERROR),
        ({"domain": ["https://other.example"]}, Code.INVALID_DOMAIN_ERROR),
        ({"domain": []}, Code.INVALID_DOMAIN_ERROR),
        ({"domain": None}, Code.INVALID_DOMAIN_ERROR),
    ],
    ids=str,
)
def test_presentation_of_another_occasion_is_refused(form: str, occasion: JSONObject, code: Code) -> None:
    presentation = secured(document(earned()), form, occasion)
    report = check(presentation)
    assert (report["proof"].outcome, report["proof"].code) == ("failed", code)
    assert report["holder"].code == Code.HOLDER_NOT_BOUND
    if occasion.get("challenge", "") is None or occasion.get("domain", "") is None:
        assert check(presentation, challenge=None, domain=None)


@pytest.mark.parametrize("form", FORMS)
def test_who_asks_for_nothing_says_so_and_takes_any_occasion(form: str) -> None:
    presentation = secured(document(earned()), form)
    assert check(presentation, challenge=None, domain=None)
    with pytest.raises(TypeError):
        TRUSTING.check_presentation(presentation)  # type: ignore[call-arg]


@pytest.mark.parametrize("asked", [{"challenge": ""}, {"domain": ""}])
def test_occasion_that_was_never_set_is_misuse(asked: JSONObject) -> None:
    # Whoever shows something knows the empty text too.
    presentation = secured(document(earned()), "proof", dict(asked))
    with pytest.raises(ValueError, match="empty"):
        TRUSTING.check_presentation(presentation, **{"challenge": CHALLENGE, "domain": DOMAIN, **asked})  # type: ignore[arg-type]


@pytest.mark.parametrize("asked", [{"challenge": 1}, {"domain": [DOMAIN]}, {"challenge": b"x"}, {"domain": True}])
def test_occasion_that_is_no_text_is_misuse(asked: dict[str, object]) -> None:
    verifier = mc.AsyncVerifier(trusted_issuers={KEY.did})
    arguments = {"challenge": CHALLENGE, "domain": DOMAIN, **asked}
    with pytest.raises(TypeError):
        TRUSTING.check_presentation(document(), **arguments)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        asyncio.run(verifier.check_presentation(document(), **arguments))  # type: ignore[arg-type]


def test_several_audiences_of_a_jwt_are_each_meant() -> None:
    # RFC 7519 §4.1.3; a proof's domains must be those that were asked for, all of them (VC Data Integrity §4.4).
    both: JSONValue = [DOMAIN, "https://other.example"]
    assert check(secured(document(earned()), "jwt", {"domain": both}))
    assert problem(check(secured(document(earned()), "proof", {"domain": both})))[1] == Code.INVALID_DOMAIN_ERROR
    assert check(secured(document(earned()), "proof", {"domain": [DOMAIN]}))


def test_occasion_counts_where_the_signature_covers_it_only() -> None:
    inside = {**document(earned()), "nonce": CHALLENGE, "aud": DOMAIN}
    report = check(token({"iss": HOLDER.did, "vp": inside}, typ="JWT"))
    assert problem(report)[1] == Code.INVALID_CHALLENGE_ERROR
    assert not check(
        {**cast("JSONObject", secured(document(earned()), "proof", {"challenge": None})), "challenge": CHALLENGE}
    )
    header = {"nonce": CHALLENGE, "aud": DOMAIN}
    assert not check(token(document(earned()), **header))  # type: ignore[arg-type]


def test_proof_cannot_be_given_another_occasion() -> None:
    presentation = cast("JSONObject", secured(document(earned()), "proof", {"challenge": "another"}))
    proof = cast("list[JSONObject]", presentation["proof"])[0]
    report = check({**presentation, "proof": {**proof, "challenge": CHALLENGE}})
    assert problem(report) == ("proof", Code.PROOF_VERIFICATION_ERROR)


def test_presentation_ends_when_its_proof_does() -> None:
    presentation = secured(document(earned()), "proof", {"expires": "2026-05-31T23:58:59Z"})
    assert problem(check(presentation)) == ("proof", Code.EXPIRED)
    for claims, code in (
        ({"exp": AT.timestamp() - 61}, Code.EXPIRED),
        ({"nbf": AT.timestamp() + 61}, Code.NOT_YET_VALID),
    ):
        report = check(secured({**document(earned()), **claims}, "jwt"))
        assert problem(report) == ("validity_period", code)
    assert check(secured({**document(earned()), "exp": AT.timestamp() - 59}, "jwt"))


# The holder


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("holder", [HOLDER.did, {"id": HOLDER.did}], ids=["text", "object"])
def test_key_of_somebody_else_than_the_holder_is_refused(form: str, holder: JSONValue) -> None:
    report = check(secured(document(earned(), holder=holder), form, key=OTHER))
    assert problem(report) == ("proof", Code.INVALID_VERIFICATION_METHOD)
    assert not check(secured(document(earned(), holder=holder), form, key=OTHER), verifier=ANYONE)


@pytest.mark.parametrize("holder", [None, "", 7, [HOLDER.did], {}, {"id": None}, {"@id": HOLDER.did}], ids=str)
def test_holder_that_is_none_is_not_nobody(holder: JSONValue) -> None:
    payload = {**document(earned()), "holder": holder, "nonce": CHALLENGE, "aud": DOMAIN}
    # A key that nobody is known to have may be everybody's.
    for header in ({}, {"kid": None, "jwk": HOLDER.public_key.to_jwk()}):
        for verifier in (TRUSTING, ANYONE):
            report = check(token(payload, **header), verifier=verifier)  # type: ignore[arg-type]
            assert problem(report) == ("data_model", Code.MALFORMED_VALUE_ERROR)


def test_claim_iss_names_the_holder() -> None:
    payload = {**document(earned(), holder=None), "nonce": CHALLENGE, "aud": DOMAIN}
    assert check(token({**payload, "iss": HOLDER.did}), bound=True)
    assert problem(check(token({**payload, "iss": OTHER.did}))) == ("proof", Code.INVALID_VERIFICATION_METHOD)
    unbound = token({**payload, "iss": OTHER.did}, kid=None, jwk=HOLDER.public_key.to_jwk())
    assert problem(check(unbound, verifier=ANYONE)) == ("proof", Code.INVALID_VERIFICATION_METHOD)
    nobody: list[JSONValue] = [None, 7, [HOLDER.did], {}, ""]
    for name in nobody:
        assert not check(token({**payload, "iss": name}), verifier=ANYONE)
    assert not check(token({**payload, "holder": HOLDER.did, "iss": OTHER.did}))


def self_asserted(form: str, holder: str = "https://holder.example/me", key: mc.SigningKey = OTHER) -> JSONObject | str:
    """Return a presentation that names a holder, and has a key that anybody could have written into it."""
    presentation = document(earned(), holder=holder)
    if form == "jwt":
        claims = {"nonce": CHALLENGE, "aud": DOMAIN}
        return token({**presentation, **claims}, key, kid=None, jwk=key.public_key.to_jwk())
    return add_proof(
        presentation,
        key,
        verification_method=f"{holder}#{key.public_key.multikey}",
        proof_purpose="authentication",
        options={"challenge": CHALLENGE, "domain": DOMAIN},
    )


@pytest.mark.parametrize("form", FORMS)
def test_name_of_a_holder_is_not_a_key(form: str) -> None:
    report = check(self_asserted(form))
    assert (report["proof"].outcome, report["holder"].outcome) == ("passed", "failed")
    assert report["holder"].code == Code.HOLDER_NOT_BOUND
    # Who asks for nobody's name gets what anybody can write, and is told.
    shown = ANYONE.verify_presentation(self_asserted(form), challenge=CHALLENGE, domain=DOMAIN, at=AT)
    assert shown.holder is None
    assert (shown.report["holder"].outcome, shown.report["holder"].code) == ("passed", Code.HOLDER_NOT_BOUND)
    assert problem(check(self_asserted(form), verifier=ANYONE, bound=True)) == ("holder", Code.HOLDER_NOT_BOUND)


def test_unknown_method_of_a_did_does_not_make_its_key_known() -> None:
    for verifier, verified in ((TRUSTING, False), (ANYONE, True)):
        report = check(self_asserted("jwt", "did:unknown:1"), verifier=verifier)
        assert (report.verified, report["holder"].code) == (verified, Code.HOLDER_NOT_BOUND)


@pytest.mark.parametrize("form", FORMS)
def test_pinned_key_is_the_holders(form: str) -> None:
    holder = "https://holder.example/me"
    pinned = mc.Verifier(trusted_issuers={KEY.did: KEY.public_key, holder: OTHER.public_key})
    shown = pinned.verify_presentation(self_asserted(form), challenge=CHALLENGE, domain=DOMAIN, at=AT)
    assert shown.holder == holder
    assert check(self_asserted(form, key=HOLDER), verifier=pinned)["holder"].outcome == "failed"


def test_pinned_key_counts_for_the_holder_that_is_named() -> None:
    # The key's own did:key is another name of the same holder, and not the one that was given.
    holder = "https://holder.example/me"
    pinned = mc.Verifier(trusted_issuers={KEY.did: KEY.public_key, holder: HOLDER.public_key})
    presentation = secured(document(earned(), holder=holder), "proof")
    shown = pinned.verify_presentation(presentation, challenge=CHALLENGE, domain=DOMAIN, at=AT)
    assert shown.holder == holder
    assert not check(presentation, verifier=pinned, bound=True)


def test_key_that_nobody_is_known_to_have_is_no_subjects() -> None:
    payload = {**document(earned(), holder=None), "nonce": CHALLENGE, "aud": DOMAIN}
    anonymous = token(payload, OTHER, kid=None, jwk=OTHER.public_key.to_jwk())
    report = check(anonymous)
    assert (report.verified, report["holder"].outcome) == (True, "skipped")
    for verifier in (TRUSTING, ANYONE):
        assert problem(check(anonymous, bound=True, verifier=verifier)) == ("holder", Code.HOLDER_NOT_BOUND)


@pytest.mark.parametrize("form", FORMS)
def test_key_set_of_the_holders_host_says_whose_key_it_is(form: str) -> None:
    holder, url = "https://holder.example/me", "https://holder.example/.well-known/jwks.json"
    for page, bound in (
        ({"keys": [OTHER.public_key.to_jwk()]}, True),
        ({"keys": [{**OTHER.public_key.to_jwk(), "iss": "https://holder.example/you"}]}, False),
    ):
        web = FakeWeb({url: page})  # type: ignore[dict-item]
        known = mc.Verifier(trusted_issuers={KEY.did}, fetcher=web)
        report = check(self_asserted(form, holder), verifier=known)
        assert (report["holder"].outcome, report["holder"].code) == (
            ("passed", None) if bound else ("failed", Code.HOLDER_NOT_BOUND)
        )
        assert web.requests == [url]


# Credentials of others


@pytest.mark.parametrize("form", FORMS)
def test_credential_of_somebody_else_is_shown_unless_it_must_be_the_holders(form: str) -> None:
    presentation = secured(document(earned(), earned(OTHER)), form)
    assert check(presentation)
    report = check(presentation, bound=True)
    assert [bool(each) for each in report.credentials] == [True, False]
    assert problem(report) == ("recipient", Code.RECIPIENT_MISMATCH)


def subjects(*ids: str | None) -> JSONObject:
    """Return a credential about several people, who have nothing but a name in it."""
    people: list[JSONValue] = [{"name": "x", **({"id": each} if each else {})} for each in ids]
    credential: JSONObject = {
        "@context": [CREDENTIALS_V2],
        "type": ["VerifiableCredential"],
        "issuer": KEY.did,
        "credentialSubject": people[0] if len(people) == 1 else people,
    }
    return mc.sign(credential, KEY)


@pytest.mark.parametrize(
    ("ids", "verified"),
    [
        ([HOLDER.did], True),
        ([HOLDER.did, HOLDER.did], True),
        ([HOLDER.did, OTHER.did], False),
        ([OTHER.did, HOLDER.did], False),
        ([HOLDER.did, None], False),
        ([None], False),
        ([f"{HOLDER.did}#key"], False),
    ],
    ids=str,
)
def test_holders_credential_is_about_nobody_else(ids: list[str | None], verified: bool) -> None:
    presentation = secured(document(subjects(*ids)), "proof")
    assert check(presentation)
    report = check(presentation, bound=True)
    assert report.verified is verified
    assert report.credentials[0]["recipient"].code == (None if verified else Code.RECIPIENT_MISMATCH)


def test_identifier_of_a_subject_is_not_its_id() -> None:
    identity = {"type": "IdentityObject", "hashed": False, "identityHash": HOLDER.did, "identityType": "id"}
    subject = {**cast("JSONObject", about(OTHER.did)["credentialSubject"]), "identifier": [identity]}
    held = add_proof(badge(credentialSubject=subject), KEY, verification_method=KEY.verification_method)
    report = check(secured(document(held), "jwt"), bound=True)
    assert report.credentials[0]["recipient"].code == Code.RECIPIENT_MISMATCH


# What is no presentation, and credentials that are none


def test_presentation_is_no_credential_and_a_credential_no_presentation() -> None:
    for presentation in (secured(document(earned()), form) for form in FORMS):
        for value in (presentation, mc.EnvelopedVerifiablePresentation.of(str(presentation))):
            if isinstance(presentation, str) or value is presentation:
                report = ANYONE.check(value, at=AT)
                assert (report["data_model"].outcome, report["data_model"].code) == ("indeterminate", Code.UNSUPPORTED)
    compact = mc.sign_jwt(badge(), KEY)
    for credential in (earned(), compact, mc.EnvelopedVerifiableCredential.of(compact)):
        assert problem(check(credential, challenge=None, domain=None))[0] == "data_model"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "types",
    [
        ["VerifiablePresentation", "VerifiableCredential"],
        ["VerifiableCredential", "VerifiablePresentation"],
        ["VerifiablePresentation", "VerifiableCredential", "AchievementCredential"],
        ["VerifiablePresentation", "AchievementCredential"],
        ["VerifiablePresentation", "EnvelopedVerifiablePresentation"],
        ["VerifiablePresentation", "EnvelopedVerifiableCredential"],
        ["ClrCredential", "VerifiablePresentation"],
    ],
    ids=str,
)
def test_nothing_is_a_presentation_and_something_else(types: JSONValue) -> None:
    both = {**badge(), **document(earned(), type=types), "nonce": CHALLENGE, "aud": DOMAIN, "iss": HOLDER.did}
    both |= {"issuer": HOLDER.did, "@context": badge()["@context"]}
    for presentation in (token(both), token(both, typ="JWT")):
        assert problem(check(presentation, verifier=ANYONE))[0] == "data_model"
        assert not ANYONE.check(presentation, at=AT)


def test_a_proof_for_another_purpose_is_refused() -> None:
    options = {"challenge": CHALLENGE, "domain": DOMAIN}
    for purpose in ("assertionMethod", "keyAgreement", "capabilityInvocation"):
        made = add_proof(
            document(earned()),
            HOLDER,
            verification_method=HOLDER.verification_method,
            proof_purpose=purpose,
            options=options,
        )
        assert problem(check(made)) == ("proof", Code.PROOF_VERIFICATION_ERROR)
    shown_as_issued = add_proof(
        badge(), KEY, verification_method=KEY.verification_method, proof_purpose="authentication"
    )
    report = check(secured(document(shown_as_issued), "proof"))
    assert report.credentials[0]["proof"].code == Code.PROOF_VERIFICATION_ERROR


@pytest.mark.parametrize("presentation", [document(), document(proof=[]), document(proof={}), document(proof="signed")])
def test_presentation_without_a_proof_is_refused(presentation: JSONObject) -> None:
    assert check(presentation, challenge=None, domain=None)["proof"].outcome != "passed"
    assert not check(presentation, challenge=None, domain=None, verifier=ANYONE)


@pytest.mark.parametrize("typ", ["vc+jwt", "kb+jwt", "at+jwt", "vp+sd-jwt", "none", ""])
def test_token_of_another_kind_is_no_presentation(typ: str) -> None:
    report = check(token({**document(earned()), "nonce": CHALLENGE, "aud": DOMAIN}, typ=typ))
    assert problem(report) == ("proof", Code.MALFORMED_VALUE_ERROR)


def test_key_binding_token_is_no_presentation() -> None:
    claims: JSONObject = {"nonce": CHALLENGE, "aud": DOMAIN, "iat": 1780000000, "sd_hash": "x"}
    assert problem(check(token(claims, typ="kb+jwt"))) == ("data_model", Code.MALFORMED_VALUE_ERROR)


def test_presentation_with_context_of_its_own_is_indeterminate() -> None:
    inline: JSONObject = {"x": "https://example.com/x"}
    context: JSONValue = [CREDENTIALS_V2, inline]
    report = check(secured(document(earned(), **{"@context": context}), "proof"))
    assert (report["proof"].outcome, report["proof"].code) == ("indeterminate", Code.UNSUPPORTED)
    assert check(secured(document(earned(), **{"@context": context}), "jwt"))


@pytest.mark.parametrize("name", ["verifiableCredential", "holder"])
@pytest.mark.parametrize("base", [CREDENTIALS_V1, CREDENTIALS_V2])
@pytest.mark.parametrize("prefix", ["https://www.w3.org/2018/credentials#", "cred:", "_:", "@"])
def test_member_cannot_be_hidden_under_another_name(name: str, base: str, prefix: str) -> None:
    contexts: JSONValue = [base, *(["https://w3id.org/security/data-integrity/v2"] if base == CREDENTIALS_V1 else [])]
    held = earned()
    if base == CREDENTIALS_V1:
        old = {**v1_badge(), "credentialSubject": held["credentialSubject"]}
        held = add_proof(old, KEY, verification_method=KEY.verification_method)
    presentation = cast("JSONObject", secured(document(held, **{"@context": contexts}), "proof"))
    assert check(presentation)
    value = presentation.pop(name)
    for hidden in (value, [{"@graph": value}], {"@graph": value}, {"@id": value}, {"@set": value}):
        assert not check({**presentation, f"{prefix}{name}": hidden})  # type: ignore[dict-item]


def items() -> dict[str, JSONValue]:
    credential, compact = earned(), mc.sign_jwt(about(HOLDER.did), KEY)
    return {
        "a JWT as text": compact,
        "JSON as text": json.dumps(credential),
        "a name": "https://example.edu/credentials/1",
        "a number": 1,
        "nothing": None,
        "a list": [credential],
        "a graph": {"@graph": [credential]},
        "an empty object": {},
        "a presentation": cast("JSONObject", secured(document(credential), "proof")),
        "an enveloped presentation": mc.EnvelopedVerifiablePresentation.of(
            str(secured(document(credential), "jwt"))
        ).model_dump(),
        "an unsigned credential": badge(),
        "an issuer": {"id": KEY.did, "type": ["Profile"]},
    }


@pytest.mark.parametrize(
    ("name", "lone"),
    [(name, lone) for name in items() for lone in (False, True) if not lone or name not in ("nothing", "a list")],
)
def test_what_is_no_credential_is_not_shown(name: str, lone: bool) -> None:
    item = items()[name]
    presentation = document(verifiableCredential=item if lone else [earned(), item])
    report = check(token({**presentation, "nonce": CHALLENGE, "aud": DOMAIN}))
    assert not report
    pointer = "/verifiableCredential" if lone else "/verifiableCredential/1"
    for each in report.problems:
        assert each.pointer is not None
        assert each.pointer.startswith(pointer)
        assert not lone or not each.pointer.startswith("/verifiableCredential/0")


def test_tokens_stand_as_text_in_presentations_of_the_old_data_model_only() -> None:
    compact = mc.sign_jwt(about(HOLDER.did), KEY)
    for text, context, verified in (
        (compact, CREDENTIALS_V1, True),
        (compact, CREDENTIALS_V2, False),
        (json.dumps(earned()), CREDENTIALS_V1, False),
    ):
        inside: JSONObject = {**document(text, holder=None), "@context": [context]}
        presentation = token({"iss": HOLDER.did, "nonce": CHALLENGE, "aud": DOMAIN, "vp": inside}, typ="JWT")
        assert check(presentation, bound=True).verified is verified


@pytest.mark.parametrize("form", FORMS)
def test_lone_credential_needs_no_list(form: str) -> None:
    presentation = secured(document(verifiableCredential=earned()), form)
    assert len(check(presentation, bound=True).credentials) == 1
    report = check(secured(document(verifiableCredential=mc.sign(badge(OTHER.did), OTHER)), form))
    assert [each.pointer for each in report.problems] == ["/verifiableCredential/issuer"]


def test_credentials_of_both_data_models_are_shown_together() -> None:
    old = add_proof(
        {**v1_badge(), "credentialSubject": about(HOLDER.did)["credentialSubject"]},
        KEY,
        verification_method=KEY.verification_method,
    )
    for form in FORMS:
        shown = TRUSTING.verify_presentation(
            secured(document(old, earned()), form), challenge=CHALLENGE, domain=DOMAIN, holder_is_subject=True, at=AT
        )
        assert [type(each) for each in shown.credentials] == [mc.AchievementCredentialV1p1, mc.AchievementCredential]


# What a presentation may cost


def test_presentation_of_too_many_credentials_is_refused() -> None:
    few = mc.Verifier(trusted_issuers={KEY.did}, limits=mc.Limits(max_credentials=3))
    held: list[JSONValue] = [earned(id=f"urn:uuid:{number}") for number in range(4)]
    assert check(secured(document(*held[:3]), "jwt"), verifier=few)
    report = check(secured(document(*held), "jwt"), verifier=few)
    assert problem(report) == ("data_model", Code.TOO_COMPLEX)
    assert report.credentials == ()


def test_credentials_of_one_presentation_share_what_they_may_cost() -> None:
    # A badge has some 2,000 characters; a fifth one may have a quarter of what the first may.
    limits = mc.Limits(max_canonical_characters=6_000)
    bounded = mc.Verifier(trusted_issuers={KEY.did}, limits=limits)
    held: list[JSONValue] = [earned(id=f"urn:uuid:{number}") for number in range(5)]
    assert bounded.check(cast("JSONObject", held[4]), at=AT)
    report = check(secured(document(*held), "jwt"), verifier=bounded)
    assert [each["proof"].code for each in report.credentials] == [None] * 4 + [Code.TOO_COMPLEX]
    assert check(secured(document(*held), "jwt"))


def test_many_credentials_cost_a_few_times_what_one_can() -> None:
    limits = mc.Limits()
    checker = ProofChecker(
        resolver=Resolver(), trust=Trust(mc.ANY_ISSUER), contexts=None, inline_contexts=False, limits=limits
    )
    shares = [checker.after(others).limits for others in range(limits.max_credentials)]
    assert shares[0] is shares[1] is limits
    steps = [share.max_canonicalization_steps for share in shares]
    assert steps == sorted(steps, reverse=True)
    assert sum(steps) < 8 * limits.max_canonicalization_steps
    # Each proof of a chain can make the document canonical once more.
    chains = sum(share.max_canonicalization_steps * share.max_proofs for share in shares)
    assert chains < 8 * limits.max_canonicalization_steps * limits.max_proofs
    assert min(share.max_proofs for share in shares) >= 3
    assert min(share.max_statements for share in shares) >= 250
    small = checker.after(99).limits
    assert (
        dataclasses.replace(checker, limits=mc.Limits(max_proofs=1, max_statements=9)).after(99).limits.max_proofs == 1
    )
    assert small == checker.after(64).limits


def test_a_hundred_badges_are_shown_at_once() -> None:
    held: list[JSONValue] = [earned(id=f"urn:uuid:{number}") for number in range(100)]
    for form in FORMS:
        report = check(secured(document(*held), form), bound=True)
        assert report
        assert len(report.credentials) == 100


@pytest.mark.parametrize("form", FORMS)
def test_one_issuer_is_looked_up_once(form: str) -> None:
    did = "did:web:example.edu"
    method: JSONObject = {
        "id": f"{did}#key-1",
        "type": "Multikey",
        "controller": did,
        "publicKeyMultibase": KEY.public_key.multikey,
    }
    page = "https://example.edu/.well-known/did.json"
    web = FakeWeb({page: {"id": did, "verificationMethod": [method], "assertionMethod": [method["id"]]}})
    held: list[JSONValue] = [
        mc.sign({**about(HOLDER.did, id=f"urn:uuid:{number}"), "issuer": did}, KEY, verification_method=f"{did}#key-1")
        for number in range(70)
    ]
    presentation = secured(document(*held), form)
    assert check(presentation, verifier=mc.Verifier(trusted_issuers={did}, fetcher=web))
    assert web.requests == [page]


# DID documents: who may show in the name of a DID

WEB = "did:web:holder.example"
PAGE = "https://holder.example/.well-known/did.json"


class DIDTest:
    """A DID method that asks the web."""

    name = "test"

    def resolve(self, did: str) -> Steps[JSONObject]:
        answer = yield Fetch(f"https://did.example/{did}")
        return loads_object(answer.content)


def did_document(did: str, **changes: JSONValue) -> JSONObject:
    method: JSONObject = {
        "id": f"{did}#key-1",
        "type": "Multikey",
        "controller": did,
        "publicKeyMultibase": HOLDER.public_key.multikey,
    }
    return {"id": did, "verificationMethod": [method], "authentication": [f"{did}#key-1"], **changes}


def shown_by(did: str, form: str, page: JSONObject | None, *, bound: bool = True) -> mc.PresentationReport:
    """Judge a presentation of a holder whose DID is looked up; both verifiers must agree."""
    url = PAGE if did == WEB else f"https://did.example/{did}"
    held = mc.sign(about(did), KEY, created="2026-05-01T10:00:00Z")
    arguments = {"challenge": CHALLENGE, "domain": DOMAIN, "verification_method": f"{did}#key-1", "created": MADE}
    way = mc.present if form == "proof" else mc.present_jwt
    presentation = way([held], HOLDER, **arguments)  # type: ignore[arg-type]
    web = FakeWeb({} if page is None else {url: page})
    verifier = mc.Verifier(trusted_issuers={KEY.did}, did_methods=[DIDTest()], fetcher=web)
    report = check(presentation, verifier=verifier, bound=bound)
    other = mc.AsyncVerifier(trusted_issuers={KEY.did}, did_methods=[DIDTest()], fetcher=FakeWeb(web.pages))
    steps = other.check_presentation(presentation, challenge=CHALLENGE, domain=DOMAIN, holder_is_subject=bound, at=AT)
    assert asyncio.run(steps) == report
    assert web.requests == [url]
    return report


def method_in(did: str, **changes: JSONValue) -> JSONObject:
    methods = cast("list[JSONObject]", did_document(did)["verificationMethod"])
    return {**methods[0], **changes}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("did", ["did:test:holder", WEB])
def test_key_that_a_did_lists_for_authentication_shows_in_its_name(did: str, form: str) -> None:
    for page in (
        did_document(did),
        did_document(did, authentication=["#key-1"]),
        did_document(did, verificationMethod=[], authentication=[method_in(did)]),
        did_document(did, assertionMethod=[f"{did}#key-1"]),
    ):
        assert shown_by(did, form, page)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("did", ["did:test:holder", WEB])
def test_key_that_a_did_lists_for_something_else_shows_nothing(did: str, form: str) -> None:
    name = f"{did}#key-1"
    code: Code
    for page, code in (
        (did_document(did, authentication=[]), Code.INVALID_RELATIONSHIP_FOR_VERIFICATION_METHOD),
        (did_document(did, authentication=None), Code.INVALID_RELATIONSHIP_FOR_VERIFICATION_METHOD),
        (
            did_document(did, authentication=[], assertionMethod=[name]),
            Code.INVALID_RELATIONSHIP_FOR_VERIFICATION_METHOD,
        ),
        (
            did_document(did, authentication=[], keyAgreement=[name]),
            Code.INVALID_RELATIONSHIP_FOR_VERIFICATION_METHOD,
        ),
        (
            did_document(did, verificationMethod=[], assertionMethod=[method_in(did)], authentication=[]),
            Code.INVALID_VERIFICATION_METHOD,
        ),
        (did_document(did, authentication=[f"{did}#key-2"]), Code.INVALID_RELATIONSHIP_FOR_VERIFICATION_METHOD),
        (
            did_document(did, verificationMethod=[method_in(did, controller="did:test:other")]),
            Code.INVALID_VERIFICATION_METHOD,
        ),
        (
            did_document(did, verificationMethod=[method_in(did, publicKeyMultibase=OTHER.public_key.multikey)]),
            Code.PROOF_VERIFICATION_ERROR,
        ),
        (did_document("did:test:other"), Code.RESOLUTION_ERROR),
    ):
        for bound in (False, True):
            report = shown_by(did, form, page, bound=bound)
            assert problem(report) == ("proof", code)
            assert report["holder"].code == Code.HOLDER_NOT_BOUND


@pytest.mark.parametrize("form", FORMS)
def test_did_that_cannot_be_looked_up_is_indeterminate(form: str) -> None:
    report = shown_by(WEB, form, None)
    assert problem(report) == ("proof", Code.RESOLUTION_ERROR)
    assert not report.refused
    assert report.credentials[0]


def test_key_for_authentication_issues_nothing() -> None:
    web = FakeWeb({PAGE: did_document(WEB)})
    issuing = mc.Verifier(trusted_issuers={WEB}, fetcher=web)
    for credential in (
        mc.sign(badge(WEB), HOLDER, verification_method=f"{WEB}#key-1"),
        mc.sign_jwt(badge(WEB), HOLDER, verification_method=f"{WEB}#key-1"),
    ):
        report = issuing.check(credential, at=AT)
        assert report["proof"].code == Code.INVALID_RELATIONSHIP_FOR_VERIFICATION_METHOD


def test_embedded_key_is_one_that_the_holders_did_lists() -> None:
    payload = {**document(earned(), holder=WEB), "nonce": CHALLENGE, "aud": DOMAIN}
    for page, code in (
        (did_document(WEB), None),
        (did_document(WEB, authentication=[]), Code.INVALID_VERIFICATION_METHOD),
    ):
        known = mc.Verifier(trusted_issuers={KEY.did}, fetcher=FakeWeb({PAGE: page}))
        report = check(token(payload, kid=None, jwk=HOLDER.public_key.to_jwk()), verifier=known)
        assert (report.verified, report["proof"].code) == (code is None, code)


# What the W3C's suite sent, and what the reference answered


def recorded() -> list[tuple[int, JSONObject, JSONObject]]:
    """Return the status, the presentation and the options of each recorded request."""
    path = SHARED / "vectors" / "vc-api" / "vc-data-model-2.0-test-suite.jsonl"
    found: list[tuple[int, JSONObject, JSONObject]] = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        call = json.loads(line)
        if call["path"] == "/presentations/verify":
            body = json.loads(call["body"]) if isinstance(call["body"], str) else call["body"]
            found.append((call["status"], body.get("verifiablePresentation"), body.get("options") or {}))
    return found


RECORDED = recorded()
EXAMPLES: dict[str, JSONObject] = {
    "https://www.w3.org/ns/credentials/examples/v2": {
        "@context": {"@vocab": "https://www.w3.org/ns/credentials/examples#"}
    }
}


@pytest.mark.skipif(not RECORDED, reason="the recorded calls are not here (MICROCRED_SHARED)")
def test_all_recorded_calls_are_there() -> None:
    assert len(RECORDED) == 29
    assert sum(status == 200 for status, _, _ in RECORDED) == 14


@pytest.mark.parametrize("index", range(len(RECORDED)))
def test_recorded_presentation_has_the_recorded_outcome(index: int) -> None:
    status, presentation, options = RECORDED[index]
    verifier = mc.Verifier(trusted_issuers=mc.ANY_ISSUER, inline_contexts=True, contexts=EXAMPLES)
    challenge, domain = cast("str | None", options.get("challenge")), cast("str | None", options.get("domain"))
    report = verifier.check_presentation(presentation, challenge=challenge, domain=domain)
    assert report.verified is (status == 200), report.problems
    if status == 200:
        again = verifier.check_presentation(presentation, challenge="another", domain=domain)
        assert problem(again) == ("proof", Code.INVALID_CHALLENGE_ERROR)
        if domain is not None:
            again = verifier.check_presentation(presentation, challenge=challenge, domain="another")
            assert problem(again) == ("proof", Code.INVALID_DOMAIN_ERROR)


# SD-JWTs with key binding, which are presentations of one credential


def sd_jwt(subject: str | None, key: mc.SigningKey = HOLDER) -> str:
    """Return a bound SD-JWT of a badge about somebody, or about somebody who has no id in it."""
    held = about(subject or HOLDER.did)
    if subject is None:
        person = {name: value for name, value in cast("JSONObject", held["credentialSubject"]).items() if name != "id"}
        held["credentialSubject"] = {**person, "identifier": [mc.IdentityObject.of("ana@example.com").model_dump()]}
    issued = mc.sign_sd_jwt(held, KEY, holder_key=key.public_key)
    return mc.present_sd_jwt(issued, [""], holder=key, nonce=CHALLENGE, audience=DOMAIN, issued_at=AT)


@pytest.mark.parametrize(
    ("subject", "verified"),
    [
        (HOLDER.did, True),
        (None, True),
        (f"did:jwk:{base64url_encode(json.dumps(HOLDER.public_key.to_jwk()).encode())}", True),
        (OTHER.did, False),
        ("did:example:learner", False),
        ("https://example.edu/people/1", False),
    ],
    ids=lambda value: str(value)[:20],
)
def test_holder_of_an_sd_jwt_need_not_be_whom_it_is_about(subject: str | None, verified: bool) -> None:
    shown = sd_jwt(subject)
    assert check(shown)
    report = check(shown, bound=True)
    assert report.verified is verified
    assert report.credentials[0]["recipient"].code == (None if verified else Code.RECIPIENT_MISMATCH)


@pytest.mark.parametrize(
    ("page", "verified"),
    [
        (did_document(WEB), True),
        (did_document(WEB, authentication=[]), False),
        (did_document(WEB, authentication=[], assertionMethod=[f"{WEB}#key-1"]), False),
        (did_document("did:web:other.example"), False),
        (None, False),
    ],
    ids=["lists the key", "lists none", "lists it for something else", "another DID", "not there"],
)
def test_did_of_whom_an_sd_jwt_is_about_says_whose_key_it_is(page: JSONObject | None, verified: bool) -> None:
    web = FakeWeb({} if page is None else {PAGE: page})
    known = mc.Verifier(trusted_issuers={KEY.did}, fetcher=web)
    assert check(sd_jwt(WEB), verifier=known)
    assert not web.requests
    assert check(sd_jwt(WEB), verifier=known, bound=True).verified is verified
    assert web.requests == [PAGE]
    web.requests.clear()
    stranger = mc.Verifier(trusted_issuers={OTHER.did}, fetcher=web)
    forged = sd_jwt(WEB).split(".", 2)
    broken = ".".join([*forged[:2], f"{'A' * 86}{forged[2][86:]}"])
    assert not check(broken, verifier=stranger, bound=True)
    assert not web.requests


def test_sd_jwt_in_a_presentation_around_it_is_the_holders_by_its_subject() -> None:
    issued = mc.sign_sd_jwt(about(HOLDER.did), KEY, holder_key=HOLDER.public_key)
    for key, verified in ((HOLDER, True), (OTHER, False)):
        shown = mc.present_jwt([issued], key, challenge=CHALLENGE, domain=DOMAIN, created=MADE)
        assert check(shown)
        assert check(shown, bound=True).verified is verified


def test_sd_jwt_of_a_presentation_cannot_lose_what_it_answers() -> None:
    claims: JSONObject = {"nonce": CHALLENGE, "aud": DOMAIN, "iss": HOLDER.did}
    hiding = ["/nonce", "/holder", "/verifiableCredential/1"]
    shown = encode_sd_jwt(
        document(earned(), earned(id="urn:uuid:2")),
        HOLDER,
        kid=HOLDER.verification_method,
        claims=claims,
        disclosable=hiding,
    )
    assert len(check(shown, bound=True).credentials) == 2
    bare = f"{shown.partition('~')[0]}~"
    assert problem(check(bare)) == ("proof", Code.INVALID_CHALLENGE_ERROR)
    # Who has it may withhold what its maker let them; the holder is the one who signed, with or without the name.
    assert len(check(bare, challenge=None, bound=True).credentials) == 1
