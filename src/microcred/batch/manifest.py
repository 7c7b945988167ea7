"""The memory of a run: what each row was given before it was signed, and what became of it.

It is an SQLite database, since that survives a crash at any moment: a transaction is there whole or not at all. It
holds ids, times and places in status lists, and nothing else of a row.
"""

from __future__ import annotations

import hmac
import secrets
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal, NamedTuple, Self, TypeAlias

from microcred.errors import BatchError
from microcred.files import PRIVATE, write_file
from microcred.json import quoted

__all__ = ["Entry", "Manifest", "Reservation", "Secret"]

State: TypeAlias = Literal["reserved", "done", "error"]
_VERSION: Final = "1"
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS run (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS entry (
    row INTEGER PRIMARY KEY, id TEXT UNIQUE, created TEXT, list TEXT, place TEXT,
    file TEXT, state TEXT NOT NULL, error TEXT
);
"""
# SQLite takes so many parameters of one statement wherever it is.
_MOST_NAMED: Final = 500
_WHAT: Final = {
    "template": "the template",
    "recipients": "the file of recipients",
    "options": "an option (such as the format, the key columns or the status lists)",
}


class Secret:
    """The secret of a run, from which ids and salts are derived: nobody else can tell whose they are."""

    def __init__(self, path: Path) -> None:
        """Read it; make it when it is not there.

        Raises:
            BatchError: RUN_DAMAGED.
        """
        if not path.exists():
            write_file(path, secrets.token_hex(32).encode() + b"\n", mode=PRIVATE)
        try:
            self._value = bytes.fromhex(path.read_text("ascii"))
        except ValueError:
            self._value = b""
        if len(self._value) != 32:
            raise BatchError(f"{path} is not the secret of a run any more; take it from a backup", "RUN_DAMAGED")

    def __repr__(self) -> str:
        return "<Secret of a run>"

    def derive(self, purpose: str, *parts: str) -> bytes:
        """Return 32 bytes that are the same again for the same parts (HMAC-SHA-256, RFC 2104)."""
        # As JSON, no two lists of parts are the same text.
        message = f"[{','.join(map(quoted, [purpose, *parts]))}]".encode()
        return hmac.digest(self._value, message, "sha256")

    def urn(self, *parts: str) -> str:
        """Return an id; the version says that its bits are the maker's own (RFC 9562 §5.8)."""
        value = int.from_bytes(self.derive("id", *parts)[:16])
        value = value & ~(0xF << 76) | 8 << 76
        value = value & ~(0b11 << 62) | 0b10 << 62
        digits = f"{value:032x}"
        return f"urn:uuid:{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


class Reservation(NamedTuple):
    """What a row was given before it was signed."""

    row: int
    """Its number."""
    id: str
    """The id of its credential."""
    created: str
    """When its proof says that it was made."""
    list_url: str = ""
    """The status list of its entry; empty without one."""
    place: str = ""
    """Its index in the list."""


class Entry(NamedTuple):
    """What became of a row."""

    row: int
    """Its number, as a spreadsheet shows it."""
    id: str | None
    """The id of its credential."""
    file: str | None
    """Where the credential is, in the folder of the run."""
    status: State
    """``done``; ``error``; ``reserved``: it was given an id, and is not signed yet."""
    error: str | None
    """Why there is no credential."""


class Manifest:
    """The database of one run; one process at a time works with it."""

    def __init__(self, path: Path) -> None:
        """Open it; make it when it is not there.

        Raises:
            BatchError: RUN_DAMAGED: it is no manifest, or a newer version wrote it.
        """
        self._path = path
        self._database = sqlite3.connect(path, isolation_level=None)
        try:
            with self._guarded():
                self._database.execute("PRAGMA synchronous = FULL")
                self._database.executescript(_TABLES)
                self.remember({"version": _VERSION})
        except BaseException:
            self._database.close()
            raise
        if self.recall("version") != _VERSION:
            self._database.close()
            raise BatchError("another version of microcred began this run; go on with that one", "RUN_DAMAGED")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            text = f"the manifest {self._path} is unusable ({type(error).__name__}): a full disk, or damage"
            raise BatchError(text, "RUN_DAMAGED") from None

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._guarded():
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")

    def remember(self, facts: Mapping[str, str]) -> None:
        """Keep facts about the run; what is there stays."""
        with self._transaction() as database:
            database.executemany("INSERT OR IGNORE INTO run VALUES (?, ?)", facts.items())

    def recall(self, name: str) -> str:
        """Return a fact about the run; empty when there is none."""
        with self._guarded():
            found = self._database.execute("SELECT value FROM run WHERE name = ?", (name,)).fetchone()
        return "" if found is None else str(found[0])

    def begin(self, digests: Mapping[str, str]) -> None:
        """Keep what the run is about, or make sure that it is still the same.

        Raises:
            BatchError: RUN_CHANGED.
        """
        for name, value in digests.items():
            before = self.recall(name)
            if before and before != value:
                text = f"{_WHAT[name]} has changed since this run began, and a row could be issued twice; undo that, "
                raise BatchError(text + "or put what is new in a file of its own and take another --run", "RUN_CHANGED")
        self.remember(digests)

    def known(self, rows: Sequence[int]) -> dict[int, Reservation | None]:
        """Return what rows of a rising sequence were given before; None for those that are done."""
        if not rows:
            return {}
        with self._guarded():
            found = self._database.execute(
                "SELECT row, id, created, list, place, state FROM entry WHERE row BETWEEN ? AND ? AND id IS NOT NULL",
                (rows[0], rows[-1]),
            ).fetchall()
        return {row: None if state == "done" else Reservation(row, *given) for row, *given, state in found}

    def rows_of(self, identifiers: Sequence[str]) -> dict[str, int]:
        """Return the rows that ids were given to, by id."""
        found: dict[str, int] = {}
        with self._guarded():
            for start in range(0, len(identifiers), _MOST_NAMED):
                some = identifiers[start : start + _MOST_NAMED]
                query = f"SELECT id, row FROM entry WHERE id IN ({','.join('?' * len(some))})"  # noqa: S608 - marks only
                found.update(self._database.execute(query, some))
        return found

    def reserve(self, reservations: Iterable[Reservation], refused: Mapping[int, str]) -> None:
        """Write down what rows are given, and what is wrong with others; safe on the disk on return."""
        with self._transaction() as database:
            database.executemany(
                "INSERT INTO entry VALUES (?, ?, ?, ?, ?, NULL, 'reserved', NULL) ON CONFLICT (row) DO UPDATE SET "
                "id = excluded.id, created = excluded.created, list = excluded.list, place = excluded.place, "
                "state = 'reserved', error = NULL",
                [(each.row, each.id, each.created, each.list_url, each.place) for each in reservations],
            )
            database.executemany(
                "INSERT OR REPLACE INTO entry (row, state, error) VALUES (?, 'error', ?)", refused.items()
            )

    def finish(self, entries: Iterable[Entry], facts: Mapping[str, str]) -> None:
        """Write down what became of rows, with what is true from then on; safe on the disk on return."""
        with self._transaction() as database:
            database.executemany(
                "UPDATE entry SET file = ?, state = ?, error = ? WHERE row = ?",
                [(each.file, each.status, each.error, each.row) for each in entries],
            )
            database.executemany("INSERT OR REPLACE INTO run VALUES (?, ?)", facts.items())

    def entries(self) -> Iterator[Entry]:
        """Yield what became of each row, in their order."""
        with self._guarded():
            for found in self._database.execute("SELECT row, id, file, state, error FROM entry ORDER BY row"):
                yield Entry(*found)

    def counts(self) -> dict[str, int]:
        """Return how many rows there are of each state."""
        with self._guarded():
            return dict(self._database.execute("SELECT state, count(*) FROM entry GROUP BY state").fetchall())
