"""A credential with placeholders, to be filled from rows: what a cohort has in common, and what is each one's own."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, TypeAlias, cast

from microcred.documents import Readable, to_document
from microcred.errors import DocumentError, Problem
from microcred.json import JSONObject, JSONValue, pointer
from microcred.limits import DEFAULT_LIMITS, Limits

__all__ = ["OWN", "Path", "Row", "Taken", "Template", "listed"]

Row: TypeAlias = Mapping[str, str]
"""The cells of one credential, by column."""
Path: TypeAlias = tuple[str | int, ...]
"""Where a value stands: member names and indexes."""

OWN: Final = "microcred:"
"""How the columns begin that a run adds to those of the recipients."""
_PLACEHOLDER = re.compile(r"\{\{([^{}]*)\}\}")
# RFC 8259 §6.
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_MAX_NUMBER = 40
# In a message; of a table with more, a reader sees where to look.
_MOST_NAMES, _MOST_LETTERS = 12, 40
# Of what kind a row is that has text where it need not have any.
_TEXT = "text"
_FILTERS = frozenset(["number", "optional"])
# What kind of thing something is decides how it is judged and signed; it is the same for all.
_FIXED = frozenset(["@context", "type", "@type"])


@dataclass(frozen=True, slots=True)
class _Slot:
    """A text of the template with placeholders."""

    number: int
    """Its place among the slots, in document order."""
    path: Path
    columns: tuple[str, ...]
    """The columns that are put in, in their order."""
    pattern: str
    """The text with ``%s`` for each; empty when the placeholder is all of it."""
    filters: frozenset[str]


class _Gone:
    """Stands for a value that is left out."""


_GONE = _Gone()
_Filled: TypeAlias = "JSONValue | _Gone"
_Tree: TypeAlias = "Mapping[str, _Tree] | Sequence[_Tree] | bool | int | float | str | _Slot | None"


class Taken(NamedTuple):
    """What a row has for a template."""

    kind: tuple[str, ...]
    """On what the structure depends: rows of one kind differ in texts only."""
    texts: Sequence[str]
    """The texts in the slots that are there, in their order."""
    values: Sequence[_Filled]
    """For each slot what it holds."""

    def with_texts(self, texts: Sequence[str]) -> Taken:
        """Return the same with other texts in the slots that hold text."""
        left = iter(texts)
        return self._replace(texts=texts, values=[next(left) if isinstance(v, str) else v for v in self.values])


class Template:
    """A credential in which ``{{ column }}`` stands for what a row has in that column.

    - ``{{ column }}``: the text of the cell, as it is. It may stand in the middle of other text.
    - ``{{ column | number }}``: a number; it is the whole value.
    - ``{{ column | optional }}``: the cell may be empty. The member is left out then, and with it each object that has
      nothing left but a ``type``, and each list that has nothing left. It is the whole value.

    A cell is never read as a placeholder or as JSON: no row changes the structure but by leaving out what is optional.
    """

    def __init__(self, document: Readable, *, limits: Limits = DEFAULT_LIMITS) -> None:
        """Read a template.

        Args:
            document: A dict, JSON text or bytes, or a model; the whole credential, as for ``sign``.
            limits: Bounds on it.

        Raises:
            DocumentError: Not JSON; the credential's ``id`` has no placeholder; one cannot be understood, or stands
                where none may be: in the name of a member, in a ``type`` or in a ``@context``.
        """
        self._source = to_document(document, limits)
        self._limits = limits
        self._slots: list[_Slot] = []
        self._problems: list[Problem] = []
        self._tree = cast("Mapping[str, _Tree]", self._parsed(self._source, (), fixed=False))
        if isinstance(self._tree.get("id"), str):
            self._refuse(("id",), "is the same for all; give each credential its own, such as urn:uuid:{{ uuid }}")
        if self._problems:
            raise DocumentError(self._problems[: limits.max_problems])
        self.columns: tuple[str, ...] = tuple(dict.fromkeys(c for slot in self._slots for c in slot.columns))
        """The columns that it takes from a row, in the order in which they occur."""
        index = {column: n for n, column in enumerate(self.columns)}
        # For each slot, the places of its cells, or of the cell that is all of it.
        self._picks: list[tuple[str, Any]] = [
            (slot.pattern, tuple(index[column] for column in slot.columns) if slot.pattern else index[slot.columns[0]])
            for slot in self._slots
        ]
        self._special = [(slot, index[slot.columns[0]]) for slot in self._slots if slot.filters]
        self._numbers = [column for slot, column in self._special if "number" in slot.filters]
        optional = {slot.number for slot in self._slots if "optional" in slot.filters}
        needed = {column for slot in self._slots if slot.number not in optional for column in slot.columns}
        self._needed = [index[column] for column in self.columns if column in needed]

    def check(self, columns: Iterable[str]) -> tuple[str, ...]:
        """Make sure that rows have all that is taken from them, before anything is signed.

        Args:
            columns: The columns of the rows, such as the header of a CSV file.

        Returns:
            The columns that it takes nothing from, for a warning.

        Raises:
            DocumentError: It names columns that are not there, or a column occurs twice (with pointers into the
                template).
        """
        given = Counter(columns)
        there = listed(given)
        problems = [
            _problem(
                slot.path,
                f"takes the column “{column}”, which is {'there twice' if column in given else f'not there; {there}'}",
            )
            for slot in self._slots
            for column in slot.columns
            if given[column] != 1
        ]
        if problems:
            raise DocumentError(problems[: self._limits.max_problems])
        taken = set(self.columns)
        return tuple(column for column in given if column not in taken)

    def fill(self, row: Row) -> JSONObject:
        """Return the credential of a row; it is judged when it is signed.

        Args:
            row: The cells by column; untrusted. Columns that the template does not take are ignored.

        Raises:
            DocumentError: A cell is missing, empty and not optional, not text, or not a number (with pointers into the
                template).
        """
        return self.document(self.take(row))

    def check_row(self, row: Row) -> None:
        """Make sure that a row has what the template needs of it; otherwise as ``fill``."""
        cells = self._cells(row)
        try:
            if cells is not None:
                for column in self._numbers:
                    if cells[column]:
                        _number(cells[column])
                return
        except ValueError:
            pass
        self._take_with_care(row)

    def _cells(self, row: Row) -> list[str] | None:
        """Return the cells of the columns; None when one may be missing."""
        try:
            cells = [row[column] for column in self.columns]
            # The quickest way to see that all are text.
            "".join(cells)
        except (KeyError, TypeError):
            return None
        return None if "" in cells and not all(cells[column] for column in self._needed) else cells

    def take(self, row: Row) -> Taken:
        """Take from a row what the template needs of it; otherwise as ``fill``."""
        cells = self._cells(row)
        if cells is None:
            return self._take_with_care(row)
        try:
            texts = [
                pattern % tuple([cells[n] for n in cast("tuple[int, ...]", pick)])
                if pattern
                else cells[cast(int, pick)]
                for pattern, pick in self._picks
            ]
            return self._with_special(texts, cells) if self._special else Taken((), texts, texts)
        except ValueError:
            return self._take_with_care(row)

    def _with_special(self, texts: Sequence[str], cells: Sequence[str]) -> Taken:
        """Make numbers of what is one, and leave out what is empty."""
        kind: list[str] = []
        values: list[_Filled] = [*texts]
        for slot, column in self._special:
            cell = cells[column]
            if not cell:
                values[slot.number] = _GONE
                kind.append("")
            elif "number" in slot.filters:
                values[slot.number] = _number(cell)
                kind.append(cell)
            else:
                kind.append(_TEXT)
        return Taken(tuple(kind), [value for value in values if isinstance(value, str)], values)

    def document(self, taken: Taken) -> JSONObject:
        """Return a fresh document with what was taken from a row."""
        return cast(JSONObject, _filled(self._tree, taken.values, inside=False))

    def _take_with_care(self, row: Row) -> Taken:
        if not isinstance(row, Mapping):
            raise DocumentError.at("", "the row must be a mapping from columns to cells")
        problems: list[Problem] = []
        kind: list[str] = []
        values: list[_Filled] = []
        for slot in self._slots:
            value = _value(slot, row, problems)
            if "number" in slot.filters:
                kind.append("" if value is _GONE else row[slot.columns[0]])
            elif slot.filters:
                kind.append("" if value is _GONE else _TEXT)
            values.append(value)
        if problems:
            raise DocumentError(problems[: self._limits.max_problems])
        return Taken(tuple(kind), [value for value in values if isinstance(value, str)], values)

    def _parsed(self, value: JSONValue, path: Path, *, fixed: bool) -> _Tree:
        if isinstance(value, dict):
            for name in value:
                if "{{" in name:
                    self._refuse(path, "has a placeholder in the name of a member, where none may be")
            return {n: self._parsed(v, (*path, n), fixed=fixed or n in _FIXED) for n, v in value.items()}
        if isinstance(value, list):
            return [self._parsed(item, (*path, index), fixed=fixed) for index, item in enumerate(value)]
        if isinstance(value, str) and "{{" in value:
            if fixed:
                self._refuse(path, "has a placeholder, but what kind of thing something is must be the same for all")
                return None
            return self._slot(value, path)
        return value

    def _slot(self, text: str, path: Path) -> _Tree:
        # Even entries are text, odd ones are inside of braces.
        parts = _PLACEHOLDER.split(text)
        columns: list[str] = []
        filters: set[str] = set()
        for inside in parts[1::2]:
            column, *named = (part.strip() for part in inside.split("|"))
            columns.append(column)
            filters.update(named)
            if not column:
                self._refuse(path, "has a placeholder without a column; write {{ column }}")
        if any("{{" in part for part in parts[::2]):
            self._refuse(path, "has two opening braces that make no placeholder; write {{ column }}")
        if filters - _FILTERS:
            self._refuse(path, f"has a placeholder with something else behind | than {' or '.join(sorted(_FILTERS))}")
        whole = parts[0] == parts[-1] == "" and len(parts) == 3
        if filters and not whole:
            self._refuse(path, "has text beside a placeholder that is a number or optional, which is the whole value")
        pattern = "" if whole else "%s".join(part.replace("%", "%%") for part in parts[::2])
        slot = _Slot(len(self._slots), path, tuple(columns), pattern, frozenset(filters))
        self._slots.append(slot)
        return slot

    def _refuse(self, path: Path, message: str) -> None:
        self._problems.append(_problem(path, message))

    def __repr__(self) -> str:
        return f"<Template of {len(self.columns)} columns>"

    def __reduce__(self) -> tuple[object, ...]:
        return _read, (self._source, self._limits)


def _read(source: JSONObject, limits: Limits) -> Template:
    return Template(source, limits=limits)


def _problem(path: Path, message: str) -> Problem:
    return Problem(pointer(*path), "MALFORMED_VALUE_ERROR", message)


def listed(columns: Iterable[str]) -> str:
    """Say which columns there are, for a message about one that is not there.

    Args:
        columns: The header; untrusted.
    """
    names = [each for each in columns if not each.startswith(OWN)]
    shown = ["".join(filter(str.isprintable, each))[:_MOST_LETTERS] for each in names[:_MOST_NAMES]]
    return f"there are: {', '.join(shown)}" + (" …" if len(names) > _MOST_NAMES else "")


def _value(slot: _Slot, row: Row, problems: list[Problem]) -> _Filled:
    cells: list[str] = []
    for column in slot.columns:
        cell: object = row.get(column)
        if cell is None or cell == "":
            if "optional" in slot.filters:
                return _GONE
            state = "empty" if cell == "" else "missing"
            problems.append(_problem(slot.path, f"the column “{column}” is {state} in this row"))
        elif not isinstance(cell, str):
            problems.append(_problem(slot.path, f"the column “{column}” holds something else than text in this row"))
        else:
            cells.append(cell)
    if len(cells) < len(slot.columns):
        return _GONE
    if "number" not in slot.filters:
        return slot.pattern % tuple(cells) if slot.pattern else cells[0]
    try:
        return _number(cells[0])
    except ValueError:
        text = f"the column “{slot.columns[0]}” is no number such as 6 or 6.5 in this row"
        problems.append(_problem(slot.path, text))
        return _GONE


def _number(cell: str) -> int | float:
    """Read a number as JSON does.

    Raises:
        ValueError: It is none, or beyond what a double can hold.
    """
    if len(cell) > _MAX_NUMBER or not _NUMBER.fullmatch(cell):
        raise ValueError("not a number")
    number = int(cell) if cell.lstrip("-").isdigit() else float(cell)
    if not math.isfinite(number):
        raise ValueError("too large for a double")
    return number


def _filled(tree: _Tree, values: Sequence[_Filled], *, inside: bool = True) -> _Filled:
    """Put values in, leave out what is gone, and with it what says nothing any more."""
    if isinstance(tree, _Slot):
        return values[tree.number]
    if isinstance(tree, dict):
        members = {name: _filled(item, values) if item.__class__ in _LOOKED_AT else item for name, item in tree.items()}
        if _GONE not in members.values():
            return cast(JSONObject, members)
        kept = {name: item for name, item in members.items() if item is not _GONE}
        return _GONE if inside and _FIXED.issuperset(kept) else cast(JSONObject, kept)
    if isinstance(tree, list):
        items = [_filled(item, values) for item in tree]
        left = [item for item in items if item is not _GONE]
        return _GONE if items and not left else cast("list[JSONValue]", left)
    return cast(JSONValue, tree)


_LOOKED_AT = (dict, list, _Slot)
