"""Verify many credentials: a stream in, a stream of results out; what is looked up serves for all."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias, cast

from microcred.batch._streams import LOST, Schedule, Unsendable, stream
from microcred.documents import Readable
from microcred.errors import DocumentError, MicrocredError, ProofError, VerificationError
from microcred.models import AnyCredential
from microcred.signing.reading import receive
from microcred.verify.report import VerificationReport
from microcred.verify.verifier import Verifier

__all__ = ["VerifyResult", "verify_many"]


@dataclass(frozen=True, slots=True)
class VerifyResult:
    """What became of one credential; true when it verified."""

    index: int
    """Its place in the input, from zero."""
    id: str | None
    """The id that it has, verified or not."""
    credential: AnyCredential | None = None
    """The credential as a model; None when it did not verify."""
    report: VerificationReport | None = None
    """The report; None when nobody judged it."""
    error: MicrocredError | None = None
    """A ``VerificationError`` when it did not verify; with the code WORKER_LOST, nobody has tried: verify it again."""

    def __bool__(self) -> bool:
        return self.error is None and self.report is not None and self.report.verified


_Outcome: TypeAlias = tuple["str | None", "AnyCredential | None", "VerificationReport | None", "MicrocredError | None"]


class _Verifying:
    """What is the same for all: a task that may travel to other processes."""

    def __init__(self, verifier: Verifier | Callable[[], Verifier], at: datetime) -> None:
        self._given = verifier
        self._at = at
        self._verifier: Verifier | None = None

    def __reduce__(self) -> tuple[object, ...]:
        if isinstance(self._given, Verifier):
            raise TypeError("a Verifier stays where its connections are; give a function that makes one")
        return _Verifying, (self._given, self._at)

    def do(self, item: object) -> _Outcome:
        """Verify one."""
        verifier = self._verifier
        if verifier is None:
            try:
                verifier = self._given if isinstance(self._given, Verifier) else self._given()
            except Exception as error:  # noqa: BLE001 - of a function that may be anybody's
                return _id_of(item), None, None, _ours(error)
            # Of several threads that come first at once, one sets what all share from then on.
            self._verifier = verifier
        return _verified(verifier, item, self._at)

    def do_all(self, items: Sequence[object]) -> Sequence[_Outcome]:
        """Verify a chunk."""
        return [self.do(item) for item in items]

    def lost(self, item: object, error: BaseException) -> _Outcome:
        """Say that nobody verified one."""
        text = f"nobody has tried to verify it, since its worker was lost ({type(error).__name__}); verify it again"
        return _id_of(item), None, None, ProofError(text, LOST)


def _verified(verifier: Verifier, item: object, at: datetime) -> _Outcome:
    if isinstance(item, Unsendable):
        text = "holds something that cannot be sent to another process, or is nested too deeply"
        return None, None, None, DocumentError.at("", text, "PARSING_ERROR")
    try:
        credential, report = verifier.verify_with_report(item, at=at)  # type: ignore[arg-type]
    except VerificationError as error:
        return _id_of(item), None, cast(VerificationReport, error.report), error
    except Exception as error:  # noqa: BLE001 - no credential stops the others, whatever a plug-in raises
        return _id_of(item), None, None, _ours(error)
    return credential.id, credential, report, None


def _id_of(item: object) -> str | None:
    try:
        document: Mapping[str, object] = receive(item).document  # type: ignore[arg-type]
    except Exception:  # noqa: BLE001 - what is wrong is said elsewhere
        return None
    identifier = document.get("id")
    return identifier if isinstance(identifier, str) else None


def _ours(error: Exception) -> MicrocredError:
    if isinstance(error, MicrocredError):
        return error
    if isinstance(error, TypeError):
        return DocumentError.at("", "cannot be read: a credential is a model, a dict, text or bytes", "PARSING_ERROR")
    return ProofError(f"failed unexpectedly ({type(error).__name__}); verify it by itself to see why", "INTERNAL_ERROR")


def verify_many(
    credentials: Iterable[Readable],
    verifier: Verifier | Callable[[], Verifier],
    *,
    executor: Executor | None = None,
    ordered: bool = True,
    chunk_size: int = 100,
    chunks_ahead: int | None = None,
    at: datetime | None = None,
) -> Iterator[VerifyResult]:
    """Verify many credentials, each as ``Verifier.verify`` does; one that does not verify does not stop the others.

    One verifier judges all, in each process: what its fetcher remembers, keys and status lists, is looked up once. The
    input is read as the results are taken: a few chunks ahead with an executor, not at all without. There is one result
    for each credential, whatever happens.

    Args:
        credentials: What ``Verifier.verify`` takes; untrusted.
        verifier: The verifier, which threads share. For executors of other processes, a function at the top of a
            module, or a ``functools.partial`` of one, that makes it: each process calls it once.
        executor: Threads, processes, a Dask cluster (``client.get_executor(pure=False)``); by default the work is done
            here, as results are taken.
        ordered: Whether the results come in the order of the input, or as soon as they are there.
        chunk_size: How many credentials go to a worker together.
        chunks_ahead: How many chunks are under way at most; by default two more than twice the processors of this
            machine.
        at: The time of judgement for all, with a zone; now by default.

    Returns:
        An iterator of results. Closing it cancels what has not begun.

    Raises:
        TypeError: A verifier that must not leave this process, for an executor of others.
        ValueError: ``at`` has no time zone.
    """
    if at is not None and at.utcoffset() is None:
        raise ValueError("at needs a time zone, such as datetime.now(timezone.utc)")
    task = _Verifying(verifier, datetime.now(UTC) if at is None else at)
    return _results(stream(credentials, task, Schedule(executor, ordered, chunk_size, chunks_ahead)))


def _results(outcomes: Generator[tuple[int, _Outcome]]) -> Iterator[VerifyResult]:
    with closing(outcomes):
        for index, outcome in outcomes:
            yield VerifyResult(index, *outcome)
