"""What a holder could hide or add without breaking the signature, since RDF does not see names: refused."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest

import microcred as mc
from microcred.json import JSONObject
from microcred.verify.report import Code
from tests.make import AT, ISSUER, KEY, LEARNER, OTHER, badge, signed

CREDENTIALS = "https://www.w3.org/2018/credentials#"
XSD = "http://www.w3.org/2001/XMLSchema#dateTime"
END = "2026-05-02T00:00:00Z"
STATUS: JSONObject = {
    "id": "https://example.edu/status/1#7",
    "type": "BitstringStatusListEntry",
    "statusPurpose": "revocation",
    "statusListIndex": "7",
    "statusListCredential": "https://example.edu/status/1",
}
# Contexts inside a credential are taken here: without them, much of what follows would be refused for that alone.
VERIFIER = mc.Verifier(trusted_issuers={KEY.did}, inline_contexts=True)
Change = Callable[[Any], object]


def root(document: Any, **more: object) -> dict[str, object]:
    return {"id": document["id"], "type": document["type"], **more}


def alias(document: Any, name: str, iri: str, **more: object) -> bool:
    document["@context"].append({name: {"@id": iri, **more}})
    return True


HIDE_THE_END: list[Change] = [
    lambda d: d.update({f"{CREDENTIALS}validUntil": {"@type": XSD, "@value": d.pop("validUntil")}}),
    lambda d: d.update({"@nest": {"validUntil": d.pop("validUntil")}}),
    lambda d: d.update({"@included": [root(d, validUntil=d.pop("validUntil"))]}),
    lambda d: d["credentialSubject"].update({"@included": [root(d, validUntil=d.pop("validUntil"))]}),
    lambda d: (alias(d, "vu", f"{CREDENTIALS}validUntil", **{"@type": XSD}), d.update(vu=d.pop("validUntil"))),
    lambda d: (d["@context"].append({"n": "@nest"}), d.update(n={"validUntil": d.pop("validUntil")})),
    lambda d: (d["@context"].append({"n": "@included"}), d.update(n=root(d, validUntil=d.pop("validUntil")))),
    lambda d: d.update({"@reverse": {"urn:p": root(d, validUntil=d.pop("validUntil"))}}),
    lambda d: d["credentialSubject"].update({"urn:p": root(d, validUntil=d.pop("validUntil"))}),
]


@pytest.mark.parametrize("hide", HIDE_THE_END)
def test_the_end_of_a_credential_cannot_be_hidden(hide: Change) -> None:
    document = signed(validUntil=END)
    assert VERIFIER.check(document, at=AT)["validity_period"].code == Code.EXPIRED
    hide(document)
    report = VERIFIER.check(document, at=AT)
    assert (report["proof"].outcome, report.verified) == ("failed", False)
    unsigned = badge(validUntil=END)
    hide(unsigned)
    with pytest.raises((mc.SigningError, mc.DocumentError)):
        mc.sign(unsigned, KEY)
    with pytest.raises((mc.SigningError, mc.DocumentError)):
        mc.sign_jwt(unsigned, KEY)


@pytest.mark.parametrize(
    "hide",
    [
        lambda d: d.update({f"{CREDENTIALS}credentialStatus": d.pop("credentialStatus")}),
        lambda d: (
            alias(d, "cs", f"{CREDENTIALS}credentialStatus", **{"@type": "@id"}),
            d.update(cs=d.pop("credentialStatus")),
        ),
        lambda d: d.update({"@included": [root(d, credentialStatus=d.pop("credentialStatus"))]}),
    ],
)
def test_the_status_of_a_credential_cannot_be_hidden(hide: Change) -> None:
    document = signed(credentialStatus=STATUS)
    hide(document)
    assert VERIFIER.check(document, at=AT)["proof"].outcome == "failed"


def test_the_end_of_a_proof_cannot_be_hidden() -> None:
    document: Any = mc.sign(badge(), KEY, options={"expires": END})
    [proof] = document["proof"]
    proof["https://w3id.org/security#expiration"] = {"@type": XSD, "@value": proof.pop("expires")}
    assert VERIFIER.check(document, at=AT)["proof"].outcome == "failed"


@pytest.mark.parametrize("key", ["@set", "@list", "@index", "degree"])
def test_nothing_can_be_added_out_of_sight_of_the_proof(key: str) -> None:
    document: Any = signed()
    document["@context"].append({"degree": "@set", "@vocab": "urn:v#"})
    document["credentialSubject"][key] = {"title": "Doctor of Medicine"}
    assert VERIFIER.check(document, at=AT)["proof"].outcome == "failed"


def test_a_member_cannot_be_renamed_to_the_iri_that_its_name_stands_for() -> None:
    document: Any = signed(name="Rust 101")
    document["https://schema.org/name"] = document.pop("name")
    assert VERIFIER.check(document, at=AT)["proof"].code == Code.PROOF_TRANSFORMATION_ERROR


@pytest.mark.parametrize("path", [(), ("issuer",), ("credentialSubject",), ("credentialSubject", "achievement")])
@pytest.mark.parametrize(("name", "keyword"), [("type", "@type"), ("id", "@id"), ("type", "kind"), ("id", "key")])
def test_a_type_or_id_cannot_be_moved_out_of_sight(path: tuple[str, ...], name: str, keyword: str) -> None:
    document: Any = signed()
    if not keyword.startswith("@"):
        # Under another name that a context gives it.
        document["@context"].append({keyword: f"@{name}"})
    assert VERIFIER.check(document, at=AT)
    node = document
    for member in path:
        node = node[member]
    several = isinstance(node[name], list) and len(node[name]) > 1
    # One type stays where it is read: it alone says which rules hold.
    node[keyword] = node[name][1:] if several else node.pop(name)
    if several:
        del node[name][1:]
    report = VERIFIER.check(document, at=AT)
    # Without the id of its issuer, the key is nobody's.
    known = Code.INVALID_VERIFICATION_METHOD if (path, name) == (("issuer",), "id") else Code.PROOF_TRANSFORMATION_ERROR
    assert report["proof"].code == known


def test_a_recipient_cannot_be_added() -> None:
    plain: JSONObject = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiableCredential"],
        "id": "urn:uuid:0c1f4d0c-9f4a-4b0c-8b5e-0d9b1a1f2c3d",
        "issuer": KEY.did,
        "validFrom": "2026-05-01T09:30:00Z",
        "credentialSubject": {"id": LEARNER, "type": "urn:Person", "urn:nickname": "Ann"},
    }
    document: Any = mc.sign(plain, KEY)
    assert VERIFIER.check(document, at=AT)
    document["@context"].append(
        {"identifier": "@set", "identityType": "urn:a", "identityHash": "urn:b", "hashed": "urn:c"}
    )
    identity = {"identityType": "emailAddress", "identityHash": "me@example.com", "hashed": False}
    document["credentialSubject"]["identifier"] = [identity]
    assert not VERIFIER.check(document, at=AT, recipient="me@example.com")


def test_look_alikes_in_great_numbers_are_refused() -> None:
    document: Any = signed()
    document["@context"].append({"p": "urn:p"})
    document["p"] = [{"p": [{"p": "x"} for _ in range(2000)]} for _ in range(2)]
    assert VERIFIER.check(document, at=AT)["proof"].code == Code.TOO_COMPLEX


def test_a_long_name_does_not_multiply() -> None:
    document: Any = signed()
    document["k" * 600_000] = [[]] * 40_000
    assert not VERIFIER.check(document, at=AT)


def test_the_ends_of_time_can_be_asked_about() -> None:
    for moment in (datetime.max, datetime.min):  # noqa: DTZ901
        assert not VERIFIER.check(signed(validUntil=END), at=moment.replace(tzinfo=UTC))


def test_a_credential_cannot_pass_as_something_else() -> None:
    for changes in (
        {"type": ["VerifiableCredential", "VerifiablePresentation"]},
        {"credentialSubject": {"id": "did:x:y"}},
    ):
        document = badge(id="did:example:1", authentication="x", **changes)
        with pytest.raises(mc.DocumentError):
            mc.sign(document, KEY)
    bare: JSONObject = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": "did:example:1",
        "authentication": [],
    }
    with pytest.raises(mc.DocumentError):
        mc.sign({**bare, "type": ["VerifiableCredential"]}, KEY)


@pytest.mark.parametrize(
    ("issuer", "method"),
    [
        (KEY.did, f"{KEY.did}#foo"),
        (OTHER.did, f"{OTHER.did}#{KEY.public_key.multikey}"),
        (ISSUER, f"https://example.edu/keys#{KEY.public_key.multikey}"),
        ("urn:issuer", "urn:issuer#1"),
    ],
)
def test_a_method_that_verifiers_would_refuse_is_not_signed_with(issuer: str, method: str) -> None:
    with pytest.raises(mc.SigningError):
        mc.sign(badge(issuer), KEY, verification_method=method)


def test_what_stands_beside_the_vc_claim_is_not_ignored() -> None:
    from tests.verify.test_verifier import old_jwt

    assert VERIFIER.check(old_jwt(), at=AT)
    assert not VERIFIER.check(old_jwt(expirationDate="2020-01-01T00:00:00Z"), at=AT)
    assert not VERIFIER.check(old_jwt(credentialStatus=deepcopy(STATUS)), at=AT)
