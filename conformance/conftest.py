"""The peers, started once; and the figures behind a run."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from conformance import peers
from conformance.peers import Peer, UnavailableError

FIGURE = "figure"


def _started(find: Callable[[], list[str]]) -> Iterator[Peer]:
    try:
        command = find()
    except UnavailableError as reason:
        if os.environ.get("CI") == "true":
            pytest.exit(f"no peer, and a run in CI leaves none out: {reason}", returncode=1)
        pytest.skip(f"no peer: {reason}")
    peer = Peer(command)
    yield peer
    peer.close()


@pytest.fixture(scope="session")
def javascript() -> Iterator[Peer]:
    """The libraries of package.json."""
    yield from _started(peers.javascript)


@pytest.fixture(scope="session")
def openvc() -> Iterator[Peer]:
    """openvc-core."""
    yield from _started(peers.openvc)


@pytest.fixture(scope="session")
def openbadgeslib() -> Iterator[Peer]:
    """openbadgeslib."""
    yield from _started(peers.openbadgeslib)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print for each format how many shapes went through, and how many differ as is known."""
    figures: Counter[tuple[str, str]] = Counter()
    for report in terminalreporter.stats.get("passed", []):
        for name, value in report.user_properties:
            if name == FIGURE:
                figures[tuple(value)] += 1
    if not figures:
        return
    terminalreporter.section("shapes that went through, and known differences")
    for row in dict.fromkeys(row for row, _ in figures):
        parts = [f"{what} {count}" for (of, what), count in figures.items() if of == row]
        terminalreporter.write_line(f"{row:42} {', '.join(parts)}")
