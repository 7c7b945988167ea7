"""Sign a credential that an LMS composed as a plain dict: a dict in gives a dict out."""

import json

import microcred as mc

key = mc.SigningKey.generate()
composed = {
    "@context": ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],
    "id": "urn:uuid:0c1f4d0c-9f4a-4b0c-8b5e-0d9b1a1f2c3d",
    "type": ["VerifiableCredential", "AchievementCredential"],
    "issuer": {"id": key.did, "type": ["Profile"], "name": "Example University"},
    "validFrom": "2026-05-01T09:30:00Z",
    "credentialSubject": {
        "id": "did:example:learner",
        "type": ["AchievementSubject"],
        "achievement": {
            "id": "https://example.edu/achievements/rust-101",
            "type": ["Achievement"],
            "name": "Rust 101",
            "description": "Completed the introductory course.",
            "criteria": {"narrative": "Passed the final project."},
        },
    },
}
signed = mc.sign(composed, key)
print(json.dumps(signed["proof"], indent=2))

# What the standard forbids is refused, with all problems and where they are.
try:
    mc.sign({**composed, "validFrom": "yesterday", "issuer": {"id": key.did}}, key)
except mc.DocumentError as error:
    print(error)
    assert [problem.pointer for problem in error.problems] == ["/issuer/type", "/validFrom"]

# So is a member that no context defines, since the proof would not cover it.
try:
    mc.sign({**composed, "favouriteColour": "blue"}, key)
except mc.SigningError as error:
    print(error)
    assert error.pointer == "/favouriteColour"
