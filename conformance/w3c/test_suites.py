"""What README.md says of the suites is what they are held against."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from conformance.w3c.suites import SUITES

HERE = Path(__file__).parent


def test_the_readme_has_the_counts() -> None:
    text = (HERE / "README.md").read_text(encoding="utf-8")
    for suite in SUITES:
        counts = suite.expected
        row = f"| `{suite.name}` | `{suite.commit[:10]}` | {counts.passed} | {counts.pending} | {counts.failed} |"
        assert row in text


def test_the_page_has_the_counts() -> None:
    text = (HERE.parents[1] / "docs" / "conformance.md").read_text(encoding="utf-8")
    for suite in SUITES:
        counts = suite.expected
        assert f"| {counts.passed} | {counts.pending} | {counts.failed} |" in text


def test_the_context_that_came_from_elsewhere_is_unchanged() -> None:
    text = (HERE / "README.md").read_text(encoding="utf-8")
    assert f"`{sha256((HERE / 'contexts' / 'vdl-v1.jsonld').read_bytes()).hexdigest()}`" in text
