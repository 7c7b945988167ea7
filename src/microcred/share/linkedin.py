"""LinkedIn's “Add to profile”: a link that opens the form for licences and certifications, and what goes into it.

https://addtoprofile.linkedin.com describes the parameters. LinkedIn no longer promises to fill in the form, so the
fields are there to be copied as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from urllib.parse import quote, urlencode

from microcred.documents import Readable
from microcred.limits import DEFAULT_LIMITS, Limits
from microcred.share._contents import contents_of, verification_page

__all__ = ["LinkedInLink", "linkedin_url"]

_FORM = "https://www.linkedin.com/profile/add"
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


@dataclass(frozen=True, slots=True)
class LinkedInLink:
    """A link to the form; as text it is the URL."""

    url: str
    """Opens the form, filled in where LinkedIn does so."""
    fields: Mapping[str, str] = field(default_factory=dict)
    """What to copy into the form, by the labels that it has in English; text from the credential, to be escaped."""

    def __str__(self) -> str:
        return self.url


def linkedin_url(
    credential: Readable,
    *,
    url: str | None = None,
    organization_id: int | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> LinkedInLink:
    """Make the link with which a learner adds a credential to a LinkedIn profile. Nothing is verified.

    Args:
        credential: A credential, signed or not: whatever a ``Verifier`` takes; untrusted.
        url: The page where it can be verified; by default its ``id``, if that is an https URL.
        organization_id: The number of the issuer's page on LinkedIn, which makes its logo appear; by default the name
            of the issuer is sent.
        limits: Bounds on size and depth.

    Raises:
        DocumentError: It cannot be read, or has no name.
        ValueError: The URL is no plain https URL.
    """
    contents = contents_of(credential, limits)
    facts = contents.facts
    page = verification_page(contents, url)
    query = {"startTask": "CERTIFICATION_NAME", "name": facts.title}
    if organization_id is not None:
        query["organizationId"] = str(int(organization_id))
    elif facts.issuer:
        query["organizationName"] = facts.issuer
    query |= _month("issue", contents.awarded) | _month("expiration", contents.until)
    identifier = contents.credential.id
    query |= {"certUrl": page} if page else {}
    query |= {"certId": identifier} if identifier else {}
    fields = {
        "Name": facts.title,
        "Issuing organization": facts.issuer,
        "Issue date": _in_words(contents.awarded),
        "Expiration date": _in_words(contents.until),
        "Credential ID": identifier or "",
        "Credential URL": page or "",
    }
    return LinkedInLink(
        f"{_FORM}?{urlencode(query, quote_via=quote, safe='')}",
        MappingProxyType({label: text for label, text in fields.items() if text}),
    )


def _month(what: str, moment: datetime | None) -> dict[str, str]:
    return {} if moment is None else {f"{what}Year": str(moment.year), f"{what}Month": str(moment.month)}


def _in_words(moment: datetime | None) -> str:
    return "" if moment is None else f"{_MONTHS[moment.month - 1]} {moment.year}"
