"""Status lists, both ways: what the registry publishes is read there, and their lists are read here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from tests.support import as_object

import microcred as mc
from conformance.parties import CREATED, alone
from conformance.peers import Peer
from conformance.rows import key_for_peer, key_of
from conformance.shapes import SHAPES
from microcred.json import JSONObject, JSONValue
from microcred.status import StatusList
from microcred.status.records import Purpose
from microcred.status.registry import StatusRegistry
from microcred.testing import FakeWeb

BASE_URL = "https://example.edu/status"
KEY = key_of("Ed25519")
BOTH: tuple[Purpose, ...] = ("revocation", "suspension")
NAMES = [f"urn:example:{number}" for number in range(40)]
AT = datetime.fromisoformat(CREATED)
each_peer = pytest.mark.parametrize("peer", ["javascript", "openvc"], indirect=True)


@pytest.fixture
def peer(request: pytest.FixtureRequest) -> Peer:
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Peer)
    return found


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[StatusRegistry]:
    with StatusRegistry(f"sqlite:///{tmp_path}/status.db", base_url=BASE_URL) as opened:
        yield opened


def ask(peer: Peer, do: str, document: JSONValue, **more: JSONValue) -> JSONObject:
    request: JSONObject = {"do": do, "suite": "status", "document": document, "key": key_for_peer(KEY)}
    return as_object(peer.ask({**request, "created": CREATED, **more}))


def with_status(*entries: mc.BitstringStatusListEntry) -> JSONObject:
    """Return a signed credential with entries."""
    status: list[JSONValue] = [entry.model_dump() for entry in entries]
    document = SHAPES["minimal"].build(KEY.did)
    return mc.sign({**document, "credentialStatus": status[0] if len(status) == 1 else status}, KEY, created=CREATED)


@each_peer
def test_they_read_what_the_registry_publishes(peer: Peer, registry: StatusRegistry) -> None:
    entries = dict(registry.assign_many(NAMES, BOTH))
    for name in NAMES[::2]:
        registry.revoke(name)
    for name in NAMES[1::4]:
        registry.suspend(name)
    lists: JSONObject = {
        each.url: alone(json.loads(each.content)) for each in registry.publish(KEY.did, KEY, at=AT, valid_for=None)
    }
    for name in NAMES:
        status = registry.status(name)
        expected = {"revocation": status.revoked, "suspension": status.suspended}
        assert ask(peer, "verify", with_status(*entries[name]), lists=lists) == expected
    # A lone entry is an object, and not a list.
    assert ask(peer, "verify", with_status(registry.assign(NAMES[0])), lists=lists) == {"revocation": True}


@each_peer
def test_their_lists_are_read_here(peer: Peer) -> None:
    indexes: list[JSONValue] = [0, 1, 7, 8, 94_567, 131_071]
    url = f"{BASE_URL}/7"
    asked: JSONObject = {
        "id": url,
        "issuer": KEY.did,
        "purpose": "suspension",
        "length": 131_072,
        "indexes": indexes,
    }
    served = ask(peer, "issue", asked)
    subject = as_object(served["credentialSubject"])
    assert list(StatusList.decode(str(subject["encodedList"])).indexes()) == indexes
    verifier = mc.Verifier(trusted_issuers={KEY.did}, fetcher=FakeWeb({url: served}))
    for index in (0, 2, 94_567, 94_568, 131_070, 131_071):
        entry = mc.BitstringStatusListEntry(
            status_purpose="suspension", status_list_index=str(index), status_list_credential=url
        )
        report = verifier.check(with_status(entry))
        assert report["credential_status"].code == ("SUSPENDED" if index in indexes else None)
