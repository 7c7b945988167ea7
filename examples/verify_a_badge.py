"""Verify what a learner sends in, and show an employer why not."""

import microcred as mc

# Somebody issued these, and somebody else changed a copy.
key = mc.SigningKey.generate()
badge = mc.sign(
    mc.AchievementCredential(
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
    ),
    key,
)
genuine = badge.model_dump_json()
forged = genuine.replace("Rust 101", "Rust 901")

# One verifier serves all requests; it holds whom you trust.
verifier = mc.Verifier(trusted_issuers={key.did})

credential, report = verifier.verify_with_report(genuine, recipient="did:example:learner")
print("verified:", credential.id, [check.name for check in report if check.outcome == mc.Outcome.PASSED])

try:
    verifier.verify(forged)
except mc.VerificationError as error:
    for problem in error.report.problems:
        print(problem.name, problem.outcome, problem.code, "-", problem.detail)
    assert error.report["proof"].code == mc.Code.PROOF_VERIFICATION_ERROR

# A good signature is not enough: whoever holds a key can write any issuer.
stranger = mc.Verifier(trusted_issuers={"did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"}).check(genuine)
assert stranger["proof"].outcome == mc.Outcome.PASSED
assert stranger["issuer"].code == mc.Code.ISSUER_NOT_TRUSTED
