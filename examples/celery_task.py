"""Issue badges in the background, with Celery.

Needs: pip install celery

Run a worker with: celery --app celery_task worker. Here the tasks run at once, in this process, without a broker.
"""

import json
import os

from celery import Celery

import microcred as mc

app = Celery("badges", broker=os.environ.get("BROKER_URL", "memory://"))
app.conf.task_always_eager = "BROKER_URL" not in os.environ
app.conf.task_store_eager_result = False

# Each worker has the key, from your secret store or a key service; a task carries none, since brokers keep messages.
PASSWORD = os.environ.get("ISSUER_KEY_PASSWORD", "a good password")
KEY_PEM = os.environ.get("ISSUER_KEY_PEM", "").encode() or mc.SigningKey.generate().to_pem(PASSWORD)
signer = mc.SigningKey.from_pem(KEY_PEM, PASSWORD)


def issue_badge(credential_id: str, learner: str, valid_from: str) -> str:
    """Issue a badge; with the id and the date as arguments, a task that runs twice issues the same badge."""
    badge = mc.AchievementCredential(
        id=credential_id,
        issuer=mc.Profile(id=signer.did, name="Example University"),
        valid_from=mc.DateTime.parse(valid_from),
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
    return mc.sign(badge, signer, created=badge.valid_from).model_dump_json()


# A badge that is wrong stays wrong: only what may pass by itself is tried again.
task = app.task(issue_badge, name="badges.issue", acks_late=True, autoretry_for=(OSError,), retry_backoff=True)

if __name__ == "__main__":
    arguments = ("urn:uuid:0c1f4d0c-9f4a-4b0c-8b5e-0d9b1a1f2c3d", "did:example:learner", "2026-05-01T09:30:00Z")
    first, again = task.delay(*arguments).get(), task.delay(*arguments).get()
    assert mc.Verifier(trusted_issuers={signer.did}).check(first).verified
    assert first == again
    print("issued", json.loads(first)["id"])
