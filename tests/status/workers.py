"""Processes that use one registry at once, for the tests: ``python workers.py WORK URL …``.

They are forked, so that all begin at the same moment, with a registry that the parent has used before. Each prints a
line when something is done; whatever stands there has to last.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from itertools import count

from microcred.status.registry import StatusRegistry
from tests.make import KEY

BASE_URL = "https://example.edu/status"
_SHARED, _PIECE = 50, 1_000


def say(*words: object) -> None:
    # One write, so that the lines of several processes do not mix.
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def assign(registry: StatusRegistry, worker: int, total: int, workers: int) -> None:
    """Assign a share of the names in pieces, some one by one, and some that all others assign as well."""
    names = [f"urn:example:{number}" for number in range(worker, total, workers)]
    shared = [f"urn:shared:{number}" for number in range(_SHARED)]
    singles = shared[worker % 4 :: 4] + names[:5]
    made = {name: registry.assign(name) for name in singles}
    for start in range(0, len(names), _PIECE):
        made |= dict(registry.assign_many(names[start : start + _PIECE]))
    made |= dict(registry.assign_many(shared))
    for name, entry in made.items():
        say(name, entry.status_list_credential, entry.status_list_index)


def assign_forever(registry: StatusRegistry, worker: int) -> None:
    for name, entry in registry.assign_many(f"urn:example:{worker}-{number}" for number in count()):
        say(name, entry.status_list_credential, entry.status_list_index)


def revoke_forever(registry: StatusRegistry, worker: int) -> None:
    for number in count():
        name = f"urn:example:{worker}-{number}"
        registry.assign(name)
        registry.revoke(name, reason="a test", actor=str(worker))
        say(name)


def publish_forever(registry: StatusRegistry, worker: int) -> None:
    for number in count():
        name = f"urn:example:{worker}-{number}"
        registry.assign(name)
        registry.revoke(name)
        for each in registry.publish(KEY.did, KEY):
            say(name, each.url, each.etag)


def fork(work: Callable[[int], None], workers: int) -> int:
    """Run the work in forked processes; return how many failed."""
    for worker in range(workers):
        if os.fork() == 0:
            status = 1
            try:
                work(worker)
                status = 0
            finally:
                sys.stderr.flush()
                os._exit(status)
    return sum(os.waitstatus_to_exitcode(os.wait()[1]) != 0 for _ in range(workers))


def main(what: str, url: str, workers: int, total: int) -> int:
    with StatusRegistry(url, base_url=BASE_URL) as registry:
        registry.assign("urn:example:first")
        if what == "assign":
            return fork(lambda worker: assign(registry, worker, total, workers), workers)
        forever = {"assign-forever": assign_forever, "revoke": revoke_forever, "publish": publish_forever}[what]
        say("ready")
        return fork(lambda worker: forever(registry, worker), workers)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
