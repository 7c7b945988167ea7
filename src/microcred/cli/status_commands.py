"""``microcred status …``: what the issuer does with credentials that are out there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from microcred.cli.options import DatabaseOption, JSONOption, StatusURLOption, examples
from microcred.cli.render import plain, table
from microcred.cli.running import no_traceback, out
from microcred.status.records import Action, Purpose, RecordedStatus
from microcred.status.registry import StatusRegistry

__all__ = ["opened", "statuses"]

statuses = typer.Typer(
    name="status", help="Revoke, suspend and reinstate credentials, and tell how they stand.", no_args_is_help=True
)
_SQLITE = "sqlite:///"


class PurposeName(StrEnum):
    """What an entry is for."""

    REVOCATION = "revocation"
    SUSPENSION = "suspension"


Ids: TypeAlias = Annotated[list[str], typer.Argument(metavar="ID", help="The ids of credentials.")]
Id: TypeAlias = Annotated[str, typer.Argument(metavar="ID", help="The id of a credential.")]
Reason: TypeAlias = Annotated[str | None, typer.Option(help="Why, for the history; it is not published.")]
Actor: TypeAlias = Annotated[str | None, typer.Option(help="Who does it, for the history; it is not published.")]


@statuses.command(
    epilog=examples(
        "microcred status assign urn:example:1 --database sqlite:///status.db --status-url https://example.edu/status"
    )
)
@no_traceback
def assign(
    credential_ids: Ids,
    database: DatabaseOption,
    purpose: Annotated[
        list[PurposeName] | None, typer.Option("--purpose", help="By default revocation; may be repeated.")
    ] = None,
    status_url: StatusURLOption = None,
    as_json: JSONOption = False,
) -> None:
    """Give credentials entries in status lists, for their credentialStatus. Makes the registry if there is none."""
    purposes: list[Purpose] = [
        "suspension" if each is PurposeName.SUSPENSION else "revocation"
        for each in dict.fromkeys(purpose or [PurposeName.REVOCATION])
    ]
    with opened(database, base_url=status_url, makes=status_url is not None) as registry:
        made = dict(registry.assign_many(credential_ids, purposes))
    entries = {name: [each.model_dump() for each in of] for name, of in made.items()}
    if as_json:
        typer.echo(json.dumps([{"credentialId": name, "credentialStatus": of} for name, of in entries.items()]))
        return
    for name, of in entries.items():
        out.print(plain(name), style="bold", markup=False)
        typer.echo(json.dumps(of[0] if len(of) == 1 else of, indent=2))


@statuses.command(
    epilog=examples("microcred status revoke urn:example:1 --database sqlite:///status.db --reason plagiarism")
)
@no_traceback
def revoke(
    credential_ids: Ids,
    database: DatabaseOption,
    reason: Reason = None,
    actor: Actor = None,
    as_json: JSONOption = False,
) -> None:
    """Revoke credentials, for good. Verifiers know it once the lists are published again."""
    _act("revoke", credential_ids, database, reason, actor, as_json)


@statuses.command(
    epilog=examples("microcred status suspend urn:example:1 --database sqlite:///status.db --actor registrar")
)
@no_traceback
def suspend(
    credential_ids: Ids,
    database: DatabaseOption,
    reason: Reason = None,
    actor: Actor = None,
    as_json: JSONOption = False,
) -> None:
    """Suspend credentials for a while. Verifiers know it once the lists are published again."""
    _act("suspend", credential_ids, database, reason, actor, as_json)


@statuses.command(epilog=examples("microcred status reinstate urn:example:1 --database sqlite:///status.db"))
@no_traceback
def reinstate(
    credential_ids: Ids,
    database: DatabaseOption,
    reason: Reason = None,
    actor: Actor = None,
    as_json: JSONOption = False,
) -> None:
    """Lift the suspension of credentials. Verifiers know it once the lists are published again."""
    _act("reinstate", credential_ids, database, reason, actor, as_json)


def _act(
    action: Action, credential_ids: list[str], database: str, reason: str | None, actor: str | None, as_json: bool
) -> None:
    results = []
    with opened(database) as registry:
        act = {"revoke": registry.revoke, "suspend": registry.suspend, "reinstate": registry.reinstate}[action]
        for name in credential_ids:
            changed = act(name, reason=reason, actor=actor)
            status = registry.status(name)
            results.append({**_members(status), "changed": changed})
            if not as_json:
                out.print(f"{plain(name)}  {_words(status)}{'' if changed else ', as it was'}", markup=False)
    if as_json:
        typer.echo(json.dumps(results))


@statuses.command(epilog=examples("microcred status show urn:example:1 --database sqlite:///status.db"))
@no_traceback
def show(credential_id: Id, database: DatabaseOption, as_json: JSONOption = False) -> None:
    """Tell how a credential stands, and where verifiers look."""
    with opened(database) as registry:
        status = registry.status(credential_id)
    if as_json:
        typer.echo(json.dumps(_members(status)))
        return
    grid = table(10, None)
    grid.add_row("credential", plain(status.credential_id))
    grid.add_row("status", _words(status))
    for entry in status.entries:
        grid.add_row(plain(entry.status_purpose), f"{entry.status_list_credential}, entry {entry.status_list_index}")
    out.print(grid, markup=False)


@statuses.command(epilog=examples("microcred status history urn:example:1 --database sqlite:///status.db --json"))
@no_traceback
def history(credential_id: Id, database: DatabaseOption, as_json: JSONOption = False) -> None:
    """Tell what was done with a credential: when, by whom and why."""
    with opened(database) as registry:
        events = registry.history(credential_id)
    if as_json:
        members = [
            {"action": each.action, "at": each.at.isoformat(), "reason": each.reason, "actor": each.actor}
            for each in events
        ]
        typer.echo(json.dumps(members))
        return
    grid = table(19, 9, None, None)
    for each in events:
        moment = each.at.strftime("%Y-%m-%d %H:%M:%SZ")
        grid.add_row(moment, each.action, plain(each.actor or ""), plain(each.reason or ""))
    out.print(grid if events else "nothing was done with it yet", markup=False)


@contextmanager
def opened(url: str, *, base_url: str | None = None, makes: bool = False) -> Iterator[StatusRegistry]:
    """Open a registry; what cannot be opened is wrong usage."""
    # A typing error must not make an empty registry, in which nothing is known.
    file = url.removeprefix(_SQLITE).partition("?")[0]
    if not makes and url.startswith(_SQLITE) and not Path(file).exists():
        ways = "microcred issue and microcred status assign make it, with --status-url URL"
        raise typer.BadParameter(f"there is no file {file}; check --database, or make a registry: {ways}")
    try:
        with StatusRegistry(url, base_url=base_url) as registry:
            yield registry
    except ValueError as error:
        raise typer.BadParameter(str(error).replace("base_url=", "--status-url")) from None


def _members(status: RecordedStatus) -> dict[str, object]:
    return {
        "credentialId": status.credential_id,
        "revoked": status.revoked,
        "suspended": status.suspended,
        "credentialStatus": [entry.model_dump() for entry in status.entries],
    }


def _words(status: RecordedStatus) -> str:
    if status.revoked:
        return "revoked"
    return "suspended" if status.suspended else "good"
