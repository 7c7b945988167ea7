"""The command line as a user meets it: files, exit codes and mistakes."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

import microcred as mc
from microcred.cli.explaining import spoken
from microcred.signing import decode_jwt
from tests.cli.running import run
from tests.make import badge

REPOSITORY = Path(__file__).parents[2]
TEMPLATE = """
name = "Rust 101"

[issuer]
name = "Example University"

[credentialSubject.achievement]
id = "https://example.edu/achievements/rust-101"
name = "Rust 101"
description = "Completed the introductory course."
criteria = "Passed the final project."
"""


def run_process(
    *arguments: str, folder: Path, given: bytes = b"", password: str | None = "secret", **variables: str
) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "NO_COLOR": "1", "COLUMNS": "120", "LC_ALL": "C", "PYTHONUTF8": "1", **variables}
    environment.pop("MICROCRED_KEY_PASSWORD", None)
    if password is not None:
        environment["MICROCRED_KEY_PASSWORD"] = password
    done = subprocess.run(
        [sys.executable, "-m", "microcred.cli", *arguments],
        cwd=folder,
        input=given,
        capture_output=True,
        env=environment,
        timeout=60,
        check=False,
    )
    result = subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())
    assert "Traceback" not in result.stderr, result.stderr
    return result


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a key, a template and issued credentials."""
    folder = tmp_path_factory.mktemp("cli")
    (folder / "template.toml").write_text(TEMPLATE)
    assert run("keygen", "issuer.pem", folder=folder).returncode == 0
    for name, *options in [
        ["badge.json"],
        ["badge.jwt", "--format", "jwt"],
        ["vc.jwt", "--format", "jwt", "--profile", "vc-jose"],
    ]:
        command = ["issue", "template.toml", "--key", "issuer.pem", "--to", "did:example:learner", "-o", name, *options]
        assert run(*command, folder=folder).returncode == 0
    return folder


def did(folder: Path) -> str:
    key = mc.SigningKey.from_pem((folder / "issuer.pem").read_bytes(), "secret")
    return key.did


def test_keygen_writes_an_encrypted_key_for_its_owner_only(folder: Path, tmp_path: Path) -> None:
    assert stat.S_IMODE((folder / "issuer.pem").stat().st_mode) == 0o600
    assert b"ENCRYPTED" in (folder / "issuer.pem").read_bytes()
    done = run("keygen", "k.pem", "--kind", "P-256", "--json", folder=tmp_path)
    facts = json.loads(done.stdout)
    key = mc.SigningKey.from_pem((tmp_path / "k.pem").read_bytes(), "secret")
    assert (facts["did"], facts["verificationMethod"]) == (key.did, key.verification_method)
    assert run("keygen", "open.pem", "--no-password", folder=tmp_path).returncode == 0
    assert b"ENCRYPTED" not in (tmp_path / "open.pem").read_bytes()


def test_keygen_does_not_replace_a_key_unless_told(folder: Path) -> None:
    before = (folder / "issuer.pem").read_bytes()
    assert run("keygen", "issuer.pem", folder=folder).returncode == 64
    assert (folder / "issuer.pem").read_bytes() == before


def test_issued_credentials_verify(folder: Path) -> None:
    done = run("verify", "badge.json", "badge.jwt", "vc.jwt", "--trust", did(folder), folder=folder)
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("✔  Verified: ") == 3
    assert decode_jwt((folder / "vc.jwt").read_text()).header["typ"] == "vc+jwt"


def test_standard_input_is_a_file_too(folder: Path) -> None:
    data = (folder / "badge.json").read_bytes()
    assert run("verify", "-", "--trust", did(folder), folder=folder, given=data).returncode == 0
    assert run("inspect", "-", folder=folder, given=data).returncode == 0


def test_json_is_for_machines(folder: Path) -> None:
    done = run("verify", "badge.json", "--trust", "did:key:zSomebodyElse", "--json", folder=folder)
    assert done.returncode == 1
    [result] = json.loads(done.stdout)
    assert (result["file"], result["verified"], len(result["checks"])) == ("badge.json", False, 8)
    document = json.loads(run("inspect", "badge.jwt", "--json", folder=folder).stdout)
    assert document["type"] == ["VerifiableCredential", "AchievementCredential"]


def test_exit_codes_tell_refused_from_cannot_tell(folder: Path) -> None:
    document = json.loads((folder / "badge.json").read_text())
    (folder / "forged.json").write_text(json.dumps({**document, "name": "Rust 901"}))
    assert run("verify", "forged.json", "--any-issuer", folder=folder).returncode == 1
    document["proof"][0]["cryptosuite"] = "some-other-suite"
    (folder / "unknown.json").write_text(json.dumps(document))
    assert run("verify", "unknown.json", "--any-issuer", folder=folder).returncode == 2
    assert run("verify", "badge.json", "unknown.json", "forged.json", "--any-issuer", folder=folder).returncode == 1


def test_options_of_verify(folder: Path) -> None:
    trust = ("--trust", did(folder))
    assert run("verify", "badge.json", *trust, "--recipient", "did:example:learner", folder=folder).returncode == 0
    assert run("verify", "badge.json", *trust, "--recipient", "did:example:other", folder=folder).returncode == 1
    assert run("verify", "badge.json", *trust, "--at", "2020-01-01T00:00:00Z", folder=folder).returncode == 1


def test_verify_explains_in_words_and_never_by_colour_alone(folder: Path) -> None:
    trusted = run("verify", "badge.json", "--trust", did(folder), folder=folder).stdout
    assert "Verified: nothing that was checked speaks against this credential." in trusted
    assert "It says: “Rust 101”, issued to did:example:learner by Example University" in trusted
    assert "accepted (--any-issuer)" not in trusted
    anyone = run("verify", "badge.json", "--any-issuer", folder=folder).stdout
    assert "Every issuer was accepted (--any-issuer)" in anyone
    stranger = run("verify", "badge.json", "--trust", "did:key:zSomebodyElse", folder=folder).stdout
    assert "NOT verified: there is a problem with “Issuer”" in stranger
    assert "It says" not in stranger
    assert "\x1b" not in trusted + anyone + stranger


def test_verify_says_that_it_stayed_offline_where_that_matters(folder: Path) -> None:
    document = badge("did:web:issuer.invalid")
    key = mc.SigningKey.generate()
    signed = mc.sign(document, key, verification_method="did:web:issuer.invalid#key-1")
    data = json.dumps(signed).encode()
    done = run("verify", "-", "--any-issuer", folder=folder, given=data)
    assert done.stdout.count("Cannot tell: ") == 1
    assert "--online allows it" in done.stdout
    online = run("verify", "-", "--any-issuer", "--online", folder=folder, given=data)
    assert "--online allows it" not in online.stdout


@pytest.mark.parametrize("columns", ["20", "40", "80"])
def test_explanation_fits_the_terminal(folder: Path, columns: str) -> None:
    done = run_process("verify", "badge.json", "--any-issuer", folder=folder, COLUMNS=columns)
    assert {len(line) for line in done.stdout.splitlines()} == {int(columns)}


@pytest.mark.parametrize(
    ("asked", "environment", "expected"),
    [
        (None, {}, "en"),
        ("es-MX", {}, "es"),
        ("en", {"LC_ALL": "es_ES.UTF-8"}, "en"),
        (None, {"LC_ALL": "es_ES.UTF-8"}, "es"),
        (None, {"LC_ALL": "", "LC_MESSAGES": "es", "LANG": "en_GB"}, "es"),
        (None, {"LANG": "es_ES@euro"}, "es"),
        (None, {"LC_ALL": "en_GB.UTF-8", "LANG": "es_ES.UTF-8"}, "en"),
        (None, {"LC_ALL": "fr_FR.UTF-8"}, "en"),
        (None, {"LC_ALL": "C.UTF-8"}, "en"),
        (None, {"LC_ALL": "../../es"}, "en"),
    ],
)
def test_language_is_the_one_asked_for_or_that_of_the_system(
    asked: str | None, environment: dict[str, str], expected: str
) -> None:
    assert spoken(asked, environment).language == expected


def test_verify_speaks_the_language_of_the_system(folder: Path) -> None:
    command = ["verify", "badge.json", "--any-issuer"]
    assert "Verificada: " in run(*command, folder=folder, LC_ALL="es_MX.UTF-8").stdout
    unknown = run(*command, "--language", "tlh", folder=folder)
    assert unknown.returncode == 64
    assert "en, es" in unknown.stderr


def test_details_are_added_for_developers(folder: Path) -> None:
    document = json.loads((folder / "badge.json").read_text())
    data = json.dumps({**document, "name": "Rust 901"}).encode()
    command = ["verify", "-", "--any-issuer"]
    assert "PROOF_VERIFICATION_ERROR failed: " not in run(*command, folder=folder, given=data).stdout
    assert "PROOF_VERIFICATION_ERROR failed: " in run(*command, "--details", folder=folder, given=data).stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["verify", "badge.json"],
        ["verify", "badge.json", "--any-issuer", "--trust", "did:key:z6Mk"],
        ["verify", "--any-issuer"],
        ["verify", "no-such-file.json", "--any-issuer"],
        ["verify", ".", "--any-issuer"],
        ["verify", "badge.json", "--any-issuer", "--at", "yesterday"],
        ["verify", "badge.json", "--any-issuer", "--at", "2026-01-01T00:00:00"],
        ["verify", "badge.json", "--any-issuer", "--context", "nothing"],
        ["verify", "badge.json", "--no-such-option"],
        ["no-such-command"],
        ["issue", "template.toml", "--key", "issuer.pem", "--to", "nobody"],
        ["issue", "no-such-template.toml", "--key", "issuer.pem", "--to", "did:example:a"],
        ["issue", "template.toml", "--key", "issuer.pem", "--to", "did:example:a", "-o", "no/such/folder/x"],
        ["keygen", "x.pem", "--kind", "DSA"],
    ],
)
def test_wrong_usage_exits_with_64(folder: Path, arguments: list[str]) -> None:
    assert run(*arguments, folder=folder).returncode == 64


@pytest.mark.parametrize(
    "data", [b"", b"{", b"\xff\xff", b"[]", b'{"a":1,"a":2}', b"eyJ.e30.AA", b"\x89PNG\r\n", b'{"a":' * 10_000]
)
def test_bad_input_is_refused_without_a_traceback(folder: Path, data: bytes) -> None:
    assert run("verify", "-", "--any-issuer", folder=folder, given=data).returncode in (1, 2)
    assert run("inspect", "-", folder=folder, given=data).returncode == 1


@pytest.mark.parametrize(
    "template",
    [
        "{",
        '{"credentialSubject": "x"}',
        '{"issuer": 5}',
        '{"name": "x"}',
        '{"favourite": 1, "name": "x"}',
        '{"type": "x"}',
    ],
)
def test_bad_template_issues_nothing(folder: Path, template: str) -> None:
    (folder / "bad.json").write_text(template)
    command = ["issue", "bad.json", "--key", "issuer.pem", "--to", "did:example:a", "-o", "never.json"]
    done = run(*command, folder=folder)
    assert done.returncode == 1, done.stdout
    assert not (folder / "never.json").exists()


def test_wrong_password_is_refused(folder: Path) -> None:
    command = ["issue", "template.toml", "--key", "issuer.pem", "--to", "did:example:a"]
    assert run(*command, folder=folder, password="wrong").returncode == 1
    assert run(*command, folder=folder, password=None).returncode == 64


def test_badge_for_an_email_address_is_hashed(folder: Path) -> None:
    done = run("issue", "template.toml", "--key", "issuer.pem", "--to", "a@example.com", folder=folder)
    assert done.returncode == 0
    assert "a@example.com" not in done.stdout
    (folder / "mail.json").write_text(done.stdout)
    trust = ("--trust", did(folder))
    assert run("verify", "mail.json", *trust, "--recipient", "a@example.com", folder=folder).returncode == 0
    assert run("verify", "mail.json", *trust, "--recipient", "b@example.com", folder=folder).returncode == 1


def test_inspect_says_that_it_does_not_verify(folder: Path) -> None:
    done = run("inspect", "badge.json", folder=folder)
    assert done.returncode == 0
    assert "not verified" in done.stderr
    assert "Rust 101" in done.stdout


def test_inspect_prints_what_a_proof_covers(folder: Path) -> None:
    done = run("inspect", "badge.json", "--canonical", folder=folder)
    assert done.returncode == 0
    statements, options = done.stdout.split("# options of proof 1: ")
    document = json.loads((folder / "badge.json").read_text())
    assert f'<{document["id"]}> <https://schema.org/name> "Rust 101" .\n' in statements
    assert (
        f"<https://w3id.org/security#verificationMethod> <{document['proof'][0]['verificationMethod']}> .\n" in options
    )
    assert hashlib.sha256(statements.partition("\n")[2].encode()).hexdigest() in statements


def test_inspect_does_not_let_a_credential_steer_the_terminal(folder: Path) -> None:
    document = json.loads((folder / "badge.json").read_text())
    document["credentialSubject"]["achievement"]["name"] = "\x1b[2J\x1b]0;owned\x07[bold]x[/]"
    done = run("inspect", "-", folder=folder, given=json.dumps(document).encode())
    assert "\x1b" not in done.stdout
    assert "[bold]x[/]" in done.stdout


def test_demo_shows_both_verified_and_the_copy_refused(tmp_path: Path) -> None:
    done = run_process("demo", folder=tmp_path)
    assert done.returncode == 0
    assert (done.stdout.count("Verified: "), done.stdout.count("NOT verified: ")) == (2, 1)
    verdicts = [
        run("verify", f"microcred-demo/{name}", "--any-issuer", folder=tmp_path).returncode
        for name in ("badge.json", "badge.jwt", "tampered.json")
    ]
    assert verdicts == [0, 0, 1]


def test_flags_do_not_seem_to_take_values(tmp_path: Path) -> None:
    for command in ([], ["verify"], ["status", "show"]):
        assert "<bool" not in run(*command, "--help", folder=tmp_path).stdout


def test_whom_to_trust_is_asked_for_one_way_or_the_other(folder: Path) -> None:
    for options in ([], ["--any-issuer", "--trust", "did:web:example.edu"]):
        done = run("verify", "badge.json", *options, folder=folder)
        assert done.returncode == 64
        assert "--any-issuer" in done.stderr
        assert "Invalid value" not in done.stderr


def test_version_is_that_of_the_package(tmp_path: Path) -> None:
    assert run("--version", folder=tmp_path).stdout == f"microcred {mc.__version__}\n"


@pytest.mark.parametrize("page", ["README.md", "docs/cli.md"])
def test_printed_commands_run(page: str, tmp_path: Path) -> None:
    text = (REPOSITORY / page).read_text(encoding="utf-8")
    [template] = re.findall(r"```toml\n(.*?)```", text, flags=re.DOTALL)
    (tmp_path / "template.toml").write_text(template)
    (tmp_path / "picture.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"/>')
    commands = [line[2:] for line in re.findall(r"^\$ microcred .*$", text, flags=re.MULTILINE)]
    assert {"demo", "keygen", "issue", "verify"} <= {command.split()[1] for command in commands}
    for command in commands:
        words = shlex.split(command)[1:]
        if "did:key:z6Mk…" in words:
            words[words.index("did:key:z6Mk…")] = did(tmp_path)
        assert run(*words, folder=tmp_path).returncode == 0, command


def test_command_is_installed() -> None:
    command = shutil.which("microcred", path=str(Path(sys.executable).parent))
    if command is None:
        pytest.skip("the package is on the path, not installed")
    assert subprocess.run([command, "--help"], capture_output=True, check=False, timeout=60).returncode == 0


def test_every_form_is_verified_and_looked_into(folder: Path) -> None:
    key = mc.SigningKey.generate("P-256")
    document = badge(key.did)
    forms: dict[str, tuple[bytes, str]] = {
        "sd-jwt": (mc.sign_sd_jwt(document, key, holder_key=None).encode(), "SD-JWT (ES256)"),
        "cose": (mc.sign_cose(document, key), "COSE (ES256)"),
        "jwt": (mc.sign_jwt(document, key).encode(), "JWT (ES256)"),
    }
    for name, (data, securing) in forms.items():
        (folder / name).write_bytes(data)
        assert run("verify", name, "--trust", key.did, folder=folder).returncode == 0
        shown = run("inspect", name, folder=folder)
        assert shown.returncode == 0
        assert securing in shown.stdout
        (folder / name).write_bytes(data[:-3])
        assert run("verify", name, "--trust", key.did, folder=folder).returncode == 1


def test_network_is_used_only_when_told(folder: Path) -> None:
    key = mc.SigningKey.generate()
    # No such host can be (RFC 2606 §2).
    issuer = "did:web:issuer.invalid"
    signed = mc.sign(badge(issuer), key, verification_method=f"{issuer}#key-1")
    (folder / "web.json").write_text(json.dumps(signed))
    for options in ((), ("--online",)):
        done = run("verify", "web.json", "--trust", issuer, "--json", *options, folder=folder)
        assert done.returncode == 2
        (report,) = json.loads(done.stdout)
        assert {each["name"]: each["code"] for each in report["checks"]}["proof"] == "RESOLUTION_ERROR"
