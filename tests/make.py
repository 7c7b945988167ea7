"""Small credentials for tests."""

from __future__ import annotations

from datetime import UTC, datetime

import microcred as mc
from microcred.json import JSONObject

AT = datetime(2026, 6, 1, tzinfo=UTC)
KEY = mc.SigningKey.from_seed(bytes(range(32)))
OTHER = mc.SigningKey.from_seed(bytes(range(1, 33)))
ISSUER = "https://example.edu/issuers/1"
LEARNER = "did:example:learner"


def badge(issuer: str = KEY.did, **changes: object) -> JSONObject:
    """Return an unsigned badge as a dict; changes replace members, and None leaves them out."""
    document: dict[str, object] = {
        "@context": [
            "https://www.w3.org/ns/credentials/v2",
            "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
        ],
        "id": "urn:uuid:0c1f4d0c-9f4a-4b0c-8b5e-0d9b1a1f2c3d",
        "type": ["VerifiableCredential", "AchievementCredential"],
        "issuer": {"id": issuer, "type": ["Profile"], "name": "Example University"},
        "validFrom": "2026-05-01T09:30:00Z",
        "credentialSubject": {
            "id": LEARNER,
            "type": ["AchievementSubject"],
            "achievement": {
                "id": "https://example.edu/achievements/rust-101",
                "type": ["Achievement"],
                "name": "Rust 101",
                "description": "Completed the introductory course.",
                "criteria": {"narrative": "Passed the final project."},
            },
        },
    }
    document |= changes
    return {name: value for name, value in document.items() if value is not None}  # type: ignore[misc]


def v1_badge(issuer: str = KEY.did) -> JSONObject:
    """Return an unsigned badge of the Data Model 1.1."""
    document = badge(issuer, validFrom=None, name="Rust 101", issuanceDate="2026-05-01T09:30:00Z")
    document["@context"] = [
        "https://www.w3.org/2018/credentials/v1",
        "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
        "https://w3id.org/security/data-integrity/v2",
    ]
    return document


def signed(key: mc.SigningKey = KEY, **changes: object) -> JSONObject:
    """Return a badge that the issuer's own did:key signed."""
    return mc.sign(badge(key.did, **changes), key, created="2026-05-01T10:00:00Z")
