"""Status lists against the standard's example, published lists, and lists of bits as one would write them."""

from __future__ import annotations

import base64
import gzip
import pickle
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microcred import Limits
from microcred.errors import StatusListError
from microcred.status import MINIMUM_ENTRIES, StatusList, decode_bits, encode_bits, value_at
from tests.support import SHARED, as_object, load_json

# Bitstring Status List 1.0, example 3: nobody is revoked.
EXAMPLE = "uH4sIAAAAAAAAA-3BMQEAAADCoPVPbQwfoAAAAAAAAAAAAAAAAAAAAIC3AYbSVKsAQAAA"
SAMPLES = SHARED / "vectors/ob3/samples"
SIZES = (1, 2, 3, 4, 5, 7, 8, 13, 64)


def naive(values: list[int], size: int) -> bytes:
    """Return entries as a bitstring, by way of a text of zeros and ones."""
    text = "".join(f"{value:0{size}b}" for value in values)
    text += "0" * (-len(text) % 8)
    return bytes(int(text[start : start + 8], 2) for start in range(0, len(text), 8))


def multibase(data: bytes) -> str:
    return "u" + base64.urlsafe_b64encode(data).decode().rstrip("=")


def code_of(encoded: str, *, bare: bool = False, limits: Limits | None = None) -> str:
    """Return the code by which reading a list is refused."""
    with pytest.raises(StatusListError) as refusal:
        decode_bits(encoded, bare=bare, limits=limits or Limits())
    return refusal.value.code


# What others wrote


def test_the_example_of_the_standard_is_read_and_written_byte_for_byte() -> None:
    assert StatusList().encode() == EXAMPLE
    statuses = StatusList.decode(EXAMPLE)
    assert (len(statuses), list(statuses.indexes()), statuses) == (MINIMUM_ENTRIES, [], StatusList())


@pytest.mark.usefixtures("shared")
@pytest.mark.parametrize(
    ("name", "entries", "revoked"),
    [
        ("validator/ob30/bit-string-list/testlist", 131_072, [23]),
        ("mocks/dcc-status-e5WK8CbZ1GjycuPombrj.json", 100_000, [2, 6, 8]),
    ],
)
def test_published_lists_are_read(name: str, entries: int, revoked: list[int]) -> None:
    subject = as_object(load_json(SAMPLES / name)["credentialSubject"])
    statuses = StatusList.decode(str(subject["encodedList"]))
    assert (len(statuses), list(statuses.indexes())) == (entries, revoked)


@pytest.mark.usefixtures("shared")
def test_published_credentials_are_revoked_where_their_authors_say_so() -> None:
    subject = as_object(load_json(SAMPLES / "mocks/dcc-status-e5WK8CbZ1GjycuPombrj.json")["credentialSubject"])
    statuses = StatusList.decode(str(subject["encodedList"]))
    compared = 0
    for path in (SAMPLES / "dcc-vc-test-fixtures").rglob("*Status-*.json"):
        if "noStatus" not in path.name:
            index = int(str(as_object(load_json(path)["credentialStatus"])["statusListIndex"]))
            assert statuses[index] == ("revokedStatus" in path.name), path.name
            compared += 1
    assert compared > 15


@pytest.mark.usefixtures("shared")
def test_a_published_list_that_was_changed_is_refused() -> None:
    path = SAMPLES / "mocks/vc-test-fixtures/statusLists/didkey-ed25519Signature2020/tampered.json"
    assert code_of(str(as_object(load_json(path)["credentialSubject"])["encodedList"])) == "MALFORMED_VALUE_ERROR"


def test_what_is_written_is_gzip_to_others() -> None:
    bits = bytes(range(256)) * 64
    encoded = encode_bits(bits)
    compressed = base64.urlsafe_b64decode(encoded[1:] + "=" * (-len(encoded[1:]) % 4))
    assert (encoded[0], gzip.decompress(compressed)) == ("u", bits)
    # RFC 1952 §2.3: no flags, no time, so that equal lists are equal text.
    assert compressed[:10] == b"\x1f\x8b\x08" + bytes(6) + b"\x03"


@pytest.mark.parametrize("level", [0, 1, 6, 9])
def test_other_ways_to_compress_are_read(level: int) -> None:
    bits = bytes(range(256)) * 64
    assert decode_bits(multibase(gzip.compress(bits, level, mtime=1_700_000_000))) == bits


# The layout


def test_the_first_entry_is_the_leftmost_bit() -> None:
    assert decode_bits(StatusList.from_indexes([0]).encode())[0] == 0b1000_0000
    assert decode_bits(StatusList.from_indexes([131_071]).encode())[-1] == 0b0000_0001


@pytest.mark.parametrize("size", SIZES)
@given(data=st.data())
def test_entries_lie_as_a_text_of_zeros_and_ones_has_them(size: int, data: st.DataObject) -> None:
    values = data.draw(st.lists(st.integers(0, 2**size - 1), min_size=1, max_size=60))
    statuses = StatusList(len(values), size=size)
    places = list(range(len(values)))
    for index in data.draw(st.permutations(places)):
        statuses[index] = 2**size - 1
        statuses[index] = values[index]
    assert decode_bits(statuses.encode(minimum_entries=0)) == naive(values, size)
    assert list(statuses)[: len(values)] == values
    assert list(statuses.indexes()) == [index for index in places if values[index]]
    assert StatusList.decode(statuses.encode(minimum_entries=0), size=size) == statuses


@given(st.binary(max_size=2_000))
def test_bits_survive_writing_and_reading(bits: bytes) -> None:
    assert decode_bits(encode_bits(bits)) == bits
    assert encode_bits(bits) == encode_bits(bytearray(bits))


@given(st.sets(st.integers(0, MINIMUM_ENTRIES - 1), max_size=100))
def test_indexes_survive_writing_and_reading(indexes: set[int]) -> None:
    made = StatusList.from_indexes(indexes)
    read = StatusList.decode(made.encode())
    assert list(read.indexes()) == sorted(indexes)
    assert read == made
    for index in indexes:
        read[index] = 0
    assert read == StatusList()


def test_a_length_is_rounded_up_to_whole_bytes() -> None:
    assert [len(StatusList(length)) for length in (0, 1, 8, 9)] == [0, 8, 8, 16]
    assert [len(StatusList(length, size=3)) for length in (1, 2, 3)] == [2, 2, 5]


def test_lists_are_values() -> None:
    statuses = StatusList.from_indexes([5], size=2, value=3)
    assert (statuses[5], statuses[4], statuses.size) == (3, 0, 2)
    assert pickle.loads(pickle.dumps(statuses)) == statuses
    assert statuses != StatusList.from_indexes([5], size=2)
    assert statuses != StatusList.from_indexes([5])
    assert statuses != "a list"
    assert repr(statuses) == "StatusList(131072, size=2)"
    with pytest.raises(TypeError):
        hash(statuses)


# What is refused


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("index", [-1, -(10**30), 10**30])
def test_an_index_beyond_the_list_is_refused(size: int, index: int) -> None:
    statuses = StatusList(1_000, size=size)
    for beyond in (index, len(statuses)):
        for use in (
            lambda: statuses[beyond],  # noqa: B023
            lambda: statuses.__setitem__(beyond, 1),  # noqa: B023
            lambda: value_at(bytes(1_000 * size // 8), beyond, size),  # noqa: B023
            lambda: StatusList.from_indexes([beyond], 1_000, size=size),  # noqa: B023
        ):
            with pytest.raises(StatusListError) as refusal:
                use()
            assert refusal.value.code == "RANGE_ERROR"
    assert statuses == StatusList(1_000, size=size)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_a_list_that_makes_its_holders_stand_out_is_not_written(size: int) -> None:
    short = StatusList(MINIMUM_ENTRIES - 8, size=size)
    with pytest.raises(StatusListError) as refusal:
        short.encode()
    assert refusal.value.code == "STATUS_LIST_LENGTH_ERROR"
    assert StatusList.decode(short.encode(minimum_entries=100_000), size=size) == short
    assert len(StatusList(size=size).encode()) > 50


def test_misuse_is_a_value_error() -> None:
    for length, size in ((-1, 1), (8, 0), (8, -1), (8, 65)):
        with pytest.raises(ValueError, match="status list"):
            StatusList(length, size=size)
    for value in (-1, 4):
        with pytest.raises(ValueError, match="2 bits"):
            StatusList(8, size=2)[0] = value


MEMBER = gzip.compress(bytes(16_384), mtime=0)
DAMAGED = {
    "empty": "",
    "only a prefix": "u",
    "no prefix": EXAMPLE[1:],
    "base58": "z" + EXAMPLE[1:],
    "padding": EXAMPLE + "==",
    "the other alphabet": EXAMPLE.replace("-", "+"),
    "white space": EXAMPLE + "\n",
    "not ASCII": EXAMPLE + "ä",
    "a bit of base64 too many": EXAMPLE[:-1] + "B",
    "not compressed": multibase(bytes(16_384)),
    "zlib": multibase(zlib.compress(bytes(16_384))),
    "raw deflate": multibase(zlib.compress(bytes(16_384), wbits=-15)),
    "no end": multibase(MEMBER[:-1]),
    "no trailer": multibase(MEMBER[:-8]),
    "only a header": multibase(MEMBER[:10]),
    "wrong CRC": multibase(MEMBER[:-8] + bytes(4) + MEMBER[-4:]),
    "wrong length": multibase(MEMBER[:-4] + bytes(4)),
    "something behind it": multibase(MEMBER + b"\0"),
    "two members": multibase(MEMBER + MEMBER),
    "a flipped bit": multibase(MEMBER[:12] + bytes([MEMBER[12] ^ 1]) + MEMBER[13:]),
    "a preset dictionary": multibase(b"\x1f\x8b\x08\xff" + MEMBER[4:]),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_list_is_refused(name: str) -> None:
    assert code_of(DAMAGED[name]) == "MALFORMED_VALUE_ERROR"
    if name not in ("no prefix", "padding", "the other alphabet"):
        assert code_of(DAMAGED[name].removeprefix("u") or "H", bare=True) == "MALFORMED_VALUE_ERROR"


@given(st.text(max_size=50) | st.binary(max_size=200).map(multibase))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        assert isinstance(decode_bits(text, bare=True), bytes)
    except StatusListError as error:
        assert error.code == "MALFORMED_VALUE_ERROR"


def test_the_form_of_status_list_2021_is_read_where_it_is_asked_for() -> None:
    older = base64.b64encode(gzip.compress(bytes(range(256)) * 64, mtime=0)).decode()
    assert "/" in older or "+" in older
    for text in (older, older.rstrip("="), older.replace("+", "-").replace("/", "_")):
        assert decode_bits(text, bare=True) == bytes(range(256)) * 64
        assert code_of(text) == "MALFORMED_VALUE_ERROR"
    assert StatusList.decode(EXAMPLE, bare=True) == StatusList.decode(EXAMPLE[1:], bare=True) == StatusList()


# What it costs


def peak_of(encoded: str, limits: Limits) -> int:
    """Return the bytes of memory that it takes to refuse a list."""
    tracemalloc.start()
    try:
        assert code_of(encoded, limits=limits) == "TOO_COMPLEX"
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_bomb_is_stopped_at_the_limit() -> None:
    limits = Limits(max_status_list_bytes=1_000_000)
    bomb = encode_bits(bytes(100_000_000))
    assert len(bomb) < 140_000
    assert peak_of(bomb, limits) < 6_000_000
    assert peak_of("u" + "A" * 3_000_000, limits) < 100_000
    assert decode_bits(encode_bits(bytes(1_000_000)), limits=limits) == bytes(1_000_000)
    assert code_of(encode_bits(bytes(1_000_001)), limits=limits) == "TOO_COMPLEX"


def test_a_hundred_million_entries_take_the_memory_of_their_bits() -> None:
    entries = 100_000_000
    tracemalloc.start()
    try:
        statuses = StatusList.from_indexes([0, 94_567, entries - 1], entries)
        read = StatusList.decode(statuses.encode())
        assert (read == statuses, read[entries - 1], read[entries - 2]) == (True, 1, 0)
        assert list(read.indexes()) == [0, 94_567, entries - 1]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 6 * entries / 8


def test_an_error_says_what_and_where() -> None:
    error = StatusListError("too long", "RANGE_ERROR", "/credentialSubject")
    assert (error.reason, error.code, error.pointer) == ("too long", "RANGE_ERROR", "/credentialSubject")
    assert str(error) == "/credentialSubject: too long"
    assert str(StatusListError("too long")) == "too long"
    again = pickle.loads(pickle.dumps(error))
    assert (again.reason, again.code, again.pointer) == (error.reason, error.code, error.pointer)
