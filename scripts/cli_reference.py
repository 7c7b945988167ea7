"""Write docs/cli-reference.md from the program itself: every command, argument and option, in the order of the help.

Run it after a change of the command line; a test says when the page is not up to date.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import UnionType
from typing import get_args, get_origin, get_type_hints

import typer
from typer.models import ArgumentInfo, OptionInfo

from microcred.cli.app import app

PAGE = Path(__file__).resolve().parents[1] / "docs" / "cli-reference.md"
_HEAD = """# Reference of the command line

This page is generated from the program (`scripts/cli_reference.py`). For a way through it, see
[the command line](cli.md).

`-h` and `--help` of each command show the same. `microcred --install-completion` lets your shell complete commands,
options, names of files, and what an option chooses from. Where a command reads a file, `-` is standard input; where it
writes one with `--output`, `-` is standard output. What it writes takes the place of what was there, except for keys.

## Exit codes

| Code | It means |
| --- | --- |
| 0 | Done; for `verify` and `verify-presentation`: everything verified. |
| 1 | Refused: a credential is bad, or the input of another command is, or the disk says no. |
| 2 | It cannot be told: a credential needs something that was not there, or that is not judged here. |
| 64 | Wrong usage: an option, a file that is not there. |
| 130 | Stopped with Ctrl-C. |

## Environment

| Variable | What it does |
| --- | --- |
| `MICROCRED_KEY_PASSWORD` | The password of the key. It is asked for where neither this nor a file has it. |
| `MICROCRED_KEY_PASSWORD_FILE` | As `--password-file`: a file with the password on its first line. |
| `MICROCRED_ISSUER` | As `--issuer`. |
| `MICROCRED_STATUS_DATABASE` | As `--database`, except for `reissue`, where a registry stands in for a better record. |
| `NO_COLOR` | No colours. There are none either where the output is no terminal. |
| `LC_ALL`, `LC_MESSAGES`, `LANG` | The language of explanations, unless `--language` says it. |
"""


@dataclass(frozen=True)
class Parameter:
    """An argument or option of a command."""

    name: str
    kind: object
    is_list: bool
    info: ArgumentInfo | OptionInfo
    default: object

    @property
    def shown(self) -> str:
        """How it is written, with what stands for its value."""
        info, kind = self.info, self.kind
        if isinstance(info, ArgumentInfo):
            name = str(info.metavar or self.name.upper()) + ("..." if self.is_list else "")
            return name if self.default is inspect.Parameter.empty or name.startswith("[") else f"[{name}]"
        # In an annotation, Typer takes the first name for the default.
        named = [each for each in (info.default, *(info.param_decls or ())) if isinstance(each, str)]
        names = sorted(named or [f"--{self.name.replace('_', '-')}"], key=len)
        if kind is bool:
            return ", ".join(names)
        choices = list(kind) if isinstance(kind, type) and issubclass(kind, StrEnum) else []
        value = "|".join(choices) or info.metavar or ("FILE" if kind is Path else "TEXT")
        return f"{', '.join(names)} {value}"

    @property
    def help(self) -> str:
        """What is said of it."""
        words = [self.info.help or ""]
        if isinstance(self.info, OptionInfo) and self.default is inspect.Parameter.empty:
            words.append("Needed.")
        elif self.default not in (None, False, inspect.Parameter.empty):
            words.append(f"Default: `{self.default}`.")
        if self.info.envvar:
            words.append(f"Or `{self.info.envvar}`.")
        return " ".join(words)


def page() -> str:
    """Return the whole page."""
    return "\n".join([_HEAD.rstrip("\n"), *(line for each in commands(app) for line in _described(*each))]) + "\n"


def commands(group: typer.Typer, before: str = "microcred") -> Iterator[tuple[str, Callable[..., object], str]]:
    """Yield the whole name of each command, its function, and what stands at the end of its help."""
    for command in group.registered_commands:
        assert command.callback is not None
        yield f"{before} {command.name or command.callback.__name__}", command.callback, command.epilog or ""
    for each in group.registered_groups:
        assert each.typer_instance is not None
        yield from commands(each.typer_instance, f"{before} {each.typer_instance.info.name}")


def parameters(command: Callable[..., object]) -> Iterator[Parameter]:
    """Yield the arguments and options of a command."""
    defaults = inspect.signature(command).parameters
    for name, hint in get_type_hints(command, include_extras=True).items():
        kind, *rest = get_args(hint) if hasattr(hint, "__metadata__") else [hint]
        for info in rest:
            if isinstance(info, ArgumentInfo | OptionInfo):
                yield Parameter(name, _bare(kind), get_origin(kind) is list, info, defaults[name].default)


def _bare(kind: object) -> object:
    """Return the type of one value."""
    if get_origin(kind) is UnionType:
        kind = next(each for each in get_args(kind) if each is not type(None))
    return get_args(kind)[0] if get_origin(kind) is list else kind


def _described(name: str, command: Callable[..., object], epilog: str) -> Iterator[str]:
    every = list(parameters(command))
    arguments = [each for each in every if isinstance(each.info, ArgumentInfo)]
    options = [each for each in every if isinstance(each.info, OptionInfo)]
    yield from ("", f"## {name}", "", "```text")
    yield " ".join([name, *(["[OPTION]..."] if options else []), *(each.shown for each in arguments)])
    yield from ("```", "", re.sub(r"(?<!\n)\n(?!\n)", " ", inspect.getdoc(command) or ""))
    yield from _table("Argument", arguments)
    yield from _table("Option", options)
    examples = [line.strip().replace(r"\[", "[") for line in epilog.splitlines() if line.startswith("  $ ")]
    assert examples, f"{name} has no example"
    yield from ("", "```console", *examples, "```")


def _table(head: str, rows: list[Parameter]) -> Iterator[str]:
    if rows:
        yield from ("", f"| {head} | |", "| --- | --- |")
        for row in rows:
            cells = (cell.replace("|", r"\|") for cell in (f"`{row.shown}`", row.help))
            yield f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"written {PAGE}")
