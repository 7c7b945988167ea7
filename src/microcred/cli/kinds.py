"""What options choose from."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Format", "JWTProfile", "Kind"]


class Kind(StrEnum):
    """Kinds of keys."""

    ED25519 = "Ed25519"
    P256 = "P-256"
    P384 = "P-384"
    P521 = "P-521"
    RSA = "RSA"


class Format(StrEnum):
    """How a credential is secured."""

    JSON = "json"
    JWT = "jwt"
    SD_JWT = "sd-jwt"
    COSE = "cose"


class JWTProfile(StrEnum):
    """Which text a JWT follows."""

    OB3 = "ob3"
    VC_JOSE = "vc-jose"
