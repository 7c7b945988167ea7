"""Files that appear whole or not at all, whenever the machine stops, and one writer at a time."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path
from typing import BinaryIO

__all__ = ["PRIVATE", "PUBLIC", "append_lines", "locked", "remove_leftovers", "write_file", "write_files"]

PRIVATE = 0o600
"""The mode of a file that only its owner may read."""
PUBLIC = 0o644
"""The mode of a file that anybody may read."""
_LEFTOVER = ".unfinished"
_BLOCK = 64 * 1024
# A process may have 256 files open on some systems.
_AT_ONCE = 50


def write_file(path: Path, data: bytes | Iterable[bytes], *, mode: int = PUBLIC) -> None:
    """Write a file, whole or not at all; what was there before stays until the new one is safe on the disk.

    Args:
        path: Where; its folder is there already.
        data: The content, in one piece or in many.
        mode: Who may read it, on POSIX; the umask takes away from it.

    Raises:
        OSError: It could not be written.
    """
    # Hidden, in the same folder, so that the last step is a rename; never the name of another writer's.
    temporary = path.with_name(f".{secrets.token_hex(8)}{_LEFTOVER}")
    opened = _new_file(temporary, mode)
    try:
        with opened as file:
            file.writelines([data] if isinstance(data, bytes) else data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write many files, each as ``write_file`` does, at a fraction of the cost.

    Args:
        folder: Where; it is there already.
        files: Their contents by name; a hundred or so.

    Raises:
        OSError: One could not be written. Some of the others may be there then, whole.
    """
    temporary = {name: str(folder / f".{secrets.token_hex(8)}{_LEFTOVER}") for name in files}
    try:
        names = iter(files)
        while some := list(islice(names, _AT_ONCE)):
            with ExitStack() as stack:
                opened = [stack.enter_context(_new_file(temporary[name], PUBLIC)) for name in some]
                for file, name in zip(opened, some, strict=True):
                    file.write(files[name])
                    file.flush()
                # All are given to the system before one is waited for: most are on the disk together then.
                for file in opened:
                    os.fsync(file.fileno())
        for name in files:
            os.replace(temporary[name], folder / name)  # noqa: PTH105 - of a text, at half of the cost
    except BaseException:
        for each in temporary.values():
            Path(each).unlink(missing_ok=True)
        raise
    _sync_folder(folder)


def _new_file(path: Path | str, mode: int) -> BinaryIO:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    return os.fdopen(os.open(path, flags, mode), "wb")


def append_lines(path: Path, lines: Iterable[bytes], *, mode: int = PRIVATE) -> None:
    """Add lines to the end of a file, safe on the disk on return; keep its folder locked meanwhile.

    Args:
        path: Where; made when it is not there.
        lines: The lines, without their ends.
        mode: Who may read a new file, on POSIX.

    Raises:
        OSError: It could not be written.
    """
    is_new = not path.exists()
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags, mode), "r+b") as file:
        # What a killed writer left of its last line would spoil the next one.
        file.truncate(_end_of_lines(file))
        file.seek(0, os.SEEK_END)
        for line in lines:
            file.write(line + b"\n")
        file.flush()
        os.fsync(file.fileno())
    if is_new:
        _sync_folder(path.parent)


def _end_of_lines(file: BinaryIO) -> int:
    """Return where the last whole line ends."""
    end = file.seek(0, os.SEEK_END)
    while end:
        start = max(0, end - _BLOCK)
        file.seek(start)
        found = file.read(end - start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0


def _sync_folder(folder: Path) -> None:
    """Have the names in a folder written to the disk, where the system can do that."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_leftovers(folder: Path) -> None:
    """Remove what writers left that were killed; call it only while no other can be writing there."""
    for leftover in folder.glob(f".*{_LEFTOVER}"):
        leftover.unlink(missing_ok=True)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Wait until nobody else works in a folder, and keep others out until the end. A killed process keeps nobody out.

    On systems other than POSIX there is no lock: let one process at a time work there.
    """
    try:
        import fcntl
    except ModuleNotFoundError:
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
