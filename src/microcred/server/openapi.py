"""What the routes say of themselves (OpenAPI 3.1): bodies, answers, and every error."""

from __future__ import annotations

from typing import Any, Final, Literal

from fastapi import Security
from fastapi.security import HTTPBearer

from microcred.server.problems import PROBLEM_JSON

__all__ = ["described", "issuing_description", "problems", "verifying_description"]

_JSON: Final = "application/json"
_CREDENTIAL: Final = {"type": "object", "description": "A credential (VCDM 2.0).", "additionalProperties": True}
_SOME_TEXT: Final = {"type": "string", "minLength": 1}
_NAME: Final = {**_SOME_TEXT, "maxLength": 2_048}
_KEY: Final = {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[ -~]+$"}
_TEXTS: Final = {"type": "array", "items": {"type": "string"}}
_PROBLEM: Final = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri", "description": "What kind of problem it is."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong, and what to do."},
        "code": {"type": "string", "description": "The kind in a word, such as MALFORMED_VALUE_ERROR."},
        "problems": {
            "type": "array",
            "description": "All that is wrong with the document.",
            "items": {
                "type": "object",
                "properties": {
                    "pointer": {"type": "string", "description": "JSON Pointer (RFC 6901)."},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}
_ERRORS: Final = {
    400: "It cannot be done as it was asked: the problem says what is wrong, and where.",
    401: "No token, or none that is known.",
    403: "The token is not for this issuer.",
    404: "There is no such thing here.",
    406: "It is not there in any of these forms.",
    408: "The body did not arrive in time.",
    409: "It stands against what was done before.",
    413: "The body is too large.",
    415: "The body is of a kind that is not taken here.",
    422: "The Idempotency-Key came with another request before.",
    500: "Something went wrong here.",
    503: "The server, its database or its key has no time now; Retry-After says when to ask again.",
}
# Only described by this; who may have something signed is asked of the tokens.
_BEARER: Final = HTTPBearer(scheme_name="bearer", auto_error=False)
# What any route that takes a body can answer.
_OF_BODIES: Final = (400, 408, 413, 415, 500, 503)


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the descriptions of answers that are problem details (RFC 9457)."""
    return {
        status: {"description": _ERRORS[status], "content": {PROBLEM_JSON: {"schema": _PROBLEM}}}
        for status in sorted(statuses)
    }


def described(
    summary: str,
    *,
    body: dict[str, Any],
    answer: dict[str, Any],
    status: int,
    errors: tuple[int, ...] = (),
    secured: bool = False,
    headers: tuple[str, ...] = (),
) -> dict[str, Any]:
    """Return the arguments of a route that takes JSON and answers JSON.

    Args:
        summary: What it does.
        body: The schema of what it takes.
        answer: The schema of what it answers.
        status: The status of a good answer.
        errors: The statuses of problems, beside those of all routes that take a body.
        secured: Whether it needs a token.
        headers: The names of headers that it takes.
    """
    extra: dict[str, Any] = {
        "requestBody": {"required": True, "content": {_JSON: {"schema": body}}},
        "parameters": [{"name": name, "in": "header", "required": False, "schema": _KEY} for name in headers],
    }
    good = {"description": "Done.", "content": {_JSON: {"schema": answer}}}
    return {
        # Where the scheme is described, too, into whatever application a router is put.
        "dependencies": [Security(_BEARER)] if secured else [],
        "summary": summary,
        "status_code": status,
        "response_model": None,
        "openapi_extra": extra,
        "responses": {status: good, **problems(*_OF_BODIES, *errors)},
    }


def _object(required: list[str], **properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": required, "properties": properties, "additionalProperties": False}


def issuing_description(what: Literal["issue", "status"], *, wrapped: bool = True) -> dict[str, Any]:
    """Return the description of a route that signs.

    Args:
        what: Which.
        wrapped: Whether the answer is ``{"verifiableCredential": …}``, and not the bare credential.
    """
    if what == "issue":
        options = _object([], credentialId=_NAME, mandatoryPointers=_TEXTS)
        return described(
            "Issue a credential. Asked again with the same Idempotency-Key, it answers the same.",
            body=_object(["credential"], credential=_CREDENTIAL, options=options),
            answer=_object(["verifiableCredential"], verifiableCredential=_CREDENTIAL) if wrapped else _CREDENTIAL,
            status=201,
            errors=(401, 403, 409, 422),
            secured=True,
            headers=("Idempotency-Key",),
        )
    purpose = {"type": "string", "enum": ["revocation", "suspension"]}
    entry = _object(
        [],
        id=_SOME_TEXT,
        type={"type": "string", "enum": ["BitstringStatusListEntry", "BitstringStatusList"]},
        statusPurpose=purpose,
        statusListIndex=_SOME_TEXT,
        statusListCredential=_SOME_TEXT,
    )
    return described(
        "Revoke a credential, or suspend and reinstate it; the status list is published with it.",
        body=_object(
            ["credentialId", "credentialStatus", "status"],
            credentialId=_NAME,
            credentialStatus=entry,
            status={"type": "boolean", "description": "Whether it is revoked, or suspended."},
            indexAllocator={**_SOME_TEXT, "description": "Taken, and not needed."},
            reason={**_SOME_TEXT, "description": "Why, for the history; it is not published."},
        ),
        answer=_object(["credentialId", "status"], credentialId={"type": "string"}, status={"type": "boolean"}),
        status=200,
        errors=(401, 403, 404, 409),
        secured=True,
    )


def verifying_description(what: Literal["credential", "presentation", "derive"]) -> dict[str, Any]:
    """Return the description of a route that signs nothing in anybody's name."""
    flag = {"type": "boolean"}
    report = {"type": "object", "description": "What was checked, and how each check ended."}
    answer: dict[str, dict[str, Any]] = {
        "verified": {"type": "boolean", "const": True},
        "report": report,
        "results": {"type": "object", "description": "With returnResults: of each member that was looked at."},
        "problemDetails": {"type": "array", "maxItems": 0, "description": "With returnProblemDetails: none."},
    }
    if what == "derive":
        options = _object(["selectivePointers"], selectivePointers=_TEXTS)
        return described(
            "Derive a credential that shows parts of another (ecdsa-sd-2023, bbs-2023).",
            body=_object(["verifiableCredential", "options"], verifiableCredential=_CREDENTIAL, options=options),
            answer=_CREDENTIAL,
            status=201,
        )
    if what == "credential":
        options = _object([], returnResults=flag, returnProblemDetails=flag, returnCredential=flag)
        return described(
            "Verify a credential: 200 if it verified, 400 if not, with the reasons and the report.",
            body=_object(["verifiableCredential"], verifiableCredential=_CREDENTIAL, options=options),
            answer=_object(["verified", "report"], **answer, credential=_CREDENTIAL),
            status=200,
        )
    asked = {"type": ["string", "null"], "minLength": 1}
    options = _object(
        ["challenge", "domain"],
        challenge={**asked, "description": "What the holder was asked to answer; null takes copies of earlier ones."},
        domain={**asked, "description": "For whom it was made; null takes what was made for others."},
        returnPresentation=flag,
        returnResults=flag,
        returnProblemDetails=flag,
    )
    return described(
        "Verify a presentation, and each credential in it: 200 if all verified, 400 if not.",
        body=_object(["verifiablePresentation", "options"], verifiablePresentation=_CREDENTIAL, options=options),
        answer=_object(["verified", "report"], **answer, verifiablePresentation=_CREDENTIAL),
        status=200,
    )
