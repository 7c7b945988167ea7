"""Keys that an https URL serves: a JWK, or a JWK Set (RFC 7517; Open Badges 3.0 §8.2.4 and §8.5)."""

from __future__ import annotations

from urllib.parse import urlsplit

from microcred.errors import InvalidKeyError, ResolutionError
from microcred.json import JSONObject
from microcred.keys import PublicKey

__all__ = ["has_key", "hosted_key", "well_known"]

_INVALID = "INVALID_VERIFICATION_METHOD"


def well_known(issuer: str) -> str | None:
    """Return the URL of the key set of an https issuer (implementation guide, "Key provenance"), or None."""
    try:
        parts = urlsplit(issuer)
    except ValueError:
        return None
    return f"https://{parts.netloc}/.well-known/jwks.json" if parts.scheme == "https" and parts.netloc else None


def hosted_key(document: JSONObject, url: str, name: str, owner: str | None) -> PublicKey:
    """Return the key that a URL names in the JWK or JWK Set that it serves.

    Args:
        document: What was fetched; untrusted.
        url: The URL, with its fragment.
        name: Its fragment, or another name of the key: its ``kid`` or its thumbprint; empty for the only one.
        owner: Whose key it should be.

    Raises:
        ResolutionError: INVALID_VERIFICATION_METHOD: there is no such key, or it must not be used.
    """
    entries = document.get("keys", [document])
    keys = [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    found = [key for key in keys if key.get("kid") in ([url, name] if name else [url])]
    if not found and name:
        found = [key for key in keys if _thumbprint(key) == name]
    if not found and len(keys) == 1 and (not name or "kid" not in keys[0]):
        found = keys
    if len(found) != 1:
        raise ResolutionError(url, "the key set does not have that key", _INVALID)
    jwk = found[0]
    # A host of several issuers says in the member iss whose key it is.
    if owner is not None and jwk.get("iss", owner) != owner:
        raise ResolutionError(url, "the key is that of another issuer, by its own document", _INVALID)
    try:
        return PublicKey.from_jwk(jwk)
    except InvalidKeyError as error:
        raise ResolutionError(url, str(error), _INVALID) from None


def has_key(document: JSONObject, key: PublicKey, owner: str) -> bool:
    """Tell whether a JWK Set has a key, for one of the issuers that it may be of.

    Args:
        document: What was fetched; untrusted.
        key: The key.
        owner: The issuer; a key with another one in its member ``iss`` is not theirs.
    """
    entries = document.get("keys")
    for entry in entries if isinstance(entries, list) else []:
        try:
            if isinstance(entry, dict) and entry.get("iss", owner) == owner and PublicKey.from_jwk(entry) == key:
                return True
        except InvalidKeyError:
            continue
    return False


def _thumbprint(jwk: JSONObject) -> str | None:
    try:
        return PublicKey.from_jwk(jwk).thumbprint
    except InvalidKeyError:
        return None
