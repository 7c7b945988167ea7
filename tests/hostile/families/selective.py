"""Parts of credentials (ecdsa-sd-2023): shown by whoever, mixed, and more than was shown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import microcred as mc
from microcred.encoding import base64url_decode, base64url_encode
from microcred.signing import ecdsa_sd
from tests.hostile import forge
from tests.hostile.corpus import Family
from tests.hostile.forge import P256, Raw, badge, cbor, changed

_WRONG = "proof PROOF_VERIFICATION_ERROR"
_PREFIX = b"\xd9\x5d\x01"


def families() -> Iterator[Family]:
    family = Family(
        "selective",
        "Parts of credentials that the issuer did not sign so",
        "Data Integrity ECDSA Cryptosuites 1.0 §3.5, §3.6.7",
        {"trusted": [P256.did]},
    )
    base = _base(
        badge(
            P256.did,
            description="All of it.",
            evidence=[
                {"id": "urn:e:1", "type": ["Evidence"], "name": "One"},
                {"id": "urn:e:2", "type": ["Evidence"], "name": "Two"},
            ],
        )
    )
    one, two = mc.derive(base, ["/evidence/0"]), mc.derive(base, ["/evidence/1"])
    family.good("control", "one of two pieces of evidence", one)
    family.good("control-less", "only what is mandatory", mc.derive(base, []))
    family.bad("base", "what the holder alone should have", base, _WRONG)
    for name, path, value in (
        ("subject", "credentialSubject/id", "did:example:mallory"),
        ("achievement", "credentialSubject/achievement/name", "Doctor of Medicine"),
        ("evidence", "evidence/0/name", "Excellent"),
        ("start", "validFrom", "2020-01-01T00:00:00Z"),
        ("end", "validUntil", "2099-01-01T00:00:00Z"),
        ("added", "description", "All of it, and more."),
        ("removed", "evidence", None),
        ("mandatory-removed", "validFrom", None),
    ):
        family.bad(name, f"a change of /{path}", changed(one, path, value), _WRONG)
    family.bad(
        "more-shown",
        "a piece of evidence that the holder did not show",
        {**one, "evidence": [*_of(one["evidence"]), *_of(two["evidence"])]},
        _WRONG,
    )
    family.bad("other-shown", "the evidence of another showing", {**one, "evidence": two["evidence"]}, _WRONG)
    family.bad("proof-of-other", "the proof of another showing", {**one, "proof": two["proof"]}, _WRONG)
    proof = _of(one["proof"])[0]
    parts = _parts(str(proof["proofValue"]))
    signature, key, signatures, labels, mandatory = parts

    def raw(name: str, why: str, data: bytes, code: str = _WRONG) -> None:
        broken = {**one, "proof": {**proof, "proofValue": "u" + base64url_encode(data)}}
        family.bad(name, why, broken, code)

    def with_parts(name: str, why: str, *made: Any) -> None:
        raw(name, why, _PREFIX + cbor(list(made)))

    assert _PREFIX + cbor(parts) == base64url_decode(str(proof["proofValue"])[1:]), (
        "what is taken apart is put together"
    )
    with_parts("signature", "another base signature", bytes(64), key, signatures, labels, mandatory)
    with_parts("key", "another key of the moment", signature, b"\x80\x24" + P256.point, signatures, labels, mandatory)
    with_parts("key-none", "no key of the moment", signature, b"", signatures, labels, mandatory)
    with_parts("fewer-signatures", "a signature too few", signature, key, signatures[:-1], labels, mandatory)
    with_parts(
        "more-signatures", "a signature too many", signature, key, [*signatures, signatures[0]], labels, mandatory
    )
    with_parts("no-signatures", "no signatures", signature, key, [], labels, mandatory)
    with_parts("swapped-signatures", "two signatures exchanged", signature, key, signatures[::-1], labels, mandatory)
    with_parts(
        "zero-signatures", "zeros for signatures", signature, key, [bytes(64)] * len(signatures), labels, mandatory
    )
    with_parts("fewer-mandatory", "something mandatory less", signature, key, signatures, labels, mandatory[:-1])
    with_parts(
        "all-mandatory",
        "everything is said to be mandatory",
        signature,
        key,
        [],
        labels,
        list(range(len(mandatory) + len(signatures))),
    )
    with_parts("mandatory-beyond", "an index beyond the end", signature, key, signatures, labels, [*mandatory, 10**6])
    with_parts("mandatory-negative", "an index below 0", signature, key, signatures, labels, [-1, *mandatory])
    with_parts("mandatory-order", "indexes in another order", signature, key, signatures, labels, mandatory[::-1])
    with_parts("mandatory-twice", "an index twice", signature, key, signatures, labels, [mandatory[0], *mandatory])
    with_parts(
        "labels-equal",
        "two nodes of one label",
        signature,
        key,
        signatures,
        dict.fromkeys(labels, bytes(32)),
        mandatory,
    )
    with_parts("labels-none", "no labels", signature, key, signatures, {}, mandatory)
    with_parts("labels-text", "labels as text", signature, key, signatures, {"c14n0": "u"}, mandatory)
    with_parts("six-parts", "a part more", *parts, 0)
    with_parts("four-parts", "a part less", *parts[:4])
    whole = cbor(parts)
    raw("more-bytes", "bytes behind the end", _PREFIX + whole + b"\0")
    raw("cut", "the end is missing", _PREFIX + whole[:-1])
    raw("other-prefix", "the prefix of another suite", b"\xd9\x5d\x03" + whole)
    raw("base-prefix", "the prefix of what the holder alone should have", b"\xd9\x5d\x00" + whole)
    raw("no-prefix", "no prefix", whole)
    raw("indefinite", "an array without a length", _PREFIX + b"\x9f" + whole[1:] + b"\xff")
    raw("long-length", "a length in more bytes than need be", _PREFIX + b"\x98\x05" + whole[1:])
    raw("map-twice", "a label twice", _PREFIX + cbor([signature, key, signatures, Raw(_twice(labels)), mandatory]))
    raw("tagged", "a tag inside", _PREFIX + cbor([Raw(b"\xc1" + cbor(signature)), key, signatures, labels, mandatory]))
    raw("huge-length", "a length that lies", _PREFIX + b"\x9b" + b"\xff" * 8)
    raw("empty", "nothing", b"")
    text = str(proof["proofValue"])
    family.bad("multibase", "another base", {**one, "proof": {**proof, "proofValue": "z" + text[1:]}}, _WRONG)
    yield family


def _twice(labels: dict[int, bytes]) -> bytes:
    return forge.head(5, len(labels) + 1) + cbor(labels)[1:] + cbor(next(iter(labels))) + cbor(bytes(32))


def _base(document: dict[str, Any]) -> Any:
    """Return a credential whose holder can show parts; random numbers are fixed."""
    issuer = mc.SigningKey.from_jwk(P256.private_jwk)
    moment = mc.SigningKey.from_jwk(forge.P256_STRANGER.private_jwk)
    return ecdsa_sd.add_base_proof(
        document,
        issuer,
        verification_method=P256.method,
        mandatory_pointers=["/issuer", "/validFrom", "/credentialSubject/id", "/credentialSubject/achievement"],
        created=forge.CREATED,
        hmac_key=bytes(range(32)),
        ephemeral_key=moment,
    )


def _of(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _parts(text: str) -> list[Any]:
    import cbor2

    found: list[Any] = cbor2.loads(base64url_decode(text[1:])[3:])
    return found
