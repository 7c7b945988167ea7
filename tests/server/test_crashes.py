"""A service that is killed in the middle of its work: what it has said to be done is done."""

from __future__ import annotations

import hashlib
import itertools
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue

import httpx
import pytest

from microcred.issuer import IssuerFolder
from microcred.issuer.reissuing import digest
from microcred.json import JSONObject
from microcred.status.registry import StatusRegistry
from tests.make import badge
from tests.server.processes import Running, serving
from tests.server.services import BASE, BEARER, PASSWORD, SECRET, folder
from tests.support import as_object

SECONDS = 1.0
ISSUING, REVOKING = 6, 2
# Each is asked for again, one by one.
MOST_LOOKED_AT = 30

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no process is killed in this way on Windows")


@dataclass
class Acknowledged:
    """What clients were told, and what they had asked for."""

    issued: dict[str, bytes] = field(default_factory=dict)
    """The answers, by the idempotency keys."""
    unanswered: list[str] = field(default_factory=list)
    revoked: set[str] = field(default_factory=set)
    to_revoke: SimpleQueue[str] = field(default_factory=SimpleQueue)
    over: threading.Event = field(default_factory=threading.Event)


def asked(key: str) -> tuple[JSONObject, dict[str, str]]:
    document = {name: value for name, value in badge().items() if name not in ("id", "issuer", "validFrom")}
    return {"credential": {**document, "name": key}}, {**BEARER, "Idempotency-Key": key}


def credential_of(answer: bytes) -> JSONObject:
    return as_object(as_object(httpx.Response(200, content=answer).json())["verifiableCredential"])


def issue(url: str, told: Acknowledged, name: int) -> None:
    with httpx.Client(base_url=url) as client:
        for number in itertools.count():
            key = f"client {name}, request {number}"
            body, headers = asked(key)
            try:
                answer = client.post("/credentials/issue", json=body, headers=headers)
            except httpx.TransportError:
                told.unanswered.append(key)
                return
            assert answer.status_code == 201, answer.text
            told.issued[key] = answer.content
            if number % 3 == 0:
                told.to_revoke.put(str(credential_of(answer.content)["id"]))


def revoke(url: str, told: Acknowledged) -> None:
    with httpx.Client(base_url=url) as client:
        while not told.over.is_set():
            with suppress(Empty):
                credential_id = told.to_revoke.get(timeout=0.1)
                body = {"credentialId": credential_id, "credentialStatus": {}, "status": True}
                try:
                    answer = client.post("/credentials/status", json=body, headers=BEARER)
                except httpx.TransportError:
                    return
                assert answer.status_code == 200, answer.text
                told.revoked.add(credential_id)


def killed_at_work(running: Running) -> Acknowledged:
    """Have much issued and revoked, kill the process meanwhile, and return what it had said until then."""
    told = Acknowledged()
    with ThreadPoolExecutor(ISSUING + REVOKING) as clients:
        work = [clients.submit(issue, running.url, told, name) for name in range(ISSUING)]
        work += [clients.submit(revoke, running.url, told) for _ in range(REVOKING)]
        time.sleep(SECONDS)
        running.process.kill()
        told.over.set()
        for each in work:
            each.result(30)
    return told


def test_what_was_acknowledged_outlives_a_process_that_is_killed(tmp_path: Path) -> None:
    made = folder(tmp_path / "issuer")
    variables = {
        "BASE_URL": BASE,
        "TOKENS": hashlib.sha256(SECRET.encode()).hexdigest(),
        "ONLINE": "false",
        "ISSUER_FOLDER": str(made.path),
        "ISSUER_PASSWORD": PASSWORD,
        "ISSUER_HOST": "true",
    }
    settings = {f"MICROCRED_SERVER_{name}": value for name, value in variables.items()}
    with serving(folder=tmp_path, **settings) as running:
        told = killed_at_work(running)
    assert len(told.issued) > ISSUING
    assert told.revoked
    assert told.unanswered, "it was killed in the middle of its work"

    all_of_them = {key: credential_of(answer) for key, answer in told.issued.items()}
    with serving(folder=tmp_path, **settings) as again, httpx.Client(base_url=again.url) as client:
        _look_at_each(client, told, all_of_them)
        for key in told.unanswered:
            # Whether it was issued or not, it is now, and once.
            body, headers = asked(key)
            answers = [client.post("/credentials/issue", json=body, headers=headers) for _ in range(2)]
            assert {each.status_code for each in answers} == {201}
            assert answers[0].content == answers[1].content
    _is_in_the_books(made, told, all_of_them)


def _look_at_each(client: httpx.Client, told: Acknowledged, all_of_them: dict[str, JSONObject]) -> None:
    last = dict(list(all_of_them.items())[-MOST_LOOKED_AT:])
    for key, credential in last.items():
        # It is shown, answered again under its key, and revoked for everybody who looks at the published list.
        assert client.get(str(credential["id"]).removeprefix(BASE)).json() == credential
        body, headers = asked(key)
        assert client.post("/credentials/issue", json=body, headers=headers).content == told.issued[key]
        verdict = client.post("/credentials/verify", json={"verifiableCredential": credential})
        if credential["id"] in told.revoked:
            assert verdict.json()["code"] == "REVOKED"
        elif verdict.status_code != 200:
            # Asked for, and done without that anybody was told.
            assert verdict.json()["code"] == "REVOKED"
            assert int(key.rpartition(" ")[2]) % 3 == 0


def _is_in_the_books(made: IssuerFolder, told: Acknowledged, all_of_them: dict[str, JSONObject]) -> None:
    issued = made.issued()
    with StatusRegistry(f"sqlite:///{made.path / 'status.db'}") as registry:
        for credential in all_of_them.values():
            name = str(credential["id"])
            status = registry.status(name)
            assert [each.model_dump() for each in status.entries] == [credential["credentialStatus"]]
            assert status.revoked or name not in told.revoked
            assert issued(name, digest(credential))
