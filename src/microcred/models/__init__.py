"""Pure data: what the standards call classes, as Pydantic models.

Calling a class builds a fresh object and is strict. ``microcred.parse`` reads what others wrote: tolerant and lossless.
The Python names are the JSON names in snake_case; ``model_dump`` and ``model_dump_json`` give the wire form.
"""

from __future__ import annotations

from microcred.models import achievement, clr, profile
from microcred.models._base import JUDGE, READ, Model
from microcred.models._types import (
    AchievementType,
    AlignmentTargetType,
    DateTime,
    IdentifierType,
    ResultStatus,
    ResultType,
    is_absolute_iri,
    now,
)
from microcred.models.achievement import (
    Achievement,
    AchievementSubject,
    Alignment,
    Criteria,
    Evidence,
    Related,
    Result,
    ResultDescription,
    RubricCriterionLevel,
)
from microcred.models.api import (
    GetOpenBadgeCredentialsResponse,
    ImsxCodeMinor,
    ImsxCodeMinorField,
    ImsxStatusInfo,
    OpenApiComponents,
    OpenApiInfo,
    OpenApiOAuth2SecurityScheme,
    OpenApiSecuritySchemes,
    ServiceDescriptionDocument,
)
from microcred.models.clr import CLR_CONTEXT, Association, ClrCredential, ClrSubject
from microcred.models.credential import (
    CREDENTIALS_V1,
    CREDENTIALS_V2,
    AnyCredential,
    EnvelopedVerifiableCredential,
    EnvelopedVerifiablePresentation,
    LanguageObject,
    VerifiableCredential,
    VerifiableCredentialV1p1,
    VerifiablePresentation,
)
from microcred.models.did import JWK, JWKS, DIDDocument, Service, VerificationMethod
from microcred.models.open_badges import (
    OPEN_BADGES_CONTEXT,
    AchievementCredential,
    AchievementCredentialV1p1,
    AnyEndorsement,
    EndorsementCredential,
    EndorsementCredentialV1p1,
    EndorsementSubject,
    OpenBadgeCredential,
)
from microcred.models.profile import (
    Address,
    GeoCoordinates,
    IdentifierEntry,
    IdentityObject,
    Image,
    Issuer,
    Profile,
    identity_hash,
)
from microcred.models.status_list import (
    BitstringStatusList,
    BitstringStatusListCredential,
    BitstringStatusListEntry,
)
from microcred.models.support import (
    CredentialEvidence,
    CredentialSchema,
    CredentialStatus,
    CredentialSubject,
    Proof,
    RefreshService,
    RelatedResource,
    TermsOfUse,
)

# Profiles and achievements carry endorsements, and endorsements are issued by profiles: the name that closes the circle
# is put where Pydantic looks for it when it builds a model with its first use.
for _module in (achievement, clr, profile):
    vars(_module)["AnyEndorsement"] = AnyEndorsement

__all__ = [
    "CLR_CONTEXT",
    "CREDENTIALS_V1",
    "CREDENTIALS_V2",
    "JUDGE",
    "JWK",
    "JWKS",
    "OPEN_BADGES_CONTEXT",
    "READ",
    "Achievement",
    "AchievementCredential",
    "AchievementCredentialV1p1",
    "AchievementSubject",
    "AchievementType",
    "Address",
    "Alignment",
    "AlignmentTargetType",
    "AnyCredential",
    "AnyEndorsement",
    "Association",
    "BitstringStatusList",
    "BitstringStatusListCredential",
    "BitstringStatusListEntry",
    "ClrCredential",
    "ClrSubject",
    "CredentialEvidence",
    "CredentialSchema",
    "CredentialStatus",
    "CredentialSubject",
    "Criteria",
    "DIDDocument",
    "DateTime",
    "EndorsementCredential",
    "EndorsementCredentialV1p1",
    "EndorsementSubject",
    "EnvelopedVerifiableCredential",
    "EnvelopedVerifiablePresentation",
    "Evidence",
    "GeoCoordinates",
    "GetOpenBadgeCredentialsResponse",
    "IdentifierEntry",
    "IdentifierType",
    "IdentityObject",
    "Image",
    "ImsxCodeMinor",
    "ImsxCodeMinorField",
    "ImsxStatusInfo",
    "Issuer",
    "LanguageObject",
    "Model",
    "OpenApiComponents",
    "OpenApiInfo",
    "OpenApiOAuth2SecurityScheme",
    "OpenApiSecuritySchemes",
    "OpenBadgeCredential",
    "Profile",
    "Proof",
    "RefreshService",
    "Related",
    "RelatedResource",
    "Result",
    "ResultDescription",
    "ResultStatus",
    "ResultType",
    "RubricCriterionLevel",
    "Service",
    "ServiceDescriptionDocument",
    "TermsOfUse",
    "VerifiableCredential",
    "VerifiableCredentialV1p1",
    "VerifiablePresentation",
    "VerificationMethod",
    "identity_hash",
    "is_absolute_iri",
    "now",
]
