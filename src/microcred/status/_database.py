"""The database of a registry: transactions that last, on SQLite or PostgreSQL, from many threads and processes."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from sqlalchemy import URL, Connection, Engine, Pool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from microcred.errors import StatusListError

__all__ = ["Database"]

_DRIVERS: Final = {
    "sqlite": "sqlite",
    "sqlite+pysqlite": "sqlite",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}
_BUSY_SECONDS: Final = 60
_WRITES: Final = "microcred_writes"


class Database:
    """A database, and the two kinds of transactions on it.

    Threads share it. After a fork, the child makes connections of its own.
    """

    def __init__(self, url: str) -> None:
        """Take the address; nothing is opened yet.

        Args:
            url: As SQLAlchemy has it, such as ``sqlite:///status.db``; may hold a password.

        Raises:
            ValueError: Not such an address, another kind of database, or one in memory.
            StatusListError: UNSUPPORTED: the driver of PostgreSQL is not installed.
        """
        self._url = _read_url(url)
        self._engine = _make_engine(self._url)
        self._process = os.getpid()
        self._inherited: list[Pool] = []

    def __repr__(self) -> str:
        return self._url.render_as_string(hide_password=True)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Read in a transaction: a snapshot on SQLite; READ COMMITTED, statement by statement, on PostgreSQL.

        Raises:
            StatusListError: REGISTRY_UNAVAILABLE.
        """
        with self._transaction(writes=False) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Write in a transaction, which lasts when the block has ended: alone on SQLite, with row locks on PostgreSQL.

        Raises:
            StatusListError: REGISTRY_UNAVAILABLE; nothing was written, save when the connection broke at the end.
        """
        with self._transaction(writes=True) as connection:
            yield connection

    def close(self) -> None:
        """Close the connections that are not in use."""
        self._engine_here().dispose()

    @contextmanager
    def _transaction(self, *, writes: bool) -> Iterator[Connection]:
        try:
            with self._engine_here().connect() as connection:
                connection.execution_options(**{_WRITES: writes})
                with connection.begin():
                    yield connection
        except SQLAlchemyError as error:
            problem = _unavailable(error)
        else:
            return
        raise problem

    def _engine_here(self) -> Engine:
        if os.getpid() != self._process:
            # The parent goes on with what was inherited: it is neither used nor closed here, so it must stay alive.
            self._inherited.append(self._engine.pool)
            self._engine.dispose(close=False)
            self._process = os.getpid()
        return self._engine


def _read_url(text: str) -> URL:
    try:
        url = make_url(text.replace("postgres://", "postgresql://", 1))
    except ArgumentError:
        url = None
    driver = _DRIVERS.get(url.drivername) if url is not None else None
    if url is None or driver is None:
        raise ValueError("the address of the registry must be like sqlite:///status.db or postgresql://user@host/name")
    if driver == "sqlite" and url.database in (None, "", ":memory:"):
        raise ValueError("a registry in memory would forget; give a file, such as sqlite:///status.db")
    return url.set(drivername=driver)


def _make_engine(url: URL) -> Engine:
    if url.drivername == "sqlite":
        _make_private(url)
        engine = create_engine(url, connect_args={"timeout": _BUSY_SECONDS}, pool_timeout=_BUSY_SECONDS)
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    try:
        # A server may have been restarted since a connection was used.
        return create_engine(url, isolation_level="READ COMMITTED", pool_pre_ping=True, pool_timeout=_BUSY_SECONDS)
    except ImportError:
        raise StatusListError("PostgreSQL needs its driver: pip install 'psycopg[binary]'", "UNSUPPORTED") from None


def _make_private(url: URL) -> None:
    """Make a new database file for its owner only; what SQLite puts beside it follows."""
    if url.database is not None and "uri" not in url.query:
        with suppress(OSError):
            os.close(os.open(Path(url.database), os.O_CREAT | os.O_EXCL, 0o600))


def _set_up_sqlite(connection: sqlite3.Connection, _: object) -> None:
    # Python would begin transactions by itself, and too late.
    connection.isolation_level = None
    give_up = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            break
        except sqlite3.OperationalError:
            # Here SQLite does not wait for others who are at it as well.
            if time.monotonic() > give_up:
                raise
            time.sleep(0.02)
    # A commit is on the disk when it returns, whatever happens to the process or the machine.
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES)
    # Whoever begins to write after reading may find that the others were faster.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _unavailable(error: SQLAlchemyError) -> StatusListError:
    """Return our error; what a server says can name hosts and users."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    what = str(cause) if isinstance(cause, sqlite3.Error) else type(cause).__name__
    return StatusListError(f"the database of the registry cannot be used: {what}", "REGISTRY_UNAVAILABLE")
