"""Issuers of each kind, and what a verifier makes of them."""

from __future__ import annotations

import microcred as mc
from microcred.hosting import hosted
from microcred.issuer import Issuer
from microcred.models import DateTime
from microcred.testing import FakeWeb
from tests.make import KEY, OTHER

DID, PATH_DID, HTTPS = "did:web:example.edu", "did:web:example.edu:departments:x", "https://example.edu/issuer.json"
IDS = (DID, PATH_DID, HTTPS)
THIRD = mc.SigningKey.from_seed(bytes(range(2, 34)))
START = DateTime.parse("2026-05-01T09:00:00Z")
LATER = DateTime.parse("2026-05-20T09:00:00Z")


def make(name: str = DID, key: mc.SigningKey = KEY) -> Issuer:
    """Return an issuer with one key."""
    return Issuer.create(mc.Profile(id=name, name="Example University"), key, at=START)


def web_of(*issuers: Issuer) -> FakeWeb:
    """Return the web on which issuers have published what verifiers look up."""
    return FakeWeb({f"https://example.edu{path}": page.content for path, page in hosted(*issuers).items()})


def verifier(issuer: Issuer, *, anyone: bool = False) -> mc.Verifier:
    """Return a verifier that trusts an issuer, or anyone."""
    return mc.Verifier(trusted_issuers=mc.ANY_ISSUER if anyone else {issuer.id}, fetcher=web_of(issuer))


__all__ = ["DID", "HTTPS", "IDS", "KEY", "LATER", "OTHER", "PATH_DID", "START", "THIRD", "make", "verifier", "web_of"]
