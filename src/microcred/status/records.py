"""What a registry tells: values, without a database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from microcred.models import BitstringStatusListEntry

__all__ = ["Action", "Event", "PublishedList", "PublishedVersion", "Purpose", "RecordedStatus"]

Purpose: TypeAlias = Literal["revocation", "suspension"]
"""What an entry says when it is set; a revocation is for good (Bitstring Status List 1.0 §2.1)."""
Action: TypeAlias = Literal["revoke", "suspend", "reinstate"]
"""What an issuer does with a credential."""


@dataclass(frozen=True, slots=True)
class RecordedStatus:
    """How a credential stands, as the registry has it: what is published may be older."""

    credential_id: str
    """The id of the credential."""
    revoked: bool
    """Whether it was revoked, for good."""
    suspended: bool
    """Whether it is suspended."""
    entries: tuple[BitstringStatusListEntry, ...]
    """Its entries, in the order of their purposes."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that was done with a credential."""

    action: Action
    """What was done."""
    at: datetime
    """When, in UTC."""
    reason: str | None
    """Why, in the words of the institution."""
    actor: str | None
    """Who did it."""


@dataclass(frozen=True, slots=True)
class PublishedList:
    """A signed list, as it is served."""

    url: str
    """Where verifiers look it up."""
    content: bytes
    """The body: a credential as JSON, or a JWT."""
    media_type: str
    """``application/vc`` or ``application/vc+jwt``."""
    etag: str
    """A strong validator for the header ETag, in its quotes: other bytes have another one (RFC 9110 §8.8.3)."""
    changed: bool
    """Whether it was signed just now; otherwise it is what was published before."""


@dataclass(frozen=True, slots=True)
class PublishedVersion:
    """That a list was published."""

    etag: str
    """Of its content."""
    at: datetime
    """When it was signed, in UTC."""
    valid_until: datetime | None
    """Until when verifiers take it."""
