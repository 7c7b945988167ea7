"""Issue again what a revoked key had signed, under the current key, and nothing that the issuer did not issue.

Whoever stole the key can have signed anything with it: new credentials, and copies of real ones with other claims and
the same id. A good signature by that key is therefore no reason to sign again. What decides is the issuer's own record.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from microcred import jcs
from microcred.documents import Readable, issuer_id
from microcred.encoding import base64url_encode
from microcred.errors import MicrocredError, SigningError
from microcred.issuer.identity import Issuer, IssuerSigner
from microcred.issuer.issuer_keys import IssuerKey
from microcred.json import JSONObject, dumps
from microcred.limits import DEFAULT_LIMITS, Limits
from microcred.protocols import Signer
from microcred.signing.chains import proofs_of
from microcred.signing.cryptosuites import Cryptosuite, suite_of
from microcred.signing.data_integrity import verify_proof
from microcred.signing.envelopes import Envelope, is_vc_jose, verify_envelope
from microcred.signing.issuing import sign
from microcred.signing.issuing_envelopes import sign_jwt
from microcred.signing.jose import decode_jwt
from microcred.signing.preparing import Contexts
from microcred.signing.reading import Received, receive
from microcred.signing.selective import is_selective

__all__ = ["Issued", "ReissueOutcome", "Reissued", "digest", "is_signed_by", "reissue"]

Issued: TypeAlias = Callable[[str | None, str], bool]
"""The issuer's record: whether it issued a credential with this ``id`` and this ``digest``."""
ReissueOutcome: TypeAlias = Literal["reissued", "unaffected", "refused"]
"""``unaffected``: no revoked key signed it, and it stays as it is."""


@dataclass(frozen=True, slots=True)
class Reissued:
    """What became of one credential."""

    outcome: ReissueOutcome
    """Whether it was issued again."""
    id: str | None
    """The id of the credential, where it could be read; untrusted."""
    reason: str
    """Why it was not, in plain words; empty when it was."""
    credential: JSONObject | str | None = None
    """The new credential: JSON with a proof, or a JWT, as it was before."""


class _RefusedError(Exception):
    """Why a credential is not issued again."""


def digest(credential: Readable, limits: Limits = DEFAULT_LIMITS) -> str:
    """Return what a credential says as a hash: SHA-256 of its JCS form without ``proof`` (RFC 8785), base64url.

    It stays the same when the credential is issued again, as JSON or as a JWT.

    Args:
        credential: Signed or not; untrusted.
        limits: Bounds on size and depth.

    Raises:
        DocumentError: It cannot be read.
    """
    return _digest(receive(credential, limits).document)


def _digest(document: JSONObject) -> str:
    return base64url_encode(hashlib.sha256(jcs.canonicalize(_unsigned(document))).digest())


def _unsigned(document: JSONObject) -> JSONObject:
    return {name: value for name, value in document.items() if name != "proof"}


def is_signed_by(
    credential: Readable, key: IssuerKey, *, contexts: Contexts | None = None, limits: Limits = DEFAULT_LIMITS
) -> bool:
    """Tell whether a key of an issuer signed a credential, and no other did.

    Args:
        credential: JSON with a proof, or a JWT; untrusted.
        key: The key; whether it is revoked does not matter here.
        contexts: Further JSON-LD context documents by URL, beside the pinned ones.
        limits: Bounds on the work.
    """
    try:
        received = receive(credential, limits)
        if received.envelope is not None:
            verify_envelope(received.envelope, key.public_key)
            return _names(received.envelope.header, key)
        proofs = [proof if isinstance(proof, dict) else {} for proof in proofs_of(received.document)]
        for proof in proofs:
            verify_proof(received.document, key.public_key, proof=proof, contexts=contexts, limits=limits)
    except MicrocredError:
        return False
    return bool(proofs) and all(proof.get("verificationMethod") == key.id for proof in proofs)


def reissue(
    credential: Readable,
    issuer: Issuer,
    signer: Signer,
    *,
    issued: Issued,
    contexts: Contexts | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Reissued:
    """Sign a credential again if a revoked key had signed it: same id, same claims, same status entry, a new proof.

    Args:
        credential: JSON with a proof, or a JWT; untrusted.
        issuer: The issuer, with the key already revoked.
        signer: The current key, such as ``issuer.signer(key)``.
        issued: The issuer's record, which decides what is signed again. One that knows contents, by their ``digest``,
            tells a forgery from what was issued. One that knows ids only does not: then the credentials must come from
            a place where nobody but the issuer could put them.
        contexts: Further JSON-LD context documents by URL, beside the pinned ones.
        limits: Bounds on the work.

    Raises:
        SigningError: The key cannot be used. Everything about the credential itself is in what is returned.
    """
    bound = issuer.signer(signer.signer if isinstance(signer, IssuerSigner) else signer)
    name: str | None = None
    try:
        received = receive(credential, limits)
        value = received.document.get("id")
        name = value if isinstance(value, str) else None
        renewed = _Renewal(issuer, bound, issued, contexts, limits).of(received)
    except _RefusedError as error:
        return Reissued("refused", name, str(error))
    except MicrocredError as error:
        if isinstance(error, SigningError) and error.code.startswith("SIGNER_"):
            raise
        return Reissued("refused", name, str(error))
    if renewed is None:
        return Reissued("unaffected", name, "no revoked key signed it")
    return Reissued("reissued", name, "", renewed)


@dataclass(frozen=True, slots=True)
class _Renewal:
    """What is signed again, by whom, and on whose word."""

    issuer: Issuer
    signer: IssuerSigner
    issued: Issued
    contexts: Contexts | None
    limits: Limits

    def of(self, received: Received) -> JSONObject | str | None:
        """Return a credential with a new signature, or None when no revoked key signed it."""
        document, envelope = received.document, received.envelope
        if issuer_id(document) != self.issuer.id:
            raise _RefusedError("it names another issuer")
        renewed = self._with_proof(document) if envelope is None else self._as_jwt(envelope)
        if renewed is not None and digest(renewed, self.limits) != _digest(document):
            raise _RefusedError("it cannot be signed again without a change; issue it anew")
        return renewed

    @property
    def _revoked(self) -> list[IssuerKey]:
        return [key for key in self.issuer.keys if key.revoked is not None]

    def _with_proof(self, document: JSONObject) -> JSONObject | None:
        proofs = [proof if isinstance(proof, dict) else {} for proof in proofs_of(document)]
        if not proofs:
            raise _RefusedError("it is not signed")
        revoked = {key.id: key for key in self._revoked}
        signed = [
            (proof, revoked[str(proof.get("verificationMethod"))])
            for proof in proofs
            if proof.get("verificationMethod") in revoked
        ]
        if not signed:
            return None
        if len(signed) < len(proofs):
            raise _RefusedError("it has proofs of others as well; issue it anew, and ask them again")
        if any(is_selective(proof) for proof in proofs):
            raise _RefusedError("its proof lets the holder choose what to show; issue it anew")
        for proof, key in signed:
            verify_proof(document, key.public_key, proof=proof, contexts=self.contexts, limits=self.limits)
        unsigned = _unsigned(document)
        self._check_record(unsigned)
        return sign(
            unsigned,
            self.signer,
            cryptosuite=self._suites(proofs),
            options=_end(proofs),
            contexts=self.contexts,
            limits=self.limits,
        )

    def _suites(self, proofs: Iterable[JSONObject]) -> Sequence[Cryptosuite] | None:
        """Return the suites of the old proofs if the new key can make them; None for its own."""
        suites = [suite_of(proof) for proof in proofs]
        return suites if all(self.signer.public_key.type in suite.hashes for suite in suites) else None

    def _as_jwt(self, envelope: Envelope) -> str | None:
        signers = [key for key in self._revoked if _names(envelope.header, key)]
        if not signers:
            return None
        if envelope.form != "jwt":
            raise _RefusedError("it is an SD-JWT or a COSE message; issue it anew")
        verify_envelope(envelope, signers[0].public_key)
        self._check_record(envelope.document)
        token = sign_jwt(
            envelope.document,
            self.signer,
            profile="vc-jose" if is_vc_jose(envelope.header) else "ob3",
            contexts=self.contexts,
            limits=self.limits,
        )
        if _lasting(decode_jwt(token, self.limits).claims) != _lasting(envelope.claims):
            raise _RefusedError("it has claims of its own, such as an end or an audience; issue it anew")
        return token

    def _check_record(self, document: JSONObject) -> None:
        value = document.get("id")
        if not self.issued(value if isinstance(value, str) else None, _digest(document)):
            raise _RefusedError("the issuer's record does not have it, so that a thief may have made it")
        # What stands inside has proofs of its own, which would still be those of the revoked key.
        text = dumps(document)
        if any(dumps(key.id) in text for key in self._revoked):
            raise _RefusedError("the revoked key signed something inside it; issue that again, then this anew")


def _end(proofs: Iterable[JSONObject]) -> JSONObject:
    """Return the end of the old proofs, which the new one keeps."""
    ends = [proof["expires"] for proof in proofs if "expires" in proof]
    if any(end != ends[0] for end in ends):
        raise _RefusedError("its proofs end at different times; issue it anew")
    return {"expires": ends[0]} if ends else {}


def _names(header: JSONObject, key: IssuerKey) -> bool:
    """Tell whether the header of a JWT names a key, in any way in which verifiers look for it."""
    kid, jwk = header.get("kid"), header.get("jwk")
    public = key.public_key.to_jwk()
    embedded = isinstance(jwk, dict) and all(jwk.get(name) == value for name, value in public.items())
    return embedded or kid in (key.id, key.name, f"#{key.name}", key.public_key.thumbprint)


def _lasting(claims: JSONObject) -> JSONObject:
    return {name: value for name, value in claims.items() if name != "iat"}
