"""Credentials and presentations in general: Verifiable Credentials Data Model 2.0, and 1.1 for reading.

Section numbers are those of the Data Model 2.0 unless Open Badges is named.
"""

from __future__ import annotations

import base64
import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, ClassVar, Self, TypeAlias

from pydantic import (
    AfterValidator,
    Discriminator,
    Field,
    JsonValue,
    SerializeAsAny,
    Strict,
    Tag,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from microcred.models._base import Members, Mode, Model, Rule, mode_of, problem
from microcred.models._fields import LoneTypes, Many, Some, Types, lone_types, reference, types
from microcred.models._types import URI, DataURL, DateTime, DateTimeZ
from microcred.models.profile import Issuer
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

__all__ = [
    "CREDENTIALS_V1",
    "CREDENTIALS_V2",
    "AnyCredential",
    "Context",
    "EnvelopedVerifiableCredential",
    "EnvelopedVerifiablePresentation",
    "LanguageObject",
    "LanguageValue",
    "VerifiableCredential",
    "VerifiableCredentialV1p1",
    "VerifiablePresentation",
    "by_kind",
    "context_rule",
    "contexts",
    "data_url",
    "flavour",
    "fresh_id",
]

CREDENTIALS_V1 = "https://www.w3.org/2018/credentials/v1"
"""The base context of the Data Model 1.1."""
CREDENTIALS_V2 = "https://www.w3.org/ns/credentials/v2"
"""The base context of the Data Model 2.0."""

Text = Annotated[str, Strict()]
# Classes that say more, such as a Profile, are written whole: Pydantic would write what the annotation names.
IssuerRef = Annotated[SerializeAsAny[Issuer], reference(Issuer, judged=True)]
"""An issuer or holder, or just its id (§4.7)."""


def by_kind(value: object) -> str:
    """Choose the branch of a union by the kind of JSON value, so that an error speaks of that branch only."""
    if isinstance(value, str):
        return "‹text›"
    return "‹array›" if isinstance(value, list | tuple) else "‹object›"


def flavour(value: object) -> str:
    """Choose the Data Model by the first context (implementation guide: the first ``@context`` item decides)."""
    context = value.context if isinstance(value, Model) and isinstance(value, _Credential) else None
    if isinstance(value, dict):
        context = value.get("@context", value.get("context"))
    first = context[0] if isinstance(context, list | tuple) and context else context
    return "‹1.1›" if first == CREDENTIALS_V1 else "‹2.0›"


def data_url(secured: str | bytes, kind: str) -> str:
    """Return the ``data:`` URL of a JWT, SD-JWT or COSE message of a credential (``vc``) or presentation (``vp``)."""
    if isinstance(secured, bytes):
        return f"data:application/{kind}+cose;base64,{base64.b64encode(secured).decode()}"
    return f"data:application/{kind}+{'sd-jwt' if '~' in secured else 'jwt'},{secured.strip()}"


def fresh_id() -> str:
    """Return a new ``urn:uuid:`` identifier."""
    return f"urn:uuid:{uuid.uuid4()}"


class LanguageObject(Model):
    """Text in a language (§11.1)."""

    closed: ClassVar[bool] = True

    value: Text = Field(alias="@value")
    """The text."""
    language: Text | None = Field(default=None, alias="@language")
    """Its language, BCP 47."""
    direction: Text | None = Field(default=None, alias="@direction")
    """Its base direction, ``ltr`` or ``rtl``."""


_TextOrObject = Annotated[
    Annotated[Text, Tag("‹text›")] | Annotated[LanguageObject, Tag("‹object›")] | Annotated[list[str], Tag("‹array›")],
    Discriminator(by_kind),
]
LanguageValue: TypeAlias = Annotated[
    Annotated[Text, Tag("‹text›")]
    | Annotated[LanguageObject, Tag("‹object›")]
    | Annotated[list[_TextOrObject], Tag("‹array›")],
    Discriminator(by_kind),
]
"""Text, text with a language, or a list of those (§4.6, §11.1)."""

Context = Many[
    Annotated[
        Annotated[Text, Tag("‹text›")]
        | Annotated[dict[str, JsonValue], Tag("‹object›")]
        | Annotated[list[JsonValue], Tag("‹array›")],
        Discriminator(by_kind),
    ]
]
"""JSON-LD contexts in their order: URLs and inline objects (§4.3)."""


def contexts(*urls: str) -> list[str | dict[str, JsonValue] | list[JsonValue]]:
    """Return a fresh list of contexts."""
    return list(urls)


def context_rule(*expected: str) -> AfterValidator:
    """Make the rule that contexts start with given URLs, in that order."""

    def validate(value: list[object], info: ValidationInfo) -> list[object]:
        for index, url in enumerate(expected):
            if (index >= len(value) or value[index] != url) and mode_of(info) is not Mode.READ:
                raise problem(f"entry {index} must be “{url}”; the order counts")
        return value

    return AfterValidator(validate)


def _is_empty(subject: CredentialSubject) -> bool:
    said = (*subject.__dict__.values(), *(subject.model_extra or {}).values())
    return all(value is None for value in said) and not subject.model_dump()


def _no_empty_subject(value: object, info: ValidationInfo) -> object:
    if mode_of(info) is not Mode.READ:
        for subject in value if isinstance(value, list) else [value]:
            if isinstance(subject, CredentialSubject) and _is_empty(subject):
                raise problem("must say something about the subject; it is empty")
        if value == []:
            raise problem("must hold at least one subject")
    return value


def _subjects(value: object, handler: ValidatorFunctionWrapHandler, info: ValidationInfo) -> object:
    if isinstance(value, str):
        raise problem("must be an object, not text")
    return _no_empty_subject(handler(value), info)


class _Credential(Model):
    """What credentials of both Data Models have in common."""

    context: Context
    """JSON-LD contexts; the base context comes first."""
    id: URI | None = Field(default_factory=fresh_id)
    """A URI of its own; a fresh credential gets a ``urn:uuid:``."""
    type: Types = types("VerifiableCredential")
    """Includes ``VerifiableCredential``."""
    issuer: IssuerRef
    """Who says it; in Python also just the id."""
    credential_subject: Annotated[
        Annotated[SerializeAsAny[CredentialSubject], Tag("‹object›")]
        | Annotated[list[SerializeAsAny[CredentialSubject]], Tag("‹array›")],
        Discriminator(by_kind),
        WrapValidator(_subjects),
    ]
    """Whom it is about, and what it says."""
    proof: Many[Proof] | None = None
    """The embedded proofs; only ``sign`` adds one."""
    credential_schema: Many[CredentialSchema] | None = None
    """Schemas that it follows."""
    credential_status: Some[SerializeAsAny[CredentialStatus]] | None = None
    """Where to look up whether it still stands."""
    refresh_service: Some[RefreshService] | None = None
    """Where to get a newer edition."""
    terms_of_use: Many[TermsOfUse] | None = None
    """Terms of use."""
    evidence: Many[SerializeAsAny[CredentialEvidence]] | None = None
    """Work that shows that it is true."""


def _unique(resources: object) -> Iterable[Rule]:
    """Require that each related resource is named once (§5.3)."""
    seen: set[str] = set()
    for index, resource in enumerate(resources if isinstance(resources, list | tuple) else ()):
        identifier = resource.get("id") if isinstance(resource, Mapping) else getattr(resource, "id", None)
        if isinstance(identifier, str) and identifier in seen:
            yield ("relatedResource", index, "id"), "is named by another related resource already"
        if isinstance(identifier, str):
            seen.add(identifier)


def _period(members: Members, start: str, end: str, wire_end: str) -> Iterable[Rule]:
    moments = []
    for name in (start, end):
        value = members[name]
        if isinstance(value, str):
            try:
                value = DateTime.parse(value)
            except ValueError:
                return
        if not isinstance(value, datetime) or value.tzinfo is None:
            return
        moments.append(value)
    if moments[1] < moments[0]:
        yield (wire_end,), "must not be before the credential becomes valid"


class VerifiableCredential(_Credential):
    """A credential of any kind (Verifiable Credentials Data Model 2.0 §4)."""

    context: Annotated[Context, context_rule(CREDENTIALS_V2)] = Field(default_factory=lambda: contexts(CREDENTIALS_V2))
    """JSON-LD contexts; the Data Model's comes first."""
    name: LanguageValue | None = None
    """A name to show."""
    description: LanguageValue | None = None
    """A description to show."""
    valid_from: DateTimeZ | None = None
    """From when it is valid."""
    valid_until: DateTimeZ | None = None
    """Until when it is valid."""
    related_resource: Many[RelatedResource] | None = None
    """Resources with their digests."""

    @classmethod
    def rules(cls, members: Members) -> Iterable[Rule]:
        """Return the broken rules that concern several members."""
        yield from _period(members, "valid_from", "valid_until", "validUntil")
        yield from _unique(members["related_resource"])


class VerifiableCredentialV1p1(_Credential):
    """A credential of the Data Model 1.1: read and verified, never issued (Open Badges §B.9)."""

    context: Annotated[Context, context_rule(CREDENTIALS_V1)] = Field(default_factory=lambda: contexts(CREDENTIALS_V1))
    """JSON-LD contexts; the Data Model's comes first."""
    name: LanguageValue | None = None
    """A name to show."""
    description: LanguageValue | None = None
    """A description to show."""
    issuance_date: DateTimeZ
    """From when it is valid."""
    expiration_date: DateTimeZ | None = None
    """Until when it is valid."""

    @property
    def valid_from(self) -> datetime:
        """From when it is valid: the Data Model 2.0's word for ``issuance_date``."""
        return self.issuance_date

    @property
    def valid_until(self) -> datetime | None:
        """Until when it is valid: the Data Model 2.0's word for ``expiration_date``."""
        return self.expiration_date

    @classmethod
    def rules(cls, members: Members) -> Iterable[Rule]:
        """Return the broken rules that concern several members."""
        yield from _period(members, "issuance_date", "expiration_date", "expirationDate")


AnyCredential: TypeAlias = VerifiableCredential | VerifiableCredentialV1p1
"""A credential of either Data Model; each other credential class derives from one of the two."""


def _base_somewhere(value: list[object], info: ValidationInfo) -> list[object]:
    if mode_of(info) is not Mode.READ and CREDENTIALS_V2 not in value:
        raise problem(f"must include “{CREDENTIALS_V2}”")
    return value


class EnvelopedVerifiableCredential(Model):
    """A credential inside a ``data:`` URL (§4.13)."""

    context: Annotated[Context, AfterValidator(_base_somewhere)] = Field(
        default_factory=lambda: contexts(CREDENTIALS_V2)
    )
    """JSON-LD contexts, that of the Data Model among them."""
    id: DataURL
    """``data:application/vc+jwt,…``, ``data:application/vc+sd-jwt,…`` or ``data:application/vc+cose;base64,…``."""
    type: LoneTypes = lone_types("EnvelopedVerifiableCredential")
    """``EnvelopedVerifiableCredential``."""

    @classmethod
    def of(cls, secured: str | bytes) -> Self:
        """Wrap a JWT, an SD-JWT (text) or a COSE message (bytes), so that a document can hold it."""
        return cls(id=data_url(secured, "vc"))


class EnvelopedVerifiablePresentation(Model):
    """A presentation inside a ``data:`` URL (§4.13)."""

    context: Annotated[Context, AfterValidator(_base_somewhere)] = Field(
        default_factory=lambda: contexts(CREDENTIALS_V2)
    )
    """JSON-LD contexts, that of the Data Model among them."""
    id: DataURL
    """``data:application/vp+jwt,…``, ``data:application/vp+sd-jwt,…`` or ``data:application/vp+cose;base64,…``."""
    type: LoneTypes = lone_types("EnvelopedVerifiablePresentation")
    """``EnvelopedVerifiablePresentation``."""

    @classmethod
    def of(cls, secured: str | bytes) -> Self:
        """Wrap a JWT, an SD-JWT (text) or a COSE message (bytes), so that a document can hold it."""
        return cls(id=data_url(secured, "vp"))


def _either_base(value: list[object], info: ValidationInfo) -> list[object]:
    if mode_of(info) is not Mode.READ and value[:1] not in ([CREDENTIALS_V1], [CREDENTIALS_V2]):
        raise problem(f"entry 0 must be “{CREDENTIALS_V2}”")
    return value


class VerifiablePresentation(Model):
    """Credentials that a holder shows (§4.13)."""

    context: Annotated[Context, AfterValidator(_either_base)] = Field(default_factory=lambda: contexts(CREDENTIALS_V2))
    """JSON-LD contexts; the Data Model's comes first."""
    id: URI | None = None
    """A URI of its own."""
    type: Types = types("VerifiablePresentation")
    """Includes ``VerifiablePresentation``."""
    holder: IssuerRef | None = None
    """Who shows it; in Python also just the id."""
    verifiable_credential: Some[JsonValue] | None = None
    """The credentials as they stand: objects, or JWTs as text. Each is read by ``parse`` on its own."""
    proof: Many[Proof] | None = None
    """The embedded proofs."""
