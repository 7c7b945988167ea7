"""JWTs: headers and claims as the two texts have them, checked with jwcrypto and PyJWT; hostile tokens are refused."""

from __future__ import annotations

import json
from typing import cast

import jwt
import pytest
from jwcrypto.jwk import JWK
from jwcrypto.jws import JWS

import microcred as mc
from microcred.encoding import base64url_encode
from microcred.json import JSONObject
from microcred.models import CREDENTIALS_V1, CREDENTIALS_V2
from microcred.signing import decode_jwt, encode_jwt, verify_envelope
from tests.make import ISSUER, KEY, LEARNER, badge, v1_badge

KEYS = {"Ed25519": "EdDSA", "P-256": "ES256", "P-384": "ES384", "P-521": "ES512", "RSA": "RS256"}
SECONDS = 1777627800  # 2026-05-01T09:30:00Z
LATER = "2026-05-01T10:30:00Z"


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


# Presentations, and names of algorithms


def presentation(holder: str, **changes: object) -> JSONObject:
    members: dict[str, object] = {"@context": [CREDENTIALS_V2], "type": ["VerifiablePresentation"], "holder": holder}
    return {**members, **changes}  # type: ignore[dict-item]


def test_presentation_has_its_header_and_claims(key: mc.SigningKey) -> None:
    token = mc.present_jwt([], key, challenge="c", domain="d", created="2026-05-01T09:30:00Z", expires=LATER)
    header, payload = opened(token, key.public_key)
    assert header == {"alg": KEYS[key.type], "typ": "vp+jwt", "cty": "vp", "kid": key.verification_method}
    claims = {"iss": key.did, "aud": "d", "nonce": "c", "iat": SECONDS, "exp": SECONDS + 3600}
    assert payload == {**presentation(key.did), **claims}
    parts = decode_jwt(token)
    verify_envelope(parts, key.public_key)
    assert (parts.document, parts.claims) == (presentation(key.did), claims)


def test_pyjwt_reads_what_is_signed_and_is_read(key: mc.SigningKey) -> None:
    theirs = jwt.PyJWK({**key.public_key.to_jwk(), "alg": KEYS[key.type]})
    token = mc.present_jwt([], key, challenge="c", domain="d")
    payload = jwt.decode(token, theirs, audience="d", issuer=key.did, options={"require": ["nonce", "iat"]})
    assert payload["nonce"] == "c"
    own = jwt.PyJWK({**key.to_jwk(), "alg": KEYS[key.type]})
    claims = {"iss": key.did, "nonce": "c", "aud": "d", "iat": SECONDS}
    made = jwt.encode({**presentation(key.did), **claims}, own, KEYS[key.type], {"typ": "vp+jwt"})
    parts = decode_jwt(made)
    verify_envelope(parts, key.public_key)
    assert (parts.document, parts.claims) == (presentation(key.did), claims)


def test_ed25519_has_a_name_of_its_own_as_an_algorithm() -> None:
    # RFC 9864 §2.2; EdDSA says neither which curve nor which hash.
    token = encode_jwt(badge(), KEY, profile="vc-jose", kid=KEY.verification_method, algorithm="Ed25519")
    header, _ = opened(token, KEY.public_key)
    assert header["alg"] == "Ed25519"
    verify_envelope(decode_jwt(token), KEY.public_key)
    assert mc.Verifier(trusted_issuers={KEY.did}).check(token)


@pytest.mark.parametrize("algorithm", ["EdDSA", "ES256", "none", "HS256", "Ed448", ""])
def test_algorithm_of_another_kind_of_key_is_misuse(algorithm: str) -> None:
    other = mc.SigningKey.generate("P-384")
    with pytest.raises(ValueError, match="P-384"):
        encode_jwt(badge(other.did), other, algorithm=algorithm)


def test_presentation_takes_no_profile_of_credentials() -> None:
    with pytest.raises(ValueError, match="vc-jose"):
        encode_jwt(presentation(KEY.did), KEY)


@pytest.mark.parametrize("name", ["iss", "nonce", "aud"])
def test_presentation_cannot_have_members_that_are_claims(name: str) -> None:
    with pytest.raises(mc.SigningError) as refusal:
        encode_jwt(presentation(KEY.did, **{name: "x"}), KEY, profile="vc-jose", claims={"nonce": "c", "aud": "d"})
    assert refusal.value.pointer == f"/{name}"


# The claims vc and vp, which stand for the whole document (Data Model 1.1 §6.3.1)


def compact(payload: JSONObject, **header: object) -> str:
    """Return a token of any header and payload, signed by jwcrypto."""
    jws = JWS(json.dumps(payload))
    members = {"alg": "EdDSA", "typ": "JWT", **header}
    protected = {name: value for name, value in members.items() if value is not None}
    jws.add_signature(JWK(**KEY.to_jwk()), alg="EdDSA", protected=json.dumps(protected))
    return str(jws.serialize(compact=True))


@pytest.mark.parametrize("document", [badge(), v1_badge()], ids=["2.0", "1.1"])
def test_credential_in_a_claim_is_read(document: JSONObject) -> None:
    parts = decode_jwt(compact({"iss": KEY.did, "sub": LEARNER, "nonce": "n", "vc": document}))
    verify_envelope(parts, KEY.public_key)
    assert parts.document == document
    assert parts.claims == {"iss": KEY.did, "sub": LEARNER}


@pytest.mark.parametrize("typ", ["JWT", "jwt", "application/jwt", None])
@pytest.mark.parametrize("context", [CREDENTIALS_V1, CREDENTIALS_V2])
def test_presentation_in_a_claim_is_read(context: str, typ: str | None) -> None:
    inside: JSONObject = {"@context": [context], "type": ["VerifiablePresentation"]}
    parts = decode_jwt(compact({"iss": KEY.did, "jti": "urn:x:1", "nonce": "c", "aud": "d", "vp": inside}, typ=typ))
    verify_envelope(parts, KEY.public_key)
    assert parts.document == {**inside, "holder": KEY.did, "id": "urn:x:1"}
    assert parts.claims == {"iss": KEY.did, "jti": "urn:x:1", "nonce": "c", "aud": "d"}


def test_claims_stand_in_for_members_that_are_not_there() -> None:
    for document, names in ((badge(), ("validFrom", "validUntil")), (v1_badge(), ("issuanceDate", "expirationDate"))):
        bare = {name: value for name, value in document.items() if name not in (*names, "id", "issuer")}
        claims: JSONObject = {"iss": KEY.did, "jti": "urn:x:1", "nbf": SECONDS, "exp": SECONDS + 60}
        parts = decode_jwt(compact({**claims, "vc": bare}))
        verify_envelope(parts, KEY.public_key)
        expected = {"id": "urn:x:1", "issuer": KEY.did}
        expected |= {names[0]: "2026-05-01T09:30:00Z", names[1]: "2026-05-01T09:31:00Z"}
        assert parts.document == {**bare, **expected}


def without_subject_id() -> JSONObject:
    subject = {name: value for name, value in badge()["credentialSubject"].items() if name != "id"}  # type: ignore[union-attr]
    return {**badge(), "credentialSubject": subject}


def test_claim_sub_stands_in_for_the_id_of_the_only_subject() -> None:
    parts = decode_jwt(compact({"iss": KEY.did, "sub": LEARNER, "vc": without_subject_id()}))
    assert cast("JSONObject", parts.document["credentialSubject"])["id"] == LEARNER


CONTRADICTIONS: list[tuple[str, object]] = [
    *[("iss", "did:example:other"), ("sub", "did:example:other"), ("jti", "urn:x:other")],
    *[("iss", [KEY.did]), ("iss", None), ("iss", 1), ("sub", None), ("sub", {}), ("jti", None), ("jti", 7)],
    *[("nbf", SECONDS + 2), ("nbf", "2026-05-01T09:30:00Z"), ("nbf", None), ("exp", SECONDS), ("exp", True)],
    *[("exp", 1e300), ("iat", "soon"), ("iat", None), ("aud", {}), ("aud", [None])],
]


@pytest.mark.parametrize(("name", "value"), CONTRADICTIONS, ids=str)
@pytest.mark.parametrize("in_claim", [False, True], ids=["payload", "claim"])
def test_claims_that_say_something_else_are_refused(name: str, value: object, in_claim: bool) -> None:
    document = badge(validUntil="2027-05-01T09:30:00Z")
    claims = {"iss": KEY.did, "sub": LEARNER, "jti": document["id"], "nbf": SECONDS, "exp": SECONDS + 365 * 86400}
    good = cast("JSONObject", {**claims, "vc": document} if in_claim else {**document, **claims})
    verify_envelope(decode_jwt(compact(good)), KEY.public_key)
    with pytest.raises(mc.ProofError) as refusal:
        verify_envelope(decode_jwt(compact({**good, name: value})), KEY.public_key)  # type: ignore[dict-item]
    assert refusal.value.code == "MALFORMED_VALUE_ERROR"


@pytest.mark.parametrize(
    ("member", "value", "claim"),
    [
        ("issuer", "did:example:other", "iss"),
        ("id", "urn:x:other", "jti"),
        ("validFrom", "2026-05-02T00:00:00Z", "nbf"),
    ],
)
def test_members_that_say_something_else_are_refused(member: str, value: str, claim: str) -> None:
    claims = {"iss": KEY.did, "jti": badge()["id"], "nbf": SECONDS}
    with pytest.raises(mc.ProofError) as refusal:
        verify_envelope(decode_jwt(compact({**badge(), member: value, claim: claims[claim]})), KEY.public_key)
    assert refusal.value.code == "MALFORMED_VALUE_ERROR"


@pytest.mark.parametrize(
    ("members", "pointer"),
    [
        ({"vc": badge(), "vp": {}}, "/vp"),
        ({"vp": {"type": "VerifiablePresentation"}, "vc": {}}, "/vp"),
        ({"vc": badge(), "issuer": KEY.did}, "/issuer"),
        ({"vc": badge(), "credentialStatus": {}}, "/credentialStatus"),
        ({"vp": {"type": "VerifiablePresentation"}, "holder": KEY.did}, "/holder"),
        ({"vp": {"type": "VerifiablePresentation"}, "verifiableCredential": []}, "/verifiableCredential"),
        ({**badge(), "vc": badge()}, "/@context"),
        ({"vc": "text"}, "/vc"),
        ({"vc": None}, "/vc"),
        ({"vp": [{}]}, "/vp"),
        (v1_badge(), "/@context"),
        ({}, "/@context"),
    ],
    ids=str,
)
def test_document_that_is_not_where_it_belongs_is_refused(members: JSONObject, pointer: str) -> None:
    with pytest.raises(mc.DocumentError) as refusal:
        decode_jwt(compact(members))
    assert (refusal.value.code, refusal.value.problems[0].pointer) == ("MALFORMED_VALUE_ERROR", pointer)


@pytest.mark.parametrize("typ", ["vc+jwt", "vp+jwt", "VC+JWT", "application/vp+jwt", "vc+ld+jwt", "vp+ld+jwt"])
@pytest.mark.parametrize("name", ["vc", "vp"])
def test_vc_jose_cose_has_no_such_claims(name: str, typ: str) -> None:
    with pytest.raises(mc.DocumentError) as refusal:
        decode_jwt(compact({name: badge()}, typ=typ))
    assert (refusal.value.code, refusal.value.problems[0].pointer) == ("MALFORMED_VALUE_ERROR", f"/{name}")


OF_NO_CREDENTIAL: list[object] = ["vp+jwt", "vp+ld+jwt", "kb+jwt", "at+jwt", "dpop+jwt", "", [], None]
OF_NO_PRESENTATION: list[object] = ["vc+jwt", "vc+ld+jwt", "kb+jwt", "vc+sd-jwt", "vp", 1, ["vp+jwt"], None]


@pytest.mark.parametrize(
    ("document", "typ"),
    [
        *((badge(), typ) for typ in OF_NO_CREDENTIAL),
        *((presentation(KEY.did), typ) for typ in OF_NO_PRESENTATION),
    ],
    ids=str,
)
def test_token_of_another_kind_is_refused(document: JSONObject, typ: object) -> None:
    header = json.dumps({"alg": "EdDSA", "typ": typ}).encode()
    signed = f"{base64url_encode(header)}.{base64url_encode(json.dumps(document).encode())}"
    token = f"{signed}.{base64url_encode(KEY.sign(signed.encode()))}"
    with pytest.raises(mc.ProofError) as refusal:
        verify_envelope(decode_jwt(token), KEY.public_key)
    assert refusal.value.code == "MALFORMED_VALUE_ERROR"
