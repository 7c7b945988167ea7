"""Pictures on the command line: baked, taken out, verified, looked into; and mistakes on the way."""

from __future__ import annotations

import io
import json
from pathlib import Path

import png  # type: ignore[import-untyped]
import pytest

import microcred as mc
from tests.cli.running import run
from tests.make import KEY, badge

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><circle cx="4" cy="4" r="4"/></svg>'


def drawn(size: int = 2) -> bytes:
    file = io.BytesIO()
    png.Writer(size, size, greyscale=True).write(file, [[0] * size] * size)
    return file.getvalue()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "picture.svg").write_bytes(SVG)
    (tmp_path / "picture.png").write_bytes(drawn())
    (tmp_path / "badge.json").write_text(json.dumps(mc.sign(badge(KEY.did), KEY)))
    (tmp_path / "badge.jwt").write_text(mc.sign_jwt(badge(KEY.did), KEY) + "\n")
    return tmp_path


@pytest.mark.parametrize("picture", ["picture.svg", "picture.png"])
@pytest.mark.parametrize("credential", ["badge.json", "badge.jwt"])
def test_a_baked_picture_verifies_and_gives_the_credential_back(folder: Path, picture: str, credential: str) -> None:
    assert run("bake", picture, credential, "-o", "baked", folder=folder).returncode == 0
    assert run("verify", "baked", "--trust", KEY.did, folder=folder).returncode == 0
    done = run("unbake", "baked", folder=folder)
    assert done.stdout.strip() == (folder / credential).read_text().strip()
    assert "not verified" in done.stderr
    shown = run("inspect", "baked", folder=folder).stdout
    assert "Rust 101" in shown
    assert f"baked into    {'a PNG' if picture.endswith('png') else 'an SVG'}" in shown


def test_pictures_and_credentials_come_through_pipes(folder: Path) -> None:
    text = (folder / "badge.json").read_bytes()
    baked = run("bake", "picture.png", "-", folder=folder, given=text)
    assert baked.data.startswith(b"\x89PNG")
    assert run("verify", "-", "--any-issuer", folder=folder, given=baked.data).returncode == 0
    other = run("bake", "-", "badge.json", "--output", "-", folder=folder, given=SVG)
    assert run("unbake", "-", "-o", "out.json", folder=folder, given=other.data).returncode == 0
    assert mc.parse((folder / "out.json").read_bytes()) == mc.parse(text)


def test_a_credential_is_replaced_only_when_told(folder: Path) -> None:
    run("bake", "picture.svg", "badge.json", "-o", "baked.svg", folder=folder)
    again = ("bake", "baked.svg", "badge.jwt", "-o", "again.svg")
    assert run(*again, folder=folder).returncode == 1
    assert not (folder / "again.svg").exists()
    assert run(*again, "--replace", folder=folder).returncode == 0


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (["bake", "badge.json", "picture.svg"], 64),
        (["bake", "picture.svg", "picture.svg"], 1),
        (["bake", "no-such.png", "badge.json"], 64),
        (["bake", "-", "-"], 64),
        (["bake", "picture.svg", "badge.json", "-o", "no/folder/x.svg"], 64),
        (["unbake", "picture.png"], 1),
        (["unbake", "badge.json"], 1),
        (["unbake", "."], 64),
        (["verify", "picture.svg", "--any-issuer"], 1),
        (["inspect", "picture.png"], 1),
    ],
)
def test_mistakes_with_pictures_are_named(folder: Path, command: list[str], code: int) -> None:
    done = run(*command, folder=folder)
    assert done.returncode == code
    assert done.stderr or "NOT verified" in done.stdout


def test_a_picture_may_be_larger_than_a_document(folder: Path) -> None:
    size = 2200
    file = io.BytesIO()
    png.Writer(size, size, greyscale=True, compression=0).write(file, [bytes(size)] * size)
    assert len(file.getvalue()) > mc.Limits().max_document_bytes
    (folder / "large.png").write_bytes(file.getvalue())
    assert run("bake", "large.png", "badge.json", "-o", "baked.png", folder=folder).returncode == 0
    assert run("verify", "baked.png", "--trust", KEY.did, folder=folder).returncode == 0
