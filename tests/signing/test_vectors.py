"""Embedded proofs against known answers: the W3C's vectors, the implementation guide, and official signed samples."""

from __future__ import annotations

from pathlib import Path

import pytest

from microcred import SigningError, SigningKey
from microcred.encoding import base58_encode
from microcred.json import JSONObject
from microcred.jsonld import canonicalize
from microcred.keys import PublicKey
from microcred.signing import ED25519_SIGNATURE_2020, EDDSA_RDFC_2022, add_proof, hash_data, verify_proof
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


@pytest.mark.parametrize(
    ("folder", "suffix", "source", "suite"),
    [
        ("eddsa-rdfc-2022", "DataInt", "unsigned.json", EDDSA_RDFC_2022),
        ("eddsa-rdfc-2022/employ", "DataInt", "employmentAuth.json", EDDSA_RDFC_2022),
        ("Ed25519Signature2020", "EdSig", "unsigned.json", ED25519_SIGNATURE_2020),
    ],
)
def test_every_value_of_the_w3c_vectors_comes_out(
    shared: Path, folder: str, suffix: str, source: str, suite: Cryptosuite
) -> None:
    base = shared / "vectors" / "w3c-vc-di-eddsa"
    vector = W3CVector(base / folder, suffix)
    keys = load_json(base / "keyPair.json")
    key = SigningKey.from_multikey(str(keys["privateKeyMultibase"]))
    assert key.public_key.multikey == keys["publicKeyMultibase"]
    contexts = EXAMPLES
    config = vector.json("proofConfig")
    signed = vector.json("signed")
    unsigned = load_json(base / source)
    if suite is ED25519_SIGNATURE_2020:
        # This suite's vector signs with its own context in the document, as the suite wants it.
        unsigned = {name: value for name, value in signed.items() if name != "proof"}

    assert canonicalize(unsigned, contexts=contexts).nquads == vector.text("canonDoc")
    proof = {name: value for name, value in config.items() if name != "@context"}
    canonical_config = canonicalize({**proof, "@context": config["@context"]}, contexts=contexts).nquads
    assert canonical_config == vector.text("proofCanon")
    data = hash_data(unsigned, proof, "sha256", contexts)
    assert data.hex() == vector.text("combinedHash")
    assert data[:32].hex() == vector.text("proofHash")
    assert data[32:].hex() == vector.text("docHash")
    signature = key.sign(data)
    assert signature.hex() == vector.text("sigHex")
    assert f"z{base58_encode(signature)}" == vector.text("sigBTC58")
    secured = add_proof(
        unsigned,
        key,
        verification_method=str(proof["verificationMethod"]),
        cryptosuite=suite,
        created=str(proof["created"]),
        contexts=contexts,
    )
    assert secured == {**signed, "proof": [signed["proof"]]}
    verify_proof(signed, PublicKey.from_multikey(str(keys["publicKeyMultibase"])), contexts=contexts)
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
