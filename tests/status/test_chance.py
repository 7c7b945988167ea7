"""Indexes are drawn so that nobody can tell one from others."""

from __future__ import annotations

import random
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from microcred.status import MINIMUM_ENTRIES, _assigning
from microcred.status.registry import StatusRegistry
from tests.status.conftest import BASE_URL

DRAWS, CELLS = 30_000, 64


def chi_square(values: list[int], cells: int, most: int) -> float:
    """Return how far counts are from equal ones."""
    counts = Counter(value * cells // most for value in values)
    expected = len(values) / cells
    return sum((counts[cell] - expected) ** 2 / expected for cell in range(cells))


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> list[int]:
    """Indexes in the order in which they were assigned, always the same ones."""
    url = f"sqlite:///{tmp_path_factory.mktemp('chance')}/status.db"
    with pytest.MonkeyPatch.context() as patch, StatusRegistry(url, base_url=BASE_URL) as registry:
        patch.setattr(_assigning, "_RANDOM", random.Random(20_260_601))
        # Some one by one, and most at once.
        singles = [registry.assign(f"urn:example:{number}") for number in range(500)]
        many = registry.assign_many(f"urn:example:{number}" for number in range(500, DRAWS))
        return [int(entry.status_list_index) for entry in (*singles, *(entry for _, entry in many))]


def test_the_numbers_are_those_of_the_system() -> None:
    assert isinstance(_assigning._RANDOM, random.SystemRandom)


def test_each_index_is_as_likely_as_any_other(drawn: list[int]) -> None:
    assert len(set(drawn)) == DRAWS
    # 63 degrees of freedom: one sequence in a thousand is beyond 103.4.
    half = len(drawn) // 2
    for part in (drawn, drawn[:500], drawn[:half], drawn[half:]):
        assert chi_square(part, CELLS, MINIMUM_ENTRIES) < 103.4


def test_an_index_tells_nothing_about_the_next_one(drawn: list[int]) -> None:
    pairs = [(first * 8 // MINIMUM_ENTRIES) * 8 + second * 8 // MINIMUM_ENTRIES for first, second in pairwise(drawn)]
    assert chi_square(pairs, 64, 64) < 103.4
    steps = [(second - first) % MINIMUM_ENTRIES for first, second in pairwise(drawn)]
    assert chi_square(steps, CELLS, MINIMUM_ENTRIES) < 103.4


def test_the_last_free_indexes_are_found(tmp_path: Path) -> None:
    with StatusRegistry(f"sqlite:///{tmp_path}/status.db", base_url=BASE_URL) as registry:
        registry.assign("urn:example:1")
        with registry._database.reading() as connection:
            tiny = _assigning._Open(1, BASE_URL, 8, 8, 0)
            for count in range(8):
                assert len(set(_assigning._draw(connection, tiny, count))) == count


@pytest.mark.parametrize("purposes", [("revocation", "suspension"), ("suspension", "revocation")])
def test_one_purpose_tells_nothing_about_the_other(tmp_path: Path, purposes: tuple[str, str]) -> None:
    with StatusRegistry(f"sqlite:///{tmp_path}/status.db", base_url=BASE_URL) as registry:
        made = registry.assign_many((f"urn:example:{number}" for number in range(1_000)), purposes)  # type: ignore[arg-type]
        pairs = [[int(entry.status_list_index) for entry in both] for _, both in made]
    assert sum(first == second for first, second in pairs) < 10
    assert 0.4 < sum(first < second for first, second in pairs) / len(pairs) < 0.6
