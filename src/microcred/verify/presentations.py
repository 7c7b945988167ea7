"""Presentations: whether a holder shows them here and now, and what the credentials in them are worth.

Verifiable Credentials Data Model 2.0 §4.13; VC Data Integrity 1.0 §4.4 (domain, challenge); VC-JOSE-COSE §3.1.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from microcred.documents import Readable, is_v1, judge
from microcred.errors import DocumentError, ProofError, ResolutionError
from microcred.json import JSONObject, JSONValue, many, place
from microcred.keys import PublicKey
from microcred.models import AnyCredential, VerifiablePresentation
from microcred.protocols import Steps
from microcred.signing.envelopes import holder_id, is_presentation
from microcred.signing.reading import Received, receive
from microcred.signing.sd_jwt import SDJWT, check_holder
from microcred.verify import checks
from microcred.verify.checks import Sole
from microcred.verify.judgement import Judge, Judgement, covered, unreadable
from microcred.verify.proofs import Asked
from microcred.verify.report import (
    PRESENTATION_CHECKS,
    Check,
    Code,
    Finding,
    Outcome,
    PresentationReport,
)
from microcred.verify.resolver import ResolvedKey
from microcred.verify.trust import Trust

__all__ = ["PresentationJudgement", "VerifiedPresentation", "judge_presentation"]


@dataclass(frozen=True, slots=True)
class VerifiedPresentation:
    """What a holder showed, and that it holds."""

    presentation: VerifiablePresentation | None
    """The presentation; None when an SD-JWT with key binding stood for one."""
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
    if received.sd_jwt is not None and not is_presentation(document):
        shown = _judge_key_binding(by, value, received.sd_jwt, at, challenge=challenge, domain=domain)
        holders, judgement, found_of_it = yield from shown
        if holder_is_subject and holders is not None:
            judgement = yield from _about(by, judgement, holders, at)
        checked = tuple(map(Check.of, PRESENTATION_CHECKS, found_of_it))
        report = PresentationReport(checked, (judgement.report,), at)
        return PresentationJudgement(report, {}, None if holders is None else holders.did, (judgement.document,))
    signer = _signer(received)
    asked = Asked(at, by.skew, signer, "authentication", domain, challenge)
    data_model = _data_model(received, by)
    proof, key = yield from by.proofs.check(received, asked)
    holder = _bound(signer, key, by.trust)
    findings = (
        data_model,
        proof,
        checks.validity_period(received, at, by.skew),
        _holder(signer, key, holder, must_be_subject=holder_is_subject, anyone=by.trust.anyone),
    )
    # All credentials, and those inside them, share one bound.
    occasion = by.occasion(at, Sole(holder) if holder_is_subject and holder is not None else None)
    judgements: list[Judgement] = []
    for credential in credentials:
        judgement = yield from by.judge(credential, occasion)
        judgements.append(judgement)
    checked = tuple(map(Check.of, PRESENTATION_CHECKS, findings))
    lone = isinstance(document.get("verifiableCredential"), dict | str)
    report = PresentationReport(checked, tuple(each.report for each in judgements), at, lone)
    return PresentationJudgement(report, covered(document, key), holder, tuple(each.document for each in judgements))


def _judge_key_binding(
    by: Judge, value: Readable, sd_jwt: SDJWT, at: datetime, *, challenge: str | None, domain: str | None
) -> Steps[tuple[PublicKey | None, Judgement, Sequence[Finding]]]:
    """Judge an SD-JWT that the holder bound to one occasion (RFC 9901 §7.3): a presentation of one credential.

    Returns:
        The key that the issuer names as the holder's, and that signed; the credential; what the checks of the
        presentation found.
    """
    judgement = yield from by.judge(value, by.occasion(at))
    bound = holder = Finding.passed()
    key = None
    try:
        key = check_holder(sd_jwt, challenge=challenge, domain=domain, at=at, clock_skew=by.skew)
    except ProofError as error:
        outcome = Outcome.INDETERMINATE if error.code == Code.UNSUPPORTED else Outcome.FAILED
        bound = Finding(outcome, error.code, error.reason, error.pointer)
        text = "who shows it cannot be told, since the holder's proof is not known to be good"
        holder = Finding.indeterminate(Code.HOLDER_NOT_BOUND, text)
    rest = Finding.skipped("an SD-JWT with key binding is a presentation of one credential, which has its own report")
    return key, judgement, (rest, bound, rest, holder)


def _about(by: Judge, judgement: Judgement, key: PublicKey, at: datetime) -> Steps[Judgement]:
    """Hold the subjects of a credential against the key of its holder, who need not be whom it is about (RFC 7800 §3).

    A subject without an id is the holder: the issuer names nobody else.
    """
    ids = {item.get("id") for item in many(judgement.document.get("credentialSubject")) if isinstance(item, dict)}
    if ids == {None}:
        finding = Finding.passed()
    else:
        expected, resolver = key.did, by.proofs.resolver
        named = next(iter(ids)) if len(ids) == 1 else None
        # What an unproven document names is not looked up.
        proven = judgement.report["proof"].outcome is Outcome.PASSED
        if proven and isinstance(named, str) and resolver.handles(named):
            try:
                keys = yield from resolver.keys_of(named, "authentication", at)
            except ResolutionError:
                keys = ()
            expected = named if key in keys else expected
        finding = checks.recipient(judgement.document, Sole(expected))
    checked = tuple(
        Check.of("recipient", finding) if each.name == "recipient" else each for each in judgement.report.checks
    )
    return replace(judgement, report=replace(judgement.report, checks=checked))


def _credentials(document: JSONObject, most: int) -> Sequence[JSONObject | str]:
    """Return the credentials of a presentation: objects, or in the Data Model 1.1 also JWTs as text."""
    value = document.get("verifiableCredential")
    several = isinstance(value, list)
    items: Sequence[JSONValue] = value if isinstance(value, list) else [] if value is None else [value]
    if len(items) > most:
        raise DocumentError.at("/verifiableCredential", f"has more than {most} credentials", Code.TOO_COMPLEX)
    credentials: list[JSONObject | str] = []
    for index, item in enumerate(items):
        if not (isinstance(item, dict) or (isinstance(item, str) and is_v1(document) and item.startswith("ey"))):
            where = f"/verifiableCredential/{index}" if several else "/verifiableCredential"
            raise DocumentError.at(where, "must be an object; a JWT stands in an EnvelopedVerifiableCredential (§4.13)")
        credentials.append(item)
    return credentials


def _data_model(received: Received, by: Judge) -> Finding:
    """Hold the presentation against the rules of its class; its credentials are judged by themselves."""
    types = received.document.get("type")
    if not is_presentation(received.document):
        return Finding.failed(Code.MALFORMED_VALUE_ERROR, "the type must include “VerifiablePresentation”", "/type")
    if isinstance(types, list) and "VerifiableCredential" in types:
        # It would be read as a credential from then on.
        text = "the type must not include “VerifiableCredential” beside “VerifiablePresentation”"
        return Finding.failed(Code.MALFORMED_VALUE_ERROR, text, "/type")
    problems = judge(received.document, by.limits)
    if not problems:
        return Finding.passed()
    first = problems[0]
    return Finding.failed(first.code, f"{place(first.pointer)} {first.message}", first.pointer)


def _signer(received: Received) -> str | None:
    """Return whose key must have signed: the holder whom the document or the claim ``iss`` names; None for anyone's."""
    if "holder" in received.document:
        return holder_id(received.document) or ""
    if received.envelope is None or "iss" not in received.envelope.claims:
        return None
    issuer = received.envelope.claims["iss"]
    return issuer if isinstance(issuer, str) else ""


def _bound(signer: str | None, key: ResolvedKey | None, trust: Trust) -> str | None:
    """Return the id of the holder, where the key that signed is known to be theirs."""
    if key is None:
        return None
    if key.key in trust.keys(signer):
        return signer
    return key.controller if key.authenticated else None


def _holder(
    signer: str | None, key: ResolvedKey | None, holder: str | None, *, must_be_subject: bool, anyone: bool
) -> Finding:
    """Decide whether the one who shows the credentials is known.

    Args:
        signer: Who is named as the holder.
        key: The key under which the proof is good.
        holder: Whose key that is known to be.
        must_be_subject: Whether the holder must be known.
        anyone: Whether the caller opted out of knowing who is who.
    """
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
    if anyone:
        text = "self-asserted: the proof is good, and nothing shows that the key is that of the holder it names"
        return Finding.passed(text, Code.HOLDER_NOT_BOUND)
    # Whoever holds a key can write any holder, as with issuers.
    text = "nothing shows that the key is that of the holder whom it names; ask for a key that the holder's DID lists"
    return Finding.failed(Code.HOLDER_NOT_BOUND, text, "/holder")
