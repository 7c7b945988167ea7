"""A service: issuers, what it trusts, and the threads in which it works. Routers take one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, Protocol, cast

from microcred.errors import DocumentError, FetchError
from microcred.issuer import IssuerFolder
from microcred.json import JSONObject, JSONValue, freeze
from microcred.limits import DEFAULT_LIMITS, Limits
from microcred.protocols import Fetch, Fetcher, FetchResult
from microcred.server.bodies import Members
from microcred.server.gate import Gate
from microcred.server.issuing import IssuingService
from microcred.server.judging import Turns
from microcred.server.problems import RequestError
from microcred.server.settings import IssuerSettings, Settings
from microcred.server.tokens import Token, Tokens
from microcred.server.work import Workers
from microcred.verify.fetch import HTTPFetcher
from microcred.verify.registry_files import RegistryFile
from microcred.verify.report import PresentationReport, VerificationReport
from microcred.verify.trust import ANY_ISSUER, TrustedIssuers
from microcred.verify.verifier import Verifier

__all__ = ["Judging", "OwnSite", "Service"]

_OF_VERIFICATIONS: Final = ("returnResults", "returnProblemDetails")


class Judging(Protocol):
    """What the routes that verify do; another implementation can stand behind the same routes."""

    async def check_credential(self, credential: JSONObject | bytes, options: JSONObject) -> VerificationReport:
        """Judge a credential.

        Args:
            credential: As it was sent: an object, or the bytes of a file; untrusted.
            options: As they were sent; untrusted.

        Raises:
            MicrocredError: It was not judged.
        """
        ...

    async def check_presentation(self, presentation: JSONObject, options: JSONObject) -> PresentationReport:
        """Judge a presentation and what is in it; otherwise as ``check_credential``."""
        ...


class OwnSite:
    """Answer what is asked of this service itself, and leave the rest to the web; a ``Fetcher``."""

    def __init__(self, base_url: str, web: Fetcher | None) -> None:
        """Take the parts.

        Args:
            base_url: Where the service is reached.
            web: Asks others; None for nobody.
        """
        self._base_url = base_url.rstrip("/") + "/"
        self._web = web
        self.issuers: Mapping[str, IssuingService] = {}
        # Nobody is on the way from here to here; of others, http is refused below.
        self.allow_http = self._base_url.startswith("http://")

    def fetch(self, request: Fetch) -> FetchResult:
        """Answer a request; see ``Fetcher.fetch``."""
        if request.url.startswith(self._base_url):
            found = self._own(request.url)
            if found is not None:
                return found
        elif self._web is not None and request.url.startswith("https:"):
            return self._web.fetch(request)
        raise FetchError(request.url, "there is no such document here, and the web is not asked")

    def _own(self, url: str) -> FetchResult | None:
        from microcred.server.documents import document_at

        found = document_at(self.issuers.values(), url)
        return None if found is None else FetchResult(url, found.content, found.media_type)


class Service:
    """All that the routers need; a ``Judging``."""

    def __init__(
        self,
        issuers: Iterable[IssuingService] = (),
        *,
        base_url: str,
        tokens: Iterable[Token] = (),
        no_token_on_loopback: bool = False,
        trusted_issuers: TrustedIssuers = (),
        fetcher: Fetcher | None = None,
        threads: int = 16,
        most_requests: int = 256,
        seconds: float = 30.0,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        """Take what the routers need.

        Args:
            issuers: In whose name is signed; the first needs no name in URLs.
            base_url: Where the service is reached from outside.
            tokens: Who may have something signed; without any, nobody.
            no_token_on_loopback: Whether programs on this machine need no token, when there are none at all.
            trusted_issuers: Whose credentials verify, beside those of ``issuers``; as ``Verifier`` takes them.
            fetcher: Looks up keys and statuses, such as ``HTTPFetcher()``; without it, only what is here is known.
            threads: How many look-ups on the web are under way at once.
            most_requests: How many requests may be under way; more are answered with 503.
            seconds: How long a request may take.
            limits: Bounds on what is sent.
        """
        self.base_url = base_url.rstrip("/")
        self.issuers = {each.name: each for each in issuers}
        self.tokens = Tokens(tokens, none_needed_here=no_token_on_loopback)
        self.limits = limits
        self.gate = Gate(most_requests=most_requests, seconds=seconds)
        self.workers = Workers(threads, most_requests)
        self._fetcher = fetcher
        self._site = OwnSite(self.base_url, fetcher)
        self._site.issuers = self.issuers
        self.trusts_anyone = _is_anyone(trusted_issuers)
        trusted = _with_own(trusted_issuers, [each.profile.id for each in self.issuers.values()])
        self.verifier = Verifier(trusted_issuers=trusted, fetcher=self._site, limits=limits)
        self._turns = Turns(
            self._site,
            f"{self.base_url}/",
            self.workers,
            trusted_issuers=trusted,
            most_waiting=most_requests,
            limits=limits,
        )

    @classmethod
    def of(cls, settings: Settings) -> Service:
        """Make the service that settings describe.

        Raises:
            MicrocredError: An issuer, its key, its database or a registry file cannot be used.
        """
        issuers = [_issuer(name, each, settings) for name, each in settings.issuers.items()]
        trusted: list[object] = [*settings.trust, *(_registry(each) for each in settings.registries)]
        tokens = [
            Token(each.name, bytes.fromhex(each.sha256), None if each.issuers is None else frozenset(each.issuers))
            for each in settings.tokens
        ]
        return cls(
            issuers,
            base_url=settings.base_url,
            tokens=tokens,
            no_token_on_loopback=settings.no_token_on_loopback,
            trusted_issuers=ANY_ISSUER if settings.trust_any_issuer else cast("TrustedIssuers", trusted),
            fetcher=HTTPFetcher() if settings.online else None,
            threads=settings.threads,
            most_requests=settings.most_requests,
            seconds=settings.seconds,
        )

    async def check_credential(self, credential: JSONObject | bytes, options: JSONObject) -> VerificationReport:
        """Judge a credential as it is; see ``Judging.check_credential``."""
        Members(options, "/options").only(*_OF_VERIFICATIONS, "returnCredential", code="UNKNOWN_OPTION_PROVIDED")
        return await self._turns.run(lambda verifier: verifier.check(credential), _size(credential))

    async def check_presentation(self, presentation: JSONObject, options: JSONObject) -> PresentationReport:
        """Judge a presentation; see ``Judging.check_presentation``."""
        members = Members(options, "/options")
        known = ("challenge", "domain", "returnPresentation", *_OF_VERIFICATIONS)
        members.only(*known, code="UNKNOWN_OPTION_PROVIDED")
        if "challenge" not in options or "domain" not in options:
            text = "say in /options which challenge and domain were asked for; null takes any, and copies"
            raise RequestError(400, "MALFORMED_VALUE_ERROR", text)
        challenge = None if options["challenge"] is None else members.text("challenge")
        domain = None if options["domain"] is None else members.text("domain")
        return await self._turns.run(
            lambda verifier: verifier.check_presentation(presentation, challenge=challenge, domain=domain),
            _size(presentation),
        )

    def close(self) -> None:
        """End the threads, and close databases and connections."""
        self._turns.close()
        self.workers.close()
        for issuer in self.issuers.values():
            issuer.close()
        if isinstance(self._fetcher, HTTPFetcher):
            self._fetcher.close()


def _size(value: JSONObject | bytes) -> int:
    return len(value if isinstance(value, bytes) else freeze(value))


def _is_anyone(trusted: TrustedIssuers) -> bool:
    return trusted is ANY_ISSUER or (isinstance(trusted, list | tuple) and ANY_ISSUER in trusted)


def _with_own(trusted: TrustedIssuers, own: list[str]) -> TrustedIssuers:
    if isinstance(trusted, list | tuple | set | frozenset):
        return [*trusted, *own]
    return cast("TrustedIssuers", [trusted, *own])


def _issuer(name: str, settings: IssuerSettings, whole: Settings) -> IssuingService:
    folder = IssuerFolder(settings.folder)
    return IssuingService(
        name,
        folder,
        settings.database or f"sqlite:///{settings.folder / 'status.db'}",
        base_url=whole.base_url,
        password=_password(settings),
        format=settings.format,
        status=settings.status,
        host=settings.host,
    )


def _password(settings: IssuerSettings) -> str:
    if settings.password is not None:
        return settings.password.get_secret_value()
    if settings.password_file is None:
        raise DocumentError.at("/issuers", "the password of the key is missing: password_file, or password")
    try:
        return settings.password_file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = f"{settings.password_file} cannot be read: {type(error).__name__}"
        raise DocumentError.at("/issuers", reason) from None


def _registry(source: str) -> RegistryFile:
    if source.startswith("https:"):
        return RegistryFile(source, name=source)
    path = Path(source)
    try:
        content: JSONValue = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise DocumentError.at("/registries", f"{path} cannot be read: {type(error).__name__}") from None
    return RegistryFile(content if isinstance(content, dict) else {}, name=path.stem)
