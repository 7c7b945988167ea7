"""What the service does in a bad hour: too many requests, documents that are long to judge, and its end at any time."""

from __future__ import annotations

import http.client
import json
import statistics
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from serving import Ask, Load, Server, ask, free_port

from microcred.json import JSONObject, JSONValue, dumps
from microcred.status.bitstring import decode_bits
from microcred.status.registry import StatusRegistry

__all__ = ["killed", "overloaded", "steady"]

VERIFY = Ask("POST", "/credentials/verify", "verify.jsonl")
ISSUE = Ask("POST", "/credentials/issue", "issue.jsonl", signs=True, keyed=True)
LONG, KNOT = Ask("POST", "/credentials/verify", "long.jsonl"), Ask("POST", "/credentials/verify", "knot.jsonl")
SAMPLES = 10


def steady(folder: Path, requests: int) -> Iterator[str]:
    """Yield the memory over so many requests, half of them to issue and half to verify."""
    with Server(folder) as server:
        yield f"{f'{requests:,} requests':20}{'MB now':>10}{'MB at most':>12}{'per s':>10}"
        for sample in range(SAMPLES):
            each = requests // SAMPLES // 2
            loads = [ask(server, what, folder.parent, seconds=0, requests=each) for what in (ISSUE, VERIFY)]
            rate = sum(load.requests for load in loads) / sum(load.seconds for load in loads)
            memory = f"{server.megabytes():10.1f}{server.megabytes('VmHWM'):12.1f}"
            yield f"{2 * each * (sample + 1):<20,}{memory}{rate:10,.0f}{_wrong(loads)}"


def _wrong(loads: list[Load]) -> str:
    wrong = sum(load.refused + load.broken for load in loads)
    return f"   {wrong} without an answer that was asked for" if wrong else ""


@dataclass
class _Probe:
    """How long an empty route takes meanwhile, in milliseconds."""

    waits: list[float] = field(default_factory=list)
    retry_after: set[str] = field(default_factory=set)
    """What refusals say."""


@contextmanager
def _probing(server: Server, body: bytes) -> Iterator[_Probe]:
    probe, ended = _Probe(), threading.Event()

    def run() -> None:
        while not ended.wait(0.05):
            with suppress(OSError, http.client.HTTPException):
                connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
                begun = time.perf_counter()
                connection.request("GET", "/empty")
                connection.getresponse().read()
                probe.waits.append((time.perf_counter() - begun) * 1e3)
                connection.request("POST", VERIFY.path, body, {"Content-Type": "application/json"})
                answer = connection.getresponse()
                answer.read()
                if answer.status == 503:
                    probe.retry_after.add(answer.headers["Retry-After"])
                connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield probe
    finally:
        ended.set()
        thread.join()


def overloaded(folder: Path, seconds: float) -> Iterator[str]:
    """Yield what becomes of too many requests, and of ordinary ones beside hostile ones."""
    _write_hostile(folder)
    (body, *_) = (folder / VERIFY.bodies).read_bytes().splitlines()
    trials: tuple[tuple[str, list[tuple[str, Ask, int]], list[str]], ...] = (
        ("1,000 connections", [("ordinary", VERIFY, 1_000)], []),
        ("1,000, of which 8 may be under way", [("ordinary", VERIFY, 1_000)], ["--most-requests", "8"]),
        ("32 with documents of a megabyte", [("ordinary", VERIFY, 16), ("long", LONG, 32)], []),
        ("32 with knots of 3 kB", [("ordinary", VERIFY, 16), ("knot", KNOT, 32)], []),
    )
    for number, (title, loads, options) in enumerate(trials):
        place = folder / f"overload-{number}"
        place.mkdir()
        with Server(place, *options) as server, ThreadPoolExecutor() as pool, _probing(server, body) as probe:
            asked = [
                (name, pool.submit(ask, server, what, folder, seconds=seconds, connections=connections))
                for name, what, connections in loads
            ]
            for _, future in asked:
                future.result()
            peak = server.megabytes("VmHWM")
        yield f"\n{title}"
        waits = sorted(probe.waits)
        worst = f"median {statistics.median(waits):.0f} ms, worst {waits[-1]:.0f} ms of {len(waits)}"
        yield f"  an empty route: {worst}; at most {peak:.0f} MB; Retry-After: {sorted(probe.retry_after) or '-'}"
        for name, future in asked:
            yield from _lines(name, future)


def _lines(name: str, future: Future[Load]) -> Iterator[str]:
    load = future.result()
    median, p99 = load.accepted
    good = load.requests - load.refused
    yield f"  {name}: {good / load.seconds:,.0f} per s were answered, median {median:.0f} ms, p99 {p99:.0f} ms"
    for status, count in sorted(load.statuses.items()):
        yield f"    {status}: {count:,}, the longest took {load.worst[status]:.0f} ms"
    if load.broken:
        yield f"    {load.broken} without an answer"


def _write_hostile(folder: Path) -> None:
    """Write documents that somebody made to be long to judge, signed by a key that anybody can make."""
    (line, *_) = (folder / VERIFY.bodies).read_text(encoding="utf-8").splitlines()
    signed: JSONObject = json.loads(line)["verifiableCredential"]
    clique: list[JSONValue] = [
        {
            "id": f"_:n{mine}",
            "type": "Evidence",
            "https://example.org/p": [{"id": f"_:n{other}"} for other in range(10) if other != mine],
        }
        for mine in range(10)
    ]
    achievements: list[JSONValue] = [
        {"type": ["Achievement"], "name": f"A{number}", "criteria": {"narrative": "x" * 20}, "tag": ["a", "b", "c"]}
        for number in range(9_000)
    ]
    many: JSONObject = {"credentialSubject": [{"type": ["AchievementSubject"], "achievement": achievements}]}
    changes: list[tuple[str, JSONObject]] = [("knot.jsonl", {"evidence": clique}), ("long.jsonl", many)]
    for file, change in changes:
        document: JSONObject = {**signed, **change}
        (folder / file).write_text(dumps({"verifiableCredential": document}) + "\n", encoding="utf-8")


# kill -9


@dataclass
class _Known:
    """What was acknowledged."""

    issued: dict[str, tuple[int, dict[str, Any]]] = field(default_factory=dict)
    """From keys to the number of the request and its answer."""
    revoked: set[str] = field(default_factory=set)
    """Ids."""
    retried: int = 0


def killed(folder: Path, times: int) -> Iterator[str]:
    """Yield, for each time that the service was killed under load, whether what it had acknowledged is still there."""
    (folder / "killed").mkdir()
    port, random, known = free_port(), Random(1), _Known()  # noqa: S311 - when it is killed is no secret
    bodies = [json.loads(line) for line in (folder / ISSUE.bodies).read_text(encoding="utf-8").splitlines()]
    lost = 0
    for number in range(times):
        server = Server(folder / "killed", "--host", port=port)
        unknown = _work(server, bodies, known, random.uniform(0.3, 2.0))
        with Server(folder / "killed", "--host", port=port) as again:
            missing = _missing(again, bodies, known, unknown)
        lost += missing
        counts = f"{len(known.issued):,} issued, {len(known.revoked):,} revoked, {known.retried:,} asked again"
        yield f"{number + 1}: {counts}; {missing} lost"
    yield f"killed {times} times: {lost} of what was acknowledged was lost"


def _work(server: Server, bodies: list[Any], known: _Known, seconds: float) -> list[tuple[str, int]]:
    """Issue and revoke from sixteen threads until the service is killed, and return what had no answer."""
    unknown: list[tuple[str, int]] = []

    def run(thread: int) -> None:
        for number in range(thread, 1_000_000, 16):
            key, which = str(uuid.uuid4()), number % len(bodies)
            try:
                status, answer = server.post(ISSUE.path, bodies[which], key)
            except (OSError, http.client.HTTPException):
                unknown.append((key, which))
                return
            if status != 201:
                raise RuntimeError(f"{status}: {answer}")
            known.issued[key] = which, answer
            if number % 5 == 0:
                name = str(answer["verifiableCredential"]["id"])
                with suppress(OSError, http.client.HTTPException):
                    if server.post("/credentials/status", _revocation(name))[0] == 200:
                        known.revoked.add(name)

    with ThreadPoolExecutor(16) as pool:
        futures = [pool.submit(run, thread) for thread in range(16)]
        time.sleep(seconds)
        server.kill()
        for future in futures:
            future.result()
    return unknown


def _revocation(name: str) -> JSONObject:
    entry: JSONObject = {"type": "BitstringStatusListEntry", "statusPurpose": "revocation"}
    return {"credentialId": name, "credentialStatus": entry, "status": True}


def _missing(server: Server, bodies: list[Any], known: _Known, unknown: list[tuple[str, int]]) -> int:
    """Count what was acknowledged and is not there: the answer to its key, its entry, its bit in the list."""
    missing = 0
    for key, (which, answer) in [*known.issued.items()][-400:]:
        missing += server.post(ISSUE.path, bodies[which], key) != (201, answer)
    for key, which in unknown:
        # Nobody knows whether it was issued: the same key gets the same answer from now on.
        status, first = server.post(ISSUE.path, bodies[which], key)
        missing += status != 201 or server.post(ISSUE.path, bodies[which], key) != (201, first)
        known.issued[key] = which, first
        known.retried += 1
    folder_of = StatusRegistry(server.database)
    places: dict[tuple[str, str], str] = {}
    bits: dict[str, bytes] = {}
    for _, answer in known.issued.values():
        credential = answer["verifiableCredential"]
        entry = credential["credentialStatus"]
        url, index = str(entry["statusListCredential"]), int(entry["statusListIndex"])
        # No two have the same entry.
        missing += places.setdefault((url, str(index)), str(credential["id"])) != credential["id"]
        if url not in bits:
            found = json.loads(folder_of.published(url).content)
            bits[url] = decode_bits(found["credentialSubject"]["encodedList"])
        is_set = bool(bits[url][index // 8] >> (7 - index % 8) & 1)
        missing += credential["id"] in known.revoked and not is_set
    folder_of.close()
    return missing
