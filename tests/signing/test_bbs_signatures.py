"""BBS signatures: the draft's own test vectors, and points, scalars and lengths that must be refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microcred.errors import InvalidKeyError
from microcred.json import JSONObject, JSONValue
from microcred.key_material import BLS_ORDER
from tests.support import SHARED, as_object, as_objects, load_json

pytest.importorskip("py_arkworks_bls12381", reason="needs the extra bbs")

from microcred.signing import _bbs, _bbs_utilities
from microcred.signing._bbs_utilities import (
    P1,
    create_generators,
    expand_message,
    hash_to_scalar,
    messages_to_scalars,
    octets_to_proof,
    octets_to_pubkey,
    octets_to_signature,
)

VECTORS = SHARED / "vectors" / "irtf-bbs-signatures" / "bls12-381-sha-256"
CASES = sorted(path.relative_to(VECTORS).as_posix() for path in VECTORS.rglob("*.json"))
SINGLE = {"generators.json", "h2s.json", "keypair.json", "MapMessageToScalarAsHash.json", "mockedRng.json"}
FIELD = 0x1A0111EA397FE69A4B1BA7B6434BACD764774B84F38512BF6730D2A0F6B0F6241EABFFFEB153FFFFB9FEFFFFFFFFAAAB


def hexadecimal(value: JSONValue) -> bytes:
    assert isinstance(value, str)
    return bytes.fromhex(value)


def texts(value: JSONValue) -> list[bytes]:
    assert isinstance(value, list)
    return [hexadecimal(item) for item in value]


def numbers(value: JSONValue) -> list[int]:
    assert isinstance(value, list)
    return [item for item in value if isinstance(item, int)]


# The draft's vectors


@pytest.fixture
def vectors() -> Callable[[str], JSONObject]:
    if not VECTORS.is_dir():
        pytest.skip(f"no vectors of draft-irtf-cfrg-bbs-signatures at {VECTORS}")
    return lambda name: load_json(VECTORS / name)


def test_no_vector_is_unknown() -> None:
    assert {name for name in CASES if "/" not in name} in (SINGLE, set())
    assert {name.split("/")[0] for name in CASES if "/" in name} <= {"signature", "proof"}
    assert len(CASES) in (30, 0)


def test_keys_and_hashes_are_those_of_the_draft(vectors: Callable[[str], JSONObject]) -> None:
    case = vectors("keypair.json")
    secret = _bbs.key_gen(*(hexadecimal(case[name]) for name in ("keyMaterial", "keyInfo", "keyDst")))
    pair = as_object(case["keyPair"])
    assert secret.to_bytes(32) == hexadecimal(pair["secretKey"])
    assert _bbs.sk_to_pk(secret) == hexadecimal(pair["publicKey"])
    case = vectors("h2s.json")
    scalar = hash_to_scalar(hexadecimal(case["message"]), hexadecimal(case["dst"]))
    assert scalar.to_bytes(32) == hexadecimal(case["scalar"])
    for each in as_objects(vectors("MapMessageToScalarAsHash.json")["cases"]):
        assert messages_to_scalars([hexadecimal(each["message"])])[0].to_bytes(32) == hexadecimal(each["scalar"])


def test_generators_are_those_of_the_draft(vectors: Callable[[str], JSONObject]) -> None:
    case = vectors("generators.json")
    expected = [hexadecimal(case["Q1"]), *texts(case["MsgGenerators"])]
    assert [point.to_compressed_bytes() for point in create_generators(len(expected))] == expected
    assert hexadecimal(case["P1"]) == P1


def mocked(case: JSONObject) -> Callable[[int], list[int]]:
    """Return the draft's mocked random scalars."""
    seed, dst = hexadecimal(case["seed"]), hexadecimal(case["dst"])

    def scalars(count: int) -> list[int]:
        data = expand_message(seed, dst, 48 * count)
        return [int.from_bytes(data[start : start + 48]) % BLS_ORDER for start in range(0, len(data), 48)]

    return scalars


@pytest.mark.parametrize("name", [name for name in CASES if name.startswith("signature/")] or ["signature/none"])
def test_signatures_are_those_of_the_draft(vectors: Callable[[str], JSONObject], name: str) -> None:
    case = vectors(name)
    pair = as_object(case["signerKeyPair"])
    public_key, header, messages = hexadecimal(pair["publicKey"]), hexadecimal(case["header"]), texts(case["messages"])
    valid = as_object(case["result"])["valid"]
    assert _bbs.verify(public_key, hexadecimal(case["signature"]), header, messages) == valid
    if valid:
        secret = int.from_bytes(hexadecimal(pair["secretKey"]))
        assert _bbs.sign(secret, public_key, header, messages) == hexadecimal(case["signature"])


@pytest.mark.parametrize("name", [name for name in CASES if name.startswith("proof/")] or ["proof/none"])
def test_proofs_are_those_of_the_draft(vectors: Callable[[str], JSONObject], name: str) -> None:
    case = vectors(name)
    public_key, header = hexadecimal(case["signerPublicKey"]), hexadecimal(case["header"])
    messages, indexes = texts(case["messages"]), numbers(case["disclosedIndexes"])
    bound = hexadecimal(case["presentationHeader"])
    disclosed = [messages[index] for index in indexes]
    valid = as_object(case["result"])["valid"]
    proof = hexadecimal(case["proof"])
    assert _bbs.proof_verify(public_key, proof, header, disclosed, indexes, presentation_header=bound) == valid
    if valid:
        made = _bbs.proof_gen(
            public_key,
            hexadecimal(case["signature"]),
            header,
            messages,
            indexes,
            presentation_header=bound,
            random_scalars=mocked(vectors("mockedRng.json")),
        )
        assert made == proof


# What they must be


SECRET = _bbs.key_gen(bytes(range(32)))
PUBLIC = _bbs.sk_to_pk(SECRET)
MESSAGES = [b"one", b"two", b"three", b"", b"three"]
SIGNATURE = _bbs.sign(SECRET, PUBLIC, b"header", MESSAGES)


@given(st.lists(st.binary(max_size=40), max_size=6), st.binary(max_size=40), st.binary(max_size=40), st.data())
def test_any_messages_are_signed_and_disclosed(
    messages: list[bytes], header: bytes, bound: bytes, data: st.DataObject
) -> None:
    signature = _bbs.sign(SECRET, PUBLIC, header, messages)
    assert _bbs.verify(PUBLIC, signature, header, messages)
    assert not _bbs.verify(PUBLIC, signature, header, [*messages, b"more"])
    indexes = [index for index in range(len(messages)) if data.draw(st.booleans())]
    proof = _bbs.proof_gen(PUBLIC, signature, header, messages, indexes, presentation_header=bound)
    assert _bbs.undisclosed_count(proof) == len(messages) - len(indexes)
    disclosed = [messages[index] for index in indexes]
    assert _bbs.proof_verify(PUBLIC, proof, header, disclosed, indexes, presentation_header=bound)
    assert not _bbs.proof_verify(PUBLIC, proof, header + b"x", disclosed, indexes, presentation_header=bound)
    assert not _bbs.proof_verify(PUBLIC, proof, header, disclosed, indexes, presentation_header=bound + b"x")
    if disclosed:
        changed = [disclosed[0] + b"x", *disclosed[1:]]
        assert not _bbs.proof_verify(PUBLIC, proof, header, changed, indexes, presentation_header=bound)


def proof_of(indexes: list[int]) -> bytes:
    return _bbs.proof_gen(PUBLIC, SIGNATURE, b"header", MESSAGES, indexes)


@pytest.mark.parametrize(
    "indexes", [[], [0], [0, 0], [1, 0], [0, 2], [0, 5], [-1, 1], [0, 2**64], [0, 1, 2], [0, 1, 2, 3, 4]]
)
def test_indexes_that_are_not_those_of_the_proof_are_refused(indexes: list[int]) -> None:
    proof = proof_of([0, 1])
    assert _bbs.proof_verify(PUBLIC, proof, b"header", MESSAGES[:2], [0, 1])
    for disclosed in (MESSAGES[:2], MESSAGES[: len(indexes)]):
        assert not _bbs.proof_verify(PUBLIC, proof, b"header", disclosed, indexes)


def test_a_signature_that_is_wrong_makes_no_proof() -> None:
    for signature in (b"", bytes(80), SIGNATURE[:-1], SIGNATURE[:48] + SIGNATURE[:32]):
        assert not _bbs.verify(PUBLIC, signature, b"header", MESSAGES)
        with pytest.raises(ValueError, match="signature"):
            _bbs.proof_gen(PUBLIC, signature, b"header", MESSAGES, [0])
    with pytest.raises(ValueError, match="signature"):
        _bbs.proof_gen(PUBLIC, SIGNATURE, b"other", MESSAGES, [0])


def test_key_material_is_long_enough() -> None:
    for material, info in ((bytes(31), b""), (bytes(32), bytes(65536))):
        with pytest.raises(ValueError, match="bytes"):
            _bbs.key_gen(material, info)
    assert _bbs.key_gen(bytes(32)) != _bbs.key_gen(bytes(32), b"info") != _bbs.key_gen(bytes(33))


def test_what_is_expanded_has_an_end() -> None:
    assert len(expand_message(b"", b"", 8160)) == 8160
    for count, dst in ((8161, b""), (48, bytes(256))):
        with pytest.raises(ValueError, match="at most"):
            expand_message(b"", dst, count)


def test_generators_beyond_the_cache_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = [point.to_compressed_bytes() for point in create_generators(40)]
    assert len(set(expected)) == 40
    monkeypatch.setattr(_bbs_utilities, "_generators", _bbs_utilities._Generators())
    monkeypatch.setattr(_bbs_utilities, "_MAX_CACHED_GENERATORS", 25)
    for count in (3, 30, 10, 40, 25, 26):
        assert [point.to_compressed_bytes() for point in create_generators(count)] == expected[:count]
    assert len(_bbs_utilities._generators.points) == 25


# Points and scalars that are none


def outside_g1() -> bytes:
    """Return a point of the curve that is not in its subgroup."""
    from py_arkworks_bls12381 import G1Point

    x = next(x for x in range(1, 100) if pow(x**3 + 4, (FIELD - 1) // 2, FIELD) == 1)
    data = bytes([0x80]) + x.to_bytes(47)
    assert not G1Point.from_compressed_bytes_unchecked(data).is_in_subgroup()
    return data


def outside_g2() -> bytes:
    """Return a point of the twist that is not in its subgroup."""
    from py_arkworks_bls12381 import G2Point

    for x in range(1, 100):
        data = bytes([0x80]) + bytes(47) + x.to_bytes(48)
        try:
            point = G2Point.from_compressed_bytes_unchecked(data)
        except ValueError:
            continue
        assert not point.is_in_subgroup()
        return data
    raise AssertionError("no such point")


def no_square() -> bytes:
    """Return an x that no point of the curve has."""
    x = next(x for x in range(1, 100) if pow(x**3 + 4, (FIELD - 1) // 2, FIELD) != 1)
    return bytes([0x80]) + x.to_bytes(47)


def second_form() -> bytes:
    """Return a point of the subgroup whose x has the field added, which leaves room for few."""
    points = (int.from_bytes(point.to_compressed_bytes()) for point in create_generators(40))
    point = next(point for point in points if point % 2**381 + FIELD < 2**381)
    return (point + FIELD).to_bytes(48)


A = SIGNATURE[:48]
BAD_POINTS = {
    "the identity": b"\xc0" + bytes(47),
    "the identity with a sign": b"\xe0" + bytes(47),
    "the identity with something in it": b"\xc0" + bytes(46) + b"\1",
    "all ones": b"\xff" * 48,
    "all zeros": bytes(48),
    "zero": b"\x80" + bytes(47),
    "not compressed": bytes([A[0] & 0x7F]) + A[1:],
    "not compressed, with a sign": b"\x20" + A[1:],
    "not a square": no_square(),
    "outside the subgroup": outside_g1(),
    "x is the field": bytes([0x80 | FIELD >> 376]) + (FIELD & (2**376 - 1)).to_bytes(47),
    "x in a second form": second_form(),
    "the other sign": bytes([A[0] ^ 0x20]) + A[1:],
}
BAD_SCALARS = {
    "zero": bytes(32),
    "the order": BLS_ORDER.to_bytes(32),
    "above the order": (BLS_ORDER + 1).to_bytes(32),
    "all ones": b"\xff" * 32,
}


@pytest.mark.parametrize("point", BAD_POINTS.values(), ids=BAD_POINTS.keys())
def test_a_point_that_is_none_is_refused(point: bytes) -> None:
    assert not _bbs.verify(PUBLIC, point + SIGNATURE[48:], b"header", MESSAGES)
    proof = proof_of([0])
    for start in (0, 48, 96):
        changed = proof[:start] + point + proof[start + 48 :]
        assert not _bbs.proof_verify(PUBLIC, changed, b"header", MESSAGES[:1], [0])
        # The other sign makes a point, and another one.
        assert (octets_to_proof(changed) is None) == (point != BAD_POINTS["the other sign"])


@pytest.mark.parametrize("scalar", BAD_SCALARS.values(), ids=BAD_SCALARS.keys())
def test_a_scalar_that_is_none_is_refused(scalar: bytes) -> None:
    assert octets_to_signature(A + scalar) is None
    assert not _bbs.verify(PUBLIC, A + scalar, b"header", MESSAGES)
    proof = proof_of([0])
    for start in range(144, len(proof), 32):
        changed = proof[:start] + scalar + proof[start + 32 :]
        assert octets_to_proof(changed) is None
        assert not _bbs.proof_verify(PUBLIC, changed, b"header", MESSAGES[:1], [0])


def test_a_scalar_has_one_form() -> None:
    e = int.from_bytes(SIGNATURE[48:])
    assert not _bbs.verify(PUBLIC, A + (e + BLS_ORDER).to_bytes(32), b"header", MESSAGES)


@pytest.mark.parametrize("length", [0, 1, 48, 144, 271, 273, 272 + 31, 272 + 33, 272 + 3 * 32])
def test_a_proof_of_another_length_is_refused(length: int) -> None:
    proof = (proof_of([0]) + bytes(100))[:length]
    assert not _bbs.proof_verify(PUBLIC, proof, b"header", MESSAGES[:1], [0])


@pytest.mark.parametrize("length", [0, 48, 79, 81, 112])
def test_a_signature_of_another_length_is_refused(length: int) -> None:
    assert octets_to_signature((SIGNATURE + SIGNATURE)[:length]) is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        PUBLIC[:-1],
        PUBLIC + b"\0",
        PUBLIC[:48],
        bytes(96),
        b"\xc0" + bytes(95),
        b"\xe0" + bytes(95),
        b"\xff" * 96,
        b"\x80" + bytes(95),
        bytes([PUBLIC[0] & 0x7F]) + PUBLIC[1:],
        bytes([PUBLIC[0] & 0xE0 | FIELD >> 376]) + (FIELD & (2**376 - 1)).to_bytes(47) + PUBLIC[48:],
        PUBLIC[:48] + FIELD.to_bytes(48),
        outside_g2(),
    ],
)
def test_a_public_key_that_is_none_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidKeyError):
        octets_to_pubkey(data)
    with pytest.raises(InvalidKeyError):
        _bbs.verify(data, SIGNATURE, b"header", MESSAGES)
    with pytest.raises(InvalidKeyError):
        _bbs.proof_verify(data, proof_of([0]), b"header", MESSAGES[:1], [0])


@given(st.binary(max_size=400))
def test_any_bytes_are_refused(data: bytes) -> None:
    assert octets_to_signature(data) is None
    assert octets_to_proof(data) is None
    with pytest.raises(InvalidKeyError):
        octets_to_pubkey(data)


@given(st.data())
def test_a_bit_that_was_flipped_is_noticed(data: st.DataObject) -> None:
    for whole in (SIGNATURE, proof_of([0, 3])):
        changed = bytearray(whole)
        changed[data.draw(st.integers(0, len(whole) - 1))] ^= 1 << data.draw(st.integers(0, 7))
        if whole is SIGNATURE:
            assert not _bbs.verify(PUBLIC, bytes(changed), b"header", MESSAGES)
        else:
            assert not _bbs.proof_verify(PUBLIC, bytes(changed), b"header", [MESSAGES[0], MESSAGES[3]], [0, 3])
