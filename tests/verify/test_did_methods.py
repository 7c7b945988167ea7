"""The built-in DID methods that need the network: where a did:web is, and what its document may say."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import cast

import pytest

import microcred as mc
from microcred.json import JSONObject
from microcred.signing import EDDSA_JCS_2022
from microcred.testing import FakeWeb
from microcred.verify.did_methods import did_web_url
from tests.make import KEY, OTHER, badge

AT = datetime(2026, 6, 1, tzinfo=UTC)
DID = "did:web:example.edu"
PAGE = "https://example.edu/.well-known/did.json"


def document(did: str = DID, **members: object) -> JSONObject:
    method: JSONObject = {
        "id": f"{did}#key-1",
        "type": "Multikey",
        "controller": did,
        "publicKeyMultibase": KEY.public_key.multikey,
    }
    found: JSONObject = {"id": did, "verificationMethod": [method], "assertionMethod": [f"{did}#key-1"]}
    return {**found, **members}  # type: ignore[dict-item]


def check(web: FakeWeb, did: str = DID) -> mc.VerificationReport:
    signed = mc.sign(badge(did), KEY, verification_method=f"{did}#key-1")
    return mc.Verifier(trusted_issuers={did}, fetcher=web).check(signed, at=AT)


# The examples of the method's text, and ports and paths in their places.
@pytest.mark.parametrize(
    ("did", "url"),
    [
        ("did:web:w3c-ccg.github.io", "https://w3c-ccg.github.io/.well-known/did.json"),
        ("did:web:w3c-ccg.github.io:user:alice", "https://w3c-ccg.github.io/user/alice/did.json"),
        ("did:web:example.com%3A3000", "https://example.com:3000/.well-known/did.json"),
        ("did:web:example.com%3a3000:user:alice", "https://example.com:3000/user/alice/did.json"),
        ("did:web:localhost%3A8443", "https://localhost:8443/.well-known/did.json"),
        ("did:web:xn--bcher-kva.example:a%20b", "https://xn--bcher-kva.example/a%20b/did.json"),
    ],
)
def test_did_web_has_its_place(did: str, url: str) -> None:
    assert did_web_url(did) == url


@pytest.mark.parametrize(
    "name",
    [
        *("", ":", "example.com:", "example.com::a", "example.com:..", "example.com:a:.", "example.com:a/b"),
        *("example.com/evil", "example.com?x", "user@example.com", "example.com%2Fevil", "example.com%40evil"),
        *("127.0.0.1", "10.0.0.1%3A80", "[::1]", "bücher.example", "example.com.", ".example.com", "-a.example"),
        *("example.com:3000:a b", "example.com%3A", "example.com%3A999999", "example.com:%zz", "a" * 64 + ".example"),
        *(
            "example.com\n",
            "example..com",
            "2130706433",
            "0x7f000001",
            "127.1",
            "0177.0.0.1",
            "a.0x7F",
            "example.com%0a",
        ),
        *("example.com:%2e%2e", "example.com:.%2E:a", "example.com:a%2Fb", "example.com:a%5cb", "example.com:%00"),
        *("example.com:a%0d%0ab", "example.com:%7f", "bool\u212a.example"),
    ],
)
def test_what_is_no_did_web_is_not_asked_for(name: str) -> None:
    with pytest.raises(mc.ResolutionError) as refusal:
        did_web_url(f"did:web:{name}")
    assert refusal.value.code == "INVALID_VERIFICATION_METHOD"
    web = FakeWeb()
    signed = mc.sign(badge(DID), KEY, verification_method=f"{DID}#key-1", cryptosuite=EDDSA_JCS_2022)
    (proof,) = cast("list[JSONObject]", signed["proof"])
    moved = {**signed, "proof": {**proof, "verificationMethod": f"did:web:{name}#key-1"}}
    check = mc.Verifier(trusted_issuers=mc.ANY_ISSUER, fetcher=web).check(moved, at=AT)["proof"]
    assert check.code == "INVALID_VERIFICATION_METHOD"
    assert not web.requests


@pytest.mark.parametrize("did", [DID, f"{DID}:departments:law", "did:web:example.edu%3A8443"])
def test_credential_of_a_did_web_verifies(did: str) -> None:
    web = FakeWeb({did_web_url(did): document(did)})
    assert check(web, did)
    assert web.requests == [did_web_url(did)]


def test_method_may_stand_whole_in_the_relationship_and_as_jwk() -> None:
    methods = document()["verificationMethod"]
    assert isinstance(methods, list)
    whole = document(assertionMethod=methods, verificationMethod=[])
    jwk = {"id": "#key-1", "type": "JsonWebKey", "controller": DID, "publicKeyJwk": KEY.public_key.to_jwk()}
    for page in (whole, document(assertionMethod=["#key-1"], verificationMethod=[jwk])):
        assert check(FakeWeb({PAGE: page}))


@pytest.mark.parametrize(
    ("page", "code"),
    [
        (document(id="did:web:example.com"), "RESOLUTION_ERROR"),
        (document(assertionMethod=[]), "INVALID_RELATIONSHIP_FOR_VERIFICATION_METHOD"),
        (document(verificationMethod=[]), "INVALID_VERIFICATION_METHOD"),
        (document(assertionMethod=[{}] * 300), "INVALID_VERIFICATION_METHOD"),
        ("<!doctype html>", "RESOLUTION_ERROR"),
        ("[]", "RESOLUTION_ERROR"),
        (mc.FetchError(PAGE, "503", 503), "RESOLUTION_ERROR"),
    ],
)
def test_document_that_does_not_list_the_key_does_not_do(page: JSONObject | str | mc.FetchError, code: str) -> None:
    report = check(FakeWeb({PAGE: page}))
    assert report["proof"].code == code
    assert not report


@pytest.mark.parametrize("place", [0, 1])
def test_several_keys_of_one_name_do_not_do(place: int) -> None:
    page = document()
    methods = page["verificationMethod"]
    assert isinstance(methods, list)
    assert isinstance(methods[0], dict)
    # The same key once more says nothing else.
    assert check(FakeWeb({PAGE: {**page, "verificationMethod": methods * 2}}))
    other: JSONObject = {**methods[0], "publicKeyMultibase": OTHER.public_key.multikey}
    several = [*methods[:place], other, *methods[place:]]
    assert (
        check(FakeWeb({PAGE: {**page, "verificationMethod": several}}))["proof"].code == "INVALID_VERIFICATION_METHOD"
    )


@pytest.mark.parametrize("member", [{"revoked": "2030-01-01T00:00:00Z"}, {"expires": "2026-05-31T00:00:00Z"}])
def test_revoked_or_expired_key_does_not_do(member: JSONObject) -> None:
    page = document()
    methods = page["verificationMethod"]
    assert isinstance(methods, list)
    assert isinstance(methods[0], dict)
    methods[0] |= member
    assert check(FakeWeb({PAGE: page}))["proof"].code == "INVALID_VERIFICATION_METHOD"


def test_key_of_another_controller_does_not_do() -> None:
    page = document()
    methods = page["verificationMethod"]
    assert isinstance(methods, list)
    assert isinstance(methods[0], dict)
    methods[0]["controller"] = "did:web:example.com"
    assert check(FakeWeb({PAGE: page}))["proof"].code == "INVALID_VERIFICATION_METHOD"
