"""Key sets behind https: other keys of one name, keys for something else, hosts of others."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from microcred.encoding import base64url_encode
from tests.hostile.corpus import Family, Page, Parts
from tests.hostile.forge import ISSUER, P256, RSA_1024, STRANGER, badge, header, payload, secure, token

_ISSUER = "https://example.edu/issuers/1"
_SET = "https://example.edu/.well-known/jwks.json"
_METHOD = "proof INVALID_VERIFICATION_METHOD"
_WRONG = "proof PROOF_VERIFICATION_ERROR"
_UNBOUND = "issuer ISSUER_KEY_NOT_BOUND"


def families() -> Iterator[Family]:
    standard = "Open Badges 3.0 §8.2.4, §8.5; RFC 7517"
    family = Family("hosted-keys", "Keys behind https", standard, {"trusted": [_ISSUER]})
    own, other = {**ISSUER.jwk, "kid": "key-1"}, {**STRANGER.jwk, "kid": "key-1"}
    method = f"{_SET}#key-1"
    document = secure(badge(_ISSUER), verificationMethod=method)

    def keys(*found: Any) -> dict[str, Any]:
        return {_SET: {"keys": list(found)}}

    family.good("control", "the key set of the issuer's host has the key", document, web=keys(own))
    family.good(
        "several", "and others", document, web=keys({**STRANGER.jwk, "kid": "key-2"}, own, {"kty": "oct", "k": "AA"})
    )
    for name, why, found in (
        ("kid-twice", "two keys of one name, and the first is another", [other, own]),
        ("kid-twice-swapped", "two keys of one name, and the second is another", [own, other]),
        ("kid-other", "no key of that name", [{**own, "kid": "key-2"}, {**STRANGER.jwk, "kid": "key-3"}]),
        ("kid-number", "a name that is a number", [{**own, "kid": 1}, {**STRANGER.jwk, "kid": 2}]),
        ("none", "no keys", []),
        ("text", "text in place of a key", ["key-1"]),
        ("private", "the key with its secret", [{**own, "d": base64url_encode(bytes(range(32)))}]),
        ("encryption", "a key for encryption", [{**own, "use": "enc"}]),
        ("operations", "a key for something else", [{**own, "key_ops": ["deriveKey"]}]),
        ("symmetric", "a secret", [{"kty": "oct", "k": "AAAA", "kid": "key-1"}]),
        ("rsa-short", "a key that is too short", [{**RSA_1024.jwk, "kid": "key-1"}]),
        ("x25519", "a key of another kind", [{**own, "crv": "X25519"}]),
        (
            "iss-other",
            "a host of several issuers says that it is another's",
            [{**own, "iss": "https://example.edu/issuers/2"}],
        ),
        ("other-kind", "a key that cannot make such a proof", [{**P256.jwk, "kid": "key-1"}]),
    ):
        family.bad(name, why, document, _METHOD, web=keys(*found))
    many = Parts(['{"keys": [', [json.dumps(own) + ",", 300], json.dumps(own), "]}"])
    family.bad("many", "more keys than anybody has", document, _METHOD, web={_SET: many})
    family.bad("another", "the key of that name is another", document, _WRONG, web=keys(other))
    family.bad("keys-object", "keys is no list", document, _METHOD, web={_SET: {"keys": {"key-1": own}}})
    for name, content in (
        ("html", "<html>"),
        ("list", "[]"),
        ("duplicate", '{"keys": [], "keys": []}'),
        ("deep", "[" * 1000),
    ):
        family.unsure(f"page-{name}", "no key set", document, "proof RESOLUTION_ERROR", web={_SET: content})
    family.unsure("missing", "no key set there", document, "proof RESOLUTION_ERROR", web={_SET: Page(status=404)})
    family.bad(
        "profile-other", "the document of somebody else", document, _METHOD, web={_SET: {"id": "https://evil.example/"}}
    )
    elsewhere = "https://evil.example/jwks.json"
    far = secure(badge(_ISSUER), STRANGER, verificationMethod=f"{elsewhere}#key-1")
    family.bad(
        "other-host", "the key set of another host", far, _UNBOUND, web={elsewhere: {"keys": [other]}, **keys(own)}
    )
    beside = "https://example.edu/uploads/mallory/keys.json"
    near = secure(badge(_ISSUER), STRANGER, verificationMethod=f"{beside}#key-1")
    family.bad(
        "other-document",
        "another document on the issuer's host, which anybody may have put there",
        near,
        _UNBOUND,
        web={beside: {"keys": [other]}, **keys(own)},
    )
    claims = {
        beside: {
            "id": beside,
            "verificationMethod": [
                {
                    "id": f"{beside}#key-1",
                    "type": "Multikey",
                    "controller": _ISSUER,
                    "publicKeyMultibase": STRANGER.multikey,
                }
            ],
            "assertionMethod": [f"{beside}#key-1"],
        }
    }
    family.bad(
        "claims-controller",
        "another document says that the issuer controls its key",
        near,
        _METHOD,
        web={**claims, **keys(own)},
    )
    spoofed = {beside: {"id": _ISSUER, "verificationMethod": [], "assertionMethod": []}}
    family.bad("claims-id", "another document has the issuer's id", near, _METHOD, web={**spoofed, **keys(own)})
    plain = secure(badge(_ISSUER), verificationMethod="http://example.edu/keys#key-1")
    family.unsure(
        "http",
        "a key set without TLS",
        plain,
        "proof UNSUPPORTED",
        web={"http://example.edu/keys": {"keys": [own]}},
        never=["http://example.edu/keys"],
    )
    for name, place in (
        ("user", "https://example.edu@evil.example/keys"),
        ("backslash", "https://example.edu\\@evil.example/keys"),
        ("space", "https://example.edu /keys"),
        ("letters", "https://ex\u00e4mple.edu/keys"),
    ):
        given = secure(badge(_ISSUER), STRANGER, "eddsa-jcs-2022", verificationMethod=f"{place}#key-1")
        family.bad(
            f"url-{name}",
            "a URL that programs read differently",
            given,
            _METHOD,
            web={place: {"keys": [other]}},
            never=[place],
        )
    embedded = token(header(STRANGER, kid=None, jwk=STRANGER.jwk), payload(badge(_ISSUER)), STRANGER)
    family.good(
        "control-jwt",
        "the key stands in the header, and in the key set of the issuer's host",
        token(header(kid=None, jwk=ISSUER.jwk), payload(badge(_ISSUER))),
        web=keys(own),
    )
    family.bad(
        "jwk-of-stranger", "the key stands in the header only", embedded, _UNBOUND, control="control-jwt", web=keys(own)
    )
    family.bad(
        "jwk-no-set",
        "the key stands in the header only, and there is no key set",
        embedded,
        _UNBOUND,
        control="control-jwt",
        web={_SET: Page(status=404)},
    )
    family.bad(
        "jwk-iss-other",
        "the key set has the key, for another issuer of that host",
        token(header(kid=None, jwk=ISSUER.jwk), payload(badge(_ISSUER))),
        _UNBOUND,
        control="control-jwt",
        web=keys({**own, "iss": "https://example.edu/issuers/2"}),
    )
    family.bad(
        "jwk-encryption",
        "the key set has the key, for encryption",
        token(header(kid=None, jwk=ISSUER.jwk), payload(badge(_ISSUER))),
        _UNBOUND,
        control="control-jwt",
        web=keys({**own, "use": "enc"}),
    )
    yield family
