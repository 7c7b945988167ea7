"""From values to HTML: the templates of the package, and the headers that go with every page."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from microcred.server.pages.words import languages, words
from microcred.server.service import Service

__all__ = ["ASSETS", "HEADERS", "Site", "asset", "page"]

ASSETS: Final = MappingProxyType(
    {"style.css": "text/css", "verify.js": "text/javascript", "icon.svg": "image/svg+xml"},
)
"""The files that pages load, and their media types."""
# Content Security Policy Level 3: scripts and styles only from files of ours, pictures also out of the page itself.
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
HEADERS: Final = MappingProxyType(
    {
        "Content-Security-Policy": _POLICY,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cache-Control": "no-store",
        "Vary": "Accept-Language",
    }
)
"""What goes with every page."""


@dataclass(frozen=True, slots=True)
class Site:
    """What pages say of the service."""

    root: str
    """The path in front of all others, as browsers see it; empty for none."""
    host: str
    """The name of the host."""
    anyone: bool
    """Whether issuers are not restricted."""

    @classmethod
    def of(cls, service: Service) -> Site:
        """Return what pages say of a service."""
        parts = urlsplit(service.base_url)
        return cls(parts.path.rstrip("/"), parts.hostname or "", service.trusts_anyone)

    def path(self, name: str) -> str:
        """Return the path of an asset, which changes with its content, so that browsers keep none too long."""
        return f"{self.root}/pages/{name}?v={asset(name)[1]}"


def page(
    template: str,
    site: Site,
    language: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **values: object,
) -> Response:
    """Return a page.

    Args:
        template: The name of its template.
        site: What it says of the service.
        language: A language tag; one that is not there gives English.
        status: The HTTP status.
        headers: Further headers.
        values: What the template takes.
    """
    said = words(language)
    others = [words(tag) for tag in languages()]
    html = _environment().get_template(template).render(site=site, words=said, others=others, **values)
    own = {**HEADERS, "Content-Language": said.language, **(headers or {})}
    return HTMLResponse(html, status, own)


@cache
def asset(name: str) -> tuple[bytes, str]:
    """Return the content of a file of ``ASSETS``, and what changes with it.

    Args:
        name: One of ``ASSETS``.
    """
    content = resources.files("microcred.server.pages").joinpath("static", name).read_bytes()
    return content, hashlib.sha256(content).hexdigest()[:12]


@cache
def _environment() -> Environment:
    loader = PackageLoader("microcred.server.pages", "templates")
    return Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, cache_size=20
    )
