"""SD-JWTs and COSE messages."""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import dataclass

import microcred as mc
from conformance.parties import AllOrNothing, Secured, judge, ours
from conformance.shape_parts import Shape
from microcred.json import JSONObject
from microcred.signing import decode_cose, verify_envelope
from microcred.signing.sd_jwt import present_sd_jwt, verify_sd_jwt

__all__ = ["OurCOSE", "OurSDJWT", "hideable", "shown"]


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
        return ours(
            lambda: mc.sign_sd_jwt(
                document,
                self.key,
                holder_key=None,
                disclosable=hideable(document),
                vct=self.vct,
                contexts=shape.contexts,
            )
        )

    def derive(self, secured: Secured, shape: Shape) -> Secured:
        """Present a part."""
        return ours(lambda: present_sd_jwt(str(secured), shown(shape.build(self.key.did))))

    def verify(self, secured: Secured, shape: Shape) -> JSONObject:
        """Check the signature and the Disclosures, and then the credential."""
        envelope = ours(lambda: verify_sd_jwt(str(secured), self.key.public_key)).envelope
        judge(str(secured), self.key, shape, partly=True)
        return envelope.document


@dataclass(frozen=True)
class OurCOSE(AllOrNothing):
    """COSE messages with credentials (VC-JOSE-COSE §3.3)."""

    key: mc.SigningKey

    def issue(self, document: JSONObject, shape: Shape) -> Secured:
        """Sign it."""
        return b64encode(ours(lambda: mc.sign_cose(document, self.key, contexts=shape.contexts))).decode()

    def verify(self, secured: Secured, shape: Shape) -> JSONObject:
        """Check the signature, and then the credential."""
        message = b64decode(str(secured))
        envelope = ours(lambda: decode_cose(message))
        ours(lambda: verify_envelope(envelope, self.key.public_key))
        judge(message, self.key, shape)
        return envelope.document
