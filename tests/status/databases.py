"""Databases for the tests of the registry: SQLite files, and PostgreSQL started for them."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
import pytest

IN_CI = os.environ.get("CI") == "true"
_names = count(1)


def absent(reason: str) -> None:
    """Skip a test whose database is not there, but never in CI."""
    if IN_CI:
        pytest.fail(reason)
    pytest.skip(reason)


def _programs() -> Path:
    """Return the folder of PostgreSQL's programs; install Debian's package where that is possible."""
    if _found() is None and shutil.which("apt-get") and os.geteuid() == 0:
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["update"], ["install", "--yes", "--no-install-recommends", "postgresql"]):
            subprocess.run(["apt-get", "-qq", *command], env=environment, capture_output=True, check=False)
    found = _found()
    if found is None:
        absent("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    assert found is not None
    return found


def _found() -> Path | None:
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[4]))
    on_path = shutil.which("postgres")
    server = debian[-1] if debian else Path(on_path) if on_path else None
    return None if server is None or not (server.parent / "initdb").exists() else server.parent


def _user() -> str | None:
    """Whom to run the server as: it refuses to be root."""
    return "nobody" if os.geteuid() == 0 else None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def run_postgresql() -> Iterator[str]:
    """Run a server with a data directory of its own; yield its address without the name of a database."""
    programs, user = _programs(), _user()
    with tempfile.TemporaryDirectory(prefix="microcred-postgresql-") as name:
        folder = Path(name)
        if user is not None:
            shutil.chown(folder, user)
        data = folder / "data"
        options = ["--auth=trust", "--username=tests", "--encoding=UTF8", "--locale=C", "--no-sync"]
        subprocess.run(
            [programs / "initdb", *options, f"--pgdata={data}"], user=user, cwd=folder, check=True, capture_output=True
        )
        port = _free_port()
        # Nobody pulls the plug here, and the tests of crashes kill clients.
        settings = {"port": port, "listen_addresses": "127.0.0.1", "unix_socket_directories": "", "fsync": "off"}
        command = [str(programs / "postgres"), "-D", str(data)]
        for setting, value in settings.items():
            command += ["-c", f"{setting}={value}"]
        with (folder / "log").open("w") as log:
            server = subprocess.Popen(command, user=user, cwd=folder, stdout=log, stderr=log)
            try:
                address = f"postgresql://tests@127.0.0.1:{port}"
                _await(address, server, folder / "log")
                yield address
            finally:
                # An immediate shutdown.
                server.send_signal(3)
                server.wait(30)


def _await(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        assert server.poll() is None, log.read_text()
        try:
            psycopg.connect(f"{address}/postgres").close()
        except psycopg.OperationalError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(log.read_text())


def make_database(address: str) -> str:
    """Make a place for tables of its own on a server, and return its URL; a database each would take more time."""
    name = f"registry_{next(_names)}"
    with psycopg.connect(f"{address}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {name}")
    return f"{address}/postgres?options=-csearch_path%3D{name}"
