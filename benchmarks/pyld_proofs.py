"""What a straightforward implementation on PyLD does: eddsa-rdfc-2022 in its own steps, and nothing else.

It checks neither the data model nor dates nor trust, and accepts members that no context defines: it is the least that
such an implementation can cost, with the contexts in memory and in PyLD's cache.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from typing import cast

from cryptography.hazmat.primitives.asymmetric import ed25519
from pyld import jsonld

from microcred.encoding import multibase_decode, multibase_encode
from microcred.json import JSONObject
from microcred.jsonld import contexts

__all__ = ["canonical", "issue", "verify"]


@cache
def _loaded(url: str) -> dict[str, object]:
    document = contexts.load(url)
    assert document is not None
    # The tag lets PyLD keep what it has made of the context.
    return {
        "contentType": "application/ld+json",
        "contextUrl": None,
        "documentUrl": url,
        "document": document,
        "tag": "static",
    }


def canonical(document: JSONObject) -> str:
    """Return the canonical N-Quads."""
    options = {
        "algorithm": "URDNA2015",
        "format": "application/n-quads",
        "documentLoader": lambda url, _options: _loaded(url),
    }
    return cast(str, jsonld.normalize(document, options))


def _hash_data(document: JSONObject, options: JSONObject) -> bytes:
    parts = ({**options, "@context": document["@context"]}, document)
    return b"".join(hashlib.sha256(canonical(part).encode()).digest() for part in parts)


def issue(document: JSONObject, key: ed25519.Ed25519PrivateKey, method: str, created: str) -> str:
    """Return the document with a proof, as JSON."""
    proof: JSONObject = {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-rdfc-2022",
        "created": created,
        "verificationMethod": method,
        "proofPurpose": "assertionMethod",
    }
    value = multibase_encode(key.sign(_hash_data(document, proof)))
    return json.dumps({**document, "proof": {**proof, "proofValue": value}})


def verify(data: bytes, key: ed25519.Ed25519PublicKey) -> bool:
    """Check the only proof of a document; a bad one raises ``InvalidSignature``."""
    document = json.loads(data)
    proof = document.pop("proof")
    if isinstance(proof, list):
        (proof,) = proof
    signature = multibase_decode(proof.pop("proofValue"), "z")
    key.verify(signature, _hash_data(document, proof))
    return True
