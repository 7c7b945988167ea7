"""DID methods that need no network: did:key and did:jwk."""

from __future__ import annotations

from microcred.encoding import base64url_decode
from microcred.errors import DocumentError, InvalidKeyError, ResolutionError
from microcred.json import JSONObject, loads_object
from microcred.keys import PublicKey
from microcred.protocols import Steps

__all__ = ["DIDJWK", "DIDKey"]

_NO_KEY = "INVALID_VERIFICATION_METHOD"


class DIDKey:
    """did:key: the DID is the key (did:key v0.9 §3.1.2)."""

    name = "key"

    def resolve(self, did: str) -> Steps[JSONObject]:
        """Expand the DID into its document."""
        try:
            key = PublicKey.from_multikey(did.removeprefix("did:key:"))
        except InvalidKeyError as error:
            raise ResolutionError(did, str(error), _NO_KEY) from None
        method: JSONObject = {
            "id": f"{did}#{key.multikey}",
            "type": "Multikey",
            "controller": did,
            "publicKeyMultibase": key.multikey,
        }
        return _document(did, method)
        yield  # a generator that has nothing to fetch


class DIDJWK:
    """did:jwk: the DID is the key as a JWK, base64url."""

    name = "jwk"

    def resolve(self, did: str) -> Steps[JSONObject]:
        """Expand the DID into its document."""
        try:
            jwk = loads_object(base64url_decode(did.removeprefix("did:jwk:")))
            PublicKey.from_jwk(jwk)
        except (ValueError, DocumentError):
            raise ResolutionError(did, "not base64url of a JWK", _NO_KEY) from None
        except InvalidKeyError as error:
            raise ResolutionError(did, str(error), _NO_KEY) from None
        method: JSONObject = {"id": f"{did}#0", "type": "JsonWebKey", "controller": did, "publicKeyJwk": jwk}
        return _document(did, method)
        yield  # a generator that has nothing to fetch


def _document(did: str, method: JSONObject) -> JSONObject:
    identifier = method["id"]
    return {"id": did, "verificationMethod": [method], "assertionMethod": [identifier], "authentication": [identifier]}
