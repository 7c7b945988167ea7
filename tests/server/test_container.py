"""The container files, without an engine: what they say fits together, and their commands run as they stand there.

The folders of the container are folders of the test, its virtual environment is the one in which the tests run, and
the database is a PostgreSQL that the test starts. In CI the tests of the wheel run in an environment that has nothing
of the sources, as the container.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
import yaml

from tests.make import badge
from tests.server.processes import serving
from tests.status.databases import make_database, run_postgresql

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
BIN = Path(sys.executable).parent
TOKEN = "a-token-of-more-than-twenty-characters"

pytestmark = [
    pytest.mark.skipif(not DEPLOY.is_dir(), reason="the container files are in the sources, not beside the package"),
    pytest.mark.skipif(sys.platform == "win32", reason="containers run Linux"),
]


def instructions() -> list[tuple[str, str]]:
    """The instructions of the container file and their arguments, without comments; lines that go on are joined."""
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    lines = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ").splitlines()
    return [(name, rest.strip()) for name, _, rest in (line.partition(" ") for line in lines if line.strip())]


def of(name: str) -> list[str]:
    return [rest for each, rest in instructions() if each == name]


def environment() -> dict[str, str]:
    """The variables of the image."""
    return dict(word.split("=", 1) for each in of("ENV") for word in each.split())


def compose() -> dict[str, Any]:
    return cast("dict[str, Any]", yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8")))


def said() -> list[list[str]]:
    """What the documentation has people run in the container before it starts."""
    text = (DEPLOY.parent / "docs" / "server.md").read_text(encoding="utf-8")
    found = re.findall(r"^\$ docker compose run --rm server (.*)$", text, re.MULTILINE)
    assert [line.split()[0] for line in found] == ["serve", "issuer"]
    return [shlex.split(line) for line in found]


# What they say


def test_the_image_runs_as_nobody_in_particular_and_needs_no_place_to_write_but_its_volume() -> None:
    last = instructions()[max(i for i, (name, _) in enumerate(instructions()) if name == "FROM") :]
    (user,) = (rest for name, rest in last if name == "USER")
    (made,) = (rest for name, rest in last if name == "RUN" and "useradd" in rest)
    assert user != "0"
    assert f"--uid {user} --user-group" in made
    assert f"--owner={user} --group={user} --mode=0700 {of('VOLUME')[0]}" in made
    server = compose()["services"]["server"]
    assert server["read_only"] is True
    assert server["cap_drop"] == ["ALL"]
    assert server["security_opt"] == ["no-new-privileges:true"]


def test_what_is_built_is_copied_and_not_ignored() -> None:
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").split()
    copied = [word for each in of("COPY") if not each.startswith("--from") for word in each.split()[:-1]]
    assert copied == [each.removeprefix("!") for each in ignored if each.startswith("!")]
    project = tomllib.loads((DEPLOY.parent / "pyproject.toml").read_text(encoding="utf-8"))
    assert {project["project"]["readme"], *project["project"]["license-files"], "pyproject.toml"} <= set(copied)
    assert all(each.startswith("src/") for each in project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
    (extras,) = re.findall(r"\*\.whl\)\[([\w,]+)\]", " ".join(of("RUN")))
    assert set(extras.split(",")) <= set(project["project"]["optional-dependencies"])


def test_what_the_parts_name_is_what_the_others_have() -> None:
    whole = compose()
    server, database = whole["services"]["server"], whole["services"]["database"]
    for service in (server, database):
        assert set(service["secrets"]) <= set(whole["secrets"])
        named = {each.partition(":")[0] for each in service["volumes"]}
        assert {each for each in named if not each.startswith(".")} <= set(whole["volumes"])
        for name, value in service["environment"].items():
            if name.endswith("_FILE"):
                assert value.removeprefix("/run/secrets/") in service["secrets"]
    assert (DEPLOY / server["build"]["context"]).resolve() == DEPLOY.parent
    assert (DEPLOY.parent / server["build"]["dockerfile"]).exists()
    mounts = {each.split(":")[1] for each in server["volumes"]}
    assert mounts == {*of("VOLUME"), environment()["MICROCRED_SERVER_FILE"]}
    # Only the proxy on the machine reaches it.
    assert server["ports"] == [f"127.0.0.1:8000:{of('EXPOSE')[0]}"]
    assert "ports" not in database
    settings = tomllib.loads((DEPLOY / "server.toml").read_text(encoding="utf-8"))
    (issuer,) = settings["issuers"].values()
    assert issuer["folder"] == environment()["MICROCRED_ISSUER"]
    for name in ("password_file", "database_file"):
        assert issuer[name].removeprefix("/run/secrets/") in server["secrets"]


def test_no_secret_is_in_the_files_and_none_is_committed() -> None:
    settings = tomllib.loads((DEPLOY / "server.toml").read_text(encoding="utf-8"))
    assert all(len(set(each["sha256"])) == 1 for each in settings["tokens"]), "hashes of nothing"
    assert all("PASSWORD" not in name or name.endswith("_FILE") for name in environment())
    ignore = DEPLOY.parent / ".gitignore"
    if ignore.exists():
        assert "/deploy/secrets/" in ignore.read_text(encoding="utf-8").splitlines()


# Their commands


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    with run_postgresql() as address:
        yield make_database(address)


class Container:
    """The container, as a folder."""

    def __init__(self, root: Path, database: str) -> None:
        self.root = root
        self._places = {
            each: root / each.removeprefix("/") for each in ("/var/lib/microcred", "/run/secrets", "/etc/microcred")
        }
        for place in self._places.values():
            place.mkdir(parents=True)
        secrets = self._places["/run/secrets"]
        (secrets / "key-password").write_text("a password of the key\n")
        (secrets / "database-url").write_text(f"{database}\n")
        settings = self.here((DEPLOY / "server.toml").read_text(encoding="utf-8"))
        token = hashlib.sha256(TOKEN.encode()).hexdigest()
        (self._places["/etc/microcred"] / "server.toml").write_text(settings.replace("0" * 64, token))

    def here(self, text: str) -> str:
        """Return a text with the folders of the test in place of those of the container."""
        for there, here in self._places.items():
            text = text.replace(there, str(here))
        return text

    @property
    def variables(self) -> dict[str, str]:
        given = {**environment(), **compose()["services"]["server"]["environment"]}
        ours = {name: self.here(value) for name, value in given.items() if name != "PATH"}
        return {**ours, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Do what ``docker compose run server …`` does."""
        (entry,) = (json.loads(each) for each in of("ENTRYPOINT"))
        variables = {**self.variables, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        program = [str(BIN / entry[0]), *entry[1:]]
        return subprocess.run(
            [*program, *words], env=variables, cwd=self.root, check=False, capture_output=True, text=True
        )


def test_the_commands_run_as_they_stand_there(tmp_path: Path, database: str) -> None:
    container = Container(tmp_path / "container", database)
    # The token has a test of its own.
    _, words = said()
    done = container.run(*words)
    assert done.returncode == 0, done.stderr
    assert (container.root / "var/lib/microcred/issuer/issuer.json").exists()

    (entry,), (words,) = ([json.loads(each) for each in of(name)] for name in ("ENTRYPOINT", "CMD"))
    program = [str(BIN / entry[0]), *words]
    variables = {**container.variables, "MICROCRED_SERVER_DRAIN_SECONDS": "0"}
    with serving(folder=container.root, command=program, **variables) as running:
        (health,) = re.findall(r"CMD (\[.*\])", " ".join(of("HEALTHCHECK")))
        probe = [word.replace("http://127.0.0.1:8000", running.url) for word in json.loads(health)]
        found = subprocess.run([shutil.which(probe[0], path=str(BIN)) or "", *probe[1:]], check=False)
        assert found.returncode == 0

        document = {name: value for name, value in badge().items() if name not in ("id", "issuer")}
        headers = {"Authorization": f"Bearer {TOKEN}"}
        assert httpx.post(f"{running.url}/credentials/issue", json={"credential": document}).status_code == 401
        assert httpx.get(f"{running.url}/.well-known/did.json").json()["id"] == "did:web:badges.example.edu"
        with httpx.Client(base_url=running.url, headers=headers) as client:
            answer = client.post("/credentials/issue", json={"credential": document})
            assert answer.status_code == 201, answer.text
            credential = answer.json()["verifiableCredential"]
            path = credential["id"].removeprefix("https://badges.example.edu")
            assert client.get(path).json() == credential
            # What this database could not even be asked for is not there, as anything else.
            assert client.get("/credentials/%00").status_code == 404
            verify = {"verifiableCredential": credential}
            assert client.post("/credentials/verify", json=verify).status_code == 200
            change = {"credentialId": credential["id"], "credentialStatus": {}, "status": True}
            assert client.post("/credentials/status", json=change).status_code == 200
            assert client.post("/credentials/verify", json=verify).json()["code"] == "REVOKED"
        running.end()
        assert running.process.returncode in (0, -15)
    # Nothing but the volume was written, beside what the test itself keeps.
    ours = {"output.txt", "errors.txt", "etc", "run", "var"}
    assert {each.name for each in container.root.iterdir()} == ours
    assert not list((container.root / "var/lib/microcred").rglob("*.db"))
