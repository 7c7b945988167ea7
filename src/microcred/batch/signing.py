"""Sign many credentials: a stream in, a stream of results out, in this process or through any executor."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Literal, TypeAlias, TypedDict, TypeVar, Unpack, cast, overload

from microcred import jsonld
from microcred.batch._cohorts import Begun, Cohort, Proofs, learn, learn_proofs
from microcred.batch._streams import LOST, Schedule, Unsendable, stream
from microcred.batch.templates import Row, Taken, Template
from microcred.errors import DocumentError, MicrocredError, SigningError
from microcred.json import JSONObject, JSONValue, dumps
from microcred.keys import PublicKey
from microcred.limits import DEFAULT_LIMITS, Limits
from microcred.models import VerifiableCredential
from microcred.protocols import Signer
from microcred.signing.cryptosuites import Cryptosuite
from microcred.signing.data_integrity import proof_options
from microcred.signing.issuing import sign, sign_document
from microcred.signing.issuing_envelopes import encode_issued, sign_jwt
from microcred.signing.jose import Profile
from microcred.signing.preparing import Contexts

__all__ = ["Form", "SignOptions", "SignResult", "sign_many"]

C_co = TypeVar("C_co", covariant=True)
Credential = TypeVar("Credential", bound=VerifiableCredential)
Form: TypeAlias = Literal["object", "json", "jwt"]
"""What comes out: ``object``, of the kind that was given; ``json``, its text on one line; ``jwt``."""
# Kinds of rows beyond these are signed like any other credential.
_MOST_KINDS = 64
_OF_PROOFS = frozenset(["verification_method", "cryptosuite", "created", "options", "contexts", "limits"])
_OF_JWTS = frozenset(["verification_method", "profile", "embed_key", "contexts", "limits"])


class SignOptions(TypedDict, total=False):
    """What ``sign`` takes; for the form ``jwt``, what ``sign_jwt`` takes."""

    verification_method: str | None
    cryptosuite: Cryptosuite | Sequence[Cryptosuite] | None
    created: datetime | str | None
    options: Mapping[str, JSONValue] | None
    contexts: Contexts | None
    limits: Limits
    profile: Profile
    embed_key: bool | None


@dataclass(frozen=True, slots=True)
class SignResult(Generic[C_co]):
    """What became of one credential; true when it was signed."""

    index: int
    """Its place in the input, from zero."""
    id: str | None
    """Its id, if it was given one."""
    credential: C_co | None = None
    """The signed credential; None when there is an error."""
    error: MicrocredError | None = None
    """Why it was not signed. With the code WORKER_LOST, nobody has tried: sign it again."""

    def __bool__(self) -> bool:
        return self.error is None


_Outcome: TypeAlias = tuple["str | None", object, "MicrocredError | None"]
"""The id, the signed credential, and the error of one."""


class Signing:
    """What is the same for all: a task that may travel to other processes."""

    def __init__(self, signer: Signer, form: Form, template: Template | None, options: SignOptions) -> None:
        self.signer = signer
        self.form = form
        self.template = template
        self.options: dict[str, Any] = dict(options)
        self.encoding: dict[str, Any] = {n: value for n, value in options.items() if n not in ("contexts", "limits")}
        self.cohorts: dict[tuple[str, ...], Cohort | Proofs | None] = {}
        """What was learnt of each kind of row; None where there is nothing to learn. It does not travel."""

    def __reduce__(self) -> tuple[object, ...]:
        return Signing, (self.signer, self.form, self.template, self.options)

    def do_all(self, items: Sequence[object]) -> Sequence[_Outcome]:
        """Sign a chunk."""
        try:
            # A key that cannot be reached is not tried again for each.
            _ = self.signer.public_key
        except Exception as error:  # noqa: BLE001 - of a signer, which may be anybody's
            return [(self._identify(item), None, _ours(error)) for item in items]
        begun = [self._begin(item) for item in items]
        # One after the other, signatures take less than between other work.
        signed = [self._sign(each) for each in begun]
        return [self._end(each) for each in signed]

    def lost(self, item: object, error: BaseException) -> _Outcome:
        """Say that nobody signed one."""
        text = f"nobody has tried to sign it, since its worker was lost ({type(error).__name__}); sign it again"
        return self._identify(item), None, SigningError(text, code=LOST)

    def do(self, item: object) -> _Outcome:
        """Sign one."""
        return self._end(self._sign(self._begin(item)))

    def at(self, created: str) -> Signing:
        """Return what signs in the same way at another time, with what was learnt."""
        made = Signing(self.signer, self.form, self.template, cast(SignOptions, {**self.options, "created": created}))
        for kind, known in self.cohorts.items():
            found = known.at(created) if isinstance(known, Proofs) else known
            if found is not None or known is None:
                made.cohorts[kind] = found
        return made

    def _begin(self, item: object) -> Begun | _Outcome:
        """Prepare a row of a kind that is known; sign any other item."""
        try:
            if self.template:
                return self._row(cast(Row, item))
            return _outcome(*self._credential(item))
        except Exception as error:  # noqa: BLE001 - no credential stops the others, whatever a signer raises
            return self._identify(item), None, _ours(error)

    def _sign(self, each: Begun | _Outcome) -> tuple[Begun, bytes] | _Outcome:
        """Make the signature that lacks."""
        if not isinstance(each, Begun):
            return each
        try:
            return each, self.signer.sign(each.data)
        except Exception as error:  # noqa: BLE001 - as above
            return _outcome(each.id, None, _ours(error))

    def _end(self, each: tuple[Begun, bytes] | _Outcome) -> _Outcome:
        """Put the signature in."""
        if len(each) != 2:
            return each
        begun, signature = each
        if self.form == "json":
            return _outcome(begun.id, begun.json(signature))
        return _outcome(begun.id, begun.document(signature))

    def _credential(self, item: object) -> tuple[object, object]:
        if isinstance(item, Unsendable):
            text = "holds something that cannot be sent to another process, or is nested too deeply"
            raise DocumentError.at("", text, "PARSING_ERROR")
        if not isinstance(item, VerifiableCredential | Mapping):
            text = "must be a model or a dict; read text with microcred.parse first"
            raise DocumentError.at("", text, "PARSING_ERROR")
        if self.form == "object":
            return _id_of(item), sign(item, self.signer, **self.options)
        return _id_of(item), self._written(item)

    def _written(self, item: VerifiableCredential | Mapping[str, object]) -> str:
        if self.form == "jwt":
            return sign_jwt(item, self.signer, **self.options)
        return dumps(sign_document(item, self.signer, **self.options))

    def _row(self, row: Row) -> Begun | _Outcome:
        template = cast(Template, self.template)
        taken = template.take(row)
        known = self.cohorts.get(taken.kind)
        if isinstance(known, Proofs):
            begun = known.begin(taken)
            if begun is not None:
                return begun
        elif known is not None:
            accepted = known.accept(taken.texts)
            if accepted is not None:
                return _outcome(known.id_of(taken.texts), encode_issued(accepted[0], self.signer, **self.encoding))
        document = template.document(taken)
        jwt = self.form == "jwt"
        signed = self._written(document) if jwt else sign_document(document, self.signer, **self.options)
        if taken.kind not in self.cohorts and len(self.cohorts) < _MOST_KINDS:
            self.cohorts[taken.kind] = self._learn(taken, signed)
        written = self.form == "json" and isinstance(signed, dict)
        return _outcome(document.get("id"), dumps(cast(JSONObject, signed)) if written else signed)

    def _learn(self, taken: Taken, signed: JSONObject | str) -> Cohort | Proofs | None:
        template, contexts = cast(Template, self.template), self.options.get("contexts")
        limits = self.options.get("limits", DEFAULT_LIMITS)
        if isinstance(signed, str):
            return learn(template, taken, contexts=contexts, limits=limits)
        fixed = self.options.get("created") is not None
        return learn_proofs(template, taken, signed, self.signer, fixed_time=fixed, contexts=contexts, limits=limits)

    def _identify(self, item: object) -> str | None:
        try:
            identifier = _id_of(self.template.fill(cast(Row, item)) if self.template else item)
        except Exception:  # noqa: BLE001 - what is wrong is said elsewhere
            return None
        return identifier if isinstance(identifier, str) else None


def _outcome(identifier: object, signed: object, error: MicrocredError | None = None) -> _Outcome:
    return identifier if isinstance(identifier, str) else None, signed, error


def _id_of(item: object) -> object:
    return item.get("id") if isinstance(item, Mapping) else getattr(item, "id", None)


def _ours(error: Exception) -> MicrocredError:
    """Return an error of our own tree; the words of others could hold a secret, and need not survive pickling."""
    if isinstance(error, MicrocredError):
        return error
    return SigningError(f"failed unexpectedly ({type(error).__name__}); sign it by itself to see why")


@overload
def sign_many(
    credentials: Iterable[Credential],
    signer: Signer,
    *,
    template: None = ...,
    form: Literal["object"] = ...,
    executor: Executor | None = ...,
    ordered: bool = ...,
    chunk_size: int = ...,
    chunks_ahead: int | None = ...,
    **options: Unpack[SignOptions],
) -> Iterator[SignResult[Credential]]: ...


@overload
def sign_many(
    credentials: Iterable[Mapping[str, object]],
    signer: Signer,
    *,
    template: Template | None = ...,
    form: Literal["object"] = ...,
    executor: Executor | None = ...,
    ordered: bool = ...,
    chunk_size: int = ...,
    chunks_ahead: int | None = ...,
    **options: Unpack[SignOptions],
) -> Iterator[SignResult[JSONObject]]: ...


@overload
def sign_many(
    credentials: Iterable[VerifiableCredential | Mapping[str, object]],
    signer: Signer,
    *,
    template: Template | None = ...,
    form: Literal["json", "jwt"],
    executor: Executor | None = ...,
    ordered: bool = ...,
    chunk_size: int = ...,
    chunks_ahead: int | None = ...,
    **options: Unpack[SignOptions],
) -> Iterator[SignResult[str]]: ...


def sign_many(
    credentials: Iterable[VerifiableCredential | Mapping[str, object]],
    signer: Signer,
    *,
    template: Template | None = None,
    form: Form = "object",
    executor: Executor | None = None,
    ordered: bool = True,
    chunk_size: int = 200,
    chunks_ahead: int | None = None,
    **options: Unpack[SignOptions],
) -> Iterator[SignResult[object]]:
    """Sign many credentials, each as ``sign`` does; one that cannot be signed does not stop the others.

    The input is read as the results are taken: a few chunks ahead with an executor, not at all without. So millions
    need no more memory than thousands. There is one result for each credential, whatever happens.

    Args:
        credentials: Models, or dicts that are whole credentials; with a template, rows (mappings from columns to text).
        signer: The issuer's key. For executors of other processes it must be picklable: a ``signers.KeyReference``, or
            a ``SigningKey`` that was made ``portable()``.
        template: What rows are put into.
        form: ``object``, ``json`` (text on one line) or ``jwt``.
        executor: Threads, processes, a Dask cluster (``client.get_executor(pure=False)``); by default the work is done
            here, as results are taken.
        ordered: Whether the results come in the order of the input, or as soon as they are there.
        chunk_size: How many credentials go to a worker together.
        chunks_ahead: How many chunks are under way at most; by default two more than twice the processors of this
            machine. A cluster needs more.
        options: Those of ``sign``: ``verification_method``, ``cryptosuite``, ``created``, ``options``, ``contexts``,
            ``limits``. For JWTs those of ``sign_jwt``: ``verification_method``, ``profile``, ``embed_key``,
            ``contexts``, ``limits``.

    Returns:
        An iterator of results. Closing it cancels what has not begun.

    Raises:
        TypeError: An option that is none of those, a key that cannot sign, or one that must not leave this process.
        ValueError: A form that is none of those; ``created`` is not a date and time with a zone; ``contexts`` replaces
            a pinned one.
    """
    if form not in ("object", "json", "jwt"):
        raise ValueError('form must be "object", "json" or "jwt"')
    if isinstance(signer, PublicKey):
        raise TypeError("a public key cannot sign; give the SigningKey, or another Signer")
    foreign = sorted(set(options) - (_OF_JWTS if form == "jwt" else _OF_PROOFS))
    if foreign:
        raise TypeError(f"with the form {form} there is no option {foreign[0]}")
    if options.get("profile", "ob3") not in ("ob3", "vc-jose"):
        raise ValueError('profile must be "ob3" or "vc-jose"')
    jsonld.check_contexts(options.get("contexts") or {})
    limits = options.get("limits", DEFAULT_LIMITS)
    created, members = options.get("created"), options.get("options") or {}
    proof_options({}, members, created=created, method="", purpose="", limits=limits)
    task = Signing(signer, form, template, options)
    return _results(stream(credentials, task, Schedule(executor, ordered, chunk_size, chunks_ahead)))


def _results(outcomes: Generator[tuple[int, _Outcome]]) -> Iterator[SignResult[object]]:
    with closing(outcomes):
        for index, (identifier, credential, error) in outcomes:
            yield SignResult(index, identifier, credential, error)
