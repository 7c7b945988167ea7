"""The plug-in protocols: the one page to read in order to extend microcred.

A plug-in is an instance that is handed to a constructor; nothing is registered. The code that judges never does I/O: it
is a generator (``Steps``) that yields a ``Fetch`` for what it needs and is sent a ``FetchResult``, or has a
``FetchError`` thrown into it. A driver feeds it from a ``Fetcher`` or an ``AsyncFetcher``.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol, TypeAlias, TypeVar

if TYPE_CHECKING:
    from microcred.json import JSONObject
    from microcred.keys import PublicKey
    from microcred.verify.report import Finding, Voucher

__all__ = [
    "AsyncFetcher",
    "DIDMethod",
    "Fetch",
    "FetchResult",
    "Fetcher",
    "Signer",
    "StatusMethod",
    "Steps",
    "TrustRegistry",
]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Fetch:
    """Ask for the bytes behind a URL."""

    url: str
    """An absolute https URL; untrusted, since a document named it. The fetcher decides whether it may be opened."""
    accept: str = "application/json, application/ld+json"
    """The media types that are of use, as an HTTP Accept header."""
    max_age: timedelta | None = None
    """An answer out of a cache has to be younger. Zero asks the server in any case; None leaves it to the server."""


@dataclass(frozen=True, slots=True)
class FetchResult:
    """The answer to a ``Fetch``."""

    url: str
    """The URL that was asked for."""
    content: bytes
    """The body, decompressed; untrusted."""
    media_type: str = "application/json"
    """The media type of the answer, without parameters, in lower case."""
    fetched_at: datetime | None = None
    """When the server gave the answer, or last said that it still holds, with a zone; None means just now."""

    def __post_init__(self) -> None:
        if self.fetched_at is not None and self.fetched_at.utcoffset() is None:
            raise ValueError("fetched_at needs a time zone, such as datetime.now(timezone.utc)")


Steps: TypeAlias = Generator[Fetch, FetchResult, T]
"""Work that may need the network: yields what to fetch, returns a ``T``."""


class Fetcher(Protocol):
    """Do the I/O of a ``Verifier``."""

    def fetch(self, request: Fetch) -> FetchResult:
        """Open a URL; raise ``FetchError`` when that is not possible or not allowed."""
        ...


class AsyncFetcher(Protocol):
    """Do the I/O of an ``AsyncVerifier``."""

    async def afetch(self, request: Fetch) -> FetchResult:
        """Open a URL; raise ``FetchError`` when that is not possible or not allowed."""
        ...


class Signer(Protocol):
    """Sign with a private key wherever it lives: in memory, in a hardware module, behind a service.

    One that knows under which URL verifiers find the key may say so in an attribute ``verification_method``, which is
    then what a call gets for which none is given.
    """

    @property
    def public_key(self) -> PublicKey:
        """The public half."""
        ...

    def sign(self, data: bytes) -> bytes:
        """Sign bytes, in the raw form of JOSE.

        Ed25519: 64 bytes. P-256 with SHA-256, P-384 with SHA-384, P-521 with SHA-512: r and s, fixed length, no DER.
        RSA: PKCS #1 v1.5 with SHA-256.

        Raises:
            SigningError: The key could not be used.
        """
        ...


class DIDMethod(Protocol):
    """Resolve the DIDs of one method."""

    @property
    def name(self) -> str:
        """The method name, as in ``did:<name>:…``."""
        ...

    def resolve(self, did: str) -> Steps[JSONObject]:
        """Return the DID document of a DID without fragment, path or query.

        Args:
            did: Untrusted; starts with ``did:<name>:``.

        Raises:
            ResolutionError: There is no such document. An I/O failure is left to travel through.
        """
        ...


class StatusMethod(Protocol):
    """Judge ``credentialStatus`` entries of some types."""

    @property
    def types(self) -> frozenset[str]:
        """The values of an entry's ``type`` that this method judges."""
        ...

    def check(self, entry: JSONObject, credential: JSONObject, *, at: datetime) -> Steps[Finding]:
        """Judge one entry of a credential whose proof is already known to be good.

        Args:
            entry: The entry, of a type in ``types``.
            credential: The whole credential.
            at: The time of judgement, with a zone.

        Returns:
            Passed, failed (REVOKED, SUSPENDED …) or indeterminate; never an exception for what the network says.
        """
        ...


class TrustRegistry(Protocol):
    """Say which issuers somebody vouches for, so that a verifier need not name each of them."""

    @property
    def name(self) -> str:
        """What to call the registry in a report, for people; trusted."""
        ...

    def look_up(self, issuer: str, *, at: datetime) -> Steps[Voucher | None]:
        """Return who vouches for an issuer, and what they call it; None when the registry does not know it.

        It is asked about issuers whose own key is known to have signed. It vouches for ids and never for keys.

        Args:
            issuer: The id of the issuer; untrusted, since the issuer may be anybody.
            at: The time of judgement, with a zone.

        Raises:
            ResolutionError: The registry could not be asked, or what it answers does not hold. With the code
                ISSUER_NOT_TRUSTED: it has been asked, and what is there about the issuer does not hold.
                An I/O failure is left to travel through.
        """
        ...
