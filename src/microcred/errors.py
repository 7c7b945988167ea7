"""The exceptions of microcred; the tree is this docstring.

::

    MicrocredError
    ├── DocumentError        not readable as a credential: JSON, media type, data model
    ├── BatchError           recipients that cannot be read, or a run that cannot go on
    ├── BakingError          no credential in the image, or not a PNG or SVG
    ├── InvalidKeyError      key material unusable: encoding, curve, missing private half
    ├── SigningError         the proof could not be made
    ├── ProofError           an embedded proof or a JWT does not hold
    ├── ResolutionError      an identifier did not become a document
    │   └── FetchError       … because of the network
    ├── StatusListError      a status list is not readable, too short, or has no such index
    ├── SharingError         a QR code or a certificate could not be made
    └── VerificationError    raised only by ``verify``; carries the report

Each error carries its data as attributes and makes its message from them. All can be pickled, so that they cross
process boundaries. None holds key material.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from microcred.verify.report import PresentationReport, VerificationReport

__all__ = [
    "BakingError",
    "BatchError",
    "DocumentError",
    "FetchError",
    "InvalidKeyError",
    "MicrocredError",
    "Problem",
    "ProofError",
    "ResolutionError",
    "SharingError",
    "SigningError",
    "StatusListError",
    "VerificationError",
]

_SHOWN_PROBLEMS = 20


@dataclass(frozen=True, slots=True)
class Problem:
    """Say what is wrong with a document, and where."""

    pointer: str
    """JSON Pointer (RFC 6901) into the document; the empty string is the whole document."""
    code: str
    """A code of the report, such as PARSING_ERROR (not readable at all) or MALFORMED_VALUE_ERROR."""
    message: str
    """Plain words, with what to do; never a value out of the document."""

    def __str__(self) -> str:
        return f"{self.pointer or '(document)'}: {self.message}"


class MicrocredError(Exception):
    """Everything that this library raises about its input; misuse of the API is ValueError or TypeError."""


class DocumentError(MicrocredError):
    """The input is not readable as a credential.

    Attributes:
        problems: All that is wrong, in document order; at least one.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(self.problems)

    @classmethod
    def at(cls, pointer: str, message: str, code: str = "MALFORMED_VALUE_ERROR") -> DocumentError:
        """Make the error of a single problem."""
        return cls([Problem(pointer, code, message)])

    def below(self, pointer: str) -> DocumentError:
        """Return the error with its pointers moved below another, since the document is a part of a larger one."""
        return DocumentError([Problem(pointer + found.pointer, found.code, found.message) for found in self.problems])

    @property
    def code(self) -> str:
        """The code of the first problem."""
        return self.problems[0].code

    def __str__(self) -> str:
        if len(self.problems) == 1:
            return str(self.problems[0])
        lines = [f"the document has {len(self.problems)} problems:"]
        lines += [f"  {problem}" for problem in self.problems[:_SHOWN_PROBLEMS]]
        if len(self.problems) > _SHOWN_PROBLEMS:
            lines.append(f"  … and {len(self.problems) - _SHOWN_PROBLEMS} more")
        return "\n".join(lines)


class BakingError(MicrocredError):
    """There is no credential in an image, the image is not a sound PNG or SVG, or it holds a credential already."""


class BatchError(MicrocredError):
    """Recipients cannot be read, or a run of many credentials cannot begin or go on.

    Attributes:
        code: UNREADABLE_RECIPIENTS; TEMPLATE_REFUSED; RUN_CHANGED: the template, the recipients or an option is another
            one than when the run began; RUN_DAMAGED; UNSUPPORTED.
        row: The row at fault, or None.
    """

    def __init__(self, reason: str, code: str, row: int | None = None) -> None:
        self.reason = reason
        self.code = code
        self.row = row
        super().__init__(reason, code, row)

    def __str__(self) -> str:
        return self.reason if self.row is None else f"row {self.row} {self.reason}"


class InvalidKeyError(MicrocredError):
    """Key material is unusable: its encoding, its curve or size, or the private half is missing."""


class SigningError(MicrocredError):
    """The proof could not be made.

    Attributes:
        pointer: JSON Pointer to the member at fault, or None.
        code: A W3C problem type where there is one.
    """

    def __init__(self, reason: str, pointer: str | None = None, code: str = "PROOF_GENERATION_ERROR") -> None:
        self.reason = reason
        self.pointer = pointer
        self.code = code
        super().__init__(reason, pointer, code)

    @classmethod
    def of(cls, error: DocumentError) -> SigningError:
        """Make the error of a document that cannot be signed: its first problem, and how many more there are."""
        first, more = error.problems[0], len(error.problems) - 1
        return cls(first.message + (f" (and {more} more)" if more else ""), first.pointer, first.code)

    def __str__(self) -> str:
        return self.reason if self.pointer is None else f"{self.pointer or '(document)'}: {self.reason}"


class ProofError(MicrocredError):
    """An embedded proof or a JWT does not hold, or cannot be checked here (code UNSUPPORTED).

    Attributes:
        code: A code of the report.
        pointer: JSON Pointer to the member at fault, or None.
    """

    def __init__(self, reason: str, code: str = "PROOF_VERIFICATION_ERROR", pointer: str | None = None) -> None:
        self.reason = reason
        self.code = code
        self.pointer = pointer
        super().__init__(reason, code, pointer)

    def __str__(self) -> str:
        return self.reason if self.pointer is None else f"{self.pointer or '(document)'}: {self.reason}"


class ResolutionError(MicrocredError):
    """An identifier did not become a document.

    Attributes:
        identifier: The DID, DID URL or URL that was to be resolved.
        code: A code of the report (UNSUPPORTED: no method for it; RESOLUTION_ERROR; or one of the
            Controlled Identifiers problem types).
    """

    def __init__(self, identifier: str, reason: str, code: str = "RESOLUTION_ERROR") -> None:
        self.identifier = identifier
        self.reason = reason
        self.code = code
        super().__init__(identifier, reason, code)

    def __str__(self) -> str:
        return f"{self.identifier}: {self.reason}"


class FetchError(ResolutionError):
    """A URL could not be fetched.

    Attributes:
        url: The URL.
        status: The HTTP status code, or None when there was no answer.
    """

    def __init__(self, url: str, reason: str, status: int | None = None) -> None:
        super().__init__(url, reason)
        self.url = url
        self.status = status
        self.args = (url, reason, status)


class StatusListError(MicrocredError):
    """A status list is not readable, is too short, or has no such index; or a registry of statuses refuses.

    Attributes:
        code: A code of the report: MALFORMED_VALUE_ERROR, STATUS_LIST_LENGTH_ERROR, RANGE_ERROR; TOO_COMPLEX when a
            limit is exceeded. Of a registry: NOT_ASSIGNED, REVOKED, NOT_PUBLISHED, ANOTHER_ISSUER,
            REGISTRY_UNAVAILABLE (the same call may go through later), UNSUPPORTED.
        pointer: JSON Pointer to the member at fault, or None.
    """

    def __init__(self, reason: str, code: str = "MALFORMED_VALUE_ERROR", pointer: str | None = None) -> None:
        self.reason = reason
        self.code = code
        self.pointer = pointer
        super().__init__(reason, code, pointer)

    def __str__(self) -> str:
        return self.reason if self.pointer is None else f"{self.pointer or '(document)'}: {self.reason}"


class SharingError(MicrocredError):
    """A QR code or a certificate could not be made.

    Attributes:
        code: UNSUPPORTED: something has to be installed first, an extra or a font; TOO_COMPLEX: it does not fit.
    """

    def __init__(self, reason: str, code: str) -> None:
        self.reason = reason
        self.code = code
        super().__init__(reason, code)

    def __str__(self) -> str:
        return self.reason


class VerificationError(MicrocredError):
    """The credential or presentation did not verify; raised only by the methods ``verify…`` of a verifier.

    Attributes:
        report: The whole verification report.
    """

    def __init__(self, report: VerificationReport | PresentationReport) -> None:
        self.report = report
        super().__init__(report)

    def __str__(self) -> str:
        lines = [f"the {self.report.of} did not verify:"]
        lines += [f"  {check.name} {check.outcome} ({check.code}): {check.detail}" for check in self.report.problems]
        return "\n".join(lines)
