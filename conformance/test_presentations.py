"""Presentations, both ways: for one verifier and one challenge."""

from __future__ import annotations

import pytest
from tests.support import as_object

import microcred as mc
from conformance.parties import CREATED
from conformance.peers import Peer, Refusal
from conformance.rows import key_for_peer, key_of
from conformance.shapes import SHAPES
from microcred.json import JSONObject, JSONValue
from microcred.key_material import KeyType
from microcred.models import CREDENTIALS_V2
from microcred.signing import present, present_jwt

CHALLENGE, DOMAIN = "8b1d-2f", "https://shop.example"
OCCASION: JSONObject = {"challenge": CHALLENGE, "domain": DOMAIN}
WAYS: dict[str, KeyType] = {
    "presentation eddsa-rdfc-2022": "Ed25519",
    "presentation ecdsa-rdfc-2019": "P-256",
    "vp+jwt": "P-256",
}
each_way = pytest.mark.parametrize("way", WAYS)


def credential(key: mc.SigningKey) -> JSONObject:
    return mc.sign(SHAPES["every member of a badge"].build(key.did), key, created=CREATED)


def shown(way: str) -> tuple[mc.SigningKey, JSONObject | str]:
    """Return what a holder shows, with the holder's key; the holder is the issuer, to keep it simple."""
    key = key_of(WAYS[way])
    if way == "vp+jwt":
        return key, present_jwt([credential(key)], key, challenge=CHALLENGE, domain=DOMAIN)
    return key, present([credential(key)], key, challenge=CHALLENGE, domain=DOMAIN, created=CREATED).model_dump()


def ask(peer: Peer, do: str, way: str, document: JSONValue, **occasion: str) -> JSONValue:
    key = key_for_peer(key_of(WAYS[way]))
    return peer.ask(
        {"do": do, "suite": way, "document": document, "key": key, "created": CREATED, **OCCASION, **occasion}
    )


@each_way
def test_our_presentation_is_verified_there_for_this_occasion_only(javascript: Peer, way: str) -> None:
    _, presentation = shown(way)
    ask(javascript, "verify", way, presentation)
    for another in ({"challenge": "another"}, {"domain": "https://another.example"}):
        with pytest.raises(Refusal):
            ask(javascript, "verify", way, presentation, **another)


@each_way
def test_their_presentation_is_verified_here_for_this_occasion_only(javascript: Peer, way: str) -> None:
    key = key_of(WAYS[way])
    inside: JSONValue = credential(key)
    if way == "vp+jwt":
        token = mc.sign_jwt(as_object(SHAPES["minimal"].build(key.did)), key, profile="vc-jose")
        inside = {
            "@context": CREDENTIALS_V2,
            "type": "EnvelopedVerifiableCredential",
            "id": f"data:application/vc+jwt,{token}",
        }
    unsigned: JSONObject = {
        "@context": [CREDENTIALS_V2],
        "type": ["VerifiablePresentation"],
        "holder": key.did,
        "verifiableCredential": [inside],
    }
    presentation = ask(javascript, "issue", way, unsigned)
    assert isinstance(presentation, dict | str)
    verifier = mc.Verifier(trusted_issuers={key.did})
    report = verifier.check_presentation(presentation, challenge=CHALLENGE, domain=DOMAIN)
    assert report, report.problems
    report = verifier.check_presentation(presentation, challenge="another", domain=DOMAIN)
    assert report.problems[0].code == "INVALID_CHALLENGE_ERROR"
    report = verifier.check_presentation(presentation, challenge=CHALLENGE, domain="https://another.example")
    assert report.problems[0].code == "INVALID_DOMAIN_ERROR"
