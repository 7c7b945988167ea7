"""The page of a credential that is hosted: what it is, and whether it verifies now."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from starlette.responses import RedirectResponse, Response

from microcred.errors import DocumentError
from microcred.server.ledger import Kept
from microcred.server.pages.judging import CREDENTIALS, Judged, judge
from microcred.server.pages.rendering import HEADERS, Site, page
from microcred.server.pages.words import Words, words
from microcred.server.problems import RequestError
from microcred.server.service import Service
from microcred.share import certificate
from microcred.share.linkedin import LinkedInLink, linkedin_url
from microcred.verify.asking import is_plain

__all__ = ["CERTIFICATES", "certificate_page", "credential_page"]

CERTIFICATES: Final = "certificates"
"""The path of the certificates, each with the name that its credential has below ``credentials``."""
_DESCRIPTION: Final = 300
_OF_LEARNERS: Final = {"X-Robots-Tag": "noindex"}
# It brings a policy of its own, which names its only style.
_OF_CERTIFICATES: Final = {
    **_OF_LEARNERS,
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'",
}
_FIELDS: Final = {
    "Name": "linkedin-name",
    "Issuing organization": "linkedin-issuer",
    "Issue date": "linkedin-issued",
    "Expiration date": "linkedin-expires",
    "Credential ID": "linkedin-id",
    "Credential URL": "linkedin-url",
}


async def credential_page(service: Service, kept: Kept | bytes, *, url: str, language: str) -> Response:
    """Return the page of a credential, which is judged for it.

    The page leads to what stands beside it: ``<url>.json`` or ``<url>.jwt``, the credential; ``<url>.png``, the picture
    that carries it, also for whoever shows links; and the certificate, which is among the routes of the pages.

    Args:
        service: Whose verifier judges.
        kept: The credential: JSON, or a JWT.
        url: Where the page is: below ``credentials/``, and without a query.
        language: A language tag, as ``language_of`` returns it.

    Raises:
        RequestError: 503: too much waits already.
    """
    content = kept if isinstance(kept, bytes) else kept.content
    found = await judge(service, content, words(language))
    return await service.readers.run(_page, Site.of(service), found, content, url, language)


async def certificate_page(service: Service, name: str, language: str) -> Response:
    """Return the certificate of a credential that is hosted and holds now; of another, the way to its page.

    Args:
        service: Whose credential it is.
        name: The end of its URL; untrusted.
        language: A language tag.

    Raises:
        RequestError: 404: there is none. 503: too much waits already.
    """
    url = f"{service.base_url}/{CREDENTIALS}/{name}"
    kept = await service.readers.run(service.documents.kept, name)
    if kept is None or not is_plain(url, allow_http=True):
        raise RequestError(404, "NOT_FOUND", "there is no such credential here")
    if not await service.check_credential(kept.content, {}):
        return RedirectResponse(url, 303, {"Cache-Control": "no-store"})
    return await service.readers.run(_certificate, kept.content, url, words(language).language)


def _certificate(content: bytes, url: str, language: str) -> Response:
    made = certificate(content, url=url, language=language)
    own = {**HEADERS, **_OF_CERTIFICATES, "Content-Language": language}
    return Response(made, 200, own, "text/html; charset=utf-8")


def _page(site: Site, found: Judged, content: bytes, url: str, language: str) -> Response:
    said = words(language)
    holds = found.verdict.verified
    link = _linkedin(content, url) if holds else None
    name = url.rpartition("/")[2]
    return page(
        "credential.html",
        site,
        language,
        headers={**_OF_LEARNERS, "Vary": "Accept, Accept-Language"},
        judged=found,
        url=url,
        shared=_shared(found, said),
        source=f"{url}.{'json' if content.startswith(b'{') else 'jwt'}",
        certificate=f"{site.root}/{CERTIFICATES}/{name}" if holds and found.claims and found.title else "",
        linkedin=link,
        fields=[(said.plain(_FIELDS[label]), text) for label, text in link.fields.items()] if link else [],
    )


def _linkedin(kept: bytes, url: str) -> LinkedInLink | None:
    try:
        return linkedin_url(kept, url=url)
    except (DocumentError, ValueError):
        return None


def _shared(found: Judged, said: Words) -> dict[str, str]:
    """Return what stands for the page elsewhere: title and description, which never say that it verified.

    Whoever shows them keeps them for weeks; that it was withdrawn is said all the same.
    """
    claims = found.claims[0] if found.claims else None
    title = found.title or said.plain("untitled")
    if found.verdict.withdrawn:
        title = said.plain("share-withdrawn", headline=found.verdict.headline, title=title)
    if claims is None:
        return {"title": title, "description": found.verdict.text}
    issuer = (found.voucher.name if found.voucher else None) or claims.issuer or claims.issuer_id
    recipient = claims.recipient.name
    earned = said.plain("earned-by" if recipient else "awarded-by", recipient=recipient, issuer=issuer)
    text = _on(earned, claims.awarded, said)
    if found.verdict.withdrawn:
        text = f"{found.verdict.text} {text}"
    criteria = " ".join(filter(None, claims.criteria)) or claims.description
    if criteria:
        text = f"{text} {said.plain('share-criteria', criteria=criteria)}"
    return {"title": title, "description": text if len(text) <= _DESCRIPTION else f"{text[: _DESCRIPTION - 1]}…"}


def _on(earned: str, moment: datetime | None, said: Words) -> str:
    return f"{earned}." if moment is None else said.plain("share-says", earned=earned, day=said.day(moment))
