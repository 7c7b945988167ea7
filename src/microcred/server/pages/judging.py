"""Judge what somebody gave, and find for the page what it says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urldefrag

from microcred.baking import looks_like_image, unbake
from microcred.errors import BakingError, DocumentError, FetchError
from microcred.json import JSONObject, JSONValue
from microcred.limits import Limits
from microcred.protocols import Fetch
from microcred.server.pages.claims import Claims, claims_of
from microcred.server.pages.verdicts import Report, Verdict, verdict_of
from microcred.server.pages.words import Words
from microcred.server.service import Service
from microcred.signing.envelopes import is_presentation
from microcred.signing.reading import receive
from microcred.verify.report import VerificationReport, Voucher

__all__ = ["CREDENTIALS", "Judged", "NotOpenedError", "judge", "opened"]

CREDENTIALS: Final = "credentials"
"""Below this path credentials are hosted."""
_SHOWN: Final = 6
_ACCEPT: Final = (
    "application/vc, application/vc+jwt, application/jwt, application/ld+json, application/json, image/png,"
    " image/svg+xml;q=0.9, */*;q=0.1"
)
_WEB_PAGES: Final = ("text/html", "application/xhtml+xml")


class NotOpenedError(Exception):
    """There is nothing to judge behind a URL; the name of the words that say why."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What was found."""

    verdict: Verdict
    """The report as it is shown."""
    claims: tuple[Claims, ...]
    """What the credential says, or the first credentials of a presentation; nothing if it cannot be read."""
    more: int
    """How many credentials of a presentation are left out."""
    voucher: Voucher | None
    """Who vouches for the issuer."""
    presented: bool
    """Whether it is a presentation."""

    @property
    def title(self) -> str:
        """The name of the first credential, or nothing."""
        return self.claims[0].title if self.claims else ""


async def judge(service: Service, content: bytes, words: Words) -> Judged:
    """Judge a credential or presentation.

    Args:
        service: Judges.
        content: A document, a token or a picture; untrusted.
        words: Of the page.

    Raises:
        RequestError: 503: too much waits already.
    """
    text, document = await service.readers.run(_read_in, content, service.limits)
    report: Report
    presented = document is not None and is_presentation(document)
    if presented:
        # Nobody was asked to show it, so that there is no challenge; the page says what follows from that.
        report = await service.workers.run(service.verifier.check_presentation, text, challenge=None, domain=None)
    else:
        report = await service.check_credential(text, {})
    return await service.readers.run(_shown, service, report, document, words)


def opened(service: Service, url: str) -> bytes:
    """Return what is behind a URL, by the rules of the service's fetcher.

    Args:
        service: Whose fetcher opens it; what is on the service itself is looked up there.
        url: Untrusted.

    Raises:
        NotOpenedError: It is no URL that may be opened, or there is nothing of use behind it.
    """
    try:
        result = service.fetch(Fetch(_of_document(urldefrag(url.strip()).url, service.base_url), _ACCEPT))
    except FetchError:
        # Why is not said: strangers could learn from it what is in the network of the server.
        raise NotOpenedError("error-unreachable") from None
    except ValueError:
        raise NotOpenedError("error-url") from None
    if result.media_type in _WEB_PAGES:
        raise NotOpenedError("error-web-page")
    return result.content


def _of_document(url: str, base_url: str) -> str:
    """Return the URL of the credential itself, whichever form of one that is hosted here was named."""
    if not url.startswith(f"{base_url}/{CREDENTIALS}/"):
        return url
    folder, _, name = url.partition("?")[0].rpartition("/")
    return f"{folder}/{name.partition('.')[0]}"


def _read_in(content: bytes, limits: Limits) -> tuple[bytes, JSONObject | None]:
    """Return the text to judge, out of a picture if it is in one, and its document, if it can be read."""
    try:
        inside = unbake(content, limits=limits) if looks_like_image(content) else ""
    except BakingError:
        inside = ""
    # What is in a picture can be no picture in its turn, and the report says so.
    text = inside.encode() if inside and not looks_like_image(inside) else content
    return text, _read(text, limits)


def _shown(service: Service, report: Report, document: JSONObject | None, words: Words) -> Judged:
    presented = document is not None and is_presentation(document)
    held = list(_held(document, service.limits)) if presented and document is not None else [document]
    documents = [each for each in held if each is not None]
    return Judged(
        verdict=verdict_of(report, words, anyone=service.trusts_anyone),
        claims=tuple(claims_of(each, words, service.limits) for each in documents[:_SHOWN]),
        more=len(documents[_SHOWN:]),
        voucher=report.voucher if isinstance(report, VerificationReport) else None,
        presented=presented,
    )


def _read(value: bytes | str | JSONObject, limits: Limits) -> JSONObject | None:
    """Return the document of what came in, unverified; None when it cannot be read."""
    try:
        return receive(value, limits).document
    except DocumentError:
        return None


def _held(presentation: JSONObject, limits: Limits) -> Iterator[JSONObject | None]:
    """Yield the credentials in a presentation, as far as they can be read."""
    held: JSONValue = presentation.get("verifiableCredential", [])
    entries: Sequence[JSONValue] = held if isinstance(held, list) else [held]
    for index, entry in enumerate(entries[: limits.max_credentials]):
        if isinstance(entry, str | dict):
            # What is not shown is counted, and need not be opened.
            yield _read(entry, limits) if index < _SHOWN else {}
