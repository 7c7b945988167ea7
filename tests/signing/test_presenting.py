"""Showing credentials: what a presentation holds, whose it is, and what is never shown by mistake."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import cast

import pytest

import microcred as mc
from microcred.json import JSONObject, JSONValue
from microcred.models import CREDENTIALS_V1, CREDENTIALS_V2
from microcred.signing import (
    ECDSA_JCS_2019,
    EDDSA_JCS_2022,
    EDDSA_RDFC_2022,
    Cryptosuite,
    add_proof,
    decode_jwt,
    encode_jwt,
    proofs_of,
    verify_envelope,
    verify_proof,
)
from tests.make import AT, KEY, OTHER, badge, signed, v1_badge

HOLDER = mc.SigningKey.from_seed(bytes(range(2, 34)))
CHALLENGE, DOMAIN = "n-0S6_WzA2Mj", "https://employer.example"
TOKEN = mc.sign_jwt(badge(), KEY)
MADE = "2026-05-31T23:59:00Z"
TRUSTING = mc.Verifier(trusted_issuers={KEY.did})


def show(*credentials: object, key: object = HOLDER, **arguments: object) -> mc.VerifiablePresentation:
    return mc.present(credentials, key, **{"challenge": CHALLENGE, "domain": DOMAIN, **arguments})  # type: ignore[arg-type]


def show_jwt(*credentials: object, key: object = HOLDER, **arguments: object) -> str:
    return mc.present_jwt(credentials, key, **{"challenge": CHALLENGE, "domain": DOMAIN, **arguments})  # type: ignore[arg-type]


def only_proof(presentation: mc.VerifiablePresentation) -> JSONObject:
    (proof,) = proofs_of(cast("JSONObject", presentation.model_dump()))
    assert isinstance(proof, dict)
    return proof


# What is made


def test_presentation_is_what_the_standard_says() -> None:
    presentation = show(signed(), created=MADE)
    proof = only_proof(presentation)
    value = proof.pop("proofValue")
    assert isinstance(value, str)
    assert proof == {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-rdfc-2022",
        "created": MADE,
        "verificationMethod": HOLDER.verification_method,
        "proofPurpose": "authentication",
        "challenge": CHALLENGE,
        "domain": DOMAIN,
    }
    document = {name: value for name, value in presentation.model_dump().items() if name != "proof"}
    assert document == {
        "@context": [CREDENTIALS_V2],
        "type": ["VerifiablePresentation"],
        "holder": HOLDER.did,
        "verifiableCredential": [signed()],
    }


def test_presentation_as_a_jwt_is_what_the_standard_says() -> None:
    parts = decode_jwt(show_jwt(signed(), created=MADE, expires="2026-06-01T00:01:00Z"))
    assert parts.header == {"alg": "EdDSA", "typ": "vp+jwt", "cty": "vp", "kid": HOLDER.verification_method}
    assert parts.document == {
        "@context": [CREDENTIALS_V2],
        "type": ["VerifiablePresentation"],
        "holder": HOLDER.did,
        "verifiableCredential": [signed()],
    }
    claims = {"iss": HOLDER.did, "nonce": CHALLENGE, "aud": DOMAIN, "iat": 1780271940, "exp": 1780272060}
    assert parts.claims == claims
    verify_envelope(parts, HOLDER.public_key)


FORMS: list[tuple[str, Callable[[], object]]] = [
    ("a dict", signed),
    ("a model", lambda: mc.parse(signed())),
    ("JSON text", lambda: json.dumps(signed())),
    ("JSON bytes", lambda: b"\xef\xbb\xbf " + json.dumps(signed()).encode()),
    ("a JWT", lambda: TOKEN),
    ("a JWT in bytes", lambda: f"\n{TOKEN}\n".encode()),
    ("an envelope", lambda: mc.EnvelopedVerifiableCredential.of(TOKEN)),
    ("an envelope as a dict", lambda: mc.EnvelopedVerifiableCredential.of(TOKEN).model_dump()),
    ("an envelope as text", lambda: mc.EnvelopedVerifiableCredential.of(TOKEN).model_dump_json()),
    ("an envelope as bytes", lambda: mc.EnvelopedVerifiableCredential.of(TOKEN).model_dump_json().encode()),
    ("the old data model", lambda: add_proof(v1_badge(), KEY, verification_method=KEY.verification_method)),
    ("a context of its own", lambda: mc.sign({**badge(), "@context": own_context(), "x": "1"}, KEY)),
]


def own_context() -> JSONValue:
    return [*cast("list[JSONValue]", badge()["@context"]), {"x": "https://example.com/x"}]


@pytest.mark.parametrize(("name", "make"), FORMS, ids=[name for name, _ in FORMS])
def test_every_form_of_a_credential_is_shown_and_verifies(name: str, make: Callable[[], object]) -> None:
    verifier = mc.Verifier(trusted_issuers={KEY.did}, inline_contexts=True)
    for shown in (show(make(), created=MADE), show_jwt(make(), created=MADE)):
        result = verifier.verify_presentation(shown, challenge=CHALLENGE, domain=DOMAIN, at=AT)
        assert [each.id for each in result.credentials] == [badge()["id"]], name
        assert result.presentation is not None
        for each in result.presentation.verifiable_credential or []:
            assert isinstance(each, dict)


def test_several_credentials_keep_their_order() -> None:
    ids = [f"urn:uuid:{number}" for number in range(5)]
    held = [mc.sign(badge(id=each), KEY) if n % 2 else mc.sign_jwt(badge(id=each), KEY) for n, each in enumerate(ids)]
    for shown in (show(*held), show_jwt(*held)):
        result = TRUSTING.verify_presentation(shown, challenge=CHALLENGE, domain=DOMAIN)
        assert [each.id for each in result.credentials] == ids


def test_presentation_of_nothing_has_no_member_for_it() -> None:
    assert "verifiableCredential" not in show().model_dump()
    assert TRUSTING.check_presentation(show(), challenge=CHALLENGE, domain=DOMAIN)


def test_presentation_of_ones_own_gets_the_proof_only() -> None:
    own = mc.VerifiablePresentation(
        context=[CREDENTIALS_V2, "https://www.w3.org/ns/credentials/examples/v2"],
        id="urn:uuid:0",
        type=["VerifiablePresentation", "ExamplePresentation"],
        holder=mc.Issuer(id=HOLDER.did),
        verifiable_credential=[signed()],
    )
    examples: dict[str, JSONObject] = {
        "https://www.w3.org/ns/credentials/examples/v2": {
            "@context": {"@vocab": "https://www.w3.org/ns/credentials/examples#"}
        }
    }
    shown = mc.present(own, HOLDER, challenge=CHALLENGE, domain=DOMAIN, contexts=examples)
    assert {name: value for name, value in shown.model_dump().items() if name != "proof"} == own.model_dump()
    verifier = mc.Verifier(trusted_issuers={KEY.did}, contexts=examples)
    assert verifier.check_presentation(shown, challenge=CHALLENGE, domain=DOMAIN)
    with pytest.raises(mc.SigningError) as refusal:
        mc.present(own, HOLDER, challenge=CHALLENGE, domain=DOMAIN)
    assert refusal.value.code == "UNSUPPORTED"
    assert own.proof is None


@pytest.mark.parametrize("kind", ["Ed25519", "P-256", "P-384", "P-521", "RSA"])
def test_every_kind_of_key_shows(kind: str) -> None:
    key = mc.SigningKey.generate(kind)  # type: ignore[arg-type]
    assert TRUSTING.check_presentation(show_jwt(signed(), key=key), challenge=CHALLENGE, domain=DOMAIN)
    if kind in ("P-521", "RSA"):
        with pytest.raises(mc.SigningError):
            show(signed(), key=key)
    else:
        assert TRUSTING.check_presentation(show(signed(), key=key), challenge=CHALLENGE, domain=DOMAIN)


@pytest.mark.parametrize("suite", [EDDSA_RDFC_2022, EDDSA_JCS_2022, ECDSA_JCS_2019], ids=lambda suite: suite.name)
def test_suite_can_be_chosen(suite: Cryptosuite) -> None:
    key = mc.SigningKey.generate("P-256") if suite is ECDSA_JCS_2019 else HOLDER
    shown = show(signed(), key=key, cryptosuite=suite)
    assert only_proof(shown)["cryptosuite"] == suite.name
    verify_proof(
        cast("JSONObject", shown.model_dump()),
        key.public_key,
        proof_purpose="authentication",
        challenge=CHALLENGE,
        domain=DOMAIN,
    )


def test_options_of_the_proof_are_kept() -> None:
    proof = only_proof(show(signed(), options={"expires": "2030-01-01T00:00:00Z", "nonce": "x", "id": "urn:x:1"}))
    assert (proof["expires"], proof["nonce"], proof["id"]) == ("2030-01-01T00:00:00Z", "x", "urn:x:1")
    with pytest.raises(ValueError, match="proofPurpose"):
        show(signed(), options={"proofPurpose": "assertionMethod"})


def test_what_nobody_asked_for_is_left_out() -> None:
    assert {"challenge", "domain"}.isdisjoint(only_proof(show(challenge=None, domain=None)))
    assert decode_jwt(show_jwt(challenge=None, domain=None, created=MADE)).claims == {
        "iss": HOLDER.did,
        "iat": 1780271940,
    }
    ways: list[Callable[..., object]] = [mc.present, mc.present_jwt]
    for way in ways:
        with pytest.raises(TypeError):
            way([], HOLDER)


# Whose it is


DID = "did:web:holder.example"


@pytest.mark.parametrize(
    ("arguments", "holder", "method"),
    [
        ({}, HOLDER.did, HOLDER.verification_method),
        ({"holder": HOLDER.did}, HOLDER.did, HOLDER.verification_method),
        ({"verification_method": f"{DID}#key-1"}, DID, f"{DID}#key-1"),
        ({"holder": DID, "verification_method": f"{DID}#key-1"}, DID, f"{DID}#key-1"),
        (
            {"holder": "https://holder.example/me", "verification_method": "https://holder.example/keys#1"},
            "https://holder.example/me",
            "https://holder.example/keys#1",
        ),
    ],
    ids=str,
)
def test_holder_is_whose_key_it_is(arguments: dict[str, object], holder: str, method: str) -> None:
    shown = show(signed(), **arguments)
    assert (shown.model_dump()["holder"], only_proof(shown)["verificationMethod"]) == (holder, method)
    parts = decode_jwt(show_jwt(signed(), **arguments))
    assert (parts.document["holder"], parts.claims["iss"], parts.header["kid"]) == (holder, holder, method)


@pytest.mark.parametrize(
    "arguments",
    [
        {"holder": OTHER.did},
        {"holder": DID},
        {"holder": "https://holder.example/me"},
        {"holder": DID, "verification_method": "did:web:other.example#key-1"},
        {"holder": "https://holder.example/me", "verification_method": "https://other.example/keys#1"},
        {"verification_method": "https://holder.example/keys#1"},
        {"verification_method": OTHER.verification_method},
        {"holder": OTHER.did, "verification_method": OTHER.verification_method},
        {"holder": "urn:uuid:0", "verification_method": "urn:uuid:0#key"},
    ],
    ids=str,
)
@pytest.mark.parametrize("way", [show, show_jwt], ids=["proof", "JWT"])
def test_name_of_somebody_else_is_not_signed(way: Callable[..., object], arguments: dict[str, object]) -> None:
    with pytest.raises(mc.SigningError):
        way(signed(), **arguments)


@pytest.mark.parametrize("way", [mc.present, mc.present_jwt], ids=["proof", "JWT"])
def test_holder_of_ones_own_presentation_is_the_one_that_is_given(way: Callable[..., object]) -> None:
    own = mc.VerifiablePresentation(holder=mc.Issuer(id=HOLDER.did))
    assert way(own, HOLDER, challenge=None, domain=None, holder=HOLDER.did)
    for arguments in ({"holder": OTHER.did}, {"holder": DID, "verification_method": f"{DID}#key-1"}):
        with pytest.raises(mc.SigningError) as refusal:
            way(own, HOLDER, challenge=None, domain=None, **arguments)
        assert refusal.value.pointer == "/holder"
    with pytest.raises(mc.SigningError):
        way(own, OTHER, challenge=None, domain=None)


# What is never shown


def base_proof() -> JSONObject:
    key = mc.SigningKey.generate("P-256")
    return mc.sign_selective(badge(key.did), key)


def base_proof_of_bbs() -> JSONObject:
    # The header of a base proof, 0xd95d02, and an array of five behind it.
    return {**badge(), "proof": {"type": "DataIntegrityProof", "cryptosuite": "bbs-2023", "proofValue": "u2V0ChQ"}}


REFUSED: list[tuple[str, Callable[[], object], str]] = [
    ("an unsigned credential", badge, "/proof"),
    ("an empty list of proofs", lambda: {**badge(), "proof": []}, "/proof"),
    ("a base proof", base_proof, "/proof"),
    ("a base proof of bbs-2023", base_proof_of_bbs, "/proof"),
    ("a presentation", lambda: show(signed()), "/type"),
    ("a presentation as a JWT", lambda: show_jwt(signed()), "/type"),
    ("a file name", lambda: "badge.json", ""),
    ("a broken JWT", lambda: TOKEN[:-1] + "=", ""),
    ("an image", lambda: b"\x89PNG\r\n\x1a\n", ""),
    ("an envelope of nothing", lambda: {"type": "EnvelopedVerifiableCredential"}, "/id"),
]


@pytest.mark.parametrize("way", [show, show_jwt], ids=["proof", "JWT"])
@pytest.mark.parametrize(("name", "make", "pointer"), REFUSED, ids=[name for name, _, _ in REFUSED])
def test_what_no_verifier_would_take_is_not_shown(
    way: Callable[..., object], name: str, make: Callable[[], object], pointer: str
) -> None:
    with pytest.raises(mc.DocumentError) as refusal:
        way(signed(), make())
    assert refusal.value.problems[0].pointer == f"/verifiableCredential/1{pointer}", name


def test_derived_proof_is_shown() -> None:
    key = mc.SigningKey.generate("P-256")
    derived = mc.derive(mc.sign_selective(badge(key.did), key), ["/credentialSubject/achievement/name"])
    for shown in (show(derived), show_jwt(derived)):
        verifier = mc.Verifier(trusted_issuers={key.did})
        assert verifier.check_presentation(shown, challenge=CHALLENGE, domain=DOMAIN)


@pytest.mark.parametrize("way", [show, show_jwt], ids=["proof", "JWT"])
def test_more_credentials_than_verifiers_take_are_not_shown(way: Callable[..., object]) -> None:
    few = mc.Limits(max_credentials=2)
    assert way(signed(), signed(), limits=few)
    with pytest.raises(mc.DocumentError) as refusal:
        way(*[signed()] * 3, limits=few)
    assert (refusal.value.code, refusal.value.problems[0].pointer) == ("TOO_COMPLEX", "/verifiableCredential/2")


@pytest.mark.parametrize("way", [show, show_jwt], ids=["proof", "JWT"])
def test_name_that_no_context_defines_is_not_signed(way: Callable[..., object]) -> None:
    with pytest.raises(mc.SigningError) as refusal:
        way({**signed(), "undefinedTerm": 1})
    assert refusal.value.pointer == "/verifiableCredential/0/undefinedTerm"
    assert refusal.value.code == "PROOF_TRANSFORMATION_ERROR"


def test_what_an_envelope_covers_is_not_asked_for_a_context() -> None:
    odd = encode_jwt({**badge(), "undefinedTerm": 1}, KEY)
    for shown in (show(odd), show_jwt(odd)):
        assert TRUSTING.check_presentation(shown, challenge=CHALLENGE, domain=DOMAIN)


def test_jwt_is_of_the_new_data_model() -> None:
    old = mc.VerifiablePresentation(context=[CREDENTIALS_V1, "https://w3id.org/security/data-integrity/v2"])
    shown = mc.present(old, HOLDER, challenge=CHALLENGE, domain=DOMAIN)
    assert TRUSTING.check_presentation(shown, challenge=CHALLENGE, domain=DOMAIN)
    with pytest.raises(mc.SigningError) as refusal:
        mc.present_jwt(old, HOLDER, challenge=CHALLENGE, domain=DOMAIN)
    assert refusal.value.pointer == "/@context/0"


# Misuse


@pytest.mark.parametrize("way", [mc.present, mc.present_jwt], ids=["proof", "JWT"])
@pytest.mark.parametrize(
    "credentials",
    [TOKEN, TOKEN.encode(), signed(), mc.parse(signed()), [17], 17],
    ids=lambda value: type(value).__name__,
)
def test_single_credential_is_given_in_a_list(way: Callable[..., object], credentials: object) -> None:
    with pytest.raises(TypeError):
        way(credentials, HOLDER, challenge=None, domain=None)


@pytest.mark.parametrize("way", [show, show_jwt], ids=["proof", "JWT"])
def test_public_key_shows_nothing(way: Callable[..., object]) -> None:
    with pytest.raises(TypeError):
        way(signed(), key=HOLDER.public_key)


@pytest.mark.parametrize("way", [show, show_jwt], ids=["proof", "JWT"])
@pytest.mark.parametrize("name", ["challenge", "domain"])
def test_occasion_that_was_never_set_is_misuse(way: Callable[..., object], name: str) -> None:
    with pytest.raises(ValueError, match=name):
        way(signed(), **{name: ""})


@pytest.mark.parametrize("moment", ["2026-05-31T23:59:00", "soon", ""])
def test_time_without_a_zone_is_misuse(moment: str) -> None:
    ways: list[tuple[Callable[..., object], str]] = [(show, "created"), (show_jwt, "created"), (show_jwt, "expires")]
    for way, name in ways:
        with pytest.raises(ValueError, match=r"zone|date"):
            way(signed(), **{name: moment})


def test_credentials_may_come_one_by_one() -> None:
    held: list[JSONObject | str] = [signed(), TOKEN]
    shown = mc.present((each for each in held), HOLDER, challenge=CHALLENGE, domain=DOMAIN)
    assert len(shown.verifiable_credential or []) == 2


def test_what_was_given_is_left_as_it_was() -> None:
    document = signed()
    before = json.dumps(document)
    show(document)
    show_jwt(document)
    assert json.dumps(document) == before
