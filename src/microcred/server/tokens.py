"""Who may have something signed: bearer tokens (RFC 6750), of which only hashes are kept."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from starlette.requests import HTTPConnection

from microcred.server.problems import RequestError

__all__ = ["Token", "Tokens"]

_MINIMUM_CHARACTERS = 20
# Whoever passes a request on may be near, and whom it comes from may not.
_PASSED_ON = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")
_HERE = ("localhost", "127.0.0.1", "[::1]")


@dataclass(frozen=True, slots=True)
class Token:
    """A token that may sign."""

    name: str
    """Who has it, for the history of statuses and for logs."""
    digest: bytes
    """The SHA-256 of the token."""
    issuers: frozenset[str] | None = None
    """The names of the issuers in whose name it may sign; None for all."""

    @classmethod
    def of(cls, secret: str, name: str = "token", issuers: Iterable[str] | None = None) -> Self:
        """Take a token as its owner has it.

        Args:
            secret: Random, of 20 characters at least; ``secrets.token_urlsafe(32)`` makes one.
            name: Who has it.
            issuers: For which issuers; None for all.

        Raises:
            ValueError: It can be guessed, or be no header.
        """
        if len(secret) < _MINIMUM_CHARACTERS or not secret.isascii() or not secret.isprintable() or " " in secret:
            raise ValueError("a token is 20 printable ASCII characters at least, without spaces, made at random")
        return cls(name, _digest(secret), None if issuers is None else frozenset(issuers))

    def __repr__(self) -> str:
        return f"<Token {self.name}>"


class Tokens:
    """Ask each request that has something signed for its token."""

    def __init__(self, tokens: Iterable[Token] = (), *, none_needed_here: bool = False) -> None:
        """Take the tokens.

        Args:
            tokens: Those that may sign.
            none_needed_here: Whether programs on this machine need none; with tokens, they do.
        """
        self._tokens = tuple(tokens)
        self._open = none_needed_here and not self._tokens

    def __bool__(self) -> bool:
        return bool(self._tokens)

    @staticmethod
    def generate() -> str:
        """Make a token."""
        return secrets.token_urlsafe(32)

    def check(self, request: HTTPConnection, issuer: str | None = None) -> str:
        """Return who asks.

        Args:
            request: The request.
            issuer: In whose name is to be signed; None for what is in nobody's.

        Raises:
            RequestError: 401: no token, or none that is known. 403: not for this issuer.
        """
        if self._open and _is_here(request):
            return "local"
        scheme, _, presented = request.headers.get("authorization", "").partition(" ")
        digest = _digest(presented.strip()) if scheme.lower() == "bearer" else b""
        # Each is compared, so that the time tells nothing.
        found = [token for token in self._tokens if hmac.compare_digest(token.digest, digest)]
        if not found:
            challenge = {"WWW-Authenticate": 'Bearer realm="microcred"'}
            raise RequestError(401, "UNAUTHORIZED", "give a token: Authorization: Bearer …", headers=challenge)
        if issuer is not None and found[0].issuers is not None and issuer not in found[0].issuers:
            raise RequestError(403, "FORBIDDEN", "this token is not for this issuer")
        return found[0].name


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode(errors="surrogateescape")).digest()


def _is_here(request: HTTPConnection) -> bool:
    """Tell whether a request comes from a program on this machine, and not through a browser or a proxy.

    The name by which the server is called must be one of this machine's, too: a page of a stranger can have a name of
    its own lead here.
    """
    headers = request.headers
    host = headers.get("host", "").lower()
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    try:
        is_near = request.client is not None and ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        is_near = False
    return is_near and name in _HERE and "origin" not in headers and not any(each in headers for each in _PASSED_ON)
