"""ecdsa-sd-2023: the W3C's vectors value by value, any pointers into a badge, and everything that must be refused."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from hypothesis import given
from hypothesis import strategies as st

import microcred as mc
from microcred.encoding import base58_encode, base64url_decode, base64url_encode, multibase_decode
from microcred.errors import DocumentError, ProofError, SigningError
from microcred.json import JSONObject, JSONValue, pointer
from microcred.jsonld import canonicalize
from microcred.signing._cbor import Reader
from microcred.signing._selective_parts import Selection, Statements, relabel
from microcred.signing._selective_values import BaseValue, DerivedValue
from microcred.signing.ecdsa_sd import NAME, add_base_proof, check_derived, derive, verify_derived
from microcred.signing.selective import default_mandatory_pointers
from tests.make import badge
from tests.signing.test_vectors import CITIZENSHIP, EXAMPLES
from tests.support import as_object, at, load, load_json

LIMITS = mc.Limits()
KEY = mc.SigningKey.from_multikey("z42twTcNeSYcnqg1FLuSFs2bsGH3ZqbRHFmvS9XMsYhjxvHN")
OTHER = mc.SigningKey.from_multikey("z42tqvNGyzyXRzotAYn43UhcFtzDUVdxJ7461fwrfhBPLmfY")
V4 = "https://w3id.org/citizenship/v4rc1"
CONTEXTS: dict[str, JSONObject] = {
    **EXAMPLES,
    V4: {
        "@context": {
            **as_object(EXAMPLES[V4]["@context"]),
            **{
                name: f"{CITIZENSHIP}{name}"
                for name in (
                    "PermanentResident",
                    "PermanentResidentCard",
                    "PermanentResidentCardCredential",
                    "commuterClassification",
                    "permanentResidentCard",
                )
            },
        },
    },
}


# The W3C's vectors


class Deterministic:
    """A signer by RFC 6979, which the vectors were made with."""

    def __init__(self, secret: str) -> None:
        self.public_key = mc.SigningKey.from_multikey(secret).public_key
        self._key = ec.derive_private_key(int.from_bytes(multibase_decode(secret)[2:]), ec.SECP256R1())

    def sign(self, data: bytes) -> bytes:
        algorithm = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
        return b"".join(number.to_bytes(32) for number in decode_dss_signature(self._key.sign(data, algorithm)))


class Vector:
    """A folder of the vectors; it counts which files were used."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._unused = {path.name for path in folder.iterdir() if path.is_file()}

    def text(self, name: str) -> str:
        self._unused.discard(name)
        return (self._folder / name).read_text(encoding="utf-8")

    def value(self, name: str) -> JSONValue:
        self._unused.discard(f"{name}.json")
        return load(self._folder / f"{name}.json")

    def object(self, name: str) -> JSONObject:
        return as_object(self.value(name))

    def assert_all_used(self) -> None:
        assert self._unused == set(), "the folder has files that this test does not know"


def unsecured(document: JSONObject) -> JSONObject:
    return {name: value for name, value in document.items() if name != "proof"}


def proof_of(document: JSONObject) -> JSONObject:
    proof = document["proof"]
    return as_object(proof[0] if isinstance(proof, list) else proof)


def pairs(lines: list[str], chosen: Callable[[str], bool]) -> JSONObject:
    """Write some of the lines as the vectors do, with their numbers."""
    value: list[JSONValue] = [[index, line] for index, line in enumerate(lines) if chosen(line)]
    return {"dataType": "Map", "value": value}


def strings(value: JSONValue) -> list[str]:
    assert isinstance(value, list)
    return [str(item) for item in value]


CASES = [("employ", "employ", "employmentAuth"), ("prc", "prCred", "prCredUnsigned")]


@pytest.mark.parametrize(("folder", "names", "source"), CASES)
def test_every_value_of_the_w3c_base_proofs_comes_out(shared: Path, folder: str, names: str, source: str) -> None:
    base = shared / "vectors" / "w3c-vc-di-ecdsa"
    vector = Vector(base / "ecdsa-sd-2023" / folder)
    material = load_json(base / "ecdsa-sd-2023" / "SDKeyMaterial.json")
    keys, own_keys = as_object(material["baseKeyPair"]), as_object(material["proofKeyPair"])
    signer, own_signer = (
        Deterministic(str(keys["secretKeyMultibase"])),
        Deterministic(str(own_keys["secretKeyMultibase"])),
    )
    assert signer.public_key.multikey == keys["publicKeyMultibase"]
    hmac_key = bytes.fromhex(str(material["hmacKeyString"]))
    signed = vector.object("addSignedSDBase")
    document = unsecured(signed)
    unsigned = load_json(base / f"{source}.json")
    if folder == "prc":
        # The file was edited after the vectors were made.
        unsigned["description"] = document["description"]
    assert document == unsigned
    pointers = strings(load(base / f"{names}Mandatory.json"))

    # Transformation
    selected: list[JSONValue] = [{"pointer": each, "value": at(document, each)} for each in pointers]
    assert vector.value("addPointerValues") == selected
    assert list(canonicalize(document, contexts=CONTEXTS).lines) == vector.value("addBaseDocCanon")
    statements = Statements(document, hmac_key, CONTEXTS, LIMITS)
    assert statements.lines == vector.value("addBaseDocHMACCanon")
    mandatory = statements.part(Selection.of(document, pointers)).lines
    assert vector.object("addBaseTransform") == {
        "mandatoryPointers": pointers,
        "mandatory": pairs(statements.lines, lambda line: line in mandatory),
        "nonMandatory": pairs(statements.lines, lambda line: line not in mandatory),
        "hmacKeyString": material["hmacKeyString"],
    }
    # Hashing
    config = vector.object("addProofConfig")
    canonical_config = canonicalize(config, contexts=CONTEXTS).nquads
    assert canonical_config == vector.text("addProofConfigCanon.txt")
    text = "".join(line for line in statements.lines if line in mandatory)
    assert vector.object("addHashData") == {
        "proofHash": hashlib.sha256(canonical_config.encode()).hexdigest(),
        "mandatoryHash": hashlib.sha256(text.encode()).hexdigest(),
    }
    # Serialization
    made = add_base_proof(
        document,
        signer,
        verification_method=str(config["verificationMethod"]),
        mandatory_pointers=pointers,
        created=str(config["created"]),
        contexts=CONTEXTS,
        hmac_key=hmac_key,
        ephemeral_key=own_signer,
    )
    value = BaseValue.parse(proof_of(made)["proofValue"])
    recovered: dict[str, object] = {
        "baseSignature": value.signature.hex(),
        "signatures": [signature.hex() for signature in value.signatures],
        "mandatoryPointers": value.mandatory_pointers,
    }
    public_key = f"z{base58_encode(value.public_key)}"
    assert public_key == own_keys["publicKeyMultibase"]
    assert vector.object("addRawBaseSignatureInfo") == {**recovered, "publicKey": public_key}
    assert made == {**signed, "proof": [signed["proof"]]}
    assert vector.object("derivedRecoveredBaseData") == {
        **recovered,
        "proofPublicKey": public_key,
        "hmacKey": value.hmac_key.hex(),
    }


@pytest.mark.parametrize(("folder", "names", "source"), CASES)
def test_every_value_of_the_w3c_derived_proofs_comes_out(shared: Path, folder: str, names: str, source: str) -> None:
    base = shared / "vectors" / "w3c-vc-di-ecdsa"
    assert load_json(base / f"{source}.json")["@context"] == ["https://www.w3.org/ns/credentials/v2", V4]
    vector = Vector(base / "ecdsa-sd-2023" / folder)
    signed = vector.object("addSignedSDBase")
    document = unsecured(signed)
    value = BaseValue.parse(proof_of(signed)["proofValue"])
    mandatory, selective = value.mandatory_pointers, strings(load(base / f"{names}Selective.json"))
    statements = Statements(document, value.hmac_key, CONTEXTS, LIMITS)
    parts = {
        "mandatory": statements.part(Selection.of(document, mandatory)),
        "selective": statements.part(Selection.of(document, selective)),
        "combined": statements.part(Selection.of(document, [*mandatory, *selective])),
    }
    # Groups
    lines = {name: part.lines for name, part in parts.items()}
    groups = as_object(vector.object("derivedAllGroupData")["groups"])
    assert groups.keys() == parts.keys()
    for name, chosen in lines.items():
        group = as_object(groups[name])
        assert group["matching"] == pairs(statements.lines, chosen.__contains__)
        assert group["nonMatching"] == pairs(statements.lines, lambda line, chosen=chosen: line not in chosen)  # type: ignore[misc]
        assert len(cast(list[JSONValue], group["deskolemizedNQuads"])) == len(chosen)
    indexes: JSONObject = {
        f"{name}Indexes": [index for index, line in enumerate(statements.lines) if line in chosen]
        for name, chosen in lines.items()
    }
    not_mandatory = [line for line in statements.lines if line not in lines["mandatory"]]
    indexes["nonMandatoryIndexes"] = [index for index, line in enumerate(statements.lines) if line in not_mandatory]
    assert vector.object("derivedGroupIndexes") == indexes
    # What the holder gives away
    derived = derive(signed, selective, contexts=CONTEXTS)
    given_away = DerivedValue.parse(proof_of(derived)["proofValue"])
    signatures: list[JSONValue] = [signature.hex() for signature in given_away.signatures]
    assert vector.value("derivedAdjMandatoryIndexes") == {"adjMandatoryIndexes": given_away.mandatory_indexes}
    assert vector.value("derivedAdjSignatures") == {
        "adjSignatureIndexes": [index for index, line in enumerate(not_mandatory) if line in lines["selective"]],
        "filteredSignatures": signatures,
    }
    labels: list[JSONValue] = [
        [f"c14n{number}", f"u{base64url_encode(digest)}"] for number, digest in given_away.labels.items()
    ]
    data: JSONObject = {
        "baseSignature": given_away.signature.hex(),
        "publicKey": f"z{base58_encode(given_away.public_key)}",
        "signatures": signatures,
        "mandatoryIndexes": list(given_away.mandatory_indexes),
    }
    label_map: JSONObject = {"dataType": "Map", "value": labels}
    assert vector.value("derivedDisclosureData") == {**data, "labelMap": label_map}
    assert vector.value("verifyDerivedProofValue") == {**data, "labelMap": labels}
    assert derived == vector.value("derivedRevealDocument")
    assert unsecured(derived) == vector.value("derivedUnsignedReveal")
    # What the verifier makes of it
    nquads = relabel(canonicalize(unsecured(derived), contexts=CONTEXTS).nquads, given_away.labels)
    assert nquads == vector.value("verifyNQuads")
    verify_data = vector.object("verifyCreateVerifyData")
    chosen_indexes = given_away.mandatory_indexes
    assert [line for index, line in enumerate(nquads) if index not in chosen_indexes] == verify_data["nonMandatory"]
    hashes_ = vector.object("addHashData")
    assert {name: verify_data[name] for name in ("proofHash", "mandatoryHash")} == hashes_
    assert {name: verify_data[name] for name in ("baseSignature", "publicKey", "signatures")} == {
        name: data[name] for name in ("baseSignature", "publicKey", "signatures")
    }
    verify_derived(derived, KEY.public_key, contexts=CONTEXTS)
    # These are compared in the test above.
    for name in ("addBaseDocCanon", "addBaseDocHMACCanon", "addBaseTransform", "addPointerValues", "addProofConfig"):
        vector.value(name)
    for name in ("addRawBaseSignatureInfo", "derivedRecoveredBaseData"):
        vector.value(name)
    vector.text("addProofConfigCanon.txt")
    vector.assert_all_used()


# A badge with what is hard: objects without ids that look alike, lists, values of other kinds, contexts of their own


def rich(issuer: str = KEY.did) -> JSONObject:
    """Return a badge as a university's platform makes it, and with what is hard about selecting parts."""
    document = badge(issuer)
    subject = as_object(document["credentialSubject"])
    site = "https://badges.example.edu"
    document["@context"] = [
        *strings(document["@context"]),
        {
            "m~n": {"@id": "https://example.org/mn"},
            "json": {"@id": "https://example.org/json", "@type": "@json"},
            "texts": {"@id": "https://example.org/texts", "@container": "@language"},
            "point": {"@id": "https://example.org/point"},
            "7": {"@id": "https://example.org/seven"},
        },
    ]
    document |= {
        "validUntil": "2031-05-01T00:00:00Z",
        "name": "Certificate in _:c14n0 “Data” \\ Engineering",
        "credentialStatus": {
            "id": f"{site}/status/7#1",
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": "1",
            "statusListCredential": f"{site}/status/7",
        },
        "evidence": [
            {"id": f"{site}/evidence/1", "type": ["Evidence"], "name": "Final project", "narrative": "_:b0 is a label"},
            {"type": ["Evidence"], "name": "Second project"},
            {"type": ["Evidence"], "name": "Second project", "narrative": "The same again."},
        ],
        "https://example.org/ab": "slash",
        "m~n": ["tilde", 1.5, True],
        "json": {"points": [1, None, {"x": 2.5}]},
        "texts": {"en": "Data", "de": ["Daten", "Angaben"]},
        "point": {"7": "seven"},
    }
    subject["identifier"] = [
        {"type": "IdentityObject", "hashed": False, "identityHash": "student-7", "identityType": "sourcedId"},
        {"type": "IdentityObject", "hashed": False, "identityHash": "s7@example.edu", "identityType": "emailAddress"},
    ]
    subject["creditsEarned"] = 6
    achievement = as_object(subject["achievement"])
    achievement |= {
        "tag": ["data", "engineering", "pipelines"],
        "otherIdentifier": [{"type": "IdentifierEntry", "identifier": "DE", "identifierType": "ext:course"}],
        "alignment": [
            {
                "type": ["Alignment"],
                "targetName": name,
                "targetUrl": "https://skills.example.org",
                "targetFramework": "ESCO",
            }
            for name in ("Manage data", "Clean data", "Move data")
        ],
        "resultDescription": [
            {
                "id": f"{site}/results/1",
                "type": ["ResultDescription"],
                "name": "Grade",
                "resultType": "Status",
                "allowedValue": ["pass", "merit", "merit"],
            }
        ],
        "endorsement": [
            {
                "@context": ["https://www.w3.org/ns/credentials/v2", cast(list[JSONValue], document["@context"])[1]],
                "id": "urn:uuid:7ab0ce07-ad4c-4e3a-9a1e-fe5d5be5cd25",
                "type": ["VerifiableCredential", "EndorsementCredential"],
                "issuer": {"id": "https://example.org", "type": ["Profile"]},
                "name": "Endorsed",
                "validFrom": "2026-01-01T00:00:00Z",
                "credentialSubject": {"id": f"{site}/a", "type": ["EndorsementSubject"], "endorsementComment": "Good."},
            }
        ],
    }
    return document


def base(document: JSONObject, pointers: list[str] | None = None) -> JSONObject:
    return add_base_proof(document, KEY, verification_method=KEY.verification_method, mandatory_pointers=pointers)


BASE = base(rich())
MINIMAL = base(rich(), ["/issuer/id"])


def pointers_of(value: JSONValue, where: str = "") -> Iterator[str]:
    """Yield the pointers to everything but the contexts."""
    yield where
    for name, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        if name != "@context":
            yield from pointers_of(item, where + pointer(name))


def expected(value: JSONValue, pointers: list[str], where: str = "") -> JSONValue:
    """Return what pointers select, and the ids and types on the way."""
    if any(where == each or where.startswith(f"{each}/") for each in pointers):
        return value
    below = {each for each in pointers if each.startswith(f"{where}/")}
    names = {each.removeprefix(f"{where}/").split("/")[0] for each in below}
    if isinstance(value, dict):
        always = {"@context", "id", "type"} & value.keys()
        return {
            name: item if name in always else expected(item, pointers, where + pointer(name))
            for name, item in value.items()
            if name in always or pointer(name)[1:] in names
        }
    assert isinstance(value, list)
    return [expected(item, pointers, where + pointer(index)) for index, item in enumerate(value) if str(index) in names]


POINTERS = list(pointers_of(rich()))
LIST = "/credentialSubject/achievement/resultDescription/0/allowedValue"
# Each is one value, however it is written.
WHOLE = (f"{LIST}/", "/json/points/")
SAFE = [each for each in POINTERS if not each.startswith(WHOLE)]


@pytest.mark.parametrize("selected", POINTERS)
def test_every_pointer_discloses_what_it_points_to_and_no_more(selected: str) -> None:
    if selected.startswith(WHOLE):
        with pytest.raises(SigningError) as refusal:
            derive(BASE, [selected])
        assert refusal.value.code == "PROOF_GENERATION_ERROR"
        assert refusal.value.pointer == (LIST if selected.startswith(LIST) else None)
        return
    for signed in (BASE, MINIMAL):
        mandatory = list(BaseValue.parse(proof_of(signed)["proofValue"]).mandatory_pointers)
        derived = derive(signed, [selected])
        assert unsecured(derived) == expected(rich(), [*mandatory, selected])
        assert {**proof_of(derived), "proofValue": ""} == {**proof_of(signed), "proofValue": ""}
        verify_derived(derived, KEY.public_key)


@given(st.lists(st.sampled_from(SAFE[1:]), max_size=8), st.lists(st.sampled_from(SAFE[1:]), min_size=1, max_size=5))
def test_any_pointers_disclose_what_they_point_to_and_no_more(selected: list[str], mandatory: list[str]) -> None:
    derived = derive(base(rich(), mandatory), selected)
    assert unsecured(derived) == expected(rich(), [*mandatory, *selected])
    verify_derived(derived, KEY.public_key)


def test_the_elements_of_a_list_can_be_selected_one_by_one_if_all_are() -> None:
    derived = derive(BASE, [f"{LIST}/{index}" for index in (2, 0, 1)])
    assert at(derived, LIST) == ["pass", "merit", "merit"]
    verify_derived(derived, KEY.public_key)


def test_without_pointers_what_is_mandatory_is_disclosed_and_is_still_a_badge() -> None:
    derived = derive(BASE, [])
    verify_derived(derived, KEY.public_key)
    assert "evidence" not in derived
    assert isinstance(mc.parse(unsecured(derived)), mc.AchievementCredential)
    verifier = mc.Verifier(trusted_issuers=mc.ANY_ISSUER)
    assert verifier.check(derived)["data_model"].outcome == "passed"


def test_a_text_with_a_language_and_a_direction_is_disclosed_or_hidden_as_a_whole() -> None:
    name: JSONObject = {"@value": "HTML و CSS", "@language": "ar", "@direction": "rtl"}
    description: JSONObject = {"@value": "No language", "@direction": "ltr"}
    secured = base({**badge(KEY.did), "name": name, "description": description}, ["/issuer"])
    derived = derive(secured, ["/name"])
    verify_derived(derived, KEY.public_key)
    assert derived["name"] == name
    assert "description" not in derived
    assert refusal_of({**derived, "name": {**name, "@direction": "ltr"}}) == "PROOF_VERIFICATION_ERROR"


def test_ids_that_are_blank_nodes_keep_together_what_they_name() -> None:
    document = badge(KEY.did)
    document["evidence"] = [
        {"id": "_:x", "type": ["Evidence"], "name": "Project"},
        {"id": "_:x", "type": ["Evidence"], "narrative": "Of the same."},
    ]
    derived = derive(base(document), ["/evidence/0/name", "/evidence/1/narrative"])
    verify_derived(derived, KEY.public_key)
    assert derived["evidence"] == document["evidence"]


def test_other_proofs_stay_beside_a_base_proof_and_do_not_reach_the_derived_document() -> None:
    key = mc.SigningKey.from_seed(bytes(32))
    signed = mc.signing.add_proof(rich(), key, verification_method=key.verification_method)
    both = base(signed)
    assert len(cast(list[JSONValue], both["proof"])) == 2
    assert unsecured(both) == rich()
    derived = derive(both, ["/evidence"])
    assert as_object(derived["proof"])["cryptosuite"] == NAME
    verify_derived(derived, KEY.public_key)
    two = base(both)
    with pytest.raises(ProofError, match="which one is meant"):
        derive(two, ["/evidence"])
    chosen = as_object(cast(list[JSONValue], two["proof"])[1])
    assert derive(two, ["/evidence"], proof=chosen) == derived


def test_the_arguments_are_left_alone() -> None:
    document = rich()
    before = deepcopy(document)
    signed = base(document)
    assert document == before
    before = deepcopy(signed)
    derived = derive(signed, [""])
    as_object(derived["credentialSubject"]).clear()
    assert signed == before


# What is mandatory by default


def test_the_default_is_what_a_holder_should_not_hide() -> None:
    achievement = "/credentialSubject/achievement"
    assert default_mandatory_pointers(rich()) == [
        *("/type", "/issuer", "/validFrom", "/validUntil", "/credentialStatus", "/credentialSubject/type"),
        *(f"{achievement}/{name}" for name in ("id", "type", "name", "description", "criteria")),
    ]
    assert list(BaseValue.parse(proof_of(BASE)["proofValue"]).mandatory_pointers) == default_mandatory_pointers(rich())


def test_the_default_takes_what_is_there() -> None:
    assert default_mandatory_pointers({}) == []
    assert default_mandatory_pointers({"credentialSubject": "did:example:x", "issuer": "x"}) == ["/issuer"]
    several: list[JSONValue] = [{"id": "did:example:x"}, {"achievement": {"name": "n"}}, {"achievement": "x"}]
    assert default_mandatory_pointers({"issuanceDate": "x", "credentialSubject": several}) == [
        "/issuanceDate",
        "/credentialSubject/0/id",
        "/credentialSubject/1/achievement/name",
    ]


# Nothing that is disclosed can be changed


def leaves(value: JSONValue, where: str = "") -> Iterator[str]:
    return (each for each in pointers_of(value, where) if not isinstance(at(value, each), dict | list))


def change(document: JSONObject, where: str, edit: Callable[[JSONValue], JSONValue] | None) -> JSONObject:
    """Return a copy in which one value is edited, or is not there."""
    changed = deepcopy(document)
    above, _, last = where.rpartition("/")
    holder = at(changed, above)
    key: str | int = last.replace("~1", "/").replace("~0", "~")
    if isinstance(holder, list):
        key = int(key)
    if edit is None:
        del holder[key]  # type: ignore[arg-type,union-attr]
    else:
        holder[key] = edit(holder[key])  # type: ignore[index]
    return changed


def other(value: JSONValue) -> JSONValue:
    if isinstance(value, bool):
        return not value
    return f"{value}x" if isinstance(value, str) else 7 if value is None else cast(float, value) + 1


def refusal_of(document: JSONObject, key: mc.PublicKey = KEY.public_key, **options: object) -> str:
    with pytest.raises(ProofError) as refusal:
        verify_derived(document, key, **options)  # type: ignore[arg-type]
    return refusal.value.code


DERIVED = derive(BASE, SAFE[1:])
REFUSALS = {"PROOF_VERIFICATION_ERROR", "PROOF_TRANSFORMATION_ERROR"}


@pytest.mark.parametrize("where", list(leaves(unsecured(DERIVED))))
def test_no_disclosed_value_can_be_changed(where: str) -> None:
    assert refusal_of(change(DERIVED, where, other)) in REFUSALS


@pytest.mark.parametrize("where", list(pointers_of(unsecured(DERIVED)))[1:])
def test_no_disclosed_member_can_be_removed(where: str) -> None:
    assert refusal_of(change(DERIVED, where, None)) in REFUSALS


@given(st.lists(st.sampled_from(SAFE[1:]), max_size=6), st.data())
def test_nothing_can_be_changed_added_or_removed(selected: list[str], data: st.DataObject) -> None:
    derived = derive(MINIMAL, selected)
    where = data.draw(st.sampled_from(list(pointers_of(unsecured(derived)))[1:]))
    assert refusal_of(change(derived, where, None)) in REFUSALS
    where = data.draw(st.sampled_from(list(leaves(unsecured(derived)))))
    assert refusal_of(change(derived, where, other)) in REFUSALS
    more = data.draw(st.sampled_from(SAFE[1:]))
    added = {**unsecured(derive(MINIMAL, [*selected, more])), "proof": derived["proof"]}
    if unsecured(added) != unsecured(derived):
        assert refusal_of(added) in REFUSALS
    assert refusal_of(derived, OTHER.public_key) == "PROOF_VERIFICATION_ERROR"


def test_statements_cannot_move_between_objects_without_ids() -> None:
    where = "/credentialSubject/achievement/alignment"
    derived = derive(BASE, [where])
    moved = deepcopy(derived)
    first, second, *_ = cast(list[JSONObject], at(moved, where))
    first["targetName"], second["targetName"] = second["targetName"], first["targetName"]
    # All else is equal, so that this is another order of the same alignments.
    verify_derived(moved, KEY.public_key)
    second["targetName"] = first["targetName"]
    assert refusal_of(moved) == "PROOF_VERIFICATION_ERROR"


def test_one_object_cannot_be_shown_as_two() -> None:
    derived = derive(MINIMAL, ["/credentialSubject/identifier/0"])
    value = DerivedValue.parse(proof_of(derived)["proofValue"])
    (digest,) = value.labels.values()
    lines = relabel(canonicalize(unsecured(derived)).nquads, value.labels)
    mandatory = [lines[index] for index in value.mandatory_indexes]
    signatures = dict(zip([line for line in lines if line not in mandatory], value.signatures, strict=True))
    subject = as_object(derived["credentialSubject"])
    whole = as_object(cast(list[JSONValue], subject["identifier"])[0])
    subject["identifier"] = [
        {"type": "IdentityObject", "hashed": False, "identityHash": whole["identityHash"]},
        {"type": "IdentityObject", "identityType": whole["identityType"]},
    ]
    # With one label for both, the halves say what the whole says, and all of it is signed.
    forged = relabel(canonicalize(unsecured(derived)).nquads, {0: digest, 1: digest})
    assert set(forged) == set(lines)
    proof_of(derived)["proofValue"] = replace(
        value,
        labels={0: digest, 1: digest},
        mandatory_indexes=[index for index, line in enumerate(forged) if line in mandatory],
        signatures=[signatures[line] for line in forged if line not in mandatory],
    ).serialize()
    assert refusal_of(derived) == "PROOF_VERIFICATION_ERROR"


def test_a_part_whose_objects_look_too_much_alike_is_refused() -> None:
    document = rich()
    nodes = [f"_:n{number}" for number in range(12)]
    document["@context"] = [
        *cast(list[JSONValue], document["@context"]),
        {"near": {"@id": "urn:x:near", "@type": "@id"}},
    ]
    document["evidence"] = [{"id": node, "type": ["Evidence"], "near": [*nodes], "name": node} for node in nodes]
    signed = base(document)
    verify_derived(derive(signed, ["/evidence"]), KEY.public_key)
    with pytest.raises(SigningError) as refusal:
        derive(signed, [f"/evidence/{number}/near" for number in range(12)])
    assert refusal.value.code == "TOO_COMPLEX"


@pytest.mark.parametrize(
    ("member", "value", "code"),
    [
        ("created", "2026-05-01T10:00:01Z", "PROOF_VERIFICATION_ERROR"),
        ("verificationMethod", "https://example.org/other", "PROOF_VERIFICATION_ERROR"),
        ("proofPurpose", "authentication", "PROOF_VERIFICATION_ERROR"),
        ("proofPurpose", None, "PROOF_VERIFICATION_ERROR"),
        ("nonce", "abc", "PROOF_VERIFICATION_ERROR"),
        ("undefinedTerm", "abc", "PROOF_TRANSFORMATION_ERROR"),
        ("@context", "https://www.w3.org/ns/credentials/v2", "PROOF_VERIFICATION_ERROR"),
        ("type", "Ed25519Signature2020", "UNSUPPORTED"),
        ("cryptosuite", "ecdsa-rdfc-2019", "UNSUPPORTED"),
        ("previousProof", "urn:x", "UNSUPPORTED"),
        ("proofValue", None, "PROOF_VERIFICATION_ERROR"),
        ("proofValue", 7, "PROOF_VERIFICATION_ERROR"),
        ("proofValue", "", "PROOF_VERIFICATION_ERROR"),
        ("proofValue", "u", "PROOF_VERIFICATION_ERROR"),
        ("proofValue", "z3yZe7d", "PROOF_VERIFICATION_ERROR"),
        ("proofValue", "u2V0B!", "PROOF_VERIFICATION_ERROR"),
        ("proofValue", "u2V0B", "PROOF_VERIFICATION_ERROR"),
        ("proofValue", "u2V0D", "PROOF_VERIFICATION_ERROR"),
    ],
)
def test_no_option_of_the_proof_can_be_changed(member: str, value: JSONValue, code: str) -> None:
    derived = derive(BASE, ["/evidence"])
    assert refusal_of({**derived, "proof": {**proof_of(derived), member: value}}) == code


@pytest.mark.parametrize("member", ["created", "verificationMethod", "proofPurpose", "proofValue"])
def test_no_option_of_the_proof_can_be_removed(member: str) -> None:
    derived = derive(BASE, ["/evidence"])
    del proof_of(derived)[member]
    with pytest.raises(ProofError) as refusal:
        verify_derived(derived, KEY.public_key)
    assert refusal.value.code == "PROOF_VERIFICATION_ERROR"
    assert refusal.value.pointer == (None if member == "created" else f"/proof/{member}")


def test_a_proof_value_that_is_cut_short_is_refused() -> None:
    derived = derive(BASE, ["/evidence"])
    value = str(proof_of(derived)["proofValue"])
    for length in (len(value) - 1, len(value) // 2, 5):
        cut = {**derived, "proof": {**proof_of(derived), "proofValue": value[:length]}}
        assert refusal_of(cut) == "PROOF_VERIFICATION_ERROR"


def test_a_purpose_is_asked_for() -> None:
    signed = add_base_proof(rich(), KEY, verification_method=KEY.verification_method, proof_purpose="authentication")
    derived = derive(signed, [""])
    verify_derived(derived, KEY.public_key, proof_purpose="authentication")
    assert refusal_of(derived) == "PROOF_VERIFICATION_ERROR"


def test_the_key_must_be_on_p256() -> None:
    for kind in ("Ed25519", "P-384"):
        key = mc.SigningKey.generate(kind)
        assert refusal_of(DERIVED, key.public_key) == "INVALID_VERIFICATION_METHOD"
        with pytest.raises(SigningError):
            add_base_proof(rich(), key, verification_method=key.verification_method)


# Hostile proof values


def with_value(document: JSONObject, **changes: object) -> JSONObject:
    """Return a derived document with another proof value."""
    value = DerivedValue.parse(proof_of(document)["proofValue"])
    return {**document, "proof": {**proof_of(document), "proofValue": replace(value, **changes).serialize()}}  # type: ignore[arg-type]


SMALL = derive(MINIMAL, ["/evidence/1", "/credentialSubject/identifier/0/identityHash"])
VALUE = DerivedValue.parse(proof_of(SMALL)["proofValue"])
COUNT = len(VALUE.signatures) + len(VALUE.mandatory_indexes)
A_POINT = multibase_decode(OTHER.public_key.multikey)
CHANGES: dict[str, dict[str, object]] = {
    "another signature": {"signature": bytes(64)},
    "a longer signature": {"signature": bytes(65)},
    "a shorter signature": {"signature": bytes(63)},
    "another own key": {"public_key": A_POINT},
    "an own key of 36 bytes": {"public_key": A_POINT + b"\0"},
    "no point": {"public_key": A_POINT[:2] + b"\x02" + b"\xff" * 32},
    "not a compressed point": {"public_key": A_POINT[:2] + b"\x04" + A_POINT[3:]},
    "a key of another kind": {"public_key": b"\xed\x01" + bytes(33)},
    "no signatures": {"signatures": []},
    "one signature less": {"signatures": VALUE.signatures[1:]},
    "one signature more": {"signatures": [*VALUE.signatures, VALUE.signatures[0]]},
    "signatures in another order": {"signatures": VALUE.signatures[::-1]},
    "a signature of zeros": {"signatures": [bytes(64), *VALUE.signatures[1:]]},
    "a short signature": {"signatures": [*VALUE.signatures[:-1], bytes(63)]},
    "no labels": {"labels": {}},
    "one label less": {"labels": dict(list(VALUE.labels.items())[1:])},
    "one label more": {"labels": {**VALUE.labels, len(VALUE.labels): bytes(32)}},
    "a label of another node": {"labels": {**VALUE.labels, 0: bytes(32)}},
    "a label far away": {"labels": {**dict(list(VALUE.labels.items())[1:]), 2**64 - 1: bytes(32)}},
    "a short label": {"labels": {**VALUE.labels, 0: bytes(31)}},
    "two labels that are one": {"labels": dict.fromkeys(VALUE.labels, VALUE.labels[0])},
    "labels exchanged": {"labels": dict(zip(VALUE.labels, [*VALUE.labels.values()][::-1], strict=True))},
    "none mandatory": {"mandatory_indexes": []},
    "all mandatory": {"mandatory_indexes": range(COUNT), "signatures": []},
    "one mandatory less": {"mandatory_indexes": VALUE.mandatory_indexes[1:]},
    "another mandatory": {"mandatory_indexes": [COUNT - 1 - index for index in reversed(VALUE.mandatory_indexes)]},
    "a mandatory one that is not there": {"mandatory_indexes": [*VALUE.mandatory_indexes, COUNT]},
    "a mandatory one far away": {"mandatory_indexes": [*VALUE.mandatory_indexes, 2**64 - 1]},
    "a mandatory one twice": {"mandatory_indexes": [*VALUE.mandatory_indexes, VALUE.mandatory_indexes[-1]]},
    "mandatory ones in another order": {"mandatory_indexes": VALUE.mandatory_indexes[::-1]},
    "a mandatory one that is text": {"mandatory_indexes": ["0"]},
    "a signature that is text": {"signatures": ["x" * 64]},
    "a label that is a number": {"labels": {**VALUE.labels, 0: 7}},
    "signatures that are a map": {"signatures": {0: bytes(64)}},
    "labels that are a list": {"labels": [bytes(32)]},
}


@pytest.mark.parametrize("changes", CHANGES.values(), ids=CHANGES.keys())
def test_a_proof_value_that_lies_is_refused(changes: dict[str, object]) -> None:
    verify_derived(with_value(SMALL), KEY.public_key)
    assert len(VALUE.labels) > 1
    assert len(VALUE.mandatory_indexes) > 1
    assert refusal_of(with_value(SMALL, **changes)) == "PROOF_VERIFICATION_ERROR"


CBOR = {
    "nothing": "",
    "null": "f6",
    "a number": "05",
    "an early end": "85",
    "four parts": "8400000000",
    "five numbers": "850000000000",
    "something behind": "85000000000000",
    "a negative number": "8520",
    "a float": "85fb3ff0000000000000",
    "a tag": "85c000",
    "a tag of bytes": "85d8405840" + "00" * 64,
    "a shared value": "d81c85d81d00",
    "a fraction of two long numbers": "85d81e82c2" + "5a00010000" + "fd" * 65536 + "c25a00010000" + "fb" * 65536,
    "an array without an end": "9f0000000000ff",
    "bytes without an end": "855f4100ff",
    "a long head of a small number": "850000000018050000",
    "an array of endless length": "9bffffffffffffffff",
    "a map of endless length": "85bbffffffffffffffff",
    "bytes of endless length": "855bffffffffffffffff",
    "text that is not UTF-8": "8561ff",
    "arrays in arrays": "81" * 100_000,
    "maps in maps": "a100" * 100_000,
    "a reserved length": "9c",
    "a map with a key twice": "85000000a2000000000000",
    "a map with a key that is a map": "85000000a1a00000",
    "a map with a key that is bytes": "85000000a1410000",
}


@pytest.mark.parametrize("data", CBOR.values(), ids=CBOR.keys())
def test_what_is_not_the_cbor_of_a_proof_is_refused(data: str) -> None:
    for parse, header in ((DerivedValue.parse, "d95d01"), (BaseValue.parse, "d95d00")):
        with pytest.raises(ProofError) as refusal:
            parse("u" + base64url_encode(bytes.fromhex(header + data)))
        assert refusal.value.code == "PROOF_VERIFICATION_ERROR"
        assert refusal.value.pointer == "/proof/proofValue"


LABELS = [bytes(31) + bytes([number]) for number in range(2)]
HEAD = b"\x58\x40" + bytes(64) + b"\x58\x23" + bytes(35)
MAP = b"\xa2\x00\x58\x20" + LABELS[0] + b"\x01\x58\x20" + LABELS[1]
FORMS = {
    "a long head": b"\x98\x05" + HEAD + b"\x80" + MAP + b"\x81\x00",
    "a long number": b"\x85" + HEAD + b"\x80" + MAP + b"\x81\x18\x00",
    "no length": b"\x9f" + HEAD + b"\x80" + MAP + b"\x81\x00\xff",
    "an array without an end": b"\x85" + HEAD + b"\x80" + MAP + b"\x9f\x00\xff",
    "a tag": b"\xc6\x85" + HEAD + b"\x80" + MAP + b"\x81\x00",
    "a tag inside": b"\x85\xd8\x40" + HEAD + b"\x80" + MAP + b"\x81\x00",
    "something behind": b"\x85" + HEAD + b"\x80" + MAP + b"\x81\x00\x00",
    "a key twice": b"\x85" + HEAD + b"\x80" + MAP.replace(b"\x01\x58", b"\x00\x58") + b"\x81\x00",
    "a part more": b"\x86" + HEAD + b"\x80" + MAP + b"\x81\x00\x00",
    "true as an index": b"\x85" + HEAD + b"\x80" + MAP + b"\x81\xf5",
}


@pytest.mark.parametrize("data", FORMS.values(), ids=FORMS.keys())
def test_there_is_one_way_to_write_a_proof_value(data: bytes) -> None:
    good = b"\xd9\x5d\x01\x85" + HEAD + b"\x80" + MAP + b"\x81\x00"
    assert DerivedValue.parse(f"u{base64url_encode(good)}").labels == dict(enumerate(LABELS))
    with pytest.raises(ProofError) as refusal:
        DerivedValue.parse("u" + base64url_encode(b"\xd9\x5d\x01" + data))
    assert refusal.value.code == "PROOF_VERIFICATION_ERROR"


def test_the_own_key_is_of_its_kind_even_if_the_issuer_says_otherwise() -> None:
    config = {name: item for name, item in proof_of(SMALL).items() if name != "proofValue"}
    canonical_config = canonicalize({**config, "@context": SMALL["@context"]}).nquads
    lines = relabel(canonicalize(unsecured(SMALL)).nquads, VALUE.labels)
    mandatory = "".join(lines[index] for index in VALUE.mandatory_indexes)
    proof_hash, mandatory_hash = (hashlib.sha256(text.encode()).digest() for text in (canonical_config, mandatory))
    for key in (VALUE.public_key, b"\xed\x01" + VALUE.public_key[2:], VALUE.public_key[:3] + b"\xff" * 32):
        document = with_value(SMALL, public_key=key, signature=KEY.sign(proof_hash + key + mandatory_hash))
        if key == VALUE.public_key:
            verify_derived(document, KEY.public_key)
        else:
            assert refusal_of(document) == "PROOF_VERIFICATION_ERROR"


@given(st.data())
def test_bytes_that_were_changed_are_refused(data: st.DataObject) -> None:
    raw = bytearray(base64url_decode(str(proof_of(SMALL)["proofValue"])[1:]))
    start = data.draw(st.integers(0, len(raw) - 1))
    raw[start : start + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
    value = f"u{base64url_encode(bytes(raw))}"
    if value != proof_of(SMALL)["proofValue"]:
        assert refusal_of({**SMALL, "proof": {**proof_of(SMALL), "proofValue": value}}) == "PROOF_VERIFICATION_ERROR"


@pytest.mark.parametrize("count", [0, 2**14, 2**14 + 1])
def test_a_map_of_labels_has_its_bound(count: int) -> None:
    # With keys that Python files slowly, a map of 80,000 entries would take a quarter of a minute.
    labels = {number: number.to_bytes(32) for number in range(count)}
    value = DerivedValue(bytes(64), bytes(35), [], labels, []).serialize()
    if count <= 2**14:
        assert DerivedValue.parse(value).labels == labels
        return
    with pytest.raises(ProofError) as refusal:
        DerivedValue.parse(value)
    assert refusal.value.code == "PROOF_VERIFICATION_ERROR"


MANY_MAPS = b"\x91" + (b"\xb9\x03\xe8" + b"".join(b"\x19" + key.to_bytes(2) + b"\x00" for key in range(256, 1256))) * 17


@pytest.mark.parametrize("many", [b"\x9a\x00\x10\x00\x00" + b"\x80" * 2**20, MANY_MAPS], ids=["values", "keys"])
def test_many_small_values_are_refused_before_they_are_all_read(many: bytes) -> None:
    reader = Reader(b"\x85" + many + b"\x00" * 4)
    with pytest.raises(ValueError, match="too many"):
        reader.only_value()


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for header in (b"\xd9\x5d\x01", b"\xd9\x5d\x00\x85"):
        for parse in (DerivedValue.parse, BaseValue.parse):
            with pytest.raises(ProofError):
                parse("u" + base64url_encode(header + data))


SIZES = st.sampled_from([0, 1, 22, 23, 24, 255, 256, 65535, 65536, 2**32 - 1, 2**32, 2**64 - 1])


@given(st.lists(st.binary(min_size=64, max_size=64), max_size=30), st.sets(SIZES), st.sets(SIZES), st.text())
def test_the_cbor_is_what_others_read_and_write(
    signatures: list[bytes], nodes: set[int], indexes: set[int], text: str
) -> None:
    cbor2 = pytest.importorskip("cbor2")
    labels = {node: hashlib.sha256(str(node).encode()).digest() for node in nodes}
    derived = DerivedValue(bytes(64), bytes(35), signatures, labels, sorted(indexes))
    data = base64url_decode(derived.serialize()[1:])
    parts = [bytes(64), bytes(35), signatures, labels, sorted(indexes)]
    assert data == b"\xd9\x5d\x01" + cbor2.dumps(parts, canonical=True)
    assert DerivedValue.parse(f"u{base64url_encode(data)}") == derived
    long = BaseValue(bytes(64), bytes(35), bytes(32), signatures, [text, "x" * 23, "x" * 24, "ü" * 150, "x" * 70_000])
    parts = [bytes(64), bytes(35), bytes(32), signatures, long.mandatory_pointers]
    data = b"\xd9\x5d\x00" + cbor2.dumps(parts)
    assert BaseValue.parse(f"u{base64url_encode(data)}") == long
    assert long.serialize() == f"u{base64url_encode(data)}"


def test_a_base_proof_is_not_verified() -> None:
    for proof in (None, proof_of(BASE)):
        with pytest.raises(ProofError, match="derive") as refusal:
            verify_derived(BASE, KEY.public_key, proof=proof)
        assert refusal.value.code == "PROOF_VERIFICATION_ERROR"


def test_a_document_without_such_a_proof_is_refused() -> None:
    assert refusal_of(rich()) == "UNSUPPORTED"
    assert refusal_of({**DERIVED, "proof": [DERIVED["proof"], DERIVED["proof"]]}) == "PROOF_VERIFICATION_ERROR"
    verify_derived({**DERIVED, "proof": [DERIVED["proof"]]}, KEY.public_key)
    nothing: list[JSONValue] = [7, [7], "x", {}, None]
    for proof in nothing:
        assert refusal_of({**DERIVED, "proof": proof}) == "UNSUPPORTED"


def test_what_takes_too_much_work_is_refused() -> None:
    assert refusal_of(DERIVED, limits=mc.Limits(max_quads=10)) == "TOO_COMPLEX"
    with pytest.raises(DocumentError):
        verify_derived(DERIVED, KEY.public_key, limits=mc.Limits(max_document_bytes=2_000))
    with pytest.raises(SigningError) as refusal:
        derive(BASE, ["/evidence"], limits=mc.Limits(max_quads=10))
    assert refusal.value.code == "TOO_COMPLEX"
    poison = rich()
    nodes = [f"_:n{number}" for number in range(12)]
    poison["@context"] = [*cast(list[JSONValue], poison["@context"]), {"near": {"@id": "urn:x:near", "@type": "@id"}}]
    poison["evidence"] = [{"id": node, "type": ["Evidence"], "near": [*nodes]} for node in nodes]
    with pytest.raises(SigningError) as refusal:
        base(poison)
    assert refusal.value.code == "TOO_COMPLEX"


def test_proofs_of_plain_json_can_be_checked_without_a_copy() -> None:
    check_derived(
        DERIVED, proof_of(DERIVED), KEY.public_key, proof_purpose="assertionMethod", contexts=None, limits=LIMITS
    )


# Wrong use, by issuers and holders


@pytest.mark.parametrize(
    "wrong",
    [
        "/invalidPointer",
        "/credentialSubject/invalidPointer",
        "/evidence/3",
        "/evidence/-",
        "/evidence/-1",
        "/evidence/00",
        "/evidence/١",
        "/evidence/99999999999999999999",
        "/evidence/" + 5_000 * "9",
        "/evidence/name",
        "/name/0",
        "/proof",
        "/m~n",
        "/m~2n",
        "/m~",
        "evidence",
        "/evidence/0/",
        "/",
    ],
)
def test_a_pointer_that_selects_nothing_is_refused(wrong: str) -> None:
    with pytest.raises(SigningError) as by_holder:
        derive(BASE, [wrong])
    with pytest.raises(SigningError) as by_issuer:
        base(rich(), [wrong])
    for refusal in (by_holder, by_issuer):
        assert (refusal.value.code, refusal.value.pointer) == ("PROOF_GENERATION_ERROR", wrong)


def test_pointers_are_texts_in_a_list() -> None:
    for pointers in ("/issuer", [7]):
        with pytest.raises(TypeError):
            derive(BASE, cast(list[str], pointers))
        with pytest.raises(TypeError):
            base(rich(), cast(list[str], pointers))


def test_something_must_be_selected() -> None:
    signed = base(rich(), [])
    with pytest.raises(SigningError):
        derive(signed, [])
    derived = derive(signed, ["/name"])
    assert DerivedValue.parse(proof_of(derived)["proofValue"]).mandatory_indexes == []
    verify_derived(derived, KEY.public_key)


def test_a_list_cannot_be_mandatory_in_part() -> None:
    with pytest.raises(SigningError) as refusal:
        base(rich(), ["/issuer", f"{LIST}/0"])
    assert refusal.value.pointer == LIST


def test_what_the_proof_would_not_cover_is_refused() -> None:
    with pytest.raises(SigningError) as refusal:
        base(badge(KEY.did, undefinedTerm="x"))
    assert (refusal.value.code, refusal.value.pointer) == ("PROOF_TRANSFORMATION_ERROR", "/undefinedTerm")
    document = badge(KEY.did)
    document["@context"] = [*strings(document["@context"]), "https://example.org/unknown"]
    with pytest.raises(SigningError) as refusal:
        base(document)
    assert (refusal.value.code, refusal.value.pointer) == ("UNSUPPORTED", "/@context/2")
    method = KEY.verification_method
    with pytest.raises(SigningError) as refusal:
        add_base_proof(rich(), KEY, verification_method=method, options={"undefinedTerm": "x"})
    assert (refusal.value.code, refusal.value.pointer) == ("PROOF_TRANSFORMATION_ERROR", "/proof/undefinedTerm")


@pytest.mark.parametrize(
    "arguments",
    [
        {"created": "2026-05-01T09:30:00"},
        {"options": {"proofValue": "u"}},
        {"options": {"previousProof": "urn:x"}},
        {"options": {"expires": "2026-05-01T09:30:00"}},
        {"hmac_key": bytes(31)},
        {"contexts": {"https://www.w3.org/ns/credentials/v2": {"@context": {}}}},
    ],
)
def test_wrong_arguments_are_refused(arguments: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        add_base_proof(rich(), KEY, verification_method=KEY.verification_method, **arguments)  # type: ignore[arg-type]


def test_options_are_covered() -> None:
    options: JSONObject = {"expires": "2031-05-01T09:30:00Z", "domain": "example.org", "nonce": "abc"}
    signed = add_base_proof(rich(), KEY, verification_method=KEY.verification_method, options=options)
    derived = derive(signed, ["/name"])
    assert options.items() <= proof_of(derived).items()
    verify_derived(derived, KEY.public_key)
    assert refusal_of({**derived, "proof": {**proof_of(derived), "domain": "other.example"}}) in REFUSALS


def test_a_base_proof_of_another_document_is_refused() -> None:
    for other_one in (badge(KEY.did), {**rich(), "awardedDate": "2026-05-01T09:30:00Z"}):
        with pytest.raises(ProofError) as refusal:
            derive({**other_one, "proof": BASE["proof"]}, ["/credentialSubject"])
        assert refusal.value.code == "PROOF_VERIFICATION_ERROR"


def test_what_is_derived_cannot_be_derived_from() -> None:
    with pytest.raises(ProofError) as refusal:
        derive(DERIVED, ["/name"])
    assert refusal.value.code == "PROOF_VERIFICATION_ERROR"


def test_a_document_without_a_base_proof_cannot_be_derived_from() -> None:
    key = mc.SigningKey.from_seed(bytes(32))
    for document in (rich(), mc.signing.add_proof(rich(), key, verification_method=key.verification_method)):
        with pytest.raises(ProofError) as refusal:
            derive(document, ["/name"])
        assert refusal.value.code == "UNSUPPORTED"


def test_keys_are_used_once() -> None:
    first, second = (BaseValue.parse(proof_of(base(rich()))["proofValue"]) for _ in range(2))
    assert first.hmac_key != second.hmac_key
    assert first.public_key != second.public_key
