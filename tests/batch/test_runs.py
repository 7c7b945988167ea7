"""Runs: stopped at any moment and begun again, each row is issued once."""

from __future__ import annotations

import json
import stat
import zipfile
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

import microcred as mc
from microcred.baking import unbake
from microcred.batch.manifest import Secret
from microcred.batch.runs import BatchRun, Plan, try_out
from microcred.errors import BatchError
from microcred.signers import KeyReference
from tests.batch.make import Deadly, key_in_worker, verifier
from tests.batch.running import TEMPLATE, plan, table
from tests.make import KEY, OTHER

REPOSITORY = Path(__file__).parents[2]
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'


def run(folder: Path, given: Plan, **options: object) -> dict[int, dict[str, object]]:
    """Do a run, and return its manifest."""
    with BatchRun(folder, given, KEY, **options) as batch:  # type: ignore[arg-type]
        for _ in batch.go():
            pass
    return manifest(folder)


def manifest(folder: Path) -> dict[int, dict[str, object]]:
    lines = (folder / "manifest.ndjson").read_text().splitlines()
    return {each["row"]: each for each in map(json.loads, lines)}


def refusal(folder: Path, given: Plan) -> str:
    with pytest.raises(BatchError) as caught:
        run(folder, given)
    return caught.value.code


def test_what_a_killed_run_wrote_last_is_cut_off(tmp_path: Path) -> None:
    given = plan(table(tmp_path / "rows.csv", 3))
    first = run(tmp_path / "run", given)
    lines = tmp_path / "run" / "credentials.ndjson"
    whole = lines.read_bytes()
    lines.write_bytes(whole + b'{"torn')
    assert run(tmp_path / "run", given) == first
    assert lines.read_bytes() == whole
    lines.write_bytes(whole[:-5])
    assert refusal(tmp_path / "run", given) == "RUN_DAMAGED"


def test_each_row_is_a_credential_that_verifies(tmp_path: Path) -> None:
    found = run(tmp_path / "run", plan(table(tmp_path / "rows.csv", 3), "files", zipped=True))
    for each in found.values():
        data = (tmp_path / "run" / str(each["file"])).read_bytes()
        assert verifier().check(data, recipient=f"learner-{each['row'] - 2}@example.edu").verified  # type: ignore[operator]
    with zipfile.ZipFile(tmp_path / "run" / "credentials.zip") as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [each["file"] for each in found.values()]
    assert stat.S_IMODE((tmp_path / "run" / "secret").stat().st_mode) == 0o600


def test_jwts_and_pictures(tmp_path: Path) -> None:
    recipients = table(tmp_path / "rows.csv", 2)
    picture = tmp_path / "badge.svg"
    picture.write_bytes(SVG)
    did = tmp_path / "did.csv"
    did.write_text("learner,grade\ndid:example:1,1\ndid:example:2,2\n")
    run(tmp_path / "jwt", plan(did, form="jwt", to="learner"))
    for line in (tmp_path / "jwt" / "credentials.ndjson").read_text().splitlines():
        assert verifier().check(json.loads(line)).verified
    run(tmp_path / "svg", plan(recipients, "files", image=picture))
    for file in (tmp_path / "svg" / "credentials").glob("*.svg"):
        assert verifier().check(unbake(file.read_bytes())).verified
    assert refusal(tmp_path / "x", plan(recipients, "lines", image=picture)) == "UNSUPPORTED"
    assert refusal(tmp_path / "x", plan(recipients, "lines", zipped=True)) == "UNSUPPORTED"


def test_rows_with_something_wrong_do_not_stop_the_others(tmp_path: Path) -> None:
    recipients = tmp_path / "rows.csv"
    recipients.write_text("email,grade\na@example.edu,1\nnobody,2\na@example.edu,3\nb@example.edu,\nc@example.edu\n")
    found = run(tmp_path / "run", plan(recipients, id_from=("email",)))
    assert [found[row]["status"] for row in range(2, 7)] == ["done", "error", "error", "error", "error"]
    assert run(tmp_path / "run", plan(recipients, id_from=("email",))) == found
    tried = list(try_out(plan(recipients, id_from=("email",))))
    assert [each.row for each in tried if each.error is None] == [2]


def test_a_dry_run_judges_what_no_run_would_sign(tmp_path: Path) -> None:
    recipients = tmp_path / "rows.csv"
    recipients.write_text("from,email\n2026-05-01T09:30:00Z,a@example.edu\nyesterday,b@example.edu\n")
    template = {**TEMPLATE, "validFrom": "{{ from }}", "name": "{{ email }}", "credentialSubject": _subject()}
    tried = list(try_out(plan(recipients, template=template), with_status=True))
    assert [each.error is None for each in tried] == [True, False]
    assert [each["status"] for each in run(tmp_path / "run", plan(recipients, template=template)).values()] == [
        "done",
        "error",
    ]


def _subject() -> dict[str, object]:
    return {"achievement": {**TEMPLATE["credentialSubject"]["achievement"], "criteria": "Passed."}}


@pytest.mark.parametrize("what", ["template", "recipients", "option"])
def test_a_run_that_has_changed_is_refused(tmp_path: Path, what: str) -> None:
    recipients = table(tmp_path / "rows.csv", 2)
    given = plan(recipients)
    run(tmp_path / "run", given)
    if what == "recipients":
        table(recipients, 3)
    changes: dict[str, dict[str, Any]] = {
        "template": {"template": {**TEMPLATE, "name": "Another"}},
        "option": {"id_from": ("email",)},
    }
    assert refusal(tmp_path / "run", plan(recipients, **changes.get(what, {}))) == "RUN_CHANGED"


@pytest.mark.parametrize(
    "changes",
    [
        {"id_from": ("nobody",)},
        {"to": "nobody"},
        {"template": {**TEMPLATE, "validFrom": "{{ grade }}"}},
        {"template": {**TEMPLATE, "credentialSubject": {"achievement": {"name": "{{ grade }}", "id": "urn:x"}}}},
        {"template": {**TEMPLATE, "id": "urn:example:1"}},
        {"template": {**TEMPLATE, "name": "{{ no such column }}"}},
    ],
)
def test_nothing_is_signed_when_the_template_cannot_be(tmp_path: Path, changes: dict[str, Any]) -> None:
    recipients = table(tmp_path / "rows.csv", 2)
    with pytest.raises((BatchError, mc.DocumentError)):
        run(tmp_path / "run", plan(recipients, **changes))
    assert not (tmp_path / "run" / "credentials.ndjson").exists()
    # It can be corrected, since nothing was given to anybody.
    assert len(run(tmp_path / "run", plan(recipients))) == 2


def test_the_key_of_another_signs_nothing(tmp_path: Path) -> None:
    with pytest.raises(mc.SigningError):
        BatchRun(tmp_path / "run", plan(table(tmp_path / "rows.csv", 1)), OTHER)


def test_ids_that_the_template_makes(tmp_path: Path) -> None:
    recipients = table(tmp_path / "rows.csv", 6)
    template = {**TEMPLATE, "id": "https://example.edu/credentials/{{ grade }}"}
    found = run(tmp_path / "run", plan(recipients, template=template))
    assert found[2]["id"] == "https://example.edu/credentials/1"
    # The sixth has the grade of the first.
    assert [each["status"] for each in found.values()] == ["done"] * 5 + ["error"]


def test_rows_of_a_lost_worker_are_signed_by_the_next_run(tmp_path: Path) -> None:
    given = plan(table(tmp_path / "rows.csv", 300), "files")
    deadly = Deadly(tmp_path / "died", once=True)
    with BatchRun(tmp_path / "run", given, deadly) as batch:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as executor:
            states = {each.status for each in batch.go(executor)}
        assert "reserved" in states
        ids = {each.row: each.id for each in batch.problems()}
    found = run(tmp_path / "run", given)
    assert len(found) == 300
    assert all(each["status"] == "done" for each in found.values())
    assert all(found[row]["id"] == name for row, name in ids.items())


def test_workers_have_a_reference_to_the_key(tmp_path: Path) -> None:
    given = plan(table(tmp_path / "rows.csv", 150))
    with BatchRun(tmp_path / "run", given, KeyReference(key_in_worker)) as batch:
        with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as executor:
            assert len(list(batch.go(executor))) == 150
        assert batch.counts == {"done": 150}


def test_ids_tell_nothing_without_the_secret(tmp_path: Path) -> None:
    one, other = Secret(tmp_path / "one"), Secret(tmp_path / "other")
    assert one.urn("a@example.edu") == Secret(tmp_path / "one").urn("a@example.edu")
    assert len({one.urn("a", "b"), one.urn("ab"), one.urn("a,b"), other.urn("a", "b")}) == 4
    assert "one" not in repr(one)
    (tmp_path / "one").write_text("short")
    with pytest.raises(BatchError):
        Secret(tmp_path / "one")
