"""Issuing again after a key was stolen: what was issued comes back under the new key, and nothing else does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

import microcred as mc
from microcred.errors import SigningError
from microcred.issuer import digest, is_signed_by, reissue
from microcred.json import JSONObject, dumps
from microcred.keys import PublicKey
from microcred.signing import EDDSA_JCS_2022, EDDSA_RDFC_2022, add_proof, decode_jwt, encode_jwt
from tests.issuer.make import DID, IDS, KEY, OTHER, THIRD, make, verifier
from tests.make import AT, badge
from tests.support import as_objects

BEFORE = make()
AFTER = BEFORE.revoke("key-1", OTHER)
STATUS = {
    "id": "https://example.edu/status/1#7",
    "type": "BitstringStatusListEntry",
    "statusPurpose": "revocation",
    "statusListIndex": "7",
    "statusListCredential": "https://example.edu/status/1",
}


def record(*credentials: JSONObject | str | bytes) -> Callable[[str | None, str], bool]:
    """Return the record of an issuer that issued these."""
    digests = {digest(credential) for credential in credentials}
    return lambda _, value: value in digests


def members(credential: JSONObject) -> JSONObject:
    return {name: value for name, value in credential.items() if name != "proof"}


@pytest.mark.parametrize("name", IDS)
def test_what_was_issued_verifies_again_and_says_the_same(name: str) -> None:
    before = make(name)
    after = before.revoke("key-1", OTHER)
    old = mc.sign(badge(name, credentialStatus=STATUS), before.signer(KEY))
    result = reissue(old, after, OTHER, issued=record(old))
    assert (result.outcome, result.id, result.reason) == ("reissued", old["id"], "")
    assert isinstance(result.credential, dict)
    assert members(result.credential) == members(old)
    [proof] = as_objects(result.credential["proof"])
    assert proof["verificationMethod"] == f"{name}#key-2"
    report = verifier(after).check(result.credential, at=AT)
    assert (report["proof"].outcome, report["issuer"].outcome) == ("passed", "passed")
    assert verifier(after).check(old, at=AT).refused


@pytest.mark.parametrize("profile", ["ob3", "vc-jose"])
@pytest.mark.parametrize("embed", [True, False])
def test_jwt_stays_a_jwt_of_its_kind(profile: str, embed: bool) -> None:
    document = badge(DID, validUntil="2027-05-01T09:30:00Z")
    kid = None if embed else f"{DID}#key-1"
    old = encode_jwt(document, KEY, profile=profile, kid=kid, embed_key=embed)  # type: ignore[arg-type]
    result = reissue(old, AFTER, AFTER.signer(OTHER), issued=record(old))
    assert isinstance(result.credential, str)
    new = decode_jwt(result.credential)
    assert (new.document, new.header["typ"]) == (decode_jwt(old).document, decode_jwt(old).header["typ"])
    assert new.header["kid"] == f"{DID}#key-2"
    assert verifier(AFTER).check(result.credential, at=AT)


def test_form_of_the_input_does_not_matter() -> None:
    old = mc.sign(badge(DID), BEFORE.signer(KEY))
    for form in (old, dumps(old), dumps(old).encode(), mc.parse(old)):
        assert reissue(form, AFTER, OTHER, issued=record(old)).outcome == "reissued"


def test_suites_and_the_end_of_the_proof_are_kept() -> None:
    suites = [EDDSA_RDFC_2022, EDDSA_JCS_2022]
    end = "2027-01-01T00:00:00Z"
    old = mc.sign(badge(DID), BEFORE.signer(KEY), cryptosuite=suites, options={"expires": end})
    result = reissue(old, AFTER, OTHER, issued=record(old))
    assert isinstance(result.credential, dict)
    proofs = as_objects(result.credential["proof"])
    assert [(proof["cryptosuite"], proof["expires"]) for proof in proofs] == [(suite.name, end) for suite in suites]


def test_new_key_of_another_kind_makes_what_it_can() -> None:
    key = mc.SigningKey.generate("P-256")
    after = BEFORE.revoke("key-1", key)
    old = mc.sign(badge(DID), BEFORE.signer(KEY))
    result = reissue(old, after, key, issued=record(old))
    assert isinstance(result.credential, dict)
    assert verifier(after).check(result.credential, at=AT)


def test_what_no_revoked_key_signed_is_left_as_it_is() -> None:
    issuer = AFTER.rotate(THIRD)
    good = mc.sign(badge(DID), AFTER.signer(OTHER))
    token = mc.sign_jwt(badge(DID), AFTER.signer(OTHER))
    for credential in (good, token):
        result = reissue(credential, issuer, THIRD, issued=record(credential))
        assert (result.outcome, result.credential) == ("unaffected", None)


# What a thief made


def thief(**changes: object) -> JSONObject:
    return add_proof(badge(DID, **changes), KEY, verification_method=f"{DID}#key-1")


REAL = thief(credentialStatus=STATUS)


@dataclass(frozen=True)
class Case:
    """A credential that must not be signed."""

    credential: JSONObject | str | bytes
    in_record: bool = False


CASES = {
    "never issued": Case(thief(id="urn:uuid:1")),
    "id of a real one, other claims": Case({**thief(name="PhD", credentialStatus=STATUS)}),
    "id of a real one, no status": Case(thief()),
    "real claims, status of another": Case(thief(credentialStatus={**STATUS, "statusListIndex": "8"})),
    "a jwt": Case(encode_jwt(badge(DID, id="urn:uuid:1"), KEY, kid=f"{DID}#key-1")),
    "signature broken": Case({**REAL, "proof": {**as_objects(thief(id="urn:uuid:9")["proof"])[0]}}, in_record=True),
    "no signature": Case(members(REAL), in_record=True),
    "signed by a stranger in its name": Case(
        add_proof(badge(DID), THIRD, verification_method=f"{DID}#key-1"), in_record=True
    ),
    "jwt signed by a stranger in its name": Case(encode_jwt(badge(DID), THIRD, kid=f"{DID}#key-1"), in_record=True),
    "another issuer": Case(
        add_proof(badge("did:web:example.com"), KEY, verification_method=f"{DID}#key-1"), in_record=True
    ),
    "no credential": Case("{}"),
    "no JSON": Case(b"\xff"),
    "against the rules": Case(thief(validFrom="yesterday"), in_record=True),
    "undefined member": Case(
        encode_jwt(badge(DID, undefined="x"), KEY, kid=f"{DID}#key-1"),
        in_record=True,
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_what_was_not_issued_is_not_signed(case: Case) -> None:
    known = [case.credential] if case.in_record else []
    result = reissue(case.credential, AFTER, OTHER, issued=record(REAL, *known))
    assert (result.outcome, result.credential) == ("refused", None)
    assert result.reason


# What cannot be made again by itself


def complicated() -> dict[str, JSONObject | str | bytes]:
    signer = BEFORE.signer(KEY)
    inner = mc.EndorsementCredential(
        name="x",
        issuer=DID,  # type: ignore[arg-type]
        valid_from="2026-05-01T09:30:00Z",  # type: ignore[arg-type]
        credential_subject=mc.EndorsementSubject(id="urn:x:1", endorsement_comment="x"),
    )
    endorsed = {**badge(DID), "endorsement": [mc.sign(inner, signer).model_dump()]}
    witnessed = add_proof(mc.sign(badge(DID), signer), THIRD, verification_method=THIRD.verification_method)
    until = encode_jwt(badge(DID), KEY, profile="vc-jose", kid=f"{DID}#key-1", claims={"exp": 1893456000})
    audience = encode_jwt(badge(DID), KEY, kid=f"{DID}#key-1", claims={"aud": "https://example.com"})
    return {
        "something inside": mc.sign(endorsed, signer),
        "proofs of others": witnessed,
        "an end of its own": until,
        "an audience": audience,
        "sd-jwt": mc.sign_sd_jwt(badge(DID), signer, holder_key=None),
        "cose": mc.sign_cose(badge(DID), signer),
    }


@pytest.mark.parametrize("what", complicated())
def test_what_would_lose_something_is_left_to_people(what: str) -> None:
    credential = complicated()[what]
    result = reissue(credential, AFTER, OTHER, issued=lambda *_: True)
    assert (result.outcome, result.credential) == ("refused", None)


def test_selective_proofs_are_left_to_people() -> None:
    key = mc.SigningKey.generate("P-256")
    before = make(key=key)
    base = mc.sign_selective(badge(DID), before.signer(key))
    after = before.revoke("key-1", OTHER)
    assert reissue(base, after, OTHER, issued=record(base)).outcome == "refused"


# The key that signs


def test_only_the_current_key_signs_again() -> None:
    for key in (KEY, THIRD):
        with pytest.raises(SigningError):
            reissue(REAL, AFTER, key, issued=record(REAL))


class Away:
    """A key service that does not answer."""

    def __init__(self, key: PublicKey) -> None:
        self.public_key = key

    def sign(self, data: bytes) -> bytes:
        del data
        raise SigningError("no answer", code="SIGNER_UNAVAILABLE")


def test_key_service_that_does_not_answer_is_no_verdict_on_the_credential() -> None:
    with pytest.raises(SigningError):
        reissue(REAL, AFTER, Away(OTHER.public_key), issued=record(REAL))


def test_whose_signature_it_is() -> None:
    signed, token = REAL, encode_jwt(badge(DID), KEY, kid=f"{DID}#key-1")
    [first, second] = AFTER.keys
    for credential in (signed, token):
        assert is_signed_by(credential, first)
        assert not is_signed_by(credential, second)
    assert not is_signed_by({**signed, "name": "PhD"}, first)
    assert not is_signed_by(members(signed), first)
    assert not is_signed_by("{}", first)


def test_digest_is_that_of_the_claims() -> None:
    assert digest(REAL) == digest(members(REAL)) == digest(dumps(REAL))
    assert digest(REAL) != digest({**REAL, "name": "PhD"})
    token = mc.sign_jwt(badge(DID), BEFORE.signer(KEY))
    assert digest(token) == digest(badge(DID))
