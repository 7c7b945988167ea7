"""``microcred publish``: what verifiers look up, in a folder."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from microcred.cli.cohorts import files_of, texts_of
from microcred.cli.files import ask_password, read_template
from microcred.cli.options import JSONOption, PasswordFile
from microcred.cli.running import err, no_traceback
from microcred.cli.status_commands import opened
from microcred.documents import build
from microcred.hosting import Hosted, HostedList, Written, hosted, nginx, write_site
from microcred.issuer import Issuer, IssuerFolder
from microcred.json import JSONObject, loads_object
from microcred.models import Achievement

__all__ = ["publish"]

_ISSUER = Path("issuer")


@no_traceback
def publish(
    site: Annotated[Path, typer.Argument(metavar="SITE", help="The folder that a web server serves.")],
    issuer: Annotated[
        list[Path] | None,
        typer.Option(
            "--issuer",
            "-i",
            envvar="MICROCRED_ISSUER",
            metavar="FOLDER",
            help="The folder of an issuer; may be repeated.",
        ),
    ] = None,
    database: Annotated[
        str | None,
        typer.Option(
            envvar="MICROCRED_STATUS_DATABASE",
            help="The registry of the first issuer, such as sqlite:///status.db: sign its status lists.",
            metavar="URL",
        ),
    ] = None,
    credential: Annotated[
        list[Path] | None,
        typer.Option(help="Credentials that anybody may read, a file or a folder; may be repeated."),
    ] = None,
    achievement: Annotated[
        list[Path] | None, typer.Option(help="An achievement as JSON or TOML; may be repeated.")
    ] = None,
    base_url: Annotated[
        str | None, typer.Option(help="Where the site is; by default the host of the first issuer.")
    ] = None,
    prune: Annotated[
        bool, typer.Option("--prune", help="Remove what an earlier call published and this one does not.")
    ] = False,
    show_nginx: Annotated[bool, typer.Option("--nginx", help="Print lines for the configuration of nginx.")] = False,
    password_file: PasswordFile = None,
    as_json: JSONOption = False,
) -> None:
    """Write what verifiers look up into a folder: keys, profiles, status lists, and credentials if you say so.

    Only what changed is written, and each file appears whole.
    """
    folders = [IssuerFolder(folder) for folder in issuer or [_ISSUER]]
    issuers = [folder.load() for folder in folders]
    pages = hosted(
        *issuers,
        lists=_lists(database, folders[0], issuers[0], password_file),
        credentials=[text for file in files_of(credential or []) for text in texts_of(file)],
        achievements=[build(read_template(file), Achievement) for file in achievement or []],
        base_url=base_url,
    )
    _check_neighbours(site, pages)
    done = write_site(pages, site)
    lists = [] if database is not None else [path for path in done.stale if _is_list(site / path[1:])]
    if prune and not lists:
        write_site(pages, site, prune=True)
        done = replace(done, removed=True)
    _report(pages, done, lists, show_nginx=show_nginx, as_json=as_json)
    if prune and lists:
        raise typer.BadParameter(f"nothing was removed: {lists[0]} says what is revoked, so name its --database")


def _is_list(file: Path) -> bool:
    return b"StatusListCredential" in file.read_bytes()


def _report(pages: dict[str, Hosted], done: Written, lists: Sequence[str], *, show_nginx: bool, as_json: bool) -> None:
    if as_json:
        files: JSONObject = {path: {"contentType": page.media_type, "etag": page.etag} for path, page in pages.items()}
        facts = {"written": done.written, "unchanged": done.unchanged, "stale": done.stale, "removed": done.removed}
        typer.echo(json.dumps({**facts, "files": files}))
        return
    if show_nginx:
        typer.echo(nginx(pages), nl=False)
    for path in done.written:
        err.print(f"[green]written[/] {escape(path)}")
    for path in done.stale:
        if path in lists:
            said = "left as it was, since no --database was named:"
        else:
            said = "removed" if done.removed else "not of this site any more; --prune removes it:"
        err.print(f"[yellow]{said}[/] {escape(path)}")
    err.print(f"{len(done.written)} written, {len(done.unchanged)} unchanged")


def _lists(
    database: str | None, folder: IssuerFolder, issuer: Issuer, password_file: Path | None
) -> Iterable[HostedList]:
    if database is None:
        return []
    with opened(database) as registry:
        return registry.publish(issuer.id, folder.signer(lambda: ask_password(password_file)))


def _check_neighbours(site: Path, pages: dict[str, Hosted]) -> None:
    """Refuse to take the keys of another issuer on the same host out of the key set that they share."""
    path = "/.well-known/jwks.json"
    if path not in pages or not (site / path[1:]).exists():
        return
    there, coming = (_owners(data) for data in ((site / path[1:]).read_bytes(), pages[path].content))
    if there - coming:
        names = ", ".join(sorted(there - coming))
        raise typer.BadParameter(f"{site} also has the keys of {names}: publish both at once, with --issuer twice")


def _owners(data: bytes) -> set[str]:
    keys = loads_object(data).get("keys")
    return {str(key.get("iss")) for key in keys if isinstance(key, dict)} if isinstance(keys, list) else set()
