"""A key in a hardware module or smart card, over PKCS #11 (OASIS, versions 2.40 and 3.0).

The mechanisms are CKM_EDDSA, CKM_ECDSA over a hash that is made here, and CKM_SHA256_RSA_PKCS. All of them give
signatures in JOSE's raw form.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

from cryptography.hazmat.primitives.asymmetric import ec, rsa

from microcred.errors import InvalidKeyError, SigningError
from microcred.key_material import KINDS, KeyType, load_public
from microcred.keys import PublicKey
from microcred.signers.base import REFUSED, UNAVAILABLE, UNSUPPORTED, RemoteSigner, Secret, digest, missing_extra

if TYPE_CHECKING:
    import pkcs11

__all__ = ["PKCS11Signer", "public_key_of_point"]

T = TypeVar("T")

# CKA_EC_PARAMS in DER: the curve's object identifier, or its name (3.0 §2.3.5 and §2.3.10).
_CURVES: dict[bytes, KeyType] = {
    bytes.fromhex("06082a8648ce3d030107"): "P-256",
    bytes.fromhex("06052b81040022"): "P-384",
    bytes.fromhex("06052b81040023"): "P-521",
    bytes.fromhex("06032b6570"): "Ed25519",
    bytes.fromhex("06092b06010401da470f01"): "Ed25519",
    b"\x13\x0cedwards25519": "Ed25519",
}
_MECHANISMS: dict[KeyType, str] = {
    "Ed25519": "EDDSA",
    "P-256": "ECDSA",
    "P-384": "ECDSA",
    "P-521": "ECDSA",
    "RSA": "SHA256_RSA_PKCS",
}
_WRONG_PIN = frozenset(["PinExpired", "PinIncorrect", "PinInvalid", "PinLenRange", "PinLocked"])
# What an error of the module means, by its CKR name, and what to do.
_PROBLEMS: dict[str, tuple[str, str]] = {
    "DeviceRemoved": (UNAVAILABLE, "the token was removed; connect it"),
    "KeyTypeInconsistent": (UNSUPPORTED, "the token cannot sign with a key of this kind"),
    "MechanismInvalid": (UNSUPPORTED, "the token cannot sign with a key of this kind"),
    "MultipleObjectsReturned": (REFUSED, "several keys have that name; give key_id, or both key_label and key_id"),
    "MultipleTokensReturned": (REFUSED, "several tokens have that name; give token_serial or slot"),
    "NoSuchKey": (REFUSED, "the token has no such private key; check key_label and key_id"),
    "NoSuchToken": (UNAVAILABLE, "there is no such token; check its label, serial number or slot, and its connection"),
    "PKCS11Error": (UNAVAILABLE, "the PKCS #11 library cannot be loaded; check its path"),
    "TokenNotPresent": (UNAVAILABLE, "the token was removed; connect it"),
    "UserPinNotInitialized": (REFUSED, "the token has no user PIN yet; initialise it"),
    **dict.fromkeys(_WRONG_PIN, (REFUSED, "the token refuses the PIN; make a new signer with the right one")),
}
# The library is not told of threads when it is loaded; so there is one call at a time in a process.
_LOCKS: dict[int, Lock] = {}


class PKCS11Signer(RemoteSigner):
    """A key in a hardware module or smart card (extra ``pkcs11``). It satisfies ``Signer``; threads may share it.

    The kinds are Ed25519, P-256, P-384, P-521 and RSA, as far as the token can sign with them. One signature is made at
    a time in a process. A session that has ended is opened again, once for each signature.
    """

    def __init__(
        self,
        module: str | Path,
        *,
        pin: str | Callable[[], str],
        token_label: str | None = None,
        token_serial: str | None = None,
        slot: int | None = None,
        key_label: str | None = None,
        key_id: bytes | None = None,
        public_key: PublicKey | None = None,
    ) -> None:
        """Open a session, find the key, and read its public half.

        Args:
            module: The PKCS #11 library of the module's maker, such as ``/usr/lib/softhsm/libsofthsm2.so``. It runs in
                this process.
            pin: The user's PIN, or a function that is called when it is needed. After a wrong one this signer logs in
                no more, since tokens lock themselves.
            token_label: The label of the token. Name the token by its label, its serial number or its slot.
            token_serial: The serial number of the token.
            slot: The id of the slot; many libraries number them anew at each start.
            key_label: CKA_LABEL of the private key. Name the key by its label, its id, or both.
            key_id: CKA_ID of the private key.
            public_key: The public half, for a token that does not hold it; by default it is read from the token.

        Raises:
            SigningError: The library or the token is not there (SIGNER_UNAVAILABLE); the key is not there, or several
                are, or the PIN is wrong (SIGNER_REFUSED); the token cannot sign with such a key, or python-pkcs11 is
                not installed (UNSUPPORTED).
            InvalidKeyError: The key is of a kind that is not supported.
            ValueError: The token or the key is not named.
        """
        if token_label is None and token_serial is None and slot is None:
            raise ValueError("name the token: token_label, token_serial or slot")
        if key_label is None and key_id is None:
            raise ValueError("name the key: key_label, key_id, or both")
        self._module, self._pin = str(module), Secret(pin, "PIN")
        self._token_label, self._token_serial, self._slot = token_label, token_serial, slot
        self._key_label, self._key_id = key_label, key_id
        self._session: pkcs11.Session | None = None
        self._pin_refused = False
        with _exclusive():
            try:
                key = self._connect(log_in=False)
                public = _read_public_key(key) if public_key is None else public_key
                _check_mechanism(key, public.type)
            except BaseException:
                self._disconnect()
                raise
        super().__init__(public)

    def _sign(self, data: bytes) -> bytes:
        with _exclusive():
            from pkcs11 import PKCS11Error

            if self._session is not None:
                with suppress(PKCS11Error):
                    return self._use(self._key, data)
                # Sessions end when the token is pulled out, the module restarts, another signer logs out, and so on.
                self._disconnect()
            try:
                return self._use(self._connect(log_in=True), data)
            except BaseException:
                self._disconnect()
                raise

    def _use(self, key: pkcs11.SignMixin, data: bytes) -> bytes:
        from pkcs11 import Mechanism

        kind = self.public_key.type
        mechanism = Mechanism[_MECHANISMS[kind]]
        message = digest(data, kind) if mechanism is Mechanism.ECDSA else data
        if self._pin_each_time:
            return self._with_pin(lambda pin: key.sign(message, mechanism=mechanism, pin=pin))
        return key.sign(message, mechanism=mechanism)

    def _connect(self, *, log_in: bool) -> pkcs11.SignMixin:
        """Open a session, and find the private key in it."""
        from pkcs11 import NoSuchKey
        from pkcs11.exceptions import UserAlreadyLoggedIn

        token = self._find_token()
        if not log_in:
            # Who is logged in is so for all of the process: another signer may have done it.
            self._session = token.open()
            with suppress(NoSuchKey):
                return self._find_key(self._session)
            self._disconnect()
        try:
            self._session = self._with_pin(lambda pin: token.open(user_pin=pin))
        except UserAlreadyLoggedIn:
            self._session = token.open()
        return self._find_key(self._session)

    def _find_token(self) -> pkcs11.Token:
        import pkcs11

        serial = None if self._token_serial is None else self._token_serial.encode()
        tokens = pkcs11.lib(self._module).get_tokens(token_label=self._token_label, token_serial=serial)
        found = [token for token in tokens if self._slot in (None, token.slot.slot_id)]
        if len(found) != 1:
            raise pkcs11.MultipleTokensReturned if found else pkcs11.NoSuchToken
        return found[0]

    def _find_key(self, session: pkcs11.Session) -> pkcs11.SignMixin:
        from pkcs11 import Attribute, ObjectClass, SignMixin

        named = {Attribute.LABEL: self._key_label, Attribute.ID: self._key_id}
        key = _only(
            session, ObjectClass.PRIVATE_KEY, {name: value for name, value in named.items() if value is not None}
        )
        if not isinstance(key, SignMixin):
            raise SigningError("the key is not for signing (CKA_SIGN is false)", code=REFUSED)
        self._key = key
        # CKA_ALWAYS_AUTHENTICATE (2.40 §4.9), as smart cards have it for their signature key.
        self._pin_each_time = bool(_attribute(key, Attribute.ALWAYS_AUTHENTICATE))
        return key

    def _with_pin(self, call: Callable[[str], T]) -> T:
        from pkcs11 import PKCS11Error

        if self._pin_refused:
            raise SigningError("the token refused the PIN before; make a new signer with the right one", code=REFUSED)
        try:
            return call(self._pin.reveal())
        except PKCS11Error as error:
            self._pin_refused = type(error).__name__ in _WRONG_PIN
            raise

    def _disconnect(self) -> None:
        from pkcs11 import PKCS11Error

        session, self._session = self._session, None
        if session is not None:
            with suppress(PKCS11Error):
                session.close()

    def _close(self) -> None:
        with _exclusive():
            self._disconnect()


@contextmanager
def _exclusive() -> Iterator[None]:
    """Keep others of this process away from PKCS #11, and turn its errors into ours."""
    try:
        from pkcs11 import PKCS11Error
    except ImportError:
        raise missing_extra("PKCS11Signer", "pkcs11") from None
    process = os.getpid()
    if _LOCKS and process not in _LOCKS:
        raise SigningError(
            "PKCS #11 was used before this process was forked; make signers in the new process only", code=UNSUPPORTED
        )
    with _LOCKS.setdefault(process, Lock()):
        try:
            yield
        except PKCS11Error as error:
            name = type(error).__name__
            code, text = _PROBLEMS.get(name, (UNAVAILABLE, "the PKCS #11 module failed; see its log"))
            raise SigningError(f"{text} ({name})", code=code) from error


def _only(session: pkcs11.Session, kind: pkcs11.ObjectClass, named: Mapping[pkcs11.Attribute, object]) -> pkcs11.Object:
    """Return the only object of a kind that is so named."""
    import pkcs11

    # A search that is left unfinished would end whenever its memory is freed, in the midst of other calls.
    found = list(session.get_objects({pkcs11.Attribute.CLASS: kind, **named}))
    if len(found) != 1:
        raise pkcs11.MultipleObjectsReturned if found else pkcs11.NoSuchKey
    return found[0]


def _attribute(key: pkcs11.SignMixin, name: pkcs11.Attribute) -> object:
    """Return an attribute, or None if the token does not have it, or not for those who are not logged in."""
    from pkcs11 import PKCS11Error

    try:
        return key[name]
    except PKCS11Error:
        return None


def _check_mechanism(key: pkcs11.SignMixin, kind: KeyType) -> None:
    from pkcs11 import Mechanism

    if Mechanism[_MECHANISMS[kind]] not in key.session.token.slot.get_mechanisms():
        raise SigningError(f"the token cannot sign with a {kind} key (CKM_{_MECHANISMS[kind]})", code=UNSUPPORTED)


def _read_public_key(key: pkcs11.SignMixin) -> PublicKey:
    """Read the public key that belongs to a private one: that of the same id, or else of the same label."""
    from pkcs11 import Attribute, NoSuchKey, ObjectClass
    from pkcs11 import KeyType as TokenKeyType

    key_id = _attribute(key, Attribute.ID)
    try:
        named = {Attribute.ID: key_id} if key_id else {Attribute.LABEL: key[Attribute.LABEL]}
        public = _only(key.session, ObjectClass.PUBLIC_KEY, named)
    except NoSuchKey:
        raise SigningError("the token does not hold the public key; give it as public_key", code=REFUSED) from None
    if public[Attribute.KEY_TYPE] == TokenKeyType.RSA:
        modulus, exponent = public[Attribute.MODULUS], public[Attribute.PUBLIC_EXPONENT]
        try:
            return PublicKey(rsa.RSAPublicNumbers(int.from_bytes(exponent), int.from_bytes(modulus)).public_key())
        except ValueError:
            raise InvalidKeyError("the token does not hold a usable RSA public key") from None
    return public_key_of_point(public[Attribute.EC_PARAMS], public[Attribute.EC_POINT])


def public_key_of_point(parameters: bytes, point: bytes) -> PublicKey:
    """Read a public key on a curve.

    Args:
        parameters: CKA_EC_PARAMS: DER of the curve's object identifier or name.
        point: CKA_EC_POINT: the bytes of the key, in a DER OCTET STRING or, as some tokens have it, bare.

    Raises:
        InvalidKeyError: Another curve, or not a point on it.
    """
    kind = _CURVES.get(parameters)
    if kind is None:
        raise InvalidKeyError("the key is not on a supported curve (Ed25519, P-256, P-384, P-521)")
    size = KINDS[kind].size if kind == "Ed25519" else 2 * KINDS[kind].size + 1
    # X.690 §8.1.3: an OCTET STRING, whose length above 127 takes two bytes.
    header = bytes([0x04, size]) if size < 0x80 else bytes([0x04, 0x81, size])
    if len(point) == len(header) + size:
        point = point.removeprefix(header)
    if kind == "Ed25519":
        return PublicKey(load_public(kind, point))
    curve = KINDS[kind].curve
    assert curve is not None
    try:
        return PublicKey(ec.EllipticCurvePublicKey.from_encoded_point(curve, point))
    except ValueError:
        raise InvalidKeyError(f"not the bytes of a {kind} key") from None
