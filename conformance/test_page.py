"""The page docs/conformance.md says what is here: the versions, the shapes, and the known differences."""

from __future__ import annotations

import json
import re
from pathlib import Path

from conformance import peers
from conformance.differences import DIFFERENCES
from conformance.page import table
from conformance.rows import ROWS
from conformance.shapes import SHAPES

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "conformance.md"


def test_the_page_has_the_versions() -> None:
    text = PAGE.read_text(encoding="utf-8")
    package = json.loads((HERE / "package.json").read_text(encoding="utf-8"))
    versions = package["dependencies"] | {"openvc-core": peers.OPENVC.rpartition("==")[2]}
    versions["openbadgeslib"] = peers.OPENBADGESLIB.rpartition("==")[2]
    missing = [name for name, version in versions.items() if f"| `{name}` | {version} |" not in text]
    assert missing == []


def test_the_page_has_the_known_differences() -> None:
    # `python -m conformance.page` prints them.
    text = PAGE.read_text(encoding="utf-8")
    for peer in dict.fromkeys(row.peer for row in ROWS):
        assert table(peer) in text
    assert len({each.why for each in DIFFERENCES}) == len(DIFFERENCES)


def test_the_page_has_the_number_of_shapes() -> None:
    assert f"credentials of {len(SHAPES)} shapes" in PAGE.read_text(encoding="utf-8")
    assert len({(row.peer, row.name) for row in ROWS}) == len(ROWS)


def test_the_lock_names_no_registry() -> None:
    lock = (HERE / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in lock
    hosts = set(re.findall(r"https?://([^/\"]+)", lock))
    # Where money is asked for.
    assert hosts <= {"github.com", "paulmillr.com", "opencollective.com"}, hosts
