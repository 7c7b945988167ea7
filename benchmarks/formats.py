"""Measure every format beside its peers, in units of one raw Ed25519 signature: one table.

Peers run in processes of their own (those of ``conformance/``). What is measured of them are round trips, which cost
little more than the work.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from documents import DOCUMENTS

sys.path.append(str(Path(__file__).parent.parent))

from conformance.parties import Theirs
from conformance.peers import Peer, UnavailableError, javascript, openvc
from conformance.rows import key_for_peer, key_of
from conformance.shapes import Shape

import microcred as mc
from microcred.json import JSONObject
from microcred.key_material import KeyType
from microcred.signing import ECDSA_RDFC_2019, EDDSA_JCS_2022, Cryptosuite

POINTERS = ["/credentialSubject"]
STEPS = ("issue", "issue many", "derive", "verify")
"""The same document again and again, look-alikes, a part of it, and what a verifier does."""


@dataclass(frozen=True)
class Format:
    """A format as it is measured."""

    name: str
    """What peers call it, too."""
    kind: KeyType
    """The kind of key."""
    issue: Callable[[JSONObject, mc.SigningKey], str | JSONObject]
    """How microcred signs it."""
    is_selective: bool = False
    """Whether the holder derives from it."""


def _suite(suite: Cryptosuite) -> Callable[[JSONObject, mc.SigningKey], JSONObject]:
    return lambda document, key: mc.sign(document, key, cryptosuite=suite)


FORMATS = (
    Format("ob3-jwt", "Ed25519", mc.sign_jwt),
    Format("vc+jwt", "Ed25519", lambda document, key: mc.sign_jwt(document, key, profile="vc-jose")),
    Format("eddsa-jcs-2022", "Ed25519", _suite(EDDSA_JCS_2022)),
    Format("ecdsa-rdfc-2019", "P-256", _suite(ECDSA_RDFC_2019)),
    Format("ecdsa-sd-2023", "P-256", mc.sign_selective, is_selective=True),
)


def seconds(act: Callable[[], object], budget: float) -> float:
    """Return the median seconds of one call, within a budget of seconds, after one call that does not count."""
    act()
    found: list[float] = []
    end = time.perf_counter() + budget
    while len(found) < 3 or time.perf_counter() < end:
        start = time.perf_counter()
        act()
        found.append(time.perf_counter() - start)
    return statistics.median(found)


def ours(form: Format, document: JSONObject, budget: float) -> Iterator[tuple[str, float]]:
    """Measure microcred."""
    key = key_of(form.kind)
    verifier = mc.Verifier(trusted_issuers={key.did})
    numbers = iter(range(10**9))

    def another() -> JSONObject:
        return {**document, "id": f"urn:uuid:00000000-0000-4000-8000-{next(numbers):012d}"}

    secured = form.issue(document, key)
    yield "issue", seconds(lambda: form.issue(document, key), budget)
    yield "issue many", seconds(lambda: form.issue(another(), key), budget)
    if form.is_selective:
        base = secured
        yield "derive", seconds(lambda: mc.derive(base, POINTERS), budget)
        secured = mc.derive(base, POINTERS)
    assert verifier.check(secured)["proof"].outcome == "passed"
    yield "verify", seconds(lambda: verifier.check(secured), budget)


def theirs(peer: Peer, form: Format, document: JSONObject, budget: float) -> Iterator[tuple[str, float]]:
    """Measure a peer."""
    key = key_of(form.kind)
    party = Theirs(peer, form.name, key_for_peer(key), shown=lambda _: POINTERS)
    shape = Shape(form.name, lambda _: document)
    secured = party.issue(document, shape)
    yield "issue", seconds(lambda: party.issue(document, shape), budget)
    if form.is_selective:
        base = secured
        yield "derive", seconds(lambda: party.derive(base, shape), budget)
        secured = party.derive(base, shape)
    yield "verify", seconds(lambda: party.verify(secured, shape), budget)


def peers() -> Iterator[tuple[str, Peer]]:
    """Start the peers that can be had."""
    for name, command in (("JavaScript", javascript), ("openvc-core", openvc)):
        try:
            yield name, Peer(command())
        except UnavailableError as error:
            print(f"{name} is left out: {error}")


def measured(form: Format, document: JSONObject, others: dict[str, Peer], budget: float) -> dict[str, dict[str, float]]:
    """Return the seconds of each step, by who does it."""
    found = {"microcred": dict(ours(form, document, budget))}
    for name, peer in others.items():
        try:
            found[name] = dict(theirs(peer, form, document, budget))
        except Exception as error:  # noqa: BLE001 - a peer that cannot do it has no figure
            print(f"{name} does not do {form.name}: {str(error)[:80]}")
    return found


def main() -> None:
    """Read the options, measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a moment for each step, without peers")
    parser.add_argument("--document", choices=("minimal", "realistic", "large"), default="realistic")
    given = parser.parse_args()
    budget = 0.02 if given.quick else 1.5
    key = key_of("Ed25519")
    unit = seconds(lambda: key.sign(bytes(64)), budget)
    others = {} if given.quick else dict(peers())
    print(f"unit: {unit * 1e6:.1f} µs; {given.document} badge")
    print(f"{'format':18}{'step':12}{'units':>9}{'a second':>10}   times faster than")
    for form in FORMATS:
        document = DOCUMENTS[given.document](key_of(form.kind).did)
        document.pop("credentialStatus", None)
        found = measured(form, document, others, budget)
        for step in STEPS:
            own = found["microcred"].get(step)
            if own is None:
                continue
            ratios = [f"{name} {found[name][step] / own:,.1f}" for name in others if step in found.get(name, {})]
            print(f"{form.name:18}{step:12}{own / unit:9.2f}{1 / own:10,.0f}   {', '.join(ratios)}")
    for peer in others.values():
        with closing(peer):
            pass


if __name__ == "__main__":
    main()
