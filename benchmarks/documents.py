"""The credentials that are measured: minimal, realistic, large, and a transcript of twenty."""

from __future__ import annotations

from collections.abc import Sequence
from math import comb
from typing import cast

from microcred.json import JSONObject, JSONValue

__all__ = ["DOCUMENTS", "large", "minimal", "of_its_own", "realistic", "transcript", "with_results"]

_CONTEXT: list[JSONValue] = [
    "https://www.w3.org/ns/credentials/v2",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
]
_SITE = "https://badges.example.edu"


def minimal(issuer: str, number: int = 0) -> JSONObject:
    """Return the least that the standard allows."""
    return {
        "@context": [*_CONTEXT],
        "id": f"urn:uuid:00000000-0000-4000-8000-{number:012d}",
        "type": ["VerifiableCredential", "AchievementCredential"],
        "issuer": {"id": issuer, "type": ["Profile"], "name": "Example University"},
        "validFrom": "2026-05-01T09:30:00Z",
        "credentialSubject": {
            "id": f"did:example:learner-{number}",
            "type": ["AchievementSubject"],
            "achievement": {
                "id": f"{_SITE}/achievements/rust-101",
                "type": ["Achievement"],
                "name": "Rust 101",
                "description": "Completed the introductory course.",
                "criteria": {"narrative": "Passed the final project."},
            },
        },
    }


def realistic(issuer: str, number: int = 0) -> JSONObject:
    """Return a badge as a university's platform makes it: 2.4 kB, 54 quads, a few objects without ids."""
    return {
        "@context": [*_CONTEXT],
        "id": f"{_SITE}/credentials/{number:08d}",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": "Certificate in Data Engineering",
        "image": {"id": f"{_SITE}/images/data-engineering.png", "type": "Image", "caption": "A blue hexagon"},
        "issuer": {
            "id": issuer,
            "type": ["Profile"],
            "name": "Example University, School of Continuing Education",
            "url": "https://www.example.edu/continuing-education",
            "email": "badges@example.edu",
            "description": "Short courses for people who work.",
            "image": {"id": f"{_SITE}/images/logo.png", "type": "Image"},
        },
        "validFrom": f"2026-05-{1 + number % 28:02d}T09:30:00Z",
        "validUntil": "2031-05-01T00:00:00Z",
        "awardedDate": "2026-04-30T16:00:00Z",
        "credentialStatus": {
            "id": f"{_SITE}/status/7#{number}",
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": str(number),
            "statusListCredential": f"{_SITE}/status/7",
        },
        "credentialSubject": {
            "id": f"did:example:learner-{number}",
            "type": ["AchievementSubject"],
            "identifier": [
                {
                    "type": "IdentityObject",
                    "hashed": False,
                    "identityHash": f"student-{number}@example.edu",
                    "identityType": "emailAddress",
                }
            ],
            "activityStartDate": "2026-01-12T00:00:00Z",
            "activityEndDate": "2026-04-30T00:00:00Z",
            "creditsEarned": 6,
            "achievement": {
                "id": f"{_SITE}/achievements/data-engineering",
                "type": ["Achievement"],
                "name": "Data Engineering",
                "achievementType": "Certificate",
                "description": "Designs, builds and runs pipelines that move data between systems; knows their cost.",
                "criteria": {
                    "id": f"{_SITE}/achievements/data-engineering/criteria",
                    "narrative": "Passed all six assignments and the final project, which two teachers have marked.",
                },
                "image": {"id": f"{_SITE}/images/data-engineering.png", "type": "Image"},
                "inLanguage": "en",
                "tag": ["data", "engineering", "pipelines"],
                "alignment": [
                    {
                        "type": ["Alignment"],
                        "targetName": "Manage data",
                        "targetUrl": "http://data.europa.eu/esco/skill/3a2d5b45",
                        "targetFramework": "ESCO",
                        "targetType": "ext:ESCOSkill",
                    }
                ],
            },
        },
        "evidence": [
            {
                "id": f"{_SITE}/evidence/{number}",
                "type": ["Evidence"],
                "name": "Final project",
                "narrative": "A pipeline for the city's air quality sensors.",
            }
        ],
    }


def large(issuer: str, number: int = 0) -> JSONObject:
    """Return the realistic badge with fifty results, their descriptions, alignments and pieces of evidence."""
    document = realistic(issuer, number)
    subject = document["credentialSubject"]
    assert isinstance(subject, dict)
    achievement = subject["achievement"]
    assert isinstance(achievement, dict)
    page = f"{_SITE}/achievements/data-engineering"
    achievement["resultDescription"] = [
        {
            "id": f"{page}/results/{index}",
            "type": ["ResultDescription"],
            "name": f"Unit {index}",
            "resultType": "Percent",
        }
        for index in range(50)
    ]
    achievement["alignment"] = [
        {"type": ["Alignment"], "targetName": f"Skill {index}", "targetUrl": f"https://skills.example.org/{index}"}
        for index in range(50)
    ]
    subject["result"] = [
        {"type": ["Result"], "resultDescription": f"{page}/results/{index}", "value": str((number + 7 * index) % 101)}
        for index in range(50)
    ]
    document["evidence"] = [
        {"id": f"{_SITE}/evidence/{number}/{index}", "type": ["Evidence"], "name": f"Piece {index}"}
        for index in range(50)
    ]
    return document


def transcript(issuer: str, number: int = 0) -> JSONObject:
    """Return a CLR-like credential: twenty achievements of one learner, associated with each other."""
    badges: list[JSONValue] = []
    for index in range(20):
        badge = minimal(issuer, 1000 * number + index)
        del badge["@context"]
        badges.append(badge)
    return {
        "@context": [
            "https://www.w3.org/ns/credentials/v2",
            "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json",
            "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
        ],
        "id": f"urn:uuid:10000000-0000-4000-8000-{number:012d}",
        "type": ["VerifiableCredential", "ClrCredential"],
        "name": "Transcript",
        "issuer": {"id": issuer, "type": ["Profile"], "name": "Example University"},
        "validFrom": "2026-05-01T09:30:00Z",
        "credentialSubject": {
            "id": f"did:example:learner-{number}",
            "type": ["ClrSubject"],
            "verifiableCredential": badges,
        },
    }


DOCUMENTS = {"minimal": minimal, "realistic": realistic, "large": large, "transcript": transcript}
"""By the name in the tables."""


_FURTHER = (
    *(("issuer", name) for name in ("official", "phone", "familyName", "givenName", "additionalName")),
    *(("issuer", name) for name in ("patronymicName", "honorificPrefix", "honorificSuffix")),
    *(("achievement", name) for name in ("fieldOfStudy", "specialization", "humanCode", "version")),
    *(("subject", name) for name in ("licenseNumber", "role", "term", "narrative")),
    ("credential", "description"),
)
"""Members that none of the documents has but description, and each may have: 131,072 choices of them."""
_TEXTS = frozenset(["name", "description", "narrative", "targetName", "caption"])


def of_its_own(document: JSONObject, number: int) -> JSONObject:
    """Return a document that looks like no other: with its own texts, its own URLs and its own choice of members.

    Args:
        document: One of the documents; changed.
        number: Up to 833, one to three members come on top of the document's; 131,071 is the last choice.
    """
    document = cast(JSONObject, _renamed(document, f" {number}"))
    subject = cast(JSONObject, document["credentialSubject"])
    credential = document
    if "achievement" not in subject:
        # Of a transcript, the first credential inside.
        credential = cast(JSONObject, cast("list[JSONValue]", subject["verifiableCredential"])[0])
        subject = cast(JSONObject, credential["credentialSubject"])
    places = {
        "credential": credential,
        "issuer": credential["issuer"],
        "subject": subject,
        "achievement": subject["achievement"],
    }
    for index in _choice(len(_FURTHER), number):
        place, name = _FURTHER[index]
        cast(JSONObject, places[place])[name] = f"{name} {number}"
    return document


def _choice(size: int, number: int) -> Sequence[int]:
    """Return the choice of that number out of so many things; small choices come first."""
    number %= 2**size
    for count in range(size + 1):
        if number < comb(size, count):
            break
        number -= comb(size, count)
    chosen: list[int] = []
    for index in range(size):
        # So many choices have this thing as their first.
        with_it = comb(size - index - 1, count - len(chosen) - 1) if count > len(chosen) else 0
        if number < with_it:
            chosen.append(index)
        else:
            number -= with_it
    return chosen


def _renamed(value: JSONValue, suffix: str, name: str = "") -> JSONValue:
    """Return a value with other texts, and with URLs of another site."""
    if isinstance(value, dict):
        return {key: _renamed(item, suffix, key) for key, item in value.items()}
    if isinstance(value, list):
        return [_renamed(item, suffix, name) for item in value]
    if isinstance(value, str) and value.startswith(_SITE):
        return _SITE + "/" + suffix.strip() + value.removeprefix(_SITE)
    return value + suffix if isinstance(value, str) and name in _TEXTS else value


def with_results(issuer: str, count: int, number: int = 0) -> JSONObject:
    """Return a minimal badge with that many results."""
    document = minimal(issuer, number)
    page = f"{_SITE}/achievements/rust-101/results"
    cast(JSONObject, document["credentialSubject"])["result"] = [
        {"type": ["Result"], "resultDescription": f"{page}/{index}", "value": str((number + 7 * index) % 101)}
        for index in range(count)
    ]
    return document
