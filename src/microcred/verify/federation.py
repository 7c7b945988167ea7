"""Registries of issuers that are federations: OpenID Federation 1.0, up to a trust anchor whose keys are pinned."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from microcred.errors import FetchError, ResolutionError
from microcred.keys import PublicKey
from microcred.limits import DEFAULT_LIMITS, Limits
from microcred.protocols import Fetch, Steps
from microcred.verify._entity_statements import ChainError, Statement, UntimelyError, is_entity, read_statement
from microcred.verify._shown import readable, web_page
from microcred.verify._trust_chains import Resolved, resolve
from microcred.verify.report import Code, Voucher

__all__ = ["OpenIDFederation"]

_ACCEPT = "application/entity-statement+jwt"
_WELL_KNOWN = "/.well-known/openid-federation"
_NOTHING_THERE = (404, 410)


class _AbsentError(ChainError):
    """Somebody who was asked has nothing to say."""


class OpenIDFederation:
    """A federation under one trust anchor; a ``TrustRegistry``.

    An issuer with an https URL is an entity of the federation: it has an entity configuration, and a trust chain from
    there to the anchor is found and validated. Of any other issuer, such as one with a DID, the anchor itself says
    whether it knows it, as the registries of the Digital Credentials Consortium do.

    Trust marks are not read. The keys of the federation sign its statements, and no credentials.
    """

    def __init__(
        self,
        anchor: str,
        keys: PublicKey | Iterable[PublicKey],
        *,
        name: str,
        entity_type: str | None = None,
        clock_skew: timedelta = timedelta(seconds=60),
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        """Say whom to trust.

        Args:
            anchor: The entity identifier of the trust anchor: an https URL, whose entity configuration is at that URL
                and ``/.well-known/openid-federation``.
            keys: The public keys of the anchor, from its operator and not from that place: all that is trusted follows
                from them (§4). One of them must sign the anchor's entity configuration, which can add others.
            name: What to call the federation in reports.
            entity_type: What an issuer must be in the federation, such as ``openid_credential_issuer``, if all who are
                in it are too many. Its immediate superior has to say so in metadata or in a policy for it, or a
                superior in ``allowed_entity_types``: what a member calls itself does not count.
            clock_skew: By how much clocks may differ.
            limits: Bounds on statements, and on how many entities are asked.

        Raises:
            ValueError: ``anchor`` is no entity identifier, or there is no key.
            TypeError: ``keys`` has something that is no ``PublicKey``.
        """
        pinned = frozenset([keys] if isinstance(keys, PublicKey) else keys)
        if not all(isinstance(key, PublicKey) for key in pinned):
            raise TypeError("keys are PublicKey objects, such as PublicKey.from_jwk(…)")
        if not pinned or not is_entity(anchor) or anchor.endswith(_WELL_KNOWN):
            raise ValueError(
                "a federation needs the keys of its trust anchor, and its id: an https URL, without /.well-known/…"
            )
        self._anchor = anchor
        self._pinned = pinned
        self._name = name
        self._entity_type = entity_type
        self._skew = clock_skew
        self._limits = limits

    @property
    def name(self) -> str:
        """What the federation is called in reports."""
        return self._name

    def look_up(self, issuer: str, *, at: datetime) -> Steps[Voucher | None]:
        """Find a trust chain from an issuer to the anchor, and validate it; see ``TrustRegistry.look_up``."""
        anchor = yield from self._trust_anchor(at)
        search = _Search(anchor, at, self._skew, self._limits)
        try:
            resolved = yield from search.resolved(issuer)
            if resolved is not None and self._entity_type not in (None, *resolved.types):
                raise ChainError(f"the issuer is in the federation, and not as {self._entity_type}")
        except UntimelyError as error:
            raise ResolutionError(issuer, error.reason, Code.REGISTRY_RETRIEVAL_ERROR) from None
        except ChainError as error:
            raise ResolutionError(issuer, error.reason, Code.ISSUER_NOT_TRUSTED) from None
        return None if resolved is None else _voucher(self._name, resolved)

    def _trust_anchor(self, at: datetime) -> Steps[Statement]:
        """Return the entity configuration of the anchor, which one of the pinned keys signed (§10.2)."""
        url = _configuration_url(self._anchor)
        content = (yield Fetch(url, _ACCEPT)).content
        try:
            anchor = read_statement(content, self._anchor, self._anchor, at=at, skew=self._skew, limits=self._limits)
            signed_by = anchor.signing_key(anchor.keys)
        except ChainError as error:
            raise ResolutionError(url, f"its trust anchor: {error.reason}", Code.REGISTRY_RETRIEVAL_ERROR) from None
        if signed_by not in self._pinned:
            text = "its trust anchor signs with another key than those that are pinned; ask its operator"
            raise ResolutionError(url, text, Code.REGISTRY_RETRIEVAL_ERROR)
        return anchor


@dataclass(frozen=True, slots=True)
class _Search:
    """The search for a trust chain (§10)."""

    anchor: Statement
    """The entity configuration of the trust anchor, verified."""
    at: datetime
    skew: timedelta
    limits: Limits

    def resolved(self, issuer: str) -> Steps[Resolved | None]:
        """Return the metadata of an issuer; None when the federation does not know it.

        Raises:
            ChainError: There is no chain that holds; ``UntimelyError`` when there may be one.
            FetchError: Somebody could not be asked.
        """
        if issuer == self.anchor.subject:
            return resolve(self.anchor, [])
        if issuer.startswith("https:"):
            return (yield from self._found(issuer)) if is_entity(issuer) else None
        try:
            statement = yield from self._statement(self.anchor, issuer)
        except _AbsentError:
            return None
        statement.signing_key(self.anchor.keys)
        return resolve(None, [statement])

    def _found(self, issuer: str) -> Steps[Resolved | None]:
        """Look for the anchor among the superiors of an issuer, the near ones first (§10.1, §10.3)."""
        waiting: deque[tuple[tuple[Statement, ...], str]] = deque([((), issuer)])
        problems: list[ChainError | FetchError] = []
        for _ in range(self.limits.max_federation_entities):
            if not waiting:
                break
            below, entity = waiting.popleft()
            try:
                path = (*below, (yield from self._configuration(entity)))
                # A loop leads nowhere.
                seen = {each.subject for each in path}
                hints = path[-1].authority_hints
                others = set(hints[: self.limits.max_federation_entities]) - seen - {self.anchor.subject}
                waiting += [(path, hint) for hint in hints if hint in others and is_entity(hint)]
                if self.anchor.subject in hints:
                    return (yield from self._validated((*path, self.anchor)))
            except (ChainError, FetchError) as error:
                problems.append(error)
        if waiting:
            problems.append(UntimelyError("the issuer names more superiors than are asked (max_federation_entities)"))
        _raise_worst(problems)
        return None

    def _validated(self, path: Sequence[Statement]) -> Steps[Resolved]:
        """Validate a chain, from the anchor down (§10.2), and resolve the metadata.

        Args:
            path: Entity configurations, from that of the issuer to that of the anchor, each of which names the next
                among its superiors.
        """
        keys = self.anchor.keys
        statements: list[Statement] = []
        for superior, subordinate in zip(path[:0:-1], path[-2::-1], strict=True):
            statement = yield from self._statement(superior, subordinate.subject)
            # By a key that the next superior lists, and that the superior uses itself (§3.2 step 11).
            known = statement.signing_key(keys)
            if superior is not self.anchor and statement.signing_key(superior.keys) != known:
                raise ChainError("a superior and the one above it list different keys under the same name")
            keys = statement.keys
            # The configuration of an intermediate, which is no part of the chain, says where that is asked.
            subordinate.signing_key(keys)
            statements.append(statement)
        return resolve(path[0], statements[::-1])

    def _configuration(self, entity: str) -> Steps[Statement]:
        """Fetch the entity configuration of an entity (§9), which signs it itself."""
        configuration = yield from self._fetched(_configuration_url(entity), entity, entity)
        configuration.signing_key(configuration.keys)
        return configuration

    def _statement(self, superior: Statement, subject: str) -> Steps[Statement]:
        """Fetch what a superior says of a subordinate (§8.1), and leave the signature to the caller."""
        return (yield from self._fetched(superior.fetch_url(subject), superior.subject, subject))

    def _fetched(self, url: str, issuer: str, subject: str) -> Steps[Statement]:
        try:
            content = (yield Fetch(url, _ACCEPT)).content
        except FetchError as error:
            if error.status in _NOTHING_THERE:
                raise _AbsentError("one of those who should vouch for the issuer has nothing to say") from None
            raise
        return read_statement(content, issuer, subject, at=self.at, skew=self.skew, limits=self.limits)


def _raise_worst(problems: Sequence[ChainError | FetchError]) -> None:
    """Raise what stood in the way of a chain, if something did."""
    for kinds in ((FetchError, UntimelyError), ChainError):
        for problem in problems:
            # What could not be asked may have led to the anchor; who has nothing to say did not.
            if isinstance(problem, kinds) and not isinstance(problem, _AbsentError):
                raise problem


def _configuration_url(entity: str) -> str:
    """Return where an entity configuration is (§9)."""
    return entity.removesuffix("/") + _WELL_KNOWN


def _voucher(registry: str, resolved: Resolved) -> Voucher:
    """Say what those above an issuer call it, and not what it calls itself (§5.2.2)."""
    kinds = ("federation_entity", *resolved.metadata)
    names = [resolved.given(kind, name) for name in ("organization_name", "display_name") for kind in kinds]
    # In the registries of the Digital Credentials Consortium.
    names.append(resolved.given("institution_additional_information", "legal_name"))
    pages = [resolved.given(kind, name) for name in ("organization_uri", "homepage_uri") for kind in kinds]
    return Voucher(
        registry,
        next((name for name in map(readable, names) if name is not None), None),
        next((page for page in map(web_page, pages) if page is not None), None),
    )
