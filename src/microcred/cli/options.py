"""Options that several commands have: one name for one thing, everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

__all__ = [
    "AnyIssuerOption",
    "AtOption",
    "BundleOption",
    "ContextOption",
    "DatabaseOption",
    "DetailsOption",
    "FolderOption",
    "ForceOption",
    "JSONOption",
    "KeepBundleOption",
    "LanguageOption",
    "OnlineOption",
    "OutputOption",
    "PasswordFile",
    "RegistryOption",
    "SchemaOption",
    "StatusURLOption",
    "TrustOption",
    "examples",
    "was_typed",
]

JSONOption: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON.")]
ForceOption: TypeAlias = Annotated[bool, typer.Option("--force", help="Replace an existing file.")]
OutputOption: TypeAlias = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where to write it; by default the screen.")
]
PasswordFile: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        envvar="MICROCRED_KEY_PASSWORD_FILE",
        help="A file with the password of the key; otherwise MICROCRED_KEY_PASSWORD, or asked for.",
        metavar="FILE",
        show_default=False,
    ),
]

# The issuer and its registry

FolderOption: TypeAlias = Annotated[
    Path,
    typer.Option("--issuer", "-i", envvar="MICROCRED_ISSUER", metavar="FOLDER", help="The folder of the issuer."),
]
DatabaseOption: TypeAlias = Annotated[
    str,
    typer.Option(
        "--database",
        envvar="MICROCRED_STATUS_DATABASE",
        help="The registry of statuses, such as sqlite:///status.db.",
        metavar="URL",
    ),
]
StatusURLOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--status-url",
        help="Where status lists are published; makes the registry, and its first list.",
        metavar="URL",
    ),
]

# What a verification goes by

TrustOption: TypeAlias = Annotated[
    list[str] | None, typer.Option("--trust", metavar="ID", help="An issuer id to trust; may be repeated.")
]
RegistryOption: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--registry",
        metavar="URL|FILE",
        help="Trust the issuers in a registry file; a URL needs --online. May be repeated.",
    ),
]
AnyIssuerOption: TypeAlias = Annotated[bool, typer.Option("--any-issuer", help="Accept whoever signed.")]
AtOption: TypeAlias = Annotated[
    str | None, typer.Option("--at", metavar="TIME", help="Judge as of a time, such as 2026-05-01T09:30:00Z.")
]
ContextOption: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--context", metavar="URL=FILE", help="A further JSON-LD context; may be repeated."),
]
SchemaOption: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--schema",
        metavar="[URL=]FILE",
        help="A JSON schema that credentials name, by default under its own $id; may be repeated.",
    ),
]
BundleOption: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--bundle", metavar="FILE", help="Your own record of an earlier verification, in place of the web; see --at."
    ),
]
KeepBundleOption: TypeAlias = Annotated[
    Path | None,
    typer.Option("--keep-bundle", metavar="FILE", help="Keep what was fetched, to judge the same file again later."),
]
OnlineOption: TypeAlias = Annotated[
    bool, typer.Option("--online", help="Look up keys and status on the web: https and public addresses only.")
]
LanguageOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--language",
        metavar="TAG",
        help="Language of the explanation, such as en or es; by default that of the system.",
    ),
]
DetailsOption: TypeAlias = Annotated[
    bool, typer.Option("--details", help="Add the codes and technical details of problems (in English).")
]


def examples(*commands: str) -> str:
    """Return what stands at the end of a command's help: commands to copy."""
    return "\n".join(["[bold]Examples[/]", *(f"  $ {command}".replace("[", r"\[") for command in commands)])


def was_typed(context: typer.Context, name: str) -> bool:
    """Tell whether an option was given on the command line, and not by the environment."""
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"
