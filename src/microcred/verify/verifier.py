"""The verifier: the numbered steps of Open Badges 3.0 §9.1, nothing else.

``Verifier`` and ``AsyncVerifier`` drive the same judgement, which is a generator and does no I/O.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TypeVar, cast

from microcred.documents import Readable, parse, to_document
from microcred.errors import DocumentError, FetchError, VerificationError
from microcred.json import JSONObject
from microcred.jsonld import check_contexts
from microcred.limits import DEFAULT_LIMITS, Limits
from microcred.models import AnyCredential
from microcred.protocols import AsyncFetcher, DIDMethod, Fetch, Fetcher, FetchResult, StatusMethod, Steps
from microcred.signing.jose import decode_jwt, looks_like_jwt
from microcred.verify import checks
from microcred.verify.checks import Received, Recipient
from microcred.verify.proofs import ProofChecker, Required
from microcred.verify.report import CHECKS, Check, CheckName, Code, Finding, Outcome, VerificationReport
from microcred.verify.resolver import Resolver
from microcred.verify.trust import Trust, TrustedIssuers

__all__ = ["AsyncVerifier", "Verifier"]

T = TypeVar("T")
_Judgement = tuple[VerificationReport, JSONObject]
_IMAGES = (b"\x89PNG", b"<")


class _Judge:
    """What both verifiers share: the arguments, and the judgement."""

    def __init__(
        self,
        *,
        trusted_issuers: TrustedIssuers,
        did_methods: Iterable[DIDMethod] = (),
        status_methods: Iterable[StatusMethod] = (),
        contexts: Mapping[str, JSONObject] | None = None,
        inline_contexts: bool = False,
        require: Required = "any",
        clock_skew: timedelta = timedelta(seconds=60),
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        check_contexts(contexts or {})
        if require not in ("any", "all"):
            raise ValueError('require must be "any" or "all"')
        self._trust = Trust(trusted_issuers)
        self._status_methods = {name: method for method in status_methods for name in method.types}
        self._proofs = ProofChecker(
            Resolver(did_methods),
            self._trust,
            dict(contexts or {}),
            inline_contexts=inline_contexts,
            limits=limits,
            require=require,
        )
        self._skew = clock_skew
        self._limits = limits

    def _judge(self, value: Readable, at: datetime | None, recipient: Recipient | None) -> Steps[_Judgement]:
        at = _aware(at)
        try:
            received = _receive(value, self._limits)
        except DocumentError as error:
            return _unreadable(error, at), {}
        document = received.document
        found: dict[CheckName, Finding] = {}
        # Step 1: conformance. What the document names is fetched only after its proof is good.
        found["data_model"] = checks.data_model(received, self._limits)
        found["credential_schema"] = checks.credential_schema(document)
        # Step 2: the proof.
        found["proof"], key = yield from self._proofs.check(received, at, self._skew)
        if found["proof"].outcome is Outcome.PASSED and checks.nested_credentials(document):
            found["proof"] = Finding.indeterminate(
                Code.UNSUPPORTED, "the proofs of the credentials inside it are not checked by this version"
            )
        # Step 4: dates and status.
        found["validity_period"] = checks.validity_period(received, at, self._skew)
        found["credential_status"] = yield from checks.credential_status(
            document, self._status_methods, at, proven=found["proof"].outcome is Outcome.PASSED
        )
        # Step 5: the recipient.
        found["recipient"] = checks.recipient(document, recipient)
        # Step 6: endorsements.
        found["endorsement"] = checks.endorsement(received)
        # §8.5 and the implementation guide, "Key provenance": the key must be the issuer's.
        found["issuer"] = checks.issuer(document, key, self._trust)
        return VerificationReport(tuple(Check.of(name, found[name]) for name in CHECKS), at), document

    def _credential(self, judgement: _Judgement) -> tuple[AnyCredential, VerificationReport]:
        report, document = judgement
        if not report.verified:
            raise VerificationError(report)
        return cast(AnyCredential, parse(document, limits=self._limits)), report


class Verifier(_Judge):
    """Answer whether a credential may be relied on."""

    def __init__(
        self,
        *,
        trusted_issuers: TrustedIssuers,
        did_methods: Iterable[DIDMethod] = (),
        status_methods: Iterable[StatusMethod] = (),
        contexts: Mapping[str, JSONObject] | None = None,
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
            did_methods: DID methods beside did:key and did:jwk.
            status_methods: Methods for kinds of ``credentialStatus``.
            contexts: Further JSON-LD context documents by URL, beside the pinned ones; trusted.
            inline_contexts: Accept embedded proofs of credentials that hold contexts as objects, through which whoever
                holds the credential can swap names: a proof over RDF covers what names mean, not the names.
            require: How many of several embedded proofs must hold: ``any``, one of the issuer's; or ``all``, that one
                and every other, whosever it is. A proof that builds on others holds only if they do.
            fetcher: Does the I/O that plug-ins ask for; without it there is none.
            clock_skew: By how much clocks may differ.
            limits: Bounds on what a hostile document can cost.

        Raises:
            TypeError: ``trusted_issuers`` is a single text, or has keys that are no ``PublicKey``.
            ValueError: ``contexts`` has another document for a pinned URL, or ``require`` is something else.
        """
        super().__init__(
            trusted_issuers=trusted_issuers,
            did_methods=did_methods,
            status_methods=status_methods,
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
        return self._drive(self._judge(credential, at, recipient))[0]

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
        return self._credential(self._drive(self._judge(credential, at, recipient)))

    def _drive(self, steps: Steps[T]) -> T:
        budget = _Budget(self._limits)
        try:
            request = next(steps)
            while True:
                try:
                    budget.take(request)
                    if self._fetcher is None:
                        raise FetchError(request.url, "this verifier has no fetcher, and so no network")
                    result = self._fetcher.fetch(request)
                except FetchError as error:
                    request = steps.throw(error)
                else:
                    request = steps.send(result)
        except StopIteration as stop:
            return cast(T, stop.value)


class AsyncVerifier(_Judge):
    """Answer whether a credential may be relied on, in asynchronous code."""

    def __init__(
        self,
        *,
        trusted_issuers: TrustedIssuers,
        did_methods: Iterable[DIDMethod] = (),
        status_methods: Iterable[StatusMethod] = (),
        contexts: Mapping[str, JSONObject] | None = None,
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
        return (await self._drive(self._judge(credential, at, recipient)))[0]

    async def verify(
        self, credential: Readable, *, at: datetime | None = None, recipient: Recipient | None = None
    ) -> AnyCredential:
        """Return the credential as a model, or raise. See ``Verifier.verify``."""
        return (await self.verify_with_report(credential, at=at, recipient=recipient))[0]

    async def verify_with_report(
        self, credential: Readable, *, at: datetime | None = None, recipient: Recipient | None = None
    ) -> tuple[AnyCredential, VerificationReport]:
        """Return the credential as a model with the report, or raise. See ``Verifier.verify_with_report``."""
        return self._credential(await self._drive(self._judge(credential, at, recipient)))

    async def _drive(self, steps: Steps[T]) -> T:
        budget = _Budget(self._limits)
        try:
            request = next(steps)
            while True:
                try:
                    budget.take(request)
                    result = await self._fetch(request)
                except FetchError as error:
                    request = steps.throw(error)
                else:
                    request = steps.send(result)
        except StopIteration as stop:
            return cast(T, stop.value)

    async def _fetch(self, request: Fetch) -> FetchResult:
        if self._fetcher is None:
            raise FetchError(request.url, "this verifier has no fetcher, and so no network")
        return await self._fetcher.afetch(request)


class _Budget:
    """How many requests one verification may still make."""

    def __init__(self, limits: Limits) -> None:
        self._left = limits.max_fetches

    def take(self, request: Fetch) -> None:
        self._left -= 1
        if self._left < 0:
            raise FetchError(request.url, "the verification asked for too many documents")


def _aware(at: datetime | None) -> datetime:
    if at is None:
        return datetime.now(UTC)
    if at.utcoffset() is None:
        raise ValueError("at needs a time zone, such as datetime.now(timezone.utc)")
    return at


def _receive(value: Readable, limits: Limits) -> Received:
    """Find out what came in."""
    if isinstance(value, bytes) and value.lstrip()[:4].startswith(_IMAGES):
        raise DocumentError.at("", "this is an image; take the credential out of it first", Code.UNSUPPORTED)
    if isinstance(value, str | bytes):
        text = value if isinstance(value, str) else value[: limits.max_document_bytes + 1].decode("ascii", "replace")
        if looks_like_jwt(text.strip()):
            envelope = decode_jwt(value, limits)
            return Received(envelope.document, envelope)
    return Received(to_document(value, limits))


def _unreadable(error: DocumentError, at: datetime) -> VerificationReport:
    problem = error.problems[0]
    outcome = Outcome.INDETERMINATE if problem.code == Code.UNSUPPORTED else Outcome.FAILED
    finding = Finding(outcome, problem.code, problem.message, problem.pointer)
    rest = Finding.skipped("there was nothing to read")
    return VerificationReport(
        tuple(Check.of(name, finding if name in ("data_model", "proof") else rest) for name in CHECKS), at
    )
