"""``microcred share``: links, codes, certificates and badges, read by others."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image, ImageDraw

import microcred as mc
from tests.cli.running import run
from tests.make import KEY, badge
from tests.share.samples import read_html, text_of

PAGE = "https://credentials.example.edu/verify/4711"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    document = mc.sign(badge(KEY.did), KEY)
    (tmp_path / "badge.json").write_text(json.dumps(document))
    (tmp_path / "badge.jwt").write_text(mc.sign_jwt(badge(KEY.did), KEY) + "\n")
    (tmp_path / "page.json").write_text(json.dumps(mc.sign(badge(KEY.did, id=PAGE), KEY)))
    (tmp_path / "plain.json").write_text(json.dumps(badge(KEY.did)))
    (tmp_path / "badge.svg").write_bytes(mc.bake(mc.draw_badge(document), document))
    return tmp_path


def decoded(picture: Image.Image) -> str:
    (found,) = zxingcpp.read_barcodes(picture.convert("RGB"))
    return found.text


# LinkedIn


@pytest.mark.parametrize("credential", ["badge.json", "badge.jwt", "badge.svg"])
def test_the_link_comes_with_what_to_copy(folder: Path, credential: str) -> None:
    done = run("share", "linkedin", credential, "--verify-url", PAGE, folder=folder)
    assert done.returncode == 0
    assert done.stdout.startswith("https://www.linkedin.com/profile/add?startTask=CERTIFICATION_NAME&name=Rust%20101&")
    assert len(done.stdout.splitlines()) == 1
    for text in ("Rust 101", "Example University", "May 2026", PAGE):
        assert text in done.stderr


def test_the_link_is_there_for_machines(folder: Path) -> None:
    done = run("share", "linkedin", "page.json", "--organization-id", "1337", "--json", folder=folder)
    said = json.loads(done.stdout)
    assert "organizationId=1337" in said["url"]
    assert said["fields"]["Credential URL"] == PAGE
    assert done.stderr == ""


# QR codes


@pytest.mark.parametrize("content", [PAGE, "page.json"])
def test_a_code_leads_to_the_page(folder: Path, content: str) -> None:
    assert run("share", "qr", content, "-o", "code.png", folder=folder).returncode == 0
    assert decoded(Image.open(folder / "code.png")) == PAGE
    assert run("share", "qr", content, folder=folder).stdout.startswith("<svg")


def test_a_code_of_blocks_can_be_read(folder: Path) -> None:
    lines = run("share", "qr", PAGE, "--format", "text", folder=folder).stdout.splitlines()
    side, scale = len(lines[0]), 4
    picture = Image.new("L", (side * scale, 2 * len(lines) * scale), 255)
    draw = ImageDraw.Draw(picture)
    for row, line in enumerate(lines):
        for column, block in enumerate(line):
            for half in (0, 1):
                if block in ("█", "▀▄"[half]):
                    x, y = column * scale, (2 * row + half) * scale
                    draw.rectangle((x, y, x + scale - 1, y + scale - 1), 0)
    assert decoded(picture) == PAGE


def test_a_short_text_goes_in_whole(folder: Path) -> None:
    (folder / "short.jwt").write_text("eyJhbGciOiJFZERTQSJ9.e30.AAAA\n")
    assert run("share", "qr", "short.jwt", "--whole", "-o", "code.png", folder=folder).returncode == 0
    assert decoded(Image.open(folder / "code.png")) == "eyJhbGciOiJFZERTQSJ9.e30.AAAA"


# Certificates


def test_the_format_follows_the_name_of_the_file(folder: Path) -> None:
    for name, start in (("c.html", b"<!doctype"), ("c.svg", b"<svg"), ("c.pdf", b"%PDF")):
        assert run("share", "certificate", "badge.json", "-o", name, folder=folder).returncode == 0
        assert (folder / name).read_bytes().startswith(start)
    # A name that does not say it, until an option does.
    command = ("share", "certificate", "badge.json", "--paper", "letter", "-o", "c")
    assert run(*command, folder=folder).returncode == 64
    assert run(*command, "-f", "svg", folder=folder).returncode == 0


def test_a_certificate_has_what_was_asked_for(folder: Path) -> None:
    command = ("share", "certificate", "badge.jwt", "--name", "Ada Lovelace", "--verify-url", PAGE, "--language", "es")
    done = run(*command, "--colour", "#7a1f3d", "--image", "badge.svg", "--paper", "Letter", folder=folder)
    assert done.returncode == 0
    text = text_of(read_html(done.data))
    assert "Ada Lovelace" in text
    assert PAGE in text
    assert 'lang="es"' in done.stdout
    assert "size:Letter landscape" in done.stdout


# Badges


def test_a_drawn_badge_can_be_baked_through_a_pipe(folder: Path) -> None:
    drawn = run("share", "badge", "badge.json", folder=folder)
    assert run("bake", "-", "badge.json", "-o", "out.svg", folder=folder, given=drawn.data).returncode == 0
    assert run("verify", "out.svg", "--trust", KEY.did, folder=folder).returncode == 0


@pytest.mark.parametrize("credential", ["badge.json", "badge.jwt", "badge.svg", "plain.json"])
def test_a_badge_is_drawn_of_whatever_can_be_read(folder: Path, credential: str) -> None:
    assert run("share", "badge", credential, "-o", "b.png", "--size", "64", folder=folder).returncode == 0
    with Image.open(folder / "b.png") as picture:
        assert picture.size == (64, 64)


# Mistakes


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (["linkedin", "none.json"], 64),
        (["linkedin", "badge.json", "--verify-url", "example.edu"], 64),
        (["linkedin", "badge.json", "--organization-id", "0"], 64),
        (["qr", "badge.json"], 1),
        (["qr", "example.edu/verify/4711"], 64),
        (["qr", "badge.json", "--whole"], 1),
        (["qr", PAGE, "-o", "code.gif"], 64),
        (["qr", PAGE, "--scale", "0"], 64),
        (["certificate", "plain.json"], 1),
        (["certificate", "badge.json", "-o", "c.docx"], 64),
        (["certificate", "badge.json", "--language", "xx"], 64),
        (["certificate", "badge.json", "--image", "badge.json"], 64),
        (["certificate", "badge.json", "--image", "none.png"], 64),
        (["certificate", "badge.json", "--colour", "red"], 64),
        (["certificate", "badge.json", "--font", "none.ttf", "-f", "pdf"], 1),
        (["badge", "badge.json", "--font", "none.ttf", "-f", "png"], 1),
        (["badge", "badge.json", "-o", "no/folder/b.svg"], 64),
        (["badge", "badge.json", "--size", "1"], 64),
    ],
)
def test_mistakes_are_named(folder: Path, command: list[str], code: int) -> None:
    done = run("share", *command, folder=folder)
    assert done.returncode == code
    assert done.stderr
    assert done.stdout == ""
    assert "Invalid value:" not in done.stderr


@pytest.mark.parametrize(
    ("module", "command", "extra"),
    [
        ("segno", ["qr", PAGE], "share"),
        ("segno", ["certificate", "page.json"], "share"),
        ("typst", ["certificate", "badge.json", "-f", "pdf"], "pdf"),
        ("resvg_py", ["badge", "badge.json", "-f", "png"], "png"),
    ],
)
def test_a_missing_extra_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch, module: str, command: list[str], extra: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    done = run("share", *command, folder=folder)
    assert done.returncode == 1
    assert f"microcred[{extra}]" in done.stderr


def test_what_was_there_stays_until_the_new_one_is_whole(folder: Path) -> None:
    (folder / "c.html").write_text("before")
    assert run("share", "certificate", "plain.json", "-o", "c.html", folder=folder).returncode == 1
    assert (folder / "c.html").read_text() == "before"
    assert not list(folder.glob("*.unfinished"))
