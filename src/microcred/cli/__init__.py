"""The command line: ``microcred …`` (the extra ``cli``)."""

from __future__ import annotations

import sys

__all__ = ["main"]

EXIT_USAGE = 64


def main() -> None:
    """Run the command line.

    Exit codes: 0 done or verified, 1 refused, 2 cannot tell, 64 wrong usage, 130 stopped.
    """
    try:
        import typer

        from microcred.cli.app import program
    except ModuleNotFoundError as error:
        if error.name not in ("typer", "rich"):
            raise
        sys.stderr.write("The command line needs an extra: pip install 'microcred[cli]'\n")
        raise SystemExit(EXIT_USAGE) from None
    # Usage errors exit with 2 by default, which here means that a credential could not be judged.
    for kind in typer.BadParameter.__mro__:
        if kind.__name__ == "UsageError":
            kind.exit_code = EXIT_USAGE  # type: ignore[attr-defined]
    program()(prog_name="microcred")
