"""The registry on SQLite and PostgreSQL: who has which entry, what was done, what is published."""

from __future__ import annotations

import json
import os
import re
import stat
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import microcred as mc
from microcred.errors import StatusListError
from microcred.json import JSONObject, loads_object
from microcred.status import MINIMUM_ENTRIES, StatusList
from microcred.status.database import Database
from microcred.status.records import PublishedList, Purpose
from microcred.status.registry import StatusRegistry
from microcred.testing import FakeWeb
from tests.make import AT, KEY, OTHER, badge
from tests.status.conftest import BASE_URL
from tests.support import as_object

BOTH: tuple[Purpose, ...] = ("revocation", "suspension")
HOUR = timedelta(hours=1)


def code_of(act: object) -> str:
    """Return the code by which something is refused."""
    assert callable(act)
    with pytest.raises(StatusListError) as refusal:
        act()
    return refusal.value.code


def shorten(database: str, capacity: int) -> None:
    """Make the lists that are there full sooner."""
    with closing(Database(database)) as opened, opened.writing() as connection:
        connection.exec_driver_sql(f"UPDATE microcred_lists SET capacity = {capacity}")


def read(published: PublishedList) -> StatusList:
    """Return the bits of a published list."""
    subject = as_object(loads_object(published.content)["credentialSubject"])
    return StatusList.decode(str(subject["encodedList"]))


def set_bits(lists: list[PublishedList]) -> set[tuple[str, int]]:
    """Return all that is set, as URLs and indexes."""
    return {(each.url, index) for each in lists for index in read(each).indexes()}


def place(entry: mc.BitstringStatusListEntry) -> tuple[str, int]:
    return str(entry.status_list_credential), int(entry.status_list_index)


# Assign


def test_an_entry_names_a_bit_of_a_list_below_the_base_url(registry: StatusRegistry) -> None:
    entry = registry.assign("urn:example:1")
    index = int(entry.status_list_index)
    assert 0 <= index < MINIMUM_ENTRIES
    assert entry.model_dump() == {
        "id": f"{BASE_URL}/1#{index}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": str(index),
        "statusListCredential": f"{BASE_URL}/1",
    }


def test_a_credential_keeps_its_entry(registry: StatusRegistry) -> None:
    entry = registry.assign("urn:example:1")
    assert registry.assign("urn:example:1") == entry
    assert registry.assign("urn:example:2") != entry
    assert dict(registry.assign_many(["urn:example:1", "urn:example:1"])) == {"urn:example:1": entry}
    # A further purpose can come later.
    revocation, suspension = registry.assign("urn:example:1", BOTH)
    assert revocation == entry
    assert suspension.status_purpose == "suspension"
    assert registry.assign("urn:example:1", "suspension") == suspension
    assert registry.status("urn:example:1").entries == (revocation, suspension)


def test_what_is_assigned_fits_into_a_credential(registry: StatusRegistry) -> None:
    one, other = registry.assign("urn:example:1", BOTH)
    credential = mc.AchievementCredential.model_validate(badge(KEY.did))
    for given, written in (
        ([one, other], [one.model_dump(), other.model_dump()]),
        # The schemas of Open Badges know one entry only, and no list.
        (registry.assign("urn:example:1"), one.model_dump()),
        (registry.assign("urn:example:1", ["revocation"]), one.model_dump()),
    ):
        made = mc.AchievementCredential(**{**dict(credential), "credential_status": given})
        assert mc.sign(made, KEY).model_dump()["credentialStatus"] == written


def test_many_are_assigned_in_their_order_and_as_they_are_taken(registry: StatusRegistry) -> None:
    names = [f"urn:example:{number}" for number in range(5_000)]
    taken = 0

    def given() -> Iterator[str]:
        nonlocal taken
        for taken, name in enumerate(names, 1):  # noqa: B007
            yield name

    made = registry.assign_many(given())
    assert taken == 0
    assert next(made)[0] == names[0]
    assert 0 < taken < len(names)
    rest = list(made)
    assert [name for name, _ in rest] == names[1:]
    assert len({place(entry) for _, entry in rest}) == len(rest)
    assert list(registry.assign_many(names))[1:] == rest


def test_the_next_list_is_there_before_one_is_full(database: str, registry: StatusRegistry) -> None:
    registry.assign("urn:example:0")
    shorten(database, 4)
    urls = [str(registry.assign(f"urn:example:{number}").status_list_credential) for number in range(1, 7)]
    assert urls == [f"{BASE_URL}/1"] * 3 + [f"{BASE_URL}/2"] * 3
    # The third credential found the list half full.
    assert len(registry.publish(KEY.did, KEY)) == 2
    shorten(database, 8)
    assert len({place(entry) for _, entry in registry.assign_many(f"urn:example:{n}" for n in range(30))}) == 30
    assert len(registry.publish(KEY.did, KEY)) == 3


def test_a_quarter_of_a_list_stays_free(registry: StatusRegistry) -> None:
    registry.assign("urn:example:0")
    with registry._database.reading() as connection:
        assert connection.exec_driver_sql("SELECT capacity FROM microcred_lists").scalar() == 98_304


def test_lists_keep_their_url_when_new_ones_move(database: str, registry: StatusRegistry) -> None:
    old = registry.assign("urn:example:1")
    with StatusRegistry(database, base_url="https://status.example.org/") as moved:
        assert moved.assign("urn:example:1") == old
        new = moved.assign("urn:example:2")
        assert str(new.status_list_credential).startswith("https://status.example.org/")
        assert [each.url for each in moved.publish(KEY.did, KEY)] == [f"{BASE_URL}/1", "https://status.example.org/2"]
    with StatusRegistry(database) as unsaid:
        found = unsaid.assign("urn:example:3")
        assert found.status_list_credential == new.status_list_credential


def test_a_longer_list_can_be_had(database: str) -> None:
    with StatusRegistry(database, base_url=BASE_URL, list_length=1_000_000) as registry:
        registry.assign("urn:example:1")
        registry.revoke("urn:example:1")
        (published,) = registry.publish(KEY.did, KEY)
        assert (len(read(published)), len(list(read(published).indexes()))) == (1_000_000, 1)


def test_the_ends_of_a_list_can_be_set(database: str) -> None:
    length = MINIMUM_ENTRIES + 8
    ends = [0, 8_191, 8_192, MINIMUM_ENTRIES - 1, MINIMUM_ENTRIES, length - 1]
    with StatusRegistry(database, base_url=BASE_URL, list_length=length) as registry:
        registry.assign("urn:example:first")
        with registry._database.writing() as connection:
            for index in ends:
                row = f"('urn:example:{index}', 'revocation', 1, {index})"
                connection.exec_driver_sql(f"INSERT INTO microcred_entries VALUES {row} ON CONFLICT DO NOTHING")
        for index in ends:
            registry.revoke(f"urn:example:{index}")
            assert registry.status(f"urn:example:{index}").revoked
        (published,) = registry.publish(KEY.did, KEY)
        assert (len(read(published)), list(read(published).indexes())) == (length, ends)


@pytest.mark.parametrize("base_url", ["", "status", "/status", "ftp://example.edu/status", "https://", "https://[/x"])
def test_a_base_url_that_cannot_be_is_refused(tmp_path: Path, base_url: str) -> None:
    for each in (base_url, f"{BASE_URL}?a=b", f"{BASE_URL}#a", f"{BASE_URL}/ ", BASE_URL + "a" * 2_000):
        with pytest.raises(ValueError, match="base_url="):
            StatusRegistry(f"sqlite:///{tmp_path}/status.db", base_url=each)


def test_misuse_is_a_value_error(registry: StatusRegistry, database: str) -> None:
    with StatusRegistry(database) as without, pytest.raises(ValueError, match="base_url="):
        without.assign("urn:example:1")
    for purposes in ("", "message", [], ["revocation", "revocation"], ["revocation", "refresh"]):
        with pytest.raises(ValueError, match="purposes="):
            registry.assign("urn:example:1", purposes)  # type: ignore[arg-type]
    for name in ("", "urn:\0", "urn:\ud800", "urn:" + "é" * 1_100, None, 5):
        with pytest.raises(ValueError, match="id of a credential"):
            registry.assign(name)  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="id of a credential"):
            registry.revoke(name)  # type: ignore[arg-type]
    registry.assign("urn:example:1")
    for text in ("\0", "a" * 5_000, "\udfff"):
        with pytest.raises(ValueError, match="reason="):
            registry.revoke("urn:example:1", reason=text)
    naive = datetime(2026, 6, 1)  # noqa: DTZ001
    for act in (lambda: registry.revoke("urn:example:1", at=naive), lambda: registry.publish(KEY.did, KEY, at=naive)):
        with pytest.raises(ValueError, match="time zone"):
            act()
    for wrong in ({"valid_for": timedelta(0)}, {"ttl": -HOUR}):
        with pytest.raises(ValueError, match="above zero"):
            registry.publish(KEY.did, KEY, **wrong)  # type: ignore[arg-type]
    for length in (8, 131_080 + 1, 2**28):
        with pytest.raises(ValueError, match="list_length="):
            StatusRegistry(database, list_length=length)
    assert registry.history("urn:example:1") == []


def test_the_longest_id_of_a_credential_is_taken(registry: StatusRegistry) -> None:
    # A database could compress what repeats itself.
    name = "urn:" + os.urandom(1_022).hex()
    assert registry.assign(name) == registry.assign(name)
    assert registry.revoke(name, reason="ü" * 2_048, actor="登録係")
    assert registry.history(name)[0].reason == "ü" * 2_048


# Record


def test_what_was_done_is_told_with_reason_actor_and_time(registry: StatusRegistry) -> None:
    registry.assign("urn:example:1", BOTH)
    assert registry.history("urn:example:1") == []
    before = datetime.now(UTC)
    assert registry.suspend("urn:example:1", reason="under review", actor="dean")
    zone = datetime.fromisoformat("2026-06-01T02:00:00.000007+02:00")
    assert registry.reinstate("urn:example:1", at=zone)
    assert registry.revoke("urn:example:1", reason="plagiarism", actor="board", at=AT + HOUR)
    history = registry.history("urn:example:1")
    assert [(each.action, each.reason, each.actor) for each in history] == [
        ("suspend", "under review", "dean"),
        ("reinstate", None, None),
        ("revoke", "plagiarism", "board"),
    ]
    assert before <= history[0].at <= datetime.now(UTC)
    assert [each.at for each in history[1:]] == [AT + timedelta(microseconds=7), AT + HOUR]
    assert all(each.at.utcoffset() == timedelta(0) for each in history)


def test_a_repetition_changes_nothing_and_is_not_recorded(registry: StatusRegistry) -> None:
    registry.assign("urn:example:1", BOTH)
    assert not registry.reinstate("urn:example:1")
    assert registry.suspend("urn:example:1")
    assert not registry.suspend("urn:example:1")
    assert registry.status("urn:example:1").suspended
    assert registry.revoke("urn:example:1")
    assert not registry.revoke("urn:example:1", reason="again")
    assert [each.action for each in registry.history("urn:example:1")] == ["suspend", "revoke"]


def test_a_revocation_cannot_be_undone(registry: StatusRegistry) -> None:
    registry.assign("urn:example:1", BOTH)
    registry.suspend("urn:example:1")
    registry.revoke("urn:example:1")
    for act in (registry.reinstate, registry.suspend):
        assert code_of(lambda act=act: act("urn:example:1")) == "REVOKED"
    status = registry.status("urn:example:1")
    assert (status.revoked, status.suspended) == (True, True)


def test_a_credential_that_was_not_assigned_is_refused(registry: StatusRegistry) -> None:
    registry.assign("urn:example:1")
    for act in (registry.revoke, registry.suspend, registry.reinstate, registry.status, registry.history):
        assert code_of(lambda act=act: act("urn:example:2")) == "NOT_ASSIGNED"
    # Nor can it be suspended without an entry for that.
    for act in (registry.suspend, registry.reinstate):
        assert code_of(lambda act=act: act("urn:example:1")) == "NOT_ASSIGNED"
    registry.assign("urn:example:3", "suspension")
    assert code_of(lambda: registry.revoke("urn:example:3")) == "NOT_ASSIGNED"
    assert registry.suspend("urn:example:3")
    assert not registry.status("urn:example:3").revoked


# Publish


def test_a_published_list_is_a_credential_of_the_issuer(registry: StatusRegistry) -> None:
    revoked = registry.assign("urn:example:1")
    registry.assign("urn:example:2")
    registry.revoke("urn:example:1")
    profile = mc.Profile(id=KEY.did, name="Example University")
    (published,) = registry.publish(profile, KEY, at=AT)
    assert (published.url, published.media_type, published.changed) == (f"{BASE_URL}/1", "application/vc", True)
    assert (published.etag[0], published.etag[-1], len(published.etag)) == ('"', '"', 45)
    document = loads_object(published.content)
    proof, subject = document.pop("proof"), as_object(document["credentialSubject"])
    assert isinstance(proof, list)
    assert as_object(proof[0])["created"] == "2026-06-01T00:00:00Z"
    assert document == {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": f"{BASE_URL}/1",
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": {"id": KEY.did},
        "validFrom": "2026-06-01T00:00:00Z",
        "validUntil": "2026-06-08T00:00:00Z",
        "credentialSubject": {
            "id": f"{BASE_URL}/1#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": subject["encodedList"],
            "ttl": 300_000,
        },
    }
    assert list(read(published).indexes()) == [int(revoked.status_list_index)]
    assert mc.Verifier(trusted_issuers={KEY.did}).check(published.content, at=AT)


def test_only_lists_that_changed_are_signed(database: str, registry: StatusRegistry) -> None:
    assert registry.publish(KEY.did, KEY) == []
    for number in range(6):
        registry.assign(f"urn:example:{number}", BOTH)
        shorten(database, 3)
    first = registry.publish(KEY.did, KEY, at=AT)
    # Of each kind two are full, or nearly, and the next is there.
    assert [each.changed for each in first] == [True] * 6
    again = registry.publish(KEY.did, KEY, at=AT + HOUR)
    assert [each.changed for each in again] == [False] * 6
    assert [(each.content, each.etag) for each in again] == [(each.content, each.etag) for each in first]
    registry.suspend("urn:example:1")
    third = registry.publish(KEY.did, KEY, at=AT + HOUR)
    changed = [each for each in third if each.changed]
    assert [each.url for each in changed] == [registry.assign("urn:example:1", "suspension").status_list_credential]
    assert {each.etag for each in third} & {each.etag for each in first} == {each.etag for each in third} - {
        changed[0].etag
    }
    # An assignment changes no bit.
    registry.assign("urn:example:1", BOTH)
    assert not any(each.changed for each in registry.publish(KEY.did, KEY, at=AT + HOUR))


def test_a_revocation_changes_exactly_one_bit_of_one_list(database: str, registry: StatusRegistry) -> None:
    names = [f"urn:example:{number}" for number in range(40)]
    dict(registry.assign_many(names[:1], BOTH))
    shorten(database, 15)
    dict(registry.assign_many(names, BOTH))
    before = set_bits(registry.publish(KEY.did, KEY))
    assert before == set()
    for name in names:
        registry.revoke(name)
        after = set_bits(registry.publish(KEY.did, KEY))
        assert after - before == {place(registry.assign(name))}
        assert before <= after
        before = after


def test_a_list_is_signed_again_when_half_of_its_validity_is_over(registry: StatusRegistry) -> None:
    registry.assign("urn:example:1")

    def changed(at: datetime, days: int | None = 2) -> bool:
        valid_for = None if days is None else timedelta(days=days)
        (published,) = registry.publish(KEY.did, KEY, at=at, valid_for=valid_for)
        assert ("validUntil" in json.loads(published.content)) == (days is not None)
        return published.changed

    assert changed(AT)
    assert not changed(AT + 24 * HOUR)
    assert changed(AT + 25 * HOUR)
    assert not changed(AT + 26 * HOUR)
    assert changed(AT + 27 * HOUR, None)
    assert not changed(AT + 10_000 * HOUR, None)
    assert changed(AT + 10_001 * HOUR)


def test_a_list_is_signed_again_in_another_manner(registry: StatusRegistry) -> None:
    registry.assign("urn:example:1")
    registry.publish(KEY.did, KEY, at=AT)
    method = KEY.verification_method
    for change in ({}, {"as_jwt": True}, {"ttl": None}, {"verification_method": method}, {"valid_for": 9 * HOUR}):
        signed = [registry.publish(KEY.did, KEY, at=AT, **change)[0].changed for _ in range(2)]
        assert signed == [bool(change), False]


def test_a_list_is_signed_again_by_another_key(registry: StatusRegistry) -> None:
    registry.assign("urn:example:1")
    issuer = "did:web:example.edu"
    for key, method in ((KEY, "#key-1"), (OTHER, "#key-1"), (OTHER, "#key-2")):
        # A key that was replaced may be revoked next.
        signed = [registry.publish(issuer, key, at=AT, verification_method=issuer + method)[0] for _ in range(2)]
        assert [each.changed for each in signed] == [True, False]
        assert f'"verificationMethod":"{issuer}{method}"' in signed[1].content.decode()


def test_lists_are_not_published_in_the_name_of_somebody_else(registry: StatusRegistry) -> None:
    registry.assign("urn:example:1")
    (before,) = registry.publish(KEY.did, KEY)
    registry.revoke("urn:example:1")
    assert code_of(lambda: registry.publish(OTHER.did, OTHER)) == "ANOTHER_ISSUER"
    assert registry.published(before.url).content == before.content
    assert registry.publish(KEY.did, KEY)[0].changed


def test_a_list_can_be_a_jwt(registry: StatusRegistry) -> None:
    key = mc.SigningKey.generate("P-256")
    entry = registry.assign("urn:example:1")
    registry.revoke("urn:example:1")
    (published,) = registry.publish(key.did, key, as_jwt=True)
    assert published.media_type == "application/vc+jwt"
    document = badge(key.did, credentialStatus=entry.model_dump())
    web = FakeWeb({published.url: published.content})
    report = mc.Verifier(trusted_issuers={key.did}, fetcher=web).check(mc.sign(document, key))
    assert report["credential_status"].code == "REVOKED"


def test_old_versions_stay(registry: StatusRegistry) -> None:
    registry.assign("urn:example:1", BOTH)
    seen = []
    for number in range(4):
        act = registry.reinstate if number % 2 else registry.suspend
        act("urn:example:1")
        seen.append(registry.publish(KEY.did, KEY, at=AT + number * HOUR)[1])
    url = f"{BASE_URL}/2"
    versions = registry.versions(url)
    assert [each.etag for each in versions] == [each.etag for each in reversed(seen)]
    assert [each.at for each in versions] == [AT + number * HOUR for number in (3, 2, 1, 0)]
    assert versions[-1].valid_until == AT + timedelta(days=7)
    for each in seen:
        found = registry.published(url, etag=each.etag)
        assert (found.content, found.etag, found.changed) == (each.content, each.etag, False)
    assert registry.published(url).content == seen[-1].content
    for unknown in (
        f"{BASE_URL}/3",
        f"{BASE_URL}/01",
        f"{BASE_URL}/",
        "https://elsewhere.example/1",
        "",
        "1",
        "/",
        "\ud800",
        "\0",
    ):
        assert code_of(lambda unknown=unknown: registry.published(unknown)) == "NOT_PUBLISHED"
        assert code_of(lambda unknown=unknown: registry.versions(unknown)) == "NOT_PUBLISHED"
    for unknown in (seen[0].etag.strip('"'), "", "\0", "\ud800", "é" * 9_999):
        assert code_of(lambda unknown=unknown: registry.published(url, etag=unknown)) == "NOT_PUBLISHED"


def test_a_list_that_was_not_published_yet_is_not_served(registry: StatusRegistry) -> None:
    registry.assign("urn:example:1")
    assert code_of(lambda: registry.published(f"{BASE_URL}/1")) == "NOT_PUBLISHED"
    assert registry.versions(f"{BASE_URL}/1") == []


class Racing:
    """A signer during whose work something else happens."""

    def __init__(self, act: object) -> None:
        self.public_key = KEY.public_key
        self.act = act

    def sign(self, data: bytes) -> bytes:
        act, self.act = self.act, None
        if callable(act):
            act()
        return KEY.sign(data)


def test_a_revocation_during_a_signature_is_published_next(registry: StatusRegistry) -> None:
    first, second = registry.assign("urn:example:1"), registry.assign("urn:example:2")
    registry.revoke("urn:example:1")
    published = registry.publish(KEY.did, Racing(lambda: registry.revoke("urn:example:2")))
    assert set_bits(published) == {place(first)}
    published = registry.publish(KEY.did, KEY)
    assert published[0].changed
    assert set_bits(published) == {place(first), place(second)}


def test_whoever_signs_for_too_long_does_not_replace_what_is_newer(registry: StatusRegistry) -> None:
    first, second = registry.assign("urn:example:1"), registry.assign("urn:example:2")
    registry.revoke("urn:example:1")

    def meanwhile() -> None:
        registry.revoke("urn:example:2")
        registry.publish(KEY.did, KEY)

    published = registry.publish(KEY.did, Racing(meanwhile))
    assert set_bits(published) == {place(first), place(second)}
    assert registry.published(f"{BASE_URL}/1").etag == published[0].etag
    assert not registry.publish(KEY.did, KEY)[0].changed
    assert len(registry.versions(f"{BASE_URL}/1")) == 2


def test_a_key_that_does_not_sign_leaves_what_was_published(registry: StatusRegistry) -> None:
    registry.assign("urn:example:1")
    (before,) = registry.publish(KEY.did, KEY)
    registry.revoke("urn:example:1")

    def fail() -> None:
        raise mc.SigningError("no answer", code="SIGNER_UNAVAILABLE")

    with pytest.raises(mc.SigningError):
        registry.publish(KEY.did, Racing(fail))
    assert registry.published(before.url) == as_before(before)
    assert registry.publish(KEY.did, KEY)[0].changed


def as_before(published: PublishedList) -> PublishedList:
    """Return a published list as it is when it was there before."""
    return PublishedList(published.url, published.content, published.media_type, published.etag, changed=False)


# As verifiers see it


def verdict(registry: StatusRegistry, document: JSONObject) -> str:
    """Return what a verifier says about the status of a credential, after all is published."""
    web = FakeWeb({each.url: each.content for each in registry.publish(KEY.did, KEY)})
    report = mc.Verifier(trusted_issuers={KEY.did}, fetcher=web).check(document)
    return str(report["credential_status"].code or report["credential_status"].outcome)


def test_verifiers_see_what_was_recorded(registry: StatusRegistry) -> None:
    signed = {}
    for name in ("urn:example:1", "urn:example:2"):
        entries = [entry.model_dump() for entry in registry.assign(name, BOTH)]
        signed[name] = mc.sign(badge(KEY.did, id=name, credentialStatus=entries), KEY)
    one, two = signed.values()
    assert (verdict(registry, one), verdict(registry, two)) == ("passed", "passed")
    registry.suspend("urn:example:1")
    assert (verdict(registry, one), verdict(registry, two)) == ("SUSPENDED", "passed")
    registry.reinstate("urn:example:1")
    registry.revoke("urn:example:2")
    assert (verdict(registry, one), verdict(registry, two)) == ("passed", "REVOKED")


# The database


@pytest.mark.parametrize(
    "url",
    [
        *("status.db", "", "mysql://host/name", "sqlite+aiosqlite:///x", "postgresql+asyncpg://host/name"),
        *("sqlite://", "sqlite:///:memory:", "sqlite:///", "://"),
    ],
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"sqlite:///status\.db"):
        StatusRegistry(url, base_url=BASE_URL)


def test_a_database_that_cannot_be_used_is_named_without_its_password(tmp_path: Path) -> None:
    (tmp_path / "other").write_bytes(b"not a database" * 100)
    for url in (
        f"sqlite:///{tmp_path}/other",
        f"sqlite:///{tmp_path}/missing/status.db",
        "postgresql://me:hunter2@127.0.0.1:1/x",
        "postgres://me:hunter2@127.0.0.1:1/x?connect_timeout=1",
    ):
        with pytest.raises(StatusListError) as refusal:
            StatusRegistry(url, base_url=BASE_URL)
        assert refusal.value.code == "REGISTRY_UNAVAILABLE"
        assert "hunter2" not in str(refusal.value)
        assert refusal.value.__cause__ is None


def test_a_registry_does_not_show_its_password(registry: StatusRegistry) -> None:
    shown = repr(registry)
    assert "status.db" in shown or "postgresql" in shown
    assert "hunter2" not in repr(Database("postgresql://me:hunter2@127.0.0.1:1/x"))


@pytest.mark.skipif(os.name != "posix", reason="permissions are those of POSIX")
def test_a_new_file_is_its_owners_only(tmp_path: Path) -> None:
    with StatusRegistry(f"sqlite:///{tmp_path}/status.db", base_url=BASE_URL) as registry:
        registry.assign("urn:example:1")
        files = list(tmp_path.iterdir())
        assert {path.name for path in files} >= {"status.db", "status.db-wal"}
        assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_sqlite_writes_through_to_the_disk(tmp_path: Path) -> None:
    with StatusRegistry(f"sqlite:///{tmp_path}/status.db", base_url=BASE_URL) as registry:
        with registry._database.reading() as connection:
            settings = [
                connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "synchronous", "foreign_keys")
            ]
        assert settings == ["wal", 2, 1]


def test_a_closed_registry_opens_again(registry: StatusRegistry) -> None:
    entry = registry.assign("urn:example:1")
    registry.close()
    assert registry.assign("urn:example:1") == entry


def test_threads_share_a_registry(registry: StatusRegistry) -> None:
    made: list[dict[str, mc.BitstringStatusListEntry]] = []
    names = [f"urn:example:{number}" for number in range(25)]

    def work() -> None:
        found = {name: registry.assign(name) for name in names}
        for name in names[::5]:
            registry.revoke(name)
        made.append(found)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 8
    assert all(each == made[0] for each in made)
    assert len({place(entry) for entry in made[0].values()}) == len(names)
    assert [len(registry.history(name)) for name in names] == [1, 0, 0, 0, 0] * 5
    assert len(set_bits(registry.publish(KEY.did, KEY))) == 5


@pytest.mark.parametrize(
    ("missing", "url", "extra"),
    [("sqlalchemy", "sqlite:///status.db", "microcred[status]"), ("psycopg", "postgresql://x@y/z", "psycopg[binary]")],
)
def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch, missing: str, url: str, extra: str) -> None:
    for name in [each for each in sys.modules if each.startswith(("microcred.status._", missing))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(StatusListError, match=re.escape(extra)) as refusal:
        StatusRegistry(url, base_url=BASE_URL)
    assert refusal.value.code == "UNSUPPORTED"
