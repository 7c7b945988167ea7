"""``microcred serve`` as a process, as people run it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

__all__ = ["Running", "free_port", "serving"]


@dataclass(frozen=True)
class Running:
    """A process, and what it has written so far."""

    process: subprocess.Popen[bytes]
    url: str
    output: Path
    errors: Path

    def end(self) -> None:
        """Tell it to end, and wait."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(120)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(*words: str, folder: Path, command: Sequence[str] = (), **variables: str) -> Iterator[Running]:
    """Run ``microcred serve`` in a folder, on a free port, until the block ends."""
    port = free_port()
    ours = {name: value for name, value in os.environ.items() if not name.startswith("MICROCRED_")}
    environment = {**ours, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **variables}
    output, errors = folder / "output.txt", folder / "errors.txt"
    whole = [*(command or (sys.executable, "-m", "microcred.cli", "serve")), *words, "--port", str(port)]
    with output.open("wb") as out, errors.open("wb") as err:
        process = subprocess.Popen(whole, cwd=folder, env=environment, stdout=out, stderr=err)
        running = Running(process, f"http://127.0.0.1:{port}", output, errors)
        try:
            _await(running)
            yield running
        finally:
            if process.poll() is None:
                process.terminate()
            try:
                process.wait(120)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _await(running: Running) -> None:
    for _ in range(2_400):
        assert running.process.poll() is None, running.errors.read_text()
        try:
            if httpx.get(f"{running.url}/health/ready").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise AssertionError(running.errors.read_text())
