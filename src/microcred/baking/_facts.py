"""What a drawing shows of a credential or an achievement."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from microcred.baking._texts import clean
from microcred.errors import DocumentError
from microcred.json import JSONObject, JSONValue

__all__ = ["Facts", "facts_of", "text_of"]

# RFC 5646 §2.1, in outline.
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")


@dataclass(frozen=True, slots=True)
class Facts:
    """Names, clean enough to be drawn."""

    title: str
    """The name of the achievement, or of the credential where there is none."""
    issuer: str
    """The name of the issuer, or nothing."""
    identity: str
    """What tells the issuer from others: the id, or else the name; it gives the colours."""
    kind: str
    """The ``achievementType``, or nothing."""
    language: str
    """The language of the achievement's texts, or nothing."""


def facts_of(document: JSONObject) -> Facts:
    """Read what is to be drawn; other members may be missing or wrong.

    Args:
        document: A credential or an achievement; untrusted.

    Raises:
        DocumentError: There is no name.
    """
    subject = document.get("credentialSubject")
    subject = subject[0] if isinstance(subject, list) and subject else subject
    achievement = subject.get("achievement") if isinstance(subject, dict) else None
    achievement = achievement[0] if isinstance(achievement, list) and achievement else achievement
    if not isinstance(achievement, dict):
        # A learner record, or something else with a name of its own; or the achievement itself.
        achievement = document
    issuer = document.get("issuer", achievement.get("creator"))
    title = text_of(achievement.get("name")) or text_of(document.get("name"))
    if not title:
        where = "/name" if achievement is document else "/credentialSubject/achievement/name"
        raise DocumentError.at(where, "is missing, or has nothing in it that can be drawn")
    name = text_of(issuer.get("name")) if isinstance(issuer, dict) else ""
    identity = issuer.get("id") if isinstance(issuer, dict) else issuer
    language = _string(achievement.get("inLanguage"))
    return Facts(
        title=title,
        issuer=name,
        identity=identity if isinstance(identity, str) and identity else name or title,
        kind=_string(achievement.get("achievementType")),
        language=language if _LANGUAGE.fullmatch(language) else "",
    )


def text_of(value: JSONValue, most: int = 300) -> str:
    """Return a text to show, also where it is in one or more languages (VCDM 2.0 §11.1): the first one then.

    Args:
        value: Untrusted.
        most: How many characters.
    """
    first = value[0] if isinstance(value, list) and value else value
    if isinstance(first, Mapping):
        first = first.get("@value")
    return clean(first, most) if isinstance(first, str) else ""


def _string(value: JSONValue) -> str:
    return value[:64] if isinstance(value, str) else ""
