"""Presentations: whether a holder shows them here and now, and what the credentials in them are worth.

Verifiable Credentials Data Model 2.0 §4.13; VC Data Integrity 1.0 §4.4 (domain, challenge); VC-JOSE-COSE §3.1.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from microcred.documents import Readable, judge
from microcred.errors import DocumentError
from microcred.json import JSONObject, JSONValue, place
from microcred.models import AnyCredential, VerifiablePresentation
from microcred.protocols import Steps
from microcred.signing.envelopes import holder_id, is_presentation
from microcred.signing.reading import Received, receive
from microcred.verify import checks
from microcred.verify.judgement import Judge, Judgement, unreadable
from microcred.verify.proofs import Asked
from microcred.verify.report import (
    PRESENTATION_CHECKS,
    Check,
    Code,
    Finding,
    PresentationReport,
)
from microcred.verify.resolver import ResolvedKey

__all__ = ["PresentationJudgement", "VerifiedPresentation", "judge_presentation"]


@dataclass(frozen=True, slots=True)
class VerifiedPresentation:
    """What a holder showed, and that it holds."""

    presentation: VerifiablePresentation
    """The presentation."""
    holder: str | None
    """Whose key signed the presentation: an id that the key is known to belong to; None when it is not known."""
    credentials: tuple[AnyCredential, ...]
    """The credentials in it, each verified."""
    report: PresentationReport
    """What was checked."""


@dataclass(frozen=True, slots=True)
class PresentationJudgement:
    """What was found, and in what."""

    report: PresentationReport
    """All that was found."""
    document: JSONObject
    """The presentation; empty when it could not be read."""
    holder: str | None
    """Whose key signed it, where that is known."""
    credentials: tuple[JSONObject, ...]
    """The credentials in it."""


def judge_presentation(
    by: Judge,
    value: Readable,
    at: datetime,
    *,
    challenge: str | None,
    domain: str | None,
    holder_is_subject: bool,
) -> Steps[PresentationJudgement]:
    """Judge a presentation, and each credential in it by itself.

    Args:
        by: Judges the credentials.
        value: A model, a dict, JSON text or bytes, or an envelope; untrusted.
        at: The time of judgement.
        challenge: What the presentation must answer; None for anything.
        domain: Whom it must be for; None for anyone.
        holder_is_subject: Whether the credentials must be about the holder.
    """
    try:
        received = receive(value, by.limits)
        credentials = _credentials(received.document, by.limits.max_credentials)
    except DocumentError as error:
        finding, rest = unreadable(error), Finding.skipped("there was nothing to read")
        found = {name: finding if name in ("data_model", "proof") else rest for name in PRESENTATION_CHECKS}
        checked = tuple(Check.of(name, found[name]) for name in PRESENTATION_CHECKS)
        return PresentationJudgement(PresentationReport(checked, (), at), {}, None, ())
    document = received.document
    # Whoever is named as holder must have signed; without one, whoever signed is the holder.
    signer = (holder_id(document) or "") if "holder" in document else None
    asked = Asked(at, by.skew, signer, "authentication", domain, challenge)
    data_model = _data_model(received, by)
    proof, key = yield from by.proofs.check(received, asked)
    holder = key.controller if key is not None and key.authenticated else None
    findings = (
        data_model,
        proof,
        checks.validity_period(received, at, by.skew),
        _holder(signer, key, holder, must_be_subject=holder_is_subject),
    )
    # All credentials, and those inside them, share one bound.
    occasion = by.occasion(at, holder if holder_is_subject else None)
    judgements: list[Judgement] = []
    for credential in credentials:
        judgement = yield from by.judge(credential, occasion)
        judgements.append(judgement)
    checked = tuple(map(Check.of, PRESENTATION_CHECKS, findings))
    report = PresentationReport(checked, tuple(each.report for each in judgements), at)
    return PresentationJudgement(report, document, holder, tuple(each.document for each in judgements))


def _credentials(document: JSONObject, most: int) -> Sequence[JSONObject | str]:
    """Return the credentials of a presentation: objects, or text in the Data Model 1.1."""
    value = document.get("verifiableCredential")
    several = isinstance(value, list)
    items: Sequence[JSONValue] = value if isinstance(value, list) else [] if value is None else [value]
    if len(items) > most:
        raise DocumentError.at("/verifiableCredential", f"has more than {most} credentials", Code.TOO_COMPLEX)
    credentials: list[JSONObject | str] = []
    for index, item in enumerate(items):
        if not isinstance(item, dict | str):
            where = f"/verifiableCredential/{index}" if several else "/verifiableCredential"
            raise DocumentError.at(where, "must be a credential: an object, or the text of a JWT")
        credentials.append(item)
    return credentials


def _data_model(received: Received, by: Judge) -> Finding:
    """Hold the presentation against the rules of its class; its credentials are judged by themselves."""
    if not is_presentation(received.document):
        return Finding.failed(Code.MALFORMED_VALUE_ERROR, "the type must include “VerifiablePresentation”", "/type")
    problems = judge(received.document, by.limits)
    if not problems:
        return Finding.passed()
    first = problems[0]
    return Finding.failed(first.code, f"{place(first.pointer)} {first.message}", first.pointer)


def _holder(signer: str | None, key: ResolvedKey | None, holder: str | None, *, must_be_subject: bool) -> Finding:
    """Decide whether the one who shows the credentials is known."""
    if key is None:
        text = "who shows it cannot be told, since the proof is not known to be good"
        return Finding.indeterminate(Code.HOLDER_NOT_BOUND, text, "/holder")
    if holder is not None:
        return Finding.passed()
    if must_be_subject:
        text = "nothing shows whose key signed, so that it cannot be the key of whom the credentials are about"
        return Finding.failed(Code.HOLDER_NOT_BOUND, text, "/holder")
    if signer is None:
        return Finding.skipped("the presentation names no holder")
    text = "self-asserted: the proof is good, and nothing shows that the key is that of the holder it names"
    return Finding.passed(text, Code.HOLDER_NOT_BOUND)
