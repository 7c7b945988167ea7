"""Baked pictures as other programs see them: ExifTool and pngcheck read them, Chromium shows them."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from PIL import Image, ImageChops

import microcred as mc
from tests.make import KEY, badge
from tests.share.test_in_browser import BROWSER, IN_CI, browse

DOCUMENT = mc.sign(badge(KEY.did, name="软件 “101” & <b>"), KEY)
TEXTS = {"JSON": json.dumps(DOCUMENT, ensure_ascii=False), "JWT": mc.sign_jwt(badge(KEY.did), KEY)}
each_text = pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)


@pytest.fixture(scope="module")
def plain() -> dict[str, bytes]:
    """The same drawing in both formats."""
    return {kind: mc.draw_badge(DOCUMENT, format=kind, size=200) for kind in ("png", "svg")}


def output(*command: str) -> str:
    """Return what a program prints, which has to be there in CI."""
    program = shutil.which(command[0])
    if program is None and not IN_CI:
        pytest.skip(f"needs {command[0]}: apt-get install libimage-exiftool-perl pngcheck")
    done = subprocess.run([str(program), *command[1:]], capture_output=True, encoding="utf-8", timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@each_text
def test_exiftool_reads_the_credential(tmp_path: Path, plain: dict[str, bytes], text: str) -> None:
    file = tmp_path / "badge.png"
    file.write_bytes(mc.bake(plain["png"], text))
    (said,) = json.loads(output("exiftool", "-json", "-Openbadgecredential", str(file)))
    assert said["Openbadgecredential"] == text


@each_text
def test_pngcheck_finds_one_sound_uncompressed_text(tmp_path: Path, plain: dict[str, bytes], text: str) -> None:
    file = tmp_path / "badge.png"
    file.write_bytes(mc.bake(plain["png"], text))
    said = output("pngcheck", "-v", str(file))
    assert said.count("chunk iTXt") == 1
    assert "keyword: openbadgecredential\n    uncompressed, no language tag\n" in said
    assert "No errors detected" in said


def test_a_browser_shows_the_same_with_and_without_the_credential(tmp_path: Path, plain: dict[str, bytes]) -> None:
    if BROWSER is None and not IN_CI:
        pytest.skip("needs Chromium: apt-get install chromium")
    seen = []
    for name in ("plain", "baked"):
        for kind, picture in plain.items():
            (tmp_path / f"{name}.{kind}").write_bytes(picture if name == "plain" else mc.bake(picture, TEXTS["JSON"]))
        page, shot = tmp_path / f"{name}.html", tmp_path / f"shot-{name}.png"
        page.write_text(f'<!doctype html><body style="margin:0"><img src="{name}.png"><img src="{name}.svg">')
        browse(page, f"--screenshot={shot}", "--window-size=600,300")
        seen.append(Image.open(shot).convert("RGB"))
    assert ImageChops.difference(*seen).getbbox() is None
    for left in (0, 200):
        assert len(seen[0].crop((left, 0, left + 200, 200)).getcolors(200 * 200) or []) > 100
