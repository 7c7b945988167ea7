"""What a verification goes by, on the command line: presentations, registries, schemas, bundles; and formats issued."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

import microcred as mc
from microcred.cli.render import shown
from tests.cli.running import run
from tests.cli.test_cli import TEMPLATE
from tests.make import KEY, badge

HOLDER = mc.SigningKey.generate()
CHALLENGE, DOMAIN = "n-0S6_WzA2Mj", "https://jobs.example"
ANSWER = ("--challenge", CHALLENGE, "--domain", DOMAIN)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("verify")
    signed = mc.sign(badge(KEY.did), KEY)
    (folder / "badge.json").write_text(json.dumps(signed))
    (folder / "shown.json").write_text(
        mc.present([signed], HOLDER, challenge=CHALLENGE, domain=DOMAIN).model_dump_json()
    )
    (folder / "shown.jwt").write_text(mc.present_jwt([signed], HOLDER, challenge=CHALLENGE, domain=DOMAIN))
    (folder / "template.toml").write_text(TEMPLATE)
    (folder / "issuer.pem").write_bytes(KEY.to_pem(None))
    return folder


# Presentations


@pytest.mark.parametrize("file", ["shown.json", "shown.jwt"])
def test_a_presentation_verifies_for_whom_it_was_made(folder: Path, file: str) -> None:
    command = ("verify-presentation", file, "--trust", KEY.did)
    done = run(*command, *ANSWER, folder=folder)
    assert done.returncode == 0
    assert "It says: “Rust 101”" in done.stdout
    assert run(*command, "--any-challenge", "--any-domain", folder=folder).returncode == 0
    assert run(*command, "--challenge", "another", "--any-domain", folder=folder).returncode == 1
    assert run(*command, "--any-challenge", "--domain", "https://other.example", folder=folder).returncode == 1
    # The badge is about somebody else than who shows it.
    assert run(*command, *ANSWER, "--holder-is-subject", folder=folder).returncode == 1
    report = json.loads(run(*command, *ANSWER, "--json", folder=folder).stdout)
    assert (report["file"], report["verified"], len(report["credentials"])) == (file, True, 1)


@pytest.mark.parametrize(
    "options",
    [
        ("--any-challenge",),
        ("--any-domain",),
        (*ANSWER, "--any-domain"),
        ("--challenge", "", "--any-domain"),
        (*ANSWER, "--trust", KEY.did, "--any-challenge"),
    ],
)
def test_what_was_asked_of_the_holder_has_to_be_said(folder: Path, options: tuple[str, ...]) -> None:
    done = run("verify-presentation", "shown.json", "--any-issuer", *options, folder=folder)
    assert done.returncode == 64


def test_each_command_names_the_other_for_what_is_not_its_own(folder: Path) -> None:
    done = run("verify", "shown.json", "--any-issuer", folder=folder)
    assert done.returncode == 1
    assert "microcred verify-presentation" in done.stdout
    assert run("verify-presentation", "badge.json", "--any-issuer", *ANSWER, folder=folder).returncode == 1


def test_inspect_says_who_shows_what(folder: Path) -> None:
    for file in ("shown.json", "shown.jwt"):
        printed = run("inspect", file, folder=folder).stdout
        assert HOLDER.did in printed
        assert "“Rust 101”" in printed


# Registries of issuers


def test_a_registry_in_a_file_vouches(folder: Path) -> None:
    (folder / "registry.json").write_text(json.dumps({"registry": {KEY.did: {"name": "Example University"}}}))
    (folder / "empty.json").write_text(json.dumps({"registry": {}}))
    assert run("verify", "badge.json", "--registry", "registry.json", folder=folder).returncode == 0
    assert run("verify", "badge.json", "--registry", "empty.json", folder=folder).returncode == 1
    both = ("--registry", "empty.json", "--trust", KEY.did)
    assert run("verify", "badge.json", *both, folder=folder).returncode == 0
    assert run("verify", "badge.json", "--registry", "badge.json", folder=folder).returncode == 1
    assert run("verify", "badge.json", "--registry", "no-such.json", folder=folder).returncode == 64
    assert run("verify", "badge.json", "--registry", "http://x.example/r.json", folder=folder).returncode == 64


def test_a_registry_on_the_web_is_asked_only_when_told(folder: Path) -> None:
    done = run("verify", "badge.json", "--registry", "https://registry.invalid/registry.json", folder=folder)
    assert done.returncode == 2
    assert "--online allows it" in done.stdout


# Schemas


def test_schemas_are_known_by_their_id_or_by_the_url_that_is_said(folder: Path) -> None:
    pytest.importorskip("jsonschema_specifications", reason="needs the extra schema")
    url = "https://example.edu/schemas/named.json"
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": url, "required": ["name"]}
    (folder / "schema.json").write_text(json.dumps(schema))
    (folder / "other.json").write_text(json.dumps({**schema, "$id": "https://example.edu/other.json"}))
    (folder / "nameless.json").write_text("{}")
    document = {**badge(KEY.did), "name": "Rust 101", "credentialSchema": [{"id": url, "type": "JsonSchema"}]}
    (folder / "named.json").write_text(json.dumps(mc.sign(document, KEY)))
    command = ("verify", "named.json", "--any-issuer")
    assert run(*command, folder=folder).returncode == 2
    assert run(*command, "--schema", "schema.json", folder=folder).returncode == 0
    assert run(*command, "--schema", f"{url}=schema.json", folder=folder).returncode == 0
    assert run(*command, "--schema", "other.json", folder=folder).returncode == 2
    assert run(*command, "--schema", "nameless.json", folder=folder).returncode == 64


# Bundles


def test_what_was_fetched_is_kept_and_judged_again(folder: Path) -> None:
    key, issuer = mc.SigningKey.generate(), "did:web:issuer.invalid"
    signed = mc.sign(badge(issuer), key, verification_method=f"{issuer}#key-1")
    (folder / "web.json").write_text(json.dumps(signed))
    command = ("verify", "web.json", "--trust", issuer)
    done = run(*command, "--keep-bundle", "bundle.json", folder=folder)
    assert done.returncode == 2
    assert stat.S_IMODE((folder / "bundle.json").stat().st_mode) == 0o600
    kept = mc.VerificationBundle.from_json((folder / "bundle.json").read_bytes())
    again = run(*command, "--bundle", "bundle.json", folder=folder)
    assert again.returncode == 2
    assert f"--at {mc.DateTime.of(kept.at).lexical}" in " ".join(again.stdout.replace("│", " ").split())
    assert "--online" not in again.stdout
    assert run(*command, "--bundle", "web.json", folder=folder).returncode == 1
    for wrong in (["badge.json", "--keep-bundle", "b.json"], ["--keep-bundle", "b.json", "--bundle", "bundle.json"]):
        assert run(*command, *wrong, folder=folder).returncode == 64


# What is issued


def issued(folder: Path, *options: str, to: str = "did:example:learner") -> bytes:
    done = run("issue", "template.toml", "--key", "issuer.pem", "--to", to, *options, folder=folder)
    assert done.returncode == 0, done.stderr
    return done.data


@pytest.mark.parametrize("format_", ["json", "jwt", "sd-jwt", "cose"])
def test_every_format_that_is_issued_verifies(folder: Path, format_: str) -> None:
    data = issued(folder, "--format", format_, to=HOLDER.did)
    assert run("verify", "-", "--trust", KEY.did, folder=folder, given=data).returncode == 0


def test_an_sd_jwt_is_bound_to_the_key_of_its_holder(folder: Path) -> None:
    command = ("issue", "template.toml", "--key", "issuer.pem", "--to", "did:example:learner", "-f", "sd-jwt")
    done = run(*command, folder=folder)
    assert done.returncode == 64
    assert "--holder-key" in done.stderr
    (folder / "wallet.pem").write_bytes(HOLDER.public_key.to_pem())
    assert run(*command, "--holder-key", "wallet.pem", folder=folder).returncode == 0


def test_templates_come_through_pipes_in_both_forms(folder: Path) -> None:
    for template in (
        TEMPLATE.encode(),
        json.dumps(
            {
                "name": "x",
                "credentialSubject": {"achievement": {"id": "urn:x", "name": "x", "description": "x", "criteria": "x"}},
                "issuer": {"name": "x"},
            }
        ).encode(),
    ):
        command = ("issue", "-", "--key", "issuer.pem", "--to", "did:example:learner", "--output", "-")
        done = run(*command, folder=folder, given=template)
        assert done.returncode == 0, done.stderr
        assert mc.Verifier(trusted_issuers={KEY.did}).check(done.data)


def test_the_password_of_a_key_can_be_in_a_file(folder: Path) -> None:
    (folder / "password").write_text("from a file\nsecond line\n")
    options = ("--password-file", "password")
    assert run("keygen", "locked.pem", *options, folder=folder, password=None).returncode == 0
    command = ("issue", "template.toml", "--key", "locked.pem", "--to", "did:example:learner")
    assert run(*command, *options, folder=folder, password=None).returncode == 0
    assert run(*command, folder=folder, password=None).returncode == 64
    assert run(*command, folder=folder, password="another").returncode == 1


def test_a_key_that_is_typed_counts_more_than_the_environment(folder: Path) -> None:
    command = ("issue", "template.toml", "--key", "issuer.pem", "--to", "did:example:learner")
    done = run(*command, folder=folder, MICROCRED_ISSUER="elsewhere", MICROCRED_STATUS_DATABASE="sqlite:///none.db")
    assert done.returncode == 0
    assert run(*command, "--issuer", "elsewhere", folder=folder).returncode == 64


def test_what_others_wrote_cannot_steer_the_terminal() -> None:
    assert shown('{"name": "\x9b2J\x1b]0;x\x07 “é”"}\n\tend') == '{"name": "\\u009b2J\\u001b]0;x\\u0007 “é”"}\n\tend'
