"""``microcred serve``: what it makes and prints, what it refuses, and how it ends."""

from __future__ import annotations

import hashlib
import json
import re
import shlex
import socket
import sqlite3
import stat
import sys
import threading
import time
from pathlib import Path
from unittest.mock import patch

import httpx
import pytest

import microcred as mc
from microcred.cli.serve_command import _cannot_listen, _first_badge, _is_here, _made
from microcred.issuer import IssuerFolder
from tests.cli.running import Done, run
from tests.make import badge
from tests.server.processes import Running, serving

posix = pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals and modes on Windows")


def curl(running: Running) -> httpx.Response:
    """Send what the printed line would."""
    (line,) = re.findall(r"^ +(curl .*)$", running.output.read_text(), re.MULTILINE)
    _, url, *rest = shlex.split(line)
    options = list(zip(rest[::2], rest[1::2], strict=True))
    headers = dict(value.split(": ", 1) for option, value in options if option == "-H")
    (file,) = (value.removeprefix("@") for option, value in options if option == "-d")
    return httpx.post(url, headers=headers, content=(running.output.parent / file).read_bytes())


def page(running: Running) -> str:
    """The printed address of the badge."""
    (found,) = re.findall(r"^ +(http://.*)$", running.output.read_text(), re.MULTILINE)
    return str(found)


# To try it


@posix
def test_one_command_makes_an_issuer_whose_badges_verify_here(tmp_path: Path) -> None:
    with serving("here", "--name", "Example University", "--workers", "2", folder=tmp_path) as running:
        answer = curl(running)
        assert answer.status_code == 201
        credential = answer.json()["verifiableCredential"]
        assert credential["issuer"]["name"] == "Example University"
        assert page(running) == credential["id"]
        assert httpx.get(page(running)).json() == credential
        assert httpx.get(page(running), headers={"Accept": "text/html"}).headers["content-type"].startswith("text/html")
        # Whichever process has it, the line may be sent again.
        assert {curl(running).content for _ in range(7)} == {answer.content}
        text = httpx.get(f"{running.url}/metrics").text
        assert 'microcred_credentials_total{action="issue",outcome="done"} 8.0' in text
        verified = httpx.post(f"{running.url}/credentials/verify", json={"verifiableCredential": credential})
        assert verified.status_code == 200
        # Nobody else can look up an http address.
        assert mc.Verifier(trusted_issuers={credential["issuer"]["id"]}).check(credential).problems
    for secret in ("password", "issuer/keys/key-1.pem", "issuer/status.db"):
        assert stat.S_IMODE((tmp_path / "here" / secret).stat().st_mode) == 0o600
    lines = running.errors.read_text().splitlines()
    assert "http" in lines[0]
    assert all(json.loads(line)["time"] for line in lines[1:])


def test_what_was_made_is_there_the_next_time(tmp_path: Path) -> None:
    settings = _made(tmp_path / "here", "First")
    issuer = IssuerFolder(settings["ISSUER_FOLDER"])
    before = issuer.load()
    assert _made(tmp_path / "here", "Second") == settings
    assert issuer.load() == before
    issuer.signer(Path(settings["ISSUER_PASSWORD_FILE"]).read_text().strip())


def test_the_first_badge_has_the_address_of_the_service(tmp_path: Path) -> None:
    file = tmp_path / "first-badge.json"
    first = _first_badge(file, "http://127.0.0.1:8000")
    assert first.startswith("http://127.0.0.1:8000/credentials/")
    assert _first_badge(file, "http://127.0.0.1:8000") == first
    assert _first_badge(file, "http://127.0.0.1:8001").startswith("http://127.0.0.1:8001/credentials/")


@posix
def test_what_is_answered_when_it_ends_is_kept_and_others_see_it_coming(tmp_path: Path) -> None:
    issued: list[str] = []
    refused = threading.Event()

    def ask(url: str) -> None:
        document = {name: value for name, value in badge().items() if name not in ("id", "issuer")}
        with httpx.Client() as client:
            while True:
                try:
                    answer = client.post(f"{url}/credentials/issue", json={"credential": document}, timeout=30)
                except httpx.TransportError:
                    refused.set()
                    return
                assert answer.status_code == 201, answer.text
                issued.append(answer.json()["verifiableCredential"]["id"])

    with serving(folder=tmp_path, MICROCRED_SERVER_DRAIN_SECONDS="0.5") as running:
        threads = [threading.Thread(target=ask, args=[running.url]) for _ in range(4)]
        for thread in threads:
            thread.start()
        while len(issued) < 20:
            time.sleep(0.01)
        running.process.terminate()
        statuses = set()
        while not refused.is_set():
            try:
                statuses.add(httpx.get(f"{running.url}/health/ready").status_code)
            except httpx.TransportError:
                break
        for thread in threads:
            thread.join()
        running.process.wait(30)
        assert 503 in statuses
    assert "Traceback" not in running.errors.read_text()
    with sqlite3.connect(tmp_path / "microcred-server" / "issuer" / "status.db") as connection:
        kept = {row[0] for row in connection.execute("SELECT id FROM microcred_credentials")}
    assert set(issued) <= kept


# Tokens and settings


def test_a_new_token_is_printed_with_the_hash_that_settings_need(tmp_path: Path) -> None:
    done = run("serve", "--new-token", folder=tmp_path)
    assert done.returncode == 0
    (token,) = re.findall(r"^  ([\w-]{43})$", done.stdout, re.MULTILINE)
    assert f'sha256 = "{hashlib.sha256(token.encode()).hexdigest()}"' in done.stdout
    assert list(tmp_path.iterdir()) == []


# What is refused


def refused(*words: str, folder: Path) -> Done:
    done = run("serve", *words, folder=folder)
    assert done.returncode in (1, 64)
    return done


def test_without_tokens_it_listens_to_nobody_else(tmp_path: Path) -> None:
    for host in ("0.0.0.0", "::", "192.0.2.1"):
        done = refused("--host", host, folder=tmp_path)
        assert "--new-token" in done.stderr


def test_without_tokens_it_is_for_nobody_elses_address(tmp_path: Path) -> None:
    # Whoever passes requests on from there may not say so.
    done = refused("--base-url", "https://badges.example.edu", folder=tmp_path)
    assert "--new-token" in done.stderr


def test_a_port_that_is_taken_is_said_to_be(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = refused("--port", str(port), folder=tmp_path)
    assert f"--port {port + 1}" in done.stderr


def test_an_address_of_another_machine_is_said_to_be_one(tmp_path: Path) -> None:
    settings = 'tokens = [{name = "x", sha256 = "' + "0" * 64 + '"}]'
    (tmp_path / "server.toml").write_text(settings)
    done = refused("--config", "server.toml", "--host", "192.0.2.1", folder=tmp_path)
    assert "192.0.2.1 is no address of this machine" in done.stderr


def test_a_port_of_the_administrator_is_said_to_be_one() -> None:
    assert "above 1023" in _cannot_listen(PermissionError(13, "Permission denied"), "127.0.0.1", 80)
    assert "something" in _cannot_listen(OSError(5, "something"), "127.0.0.1", 80)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.0.0.2", "::1"])
def test_addresses_of_this_machine_are_known(host: str) -> None:
    assert _is_here(host)
    assert not _is_here("example.edu")


@pytest.mark.parametrize(
    "content", ["", 'unknown = "x"', "[", '[issuers.main]\nfolder = "none"\npassword_file = "none"']
)
def test_settings_that_cannot_be_used_are_refused_in_plain_words(tmp_path: Path, content: str) -> None:
    if content:
        (tmp_path / "server.toml").write_text(content)
    refused("--config", "server.toml", folder=tmp_path)


def test_a_folder_and_settings_are_one_too_many(tmp_path: Path) -> None:
    (tmp_path / "server.toml").write_text("")
    assert refused("here", "--config", "server.toml", folder=tmp_path).returncode == 64


def test_a_lost_password_is_refused_in_plain_words(tmp_path: Path) -> None:
    assert (
        run("issuer", "init", "did:key", "--name", "X", "-i", "microcred-server/issuer", folder=tmp_path).returncode
        == 0
    )
    assert "password" in refused(folder=tmp_path).stderr
    (tmp_path / "microcred-server" / "password").write_text("wrong")
    assert "password" in refused(folder=tmp_path).stderr


def test_an_extra_that_is_missing_is_named(tmp_path: Path) -> None:
    with patch.dict(sys.modules, {"uvicorn": None}):
        assert "microcred[server]" in refused(folder=tmp_path).stderr
