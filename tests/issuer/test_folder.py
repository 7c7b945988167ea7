"""An issuer on the disk: who can read what, what a crash leaves, and two processes at once."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

import microcred as mc
from microcred.errors import DocumentError, InvalidKeyError
from microcred.issuer import IssuerFolder, digest
from microcred.issuer.folder import KeyFile
from tests.issuer.make import DID, KEY, OTHER, verifier
from tests.make import AT, badge

PROFILE = mc.Profile(id=DID, name="Example University")
NEW = KeyFile("secret")
posix = pytest.mark.skipif(os.name != "posix", reason="modes of files are those of POSIX")


@pytest.fixture
def folder(tmp_path: Path) -> IssuerFolder:
    folder = IssuerFolder(tmp_path / "issuer")
    folder.create(PROFILE, NEW)
    return folder


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@posix
def test_private_keys_are_encrypted_and_for_their_owner_only(folder: IssuerFolder) -> None:
    file = folder.path / "keys" / "key-1.pem"
    assert (mode(file), mode(file.parent)) == (0o600, 0o700)
    assert file.read_bytes().startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
    assert folder.signer("secret").public_key == folder.load().current.public_key
    with pytest.raises(InvalidKeyError):
        folder.signer("wrong")


@posix
@pytest.mark.parametrize("bits", [0o640, 0o604, 0o666])
def test_key_that_others_can_read_is_not_used(folder: IssuerFolder, bits: int) -> None:
    (folder.path / "keys" / "key-1.pem").chmod(bits)
    with pytest.raises(InvalidKeyError, match="chmod"):
        folder.signer("secret")


def test_what_is_public_holds_no_secret(folder: IssuerFolder) -> None:
    text = (folder.path / "issuer.json").read_text()
    key = folder.signer("secret").signer
    assert isinstance(key, mc.SigningKey)
    assert key.to_multikey() not in text
    assert str(key.to_jwk()["d"]) not in text
    assert "secret" not in repr(NEW)


def test_passwords_are_not_optional() -> None:
    with pytest.raises(ValueError, match="empty"):
        KeyFile("")


def test_making_it_again_changes_nothing(folder: IssuerFolder) -> None:
    before = {file: file.read_bytes() for file in folder.path.rglob("*") if file.is_file()}
    assert folder.create(PROFILE, NEW) == folder.load()
    assert {file: file.read_bytes() for file in folder.path.rglob("*") if file.is_file()} == before
    with pytest.raises(DocumentError):
        folder.create(mc.Profile(id="did:web:example.com", name="Another"), NEW)


def test_bad_profile_makes_no_key(tmp_path: Path) -> None:
    folder = IssuerFolder(tmp_path / "issuer")
    with pytest.raises(DocumentError):
        folder.create(mc.Profile(id="urn:uuid:1", name="x"), NEW)
    assert list(tmp_path.rglob("*.pem")) == []


def test_rotation_signs_with_the_new_key_and_keeps_the_old_one(folder: IssuerFolder) -> None:
    old = mc.sign(badge(DID), folder.signer("secret"))
    rotated = folder.rotate(KeyFile("another", "P-256"), replaces="key-1")
    new = mc.sign(badge(DID), folder.signer("another"))
    for signed in (old, new):
        assert verifier(rotated).check(signed, at=AT)
    # The same call again does no harm.
    assert folder.rotate(KeyFile("another"), replaces="key-1") == rotated
    with pytest.raises(InvalidKeyError):
        folder.rotate(NEW, replaces="key-9")


def test_revocation_of_the_current_key_puts_another_in_its_place(folder: IssuerFolder) -> None:
    with pytest.raises(InvalidKeyError):
        folder.revoke("key-1")
    issuer = folder.revoke("key-1", NEW)
    assert (issuer.key("key-1").revoked is None, issuer.current.name) == (False, "key-2")
    assert folder.revoke("key-1") == issuer == folder.load()
    assert folder.signer("secret").verification_method == f"{DID}#key-2"


def test_key_that_lives_elsewhere_has_no_file(tmp_path: Path) -> None:
    folder = IssuerFolder(tmp_path / "issuer")
    issuer = folder.create(PROFILE, KEY.public_key)
    assert list(tmp_path.rglob("*.pem")) == []
    assert mc.sign(badge(DID), issuer.signer(KEY))
    with pytest.raises(InvalidKeyError):
        folder.signer("secret")
    assert folder.rotate(OTHER).current.public_key == OTHER.public_key


def test_did_key_issuer_cannot_change_and_loses_no_key_in_trying(tmp_path: Path) -> None:
    folder = IssuerFolder(tmp_path / "issuer")
    issuer = folder.create(mc.Profile(id="did:key", name="x"), NEW)
    assert issuer.id == folder.signer("secret").public_key.did
    assert folder.create(mc.Profile(id="did:key", name="x"), NEW) == issuer
    with pytest.raises(InvalidKeyError, match="did:web"):
        folder.rotate(NEW)
    with pytest.raises(InvalidKeyError, match="did:web"):
        folder.revoke(issuer.current.name, NEW)
    assert [file.name for file in tmp_path.rglob("*.pem")] == ["key-1.pem"]


def test_key_of_an_interrupted_rotation_is_taken_and_not_written_over(folder: IssuerFolder) -> None:
    # The key was written, and then the machine stopped; or issuer.json came back from an older backup.
    before = (folder.path / "issuer.json").read_bytes()
    rotated = folder.rotate(NEW)
    (folder.path / "issuer.json").write_bytes(before)
    assert folder.rotate(NEW).current.public_key == rotated.current.public_key
    (folder.path / "issuer.json").write_bytes(before)
    with pytest.raises(InvalidKeyError):
        folder.rotate(KeyFile("another password"))
    assert folder.load().current.name == "key-1"


def test_folder_without_an_issuer_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="issuer init"):
        IssuerFolder(tmp_path).load()
    (tmp_path / "issuer.json").write_text("{")
    with pytest.raises(DocumentError):
        IssuerFolder(tmp_path).load()


# The record of what was issued


def test_record_knows_what_was_issued_and_nothing_else(folder: IssuerFolder) -> None:
    signed = mc.sign(badge(DID), folder.signer("secret"))
    token = mc.sign_jwt(badge(DID, id="urn:uuid:2"), folder.signer("secret"))
    assert not folder.issued()(None, digest(signed))
    folder.record([signed, token])
    folder.record([signed])
    issued = folder.issued()
    assert issued(None, digest(signed))
    assert issued(None, digest(token))
    assert not issued(str(signed["id"]), digest({**signed, "validFrom": "2026-05-01T09:30:01Z"}))
    lines = (folder.path / "issued.ndjson").read_text().splitlines()
    assert [json.loads(line)["id"] for line in lines] == [signed["id"], "urn:uuid:2", signed["id"]]
    assert "did:example:learner" not in "".join(lines)


@posix
def test_record_is_for_its_owner_only(folder: IssuerFolder) -> None:
    folder.record([badge(DID)])
    assert mode(folder.path / "issued.ndjson") == 0o600


@pytest.mark.parametrize("torn", [b'{"id":"x","dig', b"x" * 200_000])
def test_half_a_line_of_a_killed_writer_spoils_nothing(folder: IssuerFolder, torn: bytes) -> None:
    first, second = badge(DID), badge(DID, id="urn:uuid:2")
    folder.record([first])
    with (folder.path / "issued.ndjson").open("ab") as file:
        file.write(torn)
    assert folder.issued()(None, digest(first))
    folder.record([second])
    assert folder.issued()(None, digest(first))
    assert folder.issued()(None, digest(second))


@pytest.mark.parametrize("line", ["x", "{}", '{"digest": 7}'])
def test_damaged_record_is_refused(folder: IssuerFolder, line: str) -> None:
    folder.record([badge(DID)])
    with (folder.path / "issued.ndjson").open("a") as file:
        file.write(f"{line}\n")
    with pytest.raises(DocumentError):
        folder.issued()


# Several processes


@posix
def test_processes_that_rotate_at_once_lose_no_key(folder: IssuerFolder) -> None:
    code = """
import sys
from microcred.issuer import IssuerFolder
from microcred.issuer.folder import KeyFile
folder = IssuerFolder(sys.argv[1])
for _ in range(3):
    folder.rotate(KeyFile("secret"))
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    workers = [subprocess.Popen([sys.executable, "-c", code, str(folder.path)], env=environment) for _ in range(3)]
    assert [worker.wait(60) for worker in workers] == [0, 0, 0]
    issuer = folder.load()
    assert [key.name for key in issuer.keys] == [f"key-{number}" for number in range(1, 11)]
    assert folder.signer("secret").verification_method == f"{DID}#key-10"
    assert sorted(path.name for path in (folder.path / "keys").iterdir()) == sorted(
        f"{k.name}.pem" for k in issuer.keys
    )
