"""What a registry says of an issuer, as it may be shown to people, put into a page and logged."""

from __future__ import annotations

import unicodedata

from microcred.json import JSONValue
from microcred.verify.asking import is_plain

__all__ = ["readable", "web_page"]

_MAX_CHARACTERS = 256
_LINES = ("Cc", "Zl", "Zp")
# They change the order of the text around them (UAX #9 §2).
_DIRECTIONS = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")


def readable(value: JSONValue) -> str | None:
    """Return a name on one line that leaves the text around it alone, or None.

    Args:
        value: What a registry calls an issuer: the registry is trusted, but its text is often the issuer's own.
    """
    if not isinstance(value, str) or len(value) > _MAX_CHARACTERS:
        return None
    name = value.strip()
    plain = not any(
        unicodedata.category(character) in _LINES or unicodedata.bidirectional(character) in _DIRECTIONS
        for character in name
    )
    return name if name and plain else None


def web_page(value: JSONValue) -> str | None:
    """Return the URL of a web page that can be made a link, or None; a ``javascript:`` URL is none."""
    return value if isinstance(value, str) and is_plain(value, allow_http=True) else None
