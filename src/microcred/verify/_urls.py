"""Which URLs may be opened, by what the URL itself says. Where a host name leads is judged when connecting."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

from microcred.verify._answers import NoAnswerError

__all__ = ["Target", "URLRules"]

_PORTS = {"https": 443, "http": 80}
# Below are the ports of mail, directories and the like, whose servers might take a request for something else.
_FIRST_OPEN_PORT = 1024
_MAX_HOST_CHARACTERS = 253
# RFC 1123 §2.1, and the underscore that some real names have.
_LABEL = "[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*", re.ASCII)
# Resolvers read such names as addresses, in octal, in hexadecimal, or in fewer than four parts.
_NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Target:
    """A URL that may be opened, taken apart and in its normal form."""

    scheme: str
    """``https`` or ``http``."""
    host: str
    """An ASCII host name in lower case without a dot at its end, or an IP address without brackets."""
    port: int
    """The port."""
    path: str
    """Path and query, in ASCII."""

    @property
    def authority(self) -> str:
        """Host and port as in the URL and in the ``Host`` header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The URL without its fragment."""
        return f"{self.scheme}://{self.authority}{self.path}"


@dataclass(frozen=True, slots=True)
class URLRules:
    """What a URL must be like."""

    allow_http: bool
    """Whether http will do."""
    max_characters: int
    """The length of a URL."""

    def target(self, url: str) -> Target:
        """Take a URL apart.

        Args:
            url: Untrusted.

        Raises:
            NoAnswerError: It may not be opened.
        """
        return self._target(url, None)

    def redirect(self, origin: Target, location: str) -> Target:
        """Take apart the URL that a server sends us to.

        Args:
            origin: What was asked for.
            location: The ``Location`` header; untrusted.

        Raises:
            NoAnswerError: It may not be opened.
        """
        if not location.isascii() or not location:
            raise NoAnswerError("the server redirects, and gives no URL")
        target = self._target(location, origin)
        if origin.scheme == "https" and target.scheme != "https":
            raise NoAnswerError("the server redirects to a URL without https")
        return target

    def _target(self, text: str, base: Target | None) -> Target:
        import httpx

        if len(text) > self.max_characters:
            raise NoAnswerError(f"the URL is longer than {self.max_characters:,} characters")
        try:
            url = httpx.URL(text) if base is None else httpx.URL(base.url).join(text)
            host = url.raw_host.decode("ascii").removesuffix(".")
            path = url.raw_path.decode("ascii")
        except (httpx.InvalidURL, ValueError):
            raise NoAnswerError("this is not a URL that can be opened") from None
        if url.scheme != "https" and not (self.allow_http and url.scheme == "http"):
            raise NoAnswerError("only https URLs are opened")
        if url.userinfo:
            raise NoAnswerError("the URL has a user name in it; only what anybody may read is opened")
        port = _PORTS[url.scheme] if url.port is None else url.port
        if port != _PORTS[url.scheme] and not _FIRST_OPEN_PORT <= port <= 0xFFFF:
            raise NoAnswerError(
                "the port in the URL is reserved for other services; leave it out, or use one from 1024"
            )
        if not (_is_address(host) or _is_name(host)):
            raise NoAnswerError("the host of the URL is neither a host name nor an IP address")
        return Target(url.scheme, host, port, path)


def _is_address(host: str) -> bool:
    """Tell an address in its usual form; whether it may be connected to is another question."""
    try:
        (IPv6Address if ":" in host else IPv4Address)(host)
    except ValueError:
        return False
    # A zone is one of this machine's networks.
    return "%" not in host


def _is_name(host: str) -> bool:
    return len(host) <= _MAX_HOST_CHARACTERS and bool(_HOST.fullmatch(host)) and not _NUMBER.fullmatch(host)
