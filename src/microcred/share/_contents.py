"""What is shown of a credential, whatever the format: its facts, not yet laid out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from microcred.baking._facts import Facts, facts_of
from microcred.baking._texts import ELLIPSIS, clean
from microcred.documents import Readable, parse
from microcred.errors import DocumentError
from microcred.limits import Limits
from microcred.models import AchievementSubject, AnyCredential, IdentifierType, VerifiableCredential
from microcred.models.credential import VerifiableCredentialV1p1
from microcred.signing.reading import receive
from microcred.verify.asking import is_plain

__all__ = ["Contents", "contents_of", "verification_page", "without_markdown"]

_MAX_SUMMARY = 330
# Markdown in outline: pictures and links become their text, and the signs of emphasis, code and headings go.
_LINK = re.compile(r"!?\[([^\[\]]{0,300})\]\([^()]{0,2000}\)")
_SIGNS = re.compile(r"^[ \t]{0,3}(?:#{1,6}[ \t]+|>[ \t]?|[-*+][ \t]+)|[*`]+|(?<!\w)_+|_+(?!\w)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Contents:
    """What is shown of a credential; all texts are clean."""

    facts: Facts
    """The names."""
    credential: AnyCredential
    """The credential as it was read; untrusted."""
    is_signed: bool
    """Whether it has a proof or came in an envelope, which says nothing about whether that is good."""
    learner: str
    """The learner's name, if the credential has one in plain text; it seldom has."""
    awarded: datetime | None
    """When it was awarded."""
    until: datetime | None
    """Until when it is valid."""
    summary: str
    """How it was earned, or else what it is about, in a few sentences."""


def contents_of(credential: Readable, limits: Limits) -> Contents:
    """Read what is shown of a credential; nothing is verified.

    Args:
        credential: Whatever a ``Verifier`` takes; untrusted.
        limits: Bounds on size and depth.

    Raises:
        DocumentError: It cannot be read, is no credential, or has no name.
    """
    received = receive(credential, limits)
    model = parse(received.document, limits=limits)
    if not isinstance(model, VerifiableCredential | VerifiableCredentialV1p1):
        raise DocumentError.at("/type", "is not that of a credential")
    facts = facts_of(received.document)
    subjects = model.credential_subject
    first = next(iter(subjects), None) if isinstance(subjects, list) else subjects
    achieved = first if isinstance(first, AchievementSubject) else None
    awarded = getattr(model, "awarded_date", None) or model.valid_from
    return Contents(
        facts=facts,
        credential=model,
        is_signed=received.envelope is not None or bool(received.document.get("proof")),
        learner=_learner(achieved),
        awarded=awarded if isinstance(awarded, datetime) else None,
        until=model.valid_until,
        summary=_summary(achieved),
    )


def verification_page(contents: Contents, url: str | None) -> str | None:
    """Return the URL of the page where a credential can be verified: the one given, or else its id if that is one.

    Args:
        contents: What is shown.
        url: The caller's; trusted.

    Raises:
        ValueError: The URL given is none that all programs read in the same way.
    """
    if url is not None:
        if not is_plain(url, allow_http=True):
            raise ValueError(
                "the URL must start with https:// and be percent-encoded, without spaces and letters like é"
            )
        return url
    identifier = contents.credential.id
    return identifier if isinstance(identifier, str) and is_plain(identifier) else None


def without_markdown(text: str) -> str:
    """Return the text of Markdown without its signs.

    Args:
        text: Untrusted.
    """
    return _SIGNS.sub("", _LINK.sub(r"\1", text))


def _learner(subject: AchievementSubject | None) -> str:
    identifiers = (subject.identifier if subject is not None else None) or []
    names: Sequence[str] = [
        each.identity_hash for each in identifiers if not each.hashed and each.identity_type == IdentifierType.NAME
    ]
    return clean(names[0]) if names else ""


def _summary(subject: AchievementSubject | None) -> str:
    if subject is None:
        return ""
    achievement = subject.achievement
    text = achievement.criteria.narrative or achievement.description or ""
    whole = clean(without_markdown(text[: 4 * _MAX_SUMMARY]), len(text))
    if len(whole) <= _MAX_SUMMARY:
        return whole
    # Cut between two words, if there are any.
    return (whole[:_MAX_SUMMARY].rpartition(" ")[0] or whole[:_MAX_SUMMARY]).rstrip(" ,;:") + ELLIPSIS
