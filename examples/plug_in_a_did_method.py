"""Give the verifier a DID method of your own; the fake web stands in for the network."""

import asyncio

import microcred as mc
from microcred.json import JSONObject, loads_object
from microcred.protocols import Fetch, Steps
from microcred.testing import FakeWeb


class DIDCampus:
    """did:campus:<name>: the documents are on the campus web server."""

    name = "campus"

    def resolve(self, did: str) -> Steps[JSONObject]:
        """Ask for the document; the verifier's fetcher gets it, or raises."""
        answer = yield Fetch(f"https://campus.example/{did.removeprefix('did:campus:')}/did.json")
        return loads_object(answer.content)


key = mc.SigningKey.generate()
did = "did:campus:rust"
method = f"{did}#key-1"
document: JSONObject = {
    "id": did,
    "verificationMethod": [
        {"id": method, "type": "Multikey", "controller": did, "publicKeyMultibase": key.public_key.multikey}
    ],
    "assertionMethod": [method],
}
badge = mc.AchievementCredential(
    issuer=mc.Profile(id=did, name="Campus"),
    valid_from=mc.now(),
    credential_subject=mc.AchievementSubject(
        id="did:example:learner",
        achievement=mc.Achievement(
            id="urn:uuid:6a1e3c5e-6b0a-4f0b-9f39-33e8ab7b1a01",
            name="Rust 101",
            description="Completed the introductory course.",
            criteria=mc.Criteria(narrative="Passed the final project."),
        ),
    ),
)
signed = mc.sign(badge, key, verification_method=method)

web = FakeWeb({"https://campus.example/rust/did.json": document})
assert mc.Verifier(trusted_issuers={did}, did_methods=[DIDCampus()], fetcher=web).check(signed)

# The same plug-in serves asynchronous code.
report = asyncio.run(mc.AsyncVerifier(trusted_issuers={did}, did_methods=[DIDCampus()], fetcher=web).check(signed))
print("verified:", bool(report), "after", web.requests)
