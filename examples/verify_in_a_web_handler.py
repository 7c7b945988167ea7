"""Verify what a browser uploads, in a plain WSGI application; no framework, and no server for this example."""

import io
import json
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.util import setup_testing_defaults

import microcred as mc

key = mc.SigningKey.generate()
MOST_BYTES = mc.Limits().max_image_bytes

# One verifier serves all requests and threads. Give it fetcher=mc.HTTPFetcher() to look up keys and status on the web.
verifier = mc.Verifier(trusted_issuers={key.did})

Answer = Callable[[str, list[tuple[str, str]]], object]


def application(environ: dict[str, Any], start_response: Answer) -> Iterable[bytes]:
    """POST a badge: JSON, a JWT, or a baked picture; the answer says whether it verifies, and why not."""
    if environ["REQUEST_METHOD"] != "POST":
        return respond(start_response, "405 Method Not Allowed", {"error": "POST a badge"})
    length = int(environ.get("CONTENT_LENGTH") or 0)
    if length > MOST_BYTES:
        return respond(start_response, "413 Content Too Large", {"error": "that is too large for a badge"})
    # A bad badge raises nothing: the report says what is wrong with it.
    report = verifier.check(environ["wsgi.input"].read(length))
    if report.verified:
        return respond(start_response, "200 OK", report.to_dict())
    status = "422 Unprocessable Content" if report.refused else "503 Service Unavailable"
    return respond(start_response, status, {**report.to_dict(), "inWords": report.explain()})


def respond(start_response: Answer, status: str, body: dict[str, object]) -> Iterable[bytes]:
    start_response(status, [("Content-Type", "application/json")])
    return [json.dumps(body).encode()]


def post(body: bytes) -> tuple[str, dict[str, Any]]:
    """Call the application as a server would; `wsgiref.simple_server.make_server("", 8000, application)` is one."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
    }
    setup_testing_defaults(environ)
    statuses: list[str] = []
    answer = b"".join(application(environ, lambda status, _: statuses.append(status)))
    return statuses[0], json.loads(answer)


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
genuine = badge.model_dump_json().encode()
for upload in (genuine, genuine.replace(b"Rust 101", b"Rust 901"), b"no badge at all"):
    status, answer = post(upload)
    print(status, [check["code"] for check in answer["checks"] if check["outcome"] == "failed"])
assert post(genuine)[0] == "200 OK"
