"""``microcred issuer`` and ``microcred key``: an issuer in a folder, and its keys."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, TypeAlias

import typer
from rich.markup import escape

from microcred.cli.files import ask_password, read_credential, read_template
from microcred.cli.kinds import Kind
from microcred.cli.options import FolderOption, JSONOption, PasswordFile, examples
from microcred.cli.render import table
from microcred.cli.running import err, no_traceback, out
from microcred.documents import build
from microcred.issuer import Issuer, IssuerFolder
from microcred.issuer.folder import KeyFile, NewKey
from microcred.json import JSONObject, JSONValue
from microcred.keys import PublicKey
from microcred.models import Profile

__all__ = ["issuers", "keys"]

issuers = typer.Typer(name="issuer", help="Be an issuer with an id that outlives its keys.", no_args_is_help=True)
keys = typer.Typer(name="key", help="List, replace and revoke the keys of an issuer.", no_args_is_help=True)

KindOption: TypeAlias = Annotated[Kind, typer.Option(help="Kind of key.")]
ElsewhereOption: TypeAlias = Annotated[
    Path | None,
    typer.Option("--public-key", help="The public half (PEM) of a key that lives elsewhere, such as in a key service."),
]
_ISSUER = Path("issuer")
# With a port, for tests.
_HOST = re.compile(r"[A-Za-z0-9.-]+(?::[0-9]{1,5})?")
_PUBLISH = "publish it before the key signs: [bold]microcred publish SITE[/]"


@issuers.command(
    "init",
    epilog=examples(
        'microcred issuer init example.edu --name "Example University"', "microcred issuer init did:key --name Me"
    ),
)
@no_traceback
def init(
    identifier: Annotated[
        str,
        typer.Argument(
            metavar="ID",
            help="A domain such as example.edu or example.edu/departments/x (did:web); a did:web; the https URL where "
            "the profile will be; or did:key, for a key that can never be replaced.",
        ),
    ],
    name: Annotated[str | None, typer.Option("--name", "-n", help="The issuer's name.")] = None,
    url: Annotated[str | None, typer.Option(help="The issuer's home page.")] = None,
    profile: Annotated[
        Path | None, typer.Option(help="A profile as JSON or TOML, in place of --name and --url.")
    ] = None,
    issuer: FolderOption = _ISSUER,
    kind: KindOption = Kind.ED25519,
    public_key: ElsewhereOption = None,
    password_file: PasswordFile = None,
    as_json: JSONOption = False,
) -> None:
    """Make an issuer: its profile, and its first key. Where there is one already, nothing changes."""
    folder = IssuerFolder(issuer)
    members = read_template(profile) if profile is not None else {"name": name, "url": url}
    members = {member: value for member, value in members.items() if value is not None}
    wanted = _issuer_id(identifier)
    if folder.exists:
        found = folder.load()
        _check_same(issuer, found, wanted, members)
        _report(folder, found, changed=False, as_json=as_json)
        return
    if not members.get("name"):
        raise typer.BadParameter("say who the issuer is: --name, or a --profile with a name")
    who = build({**members, "id": wanted}, Profile)
    made = folder.create(who, _new_key(kind, public_key, password_file))
    _report(folder, made, changed=True, as_json=as_json)


def _check_same(folder: Path, issuer: Issuer, wanted: str, members: Mapping[str, object]) -> None:
    """Refuse to take one issuer for another, or an edited profile for the one that is there."""
    if wanted != issuer.id and not (wanted == "did:key" and issuer.id.startswith("did:key:")):
        raise typer.BadParameter(f"the issuer in {folder} is {issuer.id}; give another folder with --issuer")
    there = issuer.profile.model_dump()
    if any(there.get(member) != value for member, value in members.items() if member != "id"):
        raise typer.BadParameter(
            f"there is a profile already, which differs: edit it in {folder / 'issuer.json'}, or give another folder"
            " with --issuer"
        )


def _issuer_id(text: str) -> str:
    """Return the id that is meant; what has no scheme is a host name and a path."""
    if text.startswith(("did:", "https://", "http://")):
        return text
    host, *path = text.strip("/").split("/")
    if not _HOST.fullmatch(host):
        raise typer.BadParameter(f"{text} is no issuer's id: give a domain such as example.edu, or see --help")
    return ":".join(["did:web", host.replace(":", "%3A"), *path])


def _new_key(kind: Kind, public_key: Path | None, password_file: Path | None) -> NewKey:
    if public_key is not None:
        return PublicKey.from_pem(read_credential(str(public_key)))
    return KeyFile(ask_password(password_file, is_new=True), kind.value)


@keys.command("list", epilog=examples("microcred key list", "microcred key list --issuer departments/x --json"))
@no_traceback
def list_keys(issuer: FolderOption = _ISSUER, as_json: JSONOption = False) -> None:
    """List the keys of an issuer, past and present."""
    folder = IssuerFolder(issuer)
    found = folder.load()
    if as_json:
        typer.echo(json.dumps(_facts(folder, found)))
        return
    grid = table(8, 9, 10, 22, None)
    for key in found.keys:
        state = "[red]revoked[/]" if key.revoked else "retired" if key.retired else "[green]current[/]"
        since = key.revoked or key.retired or key.added
        here = "" if folder.key_file(found, key).exists() else "private half not here"
        grid.add_row(escape(key.name), state, key.public_key.type, since.lexical, f"[dim]{here}[/]")
    out.print(grid)


@keys.command("rotate", epilog=examples("microcred key rotate key-1"))
@no_traceback
def rotate(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[KEY]",
            help="The key to replace, such as key-1. Once it is replaced, the same command changes nothing more. "
            "Without it, the current one is replaced, each time.",
        ),
    ] = None,
    issuer: FolderOption = _ISSUER,
    kind: KindOption = Kind.ED25519,
    public_key: ElsewhereOption = None,
    password_file: PasswordFile = None,
    as_json: JSONOption = False,
) -> None:
    """Replace the current key. What the old one signed stays good: it stays listed, and signs no more."""
    folder = IssuerFolder(issuer)
    before = folder.load()
    before.check_can_change("replaced")
    if name is not None and not before.key(name).is_current:
        _report(folder, before, changed=False, as_json=as_json)
        return
    after = folder.rotate(_new_key(kind, public_key, password_file), replaces=name)
    _report(folder, after, changed=after != before, as_json=as_json)


@keys.command("revoke", epilog=examples("microcred key revoke key-2"))
@no_traceback
def revoke(
    name: Annotated[str, typer.Argument(metavar="KEY", help="The key that was compromised, such as key-1.")],
    issuer: FolderOption = _ISSUER,
    kind: KindOption = Kind.ED25519,
    public_key: ElsewhereOption = None,
    password_file: PasswordFile = None,
    as_json: JSONOption = False,
) -> None:
    """Revoke a compromised key: nothing that it ever signed verifies any more. The current one gets a successor.

    Publish at once; then issue again what was good, with: microcred reissue
    """
    folder = IssuerFolder(issuer)
    before = folder.load()
    before.check_can_change("revoked")
    current = before.key(name).is_current
    after = folder.revoke(name, _new_key(kind, public_key, password_file) if current else None)
    following = "publish it now; then issue again what was good: [bold]microcred reissue --help[/]"
    _report(folder, after, changed=after != before, as_json=as_json, following=following)


def _report(folder: IssuerFolder, issuer: Issuer, *, changed: bool, as_json: bool, following: str = _PUBLISH) -> None:
    if as_json:
        typer.echo(json.dumps({"changed": changed, **_facts(folder, issuer)}))
        return
    grid = table(12, None)
    grid.add_row("issuer id", f"[bold]{escape(issuer.id)}[/]")
    grid.add_row("current key", escape(issuer.current.name))
    if issuer.document_url is not None:
        grid.add_row("looked up at", escape(issuer.document_url))
    out.print(grid, soft_wrap=True)
    if not changed:
        err.print("nothing changed: it was so already")
    elif issuer.document_url is not None:
        err.print(following)


def _facts(folder: IssuerFolder, issuer: Issuer) -> JSONObject:
    listed: list[JSONValue] = []
    for key in issuer.keys:
        file = folder.key_file(issuer, key)
        listed.append(
            {
                "name": key.name,
                "id": key.id,
                "type": key.public_key.type,
                "current": key.is_current,
                "added": key.added.lexical,
                "retired": None if key.retired is None else key.retired.lexical,
                "revoked": None if key.revoked is None else key.revoked.lexical,
                "file": str(file) if file.exists() else None,
            }
        )
    return {"issuer": issuer.id, "documentUrl": issuer.document_url, "current": issuer.current.name, "keys": listed}
