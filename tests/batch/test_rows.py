"""Recipients of any format: what is read, and what is refused with its row."""

from __future__ import annotations

import builtins
import datetime as dt
from pathlib import Path

import openpyxl
import pytest

from microcred.batch.rows import MOST_CELL, MOST_ROW, Recipients
from microcred.errors import BatchError


def read(path: Path, content: str | bytes) -> list[tuple[int, dict[str, str]]]:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return [(each.row, each.cells) for each in Recipients(path)]


def refused(path: Path, content: str | bytes) -> BatchError:
    with pytest.raises(BatchError) as caught:
        read(path, content)
    assert caught.value.code == "UNREADABLE_RECIPIENTS"
    return caught.value


@pytest.mark.parametrize(
    "content",
    [
        "a,b\n1,é\n",
        "\ufeffa,b\r\n1,é\r\n",
        " a ;b\n1;é\n",
        'a,b\n"1","é"',
        "a,b,,\n1,é,,\n",
        "a,b\n1,é,,\n",
    ],
)
def test_a_table_is_read_as_spreadsheets_write_it(tmp_path: Path, content: str) -> None:
    assert read(tmp_path / "rows.csv", content) == [(2, {"a": "1", "b": "é"})]


def test_tabs_separate_in_tsv(tmp_path: Path) -> None:
    assert read(tmp_path / "rows.tsv", "a\tb\n1,2\tx\n") == [(2, {"a": "1,2", "b": "x"})]


def test_rows_have_the_numbers_that_a_spreadsheet_shows(tmp_path: Path) -> None:
    content = 'a,b\n"one\ntwo",x\n\n , \nlast,y\n'
    assert read(tmp_path / "rows.csv", content) == [(2, {"a": "one\ntwo", "b": "x"}), (5, {"a": "last", "b": "y"})]


def test_json_lines_hold_texts_and_numbers(tmp_path: Path) -> None:
    content = '{"a": "1", "b": 2.5, "c": true, "d": null}\n\n{"a": "x"}'
    found = read(tmp_path / "rows.ndjson", content)
    assert found == [(1, {"a": "1", "b": "2.5", "c": "true", "d": ""}), (3, {"a": "x"})]


def test_sheets_are_read_as_they_show(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (
        ["a", "b", "c"],
        ["x", 6.0, dt.datetime.fromisoformat("2026-05-01")],
        [None, None, None],
        ["y", 1.5, True],
        ["z"],
    ):
        sheet.append(row)
    path = tmp_path / "rows.xlsx"
    book.save(path)
    assert [(each.row, each.cells) for each in Recipients(path)] == [
        (2, {"a": "x", "b": "6", "c": "2026-05-01"}),
        (4, {"a": "y", "b": "1.5", "c": "true"}),
        (5, {"a": "z", "b": "", "c": ""}),
    ]


def test_what_is_no_sheet_is_refused(tmp_path: Path) -> None:
    refused(tmp_path / "rows.xlsx", b"no zip")
    refused(tmp_path / "rows.xlsx", b"PK\x05\x06" + bytes(18))


def test_sheets_need_an_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: object) -> object:
        if name == "openpyxl":
            raise ModuleNotFoundError(name=name)
        return real(name, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(BatchError) as caught:
        read(tmp_path / "rows.xlsx", b"")
    assert caught.value.code == "UNSUPPORTED"


@pytest.mark.parametrize(
    ("content", "row"),
    [
        ("", 1),
        ("\n", 1),
        ("a,a\n1,2\n", 1),
        ("a,,b\n1,2,3\n" + ",,\n", None),
        ("a,b\n".encode("utf-16"), None),
        (b"a,b\n1,2\n\xff,2\n", ...),
        ('a,b\n1,2\n"open,2\n', 3),
        ('a,b\n1,"x"y\n', 2),
        ("a\n" + "x" * (MOST_ROW + 1), 2),
        ("a\n" + '"x\n",' * MOST_ROW, 2),
        (",".join(map(str, range(1_001))), 1),
    ],
)
def test_a_table_that_cannot_be_read_is_refused_with_its_row(tmp_path: Path, content: str | bytes, row: object) -> None:
    if row is None and isinstance(content, str):
        # A column without a name is one that nothing can take.
        assert read(tmp_path / "rows.csv", content) == [(2, {"a": "1", "": "2", "b": "3"})]
        return
    error = refused(tmp_path / "rows.csv", content)
    assert row is ... or error.row == row


@pytest.mark.parametrize("line", ["1", "{", '{"a": []}', '{"a": {}}', '{"a": "\\u0000"}', '{"a": 1, "a": 2}'])
def test_a_line_that_is_no_row_does_not_stop_the_others(tmp_path: Path, line: str) -> None:
    path = tmp_path / "rows.ndjson"
    path.write_text(f'{{"a": "1"}}\n{line}\n{{"a": "2"}}\n')
    assert [(each.row, each.error is None) for each in Recipients(path)] == [(1, True), (2, False), (3, True)]


@pytest.mark.parametrize("cells", ["1", "1,2,3", "\0,1", "x" * (MOST_CELL + 1) + ",1"])
def test_a_row_with_something_wrong_does_not_stop_the_others(tmp_path: Path, cells: str) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(f"a,b\n1,2\n{cells}\n3,4\n")
    assert [(each.row, each.error is None) for each in Recipients(path)] == [(2, True), (3, False), (4, True)]


def test_the_extension_tells_the_format() -> None:
    with pytest.raises(BatchError):
        Recipients(Path("rows.ods"))
