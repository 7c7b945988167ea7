"""Issue a badge to each learner in a CSV file; a row that is wrong is told, and does not stop the others.

For files with many rows there is a command that can be stopped and goes on where it was: microcred batch --help
"""

import csv
from collections.abc import Iterator
from pathlib import Path

import microcred as mc

Path("cohort.csv").write_text(
    "number,name,e-mail,grade\n0001,Ann,ann@example.com,A\n0002,Bob,bob@example.com,\n,Cai,cai@example.com,B\n",
    encoding="utf-8",
)

key = mc.SigningKey.generate()
# {{ column }} stands for what a row has there; a member with {{ column | optional }} is left out where that is empty.
template = mc.Template(
    {
        "@context": [
            "https://www.w3.org/ns/credentials/v2",
            "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
        ],
        "id": "https://example.edu/credentials/{{ number }}",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": "Rust 101",
        "issuer": {"id": key.did, "type": ["Profile"], "name": "Example University"},
        "validFrom": "2026-05-01T09:30:00Z",
        "credentialSubject": {
            "type": ["AchievementSubject"],
            "identifier": [
                {
                    "type": "IdentityObject",
                    "hashed": True,
                    "identityHash": "{{ hash }}",
                    "identityType": "emailAddress",
                    "salt": "{{ salt }}",
                }
            ],
            "achievement": {
                "id": "https://example.edu/achievements/rust-101",
                "type": ["Achievement"],
                "name": "Rust 101",
                "description": "Completed the introductory course.",
                "criteria": {"narrative": "Passed the final project."},
            },
            "result": [{"type": ["Result"], "value": "{{ grade | optional }}"}],
        },
    }
)


def recipients(file: Path) -> Iterator[dict[str, str]]:
    """Yield the rows, with the hash of each e-mail address, so that the badge does not publish it."""
    with file.open(encoding="utf-8-sig", newline="") as lines:
        for row in csv.DictReader(lines):
            # Without an address these cells are missing, and the row is refused.
            identity = mc.IdentityObject.of(row["e-mail"]) if row["e-mail"] else None
            yield {**row, **({"hash": identity.identity_hash, "salt": identity.salt or ""} if identity else {})}


folder = Path("badges")
folder.mkdir(exist_ok=True)
# Rows are read as they are needed, so that a long file needs no more memory than a short one.
for result in mc.sign_many(recipients(Path("cohort.csv")), key, template=template, form="json"):
    line = result.index + 2
    if result:
        (folder / f"{line:04}.json").write_text(str(result.credential), encoding="utf-8")
    print(f"row {line}:", "issued" if result else result.error)

badges = sorted(folder.glob("*.json"))
assert len(badges) == 2
assert mc.Verifier(trusted_issuers={key.did}).check(badges[0].read_bytes(), recipient="ann@example.com")
