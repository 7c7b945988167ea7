"""How the time is taken: processor time, in rounds, in units of one raw Ed25519 signature of 64 bytes.

The machines are noisy, and share their cores. So in each round each case runs once, and the unit runs before and after
it; what is reported is the median over the rounds of the ratios within a round. This module needs nothing but
``cryptography``: the workers of the peers use it too, in an environment without microcred.
"""

from __future__ import annotations

import gc
import os
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric import ed25519

__all__ = ["Case", "Result", "Work", "measure", "one_core", "seconds_each"]

Work = Callable[[], object]
"""One operation, with all that it needs; what it returns is looked at afterwards."""
_SIGNATURES = 100
_KEY = ed25519.Ed25519PrivateKey.generate()
_DATA = bytes(range(64))


@dataclass(frozen=True)
class Case:
    """Something to measure."""

    name: tuple[str, ...]
    """The row and the column that it fills."""
    seconds: Callable[[int], float]
    """Takes the number of the round, and returns the processor time of one operation."""


@dataclass
class Result:
    """What came out of the rounds."""

    unit_seconds: float = 0.0
    """The median processor time of one raw signature."""
    units: dict[tuple[str, ...], float] = field(default_factory=dict)
    """The median ratio of each case."""
    spread: dict[tuple[str, ...], float] = field(default_factory=dict)
    """The middle half of the ratios of each case, from end to end, as a part of the median."""


def one_core() -> None:
    """Stay on one core, with all processes that are started from now on, where the system can do that."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def seconds_each(works: Sequence[Work], check: Callable[[object], bool] | None = None) -> float:
    """Run each operation once, and return the mean processor time of one.

    Args:
        works: The operations.
        check: Looks at each outcome, outside of the measured part.

    Raises:
        RuntimeError: An outcome was not right.
    """
    outcomes: list[object] = []
    begun = time.process_time()
    for work in works:
        outcomes.append(work())  # noqa: PERF401
    used = time.process_time() - begun
    if check is not None and not all(map(check, outcomes)):
        raise RuntimeError("a measured operation did not do what it should")
    return used / len(works)


def _unit() -> float:
    sign = _KEY.sign
    begun = time.process_time()
    for _ in range(_SIGNATURES):
        sign(_DATA)
    return (time.process_time() - begun) / _SIGNATURES


def measure(cases: Iterable[Case], rounds: int) -> Result:
    """Run all cases in turn, round after round; a first round warms up and is not counted.

    Args:
        cases: What to measure.
        rounds: How many rounds count.
    """
    cases = list(cases)
    units: list[float] = []
    ratios: dict[tuple[str, ...], list[float]] = {case.name: [] for case in cases}
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        for number in range(rounds + 1):
            gc.collect()
            before = _unit()
            for case in cases:
                seconds = case.seconds(number)
                after = _unit()
                if number > 0:
                    ratios[case.name].append(2 * seconds / (before + after))
                    units.append(after)
                before = after
    finally:
        if was_enabled:
            gc.enable()
    medians = {name: statistics.median(values) for name, values in ratios.items()}
    return Result(statistics.median(units), medians, {name: _spread(values) for name, values in ratios.items()})


def _spread(values: Sequence[float]) -> float:
    if len(values) < 2:
        return 0.0
    low, middle, high = statistics.quantiles(values)
    return (high - low) / middle
