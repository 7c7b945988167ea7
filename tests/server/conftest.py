"""The databases of the tests of the registry, for those of the service."""

from __future__ import annotations

from tests.status.conftest import database, postgresql

__all__ = ["database", "postgresql"]
