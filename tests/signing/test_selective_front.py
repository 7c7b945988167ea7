"""Signing and deriving for selective disclosure at the front door: judged, bound, of the kind that was given."""

from __future__ import annotations

import pytest

import microcred as mc
from tests.make import AT, KEY, badge

P256 = mc.SigningKey.generate("P-256")


def test_model_is_signed_and_derived_as_a_model() -> None:
    credential = mc.AchievementCredential.model_validate(
        badge(P256.did, evidence=[{"type": ["Evidence"], "name": "Exam"}])
    )
    base = mc.sign_selective(credential, P256)
    assert type(base) is mc.AchievementCredential
    assert credential.proof is None
    shown = mc.derive(base, [])
    assert type(shown) is mc.AchievementCredential
    assert shown.evidence is None
    verifier = mc.Verifier(trusted_issuers={P256.did})
    assert verifier.check(shown, at=AT)
    assert not verifier.check(base, at=AT)
    everything = mc.derive(base.model_dump_json(), [""])
    assert everything["evidence"] == base.model_dump()["evidence"]
    assert verifier.check(everything, at=AT)


def test_status_cannot_be_hidden_by_default() -> None:
    entry = {
        "id": "https://example.edu/status/1#7",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": "7",
        "statusListCredential": "https://example.edu/status/1",
    }
    base = mc.sign_selective(badge(P256.did, credentialStatus=entry), P256)
    shown = mc.derive(base, [])
    assert shown["credentialStatus"] == entry
    del shown["credentialStatus"]
    assert mc.Verifier(trusted_issuers={P256.did}).check(shown, at=AT)["proof"].code == "PROOF_VERIFICATION_ERROR"


def test_what_breaks_the_standard_is_not_signed_for_disclosure() -> None:
    with pytest.raises(mc.DocumentError):
        mc.sign_selective({**badge(P256.did), "validFrom": "yesterday"}, P256)
    with pytest.raises(mc.SigningError) as refusal:
        mc.sign_selective(badge(KEY.did), P256)
    assert refusal.value.pointer == "/issuer/id"
    with pytest.raises(mc.SigningError):
        mc.sign_selective(badge(KEY.did), KEY)
