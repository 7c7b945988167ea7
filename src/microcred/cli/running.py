"""What every command has: its consoles, its exit codes, and no traceback for bad input."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

import typer
from rich.markup import escape

from microcred.cli.render import consoles, shown
from microcred.errors import MicrocredError

__all__ = ["EXIT_CANNOT_TELL", "EXIT_INTERRUPTED", "EXIT_REFUSED", "err", "no_traceback", "out", "reading"]


class _UsageError(typer.BadParameter):
    """Wrong usage that no single option is to blame for: said as it is, without “Invalid value” in front."""

    def format_message(self) -> str:
        return self.message


# Arguments of the library, and what they are here, where the input is a file already.
_HERE = {
    "(document): ": "",
    "; give the content itself, not the name of a file or its address": "",
    "replace=True": "--replace",
    "fonts=": "--font",
}
P = ParamSpec("P")
R = TypeVar("R")
out, err = consoles()
EXIT_REFUSED, EXIT_CANNOT_TELL = 1, 2
# 128 and the number of the signal, as shells have it.
EXIT_INTERRUPTED = 130


@contextmanager
def reading(name: object) -> Iterator[None]:
    """Say which file an error is about.

    Raises:
        MicrocredError: What was raised inside, with the name in front.
    """
    try:
        yield
    except MicrocredError as error:
        name = "standard input" if str(name) == "-" else name
        raise MicrocredError(f"{name}: {_words(error)}") from error


def _words(error: MicrocredError) -> str:
    """Return an error as it is said on the command line."""
    said = str(error)
    for of_library, here in _HERE.items():
        said = said.replace(of_library, here)
    return said


def _complain(text: str) -> None:
    # In a file, a message is one line; on a screen, it breaks between words.
    err.print(f"[bold red]error:[/] {escape(shown(text))}", soft_wrap=not err.is_terminal)


def no_traceback(command: Callable[P, R]) -> Callable[P, R]:
    """Turn the library's errors, and those of the disk, into a message and exit code 1."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except typer.BadParameter as error:
            raise _UsageError(error.message) from None
        except MicrocredError as error:
            _complain(_words(error))
        except BrokenPipeError:
            # Who reads our output has seen enough, such as head; the command line's own frame ends it.
            raise
        except OSError as error:
            name = f"{error.filename}: " if error.filename else ""
            _complain(name + str(error.strerror or error))
        except (KeyboardInterrupt, typer.Abort):
            err.print("\nstopped")
            raise typer.Exit(EXIT_INTERRUPTED) from None
        raise typer.Exit(EXIT_REFUSED) from None

    return run
