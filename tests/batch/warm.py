"""Whatever imports this has all at hand that a run needs: processes that are forked from there begin at once."""

from __future__ import annotations

import tempfile
from pathlib import Path

import microcred.status._assigning
import microcred.status._migrations  # noqa: F401
from microcred.batch.runs import BatchRun
from tests.batch.running import plan, table
from tests.make import KEY

with tempfile.TemporaryDirectory() as _name:
    _recipients = table(Path(_name) / "rows.csv", 2)
    with BatchRun(Path(_name) / "run", plan(_recipients), KEY) as _run:
        list(_run.go())
