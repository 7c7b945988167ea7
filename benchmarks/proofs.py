"""Measure issuing and verifying in units of one raw Ed25519 signature, beside other libraries: one table.

``--quick`` takes seconds and leaves the other libraries out; ``--json`` prints figures for machines.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
from collections.abc import Sequence
from contextlib import nullcontext
from importlib import metadata
from typing import TypeAlias

import pyld_proofs
from cases import FLOOR, ISSUE, VERIFY, Sizes, floor_cases, microcred_cases, pyld_cases, signing_key
from documents import DOCUMENTS
from peers import Peers, started
from timing import Result, measure, one_core

QUICK = Sizes(rounds=2, look_alikes=4)
FULL = Sizes(rounds=11, look_alikes=50)
Row: TypeAlias = tuple[str, str, tuple[str, ...]]
"""Its heading, whether it issues or verifies, and the rest of the name of microcred's case."""
ROWS: tuple[Row, ...] = (
    ("issue one", ISSUE, ("model", "one")),
    ("issue many", ISSUE, ("model", "many")),
    ("issue one, as a dict", ISSUE, ("document", "one")),
    ("issue many, as dicts", ISSUE, ("document", "many")),
    ("issue one, proof only", ISSUE, ("proof", "one")),
    ("issue many, proof only", ISSUE, ("proof", "many")),
    ("verify one", VERIFY, ("bytes", "one")),
    ("verify many", VERIFY, ("bytes", "many")),
)
OTHERS = {"PyLD": "PyLD", "obl": "openbadgeslib", "openvc": "openvc-core", "DB/JS": "Digital Bazaar"}
"""By the heads of the columns."""


def measured(sizes: Sizes, names: Sequence[str], *, with_peers: bool) -> tuple[Result, Peers]:
    """Measure everything, in the same rounds on the same core."""
    one_core()
    with started(names) if with_peers else nullcontext(Peers()) as peers:
        cases = list(peers.cases)
        for name in names:
            cases += [*floor_cases(name), *microcred_cases(name, sizes), *pyld_cases(name)]
        return measure(cases, sizes.rounds), peers


def versions(peers: Peers) -> dict[str, str]:
    """Return what was measured."""
    ours = {name: metadata.version(name) for name in ("microcred", "cryptography", "pydantic", "pyld")}
    return {"python": platform.python_version(), **ours, **peers.versions}


def _cell(value: float | None, form: str) -> str:
    return f"{'-' if value is None else format(value, form):>8}"


def _lines(result: Result, names: Sequence[str]) -> list[str]:
    """Return the table: ratios, then documents per second, then how many times faster than each other library."""
    heads = "".join(f"{head:>8}" for head in OTHERS)
    lines = [
        f"{'':35}{'units of a raw signature':<42}{'per':>8}   times faster than",
        f"{'document':11}{'what':24}{'microcred':>10}{heads}{'second':>8}  {heads}",
    ]
    for name in names:
        for heading, what, rest in ROWS:
            ours = result.units.get((name, what, *rest))
            if ours is None:
                continue
            theirs = [result.units.get((name, what, other)) for other in OTHERS.values()]
            ratios = "".join(_cell(value, ",.0f") for value in theirs)
            faster = "".join(_cell(value and value / ours, ",.1f") for value in theirs)
            second = f"{1 / (ours * result.unit_seconds):,.0f}"
            lines.append(f"{name:11}{heading:24}{ours:10,.2f}{ratios}{second:>8}  {faster}")
        lines.append("")
    return lines


def _floor_lines(result: Result, names: Sequence[str]) -> list[str]:
    """Return the table of the steps that cannot be left out, and of the sizes."""
    lines = [f"{'the floor, in the same units':32}" + "".join(f"{name:>12}" for name in names)]
    for step in FLOOR:
        cells = "".join(f"{result.units[name, 'floor', step]:12.2f}" for name in names)
        lines.append(f"{step:32}{cells}")
    documents = [DOCUMENTS[name](signing_key().did) for name in names]
    lines.append(f"{'bytes of JSON':32}" + "".join(f"{len(json.dumps(document)):12,}" for document in documents))
    quads = [pyld_proofs.canonical(document).count("\n") for document in documents]
    lines.append(f"{'quads':32}" + "".join(f"{count:12,}" for count in quads))
    return lines


def report(result: Result, peers: Peers, names: Sequence[str], rounds: int) -> str:
    """Return everything, for people."""
    lines = [*_lines(result, names), *_floor_lines(result, names), ""]
    spread = statistics.median(result.spread.values())
    lines += [
        f"Medians of {rounds} rounds; the middle half of the ratios spans {100 * spread:.0f} % (median of all cells).",
        f"Unit: {result.unit_seconds * 1e6:.1f} µs of processor time.",
        "obl: openbadgeslib. openvc: openvc-core. DB/JS: Digital Bazaar's JavaScript.",
    ]
    lines.append(", ".join(f"{name} {version}" for name, version in versions(peers).items()))
    return "\n".join([*lines, *peers.notes])


def as_json(result: Result, peers: Peers, rounds: int) -> str:
    """Return everything, for machines."""
    cells = [
        {"case": " ".join(name), "units": units, "spread": result.spread[name]} for name, units in result.units.items()
    ]
    answer = {"unit_seconds": result.unit_seconds, "rounds": rounds, "versions": versions(peers), "cases": cells}
    return json.dumps({**answer, "notes": peers.notes}, indent=1, ensure_ascii=False)


def main() -> None:
    """Read the options, measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="two rounds, no other libraries but PyLD")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--rounds", type=int, help=f"how many rounds count (default: {FULL.rounds})")
    parser.add_argument("--no-peers", action="store_true", help="leave out what needs an environment of its own")
    parser.add_argument("--document", choices=tuple(DOCUMENTS), action="append", help="only this one; may be repeated")
    given = parser.parse_args()
    sizes = QUICK if given.quick else FULL
    if given.rounds:
        sizes = Sizes(rounds=given.rounds, look_alikes=sizes.look_alikes)
    names = given.document or list(DOCUMENTS)
    result, peers = measured(sizes, names, with_peers=not (given.quick or given.no_peers))
    if given.json:
        print(as_json(result, peers, sizes.rounds))
    else:
        print(report(result, peers, names, sizes.rounds))


if __name__ == "__main__":
    main()
