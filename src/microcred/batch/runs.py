"""A run: a credential for each row of a file, once, however often it is stopped and begun again.

::

    run/
      secret              from which ids and salts are derived; only its owner can read it
      run.sqlite3         the memory of the run
      credentials/        a file for each credential, named after its row; or
      credentials.ndjson  a line for each
      credentials.zip     the files in one, when that was asked for
      manifest.ndjson     what became of each row, when a run has come to its end
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import ExitStack, closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final, Self, TypeVar

from microcred.batch._streams import Schedule, stream
from microcred.batch.manifest import Entry, Manifest, Reservation, Secret
from microcred.batch.outputs import FILES, Item, Job, Lines, Signed, Work, extension, name_of, packed, read_image
from microcred.batch.preparing import Plan, Prepared, Preparer, Refused, problem_of, survey
from microcred.batch.rows import Recipient, Recipients
from microcred.batch.signing import SignOptions
from microcred.documents import issuer_id
from microcred.errors import BatchError
from microcred.files import locked, remove_leftovers, write_file
from microcred.json import JSONObject, dumps, quoted
from microcred.models import now
from microcred.protocols import Signer
from microcred.signing.binding import bind
from microcred.status.registry import StatusRegistry

__all__ = ["BatchRun", "Plan", "Tried", "try_out"]

T = TypeVar("T")
Record = Callable[[Iterable[str]], None]
# As many are reserved in one transaction, and as many marked as done: what is lost by a crash is signed again.
_RESERVED: Final = 1_000
_BLOCK: Final = 500
_CHUNK: Final = 100
_SAMPLES: Final = 3
_OWNER_ONLY: Final = 0o700
_LINES: Final = "credentials.ndjson"


class BatchRun:
    """A run in a folder. ``with BatchRun(…) as run: for entry in run.go(): …``, as often as it takes."""

    def __init__(
        self,
        folder: Path,
        plan: Plan,
        signer: Signer,
        *,
        registry: StatusRegistry | None = None,
        record: Record | None = None,
    ) -> None:
        """Begin a run, or go on with one; nothing is signed yet. Another process with the same folder is waited for.

        Args:
            folder: Where it keeps all; made when it is not there.
            plan: What is to be made.
            signer: The issuer's key; for executors of other processes, a ``KeyReference``.
            registry: Gives each credential an entry for its revocation.
            record: Is told all that was signed before it counts as done, such as ``IssuerFolder.record``.

        Raises:
            BatchError: What was wrong before anything was signed; see its codes.
            DocumentError: The template cannot be understood, or no sample of it may be signed.
            OSError: A file cannot be read or written.
        """
        self.folder = folder
        self.plan = plan
        self._signer = signer
        self._registry = registry
        self._record = record
        with ExitStack() as stack:
            recipients = Recipients(plan.recipients)
            digests = _digests(plan, recipients, has_registry=registry is not None)
            folder.mkdir(mode=_OWNER_ONLY, parents=True, exist_ok=True)
            stack.enter_context(locked(folder))
            self._manifest = stack.enter_context(Manifest(folder / "run.sqlite3"))
            found = survey(recipients, plan.to)
            self._manifest.remember({"began": now().lexical})
            began = self._manifest.recall("began")
            self._preparer = Preparer(plan, found, Secret(folder / "secret"), began, registry is not None)
            _check_samples(self._preparer, recipients, signer)
            # Only now: until something is given to a row, everything may still be changed.
            self._manifest.begin(digests)
            self._recipients = recipients
            self._extension = extension(plan.form, plan.image)
            self._stack = stack.pop_all()

    @property
    def total(self) -> int:
        """How many rows there are."""
        return self._preparer.found.total

    @property
    def counts(self) -> dict[str, int]:
        """How many rows are ``done``, ``error`` or ``reserved``."""
        return self._manifest.counts()

    def problems(self) -> Iterator[Entry]:
        """Yield the rows that are not done, in their order."""
        return (each for each in self._manifest.entries() if each.status != "done")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def go(self, executor: Executor | None = None) -> Iterator[Entry]:
        """Sign what is not done yet; rows with an error are tried again.

        Args:
            executor: Who signs; by default this process.

        Returns:
            An iterator of what becomes of each row that was not done; work is done while it is taken. At its end,
            the manifest and the ZIP are written.

        Raises:
            BatchError: RUN_DAMAGED, or the recipients cannot be read any more.
            StatusListError: The registry cannot be reached; the same run goes on later.
        """
        plan = self.plan
        files = self.folder / FILES if plan.into == "files" else None
        if files is not None:
            files.mkdir(exist_ok=True)
            remove_leftovers(files)
        options: SignOptions = {"verification_method": plan.verification_method}
        if plan.form == "jwt":
            options["profile"] = plan.profile
        work = Work(Job(self._signer, plan.form, self._preparer.template, options, files, plan.image))
        refused: list[Entry] = []
        schedule = Schedule(executor, ordered=True, chunk_size=_CHUNK, chunks_ahead=None)
        lines = Lines(self.folder / _LINES, int(self._manifest.recall("length") or 0)) if files is None else None
        with closing(lines) if lines is not None else ExitStack():
            items = self._items(refused)
            outcomes = _here(items, work) if executor is None else (s for _, s in stream(items, work, schedule))
            with closing(outcomes):
                for block in _blocks(outcomes, _BLOCK):
                    yield from self._finish(block, lines)
                    yield from _taken(refused)
            yield from _taken(refused)
        self._close()

    def _items(self, refused: list[Entry]) -> Iterator[Item]:
        """Yield what is to be signed, after it was written down what each is given."""
        for block in _blocks(iter(self._recipients), _RESERVED):
            known = self._manifest.known([each.row for each in block])
            prepared, problems = self._prepared(each for each in block if known.get(each.row, each) is not None)
            reserved = self._reserved([made for made in prepared if made.row not in known])
            self._manifest.reserve(reserved.values(), problems)
            refused += [Entry(row, None, None, "error", error) for row, error in sorted(problems.items())]
            for made in prepared:
                given = known.get(made.row) or reserved[made.row]
                yield Item(made.row, made.id, given.created, made.with_status(given))

    def _prepared(self, block: Iterable[Recipient]) -> tuple[list[Prepared], dict[int, str]]:
        """Return what can be reserved, and what is wrong with the other rows."""
        tried: list[Prepared] = []
        problems: dict[int, str] = {}
        for each in block:
            try:
                tried.append(self._preparer.prepare(each))
            except Refused as error:
                problems[each.row] = str(error)
        rows = self._manifest.rows_of([made.id for made in tried])
        for made in tried:
            row = rows.setdefault(made.id, made.row)
            if row != made.row:
                text = f"would have the same id as row {row}: what ids are made of is the same in both"
                problems[made.row] = text
        return [made for made in tried if made.row not in problems], problems

    def _reserved(self, prepared: Sequence[Prepared]) -> dict[int, Reservation]:
        created = now().lexical
        if self._registry is None:
            return {each.row: Reservation(each.row, each.id, created) for each in prepared}
        # After a crash, the same ids get the same entries again.
        places = self._registry.assign_places([each.id for each in prepared])
        return {
            each.row: Reservation(each.row, each.id, created, url, str(index))
            for each, (url, index) in zip(prepared, places, strict=True)
        }

    def _finish(self, block: Sequence[Signed], lines: Lines | None) -> list[Entry]:
        texts = [each.text for each in block if each.text is not None]
        if self._record is not None:
            self._record(texts)
        facts = {} if lines is None else {"length": str(lines.append(texts, self.plan.form))}
        entries = [self._entry(each) for each in block]
        self._manifest.finish(entries, facts)
        return entries

    def _entry(self, signed: Signed) -> Entry:
        if signed.text is None:
            return Entry(signed.row, signed.id, None, "reserved" if signed.lost else "error", signed.error)
        in_files = self.plan.into == "files"
        file = f"{FILES}/{name_of(signed.row, self._extension)}" if in_files else _LINES
        return Entry(signed.row, signed.id, file, "done", None)

    def _close(self) -> None:
        """Write the manifest, and the ZIP."""
        remove_leftovers(self.folder)
        if self.plan.zipped:
            names = (each.file for each in self._manifest.entries() if each.file is not None)
            write_file(self.folder / "credentials.zip", packed(self.folder, names))
        write_file(self.folder / "manifest.ndjson", map(_line, self._manifest.entries()))


def _line(entry: Entry) -> bytes:
    row, *texts = entry
    identifier, file, status, error = ("null" if text is None else quoted(text) for text in texts)
    return f'{{"row":{row},"id":{identifier},"file":{file},"status":{status},"error":{error}}}\n'.encode()


def _blocks(items: Iterator[T], size: int) -> Iterator[list[T]]:
    while block := list(islice(items, size)):
        yield block


def _here(items: Iterator[Item], work: Work) -> Generator[Signed]:
    """Sign in this process."""
    for chunk in _blocks(items, _CHUNK):
        yield from work.do_all(chunk)


def _taken(entries: list[Entry]) -> list[Entry]:
    taken = entries[:]
    entries.clear()
    return taken


def _digests(plan: Plan, recipients: Recipients, *, has_registry: bool) -> dict[str, str]:
    """Say in short what a run is about, to see whether it has changed."""
    image = "" if plan.image is None else hashlib.sha256(read_image(plan.image)).hexdigest()
    parts = [plan.form, plan.into, plan.to or "", *plan.id_from]
    if plan.zipped and plan.into == "lines":
        raise BatchError("a ZIP is of files, not of lines in one file", "UNSUPPORTED")
    if image and plan.into == "lines":
        raise BatchError("baked pictures are files, not lines in one file", "UNSUPPORTED")
    options = dumps([*parts, image, plan.profile, plan.verification_method, has_registry])
    template = repr(plan.template)
    return {
        "template": hashlib.sha256(template.encode("utf-8", "surrogatepass")).hexdigest(),
        "recipients": recipients.digest(),
        "options": hashlib.sha256(options.encode()).hexdigest(),
    }


def _check_samples(preparer: Preparer, recipients: Recipients, signer: Signer) -> None:
    """Make sure that what the template makes of the first rows can be signed, before anything is.

    Raises:
        BatchError: TEMPLATE_REFUSED: of none of them, with what is wrong.
        SigningError: The key is not the issuer's.
    """
    first: str | None = None
    tried = 0
    for each in islice(recipients, 10 * _SAMPLES):
        try:
            document = preparer.document(preparer.prepare(each).cells)
        except Refused:
            continue
        problem = problem_of(document)
        if problem is None:
            bind(issuer_id(document) or "", signer, preparer.plan.verification_method, "/issuer/id")
            return
        first, tried = first or problem, tried + 1
        if tried == _SAMPLES:
            break
    if first is not None:
        text = f"nothing was signed, since the template makes no credential of the first rows: {first}"
        raise BatchError(text, "TEMPLATE_REFUSED")


@dataclass(frozen=True, slots=True)
class Tried:
    """What a row would become."""

    row: int
    """Its number."""
    document: JSONObject | None
    """The unsigned credential, as it would be but for its id, salt and status entry."""
    error: str | None
    """What is wrong with it."""


def try_out(plan: Plan, *, with_status: bool = False) -> Iterator[Tried]:
    """Yield what each row would become; nothing is signed or kept.

    Args:
        plan: What would be made.
        with_status: Whether there would be status entries.

    Raises:
        BatchError: The recipients cannot be read.
        DocumentError: The template cannot be understood.
        OSError: A file cannot be read.
    """
    recipients = Recipients(plan.recipients)
    _digests(plan, recipients, has_registry=with_status)
    with tempfile.TemporaryDirectory() as name, Manifest(Path(name) / "run.sqlite3") as manifest:
        found = survey(recipients, plan.to)
        preparer = Preparer(plan, found, Secret(Path(name) / "secret"), now().lexical, with_status)
        for block in _blocks(iter(recipients), _BLOCK):
            seen: dict[str, int] = {}
            for each in block:
                yield _tried(each, preparer, manifest, seen)
            manifest.reserve([Reservation(row, each, "") for each, row in seen.items()], {})


def _tried(recipient: Recipient, preparer: Preparer, manifest: Manifest, seen: dict[str, int]) -> Tried:
    try:
        prepared = preparer.prepare(recipient)
    except Refused as error:
        return Tried(recipient.row, None, str(error))
    earlier = seen.get(prepared.id) or manifest.rows_of([prepared.id]).get(prepared.id)
    if earlier is not None:
        return Tried(recipient.row, None, f"would have the same id as row {earlier}")
    seen[prepared.id] = recipient.row
    document = preparer.document(prepared.cells)
    problem = problem_of(document)
    return Tried(recipient.row, document if problem is None else None, problem)
