"""What every command has: its consoles, its exit codes, and no traceback for bad input."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import typer
from rich.markup import escape

from microcred.cli.render import consoles
from microcred.errors import MicrocredError

__all__ = ["EXIT_CANNOT_TELL", "EXIT_REFUSED", "err", "no_traceback", "out"]

P = ParamSpec("P")
R = TypeVar("R")
out, err = consoles()
EXIT_REFUSED, EXIT_CANNOT_TELL = 1, 2


def no_traceback(command: Callable[P, R]) -> Callable[P, R]:
    """Turn the library's errors, and those of the disk, into a message and exit code 1."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except MicrocredError as error:
            err.print(f"[bold red]error:[/] {escape(str(error))}")
        except OSError as error:
            err.print(f"[bold red]error:[/] {escape(str(error.filename or ''))}: {escape(str(error.strerror))}")
        raise typer.Exit(EXIT_REFUSED) from None

    return run
