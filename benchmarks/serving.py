"""The service in a process of its own, on a core of its own, and those who ask it, on another one.

``wrk`` asks where it is installed, and a small client of our own where it is not, and where each answer is looked at.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

from cases import SEED
from starlette.requests import Request
from starlette.responses import Response

__all__ = ["Ask", "Load", "Server", "ask", "free_port", "on_core", "service_core", "wrk"]

TOKEN = "t" * 30
_TICKS = os.sysconf("SC_CLK_TCK")
_MEGABYTE = 1024


@dataclass(frozen=True)
class Ask:
    """What is asked, over and over."""

    method: str
    path: str
    bodies: str = ""
    """The name of a file with one body in each line; empty for requests without."""
    signs: bool = False
    """Whether it needs the token."""
    keyed: bool = False
    """Whether each request has an Idempotency-Key of its own."""


@dataclass
class Load:
    """What came of asking."""

    requests: int
    seconds: float
    median: float
    """Of the latency, in milliseconds."""
    p99: float
    """Of the latency, in milliseconds."""
    refused: int = 0
    """How many answers were no success."""
    broken: int = 0
    """How many requests had no answer."""
    statuses: dict[str, int] = field(default_factory=dict)
    """How often each status came; of our own client only."""
    worst: dict[str, float] = field(default_factory=dict)
    """The longest wait for each status, in milliseconds; of our own client only."""
    accepted: list[float] = field(default_factory=list)
    """The median and the 99th of 100 of the answers that were a success, in milliseconds; of our own client only."""


def service_core() -> int:
    """Return the core on which the service runs, and the library that it is compared with."""
    return max(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0


def on_core(core: int | None) -> Callable[[], None]:
    """Return what pins a process that is started: to a core, or with None to all but that of the service."""

    def pin() -> None:
        if hasattr(os, "sched_setaffinity"):
            others = os.sched_getaffinity(0) - {service_core()}
            os.sched_setaffinity(0, {core} if core is not None else others or {service_core()})

    return pin


def free_port() -> int:
    """Return a port that nobody listens on."""
    import socket

    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        return int(opened.getsockname()[1])


class Server:
    """The service in a process of its own."""

    def __init__(self, folder: Path, *options: str, port: int | None = None) -> None:
        self.port = port or free_port()
        self.database = f"sqlite:///{folder / 's.db'}"
        self.url = f"http://127.0.0.1:{self.port}"
        command = [sys.executable, __file__, "serve", str(folder), str(self.port), *options]
        with (folder / "log").open("ab") as log:
            # The benchmarks start nothing but themselves.
            self._process = subprocess.Popen(command, preexec_fn=on_core(service_core()), stdout=log, stderr=log)  # noqa: PLW1509
        give_up = time.monotonic() + 60
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > give_up:
                self.stop()
                raise RuntimeError((folder / "log").read_text())
            time.sleep(0.05)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def _answers(self) -> bool:
        try:
            return len(self.get("/empty")) > 0
        except OSError:
            return False

    def get(self, path: str) -> bytes:
        """Return what is behind a path."""
        with urllib.request.urlopen(self.url + path, timeout=30) as answer:  # noqa: S310 - our own
            return bytes(answer.read())

    def post(self, path: str, body: object, key: str | None = None) -> tuple[int, dict[str, Any]]:
        """Send JSON with the token, and return the status and the answer."""
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {TOKEN}"}
        if key is not None:
            headers["Idempotency-Key"] = key
        request = urllib.request.Request(self.url + path, json.dumps(body).encode(), headers)  # noqa: S310 - our own
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - our own
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    @property
    def pid(self) -> int:
        """The id of the process."""
        return self._process.pid

    def seconds(self) -> float:
        """Return its processor time until now."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def megabytes(self, name: str = "VmRSS") -> float:
        """Return its memory: ``VmRSS`` now, ``VmHWM`` at the most."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(name)) / _MEGABYTE

    def kill(self) -> None:
        """End it as a power cut does, as far as a process can tell."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        """End it in order."""
        if self._process.poll() is None:
            self._process.terminate()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()


_SCRIPT = """
local bodies, n = {}, 0
if os.getenv("BODIES") ~= "" then
  for line in io.lines(os.getenv("BODIES")) do bodies[#bodies + 1] = line end
end
local method, path, keys, token = os.getenv("METHOD"), os.getenv("ASKED"), os.getenv("KEYS"), os.getenv("TOKEN")
request = function()
  n = n + 1
  local headers = {}
  if #bodies > 0 then headers["Content-Type"] = "application/json" end
  if token ~= "" then headers["Authorization"] = "Bearer " .. token end
  if keys ~= "" then headers["Idempotency-Key"] = keys .. n end
  return wrk.format(method, path, headers, bodies[n % math.max(#bodies, 1) + 1])
end
done = function(summary, latency, requests)
  local broken = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
  io.write(string.format('\\n{"requests": %d, "seconds": %f, "median": %f, "p99": %f, "refused": %d, "broken": %d}\\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    summary.errors.status, broken))
end
"""


def wrk(server: Server, what: Ask, folder: Path, *, seconds: float, connections: int = 64) -> Load:
    """Have wrk ask, or our own client where it is not installed."""
    program = shutil.which("wrk")
    if program is None:
        return ask(server, what, folder, seconds=seconds, connections=connections)
    script = folder / "wrk.lua"
    script.write_text(_SCRIPT, encoding="utf-8")
    environment = {
        **os.environ,
        "METHOD": what.method,
        "ASKED": what.path,
        "BODIES": str(folder / what.bodies) if what.bodies else "",
        "TOKEN": TOKEN if what.signs else "",
        "KEYS": f"{uuid.uuid4()}-" if what.keyed else "",
    }
    options = ["-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--timeout", "30s", "-s", str(script)]
    done = subprocess.run(
        [program, *options, server.url],
        env=environment,
        preexec_fn=on_core(None),
        capture_output=True,
        text=True,
        check=True,
    )
    return Load(**json.loads(done.stdout.strip().splitlines()[-1]))


def ask(server: Server, what: Ask, folder: Path, *, seconds: float, connections: int = 64, requests: int = 0) -> Load:
    """Have our own client ask, for a time, or so many times."""
    task = {**vars(what), "port": server.port, "seconds": seconds, "connections": connections, "requests": requests}
    command = [sys.executable, __file__, "ask", str(folder), json.dumps(task)]
    done = subprocess.run(command, preexec_fn=on_core(None), capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return Load(**json.loads(done.stdout))


# In the process of the service


def _serve(folder: Path, port: int, options: list[str]) -> None:
    """Serve an issuer with a did:key, and a route that does nothing."""
    import uvicorn

    import microcred as mc
    from microcred.issuer import Issuer
    from microcred.server import IssuingService, Service, Token, create_app
    from microcred.server.logs import logging_settings
    from microcred.server.running import settle

    parser = argparse.ArgumentParser()
    parser.add_argument("--host", action="store_true")
    parser.add_argument("--most-requests", type=int, default=256)
    parser.add_argument("--threads", type=int, default=16)
    given = parser.parse_args(options)
    # The address is in what is signed, and stays the same when the service begins anew.
    base_url = f"http://127.0.0.1:{port}"
    key = mc.SigningKey.from_seed(SEED)
    issuer = Issuer.create(mc.Profile(id=key.did, name="Example University"), key)
    issuing = IssuingService("main", (issuer, key), f"sqlite:///{folder / 's.db'}", base_url=base_url, host=given.host)
    service = Service(
        [issuing],
        base_url=base_url,
        tokens=[Token.of(TOKEN)],
        most_requests=given.most_requests,
        threads=given.threads,
    )
    app = create_app(service)

    @app.get("/empty")
    async def empty(_: Request) -> Response:
        return Response(b"{}", media_type="application/json")

    # As ``microcred serve`` has it.
    settle()
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=port,
        log_config=logging_settings(readable=False),
        access_log=False,
        proxy_headers=False,
        server_header=False,
        ws="none",
        backlog=4_096,
    )


# In the process of our own client


class _Connection(asyncio.Protocol):
    """Ask, wait for the answer, and ask again."""

    def __init__(self, client: _Client) -> None:
        self._client = client
        self._received = bytearray()
        self._begun = 0.0
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._send()

    def _send(self) -> None:
        request = self._client.next()
        if request is None:
            self._transport.close()
            return
        self._begun = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, rest = self._received.partition(b"\r\n\r\n")
        if not found:
            return
        lowered = bytes(head).lower()
        length = int(lowered.partition(b"content-length:")[2].split(b"\r\n", 1)[0] or 0)
        if len(rest) < length:
            return
        self._received.clear()
        self._client.answered(int(head[9:12]), time.perf_counter() - self._begun)
        self._begun = 0.0
        if b"connection: close" not in lowered:
            self._send()

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002
        self._client.broken += bool(self._begun)
        if not self.ended.done():
            self.ended.set_result(None)


class _Client:
    def __init__(self, task: dict[str, Any], folder: Path) -> None:
        self._task = task
        head = f"{task['method']} {task['path']} HTTP/1.1\r\nHost: 127.0.0.1:{task['port']}\r\n"
        head += f"Authorization: Bearer {TOKEN}\r\n" if task["signs"] else ""
        bodies = (folder / task["bodies"]).read_bytes().splitlines() if task["bodies"] else [b""]
        kind = "Content-Type: application/json\r\n" if task["bodies"] else ""
        self._parts = [(f"{head}{kind}Content-Length: {len(each)}\r\n".encode(), each) for each in bodies]
        self._keys = f"{uuid.uuid4()}-" if task["keyed"] else ""
        self._numbers = itertools.count()
        self._until = time.perf_counter() + task["seconds"]
        self._waits: dict[int, list[float]] = {}
        self.broken = 0

    def next(self) -> bytes | None:
        """Return the next request, while there is one."""
        number = next(self._numbers)
        most = self._task["requests"]
        if number >= most if most else time.perf_counter() > self._until:
            return None
        head, body = self._parts[number % len(self._parts)]
        key = f"Idempotency-Key: {self._keys}{number}\r\n".encode() if self._keys else b""
        return b"%s%s\r\n%s" % (head, key, body)

    def answered(self, status: int, seconds: float) -> None:
        """Note an answer."""
        self._waits.setdefault(status, []).append(seconds * 1e3)

    async def _one(self) -> None:
        loop = asyncio.get_running_loop()
        while time.perf_counter() < self._until:
            try:
                _, made = await loop.create_connection(lambda: _Connection(self), "127.0.0.1", self._task["port"])
            except OSError:
                self.broken += 1
                await asyncio.sleep(0.05)
                continue
            await made.ended
            if self._task["requests"]:
                return

    async def run(self) -> Load:
        begun = time.perf_counter()
        if self._task["requests"]:
            self._until = begun + 24 * 3_600
        await asyncio.gather(*(self._one() for _ in range(self._task["connections"])))
        seconds = time.perf_counter() - begun
        every = sorted(itertools.chain.from_iterable(self._waits.values()))
        good = sorted(itertools.chain.from_iterable(v for status, v in self._waits.items() if status < 400))
        counts = Counter({str(status): len(values) for status, values in self._waits.items()})
        return Load(
            len(every),
            seconds,
            median=_middle_and_end(every)[0],
            p99=_middle_and_end(every)[1],
            refused=len(every) - len(good),
            broken=self.broken,
            statuses=dict(counts),
            worst={str(status): max(values) for status, values in self._waits.items()},
            accepted=_middle_and_end(good),
        )


def _middle_and_end(values: list[float]) -> list[float]:
    return [statistics.median(values), values[len(values) * 99 // 100]] if values else [0.0, 0.0]


def main() -> None:
    """Be the service, or the client."""
    mode, folder, *rest = sys.argv[1:]
    if mode == "serve":
        _serve(Path(folder), int(rest[0]), rest[1:])
    else:
        client = _Client(json.loads(rest[0]), Path(folder))
        print(json.dumps(vars(asyncio.run(client.run()))))


if __name__ == "__main__":
    main()
