"""The default badge, with ElementTree, resvg and Pillow as those who look at it."""

from __future__ import annotations

import io
import json
import re
import sys
import unicodedata
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import microcred as mc
from microcred.baking import draw_badge
from microcred.baking._colours import palette
from microcred.baking._texts import clean, shortened, width, wrap
from microcred.baking.raster import FONTS, fonts_for
from microcred.json import JSONObject
from tests.make import AT, KEY, badge, signed

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = [
    "]]>",
    "<script>alert(1)</script>",
    "</text></svg><svg onload='x'>",
    "&lt;&amp;&#0;&x;",
    "a\x00\x01\x1b[31mb\x7f\x85c",
    "\u202eevil\u202c \u2066x\u2069",
    "\ufffe \uffff \U0001ffff",
    "\"'`${x}{{y}}%s",
    "e" + "\u0301" * 300,
    "\u200d\ufe0f\u0301",
]
NAMES = [
    "Rust 101",
    "C",
    "Master of Science in Sustainable Hydrological Engineering and Interdisciplinary Resource Management",
    "Donaudampfschifffahrtsgesellschaftskapitän",
    "شهادة إتمام دورة البرمجة",
    "אוניברסיטת בן־גוריון",
    "データサイエンス基礎コース修了証明書",
    "🎓 Python 🐍 Hero 👩🏽‍💻 🇪🇸",
    "การเขียนโปรแกรมเบื้องต้น",
    "WWWWWW MMMMMMMM @@@@@@@ ЩЩЩЩЩ",
]
names = st.one_of(st.sampled_from([*NAMES, *HOSTILE]), st.text(max_size=400), st.text(alphabet="<>&]\"' \u202e\0a"))


def with_names(title: str, issuer: str = "Example University", kind: str = "Course") -> JSONObject:
    """Return a badge with names."""
    document = json.loads(json.dumps(badge()))
    document["issuer"]["name"] = issuer
    document["credentialSubject"]["achievement"] |= {"name": title, "achievementType": kind}
    return document  # type: ignore[no-any-return]


def allowed(text: str) -> str:
    """What of a text may be drawn, said in another way than the code says it."""
    turns = re.compile("[\u202a-\u202e\u2066-\u2069]")
    kept = "".join(" " if each.isspace() else each for each in turns.sub("", text))
    kept = "".join(each for each in kept if unicodedata.category(each) not in ("Cc", "Cs", "Cn"))
    return " ".join(kept.split())


def texts(svg: bytes) -> list[str]:
    return [str(element.text).strip("\u2067\u2069") for element in ET.fromstring(svg).iter(f"{SVG}text")]


@pytest.mark.parametrize("name", [*NAMES, *HOSTILE])
def test_names_stand_in_the_drawing_and_nothing_but_names(name: str) -> None:
    if not allowed(name):
        with pytest.raises(mc.DocumentError) as caught:
            draw_badge(with_names(name))
        assert caught.value.problems[0].pointer == "/credentialSubject/achievement/name"
        return
    svg = draw_badge(with_names(name, name))
    root = ET.fromstring(svg)
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        *("svg", "title", "defs", "linearGradient", "stop", "path", "text")
    }
    attributes = [attribute for element in root.iter() for attribute in element.attrib]
    assert not [each for each in attributes if each.startswith("on") or "href" in each or each == "style"]
    assert b"url(" not in svg.replace(b"url(#surface)", b"")
    assert b"http" not in svg.replace(b'xmlns="http://www.w3.org/2000/svg"', b"")


@given(names, names)
def test_any_name_makes_a_drawing_that_is_sound_and_says_the_name(title: str, issuer: str) -> None:
    if not clean(title):
        return
    svg = draw_badge(with_names(title, issuer))
    said = ET.fromstring(svg).find(f"{SVG}title")
    assert said is not None
    assert said.text is not None
    whole = clean(title) + (f" — {clean(issuer)}" if clean(issuer) else "")
    # XML readers make one space of several, and do not see those at the ends.
    assert said.text == whole
    drawn = "".join(texts(svg)).replace(" ", "")
    wanted = (clean(title) + clean(issuer)).replace(" ", "")
    assert drawn == wanted or "…" in drawn


@given(st.text(max_size=200))
def test_a_clean_text_is_what_it_was_without_what_harms(text: str) -> None:
    marks = re.compile(r"(.)\1{3,}")
    if not marks.search(unicodedata.normalize("NFD", text)):
        few_marks = all(unicodedata.category(each) not in ("Mn", "Me") for each in text)
        assert not few_marks or clean(text) == allowed(text)
    assert clean(clean(text)) == clean(text)


@given(st.one_of(st.sampled_from(NAMES), st.text(max_size=200)), st.floats(min_value=1.5, max_value=30))
def test_lines_keep_every_letter_and_their_width(text: str, room: float) -> None:
    tidy = clean(text)
    found = wrap(tidy, room)
    assert found is not None
    assert "".join(found).replace(" ", "") == tidy.replace(" ", "")
    # One character as people see it can be wider than a line.
    assert [line for line in found if width(line) > room and sum(width(each) > 0 for each in line) > 1] == [] or any(
        unicodedata.category(each) in ("Mc", "Cf") or each > "\U0001f000" or "\u0e40" <= each <= "\u0ec4"
        for each in tidy
    )


def test_a_letter_and_its_marks_stay_together() -> None:
    assert wrap("👩🏽‍💻👩🏽‍💻", 1.4) == ["👩🏽‍💻", "👩🏽‍💻"] or width("👩🏽‍💻") > 1.4
    assert wrap("🇪🇸🇫🇷", 2.7) == ["🇪🇸", "🇫🇷"]
    assert wrap("e\u0301e\u0301", 0.7) == ["e\u0301", "e\u0301"]


def test_lines_have_the_direction_of_their_letters() -> None:
    svg = ET.fromstring(draw_badge(with_names("شهادة!", "Cairo University")))
    # A right-to-left isolate, which all programs know.
    assert [each.text for each in svg.iter(f"{SVG}text")] == ["\u2067شهادة!\u2069", "Cairo University"]


def test_a_name_of_any_length_costs_no_more_than_what_is_looked_at() -> None:
    assert len(draw_badge(with_names("x" * 1_000_000, "y " * 500_000))) < 10_000


def test_a_long_name_is_cut_off_and_said_in_full() -> None:
    name = "Interdisciplinary " * 15
    svg = draw_badge(with_names(name))
    assert "…" in "".join(texts(svg))
    assert name.strip().encode() in svg


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@given(st.one_of(st.text(max_size=60), st.just("")), st.none() | st.from_regex(r"#[0-9a-f]{6}", fullmatch=True))
def test_all_text_is_readable(identity: str, colour: str | None) -> None:
    found = palette(identity, colour)
    # WCAG 2.2 §1.4.3 (AA): 4.5 for small text, §1.4.11: 3 for drawings.
    assert min(contrast("#ffffff", surface) for surface in (found.main, found.deep)) >= 4.5
    assert min(contrast(found.ink, surface) for surface in (found.pale, found.wash, "#ffffff")) >= 7
    assert min(contrast(found.main, surface) for surface in (found.pale, found.wash, "#ffffff")) >= 4.5
    assert min(contrast(found.accent, surface) for surface in (found.main, found.deep)) >= 3


def test_colours_follow_from_the_issuer_alone() -> None:
    def colours(document: JSONObject) -> set[str]:
        return set(re.findall(r"#[0-9a-f]{6}", draw_badge(document).decode()))

    one = with_names("Rust 101")
    assert colours(one) == colours(with_names("Other", "Other name"))
    assert colours(one) != colours({**one, "issuer": {"id": "https://example.org", "name": "Example University"}})
    assert draw_badge(one, colour="#7a1f3d") != draw_badge(one)
    assert draw_badge(one, colour="#7a1f3d") == draw_badge(one, colour="#7A1F3D")


def test_anything_that_can_be_baked_or_is_about_to_be_can_be_drawn() -> None:
    document = with_names("Rust 101")
    drawn = draw_badge(document)
    assert draw_badge(json.dumps(document)) == draw_badge(mc.parse(document)) == drawn
    assert draw_badge(mc.sign(document, KEY)) == drawn
    assert draw_badge(mc.sign_jwt(document, KEY)) == drawn
    assert draw_badge(mc.sign_jwt(document, KEY, profile="vc-jose")) == drawn
    achievement = document["credentialSubject"]["achievement"]  # type: ignore[index,call-overload]
    alone = draw_badge(achievement)  # type: ignore[arg-type]
    assert texts(alone) == ["Rust 101"] or " ".join(texts(alone)) == "Rust 101"
    by = {**achievement, "creator": {"id": KEY.did, "type": ["Profile"], "name": "Example University"}}  # type: ignore[dict-item]
    assert draw_badge(by) == drawn


def test_an_issuer_that_is_only_an_id_has_no_ribbon() -> None:
    assert " ".join(texts(draw_badge({**with_names("Rust 101"), "issuer": KEY.did}))) == "Rust 101"


@pytest.mark.parametrize("document", [{}, {"name": 5}, {"credentialSubject": []}, {"name": " \u202e\0"}])
def test_what_has_no_name_is_refused(document: JSONObject) -> None:
    with pytest.raises(mc.DocumentError):
        draw_badge(document)


def test_arguments_that_make_no_sense_are_refused() -> None:
    for arguments in ({"format": "gif"}, {"size": 8}, {"size": 100_000}, {"colour": "red"}):
        with pytest.raises(ValueError, match=r"badge|colour"):
            draw_badge(badge(), **arguments)


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_a_drawn_badge_is_baked_and_verifies(kind: Literal["svg", "png"]) -> None:
    credential = signed()
    baked = mc.bake(draw_badge(credential, format=kind), credential)
    assert mc.Verifier(trusted_issuers={KEY.did}).check(baked, at=AT)


@pytest.mark.parametrize("size", [64, 400])
def test_the_png_shows_the_badge_with_its_names(size: int) -> None:
    image = Image.open(io.BytesIO(draw_badge(with_names("Rust 101"), format="png", size=size)))
    image.load()
    assert image.size == (size, size)
    assert image.getpixel((0, 0)) == (0, 0, 0, 0)
    # Around the title: white letters on a dark surface.
    title = image.convert("RGB").crop((size // 4, size // 3, 3 * size // 4, 2 * size // 3))
    shades = title.convert("L").tobytes()
    assert sum(shade > 200 for shade in shades) > len(shades) * 0.03
    assert sum(shade < 110 for shade in shades) > len(shades) * 0.5


@pytest.mark.parametrize("name", NAMES)
def test_no_letter_leaves_the_badge(name: str) -> None:
    image = Image.open(io.BytesIO(draw_badge(with_names(name, name), format="png", size=512)))
    alpha = image.getchannel("A")
    # On both sides of the surface, above the ribbon; and above and below the ribbon, beside the surface.
    for box in ((0, 130, 47, 350), (465, 130, 512, 350), (0, 300, 44, 350), (468, 300, 512, 350)):
        assert alpha.crop(box).getextrema() == (0, 0)
    # The ribbon is pale where no letter is: at its ends.
    for box in ((22, 354, 30, 428), (482, 354, 490, 428)):
        assert sum(image.convert("L").crop(box).histogram()[:200]) == 0


def test_fonts_can_be_given_and_must_exist(tmp_path: Path) -> None:
    with pytest.raises(mc.BakingError):
        draw_badge(badge(), format="png", fonts=[str(tmp_path / "none.ttf")])
    assert draw_badge(badge(), format="png", fonts=[str(tmp_path)]).startswith(b"\x89PNG")


def test_without_the_extra_an_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    with pytest.raises(mc.BakingError, match=r"microcred\[png\]"):
        draw_badge(badge(), format="png")


@pytest.mark.parametrize(
    ("text", "font"),
    [
        ("Rust 101", None),
        ("Été ЩЩ Ωmega", None),
        ("软件工程", "CJK SC"),
        ("データサイエンス基礎", "CJK JP"),
        ("基礎データ", "CJK JP"),
        ("소프트웨어 工學", "CJK KR"),
        ("Rust برمجة", "Arabic"),
        ("אוניברסיטת", "Hebrew"),
        ("การเขียน", "Thai"),
    ],
)
def test_letters_come_from_the_font_of_their_script(text: str, font: str | None) -> None:
    assert fonts_for(text).removesuffix(FONTS) == ("" if font is None else f"'Noto Sans {font}', ")


def test_a_text_that_is_cut_off_ends_with_a_word() -> None:
    cut = shortened("The Royal and Pontifical University of Saint Thomas of the Northern Territories", 420, 25, 2)
    assert cut.lines[-1].endswith(" of…")
    assert cut.text.endswith(" of…")
    # Where there is but one word, as much of it as there is room for.
    assert shortened("Donaudampfschifffahrtsgesellschaft", 100, 20, 1).lines[0].startswith("Donau")
