"""The commands of an issuer: each can be given twice, prints JSON, and says what to do when it cannot."""

from __future__ import annotations

import json
import os
import re
import shlex
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

import microcred as mc
from microcred.cli import main
from microcred.issuer import IssuerFolder, digest
from tests.issuer.make import KEY, OTHER, web_of
from tests.make import badge

pytest.importorskip("sqlalchemy", reason="needs the extra status")
Run: TypeAlias = Callable[..., Any]
TEMPLATE = """
name = "Rust 101"

[credentialSubject.achievement]
id = "https://example.edu/achievements/rust-101"
name = "Rust 101"
description = "Completed the introductory course."
criteria = "Passed the final project."
"""
STATUS = ("--database", "sqlite:///status.db", "--status-url", "https://example.edu/status")
INIT = ("issuer", "init", "example.edu", "--name", "Example University")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs a command in a folder of its own, and returns what it prints, as JSON or as text."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MICROCRED_KEY_PASSWORD", "secret")
    monkeypatch.setenv("COLUMNS", "200")
    for name in ("MICROCRED_ISSUER", "MICROCRED_STATUS_DATABASE", "MICROCRED_KEY_PASSWORD_FILE"):
        monkeypatch.delenv(name, raising=False)
    Path("template.toml").write_text(TEMPLATE)

    def run(*command: str, code: int = 0) -> Any:
        monkeypatch.setattr(sys, "argv", ["microcred", *command])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        assert (ended.value.code or 0) == code, printed.err
        assert "Traceback" not in printed.err
        if code == 64:
            return printed.err
        return json.loads(printed.out) if "--json" in command else printed.out + printed.err

    return run


def content() -> dict[str, bytes]:
    return {str(file): file.read_bytes() for file in Path().rglob("*") if file.is_file()}


def issue(run: Run, name: str, *options: str) -> Path:
    run("issue", "template.toml", "--issuer", "issuer", "--to", "did:example:learner", "-o", name, *options)
    return Path(name)


# microcred issuer init


@pytest.mark.parametrize(
    ("given", "issuer"),
    [
        ("example.edu", "did:web:example.edu"),
        ("example.edu/departments/x", "did:web:example.edu:departments:x"),
        ("localhost:8443", "did:web:localhost%3A8443"),
        ("did:web:example.edu", "did:web:example.edu"),
        ("https://example.edu/issuer.json", "https://example.edu/issuer.json"),
    ],
)
def test_init_makes_an_issuer(run: Run, given: str, issuer: str) -> None:
    facts = run("issuer", "init", given, "--name", "Example University", "--json")
    assert (facts["changed"], facts["issuer"], facts["current"]) == (True, issuer, "key-1")
    if os.name == "posix":
        assert stat.S_IMODE(Path("issuer/keys/key-1.pem").stat().st_mode) == 0o600
    before = content()
    assert run("issuer", "init", given, "--name", "Example University", "--json") == {**facts, "changed": False}
    assert run("issuer", "init", given, "--json")["changed"] is False
    assert content() == before


def test_init_takes_a_whole_profile(run: Run) -> None:
    Path("profile.toml").write_text(
        'name = "Example University"\nurl = "https://example.edu"\nemail = "a@example.edu"\n'
    )
    run("issuer", "init", "example.edu", "--profile", "profile.toml")
    assert IssuerFolder("issuer").load().profile.email == "a@example.edu"
    assert run("issuer", "init", "example.edu", "--profile", "profile.toml", "--json")["changed"] is False


def test_init_of_a_did_key_says_what_its_price_is(run: Run) -> None:
    facts = run("issuer", "init", "did:key", "--name", "x", "--json")
    assert facts["issuer"].startswith("did:key:z6Mk")
    assert run("issuer", "init", "did:key", "--name", "x", "--json")["changed"] is False
    assert "did:web" in run("key", "rotate", code=1)
    assert "did:web" in run("key", "revoke", facts["current"], code=1)


@pytest.mark.parametrize(
    "command",
    [
        ("issuer", "init", "example.com"),
        ("issuer", "init", "example.edu", "--name", "Another"),
    ],
)
def test_init_does_not_take_one_issuer_for_another(run: Run, command: tuple[str, ...]) -> None:
    run(*INIT)
    before = content()
    run(*command, code=64)
    assert content() == before


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (("issuer", "init", "example.edu"), 64),
        (("issuer", "init", "http://example.edu/x", "--name", "x"), 1),
        (("issuer", "init", "https://example.edu", "--name", "x"), 1),
        (("issuer", "init", "..", "--name", "x"), 1),
        (("key", "list"), 1),
        (("publish", "site"), 1),
        (("reissue", "template.toml", "-o", "again"), 1),
        (("issue", "template.toml", "--to", "did:example:learner"), 64),
        (("issue", "template.toml", "--to", "did:example:learner", "--issuer", "issuer"), 1),
    ],
)
def test_what_cannot_be_done_makes_nothing(run: Run, command: tuple[str, ...], code: int) -> None:
    run(*command, code=code)
    assert not list(Path().rglob("*.pem"))
    assert not Path("site").exists()


def test_password_can_be_in_a_file(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("password").write_text("from a file\n")
    run(*INIT, "--password-file", "password")
    IssuerFolder("issuer").signer("from a file")
    monkeypatch.delenv("MICROCRED_KEY_PASSWORD")
    run("key", "rotate", code=64)
    monkeypatch.setenv("MICROCRED_KEY_PASSWORD_FILE", "password")
    run("key", "rotate")
    Path("password").write_text("")
    run("key", "rotate", code=64)


# microcred key


def test_keys_are_listed_replaced_and_revoked_and_each_can_be_said_twice(run: Run) -> None:
    run(*INIT)
    assert run("key", "rotate", "key-1", "--kind", "P-256", "--json")["changed"] is True
    assert run("key", "rotate", "key-1", "--json")["changed"] is False
    assert run("key", "revoke", "key-2", "--json")["current"] == "key-3"
    before = content()
    assert run("key", "revoke", "key-2", "--json")["changed"] is False
    assert content() == before
    keys = run("key", "list", "--json")["keys"]
    assert [(key["name"], key["type"], key["current"]) for key in keys] == [
        ("key-1", "Ed25519", False),
        ("key-2", "P-256", False),
        ("key-3", "Ed25519", True),
    ]
    assert [bool(key["revoked"]) for key in keys] == [False, True, False]
    table = run("key", "list")
    assert [line.split()[1] for line in table.splitlines()] == ["retired", "revoked", "current"]
    run("key", "revoke", "key-9", code=1)


def test_key_can_live_elsewhere(run: Run) -> None:
    Path("public.pem").write_bytes(KEY.public_key.to_pem())
    Path("next.pem").write_bytes(OTHER.public_key.to_pem())
    run(*INIT, "--public-key", "public.pem")
    assert IssuerFolder("issuer").load().current.public_key == KEY.public_key
    assert not Path("issuer/keys").exists()
    assert run("key", "rotate", "--public-key", "next.pem", "--json")["keys"][1]["file"] is None
    run("issue", "template.toml", "--issuer", "issuer", "--to", "did:example:learner", code=1)


# microcred issue --issuer, microcred publish


def test_issued_in_the_issuers_name_and_found_where_it_was_published(run: Run) -> None:
    run(*INIT)
    badge_file = issue(run, "badge.json", *STATUS)
    token_file = issue(run, "badge.jwt", "--format", "jwt")
    issue(run, "other.json", "--database", "sqlite:///status.db")
    document = json.loads(badge_file.read_text())
    assert document["issuer"]["name"] == "Example University"
    assert document["credentialStatus"]["statusListCredential"] == "https://example.edu/status/1"
    written = run("publish", "site", "--database", "sqlite:///status.db", "--json")
    assert set(written["written"]) == {
        *("/.well-known/did.json", "/.well-known/jwks.json", "/issuer.json", "/status/1")
    }
    assert Path("site/.nojekyll").read_bytes() == b""
    assert run("publish", "site", "--database", "sqlite:///status.db", "--json")["written"] == []
    web = web_of(IssuerFolder("issuer").load())
    web.pages["https://example.edu/status/1"] = Path("site/status/1").read_bytes()
    verifier = mc.Verifier(trusted_issuers={"did:web:example.edu"}, fetcher=web)
    for file in (badge_file, token_file):
        assert verifier.check(file.read_bytes())
    issued = IssuerFolder("issuer").issued()
    assert all(issued(None, digest(file.read_bytes())) for file in (badge_file, token_file))


def test_publish_takes_credentials_and_achievements_and_removes_only_when_told(run: Run) -> None:
    run(*INIT)
    Path("template.toml").write_text('id = "https://example.edu/credentials/1.json"\n' + TEMPLATE)
    Path("course.toml").write_text(
        'id = "https://example.edu/achievements/rust-101"\nname = "Rust 101"\n'
        'description = "A course."\ncriteria = "Passed the final project."\n'
    )
    Path("public").mkdir()
    issue(run, "public/1.json")
    options = ("--credential", "public", "--achievement", "course.toml")
    assert "/credentials/1.json" in run("publish", "site", *options, "--json")["written"]
    assert run("publish", "site", "--json")["stale"] == ["/achievements/rust-101", "/credentials/1.json"]
    assert Path("site/credentials/1.json").exists()
    assert run("publish", "site", "--prune", "--json")["removed"] is True
    assert not Path("site/credentials/1.json").exists()
    assert "location = /.well-known/did.json" in run("publish", "site", "--nginx")
    assert "--prune" not in run("publish", "site")


def test_publish_does_not_remove_the_status_lists_of_a_registry_that_was_not_named(run: Run) -> None:
    run(*INIT)
    issue(run, "badge.json", *STATUS)
    run("publish", "site", "--database", "sqlite:///status.db")
    before = Path("site/status/1").read_bytes()
    assert "--database" in run("publish", "site", "--prune", code=64)
    assert run("publish", "site", "--json")["removed"] is False
    assert Path("site/status/1").read_bytes() == before


def test_publish_does_not_lose_the_keys_of_another_issuer_on_the_host(run: Run) -> None:
    run("issuer", "init", "https://example.edu/a.json", "--name", "A", "--issuer", "a")
    run("issuer", "init", "https://example.edu/b.json", "--name", "B", "--issuer", "b")
    run("publish", "site", "--issuer", "a")
    before = content()
    run("publish", "site", "--issuer", "b", code=64)
    assert content() == before
    run("publish", "site", "--issuer", "a", "--issuer", "b")
    keys = json.loads(Path("site/.well-known/jwks.json").read_text())["keys"]
    assert [key["iss"] for key in keys] == ["https://example.edu/a.json", "https://example.edu/b.json"]


# microcred reissue


@pytest.fixture
def stolen(run: Run) -> Run:
    """Make an issuer whose first key was stolen: two credentials were issued, and the thief made two more."""
    run(*INIT)
    Path("in").mkdir()
    first = issue(run, "in/1.json", *STATUS)
    issue(run, "in/2.jwt", "--format", "jwt")
    thief = IssuerFolder("issuer").signer("secret")
    real = json.loads(first.read_text())
    del real["proof"]
    Path("in/copy.json").write_text(json.dumps(mc.sign({**real, "name": "PhD"}, thief)))
    Path("in/new.json").write_text(json.dumps(mc.sign(badge("did:web:example.edu"), thief)))
    run("key", "revoke", "key-1")
    return run


def counts(facts: dict[str, int]) -> tuple[int, ...]:
    return tuple(facts[name] for name in ("reissued", "kept", "unaffected", "refused"))


def test_reissue_signs_what_is_in_the_record_and_nothing_else(stolen: Run) -> None:
    facts = stolen("reissue", "in", "-o", "again", "--json", code=1)
    assert counts(facts) == (2, 0, 0, 2)
    assert sorted(problem["file"] for problem in facts["problems"]) == ["in/copy.json", "in/new.json"]
    assert sorted(file.name for file in Path("again").iterdir()) == ["1.json", "2.jwt"]
    before = content()
    assert counts(stolen("reissue", "in", "-o", "again", "--json", code=1)) == (0, 2, 0, 2)
    assert content() == before
    assert counts(stolen("reissue", "again", "-o", "third", "--json")) == (0, 0, 2, 0)
    assert "2 refused" in stolen("reissue", "in", "-o", "again", code=1)


def test_reissue_by_ids_leaves_out_what_could_be_either(stolen: Run) -> None:
    names = [json.loads(Path("in/1.json").read_text())["id"], badge()["id"]]
    Path("ids").write_text("\n".join(map(str, names)))
    # The copy has the id of the real one, and the record of ids does not tell them apart. A list of ids that has what a
    # thief made is no record: it is signed.
    facts = stolen("reissue", "in", "-o", "again", "--ids", "ids", "--json", code=1)
    assert counts(facts) == (1, 0, 0, 3)
    assert [file.name for file in Path("again").iterdir()] == ["new.json"]


def test_reissue_by_the_registry_knows_its_ids(stolen: Run) -> None:
    Path("in/copy.json").unlink()
    facts = stolen("reissue", "in", "-o", "again", "--database", "sqlite:///status.db", "--json", code=1)
    assert counts(facts) == (1, 0, 0, 2)
    assert [file.name for file in Path("again").iterdir()] == ["1.json"]
    stolen("reissue", "in", "-o", "third", "--database", "sqlite:///status.db", "--ids", "x", code=64)


def test_reissue_reads_and_writes_lines(stolen: Run) -> None:
    lines = [json.dumps(json.loads(Path("in/1.json").read_text())), Path("in/2.jwt").read_text().strip()]
    Path("all.ndjson").write_text(f'{lines[0]}\n\n"{lines[1]}"\n{Path("in/new.json").read_text()}\n')
    assert counts(stolen("reissue", "all.ndjson", "-o", "again", "--json", code=1)) == (2, 0, 0, 1)
    before = Path("again/all.ndjson").read_bytes()
    assert len(before.splitlines()) == 2
    with Path("all.ndjson").open("a") as file:
        file.write(f"{lines[0]}\n")
    assert counts(stolen("reissue", "all.ndjson", "-o", "again", "--json", code=1)) == (1, 2, 0, 1)
    assert Path("again/all.ndjson").read_bytes().startswith(before)


def test_reissue_loses_nothing(stolen: Run) -> None:
    before = content()
    stolen("reissue", "in", "-o", "in", code=64)
    Path("again").mkdir()
    Path("again/1.json").write_bytes(Path("in/1.json").read_bytes())
    stolen("reissue", "in", "-o", "again", code=64)
    Path("other").mkdir()
    Path("other/1.json").write_text("{}")
    stolen("reissue", "in", "other", "-o", "again2", code=64)
    assert content().items() >= before.items()


def test_reissue_needs_a_revoked_key(run: Run) -> None:
    run(*INIT)
    issue(run, "1.json")
    run("reissue", "1.json", "-o", "again", code=64)
    assert not Path("again").exists()


def test_printed_commands_run(run: Run) -> None:
    text = (Path(__file__).parents[2] / "docs" / "issuer.md").read_text(encoding="utf-8")
    commands = [shlex.split(line) for line in re.findall(r"^\$ microcred (.*)$", text, flags=re.MULTILINE)]
    assert {"init", "rotate", "revoke"} <= {command[1] for command in commands}
    Path("issued").mkdir()
    for command in commands:
        run(*command)
        if command[0] == "issue":
            Path("issued/badge.json").write_bytes(Path("badge.json").read_bytes())
    # The page revokes the second key, and the badge is by the first.
    assert not Path("again").exists() or not list(Path("again").iterdir())
