"""How the tables of a registry came to be: numbered steps, each run once, all in one transaction.

A step that was released is never changed: there are databases that have it. A change is a further step.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from typing import Final

from sqlalchemy import Connection, insert, inspect, select, text, update

from microcred.errors import StatusListError
from microcred.status._tables import schema
from microcred.status.database import Database

__all__ = ["STEPS", "prepare"]

_FIRST: Final = (
    "CREATE TABLE microcred_schema (version INTEGER NOT NULL)",
    """CREATE TABLE microcred_lists (
        id {serial},
        purpose TEXT NOT NULL,
        base_url TEXT NOT NULL,
        length INTEGER NOT NULL,
        capacity INTEGER NOT NULL,
        assigned INTEGER NOT NULL CHECK (assigned <= capacity),
        version BIGINT NOT NULL
    )""",
    # No credential has two entries for a purpose, and no entry has two credentials, whatever the code does.
    """CREATE TABLE microcred_entries (
        credential_id TEXT NOT NULL,
        purpose TEXT NOT NULL,
        list_id BIGINT NOT NULL REFERENCES microcred_lists (id),
        list_index INTEGER NOT NULL,
        value INTEGER NOT NULL,
        PRIMARY KEY (credential_id, purpose),
        UNIQUE (list_id, list_index)
    )""",
    """CREATE TABLE microcred_events (
        id {serial},
        credential_id TEXT NOT NULL,
        purpose TEXT NOT NULL,
        action TEXT NOT NULL,
        reason TEXT,
        actor TEXT,
        at TEXT NOT NULL,
        FOREIGN KEY (credential_id, purpose) REFERENCES microcred_entries (credential_id, purpose)
    )""",
    "CREATE INDEX microcred_events_of ON microcred_events (credential_id)",
    """CREATE TABLE microcred_publications (
        id {serial},
        list_id BIGINT NOT NULL REFERENCES microcred_lists (id),
        version BIGINT NOT NULL,
        etag TEXT NOT NULL,
        media_type TEXT NOT NULL,
        content {bytes} NOT NULL,
        at TEXT NOT NULL,
        valid_until TEXT
    )""",
    "CREATE INDEX microcred_publications_of ON microcred_publications (list_id, version)",
)


def _move_bits(connection: Connection) -> None:
    """Collect what is set into pages of 8,192 bits, the first one left-most."""
    query = text("SELECT list_id, list_index FROM microcred_entries WHERE value = 1 ORDER BY list_id, list_index")
    write = text("INSERT INTO microcred_pages (list_id, page, bits) VALUES (:list_id, :page, :bits)")
    for (list_id, page), indexes in groupby(connection.execute(query), lambda row: (row[0], row[1] // 8_192)):
        bits = bytearray(1_024)
        for _, index in indexes:
            bits[index % 8_192 >> 3] |= 0x80 >> (index & 7)
        connection.execute(write, {"list_id": list_id, "page": page, "bits": bytes(bits)})


_SECOND: Final = (
    # What is published is there as it is published, however much of it is set; and entries never change.
    """CREATE TABLE microcred_pages (
        list_id BIGINT NOT NULL REFERENCES microcred_lists (id),
        page INTEGER NOT NULL,
        bits {bytes} NOT NULL,
        PRIMARY KEY (list_id, page)
    )""",
    _move_bits,
    "ALTER TABLE microcred_entries DROP COLUMN value",
    # A list is signed anew under another key, and never for another issuer; of what was published before, nobody knows.
    "ALTER TABLE microcred_publications ADD COLUMN manner TEXT",
    "ALTER TABLE microcred_publications ADD COLUMN issuer TEXT",
)

STEPS: tuple[tuple[str | Callable[[Connection], None], ...], ...] = (_FIRST, _SECOND)
"""What leads from each version to the next; a new database has version 0."""
_WORDS: Final = {
    "sqlite": {"serial": "INTEGER PRIMARY KEY AUTOINCREMENT", "bytes": "BLOB"},
    "postgresql": {"serial": "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY", "bytes": "BYTEA"},
}
# Any number, as long as it stays: it keeps two processes from making the tables at once.
_LOCK: Final = 7_305_801_229_384_115


def prepare(database: Database) -> None:
    """Make the tables, or bring those of an older version up to date.

    Raises:
        StatusListError: UNSUPPORTED: a newer version of this library wrote them. REGISTRY_UNAVAILABLE.
    """
    with database.reading() as connection:
        if _version(connection) == len(STEPS):
            return
    with database.writing() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        found = _version(connection)
        for statement in (each for step in STEPS[found:] for each in step):
            if callable(statement):
                statement(connection)
            else:
                connection.exec_driver_sql(statement.format(**_WORDS[connection.dialect.name]))
        connection.execute(
            update(schema).values(version=len(STEPS)) if found else insert(schema), {"version": len(STEPS)}
        )


def _version(connection: Connection) -> int:
    if not inspect(connection).has_table(schema.name):
        return 0
    version = connection.execute(select(schema.c.version)).scalar_one()
    if version > len(STEPS):
        reason = "the registry was written by a newer version of microcred; update this one"
        raise StatusListError(reason, "UNSUPPORTED")
    return int(version)
