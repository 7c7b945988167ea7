"""Look-alikes from a template: what all of a kind have in common is judged and canonicalised once.

The first of a kind is signed like any other credential. What was learnt of it serves for the others, of which only the
texts are looked at: by the rules of the fields where they stand, and the shape of the canonical form. What any of these
does not surely fit is signed like any other credential, too, so that what comes out, and what is refused, is the same.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, TypeAlias, cast

from microcred import jsonld
from microcred.batch.templates import Path, Taken, Template
from microcred.documents import issuer_id, judge, rules_for
from microcred.encoding import multibase_encode
from microcred.errors import DocumentError, ProofError
from microcred.json import JSONObject, JSONValue, dumps, quoted
from microcred.limits import Limits
from microcred.models import now
from microcred.models._slots import SlotRules
from microcred.protocols import Signer
from microcred.signing.chains import proofs_of
from microcred.signing.cryptosuites import suite_of
from microcred.signing.hashing import hash_data

__all__ = ["Begun", "Cohort", "Proofs", "learn", "learn_proofs"]

_Parts: TypeAlias = "Mapping[str | int, _Parts] | int"
"""A slot, or those below a container by where they stand in it."""


@dataclass(frozen=True, slots=True)
class Cohort:
    """What the credentials of one kind have in common."""

    sample: JSONObject
    """The first one, unsigned."""
    marked: JSONObject
    """The same with markers in the slots."""
    parts: Mapping[str | int, _Parts]
    """Where the slots are."""
    rules: SlotRules | None
    """What other texts could break; None has each document judged as a whole."""
    shape: jsonld.Shape
    """The canonical form, with the slots."""
    size: int
    """The number of characters that are the same in all."""
    limits: Limits

    def accept(self, texts: Sequence[str]) -> tuple[JSONObject, bytes] | None:
        """Return the document with these texts, and its canonical form; None when it must be looked at as a whole.

        The document shares with others what has no slot.
        """
        if not self._has_room(texts):
            return None
        document: JSONObject = _with_texts(self.sample, self.parts, texts)
        rules = self.rules
        allowed = not judge(document, self.limits) if rules is None else rules.allow(texts, document)
        nquads = self.shape.encode(texts, self.limits) if allowed else None
        return None if nquads is None else (document, nquads)

    def id_of(self, texts: Sequence[str]) -> JSONValue:
        """Return the id of the credential with these texts."""
        slot = self.parts.get("id")
        return texts[slot] if isinstance(slot, int) else self.sample.get("id")

    def _has_room(self, texts: Sequence[str]) -> bool:
        """Tell whether texts are ordinary: within the limits, and Unicode."""
        text = "".join(texts)
        # A character has four bytes at most.
        if 4 * (len(text) + self.size) > self.limits.max_document_bytes:
            return False
        if not text.isascii():
            try:
                text.encode()
            except UnicodeEncodeError:
                return False
        return True


def learn(
    template: Template,
    taken: Taken,
    *,
    contexts: Mapping[str, JSONObject] | None,
    limits: Limits,
    hash_name: str = "sha256",
) -> Cohort | None:
    """Learn from the first credential of a kind, in which nothing is wrong.

    Args:
        template: What it was made of.
        taken: What was taken from its row.
        contexts: Further context documents by URL, beside the pinned ones.
        limits: Bounds on the work.
        hash_name: ``sha256``, or ``sha384`` for P-384.

    Returns:
        None where others of the kind must be looked at as a whole, such as when each has an issuer of its own.
    """
    marked = template.document(taken.with_texts([jsonld.marker(slot) for slot in range(len(taken.texts))]))
    sample = template.document(taken)
    if "proof" in sample or issuer_id(marked) != issuer_id(sample):
        return None
    # Digests are compared in the whole.
    if marked.get("relatedResource") != sample.get("relatedResource"):
        return None
    shape = jsonld.learn(sample, marked, taken.texts, contexts=contexts, hash_name=hash_name, limits=limits)
    if shape is None:
        return None
    paths = [path for path, value in _texts(marked, ()) if value.startswith(jsonld.marker())]
    rules = rules_for(sample, paths)
    return Cohort(sample, marked, _parts(paths), rules, shape, len(dumps(marked)), limits)


def _texts(value: JSONValue, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _texts(item, (*path, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(item, (*path, index))


def _parts(paths: Sequence[Path]) -> Mapping[str | int, _Parts]:
    """Arrange slots by where they stand."""
    root: dict[str | int, Any] = {}
    for slot, path in enumerate(paths):
        node = root
        for part in path[:-1]:
            node = node.setdefault(part, {})
        node[path[-1]] = slot
    return root


def _with_texts(value: JSONObject, parts: Mapping[str | int, _Parts], texts: Sequence[str]) -> JSONObject:
    """Put texts into the slots of a copy, which shares with the original what has no slot."""
    # A list has the same methods.
    copied: Any = value.copy()
    for place, below in parts.items():
        copied[place] = texts[below] if isinstance(below, int) else _with_texts(copied[place], below, texts)
    return cast(JSONObject, copied)


class _Options(NamedTuple):
    """The options of the proofs of one second."""

    second: int
    """Since 1970."""
    members: JSONObject
    json: str
    """The same as JSON, without the last brace."""
    digest: bytes


@dataclass(slots=True)
class Proofs:
    """Make the embedded proofs of a cohort."""

    template: Template
    cohort: Cohort
    hash_name: str
    json: tuple[str, ...]
    """The JSON of an unsigned credential without its last brace: texts, and empty ones for the slots between them."""
    options: _Options
    """Of the last proof."""
    fixed_time: bool
    """Whether all proofs are made at the time of the first, or each at its own."""
    contexts: Mapping[str, JSONObject] | None

    def begin(self, taken: Taken) -> Begun | None:
        """Return what is to be signed for the credential of a row, or None as ``accept``."""
        accepted = self.cohort.accept(taken.texts)
        if accepted is None:
            return None
        document, nquads = accepted
        digest: bytes = getattr(hashlib, self.hash_name)(nquads).digest()
        options = self._options(document, digest)
        return None if options is None else Begun(self, taken, options, options.digest + digest)

    def at(self, created: str) -> Proofs | None:
        """Return what makes the same proofs at another time; None if it cannot be told."""
        members: JSONObject = {**self.options.members, "created": created}
        try:
            data = hash_data(self.cohort.sample, members, self.hash_name, self.contexts, limits=self.cohort.limits)
        except (DocumentError, ProofError):
            return None
        digest = data[: len(self.options.digest)]
        return replace(self, options=_Options(-1, members, dumps(members)[:-1], digest))

    def _options(self, document: JSONObject, digest: bytes) -> _Options | None:
        """Return the options of a proof that is made now; None if something is not as it was learnt."""
        options, second = self.options, int(time.time())
        if self.fixed_time or options.second == second:
            return options
        members: JSONObject = {**options.members, "created": now().lexical}
        try:
            data = hash_data(document, members, self.hash_name, self.contexts, limits=self.cohort.limits)
        except (DocumentError, ProofError):
            return None
        # Once a second, the general way has to come to the same.
        if data[len(digest) :] != digest:
            return None
        self.options = _Options(second, members, dumps(members)[:-1], data[: len(digest)])
        return self.options


class Begun(NamedTuple):
    """A credential whose proof lacks the signature."""

    proofs: Proofs
    taken: Taken
    options: _Options
    data: bytes
    """What is to be signed."""

    @property
    def id(self) -> JSONValue:
        """The id of the credential."""
        return self.proofs.cohort.id_of(self.taken.texts)

    def document(self, signature: bytes) -> JSONObject:
        """Return the signed credential, fresh."""
        proof: JSONObject = {**self.options.members, "proofValue": multibase_encode(signature)}
        return {**self.proofs.template.document(self.taken), "proof": [proof]}

    def json(self, signature: bytes) -> str:
        """Return the signed credential as ``dumps`` writes it."""
        pieces = [*self.proofs.json]
        pieces[1::2] = map(quoted, self.taken.texts)
        # There is nothing to escape in base58.
        pieces += (',"proof":[', self.options.json, ',"proofValue":"', multibase_encode(signature), '"}]}')
        return "".join(pieces)


def learn_proofs(
    template: Template,
    taken: Taken,
    signed: JSONObject,
    signer: Signer,
    *,
    fixed_time: bool,
    contexts: Mapping[str, JSONObject] | None,
    limits: Limits,
) -> Proofs | None:
    """Learn from the first credential of a kind and its proof.

    Args:
        template: What it was made of.
        taken: What was taken from its row.
        signed: The credential, signed in the general way.
        signer: The key.
        fixed_time: Whether all proofs are made at the time of this one, or each at its own.
        contexts: Further context documents by URL, beside the pinned ones.
        limits: Bounds on the work.

    Returns:
        None as for ``learn``, and for other cryptosuites than those over RDF, and several proofs.
    """
    (proof, *more) = proofs_of(signed)
    if more or not isinstance(proof, dict) or "previousProof" in proof:
        return None
    suite = suite_of(proof)
    if suite.canonicalization != "rdfc":
        return None
    hash_name = suite.hashes[signer.public_key.type]
    cohort = learn(template, taken, contexts=contexts, limits=limits, hash_name=hash_name)
    if cohort is None:
        return None
    members = {name: value for name, value in proof.items() if name != "proofValue"}
    digest = hash_data(cohort.sample, members, hash_name, contexts, limits=limits)[: hashlib.new(hash_name).digest_size]
    options = _Options(-1, members, dumps(members)[:-1], digest)
    return Proofs(template, cohort, hash_name, _json(cohort.marked, len(taken.texts)), options, fixed_time, contexts)


def _json(marked: JSONObject, count: int) -> tuple[str, ...]:
    pieces: list[str] = []
    rest = dumps(marked)[:-1]
    for slot in range(count):
        before, _, rest = rest.partition(dumps(jsonld.marker(slot)))
        pieces += (before, "")
    return (*pieces, rest)
