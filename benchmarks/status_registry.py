"""What a registry of statuses costs: many entries at once, one revocation, and publishing, small and large.

Times are those of the clock, since a commit waits for the disk. Nothing here asserts a time.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import resource
import sqlite3
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import microcred as mc
from microcred.json import loads_object
from microcred.signing import sign
from microcred.status import MINIMUM_ENTRIES, StatusList, decode_bits
from microcred.status.registry import StatusRegistry

BASE_URL = "https://example.edu/status"
KEY = mc.SigningKey.generate()
CAPACITY = MINIMUM_ENTRIES * 3 // 4
_RANDOM = random.Random(1)  # noqa: S311 - the same registry each time


def uuids(count: int) -> Iterator[str]:
    """Make ids as credentials have them."""
    return (uuid.UUID(int=_RANDOM.getrandbits(128), version=4).urn for _ in range(count))


@contextmanager
def fresh(folder: Path, name: str) -> Iterator[StatusRegistry]:
    """Open a registry in a folder."""
    with StatusRegistry(f"sqlite:///{folder / name}.db", base_url=BASE_URL) as registry:
        yield registry


def peak_megabytes() -> float:
    """Return the most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def timed(act: Callable[[], object]) -> float:
    """Return the milliseconds that something takes."""
    begun = time.perf_counter()
    act()
    return 1_000 * (time.perf_counter() - begun)


def rate(count: int, act: Callable[[], object]) -> tuple[str, str]:
    """Write how many are done in a second, and in a second of the processor."""
    begun, used = time.perf_counter(), time.process_time()
    act()
    return f"{count / (time.perf_counter() - begun):,.0f} /s", f"{count / (time.process_time() - used):,.0f} /s"


def row(what: str, *figures: str) -> None:
    """Print a line of a table."""
    print(f"{what:52}", *(f"{figure:>12}" for figure in figures), flush=True)


def spread(times: list[float]) -> tuple[str, str]:
    """Write the median, and what one in a hundred exceeds."""
    return f"{statistics.median(times):.2f} ms", f"{statistics.quantiles(times, n=100)[98]:.2f} ms"


def small(folder: Path, count: int) -> None:
    """Measure a registry that begins."""
    names = list(uuids(count))
    with fresh(folder, "small") as registry:
        registry.assign("urn:example:first")
        many = rate(count, lambda: sum(1 for _ in registry.assign_many(names)))
        row(f"assign_many, {count:,} in a new registry: clock, CPU", *many)
        singles = [timed(lambda name=name: registry.assign(name)) for name in uuids(300)]  # type: ignore[misc]
        row("assign, one by one: median, 99 %", *spread(singles))
        again = rate(count, lambda: sum(1 for _ in registry.assign_many(names)))
        row(f"assign_many, the same {count:,} again: clock, CPU", *again)


def publishing(folder: Path, shares: tuple[int, ...], rounds: int) -> None:
    """Measure a list of the usual length in which some are revoked."""
    for share in shares:
        build(folder / f"list-{share}.db", CAPACITY, share)
        with fresh(folder, f"list-{share}") as registry:
            (name,) = _names(folder / f"list-{share}.db", 1)
            times, signatures = [], []
            for number in range(rounds):
                act = registry.reinstate if number % 2 else registry.suspend
                act(name)
                times.append(timed(lambda: registry.publish(KEY.did, KEY)))
                content = registry.published(f"{BASE_URL}/2").content
                unsigned = {member: value for member, value in loads_object(content).items() if member != "proof"}
                signatures.append(timed(lambda: sign(unsigned, KEY)))  # noqa: B023
            figures = [f"{statistics.median(each):.1f} ms" for each in (times, signatures)]
            row(f"publish one list, {share} % set: all, its mc.sign, size", *figures, f"{len(content):,} bytes")


def build(path: Path, count: int, percent: int = 0) -> None:
    """Write a registry as assign_many would have, without waiting for the disk; a second list is for suspensions."""
    with StatusRegistry(f"sqlite:///{path}", base_url=BASE_URL):
        pass
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -1000000"):
        connection.execute(f"PRAGMA {pragma}")
    insert = "INSERT INTO microcred_entries VALUES (?, ?, ?, ?)"
    both = count <= CAPACITY
    for number, start in enumerate(range(0, count, CAPACITY)):
        size = min(CAPACITY, count - start)
        connection.execute("BEGIN")
        for purpose in ("revocation", "suspension") if both else ("revocation",):
            made = connection.execute(
                "INSERT INTO microcred_lists (purpose, base_url, length, capacity, assigned, version)"
                " VALUES (?, ?, ?, ?, ?, 0)",
                (purpose, BASE_URL, MINIMUM_ENTRIES, CAPACITY, size),
            )
            _RANDOM.seed(number)
            names = sorted(uuids(size))
            indexes = _RANDOM.sample(range(MINIMUM_ENTRIES), size)
            rows = zip(names, [purpose] * size, [made.lastrowid] * size, indexes, strict=True)
            connection.executemany(insert, rows)
            bits = StatusList.from_indexes(each for each in indexes if _RANDOM.randrange(100) < percent)
            content = decode_bits(bits.encode())
            pages = [(made.lastrowid, page, content[page * 1_024 :][:1_024]) for page in range(len(content) // 1_024)]
            connection.executemany("INSERT INTO microcred_pages VALUES (?, ?, ?)", pages)
        connection.execute("COMMIT")
    connection.close()


def _names(path: Path, count: int) -> list[str]:
    """Return ids out of all parts of a registry."""
    with sqlite3.connect(path) as connection:
        total = connection.execute("SELECT max(rowid) FROM microcred_entries").fetchone()[0]
        rows = [_RANDOM.randrange(1, total + 1) for _ in range(count)]
        query = "SELECT credential_id FROM microcred_entries WHERE rowid = ?"
        found = [connection.execute(query, (each,)).fetchone()[0] for each in rows]
    connection.close()
    return found


def large(folder: Path, count: int) -> None:
    """Measure a registry that an institution has after a long time."""
    path = folder / "large.db"
    begun = time.perf_counter()
    # In a process of its own, whose memory is not counted.
    builder = multiprocessing.get_context("spawn").Process(target=build, args=(path, count))
    builder.start()
    builder.join()
    seconds = time.perf_counter() - begun
    row(
        f"a registry of {count:,} credentials (written in {seconds:.0f} s)",
        f"{path.stat().st_size >> 20:,} MB",
    )
    before = peak_megabytes()
    names = _names(path, 1_000)
    with fresh(folder, "large") as registry:
        first = timed(lambda: registry.publish(KEY.did, KEY))
        row("publish, all lists for the first time", f"{first:,.0f} ms")
        row("status: median, 99 %", *spread([timed(lambda name=name: registry.status(name)) for name in names]))  # type: ignore[misc]
        row("revoke: median, 99 %", *spread([timed(lambda name=name: registry.revoke(name)) for name in names[:500]]))  # type: ignore[misc]
        registry.publish(KEY.did, KEY)
        for changes in (0, 1, 3):
            for name in names[500 + changes * 10 :][:changes]:
                registry.revoke(name)
            begun = time.perf_counter()
            lists = registry.publish(KEY.did, KEY)
            took = 1_000 * (time.perf_counter() - begun)
            signed = sum(each.changed for each in lists)
            row(f"publish, {changes} revoked: {signed} of {len(lists)} lists signed", f"{took:,.1f} ms")
        more = min(count, 100_000)
        many = rate(more, lambda: sum(1 for _ in registry.assign_many(uuids(more))))
        row(f"assign_many, {more:,} more: clock, CPU", *many)
    row("memory: peak before and after", f"{before:.0f} MB", f"{peak_megabytes():.0f} MB")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small numbers, to see that it runs")
    parser.add_argument("--credentials", type=int, default=10_000_000, help="in the large registry")
    parser.add_argument("--folder", type=Path, help="where to write the databases; by default the temporary folder")
    chosen = parser.parse_args()
    quick = bool(chosen.quick)
    with tempfile.TemporaryDirectory(dir=chosen.folder) as name:
        folder = Path(name)
        small(folder, 4_000 if quick else 100_000)
        publishing(folder, (1,) if quick else (0, 1, 10, 50), 3 if quick else 15)
        large(folder, 20_000 if quick else chosen.credentials)


if __name__ == "__main__":
    main()
