"""``microcred status …`` as a registrar meets it: files, exit codes and mistakes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from microcred.cli import main
from microcred.status.registry import StatusRegistry
from tests.cli.test_cli import run_process

URL = "sqlite:///status.db"
NAMES = ("urn:example:1", "urn:example:2")


@dataclass(frozen=True)
class Done:
    """What a command has left."""

    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Done]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command here: a process for each takes most of its time to begin."""
    monkeypatch.delenv("MICROCRED_STATUS_DATABASE", raising=False)

    def command(*words: str, folder: Path) -> Done:
        monkeypatch.chdir(folder)
        monkeypatch.setattr("sys.argv", ["microcred", "status", *words])
        with pytest.raises(SystemExit) as end:
            main()
        captured = capsys.readouterr()
        return Done(int(end.value.code or 0), captured.out, captured.err)

    return command


def said(run: Run, *words: str, folder: Path) -> object:
    """Return what a command prints as JSON."""
    done = run(*words, "--database", URL, "--json", folder=folder)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a registry of two credentials."""
    with StatusRegistry(f"sqlite:///{tmp_path}/status.db", base_url="https://example.edu/status") as registry:
        dict(registry.assign_many(NAMES, ["revocation", "suspension"]))
    return tmp_path


def test_entries_are_assigned_and_stay(run: Run, tmp_path: Path) -> None:
    words = ("assign", *NAMES, "--purpose", "suspension", "--status-url", "https://example.edu/status")
    made = said(run, *words, folder=tmp_path)
    assert isinstance(made, list)
    assert [each["credentialId"] for each in made] == [*NAMES]
    assert all(len(each["credentialStatus"]) == 1 for each in made)
    assert said(run, *words[:-2], folder=tmp_path) == made
    done = run_process("status", *words[:-2], "--database", URL, folder=tmp_path)
    assert json.loads(done.stdout.partition("\n")[2].partition(NAMES[1])[0]) == made[0]["credentialStatus"][0]


def test_a_credential_is_suspended_reinstated_and_revoked(run: Run, folder: Path) -> None:
    for action, state in (
        *(("suspend", "suspended"), ("reinstate", "good"), ("revoke", "revoked")),
        ("revoke", "revoked, as it was"),
    ):
        done = run(action, NAMES[0], "--database", URL, "--reason", "[b]why", folder=folder)
        assert (done.returncode, done.stdout) == (0, f"{NAMES[0]}  {state}\n")
    changes = said(run, "revoke", *NAMES, folder=folder)
    assert isinstance(changes, list)
    assert [each["changed"] for each in changes] == [False, True]
    shown = said(run, "show", NAMES[0], folder=folder)
    assert isinstance(shown, dict)
    assert (shown["credentialId"], shown["revoked"], shown["suspended"]) == (NAMES[0], True, False)
    assert [each["statusPurpose"] for each in shown["credentialStatus"]] == ["revocation", "suspension"]
    events = said(run, "history", NAMES[0], folder=folder)
    assert isinstance(events, list)
    assert [(each["action"], each["reason"]) for each in events] == [
        ("suspend", "[b]why"),
        ("reinstate", "[b]why"),
        ("revoke", "[b]why"),
    ]


def test_people_read_tables(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MICROCRED_STATUS_DATABASE", URL)
    assert "nothing" in run("history", NAMES[0], folder=folder).stdout
    with StatusRegistry(f"sqlite:///{folder}/status.db") as registry:
        registry.suspend(NAMES[0], actor="dean", reason="under\x1b[31m review")
    events = run("history", NAMES[0], folder=folder).stdout
    assert re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ +suspend +dean +under�\[31m review", events)
    shown = run("show", NAMES[0], folder=folder).stdout
    assert re.search(r"status +suspended", shown)
    assert re.search(r"suspension +https://example\.edu/status/2, entry \d+", shown)


def test_what_cannot_be_done_is_refused(run: Run, folder: Path) -> None:
    with StatusRegistry(f"sqlite:///{folder}/status.db") as registry:
        registry.revoke(NAMES[0])
    for words in (["reinstate", NAMES[0]], ["show", "urn:example:3"]):
        done = run(*words, "--database", URL, folder=folder)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith("error: ")


def test_wrong_usage_exits_with_64(run: Run, folder: Path) -> None:
    for words in (
        ["show", NAMES[0]],
        ["revoke", NAMES[0], "--database", "sqlite:///other.db"],
        ["show", NAMES[0], "--database", "status.db"],
        ["revoke", NAMES[0], "--reason", "a" * 5_000, "--database", URL],
        ["assign", NAMES[0], "--purpose", "message", "--database", URL],
        ["assign", NAMES[0], "--database", "sqlite:///new.db"],
    ):
        assert run(*words, folder=folder).returncode == 64, words
    # A slip of the hand makes no registry.
    assert not (folder / "other.db").exists()


def test_no_registry_is_left_behind_by_a_command_that_could_not_make_one(run: Run, tmp_path: Path) -> None:
    done = run("assign", "urn:example:3", "--database", "sqlite:///new.db", folder=tmp_path)
    assert done.returncode == 64
    assert "--status-url" in done.stderr
    assert not (tmp_path / "new.db").exists()
