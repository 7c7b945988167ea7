"""One key of an issuer, and how its documents write it: Controlled Identifiers 1.0 §2.2, RFC 7517."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from microcred.errors import DocumentError, InvalidKeyError
from microcred.json import JSONObject, JSONValue
from microcred.keys import PublicKey
from microcred.models import DateTime

__all__ = ["IssuerKey"]

# What makes embedded proofs is looked for as a Multikey; the rest is for JWTs, and looked for as a JWK.
_MULTIKEYS = ("Ed25519", "P-256", "P-384")
_MOMENTS = ("added", "retired", "revoked")


@dataclass(frozen=True, slots=True)
class IssuerKey:
    """The public half of a key that signs for an issuer, or did so once."""

    id: str
    """The URL of the key, for ``verificationMethod`` and ``kid``; it never names another key."""
    public_key: PublicKey
    """The key."""
    added: DateTime
    """Since when it is the issuer's."""
    retired: DateTime | None = None
    """Since when another key signs in its place; what it signed stays good."""
    revoked: DateTime | None = None
    """Since when nothing counts that it signed, at whatever time, since a thief chooses the time of a proof."""

    @property
    def name(self) -> str:
        """The part of its URL behind the ``#``, such as ``key-1``."""
        return self.id.partition("#")[2]

    @property
    def controller(self) -> str:
        """The issuer's id."""
        return self.id.partition("#")[0]

    @property
    def is_current(self) -> bool:
        """Whether it signs what is issued now."""
        return self.retired is None and self.revoked is None

    def verification_method(self) -> JSONObject:
        """Return the key as a DID document lists it (Controlled Identifiers 1.0 §2.2)."""
        method: JSONObject = {"id": self.id, "type": self.form, "controller": self.controller}
        if self.form == "Multikey":
            method["publicKeyMultibase"] = self.public_key.multikey
        else:
            method["publicKeyJwk"] = self.public_key.to_jwk()
        if self.revoked is not None:
            method["revoked"] = self.revoked.lexical
        return method

    @property
    def form(self) -> str:
        """How it is written: ``Multikey`` or ``JsonWebKey``."""
        return "Multikey" if self.public_key.type in _MULTIKEYS else "JsonWebKey"

    def to_jwk(self) -> JSONObject:
        """Return the key as a key set lists it; ``iss`` tells issuers on one host apart."""
        names: JSONObject = {"kid": self.id, "alg": self.public_key.algorithm, "use": "sig", "iss": self.controller}
        return {**self.public_key.to_jwk(), **names}

    def to_document(self) -> JSONObject:
        """Return what is kept of it."""
        moments = {name: getattr(self, name) for name in _MOMENTS}
        return {
            "id": self.id,
            "publicKeyMultibase": self.public_key.multikey,
            **{name: moment.lexical for name, moment in moments.items() if moment is not None},
        }

    @classmethod
    def from_document(cls, document: Mapping[str, JSONValue], where: str) -> IssuerKey:
        """Read what was kept of a key.

        Args:
            document: The members.
            where: JSON Pointer to them, for errors.

        Raises:
            DocumentError: A member is missing, unknown or unusable.
        """
        unknown = [name for name in document if name not in ("id", "publicKeyMultibase", *_MOMENTS)]
        if unknown:
            # A member that is misspelt must not make a revoked key a good one.
            raise DocumentError.at(where, f"has members besides id, publicKeyMultibase, {', '.join(_MOMENTS)}")
        try:
            key = PublicKey.from_multikey(str(document.get("publicKeyMultibase")))
        except InvalidKeyError as error:
            raise DocumentError.at(f"{where}/publicKeyMultibase", str(error)) from None
        moments = {name: _moment(document[name], f"{where}/{name}") for name in _MOMENTS if name in document}
        if "added" not in moments:
            raise DocumentError.at(f"{where}/added", "is missing: since when the key is the issuer's")
        return cls(str(document.get("id")), key, **moments)


def _moment(value: JSONValue, where: str) -> DateTime:
    try:
        moment = DateTime.parse(value if isinstance(value, str) else "")
    except ValueError as error:
        raise DocumentError.at(where, str(error)) from None
    if moment.tzinfo is None:
        raise DocumentError.at(where, "needs a time zone, such as the Z in 2026-05-01T09:30:00Z")
    return moment
