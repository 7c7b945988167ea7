"""What was done with a credential: the bit and the history, in one transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, insert, select, update

from microcred.errors import StatusListError
from microcred.status import _moments
from microcred.status._assigning import Place
from microcred.status._database import Database
from microcred.status._tables import entries, events, lists
from microcred.status.records import Action, Event

__all__ = ["events_of", "places_of", "record"]

_EFFECTS: Final[dict[Action, tuple[str, int]]] = {
    "revoke": ("revocation", 1),
    "suspend": ("suspension", 1),
    "reinstate": ("suspension", 0),
}
_HELD = select(entries.c.purpose, entries.c.value, entries.c.list_id).where(
    entries.c.credential_id == bindparam("name")
)
_PLACES = (
    select(entries.c.purpose, entries.c.value, entries.c.list_index, lists.c.base_url, lists.c.id)
    .join_from(entries, lists, entries.c.list_id == lists.c.id)
    .where(entries.c.credential_id == bindparam("name"))
    .order_by(entries.c.purpose)
)
_EVENTS = (
    select(events.c.action, events.c.at, events.c.reason, events.c.actor)
    .where(events.c.credential_id == bindparam("name"))
    .order_by(events.c.id)
)


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
        # Rows are locked in the order entry, list by all who write, so that nobody waits for each other.
        rows = connection.execute(_HELD.with_for_update(), {"name": credential_id})
        held = {of: (now, list_id) for of, now, list_id in rows}
        if not held:
            raise _unknown()
        if action != "revoke" and held.get("revocation", (0, 0))[0]:
            raise StatusListError("the credential is revoked, which cannot be undone", "REVOKED")
        if purpose not in held:
            text = f"the credential has no entry for {purpose}; it needs one when it is issued: assign(…, purposes=[…])"
            raise StatusListError(text, "NOT_ASSIGNED")
        before, list_id = held[purpose]
        if before == value:
            return False
        connection.execute(
            insert(events).values(
                credential_id=credential_id, purpose=purpose, action=action, reason=reason, actor=actor, at=moment
            )
        )
        entry = (entries.c.credential_id == credential_id) & (entries.c.purpose == purpose)
        connection.execute(update(entries).where(entry).values(value=value))
        connection.execute(update(lists).where(lists.c.id == list_id).values(version=lists.c.version + 1))
    return True


def places_of(database: Database, credential_id: str) -> dict[str, tuple[Place, bool]]:
    """Return the entries of a credential by their purposes, and whether they are set.

    Raises:
        StatusListError: NOT_ASSIGNED or REGISTRY_UNAVAILABLE.
    """
    with database.reading() as connection:
        rows = connection.execute(_PLACES, {"name": credential_id}).all()
    if not rows:
        raise _unknown()
    return {
        purpose: (Place(f"{base_url}/{list_id}", index), bool(value))
        for purpose, value, index, base_url, list_id in rows
    }


def events_of(database: Database, credential_id: str) -> list[Event]:
    """Return what was done with a credential, the oldest first.

    Raises:
        StatusListError: NOT_ASSIGNED or REGISTRY_UNAVAILABLE.
    """
    with database.reading() as connection:
        if connection.execute(_HELD, {"name": credential_id}).first() is None:
            raise _unknown()
        rows = connection.execute(_EVENTS, {"name": credential_id}).all()
    return [Event(action, _moments.read(at), reason, actor) for action, at, reason, actor in rows]


def _unknown() -> StatusListError:
    text = "the registry has no entry of a credential with that id; was it issued with another registry?"
    return StatusListError(text, "NOT_ASSIGNED")
