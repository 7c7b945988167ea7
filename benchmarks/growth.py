"""Measure how the cost grows with a document, up to 10,000 quads, and how the memory does with their number.

``--quick`` takes seconds; ``--documents`` says how many are issued and verified while the memory is watched.
"""

from __future__ import annotations

import argparse
import gc
import json
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial

import pyld_proofs
from cases import SEED, created, signing_key
from cryptography.hazmat.primitives.asymmetric import ed25519
from documents import of_its_own, realistic, with_results
from timing import Case, measure, one_core, seconds_each

import microcred as mc
from microcred.json import JSONObject, loads_object
from microcred.signing import add_proof, verify_proof

QUADS = (100, 300, 1_000, 3_000, 10_000)
QUADS_PER_RESULT = 4
DOCUMENTS = 100_000
STEPS = 10
RAW = ed25519.Ed25519PrivateKey.from_private_bytes(SEED)


def _sign(document: JSONObject) -> str:
    key = signing_key()
    return json.dumps(add_proof(document, key, verification_method=key.verification_method, created=created(0)))


def _verify(data: str) -> bool:
    verify_proof(loads_object(data), signing_key().public_key)
    return True


def growth(sizes: tuple[int, ...], rounds: int) -> Iterator[str]:
    """Yield the lines of a table: what a quad costs in documents of different sizes, each like no other."""
    cases = []
    for size in sizes:
        make = partial(_with_quads, size)
        cases += [Case((str(size), "sign"), _signing(make)), Case((str(size), "verify"), _verifying(make))]
    result = measure(cases, rounds)
    yield f"{'quads':>8}{'sign, units':>14}{'per quad':>10}{'verify, units':>16}{'per quad':>10}"
    for size in sizes:
        quads = pyld_proofs.canonical(_with_quads(size, 0)).count("\n")
        sign, verify = result.units[str(size), "sign"], result.units[str(size), "verify"]
        yield f"{quads:8,}{sign:14,.1f}{sign / quads:10.3f}{verify:16,.1f}{verify / quads:10.3f}"


def _with_quads(size: int, number: int) -> JSONObject:
    return of_its_own(with_results(signing_key().did, size // QUADS_PER_RESULT, number), 1 + number)


def _signing(make: Callable[[int], JSONObject]) -> Callable[[int], float]:
    return lambda number: seconds_each([partial(_sign, make(2 * number))])


def _verifying(make: Callable[[int], JSONObject]) -> Callable[[int], float]:
    def incoming(number: int) -> str:
        # By PyLD, so that microcred has not seen the document before.
        return pyld_proofs.issue(make(2 * number + 1), RAW, signing_key().verification_method, created(0))

    return lambda number: seconds_each([partial(_verify, incoming(number))])


def memory(count: int) -> Iterator[str]:
    """Yield the lines of a table: what is in memory while documents are issued and verified."""
    verifier = mc.Verifier(trusted_issuers={signing_key().did})
    at = datetime(2026, 7, 1, tzinfo=UTC)
    yield f"{'documents':>10}{'':4}{'kind':14}{'blocks, thousands':>20}{'peak, MB':>10}"
    for kind in ("look-alikes", "all different"):
        for number in range(count):
            document = realistic(signing_key().did, number)
            if kind == "all different":
                document = of_its_own(document, number)
            report = verifier.check(json.dumps(mc.sign(document, signing_key())), at=at)
            if report["proof"].outcome is not mc.Outcome.PASSED:
                raise RuntimeError("a proof did not verify")
            if (number + 1) % max(1, count // STEPS) == 0:
                gc.collect()
                yield f"{number + 1:10,}{'':4}{kind:14}{sys.getallocatedblocks() / 1000:20,.1f}{_peak_megabytes()}"


def _peak_megabytes() -> str:
    try:
        import resource
    except ImportError:  # Windows has none.
        return f"{'-':>10}"
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return f"{peak / (1_000_000 if sys.platform == 'darwin' else 1024):10,.1f}"


def main() -> None:
    """Read the options, measure, and print two tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="documents up to 1,000 quads, and 50 of them")
    parser.add_argument("--documents", type=int, help=f"how many of each kind (default: {DOCUMENTS:,})")
    given = parser.parse_args()
    one_core()
    sizes, rounds, count = (QUADS[:3], 2, 50) if given.quick else (QUADS, 5, DOCUMENTS)
    # First, since the large documents would set the peak.
    for line in memory(given.documents or count):
        print(line, flush=True)
    print()
    for line in growth(sizes, rounds):
        print(line)


if __name__ == "__main__":
    main()
