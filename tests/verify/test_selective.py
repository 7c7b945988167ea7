"""Derived credentials (ecdsa-sd-2023) under the verifier's judgement."""

from __future__ import annotations

from typing import Any

import microcred as mc
from microcred.json import JSONObject
from microcred.signing import selective
from microcred.verify.report import Code
from tests.make import AT, badge

KEY = mc.SigningKey.generate("P-256")
VERIFIER = mc.Verifier(trusted_issuers={KEY.did})


def base(**changes: object) -> JSONObject:
    document = badge(KEY.did, **changes)
    return selective.add_base_proof(
        document, KEY, verification_method=KEY.verification_method, created="2026-05-01T10:00:00Z"
    )


def test_a_derived_badge_verifies_and_holds_only_what_was_chosen() -> None:
    shown = selective.derive(base(name="Rust", awardedDate="2026-05-01T09:30:00Z"), ["/name"])
    report = VERIFIER.check(shown, at=AT)
    assert report.verified, report
    assert "name" in shown
    assert "awardedDate" not in shown


def test_a_derived_badge_without_its_end_or_status_is_refused() -> None:
    shown: Any = selective.derive(base(validUntil="2026-05-31T00:00:00Z"), [])
    assert VERIFIER.check(shown, at=AT)["validity_period"].code == Code.EXPIRED
    del shown["validUntil"]
    assert VERIFIER.check(shown, at=AT)["proof"].code == Code.PROOF_VERIFICATION_ERROR


def test_a_base_proof_is_not_for_verifiers() -> None:
    assert VERIFIER.check(base(), at=AT)["proof"].outcome == "failed"


def test_a_derived_badge_of_another_issuer_is_not_trusted() -> None:
    other = mc.SigningKey.generate("P-256")
    shown: Any = selective.derive(base(), [])
    assert not mc.Verifier(trusted_issuers={other.did}).check(shown, at=AT)
    shown["issuer"]["id"] = other.did
    assert VERIFIER.check(shown, at=AT)["proof"].code == Code.INVALID_VERIFICATION_METHOD
