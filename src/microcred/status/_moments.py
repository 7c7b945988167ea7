"""Times in the tables: text in UTC that people can read, and that sorts."""

from __future__ import annotations

from datetime import UTC, datetime

__all__ = ["read", "write"]


def write(moment: datetime) -> str:
    """Return a time as the tables have it.

    Raises:
        ValueError: It has no time zone.
    """
    if moment.utcoffset() is None:
        raise ValueError("at= needs a time zone, such as datetime(2026, 5, 1, tzinfo=UTC)")
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def read(text: str) -> datetime:
    """Return a time out of the tables."""
    return datetime.fromisoformat(text)
