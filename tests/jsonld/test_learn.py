"""Shapes whose slots are known beforehand: what they give is the canonical form, and nothing where there is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microcred import jsonld
from microcred.errors import DocumentError
from microcred.json import JSONObject, JSONValue
from microcred.limits import Limits
from tests.strategies import Path, at, effort, full_badge, texts, walk, with_value
from tests.strategies_jsonld import IRIS, NOT_IRIS, TEXTS

BADGE = full_badge()
PLACES = [
    path
    for path, value in walk(BADGE)
    if isinstance(value, str) and not {"@context", "type", "endorsement", "endorsementJwt"} & set(path)
]


def learnt(
    document: JSONObject, paths: list[Path], hash_name: str = "sha256", contexts: dict[str, JSONObject] | None = None
) -> jsonld.Shape | None:
    """Learn the shape of a document with slots at some places."""
    marked = document
    for slot, path in enumerate(paths):
        marked = with_value(marked, path, jsonld.marker(slot))
    found = [str(at(document, path)) for path in paths]
    return jsonld.learn(document, marked, found, hash_name=hash_name, contexts=contexts)


def general(document: JSONObject, hash_name: str = "sha256") -> bytes | None:
    """Return the canonical form, or None where there is none."""
    try:
        return jsonld.canonicalize(document, hash_name=hash_name, guarded=True).nquads.encode()
    except DocumentError:
        return None


def test_every_text_of_a_badge_can_be_a_slot() -> None:
    assert [path for path in PLACES if learnt(BADGE, [path]) is None] == []


TEXT = texts() | st.sampled_from([*TEXTS, *IRIS, *NOT_IRIS, *(str(at(BADGE, path)) for path in PLACES)])


@effort(1.0)
@given(st.dictionaries(st.sampled_from(PLACES), TEXT, min_size=1, max_size=5), st.sampled_from(["sha256", "sha384"]))
def test_other_texts_give_the_canonical_form_or_nothing(changes: dict[Path, str], hash_name: str) -> None:
    paths = [path for path in PLACES if path in changes]
    shape = learnt(BADGE, paths, hash_name)
    assert shape is not None
    changed = BADGE
    for path, text in changes.items():
        changed = with_value(changed, path, text)
    given_texts = [changes[path] for path in paths]
    data = shape.encode(given_texts, Limits())
    assert data is None or data == general(changed, hash_name)
    dataset = shape.canonicalize(given_texts, Limits())
    assert (None if dataset is None else dataset.nquads.encode()) == data


def test_ordinary_texts_do_not_go_the_general_way() -> None:
    paths: list[Path] = [("id",), ("validFrom",), ("credentialSubject", "id"), ("credentialSubject", "role")]
    shape = learnt(BADGE, paths)
    assert shape is not None
    for number in range(20):
        new = [f"urn:uuid:{number}", f"2026-05-{1 + number:02d}T00:00:00Z", f"did:example:{number}", f"ñ “{number}”"]
        changed = BADGE
        for path, text in zip(paths, new, strict=True):
            changed = with_value(changed, path, text)
        assert shape.encode(new, Limits()) == general(changed) is not None


def test_a_word_cannot_be_a_slot() -> None:
    assert learnt(BADGE, [("type", 1)]) is None
    assert learnt(BADGE, [("issuer", "type", 0)]) is None
    value: JSONValue = {"@value": "x", "@type": "http://www.w3.org/2001/XMLSchema#string"}
    document: JSONObject = {**BADGE, "http://example.org/p": value}
    assert learnt(document, [("http://example.org/p", "@type")]) is None
    assert learnt(document, [("http://example.org/p", "@value")]) is not None


def test_a_language_a_relative_reference_and_json_cannot_be_slots() -> None:
    name: JSONValue = {"@value": "x", "@language": "en"}
    document: JSONObject = {"@context": BADGE["@context"], "id": "urn:x:1", "http://example.org/p": name}
    assert learnt(document, [("http://example.org/p", "@language")]) is None
    term: JSONValue = {"@context": {"j": {"@id": "urn:x:j", "@type": "@json"}}, "@id": "urn:x:1", "j": "text"}
    assert isinstance(term, dict)
    assert learnt(term, [("j",)]) is None


@pytest.mark.parametrize("text", ["https://example.edu/other", "did:example:1", "relative", "ob:x", ""])
def test_an_iri_of_another_scheme_is_not_put_in(text: str) -> None:
    shape = learnt({**BADGE, "id": "urn:x:1"}, [("id",)])
    assert shape is not None
    assert shape.encode([text], Limits()) is None


def test_the_length_is_bounded() -> None:
    shape = learnt(BADGE, [("name",)])
    assert shape is not None
    assert shape.encode(["a" * 100_000], Limits(max_canonical_characters=50_000)) is None


def test_a_document_that_is_none_is_not_learnt() -> None:
    assert learnt({**BADGE, "unknown": "x"}, [("id",)]) is None
