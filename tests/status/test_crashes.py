"""Many processes at once, and processes that are killed: nothing is given twice, and nothing that was said is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import microcred as mc
from microcred.json import loads_object
from microcred.status import StatusList
from microcred.status._tables import entries, lists
from microcred.status.registry import StatusRegistry
from tests.make import KEY
from tests.status.workers import BASE_URL
from tests.support import as_object

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the processes are forked")
HERE = Path(__file__).parents[2]


@contextmanager
def started(what: str, url: str, workers: int, total: int = 0) -> Iterator[subprocess.Popen[str]]:
    """Run the workers in a session of their own, and see to it that they end."""
    command = [sys.executable, "-W", "error", "-m", "tests.status.workers", what, url, str(workers), str(total)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE), *filter(None, sys.path)])}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=environment, start_new_session=True, cwd=HERE
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def said_before_being_killed(what: str, url: str, lines: int) -> list[list[str]]:
    """Kill workers after they have said something, and return all that they said."""
    with started(what, url, workers=3) as process:
        assert process.stdout is not None
        heard = [process.stdout.readline() for _ in range(lines)]
        os.killpg(process.pid, signal.SIGKILL)
        heard += process.stdout.readlines()
    assert process.returncode == -signal.SIGKILL
    return [line.split() for line in heard if line.endswith("\n") and line != "ready\n"]


def require_sound(registry: StatusRegistry) -> None:
    """Require that the lists know how many entries they have, and that no entry is given twice."""
    with registry._database.reading() as connection:
        counted = Counter(connection.execute(entries.select().with_only_columns(entries.c.list_id)).scalars())
        columns = (lists.c.id, lists.c.assigned, lists.c.capacity)
        known = {row.id: row for row in connection.execute(lists.select().with_only_columns(*columns))}
        places = connection.execute(entries.select().with_only_columns(entries.c.list_id, entries.c.list_index)).all()
    assert all(row.assigned == counted[name] <= row.capacity for name, row in known.items())
    assert len(set(places)) == len(places)


def set_bits(registry: StatusRegistry) -> set[tuple[str, str]]:
    """Publish, and return what verifiers see as set."""
    found = set()
    for each in registry.publish(KEY.did, KEY):
        assert mc.Verifier(trusted_issuers={KEY.did}).check(each.content)
        subject = as_object(loads_object(each.content)["credentialSubject"])
        indexes = StatusList.decode(str(subject["encodedList"])).indexes()
        found |= {(each.url, str(index)) for index in indexes}
    return found


def test_sixteen_processes_assign_fifty_thousand_entries(database: str) -> None:
    total = 50_000
    with started("assign", database, 16, total) as process:
        assert process.stdout is not None
        said = [line.split() for line in process.stdout]
    assert process.returncode == 0
    # Whoever assigned the same name was told the same place.
    places = {name: (url, index) for name, url, index in said}
    assert len({tuple(line) for line in said}) == len(places) == total + 50
    assert len(set(places.values())) == len(places)
    with StatusRegistry(database) as registry:
        require_sound(registry)
        columns = (entries.c.credential_id, entries.c.list_id, entries.c.list_index)
        with registry._database.reading() as connection:
            rows = connection.execute(entries.select().with_only_columns(*columns)).all()
    recorded = {name: (f"{BASE_URL}/{list_id}", str(index)) for name, list_id, index in rows}
    assert recorded.pop("urn:example:first")
    assert recorded == places


def test_what_was_assigned_before_a_crash_stays_and_is_not_given_again(database: str) -> None:
    said = said_before_being_killed("assign-forever", database, 5_000)
    with StatusRegistry(database, base_url=BASE_URL) as registry:
        require_sound(registry)
        further = dict(registry.assign_many(f"urn:further:{number}" for number in range(3_000)))
        found = dict(registry.assign_many(name for name, _, _ in said))
        require_sound(registry)
    for name, url, index in said:
        assert (found[name].status_list_credential, found[name].status_list_index) == (url, index)
    taken = {(url, index) for _, url, index in said}
    assert len(taken) == len(said) >= 4_999
    assert taken.isdisjoint((entry.status_list_credential, entry.status_list_index) for entry in further.values())


def test_a_revocation_outlives_a_crash(database: str) -> None:
    said = said_before_being_killed("revoke", database, 100)
    with StatusRegistry(database, base_url=BASE_URL) as registry:
        require_sound(registry)
        shown = set_bits(registry)
        for (name,) in said:
            status = registry.status(name)
            assert status.revoked
            assert [event.action for event in registry.history(name)] == ["revoke"]
            (entry,) = status.entries
            assert (entry.status_list_credential, entry.status_list_index) in shown


def test_what_was_published_before_a_crash_is_whole_and_stays(database: str) -> None:
    said = said_before_being_killed("publish", database, 60)
    with StatusRegistry(database, base_url=BASE_URL) as registry:
        require_sound(registry)
        for version in registry.versions(f"{BASE_URL}/1"):
            content = registry.published(f"{BASE_URL}/1", etag=version.etag).content
            assert mc.Verifier(trusted_issuers={KEY.did}).check(content)
        shown = set_bits(registry)
        for name, url, etag in said:
            (entry,) = registry.status(name).entries
            subject = as_object(loads_object(registry.published(url, etag=etag).content)["credentialSubject"])
            # What was published after a revocation has it, whoever published it.
            assert StatusList.decode(str(subject["encodedList"]))[int(entry.status_list_index)] == 1
        shown = set_bits(registry)
        assert {
            (f"{BASE_URL}/1", str(registry.status(name).entries[0].status_list_index)) for name, _, _ in said
        } <= shown
