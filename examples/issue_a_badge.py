"""Issue an Open Badge to a learner, as JSON with an embedded proof and as a JWT."""

from pathlib import Path

import microcred as mc

# The key is the issuer's identity: with did:key, the issuer's id is the key itself.
key = mc.SigningKey.generate()
Path("issuer-key.pem").write_bytes(key.to_pem("a good password"))

badge = mc.AchievementCredential(
    issuer=mc.Profile(id=key.did, name="Example University", url="https://example.edu"),
    valid_from=mc.now(),
    name="Rust 101",
    credential_subject=mc.AchievementSubject(
        # The learner is known by e-mail address, which is hashed so that the badge does not publish it.
        identifier=[mc.IdentityObject.of("learner@example.com")],
        achievement=mc.Achievement(
            id="https://example.edu/achievements/rust-101",
            achievement_type=mc.AchievementType.COURSE,
            name="Rust 101",
            description="Completed the introductory course.",
            criteria=mc.Criteria(narrative="Passed the final project."),
            tag=["rust", "programming"],
        ),
    ),
)

signed = mc.sign(badge, key)
Path("badge.json").write_text(signed.model_dump_json(indent=2), encoding="utf-8")

token = mc.sign_jwt(badge, key, profile="vc-jose")
Path("badge.jwt").write_text(token, encoding="ascii")
print("issued", signed.id)
