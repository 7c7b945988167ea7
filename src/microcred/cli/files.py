"""Files of the command line: keys that only their owner can read, templates, credentials from anywhere."""

from __future__ import annotations

import os
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import typer

from microcred.baking import looks_like_image
from microcred.cli.render import shown
from microcred.errors import DocumentError
from microcred.files import PRIVATE, PUBLIC, write_file
from microcred.json import loads_object
from microcred.keys import SigningKey
from microcred.limits import DEFAULT_LIMITS

__all__ = [
    "PASSWORD_VARIABLE",
    "ask_password",
    "echo",
    "read_credential",
    "read_file",
    "read_key",
    "read_template",
    "write_output",
    "write_private",
    "write_public",
]

PASSWORD_VARIABLE = "MICROCRED_KEY_PASSWORD"  # noqa: S105 (a name)
_STANDARD = "-"


def read_file(name: str, most: int) -> bytes:
    """Return the bytes of a file, or of standard input for ``-``; one byte more than the limit at most."""
    if name == _STANDARD:
        if sys.stdin.isatty():
            # Otherwise the command would seem to hang.
            typer.echo("reading from the keyboard; Ctrl-D ends it", err=True)
        return sys.stdin.buffer.read(most + 1)
    try:
        with Path(name).open("rb") as file:
            return file.read(most + 1)
    except OSError as error:
        raise typer.BadParameter(f"cannot read {name}: {error.strerror}") from None


def read_credential(name: str) -> bytes:
    """Return the bytes of a credential, or of a picture that holds one; from standard input for ``-``."""
    data = read_file(name, DEFAULT_LIMITS.max_image_bytes)
    # A picture may be larger than a document.
    return data if looks_like_image(data) else data[: DEFAULT_LIMITS.max_document_bytes + 1]


def read_template(path: Path) -> dict[str, object]:
    """Return the members of a JSON or TOML file; standard input may hold either.

    Raises:
        DocumentError: Neither of those.
    """
    data = read_file(str(path), DEFAULT_LIMITS.max_document_bytes)
    is_json = data.lstrip()[:1] in (b"{", b"") if str(path) == _STANDARD else path.suffix.lower() != ".toml"
    if is_json:
        return cast("dict[str, object]", loads_object(data))
    try:
        return tomllib.loads(data.decode())
    except UnicodeDecodeError:
        raise DocumentError.at("", "the template is not UTF-8; save it as UTF-8", "PARSING_ERROR") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise DocumentError.at("", f"the template is not TOML: {error}", "PARSING_ERROR") from None


def read_key(path: Path, password_file: Path | None = None) -> SigningKey:
    """Return the key of a PEM file; the password comes from a file or the environment, or is asked for.

    Raises:
        InvalidKeyError: Not a key, or the wrong password.
    """
    pem = read_file(str(path), DEFAULT_LIMITS.max_document_bytes)
    if b"ENCRYPTED" not in pem:
        return SigningKey.from_pem(pem)
    return SigningKey.from_pem(pem, ask_password(password_file, of=str(path)))


def ask_password(
    file: Path | None,
    *,
    of: str = "the key",
    is_new: bool = False,
    environment: Mapping[str, str] = os.environ,
) -> str:
    """Return the password of a key: from a file, from the environment, or asked for.

    Args:
        file: A file that has it on its first line; it comes before the environment.
        of: What to call the key.
        is_new: Whether it will lock a new key, so that it is asked for twice.
        environment: The environment.
    """
    if file is not None:
        lines = read_file(str(file), 64 * 1024).decode("utf-8", "replace").splitlines()
        password = lines[0] if lines else ""
    elif PASSWORD_VARIABLE in environment:
        password = environment[PASSWORD_VARIABLE]
    elif not sys.stdin.isatty():
        raise typer.BadParameter(f"put the password of {of} into {PASSWORD_VARIABLE}, or name a --password-file")
    else:
        password = typer.prompt(f"Password of {of}", hide_input=True, confirmation_prompt=is_new, err=True)
    if not password:
        raise typer.BadParameter("the password is empty; give another one")
    return password


def echo(text: str) -> None:
    """Print what others wrote: as it is to a file or program, and to a terminal so that it cannot steer it."""
    typer.echo(shown(text) if sys.stdout.isatty() else text)


def write_output(path: Path | None, data: bytes) -> bool:
    """Write what a command made to a file, or to standard output; tell whether it is a file.

    Args:
        path: The file; None or ``-`` is standard output, where no binary goes to a terminal.
        data: The content.
    """
    if path is not None and str(path) != _STANDARD:
        write_public(path, data)
        return True
    if sys.stdout.isatty():
        try:
            echo(data.decode().removesuffix("\n"))
        except UnicodeDecodeError:
            raise typer.BadParameter("this is binary, and not for a screen; name a file with --output") from None
    else:
        typer.echo(data, nl=False)
    return False


def write_private(path: Path, data: bytes, *, force: bool) -> None:
    """Write a file that only its owner can read; never over another unless told so, never half."""
    check_free(path, force=force)
    _write(path, data, PRIVATE)


def check_free(path: Path, *, force: bool) -> None:
    """Refuse to write a key over another; before anyone is asked for a password."""
    if path.exists() and not force:
        raise typer.BadParameter(f"{path} exists already; --force replaces it, and its key is gone then")


def write_public(path: Path, data: bytes) -> None:
    """Write a file that anyone may read, whole or not at all."""
    _write(path, data, PUBLIC)


def _write(path: Path, data: bytes, mode: int) -> None:
    try:
        write_file(path, data, mode=mode)
    except OSError as error:
        reason = "there is no such folder" if not path.parent.is_dir() else error.strerror
        raise typer.BadParameter(f"cannot write {path}: {reason}") from None
