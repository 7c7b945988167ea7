"""Issue and verify badges over HTTP, with FastAPI.

Needs: pip install fastapi

Serve it with: uvicorn fastapi_route:app. Here it is called in this process, without a server.
"""

import asyncio

import httpx
from fastapi import FastAPI, HTTPException, Request
from pydantic import BaseModel

import microcred as mc

key = mc.SigningKey.generate()
# The asynchronous verifier waits for the web without holding up others: fetcher=mc.HTTPFetcher()
verifier = mc.AsyncVerifier(trusted_issuers={key.did})
MOST_BYTES = mc.Limits().max_image_bytes
app = FastAPI(title="Badges")


class Award(BaseModel):
    """Who gets a badge; your program asks who may give one."""

    learner: str


@app.post("/badges", status_code=201)
def issue(award: Award) -> dict[str, object]:
    """Issue a badge. Signing computes and does not wait, so the route is an ordinary function, in a thread."""
    badge = mc.AchievementCredential(
        issuer=mc.Profile(id=key.did, name="Example University"),
        valid_from=mc.now(),
        credential_subject=mc.AchievementSubject(
            id=award.learner,
            achievement=mc.Achievement(
                id="https://example.edu/achievements/rust-101",
                name="Rust 101",
                description="Completed the introductory course.",
                criteria=mc.Criteria(narrative="Passed the final project."),
            ),
        ),
    )
    return mc.sign(badge, key).model_dump()


@app.post("/verify")
async def verify(request: Request) -> dict[str, object]:
    """Verify the body: JSON, a JWT, or a baked picture. Taken as bytes, since a signature is over exact values."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise HTTPException(413, "that is too large for a badge")
    report = await verifier.check(bytes(body))
    return {**report.to_dict(), "inWords": report.explain()}


async def walk_through() -> None:
    """Do what a client does."""
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://badges.example") as client:
        issued = await client.post("/badges", json={"learner": "did:example:learner"})
        assert issued.status_code == 201
        good = await client.post("/verify", content=issued.content)
        forged = await client.post("/verify", content=issued.content.replace(b"Rust 101", b"Rust 901"))
    assert good.json()["verified"] is True
    assert forged.json()["verified"] is False
    print(forged.json()["inWords"])


asyncio.run(walk_through())
