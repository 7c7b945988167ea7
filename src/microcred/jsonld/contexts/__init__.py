"""The pinned JSON-LD contexts: URL to document, from files in the package; nothing is ever fetched.

``manifest.json`` says for each file its URL, SHA-256, source and licence.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from importlib import resources
from typing import cast

from microcred.json import JSONObject

__all__ = ["ManifestEntry", "content", "load", "manifest", "urls"]

ManifestEntry = dict[str, str | list[str]]
"""One file: url, aliases, file, sha256, source, licence, note; and bytes, if those are the published ones."""


@cache
def manifest() -> tuple[ManifestEntry, ...]:
    """Return what is pinned, one entry for each file."""
    return tuple(json.loads(_read("manifest.json")))


@cache
def _files() -> dict[str, tuple[str, str]]:
    files: dict[str, tuple[str, str]] = {}
    for entry in manifest():
        for url in (entry["url"], *entry["aliases"]):
            files[url] = (cast(str, entry["file"]), cast(str, entry["sha256"]))
    return files


def urls() -> tuple[str, ...]:
    """Return the URLs of all pinned contexts, aliases included."""
    return tuple(_files())


def load(url: str) -> JSONObject | None:
    """Return the pinned document of a context URL.

    Args:
        url: Exactly as the document has it.

    Returns:
        The document, not to be changed; None when the URL is not pinned.

    Raises:
        RuntimeError: The file in the package is not the one that was pinned.
    """
    return _load(url) if url in _files() else None


# Of pinned URLs only, so that what others name cannot fill it.
@cache
def _load(url: str) -> JSONObject:
    return cast(JSONObject, json.loads(_pinned(url)))


def content(url: str) -> tuple[bytes, bool] | None:
    """Return the bytes of a pinned context, and whether they are known to be those that were published under its URL.

    Many registry packages write a context anew, so that it means the same and has another digest.

    Args:
        url: Exactly as the document has it.

    Returns:
        None when the URL is not pinned.

    Raises:
        RuntimeError: The file in the package is not the one that was pinned.
    """
    return (_pinned(url), url in _as_published()) if url in _files() else None


@cache
def _as_published() -> frozenset[str]:
    return frozenset(cast(str, entry["url"]) for entry in manifest() if "bytes" in entry)


def _pinned(url: str) -> bytes:
    file, digest = _files()[url]
    data = _read(file)
    if hashlib.sha256(data).hexdigest() != digest:
        raise RuntimeError(f"the installed file of the context {url} was changed; install microcred again")
    return data


def _read(name: str) -> bytes:
    return resources.files(__name__).joinpath(name).read_bytes()
