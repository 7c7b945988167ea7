"""How an issuer secures what it issues: a proof in the credential, or a JWT."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from microcred.json import JSONObject, dumps
from microcred.limits import Limits
from microcred.models import CREDENTIALS_V2
from microcred.protocols import Signer
from microcred.server.settings import Format
from microcred.signing import sign_jwt, sign_selective
from microcred.signing.issuing import sign_document

__all__ = ["Manner", "Secured", "enveloped"]

_MEDIA_TYPES: Final = {"embedded": "application/vc", "jwt": "application/jwt", "vc-jose": "application/vc+jwt"}


@dataclass(frozen=True, slots=True)
class Secured:
    """A credential that was secured."""

    content: bytes
    """The credential, or its envelope (VCDM 2.0 §4.13.1), as JSON."""
    shown: bytes
    """The credential as it is shown behind its URL: JSON, or a JWT."""
    media_type: str
    """Which of them."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How an issuer secures what it issues."""

    format: Format
    """What is made."""
    limits: Limits
    """Bounds on the work."""

    def secured(self, document: JSONObject, signer: Signer, mandatory: tuple[str, ...] | None) -> Secured:
        """Secure a credential.

        Args:
            document: The whole credential; untrusted.
            signer: The issuer's key.
            mandatory: JSON Pointers to what must always be shown, for a credential of which parts can be derived; None
                for one of which none can.

        Raises:
            MicrocredError: It cannot be secured, or the key cannot be used.
            ValueError: The pointers lead nowhere, or the key is of no such kind.
        """
        if self.format == "embedded":
            content = dumps(self._with_proof(document, signer, mandatory)).encode()
            return Secured(content, content, _MEDIA_TYPES[self.format])
        profile: Literal["ob3", "vc-jose"] = "ob3" if self.format == "jwt" else "vc-jose"
        token = sign_jwt(document, signer, profile=profile, limits=self.limits)
        return Secured(enveloped(token), token.encode(), _MEDIA_TYPES[self.format])

    def _with_proof(self, document: JSONObject, signer: Signer, mandatory: tuple[str, ...] | None) -> JSONObject:
        if mandatory is not None:
            return sign_selective(document, signer, mandatory_pointers=mandatory, limits=self.limits)
        return sign_document(document, signer, limits=self.limits)


def enveloped(token: str) -> bytes:
    """Return a JWT where JSON is expected (VCDM 2.0 §4.13.1).

    Args:
        token: The JWT that secures a credential.
    """
    document: JSONObject = {
        "@context": CREDENTIALS_V2,
        "type": "EnvelopedVerifiableCredential",
        "id": f"data:application/vc+jwt,{token}",
    }
    return dumps(document).encode()
