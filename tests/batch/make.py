"""A template of a badge with many placeholders, rows for it, and what worker processes need by name."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Mapping
from pathlib import Path

import microcred as mc
from microcred.batch import Template
from microcred.json import JSONObject
from microcred.keys import PublicKey
from microcred.testing import FakeWeb
from tests.make import KEY, badge

CREATED = "2026-05-01T10:00:00Z"


def template(**changes: object) -> Template:
    """Return a template of a badge; changes replace members, and None leaves them out."""
    return Template(document(**changes))


def document(**changes: object) -> JSONObject:
    """Return a badge with placeholders."""
    given = badge(
        id="https://example.edu/credentials/{{ number }}",
        validFrom="{{ from }}",
        credentialStatus={
            "id": "https://example.edu/status/1#{{ index }}",
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": "{{ index }}",
            "statusListCredential": "https://example.edu/status/1",
        },
    )
    subject = given["credentialSubject"]
    assert isinstance(subject, dict)
    subject["id"] = "{{ learner }}"
    subject["narrative"] = "{{ name }} has passed, said {{ name }}."
    subject["identifier"] = [
        {"type": "IdentityObject", "hashed": False, "identityHash": "{{ email }}", "identityType": "emailAddress"}
    ]
    return {name: value for name, value in {**given, **changes}.items() if value is not None}  # type: ignore[misc]


def row(number: int, **changes: str) -> dict[str, str]:
    """Return a row for the template."""
    return {
        "number": f"{number:06d}",
        "from": f"2026-05-{1 + number % 28:02d}T09:30:00Z",
        "index": str(number),
        "learner": f"did:example:learner-{number}",
        "name": f"Ana {number}",
        "email": f"student-{number}@example.edu",
        **changes,
    }


def rows(count: int) -> list[dict[str, str]]:
    """Return so many rows."""
    return [row(number) for number in range(count)]


class Counted:
    """Rows that are counted as they are read."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.read = 0

    def __iter__(self) -> Iterator[dict[str, str]]:
        for number in range(self.count):
            self.read += 1
            yield row(number)


class Deadly:
    """A signer that ends the process which signs the credential with its number; elsewhere it signs."""

    def __init__(self, path: Path, *, once: bool) -> None:
        self.path = str(path)
        self.once = once
        self.key = mc.SigningKey.from_seed(bytes(range(32))).portable()
        self.calls = 0

    @property
    def public_key(self) -> PublicKey:
        return self.key.public_key

    def sign(self, data: bytes) -> bytes:
        self.calls += 1
        if self.calls == 30 and not (self.once and self._has_died()):
            os.kill(os.getpid(), signal.SIGKILL)
        return self.key.sign(data)

    def _has_died(self) -> bool:
        try:
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return True
        return False


def key_in_worker() -> mc.SigningKey:
    """Make the key where it is needed."""
    return mc.SigningKey.from_seed(bytes(range(32)))


def no_key() -> mc.SigningKey:
    """Fail to make a key."""
    raise KeyError("secret words of somebody else")


def verifier(pages: Mapping[str, JSONObject] | None = None) -> mc.Verifier:
    """Make a verifier that trusts the key of the tests."""
    return mc.Verifier(trusted_issuers={KEY.did}, fetcher=FakeWeb(pages or {}))
