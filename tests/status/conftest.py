"""A database for each test of the registry, of each kind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from microcred.status.registry import StatusRegistry
from tests.status.databases import make_database, run_postgresql

BASE_URL = "https://example.edu/status"


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of a PostgreSQL server, without a database."""
    with run_postgresql() as address:
        yield address


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'status.db'}"
    return make_database(request.getfixturevalue("postgresql"))


@pytest.fixture
def registry(database: str) -> Iterator[StatusRegistry]:
    """An empty registry."""
    with StatusRegistry(database, base_url=BASE_URL) as opened:
        yield opened
