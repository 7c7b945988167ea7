"""A web in memory, for your tests and ours: the same seam that the verifier uses for the network."""

from __future__ import annotations

from collections.abc import Mapping

from microcred.errors import FetchError
from microcred.json import JSONObject, dumps
from microcred.protocols import Fetch, FetchResult

__all__ = ["FakeWeb"]


class FakeWeb:
    """Serve documents from memory; a ``Fetcher`` and an ``AsyncFetcher``.

    Attributes:
        pages: URL to content. Change it at will between calls; a ``FetchError`` as content is raised, and a
            ``FetchResult`` is the whole answer.
        requests: The URLs that were asked for, in order.
    """

    allow_http = False
    """Whether pages of http may be asked for; not unless you say so."""

    def __init__(self, pages: Mapping[str, bytes | str | JSONObject | FetchResult | FetchError] | None = None) -> None:
        """Take the pages.

        Args:
            pages: URL to bytes, text, a dict that is served as JSON, a ``FetchResult``, or a ``FetchError``.
        """
        self.pages = dict(pages or {})
        self.requests: list[str] = []

    def fetch(self, request: Fetch) -> FetchResult:
        """Serve a page, or raise the ``FetchError`` of a server that does not have it."""
        self.requests.append(request.url)
        page = self.pages.get(request.url)
        if page is None:
            raise FetchError(request.url, "the server answered 404", 404)
        if isinstance(page, FetchError):
            raise page
        if isinstance(page, FetchResult):
            return page
        if isinstance(page, dict):
            return FetchResult(request.url, dumps(page).encode(), "application/json")
        content = page.encode() if isinstance(page, str) else page
        return FetchResult(request.url, content, "text/plain" if isinstance(page, str) else "application/octet-stream")

    async def afetch(self, request: Fetch) -> FetchResult:
        """Serve a page, as ``fetch`` does."""
        return self.fetch(request)
