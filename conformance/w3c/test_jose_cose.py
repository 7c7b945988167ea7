"""The command for the suite of VC-JOSE-COSE; its own inputs are not here, and are tried by ``run.py``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import microcred as mc
from conformance.w3c import jose_cose
from conformance.w3c.jose_cose import FEATURES, answer
from microcred.json import JSONObject, JSONValue, dumps, loads_object
from microcred.signing import encode_jwt

EXAMPLES = ["https://www.w3.org/ns/credentials/v2", "https://www.w3.org/ns/credentials/examples/v2"]
CREDENTIAL: JSONObject = {
    "@context": [*EXAMPLES],
    "type": ["VerifiableCredential", "ExampleCredential"],
    "issuer": "https://example.issuer/vc-jose-cose",
    "credentialSubject": {"id": "did:example:1", "phones": [{"number": "1"}, {"number": "2"}], "name": "Ana"},
}
ENVELOPE: JSONObject = {
    "@context": EXAMPLES[0],
    "type": "EnvelopedVerifiableCredential",
    # A line break, and a token that is none, as in the suite.
    "id": "data:application/vc+cose;base64,0oRY\n",
}
PRESENTATION: JSONObject = {
    "@context": [*EXAMPLES],
    "type": ["VerifiablePresentation"],
    "holder": "https://example.issuer/vc-jose-cose",
    "verifiableCredential": [ENVELOPE],
}
PATHS = ["credentialSubject.name", "credentialSubject.phones[0]"]


def method(key: mc.SigningKey) -> JSONObject:
    """Return a verification method as the suite writes it."""
    identifier = "https://example.issuer/vc-jose-cose#key-1"
    keys: JSONObject = {"publicKeyJwk": key.public_key.to_jwk(), "secretKeyJwk": key.to_jwk()}
    return {"id": identifier, "type": "JsonWebKey", **keys}


P256 = method(mc.SigningKey.generate("P-256"))


def issued(feature: str, document: JSONObject | None = None) -> str:
    if document is None:
        document = CREDENTIAL if feature.startswith("credential") else PRESENTATION
    paths = PATHS if feature == "credential_sdjwt" else ["holder"] if feature.endswith("sdjwt") else []
    made = answer("issue", feature, dumps(document), P256, paths)
    assert made["result"] == "success", made
    return str(made["data"])


def result(function: str, feature: str, text: str, key: JSONObject = P256) -> str:
    return str(answer(function, feature, text, key)["result"])


@pytest.mark.parametrize("kind", ["P-256", "P-384", "P-521", "Ed25519"])
@pytest.mark.parametrize("feature", FEATURES)
def test_what_is_issued_is_verified_in_its_own_form_only(feature: str, kind: str) -> None:
    key = method(mc.SigningKey.generate(kind))  # type: ignore[arg-type]
    document = CREDENTIAL if feature.startswith("credential") else PRESENTATION
    made = answer("issue", feature, dumps(document), key)
    assert made["result"] == "success"
    again = answer("verify", feature, str(made["data"]), key)
    assert again["result"] == "success"
    assert loads_object(str(again["data"])).items() >= document.items()
    for other in FEATURES:
        assert result("verify", other, str(made["data"]), key) == ("success" if other == feature else "failure")
    assert result("verify", feature, str(made["data"]), P256) == "failure"


def test_parts_of_an_sd_jwt_are_withheld_by_their_paths() -> None:
    text = issued("credential_sdjwt")
    token, *disclosures = text.split("~")
    assert len([each for each in disclosures if each]) == len(PATHS)
    assert result("verify", "credential_sdjwt", text) == "success"
    assert result("verify", "credential_sdjwt", token + "~") == "success"


def test_what_is_not_signed_or_otherwise_encoded_fails() -> None:
    for feature in FEATURES:
        assert result("verify", feature, dumps(CREDENTIAL)) == "failure"
        assert result("verify", feature, "") == "failure"
    cose = issued("credential_cose")
    # Hexadecimal digits are of the alphabet of base64, too.
    assert result("verify", "credential_cose", cose.encode().hex()) == "failure"
    assert result("verify", "credential_cose", f"*{cose}") == "failure"
    assert result("verify", "credential_cose", cose.rstrip("=")) == "success"


def test_members_that_the_data_model_does_not_have_are_not_issued() -> None:
    assert result("issue", "credential_jose", dumps({**CREDENTIAL, "badExtension": {}})) == "failure"
    assert result("issue", "credential_jose", dumps({**CREDENTIAL, "@context": EXAMPLES[0]})) == "failure"


@pytest.mark.parametrize("held", [{**ENVELOPE, "id": "bad-credential"}, CREDENTIAL, {}, "eyJ"])
def test_a_presentation_holds_envelopes(held: JSONValue) -> None:
    document: JSONObject = {**PRESENTATION, "verifiableCredential": [held]}
    key = mc.SigningKey.generate()
    for function, text in (("issue", dumps(document)), ("verify", encode_jwt(document, key, profile="vc-jose"))):
        assert result(function, "presentation_jose", text, method(key)) == "failure"


def test_an_unknown_feature_or_a_key_without_a_half_fails() -> None:
    assert result("issue", "credential_xml", dumps(CREDENTIAL)) == "failure"
    assert result("issue", "credential_jose", dumps(CREDENTIAL), {"id": "x"}) == "failure"
    assert result("verify", "credential_jose", issued("credential_jose"), {}) == "failure"


def test_the_command_writes_its_answer_where_the_suite_looks_for_it(tmp_path: Path) -> None:
    files: dict[str, JSONObject] = {"credential.json": CREDENTIAL, "key.json": P256}
    for name, content in files.items():
        (tmp_path / name).write_text(dumps(content), encoding="utf-8")
    common = ["--feature", "credential_sdjwt", "--key", "/tests/key.json", "--mount", str(tmp_path)]
    places = ["--input", "/tests/credential.json", "--output", "/tests/out.json"]
    assert jose_cose.main(["issue", *common, *places, "--sd", json.dumps(PATHS)]) == 0
    made = loads_object((tmp_path / "out.json").read_bytes())
    assert made["result"] == "success"
    (tmp_path / "credential.txt").write_text(str(made["data"]) + "\n", encoding="utf-8")
    assert jose_cose.main(["verify", *common, "--input", "/tests/credential.txt", "--output", "/tests/out.json"]) == 0
    assert loads_object((tmp_path / "out.json").read_bytes())["result"] == "success"
