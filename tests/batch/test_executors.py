"""Streams through executors: order, room, workers that die, and closing early."""

from __future__ import annotations

import gc
import os
import threading
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import pytest

import microcred as mc
from microcred import signing
from microcred.batch import SignResult, sign_many
from microcred.signers import KeyReference
from tests.batch.make import CREATED, Counted, Deadly, key_in_worker, no_key, row, rows, template
from tests.make import KEY, badge

REFERENCE = KeyReference(key_in_worker)
LOST = "WORKER_LOST"


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessPoolExecutor]:
    """Two processes that share nothing with this one."""
    with ProcessPoolExecutor(2, get_context("spawn")) as executor:
        yield executor


def codes(results: list[SignResult[str]]) -> list[str | None]:
    return [each.error.code if isinstance(each.error, mc.SigningError) else None for each in results]


class Inline(Executor):
    """Does the work at once, or when it is asked for, or never."""

    def __init__(self, *, now: bool = True) -> None:
        self.now = now
        self.futures: list[Future[object]] = []
        self.work: list[partial[object]] = []

    def submit(self, function, /, *args, **kwargs):  # type: ignore[no-untyped-def]
        future: Future[object] = Future()
        self.futures.append(future)
        self.work.append(partial(function, *args, **kwargs))
        if self.now:
            future.set_result(self.work[-1]())
        return future

    def finish(self, number: int) -> None:
        self.futures[number].set_result(self.work[number]())


# The same from all executors


@pytest.mark.parametrize("ordered", [True, False])
@pytest.mark.parametrize("form", ["json", "object", "jwt"])
def test_processes_give_what_this_one_gives(pool: ProcessPoolExecutor, form: str, ordered: bool) -> None:
    given = rows(57)
    given[11]["learner"] = "nobody"
    options = {} if form == "jwt" else {"created": CREATED}
    here = list(sign_many(given, KEY, template=template(), form=form, **options))  # type: ignore[call-overload]
    there = list(
        sign_many(
            given, REFERENCE, template=template(), form=form, executor=pool, ordered=ordered, chunk_size=10, **options
        )  # type: ignore[call-overload]
    )
    if not ordered:
        assert sorted(each.index for each in there) == list(range(57))
        there.sort(key=lambda each: each.index)
    assert [(e.index, e.id, e.credential, str(e.error)) for e in there] == [
        (e.index, e.id, e.credential, str(e.error)) for e in here
    ]
    assert isinstance(there[11].error, mc.DocumentError)


def test_threads_share_the_key_itself() -> None:
    with ThreadPoolExecutor(3) as threads:
        results = list(sign_many(rows(90), KEY, template=template(), executor=threads, chunk_size=7, created=CREATED))
    assert [each.credential for each in results] == [
        mc.sign(template().fill(each), KEY, created=CREATED) for each in rows(90)
    ]


def test_models_and_options_travel(pool: ProcessPoolExecutor) -> None:
    models = [mc.AchievementCredential.model_validate(badge(id=f"urn:x:{number}")) for number in range(5)]
    suite, limits = signing.EDDSA_JCS_2022, mc.Limits(max_document_bytes=50_000)
    moment = mc.DateTime.parse(CREATED)
    results = sign_many(
        models, KEY.portable(), executor=pool, chunk_size=2, cryptosuite=suite, limits=limits, created=moment
    )
    assert [each.credential for each in results] == [
        mc.sign(model, KEY, cryptosuite=suite, created=CREATED) for model in models
    ]


def test_a_key_stays_in_its_process_unless_it_is_portable(pool: ProcessPoolExecutor) -> None:
    with pytest.raises(TypeError, match="portable"):
        sign_many(rows(3), KEY, template=template(), executor=pool)
    assert all(sign_many(rows(3), KEY.portable(), template=template(), executor=pool))


def test_a_key_that_workers_cannot_have_is_an_error_for_each(pool: ProcessPoolExecutor) -> None:
    results = list(sign_many(rows(3), KeyReference(no_key), template=template(), executor=pool))
    assert codes(results) == ["PROOF_GENERATION_ERROR"] * 3  # type: ignore[arg-type]


def test_what_cannot_be_pickled_does_not_take_others_with_it(pool: ProcessPoolExecutor) -> None:
    deep: dict[str, object] = {}
    for _ in range(100_000):
        deep = {"a": deep}
    given: list[dict[str, object]] = [{**badge()}, {**badge(), "x": threading.Lock()}, deep, {**badge()}]
    results = list(sign_many(given, REFERENCE, executor=pool))
    assert [bool(each) for each in results] == [True, False, False, True]
    assert all(isinstance(each.error, mc.DocumentError) for each in results[1:3])
    while deep:
        # Python's own way to let go of it would be as deep.
        deep = deep.pop("a")  # type: ignore[assignment]


# Room


@pytest.mark.parametrize("ordered", [True, False])
def test_only_so_much_is_read_ahead(ordered: bool) -> None:
    counted = Counted(1_000_000)
    with ThreadPoolExecutor(2) as threads:
        results = sign_many(
            counted, KEY, template=template(), executor=threads, ordered=ordered, chunk_size=10, chunks_ahead=3
        )
        for number in range(1, 200):
            next(results)
            assert counted.read <= number + 3 * 10 + 9
        results.close()  # type: ignore[attr-defined]


def test_nothing_is_read_before_the_first_result_is_asked_for() -> None:
    counted, executor = Counted(100), Inline()
    results = sign_many(counted, KEY.portable(), template=template(), executor=executor)
    assert (counted.read, executor.futures) == (0, [])
    next(results)
    assert counted.read == 100


def test_memory_does_not_grow_with_the_input() -> None:
    results = sign_many(Counted(10**9), KEY, template=template(), form="json", created=CREATED)
    for _ in range(300):
        next(results)
    tracemalloc.start()
    try:
        for _ in range(300):
            next(results)
        gc.collect()
        tracemalloc.reset_peak()
        first, _ = tracemalloc.get_traced_memory()
        for _ in range(2_000):
            next(results)
        gc.collect()
        last, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # A signed one has 2 kB.
    assert last - first < 10_000
    assert peak - first < 1_000_000


def test_results_come_as_they_are_there_unless_order_is_asked_for() -> None:
    executor = Inline(now=False)
    results = sign_many(
        rows(6), KEY.portable(), template=template(), executor=executor, ordered=False, chunk_size=2, chunks_ahead=3
    )
    reader = iter(results)
    helper = threading.Timer(0.05, lambda: executor.finish(1))
    helper.start()
    assert [next(reader).index for _ in range(2)] == [2, 3]
    executor.finish(2)
    executor.finish(0)
    assert sorted(each.index for each in reader) == [0, 1, 4, 5]


# Closing


def test_closing_early_cancels_what_has_not_begun() -> None:
    executor = Inline(now=False)
    results = sign_many(
        Counted(1_000), KEY.portable(), template=template(), executor=executor, chunk_size=5, chunks_ahead=4
    )
    helper = threading.Timer(0.05, lambda: executor.finish(0))
    helper.start()
    next(results)
    results.close()  # type: ignore[attr-defined]
    assert [future.cancelled() for future in executor.futures] == [False, True, True, True]


def test_an_interruption_cancels_what_has_not_begun() -> None:
    def interrupted() -> Iterator[dict[str, str]]:
        yield from rows(10)
        raise KeyboardInterrupt

    executor = Inline(now=False)
    results = sign_many(interrupted(), KEY.portable(), template=template(), executor=executor, chunk_size=5)
    with pytest.raises(KeyboardInterrupt):
        next(results)
    assert [future.cancelled() for future in executor.futures] == [True, True]


def test_the_pool_can_be_used_again_after_closing(pool: ProcessPoolExecutor) -> None:
    results = sign_many(Counted(10**9), REFERENCE, template=template(), executor=pool, chunk_size=20)
    assert next(results)
    results.close()  # type: ignore[attr-defined]
    assert all(sign_many(rows(5), REFERENCE, template=template(), executor=pool))


def test_an_input_that_breaks_off_breaks_off_after_what_was_read() -> None:
    def broken() -> Iterator[dict[str, str]]:
        yield from rows(7)
        raise OSError("the disk is gone")

    with ThreadPoolExecutor(2) as threads:
        results = sign_many(broken(), KEY, template=template(), executor=threads, chunk_size=3)
        assert [next(results).index for _ in range(7)] == list(range(7))
        with pytest.raises(OSError, match="disk"):
            next(results)


# Workers that die


def test_when_a_worker_dies_each_credential_has_its_result(tmp_path: Path) -> None:
    with ProcessPoolExecutor(2, get_context("spawn")) as doomed:
        results = list(
            sign_many(rows(200), Deadly(tmp_path / "died", once=True), template=template(), form="json",
                      executor=doomed, chunk_size=20, chunks_ahead=4)
        )  # fmt: skip
    assert [each.index for each in results] == list(range(200))
    assert [each.id for each in results] == [f"https://example.edu/credentials/{n:06d}" for n in range(200)]
    assert set(codes(results)) <= {None, LOST}
    assert codes(results).count(LOST) >= 20
    lost = [row(each.index) for each in results if not each]
    assert all(sign_many(lost, KEY, template=template()))


def test_a_cancelled_chunk_is_lost_and_said_to_be() -> None:
    executor = Inline(now=False)
    results = sign_many(rows(4), KEY.portable(), template=template(), form="json", executor=executor, chunk_size=2)
    helper = threading.Timer(0.05, lambda: [future.cancel() for future in executor.futures])
    helper.start()
    assert codes(list(results)) == [LOST] * 4


def test_threads_are_safe_while_they_learn() -> None:
    start, waited = threading.Barrier(4), threading.local()

    class Slow:
        public_key = KEY.public_key

        def sign(self, data: bytes) -> bytes:
            if not getattr(waited, "once", False):
                # All learn at once.
                waited.once = True
                start.wait(10)
            return KEY.sign(data)

    made = template()
    with ThreadPoolExecutor(4) as threads:
        results = list(sign_many(rows(80), Slow(), template=made, executor=threads, chunk_size=5, created=CREATED))
    assert [each.credential for each in results] == [
        mc.sign(made.fill(each), KEY, created=CREATED) for each in rows(80)
    ]


def test_the_processors_say_how_much_is_under_way() -> None:
    counted, executor = Counted(10_000), Inline(now=False)
    results = sign_many(counted, KEY.portable(), template=template(), executor=executor, chunk_size=1)
    helper = threading.Timer(0.05, lambda: executor.finish(0))
    helper.start()
    next(results)
    assert len(executor.futures) == 2 * (os.cpu_count() or 1) + 2
