"""A process that is killed under load: nothing that was acknowledged is lost."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from httpx import Client, ConnectError, TransportError

from microcred.issuer import IssuerFolder
from microcred.json import loads_object
from microcred.server import IssuingService
from microcred.status import StatusList
from tests.server.issuers import wanted
from tests.server.services import PASSWORD, folder
from tests.support import as_object

pytestmark = pytest.mark.skipif(not hasattr(os, "killpg"), reason="the process is killed as POSIX kills")
TOGETHER, ENOUGH = 8, 40
HERE = Path(__file__).parents[2]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _started(path: Path, database: str, port: int) -> subprocess.Popen[bytes]:
    prefix = "MICROCRED_SERVER_"
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        f"{prefix}BASE_URL": f"http://127.0.0.1:{port}",
        f"{prefix}ISSUER_FOLDER": str(path),
        f"{prefix}ISSUER_PASSWORD": PASSWORD,
        f"{prefix}ISSUER_DATABASE": database,
        f"{prefix}ISSUER_HOST": "true",
        f"{prefix}NO_TOKEN_ON_LOOPBACK": "true",
        f"{prefix}ONLINE": "false",
    }
    command = [sys.executable, "-m", "uvicorn", "--factory", "microcred.server:create_app", "--port", str(port)]
    return subprocess.Popen([*command, "--log-level", "error"], env=environment, cwd=HERE)


class _Callers:
    """Those who issue and revoke until nobody answers."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.issued: list[tuple[str, bytes]] = []
        self.revoked: list[dict[str, Any]] = []

    def run(self, number: int) -> None:
        with Client(base_url=self.base, timeout=30) as client:
            try:
                for each in range(10_000):
                    self._one(client, f"{number}-{each}")
            except TransportError:
                return

    def _one(self, client: Client, key: str) -> None:
        body = {"credential": wanted()}
        answer = client.post("/credentials/issue", json=body, headers={"Idempotency-Key": key})
        assert answer.status_code == 201, answer.text
        self.issued.append((key, answer.content))
        made = answer.json()["verifiableCredential"]
        change = {"credentialId": made["id"], "credentialStatus": made["credentialStatus"], "status": True}
        answer = client.post("/credentials/status", json=change)
        assert answer.status_code == 200, answer.text
        self.revoked.append(made)


def _await(base: str) -> None:
    for _ in range(1_000):
        try:
            with Client(base_url=base) as client:
                client.get("/health/live").raise_for_status()
        except ConnectError:
            time.sleep(0.02)
        else:
            return
    pytest.fail("the service did not begin")


def test_a_killed_process_loses_nothing_that_it_has_acknowledged(tmp_path: Path, database: str) -> None:
    port = _free_port()
    path = folder(tmp_path / "issuer").path
    callers = _Callers(f"http://127.0.0.1:{port}")
    process = _started(path, database, port)
    try:
        _await(callers.base)
        with ThreadPoolExecutor(TOGETHER) as threads:
            running = [threads.submit(callers.run, number) for number in range(TOGETHER)]
            while len(callers.revoked) < ENOUGH:
                assert process.poll() is None
                time.sleep(0.005)
            process.send_signal(signal.SIGKILL)
            process.wait(30)
            for each in running:
                each.result(60)
        assert process.returncode == -signal.SIGKILL
        process = _started(path, database, port)
        _await(callers.base)
        with Client(base_url=callers.base) as client:
            for key, content in callers.issued:
                # The same answer again, which was kept.
                answer = client.post(
                    "/credentials/issue", json={"credential": wanted()}, headers={"Idempotency-Key": key}
                )
                assert answer.content == content
            lists = {each["credentialStatus"]["statusListCredential"] for each in callers.revoked}
            shown = {url: loads_object(client.get(url).content) for url in lists}
        for made in callers.revoked:
            entry = made["credentialStatus"]
            found = StatusList.decode(
                str(as_object(shown[entry["statusListCredential"]]["credentialSubject"])["encodedList"])
            )
            assert int(entry["statusListIndex"]) in found.indexes()
    finally:
        process.kill()
        process.wait(30)
    _require_kept(callers, path, database)


def _require_kept(callers: _Callers, path: Path, database: str) -> None:
    with closing(
        IssuingService("main", IssuerFolder(path), database, base_url=callers.base, password=PASSWORD, host=True)
    ) as service:
        recorded = (path / "issued.ndjson").read_text()
        for _, content in callers.issued:
            made = as_object(loads_object(content)["verifiableCredential"])
            kept = service.ledger.kept(str(made["id"]))
            assert kept is not None
            assert loads_object(kept.content) == made
            assert service.registry.status(str(made["id"])).entries
            assert str(made["id"]) in recorded
