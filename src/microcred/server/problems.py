"""What a request is told when it fails: problem details (RFC 9457), with our codes and JSON Pointers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from starlette.exceptions import HTTPException
from starlette.responses import Response

from microcred.errors import (
    BakingError,
    BatchError,
    DocumentError,
    InvalidKeyError,
    MicrocredError,
    Problem,
    ProofError,
    SharingError,
    SigningError,
    StatusListError,
)
from microcred.json import JSONObject, JSONValue, dumps
from microcred.verify.report import Check, PresentationReport, VerificationReport

__all__ = [
    "PROBLEM_JSON",
    "RequestError",
    "key_unavailable",
    "not_verified",
    "problem",
    "problem_type",
    "refusal_of",
    "refused",
]

PROBLEM_JSON: Final = "application/problem+json"
# Where each code of the standards is defined; VCDM 2.0 §7.2, VC Data Integrity §4.7, Bitstring Status List §3.5.
_DATA_MODEL: Final = "https://www.w3.org/TR/vc-data-model#"
_SECURITY: Final = "https://w3id.org/security#"
_STATUS: Final = "https://www.w3.org/ns/credentials/status-list#"
_OF_STANDARDS: Final = {
    **dict.fromkeys(("PARSING_ERROR", "CRYPTOGRAPHIC_SECURITY_ERROR", "MALFORMED_VALUE_ERROR"), _DATA_MODEL),
    **dict.fromkeys(("RANGE_ERROR", "STATUS_RETRIEVAL_ERROR", "STATUS_VERIFICATION_ERROR"), _STATUS),
    "STATUS_LIST_LENGTH_ERROR": _STATUS,
    **dict.fromkeys(("PROOF_GENERATION_ERROR", "PROOF_VERIFICATION_ERROR", "PROOF_TRANSFORMATION_ERROR"), _SECURITY),
    **dict.fromkeys(("INVALID_DOMAIN_ERROR", "INVALID_CHALLENGE_ERROR", "INVALID_VERIFICATION_METHOD"), _SECURITY),
    "INVALID_RELATIONSHIP_FOR_VERIFICATION_METHOD": _SECURITY,
    "UNKNOWN_OPTION_PROVIDED": "https://www.w3.org/TR/vcalm#",
}
_OWN: Final = "urn:microcred:problem:"
# Of what the frameworks refuse before a route of ours is asked.
_REFUSALS: Final = {404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED", 413: "TOO_COMPLEX"}
_STATUS_OF: Final = {
    "NOT_ASSIGNED": 404,
    "NOT_PUBLISHED": 404,
    "REVOKED": 409,
    "ANOTHER_ISSUER": 409,
    "REGISTRY_UNAVAILABLE": 503,
}
RETRY_SECONDS: Final = 5
_NO_KEY: Final = "the issuer's key cannot be used now; ask again later"


class RequestError(MicrocredError):
    """A request that is refused.

    Attributes:
        status: The HTTP status code.
        code: Why, in a word.
        problems: All that is wrong with the document, if it is one.
        headers: What to answer beside the problem.
    """

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        problems: Sequence[Problem] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status = status
        self.code = code
        self.detail = detail
        self.problems = tuple(problems)
        self.headers = dict(headers or {})
        if status == 503:
            self.headers.setdefault("Retry-After", str(RETRY_SECONDS))
        super().__init__(status, code, detail)

    def __str__(self) -> str:
        return f"{self.status} {self.code}: {self.detail}"

    def members(self) -> JSONObject:
        """Return the problem as JSON (RFC 9457 §3)."""
        found: list[JSONValue] = [
            {"pointer": each.pointer, "code": each.code, "detail": each.message} for each in self.problems
        ]
        return {
            "type": problem_type(self.code),
            "title": self.code,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            **({"problems": found} if found else {}),
        }

    def response(self) -> Response:
        """Return the answer."""
        return problem(self.members(), self.status, self.headers)


def problem_type(code: str) -> str:
    """Return the URI that names a kind of problem: that of the standard which has it, or one of ours."""
    return _OF_STANDARDS.get(code, _OWN) + code


def problem(members: JSONObject, status: int, headers: Mapping[str, str] | None = None) -> Response:
    """Return an answer of problem details."""
    return Response(dumps(members).encode(), status, headers, PROBLEM_JSON)


def refusal_of(error: MicrocredError) -> RequestError:
    """Return what to tell of an error of the library; it holds no value out of a document, and nothing secret."""
    if isinstance(error, RequestError):
        return error
    if isinstance(error, SigningError) and error.code.startswith("SIGNER_"):
        return key_unavailable()
    if isinstance(error, DocumentError):
        return RequestError(400, error.code, "the document cannot be used as it is", problems=error.problems)
    if isinstance(error, SigningError | ProofError):
        found = [] if error.pointer is None else [Problem(error.pointer, error.code, error.reason)]
        return RequestError(400, error.code, error.reason, problems=found)
    if isinstance(error, StatusListError | BatchError | SharingError):
        return RequestError(_STATUS_OF.get(error.code, 400), error.code, error.reason)
    return RequestError(400, "PARSING_ERROR", _plainly(error))


def _plainly(error: MicrocredError) -> str:
    if isinstance(error, InvalidKeyError):
        # The issuer's own key is another matter, which issuers tell apart.
        return "the document names a key that cannot be used"
    return str(error) if isinstance(error, BakingError) else "the request cannot be done"


def refused(error: HTTPException) -> RequestError:
    """Return what to tell of an error of the framework, or of the application in which the routers are."""
    code = _REFUSALS.get(error.status_code, "REFUSED")
    return RequestError(error.status_code, code, str(error.detail), headers=error.headers)


def key_unavailable() -> RequestError:
    """Return what to tell when the key of an issuer cannot be used; why is for the log of the operator."""
    return RequestError(503, "KEY_UNAVAILABLE", _NO_KEY)


def not_verified(
    report: VerificationReport | PresentationReport, more: Mapping[str, JSONValue] | None = None
) -> Response:
    """Return the answer for what did not verify: the first problem as its own, all of them, and the report.

    Args:
        report: Of what did not verify.
        more: What is to be answered beside it.
    """
    problems = [_detail(check) for check in report.problems]
    first = problems[0]
    members: JSONObject = {
        "type": first["type"],
        "title": first["title"],
        "status": 400,
        "detail": first["detail"],
        "code": first["code"],
        "verified": False,
        "problemDetails": list[JSONValue](problems),
        **(more or {}),
        "report": report.to_dict(),  # type: ignore[dict-item]
    }
    return problem(members, 400)


def _detail(check: Check) -> JSONObject:
    code = check.code or "UNKNOWN"
    return {
        "type": problem_type(code),
        "title": code,
        "detail": check.detail,
        "code": code,
        "check": check.name,
        "outcome": str(check.outcome),
        **({"pointer": check.pointer} if check.pointer is not None else {}),
    }
