"""COSE messages: headers that are not signed, CBOR that programs read differently, algorithms that are confused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.hostile import forge
from tests.hostile.corpus import Family
from tests.hostile.forge import ISSUER, P256, STRANGER, Raw, badge, cbor, cose, cose_parts, hmac_of

_UNREADABLE = "data_model PARSING_ERROR"
_MALFORMED = "data_model MALFORMED_VALUE_ERROR"
_WRONG = "proof PROOF_VERIFICATION_ERROR"
_METHOD = "proof INVALID_VERIFICATION_METHOD"
_SECURITY = "proof CRYPTOGRAPHIC_SECURITY_ERROR"
_UNKNOWN = "proof UNSUPPORTED"
_KID = ISSUER.method.encode()


def _header(**more: Any) -> dict[Any, Any]:
    header: dict[Any, Any] = {1: -8, 3: "application/vc", 4: _KID, 16: "application/vc+cose"}
    changes = {int(name[1:]): value for name, value in more.items()}
    return {name: value for name, value in (header | changes).items() if value is not None}


def families() -> Iterator[Family]:
    family = Family(
        "cose",
        "COSE messages that are not what they say",
        "RFC 9052; VC-JOSE-COSE §3.3",
        {"trusted": [ISSUER.did, P256.did]},
    )
    family.good("control", "a good message", cose(_header(), badge()))
    family.good("untagged", "without its tag", cose(_header(), badge())[1:])
    family.good(
        "kid-unprotected",
        "kid is a hint, and need not be signed",
        cose(_header(_4=None), badge(), unprotected={4: _KID}),
    )
    p256 = {1: -7, 4: P256.method.encode()}
    family.good("control-es256", "ES256", cose(p256, badge(P256.did), P256))
    _algorithms(family, p256)
    _headers(family)
    _bytes(family)
    yield family


def _algorithms(family: Family, p256: dict[Any, Any]) -> None:
    for name, why, given, code in (
        (
            "hmac",
            "the public key is the secret of an HMAC",
            cose(_header(_1=5), badge(), hmac_of(ISSUER.public)),
            _SECURITY,
        ),
        ("hmac-short", "a short HMAC", cose(_header(_1=4), badge(), hmac_of(ISSUER.public)), _SECURITY),
        ("es256-ed25519", "ES256 with a key of Ed25519", cose(_header(_1=-7), badge()), _SECURITY),
        ("eddsa-p256", "EdDSA with a key of P-256", cose({**p256, 1: -8}, badge(P256.did), P256), _SECURITY),
        ("rs256", "RS256 with a key of Ed25519", cose(_header(_1=-257), badge()), _SECURITY),
    ):
        family.bad(name, why, given, code, standard="RFC 9053 §2")
    for name, algorithm in (
        ("ps256", -37),
        ("es256k", -47),
        ("rs1", -65535),
        ("zero", 0),
        ("aes", 1),
        ("text", "EdDSA"),
        ("none", "none"),
        ("float", Raw(b"\xfb\xc0\x20\0\0\0\0\0\0")),
        ("huge", 2**63),
    ):
        family.unsure(
            f"alg-{name}",
            "no algorithm that is known",
            cose(_header(_1=algorithm), badge()),
            _UNKNOWN,
            standard="RFC 9053 §2",
        )
    family.unsure("alg-absent", "no algorithm", cose(_header(_1=None), badge()), _UNKNOWN)
    first, second, signature = cose_parts(_header(), badge())
    for name, why, data in (
        ("changed", "a letter of the payload", (first, second.replace(b"Rust", b"Ruby"), signature)),
        ("signature-cut", "a signature that is too short", (first, second, signature[:-1])),
        ("signature-empty", "no signature", (first, second, b"")),
        ("signature-zeros", "zeros", (first, second, bytes(64))),
        ("mac", "what a MAC signs", cose_parts(_header(), badge(), context="MAC0")),
        ("counter", "what a countersignature signs", cose_parts(_header(), badge(), context="CounterSignature")),
        (
            "signature-of-many",
            "what one of several signatures signs",
            cose_parts(_header(), badge(), context="Signature"),
        ),
        ("outside", "signed with data from outside", cose_parts(_header(), badge(), outside=b"x")),
        ("payload-only", "the payload alone is signed", (first, second, ISSUER.sign(second))),
        ("stranger", "a stranger signed", cose_parts(_header(), badge(), STRANGER)),
    ):
        family.bad(name, why, b"\xd2" + cbor([data[0], {}, data[1], data[2]]), _WRONG)
    der = P256.der(cbor(["Signature1", cbor(p256), b"", json.dumps(badge(P256.did), separators=(",", ":")).encode()]))
    family.bad(
        "es256-der",
        "a signature in the form of X.509",
        cose(p256, badge(P256.did), der),
        _WRONG,
        control="control-es256",
        standard="RFC 9053 §2.1",
    )


def _headers(family: Family) -> None:
    for name, why, unprotected in (
        ("alg-unprotected", "the algorithm is not signed", {1: -8}),
        ("crit-unprotected", "crit is not signed", {2: [1]}),
        ("claims-unprotected", "the claims are not signed", {15: {4: 4102444800}}),
        ("typ-unprotected", "typ is not signed", {16: "application/vc+cose"}),
    ):
        label = next(iter(unprotected))
        given = cose(_header(**{f"_{label}": None}), badge(), unprotected=unprotected)
        family.bad(name, why, given, _MALFORMED, standard="RFC 9052 §3.1")
    both = cose(_header(), badge(), unprotected={4: STRANGER.method.encode()})
    family.bad("kid-twice", "kid is there twice", both, _MALFORMED, standard="RFC 9052 §3")
    family.bad(
        "kid-text", "kid is text", cose(_header(_4=ISSUER.method), badge()), _MALFORMED, standard="RFC 9052 §3.1"
    )
    other = cose(_header(_4=None), badge(), STRANGER, unprotected={4: STRANGER.method.encode()})
    family.bad("kid-of-stranger", "kid names the key of a stranger", other, _METHOD)
    family.unsure("kid-absent", "no key is named", cose(_header(_4=None), badge()), _UNKNOWN)
    for name, value in (("crit", [100]), ("crit-known", [1]), ("crit-empty", [])):
        family.unsure(
            name,
            "parameters that must be understood",
            cose(_header(_2=value), badge()),
            _UNKNOWN,
            standard="RFC 9052 §3.1",
        )
    for name, why, claims, code in (
        ("iss", "another issuer", {1: STRANGER.did}, "proof MALFORMED_VALUE_ERROR"),
        ("sub", "another subject", {2: "did:example:mallory"}, "proof MALFORMED_VALUE_ERROR"),
        ("expired", "it has expired", {4: 1777627801}, "validity_period EXPIRED"),
        ("later", "it is not valid yet", {5: 4102444800}, "validity_period NOT_YET_VALID"),
        ("exp-text", "it expires in words", {4: "tomorrow"}, _MALFORMED),
        ("exp-huge", "it expires after the end of time", {4: 2**63}, _MALFORMED),
        ("iss-bytes", "an issuer in bytes", {1: ISSUER.did.encode()}, _MALFORMED),
        ("list", "claims that are a list", [1], _MALFORMED),
    ):
        family.bad(f"claim-{name}", why, cose(_header(_15=claims), badge()), code, standard="RFC 8392 §3; RFC 9597 §2")
    family.bad(
        "exp-nan",
        "it expires at no number",
        cose(_header(_15={4: Raw(b"\xfb\x7f\xf8\0\0\0\0\0\0")}), badge()),
        _UNREADABLE,
        standard="RFC 8392 §2",
    )
    family.bad(
        "typ-presentation",
        "it says that it is a presentation",
        cose(_header(_16="application/vp+cose"), badge()),
        "proof MALFORMED_VALUE_ERROR",
        standard="RFC 9596 §2",
    )
    family.bad("vc-claim", "the credential in a claim of the payload", cose(_header(), {"vc": badge()}), _MALFORMED)
    family.bad(
        "first-model",
        "a credential of the Data Model 1.1",
        cose(_header(), badge(**{"@context": [forge.CREDENTIALS_V1]})),
        _MALFORMED,
    )


def _bytes(family: Family) -> None:
    first, second, signature = cose_parts(_header(), badge())
    whole = cbor([first, {}, second, signature])
    twice = cbor(_header())[1:]
    double = bytes([0xA5]) + twice + b"\x01\x27"
    indefinite = b"\xbf" + twice + b"\xff"
    deep = b"\x81" * 200 + b"\x80"
    for name, why, data in (
        ("map-twice", "an algorithm that is there twice", cose(double, badge())),
        ("map-indefinite", "a header without a length", cose(indefinite, badge())),
        ("array-indefinite", "an array without a length", b"\xd2\x9f" + whole[1:] + b"\xff"),
        (
            "bytes-indefinite",
            "a payload in pieces",
            b"\xd2" + cbor([first, {}, Raw(b"\x5f" + cbor(second) + b"\xff"), signature]),
        ),
        ("nil", "a payload that is elsewhere", b"\xd2" + cbor([first, {}, None, signature])),
        ("three", "an array of three", b"\xd2" + cbor([first, {}, second])),
        ("five", "an array of five", b"\xd2" + cbor([first, {}, second, signature, 0])),
        ("more", "bytes behind the end", b"\xd2" + whole + b"\0"),
        ("cut", "the end is missing", b"\xd2" + whole[:-1]),
        ("tag-mac", "the tag of a MAC", b"\xd1" + whole),
        ("tag-several", "the tag of several signatures", b"\xd8\x62" + whole),
        ("tag-twice", "two tags", b"\xd2\xd2" + whole),
        ("tag-inside", "a tag inside", b"\xd2" + cbor([first, Raw(b"\xc1\x00"), second, signature])),
        ("bignum", "a long number in the header", cose(cbor({1: Raw(b"\xc2\x49\x01" + bytes(8))}), badge())),
        (
            "fraction",
            "a number that takes long to reckon",
            cose(cbor({1: Raw(b"\xc4\x82\x3b" + b"\x7f" * 8 + b"\x01")}), badge()),
        ),
        ("header-map", "a header that is not in bytes", b"\xd2" + cbor([_header(), {}, second, signature])),
        ("header-list", "a header that is a list", cose(cbor([1]), badge())),
        ("header-bytes", "a header that is no CBOR", cose(b"\xff\xff", badge())),
        ("header-deep", "a header that is nested deeply", cose(cbor({100: Raw(deep)}), badge())),
        ("header-length", "a length that lies", cose(b"\xa1\x18\x64\x9b" + b"\xff" * 8, badge())),
        ("length", "a length of the whole that lies", b"\xd2\x84\x5b" + b"\xff" * 8),
        ("text-bad", "a text that is no UTF-8", cose(cbor({3: Raw(b"\x62\xc3\x28")}), badge())),
        ("key-bytes", "a key in bytes", cose(cbor({b"x": 1}), badge())),
        ("key-float", "1.0 in place of 1", cose(b"\xa1\xf9\x3c\x00\x27", badge())),
        ("key-true", "true in place of 1", cose(b"\xa1\xf5\x27", badge())),
        ("payload-text", "a payload that is no JSON", cose(_header(), b"hello")),
        ("payload-list", "a payload that is a list", cose(_header(), [badge()])),
        ("payload-duplicates", "two members of one name", cose(_header(), b'{"id": 1, "id": 2}')),
    ):
        family.bad(f"cbor-{name}", why, data, _UNREADABLE, standard="RFC 8949; RFC 9052 §4.2")
    long_form = bytes([0xA4, 0x18, 0x01, 0x27]) + cbor({3: "application/vc", 4: _KID, 16: "application/vc+cose"})[1:]
    family.good(
        "cbor-long-form",
        "a number in more bytes than need be, which COSE allows",
        cose(long_form, badge()),
        standard="RFC 9052 §9",
    )
