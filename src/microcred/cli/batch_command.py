"""``microcred batch``: a badge for each row of a file."""

from __future__ import annotations

import json
import os
import sys
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from enum import StrEnum
from functools import partial
from multiprocessing import get_context, parent_process
from pathlib import Path
from typing import Annotated, TypeAlias

import typer
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from microcred.batch.runs import BatchRun, Plan, Tried, try_out
from microcred.cli.files import PASSWORD_VARIABLE, ask_password, echo, read_file, read_key, read_template
from microcred.cli.kinds import JWTProfile
from microcred.cli.options import JSONOption, PasswordFile, StatusURLOption
from microcred.cli.render import plain
from microcred.cli.running import EXIT_CANNOT_TELL, EXIT_REFUSED, err, no_traceback, reading
from microcred.cli.status_commands import opened
from microcred.errors import BatchError, DocumentError
from microcred.issuer import IssuerFolder
from microcred.keys import SigningKey
from microcred.limits import DEFAULT_LIMITS
from microcred.protocols import Signer
from microcred.signers import KeyReference

__all__ = ["batch"]

_SHOWN = 20


class Form(StrEnum):
    """How badges of a batch are secured."""

    JSON = "json"
    JWT = "jwt"


class Into(StrEnum):
    """Where credentials go."""

    FILES = "files"
    LINES = "lines"
    ZIP = "zip"


_Template: TypeAlias = Annotated[
    Path, typer.Argument(metavar="TEMPLATE", help="A badge as JSON or TOML, with {{ column }} where rows differ.")
]
_Recipients: TypeAlias = Annotated[
    Path, typer.Argument(metavar="RECIPIENTS", help="A row for each badge: .csv, .tsv, .xlsx or .ndjson, in UTF-8.")
]
_Output: TypeAlias = Annotated[
    Path, typer.Option("--run", "-r", metavar="FOLDER", help="The folder of the run; the same again goes on.")
]
_Key: TypeAlias = Annotated[
    Path | None, typer.Option("--key", "-k", metavar="FILE", help="The issuer's private key (PEM).")
]
_Issuer: TypeAlias = Annotated[
    Path | None, typer.Option("--issuer", "-i", metavar="FOLDER", help="The folder of the issuer, in place of a key.")
]
_To: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--to", "-t", metavar="COLUMN", help="The column with the learner: DIDs or URLs, or e-mail addresses (hashed)."
    ),
]
_IdFrom: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        metavar="COLUMN",
        help="A column that tells rows apart, such as that of e-mail addresses; may be repeated. By default all.",
    ),
]
_Format: TypeAlias = Annotated[Form, typer.Option("--format", "-f", help="An embedded proof, or a JWT.")]
_Into: TypeAlias = Annotated[
    Into, typer.Option(help="A file for each badge, a line for each in one file, or the files and a ZIP of them.")
]
_Image: TypeAlias = Annotated[Path | None, typer.Option(metavar="FILE", help="Bake each badge into this PNG or SVG.")]
_Database: TypeAlias = Annotated[
    str | None, typer.Option(help="Give each an entry in a registry, such as sqlite:///status.db.", metavar="URL")
]
_Jobs: TypeAlias = Annotated[int, typer.Option("--jobs", "-j", min=1, max=256, help="Processes that sign.")]
_DryRun: TypeAlias = Annotated[
    bool, typer.Option("--dry-run", help="Show the first three and all errors; sign nothing.")
]
_Profile: TypeAlias = Annotated[JWTProfile, typer.Option(help="Which text a JWT follows.")]
_VerificationMethod: TypeAlias = Annotated[
    str | None, typer.Option(metavar="URL", help="The URL of the key, when the issuer's id is not its did:key.")
]


@no_traceback
def batch(
    template: _Template,
    recipients: _Recipients,
    output: _Output,
    key: _Key = None,
    issuer: _Issuer = None,
    to: _To = None,
    id_from: _IdFrom = None,
    format_: _Format = Form.JSON,
    into: _Into = Into.FILES,
    image: _Image = None,
    database: _Database = None,
    status_url: StatusURLOption = None,
    jobs: _Jobs = 1,
    dry_run: _DryRun = False,
    profile: _Profile = JWTProfile.OB3,
    verification_method: _VerificationMethod = None,
    password_file: PasswordFile = None,
    as_json: JSONOption = False,
) -> None:
    """Issue a badge for each row of a file. A run that was stopped goes on where it was, and issues nothing twice.

    What became of each row is in manifest.ndjson. Exit code 0: all rows are done; 1: some have errors, or the run was
    refused; 2: some were not tried, so run it again.
    """
    if (key is None) == (issuer is None):
        raise typer.BadParameter("say who issues: --key FILE, or --issuer FOLDER")
    folder = None if issuer is None else IssuerFolder(issuer)
    for file in (template, recipients, *([] if image is None else [image])):
        if not file.is_file():
            raise typer.BadParameter(f"there is no file {file}")
    signer, who = _who_issues(key, folder, password_file, jobs)
    plan = Plan(
        template=_members(template, who),
        recipients=recipients,
        form=format_.value,
        into="lines" if into is Into.LINES else "files",
        zipped=into is Into.ZIP,
        image=image,
        to=to,
        id_from=tuple(id_from or ()),
        profile=profile.value,
        verification_method=verification_method,
    )
    if dry_run:
        with _naming(template, recipients):
            _show(try_out(plan, with_status=database is not None), as_json=as_json)
        return
    with ExitStack() as stack:
        registry = database and stack.enter_context(opened(database, base_url=status_url, makes=status_url is not None))
        record = None if folder is None else folder.record
        with _naming(template, recipients):
            run = stack.enter_context(BatchRun(output, plan, signer, registry=registry or None, record=record))
        executor = stack.enter_context(_workers(jobs)) if jobs > 1 else None
        _run(run, executor)
        _report(run, output, as_json=as_json)


def _members(template: Path, who: Mapping[str, object]) -> dict[str, object]:
    """Return the template, with what is known of the issuer."""
    with reading(template):
        members = read_template(template)
    named = members.setdefault("issuer", {})
    if isinstance(named, dict):
        members["issuer"] = {**who, **named}
    return members


@contextmanager
def _naming(template: Path, recipients: Path) -> Iterator[None]:
    """Say in which file an error is; what is wrong with the values of a row is kept, not raised."""
    try:
        yield
    except DocumentError:
        with reading(template):
            raise
    except BatchError as error:
        if error.code != "UNREADABLE_RECIPIENTS":
            raise
        with reading(recipients):
            raise


def _who_issues(
    key: Path | None, folder: IssuerFolder | None, password_file: Path | None, jobs: int
) -> tuple[Signer, Mapping[str, object]]:
    """Return the key that signs, or what leads other processes to it, and what is known of its owner."""
    if folder is None:
        assert key is not None
        _check_password(key, password_file, jobs)
        with reading(key):
            mine = (
                read_key(key, password_file)
                if jobs == 1
                else KeyReference(partial(_key_in_worker, key.resolve(), password_file))
            )
            return mine, {"id": mine.public_key.did}
    found = folder.load()
    who = found.profile.model_dump()
    _check_password(folder.key_file(found, found.current), password_file, jobs)
    if jobs == 1:
        return folder.signer(lambda: ask_password(password_file)), who
    # It looks at who can read the file, which only the first process has to.
    folder.signer(lambda: ask_password(password_file))
    reference = KeyReference(partial(_key_in_worker, folder.key_file(found, found.current).resolve(), password_file))
    return found.signer(reference), who


def _check_password(key: Path, password_file: Path | None, jobs: int) -> None:
    """Refuse to ask for a password that other processes would have to ask for, too."""
    if jobs == 1 or password_file is not None or PASSWORD_VARIABLE in os.environ or not key.is_file():
        return
    if b"ENCRYPTED" in read_file(str(key), DEFAULT_LIMITS.max_document_bytes):
        raise typer.BadParameter(
            f"each process of --jobs opens the key by itself: put its password into {PASSWORD_VARIABLE}, or name a"
            " --password-file"
        )


def _key_in_worker(path: Path, password_file: Path | None) -> SigningKey:
    """Open a key in each process: neither it nor its password travels."""
    pem = path.read_bytes()
    return SigningKey.from_pem(pem, ask_password(password_file)) if b"ENCRYPTED" in pem else SigningKey.from_pem(pem)


@contextmanager
def _workers(jobs: int) -> Iterator[Executor]:
    # Not forked: a fork of a process with threads and open databases is not sound.
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_end_with_parent) as executor:
        yield executor


def _end_with_parent() -> None:
    """Have this process end when the one that began it is killed."""

    def watch() -> None:
        parent = parent_process()
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _run(run: BatchRun, executor: Executor | None) -> None:
    done = run.counts.get("done", 0)
    if done:
        err.print(f"going on: {done:,} of {run.total:,} rows are done")
    columns = (TextColumn("signing"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"))
    with Progress(*columns, TimeRemainingColumn(), console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task("signing", total=run.total, completed=done, rate="")
        try:
            for _ in run.go(executor):
                speed = bar.tasks[0].speed
                bar.update(task, advance=1, rate="" if speed is None else f"{speed:,.0f}/s")
        except KeyboardInterrupt:
            bar.stop()
            err.print("\nthe same command goes on from here, and issues nothing twice")
            raise


def _report(run: BatchRun, output: Path, *, as_json: bool) -> None:
    counts = run.counts
    done, errors, waiting = (counts.get(name, 0) for name in ("done", "error", "reserved"))
    if as_json:
        facts = {"folder": str(output), "rows": run.total, "done": done, "errors": errors, "notTried": waiting}
        typer.echo(json.dumps(facts))
    else:
        shown = 0
        for entry in run.problems():
            if shown < _SHOWN:
                err.print(f"[red]row {entry.row}[/] {escape(plain(entry.error or '', 1_000))}")
            shown += 1
        if shown > _SHOWN:
            err.print(f"… and {shown - _SHOWN:,} more; manifest.ndjson has all")
        err.print(f"[green]{done:,} issued[/], {errors:,} with errors: {escape(str(output / 'manifest.ndjson'))}")
    if waiting:
        err.print(f"{waiting:,} rows were not tried, since a worker was lost; run the same command again")
        raise typer.Exit(EXIT_CANNOT_TELL)
    if errors:
        raise typer.Exit(EXIT_REFUSED)


def _show_one(tried: Tried, *, as_json: bool) -> None:
    """Show what a row would become: on a screen over several lines, otherwise on one."""
    if as_json:
        typer.echo(json.dumps({"row": tried.row, "credential": tried.document}))
    elif sys.stdout.isatty():
        err.print(f"[bold]row {tried.row}[/] would be")
        echo(json.dumps(tried.document, ensure_ascii=False, indent=2))
    else:
        typer.echo(json.dumps(tried.document))


def _show(tried: Iterable[Tried], *, as_json: bool) -> None:
    counts: Counter[str] = Counter()
    for each in tried:
        counts["errors" if each.error else "good"] += 1
        if each.error and as_json:
            typer.echo(json.dumps({"row": each.row, "error": each.error}))
        elif each.error:
            err.print(f"[red]row {each.row}[/] {escape(plain(each.error, 1_000))}")
        elif counts["good"] <= 3:
            _show_one(each, as_json=as_json)
    err.print(f"{counts['good']:,} good, {counts['errors']:,} with errors; nothing was signed")
    if counts["errors"]:
        raise typer.Exit(EXIT_REFUSED)
