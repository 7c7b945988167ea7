"""Files that are whole, and locks that hold."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from microcred.files import PRIVATE, append_lines, locked, remove_leftovers, write_file


def test_file_is_replaced_and_nothing_else_is_left(tmp_path: Path) -> None:
    place = tmp_path / "a"
    for content in (b"first", b"second", b""):
        write_file(place, content)
        assert place.read_bytes() == content
    write_file(place, (bytes([number]) for number in range(3)), mode=PRIVATE)
    assert place.read_bytes() == b"\0\1\2"
    assert list(tmp_path.iterdir()) == [place]
    if os.name == "posix":
        assert place.stat().st_mode & 0o777 == 0o600


def test_failure_leaves_what_was_there(tmp_path: Path) -> None:
    place = tmp_path / "a"
    write_file(place, b"first")

    def pieces() -> Iterator[bytes]:
        yield b"sec"
        raise ValueError("stopped")

    with pytest.raises(ValueError, match="stopped"):
        write_file(place, pieces())
    assert place.read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [place]
    with pytest.raises(OSError, match="nowhere"):
        write_file(tmp_path / "nowhere" / "a", b"x")


def test_names_may_be_as_long_as_the_system_takes(tmp_path: Path) -> None:
    place = tmp_path / ("ü" * 127)
    write_file(place, b"x")
    assert place.read_bytes() == b"x"


def test_lines_are_added_whole(tmp_path: Path) -> None:
    place = tmp_path / "a"
    append_lines(place, [b"1", b"2"])
    append_lines(place, [])
    with place.open("ab") as file:
        file.write(b"half")
    append_lines(place, [b"3"])
    assert place.read_bytes() == b"1\n2\n3\n"


def test_leftovers_are_removed_and_other_hidden_files_are_not(tmp_path: Path) -> None:
    (tmp_path / ".0123456789abcdef.unfinished").touch()
    (tmp_path / ".mine").touch()
    remove_leftovers(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [".mine"]


@pytest.mark.skipif(os.name != "posix", reason="elsewhere there is no lock")
def test_one_at_a_time(tmp_path: Path) -> None:
    inside, most = 0, 0

    def work() -> None:
        nonlocal inside, most
        for _ in range(20):
            with locked(tmp_path):
                inside += 1
                most = max(most, inside)
                write_file(tmp_path / "a", b"x")
                inside -= 1

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1
