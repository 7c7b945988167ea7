"""What was done with a credential: the bit and the history, in one transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import Connection, bindparam, insert, select, update

from microcred.errors import StatusListError
from microcred.status import _moments
from microcred.status._assigning import Place
from microcred.status._tables import PAGE_BYTES, entries, events, lists, pages
from microcred.status.bitstring import value_at
from microcred.status.database import Database
from microcred.status.records import Action, Event

__all__ = ["events_of", "places_of", "record"]

_EFFECTS: Final[dict[Action, tuple[str, int]]] = {
    "revoke": ("revocation", 1),
    "suspend": ("suspension", 1),
    "reinstate": ("suspension", 0),
}
_LISTS_OF = (
    select(lists.c.id)
    .join_from(entries, lists, entries.c.list_id == lists.c.id)
    .where(entries.c.credential_id == bindparam("name"))
    # As those who assign lock them.
    .order_by(lists.c.purpose, lists.c.id)
)
_ENTRIES_OF = (
    select(entries.c.purpose, lists.c.base_url, lists.c.id, entries.c.list_index, pages.c.bits)
    .join_from(entries, lists, entries.c.list_id == lists.c.id)
    .outerjoin(pages, (pages.c.list_id == lists.c.id) & (pages.c.page == entries.c.list_index // (8 * PAGE_BYTES)))
    .where(entries.c.credential_id == bindparam("name"))
    .order_by(entries.c.purpose)
)
_EVENTS = (
    select(events.c.action, events.c.at, events.c.reason, events.c.actor)
    .where(events.c.credential_id == bindparam("name"))
    .order_by(events.c.id)
)


class _Entry(NamedTuple):
    """An entry of a credential, and the page that it is on."""

    purpose: str
    base_url: str
    list_id: int
    list_index: int
    bits: bytes | None

    @property
    def value(self) -> int:
        """What is in the list."""
        return 0 if self.bits is None else value_at(bytes(self.bits), self.list_index % (8 * PAGE_BYTES))

    @property
    def place(self) -> Place:
        """Where verifiers look."""
        return Place(f"{self.base_url}/{self.list_id}", self.list_index)


def record(
    database: Database, credential_id: str, action: Action, *, reason: str | None, actor: str | None, at: datetime
) -> bool:
    """Do something with a credential.

    Returns:
        Whether it changed anything; otherwise nothing is recorded.

    Raises:
        StatusListError: NOT_ASSIGNED, REVOKED or REGISTRY_UNAVAILABLE.
        ValueError: The time has no zone.
    """
    purpose, value = _EFFECTS[action]
    moment = _moments.write(at)
    with database.writing() as connection:
        # Whoever changes something in a list has it alone, until the end.
        if not connection.execute(_LISTS_OF.with_for_update(of=lists), {"name": credential_id}).all():
            raise _unknown()
        held = _entries_of(connection, credential_id)
        if action != "revoke" and "revocation" in held and held["revocation"].value:
            raise StatusListError("the credential is revoked, which cannot be undone", "REVOKED")
        entry = held.get(purpose)
        if entry is None:
            text = f"the credential has no entry for {purpose}; it needs one when it is issued: assign(…, purposes=[…])"
            raise StatusListError(text, "NOT_ASSIGNED")
        if entry.value == value:
            return False
        connection.execute(
            insert(events).values(
                credential_id=credential_id, purpose=purpose, action=action, reason=reason, actor=actor, at=moment
            )
        )
        _set(connection, entry, value)
        connection.execute(update(lists).where(lists.c.id == entry.list_id).values(version=lists.c.version + 1))
    return True


def _entries_of(connection: Connection, credential_id: str) -> dict[str, _Entry]:
    found = [_Entry(*row) for row in connection.execute(_ENTRIES_OF, {"name": credential_id})]
    return {entry.purpose: entry for entry in found}


def _set(connection: Connection, entry: _Entry, value: int) -> None:
    page, place = divmod(entry.list_index, 8 * PAGE_BYTES)
    bits = bytearray(entry.bits or PAGE_BYTES)
    # The value is another one: the bit is turned over.
    bits[place >> 3] ^= 0x80 >> (place & 7)
    assert value_at(bits, place) == value
    if entry.bits is None:
        connection.execute(insert(pages).values(list_id=entry.list_id, page=page, bits=bytes(bits)))
        return
    here = (pages.c.list_id == entry.list_id) & (pages.c.page == page)
    connection.execute(update(pages).where(here).values(bits=bytes(bits)))


def places_of(database: Database, credential_id: str) -> dict[str, tuple[Place, bool]]:
    """Return the entries of a credential by their purposes, and whether they are set.

    Raises:
        StatusListError: NOT_ASSIGNED or REGISTRY_UNAVAILABLE.
    """
    with database.reading() as connection:
        held = _entries_of(connection, credential_id)
    if not held:
        raise _unknown()
    return {purpose: (entry.place, bool(entry.value)) for purpose, entry in held.items()}


def events_of(database: Database, credential_id: str) -> list[Event]:
    """Return what was done with a credential, the oldest first.

    Raises:
        StatusListError: NOT_ASSIGNED or REGISTRY_UNAVAILABLE.
    """
    with database.reading() as connection:
        if connection.execute(_LISTS_OF, {"name": credential_id}).first() is None:
            raise _unknown()
        rows = connection.execute(_EVENTS, {"name": credential_id}).all()
    return [Event(action, _moments.read(at), reason, actor) for action, at, reason, actor in rows]


def _unknown() -> StatusListError:
    text = "the registry has no entry of a credential with that id; was it issued with another registry?"
    return StatusListError(text, "NOT_ASSIGNED")
