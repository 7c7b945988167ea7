"""Every official and third-party sample, against the table in ``samples.tsv``.

All are judged with ``ANY_ISSUER`` as of November 2026, with a fake web that serves the mocks of the vectors, and with
the DCC's context beside the pinned ones. The last column of the table says why, wherever we differ from the manifest.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest

import microcred as mc
from microcred.testing import FakeWeb
from tests.support import SHARED, load_json, vectors

AT = datetime(2026, 11, 1, tzinfo=UTC)
SAMPLES = SHARED / "vectors/ob3"
MARKS = {"failed": "!", "indeterminate": "?", "passed": "~"}


def table() -> dict[str, dict[str, str]]:
    with (Path(__file__).parent / "samples.tsv").open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        next(rows)
        return {row[0]: dict(zip(("expected", "outcome", "checks", "why"), row[1:], strict=True)) for row in rows}


TABLE = table()


@pytest.fixture(scope="module")
def verifier(shared: Path) -> mc.Verifier:
    pages = json.loads((SAMPLES / "samples/mocks/url-map.json").read_text())
    web = FakeWeb({page["url"]: (SAMPLES / page["file"]).read_bytes() for page in pages})
    contexts = {"https://w3id.org/dcc/v1": load_json(shared / "contexts/dcc/dcc-v1.json")}
    return mc.Verifier(trusted_issuers=mc.ANY_ISSUER, fetcher=web, contexts=contexts)


def outcome(report: mc.VerificationReport) -> str:
    return "verified" if report.verified else "refused" if report.refused else "cannot tell"


def checks(report: mc.VerificationReport) -> str:
    shown = [f"{check.name}={MARKS[check.outcome]}{check.code}" for check in report.problems]
    shown += [f"{check.name}=~{check.code}" for check in report if check.outcome == "passed" and check.code]
    return " ".join(shown) or "-"


@pytest.mark.parametrize("name", TABLE)
def test_sample_has_the_outcome_of_the_table(verifier: mc.Verifier, name: str) -> None:
    report = verifier.check((SAMPLES / "samples" / name).read_bytes(), at=AT)
    assert (outcome(report), checks(report)) == (TABLE[name]["outcome"], TABLE[name]["checks"])


@pytest.mark.usefixtures("shared")
def test_table_names_every_sample_of_the_manifest() -> None:
    samples = vectors("ob3/manifest.json", "samples")
    names = {str(sample["file"]).removeprefix("samples/"): sample for sample in samples}
    assert set(TABLE) == set(names)
    for name, sample in names.items():
        expected = sample.get("expected")
        wanted = expected.get("outcome") if isinstance(expected, dict) else expected
        assert TABLE[name]["expected"] == (wanted or "-"), name


def expects(row: dict[str, str]) -> str | None:
    """Return what the manifest expects, in our words; None where it expects nothing."""
    wanted = row["expected"]
    if wanted.startswith(("not asserted", "example", "parse-only", "base of")):
        return None
    good = wanted in ("valid", "warning", "verified", "verifies") or wanted.startswith(
        ("signature verifies", "valid (test")
    )
    return "verified" if good else "refused"


def test_table_gives_a_reason_wherever_it_differs_from_the_manifest() -> None:
    for name, row in TABLE.items():
        wanted = expects(row)
        if wanted is not None and wanted != row["outcome"]:
            assert row["why"] not in ("", "agrees"), name
        if row["outcome"] == "verified":
            # Nothing that the official tools refuse may verify here.
            assert wanted != "refused", name


def test_nothing_that_waits_for_a_later_capability_verifies() -> None:
    waiting = {name: row for name, row in TABLE.items() if "waits for" in row["why"]}
    assert waiting
    assert not [name for name, row in waiting.items() if row["outcome"] == "verified"]
    tally = Counter(row["outcome"] for row in TABLE.values())
    assert sum(tally.values()) == len(TABLE)


def test_each_signature_is_judged_as_the_independent_check_of_the_manifest_has_it(
    verifier: mc.Verifier, shared: Path
) -> None:
    """The manifest's author recomputed each proof with other software; only who holds the key may change that."""
    compared = 0
    for sample in vectors("ob3/manifest.json", "samples"):
        results = sample.get("independent_proof_check")
        if sample["kind"] != "json" or not isinstance(results, list) or not results:
            continue
        verdicts = {cast("dict[str, str]", result)["result"] for result in results}
        proof = verifier.check((shared / "vectors/ob3" / str(sample["file"])).read_bytes(), at=AT)["proof"]
        if "verified" in verdicts:
            key_is_elsewhere = proof.code in ("UNSUPPORTED", "RESOLUTION_ERROR", "INVALID_VERIFICATION_METHOD")
            assert proof.outcome == "passed" or key_is_elsewhere, sample["file"]
            compared += proof.outcome == "passed"
        else:
            assert proof.outcome != "passed", sample["file"]
            compared += 1
    assert compared > 70
