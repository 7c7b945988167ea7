"""Put a badge into a picture that its owner can share, and verify the picture."""

from pathlib import Path

import microcred as mc

key = mc.SigningKey.generate()
credential = mc.AchievementCredential(
    issuer=mc.Profile(id=key.did, name="Example University"),
    valid_from=mc.now(),
    credential_subject=mc.AchievementSubject(
        id="did:example:learner",
        achievement=mc.Achievement(
            id="https://example.edu/achievements/rust-101",
            name="Rust 101",
            description="Completed the introductory course.",
            criteria=mc.Criteria(narrative="Passed the final project."),
        ),
    ),
)

# The picture is yours: PNG or SVG. It stays as it is, byte by byte; the credential stands beside it in the file.
picture = Path("picture.svg")
picture.write_text(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" role="img" aria-label="Rust 101">'
    '<circle cx="32" cy="32" r="30" fill="#b7410e"/>'
    '<path d="M18 33l10 10 18-22" fill="none" stroke="#fff" stroke-width="6"/></svg>',
    encoding="utf-8",
)
badge = Path("badge.svg")
badge.write_bytes(mc.bake(picture.read_bytes(), mc.sign(credential, key)))
print("baked", badge, badge.stat().st_size, "bytes")

# A verifier takes the picture as it is.
assert mc.Verifier(trusted_issuers={key.did}).check(badge.read_bytes()).verified

# What is in there can be taken out, too; that verifies nothing.
Path("badge.json").write_text(mc.unbake(badge.read_bytes()), encoding="utf-8")

# Chats and social networks make new pictures, without what was in them: hand out badge.json as well.
try:
    mc.unbake(picture.read_bytes())
except mc.BakingError as error:
    print("the plain picture:", error)
