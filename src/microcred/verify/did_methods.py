"""The built-in DID methods: did:key and did:jwk, which need no network, and did:web."""

from __future__ import annotations

import re

from microcred.errors import DocumentError, InvalidKeyError, ResolutionError
from microcred.json import JSONObject, loads_object
from microcred.keys import PublicKey
from microcred.limits import DEFAULT_LIMITS, Limits
from microcred.protocols import Fetch, Steps

__all__ = ["DIDJWK", "DIDKey", "DIDWeb"]

_INVALID = "INVALID_VERIFICATION_METHOD"
# A domain name, and a port whose colon is percent-encoded since colons divide a DID.
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"((?:{_LABEL}\.)*{_LABEL})(?:%3a([0-9]{{1,5}}))?", re.IGNORECASE | re.ASCII)
# Programs read a host whose last part is a number as an address, in octal or hexadecimal too.
_NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)", re.IGNORECASE)
# Characters of a DID (DID Core §3.1), which a path may have too; dots alone would climb, and some programs take an
# encoded slash for a slash.
_SEGMENT = re.compile(
    r"(?!(?:\.|%2e)+$)(?:[a-z0-9._-]|%(?!2f|5c|7f|[01])[0-9a-f]{2})+",
    re.IGNORECASE | re.ASCII,
)


class DIDKey:
    """did:key: the DID is the key (did:key v0.9 §3.1.2)."""

    name = "key"

    def resolve(self, did: str) -> Steps[JSONObject]:
        """Expand the DID into its document."""
        key = _key(did)
        method: JSONObject = {
            "id": f"{did}#{key.multikey}",
            "type": "Multikey",
            "controller": did,
            "publicKeyMultibase": key.multikey,
        }
        return _document(did, method)
        yield  # a generator that has nothing to fetch


class DIDJWK:
    """did:jwk: the DID is the key as a JWK, base64url."""

    name = "jwk"

    def resolve(self, did: str) -> Steps[JSONObject]:
        """Expand the DID into its document."""
        jwk = _key(did).to_jwk()
        method: JSONObject = {"id": f"{did}#0", "type": "JsonWebKey", "controller": did, "publicKeyJwk": jwk}
        return _document(did, method)
        yield  # a generator that has nothing to fetch


class DIDWeb:
    """did:web: the DID is a place on the web, and whoever can write there has the DID."""

    name = "web"

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self._limits = limits

    def resolve(self, did: str) -> Steps[JSONObject]:
        """Fetch the document of the DID (did:web method, "Read")."""
        result = yield Fetch(did_web_url(did), "application/did+json, application/did+ld+json, application/json")
        try:
            return loads_object(result.content, self._limits)
        except DocumentError:
            raise ResolutionError(did, "what is behind the URL of the DID is no DID document") from None


def did_web_url(did: str) -> str:
    """Return where the document of a did:web is (did:web method, "Read" steps 1 to 5).

    Raises:
        ResolutionError: INVALID_VERIFICATION_METHOD: not such a DID.
    """
    host, *path = did.removeprefix("did:web:").split(":")
    match = _HOST.fullmatch(host)
    if match is None or not all(_SEGMENT.fullmatch(segment) for segment in path) or _NUMBER.fullmatch(match[1]):
        raise ResolutionError(did, "not a did:web: a domain name, then path segments, with colons between", _INVALID)
    origin = match[1] if match[2] is None else f"{match[1]}:{match[2]}"
    return f"https://{origin}/{'/'.join(path) if path else '.well-known'}/did.json"


def _key(did: str) -> PublicKey:
    try:
        return PublicKey.from_did(did)
    except InvalidKeyError as error:
        raise ResolutionError(did, str(error), _INVALID) from None


def _document(did: str, method: JSONObject) -> JSONObject:
    identifier = method["id"]
    return {"id": did, "verificationMethod": [method], "assertionMethod": [identifier], "authentication": [identifier]}
