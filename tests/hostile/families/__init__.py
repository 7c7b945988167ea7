"""The families of cases, each a function that makes one."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

from tests.hostile.corpus import Family

_MODULES = (
    *("signatures", "proofs", "json_text", "json_ld", "issuers", "look_alikes", "hosted_keys", "jwts"),
    *("sd_jwts", "cose_messages", "envelopes", "statuses", "times", "presentations", "recipients", "nested"),
    *("selective", "types", "schemas", "images", "bombs"),
)


def every() -> Iterator[Family]:
    """Make all families."""
    for name in _MODULES:
        yield from import_module(f"{__name__}.{name}").families()
