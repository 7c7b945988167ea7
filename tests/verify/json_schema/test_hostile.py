"""Schemas that are made to hang, to crash, or to reach out: each ends in counted steps and by the right code."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microcred.json import JSONObject, JSONValue
from microcred.limits import DEFAULT_LIMITS
from microcred.verify.json_schema import DIALECTS, LATEST, Document, Library, UndecidedError, mismatch
from tests.strategies import effort
from tests.verify.json_schema.helpers import fresh, verdict

if TYPE_CHECKING:
    from _typeshed import TraceFunction

# Fewer than a verification may take, so that the tests are quick.
STEPS = 300_000
EXPONENTIAL = 40


def nested(depth: int, around: Callable[[JSONObject], JSONObject], core: JSONObject) -> JSONObject:
    for _ in range(depth):
        core = around(core)
    return core


def doubling(word: str, depth: int, last: JSONObject) -> JSONObject:
    """Return definitions each of which applies the next one twice."""
    definitions: dict[str, JSONValue] = {
        f"s{index}": {word: [{"$ref": f"#/$defs/s{index + 1}"}, {"$ref": f"#/$defs/s{index + 1}"}]}
        for index in range(depth)
    }
    return {"$defs": {**definitions, f"s{depth}": last}, "$ref": "#/$defs/s0"}


def twice_in_unevaluated(depth: int) -> JSONObject:
    schema = doubling("anyOf", depth, {"properties": {"b": {}}})
    for definition in schema["$defs"].values():  # type: ignore[union-attr]
        definition["unevaluatedProperties"] = {"type": "number"}  # type: ignore[index,call-overload]
    return schema


MANY = 20_000
TEXT = "a" * 100_000
TOO_COMPLEX = "TOO_COMPLEX"
CASES: dict[str, tuple[JSONValue, JSONValue, str]] = {
    # In circles.
    "a reference to itself": ({"$ref": "#"}, 1, TOO_COMPLEX),
    "two references to each other": (
        {"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"},
        1,
        TOO_COMPLEX,
    ),
    "a circle through allOf": ({"allOf": [{"$ref": "#"}]}, 1, TOO_COMPLEX),
    "a circle through not": ({"not": {"$ref": "#"}}, 1, TOO_COMPLEX),
    "a circle through if": ({"if": {"$ref": "#"}, "then": True}, 1, TOO_COMPLEX),
    "a circle through an anchor": ({"$anchor": "a", "$ref": "#a"}, 1, TOO_COMPLEX),
    "a circle through a dynamic anchor": ({"$dynamicAnchor": "a", "$dynamicRef": "#a"}, 1, TOO_COMPLEX),
    "a circle through an id": ({"$id": "https://example.edu/a", "$ref": "a"}, 1, TOO_COMPLEX),
    "a circle through dependentSchemas": ({"dependentSchemas": {"a": {"$ref": "#"}}}, {"a": 1}, TOO_COMPLEX),
    "a circle through unevaluatedProperties": (
        {"unevaluatedProperties": False, "anyOf": [{"$ref": "#"}]},
        {"a": 1},
        TOO_COMPLEX,
    ),
    "a circle with progress": ({"properties": {"a": {"$ref": "#"}}}, nested(60, lambda v: {"a": v}, {}), "valid"),
    # Exponential in the length of the schema.
    "allOf, doubled": (doubling("allOf", EXPONENTIAL, {"type": "object"}), {}, TOO_COMPLEX),
    "anyOf, doubled": (doubling("anyOf", EXPONENTIAL, {"type": "string"}), {}, TOO_COMPLEX),
    "oneOf, doubled": (doubling("oneOf", EXPONENTIAL, {"type": "string"}), {}, TOO_COMPLEX),
    "unevaluatedProperties, doubled": (twice_in_unevaluated(EXPONENTIAL), {"a": 1, "b": 1}, TOO_COMPLEX),
    "items, doubled": (
        {"allOf": [{"items": {"$ref": "#"}}, {"items": {"$ref": "#"}}]},
        nested(40, lambda v: [v], []),  # type: ignore[arg-type,return-value]
        TOO_COMPLEX,
    ),
    "a tree of dynamic references": (
        {"$dynamicAnchor": "n", "items": {"allOf": [{"$dynamicRef": "#n"}, {"$dynamicRef": "#n"}]}},
        nested(40, lambda v: [v], []),  # type: ignore[arg-type,return-value]
        TOO_COMPLEX,
    ),
    # Quadratic in what both hold.
    "many schemas for many items": ({"items": {"allOf": [{}] * 500}}, [0] * 5_000, TOO_COMPLEX),
    "many words that mean nothing": ({"items": {f"x{n}": 1 for n in range(MANY)}}, [0] * MANY, "valid"),
    "many options for many items": (
        {"items": {"enum": [f"{n:05}" for n in range(2_000)]}},
        [f"{n:05}" for n in range(2_000)],
        TOO_COMPLEX,
    ),
    "many large options": ({"enum": [[[n] * 500] for n in range(500)]}, [[500] * 500], "invalid"),
    "many required members of many objects": (
        {"items": {"required": [f"a{n}" for n in range(2_000)]}},
        [{}] * 9,
        "invalid",
    ),
    "many patterns for many members": (
        {"patternProperties": {f"^a{n}$": {} for n in range(1_000)}},
        {f"b{n}": 1 for n in range(2_000)},
        TOO_COMPLEX,
    ),
    "contains, inside contains": (
        nested(5, lambda v: {"contains": v, "minContains": 0}, {"const": 1}),
        nested(5, lambda v: [v] * 12, []),  # type: ignore[arg-type,return-value]
        TOO_COMPLEX,
    ),
    "the same value twice, in a long list": ({"uniqueItems": True}, [{"a": n, "b": [n]} for n in range(MANY)], "valid"),
    "numbers that share a hash": ({"uniqueItems": True}, [n * (2**61 - 1) for n in range(1, MANY)], "valid"),
    "a large value, many times": (
        {"allOf": [{"uniqueItems": True}] * 200},
        [f"{n}" for n in range(MANY)],
        TOO_COMPLEX,
    ),
    "a deep value, in each of many alternatives": (
        {"anyOf": [{"type": "string"}] * 500},
        {f"a{n}": "x" * 100 for n in range(5_000)},
        "invalid",
    ),
    # Patterns.
    "a pattern that goes back": ({"pattern": "^(a+)+$"}, TEXT + "!", "invalid"),
    "a pattern that goes back in names": ({"patternProperties": {"^(a|a)*$": False}}, {TEXT + "!": 1}, "valid"),
    "a pattern that looks ahead": ({"pattern": "^(?=a)"}, "a", "UNSUPPORTED"),
    "a pattern that refers back": ({"pattern": r"(a*)*\1b"}, TEXT, "UNSUPPORTED"),
    "a pattern that is huge": ({"pattern": "a{1000}" * 100}, "a", TOO_COMPLEX),
    "a pattern that is nested": ({"pattern": "(" * 1_000 + ")" * 1_000}, "a", TOO_COMPLEX),
    "a pattern that is none": ({"pattern": "["}, "a", "UNSUPPORTED"),
    "a pattern with a huge class": (
        {"pattern": f"[{'a-z' * 30_000}]"},
        "".join(map(chr, range(600, 900))),
        TOO_COMPLEX,
    ),
    "a pattern in every item": ({"items": {"pattern": "^([a-z]*,)*$"}}, ["b," * 9_000] * 100, "valid"),
    # Numbers.
    "a multiple of next to nothing": ({"multipleOf": 5e-324}, 1.7e308, "valid"),
    "a multiple of nearly everything": ({"multipleOf": 1.7e308}, 5e-324, "invalid"),
    "a multiple of a fraction": ({"multipleOf": 0.0001}, 0.0075, "valid"),
    "a huge whole number": ({"multipleOf": 1e-308, "minimum": 1.5, "type": "integer"}, 10**4_000, "valid"),
    "many huge whole numbers": (
        {"items": {"allOf": [{"multipleOf": 7**1_000}] * 100}},
        [7**1_000 * 11**n for n in range(900, 1_000)],
        TOO_COMPLEX,
    ),
    "a huge length": ({"maxLength": 1e308, "minLength": 10**400}, "a", "invalid"),
    # Reaching out.
    "a reference to a web address": ({"$ref": "https://example.org/other.json"}, 1, "RESOLUTION_ERROR"),
    "a reference to a file": ({"$ref": "file:///etc/passwd"}, 1, "RESOLUTION_ERROR"),
    "a reference to a private address": ({"$ref": "http://169.254.169.254/latest"}, 1, "RESOLUTION_ERROR"),
    "a reference that is relative": ({"$id": "https://example.edu/a/b", "$ref": "c"}, 1, "RESOLUTION_ERROR"),
    "a reference to data": ({"$ref": "data:application/json,true"}, 1, "RESOLUTION_ERROR"),
    "a reference that is no URI": ({"$ref": "http://[::1/a"}, 1, "MALFORMED_VALUE_ERROR"),
    "a reference that is no URI, where none is expected": (
        {"x": {"$ref": "http://[::1/a"}, "$ref": "#/x"},
        1,
        "RESOLUTION_ERROR",
    ),
    "a reference to what is not there": ({"$ref": "#/a/b"}, 1, "RESOLUTION_ERROR"),
    "a reference to no anchor": ({"$ref": "#nowhere"}, 1, "RESOLUTION_ERROR"),
    "a reference to a place in a list": ({"allOf": [{}], "$ref": "#/allOf/-1"}, 1, "RESOLUTION_ERROR"),
    "a reference with foreign digits": ({"allOf": [{}], "$ref": "#/allOf/%D9%A0"}, 1, "RESOLUTION_ERROR"),
    "a reference without end": ({"$ref": "#/" + "a/" * 100_000}, 1, TOO_COMPLEX),
    "an id without end": ({"$id": "https://example.edu/" + "a" * 100_000}, 1, TOO_COMPLEX),
    "an id of somebody else": (
        {"$id": "https://json-schema.org/draft/2020-12/schema", "type": "string"},
        1,
        "invalid",
    ),
    # What is no schema.
    "another version": ({"$schema": "https://json-schema.org/draft/2030-01/schema"}, 1, "UNSUPPORTED"),
    "a version that is no text": ({"$schema": 1}, 1, "UNSUPPORTED"),
    "a version that is a web address": ({"$schema": "https://example.org/schema"}, 1, "UNSUPPORTED"),
    "an old version": ({"$schema": "http://json-schema.org/draft-03/schema#"}, 1, "UNSUPPORTED"),
    "another version inside": ({"$defs": {"a": {"$id": "urn:a", "$schema": "urn:b"}}}, 1, "UNSUPPORTED"),
    "a list for an object": ({"properties": [1]}, {}, "MALFORMED_VALUE_ERROR"),
    "a number for a schema": ({"items": 1}, [], "MALFORMED_VALUE_ERROR"),
    "a text for a number": ({"minimum": "1"}, 1, "MALFORMED_VALUE_ERROR"),
    "a type that is none": ({"type": "float"}, 1, "MALFORMED_VALUE_ERROR"),
    "a step of nothing": ({"multipleOf": 0}, 1, "MALFORMED_VALUE_ERROR"),
    "a negative length": ({"minLength": -1}, "a", "MALFORMED_VALUE_ERROR"),
    "names that are numbers": ({"required": [1]}, {}, "MALFORMED_VALUE_ERROR"),
    "no schema at all": ({"allOf": []}, 1, "MALFORMED_VALUE_ERROR"),
    "the same id twice": ({"$defs": {"a": {"$id": "urn:a"}, "b": {"$id": "urn:a"}}}, 1, "MALFORMED_VALUE_ERROR"),
    "the same anchor twice": ({"$defs": {"a": {"$anchor": "a"}, "b": {"$anchor": "a"}}}, 1, "MALFORMED_VALUE_ERROR"),
    "what is no schema, where none is expected": (
        {"x": {"properties": [1]}, "$ref": "#/x"},
        {},
        "MALFORMED_VALUE_ERROR",
    ),
    "a word of the wrong kind, where none is expected": (
        {"x": {"type": 5}, "$ref": "#/x"},
        {},
        "MALFORMED_VALUE_ERROR",
    ),
    "a number, where none is expected": ({"x": 5, "$ref": "#/x"}, {}, "MALFORMED_VALUE_ERROR"),
    "true for a number, where none is expected": ({"x": {"minimum": True}, "$ref": "#/x"}, 1, "MALFORMED_VALUE_ERROR"),
    # Size.
    "a schema of many schemas": ({"properties": {f"a{n}": {"type": "string"} for n in range(30_000)}}, {}, TOO_COMPLEX),
    "a schema that is deep": (nested(60, lambda v: {"not": v}, {}), 1, TOO_COMPLEX),
}


@pytest.mark.parametrize("name", CASES)
def test_a_hostile_schema_ends_by_the_right_code(name: str) -> None:
    schema, instance, expected = CASES[name]
    # Otherwise it could not arrive.
    assert len(json.dumps([schema, instance])) < DEFAULT_LIMITS.max_document_bytes
    assert verdict(schema, instance, work=fresh(STEPS)) == expected


@pytest.mark.parametrize(
    "name", ["allOf, doubled", "oneOf, doubled", "unevaluatedProperties, doubled", "items, doubled"]
)
def test_a_step_stands_for_a_few_lines_of_code(name: str) -> None:
    schema, instance, _ = CASES[name]
    lines = 0

    def count(_frame: FrameType, _event: str, _argument: object) -> TraceFunction:
        nonlocal lines
        lines += 1
        return count

    work, document, library = fresh(2_000), Document("", schema, LATEST), Library({}, LATEST)
    before = sys.gettrace()
    sys.settrace(count)
    try:
        mismatch(document, instance, library, work)
    except UndecidedError as error:
        assert error.code == TOO_COMPLEX
    finally:
        sys.settrace(before)
    assert work.left < 0
    assert lines < 30 * 2_000


def test_all_schemas_of_a_verification_share_its_steps() -> None:
    work, library = fresh(STEPS), Library({}, LATEST)
    document = Document("", {"items": {"type": "integer"}}, LATEST)
    assert mismatch(document, list(range(MANY)), library, work) is None
    with pytest.raises(UndecidedError) as refusal:
        mismatch(document, list(range(5 * MANY)), library, work)
    assert refusal.value.code == TOO_COMPLEX


def test_the_stack_ends_before_python_does() -> None:
    def below(depth: int) -> str:
        return below(depth - 1) if depth else verdict({"$ref": "#"}, 1)

    assert below(sys.getrecursionlimit() - 200) == TOO_COMPLEX


# Anything at all


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
_WORDS = st.sampled_from(
    [
        *(
            "$ref",
            "$id",
            "$anchor",
            "$dynamicRef",
            "$dynamicAnchor",
            "$recursiveRef",
            "$recursiveAnchor",
            "$defs",
            "type",
        ),
        *("enum", "const", "multipleOf", "minimum", "exclusiveMinimum", "maxLength", "pattern", "items", "prefixItems"),
        *("additionalItems", "contains", "minContains", "uniqueItems", "required", "properties", "patternProperties"),
        *("additionalProperties", "propertyNames", "dependencies", "dependentRequired", "dependentSchemas", "allOf"),
        *(
            "anyOf",
            "oneOf",
            "not",
            "if",
            "then",
            "unevaluatedItems",
            "unevaluatedProperties",
            "format",
            "id",
            "$schema",
        ),
    ]
)
_REFERENCES = st.sampled_from(
    ["#", "#a", "#/$defs/a", "#/properties/a", "urn:a", "a", "http://json-schema.org/draft-07/schema#"]
)
_ANYTHING = st.recursive(
    _JSON | _REFERENCES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(_WORDS, inner, max_size=4),
        st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    ),
    max_leaves=12,
)


@effort(1)
@given(
    schema=st.dictionaries(_WORDS, _ANYTHING, max_size=5),
    instance=_JSON,
    uri=st.sampled_from(sorted(DIALECTS)),
    checked=st.booleans(),
)
def test_whatever_it_is_ends_in_a_verdict(schema: JSONObject, instance: JSONValue, uri: str, checked: bool) -> None:
    found = verdict(schema, instance, dialect=DIALECTS[uri], checked=checked)
    assert found in ("valid", "invalid", "UNSUPPORTED", "TOO_COMPLEX", "RESOLUTION_ERROR", "MALFORMED_VALUE_ERROR")
