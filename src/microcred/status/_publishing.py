"""Signed lists: which of them need a signature, and what was published when."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, insert, select

from microcred.encoding import base64url_encode
from microcred.errors import StatusListError
from microcred.json import JSONValue, dumps
from microcred.models import BitstringStatusList, BitstringStatusListCredential, DateTime
from microcred.protocols import Signer
from microcred.signing import sign, sign_jwt
from microcred.status import _moments
from microcred.status._tables import PAGE_BYTES, lists, pages, publications
from microcred.status.bitstring import encode_bits
from microcred.status.database import Database
from microcred.status.records import PublishedList, PublishedVersion

__all__ = ["Manner", "publish_all", "published", "versions_of"]

_LISTS = select(lists.c.id).order_by(lists.c.id)
_LIST = select(lists.c.purpose, lists.c.base_url, lists.c.length, lists.c.version).where(lists.c.id == bindparam("id"))
_PAGES = select(pages.c.page, pages.c.bits).where(pages.c.list_id == bindparam("id"))
# A publication that has seen less is never the current one, even if its signature took longer.
_PUBLISHED = (
    select(
        *(publications.c.version, publications.c.etag, publications.c.media_type, publications.c.content),
        *(publications.c.at, publications.c.valid_until, publications.c.manner, publications.c.issuer),
    )
    .where(publications.c.list_id == bindparam("id"))
    .order_by(publications.c.version.desc(), publications.c.id.desc())
)


@dataclass(frozen=True, slots=True)
class Manner:
    """How lists are signed."""

    issuer: str
    """The id of the issuer of the credentials."""
    signer: Signer
    """The issuer's key."""
    verification_method: str | None
    """The URL of the key, when the issuer's id is not its did:key."""
    as_jwt: bool
    """Whether the list is a JWT, in place of JSON with a proof."""
    valid_for: timedelta | None
    """How long a signed list is valid."""
    ttl: timedelta | None
    """How long a copy may be kept."""

    def digest(self) -> str:
        """Return a text that is another one for another manner."""
        parts: list[JSONValue] = [
            *(self.issuer, self.signer.public_key.to_jwk(), self.verification_method, self.as_jwt),
            *(None if each is None else each // timedelta(milliseconds=1) for each in (self.valid_for, self.ttl)),
        ]
        return base64url_encode(hashlib.sha256(dumps(parts).encode()).digest())


class _State(NamedTuple):
    """A list, as it is to be published; the bits have at least all changes up to the version."""

    url: str
    purpose: str
    version: int
    bits: bytearray


class _Publication(NamedTuple):
    """A row of what was published."""

    version: int
    etag: str
    media_type: str
    content: bytes
    at: str
    valid_until: str | None
    manner: str | None
    issuer: str | None

    def as_list(self, url: str, *, changed: bool) -> PublishedList:
        return PublishedList(url, bytes(self.content), self.media_type, self.etag, changed)


def publish_all(database: Database, manner: Manner, at: datetime) -> list[PublishedList]:
    """Sign the lists that need it, and return all.

    Raises:
        StatusListError: ANOTHER_ISSUER or REGISTRY_UNAVAILABLE.
        SigningError: As ``sign``. What was signed before is published.
        ValueError: The time has no zone.
    """
    _moments.write(at)
    with database.reading() as connection:
        list_ids = connection.execute(_LISTS).scalars().all()
    return [_publish(database, list_id, manner, at) for list_id in list_ids]


def _publish(database: Database, list_id: int, manner: Manner, at: datetime) -> PublishedList:
    with database.reading() as connection:
        # The version comes first: a change that is recorded in between is published now and signed again, never lost.
        purpose, base_url, length, version = connection.execute(_LIST, {"id": list_id}).one()
        url = f"{base_url}/{list_id}"
        current = _current(connection, list_id)
        if current is not None and not _needs_signature(current, version, manner, at):
            return current.as_list(url, changed=False)
        bits = bytearray(length // 8)
        for page, content in connection.execute(_PAGES, {"id": list_id}):
            start = page * PAGE_BYTES
            # The last page may be longer than the list.
            bits[start : start + PAGE_BYTES] = content[: len(bits) - start]
        state = _State(url, purpose, version, bits)
    # No transaction waits for a signature: the key may be far away.
    made = _sign(state, manner, at)
    with database.writing() as connection:
        connection.execute(insert(publications), {"list_id": list_id, **made._asdict()})
        # Somebody else may have published a later change meanwhile.
        latest = _current(connection, list_id)
    return (latest or made).as_list(url, changed=True)


def _current(connection: Connection, list_id: int) -> _Publication | None:
    row = connection.execute(_PUBLISHED.limit(1), {"id": list_id}).first()
    return None if row is None else _Publication(*row)


def _needs_signature(current: _Publication, version: int, manner: Manner, at: datetime) -> bool:
    if current.issuer not in (None, manner.issuer):
        # §3.2 step 4 leaves it to verifiers, who hear nobody but the issuer of the credential.
        text = (
            "the lists are published in the name of another issuer, whose credentials would fail; use another registry"
        )
        raise StatusListError(text, "ANOTHER_ISSUER")
    if current.version < version or current.manner != manner.digest():
        return True
    if current.valid_until is None or manner.valid_for is None:
        return False
    return _moments.read(current.valid_until) - at < manner.valid_for / 2


def _sign(state: _State, manner: Manner, at: datetime) -> _Publication:
    moment = DateTime.of(at)
    valid_until = None if manner.valid_for is None else DateTime.of(moment + manner.valid_for)
    credential = BitstringStatusListCredential(
        id=state.url,
        issuer=manner.issuer,  # type: ignore[arg-type]
        valid_from=moment,
        valid_until=valid_until,
        credential_subject=BitstringStatusList(
            id=f"{state.url}#list",
            status_purpose=[state.purpose],
            encoded_list=encode_bits(state.bits),
            ttl=None if manner.ttl is None else manner.ttl // timedelta(milliseconds=1),
        ),
    )
    method = manner.verification_method
    if manner.as_jwt:
        text = sign_jwt(credential, manner.signer, profile="vc-jose", verification_method=method)
        media_type = "application/vc+jwt"
    else:
        signed = sign(credential, manner.signer, verification_method=method, created=moment)
        text, media_type = dumps(signed.model_dump()), "application/vc"
    content = text.encode()
    etag = f'"{base64url_encode(hashlib.sha256(content).digest())}"'
    until = None if valid_until is None else _moments.write(valid_until)
    return _Publication(
        state.version, etag, media_type, content, _moments.write(at), until, manner.digest(), manner.issuer
    )


def published(database: Database, url: str, etag: str | None) -> PublishedList:
    """Return what was published behind a URL: the current version, or the one with an ETag.

    Raises:
        StatusListError: NOT_PUBLISHED or REGISTRY_UNAVAILABLE.
    """
    query = _PUBLISHED if etag is None else _PUBLISHED.where(publications.c.etag == etag)
    with database.reading() as connection:
        row = connection.execute(query.limit(1), {"id": _list_id(connection, url)}).first()
    if row is None:
        raise StatusListError("no list with that ETag was published behind that URL", "NOT_PUBLISHED")
    return _Publication(*row).as_list(url, changed=False)


def versions_of(database: Database, url: str) -> list[PublishedVersion]:
    """Return what was published behind a URL, the current version first.

    Raises:
        StatusListError: NOT_PUBLISHED or REGISTRY_UNAVAILABLE.
    """
    columns = publications.c
    query = _PUBLISHED.with_only_columns(columns.etag, columns.at, columns.valid_until)
    with database.reading() as connection:
        rows = connection.execute(query, {"id": _list_id(connection, url)}).all()
    return [
        PublishedVersion(etag, _moments.read(at), None if until is None else _moments.read(until))
        for etag, at, until in rows
    ]


def _list_id(connection: Connection, url: str) -> int:
    base_url, _, name = url.rpartition("/")
    # Numbers are compared as the URLs have them, so that each list has one URL.
    for list_id, base in connection.execute(select(lists.c.id, lists.c.base_url)):
        if name == str(list_id) and base_url == base:
            return int(list_id)
    raise StatusListError("this registry has no list with that URL", "NOT_PUBLISHED")
