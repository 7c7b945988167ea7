"""``microcred reissue``: the day after a key was stolen."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from microcred.cli.cohorts import LINES, files_of, texts_of
from microcred.cli.files import ask_password
from microcred.cli.options import FolderOption, JSONOption, PasswordFile
from microcred.cli.running import EXIT_REFUSED, err, no_traceback
from microcred.cli.status_commands import opened
from microcred.errors import DocumentError, StatusListError
from microcred.files import write_file
from microcred.issuer import Issuer, IssuerFolder, IssuerSigner, digest, is_signed_by, reissue
from microcred.issuer.reissuing import Issued
from microcred.json import JSONObject
from microcred.signing.reading import receive

__all__ = ["reissue_all"]

_ISSUER = Path("issuer")
_SHOWN = 20


@no_traceback
def reissue_all(
    inputs: Annotated[
        list[Path],
        typer.Argument(metavar="INPUT", help="What was issued: files, or folders of .json, .jwt and .ndjson."),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="The folder for what is issued again.")],
    issuer: FolderOption = _ISSUER,
    ids: Annotated[
        Path | None,
        typer.Option(help="A file with the ids of what was issued, one on each line, in place of the issuer's record."),
    ] = None,
    database: Annotated[
        str | None,
        typer.Option(help="Take the ids in a registry of statuses, in place of the issuer's record.", metavar="URL"),
    ] = None,
    password_file: PasswordFile = None,
    as_json: JSONOption = False,
) -> None:
    """Issue again what a revoked key had signed: same ids, claims and status entries, new proofs.

    Only what the issuer's record has is signed, since a thief can have signed anything else with that key. A list of
    ids (--ids, --database) does not tell a forgery from what was issued: use it on files that nobody else could write.

    What an earlier call wrote is kept. Exit code 1: something was left out.
    """
    folder = IssuerFolder(issuer)
    found = folder.load()
    if not any(key.revoked for key in found.keys):
        raise typer.BadParameter("no key of this issuer is revoked; the first step is: microcred key revoke KEY")
    files = list(files_of(inputs))
    _check_places(files, output)
    with ExitStack() as stack:
        issued = _record(folder, ids, database, files, stack)
        signer = folder.signer(lambda: ask_password(password_file))
        output.mkdir(parents=True, exist_ok=True)
        work = _Work(found, signer, issued)
        for file in files:
            work.do(file, output / file.name)
    _report(work, as_json=as_json)
    if work.refused:
        raise typer.Exit(EXIT_REFUSED)


def _check_places(files: list[Path], output: Path) -> None:
    twice = [name for name, count in Counter(file.name for file in files).items() if count > 1]
    if twice:
        raise typer.BadParameter(f"two inputs have the name {twice[0]}; give their folders one by one")
    if any(file.parent.resolve() == output.resolve() for file in files):
        raise typer.BadParameter("the output has to be another folder than the input's, so that nothing is lost")


def _record(
    folder: IssuerFolder, ids: Path | None, database: str | None, files: list[Path], stack: ExitStack
) -> Issued:
    """Return the record by which it is decided what is signed again."""
    if ids is not None and database is not None:
        raise typer.BadParameter("give --ids or --database, not both")
    if ids is None and database is None:
        return folder.issued()
    # Of two credentials with one id, one at most is the issuer's, and which one is not known here.
    ambiguous = _ambiguous(files)
    if ambiguous:
        err.print(f"[yellow]{len(ambiguous)} ids stand in several credentials that differ; none of those is signed[/]")
    if ids is not None:
        listed = set(ids.read_text(encoding="utf-8", errors="replace").split())
        known: Callable[[str], bool] = listed.__contains__
    else:
        known = _known_to(str(database), stack)
    return lambda name, _: name is not None and name not in ambiguous and known(name)


def _known_to(url: str, stack: ExitStack) -> Callable[[str], bool]:
    registry = stack.enter_context(opened(url))

    def known(name: str) -> bool:
        try:
            registry.status(name)
        except StatusListError as error:
            if error.code == "NOT_ASSIGNED":
                return False
            raise
        return True

    return known


def _ambiguous(files: Iterable[Path]) -> set[str]:
    first: dict[str, str] = {}
    found: set[str] = set()
    for text in (text for file in files for text in texts_of(file)):
        try:
            document = receive(text).document
            name = document.get("id")
            if isinstance(name, str) and first.setdefault(name, digest(document)) != digest(document):
                found.add(name)
        except DocumentError:
            continue
    return found


@dataclass(slots=True)
class _Work:
    """What is issued again, file by file."""

    issuer: Issuer
    signer: IssuerSigner
    issued: Issued
    counts: Counter[str] = field(default_factory=Counter)
    refused: list[JSONObject] = field(default_factory=list)

    def do(self, file: Path, place: Path) -> None:
        """Issue again what is in a file; one with nothing of that kind has no counterpart in the other folder."""
        pieces = self._pieces(file, self._earlier(place))
        first = next(pieces, None)
        if first is not None:
            write_file(place, chain([first], pieces))

    def _earlier(self, place: Path) -> Iterator[bytes]:
        """Yield what an earlier call wrote; it is in the order of the input, and without what was left out."""
        for text in texts_of(place) if place.exists() else ():
            if not is_signed_by(text, self.issuer.current):
                name = self.issuer.current.name
                raise typer.BadParameter(f"{place} holds what {name} did not sign; give another folder")
            yield text

    def _pieces(self, file: Path, earlier: Iterator[bytes]) -> Iterator[bytes]:
        kept = next(earlier, None)
        for text in texts_of(file):
            if kept is not None and _digest(text) == _digest(kept):
                self.counts["kept"] += 1
                yield kept + b"\n"
                kept = next(earlier, None)
                continue
            result = reissue(text, self.issuer, self.signer, issued=self.issued)
            self.counts[result.outcome] += 1
            if result.outcome == "refused":
                self.refused.append({"file": str(file), "id": result.id, "reason": result.reason})
            elif isinstance(result.credential, str):
                yield result.credential.encode() + b"\n"
            elif result.credential is not None:
                indent = None if file.suffix == LINES else 2
                yield json.dumps(result.credential, ensure_ascii=False, indent=indent).encode() + b"\n"


def _digest(text: bytes) -> str | None:
    try:
        return digest(text)
    except DocumentError:
        return None


def _report(work: _Work, *, as_json: bool) -> None:
    counts = {name: work.counts[name] for name in ("reissued", "kept", "unaffected", "refused")}
    if as_json:
        typer.echo(json.dumps({**counts, "problems": work.refused}))
        return
    for each in work.refused[:_SHOWN]:
        err.print(
            f"[red]left out[/] {escape(str(each['file']))} {escape(str(each['id']))}: {escape(str(each['reason']))}"
        )
    if len(work.refused) > _SHOWN:
        err.print(f"… and {len(work.refused) - _SHOWN} more; --json lists all")
    err.print(", ".join(f"{count} {name}" for name, count in counts.items()))
