"""What verifiers look up, as paths and bytes: for a web framework, or for a folder that any web server serves.

Where each document is found follows from the issuer's id (did:web method, "Read"; Open Badges 3.0 implementation guide,
"Key provenance") or from the document's own id.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from microcred.baking import looks_like_image
from microcred.documents import Readable, to_document
from microcred.encoding import base64url_encode
from microcred.errors import DocumentError
from microcred.issuer.identity import Issuer
from microcred.json import JSONObject, JSONValue, dumps
from microcred.models import CREDENTIALS_V2, OPEN_BADGES_CONTEXT, Achievement
from microcred.signing.reading import receive
from microcred.verify.hosted_keys import well_known

__all__ = ["CACHE_CONTROL", "Hosted", "HostedList", "hosted"]

CACHE_CONTROL = "public, max-age=300"
"""How long copies may be kept: so long a revoked key, or credential, can stay unnoticed."""
# What means the same in a URL, in a file name, and in the configuration of a web server; dots alone would climb.
_NAME = re.compile(r"(?!\.+$)[A-Za-z0-9._~@=+-]+")
_DID, _JWKS, _LD = "application/did+json", "application/jwk-set+json", "application/ld+json"
_CREDENTIAL, _JWT, _COSE = "application/vc", "application/vc+jwt", "application/vc+cose"


@dataclass(frozen=True, slots=True)
class Hosted:
    """One document, ready to be served."""

    content: bytes
    """The body."""
    media_type: str
    """For the header ``Content-Type``."""
    etag: str
    """For the header ``ETag``: a strong validator, in its quotes."""
    cache_control: str = CACHE_CONTROL
    """For the header ``Cache-Control``."""


class HostedList(Protocol):
    """A signed status list, as ``StatusRegistry.publish`` returns it."""

    @property
    def url(self) -> str:
        """Where verifiers look it up."""
        ...

    @property
    def content(self) -> bytes:
        """The body."""
        ...

    @property
    def media_type(self) -> str:
        """Its media type."""
        ...

    @property
    def etag(self) -> str:
        """A strong validator, in its quotes."""
        ...


def hosted(
    *issuers: Issuer,
    lists: Iterable[HostedList] = (),
    credentials: Iterable[Readable] = (),
    achievements: Iterable[Achievement | Mapping[str, object]] = (),
    base_url: str | None = None,
) -> dict[str, Hosted]:
    """Return what verifiers look up, by path, such as ``/.well-known/did.json``.

    Serve each to GET and HEAD with its headers, without a password, and to scripts of other sites
    (``Access-Control-Allow-Origin: *``), since wallets are web pages, too. Nothing here is secret. Whoever knows the
    URL of a credential can read it, so that ``credentials`` are for those whose learners want that.

    Args:
        issuers: The issuers of this site. Those of one host share a key set.
        lists: What the registry published.
        credentials: Signed credentials with an https URL on this site as ``id``, in any form.
        achievements: Achievements with such an ``id``.
        base_url: Where the root of the site is; by default the host of the first issuer.

    Returns:
        In an order in which they can be put in place one by one: keys come before what they signed.

    Raises:
        DocumentError: An id leads to another site, no file can have that name, or two documents have one place.
    """
    site = _Site(_base(base_url, issuers))
    for issuer in issuers:
        site.add_issuer(issuer)
    site.add_key_sets(issuers)
    for each in lists:
        site.add(each.url, Hosted(each.content, each.media_type, each.etag))
    for achievement in achievements:
        document: JSONObject = {"@context": [CREDENTIALS_V2, OPEN_BADGES_CONTEXT], **to_document(achievement)}
        site.add(_id(document), _json(document, _LD))
    for credential in credentials:
        document = receive(credential).document
        site.add(_id(document), _credential(credential, document))
    return site.pages


class _Site:
    def __init__(self, base: str) -> None:
        self.base = base
        self.pages: dict[str, Hosted] = {}
        self._folders: set[str] = set()

    def add(self, url: str, page: Hosted) -> None:
        path = self._path(url)
        parents = ["/".join(path.split("/")[:end]) for end in range(2, path.count("/") + 1)]
        if path in self.pages or path in self._folders or not self.pages.keys().isdisjoint(parents):
            raise DocumentError.at("/id", f"{url} is where something else is already, or lies below it")
        self._folders.update(parents)
        self.pages[path] = page

    def _path(self, url: str) -> str:
        """Return the path of a URL on this site, in which nothing is encoded and nothing climbs."""
        if not url.startswith(self.base):
            raise DocumentError.at("/id", f"{url} is not on the site {self.base}, and cannot be served there")
        path = url.removeprefix(self.base)
        if not all(_NAME.fullmatch(name) for name in path.split("/")):
            raise DocumentError.at("/id", f"{url} cannot be the name of a file: take letters, digits, dots and hyphens")
        return f"/{path}"

    def add_issuer(self, issuer: Issuer) -> None:
        url = issuer.document_url
        if url is None:
            return
        if issuer.id.startswith("did:web:"):
            self.add(url, _json(issuer.did_document(), _DID))
            url = url.removesuffix(".well-known/did.json").removesuffix("did.json") + "issuer.json"
        self.add(url, _json(issuer.profile_document(), _LD))

    def add_key_sets(self, issuers: Iterable[Issuer]) -> None:
        """Add the key set of each host; on a site that is no whole host, nobody can look there."""
        sets: dict[str, list[JSONValue]] = {}
        for issuer in issuers:
            document_url = issuer.document_url
            url = None if document_url is None else well_known(document_url)
            if url is not None and url.startswith(self.base):
                keys = issuer.jwks()["keys"]
                assert isinstance(keys, list)
                sets.setdefault(url, []).extend(keys)
        for url, keys in sets.items():
            self.add(url, _json({"keys": keys}, _JWKS))


def _base(base_url: str | None, issuers: Iterable[Issuer]) -> str:
    if base_url is None:
        urls = [url for url in (issuer.document_url for issuer in issuers) if url is not None]
        if not urls:
            text = "say where the site is with base_url=: a did:key does not tell"
            raise DocumentError.at("/profile/id", text)
        base_url = f"https://{urlsplit(urls[0]).netloc}/"
    parts = urlsplit(base_url)
    if parts.scheme != "https" or not parts.netloc or parts.query or parts.fragment:
        raise ValueError("base_url is the https URL of the root of the site, such as https://example.edu/")
    return base_url.rstrip("/") + "/"


def _id(document: JSONObject) -> str:
    value = document.get("id")
    return value if isinstance(value, str) else ""


def _credential(value: Readable, document: JSONObject) -> Hosted:
    if isinstance(value, str | bytes) and looks_like_image(value):
        raise DocumentError.at("", "is an image; give the credential itself, and serve the image beside it")
    envelope = receive(value).envelope
    if envelope is None:
        return _json(document, _CREDENTIAL)
    if not isinstance(value, str | bytes):
        raise DocumentError.at("", "is an envelope in an object; give the JWT or COSE message itself")
    content = value.encode() if isinstance(value, str) else value
    types = {"jwt": _JWT, "cose": _COSE}
    if envelope.form not in types:
        raise DocumentError.at("", "is an SD-JWT, which is for its holder only, and must not be published")
    return _page(content, types[envelope.form])


def _json(document: JSONObject, media_type: str) -> Hosted:
    return _page(dumps(document).encode(), media_type)


def _page(content: bytes, media_type: str) -> Hosted:
    return Hosted(content, media_type, f'"{base64url_encode(hashlib.sha256(content).digest())}"')
