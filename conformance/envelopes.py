"""SD-JWTs and COSE messages. Their modules are looked for when used, so that this folder runs before they are there."""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import microcred as mc
from conformance.parties import AllOrNothing, Secured, ours
from conformance.shapes import Shape
from microcred.json import JSONObject
from microcred.signing import verify_envelope

__all__ = ["OurCOSE", "OurSDJWT", "hideable", "is_there", "shown"]


def is_there(module: str) -> bool:
    """Tell whether this version of microcred has a module of ``signing``."""
    return find_spec(f"microcred.signing.{module}") is not None


def _module(name: str) -> Any:
    return import_module(f"microcred.signing.{name}")


def hideable(document: JSONObject) -> list[str]:
    """Return JSON Pointers to what an SD-JWT lets its holder withhold: members of several levels, and elements."""
    subject = document["credentialSubject"]
    found = []
    for name in ("name", "description", "evidence"):
        value = document.get(name)
        found += [f"/{name}"] if value is not None else []
        found += [f"/{name}/{index}" for index in range(len(value))] if isinstance(value, list) else []
    if isinstance(subject, dict):
        found += [f"/credentialSubject/{name}" for name in subject if name not in ("id", "type")]
        achievement = subject.get("achievement")
        if isinstance(achievement, dict):
            found += [f"/credentialSubject/achievement/{name}" for name in ("tag", "alignment") if name in achievement]
    return found


def shown(document: JSONObject) -> list[str]:
    """Return JSON Pointers to a part of that, so that some things are shown and others are not."""
    return hideable(document)[::2]


@dataclass(frozen=True)
class OurSDJWT:
    """SD-JWTs of credentials (VC-JOSE-COSE §3.2), and SD-JWT VCs."""

    key: mc.SigningKey
    vct: str | None = None
    """The type of an SD-JWT VC; without it the payload is the credential itself."""

    def issue(self, document: JSONObject, shape: Shape) -> Secured:
        """Sign it, for the holder."""
        text: str = ours(
            lambda: _module("sd_jwt").encode_sd_jwt(
                document,
                self.key,
                profile="vc-jose" if self.vct is None else "sd-jwt-vc",
                vct=self.vct,
                disclosable=hideable(document),
                kid=self.key.verification_method,
            )
        )
        return text

    def derive(self, secured: Secured, shape: Shape) -> Secured:
        """Present a part."""
        text: str = ours(lambda: _module("sd_jwt").present_sd_jwt(secured, shown(shape.build(self.key.did))))
        return text

    def verify(self, secured: Secured, shape: Shape) -> JSONObject:
        """Check the signature and the Disclosures."""
        document: JSONObject = ours(
            lambda: _module("sd_jwt").verify_sd_jwt(secured, self.key.public_key).envelope.document
        )
        return document


@dataclass(frozen=True)
class OurCOSE(AllOrNothing):
    """COSE messages with credentials (VC-JOSE-COSE §3.3)."""

    key: mc.SigningKey

    def issue(self, document: JSONObject, shape: Shape) -> Secured:
        """Sign it."""
        kid = self.key.verification_method
        return b64encode(ours(lambda: _module("cose").encode_cose(document, self.key, kid=kid))).decode()

    def verify(self, secured: Secured, shape: Shape) -> JSONObject:
        """Check the signature."""
        envelope = ours(lambda: _module("cose").decode_cose(b64decode(str(secured))))
        ours(lambda: verify_envelope(envelope, self.key.public_key))
        document: JSONObject = envelope.document
        return document
