"""``microcred demo``: the whole way, with real files."""

from __future__ import annotations

import json
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from microcred.cli.files import write_private, write_public
from microcred.cli.render import report_panel, summary
from microcred.keys import SigningKey
from microcred.models import Achievement, AchievementCredential, AchievementSubject, Profile, now
from microcred.signing import sign, sign_jwt
from microcred.verify.verifier import Verifier

__all__ = ["run"]


def run(folder: Path, console: Console) -> None:
    """Issue a badge, verify it in both forms, and show that a tampered copy is refused."""
    folder.mkdir(parents=True, exist_ok=True)
    console.rule("[bold]1  An issuer makes a key", align="left")
    key = SigningKey.generate()
    write_private(folder / "issuer-key.pem", key.to_pem(None), force=True)
    console.print(f"issuer id  [bold]{key.did}[/]\nprivate    {escape(str(folder / 'issuer-key.pem'))}\n")

    console.rule("[bold]2  It issues a badge to a learner, as JSON and as a JWT", align="left")
    credential = AchievementCredential(
        issuer=Profile(id=key.did, name="Example University"),
        valid_from=now(),
        name="Rust 101",
        credential_subject=AchievementSubject(
            id="did:example:learner",
            achievement=Achievement(
                id="https://example.edu/achievements/rust-101",
                name="Rust 101",
                description="Completed the introductory course.",
                criteria="Passed the final project.",  # type: ignore[arg-type]
            ),
        ),
    )
    document = sign(credential, key).model_dump()
    token = sign_jwt(credential, key)
    badge, jwt, tampered = folder / "badge.json", folder / "badge.jwt", folder / "tampered.json"
    write_public(badge, json.dumps(document, ensure_ascii=False, indent=2).encode() + b"\n")
    write_public(jwt, token.encode() + b"\n")
    console.print(f"{summary(document)}\n{escape(str(badge))}\n{escape(str(jwt))}\n")

    console.rule("[bold]3  An employer who trusts that issuer verifies both", align="left")
    verifier = Verifier(trusted_issuers={key.did})
    for path in (badge, jwt):
        console.print(report_panel(str(path), verifier.check(path.read_bytes())))

    console.rule("[bold]4  Somebody edits the badge", align="left")
    forged = badge.read_text().replace("Rust 101", "Rust 901")
    write_public(tampered, forged.encode())
    console.print(report_panel(str(tampered), verifier.check(tampered.read_bytes())))

    console.rule("[bold]5  Now you", align="left")
    for command in (
        f"microcred verify {badge} --trust {key.did}",
        f"microcred share badge {badge} --output badge.svg",
        "microcred issue --help",
    ):
        console.print(f"$ {command}", markup=False, soft_wrap=True)
