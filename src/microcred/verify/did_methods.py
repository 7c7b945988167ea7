"""DID methods that need no network: did:key and did:jwk."""

from __future__ import annotations

from microcred.errors import InvalidKeyError, ResolutionError
from microcred.json import JSONObject
from microcred.keys import PublicKey
from microcred.protocols import Steps

__all__ = ["DIDJWK", "DIDKey"]


class DIDKey:
    """did:key: the DID is the key (did:key v0.9 §3.1.2)."""

    name = "key"

    def resolve(self, did: str) -> Steps[JSONObject]:
        """Expand the DID into its document."""
        key = _key(did)
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
        jwk = _key(did).to_jwk()
        method: JSONObject = {"id": f"{did}#0", "type": "JsonWebKey", "controller": did, "publicKeyJwk": jwk}
        return _document(did, method)
        yield  # a generator that has nothing to fetch


def _key(did: str) -> PublicKey:
    try:
        return PublicKey.from_did(did)
    except InvalidKeyError as error:
        raise ResolutionError(did, str(error), "INVALID_VERIFICATION_METHOD") from None


def _document(did: str, method: JSONObject) -> JSONObject:
    identifier = method["id"]
    return {"id": did, "verificationMethod": [method], "assertionMethod": [identifier], "authentication": [identifier]}
