"""Contexts inside a credential: its holder can swap the names that they define, so that they are not taken by default.

An embedded proof covers what names mean, not the names; a JWT covers every byte.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

import microcred as mc
from microcred.json import JSONObject, JSONValue
from microcred.models import CREDENTIALS_V2
from microcred.signing import EDDSA_JCS_2022, add_proof, verify_proof
from microcred.verify.report import Code, Outcome
from tests.make import AT, ISSUER, KEY, OTHER, badge, signed

URL = "https://example.edu/contexts/degrees.jsonld"
TERMS: JSONObject = {"a": "https://example.edu/terms#a", "b": "https://example.edu/terms#b"}
SWAPPED: JSONObject = {"a": "https://example.edu/terms#b", "b": "https://example.edu/terms#a"}
CAUTIOUS = mc.Verifier(trusted_issuers={KEY.did})
TOLERANT = mc.Verifier(trusted_issuers={KEY.did}, inline_contexts=True)


def with_own_terms(context: object = TERMS, issuer: str = KEY.did) -> Any:
    """Return an unsigned badge with two terms of its own."""
    document: Any = badge(issuer, a="passed", b="failed")
    document["@context"].append(context)
    return document


def swapped(document: JSONObject) -> JSONObject:
    """Return a credential in which the holder swapped two names and their definitions."""
    forged: Any = deepcopy(document)
    forged["@context"][2] = SWAPPED
    forged["a"], forged["b"] = document["b"], document["a"]
    return forged  # type: ignore[no-any-return]


def judged(document: JSONObject, verifier: mc.Verifier = CAUTIOUS) -> tuple[str, str | None, str | None]:
    proof = verifier.check(document, at=AT)["proof"]
    return proof.outcome, proof.code, proof.pointer


def test_names_that_the_holder_swapped_do_not_verify_although_the_proof_holds() -> None:
    forged = swapped(mc.sign(with_own_terms(), KEY))
    assert (forged["a"], forged["b"]) == ("failed", "passed")
    verify_proof(forged, KEY.public_key)
    report = CAUTIOUS.check(forged, at=AT)
    assert not report.verified
    assert not report.refused
    assert judged(forged) == ("indeterminate", Code.UNSUPPORTED, "/@context/2")
    with pytest.raises(mc.VerificationError):
        CAUTIOUS.verify(forged, at=AT)


def test_inline_contexts_are_taken_when_asked_for_with_what_that_means() -> None:
    document = mc.sign(with_own_terms(), KEY)
    assert judged(document) == ("indeterminate", Code.UNSUPPORTED, "/@context/2")
    assert TOLERANT.check(document, at=AT)
    assert TOLERANT.check(swapped(document), at=AT)


def test_async_verifier_judges_inline_contexts_the_same() -> None:
    document = mc.sign(with_own_terms(), KEY)
    for inline, verifier in ((False, CAUTIOUS), (True, TOLERANT)):
        other = mc.AsyncVerifier(trusted_issuers={KEY.did}, inline_contexts=inline)
        assert asyncio.run(other.check(document, at=AT)) == verifier.check(document, at=AT)


def test_a_bad_signature_is_not_softened() -> None:
    document = mc.sign(with_own_terms(), KEY)
    assert judged(document | {"a": "changed"}) == ("failed", Code.PROOF_VERIFICATION_ERROR, "/proof/0")
    assert judged({**document, "c": 1}) == ("failed", Code.PROOF_TRANSFORMATION_ERROR, "/c")


def test_the_issuer_is_judged_all_the_same() -> None:
    document = mc.sign(with_own_terms(), KEY)
    assert CAUTIOUS.check(document, at=AT)["issuer"].outcome is Outcome.PASSED
    stranger = mc.Verifier(trusted_issuers={OTHER.did})
    assert stranger.check(document, at=AT)["issuer"].code == Code.ISSUER_NOT_TRUSTED


def test_a_pinned_key_makes_no_difference() -> None:
    method = "https://example.edu/keys/1"
    document = mc.sign(with_own_terms(issuer=ISSUER), KEY, verification_method=method)
    pinned = {ISSUER: KEY.public_key}
    found = judged(document, mc.Verifier(trusted_issuers=pinned))
    assert found == ("indeterminate", Code.UNSUPPORTED, "/@context/2")
    assert mc.Verifier(trusted_issuers=pinned, inline_contexts=True).check(document, at=AT)


def below(*names: str | int) -> Callable[[Any], Any]:
    """Return how to get an object in a document, by its place."""

    def find(document: Any) -> Any:
        for name in names:
            document = document[name]
        return document

    return find


@pytest.mark.parametrize("as_list", [False, True])
@pytest.mark.parametrize(
    ("place", "where"),
    [
        (below("credentialSubject"), "/credentialSubject/@context"),
        (below("credentialSubject", "achievement", "criteria"), "/credentialSubject/achievement/criteria/@context"),
        (below("evidence", 1), "/evidence/1/@context"),
    ],
)
def test_inline_contexts_are_found_at_every_depth(place: Callable[[Any], Any], where: str, as_list: bool) -> None:
    proof: Any = {"type": ["Evidence"], "id": "https://example.edu/evidence/1"}
    document: Any = badge(evidence=[proof, {**proof, "id": "https://example.edu/evidence/2"}])
    place(document)["@context"] = [TERMS] if as_list else TERMS
    secured = add_proof(document, KEY, verification_method=KEY.verification_method)
    assert judged(secured) == ("indeterminate", Code.UNSUPPORTED, f"{where}/0" if as_list else where)
    assert judged(secured, TOLERANT)[0] == "passed"


def test_a_context_that_the_holder_adds_is_found() -> None:
    document: Any = signed()
    document["@context"].append({"c": "https://example.edu/terms#c"})
    verify_proof(document, KEY.public_key)
    assert judged(document) == ("indeterminate", Code.UNSUPPORTED, "/@context/2")


def test_a_context_of_the_proof_cannot_be_another() -> None:
    document: Any = signed()
    document["proof"][0]["@context"] = [*document["@context"], TERMS]
    assert judged(document)[:2] == ("failed", Code.PROOF_VERIFICATION_ERROR)
    assert judged(document, TOLERANT)[:2] == ("failed", Code.PROOF_VERIFICATION_ERROR)


def test_a_context_by_url_is_trusted_as_it_was_given() -> None:
    contexts: dict[str, JSONObject] = {URL: {"@context": TERMS}}
    document = mc.sign(with_own_terms(URL), KEY, contexts=contexts)
    verifier = mc.Verifier(trusted_issuers={KEY.did}, contexts=contexts)
    assert verifier.check(document, at=AT)
    # Without the document behind it, and with an object in its place.
    assert judged(document)[:2] == ("indeterminate", Code.UNSUPPORTED)
    assert judged(swapped(document), verifier)[:2] == ("indeterminate", Code.UNSUPPORTED)


def test_a_protected_context_keeps_its_names_from_an_inline_one() -> None:
    for protected in (False, True):
        contexts: dict[str, JSONObject] = {URL: {"@context": {**TERMS, **({"@protected": True} if protected else {})}}}
        document: Any = swapped(mc.sign(with_own_terms(URL), KEY, contexts=contexts))
        document["@context"].insert(2, URL)
        verifier = mc.Verifier(trusted_issuers={KEY.did}, contexts=contexts, inline_contexts=True)
        assert verifier.check(document, at=AT).verified is not protected


@pytest.mark.parametrize("profile", ["ob3", "vc-jose"])
def test_a_jwt_covers_names_too(profile: Any) -> None:
    token = mc.sign_jwt(with_own_terms(), KEY, profile=profile)
    assert CAUTIOUS.check(token, at=AT)
    assert CAUTIOUS.check(mc.sign_jwt(mc.sign(with_own_terms(), KEY), KEY, profile=profile), at=AT)


@pytest.mark.parametrize("added", ["https://example.org/other", {"a": "https://example.org/#other"}])
def test_contexts_that_were_added_behind_those_of_a_proof_over_json_are_not_part_of_what_is_verified(
    added: JSONValue,
) -> None:
    own: Any = mc.sign(badge(), KEY, cryptosuite=EDDSA_JCS_2022)
    credential = CAUTIOUS.verify({**own, "@context": [*own["@context"], added]}, at=AT)
    assert credential.model_dump()["@context"] == own["@context"]
    assert CAUTIOUS.check(credential, at=AT)
    held: Any = add_proof(
        {"@context": [CREDENTIALS_V2], "type": "VerifiablePresentation", "holder": KEY.did},
        KEY,
        verification_method=KEY.verification_method,
        proof_purpose="authentication",
        options={"challenge": "1", "domain": "example.com"},
        cryptosuite=EDDSA_JCS_2022,
    )
    longer = {**held, "@context": [*held["@context"], added]}
    shown = CAUTIOUS.verify_presentation(longer, challenge="1", domain="example.com", at=AT).presentation
    assert shown is not None
    assert shown.model_dump()["@context"] == held["@context"]
