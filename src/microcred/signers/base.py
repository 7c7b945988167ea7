"""What all signers share whose key lives elsewhere: no signature is handed out that the public key does not verify."""

from __future__ import annotations

import hashlib
import os
from abc import ABC, abstractmethod
from collections.abc import Callable
from types import TracebackType
from typing import Self, cast

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from microcred.errors import InvalidKeyError, SigningError
from microcred.key_material import KINDS, KeyType
from microcred.keys import PublicKey

__all__ = [
    "ANSWER_INVALID",
    "REFUSED",
    "UNAVAILABLE",
    "UNSUPPORTED",
    "RemoteSigner",
    "Secret",
    "digest",
    "missing_extra",
    "public_key_of_der",
    "raw_ecdsa",
]

UNAVAILABLE = "SIGNER_UNAVAILABLE"
"""The code of a ``SigningError``: no answer, or “not now”. The same call may go through later."""
REFUSED = "SIGNER_REFUSED"
"""The answer is no: the credentials, a permission, or the name or state of the key."""
ANSWER_INVALID = "SIGNER_ANSWER_INVALID"
"""What came back is not what was asked for, such as a signature that the public key does not verify."""
UNSUPPORTED = "UNSUPPORTED"
"""Something that this signer, token or service cannot do at all."""

# The orders of the groups, which r and s stay below (SEC 2 §2.4.2, §2.5.1 and §2.6.1).
_ORDERS: dict[KeyType, int] = {
    "P-256": 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    "P-384": 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973,
    # Its upper half is all ones.
    "P-521": ((2**257 - 1) << 264) + 0xFA51868783BF2F966B7FCC0148F709A5D03BB5C9B8899C47AEBB6FB71E91386409,
}


class RemoteSigner(ABC):
    """A key that lives elsewhere. It satisfies ``Signer``.

    Threads may share a signer, processes may not: it holds a connection. It is a context manager that closes it.
    """

    def __init__(self, public_key: PublicKey) -> None:
        self._public_key = public_key
        self._process = os.getpid()
        self._closed = False

    @property
    def public_key(self) -> PublicKey:
        """The public half, as it was read when the signer was made."""
        return self._public_key

    def sign(self, data: bytes) -> bytes:
        """Sign bytes, in JOSE's raw form (see ``Signer.sign``).

        Raises:
            SigningError: The key could not be used, or what came back is no signature of this key. The code tells
                whether to try again: SIGNER_UNAVAILABLE, SIGNER_REFUSED, SIGNER_ANSWER_INVALID or UNSUPPORTED.
            ValueError: The signer is closed.
        """
        if self._closed:
            raise ValueError("the signer is closed")
        if os.getpid() != self._process:
            raise SigningError(
                "the signer was made before this process was forked; make one in each process", code=UNSUPPORTED
            )
        signature = self._sign(data)
        # A fault, or another key behind the same name, must not yield a credential that nobody can verify.
        if not self._public_key.verifies(signature, data):
            raise SigningError(
                "what came back is no signature of the public key; the private key may be another one, or broken",
                code=ANSWER_INVALID,
            )
        return signature

    @abstractmethod
    def _sign(self, data: bytes) -> bytes:
        """Have bytes signed; the caller checks the signature."""

    def close(self) -> None:
        """Close the connection; the signer cannot be used any more."""
        if not self._closed and os.getpid() == self._process:
            self._closed = True
            self._close()

    @abstractmethod
    def _close(self) -> None:
        """Let go of the connection; called once."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        # A signer that could not be made has no key yet, and may still be shown in a traceback.
        return f"<{type(self).__name__} of {getattr(self, '_public_key', None)!r}>"

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError(f"a {type(self).__name__} does not leave its process; make one in each process")


class Secret:
    """A PIN or a token, given as text or as a function that returns it; never shown."""

    __slots__ = ("_name", "_value")

    def __init__(self, value: str | Callable[[], str], name: str) -> None:
        """Keep a secret.

        Args:
            value: The text, or a function that is called each time it is needed, such as one that reads a file.
            name: What to call it in errors.
        """
        self._value = value
        self._name = name
        if not callable(value):
            self.reveal()

    def reveal(self) -> str:
        """Return the text; keep it out of variables, which tracebacks may show."""
        value = self._value() if callable(self._value) else self._value
        if not isinstance(value, str):
            raise TypeError(f"the {self._name} must be text, or a function that returns text")
        # What a protocol cannot carry would be quoted by the error of the library that is to send it.
        if not value or not value.isprintable() or value != value.strip():
            raise ValueError(f"the {self._name} is empty, has white space around it, or a control character in it")
        return value

    def __repr__(self) -> str:
        return f"<Secret {self._name}>"

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError(f"the {self._name} does not leave its process")


def digest(data: bytes, kind: KeyType) -> bytes:
    """Return the hash of bytes that a kind of key signs (RFC 7518 §3.1)."""
    return hashlib.new(cast(hashes.HashAlgorithm, KINDS[kind].hash).name, data).digest()


def raw_ecdsa(der: bytes, kind: KeyType) -> bytes:
    """Turn an ECDSA signature from DER (RFC 3279 §2.2.3) into JOSE's raw form (RFC 7518 §3.4).

    Args:
        der: Untrusted.
        kind: P-256, P-384 or P-521.

    Returns:
        r and s, each of the length of the curve's order.

    Raises:
        SigningError: Not DER of two numbers, or one is not between 1 and the order.
    """
    size, order = KINDS[kind].size, _ORDERS[kind]
    try:
        r, s = decode_dss_signature(der)
    except ValueError:
        r, s = 0, 0
    if not (0 < r < order and 0 < s < order):
        raise SigningError("what came back is no ECDSA signature in DER", code=ANSWER_INVALID)
    return r.to_bytes(size) + s.to_bytes(size)


def public_key_of_der(data: bytes) -> PublicKey:
    """Read a public key in DER (SubjectPublicKeyInfo).

    Raises:
        InvalidKeyError: Not such a key, or of a kind that is not supported.
    """
    try:
        return PublicKey(serialization.load_der_public_key(data))
    except (ValueError, UnsupportedAlgorithm):
        raise InvalidKeyError("not a public key of a supported kind (Ed25519, P-256, P-384, P-521, RSA)") from None


def missing_extra(signer: str, extra: str) -> SigningError:
    """Return the error of a signer whose extra is not installed."""
    return SigningError(f"{signer} needs an extra: pip install 'microcred[{extra}]'", code=UNSUPPORTED)
