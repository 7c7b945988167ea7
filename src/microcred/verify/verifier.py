"""The verifier, for ordinary and for asynchronous code.

``Verifier`` and ``AsyncVerifier`` drive the same judgement, which is a generator and does no I/O.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from microcred.documents import Readable
from microcred.limits import DEFAULT_LIMITS, Limits
from microcred.models import AnyCredential
from microcred.protocols import AsyncFetcher, DIDMethod, Fetcher, StatusMethod
from microcred.verify._front import Front, aware
from microcred.verify.asking import adrive, drive
from microcred.verify.bundle import VerificationBundle
from microcred.verify.checks import Recipient
from microcred.verify.presentations import VerifiedPresentation
from microcred.verify.proofs import Required
from microcred.verify.related_resources import Documents
from microcred.verify.report import PresentationReport, VerificationReport
from microcred.verify.trust import TrustedIssuers

__all__ = ["AsyncVerifier", "Verifier"]


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
        refresh: bool = True,
        fetcher: Fetcher | None = None,
        clock_skew: timedelta = timedelta(seconds=60),
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        """Take what every verification needs.

        Args:
            trusted_issuers: Whose credentials to accept: a set of issuer ids; a mapping from issuer ids to the keys
                that are known to be theirs; a registry that vouches for issuers, such as ``RegistryFile`` or
                ``OpenIDFederation``; or ``ANY_ISSUER``. Or a list of these, the registries in the order in which they
                are asked. Where no keys are given, the issuer's DID or host must list the key.
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
            refresh: Whether ``verify`` and ``verify_with_report`` return the newest version of a credential, where its
                ``refreshService`` offers one. Its issuer then learns that somebody looks at it.
            fetcher: Does the I/O that plug-ins ask for; without it there is none.
            clock_skew: By how much clocks may differ.
            limits: Bounds on what a hostile document can cost.

        Raises:
            TypeError: ``trusted_issuers`` is a single text, or has something that is none of these.
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
            refresh=refresh,
            clock_skew=clock_skew,
            limits=limits,
        )
        self._fetcher = fetcher

    def check(
        self,
        credential: Readable,
        *,
        at: datetime | None = None,
        recipient: Recipient | None = None,
        bundle: VerificationBundle | None = None,
    ) -> VerificationReport:
        """Judge a credential as it was given; a bad one raises nothing.

        Args:
            credential: A model, a dict, JSON text or bytes, or a JWT; untrusted.
            at: The time of judgement, with a zone; now by default.
            recipient: Whom the credential should be about: the subject's id, an e-mail address, or a mapping such as
                ``{"emailAddress": "a@example.com"}``.
            bundle: What an earlier verification fetched, your own record and trusted: nothing is fetched then, and what
                the bundle does not hold, or no longer tells at that time, is indeterminate. With ``at=bundle.at``,
                the judgement is as of then.

        Returns:
            The report, which is true when the credential verified.

        Raises:
            TypeError: ``credential`` is none of those, or ``bundle`` is no bundle.
            ValueError: ``at`` has no time zone.
        """
        at = aware(at)
        asking = self._asking(self._fetcher, at, bundle)
        return drive(self._as_given(credential, at, recipient), asking, self._fetcher).report

    def check_with_bundle(
        self, credential: Readable, *, at: datetime | None = None, recipient: Recipient | None = None
    ) -> tuple[VerificationReport, VerificationBundle]:
        """Judge a credential, and return everything that was fetched for it with the report.

        With the bundle it can be judged again: ``check(credential, at=bundle.at, bundle=bundle)``; and by ``verify``,
        for which the refresh service is asked, too. The arguments are those of ``check``.
        """
        at = aware(at)
        asking = self._recording(self._fetcher, at)
        return drive(self._both(credential, at, recipient), asking, self._fetcher).report, asking.bundle()

    def verify(
        self,
        credential: Readable,
        *,
        at: datetime | None = None,
        recipient: Recipient | None = None,
        bundle: VerificationBundle | None = None,
    ) -> AnyCredential:
        """Return the credential as a model, or raise; the arguments are those of ``check``.

        Returns:
            What was verified: the newest version, where the issuer's refresh service hands out one (§9.1 step 3).

        Raises:
            VerificationError: The credential did not verify; it carries the report.
        """
        return self.verify_with_report(credential, at=at, recipient=recipient, bundle=bundle)[0]

    def verify_with_report(
        self,
        credential: Readable,
        *,
        at: datetime | None = None,
        recipient: Recipient | None = None,
        bundle: VerificationBundle | None = None,
    ) -> tuple[AnyCredential, VerificationReport]:
        """Return the credential as a model with the report, or raise; the arguments are those of ``check``.

        Returns:
            What ``verify`` returns, and the report about that; ``report.refreshed`` tells whether it is what was given.

        Raises:
            VerificationError: The credential did not verify; it carries the report.
        """
        at = aware(at)
        asking = self._asking(self._fetcher, at, bundle)
        return self._verified(drive(self._newest(credential, at, recipient), asking, self._fetcher))

    def check_presentation(
        self,
        presentation: Readable,
        *,
        challenge: str | None,
        domain: str | None,
        holder_is_subject: bool = False,
        at: datetime | None = None,
        bundle: VerificationBundle | None = None,
    ) -> PresentationReport:
        """Judge a presentation and each credential in it; a bad one raises nothing.

        Args:
            presentation: A model, a dict, JSON text or bytes, or a JWT; untrusted.
            challenge: What you asked the holder to answer, fresh for each occasion; None, said in plain sight, accepts
                copies of what was shown before.
            domain: Who you are, as you told the holder; None, said in plain sight, accepts what was made for others.
            holder_is_subject: Whether each credential must be about the holder, and nobody else (by the subjects' ids).
            at: The time of judgement, with a zone; now by default.
            bundle: What an earlier verification fetched, as for ``check``.

        Returns:
            The report, which is true when the presentation and all credentials in it verified. A presentation without
            credentials can verify too.

        Raises:
            TypeError: ``presentation`` is none of those, or ``challenge`` or ``domain`` is no text.
            ValueError: ``at`` has no time zone, or ``challenge`` or ``domain`` is empty.
        """
        at = aware(at)
        steps = self._presentation(presentation, at, challenge, domain, bound=holder_is_subject)
        return drive(steps, self._asking(self._fetcher, at, bundle), self._fetcher).report

    def check_presentation_with_bundle(
        self,
        presentation: Readable,
        *,
        challenge: str | None,
        domain: str | None,
        holder_is_subject: bool = False,
        at: datetime | None = None,
    ) -> tuple[PresentationReport, VerificationBundle]:
        """Judge a presentation, and return everything that was fetched for it with the report.

        With the bundle it can be judged again. The arguments are those of ``check_presentation``.
        """
        at = aware(at)
        steps = self._presentation(presentation, at, challenge, domain, bound=holder_is_subject)
        asking = self._recording(self._fetcher, at)
        return drive(steps, asking, self._fetcher).report, asking.bundle()

    def verify_presentation(
        self,
        presentation: Readable,
        *,
        challenge: str | None,
        domain: str | None,
        holder_is_subject: bool = False,
        at: datetime | None = None,
        bundle: VerificationBundle | None = None,
    ) -> VerifiedPresentation:
        """Return what a holder shows, or raise; the arguments are those of ``check_presentation``.

        Raises:
            VerificationError: The presentation or a credential in it did not verify; it carries the report.
        """
        at = aware(at)
        steps = self._presentation(presentation, at, challenge, domain, bound=holder_is_subject)
        return self._shown(drive(steps, self._asking(self._fetcher, at, bundle), self._fetcher))


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
        refresh: bool = True,
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
            refresh=refresh,
            clock_skew=clock_skew,
            limits=limits,
        )
        self._fetcher = fetcher

    async def check(
        self,
        credential: Readable,
        *,
        at: datetime | None = None,
        recipient: Recipient | None = None,
        bundle: VerificationBundle | None = None,
    ) -> VerificationReport:
        """Judge a credential; a bad one raises nothing. See ``Verifier.check``."""
        at = aware(at)
        asking = self._asking(self._fetcher, at, bundle)
        return (await adrive(self._as_given(credential, at, recipient), asking, self._fetcher)).report

    async def check_with_bundle(
        self, credential: Readable, *, at: datetime | None = None, recipient: Recipient | None = None
    ) -> tuple[VerificationReport, VerificationBundle]:
        """Judge a credential, and return everything that was fetched for it. See ``Verifier.check_with_bundle``."""
        at = aware(at)
        asking = self._recording(self._fetcher, at)
        judgement = await adrive(self._both(credential, at, recipient), asking, self._fetcher)
        return judgement.report, asking.bundle()

    async def verify(
        self,
        credential: Readable,
        *,
        at: datetime | None = None,
        recipient: Recipient | None = None,
        bundle: VerificationBundle | None = None,
    ) -> AnyCredential:
        """Return the credential as a model, or raise. See ``Verifier.verify``."""
        return (await self.verify_with_report(credential, at=at, recipient=recipient, bundle=bundle))[0]

    async def verify_with_report(
        self,
        credential: Readable,
        *,
        at: datetime | None = None,
        recipient: Recipient | None = None,
        bundle: VerificationBundle | None = None,
    ) -> tuple[AnyCredential, VerificationReport]:
        """Return the credential as a model with the report, or raise. See ``Verifier.verify_with_report``."""
        at = aware(at)
        asking = self._asking(self._fetcher, at, bundle)
        return self._verified(await adrive(self._newest(credential, at, recipient), asking, self._fetcher))

    async def check_presentation(
        self,
        presentation: Readable,
        *,
        challenge: str | None,
        domain: str | None,
        holder_is_subject: bool = False,
        at: datetime | None = None,
        bundle: VerificationBundle | None = None,
    ) -> PresentationReport:
        """Judge a presentation and each credential in it. See ``Verifier.check_presentation``."""
        at = aware(at)
        steps = self._presentation(presentation, at, challenge, domain, bound=holder_is_subject)
        return (await adrive(steps, self._asking(self._fetcher, at, bundle), self._fetcher)).report

    async def check_presentation_with_bundle(
        self,
        presentation: Readable,
        *,
        challenge: str | None,
        domain: str | None,
        holder_is_subject: bool = False,
        at: datetime | None = None,
    ) -> tuple[PresentationReport, VerificationBundle]:
        """Judge a presentation, and return what was fetched. See ``Verifier.check_presentation_with_bundle``."""
        at = aware(at)
        steps = self._presentation(presentation, at, challenge, domain, bound=holder_is_subject)
        asking = self._recording(self._fetcher, at)
        return (await adrive(steps, asking, self._fetcher)).report, asking.bundle()

    async def verify_presentation(
        self,
        presentation: Readable,
        *,
        challenge: str | None,
        domain: str | None,
        holder_is_subject: bool = False,
        at: datetime | None = None,
        bundle: VerificationBundle | None = None,
    ) -> VerifiedPresentation:
        """Return what a holder shows, or raise. See ``Verifier.verify_presentation``."""
        at = aware(at)
        steps = self._presentation(presentation, at, challenge, domain, bound=holder_is_subject)
        return self._shown(await adrive(steps, self._asking(self._fetcher, at, bundle), self._fetcher))
