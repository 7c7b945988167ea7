"""Bitstring Status List 1.0: the entry in a credential, and the credential that holds the list."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Strict

from microcred.models._base import problem
from microcred.models._fields import LoneTypes, Some, Types, lone_types, types
from microcred.models._types import URI
from microcred.models.credential import VerifiableCredential
from microcred.models.support import CredentialStatus, CredentialSubject

__all__ = ["BitstringStatusList", "BitstringStatusListCredential", "BitstringStatusListEntry"]

Text = Annotated[str, Strict()]


def _index(value: object) -> object:
    digits = isinstance(value, str) and value.isascii() and value.isdigit()
    if not digits and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
        raise problem('must be a whole number in quotes, such as "94567"')
    return value


class BitstringStatusListEntry(CredentialStatus):
    """Which bit of which list speaks of the credential (§2.1)."""

    type: LoneTypes = lone_types("BitstringStatusListEntry")
    """``BitstringStatusListEntry``."""
    status_purpose: Text
    """``revocation``, ``suspension``, ``refresh`` or ``message``."""
    status_list_index: Annotated[str | int, BeforeValidator(_index)]
    """The place in the list, from 0: text by the standard, a number in some credentials."""
    status_list_credential: URI
    """The URL of the list."""


class BitstringStatusList(CredentialSubject):
    """The list itself (§2.2)."""

    type: LoneTypes = lone_types("BitstringStatusList")
    """``BitstringStatusList``."""
    status_purpose: Some[Text]
    """``revocation``, ``suspension``, ``refresh`` or ``message``."""
    encoded_list: Text
    """The bits: GZIP, then multibase base64url."""
    ttl: Annotated[int, Strict()] | None = None
    """How long a copy may be kept, in milliseconds."""


class BitstringStatusListCredential(VerifiableCredential):
    """The credential that holds a list (§2.2)."""

    type: Types = types("VerifiableCredential", "BitstringStatusListCredential")
    """Includes ``VerifiableCredential`` and ``BitstringStatusListCredential``."""
    credential_subject: BitstringStatusList
    """The list."""


StatusPurpose = Literal["revocation", "suspension", "refresh", "message"]
"""The purposes that the standard names."""
