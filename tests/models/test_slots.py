"""Rules of slots: that they say of a changed text what the judgement of the whole says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microcred.documents import judge, rules_for
from microcred.json import JSONObject, JSONValue
from tests.strategies import Path, effort, full_badge, texts, walk, with_value

BADGE = full_badge()
PLACES = [
    path
    for path, value in walk(BADGE)
    if isinstance(value, str) and "@context" not in path and "type" not in path
]  # fmt: skip
TEXTS = (
    *("", " ", "x", "7", "ES", "es", "en-GB", "Completed", "ext:own", "Course", "name", "2026-05-01", "a b"),
    *("https://example.edu/1", "urn:x:1", "did:example:1", "https://example.edu/a b", "data:,", "eyJh.eyJi.c2ln"),
    *("2026-05-01T09:30:00Z", "2026-05-01T09:30:00", "2020-01-01T00:00:00Z", "2040-01-01T00:00:00+14:00"),
    *("2026-02-30T09:30:00Z", "2026-05-01T09:30:00." + "0" * 50 + "Z", "2026-05-01t09:30:00z", "٢٠٢٦-05-01"),
)


def test_the_rules_of_every_text_are_known_but_those_in_lists() -> None:
    unknown = [path for path in PLACES if rules_for(BADGE, [path]) is None]
    assert {path[-1] for path in unknown} == {0, 1, 2}


KNOWN = [path for path in PLACES if not isinstance(path[-1], int)]


@pytest.mark.parametrize("path", KNOWN, ids=lambda path: "/".join(map(str, path)))
def test_a_text_is_allowed_where_the_judgement_finds_nothing(path: Path) -> None:
    rules = rules_for(BADGE, [path])
    assert rules is not None
    for text in TEXTS:
        changed = with_value(BADGE, path, text)
        assert rules.allow([text], changed) is (judge(changed) == ()), text


@effort(1.0)
@given(st.lists(st.tuples(st.sampled_from(KNOWN), st.sampled_from(TEXTS) | texts()), min_size=1, max_size=4))
def test_several_texts_are_allowed_where_the_judgement_finds_nothing(changes: list[tuple[Path, str]]) -> None:
    values = dict(changes)
    rules = rules_for(BADGE, list(values))
    changed = BADGE
    for path, text in values.items():
        changed = with_value(changed, path, text)
    assert rules is not None
    assert rules.allow(list(values.values()), changed) is (judge(changed) == ())


def test_members_of_others_and_what_is_below_have_no_rules() -> None:
    document: JSONObject = {**BADGE, "own": {"a": ["x", {"b": "y"}]}}
    rules = rules_for(document, [("own", "a", 0), ("own", "a", 1, "b")])
    assert rules is not None
    assert rules.fields == ()


def test_an_object_given_as_its_id_alone_is_judged_with_the_whole() -> None:
    document: JSONObject = {**BADGE, "issuer": "https://example.edu/issuer"}
    assert judge(document) == ()
    assert rules_for(document, [("issuer",)]) is None


def test_lone_values_are_followed() -> None:
    subject = BADGE["credentialSubject"]
    assert isinstance(subject, dict)
    identity: JSONValue = {
        "type": "IdentityObject", "hashed": False, "identityHash": "a@example.edu", "identityType": "emailAddress"
    }  # fmt: skip
    document: JSONObject = {**BADGE, "credentialSubject": {**subject, "identifier": identity}}
    path = ("credentialSubject", "identifier", "identityType")
    rules = rules_for(document, [path])
    assert rules is not None
    for text in TEXTS:
        changed = with_value(document, path, text)
        assert rules.allow([text], changed) is (judge(changed) == ())
