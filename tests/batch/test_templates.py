"""Templates: which placeholders there are, and what rows make of them."""

from __future__ import annotations

import pickle

import pytest

import microcred as mc
from microcred.batch import Template
from microcred.json import JSONValue, dumps
from tests.batch.make import document, row, template
from tests.make import badge
from tests.support import as_object, problem_of, problems_of

MALFORMED = "MALFORMED_VALUE_ERROR"


def with_member(value: JSONValue) -> Template:
    return template(name=value)


def filled(value: JSONValue, **cells: str) -> JSONValue:
    return with_member(value).fill(row(1, **cells)).get("name", "left out")


# Placeholders


def test_a_row_fills_the_placeholders() -> None:
    credential = template().fill(row(7))
    subject = as_object(credential["credentialSubject"])
    assert credential["id"] == "https://example.edu/credentials/000007"
    assert credential["validFrom"] == "2026-05-08T09:30:00Z"
    assert subject["narrative"] == "Ana 7 has passed, said Ana 7."
    assert mc.sign(credential, mc.SigningKey.from_seed(bytes(range(32))))


def test_a_template_is_json_text_a_dict_or_a_model() -> None:
    expected = template().fill(row(1))
    assert Template(dumps(document())).fill(row(1)) == expected
    assert Template(dumps(document()).encode()).fill(row(1)) == expected
    assert Template(mc.parse(document(validFrom="2026-05-02T09:30:00Z"))).fill(row(1)) == expected


def test_columns_are_in_the_order_of_the_document() -> None:
    assert template().columns == ("number", "from", "learner", "name", "email", "index")


def test_a_cell_is_put_in_as_it_is() -> None:
    for cell in ('"', "\\", "{{ email }}", '{"a": 1}', " x ", "\x00", "%s %d %", "שלום", "\U0001f393", "null"):
        assert filled("{{ x }}", x=cell) == cell
        assert filled("100 % {{ x }}%s", x=cell) == f"100 % {cell}%s"


def test_white_space_in_a_placeholder_does_not_matter_and_a_column_may_have_some() -> None:
    assert filled("{{x}}{{  first name }}", x="a", **{"first name": "b"}) == "ab"


def test_a_cell_may_be_a_number() -> None:
    assert repr(filled("{{ x | number }}", x="6")) == "6"
    assert repr(filled("{{x|number}}", x="-6.50")) == "-6.5"
    assert repr(filled("{{ x | number }}", x="1e3")) == "1000.0"


@pytest.mark.parametrize("cell", ["6,5", "", " 6", "06", "0x10", "NaN", "Infinity", "1e999", "1_000", "٣", "9" * 41])
def test_what_is_no_number_of_json_is_refused(cell: str) -> None:
    assert problem_of(lambda: filled("{{ x | number }}", x=cell)) == (MALFORMED, "/name")


def test_an_empty_cell_is_refused_unless_it_is_optional() -> None:
    assert problem_of(lambda: filled("{{ x }}", x="")) == (MALFORMED, "/name")
    assert problem_of(lambda: filled("{{ x }}")) == (MALFORMED, "/name")
    assert filled("{{ x | optional }}", x="") == "left out"
    assert filled("{{ x | optional }}") == "left out"
    assert filled("{{ x | optional }}", x=" ") == " "
    assert filled("{{ x | optional | number }}", x="") == "left out"
    assert filled("{{ x | number | optional }}", x="0") == 0


def test_all_problems_of_a_row_are_named() -> None:
    cells = {**row(1), "from": "", "learner": ""}
    assert problems_of(lambda: template().fill(cells)) == [
        (MALFORMED, "/validFrom"),
        (MALFORMED, "/credentialSubject/id"),
    ]


@pytest.mark.parametrize("cell", [5, None, ["a"], b"a", True])
def test_a_cell_is_text(cell: object) -> None:
    assert problem_of(lambda: with_member("{{ x }}").fill({**row(1), "x": cell})) == (MALFORMED, "/name")  # type: ignore[dict-item]


@pytest.mark.parametrize("given", [None, "text", ["a"], 5])
def test_a_row_is_a_mapping(given: object) -> None:
    assert problem_of(lambda: template().fill(given)) == (MALFORMED, "")  # type: ignore[arg-type]


def test_what_says_nothing_any_more_goes_with_what_was_left_out() -> None:
    evidence: JSONValue = [{"id": "{{ url | optional }}", "type": ["Evidence"], "name": "{{ title | optional }}"}]
    made = template(evidence=evidence)
    assert "evidence" not in made.fill(row(1))
    assert made.fill(row(1, title="T"))["evidence"] == [{"type": ["Evidence"], "name": "T"}]
    assert made.fill(row(1, url="urn:x:1"))["evidence"] == [{"id": "urn:x:1", "type": ["Evidence"]}]


def test_what_was_empty_from_the_start_stays() -> None:
    assert template(evidence=[], terms={}).fill(row(1))["evidence"] == []


def test_filled_credentials_share_nothing() -> None:
    made = template()
    first, second = made.fill(row(1)), made.fill(row(2))
    as_object(as_object(first["credentialSubject"])["achievement"])["name"] = "changed"
    assert "changed" not in dumps(second)
    assert "changed" not in dumps(made.fill(row(3)))


def test_a_template_travels() -> None:
    made = pickle.loads(pickle.dumps(template()))
    assert made.fill(row(1)) == template().fill(row(1))
    assert made.columns == template().columns


# What is refused before anything is signed


@pytest.mark.parametrize("text", ["{{ }}", "{{}}", "{{ x | upper }}", "{{ x", "{{ x | }}", "{{ a{ }}"])
def test_a_placeholder_that_cannot_be_understood_is_refused(text: str) -> None:
    assert problem_of(lambda: with_member(text)) == (MALFORMED, "/name")


@pytest.mark.parametrize("text", ["a {{ x | number }}", "{{ x | optional }}{{ y }}", "{{ x | optional }} "])
def test_a_number_or_what_is_optional_is_the_whole_value(text: str) -> None:
    assert problem_of(lambda: with_member(text)) == (MALFORMED, "/name")


def test_single_braces_and_closing_ones_are_text() -> None:
    assert filled("{ x } }} {") == "{ x } }} {"
    assert filled("{{{ x }}}{", x="a") == "{a}{"


def test_a_placeholder_in_the_name_of_a_member_is_refused() -> None:
    assert problem_of(lambda: template(terms={"{{ x }}": 1})) == (MALFORMED, "/terms")


def test_what_kind_of_thing_something_is_is_the_same_for_all() -> None:
    contexts: JSONValue = ["https://www.w3.org/ns/credentials/v2", {"x": "{{ x }}"}]
    assert problem_of(lambda: template(**{"@context": contexts})) == (MALFORMED, "/@context/1/x")
    assert problem_of(lambda: template(type=["VerifiableCredential", "{{ x }}"])) == (MALFORMED, "/type/1")


def test_an_id_that_would_be_the_same_for_all_is_refused() -> None:
    assert problem_of(lambda: Template(badge())) == (MALFORMED, "/id")


def test_what_is_not_json_is_refused() -> None:
    assert problem_of(lambda: Template("[")) == ("PARSING_ERROR", "")
    assert problem_of(lambda: Template({"id": {1, 2}})) == ("PARSING_ERROR", "/id")


def test_columns_are_checked_beforehand() -> None:
    made = template()
    assert made.check([*made.columns, "comment", "course"]) == ("comment", "course")
    assert problems_of(lambda: made.check(["number", "from", "learner", "name", "email"])) == [
        (MALFORMED, "/credentialStatus/id"),
        (MALFORMED, "/credentialStatus/statusListIndex"),
    ]
    assert problem_of(lambda: made.check([*made.columns, "from"])) == (MALFORMED, "/validFrom")


def test_a_template_shows_nothing_of_itself() -> None:
    assert repr(template()) == "<Template of 6 columns>"
