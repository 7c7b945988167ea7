"""The tables of a registry as this version uses them; ``_migrations`` makes them."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, MetaData, Table, Text

__all__ = ["PAGE_BYTES", "entries", "events", "lists", "pages", "publications", "schema"]

PAGE_BYTES: Final = 1_024
"""Of the bits of a list in one row."""

_metadata = MetaData()
_id = BigInteger().with_variant(Integer, "sqlite")

schema = Table("microcred_schema", _metadata, Column("version", Integer, nullable=False))
"""One row. Who assigns locks it, so that entries are assigned one after the other."""
lists = Table(
    "microcred_lists",
    _metadata,
    Column("id", _id, primary_key=True),
    Column("purpose", Text, nullable=False),
    Column("base_url", Text, nullable=False),
    Column("length", Integer, nullable=False),
    # How many entries may be assigned, and are.
    Column("capacity", Integer, nullable=False),
    Column("assigned", Integer, nullable=False),
    # Counts the changes of bits; a publication says which one it has seen.
    Column("version", BigInteger, nullable=False),
)
entries = Table(
    "microcred_entries",
    _metadata,
    Column("credential_id", Text, primary_key=True),
    Column("purpose", Text, primary_key=True),
    Column("list_id", _id, nullable=False),
    Column("list_index", Integer, nullable=False),
)
"""Rows are added, and never changed or removed."""
pages = Table(
    "microcred_pages",
    _metadata,
    Column("list_id", _id, primary_key=True),
    Column("page", Integer, primary_key=True),
    Column("bits", LargeBinary, nullable=False),
)
"""What is set in a list, in pieces, so that a change is small in a long list too; a missing one has nothing set."""
events = Table(
    "microcred_events",
    _metadata,
    Column("id", _id, primary_key=True),
    Column("credential_id", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("reason", Text),
    Column("actor", Text),
    # UTC, ISO 8601 with microseconds, here and below: people can read it, and it sorts.
    Column("at", Text, nullable=False),
)
"""Rows are added, and never changed or removed."""
publications = Table(
    "microcred_publications",
    _metadata,
    Column("id", _id, primary_key=True),
    Column("list_id", _id, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("etag", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("at", Text, nullable=False),
    Column("valid_until", Text),
    # A hash of the key and of whatever else shapes what is signed.
    Column("manner", Text),
    Column("issuer", Text),
)
"""Rows are added, and never changed or removed."""
