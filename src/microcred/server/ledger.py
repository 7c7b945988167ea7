"""What a service has to remember beside statuses: its answers, for those who ask again, and credentials that it shows.

It is in the database of the issuer's registry, in tables of its own. What is saved here when a method returns outlives
the process and the machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import Column, Connection, Index, LargeBinary, MetaData, Table, Text, bindparam, delete, insert, select

from microcred.status.database import Database

__all__ = ["Answer", "Entry", "Kept", "Ledger"]

_metadata = MetaData()
_answers = Table(
    "microcred_answers",
    _metadata,
    Column("idempotency_key", Text, primary_key=True),
    Column("request", LargeBinary, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("at", Text, nullable=False),
)
_credentials = Table(
    "microcred_credentials",
    _metadata,
    # The id of a credential, or another name by which it is asked for; none is given to two credentials.
    Column("id", Text, primary_key=True),
    Column("content", LargeBinary),
    Column("media_type", Text),
    Column("at", Text, nullable=False),
)
Index("microcred_answers_at", _answers.c.at)
_ANSWERS_OF: Final = select(_answers).where(_answers.c.idempotency_key.in_(bindparam("keys", expanding=True)))
_IDS_OF: Final = select(_credentials.c.id).where(_credentials.c.id.in_(bindparam("ids", expanding=True)))
_CREDENTIAL: Final = select(_credentials).where(
    _credentials.c.id == bindparam("id"), _credentials.c.content.is_not(None)
)
# Any number, as long as it stays: it keeps two processes from making the tables at once.
_LOCK: Final = 7_305_801_229_384_116
KEPT_FOR: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Entry:
    """A credential that was issued."""

    id: str
    """Its id."""
    content: bytes
    """The credential, or its envelope, as JSON."""
    key: str | None = None
    """The idempotency key of the request, if it had one."""
    request: bytes = b""
    """A hash of the request."""
    kept: Kept | None = None
    """What is to be shown to whoever knows its URL; None if it is not kept."""
    names: tuple[str, ...] = ()
    """What no other credential may be called: ids that were not made here."""

    @property
    def taken(self) -> frozenset[str]:
        """All that no other credential may be called."""
        return frozenset(self.names if self.kept is None else (*self.names, self.id))


@dataclass(frozen=True, slots=True)
class Kept:
    """A credential as it is shown."""

    content: bytes
    """JSON, or a JWT."""
    media_type: str
    """Which of them."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered to a request that had a key."""

    request: bytes
    """A hash of the request."""
    content: bytes
    """The credential, or its envelope, as JSON."""


class Ledger:
    """The tables; threads and processes share them."""

    def __init__(self, url: str) -> None:
        """Open the database, and make the tables if there are none.

        Raises:
            StatusListError: REGISTRY_UNAVAILABLE, or UNSUPPORTED.
        """
        self._database = Database(url)
        with self._database.writing() as connection:
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
            _metadata.create_all(connection)

    def save(self, entries: Sequence[Entry]) -> list[Answer | None]:
        """Save what was issued, in one transaction.

        Args:
            entries: What was issued.

        Returns:
            For each what is to be answered: its own content, or what was answered under its key before; None when
            another credential has its id. Then nothing was saved of it.

        Raises:
            StatusListError: REGISTRY_UNAVAILABLE; nothing was saved.
        """
        keys = [each.key for each in entries if each.key is not None]
        names = [name for each in entries for name in each.taken]
        if not keys and not names:
            return [Answer(each.request, each.content) for each in entries]
        with self._database.writing() as connection:
            if connection.dialect.name == "postgresql":
                # Two that have the same key must not both find nothing.
                connection.exec_driver_sql("LOCK TABLE microcred_answers IN SHARE ROW EXCLUSIVE MODE")
            answered, taken = _answers_of(connection, keys), _taken(connection, names)
            results, fresh = _sorted_out(entries, answered, taken)
            _insert(connection, fresh)
        return results

    def look(self, keys: Sequence[str], names: Sequence[str]) -> tuple[dict[str, Answer], set[str]]:
        """Return what was answered to requests with these keys, and which of these names credentials have already.

        Raises:
            StatusListError: REGISTRY_UNAVAILABLE.
        """
        if not keys and not names:
            return {}, set()
        with self._database.reading() as connection:
            return _answers_of(connection, keys), _taken(connection, names)

    def kept(self, credential_id: str) -> Kept | None:
        """Return a credential that is to be shown.

        Raises:
            StatusListError: REGISTRY_UNAVAILABLE.
        """
        with self._database.reading() as connection:
            row = connection.execute(_CREDENTIAL, {"id": credential_id}).first()
        return None if row is None else Kept(bytes(row.content), row.media_type)

    def forget(self, before: datetime | None = None) -> int:
        """Remove answers that are older than seven days, and return how many there were.

        Raises:
            StatusListError: REGISTRY_UNAVAILABLE.
        """
        limit = (before or datetime.now(UTC) - KEPT_FOR).isoformat()
        with self._database.writing() as connection:
            return connection.execute(delete(_answers).where(_answers.c.at < limit)).rowcount

    def close(self) -> None:
        """Close the connections."""
        self._database.close()


def _sorted_out(
    entries: Sequence[Entry], answered: dict[str, Answer], taken: set[str]
) -> tuple[list[Answer | None], list[Entry]]:
    """Return what is to be answered, and what is to be saved; what comes first counts."""
    results: list[Answer | None] = []
    fresh: list[Entry] = []
    for each in entries:
        before = None if each.key is None else answered.get(each.key)
        if before is None and not taken.isdisjoint(each.taken):
            results.append(None)
            continue
        answer = before or Answer(each.request, each.content)
        if before is None:
            fresh.append(each)
            taken |= each.taken
            if each.key is not None:
                answered[each.key] = answer
        results.append(answer)
    return results, fresh


def _insert(connection: Connection, entries: Sequence[Entry]) -> None:
    now = datetime.now(UTC).isoformat()
    answers = [
        {"idempotency_key": each.key, "request": each.request, "content": each.content, "at": now}
        for each in entries
        if each.key is not None
    ]
    kept = [
        {
            "id": name,
            "content": each.kept.content if each.kept is not None and name == each.id else None,
            "media_type": each.kept.media_type if each.kept is not None and name == each.id else None,
            "at": now,
        }
        for each in entries
        for name in each.taken
    ]
    if answers:
        connection.execute(insert(_answers), answers)
    if kept:
        connection.execute(insert(_credentials), kept)


def _answers_of(connection: Connection, keys: Sequence[str]) -> dict[str, Answer]:
    if not keys:
        return {}
    rows = connection.execute(_ANSWERS_OF, {"keys": list(keys)})
    return {row.idempotency_key: Answer(bytes(row.request), bytes(row.content)) for row in rows}


def _taken(connection: Connection, names: Sequence[str]) -> set[str]:
    return set(connection.execute(_IDS_OF, {"ids": list(names)}).scalars()) if names else set()
