"""Measure status lists beside the way one would write them first, and what looking up a status adds to a verification.

``--credentials`` says how many look-alikes are verified in each round; ``--rounds`` how often.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import json
import random
from collections.abc import Callable, Iterator
from functools import partial

from cases import signing_key
from documents import realistic
from timing import Case, measure, one_core, seconds_each

import microcred as mc
from microcred.json import JSONObject
from microcred.status import StatusList
from microcred.testing import FakeWeb

LENGTHS = (131_072, 1_000_000)
SHARE = 0.01
KINDS = ("without a status", "looked up", "looked up in a bundle")
FIRST_COHORT = 50


def _naive_encode(values: list[int]) -> str:
    text = "".join(map(str, values))
    data = bytes(int(text[start : start + 8], 2) for start in range(0, len(text), 8))
    return "u" + base64.urlsafe_b64encode(gzip.compress(data, 6, mtime=0)).decode().rstrip("=")


def _naive_decode(encoded: str) -> list[int]:
    data = gzip.decompress(base64.urlsafe_b64decode(encoded[1:] + "=" * (-len(encoded[1:]) % 4)))
    return [int(bit) for byte in data for bit in f"{byte:08b}"]


def _naive_from(indexes: list[int], length: int) -> list[int]:
    values = [0] * length
    for index in indexes:
        values[index] = 1
    return values


def _naive_indexes(values: list[int]) -> list[int]:
    return [index for index, value in enumerate(values) if value]


def _once(work: Callable[[], object], number: int) -> float:  # noqa: ARG001
    return seconds_each([work])


def lists(rounds: int) -> Iterator[str]:
    """Yield the lines of a table: what each step costs, in units and as a part of the naive way."""
    cases = []
    for length in LENGTHS:
        indexes = random.Random(7).sample(range(length), int(length * SHARE))  # noqa: S311
        ours, naive = StatusList.from_indexes(indexes, length), _naive_from(indexes, length)
        encoded = ours.encode()
        if _naive_encode(naive) != encoded or _naive_decode(encoded) != list(ours):
            raise RuntimeError("the two ways to write a list differ")
        steps: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
            "make": (partial(StatusList.from_indexes, indexes, length), partial(_naive_from, indexes, length)),
            "write": (ours.encode, partial(_naive_encode, naive)),
            "read": (partial(StatusList.decode, encoded), partial(_naive_decode, encoded)),
            "indexes": (lambda ours=ours: list(ours.indexes()), partial(_naive_indexes, naive)),  # type: ignore[misc]
        }
        for step, works in steps.items():
            cases += [
                Case((str(length), step, kind), partial(_once, work))
                for kind, work in zip(("ours", "naive"), works, strict=True)
            ]
    result = measure(cases, rounds)
    yield f"{'entries':>10}  {'step':8}{'ours, units':>14}{'naive, units':>14}{'times faster':>14}"
    for length in LENGTHS:
        for step in steps:
            ours_units, naive_units = (result.units[str(length), step, kind] for kind in ("ours", "naive"))
            yield (f"{length:10,}  {step:8}{ours_units:14,.1f}{naive_units:14,.1f}{naive_units / ours_units:14,.1f}")


def _published() -> tuple[str, bytes]:
    key, url = signing_key(), str(_listed(0)["statusListCredential"])
    statuses = StatusList.from_indexes(random.Random(7).sample(range(100_000, 131_072), 1_000))  # noqa: S311
    document: JSONObject = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": url,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": key.did,
        "validFrom": "2026-01-01T00:00:00Z",
        "credentialSubject": {
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": statuses.encode(),
        },
    }
    return url, json.dumps(mc.sign(document, key)).encode()


def _listed(number: int) -> dict[str, object]:
    status = realistic(signing_key().did, number)["credentialStatus"]
    assert isinstance(status, dict)
    return dict(status)


def _credential(kind: str, number: int) -> bytes:
    document = realistic(signing_key().did, number)
    if kind == KINDS[0]:
        del document["credentialStatus"]
    return json.dumps(mc.sign(document, signing_key())).encode()


def verifications(credentials: int, rounds: int) -> Iterator[str]:
    """Yield the lines of a table: verifying look-alikes of one list, without their status, with it, or in a bundle."""
    url, page = _published()
    cases = []
    for kind in KINDS:
        incoming = [_credential(kind, number) for number in range(credentials)]
        verifier = mc.Verifier(trusted_issuers={signing_key().did}, fetcher=FakeWeb({url: page}))
        report, bundle = verifier.check_with_bundle(incoming[0])
        of_bundle = {"at": bundle.at, "bundle": bundle} if kind == KINDS[2] else {}
        if not report:
            raise RuntimeError("the credential does not verify")
        works = [partial(verifier.check, data, **of_bundle) for data in incoming]  # type: ignore[arg-type]
        seconds_each(works[:FIRST_COHORT], bool)
        cases.append(Case((kind,), lambda number, works=works: seconds_each(works, bool)))  # type: ignore[misc] # noqa: ARG005
    result = measure(cases, rounds)
    yield f"{credentials:,} look-alikes    {'units':>8}{'per second':>12}{'rate':>8}"
    for kind in KINDS:
        units = result.units[kind,]
        yield (f"{kind:22}{units:8.2f}{1 / (units * result.unit_seconds):12,.0f}{result.units[KINDS[0],] / units:8.2f}")


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--credentials", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    one_core()
    for table in (lists(arguments.rounds), verifications(arguments.credentials, arguments.rounds)):
        for line in table:
            print(line)
        print()


if __name__ == "__main__":
    main()
