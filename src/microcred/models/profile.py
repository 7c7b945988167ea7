"""Issuers, people and organisations: Open Badges 3.0 §B.1.4, §B.1.10 to §B.1.14."""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING, Annotated, ClassVar, Self

from pydantic import Strict

from microcred.models._base import Model
from microcred.models._fields import LoneTypes, Many, Types, lone_types, reference, strict, types
from microcred.models._types import (
    URI,
    Bool,
    CompactJWS,
    CountryCode,
    Date,
    IdentifierType,
    Number,
    URIText,
    extensible,
)

if TYPE_CHECKING:
    from microcred.models.open_badges import AnyEndorsement

__all__ = [
    "Address",
    "GeoCoordinates",
    "IdentifierEntry",
    "IdentityObject",
    "Image",
    "ImageRef",
    "Issuer",
    "Profile",
    "ProfileRef",
    "identity_hash",
]

Text = Annotated[str, Strict()]
_IdentifierTypeText = Annotated[str, Strict(), strict(extensible(IdentifierType))]


def identity_hash(value: str, salt: str | None = None, algorithm: str = "sha256") -> str:
    """Hash an identity as §9.3 does: ``algorithm$hex`` of the UTF-8 text followed by the salt.

    Args:
        value: The identity in plain text, such as an e-mail address; nothing is normalised.
        salt: The salt, or None.
        algorithm: ``sha256``, or ``md5``, which is for reading old credentials only.

    Raises:
        ValueError: Another algorithm.
    """
    if algorithm not in ("sha256", "md5"):
        raise ValueError("the algorithm of an identity hash must be sha256 or md5")
    digest = hashlib.new(algorithm, (value + (salt or "")).encode(), usedforsecurity=False)
    return f"{algorithm}${digest.hexdigest()}"


class Image(Model):
    """A picture (§B.1.13): PNG or SVG, by URL or as a ``data:`` URL."""

    closed: ClassVar[bool] = True

    id: URIText
    """The URL of the picture; may be a ``data:`` URL."""
    type: LoneTypes = lone_types("Image")
    """``Image``."""
    caption: Text | None = None
    """What the picture shows, for people who cannot see it."""


ImageRef = Annotated[Image, reference(Image, judged=False)]
"""An image, or in Python just its URL."""


class GeoCoordinates(Model):
    """A place on the globe (§B.1.10)."""

    type: LoneTypes = lone_types("GeoCoordinates")
    """``GeoCoordinates``."""
    latitude: Number
    """Degrees north of the equator, WGS 84."""
    longitude: Number
    """Degrees east of Greenwich, WGS 84."""


class Address(Model):
    """A postal address (§B.1.4)."""

    type: Types = types("Address")
    """Includes ``Address``."""
    address_country: Text | None = None
    """The name of the country."""
    address_country_code: CountryCode | None = None
    """The country as ISO 3166-1 alpha-2, such as ``ES``."""
    address_region: Text | None = None
    """The region or state."""
    address_locality: Text | None = None
    """The town."""
    street_address: Text | None = None
    """Street and number."""
    post_office_box_number: Text | None = None
    """The post office box."""
    postal_code: Text | None = None
    """The postal code."""
    geo: GeoCoordinates | None = None
    """Where it is."""


class IdentifierEntry(Model):
    """An identifier of another system (§B.1.11)."""

    closed: ClassVar[bool] = True

    type: LoneTypes = lone_types("IdentifierEntry")
    """``IdentifierEntry``."""
    identifier: Text
    """The identifier."""
    identifier_type: _IdentifierTypeText
    """An ``IdentifierType``, or an own term that starts with ``ext:``."""


class IdentityObject(Model):
    """Who the recipient is, in plain text or hashed (§B.1.12)."""

    closed: ClassVar[bool] = True

    type: LoneTypes = lone_types("IdentityObject")
    """``IdentityObject``."""
    hashed: Bool
    """Whether ``identity_hash`` is hashed."""
    identity_hash: Text
    """The identity: ``algorithm$hex`` when hashed, plain text otherwise."""
    identity_type: _IdentifierTypeText
    """An ``IdentifierType``, or an own term that starts with ``ext:``."""
    salt: Text | None = None
    """The text that was appended before hashing."""

    @classmethod
    def of(
        cls,
        value: str,
        identity_type: str = IdentifierType.EMAIL_ADDRESS,
        *,
        hashed: bool = True,
        salt: str | None = None,
    ) -> Self:
        """Make the identity object of a person.

        Args:
            value: The identity in plain text, such as an e-mail address.
            identity_type: What kind of identity it is.
            hashed: Hash it, so that the credential does not publish it. A hash of a guessable value can be undone by
                guessing; it is a courtesy, not a secret.
            salt: Used when hashed; a fresh random one by default.
        """
        if not hashed:
            return cls(hashed=False, identity_hash=value, identity_type=str(identity_type))
        salt = secrets.token_urlsafe(16) if salt is None else salt
        return cls(hashed=True, identity_hash=identity_hash(value, salt), identity_type=str(identity_type), salt=salt)


class Issuer(Model):
    """Whoever issues a credential (Verifiable Credentials Data Model 2.0 §4.7); further members as they come."""

    id: URI
    """The issuer's DID or https URL."""


class Profile(Issuer):
    """A person or an organisation (§B.1.14)."""

    repeats: ClassVar[bool] = True

    type: Types = types("Profile")
    """Includes ``Profile``."""
    name: Text | None = None
    """The name to show."""
    url: URIText | None = None
    """The home page."""
    phone: Text | None = None
    """The phone number."""
    description: Text | None = None
    """A short description."""
    endorsement: Many[AnyEndorsement] | None = None
    """Endorsements of this profile, with embedded proofs."""
    endorsement_jwt: Many[CompactJWS] | None = None
    """Endorsements of this profile, as JWTs."""
    image: ImageRef | None = None
    """The logo or portrait."""
    email: Text | None = None
    """The e-mail address."""
    address: Address | None = None
    """The postal address."""
    other_identifier: Many[IdentifierEntry] | None = None
    """Identifiers in other systems."""
    official: Text | None = None
    """The name of the person in charge, for an organisation."""
    parent_org: Profile | None = None
    """The organisation that this one belongs to."""
    family_name: Text | None = None
    """The family name."""
    given_name: Text | None = None
    """The given name."""
    additional_name: Text | None = None
    """A further name."""
    patronymic_name: Text | None = None
    """The patronymic."""
    honorific_prefix: Text | None = None
    """A title in front of the name."""
    honorific_suffix: Text | None = None
    """A title behind the name."""
    family_name_prefix: Text | None = None
    """A prefix of the family name, such as ``von``."""
    date_of_birth: Date | None = None
    """The birthday, ``YYYY-MM-DD``."""


ProfileRef = Annotated[Profile, reference(Profile, judged=True)]
"""A profile, or just its id (§B.1.20). A fresh one is always an object, since verifiers exist that need it."""
