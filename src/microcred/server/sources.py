"""Where an issuer and its current key come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from microcred.issuer import Issuer, IssuerFolder
from microcred.protocols import Signer

__all__ = ["Fixed", "FromFolder", "KeySource"]


class KeySource(Protocol):
    """Where an issuer and its current key come from, asked anew for each use, since keys are rotated."""

    def issuer(self) -> Issuer:
        """Return the issuer as it is now."""
        ...

    def signer(self) -> Signer:
        """Return its current key."""
        ...


@dataclass(frozen=True, slots=True)
class Fixed:
    """An issuer that never changes, with its key."""

    of: Issuer
    """The issuer."""
    key: Signer
    """Its current key."""

    def issuer(self) -> Issuer:
        """Return the issuer."""
        return self.of

    def signer(self) -> Signer:
        """Return the key."""
        return self.of.signer(self.key)


@dataclass(frozen=True, slots=True)
class _Seen:
    file: tuple[int, int, int]
    issuer: Issuer
    signer: Signer


class FromFolder:
    """An issuer in a folder; a change there is seen with the next use. Threads share it."""

    def __init__(self, folder: IssuerFolder, password: str) -> None:
        """Take the folder, and the password of its keys."""
        self.folder = folder
        self._password = password
        self._seen: _Seen | None = None

    def issuer(self) -> Issuer:
        """Return the issuer as it is in the folder.

        Raises:
            DocumentError: There is none, or it was damaged.
            InvalidKeyError: Its key cannot be opened.
            OSError: The folder cannot be read.
        """
        return self._current().issuer

    def signer(self) -> Signer:
        """Return the current key; otherwise as ``issuer``."""
        return self._current().signer

    def _current(self) -> _Seen:
        # It is replaced by another file, never written over. What changes after this look is seen with the next.
        found = (self.folder.path / "issuer.json").stat()
        file = (found.st_ino, found.st_mtime_ns, found.st_size)
        seen = self._seen
        if seen is None or seen.file != file:
            seen = self._seen = _Seen(file, self.folder.load(), self.folder.signer(self._password))
        return seen
