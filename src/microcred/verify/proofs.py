"""The ``proof`` check: the signature, under a key that can be the issuer's (Open Badges 3.0 §8.2.6, §8.3.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from microcred.documents import issuer_id
from microcred.errors import DocumentError, FetchError, InvalidKeyError, ProofError, ResolutionError
from microcred.json import JSONObject, JSONValue, place, pointer
from microcred.keys import PublicKey
from microcred.limits import Limits
from microcred.models import DateTime
from microcred.protocols import Steps
from microcred.signing.cryptosuites import suite_of
from microcred.signing.data_integrity import Memo, check_proof, proofs_of
from microcred.signing.jose import JWTCredential, key_type, verify_jwt
from microcred.verify.checks import Received
from microcred.verify.report import Code, Finding, Outcome
from microcred.verify.resolver import ResolvedKey, Resolver
from microcred.verify.trust import Trust

__all__ = ["ProofChecker"]

_PURPOSE = "assertionMethod"
# What these codes say could not be judged; everything else is known to be bad.
_UNJUDGED = (Code.UNSUPPORTED, Code.RESOLUTION_ERROR)
_INLINE = (
    "the credential defines names by itself, and its holder can swap such names without breaking the proof; ask the "
    "issuer for one that names a published context by URL and give that as contexts=, or accept it with "
    "inline_contexts=True"
)


@dataclass(frozen=True, slots=True)
class ProofChecker:
    """Check the proofs of a credential; what they need is looked up through a resolver."""

    resolver: Resolver
    trust: Trust
    contexts: Mapping[str, JSONObject] | None
    inline_contexts: bool
    limits: Limits

    def check(self, received: Received, at: datetime, skew: timedelta) -> Steps[tuple[Finding, ResolvedKey | None]]:
        """Judge the proofs; one good one suffices (§8.1).

        Returns:
            The finding, and the key under which a proof is good: an authenticated one if there is one.
        """
        if received.token is not None:
            finding, key = yield from self._judged(self._jwt(received.token, at), None)
            return (finding if key is None else _audience(received.token)), key
        proofs = proofs_of(received.document)
        if not proofs:
            text = "there is no proof: the credential is not signed, and anyone could have written it"
            return Finding.failed(Code.PROOF_VERIFICATION_ERROR, text, "/proof"), None
        if len(proofs) > self.limits.max_proofs:
            text = f"there are more than {self.limits.max_proofs} proofs"
            return Finding.failed(Code.PROOF_VERIFICATION_ERROR, text, "/proof"), None
        memo: Memo = {}
        good: ResolvedKey | None = None
        bad: Finding | None = None
        for index, proof in enumerate(proofs):
            if proof in proofs[:index]:
                continue
            pointer = f"/proof/{index}" if isinstance(received.document["proof"], list) else "/proof"
            finding, key = yield from self._judged(self._embedded(received.document, proof, at, skew, memo), pointer)
            if key is not None and (good is None or key.authenticated):
                good = key
            if good is not None and good.authenticated:
                break
            if key is None and (bad is None or bad.outcome is not Outcome.FAILED):
                bad = finding
        if good is not None or bad is None:
            return self._names(received), good
        return bad, None

    def _names(self, received: Received) -> Finding:
        """Judge what a good proof leaves open: it covers what names mean, not the names, which people read."""
        inline = not self.inline_contexts and any(
            _object_in(inside["@context"]) is not None for inside in received.objects if "@context" in inside
        )
        where = _inline_context(received.document) if inline else None
        return Finding.passed() if where is None else Finding.indeterminate(Code.UNSUPPORTED, _INLINE, where)

    def _judged(self, steps: Steps[ResolvedKey], pointer: str | None) -> Steps[tuple[Finding, ResolvedKey | None]]:
        """Turn what one proof raises into a finding."""
        try:
            return Finding.passed(), (yield from steps)
        except FetchError:
            return Finding.indeterminate(Code.RESOLUTION_ERROR, "the key could not be fetched", pointer), None
        except ResolutionError as error:
            code, detail, where = error.code, error.reason, pointer
        except ProofError as error:
            inside_proof = error.pointer is not None and error.pointer.startswith("/proof")
            code, detail, where = error.code, error.reason, pointer
            if error.pointer is not None and not inside_proof:
                detail, where = f"{place(error.pointer)} {detail}", error.pointer
        except InvalidKeyError as error:
            code, detail, where = Code.INVALID_VERIFICATION_METHOD, str(error), pointer
        except DocumentError as error:
            code, detail, where = error.code, error.problems[0].message, error.problems[0].pointer
        outcome = Outcome.INDETERMINATE if code in _UNJUDGED else Outcome.FAILED
        return Finding(outcome, code, detail, where), None

    def _embedded(
        self, document: JSONObject, proof: JSONValue, at: datetime, skew: timedelta, memo: Memo
    ) -> Steps[ResolvedKey]:
        if not isinstance(proof, dict):
            raise ProofError("a proof must be an object, in braces")
        suite_of(proof)
        _check_dates(proof, at, skew)
        if proof.get("previousProof") is not None:
            raise ProofError("proofs that build on others are not judged by this version", Code.UNSUPPORTED)
        method = proof.get("verificationMethod")
        if not isinstance(method, str):
            raise ProofError("the proof does not name its key (verificationMethod)")
        issuer = issuer_id(document)
        try:
            resolved = yield from self.resolver.key(method, _PURPOSE, at)
        except ResolutionError:
            for key in self.trust.keys(issuer):
                if self._holds(document, proof, key, memo):
                    return ResolvedKey(key, issuer, authenticated=True)
            raise
        self._check_controller(resolved, issuer)
        self._check_proof(document, proof, resolved.key, memo)
        return resolved

    def _check_proof(self, document: JSONObject, proof: JSONObject, key: PublicKey, memo: Memo) -> None:
        check_proof(
            document,
            proof,
            key,
            proof_purpose=_PURPOSE,
            contexts=self.contexts,
            limits=self.limits,
            memo=memo,
        )

    def _holds(self, document: JSONObject, proof: JSONObject, key: PublicKey, memo: Memo) -> bool:
        try:
            self._check_proof(document, proof, key, memo)
        except ProofError:
            return False
        return True

    def _check_controller(self, resolved: ResolvedKey, issuer: str | None) -> None:
        """Refuse a key that is known to be somebody else's: signing with it says nothing about the issuer."""
        if resolved.key in self.trust.keys(issuer) or resolved.controller in (None, issuer):
            return
        raise ProofError(
            "the key that signed belongs to somebody else than the issuer that the credential names",
            Code.INVALID_VERIFICATION_METHOD,
        )

    def _jwt(self, token: JWTCredential, at: datetime) -> Steps[ResolvedKey]:
        key_type(token)
        issuer = issuer_id(token.document)
        try:
            resolved = yield from self._jwt_key(token, issuer, at)
        except ResolutionError:
            for key in self.trust.keys(issuer):
                if key.type == key_type(token) and key.verifies(token.signature, token.signed):
                    verify_jwt(token, key)
                    return ResolvedKey(key, issuer, authenticated=True)
            raise
        self._check_controller(resolved, issuer)
        verify_jwt(token, resolved.key)
        return resolved

    def _jwt_key(self, token: JWTCredential, issuer: str | None, at: datetime) -> Steps[ResolvedKey]:
        """Find the key that the header names; a ``kid`` that is a URL goes before an embedded ``jwk`` (§8.2.6)."""
        kid, jwk = token.header.get("kid"), token.header.get("jwk")
        if isinstance(kid, str) and kid.startswith(("did:", "https://", "http://")):
            return (yield from self.resolver.key(kid, _PURPOSE, at))
        if isinstance(jwk, dict):
            key = PublicKey.from_jwk(jwk)
            if issuer is None or not self.resolver.handles(issuer):
                return ResolvedKey(key, None, authenticated=False)
            # The DID says which keys are the issuer's, so that an embedded key is either one of them or a forgery.
            if key not in (yield from self.resolver.keys_of(issuer, _PURPOSE, at)):
                raise ProofError("the key in the JWT's header is not the issuer's", Code.INVALID_VERIFICATION_METHOD)
            return ResolvedKey(key, issuer, authenticated=True)
        if isinstance(kid, str) and issuer is not None and issuer.startswith("did:"):
            return (yield from self.resolver.key(f"{issuer}#{kid.removeprefix('#')}", _PURPOSE, at))
        raise ResolutionError(str(kid), "the JWT's header names no key that can be looked up here", Code.UNSUPPORTED)


def _inline_context(value: JSONValue) -> str | None:
    """Return the JSON Pointer to the first context that stands in a document as an object, at any depth.

    A member ``@context`` of a JSON literal counts too: only a context could tell that it is none.
    """
    if not isinstance(value, dict | list):
        return None
    for name, item in value.items() if isinstance(value, dict) else enumerate(value):
        below = _object_in(item) if name == "@context" else _inline_context(item)
        if below is not None:
            # Made on the way back only, so that long names do not multiply.
            return pointer(name) + below
    return None


def _object_in(context: JSONValue) -> str | None:
    if isinstance(context, dict):
        return ""
    entries = context if isinstance(context, list) else []
    return next((pointer(index) for index, entry in enumerate(entries) if isinstance(entry, dict)), None)


def _audience(token: JWTCredential) -> Finding:
    """Judge whom a good JWT is for: whoever is not named must refuse it (RFC 7519 §4.1.3), and we cannot tell."""
    if "aud" not in token.claims:
        return Finding.passed()
    return Finding.indeterminate(
        Code.UNSUPPORTED,
        "the JWT is for certain readers only (claim aud), and whether you are one of them cannot be told here; ask the "
        "issuer for one without that claim",
    )


def _check_dates(proof: JSONObject, at: datetime, skew: timedelta) -> None:
    """Check ``created`` and ``expires`` (VC Data Integrity 1.0 §2.1 and §4.4)."""
    for name in ("created", "expires"):
        if name not in proof:
            continue
        value = proof[name]
        try:
            moment = DateTime.parse(value if isinstance(value, str) else "", tolerant=True)
        except ValueError:
            raise ProofError(f"the proof's {name} is not a date and time") from None
        if name == "expires" and (moment.tzinfo is None or at - moment > skew):
            raise ProofError("the proof has expired", Code.EXPIRED)
