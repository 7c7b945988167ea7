"""microcred.encoding: known answers, round trips, and only one text for each value."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microcred.encoding import (
    base58_decode,
    base58_encode,
    base64url_decode,
    base64url_encode,
    multibase_decode,
    multibase_encode,
    varint_decode,
    varint_encode,
)
from tests.support import as_object, load_json, load_objects, refuses

BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


# Known answers


@pytest.mark.parametrize(
    ("data", "text"),
    [
        # draft-msporny-base58-03 §5, and the leading zeros of §3.
        (b"", ""),
        (b"Hello World!", "2NEpo7TZRRrLZSi2U"),
        (
            b"The quick brown fox jumps over the lazy dog.",
            "USm3fpXnKG5EUBx2ndxBDMPVciP5hGey2Jh4NDv6gmeo1LkMeiKrLJUUBk6Z",
        ),
        (bytes.fromhex("0000287fb4cd"), "11233QC4"),
        (b"\0", "1"),
        (b"\0" * 10, "1" * 10),
        (b"\xff", "5Q"),
    ],
)
def test_base58_known_answers(data: bytes, text: str) -> None:
    assert base58_encode(data) == text
    assert base58_decode(text) == data


@pytest.mark.parametrize(
    ("data", "text"),
    [
        # RFC 4648 §10, without the padding; RFC 7515 appendix C.
        (b"", ""),
        (b"f", "Zg"),
        (b"fo", "Zm8"),
        (b"foo", "Zm9v"),
        (b"foob", "Zm9vYg"),
        (b"fooba", "Zm9vYmE"),
        (b"foobar", "Zm9vYmFy"),
        (bytes([3, 236, 255, 224, 193]), "A-z_4ME"),
    ],
)
def test_base64url_known_answers(data: bytes, text: str) -> None:
    assert base64url_encode(data) == text
    assert base64url_decode(text) == data


@pytest.mark.parametrize(
    ("number", "data"),
    [
        # The examples of the unsigned-varint specification, and the multicodec prefixes of keys.
        (0, "00"),
        (1, "01"),
        (127, "7f"),
        (128, "8001"),
        (255, "ff01"),
        (300, "ac02"),
        (16384, "808001"),
        (0xED, "ed01"),
        (0x1200, "8024"),
        (0x1201, "8124"),
        (0x1205, "8524"),
        (0x1300, "8026"),
        (0x1306, "8626"),
        (0x1307, "8726"),
        (2**63 - 1, "ffffffffffffffff7f"),
    ],
)
def test_varint_known_answers(number: int, data: str) -> None:
    assert varint_encode(number) == bytes.fromhex(data)
    assert varint_decode(bytes.fromhex(data)) == (number, b"")
    assert varint_decode(bytes.fromhex(data) + b"\x80rest") == (number, b"\x80rest")


@pytest.mark.parametrize(("name", "prefix"), [("Ed25519", 0xED), ("P-256", 0x1200), ("P-384", 0x1201)])
def test_multibase_of_the_keys_of_the_w3c_suites(shared: Path, name: str, prefix: int) -> None:
    key = as_object(load_json(shared / "vectors/vc-api/keys.json")[name])
    public = bytes.fromhex(str(key["publicKeyHex"]))
    text = str(key["publicKeyMultibase"])
    assert varint_decode(multibase_decode(text, "z")) == (prefix, public)
    assert multibase_encode(varint_encode(prefix) + public) == text


def test_multibase_of_the_ed25519_secret_in_both_forms(shared: Path) -> None:
    key = as_object(load_json(shared / "vectors/vc-api/keys.json")["Ed25519"])
    secret, public = bytes.fromhex(str(key["secretKeyHex"])), bytes.fromhex(str(key["publicKeyHex"]))
    assert multibase_encode(varint_encode(0x1300) + secret) == key["secretKeyMultibaseSpec"]
    assert multibase_encode(varint_encode(0x1300) + secret + public) == key["secretKeyMultibase"]


@pytest.mark.parametrize(
    ("file", "member", "prefix", "size"),
    [
        ("w3c-vc-di-eddsa/keyPair.json", "publicKeyMultibase", 0xED, 32),
        ("w3c-vc-di-eddsa/keyPair.json", "privateKeyMultibase", 0x1300, 32),
        ("w3c-vc-di-ecdsa/p256KeyPair.json", "publicKeyMultibase", 0x1200, 33),
        ("w3c-vc-di-ecdsa/p256KeyPair.json", "secretKeyMultibase", 0x1306, 32),
        ("w3c-vc-di-ecdsa/p384KeyPair.json", "publicKeyMultibase", 0x1201, 49),
        ("w3c-vc-di-ecdsa/p384KeyPair.json", "secretKeyMultibase", 0x1307, 48),
    ],
)
def test_multibase_of_the_w3c_key_pairs(shared: Path, file: str, member: str, prefix: int, size: int) -> None:
    text = str(load_json(shared / "vectors" / file)[member])
    data = multibase_decode(text)
    code, key = varint_decode(data)
    assert (code, len(key)) == (prefix, size)
    assert multibase_encode(data) == text


def test_multibase_of_the_dcc_seeds(shared: Path) -> None:
    for vector in load_objects(shared / "vectors/ob3/test-vectors/dcc-test-seeds.json"):
        data = bytes.fromhex(f"{vector['header']}{vector['seedHex']}")
        assert multibase_decode(str(vector["seedMultibase"])) == data
        assert multibase_encode(data) == vector["seedMultibase"]


# Round trips


@given(st.binary(max_size=200))
def test_base58_round_trips(data: bytes) -> None:
    assert base58_decode(base58_encode(data)) == data


@given(st.text(BASE58, max_size=200))
def test_every_base58_text_is_the_only_one_of_its_bytes(text: str) -> None:
    assert base58_encode(base58_decode(text)) == text


@given(st.binary())
def test_base64url_round_trips_and_agrees_with_the_standard_library(data: bytes) -> None:
    text = base64url_encode(data)
    assert text == base64.urlsafe_b64encode(data).decode().rstrip("=")
    assert base64url_decode(text) == data


@given(st.text(BASE64URL, max_size=100))
def test_a_base64url_text_is_refused_or_the_only_one_of_its_bytes(text: str) -> None:
    try:
        data = base64url_decode(text)
    except ValueError:
        return
    assert base64url_encode(data) == text


@given(st.binary(max_size=200), st.sampled_from("zu"))
def test_multibase_round_trips(data: bytes, base: str) -> None:
    text = multibase_encode(data, base)
    assert text[0] == base
    assert multibase_decode(text) == multibase_decode(text, base) == data


@given(st.integers(0, 2**63 - 1), st.binary(max_size=20))
def test_varint_round_trips(number: int, rest: bytes) -> None:
    assert varint_decode(varint_encode(number) + rest) == (number, rest)


@given(st.binary(max_size=20))
def test_a_varint_is_refused_or_in_its_only_form(data: bytes) -> None:
    try:
        number, rest = varint_decode(data)
    except ValueError:
        return
    assert varint_encode(number) + rest == data


@given(st.text(max_size=50))
def test_any_text_is_decoded_or_refused_with_value_error(text: str) -> None:
    for decode in (base58_decode, base64url_decode, multibase_decode):
        try:
            decode(text)
        except ValueError:
            continue


# Refusals


@pytest.mark.parametrize("text", ["0", "O", "I", "l", "a b", " a", "a\n", "é", "+", "\0", "2NEpo7TZRRrLZSi2U=", "１"])
def test_base58_refuses_characters_outside_its_alphabet(text: str) -> None:
    assert refuses(base58_decode, text)


def test_base58_refuses_more_than_1536_characters() -> None:
    base58_decode("z" * 1536)
    assert refuses(base58_decode, "z" * 1537)
    assert refuses(base58_decode, "1" * 10_000_000)
    assert refuses(multibase_decode, "z" * 10_000_000)


@pytest.mark.parametrize(
    "text",
    [
        "Zg==",  # padding
        "Zm8=",
        "=",
        "Zm9v=",
        "Zh",  # left-over bits that are not zero
        "Zm9",
        "Zm9vYmF",
        "Z",  # a length that no bytes have
        "Zm9vY",
        "A+z/4ME",  # the other base64 alphabet
        "A-z/4ME",
        "Zm 9v",
        "Zm9v\n",
        "\nZm9v",
        "Zm9v\0",
        "Zm.9v",
        "Zm9vé",
        "Ｚｇ",
        "Zm9v\ud800",
    ],
)
def test_base64url_refuses_what_its_encoder_does_not_write(text: str) -> None:
    assert refuses(base64url_decode, text)


@pytest.mark.parametrize("text", ["", "m", "mZm9v", "fdeadbeef", "Z2NEpo7TZRRrLZSi2U", "U", " z1", "6Mk", "ｚ1"])
def test_multibase_refuses_another_prefix(text: str) -> None:
    assert refuses(multibase_decode, text)


def test_multibase_refuses_a_base_that_is_not_asked_for() -> None:
    assert multibase_decode("z5Q", "z") == multibase_decode("u_w", "u") == b"\xff"
    assert refuses(multibase_decode, "u_w", "z")
    assert refuses(multibase_decode, "z5Q", "u")


@pytest.mark.parametrize("text", ["uZg==", "uZh", "z0", "z5Q ", "zl"])
def test_multibase_refuses_text_that_is_not_canonical_in_its_base(text: str) -> None:
    assert refuses(multibase_decode, text)


@pytest.mark.parametrize("base", ["", "m", "zu", "Z"])
def test_multibase_writes_only_its_two_bases(base: str) -> None:
    assert refuses(multibase_encode, b"x", base)


@pytest.mark.parametrize(
    "data",
    [
        "",
        "80",  # no end
        "ffff",
        "8000",  # longer than it need be
        "ed8100",
        "ff00",
        "80808080808080808001",  # beyond nine bytes
        "ffffffffffffffffff01",
        "80" * 1000,
    ],
)
def test_varint_refuses_what_does_not_end_or_is_not_shortest(data: str) -> None:
    assert refuses(varint_decode, bytes.fromhex(data))


def test_varint_refuses_to_write_a_negative_number() -> None:
    assert refuses(varint_encode, -1)
