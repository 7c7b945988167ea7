"""The derived types of the standards: URIs, date-times that keep their spelling, codes, enumerations.

Open Badges 3.0 §B.7 and §B.8; Verifiable Credentials Data Model 2.0 §4.9 (XML Schema dateTimeStamp).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, PlainValidator, Strict, StrictBool, ValidationInfo

from microcred.models._base import Mode, mode_of, problem
from microcred.models._fields import strict
from microcred.models._moments import DateTime, now
from microcred.models._wire import LEXICAL

__all__ = [
    "URI",
    "AchievementType",
    "AlignmentTargetType",
    "Bool",
    "CompactJWS",
    "CountryCode",
    "DataURL",
    "Date",
    "DateTime",
    "DateTimeLocal",
    "DateTimeZ",
    "IdentifierType",
    "LanguageCode",
    "Number",
    "ResultStatus",
    "ResultType",
    "URIText",
    "extensible",
    "is_absolute_iri",
    "now",
    "one_of",
]

_IRI = re.compile(r'[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>"{}|\\^`\x7f]+')


def is_absolute_iri(text: str) -> bool:
    """Tell whether text is an absolute IRI: a scheme, and no characters that RFC 3987 forbids."""
    return _IRI.fullmatch(text) is not None


def _moment(value: object, info: ValidationInfo, *, zone_required: bool) -> DateTime:
    mode = mode_of(info)
    try:
        if isinstance(value, str):
            moment = DateTime.parse(value, tolerant=mode is Mode.READ)
        elif isinstance(value, datetime) and mode is Mode.BUILD:
            moment = DateTime.of(value)
        else:
            raise ValueError("must be a date and time as text, such as 2026-05-01T09:30:00Z")
    except ValueError as error:
        raise problem(str(error)) from None
    if zone_required and moment.tzinfo is None and mode is not Mode.READ:
        raise problem("needs a time zone, such as the Z in 2026-05-01T09:30:00Z")
    return moment


def _moment_z(value: object, info: ValidationInfo) -> DateTime:
    return _moment(value, info, zone_required=True)


def _moment_local(value: object, info: ValidationInfo) -> DateTime:
    return _moment(value, info, zone_required=False)


DateTimeZ = Annotated[datetime, PlainValidator(_moment_z), LEXICAL]
"""A date and time with a time zone: an xsd:dateTimeStamp, kept as it was written."""
DateTimeLocal = Annotated[datetime, PlainValidator(_moment_local), LEXICAL]
"""A date and time, with or without a time zone: an xsd:dateTime, kept as it was written."""


def _number(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise problem("must be a number, without quotes")
    return value


Number = Annotated[int | float, BeforeValidator(_number)]
"""A JSON number; integers and fractions are kept apart."""
Bool = StrictBool
"""``true`` or ``false``."""


def _uri(value: str, info: ValidationInfo) -> str:
    if _IRI.fullmatch(value) is None and mode_of(info) is not Mode.READ:
        raise problem("must be a full URL or URN, such as https://example.edu/1")
    return value


URI = Annotated[str, Strict(), AfterValidator(_uri)]
"""An absolute URI: a URL, DID or URN."""
URIText = Annotated[str, Strict()]
"""A URI that the official schema leaves unchecked."""
DataURL = Annotated[
    str,
    Strict(),
    strict(
        lambda text: (
            None
            if text[:5].lower() == "data:" and "," in text
            else "must be a data: URL, such as data:application/vc+jwt,…"
        )
    ),
]
"""A ``data:`` URL (RFC 2397); what it holds is not looked at."""
CompactJWS = Annotated[
    str,
    Strict(),
    strict(
        lambda text: (
            None
            if re.fullmatch(r"[a-zA-Z0-9_-]+\.[a-zA-Z0-9_-]*\.[a-zA-Z0-9_-]+", text)
            else "must be a compact JWS: three base64url parts with dots between"
        )
    ),
]
"""A credential as a signed JWT."""


def _iso_date(value: object) -> object:
    return value.isoformat() if isinstance(value, date) and not isinstance(value, datetime) else value


def _is_date(text: str) -> str | None:
    message = "must be a date such as 2026-05-01"
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
        return message
    try:
        date.fromisoformat(text)
    except ValueError:
        return message
    return None


Date = Annotated[str, BeforeValidator(_iso_date), Strict(), strict(_is_date)]
"""A calendar date, ``YYYY-MM-DD``."""
CountryCode = Annotated[
    str,
    Strict(),
    strict(lambda text: None if re.fullmatch("[A-Z]{2}", text) else "must be a two-letter country code such as ES"),
]
"""An ISO 3166-1 alpha-2 country code."""
LanguageCode = Annotated[
    str,
    Strict(),
    strict(
        lambda text: (
            None
            if re.fullmatch(r"[a-z]{2,4}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?", text)
            else "must be a language code such as es, en-GB or zh-Hant"
        )
    ),
]
"""A BCP 47 language code, in the forms that the standard's schema allows."""


def one_of(names: Iterable[str]) -> Callable[[str], str | None]:
    """Make the rule that text is one of some names."""
    allowed = frozenset(str(name) for name in names)
    return lambda text: None if text in allowed else f"must be one of {', '.join(sorted(allowed))}"


def extensible(names: Iterable[str]) -> Callable[[str], str | None]:
    """Make the rule that text is one of some names, or an extension term that starts with ``ext:`` (§B.8)."""
    allowed = {str(name): None for name in names}
    extension = re.compile(r"ext:[A-Za-z0-9._|-]+")

    def check(text: str) -> str | None:
        if text in allowed or extension.fullmatch(text):
            return None
        close = difflib.get_close_matches(text[:80], allowed, n=3, cutoff=0.4) or list(allowed)[:3]
        return f"is not one of the standard's terms ({', '.join(close)} …); write a term of your own as ext:name"

    return check


class AchievementType(StrEnum):
    """What kind of achievement it is (§B.8.1); own terms start with ``ext:``."""

    ACHIEVEMENT = "Achievement"
    APPRENTICESHIP_CERTIFICATE = "ApprenticeshipCertificate"
    ASSESSMENT = "Assessment"
    ASSIGNMENT = "Assignment"
    ASSOCIATE_DEGREE = "AssociateDegree"
    AWARD = "Award"
    BADGE = "Badge"
    BACHELOR_DEGREE = "BachelorDegree"
    CERTIFICATE = "Certificate"
    CERTIFICATE_OF_COMPLETION = "CertificateOfCompletion"
    CERTIFICATION = "Certification"
    COMMUNITY_SERVICE = "CommunityService"
    COMPETENCY = "Competency"
    COURSE = "Course"
    CO_CURRICULAR = "CoCurricular"
    DEGREE = "Degree"
    DIPLOMA = "Diploma"
    DOCTORAL_DEGREE = "DoctoralDegree"
    FIELDWORK = "Fieldwork"
    GENERAL_EDUCATION_DEVELOPMENT = "GeneralEducationDevelopment"
    JOURNEYMAN_CERTIFICATE = "JourneymanCertificate"
    LEARNING_PROGRAM = "LearningProgram"
    LICENSE = "License"
    MEMBERSHIP = "Membership"
    PROFESSIONAL_DOCTORATE = "ProfessionalDoctorate"
    QUALITY_ASSURANCE_CREDENTIAL = "QualityAssuranceCredential"
    MASTER_CERTIFICATE = "MasterCertificate"
    MASTER_DEGREE = "MasterDegree"
    MICRO_CREDENTIAL = "MicroCredential"
    RESEARCH_DOCTORATE = "ResearchDoctorate"
    SECONDARY_SCHOOL_DIPLOMA = "SecondarySchoolDiploma"


class AlignmentTargetType(StrEnum):
    """What an alignment points to (§B.8.2); own terms start with ``ext:``."""

    CEASN_COMPETENCY = "ceasn:Competency"
    CETERMS_CREDENTIAL = "ceterms:Credential"
    CF_ITEM = "CFItem"
    CF_RUBRIC = "CFRubric"
    CF_RUBRIC_CRITERION = "CFRubricCriterion"
    CF_RUBRIC_CRITERION_LEVEL = "CFRubricCriterionLevel"
    CTDL = "CTDL"


class IdentifierType(StrEnum):
    """What kind of identifier it is (§B.8.3); own terms start with ``ext:``."""

    NAME = "name"
    SOURCED_ID = "sourcedId"
    SYSTEM_ID = "systemId"
    PRODUCT_ID = "productId"
    USER_NAME = "userName"
    ACCOUNT_ID = "accountId"
    EMAIL_ADDRESS = "emailAddress"
    NATIONAL_IDENTITY_NUMBER = "nationalIdentityNumber"
    ISBN = "isbn"
    ISSN = "issn"
    LIS_SOURCED_ID = "lisSourcedId"
    ONE_ROSTER_SOURCED_ID = "oneRosterSourcedId"
    SIS_SOURCED_ID = "sisSourcedId"
    LTI_CONTEXT_ID = "ltiContextId"
    LTI_DEPLOYMENT_ID = "ltiDeploymentId"
    LTI_TOOL_ID = "ltiToolId"
    LTI_PLATFORM_ID = "ltiPlatformId"
    LTI_USER_ID = "ltiUserId"
    IDENTIFIER = "identifier"


class ResultType(StrEnum):
    """What kind of result it is (§B.8.4); own terms start with ``ext:``."""

    GRADE_POINT_AVERAGE = "GradePointAverage"
    LETTER_GRADE = "LetterGrade"
    PERCENT = "Percent"
    PERFORMANCE_LEVEL = "PerformanceLevel"
    PREDICTED_SCORE = "PredictedScore"
    RAW_SCORE = "RawScore"
    RESULT = "Result"
    RUBRIC_CRITERION = "RubricCriterion"
    RUBRIC_CRITERION_LEVEL = "RubricCriterionLevel"
    RUBRIC_SCORE = "RubricScore"
    SCALED_SCORE = "ScaledScore"
    STATUS = "Status"


class ResultStatus(StrEnum):
    """How far a learner got (§B.8.5); closed."""

    COMPLETED = "Completed"
    ENROLLED = "Enrolled"
    FAILED = "Failed"
    IN_PROGRESS = "InProgress"
    ON_HOLD = "OnHold"
    PROVISIONAL = "Provisional"
    WITHDREW = "Withdrew"
