"""bbs-2023: the W3C's vectors value by value, any pointers into a badge, and everything that must be refused."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

import microcred as mc
from microcred.encoding import base64url_decode, base64url_encode, multibase_encode, varint_encode
from microcred.errors import InvalidKeyError, ProofError, SigningError
from microcred.json import JSONObject, JSONValue
from microcred.jsonld import canonicalize
from microcred.key_material import BLS_ORDER
from microcred.signing import bbs, ecdsa_sd, selective
from microcred.signing._selective_parts import Selection, Statements, relabel
from microcred.signing._selective_values import BBSBaseValue, BBSDerivedValue
from tests.make import AT, badge
from tests.signing.test_selective import (
    CONTEXTS,
    LIMITS,
    LIST,
    POINTERS,
    REFUSALS,
    SAFE,
    WHOLE,
    Vector,
    change,
    expected,
    leaves,
    other,
    pairs,
    pointers_of,
    proof_of,
    rich,
    strings,
    unsecured,
)
from tests.support import as_object, at, load, load_json

pytest.importorskip("py_arkworks_bls12381", reason="needs the extra bbs")

from microcred.signing import _bbs
from microcred.signing._bbs_utilities import API_ID, expand_message


def private(secret: int) -> mc.SigningKey:
    return mc.SigningKey.from_multikey(multibase_encode(varint_encode(0x130A) + secret.to_bytes(32)))


KEY, OTHER = private(2**200 + 7), private(2**201 + 7)


# The W3C's vectors


def mocked(seed: bytes, dst: bytes = API_ID) -> Callable[[int], list[int]]:
    """Return the mocked random scalars of the draft, which the vectors were made with; here under a shorter tag."""

    def scalars(count: int) -> list[int]:
        data = expand_message(seed, dst, 48 * count)
        return [int.from_bytes(data[start : start + 48]) % BLS_ORDER for start in range(0, len(data), 48)]

    return scalars


def hexadecimal(value: JSONValue) -> bytes:
    assert isinstance(value, str)
    return bytes.fromhex(value)


CASES = [("", "wind"), ("prc", "prCred")]
ISSUER_KEY = "BBSKeyMaterial"


@pytest.mark.parametrize(("folder", "names"), CASES, ids=["wind", "prc"])
def test_every_value_of_the_w3c_base_proofs_comes_out(shared: Path, folder: str, names: str) -> None:
    base = shared / "vectors" / "w3c-vc-di-bbs"
    vector = Vector(base / folder)
    material = load_json(base / "BBSKeyMaterial.json")
    signer = private(int.from_bytes(hexadecimal(material["privateKeyHex"])))
    hmac_key = hexadecimal(material["hmacKeyString"])
    signed = vector.object("addSignedSDBase")
    document = unsecured(signed)
    unsigned = load_json(base / ("windDoc.json" if names == "wind" else "prCredUnsigned.json"))
    if names == "prCred":
        # The file was edited after the vectors were made.
        unsigned["description"] = document["description"]
    assert document == unsigned
    pointers = strings(load(base / f"{names}Mandatory.json"))

    # Transformation
    for each in cast(list[JSONObject], vector.value("addPointerValues")):
        # Those of the sailor are of an older document, which was the subject alone.
        where = str(each["pointer"]) if names == "prCred" else f"/credentialSubject{each['pointer']}"
        assert where in pointers
        assert at(document, where) == each["value"]
    assert list(canonicalize(document, contexts=CONTEXTS).lines) == vector.value("addBaseDocCanon")
    statements = Statements(document, hmac_key, CONTEXTS, LIMITS, shuffled=True)
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
    digests = [hashlib.sha256(each.encode()) for each in (canonical_config, text)]
    assert vector.object("addHashData") == {
        "proofHash": digests[0].hexdigest(),
        "mandatoryHash": digests[1].hexdigest(),
    }
    # Serialization
    made = bbs.add_base_proof(
        document,
        signer,
        verification_method=str(config["verificationMethod"]),
        mandatory_pointers=pointers,
        created=str(config["created"]),
        contexts=CONTEXTS,
        hmac_key=hmac_key,
    )
    value = BBSBaseValue.parse(proof_of(made)["proofValue"])
    recovered: JSONObject = {
        "bbsSignature": value.signature.hex(),
        "mandatoryPointers": list(value.mandatory_pointers),
    }
    assert value.public_key.hex() == material["publicKeyHex"]
    assert value.header == digests[0].digest() + digests[1].digest()
    assert vector.object("addRawBaseSignatureInfo") == recovered
    assert made == {**signed, "proof": [signed["proof"]]}
    assert vector.object("derivedRecoveredBaseData") == {**recovered, "hmacKey": value.hmac_key.hex()}


@pytest.mark.parametrize(("folder", "names"), CASES, ids=["wind", "prc"])
def test_every_value_of_the_w3c_derived_proofs_comes_out(shared: Path, folder: str, names: str) -> None:
    base = shared / "vectors" / "w3c-vc-di-bbs"
    vector = Vector(base / folder)
    material = load_json(base / "BBSDeriveMaterial.json")
    presentation_header = hexadecimal(material["presentationHeaderHex"])
    signed = vector.object("addSignedSDBase")
    document = unsecured(signed)
    value = BBSBaseValue.parse(proof_of(signed)["proofValue"])
    mandatory, selective_pointers = value.mandatory_pointers, strings(load(base / f"{names}Selective.json"))
    statements = Statements(document, value.hmac_key, CONTEXTS, LIMITS, shuffled=True)
    lines = {
        name: statements.part(Selection.of(document, pointers)).lines
        for name, pointers in {
            "mandatory": mandatory,
            "selective": selective_pointers,
            "combined": [*mandatory, *selective_pointers],
        }.items()
    }
    # Groups
    if names == "prCred":
        groups = as_object(vector.object("derivedAllGroupData")["groups"])
        assert groups.keys() == lines.keys()
        for name, chosen in lines.items():
            group = as_object(groups[name])
            assert group["matching"] == pairs(statements.lines, chosen.__contains__)
            assert group["nonMatching"] == pairs(statements.lines, lambda line, chosen=chosen: line not in chosen)  # type: ignore[misc]
            assert len(cast(list[JSONValue], group["deskolemizedNQuads"])) == len(chosen)
    indexes: JSONObject = {
        f"{name}Indexes": [index for index, line in enumerate(statements.lines) if line in chosen]
        for name, chosen in lines.items()
    }
    others = [index for index, line in enumerate(statements.lines) if line not in lines["mandatory"]]
    assert vector.object("derivedGroupIndexes") == {**indexes, "nonMandatoryIndexes": others}
    # What the holder gives away
    derived = bbs.derive(
        signed,
        selective_pointers,
        presentation_header=presentation_header,
        contexts=CONTEXTS,
        random_scalars=mocked(hexadecimal(material["pseudoRandSeedHex"])),
    )
    given_away = BBSDerivedValue.parse(proof_of(derived)["proofValue"])
    assert vector.object("derivedAdjIndexes") == {
        "adjMandatoryIndexes": list(given_away.mandatory_indexes),
        "adjSelectiveIndexes": list(given_away.selective_indexes),
    }
    labels: list[JSONValue] = [[f"c14n{number}", f"b{label}"] for number, label in given_away.labels.items()]
    data: JSONObject = {
        "bbsProof": given_away.proof.hex(),
        "mandatoryIndexes": list(given_away.mandatory_indexes),
    }
    label_map: JSONObject = {"dataType": "Map", "value": labels}
    assert vector.value("derivedDisclosureData") == {
        **data,
        "labelMap": label_map,
        "adjSelectiveIndexes": list(given_away.selective_indexes),
        "presentationHeader": {str(index): byte for index, byte in enumerate(presentation_header)},
    }
    assert derived == vector.value("derivedRevealDocument")
    assert unsecured(derived) == vector.value("derivedUnsignedReveal")
    # What the verifier makes of it
    if names == "prCred":
        selected = list(given_away.selective_indexes)
        assert vector.value("verifyDerivedProofValue") == {**data, "labelMap": labels, "adjSelectedIndexes": selected}
        nquads = relabel(canonicalize(unsecured(derived), contexts=CONTEXTS).nquads, given_away.labels)
        assert nquads == vector.value("verifyNQuads")
    key = mc.PublicKey.from_did(str(proof_of(derived)["verificationMethod"]).partition("#")[0])
    assert key == private(int(str(load_json(base / "BBSKeyMaterial.json")["privateKeyHex"]), 16)).public_key
    bbs.verify_derived(derived, key, presentation_header=presentation_header, contexts=CONTEXTS)
    # These are compared in the test above, or are of the other case.
    for name in ("addBaseDocCanon", "addBaseDocHMACCanon", "addBaseTransform", "addHashData", "addPointerValues"):
        vector.value(name)
    for name in ("addProofConfig", "addRawBaseSignatureInfo", "derivedRecoveredBaseData"):
        vector.value(name)
    vector.text("addProofConfigCanon.txt")
    if names == "wind":
        for name in ("BBSDeriveMaterial", "BBSKeyMaterial", "windDoc", "windMandatory", "windSelective"):
            vector.value(name)
        for name in ("prCredMandatory", "prCredSelective", "prCredUnsigned"):
            vector.value(name)
    vector.assert_all_used()


# Any parts of a badge


def base(document: JSONObject, pointers: list[str] | None = None) -> JSONObject:
    return bbs.add_base_proof(document, KEY, verification_method=KEY.verification_method, mandatory_pointers=pointers)


def refusal_of(document: JSONObject, key: mc.PublicKey = KEY.public_key, **options: object) -> str:
    with pytest.raises(ProofError) as refusal:
        bbs.verify_derived(document, key, **options)  # type: ignore[arg-type]
    return refusal.value.code


BASE = base(rich())
MINIMAL = base(rich(), ["/issuer/id"])


@pytest.mark.parametrize("selected", POINTERS)
def test_every_pointer_discloses_what_it_points_to_and_no_more(selected: str) -> None:
    if selected.startswith(WHOLE):
        with pytest.raises(SigningError) as refusal:
            bbs.derive(MINIMAL, [selected])
        assert refusal.value.code == "PROOF_GENERATION_ERROR"
        assert refusal.value.pointer == (LIST if selected.startswith(LIST) else None)
        return
    derived = bbs.derive(MINIMAL, [selected])
    assert unsecured(derived) == expected(rich(), ["/issuer/id", selected])
    assert {**proof_of(derived), "proofValue": ""} == {**proof_of(MINIMAL), "proofValue": ""}
    bbs.verify_derived(derived, KEY.public_key)


@given(st.lists(st.sampled_from(SAFE[1:]), max_size=8), st.lists(st.sampled_from(SAFE[1:]), min_size=1, max_size=5))
def test_any_pointers_disclose_what_they_point_to_and_no_more(selected: list[str], mandatory: list[str]) -> None:
    derived = bbs.derive(base(rich(), mandatory), selected)
    assert unsecured(derived) == expected(rich(), [*mandatory, *selected])
    bbs.verify_derived(derived, KEY.public_key)


def test_without_pointers_what_is_mandatory_is_disclosed_and_is_still_a_badge() -> None:
    derived = bbs.derive(BASE, [])
    bbs.verify_derived(derived, KEY.public_key)
    assert "evidence" not in derived
    assert isinstance(mc.parse(unsecured(derived)), mc.AchievementCredential)


def test_everything_can_be_mandatory_and_everything_can_be_selected() -> None:
    for mandatory, selected in (("", []), (None, [""])):
        derived = bbs.derive(base(rich(), [] if mandatory is None else [mandatory]), selected)
        assert unsecured(derived) == rich()
        bbs.verify_derived(derived, KEY.public_key)


def test_something_must_be_selected() -> None:
    signed = base(rich(), [])
    with pytest.raises(SigningError):
        bbs.derive(signed, [])
    derived = bbs.derive(signed, ["/name"])
    assert BBSDerivedValue.parse(proof_of(derived)["proofValue"]).mandatory_indexes == []
    bbs.verify_derived(derived, KEY.public_key)


def test_two_documents_from_one_base_proof_share_no_part_of_their_proofs() -> None:
    values = [BBSDerivedValue.parse(proof_of(bbs.derive(BASE, ["/evidence"]))["proofValue"]) for _ in range(2)]
    first, second = ({each.proof[start : start + 16] for start in range(len(each.proof) - 15)} for each in values)
    assert first.isdisjoint(second)
    signature = BBSBaseValue.parse(proof_of(BASE)["proofValue"]).signature
    assert all(signature[start : start + 16] not in first | second for start in range(len(signature) - 15))


def test_the_time_is_left_out_unless_it_is_given() -> None:
    assert "created" not in proof_of(BASE)
    timed = bbs.add_base_proof(rich(), KEY, verification_method=KEY.verification_method, created="2026-05-01T09:30:00Z")
    derived = bbs.derive(timed, ["/name"])
    assert proof_of(derived)["created"] == "2026-05-01T09:30:00Z"
    bbs.verify_derived(derived, KEY.public_key)


def test_keys_are_used_once() -> None:
    first, second = (BBSBaseValue.parse(proof_of(base(rich()))["proofValue"]) for _ in range(2))
    assert first.hmac_key != second.hmac_key


def test_the_arguments_are_left_alone() -> None:
    document = rich()
    before = deepcopy(document)
    signed = base(document)
    assert document == before
    before = deepcopy(signed)
    as_object(bbs.derive(signed, [""])["credentialSubject"]).clear()
    assert signed == before


def test_what_a_proof_is_bound_to_is_asked_for() -> None:
    derived = bbs.derive(BASE, ["/name"], presentation_header=b"nonce")
    bbs.verify_derived(derived, KEY.public_key)
    bbs.verify_derived(derived, KEY.public_key, presentation_header=b"nonce")
    assert refusal_of(derived, presentation_header=b"other") == "INVALID_CHALLENGE_ERROR"
    assert refusal_of(bbs.derive(BASE, ["/name"]), presentation_header=b"nonce") == "INVALID_CHALLENGE_ERROR"
    assert refusal_of(with_value(derived, presentation_header=b"other")) == "PROOF_VERIFICATION_ERROR"


# Nothing that is disclosed can be changed

DERIVED = bbs.derive(BASE, SAFE[1:])


@pytest.mark.parametrize("where", list(leaves(unsecured(DERIVED))))
def test_no_disclosed_value_can_be_changed(where: str) -> None:
    assert refusal_of(change(DERIVED, where, other)) in REFUSALS


@pytest.mark.parametrize("where", list(pointers_of(unsecured(DERIVED)))[1:])
def test_no_disclosed_member_can_be_removed(where: str) -> None:
    assert refusal_of(change(DERIVED, where, None)) in REFUSALS


@given(st.lists(st.sampled_from(SAFE[1:]), max_size=6), st.data())
def test_nothing_can_be_changed_added_or_removed(selected: list[str], data: st.DataObject) -> None:
    derived = bbs.derive(MINIMAL, selected)
    where = data.draw(st.sampled_from(list(pointers_of(unsecured(derived)))[1:]))
    assert refusal_of(change(derived, where, None)) in REFUSALS
    where = data.draw(st.sampled_from(list(leaves(unsecured(derived)))))
    assert refusal_of(change(derived, where, other)) in REFUSALS
    more = data.draw(st.sampled_from(SAFE[1:]))
    added = {**unsecured(bbs.derive(MINIMAL, [*selected, more])), "proof": derived["proof"]}
    if unsecured(added) != unsecured(derived):
        assert refusal_of(added) in REFUSALS
    assert refusal_of(derived, OTHER.public_key) == "PROOF_VERIFICATION_ERROR"


def test_one_object_cannot_be_shown_as_two() -> None:
    derived = bbs.derive(MINIMAL, ["/credentialSubject/identifier/0"])
    value = BBSDerivedValue.parse(proof_of(derived)["proofValue"])
    (label,) = value.labels.values()
    lines = relabel(canonicalize(unsecured(derived)).nquads, value.labels)
    subject = as_object(derived["credentialSubject"])
    whole = as_object(cast(list[JSONValue], subject["identifier"])[0])
    subject["identifier"] = [
        {"type": "IdentityObject", "hashed": False, "identityHash": whole["identityHash"]},
        {"type": "IdentityObject", "identityType": whole["identityType"]},
    ]
    # With one label for both, the halves say what the whole says, and all of it is signed.
    assert set(relabel(canonicalize(unsecured(derived)).nquads, {0: label, 1: label})) == set(lines)
    assert refusal_of(with_value(derived, labels={0: label, 1: label})) == "PROOF_VERIFICATION_ERROR"


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
        ("cryptosuite", "ecdsa-sd-2023", "UNSUPPORTED"),
        ("previousProof", "urn:x", "UNSUPPORTED"),
        ("proofValue", None, "PROOF_VERIFICATION_ERROR"),
        ("proofValue", 7, "PROOF_VERIFICATION_ERROR"),
        ("proofValue", "", "PROOF_VERIFICATION_ERROR"),
        ("proofValue", "u", "PROOF_VERIFICATION_ERROR"),
        ("proofValue", "z3yZe7d", "PROOF_VERIFICATION_ERROR"),
        ("proofValue", "u2V0D!", "PROOF_VERIFICATION_ERROR"),
        ("proofValue", "u2V0D", "PROOF_VERIFICATION_ERROR"),
        ("proofValue", "u2V0C", "PROOF_VERIFICATION_ERROR"),
        ("proofValue", "u2V0B", "PROOF_VERIFICATION_ERROR"),
    ],
)
def test_no_option_of_the_proof_can_be_changed(member: str, value: JSONValue, code: str) -> None:
    assert refusal_of({**SMALL, "proof": {**proof_of(SMALL), member: value}}) == code


@pytest.mark.parametrize("member", ["verificationMethod", "proofPurpose", "proofValue"])
def test_no_option_of_the_proof_can_be_removed(member: str) -> None:
    proof = {name: item for name, item in proof_of(SMALL).items() if name != member}
    with pytest.raises(ProofError) as refusal:
        bbs.verify_derived({**SMALL, "proof": proof}, KEY.public_key)
    assert (refusal.value.code, refusal.value.pointer) == ("PROOF_VERIFICATION_ERROR", f"/proof/{member}")


def test_the_key_must_be_a_signing_key_on_the_curve() -> None:
    key = mc.SigningKey.generate("P-256")
    assert refusal_of(DERIVED, key.public_key) == "INVALID_VERIFICATION_METHOD"

    class Elsewhere:
        public_key = KEY.public_key
        sign = KEY.sign

    for signer in (key, Elsewhere()):
        with pytest.raises(SigningError):
            bbs.add_base_proof(rich(), signer, verification_method=KEY.verification_method)


def test_a_key_that_is_no_point_is_refused_when_it_is_used() -> None:
    data = b"\x80" + bytes(94) + b"\x01"
    key = mc.PublicKey.from_multikey(multibase_encode(b"\xeb\x01" + data))
    assert refusal_of(SMALL, key) == "INVALID_VERIFICATION_METHOD"


# Hostile proof values


def with_value(document: JSONObject, **changes: object) -> JSONObject:
    """Return a derived document with another proof value."""
    value = BBSDerivedValue.parse(proof_of(document)["proofValue"])
    return {**document, "proof": {**proof_of(document), "proofValue": replace(value, **changes).serialize()}}  # type: ignore[arg-type]


SMALL = bbs.derive(MINIMAL, ["/evidence/1", "/credentialSubject/identifier/0/identityHash"])
VALUE = BBSDerivedValue.parse(proof_of(SMALL)["proofValue"])
COUNT = len(VALUE.selective_indexes) + len(VALUE.mandatory_indexes)
HIDDEN = _bbs.undisclosed_count(VALUE.proof)
ALL = HIDDEN + len(VALUE.selective_indexes)
FREE = sorted(set(range(ALL)) - set(VALUE.selective_indexes))
IDENTITY = b"\xc0" + bytes(47)
CHANGES: dict[str, dict[str, object]] = {
    "no proof": {"proof": b""},
    "a proof of zeros": {"proof": bytes(len(VALUE.proof))},
    "a proof cut short": {"proof": VALUE.proof[:-1]},
    "a proof without a scalar": {"proof": VALUE.proof[:-32]},
    "a proof with a byte more": {"proof": VALUE.proof + b"\0"},
    "a proof with a scalar more": {"proof": VALUE.proof + VALUE.proof[-32:]},
    "a proof of identities": {"proof": 3 * IDENTITY + VALUE.proof[144:]},
    "the signature as a proof": {"proof": BBSBaseValue.parse(proof_of(MINIMAL)["proofValue"]).signature},
    "a proof that is text": {"proof": "x" * len(VALUE.proof)},
    "no labels": {"labels": {}},
    "one label less": {"labels": dict(list(VALUE.labels.items())[1:])},
    "one label more": {"labels": {**VALUE.labels, len(VALUE.labels): 1000}},
    "a label of another node": {"labels": {**VALUE.labels, 0: 1000}},
    "a label far away": {"labels": {**dict(list(VALUE.labels.items())[1:]), 2**64 - 1: 1000}},
    "a label that is bytes": {"labels": {**VALUE.labels, 0: bytes(32)}},
    "two labels that are one": {"labels": dict.fromkeys(VALUE.labels, VALUE.labels[0])},
    "labels exchanged": {"labels": dict(zip(VALUE.labels, [*VALUE.labels.values()][::-1], strict=True))},
    "labels that are a list": {"labels": [0]},
    "none mandatory": {"mandatory_indexes": []},
    "all mandatory": {"mandatory_indexes": range(COUNT), "selective_indexes": []},
    "one mandatory less": {"mandatory_indexes": VALUE.mandatory_indexes[1:]},
    "another mandatory": {"mandatory_indexes": [COUNT - 1 - index for index in reversed(VALUE.mandatory_indexes)]},
    "a mandatory one that is not there": {"mandatory_indexes": [*VALUE.mandatory_indexes, COUNT]},
    "a mandatory one far away": {"mandatory_indexes": [*VALUE.mandatory_indexes, 2**64 - 1]},
    "a mandatory one twice": {"mandatory_indexes": [*VALUE.mandatory_indexes, VALUE.mandatory_indexes[-1]]},
    "mandatory ones in another order": {"mandatory_indexes": VALUE.mandatory_indexes[::-1]},
    "a mandatory one that is text": {"mandatory_indexes": ["0"]},
    "none selective": {"selective_indexes": []},
    "one selective less": {"selective_indexes": VALUE.selective_indexes[1:]},
    "one selective more": {"selective_indexes": sorted([*VALUE.selective_indexes, FREE[0]])},
    "another selective": {"selective_indexes": sorted([*VALUE.selective_indexes[1:], FREE[0]])},
    "a selective one that is not there": {"selective_indexes": [*VALUE.selective_indexes[:-1], ALL]},
    "a selective one far away": {"selective_indexes": [*VALUE.selective_indexes[:-1], 2**64 - 1]},
    "a selective one twice": {"selective_indexes": [*VALUE.selective_indexes[:-1], VALUE.selective_indexes[-2]]},
    "selective ones in another order": {"selective_indexes": VALUE.selective_indexes[::-1]},
    "a selective one that is text": {"selective_indexes": ["0"]},
    "another presentation header": {"presentation_header": b"x"},
    "a presentation header that is text": {"presentation_header": "x"},
}


@pytest.mark.parametrize("changes", CHANGES.values(), ids=CHANGES.keys())
def test_a_proof_value_that_lies_is_refused(changes: dict[str, object]) -> None:
    assert min(len(VALUE.labels), len(VALUE.mandatory_indexes), len(VALUE.selective_indexes), HIDDEN) > 1
    assert refusal_of(with_value(SMALL, **changes)) == "PROOF_VERIFICATION_ERROR"


@pytest.mark.parametrize("where", [*range(6), -1], ids=["Abar", "Bbar", "D", "e^", "r1^", "r3^", "challenge"])
def test_no_part_of_the_proof_can_be_another(where: int) -> None:
    theirs = BBSDerivedValue.parse(proof_of(bbs.derive(MINIMAL, ["/evidence"]))["proofValue"]).proof
    cuts = [0, 48, 96, 144, 176, 208, 240]
    start, end = (cuts[where], cuts[where + 1]) if where >= 0 else (len(VALUE.proof) - 32, len(VALUE.proof))
    taken = theirs[start:end] if where >= 0 else theirs[-32:]
    assert refusal_of(with_value(SMALL, proof=VALUE.proof[:start] + taken + VALUE.proof[end:])) in REFUSALS


@pytest.mark.parametrize("number", range(4, 10))
def test_optional_features_are_not_supported(number: int) -> None:
    data = base64url_decode(str(proof_of(SMALL)["proofValue"])[1:])
    value = f"u{base64url_encode(data[:2] + bytes([number]) + data[3:])}"
    assert refusal_of({**SMALL, "proof": {**proof_of(SMALL), "proofValue": value}}) == "UNSUPPORTED"
    with pytest.raises(ProofError) as refusal:
        bbs.derive({**MINIMAL, "proof": {**proof_of(MINIMAL), "proofValue": value}}, ["/name"])
    assert refusal.value.code == "UNSUPPORTED"


@pytest.mark.parametrize("header", ["d95d00", "d95d01", "d95d0a", "d95dff", "d95e03", "d94003", "835d03", "d9"])
def test_another_header_is_refused(header: str) -> None:
    data = base64url_decode(str(proof_of(SMALL)["proofValue"])[1:])
    value = f"u{base64url_encode(bytes.fromhex(header) + data[3:])}"
    for parse in (BBSBaseValue.parse, BBSDerivedValue.parse):
        with pytest.raises(ProofError) as refusal:
            parse(value)
        assert refusal.value.code == "PROOF_VERIFICATION_ERROR"
        assert refusal.value.pointer == "/proof/proofValue"


@given(st.data())
def test_bytes_that_were_changed_are_refused(data: st.DataObject) -> None:
    raw = bytearray(base64url_decode(str(proof_of(SMALL)["proofValue"])[1:]))
    start = data.draw(st.integers(0, len(raw) - 1))
    raw[start : start + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
    value = f"u{base64url_encode(bytes(raw))}"
    if value != proof_of(SMALL)["proofValue"]:
        changed = {**SMALL, "proof": {**proof_of(SMALL), "proofValue": value}}
        assert refusal_of(changed) in ("PROOF_VERIFICATION_ERROR", "UNSUPPORTED")


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for header in (b"\xd9\x5d\x02", b"\xd9\x5d\x03", b"\xd9\x5d\x03\x85"):
        for parse in (BBSBaseValue.parse, BBSDerivedValue.parse):
            with pytest.raises(ProofError):
                parse("u" + base64url_encode(header + data))


@given(
    st.binary(max_size=300),
    st.dictionaries(st.integers(0, 2**64 - 1), st.integers(0, 300)),
    st.sets(st.integers(0, 99)),
)
def test_the_cbor_is_what_others_read_and_write(proof: bytes, labels: dict[int, int], indexes: set[int]) -> None:
    cbor2 = pytest.importorskip("cbor2")
    distinct = {node: number for number, node in enumerate(labels)}
    derived = BBSDerivedValue(proof, distinct, sorted(indexes), sorted(indexes), proof)
    data = base64url_decode(derived.serialize()[1:])
    parts = [proof, distinct, sorted(indexes), sorted(indexes), proof]
    assert data == b"\xd9\x5d\x03" + cbor2.dumps(parts, canonical=True)
    assert BBSDerivedValue.parse(derived.serialize()) == derived
    whole = BBSBaseValue(bytes(80), bytes(64), bytes(96), bytes(32), ["/issuer", "ü" * 150])
    data = base64url_decode(whole.serialize()[1:])
    assert data == b"\xd9\x5d\x02" + cbor2.dumps([bytes(80), bytes(64), bytes(96), bytes(32), ["/issuer", "ü" * 150]])
    assert BBSBaseValue.parse(whole.serialize()) == whole


def test_a_base_proof_is_not_verified_and_what_is_derived_is_not_derived_from() -> None:
    assert refusal_of(BASE) == "PROOF_VERIFICATION_ERROR"
    with pytest.raises(ProofError) as refusal:
        bbs.derive(DERIVED, ["/name"])
    assert refusal.value.code == "PROOF_VERIFICATION_ERROR"


def with_base(**changes: object) -> JSONObject:
    value = replace(BBSBaseValue.parse(proof_of(MINIMAL)["proofValue"]), **changes)  # type: ignore[arg-type]
    return {**MINIMAL, "proof": {**proof_of(MINIMAL), "proofValue": value.serialize()}}


@pytest.mark.parametrize(
    "changes",
    [
        {"signature": IDENTITY + b"\1" * 32},
        {"signature": bytes(80)},
        {"signature": bytes(79)},
        {"header": bytes(64)},
        {"header": bytes(63)},
        {"public_key": OTHER.public_key.multikey.encode()[:96]},
        {"public_key": b"\xc0" + bytes(95)},
        {"public_key": bytes(97)},
        {"hmac_key": bytes(32)},
        {"hmac_key": bytes(31)},
        {"mandatory_pointers": ["/issuer"]},
        {"mandatory_pointers": ["/nothing"]},
        {"mandatory_pointers": [7]},
    ],
)
def test_a_base_proof_that_does_not_fit_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ProofError) as refusal:
        bbs.derive(with_base(**changes), ["/name"])
    assert refusal.value.code == "PROOF_VERIFICATION_ERROR"


def test_a_base_proof_of_another_document_is_refused() -> None:
    for document in (badge(KEY.did), {**rich(), "awardedDate": "2026-05-01T09:30:00Z"}):
        with pytest.raises(ProofError) as refusal:
            bbs.derive({**document, "proof": MINIMAL["proof"]}, ["/credentialSubject"])
        assert refusal.value.code == "PROOF_VERIFICATION_ERROR"
    changed = {**proof_of(MINIMAL), "expires": "2031-05-01T09:30:00Z"}
    with pytest.raises(ProofError) as refusal:
        bbs.derive({**rich(), "proof": changed}, ["/credentialSubject"])
    assert refusal.value.code == "PROOF_VERIFICATION_ERROR"


# How much work a proof may ask for


@pytest.mark.parametrize("suite", [bbs, ecdsa_sd])
def test_the_statements_of_a_proof_are_bounded(suite: selective._Suite) -> None:
    key = KEY if suite is bbs else mc.SigningKey.generate("P-256")
    signed = selective.add_base_proof(rich(), key, verification_method=key.verification_method)
    derived = suite.derive(signed, [""])
    shown = len(canonicalize(rich()).lines)
    few = mc.Limits(max_statements=10)
    with pytest.raises(SigningError) as by_issuer:
        selective.add_base_proof(rich(), key, verification_method=key.verification_method, limits=few)
    with pytest.raises(SigningError) as by_holder:
        suite.derive(signed, [""], limits=few)
    with pytest.raises(ProofError) as by_verifier:
        selective.verify_derived(derived, key.public_key, limits=few)
    assert {each.value.code for each in (by_issuer, by_holder)} == {by_verifier.value.code} == {"TOO_COMPLEX"}
    enough = mc.Limits(max_statements=shown)
    selective.verify_derived(suite.derive(signed, [""], limits=enough), key.public_key, limits=enough)


def test_hidden_messages_count_before_anything_is_computed() -> None:
    proof = VALUE.proof + 32 * b"\1" * LIMITS.max_statements
    assert refusal_of(with_value(SMALL, proof=proof)) == "TOO_COMPLEX"


def test_a_big_badge_is_within_the_bound() -> None:
    document = badge(KEY.did)
    subject = as_object(document["credentialSubject"])
    subject["result"] = [{"type": ["Result"], "value": str(number)} for number in range(150)]
    signed = base(document)
    assert len(canonicalize(document).lines) > 400
    derived = bbs.derive(signed, [f"/credentialSubject/result/{number}" for number in range(0, 150, 2)])
    bbs.verify_derived(derived, KEY.public_key)


# One front for both suites


def test_the_key_and_the_proof_say_the_suite() -> None:
    curve = mc.SigningKey.generate("P-256")
    for key, name in ((KEY, bbs.NAME), (curve, ecdsa_sd.NAME)):
        signed = selective.add_base_proof(rich(), key, verification_method=key.verification_method)
        assert proof_of(signed)["cryptosuite"] == name
        assert selective.is_selective(proof_of(signed))
        derived = selective.derive(signed, ["/name"])
        selective.verify_derived(derived, key.public_key)
        selective.check_derived(
            derived, proof_of(derived), key.public_key, proof_purpose="assertionMethod", contexts=None, limits=LIMITS
        )
    listed: JSONObject = {"type": "DataIntegrityProof", "cryptosuite": ["bbs-2023"]}
    for document in (rich(), {**rich(), "proof": listed}):
        with pytest.raises(ProofError) as refusal:
            selective.derive(document, ["/name"])
        assert refusal.value.code == "UNSUPPORTED"


def test_base_proofs_of_both_suites_can_stand_side_by_side() -> None:
    curve = mc.SigningKey.generate("P-256")
    both = selective.add_base_proof(BASE, curve, verification_method=curve.verification_method)
    with pytest.raises(ProofError) as refusal:
        selective.derive(both, ["/name"])
    assert refusal.value.code == "PROOF_VERIFICATION_ERROR"
    for suite, key in ((bbs, KEY), (ecdsa_sd, curve)):
        derived = suite.derive(both, ["/name"])
        selective.verify_derived(derived, key.public_key)
        with pytest.raises(ProofError) as refusal:
            suite.verify_derived(
                {**derived, "proof": {**proof_of(derived), "cryptosuite": "eddsa-rdfc-2022"}}, key.public_key
            )
        assert refusal.value.code == "UNSUPPORTED"
    for proof in cast(list[JSONObject], both["proof"]):
        assert proof_of(selective.derive(both, ["/name"], proof=proof))["cryptosuite"] == proof["cryptosuite"]


def test_a_proof_of_another_suite_is_refused_by_the_front() -> None:
    key = mc.SigningKey.from_seed(bytes(32))
    signed = mc.signing.add_proof(rich(), key, verification_method=key.verification_method)
    for proof in (None, proof_of(signed)):
        with pytest.raises(ProofError) as refusal:
            selective.verify_derived(signed, key.public_key, proof=proof)
        assert refusal.value.code == "UNSUPPORTED"
    with pytest.raises(ProofError) as refusal:
        selective.check_derived(
            signed, proof_of(signed), key.public_key, proof_purpose="assertionMethod", contexts=None, limits=LIMITS
        )
    assert refusal.value.code == "UNSUPPORTED"


# Under the verifier's judgement, and elsewhere


def test_a_derived_badge_is_verified_as_any_badge() -> None:
    signed = selective.add_base_proof(badge(KEY.did, name="Rust"), KEY, verification_method=KEY.verification_method)
    shown = selective.derive(signed, ["/name"])
    verifier = mc.Verifier(trusted_issuers={KEY.did})
    assert verifier.check(shown, at=AT).verified
    assert verifier.check({**shown, "name": "Python"}, at=AT)["proof"].code == "PROOF_VERIFICATION_ERROR"
    assert verifier.check(signed, at=AT)["proof"].outcome == "failed"
    assert not mc.Verifier(trusted_issuers={OTHER.did}).check(shown, at=AT)


def test_other_ways_to_sign_refuse_such_a_key() -> None:
    with pytest.raises(SigningError, match="bbs"):
        mc.sign(badge(KEY.did), KEY)
    with pytest.raises(InvalidKeyError, match="bbs"):
        mc.sign_jwt(badge(KEY.did), KEY)
    with pytest.raises(InvalidKeyError, match="bbs"):
        mc.signing.encode_jwt(badge(KEY.did), KEY, kid=KEY.verification_method)


def test_without_the_extra_the_errors_name_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "py_arkworks_bls12381", None)
    secret = KEY.to_multikey()
    # What is read, and not used, needs no extra.
    assert mc.PublicKey.from_did(KEY.did).type == "BLS12-381"
    with pytest.raises(InvalidKeyError, match=r"microcred\[bbs\]"):
        mc.SigningKey.generate("BLS12-381")
    with pytest.raises(InvalidKeyError, match=r"microcred\[bbs\]"):
        mc.SigningKey.from_multikey(secret)
    with pytest.raises(SigningError, match=r"microcred\[bbs\]") as signing:
        base(rich())
    with pytest.raises(SigningError, match=r"microcred\[bbs\]") as deriving:
        bbs.derive(BASE, ["/name"])
    with pytest.raises(ProofError, match=r"microcred\[bbs\]") as verifying:
        bbs.verify_derived(DERIVED, KEY.public_key)
    assert signing.value.code == deriving.value.code == verifying.value.code == "UNSUPPORTED"
    shown = {**DERIVED, "issuer": {**as_object(DERIVED["issuer"]), "id": KEY.did}}
    check = mc.Verifier(trusted_issuers={KEY.did}, inline_contexts=True).check(shown, at=AT)["proof"]
    assert (check.outcome, check.code) == ("indeterminate", "UNSUPPORTED")


def test_the_extra_is_loaded_only_when_it_is_used() -> None:
    code = (
        "import sys; from microcred.signing import bbs, selective; import microcred as mc; "
        f"mc.PublicKey.from_did({KEY.did!r}); print('py_arkworks_bls12381' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
