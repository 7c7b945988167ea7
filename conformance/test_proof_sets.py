"""Several proofs, chains of them, and further members of a proof."""

from __future__ import annotations

import pytest
from tests.support import as_object

import microcred as mc
from conformance.parties import CREATED, Theirs
from conformance.peers import Peer, Refusal
from conformance.rows import SUITE_2020, key_for_peer, key_of
from conformance.shapes import SHAPES
from microcred.json import JSONObject, JSONValue
from microcred.signing import (
    ECDSA_JCS_2019,
    ECDSA_RDFC_2019,
    ED25519_SIGNATURE_2020,
    EDDSA_JCS_2022,
    EDDSA_RDFC_2022,
    Cryptosuite,
    add_proof,
    proofs_of,
)

SHAPE = SHAPES["every member of a badge"]
PAIR = (EDDSA_RDFC_2022, ED25519_SIGNATURE_2020)
THERE = ("eddsa-rdfc-2022", "Ed25519Signature2020", "Ed25519Signature2020 (fork)")
KEY = key_of("Ed25519")


def document(key: mc.SigningKey = KEY) -> JSONObject:
    built = SHAPE.build(key.did)
    contexts = built["@context"]
    assert isinstance(contexts, list)
    return {**built, "@context": [*contexts, SUITE_2020]}


def there(peer: Peer, suite: str, key: mc.SigningKey = KEY) -> Theirs:
    return Theirs(peer, suite, key_for_peer(key))


def with_broken(secured: JSONObject, index: int) -> JSONObject:
    proofs: list[JSONValue] = list(proofs_of(secured))
    proofs[index] = {**as_object(proofs[index]), "created": "2024-01-15T10:00:01Z"}
    return {**secured, "proof": proofs}


@pytest.mark.parametrize("suite", THERE)
def test_each_proof_of_our_pair_is_found_and_verified(javascript: Peer, suite: str) -> None:
    pair = mc.sign(document(), KEY, cryptosuite=PAIR, created=CREATED)
    assert len(proofs_of(pair)) == 2
    there(javascript, suite).verify(pair, SHAPE)
    # The one proof does not need the other, and its own must hold.
    own = 0 if suite == "eddsa-rdfc-2022" else 1
    there(javascript, suite).verify(with_broken(pair, 1 - own), SHAPE)
    with pytest.raises(Refusal):
        there(javascript, suite).verify(with_broken(pair, own), SHAPE)


@pytest.mark.parametrize("suite", THERE)
def test_their_proof_beside_ours_and_ours_beside_theirs(javascript: Peer, suite: str) -> None:
    strict = mc.Verifier(trusted_issuers={KEY.did}, require="all")
    ours = mc.sign(document(), KEY, cryptosuite=EDDSA_JCS_2022, created=CREATED)
    pair = as_object(javascript_answer(javascript, suite, ours))
    assert len(proofs_of(pair)) == 2
    report = strict.check(pair)
    assert report, report.problems
    theirs = as_object(javascript_answer(javascript, suite, document()))
    pair = mc.sign(theirs, KEY, cryptosuite=EDDSA_JCS_2022, created=CREATED)
    assert len(proofs_of(pair)) == 2
    assert strict.check(pair)
    there(javascript, suite).verify(pair, SHAPE)
    there(javascript, "eddsa-jcs-2022").verify(pair, SHAPE)


def javascript_answer(peer: Peer, suite: str, unsigned: JSONObject) -> JSONValue:
    key = key_for_peer(KEY)
    return peer.ask({"do": "issue", "suite": suite, "document": unsigned, "key": key, "created": CREATED})


@pytest.mark.parametrize(
    "suite", [EDDSA_RDFC_2022, EDDSA_JCS_2022, ECDSA_RDFC_2019, ECDSA_JCS_2019], ids=lambda suite: str(suite.name)
)
def test_further_members_of_a_proof_are_covered_there_too(javascript: Peer, suite: Cryptosuite) -> None:
    key = KEY if "Ed25519" in suite.hashes else key_of("P-256")
    options: JSONObject = {
        "id": "urn:uuid:26329423-bec9-4b2e-88cb-a7c7d9dc4544",
        "expires": "2124-01-15T10:00:00Z",
        "nonce": "n-1",
        "domain": "https://shop.example",
        "challenge": "8b1d",
    }
    secured = mc.sign(document(key), key, cryptosuite=suite, created=CREATED, options=options)
    there(javascript, suite.name, key).verify(secured, SHAPE)
    for name in options:
        (proof,) = proofs_of(secured)
        altered = {**as_object(proof), name: "urn:x:y" if name == "id" else "2124-01-15T10:00:01Z"}
        with pytest.raises(Refusal):
            there(javascript, suite.name, key).verify({**secured, "proof": [altered]}, SHAPE)


def test_a_chain_of_proofs_is_not_known_there(javascript: Peer) -> None:
    witness, name = mc.SigningKey.generate(), "urn:uuid:26329423-bec9-4b2e-88cb-a7c7d9dc4544"
    witnessed = add_proof(
        document(), witness, verification_method=witness.verification_method, created=CREATED, options={"id": name}
    )
    chain = mc.sign(witnessed, KEY, created=CREATED, options={"previousProof": name})
    assert mc.Verifier(trusted_issuers={KEY.did}).check(chain)
    # Digital Bazaar's library leaves out what the proof builds on, and so finds the signature wrong.
    with pytest.raises(Refusal, match="Invalid signature"):
        there(javascript, "eddsa-rdfc-2022").verify(chain, SHAPE)
