"""Reading is lossless: what a document says, the model gives back with equal values of equal types."""

from __future__ import annotations

import base64
import copy
import json
import pickle
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

import microcred as mc
from microcred import models
from microcred.documents import judge
from microcred.errors import DocumentError
from microcred.json import JSONObject, JSONValue
from microcred.models import CREDENTIALS_V2, Model
from microcred.models._base import wire_name
from tests.make import badge, signed
from tests.strategies import (
    at,
    effort,
    full_badge,
    full_endorsement,
    objects,
    texts,
    values,
    walk,
    with_value,
    without,
)
from tests.support import identical, load_json

ACHIEVEMENT = ("credentialSubject", "achievement")


def losses(document: JSONObject) -> list[str]:
    """Return the ways in which a document that can be read does not come back as it was."""
    model = mc.parse(document)
    again = mc.parse(model.model_dump())
    ways: dict[str, object] = {
        "dump": model.model_dump(),
        "JSON": json.loads(model.model_dump_json()),
        "read again": again.model_dump(),
        "read again as text": mc.parse(model.model_dump_json()).model_dump(),
        "pickle": pickle.loads(pickle.dumps(model)).model_dump(),
        "copy": copy.deepcopy(model).model_dump(),
        "model copy": model.model_copy(deep=True).model_dump(),
        "shallow copy": model.model_copy().model_dump(),
    }
    found = [name for name, value in ways.items() if not identical(value, document)]
    return found if again == model else [*found, "equality"]


# The third-party documents


def payload(token: str) -> JSONValue:
    """Return the payload of a JWT."""
    part = token.strip().split(".")[1]
    return cast("JSONValue", json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))))


def bodies(path: Path) -> Iterator[tuple[str, JSONValue]]:
    """Return the credentials and presentations in recorded requests and their answers."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines()):
        record = json.loads(line)
        for side in ("body", "answer"):
            try:
                content = json.loads(record[side])
            except ValueError:  # some requests are not JSON on purpose
                continue
            if isinstance(content, dict):
                for name in ("credential", "verifiableCredential", "verifiablePresentation"):
                    yield f"{path.name}:{number}:{side}:{name}", content.get(name)
                yield f"{path.name}:{number}:{side}", content


def corpus(folder: Path) -> Iterator[tuple[str, JSONValue]]:
    """Return every JSON document below a folder, with its name."""
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".json", ".1ob") or path.name == "testlist":
            yield path.name, json.loads(path.read_text(encoding="utf-8"))
        elif path.suffix == ".jwt":
            content = payload(path.read_text(encoding="utf-8"))
            yield path.name, content
            yield f"{path.name}#vc", content.get("vc") if isinstance(content, dict) else None
        elif path.suffix == ".jsonl":
            yield from bodies(path)


def readable(document: JSONValue) -> bool:
    """Tell whether parse takes a document."""
    if not isinstance(document, dict):
        return False
    try:
        mc.parse(document)
    except DocumentError:
        return False
    return True


def test_every_third_party_document_that_is_read_comes_back(shared: Path) -> None:
    accepted = [(name, cast("JSONObject", value)) for name, value in corpus(shared / "vectors") if readable(value)]
    print(f"{len(accepted)} documents were read")
    assert len(accepted) >= 150
    lost = {name: found for name, value in accepted if (found := losses(value))}
    assert lost == {}


def test_every_object_inside_the_third_party_badges_comes_back_on_its_own(shared: Path) -> None:
    seen = 0
    for _, value in corpus(shared / "vectors" / "ob3" / "samples"):
        for _, item in walk(value):
            if readable(item):
                seen += 1
                assert losses(cast("JSONObject", item)) == []
    assert seen >= 150


def test_samples_that_are_expected_to_verify_are_read(shared: Path) -> None:
    folder = shared / "vectors" / "ob3"
    manifest = load_json(folder / "manifest.json")
    samples = [
        sample
        for sample in cast("list[dict[str, JSONValue]]", manifest["samples"])
        if sample["kind"] == "json"
        and str(sample["group"]).startswith(("validator-ob30", "dcc-"))
        and cast("JSONObject", sample["expected"])["outcome"] in ("valid", "warning", "verifies", "verified")
    ]
    assert len(samples) >= 45
    assert [sample["file"] for sample in samples if not readable(load_json(folder / str(sample["file"])))] == []


def test_presentations_of_the_dcc_tests_are_read(shared: Path) -> None:
    for line in (shared / "vectors" / "vc-api" / "vc-data-model-2.0-test-suite.jsonl").read_text().splitlines():
        record = json.loads(line)
        if record["status"] == 200 and record["path"] == "/presentations/verify":
            presentation = json.loads(record["body"])["verifiablePresentation"]
            if presentation["type"] != "EnvelopedVerifiablePresentation":
                assert losses(presentation) == []


# Unknown members

_UNKNOWN: JSONValue = {"a": [1, 1.0, True, None, "1", [], {}, [[0]]], "type": "Whatever", "@context": {"b": None}}


def test_unknown_members_stay_at_every_level() -> None:
    document = full_badge()
    for path in objects(document):
        changed = with_value(document, (*path, "x-own"), _UNKNOWN)
        assert losses(changed) == [], path


@pytest.mark.parametrize(
    "value",
    [
        0,
        -1,
        3,
        3.0,
        -0.0,
        1e21,
        1e-7,
        5e-324,
        1.7976931348623157e308,
        2**53 + 1,
        2**63,
        -(2**64),
        10**40,
        True,
        False,
        None,
        "",
        "\x00\x1f\x7f\u2028\ufeff\U0010ffff",
        [],
        {},
        [None],
        [[], [[]], {}],
        {"": {"": None}},
    ],
    ids=repr,
)
def test_values_of_unknown_members_keep_their_types(value: JSONValue) -> None:
    assert losses({**badge(), "own": value}) == []
    assert losses(with_value(badge(), (*ACHIEVEMENT, "own"), value)) == []
    assert losses({**_presentation(), "verifiableCredential": [{"own": value}]}) == []
    assert losses({**_did_document(), "service": [{"id": "#s", "type": "S", "serviceEndpoint": value}]}) == []
    assert losses({**_presentation(), "@context": [CREDENTIALS_V2, {"own": value}]}) == []


def _presentation() -> JSONObject:
    return {"@context": [CREDENTIALS_V2], "type": ["VerifiablePresentation"], "holder": "did:example:holder"}


def _did_document() -> JSONObject:
    return {
        "id": "did:web:example.edu",
        "verificationMethod": [{"id": "#1", "type": "Multikey", "publicKeyMultibase": "z6Mk"}],
        "assertionMethod": ["#1", {"id": "#2", "type": "JsonWebKey", "publicKeyJwk": {"kty": "OKP"}}],
    }


@pytest.mark.parametrize(
    "name",
    [
        *("model_dump", "model_config", "model_fields", "model_extra", "copy", "json", "dict", "schema", "rules"),
        *("closed", "self", "cls", "__class__", "__dict__", "__pydantic_extra__", "_nulls", "_bare", "_own", "lexical"),
        *("", " ", "a/b", "a~b", "@graph", "@included", "é", "\x00", "None", "0", "VALIDFROM", "validfrom", "Name"),
    ],
    ids=repr,
)
def test_unknown_members_may_have_any_name(name: str) -> None:
    values: list[JSONValue] = ["text", None, [1, 2.0]]
    for value in values:
        for path in ((), ("issuer",), ("credentialSubject",), ACHIEVEMENT, (*ACHIEVEMENT, "criteria")):
            assert losses(with_value(badge(), (*path, name), value)) == []


_PYTHON_NAMES = sorted(
    {
        (model.__name__, name)
        for model in map(vars(models).get, models.__all__)
        if isinstance(model, type) and issubclass(model, Model)
        for name in model.model_fields
        if wire_name(name) != name
    }
)


@pytest.mark.parametrize(
    ("path", "owner"),
    [
        ((), "AchievementCredential"),
        (("issuer",), "Profile"),
        (("credentialSubject",), "AchievementSubject"),
        (ACHIEVEMENT, "Achievement"),
        ((*ACHIEVEMENT, "resultDescription", 0), "ResultDescription"),
        ((*ACHIEVEMENT, "resultDescription", 0, "alignment", 0), "Alignment"),
        (("issuer", "address"), "Address"),
        (("credentialSubject", "identifier", 0), "IdentityObject"),
    ],
)
def test_a_member_with_the_python_name_of_a_field_is_an_unknown_member(path: tuple[str | int, ...], owner: str) -> None:
    for name in sorted(name for model, name in _PYTHON_NAMES if model == owner):
        document = full_badge()
        # Beside the member that the field is for, and without it.
        assert losses(with_value(document, (*path, name), "text")) == []
        holder = cast("JSONObject", at(document, path))
        value = holder.pop(wire_name(name), "2026-05-01T09:30:00Z")
        if readable(document):
            holder[name] = value
            assert losses(document) == []


@pytest.mark.parametrize(
    ("wire", "python"),
    [("validFrom", "valid_from"), ("credentialSubject", "credential_subject"), ("@context", "context")],
)
def test_a_required_member_under_its_python_name_is_missing(wire: str, python: str) -> None:
    document = badge()
    document[python] = document.pop(wire)
    assert f"/{wire}" in [problem.pointer for problem in judge(document)]
    with pytest.raises(DocumentError) as caught:
        mc.parse(document)
    assert [(problem.code, problem.pointer) for problem in caught.value.problems] == [
        ("MALFORMED_VALUE_ERROR", f"/{wire}")
    ]


# Null, one or many


def test_null_members_stay_at_every_level() -> None:
    document = full_badge()
    for path in objects(document):
        assert losses(with_value(document, (*path, "x-own"), None)) == [], path


def test_known_members_that_are_null_stay() -> None:
    document = full_badge()
    count = 0
    for path in objects(document):
        for name in cast("JSONObject", at(document, path)):
            changed = with_value(document, (*path, name), None)
            if readable(changed):
                count += 1
                assert losses(changed) == [], (*path, name)
    assert count > 60


@pytest.mark.parametrize(
    "name", ["validUntil", "proof", "evidence", "credentialStatus", "termsOfUse", "name", "image", "awardedDate"]
)
def test_absent_members_that_are_written_as_null_stay(name: str) -> None:
    document: JSONObject = {**badge(), name: None}
    assert losses(document) == []
    model = mc.parse(document)
    assert getattr(model, _python_name(model, name)) is None


def _python_name(model: Model, wire: str) -> str:
    return next(name for name in type(model).model_fields if wire_name(name) == wire)


def test_every_array_may_be_a_lone_value_and_stays_one() -> None:
    document = full_badge()
    document |= {"credentialStatus": [{"type": "X"}], "proof": [{"type": "X"}], "refreshService": []}
    arrays = [path for path, value in walk(document) if isinstance(value, list)]
    assert len(arrays) > 40
    for path in arrays:
        value = cast("list[JSONValue]", at(document, path))
        for variant in ([], value[:1], value[:1] * 2, *value[:1]):
            changed = with_value(document, path, variant)
            if not readable(changed):
                # A document without a type is of no class.
                assert (variant, path) == ([], ("type",))
                continue
            assert losses(changed) == [], (path, variant)


@pytest.mark.parametrize(
    "name", ["credentialSchema", "credentialStatus", "refreshService", "termsOfUse", "evidence", "relatedResource"]
)
def test_members_of_any_credential_stay_one_or_many(name: str) -> None:
    item: JSONObject = {"id": "https://example.edu/1", "type": "X", "digestSRI": "sha256-x"}
    generic: JSONObject = {
        "@context": [CREDENTIALS_V2],
        "type": "VerifiableCredential",
        "issuer": "did:example:i",
        "credentialSubject": [{"a": 1}, {"b": None}],
    }
    for document in (badge(), generic, full_endorsement()):
        for value in (item, [item], [item, item], [], None, {**item, "type": ["X"]}, [{**item, "type": ["X", "Y"]}]):
            assert losses({**document, name: cast("JSONValue", value)}) == []


def test_subjects_stay_one_or_many() -> None:
    generic: JSONObject = {
        "@context": CREDENTIALS_V2,
        "type": "VerifiableCredential",
        "issuer": {"id": "did:example:i"},
    }
    several: JSONValue = [{"id": "did:example:1"}, {"id": "did:example:2", "x": 1.0}]
    forms: list[JSONValue] = [{}, [], [{}], {"a": None}, several]
    for form in forms:
        assert losses({**generic, "credentialSubject": form}) == []


def test_references_to_keys_stay_references_or_objects() -> None:
    for name in ("assertionMethod", "authentication", "keyAgreement", "capabilityInvocation", "capabilityDelegation"):
        method: JSONObject = {"id": "#2", "type": ["Multikey"], "controller": "did:web:example.edu", "own": 1.0}
        for value in ("#1", ["#1"], method, [method], ["#1", method], [], None):
            assert losses({**_did_document(), name: cast("JSONValue", value)}) == []


def test_language_objects_stay_text_or_object_or_list() -> None:
    generic = {"@context": CREDENTIALS_V2, "type": "VerifiableCredential", "issuer": "i", "credentialSubject": {"a": 1}}
    text: JSONObject = {"@value": "Grado", "@language": "es", "@direction": "ltr"}
    for name in ("name", "description"):
        for value in ("Degree", text, {"@value": ""}, [text, "Degree"], [text], ["Degree"], [], {**text, "own": None}):
            assert losses(cast("JSONObject", {**generic, name: value})) == []


# Spellings


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-05-01T09:30:00Z", datetime(2026, 5, 1, 9, 30, tzinfo=UTC)),
        ("2026-05-01T09:30:00+00:00", datetime(2026, 5, 1, 9, 30, tzinfo=UTC)),
        ("2026-05-01T09:30:00-00:00", datetime(2026, 5, 1, 9, 30, tzinfo=UTC)),
        ("2026-05-01T15:00:00+05:30", datetime(2026, 5, 1, 9, 30, tzinfo=UTC)),
        ("2026-05-01T09:30:00.0Z", datetime(2026, 5, 1, 9, 30, tzinfo=UTC)),
        ("2026-05-01T09:30:00.5Z", datetime(2026, 5, 1, 9, 30, 0, 500_000, tzinfo=UTC)),
        ("2026-05-01T09:30:00.123456789Z", datetime(2026, 5, 1, 9, 30, 0, 123_456, tzinfo=UTC)),
        ("2026-05-01t09:30:00z", datetime(2026, 5, 1, 9, 30, tzinfo=UTC)),
        ("2026-05-01T09:30:00z", datetime(2026, 5, 1, 9, 30, tzinfo=UTC)),
        ("2026-05-01T24:00:00Z", datetime(2026, 5, 2, tzinfo=UTC)),
        ("2026-12-31T24:00:00.000Z", datetime(2027, 1, 1, tzinfo=UTC)),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59-14:00", None),
        ("2026-05-01T09:30:00", None),
    ],
)
def test_dates_are_moments_and_keep_their_spelling(text: str, moment: datetime | None) -> None:
    document = with_value(badge(), ("credentialSubject", "activityStartDate"), text)
    document |= {"validFrom": text, "validUntil": text, "awardedDate": text, "proof": {"created": text, "type": "X"}}
    assert losses(document) == []
    credential = mc.parse(document)
    assert isinstance(credential, mc.AchievementCredential)
    assert isinstance(credential.valid_from, mc.DateTime)
    assert credential.valid_from.lexical == text
    assert credential.credential_subject.activity_start_date == credential.valid_from
    if moment is not None:
        assert credential.valid_from == moment


def test_dates_of_the_data_model_1_keep_their_spelling_and_speak_its_successors_words() -> None:
    document: JSONObject = {
        **badge(validFrom=None),
        "@context": ["https://www.w3.org/2018/credentials/v1"],
        "issuanceDate": "2026-05-01T09:30:00+00:00",
        "expirationDate": "2027-05-01T09:30:00.00Z",
    }
    assert losses(document) == []
    credential = mc.parse(document)
    assert isinstance(credential, mc.AchievementCredentialV1p1)
    assert credential.valid_from == credential.issuance_date == datetime(2026, 5, 1, 9, 30, tzinfo=UTC)
    assert credential.valid_until == credential.expiration_date == datetime(2027, 5, 1, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.edu",
        "https://example.edu/",
        "HTTPS://Example.EDU:443/%7efoo/../bar?q=a b#é",
        "https://xn--exmple-cua.edu",
        "did:web:example.edu#key-1",
        "not a URL",
        "",
        " https://example.edu ",
    ],
)
def test_urls_keep_their_spelling(url: str) -> None:
    document = full_badge()
    for path, value in walk(full_badge()):
        if path[-1:] == ("id",) or str(path[-1:]).lower().endswith("url',)"):
            assert isinstance(value, str)
            document = with_value(document, path, url)
    assert losses(document) == []
    assert losses({**document, "id": url, "issuer": url, "image": url}) == []


def test_issuer_and_image_stay_bare() -> None:
    document = with_value(full_badge(), ("issuer", "image"), "https://example.edu/logo.png")
    assert losses(document) == []
    credential = mc.parse(document)
    assert isinstance(credential, mc.AchievementCredential)
    assert credential.issuer.image is not None
    assert credential.issuer.image.id == "https://example.edu/logo.png"
    document = with_value(document, ("credentialSubject", "image"), "https://example.edu/1.png")
    document = with_value(document, (*ACHIEVEMENT, "image"), "data:image/png;base64,iVBORw0KGgo=")
    document |= {"image": "https://example.edu/2.png", "issuer": "did:example:issuer"}
    assert losses(document) == []
    credential = mc.parse(document)
    assert isinstance(credential, mc.AchievementCredential)
    assert credential.issuer.id == "did:example:issuer"
    assert credential.issuer.name is None
    assert losses(_presentation()) == []
    assert losses({**_presentation(), "holder": {"id": "did:example:h", "name": "Ada"}}) == []


@pytest.mark.parametrize("number", [3, 3.0, 2.5, 0, -0.0, 1e21, 10**21, 2**60, -7, 1e-320])
def test_whole_numbers_and_fractions_stay_apart(number: float) -> None:
    document = with_value(full_badge(), ("credentialSubject", "creditsEarned"), number)
    document = with_value(document, (*ACHIEVEMENT, "creditsAvailable"), number)
    document = with_value(document, ("issuer", "address", "geo", "latitude"), number)
    assert losses(document) == []
    text = json.dumps(document)
    assert identical(mc.parse(text).model_dump(), document)
    assert repr(mc.parse(text).model_dump()["credentialSubject"]["creditsEarned"]) == repr(number)


def test_status_indexes_stay_numbers_or_text() -> None:
    for index in (23, "23", 0, 2**40):
        status: JSONObject = {"type": "BitstringStatusListEntry", "statusListIndex": index, "statusSize": 1}
        assert losses({**badge(), "credentialStatus": status}) == []


def test_the_order_of_members_is_free() -> None:
    document = full_badge()
    backwards = cast("JSONObject", _reversed(document))
    assert list(backwards) != list(document)
    assert losses(backwards) == []
    assert mc.parse(backwards) == mc.parse(document)


def _reversed(value: JSONValue) -> JSONValue:
    if isinstance(value, dict):
        return {name: _reversed(item) for name, item in reversed(value.items())}
    return [_reversed(item) for item in value] if isinstance(value, list) else value


def test_a_lone_type_stays_lone() -> None:
    document = full_badge()
    for path, value in walk(full_badge()):
        if path[-1:] == ("type",):
            lone: JSONValue = value[-1] if isinstance(value, list) else [value]
            document = with_value(document, path, "AchievementCredential" if path == ("type",) else lone)
    assert losses(document) == []


def test_reading_adds_nothing_that_a_fresh_object_gets() -> None:
    document = full_badge()
    for path in [path for path in objects(document) if "type" in cast("JSONObject", at(document, path))]:
        changed = copy.deepcopy(document)
        del cast("JSONObject", at(changed, path))["type"]
        if readable(changed):
            assert losses(changed) == [], path
    generic: JSONObject = {"@context": [], "type": "VerifiableCredential", "issuer": "i", "credentialSubject": {}}
    assert losses(generic) == []
    assert losses({"id": "did:web:example.edu", "verificationMethod": []}) == []


@effort(2)
@given(st.data())
def test_whatever_is_read_comes_back(data: st.DataObject) -> None:
    document = full_badge()
    for _ in range(data.draw(st.integers(1, 3))):
        paths = [path for path, _ in walk(document) if path]
        path = data.draw(st.sampled_from(paths))
        action = data.draw(st.sampled_from(["replace", "add", "lone", "remove"]))
        value = at(document, path)
        if action == "replace":
            document = with_value(document, path, data.draw(values()))
        elif action == "add" and isinstance(value, dict):
            document = with_value(document, (*path, data.draw(texts())), data.draw(values()))
        elif action == "lone":
            document = with_value(document, path, [value] if not isinstance(value, list) else (value or [None])[0])
        elif action == "remove":
            document = without(document, path)
    if readable(document):
        assert losses(document) == []


# After reading


def test_what_is_assigned_later_is_written_in_place_of_null() -> None:
    credential = mc.parse({**badge(), "validUntil": None, "name": None})
    assert isinstance(credential, mc.AchievementCredential)
    credential.valid_until = mc.DateTime.parse("2030-01-01T00:00:00+00:00")
    credential.name = "Rust"
    dumped = credential.model_dump()
    assert (dumped["validUntil"], dumped["name"]) == ("2030-01-01T00:00:00+00:00", "Rust")


def test_what_is_added_to_a_lone_value_makes_an_array() -> None:
    document: JSONObject = {**badge(), "evidence": {"id": "https://example.edu/1", "type": "Evidence"}}
    credential = mc.parse(document)
    assert isinstance(credential, mc.AchievementCredential)
    assert credential.evidence is not None
    credential.evidence.append(mc.Evidence(id="https://example.edu/2"))
    assert credential.model_dump()["evidence"] == [
        {"id": "https://example.edu/1", "type": "Evidence"},
        {"id": "https://example.edu/2", "type": ["Evidence"]},
    ]


def test_the_model_shares_nothing_with_the_document() -> None:
    document = signed()
    before = copy.deepcopy(document)
    model = mc.parse(document)
    dumped = model.model_dump()
    cast("list[JSONValue]", dumped["@context"]).append({})
    cast("list[JSONValue]", document["type"]).append("More")
    assert identical(model.model_dump(), before)


def test_parsing_a_model_reads_it_anew() -> None:
    model = mc.parse(full_badge())
    again = mc.parse(model)
    assert again == model
    assert again is not model


def test_text_and_bytes_are_read_like_the_dict(shared: Path) -> None:
    for document in [full_badge(), *samples(shared)]:
        text = json.dumps(document, ensure_ascii=False, indent=1)
        for form in (text, text.encode(), "\ufeff" + text, b"\xef\xbb\xbf" + text.encode(), json.dumps(document)):
            assert identical(mc.parse(form).model_dump(), document)


def samples(shared: Path) -> list[JSONObject]:
    folder = shared / "vectors" / "ob3" / "samples" / "validator" / "ob30"
    return [load_json(folder / name) for name in ("simple.json", "complete.json", "simple_v1.json")]
