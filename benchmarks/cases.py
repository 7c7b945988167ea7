"""What is measured in this process: microcred, its floor, and a straightforward implementation on PyLD."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from multiprocessing import get_context
from typing import cast

import pyld_proofs
from cryptography.hazmat.primitives.asymmetric import ed25519
from documents import DOCUMENTS, of_its_own
from timing import Case, Work, seconds_each

import microcred as mc
from microcred.json import JSONObject, loads_object
from microcred.models import READ
from microcred.signing import add_proof, verify_proof

__all__ = [
    "FLOOR",
    "ISSUE",
    "MANY",
    "ONE",
    "SEED",
    "VERIFY",
    "Sizes",
    "created",
    "floor_cases",
    "microcred_cases",
    "pyld_cases",
    "signed_elsewhere",
    "signing_key",
]

ISSUE, VERIFY = "issue", "verify"
ONE, MANY = "one", "many"
FLOOR = ("Ed25519 sign", "Ed25519 verify", "json.loads", "json.dumps", "pydantic model_validate")
"""The steps that cannot be left out."""
SEED = bytes(range(32))
"""Of the key that signs everything here."""
_BEFORE = 900_000
"""Where the numbers of the documents begin that are seen before the first round."""
_PROOF_LEVEL = frozenset(["transcript"])
"""Documents that hold other credentials, whose proofs the verifier does not check: measured at the level of proofs."""


@dataclass(frozen=True)
class Sizes:
    """How much is measured."""

    rounds: int
    """How many rounds count."""
    look_alikes: int
    """How many of the same shape are seen before the first round."""

    def batch(self, name: str) -> int:
        """Return how many documents each case takes in one round."""
        return 10 if name in ("minimal", "realistic") else 3


@cache
def signing_key() -> mc.SigningKey:
    return mc.SigningKey.from_seed(SEED)


def created(number: int) -> str:
    """Return a time of signing for each document, since those that come in were not signed in the same second."""
    moment = datetime(2026, 6, 1, tzinfo=UTC) + timedelta(seconds=number)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _document(name: str, kind: str, number: int) -> JSONObject:
    document = DOCUMENTS[name](signing_key().did, number)
    return of_its_own(document, number) if kind == ONE else document


def _model(document: JSONObject) -> mc.VerifiableCredential:
    """Return the model that an application would have built: the strict way, not the reader's."""
    return cast(type[mc.VerifiableCredential], type(mc.parse(document))).model_validate(document)


def _signed(name: str, kind: str, numbers: range) -> list[bytes]:
    key = signing_key()
    wire = []
    for number in numbers:
        signed = add_proof(
            _document(name, kind, number),
            key,
            verification_method=key.verification_method,
            created=created(number),
        )
        wire.append(json.dumps(signed, ensure_ascii=False).encode())
    return wire


def signed_elsewhere(wanted: Sequence[tuple[str, str, range]]) -> list[list[bytes]]:
    """Sign in a process of its own, so that this one has seen nothing like what it will verify.

    Args:
        wanted: The document, one or many, and the numbers.

    Returns:
        The JSON of each, as it would come in.
    """
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return list(pool.map(_signed, *zip(*wanted, strict=True)))


def _in_batches(size: int, make: Callable[[int], Work], check: Callable[[object], bool]) -> Callable[[int], float]:
    """Return what measures a batch: what it needs is made before, and nothing is measured twice."""

    def seconds(number: int) -> float:
        return seconds_each([make(number * size + index) for index in range(size)], check)

    return seconds


# What is measured of microcred: each takes what exists before, and returns what an application wants.


def _issue_model(model: mc.VerifiableCredential, at: str | None) -> str:
    return mc.sign(model, signing_key(), created=at).model_dump_json()


def _issue_document(document: JSONObject, at: str | None) -> JSONObject:
    return mc.sign(document, signing_key(), created=at)


def _issue_proof(document: JSONObject, at: str | None) -> str:
    key = signing_key()
    signed = add_proof(document, key, verification_method=key.verification_method, created=at)
    return json.dumps(signed, ensure_ascii=False)


def _verify_proof(data: bytes) -> bool:
    verify_proof(loads_object(data), signing_key().public_key)
    return True


@cache
def _verifier() -> mc.Verifier:
    return mc.Verifier(trusted_issuers={signing_key().did})


def _verify(data: bytes) -> mc.VerificationReport:
    return _verifier().check(data)


def _has_proof(outcome: object) -> bool:
    return "proofValue" in (outcome if isinstance(outcome, str) else json.dumps(outcome))


def _is_good(outcome: object) -> bool:
    # The realistic badge names a status list, which is not fetched here.
    if isinstance(outcome, mc.VerificationReport):
        return all(outcome[name].outcome is mc.Outcome.PASSED for name in ("data_model", "proof", "issuer"))
    return outcome is True


def microcred_cases(name: str, sizes: Sizes) -> list[Case]:
    """Return the cases of one document: issue and verify, one and many."""
    size = sizes.batch(name)
    count = size * (sizes.rounds + 1)
    # What is issued as a model, what is issued as a document, and what is verified: no two are ever the same.
    starts = {"proof": 1} if name in _PROOF_LEVEL else {"model": 1, "document": 1 + count}
    numbers, before = range(1 + 2 * count, 1 + 3 * count), range(_BEFORE, _BEFORE + sizes.look_alikes)
    wanted = [(name, ONE, numbers), (name, MANY, numbers), (name, MANY, before)]
    one, many, seen_before = signed_elsewhere(wanted)
    _warm_up(name, seen_before, starts)
    cases = []
    for kind, incoming in ((ONE, one), (MANY, many)):
        for form, start in starts.items():
            make = partial(_issuing, name, kind, start, form)
            cases.append(Case((name, ISSUE, form, kind), _in_batches(size, make, _has_proof)))
        cases.append(
            Case((name, VERIFY, "bytes", kind), _in_batches(size, partial(_verifying, name, incoming), _is_good))
        )
    return cases


def _issuing(name: str, kind: str, start: int, form: str, index: int) -> Work:
    document = _document(name, kind, start + index)
    # Many are signed within the same second; one is alone.
    at = created(start + index) if kind == ONE else None
    if form == "model":
        return partial(_issue_model, _model(document), at)
    return partial(_issue_proof if form == "proof" else _issue_document, document, at)


def _verifying(name: str, incoming: list[bytes], index: int) -> Work:
    return partial(_verify_proof if name in _PROOF_LEVEL else _verify, incoming[index])


def _warm_up(name: str, incoming: list[bytes], forms: Iterable[str]) -> None:
    """Show look-alikes that are not measured, as a long batch has them behind it."""
    for index in range(len(incoming)):
        _verifying(name, incoming, index)()
        for form in forms:
            _issuing(name, MANY, _BEFORE + len(incoming), form, index)()


def pyld_cases(name: str) -> list[Case]:
    """Return what PyLD does with the same document."""
    raw = ed25519.Ed25519PrivateKey.from_private_bytes(SEED)
    method = signing_key().verification_method

    def issue(number: int) -> Work:
        return partial(pyld_proofs.issue, _document(name, MANY, number), raw, method, created(number))

    def verify(number: int) -> Work:
        return partial(pyld_proofs.verify, cast(str, issue(number)()).encode(), raw.public_key())

    return [
        Case((name, ISSUE, "PyLD"), _in_batches(1, issue, _has_proof)),
        Case((name, VERIFY, "PyLD"), _in_batches(1, verify, _is_good)),
    ]


def floor_cases(name: str) -> list[Case]:
    """Return the steps that cannot be left out, each on its own."""
    raw = ed25519.Ed25519PrivateKey.from_private_bytes(SEED)
    data = bytes(64)
    public, signature = raw.public_key(), raw.sign(data)
    document = _document(name, MANY, 1)
    (wire,) = _signed(name, MANY, range(1, 2))
    model = type(_model(document))
    works: dict[str, Work] = {
        "Ed25519 sign": partial(raw.sign, data),
        "Ed25519 verify": partial(public.verify, signature, data),
        "json.loads": partial(json.loads, wire),
        "json.dumps": partial(json.dumps, json.loads(wire)),
        "pydantic model_validate": partial(
            model.model_validate, json.loads(wire), context=READ, by_alias=True, by_name=False
        ),
    }
    return [Case((name, "floor", step), _repeatedly(works[step])) for step in FLOOR]


def _repeatedly(work: Work) -> Callable[[int], float]:
    return lambda _number: seconds_each([work] * 20)
