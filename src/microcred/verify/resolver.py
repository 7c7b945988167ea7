"""Identifiers to keys: which key a URL names, who controls it, and whether that is more than a claim.

Controlled Identifiers 1.0 §3.3, "Retrieve Verification Method".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from microcred.errors import DocumentError, FetchError, InvalidKeyError, ResolutionError
from microcred.json import JSONObject, JSONValue, loads_object
from microcred.keys import PublicKey
from microcred.limits import DEFAULT_LIMITS, Limits
from microcred.models import DateTime
from microcred.protocols import DIDMethod, Fetch, Steps
from microcred.verify.asking import NoFetcherError, is_plain
from microcred.verify.did_methods import DIDJWK, DIDKey, DIDWeb
from microcred.verify.hosted_keys import has_key, hosted_key, well_known

__all__ = ["ResolvedKey", "Resolver"]

_INVALID = "INVALID_VERIFICATION_METHOD"
_THUMBPRINT = 43  # base64url of SHA-256
_NOTHING_THERE = (404, 410)
# DID Core §3.1. A DID URL with a path or a query names something else than the DID does.
_DID = re.compile(r"did:[a-z0-9]+:(?:[A-Za-z0-9._:-]|%[0-9A-Fa-f]{2})*(?:[A-Za-z0-9._-]|%[0-9A-Fa-f]{2})")
_RELATIONSHIP = "INVALID_RELATIONSHIP_FOR_VERIFICATION_METHOD"


@dataclass(frozen=True, slots=True)
class ResolvedKey:
    """A key that a proof named."""

    key: PublicKey
    """The key."""
    controller: str | None
    """Who controls it, where that is known."""
    authenticated: bool
    """Whether the controller's document, or the DID itself, lists the key; otherwise anyone could have written it."""
    unknown: bool = False
    """Whether what could show whose key it is could not be fetched."""
    contexts: JSONValue = None
    """The contexts that the proof covers, where others were added to the document since."""


class Resolver:
    """Turn the URL of a key into the key."""

    def __init__(self, did_methods: Iterable[DIDMethod] = (), limits: Limits = DEFAULT_LIMITS) -> None:
        """Take DID methods beside the built-in did:key, did:jwk and did:web, which they may replace.

        Args:
            did_methods: The methods.
            limits: Bounds on what is read.
        """
        self._limits = limits
        methods: list[DIDMethod] = [DIDKey(), DIDJWK(), DIDWeb(limits), *did_methods]
        self._methods = {method.name: method for method in methods}

    def handles(self, identifier: str) -> bool:
        """Tell whether an identifier is a DID of a known method."""
        return identifier.startswith("did:") and identifier.split(":")[1] in self._methods

    def key(self, url: str, purpose: str, at: datetime, *, owner: str | None = None) -> Steps[ResolvedKey]:
        """Return the key that a verification method URL names.

        Args:
            url: Untrusted.
            purpose: The verification relationship that must list the key, such as ``assertionMethod``.
            at: The time of judgement.
            owner: Whose key it should be: an https issuer has keys in documents of its own beside its profile.

        Raises:
            FetchError: The document of an https URL could not be fetched.
            ResolutionError: With the code UNSUPPORTED or RESOLUTION_ERROR when it could not be looked up, or one of
                the Controlled Identifiers problem types when the key must not be used.
        """
        document_url, _, fragment = url.partition("#")
        if url.startswith("did:"):
            document = yield from self.document(document_url)
            return _key_of(document, document_url, url if fragment else None, purpose, at)
        if not url.startswith(("https://", "http://")):
            raise ResolutionError(url, "the verification method is not a URL or DID", _INVALID)
        try:
            # A Multikey as the fragment of an https issuer: proof of a key, of nothing else.
            return ResolvedKey(PublicKey.from_multikey(fragment), document_url, authenticated=False)
        except InvalidKeyError:
            pass
        if not url.startswith("https://"):
            raise ResolutionError(url, "keys are looked up behind https URLs only", "UNSUPPORTED")
        if not is_plain(document_url):
            raise ResolutionError(url, "the verification method is not a URL that can be opened safely", _INVALID)
        document = yield from self._fetched(document_url)
        if "keys" in document or "kty" in document:
            key = hosted_key(document, url, fragment, owner)
            # Of other documents on the same host, nobody knows who may write them.
            is_owners = owner is not None and document_url in (owner, well_known(owner))
            return ResolvedKey(key, owner if is_owners else None, authenticated=is_owners)
        if document.get("id") != document_url:
            raise ResolutionError(
                url, "what is there is neither a key set nor the document of its controller", _INVALID
            )
        return _key_of(document, document_url, url if fragment else None, purpose, at)

    def publishes(self, issuer: str, key: PublicKey) -> Steps[bool | None]:
        """Tell whether an https issuer has a key in the key set of its host (implementation guide, "Key provenance").

        A key that is found in another place, or in the credential itself, is the issuer's if it stands there too.

        Returns:
            None when nobody knows, since the key set could not be fetched. Whoever gives a verifier no fetcher has said
            that only what needs none counts.
        """
        url = well_known(issuer)
        if url is None or not is_plain(url):
            return False
        try:
            return has_key((yield from self._fetched(url)), key, issuer)
        except FetchError as error:
            return False if isinstance(error, NoFetcherError) or error.status in _NOTHING_THERE else None
        except ResolutionError:
            return False

    def _fetched(self, url: str) -> Steps[JSONObject]:
        result = yield Fetch(
            url, "application/json, application/jwk-set+json, application/jwk+json, application/ld+json"
        )
        try:
            return self._bounded(loads_object(result.content, self._limits), url)
        except DocumentError:
            raise ResolutionError(url, "what is behind the URL is no key in JSON") from None

    def named_key(self, did: str, name: str, purpose: str, at: datetime) -> Steps[ResolvedKey]:
        """Return the key of a DID that a bare ``kid`` names: the fragment of its URL, its JWK's ``kid`` or thumbprint.

        Raises:
            ResolutionError: As ``key``; INVALID_VERIFICATION_METHOD when the DID lists no such key.
        """
        document = yield from self.document(did)
        url = f"{did}#{name.removeprefix('#')}"
        for method in _listed(document, did, purpose):
            jwk = method.get("publicKeyJwk")
            named = [_absolute(method.get("id"), did) == url, isinstance(jwk, dict) and jwk.get("kid") == name]
            if any(named) or (len(name) == _THUMBPRINT and _thumbprint(method, did, at) == name):
                return ResolvedKey(_read_method(method, did, url, at), did, authenticated=True)
        return _key_of(document, did, url, purpose, at)

    def document(self, did: str) -> Steps[JSONObject]:
        """Return the DID document of a DID.

        Raises:
            ResolutionError: UNSUPPORTED for an unknown method.
        """
        if not _DID.fullmatch(did):
            raise ResolutionError(did, "not a DID: it has letters, digits, dots, hyphens and colons only", _INVALID)
        method = self._methods.get(did.split(":")[1])
        if method is None:
            raise ResolutionError(did, "no DID method is known here for it; give one as did_methods=", "UNSUPPORTED")
        try:
            document = yield from method.resolve(did)
        except DocumentError:
            raise ResolutionError(did, "the DID document is not readable") from None
        if document.get("id") != did:
            raise ResolutionError(did, "what was found is the document of another DID", "RESOLUTION_ERROR")
        return self._bounded(document, did)

    def keys_of(self, did: str, purpose: str, at: datetime) -> Steps[tuple[PublicKey, ...]]:
        """Return all usable keys that a DID lists for a purpose."""
        document = yield from self.document(did)
        keys: list[PublicKey] = []
        for method in _listed(document, did, purpose):
            try:
                keys.append(_read_method(method, did, did, at))
            except ResolutionError:
                continue
        return tuple(keys)

    def _bounded(self, document: JSONObject, identifier: str) -> JSONObject:
        if any(isinstance(value, list) and len(value) > self._limits.max_keys for value in document.values()):
            raise ResolutionError(
                identifier, f"the DID document lists more than {self._limits.max_keys} keys", _INVALID
            )
        return document


def _thumbprint(method: JSONObject, did: str, at: datetime) -> str | None:
    try:
        return _read_method(method, did, did, at).thumbprint
    except ResolutionError:
        return None


def _listed(document: JSONObject, did: str, purpose: str) -> Iterable[JSONObject]:
    """Return the methods of a relationship, which are named there or stand there whole."""
    methods = document.get("verificationMethod")
    by_id = {_absolute(item.get("id"), did): item for item in _objects(methods)}
    entries = document.get(purpose)
    for entry in entries if isinstance(entries, list) else [entries]:
        if isinstance(entry, dict):
            yield entry
        elif isinstance(entry, str) and _absolute(entry, did) in by_id:
            yield by_id[_absolute(entry, did)]


def _objects(value: JSONValue) -> list[JSONObject]:
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, dict)]


def _absolute(identifier: JSONValue, did: str) -> str:
    return f"{did}{identifier}" if isinstance(identifier, str) and identifier.startswith("#") else str(identifier)


def _key_of(document: JSONObject, did: str, url: str | None, purpose: str, at: datetime) -> ResolvedKey:
    listed = list(_listed(document, did, purpose))
    if url is None:
        # A bare DID stands for its key when it has only one (the official samples name did:key so).
        found = listed if len(listed) == 1 else []
    else:
        found = [method for method in listed if _absolute(method.get("id"), did) == url]
    known = [
        method for method in _objects(document.get("verificationMethod")) if _absolute(method.get("id"), did) == url
    ]
    if any(method != known[0] for method in known):
        raise ResolutionError(url or did, "the issuer's document has several keys of that name", _INVALID)
    if not found:
        if known:
            # It says more that a key was revoked than that it is listed no longer.
            _check_revoked(known[0], url or did)
            raise ResolutionError(url or did, f"the issuer does not list the key for {purpose}", _RELATIONSHIP)
        raise ResolutionError(url or did, "the issuer's document does not list the key", _INVALID)
    return ResolvedKey(_read_method(found[0], did, url or did, at), did, authenticated=True)


def _read_method(method: Mapping[str, JSONValue], did: str, url: str, at: datetime) -> PublicKey:
    if method.get("controller") != did:
        raise ResolutionError(url, "the key belongs to somebody else, by its controller", _INVALID)
    _check_revoked(method, url)
    if "expires" in method and not _is_before(at, method["expires"]):
        raise ResolutionError(url, "the key that signed has expired", _INVALID)
    try:
        if isinstance(method.get("publicKeyJwk"), dict):
            return PublicKey.from_jwk(_objects(method["publicKeyJwk"])[0])
        return PublicKey.from_multikey(str(method.get("publicKeyMultibase")))
    except InvalidKeyError as error:
        raise ResolutionError(url, str(error), _INVALID) from None


def _check_revoked(method: Mapping[str, JSONValue], url: str) -> None:
    if "revoked" in method:
        # Whoever has a revoked key chooses the date of a proof, so that no proof by it counts, whatever its date.
        raise ResolutionError(url, "the key that signed was revoked", _INVALID)


def _is_before(at: datetime, text: JSONValue) -> bool:
    try:
        moment = DateTime.parse(str(text), tolerant=True)
    except ValueError:
        return False
    return moment.tzinfo is not None and at < moment
