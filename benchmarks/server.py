"""Measure the service over HTTP, beside the library called directly: one process on one core, 64 connections.

``--quick`` takes seconds. ``--steady N`` shows the memory over N requests, ``--overload`` what becomes of too many, and
``--kill N`` ends the service N times in the middle of its work and looks for what it had answered.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain, cycle
from pathlib import Path
from typing import cast

from cases import created, signing_key
from documents import DOCUMENTS
from server_trials import killed, overloaded, steady
from serving import Ask, Load, Server, on_core, service_core, wrk

import microcred as mc
from microcred.batch import sign_many
from microcred.errors import FetchError
from microcred.json import JSONObject, JSONValue, dumps
from microcred.protocols import Fetch, FetchResult
from microcred.signing.issuing import sign_document
from microcred.status.registry import StatusRegistry

DOCUMENTS_ASKED = 500
ISSUE, ISSUE_KEYED = "issue", "issue, with a key"
HOSTED, HOSTED_KEYED = "issue, hosted", "issue, hosted, with a key"
VERIFY, VERIFY_STATUS = "verify", "verify, with a status"
LIST, DESCRIPTION, EMPTY = "GET a status list", "GET /openapi.json", "GET an empty route"
ASKS = {
    ISSUE: Ask("POST", "/credentials/issue", "issue.jsonl", signs=True),
    ISSUE_KEYED: Ask("POST", "/credentials/issue", "issue.jsonl", signs=True, keyed=True),
    HOSTED: Ask("POST", "/credentials/issue", "issue.jsonl", signs=True),
    HOSTED_KEYED: Ask("POST", "/credentials/issue", "issue.jsonl", signs=True, keyed=True),
    VERIFY: Ask("POST", "/credentials/verify", "verify.jsonl"),
    VERIFY_STATUS: Ask("POST", "/credentials/verify", "verify-status.jsonl"),
    LIST: Ask("GET", "/status/main/1"),
    DESCRIPTION: Ask("GET", "/openapi.json"),
    EMPTY: Ask("GET", "/empty"),
}
"""What is asked of the service."""
ONE, SIXTY_FOUR, SIGN_MANY = (
    "assign and sign, one by one",
    "assign and sign, 64 at once",
    "assign, sign_many, 64 at once",
)
CHECK, CHECK_STATUS = "Verifier.check", "Verifier.check, with a status"
DIRECT = {ISSUE: ONE, ISSUE_KEYED: ONE, HOSTED: ONE, HOSTED_KEYED: ONE, VERIFY: CHECK, VERIFY_STATUS: CHECK_STATUS}
"""With which call of the library each is compared."""


def unsigned(kind: str, number: int) -> JSONObject:
    """Return a credential as an LMS sends it: the issuer, the id and the status entry are filled in by the service."""
    document = DOCUMENTS[kind](signing_key().did, number)
    return {name: value for name, value in document.items() if name not in ("id", "issuer", "credentialStatus")}


def write_bodies(folder: Path, kind: str) -> None:
    """Write what is sent, save for what only the service can sign."""
    key = signing_key()
    numbers = range(DOCUMENTS_ASKED)
    write_lines(folder / "issue.jsonl", [{"credential": unsigned(kind, number)} for number in numbers])
    signed: list[JSONObject] = []
    for number in numbers:
        document = DOCUMENTS[kind](key.did, number)
        document.pop("credentialStatus", None)
        signed.append({"verifiableCredential": mc.sign(document, key, created=created(number))})
    write_lines(folder / "verify.jsonl", signed)


def write_lines(path: Path, values: list[JSONObject]) -> None:
    """Write one JSON value in each line."""
    path.write_text("".join(dumps(value) + "\n" for value in values), encoding="utf-8")


def read_lines(path: Path) -> list[JSONObject]:
    """Read what was written so."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def issue_some(server: Server, folder: Path) -> None:
    """Have the service issue what it will verify, and write its status list."""
    issued: list[JSONObject] = []
    for body in read_lines(folder / "issue.jsonl"):
        status, answer = server.post("/credentials/issue", body)
        if status != 201:
            raise RuntimeError(f"the service did not issue: {answer}")
        issued.append(answer)
    write_lines(folder / "verify-status.jsonl", issued)
    (entry,) = mc_entries(issued[0])
    (folder / "list-url").write_text(entry, encoding="utf-8")


def mc_entries(issued: JSONObject) -> list[str]:
    """Return the URLs of the lists in which a credential has an entry."""
    credential = cast(JSONObject, issued["verifiableCredential"])
    return [str(cast(JSONObject, credential["credentialStatus"])["statusListCredential"])]


# The library, called directly


class OneList:
    """A fetcher that has one list."""

    allow_http = True

    def __init__(self, url: str, content: bytes) -> None:
        self._url, self._content = url, content

    def fetch(self, request: Fetch) -> FetchResult:
        """Return the list."""
        if request.url != self._url:
            raise FetchError(request.url, "there is nothing else")
        return FetchResult(self._url, self._content, "application/vc")


def direct_calls(folder: Path) -> dict[str, tuple[Callable[[], object], int]]:
    """Return each call of the library, and how many credentials it does."""
    key = signing_key()
    profile = cast(JSONValue, mc.Profile(id=key.did, name="Example University").model_dump())
    registry = StatusRegistry(f"sqlite:///{folder / f'{uuid.uuid4()}.db'}", base_url="http://127.0.0.1/status/main")
    wanted = cycle(cast(JSONObject, each["credential"]) for each in read_lines(folder / "issue.jsonl"))

    def documents(count: int) -> list[JSONObject]:
        made = [{**next(wanted), "id": f"urn:uuid:{uuid.uuid4()}", "issuer": profile} for _ in range(count)]
        entries = dict(registry.assign_many(str(each["id"]) for each in made))
        return [{**each, "credentialStatus": entries[str(each["id"])].model_dump()} for each in made]

    def sign_each(count: int) -> list[bytes]:
        return [dumps(sign_document(each, key)).encode() for each in documents(count)]

    def many(count: int) -> list[bytes]:
        return [cast(str, each.credential).encode() for each in sign_many(documents(count), key, form="json")]

    def checked(verifier: mc.Verifier, texts: Iterator[str]) -> object:
        report = verifier.check(next(texts))
        if not report:
            raise RuntimeError(str(report))
        return report

    calls: dict[str, tuple[Callable[[], object], int]] = {
        ONE: (partial(sign_each, 1), 1),
        SIXTY_FOUR: (partial(sign_each, 64), 64),
        SIGN_MANY: (partial(many, 64), 64),
    }
    url = (folder / "list-url").read_text(encoding="utf-8")
    there = OneList(url, (folder / "list").read_bytes())
    for name, file in ((CHECK, "verify.jsonl"), (CHECK_STATUS, "verify-status.jsonl")):
        texts = cycle([dumps(each["verifiableCredential"]) for each in read_lines(folder / file)])
        calls[name] = (partial(checked, mc.Verifier(trusted_issuers={key.did}, fetcher=there), texts), 1)
    return calls


def direct(folder: Path, seconds: float) -> dict[str, tuple[float, float]]:
    """Return of each call how many credentials it does in a second, and the processor time of one in µs."""
    on_core(service_core())()
    found = {}
    for name, (call, size) in direct_calls(folder).items():
        for _ in range(1 + 20 // size):
            call()
        done, begun, used = 0, time.perf_counter(), time.process_time()
        while time.perf_counter() - begun < seconds:
            call()
            done += size
        found[name] = done / (time.perf_counter() - begun), (time.process_time() - used) / done * 1e6
    return found


def directly(folder: Path, seconds: float) -> dict[str, tuple[float, float]]:
    """Do the same in a process of its own."""
    command = [sys.executable, __file__, "--direct", str(folder), "--seconds", str(seconds)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return {name: (rate, used) for name, (rate, used) in json.loads(done.stdout).items()}


# The table


class Row:
    """What was measured of one request, round after round."""

    def __init__(self) -> None:
        self.loads: list[Load] = []
        self.used: list[float] = []
        self.megabytes = 0.0

    def add(self, server: Server, what: Ask, folder: Path, seconds: float) -> None:
        """Measure it once more."""
        before = server.seconds()
        load = wrk(server, what, folder, seconds=seconds)
        if load.refused or load.broken or not load.requests:
            raise RuntimeError(f"{what}: {load}\n{(folder / 'log').read_text()}")
        self.loads.append(load)
        self.used.append((server.seconds() - before) / load.requests * 1e6)
        self.megabytes = server.megabytes("VmHWM")

    def cells(self, beside: list[tuple[float, float]]) -> str:
        """Return the numbers of the table, with the ratios to the library in the same rounds."""
        rates = [load.requests / load.seconds for load in self.loads]
        median = statistics.median(load.median for load in self.loads)
        p99 = statistics.median(load.p99 for load in self.loads)
        line = f"{statistics.median(rates):10,.0f}{statistics.median(self.used):10,.0f}"
        if beside:
            by_clock = statistics.median(mine / rate for mine, (rate, _) in zip(rates, beside, strict=True))
            by_processor = statistics.median(used / mine for mine, (_, used) in zip(self.used, beside, strict=True))
            line += f"{by_clock:10.2f}{by_processor:10.2f}"
        else:
            line += f"{'-':>10}{'-':>10}"
        return f"{line}{median:10.1f}{p99:10.1f}{p99 / median:10.1f}{self.megabytes:10.0f}"


def table(folder: Path, kind: str, *, rounds: int, seconds: float, only: list[str]) -> Iterator[str]:
    """Yield the lines of the table."""
    rows: dict[str, Row] = {name: Row() for name in ASKS if not only or name in only}
    calls: dict[str, list[tuple[float, float]]] = {}
    (folder / "plain").mkdir()
    (folder / "hosted").mkdir()
    with Server(folder / "plain") as plain, Server(folder / "hosted", "--host") as hosted:
        issue_some(plain, folder)
        keep_list(folder)
        for _ in range(rounds):
            for name, found in directly(folder, seconds).items():
                calls.setdefault(name, []).append(found)
            for name, row in rows.items():
                row.add(hosted if name in (HOSTED, HOSTED_KEYED) else plain, ASKS[name], folder, seconds)
    yield f"{f'{kind}: the library':32}{'per s':>10}{'µs each':>10}"
    for name, values in calls.items():
        rate, used = (statistics.median(value[i] for value in values) for i in (0, 1))
        yield f"{name:32}{rate:10,.0f}{used:10,.0f}"
    heads = ("per s", "µs each", "ratio", "by CPU", "median ms", "p99 ms", "p99/med", "peak MB")
    yield f"\n{f'{kind}: the service':32}{''.join(f'{head:>10}' for head in heads)}"
    for name, row in rows.items():
        yield f"{name:32}{row.cells(calls[DIRECT[name]] if name in DIRECT else [])}"


def keep_list(folder: Path) -> None:
    """Write the status list as it is in the database of the service."""
    url = (folder / "list-url").read_text(encoding="utf-8")
    registry = StatusRegistry(f"sqlite:///{folder / 'plain' / 's.db'}")
    (folder / "list").write_bytes(registry.published(url).content)
    registry.close()


def main() -> None:
    """Print the table, or do one of the trials."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a second of each")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--document", choices=sorted(DOCUMENTS), default="realistic")
    parser.add_argument("--only", action="append", choices=sorted(ASKS), default=[])
    parser.add_argument("--steady", type=int, metavar="N", help="the memory over N requests")
    parser.add_argument("--overload", action="store_true", help="more than the service can do")
    parser.add_argument("--kill", type=int, metavar="N", help="kill -9 under load, N times")
    parser.add_argument("--direct", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    rounds, seconds = (1, 1.0) if given.quick else (given.rounds, given.seconds)
    if given.direct:
        print(json.dumps(direct(given.direct, seconds)))
        return
    os.umask(0o077)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_bodies(folder, given.document)
        lines: list[Iterator[str]] = []
        if given.steady:
            (folder / "steady").mkdir()
            lines.append(steady(folder / "steady", given.steady))
        if given.overload:
            lines.append(overloaded(folder, seconds))
        if given.kill:
            lines.append(killed(folder, given.kill))
        if not lines:
            lines.append(table(folder, given.document, rounds=rounds, seconds=seconds, only=given.only))
        for line in chain.from_iterable(lines):
            print(line, flush=True)


if __name__ == "__main__":
    main()
