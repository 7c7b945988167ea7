"""Writing models: the short way and Pydantic's own give the same, and so do a copy and reading anew."""

from __future__ import annotations

import json
import threading
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated, Any, cast
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    PrivateAttr,
    SerializerFunctionWrapHandler,
    computed_field,
    field_serializer,
    model_serializer,
)
from pydantic_core import PydanticSerializationError

import microcred as mc
from microcred import models
from microcred.documents import judge, to_document
from microcred.errors import DocumentError
from microcred.json import JSONObject, JSONValue, copy
from microcred.limits import Limits
from microcred.models import READ, Model
from microcred.models._base import PLANS, walked
from microcred.models._clone import read_signed
from tests.make import KEY, badge, signed
from tests.strategies import credentials, effort, full_badge, full_endorsement, objects, texts, values, with_value
from tests.support import SHARED, attempt, identical, load

PROOF: JSONObject = {"type": "DataIntegrityProof", "created": "2026-05-01T10:00:00Z", "own": [1, None, {"a": 1.0}]}


def pydantics(model: Model) -> dict[str, Any]:
    """Return what Pydantic's own serialisation gives."""
    return BaseModel.model_dump(model, warnings=False)


def readable(document: JSONObject) -> bool:
    """Tell whether a document can be read."""
    return attempt(lambda: mc.parse(document))[0] is not None


def documents() -> Iterator[JSONObject]:
    """Return all third-party documents that can be read."""
    for path in sorted(SHARED.rglob("*.json")):
        try:
            document = load(path)
        except ValueError:
            continue
        if isinstance(document, dict) and readable(document):
            yield document


def outcome(function: Callable[[], object]) -> object:
    """Return what a call returns or raises, and what it warns of."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            value = function()
        except (ValueError, TypeError, AttributeError) as error:
            value = (type(error), str(error))
    return value, [str(item.message) for item in caught]


def slow_document(model: Model) -> object:
    """Return what ``to_document`` gives without the short way."""
    try:
        return copy(pydantics(model))
    except PydanticSerializationError:
        raise DocumentError.at("", "the model holds a value that cannot be written as JSON") from None


def check_writing(model: Model) -> None:
    """Make sure that both ways agree on a model, in what they give and in what they warn of."""
    ours, theirs = outcome(model.model_dump), outcome(lambda: BaseModel.model_dump(model))
    assert repr(ours) == repr(theirs)
    assert outcome(model.model_dump_json) == outcome(lambda: BaseModel.model_dump_json(model))
    quick, slow = attempt(lambda: to_document(model)), attempt(lambda: slow_document(model))
    assert quick[1] == slow[1]
    assert identical(quick[0], slow[0])


def check_reading_again(model: Model) -> None:
    """Make sure that a signed copy is what reading the signed document gives."""
    document = {**cast("JSONObject", pydantics(model)), "proof": [PROOF]}
    before = repr(model)
    ours = read_signed(model, document)
    theirs = type(model).model_validate(document, context=READ, by_alias=True, by_name=False)
    assert ours == theirs
    assert repr(ours) == repr(theirs)
    assert ours.model_fields_set == theirs.model_fields_set
    assert identical(pydantics(ours), pydantics(theirs))
    assert BaseModel.model_dump_json(ours, exclude_unset=True) == BaseModel.model_dump_json(theirs, exclude_unset=True)
    assert not shared_parts(model) & shared_parts(ours)
    assert repr(model) == before


def shared_parts(value: object) -> set[int]:
    """Return the identities of all that could be changed below and including a value."""
    if isinstance(value, BaseModel):
        parts = [value.__dict__, value.__pydantic_extra__, value.model_fields_set]
        return {id(value), *map(id, parts)}.union(*map(shared_parts, [*parts[:2]]))
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return set() if items is None else {id(value)}.union(*map(shared_parts, items))


# The short way is Pydantic's way


def test_third_party_documents_are_written_as_pydantic_writes_them(shared: Path) -> None:
    assert shared.is_dir()
    found = list(documents())
    assert len(found) > 100
    quick = 0
    for document in found:
        model = mc.parse(document)
        check_writing(model)
        quick += walked(model) is not None
        if isinstance(model, models.VerifiableCredential):
            check_reading_again(model)
    # Nearly all take the short way: only those with nulls do not.
    assert quick > 0.9 * len(found)


@effort(2)
@given(credentials())
def test_what_was_built_is_written_as_pydantic_writes_it(credential: mc.VerifiableCredential) -> None:
    assert walked(credential) is not None
    check_writing(credential)
    check_reading_again(credential)


def test_every_member_takes_the_short_way() -> None:
    for document in (full_badge(), full_endorsement(), badge(), signed()):
        model = mc.parse(document)
        walk = walked(model)
        assert walk is not None
        assert identical(walk.wire, document)
        assert not shared_parts(model) & shared_parts(walk.wire)
        check_writing(model)


def test_every_class_takes_the_short_way() -> None:
    classes = [each for each in vars(models).values() if isinstance(each, type) and issubclass(each, Model)]
    assert len(classes) > 40
    assert [each for each in classes if PLANS[each] is None] == []


def places(model: Model) -> Iterator[tuple[Model, str]]:
    """Return all members of a model and of those inside."""
    for name, value in list(model.__dict__.items()):
        yield model, name
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, Model):
                yield from places(item)


class Text(str):
    __slots__ = ()


STRANGE: list[object] = [
    None,
    "",
    "text",
    Text("text"),
    models.AlignmentTargetType.CTDL,
    3,
    3.0,
    True,
    -0.0,
    1e22,
    1e-7,
    5e-324,
    10**30,
    float("nan"),
    float("inf"),
    "\ud800",
    '\x00\x1f\x7f\u2028é😀"\\/',
    b"bytes",
    [],
    [[]],
    [None],
    [1, "a"],
    ("a",),
    {"a": 1},
    {},
    {"a": {"b": [None, 1.5, "\ud800"]}},
    {1: 2},
    {"a": datetime(2026, 1, 1, tzinfo=UTC)},
    datetime(2026, 1, 1, tzinfo=UTC),
    datetime(2026, 1, 1, 1, 2, 3, 4),  # noqa: DTZ001
    mc.DateTime(2026, 1, 1, tzinfo=UTC),
    [mc.DateTime(2026, 1, 1, tzinfo=UTC)],
    {"x"},
    object(),
    mc.Profile(id="urn:x:1"),
    [mc.Profile.model_validate({"id": "urn:x:1", "own": mc.Image(id="urn:x:2")})],
    {"a": mc.Image(id="urn:x:2", caption="x")},
    models.LanguageObject.model_validate({"@value": "x"}),
]


@pytest.mark.parametrize("value", STRANGE, ids=lambda value: type(value).__name__)
def test_what_was_assigned_later_is_written_as_pydantic_writes_it(value: object) -> None:
    model = mc.parse(full_badge())
    # One member of each name of each class.
    for owner, name in {(type(owner), name): (owner, name) for owner, name in places(model)}.values():
        before = owner.__dict__[name]
        owner.__dict__[name] = value
        check_writing(model)
        owner.__dict__[name] = before
    for name in ("own", "validFrom", "valid-from", "é"):
        model = mc.parse(badge())
        assert isinstance(model, mc.AchievementCredential)
        setattr(model.issuer, name, value)
        check_writing(model)
        assert model.model_extra is not None
        model.model_extra[name] = value
        check_writing(model)


@effort(1)
@given(st.data())
def test_several_changes_are_written_as_pydantic_writes_them(data: st.DataObject) -> None:
    model = mc.parse(full_badge())
    for _ in range(data.draw(st.integers(1, 4))):
        owner, name = data.draw(st.sampled_from(list(places(model))))
        value = data.draw(values() | st.sampled_from(STRANGE))
        if data.draw(st.booleans()):
            owner.__dict__[name] = value
        else:
            setattr(owner, data.draw(texts()) or "own", value)
    check_writing(model)


def test_nulls_and_lone_values_are_written_as_pydantic_writes_them() -> None:
    document = full_badge()
    for path in objects(document):
        for name in ("name", "type", "own"):
            check_writing(mc.parse(with_value(document, (*path, "x"), {"a": None})))
            changed = with_value(document, (*path, name), None)
            if readable(changed):
                check_writing(mc.parse(changed))
    bare = mc.parse({**badge(), "issuer": "did:example:x", "image": "https://example.edu/1.png"})
    assert walked(bare) is not None
    check_writing(bare)
    assert isinstance(bare, mc.AchievementCredential)
    assert (
        outcome(bare.issuer.model_dump) == outcome(lambda: BaseModel.model_dump(bare.issuer)) == ("did:example:x", [])
    )
    bare.issuer.name = "Later"
    check_writing(bare)


def test_a_model_that_contains_itself_is_left_to_pydantic() -> None:
    profile = mc.Profile(id="urn:x:1")
    profile.parent_org = profile
    assert outcome(profile.model_dump) == outcome(lambda: BaseModel.model_dump(profile))
    extra: list[object] = []
    extra.append(extra)
    other = mc.Profile.model_validate({"id": "urn:x:1", "own": []})
    assert other.model_extra is not None
    other.model_extra["own"] = extra
    assert outcome(other.model_dump) == outcome(lambda: BaseModel.model_dump(other))


def test_options_are_pydantics() -> None:
    model = mc.parse(full_badge())
    for options in ({"mode": "json"}, {"by_alias": False}, {"exclude": {"issuer"}}, {"exclude_none": True}):
        assert model.model_dump(**cast("Any", options)) == BaseModel.model_dump(model, **cast("Any", options))
    assert model.model_dump_json(indent=2) == BaseModel.model_dump_json(model, indent=2)
    assert model.model_dump_json(ensure_ascii=True).isascii()


# Classes of others


class Computed(mc.Profile):
    @computed_field  # type: ignore[prop-decorator]
    @property
    def more(self) -> str:
        return "computed"


class WithSerializer(mc.Profile):
    @field_serializer("name")
    def _upper(self, value: str | None) -> str | None:
        return value and value.upper()


class WithModelSerializer(mc.Profile):
    @model_serializer(mode="wrap")
    def _own(self, handler: SerializerFunctionWrapHandler) -> dict[str, object]:
        return {"id": self.id, "own": True, "had": len(handler(self))}


class SameNamedSerializer(mc.Profile):
    @model_serializer(mode="plain")
    def _serialize(self) -> dict[str, object]:  # type: ignore[override]
        return {"id": self.id}


class Excluded(mc.Profile):
    secret: str = Field(default="x", exclude=True)


class Aliased(mc.Profile):
    own: str = Field(default="x", serialization_alias="mine")
    other: str = Field(default="y", alias="theirs")
    read_as: str = Field(default="z", validation_alias="in")


class Written(mc.Profile):
    when: Annotated[str, PlainSerializer(lambda value: value * 2)] = "x"
    at: datetime = datetime(2026, 1, 1, tzinfo=UTC)


class Configured(mc.Profile):
    model_config = ConfigDict(serialize_by_alias=False)


class Plain(mc.Profile):
    courses_taken: int = 3
    tags: list[str] = Field(default_factory=lambda: ["a"])
    _seen: int = PrivateAttr(default=1)


class Overriding(mc.Profile):
    def model_dump(self, **options: Any) -> dict[str, Any]:
        return {"id": "other", **({} if options else {"quick": True})}


OTHERS: list[type[mc.Profile]] = [
    *(Computed, WithSerializer, WithModelSerializer, SameNamedSerializer, Excluded, Aliased, Written, Configured),
    Plain,
]


@pytest.mark.parametrize("model", OTHERS)
def test_classes_with_ways_of_their_own_are_written_in_their_ways(model: type[mc.Profile]) -> None:
    profile = model(id="urn:x:1", name="Ada", family_name="L")
    holder = mc.Image(id="urn:x:2")
    assert holder.model_extra is not None
    holder.model_extra["own"] = [profile]
    credential = mc.parse(badge())
    assert isinstance(credential, mc.AchievementCredential)
    credential.issuer = profile
    for each in (profile, mc.Profile(id="urn:x:3", parent_org=profile), holder, credential):
        check_writing(each)
    assert (walked(profile) is not None) == (model in (Plain, Aliased))


def test_an_overridden_dump_is_asked() -> None:
    assert to_document(Overriding(id="urn:x:1")) == {"id": "other"}


def test_private_attributes_of_others_and_ours_live_together() -> None:
    model = Plain.model_validate(
        {"id": "urn:x:1", "name": None, "type": "Profile", "coursesTaken": 1, "tags": []}, context=READ
    )
    assert model._seen == 1
    assert model.model_dump()["name"] is None
    check_writing(model)


# Documents of models


@pytest.mark.parametrize(
    "limits",
    [
        Limits(max_json_depth=3),
        Limits(max_json_depth=5),
        Limits(max_json_depth=6),
        Limits(max_json_values=100),
        Limits(max_json_values=223),
        Limits(max_document_bytes=100),
        Limits(max_document_bytes=5_000),
        *(Limits(max_json_values=count) for count in range(30, 50)),
        *(Limits(max_document_bytes=count) for count in range(950, 1_100, 7)),
    ],
)
def test_limits_hold_for_models_as_for_documents(limits: Limits) -> None:
    for document in (full_badge(), badge(), with_value(badge(), ("own",), {"a": [["é" * 40]]})):
        model = mc.parse(document)
        ours, theirs = attempt(partial(to_document, model, limits)), attempt(partial(copy, document, limits))
        assert ours[1] == theirs[1]
        assert identical(ours[0], theirs[0])


def test_words_for_what_cannot_be_written_are_those_of_the_copy() -> None:
    model = mc.parse(badge())
    assert isinstance(model, mc.AchievementCredential)
    for value in (float("nan"), "\ud800", {1: 1}, datetime(2026, 1, 1, tzinfo=UTC)):
        setattr(model.issuer, "own", value)  # noqa: B010
        with pytest.raises(DocumentError) as ours:
            to_document(model)
        with pytest.raises(DocumentError) as theirs:
            slow_document(model)
        assert str(ours.value) == str(theirs.value)
        assert ours.value.problems[0].pointer.startswith("/issuer")


# Reading again


def test_dates_with_a_zone_of_the_year_are_read_again_with_a_fixed_one() -> None:
    model = mc.parse(badge())
    assert isinstance(model, mc.AchievementCredential)
    for zone in (UTC, ZoneInfo("Europe/Madrid"), None):
        model.credential_subject.activity_start_date = mc.DateTime(2026, 5, 1, 9, 30, tzinfo=zone)
        model.awarded_date = mc.DateTime(2026, 5, 1, 9, 30, 1, 500, tzinfo=UTC) + timedelta(seconds=1)
        check_reading_again(model)


@pytest.mark.parametrize("model", [Plain, Computed])
def test_a_class_of_others_is_read_again(model: type[mc.Profile]) -> None:
    class Own(mc.AchievementCredential):
        course: str | None = None

    credential = Own.model_validate({**badge(), "course": "x"}, context=READ)
    check_reading_again(credential)
    credential.issuer = model(id="urn:x:1", name="Ada")
    check_reading_again(credential)


def test_references_and_endorsements_are_read_again() -> None:
    for document in (
        {**badge(), "issuer": "did:example:x"},
        {**badge(), "endorsement": [full_endorsement()]},
        {**badge(), "endorsement": [full_endorsement(), {**full_endorsement(), "own": None}]},
        {**full_badge(), "own": {"a": [None, {"b": [1, 1.0, True]}]}, "proof": [{"type": "X"}]},
    ):
        check_reading_again(mc.parse(cast("JSONObject", document)))
    model = mc.parse(badge())
    assert model.model_extra is not None
    model.model_extra["own"] = [mc.Profile(id="urn:x:1")]
    check_reading_again(model)
    model.model_extra["own"] = None
    check_reading_again(model)


# Judging the same again


def test_judging_again_gives_the_same_problems() -> None:
    good = full_badge()
    changes: list[tuple[tuple[str | int, ...], JSONValue]] = [
        (("issuer", "id"), "no URL"),
        (("issuer", "name"), None),
        (("issuer", "name"), 1),
        (("credentialSubject", "achievement", "name"), 3),
        (("credentialSubject", "achievement", "inLanguage"), "ES"),
        (("credentialSubject", "achievement", "creator", "id"), ""),
    ]
    for _ in range(3):
        assert judge(good) == ()
        for path, value in changes:
            found = judge(with_value(good, path, value))
            assert found == judge(with_value(good, path, value))
            assert found
    # Equal in Python, not in JSON.
    changed = with_value(good, ("credentialSubject", "achievement", "creditsAvailable"), 1)
    assert judge(changed) == ()
    assert judge(with_value(good, ("credentialSubject", "achievement", "creditsAvailable"), True))


def test_threads_judge_together() -> None:
    found: list[int] = []

    def work(number: int) -> None:
        for index in range(20):
            name: JSONValue = f"Name {number}-{index}" if index % 2 else index
            found.append(len(judge(with_value(badge(), ("issuer", "name"), name))))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [0] * 80 + [1] * 80


def test_json_is_pydantics_byte_for_byte() -> None:
    model = mc.parse(with_value(full_badge(), ("own",), [1e22, 1e-7, 1.5, 100.0, 10**20, -0.0, "é\x7f\u2028\x01/"]))
    assert walked(model) is not None
    assert model.model_dump_json() == BaseModel.model_dump_json(model)
    assert identical(json.loads(model.model_dump_json()), model.model_dump())


def test_what_says_more_than_a_field_asks_for_is_written_whole() -> None:
    # Else a signature would cover less than what was built.
    criteria = mc.Criteria(narrative="…")
    achievement = mc.Achievement(id="urn:a:1", name="Rust", description="…", criteria=criteria)
    entry = models.BitstringStatusListEntry(
        status_purpose="revocation", status_list_index="7", status_list_credential="https://example.edu/status/1"
    )
    credential = mc.VerifiableCredential(
        issuer=mc.Profile(id=KEY.did, name="University"),
        valid_from=mc.now(),
        credential_subject=[mc.AchievementSubject(id="did:example:learner", achievement=achievement)],
        credential_status=[entry],
        evidence=[mc.Evidence(id="urn:e", name="Project")],
    )
    for document in (credential.model_dump(), json.loads(credential.model_dump_json()), pydantics(credential)):
        assert document["issuer"]["name"] == "University"
        assert document["credentialSubject"][0]["achievement"]["name"] == "Rust"
        assert document["credentialStatus"]["statusListIndex"] == "7"
        assert document["evidence"][0]["name"] == "Project"
