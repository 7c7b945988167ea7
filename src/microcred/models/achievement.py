"""What is achieved, how, and with which result: Open Badges 3.0 §B.1.1, §B.1.3, §B.1.5 to §B.1.9, §B.1.15 to .18."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import BeforeValidator, Strict, ValidationInfo

from microcred.models._base import Members, Mode, Model, Rule, mode_of
from microcred.models._fields import Many, Types, strict, types
from microcred.models._types import (
    URI,
    AchievementType,
    AlignmentTargetType,
    CompactJWS,
    DateTimeLocal,
    LanguageCode,
    Number,
    ResultStatus,
    ResultType,
    extensible,
    one_of,
)
from microcred.models.profile import IdentifierEntry, IdentityObject, ImageRef, Profile
from microcred.models.support import CredentialEvidence, CredentialSubject

if TYPE_CHECKING:
    from microcred.models.open_badges import AnyEndorsement

__all__ = [
    "Achievement",
    "AchievementSubject",
    "Alignment",
    "Criteria",
    "CriteriaRef",
    "Evidence",
    "Related",
    "Result",
    "ResultDescription",
    "RubricCriterionLevel",
]

Text = Annotated[str, Strict()]


class Criteria(Model):
    """What one must do to earn the achievement (§B.1.6)."""

    id: URI | None = None
    """A web page that describes the criteria."""
    narrative: Text | None = None
    """The criteria in Markdown."""

    @classmethod
    def rules(cls, members: Members) -> Iterable[Rule]:
        """Return the broken rules that concern several members."""
        if members["id"] is None and members["narrative"] is None:
            yield (), "needs a narrative (the text) or an id (the web page), or both"


def _criteria(value: object, info: ValidationInfo) -> object:
    if isinstance(value, str) and mode_of(info) is Mode.BUILD:
        # A web address is the page that describes the criteria; anything else is their text.
        return {"id": value} if re.fullmatch(r"https?://\S+", value) else {"narrative": value}
    return value


CriteriaRef = Annotated[Criteria, BeforeValidator(_criteria)]
"""Criteria, or in Python just their text or their web address."""


class Alignment(Model):
    """A link to a framework of skills or standards (§B.1.5)."""

    type: Types = types("Alignment")
    """Includes ``Alignment``."""
    target_code: Text | None = None
    """The code of the target in its framework."""
    target_description: Text | None = None
    """What the target is about."""
    target_name: Text
    """The name of the target."""
    target_framework: Text | None = None
    """The name of the framework."""
    target_type: Annotated[str, Strict(), strict(extensible(AlignmentTargetType))] | None = None
    """An ``AlignmentTargetType``, or an own term that starts with ``ext:``."""
    target_url: URI
    """The URL of the target."""


class Related(Model):
    """Another edition or version of the achievement (§B.1.15)."""

    id: URI
    """The id of the related achievement."""
    type: Types = types("Related")
    """Includes ``Related``."""
    in_language: LanguageCode | None = None
    """The language of the related achievement."""
    version: Text | None = None
    """The version of the related achievement."""


class RubricCriterionLevel(Model):
    """One level of a rubric (§B.1.18)."""

    id: URI
    """A URI of its own, for ``required_level`` and ``achieved_level`` to name."""
    type: Types = types("RubricCriterionLevel")
    """Includes ``RubricCriterionLevel``."""
    alignment: Many[Alignment] | None = None
    """Links to frameworks."""
    description: Text | None = None
    """What the level means."""
    level: Text | None = None
    """The level's place, such as ``Mastered``."""
    name: Text
    """The name of the level."""
    points: Text | None = None
    """The points for the level, as text."""


class ResultDescription(Model):
    """A result that a learner can reach (§B.1.17)."""

    id: URI
    """A URI of its own, for ``Result.result_description`` to name."""
    type: Types = types("ResultDescription")
    """Includes ``ResultDescription``."""
    alignment: Many[Alignment] | None = None
    """Links to frameworks."""
    allowed_value: Many[Text] | None = None
    """The possible values, from low to high: the order counts."""
    name: Text
    """The name of the result."""
    required_level: URI | None = None
    """The id of the rubric level that must be reached."""
    required_value: Text | None = None
    """The value that must be reached."""
    result_type: Annotated[str, Strict(), strict(extensible(ResultType))]
    """A ``ResultType``, or an own term that starts with ``ext:``."""
    rubric_criterion_level: Many[RubricCriterionLevel] | None = None
    """The levels of the rubric, from low to high: the order counts."""
    value_max: Text | None = None
    """The largest possible value, as text."""
    value_min: Text | None = None
    """The smallest possible value, as text."""


class Result(Model):
    """What a learner reached (§B.1.16)."""

    type: Types = types("Result")
    """Includes ``Result``."""
    achieved_level: URI | None = None
    """The id of the rubric level that was reached."""
    alignment: Many[Alignment] | None = None
    """Links to frameworks."""
    result_description: URI | None = None
    """The id of the achievement's result description."""
    status: Annotated[str, Strict(), strict(one_of(ResultStatus))] | None = None
    """A ``ResultStatus``."""
    value: Text | None = None
    """The value that was reached, as text."""


class Evidence(CredentialEvidence):
    """Work that shows the achievement (§B.1.9)."""

    type: Types = types("Evidence")
    """Includes ``Evidence``."""
    narrative: Text | None = None
    """The evidence in words, Markdown."""
    name: Text | None = None
    """A title."""
    description: Text | None = None
    """A longer description."""
    genre: Text | None = None
    """What kind of evidence it is, such as Prose or Film."""
    audience: Text | None = None
    """For whom it is meant."""


class Achievement(Model):
    """What can be earned (§B.1.1): a course, a competency, a degree."""

    repeats: ClassVar[bool] = True

    id: URI
    """A URI of its own: an https URL, or a ``urn:uuid:``."""
    type: Types = types("Achievement")
    """Includes ``Achievement``."""
    alignment: Many[Alignment] | None = None
    """Links to frameworks of skills and standards."""
    achievement_type: Annotated[str, Strict(), strict(extensible(AchievementType))] | None = None
    """An ``AchievementType``, or an own term that starts with ``ext:``."""
    creator: Profile | None = None
    """Who made the achievement; it says nothing about who may award it."""
    credits_available: Number | None = None
    """Credit hours or points that it is worth."""
    criteria: CriteriaRef
    """What one must do to earn it; in Python also just the text or the web address."""
    description: Text
    """A short description."""
    endorsement: Many[AnyEndorsement] | None = None
    """Endorsements of this achievement, with embedded proofs."""
    endorsement_jwt: Many[CompactJWS] | None = None
    """Endorsements of this achievement, as JWTs."""
    field_of_study: Text | None = None
    """The subject or field."""
    human_code: Text | None = None
    """The code that people use, such as a course number."""
    image: ImageRef | None = None
    """The badge's picture, without a credential in it; in Python also just its URL."""
    in_language: LanguageCode | None = None
    """The language of the texts."""
    name: Text
    """The name of the achievement."""
    other_identifier: Many[IdentifierEntry] | None = None
    """Identifiers in other systems."""
    related: Many[Related] | None = None
    """Other editions and versions."""
    result_description: Many[ResultDescription] | None = None
    """The results that can be reached."""
    specialization: Text | None = None
    """The specialisation within the field."""
    tag: Many[Text] | None = None
    """Keywords."""
    version: Text | None = None
    """The version of the achievement."""


class AchievementSubject(CredentialSubject):
    """Who earned which achievement (§B.1.3)."""

    id: URI | None = None
    """The learner's DID or other URI. It or ``identifier`` must be there."""
    type: Types = types("AchievementSubject")
    """Includes ``AchievementSubject``."""
    activity_end_date: DateTimeLocal | None = None
    """When the activity ended."""
    activity_start_date: DateTimeLocal | None = None
    """When the activity started."""
    credits_earned: Number | None = None
    """Credit hours or points that were earned."""
    achievement: Achievement
    """What was earned."""
    identifier: Many[IdentityObject] | None = None
    """Who the learner is, in plain text or hashed. It or ``id`` must be there."""
    image: ImageRef | None = None
    """The learner's own badge picture."""
    license_number: Text | None = None
    """The number of the licence that was granted."""
    narrative: Text | None = None
    """How it was earned, in Markdown."""
    result: Many[Result] | None = None
    """The results that were reached."""
    role: Text | None = None
    """The learner's role in the activity."""
    source: Profile | None = None
    """The organisation where it was earned, if not the issuer."""
    term: Text | None = None
    """The academic term."""

    @classmethod
    def rules(cls, members: Members) -> Iterable[Rule]:
        """Return the broken rules that concern several members."""
        if not members["id"] and not members["identifier"]:
            yield (), "must say who the learner is: an id (a DID or URL), or an identifier such as an e-mail address"
        achievement = members["achievement"]
        if isinstance(achievement, list | tuple):
            yield ("achievement",), "must be one achievement, not a list"
