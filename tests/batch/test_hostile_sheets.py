"""Spreadsheets that somebody made to harm: our own errors, and soon, in bounded memory."""

from __future__ import annotations

import datetime as dt
import os
import resource
import zipfile
from collections.abc import Iterable
from pathlib import Path

import openpyxl
import pytest

from microcred.batch import _sheets
from microcred.batch.rows import Recipients
from microcred.errors import BatchError

NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SHEET, STRINGS, TYPES = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "[Content_Types].xml"
HEAD = f'<?xml version="1.0"?><worksheet xmlns="{NAMESPACE}"><sheetData>'
TAIL = "</sheetData></worksheet>"
NAMES = '<row r="1"><c r="A1" t="inlineStr"><is><t>name</t></is></c></row>'
MEGABYTE = 1024 * 1024
IS_LONG = os.environ.get("HYPOTHESIS_PROFILE") == "fuzz"
# By default, small bombs for small limits.
SIZE = 150 if IS_LONG else 3
LIMITS = [name for name in vars(_sheets) if name.startswith("_MOST_")]


@pytest.fixture(autouse=True)
def limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make all limits small, but in the long run."""
    for name in LIMITS:
        if name != "_MOST_PARTS" and not IS_LONG:
            monkeypatch.setattr(_sheets, name, getattr(_sheets, name) // 50)


def sound(path: Path) -> Path:
    """Write a workbook with one column and one row."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["name"])
    sheet.append(["Ana"])
    book.save(path)
    return path


def replaced(folder: Path, part: str, pieces: Iterable[str]) -> Path:
    """Write the workbook with another content of one part."""
    path = folder / "rows.xlsx"
    with zipfile.ZipFile(sound(folder / "sound.xlsx")) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name != part:
                new.writestr(name, old.read(name))
        with new.open(part, "w", force_zip64=True) as file:
            for piece in pieces:
                file.write(piece.encode())
    return path


def repeated(head: str, piece: str, megabytes: int, tail: str) -> Iterable[str]:
    many = piece * (MEGABYTE // len(piece) + 1)
    return [head, *[many] * megabytes, tail]


def require_refusal(path: Path) -> BatchError:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(BatchError) as caught:
        list(Recipients(path))
    assert caught.value.code == "UNREADABLE_RECIPIENTS"
    # In kilobytes on Linux, in bytes elsewhere.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 150 * MEGABYTE
    return caught.value


BOMBS: dict[str, tuple[str, Iterable[str]]] = {
    "ten million empty rows": (SHEET, repeated(HEAD + NAMES, "<row/>", SIZE, TAIL)),
    "the same row again and again": (SHEET, repeated(HEAD + NAMES, '<row r="1"/>', SIZE, TAIL)),
    "a row far below": (SHEET, [HEAD, NAMES, '<row r="999999999"><c r="A9"><v>1</v></c></row>', TAIL]),
    "one row of many cells": (SHEET, repeated(HEAD + '<row r="1">', "<c><v>1</v></c>", SIZE, "</row>" + TAIL)),
    "a cell of many texts": (SHEET, repeated(HEAD + '<row r="1"><c t="inlineStr"><is><t>', "x", SIZE, "")),
    "a text without an end": (SHEET, repeated(HEAD + "<!--", "x", SIZE, "")),
    "many elements before the rows": (SHEET, repeated(f'<worksheet xmlns="{NAMESPACE}">', "<cols/>", SIZE, "")),
    "deep elements": (SHEET, repeated(f'<worksheet xmlns="{NAMESPACE}">', "<a>", SIZE, "")),
    "too many shared texts": (STRINGS, repeated(f'<sst xmlns="{NAMESPACE}">', "<si/>", SIZE, "</sst>")),
    "too long shared texts": (STRINGS, repeated(f'<sst xmlns="{NAMESPACE}"><si><t>', "x", SIZE, "</t></si></sst>")),
    "more than a package may hold": (SHEET, repeated(HEAD, " ", 8 * SIZE, TAIL)),
    "too many styles": ("xl/styles.xml", repeated(f'<styleSheet xmlns="{NAMESPACE}">', "<x/>", SIZE, "</styleSheet>")),
    "too many kinds of parts": (TYPES, repeated("<Types>", "<Override/>", SIZE, "</Types>")),
    "a part nobody needs": ("xl/media/image1.png", repeated("", "x", SIZE, "")),
}


@pytest.mark.parametrize("name", BOMBS)
def test_what_unpacks_to_too_much_is_refused(tmp_path: Path, name: str) -> None:
    require_refusal(replaced(tmp_path, *BOMBS[name]))


def test_entities_are_refused_wherever_they_are(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("a secret")
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha"}">' for n in range(9))
    for entities, use in ((f'<!ENTITY x SYSTEM "{secret.as_uri()}">', "&x;"), (laughs, "&l8;")):
        row = f'<row r="2"><c r="A2" t="inlineStr"><is><t>{use}</t></is></c></row>'
        body = HEAD.removeprefix('<?xml version="1.0"?>') + NAMES + row + TAIL
        require_refusal(replaced(tmp_path, SHEET, [f"<!DOCTYPE worksheet [{entities}]>", body]))
        body = f'<sst xmlns="{NAMESPACE}"><si><t>{use}</t></si></sst>'
        require_refusal(replaced(tmp_path, STRINGS, [f"<!DOCTYPE sst [{entities}]>", body]))
    require_refusal(replaced(tmp_path, TYPES, ["<!DOCTYPE Types []><Types/>"]))


def test_rows_under_another_name_have_no_more_room(tmp_path: Path) -> None:
    # What is read whole, such as the workbook, must not be what has room for a million rows.
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    types = "".join(
        f'<Override PartName="/{SHEET}" ContentType="{kind}.{each}+xml"/>' for each in ("worksheet", "sheet.main")
    )
    path = replaced(tmp_path, SHEET, repeated(HEAD, "<row><c/></row>", SIZE, TAIL))
    sheet = zipfile.ZipFile(path).read(SHEET)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr(
            TYPES, f'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">{types}</Types>'
        )
        package.writestr(SHEET, sheet)
    require_refusal(path)


@pytest.mark.parametrize(
    "broken", ["", "<", "<worksheet>", "<worksheet/>", HEAD, HEAD + NAMES, "\0", HEAD + "<row r='x'/>"]
)
def test_a_sheet_that_is_broken_is_refused(tmp_path: Path, broken: str) -> None:
    require_refusal(replaced(tmp_path, SHEET, [broken]))


def test_every_cell_has_the_text_that_it_shows(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["id", "date", "time", "formula", "error", "big", "share"])
    sheet.append(
        [1.0, dt.datetime.fromisoformat("2026-05-01T10:30"), dt.time(9, 5), "=1+1", "#N/A", 12345678901234, 0.1]
    )
    path = tmp_path / "rows.xlsx"
    book.save(path)
    (row,) = Recipients(path)
    # Nothing is calculated here: a formula that no spreadsheet has calculated shows nothing.
    assert row.cells == {
        "id": "1",
        "date": "2026-05-01T10:30:00",
        "time": "09:05:00",
        "formula": "",
        "error": "#N/A",
        "big": "12345678901234",
        "share": "0.1",
    }


def test_empty_rows_and_columns_that_a_spreadsheet_has_formatted_cost_nothing(tmp_path: Path) -> None:
    empty = "".join(f'<row r="{number}"><c r="XFD{number}" s="0"/></row>' for number in range(2, 500))
    last = '<row r="1000"><c r="A1000" t="inlineStr"><is><t>Ana</t></is></c></row>'
    path = replaced(tmp_path, SHEET, [HEAD, NAMES, empty, last, TAIL])
    assert [(each.row, each.cells) for each in Recipients(path)] == [(1_000, {"name": "Ana"})]
