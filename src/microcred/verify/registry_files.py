"""Registries of issuers that are a JSON file, in the form of the Digital Credentials Consortium.

The file has no signature: whoever serves it under its https URL, or gave it to the caller, vouches for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from microcred.errors import DocumentError, ResolutionError
from microcred.json import JSONObject, JSONValue, copy, loads_object
from microcred.limits import DEFAULT_LIMITS, Limits
from microcred.protocols import Fetch, Steps
from microcred.verify._shown import readable, web_page
from microcred.verify.asking import is_plain
from microcred.verify.memory import Memory
from microcred.verify.report import Code, Voucher

__all__ = ["RegistryFile"]


class RegistryFile:
    """A file that lists issuers: ``{"registry": {<id>: {"name": …, "url": …}}}``; a ``TrustRegistry``.

    It says what holds now. Who was listed in the past is not in it, so that ``at=`` makes no difference.
    """

    def __init__(self, source: str | Mapping[str, JSONValue], *, name: str, limits: Limits = DEFAULT_LIMITS) -> None:
        """Take the file, or say where it is.

        Args:
            source: The https URL of the file, which is fetched for a verification; or what is in it. Trusted: it names
                whom you trust.
            name: What to call the registry in reports.
            limits: Bounds on the file.

        Raises:
            ValueError: The URL is not one of https that can be opened safely.
            DocumentError: The content is not such a file.
        """
        if isinstance(source, str) and not is_plain(source, most=limits.max_url_characters):
            raise ValueError("a registry file has an https URL; give what is in a file of your own as a dict")
        self._name = name
        self._limits = limits
        self._url = source if isinstance(source, str) else None
        self._issuers = {} if isinstance(source, str) else _issuers(copy(source, limits))
        self._memory = Memory[JSONObject]()

    @property
    def name(self) -> str:
        """What the registry is called in reports."""
        return self._name

    def look_up(self, issuer: str, *, at: datetime) -> Steps[Voucher | None]:
        """Return what the file says of an issuer; see ``TrustRegistry.look_up``."""
        issuers = self._issuers if self._url is None else (yield from self._fetched(self._url, at))
        entry = issuers.get(issuer)
        if entry is None:
            return None
        if not isinstance(entry, dict):
            raise ResolutionError(issuer, "its entry about the issuer is not an object", Code.REGISTRY_RETRIEVAL_ERROR)
        return Voucher(self._name, readable(entry.get("name")), web_page(entry.get("url")))

    def _fetched(self, url: str, at: datetime) -> Steps[JSONObject]:
        content = (yield Fetch(url)).content
        issuers = self._memory.get(content, at)
        if issuers is None:
            try:
                issuers = _issuers(loads_object(content, self._limits))
            except DocumentError:
                text = "what is behind its URL is not a registry file"
                raise ResolutionError(url, text, Code.REGISTRY_RETRIEVAL_ERROR) from None
            self._memory.put(content, issuers, weight=4 * len(content))
        return issuers


def _issuers(document: JSONValue) -> JSONObject:
    issuers = document.get("registry") if isinstance(document, dict) else None
    if not isinstance(issuers, dict):
        raise DocumentError.at("/registry", "must be an object whose members are named by the ids of issuers")
    return issuers
