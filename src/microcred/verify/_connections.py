"""One HTTP exchange: connect to an address that was checked, ask, and read within bounds.

The pool, TLS and the framing of HTTP/1.1 are those of httpcore, the part of httpx that does the I/O. What httpx adds to
it (cookies, proxies and passwords from the environment, decompression without bounds) is not wanted here.
"""

from __future__ import annotations

import socket
import ssl
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from ipaddress import ip_address
from typing import Any

import httpcore

from microcred.limits import Limits
from microcred.verify._addresses import may_connect
from microcred.verify._answers import Answer, NoAnswerError
from microcred.verify._urls import Target

__all__ = ["Connections", "LookUp", "system_addresses"]

LookUp = Callable[[str], Iterable[str]]
"""Host name to IP addresses; raises ``OSError`` when there are none."""

_READ_BYTES = 64 * 1024  # that httpcore reads at once
_IDLE_SECONDS = 30.0  # that a connection is kept open
_MAX_ADDRESSES = 8  # of one host that are tried
_PLAIN = frozenset(["", "identity"])
_COMPRESSED = frozenset(["gzip", "x-gzip", "deflate"])
_EITHER_HEADER = zlib.MAX_WBITS | 32  # zlib tells gzip (RFC 1952) and deflate (RFC 1950) apart


def system_addresses(host: str) -> list[str]:
    """Look a host name up as other programs of this machine do."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


class Connections:
    """A pool of connections, for several threads."""

    def __init__(
        self, *, look_up: LookUp, allow_private: bool, ssl_context: ssl.SSLContext, limits: Limits, user_agent: str
    ) -> None:
        """Open nothing yet."""
        self._limits = limits
        self._user_agent = user_agent
        self._pool = httpcore.ConnectionPool(
            ssl_context=ssl_context,
            max_connections=limits.max_connections,
            max_keepalive_connections=limits.max_connections,
            keepalive_expiry=_IDLE_SECONDS,
            network_backend=_CheckedBackend(look_up, allow_private=allow_private),
        )

    def close(self) -> None:
        """Close all connections; nobody may be using one."""
        self._pool.close()

    def get(self, target: Target, headers: Mapping[str, str], until: float) -> Answer:
        """Ask once, and follow nothing.

        Args:
            target: What to ask for; where its host leads is checked here.
            headers: Of the request, beside those that every request has.
            until: When it has to be over, by ``time.monotonic()``.

        Raises:
            NoAnswerError: For every other end than an answer.
        """
        allowance = _Allowance(until, self._limits)
        reset = _ALLOWANCE.set(allowance)
        try:
            with _faults(self._limits, allowance):
                return self._exchange(target, headers, allowance)
        finally:
            _ALLOWANCE.reset(reset)

    def _exchange(self, target: Target, headers: Mapping[str, str], allowance: _Allowance) -> Answer:
        sent = {"Host": target.authority, "User-Agent": self._user_agent, "Accept-Encoding": "gzip", **headers}
        raw = [(name.encode(), value.encode("ascii")) for name, value in sent.items()]
        url = httpcore.URL(
            scheme=target.scheme.encode(), host=target.host.encode(), port=target.port, target=target.path.encode()
        )
        extensions = {"timeout": {"pool": allowance.seconds_left()}}
        with self._pool.stream("GET", url, headers=raw, extensions=extensions) as response:
            allowance.begin_body(self._limits)
            received = _read_headers(response.headers, self._limits)
            content = b""
            if response.status == 200:
                content = _read_body(response.iter_stream(), received, self._limits)
            elif response.status == 304:
                # It has no body (RFC 9110 §15.4.5), and when that was read, the connection can be used again.
                _read_body(response.iter_stream(), {}, self._limits)
            return Answer(response.status, received, content)


class _Allowance:
    """The time and bytes that are left for one exchange."""

    def __init__(self, until: float, limits: Limits) -> None:
        self._until = until
        # With the last of the headers comes what fits of the body.
        self._bytes = limits.max_header_bytes + _READ_BYTES
        self.answered = False

    def begin_body(self, limits: Limits) -> None:
        self.answered = True
        # Chunks have headers, too.
        self._bytes = 2 * limits.max_response_bytes + _READ_BYTES

    def seconds_left(self) -> float:
        left = self._until - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("no time is left")
        return left

    def take(self, count: int) -> None:
        self._bytes -= count
        if self._bytes < 0:
            raise NoAnswerError("the server sends without end")


# Of this thread. The timeouts of httpcore bound each read, and a server that is slow enough needs endlessly many.
_ALLOWANCE: ContextVar[_Allowance] = ContextVar("microcred_allowance")


class _CheckedBackend(httpcore.NetworkBackend):
    """Connect to addresses that were checked, and to nothing else."""

    def __init__(self, look_up: LookUp, *, allow_private: bool) -> None:
        self._look_up = look_up
        self._allow_private = allow_private
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - the allowance knows
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to a host; a name is looked up once, and the address that was checked is the one that is opened."""
        addresses = self._addresses(host)
        failure: Exception | None = None
        for position, address in enumerate(addresses):
            # An address that swallows packets leaves time for the others.
            seconds = _ALLOWANCE.get().seconds_left() / (len(addresses) - position)
            try:
                stream = self._sockets.connect_tcp(address, port, seconds, local_address, socket_options or ())
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _MeteredStream(stream)
        if isinstance(failure, httpcore.ConnectTimeout):
            raise failure
        raise NoAnswerError("no connection to the server can be made; is the host right, and the network up?")

    def _addresses(self, host: str) -> list[str]:
        try:
            found = [str(ip_address(host))]
        except ValueError:
            found = self._looked_up(host)
        allowed = [each for each in dict.fromkeys(found) if may_connect(each, private=self._allow_private)]
        if not allowed:
            raise NoAnswerError("the host is not on the public Internet; its address is private or reserved")
        return allowed[:_MAX_ADDRESSES]

    def _looked_up(self, host: str) -> list[str]:
        try:
            found = list(self._look_up(host))
        except (OSError, UnicodeError):
            found = []
        if not found:
            raise NoAnswerError("the host name is not known; is it spelt right, and the network up?")
        return found


class _MeteredStream(httpcore.NetworkStream):
    """A connection that hands out what the exchange under way is allowed."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 - the allowance knows
        allowance = _ALLOWANCE.get()
        data = self._stream.read(max_bytes, allowance.seconds_left())
        allowance.take(len(data))
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002 - the allowance knows
        self._stream.write(buffer, _ALLOWANCE.get().seconds_left())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002 - the allowance knows
    ) -> httpcore.NetworkStream:
        try:
            secured = self._stream.start_tls(ssl_context, server_hostname, _ALLOWANCE.get().seconds_left())
        except httpcore.ConnectError as error:
            raise NoAnswerError(_tls_fault(error.__cause__)) from None
        return _MeteredStream(secured)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _tls_fault(error: BaseException | None) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        # OpenSSL's words; behind the comma it names the host.
        return f"the server's certificate is not good: {error.verify_message.partition(',')[0]}"
    return "no secure connection to the server can be made; is it a server for https?"


@contextmanager
def _faults(limits: Limits, allowance: _Allowance) -> Iterator[None]:
    """Turn what goes wrong in an exchange into words."""
    try:
        yield
    except httpcore.TimeoutException:
        raise NoAnswerError(f"the server took longer than {limits.max_fetch_seconds:g} seconds") from None
    except (httpcore.NetworkError, httpcore.RemoteProtocolError) as error:
        if allowance.answered:
            raise NoAnswerError("the answer broke off, or is not HTTP") from None
        # The server may have closed a connection that was idle, just when it was used again.
        broke = "the server closed the connection, or does not answer in HTTP"
        raise NoAnswerError(broke, again=not isinstance(error, httpcore.ConnectError)) from None
    except (httpcore.ProtocolError, UnicodeEncodeError):
        raise NoAnswerError("this cannot be asked for in HTTP") from None


def _read_headers(headers: Sequence[tuple[bytes, bytes]], limits: Limits) -> dict[str, str]:
    if sum(len(name) + len(value) for name, value in headers) > limits.max_header_bytes:
        raise NoAnswerError(f"the headers of the answer are larger than {limits.max_header_bytes:,} bytes")
    found: dict[str, str] = {}
    for name, value in headers:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        found[key] = f"{found[key]}, {text}" if key in found else text
    return found


def _read_body(chunks: Iterable[bytes], headers: Mapping[str, str], limits: Limits) -> bytes:
    """Read a body; both what is sent and what it unpacks to are bounded."""
    max_bytes = limits.max_response_bytes
    too_large = NoAnswerError(f"the answer is larger than {max_bytes:,} bytes")
    coding = headers.get("content-encoding", "").strip().lower()
    if coding not in _PLAIN and coding not in _COMPRESSED:
        raise NoAnswerError("the server compressed the answer in a way that was not asked for")
    length = headers.get("content-length", "")
    if length.isascii() and length.isdigit() and int(length[:20]) > max_bytes:
        raise too_large
    unpacker = zlib.decompressobj(_EITHER_HEADER) if coding in _COMPRESSED else None
    content = bytearray()
    sent = 0
    for count, chunk in enumerate(chunks):
        sent += len(chunk)
        content += chunk if unpacker is None else _unpacked(unpacker, chunk, max_bytes + 1 - len(content))
        if sent > max_bytes or len(content) > max_bytes or count >= limits.max_response_chunks:
            raise too_large
    if unpacker is not None and (not unpacker.eof or unpacker.unused_data):
        raise NoAnswerError("the answer is compressed and cannot be unpacked")
    return bytes(content)


def _unpacked(unpacker: zlib._Decompress, chunk: bytes, max_bytes: int) -> bytes:
    try:
        return unpacker.decompress(chunk, max_bytes)
    except zlib.error:
        raise NoAnswerError("the answer is compressed and cannot be unpacked") from None
