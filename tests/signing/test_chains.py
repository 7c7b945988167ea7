"""Proof sets and chains: the W3C's vectors, what a proof that builds on others covers, and names that lead nowhere."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest

import microcred as mc
from microcred.json import JSONObject, JSONValue
from microcred.limits import DEFAULT_LIMITS
from microcred.signing import (
    ECDSA_JCS_2019,
    ECDSA_RDFC_2019,
    EDDSA_JCS_2022,
    EDDSA_RDFC_2022,
    Cryptosuite,
    add_proof,
    hash_data,
    verify_proof,
)
from microcred.signing.chains import ancestors, matching_proofs
from tests.make import AT, KEY, OTHER, badge
from tests.signing.test_vectors import EXAMPLES
from tests.support import as_object, as_objects, load_json

THIRD = mc.SigningKey.from_seed(bytes(range(2, 34)))
FIRST, SECOND = "urn:uuid:26329423-bec9-4b2e-88cb-a7c7d9dc4544", "urn:uuid:8cc9022b-6b14-4cf3-8571-74972c5feb54"
BAD = "PROOF_VERIFICATION_ERROR"
CHAIN_POINTER = "/proof/previousProof"


def witnessed(by: mc.SigningKey = OTHER, suite: Cryptosuite | None = None) -> JSONObject:
    """Return a badge that somebody else has signed as a witness."""
    return add_proof(
        badge(),
        by,
        verification_method=by.verification_method,
        cryptosuite=suite,
        created="2026-05-01T09:45:00Z",
        options={"id": FIRST},
    )


def chained(previous: JSONValue = FIRST, suite: Cryptosuite | None = None) -> JSONObject:
    """Return a badge that the issuer has signed after the witness."""
    return mc.sign(
        witnessed(), KEY, cryptosuite=suite, created="2026-05-01T10:00:00Z", options={"previousProof": previous}
    )


def proofs_in(document: JSONObject) -> list[JSONObject]:
    return as_objects(document["proof"])


def with_proofs(document: JSONObject, *proofs: JSONObject) -> JSONObject:
    return {**document, "proof": list(proofs)}


# The vectors


def test_every_value_of_the_w3c_vectors_comes_out(shared: Path) -> None:
    folder = shared / "vectors/w3c-vc-di-eddsa/proof-set-chain"
    unused = {path.name for path in folder.iterdir()}

    def read(stem: str) -> JSONObject:
        unused.discard(f"{stem}.json")
        return load_json(folder / f"{stem}.json")

    keys = {
        pair["publicKeyMultibase"]: mc.SigningKey.from_multikey(str(pair["privateKeyMultibase"]))
        for pair in map(as_object, read("multiKeyPairs").values())
    }
    document = read("unsigned")
    steps = [
        ("proofSetConfig1", "proofSetConfigSigned1", "signedProofSet1", None),
        ("proofSetConfig2", "proofSetConfigSigned2", "signedProofSet2", None),
        ("proofChainConfig1", "proofChainConfigSigned1", "signedProofChain1", "proofChainTempDoc1"),
        ("proofChainConfig2", "proofChainConfigSigned2", "signedProofChain2", "proofChainTempDoc2"),
    ]
    for config_name, proof_name, signed_name, covered_name in steps:
        config, proof, signed = read(config_name), read(proof_name), read(signed_name)
        key = keys[str(config["verificationMethod"]).rpartition("#")[2]]
        assert key.public_key.multikey == str(config["verificationMethod"]).rpartition("#")[2]
        if covered_name is not None:
            # What is hashed in place of the document: with the proofs that this one builds on.
            assert matching_proofs(proofs_in(document), config) == proofs_in(read(covered_name))
        own = {"type", "cryptosuite", "created", "verificationMethod", "proofPurpose"}
        document = add_proof(
            document,
            key,
            verification_method=str(config["verificationMethod"]),
            created=str(config["created"]),
            options={name: value for name, value in config.items() if name not in own},
            contexts=EXAMPLES,
        )
        assert proofs_in(document)[-1] == proof
        proofs = signed["proof"] if isinstance(signed["proof"], list) else [signed["proof"]]
        assert document == {**signed, "proof": proofs}
        verify_proof(signed, key.public_key, proof=proof, contexts=EXAMPLES)
    assert unused == set()


# What is covered


@pytest.mark.parametrize(
    ("key", "suite"),
    [
        (KEY, EDDSA_RDFC_2022),
        (KEY, EDDSA_JCS_2022),
        (mc.SigningKey.generate("P-256"), ECDSA_RDFC_2019),
        (mc.SigningKey.generate("P-384"), ECDSA_JCS_2019),
    ],
    ids=str,
)
@pytest.mark.parametrize("before", [EDDSA_RDFC_2022, EDDSA_JCS_2022], ids=lambda suite: str(suite.name))
def test_proof_covers_those_that_it_builds_on(key: mc.SigningKey, suite: Cryptosuite, before: Cryptosuite) -> None:
    document = add_proof(
        witnessed(suite=before),
        key,
        verification_method=key.verification_method,
        cryptosuite=suite,
        options={"previousProof": FIRST},
    )
    witness, own = proofs_in(document)
    verify_proof(document, key.public_key, proof=own)
    verify_proof(document, OTHER.public_key, proof=witness)
    # A proof that is not named may come and go; one that is named may not change.
    another = {**witness, "id": SECOND}
    verify_proof(with_proofs(document, witness, another, own), key.public_key, proof=own)
    for changed in ({**witness, "nonce": "n"}, {**witness, "proofValue": own["proofValue"]}):
        with pytest.raises(mc.ProofError) as refusal:
            verify_proof(with_proofs(document, changed, own), key.public_key, proof=own)
        assert refusal.value.code == BAD
    unchained = {name: value for name, value in own.items() if name != "previousProof"}
    with pytest.raises(mc.ProofError):
        verify_proof(with_proofs(document, witness, unchained), key.public_key, proof=unchained)


def test_an_array_names_several_in_any_order() -> None:
    document = add_proof(
        witnessed(), THIRD, verification_method=THIRD.verification_method, options={"id": SECOND, "nonce": "n"}
    )
    signed = mc.sign(document, KEY, created="2026-05-01T10:00:00Z", options={"previousProof": [SECOND, FIRST]})
    other = mc.sign(document, KEY, created="2026-05-01T10:00:00Z", options={"previousProof": [FIRST, SECOND]})
    first, second = proofs_in(signed), proofs_in(other)
    assert first[:2] == second[:2]
    # The proofs are covered in the order of the document, and the options name a set.
    assert first[2]["proofValue"] == second[2]["proofValue"]
    verify_proof(signed, KEY.public_key, proof=first[2])
    for missing in (0, 1):
        left = [proof for index, proof in enumerate(first) if index != missing]
        with pytest.raises(mc.ProofError) as refusal:
            verify_proof(with_proofs(signed, *left), KEY.public_key, proof=first[2])
        assert (refusal.value.code, refusal.value.pointer) == (BAD, CHAIN_POINTER)


def test_hash_data_takes_the_proofs_from_the_document() -> None:
    document = chained()
    own = proofs_in(document)[1]
    alone = {name: value for name, value in own.items() if name != "previousProof"}
    memo_free = hash_data(document, own, "sha256")
    assert memo_free[32:] != hash_data(document, alone, "sha256")[32:]
    without = {name: value for name, value in document.items() if name != "proof"}
    assert hash_data(document, alone, "sha256") == hash_data(without, alone, "sha256")


# Names that lead nowhere

WRONG: list[JSONValue] = [
    "urn:uuid:0",
    "",
    [FIRST, "urn:uuid:0"],
    ["urn:uuid:0"],
    456321,
    True,
    [1],
    {"id": FIRST},
    [[FIRST]],
]


@pytest.mark.parametrize("previous", WRONG, ids=str)
@pytest.mark.parametrize("suite", [EDDSA_RDFC_2022, EDDSA_JCS_2022], ids=lambda suite: str(suite.name))
def test_name_of_no_proof_is_refused(previous: JSONValue, suite: Cryptosuite) -> None:
    with pytest.raises(mc.SigningError):
        chained(previous, suite)
    document = chained(suite=suite)
    witness, own = proofs_in(document)
    changed = {**own, "previousProof": previous}
    with pytest.raises(mc.ProofError) as refused:
        verify_proof(with_proofs(document, witness, changed), KEY.public_key, proof=changed)
    assert (refused.value.code, refused.value.pointer) == (BAD, CHAIN_POINTER)


def test_id_of_several_proofs_is_refused() -> None:
    document = chained()
    witness, own = proofs_in(document)
    with pytest.raises(mc.ProofError) as refusal:
        verify_proof(with_proofs(document, witness, {**witness, "nonce": "n"}, own), KEY.public_key, proof=own)
    assert (refusal.value.code, refusal.value.pointer) == (BAD, CHAIN_POINTER)
    twice = with_proofs(document, witness, {**witness, "nonce": "n"})
    with pytest.raises(mc.SigningError) as refused:
        mc.sign(twice, KEY, options={"previousProof": FIRST})
    assert (refused.value.code, refused.value.pointer) == ("PROOF_GENERATION_ERROR", CHAIN_POINTER)


@pytest.mark.parametrize("length", [1, 2, 3])
def test_circle_is_refused(length: int) -> None:
    document = chained()
    own = proofs_in(document)[1]
    circle: list[JSONObject] = [
        {**own, "id": f"urn:proof:{index}", "previousProof": f"urn:proof:{(index + 1) % length}"}
        for index in range(length)
    ]
    for proof in circle:
        with pytest.raises(mc.ProofError) as refusal:
            verify_proof(with_proofs(document, *circle), KEY.public_key, proof=proof)
        assert (refusal.value.code, refusal.value.pointer) == (BAD, CHAIN_POINTER)
    # Nor is one that leads into a circle any better.
    outside: JSONObject = {**own, "previousProof": "urn:proof:0"}
    with pytest.raises(mc.ProofError):
        verify_proof(with_proofs(document, *circle, outside), KEY.public_key, proof=outside)
    report = mc.Verifier(trusted_issuers={KEY.did}).check(with_proofs(document, *circle), at=AT)
    assert (report["proof"].outcome, report["proof"].code) == ("failed", BAD)


def test_chains_are_followed_without_doing_anything_twice() -> None:
    # Each builds on all before: without a memory, that would be two to the power of their number.
    count = DEFAULT_LIMITS.max_proofs
    proofs: list[JSONObject] = [
        {"id": f"urn:proof:{index}", "previousProof": [f"urn:proof:{below}" for below in range(index)]}
        for index in range(count)
    ]
    assert ancestors(proofs, proofs[-1], DEFAULT_LIMITS) == proofs[:-1]
    with pytest.raises(mc.ProofError):
        ancestors([*proofs, {}], proofs[-1], DEFAULT_LIMITS)
    assert ancestors(cast("list[JSONValue]", [None, 1, "x", {}]), {"id": "urn:proof:1"}, DEFAULT_LIMITS) == []
