"""DID documents and keys: Controlled Identifiers 1.0, DID Core 1.0, RFC 7517; Open Badges 3.0 §B.6."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, ClassVar

from pydantic import Discriminator, Field, JsonValue, Strict, Tag

from microcred.models._base import Members, Model, Rule
from microcred.models._fields import AtLeastOne, LoneTypes, Many, Some
from microcred.models._types import URI, URIText
from microcred.models.credential import Context, by_kind, contexts

__all__ = ["JWK", "JWKS", "DIDDocument", "Service", "VerificationMethod"]

Text = Annotated[str, Strict()]


class JWK(Model):
    """A public key (RFC 7517; §B.6.2); it never holds a private one."""

    kty: Text
    """``OKP``, ``EC`` or ``RSA``."""
    use: Text | None = None
    """``sig``."""
    key_ops: Many[Text] | None = None
    """``verify``."""
    alg: Text | None = None
    """The algorithm, such as ``ES256``."""
    kid: Text | None = None
    """The name of the key."""
    crv: Text | None = None
    """The curve of an OKP or EC key."""
    x: Text | None = None
    """A coordinate, base64url."""
    y: Text | None = None
    """A coordinate, base64url."""
    n: Text | None = None
    """The modulus of an RSA key, base64url."""
    e: Text | None = None
    """The exponent of an RSA key, base64url."""
    x5u: URIText | None = None
    """The URL of a certificate chain."""
    x5c: Many[Text] | None = None
    """A certificate chain, base64."""
    x5t: Text | None = None
    """The SHA-1 digest of the certificate."""
    x5t_s256: Text | None = None
    """The SHA-256 digest of the certificate."""

    @classmethod
    def rules(cls, members: Members) -> Iterable[Rule]:
        """Return the broken rules that concern several members."""
        if members["d"] is not None or members["k"] is not None:
            yield ("d",), "is the private half of the key; never publish it, and replace this key"


class JWKS(Model):
    """A set of public keys (RFC 7517 §5; §B.6.3)."""

    closed: ClassVar[bool] = True

    keys: AtLeastOne[JWK]
    """The keys."""


class VerificationMethod(Model):
    """A key, who controls it, and how it is written (Controlled Identifiers 1.0 §2.2)."""

    id: URIText
    """The URL that names the key; may be a fragment such as ``#key-1`` inside its document."""
    type: LoneTypes
    """``Multikey``, ``JsonWebKey``, ``Ed25519VerificationKey2020`` …"""
    controller: URIText | None = None
    """Who controls the key."""
    public_key_multibase: Text | None = None
    """The key as a Multikey, base58-btc."""
    public_key_jwk: JWK | None = None
    """The key as a JWK."""
    expires: Text | None = None
    """When the key ends, as written."""
    revoked: Text | None = None
    """When the key was revoked, as written."""


_MethodOrReference = Annotated[
    Annotated[Text, Tag("‹text›")]
    | Annotated[VerificationMethod, Tag("‹object›")]
    | Annotated[list[str], Tag("‹array›")],
    Discriminator(by_kind),
]


class Service(Model):
    """A service of the subject (DID Core 1.0 §5.4)."""

    id: URIText
    """A URI of the service."""
    type: LoneTypes
    """The kind of service."""
    service_endpoint: JsonValue
    """Where it is: a URL, an object, or a list of those."""


class DIDDocument(Model):
    """What a DID resolves to (DID Core 1.0 §5)."""

    context: Context | None = Field(
        default_factory=lambda: contexts("https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1")
    )
    """JSON-LD contexts."""
    id: URI
    """The DID."""
    also_known_as: Many[Text] | None = None
    """Other identifiers of the subject."""
    controller: Some[Text] | None = None
    """Who may change the document."""
    verification_method: Many[VerificationMethod] | None = None
    """The keys."""
    assertion_method: Many[_MethodOrReference] | None = None
    """The keys that may sign credentials: references, or keys of their own."""
    authentication: Many[_MethodOrReference] | None = None
    """The keys that may sign presentations: references, or keys of their own."""
    key_agreement: Many[_MethodOrReference] | None = None
    """The keys for encryption."""
    capability_invocation: Many[_MethodOrReference] | None = None
    """The keys for invoking capabilities."""
    capability_delegation: Many[_MethodOrReference] | None = None
    """The keys for delegating capabilities."""
    service: Many[Service] | None = None
    """Services of the subject."""
