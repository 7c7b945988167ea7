"""How a service is set up: which setting counts, and what is said of those that cannot be."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from pydantic import SecretStr

from microcred.errors import DocumentError
from microcred.server import Settings

SECRET = "correct horse battery staple"
HASH = hashlib.sha256(SECRET.encode()).hexdigest()
TOML = f"""
base_url = "https://badges.example.edu/"
threads = 3
seconds = 10

[issuers.main]
folder = "main"
password = "{SECRET}"
status = ["revocation", "suspension"]

[issuers.other]
folder = "other"
password_file = "password"

[[tokens]]
name = "moodle"
sha256 = "{HASH}"
issuers = ["main"]
"""


def test_arguments_count_before_the_environment_and_that_before_the_file(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(TOML)
    environment = {"MICROCRED_SERVER_FILE": str(file), "MICROCRED_SERVER_THREADS": "5", "MICROCRED_SERVER_SECONDS": "7"}
    settings = Settings.load(environment=environment, threads=9, most_requests=None)
    assert (settings.threads, settings.seconds, settings.base_url) == (9, 7.0, "https://badges.example.edu")
    assert list(settings.issuers) == ["main", "other"]
    assert settings.tokens[0].issuers == ("main",)
    assert settings.most_requests == Settings().most_requests


def test_a_file_that_is_given_counts_before_the_one_of_the_environment(tmp_path: Path) -> None:
    (tmp_path / "given.toml").write_text("threads = 4")
    settings = Settings.load(tmp_path / "given.toml", environment={"MICROCRED_SERVER_FILE": str(tmp_path / "absent")})
    assert settings.threads == 4


def test_the_environment_can_complete_an_issuer_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(TOML)
    settings = Settings.load(file, environment={"MICROCRED_SERVER_ISSUER_PASSWORD": "another one"})
    main = settings.issuers["main"]
    assert main.password == SecretStr("another one")
    assert main.folder == Path("main")
    assert "other" in settings.issuers


def test_an_issuer_can_be_in_the_environment_alone() -> None:
    environment = {
        "MICROCRED_SERVER_ISSUER_FOLDER": "issuer",
        "MICROCRED_SERVER_ISSUER_PASSWORD": SECRET,
        "MICROCRED_SERVER_ISSUER_STATUS": "revocation, suspension",
        "MICROCRED_SERVER_ISSUER_HOST": "true",
        "MICROCRED_SERVER_TOKENS": f"{HASH},{'0' * 64}",
        "MICROCRED_SERVER_TRUST": "did:web:a.example, did:web:b.example",
    }
    settings = Settings.load(environment=environment)
    assert settings.issuers["main"].status == ("revocation", "suspension")
    assert settings.issuers["main"].host
    assert [(each.name, each.sha256) for each in settings.tokens] == [("token-1", HASH), ("token-2", "0" * 64)]
    assert settings.trust == ("did:web:a.example", "did:web:b.example")


def test_all_that_is_wrong_is_said_at_once_and_no_value_is_repeated(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(f'nonsense = "{SECRET}"\n[issuers."Not a name"]\nfolder = "x"\ndatabse = "{SECRET}"\n')
    environment = {
        "MICROCRED_SERVER_BASE_URL": f"https://user:{SECRET}@example.edu",
        "MICROCRED_SERVER_THREADS": SECRET,
        "MICROCRED_SERVER_TOKENS": SECRET,
        "MICROCRED_SERVER_TOKEN": SECRET,
        "MICROCRED_SERVER_ISSUER_FORMAT": SECRET,
    }
    with pytest.raises(DocumentError) as caught:
        Settings.load(file, environment=environment)
    pointers = {each.pointer for each in caught.value.problems}
    assert pointers >= {"", "/base_url", "/threads", "/tokens/0/sha256", "/nonsense", "/issuers/main/format"}
    assert "/issuers/Not a name/databse" in pointers
    assert "MICROCRED_SERVER_TOKEN" in str(caught.value)
    assert SECRET not in str(caught.value)
    assert SECRET not in repr(caught.value)


def test_what_kubernetes_says_of_a_service_of_this_name_is_no_setting() -> None:
    environment = {
        "MICROCRED_SERVER_PORT": "tcp://10.0.0.1:8000",
        "MICROCRED_SERVER_PORT_8000_TCP_ADDR": "10.0.0.1",
        "MICROCRED_SERVER_SERVICE_HOST": "10.0.0.1",
    }
    assert Settings.load(environment=environment) == Settings()


@pytest.mark.parametrize(
    "url",
    [
        "badges.example.edu",
        "ftp://example.edu",
        "https://",
        "https://a.example?b",
        "https://a.example#b",
        "http://[::1",
        "https://a.example:port",
        "https://a.example:99999",
        "https://a b.example",
        "https://" + "a" * 2000,
    ],
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(DocumentError) as caught:
        Settings.load(environment={}, base_url=url)
    assert [each.pointer for each in caught.value.problems] == ["/base_url"]


@pytest.mark.parametrize("what", ["folder", "database"])
def test_issuers_that_share_what_each_needs_for_itself_are_refused(what: str) -> None:
    issuers = {
        "a": {"folder": "a", "password": SECRET, "database": "sqlite:///a.db"},
        "b": {"folder": "b", "password": SECRET, "database": "sqlite:///b.db"},
    }
    issuers["b"][what] = issuers["a"][what]
    with pytest.raises(DocumentError):
        Settings.load(environment={}, issuers=issuers)


@pytest.mark.parametrize(
    "changes",
    [
        {"password_file": "file"},
        {"password": None},
        {"database": "sqlite:///a.db", "database_file": "file"},
    ],
)
def test_an_issuer_has_one_password_and_one_database(changes: dict[str, object]) -> None:
    with pytest.raises(DocumentError) as caught:
        Settings.load(environment={}, issuers={"main": {"folder": "a", "password": SECRET, **changes}})
    assert [each.pointer for each in caught.value.problems] == ["/issuers/main"]


def test_a_token_for_an_issuer_that_there_is_not_is_refused() -> None:
    tokens = [{"name": "moodle", "sha256": HASH, "issuers": ["mian"]}]
    with pytest.raises(DocumentError):
        Settings.load(environment={}, issuers={"main": {"folder": "a", "password": SECRET}}, tokens=tokens)


def test_passwords_are_not_shown() -> None:
    main = {"folder": "x", "password": SECRET, "database": f"postgresql://user:{SECRET}@host/name"}
    settings = Settings.load(environment={}, issuers={"main": main})
    assert SECRET not in repr(settings)
    assert SECRET not in str(settings)


@pytest.mark.parametrize("content", [None, b"\xff", b"a = ", "folder"])
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, content: bytes | str | None) -> None:
    file = tmp_path / "settings.toml"
    if isinstance(content, bytes):
        file.write_bytes(content)
    elif content is not None:
        file.mkdir()
    with pytest.raises(DocumentError) as caught:
        Settings.load(file, environment={})
    assert caught.value.code == "PARSING_ERROR"
