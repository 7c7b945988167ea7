"""How much work a schema may take, and what is said when nothing can be said."""

from __future__ import annotations

from microcred.verify.report import Code

__all__ = ["UndecidedError", "Work"]


class UndecidedError(Exception):
    """Whether a document follows a schema cannot be told; it never leaves the verifier.

    Attributes:
        reason: Plain words, with what to do; never a value out of a document.
        code: A code of the report.
    """

    def __init__(self, reason: str, code: Code = Code.UNSUPPORTED) -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code


class Work:
    """The steps that are left to all schemas of one credential."""

    __slots__ = ("depth", "left")

    def __init__(self, steps: int, depth: int) -> None:
        """Take the bounds.

        Args:
            steps: About a microsecond each.
            depth: How many schemas may be applied inside one another.
        """
        self.left = steps
        self.depth = depth

    def spend(self, steps: int) -> None:
        """Count steps before they are taken.

        Raises:
            UndecidedError: TOO_COMPLEX.
        """
        self.left -= steps
        if self.left < 0:
            raise UndecidedError("holding the credential against its schema takes too much work", Code.TOO_COMPLEX)
