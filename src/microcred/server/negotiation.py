"""Which form of a document a client wants, and whether it has it already: RFC 9110 §12.5.1 and §13.1.2."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

__all__ = ["has_already", "preferred"]

_WORD: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_RANGE: Final = re.compile(rf"(?:\*/\*|{_WORD}/(?:\*|{_WORD}))")
_WEIGHT: Final = re.compile(r"(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)")
_ENTITY_TAG: Final = re.compile(r'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")')
# Far more than any client sends; what is behind them does not count.
_MOST_RANGES: Final = 64


def preferred(accept: str | None, offered: Sequence[str]) -> str | None:
    """Return the media type that a client likes best; None if it takes none of them.

    Args:
        accept: The header ``Accept``, if there is one; untrusted. What of it cannot be read does not count.
        offered: What there is, the best first, for clients that like several equally.
    """
    ranges = list(_weighted(accept or ""))
    if not ranges:
        return offered[0]
    best, most = None, 0.0
    for media_type in offered:
        weight = _weight_of(media_type, ranges)
        if weight > most:
            best, most = media_type, weight
    return best


def _weighted(accept: str) -> Iterable[tuple[str, bool, float]]:
    """Yield each range in lower case, whether it has parameters, and its weight."""
    for element in accept.split(",", _MOST_RANGES)[:_MOST_RANGES]:
        name, *parameters = (part.strip() for part in element.split(";"))
        if not _RANGE.fullmatch(name):
            continue
        weight, plain = 1.0, True
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip().lower() == "q":
                weight = float(value.strip()) if _WEIGHT.fullmatch(value.strip()) else 0.0
            elif parameter:
                plain = False
        yield name.lower(), plain, weight


def _weight_of(media_type: str, ranges: Sequence[tuple[str, bool, float]]) -> float:
    """Return the weight of the most specific range that a type is in (§12.5.1)."""
    found: dict[int, float] = {}
    whole = media_type.partition("/")[0] + "/*"
    for name, plain, weight in ranges:
        if name == media_type:
            # One with parameters, such as a profile, is answered where the plain type is not named.
            found.setdefault(3 if plain else 2, weight)
        elif name == whole:
            found.setdefault(1, weight)
        elif name == "*/*":
            found.setdefault(0, weight)
    return found[max(found)] if found else 0.0


def has_already(if_none_match: str | None, etag: str) -> bool:
    """Tell whether a client has the current version: §13.1.2, by weak comparison (§8.8.3.2).

    Args:
        if_none_match: The header ``If-None-Match``, if there is one; untrusted.
        etag: The current one, in its quotes.
    """
    if if_none_match is None:
        return False
    return if_none_match.strip() == "*" or etag in _ENTITY_TAG.findall(if_none_match)
