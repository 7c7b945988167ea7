"""Measure what ``import microcred`` and a first use cost, in units of pydantic and cryptography: fresh processes."""

from __future__ import annotations

import statistics
import subprocess
import sys

RUNS = 20
CASES = {
    "python alone": "pass",
    "pydantic + cryptography": "import pydantic; from cryptography.hazmat.primitives.asymmetric import ed25519, ec; "
    "pydantic.BaseModel",
    "import microcred": "import microcred",
    "… and a key, a model": "import microcred as mc; mc.SigningKey.generate(); mc.Profile(id='did:example:1')",
    "… and a signed badge": "import microcred as mc; k = mc.SigningKey.generate(); mc.sign(mc.AchievementCredential("
    "issuer=k.did, valid_from=mc.now(), credential_subject={'id': 'did:example:1', 'achievement': {'id': 'urn:x:1', "
    "'name': 'a', 'description': 'b', 'criteria': 'c'}}), k)",
}
PROBE = (
    "import resource, sys; used = resource.getrusage(resource.RUSAGE_SELF); "
    "sys.stdout.write(str(used.ru_utime + used.ru_stime))"
)


def cpu_seconds(code: str) -> float:
    """Return the processor time of a fresh interpreter that runs some code."""
    done = subprocess.run([sys.executable, "-c", f"{code}\n{PROBE}"], check=True, capture_output=True, text=True)
    return float(done.stdout)


def main() -> None:
    """Print a table: median processor time, and the ratio to the first two packages."""
    times: dict[str, list[float]] = {name: [] for name in CASES}
    for _ in range(RUNS):
        for name, code in CASES.items():
            times[name].append(cpu_seconds(code))
    medians = {name: statistics.median(values) for name, values in times.items()}
    base = medians["python alone"]
    reference = medians["pydantic + cryptography"] - base
    print(f"{'case':28} {'ms above python':>16} {'ratio':>6}   (median of {RUNS}, processor time)")
    for name, median in medians.items():
        print(f"{name:28} {(median - base) * 1000:16.1f} {(median - base) / reference:6.2f}")


if __name__ == "__main__":
    main()
