"""The members that a verifier looks for by name, and the IRIs that they stand for in a secured document.

A proof over RDF covers IRIs, not names: another name for ``validUntil`` would leave the proof good, and the end unseen.
"""

from __future__ import annotations

__all__ = ["NAMES", "PREDICATES"]

_CREDENTIALS = "https://www.w3.org/2018/credentials#"
_SECURITY = "https://w3id.org/security#"
_STATUS = "https://www.w3.org/ns/credentials/status#"
_BADGES = "https://purl.imsglobal.org/spec/vc/ob/vocab.html#"

NAMES: dict[str, str] = {
    **{
        _CREDENTIALS + name: name
        for name in (
            "credentialSchema",
            "credentialStatus",
            "credentialSubject",
            "evidence",
            "expirationDate",
            "holder",
            "issuanceDate",
            "issuer",
            "refreshService",
            "termsOfUse",
            "validFrom",
            "validUntil",
            "verifiableCredential",
        )
    },
    **{
        _SECURITY + name: name
        for name in (
            "challenge",
            "cryptosuite",
            "domain",
            "previousProof",
            "proof",
            "proofPurpose",
            "proofValue",
            "verificationMethod",
        )
    },
    _SECURITY + "expiration": "expires",
    "http://purl.org/dc/terms/created": "created",
    **{
        _STATUS + name: name
        for name in ("statusPurpose", "statusListIndex", "statusListCredential", "statusSize", "encodedList")
    },
    **{
        _BADGES + name: name
        for name in (
            "endorsement",
            "endorsementJwt",
            "hashed",
            "identityHash",
            "identityType",
            "salt",
            "achievement",
            "identifier",
        )
    },
}
"""IRI to the only name that it may have."""
PREDICATES = frozenset(f"<{iri}>" for iri in NAMES)
"""The IRIs as N-Quads terms."""
