"""What a credential says of itself, clean and short enough to be shown; nothing here is verified."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from microcred.baking._facts import text_of
from microcred.baking._texts import clean
from microcred.errors import DocumentError
from microcred.json import JSONObject, JSONValue
from microcred.limits import Limits
from microcred.models import DateTime, IdentifierType
from microcred.server.pages.words import Words
from microcred.share._contents import contents_of, without_markdown
from microcred.share._sheets import picture_of
from microcred.verify.asking import is_plain

__all__ = ["Claims", "Recipient", "claims_of"]

_TITLE, _TEXT, _ID, _MOMENT = 300, 1_000, 300, 40
# Of criteria: about two pages.
_NARRATIVE, _LINES = 5_000, 80
_MOST_INSIDE, _MOST_IDENTIFIERS = 20, 5
# Open Badges 3.0 §B.1.7, "IdentifierTypeEnum"; others are shown without a word for what they are.
_NAME: Final = str(IdentifierType.NAME)


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom it is about, as far as it says."""

    name: str
    """A name in plain text, or nothing."""
    identifiers: tuple[str, ...]
    """What else there is in plain text: an e-mail address, say."""
    id: str
    """The subject's id, or nothing."""
    hashed: bool
    """Whether there is an identity that only somebody can compare who knows it."""

    @property
    def in_public(self) -> str:
        """What anybody may see of it on a page in the web: no address at which a person can be reached."""
        return self.name or ("" if self.id.lower().startswith(("mailto:", "tel:")) else self.id)


@dataclass(frozen=True, slots=True)
class Claims:
    """What a credential says; texts are clean, and untrusted."""

    title: str
    """The name of the achievement or credential, or nothing."""
    description: str
    """What it is about."""
    criteria: tuple[str, ...]
    """How it was earned, in lines of plain text."""
    criteria_url: str
    """The page about that, as a plain https URL, or nothing."""
    issuer: str
    """What the issuer calls itself, or nothing."""
    issuer_id: str
    """The issuer's id."""
    recipient: Recipient
    """Whom it is about."""
    awarded: datetime | None
    """When it was awarded, or else from when it is valid."""
    until: datetime | None
    """Until when it is valid."""
    language: str
    """The language of its texts, or nothing."""
    inside: tuple[str, ...]
    """The names of the credentials in it, if it is a record of several."""
    picture: str
    """The badge as a ``data:`` URL, or nothing."""
    picture_alt: str
    """What the picture shows."""


def claims_of(document: JSONObject, words: Words, limits: Limits) -> Claims:
    """Read what a credential says, whatever is missing or wrong in it.

    Args:
        document: A credential; untrusted.
        words: Of the page.
        limits: Bounds on size and depth.
    """
    subject = _first(document.get("credentialSubject"))
    achievement = _first(subject.get("achievement"))
    issuer = document.get("issuer")
    criteria = _first(achievement.get("criteria"))
    page = criteria.get("id")
    title = text_of(achievement.get("name"), _TITLE) or text_of(document.get("name"), _TITLE)
    picture, alt, language = _picture(document, words.plain("badge-alt", title=title), limits)
    return Claims(
        title=title,
        description=text_of(achievement.get("description") or document.get("description"), _TEXT),
        criteria=tuple(_lines(criteria.get("narrative"))),
        criteria_url=page if isinstance(page, str) and is_plain(page) else "",
        issuer=text_of(issuer.get("name"), _TITLE) if isinstance(issuer, dict) else "",
        issuer_id=_id(issuer.get("id") if isinstance(issuer, dict) else issuer),
        recipient=_recipient(subject),
        awarded=_moment(document, "awardedDate", "validFrom", "issuanceDate"),
        until=_moment(document, "validUntil", "expirationDate"),
        language=language,
        inside=tuple(_inside(subject)),
        picture=picture,
        picture_alt=alt,
    )


def _first(value: JSONValue) -> JSONObject:
    first = value[0] if isinstance(value, list) and value else value
    return first if isinstance(first, dict) else {}


def _id(value: JSONValue) -> str:
    return clean(value, _ID) if isinstance(value, str) else ""


def _moment(document: JSONObject, *names: str) -> datetime | None:
    for name in names:
        text = document.get(name)
        if isinstance(text, str) and len(text) <= _MOMENT:
            try:
                return DateTime.parse(text, tolerant=True)
            except ValueError:
                continue
    return None


def _lines(narrative: JSONValue) -> Iterator[str]:
    """Yield the lines of Markdown as plain text; signs of lists become bullets."""
    if not isinstance(narrative, str):
        return
    lines = narrative[:_NARRATIVE].splitlines()
    for line in lines[:_LINES]:
        in_list = line.lstrip()[:2] in ("- ", "* ", "+ ")
        text = clean(without_markdown(line), len(line))
        if text:
            yield f"• {text}" if in_list else text
    if len(lines) > _LINES or len(narrative) > _NARRATIVE:
        yield "…"


def _recipient(subject: JSONObject) -> Recipient:
    given = subject.get("identifier")
    entries = (given if isinstance(given, list) else [given])[:_MOST_IDENTIFIERS]
    names: list[str] = []
    others: list[str] = []
    hashed = False
    for entry in entries:
        if not isinstance(entry, dict):
            continue
        if entry.get("hashed") is not False:
            hashed = True
        else:
            text = text_of(entry.get("identityHash"), _ID)
            (names if entry.get("identityType") == _NAME else others).append(text)
    name = next(filter(None, names), "") or text_of(subject.get("name"), _TITLE)
    return Recipient(name, tuple(filter(None, others)), _id(subject.get("id")), hashed)


def _inside(subject: JSONObject) -> Iterator[str]:
    """Yield the names of the credentials in a record (CLR 2.0); those in JWTs have to be opened, and are left out."""
    held = subject.get("verifiableCredential")
    entries = held if isinstance(held, list) else []
    for entry in entries[:_MOST_INSIDE]:
        if isinstance(entry, dict):
            achievement = _first(_first(entry.get("credentialSubject")).get("achievement"))
            title = text_of(achievement.get("name"), _TITLE) or text_of(entry.get("name"), _TITLE)
            if title:
                yield title
    if len(entries) > _MOST_INSIDE:
        yield "…"


def _picture(document: JSONObject, alt: str, limits: Limits) -> tuple[str, str, str]:
    """Return the picture in the credential, or else a drawn one, with what it shows, and the language of the texts.

    What surrounds a credential in a baked picture is not signed, and so it is not shown.
    """
    try:
        contents = contents_of(document, limits)
        picture = picture_of(contents, None, None, alt)
    except (DocumentError, ValueError):
        return "", "", ""
    return picture.url, clean(picture.alt, _TITLE), contents.facts.language
