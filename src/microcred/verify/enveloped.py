"""The key of a JWT, SD-JWT or COSE message: whose it is, and whether it signed (Open Badges 3.0 §8.2.6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from microcred.errors import ProofError, ResolutionError
from microcred.keys import PublicKey
from microcred.protocols import Steps
from microcred.signing.envelopes import Envelope, key_type, verify_envelope
from microcred.verify.report import Code
from microcred.verify.resolver import ResolvedKey, Resolver
from microcred.verify.trust import Trust

__all__ = ["EnvelopeChecker", "check_controller", "check_name"]

_FOREIGN = "the key that signed belongs to somebody else than the document names"


@dataclass(frozen=True, slots=True)
class EnvelopeChecker:
    """Check the one signature over a document and its claims."""

    resolver: Resolver
    trust: Trust

    def check(self, envelope: Envelope, signer: str | None, purpose: str, at: datetime) -> Steps[ResolvedKey]:
        """Return the key under which an envelope holds.

        Args:
            envelope: Untrusted.
            signer: Whose key it must be: the issuer, or the holder of a presentation.
            purpose: The verification relationship that must list the key.
            at: The time of judgement.

        Raises:
            ProofError: It does not hold.
            ResolutionError: The key could not be looked up, or must not be used.
            InvalidKeyError: The embedded key is unusable.
        """
        # Before any cryptography.
        kind = key_type(envelope)
        try:
            resolved = yield from self._key(envelope, signer, purpose, at)
        except ResolutionError:
            for key in self.trust.keys(signer):
                if key.type == kind and key.verifies(envelope.signature, envelope.signed):
                    verify_envelope(envelope, key)
                    return ResolvedKey(key, signer, authenticated=True)
            raise
        check_controller(resolved, signer, self.trust)
        verify_envelope(envelope, resolved.key)
        return resolved

    def _key(self, envelope: Envelope, signer: str | None, purpose: str, at: datetime) -> Steps[ResolvedKey]:
        """Find the key that the header names; a ``kid`` that is a URL goes before an embedded ``jwk`` (§8.2.6)."""
        kid, jwk = envelope.header.get("kid"), envelope.header.get("jwk")
        if isinstance(kid, str) and kid.startswith(("did:", "https://", "http://")):
            check_name(kid, signer, self.resolver)
            return (yield from self.resolver.key(kid, purpose, at, owner=signer))
        if isinstance(jwk, dict):
            key = PublicKey.from_jwk(jwk)
            if signer is None or not self.resolver.handles(signer):
                return ResolvedKey(key, None, authenticated=False)
            # The DID says which keys are the signer's, so that an embedded key is either one of them or a forgery.
            if key not in (yield from self.resolver.keys_of(signer, purpose, at)):
                raise ProofError(
                    "the key in the header is not among those of the one who should have signed",
                    Code.INVALID_VERIFICATION_METHOD,
                )
            return ResolvedKey(key, signer, authenticated=True)
        if isinstance(kid, str) and signer is not None and signer.startswith("did:"):
            return (yield from self.resolver.named_key(signer, kid, purpose, at))
        raise ResolutionError(str(kid), "the header names no key that can be looked up here", Code.UNSUPPORTED)


def check_name(method: str, signer: str | None, resolver: Resolver) -> None:
    """Refuse a key in the name of another DID, before its document is looked up on the word of an unverified one.

    Args:
        method: The URL of the key; untrusted.
        signer: Whose key it must be; None for anyone's.
        resolver: Knows what it could look up.

    Raises:
        ResolutionError: INVALID_VERIFICATION_METHOD.
    """
    if signer is not None and resolver.handles(method) and method.partition("#")[0] != signer:
        raise ResolutionError(method, _FOREIGN, Code.INVALID_VERIFICATION_METHOD)


def check_controller(resolved: ResolvedKey, signer: str | None, trust: Trust) -> None:
    """Refuse a key that is known to be somebody else's: signing with it says nothing about the one who is named.

    Args:
        resolved: The key.
        signer: Whose key it should be; None for anyone's.
        trust: Keys that the caller knows.

    Raises:
        ProofError: INVALID_VERIFICATION_METHOD.
    """
    if signer is None or resolved.controller in (None, signer) or resolved.key in trust.keys(signer):
        return
    raise ProofError(_FOREIGN, Code.INVALID_VERIFICATION_METHOD)
