"""A verifier in a process of its own: looks everything up at a real server, and counts what it finds.

Arguments: a file with credentials, one on each line; the issuer's id; the certificate of the authority.
"""

from __future__ import annotations

import json
import ssl
import sys
from collections import Counter
from pathlib import Path

import microcred as mc


def main(file: str, issuer: str, authority: str) -> None:
    """Print how many verified, and the codes of those that did not."""
    found = Counter[str]()
    with mc.HTTPFetcher(
        ssl_context=ssl.create_default_context(cafile=authority),
        allow_private_addresses=True,
        look_up=lambda _: ["127.0.0.1"],
    ) as fetcher:
        verifier = mc.Verifier(trusted_issuers={issuer}, fetcher=fetcher)
        for line in Path(file).read_text().splitlines():
            report = verifier.check(line)
            problem = report.problems[0] if report.problems else None
            found["verified" if problem is None else f"{problem.name} {problem.outcome} {problem.code}"] += 1
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
