"""Requests for credentials, on their way through an issuer."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from microcred.jcs import canonicalize
from microcred.json import JSONObject
from microcred.server.ledger import Answer
from microcred.server.problems import RequestError

__all__ = ["Asked", "Job", "apart"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of an issuer."""

    credential: JSONObject
    """As it was sent; untrusted."""
    options: JSONObject
    """As they were sent; untrusted."""
    key: str | None
    """The idempotency key, with who asks and whom."""
    names: tuple[str, ...]
    """What it is called by whoever asks: the first is that by which its status is changed."""
    mandatory: tuple[str, ...] | None
    """JSON Pointers to what must always be shown, for a credential of which parts can be derived."""


@dataclass(slots=True)
class Job:
    """A request on its way."""

    asked: Asked
    """What is asked."""
    request: bytes = b""
    """A hash of it, if it has a key."""
    document: JSONObject = field(default_factory=dict)
    """The credential as it is to be signed."""
    is_spare: bool = False
    """Whether the id was made here, and nobody has seen it yet."""
    outcome: bytes | Exception | None = None
    """The answer, or why there is none; None until either is known."""

    @property
    def is_open(self) -> bool:
        """Whether there is something to be done yet."""
        return self.outcome is None

    @property
    def result(self) -> bytes | Exception:
        """The answer, or why there is none."""
        assert self.outcome is not None
        return self.outcome

    @property
    def registered_as(self) -> str:
        """The name by which the registry of statuses knows it."""
        return self.asked.names[0] if self.asked.names else str(self.document["id"])

    def hash(self) -> None:
        """Remember what was asked, for those who come with the same key.

        Raises:
            DocumentError: It cannot be written in one way only.
        """
        if self.asked.key is not None:
            whole = canonicalize(self.asked.credential) + canonicalize(self.asked.options)
            self.request = hashlib.sha256(whole).digest()

    def settle(self, found: Answer | Exception | None) -> None:
        """Take an answer, unless it is that to another request."""
        if isinstance(found, Answer) and found.request != self.request:
            text = "the same Idempotency-Key came with another request before; take a new one"
            found = RequestError(422, "IDEMPOTENCY_KEY_REUSED", text)
        self.outcome = found.content if isinstance(found, Answer) else found


def apart(jobs: Sequence[Job]) -> tuple[list[Job], list[Job]]:
    """Return those that have neither keys nor names in common, the first of each, and the others."""
    firsts: list[Job] = []
    others: list[Job] = []
    keys: set[str] = set()
    names: set[str] = set()
    for job in jobs:
        meets = job.asked.key in keys or not names.isdisjoint(job.asked.names)
        (others if meets else firsts).append(job)
        names.update(job.asked.names)
        if job.asked.key is not None:
            keys.add(job.asked.key)
    return firsts, others
