"""The verifier, for ordinary and for asynchronous code.

``Verifier`` and ``AsyncVerifier`` drive the same judgement, which is a generator and does no I/O.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TypeVar, cast

from microcred.documents import Readable
from microcred.errors import FetchError
from microcred.limits import DEFAULT_LIMITS, Limits
from microcred.models import AnyCredential
from microcred.protocols import AsyncFetcher, DIDMethod, Fetch, Fetcher, FetchResult, StatusMethod, Steps
from microcred.verify._front import Front
from microcred.verify.asking import Asking
from microcred.verify.checks import Recipient
from microcred.verify.presentations import VerifiedPresentation
from microcred.verify.proofs import Required
from microcred.verify.related_resources import Documents
from microcred.verify.report import PresentationReport, VerificationReport
from microcred.verify.trust import TrustedIssuers

__all__ = ["AsyncVerifier", "Verifier"]

T = TypeVar("T")
_NO_FETCHER = "this verifier has no fetcher, and so no network"


class Verifier(Front):
    """Answer whether a credential may be relied on."""

    def __init__(
        self,
        *,
        trusted_issuers: TrustedIssuers,
        did_methods: Iterable[DIDMethod] = (),
        status_methods: Iterable[StatusMethod] = (),
        schemas: Documents | None = None,
        contexts: Documents | None = None,
        inline_contexts: bool = False,
        require: Required = "any",
        fetcher: Fetcher | None = None,
        clock_skew: timedelta = timedelta(seconds=60),
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        """Take what every verification needs.

        Args:
            trusted_issuers: Whose credentials to accept: a set of issuer ids; a mapping from issuer ids to the keys
                that are known to be theirs; or ``ANY_ISSUER``. With ids alone, the issuer's DID must list the key.
            did_methods: DID methods beside did:key, did:jwk and did:web.
            status_methods: Methods for kinds of ``credentialStatus``, beside or in place of those for W3C bitstring
                lists and 1EdTech revocation lists.
            schemas: Schema documents by URL, for credentials that name them; trusted.
            contexts: Further JSON-LD context documents by URL, beside the pinned ones; trusted. Of both, give the text
                or bytes of the file where credentials have digests of it.
            inline_contexts: Accept embedded proofs of credentials that hold contexts as objects, through which whoever
                holds the credential can swap names: a proof over RDF covers what names mean, not the names.
            require: How many of several embedded proofs must hold: ``any``, one of the issuer's; or ``all``, that one
                and every other, whosever it is. A proof that builds on others holds only if they do.
            fetcher: Does the I/O that plug-ins ask for; without it there is none.
            clock_skew: By how much clocks may differ.
            limits: Bounds on what a hostile document can cost.

        Raises:
            TypeError: ``trusted_issuers`` is a single text, or has keys that are no ``PublicKey``.
            ValueError: ``contexts`` has another document for a pinned URL, a document is not JSON, or ``require`` is
                something else.
        """
        super().__init__(
            trusted_issuers=trusted_issuers,
            did_methods=did_methods,
            status_methods=status_methods,
            schemas=schemas,
            contexts=contexts,
            inline_contexts=inline_contexts,
            require=require,
            clock_skew=clock_skew,
            limits=limits,
        )
        self._fetcher = fetcher

    def check(
        self, credential: Readable, *, at: datetime | None = None, recipient: Recipient | None = None
    ) -> VerificationReport:
        """Judge a credential; a bad one raises nothing.

        Args:
            credential: A model, a dict, JSON text or bytes, or a JWT; untrusted.
            at: The time of judgement, with a zone; now by default.
            recipient: Whom the credential should be about: the subject's id, an e-mail address, or a mapping such as
                ``{"emailAddress": "a@example.com"}``.

        Returns:
            The report, which is true when the credential verified.

        Raises:
            TypeError: ``credential`` is none of those.
            ValueError: ``at`` has no time zone.
        """
        return self._drive(self._credential(credential, at, recipient)).report

    def verify(
        self, credential: Readable, *, at: datetime | None = None, recipient: Recipient | None = None
    ) -> AnyCredential:
        """Return the credential as a model, or raise; the arguments are those of ``check``.

        Raises:
            VerificationError: The credential did not verify; it carries the report.
        """
        return self.verify_with_report(credential, at=at, recipient=recipient)[0]

    def verify_with_report(
        self, credential: Readable, *, at: datetime | None = None, recipient: Recipient | None = None
    ) -> tuple[AnyCredential, VerificationReport]:
        """Return the credential as a model with the report, or raise; the arguments are those of ``check``.

        Raises:
            VerificationError: The credential did not verify; it carries the report.
        """
        return self._verified(self._drive(self._credential(credential, at, recipient)))

    def check_presentation(
        self,
        presentation: Readable,
        *,
        challenge: str | None,
        domain: str | None,
        holder_is_subject: bool = False,
        at: datetime | None = None,
    ) -> PresentationReport:
        """Judge a presentation and each credential in it; a bad one raises nothing.

        Args:
            presentation: A model, a dict, JSON text or bytes, or a JWT; untrusted.
            challenge: What you asked the holder to answer, fresh for each occasion; None, said in plain sight, accepts
                copies of what was shown before.
            domain: Who you are, as you told the holder; None, said in plain sight, accepts what was made for others.
            holder_is_subject: Whether each credential must be about the holder, and nobody else (by the subjects' ids).
            at: The time of judgement, with a zone; now by default.

        Returns:
            The report, which is true when the presentation and all credentials in it verified. A presentation without
            credentials can verify too.

        Raises:
            TypeError: ``presentation`` is none of those, or ``challenge`` or ``domain`` is no text.
            ValueError: ``at`` has no time zone, or ``challenge`` or ``domain`` is empty.
        """
        steps = self._presentation(presentation, at, challenge, domain, bound=holder_is_subject)
        return self._drive(steps).report

    def verify_presentation(
        self,
        presentation: Readable,
        *,
        challenge: str | None,
        domain: str | None,
        holder_is_subject: bool = False,
        at: datetime | None = None,
    ) -> VerifiedPresentation:
        """Return what a holder shows, or raise; the arguments are those of ``check_presentation``.

        Raises:
            VerificationError: The presentation or a credential in it did not verify; it carries the report.
        """
        return self._shown(
            self._drive(self._presentation(presentation, at, challenge, domain, bound=holder_is_subject))
        )

    def _drive(self, steps: Steps[T]) -> T:
        asking = Asking(self._limits, self._fetcher)
        try:
            request = next(steps)
            while True:
                try:
                    result = asking.known(request) or self._fetch(request, asking)
                except FetchError as error:
                    request = steps.throw(error)
                else:
                    request = steps.send(result)
        except StopIteration as stop:
            return cast(T, stop.value)

    def _fetch(self, request: Fetch, asking: Asking) -> FetchResult:
        if self._fetcher is None:
            raise FetchError(request.url, _NO_FETCHER)
        try:
            result = self._fetcher.fetch(request)
        except FetchError as error:
            asking.keep(request, error)
            raise
        asking.keep(request, result)
        return result


class AsyncVerifier(Front):
    """Answer whether a credential may be relied on, in asynchronous code."""

    def __init__(
        self,
        *,
        trusted_issuers: TrustedIssuers,
        did_methods: Iterable[DIDMethod] = (),
        status_methods: Iterable[StatusMethod] = (),
        schemas: Documents | None = None,
        contexts: Documents | None = None,
        inline_contexts: bool = False,
        require: Required = "any",
        fetcher: AsyncFetcher | None = None,
        clock_skew: timedelta = timedelta(seconds=60),
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        """Take what every verification needs; the arguments are those of ``Verifier``."""
        super().__init__(
            trusted_issuers=trusted_issuers,
            did_methods=did_methods,
            status_methods=status_methods,
            schemas=schemas,
            contexts=contexts,
            inline_contexts=inline_contexts,
            require=require,
            clock_skew=clock_skew,
            limits=limits,
        )
        self._fetcher = fetcher

    async def check(
        self, credential: Readable, *, at: datetime | None = None, recipient: Recipient | None = None
    ) -> VerificationReport:
        """Judge a credential; a bad one raises nothing. See ``Verifier.check``."""
        return (await self._drive(self._credential(credential, at, recipient))).report

    async def verify(
        self, credential: Readable, *, at: datetime | None = None, recipient: Recipient | None = None
    ) -> AnyCredential:
        """Return the credential as a model, or raise. See ``Verifier.verify``."""
        return (await self.verify_with_report(credential, at=at, recipient=recipient))[0]

    async def verify_with_report(
        self, credential: Readable, *, at: datetime | None = None, recipient: Recipient | None = None
    ) -> tuple[AnyCredential, VerificationReport]:
        """Return the credential as a model with the report, or raise. See ``Verifier.verify_with_report``."""
        return self._verified(await self._drive(self._credential(credential, at, recipient)))

    async def check_presentation(
        self,
        presentation: Readable,
        *,
        challenge: str | None,
        domain: str | None,
        holder_is_subject: bool = False,
        at: datetime | None = None,
    ) -> PresentationReport:
        """Judge a presentation and each credential in it. See ``Verifier.check_presentation``."""
        steps = self._presentation(presentation, at, challenge, domain, bound=holder_is_subject)
        return (await self._drive(steps)).report

    async def verify_presentation(
        self,
        presentation: Readable,
        *,
        challenge: str | None,
        domain: str | None,
        holder_is_subject: bool = False,
        at: datetime | None = None,
    ) -> VerifiedPresentation:
        """Return what a holder shows, or raise. See ``Verifier.verify_presentation``."""
        return self._shown(
            await self._drive(self._presentation(presentation, at, challenge, domain, bound=holder_is_subject))
        )

    async def _drive(self, steps: Steps[T]) -> T:
        asking = Asking(self._limits, self._fetcher)
        try:
            request = next(steps)
            while True:
                try:
                    result = asking.known(request) or await self._fetch(request, asking)
                except FetchError as error:
                    request = steps.throw(error)
                else:
                    request = steps.send(result)
        except StopIteration as stop:
            return cast(T, stop.value)

    async def _fetch(self, request: Fetch, asking: Asking) -> FetchResult:
        if self._fetcher is None:
            raise FetchError(request.url, _NO_FETCHER)
        try:
            result = await self._fetcher.afetch(request)
        except FetchError as error:
            asking.keep(request, error)
            raise
        asking.keep(request, result)
        return result
