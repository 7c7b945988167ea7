"""Databases of older versions are brought up to date, and those of newer ones are left alone."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
import sqlalchemy
from sqlalchemy import inspect

import microcred as mc
from microcred.errors import StatusListError
from microcred.json import loads_object
from microcred.status import StatusList, _migrations, _tables
from microcred.status.database import Database
from microcred.status.registry import StatusRegistry
from tests.make import AT, KEY
from tests.status.conftest import BASE_URL
from tests.support import as_object

# What the first version has written: `sqlite3 status.db .dump`, and `pg_dump --inserts`.
OLDER = Path(__file__).parent / "older"
TABLES = [each for each in vars(_tables).values() if isinstance(each, sqlalchemy.Table)]
LATER = AT + timedelta(hours=4)


@pytest.fixture
def older(database: str) -> str:
    """The URL of a database that version 1 has filled."""
    if database.startswith("sqlite"):
        with closing(sqlite3.connect(database.removeprefix("sqlite:///"))) as connection:
            connection.executescript((OLDER / "registry-1.sqlite.sql").read_text(encoding="utf-8"))
    else:
        with psycopg.connect(database, autocommit=True) as server:
            server.execute((OLDER / "registry-1.postgresql.sql").read_bytes())
    return database


@contextmanager
def connected(url: str) -> Iterator[sqlalchemy.Connection]:
    with closing(Database(url)) as database, database.writing() as connection:
        yield connection


def execute(url: str, statement: str) -> None:
    with connected(url) as connection:
        connection.exec_driver_sql(statement)


def version_of(url: str) -> int:
    with connected(url) as connection:
        return int(connection.exec_driver_sql("SELECT version FROM microcred_schema").scalar_one())


def shape(url: str) -> Iterator[object]:
    """Describe the tables of a database."""
    with connected(url) as connection:
        looked = inspect(connection)
        for table in sorted(looked.get_table_names()):
            yield table
            yield [(each["name"], str(each["type"]), each["nullable"]) for each in looked.get_columns(table)]
            yield sorted((each["name"] or "", each["column_names"]) for each in looked.get_indexes(table))
            yield looked.get_pk_constraint(table)["constrained_columns"]
            yield sorted(each["column_names"] for each in looked.get_unique_constraints(table))
            keys = looked.get_foreign_keys(table)
            yield sorted((each["constrained_columns"], each["referred_table"]) for each in keys)


def test_a_database_of_the_first_version_is_brought_up_to_date(older: str) -> None:
    assert version_of(older) == 1
    with StatusRegistry(older) as registry:
        assert version_of(older) == len(_migrations.STEPS)
        status = registry.status("urn:example:revoked")
        assert (status.revoked, status.suspended) == (True, False)
        (event,) = registry.history("urn:example:revoked")
        assert (event.action, event.reason, event.actor) == ("revoke", "issued by mistake", "registrar")
        assert [each.action for each in registry.history("urn:example:reinstated")] == ["suspend", "reinstate"]
        before = [registry.published(f"{BASE_URL}/{number}") for number in (1, 2)]
        # Nobody knows how it was signed.
        after = registry.publish(KEY.did, KEY, at=LATER)
        assert [each.changed for each in after] == [True, True]
        for old, new in zip(before, after, strict=True):
            assert mc.Verifier(trusted_issuers={KEY.did}).check(old.content, at=LATER)
            assert bits(old.content) == bits(new.content)
            assert len(registry.versions(old.url)) == 3
        registry.suspend("urn:example:good")
        registry.assign("urn:example:new")
        assert [each.changed for each in registry.publish(KEY.did, KEY, at=LATER)] == [False, True]


def bits(content: bytes) -> list[int]:
    subject = as_object(loads_object(content)["credentialSubject"])
    return list(StatusList.decode(str(subject["encodedList"])).indexes())


def test_a_database_that_was_brought_up_to_date_is_like_a_new_one(older: str, tmp_path: Path, request: object) -> None:
    with StatusRegistry(older):
        upgraded = list(shape(older))
    assert isinstance(request, pytest.FixtureRequest)
    if older.startswith("sqlite"):
        new = f"sqlite:///{tmp_path}/new.db"
    else:
        from tests.status.databases import make_database

        new = make_database(request.getfixturevalue("postgresql"))
    with StatusRegistry(new):
        assert list(shape(new)) == upgraded


def test_the_tables_are_those_that_the_code_uses(database: str) -> None:
    with StatusRegistry(database), connected(database) as connection:
        looked = inspect(connection)
        for table in TABLES:
            found = [(each["name"], each["nullable"]) for each in looked.get_columns(table.name)]
            # SQLite lets the id of a row be null in words only.
            expected = [(each.name, bool(each.nullable)) for each in table.columns]
            assert [name for name, _ in found] == [name for name, _ in expected]
            assert {pair for pair in found if pair[0] != "id"} == {pair for pair in expected if pair[0] != "id"}


def test_a_database_of_a_newer_version_is_left_alone(older: str) -> None:
    execute(older, "UPDATE microcred_schema SET version = 99")
    with pytest.raises(StatusListError) as refusal:
        StatusRegistry(older)
    assert refusal.value.code == "UNSUPPORTED"
    assert version_of(older) == 99
    with connected(older) as connection:
        columns = {each["name"] for each in inspect(connection).get_columns("microcred_publications")}
    assert columns.isdisjoint({"manner", "issuer"})


def test_a_step_that_fails_leaves_the_database_as_it_was(older: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = list(shape(older))
    broken = (*_migrations.STEPS, ("CREATE TABLE microcred_more (id INTEGER)", "CREATE NONSENSE"))
    monkeypatch.setattr(_migrations, "STEPS", broken)
    with pytest.raises(StatusListError) as refusal:
        StatusRegistry(older)
    assert refusal.value.code == "REGISTRY_UNAVAILABLE"
    assert version_of(older) == 1
    assert list(shape(older)) == before


def open_from_many_threads(url: str) -> None:
    errors: list[BaseException] = []
    begin = threading.Barrier(8)

    def work() -> None:
        try:
            begin.wait(30)
            with StatusRegistry(url, base_url=BASE_URL) as registry:
                registry.assign("urn:example:1")
        except BaseException as error:  # noqa: BLE001
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert version_of(url) == len(_migrations.STEPS)


def test_the_tables_are_made_once_when_many_begin_at_once(database: str) -> None:
    open_from_many_threads(database)


def test_older_tables_are_brought_up_to_date_once_when_many_begin_at_once(older: str) -> None:
    open_from_many_threads(older)


def test_entries_and_credentials_are_held_unique_by_the_database(database: str) -> None:
    with StatusRegistry(database, base_url=BASE_URL) as registry:
        entry = registry.assign("urn:example:1")
        index = entry.status_list_index
        for row in (f"'urn:example:2', 'revocation', 1, {index}", "'urn:example:1', 'revocation', 1, 0"):
            with pytest.raises(StatusListError):
                execute(database, f"INSERT INTO microcred_entries VALUES ({row})")
        with pytest.raises(StatusListError):
            execute(database, "INSERT INTO microcred_entries VALUES ('urn:example:3', 'revocation', 9, 1)")


def test_the_columns_are_the_same_on_both_kinds(tmp_path: Path) -> None:
    with StatusRegistry(f"sqlite:///{tmp_path}/new.db"):
        pass
    engine = sqlalchemy.create_engine(f"sqlite:///{tmp_path}/new.db")
    assert set(inspect(engine).get_table_names()) - {"sqlite_sequence"} == {table.name for table in TABLES}
    engine.dispose()
