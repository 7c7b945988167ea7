"""microcred.json: what is read, what is refused and where, and that nothing is shared with the caller."""

from __future__ import annotations

import json
import re
from collections import OrderedDict, UserDict, defaultdict
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from fractions import Fraction
from functools import partial
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from microcred.json import JSONValue, _Copier, copy, dumps, loads, loads_object, place, pointer
from microcred.limits import DEFAULT_LIMITS, Limits
from tests.strategies import effort
from tests.support import attempt, identical, problem_of, refuses

UNREADABLE = ("PARSING_ERROR", "")

json_values: st.SearchStrategy[JSONValue] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda values: st.lists(values) | st.dictionaries(st.text(), values),
    max_leaves=30,
)


def nested_array(depth: int) -> str:
    return "[" * depth + "]" * depth


def nested_object(depth: int) -> str:
    return '{"a":' * (depth - 1) + "{}" + "}" * (depth - 1)


# Reading


@given(json_values)
def test_what_is_written_is_read_back_with_its_types(value: JSONValue) -> None:
    assert identical(loads(dumps(value)), value)
    assert identical(loads(dumps(value).encode()), value)


@given(json_values)
def test_escaped_and_indented_json_is_read_as_well(value: JSONValue) -> None:
    assert identical(loads(json.dumps(value, indent=1)), value)


@given(json_values)
def test_copying_keeps_types(value: JSONValue) -> None:
    assert identical(copy(value), value)


@given(st.text(max_size=30) | st.text('[]{}",:0123456789.eE+-truefalsn \\u', max_size=30))
def test_any_text_is_read_as_python_reads_it_or_refused_with_parsing_error(text: str) -> None:
    value, problems = attempt(lambda: loads(text))
    assert {code for code, _ in problems} <= {"PARSING_ERROR"}
    assert problems or identical(value, json.loads(text.removeprefix("\ufeff")))


@given(st.binary(max_size=30))
def test_any_bytes_are_read_or_refused_with_parsing_error(data: bytes) -> None:
    _, problems = attempt(lambda: loads(data))
    assert {code for code, _ in problems} <= {"PARSING_ERROR"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("1.0", 1.0),
        ("-0", 0),
        ("-0.0", -0.0),
        ("1e2", 100.0),
        ("1E-2", 0.01),
        ("9007199254740993", 9007199254740993),
        ("true", True),
        ("null", None),
        (' \t\r\n"x" ', "x"),
        ('"\\u00e9\\ud83d\\ude00\\/"', "é😀/"),
        ('"\\u0000"', "\0"),
        ('{"b":1,"a":2}', {"b": 1, "a": 2}),
        ('{"":{"":[]}}', {"": {"": []}}),
        ('{"é":1,"e\u0301":2}', {"é": 1, "e\u0301": 2}),
    ],
)
def test_values_keep_their_type(text: str, value: JSONValue) -> None:
    for form in (text, text.encode(), bytearray(text.encode())):
        assert identical(loads(form), value)


def test_members_keep_their_order() -> None:
    assert list(loads_object('{"b":1,"a":2,"c":3}')) == ["b", "a", "c"]


def test_a_byte_order_mark_is_ignored() -> None:
    assert loads(b'\xef\xbb\xbf{"a":1}') == {"a": 1}
    assert loads('\ufeff{"a":1}') == {"a": 1}
    assert loads('["\ufeff"]') == ["\ufeff"]
    for twice in ('\ufeff\ufeff{"a":1}', '\ufeff\ufeff{"a":1}'.encode()):
        assert problem_of(lambda twice=twice: loads(twice)) == ("PARSING_ERROR", "")  # type: ignore[misc]


@pytest.mark.parametrize("text", ["[]", '"{}"', "1", "null", "true"])
def test_loads_object_refuses_what_is_not_an_object(text: str) -> None:
    assert problem_of(lambda: loads_object(text)) == UNREADABLE
    assert problem_of(lambda: loads_object(text.encode())) == UNREADABLE


# Refusals of text


@pytest.mark.parametrize(
    "text",
    [
        '{"a":1,"a":1}',
        '{"a":1,"b":2,"a":3}',
        '{"a":1,"\\u0061":2}',
        '{"a":{"b":[{"c":1,"c":2}]}}',
        '[{"":1,"":2}]',
        '{"\\ud83d\\ude00":1,"😀":2}',
        '{"\\ud800":1,"\\ud800":2}',
    ],
)
def test_a_member_name_twice_is_refused(text: str) -> None:
    assert problem_of(lambda: loads(text)) == UNREADABLE


def test_the_same_name_in_two_objects_is_fine() -> None:
    assert loads('[{"a":{"a":1}},{"a":2}]') == [{"a": {"a": 1}}, {"a": 2}]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400", "-1e400", "1e999999999", "1" * 400 + ".0"])
@pytest.mark.parametrize("form", ["{}", "[{}]", '{{"a":{{"b":{}}}}}'])
def test_numbers_that_are_not_finite_are_refused(number: str, form: str) -> None:
    assert problem_of(lambda: loads(form.format(number))) == UNREADABLE


def test_a_number_of_thousands_of_digits_is_refused() -> None:
    assert loads("1" * 300) == int("1" * 300)
    assert problem_of(lambda: loads("1" * 5_000)) == UNREADABLE
    assert problem_of(lambda: loads('{"a":[-' + "9" * 1_000_000 + "]}")) == UNREADABLE


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ('"\\ud800"', ""),
        ('"\\udfff"', ""),
        ('"\\udc00\\ud800"', ""),
        ('{"a":["b","x\\ud83dy"]}', "/a/1"),
        ('{"a":{"\\ud800":1}}', "/a"),
        ('{"a/b~c":"\\ud800"}', "/a~1b~0c"),
        ('"\ud800"', ""),
        ('{"a":"\udc00"}', "/a"),
        ('{"\ud800":1}', ""),
    ],
)
def test_half_of_a_surrogate_pair_is_refused(text: str, where: str) -> None:
    assert problem_of(lambda: loads(text)) == ("PARSING_ERROR", where)


@pytest.mark.parametrize(
    "data",
    [
        b'"\xff"',
        b'"\xc3"',
        b'"\xc0\x80"',  # overlong
        b'"\xed\xa0\x80"',  # a surrogate
        b'"\xf4\x90\x80\x80"',  # beyond Unicode
        '{"é":1}'.encode("latin-1"),
        '{"a":1}'.encode("utf-16"),
        '{"a":1}'.encode("utf-16-le"),
        '{"a":1}'.encode("utf-32"),
    ],
)
def test_what_is_not_utf_8_is_refused(data: bytes) -> None:
    assert problem_of(lambda: loads(data)) == UNREADABLE


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\ufeff",
        "{",
        "[1,]",
        '{"a":1,}',
        "{'a':1}",
        "{a:1}",
        "[1] 2",
        "{}{}",
        "01",
        "+1",
        ".5",
        "1.",
        "0x1",
        "1_000",
        "１",
        "True",
        "undefined",
        '"\n"',
        '"\t"',
        '"\0"',
        '"\\x"',
        '"\\u12"',
        '"',
        "// comment\n{}",
        "/* comment */{}",
        "\xa0{}",
        "{}\0",
    ],
)
def test_what_is_not_json_is_refused(text: str) -> None:
    assert problem_of(lambda: loads(text)) == UNREADABLE
    assert problem_of(lambda: loads(text.encode())) == UNREADABLE


# Limits


@pytest.mark.parametrize("nested", [nested_array, nested_object])
def test_depth_is_limited(nested: Callable[[int], str]) -> None:
    limit = DEFAULT_LIMITS.max_json_depth
    loads(nested(limit))
    for depth in (limit + 1, 1_000, 10_000, 1_000_000):
        assert problem_of(partial(loads, nested(depth))) == UNREADABLE


def test_deep_text_that_never_closes_is_refused() -> None:
    assert problem_of(lambda: loads("[" * 100_000)) == UNREADABLE
    assert problem_of(lambda: loads('{"a":' * 100_000)) == UNREADABLE


def test_depth_of_python_values_is_limited() -> None:
    value: JSONValue = 1
    for _ in range(DEFAULT_LIMITS.max_json_depth):
        value = [value]
    copy(value)
    assert problem_of(lambda: copy([value])) == UNREADABLE
    for _ in range(10_000):
        value = {"a": value}
    assert problem_of(lambda: copy(value)) == UNREADABLE


def test_size_is_limited() -> None:
    limit = DEFAULT_LIMITS.max_document_bytes
    assert loads('"' + "a" * (limit - 2) + '"') == "a" * (limit - 2)
    assert problem_of(lambda: loads('"' + "a" * (limit - 1) + '"')) == UNREADABLE
    assert problem_of(lambda: loads(b" " * 50_000_000)) == UNREADABLE
    assert problem_of(lambda: loads(" " * 50_000_000)) == UNREADABLE
    assert problem_of(lambda: copy({"a": "a" * 50_000_000})) == UNREADABLE
    assert problem_of(lambda: copy({"a" * 50_000_000: 1})) == UNREADABLE


def test_size_is_counted_in_bytes_whether_they_come_as_bytes_or_text() -> None:
    text = '"' + "é" * 60 + '"'
    limits = Limits(max_document_bytes=100)
    assert problem_of(lambda: loads(text.encode(), limits)) == UNREADABLE
    assert problem_of(lambda: loads(text, limits)) == UNREADABLE


def test_the_number_of_values_is_limited() -> None:
    limits = Limits(max_json_values=5)
    assert loads("[1,2,3,4]", limits) == [1, 2, 3, 4]
    assert problem_of(lambda: loads("[1,2,3,4,5]", limits)) == UNREADABLE
    assert problem_of(lambda: loads('{"a":{"b":[null,true]},"c":1}', limits)) == UNREADABLE
    assert problem_of(lambda: copy([[], [], [], [], []], limits)) == UNREADABLE
    assert problem_of(lambda: loads("[" + "0," * 1_000_000 + "0]")) == UNREADABLE


def test_a_value_that_is_shared_counts_as_often_as_it_occurs() -> None:
    value: list[object] = [1]
    for _ in range(50):
        value = [value, value]
    assert problem_of(lambda: copy(value)) == UNREADABLE


def test_cyclic_values_are_refused() -> None:
    array: list[object] = []
    array.extend([array, array])
    assert problem_of(lambda: copy(array)) == UNREADABLE
    members: dict[str, object] = {"name": "x"}
    members["self"] = [members]
    assert problem_of(lambda: copy(members)) == UNREADABLE


# Copying


class Colour(StrEnum):
    RED = "red"


class Number(IntEnum):
    ONE = 1


class Point(NamedTuple):
    x: int
    y: int


class Text(str):
    __slots__ = ()


class Whole(int):
    pass


class Real(float):
    pass


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        ((1, (2, ())), [1, [2, []]]),
        (Point(1, 2), [1, 2]),
        (Colour.RED, "red"),
        (Number.ONE, 1),
        (Text("x"), "x"),
        (Whole(3), 3),
        (Real(2.0), 2.0),
        (True, True),
        (OrderedDict(a=1), {"a": 1}),
        (defaultdict(list, {"a": [1]}), {"a": [1]}),
        ({Colour.RED: 1, Text("t"): 2}, {"red": 1, "t": 2}),
    ],
)
def test_subclasses_become_plain(value: object, plain: JSONValue) -> None:
    copied = copy(value)
    assert identical(copied, plain)
    if isinstance(copied, dict):
        assert {type(name) for name in copied} == {str}


class Plain(Enum):
    A = "a"


@pytest.mark.parametrize(
    "value",
    [
        datetime(2024, 1, 1, tzinfo=UTC),
        date(2024, 1, 1),
        Decimal(1),
        Fraction(1, 2),
        1j,
        {1},
        frozenset("a"),
        b"bytes",
        bytearray(b"bytes"),
        memoryview(b"bytes"),
        UUID(int=0),
        PurePosixPath("a"),
        range(3),
        iter([1]),
        object(),
        object,
        len,
        Plain.A,
        UserDict(a=1),
        MappingProxyType({"a": 1}),
        {"a": 1}.keys(),
        ...,
        float("nan"),
        float("inf"),
        float("-inf"),
        Real("nan"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_json_cannot_say_is_refused_where_it_stands(value: object) -> None:
    assert problem_of(lambda: copy(value)) == ("PARSING_ERROR", "")
    assert problem_of(lambda: copy({"a": [0, {"b/~": value}]})) == ("PARSING_ERROR", "/a/1/b~1~0")
    assert problem_of(lambda: copy(({}, (value,)))) == ("PARSING_ERROR", "/1/0")


@pytest.mark.parametrize("name", [1, 1.5, True, None, b"a", ("a",), Plain.A], ids=repr)
def test_a_member_name_that_is_not_text_is_refused_where_its_object_stands(name: object) -> None:
    assert problem_of(lambda: copy({name: 1})) == ("PARSING_ERROR", "")
    assert problem_of(lambda: copy({"a": [{name: 1}]})) == ("PARSING_ERROR", "/a/0")


@pytest.mark.parametrize(
    ("value", "where"),
    [("\ud800", ""), ({"a": ["x", "é\udc00"]}, "/a/1"), ({"a": {"\ud800": 1}}, "/a"), ("\ud83d\ude00", "")],
)
def test_half_of_a_surrogate_pair_in_python_text_is_refused(value: object, where: str) -> None:
    assert problem_of(lambda: copy(value)) == ("PARSING_ERROR", where)


@pytest.mark.parametrize(
    "number",
    [2**53 + 1, -(10**300), 10**4_000, 10**5_000, -(10**5_000)],
    ids=["beyond 2**53", "300 digits", "4,000 digits", "5,000 digits", "negative"],
)
def test_a_whole_number_that_is_accepted_can_be_written(number: int) -> None:
    value, problems = attempt(lambda: copy({"a": [number]}))
    assert problems in ([], [("PARSING_ERROR", "/a/0")])
    assert problems or loads(dumps(value)) == {"a": [number]}


def test_nothing_is_shared_with_the_input() -> None:
    inner: list[JSONValue] = [1]
    members: dict[str, JSONValue] = {"x": inner}
    value: dict[str, JSONValue] = {"a": inner, "b": members, "c": inner}
    copied = copy(value)
    assert isinstance(copied, dict)
    inner.append(2)
    members["y"] = 3
    value["z"] = 4
    assert copied == {"a": [1], "b": {"x": [1]}, "c": [1]}
    assert isinstance(copied["a"], list)
    copied["a"].append(5)
    assert copied["c"] == [1]
    assert inner == [1, 2]


def test_the_limits_of_the_caller_hold_in_copies() -> None:
    assert problem_of(lambda: copy([[]], Limits(max_json_depth=1))) == UNREADABLE
    assert problem_of(lambda: copy(["aaa", "aaa"], Limits(max_document_bytes=5))) == UNREADABLE
    assert problem_of(lambda: copy([1, 2], Limits(max_json_values=2))) == UNREADABLE


odd_values: st.SearchStrategy[JSONValue] = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats() | st.text(max_size=5) | st.just("\ud800"),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=12,
)
narrow_limits = st.builds(
    Limits,
    max_json_depth=st.integers(0, 5),
    max_json_values=st.integers(1, 15),
    max_document_bytes=st.integers(1, 30) | st.just(10_000),
)


@effort(5)
@given(odd_values, narrow_limits | st.just(DEFAULT_LIMITS))
def test_the_quick_copy_is_the_thorough_one(value: JSONValue, limits: Limits) -> None:
    thorough = attempt(lambda: _Copier(limits).copy(value, ()))
    quick = attempt(lambda: copy(value, limits))
    assert quick[1] == thorough[1]
    assert identical(quick[0], thorough[0])


@effort(5)
@given(odd_values, narrow_limits | st.just(DEFAULT_LIMITS), st.booleans(), st.sampled_from([None, 1]))
def test_what_is_read_is_what_a_copy_of_it_is(
    value: JSONValue, limits: Limits, ascii_: bool, indent: int | None
) -> None:
    text = json.dumps(value, ensure_ascii=ascii_, indent=indent)
    size = len(text.encode(errors="surrogatepass"))
    assume(size <= limits.max_document_bytes and not re.search("NaN|Infinity", text))
    thorough = attempt(lambda: _Copier(limits).copy(json.loads(text), ()))
    quick = attempt(lambda: loads(text, limits))
    assert quick[1] == thorough[1]
    assert identical(quick[0], thorough[0])


@pytest.mark.parametrize("padding", [0, 5_000])
def test_whole_numbers_that_cannot_be_written_are_found_in_what_is_read(padding: int) -> None:
    space = " " * padding
    assert problem_of(lambda: loads(f'{space}{{"a": [[1, {"9" * 4_299}]]}}')) == ("PARSING_ERROR", "/a/0/1")
    assert loads(f"{space}[{'9' * 4_000}]") == [int("9" * 4_000)]


# Writing


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_writing_refuses_numbers_that_are_not_finite(number: float) -> None:
    assert refuses(dumps, [number])


def test_json_is_written_on_one_line_without_spaces_or_escapes() -> None:
    assert dumps({"é": ["😀\n", 1.0, 1, True, None]}) == '{"é":["😀\\n",1.0,1,true,null]}'


# Pointers


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        # RFC 6901 §5.
        ((), ""),
        (("foo", 0), "/foo/0"),
        (("",), "/"),
        (("a/b",), "/a~1b"),
        (("m~n",), "/m~0n"),
        (("~1",), "/~01"),
        ((" ", "k\\l", 'i"j'), '/ /k\\l/i"j'),
    ],
)
def test_pointers_are_written_as_in_rfc_6901(parts: tuple[str | int, ...], text: str) -> None:
    assert pointer(*parts) == text


@pytest.mark.parametrize("where", ["", "/credentialSubject/0/a~1b", "/0/1"])
def test_a_place_is_named_for_people(where: str) -> None:
    words = place(where)
    assert words
    assert ("a/b" in words) == where.endswith("a~1b")
