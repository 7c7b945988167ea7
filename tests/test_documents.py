"""Reading documents: which model they become, and where their problems are."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import cast

import pytest
from pydantic import ValidationError

import microcred as mc
from microcred import models
from microcred.documents import build, is_v1, judge, to_document
from microcred.errors import DocumentError
from microcred.json import JSONObject, JSONValue, pointer
from microcred.limits import Limits
from microcred.models import CLR_CONTEXT, CREDENTIALS_V1, CREDENTIALS_V2, OPEN_BADGES_CONTEXT
from tests.make import badge, signed, v1_badge
from tests.strategies import at, full_badge, full_endorsement, objects, walk, with_value, without
from tests.support import identical, load_json, problems_of

MALFORMED = "MALFORMED_VALUE_ERROR"
ACHIEVEMENT = ("credentialSubject", "achievement")


def generic(**members: JSONValue) -> JSONObject:
    """Return a credential of no class in particular; None leaves a member out."""
    document: JSONObject = {
        "@context": [CREDENTIALS_V2],
        "type": ["VerifiableCredential"],
        "issuer": "did:example:issuer",
        "credentialSubject": {"id": "did:example:subject"},
        **members,
    }
    return {name: value for name, value in document.items() if value is not None}


def did_document(**members: JSONValue) -> JSONObject:
    """Return a DID document."""
    return {"id": "did:web:example.edu", "verificationMethod": [{"id": "#1", "type": "Multikey"}], **members}


def found(document: JSONObject) -> list[str]:
    """Return the pointers of all problems that reading or, where it reads, judging finds; sorted, each once."""
    try:
        assert identical(mc.parse(document).model_dump(), document)
    except DocumentError as error:
        assert {problem.code for problem in error.problems} == {MALFORMED}
        read = {problem.pointer for problem in error.problems}
        judged = {problem.pointer for problem in judge(document)}
        assert read <= judged
        return sorted(judged)
    return sorted({problem.pointer for problem in judge(document)})


# Which model


@pytest.mark.parametrize(
    ("types", "model"),
    [
        (["VerifiableCredential", "AchievementCredential"], models.AchievementCredential),
        (["VerifiableCredential", "OpenBadgeCredential"], models.AchievementCredential),
        (["OpenBadgeCredential", "VerifiableCredential", "AchievementCredential"], models.AchievementCredential),
        ("AchievementCredential", models.AchievementCredential),
        (["VerifiableCredential", "https://example.edu/types#Own"], models.VerifiableCredential),
        ("VerifiableCredential", models.VerifiableCredential),
    ],
)
def test_the_type_names_the_model(types: JSONValue, model: type[models.Model]) -> None:
    assert type(mc.parse(badge(type=types))) is model


def test_endorsements_are_endorsements() -> None:
    assert type(mc.parse(full_endorsement())) is models.EndorsementCredential
    first: JSONValue = [CREDENTIALS_V1, OPEN_BADGES_CONTEXT]
    old: JSONObject = {**full_endorsement(), "@context": first, "issuanceDate": "2020-01-01T00:00:00Z"}
    assert type(mc.parse(old)) is models.EndorsementCredentialV1p1


def test_endorsements_in_a_badge_are_of_the_data_model_that_their_own_context_names() -> None:
    first: JSONValue = [CREDENTIALS_V1, OPEN_BADGES_CONTEXT]
    old: JSONObject = {**full_endorsement(), "@context": first, "issuanceDate": "2020-01-01T00:00:00Z"}
    credential = mc.parse({**badge(), "endorsement": [full_endorsement(), old]})
    assert isinstance(credential, mc.AchievementCredential)
    kinds = [type(endorsement) for endorsement in credential.endorsement or []]
    assert kinds == [models.EndorsementCredential, models.EndorsementCredentialV1p1]


def test_learner_records_are_learner_records() -> None:
    record: JSONObject = {
        "@context": [CREDENTIALS_V2, CLR_CONTEXT, OPEN_BADGES_CONTEXT],
        "id": "urn:uuid:1",
        "type": ["VerifiableCredential", "ClrCredential"],
        "name": "Record",
        "issuer": {"id": "did:example:issuer", "type": ["Profile"]},
        "validFrom": "2026-05-01T09:30:00Z",
        "credentialSubject": {
            "id": "did:example:learner",
            "type": ["ClrSubject"],
            "verifiableCredential": [badge(), full_endorsement()],
        },
    }
    assert type(mc.parse(record)) is models.ClrCredential
    assert judge(record) == ()


def test_status_lists_are_status_lists() -> None:
    entries: JSONObject = {
        "id": "https://example.edu/status/1#list",
        "type": "BitstringStatusList",
        "statusPurpose": "revocation",
        "encodedList": "uH4sIAAAAAAAAA",
    }
    document = generic(type=["VerifiableCredential", "BitstringStatusListCredential"], credentialSubject=entries)
    assert type(mc.parse(document)) is models.BitstringStatusListCredential
    assert judge(document) == ()
    assert found(with_value(document, ("credentialSubject", "encodedList"), 3)) == ["/credentialSubject/encodedList"]


@pytest.mark.parametrize(
    ("context", "model"),
    [
        ([CREDENTIALS_V2, OPEN_BADGES_CONTEXT], models.AchievementCredential),
        ([CREDENTIALS_V1, OPEN_BADGES_CONTEXT], models.AchievementCredentialV1p1),
        ([CREDENTIALS_V2, CREDENTIALS_V1], models.AchievementCredential),
        ([CREDENTIALS_V1, CREDENTIALS_V2], models.AchievementCredentialV1p1),
        (CREDENTIALS_V1, models.AchievementCredentialV1p1),
        (CREDENTIALS_V2, models.AchievementCredential),
    ],
)
def test_the_first_context_decides_the_data_model(context: JSONValue, model: type[models.Model]) -> None:
    document: JSONObject = {**badge(), "issuanceDate": "2020-01-01T00:00:00Z", "@context": context}
    assert type(mc.parse(document)) is model
    assert is_v1(document) is (model is models.AchievementCredentialV1p1)


def test_a_badge_of_the_data_model_1_is_read_and_judged_by_its_rules() -> None:
    document = v1_badge()
    assert type(mc.parse(document)) is models.AchievementCredentialV1p1
    assert judge(document) == ()
    assert found(without(document, ("issuanceDate",))) == ["/issuanceDate"]
    assert found({**document, "expirationDate": "2020-01-01T00:00:00Z"}) == ["/expirationDate"]
    assert found({**document, "validFrom": 3}) == []  # a name of the other Data Model says nothing here


@pytest.mark.parametrize("type_", ["VerifiableCredential", "ClrCredential", "BitstringStatusListCredential"])
def test_other_credentials_of_the_data_model_1_are_read_as_generic_ones(type_: str) -> None:
    document = generic(type=["VerifiableCredential", type_], issuanceDate="2020-01-01T00:00:00Z")
    assert type(mc.parse({**document, "@context": [CREDENTIALS_V1]})) is models.VerifiableCredentialV1p1


@pytest.mark.parametrize("member", ["verificationMethod", "assertionMethod", "authentication", "keyAgreement"])
def test_did_documents_need_no_type(member: str) -> None:
    document: JSONObject = {"id": "did:web:example.edu", member: ["#1"] if member != "verificationMethod" else []}
    assert type(mc.parse(document)) is models.DIDDocument
    assert type(mc.parse({**document, "@context": "https://www.w3.org/ns/did/v1"})) is models.DIDDocument


def test_a_credential_whose_id_is_a_did_is_no_did_document() -> None:
    assert type(mc.parse(badge(id="did:example:credential"))) is models.AchievementCredential


def test_presentations_are_read_and_leave_their_credentials_alone() -> None:
    inner: JSONValue = [signed(), "eyJh.eyJi.c2ln", {"anything": None}]
    document: JSONObject = {
        "@context": [CREDENTIALS_V2],
        "type": ["VerifiablePresentation"],
        "holder": {"id": "did:example:holder"},
        "verifiableCredential": inner,
    }
    presentation = mc.parse(document)
    assert isinstance(presentation, mc.VerifiablePresentation)
    assert judge(document) == ()
    assert presentation.verifiable_credential == inner
    assert found({**document, "holder": {"id": 3}}) == ["/holder/id"]
    assert found({**document, "holder": "holder"}) == ["/holder"]
    assert found({**document, "@context": [OPEN_BADGES_CONTEXT]}) == ["/@context"]
    old: JSONObject = {**document, "@context": [CREDENTIALS_V1]}
    assert type(mc.parse(old)) is mc.VerifiablePresentation
    assert judge(old) == ()


def test_enveloped_credentials_are_envelopes() -> None:
    document: JSONObject = {
        "@context": CREDENTIALS_V2,
        "id": "data:application/vc+jwt,eyJh.eyJi.c2ln",
        "type": "EnvelopedVerifiableCredential",
    }
    assert type(mc.parse(document)) is models.EnvelopedVerifiableCredential
    assert judge(document) == ()


@pytest.mark.parametrize("of", ["EnvelopedVerifiableCredential", "EnvelopedVerifiablePresentation"])
def test_an_envelope_is_a_data_url_under_the_context_that_says_so(of: str) -> None:
    document: JSONObject = {"@context": CREDENTIALS_V2, "id": "data:application/vc+jwt,eyJh.eyJi.c2ln", "type": of}
    assert judge({**document, "@context": ["https://a.example/first", CREDENTIALS_V2]}) == ()
    for context in ([], CREDENTIALS_V1, ["https://a.example/"], [{"id": "@id"}]):
        wrong = {**document, "@context": cast("JSONValue", context)}
        assert found(wrong) == ["/@context"]
        mc.parse(wrong)
    for identifier in ("bad-credential", "urn:x", "https://a.example/1", "data:application/vc+jwt", " data:,", ""):
        assert found({**document, "id": identifier}) == ["/id"]
        mc.parse({**document, "id": identifier})
    with pytest.raises(ValidationError):
        mc.EnvelopedVerifiableCredential(id="bad-credential")


def test_profiles_and_achievements_are_read_alone() -> None:
    document = full_badge()
    for part in (document["issuer"], at(document, ACHIEVEMENT)):
        assert judge(cast("JSONObject", part)) == ()
    assert type(mc.parse(cast("JSONObject", document["issuer"]))) is mc.Profile
    assert type(mc.parse(cast("JSONObject", at(document, ACHIEVEMENT)))) is mc.Achievement


@pytest.mark.parametrize(
    "types", [None, 3, True, "", [], {}, "Bogus", ["Bogus"], [None], [3, {}, []], "verifiablecredential", {"a": 1}]
)
def test_a_document_of_no_known_type_is_refused_at_its_type(types: JSONValue) -> None:
    document = badge()
    document["type"] = types
    assert problems_of(lambda: mc.parse(document)) == [(MALFORMED, "/type")]
    assert [problem.pointer for problem in judge(document)] == ["/type"]
    assert problems_of(lambda: mc.parse(without(document, ("type",)))) == [(MALFORMED, "/type")]


# What comes in


@pytest.mark.parametrize("value", [None, 3, 2.5, True, [], [badge()], object(), {1}, (), bytearray()])
def test_what_is_no_document_is_a_type_error(value: object) -> None:
    with pytest.raises(TypeError):
        mc.parse(value)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        mc.Verifier(trusted_issuers=mc.ANY_ISSUER).check(value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text", ["", " ", "[]", "3", '"x"', "null", "true", "{", '{"a":1,"a":2}', '{"a":NaN}', '{"a":"\\ud800"}', "{}x"]
)
def test_text_that_is_no_json_object_is_a_parsing_error(text: str) -> None:
    for form in (text, text.encode()):
        (problem,) = problems_of(lambda form=form: mc.parse(form))  # type: ignore[misc]
        assert problem[0] == "PARSING_ERROR"


def test_a_jwt_is_a_parsing_error_of_parse() -> None:
    for token in ("eyJh.eyJi.c2ln", b"eyJh.eyJi.c2ln", " eyJh.eyJi.c2ln\n"):
        assert problems_of(lambda token=token: mc.parse(token)) == [("PARSING_ERROR", "")]  # type: ignore[misc]


@pytest.mark.parametrize(
    ("value", "where"),
    [
        (dt.datetime(2026, 5, 1, tzinfo=dt.UTC), "/a~1b/0/~0"),
        (float("nan"), "/a~1b/0/~0"),
        (float("inf"), "/a~1b/0/~0"),
        ({1, 2}, "/a~1b/0/~0"),
        (b"bytes", "/a~1b/0/~0"),
        ({3: "x"}, "/a~1b/0/~0"),
        ("\ud800", "/a~1b/0/~0"),
        ({"\ud800": 1}, "/a~1b/0/~0"),
    ],
    ids=repr,
)
def test_values_that_json_cannot_say_are_parsing_errors_with_a_pointer(value: object, where: str) -> None:
    document: Mapping[str, object] = {**badge(), "a/b": [{"~": value}]}
    assert problems_of(lambda: mc.parse(document)) == [("PARSING_ERROR", where)]


def test_tuples_are_arrays_and_other_mappings_are_objects() -> None:
    document = badge()
    given = cast("Mapping[str, object]", {**document, "@context": tuple(cast("list[str]", document["@context"]))})
    assert to_document(given) == document
    assert to_document(cast("Mapping[str, object]", _Mapping(document))) == document


class _Mapping(dict[str, JSONValue]):
    pass


def test_limits_are_obeyed() -> None:
    document = badge()
    size = len(json.dumps(document))
    assert problems_of(lambda: mc.parse(json.dumps(document), limits=Limits(max_document_bytes=size - 1))) == [
        ("PARSING_ERROR", "")
    ]
    mc.parse(json.dumps(document), limits=Limits(max_document_bytes=size))
    assert problems_of(lambda: mc.parse(document, limits=Limits(max_json_depth=2)))[0][0] == "PARSING_ERROR"
    assert problems_of(lambda: mc.parse(document, limits=Limits(max_json_values=20)))[0][0] == "PARSING_ERROR"


def test_the_number_of_problems_is_bounded() -> None:
    document = with_value(full_badge(), (*ACHIEVEMENT, "tag"), [3] * 50)
    assert len(problems_of(lambda: mc.parse(document, limits=Limits(max_problems=10)))) == 10
    assert len(judge(document, Limits(max_problems=10))) == 10
    assert len(problems_of(lambda: mc.parse(document))) == 50


# Where the problems are


def test_all_problems_are_listed_in_the_order_of_the_document() -> None:
    document = full_badge()
    places = [path for path, value in walk(document) if isinstance(value, str) and path[-1] in ("name", "caption")]
    assert len(places) > 10
    for path in places:
        document = with_value(document, path, 3)
    expected = [(MALFORMED, pointer(*path)) for path in places]
    assert problems_of(lambda: mc.parse(document)) == expected
    assert [(problem.code, problem.pointer) for problem in judge(document)] == expected


def test_every_pointer_exists_or_is_one_member_below_what_exists() -> None:
    document = full_badge()
    count = 0
    wrong: list[JSONValue] = [3, None, [], {}, [3], [{}], "", {"id": 3}, [None]]
    for path, _ in walk(full_badge()):
        for value in wrong if path else []:
            changed = with_value(document, path, value)
            for problem in judge(changed):
                count += 1
                assert _exists(changed, problem.pointer), (path, value, problem.pointer)
    assert count > 1000


def _exists(document: JSONValue, where: str) -> bool:
    """Tell whether a pointer is to a value, or to a missing member of an object."""
    parts = [part.replace("~1", "/").replace("~0", "~") for part in where.split("/")[1:]]
    node = document
    for index, part in enumerate(parts):
        if isinstance(node, list) and part.isdigit() and int(part) < len(node):
            node = node[int(part)]
        elif isinstance(node, dict) and part in node:
            node = node[part]
        else:
            return isinstance(node, dict) and index == len(parts) - 1
    return True


def test_missing_members_are_told_at_every_level() -> None:
    document = full_badge()
    for path in objects(document):
        if path and at(document, path[:-1]) is not None:
            pointers = found(with_value(document, path, {}))
            assert all(where.startswith(pointer(*path)) for where in pointers), path


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ((*ACHIEVEMENT, "tag"), 3),
        ((*ACHIEVEMENT, "alignment"), "text"),
        ((*ACHIEVEMENT, "alignment"), 3),
        ((*ACHIEVEMENT, "endorsementJwt"), True),
        (("evidence",), "text"),
        (("credentialSubject", "identifier"), 3),
        (("proof",), 3),
        (("credentialStatus",), 3),
        (("type",), None),
        (("@context",), 3),
        (("issuer", "type"), 3),
        (("credentialSubject", "type"), {"a": 1}),
    ],
)
def test_a_lone_value_shows_no_index(path: tuple[str, ...], value: JSONValue) -> None:
    assert found(with_value(full_badge(), path, value)) == [pointer(*path)]


def test_members_of_lone_objects_show_no_index() -> None:
    document = full_badge()
    document["evidence"] = {"type": 3, "name": []}
    document["proof"] = {"type": {}, "created": 1}
    document = with_value(document, (*ACHIEVEMENT, "alignment"), {"type": "Bogus", "targetUrl": "x"})
    document = with_value(document, ("credentialSubject", "result"), {"type": "Result", "status": "x"})
    assert found(document) == sorted(
        [
            "/credentialSubject/achievement/alignment/targetName",
            "/credentialSubject/achievement/alignment/targetUrl",
            "/credentialSubject/achievement/alignment/type",
            "/credentialSubject/result/status",
            "/evidence/name",
            "/evidence/type",
            "/proof/created",
            "/proof/type",
        ]
    )


def test_indexes_of_arrays_are_shown() -> None:
    document = full_badge()
    document["evidence"] = [{"type": ["Evidence"]}, {"type": ["Bogus"]}, 3, {"type": ["Evidence"], "name": 3}]
    assert found(document) == ["/evidence/1/type", "/evidence/2", "/evidence/3/name"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (3, ["/issuer"]),
        (True, ["/issuer"]),
        ([], ["/issuer"]),
        (["did:example:i"], ["/issuer"]),
        ([{"id": "did:example:i"}], ["/issuer"]),
        ({}, ["/issuer/id"]),
        ({"id": 3}, ["/issuer/id"]),
        ({"id": None}, ["/issuer/id"]),
        ({"id": "not a URL"}, ["/issuer/id"]),
        ("not a URL", ["/issuer"]),
        ("did:example:i", []),
        ({"id": "did:example:i"}, []),
    ],
)
def test_a_wrong_issuer_is_told_where_it_is_wrong(value: JSONValue, expected: list[str]) -> None:
    assert found(generic(issuer=value)) == expected
    if isinstance(value, dict) and value:
        value = {**value, "type": ["Profile"]}
    elif value == {}:
        expected = ["/issuer/id", "/issuer/type"]
    assert found({**badge(), "issuer": value}) == expected


@pytest.mark.parametrize("owner", [(), ("issuer",), ("credentialSubject",), ACHIEVEMENT])
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (3, [""]),
        ([], [""]),
        (["https://example.edu/1.png"], [""]),
        ({}, ["/id", "/type"]),
        ({"id": 3, "type": "Image"}, ["/id"]),
        ({"id": "x", "type": "Bogus"}, ["/type"]),
        ({"id": "x", "type": "Image", "caption": 3, "url": "x"}, ["/caption", "/url"]),
        ("https://example.edu/1.png", [""]),
        ({"id": "data:image/png;base64,AA==", "type": "Image"}, []),
    ],
)
def test_a_wrong_image_is_told_where_it_is_wrong(owner: tuple[str, ...], value: JSONValue, expected: list[str]) -> None:
    place = (*owner, "image")
    assert found(with_value(full_badge(), place, value)) == [pointer(*place) + below for below in expected]


@pytest.mark.parametrize("name", ["name", "description"])
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("text", []),
        ({"@value": "text"}, []),
        ({"@value": "Grado", "@language": "es", "@direction": "ltr"}, []),
        ([{"@value": "Grado", "@language": "es"}, {"@value": "Degree", "@language": "en"}, "text"], []),
        (3, [""]),
        (True, [""]),
        ({}, ["/@value"]),
        ({"@value": 3}, ["/@value"]),
        ({"@value": "x", "@language": 3}, ["/@language"]),
        ({"@value": "x", "en": "y"}, ["/en"]),
        ({"en": "x"}, ["/@value", "/en"]),
        ([3], ["/0"]),
        (["x", {"@value": None}], ["/1/@value"]),
        (["x", {"@language": "es"}], ["/1/@value"]),
    ],
)
def test_text_with_a_language_is_told_where_it_is_wrong(name: str, value: JSONValue, expected: list[str]) -> None:
    assert found(generic(**{name: value})) == [f"/{name}{below}" for below in expected]


@pytest.mark.parametrize("value", [{"en": "x"}, {"@value": "x", "@language": "en"}, ["x"]])
def test_the_name_of_a_badge_is_text(value: JSONValue) -> None:
    assert found(badge(name=value)) == ["/name"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"id": "did:example:1"}, []),
        ({"anything": [1, None]}, []),
        ([{"id": "did:example:1"}, {"id": "did:example:2"}], []),
        (3, [""]),
        ("did:example:1", [""]),
        ({}, [""]),
        ([], [""]),
        ({"id": 3}, ["/id"]),
        ({"id": "x"}, ["/id"]),
        ([{"id": "did:example:1"}, {"id": "x"}], ["/1/id"]),
        ([{"id": 3}, {"id": "did:example:1"}], ["/0/id"]),
        (["did:example:1"], ["/0"]),
        ([{"id": "did:example:1"}, 3], ["/1"]),
        ([[]], ["/0"]),
    ],
)
@pytest.mark.parametrize("context", [CREDENTIALS_V1, CREDENTIALS_V2])
def test_a_wrong_subject_is_told_where_it_is_wrong(value: JSONValue, expected: list[str], context: str) -> None:
    document = generic(credentialSubject=value, issuanceDate="2020-01-01T00:00:00Z")
    document["@context"] = [context]
    assert found(document) == [f"/credentialSubject{below}" for below in expected]


def test_a_badge_has_one_subject() -> None:
    subject = badge()["credentialSubject"]
    wrong: list[JSONValue] = [[subject], [], 3, "did:example:1", [subject, subject]]
    for value in wrong:
        assert found(badge(credentialSubject=value)) == ["/credentialSubject"]


def test_a_subject_has_one_achievement() -> None:
    value = at(badge(), ACHIEVEMENT)
    assert found(with_value(badge(), ACHIEVEMENT, [value])) == [pointer(*ACHIEVEMENT)]


@pytest.mark.parametrize(
    "member", ["assertionMethod", "authentication", "keyAgreement", "capabilityInvocation", "capabilityDelegation"]
)
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (["#1", {"id": "#2", "type": "Multikey"}], []),
        ("#1", []),
        ({"id": "#2", "type": "Multikey"}, []),
        (3, [""]),
        ([3], ["/0"]),
        (["#1", None], ["/1"]),
        ([{}], ["/0/id", "/0/type"]),
        ({}, ["/id", "/type"]),
        (["#1", {"id": "#2", "type": 3}], ["/1/type"]),
        ([{"id": "#2", "type": "JsonWebKey", "publicKeyJwk": {"kty": 3}}], ["/0/publicKeyJwk/kty"]),
        ([{"id": "#2", "type": "JsonWebKey", "publicKeyJwk": {"kty": "OKP", "d": "AA"}}], ["/0/publicKeyJwk/d"]),
    ],
)
def test_a_wrong_key_of_a_did_document_is_told_where_it_is_wrong(
    member: str, value: JSONValue, expected: list[str]
) -> None:
    assert found(did_document(**{member: value})) == [f"/{member}{below}" for below in expected]


def test_endorsements_are_judged_by_the_data_model_that_they_name() -> None:
    wrong: list[JSONValue] = [
        full_endorsement(),
        full_endorsement(name=3),
        {**full_endorsement(), "@context": [CREDENTIALS_V1, OPEN_BADGES_CONTEXT]},
        full_endorsement(credentialSubject={"id": "x", "type": ["EndorsementSubject"]}),
    ]
    assert found({**badge(), "endorsement": wrong}) == [
        "/endorsement/1/name",
        "/endorsement/2/issuanceDate",
        "/endorsement/3/credentialSubject/id",
    ]


def test_names_are_escaped_in_pointers() -> None:
    document = full_badge()
    for name in ("a/b", "~", "~1", "/", "m~n/~0"):
        changed = with_value(document, ("issuer", "image", name), 1)
        assert found(changed) == [pointer("issuer", "image", name)]
        assert "~2" not in pointer(name)
    assert pointer("a/b", 0, "~", "~1") == "/a~1b/0/~0/~01"


def test_names_that_look_like_numbers_are_names() -> None:
    assert found(with_value(full_badge(), ("issuer", "image", "0"), 1)) == ["/issuer/image/0"]


def test_a_null_is_told_beside_what_else_is_wrong() -> None:
    document = full_badge()
    document = with_value(document, ("issuer", "name"), None)
    document = with_value(document, (*ACHIEVEMENT, "name"), 3)
    assert found({**document, "x-own": None}) == ["/credentialSubject/achievement/name", "/issuer/name"]


def test_messages_hold_no_value_out_of_the_document() -> None:
    secret = "s3cr3t-Value"
    document = full_badge()
    for path, value in walk(full_badge()):
        if isinstance(value, str) and "@context" not in path and "type" not in path:
            for problem in judge(with_value(document, path, secret)):
                assert secret not in problem.message
                assert secret not in problem.pointer


# Building from incomplete members, as the command line does


def test_build_makes_a_fresh_model_and_tells_problems_by_pointer() -> None:
    members = {"id": "https://example.edu/1", "name": "Rust", "description": "x", "criteria": "Pass."}
    achievement = build(members, mc.Achievement)
    assert type(achievement) is mc.Achievement
    assert achievement.model_dump() == {**members, "type": ["Achievement"], "criteria": {"narrative": "Pass."}}
    assert sorted(problems_of(lambda: build({"id": "x", "name": 3}, mc.Achievement))) == [
        (MALFORMED, f"/{name}") for name in ("criteria", "description", "id", "name")
    ]
    assert problems_of(lambda: build({**members, "criteria": {"id": "x"}}, mc.Achievement)) == [
        (MALFORMED, "/criteria/id")
    ]


# The official samples


# What is wrong with each: the pointers, and none where the fault is in the proof or the dates.
OFFICIAL: dict[str, list[str]] = {
    "simple-err-issuer.json": ["/credentialSubject/achievement", "/issuer"],
    "simple-err-issuer-type.json": ["/issuer/type"],
    "simple-err-issuer-otheridentifier-type.json": ["/issuer/otherIdentifier/1/type"],
    "simple-err-credential-subject-type.json": ["/credentialSubject/type"],
    "simple-err-credential-subject-identifier-type.json": ["/credentialSubject/identifier/0/type"],
    "simple-err-credential-subject-profile-type.json": ["/credentialSubject/source/type"],
    "simple-err-credential-subject-achievement-result-description-type.json": [
        "/credentialSubject/achievement/resultDescription/2/type"
    ],
    "simple-err-evidence-type.json": ["/evidence/1/type"],
    "simple-noproof.json": ["/credentialSubject/achievement"],
    "simple-err-expired.json": [],
    "simple-err-proof-method.json": [],
    "simple-err-proof-method-no-scheme.json": [],
    "simple-err-proof-method-unknown-did-method.json": [],
    # Of no Open Badges type, and so a credential in general.
    "simple-err-type.json": [],
    "simple.json": [],
    "simple-did-key-method.json": [],
    "simple-did-web-method.json": [],
    "simple-context-alias.json": [],
    "simple.1ob": [],
    "simple_v1.json": [],
    "complete.json": [],
    "credential-status-revoked.json": [],
    "bit-string-list/credential-status-revoked.json": [],
    "bit-string-list/testlist": [],
}


@pytest.mark.parametrize("name", OFFICIAL)
def test_official_samples_are_wrong_where_they_should_be(shared: Path, name: str) -> None:
    document = load_json(shared / "vectors" / "ob3" / "samples" / "validator" / "ob30" / name)
    assert found(document) == OFFICIAL[name]


def test_the_table_has_every_official_sample_with_an_error(shared: Path) -> None:
    folder = shared / "vectors" / "ob3" / "samples" / "validator" / "ob30"
    assert {path.name for path in folder.glob("simple-err-*.json")} <= set(OFFICIAL)


@pytest.mark.parametrize(
    "form", [lambda document: document, json.dumps, lambda document: json.dumps(document, ensure_ascii=False).encode()]
)
def test_problems_are_the_same_in_every_form(form: Callable[[JSONObject], JSONObject | str | bytes]) -> None:
    document = with_value(full_badge(), (*ACHIEVEMENT, "name"), 3)
    assert problems_of(lambda: mc.parse(form(document))) == [(MALFORMED, "/credentialSubject/achievement/name")]


def test_credentials_that_the_w3c_suites_issue_are_fine(shared: Path) -> None:
    refused: dict[int, list[str]] = {}
    path = shared / "vectors" / "vc-api" / "vc-data-model-2.0-test-suite.jsonl"
    count = 0
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        record = json.loads(line)
        if record["path"].endswith("/credentials/issue") and record["status"] == 201:
            document = json.loads(record["body"])["credential"]
            count += 1
            pointers = [problem.pointer for problem in judge(document)]
            # The recorded issuer does not compare the dates (§4.9: the end MUST NOT be before the start).
            if pointers and pointers != ["/validUntil"]:
                refused[number] = pointers
    assert count > 60
    assert refused == {}
