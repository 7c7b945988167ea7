"""Schemas as another validator judges them: the package jsonschema, wherever it comes to a verdict."""

from __future__ import annotations

from collections import Counter
from typing import cast

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema.protocols import Validator

from microcred.json import JSONObject, JSONValue
from microcred.verify.json_schema import DIALECTS
from tests.strategies import effort
from tests.support import SHARED, load, load_json
from tests.verify.json_schema.helpers import verdict, wrong

VALIDATORS = {
    "http://json-schema.org/draft-04/schema": jsonschema.Draft4Validator,
    "http://json-schema.org/draft-06/schema": jsonschema.Draft6Validator,
    "http://json-schema.org/draft-07/schema": jsonschema.Draft7Validator,
    "https://json-schema.org/draft/2019-09/schema": jsonschema.Draft201909Validator,
    "https://json-schema.org/draft/2020-12/schema": jsonschema.Draft202012Validator,
}
_SCALARS = (
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from([0.5, 1.0, 2.5]) | st.sampled_from(["", "a", "ab"])
)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
_NAMES = st.sampled_from("abc")
_COUNT = st.integers(0, 3)
_TYPE = st.sampled_from(["array", "boolean", "integer", "null", "number", "object", "string"])
_REFERENCE = st.sampled_from(["#/definitions/a", "#/definitions/b"])


def _schemas(inner: st.SearchStrategy[JSONValue]) -> st.SearchStrategy[JSONObject]:
    several = st.lists(inner, min_size=1, max_size=3)
    named = st.dictionaries(_NAMES, inner, max_size=2)
    words: dict[str, st.SearchStrategy[JSONValue]] = {
        "type": _TYPE
        | st.lists(_TYPE, min_size=1, max_size=2, unique=True).map(lambda names: cast("list[JSONValue]", names)),
        "enum": st.lists(_VALUES, min_size=1, max_size=3, unique_by=repr),
        "minimum": st.integers(-2, 2),
        "maximum": st.integers(-2, 2),
        "multipleOf": st.sampled_from([1, 2, 0.5]),
        "maxLength": _COUNT,
        "minItems": _COUNT,
        "uniqueItems": st.booleans(),
        "maxProperties": _COUNT,
        "pattern": st.sampled_from(["^a", "b$", "^$"]),
        "required": st.lists(_NAMES, min_size=1, max_size=2, unique=True).map(
            lambda names: cast("list[JSONValue]", names)
        ),
        "properties": cast("st.SearchStrategy[JSONValue]", named),
        "patternProperties": st.dictionaries(st.sampled_from(["^a", "[bc]"]), inner, max_size=1),
        "additionalProperties": inner,
        "items": inner,
        "allOf": several,
        "anyOf": several,
        "oneOf": several,
        "not": inner,
        "$ref": cast("st.SearchStrategy[JSONValue]", _REFERENCE),
    }
    return st.lists(st.sampled_from(sorted(words)), max_size=3, unique=True).flatmap(
        lambda names: st.fixed_dictionaries({name: words[name] for name in names})
    )


_SCHEMAS = st.recursive(_schemas(st.just({})), _schemas, max_leaves=6)


def agree(uri: str, schema: JSONObject, instance: JSONValue) -> None:
    """Compare the verdicts, unless one of the two ran in circles before it came to any."""
    validator = cast(Validator, VALIDATORS[uri](schema))
    try:
        other = "valid" if validator.is_valid(instance) else "invalid"
    except RecursionError:
        return
    found = verdict(schema, instance, dialect=DIALECTS[uri])
    assert found in (other, "TOO_COMPLEX")
    if found == "TOO_COMPLEX":
        assert "$ref" in repr(schema)


@effort(1)
@given(schema=_SCHEMAS, a=_SCHEMAS, b=_SCHEMAS, instance=_VALUES, uri=st.sampled_from(sorted(VALIDATORS)))
def test_another_validator_agrees(
    schema: JSONObject, a: JSONObject, b: JSONObject, instance: JSONValue, uri: str
) -> None:
    # Beside a $ref, older drafts have nothing.
    schema = {"allOf": [schema], "definitions": {"a": a, "b": b}}
    agree(uri, schema, instance)


@effort(1)
@given(
    words=st.dictionaries(
        st.sampled_from(
            [
                *(
                    "const",
                    "contains",
                    "propertyNames",
                    "if",
                    "then",
                    "else",
                    "unevaluatedProperties",
                    "unevaluatedItems",
                ),
                *(
                    "anyOf",
                    "allOf",
                    "not",
                    "prefixItems",
                    "items",
                    "properties",
                    "additionalProperties",
                    "dependentSchemas",
                ),
            ]
        ),
        _SCHEMAS,
        min_size=1,
        max_size=5,
    ),
    inner=_SCHEMAS,
    instance=_VALUES,
)
def test_another_validator_agrees_about_what_is_new(words: JSONObject, inner: JSONObject, instance: JSONValue) -> None:
    for name in words.keys() & {"anyOf", "allOf", "prefixItems"}:
        words[name] = [words[name], inner]
    for name in words.keys() & {"properties", "dependentSchemas"}:
        words[name] = {"a": words[name], "b": inner}
    uri = "https://json-schema.org/draft/2020-12/schema"
    schema: JSONObject = {**words, "definitions": {"a": {"type": "object"}, "b": {"required": ["a"]}}}
    agree(uri, schema, instance)


@pytest.mark.usefixtures("shared")
def test_another_validator_agrees_about_the_official_schemas_and_samples() -> None:
    dialect = DIALECTS["https://json-schema.org/draft/2019-09/schema"]
    tally: Counter[str] = Counter()
    for name in ("ob/ob_v3p0_achievementcredential", "ob/ob_v3p0_endorsementcredential", "clr/clr_v2p0_clrcredential"):
        schema = load_json(SHARED / "schemas/published-2026-06" / f"{name}_schema.json")
        other = jsonschema.Draft201909Validator(schema)
        for sample in sorted((SHARED / "vectors/ob3/samples").rglob("*.json"))[::4]:
            instance = load(sample)
            found = wrong(schema, instance, dialect=dialect, checked=False)
            if found is not None and "format" in found.words:
                # The other one does not hold formats against texts.
                tally["formats"] += 1
                continue
            assert (found is None) == other.is_valid(instance), sample
            tally["valid" if found is None else "invalid"] += 1
    assert tally["valid"] > 15
    assert tally["invalid"] > 50
    assert tally["formats"] < 5
