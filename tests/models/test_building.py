"""Building models: what a fresh object gets, what is refused, and the classes of the standard, member by member."""

from __future__ import annotations

import ast
import inspect
import itertools
import re
import textwrap
import uuid
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from types import UnionType
from typing import Annotated, Any, Union, cast, get_args, get_origin

import pytest
from pydantic import ValidationError
from pydantic.fields import FieldInfo

import microcred as mc
from microcred import models
from microcred.documents import judge
from microcred.errors import DocumentError
from microcred.json import JSONObject, JSONValue, pointer
from microcred.models import CREDENTIALS_V1, CREDENTIALS_V2, JUDGE, OPEN_BADGES_CONTEXT, READ
from microcred.models._base import wire_name
from tests.make import KEY, badge
from tests.strategies import Path, full_badge, full_endorsement, with_value, without
from tests.support import identical

# SPEC.md (a.2) to (a.9) and (a.10): each class, whether it is open, and its members: name, type, multiplicity.
# AnyURI stands for the URIs that the official schema leaves unchecked.
SPECIFICATION: dict[str, str] = {
    "AchievementCredential": (
        "open: @context Context 2..*; id URI 1; type IRI 1..*; name String 0..1; description String 0..1; image "
        "Image 0..1; awardedDate DateTimeZ 0..1; credentialSubject AchievementSubject 1; endorsement "
        "EndorsementCredential 0..*; endorsementJwt CompactJws 0..*; issuer ProfileRef 1; validFrom DateTimeZ 1; "
        "validUntil DateTimeZ 0..1; proof Proof 0..*; credentialSchema CredentialSchema 0..*; credentialStatus "
        "CredentialStatus 0..1; refreshService RefreshService 0..1; termsOfUse TermsOfUse 0..*; evidence Evidence "
        "0..*"
    ),
    "EndorsementCredential": (
        "open: @context Context 2..*; type IRI 1..*; id URI 1; name String 1; description String 0..1; "
        "credentialSubject EndorsementSubject 1; awardedDate DateTimeZ 0..1; issuer ProfileRef 1; validFrom "
        "DateTimeZ 1; validUntil DateTimeZ 0..1; proof Proof 0..*; credentialSchema CredentialSchema 0..*; "
        "credentialStatus CredentialStatus 0..1; refreshService RefreshService 0..1; termsOfUse TermsOfUse 0..*; "
        "evidence Evidence 0..*"
    ),
    "VerifiableCredential": (
        "open: @context Context 1..*; id URI 0..1; type IRI 1..*; issuer ProfileRef 1; validFrom DateTimeZ 1; "
        "validUntil DateTimeZ 0..1; credentialSubject CredentialSubject 1; proof Proof 0..*; credentialSchema "
        "CredentialSchema 0..*; credentialStatus CredentialStatus 0..1; refreshService RefreshService 0..1; "
        "termsOfUse TermsOfUse 0..*; evidence Evidence 0..*"
    ),
    "AchievementSubject": (
        "open: id URI 0..1; type IRI 1..*; activityEndDate DateTime 0..1; activityStartDate DateTime 0..1; "
        "creditsEarned Float 0..1; achievement Achievement 1; identifier IdentityObject 0..*; image Image 0..1; "
        "licenseNumber String 0..1; narrative Markdown 0..1; result Result 0..*; role String 0..1; source Profile "
        "0..1; term String 0..1"
    ),
    "EndorsementSubject": "open: id URI 1; type IRI 1..*; endorsementComment Markdown 0..1",
    "CredentialSubject": "open: id URI 0..1",
    "Achievement": (
        "open: id URI 1; type IRI 1..*; alignment Alignment 0..*; achievementType AchievementType 0..1; creator "
        "Profile 0..1; creditsAvailable Float 0..1; criteria Criteria 1; description String 1; endorsement "
        "EndorsementCredential 0..*; endorsementJwt CompactJws 0..*; fieldOfStudy String 0..1; humanCode String "
        "0..1; image Image 0..1; inLanguage LanguageCode 0..1; name String 1; otherIdentifier IdentifierEntry "
        "0..*; related Related 0..*; resultDescription ResultDescription 0..*; specialization String 0..1; tag "
        "String 0..*; version String 0..1"
    ),
    "Criteria": "open: id URI 0..1; narrative Markdown 0..1",
    "Alignment": (
        "open: type IRI 1..*; targetCode String 0..1; targetDescription String 0..1; targetName String 1; "
        "targetFramework String 0..1; targetType AlignmentTargetType 0..1; targetUrl URL 1"
    ),
    "Related": "open: id URI 1; type IRI 1..*; inLanguage LanguageCode 0..1; version String 0..1",
    "ResultDescription": (
        "open: id URI 1; type IRI 1..*; alignment Alignment 0..*; allowedValue String 0..*; name String 1; "
        "requiredLevel URI 0..1; requiredValue String 0..1; resultType ResultType 1; rubricCriterionLevel "
        "RubricCriterionLevel 0..*; valueMax String 0..1; valueMin String 0..1"
    ),
    "RubricCriterionLevel": (
        "open: id URI 1; type IRI 1..*; alignment Alignment 0..*; description String 0..1; level String 0..1; "
        "name String 1; points String 0..1"
    ),
    "Result": (
        "open: type IRI 1..*; achievedLevel URI 0..1; alignment Alignment 0..*; resultDescription URI 0..1; "
        "status ResultStatusType 0..1; value String 0..1"
    ),
    "Evidence": (
        "open: id URI 0..1; type IRI 1..*; narrative Markdown 0..1; name String 0..1; description String 0..1; "
        "genre String 0..1; audience String 0..1"
    ),
    "Image": "closed: id AnyURI 1; type IRI 1; caption String 0..1",
    "Profile": (
        "open: id URI 1; type IRI 1..*; name String 0..1; url AnyURI 0..1; phone PhoneNumber 0..1; description "
        "String 0..1; endorsement EndorsementCredential 0..*; endorsementJwt CompactJws 0..*; image Image 0..1; "
        "email EmailAddress 0..1; address Address 0..1; otherIdentifier IdentifierEntry 0..*; official String "
        "0..1; parentOrg Profile 0..1; familyName String 0..1; givenName String 0..1; additionalName String 0..1; "
        "patronymicName String 0..1; honorificPrefix String 0..1; honorificSuffix String 0..1; familyNamePrefix "
        "String 0..1; dateOfBirth Date 0..1"
    ),
    "Address": (
        "open: type IRI 1..*; addressCountry String 0..1; addressCountryCode CountryCode 0..1; addressRegion "
        "String 0..1; addressLocality String 0..1; streetAddress String 0..1; postOfficeBoxNumber String 0..1; "
        "postalCode String 0..1; geo GeoCoordinates 0..1"
    ),
    "GeoCoordinates": "open: type IRI 1; latitude Float 1; longitude Float 1",
    "IdentifierEntry": "closed: type IRI 1; identifier Identifier 1; identifierType IdentifierTypeEnum 1",
    "IdentityObject": (
        "closed: type IRI 1; hashed Boolean 1; identityHash IdentityHash 1; identityType IdentifierTypeEnum 1; "
        "salt String 0..1"
    ),
    "CredentialSchema": "open: id URI 1; type IRI 1",
    "CredentialStatus": "open: id URI 0..1; type IRI 1",
    "RefreshService": "open: id URI 1; type IRI 1",
    "TermsOfUse": "open: id URI 0..1; type IRI 1",
    "Proof": (
        "open: type IRI 1; created ProofTime 0..1; cryptosuite String 0..1; challenge String 0..1; domain String "
        "0..1; nonce String 0..1; proofPurpose String 0..1; proofValue String 0..1; verificationMethod AnyURI "
        "0..1"
    ),
    # key_ops is 0..1 there; RFC 7517 §4.3 makes it an array
    "JWK": (
        "open: kty String 1; use String 0..1; key_ops String 0..*; alg String 0..1; kid String 0..1; x5u AnyURI "
        "0..1; x5c String 0..*; x5t String 0..1; x5t#S256 String 0..1"
    ),
    "JWKS": "closed: keys JWK 1..*",
    # (a.6): the name of a badge is 1 there; most issuers left it out
    "AchievementCredentialV1p1": (
        "open: @context Context 2..*; id URI 1; type IRI 1..*; name String 0..1; description String 0..1; image "
        "Image 0..1; awardedDate DateTimeZ 0..1; credentialSubject AchievementSubject 1; endorsement "
        "EndorsementCredential 0..*; endorsementJwt CompactJws 0..*; issuer ProfileRef 1; issuanceDate DateTimeZ "
        "1; expirationDate DateTimeZ 0..1; proof Proof 0..*; credentialSchema CredentialSchema 0..*; "
        "credentialStatus CredentialStatus 0..1; refreshService RefreshService 0..1; termsOfUse TermsOfUse 0..*; "
        "evidence Evidence 0..*"
    ),
    "EndorsementCredentialV1p1": (
        "open: @context Context 2..*; type IRI 1..*; id URI 1; name String 1; description String 0..1; "
        "credentialSubject EndorsementSubject 1; awardedDate DateTimeZ 0..1; issuer ProfileRef 1; issuanceDate "
        "DateTimeZ 1; expirationDate DateTimeZ 0..1; proof Proof 0..*; credentialSchema CredentialSchema 0..*; "
        "credentialStatus CredentialStatus 0..1; refreshService RefreshService 0..1; termsOfUse TermsOfUse 0..*"
    ),
    # (a.9)
    "GetOpenBadgeCredentialsResponse": "closed: credential AnyObject 0..*; compactJwsString CompactJws 0..*",
    "ImsxStatusInfo": (
        "closed: imsx_codeMajor Imsx_CodeMajor 1; imsx_severity Imsx_Severity 1; imsx_description String 0..1; "
        "imsx_codeMinor ImsxCodeMinor 0..1"
    ),
    "ImsxCodeMinor": "closed: imsx_codeMinorField ImsxCodeMinorField 1..*",
    "ImsxCodeMinorField": (
        "closed: imsx_codeMinorFieldName NormalizedString 1; imsx_codeMinorFieldValue Imsx_CodeMinorFieldValue 1"
    ),
    "ServiceDescriptionDocument": "open: openapi String 1; info OpenApiInfo 1; components OpenApiComponents 1",
    "OpenApiInfo": (
        "open: termsOfService AnyURI 1; title String 1; version String 1; x-imssf-image AnyURI 0..1; "
        "x-imssf-privacyPolicyUrl AnyURI 1"
    ),
    "OpenApiComponents": "open: securitySchemes OpenApiSecuritySchemes 1",
    "OpenApiSecuritySchemes": "closed: OAuth2ACG OpenApiOAuth2SecurityScheme 0..1",
    "OpenApiOAuth2SecurityScheme": "open: type OAuth2 1; description String 0..1; x-imssf-registrationUrl AnyURI 1",
    # (a.10)
    "ClrCredential": (
        "open: @context Context 3..*; type IRI 1..*; id URI 1; name String 1; description String 0..1; image "
        "Image 0..1; awardedDate DateTimeZ 0..1; partial Boolean 0..1; credentialSubject ClrSubject 1; "
        "endorsement EndorsementCredential 0..*; endorsementJwt CompactJws 0..*; issuer ProfileRef 1; validFrom "
        "DateTimeZ 1; validUntil DateTimeZ 0..1; proof Proof 0..*; credentialSchema CredentialSchema 0..*; "
        "credentialStatus CredentialStatus 0..1; refreshService RefreshService 0..1; termsOfUse TermsOfUse 0..*; "
        "evidence Evidence 0..*"
    ),
    "ClrSubject": (
        "open: id URI 0..1; type IRI 1..*; identifier IdentityObject 0..*; achievement Achievement 0..*; "
        "verifiableCredential AnyObject 1..*; association Association 0..*"
    ),
    "Association": "closed: type IRI 1; associationType AssociationType 1; sourceId URI 1; targetId URI 1",
}
# Where the Data Model 2.0 allows more than Open Badges does, in classes that serve both.
MORE_ALLOWED = {
    ("VerifiableCredential", "validFrom"): "0..1",  # §4.9
    ("RefreshService", "id"): "0..1",  # §5.4; 1EdTech's own kind of service needs it
}
# Single members that §4.10, §5.4 and Data Integrity §2.1 let stand as arrays, too.
LISTS_READ = {
    *((name, "credentialStatus") for name in SPECIFICATION),
    *((name, "refreshService") for name in SPECIFICATION),
    ("VerifiableCredential", "credentialSubject"),
    ("Proof", "domain"),
    *((name, "type") for name in ("CredentialSchema", "CredentialStatus", "RefreshService", "TermsOfUse", "Proof")),
}


@dataclass(frozen=True)
class Member:
    """A member of a class of the standard."""

    owner: str
    name: str
    kind: str
    multiplicity: str

    @property
    def required(self) -> bool:
        return not self.multiplicity.startswith("0")

    @property
    def array(self) -> bool:
        return self.multiplicity.endswith("*")

    def __str__(self) -> str:
        return f"{self.owner}.{self.name}"


def model_named(name: str) -> type[models.Model]:
    model = getattr(models, name)
    assert issubclass(model, models.Model)
    return cast("type[models.Model]", model)


def members_of(owner: str) -> list[Member]:
    found = []
    for line in SPECIFICATION[owner].partition(": ")[2].split("; "):
        name, kind, multiplicity = line.split()
        found.append(Member(owner, name, kind, MORE_ALLOWED.get((owner, name), multiplicity)))
    return found


MEMBERS = [member for owner in SPECIFICATION for member in members_of(owner)]


def by_name(member: Member) -> str:
    return str(member)


# Values that are right for a type, and wrong ones

_EXTENSIBLE: dict[str, str] = {
    "AchievementType": (
        "Achievement ApprenticeshipCertificate Assessment Assignment AssociateDegree Award Badge BachelorDegree "
        "Certificate CertificateOfCompletion Certification CommunityService Competency Course CoCurricular Degree "
        "Diploma DoctoralDegree Fieldwork GeneralEducationDevelopment JourneymanCertificate LearningProgram License "
        "Membership ProfessionalDoctorate QualityAssuranceCredential MasterCertificate MasterDegree MicroCredential "
        "ResearchDoctorate SecondarySchoolDiploma"
    ),
    "AlignmentTargetType": (
        "ceasn:Competency ceterms:Credential CFItem CFRubric CFRubricCriterion CFRubricCriterionLevel CTDL"
    ),
    "IdentifierTypeEnum": (
        "name sourcedId systemId productId userName accountId emailAddress nationalIdentityNumber isbn issn "
        "lisSourcedId oneRosterSourcedId sisSourcedId ltiContextId ltiDeploymentId ltiToolId ltiPlatformId ltiUserId "
        "identifier"
    ),
    "ResultType": (
        "GradePointAverage LetterGrade Percent PerformanceLevel PredictedScore RawScore Result RubricCriterion "
        "RubricCriterionLevel RubricScore ScaledScore Status"
    ),
}
_FIXED: dict[str, str] = {
    "ResultStatusType": "Completed Enrolled Failed InProgress OnHold Provisional Withdrew",
    "AssociationType": "exactMatchOf isChildOf isParentOf isPartOf isPeerOf isRelatedTo precedes replacedBy",
    "Imsx_CodeMajor": "failure processing success unsupported",
    "Imsx_Severity": "error status warning",
    "Imsx_CodeMinorFieldValue": (
        "forbidden fullsuccess internal_server_error invalid_data invalid_query_parameter misdirected_request "
        "not_acceptable not_allowed not_found not_modified server_busy unauthorizedrequest unknown"
    ),
    "OAuth2": "oauth2",
}
_NOT_TEXT: tuple[JSONValue, ...] = (3, 2.5, True, {"a": "b"}, [["x"]])
_NOT_OBJECT: tuple[JSONValue, ...] = (3, 2.5, True, "text")
GOOD: dict[str, tuple[JSONValue, ...]] = {
    **dict.fromkeys(
        ["String", "Markdown", "PhoneNumber", "EmailAddress", "Identifier", "IdentityHash", "NormalizedString"],
        ("text", "", '# Süß\n"*"\u0000👩‍🎓'),
    ),
    "AnyURI": ("https://example.edu", "data:image/png;base64,iVBO Rw0K"),
    **dict.fromkeys(["URI", "URL"], ("https://example.edu", "urn:uuid:1", "did:web:example.edu#k", "mailto:a@é.edu")),
    "DateTimeZ": ("2026-04-01T00:00:00Z", "2026-05-01T09:30:00.123456789+05:30", "2026-05-01T24:00:00-14:00"),
    "DateTime": ("2026-05-01T09:30:00Z", "2026-05-01T09:30:00"),
    "ProofTime": ("2026-05-01T09:30:00Z",),
    "Date": ("2026-02-28", "1900-01-01"),
    "Float": (3, 2.5, 0, -1e-9),
    "Boolean": (True, False),
    "CountryCode": ("ES",),
    "LanguageCode": ("es", "en-GB", "zh-Hant", "es-419", "zh-Hant-TW"),
    "CompactJws": ("eyJh.eyJi.c2ln", "a..c"),
    **{name: (*names.split(), "ext:own", "ext:a.b-c_1") for name, names in _EXTENSIBLE.items()},
    **{name: tuple(names.split()) for name, names in _FIXED.items()},
    "AnyObject": ({}, {"a": [1, 2.0, None]}),
}
BAD: dict[str, tuple[JSONValue, ...]] = {
    **dict.fromkeys(GOOD, _NOT_TEXT),
    **dict.fromkeys(["URI", "URL"], (*_NOT_TEXT, "", "example.edu/1", "/1", "https://example.edu/a b", "urn:")),
    "DateTimeZ": (
        *_NOT_TEXT,
        "2026-05-01T09:30:00",
        "2026-05-01",
        "2026-02-30T09:30:00Z",
        "2026-05-01 09:30:00Z",
        "2026-05-01t09:30:00z",
        "2026-05-01T09:30Z",
        "2026-05-01T24:00:01Z",
        "20260501T093000Z",
        "now",
        "",
    ),
    "DateTime": (*_NOT_TEXT, "2026-05-01", "2026-05-01T25:00:00", ""),
    "Date": (*_NOT_TEXT, "2026-02-30", "2026-5-1", "20260501", "2026-W01-1", "2026-05-01T00:00:00Z", ""),
    "Float": ("3", "", True, {"a": 1}, [[1]]),
    "Boolean": ("true", 1, 0, {"a": True}, [[True]]),
    "CountryCode": (*_NOT_TEXT, "es", "ESP", "Spain", ""),
    "LanguageCode": (*_NOT_TEXT, "EN", "english", "en_GB", "en-gb", ""),
    "CompactJws": (*_NOT_TEXT, "a.b", "a.b.c.d", "a b.c.d", ".b.c", "a.b.", ""),
    **dict.fromkeys(_EXTENSIBLE, (*_NOT_TEXT, "bogus", "", "ext:", "xx ext:a", "ext:a b")),
    **dict.fromkeys(_FIXED, (*_NOT_TEXT, "bogus", "", "ext:own")),
    "AnyObject": _NOT_OBJECT,
    "ProfileRef": (3, 2.5, True, "not a URL"),
}
# The names that the type of a class must include.
TYPES: dict[str, tuple[str, ...]] = {
    "AchievementCredential": ("VerifiableCredential", "AchievementCredential"),
    "AchievementCredentialV1p1": ("VerifiableCredential", "AchievementCredential"),
    "EndorsementCredential": ("VerifiableCredential", "EndorsementCredential"),
    "EndorsementCredentialV1p1": ("VerifiableCredential", "EndorsementCredential"),
    "ClrCredential": ("VerifiableCredential", "ClrCredential"),
    **dict.fromkeys(["CredentialSchema", "CredentialStatus", "RefreshService", "TermsOfUse", "Proof"], ()),
}
CONTEXTS: dict[str, tuple[str, ...]] = {
    "VerifiableCredential": (CREDENTIALS_V2,),
    "AchievementCredential": (CREDENTIALS_V2, OPEN_BADGES_CONTEXT),
    "EndorsementCredential": (CREDENTIALS_V2, OPEN_BADGES_CONTEXT),
    "AchievementCredentialV1p1": (CREDENTIALS_V1, OPEN_BADGES_CONTEXT),
    "EndorsementCredentialV1p1": (CREDENTIALS_V1, OPEN_BADGES_CONTEXT),
    "ClrCredential": (CREDENTIALS_V2, models.CLR_CONTEXT, OPEN_BADGES_CONTEXT),
}


def types_of(owner: str) -> list[str]:
    return list(TYPES.get(owner, (owner,))) or ["https://example.edu/types#Own"]


def minimal(owner: str) -> JSONObject:
    """Return the smallest object of a class, on the wire."""
    found: JSONObject = {
        member.name: [good(member)[0]] if member.array else good(member)[0]
        for member in members_of(owner)
        if member.required and member.kind not in ("IRI", "Context")
    }
    for member in members_of(owner):
        if member.kind == "IRI":
            names = types_of(owner)
            found["type"] = [*names] if member.array else names[0]
        elif member.kind == "Context":
            found["@context"] = list(CONTEXTS[owner])
    if owner in ("AchievementSubject", "ClrSubject", "CredentialSubject"):
        found["id"] = "did:example:learner"
    if owner == "Criteria":
        found["narrative"] = "Pass."
    if owner == "VerifiableCredential":
        found |= {"id": "urn:uuid:1", "issuer": {"id": "https://example.edu/issuers/1"}}
    return found


def good(member: Member) -> tuple[JSONValue, ...]:
    """Return values that are right for one element of a member."""
    if member.kind == "ProfileRef":
        return (
            ({"id": "https://example.edu/issuers/1"},)
            if member.owner == "VerifiableCredential"
            else (minimal("Profile"),)
        )
    return GOOD[member.kind] if member.kind in GOOD else (minimal(member.kind),)


def bad(member: Member) -> tuple[JSONValue, ...]:
    """Return values that are wrong for one element of a member."""
    if member.kind in BAD:
        return BAD[member.kind]
    # In place of an image, Python takes its URL; the wire does not.
    return tuple(value for value in _NOT_OBJECT if value != "text" or member.kind not in ("Image", "Criteria"))


CHECKED = [member for member in MEMBERS if member.kind not in ("IRI", "Context")]
FRESH = {(owner, "id") for owner in ("AchievementCredential", "EndorsementCredential", "ClrCredential")} | {
    ("OpenApiOAuth2SecurityScheme", "type")
}


def build(owner: str, members: JSONObject) -> models.Model:
    """Build an object as a caller does."""
    return cast("Callable[..., models.Model]", model_named(owner))(**members)


def names(places: set[Path]) -> set[str | int]:
    """Return the members that places are in."""
    return {place[0] for place in places if place}


def refusal(owner: str, members: JSONObject) -> set[Path]:
    """Return the places that the ValidationError names, which building must raise."""
    with pytest.raises(ValidationError) as caught:
        build(owner, members)
    return {error["loc"] for error in caught.value.errors()}


def judged(owner: str, members: JSONObject) -> set[Path]:
    """Return the places that judging the members on the wire names; none when they are fine."""
    try:
        model_named(owner).model_validate(members, context=JUDGE)
    except ValidationError as error:
        return {item["loc"] for item in error.errors()}
    return set()


# The classes of the standard, member by member


def field_of(member: Member) -> FieldInfo:
    build(member.owner, minimal(member.owner))  # models are made ready with their first use
    fields = model_named(member.owner).model_fields
    found = [field for name, field in fields.items() if (field.alias or wire_name(name)) == member.name]
    assert len(found) == 1, f"{member} is no field"
    return found[0]


def plain(annotation: object) -> Iterator[object]:
    """Return the types of an annotation, without None and metadata."""
    if get_origin(annotation) is Annotated:
        yield from plain(get_args(annotation)[0])
    elif get_origin(annotation) in (Union, UnionType):
        for item in get_args(annotation):
            yield from plain(item)
    elif annotation is not type(None):
        yield annotation


@pytest.mark.parametrize("member", MEMBERS, ids=by_name)
def test_each_member_of_the_standard_is_a_field(member: Member) -> None:
    field = field_of(member)
    assert (type(None) in get_args(field.annotation)) is not member.required
    if member.array or member.kind == "IRI":
        assert all(get_origin(item) is list for item in plain(field.annotation))


@pytest.mark.parametrize("owner", SPECIFICATION)
def test_closed_classes_are_closed_and_open_ones_open(owner: str) -> None:
    closed = SPECIFICATION[owner].startswith("closed")
    members: JSONObject = {**minimal(owner), "extra": 1}
    assert model_named(owner).closed is closed
    if closed:
        assert refusal(owner, members) == {("extra",)}
        assert judged(owner, members) == {("extra",)}
    else:
        assert build(owner, members).model_dump()["extra"] == 1
        assert judged(owner, members) == set()
    read = model_named(owner).model_validate(members, context=READ)
    assert identical(read.model_dump(), members)


@pytest.mark.parametrize("owner", SPECIFICATION)
def test_the_smallest_object_is_built_judged_and_written_as_it_is(owner: str) -> None:
    members = minimal(owner)
    assert identical(build(owner, members).model_dump(), members)
    assert judged(owner, members) == set()
    assert identical(model_named(owner).model_validate(members, context=READ).model_dump(), members)


@pytest.mark.parametrize("member", [item for item in CHECKED if item.required], ids=by_name)
def test_a_required_member_must_be_there(member: Member) -> None:
    members = minimal(member.owner)
    del members[member.name]
    assert judged(member.owner, members) == {(member.name,)}
    if (member.owner, member.name) in FRESH:
        assert member.name in build(member.owner, members).model_dump()
    else:
        assert refusal(member.owner, members) == {(member.name,)}
    members[member.name] = None
    assert names(refusal(member.owner, members)) == {member.name}
    assert names(judged(member.owner, members)) == {member.name}


@pytest.mark.parametrize("member", [item for item in CHECKED if not item.required], ids=by_name)
def test_an_optional_member_may_be_absent_and_none_is_left_out(member: Member) -> None:
    members = minimal(member.owner)
    if member.name in members:  # one of several, of which at least one must be there
        return
    assert identical(build(member.owner, {**members, member.name: None}).model_dump(), members)
    assert judged(member.owner, {**members, member.name: None}) == {(member.name,)}


@pytest.mark.parametrize("member", CHECKED, ids=by_name)
def test_right_values_are_taken_and_written_in_the_form_of_the_standard(member: Member) -> None:
    for value in good(member):
        expected: JSONObject = {**minimal(member.owner), member.name: [value] if member.array else value}
        assert judged(member.owner, expected) == set()
        assert identical(build(member.owner, expected).model_dump(), expected)


@pytest.mark.parametrize("member", [item for item in CHECKED if item.array], ids=by_name)
def test_lone_values_are_written_as_arrays(member: Member) -> None:
    value = good(member)[0]
    expected: JSONObject = {**minimal(member.owner), member.name: [value]}
    assert identical(build(member.owner, {**expected, member.name: value}).model_dump(), expected)
    # On the wire the compact form may have a lone value (App. A.2.1); it stays one.
    compact: JSONObject = {**expected, member.name: value}
    assert judged(member.owner, compact) == set()
    assert identical(model_named(member.owner).model_validate(compact, context=READ).model_dump(), compact)


@pytest.mark.parametrize("member", [item for item in CHECKED if item.array], ids=by_name)
def test_what_the_standard_requires_is_not_an_empty_array(member: Member) -> None:
    if not member.required:
        return
    members: JSONObject = {**minimal(member.owner), member.name: []}
    assert (member.name,) in refusal(member.owner, members)
    assert (member.name,) in judged(member.owner, members)


@pytest.mark.parametrize("member", [item for item in CHECKED if not item.array], ids=by_name)
def test_a_single_member_is_no_list(member: Member) -> None:
    value = good(member)[0]
    members: JSONObject = {**minimal(member.owner), member.name: [value, value]}
    if (member.owner, member.name) in LISTS_READ:
        assert identical(build(member.owner, members).model_dump(), members)
        return
    assert names(refusal(member.owner, members)) == {member.name}
    assert names(judged(member.owner, members)) == {member.name}


@pytest.mark.parametrize("member", CHECKED, ids=by_name)
def test_wrong_values_are_refused(member: Member) -> None:
    for value in bad(member):
        members: JSONObject = {**minimal(member.owner), member.name: [value] if member.array else value}
        assert names(refusal(member.owner, members)) == {member.name}, value
        assert names(judged(member.owner, members)) == {member.name}, value


@pytest.mark.parametrize("member", [item for item in MEMBERS if item.kind == "IRI"], ids=by_name)
def test_types_are_right_by_default_and_must_include_the_name_of_the_class(member: Member) -> None:
    members = minimal(member.owner)
    required = TYPES.get(member.owner, (member.owner,))
    fresh = dict(members)
    del fresh["type"]
    assert judged(member.owner, fresh) == {("type",)}
    if required and not member.owner.endswith("V1p1"):
        assert identical(build(member.owner, fresh).model_dump(), members)
    wrong: list[JSONValue] = [3, "", [""], [], [*types_of(member.owner), ""], [*types_of(member.owner), 3], {}]
    if required:
        wrong += ["Bogus", ["Bogus"]]
    if len(required) == 2:
        wrong += [[required[0]], [required[1]], required[1]]
    for value in wrong:
        assert names(refusal(member.owner, {**members, "type": value})) == {"type"}, value
        assert names(judged(member.owner, {**members, "type": value})) == {"type"}, value
    if member.array:
        further: JSONObject = {**members, "type": [*types_of(member.owner), "https://example.edu/types#More"]}
        assert identical(build(member.owner, further).model_dump(), further)
        assert judged(member.owner, further) == set()


@pytest.mark.parametrize(
    "member",
    [item for item in MEMBERS if item.kind == "IRI" and not item.array and (item.owner, "type") not in LISTS_READ],
    ids=by_name,
)
def test_a_class_with_a_single_type_has_no_second_one(member: Member) -> None:
    members: JSONObject = {**minimal(member.owner), "type": [member.owner, "https://example.edu/types#More"]}
    assert names(refusal(member.owner, members)) == {"type"}
    assert names(judged(member.owner, members)) == {"type"}


@pytest.mark.parametrize("owner", CONTEXTS)
def test_contexts_are_right_by_default_and_their_order_counts(owner: str) -> None:
    members = minimal(owner)
    right: list[JSONValue] = list(CONTEXTS[owner])
    fresh = dict(members)
    del fresh["@context"]
    assert judged(owner, fresh) == {("@context",)}
    if not owner.endswith("V1p1"):
        assert build(owner, fresh).model_dump()["@context"] == right
    wrong: list[JSONValue] = [
        [],
        "https://example.edu/context",
        {},
        3,
        [{}, *right],
        ["https://example.edu/context", *right],
        [*right, 3],
        *([right[:-1], [*reversed(right)], right[0]] if len(right) > 1 else []),
    ]
    for value in wrong:
        assert names(refusal(owner, {**members, "@context": value})) == {"@context"}, value
        assert names(judged(owner, {**members, "@context": value})) == {"@context"}, value
    further: JSONObject = {**members, "@context": [*right, "https://example.edu/context", {"a": "https://b.example/"}]}
    assert identical(build(owner, further).model_dump(), further)
    assert judged(owner, further) == set()


@pytest.mark.parametrize(
    "version", ["context.json", "context-3.0.1.json", "context-3.0.2.json", "context/ob_v3p0.jsonld"]
)
def test_every_published_open_badges_context_may_stand_second(version: str) -> None:
    url = f"https://purl.imsglobal.org/spec/ob/v3p0/{version}"
    assert judge({**badge(), "@context": [CREDENTIALS_V2, url]}) == ()


@pytest.mark.parametrize(
    ("enumeration", "names"),
    [
        (models.AchievementType, _EXTENSIBLE["AchievementType"]),
        (models.AlignmentTargetType, _EXTENSIBLE["AlignmentTargetType"]),
        (models.IdentifierType, _EXTENSIBLE["IdentifierTypeEnum"]),
        (models.ResultType, _EXTENSIBLE["ResultType"]),
        (models.ResultStatus, _FIXED["ResultStatusType"]),
    ],
)
def test_enumerations_are_those_of_the_standard(enumeration: type[StrEnum], names: str) -> None:
    assert sorted(str(item) for item in enumeration) == sorted(names.split())


# The same through documents: what parse raises, and what judge lists


def _complete() -> JSONObject:
    return {
        **full_badge(),
        "credentialSchema": [minimal("CredentialSchema")],
        "credentialStatus": minimal("CredentialStatus"),
        "refreshService": minimal("RefreshService"),
        "proof": [minimal("Proof")],
    }


def _did_document() -> JSONObject:
    method: JSONObject = {"id": "#1", "type": "JsonWebKey", "publicKeyJwk": {"kty": "OKP", "crv": "Ed25519", "x": "AA"}}
    return {"id": "did:web:example.edu", "verificationMethod": [method]}


def _record() -> JSONObject:
    subject: JSONObject = {
        **minimal("ClrSubject"),
        "identifier": [minimal("IdentityObject")],
        "association": [minimal("Association")],
    }
    return {**minimal("ClrCredential"), "credentialSubject": subject}


_ACHIEVEMENT: Path = ("credentialSubject", "achievement")
_DESCRIPTION: Path = (*_ACHIEVEMENT, "resultDescription", 0)
# Where an object of each class stands in a document that ``parse`` reads.
HOMES: dict[str, tuple[Callable[[], JSONObject], Path]] = {
    "AchievementCredential": (_complete, ()),
    "EndorsementCredential": (full_endorsement, ()),
    "VerifiableCredential": (lambda: minimal("VerifiableCredential"), ()),
    "AchievementSubject": (_complete, ("credentialSubject",)),
    "EndorsementSubject": (full_endorsement, ("credentialSubject",)),
    "CredentialSubject": (lambda: minimal("VerifiableCredential"), ("credentialSubject",)),
    "Achievement": (_complete, _ACHIEVEMENT),
    "Criteria": (_complete, (*_ACHIEVEMENT, "criteria")),
    "Alignment": (_complete, (*_DESCRIPTION, "alignment", 0)),
    "Related": (_complete, (*_ACHIEVEMENT, "related", 0)),
    "ResultDescription": (_complete, _DESCRIPTION),
    "RubricCriterionLevel": (_complete, (*_DESCRIPTION, "rubricCriterionLevel", 0)),
    "Result": (_complete, ("credentialSubject", "result", 0)),
    "Evidence": (_complete, ("evidence", 0)),
    "Image": (_complete, ("issuer", "image")),
    "Profile": (_complete, ("issuer",)),
    "Address": (_complete, ("issuer", "address")),
    "GeoCoordinates": (_complete, ("issuer", "address", "geo")),
    "IdentifierEntry": (_complete, (*_ACHIEVEMENT, "otherIdentifier", 0)),
    "IdentityObject": (_complete, ("credentialSubject", "identifier", 0)),
    "CredentialSchema": (_complete, ("credentialSchema", 0)),
    "CredentialStatus": (_complete, ("credentialStatus",)),
    "RefreshService": (_complete, ("refreshService",)),
    "TermsOfUse": (_complete, ("termsOfUse", 0)),
    "Proof": (_complete, ("proof", 0)),
    "JWK": (_did_document, ("verificationMethod", 0, "publicKeyJwk")),
    "AchievementCredentialV1p1": (lambda: minimal("AchievementCredentialV1p1"), ()),
    "EndorsementCredentialV1p1": (lambda: minimal("EndorsementCredentialV1p1"), ()),
    "ClrCredential": (_record, ()),
    "ClrSubject": (_record, ("credentialSubject",)),
    "Association": (_record, ("credentialSubject", "association", 0)),
}
HOUSED = [member for member in CHECKED if member.owner in HOMES]


def pointers(document: JSONObject) -> set[str]:
    """Return where judge finds problems, after making sure that parse finds no others."""
    found = {problem.pointer for problem in judge(document)}
    try:
        assert identical(mc.parse(document).model_dump(), document)
    except DocumentError as error:
        assert {problem.pointer for problem in error.problems} <= found
    return found


@pytest.mark.parametrize("owner", HOMES)
def test_the_documents_of_these_tests_are_fine(owner: str) -> None:
    assert pointers(HOMES[owner][0]()) == set()


@pytest.mark.parametrize("member", [item for item in HOUSED if item.required], ids=by_name)
def test_a_missing_member_of_a_document_is_told_by_its_pointer(member: Member) -> None:
    make, home = HOMES[member.owner]
    document = make()
    place = (*home, member.name)
    assert pointers(without(document, place)) == {pointer(*place)}
    assert pointer(*place) in pointers(with_value(document, place, None))


@pytest.mark.parametrize("member", HOUSED, ids=by_name)
def test_a_wrong_member_of_a_document_is_told_by_its_pointer(member: Member) -> None:
    make, home = HOMES[member.owner]
    document = make()
    place = (*home, member.name)
    for value in bad(member):
        if isinstance(value, list | dict):
            continue
        assert pointers(with_value(document, place, value)) == {pointer(*place)}, value
        if member.array:
            assert pointers(with_value(document, place, [value])) == {pointer(*place, 0)}, value


@pytest.mark.parametrize("member", HOUSED, ids=by_name)
def test_a_null_member_of_a_document_is_told_by_its_pointer(member: Member) -> None:
    if member.required:
        return
    make, home = HOMES[member.owner]
    place = (*home, member.name)
    if member.name in minimal(member.owner):
        return
    assert pointers(with_value(make(), place, None)) == {pointer(*place)}


@pytest.mark.parametrize("owner", [owner for owner in HOMES if SPECIFICATION[owner].startswith("closed")])
def test_an_unknown_member_of_a_closed_class_is_read_and_told_by_its_pointer(owner: str) -> None:
    make, home = HOMES[owner]
    document = with_value(make(), (*home, "a/b~c"), 1)
    assert pointers(document) == {pointer(*home, "a/b~c")}
    assert identical(mc.parse(document).model_dump(), document)


def test_the_learner_must_be_told_by_an_id_or_an_identifier() -> None:
    document = full_badge()
    both = ("credentialSubject", "id"), ("credentialSubject", "identifier")
    assert pointers(without(document, both[0])) == set()
    assert pointers(without(document, both[1])) == set()
    assert pointers(without(without(document, both[0]), both[1])) == {"/credentialSubject"}
    assert pointers(with_value(without(document, both[0]), both[1], [])) == {"/credentialSubject"}
    subject = minimal("AchievementSubject")
    del subject["id"]
    assert refusal("AchievementSubject", subject) == {()}


@pytest.mark.parametrize("kind", ["1EdTechCredentialRefresh", ["1EdTechCredentialRefresh"]])
def test_a_refresh_service_of_open_badges_has_an_address(kind: JSONValue) -> None:
    assert refusal("RefreshService", {"type": kind}) == {("id",)}
    document: JSONObject = {**full_badge(), "refreshService": {"type": kind}}
    assert pointers(document) == {"/refreshService/id"}
    assert pointers(with_value(document, ("refreshService", "id"), "https://example.edu/1")) == set()


def test_criteria_are_text_or_a_page_or_both() -> None:
    assert refusal("Criteria", {}) == {()}
    assert pointers(with_value(full_badge(), (*_ACHIEVEMENT, "criteria"), {})) == {
        "/credentialSubject/achievement/criteria"
    }


def test_the_end_of_the_validity_must_not_be_before_its_start() -> None:
    dates = {"validFrom": "2026-05-01T09:30:00Z", "validUntil": "2026-05-01T11:29:59+02:00"}
    assert refusal("AchievementCredential", {**minimal("AchievementCredential"), **dates}) == {("validUntil",)}
    assert pointers({**full_badge(), **dates}) == {"/validUntil"}
    assert pointers({**full_badge(), **dates, "validUntil": "2026-05-01T11:30:00+02:00"}) == set()


def test_a_published_key_never_holds_its_private_half() -> None:
    assert refusal("JWK", {"kty": "OKP", "d": "AA"}) == {("d",)}
    place = ("verificationMethod", 0, "publicKeyJwk", "d")
    assert pointers(with_value(_did_document(), place, "AA")) == {pointer(*place)}


# Fresh objects


def fresh(**members: Any) -> mc.AchievementCredential:
    return mc.AchievementCredential(
        **{
            "issuer": mc.Profile(id="https://example.edu/issuers/1"),
            "valid_from": mc.now(),
            "credential_subject": mc.AchievementSubject(id="did:example:learner", achievement=achievement()),
            **members,
        }
    )


def achievement(**members: Any) -> mc.Achievement:
    return mc.Achievement(
        **{
            "id": "https://example.edu/achievements/1",
            "name": "Rust 101",
            "description": "A course.",
            "criteria": mc.Criteria(narrative="Pass."),
            **members,
        }
    )


def test_a_fresh_credential_is_right_by_default() -> None:
    credential = fresh()
    document = credential.model_dump()
    assert judge(document) == ()
    assert document["@context"] == [CREDENTIALS_V2, OPEN_BADGES_CONTEXT]
    assert document["type"] == ["VerifiableCredential", "AchievementCredential"]
    assert document["issuer"] == {"id": "https://example.edu/issuers/1", "type": ["Profile"]}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", document["validFrom"])
    assert uuid.UUID(document["id"].removeprefix("urn:uuid:")).version == 4


def test_fresh_objects_share_nothing() -> None:
    first, second = fresh(), fresh()
    assert first.id != second.id
    first.context.append("https://example.edu/context")
    first.type.append("More")
    assert second.context == [CREDENTIALS_V2, OPEN_BADGES_CONTEXT]
    assert second.type == ["VerifiableCredential", "AchievementCredential"]
    assert fresh().context == second.context


def test_building_does_not_take_over_what_the_caller_holds() -> None:
    extra = {"list": [1]}
    credential = mc.VerifiableCredential.model_validate(
        {"issuer": "did:example:i", "credentialSubject": {"id": "did:example:s", "own": extra}}
    )
    document = credential.model_dump()
    document["credentialSubject"]["own"]["list"].append(2)
    assert extra == {"list": [1]}
    assert credential.model_dump()["credentialSubject"]["own"] == {"list": [1]}


def test_now_is_in_whole_seconds_of_utc() -> None:
    moment = mc.now()
    assert moment.microsecond == 0
    assert moment.utcoffset() == timedelta(0)
    assert abs(datetime.now(UTC) - moment) < timedelta(seconds=5)


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 5, 1, 9, 30, tzinfo=UTC), "2026-05-01T09:30:00Z"),
        (datetime(2026, 5, 1, 9, 30, 59, 999_999, tzinfo=UTC), "2026-05-01T09:30:59Z"),
        (datetime(2026, 5, 1, 9, 30, tzinfo=models.DateTime.parse("2026-01-01T00:00:00+05:30").tzinfo), None),
        (mc.DateTime.parse("2026-05-01T09:30:00.500+00:00"), "2026-05-01T09:30:00.500+00:00"),
    ],
)
def test_a_datetime_is_cut_to_whole_seconds_and_text_stays(moment: datetime, text: str | None) -> None:
    credential = fresh(valid_from=moment)
    assert credential.model_dump()["validFrom"] == (text or "2026-05-01T09:30:00+05:30")
    assert isinstance(credential.valid_from, datetime)
    assert credential.valid_from.utcoffset() is not None


@pytest.mark.parametrize("member", ["valid_from", "valid_until", "awarded_date"])
def test_naive_datetimes_are_refused(member: str) -> None:
    with pytest.raises(ValidationError) as caught:
        fresh(**{member: datetime(2026, 5, 1)})  # noqa: DTZ001
    assert {error["loc"] for error in caught.value.errors()} == {(member,)}


@pytest.mark.parametrize("member", ["activity_start_date", "activity_end_date"])
def test_naive_datetimes_of_activities_are_refused(member: str) -> None:
    with pytest.raises(ValidationError) as caught:
        mc.AchievementSubject(
            id="did:example:learner",
            achievement=achievement(),
            **{member: datetime(2026, 5, 1)},  # type: ignore[arg-type]  # noqa: DTZ001
        )
    assert {error["loc"] for error in caught.value.errors()} == {(member,)}


@pytest.mark.parametrize(
    ("criteria", "expected"),
    [
        ("Pass the exam.", {"narrative": "Pass the exam."}),
        ("https://example.edu/criteria", {"id": "https://example.edu/criteria"}),
        ("See https://example.edu/criteria", {"narrative": "See https://example.edu/criteria"}),
        (mc.Criteria(id="https://example.edu/c", narrative="x"), {"id": "https://example.edu/c", "narrative": "x"}),
    ],
)
def test_criteria_may_be_given_as_text_or_web_address(criteria: object, expected: JSONObject) -> None:
    assert achievement(criteria=criteria).model_dump()["criteria"] == expected


@pytest.mark.parametrize("image", ["https://example.edu/i.png", "data:image/png;base64,iVBORw0KGgo="])
def test_an_image_may_be_given_as_its_url(image: str) -> None:
    expected = {"id": image, "type": "Image"}
    profile = mc.Profile(id="https://example.edu/1", image=cast("mc.Image", image))
    assert fresh(image=image).model_dump()["image"] == expected
    assert achievement(image=image).model_dump()["image"] == expected
    assert profile.model_dump()["image"] == expected
    subject = mc.AchievementSubject(id="did:example:s", achievement=achievement(), image=cast("mc.Image", image))
    assert subject.model_dump()["image"] == expected


def test_an_issuer_may_be_given_as_its_id_and_becomes_an_object() -> None:
    assert fresh(issuer="https://example.edu/1").model_dump()["issuer"] == {
        "id": "https://example.edu/1",
        "type": ["Profile"],
    }
    generic = mc.VerifiableCredential.model_validate({"issuer": "did:example:i", "credentialSubject": {"a": 1}})
    assert generic.model_dump()["issuer"] == {"id": "did:example:i"}
    presentation = mc.VerifiablePresentation.model_validate({"holder": "did:example:h"})
    assert presentation.model_dump() == {
        "@context": [CREDENTIALS_V2],
        "type": ["VerifiablePresentation"],
        "holder": {"id": "did:example:h"},
    }


@pytest.mark.parametrize("issuer", ["not a URL", "", "example.edu"])
def test_an_issuer_that_is_no_url_is_refused(issuer: str) -> None:
    with pytest.raises(ValidationError) as caught:
        fresh(issuer=issuer)
    assert {error["loc"] for error in caught.value.errors()} == {("issuer", "id")}


def test_members_may_be_given_by_their_python_or_their_wire_names() -> None:
    document = full_badge()
    by_wire = mc.AchievementCredential.model_validate(document)
    assert identical(by_wire.model_dump(), document)
    by_python = mc.Alignment(target_name="T", target_url="https://example.org/1")
    assert by_python == mc.Alignment.model_validate({"targetName": "T", "targetUrl": "https://example.org/1"})


def test_enumerations_are_written_as_text() -> None:
    document = achievement(achievement_type=mc.AchievementType.MICRO_CREDENTIAL).model_dump()
    assert type(mc.parse(document).model_dump()["achievementType"]) is str
    assert (
        '"achievementType":"MicroCredential"'
        in achievement(achievement_type=mc.AchievementType.MICRO_CREDENTIAL).model_dump_json()
    )


def test_dates_may_be_given_as_dates() -> None:
    profile = mc.Profile(id="https://example.edu/1", date_of_birth=datetime(2000, 2, 29, tzinfo=UTC).date())  # type: ignore[arg-type]
    assert profile.model_dump()["dateOfBirth"] == "2000-02-29"


def test_a_private_identity_is_hashed_with_a_fresh_salt() -> None:
    first, second = mc.IdentityObject.of("a@example.com"), mc.IdentityObject.of("a@example.com")
    assert first.salt != second.salt
    assert first.identity_hash != second.identity_hash
    assert first.identity_type == "emailAddress"
    assert "a@example.com" not in first.model_dump_json()
    assert re.fullmatch(r"sha256\$[0-9a-f]{64}", first.identity_hash)


def test_an_identity_is_hashed_as_the_standard_says() -> None:
    # §9.3; the vector of SPEC.md (h).
    identity = mc.IdentityObject.of("a@example.com", salt="Kosher")
    assert identity.model_dump() == {
        "type": "IdentityObject",
        "hashed": True,
        "identityHash": "sha256$b5809d8a92f8858436d7e6b87c12ebc0ae1eac4baecc2c0b913aee2c922ef399",
        "identityType": "emailAddress",
        "salt": "Kosher",
    }
    assert mc.IdentityObject.of("a@example.com", salt="").identity_hash == models.identity_hash("a@example.com")


def test_an_identity_in_plain_text_has_no_salt() -> None:
    assert mc.IdentityObject.of("Ada", mc.IdentifierType.NAME, hashed=False).model_dump() == {
        "type": "IdentityObject",
        "hashed": False,
        "identityHash": "Ada",
        "identityType": "name",
    }


@pytest.mark.parametrize("kind", ["bogus", ""])
def test_an_identity_of_an_unknown_kind_is_refused(kind: str) -> None:
    for hashed in (True, False):
        with pytest.raises(ValidationError) as caught:
            mc.IdentityObject.of("a@example.com", kind, hashed=hashed)
        assert {error["loc"] for error in caught.value.errors()} == {("identity_type",)}


def test_a_wrong_value_that_was_assigned_is_not_signed() -> None:
    credential = fresh(issuer=KEY.did)
    credential.credential_subject.achievement.name = 3  # type: ignore[assignment]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(DocumentError) as caught:
            mc.sign(credential, KEY)
    assert [problem.pointer for problem in caught.value.problems] == ["/credentialSubject/achievement/name"]


# Documentation


@pytest.mark.parametrize(
    ("owner", "name"),
    sorted(
        (model.__name__, name)
        for model in map(vars(models).get, models.__all__)
        if isinstance(model, type) and issubclass(model, models.Model)
        for name in model.model_fields
    ),
)
def test_every_field_has_an_attribute_docstring(owner: str, name: str) -> None:
    assert any(docstrings(model).get(name) for model in model_named(owner).__mro__ if issubclass(model, models.Model))


def docstrings(model: type) -> dict[str, str]:
    """Return the text below each annotated attribute in the source of a class."""
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(model))).body
    assert isinstance(tree, ast.ClassDef)
    found: dict[str, str] = {}
    for field, below in itertools.pairwise(tree.body):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(below, ast.Expr):
            text = ast.literal_eval(below.value)
            found[field.target.id] = text.strip() if isinstance(text, str) else ""
    return found
