"""What a verification found: four outcomes, eight checks, and the table of codes.

A report holds nothing out of the credential, so that it can be logged.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Literal, TypeAlias

__all__ = [
    "CHECKS",
    "PRESENTATION_CHECKS",
    "Check",
    "CheckName",
    "Code",
    "Finding",
    "Outcome",
    "Part",
    "PresentationReport",
    "VerificationReport",
    "Voucher",
]

CheckName: TypeAlias = Literal[
    "data_model",
    "credential_schema",
    "proof",
    "validity_period",
    "credential_status",
    "recipient",
    "endorsement",
    "issuer",
    "holder",
    "refresh",
]
CHECKS: tuple[CheckName, ...] = (
    "data_model",
    "credential_schema",
    "proof",
    "validity_period",
    "credential_status",
    "recipient",
    "endorsement",
    "issuer",
)
"""All checks of a credential, in the order of Open Badges 3.0 §9.1; every report has each of them once."""
PRESENTATION_CHECKS: tuple[CheckName, ...] = ("data_model", "proof", "validity_period", "holder")
"""All checks of a presentation, beside those of the credentials in it."""


class Outcome(StrEnum):
    """How a check ended."""

    PASSED = "passed"
    """It was looked at, and is good."""
    FAILED = "failed"
    """It was looked at, and is bad."""
    INDETERMINATE = "indeterminate"
    """It is there, and could not be judged: unsupported or unreachable. Never as good as passed."""
    SKIPPED = "skipped"
    """There was nothing to look at."""


class Code(StrEnum):
    """Why a check did not simply pass. Upper block: the W3C's problem types; lower block: our own."""

    PARSING_ERROR = "PARSING_ERROR"
    """The input is not a JSON document, or not a JWT."""
    MALFORMED_VALUE_ERROR = "MALFORMED_VALUE_ERROR"
    """A member is missing or wrong by the data model, or a JWT's claims and its credential disagree."""
    CRYPTOGRAPHIC_SECURITY_ERROR = "CRYPTOGRAPHIC_SECURITY_ERROR"
    """The securing mechanism protects nothing, or does not belong to the key."""
    PROOF_VERIFICATION_ERROR = "PROOF_VERIFICATION_ERROR"
    """There is no proof, it is malformed, or its signature is wrong."""
    PROOF_TRANSFORMATION_ERROR = "PROOF_TRANSFORMATION_ERROR"
    """The proof would not cover all of the document: a term, id or type is not defined."""
    INVALID_VERIFICATION_METHOD = "INVALID_VERIFICATION_METHOD"
    """The key that the proof names is unusable, or belongs to somebody else than the issuer."""
    INVALID_RELATIONSHIP_FOR_VERIFICATION_METHOD = "INVALID_RELATIONSHIP_FOR_VERIFICATION_METHOD"
    """The key is not listed for that purpose by whoever controls it."""
    INVALID_CHALLENGE_ERROR = "INVALID_CHALLENGE_ERROR"
    """The presentation answers another challenge: it may be a copy of one that was shown before."""
    INVALID_DOMAIN_ERROR = "INVALID_DOMAIN_ERROR"
    """The presentation is for somebody else."""
    STATUS_RETRIEVAL_ERROR = "STATUS_RETRIEVAL_ERROR"
    """The status list could not be fetched, or what was there is none."""
    STATUS_VERIFICATION_ERROR = "STATUS_VERIFICATION_ERROR"
    """The status list does not verify, or is not that of the credential and its issuer."""
    STATUS_LIST_LENGTH_ERROR = "STATUS_LIST_LENGTH_ERROR"
    """The status list is shorter than the standard allows."""
    RANGE_ERROR = "RANGE_ERROR"
    """The status list has no entry with the credential's index."""

    EXPIRED = "EXPIRED"
    """The credential or its proof is past its end."""
    NOT_YET_VALID = "NOT_YET_VALID"
    """The credential is not valid yet."""
    REVOKED = "REVOKED"
    """The issuer has revoked the credential."""
    SUSPENDED = "SUSPENDED"
    """The issuer has suspended the credential, and may accept it again."""
    REFRESH_AVAILABLE = "REFRESH_AVAILABLE"
    """The issuer has a newer version of the credential, which is good as it is."""
    NOT_REFRESHED = "NOT_REFRESHED"
    """The issuer offers the newest version of the credential, and there was none that could take its place."""
    STATUS_MESSAGE = "STATUS_MESSAGE"
    """The issuer says something about the credential, which is good as far as that goes."""
    SCHEMA_MISMATCH = "SCHEMA_MISMATCH"
    """The credential does not follow a schema that it names."""
    DIGEST_MISMATCH = "DIGEST_MISMATCH"
    """A resource is not the one of which the credential has the digest."""
    RECIPIENT_MISMATCH = "RECIPIENT_MISMATCH"
    """The credential is about somebody else."""
    ISSUER_NOT_TRUSTED = "ISSUER_NOT_TRUSTED"
    """The issuer is not among the trusted ones."""
    ISSUER_KEY_NOT_BOUND = "ISSUER_KEY_NOT_BOUND"
    """Nothing shows that the key is the issuer's: whoever holds a key can write any issuer."""
    REGISTRY_RETRIEVAL_ERROR = "REGISTRY_RETRIEVAL_ERROR"
    """A registry of issuers could not be asked, or its answer does not hold."""
    HOLDER_NOT_BOUND = "HOLDER_NOT_BOUND"
    """Nothing shows that the key that signed a presentation is that of the holder."""
    RESOLUTION_ERROR = "RESOLUTION_ERROR"
    """A key could not be looked up, or a schema."""
    TOO_COMPLEX = "TOO_COMPLEX"
    """The credential takes more work than the limits allow."""
    UNSUPPORTED = "UNSUPPORTED"
    """The credential uses something that this version does not judge, or a context that is not known here."""


@dataclass(frozen=True, slots=True)
class Finding:
    """How one thing was judged."""

    outcome: Outcome
    """The outcome."""
    code: str | None = None
    """A ``Code``, or the code of a plug-in; None when there is nothing to say."""
    detail: str = ""
    """Plain words, with what to do; never a value out of the credential."""
    pointer: str | None = None
    """JSON Pointer to the member at fault."""
    parts: tuple[Part, ...] = ()
    """The credentials inside that it is about."""

    @classmethod
    def passed(cls, detail: str = "", code: str | None = None) -> Finding:
        """Make a finding of something that is good."""
        return cls(Outcome.PASSED, code, detail)

    @classmethod
    def failed(cls, code: str, detail: str, pointer: str | None = None) -> Finding:
        """Make a finding of something that is bad."""
        return cls(Outcome.FAILED, code, detail, pointer)

    @classmethod
    def indeterminate(cls, code: str, detail: str, pointer: str | None = None) -> Finding:
        """Make a finding of something that could not be judged."""
        return cls(Outcome.INDETERMINATE, code, detail, pointer)

    @classmethod
    def skipped(cls, detail: str = "") -> Finding:
        """Make a finding of something that is not there."""
        return cls(Outcome.SKIPPED, None, detail)


@dataclass(frozen=True, slots=True)
class Check:
    """One check of a report."""

    name: CheckName
    """Which check."""
    outcome: Outcome
    """How it ended."""
    code: str | None
    """Why, in a word; None when there is nothing to say."""
    detail: str
    """Why, in plain words."""
    pointer: str | None
    """JSON Pointer to the member at fault."""
    parts: tuple[Part, ...] = ()
    """The reports of the credentials inside that it is about: endorsements, or those of a record."""

    @classmethod
    def of(cls, name: CheckName, finding: Finding) -> Check:
        """Give a finding the name of its check."""
        return cls(name, finding.outcome, finding.code, finding.detail, finding.pointer, finding.parts)

    def to_dict(self) -> dict[str, object]:
        """Return the check as plain JSON values."""
        return {
            "name": self.name,
            "outcome": str(self.outcome),
            "code": self.code,
            "detail": self.detail,
            "pointer": self.pointer,
            **({"parts": [part.to_dict() for part in self.parts]} if self.parts else {}),
        }


@dataclass(frozen=True, slots=True)
class Voucher:
    """Who vouches for an issuer, and what they call it."""

    registry: str | None = None
    """The name of the registry; None for the caller, who named the issuer."""
    name: str | None = None
    """What the registry calls the issuer, for people; None where it gives no name."""
    url: str | None = None
    """The issuer's web page, as the registry has it."""

    def to_dict(self) -> dict[str, object]:
        """Return who vouches as plain JSON values."""
        return {"registry": self.registry, "name": self.name, "url": self.url}


@dataclass(frozen=True, slots=True)
class VerificationReport:
    """All that a verification found; true when the credential verified."""

    of: ClassVar[str] = "credential"
    """What was judged."""
    checks: tuple[Check, ...]
    """Every check once, in the order of ``CHECKS``."""
    verified_at: datetime
    """The time of judgement, with a zone."""
    voucher: Voucher | None = None
    """Who vouches for the issuer, whose own key signed; None when nobody does. Show the issuer by this name: the one in
    the credential is only what the issuer calls itself."""
    refresh: Check | None = None
    """Whether the report is about a newer version than the one that was given; None where none was asked for. It is
    told, and not counted."""

    @property
    def refreshed(self) -> bool:
        """Whether the report is about a newer version, which the issuer's refresh service handed out."""
        return self.refresh is not None and self.refresh.outcome is Outcome.PASSED

    @property
    def verified(self) -> bool:
        """Whether the credential may be relied on: nothing failed, and nothing that counts is indeterminate.

        An endorsement that could not be judged is shown, and not counted; one that failed counts.
        """
        return all(
            check.outcome in (Outcome.PASSED, Outcome.SKIPPED)
            or (check.name == "endorsement" and check.outcome is Outcome.INDETERMINATE)
            for check in self.checks
        )

    @property
    def refused(self) -> bool:
        """Whether something is known to be bad, as against what could not be judged."""
        return any(check.outcome is Outcome.FAILED for check in self.checks)

    @property
    def problems(self) -> tuple[Check, ...]:
        """The checks that failed or are indeterminate."""
        return tuple(check for check in self.checks if check.outcome in (Outcome.FAILED, Outcome.INDETERMINATE))

    def explain(self, language: str = "en") -> str:
        """Return the report in plain words, for people: the verdict, one sentence for each check, and what to do.

        Args:
            language: A language tag: ``en`` or ``es``, or one that belongs to them, such as ``es-MX``.

        Raises:
            ValueError: There are no messages in that language.
        """
        # Most reports are never put into words.
        from microcred.verify.explanation import explained

        return str(explained(self, language))

    def to_dict(self) -> dict[str, object]:
        """Return the report as plain JSON values."""
        return {
            "verified": self.verified,
            "verifiedAt": self.verified_at.isoformat(),
            "voucher": None if self.voucher is None else self.voucher.to_dict(),
            "checks": [check.to_dict() for check in self.checks],
            **({"refresh": self.refresh.to_dict()} if self.refresh is not None else {}),
        }

    def __bool__(self) -> bool:
        return self.verified

    def __iter__(self) -> Iterator[Check]:
        return iter(self.checks)

    def __getitem__(self, name: CheckName) -> Check:
        return self.checks[CHECKS.index(name)]


@dataclass(frozen=True, slots=True)
class Part:
    """The report of a credential that stands inside another."""

    pointer: str
    """JSON Pointer to it."""
    report: VerificationReport
    """What was found; its pointers start at that credential."""

    def to_dict(self) -> dict[str, object]:
        """Return the part as plain JSON values."""
        return {"pointer": self.pointer, "report": self.report.to_dict()}


@dataclass(frozen=True, slots=True)
class PresentationReport:
    """All that the verification of a presentation found; true when it and every credential in it verified."""

    of: ClassVar[str] = "presentation"
    """What was judged."""
    checks: tuple[Check, ...]
    """Every check of the presentation itself once, in the order of ``PRESENTATION_CHECKS``."""
    credentials: tuple[VerificationReport, ...]
    """The report of each credential in it, in order."""
    verified_at: datetime
    """The time of judgement, with a zone."""
    lone: bool = False
    """Whether the only credential stands by itself, and not in a list."""

    @property
    def verified(self) -> bool:
        """Whether the presentation holds, and every credential in it may be relied on."""
        own = all(check.outcome in (Outcome.PASSED, Outcome.SKIPPED) for check in self.checks)
        return own and all(self.credentials)

    @property
    def refused(self) -> bool:
        """Whether something is known to be bad, as against what could not be judged."""
        own = any(check.outcome is Outcome.FAILED for check in self.checks)
        return own or any(report.refused for report in self.credentials)

    @property
    def problems(self) -> tuple[Check, ...]:
        """The checks that failed or are indeterminate, those of the credentials included, with pointers to them."""
        own = [check for check in self.checks if check.outcome in (Outcome.FAILED, Outcome.INDETERMINATE)]
        for index, report in enumerate(self.credentials):
            below = "/verifiableCredential" if self.lone else f"/verifiableCredential/{index}"
            own += [replace(check, pointer=below + (check.pointer or "")) for check in report.problems]
        return tuple(own)

    def explain(self, language: str = "en") -> str:
        """Return the report in plain words, each credential included. See ``VerificationReport.explain``."""
        from microcred.verify.explanation import explained

        return str(explained(self, language))

    def to_dict(self) -> dict[str, object]:
        """Return the report as plain JSON values."""
        return {
            "verified": self.verified,
            "verifiedAt": self.verified_at.isoformat(),
            "checks": [check.to_dict() for check in self.checks],
            "credentials": [report.to_dict() for report in self.credentials],
        }

    def __bool__(self) -> bool:
        return self.verified

    def __iter__(self) -> Iterator[Check]:
        return iter(self.checks)

    def __getitem__(self, name: CheckName) -> Check:
        return self.checks[PRESENTATION_CHECKS.index(name)]
