"""The life of an issuer as its staff live it: commands, a folder, a plain web server, verifiers in other processes."""

from __future__ import annotations

import functools
import http.server
import json
import os
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import microcred as mc
from microcred.issuer import IssuerFolder
from microcred.status.registry import StatusRegistry
from tests.verify.local_server import make_authority

pytest.importorskip("sqlalchemy", reason="needs the extra status")
pytest.importorskip("typer", reason="needs the extra cli")
REPOSITORY = Path(__file__).parents[2]
REGISTRY = "sqlite:///status.db"
ENVIRONMENT = {
    **os.environ,
    "MICROCRED_KEY_PASSWORD": "secret",
    "NO_COLOR": "1",
    "PYTHONPATH": os.pathsep.join(filter(None, [str(REPOSITORY), *sys.path])),
}


class Handler(http.server.SimpleHTTPRequestHandler):
    """What Python serves a folder with."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serving(site: Path, tls: ssl.SSLContext) -> Iterator[int]:
    """Serve a folder by https; yield the port."""
    handler = functools.partial(Handler, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


class Office:
    """Whoever runs the issuer: commands in a folder, and what verifiers say to it."""

    def __init__(self, folder: Path, issuer: str) -> None:
        self.folder = folder
        self.issuer = issuer

    def run(self, *command: str, code: int = 0) -> dict[str, object]:
        """Run a command; return what it prints as JSON."""
        done = self._run("-m", "microcred.cli", *command, "--json")
        assert done.returncode == code, done.stderr
        return dict(json.loads(done.stdout))

    def publish(self) -> list[str]:
        """Publish; return what was written."""
        done = self.run("publish", "site", "--database", REGISTRY)["written"]
        assert isinstance(done, list)
        return done

    def verify(self, file: str) -> dict[str, int]:
        """Verify a file in another process."""
        done = self._run(str(REPOSITORY / "tests/issuer/verify_all.py"), file, self.issuer, "root.pem")
        assert done.returncode == 0, done.stderr
        return dict(json.loads(done.stdout))

    def _run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *command],
            cwd=self.folder,
            env=ENVIRONMENT,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def issue(self, file: str, count: int) -> list[str]:
        """Issue badges with status entries from Python, as a student system would; return their ids."""
        folder = IssuerFolder(self.folder / "issuer")
        signer, profile = folder.signer("secret"), folder.load().profile
        drafts = [
            mc.AchievementCredential(
                issuer=profile,
                valid_from=mc.now(),
                credential_subject=mc.AchievementSubject(
                    id=f"did:example:learner-{number}",
                    achievement=mc.Achievement(
                        id="https://example.edu/achievements/rust-101",
                        name="Rust 101",
                        description="Completed the introductory course.",
                        criteria=mc.Criteria(narrative="Passed the final project."),
                    ),
                ),
            )
            for number in range(count)
        ]
        base_url = f"https://{self.issuer.removeprefix('did:web:').replace('%3A', ':')}/status"
        with StatusRegistry(f"sqlite:///{self.folder}/status.db", base_url=base_url) as registry:
            entries = dict(registry.assign_many(str(draft.id) for draft in drafts))
        signed = [
            mc.sign(draft.model_copy(update={"credential_status": entries[str(draft.id)]}), signer) for draft in drafts
        ]
        folder.record(signed)
        (self.folder / file).write_text("".join(f"{each.model_dump_json()}\n" for each in signed))
        return [str(draft.id) for draft in drafts]


def test_an_issuer_over_the_years(tmp_path: Path) -> None:
    authority = make_authority(tmp_path)
    (tmp_path / "site").mkdir()
    with serving(tmp_path / "site", authority.server) as port:
        office = Office(tmp_path, f"did:web:example.test%3A{port}")

        # It becomes an issuer.
        made = office.run("issuer", "init", f"example.test:{port}", "--name", "Example University")
        assert (made["issuer"], made["changed"]) == (office.issuer, True)

        # 1,000 are issued, and 3 revoked.
        ids = office.issue("first.ndjson", 1_000)
        with StatusRegistry(f"sqlite:///{tmp_path}/status.db") as registry:
            for revoked in (ids[0], ids[500], ids[999]):
                registry.revoke(revoked)
        assert set(office.publish()) == {
            *("/.well-known/did.json", "/.well-known/jwks.json", "/issuer.json", "/status/1")
        }
        assert office.publish() == []
        assert office.verify("first.ndjson") == {"verified": 997, "credential_status failed REVOKED": 3}

        # The rest of the story is told by some of them, to save time.
        lines = (tmp_path / "first.ndjson").read_text().splitlines(keepends=True)
        (tmp_path / "some.ndjson").write_text("".join(lines[:20]))
        some = {"verified": 19, "credential_status failed REVOKED": 1}

        # Years later the key is replaced: the old ones stay good.
        assert office.run("key", "rotate", "key-1")["current"] == "key-2"
        office.publish()
        office.issue("second.ndjson", 1)
        office.publish()
        assert office.verify("second.ndjson") == {"verified": 1}
        assert office.verify("some.ndjson") == some

        # The old key turns out to have been stolen, and somebody has used it.
        (tmp_path / "stolen").mkdir()
        thief = mc.SigningKey.from_pem((tmp_path / "issuer/keys/key-1.pem").read_bytes(), "secret")
        real = json.loads(lines[1])
        forged = {**real, "name": "PhD"}
        del forged["proof"]
        forgery = mc.sign(forged, thief, verification_method=f"{office.issuer}#key-1", created="2020-01-01T00:00:00Z")
        (tmp_path / "stolen" / "forged.json").write_text(json.dumps(forgery))
        assert office.verify("stolen/forged.json") == {"verified": 1}
        office.run("key", "revoke", "key-1")
        office.publish()
        bad = "proof failed INVALID_VERIFICATION_METHOD"
        assert office.verify("some.ndjson") == {bad: 20}
        assert office.verify("stolen/forged.json") == {bad: 1}
        assert office.verify("second.ndjson") == {"verified": 1}

        # What was issued is issued again, and nothing else.
        again = office.run("reissue", "first.ndjson", "second.ndjson", "stolen", "-o", "again", code=1)
        assert {name: again[name] for name in ("reissued", "kept", "unaffected", "refused")} == {
            "reissued": 1_000,
            "kept": 0,
            "unaffected": 1,
            "refused": 1,
        }
        assert [path.name for path in (tmp_path / "again").iterdir()] == ["first.ndjson"]
        assert office.verify("again/first.ndjson") == {"verified": 997, "credential_status failed REVOKED": 3}
        assert office.publish() == []
