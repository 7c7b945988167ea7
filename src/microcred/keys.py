"""Keys: PEM, JWK, Multikey and did:key in and out, and did:jwk in. No representation or error ever shows a secret.

Multikey: Controlled Identifiers 1.0 §2.2.2. did:key: that method, v0.9. did:jwk: that method. JWK: RFC 7517, RFC 8037.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from typing import cast

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from microcred import jcs
from microcred.encoding import (
    base64url_decode,
    base64url_encode,
    multibase_decode,
    multibase_encode,
    varint_decode,
    varint_encode,
)
from microcred.errors import DocumentError, InvalidKeyError
from microcred.json import JSONObject, loads_object
from microcred.key_material import (
    KINDS,
    PRIVATE_MEMBERS,
    PUBLIC_MEMBERS,
    KeyType,
    Private,
    Public,
    algorithm,
    dump_jwk,
    dump_private,
    dump_public,
    generate_private,
    key_type,
    load_jwk,
    load_multikey,
    load_private,
    public_members,
    sign_bytes,
    sodium_verifies,
)

__all__ = ["KeyType", "PublicKey", "SigningKey"]


class PublicKey:
    """A public key that verifies signatures; equal to another of the same value, and hashable.

    A BLS12-381 key has neither a JOSE algorithm nor a standard form as PEM or JWK: there ``InvalidKeyError`` is raised.
    """

    __slots__ = ("_jwk", "_key", "_multibase", "_type")

    def __init__(self, key: object) -> None:
        """Wrap a public key of the ``cryptography`` package.

        Raises:
            InvalidKeyError: Another kind of key, RSA below 2,048 bits, or a weak Ed25519 point.
        """
        self._type: KeyType = key_type(key)
        self._key = cast(Public, key)
        self._multibase: str | None = None
        self._jwk: JSONObject | None = None

    @classmethod
    def from_multikey(cls, text: str) -> PublicKey:
        """Read a ``publicKeyMultibase`` value.

        Args:
            text: Multibase base58-btc with a multicodec prefix; untrusted.

        Raises:
            InvalidKeyError: Not such a value, or a kind of key that is not supported.
        """
        return _from_multikey(text)

    @classmethod
    def from_did(cls, did: str) -> PublicKey:
        """Read the key that a did:key (v0.9 §3.1.2) or a did:jwk ("Read") is.

        Args:
            did: The DID, without a fragment; untrusted.

        Raises:
            InvalidKeyError: Another kind of DID, or one that is no usable key.
        """
        if did.startswith("did:key:"):
            return cls.from_multikey(did.removeprefix("did:key:"))
        if not did.startswith("did:jwk:"):
            raise InvalidKeyError("not a DID that is a key (did:key, did:jwk)")
        try:
            jwk = loads_object(base64url_decode(did.removeprefix("did:jwk:")))
        except (ValueError, DocumentError):
            raise InvalidKeyError("not base64url of a JWK") from None
        return cls.from_jwk(jwk)

    @classmethod
    def from_jwk(cls, jwk: Mapping[str, object]) -> PublicKey:
        """Read a public JWK.

        Args:
            jwk: The members; untrusted.

        Raises:
            InvalidKeyError: Not a usable public key, or it holds a private one.
        """
        if not PRIVATE_MEMBERS.isdisjoint(jwk):
            raise InvalidKeyError("a public JWK must not hold private members; treat that key as compromised")
        return _from_jwk(public_members(jwk))

    @classmethod
    def from_pem(cls, pem: bytes | str) -> PublicKey:
        """Read a public key in PEM (SubjectPublicKeyInfo).

        Raises:
            InvalidKeyError: Not such a key.
        """
        try:
            return cls(serialization.load_pem_public_key(_bytes(pem)))
        except (ValueError, UnsupportedAlgorithm):
            raise InvalidKeyError("not a public key in PEM") from None

    @property
    def type(self) -> KeyType:
        """The kind of key."""
        return self._type

    @property
    def algorithm(self) -> str:
        """The JOSE algorithm that it verifies: EdDSA, ES256, ES384, ES512 or RS256; BLS12-381 has none."""
        return algorithm(self._type)

    @property
    def multikey(self) -> str:
        """Its ``publicKeyMultibase``: base58-btc of the multicodec prefix and the key."""
        if self._multibase is None:
            self._multibase = multibase_encode(varint_encode(KINDS[self._type].public_code) + dump_public(self._key))
        return self._multibase

    @property
    def did(self) -> str:
        """Its did:key."""
        return f"did:key:{self.multikey}"

    @property
    def verification_method(self) -> str:
        """The DID URL that names this key inside its did:key document."""
        return f"{self.did}#{self.multikey}"

    def to_jwk(self) -> JSONObject:
        """Return the public JWK, required members only (RFC 7638 §3.2)."""
        if self._jwk is None:
            members = dump_jwk(self._key)
            self._jwk = {name: members[name] for name in PUBLIC_MEMBERS if name in members}
        return dict(self._jwk)

    @property
    def thumbprint(self) -> str:
        """The SHA-256 thumbprint of its JWK (RFC 7638 §3), base64url: a name that follows from the key."""
        return base64url_encode(hashlib.sha256(jcs.canonicalize(self.to_jwk())).digest())

    def to_pem(self) -> bytes:
        """Return the key in PEM (SubjectPublicKeyInfo)."""
        return self._key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)

    def verifies(self, signature: bytes, data: bytes) -> bool:
        """Tell whether a signature in JOSE's raw form is right (see ``Signer.sign``).

        Args:
            signature: Untrusted; anything but the exact length is wrong.
            data: The bytes that were signed.

        Raises:
            InvalidKeyError: A BLS12-381 key, whose signatures are not over bytes.
        """
        kind = KINDS[self._type]
        try:
            if isinstance(self._key, ed25519.Ed25519PublicKey):
                # libsodium is twice as fast, and a little stricter: OpenSSL has the last word on what it refuses.
                if not sodium_verifies(self._key, signature, data):
                    self._key.verify(signature, data)
            elif isinstance(self._key, ec.EllipticCurvePublicKey):
                if len(signature) != 2 * kind.size:
                    return False
                r, s = int.from_bytes(signature[: kind.size]), int.from_bytes(signature[kind.size :])
                self._key.verify(encode_dss_signature(r, s), data, ec.ECDSA(cast(hashes.HashAlgorithm, kind.hash)))
            else:
                self._key.verify(signature, data, padding.PKCS1v15(), cast(hashes.HashAlgorithm, kind.hash))
        except InvalidSignature:
            return False
        return True

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PublicKey) and self.multikey == other.multikey

    def __hash__(self) -> int:
        return hash(self.multikey)

    def __repr__(self) -> str:
        return f"<PublicKey {self._type} {self.multikey[:16]}…>"

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return PublicKey.from_multikey, (self.multikey,)


# The keys of issuers come again and again.
@lru_cache(maxsize=1024)
def _from_multikey(text: str) -> PublicKey:
    return PublicKey(load_multikey(text))


@lru_cache(maxsize=1024)
def _from_jwk(values: tuple[str | None, ...]) -> PublicKey:
    members = zip(PUBLIC_MEMBERS, values, strict=True)
    return PublicKey(load_jwk({name: value for name, value in members if value is not None}, "verify"))


class SigningKey:
    """A private key in memory. It satisfies ``Signer``; its representation shows the public half only."""

    __slots__ = ("_key", "_portable", "_public")

    def __init__(self, key: object) -> None:
        """Wrap a private key of the ``cryptography`` package.

        Raises:
            InvalidKeyError: Another kind of key, or RSA below 2,048 bits.
        """
        if not isinstance(key, Private):
            raise InvalidKeyError(f"not a private key of a supported kind ({', '.join(KINDS)})")
        self._public = PublicKey(key.public_key())
        self._key: Private = key
        self._portable = False

    @classmethod
    def generate(cls, kind: KeyType = "Ed25519") -> SigningKey:
        """Make a new key.

        Args:
            kind: ``Ed25519``, ``P-256``, ``P-384``; for JWTs and COSE only, ``P-521`` or ``RSA`` (3,072 bits); for
                ``bbs-2023`` only, ``BLS12-381``.

        Raises:
            InvalidKeyError: BLS12-381 without the extra ``bbs``.
        """
        return cls(generate_private(kind))

    @classmethod
    def from_seed(cls, seed: bytes) -> SigningKey:
        """Make the Ed25519 key of a 32-byte seed (RFC 8032 §5.1.5); the seed is the secret.

        Raises:
            InvalidKeyError: Not 32 bytes.
        """
        if len(seed) != 32:
            raise InvalidKeyError("an Ed25519 seed has 32 bytes")
        return cls(ed25519.Ed25519PrivateKey.from_private_bytes(seed))

    @classmethod
    def from_multikey(cls, secret: str) -> SigningKey:
        """Read a ``secretKeyMultibase`` value.

        Args:
            secret: Multibase base58-btc with a multicodec prefix; for Ed25519 also the older form that appends the
                public key.

        Raises:
            InvalidKeyError: Not such a value, a kind of key that has none, or BLS12-381 without the extra ``bbs``.
        """
        try:
            code, data = varint_decode(multibase_decode(secret, "z"))
        except ValueError:
            raise InvalidKeyError("not a secretKeyMultibase value") from None
        if code == KINDS["Ed25519"].private_code:
            key = cls.from_seed(data[:32])
            public = multibase_encode(varint_encode(KINDS["Ed25519"].public_code) + data[32:])
            if data[32:] and public != key.public_key.multikey:
                raise InvalidKeyError("the two halves of the secret key do not belong together")
            return key
        return cls(load_private(code, data))

    @classmethod
    def from_jwk(cls, jwk: Mapping[str, object]) -> SigningKey:
        """Read a private JWK.

        Raises:
            InvalidKeyError: Not a usable private key.
        """
        if "d" not in jwk:
            raise InvalidKeyError("the JWK has no private half (member d)")
        key = cls(load_jwk(jwk, "sign"))
        if any(jwk.get(name) != value for name, value in key.public_key.to_jwk().items()):
            raise InvalidKeyError("the public and the private half of the JWK do not belong together")
        return key

    @classmethod
    def from_pem(cls, pem: bytes | str, password: bytes | str | None = None) -> SigningKey:
        """Read a private key in PEM.

        Args:
            pem: PKCS #8, encrypted or not, or a traditional EC or RSA key.
            password: For an encrypted key.

        Raises:
            InvalidKeyError: Not such a key, no password for an encrypted one, or the wrong password.
        """
        secret = _bytes(password) if password else None
        try:
            return cls(serialization.load_pem_private_key(_bytes(pem), secret))
        except TypeError:
            problem = "it is encrypted and needs its password" if secret is None else "it is not encrypted; no password"
            raise InvalidKeyError(f"the private key cannot be read: {problem}") from None
        except (ValueError, UnsupportedAlgorithm):
            locked = secret is not None and b"ENCRYPTED" in _bytes(pem)
            problem = "the password is wrong, or the key is damaged" if locked else "not a private key in PEM"
            raise InvalidKeyError(problem) from None

    @property
    def public_key(self) -> PublicKey:
        """The public half."""
        return self._public

    @property
    def type(self) -> KeyType:
        """The kind of key."""
        return self._public.type

    @property
    def did(self) -> str:
        """The did:key of the public half: an issuer id that needs no hosting, but cannot rotate."""
        return self._public.did

    @property
    def verification_method(self) -> str:
        """The DID URL that names this key inside its did:key document."""
        return self._public.verification_method

    def sign(self, data: bytes) -> bytes:
        """Sign bytes, in JOSE's raw form (see ``Signer.sign``).

        Raises:
            InvalidKeyError: A BLS12-381 key, which signs no bytes.
        """
        return sign_bytes(self._key, self.type, data)

    def to_pem(self, password: bytes | str | None) -> bytes:
        """Return the private key in PEM (PKCS #8).

        Args:
            password: Encrypts the key; None, said in plain sight, leaves it in the clear.
        """
        lock = (
            serialization.NoEncryption()
            if password is None
            else serialization.BestAvailableEncryption(_bytes(password))
        )
        return self._key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, lock)

    def to_jwk(self) -> JSONObject:
        """Return the private JWK; keep it secret."""
        return dump_jwk(self._key)

    def to_multikey(self) -> str:
        """Return the ``secretKeyMultibase`` value; keep it secret.

        Raises:
            InvalidKeyError: An RSA key, which has none.
        """
        return multibase_encode(varint_encode(KINDS[self.type].private_code) + dump_private(self._key))

    def portable(self) -> SigningKey:
        """Return a copy that may be pickled, and so leave this process; without it, pickling is refused."""
        copy = SigningKey(self._key)
        copy._portable = True
        return copy

    def __repr__(self) -> str:
        return f"<SigningKey {self.type} of {self._public.multikey[:16]}…>"

    def __reduce__(self) -> tuple[object, tuple[bytes | str]]:
        if not self._portable:
            raise TypeError("a SigningKey does not leave its process; pickle key.portable() if it must")
        return _unpickle, (self.to_multikey() if self.type == "BLS12-381" else self.to_pem(None),)


def _unpickle(secret: bytes | str) -> SigningKey:
    key = SigningKey.from_multikey(secret) if isinstance(secret, str) else SigningKey.from_pem(secret)
    return key.portable()


def _bytes(value: bytes | str) -> bytes:
    return value.encode() if isinstance(value, str) else value
