"""What both verifiers share: their arguments, and how a judgement begins and ends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import cast

from microcred.documents import Readable, parse
from microcred.errors import VerificationError
from microcred.jsonld import check_contexts
from microcred.limits import Limits
from microcred.models import AnyCredential, VerifiablePresentation
from microcred.protocols import DIDMethod, StatusMethod, Steps
from microcred.verify.asking import Asking
from microcred.verify.bundle import VerificationBundle
from microcred.verify.checks import Recipient
from microcred.verify.judgement import Judge, Judgement
from microcred.verify.presentations import PresentationJudgement, VerifiedPresentation, judge_presentation
from microcred.verify.proofs import ProofChecker, Required
from microcred.verify.related_resources import Documents, read_documents
from microcred.verify.report import VerificationReport
from microcred.verify.resolver import Resolver
from microcred.verify.schemas import SchemaChecker
from microcred.verify.status_methods import BitstringStatus, RevocationList1EdTech
from microcred.verify.trust import Trust, TrustedIssuers

__all__ = ["Front", "aware"]


class Front:
    """Take the arguments of a verifier, begin its judgements, and end them."""

    def __init__(
        self,
        *,
        trusted_issuers: TrustedIssuers,
        did_methods: Iterable[DIDMethod],
        status_methods: Iterable[StatusMethod],
        schemas: Documents | None,
        contexts: Documents | None,
        inline_contexts: bool,
        require: Required,
        refresh: bool,
        clock_skew: timedelta,
        limits: Limits,
    ) -> None:
        given = read_documents(contexts or {}, limits, "contexts")
        context_documents = {url: each.document for url, each in given.items()}
        check_contexts(context_documents)
        if require not in ("any", "all"):
            raise ValueError('require must be "any" or "all"')
        trust = Trust(trusted_issuers)
        proofs = ProofChecker(
            Resolver(did_methods, limits),
            trust,
            context_documents,
            inline_contexts=inline_contexts,
            limits=limits,
            require=require,
        )
        checker = SchemaChecker(read_documents(schemas or {}, limits, "schemas"), limits)
        contents = {url: each.content for url, each in given.items()}
        judge = Judge(proofs, trust, {}, checker, contents, clock_skew, limits)
        self._judge = replace(judge, status_methods=_by_type(status_methods, judge))
        self._refresh = refresh
        self._limits = limits

    def _asking(self, fetcher: object, at: datetime, bundle: VerificationBundle | None) -> Asking:
        if bundle is not None and not isinstance(bundle, VerificationBundle):
            raise TypeError("bundle is a VerificationBundle; read a file with VerificationBundle.from_json")
        return Asking(self._limits, fetcher, at, bundle=bundle)

    def _recording(self, fetcher: object, at: datetime) -> Asking:
        return Asking(self._limits, fetcher, at, recording=True)

    def _as_given(self, value: Readable, at: datetime, recipient: Recipient | None) -> Steps[Judgement]:
        return self._judge.judge(value, self._judge.occasion(at, recipient))

    def _newest(self, value: Readable, at: datetime, recipient: Recipient | None) -> Steps[Judgement]:
        return self._judge.judge(value, self._judge.occasion(at, recipient, refresh=self._refresh))

    def _both(self, value: Readable, at: datetime, recipient: Recipient | None) -> Steps[Judgement]:
        """Judge as given, and fetch what the newest version needs: a bundle is for ``check`` and for ``verify``."""
        judgement = yield from self._as_given(value, at, recipient)
        if self._refresh and "refreshService" in judgement.document:
            yield from self._newest(value, at, recipient)
        return judgement

    def _presentation(
        self, value: Readable, at: datetime, challenge: str | None, domain: str | None, *, bound: bool
    ) -> Steps[PresentationJudgement]:
        for name, asked in (("challenge", challenge), ("domain", domain)):
            if asked is not None and not isinstance(asked, str):
                raise TypeError(f"{name} is text, or None")
            if asked == "":
                # A variable that was never set must not accept what everybody can answer.
                raise ValueError(f"{name} is empty; say None if you asked for none")
        return judge_presentation(self._judge, value, at, challenge=challenge, domain=domain, holder_is_subject=bound)

    def _verified(self, judgement: Judgement) -> tuple[AnyCredential, VerificationReport]:
        if not judgement.report.verified:
            raise VerificationError(judgement.report)
        return cast(AnyCredential, parse(judgement.document, limits=self._limits)), judgement.report

    def _shown(self, judgement: PresentationJudgement) -> VerifiedPresentation:
        if not judgement.report.verified:
            raise VerificationError(judgement.report)
        presentation = None
        if judgement.document:
            presentation = cast(VerifiablePresentation, parse(judgement.document, limits=self._limits))
        credentials = tuple(parse(each, limits=self._limits) for each in judgement.credentials)
        return VerifiedPresentation(
            presentation, judgement.holder, cast(tuple[AnyCredential, ...], credentials), judgement.report
        )


def _by_type(methods: Iterable[StatusMethod], judge: Judge) -> Mapping[str, StatusMethod]:
    """Return the status methods by the types that they judge; those of the caller come before the built-in ones."""
    found: dict[str, StatusMethod] = {}
    every: list[StatusMethod] = [BitstringStatus(), RevocationList1EdTech(), *methods]
    for method in every:
        own = method.bound(judge) if isinstance(method, BitstringStatus | RevocationList1EdTech) else method
        found |= dict.fromkeys(method.types, own)
    return found


def aware(at: datetime | None) -> datetime:
    """Return the time of judgement: now, unless the caller says another.

    Raises:
        ValueError: It has no time zone, or is before the year 1 or after the year 9999 in UTC.
    """
    if at is None:
        return datetime.now(UTC)
    if at.utcoffset() is None:
        raise ValueError("at needs a time zone, such as datetime.now(timezone.utc)")
    try:
        at.astimezone(UTC)
    except OverflowError:
        raise ValueError("at is in no year from 1 to 9999, in UTC") from None
    return at
