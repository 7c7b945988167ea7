"""Whose key it is: issuers that were exchanged, foreign controllers, keys that are listed for something else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from microcred.encoding import base58_encode, base64url_encode
from tests.hostile import forge
from tests.hostile.corpus import Family, Page, Parts
from tests.hostile.forge import (
    ISSUER,
    P256,
    RSA_1024,
    SECP256K1,
    STRANGER,
    badge,
    changed,
    compact,
    did_document,
    method_of,
    secure,
    signed,
)

_METHOD = "proof INVALID_VERIFICATION_METHOD"
_RELATIONSHIP = "proof INVALID_RELATIONSHIP_FOR_VERIFICATION_METHOD"
_WRONG = "proof PROOF_VERIFICATION_ERROR"
WEB = "did:web:example.edu"
PAGE = "https://example.edu/.well-known/did.json"
KEY = f"{WEB}#key-1"


def families() -> Iterator[Family]:
    yield _swapped()
    yield _documents()
    yield _self_made()


def of_web(issuer: str = WEB, method: str = KEY, key: forge.Key = ISSUER, **more: Any) -> dict[str, Any]:
    """Return a badge of a did:web issuer."""
    return secure(badge(issuer), key, verificationMethod=method, **more)


def _swapped() -> Family:
    family = Family(
        "issuers",
        "The issuer is not who signed",
        "Open Badges 3.0 §8.2.6; Controlled Identifiers 1.0 §3.3",
        {"trusted": [ISSUER.did]},
    )
    document = signed()
    family.good("control", "the issuer signed it", document)
    anyone = {"trusted": "any"}
    stranger = signed(STRANGER)
    family.bad("stranger", "a good credential of somebody who is not trusted", stranger, "issuer ISSUER_NOT_TRUSTED")
    family.good("anyone", "and it is good, where anybody is trusted", stranger, **anyone)
    own = secure(badge(), STRANGER)
    family.bad("swapped-before", "a stranger names the issuer, and signs with an own key", own, _METHOD)
    family.bad("swapped-before-anyone", "the same where anybody is trusted", own, _METHOD, **anyone)
    family.bad(
        "swapped-after", "the issuer was exchanged after signing", changed(stranger, "issuer/id", ISSUER.did), _METHOD
    )
    claimed = secure(badge(), STRANGER, verificationMethod=ISSUER.method)
    family.bad("method-of-issuer", "a stranger signs, and names the key of the issuer", claimed, _WRONG)
    mixed = secure(badge(), STRANGER, verificationMethod=f"{ISSUER.did}#{STRANGER.multikey}")
    family.bad("fragment-of-stranger", "the DID of the issuer, and behind it the key of a stranger", mixed, _METHOD)
    mixed = secure(badge(), STRANGER, verificationMethod=f"{STRANGER.did}#{ISSUER.multikey}")
    family.bad("fragment-of-issuer", "the DID of a stranger, and behind it the key of the issuer", mixed, _METHOD)
    for name, method in (
        ("query", f"{ISSUER.did}?service=x#{ISSUER.multikey}"),
        ("path", f"{ISSUER.did}/keys#{ISSUER.multikey}"),
        ("two-fragments", f"{ISSUER.did}#{ISSUER.multikey}#{ISSUER.multikey}"),
        ("escaped", f"{ISSUER.did}%23{ISSUER.multikey}"),
        ("upper-case", ISSUER.method.replace("did:key", "DID:KEY")),
        ("white-space", f" {ISSUER.method}"),
        ("multikey-only", ISSUER.multikey),
        ("fragment-only", f"#{ISSUER.multikey}"),
        ("no-did", "urn:key:1"),
        ("javascript", "javascript:alert(1)"),
        ("file", "file:///etc/passwd#key"),
        ("data", "data:application/json,{}#key"),
    ):
        given = secure(badge(), suite="eddsa-jcs-2022", verificationMethod=method)
        family.bad(f"method-{name}", "not the URL of a key of the issuer", given, _METHOD)
    family.good(
        "bare-did",
        "a did:key with one key only may be named without its fragment",
        secure(badge(), verificationMethod=ISSUER.did),
    )
    for name, issuer, code in (
        ("absent", None, "data_model MALFORMED_VALUE_ERROR"),
        ("number", 1, "data_model MALFORMED_VALUE_ERROR"),
        ("list", [ISSUER.did], "data_model MALFORMED_VALUE_ERROR"),
        ("list-of-two", [ISSUER.did, STRANGER.did], "data_model MALFORMED_VALUE_ERROR"),
        ("empty", "", "data_model MALFORMED_VALUE_ERROR"),
        ("empty-object", {}, "data_model MALFORMED_VALUE_ERROR"),
        ("id-list", {"id": [ISSUER.did], "type": ["Profile"]}, "data_model MALFORMED_VALUE_ERROR"),
        ("id-object", {"id": {"id": ISSUER.did}, "type": ["Profile"]}, "data_model MALFORMED_VALUE_ERROR"),
        ("at-id", {"@id": ISSUER.did, "type": ["Profile"]}, "data_model MALFORMED_VALUE_ERROR"),
    ):
        family.bad(f"id-{name}", "no issuer that can be told", changed(document, "issuer", issuer), code)
    pinned = {"trusted": {"https://example.edu/issuers/1": [ISSUER.multikey]}}
    https = "https://example.edu/issuers/1"
    multikey = f"{https}#{ISSUER.multikey}"
    good = secure(badge(https), verificationMethod=multikey)
    family.good("pinned", "the issuer's key is known beforehand", good, **pinned)
    forged = secure(badge(https), STRANGER, verificationMethod=f"{https}#{STRANGER.multikey}")
    family.bad(
        "pinned-other",
        "a stranger names the issuer, and an own key in the fragment",
        forged,
        "issuer ISSUER_KEY_NOT_BOUND",
        control="pinned",
        **pinned,
    )
    family.bad(
        "named-self-asserted",
        "nothing but the credential says that the key is the issuer's",
        good,
        "issuer ISSUER_KEY_NOT_BOUND",
        control="pinned",
        trusted=[https],
    )
    elsewhere = secure(badge(https), STRANGER, verificationMethod=STRANGER.method)
    family.bad(
        "pinned-did",
        "a stranger names the issuer, and signs with a did:key",
        elsewhere,
        _METHOD,
        control="pinned",
        **pinned,
    )
    return family


def _documents() -> Family:
    family = Family(
        "did-documents",
        "The document of the issuer does not list the key for this",
        "Controlled Identifiers 1.0 §3.3",
        {"trusted": [WEB]},
    )
    document = of_web()
    method = method_of(ISSUER, WEB)
    whole = did_document(WEB, [method])

    def bad(name: str, why: str, page: Any, code: str = _METHOD, **more: Any) -> None:
        family.bad(name, why, more.pop("given", document), code, web={PAGE: page}, **more)

    def good(name: str, why: str, page: Any, **more: Any) -> None:
        family.good(name, why, more.pop("given", document), web={PAGE: page}, **more)

    good("control", "the document lists the key for assertions", whole)
    good(
        "embedded",
        "the key stands in assertionMethod itself",
        did_document(WEB, [], verificationMethod=None, assertionMethod=[method]),
    )
    relative = method_of(ISSUER, WEB, id="#key-1")
    good("relative", "the id of the key is relative to the DID", did_document(WEB, [relative]))
    good(
        "jwk",
        "the key is a JWK",
        did_document(
            WEB, [method_of(ISSUER, WEB, type="JsonWebKey", publicKeyMultibase=None, publicKeyJwk=ISSUER.jwk)]
        ),
    )
    family.unsure(
        "missing", "the document is not there", document, "proof RESOLUTION_ERROR", web={PAGE: Page(status=404)}
    )
    family.unsure(
        "trouble", "the server is in trouble", document, "proof RESOLUTION_ERROR", web={PAGE: Page(status=503)}
    )
    for name, purpose in (
        ("authentication", "authentication"),
        ("key-agreement", "keyAgreement"),
        ("invocation", "capabilityInvocation"),
    ):
        page = did_document(WEB, [method], **{"assertionMethod": [], "authentication": [], purpose: [KEY]})
        bad(f"only-{name}", f"the key is listed for {purpose}", page, _RELATIONSHIP)
    bad(
        "not-listed",
        "the key is listed for nothing",
        did_document(WEB, [method], assertionMethod=None, authentication=None),
        _RELATIONSHIP,
    )
    bad(
        "listed-other",
        "another key is listed",
        did_document(WEB, [method], assertionMethod=[f"{WEB}#key-2"]),
        _RELATIONSHIP,
    )
    bad(
        "listed-object", "an object with nothing but the id", did_document(WEB, [method], assertionMethod=[{"id": KEY}])
    )
    bad("no-methods", "the document has no keys", did_document(WEB, [], assertionMethod=[KEY]))
    foreign = method_of(ISSUER, WEB, controller="did:web:evil.example")
    bad("foreign-controller", "the key has another controller", did_document(WEB, [foreign]))
    bad("no-controller", "the key has no controller", did_document(WEB, [method_of(ISSUER, WEB, controller=None)]))
    bad(
        "controller-list",
        "the key has two controllers",
        did_document(WEB, [method_of(ISSUER, WEB, controller=[WEB, "did:web:evil.example"])]),
    )
    embedded = did_document(WEB, [], verificationMethod=None, assertionMethod=[foreign])
    bad("foreign-controller-embedded", "the key in assertionMethod has another controller", embedded)
    family.unsure(
        "other-id",
        "the document is that of another DID",
        document,
        "proof RESOLUTION_ERROR",
        web={PAGE: {**whole, "id": "did:web:evil.example"}},
    )
    family.unsure(
        "no-id", "the document is nobody's", document, "proof RESOLUTION_ERROR", web={PAGE: {**whole, "id": None}}
    )
    family.unsure(
        "other-case",
        "the document is that of a DID in other letters",
        document,
        "proof RESOLUTION_ERROR",
        web={PAGE: {**whole, "id": "did:web:EXAMPLE.edu"}},
    )
    aka = {**did_document("did:web:evil.example", [method_of(ISSUER, "did:web:evil.example")]), "alsoKnownAs": [WEB]}
    given = of_web(method="did:web:evil.example#key-1")
    family.bad(
        "also-known-as",
        "a stranger's document says that it is also known as the issuer",
        given,
        _METHOD,
        web={"https://evil.example/.well-known/did.json": aka, PAGE: whole},
        never=["https://evil.example/.well-known/did.json"],
    )
    second = method_of(STRANGER, WEB)
    bad(
        "fragment-twice",
        "two keys have one id, and the first is another",
        did_document(WEB, [second, method], assertionMethod=[KEY]),
    )
    bad(
        "fragment-twice-swapped",
        "two keys have one id, and the second is another",
        did_document(WEB, [method, second], assertionMethod=[KEY]),
    )
    bad("revoked", "the key was revoked", did_document(WEB, [{**method, "revoked": "2026-05-15T00:00:00Z"}]))
    bad(
        "revoked-later",
        "the key was revoked after the proof says that it was made",
        did_document(WEB, [{**method, "revoked": "2026-05-30T00:00:00Z"}]),
    )
    bad("revoked-null", "revoked, and nobody knows when", did_document(WEB, [{**method, "revoked": None}]))
    bad("revoked-words", "revoked, in words", did_document(WEB, [{**method, "revoked": "yes"}]))
    bad("expired", "the key has expired", did_document(WEB, [{**method, "expires": "2026-05-15T00:00:00Z"}]))
    bad(
        "expired-now",
        "the key expires at this moment",
        did_document(WEB, [{**method, "expires": "2026-06-01T00:00:00Z"}]),
    )
    bad("expires-words", "the key expires in words", did_document(WEB, [{**method, "expires": "never"}]))
    bad(
        "expires-no-zone",
        "the key expires, in no time zone",
        did_document(WEB, [{**method, "expires": "2027-05-15T00:00:00"}]),
    )
    good("expires-later", "the key expires later", did_document(WEB, [{**method, "expires": "2026-06-01T00:00:01Z"}]))
    secret = "z" + base58_encode(b"\x80\x26" + bytes(range(32)))
    for name, why, changes in (
        ("private-multikey", "a secret key in place of a public one", {"publicKeyMultibase": secret}),
        (
            "private-jwk",
            "a JWK with its secret",
            {"publicKeyMultibase": None, "publicKeyJwk": {**ISSUER.jwk, "d": base64url_encode(bytes(range(32)))}},
        ),
        (
            "encryption",
            "a JWK for encryption",
            {"publicKeyMultibase": None, "publicKeyJwk": {**ISSUER.jwk, "use": "enc"}},
        ),
        (
            "operations",
            "a JWK for something else",
            {"publicKeyMultibase": None, "publicKeyJwk": {**ISSUER.jwk, "key_ops": ["encrypt"]}},
        ),
        (
            "symmetric",
            "a JWK that is a secret",
            {"publicKeyMultibase": None, "publicKeyJwk": {"kty": "oct", "k": "AAAA"}},
        ),
        (
            "short-jwk",
            "a JWK that is too short",
            {"publicKeyMultibase": None, "publicKeyJwk": {**ISSUER.jwk, "x": "AAAA"}},
        ),
        (
            "pem",
            "the key as PEM, which is no kind that is known",
            {"publicKeyMultibase": None, "publicKeyPem": "-----BEGIN PUBLIC KEY-----"},
        ),
        ("no-key", "no key at all", {"publicKeyMultibase": None}),
        ("number", "a number as key", {"publicKeyMultibase": 7}),
        ("rsa-1024", "a key that is too short", {"publicKeyMultibase": None, "publicKeyJwk": RSA_1024.jwk}),
        ("secp256k1", "a key of another curve", {"publicKeyMultibase": SECP256K1.multikey}),
        (
            "base64url-key",
            "the key in another base",
            {"publicKeyMultibase": "u" + base64url_encode(b"\xed\x01" + ISSUER.public)},
        ),
    ):
        bad(f"key-{name}", why, did_document(WEB, [method_of(ISSUER, WEB, **changes)]))
    bad(
        "two-keys",
        "a JWK and a Multikey that are two keys: one of them signed",
        did_document(WEB, [method_of(ISSUER, WEB, publicKeyJwk=STRANGER.jwk)]),
        _WRONG,
    )
    bad("other-kind", "a key of another kind", did_document(WEB, [method_of(P256, WEB)]))
    first, last = json.dumps(whole).split(json.dumps(method))
    bad("many-keys", "a thousand keys", Parts([first, [json.dumps(method) + ",", 999], json.dumps(method), last]))
    for name, content in (
        ("html", "<html>"),
        ("list", "[]"),
        ("twice", '{"id": "did:web:example.edu", "id": "did:web:example.edu"}'),
        ("empty", ""),
        ("deep", '{"a":' * 1000),
    ):
        family.unsure(
            f"page-{name}", "what is there is no DID document", document, "proof RESOLUTION_ERROR", web={PAGE: content}
        )
    return family


def _self_made() -> Family:
    family = Family("key-dids", "DIDs that are keys, or claim to be", "did:key v0.9; did:jwk", {"trusted": "any"})
    family.good("control", "a did:key of Ed25519", signed())
    family.good("control-p256", "a did:key of P-256", secure(badge(P256.did), P256, "ecdsa-rdfc-2019"))
    did = ISSUER.did_jwk
    family.good("control-jwk", "a did:jwk", secure(badge(did), verificationMethod=f"{did}#0"))
    raw = b"\xed\x01" + ISSUER.public
    for name, why, text in (
        ("base64url", "the key in another base", "u" + base64url_encode(raw)),
        (
            "long-varint",
            "the code of the kind is longer than need be",
            "z" + base58_encode(b"\xed\x81\x00" + ISSUER.public),
        ),
        ("short", "a byte too few", "z" + base58_encode(raw[:-1])),
        ("long", "a byte too many", "z" + base58_encode(raw + b"\0")),
        ("x25519", "a key for encryption", "z" + base58_encode(b"\xec\x01" + ISSUER.public)),
        ("secp256k1", "a curve that is not supported here", SECP256K1.multikey),
        ("secret", "a secret key", "z" + base58_encode(b"\x80\x26" + bytes(range(32)))),
        ("leading-one", "a zero byte in front", "z1" + base58_encode(raw)),
        ("bad-letter", "a letter that base58 has not", ISSUER.multikey[:-1] + "0"),
        ("empty", "nothing", ""),
        ("long-text", "thousands of letters", "z" + "6" * 5_000),
        ("compressed", "a point that is not compressed", "z" + base58_encode(b"\x80\x24\x04" + bytes(64))),
        ("off-curve", "no point of the curve", "z" + base58_encode(b"\x80\x24\x02" + b"\xff" * 32)),
    ):
        own = f"did:key:{text}"
        given = secure(badge(own), suite="eddsa-jcs-2022", verificationMethod=f"{own}#{text}")
        family.bad(name, why, given, _METHOD)
    for name, why, jwk in (
        ("jwk-private", "a did:jwk with its secret", {**ISSUER.jwk, "d": base64url_encode(bytes(range(32)))}),
        ("jwk-encryption", "a did:jwk for encryption", {**ISSUER.jwk, "use": "enc"}),
        ("jwk-symmetric", "a did:jwk that is a secret", {"kty": "oct", "k": "AAAA"}),
        ("jwk-list", "a did:jwk that is a list", [ISSUER.jwk]),
        ("jwk-deep", "a did:jwk that never ends", {"kty": "OKP", "a": [[[[[[[[]]]]]]]]}),
        ("jwk-x25519", "a did:jwk of a key for encryption", {**ISSUER.jwk, "crv": "X25519"}),
    ):
        own = "did:jwk:" + base64url_encode(compact(jwk))
        family.bad(name, why, secure(badge(own), verificationMethod=f"{own}#0"), _METHOD, control="control-jwk")
    family.bad(
        "jwk-fragment",
        "a did:jwk has one key, and it is #0",
        secure(badge(did), verificationMethod=f"{did}#1"),
        _METHOD,
        control="control-jwk",
    )
    family.unsure(
        "unknown-method",
        "a DID method that is not known",
        secure(badge("did:unknown:1"), verificationMethod="did:unknown:1#1"),
        "proof UNSUPPORTED",
    )
    return family
