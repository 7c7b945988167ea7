"""Where PyLD gets its contexts: the pinned ones and the caller's, never the network."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from copy import deepcopy

from microcred.json import JSONObject, JSONValue, dumps
from microcred.jsonld import contexts as pinned

__all__ = ["IMPORT", "UNKNOWN_CONTEXT", "Contexts", "Loader", "RefusedContextError", "words"]

Contexts = Mapping[str, JSONObject]
"""Context documents by URL."""
UNKNOWN_CONTEXT = (
    "holds a context that is not known here; give it as contexts={url: document}. Contexts are never fetched"
)
"""What is said of a context that nobody gave."""
IMPORT = "uses @import, which is not supported here"
"""What is said of a context that imports another."""


class Loader:
    """A PyLD document loader over the pinned contexts and the caller's."""

    def __init__(self, contexts: Contexts) -> None:
        self._contexts = contexts
        self.digest = hashlib.sha256(dumps(dict(sorted(contexts.items()))).encode()).hexdigest() if contexts else ""

    def find(self, url: str) -> JSONObject | None:
        """Return the document of a context URL; pinned ones come first."""
        return pinned.load(url) or self._contexts.get(url)

    def __call__(self, url: str, _options: object) -> dict[str, object]:
        """Return what PyLD wants of a loader; the signature is PyLD's."""
        document = self.find(url)
        if document is None:
            raise RefusedContextError(UNKNOWN_CONTEXT)
        if "@import" in words(document.get("@context")):
            # PyLD changes what it imports, in its cache.
            raise RefusedContextError(IMPORT)
        # PyLD rewrites URLs inside the document that it is given.
        return {
            "contentType": "application/ld+json",
            "contextUrl": None,
            "documentUrl": url,
            "document": deepcopy(document),
            # Tells the resolver that the document behind this URL does not change, and may stay in its cache.
            "tag": "static",
        }


class RefusedContextError(Exception):
    """Why a context is not loaded, in words."""


def words(value: JSONValue) -> Iterable[str]:
    """Return the names and texts of an inline context."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, item in value.items():
            yield name
            yield from words(item)
    elif isinstance(value, list):
        for item in value:
            yield from words(item)
