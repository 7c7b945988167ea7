"""A key by the way to it: each process goes it for itself, and nothing secret travels."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Self

from microcred.errors import InvalidKeyError
from microcred.keys import PublicKey, SigningKey
from microcred.protocols import Signer

__all__ = ["KeyReference"]


class KeyReference:
    """A signer that is made where it is used, once in each process. It satisfies ``Signer``, and can be pickled.

    What travels to other processes is the function that makes the signer, and its arguments: leave secrets out of them.
    """

    def __init__(self, make: Callable[[], Signer]) -> None:
        """Take what makes the signer.

        Args:
            make: A function at the top of a module, or a ``functools.partial`` of one or of a class, such as
                ``partial(VaultSigner, "https://vault.example.edu", "badges", token=read_token)``.
        """
        self._make = make
        self._signer: Signer | None = None
        self._lock = threading.Lock()

    @classmethod
    def pem(cls, path: Path | str, *, password_variable: str | None = None) -> Self:
        """Refer to a private key in a PEM file.

        Args:
            path: The file, under a name that all workers know.
            password_variable: The environment variable with the password of an encrypted key.
        """
        return cls(partial(_read, str(path), password_variable))

    @property
    def public_key(self) -> PublicKey:
        """The public half.

        Raises:
            InvalidKeyError: The key cannot be had here.
        """
        return self._made().public_key

    @property
    def verification_method(self) -> str | None:
        """The URL of the key, where its signer knows one."""
        method = getattr(self._made(), "verification_method", None)
        return method if isinstance(method, str) else None

    def sign(self, data: bytes) -> bytes:
        """Sign bytes (see ``Signer.sign``)."""
        return self._made().sign(data)

    def _made(self) -> Signer:
        signer = self._signer
        if signer is None:
            # Threads that come first at once wait for one of them.
            with self._lock:
                signer = self._signer = self._signer or self._make()
        return signer

    def __repr__(self) -> str:
        return f"<KeyReference {getattr(self._signer, 'public_key', 'not used yet')}>"

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self._make,)


def _read(path: str, password_variable: str | None) -> SigningKey:
    password = None if password_variable is None else os.environ.get(password_variable, "")
    if password == "":
        raise InvalidKeyError(f"the environment variable {password_variable} with the password of the key is not set")
    try:
        pem = Path(path).read_bytes()
    except OSError as error:
        raise InvalidKeyError(f"the file with the key cannot be read: {error.strerror}") from None
    return SigningKey.from_pem(pem, password)
