"""What a server answered, or why there is no answer of use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

__all__ = ["Answer", "NoAnswerError"]


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP response."""

    status: int
    """The status code."""
    headers: Mapping[str, str]
    """The headers, names in lower case; several of one name are joined by commas (RFC 9110 §5.3). Untrusted."""
    content: bytes = b""
    """The body, decompressed; untrusted. It is read for the status 200 only."""


class NoAnswerError(Exception):
    """There is no answer of use; it becomes a ``FetchError`` for each who waits.

    Attributes:
        reason: Plain words, with what to do; never a value that the server chose.
        status: The HTTP status code, or None when there was no answer.
        again: Whether it is worth asking once more at once.
        retry_after: When the server wants to be asked again, if it said so.
    """

    def __init__(
        self, reason: str, status: int | None = None, *, again: bool = False, retry_after: timedelta | None = None
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status
        self.again = again
        self.retry_after = retry_after
