"""Several embedded proofs before the verifier: which must hold, and what a chain needs (VC Data Integrity §4.5)."""

from __future__ import annotations

import asyncio

import pytest

import microcred as mc
from microcred.json import JSONObject, JSONValue
from microcred.signing import EDDSA_JCS_2022, add_proof
from tests.make import AT, KEY, OTHER, badge, signed
from tests.signing.test_chains import FIRST, SECOND, THIRD, chained, proofs_in, with_proofs, witnessed

ANY = mc.Verifier(trusted_issuers={KEY.did})
ALL = mc.Verifier(trusted_issuers={KEY.did}, require="all")
BAD = "PROOF_VERIFICATION_ERROR"


def verdict(verifier: mc.Verifier, document: JSONObject) -> tuple[str, str | None]:
    report = verifier.check(document, at=AT)
    assert report.verified == (report["proof"].outcome == "passed")
    return str(report["proof"].outcome), report["proof"].code


def good() -> JSONObject:
    return proofs_in(signed())[0]


def broken() -> JSONObject:
    return {**good(), "created": "2026-05-01T10:00:01Z"}


def unknown() -> JSONObject:
    return {**good(), "cryptosuite": "eddsa-rdfc-2030"}


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(
    ("others", "one", "every"),
    [
        ([], ("passed", None), ("passed", None)),
        ([good()], ("passed", None), ("passed", None)),
        ([broken()], ("passed", None), ("failed", BAD)),
        ([unknown()], ("passed", None), ("indeterminate", "UNSUPPORTED")),
        ([broken(), broken()], ("passed", None), ("failed", BAD)),
        ([unknown(), broken()], ("passed", None), ("failed", BAD)),
        (proofs_in(witnessed()), ("passed", None), ("passed", None)),
        ([{**proofs_in(witnessed())[0], "nonce": "n"}], ("passed", None), ("failed", BAD)),
    ],
)
def test_one_good_proof_suffices_unless_all_are_required(
    others: list[JSONObject], one: tuple[str, str | None], every: tuple[str, str | None], *, turned: bool
) -> None:
    proofs = [good(), *others][:: -1 if turned else 1]
    document = with_proofs(signed(), *proofs)
    assert verdict(ANY, document) == one
    assert verdict(ALL, document) == every
    asynchronous = mc.AsyncVerifier(trusted_issuers={KEY.did}, require="all")
    assert asyncio.run(asynchronous.check(document, at=AT)) == ALL.check(document, at=AT)


@pytest.mark.parametrize("verifier", [ANY, ALL], ids=["any", "all"])
def test_somebody_elses_proof_is_never_the_issuers(verifier: mc.Verifier) -> None:
    assert verdict(verifier, witnessed()) == ("failed", "INVALID_VERIFICATION_METHOD")
    assert verdict(verifier, with_proofs(signed(), broken(), broken())) == ("failed", BAD)
    # What is known to be bad says more than what could not be judged.
    assert verdict(verifier, with_proofs(signed(), unknown(), broken())) == ("failed", BAD)
    assert verdict(verifier, with_proofs(signed(), unknown())) == ("indeterminate", "UNSUPPORTED")


def test_expired_proof_does_not_hold() -> None:
    old = mc.sign(badge(), KEY, options={"expires": "2026-05-31T00:00:00Z"})
    document = with_proofs(signed(), *proofs_in(old), good())
    assert verdict(ANY, document) == ("passed", None)
    assert verdict(ALL, document) == ("failed", "EXPIRED")


@pytest.mark.parametrize("previous", [FIRST, [FIRST]], ids=str)
@pytest.mark.parametrize("suite", [None, EDDSA_JCS_2022], ids=["rdfc", "jcs"])
def test_chain_of_a_witness_and_the_issuer_holds(previous: JSONValue, suite: None) -> None:
    document = chained(previous, suite)
    witness, own = proofs_in(document)
    for verifier in (ANY, ALL):
        assert verdict(verifier, document) == ("passed", None)
        assert verdict(verifier, with_proofs(document, own, witness)) == ("passed", None)
        # Without the proof that it builds on.
        assert verdict(verifier, with_proofs(document, own)) == ("failed", BAD)


def test_chain_does_not_hold_when_what_it_builds_on_does_not() -> None:
    # The issuer has signed over a proof that was bad already.
    forged = {**proofs_in(witnessed())[0], "created": "2026-05-01T09:45:01Z"}
    document = mc.sign(with_proofs(badge(), forged), KEY, options={"previousProof": FIRST})
    assert verdict(ANY, document) == ("failed", BAD)
    # The same two steps back.
    middle = add_proof(
        with_proofs(badge(), forged),
        THIRD,
        verification_method=THIRD.verification_method,
        options={"id": SECOND, "previousProof": FIRST},
    )
    assert verdict(ANY, mc.sign(middle, KEY, options={"previousProof": SECOND})) == ("failed", BAD)
    # Without the chain the bad proof is nobody's concern.
    assert verdict(ANY, mc.sign(with_proofs(badge(), forged), KEY)) == ("passed", None)


def test_chain_over_what_cannot_be_judged_cannot_be_judged() -> None:
    strange = {**proofs_in(witnessed())[0], "cryptosuite": "eddsa-rdfc-2030"}
    document = mc.sign(with_proofs(badge(), strange), KEY, options={"previousProof": FIRST})
    assert verdict(ANY, document) == ("indeterminate", "UNSUPPORTED")
    elsewhere = {**proofs_in(witnessed())[0], "verificationMethod": "did:ebsi:example#key-1"}
    document = mc.sign(with_proofs(badge(), elsewhere), KEY, options={"previousProof": FIRST})
    assert verdict(ANY, document) == ("indeterminate", "UNSUPPORTED")


def test_chain_over_an_expired_proof_does_not_hold() -> None:
    expired = add_proof(
        badge(),
        OTHER,
        verification_method=OTHER.verification_method,
        options={"id": FIRST, "expires": "2026-05-31T00:00:00Z"},
    )
    assert verdict(ANY, mc.sign(expired, KEY, options={"previousProof": FIRST})) == ("failed", "EXPIRED")


def test_witness_may_come_after_the_issuer() -> None:
    document = mc.sign(badge(), KEY, options={"id": FIRST})
    document = add_proof(
        document, OTHER, verification_method=OTHER.verification_method, options={"previousProof": FIRST}
    )
    assert verdict(ANY, document) == ("passed", None)
    assert verdict(ALL, document) == ("passed", None)
    own, witness = proofs_in(document)
    changed = with_proofs(document, own, {**witness, "nonce": "n"})
    assert verdict(ANY, changed) == ("passed", None)
    assert verdict(ALL, changed) == ("failed", BAD)


def test_long_chain_costs_each_proof_once(monkeypatch: pytest.MonkeyPatch) -> None:
    document: JSONObject = badge()
    names: list[JSONValue] = []
    for index in range(16):
        document = mc.sign(document, KEY, options={"id": f"urn:proof:{index}", "previousProof": [*names]})
        names.append(f"urn:proof:{index}")
    counted: list[bytes] = []
    verifies = mc.PublicKey.verifies

    def counting(key: mc.PublicKey, signature: bytes, data: bytes) -> bool:
        counted.append(signature)
        return verifies(key, signature, data)

    monkeypatch.setattr(mc.PublicKey, "verifies", counting)
    # And the last one first, whose whole chain is checked before the others.
    for order in (1, -1):
        counted.clear()
        assert ALL.check(with_proofs(document, *proofs_in(document)[::order]), at=AT)
        assert len(counted) == 16
