"""Recipients from a file: CSV, TSV, XLSX or NDJSON, one at a time, of any number.

Rows have the numbers that a spreadsheet shows: the header is row 1, and empty rows count. In NDJSON they are lines.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple, TextIO, TypeAlias

from microcred.batch._sheets import read_sheet
from microcred.errors import BatchError, DocumentError
from microcred.json import JSONValue, dumps, loads_object

__all__ = ["Recipient", "Recipients"]

MOST_CELL, MOST_ROW, MOST_COLUMNS = 64 * 1024, 1024 * 1024, 1_000
"""Characters of one cell and of one row, and columns: a row has some dozen cells of some dozen characters."""
_UNREADABLE: Final = "UNREADABLE_RECIPIENTS"
_OTHER_UNICODE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class Recipient(NamedTuple):
    """One row."""

    row: int
    """Its number, as a spreadsheet shows it."""
    cells: dict[str, str]
    """By column; empty when there is an error."""
    error: str | None = None
    """What is wrong with the row; the others are not concerned."""


_Numbered: TypeAlias = Iterator[tuple[int, Sequence[str]]]


class Recipients:
    """The rows of a file; each iteration reads it again, and holds one row at a time."""

    def __init__(self, path: Path) -> None:
        """Name the file; its extension tells its format.

        Raises:
            BatchError: UNREADABLE_RECIPIENTS: an extension that is none of csv, tsv, xlsx and ndjson.
        """
        self.path = path
        self._format = {".jsonl": ".ndjson"}.get(path.suffix.lower(), path.suffix.lower())
        if self._format not in (".csv", ".tsv", ".xlsx", ".ndjson"):
            raise BatchError("the recipients come as .csv, .tsv, .xlsx or .ndjson; rename or convert them", _UNREADABLE)

    def __iter__(self) -> Iterator[Recipient]:
        """Read the rows that are not empty.

        Raises:
            BatchError: UNREADABLE_RECIPIENTS: the file cannot be read at all, or no further, with the row.
            OSError: It cannot be opened.
        """
        if self._format == ".ndjson":
            yield from self._objects()
            return
        with self._table() as table:
            yield from _recipients(table)

    def columns(self) -> tuple[str, ...] | None:
        """Return the columns, in their order; None for NDJSON, where each row names its own.

        Raises:
            BatchError: As iterating.
        """
        if self._format == ".ndjson":
            return None
        with self._table() as table:
            return _header(table)

    def digest(self) -> str:
        """Return the SHA-256 of the file."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    @contextmanager
    def _table(self) -> Iterator[_Numbered]:
        if self._format == ".xlsx":
            with self.path.open("rb") as file:
                yield read_sheet(file, MOST_COLUMNS)
        else:
            with _text(self.path) as text:
                yield _separated(text, self._format)

    def _objects(self) -> Iterator[Recipient]:
        with _text(self.path) as text:
            for number, line in enumerate(_Lines(text, lines_are_rows=True), 1):
                if line.strip():
                    yield _object(number, line)


def _text(path: Path) -> TextIO:
    with path.open("rb") as file:
        if file.read(2) in _OTHER_UNICODE:
            raise BatchError("the file is UTF-16; save it as UTF-8 (in a spreadsheet: “CSV UTF-8”)", _UNREADABLE)
    # Line ends inside of quotes stay as they are.
    return path.open(encoding="utf-8-sig", newline="")


class _Lines:
    """The lines of a file in UTF-8, of which none, and no row of many, is longer than a row may be."""

    def __init__(self, text: TextIO, *, lines_are_rows: bool) -> None:
        self._lines_are_rows = lines_are_rows
        self._text = text
        self.row = 1
        self._length = 0

    def __iter__(self) -> Iterator[str]:
        while line := self._read():
            self._length += len(line)
            if self._length > MOST_ROW:
                text = f"has more than {MOST_ROW:,} characters; a quotation mark may be missing"
                raise BatchError(text, _UNREADABLE, self.row)
            yield line
            if self._lines_are_rows:
                self.end_row()

    def end_row(self) -> None:
        """Begin the next row."""
        self.row += 1
        self._length = 0

    def _read(self) -> str:
        try:
            return self._text.readline(MOST_ROW + 1)
        except UnicodeDecodeError:
            text = "is not UTF-8, or near a place that is not; save the file as UTF-8 (in a spreadsheet: “CSV UTF-8”)"
            raise BatchError(text, _UNREADABLE, self.row) from None


def _separated(text: TextIO, extension: str) -> _Numbered:
    lines = _Lines(text, lines_are_rows=False)
    each = iter(lines)
    first = next(each, "")
    # Where the comma is the decimal sign, spreadsheets separate by semicolons.
    comma = ";" if first.count(";") > first.count(",") else ","
    reader = csv.reader(_chained(first, each), delimiter="\t" if extension == ".tsv" else comma, strict=True)
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise BatchError(f"cannot be read as {extension[1:].upper()}: {error}", _UNREADABLE, lines.row) from None
        if cells is None:
            return
        yield lines.row, cells
        lines.end_row()


def _chained(first: str, others: Iterable[str]) -> Iterator[str]:
    if first:
        yield first
    yield from others


def _recipients(table: _Numbered) -> Iterator[Recipient]:
    columns = _header(table)
    for row, cells in table:
        if "".join(cells).strip():
            # Spreadsheets leave empty cells behind.
            is_longer = len(cells) > len(columns) and "".join(cells[len(columns) :]).strip()
            yield _recipient(row, columns, cells if is_longer else cells[: len(columns)])


def _header(table: _Numbered) -> tuple[str, ...]:
    row, cells = next(table, (1, []))
    columns = [cell.strip() for cell in cells]
    while columns and not columns[-1]:
        columns.pop()
    if not columns:
        raise BatchError("must have the names of the columns", _UNREADABLE, row)
    if len(columns) > MOST_COLUMNS or any(len(column) > MOST_CELL for column in columns):
        raise BatchError(f"has too much in it; there are {MOST_COLUMNS:,} columns at most", _UNREADABLE, row)
    twice = [column for column, count in Counter(columns).items() if count > 1]
    if twice:
        name = twice[0] or "(no name)"
        raise BatchError(f"has the column “{name}” twice; each needs a name of its own", _UNREADABLE, row)
    return tuple(columns)


def _recipient(row: int, columns: Sequence[str], cells: Sequence[str]) -> Recipient:
    if len(cells) != len(columns):
        text = f"has {len(cells)} cells, and the header {len(columns)}; a cell with a separator needs quotation marks"
        return Recipient(row, {}, text)
    return _checked(row, dict(zip(columns, cells, strict=True)))


def _checked(row: int, cells: dict[str, str]) -> Recipient:
    text = "".join(cells.values())
    if len(text) <= MOST_CELL and "\0" not in text:
        return Recipient(row, cells)
    for column, cell in cells.items():
        if len(cell) > MOST_CELL or "\0" in cell:
            return Recipient(row, {}, f"has in “{column}” a NUL, or more than {MOST_CELL:,} characters")
    return Recipient(row, cells)


def _object(row: int, line: str) -> Recipient:
    try:
        members = loads_object(line)
    except DocumentError as error:
        return Recipient(row, {}, f"is no JSON object: {error.problems[0].message}")
    cells: dict[str, str] = {}
    for column, value in members.items():
        if isinstance(value, dict | list) or len(members) > MOST_COLUMNS:
            return Recipient(
                row, {}, f"must hold texts and numbers only, {MOST_COLUMNS:,} at most, not lists or objects"
            )
        cells[column] = _text_of_json(value)
    return _checked(row, cells)


def _text_of_json(value: JSONValue) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else dumps(value)
