"""microcred.keys: every format in and out against other implementations, weak keys refused, secrets never shown."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
import pickle
import sys
import traceback
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import cast

import pytest
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa, x448, x25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from hypothesis import given, settings
from hypothesis import strategies as st
from jwcrypto.jwk import JWK
from jwcrypto.jws import JWS

from microcred import key_material
from microcred.encoding import base64url_decode, base64url_encode, multibase_decode, multibase_encode, varint_encode
from microcred.errors import InvalidKeyError
from microcred.json import JSONObject
from microcred.keys import KeyType, PublicKey, SigningKey
from microcred.protocols import Signer
from tests.support import as_object, load_json, load_objects, refuses

KINDS: tuple[KeyType, ...] = ("Ed25519", "P-256", "P-384", "P-521", "RSA")
ALGORITHMS: dict[KeyType, str] = {
    "Ed25519": "EdDSA",
    "P-256": "ES256",
    "P-384": "ES384",
    "P-521": "ES512",
    "RSA": "RS256",
}
JWCRYPTO: dict[KeyType, dict[str, object]] = {
    "Ed25519": {"kty": "OKP", "crv": "Ed25519"},
    "P-256": {"kty": "EC", "crv": "P-256"},
    "P-384": {"kty": "EC", "crv": "P-384"},
    "P-521": {"kty": "EC", "crv": "P-521"},
    "RSA": {"kty": "RSA", "size": 2048},
}
PREFIXES: dict[KeyType, int] = {"Ed25519": 0xED, "P-256": 0x1200, "P-384": 0x1201, "P-521": 0x1202, "RSA": 0x1205}
HASHES: dict[KeyType, hashes.HashAlgorithm] = {
    "P-256": hashes.SHA256(),
    "P-384": hashes.SHA384(),
    "P-521": hashes.SHA512(),
}
SIZES: dict[KeyType, int] = {"P-256": 32, "P-384": 48, "P-521": 66}
ORDERS: dict[KeyType, int] = {
    # FIPS 186-5; SEC 2 §2.4.2 and §2.5.1.
    "P-256": 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    "P-384": 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973,
    "P-521": int("01" + "F" * 65 + "A51868783BF2F966B7FCC0148F709A5D03BB5C9B8899C47AEBB6FB71E91386409", 16),
}
P256_P = 2**256 - 2**224 + 2**192 + 2**96 - 1
ED25519_P = 2**255 - 19
ED25519_L = 2**252 + 27742317777372353535851937790883648493
DATA = b"data to be signed"

# One of each kind, made once: RSA keys take their time.
KEYS: dict[KeyType, SigningKey] = {kind: SigningKey.generate(kind) for kind in KINDS}
each_kind = pytest.mark.parametrize("kind", KINDS)
each_curve = pytest.mark.parametrize("kind", ["P-256", "P-384", "P-521"])


def pyca(key: SigningKey) -> ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey:
    """The same key in the cryptography package, read from our PEM."""
    loaded = serialization.load_pem_private_key(key.to_pem(None), None)
    assert isinstance(loaded, ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey)
    return loaded


def secret_number(key: SigningKey) -> bytes:
    """The private half as bytes."""
    return base64url_decode(str(key.to_jwk()["d"]))


def multikey(prefix: int, data: bytes) -> str:
    return multibase_encode(varint_encode(prefix) + data)


def public_members(jwk: JSONObject) -> JSONObject:
    return {name: value for name, value in jwk.items() if name in ("kty", "crv", "x", "y", "n", "e")}


# PEM


@each_kind
@pytest.mark.parametrize("password", [None, b"bytes", "text", "pässwörd", "x" * 200])
def test_a_private_pem_round_trips(kind: KeyType, password: bytes | str | None) -> None:
    pem = KEYS[kind].to_pem(password)
    assert pem.startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY" if password else b"-----BEGIN PRIVATE KEY")
    for form in (pem, pem.decode()):
        key = SigningKey.from_pem(form, password)
        assert key.public_key == KEYS[kind].public_key
        assert KEYS[kind].public_key.verifies(key.sign(DATA), DATA)


@each_kind
def test_a_public_pem_round_trips_and_is_the_one_of_cryptography(kind: KeyType) -> None:
    pem = KEYS[kind].public_key.to_pem()
    expected = (
        pyca(KEYS[kind])
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    assert pem == expected
    assert PublicKey.from_pem(pem) == PublicKey.from_pem(pem.decode()) == KEYS[kind].public_key


@pytest.mark.parametrize("kind", ["P-256", "P-384", "P-521", "RSA"])
@pytest.mark.parametrize("password", [None, b"secret"])
def test_a_traditional_pem_is_read(kind: KeyType, password: bytes | None) -> None:
    encryption = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    pem = pyca(KEYS[kind]).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, encryption
    )
    assert SigningKey.from_pem(pem, password).public_key == KEYS[kind].public_key


@each_kind
def test_an_encrypted_pem_needs_its_password(kind: KeyType) -> None:
    pem = KEYS[kind].to_pem("right")
    for password in (None, "wrong", b"", "", "Right", b"right "):
        with pytest.raises(InvalidKeyError):
            SigningKey.from_pem(pem, password)


def test_a_password_for_a_pem_that_has_none_is_refused() -> None:
    with pytest.raises(InvalidKeyError):
        SigningKey.from_pem(KEYS["Ed25519"].to_pem(None), "password")


def test_a_pem_without_encryption_has_to_be_asked_for() -> None:
    # An empty password is a mistake, not a wish for a key in the clear.
    assert refuses(KEYS["Ed25519"].to_pem, "")
    assert refuses(KEYS["Ed25519"].to_pem, b"")


@pytest.mark.parametrize(
    "pem",
    [
        "",
        "no PEM",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        "é",
        "\ud800",
        "\0" * 1000,
    ],
)
def test_what_is_no_pem_is_refused(pem: str) -> None:
    with pytest.raises(InvalidKeyError):
        PublicKey.from_pem(pem)
    with pytest.raises(InvalidKeyError):
        SigningKey.from_pem(pem)


@each_kind
def test_the_halves_of_a_pem_are_not_taken_for_each_other(kind: KeyType) -> None:
    with pytest.raises(InvalidKeyError):
        PublicKey.from_pem(KEYS[kind].to_pem(None))
    with pytest.raises(InvalidKeyError):
        SigningKey.from_pem(KEYS[kind].public_key.to_pem())


# JWK, with jwcrypto as the witness


@each_kind
def test_keys_of_jwcrypto_are_read(kind: KeyType) -> None:
    theirs = JWK.generate(**JWCRYPTO[kind])
    private, public = json.loads(theirs.export_private()), json.loads(theirs.export_public())
    key = SigningKey.from_jwk(private)
    assert key.type == kind
    assert key.public_key == PublicKey.from_jwk(public)
    assert key.to_jwk() == {name: value for name, value in private.items() if name != "kid"}
    assert key.public_key.to_jwk() == public_members(public)


@each_kind
def test_our_keys_are_read_by_jwcrypto(kind: KeyType) -> None:
    ours = KEYS[kind]
    private, public = JWK(**ours.to_jwk()), JWK(**ours.public_key.to_jwk())
    assert private.has_private
    assert not public.has_private
    assert private.thumbprint() == public.thumbprint()
    assert public.export_to_pem() == ours.public_key.to_pem()


@each_kind
def test_a_public_jwk_has_the_required_members_only(kind: KeyType) -> None:
    jwk = KEYS[kind].public_key.to_jwk()
    assert sorted(jwk) == {"Ed25519": ["crv", "kty", "x"], "RSA": ["e", "kty", "n"]}.get(kind, ["crv", "kty", "x", "y"])
    # RFC 7638 §3: the thumbprint is over these members, sorted, without spaces.
    text = json.dumps(jwk, sort_keys=True, separators=(",", ":"))
    assert base64url_encode(hashlib.sha256(text.encode()).digest()) == JWK(**jwk).thumbprint()


@each_kind
def test_other_members_of_a_jwk_do_not_matter(kind: KeyType) -> None:
    key = KEYS[kind].public_key
    jwk = {**key.to_jwk(), "kid": "k", "use": "sig", "alg": ALGORITHMS[kind], "key_ops": ["verify"], "x5c": ["A"]}
    assert PublicKey.from_jwk(jwk) == key


OTHER_USES: list[JSONObject] = [
    {"use": "enc"},
    {"use": ""},
    {"use": "SIG"},
    {"use": None},
    {"use": ["sig"]},
    {"key_ops": ["encrypt"]},
    {"key_ops": ["deriveKey", "deriveBits"]},
    {"key_ops": []},
    {"key_ops": "sign verify"},
    {"key_ops": None},
    {"use": "enc", "key_ops": ["sign", "verify"]},
]


@each_kind
@pytest.mark.parametrize("members", OTHER_USES, ids=repr)
def test_a_jwk_that_is_not_for_signatures_is_refused(kind: KeyType, members: JSONObject) -> None:
    with pytest.raises(InvalidKeyError):
        PublicKey.from_jwk({**KEYS[kind].public_key.to_jwk(), **members})
    with pytest.raises(InvalidKeyError):
        SigningKey.from_jwk({**KEYS[kind].to_jwk(), **members})


@each_kind
def test_a_jwk_is_for_the_operations_that_it_names(kind: KeyType) -> None:
    public, private = KEYS[kind].public_key.to_jwk(), KEYS[kind].to_jwk()
    assert PublicKey.from_jwk({**public, "key_ops": ["verify"]}) == KEYS[kind].public_key
    assert SigningKey.from_jwk({**private, "key_ops": ["sign", "verify"], "use": "sig"}).type == kind
    with pytest.raises(InvalidKeyError):
        PublicKey.from_jwk({**public, "key_ops": ["sign"]})
    with pytest.raises(InvalidKeyError):
        SigningKey.from_jwk({**private, "key_ops": ["verify"]})


@each_kind
def test_a_public_jwk_that_holds_a_secret_is_refused(kind: KeyType) -> None:
    private = KEYS[kind].to_jwk()
    secrets = [name for name in private if name not in public_members(private)]
    assert "d" in secrets
    for name in secrets:
        with pytest.raises(InvalidKeyError):
            PublicKey.from_jwk({**public_members(private), name: private[name]})
    # RFC 7518 §6.3.2.7: the further primes of an RSA key.
    for name in ("d", "k", "oth") if kind == "RSA" else ("d", "k"):
        with pytest.raises(InvalidKeyError):
            PublicKey.from_jwk({**public_members(private), name: ""})


@each_kind
def test_a_private_jwk_without_its_private_half_is_refused(kind: KeyType) -> None:
    with pytest.raises(InvalidKeyError):
        SigningKey.from_jwk(KEYS[kind].public_key.to_jwk())


@each_kind
def test_a_jwk_that_lacks_a_member_is_refused(kind: KeyType) -> None:
    public = KEYS[kind].public_key.to_jwk()
    for missing in public:
        with pytest.raises(InvalidKeyError):
            PublicKey.from_jwk({name: value for name, value in public.items() if name != missing})


@each_kind
@pytest.mark.parametrize("value", [None, 1, True, [], {}, "", "é", "\ud800", "A", "=", "\0"], ids=repr)
def test_a_jwk_with_a_member_of_another_shape_is_refused(kind: KeyType, value: object) -> None:
    private = KEYS[kind].to_jwk()
    for name in private:
        with pytest.raises(InvalidKeyError):
            SigningKey.from_jwk({**private, name: value})
    for name in public_members(private):
        with pytest.raises(InvalidKeyError):
            PublicKey.from_jwk({**public_members(private), name: value})


@pytest.mark.parametrize(("kind", "member"), [("Ed25519", "x"), ("P-256", "x"), ("P-256", "y"), ("P-384", "x")])
@pytest.mark.parametrize("change", ["shorter", "longer", "leading zero"])
def test_a_jwk_coordinate_has_the_length_of_its_curve(kind: KeyType, member: str, change: str) -> None:
    # RFC 7518 §6.2.1.2, RFC 8037 §2: the full size of a coordinate, no more, no less.
    jwk = KEYS[kind].public_key.to_jwk()
    data = base64url_decode(str(jwk[member]))
    wrong = {"shorter": data[1:], "longer": data + b"\1", "leading zero": b"\0" + data}[change]
    with pytest.raises(InvalidKeyError):
        PublicKey.from_jwk({**jwk, member: base64url_encode(wrong)})


@pytest.mark.parametrize(("kind", "member"), [("Ed25519", "x"), ("P-256", "x"), ("P-384", "y"), ("RSA", "n")])
@pytest.mark.parametrize("change", ["padding", "foreign characters", "line break", "left-over bits"])
def test_a_jwk_member_has_one_spelling(kind: KeyType, member: str, change: str) -> None:
    # RFC 7515 §2: base64url without padding, line breaks or other characters; RFC 4648 §3.5 for the bits.
    jwk = KEYS[kind].public_key.to_jwk()
    text = str(jwk[member])
    size = len(base64url_decode(text))
    wrong = {
        "padding": text + "=" * (-len(text) % 4 or 4),
        "foreign characters": f"{text[:8]}!!!!{text[8:]}",
        "line break": f"{text[:8]}\n{text[8:]}",
        "left-over bits": text[:-1] + chr(ord(text[-1]) + 1) if size % 3 else text + "B",
    }[change]
    with pytest.raises(InvalidKeyError):
        PublicKey.from_jwk({**jwk, member: wrong})


@each_kind
def test_a_private_jwk_whose_halves_do_not_belong_together_is_refused(kind: KeyType) -> None:
    ours, other = KEYS[kind].to_jwk(), SigningKey.generate(kind).to_jwk()
    with pytest.raises(InvalidKeyError):
        SigningKey.from_jwk({**ours, "d": other["d"]})
    with pytest.raises(InvalidKeyError):
        SigningKey.from_jwk({**ours, **public_members(other)})


@pytest.mark.parametrize(
    "jwk",
    [
        {},
        {"kty": "oct", "k": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
        {"kty": "oct", "d": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
        {"kty": "oct"},
        {"kty": "AKP", "alg": "ML-DSA-44", "pub": "AA"},
        {"kty": "okp", "crv": "Ed25519", "x": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
    ],
)
def test_a_jwk_of_another_type_is_refused(jwk: JSONObject) -> None:
    with pytest.raises(InvalidKeyError):
        PublicKey.from_jwk(jwk)
    with pytest.raises(InvalidKeyError):
        SigningKey.from_jwk({"d": "AAAA", **jwk})


@pytest.mark.parametrize(("kty", "curve"), [("EC", "secp256k1"), ("OKP", "X25519"), ("OKP", "Ed448"), ("OKP", "X448")])
def test_a_jwk_of_another_curve_is_refused(kty: str, curve: str) -> None:
    theirs = JWK.generate(kty=kty, crv=curve)
    with pytest.raises(InvalidKeyError):
        PublicKey.from_jwk(json.loads(theirs.export_public()))
    with pytest.raises(InvalidKeyError):
        SigningKey.from_jwk(json.loads(theirs.export_private()))


def test_a_point_that_is_not_on_its_curve_is_refused() -> None:
    jwk = KEYS["P-256"].public_key.to_jwk()
    with pytest.raises(InvalidKeyError):
        PublicKey.from_jwk({**jwk, "y": jwk["x"]})
    with pytest.raises(InvalidKeyError):
        PublicKey.from_jwk({**jwk, "crv": "P-384"})


# Multikey and did:key


@pytest.mark.parametrize("kind", ["Ed25519", "P-256", "P-384"])
def test_the_keys_of_the_w3c_suites(shared: Path, kind: KeyType) -> None:
    vector = as_object(load_json(shared / "vectors/vc-api/keys.json")[kind])
    jwk = as_object(vector["jwk"])
    key = SigningKey.from_multikey(str(vector["secretKeyMultibase"]))
    assert key.type == kind
    assert key.did == vector["did"]
    assert key.verification_method == vector["verificationMethod"]
    assert key.public_key.multikey == vector["publicKeyMultibase"]
    assert key.to_multikey() == vector.get("secretKeyMultibaseSpec", vector["secretKeyMultibase"])
    assert secret_number(key).hex() == vector["secretKeyHex"]
    assert key.to_jwk() == jwk
    assert SigningKey.from_jwk(jwk).public_key == key.public_key
    public = PublicKey.from_multikey(str(vector["publicKeyMultibase"]))
    assert public == key.public_key
    assert public.to_jwk() == public_members(jwk)
    assert multibase_decode(public.multikey)[2:].hex() == vector["publicKeyHex"]


@pytest.mark.parametrize(
    ("file", "secret", "kind"),
    [
        ("w3c-vc-di-eddsa/keyPair.json", "privateKeyMultibase", "Ed25519"),
        ("w3c-vc-di-ecdsa/p256KeyPair.json", "secretKeyMultibase", "P-256"),
        ("w3c-vc-di-ecdsa/p384KeyPair.json", "secretKeyMultibase", "P-384"),
    ],
)
def test_the_key_pairs_of_the_w3c_vectors(shared: Path, file: str, secret: str, kind: KeyType) -> None:
    pair = load_json(shared / "vectors" / file)
    key = SigningKey.from_multikey(str(pair[secret]))
    assert key.type == kind
    assert key.public_key.multikey == pair["publicKeyMultibase"]
    assert key.to_multikey() == pair[secret]
    assert PublicKey.from_multikey(str(pair["publicKeyMultibase"])).verifies(key.sign(DATA), DATA)


def test_the_seeds_of_the_dcc(shared: Path) -> None:
    for vector in load_objects(shared / "vectors/ob3/test-vectors/dcc-test-seeds.json"):
        key = SigningKey.from_seed(bytes.fromhex(str(vector["seedHex"])))
        assert key.public_key.multikey == vector["publicKeyMultibase"]
        did = str(vector["did"])
        assert key.did == did or not did.startswith("did:key:")


def test_the_seed_of_rfc_8032() -> None:
    # §7.1, test 2.
    key = SigningKey.from_seed(bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"))
    public = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
    assert key.public_key.multikey == multikey(0xED, bytes.fromhex(public))
    assert key.sign(b"\x72").hex() == (
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )


@each_kind
def test_a_public_multikey_round_trips(kind: KeyType) -> None:
    key = KEYS[kind].public_key
    assert PublicKey.from_multikey(key.multikey) == key
    assert key.did == f"did:key:{key.multikey}"
    assert key.verification_method == f"{key.did}#{key.multikey}"
    prefix = varint_encode(PREFIXES[kind])
    assert multibase_decode(key.multikey).startswith(prefix)


@pytest.mark.parametrize("kind", ["Ed25519", "P-256", "P-384", "P-521"])
def test_a_secret_multikey_round_trips(kind: KeyType) -> None:
    key = KEYS[kind]
    read = SigningKey.from_multikey(key.to_multikey())
    assert read.public_key == key.public_key
    assert read.to_multikey() == key.to_multikey()


def test_rsa_has_no_secret_multikey() -> None:
    with pytest.raises(InvalidKeyError):
        KEYS["RSA"].to_multikey()
    der = pyca(KEYS["RSA"]).private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    for data in (b"", der[:100]):
        with pytest.raises(InvalidKeyError):
            SigningKey.from_multikey(multikey(0x1305, data))


@pytest.mark.parametrize("bits", [2048, 3072, 4096, 5904, 6144, 8192])
def test_every_rsa_key_that_is_accepted_can_be_read_from_its_multikey(bits: int) -> None:
    key = PublicKey(rsa.RSAPublicNumbers(65537, (1 << bits) - 1).public_key())
    assert PublicKey.from_multikey(key.multikey) == key


def test_the_older_form_of_an_ed25519_secret_appends_the_public_key() -> None:
    key, other = KEYS["Ed25519"], SigningKey.generate()
    seed = secret_number(key)
    public, foreign = (multibase_decode(each.public_key.multikey)[2:] for each in (key, other))
    assert SigningKey.from_multikey(multikey(0x1300, seed + public)).to_multikey() == key.to_multikey()
    for wrong in (foreign, public[:-1], public + b"\0", public[:1], bytes(32)):
        with pytest.raises(InvalidKeyError):
            SigningKey.from_multikey(multikey(0x1300, seed + wrong))


@pytest.mark.parametrize("size", [0, 1, 31, 33, 64])
def test_a_seed_has_32_bytes(size: int) -> None:
    with pytest.raises(InvalidKeyError):
        SigningKey.from_seed(bytes(size))


@each_curve
def test_a_secret_outside_its_curve_is_refused(kind: KeyType) -> None:
    code, size, order = {"P-256": 0x1306, "P-384": 0x1307, "P-521": 0x1308}[kind], SIZES[kind], ORDERS[kind]
    assert SigningKey.from_multikey(multikey(code, (order - 1).to_bytes(size))).type == kind
    for secret in (0, order, order + 1, 2 ** (8 * size) - 1):
        with pytest.raises(InvalidKeyError):
            SigningKey.from_multikey(multikey(code, secret.to_bytes(size)))
    for length in (0, size - 1, size + 1, 2 * size):
        with pytest.raises(InvalidKeyError):
            SigningKey.from_multikey(multikey(code, (1).to_bytes(length) if length else b""))


@each_kind
def test_a_public_multikey_of_another_length_is_refused(kind: KeyType) -> None:
    data = multibase_decode(KEYS[kind].public_key.multikey)[2:]
    for wrong in (b"", data[:-1], data[1:], data + b"\0", b"\0" + data, data + data):
        with pytest.raises(InvalidKeyError):
            PublicKey.from_multikey(multikey(PREFIXES[kind], wrong))


@each_kind
def test_the_prefix_says_the_kind(kind: KeyType) -> None:
    data = multibase_decode(KEYS[kind].public_key.multikey)[2:]
    others = {*PREFIXES.values(), 0xEC, 0xE7, 0x1202, 0x1203, 0xEB, 0x1300, 0x1306, 0x1307, 0x1305, 0, 0x55}
    for prefix in others - {PREFIXES[kind]}:
        with pytest.raises(InvalidKeyError):
            PublicKey.from_multikey(multikey(prefix, data))


def test_the_halves_of_a_multikey_are_not_taken_for_each_other() -> None:
    for kind in ("Ed25519", "P-256", "P-384"):
        with pytest.raises(InvalidKeyError):
            PublicKey.from_multikey(KEYS[kind].to_multikey())
        with pytest.raises(InvalidKeyError):
            SigningKey.from_multikey(KEYS[kind].public_key.multikey)


@pytest.mark.parametrize(
    "text", ["", "z", "u", "z1", "zz", "z6Mk", "z0", "did:key:z6Mk", "z6Mké", "\ud800", "z" * 5000]
)
def test_what_is_no_multikey_is_refused(text: str) -> None:
    with pytest.raises(InvalidKeyError):
        PublicKey.from_multikey(text)
    with pytest.raises(InvalidKeyError):
        SigningKey.from_multikey(text)


@each_kind
def test_a_multikey_is_base58(kind: KeyType) -> None:
    key = KEYS[kind].public_key
    with pytest.raises(InvalidKeyError):
        PublicKey.from_multikey(multibase_encode(multibase_decode(key.multikey), "u"))
    with pytest.raises(InvalidKeyError):
        PublicKey.from_multikey(key.multikey[1:])


def test_a_multikey_prefix_in_a_longer_form_is_refused() -> None:
    data = multibase_decode(KEYS["Ed25519"].public_key.multikey)[2:]
    with pytest.raises(InvalidKeyError):
        PublicKey.from_multikey(multibase_encode(bytes.fromhex("ed8100") + data))


@each_curve
def test_a_point_has_one_form_in_a_multikey(kind: KeyType) -> None:
    public = cast(ec.EllipticCurvePublicKey, pyca(KEYS[kind]).public_key())
    full = public.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    x = full[1 : 1 + SIZES[kind]]
    hybrid = bytes([6 + full[-1] % 2]) + full[1:]
    for point in (full, hybrid, b"\0", b"\4" + x, b"\6" + x, b"\0" + x, b"\5" + x):
        with pytest.raises(InvalidKeyError):
            PublicKey.from_multikey(multikey(PREFIXES[kind], point))


def test_a_coordinate_beyond_its_field_is_refused() -> None:
    # x = 5 is on the curve, and so would x = p + 5 be; a key must not have two names.
    assert PublicKey.from_multikey(multikey(0x1200, b"\2" + (5).to_bytes(32))).type == "P-256"
    with pytest.raises(InvalidKeyError):
        PublicKey.from_multikey(multikey(0x1200, b"\2" + (P256_P + 5).to_bytes(32)))


def test_an_rsa_multikey_is_pkcs1_in_der() -> None:
    public = cast(rsa.RSAPublicKey, pyca(KEYS["RSA"]).public_key())
    info = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    der = multibase_decode(KEYS["RSA"].public_key.multikey)[2:]
    assert der == public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1)
    point = cast(ec.EllipticCurvePublicKey, pyca(KEYS["P-256"]).public_key())
    foreign = point.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    # The same length in BER's longer form.
    longer = der[:1] + b"\x83\0" + der[2:]
    for data in (info, foreign, longer, der + b"\0", KEYS["RSA"].public_key.to_pem()):
        with pytest.raises(InvalidKeyError):
            PublicKey.from_multikey(multikey(0x1205, data))


# DIDs that are keys


FIXED = SigningKey.from_seed(bytes(range(32)))


def did_jwk(text: str | bytes) -> str:
    data = text.encode() if isinstance(text, str) else text
    return f"did:jwk:{base64url_encode(data)}"


def test_the_did_jwk_of_its_specification_is_read() -> None:
    did = (
        "did:jwk:eyJjcnYiOiJQLTI1NiIsImt0eSI6IkVDIiwieCI6ImFjYklRaXVNczNpOF91c3pFakoydHBUdFJNNEVVM3l6OTFQSDZDZEgyVjAiLC"
        "J5IjoiX0tjeUxqOXZXTXB0bm1LdG00NkdxRHo4d2Y3NEk1TEtncmwyR3pIM25TRSJ9"
    )
    x, y = "acbIQiuMs3i8_uszEjJ2tpTtRM4EU3yz91PH6CdH2V0", "_KcyLj9vWMptnmKtm46GqDz8wf74I5LKgrl2GzH3nSE"
    assert PublicKey.from_did(did).to_jwk() == {"kty": "EC", "crv": "P-256", "x": x, "y": y}


@each_kind
def test_a_did_that_is_a_key_is_read(kind: KeyType) -> None:
    key = KEYS[kind].public_key
    assert PublicKey.from_did(key.did) == key
    assert PublicKey.from_did(did_jwk(json.dumps(key.to_jwk()))) == key
    assert PublicKey.from_did(did_jwk(json.dumps({"use": "sig", **key.to_jwk()}, indent=1))) == key


@pytest.mark.parametrize(
    "did",
    [
        *("", "did:", "did:key", "did:key:", "did:key:z6Mk", "did:jwk", "did:jwk:", "did:jwk:e30=", "did:jwk:é"),
        *("did:web:example.edu", f"DID{FIXED.did[3:]}", FIXED.public_key.multikey),
        *(FIXED.verification_method, f"{FIXED.did}?a=b", f"x{FIXED.did}"),
        *(did_jwk(text) for text in ("", "{", "[]", "{}", "17", b"\xff", '{"kty":"OKP","kty":"OKP"}')),
        did_jwk(json.dumps(FIXED.to_jwk())),
        did_jwk(json.dumps(FIXED.public_key.to_jwk())) + "#0",
    ],
)
def test_what_is_no_did_of_a_key_is_refused(did: str) -> None:
    with pytest.raises(InvalidKeyError):
        PublicKey.from_did(did)


# Weak and foreign keys


def small_order_points() -> Iterator[bytes]:
    """Every encoding of the eight points of small order, and every encoding that is not canonical."""
    order_8 = [
        int.from_bytes(bytes.fromhex(text), "little")
        for text in (
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        )
    ]
    for y in (0, 1, ED25519_P - 1, *order_8, *range(ED25519_P, 2**255)):
        for sign in (0, 2**255):
            yield (y + sign).to_bytes(32, "little")


@pytest.mark.parametrize("point", list(small_order_points()), ids=bytes.hex)
def test_an_ed25519_key_of_small_order_or_not_canonical_is_refused(point: bytes) -> None:
    loaded = ed25519.Ed25519PublicKey.from_public_bytes(point)
    pem = loaded.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(InvalidKeyError):
        PublicKey(loaded)
    with pytest.raises(InvalidKeyError):
        PublicKey.from_multikey(multikey(0xED, point))
    with pytest.raises(InvalidKeyError):
        PublicKey.from_jwk({"kty": "OKP", "crv": "Ed25519", "x": base64url_encode(point)})
    with pytest.raises(InvalidKeyError):
        PublicKey.from_pem(pem)


def test_an_ed25519_key_that_is_no_point_verifies_nothing() -> None:
    # No x belongs to y = 2.
    try:
        key = PublicKey.from_multikey(multikey(0xED, (2).to_bytes(32, "little")))
    except InvalidKeyError:
        return
    assert not key.verifies(bytes(64), DATA)
    assert not key.verifies((1).to_bytes(32, "little") + bytes(32), DATA)


@pytest.mark.parametrize(("bits", "exponent"), [(1024, 65537), (2047, 65537), (8193, 65537), (2048, 2**32 + 1)])
def test_an_rsa_key_of_unusual_size_is_refused(bits: int, exponent: int) -> None:
    number = (1 << bits) - 1
    loaded = rsa.RSAPublicNumbers(exponent, number).public_key()
    pem = loaded.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    der = loaded.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1)
    n = base64url_encode(number.to_bytes((bits + 7) // 8))
    e = base64url_encode(exponent.to_bytes((exponent.bit_length() + 7) // 8))
    with pytest.raises(InvalidKeyError):
        PublicKey(loaded)
    with pytest.raises(InvalidKeyError):
        PublicKey.from_pem(pem)
    with pytest.raises(InvalidKeyError):
        PublicKey.from_multikey(multikey(0x1205, der))
    with pytest.raises(InvalidKeyError):
        PublicKey.from_jwk({"kty": "RSA", "n": n, "e": e})


def test_a_small_rsa_private_key_is_refused() -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    with pytest.raises(InvalidKeyError):
        SigningKey(key)
    with pytest.raises(InvalidKeyError):
        SigningKey.from_pem(pem)


@pytest.mark.parametrize(
    "generate",
    [
        lambda: ec.generate_private_key(ec.SECP256K1()),
        lambda: ec.generate_private_key(ec.BrainpoolP256R1()),
        x25519.X25519PrivateKey.generate,
        x448.X448PrivateKey.generate,
        ed448.Ed448PrivateKey.generate,
        lambda: dsa.generate_private_key(1024),
    ],
    ids=["secp256k1", "brainpool", "X25519", "X448", "Ed448", "DSA"],
)
def test_keys_of_other_kinds_are_refused(generate: Callable[[], ec.EllipticCurvePrivateKey]) -> None:
    key = generate()
    public = key.public_key()
    with pytest.raises(InvalidKeyError):
        SigningKey(key)
    with pytest.raises(InvalidKeyError):
        PublicKey(public)
    with pytest.raises(InvalidKeyError):
        SigningKey.from_pem(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
    with pytest.raises(InvalidKeyError):
        PublicKey.from_pem(
            public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        )


@pytest.mark.parametrize("value", [None, b"", "", 1, object(), KEYS["Ed25519"], KEYS["Ed25519"].public_key], ids=repr)
def test_what_is_no_key_is_refused(value: object) -> None:
    with pytest.raises(InvalidKeyError):
        PublicKey(value)
    with pytest.raises(InvalidKeyError):
        SigningKey(value)


def test_a_key_of_the_other_half_is_refused() -> None:
    private = pyca(KEYS["Ed25519"])
    with pytest.raises(InvalidKeyError):
        PublicKey(private)
    with pytest.raises(InvalidKeyError):
        SigningKey(private.public_key())


def test_only_kinds_that_we_know_are_made() -> None:
    for kind in ("ed25519", "", "secp256k1"):
        assert refuses(SigningKey.generate, kind)


# Signatures


@each_kind
def test_a_key_satisfies_the_protocol_of_a_signer(kind: KeyType) -> None:
    signer: Signer = KEYS[kind]
    assert signer.public_key.type == KEYS[kind].type == kind
    assert signer.public_key.algorithm == ALGORITHMS[kind]
    assert signer.public_key.verifies(signer.sign(DATA), DATA)
    assert not signer.public_key.verifies(signer.sign(DATA), DATA + b".")
    assert not SigningKey.generate(kind).public_key.verifies(signer.sign(DATA), DATA)


@each_kind
def test_our_signatures_verify_with_cryptography(kind: KeyType) -> None:
    public, signature = pyca(KEYS[kind]).public_key(), KEYS[kind].sign(DATA)
    if isinstance(public, ed25519.Ed25519PublicKey):
        assert len(signature) == 64
        public.verify(signature, DATA)
    elif isinstance(public, ec.EllipticCurvePublicKey):
        size = SIZES[kind]
        assert len(signature) == 2 * size
        r, s = int.from_bytes(signature[:size]), int.from_bytes(signature[size:])
        public.verify(encode_dss_signature(r, s), DATA, ec.ECDSA(HASHES[kind]))
    else:
        public.verify(signature, DATA, padding.PKCS1v15(), hashes.SHA256())


@each_kind
def test_our_signatures_verify_with_jwcrypto(kind: KeyType) -> None:
    header = base64url_encode(json.dumps({"alg": ALGORITHMS[kind]}).encode())
    signing_input = f"{header}.{base64url_encode(DATA)}"
    token = f"{signing_input}.{base64url_encode(KEYS[kind].sign(signing_input.encode()))}"
    theirs = JWS()
    theirs.deserialize(token)
    theirs.verify(JWK(**KEYS[kind].public_key.to_jwk()))
    assert theirs.payload == DATA


@each_kind
def test_signatures_of_jwcrypto_verify_with_ours(kind: KeyType) -> None:
    theirs = JWS(DATA)
    theirs.add_signature(JWK(**KEYS[kind].to_jwk()), None, json.dumps({"alg": ALGORITHMS[kind]}))
    signing_input, _, signature = theirs.serialize(compact=True).rpartition(".")
    assert KEYS[kind].public_key.verifies(base64url_decode(signature), signing_input.encode())


@each_kind
def test_a_changed_signature_is_wrong(kind: KeyType) -> None:
    signature = KEYS[kind].sign(DATA)
    for position in range(len(signature)):
        changed = bytearray(signature)
        changed[position] ^= 1 << position % 8
        assert not KEYS[kind].public_key.verifies(bytes(changed), DATA)


@each_kind
def test_a_signature_of_another_length_is_wrong(kind: KeyType) -> None:
    public, signature = KEYS[kind].public_key, KEYS[kind].sign(DATA)
    wrong = [
        b"",
        signature[:1],
        signature[:-1],
        signature[1:],
        signature + b"\0",
        b"\0" + signature,
        signature * 2,
        signature[: len(signature) // 2],
        bytes(len(signature)),
        b"\xff" * len(signature),
        b"\xff" * 100_000,
    ]
    assert [public.verifies(each, DATA) for each in wrong] == [False] * len(wrong)


@given(st.sampled_from(KINDS), st.binary(max_size=600))
def test_whatever_the_signature_verifying_never_raises(kind: KeyType, signature: bytes) -> None:
    assert KEYS[kind].public_key.verifies(signature, DATA) is False


@settings(max_examples=30)
@given(st.sampled_from(KINDS), st.binary(max_size=2000))
def test_whatever_the_data_its_signature_verifies(kind: KeyType, data: bytes) -> None:
    assert KEYS[kind].public_key.verifies(KEYS[kind].sign(data), data) is True


@each_curve
def test_ecdsa_in_der_is_wrong(kind: KeyType) -> None:
    private = cast(ec.EllipticCurvePrivateKey, pyca(KEYS[kind]))
    der = private.sign(DATA, ec.ECDSA(HASHES[kind]))
    assert not KEYS[kind].public_key.verifies(der, DATA)
    r, s = decode_dss_signature(der)
    assert KEYS[kind].public_key.verifies(r.to_bytes(SIZES[kind]) + s.to_bytes(SIZES[kind]), DATA)


@each_curve
def test_ecdsa_with_numbers_out_of_range_is_wrong(kind: KeyType) -> None:
    size, order, public = SIZES[kind], ORDERS[kind], KEYS[kind].public_key
    signature = KEYS[kind].sign(DATA)
    r, s = int.from_bytes(signature[:size]), int.from_bytes(signature[size:])
    beyond = [0, order, order + 1, 2 ** (8 * size) - 1]
    pairs = [(r, each) for each in beyond] + [(each, s) for each in beyond] + [(a, b) for a in beyond for b in beyond]
    for first, second in pairs:
        assert not public.verifies(first.to_bytes(size) + second.to_bytes(size), DATA)


@each_curve
def test_ecdsa_with_the_other_s_is_right_as_with_other_verifiers(kind: KeyType) -> None:
    # FIPS 186-5 has no rule of the lower s.
    size, signature = SIZES[kind], KEYS[kind].sign(DATA)
    other = ORDERS[kind] - int.from_bytes(signature[size:])
    assert KEYS[kind].public_key.verifies(signature[:size] + other.to_bytes(size), DATA)


def test_ecdsa_uses_the_hash_of_its_curve() -> None:
    others: dict[KeyType, hashes.HashAlgorithm] = {
        "P-256": hashes.SHA384(),
        "P-384": hashes.SHA256(),
        "P-521": hashes.SHA256(),
    }
    for kind, algorithm in others.items():
        private = cast(ec.EllipticCurvePrivateKey, pyca(KEYS[kind]))
        r, s = decode_dss_signature(private.sign(DATA, ec.ECDSA(algorithm)))
        assert not KEYS[kind].public_key.verifies(r.to_bytes(SIZES[kind]) + s.to_bytes(SIZES[kind]), DATA)


def test_an_ed25519_signature_has_one_form() -> None:
    # RFC 8032 §5.1.7: S is below L; the same with L, 2 L … added would verify otherwise.
    signature, public = KEYS["Ed25519"].sign(DATA), KEYS["Ed25519"].public_key
    s = int.from_bytes(signature[32:], "little")
    for multiple in range(1, 16):
        if s + multiple * ED25519_L < 2**256:
            wrong = signature[:32] + (s + multiple * ED25519_L).to_bytes(32, "little")
            assert not public.verifies(wrong, DATA)
    assert not public.verifies((1).to_bytes(32, "little") + bytes(32), DATA)


def test_rsa_with_another_padding_or_hash_is_wrong() -> None:
    private = cast(rsa.RSAPrivateKey, pyca(KEYS["RSA"]))
    public = KEYS["RSA"].public_key
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
    assert not public.verifies(private.sign(DATA, pss, hashes.SHA256()), DATA)
    assert not public.verifies(private.sign(DATA, padding.PKCS1v15(), hashes.SHA384()), DATA)
    assert not public.verifies(private.sign(DATA, padding.PKCS1v15(), hashes.SHA512()), DATA)


# Equality


@each_kind
def test_public_keys_are_equal_by_value_and_hashable(kind: KeyType) -> None:
    key = KEYS[kind].public_key
    same = PublicKey.from_jwk(key.to_jwk())
    assert key == same
    assert hash(key) == hash(same)
    assert len({key, same, SigningKey.generate(kind).public_key}) == 2
    assert key != key.multikey
    assert key != KEYS[kind]


# Secrets stay secret


def spellings(key: SigningKey) -> set[str]:
    """Every text that would give the secret away, in lower case: whole, or a good part of it."""
    jwk, pem = key.to_jwk(), key.to_pem(None).decode()
    texts = {"".join(pem.split("\n")[1:-2]), *pem.split("\n")[1:-2]}
    for name in set(jwk) - set(public_members(jwk)):
        data = base64url_decode(str(jwk[name]))
        number = int.from_bytes(data)
        texts |= {str(jwk[name]), data.hex(), base64.b64encode(data).decode().rstrip("="), str(number), f"{number:x}"}
        texts |= {repr(data)[2:-1], str(list(data))[1:-1]}
    if key.type != "RSA":
        texts |= {key.to_multikey(), multibase_encode(secret_number(key)), multibase_encode(secret_number(key), "u")}
    # The first line of a PEM is mostly its header, and that of an RSA key holds the modulus.
    public = base64.b64encode(base64.b64decode("".join(key.public_key.to_pem().decode().split("\n")[1:-2]))).decode()
    return {text.lower() for text in texts if len(text) > 20 and text not in public and not text.startswith("MII")}


def assert_no_secret(key: SigningKey, text: str) -> None:
    folded = text.lower()
    assert [each for each in spellings(key) if each in folded or each[8:-8] in folded] == []


def everything_of(error: BaseException) -> str:
    """What a log would show of an error: its text, its arguments, and those of what led to it."""
    parts = ["".join(traceback.format_exception(error))]
    current: BaseException | None = error
    while current is not None:
        parts += [str(current), repr(current), repr(current.args), repr(getattr(current, "__notes__", None))]
        current = None if current.__suppress_context__ else current.__context__
    return "\n".join(parts)


def broken_inputs(key: SigningKey) -> Iterator[Callable[[], object]]:
    """Calls that must fail while they hold the secret."""
    jwk, pem, locked = key.to_jwk(), key.to_pem(None), key.to_pem("password")
    # As when somebody composes a JWK by hand, and mixes its members up.
    for name in jwk:
        for value in (str(jwk["d"]), f"{jwk['d']}!", f"{jwk['d']}é", str(jwk["d"])[:-4]):
            yield partial(SigningKey.from_jwk, {**jwk, name: value})
        yield partial(SigningKey.from_jwk, {n: v for n, v in jwk.items() if n != name})
        yield partial(SigningKey.from_jwk, {**jwk, name: [jwk["d"]]})
    yield lambda: PublicKey.from_jwk(jwk)
    yield lambda: PublicKey.from_jwk({**jwk, "kty": str(jwk["d"])})
    yield lambda: PublicKey.from_pem(pem)
    yield lambda: SigningKey.from_pem(pem[:-60])
    yield lambda: SigningKey.from_pem(pem.replace(b"PRIVATE", b"SECRET"))
    yield lambda: SigningKey.from_pem(pem, "password")
    yield lambda: SigningKey.from_pem(locked)
    yield lambda: SigningKey.from_pem(locked, str(jwk["d"]))
    yield lambda: PublicKey(pem)
    yield lambda: SigningKey(pem.decode())
    yield lambda: SigningKey.from_seed(secret_number(key) + b"\0")
    if key.type != "RSA":
        secret = key.to_multikey()
        yield lambda: PublicKey.from_multikey(secret)
        for text in (secret[:-1], secret + "z", secret + "0", secret[1:], f" {secret}", f"{secret}\n"):
            yield partial(SigningKey.from_multikey, text)


@each_kind
def test_no_representation_shows_a_secret(kind: KeyType) -> None:
    key = KEYS[kind]
    assert spellings(key)
    for each in (key, key.portable(), key.public_key):
        assert_no_secret(key, f"{each!r} {each!s} {each} {[each]} {each!a}")
        assert not hasattr(each, "__dict__")


@each_kind
def test_no_error_shows_a_secret(kind: KeyType) -> None:
    key = KEYS[kind]
    for call in broken_inputs(key):
        try:
            call()
        except InvalidKeyError as error:
            shown = everything_of(error)
        else:
            # What is read in spite of the change is judged by the tests above.
            continue
        assert_no_secret(key, shown)


@each_kind
def test_a_key_does_not_leave_its_process_unless_it_is_portable(kind: KeyType) -> None:
    key = KEYS[kind]
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(TypeError) as caught:
            pickle.dumps(key, protocol)
        assert_no_secret(key, everything_of(caught.value))
    with pytest.raises(TypeError):
        pickle.dumps({"key": [key]})
    with pytest.raises(TypeError):
        copy.deepcopy(key)


@each_kind
def test_a_portable_key_is_pickled_and_stays_portable(kind: KeyType) -> None:
    key = KEYS[kind]
    for protocol in (0, pickle.HIGHEST_PROTOCOL):
        there = pickle.loads(pickle.dumps(key.portable(), protocol))
        assert isinstance(there, SigningKey)
        back = pickle.loads(pickle.dumps(there, protocol))
        assert back.public_key == key.public_key
        assert key.public_key.verifies(back.sign(DATA), DATA)
    # The copy is portable, the key itself is not.
    with pytest.raises(TypeError):
        pickle.dumps(key)


@each_kind
def test_a_public_key_is_pickled(kind: KeyType) -> None:
    key = KEYS[kind].public_key
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(key, protocol)) == key
    assert copy.deepcopy(key) == key


# libsodium, which the extra ``fast`` brings, changes no answer


def without_libsodium(key: PublicKey, signature: bytes, data: bytes) -> bool:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("microcred.keys.sodium_verifies", lambda *_: False)
        return key.verifies(signature, data)


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=80), st.integers(0, 511), st.booleans())
def test_libsodium_says_what_openssl_says(seed: bytes, data: bytes, bit: int, spoilt: bool) -> None:
    key = SigningKey.from_seed(seed)
    number = int.from_bytes(key.sign(data)) ^ (1 << bit if spoilt else 0)
    signature = number.to_bytes(64)
    verdict = key.public_key.verifies(signature, data)
    assert verdict == without_libsodium(key.public_key, signature, data)
    assert verdict is not spoilt


def test_a_signature_that_libsodium_alone_refuses_is_judged_by_openssl() -> None:
    # R is the neutral element, which has a small order: only who has the secret can make such a signature.
    seed, data = bytes(range(32)), b"data"
    key = SigningKey.from_seed(seed).public_key
    secret = int.from_bytes(hashlib.sha512(seed).digest()[:32], "little")
    secret = (secret & ~7 & ~(1 << 255)) | (1 << 254)
    order = 2**252 + 27742317777372353535851937790883648493
    point, public = (1).to_bytes(32, "little"), multibase_decode(key.multikey)[2:]
    challenge = int.from_bytes(hashlib.sha512(point + public + data).digest(), "little") % order
    signature = point + (challenge * secret % order).to_bytes(32, "little")
    assert key.verifies(signature, data) == without_libsodium(key, signature, data)


@pytest.mark.parametrize("kind", ["P-256", "P-384", "P-521"])
def test_ecdsa_signs_the_same_in_the_same_way(kind: KeyType) -> None:
    key = KEYS[kind]
    assert key.sign(DATA) == key.sign(DATA) != key.sign(DATA + b"!")


def test_ecdsa_takes_chance_where_openssl_is_too_old(monkeypatch: pytest.MonkeyPatch) -> None:
    made = ec.ECDSA

    def old(algorithm: hashes.HashAlgorithm, *, deterministic_signing: bool = False) -> ec.ECDSA:
        if deterministic_signing:
            raise UnsupportedAlgorithm("OpenSSL 3.1")
        return made(algorithm)

    monkeypatch.setattr("microcred.key_material.ec.ECDSA", old)
    assert not key_material.ecdsa.__wrapped__("P-256").deterministic_signing


# BLS12-381, for BBS signatures only


BLS_PUBLIC = (
    "zUC7DerdEmfZ8f4pFajXgGwJoMkV1ofMTmEG5UoNvnWiPiLuGKNeqgRpLH2TV4Xe5mJ2cXV76gRN7LFQwapF1VFu6x2yrr5ci1mXqC1WNUrnHnLg"
    "vfZfMH7h6xP6qsf9EKRQrPQ"
)


@pytest.fixture
def bls_key() -> SigningKey:
    pytest.importorskip("py_arkworks_bls12381", reason="needs the extra bbs")
    return SigningKey.from_multikey(multikey(0x130A, bytes(31) + b"\7"))


def test_a_public_bls_key_is_read_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "py_arkworks_bls12381", None)
    for key in (PublicKey.from_multikey(BLS_PUBLIC), PublicKey.from_did(f"did:key:{BLS_PUBLIC}")):
        assert key.type == "BLS12-381"
        assert key.multikey == BLS_PUBLIC
        assert key.did == f"did:key:{BLS_PUBLIC}"
        assert key == pickle.loads(pickle.dumps(key))
        assert hash(key) == hash(PublicKey.from_multikey(BLS_PUBLIC))
    with pytest.raises(InvalidKeyError, match=r"microcred\[bbs\]"):
        SigningKey.generate("BLS12-381")


def test_bls_keys_are_those_of_others(shared: Path) -> None:
    pytest.importorskip("py_arkworks_bls12381", reason="needs the extra bbs")
    vector = as_object(load_json(shared / "vectors/vc-api/keys.json")["BLS12-381"])
    key = SigningKey.from_multikey(str(vector["secretKeyMultibase"]))
    assert key.type == key.public_key.type == "BLS12-381"
    assert key.to_multikey() == vector["secretKeyMultibase"]
    assert key.public_key.multikey == vector["publicKeyMultibase"]
    assert (key.did, key.verification_method) == (vector["did"], vector["verificationMethod"])
    material = load_json(shared / "vectors/w3c-vc-di-bbs/BBSKeyMaterial.json")
    key = SigningKey.from_multikey(multikey(0x130A, bytes.fromhex(str(material["privateKeyHex"]))))
    assert key.public_key.multikey == multikey(0xEB, bytes.fromhex(str(material["publicKeyHex"])))
    assert key.public_key.multikey == BLS_PUBLIC


def test_new_bls_keys_differ_and_come_back() -> None:
    pytest.importorskip("py_arkworks_bls12381", reason="needs the extra bbs")
    first, second = SigningKey.generate("BLS12-381"), SigningKey.generate("BLS12-381")
    assert first.public_key != second.public_key
    assert SigningKey.from_multikey(first.to_multikey()).public_key == first.public_key
    assert first.public_key.multikey.startswith("zUC7")


def test_what_bls_keys_have_no_form_or_use_for_is_refused(bls_key: SigningKey) -> None:
    public = bls_key.public_key
    refused: list[Callable[[], object]] = [
        lambda: bls_key.sign(DATA),
        lambda: public.verifies(bytes(80), DATA),
        lambda: public.algorithm,
        bls_key.to_jwk,
        public.to_jwk,
        lambda: bls_key.to_pem(None),
        lambda: bls_key.to_pem("password"),
        public.to_pem,
    ]
    for call in refused:
        with pytest.raises(InvalidKeyError, match="BLS12-381"):
            call()


def test_a_bls_key_leaves_its_process_only_when_told(bls_key: SigningKey) -> None:
    with pytest.raises(TypeError):
        pickle.dumps(bls_key)
    there = pickle.loads(pickle.dumps(bls_key.portable()))
    assert pickle.loads(pickle.dumps(there)).public_key == bls_key.public_key
    with pytest.raises(TypeError):
        pickle.dumps(bls_key)


def test_no_representation_shows_a_bls_secret(bls_key: SigningKey) -> None:
    for text in (repr(bls_key), str(bls_key), repr(bls_key._key), str(bls_key._key), repr(vars(type(bls_key._key)))):
        assert bls_key.to_multikey() not in text
        assert "secret=" not in text


@pytest.mark.parametrize(
    "secret", [bytes(32), key_material.BLS_ORDER.to_bytes(32), b"\xff" * 32, bytes(31), bytes(33), b""]
)
def test_a_bls_secret_out_of_range_is_refused(secret: bytes) -> None:
    with pytest.raises(InvalidKeyError):
        SigningKey.from_multikey(multikey(0x130A, secret))


@pytest.mark.parametrize(
    "data", [b"", bytes(96), b"\x80" + bytes(94), b"\x80" + bytes(96), b"\xc0" + bytes(95), b"\x40" + bytes(95)]
)
def test_bytes_that_cannot_be_a_bls_key_are_refused(data: bytes) -> None:
    with pytest.raises(InvalidKeyError):
        PublicKey.from_multikey(multikey(0xEB, data))


def test_the_other_bls_multikeys_are_refused() -> None:
    # On G1, on both, and the shares.
    for code in (0xEA, 0xEE, 0x1309, 0x130B, 0x130C, 0x130D):
        for data in (b"\x80" + bytes(95), b"\x80" + bytes(47), bytes(31) + b"\7"):
            with pytest.raises(InvalidKeyError):
                PublicKey.from_multikey(multikey(code, data))
            with pytest.raises(InvalidKeyError):
                SigningKey.from_multikey(multikey(code, data))
