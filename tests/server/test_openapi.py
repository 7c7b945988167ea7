"""What the service says of itself is true: schemathesis asks for what is described, and for what is not."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis import Case
from schemathesis.schemas import BaseSchema

from microcred.server import Service, Token, create_app
from tests.server.services import BASE, BEARER, SECRET, issuer

FUZZING = os.environ.get("HYPOTHESIS_PROFILE") == "fuzz"


@pytest.fixture(scope="module")
def described() -> Iterator[BaseSchema]:
    with TemporaryDirectory() as folder:
        service = Service([issuer(Path(folder))], base_url=BASE, tokens=[Token.of(SECRET)])
        yield schemathesis.openapi.from_asgi("/openapi.json", create_app(service))
        service.close()


lazy = schemathesis.pytest.from_fixture("described")


@lazy.parametrize()
@settings(
    max_examples=1_000 if FUZZING else 6,
    derandomize=not FUZZING,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)
def test_every_answer_is_one_that_is_described(case: Case) -> None:
    case.call_and_validate(headers=BEARER)
