"""One service for the tests of a module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.server.pages.sites import Site, open_site


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Return a service that trusts its own issuer only."""
    with open_site(tmp_path_factory.mktemp("site")) as opened:
        yield opened
