"""The payloads of the Open Badges API: Open Badges 3.0 §B.2 to §B.5."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import JsonValue, Strict

from microcred.models._base import Model
from microcred.models._fields import AtLeastOne, Many, strict
from microcred.models._types import CompactJWS, URIText, one_of

__all__ = [
    "GetOpenBadgeCredentialsResponse",
    "ImsxCodeMinor",
    "ImsxCodeMinorField",
    "ImsxStatusInfo",
    "OpenApiComponents",
    "OpenApiInfo",
    "OpenApiOAuth2SecurityScheme",
    "OpenApiSecuritySchemes",
    "ServiceDescriptionDocument",
]

Text = Annotated[str, Strict()]
_MINOR_VALUES = (
    "forbidden",
    "fullsuccess",
    "internal_server_error",
    "invalid_data",
    "invalid_query_parameter",
    "misdirected_request",
    "not_acceptable",
    "not_allowed",
    "not_found",
    "not_modified",
    "server_busy",
    "unauthorizedrequest",
    "unknown",
)


class GetOpenBadgeCredentialsResponse(Model):
    """The credentials of a page (§B.2.1)."""

    closed: ClassVar[bool] = True

    credential: Many[dict[str, JsonValue]] | None = None
    """Credentials with embedded proofs, as they were signed; ``parse`` reads each."""
    compact_jws_string: Many[CompactJWS] | None = None
    """Credentials as JWTs."""


class ImsxCodeMinorField(Model):
    """One detail of a status (§B.3.5)."""

    closed: ClassVar[bool] = True

    imsx_code_minor_field_name: Text
    """Who reports: ``TargetEndSystem``."""
    imsx_code_minor_field_value: Annotated[str, Strict(), strict(one_of(_MINOR_VALUES))]
    """What: ``not_found``, ``invalid_data`` …"""


class ImsxCodeMinor(Model):
    """The details of a status (§B.3.4)."""

    closed: ClassVar[bool] = True

    imsx_code_minor_field: AtLeastOne[ImsxCodeMinorField]
    """The details."""


class ImsxStatusInfo(Model):
    """What went wrong in a request (§B.3.1)."""

    closed: ClassVar[bool] = True

    imsx_code_major: Annotated[str, Strict(), strict(one_of(("failure", "processing", "success", "unsupported")))]
    """``failure``, ``processing``, ``success`` or ``unsupported``."""
    imsx_severity: Annotated[str, Strict(), strict(one_of(("error", "status", "warning")))]
    """``error``, ``status`` or ``warning``."""
    imsx_description: Text | None = None
    """The words for people."""
    imsx_code_minor: ImsxCodeMinor | None = None
    """The details."""


class OpenApiOAuth2SecurityScheme(Model):
    """How to get a token (§B.4.4)."""

    type: Annotated[str, Strict(), strict(one_of(("oauth2",)))] = "oauth2"
    """``oauth2``."""
    description: Text | None = None
    """A description."""
    x_imssf_registration_url: URIText
    """Where clients register."""


class OpenApiSecuritySchemes(Model):
    """The ways to get a token (§B.4.5)."""

    closed: ClassVar[bool] = True

    o_auth2_acg: OpenApiOAuth2SecurityScheme | None = None
    """The authorization code grant."""


class OpenApiComponents(Model):
    """The components of a service description (§B.4.2)."""

    security_schemes: OpenApiSecuritySchemes
    """The ways to get a token."""


class OpenApiInfo(Model):
    """Who offers the service (§B.4.3)."""

    terms_of_service: URIText
    """The URL of the terms."""
    title: Text
    """The name of the service."""
    version: Text
    """The version of the API."""
    x_imssf_image: URIText | None = None
    """The URL of a logo."""
    x_imssf_privacy_policy_url: URIText
    """The URL of the privacy policy."""


class ServiceDescriptionDocument(Model):
    """What a host offers (§B.4.1): the answer of ``/discovery``."""

    openapi: Text
    """The OpenAPI version."""
    info: OpenApiInfo
    """Who offers the service."""
    components: OpenApiComponents
    """How to get a token."""
