"""Files of the command line: keys that only their owner can read, templates, credentials from anywhere."""

from __future__ import annotations

import os
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import typer

from microcred.errors import DocumentError
from microcred.files import PRIVATE, PUBLIC, write_file
from microcred.json import loads_object
from microcred.keys import SigningKey
from microcred.limits import DEFAULT_LIMITS

__all__ = [
    "PASSWORD_VARIABLE",
    "ask_password",
    "read_credential",
    "read_key",
    "read_template",
    "write_private",
    "write_public",
]

PASSWORD_VARIABLE = "MICROCRED_KEY_PASSWORD"  # noqa: S105 (a name)


def read_credential(name: str) -> bytes:
    """Return the bytes of a file, or of standard input for ``-``; one byte more than the limit at most."""
    most = DEFAULT_LIMITS.max_document_bytes + 1
    if name == "-":
        return sys.stdin.buffer.read(most)
    try:
        with Path(name).open("rb") as file:
            return file.read(most)
    except OSError as error:
        raise typer.BadParameter(f"cannot read {name}: {error.strerror}") from None


def read_template(path: Path) -> dict[str, object]:
    """Return the members of a JSON or TOML file.

    Raises:
        DocumentError: Neither of those.
    """
    data = read_credential(str(path))
    if path.suffix.lower() != ".toml":
        return cast("dict[str, object]", loads_object(data))
    try:
        return tomllib.loads(data.decode())
    except UnicodeDecodeError:
        raise DocumentError.at("", "the template is not UTF-8; save it as UTF-8", "PARSING_ERROR") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise DocumentError.at("", f"the template is not TOML: {error}", "PARSING_ERROR") from None


def read_key(path: Path, environment: Mapping[str, str] = os.environ) -> SigningKey:
    """Return the key of a PEM file; the password comes from the environment, or is asked for.

    Raises:
        InvalidKeyError: Not a key, or the wrong password.
    """
    pem = read_credential(str(path))
    password = environment.get(PASSWORD_VARIABLE)
    if b"ENCRYPTED" not in pem:
        return SigningKey.from_pem(pem)
    if password is None:
        if not sys.stdin.isatty():
            raise typer.BadParameter(f"{path} is encrypted; put its password into {PASSWORD_VARIABLE}")
        password = typer.prompt("Password of the key", hide_input=True)
    return SigningKey.from_pem(pem, password)


def ask_password(file: Path | None, *, is_new: bool = False, environment: Mapping[str, str] = os.environ) -> str:
    """Return the password of a key: from a file, from the environment, or asked for.

    Args:
        file: A file that has it on its first line; it comes before the environment.
        is_new: Whether it will lock a new key, so that it is asked for twice.
        environment: The environment.
    """
    if file is not None:
        lines = read_credential(str(file)).decode("utf-8", "replace").splitlines()
        password = lines[0] if lines else ""
    elif PASSWORD_VARIABLE in environment:
        password = environment[PASSWORD_VARIABLE]
    elif not sys.stdin.isatty():
        raise typer.BadParameter(f"put the password of the key into {PASSWORD_VARIABLE}, or name a --password-file")
    else:
        password = typer.prompt("Password of the key", hide_input=True, confirmation_prompt=is_new)
    if not password:
        raise typer.BadParameter("the password is empty; keys of an issuer are always encrypted")
    return password


def write_private(path: Path, data: bytes, *, force: bool) -> None:
    """Write a file that only its owner can read; never over another unless told so, never half."""
    if path.exists() and not force:
        raise typer.BadParameter(f"{path} exists already; --force replaces it, and its key is gone then")
    _write(path, data, PRIVATE)


def write_public(path: Path, data: bytes) -> None:
    """Write a file that anyone may read, whole or not at all."""
    _write(path, data, PUBLIC)


def _write(path: Path, data: bytes, mode: int) -> None:
    try:
        write_file(path, data, mode=mode)
    except OSError as error:
        raise typer.BadParameter(f"cannot write {path}: {error.strerror}") from None
