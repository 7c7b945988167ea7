"""A run in a process of its own, which may be killed: python -m tests.batch.running FOLDER JOBS INTO."""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Literal

from microcred.batch.runs import BatchRun, Plan
from microcred.signers import KeyReference
from microcred.status.registry import StatusRegistry
from tests.batch.make import key_in_worker
from tests.make import KEY

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


def main(folder: Path, jobs: int, into: Literal["files", "lines"]) -> None:
    """Begin the run of a folder, or go on with it."""
    signer = KeyReference(key_in_worker)
    with ExitStack() as stack:
        statuses = stack.enter_context(registry(folder))
        run = stack.enter_context(BatchRun(folder / "run", plan(folder / "rows.csv", into), signer, registry=statuses))
        executor = None
        if jobs > 1:
            executor = stack.enter_context(ProcessPoolExecutor(jobs, mp_context=get_context("spawn")))
        for _ in run.go(executor):
            pass


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), "files" if sys.argv[3] == "files" else "lines")
