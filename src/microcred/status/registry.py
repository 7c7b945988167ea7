"""The registry of an issuer: which credential has which entry, what was revoked and why, what was published.

It keeps ids, places in lists, what was done, and signed lists: no credentials, no names of learners, no keys.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self, TypeAlias, get_args, overload
from urllib.parse import urlsplit

from microcred.errors import StatusListError
from microcred.limits import DEFAULT_LIMITS
from microcred.models import BitstringStatusListEntry, Profile, is_absolute_iri
from microcred.protocols import Signer
from microcred.status.bitstring import MINIMUM_ENTRIES
from microcred.status.records import Action, Event, PublishedList, PublishedVersion, Purpose, RecordedStatus

if TYPE_CHECKING:
    from microcred.status._assigning import Place
    from microcred.status.database import Database

__all__ = ["StatusRegistry"]

Purposes: TypeAlias = list[Purpose] | tuple[Purpose, ...]
# As many as are assigned in one transaction: fewer cost more, and more make others wait.
_CHUNK: Final = 2_000
# An index of PostgreSQL takes some 2,700.
_MAX_ID_BYTES, _MAX_TEXT_BYTES = 2_048, 4_096
_PURPOSES: Final = get_args(Purpose)
_BASE_URL_IS: Final = "base_url= is the https address of a folder, such as https://example.edu/status"


class StatusRegistry:
    """Remember which entry of which list each credential has, and what was done with it (extra ``status``).

    Threads and processes may share a registry, and use the same database at the same time. What a method has done when
    it returns outlives the process and the machine. One database is for the lists of one issuer.
    """

    def __init__(self, url: str, *, base_url: str | None = None, list_length: int = MINIMUM_ENTRIES) -> None:
        """Open the database; make its tables, or bring those of an older version up to date.

        Args:
            url: A database as SQLAlchemy names it: ``sqlite:///status.db``, or ``postgresql://user@host/name`` with
                psycopg. It may hold a password, which is not shown.
            base_url: Where lists are published: their URLs are this, a slash, and a number. It is needed for the first
                list; later, None stands for that of the newest one. Lists that are there keep their URLs.
            list_length: The entries of new lists, a multiple of 8. Three quarters of them are assigned.

        Raises:
            StatusListError: REGISTRY_UNAVAILABLE: the database cannot be used. UNSUPPORTED: a newer version of this
                library wrote it, or a package is not installed.
            ValueError: An address, URL or length that cannot be.
        """
        if base_url is not None:
            base_url = _folder(base_url)
        most = 8 * DEFAULT_LIMITS.max_status_list_bytes
        if not MINIMUM_ENTRIES <= list_length <= most or list_length % 8:
            raise ValueError(f"list_length= is a multiple of 8 from {MINIMUM_ENTRIES:,} to {most:,}")
        self._base_url = base_url
        self._list_length = list_length
        self._database = _open(url)

    def __repr__(self) -> str:
        return f"<StatusRegistry {self._database!r}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections; a later call opens new ones."""
        self._database.close()

    # Assign

    @overload
    def assign(self, credential_id: str, purposes: Purpose = ...) -> BitstringStatusListEntry: ...

    @overload
    def assign(self, credential_id: str, purposes: Purposes) -> list[BitstringStatusListEntry]: ...

    def assign(
        self, credential_id: str, purposes: Purpose | Purposes = "revocation"
    ) -> BitstringStatusListEntry | list[BitstringStatusListEntry]:
        """Give a credential an entry, at an index that is drawn at random and never used again.

        The same credential gets the same entry again. Publish before you hand out the credential: the list may be new.

        Args:
            credential_id: The ``id`` of the credential.
            purposes: ``revocation`` or ``suspension``; or several in a list, for an entry with each.

        Returns:
            What ``credential_status=`` takes: an entry for one purpose, a list of entries for a list of them.

        Raises:
            StatusListError: REGISTRY_UNAVAILABLE.
            ValueError: No id or purpose, or there is no ``base_url`` yet.
        """
        ((_, made),) = self.assign_many([credential_id], purposes)
        return made

    @overload
    def assign_many(
        self, credential_ids: Iterable[str], purposes: Purpose = ...
    ) -> Iterator[tuple[str, BitstringStatusListEntry]]: ...

    @overload
    def assign_many(
        self, credential_ids: Iterable[str], purposes: Purposes
    ) -> Iterator[tuple[str, list[BitstringStatusListEntry]]]: ...

    def assign_many(
        self, credential_ids: Iterable[str], purposes: Purpose | Purposes = "revocation"
    ) -> Iterator[tuple[str, BitstringStatusListEntry]] | Iterator[tuple[str, list[BitstringStatusListEntry]]]:
        """Give many credentials an entry each, some thousand in one transaction, in bounded memory.

        Work is done while the results are taken: ``dict(registry.assign_many(ids))`` takes all. What comes out is
        committed. After a crash, the same call again goes on where it was.

        Args:
            credential_ids: The ids, of any number; an iterator is taken in pieces.
            purposes: As in ``assign``.

        Returns:
            Pairs of an id and what ``credential_status=`` takes, in the order of the ids.

        Raises:
            StatusListError: REGISTRY_UNAVAILABLE.
            ValueError: No id or purpose, or there is no ``base_url`` yet.
        """
        each = (purposes,) if isinstance(purposes, str) else tuple(purposes)
        if not each or len(set(each)) < len(each) or not set(each) <= set(_PURPOSES):
            raise ValueError("purposes= is “revocation”, “suspension”, or a list of them")
        made = self._assigned(iter(credential_ids), each)
        if isinstance(purposes, str):
            return ((name, _entry(purposes, place)) for name, (place,) in made)
        return ((name, list(map(_entry, each, places))) for name, places in made)

    def assign_places(self, credential_ids: Iterable[str]) -> Iterator[tuple[str, int]]:
        """Give many credentials an entry for revocation each, as ``assign_many``, for who writes entries himself.

        Args:
            credential_ids: The ids, of any number; an iterator is taken in pieces.

        Returns:
            The URL of a list and the index in it for each credential, in the order of the ids.

        Raises:
            StatusListError: REGISTRY_UNAVAILABLE.
            ValueError: No id, or there is no ``base_url`` yet.
        """
        return ((place.url, place.list_index) for _, (place,) in self._assigned(iter(credential_ids), ("revocation",)))

    def _assigned(
        self, credential_ids: Iterator[str], purposes: tuple[Purpose, ...]
    ) -> Iterator[tuple[str, list[Place]]]:
        from microcred.status._assigning import Opening, assign

        opening = Opening(self._base_url, self._list_length)
        while chunk := [_name(each) for each in islice(credential_ids, _CHUNK)]:
            places = assign(self._database, chunk, purposes, opening)
            for name in chunk:
                yield name, [places[name, purpose] for purpose in purposes]

    # Record

    def revoke(
        self, credential_id: str, *, reason: str | None = None, actor: str | None = None, at: datetime | None = None
    ) -> bool:
        """Take a credential back, for good (Bitstring Status List 1.0 §2.1).

        Verifiers know it when the list was published again.

        Args:
            credential_id: The ``id`` of the credential.
            reason: Why, for the history; nobody else is shown it.
            actor: Who does it, for the history.
            at: When it was done; now by default.

        Returns:
            Whether it changed anything: a credential that is revoked stays so, and nothing is recorded again.

        Raises:
            StatusListError: NOT_ASSIGNED: the registry does not know the credential, or gave it no entry for this
                purpose. REGISTRY_UNAVAILABLE.
            ValueError: A text that is too long, or a time without a zone.
        """
        return self._record("revoke", credential_id, reason, actor, at)

    def suspend(
        self, credential_id: str, *, reason: str | None = None, actor: str | None = None, at: datetime | None = None
    ) -> bool:
        """Take a credential back for a while; arguments and returns are those of ``revoke``.

        Raises:
            StatusListError: REVOKED: the credential is revoked. Otherwise as ``revoke``.
            ValueError: As ``revoke``.
        """
        return self._record("suspend", credential_id, reason, actor, at)

    def reinstate(
        self, credential_id: str, *, reason: str | None = None, actor: str | None = None, at: datetime | None = None
    ) -> bool:
        """Lift the suspension of a credential; arguments and returns are those of ``revoke``.

        Raises:
            StatusListError: REVOKED: the credential is revoked, which cannot be undone. Otherwise as ``revoke``.
            ValueError: As ``revoke``.
        """
        return self._record("reinstate", credential_id, reason, actor, at)

    def _record(
        self, action: Action, credential_id: str, reason: str | None, actor: str | None, at: datetime | None
    ) -> bool:
        from microcred.status._recording import record

        for text in (reason, actor):
            if text is not None and not _is_text(text, _MAX_TEXT_BYTES):
                raise ValueError(f"reason= and actor= are text of at most {_MAX_TEXT_BYTES:,} bytes")
        moment = datetime.now(UTC) if at is None else at
        return record(self._database, _name(credential_id), action, reason=reason, actor=actor, at=moment)

    def status(self, credential_id: str) -> RecordedStatus:
        """Tell how a credential stands by what was recorded, and which entries it has.

        Raises:
            StatusListError: NOT_ASSIGNED or REGISTRY_UNAVAILABLE.
        """
        from microcred.status._recording import places_of

        found = places_of(self._database, _name(credential_id))
        return RecordedStatus(
            credential_id,
            revoked="revocation" in found and found["revocation"][1],
            suspended="suspension" in found and found["suspension"][1],
            entries=tuple(_entry(purpose, place) for purpose, (place, _) in found.items()),
        )

    def history(self, credential_id: str) -> list[Event]:
        """Return what was done with a credential since it was assigned, in the order in which it was recorded.

        Raises:
            StatusListError: NOT_ASSIGNED or REGISTRY_UNAVAILABLE.
        """
        from microcred.status._recording import events_of

        return events_of(self._database, _name(credential_id))

    # Publish

    def publish(
        self,
        issuer: Profile | str,
        signer: Signer,
        *,
        at: datetime | None = None,
        verification_method: str | None = None,
        as_jwt: bool = False,
        valid_for: timedelta | None = timedelta(days=7),
        ttl: timedelta | None = timedelta(minutes=5),
    ) -> list[PublishedList]:
        """Sign the lists that need it, and return every list, ready to be served (Bitstring Status List 1.0 §2.2).

        A list is signed when it is new, when a status in it has changed, when less than half of its validity is left,
        and when it is to be signed in another way than before.

        Args:
            issuer: The issuer of the credentials, or its id.
            signer: The issuer's key.
            at: The time from which the lists are valid; now by default.
            verification_method: The URL of the key, when the issuer's id is not its did:key.
            as_jwt: Make JWTs (VC-JOSE-COSE §3.1) in place of JSON with a proof.
            valid_for: How long a signed list is valid, which is how long somebody can serve it in place of a newer one;
                None sets no end.
            ttl: How long a verifier may keep a copy.

        Returns:
            All lists in the order of their numbers. Serve all: among them is what another process has published.

        Raises:
            StatusListError: ANOTHER_ISSUER: the lists were published in another name. REGISTRY_UNAVAILABLE.
            SigningError: As ``sign``; the lists before are published.
            ValueError: A time without a zone, or a duration that is not above zero.
        """
        from microcred.status._publishing import Manner, publish_all

        if any(each is not None and each <= timedelta(0) for each in (valid_for, ttl)):
            raise ValueError("valid_for= and ttl= are above zero, or None")
        name = issuer if isinstance(issuer, str) else issuer.id
        manner = Manner(name, signer, verification_method, as_jwt, valid_for, ttl)
        return publish_all(self._database, manner, datetime.now(UTC) if at is None else at)

    def published(self, url: str, *, etag: str | None = None) -> PublishedList:
        """Return what was published behind a URL.

        Args:
            url: The URL of a list.
            etag: Of an older version; by default the current one.

        Raises:
            StatusListError: NOT_PUBLISHED: there is none. REGISTRY_UNAVAILABLE.
        """
        from microcred.status._publishing import published

        if etag is not None and not _is_text(etag, _MAX_TEXT_BYTES):
            etag = ""
        return published(self._database, url, etag)

    def versions(self, url: str) -> list[PublishedVersion]:
        """Return what was ever published behind a URL, the current version first.

        Raises:
            StatusListError: NOT_PUBLISHED: the registry has no such list. REGISTRY_UNAVAILABLE.
        """
        from microcred.status._publishing import versions_of

        return versions_of(self._database, url)


def _open(url: str) -> Database:
    try:
        from microcred.status._migrations import prepare
        from microcred.status.database import Database
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "sqlalchemy":
            raise
        text = "StatusRegistry needs an extra: pip install 'microcred[status]'"
        raise StatusListError(text, "UNSUPPORTED") from None
    database = Database(url)
    try:
        prepare(database)
    except BaseException:
        database.close()
        raise
    return database


def _folder(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        raise ValueError(_BASE_URL_IS) from None
    named = parts.scheme in ("https", "http") and parts.netloc and is_absolute_iri(url)
    if not named or "?" in url or "#" in url or len(url) > DEFAULT_LIMITS.max_url_characters // 2:
        raise ValueError(_BASE_URL_IS)
    return url.rstrip("/")


def _is_text(value: object, most_bytes: int) -> bool:
    """Tell whether every database takes a text."""
    if not isinstance(value, str) or "\0" in value:
        return False
    try:
        return len(value.encode()) <= most_bytes
    except UnicodeEncodeError:
        return False


def _name(credential_id: str) -> str:
    if not credential_id or not _is_text(credential_id, _MAX_ID_BYTES):
        raise ValueError(f"the id of a credential is a text of at most {_MAX_ID_BYTES:,} bytes")
    return credential_id


def _entry(purpose: str, place: Place) -> BitstringStatusListEntry:
    return BitstringStatusListEntry(
        id=f"{place.url}#{place.list_index}",
        status_purpose=purpose,
        status_list_index=str(place.list_index),
        status_list_credential=place.url,
    )
