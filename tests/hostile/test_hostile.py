"""The cases, judged by this library: the right verdict, nothing fetched that must not be, bounded time and memory."""

from __future__ import annotations

import asyncio
import time
import tracemalloc
from collections import Counter

import pytest

from microcred.limits import DEFAULT_LIMITS
from tests.hostile import corpus, generate, run
from tests.hostile.corpus import JSON, content_of

CASES = list(corpus.cases())
# An ordinary case takes some milliseconds, and the worst a second.
CEILING_SECONDS = 60.0
# What is given is read into a few copies; beside that, a status list of the largest size and what it came in.
COPIES, CEILING_BYTES = 4, 64 * 2**20
GREEDY = ("bombs", "status-encodings")
each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["id"]))


@each_case
def test_a_case_gets_its_verdict(case: JSON) -> None:
    web, other = run.web_of(case), run.web_of(case)
    start = time.thread_time()
    report = run.check(case, web)
    assert time.thread_time() - start < CEILING_SECONDS
    run.require(case["expect"], report)
    assert len(web.requests) <= DEFAULT_LIMITS.max_fetches
    assert set(web.requests).isdisjoint(case.get("neverFetched", ()))
    # Asynchronous code gets the same.
    assert asyncio.run(run.acheck(case, other)).to_dict() == report.to_dict()
    assert web.requests == other.requests


@pytest.mark.parametrize(
    "case", [case for case in CASES if case["id"].split("/")[0] in GREEDY], ids=lambda case: str(case["id"])
)
def test_a_case_takes_little_memory(case: JSON) -> None:
    given = content_of(case["input"])
    size = len(given) if isinstance(given, str | bytes) else 0
    tracemalloc.start()
    try:
        run.check(case, run.web_of(case))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < COPIES * size + CEILING_BYTES


# The corpus itself


def test_the_files_are_what_the_generator_makes() -> None:
    made = dict(generate.files())
    found = {path.name: path.read_text(encoding="utf-8") for path in corpus.CASES.glob("*.json")}
    assert found.keys() == made.keys()
    stale = [name for name, text in made.items() if found[name] != text]
    assert stale == [], "run: python -m tests.hostile.generate"


def test_every_case_says_what_it_is() -> None:
    ids = Counter(case["id"] for case in CASES)
    assert [name for name, count in ids.items() if count > 1] == []
    outcomes = {case["id"]: case["expect"]["outcome"] for case in CASES}
    assert set(outcomes.values()) == {"verified", "refused", "indeterminate"}
    for case in CASES:
        assert case["why"]
        assert case["standard"]
        assert case["ask"]["trusted"]
        # A verifier that refuses everything does not pass: what differs is why it is refused.
        if case["expect"]["outcome"] != "verified":
            assert outcomes[case["control"]] == "verified", case["id"]


def test_the_corpus_is_small_and_broad() -> None:
    assert sum(case["expect"]["outcome"] != "verified" for case in CASES) >= 1000
    assert sum(path.stat().st_size for path in corpus.CASES.glob("*.json")) < 2 * 10**6
