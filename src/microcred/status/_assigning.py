"""Which credential gets which entry: drawn at random, remembered, and never given to another one."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from sqlalchemy import Connection, bindparam, insert, select, update

from microcred.status._tables import entries, lists, schema
from microcred.status.database import Database

__all__ = ["Opening", "Place", "assign"]

# The random numbers of the operating system: nobody can tell one index from others.
_RANDOM: Final = random.SystemRandom()
_OF = select(entries.c.credential_id, entries.c.purpose, entries.c.list_index, lists.c.id, lists.c.base_url).join_from(
    entries, lists, entries.c.list_id == lists.c.id
)
_OF_CREDENTIALS = _OF.where(
    entries.c.credential_id.in_(bindparam("ids", expanding=True)),
    entries.c.purpose.in_(bindparam("purposes", expanding=True)),
)
_TAKEN = select(entries.c.list_index).where(
    entries.c.list_id == bindparam("list_id"), entries.c.list_index.in_(bindparam("indexes", expanding=True))
)


class Place(NamedTuple):
    """Which bit of which list."""

    url: str
    """The URL of the list."""
    list_index: int
    """The place in the list, from 0."""


@dataclass(frozen=True, slots=True)
class Opening:
    """How new lists are opened."""

    base_url: str | None
    """Their URLs are below it; None takes that of the newest list."""
    length: int
    """Their number of entries."""

    @property
    def capacity(self) -> int:
        """How many entries of a list are assigned.

        The rest stays nobody's: an index that fits need not be anyone's, the size of a full list does not tell how many
        credentials there are, and a draw finds a free one soon.
        """
        return self.length * 3 // 4


class _Open(NamedTuple):
    """A list with room."""

    id: int
    base_url: str
    length: int
    capacity: int
    assigned: int


def assign(
    database: Database, credential_ids: Sequence[str], purposes: Sequence[str], opening: Opening
) -> Mapping[tuple[str, str], Place]:
    """Give each credential an entry for each purpose, in one transaction, save where it has one.

    Args:
        database: Where the entries are.
        credential_ids: Not more than a thousand or so.
        purposes: Without duplicates.
        opening: For the next list.

    Returns:
        From credential and purpose to the place.

    Raises:
        ValueError: There is no base URL yet.
        StatusListError: REGISTRY_UNAVAILABLE.
    """
    with database.writing() as connection:
        # All who assign wait for each other here, so that what is found or free now stays so until the end.
        connection.execute(select(schema.c.version).with_for_update())
        found = _find(connection, credential_ids, purposes)
        # In this order lists are locked by all who write, so that nobody waits for each other.
        for purpose in sorted(purposes):
            missing = [each for each in dict.fromkeys(credential_ids) if (each, purpose) not in found]
            found |= _fill(connection, purpose, missing, opening)
    return found


def _find(
    connection: Connection, credential_ids: Sequence[str], purposes: Sequence[str]
) -> dict[tuple[str, str], Place]:
    rows = connection.execute(_OF_CREDENTIALS, {"ids": credential_ids, "purposes": purposes})
    return {(name, purpose): Place(f"{base}/{list_id}", index) for name, purpose, index, list_id, base in rows}


def _fill(
    connection: Connection, purpose: str, credential_ids: Sequence[str], opening: Opening
) -> dict[tuple[str, str], Place]:
    made: dict[tuple[str, str], Place] = {}
    while credential_ids:
        current = _open_list(connection, purpose, opening)
        room = current.capacity - current.assigned
        now, credential_ids = credential_ids[:room], credential_ids[room:]
        indexes = _draw(connection, current, len(now))
        rows = [
            {"credential_id": name, "purpose": purpose, "list_id": current.id, "list_index": index}
            for name, index in zip(now, indexes, strict=True)
        ]
        connection.execute(insert(entries), rows)
        connection.execute(update(lists).where(lists.c.id == current.id).values(assigned=current.assigned + len(now)))
        url = f"{current.base_url}/{current.id}"
        made |= {(name, purpose): Place(url, index) for name, index in zip(now, indexes, strict=True)}
    return made


def _open_list(connection: Connection, purpose: str, opening: Opening) -> _Open:
    """Return a list with room; when it is half full, make sure that the next one is there to be published."""
    base_url = opening.base_url or _newest_base_url(connection)
    query = (
        select(lists.c.id, lists.c.base_url, lists.c.length, lists.c.capacity, lists.c.assigned)
        .where(lists.c.purpose == purpose, lists.c.base_url == base_url, lists.c.assigned < lists.c.capacity)
        .order_by(lists.c.id)
        .limit(2)
    )
    found = [_Open(*row) for row in connection.execute(query)]
    while not found or (len(found) == 1 and 2 * found[0].assigned >= found[0].capacity):
        values = {"length": opening.length, "capacity": opening.capacity, "assigned": 0}
        made = connection.execute(
            insert(lists).values(purpose=purpose, base_url=base_url, version=0, **values).returning(lists.c.id)
        )
        found.append(_Open(made.scalar_one(), base_url, **values))
    return found[0]


def _newest_base_url(connection: Connection) -> str:
    found = connection.execute(select(lists.c.base_url).order_by(lists.c.id.desc()).limit(1)).scalar()
    if found is None:
        raise ValueError("the first list needs base_url=, such as https://example.edu/status")
    return str(found)


def _draw(connection: Connection, current: _Open, count: int) -> list[int]:
    """Draw free indexes, each as likely as any other."""
    drawn: dict[int, None] = {}
    while len(drawn) < count:
        # A quarter of a list is free at the least.
        wanted = (count - len(drawn)) * current.length // (current.length - current.assigned)
        candidates = _random_indexes(current.length, wanted + wanted // 8 + 8)
        taken = set(connection.execute(_TAKEN, {"list_id": current.id, "indexes": candidates}).scalars())
        drawn |= {index: None for index in candidates if index not in taken}
    return list(drawn)[:count]


def _random_indexes(length: int, count: int) -> list[int]:
    """Return so many random indexes, but for some that would be there twice."""
    numbers = memoryview(_RANDOM.randbytes(4 * count)).cast("I")
    # Beyond, some indexes would be likelier than others.
    end = 2**32 - 2**32 % length
    return list(dict.fromkeys(number % length for number in numbers if number < end))
