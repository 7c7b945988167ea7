"""What others look up here: keys, profiles, achievements, status lists, and credentials in the form that they want.

Nothing here is secret, and all of it is for scripts of other sites, too, since wallets are web pages. A credential is
there for whoever knows its URL, which nobody can guess.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, Final, TypeVar

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from microcred.hosting import Hosted
from microcred.server.forms import FORMS, HTML, LISTS, SUFFIXES, Pictures, as_asked, forms_of, hosted_as, machine_forms
from microcred.server.gate import Handler, guarded
from microcred.server.ledger import Kept
from microcred.server.negotiation import has_already, preferred
from microcred.server.openapi import problems
from microcred.server.pages import credential_page, language_of
from microcred.server.problems import RequestError
from microcred.server.service import Service
from microcred.server.work import Shared, each_once

__all__ = ["hosting_router"]

T = TypeVar("T")
_PARAMETER: Final = re.compile(r"\{(\w+)\}")

_ANYBODY: Final = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "ETag"}
_PREFLIGHT: Final = {
    **_ANYBODY,
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "Accept, If-None-Match",
    "Access-Control-Max-Age": "86400",
    "Allow": "GET, HEAD, OPTIONS",
}
_PLAIN: Final = {"X-Content-Type-Options": "nosniff"}
# A drawing in a credential comes from whoever may issue, and must not run here as a page of ours.
_HARMLESS: Final = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"}
_OF_LEARNERS: Final = {"X-Robots-Tag": "noindex", "Referrer-Policy": "no-referrer"}
_FRESH: Final = {"Cache-Control": "no-store"}
_MOST_WAITING: Final = 4_096
_MOST_AT_ONCE: Final = 64
# A PNG takes a tenth of a second of a processor.
_DRAWN_AT_ONCE: Final = 2
_READ: Final = ("GET", "HEAD")


def hosting_router(service: Service) -> APIRouter:
    """Return the routes under which others look up what the service's issuers publish.

    Args:
        service: The service.
    """
    router = APIRouter(route_class=guarded(service.gate), tags=["Look up"])
    shelf = _Shelf(service)
    pages = service.documents.pages()
    credential = "A credential, as JSON, JWT, picture, or page: by Accept, or by a suffix such as .json."
    described: list[tuple[str, Handler, str, Iterable[str], tuple[int, ...]]] = [
        ("/status/{issuer}/{number}", shelf.status_list, "Which credentials are not valid.", LISTS, (404,)),
        ("/achievements/{name}", shelf.achievement, "An achievement.", ("application/ld+json",), (404,)),
        ("/credentials/{name}", shelf.credential, credential, FORMS, (404, 406)),
        *((path, shelf.page_at(path), "Of an issuer.", (at.media_type,), (404,)) for path, at in pages.items()),
    ]
    for path, handler, summary, forms, errors in described:
        # A route for each: one that is described has one name in the description.
        router.add_api_route(path, handler, methods=["GET"], **_description(path, summary, forms, errors))
        router.add_api_route(path, handler, methods=["HEAD"], include_in_schema=False)
        router.add_api_route(path, _preflight, methods=["OPTIONS"], include_in_schema=False)
    return router


def _description(path: str, summary: str, forms: Iterable[str], errors: tuple[int, ...]) -> dict[str, Any]:
    return {
        "summary": summary,
        "response_model": None,
        # Otherwise JSON would be described beside the forms.
        "response_class": Response,
        "openapi_extra": {
            "parameters": [
                {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
                for name in _PARAMETER.findall(path)
            ]
        },
        "responses": {
            200: {"description": "It is in the body, with an ETag.", "content": {form: {} for form in forms}},
            304: {"description": "You have it already."},
            **problems(*errors, 500, 503),
        },
    }


async def _preflight(request: Request) -> Response:
    """Answer what a browser asks before a script of another site may read (Fetch §3.2.2)."""
    wanted = request.headers.get("access-control-request-method", "GET").upper()
    # What signs has URLs near these, and is not for scripts of other sites.
    return Response(status_code=204, headers=_PREFLIGHT if wanted in _READ else {"Allow": _PREFLIGHT["Allow"]})


class _Shelf:
    """The handlers."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._documents = service.documents
        self._readers = service.readers
        self._pictures = Pictures(service.limits)
        self._drawing = asyncio.Semaphore(_DRAWN_AT_ONCE)
        self._lists = {name: self._together(partial(self._documents.status_list, name)) for name in service.issuers}
        self._credentials = self._together(self._documents.kept)

    def _together(self, read: Callable[[str], T]) -> Shared[str, T]:
        """Have what is asked for at once read once, and after it was asked: no list is from before a revocation."""
        return Shared(self._readers, partial(each_once, read), most=_MOST_AT_ONCE, most_waiting=_MOST_WAITING)

    async def status_list(self, request: Request) -> Response:
        lists = self._lists.get(request.path_params["issuer"])
        found = None if lists is None else await lists.ask(request.path_params["number"])
        named = None if found is None else as_asked(found, _all_of(request, "accept"))
        return _answer(request, named, {"Vary": "Accept"})

    async def achievement(self, request: Request) -> Response:
        return _answer(request, self._documents.achievements.get(request.path_params["name"]))

    def page_at(self, path: str) -> Handler:
        async def page(request: Request) -> Response:
            pages = await self._readers.run(self._documents.pages)
            return _answer(request, pages.get(path))

        return page

    async def credential(self, request: Request) -> Response:
        plain, dot, suffix = request.path_params["name"].partition(".")
        kept = await self._credentials.ask(plain)
        if kept is None:
            raise _nothing_here()
        form = _of_suffix(kept, suffix) if dot else _of_header(kept, request)
        # A form with a URL of its own depends on no header.
        vary = "" if dot else "Accept"
        if form == HTML:
            return await self._for_people(request, kept, plain, vary)
        if form in machine_forms(kept):
            return _answer(request, hosted_as(kept, form), {**_OF_LEARNERS, **({"Vary": vary} if vary else {})})
        picture = self._pictures.known(kept, form)
        if picture is None:
            async with self._drawing:
                picture = await self._readers.run(self._pictures.of, kept, form)
        return _answer(request, picture, {**_OF_LEARNERS, **_HARMLESS, **({"Vary": vary} if vary else {})})

    async def _for_people(self, request: Request, kept: Kept, name: str, vary: str) -> Response:
        url = f"{self._documents.base_url}/credentials/{name}"
        response = await credential_page(self._service, kept, url=url, language=language_of(request))
        response.headers["Vary"] = ", ".join(each for each in (vary, "Accept-Language") if each)
        for header, value in _OF_LEARNERS.items():
            response.headers.setdefault(header, value)
        return response


def _of_suffix(kept: Kept, suffix: str) -> str:
    form = SUFFIXES.get(suffix)
    if form not in forms_of(kept):
        raise _nothing_here()
    return kept.media_type if suffix == "jwt" else form


def _of_header(kept: Kept, request: Request) -> str:
    offered = forms_of(kept)
    form = preferred(_all_of(request, "accept"), offered)
    if form is None:
        text = f"it is there as {', '.join(offered)}"
        raise RequestError(406, "NOT_ACCEPTABLE", text, headers={**_ANYBODY, "Vary": "Accept"})
    return form


def _all_of(request: Request, name: str) -> str | None:
    """Return a header that may come in several lines (RFC 9110 §5.3)."""
    lines = request.headers.getlist(name)
    return ", ".join(lines) if lines else None


def _answer(request: Request, found: Hosted | None, headers: Mapping[str, str] = MappingProxyType({})) -> Response:
    if found is None:
        raise _nothing_here()
    facts = {"ETag": found.etag, "Cache-Control": found.cache_control, **_ANYBODY, **_PLAIN, **headers}
    if has_already(_all_of(request, "if-none-match"), found.etag):
        return Response(status_code=304, headers=facts)
    if request.method == "HEAD":
        facts["Content-Length"] = str(len(found.content))
    return Response(b"" if request.method == "HEAD" else found.content, 200, facts, found.media_type)


def _nothing_here() -> RequestError:
    # What is not there now may be there soon.
    return RequestError(404, "NOT_FOUND", "there is no such document here", headers={**_ANYBODY, **_FRESH})
