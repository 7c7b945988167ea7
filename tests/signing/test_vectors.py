"""Embedded proofs against known answers: the W3C's vectors, the implementation guide, and official signed samples."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import NamedTuple

import pytest

from microcred import SigningError, SigningKey, jcs
from microcred.encoding import base58_encode
from microcred.json import JSONObject
from microcred.jsonld import canonicalize
from microcred.keys import PublicKey
from microcred.signing import (
    ECDSA_JCS_2019,
    ECDSA_RDFC_2019,
    ED25519_SIGNATURE_2020,
    EDDSA_JCS_2022,
    EDDSA_RDFC_2022,
    add_proof,
    hash_data,
    verify_proof,
)
from microcred.signing.cryptosuites import Cryptosuite, suite_of
from tests.support import load_json, vectors

SCHEMA, CITIZENSHIP = "https://schema.org/", "https://w3id.org/citizenship#"
XSD_DATE_TIME = "http://www.w3.org/2001/XMLSchema#dateTime"
# The W3C's example contexts are in no package that we pin; these have the terms that the vectors use, with the IRIs
# that their canonical forms show.
EXAMPLES: dict[str, JSONObject] = {
    "https://www.w3.org/ns/credentials/examples/v2": {
        "@context": {"@vocab": "https://www.w3.org/ns/credentials/examples#"},
    },
    "https://w3id.org/citizenship/v4rc1": {
        "@context": {
            "Person": f"{SCHEMA}Person",
            "EmployablePerson": f"{CITIZENSHIP}EmployablePerson",
            "EmploymentAuthorizationDocument": f"{CITIZENSHIP}EmploymentAuthorizationDocument",
            "EmploymentAuthorizationDocumentCredential": f"{CITIZENSHIP}EmploymentAuthorizationDocumentCredential",
            **{
                name: f"{SCHEMA}{name}"
                for name in ("additionalName", "familyName", "gender", "givenName", "identifier")
            },
            **{
                name: f"{CITIZENSHIP}{name}"
                for name in ("birthCountry", "employmentAuthorizationDocument", "lprCategory", "lprNumber")
            },
            "image": {"@id": f"{SCHEMA}image", "@type": "@id"},
            "birthDate": {"@id": f"{SCHEMA}birthDate", "@type": XSD_DATE_TIME},
            "residentSince": {"@id": f"{CITIZENSHIP}residentSince", "@type": XSD_DATE_TIME},
        },
    },
}
# Listed as known answers, but their files are not among the samples.
NOT_AMONG_THE_SAMPLES = {
    "samples/validator/ob30/bit-string-list/credential-status-revoked-blank-nodes.json",
    "samples/validator/ob30/simple-context-version.json",
    "samples/validator/ob30/simple-eddsa-2022.json",
    "samples/validator/ob30/simple-err-credential-subject-result-type.json",
    "samples/validator/ob30/simple-err-issued.json",
    "samples/validator/ob30/simple-err-issuer-parentorg-type.json",
    "samples/validator/ob30/simple-multiple-proofs.json",
    "samples/validator/clr20/simple_v1.json",
}


class W3CVector:
    """One folder of the W3C's test vectors; it counts which files were used."""

    def __init__(self, folder: Path, suffix: str) -> None:
        self._unused = {path.name for path in folder.iterdir() if path.is_file()}
        self._folder, self._suffix = folder, suffix

    def text(self, stem: str) -> str:
        return self._file(f"{stem}{self._suffix}.txt").read_text()

    def json(self, stem: str) -> JSONObject:
        return load_json(self._file(f"{stem}{self._suffix}.json"))

    def _file(self, name: str) -> Path:
        self._unused.discard(name)
        return self._folder / name

    def assert_all_used(self) -> None:
        assert self._unused == set(), "the folder has files that this test does not know"


class W3CCase(NamedTuple):
    """A folder of vectors, and what they are made with."""

    folder: str
    suffix: str
    keys: str
    source: str
    suite: Cryptosuite


EDDSA, ECDSA = "w3c-vc-di-eddsa", "w3c-vc-di-ecdsa"
CASES = [
    W3CCase(f"{EDDSA}/eddsa-rdfc-2022", "DataInt", "keyPair", "unsigned", EDDSA_RDFC_2022),
    W3CCase(f"{EDDSA}/eddsa-rdfc-2022/employ", "DataInt", "keyPair", "employmentAuth", EDDSA_RDFC_2022),
    W3CCase(f"{EDDSA}/eddsa-jcs-2022", "JCS", "keyPair", "unsigned", EDDSA_JCS_2022),
    W3CCase(f"{EDDSA}/Ed25519Signature2020", "EdSig", "keyPair", "unsigned", ED25519_SIGNATURE_2020),
    *(
        W3CCase(f"{ECDSA}/ecdsa-{folder}", suffix, f"p{bits}KeyPair", source, suite)
        for bits in (256, 384)
        for folder, suffix, source, suite in (
            (f"rdfc-2019-p{bits}", f"ECDSAP{bits}", "unsigned", ECDSA_RDFC_2019),
            (f"rdfc-2019-p{bits}/employ", f"ECDSAP{bits}", "employmentAuth", ECDSA_RDFC_2019),
            (f"jcs-2019-p{bits}", f"JCSECDSAP{bits}", "unsigned", ECDSA_JCS_2019),
        )
    ),
]
# Folders that other tests use.
ELSEWHERE = {f"{EDDSA}/proof-set-chain", *(f"{ECDSA}/ecdsa-sd-2023{below}" for below in ("", "/employ", "/prc"))}
# Beside the folders: keys and documents, and the inputs of selective disclosure.
BESIDE = {
    EDDSA: {"keyPair.json", "unsigned.json", "employmentAuth.json"},
    ECDSA: {
        *("p256KeyPair.json", "p384KeyPair.json", "unsigned.json", "employmentAuth.json"),
        *("employMandatory.json", "employSelective.json"),
        *("prCredUnsigned.json", "prCredMandatory.json", "prCredSelective.json"),
    },
}


@pytest.mark.parametrize("base", [EDDSA, ECDSA])
def test_no_folder_of_the_w3c_vectors_is_unknown(shared: Path, base: str) -> None:
    root = shared / "vectors" / base
    found = {path.relative_to(root.parent).as_posix() for path in root.rglob("*") if path.is_dir()}
    assert found == {name for name in {case.folder for case in CASES} | ELSEWHERE if name.startswith(base)}
    assert {path.name for path in root.iterdir() if path.is_file()} == BESIDE[base]


def canonical(value: JSONObject, suite: Cryptosuite, hash_name: str) -> str:
    if suite.canonicalization == "jcs":
        return jcs.canonicalize(value).decode()
    return canonicalize(value, contexts=EXAMPLES, hash_name=hash_name).nquads


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.folder))
def test_every_value_of_the_w3c_vectors_comes_out(shared: Path, case: W3CCase) -> None:
    suite, base = case.suite, shared / "vectors" / case.folder.split("/")[0]
    vector = W3CVector(shared / "vectors" / case.folder, case.suffix)
    pair = load_json(base / f"{case.keys}.json")
    key = SigningKey.from_multikey(str(pair.get("secretKeyMultibase") or pair["privateKeyMultibase"]))
    assert key.public_key.multikey == pair["publicKeyMultibase"]
    config = vector.json("proofConfig")
    signed = vector.json("signed")
    unsigned = load_json(base / f"{case.source}.json")
    if suite is ED25519_SIGNATURE_2020:
        # This suite's vector signs with its own context in the document, as the suite wants it.
        unsigned = {name: value for name, value in signed.items() if name != "proof"}
    assert suite_of(config) is suite
    hash_name = suite.hashes[key.type]
    half = hashlib.new(hash_name).digest_size

    assert canonical(unsigned, suite, hash_name) == vector.text("canonDoc")
    assert canonical(config, suite, hash_name) == vector.text("proofCanon")
    data = hash_data(unsigned, config, hash_name, EXAMPLES, canonicalization=suite.canonicalization)
    assert data.hex() == vector.text("combinedHash")
    assert data[:half].hex() == vector.text("proofHash")
    assert data[half:].hex() == vector.text("docHash")
    # The ECDSA signatures of the W3C have the nonce of RFC 6979, as ours have.
    signature = key.sign(data)
    assert signature.hex() == vector.text("sigHex")
    assert f"z{base58_encode(signature)}" == vector.text("sigBTC58")
    secured = add_proof(
        unsigned,
        key,
        verification_method=str(config["verificationMethod"]),
        cryptosuite=suite,
        created=str(config["created"]),
        contexts=EXAMPLES,
    )
    assert secured == {**signed, "proof": [signed["proof"]]}
    verify_proof(signed, PublicKey.from_multikey(str(pair["publicKeyMultibase"])), contexts=EXAMPLES)
    vector.assert_all_used()


def guide_key(secret_and_public: str) -> SigningKey:
    return SigningKey.from_seed(bytes.fromhex(secret_and_public)[:32])


def test_every_value_of_the_implementation_guide_comes_out(shared: Path) -> None:
    vector = load_json(shared / "vectors/ob3/test-vectors/impl-guide-ob30-eddsa-rdfc-2022.json")
    credential, proof, expected = vector["credential"], vector["proof"], vector["signedCredential"]
    assert isinstance(credential, dict)
    assert isinstance(proof, dict)
    assert isinstance(expected, dict)
    key = guide_key(str(vector["privateKeyHex"]))
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    assert canonicalize(credential).nquads == vector["canonicalDocument"]
    config = canonicalize({**options, "@context": credential["@context"]})
    assert config.nquads == vector["canonicalProofOptions"]
    data = hash_data(credential, proof, "sha256")
    assert data.hex() == vector["dataToSignHex"]
    assert data.hex() == f"{vector['proofHashHex']}{vector['documentHashHex']}"
    assert key.sign(data).hex() == vector["signatureHex"]
    signed = add_proof(
        credential, key, verification_method=str(proof["verificationMethod"]), created=str(proof["created"])
    )
    assert signed["proof"] == [expected["proof"]]
    verify_proof(expected, key.public_key)


RESIGN = "ob3/test-vectors/resign-with-impl-guide-key.json"


@pytest.mark.parametrize("case", vectors(RESIGN, "cases"), ids=lambda case: str(case["file"]).rpartition("/")[2])
def test_official_proofs_come_out_bit_for_bit(shared: Path, case: JSONObject) -> None:
    path = shared / "vectors/ob3" / str(case["file"])
    if case["file"] in NOT_AMONG_THE_SAMPLES:
        assert not path.exists()
        pytest.skip("the vector names a file that is not among the samples")
    vector = load_json(shared / "vectors" / RESIGN)
    key = guide_key(str(vector["privateKeyHex"]))
    document = load_json(path)
    proofs = document["proof"] if isinstance(document["proof"], list) else [document["proof"]]
    proof = proofs[int(str(case["proof_index"]))]
    assert isinstance(proof, dict)
    unsigned = {name: value for name, value in document.items() if name != "proof"}
    method, created = str(proof["verificationMethod"]), str(proof["created"])
    if not case["bit_exact"]:
        # The official samples of broken documents have terms that are not defined; their proofs are of something else.
        with pytest.raises(SigningError) as refusal:
            add_proof(unsigned, key, verification_method=method, created=created)
        assert refusal.value.code == "PROOF_TRANSFORMATION_ERROR"
        return
    data = hash_data(unsigned, proof, "sha256")
    assert data.hex() == f"{case['proofHashHex']}{case['documentHashHex']}"
    signed = add_proof(unsigned, key, verification_method=method, created=created, cryptosuite=suite_of(proof))
    made = signed["proof"]
    assert isinstance(made, list)
    assert made == [proof]
    assert proof["proofValue"] == case["proofValue"]
    verify_proof(document, key.public_key, proof=proof)
