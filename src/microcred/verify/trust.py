"""Who vouches for an issuer: a set of ids, or ids with pinned keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

from microcred.keys import PublicKey

__all__ = ["ANY_ISSUER", "AnyIssuer", "Trust", "TrustedIssuers"]


class AnyIssuer:
    """The type of ``ANY_ISSUER``."""

    def __repr__(self) -> str:
        return "ANY_ISSUER"


ANY_ISSUER: Final = AnyIssuer()
"""Opt out of trust, in plain sight: any issuer will do, and its name proves nothing."""

TrustedIssuers: TypeAlias = Iterable[str] | Mapping[str, PublicKey | Iterable[PublicKey]] | AnyIssuer
"""Issuer ids; or a mapping from issuer ids to the keys that are known to be theirs; or ``ANY_ISSUER``."""


class Trust:
    """The trusted issuers of a verifier, looked up by id."""

    def __init__(self, trusted: TrustedIssuers) -> None:
        """Take what a caller gave.

        Raises:
            TypeError: A single text, which would be taken letter by letter, or keys of another type.
        """
        if isinstance(trusted, str | bytes):
            raise TypeError("trusted_issuers is a set of ids, or a mapping from ids to keys; put the id in braces: {…}")
        self.anyone = isinstance(trusted, AnyIssuer)
        self._keys: dict[str, frozenset[PublicKey]] = {}
        if isinstance(trusted, AnyIssuer):
            return
        for issuer in trusted:
            keys = trusted[issuer] if isinstance(trusted, Mapping) else ()
            self._keys[issuer] = _pinned(issuer, keys)

    def of_anyone(self) -> Trust:
        """Return a trust with the same pinned keys that lets anyone be the issuer, so that only the key is judged."""
        trust = Trust(self._keys)
        trust.anyone = True
        return trust

    def names(self, issuer: str | None) -> bool:
        """Tell whether an issuer is trusted by name."""
        return issuer in self._keys

    def keys(self, issuer: str | None) -> frozenset[PublicKey]:
        """Return the keys that are pinned for an issuer."""
        return self._keys.get(issuer, frozenset()) if issuer is not None else frozenset()


def _pinned(issuer: object, keys: object) -> frozenset[PublicKey]:
    items = list(keys) if isinstance(keys, Iterable) else [keys]
    pinned = frozenset(key for key in items if isinstance(key, PublicKey))
    if not isinstance(issuer, str) or any(not isinstance(key, PublicKey) for key in items):
        raise TypeError("trusted_issuers is a set of ids (text), or a mapping from ids to PublicKey objects")
    return pinned
