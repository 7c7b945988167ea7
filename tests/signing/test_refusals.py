"""Signatures and keys that careless verifiers have taken: each is refused in each form, by a code."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import cast

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

import microcred as mc
from microcred.encoding import base64url_decode, base64url_encode, multibase_decode, multibase_encode
from microcred.json import JSONObject, dumps
from microcred.key_material import KINDS
from microcred.keys import KeyType
from microcred.signing import (
    decode_cose,
    decode_jwt,
    encode_cose,
    encode_jwt,
    hash_data,
    verify_envelope,
    verify_proof,
)
from microcred.signing._cbor import Reader, write
from tests.make import AT, KEY, OTHER, badge
from tests.test_keys import ED25519_L, ED25519_P, KEYS, ORDERS, P256_P, SIZES, multikey, pyca
from tests.verify.test_verifier import METHOD, check_with, did_document, method

ANYONE = mc.Verifier(trusted_issuers=mc.ANY_ISSUER)


def rsa_key(exponent: int = 65537) -> mc.SigningKey:
    return mc.SigningKey(rsa.generate_private_key(public_exponent=exponent, key_size=2048))


# With an exponent of 3, numbers can be found without the private key whose cube begins as one likes.
CUBE = "RSA with the exponent 3"
KINDS_HERE: tuple[KeyType, ...] = ("Ed25519", "P-256", "P-384", "P-521", "RSA")
SIGNERS: dict[str, mc.SigningKey] = {kind: KEYS[kind] for kind in KINDS_HERE}
SIGNERS |= {"RSA": rsa_key(), CUBE: rsa_key(3)}
STRANGERS: dict[str, mc.SigningKey] = {kind: mc.SigningKey.generate(kind) for kind in SIZES}
STRANGERS |= {"RSA": rsa_key(), "Ed25519": OTHER}
# RFC 8017 §9.2, note 1: what stands before a hash by SHA-256.
DIGEST_INFO = bytes.fromhex("3031300d060960864801650304020105000420")


# Signatures

Wrong = dict[str, bytes]


def wrong_for_any_key(key: mc.SigningKey, data: bytes) -> Wrong:
    signature = key.sign(data)
    others = {f"that of a {kind} key": other.sign(data) for kind, other in STRANGERS.items() if kind != key.type}
    return {
        "one byte": signature[:1],
        "the last byte gone": signature[:-1],
        "the first byte gone": signature[1:],
        "a byte behind": signature + b"\0",
        "a byte in front": b"\0" + signature,
        "twice": signature * 2,
        "zeros": bytes(len(signature)),
        "ones": b"\xff" * len(signature),
        "one": (1).to_bytes(len(signature)),
        "another message's": key.sign(data + b" "),
        "its hash's": key.sign(hashlib.sha256(data).digest()),
        "another key's": STRANGERS[key.type].sign(data),
        "its text": base64url_encode(signature).encode(),
        "the other byte order": signature[::-1],
        **others,
    }


def wrong_ed25519(key: mc.SigningKey, data: bytes) -> Wrong:
    """RFC 8032 §5.1.7: S is below L, and R in its only form."""
    signature, public = key.sign(data), multibase_decode(key.public_key.multikey)[2:]
    point, s = signature[:32], int.from_bytes(signature[32:], "little")
    secret = int.from_bytes(hashlib.sha512(base64url_decode(str(key.to_jwk()["d"]))).digest()[:32], "little")
    secret = secret & (2**254 - 8) | 2**254

    def with_neutral(neutral: bytes) -> bytes:
        challenge = int.from_bytes(hashlib.sha512(neutral + public + data).digest(), "little") % ED25519_L
        return neutral + (challenge * secret % ED25519_L).to_bytes(32, "little")

    return {
        "S + L": point + (s + ED25519_L).to_bytes(32, "little"),
        "S + 8 L": point + (s + 8 * ED25519_L).to_bytes(32, "little"),
        "-S": point + (ED25519_L - s).to_bytes(32, "little"),
        "no S": point + bytes(32),
        "no R": bytes(32) + signature[32:],
        "-R": point[:31] + bytes([point[31] ^ 0x80]) + signature[32:],
        "R is the key": public + signature[32:],
        "R and S exchanged": signature[32:] + point,
        # The neutral element, with a number beyond the field, and with a sign that it cannot have.
        "R beyond the field": with_neutral((ED25519_P + 1).to_bytes(32, "little")),
        "R with the sign of zero": with_neutral((1 | 1 << 255).to_bytes(32, "little")),
        "R beyond the field, with that sign": with_neutral((ED25519_P + 1 | 1 << 255).to_bytes(32, "little")),
    }


def wrong_ecdsa(key: mc.SigningKey, data: bytes) -> Wrong:
    """FIPS 186-5 §6.4.2: r and s are from 1 to n - 1, and of fixed length here (RFC 7518 §3.4)."""
    size, n, signature = SIZES[key.type], ORDERS[key.type], key.sign(data)
    r, s = int.from_bytes(signature[:size]), int.from_bytes(signature[size:])
    top = 2 ** (8 * size)
    known = {"0": 0, "1": 1, "n": n, "n - 1": n - 1}
    numbers = {
        **{f"r is {name}": (value, s) for name, value in known.items()},
        **{f"s is {name}": (r, value) for name, value in known.items()},
        **{f"both are {name}": (value, value) for name, value in known.items()},
        "0 and n": (0, n),
        "n and 0": (n, 0),
        "-r": (n - r, s),
        "r below zero": (top - r, s),
        "s below zero": (r, top - s),
        "exchanged": (s, r),
        "r and r": (r, r),
        "r + 1": (r + 1, s),
        "s + 1": (r, s + 1),
        "r + n": (r + n, s),
        "s + n": (r, s + n),
    }
    numbers = {name: pair for name, pair in numbers.items() if max(pair) < top}
    private = cast("ec.EllipticCurvePrivateKey", pyca(key))
    algorithm = hashes.SHA256() if key.type != "P-256" else hashes.SHA512()
    other = decode_dss_signature(private.sign(data, ec.ECDSA(algorithm)))
    return {
        **{name: first.to_bytes(size) + second.to_bytes(size) for name, (first, second) in numbers.items()},
        "DER": encode_dss_signature(r, s),
        "with another hash": b"".join(number.to_bytes(size) for number in other),
        "longer numbers": r.to_bytes(size + 1) + s.to_bytes(size + 1),
        "little endian": r.to_bytes(size, "little") + s.to_bytes(size, "little"),
    }


def wrong_rsa(key: mc.SigningKey, data: bytes) -> Wrong:
    """RFC 8017 §8.2.2: what was padded is compared whole, so that there is one form only."""
    private = cast("rsa.RSAPrivateKey", pyca(key))
    n, size = private.public_key().public_numbers().n, private.key_size // 8
    digest, signature = hashlib.sha256(data).digest(), key.sign(data)

    def padded(
        info: bytes, *, kind: int = 1, fill: bytes = b"\xff", fills: int | None = None, end: bytes = b""
    ) -> bytes:
        length = size - 3 - len(info) - len(end) if fills is None else fills
        front = bytes([0, kind]) + (fill * length)[:length] + b"\0" + info + end
        return front + bytes(size - len(front))

    numbers = private.private_numbers()

    def raw(block: bytes) -> bytes:
        # RFC 8017 §5.1.2, by the two primes.
        first, second = (
            pow(int.from_bytes(block), exponent, prime)
            for exponent, prime in ((numbers.dmp1, numbers.p), (numbers.dmq1, numbers.q))
        )
        return (second + numbers.q * ((first - second) * numbers.iqmp % numbers.p)).to_bytes(size)

    assert raw(padded(DIGEST_INFO + digest)) == signature
    without_null = bytes.fromhex("302f300b06096086480165030402010420")
    long_form = bytes.fromhex("308131300d060960864801650304020105000420")
    other_hashes = {
        "SHA-512's": bytes.fromhex("3051300d060960864801650304020305000440") + hashlib.sha512(data).digest(),
        "SHA-512's, over SHA-256": bytes.fromhex("3031300d060960864801650304020305000420") + digest,
        "SHA-1's": bytes.fromhex("3021300906052b0e03021a05000414") + hashlib.sha1(data).digest(),
        "MD5's": bytes.fromhex("3020300c06082a864886f70d020505000410") + hashlib.md5(data).digest(),
    }
    mgf = padding.MGF1(hashes.SHA256())
    return {
        **{name: raw(padded(info)) for name, info in other_hashes.items()},
        "no name of a hash": raw(padded(digest)),
        "without NULL": raw(padded(without_null + digest)),
        "another length of the hash": raw(padded(DIGEST_INFO[:-1] + b"\x1f" + digest[:-1])),
        "a longer form of a length": raw(padded(long_form + digest)),
        "an octet string more": raw(padded(DIGEST_INFO + digest + b"\x04\x00")),
        "garbage behind": raw(padded(DIGEST_INFO + digest, fills=8, end=b"\x5a" * 64)),
        "zeros behind": raw(padded(DIGEST_INFO + digest, fills=8)),
        "no fill": raw(padded(DIGEST_INFO + digest, fills=0)),
        "short fill": raw(padded(DIGEST_INFO + digest, fills=7)),
        "the fill of encryption": raw(padded(DIGEST_INFO + digest, kind=2, fill=b"\x5a")),
        "a fill of zeros": raw(padded(DIGEST_INFO + digest, kind=0, fill=b"\0")),
        "a wrong byte in the fill": raw(padded(DIGEST_INFO + digest, fill=b"\xff" * 9 + b"\xfe")),
        "nothing but the hash": raw(bytes(size - 32) + digest),
        "not padded": padded(DIGEST_INFO + digest),
        "PSS": private.sign(data, padding.PSS(mgf, padding.PSS.DIGEST_LENGTH), hashes.SHA256()),
        "PSS without salt": private.sign(data, padding.PSS(mgf, 0), hashes.SHA256()),
        "n - s": (n - int.from_bytes(signature)).to_bytes(size),
        "s + n, in a byte more": (int.from_bytes(signature) + n).to_bytes(size + 1),
        "n": n.to_bytes(size),
        "n - 1": (n - 1).to_bytes(size),
        **(
            {"s + n": (int.from_bytes(signature) + n).to_bytes(size)}
            if int.from_bytes(signature) + n < 256**size
            else {}
        ),
    }


def cube_root(number: int) -> int:
    """Return the least number whose cube is not below another."""
    low, high = 0, 1 << (number.bit_length() // 3 + 2)
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if middle**3 < number else (low, middle)
    return low


def wrong_cubes(data: bytes) -> Wrong:
    """Signatures that need no private key: verifiers that stop reading at the hash have taken them (Bleichenbacher)."""
    size = 256
    found: Wrong = {}
    for fills in (0, 1, 8):
        front = b"\x00\x01" + b"\xff" * fills + b"\x00" + DIGEST_INFO + hashlib.sha256(data).digest()
        root = cube_root(int.from_bytes(front + bytes(size - len(front))))
        assert (root**3).to_bytes(size).startswith(front)
        found[f"{fills} bytes of fill, and garbage behind the hash"] = root.to_bytes(size)
    # A cube whose end is the hash, with garbage in place of the fill; only odd numbers have such a root.
    bits = 8 * (32 + len(DIGEST_INFO))
    info = int.from_bytes(DIGEST_INFO + hashlib.sha256(data).digest())
    if info % 2:
        found["garbage before the hash"] = pow(info, pow(3, -1, 1 << (bits - 2)), 1 << bits).to_bytes(size)
    return found


def wrong_signatures(kind: str, data: bytes) -> Wrong:
    """Return signatures of data that a key must not verify, by what is wrong."""
    key = SIGNERS[kind]
    make: dict[str, Callable[[mc.SigningKey, bytes], Wrong]] = {"Ed25519": wrong_ed25519, "RSA": wrong_rsa}
    special = make.get(key.type, wrong_ecdsa)(key, data)
    return {**wrong_for_any_key(key, data), **special, **(wrong_cubes(data) if kind == CUBE else {})}


each_key = pytest.mark.parametrize("kind", SIGNERS)


@each_key
def test_a_key_refuses_what_is_no_signature(kind: str) -> None:
    # The last bit of its hash is set, for a cube root.
    data = b"data to be signed"
    key, wrong = SIGNERS[kind], wrong_signatures(kind, data)
    assert key.public_key.verifies(key.sign(data), data)
    assert [name for name, signature in wrong.items() if key.public_key.verifies(signature, data)] == []


@each_key
def test_a_jwt_with_such_a_signature_is_refused(kind: str) -> None:
    key = SIGNERS[kind]
    signed = encode_jwt(badge(key.did), key, kid=key.verification_method).rpartition(".")[0]
    wrong = wrong_signatures(kind, signed.encode())
    good = f"{signed}.{base64url_encode(key.sign(signed.encode()))}"
    verify_envelope(decode_jwt(good), key.public_key)
    assert ANYONE.check(good, at=AT)
    for name, signature in wrong.items():
        token = f"{signed}.{base64url_encode(signature)}"
        with pytest.raises(mc.ProofError) as refusal:
            verify_envelope(decode_jwt(token), key.public_key)
        codes = {refusal.value.code, ANYONE.check(token, at=AT)["proof"].code}
        assert codes == {"PROOF_VERIFICATION_ERROR"}, name


@each_key
def test_a_cose_message_with_such_a_signature_is_refused(kind: str) -> None:
    key = SIGNERS[kind]
    data = encode_cose(badge(key.did), key)
    good = decode_cose(data)
    verify_envelope(good, key.public_key)
    parts = cast("list[bytes]", Reader(data[1:], cose=True).only_value())
    wrong = wrong_signatures(kind, good.signed)
    for signature in [*wrong.values(), b""]:
        with pytest.raises(mc.ProofError) as refusal:
            verify_envelope(decode_cose(write([*parts[:3], signature])), key.public_key)
        assert refusal.value.code == "PROOF_VERIFICATION_ERROR"


@pytest.mark.parametrize("kind", ["Ed25519", "P-256", "P-384"])
def test_a_proof_with_such_a_signature_is_refused(kind: KeyType) -> None:
    signed = mc.sign(badge(KEYS[kind].did), KEYS[kind])
    (proof,) = cast("list[JSONObject]", signed["proof"])
    data = hash_data(signed, proof, "sha384" if kind == "P-384" else "sha256")
    key, wrong = KEYS[kind], wrong_signatures(kind, data)
    assert key.public_key.verifies(multibase_decode(str(proof["proofValue"])), data)
    for signature in [*wrong.values(), b""]:
        forged: JSONObject = {**signed, "proof": {**proof, "proofValue": multibase_encode(signature)}}
        with pytest.raises(mc.ProofError) as refusal:
            verify_proof(forged, key.public_key)
        assert refusal.value.code == "PROOF_VERIFICATION_ERROR"
        assert ANYONE.check(forged, at=AT)["proof"].code == "PROOF_VERIFICATION_ERROR"


# Keys


def wrong_multikeys() -> Iterator[tuple[str, str]]:
    """Public keys that are none, as Multikeys."""
    good = KEY.public_key.multikey
    curves: tuple[KeyType, ...] = ("P-256", "P-384", "P-521")
    yield "a small order", multikey(0xED, (1).to_bytes(32, "little"))
    yield "beyond the field", multikey(0xED, (ED25519_P + 3).to_bytes(32, "little"))
    for kind in curves:
        code, size = KINDS[kind].public_code, SIZES[kind]
        yield f"no point of {kind}", multikey(code, b"\2" + x_without_y(kind))
        yield f"infinity of {kind}", multikey(code, b"\0")
        yield f"zeros for {kind}", multikey(code, bytes(size + 1))
        yield f"ones for {kind}", multikey(code, b"\xff" * (size + 1))
        yield f"a whole point of {kind}", multikey(code, uncompressed(kind))
        for other in curves:
            if other != kind:
                yield f"{other} as {kind}", multikey(code, multibase_decode(KEYS[other].public_key.multikey)[2:])
    yield "beyond the field of P-256", multikey(0x1200, b"\2" + (P256_P + 5).to_bytes(32))
    yield "a foreign character", f"{good[:-1]}0"
    yield "a character more", f"{good}1"
    yield "a zero in front", f"z1{good[1:]}"
    yield "a space in front", f"z {good[1:]}"
    yield "no multibase", good[1:]
    yield "base64url", multibase_encode(multibase_decode(good), "u")
    yield "a long prefix", multibase_encode(b"\xed\x81\x00" + multibase_decode(good)[2:])
    yield "an endless prefix", multibase_encode(b"\xff" * 40)
    yield "nothing behind the prefix", multibase_encode(b"\xed\x01")
    yield "nothing", "z"
    yield "much", "z" + "2" * 100_000
    yield "a secret key", KEY.to_multikey()
    for name, n, e in weak_rsa():
        yield name, multikey(0x1205, pkcs1(n, e))


def x_without_y(kind: KeyType) -> bytes:
    """Return the first x for which a curve has no point."""
    for x in range(100):
        data = x.to_bytes(SIZES[kind])
        try:
            ec.EllipticCurvePublicKey.from_encoded_point(cast("ec.EllipticCurve", KINDS[kind].curve), b"\2" + data)
        except ValueError:
            return data
    raise AssertionError


def uncompressed(kind: KeyType) -> bytes:
    public = cast("ec.EllipticCurvePublicKey", pyca(KEYS[kind]).public_key())
    return public.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


def weak_rsa() -> Iterator[tuple[str, int, int]]:
    """RSA keys under which anybody could sign, or nobody."""
    n = cast("rsa.RSAPublicKey", pyca(KEYS["RSA"]).public_key()).public_numbers().n
    for e in (0, 1, 2, 4, 65536, 2**32 + 1, n - 2, n, -1, -3):
        yield f"the exponent {e if abs(e) < 2**40 else 'about n'}", n, e
    yield "1,024 bits", (1 << 1024) - 105, 65537
    yield "2,047 bits", (1 << 2047) - 19, 65537
    yield "16,384 bits", (1 << 16384) - 1, 65537
    yield "below zero", -n, 65537
    yield "zero", 0, 65537
    yield "one", 1, 65537


def pkcs1(n: int, e: int) -> bytes:
    """Write an RSA key as PKCS #1 has it (RFC 8017 appendix A.1.1), without a look at its numbers."""

    def der(tag: int, content: bytes) -> bytes:
        size = len(content)
        length = bytes([size]) if size < 128 else b"\x82" + size.to_bytes(2)
        return bytes([tag]) + length + content

    numbers = [der(2, number.to_bytes(number.bit_length() // 8 + 1, signed=True)) for number in (n, e)]
    return der(0x30, b"".join(numbers))


def wrong_members(good: JSONObject) -> Iterator[tuple[str, JSONObject]]:
    """A public JWK with one member at a time in another form."""
    for name in ("x", "y", "n", "e"):
        if name not in good:
            continue
        text = str(good[name])
        data = base64url_decode(text)
        forms: JSONObject = {
            "missing": None,
            "empty": "",
            "padded": f"{text}=",
            "with a space": f"{text} ",
            "in another alphabet": f"{text}+/",
            "with a zero in front": base64url_encode(b"\0" + data),
            "zero": base64url_encode(bytes(len(data))),
        }
        if name in ("x", "y"):
            forms["with a zero behind"] = base64url_encode(data + b"\0")
            forms["shorter"] = base64url_encode(data[:-1])
            forms["ones"] = base64url_encode(b"\xff" * len(data))
        yield from ((f"{name} {form}", {**good, name: value}) for form, value in forms.items())


def wrong_jwks() -> Iterator[tuple[str, JSONObject]]:
    """Public keys that are none, as JWKs."""
    for kind in KINDS_HERE:
        good = KEYS[kind].public_key.to_jwk()
        yield f"{kind}: a private key", KEYS[kind].to_jwk()
        yield f"{kind}: an empty secret", {**good, "d": ""}
        yield f"{kind}: another kty", {**good, "kty": "EC" if kind == "Ed25519" else "OKP"}
        yield from ((f"{kind}: {name}", jwk) for name, jwk in wrong_members(good))
        if kind in SIZES:
            zero = base64url_encode(bytes(SIZES[kind]))
            yield f"{kind}: not on the curve", {**good, "y": good["x"]}
            yield f"{kind}: infinity", {**good, "x": zero, "y": zero}
            others = {"P-256", "P-384", "P-521", "secp256k1", "Ed25519", ""} - {kind}
            yield from ((f"{kind} as {other}", {**good, "crv": other}) for other in sorted(others))
    for point in (0, 1, ED25519_P - 1, ED25519_P, ED25519_P + 1, 2**255 - 1, 1 | 1 << 255):
        yield (
            f"Ed25519: {point:x}",
            {"kty": "OKP", "crv": "Ed25519", "x": base64url_encode(point.to_bytes(32, "little"))},
        )
    for name, n, e in weak_rsa():
        if min(n, e) >= 0:
            n_, e_ = (base64url_encode(number.to_bytes(max(1, (number.bit_length() + 7) // 8))) for number in (n, e))
            yield f"RSA: {name}", {"kty": "RSA", "n": n_, "e": e_}


MULTIKEYS, JWKS = dict(wrong_multikeys()), dict(wrong_jwks())
INVALID = "INVALID_VERIFICATION_METHOD"


@pytest.mark.parametrize("text", MULTIKEYS.values(), ids=MULTIKEYS.keys())
def test_a_multikey_that_is_no_key_is_refused_wherever_it_stands(text: str) -> None:
    with pytest.raises(mc.InvalidKeyError):
        mc.PublicKey.from_multikey(text)
    did = f"did:key:{text}"
    for url in (f"{did}#{text}", did):
        proof = {"type": "DataIntegrityProof", "cryptosuite": "eddsa-rdfc-2022", "proofPurpose": "assertionMethod"}
        embedded: JSONObject = {
            **badge(did),
            "proof": {**proof, "verificationMethod": url, "proofValue": "z" + "2" * 88},
        }
        for form in (embedded, encode_jwt(badge(did), KEY, kid=url)):
            assert ANYONE.check(form, at=AT)["proof"].code == INVALID
    page = did_document(verificationMethod=[method(publicKeyMultibase=text)], assertionMethod=[METHOD])
    assert check_with(page)["proof"].code == INVALID


@pytest.mark.parametrize("jwk", JWKS.values(), ids=JWKS.keys())
def test_a_jwk_that_is_no_public_key_is_refused_wherever_it_stands(jwk: JSONObject) -> None:
    with pytest.raises(mc.InvalidKeyError):
        mc.PublicKey.from_jwk(jwk)
    members = {name: value for name, value in method().items() if name != "publicKeyMultibase"}
    page = did_document(verificationMethod=[{**members, "type": "JsonWebKey", "publicKeyJwk": jwk}])
    assert check_with(page)["proof"].code == INVALID
    header = base64url_encode(dumps({"alg": "EdDSA", "typ": "JWT", "jwk": jwk}).encode())
    signed = f"{header}.{base64url_encode(dumps(badge('https://example.edu')).encode())}"
    token = f"{signed}.{base64url_encode(KEY.sign(signed.encode()))}"
    assert ANYONE.check(token, at=AT)["proof"].code == INVALID
    did = f"did:jwk:{base64url_encode(dumps(jwk).encode())}"
    assert ANYONE.check(encode_jwt(badge(did), KEY, kid=f"{did}#0"), at=AT)["proof"].code == INVALID
