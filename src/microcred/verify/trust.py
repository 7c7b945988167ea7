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
            pinned = frozenset([keys] if isinstance(keys, PublicKey) else keys)
            if not all(isinstance(key, PublicKey) for key in pinned):
                raise TypeError("trusted_issuers maps ids to PublicKey objects")
            self._keys[issuer] = pinned

    def names(self, issuer: str | None) -> bool:
        """Tell whether an issuer is trusted by name."""
        return issuer in self._keys

    def keys(self, issuer: str | None) -> frozenset[PublicKey]:
        """Return the keys that are pinned for an issuer."""
        return self._keys.get(issuer, frozenset()) if issuer is not None else frozenset()
