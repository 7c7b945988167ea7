"""Which document is behind a URL of the service: keys, profiles, status lists, achievements, and hosted credentials.

Those who ask over HTTP and the service's own verifier are given the same.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from microcred.documents import build
from microcred.errors import DocumentError, StatusListError
from microcred.hosting import Hosted, hosted
from microcred.issuer import Issuer
from microcred.json import JSONObject, dumps, loads_object
from microcred.models import CREDENTIALS_V2, OPEN_BADGES_CONTEXT, Achievement
from microcred.server.forms import hosted_as, machine_forms
from microcred.server.issuing import IssuingService
from microcred.server.ledger import Kept

__all__ = ["Documents", "achievements_in"]

# What a credential can be called here: dots begin the suffix of a form.
_NAME: Final = re.compile(r"[A-Za-z0-9_~-]{1,200}")
_SUFFIXES: Final = (".json", ".toml")


class Documents:
    """The documents of a service. What is asked for is read when it is asked for; callers are in a thread."""

    def __init__(
        self, base_url: str, issuers: Mapping[str, IssuingService], achievements: Mapping[str, Hosted] | None = None
    ) -> None:
        """Take the parts.

        Args:
            base_url: Where the service is reached.
            issuers: The issuers, by their names.
            achievements: What is shown below ``achievements/``, by name: see ``achievements_in``.
        """
        self.base_url = base_url.rstrip("/")
        self._issuers = issuers
        self.achievements = dict(achievements or {})
        """What is shown below ``achievements/``, by name."""
        self._seen: tuple[tuple[Issuer, ...], dict[str, Hosted]] = ((), {})

    def at(self, url: str) -> Hosted | None:
        """Return the document behind a URL, in the form for machines, if there is one.

        Args:
            url: Untrusted.

        Raises:
            StatusListError: REGISTRY_UNAVAILABLE.
        """
        if not url.startswith(f"{self.base_url}/"):
            return None
        room, _, rest = url.removeprefix(f"{self.base_url}/").partition("/")
        if room == "status":
            return self.status_list(*rest.partition("/")[::2])
        if room == "achievements":
            return self.achievements.get(rest)
        if room == "credentials":
            found = self.kept(rest)
            return None if found is None else hosted_as(found, machine_forms(found)[0])
        return self.pages().get(url.removeprefix(self.base_url))

    def pages(self) -> dict[str, Hosted]:
        """Return the keys and profiles of issuers whose ids lead here, by path, as they are now.

        Raises:
            MicrocredError: The folder of an issuer cannot be read.
        """
        issuers = tuple(each.source.issuer() for each in self._issuers.values())
        known, pages = self._seen
        if known != issuers:
            pages = _pages(issuers, self.base_url)
            self._seen = issuers, pages
        return pages

    def status_list(self, issuer: str, number: str) -> Hosted | None:
        """Return a status list as it was published last.

        Args:
            issuer: The name of the issuer; untrusted.
            number: Its number in the URL; untrusted.

        Raises:
            StatusListError: REGISTRY_UNAVAILABLE.
        """
        service = self._issuers.get(issuer)
        if service is None:
            return None
        try:
            found = service.registry.published(f"{service.base_url}/status/{issuer}/{number}")
        except StatusListError as error:
            if error.code != "NOT_PUBLISHED":
                raise
            return None
        return Hosted(found.content, found.media_type, found.etag)

    def kept(self, name: str) -> Kept | None:
        """Return a hosted credential.

        Args:
            name: The end of its URL; untrusted.

        Raises:
            StatusListError: REGISTRY_UNAVAILABLE.
        """
        can_be = _NAME.fullmatch(name) is not None
        # Databases are not asked for what they could not take, and all are asked, whether an earlier one has it or
        # not, so that the time tells little.
        url = f"{self.base_url}/credentials/{name if can_be else '-'}"
        found = [each.ledger.kept(url) for each in self._issuers.values() if each.host]
        return next((each for each in found if each is not None and can_be), None)


def _pages(issuers: Iterable[Issuer], base_url: str) -> dict[str, Hosted]:
    here: dict[str, Issuer] = {}
    for issuer in issuers:
        try:
            if hosted(issuer, base_url=base_url):
                here.setdefault(issuer.id, issuer)
        except (DocumentError, ValueError):
            # It is published somewhere else.
            continue
    # Together, since those of one host share a key set.
    return hosted(*here.values(), base_url=base_url) if here else {}


def achievements_in(folder: Path, base_url: str) -> dict[str, Hosted]:
    """Read the achievements that a service shows: one a file, whose name is the end of its URL.

    Args:
        folder: With files such as ``rust-101.json`` or ``rust-101.toml``; the operator's own.
        base_url: Where the service is reached; an achievement's id is this, ``/achievements/``, and the name.

    Raises:
        DocumentError: A file is no achievement, or has the id of another one.
    """
    found: dict[str, Hosted] = {}
    for file in sorted(each for each in folder.iterdir() if each.suffix in _SUFFIXES):
        try:
            achievement = _achievement(file, f"{base_url.rstrip('/')}/achievements/{file.stem}")
        except OSError as error:
            raise DocumentError.at("/achievements", f"{file} cannot be read: {error.strerror}") from None
        if file.stem in found:
            raise DocumentError.at("/achievements", f"{file} is there twice, as JSON and as TOML")
        found[file.stem] = achievement
    return found


def _achievement(file: Path, url: str) -> Hosted:
    try:
        members: Mapping[str, object] = (
            tomllib.loads(file.read_text(encoding="utf-8"))
            if file.suffix == ".toml"
            else loads_object(file.read_bytes())
        )
        read = build({"id": url, **members}, Achievement)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DocumentError.at("/achievements", f"{file} is not TOML: {error}", "PARSING_ERROR") from None
    except DocumentError as error:
        raise DocumentError.at("/achievements", f"{file}: {error}") from None
    if read.id != url:
        raise DocumentError.at("/achievements", f"the id in {file} must be {url}, where it is served")
    document: JSONObject = {"@context": [CREDENTIALS_V2, OPEN_BADGES_CONTEXT], **read.model_dump()}
    return hosted_as(Kept(dumps(document).encode(), "application/ld+json"), "application/ld+json")
