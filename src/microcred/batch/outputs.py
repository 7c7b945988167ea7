"""Where the credentials of a run go: files that are written where they are signed, lines of one file, or a ZIP."""

from __future__ import annotations

import os
import zipfile
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple, cast

from microcred.baking import bake, looks_like_image
from microcred.batch._streams import LOST
from microcred.batch.signing import Signing, SignOptions
from microcred.batch.templates import Template
from microcred.errors import BakingError, BatchError, MicrocredError, SigningError
from microcred.files import write_files
from microcred.json import dumps
from microcred.limits import DEFAULT_LIMITS
from microcred.protocols import Signer

__all__ = ["FILES", "Item", "Job", "Lines", "Signed", "Work", "extension", "packed", "read_image"]

FILES = "credentials"
"""The folder of the files, in that of the run."""


class Item(NamedTuple):
    """A row that is to be signed."""

    row: int
    id: str
    created: str
    cells: Mapping[str, str]


class Signed(NamedTuple):
    """What became of it."""

    row: int
    id: str
    text: str | None
    error: str | None
    lost: bool = False
    """Whether nobody has tried."""


def extension(form: str, image: Path | None) -> str:
    """Return how the names of files end."""
    return f".{form}" if image is None else _picture_ending(read_image(image))


def _picture_ending(picture: bytes) -> str:
    return ".png" if picture.startswith(b"\x89PNG") else ".svg"


def read_image(path: Path) -> bytes:
    """Return a picture.

    Raises:
        BakingError: It is no PNG or SVG, or too large.
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        data = file.read(DEFAULT_LIMITS.max_image_bytes + 1)
    if len(data) > DEFAULT_LIMITS.max_image_bytes or not looks_like_image(data):
        raise BakingError(f"{path} is no PNG or SVG, or larger than {DEFAULT_LIMITS.max_image_bytes:,} bytes")
    return data


@dataclass(frozen=True, slots=True)
class Job:
    """What is the same for all rows."""

    signer: Signer
    form: str
    template: Template
    options: SignOptions
    files: Path | None
    """The folder of the files; without it, none is written."""
    image: Path | None


class Work:
    """Sign rows, and write their files; it may travel to other processes, with a signer that may."""

    def __init__(self, job: Job) -> None:
        """Take what is the same for all rows."""
        self._job = job
        self._latest: tuple[str, Signing] | None = None
        self._picture: bytes | None = None

    def __reduce__(self) -> tuple[object, ...]:
        return Work, (self._job,)

    def do_all(self, items: Sequence[object]) -> Sequence[Signed]:
        """Sign a chunk."""
        signed: list[Signed] = []
        for created, some in groupby(cast("Sequence[Item]", items), attrgetter("created")):
            rows = list(some)
            outcomes = self._signing(created).do_all([each.cells for each in rows])
            signed += [_signed(each.row, each.id, *made[1:]) for each, made in zip(rows, outcomes, strict=True)]
        return signed if self._job.files is None else self._write(signed, self._job.files)

    def lost(self, item: object, error: BaseException) -> Signed:
        """Say that nobody signed one."""
        del error
        assert isinstance(item, Item)
        return Signed(item.row, item.id, None, "its worker was lost; run the same command again", lost=True)

    def do(self, item: object) -> Signed:
        """Sign one."""
        (signed,) = self.do_all([item])
        return signed

    def _signing(self, created: str) -> Signing:
        """Return what signs at a time; what it learnt of the template serves until the next."""
        job = self._job
        key = "" if job.form == "jwt" else created
        if self._latest is None:
            options: SignOptions = job.options if job.form == "jwt" else {**job.options, "created": created}
            self._latest = key, Signing(job.signer, "jwt" if job.form == "jwt" else "json", job.template, options)
        elif self._latest[0] != key:
            self._latest = key, self._latest[1].at(created)
        return self._latest[1]

    def _write(self, signed: Sequence[Signed], folder: Path) -> list[Signed]:
        """Write the files of what was signed, and return what became of all."""
        files: dict[str, bytes] = {}
        found: list[Signed] = []
        for each in signed:
            written = each
            if each.text is not None:
                try:
                    data, ending = self._content(each.text)
                    files[name_of(each.row, ending)] = data
                except (MicrocredError, OSError) as error:
                    written = _signed(each.row, each.id, None, _of_file(error))
            found.append(written)
        try:
            write_files(folder, files)
        except OSError as error:
            # Whichever of them it was: those that are there are written again with the others.
            return [each if each.text is None else _signed(each.row, each.id, None, _of_file(error)) for each in found]
        return found

    def _content(self, text: str) -> tuple[bytes, str]:
        """Return what a file holds, and how its name ends."""
        if self._job.image is None:
            return text.encode() + b"\n", f".{self._job.form}"
        if self._picture is None:
            self._picture = read_image(self._job.image)
        return bake(self._picture, text), _picture_ending(self._picture)


def _signed(row: int, identifier: str, text: object, error: MicrocredError | None) -> Signed:
    if error is not None:
        return Signed(row, identifier, None, str(error), lost=getattr(error, "code", None) == LOST)
    return Signed(row, identifier, str(text), None)


def _of_file(error: MicrocredError | OSError) -> MicrocredError:
    return error if isinstance(error, MicrocredError) else SigningError(f"its file: {error.strerror}")


def name_of(row: int, ending: str) -> str:
    """Return the name of a file, in which nothing comes from a cell."""
    return f"{row:07d}{ending}"


class Lines:
    """A file with a credential on each line. What a killed run wrote beyond its memory is cut off."""

    def __init__(self, path: Path, length: int) -> None:
        """Open it, and go on where the run's memory ends."""
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o644)
        self._file = os.fdopen(descriptor, "r+b")
        if self._file.seek(0, os.SEEK_END) < length:
            self._file.close()
            raise BatchError(f"{path} is shorter than it was; take it from a backup", "RUN_DAMAGED")
        self._file.truncate(length)
        self._file.seek(length)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def append(self, texts: Iterable[str], form: str) -> int:
        """Add lines, safe on the disk on return, and return the length of the file."""
        self._file.write("".join([f"{dumps(text) if form == 'jwt' else text}\n" for text in texts]).encode())
        self._file.flush()
        os.fsync(self._file.fileno())
        return self._file.tell()


class _Pieces:
    """What a ZIP is written to, to be taken in pieces."""

    def __init__(self) -> None:
        self._pieces = bytearray()

    def write(self, data: bytes) -> int:
        self._pieces += data
        return len(data)

    def flush(self) -> None:
        pass

    def take(self) -> bytes:
        pieces, self._pieces = self._pieces, bytearray()
        return bytes(pieces)


def _member(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.external_attr = 0o644 << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


class _Directory(list[zipfile.ZipInfo]):
    """The members of a ZIP that is being written, in some hundred bytes each: its end lists them all."""

    def __init__(self) -> None:
        super().__init__()
        self._names = bytearray()
        self._facts = array("Q")

    def append(self, entry: zipfile.ZipInfo) -> None:
        """Take in the next."""
        facts = (entry.CRC, entry.compress_size, entry.file_size, entry.header_offset, entry.flag_bits)
        self._facts.extend(facts)
        self._names += entry.filename.encode() + b"\n"

    def __len__(self) -> int:
        return len(self._facts) // 5

    def __iter__(self) -> Iterator[zipfile.ZipInfo]:
        for index, name in enumerate(BytesIO(self._names)):
            entry = _member(name[:-1].decode())
            start = 5 * index
            facts = self._facts[start : start + 5]
            entry.CRC, entry.compress_size, entry.file_size, entry.header_offset, entry.flag_bits = facts
            yield entry


def packed(folder: Path, names: Iterable[str]) -> Iterator[bytes]:
    """Yield a ZIP of files in pieces; the same files make the same ZIP.

    Args:
        folder: Where they are.
        names: Their names, below it.
    """
    pieces = _Pieces()
    with zipfile.ZipFile(pieces, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[call-overload]
        archive.filelist = _Directory()
        for name in names:
            entry = _member(name)
            archive.writestr(entry, (folder / name).read_bytes())
            # It is for those who ask for members, which nobody does here.
            archive.NameToInfo.clear()
            yield pieces.take()
    yield pieces.take()
