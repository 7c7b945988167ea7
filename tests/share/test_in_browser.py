"""Certificates and badges in a real browser: Chromium, without a window."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
from pathlib import Path

import pypdf
import pytest
import zxingcpp
from PIL import Image, ImageColor

from microcred.baking._colours import palette
from microcred.share import certificate
from tests.make import KEY
from tests.share.samples import LONG, PAGE, sample

IN_CI = os.environ.get("CI") == "true"
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.fixture(autouse=True)
def _browser() -> None:
    if BROWSER is None and not IN_CI:
        pytest.skip("needs Chromium: apt-get install chromium")


def browse(page: Path, *arguments: str) -> str:
    """Open a page, do what is asked for, and return what the browser has to say."""
    folder = page.parent / "profile"
    command = [
        str(BROWSER),
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        "--enable-logging=stderr",
    ]
    command += ["--no-first-run", "--disable-background-networking", f"--user-data-dir={folder}", *arguments]
    done = subprocess.run([*command, page.as_uri()], capture_output=True, text=True, timeout=60, check=True)
    return done.stderr


def test_a_certificate_looks_as_it_should_and_its_policy_lets_it(tmp_path: Path) -> None:
    page, shot = tmp_path / "certificate.html", tmp_path / "shot.png"
    page.write_bytes(certificate(sample(), name="Ada Lovelace", url=PAGE))
    log = browse(page, f"--screenshot={shot}", "--window-size=1200,900")
    assert "Content Security Policy" not in log
    assert "CONSOLE" not in log
    image = Image.open(shot).convert("RGB")
    (found,) = zxingcpp.read_barcodes(image)
    assert found.text == PAGE
    # The style took effect: the panel has its colour, and the line beside it.
    colours = palette(KEY.did)
    left = (1200 - 1123) // 2
    assert image.getpixel((left + 20, 400)) == ImageColor.getrgb(colours.wash)
    assert image.getpixel((left + 297, 400)) == ImageColor.getrgb(colours.main)
    # The badge is there.
    assert len(set(image.crop((left + 30, 100, left + 266, 336)).tobytes())) > 100


@pytest.mark.parametrize(("paper", "size"), [("A4", (842, 595)), ("Letter", (792, 612))])
def test_the_longest_texts_are_printed_on_one_page(tmp_path: Path, paper: str, size: tuple[int, int]) -> None:
    document = sample(LONG * 4, LONG * 4, validUntil="2029-12-31T00:00:00Z", id="https://example.edu/" + "x" * 2000)
    document["credentialSubject"]["achievement"]["criteria"] = {"narrative": "word " * 500}  # type: ignore[index,call-overload]
    page, printed = tmp_path / "certificate.html", tmp_path / "printed.pdf"
    page.write_bytes(certificate(document, name=LONG * 4, url=PAGE + "/x" * 300, paper=paper))  # type: ignore[arg-type]
    browse(page, f"--print-to-pdf={printed}", "--no-pdf-header-footer")
    reader = pypdf.PdfReader(io.BytesIO(printed.read_bytes()))
    assert len(reader.pages) == 1
    box = reader.pages[0].mediabox
    assert (round(float(box.width)), round(float(box.height))) == size
    lowest: list[float] = []

    def look(text: str, to_page: list[float], matrix: list[float], *_: object) -> None:
        if text.strip():
            lowest.append(matrix[5] * to_page[3] + to_page[5])

    text = " ".join(reader.pages[0].extract_text(visitor_text=look).split())
    assert "proves nothing by itself" in text
    # In points: nothing is cut off at the bottom, where there is a margin of 48.
    assert 40 < min(lowest) < 100
