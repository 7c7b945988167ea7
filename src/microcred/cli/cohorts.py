"""Credentials in files: one in each, or one on each line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import typer

from microcred.cli.files import read_credential
from microcred.json import loads

__all__ = ["LINES", "files_of", "texts_of"]

LINES = ".ndjson"
"""The extension of a file with a credential on each line."""
_EXTENSIONS = (".json", ".jwt", LINES)


def files_of(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield files, and those in folders that can be credentials, in the order of their names."""
    for path in paths:
        if path.is_dir():
            yield from sorted(each for each in path.iterdir() if each.suffix in _EXTENSIONS and each.is_file())
        else:
            yield path


def texts_of(file: Path) -> Iterator[bytes]:
    """Yield the credentials of a file: the whole, or each line, where a JWT may stand in quotes.

    Raises:
        DocumentError: A line in quotes is no JSON.
    """
    if file.suffix != LINES:
        yield read_credential(str(file)).strip()
        return
    try:
        with file.open("rb") as lines:
            for line in lines:
                text = line.strip()
                if text:
                    yield str(loads(text)).encode() if text.startswith(b'"') else text
    except OSError as error:
        raise typer.BadParameter(f"cannot read {file}: {error.strerror}") from None
