"""What was changed after signing is refused on both sides."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from copy import deepcopy

import pytest
from tests.support import as_object

from conformance.differences import expected
from conformance.parties import Party, Secured
from conformance.peers import Peer, Refusal
from conformance.rows import ROWS, Row, key_of
from conformance.shapes import SHAPES
from microcred.json import JSONObject

SHAPE = SHAPES["every member of a badge"]


def subject(document: JSONObject) -> JSONObject:
    return as_object(document["credentialSubject"])


def achievement(document: JSONObject) -> JSONObject:
    return as_object(subject(document)["achievement"])


def leave_out_criteria(document: JSONObject) -> None:
    del achievement(document)["criteria"]


EDITS: dict[str, Callable[[JSONObject], None]] = {
    "a text": lambda document: achievement(document).update(name="Rust 202"),
    "a date": lambda document: document.update(validFrom="2024-01-15T09:30:01Z"),
    "an id": lambda document: subject(document).update(id="did:example:somebody-else"),
    "the issuer": lambda document: document.update(issuer={**as_object(document["issuer"]), "name": "Another"}),
    "a type": lambda document: achievement(document).update(type=["Achievement", "https://example.edu/types#Other"]),
    "something left out": leave_out_criteria,
    "something added": lambda document: subject(document).update(narrative="With distinction."),
    "a member of the proof": lambda document: as_object(document["proof"]).update(created="2024-01-15T10:00:01Z"),
}


def changed(secured: Secured, edit: Callable[[JSONObject], None]) -> Secured:
    if isinstance(secured, dict):
        copy = deepcopy(secured)
        proofs = copy.get("proof")
        copy["proof"] = proofs[0] if isinstance(proofs, list) else proofs
        edit(copy)
        return copy
    if "." not in secured:
        # A COSE message: the text is in it as it is, and so is the length of it.
        return b64encode(b64decode(secured).replace(b"Rust 101", b"Rust 202")).decode()
    token, tilde, disclosures = secured.partition("~")
    header, payload, signature = token.split(".")
    members = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    edit(members)
    payload = urlsafe_b64encode(json.dumps(members).encode()).decode().rstrip("=")
    return f"{header}.{payload}.{signature}{tilde}{disclosures}"


def makes_sense(row: Row, edit: str) -> bool:
    """Tell whether there is what an edit changes."""
    if row.suite == "vc+cose":
        return edit == "a text"
    if row.has_disclosures:
        # The achievement is in a Disclosure.
        return edit in ("a date", "an id", "the issuer", "something added")
    return edit != "a member of the proof" or not ("jwt" in row.suite or row.suite == "bbs-2023")


def cases() -> list[object]:
    """Return each way on which the shape gets through unchanged."""
    return [
        pytest.param(row, issuer, id=f"{row.peer} {row.name}, signed by {issuer}")
        for row in ROWS
        for issuer, route in (("ours", row.routes[0]), ("theirs", row.routes[-1]))
        if len(row.routes) > 1 and expected(row, SHAPE, route) is None
    ]


@pytest.mark.parametrize(("row", "issuer"), cases())
def test_what_was_changed_is_refused(row: Row, issuer: str, request: pytest.FixtureRequest) -> None:
    peer: Peer = request.getfixturevalue(row.peer)
    key = key_of(row.kind)
    ours, theirs = row.ours(key), row.theirs(peer, key)
    signer: Party = ours if issuer == "ours" else theirs
    verifier: Party = theirs if issuer == "ours" else ours
    secured = signer.issue(row.document(SHAPE, key.did), SHAPE)
    if not row.is_whole:
        secured = signer.derive(secured, SHAPE)
    verifier.verify(secured, SHAPE)
    for name, edit in EDITS.items():
        if makes_sense(row, name):
            with pytest.raises(Refusal) as refusal:
                verifier.verify(changed(secured, edit), SHAPE)
            if issuer == "theirs":
                assert str(refusal.value).startswith("PROOF_VERIFICATION_ERROR"), (name, refusal.value)
