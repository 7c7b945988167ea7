"""Credentials that hold status lists: fetched, judged like any other, and remembered by what they were judged from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from microcred.documents import issuer_id
from microcred.errors import FetchError, StatusListError
from microcred.json import JSONObject, JSONValue, many
from microcred.limits import Limits
from microcred.protocols import Fetch, FetchResult, Steps
from microcred.status import decode_bits
from microcred.verify.checks import date_time
from microcred.verify.judgement import Judge, Judgement
from microcred.verify.memory import REMEMBERED, Memory, traced
from microcred.verify.report import Code, Outcome, VerificationReport

__all__ = ["ListCredential", "ListReader", "fetched", "require_known_at"]

T = TypeVar("T")

_ACCEPT = (
    "application/vc, application/vc+jwt, application/vc+sd-jwt, application/vc+cose, "
    "application/ld+json, application/json"
)
_MAX_MILLISECONDS = 10**12  # some thirty years


@dataclass(frozen=True, slots=True)
class ListCredential:
    """A credential that holds a list, and that verified."""

    document: JSONObject
    """The credential."""
    issuer: str | None
    """Its issuer, whose key signed it."""
    subject: JSONObject
    """The list, as the credential has it."""
    bits: bytes
    """The bitstring of the list."""
    ttl: timedelta | None
    """How old a copy may become, as far as the issuer says (§2.2)."""
    dated: bool
    """Whether it says since when it holds."""


class ListReader:
    """Fetch list credentials and judge them; the same bytes are judged and decoded once a minute at most.

    The fetcher is asked each time. It may answer from a copy of its own, as old as HTTP allows; what counts is ``ttl``.
    """

    def __init__(self, judge: Judge) -> None:
        """Take the judge of a verifier."""
        self._judge = judge.for_lists()
        self._memory = Memory[ListCredential]()

    def read(self, url: str, at: datetime) -> Steps[ListCredential]:
        """Return the list behind a URL (Bitstring Status List 1.0 §3.2 steps 4 and 8).

        Args:
            url: Untrusted.
            at: The time of judgement.

        Raises:
            StatusListError: STATUS_RETRIEVAL_ERROR, STATUS_VERIFICATION_ERROR, UNSUPPORTED; or the bits cannot be read.
        """
        # A proof vouches for the list, so that it is for the fetcher to decide about http.
        if not url.startswith(("https://", "http://")):
            raise StatusListError("status lists are looked up behind web addresses only", Code.UNSUPPORTED)
        answer = yield from fetched(Fetch(url, _ACCEPT))
        age = None if answer.fetched_at is None else at - answer.fetched_at
        ended: StatusListError | None = None
        try:
            found = yield from self._opened(answer, at)
            if age is None or found.ttl is None or age < found.ttl:
                return found
            most = found.ttl
        except StatusListError as error:
            # There may be a good one by now, while HTTP still allows a copy that has come to its end.
            if age is None or age < REMEMBERED:
                raise
            most, ended = REMEMBERED, error
        # Once: that a server has nothing newer is no reason for doubt; the dates in the list say how long it is good.
        try:
            answer = yield from fetched(Fetch(url, _ACCEPT, most))
        except StatusListError as error:
            raise ended or error from None
        return (yield from self._opened(answer, at))

    def _opened(self, answer: FetchResult, at: datetime) -> Steps[ListCredential]:
        content, limits = answer.content, self._judge.limits
        found = yield from self._memory.recall(content, at)
        if found is None:
            judgement, trail = yield from traced(self._judge.judge(content, self._judge.occasion(at)))
            _require_verified(judgement)
            found = _opened(judgement, limits)
            weight = 2 * len(content) + len(found.bits)
            until = min(_ends(judgement, at), default=None)
            self._memory.put(content, found, weight=weight, judged_at=at, until=until, trail=trail)
        if not found.dated:
            require_known_at(at, answer, limits)
        return found


def fetched(request: Fetch) -> Steps[FetchResult]:
    """Fetch a list.

    Raises:
        StatusListError: STATUS_RETRIEVAL_ERROR.
    """
    try:
        return (yield request)
    except FetchError as error:
        text = "the status list could not be fetched, so that nobody knows whether the credential still stands"
        raise StatusListError(f"{text}: {error.reason}", Code.STATUS_RETRIEVAL_ERROR) from None


def require_known_at(at: datetime, answer: FetchResult, limits: Limits) -> None:
    """Require that a list without dates was fetched before the time of judgement, of which it says nothing otherwise.

    What is fetched counts for as long as a cache may serve it; clocks and slow servers have that time, too.

    Raises:
        StatusListError: STATUS_VERIFICATION_ERROR.
    """
    if answer.fetched_at is not None and answer.fetched_at - at > timedelta(seconds=limits.max_cache_seconds):
        text = "the status list does not say since when it holds, and it was fetched after the time of judgement"
        raise StatusListError(text, Code.STATUS_VERIFICATION_ERROR)


def _require_verified(judgement: Judgement) -> None:
    report = judgement.report
    if not judgement.document:
        text = "what is behind the URL of the status list is no credential that can be read here"
        raise StatusListError(text, Code.STATUS_RETRIEVAL_ERROR)
    if not report.verified:
        # What is known to be bad comes first, and of that what comes first in the report.
        worst = min(report.problems, key=lambda check: check.outcome is not Outcome.FAILED)
        own_status = worst.name == "credential_status"
        detail = "it has a status of its own, which is not looked up" if own_status else worst.detail
        raise StatusListError(f"the status list does not verify: {detail}", _code(report))
    # A key that anybody could have written into the list says nothing about the one who is named as its issuer.
    if report["issuer"].code is not None:
        text = "nothing shows that the key that signed the status list is its issuer's; pin the key of that issuer"
        raise StatusListError(text, Code.STATUS_VERIFICATION_ERROR)


def _code(report: VerificationReport) -> Code:
    if report["proof"].code == Code.RESOLUTION_ERROR:
        return Code.STATUS_RETRIEVAL_ERROR
    if not report.refused and report.problems[0].code == Code.UNSUPPORTED:
        return Code.UNSUPPORTED
    return Code.STATUS_VERIFICATION_ERROR


def _opened(judgement: Judgement, limits: Limits) -> ListCredential:
    document = judgement.document
    subjects = many(document.get("credentialSubject"))
    subject = subjects[0] if len(subjects) == 1 else None
    encoded = subject.get("encodedList") if isinstance(subject, dict) else None
    if not isinstance(subject, dict) or not isinstance(encoded, str):
        raise StatusListError("the credential that should hold the status list does not have one encoded list")
    bits = decode_bits(encoded, bare="StatusList2021" in many(subject.get("type")), limits=limits)
    # What verified has readable dates.
    dated = any(document.get(name) is not None for name in ("validFrom", "issuanceDate"))
    dated |= judgement.envelope is not None and judgement.envelope.not_before is not None
    return ListCredential(document, issuer_id(document), subject, bits, _ttl(subject.get("ttl")), dated)


def _ttl(value: JSONValue) -> timedelta | None:
    """Read a ``ttl``, which is in milliseconds; the data model of the list is judged elsewhere."""
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return timedelta(milliseconds=min(max(value, 0), _MAX_MILLISECONDS))


def _ends(judgement: Judgement, at: datetime) -> Iterator[datetime]:
    """Return when dates in a list credential that is good now can make it bad."""
    document = judgement.document
    proofs = [proof.get("expires") for proof in many(document.get("proof")) if isinstance(proof, dict)]
    for value in (document.get("validUntil"), document.get("expirationDate"), *proofs):
        if value is not None:
            moment = date_time(value)
            # A proof that nobody relies on may say anything.
            yield at if moment is None else moment
    if judgement.envelope is not None and judgement.envelope.expires is not None:
        yield judgement.envelope.expires
