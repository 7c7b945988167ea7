"""Trust an issuer with an https id by pinning its key, when its documents cannot be looked up."""

import microcred as mc

key = mc.SigningKey.generate()
issuer = "https://example.edu/issuers/1"
badge = mc.AchievementCredential(
    issuer=mc.Profile(id=issuer, name="Example University"),
    valid_from=mc.now(),
    credential_subject=mc.AchievementSubject(
        id="did:example:learner",
        achievement=mc.Achievement(
            id="https://example.edu/achievements/rust-101",
            name="Rust 101",
            description="Completed the introductory course.",
            criteria=mc.Criteria(id="https://example.edu/achievements/rust-101/criteria"),
        ),
    ),
)
# The issuer is not the key's own did:key, so the proof has to name the key.
signed = mc.sign(badge, key, verification_method=f"{issuer}#{key.public_key.multikey}")

# Its URL in the proof is a claim that anyone could make …
assert mc.Verifier(trusted_issuers={issuer}).check(signed)["issuer"].code == mc.Code.ISSUER_KEY_NOT_BOUND
# … until the key is known to be the issuer's.
assert mc.Verifier(trusted_issuers={issuer: key.public_key}).check(signed)
print("verified with the pinned key", key.public_key.multikey)
