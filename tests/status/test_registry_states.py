"""The registry against a dict: whatever is done in whatever order, both tell the same."""

from __future__ import annotations

import shutil
import tempfile
from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from microcred.errors import StatusListError
from microcred.json import loads_object
from microcred.status import StatusList
from microcred.status.records import Action, Purpose
from microcred.status.registry import StatusRegistry
from tests.make import AT, KEY, OTHER
from tests.status.conftest import BASE_URL
from tests.support import as_object

names = st.integers(0, 8).map("urn:example:{}".format)
some_purposes = st.sampled_from([("revocation",), ("suspension",), ("revocation", "suspension")])
actions = st.sampled_from(["revoke", "suspend", "reinstate"])
Place = tuple[str, int]
ISSUER = "did:web:example.edu"


class Model:
    """What the registry should remember."""

    def __init__(self) -> None:
        self.places: dict[tuple[str, Purpose], Place] = {}
        self.set: set[tuple[str, Purpose]] = set()
        self.history: dict[str, list[tuple[Action, str | None]]] = {}
        self.dirty: set[str] = set()

    def learn(self, name: str, purpose: Purpose, place: Place) -> None:
        """Take an entry, which must be the known one, or one that nobody has."""
        known = self.places.get((name, purpose))
        assert known == place or (known is None and place not in self.places.values())
        self.places[name, purpose] = place
        self.history.setdefault(name, [])

    def does(self, action: Action, name: str, reason: str | None) -> bool | str:
        """Do something; return whether it changes anything, or the code of the refusal."""
        purpose: Purpose = "revocation" if action == "revoke" else "suspension"
        if name not in self.history:
            return "NOT_ASSIGNED"
        if action != "revoke" and (name, "revocation") in self.set:
            return "REVOKED"
        if (name, purpose) not in self.places:
            return "NOT_ASSIGNED"
        if ((name, purpose) in self.set) == (action != "reinstate"):
            return False
        self.set ^= {(name, purpose)}
        self.history[name].append((action, reason))
        self.dirty.add(self.places[name, purpose][0])
        return True


class Registry(RuleBasedStateMachine):
    """A registry, and what it should remember."""

    @initialize()
    def open(self) -> None:
        self.folder = tempfile.mkdtemp(prefix="microcred-registry-")
        self.url = f"sqlite:///{self.folder}/status.db"
        self.registry = StatusRegistry(self.url, base_url=BASE_URL)
        self.model = Model()
        self.published: dict[str, bytes] = {}
        self.key, self.at = KEY, AT

    def teardown(self) -> None:
        if hasattr(self, "registry"):
            self.registry.close()
            shutil.rmtree(self.folder)

    @rule(name=names, purposes=some_purposes)
    def assign(self, name: str, purposes: tuple[Purpose, ...]) -> None:
        for purpose, entry in zip(purposes, self.registry.assign(name, purposes), strict=True):
            assert entry.status_purpose == purpose
            self.model.learn(name, purpose, (str(entry.status_list_credential), int(entry.status_list_index)))

    @rule(some=st.lists(names, max_size=6), purpose=st.sampled_from(["revocation", "suspension"]))
    def assign_many(self, some: list[str], purpose: Purpose) -> None:
        made = list(self.registry.assign_many(some, purpose))
        assert [name for name, _ in made] == some
        for name, entry in made:
            self.model.learn(name, purpose, (str(entry.status_list_credential), int(entry.status_list_index)))

    @rule(action=actions, name=names, reason=st.none() | st.text(st.characters(codec="utf-8", exclude_characters="\0")))
    def act(self, action: Action, name: str, reason: str | None) -> None:
        outcome: bool | str
        try:
            outcome = getattr(self.registry, action)(name, reason=reason)
        except StatusListError as error:
            outcome = error.code
        assert outcome == self.model.does(action, name, reason)

    @rule(name=names)
    def look(self, name: str) -> None:
        if name not in self.model.history:
            return
        status = self.registry.status(name)
        assert status.revoked == ((name, "revocation") in self.model.set)
        assert status.suspended == ((name, "suspension") in self.model.set)
        held = {each.status_purpose: each.status_list_index for each in status.entries}
        assert held == {of: str(index) for (who, of), (_, index) in self.model.places.items() if who == name}
        assert [(each.action, each.reason) for each in self.registry.history(name)] == self.model.history[name]

    @rule(days=st.sampled_from([0, 0, 0, 2, 4]), changes_key=st.sampled_from([False] * 5 + [True]))
    def publish(self, days: int, changes_key: bool) -> None:
        self.at += timedelta(days=days)
        if changes_key:
            self.key = OTHER if self.key is KEY else KEY
        lists = self.registry.publish(ISSUER, self.key, at=self.at, verification_method=f"{ISSUER}#key")
        for each in lists:
            assert self.registry.published(each.url).content == each.content
            old = self.published.get(each.url)
            # Whoever changes a bit and changes it back gets the same bytes again.
            assert each.changed or old == each.content
            if old is not None and not days and not changes_key:
                assert each.changed == (each.url in self.model.dirty)
            self.published[each.url] = each.content
        found = {
            (each.url, index)
            for each in lists
            for index in StatusList.decode(
                str(as_object(loads_object(each.content)["credentialSubject"])["encodedList"])
            ).indexes()
        }
        assert found == {self.model.places[which] for which in self.model.set}
        assert {url for url, _ in self.model.places.values()} <= {each.url for each in lists}
        self.model.dirty.clear()

    @precondition(lambda self: self.model.places)
    @rule()
    def fill(self) -> None:
        """Make all lists full."""
        with self.registry._database.writing() as connection:
            connection.exec_driver_sql("UPDATE microcred_lists SET capacity = assigned")

    @rule()
    def open_again(self) -> None:
        self.registry.close()
        self.registry = StatusRegistry(self.url, base_url=BASE_URL)


Registry.TestCase.settings = settings(
    max_examples=settings.default.max_examples // 4 if settings.default is not None else 25, stateful_step_count=20
)
TestRegistry = Registry.TestCase
