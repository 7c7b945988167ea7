"""The credentials of Open Badges 3.0: §B.1.2 and §B.1.7, and their Data Model 1.1 flavour, §B.9."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Discriminator, Field, Strict, Tag, ValidationInfo

from microcred.models._base import Mode, mode_of, problem
from microcred.models._fields import Many, Types, types
from microcred.models._types import URI, CompactJWS, DateTimeZ
from microcred.models.achievement import AchievementSubject, Evidence
from microcred.models.credential import (
    CREDENTIALS_V1,
    CREDENTIALS_V2,
    Context,
    VerifiableCredential,
    VerifiableCredentialV1p1,
    context_rule,
    contexts,
    flavour,
    fresh_id,
)
from microcred.models.profile import ImageRef, ProfileRef
from microcred.models.support import CredentialSubject

__all__ = [
    "OPEN_BADGES_CONTEXT",
    "AchievementCredential",
    "AchievementCredentialV1p1",
    "AnyEndorsement",
    "EndorsementCredential",
    "EndorsementCredentialV1p1",
    "EndorsementSubject",
    "OpenBadgeCredential",
]

OPEN_BADGES_CONTEXT = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
"""The Open Badges context that fresh credentials name."""

Text = Annotated[str, Strict()]
# The official validator takes every published version and the alias of 3.0.0 at this position.
_OPEN_BADGES_CONTEXTS = re.compile(
    r"https://purl\.imsglobal\.org/spec/ob/v3p0/(context(-3\.\d+\.\d+)?\.json|context/ob_v3p0\.jsonld)"
)


def ob_context_rule(index: int) -> AfterValidator:
    """Make the rule that an Open Badges context stands at a place in ``@context``."""

    def validate(value: list[object], info: ValidationInfo) -> list[object]:
        if mode_of(info) is not Mode.READ:
            entry = value[index] if index < len(value) else None
            if not isinstance(entry, str) or not _OPEN_BADGES_CONTEXTS.fullmatch(entry):
                raise problem(
                    f"entry {index} must be the Open Badges context, “{OPEN_BADGES_CONTEXT}”; the order counts"
                )
        return value

    return AfterValidator(validate)


def _badge_type(value: list[str], info: ValidationInfo) -> list[str]:
    if mode_of(info) is not Mode.READ and not {"AchievementCredential", "OpenBadgeCredential"} & set(value):
        raise problem("must include “AchievementCredential” or “OpenBadgeCredential”")
    return value


_BadgeTypes = Annotated[Types, AfterValidator(_badge_type)]


class AchievementCredential(VerifiableCredential):
    """An Open Badge (§B.1.2): an issuer says that a learner achieved something."""

    context: Annotated[Context, context_rule(CREDENTIALS_V2), ob_context_rule(1)] = Field(
        default_factory=lambda: contexts(CREDENTIALS_V2, OPEN_BADGES_CONTEXT)
    )
    """JSON-LD contexts: the Data Model's, then Open Badges', then others."""
    id: URI = Field(default_factory=fresh_id)
    """A URI of its own; a fresh credential gets a ``urn:uuid:``."""
    type: _BadgeTypes = types("VerifiableCredential", "AchievementCredential", needed=("VerifiableCredential",))
    """Includes ``VerifiableCredential`` and ``AchievementCredential`` or its alias ``OpenBadgeCredential``."""
    name: Text | None = None
    """A name to show."""
    description: Text | None = None
    """A description to show."""
    image: ImageRef | None = None
    """The picture of the credential; in Python also just its URL."""
    issuer: ProfileRef
    """Who says it; in Python also just the id."""
    valid_from: DateTimeZ
    """From when it is valid; a datetime is cut to whole seconds."""
    awarded_date: DateTimeZ | None = None
    """When it was awarded, if that was before ``valid_from``."""
    credential_subject: AchievementSubject
    """Who earned which achievement."""
    evidence: Many[Evidence] | None = None  # type: ignore[assignment]  # a list of a subclass
    """Work that shows the achievement."""
    endorsement: Many[AnyEndorsement] | None = None
    """Endorsements of this credential, with embedded proofs."""
    endorsement_jwt: Many[CompactJWS] | None = None
    """Endorsements of this credential, as JWTs."""


OpenBadgeCredential = AchievementCredential
"""The standard's other name for an AchievementCredential."""


class EndorsementSubject(CredentialSubject):
    """What is endorsed (§B.1.8)."""

    id: URI
    """The id of the person, organisation, credential or achievement."""
    type: Types = types("EndorsementSubject")
    """Includes ``EndorsementSubject``."""
    endorsement_comment: Text | None = None
    """The endorsement in words, Markdown."""


class EndorsementCredential(VerifiableCredential):
    """Somebody vouches for an issuer, an achievement or a credential (§B.1.7)."""

    context: Annotated[Context, context_rule(CREDENTIALS_V2), ob_context_rule(1)] = Field(
        default_factory=lambda: contexts(CREDENTIALS_V2, OPEN_BADGES_CONTEXT)
    )
    """JSON-LD contexts: the Data Model's, then Open Badges', then others."""
    id: URI = Field(default_factory=fresh_id)
    """A URI of its own; a fresh credential gets a ``urn:uuid:``."""
    type: Types = types("VerifiableCredential", "EndorsementCredential")
    """Includes ``VerifiableCredential`` and ``EndorsementCredential``."""
    name: Text
    """A name to show."""
    description: Text | None = None
    """A description to show."""
    issuer: ProfileRef
    """Who endorses; in Python also just the id."""
    valid_from: DateTimeZ
    """From when it is valid; a datetime is cut to whole seconds."""
    awarded_date: DateTimeZ | None = None
    """When it was awarded, if that was before ``valid_from``."""
    credential_subject: EndorsementSubject
    """What is endorsed, and in which words."""
    evidence: Many[Evidence] | None = None  # type: ignore[assignment]  # a list of a subclass
    """Work that shows the achievement."""


class AchievementCredentialV1p1(VerifiableCredentialV1p1):
    """An Open Badge of the Data Model 1.1: read and verified, never issued (§B.9)."""

    context: Annotated[Context, context_rule(CREDENTIALS_V1), ob_context_rule(1)]
    """JSON-LD contexts: the Data Model's, then Open Badges', then others."""
    id: URI
    """A URI of its own."""
    type: _BadgeTypes = types("VerifiableCredential", "AchievementCredential", needed=("VerifiableCredential",))
    """Includes ``VerifiableCredential`` and ``AchievementCredential`` or its alias ``OpenBadgeCredential``."""
    name: Text | None = None
    """A name to show; the standard requires it, most issuers left it out."""
    description: Text | None = None
    """A description to show."""
    image: ImageRef | None = None
    """The picture of the credential."""
    issuer: ProfileRef
    """Who says it."""
    awarded_date: DateTimeZ | None = None
    """When it was awarded."""
    credential_subject: AchievementSubject
    """Who earned which achievement."""
    evidence: Many[Evidence] | None = None  # type: ignore[assignment]  # a list of a subclass
    """Work that shows the achievement."""
    endorsement: Many[AnyEndorsement] | None = None
    """Endorsements of this credential, with embedded proofs."""
    endorsement_jwt: Many[CompactJWS] | None = None
    """Endorsements of this credential, as JWTs."""


class EndorsementCredentialV1p1(VerifiableCredentialV1p1):
    """An endorsement of the Data Model 1.1: read and verified, never issued (§B.9)."""

    context: Annotated[Context, context_rule(CREDENTIALS_V1), ob_context_rule(1)]
    """JSON-LD contexts: the Data Model's, then Open Badges', then others."""
    id: URI
    """A URI of its own."""
    type: Types = types("VerifiableCredential", "EndorsementCredential")
    """Includes ``VerifiableCredential`` and ``EndorsementCredential``."""
    name: Text
    """A name to show."""
    description: Text | None = None
    """A description to show."""
    issuer: ProfileRef
    """Who endorses."""
    awarded_date: DateTimeZ | None = None
    """When it was awarded."""
    credential_subject: EndorsementSubject
    """What is endorsed, and in which words."""
    evidence: Many[Evidence] | None = None  # type: ignore[assignment]  # a list of a subclass
    """Work that shows the achievement."""


AnyEndorsement = Annotated[
    Annotated[EndorsementCredential, Tag("‹2.0›")] | Annotated[EndorsementCredentialV1p1, Tag("‹1.1›")],
    Discriminator(flavour),
]
"""An endorsement of either Data Model; its first context decides."""
