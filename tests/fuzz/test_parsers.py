"""Every parser, with what is damaged and with rubbish: an error of the own tree or a value, and back to what it was."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

import microcred as mc
from microcred import encoding
from microcred.baking import bake, unbake
from microcred.documents import judge, parse, to_document
from microcred.errors import BakingError, DocumentError, InvalidKeyError, MicrocredError, ProofError, StatusListError
from microcred.json import dumps, loads
from microcred.models import DateTime
from microcred.signing import _selective_cbor, ecdsa_sd, selective
from microcred.signing._cbor import Reader, write
from microcred.signing.cose import decode_cose
from microcred.signing.jose import decode_jwt
from microcred.signing.reading import receive
from microcred.signing.sd_jwt import decode_sd_jwt
from microcred.status import StatusList, decode_bits, encode_bits, value_at
from tests.fuzz.mutations import WORDS, as_object, damaged_bytes, damaged_json, damaged_text, values
from tests.hostile import forge
from tests.hostile.families import cose_messages, images, sd_jwts
from tests.hostile.families import selective as parts
from tests.make import AT, badge
from tests.strategies import effort
from tests.support import identical

T = TypeVar("T")
TEXTS = st.one_of(st.text(max_size=60), st.lists(st.sampled_from(WORDS), max_size=6).map("".join))


def tried(function: Callable[[], T], *expected: type[Exception]) -> T | None:
    """Return what a call returns; None when it raises what it may."""
    try:
        return function()
    except MicrocredError as error:
        assert not expected or isinstance(error, expected)
        assert str(error)
        assert len(str(error)) < 20_000
        return None
    except ValueError as error:
        # The encodings, which know nothing of documents.
        assert expected == (ValueError,)
        assert str(error)
        return None


# Encodings


@given(st.one_of(st.text(max_size=80), damaged_text(forge.ISSUER.multikey)))
def test_multibase_and_its_bases_are_read_in_one_way(text: str) -> None:
    for decode, encode in (
        (encoding.base58_decode, encoding.base58_encode),
        (encoding.base64url_decode, encoding.base64url_encode),
    ):
        data = tried(lambda decode=decode: decode(text), ValueError)  # type: ignore[misc]
        assert data is None or encode(data) == text
    data = tried(lambda: encoding.multibase_decode(text), ValueError)
    assert data is None or encoding.multibase_encode(data, text[0]) == text


@given(st.binary(max_size=80))
def test_bytes_come_back_from_each_base(data: bytes) -> None:
    for base in "zu":
        assert encoding.multibase_decode(encoding.multibase_encode(data, base)) == data


@given(st.one_of(st.binary(max_size=12), st.integers(0, 2**62).map(encoding.varint_encode)))
def test_varints_are_read_in_one_way(data: bytes) -> None:
    found = tried(lambda: encoding.varint_decode(data), ValueError)
    assert found is None or encoding.varint_encode(found[0]) + found[1] == data


# JSON


_SIGNED = forge.signed()
_TEXT = json.dumps(_SIGNED)


@given(st.one_of(damaged_text(_TEXT), damaged_bytes(_TEXT.encode()), TEXTS, st.binary(max_size=60)))
def test_json_is_read_as_others_read_it_or_refused(text: str | bytes) -> None:
    value = tried(lambda: loads(text), DocumentError)
    if value is None:
        return
    assert identical(loads(dumps(value)), value)
    # A reader may pass over a byte order mark (RFC 8259 §8.1), as Python's own does for bytes only.
    plain = text.decode() if isinstance(text, bytes) else text
    assert identical(json.loads(plain.removeprefix("\ufeff")), value)


@given(values)
def test_json_that_is_written_is_read_again(value: Any) -> None:
    written = tried(lambda: dumps(loads(json.dumps(value))), DocumentError)
    assert written is None or identical(loads(written), json.loads(written))


@given(st.one_of(damaged_json(_SIGNED), values))
def test_documents_are_read_and_judged(document: Any) -> None:
    tried(lambda: judge(as_object(document)))
    model = tried(lambda: parse(as_object(document)))
    if model is not None:
        # Reading loses nothing.
        assert identical(model.model_dump(), to_document(as_object(document)))


# Dates


@given(
    st.one_of(TEXTS, damaged_text("2026-05-01T09:30:00.5+02:00"), damaged_text("9999-12-31T24:00:00Z")), st.booleans()
)
def test_dates_keep_their_spelling(text: str, tolerant: bool) -> None:
    moment = tried(lambda: DateTime.parse(text, tolerant=tolerant), ValueError)
    if moment is not None:
        assert moment.lexical == text
        assert moment.tzinfo is None or moment.astimezone(UTC) is not None or moment.year in (1, 9999)


# Keys


def _keys_of(read: Callable[[], mc.PublicKey]) -> None:
    key = tried(read, InvalidKeyError)
    if key is not None:
        assert mc.PublicKey.from_multikey(key.multikey) == key
        if key.type != "BLS12-381":
            assert mc.PublicKey.from_jwk(key.to_jwk()) == key
            assert not tried(lambda: key.verifies(b"\0" * 64, b"message"))


_MULTIKEYS = [key.multikey for key in (forge.ISSUER, forge.P256, forge.P384, forge.SECP256K1)]


@given(st.one_of(st.sampled_from(_MULTIKEYS).flatmap(damaged_text), TEXTS))
def test_multikeys_and_dids_of_keys_are_keys_or_refused(text: str) -> None:
    _keys_of(lambda: mc.PublicKey.from_multikey(text))
    for did in (f"did:key:{text}", f"did:jwk:{text}", text):
        _keys_of(lambda did=did: mc.PublicKey.from_did(did))  # type: ignore[misc]


@given(st.binary(max_size=70), st.sampled_from([b"", b"\xed\x01", b"\x80\x24", b"\x81\x24", b"\x85\x24", b"\xeb\x01"]))
def test_bytes_are_multikeys_or_refused(data: bytes, code: bytes) -> None:
    _keys_of(lambda: mc.PublicKey.from_multikey("z" + encoding.base58_encode(code + data)))


@given(
    st.sampled_from([forge.ISSUER, forge.P256, forge.P384, forge.RSA_2048]).flatmap(lambda key: damaged_json(key.jwk))
)
def test_jwks_are_keys_or_refused(jwk: Any) -> None:
    _keys_of(lambda: mc.PublicKey.from_jwk(as_object(jwk)))
    did = "did:jwk:" + encoding.base64url_encode(json.dumps(jwk).encode())
    _keys_of(lambda: mc.PublicKey.from_did(did))


@given(st.one_of(st.text(max_size=200), st.binary(max_size=200)))
def test_text_is_a_pem_or_refused(text: str | bytes) -> None:
    wrapped = f"-----BEGIN PUBLIC KEY-----\n{text!r}\n-----END PUBLIC KEY-----"
    for pem in (text, wrapped):
        tried(lambda pem=pem: mc.PublicKey.from_pem(pem), InvalidKeyError)  # type: ignore[misc]


# Envelopes


_HEADER, _PAYLOAD = forge.header(), forge.payload()
_TOKEN = forge.token(_HEADER, _PAYLOAD)
_SD_JWT = next(case for family in sd_jwts.families() for case in family.cases)["input"]["text"]
_COSE = forge.cose({1: -8, 4: forge.ISSUER.method.encode()}, badge())


def _token_of(header: Any, payload: Any) -> str:
    return f"{forge.part(header)}.{forge.part(payload)}.AAAA"


@given(
    st.one_of(
        damaged_text(_TOKEN),
        damaged_json(_HEADER).map(lambda header: _token_of(header, _PAYLOAD)),
        damaged_json(_PAYLOAD).map(lambda payload: _token_of(_HEADER, payload)),
        TEXTS,
    )
)
def test_jwts_are_taken_apart_or_refused(text: str) -> None:
    envelope = tried(lambda: decode_jwt(text), DocumentError)
    if envelope is not None:
        header, payload, signature = text.strip().split(".")
        assert encoding.base64url_encode(envelope.signature) == signature
        assert envelope.signed == f"{header}.{payload}".encode()
        assert envelope.not_before is None or envelope.not_before.tzinfo is not None
        assert envelope.expires is None or envelope.expires.tzinfo is not None


@st.composite
def _sd_jwts(draw: st.DrawFn) -> str:
    """Return an SD-JWT whose digests fit to Disclosures that are damaged."""
    contents = draw(st.lists(damaged_json(["salt", "name", {"a": [1, {"b": 2}]}]), max_size=4))
    texts = [forge.part(each) for each in contents]
    digests = [forge.digest(text) for text in texts]
    payload = {**_PAYLOAD, "_sd": digests[:2], "evidence": [{"...": each} for each in digests[2:]]}
    damaged = draw(st.one_of(st.just(payload), damaged_json(payload, 1)))
    return "~".join(
        [_token_of({"alg": "EdDSA", "typ": draw(st.sampled_from(["vc+sd-jwt", "dc+sd-jwt"]))}, damaged), *texts, ""]
    )


@given(st.one_of(damaged_text(_SD_JWT), _sd_jwts(), TEXTS))
def test_sd_jwts_are_processed_or_refused(text: str) -> None:
    sd_jwt = tried(lambda: decode_sd_jwt(text), DocumentError, ProofError)
    if sd_jwt is not None:
        tried(lambda: sd_jwt.confirmation, ProofError)
        left = dumps(sd_jwt.envelope.document)
        assert '"_sd":' not in left
        assert '"...":' not in left
        again = decode_sd_jwt(sd_jwt.text)
        assert again.envelope.document == sd_jwt.envelope.document


@given(st.one_of(damaged_bytes(_COSE), st.binary(max_size=60).map(lambda data: b"\xd2\x84" + data)))
def test_cose_messages_are_taken_apart_or_refused(data: bytes) -> None:
    envelope = tried(lambda: decode_cose(data), DocumentError)
    assert envelope is None or isinstance(envelope.document, dict)


@given(st.one_of(st.binary(max_size=60), damaged_bytes(write([b"a", {1: b"b"}, "c", [1, 2, -3]]))))
def test_cbor_is_read_in_one_way(data: bytes) -> None:
    value = tried(lambda: Reader(data).only_value(), ValueError)
    assert value is None or write(Reader(write(value)).only_value()) == write(value)
    assert value is None or len(write(value)) == len(data)
    tried(lambda: Reader(data, cose=True).only_value(), ValueError)


@given(
    st.sampled_from(["application/vc+jwt", "application/vc+sd-jwt", "application/vc+cose;base64", "", "text/html"]),
    st.one_of(damaged_text(_TOKEN), damaged_text(_SD_JWT), TEXTS),
    st.sampled_from(["EnvelopedVerifiableCredential", "EnvelopedVerifiablePresentation"]),
)
def test_envelopes_in_urls_are_opened_or_refused(media_type: str, data: str, kind: str) -> None:
    document = {"@context": forge.CREDENTIALS, "id": f"data:{media_type},{data}", "type": kind}
    tried(lambda: receive(document), DocumentError)


# Proof values


_DERIVED: Any = next(case for family in parts.families() for case in family.cases)["input"]["json"]
_PROOF = _DERIVED["proof"][0] if isinstance(_DERIVED["proof"], list) else _DERIVED["proof"]
_VALUE = encoding.base64url_decode(_PROOF["proofValue"][1:])
_P256 = mc.PublicKey.from_multikey(forge.P256.multikey)


@effort(0.5)
@given(damaged_bytes(_VALUE), st.sampled_from(["ecdsa-sd-2023", "bbs-2023"]))
def test_damaged_proofs_of_parts_do_not_hold(data: bytes, suite: str) -> None:
    if data == _VALUE:
        return
    proof = {**_PROOF, "cryptosuite": suite, "proofValue": encoding.multibase_encode(data, "u")}
    with pytest.raises(ProofError):
        selective.verify_derived({**_DERIVED, "proof": proof}, _P256)


@effort(0.5)
@given(damaged_bytes(_VALUE))
def test_holders_can_make_nothing_of_damaged_proofs(data: bytes) -> None:
    proof = {**_PROOF, "proofValue": encoding.multibase_encode(b"\xd9\x5d\x00" + data[3:], "u")}
    tried(lambda: ecdsa_sd.derive({**_DERIVED, "proof": proof}, ["/evidence"]), ProofError, mc.SigningError)
    tried(lambda: _selective_cbor.parts_of(data, b"\xd9\x5d\x01", "ecdsa-sd-2023"), ProofError)


# Pictures


_IMAGES = [case for family in images.families() for case in family.cases if "base64" in case["input"]]
_PNG = base64.b64decode(_IMAGES[0]["input"]["base64"])
_SVG = next(case["input"]["text"] for family in images.families() for case in family.cases if "text" in case["input"])


@given(st.one_of(damaged_bytes(_PNG), damaged_text(_SVG).map(str.encode), st.binary(max_size=60)))
def test_pictures_carry_text_or_are_refused(image: bytes) -> None:
    text = tried(lambda: unbake(image), BakingError)
    if text is not None:
        assert len(text) <= len(image) * 1100
        baked = tried(lambda: bake(image, _TOKEN, replace=True), BakingError)
        assert baked is None or unbake(baked) == _TOKEN


# Status lists


_PACKED = forge.gzipped(forge.bits([7, 9], 4096))


@given(st.one_of(damaged_bytes(_PACKED), st.binary(max_size=60)), st.sampled_from("uz "), st.booleans())
def test_bit_strings_are_unpacked_or_refused(data: bytes, prefix: str, bare: bool) -> None:
    limits = mc.Limits(max_status_list_bytes=4096)
    text = prefix.strip() + encoding.base64url_encode(data)
    bits = tried(lambda: decode_bits(text, bare=bare, limits=limits), StatusListError)
    if bits is not None:
        assert len(bits) <= 4096
        assert decode_bits(encode_bits(bits), limits=limits) == bits


@given(st.binary(max_size=40), st.integers(-2, 400), st.integers(1, 20))
def test_entries_of_a_list_are_what_others_count(bits: bytes, index: int, size: int) -> None:
    text = "".join(f"{byte:08b}" for byte in bits)
    expected = text[index * size : (index + 1) * size] if index >= 0 else ""
    value = tried(lambda: value_at(bits, index, size), StatusListError)
    assert value == (int(expected, 2) if len(expected) == size else None)


@given(st.lists(st.integers(0, 500), max_size=20), st.integers(1, 8))
def test_a_list_that_is_written_is_read_again(indexes: list[int], size: int) -> None:
    made = StatusList.from_indexes(indexes, 501, size=size)
    assert StatusList.decode(made.encode(minimum_entries=1), size=size) == made
    assert list(made.indexes()) == sorted(set(indexes))


def test_the_sample_is_good_before_it_is_damaged() -> None:
    selective.verify_derived(_DERIVED, _P256)
    assert decode_cose(_COSE).document == badge()
    assert decode_sd_jwt(_SD_JWT).disclosures
    assert next(cose_messages.families()).cases
    with suppress(StopIteration):
        assert datetime(2026, 1, 1, tzinfo=UTC) < AT
