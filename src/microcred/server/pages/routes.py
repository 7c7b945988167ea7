"""The verification page, as a router for any FastAPI application."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Final

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from microcred.server.pages.credential import CERTIFICATES, certificate_page
from microcred.server.pages.forms import NAMES, Memory, Submission, read_form, room_for
from microcred.server.pages.judging import NotOpenedError, judge, opened
from microcred.server.pages.rendering import ASSETS, Site, asset, page
from microcred.server.pages.words import language_of, words
from microcred.server.problems import PROBLEM_JSON, RequestError
from microcred.server.service import Service
from microcred.verify.asking import is_plain

__all__ = ["pages_router"]

# Of what the gate answers.
_KEPT: Final = ("Retry-After", "Connection")
_READS: Final = ["GET", "HEAD"]
_MEGABYTE: Final = 1024 * 1024
# Of what did not work, as much is put into the form again.
_AGAIN: Final = 20_000
_ASSET_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "Cache-Control": "public, max-age=86400",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def pages_router(service: Service) -> APIRouter:
    """Return the routes of the verification page: ``/`` and ``/verify``, the files that pages load, and certificates.

    Nothing that is sent is stored or logged, and nobody is asked for a token.

    Args:
        service: Whose verifier judges; its ``base_url`` says where the routes are seen from outside.
    """
    site, memory = Site.of(service), Memory(service.limits)
    router = APIRouter(route_class=_for_people(service, site), include_in_schema=False)

    @router.api_route("/", methods=_READS)
    @router.api_route("/verify", methods=_READS)
    async def show_form(request: Request) -> Response:
        return _form(service, site, language_of(request))

    @router.post("/verify")
    async def verify(request: Request) -> Response:
        language = language_of(request)
        with room_for(request, memory, service.limits):
            submission = await read_form(request, service.limits)
            try:
                found = await judge(service, await _content(service, submission), words(language))
            except NotOpenedError as error:
                return _form(service, site, language, str(error), submission)
            return await service.readers.run(page, "result.html", site, language, judged=found)

    @router.api_route(f"/{CERTIFICATES}/{{name}}", methods=_READS)
    async def show_certificate(request: Request, name: str) -> Response:
        return await certificate_page(service, name, language_of(request))

    @router.api_route("/pages/{name}", methods=_READS)
    async def send_asset(name: str) -> Response:
        if name not in ASSETS:
            raise RequestError(404, "NOT_FOUND", "there is no such file")
        return Response(asset(name)[0], headers=_ASSET_HEADERS, media_type=ASSETS[name])

    return router


async def _content(service: Service, submission: Submission) -> bytes:
    """Return what is to be judged; what is pasted as text may be an address.

    Raises:
        NotOpenedError: Nothing was given, or more than one, or there is nothing behind the URL.
    """
    given = [name for name in NAMES if name in submission.fields]
    if len(given) != 1:
        raise NotOpenedError("error-several" if given else "error-nothing")
    content = submission.fields[given[0]]
    if given[0] == "file":
        return content
    text = content.strip()
    url = text[: service.limits.max_url_characters + 1].decode("utf-8", "replace")
    if is_plain(url, allow_http=service.base_url.startswith("http:")):
        return await service.workers.run(opened, service, url)
    if given[0] == "url":
        raise NotOpenedError("error-url")
    return text


def _form(
    service: Service, site: Site, language: str, error: str = "", submission: Submission | None = None
) -> Response:
    again = submission or Submission({})
    return page(
        "verify.html",
        site,
        language,
        status=400 if error else 200,
        error=error,
        again={name: again.text(name, _AGAIN) for name in ("url", "text")},
        megabytes=service.limits.max_image_bytes // _MEGABYTE,
        most_bytes=service.limits.max_image_bytes,
    )


def _for_people(service: Service, site: Site) -> type[APIRoute]:
    """Return the class of routes that go through the gate, and tell people in their words what did not work."""

    class ForPeople(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            inner, template = super().get_route_handler(), self.path_format

            async def handler(request: Request) -> Response:
                response = await service.gate.run(inner, request, template)
                if response.headers.get("content-type") != PROBLEM_JSON:
                    return response
                status = response.status_code
                kept = {name: response.headers[name] for name in _KEPT if name in response.headers}
                return page("problem.html", site, language_of(request), status=status, headers=kept, code=status)

            return handler

    return ForPeople
