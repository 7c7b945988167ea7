"""Run the command line here: a process for each command takes most of its time to begin."""

from __future__ import annotations

import io
import os
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from microcred.cli import main

__all__ = ["Done", "run"]


@dataclass(frozen=True)
class Done:
    """What a command has left."""

    returncode: int
    stdout: str
    stderr: str
    data: bytes
    """Standard output, where it is no text."""


def _stream(content: bytes = b"") -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(content), encoding="utf-8", errors="backslashreplace", write_through=True)


def run(*words: str, folder: Path, given: bytes = b"", password: str | None = "secret", **variables: str) -> Done:
    """Run a command in a folder; what it reads and prints is no terminal."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("MICROCRED_")}
    environment = {**ours, "NO_COLOR": "1", "COLUMNS": "120", "LC_ALL": "C", **variables}
    if password is not None:
        environment["MICROCRED_KEY_PASSWORD"] = password
    out, err, code = _stream(), _stream(), 0
    with (
        chdir(folder),
        patch.dict(os.environ, environment, clear=True),
        patch.object(sys, "argv", ["microcred", *words]),
        patch.object(sys, "stdin", _stream(given)),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
    data = _content(out)
    done = Done(code, data.decode("utf-8", "replace"), _content(err).decode(), data)
    assert "Traceback" not in done.stderr, done.stderr
    return done


def _content(stream: io.TextIOWrapper) -> bytes:
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue()
