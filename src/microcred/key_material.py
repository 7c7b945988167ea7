"""Kinds of keys, and key objects of the ``cryptography`` package from and to bytes, with what makes them acceptable."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias, cast

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from microcred.encoding import base64url_decode
from microcred.errors import InvalidKeyError

if TYPE_CHECKING:
    from microcred.json import JSONValue

__all__ = [
    "KINDS",
    "PRIVATE_MEMBERS",
    "KeyType",
    "Kind",
    "Private",
    "Public",
    "dump_public",
    "ecdsa",
    "key_type",
    "load_jwk",
    "load_public",
    "sodium_verifies",
]

KeyType: TypeAlias = Literal["Ed25519", "P-256", "P-384", "P-521", "RSA"]
"""The kinds of keys that can sign a credential."""

Private: TypeAlias = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
Public: TypeAlias = ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey | rsa.RSAPublicKey


class Kind(NamedTuple):
    """What one kind of key is made of."""

    public_code: int
    private_code: int
    algorithm: str
    size: int
    curve: ec.EllipticCurve | None = None
    hash: hashes.HashAlgorithm | None = None


# The multicodec table's codes for keys; RFC 7518 §3.1 and RFC 8037 §3.1 for the algorithms.
KINDS: dict[KeyType, Kind] = {
    "Ed25519": Kind(0xED, 0x1300, "EdDSA", 32),
    "P-256": Kind(0x1200, 0x1306, "ES256", 32, ec.SECP256R1(), hashes.SHA256()),
    "P-384": Kind(0x1201, 0x1307, "ES384", 48, ec.SECP384R1(), hashes.SHA384()),
    "P-521": Kind(0x1202, 0x1308, "ES512", 66, ec.SECP521R1(), hashes.SHA512()),
    "RSA": Kind(0x1205, 0x1305, "RS256", 0, None, hashes.SHA256()),
}
_JWK_KINDS = (("OKP", "Ed25519"), ("EC", "P-256"), ("EC", "P-384"), ("EC", "P-521"), ("RSA", None))
PRIVATE_MEMBERS = frozenset(["d", "k", "p", "q", "dp", "dq", "qi", "oth"])
"""The members of a JWK that must stay secret (RFC 7518 §6)."""
_MIN_RSA_BITS, _MAX_RSA_BITS, _MAX_RSA_EXPONENT = 2048, 8192, 2**32
_ED25519_P = 2**255 - 19
# The y coordinates of the eight points of small order, under which every message has a valid signature.
_ED25519_SMALL_ORDER_Y = frozenset(
    [
        0,
        1,
        _ED25519_P - 1,
        int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little"),
        int.from_bytes(bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"), "little"),
    ]
)


def key_type(key: object) -> KeyType:
    """Return the kind of a public key object; refuse other kinds, and keys that are too weak."""
    if isinstance(key, ed25519.Ed25519PublicKey):
        y = int.from_bytes(key.public_bytes_raw(), "little") & (2**255 - 1)
        if y >= _ED25519_P or y in _ED25519_SMALL_ORDER_Y:
            raise InvalidKeyError(
                "an Ed25519 key that is not canonical or of small order, under which anything verifies"
            )
        return "Ed25519"
    if isinstance(key, ec.EllipticCurvePublicKey):
        for name, kind in KINDS.items():
            if kind.curve is not None and kind.curve.name == key.curve.name:
                return name
    if isinstance(key, rsa.RSAPublicKey):
        if not _MIN_RSA_BITS <= key.key_size <= _MAX_RSA_BITS or key.public_numbers().e > _MAX_RSA_EXPONENT:
            raise InvalidKeyError(f"an RSA key must have {_MIN_RSA_BITS} to {_MAX_RSA_BITS} bits and a small exponent")
        return "RSA"
    raise InvalidKeyError("not a key of a supported kind (Ed25519, P-256, P-384, P-521, RSA)")


def load_public(name: KeyType, data: bytes) -> object:
    """Return the key object of the bytes of a Multikey, behind their prefix."""
    kind = KINDS[name]
    try:
        if name == "Ed25519":
            return ed25519.Ed25519PublicKey.from_public_bytes(data)
        if kind.curve is not None:
            if len(data) != kind.size + 1:
                raise ValueError
            return ec.EllipticCurvePublicKey.from_encoded_point(kind.curve, data)
        key = serialization.load_der_public_key(data)
    except (ValueError, UnsupportedAlgorithm):
        raise InvalidKeyError(f"not the bytes of a {name} key") from None
    if not isinstance(key, rsa.RSAPublicKey) or dump_public(key) != data:
        raise InvalidKeyError("not the PKCS #1 bytes of an RSA key")
    return key


def dump_public(key: Public) -> bytes:
    """Return the bytes of a Multikey, behind their prefix."""
    if isinstance(key, ed25519.Ed25519PublicKey):
        return key.public_bytes_raw()
    if isinstance(key, ec.EllipticCurvePublicKey):
        return key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.CompressedPoint)
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1)


@cache
def ecdsa(name: KeyType) -> ec.ECDSA:
    """Return how a curve's keys sign: where OpenSSL can (3.2), with the one nonce of RFC 6979.

    A nonce that follows from key and message cannot leak the key when chance is bad, and signing again gives the same.
    """
    hash_ = cast(hashes.HashAlgorithm, KINDS[name].hash)
    try:
        return ec.ECDSA(hash_, deterministic_signing=True)
    except UnsupportedAlgorithm:
        return ec.ECDSA(hash_)


def load_jwk(jwk: Mapping[str, object], operation: str) -> object:
    """Return the key object of a JWK, to ``sign`` or to ``verify``."""
    from jwcrypto.common import JWException
    from jwcrypto.jwk import JWK

    operations = jwk.get("key_ops", [operation])
    # RFC 7517 §4.2, §4.3: whoever has the key may say what else it is for, such as encryption.
    if jwk.get("use", "sig") != "sig" or not isinstance(operations, list) or operation not in operations:
        raise InvalidKeyError("the JWK says that its key is not for signatures (use, key_ops)")
    members: dict[str, JSONValue] = {}
    for name in ("kty", "crv", "x", "y", "n", "e", "d", "p", "q", "dp", "dq", "qi"):
        if name in jwk:
            value = jwk[name]
            if not isinstance(value, str) or (name not in ("kty", "crv") and not _is_canonical(name, value, jwk)):
                raise InvalidKeyError(f"the JWK member {name} must be base64url of the right length, without padding")
            members[name] = value
    if (members.get("kty"), members.get("crv")) not in _JWK_KINDS:
        raise _unsupported_jwk()
    try:
        return cast(object, JWK(**members).get_op_key(operation))
    except (JWException, ValueError, TypeError, KeyError, UnsupportedAlgorithm):
        # The library's own message can quote the key.
        raise _unsupported_jwk() from None


def _is_canonical(name: str, value: str, jwk: Mapping[str, object]) -> bool:
    """Tell whether a member is spelt as RFC 7518 §6 has it, so that a key has one JWK and one thumbprint."""
    try:
        data = base64url_decode(value)
    except ValueError:
        return False
    size = next((kind.size for curve, kind in KINDS.items() if curve == jwk.get("crv")), None)
    if name in ("x", "y") or (name == "d" and size):
        return size is None or len(data) == size
    return bool(data) and data[0] != 0


def _unsupported_jwk() -> InvalidKeyError:
    return InvalidKeyError("not a JWK of a supported kind (OKP Ed25519, EC P-256, P-384 or P-521, RSA)")


@cache
def _sodium() -> Callable[[bytes, bytes], bytes] | None:
    try:
        from nacl.bindings import crypto_sign_open
    except ImportError:
        return None
    return crypto_sign_open


def sodium_verifies(key: ed25519.Ed25519PublicKey, signature: bytes, data: bytes) -> bool:
    """Tell whether libsodium is there (the extra ``fast``) and takes a signature."""
    verify = _sodium()
    if verify is None or len(signature) != 64:
        return False
    try:
        verify(signature + data, key.public_bytes_raw())
    except Exception:  # noqa: BLE001 - whatever it says, OpenSSL is asked next
        return False
    return True
