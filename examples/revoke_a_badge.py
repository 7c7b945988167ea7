"""Take a badge back: the registry says where verifiers look, and publishes what they find.

Needs the extra status: pip install 'microcred[status]'
"""

import microcred as mc
from microcred.hosting import hosted
from microcred.issuer import IssuerFolder
from microcred.issuer.folder import KeyFile
from microcred.testing import FakeWeb

# A badge that can be revoked needs an issuer that verifiers can look up; here it is a domain (did:web).
folder = IssuerFolder("issuer")
issuer = folder.create(
    mc.Profile(id="did:web:example.edu", name="Example University"), KeyFile(password="a good password")
)
signer = folder.signer("a good password")

# The registry is a database: this file, or postgresql+psycopg://… where several machines issue.
registry = mc.StatusRegistry("sqlite:///status.db", base_url="https://example.edu/status")


def issue(learner: str) -> mc.AchievementCredential:
    """Issue a badge with an entry in a status list."""
    badge = mc.AchievementCredential(
        issuer=issuer.profile,
        valid_from=mc.now(),
        credential_subject=mc.AchievementSubject(
            id=learner,
            achievement=mc.Achievement(
                id="https://example.edu/achievements/rust-101",
                name="Rust 101",
                description="Completed the introductory course.",
                criteria=mc.Criteria(narrative="Passed the final project."),
            ),
        ),
    )
    entry = registry.assign(str(badge.id))
    return mc.sign(badge.model_copy(update={"credential_status": entry}), signer)


def publish() -> FakeWeb:
    """Put the keys and the signed lists on the web, after each change and every three days at least."""
    pages = hosted(issuer, lists=registry.publish(issuer.id, signer))
    # In your program: microcred.hosting.write_site(pages, "site"), and a web server. Here the web is pretended.
    return FakeWeb({f"https://example.edu{path}": page.content for path, page in pages.items()})


def verify(badge: mc.AchievementCredential, web: FakeWeb) -> mc.VerificationReport:
    """Do what verifiers anywhere do; with a real web: fetcher=mc.HTTPFetcher()."""
    return mc.Verifier(trusted_issuers={"did:web:example.edu"}, fetcher=web).check(badge)


ann, bob = issue("did:example:ann"), issue("did:example:bob")
web = publish()
assert verify(ann, web)
assert verify(bob, web)

registry.revoke(str(bob.id), reason="plagiarism", actor="registrar")
print("history:", [(event.action, event.reason) for event in registry.history(str(bob.id))])

# Verifiers know once the lists are published again.
web = publish()
assert verify(ann, web)
status = verify(bob, web)["credential_status"]
print("Bob's badge:", status.outcome, status.code)
assert status.code == mc.Code.REVOKED
registry.close()
