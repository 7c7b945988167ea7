"""The words on a certificate: a table for each language, from files in the package (``languages/en.toml`` …)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib import resources
from typing import cast

__all__ = ["Words", "languages", "words"]

# Longer than any tag in use (RFC 5646 §4.4.1).
_MAX_TAG = 64


class Words:
    """The words of one language."""

    def __init__(self, language: str, table: Mapping[str, str | list[str]]) -> None:
        self.language = language
        self._table = table

    def __getitem__(self, name: str) -> str:
        return cast(str, self._table[name])

    def day(self, moment: datetime) -> str:
        """Return a date in words, in the time zone in which it was written."""
        month = self._table["months"][moment.month - 1]
        return self["day"].format(day=moment.day, month=month, year=moment.year)


@cache
def languages() -> tuple[str, ...]:
    """Return the tags of the languages that there are."""
    names = (file.name for file in resources.files("microcred.share").joinpath("languages").iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


def words(language: str) -> Words:
    """Return the words of a language, or of a wider one that it belongs to (RFC 4647 §3.4).

    Args:
        language: A language tag, such as ``es`` or ``es-MX``.

    Raises:
        ValueError: There are none.
    """
    parts = language[:_MAX_TAG].lower().replace("_", "-").split("-")
    for count in range(len(parts), 0, -1):
        tag = "-".join(parts[:count])
        if tag in languages():
            return _load(tag)
    raise ValueError(f"there is no certificate in that language; there are: {', '.join(languages())}")


# Of the languages in the package only, so that what others ask for cannot fill it.
@cache
def _load(tag: str) -> Words:
    file = resources.files("microcred.share").joinpath("languages", f"{tag}.toml")
    return Words(tag, cast(Mapping[str, str | list[str]], tomllib.loads(file.read_text(encoding="utf-8"))))
