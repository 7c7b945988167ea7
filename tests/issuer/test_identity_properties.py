"""Whatever an issuer does with its keys, in whatever order: a credential counts unless its key was revoked."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

import microcred as mc
from microcred.issuer import Issuer, reissue
from microcred.json import JSONObject, loads_object
from tests.issuer.make import IDS, make, verifier
from tests.make import AT, badge

KEYS = [mc.SigningKey.from_seed(bytes([number]) * 32) for number in range(1, 9)]
STEPS = st.lists(st.one_of(st.just(None), st.integers(0, 7)), max_size=6)


def lived(name: str, steps: list[int | None]) -> tuple[Issuer, list[JSONObject]]:
    """Return an issuer that rotated (None) or revoked a key (its number), and a badge by each of its keys."""
    issuer = make(name, KEYS[0])
    badges = [mc.sign(badge(name), issuer.signer(KEYS[0]))]
    for step in steps:
        count = len(issuer.keys)
        if step is None:
            issuer = issuer.rotate(KEYS[count])
        else:
            number = step % count
            issuer = issuer.revoke(f"key-{number + 1}", KEYS[count] if number == count - 1 else None)
        if len(issuer.keys) > count:
            badges.append(mc.sign(badge(name), issuer.signer(KEYS[count])))
    return issuer, badges


@given(st.sampled_from(IDS), STEPS)
@settings(max_examples=40)
def test_a_credential_counts_unless_its_key_was_revoked(name: str, steps: list[int | None]) -> None:
    issuer, badges = lived(name, steps)
    judge = verifier(issuer)
    for key, signed in zip(issuer.keys, badges, strict=True):
        report = judge.check(signed, at=AT)
        assert (report.verified, report.refused) == (key.revoked is None, key.revoked is not None)
        again = reissue(signed, issuer, KEYS[len(issuer.keys) - 1], issued=lambda *_: True)
        assert again.outcome == ("unaffected" if key.revoked is None else "reissued")
        if again.credential is not None:
            assert judge.check(again.credential, at=AT)


@given(st.sampled_from(IDS), STEPS)
@settings(max_examples=40)
def test_an_issuer_is_kept_and_its_past_does_not_change(name: str, steps: list[int | None]) -> None:
    issuer, _ = lived(name, steps)
    assert Issuer.from_document(loads_object(json.dumps(issuer.to_document()))) == issuer
    assert [key.name for key in issuer.keys] == [f"key-{number}" for number in range(1, len(issuer.keys) + 1)]
    assert [key.public_key for key in issuer.keys] == [key.public_key for key in KEYS[: len(issuer.keys)]]
    assert [key.is_current for key in issuer.keys] == [False] * (len(issuer.keys) - 1) + [True]
