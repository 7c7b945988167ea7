"""JWTs: headers and claims as the two texts have them, checked with jwcrypto; hostile tokens are refused."""

from __future__ import annotations

import json
from typing import cast

import pytest
from jwcrypto.jwk import JWK
from jwcrypto.jws import JWS

import microcred as mc
from microcred.json import JSONObject
from microcred.signing import decode_jwt, encode_jwt, verify_envelope
from tests.make import ISSUER, KEY, LEARNER, badge

KEYS = {"Ed25519": "EdDSA", "P-256": "ES256", "P-384": "ES384", "P-521": "ES512", "RSA": "RS256"}
SECONDS = 1777627800  # 2026-05-01T09:30:00Z


@pytest.fixture(scope="module", params=KEYS)
def key(request: pytest.FixtureRequest) -> mc.SigningKey:
    return mc.SigningKey.generate(request.param)


def opened(token: str, key: mc.PublicKey) -> tuple[JSONObject, JSONObject]:
    """Return header and payload after jwcrypto has verified the signature."""
    jws = JWS()
    jws.deserialize(token, JWK(**key.to_jwk()))
    return cast("JSONObject", jws.jose_header), cast("JSONObject", json.loads(jws.payload))


def test_open_badges_profile_has_its_header_and_claims(key: mc.SigningKey) -> None:
    document = badge(key.did, validUntil="2027-05-01T09:30:00.750Z")
    header, payload = opened(mc.sign_jwt(document, key), key.public_key)
    assert header == {"alg": KEYS[key.type], "typ": "JWT", "jwk": key.public_key.to_jwk()}
    claims = {"iss": key.did, "jti": document["id"], "sub": LEARNER, "nbf": SECONDS, "exp": 1809163800}
    assert payload == {**document, **claims}


def test_open_badges_profile_names_the_key_when_told(key: mc.SigningKey) -> None:
    method = f"{ISSUER}#key-1"
    header, _ = opened(mc.sign_jwt(badge(ISSUER), key, verification_method=method), key.public_key)
    assert header == {"alg": KEYS[key.type], "typ": "JWT", "kid": method}


def test_vc_jose_profile_has_its_header_and_claims(key: mc.SigningKey) -> None:
    document = badge(key.did)
    header, payload = opened(mc.sign_jwt(document, key, profile="vc-jose"), key.public_key)
    assert header == {"alg": KEYS[key.type], "typ": "vc+jwt", "cty": "vc", "kid": key.verification_method}
    assert payload == {**document, "iss": key.did, "jti": document["id"], "sub": LEARNER}


def test_token_of_jwcrypto_verifies(key: mc.SigningKey) -> None:
    document = badge(key.did)
    jws = JWS(json.dumps(document))
    jws.add_signature(JWK(**key.to_jwk()), alg=KEYS[key.type], protected=json.dumps({"alg": KEYS[key.type]}))
    token = decode_jwt(jws.serialize(compact=True))
    verify_envelope(token, key.public_key)
    assert token.document == document


def test_open_badges_profile_needs_a_subject_id() -> None:
    document = badge()
    subject = document["credentialSubject"]
    assert isinstance(subject, dict)
    del subject["id"]
    subject["identifier"] = [mc.IdentityObject.of("a@example.com").model_dump()]
    with pytest.raises(mc.SigningError) as refusal:
        mc.sign_jwt(document, KEY)
    assert refusal.value.pointer == "/credentialSubject/id"
    assert "sub" not in decode_jwt(mc.sign_jwt(document, KEY, profile="vc-jose")).claims


@pytest.mark.parametrize("name", ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"])
def test_member_with_the_name_of_a_claim_is_refused(name: str) -> None:
    with pytest.raises(mc.SigningError) as refusal:
        encode_jwt({**badge(), name: "x"}, KEY)
    assert refusal.value.pointer == f"/{name}"


def test_unknown_profile_is_misuse() -> None:
    with pytest.raises(ValueError, match="profile"):
        mc.sign_jwt(badge(), KEY, profile="jwt")  # type: ignore[arg-type]


def test_embedded_proof_travels_inside_the_token() -> None:
    secured = mc.sign(badge(), KEY)
    token = mc.sign_jwt(secured, KEY)
    assert decode_jwt(token).document == secured
    assert mc.Verifier(trusted_issuers={KEY.did}).check(token)


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "..",
        "a.b",
        "a.b.c.d",
        "e30.e30.",
        ".e30.AA",
        "e30=.e30.AA",
        "e30.e30.AB",
        "e30.e30.A",
        "é.e30.AA",
        "W10.e30.AA",
    ],
)
def test_what_is_no_token_is_a_parsing_error(token: str) -> None:
    with pytest.raises(mc.DocumentError) as refusal:
        decode_jwt(token)
    assert refusal.value.code in ("PARSING_ERROR", "MALFORMED_VALUE_ERROR")


def test_duplicate_members_in_a_token_are_refused() -> None:
    from microcred.encoding import base64url_encode

    header = base64url_encode(b'{"alg":"EdDSA","alg":"none"}')
    body = base64url_encode(json.dumps(badge()).encode())
    with pytest.raises(mc.DocumentError) as refusal:
        decode_jwt(f"{header}.{body}.AA")
    assert refusal.value.code == "PARSING_ERROR"


def test_key_of_another_kind_is_refused(key: mc.SigningKey) -> None:
    token = decode_jwt(mc.sign_jwt(badge(key.did), key))
    for kind in KEYS:
        if kind != key.type:
            with pytest.raises(mc.ProofError) as refusal:
                verify_envelope(token, mc.SigningKey.generate(kind).public_key)  # type: ignore[arg-type]
            assert refusal.value.code == "CRYPTOGRAPHIC_SECURITY_ERROR"
