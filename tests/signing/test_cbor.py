"""The reader and writer of CBOR: what cbor2 says, in one form where one is asked for, and within bounds."""

from __future__ import annotations

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microcred.signing._cbor import Cbor, Reader, write
from tests.support import identical, refuses

cbor2 = pytest.importorskip("cbor2")

SIZES = [0, 1, 22, 23, 24, 255, 256, 65535, 65536, 2**32 - 1, 2**32, 2**64 - 1]
NUMBERS = st.sampled_from(SIZES) | st.integers(0, 2**64 - 1)
KEYS = NUMBERS | NUMBERS.map(lambda number: -1 - number)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
PROOF_VALUES: st.SearchStrategy[Cbor] = st.recursive(
    NUMBERS | st.binary(max_size=300) | TEXTS,
    lambda inner: st.lists(inner, max_size=30) | st.dictionaries(NUMBERS, inner, max_size=30),
    max_leaves=20,
)
HEADERS: st.SearchStrategy[Cbor] = st.recursive(
    KEYS | st.floats(allow_nan=False, allow_infinity=False) | st.binary() | TEXTS | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=30) | st.dictionaries(KEYS | TEXTS, inner, max_size=30),
    max_leaves=20,
)


def depth(value: Cbor) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth, value.values()), default=0)
    return 1 + max(map(depth, value), default=0) if isinstance(value, list) else 0


def read(data: bytes, *, cose: bool = True) -> Cbor:
    return Reader(data, cose=cose).only_value()


@given(PROOF_VALUES)
def test_what_is_written_is_read_by_both_readers_and_by_others(value: Cbor) -> None:
    data = write(value)
    assert cbor2.loads(data) == value
    if depth(value) <= 8:
        assert identical(read(data), value)
    if depth(value) <= 3:
        assert identical(read(data, cose=False), value)


@given(st.dictionaries(KEYS, KEYS, max_size=30))
def test_maps_are_written_in_the_order_of_their_keys(value: dict[int, int]) -> None:
    # RFC 8949 §4.2.1: by the bytes of the keys, so that 24 comes before -1.
    pairs = sorted(cbor2.dumps(key) + cbor2.dumps(item) for key, item in value.items())
    assert write(value) == cbor2.dumps(value)[: -len(b"".join(pairs)) or None] + b"".join(pairs)


@given(HEADERS)
def test_what_others_write_is_read(value: Cbor) -> None:
    if depth(value) <= 8:
        assert identical(read(cbor2.dumps(value)), value)
        assert identical(read(cbor2.dumps(value, canonical=True)), value)


@pytest.mark.parametrize(
    ("data", "value"),
    [
        # RFC 8949 appendix A.
        ("00", 0),
        ("1864", 100),
        ("1bffffffffffffffff", 18446744073709551615),
        ("20", -1),
        ("3bffffffffffffffff", -18446744073709551616),
        ("f90000", 0.0),
        ("f98000", -0.0),
        ("f93e00", 1.5),
        ("fa47c35000", 100000.0),
        ("fb7e37e43c8800759c", 1.0e300),
        ("f90001", 5.960464477539063e-8),
        ("f4", False),
        ("f5", True),
        ("f6", None),
        ("4401020304", b"\1\2\3\4"),
        ("6449455446", "IETF"),
        ("64f0908591", "\U00010151"),
        ("8301820203820405", [1, [2, 3], [4, 5]]),
        ("a26161016162820203", {"a": 1, "b": [2, 3]}),
        # Longer heads than they need be.
        ("1800", 0),
        ("1b0000000000000000", 0),
        ("3800", -1),
        ("5900024142", b"AB"),
        ("9a0000000101", [1]),
        ("b80100f6", {0: None}),
    ],
)
def test_known_answers(data: str, value: Cbor) -> None:
    assert identical(read(bytes.fromhex(data)), value)


@pytest.mark.parametrize(
    "data",
    [
        "",
        *("18", "19ff", "41", "61", "81", "a1", "a100", "fb00"),  # an early end
        *("0000", "8000", "a0ff"),  # something behind
        *("1c", "1d", "1e", "1f", "3c", "5c", "7c", "9c", "bc", "dc", "fc"),  # reserved
        *("5f4100ff", "7f6161ff", "9f00ff", "bf0000ff", "ff", "9f"),  # without a length
        *("c000", "c24101", "d81800", "d9d9f700", "db000000000000000000"),  # tags
        *("f7", "e0", "f0", "f814", "f815", "f816", "f8ff"),  # undefined, and other simple values
        *("f97c00", "f97e00", "f9fc00", "fa7f800000", "fb7ff8000000000000"),  # no finite numbers
        *("61ff", "62c328", "63eda080"),  # not UTF-8
        *("a200000000", "a2616100616100", "a20000180000"),  # a key twice
        *("a1f500", "a1f600", "a1f9000000", "a1410000", "a18000", "a1a000"),  # another kind of key
        *("9bffffffffffffffff", "bbffffffffffffffff", "5bffffffffffffffff", "7bffffffffffffffff"),
        "81" * 9 + "00",
        "a100" * 9 + "00",
        "81" * 1_000_000,
        "a100" * 1_000_000,
    ],
)
def test_what_is_refused(data: str) -> None:
    assert refuses(read, bytes.fromhex(data))


@given(st.binary(max_size=100))
def test_any_bytes_are_read_as_others_read_them_or_refused(data: bytes) -> None:
    try:
        value = read(data)
    except ValueError:
        return
    assert identical(cbor2.loads(data), value)


@pytest.mark.parametrize("value", [True, False, None, 1.0, math.nan, object(), {None: 1}, [1.5]], ids=repr)
def test_only_what_has_one_form_is_written(value: Cbor) -> None:
    with pytest.raises(TypeError):
        write(value)


class Counting(Reader):
    """Counts the values that are read."""

    read = 0

    def _value(self, depth: int) -> Cbor:
        Counting.read += 1
        return super()._value(depth)


def long_arrays() -> bytes:
    return b"\x9a" + struct.pack(">I", 2**22) + b"\x80" * 2**22


def long_maps() -> bytes:
    pairs = b"".join(b"\x1a" + struct.pack(">I", key) + b"\x80" for key in range(2**19))
    return b"\xba" + struct.pack(">I", 2**19) + pairs


@pytest.mark.parametrize("cose", [True, False])
@pytest.mark.parametrize("data", [long_arrays(), long_maps(), b"\x84" * 2**22], ids=["arrays", "maps", "nested"])
def test_much_of_little_is_refused_at_a_bounded_cost(data: bytes, *, cose: bool) -> None:
    Counting.read = 0
    assert refuses(Counting(data, cose=cose).only_value)
    # Each takes some dozens of bytes, so that this bounds the memory too.
    assert Counting.read <= (2**12 if cose else 2**18) + 1
