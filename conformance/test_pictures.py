"""Credentials in pictures, both ways: what is baked here is read there, and what is baked there is read here."""

from __future__ import annotations

import base64

import pytest

import microcred as mc
from conformance.peers import Peer, Refusal
from conformance.rows import key_of
from microcred.json import JSONObject, dumps

KEY = key_of("P-256")
BADGE: JSONObject = {
    "@context": ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],
    "id": "urn:uuid:0c1f4d0c-9f4a-4b0c-8b5e-0d9b1a1f2c3d",
    "type": ["VerifiableCredential", "AchievementCredential"],
    "issuer": {"id": KEY.did, "type": ["Profile"], "name": "Universität ]]> & Söhne"},
    "validFrom": "2026-05-01T09:30:00Z",
    "credentialSubject": {
        "id": "did:example:learner",
        "type": ["AchievementSubject"],
        "achievement": {
            "id": "https://example.edu/achievements/rust-101",
            "type": ["Achievement"],
            "name": "软件 “101” <b>",
            "description": "Completed the introductory course.",
            "criteria": {"narrative": "Passed.\r\n\tTwice."},
        },
    },
}
TEXTS = {"JSON": dumps(mc.sign(BADGE, KEY)), "JWT": mc.sign_jwt(BADGE, KEY)}
PICTURES = {kind: mc.draw_badge(BADGE, format=kind, size=64) for kind in ("png", "svg")}
# png-itxt knows PNG only.
ROWS = [("javascript", "png"), ("openbadgeslib", "png"), ("openbadgeslib", "svg")]
each_row = pytest.mark.parametrize(("peer", "kind"), ROWS, indirect=["peer"])
each_text = pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
each_kind = pytest.mark.parametrize("kind", PICTURES)


@pytest.fixture
def peer(request: pytest.FixtureRequest) -> Peer:
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Peer)
    return found


def ask(peer: Peer, do: str, suite: str = "picture", **more: str) -> str:
    return str(peer.ask({"do": do, "suite": suite, **more}))


def shown(picture: bytes) -> str:
    return base64.b64encode(picture).decode()


@each_row
@each_text
def test_what_is_baked_here_is_read_there(peer: Peer, kind: str, text: str) -> None:
    assert ask(peer, "verify", document=shown(mc.bake(PICTURES[kind], text))) == text


@each_row
@each_text
def test_what_is_baked_there_is_read_and_verified_here(peer: Peer, kind: str, text: str) -> None:
    baked = base64.b64decode(ask(peer, "issue", document=text, image=shown(PICTURES[kind])))
    assert mc.unbake(baked) == text
    assert mc.Verifier(trusted_issuers={KEY.did}).check(baked)


@each_kind
def test_a_badge_of_ours_in_a_picture_verifies_there(openbadgeslib: Peer, kind: str) -> None:
    baked = mc.bake(PICTURES[kind], TEXTS["JWT"])
    assert ask(openbadgeslib, "verify", "credential in a picture", document=shown(baked), issuer=KEY.did) == BADGE["id"]
    other = key_of("Ed25519").did
    with pytest.raises(Refusal):
        ask(openbadgeslib, "verify", "credential in a picture", document=shown(baked), issuer=other)


@each_kind
def test_a_badge_of_theirs_in_a_picture_is_judged_here(openbadgeslib: Peer, kind: str) -> None:
    more = {"image": shown(PICTURES[kind]), "issuer": KEY.did, "pem": KEY.to_pem(None).decode()}
    baked = base64.b64decode(ask(openbadgeslib, "issue", "credential in a picture", **more))
    report = mc.Verifier(trusted_issuers={KEY.did}).check(baked)
    # It names a schema on the web, where nothing is looked up here.
    assert [problem.name for problem in report.problems] == ["credential_schema"]
    assert not report.refused
