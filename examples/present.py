"""Show a badge to an employer, who checks that it is yours and that you show it now."""

import secrets

import microcred as mc

# A university has issued a badge to Ana, who has a key of her own.
university, ana = mc.SigningKey.generate(), mc.SigningKey.generate()
badge = mc.sign(
    mc.AchievementCredential(
        issuer=mc.Profile(id=university.did, name="Example University"),
        valid_from=mc.now(),
        credential_subject=mc.AchievementSubject(
            id=ana.did,
            achievement=mc.Achievement(
                id="https://example.edu/achievements/rust-101",
                name="Rust 101",
                description="Completed the introductory course.",
                criteria=mc.Criteria(narrative="Passed the final project."),
            ),
        ),
    ),
    university,
)


class Employer:
    """Asks, and checks the answer; each challenge counts once."""

    domain = "https://jobs.example"

    def __init__(self) -> None:
        self.verifier = mc.Verifier(trusted_issuers={university.did})
        self.asked: set[str] = set()

    def ask(self) -> str:
        """Return a fresh challenge."""
        challenge = secrets.token_urlsafe(16)
        self.asked.add(challenge)
        return challenge

    def receive(self, presentation: str, challenge: str) -> mc.VerifiedPresentation:
        """Check what came in; raise if it does not hold, or shows nothing."""
        if challenge not in self.asked:
            raise PermissionError("that was never asked, or answered before")
        self.asked.remove(challenge)
        shown = self.verifier.verify_presentation(
            presentation, challenge=challenge, domain=self.domain, holder_is_subject=True
        )
        if not shown.credentials:
            raise PermissionError("the presentation is empty")
        return shown


employer = Employer()
challenge = employer.ask()
answer = mc.present([badge], ana, challenge=challenge, domain=employer.domain).model_dump_json()
shown = employer.receive(answer, challenge)
print("shown by", shown.holder, [each.id for each in shown.credentials])

# The same answer does not count twice, even to another question.
again = employer.ask()
for question in (challenge, again):
    try:
        employer.receive(answer, question)
    except PermissionError as error:
        print(error)
    except mc.VerificationError as error:
        assert error.report["proof"].code == mc.Code.INVALID_CHALLENGE_ERROR
        print(error)

# Who copied the badge can sign a presentation, but it is not theirs.
thief = mc.SigningKey.generate()
challenge = employer.ask()
stolen = mc.present_jwt([badge], thief, challenge=challenge, domain=employer.domain)
try:
    employer.receive(stolen, challenge)
except mc.VerificationError as error:
    assert isinstance(error.report, mc.PresentationReport)
    assert error.report.credentials[0]["recipient"].code == mc.Code.RECIPIENT_MISMATCH
    print(error)
