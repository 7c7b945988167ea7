"""A service: issuers, what it trusts, and the threads in which it works. Routers take one."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final, Protocol, cast

from microcred.errors import DocumentError, FetchError
from microcred.hosting import Hosted
from microcred.issuer import IssuerFolder
from microcred.json import JSONObject, JSONValue, freeze
from microcred.limits import DEFAULT_LIMITS, Limits
from microcred.protocols import Fetch, Fetcher, FetchResult
from microcred.server.bodies import Members
from microcred.server.documents import Documents, achievements_in
from microcred.server.gate import Gate
from microcred.server.issuing import IssuingService
from microcred.server.judging import Turns
from microcred.server.problems import RequestError
from microcred.server.settings import IssuerSettings, Settings
from microcred.server.tokens import Token, Tokens, is_here
from microcred.server.work import Workers
from microcred.verify.fetch import HTTPFetcher
from microcred.verify.registry_files import RegistryFile
from microcred.verify.report import PresentationReport, VerificationReport
from microcred.verify.trust import ANY_ISSUER, TrustedIssuers
from microcred.verify.verifier import Verifier

__all__ = ["Judging", "OwnSite", "Service", "outcome_of"]

_log: Final = logging.getLogger("microcred.server")
_MINUTE, _HOUR = 60.0, 3_600.0
_READERS: Final = 4
_MOST_READS: Final = 1_024
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

    def __init__(self, documents: Documents, web: Fetcher | None) -> None:
        """Take the parts.

        Args:
            documents: What there is here.
            web: Asks others; None for nobody.
        """
        self._documents = documents
        self._base_url = documents.base_url + "/"
        self._web = web
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
        found = self._documents.at(url)
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
        achievements: Mapping[str, Hosted] | None = None,
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
            no_token_on_loopback: Whether programs on this machine need no token, when there are none at all, and
                ``base_url`` is of this machine.
            trusted_issuers: Whose credentials verify, beside those of ``issuers``; as ``Verifier`` takes them.
            fetcher: Looks up keys and statuses, such as ``HTTPFetcher()``; without it, only what is here is known.
            achievements: What is shown below ``achievements/``, by name: see ``achievements_in``.
            threads: How many look-ups on the web are under way at once.
            most_requests: How many requests may be under way; more are answered with 503.
            seconds: How long a request may take.
            limits: Bounds on what is sent.
        """
        self.base_url = base_url.rstrip("/")
        self.issuers = {each.name: each for each in issuers}
        # Some proxies do not say that they are one: what is for others by its own address asks everybody for a token.
        self.tokens = Tokens(tokens, none_needed_here=no_token_on_loopback and is_here(self.base_url))
        self.limits = limits
        self.gate = Gate(most_requests=most_requests, seconds=seconds)
        self.workers = Workers(threads, most_requests)
        # For what is looked up here, which must not wait behind verifications that wait for the web.
        self.readers = Workers(_READERS, max(_MOST_READS, most_requests), "reading")
        self.documents = Documents(self.base_url, self.issuers, achievements)
        self._fetcher = fetcher
        self._site = OwnSite(self.documents, fetcher)
        self.trusts_anyone = _is_anyone(trusted_issuers)
        trusted = _with_own(trusted_issuers, [each.profile.id for each in self.issuers.values()])
        self.verifier = Verifier(trusted_issuers=trusted, fetcher=self._site, limits=limits)
        self._turns = Turns(
            self._site,
            f"{self.base_url}/",
            web=self.workers,
            readers=self.readers,
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
            achievements=_achievements(settings),
            threads=settings.threads,
            most_requests=settings.most_requests,
            seconds=settings.seconds,
        )

    async def check_credential(self, credential: JSONObject | bytes, options: JSONObject) -> VerificationReport:
        """Judge a credential as it is; see ``Judging.check_credential``."""
        Members(options, "/options").only(*_OF_VERIFICATIONS, "returnCredential", code="UNKNOWN_OPTION_PROVIDED")
        report = await self._turns.run(lambda verifier: verifier.check(credential), _size(credential))
        self.gate.note("verify", outcome_of(report))
        return report

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
        report = await self._turns.run(
            lambda verifier: verifier.check_presentation(presentation, challenge=challenge, domain=domain),
            _size(presentation),
        )
        self.gate.note("verify presentation", outcome_of(report))
        return report

    def fetch(self, request: Fetch) -> FetchResult:
        """Open a URL as verifications do; see ``Fetcher.fetch``."""
        return self._site.fetch(request)

    @asynccontextmanager
    async def maintained(self) -> AsyncIterator[None]:
        """Keep status lists signed meanwhile, and forget old answers; for the lifespan of an application.

        Without it, lists run out a week after the last change of a status.
        """
        task = asyncio.create_task(self._maintain())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _maintain(self) -> None:
        """Do it now, and each hour; where it failed, or the key is another one, with the next minute."""
        done: dict[str, tuple[float, object]] = {}
        while True:
            for name, issuer in self.issuers.items():
                try:
                    key = await self.readers.run(issuer.current_key)
                    at, before = done.get(name, (-_HOUR, None))
                    if time.monotonic() - at >= _HOUR or key != before:
                        await self.readers.run(issuer.publish)
                        await self.readers.run(issuer.ledger.forget)
                        done[name] = time.monotonic(), key
                except Exception as error:  # noqa: BLE001 - whatever it is, it may be over in a minute
                    _log.error("the status lists of %s are not published: %s", name, type(error).__name__)
            await asyncio.sleep(_MINUTE)

    def close(self) -> None:
        """End the threads, and close databases and connections."""
        self._turns.close()
        self.workers.close()
        self.readers.close()
        for issuer in self.issuers.values():
            issuer.close()
        if isinstance(self._fetcher, HTTPFetcher):
            self._fetcher.close()


def _size(value: JSONObject | bytes) -> int:
    return len(value if isinstance(value, bytes) else freeze(value))


def outcome_of(report: VerificationReport | PresentationReport) -> str:
    """Return how a verification ended, in a word for figures."""
    if report:
        return "verified"
    return "refused" if report.refused else "undecided"


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
        _database(settings),
        base_url=whole.base_url,
        password=_password(settings),
        format=settings.format,
        status=settings.status,
        host=settings.host,
    )


def _achievements(settings: Settings) -> Mapping[str, Hosted]:
    if settings.achievements is None:
        return {}
    if not settings.achievements.is_dir():
        raise DocumentError.at("/achievements", f"there is no folder {settings.achievements}")
    return achievements_in(settings.achievements, settings.base_url)


def _database(settings: IssuerSettings) -> str:
    if settings.database_file is not None:
        return _secret(settings.database_file)
    return settings.database or f"sqlite:///{settings.folder / 'status.db'}"


def _password(settings: IssuerSettings) -> str:
    if settings.password is not None:
        return settings.password.get_secret_value()
    if settings.password_file is None:
        raise DocumentError.at("/issuers", "the password of the key is missing: password_file, or password")
    return _secret(settings.password_file)


def _secret(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise DocumentError.at("/issuers", f"{file} cannot be read: {type(error).__name__}") from None


def _registry(source: str) -> RegistryFile:
    if source.startswith("https:"):
        return RegistryFile(source, name=source)
    path = Path(source)
    try:
        content: JSONValue = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise DocumentError.at("/registries", f"{path} cannot be read: {type(error).__name__}") from None
    if not isinstance(content, dict):
        raise DocumentError.at("/registries", f"{path} is no registry: it must be a JSON object")
    return RegistryFile(content, name=path.stem)
