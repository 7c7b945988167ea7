"""The words of the pages: a table for each language, from files in the package (``languages/en.toml`` …)."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Final, cast

from markupsafe import Markup, escape
from starlette.requests import Request

from microcred.share import _words as of_certificates
from microcred.verify.messages import languages as of_reports
from microcred.verify.messages import messages

__all__ = ["DEFAULT_LANGUAGE", "Words", "language_of", "languages", "words"]

DEFAULT_LANGUAGE: Final = "en"
# Browsers send a handful of languages.
_MAX_HEADER, _MAX_TAGS, _MAX_TAG = 500, 20, 64


class Words:
    """The words of one language, for templates: ``words("issuer-calls", name=…)``."""

    def __init__(self, language: str, table: Mapping[str, str]) -> None:
        self.language = language
        self._table = table
        self._days = of_certificates.words(language)
        self._messages = messages(language)

    def __call__(self, name: str, /, **values: object) -> Markup:
        """Return words as HTML; the values in them are untrusted, and are escaped and isolated.

        Args:
            name: Of the words.
            values: What is put in (UAX #9 §2.7: each in a direction of its own).
        """
        isolated = {key: Markup("<bdi>{}</bdi>").format(value) for key, value in values.items()}
        return escape(self._table[name]).format(**isolated)

    def plain(self, name: str, /, **values: object) -> str:
        """Return words as text, for attributes."""
        return self._table[name].format(**values)

    @property
    def names(self) -> frozenset[str]:
        """The names of all words."""
        return frozenset(self._table)

    @property
    def direction(self) -> str:
        """``ltr`` or ``rtl``."""
        return self._table["direction"]

    def day(self, moment: datetime) -> str:
        """Return a date in words, in the time zone in which it was written."""
        return self._days.day(moment)

    def of_report(self, section: str, name: str) -> str:
        """Return words of reports."""
        return self._messages.words(section, name)

    def advice_of_report(self, section: str, name: str) -> str:
        """Return what reports advise."""
        return self._messages.pair(section, name)[1]


@cache
def languages() -> tuple[str, ...]:
    """Return the tags of the languages that pages, reports and dates have."""
    names = (file.name for file in resources.files("microcred.server.pages").joinpath("languages").iterdir())
    found = {name.removesuffix(".toml") for name in names if name.endswith(".toml")}
    return tuple(sorted(found & set(of_reports()) & set(of_certificates.languages())))


def words(language: str) -> Words:
    """Return the words of a language, or of a wider one that it belongs to (RFC 4647 §3.4), or else English ones.

    Args:
        language: A language tag; untrusted.
    """
    return _load(_known(language) or DEFAULT_LANGUAGE)


def language_of(request: Request) -> str:
    """Return the language for whoever asks: that of ``?lang=``, or the first that they read (RFC 9110 §12.5.4).

    Args:
        request: Untrusted.
    """
    wanted = [request.query_params.get("lang", ""), *_preferred(request.headers.get("accept-language", ""))]
    return next(filter(None, map(_known, wanted)), DEFAULT_LANGUAGE)


# Of the languages in the package only, so that what others ask for cannot fill it.
@cache
def _load(tag: str) -> Words:
    file = resources.files("microcred.server.pages").joinpath("languages", f"{tag}.toml")
    return Words(tag, cast("Mapping[str, str]", tomllib.loads(file.read_text(encoding="utf-8"))))


def _known(language: str) -> str | None:
    parts = language[:_MAX_TAG].lower().replace("_", "-").split("-")
    tags = ("-".join(parts[:count]) for count in range(len(parts), 0, -1))
    return next((tag for tag in tags if tag in languages()), None)


def _preferred(header: str) -> Iterator[str]:
    """Yield the languages of an ``Accept-Language``, the most wanted first."""
    wanted: list[tuple[float, str]] = []
    for item in header[:_MAX_HEADER].split(",")[:_MAX_TAGS]:
        tag, _, quality = item.partition(";")
        try:
            weight = float(quality.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        if weight > 0:
            wanted.append((weight, tag.strip()))
    for _, tag in sorted(wanted, key=lambda pair: -pair[0]):
        yield tag
