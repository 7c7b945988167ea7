"""The service against its own description (OpenAPI), by a program that looks for where it is not true."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed")

from schemathesis import GenerationMode  # noqa: E402
from schemathesis.checks import CHECKS  # noqa: E402

from microcred.server import Service, Token, create_app  # noqa: E402
from tests.server.issuers import issuing  # noqa: E402
from tests.server.services import BEARER, SECRET  # noqa: E402

IS_LONG = os.environ.get("HYPOTHESIS_PROFILE") == "fuzz"
# What a credential must be beyond being an object is said by its own standards, and by our answer.
NOT_ASKED = {"positive_data_acceptance"}


@pytest.fixture
def app(tmp_path: Path) -> Iterator[FastAPI]:
    base = "http://127.0.0.1:8000"
    issuer = issuing(f"sqlite:///{tmp_path / 'status.db'}", host=True, status=("revocation", "suspension"))
    service = Service([issuer], base_url=base, tokens=[Token.of(SECRET)])
    yield create_app(service)
    service.close()


@pytest.mark.filterwarnings("ignore:Duplicate Operation ID")
def test_the_service_is_as_it_is_described(app: FastAPI) -> None:
    schema = schemathesis.openapi.from_asgi("/openapi.json", app)
    checks = [CHECKS.get_one(name) for name in CHECKS.get_all_names() if name not in NOT_ASKED]
    found = [each.ok() for each in schema.get_all_operations()]
    assert {"/credentials/issue", "/credentials/status", "/credentials/verify", "/presentations/verify"} <= {
        each.path for each in found
    }
    for operation in found:
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            _hold(operation, mode, checks)


def _hold(operation: Any, mode: GenerationMode, checks: list[Any]) -> None:
    if mode is GenerationMode.NEGATIVE and operation.method == "get":
        # Nothing of a path can be wrong, and these take nothing else.
        return

    @settings(
        max_examples=500 if IS_LONG else 8,
        deadline=None,
        database=None,
        derandomize=not IS_LONG,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode), signs=st.booleans())
    def holds(case: Any, signs: bool) -> None:
        headers = BEARER if signs or operation.path.endswith("/issue") else {}
        case.call_and_validate(headers=headers, checks=checks)

    holds()
