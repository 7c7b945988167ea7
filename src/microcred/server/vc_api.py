"""The VC-API: issue, derive and verify over HTTP (VCALM 1.0), as routers for any FastAPI application."""

from __future__ import annotations

import hashlib
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from microcred.errors import DocumentError, SigningError
from microcred.json import JSONObject, dumps
from microcred.limits import DEFAULT_LIMITS, Limits
from microcred.server.bodies import Members, read_object
from microcred.server.gate import Gate, guarded
from microcred.server.issuing import Issuing, StatusChange
from microcred.server.openapi import issuing_description, verifying_description
from microcred.server.problems import RequestError, not_verified
from microcred.server.results import results_of
from microcred.server.service import Judging, Service
from microcred.server.tokens import Tokens
from microcred.server.work import Workers
from microcred.signing import derive
from microcred.verify.report import PresentationReport, VerificationReport

__all__ = ["issuing_router", "vc_api_router", "verifying_router"]

_JSON: Final = "application/json"
_PURPOSES: Final = ("revocation", "suspension")
_ENTRY: Final = "BitstringStatusListEntry"
_MOST_KEY_CHARACTERS: Final = 200


def vc_api_router(service: Service) -> APIRouter:
    """Return the routes of a service: each issuer below ``/issuers/<name>``, the first also without it.

    Args:
        service: The service.
    """
    gate, limits = service.gate, service.limits
    routers = [verifying_router(service, gate=gate, workers=service.workers, limits=limits)]
    for index, issuer in enumerate(service.issuers.values()):
        prefixes = [f"/issuers/{issuer.name}"] if index else ["", f"/issuers/{issuer.name}"]
        routers += [
            issuing_router(issuer, tokens=service.tokens, gate=gate, limits=limits, prefix=prefix)
            for prefix in prefixes
        ]
    router = APIRouter()
    for each in routers:
        # Side by side: each router inside another one is a step more for every request.
        router.routes.extend(each.routes)
    return router


def issuing_router(
    issuing: Issuing,
    *,
    tokens: Tokens,
    gate: Gate,
    limits: Limits = DEFAULT_LIMITS,
    prefix: str = "",
    wrapped: bool = True,
) -> APIRouter:
    """Return the routes that sign in the name of one issuer.

    Args:
        issuing: Who signs.
        tokens: Who may have it signed.
        gate: The bounds on requests.
        limits: Bounds on what is sent.
        prefix: What the paths begin with.
        wrapped: Whether the answer is ``{"verifiableCredential": …}``, as the text has it, and not the bare credential.
    """
    router = APIRouter(prefix=prefix, route_class=guarded(gate), tags=["Issue"])

    @router.post("/credentials/issue", **issuing_description("issue", wrapped=wrapped))
    async def issue(request: Request) -> Response:
        actor = tokens.check(request, issuing.name)
        key = _idempotency_key(request, actor)
        body = Members(await read_object(request, limits))
        body.only("credential", "options")
        content = await _issued(issuing, body.object("credential"), body.options(), key)
        gate.note("issue", "done")
        if wrapped:
            content = b'{"verifiableCredential":' + content + b"}"
        return Response(content, 201, media_type=_JSON)

    @router.post("/credentials/status", **issuing_description("status"))
    async def change_status(request: Request) -> Response:
        actor = tokens.check(request, issuing.name)
        change = _change(Members(await read_object(request, limits)))
        await issuing.change_status(change, actor)
        gate.note(change.purpose, "set" if change.value else "cleared")
        return _answer({"credentialId": change.credential_id, "status": change.value}, 200)

    return router


async def _issued(issuing: Issuing, credential: JSONObject, options: JSONObject, key: str | None) -> bytes:
    """Issue, and say of what is wrong where it is in the request."""
    try:
        return await issuing.issue(credential, options, key)
    except DocumentError as error:
        raise error.below("/credential") from None
    except SigningError as error:
        if error.pointer is None:
            raise
        raise SigningError(error.reason, f"/credential{error.pointer}", error.code) from None


def _idempotency_key(request: Request, actor: str) -> str | None:
    """Return the key with who asks: what one has taken, it takes from nobody else."""
    keys = request.headers.getlist("idempotency-key")
    if not keys:
        return None
    key = keys[0]
    if len(keys) > 1 or not (0 < len(key) <= _MOST_KEY_CHARACTERS and key.isascii() and key.isprintable()):
        text = f"an Idempotency-Key is printable ASCII of at most {_MOST_KEY_CHARACTERS} characters, given once"
        raise RequestError(400, "MALFORMED_VALUE_ERROR", text)
    return f"{hashlib.sha256(actor.encode(errors='replace')).hexdigest()}\n{key}"


def _change(body: Members) -> StatusChange:
    body.only("credentialId", "credentialStatus", "status", "indexAllocator", "reason")
    body.text("indexAllocator")
    entry = Members(body.object("credentialStatus"), "/credentialStatus")
    entry.only("id", "type", "statusPurpose", "statusListIndex", "statusListCredential")
    purpose = entry.text("statusPurpose") or "revocation"
    credential_id, value = body.text("credentialId"), body.value.get("status")
    if purpose not in _PURPOSES or (entry.text("type") or _ENTRY) not in (_ENTRY, "BitstringStatusList"):
        text = "/credentialStatus is a BitstringStatusListEntry whose statusPurpose is revocation or suspension"
        raise RequestError(400, "UNSUPPORTED", text)
    if credential_id is None or not isinstance(value, bool):
        raise RequestError(400, "MALFORMED_VALUE_ERROR", "/credentialId is a text, and /status is true or false")
    return StatusChange(
        credential_id,
        "revocation" if purpose == "revocation" else "suspension",
        value,
        body.text("reason"),
        entry.text("statusListCredential"),
        entry.text("statusListIndex"),
    )


def verifying_router(judging: Judging, *, gate: Gate, workers: Workers, limits: Limits = DEFAULT_LIMITS) -> APIRouter:
    """Return the routes that sign nothing in anybody's name: verify, and derive for holders.

    Args:
        judging: Who judges.
        gate: The bounds on requests.
        workers: The threads in which is derived.
        limits: Bounds on what is sent.
    """
    router = APIRouter(route_class=guarded(gate), tags=["Verify"])

    @router.post("/credentials/verify", **verifying_description("credential"))
    async def verify_credential(request: Request) -> Response:
        body = Members(await read_object(request, limits))
        body.only("verifiableCredential", "options")
        credential, options = body.object("verifiableCredential"), body.options()
        shown = _shown(options, "returnCredential")
        report = await judging.check_credential(credential, options)
        return _verdict(report, credential, shown, "credential")

    @router.post("/presentations/verify", **verifying_description("presentation"))
    async def verify_presentation(request: Request) -> Response:
        body = Members(await read_object(request, limits))
        body.only("verifiablePresentation", "options")
        presentation, options = body.object("verifiablePresentation"), body.options()
        shown = _shown(options, "returnPresentation")
        report = await judging.check_presentation(presentation, options)
        return _verdict(report, presentation, shown, "verifiablePresentation")

    @router.post("/credentials/derive", **verifying_description("derive"))
    async def derive_credential(request: Request) -> Response:
        body = Members(await read_object(request, limits))
        body.only("verifiableCredential", "options")
        credential = body.object("verifiableCredential")
        options = Members(body.options(), "/options")
        options.only("selectivePointers", code="UNKNOWN_OPTION_PROVIDED")
        pointers = options.texts("selectivePointers")
        if pointers is None:
            raise RequestError(400, "MALFORMED_VALUE_ERROR", "/options/selectivePointers is missing")
        derived = await workers.run(_derived, credential, pointers, limits)
        return _answer(derived, 201)

    return router


def _derived(credential: JSONObject, pointers: list[str], limits: Limits) -> JSONObject:
    try:
        return derive(credential, pointers=pointers, limits=limits)
    except ValueError as error:
        raise RequestError(400, "MALFORMED_VALUE_ERROR", str(error)) from None


def _shown(options: JSONObject, itself: str) -> frozenset[str]:
    """Return what is to be answered beside the report."""
    asked = Members(options, "/options")
    names = {itself: "itself", "returnResults": "results", "returnProblemDetails": "problemDetails"}
    return frozenset(what for name, what in names.items() if asked.flag(name, default=False))


def _verdict(
    report: VerificationReport | PresentationReport, document: JSONObject, shown: frozenset[str], name: str
) -> Response:
    more: JSONObject = {name: document} if "itself" in shown else {}
    if "results" in shown:
        more["results"] = results_of(report, document)
    if not report:
        return not_verified(report, more)
    if "problemDetails" in shown:
        more["problemDetails"] = []
    return _answer({"verified": True, **more, "report": report.to_dict()}, 200)  # type: ignore[dict-item]


def _answer(members: JSONObject, status: int) -> Response:
    return Response(dumps(members).encode(), status, media_type=_JSON)
