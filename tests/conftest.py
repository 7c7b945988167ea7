"""What every test may use: the third-party test data, and the effort that hypothesis makes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.support import SHARED

# Derandomised, so that a change is judged by what it does. `make fuzz` searches on.
settings.register_profile(
    "ci", deadline=None, max_examples=100, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "fuzz", deadline=None, max_examples=20_000, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of the third-party test data, which is not part of the project."""
    if not SHARED.is_dir():
        pytest.skip(f"no third-party test data at {SHARED}; set MICROCRED_SHARED to where it is")
    return SHARED
