"""Give a learner what can be shown: a baked badge, a link for LinkedIn, a QR code and a certificate."""

from pathlib import Path

import microcred as mc
from microcred.baking import draw_badge
from microcred.share import certificate, linkedin_url, qr

key = mc.SigningKey.generate()
credential = mc.sign(
    mc.AchievementCredential(
        issuer=mc.Profile(id=key.did, name="Example University", url="https://example.edu"),
        valid_from=mc.now(),
        credential_subject=mc.AchievementSubject(
            identifier=[mc.IdentityObject.of("learner@example.com")],
            achievement=mc.Achievement(
                id="https://example.edu/achievements/rust-101",
                achievement_type=mc.AchievementType.COURSE,
                name="Rust 101",
                description="Completed the introductory course.",
                criteria=mc.Criteria(narrative="Passed the final project."),
            ),
        ),
    ),
    key,
)
# Where anybody can verify the credential: a page of yours.
page = "https://credentials.example.edu/verify/4711"

# The achievement has no picture, so one is drawn; the credential goes into it.
Path("badge.svg").write_bytes(mc.bake(draw_badge(credential), credential))
Path("badge.png").write_bytes(mc.bake(draw_badge(credential, format="png"), credential))

link = linkedin_url(credential, url=page)
print("add to LinkedIn:", link)
for label, text in link.fields.items():
    print(f"  {label}: {text}")

Path("code.png").write_bytes(qr(page, format="png"))

# The credential knows the learner by a hash, so the name comes from your own records.
Path("certificate.html").write_bytes(certificate(credential, name="Ada Lovelace", url=page))
Path("certificate.pdf").write_bytes(certificate(credential, name="Ada Lovelace", url=page, format="pdf"))
