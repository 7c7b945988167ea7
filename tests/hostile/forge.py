"""What the cases are forged with: fixed keys, signatures over whatever bytes, and the formats by hand.

Nothing here goes through the signing of the library, which refuses to make most of what is needed. Only the canonical
form of RDF is its own; that of JSON is a line of Python.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Literal, TypeAlias

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils

from microcred.encoding import base58_encode, base64url_encode
from microcred.jsonld import canonicalize

JSON: TypeAlias = dict[str, Any]
Hash: TypeAlias = Literal["sha256", "sha384"]

CREDENTIALS = "https://www.w3.org/ns/credentials/v2"
CREDENTIALS_V1 = "https://www.w3.org/2018/credentials/v1"
BADGES = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
DATA_INTEGRITY = "https://w3id.org/security/data-integrity/v2"
AT = "2026-06-01T00:00:00Z"
CREATED = "2026-05-01T10:00:00Z"
LEARNER = "did:example:learner"

_CURVES: dict[str, tuple[ec.EllipticCurve, hashes.HashAlgorithm, int, bytes]] = {
    "P-256": (ec.SECP256R1(), hashes.SHA256(), 32, b"\x80\x24"),
    "P-384": (ec.SECP384R1(), hashes.SHA384(), 48, b"\x81\x24"),
    "secp256k1": (ec.SECP256K1(), hashes.SHA256(), 32, b"\xe7\x01"),
}
ORDER_P256 = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
ORDER_ED25519 = 2**252 + 27742317777372353535851937790883648493


class Key:
    """A key pair that everybody knows."""

    algorithm: str
    multikey: str
    jwk: JSON

    def sign(self, data: bytes) -> bytes:
        """Sign bytes, in the raw form of JOSE; the same each time."""
        raise NotImplementedError

    @property
    def did(self) -> str:
        """The did:key."""
        return f"did:key:{self.multikey}"

    @property
    def method(self) -> str:
        """The only verification method of the did:key."""
        return f"{self.did}#{self.multikey}"

    @cached_property
    def did_jwk(self) -> str:
        """The did:jwk."""
        return "did:jwk:" + base64url_encode(compact(self.jwk))


class Ed25519(Key):
    algorithm = "EdDSA"

    def __init__(self, seed: int) -> None:
        self.private = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(seed, seed + 32)))
        self.public = self.private.public_key().public_bytes_raw()
        self.multikey = "z" + base58_encode(b"\xed\x01" + self.public)
        self.jwk = {"kty": "OKP", "crv": "Ed25519", "x": base64url_encode(self.public)}

    def sign(self, data: bytes) -> bytes:
        return self.private.sign(data)


class ECDSA(Key):
    def __init__(self, curve: str, secret: int) -> None:
        self.curve, self._hash, self.size, code = _CURVES[curve]
        self.private = ec.derive_private_key(secret, self.curve)
        numbers = self.private.public_key().public_numbers()
        x, y = (number.to_bytes(self.size) for number in (numbers.x, numbers.y))
        self.algorithm = {"P-256": "ES256", "P-384": "ES384", "secp256k1": "ES256K"}[curve]
        self.point = bytes([2 + (numbers.y & 1)]) + x
        self.multikey = "z" + base58_encode(code + self.point)
        self.jwk = {"kty": "EC", "crv": curve, "x": base64url_encode(x), "y": base64url_encode(y)}

        self.private_jwk = {**self.jwk, "d": base64url_encode(secret.to_bytes(self.size))}

    def der(self, data: bytes) -> bytes:
        """Sign bytes, in the form of X.509."""
        return self.private.sign(data, ec.ECDSA(self._hash, deterministic_signing=True))

    def numbers(self, data: bytes) -> tuple[int, int]:
        """Sign bytes; return r and s."""
        return utils.decode_dss_signature(self.der(data))

    def sign(self, data: bytes) -> bytes:
        r, s = self.numbers(data)
        return r.to_bytes(self.size) + s.to_bytes(self.size)


class RSA(Key):
    algorithm = "RS256"
    multikey = ""

    def __init__(self, p: int, q: int) -> None:
        e = 65537
        d = pow(e, -1, (p - 1) * (q - 1))
        public = rsa.RSAPublicNumbers(e, p * q)
        numbers = rsa.RSAPrivateNumbers(
            p, q, d, rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q), public
        )
        self.private = numbers.private_key(unsafe_skip_rsa_key_validation=True)
        n = (p * q).to_bytes((public.n.bit_length() + 7) // 8)
        self.jwk = {"kty": "RSA", "n": base64url_encode(n), "e": "AQAB"}

    def sign(self, data: bytes) -> bytes:
        return self.private.sign(data, padding.PKCS1v15(), hashes.SHA256())


ISSUER, STRANGER, HOLDER, ENDORSER, REGISTRY = (Ed25519(seed) for seed in (0, 1, 2, 3, 4))
P256, P256_STRANGER, P384 = ECDSA("P-256", 0x1234567), ECDSA("P-256", 0x7654321), ECDSA("P-384", 0x1234567)
SECP256K1 = ECDSA("secp256k1", 0x1234567)
RSA_2048 = RSA(
    int(
        "F2D32B4534AF71DE21984365AA4DE5AAC6D55C0A81B42772DC135B8CD10193DE7E58A7D0C307BA7F95A4ADEB54E6C183"
        "380BE4199D4B19849FF40FABF6A7B2EBB7D750814BEE232D596790D8D586BFD8835E74AE6BA765199E64F31FF303B338"
        "EFDBAED581426A72FACAEAE1C248950892EE9CC8CA84FBF1B6317C88ED136787",
        16,
    ),
    int(
        "E3ABC9EFCADDB539B754224C2C553F60E4A6E3759993AEC426EE12B18A22B26C24A147C8DDA9CCDCC90312EB111D04EA"
        "AD5F948904AC290425BB62B1984BA79F1857CC6E38D9636A18D680F33AABB537C9E40064D36D7DA9BC98F4EF68518662"
        "ED2CAEC8EA5C8BE86654B6F69A3722AC17ABF97757587956D3681D04B37DDC89",
        16,
    ),
)
RSA_1024 = RSA(
    int(
        "EE8C5CFF9F971C511C503041A7262924588F67D970B80A1EF3495439396690689E3C664A04402DA601C35212B1ACEC2D"
        "EE78B710B7DEC82F44159C30AE7A6FF7",
        16,
    ),
    int(
        "E78D48328B95CBF02A1E3BF56EE73A6C313D85FDA0C8FB959480A8AE1B6318FC0472175F3BBA0F9BCCFFFB96501CC16F"
        "9ED4F0B5B9042162C4DB1A63FE7450AB",
        16,
    ),
)


# Documents


def badge(issuer: str = ISSUER.did, /, **changes: Any) -> JSON:
    """Return an unsigned badge; changes replace members, and None leaves them out."""
    document: JSON = {
        "@context": [CREDENTIALS, BADGES],
        "id": "urn:uuid:0c1f4d0c-9f4a-4b0c-8b5e-0d9b1a1f2c3d",
        "type": ["VerifiableCredential", "AchievementCredential"],
        "issuer": {"id": issuer, "type": ["Profile"], "name": "Example University"},
        "validFrom": "2026-05-01T09:30:00Z",
        "credentialSubject": {
            "id": LEARNER,
            "type": ["AchievementSubject"],
            "achievement": {
                "id": "https://example.edu/achievements/rust-101",
                "type": ["Achievement"],
                "name": "Rust 101",
                "description": "Completed the introductory course.",
                "criteria": {"narrative": "Passed the final project."},
            },
        },
    }
    return without_none(document | changes)


def without_none(document: JSON) -> JSON:
    """Leave out what is None."""
    return {name: value for name, value in document.items() if value is not None}


def changed(document: JSON, path: str, value: Any) -> JSON:
    """Return a copy with another value at a path of names and indexes with slashes between; None takes it out."""
    copied = deepcopy(document)
    *way, last = (int(part) if part.isdigit() else part for part in path.split("/"))
    node: Any = copied
    for part in way:
        node = node[part]
    if value is None:
        del node[last]
    else:
        node[last] = value
    return copied


# Data Integrity


def compact(value: object) -> bytes:
    """Return the canonical form of JSON (RFC 8785), of what has ASCII names and no fractions."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def nquads(document: JSON, hash_name: Hash = "sha256") -> bytes:
    """Return the canonical form of RDF (RDFC-1.0)."""
    return canonicalize(document, hash_name=hash_name).nquads.encode()


def options(key: Key, suite: str = "eddsa-rdfc-2022", **more: Any) -> JSON:
    """Return a proof that has no value yet."""
    return without_none(
        {
            "type": "DataIntegrityProof",
            "cryptosuite": suite,
            "created": CREATED,
            "verificationMethod": key.method,
            "proofPurpose": "assertionMethod",
        }
        | more
    )


def signed_bytes(document: JSON, proof: JSON, hash_name: Hash = "sha256", *, jcs: bool = False) -> bytes:
    """Return what a proof signs: the hash of its options, then that of the document."""
    digest = hashlib.new
    if jcs:
        return digest(hash_name, compact(proof)).digest() + digest(hash_name, compact(document)).digest()
    config = {**proof, "@context": document["@context"]}
    return (
        digest(hash_name, nquads(config, hash_name)).digest() + digest(hash_name, nquads(document, hash_name)).digest()
    )


def proof_of(document: JSON, key: Key = ISSUER, suite: str = "eddsa-rdfc-2022", **more: Any) -> JSON:
    """Return a good proof of a document, under whatever name of a suite."""
    jcs = "jcs" in suite
    proof = options(key, suite, **more)
    if jcs:
        proof["@context"] = document["@context"]
    hash_name: Hash = "sha384" if key.algorithm == "ES384" else "sha256"
    data = signed_bytes(document, proof, hash_name, jcs=jcs)
    return {**proof, "proofValue": "z" + base58_encode(key.sign(data))}


def secure(document: JSON, key: Key = ISSUER, suite: str = "eddsa-rdfc-2022", **more: Any) -> JSON:
    """Return a document with a good proof."""
    return {**document, "proof": proof_of(document, key, suite, **more)}


def signed(key: Key = ISSUER, issuer: str | None = None, **changes: Any) -> JSON:
    """Return a badge with a good proof."""
    return secure(badge(issuer or key.did, **changes), key)


# JOSE


def part(value: object) -> str:
    """Return a part of a token: JSON, or bytes as they are."""
    return base64url_encode(value if isinstance(value, bytes) else json.dumps(value, separators=(",", ":")).encode())


def token(header: object, payload: object, signer: Key | bytes = ISSUER) -> str:
    """Return a compact JWS, signed with a key or with bytes."""
    text = f"{part(header)}.{part(payload)}"
    return f"{text}.{base64url_encode(signer if isinstance(signer, bytes) else signer.sign(text.encode()))}"


def header(key: Key = ISSUER, **more: Any) -> JSON:
    """Return the header of a JWT."""
    return without_none({"alg": key.algorithm, "typ": "JWT", "kid": key.method} | more)


def payload(document: JSON | None = None, **more: Any) -> JSON:
    """Return a badge with its claims."""
    document = badge() if document is None else document
    claims = {
        "iss": document["issuer"]["id"],
        "jti": document["id"],
        "sub": document["credentialSubject"]["id"],
        "nbf": 1777627800,
    }
    return without_none(document | claims | more)


def hmac_of(secret: bytes, name: str = "sha256") -> Key:
    """Return a key that makes HMACs."""

    class Secret(Key):
        def sign(self, data: bytes) -> bytes:
            return hmac.digest(secret, data, name)

    return Secret()


def disclosure(*contents: Any) -> str:
    """Return a Disclosure."""
    return base64url_encode(json.dumps(contents).encode())


def digest(text: str, name: str = "sha256") -> str:
    """Return the digest of a Disclosure."""
    return base64url_encode(hashlib.new(name, text.encode()).digest())


# CBOR, by hand, since most of what is wanted is wrong


def cbor(value: Any) -> bytes:
    """Write CBOR: numbers, bytes, text, arrays, maps; ``Raw`` as it is."""
    if isinstance(value, Raw):
        return value.data
    if value is None:
        return b"\xf6"
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, Mapping):
        return head(5, len(value)) + b"".join(cbor(name) + cbor(item) for name, item in value.items())
    return head(4, len(value)) + b"".join(map(cbor, value))


def head(kind: int, number: int) -> bytes:
    """Write the head of a CBOR item."""
    if number < 24:
        return bytes([kind << 5 | number])
    power = next(each for each in range(4) if number < 1 << (8 << each))
    return bytes([kind << 5 | 24 + power]) + number.to_bytes(1 << power)


class Raw:
    """Bytes that stand for themselves in CBOR."""

    def __init__(self, data: bytes) -> None:
        self.data = data


def cose_parts(
    protected: Any, content: object, signer: Key | bytes = ISSUER, *, context: str = "Signature1", outside: bytes = b""
) -> tuple[bytes, bytes, bytes]:
    """Return the protected header, the payload and the signature of a COSE_Sign1."""
    first = protected if isinstance(protected, bytes) else cbor(protected)
    second = content if isinstance(content, bytes) else json.dumps(content, separators=(",", ":")).encode()
    if isinstance(signer, bytes):
        return first, second, signer
    return first, second, signer.sign(cbor([context, first, outside, second]))


def cose(protected: Any, content: object, signer: Key | bytes = ISSUER, *, unprotected: Any = None) -> bytes:
    """Return a tagged COSE_Sign1."""
    first, second, signature = cose_parts(protected, content, signer)
    return b"\xd2" + cbor([first, {} if unprotected is None else unprotected, second, signature])


# GZIP, by hand, since libraries that are equally good write other bytes


def gzipped(data: bytes) -> bytes:
    """Compress bytes of which many are alike (RFC 1952)."""
    return b"\x1f\x8b\x08\0\0\0\0\0\0\x03" + _runs(data) + _trailer(data)


def gzipped_zeros(length: int) -> bytes:
    """Compress zeros to a thousandth, in the shortest way (RFC 1951 §3.2.7)."""
    matches, rest = divmod(length - 1, 258)
    # One code table: bit 0 is a match of 258, 10 is a zero, 11 is the end.
    out = _Bits()
    for value, width in ((1, 1), (2, 2), (29, 5), (0, 5), (14, 4)):
        out.put(value, width)
    for width in (0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 2):
        out.put(width, 3)
    for code, more in (("11", 0), ("0", 127), ("0", 106), ("11", 0), ("0", 17), ("10", 0), ("10", 0)):
        out.code(code)
        if code == "0":
            out.put(more, 7)
    out.code("10" + "00" * matches + "10" * rest + "11")
    data = bytes(length)
    return b"\x1f\x8b\x08\0\0\0\0\0\0\x03" + out.bytes() + _trailer(data)


def _trailer(data: bytes) -> bytes:
    return zlib.crc32(data).to_bytes(4, "little") + (len(data) & 0xFFFFFFFF).to_bytes(4, "little")


def _runs(data: bytes) -> bytes:
    """Write runs of equal bytes, with the fixed codes of DEFLATE (RFC 1951 §3.2.6)."""
    out, at = _Bits(), 0
    out.put(0b011, 3)
    while at < len(data):
        byte, end = data[at], at + 1
        while end < len(data) and data[end] == byte:
            end += 1
        matches, rest = divmod(end - at - 1, 258)
        literal = f"{byte + 0x30:08b}" if byte < 144 else f"{byte - 144 + 0x190:09b}"
        out.code(literal + ("11000101" + "00000") * matches + literal * rest)
        at = end
    out.code("0000000")
    return out.bytes()


class _Bits:
    """Bits, the first one lowest in its byte."""

    def __init__(self) -> None:
        self._text: list[str] = []

    def put(self, value: int, width: int) -> None:
        """Add a number, from its lowest bit."""
        self._text.append(f"{value:0{width}b}"[::-1] if width else "")

    def code(self, code: str) -> None:
        """Add a code, as it is written."""
        self._text.append(code)

    def bytes(self) -> bytes:
        text = "".join(self._text)
        text += "0" * (-len(text) % 8)
        return int(text[::-1], 2).to_bytes(len(text) // 8, "little")


# Status lists and key documents


def encoded_list(indexes: Iterable[int] = (), entries: int = 131_072) -> str:
    """Return an ``encodedList``."""
    return "u" + base64url_encode(gzipped(bits(indexes, entries)))


def bits(indexes: Iterable[int] = (), entries: int = 131_072) -> bytes:
    """Return a bit string."""
    array = bytearray(entries // 8)
    for index in indexes:
        array[index // 8] |= 0x80 >> index % 8
    return bytes(array)


LIST = "https://example.edu/status/1"


def entry(index: Any = "7", **changes: Any) -> JSON:
    """Return a status entry."""
    return without_none(
        {
            "id": f"{LIST}#7",
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": index,
            "statusListCredential": LIST,
        }
        | changes
    )


def status_list(
    indexes: Iterable[int] = (), *, url: str = LIST, issuer: str = ISSUER.did, subject: JSON | None = None, **more: Any
) -> JSON:
    """Return an unsigned status list."""
    return without_none(
        {
            "@context": [CREDENTIALS],
            "id": url,
            "type": ["VerifiableCredential", "BitstringStatusListCredential"],
            "issuer": issuer,
            "validFrom": "2026-05-01T00:00:00Z",
            "credentialSubject": without_none(
                {
                    "id": f"{url}#list",
                    "type": "BitstringStatusList",
                    "statusPurpose": "revocation",
                    "encodedList": encoded_list(indexes),
                }
                | (subject or {})
            ),
        }
        | more
    )


def method_of(key: Key, did: str, fragment: str = "key-1", **changes: Any) -> JSON:
    """Return a verification method."""
    return without_none(
        {"id": f"{did}#{fragment}", "type": "Multikey", "controller": did, "publicKeyMultibase": key.multikey} | changes
    )


def did_document(did: str, methods: Sequence[JSON], **changes: Any) -> JSON:
    """Return a DID document that lists all its methods for assertions and authentication."""
    names = [method["id"] for method in methods]
    return without_none(
        {
            "@context": ["https://www.w3.org/ns/did/v1"],
            "id": did,
            "verificationMethod": list(methods),
            "assertionMethod": names,
            "authentication": names,
        }
        | changes
    )


def seconds(text: str) -> int:
    """Return a date-time as a number of seconds."""
    return int(datetime.fromisoformat(text).astimezone(UTC).timestamp())
