"""``microcred batch`` as a user meets it: files, exit codes and mistakes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import microcred as mc
from microcred.baking import unbake
from microcred.issuer import IssuerFolder
from microcred.models.profile import identity_hash
from tests.baking.pictures import picture, pixels
from tests.cli.running import run
from tests.cli.test_cli import TEMPLATE
from tests.issuer.make import web_of

COHORT = "email,grade\na@example.edu,1\nb@example.edu,2\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a key that is encrypted, a template and recipients."""
    (tmp_path / "template.toml").write_text(TEMPLATE.replace("final project.", "final project with {{ grade }}."))
    (tmp_path / "rows.csv").write_text(COHORT)
    assert run("keygen", "issuer.pem", folder=tmp_path).returncode == 0
    return tmp_path


COMMAND = ("batch", "template.toml", "rows.csv", "--key", "issuer.pem", "--to", "email", "--run", "run")


def test_a_cohort_is_issued_once_by_several_processes(folder: Path) -> None:
    status = ("--database", "sqlite:///status.db", "--status-url", "https://example.edu/status")
    done = run(*COMMAND, *status, "--jobs", "2", "--into", "zip", "--json", folder=folder)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"folder": "run", "rows": 2, "done": 2, "errors": 0, "notTried": 0}
    entries = [json.loads(line) for line in (folder / "run" / "manifest.ndjson").read_text().splitlines()]
    made = [(folder / "run" / each["file"]).read_bytes() for each in entries]
    credential = json.loads(made[0])
    (identity,) = credential["credentialSubject"]["identifier"]
    assert identity["identityHash"] == identity_hash("a@example.edu", identity["salt"])
    assert (folder / "run" / "credentials.zip").exists()
    shown = run("status", "show", credential["id"], "--database", "sqlite:///status.db", "--json", folder=folder)
    assert json.loads(shown.stdout)[0]["revoked"] is False if shown.stdout.startswith("[") else shown.returncode == 0
    again = run(*COMMAND, *status, "--into", "zip", folder=folder)
    assert again.returncode == 0, again.stderr
    assert [(folder / "run" / each["file"]).read_bytes() for each in entries] == made


def test_an_issuer_in_a_folder_keeps_a_record(folder: Path) -> None:
    init = ("issuer", "init", "example.edu", "--name", "Example University", "--issuer", "issuer")
    assert run(*init, folder=folder).returncode == 0
    command = ("batch", "template.toml", "rows.csv", "-i", "issuer", "--to", "email", "-r", "run", "--into", "lines")
    done = run(*command, folder=folder)
    assert done.returncode == 0, done.stderr
    first = json.loads((folder / "run" / "credentials.ndjson").read_text().splitlines()[0])
    assert first["issuer"]["id"] == "did:web:example.edu"
    assert len((folder / "issuer" / "issued.ndjson").read_text().splitlines()) == 2


def test_several_processes_sign_for_an_issuer_and_bake_each_badge_into_a_picture(folder: Path) -> None:
    init = ("issuer", "init", "example.edu", "--name", "Example University", "--issuer", "issuer")
    assert run(*init, folder=folder).returncode == 0
    image = picture()
    (folder / "badge.png").write_bytes(image)
    options = ("-i", "issuer", "--to", "email", "-r", "run", "--image", "badge.png", "--jobs", "2")
    done = run("batch", "template.toml", "rows.csv", *options, folder=folder)
    assert done.returncode == 0, done.stderr
    entries = [json.loads(line) for line in (folder / "run" / "manifest.ndjson").read_text().splitlines()]
    baked = [(folder / "run" / each["file"]).read_bytes() for each in entries]
    assert [each["file"][-4:] for each in entries] == [".png", ".png"]
    issuer = IssuerFolder(folder / "issuer").load()
    verifier = mc.Verifier(trusted_issuers={issuer.id}, fetcher=web_of(issuer))
    for each in baked:
        assert pixels(each) == pixels(image)
        assert verifier.check(unbake(each)).verified
    assert len((folder / "issuer" / "issued.ndjson").read_text().splitlines()) == 2
    # With one process, every byte is the same, and nobody is given another badge.
    assert run("batch", "template.toml", "rows.csv", *options[:-2], folder=folder).returncode == 0
    assert [(folder / "run" / each["file"]).read_bytes() for each in entries] == baked


def test_a_dry_run_shows_three_and_all_errors(folder: Path) -> None:
    (folder / "rows.csv").write_text(COHORT + "nobody,1\nc@example.edu,\nd@example.edu,3\ne@example.edu,3\n")
    done = run(*COMMAND, "--dry-run", folder=folder)
    assert done.returncode == 1
    assert len([json.loads(line) for line in done.stdout.splitlines()]) == 3
    assert "row 4" in done.stderr
    assert "row 5" in done.stderr
    assert not (folder / "run").exists()


def test_rows_with_errors_are_told_and_the_others_issued(folder: Path) -> None:
    (folder / "rows.csv").write_text(COHORT + "nobody,1\n")
    done = run(*COMMAND, folder=folder)
    assert done.returncode == 1
    assert "row 4" in done.stderr
    assert len(list((folder / "run" / "credentials").iterdir())) == 2


@pytest.mark.parametrize(
    ("changed", "code", "named"),
    [
        ({"--key": "none.pem"}, 64, "none.pem"),
        ({"--key": "rows.csv"}, 1, "rows.csv: "),
        ({"rows.csv": "none.csv"}, 64, "none.csv"),
        ({"rows.csv": "template.toml"}, 1, "template.toml: "),
        ({"template.toml": "rows.csv"}, 1, "rows.csv: "),
        ({"email": "name"}, 1, "email, grade"),
        ({"rows.csv": "without.csv"}, 1, "template.toml: /credentialSubject/achievement/criteria/narrative: "),
    ],
)
def test_mistakes_are_explained(folder: Path, changed: dict[str, str], code: int, named: str) -> None:
    (folder / "without.csv").write_text("email,mark\na@example.edu,1\n")
    command = list(COMMAND)
    for old, new in changed.items():
        place = command.index(old) + (1 if old.startswith("--") else 0)
        command[place] = new
    done = run(*command, folder=folder)
    assert done.returncode == code
    assert named in done.stderr


def test_a_run_that_has_changed_says_what_to_do(folder: Path) -> None:
    assert run(*COMMAND, folder=folder).returncode == 0
    (folder / "rows.csv").write_text(COHORT + "c@example.edu,3\n")
    done = run(*COMMAND, folder=folder)
    assert done.returncode == 1
    assert "--run" in done.stderr


def test_several_processes_cannot_ask_for_a_password(folder: Path) -> None:
    done = run(*COMMAND, "--jobs", "2", folder=folder, password=None)
    assert done.returncode == 64
    assert "MICROCRED_KEY_PASSWORD" in done.stderr
    assert not (folder / "run").exists()
    (folder / "password.txt").write_text("secret\n")
    done = run(*COMMAND, "--jobs", "2", "--password-file", "password.txt", folder=folder, password=None)
    assert done.returncode == 0, done.stderr
