"""The Comprehensive Learner Record 2.0: many credentials of one learner, signed together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import AfterValidator, Field, JsonValue, Strict, ValidationInfo

from microcred.models._base import Members, Mode, Model, Rule, mode_of, problem
from microcred.models._fields import AtLeastOne, LoneTypes, Many, Types, lone_types, strict, types
from microcred.models._types import URI, Bool, CompactJWS, DateTimeZ, one_of
from microcred.models.achievement import Achievement, Evidence
from microcred.models.credential import CREDENTIALS_V2, Context, VerifiableCredential, context_rule, contexts, fresh_id
from microcred.models.open_badges import OPEN_BADGES_CONTEXT, ob_context_rule
from microcred.models.profile import IdentityObject, ImageRef, ProfileRef
from microcred.models.support import CredentialSubject

if TYPE_CHECKING:
    from microcred.models.open_badges import AnyEndorsement

__all__ = ["CLR_CONTEXT", "Association", "ClrCredential", "ClrSubject"]

CLR_CONTEXT = "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json"
"""The CLR context that fresh records name."""

Text = Annotated[str, Strict()]
_CLR_CONTEXT_PREFIX = "https://purl.imsglobal.org/spec/clr/v2p0/context"
_ASSOCIATIONS = (
    "exactMatchOf",
    "isChildOf",
    "isParentOf",
    "isPartOf",
    "isPeerOf",
    "isRelatedTo",
    "precedes",
    "replacedBy",
)


def _clr_context(value: list[object], info: ValidationInfo) -> list[object]:
    if mode_of(info) is not Mode.READ:
        entry = value[1] if len(value) > 1 else None
        if not isinstance(entry, str) or not entry.startswith(_CLR_CONTEXT_PREFIX) or not entry.endswith(".json"):
            raise problem(f"entry 1 must be the CLR context, “{CLR_CONTEXT}”; the order counts")
    return value


class Association(Model):
    """How two achievements of the record relate."""

    closed: ClassVar[bool] = True

    type: LoneTypes = lone_types("Association")
    """``Association``."""
    association_type: Annotated[str, Strict(), strict(one_of(_ASSOCIATIONS))]
    """``isChildOf``, ``isPartOf`` …"""
    source_id: URI
    """The id of the achievement that the sentence starts with."""
    target_id: URI
    """The id of the achievement that it ends with."""


class ClrSubject(CredentialSubject):
    """Whose record it is, and what is in it."""

    type: Types = types("ClrSubject")
    """Includes ``ClrSubject``."""
    identifier: Many[IdentityObject] | None = None
    """Who the learner is, in plain text or hashed."""
    achievement: Many[Achievement] | None = None
    """Achievements that the associations name."""
    verifiable_credential: AtLeastOne[dict[str, JsonValue]]
    """The credentials, as they were signed; ``parse`` reads each on its own."""
    association: Many[Association] | None = None
    """How the achievements relate."""

    @classmethod
    def rules(cls, members: Members) -> Iterable[Rule]:
        """Return the broken rules that concern several members."""
        if not members["id"] and not members["identifier"]:
            yield (), "must say who the learner is: an id (a DID or URL), or an identifier such as an e-mail address"


class ClrCredential(VerifiableCredential):
    """A Comprehensive Learner Record (CLR 2.0)."""

    context: Annotated[Context, context_rule(CREDENTIALS_V2), AfterValidator(_clr_context), ob_context_rule(2)] = Field(
        default_factory=lambda: contexts(CREDENTIALS_V2, CLR_CONTEXT, OPEN_BADGES_CONTEXT)
    )
    """JSON-LD contexts: the Data Model's, CLR's, Open Badges', then others."""
    id: URI = Field(default_factory=fresh_id)
    """A URI of its own; a fresh record gets a ``urn:uuid:``."""
    type: Types = types("VerifiableCredential", "ClrCredential")
    """Includes ``VerifiableCredential`` and ``ClrCredential``."""
    name: Text
    """A name to show."""
    description: Text | None = None
    """A description to show."""
    image: ImageRef | None = None
    """The picture of the record; in Python also just its URL."""
    issuer: ProfileRef
    """Who says it; in Python also just the id."""
    valid_from: DateTimeZ
    """From when it is valid; a datetime is cut to whole seconds."""
    awarded_date: DateTimeZ | None = None
    """When it was awarded, if that was before ``valid_from``."""
    partial: Bool | None = None
    """Whether the record is only a part of what the issuer has."""
    credential_subject: ClrSubject
    """Whose record it is, and what is in it."""
    evidence: Many[Evidence] | None = None  # type: ignore[assignment]  # a list of a subclass
    """Work that shows the achievement."""
    endorsement: Many[AnyEndorsement] | None = None
    """Endorsements of this record, with embedded proofs."""
    endorsement_jwt: Many[CompactJWS] | None = None
    """Endorsements of this record, as JWTs."""
