"""Certificates, with the parsers of browsers and of PDF as those who read them."""

from __future__ import annotations

import base64
import hashlib
import io
import re
import sys
import xml.etree.ElementTree as ET
from typing import Literal, get_args

import pypdf
import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import microcred as mc
from microcred.baking import draw_badge
from microcred.baking._texts import clean
from microcred.baking.raster import to_png
from microcred.errors import SharingError
from microcred.json import JSONObject
from microcred.share import _words, certificate
from microcred.share.certificates import Format
from tests.baking.pictures import picture
from tests.baking.test_drawing import HOSTILE, NAMES
from tests.make import KEY, badge, v1_badge
from tests.share.samples import LONG, PAGE, SVG, read_html, sample, signed_sample, text_of
from tests.strategies import effort

FORMATS: tuple[Format, ...] = get_args(Format)
names = st.one_of(st.sampled_from([*NAMES, *HOSTILE]), st.text(max_size=400))


def pdf_of(data: bytes) -> tuple[pypdf.PdfReader, str]:
    reader = pypdf.PdfReader(io.BytesIO(data))
    assert len(reader.pages) == 1
    return reader, " ".join(reader.pages[0].extract_text().split())


def said(data: bytes) -> str:
    """Return the text that people read, whatever the format."""
    if data.startswith(b"%PDF"):
        return pdf_of(data)[1]
    if data.startswith(b"<!doctype"):
        body = read_html(data).find("body")
        assert body is not None
        return " ".join(" ".join(body.itertext()).split())
    return " ".join(str(element.text) for element in ET.fromstring(data).iter(f"{SVG}text"))


# What it says


@pytest.mark.parametrize("format", FORMATS)
def test_it_says_who_earned_what_from_whom_and_when(format: Format) -> None:  # noqa: A002
    text = said(certificate(sample(validUntil="2029-12-31T00:00:00Z"), name="Ada Lovelace", url=PAGE, format=format))
    for part in (
        *("Ada Lovelace", "Rust 101", "Example University", "1 May 2026", "31 December 2029", PAGE),
        *("Passed the final project.", "urn:uuid:0c1f4d0c-9f4a-4b0c-8b5e-0d9b1a1f2c3d"),
    ):
        assert part in text


@pytest.mark.parametrize("language", _words.languages())
@pytest.mark.parametrize("format", ["html", "svg"])
@pytest.mark.parametrize("url", [PAGE, None])
def test_it_says_that_it_is_a_picture_and_never_that_anything_was_verified(
    format: Format,  # noqa: A002
    language: str,
    url: str | None,
) -> None:
    text = said(certificate(sample(), format=format, language=language, url=url))
    words = _words.words(language)
    tidy = text.replace(" ", "")
    assert words["picture"].replace(" ", "") in tidy
    assert words["verify-at" if url else "ask"].replace(" ", "") in tidy
    assert (PAGE in text) is bool(url)
    assert not re.search(r"verified|verificad|\bis valid\b|genuine", text, re.IGNORECASE)


def test_every_language_has_every_word() -> None:
    tables = {tag: _words.words(tag)._table for tag in _words.languages()}
    shapes = {
        tag: {name: sorted(re.findall(r"\{\w+\}", str(text))) for name, text in table.items()}
        for tag, table in tables.items()
    }
    assert all(shape == shapes["en"] for shape in shapes.values())
    assert all(len(table["months"]) == 12 for table in tables.values())


def test_a_wider_language_is_taken_and_an_unknown_one_refused() -> None:
    assert _words.words("es-MX").language == "es"
    for unknown in ("xx", "", "../en", "e" * 1000):
        with pytest.raises(ValueError, match="language"):
            certificate(sample(), language=unknown)


def test_without_a_name_it_is_the_holders() -> None:
    assert "the holder of the credential" in said(certificate(sample()))
    subject = {**sample()["credentialSubject"]}  # type: ignore[dict-item]
    identity = {"type": "IdentityObject", "hashed": False, "identityHash": "Ada Lovelace", "identityType": "name"}
    named = sample(credentialSubject={**subject, "identifier": [identity]})
    assert "Ada Lovelace" in said(certificate(named))
    assert "Grace Hopper" in said(certificate(named, name="Grace Hopper"))
    for change in ({"hashed": True}, {"identityType": "emailAddress"}):
        other = sample(credentialSubject={**subject, "identifier": [{**identity, **change}]})
        assert "Ada Lovelace" not in said(certificate(other))


def test_markdown_becomes_text() -> None:
    document = sample()
    narrative = "# How\n\n- **Passed** the *final* [project](https://x.example) in `snake_case`\n- <b>not</b> bold"
    document["credentialSubject"]["achievement"]["criteria"] = {"narrative": narrative}  # type: ignore[index,call-overload]
    assert "How Passed the final project in snake_case <b>not</b> bold" in said(certificate(document))


def test_it_is_made_of_signed_credentials_only() -> None:
    with pytest.raises(mc.DocumentError) as caught:
        certificate(badge())
    assert caught.value.problems[0].pointer == "/proof"
    for form in (signed_sample(), mc.sign_jwt(badge(), KEY), mc.parse(signed_sample())):
        assert b"Rust 101" in certificate(form)
    old = v1_badge()
    assert "1 May 2026" in said(certificate({**old, "proof": {"type": "DataIntegrityProof"}}))


# Its code


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_the_code_leads_to_the_page(paper: Literal["A4", "Letter"]) -> None:
    svg = certificate(sample(), url=PAGE, format="svg", paper=paper).decode()
    png = to_png(svg, 1123, ())
    (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(png)).convert("RGB"))
    assert found.text == PAGE


def test_the_id_of_the_credential_is_the_page_if_it_is_one() -> None:
    assert 'href="https://example.edu/c/1"' in certificate(sample(id="https://example.edu/c/1")).decode()
    page = read_html(certificate(sample(id="javascript:alert(1)")))
    assert page.find(".//a") is None
    assert page.find(".//figure") is None


# Its shape


def test_the_page_is_readable_without_eyes() -> None:
    page = read_html(certificate(sample(), name="Ada Lovelace", url=PAGE, language="es"))
    assert (page.get("lang"), page.get("dir")) == ("es", "ltr")
    assert text_of(page.find(".//title")) == "Certificado — Rust 101"
    assert [element.tag for element in page.iter() if re.fullmatch("h[1-6]", str(element.tag))] == ["h1", "h2"]
    assert len(list(page.iter("main"))) == 1
    assert [image.get("alt") for image in page.iter("img")] == ["Insignia: Rust 101", f"Código QR que lleva a {PAGE}"]


@pytest.mark.parametrize("format", FORMATS)
def test_a_page_in_arabic_begins_at_the_right(format: Format) -> None:  # noqa: A002
    data = certificate(sample(), name="Ada Lovelace", language="ar", format=format)
    if format == "html":
        assert read_html(data).get("dir") == "rtl"
    if format == "svg":
        panel = ET.fromstring(data).findall(f"{SVG}rect")[1]
        assert (panel.get("x"), panel.get("width")) == ("823", "300")
    if format == "pdf":
        assert str(pdf_of(data)[0].root_object["/Lang"]) == "ar"


def test_nothing_comes_from_elsewhere_and_no_script_runs() -> None:
    data = certificate(sample(), url=PAGE)
    page = read_html(data)
    (policy,) = [str(meta.get("content")) for meta in page.iter("meta") if meta.get("http-equiv")]
    style = text_of(page.find(".//style"))
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:")
    assert not re.search(r"url\(|@import|expression", style)
    assert {str(element.tag) for element in page.iter()} & {"script", "iframe", "object", "link", "form"} == set()
    assert [element.get("style") for element in page.iter() if element.get("style")] == []
    assert all(str(image.get("src")).startswith("data:image/") for image in page.iter("img"))
    drawing = ET.fromstring(certificate(sample(), url=PAGE, format="svg"))
    assert all(str(image.get("href")).startswith("data:image/svg+xml;base64,") for image in drawing.iter(f"{SVG}image"))


@given(names, names)
def test_any_name_makes_a_page_that_is_sound_and_says_the_name(title: str, learner: str) -> None:
    if not clean(title):
        return
    page = read_html(certificate(sample(title, title), name=learner))
    for element, whole in (
        (".//h2", clean(title)),
        (".//p[@class='name']", clean(learner) or "the holder of the credential"),
    ):
        text = text_of(page.find(element))
        assert text == whole or (len(whole) > 80 and whole.startswith(text.removesuffix("…")))
    assert {str(each.tag) for each in page.iter()} == {
        *("html", "head", "meta", "title", "style", "body", "main", "div", "img", "h1", "h2", "p", "dl", "dt", "dd"),
        *("bdi", "footer"),
    }


@given(names, names)
def test_any_name_makes_a_drawing_that_is_sound_and_says_the_name(title: str, learner: str) -> None:
    if not clean(title):
        return
    root = ET.fromstring(certificate(sample(title, title), name=learner, format="svg"))
    assert root[0].text == f"Certificate — {clean(title)}"
    assert {str(each.tag) for each in root.iter()} == {
        SVG + name for name in ("svg", "title", "desc", "rect", "text", "image")
    }
    text = "".join(str(each.text) for each in root.iter(f"{SVG}text")).replace(" ", "")
    assert clean(learner).replace(" ", "") in text or "…" in text


@effort(0.1)
@given(names, names)
def test_any_name_makes_one_page_of_pdf_or_is_in_no_font(title: str, learner: str) -> None:
    if not clean(title):
        return
    try:
        data = certificate(sample(title, title), name=learner, format="pdf")
    except SharingError as error:
        assert error.code == "UNSUPPORTED"
    else:
        assert len(pypdf.PdfReader(io.BytesIO(data)).pages) == 1


def test_typst_sees_text_and_no_markup() -> None:
    hostile = '#panic("x") $x$ *b* `c` @ref <label> // comment \\ #sys.inputs'
    _reader, text = pdf_of(certificate(sample(hostile), name="#set page(width: 1pt)", format="pdf"))
    assert hostile in text
    assert "#set page(width: 1pt)" in text


@pytest.mark.parametrize("paper", ["A4", "Letter"])
@pytest.mark.parametrize("format", FORMATS)
def test_the_longest_texts_stay_on_the_page(format: Format, paper: Literal["A4", "Letter"]) -> None:  # noqa: A002
    document = sample(LONG * 4, LONG * 4, validUntil="2029-12-31T00:00:00Z", id="https://example.edu/" + "x" * 2000)
    document["credentialSubject"]["achievement"]["criteria"] = {"narrative": "word " * 500}  # type: ignore[index,call-overload]
    data = certificate(document, name=LONG * 4, url=PAGE + "/x" * 300, format=format, paper=paper)
    if format == "pdf":
        box = pdf_of(data)[0].pages[0].mediabox
        size = {"A4": (842, 595), "Letter": (792, 612)}[paper]
        assert (round(float(box.width)), round(float(box.height))) == pytest.approx(size, abs=1)
    if format == "svg":
        root = ET.fromstring(data)
        height = float(str(root.get("viewBox")).split()[3])
        baselines = [float(str(each.get("y"))) for each in root.iter(f"{SVG}text")]
        assert min(baselines) > 64
        assert max(baselines) < height - 48
        assert baselines[1:] != []
    if format == "html":
        assert f"@page{{size:{paper} landscape" in data.decode()


def test_a_pdf_is_accessible_and_the_same_each_time() -> None:
    document = sample()
    data = certificate(document, name="Ada Lovelace", url=PAGE, format="pdf")
    assert data == certificate(document, name="Ada Lovelace", url=PAGE, format="pdf")
    reader, _text = pdf_of(data)
    assert reader.metadata is not None
    assert reader.metadata.title == "Certificate — Rust 101"
    assert str(reader.root_object["/Lang"]) == "en"
    assert reader.root_object["/MarkInfo"]["/Marked"]  # type: ignore[index]
    assert b"pdfuaid:part" in data
    links = [note.get_object()["/A"]["/URI"] for note in reader.pages[0]["/Annots"]]  # type: ignore[attr-defined]
    assert links == [PAGE] * len(links) != []


# Its pictures


def badge_of(data: bytes) -> str:
    return str(read_html(data).find(".//img").get("src"))  # type: ignore[union-attr]


def data_url(image: bytes, kind: str = "png") -> str:
    return f"data:image/{kind};base64,{base64.b64encode(image).decode()}"


def test_without_a_picture_the_badge_is_drawn() -> None:
    document = sample()
    assert badge_of(certificate(document)) == data_url(draw_badge(document), "svg+xml")
    assert badge_of(certificate(document, colour="#7a1f3d")) == data_url(
        draw_badge(document, colour="#7a1f3d"), "svg+xml"
    )


def test_a_picture_is_that_of_the_caller_or_of_the_credential() -> None:
    own, given_one = picture(1), picture(2)
    document = sample(image={"id": data_url(own), "type": "Image", "caption": "A <crab>"})
    page = read_html(certificate(document))
    image = page.find(".//img")
    assert image is not None
    assert (image.get("src"), image.get("alt")) == (data_url(own), "A <crab>")
    assert badge_of(certificate(document, image=given_one)) == data_url(given_one)
    svg = draw_badge(document)
    assert badge_of(certificate(document, image=svg)) == data_url(svg, "svg+xml")


HUGE = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (60_000).to_bytes(4, "big") * 2 + b"\x08\x02\0\0\0"


@pytest.mark.parametrize(
    "url",
    [
        *("https://example.edu/badge.png", "data:image/svg+xml;base64,PHN2Zy8+", "data:image/png;base64,!!", "data:,x"),
        *("data:image/png;base64,", data_url(b"x"), data_url(HUGE), data_url(b"\x89PNG\r\n\x1a\n")),
    ],
)
def test_other_pictures_of_the_credential_are_left_alone(url: str) -> None:
    document: JSONObject = sample(image={"id": url, "type": "Image"})
    assert badge_of(certificate(document)).startswith("data:image/svg+xml;base64,")


@pytest.mark.parametrize("format", FORMATS)
def test_a_damaged_picture_does_no_harm(format: Format) -> None:  # noqa: A002
    damaged = picture(3)[:40]
    assert b"%PDF" in certificate(sample(), image=damaged, format=format) or format != "pdf"
    with pytest.raises(ValueError, match="PNG or SVG"):
        certificate(sample(), image=b"GIF89a", format=format)


def test_a_pdf_needs_a_sound_svg_and_a_font_with_the_letters() -> None:
    for document, arguments in (
        (sample(), {"image": b"<svg"}),
        # The last letter of the last private plane.
        (sample("\U0010fffd"), {}),
        (sample(), {"fonts": ["/no/such/font.ttf"]}),
    ):
        with pytest.raises(SharingError) as caught:
            certificate(document, format="pdf", **arguments)
        assert caught.value.code == "UNSUPPORTED"


# Misuse


def test_arguments_that_make_no_sense_are_refused() -> None:
    for arguments in ({"format": "docx"}, {"paper": "A5"}, {"colour": "red"}, {"url": "ftp://x"}, {"url": "x y"}):
        with pytest.raises(ValueError, match=r"certificate|colour|URL"):
            certificate(sample(), **arguments)  # type: ignore[arg-type]


def test_a_page_too_long_for_a_code_is_refused() -> None:
    with pytest.raises(SharingError) as caught:
        certificate(sample(), url="https://example.edu/" + "x" * 1200)
    assert caught.value.code == "TOO_COMPLEX"


def test_without_the_extra_an_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(SharingError, match=r"microcred\[pdf\]"):
        certificate(sample(), format="pdf")
