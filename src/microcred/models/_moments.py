"""Date-times that keep their spelling.

Verifiable Credentials Data Model 2.0 §4.9 (XML Schema dateTimeStamp).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Self, TypeVar, cast

__all__ = ["DateTime", "now"]

# XML Schema 1.1 Part 2 §3.3.7; the zone is optional there, and required by the dateTimeStamp of §3.4.28.
_DATE_TIME = re.compile(
    r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
    r"T(?:(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?|(?P<midnight>24):00:00(?:\.0+)?)"
    r"(?:Z|[+-](?:(?:0\d|1[0-3]):[0-5]\d|14:00))?",
    re.ASCII,
)


_SHORT = 40
D = TypeVar("D", bound="DateTime")


class DateTime(datetime):
    """A date and time that remembers how it was written, so that what was signed stays as it was."""

    _lexical: str | None = None

    @classmethod
    def parse(cls, text: str, *, tolerant: bool = False) -> Self:
        """Read an XML Schema dateTime.

        Args:
            text: Such as ``2026-05-01T09:30:00Z``; untrusted.
            tolerant: Take a lower-case ``t`` and ``z`` as well.

        Raises:
            ValueError: Another form, or a date that does not exist.
        """
        # Most credentials share their dates with many others.
        return (_parsed_before if len(text) <= _SHORT else _parsed)(cls, text, tolerant)

    @classmethod
    def of(cls, moment: datetime) -> Self:
        """Take over a datetime, cut to whole seconds.

        Raises:
            ValueError: It has no time zone.
        """
        if isinstance(moment, cls):
            return moment
        if moment.utcoffset() is None:
            raise ValueError("needs a time zone; use datetime.now(timezone.utc) or microcred.now()")
        return cls.combine(moment.date(), moment.timetz().replace(microsecond=0))

    @property
    def lexical(self) -> str:
        """The text on the wire."""
        if self._lexical is None:
            text = self.isoformat()
            self._lexical = text.removesuffix("+00:00") + "Z" if self.utcoffset() == timedelta(0) else text
        return self._lexical

    def __reduce_ex__(self, protocol: object) -> tuple[Callable[[str], DateTime], tuple[str]]:
        return _unpickle, (self.lexical,)

    def __deepcopy__(self, memo: object) -> Self:
        return self


def _parsed(cls: type[D], text: str, tolerant: bool) -> D:
    plain = text.upper() if tolerant else text
    match = _DATE_TIME.fullmatch(plain)
    if match is None:
        raise ValueError("must be a date and time such as 2026-05-01T09:30:00Z")
    try:
        if match["midnight"]:
            parsed = cls.fromisoformat(plain[:11] + "00" + plain[13:]) + timedelta(days=1)
        else:
            parsed = cls.fromisoformat(plain)
    except (ValueError, OverflowError):
        raise ValueError("names a date that does not exist") from None
    parsed._lexical = text  # noqa: SLF001
    return parsed


_parsed_before = cast("Callable[[type[D], str, bool], D]", lru_cache(maxsize=1024)(_parsed))


def _unpickle(lexical: str) -> DateTime:
    return DateTime.parse(lexical, tolerant=True)


def now() -> DateTime:
    """Return the current time in UTC, in whole seconds, as ``validFrom`` and ``created`` want it."""
    return DateTime.of(datetime.now(UTC))
