"""The first sheet of an XLSX file, row by row, in bounded memory.

The library that reads sheets trusts them. So each part of the file is first looked through by a parser that keeps
nothing: declarations and entities are refused, and whatever would be held in memory together.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import IO, BinaryIO, Final, TypeAlias
from xml.parsers import expat

from microcred.errors import BatchError

__all__ = ["read_sheet"]

_Rows: TypeAlias = Iterator[tuple[int, list[str]]]
_MOST_PARTS: Final = 1_000
# Of the texts, which are all in memory, of all parts, and of what belongs to one row.
_MOST_TEXTS, _MOST_UNPACKED, _MOST_TOGETHER = 128 * 1024 * 1024, 1024 * 1024 * 1024, 4 * 1024 * 1024
# Of the texts, two for each; and of one row, or of all that is in no row.
_MOST_ELEMENTS, _MOST_ELEMENTS_OF_ROW = 2_000_000, 100_000
_MOST_ROWS: Final = 1_048_576
_TYPES: Final = "[Content_Types].xml"
_SHEET: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_PIECE: Final = 64 * 1024
_UNREADABLE: Final = "UNREADABLE_RECIPIENTS"
_TOO_MUCH: Final = "the XLSX holds too much; save the sheet as CSV UTF-8"


def read_sheet(file: BinaryIO, most_columns: int) -> _Rows:
    """Yield the rows of the first sheet by their numbers, each with as many cells as the widest so far.

    Args:
        file: The file; untrusted.
        most_columns: A row with more is refused, unless the cells beyond are empty.

    Raises:
        BatchError: UNREADABLE_RECIPIENTS: it is no sound XLSX, or holds too much. UNSUPPORTED: a package is missing.
    """
    try:
        import openpyxl
    except ModuleNotFoundError:
        text = "XLSX needs an extra: pip install 'microcred[xlsx]'; or save the sheet as CSV UTF-8"
        raise BatchError(text, "UNSUPPORTED") from None
    try:
        _check_package(file)
        book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
    except BatchError:
        raise
    except Exception:  # noqa: BLE001 - whatever the other library raises for what it cannot read
        text = "the file is not a sound XLSX; open it in a spreadsheet and save it again"
        raise BatchError(text, _UNREADABLE) from None
    number = width = 0
    try:
        sheet = book.worksheets[0]
        # What a sheet says of its own size need not be so.
        sheet.reset_dimensions()
        for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
            if number > _MOST_ROWS:
                raise BatchError("is beyond what a sheet can have", _UNREADABLE, number)
            texts = [_text_of(cell) for cell in cells]
            while len(texts) > most_columns and not texts[-1]:
                texts.pop()
            width = max(width, len(texts))
            yield number, [*texts, *[""] * (width - len(texts))]
    except BatchError:
        raise
    except Exception:  # noqa: BLE001 - as above
        raise BatchError("the sheet cannot be read any further here", _UNREADABLE, number + 1) from None
    finally:
        book.close()


def _check_package(file: BinaryIO) -> None:
    """Refuse what would unpack to too much.

    Raises:
        BatchError: UNREADABLE_RECIPIENTS.
    """
    with zipfile.ZipFile(file) as package:
        parts = package.infolist()
        sizes = {part.filename: part.file_size for part in parts}
        too_many = len(parts) > _MOST_PARTS or len(sizes) < len(parts)
        if too_many or sum(sizes.values()) > _MOST_UNPACKED or sizes.get(_TYPES, 0) > _MOST_TOGETHER:
            raise BatchError(_TOO_MUCH, _UNREADABLE)
        sheets = _sheets_among(package.read(_TYPES))
        if sum(size for name, size in sizes.items() if name not in sheets) > _MOST_TEXTS:
            raise BatchError(_TOO_MUCH, _UNREADABLE)
        # A part can be anything, whatever its name is: only those that are read row by row have room for rows.
        for name in sizes:
            with package.open(name) as data:
                _Look(has_rows=name in sheets).through(data)
    file.seek(0)


def _sheets_among(types: bytes) -> set[str]:
    """Return the parts that are sheets and nothing else (ECMA-376-2 §7.2.3)."""
    found: dict[str, set[str]] = {}

    def add(name: str, members: dict[str, str]) -> None:
        if name.rpartition(" ")[2] == "Override":
            found.setdefault(members.get("PartName", ""), set()).add(members.get("ContentType", ""))

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = _refuse
    parser.StartElementHandler = add
    parser.Parse(types, True)
    return {name[1:] for name, kinds in found.items() if kinds == {_SHEET} and name.startswith("/xl/worksheets/")}


@dataclass(slots=True)
class _Look:
    """A look through one part."""

    has_rows: bool
    rows: int = 0
    elements: int = 0
    """Since the last row, where there are rows."""
    start: int = 0
    """Where the last row ended."""
    end: int = 0
    """How much was read."""

    def through(self, data: IO[bytes]) -> None:
        """Read a part to its end.

        Raises:
            BatchError: UNREADABLE_RECIPIENTS.
        """
        try:
            self._parse(data)
        except expat.ExpatError:
            # A picture, or what others cannot read any further, either.
            return

    def _parse(self, data: IO[bytes]) -> None:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartDoctypeDeclHandler = _refuse
        parser.StartElementHandler = lambda _, __: self._begin()
        if self.has_rows:
            parser.EndElementHandler = lambda name: self._finish(name, parser.CurrentByteIndex)
        while piece := data.read(_PIECE):
            self.end += len(piece)
            parser.Parse(piece, False)
            # What is not finished is held as well: one text, one comment.
            if self.has_rows and self.end - self.start > _MOST_TOGETHER + _PIECE:
                raise BatchError(_TOO_MUCH, _UNREADABLE, self.rows + 1)
        parser.Parse(b"", True)

    def _begin(self) -> None:
        self.elements += 1
        if self.elements > (_MOST_ELEMENTS_OF_ROW if self.has_rows else _MOST_ELEMENTS):
            raise BatchError(_TOO_MUCH, _UNREADABLE, self.rows + 1 if self.has_rows else None)

    def _finish(self, name: str, place: int) -> None:
        if name.rpartition(" ")[2] == "row":
            self.rows, self.elements, self.start = self.rows + 1, 0, place
            if self.rows > _MOST_ROWS:
                raise BatchError("is beyond what a sheet can have", _UNREADABLE, self.rows)


def _refuse(*_: object) -> None:
    raise BatchError("the XLSX declares entities, which no spreadsheet does", _UNREADABLE)


def _text_of(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date().isoformat()
    return cell.isoformat() if isinstance(cell, date | time) else str(cell)
