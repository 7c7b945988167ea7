"""What every command does alike: stops, completes, and stays without colours where nobody sees them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from microcred.cli import demo
from tests.cli.running import run


def test_ctrl_c_ends_a_command_without_a_traceback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(demo, "run", stopped)
    done = run("demo", folder=tmp_path)
    assert (done.returncode, done.stderr.strip()) == (130, "stopped")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    done = run("keygen", "key.pem", folder=tmp_path)
    assert done.returncode == 64
    assert "key.pem" in done.stderr


def test_output_that_is_no_terminal_has_no_colours(tmp_path: Path) -> None:
    for command in ("demo", "--help"):
        done = run(command, folder=tmp_path, NO_COLOR="")
        assert "\x1b" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("microcred ver", {"verify", "verify-presentation"}),
        ("microcred keygen --kind P", {"P-256", "P-384", "P-521"}),
        ("microcred issue --format s", {"sd-jwt"}),
        ("microcred status re", {"revoke", "reinstate"}),
        ("microcred verify --any", {"--any-issuer"}),
    ],
)
def test_the_shell_completes_commands_options_and_choices(tmp_path: Path, words: str, expected: set[str]) -> None:
    at = str(len(words.split()) - 1)
    done = run(folder=tmp_path, _MICROCRED_COMPLETE="complete_bash", COMP_WORDS=words, COMP_CWORD=at)
    assert set(done.stdout.split()) == expected


def test_where_nothing_is_known_the_shell_completes_names_of_files(tmp_path: Path) -> None:
    done = run(folder=tmp_path, _MICROCRED_COMPLETE="complete_zsh", _TYPER_COMPLETE_ARGS="microcred verify ")
    assert done.stdout.strip() == "_files"


def test_an_error_names_the_file_that_it_is_about(tmp_path: Path) -> None:
    (tmp_path / "a.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    (tmp_path / "b.txt").write_text("nothing")
    for command in (["bake", "a.svg", "b.txt"], ["unbake", "b.txt"], ["inspect", "b.txt"]):
        done = run(*command, folder=tmp_path)
        assert done.returncode == 1
        assert done.stderr.startswith("error: b.txt: ")
