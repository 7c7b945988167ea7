"""What a report says to people: a table for each language, from files in the package (``languages/en.toml`` …).

A translator touches one file; a test says which messages it lacks.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TypeAlias, cast

__all__ = ["Messages", "languages", "messages"]

Entry: TypeAlias = str | list[str]
# Longer than any tag in use (RFC 5646 §4.4.1).
_MAX_TAG = 64


@dataclass(frozen=True, slots=True)
class Messages:
    """The messages of one language."""

    language: str
    """Its tag."""
    sections: Mapping[str, Mapping[str, Entry]]
    """Text, or what was found with what to do about it, by section and name; not to be changed."""

    def words(self, section: str, name: str, /, **values: object) -> str:
        """Return a text with values in it."""
        return self.pair(section, name)[0].format(**values)

    def has(self, section: str, name: str) -> bool:
        """Tell whether there is such a text."""
        return name in self.sections.get(section, ())

    def pair(self, section: str, name: str) -> tuple[str, str]:
        """Return what was found, and what to do about it, which may be nothing."""
        entry = self.sections[section][name]
        return (entry, "") if isinstance(entry, str) else (entry[0], entry[1])


@cache
def languages() -> tuple[str, ...]:
    """Return the tags of the languages that there are."""
    names = (file.name for file in resources.files("microcred.verify").joinpath("languages").iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


def messages(language: str) -> Messages:
    """Return the messages of a language, or of a wider one that it belongs to (RFC 4647 §3.4).

    Args:
        language: A language tag, such as ``es`` or ``es-MX``.

    Raises:
        ValueError: There are none.
    """
    known = {tag.lower(): tag for tag in languages()}
    parts = language[:_MAX_TAG].lower().replace("_", "-").split("-")
    for count in range(len(parts), 0, -1):
        tag = known.get("-".join(parts[:count]))
        if tag is not None:
            return _load(tag)
    raise ValueError(f"there are no messages in that language; there are: {', '.join(languages())}")


# Of the languages in the package only, so that what others ask for cannot fill it.
@cache
def _load(tag: str) -> Messages:
    file = resources.files("microcred.verify").joinpath("languages", f"{tag}.toml")
    return Messages(tag, cast(Mapping[str, Mapping[str, Entry]], tomllib.loads(file.read_text(encoding="utf-8"))))
