"""The verifier's judgement: what passes, what fails, what cannot be told, and by which code."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import cast

import pytest

import microcred as mc
from microcred.encoding import base64url_encode
from microcred.errors import FetchError
from microcred.json import JSONObject, JSONValue, loads_object
from microcred.protocols import Fetch, Steps
from microcred.signing import add_proof, encode_jwt
from microcred.testing import FakeWeb
from microcred.verify.report import CHECKS, Code, Finding
from tests.make import AT, ISSUER, KEY, LEARNER, OTHER, badge, signed, v1_badge

TRUSTING = mc.Verifier(trusted_issuers={KEY.did})
SCHEMAS = mc.Verifier(trusted_issuers={KEY.did}, schemas={"https://example.edu/schema.json": {"required": ["name"]}})
CONTEXTS = ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"]
ANYONE = mc.Verifier(trusted_issuers=mc.ANY_ISSUER)


def self_asserted(key: mc.SigningKey = KEY, issuer: str = ISSUER) -> JSONObject:
    """Return a badge of an https issuer whose key is only claimed, in the fragment of the issuer's URL."""
    return mc.sign(badge(issuer), key, verification_method=f"{issuer}#{key.public_key.multikey}")


# What comes in


@pytest.mark.parametrize(
    "form",
    [
        lambda: signed(),
        lambda: mc.parse(signed()),
        lambda: json.dumps(signed()),
        lambda: json.dumps(signed()).encode(),
        lambda: b"\xef\xbb\xbf" + json.dumps(signed()).encode(),
        lambda: mc.sign_jwt(badge(), KEY),
        lambda: f"\n{mc.sign_jwt(badge(), KEY)}\n".encode(),
    ],
    ids=["dict", "model", "text", "bytes", "bytes with a byte order mark", "JWT", "JWT bytes with white space"],
)
def test_every_form_of_a_good_badge_verifies(form: Callable[[], JSONObject | str | bytes]) -> None:
    report = TRUSTING.check(form(), at=AT)
    assert report
    assert report.verified_at == AT
    assert [check.name for check in report] == list(CHECKS)


def test_verify_returns_the_model_and_check_the_report() -> None:
    credential, report = TRUSTING.verify_with_report(signed(), at=AT)
    assert isinstance(credential, mc.AchievementCredential)
    assert credential == mc.parse(signed()) == TRUSTING.verify(signed(), at=AT)
    assert report == TRUSTING.check(signed(), at=AT)


def test_verify_raises_with_the_report() -> None:
    with pytest.raises(mc.VerificationError) as refusal:
        TRUSTING.verify(badge(), at=AT)
    assert refusal.value.report["proof"].code == Code.PROOF_VERIFICATION_ERROR


def test_async_verifier_judges_the_same() -> None:
    verifier = mc.AsyncVerifier(trusted_issuers={KEY.did})
    assert asyncio.run(verifier.check(signed(), at=AT)) == TRUSTING.check(signed(), at=AT)
    assert asyncio.run(verifier.verify(signed(), at=AT)) == TRUSTING.verify(signed(), at=AT)
    with pytest.raises(mc.VerificationError):
        asyncio.run(verifier.verify(badge(), at=AT))


def test_misuse_is_a_type_or_value_error() -> None:
    with pytest.raises(TypeError):
        mc.Verifier(trusted_issuers=KEY.did)
    with pytest.raises(TypeError):
        mc.Verifier(trusted_issuers={KEY.did: [KEY.public_key.multikey]})
    with pytest.raises(TypeError):
        TRUSTING.check(17)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="time zone"):
        TRUSTING.check(signed(), at=datetime(2026, 1, 1))  # noqa: DTZ001
    with pytest.raises(ValueError, match="require"):
        mc.Verifier(trusted_issuers={KEY.did}, require="most")  # type: ignore[arg-type]


def test_trusted_issuers_has_no_default() -> None:
    with pytest.raises(TypeError):
        mc.Verifier()  # type: ignore[call-arg]


# Each code is produced by the input that it stands for. The table is checked to be complete.


def jwt(header: JSONObject, payload: JSONObject | None = None, key: mc.SigningKey = KEY) -> str:
    parts = [base64url_encode(json.dumps(part).encode()) for part in (header, badge() if payload is None else payload)]
    return ".".join([*parts, base64url_encode(key.sign(".".join(parts).encode()))])


def with_proof(**changes: JSONValue) -> JSONObject:
    """Return a badge whose proof was changed after signing."""
    document = signed()
    proofs = document["proof"]
    assert isinstance(proofs, list)
    assert isinstance(proofs[0], dict)
    proof = {**proofs[0], **changes}
    return {**document, "proof": [{name: value for name, value in proof.items() if value is not None}]}


CASES: list[tuple[str, Code, mc.Verifier, Callable[[], JSONObject | str | bytes]]] = [
    ("data_model", Code.PARSING_ERROR, TRUSTING, lambda: "{"),
    ("data_model", Code.PARSING_ERROR, TRUSTING, lambda: b"\xff\xfe{}"),
    ("data_model", Code.PARSING_ERROR, TRUSTING, lambda: "eyJhbGciOiJFZERTQSJ9.e30"),
    ("data_model", Code.MALFORMED_VALUE_ERROR, TRUSTING, lambda: signed() | {"validFrom": "soon"}),
    ("data_model", Code.MALFORMED_VALUE_ERROR, TRUSTING, lambda: {"type": "Achievement"}),
    ("data_model", Code.PARSING_ERROR, TRUSTING, lambda: b"\x89PNG\r\n\x1a\n"),
    ("data_model", Code.UNSUPPORTED, TRUSTING, lambda: {**signed(), "type": ["VerifiablePresentation"]}),
    ("data_model", Code.DIGEST_MISMATCH, TRUSTING, lambda: with_digest()),
    ("credential_schema", Code.UNSUPPORTED, TRUSTING, lambda: with_schema(type="https://example.edu/terms#Schema")),
    ("credential_schema", Code.RESOLUTION_ERROR, TRUSTING, lambda: with_schema(type="JsonSchema")),
    ("credential_schema", Code.SCHEMA_MISMATCH, SCHEMAS, lambda: with_schema(type="1EdTechJsonSchemaValidator2019")),
    ("proof", Code.PROOF_VERIFICATION_ERROR, TRUSTING, lambda: badge()),
    ("proof", Code.PROOF_VERIFICATION_ERROR, TRUSTING, lambda: signed() | {"name": "Another"}),
    ("proof", Code.PROOF_VERIFICATION_ERROR, TRUSTING, lambda: with_proof(proofPurpose="authentication")),
    ("proof", Code.PROOF_VERIFICATION_ERROR, TRUSTING, lambda: with_proof(proofPurpose=None)),
    ("proof", Code.PROOF_VERIFICATION_ERROR, TRUSTING, lambda: with_proof(verificationMethod=None)),
    ("proof", Code.PROOF_VERIFICATION_ERROR, TRUSTING, lambda: with_proof(proofValue=None)),
    ("proof", Code.PROOF_VERIFICATION_ERROR, TRUSTING, lambda: with_proof(proofValue="z5nmMBw2u9TGKd9")),
    ("proof", Code.PROOF_VERIFICATION_ERROR, TRUSTING, lambda: with_proof(created="yesterday")),
    ("proof", Code.PROOF_VERIFICATION_ERROR, TRUSTING, lambda: {**badge(), "proof": "signed, honestly"}),
    ("proof", Code.PROOF_VERIFICATION_ERROR, TRUSTING, lambda: {**badge(), "proof": [{}] * 17}),
    ("proof", Code.PROOF_VERIFICATION_ERROR, TRUSTING, lambda: with_proof(cryptosuite="eddsa-jcs-2022")),
    ("proof", Code.INVALID_VERIFICATION_METHOD, TRUSTING, lambda: with_proof(cryptosuite="ecdsa-rdfc-2019")),
    ("proof", Code.UNSUPPORTED, TRUSTING, lambda: with_proof(cryptosuite="eddsa-rdfc-2023")),
    ("proof", Code.UNSUPPORTED, TRUSTING, lambda: with_proof(cryptosuite=None)),
    ("proof", Code.UNSUPPORTED, TRUSTING, lambda: with_proof(type="RsaSignature2018")),
    ("proof", Code.PROOF_VERIFICATION_ERROR, TRUSTING, lambda: with_proof(previousProof="urn:proof:1")),
    ("proof", Code.PROOF_VERIFICATION_ERROR, TRUSTING, lambda: with_proof(previousProof=456321)),
    ("proof", Code.UNSUPPORTED, TRUSTING, lambda: with_proof(verificationMethod="did:ebsi:example#key-1")),
    ("proof", Code.PROOF_TRANSFORMATION_ERROR, TRUSTING, lambda: signed() | {"undefinedTerm": 1}),
    ("proof", Code.TOO_COMPLEX, mc.Verifier(trusted_issuers={KEY.did}, limits=mc.Limits(max_quads=5)), signed),
    ("proof", Code.INVALID_VERIFICATION_METHOD, TRUSTING, lambda: with_proof(verificationMethod="key-1")),
    ("proof", Code.INVALID_VERIFICATION_METHOD, TRUSTING, lambda: with_proof(verificationMethod="did:key:z6Mk")),
    ("proof", Code.INVALID_VERIFICATION_METHOD, TRUSTING, lambda: foreign_key()),
    ("proof", Code.CRYPTOGRAPHIC_SECURITY_ERROR, TRUSTING, lambda: jwt({"alg": "none"})),
    (
        "proof",
        Code.CRYPTOGRAPHIC_SECURITY_ERROR,
        TRUSTING,
        lambda: jwt({"alg": "HS256", "kid": KEY.verification_method}),
    ),
    (
        "proof",
        Code.CRYPTOGRAPHIC_SECURITY_ERROR,
        TRUSTING,
        lambda: jwt({"alg": "ES256", "kid": KEY.verification_method}),
    ),
    ("proof", Code.UNSUPPORTED, TRUSTING, lambda: jwt({"alg": "ES256K", "kid": KEY.verification_method})),
    ("proof", Code.UNSUPPORTED, TRUSTING, lambda: jwt({"alg": "EdDSA", "crit": ["x"], "kid": KEY.verification_method})),
    ("proof", Code.UNSUPPORTED, TRUSTING, lambda: jwt({"alg": "EdDSA"})),
    ("proof", Code.MALFORMED_VALUE_ERROR, TRUSTING, lambda: jwt({"alg": "EdDSA", "typ": "at+jwt"})),
    ("validity_period", Code.EXPIRED, TRUSTING, lambda: signed(validUntil="2026-05-31T00:00:00Z")),
    ("validity_period", Code.NOT_YET_VALID, TRUSTING, lambda: signed(validFrom="2026-06-02T00:00:00Z")),
    ("proof", Code.EXPIRED, TRUSTING, lambda: expired_proof()),
    ("credential_status", Code.STATUS_RETRIEVAL_ERROR, TRUSTING, lambda: with_status()),
    ("credential_status", Code.UNSUPPORTED, TRUSTING, lambda: with_status(type="https://example.edu/terms#Status")),
    ("endorsement", Code.MALFORMED_VALUE_ERROR, TRUSTING, lambda: with_endorsement()),
    ("issuer", Code.ISSUER_NOT_TRUSTED, TRUSTING, lambda: signed(OTHER)),
    ("issuer", Code.ISSUER_KEY_NOT_BOUND, mc.Verifier(trusted_issuers={ISSUER}), self_asserted),
    ("issuer", Code.ISSUER_KEY_NOT_BOUND, mc.Verifier(trusted_issuers={KEY.did: OTHER.public_key}), signed),
]


def with_schema(**entry: JSONValue) -> JSONObject:
    document = badge(credentialSchema=[{"id": "https://example.edu/schema.json", **entry}])
    document["@context"] = [*CONTEXTS, "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"]
    return mc.sign(document, KEY)


def with_digest() -> JSONObject:
    # Which mc.sign would not issue.
    document = badge(relatedResource=[{"id": CONTEXTS[0], "digestSRI": f"sha256-{'A' * 43}="}])
    return add_proof(document, KEY, verification_method=KEY.verification_method)


def with_status(**entry: JSONValue) -> JSONObject:
    listed: JSONObject = {
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": "7",
        "statusListCredential": "https://example.edu/status/1",
    }
    return signed(credentialStatus=entry or listed)


def with_endorsement() -> JSONObject:
    return signed(endorsementJwt=["eyJhbGciOiJFZERTQSJ9.e30.AA"])


def expired_proof() -> JSONObject:
    return mc.sign(badge(), KEY, options={"expires": "2026-05-31T00:00:00Z"})


def foreign_key() -> JSONObject:
    """Return a badge that names one did:key as its issuer and is signed by another."""
    return add_proof(badge(KEY.did), OTHER, verification_method=OTHER.verification_method)


@pytest.mark.parametrize(
    ("name", "code", "verifier", "make"), CASES, ids=lambda value: str(value) if isinstance(value, str) else "-"
)
def test_code_is_produced(
    name: str, code: Code, verifier: mc.Verifier, make: Callable[[], JSONObject | str | bytes]
) -> None:
    report = verifier.check(make(), at=AT)
    check = next(check for check in report if check.name == name)
    assert check.code == code
    assert check.outcome in ("failed", "indeterminate")
    assert check.detail
    unjudged = (Code.UNSUPPORTED, Code.RESOLUTION_ERROR, Code.STATUS_RETRIEVAL_ERROR)
    assert (check.outcome == "indeterminate") == (code in unjudged)
    assert not report.verified


def test_every_code_has_a_case() -> None:
    elsewhere = {
        *(Code.RECIPIENT_MISMATCH, Code.INVALID_RELATIONSHIP_FOR_VERIFICATION_METHOD),
        # In test_presentations.
        *(Code.HOLDER_NOT_BOUND, Code.INVALID_CHALLENGE_ERROR, Code.INVALID_DOMAIN_ERROR),
        # In test_status.
        *(Code.REVOKED, Code.SUSPENDED, Code.REFRESH_AVAILABLE, Code.STATUS_MESSAGE, Code.RANGE_ERROR),
        *(Code.STATUS_VERIFICATION_ERROR, Code.STATUS_LIST_LENGTH_ERROR),
        # In test_trust.
        Code.REGISTRY_RETRIEVAL_ERROR,
        # In test_refresh.
        Code.NOT_REFRESHED,
    }
    assert {code for _, code, _, _ in CASES} | elsewhere == set(Code)


# Dates


@pytest.mark.parametrize(
    ("moment", "verified"),
    [
        (datetime(2026, 5, 1, 9, 28, 59, tzinfo=UTC), False),
        (datetime(2026, 5, 1, 9, 29, 0, tzinfo=UTC), True),
        (datetime(2026, 5, 31, 0, 1, 0, tzinfo=UTC), True),
        (datetime(2026, 5, 31, 0, 1, 1, tzinfo=UTC), False),
    ],
)
@pytest.mark.parametrize("form", ["proof", "ob3", "vc-jose"])
def test_dates_are_judged_with_a_minute_of_clock_skew(moment: datetime, verified: bool, form: str) -> None:
    document = badge(validUntil="2026-05-31T00:00:00Z")
    secured = (
        mc.sign(document, KEY, created="2026-05-01T09:30:00Z")
        if form == "proof"
        else mc.sign_jwt(document, KEY, profile=form)  # type: ignore[arg-type]
    )
    assert bool(TRUSTING.check(secured, at=moment)) is verified


def test_clock_skew_is_an_argument() -> None:
    document = signed(validUntil="2026-05-31T00:00:00Z")
    moment = datetime(2026, 5, 31, 0, 0, 30, tzinfo=UTC)
    assert TRUSTING.check(document, at=moment)
    assert not mc.Verifier(trusted_issuers={KEY.did}, clock_skew=timedelta(0)).check(document, at=moment)


def test_dates_of_the_wrong_data_model_count_too() -> None:
    token = encode_jwt({**badge(), "expirationDate": "2020-01-01T00:00:00Z"}, KEY)
    assert TRUSTING.check(token, at=AT)["validity_period"].code == Code.EXPIRED


# Recipient


@pytest.mark.parametrize(
    ("identifier", "recipient", "outcome"),
    [
        (None, LEARNER, "passed"),
        (None, "did:example:somebody-else", "failed"),
        (None, {"id": LEARNER}, "passed"),
        (None, "a@example.com", "failed"),
        (mc.IdentityObject.of("a@example.com"), "a@example.com", "passed"),
        (mc.IdentityObject.of("a@example.com"), "b@example.com", "failed"),
        (mc.IdentityObject.of("a@example.com", hashed=False), "a@example.com", "passed"),
        (mc.IdentityObject.of("a@example.com", hashed=False), "A@example.com", "failed"),
        (mc.IdentityObject.of("Ann", "name", hashed=False), {"name": "Ann"}, "passed"),
        (mc.IdentityObject.of("Ann", "name", hashed=False), "a@example.com", "failed"),
    ],
)
def test_recipient_is_compared(identifier: mc.IdentityObject | None, recipient: str, outcome: str) -> None:
    document = badge()
    subject = document["credentialSubject"]
    assert isinstance(subject, dict)
    if identifier is not None:
        subject["identifier"] = [identifier.model_dump()]
    check = TRUSTING.check(mc.sign(document, KEY), at=AT, recipient=recipient)["recipient"]
    assert check.outcome == outcome
    assert check.code == (Code.RECIPIENT_MISMATCH if outcome == "failed" else None)


def test_hashed_recipient_of_the_specification_matches() -> None:
    identity: JSONObject = {
        "type": "IdentityObject",
        "hashed": True,
        "identityHash": "sha256$B5809D8A92F8858436D7E6B87C12EBC0AE1EAC4BAECC2C0B913AEE2C922EF399",
        "identityType": "emailAddress",
        "salt": "Kosher",
    }
    document = badge()
    document["credentialSubject"] = {**document["credentialSubject"], "identifier": [identity]}  # type: ignore[dict-item]
    secured = mc.sign(document, KEY)
    assert TRUSTING.check(secured, at=AT, recipient="a@example.com")["recipient"].outcome == "passed"
    identity["identityHash"] = "sha512$00"
    unknown = mc.sign(document, KEY)
    assert TRUSTING.check(unknown, at=AT, recipient="a@example.com")["recipient"].code == Code.UNSUPPORTED


# A name is not a key


def test_key_in_the_fragment_of_an_https_issuer_is_self_asserted() -> None:
    check = ANYONE.check(self_asserted(), at=AT)["issuer"]
    assert (check.outcome, check.code) == ("passed", Code.ISSUER_KEY_NOT_BOUND)
    assert not mc.Verifier(trusted_issuers={ISSUER}).check(self_asserted(), at=AT)


def test_pinned_key_authenticates_an_issuer() -> None:
    pinned = mc.Verifier(trusted_issuers={ISSUER: [OTHER.public_key, KEY.public_key]})
    assert pinned.check(self_asserted(), at=AT)["issuer"].code is None
    assert pinned.check(self_asserted(), at=AT)
    stranger = mc.SigningKey.generate()
    assert not pinned.check(self_asserted(stranger), at=AT)


def test_pinned_key_serves_where_the_key_cannot_be_looked_up() -> None:
    issuer = "did:ebsi:example"
    document = mc.sign(badge(issuer), KEY, verification_method=f"{issuer}#key-1")
    assert mc.Verifier(trusted_issuers={issuer}).check(document, at=AT)["proof"].code == Code.UNSUPPORTED
    assert mc.Verifier(trusted_issuers={issuer: KEY.public_key}).check(document, at=AT)
    assert not mc.Verifier(trusted_issuers={issuer: OTHER.public_key}).check(document, at=AT)
    token = mc.sign_jwt(badge(issuer), KEY, verification_method=f"{issuer}#key-1")
    assert mc.Verifier(trusted_issuers={issuer: KEY.public_key}).check(token, at=AT)
    assert not mc.Verifier(trusted_issuers={issuer: OTHER.public_key}).check(token, at=AT)


def test_key_of_another_https_page_is_foreign() -> None:
    method = f"https://example.com/elsewhere#{KEY.public_key.multikey}"
    document = add_proof(badge(ISSUER), KEY, verification_method=method)
    assert ANYONE.check(document, at=AT)["proof"].code == Code.INVALID_VERIFICATION_METHOD


@pytest.mark.parametrize("kind", ["Ed25519", "P-256", "P-384", "P-521", "RSA"])
def test_embedded_jwk_is_bound_when_the_issuer_is_its_did(kind: str) -> None:
    key = mc.SigningKey.generate(kind)  # type: ignore[arg-type]
    token = mc.sign_jwt(badge(key.did), key)
    assert mc.Verifier(trusted_issuers={key.did}).check(token, at=AT)


def test_embedded_jwk_of_somebody_else_is_refused() -> None:
    token = encode_jwt(badge(KEY.did), OTHER)
    assert ANYONE.check(token, at=AT)["proof"].code == Code.INVALID_VERIFICATION_METHOD
    self_signed = encode_jwt(badge(ISSUER), OTHER)
    assert ANYONE.check(self_signed, at=AT)["issuer"].code == Code.ISSUER_KEY_NOT_BOUND
    assert not mc.Verifier(trusted_issuers={ISSUER}).check(self_signed, at=AT)


def test_kid_goes_before_an_embedded_jwk() -> None:
    header: JSONObject = {"alg": "EdDSA", "kid": KEY.verification_method, "jwk": OTHER.public_key.to_jwk()}
    assert TRUSTING.check(jwt(header), at=AT)
    assert TRUSTING.check(jwt(header, key=OTHER), at=AT)["proof"].code == Code.PROOF_VERIFICATION_ERROR


def test_private_jwk_in_a_header_is_refused() -> None:
    token = jwt({"alg": "EdDSA", "jwk": KEY.to_jwk()})
    assert TRUSTING.check(token, at=AT)["proof"].code == Code.INVALID_VERIFICATION_METHOD


def test_kid_that_is_a_fragment_is_looked_up_in_the_issuers_did() -> None:
    assert TRUSTING.check(jwt({"alg": "EdDSA", "kid": f"#{KEY.public_key.multikey}"}), at=AT)
    assert TRUSTING.check(jwt({"alg": "EdDSA", "kid": KEY.public_key.multikey}), at=AT)


def test_did_jwk_issuer_is_authenticated() -> None:
    did = f"did:jwk:{base64url_encode(json.dumps(KEY.public_key.to_jwk()).encode())}"
    document = mc.sign(badge(did), KEY, verification_method=f"{did}#0")
    assert mc.Verifier(trusted_issuers={did}).check(document, at=AT)
    foreign = add_proof(badge(did), OTHER, verification_method=f"{did}#0")
    assert ANYONE.check(foreign, at=AT)["proof"].code == Code.PROOF_VERIFICATION_ERROR


def test_bare_did_key_stands_for_its_only_key() -> None:
    document = add_proof(badge(), KEY, verification_method=KEY.did)
    assert TRUSTING.check(document, at=AT)


# Several proofs


def test_one_good_proof_suffices() -> None:
    twice = add_proof(signed(), OTHER, verification_method=OTHER.verification_method)
    assert TRUSTING.check(twice, at=AT)
    proofs = twice["proof"]
    assert isinstance(proofs, list)
    assert TRUSTING.check({**twice, "proof": proofs[::-1]}, at=AT)
    assert not TRUSTING.check({**twice, "proof": proofs[1:]}, at=AT)


def test_unsupported_proof_beside_a_bad_one_does_not_soften_it() -> None:
    bad, unknown = signed()["proof"], {"type": "DataIntegrityProof", "cryptosuite": "mldsa44-rdfc-2024"}
    assert isinstance(bad, list)
    document = {**signed(), "name": "Another", "proof": [unknown, *bad]}
    assert TRUSTING.check(document, at=AT)["proof"].outcome == "failed"


# The Data Model 1.1 is verified, not issued


def test_badge_of_the_old_data_model_verifies() -> None:
    document = add_proof(v1_badge(), KEY, verification_method=KEY.verification_method)
    credential = TRUSTING.verify(document, at=AT)
    assert isinstance(credential, mc.AchievementCredentialV1p1)
    assert credential.valid_from == credential.issuance_date


def old_jwt(**claims: object) -> str:
    vc = v1_badge()
    base: JSONObject = {"iss": KEY.did, "jti": vc["id"], "sub": LEARNER, "nbf": 1777627800, "vc": vc}
    return jwt({"alg": "EdDSA", "kid": KEY.verification_method}, {**base, **claims})  # type: ignore[dict-item]


def test_old_jwt_with_a_vc_claim_verifies() -> None:
    assert TRUSTING.check(old_jwt(), at=AT)


@pytest.mark.parametrize(
    "claims", [{"iss": OTHER.did}, {"jti": "urn:x:1"}, {"sub": "did:example:b"}, {"nbf": 1}, {"nbf": "soon"}]
)
def test_claims_that_contradict_the_credential_are_refused(claims: dict[str, object]) -> None:
    assert TRUSTING.check(old_jwt(**claims), at=AT)["proof"].code == Code.MALFORMED_VALUE_ERROR
    new = {**badge(), **claims}
    token = jwt({"alg": "EdDSA", "typ": "JWT", "kid": KEY.verification_method}, new)  # type: ignore[arg-type]
    assert TRUSTING.check(token, at=AT)["proof"].code == Code.MALFORMED_VALUE_ERROR


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("iat", None), ("iat", True), ("iat", "soon"), ("iat", "1777627800"), ("iat", "2026-05-01T09:30:00Z")],
        *[("iat", [1777627800]), ("iat", 1e300), ("aud", None), ("aud", 1), ("aud", {}), ("aud", [1])],
        ("aud", ["https://example.com", None]),
    ],
    ids=str,
)
def test_claims_of_the_wrong_form_are_refused(name: str, value: JSONValue) -> None:
    assert TRUSTING.check(old_jwt(**{name: value}), at=AT)["proof"].code == Code.MALFORMED_VALUE_ERROR
    token = jwt({"alg": "EdDSA", "kid": KEY.verification_method}, {**badge(), name: value})
    assert TRUSTING.check(token, at=AT)["proof"].code == Code.MALFORMED_VALUE_ERROR


def test_when_a_jwt_was_made_decides_nothing() -> None:
    # RFC 7519 §4.1.6 gives iat for the age of a token, and says nothing of one that comes out of the future.
    for moment in (0, 1777627800, 1777627800.5, 4102444800):
        assert TRUSTING.check(old_jwt(iat=moment), at=AT)


@pytest.mark.parametrize(("made", "verified"), [("2010-01-01T19:23:24Z", True), ("soon", False), (True, False)])
def test_when_a_jwt_was_made_may_be_text_in_vc_jose_cose(made: JSONValue, verified: bool) -> None:
    # The W3C's vc-jose-cose-test-suite has such a text in tokens that must verify.
    token = jwt({"alg": "EdDSA", "typ": "vc+jwt", "kid": KEY.verification_method}, {**badge(), "iat": made})
    assert TRUSTING.check(token, at=AT).verified is verified


@pytest.mark.parametrize("audience", ["https://example.com", ["https://example.com", "did:example:b"], []])
def test_a_jwt_for_certain_readers_is_indeterminate(audience: JSONValue) -> None:
    report = TRUSTING.check(old_jwt(aud=audience), at=AT)
    assert (report["proof"].outcome, report["proof"].code) == ("indeterminate", Code.UNSUPPORTED)
    assert report["issuer"].outcome == "passed"
    header, payload, _ = old_jwt(aud=audience).split(".")
    forged = f"{header}.{payload}.{base64url_encode(bytes(64))}"
    assert TRUSTING.check(forged, at=AT)["proof"].code == Code.PROOF_VERIFICATION_ERROR


@pytest.mark.parametrize("audience", ["did:example:learner", ["did:example:learner"]])
def test_a_jwt_for_whom_it_is_about_may_be_shown_to_anybody(audience: JSONValue) -> None:
    assert TRUSTING.check(old_jwt(aud=audience), at=AT)
    nobody = badge(credentialSubject={**cast("JSONObject", badge()["credentialSubject"]), "id": "did:example:b"})
    token = jwt({"alg": "EdDSA", "kid": KEY.verification_method}, {**nobody, "aud": audience})
    assert TRUSTING.check(token, at=AT)["proof"].code == Code.UNSUPPORTED


def test_claims_that_are_absent_are_not_held_against_the_issuer() -> None:
    assert TRUSTING.check(jwt({"alg": "EdDSA", "kid": KEY.verification_method}), at=AT)


def test_exp_alone_ends_the_credential() -> None:
    token = jwt({"alg": "EdDSA", "kid": KEY.verification_method}, {**badge(), "exp": 1777700000})
    assert TRUSTING.check(token, at=AT)["validity_period"].code == Code.EXPIRED


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("vc+jwt", {"vc": badge()}),
        ("application/vc+jwt", {"vc": v1_badge()}),
        ("JWT", v1_badge()),
        ("JWT", {"vc": "text"}),
        ("JWT", {"vc": v1_badge()["credentialSubject"]}),
    ],
)
def test_vc_claim_and_data_model_must_agree(kind: str, payload: JSONObject) -> None:
    token = jwt({"alg": "EdDSA", "kid": KEY.verification_method, "typ": kind}, payload)
    assert TRUSTING.check(token, at=AT)["data_model"].code == Code.MALFORMED_VALUE_ERROR


# Plug-ins, and the network that only they use


class DIDTest:
    """A DID method that asks the web."""

    name = "test"

    def resolve(self, did: str) -> Steps[JSONObject]:
        answer = yield Fetch(f"https://did.example/{did}")
        return loads_object(answer.content)


DID = "did:test:issuer"
METHOD = f"{DID}#key-1"


def did_document(**changes: object) -> JSONObject:
    method = {
        "id": METHOD,
        "type": "Multikey",
        "controller": DID,
        "publicKeyMultibase": KEY.public_key.multikey,
    }
    document: dict[str, object] = {"id": DID, "verificationMethod": [method], "assertionMethod": [METHOD]}
    return {**document, **changes}  # type: ignore[dict-item]


def method(**changes: object) -> JSONObject:
    document = did_document()["verificationMethod"]
    assert isinstance(document, list)
    assert isinstance(document[0], dict)
    return {**document[0], **changes}  # type: ignore[dict-item]


def check_with(page: JSONObject | FetchError | None) -> mc.VerificationReport:
    web = FakeWeb({} if page is None else {f"https://did.example/{DID}": page})
    document = mc.sign(badge(DID), KEY, verification_method=METHOD)
    sync = mc.Verifier(trusted_issuers={DID}, did_methods=[DIDTest()], fetcher=web).check(document, at=AT)
    other = mc.AsyncVerifier(trusted_issuers={DID}, did_methods=[DIDTest()], fetcher=web)
    assert asyncio.run(other.check(document, at=AT)) == sync
    assert web.requests
    return sync


@pytest.mark.parametrize(
    "page",
    [
        did_document(),
        did_document(verificationMethod=[method(id="#key-1")], assertionMethod=["#key-1"]),
        did_document(verificationMethod=method(), assertionMethod=METHOD),
        did_document(verificationMethod=[], assertionMethod=[method()]),
        did_document(verificationMethod=[method(type="JsonWebKey", publicKeyJwk=KEY.public_key.to_jwk())]),
        did_document(verificationMethod=[method(expires="2027-01-01T00:00:00Z")]),
    ],
    ids=["listed", "relative ids", "single values", "embedded", "JWK", "not expired"],
)
def test_key_of_a_resolved_document_authenticates_its_issuer(page: JSONObject) -> None:
    assert check_with(page)


@pytest.mark.parametrize(
    ("page", "code"),
    [
        (None, Code.RESOLUTION_ERROR),
        (FetchError("https://did.example", "reset"), Code.RESOLUTION_ERROR),
        (did_document(id="did:test:other"), Code.RESOLUTION_ERROR),
        (did_document(assertionMethod=[]), Code.INVALID_RELATIONSHIP_FOR_VERIFICATION_METHOD),
        (did_document(assertionMethod=[], authentication=[METHOD]), Code.INVALID_RELATIONSHIP_FOR_VERIFICATION_METHOD),
        (did_document(verificationMethod=[]), Code.INVALID_VERIFICATION_METHOD),
        (did_document(verificationMethod=[method(controller="did:test:other")]), Code.INVALID_VERIFICATION_METHOD),
        (did_document(verificationMethod=[method(controller=None)]), Code.INVALID_VERIFICATION_METHOD),
        (did_document(verificationMethod=[method(revoked="2030-01-01T00:00:00Z")]), Code.INVALID_VERIFICATION_METHOD),
        (did_document(verificationMethod=[method(expires="2026-01-01T00:00:00Z")]), Code.INVALID_VERIFICATION_METHOD),
        (did_document(verificationMethod=[method(expires="never")]), Code.INVALID_VERIFICATION_METHOD),
        (did_document(verificationMethod=[method(publicKeyMultibase="z6Mk")]), Code.INVALID_VERIFICATION_METHOD),
        (did_document(verificationMethod=[method(publicKeyMultibase=OTHER.public_key.multikey)]), None),
    ],
)
def test_document_that_does_not_authorise_the_key_is_refused(page: JSONObject | FetchError | None, code: Code) -> None:
    report = check_with(page)
    assert not report
    assert report["proof"].code == (code or Code.PROOF_VERIFICATION_ERROR)
    unreachable = code == Code.RESOLUTION_ERROR
    assert report["proof"].outcome == ("indeterminate" if unreachable else "failed")
    assert report["issuer"].outcome == "indeterminate"


def test_without_a_fetcher_there_is_no_network() -> None:
    document = mc.sign(badge(DID), KEY, verification_method=METHOD)
    report = mc.Verifier(trusted_issuers={DID}, did_methods=[DIDTest()]).check(document, at=AT)
    assert report["proof"].code == Code.RESOLUTION_ERROR


class StatusTest:
    """A status method that answers what it is told, and counts."""

    types = frozenset(["BitstringStatusListEntry"])

    def __init__(self, *findings: Finding) -> None:
        self.findings = list(findings)
        self.asked = 0

    def check(self, entry: JSONObject, credential: JSONObject, *, at: datetime) -> Steps[Finding]:
        assert entry["statusPurpose"] == "revocation"
        assert credential["type"]
        assert at == AT
        yield Fetch("https://example.edu/status/1")
        self.asked += 1
        return self.findings[self.asked - 1]


def check_status(document: JSONObject, *findings: Finding) -> tuple[mc.VerificationReport, StatusTest, FakeWeb]:
    method = StatusTest(*findings)
    web = FakeWeb({"https://example.edu/status/1": b""})
    verifier = mc.Verifier(trusted_issuers={KEY.did}, status_methods=[method], fetcher=web)
    return verifier.check(document, at=AT), method, web


def test_status_plug_in_decides() -> None:
    good, _, _ = check_status(with_status(), Finding.passed())
    assert good
    revoked, _, _ = check_status(with_status(), Finding.failed("REVOKED", "it was revoked"))
    assert (revoked["credential_status"].code, revoked.refused) == ("REVOKED", True)
    silent, _, _ = check_status(with_status(), Finding.skipped())
    assert silent["credential_status"].outcome == "indeterminate"
    assert not silent


def test_every_status_entry_counts() -> None:
    entry = with_status()["credentialStatus"]
    document = mc.sign(badge(credentialStatus=[entry, entry]), KEY)
    report, method, _ = check_status(document, Finding.passed(), Finding.failed("REVOKED", "it was revoked"))
    assert method.asked == 2
    assert report["credential_status"].pointer == "/credentialStatus/1"
    assert isinstance(entry, dict)
    other = {"id": "https://example.edu/status/1#7", "type": "https://example.edu/terms#OtherStatus"}
    half_known = mc.sign(badge(credentialStatus=[entry, other]), KEY)
    report, method, _ = check_status(half_known, Finding.passed())
    assert (report["credential_status"].outcome, method.asked) == ("indeterminate", 1)


def test_what_an_unproven_document_names_is_not_fetched() -> None:
    report, method, web = check_status(with_status() | {"name": "Another"}, Finding.passed())
    assert (method.asked, web.requests) == (0, [])
    assert report["credential_status"].outcome == "indeterminate"


class Greedy:
    """A DID method that never stops asking."""

    name = "greedy"

    def resolve(self, did: str) -> Steps[JSONObject]:
        for number in count():
            yield Fetch(f"https://did.example/{did}/{number}")
        raise AssertionError


def test_requests_of_one_verification_are_bounded() -> None:
    web = FakeWeb({f"https://did.example/did:greedy:1/{number}": b"{}" for number in range(10)})
    document = mc.sign(badge("did:greedy:1"), KEY, verification_method="did:greedy:1#1")
    limits = mc.Limits(max_fetches=5)
    verifier = mc.Verifier(trusted_issuers=mc.ANY_ISSUER, did_methods=[Greedy()], fetcher=web, limits=limits)
    assert verifier.check(document, at=AT)["proof"].code == Code.RESOLUTION_ERROR
    assert len(web.requests) == 5


def test_report_says_nothing_out_of_the_credential() -> None:
    secret = "x-very-private-value"
    document = signed(name=secret) | {"validUntil": secret, "issuer": secret, "undefined": secret}
    for verifier in (TRUSTING, ANYONE):
        assert secret not in json.dumps(verifier.check(document, at=AT, recipient=secret + "@x").to_dict())
