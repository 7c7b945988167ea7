"""Who vouches for an issuer: the caller, by a set of ids or ids with pinned keys, or registries that are asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, TypeAlias, TypeGuard, cast

from microcred.errors import MicrocredError, ResolutionError
from microcred.keys import PublicKey
from microcred.protocols import Steps, TrustRegistry
from microcred.verify.report import Code, Voucher
from microcred.verify.resolver import ResolvedKey

__all__ = ["ANY_ISSUER", "AnyIssuer", "Heard", "Trust", "TrustedIssuers"]

_MISUSE = "trusted_issuers is a set of ids, a mapping from ids to PublicKey objects, a registry, or a list of these"


class AnyIssuer:
    """The type of ``ANY_ISSUER``."""

    def __repr__(self) -> str:
        return "ANY_ISSUER"


ANY_ISSUER: Final = AnyIssuer()
"""Opt out of trust, in plain sight: any issuer will do, and its name proves nothing."""

_PinnedKeys: TypeAlias = Mapping[str, PublicKey | Iterable[PublicKey]]
TrustedIssuers: TypeAlias = (
    _PinnedKeys | TrustRegistry | AnyIssuer | Iterable[str | _PinnedKeys | TrustRegistry | AnyIssuer]
)
"""Issuer ids; a mapping from issuer ids to the keys that are known to be theirs; a registry, which knows ids; or
``ANY_ISSUER``. Or several of these in a list, the registries in the order in which they are to be asked."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What the caller and the registries say of an issuer."""

    voucher: Voucher | None = None
    """The first who vouches for it."""
    unanswered: str | None = None
    """Which registry could not be asked, and why, if nobody vouches."""
    refused: str | None = None
    """Why what a registry has about the issuer does not hold, if nobody vouches."""


class Trust:
    """The trusted issuers of a verifier."""

    def __init__(self, trusted: TrustedIssuers) -> None:
        """Take what a caller gave.

        Raises:
            TypeError: A single text, which would be taken letter by letter, keys of another type, or something else
                that is none of these.
        """
        if isinstance(trusted, str | bytes):
            raise TypeError("trusted_issuers is a set of ids, or a mapping from ids to keys; put the id in braces: {…}")
        self.anyone = False
        self._keys: dict[str, frozenset[PublicKey]] = {}
        self._registries: tuple[TrustRegistry, ...] = ()
        one = isinstance(trusted, Mapping | AnyIssuer) or _is_registry(trusted)
        if not one and not isinstance(trusted, Iterable):
            raise TypeError(_MISUSE)
        for item in (trusted,) if one else cast("Iterable[object]", trusted):
            self._take(item)

    def _take(self, item: object) -> None:
        if isinstance(item, AnyIssuer):
            self.anyone = True
        elif _is_registry(item):
            self._registries += (item,)
        elif isinstance(item, Mapping):
            for issuer, keys in item.items():
                self._name(issuer, _pinned(keys))
        else:
            self._name(item, frozenset())

    def _name(self, issuer: object, keys: frozenset[PublicKey]) -> None:
        if not isinstance(issuer, str):
            raise TypeError(_MISUSE)
        # An id that stands alone beside its keys does not take the pins away.
        self._keys[issuer] = self._keys.get(issuer, frozenset()) | keys

    def of_anyone(self, *, asking: bool = True) -> Trust:
        """Return the same with anyone trusted: who endorses need not be known, and keys that are known count.

        Args:
            asking: Whether registries are asked who vouches all the same.
        """
        trust = Trust(ANY_ISSUER)
        trust._keys = self._keys
        trust._registries = self._registries if asking else ()
        return trust

    @property
    def asks(self) -> bool:
        """Whether there are registries, which may know issuers whom the caller does not name."""
        return bool(self._registries)

    def names(self, issuer: str | None) -> bool:
        """Tell whether an issuer is trusted by name."""
        return issuer in self._keys

    def keys(self, issuer: str | None) -> frozenset[PublicKey]:
        """Return the keys that are pinned for an issuer."""
        return self._keys.get(issuer, frozenset()) if issuer is not None else frozenset()

    def binds(self, issuer: str | None, key: ResolvedKey) -> bool:
        """Tell whether a key is known to be an issuer's: pinned, or, where none is pinned, listed by the issuer."""
        pinned = self.keys(issuer)
        return key.key in pinned or (key.authenticated and not pinned)

    def hear(self, issuer: str, at: datetime) -> Steps[Heard]:
        """Find who vouches for an issuer: the caller, or the first registry that does.

        Args:
            issuer: An id, whose own key is known to have signed: nobody else's may be looked up.
            at: The time of judgement.
        """
        if issuer in self._keys:
            return Heard(Voucher())
        unanswered = refused = None
        for registry in self._registries:
            try:
                voucher = yield from registry.look_up(issuer, at=at)
            except MicrocredError as error:
                reason = error.reason if isinstance(error, ResolutionError) else "its answer cannot be read"
                if getattr(error, "code", None) == Code.ISSUER_NOT_TRUSTED:
                    refused = refused or f"{registry.name}: {reason}"
                else:
                    unanswered = unanswered or f"{registry.name}: {reason}"
                continue
            # A plug-in vouches by a voucher, and not by whatever else is true.
            if isinstance(voucher, Voucher):
                # Without a registry, it would be the caller who vouches.
                return Heard(voucher if voucher.registry else replace(voucher, registry=registry.name))
        return Heard(None, unanswered, refused)


def _is_registry(item: object) -> TypeGuard[TrustRegistry]:
    if isinstance(item, type) or not callable(getattr(item, "look_up", None)):
        return False
    return isinstance(getattr(item, "name", None), str)


def _pinned(keys: object) -> frozenset[PublicKey]:
    items = list(keys) if isinstance(keys, Iterable) else [keys]
    pinned = frozenset(key for key in items if isinstance(key, PublicKey))
    if any(not isinstance(key, PublicKey) for key in items):
        raise TypeError(_MISUSE)
    return pinned
