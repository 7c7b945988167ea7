"""What the shapes are made of."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

import microcred as mc
from microcred.json import JSONObject, JSONValue
from microcred.models import CREDENTIALS_V1, CREDENTIALS_V2
from microcred.signing import EDDSA_RDFC_2022

__all__ = [
    "CLR",
    "DATA_INTEGRITY",
    "EXTENSIONS",
    "FRIEND",
    "OB",
    "OB_303",
    "OWN_CONTEXT",
    "SHAPES",
    "SITE",
    "STATUS_2021",
    "VOCABULARY",
    "Shape",
    "achievement_of",
    "an_alignment",
    "an_image",
    "badge",
    "graded",
    "grades",
    "identity",
    "issuer_of",
    "shape",
    "signed_endorsement",
    "status_entry",
    "subject_of",
    "v1_badge",
    "with_achievement",
    "with_context",
    "with_subject",
]

OB = "https://purl.imsglobal.org/spec/ob/v3p0/"
OB_303 = f"{OB}context-3.0.3.json"
EXTENSIONS = f"{OB}extensions.json"
CLR = "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json"
STATUS_2021 = "https://w3id.org/vc/status-list/2021/v1"
DATA_INTEGRITY = "https://w3id.org/security/data-integrity/v2"
SITE = "https://example.edu"
FRIEND = mc.SigningKey.from_seed(bytes(range(1, 33)))
VOCABULARY = "https://example.edu/vocabulary#"
OWN_CONTEXT = f"{SITE}/contexts/hours-v1.jsonld"


@dataclass(frozen=True)
class Shape:
    """A kind of credential."""

    name: str
    """Its name in the tables."""
    build: Callable[[str], JSONObject]
    """Makes it for an issuer's DID."""
    contexts: dict[str, JSONObject] = field(default_factory=dict)
    """Context documents beside the pinned ones."""
    unjudged: frozenset[str] = frozenset()
    """The checks that a verifier without a network leaves indeterminate."""


SHAPES: dict[str, Shape] = {}
"""By name."""


def shape(
    *, contexts: dict[str, JSONObject] | None = None, unjudged: tuple[str, ...] = ()
) -> Callable[[Callable[[str], JSONObject]], Callable[[str], JSONObject]]:
    def add(build: Callable[[str], JSONObject]) -> Callable[[str], JSONObject]:
        # Versions have dots between their numbers.
        name = re.sub(r"(?<=[0-9]) (?=[0-9])", ".", build.__name__.replace("_", " "))
        SHAPES[name] = Shape(name, build, contexts or {}, frozenset(unjudged))
        return build

    return add


def badge(issuer: str, **changes: JSONValue) -> JSONObject:
    """Return the least that the standard allows; changes replace members, and None leaves them out."""
    document: JSONObject = {
        "@context": [CREDENTIALS_V2, OB_303],
        "id": "urn:uuid:0c1f4d0c-9f4a-4b0c-8b5e-0d9b1a1f2c3d",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "issuer": {"id": issuer, "type": ["Profile"], "name": "Example University"},
        "validFrom": "2024-01-15T09:30:00Z",
        "credentialSubject": {
            "id": "did:example:learner",
            "type": ["AchievementSubject"],
            "achievement": {
                "id": f"{SITE}/achievements/rust-101",
                "type": ["Achievement"],
                "name": "Rust 101",
                "description": "Completed the introductory course.",
                "criteria": {"narrative": "Passed the final project."},
            },
        },
    }
    document |= changes
    return {name: value for name, value in document.items() if value is not None}


def subject_of(document: JSONObject) -> JSONObject:
    return cast(JSONObject, document["credentialSubject"])


def achievement_of(document: JSONObject) -> JSONObject:
    return cast(JSONObject, subject_of(document)["achievement"])


def issuer_of(document: JSONObject) -> JSONObject:
    return cast(JSONObject, document["issuer"])


def with_achievement(issuer: str, **members: JSONValue) -> JSONObject:
    document = badge(issuer)
    achievement_of(document).update(members)
    return document


def with_subject(issuer: str, **members: JSONValue) -> JSONObject:
    document = badge(issuer)
    subject_of(document).update(members)
    return document


def with_context(document: JSONObject, *contexts: JSONValue) -> JSONObject:
    document["@context"] = [*cast("list[JSONValue]", document["@context"]), *contexts]
    return document


def v1_badge(issuer: str, *contexts: JSONValue) -> JSONObject:
    """Return the badge in the Data Model 1.1."""
    document = badge(issuer, validFrom=None, name="Rust 101", issuanceDate="2024-01-15T09:30:00Z")
    document["@context"] = [CREDENTIALS_V1, *contexts, DATA_INTEGRITY]
    return document


# Parts


def an_alignment(number: int = 1) -> JSONObject:
    return {
        "type": ["Alignment"],
        "targetCode": f"c-{number}",
        "targetDescription": "What it is about.",
        "targetName": f"Skill {number}",
        "targetFramework": "ESCO",
        "targetType": "ext:ESCOSkill",
        "targetUrl": f"http://data.europa.eu/esco/skill/{number}",
    }


def an_image(name: str) -> JSONObject:
    return {"id": f"{SITE}/images/{name}.png", "type": "Image", "caption": f"The {name}"}


def status_entry(purpose: str, number: int, kind: str = "BitstringStatusListEntry") -> JSONObject:
    page = f"{SITE}/status/{purpose}"
    return {
        "id": f"{page}#{number}",
        "type": kind,
        "statusPurpose": purpose,
        "statusListIndex": str(number),
        "statusListCredential": page,
    }


def grades(*values: str) -> JSONObject:
    return {
        "id": "urn:uuid:f6ab24cd-86e8-4eaf-b8c6-ded74e8fd41c",
        "type": ["ResultDescription"],
        "name": "Grade",
        "resultType": "LetterGrade",
        "allowedValue": list(values),
        "requiredValue": values[-2],
    }


def graded(issuer: str, *values: str) -> JSONObject:
    document = with_achievement(issuer, resultDescription=[grades(*values)])
    description = "urn:uuid:f6ab24cd-86e8-4eaf-b8c6-ded74e8fd41c"
    subject_of(document)["result"] = [{"type": ["Result"], "resultDescription": description, "value": values[-1]}]
    return document


def signed_endorsement(of: str) -> JSONObject:
    endorsement: JSONObject = {
        "@context": [CREDENTIALS_V2, OB_303],
        "id": "urn:uuid:2a3c2f1e-8e42-4e2a-9f0c-5d1d7a3f0b11",
        "type": ["VerifiableCredential", "EndorsementCredential"],
        "name": "A good course",
        "issuer": {"id": FRIEND.did, "type": ["Profile"], "name": "A friend"},
        "validFrom": "2024-01-14T00:00:00Z",
        "credentialSubject": {"id": of, "type": ["EndorsementSubject"], "endorsementComment": "Well taught."},
    }
    return mc.sign(endorsement, FRIEND, cryptosuite=EDDSA_RDFC_2022, created="2024-01-14T00:00:00Z")


def identity(text: str, *, hashed: bool) -> JSONObject:
    """Return how somebody is named; a hash is over the text and the salt (Open Badges 3.0 §B.6)."""
    identity: JSONObject = {"type": "IdentityObject", "hashed": hashed, "identityHash": text}
    identity["identityType"] = "emailAddress"
    return {**identity, "salt": "Kosher"} if hashed else identity
