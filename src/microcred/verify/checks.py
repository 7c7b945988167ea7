"""One function for each check of the report. They judge documents, not models, and never do I/O themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeAlias

from microcred.documents import issuer_id, judge
from microcred.errors import MicrocredError
from microcred.json import JSONObject, JSONValue, many, place
from microcred.limits import Limits
from microcred.models import DateTime, identity_hash, is_absolute_iri
from microcred.protocols import StatusMethod, Steps
from microcred.signing.envelopes import Envelope
from microcred.signing.reading import Received
from microcred.verify.report import Code, Finding, Outcome
from microcred.verify.resolver import ResolvedKey
from microcred.verify.trust import Heard, Trust

__all__ = [
    "Recipient",
    "Sole",
    "claimed_status",
    "credential_status",
    "data_model",
    "date_time",
    "issuer",
    "recipient",
    "validity_period",
]

_UNSUPPORTED_TYPES = frozenset(
    ["VerifiablePresentation", "EnvelopedVerifiableCredential", "EnvelopedVerifiablePresentation"]
)
Recipient: TypeAlias = str | Mapping[str, str]
"""Whom the credential should be about: the subject's id (a DID or URL), an e-mail address, or a mapping from identifier
types to plain values, such as ``{"emailAddress": "a@example.com"}``, of which one must match."""


@dataclass(frozen=True, slots=True)
class Sole:
    """Whom alone the credential should be about: a holder who shows it as their own."""

    id: str
    """The id that each subject must have."""


def data_model(received: Received, limits: Limits) -> Finding:
    """Hold the document against the strict rules of its class."""
    types = many(received.document.get("type"))
    if not _UNSUPPORTED_TYPES.isdisjoint(name for name in types if isinstance(name, str)):
        return Finding.indeterminate(
            Code.UNSUPPORTED, "this is a presentation; check it with check_presentation", "/type"
        )
    if "VerifiableCredential" not in types:
        return Finding.failed(Code.MALFORMED_VALUE_ERROR, "the type must include “VerifiableCredential”", "/type")
    problems = judge(received.document, limits)
    if not problems:
        return Finding.passed()
    more = f" (and {len(problems) - 1} more problems)" if len(problems) > 1 else ""
    first = problems[0]
    return Finding.failed(first.code, f"{place(first.pointer)} {first.message}{more}", first.pointer)


def validity_period(received: Received, at: datetime, skew: timedelta) -> Finding:
    """Hold the time of judgement against the dates of the credential and of the JWT around it (§9.1 step 4)."""
    starts: list[tuple[datetime, str | None]] = []
    ends: list[tuple[datetime, str | None]] = []
    dates = (("validFrom", starts), ("issuanceDate", starts), ("validUntil", ends), ("expirationDate", ends))
    for name, moments in dates:
        if received.document.get(name) is None:
            continue
        moment = date_time(received.document[name])
        if moment is None:
            return Finding.failed(
                Code.MALFORMED_VALUE_ERROR,
                "must be a date and time with a zone, such as 2026-05-01T09:30:00Z",
                f"/{name}",
            )
        moments.append((moment, f"/{name}"))
    if received.envelope is not None:
        starts += [(moment, None) for moment in [received.envelope.not_before] if moment is not None]
        ends += [(moment, None) for moment in [received.envelope.expires] if moment is not None]
    for moment, pointer in starts:
        if moment - at > skew:
            return Finding.failed(
                Code.NOT_YET_VALID, "it is not valid yet; wait until it is, and look at the clock", pointer
            )
    for moment, pointer in ends:
        if at - moment > skew:
            return Finding.failed(Code.EXPIRED, "it is not valid any more; ask for a new one", pointer)
    return Finding.passed() if starts or ends else Finding.skipped("it has no dates")


def credential_status(
    document: JSONObject, methods: Mapping[str, StatusMethod], at: datetime, *, known: bool
) -> Steps[Finding]:
    """Look up whether the credential still stands; every entry counts (§9.1 step 4)."""
    entries = many(document.get("credentialStatus"))
    if not entries:
        return Finding.skipped("the credential has no status")
    worst = Finding.passed()
    if _over_rdf(document) and _exchangeable(entries):
        text = "two entries have one id, so that their members could be exchanged without breaking the proof"
        worst = Finding.indeterminate(Code.MALFORMED_VALUE_ERROR, text, "/credentialStatus")
    for index, entry in enumerate(entries):
        pointer = (
            f"/credentialStatus/{index}" if isinstance(document["credentialStatus"], list) else "/credentialStatus"
        )
        finding = yield from _status_entry(entry, document, methods, at, known=known)
        if _weight(finding) > _weight(worst):
            worst = replace(finding, pointer=finding.pointer or pointer)
    return worst


def _over_rdf(document: Mapping[str, JSONValue]) -> bool:
    """Tell whether a proof may cover what the credential says, and not how."""
    return any(
        isinstance(each, dict) and "jcs" not in str(each.get("cryptosuite")) for each in many(document.get("proof"))
    )


def _exchangeable(entries: Iterable[JSONValue]) -> bool:
    """Tell whether entries differ in several members, and have one id: in RDF they are one thing."""
    by_id: dict[str, tuple[JSONObject, set[str]]] = {}
    for entry in entries:
        if not isinstance(entry, dict) or not isinstance(entry.get("id"), str):
            continue
        first, differing = by_id.setdefault(str(entry["id"]), (entry, set()))
        differing |= {name for name in {*first, *entry} if first.get(name) != entry.get(name)}
        if len(differing) > 1:
            return True
    return False


def _weight(finding: Finding) -> tuple[int, bool]:
    """Sort findings about status: of those that pass, one with a code has something to say."""
    return (Outcome.PASSED, Outcome.INDETERMINATE, Outcome.FAILED).index(finding.outcome), finding.code is not None


def claimed_status(envelope: Envelope) -> Finding | None:
    """Judge the status that stands in a claim in place of the credential (SD-JWT VC §2.2.2.3): it is not looked up."""
    if "status" not in envelope.claims:
        return None
    text = "it may have been revoked: its status stands in the claim status, which is not judged by this version"
    return Finding.indeterminate(Code.UNSUPPORTED, text)


def _status_entry(
    entry: JSONValue, document: JSONObject, methods: Mapping[str, StatusMethod], at: datetime, *, known: bool
) -> Steps[Finding]:
    types = many(entry.get("type")) if isinstance(entry, dict) else []
    found = [methods[name] for name in types if isinstance(name, str) and name in methods]
    method = found[0] if found else None
    if method is None or any(other is not method for other in found) or not isinstance(entry, dict):
        # Of several kinds, the order of the types would decide, which a proof over RDF leaves to the holder.
        return Finding.indeterminate(
            Code.UNSUPPORTED,
            "it may have been revoked: its kind of status is not judged here, or it has several; see status_methods=",
        )
    if not known:
        # What an unproven document names is not fetched, nor what a stranger names.
        text = "the status is looked up only after the proof is good, and the issuer trusted"
        return Finding.indeterminate(Code.STATUS_RETRIEVAL_ERROR, text)
    try:
        finding = yield from method.check(entry, document, at=at)
    except MicrocredError:
        return Finding.indeterminate(Code.STATUS_RETRIEVAL_ERROR, "the status could not be looked up")
    if finding.outcome is Outcome.SKIPPED:
        return Finding.indeterminate(finding.code or Code.UNSUPPORTED, finding.detail or "the status was not judged")
    return finding


def recipient(document: Mapping[str, JSONValue], expected: Recipient | Sole | None) -> Finding:
    """Compare whom the credential is about with whom the caller knows (§9.1 step 5, §9.3)."""
    if expected is None:
        return Finding.skipped("nobody said whom the credential should be about")
    if isinstance(expected, Sole):
        return _sole(document, expected)
    if isinstance(expected, str):
        expected = {"id": expected} if is_absolute_iri(expected) else {"emailAddress": expected}
    unsupported = False
    for subject in many(document.get("credentialSubject")):
        if not isinstance(subject, dict):
            continue
        if "id" in expected and subject.get("id") == expected["id"]:
            return Finding.passed()
        for identity in many(subject.get("identifier")):
            matches = _matches(identity, expected)
            if matches:
                return Finding.passed()
            unsupported |= matches is None
    if unsupported:
        return Finding.indeterminate(
            Code.UNSUPPORTED,
            "whom the credential is about is hashed in a way that is not known here",
            "/credentialSubject",
        )
    return Finding.failed(
        Code.RECIPIENT_MISMATCH,
        "the credential is about somebody else than the person in question",
        "/credentialSubject",
    )


def _sole(document: Mapping[str, JSONValue], expected: Sole) -> Finding:
    """Make sure that each subject is one person; of several, one alone would let somebody show what others earned."""
    subjects = many(document.get("credentialSubject"))
    if subjects and all(isinstance(subject, dict) and subject.get("id") == expected.id for subject in subjects):
        return Finding.passed()
    text = "the credential is about somebody else than the holder, or about others as well"
    return Finding.failed(Code.RECIPIENT_MISMATCH, text, "/credentialSubject")


def _matches(identity: JSONValue, expected: Mapping[str, str]) -> bool | None:
    """Compare one identifier (§9.3); None when it cannot be compared."""
    if not isinstance(identity, dict):
        return False
    kind, value, salt = identity.get("identityType"), identity.get("identityHash"), identity.get("salt")
    known = expected.get(kind) if isinstance(kind, str) else None
    if known is None or not isinstance(value, str):
        return False
    if identity.get("hashed") is False:
        return value == known
    if salt is not None and not isinstance(salt, str):
        return None
    try:
        hashed = identity_hash(known, salt, value.partition("$")[0].lower())
    except ValueError:
        return None
    return hashed == value.lower()


def issuer(document: Mapping[str, JSONValue], key: ResolvedKey | None, trust: Trust, heard: Heard) -> Finding:
    """Decide whether the issuer is trusted, and whether the key that signed is the issuer's.

    Args:
        document: The credential.
        key: The key under which the proof is good, or None when it is not.
        trust: Whom the caller trusts.
        heard: What registries say of the issuer; they are asked only if that key is the issuer's.
    """
    identifier = issuer_id(document)
    if not trust.anyone and not trust.names(identifier) and not trust.asks:
        return Finding.failed(
            Code.ISSUER_NOT_TRUSTED,
            "the issuer is not among the trusted issuers; add its id if it should be",
            "/issuer",
        )
    if key is None:
        return Finding.indeterminate(
            Code.ISSUER_KEY_NOT_BOUND,
            "who issued it cannot be told, since the proof is not known to be good",
            "/issuer",
        )
    if trust.binds(identifier, key):
        return Finding.passed() if trust.anyone or heard.voucher is not None else _nobody(heard)
    if trust.keys(identifier):
        return Finding.failed(
            Code.ISSUER_KEY_NOT_BOUND, "the key that signed is not one of those pinned for the issuer", "/issuer"
        )
    if trust.anyone:
        return Finding.passed(
            "self-asserted: the proof is good, and nothing shows that the key is that of the issuer it names",
            Code.ISSUER_KEY_NOT_BOUND,
        )
    text = "nothing shows that the key is the issuer's; pin its key: trusted_issuers={id: key}"
    if key.unknown:
        text = "whether the key is the issuer's could not be looked up on its host; try again later, or pin its key"
    found = Finding.indeterminate if key.unknown else Finding.failed
    return found(Code.ISSUER_KEY_NOT_BOUND, text, "/issuer")


def _nobody(heard: Heard) -> Finding:
    """Return the finding about an issuer for whom nobody vouches."""
    if heard.unanswered is not None:
        # The registry may well know the issuer.
        text = f"nobody who could be asked vouches for the issuer, and not all registries could be ({heard.unanswered})"
        return Finding.indeterminate(Code.REGISTRY_RETRIEVAL_ERROR, text, "/issuer")
    text = "the issuer is neither among the trusted issuers nor vouched for by a registry"
    text += "" if heard.refused is None else f" ({heard.refused})"
    return Finding.failed(Code.ISSUER_NOT_TRUSTED, text, "/issuer")


def date_time(value: JSONValue) -> datetime | None:
    """Return the date-time of a member; None when it is none, or has no zone."""
    if not isinstance(value, str):
        return None
    try:
        moment = DateTime.parse(value, tolerant=True)
    except ValueError:
        return None
    return None if moment.tzinfo is None else moment
