"""Runs that are killed at random moments, again and again: each row is issued once, as if nothing had been."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sqlite3
import time
import zipfile
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from microcred.models.profile import identity_hash
from microcred.status._tables import entries
from tests.batch.running import do, registry, table

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the processes are forked")
IS_LONG = os.environ.get("HYPOTHESIS_PROFILE") == "fuzz"
KILLS, ROWS = (100, 2_000) if IS_LONG else (10, 200)
SEED = random.SystemRandom().randrange(2**32) if IS_LONG else 20_260_501
PROCESSES = get_context("forkserver")
# To load the library takes longer than a run.
PROCESSES.set_forkserver_preload(["tests.batch.warm"])


@pytest.mark.parametrize(("jobs", "into"), [(1, "lines"), (1, "zip"), (2, "lines"), (2, "files")])
def test_a_run_that_is_killed_again_and_again_issues_each_row_once(tmp_path: Path, jobs: int, into: str) -> None:
    table(tmp_path / "rows.csv", ROWS)
    seed = f"{SEED} {jobs} {into}"
    signed = kill(tmp_path, jobs, into, random.Random(seed))
    found = manifest(tmp_path / "run")
    made = credentials(tmp_path / "run", found, into)
    assert list(found) == list(range(2, ROWS + 2)), seed
    assert {each["status"] for each in found.values()} == {"done"}, seed
    assert all(made[row]["id"] == entry["id"] for row, entry in found.items()), seed
    assert len({each["id"] for each in made.values()}) == ROWS, seed
    for row, each in made.items():
        assert_is_of_its_row(row, each)
    assert_entries_are_those_of_the_registry(tmp_path, made)
    # Otherwise the kills have stopped nothing.
    assert signed > ROWS, seed
    assert not list((tmp_path / "run").rglob(".*")), seed
    assert_the_memory_says_it_all(tmp_path, jobs, into)


def kill(folder: Path, jobs: int, into: str, chance: random.Random) -> int:
    """Kill a run at random moments, and let the last one come to its end; return the number of signatures."""
    signed = PROCESSES.Value("l", 0)
    killed = 0
    while killed < KILLS:
        process = PROCESSES.Process(target=do, args=(folder, jobs, into, signed))
        process.start()
        # Some are killed before they sign anything, most while they sign, some while they end.
        wanted = signed.value + chance.randrange(3 * ROWS // KILLS // (1 + jobs))
        while process.is_alive() and signed.value < wanted:
            time.sleep(0.002)
        time.sleep(chance.choice([0.0, 0.01, 0.04]) * chance.random())
        pid = process.pid
        assert pid is not None
        try:
            os.killpg(pid, signal.SIGKILL)
        except ProcessLookupError:
            # It has no group of its own yet, or has ended.
            process.kill()
        process.join()
        assert process.exitcode in (0, -signal.SIGKILL)
        killed += 1
    assert finish(folder, jobs, into, signed) == 0
    return int(signed.value)


def finish(folder: Path, jobs: int, into: str, signed: Any) -> int | None:
    process = PROCESSES.Process(target=do, args=(folder, jobs, into, signed))
    process.start()
    process.join(120)
    return process.exitcode


def manifest(folder: Path) -> dict[int, dict[str, Any]]:
    lines = [json.loads(line) for line in (folder / "manifest.ndjson").read_text().splitlines()]
    found = {each["row"]: each for each in lines}
    assert len(found) == len(lines)
    return found


def credentials(folder: Path, found: dict[int, dict[str, Any]], into: str) -> dict[int, dict[str, Any]]:
    """Return the credentials by row, and nothing else may be there."""
    if into == "lines":
        lines = (folder / "credentials.ndjson").read_text().splitlines()
        assert len(lines) == len(found)
        return {row: json.loads(line) for row, line in zip(found, lines, strict=True)}
    files = {f"credentials/{file.name}": file.read_bytes() for file in (folder / "credentials").iterdir()}
    assert sorted(files) == sorted(each["file"] for each in found.values())
    if into == "zip":
        with zipfile.ZipFile(folder / "credentials.zip") as archive:
            assert {name: archive.read(name) for name in archive.namelist()} == files
            assert len(archive.namelist()) == len(files)
    return {row: json.loads(files[each["file"]]) for row, each in found.items()}


def assert_is_of_its_row(row: int, credential: dict[str, Any]) -> None:
    number = row - 2
    subject = credential["credentialSubject"]
    (identity,) = subject["identifier"]
    assert identity["identityHash"] == identity_hash(f"learner-{number}@example.edu", identity["salt"])
    assert subject["achievement"]["criteria"]["narrative"] == f"Passed with {number % 5 + 1}."


def assert_entries_are_those_of_the_registry(folder: Path, made: dict[int, dict[str, Any]]) -> None:
    """Require that each has an entry of its own, and that no entry was given to nobody."""
    given = {each["id"]: each["credentialStatus"] for each in made.values()}
    places = {name: (each["statusListCredential"], int(each["statusListIndex"])) for name, each in given.items()}
    assert len(set(places.values())) == len(places)
    with registry(folder) as statuses, statuses._database.reading() as connection:
        columns = (entries.c.credential_id, entries.c.list_id, entries.c.list_index)
        rows = connection.execute(entries.select().with_only_columns(*columns)).all()
    assert {name: (f"https://example.edu/status/{number}", index) for name, number, index in rows} == places


def assert_the_memory_says_it_all(folder: Path, jobs: int, into: str) -> None:
    """Sign all again by what the memory holds, in one go that nobody kills: every byte is the same."""
    again = folder / "again"
    (again / "run").mkdir(parents=True)
    for name in ("status.db", "rows.csv", "run/run.sqlite3", "run/secret"):
        shutil.copy(folder / name, again / name)
    database = sqlite3.connect(again / "run" / "run.sqlite3")
    with database:
        database.execute("UPDATE entry SET state = 'reserved', file = NULL")
        database.execute("DELETE FROM run WHERE name = 'length'")
    database.close()
    assert finish(again, jobs, into, PROCESSES.Value("l", 0)) == 0
    assert contents(again / "run") == contents(folder / "run")


def contents(folder: Path) -> dict[str, bytes]:
    names = ("*.ndjson", "*.zip", "credentials/*")
    return {str(file.relative_to(folder)): file.read_bytes() for name in names for file in folder.glob(name)}
