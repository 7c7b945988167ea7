"""PNG, with Pillow and pypng as those who look at the pictures."""

from __future__ import annotations

import io
import json
import zlib

import png  # type: ignore[import-untyped]
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import microcred as mc
from tests.baking.pictures import SHAPES, chunk, picture, pixels, with_chunks
from tests.make import AT, KEY, badge, signed

KEYWORD = b"openbadgecredential"
TEXT = json.dumps(signed())
TOKEN = mc.sign_jwt(badge(), KEY)
ITXT = KEYWORD + b"\0\0\0\0\0"


def chunks(image: bytes) -> list[tuple[bytes, bytes]]:
    """Read the chunks as pypng does, which checks each CRC."""
    return [(bytes(kind), bytes(data)) for kind, data in png.Reader(bytes=image).chunks()]


@pytest.mark.parametrize("interlace", [False, True])
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: f"type {shape[0]}, {shape[1]} bits")
def test_every_pixel_and_every_other_chunk_stays(shape: tuple[int, int], interlace: bool) -> None:
    for seed in range(8):
        image = picture(seed, shape, interlace=interlace)
        baked = mc.bake(image, signed())
        assert pixels(baked) == pixels(image)
        assert [each for each in chunks(baked) if not each[1].startswith(KEYWORD)] == chunks(image)
        assert json.loads(mc.unbake(baked)) == signed()


def test_the_credential_is_one_uncompressed_chunk_of_utf_8() -> None:
    document = signed(name="Prüfung — 試験")
    baked = mc.bake(picture(), document)
    (data,) = [data for kind, data in chunks(baked) if kind == b"iTXt" and data.startswith(KEYWORD)]
    assert data.startswith(ITXT)
    assert json.loads(data.removeprefix(ITXT).decode()) == document
    with Image.open(io.BytesIO(baked)) as opened:
        opened.load()
        # Pillow reads texts into an attribute that its types do not know.
        assert json.loads(opened.text[KEYWORD.decode()]) == document  # type: ignore[attr-defined]


def test_a_token_stands_there_as_it_is() -> None:
    assert mc.unbake(mc.bake(picture(), TOKEN)) == TOKEN


def test_a_record_has_a_keyword_of_its_own() -> None:
    document = signed()
    document["type"] = ["VerifiableCredential", "ClrCredential"]
    baked = mc.bake(picture(), document)
    assert any(data.startswith(b"clrcredential\0") for _, data in chunks(baked))
    assert json.loads(mc.unbake(baked)) == document


def test_a_model_is_baked_as_its_document() -> None:
    assert json.loads(mc.unbake(mc.bake(picture(), mc.parse(signed())))) == signed()


def test_a_verifier_takes_the_picture() -> None:
    baked = mc.bake(picture(), signed())
    verifier = mc.Verifier(trusted_issuers={KEY.did})
    assert verifier.check(baked, at=AT)
    assert not verifier.check(baked.replace(b"Rust 101", b"Rust 102"), at=AT)


def test_what_is_not_signed_is_not_baked() -> None:
    with pytest.raises(mc.DocumentError) as caught:
        mc.bake(picture(), badge())
    assert caught.value.problems[0].pointer == "/proof"


def test_a_baked_picture_is_refused_or_baked_anew() -> None:
    baked = mc.bake(picture(), signed())
    with pytest.raises(mc.BakingError):
        mc.bake(baked, TOKEN)
    assert mc.bake(baked, TOKEN, replace=True) == mc.bake(picture(), TOKEN)


@pytest.mark.parametrize(
    "extra",
    [
        (b"iTXt", KEYWORD + b"\0\1\0\0\0" + zlib.compress(TEXT.encode())),
        (b"iTXt", KEYWORD + b"\0\0\0en\0credential\0" + TEXT.encode()),
        (b"tEXt", KEYWORD + b"\0" + TEXT.encode()),
        (b"tEXt", KEYWORD + b"\0" + TEXT.replace("Rust 101", "Prüfung").encode("latin-1")),
        (b"zTXt", KEYWORD + b"\0\0" + zlib.compress(TEXT.encode())),
        (b"iTXt", ITXT + b"\n " + TOKEN.encode() + b"\n"),
        (b"iTXt", b"clrcredential\0\0\0\0\0" + TEXT.encode()),
    ],
    ids=["compressed", "with a language", "tEXt", "Latin-1", "zTXt", "a token, with white space", "a record"],
)
def test_chunks_of_other_writers_are_read(extra: tuple[bytes, bytes]) -> None:
    text = mc.unbake(with_chunks(picture(), extra))
    assert text == TOKEN or json.loads(text)["issuer"] == signed()["issuer"]


def test_the_first_counts() -> None:
    twice = with_chunks(picture(), (b"iTXt", ITXT + b"{}"), (b"iTXt", ITXT + TEXT.encode()))
    assert mc.unbake(twice) == "{}"


BOMB = zlib.compress(b"0" * 300_000_000)
PNG = picture()
HOSTILE = {
    "nothing in it": PNG,
    "an assertion of Open Badges 2.0": with_chunks(PNG, (b"iTXt", b"openbadges\0\0\0\0\0{}")),
    "a compressed bomb": with_chunks(PNG, (b"iTXt", KEYWORD + b"\0\1\0\0\0" + BOMB)),
    "a bomb in zTXt": with_chunks(PNG, (b"zTXt", KEYWORD + b"\0\0" + BOMB)),
    "compressed, cut off": with_chunks(PNG, (b"zTXt", KEYWORD + b"\0\0" + zlib.compress(TEXT.encode())[:-9])),
    "compressed in an unknown way": with_chunks(PNG, (b"zTXt", KEYWORD + b"\0\7" + zlib.compress(TEXT.encode()))),
    "compressed, and damaged": with_chunks(PNG, (b"zTXt", KEYWORD + b"\0\0xyz")),
    "an empty chunk": with_chunks(PNG, (b"iTXt", ITXT)),
    "no separators": with_chunks(PNG, (b"iTXt", KEYWORD + b"\0\0")),
    "a keyword alone": with_chunks(PNG, (b"iTXt", KEYWORD)),
    "10,000 texts": with_chunks(PNG, *[(b"iTXt", b"x\0\0\0\0\0y")] * 10_000),
    "more than a document": with_chunks(PNG, (b"iTXt", ITXT + b" " * (4 * 1024 * 1024) + b"{}")),
    "a wrong checksum": mc.bake(PNG, TEXT).replace(b"Rust", b"Rost", 1),
    "cut off": mc.bake(PNG, TEXT)[:-20],
    "cut off in a length": mc.bake(PNG, TEXT)[:-10],
    "a length beyond the end": PNG[:8] + b"\x7f\xff\xff\xff" + PNG[12:],
    "a script behind the end": PNG + b"<script>",
    "a second picture behind the end": PNG + PNG,
    "an end with data": PNG[:-12] + chunk(b"IEND", b"x"),
    "another header": with_chunks(PNG, (b"IHDR", bytes(13))),
    "no header": PNG[:8] + chunk(b"IEND", b""),
    "the signature alone": PNG[:8],
    "half a signature": PNG[:6],
    "JPEG": b"\xff\xd8\xff\xe0",
    "nothing": b"",
    "too large": PNG + bytes(17 * 1024 * 1024),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_pictures_are_refused(name: str) -> None:
    with pytest.raises(mc.BakingError):
        mc.unbake(HOSTILE[name])
    if HOSTILE[name]:
        report = mc.Verifier(trusted_issuers={KEY.did}).check(HOSTILE[name], at=AT)
        assert report["proof"].code == "PARSING_ERROR"


@pytest.mark.parametrize("name", ["a wrong checksum", "cut off", "a script behind the end", "10,000 texts", "JPEG"])
def test_hostile_pictures_are_not_baked(name: str) -> None:
    with pytest.raises(mc.BakingError):
        mc.bake(HOSTILE[name], TOKEN, replace=True)


def test_a_picture_in_a_picture_is_refused() -> None:
    inner = with_chunks(PNG, (b"iTXt", ITXT + b'<svg xmlns="http://www.w3.org/2000/svg"/>'))
    report = mc.Verifier(trusted_issuers={KEY.did}).check(inner, at=AT)
    assert report["proof"].code == "PARSING_ERROR"


def test_an_image_is_bytes() -> None:
    with pytest.raises(TypeError):
        mc.bake("badge.png", TOKEN)  # type: ignore[arg-type]


@settings(max_examples=300)
@given(at=st.integers(0, 10**6), value=st.integers(0, 255), cut=st.booleans())
def test_damage_anywhere_is_an_error_or_harmless(at: int, value: int, cut: bool) -> None:
    baked = bytearray(mc.bake(PNG, TOKEN))
    place = at % len(baked)
    damaged = bytes(baked[:place]) if cut else bytes([*baked[:place], value, *baked[place + 1 :]])
    try:
        assert mc.unbake(damaged) == TOKEN
    except mc.BakingError:
        assert damaged != bytes(baked)
