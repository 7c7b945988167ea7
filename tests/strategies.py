"""Hypothesis strategies for credentials, a badge with every member, and walks over JSON documents."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, TypeVar, cast

from hypothesis import settings
from hypothesis import strategies as st

import microcred as mc
from microcred.json import JSONObject, JSONValue
from microcred.models import CREDENTIALS_V2, OPEN_BADGES_CONTEXT
from tests.make import AT, KEY

Model = TypeVar("Model")
Path = tuple[str | int, ...]

# JavaScript keeps whole numbers up to here, and signing refuses larger ones.
SAFE_INTEGER = 2**53 - 1


def effort(share: float) -> settings:
    """Return settings with a share of the examples of the profile, for tests whose examples are dear."""
    return settings(max_examples=max(5, int(settings().max_examples * share)))


# Walking documents


def walk(value: JSONValue, path: Path = ()) -> Iterator[tuple[Path, JSONValue]]:
    """Return every value below and including one, each with its path."""
    yield path, value
    if isinstance(value, dict):
        for name, item in value.items():
            yield from walk(item, (*path, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from walk(item, (*path, index))


def objects(document: JSONObject) -> list[Path]:
    """Return the paths of all objects of a document, save those in its contexts."""
    return [path for path, value in walk(document) if isinstance(value, dict) and "@context" not in path]


def at(document: JSONValue, path: Path) -> JSONValue:
    """Return the value at a path."""
    for part in path:
        document = cast("dict[str | int, JSONValue]", document)[part]
    return document


def node_at(document: JSONValue, path: Path) -> dict[str | int, JSONValue]:
    """Return the object or array at a path, for writing."""
    return cast("dict[str | int, JSONValue]", at(document, path))


def with_value(document: JSONObject, path: Path, value: JSONValue) -> JSONObject:
    """Return a copy of a document with another value at a path."""
    changed = deepcopy(document)
    node_at(changed, path[:-1])[path[-1]] = value
    return changed


def without(document: JSONObject, path: Path) -> JSONObject:
    """Return a copy of a document without the member or element at a path."""
    changed = deepcopy(document)
    del node_at(changed, path[:-1])[path[-1]]
    return changed


# A badge with every member of the standard


def full_endorsement(**changes: JSONValue) -> JSONObject:
    """Return an endorsement of the badge; None leaves a member out."""
    document: JSONObject = {
        "@context": [CREDENTIALS_V2, OPEN_BADGES_CONTEXT],
        "id": "https://example.org/endorsements/1",
        "type": ["VerifiableCredential", "EndorsementCredential"],
        "name": "Endorsement",
        "description": "Of a course.",
        "issuer": {"id": "https://example.org/issuers/2", "type": ["Profile"]},
        "validFrom": "2026-05-01T09:30:00Z",
        "credentialSubject": {
            "id": "https://example.edu/achievements/1",
            "type": ["EndorsementSubject"],
            "endorsementComment": "Sound.",
        },
    }
    document |= changes
    return {name: value for name, value in document.items() if value is not None}


def _alignment() -> JSONObject:
    return {
        "type": ["Alignment"],
        "targetCode": "c-1",
        "targetDescription": "About it.",
        "targetName": "Target",
        "targetFramework": "Framework",
        "targetType": "CFItem",
        "targetUrl": "https://example.org/targets/1",
    }


def _profile(identifier: str) -> JSONObject:
    return {
        "id": identifier,
        "type": ["Profile"],
        "name": "Example University",
        "url": "https://example.edu",
        "phone": "+34 123",
        "description": "A university.",
        "image": {"id": "https://example.edu/logo.png", "type": "Image", "caption": "Logo"},
        "email": "office@example.edu",
        "address": {
            "type": ["Address"],
            "addressCountry": "Spain",
            "addressCountryCode": "ES",
            "addressRegion": "Navarra",
            "addressLocality": "Pamplona",
            "streetAddress": "Calle Mayor 1",
            "postOfficeBoxNumber": "7",
            "postalCode": "31001",
            "geo": {"type": "GeoCoordinates", "latitude": 42.8, "longitude": -1},
        },
        "otherIdentifier": [{"type": "IdentifierEntry", "identifier": "7", "identifierType": "sourcedId"}],
        "official": "The Rector",
        "parentOrg": {"id": "https://example.edu/parent", "type": ["Profile"], "name": "Group"},
        "familyName": "Family",
        "givenName": "Given",
        "additionalName": "Additional",
        "patronymicName": "Patronymic",
        "honorificPrefix": "Dr.",
        "honorificSuffix": "PhD",
        "familyNamePrefix": "von",
        "dateOfBirth": "1990-02-28",
        "endorsementJwt": ["eyJh.eyJi.c2ln"],
    }


def _achievement() -> JSONObject:
    return {
        "id": "https://example.edu/achievements/1",
        "type": ["Achievement"],
        "alignment": [_alignment()],
        "achievementType": "Course",
        "creator": {"id": "https://example.edu/creator", "type": ["Profile"]},
        "creditsAvailable": 3,
        "criteria": {"id": "https://example.edu/criteria", "narrative": "Pass."},
        "description": "A course.",
        "endorsement": [full_endorsement()],
        "endorsementJwt": ["eyJh.eyJi.c2ln"],
        "fieldOfStudy": "Computing",
        "humanCode": "R-101",
        "image": {"id": "https://example.edu/badge.png", "type": "Image", "caption": "Badge"},
        "inLanguage": "en-GB",
        "name": "Rust 101",
        "otherIdentifier": [{"type": "IdentifierEntry", "identifier": "8", "identifierType": "ext:code"}],
        "related": [
            {"id": "https://example.edu/achievements/1/es", "type": ["Related"], "inLanguage": "es", "version": "1"}
        ],
        "resultDescription": [
            {
                "id": "urn:uuid:00000000-0000-4000-8000-000000000001",
                "type": ["ResultDescription"],
                "alignment": [_alignment()],
                "allowedValue": ["C", "B", "A"],
                "name": "Grade",
                "requiredLevel": "urn:uuid:00000000-0000-4000-8000-000000000002",
                "requiredValue": "C",
                "resultType": "LetterGrade",
                "rubricCriterionLevel": [
                    {
                        "id": "urn:uuid:00000000-0000-4000-8000-000000000002",
                        "type": ["RubricCriterionLevel"],
                        "alignment": [_alignment()],
                        "description": "All of it.",
                        "level": "Mastered",
                        "name": "Mastery",
                        "points": "4",
                    }
                ],
                "valueMax": "A",
                "valueMin": "C",
            }
        ],
        "specialization": "Systems",
        "tag": ["rust", "programming"],
        "version": "1.0",
    }


def full_badge(issuer: str = KEY.did) -> JSONObject:
    """Return an unsigned badge in which every member of the standard stands, save those that must be looked up."""
    return {
        "@context": [CREDENTIALS_V2, OPEN_BADGES_CONTEXT],
        "id": "urn:uuid:0c1f4d0c-9f4a-4b0c-8b5e-0d9b1a1f2c3d",
        "type": ["VerifiableCredential", "AchievementCredential"],
        "name": "Rust 101",
        "description": "A badge.",
        "image": {"id": "https://example.edu/credential.png", "type": "Image", "caption": "Credential"},
        "awardedDate": "2026-04-30T00:00:00+02:00",
        "credentialSubject": {
            "id": "did:example:learner",
            "type": ["AchievementSubject"],
            "activityEndDate": "2026-04-30T12:00:00Z",
            "activityStartDate": "2026-01-31T12:00:00Z",
            "creditsEarned": 2.5,
            "achievement": _achievement(),
            "identifier": [
                {
                    "type": "IdentityObject",
                    "hashed": True,
                    "identityHash": "sha256$b5809d8a92f8858436d7e6b87c12ebc0ae1eac4baecc2c0b913aee2c922ef399",
                    "identityType": "emailAddress",
                    "salt": "Kosher",
                }
            ],
            "image": {"id": "https://example.edu/baked.png", "type": "Image", "caption": "Baked"},
            "licenseNumber": "L-1",
            "narrative": "Worked hard.",
            "result": [
                {
                    "type": ["Result"],
                    "achievedLevel": "urn:uuid:00000000-0000-4000-8000-000000000002",
                    "alignment": [_alignment()],
                    "resultDescription": "urn:uuid:00000000-0000-4000-8000-000000000001",
                    "status": "Completed",
                    "value": "A",
                }
            ],
            "role": "student",
            "source": {"id": "https://example.edu/source", "type": ["Profile"], "name": "Department"},
            "term": "2026-1",
        },
        "endorsement": [full_endorsement()],
        "endorsementJwt": ["eyJh.eyJi.c2ln"],
        "issuer": _profile(issuer),
        "validFrom": "2026-05-01T09:30:00Z",
        "validUntil": "2036-05-01T09:30:00Z",
        "termsOfUse": [{"id": "https://example.edu/terms", "type": "https://example.edu/types#Terms"}],
        "evidence": [
            {
                "id": "https://example.edu/evidence/1",
                "type": ["Evidence"],
                "narrative": "Wrote it.",
                "name": "Project",
                "description": "A project.",
                "genre": "Code",
                "audience": "Teachers",
            }
        ],
    }


def signed_full_badge() -> JSONObject:
    """Return the badge with every member, signed; without endorsements, whose own proofs are placeholders."""
    document = cast("JSONObject", _without_endorsements(full_badge()))
    return mc.sign(document, KEY, created="2026-05-01T10:00:00Z")


def _without_endorsements(value: JSONValue) -> JSONValue:
    if isinstance(value, dict):
        names = [name for name in value if name not in ("endorsement", "endorsementJwt")]
        return {name: _without_endorsements(value[name]) for name in names}
    return [_without_endorsements(item) for item in value] if isinstance(value, list) else value


# Values

_SPECIAL_TEXTS = (
    "",
    " ",
    "\x00",
    "\t\r\n\x0b\x0c\x1f\x7f\x85\xa0",
    '"quoted" and \\backslash\\ and \\u0041',
    "line\nbreak\u2028separator\u2029",
    "שלום עולם",
    "\u202eright to left\u202c",
    "👩‍🎓🏴󠁧󠁢󠁷󠁬󠁳󠁿 e\u0301 é",
    "\ufeff\ufffe\uffff\U0010ffff",
    "https://example.edu/not-a-link",
    "_:b0",
    "@id",
    "<b>&amp;</b>",
    "1",
    "true",
)


def texts() -> st.SearchStrategy[str]:
    """Text without language: control characters, quotes, line ends, right to left, emoji."""
    return st.sampled_from(_SPECIAL_TEXTS) | st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


def iris() -> st.SearchStrategy[str]:
    """Absolute URLs, URNs and DIDs, in ASCII or not."""
    tail = st.text("abcXYZ019-._~/?#@!$&'()*+,;=%:[]éßж中", max_size=8)
    return st.sampled_from(
        [
            "https://example.edu",
            "HTTPS://Example.EDU/%7Efoo",
            "urn:uuid:00000000-0000-4000-8000-00000000000a",
            "did:example:123?a=b#c",
            "mailto:a@example.edu",
            "tag:example.edu,2026:x",
        ]
    ) | st.builds("https://example.edu/{}".format, tail)


def numbers() -> st.SearchStrategy[int | float]:
    """Whole numbers that every JSON reader keeps, and fractions."""
    return (
        st.integers(-SAFE_INTEGER, SAFE_INTEGER)
        | st.floats(-1e15, 1e15)
        | st.sampled_from([0, 0.0, -0.0, 3, 3.0, 2.5, 1e21, 1e-7, 5e-324, 1.7976931348623157e308])
    )


def values() -> st.SearchStrategy[JSONValue]:
    """Any JSON values, mostly small ones."""
    scalars: st.SearchStrategy[JSONValue] = texts() | iris() | numbers() | st.booleans() | st.none()
    nested: st.SearchStrategy[JSONValue] = st.sampled_from([[], {}, [[]], {"id": "urn:x:1"}, [{}], [None], [1, 1.0]])
    return scalars | nested


def moments(first: datetime, last: datetime) -> st.SearchStrategy[datetime]:
    """Whole seconds with a zone, between two moments."""
    zones = st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30)), timezone(timedelta(hours=-8))])
    seconds = st.integers(int(first.timestamp()), int(last.timestamp()))
    return st.builds(lambda second, zone: datetime.fromtimestamp(second, UTC).astimezone(zone), seconds, zones)


def _past() -> st.SearchStrategy[datetime]:
    return moments(datetime(1970, 1, 2, tzinfo=UTC), AT)


def _future() -> st.SearchStrategy[datetime]:
    return moments(AT + timedelta(days=1), datetime(2200, 1, 1, tzinfo=UTC))


def _maybe(strategy: st.SearchStrategy[Model]) -> st.SearchStrategy[Model | None]:
    return st.none() | strategy


def _some(strategy: st.SearchStrategy[Model]) -> st.SearchStrategy[list[Model] | None]:
    return st.none() | st.lists(strategy, min_size=1, max_size=2)


def _build(model: Callable[..., Model], **members: st.SearchStrategy[Any]) -> st.SearchStrategy[Model]:
    return st.fixed_dictionaries(members).map(lambda values: model(**values))


# Models


def _images() -> st.SearchStrategy[mc.Image]:
    return _build(mc.Image, id=iris(), caption=_maybe(texts()))


def _entries() -> st.SearchStrategy[mc.IdentifierEntry]:
    return _build(
        mc.IdentifierEntry, identifier=texts(), identifier_type=st.sampled_from(["sourcedId", "ext:a.b", "isbn"])
    )


def alignments() -> st.SearchStrategy[mc.Alignment]:
    """Links to frameworks."""
    return _build(
        mc.Alignment,
        target_name=texts(),
        target_url=iris(),
        target_code=_maybe(texts()),
        target_description=_maybe(texts()),
        target_framework=_maybe(texts()),
        target_type=st.sampled_from([None, "CTDL", mc.AlignmentTargetType.CF_ITEM, "ext:own"]),
    )


def _addresses() -> st.SearchStrategy[mc.Address]:
    return _build(
        mc.Address,
        address_country_code=st.sampled_from([None, "ES"]),
        street_address=_maybe(texts()),
        geo=_maybe(_build(mc.GeoCoordinates, latitude=numbers(), longitude=numbers())),
    )


def profiles(identifier: st.SearchStrategy[str]) -> st.SearchStrategy[mc.Profile]:
    """People and organisations."""
    return _build(
        mc.Profile,
        id=identifier,
        name=_maybe(texts()),
        url=_maybe(iris()),
        image=_maybe(_images()),
        address=_maybe(_addresses()),
        other_identifier=_some(_entries()),
        parent_org=_maybe(_build(mc.Profile, id=iris(), official=_maybe(texts()))),
        date_of_birth=st.sampled_from([None, "2000-02-29"]),
    )


def _identities() -> st.SearchStrategy[mc.IdentityObject]:
    return _build(mc.IdentityObject.of, value=texts(), hashed=st.booleans(), salt=texts())


def _levels() -> st.SearchStrategy[mc.RubricCriterionLevel]:
    return _build(
        mc.RubricCriterionLevel, id=iris(), name=texts(), points=_maybe(texts()), alignment=_some(alignments())
    )


def _result_descriptions() -> st.SearchStrategy[mc.ResultDescription]:
    return _build(
        mc.ResultDescription,
        id=iris(),
        name=texts(),
        result_type=st.sampled_from(["Percent", "ext:own", mc.ResultType.STATUS]),
        allowed_value=st.none() | st.lists(texts(), min_size=1, max_size=4),
        required_level=_maybe(iris()),
        rubric_criterion_level=_some(_levels()),
    )


def _achievements() -> st.SearchStrategy[mc.Achievement]:
    return _build(
        mc.Achievement,
        id=iris(),
        name=texts(),
        description=texts(),
        criteria=_build(mc.Criteria, narrative=texts(), id=_maybe(iris())),
        alignment=_some(alignments()),
        achievement_type=st.sampled_from([None, "Badge", mc.AchievementType.COURSE, "ext:own"]),
        creator=_maybe(profiles(iris())),
        credits_available=_maybe(numbers()),
        image=_maybe(_images()),
        in_language=st.sampled_from([None, "es", "en-GB"]),
        related=_some(_build(mc.Related, id=iris(), version=_maybe(texts()))),
        result_description=_some(_result_descriptions()),
        tag=_some(texts()),
    )


def _subjects(identifier: st.SearchStrategy[str]) -> st.SearchStrategy[mc.AchievementSubject]:
    return _build(
        mc.AchievementSubject,
        id=identifier,
        achievement=_achievements(),
        identifier=_some(_identities()),
        activity_start_date=_maybe(_past()),
        credits_earned=_maybe(numbers()),
        image=_maybe(_images()),
        narrative=_maybe(texts()),
        result=_some(_build(mc.Result, value=_maybe(texts()), alignment=_some(alignments()))),
        source=_maybe(profiles(iris())),
    )


def _evidence() -> st.SearchStrategy[mc.Evidence]:
    return _build(mc.Evidence, id=_maybe(iris()), narrative=_maybe(texts()), genre=_maybe(texts()))


def endorsement_credentials(issuer: str = KEY.did) -> st.SearchStrategy[mc.EndorsementCredential]:
    """Unsigned endorsements."""
    return _build(
        mc.EndorsementCredential,
        issuer=profiles(st.just(issuer)),
        name=texts(),
        description=_maybe(texts()),
        valid_from=_past(),
        valid_until=_maybe(_future()),
        credential_subject=_build(mc.EndorsementSubject, id=iris(), endorsement_comment=_maybe(texts())),
        evidence=_some(_evidence()),
    )


def achievement_credentials(issuer: str = KEY.did) -> st.SearchStrategy[mc.AchievementCredential]:
    """Unsigned badges."""
    return _build(
        mc.AchievementCredential,
        issuer=profiles(st.just(issuer)),
        name=_maybe(texts()),
        image=_maybe(_images()),
        valid_from=_past(),
        valid_until=_maybe(_future()),
        awarded_date=_maybe(_past()),
        credential_subject=_subjects(iris()),
        evidence=_some(_evidence()),
    )


def _json() -> st.SearchStrategy[JSONValue]:
    scalars: st.SearchStrategy[JSONValue] = texts() | numbers() | st.booleans() | st.none()
    return st.recursive(
        scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts(), inner, max_size=3), max_leaves=6
    )


# Terms of an inline context, and what may stand under each.
_TERMS: dict[str, JSONValue] = {
    "degree": "https://example.org/vocab#degree",
    "score": {"@id": "https://example.org/vocab#score"},
    "steps": {"@id": "https://example.org/vocab#steps", "@container": "@list"},
    "labels": {"@id": "https://example.org/vocab#labels", "@container": "@set"},
    "raw": {"@id": "https://example.org/vocab#raw", "@type": "@json"},
    "homepage": {"@id": "https://example.org/vocab#homepage", "@type": "@id"},
    "part": {"@id": "https://example.org/vocab#part", "@context": {"weight": "https://example.org/vocab#weight"}},
}


def _claims() -> st.SearchStrategy[JSONObject]:
    part: st.SearchStrategy[JSONValue] = st.fixed_dictionaries({}, optional={"weight": numbers(), "degree": texts()})
    return st.fixed_dictionaries(
        {"degree": texts() | numbers() | st.booleans()},
        optional={
            "score": numbers() | st.lists(numbers(), max_size=3),
            "steps": texts() | st.lists(texts(), max_size=4),
            "labels": texts() | st.lists(texts(), max_size=3),
            # A member that is None is left out of what is built.
            "raw": _json().filter(lambda value: value is not None),
            "homepage": iris(),
            "part": part | st.lists(part, max_size=2),
        },
    )


def generic_credentials(issuer: str = KEY.did) -> st.SearchStrategy[mc.VerifiableCredential]:
    """Unsigned credentials of no class in particular, whose context defines their terms in place."""
    subjects = st.builds(
        lambda identifier, claims: mc.CredentialSubject.model_validate({"id": identifier, **claims}),
        iris(),
        _claims(),
    )
    return _build(
        mc.VerifiableCredential,
        context=st.just([CREDENTIALS_V2, deepcopy(_TERMS)]),
        issuer=st.just(mc.Issuer(id=issuer)),
        name=_maybe(texts()),
        valid_from=_maybe(_past()),
        valid_until=_maybe(_future()),
        credential_subject=subjects,
    )


def credentials(issuer: str = KEY.did) -> st.SearchStrategy[mc.VerifiableCredential]:
    """Unsigned credentials of each kind."""
    kinds: list[st.SearchStrategy[mc.VerifiableCredential]] = [
        achievement_credentials(issuer),
        endorsement_credentials(issuer),
        generic_credentials(issuer),
    ]
    return st.one_of(kinds)
