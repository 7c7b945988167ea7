"""Measure a cohort from a CSV file to files of signed credentials: everything, in units of one raw Ed25519 signature.

``sign_many`` makes credentials out of rows. A run is what ``microcred batch`` does: beside that, it gives each an entry
in a status registry, keeps a manifest, and has all on the disk. Each way runs in a process of its own, so that its
memory is its own. ``--quick`` takes seconds.

Columns: the processor time of all processes for one credential, in units; the time by the clock, times the cores that
there are for it, in the same units; credentials per second; the peak memory of the process, and of all together.
"""

from __future__ import annotations

import argparse
import csv
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Literal, cast

from cases import SEED, signing_key
from cryptography.hazmat.primitives.asymmetric import ed25519
from documents import realistic
from peers import started
from timing import measure, one_core

import microcred as mc
from microcred.batch import SignResult, Template, sign_many
from microcred.batch.runs import BatchRun, Plan
from microcred.json import JSONObject, JSONValue, dumps
from microcred.signers import KeyReference
from microcred.status.registry import StatusRegistry

NDJSON, FILES, JWTS, LOOP = "one NDJSON file", "a JSON file each", "a file of JWTs", "a loop of mc.sign"
RUN, RUN_FILES, RUN_ZIP = "a run, NDJSON", "a run, files", "a run, files and ZIP"
RUNS: dict[str, tuple[Literal["lines", "files"], bool]] = {
    RUN: ("lines", False),
    RUN_FILES: ("files", False),
    RUN_ZIP: ("files", True),
}
WAYS = (
    *((RUN, 1), (RUN, 2), (RUN_FILES, 1), (RUN_FILES, 2), (RUN_ZIP, 1)),
    *((NDJSON, 1), (FILES, 1), (JWTS, 1), (LOOP, 1), (NDJSON, 2), (FILES, 2)),
)
"""What is written, and by how many processes."""
QUICK = ((RUN, 1), (RUN_FILES, 2), (NDJSON, 1), (LOOP, 1))
SAMPLE_EVERY = 1_000
RAW = ed25519.Ed25519PrivateKey.from_private_bytes(SEED)
SLOTS: dict[tuple[str | int, ...], str] = {
    ("id",): "https://badges.example.edu/credentials/{{ number }}",
    ("validFrom",): "{{ date }}T09:30:00Z",
    ("credentialStatus", "id"): "https://badges.example.edu/status/7#{{ index }}",
    ("credentialStatus", "statusListIndex"): "{{ index }}",
    ("credentialSubject", "id"): "{{ learner }}",
    ("credentialSubject", "identifier", 0, "identityHash"): "{{ e-mail }}",
    ("credentialSubject", "creditsEarned"): "{{ credits | number }}",
    ("evidence", 0, "id"): "https://badges.example.edu/evidence/{{ number }}",
    ("evidence", 0, "name"): "{{ project }}",
}


def document(slots: Mapping[tuple[str | int, ...], str]) -> JSONObject:
    """Return the realistic badge, with placeholders for what differs in a cohort."""
    document = realistic(signing_key().did)
    for path, text in slots.items():
        node = cast("dict[str | int, JSONValue]", document)
        for part in path[:-1]:
            node = cast("dict[str | int, JSONValue]", node[part])
        node[path[-1]] = text
    return document


def template() -> Template:
    """Return it as a template."""
    return Template(document(SLOTS))


def plan(source: Path, form: str) -> Plan:
    """Return the plan of a run, which gives the ids and the status entries."""
    members = document({path: text for path, text in SLOTS.items() if path[0] not in ("id", "credentialStatus")})
    del members["id"], members["credentialStatus"]
    into, zipped = RUNS[form]
    return Plan(template=members, recipients=source, into=into, zipped=zipped)


def write_rows(path: Path, count: int) -> None:
    """Write the CSV file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["number", "date", "index", "learner", "e-mail", "credits", "project", "comment"])
        for number in range(count):
            day, name = f"2026-05-{1 + number % 28:02d}", f"student-{number}"
            learner, project = f"did:example:learner-{number}", f"Air quality in district {number % 40}, “Ñandú”"
            writer.writerow([f"{number:08d}", day, number, learner, f"{name}@example.edu", 6 + number % 3, project, ""])


def key_in_worker() -> mc.SigningKey:
    """Make the key where it is needed."""
    return signing_key()


def loop(rows: Iterable[dict[str, str]]) -> Iterator[SignResult[str]]:
    """Sign one after the other, without what batches know."""
    made = template()
    for index, row in enumerate(rows):
        yield SignResult(index, None, dumps(mc.sign(made.fill(row), signing_key())))


def run(source: Path, folder: Path, form: str, executor: Executor | None) -> Iterator[int]:
    """Do a run, and yield after each."""
    signer = signing_key() if executor is None else KeyReference(key_in_worker)
    with (
        StatusRegistry(f"sqlite:///{folder}/status.db", base_url="https://badges.example.edu/status") as registry,
        BatchRun(folder / "run", plan(source, form), signer, registry=registry) as batch,
    ):
        for done, entry in enumerate(batch.go(executor)):
            if entry.status != "done":
                raise RuntimeError(str(entry.error))
            yield done


def write_all(results: Iterable[SignResult[str]], folder: Path, form: str) -> Iterator[int]:
    """Write what was signed, and yield after each."""
    with (folder / "all").open("w", encoding="utf-8") as file:
        for result in results:
            if result.credential is None:
                raise RuntimeError(str(result.error))
            if form == FILES:
                (folder / f"{result.index:08d}.json").write_text(result.credential, encoding="utf-8")
            else:
                file.write(result.credential + "\n")
            yield result.index


@contextmanager
def workers(count: int) -> Iterator[Executor | None]:
    """Open so many processes beside this one; for one, none."""
    if count == 1:
        yield None
    else:
        with ProcessPoolExecutor(count, get_context("spawn")) as pool:
            yield pool


def one_way(form: str, processes: int, count: int) -> dict[str, float]:
    """Sign a cohort in one way, and return what it took."""
    if processes == 1:
        one_core()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = folder / "rows.csv"
        write_rows(source, count)
        units: list[float] = [unit()]
        spent = 0.0
        begun, wall = time.process_time(), time.perf_counter()
        with source.open(encoding="utf-8", newline="") as file, workers(processes) as executor:
            if form in RUNS:
                steps = run(source, folder, form, executor)
            else:
                rows = csv.DictReader(file)
                kind = "jwt" if form == JWTS else "json"
                sign = partial(sign_many, template=template(), form=kind, executor=executor)
                results = loop(rows) if form == LOOP else cast(Any, sign)(rows, KeyReference(key_in_worker))
                steps = write_all(results, folder, form)
            for done, _ in enumerate(steps, 1):
                if done % SAMPLE_EVERY == 0:
                    # The unit is taken on the way, since machines are not equally fast all the time.
                    paused = time.process_time()
                    units.append(unit())
                    spent += time.process_time() - paused
        seconds = time.process_time() - begun - spent
        wall = time.perf_counter() - wall - spent
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    own, worker = (resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    one = statistics.median(units)
    return {
        "units": (seconds + children.ru_utime + children.ru_stime) / count / one,
        "clock": wall * processes / count / one,
        "per_second": count / wall,
        "own_mb": own,
        # No child is larger than the largest.
        "all_mb": own + (processes * worker if processes > 1 else 0),
        "unit_us": one * 1e6,
    }


def unit() -> float:
    """Return the processor time of one signature."""
    begun = time.process_time()
    for _ in range(100):
        RAW.sign(bytes(64))
    return (time.process_time() - begun) / 100


def elsewhere(form: str, processes: int, count: int) -> dict[str, float]:
    """Measure one way in a process of its own."""
    command = [sys.executable, __file__, "--rows", str(count), "--only", form, "--processes", str(processes)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return dict(json.loads(done.stdout))


def peer_units() -> tuple[float | None, list[str]]:
    """Return what openbadgeslib takes for one realistic badge, if it can be had here."""
    with started(["realistic"]) as peers:
        cases = [case for case in peers.cases if case.name[1:] == ("issue", "openbadgeslib")]
        units = measure(cases, 3).units if cases else {}
        return next(iter(units.values()), None), peers.notes


def table(count: int, ways: Sequence[tuple[str, int]], *, with_peers: bool) -> Iterator[str]:
    """Yield the lines of the table."""
    heads = ("processes", "units each", "by clock", "per second", "MB", "MB in all")
    yield f"{f'{count:,} credentials':24}{''.join(f'{head:>12}' for head in heads)}"
    for form, processes in ways:
        found = elsewhere(form, processes, count)
        time_taken = f"{found['units']:12.2f}{found['clock']:12.2f}{found['per_second']:12,.0f}"
        memory = f"{found['own_mb']:12.0f}{found['all_mb']:12.0f}"
        yield f"{form:24}{processes:12}{time_taken}{memory}   unit {found['unit_us']:.1f} µs"
    if with_peers:
        units, notes = peer_units()
        if units is not None:
            yield f"{'openbadgeslib, one dict':24}{1:12}{units:12,.0f}"
        yield from notes


def main() -> None:
    """Print the table, or measure one way of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--quick", action="store_true", help="400 rows, and no other library")
    parser.add_argument("--no-peers", action="store_true", help="leave out what needs an environment of its own")
    parser.add_argument("--only", choices=sorted({form for form, _ in WAYS}), help=argparse.SUPPRESS)
    parser.add_argument("--processes", type=int, default=1, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.only:
        print(json.dumps(one_way(given.only, given.processes, given.rows)))
        return
    count = 400 if given.quick else given.rows
    for line in table(count, QUICK if given.quick else WAYS, with_peers=not (given.quick or given.no_peers)):
        print(line, flush=True)


if __name__ == "__main__":
    main()
