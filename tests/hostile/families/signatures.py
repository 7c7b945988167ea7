"""Documents that were changed after signing, and signatures that are not quite signatures."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from microcred.encoding import base58_encode, base64url_encode
from tests.hostile import forge
from tests.hostile.corpus import Family
from tests.hostile.forge import ISSUER, P256, P384, STRANGER, badge, changed, nquads, options, proof_of, secure, signed

_WRONG = "proof PROOF_VERIFICATION_ERROR"
_L = forge.ORDER_ED25519


def families() -> Iterator[Family]:
    yield _tampered()
    yield _eddsa()
    yield _ecdsa()


def _tampered() -> Family:
    family = Family("tampered", "Changed after signing", "VC Data Integrity 1.0 §4.4", {"trusted": [ISSUER.did]})
    document = signed()
    family.good("control", "as the issuer signed it", document)
    jcs = secure(badge(), suite="eddsa-jcs-2022")
    family.good("control-jcs", "as the issuer signed it, over the JSON itself", jcs)
    achievement = "credentialSubject/achievement"
    for name, path, value in (
        ("subject", "credentialSubject/id", "did:example:somebody-else"),
        ("achievement-name", f"{achievement}/name", "Doctor of Medicine"),
        ("achievement-id", f"{achievement}/id", "https://example.edu/achievements/other"),
        ("criteria", f"{achievement}/criteria/narrative", "Was there."),
        ("valid-from", "validFrom", "2026-05-01T09:30:01Z"),
        ("valid-from-zone", "validFrom", "2026-05-01T09:30:00+00:00"),
        ("valid-until-added", "validUntil", "2099-01-01T00:00:00Z"),
        ("issuer-name", "issuer/name", "Example University!"),
        ("id", "id", "urn:uuid:0c1f4d0c-9f4a-4b0c-8b5e-0d9b1a1f2c3e"),
        ("type-added", "type", ["VerifiableCredential", "AchievementCredential", "EndorsementCredential"]),
        ("description-added", f"{achievement}/humanCode", "R101"),
        ("description-removed", f"{achievement}/description", "Completed"),
        ("credits-added", "credentialSubject/creditsEarned", 180),
        ("recipient-added", "credentialSubject/identifier", [_identity()]),
        ("evidence-added", "evidence", [{"id": "https://example.org/e", "type": ["Evidence"]}]),
        ("homoglyph", f"{achievement}/name", "Rust 1\u041e1"),
        ("composed", f"{achievement}/name", "Rust 101\u0301"),
        ("white-space", f"{achievement}/name", "Rust 101 "),
    ):
        family.bad(name, f"a change of /{path}", changed(document, path, value), _WRONG)
        family.bad(f"{name}-jcs", f"a change of /{path}", changed(jcs, path, value), _WRONG, control="control-jcs")
    lone = {**jcs, "type": jcs["type"][::-1]}
    family.bad(
        "order-jcs", "another order of a list, which the form of JSON covers", lone, _WRONG, control="control-jcs"
    )
    family.good("order", "another order of a set, of which RDF has none", {**document, "type": document["type"][::-1]})
    for name, path in (("issuer", "issuer/name"), ("date", "validFrom"), ("subject", "credentialSubject/id")):
        expected = _WRONG if name == "issuer" else "proof PROOF_VERIFICATION_ERROR"
        family.bad(f"{name}-removed", f"/{path} was taken out", changed(document, path, None), expected)
    other = signed(id="urn:uuid:11111111-1111-4111-8111-111111111111")
    family.bad("proof-of-another", "the proof of another credential", {**document, "proof": other["proof"]}, _WRONG)
    return family


def _identity() -> dict[str, Any]:
    return {
        "type": "IdentityObject",
        "identityType": "emailAddress",
        "identityHash": "mallory@example.com",
        "hashed": False,
    }


def _eddsa() -> Family:
    standard = "Data Integrity EdDSA Cryptosuites 1.0 §3.2"
    family = Family("eddsa", "Signatures of Ed25519 that are none", standard, {"trusted": [ISSUER.did]})
    document = signed()
    family.good("control", "a good signature", document)
    proof = document["proof"]
    signature = ISSUER.sign(forge.signed_bytes(badge(), options(ISSUER)))
    r, s = signature[:32], int.from_bytes(signature[32:], "little")

    def value(name: str, why: str, proof_value: Any, expected: str = _WRONG, **more: Any) -> None:
        family.bad(name, why, {**document, "proof": {**proof, "proofValue": proof_value}}, expected, **more)

    def raw(name: str, why: str, data: bytes, **more: Any) -> None:
        value(name, why, "z" + base58_encode(data), **more)

    assert "z" + base58_encode(signature) == proof["proofValue"]
    scalar = "RFC 8032 §5.1.7"
    raw(
        "s-plus-l",
        "the scalar S with the order of the group added",
        r + (s + _L).to_bytes(32, "little"),
        standard=scalar,
    )
    raw("s-negated", "the scalar −S", r + (-s % _L).to_bytes(32, "little"), standard=scalar)
    raw("r-flipped", "one bit of R", bytes([r[0] ^ 1]) + signature[1:])
    raw("s-flipped", "one bit of S", signature[:63] + bytes([signature[63] ^ 1]))
    raw("zeros", "64 zeros", bytes(64))
    raw("ones", "64 bytes 0xff", b"\xff" * 64)
    raw("short", "63 bytes", signature[:63])
    raw("long", "65 bytes", signature + b"\0")
    raw("twice", "the signature twice", signature * 2)
    raw("r-only", "R without S", r)
    raw("key-in-place", "the public key in place of R, and S = 0", ISSUER.public + bytes(32))
    raw("identity-r", "R the neutral point, and S = 0", b"\x01" + bytes(63))
    raw("hash", "the hash that was to be signed", forge.signed_bytes(badge(), options(ISSUER)))
    raw("stranger", "a signature by another key", STRANGER.sign(forge.signed_bytes(badge(), options(ISSUER))))
    multibase = "Controlled Identifiers 1.0 §2.4"
    text = str(proof["proofValue"])
    for name, why, spelling in (
        ("no-prefix", "without the multibase prefix", text[1:]),
        ("upper-prefix", "Z in place of z", "Z" + text[1:]),
        ("base64url", "base64url, with its own prefix u; the suite has z", "u" + base64url_encode(signature)),
        ("base64url-as-z", "base64url behind the prefix of base58", "z" + base64url_encode(signature)),
        ("base16", "hexadecimal, with its own prefix f", "f" + signature.hex()),
        ("base58-flickr", "base58 with another alphabet", "Z" + text[1:].swapcase()),
        ("base58-leading-one", "a zero byte in front", "z1" + text[1:]),
        ("base58-zero", "a letter that base58 has not", text[:-1] + "0"),
        ("white-space", "white space behind", text + " "),
        ("line-feed", "a line feed behind", text + "\n"),
        ("nul", "a NUL behind", text + "\0"),
        ("empty", "no text", ""),
        ("prefix-only", "the prefix alone", "z"),
        ("fullwidth", "fullwidth letters", "".join(chr(ord(each) + 0xFEE0) for each in text)),
        ("long-base58", "base58 of many digits, which takes the square of their number", "z" + "2" * 20_000),
    ):
        value(name, why, spelling, standard=multibase)
    for name, other in (("null", None), ("number", 1), ("array", [text]), ("object", {"@value": text}), ("true", True)):
        value(f"value-{name}", f"the proofValue is {name}", other, standard="VC Data Integrity 1.0 §2.1")
    gone = {name: item for name, item in proof.items() if name != "proofValue"}
    family.bad("value-absent", "no proofValue", {**document, "proof": gone}, _WRONG)
    for name, why, data in _other_inputs():
        raw(name, why, ISSUER.sign(data), standard=f"{standard}.4")
    _low_order(family)
    return family


def _other_inputs() -> Iterator[tuple[str, str, bytes]]:
    """Return what must not be what is signed."""
    document, proof = badge(), options(ISSUER)
    whole = hashlib.sha256(nquads(document)).digest()
    config = hashlib.sha256(nquads({**proof, "@context": document["@context"]})).digest()
    yield "input-swapped", "signed: document, then options", whole + config
    yield "input-document-only", "signed: the document without the options of the proof", whole
    yield "input-options-only", "signed: the options without the document", config
    yield "input-hex", "signed: the hashes in hexadecimal", (config.hex() + whole.hex()).encode()
    yield "input-once-more", "signed: the hash of the hashes", hashlib.sha256(config + whole).digest()
    yield "input-nquads", "signed: the statements, not their hash", nquads(document)
    yield "input-jcs", "signed: the form of JSON, under the suite of RDF", forge.signed_bytes(document, proof, jcs=True)
    yield "input-sha384", "signed: SHA-384", forge.signed_bytes(document, proof, "sha384")
    less = options(ISSUER, created=None)
    yield "input-no-created", "signed: options without created", forge.signed_bytes(document, less)


def _low_order(family: Family) -> None:
    """Keys under which one signature fits every message (RFC 8032 §5.1.7 multiplies by the cofactor)."""
    points = {
        "identity": "0100000000000000000000000000000000000000000000000000000000000000",
        "order-two": "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "order-four": "0000000000000000000000000000000000000000000000000000000000000000",
        "order-four-sign": "0000000000000000000000000000000000000000000000000000000000000080",
        "order-eight": "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "identity-not-canonical": "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "order-two-sign": "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "not-on-the-curve": "0200000000000000000000000000000000000000000000000000000000000000",
    }
    for name, point in points.items():
        multikey = "z" + base58_encode(b"\xed\x01" + bytes.fromhex(point))
        did = f"did:key:{multikey}"
        proof = options(ISSUER, verificationMethod=f"{did}#{multikey}")
        proof["proofValue"] = "z" + base58_encode(b"\x01" + bytes(63))
        family.bad(
            f"key-{name}",
            "a key of small order, or none at all, under which anybody can sign anything",
            {**badge(did), "proof": proof},
            _WRONG if name == "not-on-the-curve" else "proof INVALID_VERIFICATION_METHOD",
            standard="RFC 8032 §5.1.7",
            trusted=[did],
        )


def _ecdsa() -> Family:
    standard = "Data Integrity ECDSA Cryptosuites 1.0 §3.2"
    family = Family(
        "ecdsa", "Signatures of ECDSA that are none", standard, {"trusted": [P256.did, P384.did, ISSUER.did]}
    )
    document = secure(badge(P256.did), P256, "ecdsa-rdfc-2019")
    family.good("control", "a good signature on P-256", document)
    large = secure(badge(P384.did), P384, "ecdsa-rdfc-2019")
    family.good("control-p384", "a good signature on P-384", large)
    data = forge.signed_bytes(badge(P256.did), options(P256, "ecdsa-rdfc-2019"))
    (r, s), n = P256.numbers(data), forge.ORDER_P256

    def pair(one: int, other: int) -> dict[str, Any]:
        value = "z" + base58_encode(one.to_bytes(32) + other.to_bytes(32))
        return {**document, "proof": {**document["proof"], "proofValue": value}}

    family.good("s-negated", "−s fits as well as s: the standard does not choose between them", pair(r, n - s))
    for name, one, other in (
        ("zeros", 0, 0),
        ("r-zero", 0, s),
        ("s-zero", r, 0),
        ("r-is-n", n, s),
        ("s-is-n", r, n),
        ("n-n", n, n),
        ("one-one", 1, 1),
        ("swapped", s, r),
        ("r-negated", n - r, s),
    ):
        family.bad(name, "numbers that are no signature", pair(one, other), _WRONG, standard="FIPS 186-5 §6.4.2")
    others = {
        "der": (P256.der(data), "the form of X.509 (DER)"),
        "der-cut": (P256.der(data)[:64], "64 bytes of the form of X.509"),
        "short": (P256.sign(data)[:63], "63 bytes"),
        "long": (bytes(16) + P256.sign(data)[:32] + bytes(16) + P256.sign(data)[32:], "numbers of 48 bytes"),
        "recovery": (P256.sign(data) + b"\x01", "a recovery byte behind"),
    }
    for name, (raw, why) in others.items():
        broken = {**document, "proof": {**document["proof"], "proofValue": "z" + base58_encode(raw)}}
        family.bad(name, why, broken, _WRONG, standard=f"{standard}.1")
    weak = forge.signed_bytes(badge(P384.did), options(P384, "ecdsa-rdfc-2019"))
    value = "z" + base58_encode(P384.sign(weak))
    family.bad(
        "p384-sha256",
        "P-384 over hashes of SHA-256",
        {**large, "proof": {**large["proof"], "proofValue": value}},
        _WRONG,
        control="control-p384",
    )
    family.bad(
        "ed25519-key",
        "a key of Ed25519 under a suite of ECDSA",
        {**badge(), "proof": proof_of(badge(), ISSUER, "ecdsa-rdfc-2019")},
        "proof INVALID_VERIFICATION_METHOD",
    )
    family.bad(
        "p256-key-eddsa",
        "a key of P-256 under a suite of EdDSA",
        secure(badge(P256.did), P256, "eddsa-rdfc-2022"),
        "proof INVALID_VERIFICATION_METHOD",
    )
    return family
