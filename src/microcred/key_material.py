"""Kinds of keys, and key objects of the ``cryptography`` package from and to bytes, with what makes them acceptable."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Literal, NamedTuple, NoReturn, TypeAlias, cast

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from microcred.encoding import base64url_decode, multibase_decode, varint_decode
from microcred.errors import InvalidKeyError

if TYPE_CHECKING:
    from microcred.json import JSONValue

__all__ = [
    "BLS_ORDER",
    "KINDS",
    "PRIVATE_MEMBERS",
    "PUBLIC_MEMBERS",
    "BLSPrivateKey",
    "BLSPublicKey",
    "KeyType",
    "Kind",
    "Private",
    "Public",
    "algorithm",
    "check_use",
    "dump_jwk",
    "dump_private",
    "dump_public",
    "ecdsa",
    "generate_private",
    "key_type",
    "load_jwk",
    "load_multikey",
    "load_private",
    "load_public",
    "public_members",
    "require_bls",
    "sign_bytes",
    "sodium_verifies",
]

KeyType: TypeAlias = Literal["Ed25519", "P-256", "P-384", "P-521", "RSA", "BLS12-381"]
"""The kinds of keys that can sign a credential."""

BLS_ORDER = 0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001
"""The prime order r of the groups of BLS12-381."""


def require_bls() -> None:
    """Refuse to go on where the curve BLS12-381 is not installed."""
    try:
        import py_arkworks_bls12381  # noqa: F401 - whether it is there
    except ImportError:
        raise InvalidKeyError("BLS12-381 keys and BBS signatures need: pip install 'microcred[bbs]'") from None


class BLSPublicKey:
    """A public key of BBS signatures: the bytes of a compressed point of G2.

    Whether they are a point is seen when the key is used, so that DID documents can be read without the extra.
    """

    __slots__ = ("data",)

    def __init__(self, data: bytes) -> None:
        # The two bits in front say: compressed, and not the identity.
        if len(data) != 96 or data[0] >> 6 != 0b10:
            raise InvalidKeyError("not the bytes of a BLS12-381 key: a compressed point of G2")
        self.data = data

    def verify(self, *_: object) -> NoReturn:
        """Refuse: the signatures of this kind are over lists of messages."""
        raise InvalidKeyError(_SIGNS_NO_BYTES)

    def public_bytes(self, *_: object) -> NoReturn:
        """Refuse: there is no PEM form."""
        raise InvalidKeyError(_MULTIKEY_ONLY)


class BLSPrivateKey:
    """A secret key of BBS signatures: a number from 1 to the order of the groups, which is left out."""

    __slots__ = ("secret",)

    def __init__(self, secret: int) -> None:
        if not 0 < secret < BLS_ORDER:
            raise InvalidKeyError("the secret is not in the range of its curve")
        self.secret = secret

    def public_key(self) -> BLSPublicKey:
        """Return the public half (BBS Signatures, SkToPk)."""
        require_bls()
        from py_arkworks_bls12381 import G2Point, Scalar

        return BLSPublicKey((G2Point() * Scalar(self.secret)).to_compressed_bytes())

    def private_bytes(self, *_: object) -> NoReturn:
        """Refuse: there is no PEM form."""
        raise InvalidKeyError(_MULTIKEY_ONLY)


_SIGNS_NO_BYTES = "a BLS12-381 key signs no bytes and no JWTs, but statements: see microcred.signing.bbs"
_MULTIKEY_ONLY = "a BLS12-381 key has no standard form as PEM or JWK; use its Multikey"

Private: TypeAlias = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | BLSPrivateKey
Public: TypeAlias = ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey | rsa.RSAPublicKey | BLSPublicKey


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
    # On G2 (multicodec bls12_381-g2-pub and -priv); JOSE has no standard algorithm for BBS.
    "BLS12-381": Kind(0xEB, 0x130A, "", 32),
}
_JWK_KINDS = (("OKP", "Ed25519"), ("EC", "P-256"), ("EC", "P-384"), ("EC", "P-521"), ("RSA", None))
PUBLIC_MEMBERS = ("kty", "crv", "x", "y", "n", "e")
"""The members of a public JWK that its thumbprint is of (RFC 7638 §3.2), and no others."""
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


def algorithm(name: KeyType) -> str:
    """Return the JOSE algorithm of a kind of key."""
    if name == "BLS12-381":
        raise InvalidKeyError(_SIGNS_NO_BYTES)
    return KINDS[name].algorithm


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
    if isinstance(key, BLSPublicKey):
        return "BLS12-381"
    raise InvalidKeyError(f"not a key of a supported kind ({', '.join(KINDS)})")


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
        if name == "BLS12-381":
            return BLSPublicKey(data)
        key = serialization.load_der_public_key(data)
    except (ValueError, UnsupportedAlgorithm):
        raise InvalidKeyError(f"not the bytes of a {name} key") from None
    if not isinstance(key, rsa.RSAPublicKey) or dump_public(key) != data:
        raise InvalidKeyError("not the PKCS #1 bytes of an RSA key")
    return key


def load_multikey(text: str) -> object:
    """Return the key object of a ``publicKeyMultibase`` value."""
    try:
        code, data = varint_decode(multibase_decode(text, "z"))
    except ValueError as error:
        raise InvalidKeyError(f"not a Multikey: {error}") from None
    for name, kind in KINDS.items():
        if kind.public_code == code:
            return load_public(name, data)
    raise InvalidKeyError(f"a Multikey of a kind that is not supported (multicodec {code:#x})")


def dump_public(key: Public) -> bytes:
    """Return the bytes of a Multikey, behind their prefix."""
    if isinstance(key, ed25519.Ed25519PublicKey):
        return key.public_bytes_raw()
    if isinstance(key, ec.EllipticCurvePublicKey):
        return key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.CompressedPoint)
    if isinstance(key, BLSPublicKey):
        return key.data
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1)


def load_private(code: int, data: bytes) -> object:
    """Return the key object of the secret bytes of a Multikey and their prefix, of a kind whose secrets are numbers."""
    for kind in KINDS.values():
        if kind.curve is not None and kind.private_code == code and len(data) == kind.size:
            try:
                return ec.derive_private_key(int.from_bytes(data), kind.curve)
            except ValueError:
                raise InvalidKeyError("the secret is not in the range of its curve") from None
    if code == KINDS["BLS12-381"].private_code and len(data) == KINDS["BLS12-381"].size:
        return BLSPrivateKey(int.from_bytes(data))
    raise InvalidKeyError("a secretKeyMultibase value of a kind or length that is not supported")


def dump_private(key: Private) -> bytes:
    """Return the secret bytes of a Multikey, behind their prefix."""
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.private_bytes_raw()
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.private_numbers().private_value.to_bytes((key.key_size + 7) // 8)
    if isinstance(key, BLSPrivateKey):
        return key.secret.to_bytes(KINDS["BLS12-381"].size)
    raise InvalidKeyError("RSA has no secretKeyMultibase form; use PEM")


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


def generate_private(name: KeyType) -> object:
    """Return a new key object; ValueError for another kind."""
    if name == "Ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    if name == "RSA":
        return rsa.generate_private_key(public_exponent=65537, key_size=3072)
    if name == "BLS12-381":
        return BLSPrivateKey(1 + secrets.randbelow(BLS_ORDER - 1))
    if name not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}")
    return ec.generate_private_key(cast(ec.EllipticCurve, KINDS[name].curve))


def sign_bytes(key: Private, name: KeyType, data: bytes) -> bytes:
    """Sign bytes with a key of a kind, in JOSE's raw form."""
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(data)
    if isinstance(key, ec.EllipticCurvePrivateKey):
        size = KINDS[name].size
        r, s = decode_dss_signature(key.sign(data, ecdsa(name)))
        return r.to_bytes(size) + s.to_bytes(size)
    if isinstance(key, BLSPrivateKey):
        raise InvalidKeyError(_SIGNS_NO_BYTES)
    return key.sign(data, padding.PKCS1v15(), cast(hashes.HashAlgorithm, KINDS[name].hash))


def check_use(jwk: Mapping[str, object], operation: str) -> None:
    """Refuse a JWK that says that its key is for something else, such as encryption (RFC 7517 §4.2, §4.3)."""
    operations = jwk.get("key_ops", [operation])
    if jwk.get("use", "sig") != "sig" or not isinstance(operations, list) or operation not in operations:
        raise InvalidKeyError("the JWK says that its key is not for signatures (use, key_ops)")


def public_members(jwk: Mapping[str, object]) -> tuple[str | None, ...]:
    """Return the members that a public key is made of, in the order of ``PUBLIC_MEMBERS``."""
    check_use(jwk, "verify")
    members = [jwk.get(name) for name in PUBLIC_MEMBERS]
    if not all(member is None or isinstance(member, str) for member in members):
        raise InvalidKeyError("the members of a JWK must be texts")
    return tuple(cast("list[str | None]", members))


def load_jwk(jwk: Mapping[str, object], operation: str) -> object:
    """Return the key object of a JWK, to ``sign`` or to ``verify``."""
    from jwcrypto.common import JWException
    from jwcrypto.jwk import JWK

    check_use(jwk, operation)
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


def dump_jwk(key: Public | Private) -> dict[str, JSONValue]:
    """Return the members of a JWK: those of a private key if it is one."""
    from jwcrypto.jwk import JWK

    if isinstance(key, BLSPublicKey | BLSPrivateKey):
        raise InvalidKeyError(_MULTIKEY_ONLY)
    jwk = JWK.from_pyca(key)
    export = jwk.export_private if jwk.has_private else jwk.export_public
    return {name: value for name, value in export(as_dict=True).items() if name != "kid"}


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
