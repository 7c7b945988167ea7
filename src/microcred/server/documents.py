"""Which document is behind a URL of the service: keys, profiles, status lists, and credentials that are shown."""

from __future__ import annotations

from collections.abc import Iterable

from microcred.errors import DocumentError, StatusListError
from microcred.hosting import Hosted, hosted
from microcred.server.issuing import IssuingService

__all__ = ["document_at"]


def document_at(issuers: Iterable[IssuingService], url: str) -> Hosted | None:
    """Return the document behind a URL, if there is one.

    Args:
        issuers: The issuers of the service.
        url: Untrusted.

    Raises:
        StatusListError: REGISTRY_UNAVAILABLE.
    """
    for issuer in issuers:
        found = _list(issuer, url) or _of_issuer(issuer, url)
        if found is not None:
            return found
    return None


def _list(issuer: IssuingService, url: str) -> Hosted | None:
    if not url.startswith(f"{issuer.base_url}/status/{issuer.name}/"):
        return None
    try:
        found = issuer.registry.published(url)
    except StatusListError as error:
        if error.code != "NOT_PUBLISHED":
            raise
        return None
    return Hosted(found.content, found.media_type, found.etag)


def _of_issuer(issuer: IssuingService, url: str) -> Hosted | None:
    try:
        pages = hosted(issuer.source.issuer(), base_url=issuer.base_url)
    except (DocumentError, ValueError):
        # It is published somewhere else, or it is a did:key, which needs no document.
        return None
    return pages.get(url.removeprefix(issuer.base_url))
