"""An issuer: who it is, its keys past and present, and the documents in which verifiers find them.

did:web method; Controlled Identifiers 1.0; RFC 7517; Open Badges 3.0 §8.5 and implementation guide, "Key provenance".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

from microcred.documents import judge, parse, to_document
from microcred.errors import DocumentError, InvalidKeyError, ResolutionError, SigningError
from microcred.issuer.issuer_keys import IssuerKey
from microcred.json import JSONObject, JSONValue
from microcred.keys import PublicKey
from microcred.models import CREDENTIALS_V2, OPEN_BADGES_CONTEXT, DateTime, Profile, now
from microcred.protocols import Signer
from microcred.verify.asking import is_plain
from microcred.verify.did_methods import did_web_url

__all__ = ["Issuer", "IssuerSigner"]

_DID_CONTEXT = "https://www.w3.org/ns/did/v1"
_KEY_CONTEXTS = {"Multikey": "https://w3id.org/security/multikey/v1", "JsonWebKey": "https://w3id.org/security/jwk/v1"}
_FORMAT = "microcred-issuer-1"
_IDS = (
    "must be a did:web such as did:web:example.edu, an https URL with a path, where the profile is served, such as "
    "https://example.edu/issuer.json, or the did:key of its only key"
)


@dataclass(frozen=True, slots=True)
class IssuerSigner:
    """The current key of an issuer; a ``Signer`` that knows its URL, so that ``mc.sign`` needs no more."""

    signer: Signer
    """The private key, wherever it lives."""
    verification_method: str
    """The URL under which verifiers find it."""

    @property
    def public_key(self) -> PublicKey:
        """The public half."""
        return self.signer.public_key

    def sign(self, data: bytes) -> bytes:
        """Sign bytes (see ``Signer.sign``)."""
        return self.signer.sign(data)


@dataclass(frozen=True, slots=True)
class Issuer:
    """An issuer's public side. It never changes: rotating and revoking return another one, which you keep instead."""

    profile: Profile
    """Who it is; its ``id`` is a did:web, an https URL, or the did:key of the only key."""
    keys: tuple[IssuerKey, ...]
    """All keys that it ever had, oldest first; the last one is the current one."""

    def __post_init__(self) -> None:
        is_key = self.document_url is None
        for index, key in enumerate(self.keys):
            problem = self._problem(key, is_last=index == len(self.keys) - 1)
            if problem is not None:
                raise DocumentError.at(f"/keys/{index}", problem)
        if not self.keys or len({key.id for key in self.keys}) < len(self.keys):
            raise DocumentError.at("/keys", "must have one key at least, and each a name of its own")
        # Under a second name, a revoked key would be good again.
        if len({key.public_key for key in self.keys}) < len(self.keys):
            raise DocumentError.at("/keys", "has the same key twice")
        if is_key and [key.id for key in self.keys] != [self.current.public_key.verification_method]:
            raise DocumentError.at("/keys", "must be the key that the did:key is, and no other")

    def _problem(self, key: IssuerKey, *, is_last: bool) -> str | None:
        if key.controller != self.id or not key.name:
            return "must have an id that is the issuer's, then # and the name of the key"
        if key.is_current is not is_last:
            return "the last key is the current one; those before it are retired or revoked"
        if key.public_key.type == "BLS12-381":
            return "is of BLS12-381, which signs nothing but bbs-2023; keep such keys by yourself"
        return None

    @classmethod
    def create(cls, profile: Profile, key: PublicKey | Signer, *, at: datetime | None = None) -> Issuer:
        """Make an issuer with its first key.

        Args:
            profile: Who it is. Its ``id`` is a did:web such as ``did:web:example.edu`` or
                ``did:web:example.edu:departments:x``, an https URL, or the did:key of the key.
            key: The key, or its public half: this holds nothing secret.
            at: Since when the key is the issuer's; now by default.

        Raises:
            DocumentError: The profile breaks rules of the standard, or the id is of another kind.
        """
        problems = judge(to_document(profile))
        if problems:
            raise DocumentError(problems)
        public = key if isinstance(key, PublicKey) else key.public_key
        is_key = profile.id == public.did
        name = public.verification_method if is_key else f"{profile.id}#key-1"
        return cls(profile, (IssuerKey(name, public, DateTime.of(at or now())),))

    @property
    def id(self) -> str:
        """The issuer's id."""
        return self.profile.id

    @property
    def document_url(self) -> str | None:
        """Where verifiers look the keys up; None for a did:key, which needs no look-up.

        Raises:
            DocumentError: The id is of another kind.
        """
        if self.id.startswith("did:key:"):
            return None
        if self.id.startswith("did:web:"):
            try:
                return did_web_url(self.id)
            except ResolutionError as error:
                raise DocumentError.at("/profile/id", error.reason) from None
        has_page = urlsplit(self.id).path.strip("/") and not set(self.id) & {"#", "?"}
        if not self.id.startswith("https:") or not is_plain(self.id) or not has_page:
            raise DocumentError.at("/profile/id", _IDS)
        return self.id

    @property
    def current(self) -> IssuerKey:
        """The key that signs what is issued now."""
        return self.keys[-1]

    def key(self, name: str) -> IssuerKey:
        """Return a key by its name, such as ``key-1``, or by its URL.

        Raises:
            InvalidKeyError: There is none.
        """
        for key in self.keys:
            if name in (key.name, key.id):
                return key
        names = ", ".join(key.name for key in self.keys)
        raise InvalidKeyError(f"the issuer has no key of that name; it has {names}")

    def signer(self, signer: Signer) -> IssuerSigner:
        """Return the current key, ready to sign in the issuer's name: ``mc.sign(credential, issuer.signer(key))``.

        Args:
            signer: The private half of the current key, wherever it lives.

        Raises:
            SigningError: It is another key, or one that must not sign any more.
        """
        if signer.public_key == self.current.public_key:
            return IssuerSigner(signer, self.current.id)
        for key in self.keys:
            if signer.public_key == key.public_key:
                what = "retired" if key.revoked is None else "revoked"
                raise SigningError(f"the key {key.name} was {what}; sign with {self.current.name}")
        raise SigningError("the key is none of the issuer's; rotate to it first, so that verifiers can find it")

    def rotate(self, key: PublicKey | Signer, *, at: datetime | None = None) -> Issuer:
        """Return the issuer with a new current key. The old one stays listed, so that what it signed still verifies.

        Publish the issuer's documents before the new key signs.

        Args:
            key: The new key, or its public half.
            at: When; now by default.

        Raises:
            InvalidKeyError: The issuer is a did:key, or had that key before.
        """
        self.check_can_change("replaced")
        self._check_new(key)
        moment = DateTime.of(at or now())
        retired = replace(self.current, retired=moment)
        return Issuer(self.profile, (*self.keys[:-1], retired, self._next(key, moment)))

    def revoke(self, name: str, successor: PublicKey | Signer | None = None, *, at: datetime | None = None) -> Issuer:
        """Return the issuer with a key marked as compromised: nothing that it signed verifies any more.

        Publish the issuer's documents at once, and issue again what was good: see ``reissue``.

        Args:
            name: Which key; one that is revoked already stays as it is.
            successor: The new key, or its public half, when the current one is revoked.
            at: When; now by default. It informs, and limits nothing: a thief chooses the dates of proofs.

        Raises:
            InvalidKeyError: There is no such key; the current one has no successor; or the issuer is a did:key.
        """
        key, moment = self.key(name), DateTime.of(at or now())
        if key.revoked is not None:
            return self
        if not key.is_current:
            if successor is not None:
                raise ValueError("only the current key has a successor; this one has been retired already")
            keys = [replace(each, revoked=moment) if each is key else each for each in self.keys]
            return Issuer(self.profile, tuple(keys))
        self.check_can_change("revoked")
        if successor is None:
            raise InvalidKeyError("this is the current key: give the one that takes its place")
        self._check_new(successor)
        revoked = replace(key, retired=moment, revoked=moment)
        return Issuer(self.profile, (*self.keys[:-1], revoked, self._next(successor, moment)))

    def check_can_change(self, what: str) -> None:
        """Refuse to have the key of a did:key replaced or revoked.

        Args:
            what: Which of the two, for the error.

        Raises:
            InvalidKeyError: The issuer is a did:key.
        """
        if self.document_url is None:
            raise InvalidKeyError(
                f"a did:key is its key, which cannot be {what}; become an issuer whose id outlives its keys, such as "
                "did:web:example.edu, issue again under it, and tell those who trust the old id"
            )

    def _check_new(self, key: PublicKey | Signer) -> None:
        if _public(key) in {each.public_key for each in self.keys}:
            raise InvalidKeyError("the issuer has or had this key already; make a new one")

    def _next(self, key: PublicKey | Signer, added: DateTime) -> IssuerKey:
        # Keys are never removed, so that no name comes twice.
        return IssuerKey(f"{self.id}#key-{len(self.keys) + 1}", _public(key), added)

    def did_document(self) -> JSONObject:
        """Return the DID document of a did:web issuer, in the shape that all known verifiers take.

        The methods are a list, and ``assertionMethod`` names them by their URLs. A retired key stays in both. A revoked
        one is marked, and named no longer: some verifiers do not know the mark.

        Raises:
            ValueError: The issuer is no did:web.
        """
        if not self.id.startswith("did:web:"):
            raise ValueError("only the keys of a did:web are in a DID document")
        return {"@context": [_DID_CONTEXT, *self._key_contexts()], "id": self.id, **self._key_members()}

    def profile_document(self) -> JSONObject:
        """Return the profile as a document by itself; an https issuer's lists its keys, as a DID document does."""
        document = to_document(self.profile)
        if not self.id.startswith("https:"):
            return {"@context": [CREDENTIALS_V2, OPEN_BADGES_CONTEXT], **document}
        contexts: list[JSONValue] = [CREDENTIALS_V2, OPEN_BADGES_CONTEXT, _DID_CONTEXT, *self._key_contexts()]
        return {"@context": contexts, **document, **self._key_members()}

    def jwks(self) -> JSONObject:
        """Return the key set (RFC 7517 §5), without revoked keys, since it has no way to mark them."""
        return {"keys": [key.to_jwk() for key in self.keys if key.revoked is None]}

    def _key_contexts(self) -> list[JSONValue]:
        forms = {key.form for key in self.keys}
        return [url for form, url in _KEY_CONTEXTS.items() if form in forms]

    def _key_members(self) -> JSONObject:
        good: list[JSONValue] = [key.id for key in self.keys if key.revoked is None]
        return {"verificationMethod": [key.verification_method() for key in self.keys], "assertionMethod": good}

    def to_document(self) -> JSONObject:
        """Return all of this as JSON, to be kept; it is public."""
        keys: list[JSONValue] = [key.to_document() for key in self.keys]
        return {"format": _FORMAT, "profile": to_document(self.profile), "keys": keys}

    @classmethod
    def from_document(cls, document: Mapping[str, JSONValue]) -> Issuer:
        """Read what ``to_document`` gave.

        Raises:
            DocumentError: It is something else, or was damaged.
        """
        if document.get("format") != _FORMAT:
            raise DocumentError.at("/format", f"must be {_FORMAT}: this is no issuer, or that of another version")
        profile, keys = document.get("profile"), document.get("keys")
        if not isinstance(profile, dict) or not isinstance(keys, list):
            raise DocumentError.at("", "must have a profile, an object, and keys, a list")
        problems = judge(profile)
        if problems:
            raise DocumentError(problems).below("/profile")
        read = parse(profile)
        if not isinstance(read, Profile):
            raise DocumentError.at("/profile/type", "must include Profile")
        entries = [key if isinstance(key, dict) else {} for key in keys]
        found = [IssuerKey.from_document(key, f"/keys/{index}") for index, key in enumerate(entries)]
        return cls(read, tuple(found))


def _public(key: PublicKey | Signer) -> PublicKey:
    return key if isinstance(key, PublicKey) else key.public_key
