"""JWTs: algorithms that are confused, keys that come along, claims that say something else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

from microcred.encoding import base64url_encode
from tests.hostile import forge
from tests.hostile.corpus import Family
from tests.hostile.forge import (
    CREDENTIALS_V1,
    ISSUER,
    P256,
    P384,
    RSA_1024,
    RSA_2048,
    SECP256K1,
    STRANGER,
    badge,
    compact,
    header,
    hmac_of,
    part,
    payload,
    token,
)

_SECURITY = "proof CRYPTOGRAPHIC_SECURITY_ERROR"
_UNKNOWN = "proof UNSUPPORTED"
_WRONG = "proof PROOF_VERIFICATION_ERROR"
_METHOD = "proof INVALID_VERIFICATION_METHOD"
_MALFORMED = "proof MALFORMED_VALUE_ERROR"
_UNREADABLE = "data_model PARSING_ERROR"
_HTTPS = "https://example.edu/issuers/1"


def families() -> Iterator[Family]:
    yield _algorithms()
    yield _headers()
    yield _claims()
    yield _forms()


def _of(key: forge.Key, **more: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return header and payload of a badge whose issuer is a did:jwk."""
    return header(key, kid=f"{key.did_jwk}#0", **more), payload(badge(key.did_jwk))


def _algorithms() -> Family:
    trusted = [ISSUER.did, P256.did, P384.did, *[key.did_jwk for key in (RSA_2048, RSA_1024, SECP256K1)]]
    family = Family("jwt-algorithms", "Algorithms that are confused", "RFC 8725 §3.1, §3.2", {"trusted": trusted})
    algorithm: Any
    family.good("control", "EdDSA", token(header(), payload()))
    family.good("control-ed25519", "the same under its newer name", token(header(alg="Ed25519"), payload()))
    family.good("control-es256", "ES256", token(header(P256), payload(badge(P256.did)), P256))
    family.good("control-rs256", "RS256", token(*_of(RSA_2048), RSA_2048))
    for name, algorithm in (("none", "none"), ("none-title", "None"), ("none-upper", "NONE"), ("none-space", "none ")):
        (family.bad if algorithm == "none" else family.unsure)(
            name,
            "no signature",
            token(header(alg=algorithm), payload(), b"x"),
            _SECURITY if algorithm == "none" else _UNKNOWN,
        )
    family.bad(
        "none-good-signature", "none, with a good signature of EdDSA", token(header(alg="none"), payload()), _SECURITY
    )
    family.bad(
        "none-empty",
        "none, and nothing behind the last dot",
        f"{part(header(alg='none'))}.{part(payload())}.",
        _UNREADABLE,
    )
    pem = ISSUER.private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    rsa_pem = RSA_2048.private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    for name, secret in (
        ("raw", ISSUER.public),
        ("pem", pem),
        ("jwk", compact(ISSUER.jwk)),
        ("multikey", ISSUER.multikey.encode()),
        ("did", ISSUER.did.encode()),
        ("empty", b""),
    ):
        given = token(header(alg="HS256"), payload(), hmac_of(secret))
        family.bad(f"hs256-{name}", f"the public key is the secret of an HMAC ({name})", given, _SECURITY)
    family.bad(
        "hs512",
        "the public key is the secret of an HMAC",
        token(header(alg="HS512"), payload(), hmac_of(ISSUER.public, "sha512")),
        _SECURITY,
    )
    head, body = _of(RSA_2048, alg="HS256")
    family.bad(
        "hs256-rsa",
        "the public key as PEM is the secret of an HMAC",
        token(head, body, hmac_of(rsa_pem)),
        _SECURITY,
        control="control-rs256",
    )
    for algorithm in ("ES256", "ES384", "RS256"):
        family.bad(
            f"{algorithm.lower()}-ed25519",
            f"{algorithm} with a key of Ed25519",
            token(header(alg=algorithm), payload()),
            _SECURITY,
        )
    family.bad(
        "eddsa-p256",
        "EdDSA with a key of P-256",
        token(header(P256, alg="EdDSA"), payload(badge(P256.did)), P256),
        _SECURITY,
        control="control-es256",
    )
    family.bad(
        "es384-p256",
        "ES384 with a key of P-256",
        token(header(P256, alg="ES384"), payload(badge(P256.did)), P256),
        _SECURITY,
        control="control-es256",
    )
    family.bad(
        "es256-p384",
        "ES256 with a key of P-384",
        token(header(P384, alg="ES256"), payload(badge(P384.did)), P384),
        _SECURITY,
        control="control-es256",
    )
    family.bad(
        "rs256-p256",
        "RS256 with a key of P-256",
        token(header(P256, alg="RS256"), payload(badge(P256.did)), P256),
        _SECURITY,
        control="control-es256",
    )
    family.unsure("es256k", "a curve that is not supported here", token(*_of(SECP256K1), SECP256K1), _UNKNOWN)
    head, body = _of(SECP256K1, alg="ES256")
    family.bad(
        "es256-secp256k1",
        "ES256 with a key of another curve",
        token(head, body, SECP256K1),
        _METHOD,
        control="control-es256",
    )
    _rsa(family)
    for name, algorithm in (
        ("absent", None),
        ("list", ["EdDSA"]),
        ("number", 1),
        ("case", "eddsa"),
        ("empty", ""),
        ("null", ""),
        ("unknown", "X25519"),
        ("es256-r1", "ES256-R1"),
    ):
        head = header(alg=algorithm)
        if name == "null":
            head["alg"] = None
        family.unsure(name, "no algorithm that is known", token(head, payload()), _UNKNOWN)
    data = f"{part(header(P256))}.{part(payload(badge(P256.did)))}"
    r, s = P256.numbers(data.encode())
    for name, raw in (
        ("es256-der", P256.der(data.encode())),
        ("es256-zeros", bytes(64)),
        ("es256-r-zero", bytes(32) + s.to_bytes(32)),
        ("es256-n", forge.ORDER_P256.to_bytes(32) * 2),
        ("es256-short", P256.sign(data.encode())[:-1]),
        ("es256-long", P256.sign(data.encode()) + b"\0"),
        ("es256-empty", b"\0"),
    ):
        family.bad(
            name,
            "numbers that are no signature (CVE-2022-21449 and the like)",
            f"{data}.{base64url_encode(raw)}",
            _WRONG,
            control="control-es256",
            standard="RFC 7518 §3.4",
        )
    family.good(
        "es256-s-negated",
        "−s fits as well as s",
        f"{data}.{base64url_encode(r.to_bytes(32) + (forge.ORDER_P256 - s).to_bytes(32))}",
        standard="RFC 7518 §3.4",
    )
    data = f"{part(header())}.{part(payload())}"
    good = ISSUER.sign(data.encode())
    plus = good[:32] + (int.from_bytes(good[32:], "little") + forge.ORDER_ED25519).to_bytes(32, "little")
    family.bad(
        "eddsa-s-plus-l",
        "the scalar S with the order of the group added",
        f"{data}.{base64url_encode(plus)}",
        _WRONG,
        standard="RFC 8032 §5.1.7",
    )
    return family


def _rsa(family: Family) -> None:
    for algorithm, signer in (("PS256", padding.PSS(padding.MGF1(hashes.SHA256()), 0)), ("RS512", padding.PKCS1v15())):
        head, body = _of(RSA_2048, alg=algorithm)
        digest = hashes.SHA256() if algorithm == "PS256" else hashes.SHA512()
        signature = RSA_2048.private.sign(f"{part(head)}.{part(body)}".encode(), signer, digest)
        family.unsure(
            algorithm.lower(),
            f"{algorithm}, which Open Badges does not have",
            token(head, body, signature),
            _UNKNOWN,
            control="control-rs256",
        )
    head, body = _of(RSA_2048)
    data = f"{part(head)}.{part(body)}".encode()
    pss = RSA_2048.private.sign(data, padding.PSS(padding.MGF1(hashes.SHA256()), 0), hashes.SHA256())
    family.bad(
        "rs256-pss",
        "a signature of PS256 under the name RS256",
        token(head, body, pss),
        _WRONG,
        control="control-rs256",
    )
    sha1 = RSA_2048.private.sign(data, padding.PKCS1v15(), hashes.SHA384())
    family.bad(
        "rs256-sha384", "a signature over another hash", token(head, body, sha1), _WRONG, control="control-rs256"
    )
    family.bad("rs256-zeros", "zeros", token(head, body, bytes(256)), _WRONG, control="control-rs256")
    family.bad("rs256-one", "the number 1", token(head, body, bytes(255) + b"\x01"), _WRONG, control="control-rs256")
    family.bad(
        "rs256-short",
        "without the zeros in front",
        token(head, body, RSA_2048.sign(data).lstrip(b"\0")[:-1]),
        _WRONG,
        control="control-rs256",
    )
    family.bad(
        "rs256-1024", "a key that is too short", token(*_of(RSA_1024), RSA_1024), _METHOD, control="control-rs256"
    )
    for name, exponent in (("e-one", "AQ"), ("e-even", "Ag"), ("e-large", base64url_encode(b"\xff" * 64))):
        odd = {**RSA_2048.jwk, "e": exponent}
        did = "did:jwk:" + base64url_encode(compact(odd))
        given = token(header(RSA_2048, kid=f"{did}#0"), payload(badge(did)), RSA_2048)
        code = _WRONG if name == "none" else _METHOD
        family.bad(
            f"rsa-{name}", "a key whose exponent is no good", given, code, control="control-rs256", trusted=[did]
        )


def _headers() -> Family:
    family = Family(
        "jwt-headers",
        "Keys that come along, and headers that must be understood",
        "RFC 8725 §3.10; RFC 7515 §4.1",
        {"trusted": [ISSUER.did, _HTTPS]},
    )
    more: Any
    family.good("control", "kid is the issuer's key", token(header(), payload()))
    family.good("control-jwk", "jwk is the issuer's key", token(header(kid=None, jwk=ISSUER.jwk), payload()))
    evil = "https://evil.example/keys.json"
    web = {evil: {"keys": [{**STRANGER.jwk, "kid": "1"}]}}
    for name, why, more, code in (
        ("jwk", "the key of a stranger", {"kid": None, "jwk": STRANGER.jwk}, _METHOD),
        ("jwk-and-kid", "the key of a stranger, beside the name of the issuer's", {"jwk": STRANGER.jwk}, _WRONG),
        (
            "jwk-private",
            "the key of a stranger, with its secret",
            {"kid": None, "jwk": {**STRANGER.jwk, "d": base64url_encode(bytes(range(1, 33)))}},
            _METHOD,
        ),
        ("jwk-symmetric", "a secret", {"kid": None, "jwk": {"kty": "oct", "k": "AAAA"}}, _METHOD),
        (
            "jwk-kid",
            "a key that says that it is the issuer's",
            {"kid": None, "jwk": {**STRANGER.jwk, "kid": ISSUER.method}},
            _METHOD,
        ),
        ("kid-of-stranger", "the key of a stranger by its DID", {"kid": STRANGER.method}, _METHOD),
        ("kid-https", "the key of a stranger by its URL", {"kid": f"{evil}#1"}, _METHOD),
        (
            "kid-fragment",
            "the DID of the issuer with the key of a stranger",
            {"kid": f"{ISSUER.did}#{STRANGER.multikey}"},
            _METHOD,
        ),
        ("kid-other-fragment", "a fragment that the document has not", {"kid": f"{ISSUER.did}#1"}, _METHOD),
    ):
        given = token(header(**more), payload(), STRANGER)
        if name == "kid-https":
            family.bad(name, why, given, "issuer ISSUER_KEY_NOT_BOUND", web=web)
            continue
        family.bad(name, why, given, code)
    for name, why, more in (
        ("jku", "the URL of a stranger's keys", {"kid": "1", "jku": evil}),
        ("x5u", "the URL of a stranger's certificate", {"kid": None, "x5u": evil}),
        ("x5c", "the certificate of a stranger", {"kid": None, "x5c": ["MIIB"]}),
        ("kid-path", "a path", {"kid": "../../../../dev/null"}),
        ("kid-sql", "a piece of SQL", {"kid": "x' UNION SELECT 'AA"}),
        ("kid-file", "a file", {"kid": "file:///etc/passwd"}),
        ("kid-urn", "a name of nothing", {"kid": "urn:key:1"}),
        ("kid-empty", "no name", {"kid": ""}),
        ("kid-number", "a number", {"kid": 1}),
        ("kid-absent", "no key at all", {"kid": None}),
    ):
        given = token(header(**more), payload(badge(_HTTPS)), STRANGER)
        family.unsure(name, why, given, _UNKNOWN, web=web, never=[evil])
    for name, more in (
        ("crit", {"crit": ["exp"], "exp": 1}),
        ("crit-empty", {"crit": []}),
        ("crit-unknown", {"crit": ["x"], "x": 1}),
        ("crit-b64", {"crit": ["b64"], "b64": True}),
        ("crit-text", {"crit": "b64"}),
        ("b64", {"crit": ["b64"], "b64": False}),
        ("b64-alone", {"b64": False}),
        ("b64-text", {"b64": "false"}),
    ):
        family.unsure(
            name,
            "extensions that must be understood",
            token(header(**more), payload()),
            _UNKNOWN,
            standard="RFC 7515 §4.1.11; RFC 7797 §6",
        )
    for name, kind in (
        ("presentation", "vp+jwt"),
        ("key-binding", "kb+jwt"),
        ("access-token", "at+jwt"),
        ("security-event", "secevent+jwt"),
        ("number", 1),
    ):
        family.bad(
            f"typ-{name}",
            "a token for something else",
            token(header(typ=kind), payload()),
            _MALFORMED,
            standard="RFC 8725 §3.11",
        )
    family.good("typ-case", "typ is a media type, in any letters", token(header(typ="jwt"), payload()))
    return family


def _claims() -> Family:
    family = Family(
        "jwt-claims",
        "Claims that say something else than the credential",
        "Open Badges 3.0 §8.2.6.1; RFC 7519 §4.1",
        {"trusted": [ISSUER.did]},
    )
    value: Any
    family.good("control", "claims that agree", token(header(), payload()))
    for name, claim, value in (
        ("iss-other", "iss", STRANGER.did),
        ("iss-number", "iss", 1),
        ("iss-list", "iss", [ISSUER.did]),
        ("jti-other", "jti", "urn:uuid:1"),
        ("sub-other", "sub", "did:example:mallory"),
        ("sub-number", "sub", 1),
        ("nbf-other", "nbf", 1),
        ("nbf-text", "nbf", "1777627800"),
        ("nbf-huge", "nbf", 1e300),
        ("nbf-null", "nbf", {}),
        ("exp-text", "exp", "2099-01-01T00:00:00Z"),
        ("exp-true", "exp", True),
        ("exp-huge", "exp", 10**30),
        ("exp-list", "exp", [1]),
        ("iat-text", "iat", "yesterday"),
        ("aud-number", "aud", 1),
        ("aud-numbers", "aud", [1]),
    ):
        family.bad(name, f"the claim {claim}", token(header(), payload(**{claim: value})), _MALFORMED)
    family.unsure(
        "aud",
        "for certain readers only",
        token(header(), payload(aud="https://verifier.example")),
        _UNKNOWN,
        standard="RFC 7519 §4.1.3",
    )
    family.bad(
        "exp-past", "expired by its claim alone", token(header(), payload(exp=1777627801)), "validity_period EXPIRED"
    )
    later = payload(badge(validFrom="2026-07-01T00:00:00Z"), nbf=forge.seconds("2026-07-01T00:00:00Z"))
    family.bad("nbf-later", "not valid yet", token(header(), later), "validity_period NOT_YET_VALID")
    ended = payload(badge(validUntil="2026-05-02T00:00:00Z"), exp=forge.seconds("2099-01-01T00:00:00Z"))
    family.bad("exp-later", "the claim would prolong what has ended", token(header(), ended), _MALFORMED)
    old = _old()
    family.good("control-vc", "the older form, with the claim vc", token(header(), old))
    for name, more in (
        ("issuer", {"issuer": STRANGER.did}),
        ("end", {"expirationDate": "2020-01-01T00:00:00Z"}),
        ("status", {"credentialStatus": forge.entry()}),
        ("subject", {"credentialSubject": {"id": "did:example:mallory"}}),
        ("type", {"type": ["VerifiableCredential"]}),
        ("both", {"vp": {}}),
    ):
        family.bad(
            f"beside-{name}",
            "a member beside the claim vc, where nobody looks",
            token(header(), {**old, **more}),
            "data_model MALFORMED_VALUE_ERROR",
            control="control-vc",
        )
    for name, value in (("text", "x"), ("list", [old["vc"]]), ("null", None)):
        family.bad(
            f"vc-{name}",
            "the claim vc is no object",
            token(header(), {**old, "vc": value}),
            "data_model MALFORMED_VALUE_ERROR",
            control="control-vc",
        )
    family.bad(
        "vc-in-vc-jwt",
        "the older form in a token of the newer kind",
        token(header(typ="vc+jwt"), old),
        "data_model MALFORMED_VALUE_ERROR",
        control="control-vc",
        standard="VC-JOSE-COSE §3.1",
    )
    family.bad(
        "vc-issuer",
        "the issuer of the credential is another than that of the token",
        token(header(STRANGER), {**old, "iss": STRANGER.did}, STRANGER),
        _METHOD,
        control="control-vc",
    )
    family.bad(
        "vc-expired",
        "the token has expired",
        token(header(), {**old, "exp": 1777627801}),
        "validity_period EXPIRED",
        control="control-vc",
    )
    bare = {**old, "vc": {name: value for name, value in old["vc"].items() if name != "issuer"}}
    family.bad(
        "vc-iss",
        "the issuer stands in the claim only, and a stranger signed",
        token(header(STRANGER), {**bare, "iss": ISSUER.did}, STRANGER),
        _METHOD,
        control="control-vc",
    )
    return family


def _old() -> dict[str, Any]:
    document = badge(validFrom=None, name="Rust 101", issuanceDate="2026-05-01T09:30:00Z")
    document["@context"] = [CREDENTIALS_V1, forge.BADGES]
    return {"vc": document, "iss": ISSUER.did, "jti": document["id"], "sub": forge.LEARNER, "nbf": 1777627800}


def _forms() -> Family:
    family = Family("jwt-forms", "What is not a JWT", "RFC 7515 §5.2, §7.1", {"trusted": [ISSUER.did]})
    good = token(header(), payload())
    first, second, third = good.split(".")
    family.good("control", "three parts with dots between", good)
    family.good("white-space", "white space around it", f"\n {good}\r\n")
    other = token(header(), payload(badge(id="urn:uuid:00000000-0000-4000-8000-000000000000")))
    for name, why, given, code in (
        ("two-parts", "no signature", f"{first}.{second}", _UNREADABLE),
        ("empty-signature", "no signature behind the dot", f"{first}.{second}.", _UNREADABLE),
        ("four-parts", "a part more", f"{good}.{third}", _UNREADABLE),
        ("five-parts", "five parts, as of what is encrypted", f"{first}..{second}.{third}.{third}", _UNREADABLE),
        ("detached", "the payload is elsewhere", f"{first}..{third}", _UNREADABLE),
        ("no-header", "no header", f".{second}.{third}", _UNREADABLE),
        ("padding", "base64 with padding", f"{first}.{second}.{third}==", _UNREADABLE),
        ("space-inside", "a space inside", f"{first}.{second}. {third}", _UNREADABLE),
        ("line-feed-inside", "a line feed inside", f"{first}.\n{second}.{third}", _UNREADABLE),
        ("left-over-bits", "bits behind the end that are not zero", good[:-1] + chr(ord(good[-1]) + 1), _UNREADABLE),
        ("letter", "a letter that base64url has not", f"{first}.{second}.{third[:-1]}*", _UNREADABLE),
        ("other-signature", "the signature of another token", f"{first}.{second}.{other.split('.')[2]}", _WRONG),
        ("other-payload", "the payload of another token", f"{first}.{other.split('.')[1]}.{third}", _WRONG),
        ("other-header", "another header", f"{part(header(cty='x'))}.{second}.{third}", _WRONG),
        (
            "signature-changed",
            "one letter of the signature",
            f"{first}.{second}.{'A' if third[0] != 'A' else 'B'}{third[1:]}",
            _WRONG,
        ),
        ("header-list", "a header that is a list", token([header()], payload()), _UNREADABLE),
        ("payload-list", "a payload that is a list", token(header(), [payload()]), _UNREADABLE),
        ("payload-text", "a payload that is text", token(header(), b"hello"), _UNREADABLE),
        ("header-text", "a header that is no JSON", token(b"{alg: EdDSA}", payload()), _UNREADABLE),
        ("nested", "a token in a token", token(header(cty="JWT"), good.encode()), _UNREADABLE),
        (
            "compressed",
            "a payload that is compressed",
            token(header(zip="DEF"), b"\x78\x9c" + good.encode()),
            _UNREADABLE,
        ),
        (
            "serialized",
            "the same as JSON (§7.2.2)",
            json.dumps({"protected": first, "payload": second, "signature": third}),
            "data_model MALFORMED_VALUE_ERROR",
        ),
        (
            "serialized-general",
            "the same as JSON (§7.2.1)",
            json.dumps({"payload": second, "signatures": [{"protected": first, "signature": third}]}),
            "data_model MALFORMED_VALUE_ERROR",
        ),
        ("quoted", "in quotes", json.dumps(good), _UNREADABLE),
        ("bearer", "behind a word", f"Bearer {good}", _UNREADABLE),
    ):
        family.bad(name, why, given, code)
    family.bad(
        "embedded-proof",
        "a proof inside, which does not hold, counts for nothing",
        token(header(STRANGER), payload(forge.signed(), iss=None), STRANGER),
        _METHOD,
    )
    return family
