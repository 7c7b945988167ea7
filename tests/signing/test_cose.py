"""COSE messages: the RFCs' and the W3C's own, what cwt reads and writes, and everything that must be refused."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

import microcred as mc
from microcred.encoding import base64url_encode
from microcred.json import JSONObject, JSONValue, dumps
from microcred.keys import KeyType
from microcred.signing import cose, decode_cose, decode_jwt, encode_cose, sign_cose, verify_envelope
from microcred.signing._cbor import Cbor, Reader
from microcred.signing.cose import looks_like_cose
from tests.make import ISSUER, KEY, OTHER, badge, signed, v1_badge
from tests.support import SHARED, as_object, load_json
from tests.test_keys import KEYS as KEYS_BY_KIND

cbor2 = pytest.importorskip("cbor2")
cwt = pytest.importorskip("cwt")

ALGORITHMS: dict[KeyType, int] = {"Ed25519": -8, "P-256": -7, "P-384": -35, "P-521": -36, "RSA": -257}
JOSE_NAMES = {-8: "EdDSA", -7: "ES256", -35: "ES384", -36: "ES512", -257: "RS256"}
KINDS = tuple(ALGORITHMS)
PRESENTATION: JSONObject = {
    "@context": ["https://www.w3.org/ns/credentials/v2"],
    "type": ["VerifiablePresentation"],
    "holder": KEY.did,
    "verifiableCredential": [
        {
            "@context": "https://www.w3.org/ns/credentials/v2",
            "type": "EnvelopedVerifiableCredential",
            "id": "data:application/vc+cose;base64,0oQ=",
        }
    ],
}


@pytest.fixture(scope="module", params=KINDS)
def key(request: pytest.FixtureRequest) -> mc.SigningKey:
    return KEYS_BY_KIND[request.param]


Header = Mapping[int | str, object]


def made(
    payload: object = None,
    protected: Header | bytes | None = None,
    unprotected: object = None,
    *,
    key: mc.SigningKey = KEY,
    context: str = "Signature1",
    aad: bytes = b"",
) -> list[object]:
    """Make the four parts of a message as others would, with a right signature."""
    header = {1: ALGORITHMS[key.type], 16: "application/vc+cose"} if protected is None else protected
    protected = header if isinstance(header, bytes) else cbor2.dumps(header)
    content = payload if isinstance(payload, bytes) else dumps(cast("JSONValue", payload or badge())).encode()
    signature = key.sign(cbor2.dumps([context, protected, aad, content]))
    return [protected, {} if unprotected is None else unprotected, content, signature]


def message(*arguments: object, tag: int | None = 18, **options: object) -> bytes:
    parts = made(*arguments, **options)  # type: ignore[arg-type]
    return cast("bytes", cbor2.dumps(parts if tag is None else cbor2.CBORTag(tag, parts)))


def code_of(data: bytes, key: mc.PublicKey = KEY.public_key) -> str | None:
    """Return the code with which a message is refused, or None if it holds."""
    try:
        verify_envelope(decode_cose(data), key)
    except (mc.DocumentError, mc.ProofError) as error:
        return error.code
    return None


# What the standards show


def test_the_message_of_rfc_9052() -> None:
    # RFC 9052 appendix C.2.1; its key is that of RFC 8152's appendix C.7.
    data = bytes.fromhex(
        "d28443a10126a10442313154546869732069732074686520636f6e74656e742e"
        "58408eb33e4ca31d1c465ab05aac34cc6b23d58fef5c083106c4d25a91aef0b0117e"
        "2af9a291aa32e14ab834dc56ed2a223444547e01f11d3b0916e5a4c345cacb36"
    )
    key = mc.PublicKey.from_jwk(
        {
            "kty": "EC",
            "crv": "P-256",
            "x": "usWxHK2PmfnHKwXPS54m0kTcGJ90UiglWiGahtagnv8",
            "y": "IBOL-C3BttVivg-lSreASjpkttcsz-1rb7btKLv8EX4",
        }
    )
    read = cose._read(data)
    assert (read.header, read.unprotected, read.payload) == ({1: -7}, {4: b"11"}, b"This is the content.")
    signed = cose._signed(read.protected, read.payload)
    assert signed.hex() == "846a5369676e61747572653143a101264054546869732069732074686520636f6e74656e742e"
    assert key.verifies(read.signature, signed)
    # Its payload is no credential.
    assert code_of(data, key) == "PARSING_ERROR"


def test_the_token_of_rfc_8392() -> None:
    # RFC 8392 appendices A.2.3 and A.3. There the claims are the payload; in a header they look the same (RFC 9597).
    data = bytes.fromhex(
        "d28443a10126a104524173796d6d657472696345434453413235365850a701756"
        "36f61703a2f2f61732e6578616d706c652e636f6d02656572696b77037818636f"
        "61703a2f2f6c696768742e6578616d706c652e636f6d041a5612aeb0051a5610d"
        "9f0061a5610d9f007420b7158405427c1ff28d23fbad1f29c4c7c6a555e601d6f"
        "a29f9179bc3d7438bacaca5acd08c8d4d4f96131680c429a01f85951ecee743a5"
        "2b9b63632c57209120e1c9e30"
    )
    coordinates = {
        "x": "143329cce7868e416927599cf65a34f3ce2ffda55a7eca69ed8919a394d42f0f",
        "y": "60f7f1a780d8a783bfb7a2dd6b2796e8128dbbcef9d3d168db9529971a36e7b9",
    }
    members = {name: base64url_encode(bytes.fromhex(value)) for name, value in coordinates.items()}
    key = mc.PublicKey.from_jwk({"kty": "EC", "crv": "P-256", **members})
    read = cose._read(data)
    assert key.verifies(read.signature, cose._signed(read.protected, read.payload))
    assert cose._jwt(cbor2.loads(read.payload)) == {
        "iss": "coap://as.example.com",
        "sub": "erikw",
        "aud": "coap://light.example.com",
        "exp": 1444064944,
        "nbf": 1443944944,
        "iat": 1443944944,
        "cti": "\x0bq",
    }


def folder(variable: str, name: str) -> Path:
    """Return a folder of third-party test data: a checkout that a variable names, or what is shared."""
    path = Path(os.environ.get(variable, SHARED / "vectors" / name))
    if not path.is_dir():
        pytest.skip(f"no {name} at {path}; set {variable} to a checkout")
    return path


# By the COSE working group's own names; what is said is how each ends here.
HOLDS, WRONG = "holds", "wrong signature"
WORKING_GROUP = {
    "ecdsa-examples/ecdsa-sig-01": HOLDS,
    "ecdsa-examples/ecdsa-sig-02": HOLDS,
    "ecdsa-examples/ecdsa-sig-03": HOLDS,
    # ES512 under P-256, which JOSE and RFC 9864 do not have.
    "ecdsa-examples/ecdsa-sig-04": "another key",
    "eddsa-examples/eddsa-sig-01": HOLDS,
    # Ed448.
    "eddsa-examples/eddsa-sig-02": "another key",
    "sign1-tests/sign-pass-01": "unprotected algorithm",
    # It covers data that come another way.
    "sign1-tests/sign-pass-02": WRONG,
    "sign1-tests/sign-pass-03": HOLDS,
    "sign1-tests/sign-fail-01": "unreadable",
    "sign1-tests/sign-fail-02": WRONG,
    "sign1-tests/sign-fail-03": "another key",
    "sign1-tests/sign-fail-04": "another key",
    "sign1-tests/sign-fail-06": WRONG,
    "sign1-tests/sign-fail-07": WRONG,
}


@pytest.mark.parametrize("name", WORKING_GROUP)
def test_the_messages_of_the_cose_working_group(name: str) -> None:
    vector = load_json(folder("MICROCRED_COSE_EXAMPLES", "cose-wg-examples") / f"{name}.json")
    output, part = as_object(vector["output"]), as_object(as_object(vector["input"])["sign0"])
    jwk = as_object(part["key"])
    for member in ("x", "y"):
        if f"{member}_hex" in jwk:
            jwk[member] = base64url_encode(bytes.fromhex(str(jwk[f"{member}_hex"])))
    assert judged(bytes.fromhex(str(output["cbor"])), jwk) == WORKING_GROUP[name]


def judged(data: bytes, jwk: JSONObject) -> str:
    try:
        read = cose._read(data)
    except mc.DocumentError:
        return "unreadable"
    if 1 in read.unprotected:
        assert code_of(data) == "MALFORMED_VALUE_ERROR"
        return "unprotected algorithm"
    algorithm = cose._jose({1: read.header[1]}).get("alg")
    if algorithm not in JOSE_NAMES.values() or jwk["crv"] not in ("Ed25519", "P-256", "P-384", "P-521"):
        return "another key"
    key = mc.PublicKey.from_jwk({name: value for name, value in jwk.items() if name != "d"})
    if key.algorithm != algorithm:
        return "another key"
    return HOLDS if key.verifies(read.signature, cose._signed(read.protected, read.payload)) else WRONG


# Of the W3C's suite for VC-JOSE-COSE: the file, the key, and how the message ends.
W3C = {
    "credential-cose-minimal": ("p256", None),
    "presentation-cose-single": ("p384", None),
    # What is wrong with it is the data model's concern.
    "presentation-cose-bad-credential": ("p256", None),
    "credential-cose-bad-signature": ("ed25519", "PROOF_VERIFICATION_ERROR"),
    "credential-cose-bad-media-type": ("p384", "MALFORMED_VALUE_ERROR"),
    "presentation-cose-bad-media-type": ("p256", "MALFORMED_VALUE_ERROR"),
    "credential-cose-minimal-not-base64": ("p256", "PARSING_ERROR"),
}


@pytest.mark.parametrize("name", W3C)
def test_the_messages_of_the_w3c(name: str) -> None:
    inputs = folder("MICROCRED_VC_JOSE_COSE", "w3c-vc-jose-cose") / "tests" / "input"
    kind, expected = W3C[name]
    key = mc.PublicKey.from_jwk(as_object(load_json(inputs / f"vm-{kind}.json")["publicKeyJwk"]))
    text = (inputs / f"{name}.txt").read_text(encoding="ascii").strip()
    data = base64.b64decode(text + "=" * (-len(text) % 4))
    assert code_of(data, key) == expected
    if expected is None:
        header = decode_cose(data).header
        what = "vp" if name.startswith("presentation") else "vc"
        assert header == {
            "alg": key.algorithm,
            "typ": f"application/{what}+cose",
            "cty": f"application/{what}",
            "kid": as_object(load_json(inputs / f"vm-{kind}.json")["publicKeyJwk"])["kid"],
        }


# What we write


def test_a_credential_is_what_the_standard_says(key: mc.SigningKey) -> None:
    document = badge(key.did)
    data = sign_cose(document, key, claims={"iss": key.did, "iat": 1777627800})
    assert looks_like_cose(data)
    read = cbor2.loads(data)
    protected, unprotected, payload, signature = read.value
    assert read.tag == 18
    assert unprotected == {}
    assert json.loads(payload) == document
    header = {
        1: ALGORITHMS[key.type],
        3: "application/vc",
        4: key.verification_method.encode(),
        15: {1: key.did, 6: 1777627800},
        16: "application/vc+cose",
    }
    assert cbor2.loads(protected) == header
    # In RFC 8949's deterministic form: sorted, with the shortest heads.
    assert protected == cbor2.dumps(dict(sorted(header.items())))
    assert data == cbor2.dumps(cbor2.CBORTag(18, [protected, {}, payload, signature]))
    assert key.public_key.verifies(signature, cbor2.dumps(["Signature1", protected, b"", payload]))


def test_a_presentation_is_what_the_standard_says(key: mc.SigningKey) -> None:
    data = encode_cose(PRESENTATION, key, kid=b"\xff\xfe", claims={"aud": ["https://a.example"], "nonce": "x" * 20})
    envelope = decode_cose(data)
    verify_envelope(envelope, key.public_key)
    assert cbor2.loads(cbor2.loads(data).value[0])[15] == {3: ["https://a.example"], 10: b"x" * 20}
    assert envelope.form == "cose"
    assert envelope.document == PRESENTATION
    assert envelope.claims == {"aud": ["https://a.example"], "nonce": "x" * 20}
    assert envelope.header == {
        "alg": JOSE_NAMES[ALGORITHMS[key.type]],
        "typ": "application/vp+cose",
        "cty": "application/vp",
        "kid": base64url_encode(b"\xff\xfe"),
    }


def test_a_model_is_signed_under_its_did_by_default() -> None:
    credential = mc.AchievementCredential.model_validate(badge())
    envelope = decode_cose(sign_cose(credential, KEY))
    assert envelope.header["kid"] == KEY.verification_method
    assert envelope.claims == {}
    assert envelope.document == badge()
    named = sign_cose(badge(ISSUER), KEY, verification_method=f"{ISSUER}#key-1")
    assert decode_cose(named).header["kid"] == f"{ISSUER}#key-1"


def test_what_must_not_be_issued_is_refused() -> None:
    with pytest.raises(mc.SigningError):
        sign_cose(badge(OTHER.did), KEY)
    with pytest.raises(mc.SigningError) as refusal:
        sign_cose(badge(unheardOf=1), KEY)
    assert refusal.value.pointer == "/unheardOf"
    with pytest.raises(mc.SigningError) as refusal:
        sign_cose(v1_badge(), KEY)
    assert refusal.value.pointer == "/@context/0"
    with pytest.raises(mc.DocumentError):
        sign_cose(badge(credentialSubject=None), KEY)
    with pytest.raises(mc.DocumentError):
        sign_cose(PRESENTATION, KEY)
    for document in (v1_badge(), badge(vc={}), badge(vp={})):
        with pytest.raises(mc.SigningError):
            encode_cose(document, KEY)


@pytest.mark.parametrize(
    "claims",
    [
        {"jti": "x"},
        {"exp": "2026-05-01T09:30:00Z"},
        {"exp": 1.5},
        {"exp": True},
        {"exp": 10**12},
        {"nbf": None},
        {"iss": 5},
        {"sub": ["x"]},
        {"aud": [5]},
        {"cti": 5},
        {"nonce": ["x"]},
        {"x": "x"},
    ],
)
def test_claims_of_another_name_or_type_are_misuse(claims: JSONObject) -> None:
    with pytest.raises(ValueError, match=next(iter(claims))):
        encode_cose(badge(), KEY, claims=claims)


def test_an_embedded_proof_travels_inside_the_message() -> None:
    envelope = decode_cose(sign_cose(signed(), KEY))
    assert envelope.document == signed()
    assert mc.Verifier(trusted_issuers={KEY.did}).check(envelope.document)


# What others read and write


def theirs(key: mc.SigningKey) -> tuple[object, object]:
    """Return both halves of a key in cwt."""
    algorithm = {"alg": "RS256"} if key.type == "RSA" else {}
    public = cwt.COSEKey.from_pem(key.public_key.to_pem(), kid=key.verification_method, **algorithm)
    return cwt.COSEKey.from_pem(key.to_pem(None), **algorithm), public


def test_others_read_our_messages(key: mc.SigningKey) -> None:
    _, public = theirs(key)
    data = sign_cose(badge(key.did), key, claims={"sub": "did:example:learner"})
    assert json.loads(cwt.COSE.new().decode(data, public)) == badge(key.did)
    with pytest.raises(cwt.VerifyError):
        cwt.COSE.new().decode(data.replace(b"Rust", b"Ruse", 1), public)


def test_we_read_the_messages_of_others(key: mc.SigningKey) -> None:
    private, _ = theirs(key)
    writer = cwt.COSE.new(alg_auto_inclusion=True)
    data = writer.encode_and_sign(dumps(badge(key.did)).encode(), private, protected={16: "application/vc+cose"})
    envelope = decode_cose(data)
    verify_envelope(envelope, key.public_key)
    assert envelope.document == badge(key.did)
    assert envelope.header == {"alg": key.public_key.algorithm, "typ": "application/vc+cose"}


@pytest.mark.parametrize(
    ("kind", "algorithm", "name"),
    [("Ed25519", -19, "Ed25519"), ("P-256", -9, "ES256"), ("P-384", -51, "ES384"), ("P-521", -52, "ES512")],
)
def test_fully_specified_algorithms_are_read(kind: KeyType, algorithm: int, name: str) -> None:
    key = KEYS_BY_KIND[kind]
    data = message(badge(), {1: algorithm}, key=key)
    assert decode_cose(data).header == {"alg": name}
    assert code_of(data, key.public_key) is None


def test_the_tag_may_be_absent() -> None:
    # RFC 9052 §2: it tells a message from others, where nothing else does; it is not signed.
    data = message(tag=None)
    assert looks_like_cose(data)
    assert code_of(data) is None
    assert decode_cose(data) == decode_cose(message())


def test_text_and_images_do_not_look_like_a_message() -> None:
    for data in (b"", b"{", b" {", b"eyJ", b"\x89PNG", b"<svg", b"\xef\xbb\xbf{", "ä".encode(), b"\xd2", b"0oQ"):
        assert not looks_like_cose(data)


@pytest.mark.parametrize(
    ("protected", "unprotected"),
    [
        ({1: -8}, {}),
        ({1: -8, 16: "application/vc+cose"}, {}),
        ({1: -8, 16: "vc+cose", 3: "application/vc+ld+json"}, {}),
        ({1: -8, 3: 50}, {}),
        # RFC 9360's certificates, a text label, RFC 9338's countersignature.
        ({1: -8, 33: [b"DER", b"DER"], "x": {"y": [None, True, 1.5, -1]}}, {11: [[b"", {1: -7}, b"signature"]], 3: 0}),
        # RFC 8747's confirmation of a key, a status list, a private claim.
        ({1: -8, 15: {8: {1: {1: 1, -1: 6, -2: bytes(32)}}, 65535: {"status_list": {"idx": 0}}, "x": None}}, {}),
        ({1: -8, 15: {4: 4102444800.5, 6: 1.5}}, {}),
    ],
)
def test_what_is_not_understood_is_ignored(protected: Header, unprotected: Header) -> None:
    assert code_of(message(None, protected, unprotected)) is None


def test_longer_forms_are_read() -> None:
    # A header is signed as it is written.
    assert code_of(message(None, bytes.fromhex("b90001180127"))) is None
    protected, _, payload, signature = (cast("bytes", part) for part in made())
    parts = [
        b"\x59" + len(protected).to_bytes(2) + protected,
        b"\xb8\x00",
        b"\x5a" + len(payload).to_bytes(4) + payload,
        b"\x5b" + len(signature).to_bytes(8) + signature,
    ]
    assert code_of(b"\xd2\x84" + b"".join(parts)) is None


def test_the_kid_alone_may_be_unprotected() -> None:
    assert decode_cose(message(None, None, {4: b"key-1"})).header["kid"] == "key-1"
    assert decode_cose(message(None, None, {4: b"\xff"})).header["kid"] == "_w"
    assert "kid" not in decode_cose(message(None, None, {4: b""})).header
    assert "cty" not in decode_cose(message(None, None, {3: "application/vc"})).header


def test_the_dates_of_the_claims_are_of_the_signature() -> None:
    envelope = decode_cose(sign_cose(badge(), KEY, claims={"nbf": 1777627800, "exp": 1777627801}))
    verify_envelope(envelope, KEY.public_key)
    assert envelope.dates_are_of_signature
    assert [str(moment) for moment in (envelope.not_before, envelope.expires)] == [
        "2026-05-01 09:30:00+00:00",
        "2026-05-01 09:30:01+00:00",
    ]


# What is refused


def changed(place: int, value: object) -> bytes:
    parts = made()
    parts[place] = value
    return cast("bytes", cbor2.dumps(cbor2.CBORTag(18, parts)))


def bombs() -> dict[str, bytes]:
    """Values that general readers act upon."""
    long = b"\x5a\x00\x10\x00\x00" + b"\xfd" * 2**20
    number = b"\xc2" + long
    return {
        "a long number": number,
        "a fraction": b"\xd8\x1e\x82" + number + number,
        "a decimal fraction": b"\xc4\x82\x1b" + b"\xff" * 8 + number,
        "a big float": b"\xc5\x82\x1b" + b"\xff" * 8 + number,
        "a value that holds itself": b"\xd8\x1c\x81\xd8\x1d\x00",
        "a pattern": b"\xd8\x23\x69((a+)+)+$",
        "a mail": b"\xd8\x24" + long,
        "a date": b"\xc0\x78\x20" + b"9" * 32,
        "a set of arrays": b"\xd9\x01\x02\x9a\x00\x0f\xff\xff" + b"\x80" * 1_048_575,
        "text references": b"\xd9\x01\x00\x9a\x00\x0f\xff\xff" + b"\xd8\x19\x00" * 1_048_575,
        "many arrays": b"\x9a\x00\x10\x00\x00" + b"\x80" * 2**20,
        "many keys": b"\xba\x00\x04\x00\x00" + b"".join(b"\x1a" + n.to_bytes(4) + b"\x00" for n in range(2**18)),
        "arrays in arrays": b"\x81" * 1_000_000 + b"\x00",
        "maps in maps": b"\xa1\x00" * 1_000_000 + b"\x00",
        "tags on tags": b"\xc1" * 1_000_000 + b"\x00",
        "an array without an end": b"\x9f" + b"\x00" * 1_000_000,
        "a length that lies": b"\x9b" + b"\xff" * 8,
        "bytes that lie": b"\x5b" + b"\x7f" + b"\xff" * 7,
    }


UNREADABLE = {
    "nothing": b"",
    "a tag": b"\xd2",
    "JSON": json.dumps(badge()).encode(),
    "a JWT": mc.sign_jwt(badge(), KEY).encode(),
    "base64": base64.b64encode(message()),
    "hex": message().hex().encode(),
    "the tag of COSE_Mac0": message(tag=17),
    "the tag of COSE_Sign": message(tag=98),
    "the tag of CWT": message(tag=61),
    "an unknown tag": message(tag=998),
    "the tag twice": b"\xd2" + message(),
    "the tag of CWT in front": b"\xd8\x3d" + message(),
    "the tag of CBOR in front": b"\xd9\xd9\xf7" + message(),
    "a byte behind": message() + b"\0",
    "a message behind": message() + message(),
    "an array of three": cbor2.dumps(cbor2.CBORTag(18, made()[:3])),
    "an array of five": cbor2.dumps(cbor2.CBORTag(18, [*made(), b""])),
    "a map": cbor2.dumps(cbor2.CBORTag(18, dict(enumerate(made())))),
    "an array without an end": b"\xd2\x9f" + message()[2:] + b"\xff",
    "a header that is no bytes": changed(0, {1: -8}),
    "a header that is an array": changed(0, cbor2.dumps([1, -8])),
    "a header that is null": changed(0, None),
    "a header with something behind": changed(0, cbor2.dumps({1: -8}) + b"\0"),
    "a header without an end": changed(0, b"\xbf\x01\x27\xff"),
    "a header with a label twice": changed(0, b"\xa2\x01\x27\x01\x26"),
    "a header with a tag": changed(0, b"\xa1\x01\xc1\x27"),
    "a header with no number": changed(0, b"\xa2\x01\x27\x04\xf9\x7e\x00"),
    "a header with nothing": changed(0, b"\xa2\x01\x27\x04\xf7"),
    "a header with text that is none": changed(0, b"\xa2\x01\x27\x10\x61\xff"),
    "a header with a label that is bytes": changed(0, b"\xa2\x01\x27\x41\x10\x00"),
    "an unprotected header that is null": changed(1, None),
    "an unprotected header that is an array": changed(1, []),
    "an unprotected header in bytes": changed(1, cbor2.dumps({})),
    "a payload that is elsewhere": changed(2, None),
    "a payload that is text": changed(2, dumps(badge())),
    "a payload that is CBOR": changed(2, badge()),
    "a signature that is null": changed(3, None),
    "the signatures of COSE_Sign": changed(3, [[b"", {}, bytes(64)]]),
    "a payload in pieces": b"\xd2\x84\x40\xa0\x5f\x41{\x41}\xff\x40",
    **{f"{name} for a message": bomb for name, bomb in bombs().items()},
    **{f"{name} for a header": changed(0, b"\xa1\x18\x63" + bomb) for name, bomb in bombs().items()},
    **{f"{name} in a header": b"\xd2\x84\x40\xa1\x18\x63" + bomb + b"\x40\x40" for name, bomb in bombs().items()},
    **{f"{name} for a payload": b"\xd2\x84\x40\xa0" + bomb + b"\x40" for name, bomb in bombs().items()},
}


@pytest.mark.parametrize("data", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_what_is_no_message_is_a_parsing_error(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    read = 0

    class Counting(Reader):
        """Counts the values that are read."""

        def _value(self, depth: int) -> Cbor:
            nonlocal read
            read += 1
            return super()._value(depth)

    monkeypatch.setattr(cose, "Reader", Counting)
    assert code_of(data) == "PARSING_ERROR"
    assert read <= 2 * 2**12 + 2


PAYLOADS = {
    "nothing": b"",
    "null": b"null",
    "an array": b"[]",
    "no JSON": b"{",
    "no UTF-8": b'{"a":"\xff"}',
    "a member twice": b'{"a":1,"a":1}',
    "no number": b'{"a":NaN}',
    "something behind": b"{}{}",
    "too deep": b'{"a":' * 100 + b"1" + b"}" * 100,
    "much too deep": b"[" * 1_000_000,
}


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS.keys())
def test_a_payload_that_is_no_json_is_a_parsing_error(payload: bytes) -> None:
    assert code_of(message(payload)) == "PARSING_ERROR"


def test_a_message_that_is_too_large_is_refused() -> None:
    data = message()
    decode_cose(data, mc.Limits(max_document_bytes=len(data)))
    with pytest.raises(mc.DocumentError) as refusal:
        decode_cose(data, mc.Limits(max_document_bytes=len(data) - 1))
    assert refusal.value.code == "PARSING_ERROR"


MALFORMED = {
    "an unsigned algorithm": message(None, {}, {1: -8}),
    "the algorithm twice": message(None, {1: -8}, {1: -8}),
    "unsigned critical labels": message(None, {1: -8}, {2: [1]}),
    "an unsigned type": message(None, {1: -8}, {16: "application/vc+cose"}),
    "unsigned claims": message(None, {1: -8}, {15: {1: KEY.did}}),
    "a kid twice": message(None, {1: -8, 4: b"x"}, {4: b"x"}),
    "a parameter twice that is not understood": message(None, {1: -8, "x": 1}, {"x": 1}),
    "a kid that is text": message(None, {1: -8, 4: KEY.did}),
    "an unsigned kid that is null": message(None, {1: -8}, {4: None}),
    "a type that is bytes": message(None, {1: -8, 16: b"application/vc+cose"}),
    "a type that is null": message(None, {1: -8, 16: None}),
    "a type that is true": message(None, {1: -8, 16: True}),
    "a type that is a number": message(None, {1: -8, 16: 61}),
    "a type of presentations": message(None, {1: -8, 16: "application/vp+cose"}),
    "a type of JWTs": message(None, {1: -8, 16: "application/vc+jwt"}),
    "a content type that is an array": message(None, {1: -8, 3: ["application/vc"]}),
    "a presentation with the type of credentials": message(PRESENTATION, {1: -8, 16: "application/vc+cose"}),
    "claims that are null": message(None, {1: -8, 15: None}),
    "claims that are an array": message(None, {1: -8, 15: [1]}),
    "claims in bytes": message(None, {1: -8, 15: cbor2.dumps({1: KEY.did})}),
    "an issuer in bytes": message(None, {1: -8, 15: {1: KEY.did.encode()}}),
    "another issuer": message(None, {1: -8, 15: {1: OTHER.did}}),
    "another subject": message(None, {1: -8, 15: {2: "did:example:other"}}),
    "an audience that is a map": message(None, {1: -8, 15: {3: {}}}),
    "an audience of numbers": message(None, {1: -8, 15: {3: [1]}}),
    "an end that is text": message(None, {1: -8, 15: {4: "2030-01-01T00:00:00Z"}}),
    "an end that is true": message(None, {1: -8, 15: {4: True}}),
    "an end beyond time": message(None, {1: -8, 15: {4: 2**64 - 1}}),
    "a start that is null": message(None, {1: -8, 15: {5: None}}),
    "a time that is bytes": message(None, {1: -8, 15: {6: b"1"}}),
    "a name that is text": message(None, {1: -8, 15: {7: "x"}}),
    "a nonce that is a number": message(None, {1: -8, 15: {10: 5}}),
    "a claim of a credential": message(decode_jwt(mc.sign_jwt(badge(), KEY)).document | {"vc": badge()}),
    "a claim of a presentation": message(badge(vp={})),
    "the Data Model 1.1": message(v1_badge()),
    "no Data Model": message({"type": ["VerifiableCredential"]}),
    "another Data Model": message(badge() | {"@context": {"@vocab": "https://www.w3.org/ns/credentials/v2"}}),
}


@pytest.mark.parametrize("data", MALFORMED.values(), ids=MALFORMED.keys())
def test_what_is_malformed(data: bytes) -> None:
    assert code_of(data) == "MALFORMED_VALUE_ERROR"


@pytest.mark.parametrize(
    "protected",
    [
        b"",
        {},
        {16: "application/vc+cose"},
        *({1: algorithm} for algorithm in (0, -999, -47, -37, -39, -53, -48, -65535, 2**64 - 1, 18)),
        # The names of JOSE are none in COSE, and numbers are whole.
        *({1: algorithm} for algorithm in ("EdDSA", "Ed25519", "none", "unknown", -8.0, None, True, [-8], b"\x27")),
        {1: -8, 2: [99], 99: True},
        {1: -8, 2: [16], 16: "application/vc+cose"},
        {1: -8, 2: []},
        {1: -8, 2: None},
    ],
    ids=repr,
)
def test_what_is_not_supported(protected: Header | bytes) -> None:
    assert code_of(message(None, protected)) == "UNSUPPORTED"


@pytest.mark.parametrize("algorithm", [4, 5, 6, 7])
def test_an_algorithm_without_a_private_key_is_no_security(algorithm: int) -> None:
    assert code_of(message(None, {1: algorithm})) == "CRYPTOGRAPHIC_SECURITY_ERROR"


def test_a_key_of_another_kind_is_refused(key: mc.SigningKey) -> None:
    data = sign_cose(badge(key.did), key)
    for kind in KINDS:
        if kind != key.type:
            assert code_of(data, KEYS_BY_KIND[kind].public_key) == "CRYPTOGRAPHIC_SECURITY_ERROR"


def test_a_wrong_signature_is_refused(key: mc.SigningKey) -> None:
    protected, _, payload, signature = (cast("bytes", part) for part in made(key=key))
    other = mc.SigningKey.generate(key.type)
    wrong = [
        message(key=other),
        message(key=key, context="Signature"),
        message(key=key, context="CounterSignature"),
        message(key=key, aad=b"x"),
        cbor2.dumps([protected, {}, payload + b" ", signature]),
        cbor2.dumps([protected[:-1] + b"f", {}, payload, signature]),
        cbor2.dumps([cbor2.dumps({1: ALGORITHMS[key.type]}), {}, payload, signature]),
        *(cbor2.dumps([protected, {}, payload, each]) for each in (b"", signature[1:], signature + b"\0", b"\0")),
        # What was signed as a part of a COSE_Sign.
        cbor2.dumps([protected, {}, payload, key.sign(cbor2.dumps(["Signature", b"", protected, b"", payload]))]),
    ]
    codes = {code_of(data, key.public_key) for data in wrong}
    # A type that is none is seen before.
    assert codes == {"PROOF_VERIFICATION_ERROR", "MALFORMED_VALUE_ERROR"}
    assert code_of(message(key=key), key.public_key) is None


def test_what_was_cut_short_is_refused() -> None:
    data = message()
    for end in range(len(data)):
        assert code_of(data[:end]) == "PARSING_ERROR"


# For any input

CLAIMS = st.fixed_dictionaries(
    {},
    optional={
        "iss": st.just(KEY.did),
        "sub": st.just("did:example:learner"),
        "aud": st.text(max_size=9) | st.lists(st.text(max_size=9), max_size=3),
        "exp": st.integers(-62135596800, 253402300799),
        "nbf": st.integers(-62135596800, 253402300799),
        "iat": st.integers(-62135596800, 253402300799),
        "cti": st.text(max_size=40),
        "nonce": st.text(max_size=40),
    },
)


@given(st.none() | st.text(min_size=1) | st.binary(min_size=1), CLAIMS, st.dictionaries(st.text(), st.text()))
def test_what_is_written_is_read(kid: str | bytes | None, claims: JSONObject, texts: dict[str, str]) -> None:
    document = badge(description="\n".join(texts), evidence=[dict(texts)])
    data = encode_cose(document, KEY, kid=kid, claims=claims)
    envelope = decode_cose(data)
    verify_envelope(envelope, KEY.public_key)
    assert envelope.document == document
    assert envelope.claims == claims
    text = kid if isinstance(kid, str) or kid is None else cose._text(kid)
    assert envelope.header.get("kid") == text


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for front in (b"", b"\xd2\x84", b"\xd2\x84\x43\xa1\x01\x27\xa0", b"\x84\x58\x20"):
        assert code_of(front + data) in ("PARSING_ERROR", "MALFORMED_VALUE_ERROR", "UNSUPPORTED")


MESSAGE = sign_cose(badge(), KEY, claims={"iss": KEY.did, "exp": 4102444800})


@given(st.integers(0, len(MESSAGE) - 1), st.integers(0, 3), st.binary(max_size=4))
def test_bytes_that_were_changed_are_refused_or_not_signed(start: int, count: int, other: bytes) -> None:
    data = MESSAGE[:start] + other + MESSAGE[start + count :]
    try:
        envelope = decode_cose(data)
        verify_envelope(envelope, KEY.public_key)
    except (mc.DocumentError, mc.ProofError):
        return
    # The tag, an unprotected parameter or a longer form: nothing that was signed.
    assert envelope == decode_cose(MESSAGE)
