"""QR codes, read by zxing-cpp, which shares no code with segno."""

from __future__ import annotations

import io
import sys
import xml.etree.ElementTree as ET

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import microcred as mc
from microcred.baking.raster import to_png
from microcred.share import qr
from tests.make import KEY, badge
from tests.share.samples import PAGE, SVG
from tests.strategies import effort


def decoded(png: bytes) -> str:
    """Return what another reader reads in a picture with one code."""
    (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(png)).convert("RGB"))
    return found.text


def test_the_url_is_read_by_others() -> None:
    assert decoded(qr(PAGE, format="png")) == PAGE
    svg = qr(PAGE)
    assert ET.fromstring(svg).tag == f"{SVG}svg"
    assert decoded(to_png(svg.decode(), 400, ())) == PAGE


@effort(0.2)
@given(st.text(alphabet=st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=1, max_size=300))
def test_any_url_is_read_by_others(path: str) -> None:
    text = f"https://example.edu/{path}".strip()
    assert decoded(qr(text, format="png", scale=4)) == text


def test_letters_beyond_ascii_are_read_by_others() -> None:
    assert decoded(qr("https://example.edu/año/試験", format="png")) == "https://example.edu/año/試験"


def test_there_is_a_quiet_zone_of_four_modules() -> None:
    image = Image.open(io.BytesIO(qr(PAGE, format="png", scale=5))).convert("L")
    width, height = image.size
    zone = 4 * 5
    for box in ((0, 0, width, zone), (0, 0, zone, height), (0, height - zone, width, height)):
        assert image.crop(box).getextrema() == (255, 255)
    assert image.getpixel((zone, zone)) == 0


def test_a_tenth_of_dirt_does_no_harm() -> None:
    image = Image.open(io.BytesIO(qr(PAGE, format="png", scale=5))).convert("RGB")
    side = image.size[0]
    image.paste((255, 255, 255), (side // 2, side // 2, side // 2 + side // 5, side // 2 + side // 5))
    out = io.BytesIO()
    image.save(out, "PNG")
    assert decoded(out.getvalue()) == PAGE


def test_a_short_token_and_a_small_document_fit() -> None:
    token = "eyJhbGciOiJFZERTQSJ9." + "e30" * 200 + "." + "A" * 86
    assert decoded(qr(token, format="png")) == token
    assert decoded(qr({"type": "Profile", "id": "urn:x:1"}, format="png")) == '{"type":"Profile","id":"urn:x:1"}'


def test_a_whole_credential_is_too_large() -> None:
    for content in (mc.sign(badge(), KEY), mc.sign_jwt(badge(), KEY), "x" * 1_100, b"x" * 10_000_000):
        with pytest.raises(mc.MicrocredError) as caught:
            qr(content)
        assert getattr(caught.value, "code", None) == "TOO_COMPLEX"


def test_arguments_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="format"):
        qr(PAGE, format="gif")  # type: ignore[arg-type]
    for arguments in ({"scale": 0}, {"scale": 1000}):
        with pytest.raises(ValueError, match="scale"):
            qr(PAGE, **arguments)  # type: ignore[arg-type]
    for empty in ("", "  ", "\ud800", b"\xff"):
        with pytest.raises(ValueError, match="QR code"):
            qr(empty)


def test_without_the_extra_an_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "segno", None)
    with pytest.raises(mc.MicrocredError, match=r"microcred\[share\]") as caught:
        qr(PAGE)
    assert getattr(caught.value, "code", None) == "UNSUPPORTED"
