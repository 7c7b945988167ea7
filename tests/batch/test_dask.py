"""A cluster as executor: a real one on this machine, which loses a worker on the way."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from concurrent.futures import Executor

import distributed
import pytest

import microcred as mc
from microcred.batch import sign_many, verify_many
from microcred.signers import KeyReference
from tests.batch.make import CREATED, Counted, key_in_worker, row, rows, template, verifier
from tests.make import KEY, signed

COUNT = 20_000


@pytest.fixture(scope="module")
def client() -> Iterator[distributed.Client]:
    """Two workers, each a process with a nanny that starts it again; on any port, since others may have a cluster."""
    with (
        distributed.LocalCluster(  # type: ignore[no-untyped-call]
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0", silence_logs=50
        ) as cluster,
        distributed.Client(cluster) as opened,  # type: ignore[no-untyped-call]
    ):
        yield opened


def executor_of(client: distributed.Client) -> Executor:
    """Return the cluster as an executor."""
    executor: Executor = client.get_executor(pure=False)  # type: ignore[no-untyped-call]
    return executor


def test_a_cluster_that_loses_a_worker_loses_no_credential(client: distributed.Client) -> None:
    workers = client.run(os.getpid)
    victim = workers[min(workers)]
    assert len(workers) == 2
    counted = Counted(COUNT)
    seen = bytearray(COUNT)
    wrong = 0
    results = sign_many(
        counted,
        KeyReference(key_in_worker),
        template=template(),
        form="json",
        executor=executor_of(client),
        ordered=False,
        chunks_ahead=8,
        created=CREATED,
    )
    for number, result in enumerate(results):
        assert result.error is None
        assert result.id == f"https://example.edu/credentials/{result.index:06d}"
        seen[result.index] += 1
        if result.index % 1_000 == 0:
            expected = mc.sign(template().fill(row(result.index)), KEY, created=CREATED)
            wrong += mc.parse(result.credential or "") != mc.parse(expected)
        if number == COUNT // 4:
            os.kill(victim, signal.SIGKILL)
    assert set(seen) == {1}
    assert wrong == 0
    assert victim not in client.run(os.getpid).values()


def test_order_and_verification_through_a_cluster(client: distributed.Client) -> None:
    executor = executor_of(client)
    results = list(sign_many(rows(60), KEY.portable(), template=template(), executor=executor, chunk_size=9))
    assert [each.index for each in results] == list(range(60))
    assert all(results)
    verified = list(
        verify_many([signed(id=f"urn:x:{n}") for n in range(20)], verifier, executor=executor, chunk_size=6)
    )
    assert [(each.id, bool(each)) for each in verified] == [(f"urn:x:{n}", True) for n in range(20)]
