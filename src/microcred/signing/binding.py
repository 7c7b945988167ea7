"""Whose key signs: a verification method that the issuer or holder can control (Controlled Identifiers 1.0 §2.2)."""

from __future__ import annotations

from urllib.parse import urlsplit

from microcred.errors import InvalidKeyError, SigningError
from microcred.keys import PublicKey
from microcred.protocols import Signer

__all__ = ["bind", "said"]


def bind(owner: str, signer: Signer, method: str | None, where: str) -> str:
    """Return the verification method, after making sure that it can be its owner's and that it can be this key.

    Args:
        owner: The id of who signs: the issuer, or the holder of a presentation.
        signer: The key that signs.
        method: The URL of the key, or None for the one that the signer says, or the did:key of the key itself.
        where: JSON Pointer to the owner's id.

    Raises:
        SigningError: The owner does not control that method, or it is another key's.
    """
    key = signer.public_key
    method = said(signer) if method is None else method
    if method is None:
        if owner != key.did:
            raise SigningError(
                "is not the did:key of the signing key; name the key under which verifiers find it: "
                'verification_method="<id>#<key>"',
                where,
            )
        return key.verification_method
    page, _, fragment = method.partition("#")
    named = _named_key(owner, fragment)
    known = owner.startswith(("did:", "https://", "http://"))
    if not known or (page != owner and (named is not None or not _same_host(page, owner))):
        raise SigningError("does not control the verification method, which belongs to somebody else", where)
    if named is not None and named != key:
        raise SigningError("the verification method names another key than the one that signs")
    if owner.startswith("did:key:") and method not in (key.did, key.verification_method):
        raise SigningError("the verification method is not in the document of the did:key")
    if owner.startswith("did:jwk:") and fragment != "0":
        raise SigningError("the verification method is not in the document of the did:jwk, whose only key is #0")
    return method


def said(signer: Signer) -> str | None:
    """Return the URL that a signer knows of its key; every key has one in its own did:key, which says nothing new."""
    said = getattr(signer, "verification_method", None)
    return said if isinstance(said, str) and not said.startswith("did:key:") else None


def _named_key(owner: str, fragment: str) -> PublicKey | None:
    """Return the key that the owner's DID is, or that the fragment of a URL names."""
    try:
        is_key = owner.startswith(("did:key:", "did:jwk:"))
        return PublicKey.from_did(owner) if is_key else PublicKey.from_multikey(fragment)
    except InvalidKeyError:
        return None


def _same_host(page: str, owner: str) -> bool:
    """Tell whether a key document may be an https owner's, who may host keys beside its profile (§8.5)."""
    try:
        first, second = urlsplit(page), urlsplit(owner)
    except ValueError:
        return False
    return first.scheme == second.scheme == "https" and first.netloc == second.netloc != ""
