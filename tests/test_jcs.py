"""The JSON Canonicalization Scheme: the examples of RFC 8785, and agreement with the package rfc8785."""

from __future__ import annotations

import json
import struct

import pytest
import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st

from microcred import jcs
from microcred.errors import DocumentError
from microcred.json import JSONValue
from tests.make import signed
from tests.support import problem_of, problems_of

REFUSED = "PROOF_TRANSFORMATION_ERROR"
MAX = 2**53 - 1
# Appendix B of RFC 8785.
NUMBERS = {
    "0000000000000000": "0",
    "8000000000000000": "0",
    "0000000000000001": "5e-324",
    "8000000000000001": "-5e-324",
    "7fefffffffffffff": "1.7976931348623157e+308",
    "ffefffffffffffff": "-1.7976931348623157e+308",
    "4340000000000000": "9007199254740992",
    "c340000000000000": "-9007199254740992",
    "4430000000000000": "295147905179352830000",
    "44b52d02c7e14af5": "9.999999999999997e+22",
    "44b52d02c7e14af6": "1e+23",
    "44b52d02c7e14af7": "1.0000000000000001e+23",
    "444b1ae4d6e2ef4e": "999999999999999700000",
    "444b1ae4d6e2ef4f": "999999999999999900000",
    "444b1ae4d6e2ef50": "1e+21",
    "3eb0c6f7a0b5ed8c": "9.999999999999997e-7",
    "3eb0c6f7a0b5ed8d": "0.000001",
    "41b3de4355555553": "333333333.3333332",
    "41b3de4355555554": "333333333.33333325",
    "41b3de4355555555": "333333333.3333333",
    "41b3de4355555556": "333333333.3333334",
    "41b3de4355555557": "333333333.33333343",
    "becbf647612f3696": "-0.0000033333333333333333",
    "43143ff3c1cb0959": "1424953923781206.2",
}

doubles = st.integers(0, 2**64 - 1).map(lambda bits: struct.unpack(">d", bits.to_bytes(8))[0]).filter(
    lambda number: number - number == 0
) | st.floats(allow_nan=False, allow_infinity=False)
# Control characters, what is escaped, and both sides of the surrogates, where the two orders part.
texts = st.text() | st.text('\x00\x08\t\n\x1f "\\/aé\x7f\x80\u2028\ud7ff\ue000\ufffd\uffff\U00010000\U0010ffff')
scalars = st.none() | st.booleans() | st.integers(-MAX, MAX) | doubles | texts
values: st.SearchStrategy[JSONValue] = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(texts, inner), max_leaves=30
)


@pytest.mark.parametrize(("bits", "text"), NUMBERS.items())
def test_numbers_of_the_text_come_out(bits: str, text: str) -> None:
    (number,) = struct.unpack(">d", bytes.fromhex(bits))
    assert jcs.canonicalize(number) == text.encode()
    assert jcs.canonicalize([{"n": number}]) == f'[{{"n":{text}}}]'.encode()


def test_document_of_the_text_comes_out() -> None:
    value: JSONValue = {
        "numbers": [333333333.33333329, 1e30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"/",
        "literals": [None, True, False],
    }
    expected = (
        '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    )
    assert jcs.canonicalize(value).decode() == expected


def test_names_are_sorted_by_utf_16_code_units() -> None:
    names = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\x80", "\xf6"]
    written = jcs.canonicalize(dict.fromkeys(names, 0))
    assert list(json.loads(written)) == ["\r", "1", "\x80", "\xf6", "\u20ac", "\U0001f600", "\ufb33"]


@given(values)
def test_any_value_is_written_as_rfc8785_does(value: JSONValue) -> None:
    assert jcs.canonicalize(value) == rfc8785.dumps(value)


@given(st.lists(doubles, min_size=20))
def test_any_double_is_written_as_rfc8785_does(numbers: list[float]) -> None:
    assert jcs.canonicalize(list(numbers)) == rfc8785.dumps(numbers)


@given(st.floats(1, 1e22).map(jcs.canonicalize).filter(bytes.isdigit))
@example(b"9007199254740992")
@example(b"295147905179352830000")
def test_whole_numbers_stay_as_ecmascript_writes_them(digits: bytes) -> None:
    # What a peer has written as a double is read as a whole number here.
    assert jcs.canonicalize(int(digits)) == digits


@given(st.integers(MAX, 10**22))
def test_whole_numbers_that_would_be_written_otherwise_are_refused(number: int) -> None:
    try:
        written = jcs.canonicalize(number)
    except DocumentError:
        assert rfc8785.dumps(float(number)) != str(number).encode()
    else:
        assert written == rfc8785.dumps(float(number)) == str(number).encode()


@given(values)
def test_what_is_written_reads_back_as_the_same_doubles(value: JSONValue) -> None:
    once = jcs.canonicalize(value)
    # Doubles beyond 2**53 are written without a point, as in ECMAScript, where all numbers are doubles.
    assert jcs.canonicalize(json.loads(once, parse_int=float)) == once


def test_a_badge_is_written_as_rfc8785_does() -> None:
    document = signed()
    assert jcs.canonicalize(document) == rfc8785.dumps(document)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf"), MAX + 2, -MAX - 2, 10**21, 10**400])
def test_number_that_no_double_is_is_refused(number: float) -> None:
    assert problem_of(lambda: jcs.canonicalize(number)) == (REFUSED, "")
    assert problem_of(lambda: jcs.canonicalize({"a": [1, {"b": number}]})) == (REFUSED, "/a/1/b")
    assert jcs.canonicalize([MAX, -MAX]) == f"[{MAX},{-MAX}]".encode()


@pytest.mark.parametrize("half", ["\ud800", "a\udc00b"])
def test_half_of_a_surrogate_pair_is_refused(half: str) -> None:
    assert problem_of(lambda: jcs.canonicalize([0, half])) == (REFUSED, "/1")
    assert problem_of(lambda: jcs.canonicalize({"a": {half: 1}})) == (REFUSED, "/a")


def test_all_that_is_refused_is_listed() -> None:
    value: JSONValue = [float("nan"), {"a": 2**53 + 1, "b": 0.5}, "\ud800"]
    assert problems_of(lambda: jcs.canonicalize(value)) == [(REFUSED, "/0"), (REFUSED, "/1/a"), (REFUSED, "/2")]


def test_nesting_without_end_is_refused() -> None:
    for leaf in (1, 0.5):
        value: JSONValue = leaf
        for _ in range(100_000):
            value = [value]
        assert problem_of(lambda: jcs.canonicalize(value)) == (REFUSED, "")  # noqa: B023
