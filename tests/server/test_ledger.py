"""What a service remembers: each key has one answer, each name one credential, whoever asks at the same time."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from microcred.errors import StatusListError
from microcred.server.ledger import KEPT_FOR, Answer, Entry, Kept, Ledger

SHOWN = Kept(b"{}", "application/vc")


@pytest.fixture
def ledger(database: str) -> Iterator[Ledger]:
    with closing(Ledger(database)) as made:
        yield made


def entry(name: str, key: str | None = None, content: bytes = b"{}", *, shown: bool = True) -> Entry:
    return Entry(f"urn:x:{name}", content, key, content, SHOWN if shown else None)


def test_what_is_saved_is_there_for_others(ledger: Ledger, database: str) -> None:
    assert ledger.save([entry("a", "key a", b"[1]"), entry("b")]) == [Answer(b"[1]", b"[1]"), Answer(b"{}", b"{}")]
    with closing(Ledger(database)) as other:
        answers, taken = other.look(["key a", "key b"], ["urn:x:a", "urn:x:b", "urn:x:c"])
        assert answers == {"key a": Answer(b"[1]", b"[1]")}
        assert taken == {"urn:x:a", "urn:x:b"}
        assert other.kept("urn:x:a") == SHOWN
        assert other.kept("urn:x:c") is None


def test_the_first_answer_of_a_key_counts(ledger: Ledger) -> None:
    first = ledger.save([entry("a", "key", b"[1]")])
    assert ledger.save([entry("b", "key", b"[2]"), entry("c", "key", b"[3]")]) == first * 2
    assert ledger.kept("urn:x:b") is None, "nothing is saved of what was not answered"


def test_the_first_of_those_that_are_saved_together_counts(ledger: Ledger) -> None:
    results = ledger.save([entry("a", "key", b"[1]"), entry("b", "key", b"[2]"), entry("a", None, b"[3]")])
    assert results == [Answer(b"[1]", b"[1]"), Answer(b"[1]", b"[1]"), None]


def test_a_name_has_one_credential(ledger: Ledger) -> None:
    ledger.save([entry("a", "key a")])
    assert ledger.save([entry("a", "key b"), entry("c", "key c")]) == [None, Answer(b"{}", b"{}")]
    assert ledger.look(["key b"], []) == ({}, set()), "a key of what was refused is free"


def test_other_names_are_taken_and_nothing_is_shown_by_them(ledger: Ledger) -> None:
    named = Entry("urn:x:a", b"{}", None, b"", SHOWN, ("row 4711", "urn:x:a"))
    assert ledger.save([named]) == [Answer(b"", b"{}")]
    assert ledger.kept("row 4711") is None
    assert ledger.kept("urn:x:a") == SHOWN
    assert ledger.save([Entry("urn:x:b", b"{}", None, b"", None, ("row 4711",))]) == [None]


def test_what_has_no_key_and_no_name_needs_no_memory(ledger: Ledger) -> None:
    assert ledger.save([entry("a", shown=False)]) == [Answer(b"{}", b"{}")]
    assert ledger.look([], ["urn:x:a"]) == ({}, set())
    assert ledger.save([]) == []


@pytest.mark.parametrize("same", ["key", "name"])
def test_of_those_that_save_at_once_one_is_first(ledger: Ledger, database: str, same: str) -> None:
    def save(number: int) -> Answer | None:
        content = f"[{number}]".encode()
        with closing(Ledger(database)) as own:
            key, name = ("key", str(number)) if same == "key" else (None, "a")
            (answer,) = own.save([entry(name, key, content)])
            return answer

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(save, range(8)))
    if same == "key":
        (answer,) = set(answers)
        assert ledger.look(["key"], [])[0] == {"key": answer}
    else:
        assert sum(each is not None for each in answers) == 1


def test_answers_are_forgotten_after_a_week_and_credentials_are_not(ledger: Ledger) -> None:
    ledger.save([entry("a", "key")])
    assert ledger.forget() == 0
    assert ledger.forget(datetime.now(UTC) + timedelta(seconds=1)) == 1
    assert ledger.look(["key"], ["urn:x:a"]) == ({}, {"urn:x:a"})
    assert timedelta(days=7) == KEPT_FOR


@pytest.mark.parametrize("name", ["ü" * 1_000, "a'; DROP TABLE microcred_answers; --", "%", "urn:x:\U0001f393"])
def test_any_text_is_a_name(ledger: Ledger, name: str) -> None:
    ledger.save([Entry(name, b"{}", name, b"", SHOWN)])
    assert ledger.kept(name) == SHOWN
    assert ledger.look([name], [name]) == ({name: Answer(b"", b"{}")}, {name})


def test_a_database_that_is_none_is_for_later(tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("damaged") / "x.db"
    file.write_bytes(b"not a database" * 100)
    with pytest.raises(StatusListError) as caught:
        Ledger(f"sqlite:///{file}")
    assert caught.value.code == "REGISTRY_UNAVAILABLE"
