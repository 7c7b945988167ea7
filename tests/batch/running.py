"""What runs are made of in tests, and a run in a process of its own, which may be killed."""

from __future__ import annotations

import os
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from microcred.batch import runs
from microcred.batch.runs import BatchRun, Plan
from microcred.keys import PublicKey
from microcred.signers import KeyReference
from microcred.status.registry import StatusRegistry
from tests.make import KEY

if TYPE_CHECKING:
    from multiprocessing.sharedctypes import Synchronized

Signed: TypeAlias = "Synchronized[int]"
"""How many signatures were made, in memory that processes share."""

TEMPLATE: dict[str, Any] = {
    "name": "Rust 101",
    "issuer": {"id": KEY.did, "name": "Example University"},
    "credentialSubject": {
        "achievement": {
            "id": "https://example.edu/achievements/rust-101",
            "name": "Rust 101",
            "description": "Completed the introductory course.",
            "criteria": "Passed with {{ grade }}.",
        }
    },
}


def plan(recipients: Path, into: Literal["files", "lines"] = "lines", **changes: Any) -> Plan:
    """Return a plan of a run over a file with the columns email and grade."""
    return Plan(**{"template": TEMPLATE, "recipients": recipients, "into": into, "to": "email", **changes})


def table(path: Path, count: int) -> Path:
    """Write a file of recipients."""
    rows = "".join(f"learner-{number}@example.edu,{number % 5 + 1}\n" for number in range(count))
    path.write_text("email,grade\n" + rows)
    return path


def registry(folder: Path) -> StatusRegistry:
    """Open the registry of a folder."""
    return StatusRegistry(f"sqlite:///{folder}/status.db", base_url="https://example.edu/status")


class Slow:
    """A key that takes its time, and counts in shared memory."""

    def __init__(self, signed: Signed) -> None:
        self._signed = signed

    @property
    def public_key(self) -> PublicKey:
        return KEY.public_key

    def sign(self, data: bytes) -> bytes:
        time.sleep(0.0002)
        with self._signed:
            self._signed.value += 1
        return KEY.sign(data)


def slow_key() -> Slow:
    """Make the key; its workers are forked, and have what they count in from there."""
    return Slow(_SIGNED[0])


def do(folder: Path, jobs: int, into: str, signed: Signed) -> None:
    """Begin the run of a folder, or go on with it, in a process that can be killed with its workers."""
    os.setsid()
    # Small, so that a kill can be anywhere between, among few rows.
    runs._RESERVED, runs._BLOCK, runs._CHUNK = 60, 25, 10  # type: ignore[misc]
    _SIGNED[:] = [signed]
    made = plan(folder / "rows.csv", "lines" if into == "lines" else "files", zipped=into == "zip")
    with ExitStack() as stack:
        statuses = stack.enter_context(registry(folder))
        run = stack.enter_context(BatchRun(folder / "run", made, KeyReference(slow_key), registry=statuses))
        workers = partial(ProcessPoolExecutor, jobs, mp_context=get_context("fork"))
        for _ in run.go(stack.enter_context(workers()) if jobs > 1 else None):
            pass


_SIGNED: list[Signed] = []
