"""What one verification asks of the network: plain URLs only, each once, and not too many."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from microcred.errors import FetchError
from microcred.limits import DEFAULT_LIMITS, Limits
from microcred.protocols import Fetch, FetchResult

__all__ = ["Asking", "is_plain"]

# RFC 3986 §2: what else is in a URL has to be percent-encoded, and programs differ in what they make of it.
_CHARACTERS = re.compile(r"https?://[A-Za-z0-9._~:/?#\[\]!$&'()*+,;=%-]+")


def is_plain(url: str, *, allow_http: bool = False, most: int = DEFAULT_LIMITS.max_url_characters) -> bool:
    """Tell whether a URL is one of https that all programs read in the same way.

    There is no user name in front of the host (``https://example.edu@example.com``), no backslash, space, control
    character or letter beyond ASCII, and the port is a number.

    Args:
        url: Untrusted.
        allow_http: Take http too, for tests.
        most: How many characters it may have.
    """
    if len(url) > most or not _CHARACTERS.fullmatch(url) or not (allow_http or url.startswith("https:")):
        return False
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


class Asking:
    """The requests of one verification, with their answers."""

    def __init__(self, limits: Limits, fetcher: object) -> None:
        """Take the bounds.

        Args:
            limits: ``max_fetches`` bounds what goes to the network; what is known already may be asked for more often,
                as when all credentials of a presentation have one issuer.
            fetcher: What will be asked; one with a true ``allow_http`` may be asked for http, which is for tests.
        """
        self._most = limits.max_url_characters
        self._allow_http = bool(getattr(fetcher, "allow_http", False))
        self._fetches_left = limits.max_fetches
        self._asks_left = limits.max_fetches * limits.max_credentials
        self._answers: dict[Fetch, FetchResult | FetchError] = {}

    def known(self, request: Fetch) -> FetchResult | None:
        """Return the answer to a request, if there was one before; otherwise the request may go to the network.

        Raises:
            FetchError: It failed before, must not be made, or is one too many.
        """
        self._asks_left -= 1
        answer = self._answers.get(request)
        if self._asks_left < 0 or (answer is None and self._fetches_left <= 0):
            raise FetchError(request.url, "the verification asked for too many documents")
        if isinstance(answer, FetchError):
            raise answer
        if answer is None:
            if not is_plain(request.url, allow_http=self._allow_http, most=self._most):
                raise FetchError(request.url, "not a URL of https that can be opened safely")
            self._fetches_left -= 1
        return answer

    def keep(self, request: Fetch, answer: FetchResult | FetchError) -> None:
        """Keep an answer until the verification ends."""
        self._answers[request] = answer
