"""A real HTTP(S) server on this machine, which answers what a test says, down to the byte."""

from __future__ import annotations

import ipaddress
import socket
import socketserver
import ssl
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple, TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

NAMES = ("example.test", "*.example.test", "xn--mller-kva.test")


class Authority(NamedTuple):
    """A certificate authority for tests, and a server that it vouches for."""

    client: ssl.SSLContext
    server: ssl.SSLContext


def make_authority(folder: Path, *, expired: bool = False) -> Authority:
    """Make an authority, and a certificate for NAMES and 127.0.0.1."""
    key, root_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = _certificate("Test CA", root_key, "Test CA", root_key)
    leaf = _certificate("example.test", key, "Test CA", root_key, expired=expired)
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "root.pem").write_bytes(root.public_bytes(pem))
    (folder / "server.pem").write_bytes(private + leaf.public_bytes(pem))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "server.pem")
    return Authority(ssl.create_default_context(cafile=str(folder / "root.pem")), server)


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: str,
    issuer_key: ec.EllipticCurvePrivateKey,
    *,
    expired: bool = False,
) -> x509.Certificate:
    is_root = name == issuer
    now = datetime.now(UTC)
    addresses = [x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    end = now - timedelta(days=1) if expired else now + timedelta(days=30)
    usage = x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=is_root,
        crl_sign=is_root,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=30))
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=is_root, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectAlternativeName([*map(x509.DNSName, NAMES), *addresses]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )


class Asked(NamedTuple):
    """A request that a server got."""

    path: str
    headers: Mapping[str, str]
    address: str
    """The address of this machine that was connected to."""


class Exchange:
    """One request, and the connection to answer it on."""

    def __init__(self, asked: Asked, connection: socket.socket, stopping: threading.Event) -> None:
        self.path, self.headers, self.address = asked
        self.connection = connection
        self._stopping = stopping

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.connection.sendall(data)

    def pause(self, seconds: float) -> None:
        """Wait, unless the server is told to stop."""
        if self._stopping.wait(seconds):
            raise ConnectionAbortedError

    def hang_up(self) -> None:
        """Close the connection."""
        raise ConnectionAbortedError

    def reset(self) -> None:
        """Break the connection off, so that the other side sees a reset."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if isinstance(self.connection, ssl.SSLSocket):
            # Without the farewell of TLS.
            socket.socket(fileno=self.connection.detach()).close()
        raise ConnectionAbortedError


Page: TypeAlias = bytes | Callable[[Exchange], None]


def reply(body: bytes = b"{}", status: str = "200 OK", **headers: str) -> bytes:
    """Make a response; header names have underscores."""
    fields = {"content_type": "application/json", "content_length": str(len(body)), **headers}
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in fields.items()]
    return "\r\n".join([f"HTTP/1.1 {status}", *lines, "", ""]).encode() + body


def redirect(location: str, status: str = "302 Found", **headers: str) -> bytes:
    """Make a response that sends elsewhere."""
    return reply(b"", status, location=location, **headers)


class LocalServer(socketserver.ThreadingTCPServer):
    """A server; every connection has a thread."""

    daemon_threads = False
    block_on_close = True
    allow_reuse_address = True
    request_queue_size = 256

    def __init__(self, tls: ssl.SSLContext | None, greeting: bytes | None = None) -> None:
        super().__init__(("0.0.0.0", 0), _Handler)
        self.tls = tls
        self.greeting = greeting
        self.pages: dict[str, Page] = {}
        self.asked: list[Asked] = []
        self.connections = 0
        self.open: set[socket.socket] = set()
        self.stopping = threading.Event()

    @property
    def port(self) -> int:
        """The port."""
        return int(self.server_address[1])

    @property
    def paths(self) -> list[str]:
        """What was asked for, in order."""
        return [asked.path for asked in self.asked]

    def url(self, path: str = "/", host: str = "example.test") -> str:
        """Return a URL of this server."""
        return f"{'http' if self.tls is None else 'https'}://{host}:{self.port}{path}"

    def handle_error(self, request: object, client_address: object) -> None:
        """What goes wrong on this side is what the tests are about."""


class _Handler(socketserver.BaseRequestHandler):
    server: LocalServer

    def handle(self) -> None:
        self.server.connections += 1
        connection: socket.socket = self.request
        connection.settimeout(5)
        # Else small answers wait for the client's next word.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            if self.server.greeting is not None:
                connection.sendall(self.server.greeting)
                return
            if self.server.tls is not None:
                connection = self.server.tls.wrap_socket(connection, server_side=True)
            self.server.open.add(connection)
            with connection:
                while (asked := self._read(connection)) is not None:
                    self._answer(Exchange(asked, connection, self.server.stopping))
        except OSError:
            pass
        finally:
            self.server.open.discard(connection)

    def _read(self, connection: socket.socket) -> Asked | None:
        head = b""
        while b"\r\n\r\n" not in head:
            data = connection.recv(4096)
            if not data:
                return None
            head += data
        first, *lines = head.decode("latin-1").partition("\r\n\r\n")[0].split("\r\n")
        pairs = (line.partition(":") for line in lines)
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        assert first.startswith("GET ")
        asked = Asked(first.split(" ")[1], headers, str(connection.getsockname()[0]))
        self.server.asked.append(asked)
        return asked

    def _answer(self, exchange: Exchange) -> None:
        page = self.server.pages.get(exchange.path, reply(b"{}", "404 Not Found"))
        if callable(page):
            page(exchange)
        else:
            exchange.send(page)


@contextmanager
def serving(tls: ssl.SSLContext | None = None, greeting: bytes | None = None) -> Iterator[LocalServer]:
    """Run a server."""
    server = LocalServer(tls, greeting)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.stopping.set()
        server.shutdown()
        for connection in list(server.open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        thread.join()
        server.server_close()
