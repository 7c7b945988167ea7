"""The ``proof`` check: the signature, under a key that can be the signer's (Open Badges 3.0 §8.2.6, §8.3.2).

Of several embedded proofs, which are checked and what they build on follows VC Data Integrity 1.0 §4.5.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Literal, TypeAlias

from microcred.errors import DocumentError, FetchError, InvalidKeyError, ProofError, ResolutionError
from microcred.json import JSONObject, JSONValue, place, pointer
from microcred.keys import PublicKey
from microcred.limits import Limits
from microcred.models import DateTime
from microcred.protocols import Steps
from microcred.signing.chains import ancestors, proofs_of
from microcred.signing.cryptosuites import suite_of
from microcred.signing.data_integrity import check_audience, check_proof
from microcred.signing.envelopes import Envelope, subject_id
from microcred.signing.hashing import Memo
from microcred.signing.reading import Received
from microcred.signing.selective import check_derived, is_selective
from microcred.verify.enveloped import EnvelopeChecker, check_controller, check_name
from microcred.verify.report import Code, Finding, Outcome
from microcred.verify.resolver import ResolvedKey, Resolver
from microcred.verify.trust import Trust

__all__ = ["Asked", "ProofChecker", "Required"]

Required: TypeAlias = Literal["any", "all"]
"""How many of the proofs must hold."""
_CREDENTIALS = "assertionMethod"
# What these codes say could not be judged; everything else is known to be bad.
_UNJUDGED = (Code.UNSUPPORTED, Code.RESOLUTION_ERROR)
# What no credential need do without, however many are judged: one has two or three proofs, and some fifty statements.
_FEW_PROOFS, _FEW_STATEMENTS = 4, 256
_INLINE = (
    "the credential defines names by itself, and its holder can swap such names without breaking the proof; ask the "
    "issuer for one that names a published context by URL and give that as contexts=, or accept it with "
    "inline_contexts=True"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a proof must be: whose, and made for what."""

    at: datetime
    """The time of judgement."""
    skew: timedelta
    """By how much clocks may differ."""
    signer: str | None
    """Whose key must have signed; None for anyone's."""
    purpose: str = _CREDENTIALS
    """The proof purpose, and the verification relationship that must list the key."""
    domain: str | None = None
    """The domain that the proof must be for; None for any."""
    challenge: str | None = None
    """The challenge that the proof must answer; None for any."""


@dataclass(slots=True)
class _Case:
    """The embedded proofs of one document, under judgement."""

    document: JSONObject
    proofs: list[JSONValue]
    asked: Asked
    memo: Memo = field(default_factory=dict)
    held: dict[int, ResolvedKey] = field(default_factory=dict)
    """By the place of a proof: the key under which it holds."""

    def pointer(self, index: int) -> str:
        return f"/proof/{index}" if isinstance(self.document["proof"], list) else "/proof"


@dataclass(frozen=True, slots=True)
class ProofChecker:
    """Check the proofs of a credential or presentation; what they need is looked up through a resolver."""

    resolver: Resolver
    trust: Trust
    contexts: Mapping[str, JSONObject] | None
    inline_contexts: bool
    limits: Limits
    require: Required = "any"

    @property
    def envelopes(self) -> EnvelopeChecker:
        """The checks of what is not embedded."""
        return EnvelopeChecker(self.resolver, self.trust)

    def after(self, others: int) -> ProofChecker:
        """Return the checks of a credential before which others were judged in the same verification.

        The limits on work are made for one document. Those of the first two are kept, and each further doubling of
        their number halves them, so that a hundred credentials cost a few times what one can, and not a hundred times.
        """
        return self if others < 2 else replace(self, limits=_shared(self.limits, 1 << (others.bit_length() - 1)))

    def check(self, received: Received, asked: Asked) -> Steps[tuple[Finding, ResolvedKey | None]]:
        """Judge the proofs; one good one suffices (§8.1), unless all are required.

        Args:
            received: The document; untrusted.
            asked: What a proof must be.

        Returns:
            The finding, and the key under which a proof is good: an authenticated one if there is one.
        """
        if received.envelope is not None:
            steps = self.envelopes.check(received.envelope, asked.signer, asked.purpose, asked.at)
            finding, key = yield from self._judged(steps, None)
            if key is not None:
                finding = _audience(received.envelope, asked)
            return finding, None if finding.outcome is Outcome.FAILED else (yield from self._published(key, asked))
        proofs = proofs_of(received.document)
        if not proofs:
            text = "there is no proof: it is not signed, and anyone could have written it"
            return Finding.failed(Code.PROOF_VERIFICATION_ERROR, text, "/proof"), None
        if len(proofs) > self.limits.max_proofs:
            text = f"there are more than {self.limits.max_proofs} proofs"
            return Finding.failed(Code.PROOF_VERIFICATION_ERROR, text, "/proof"), None
        case = _Case(received.document, proofs, asked)
        finding, good = yield from self._signers_proof(case, self._open_name(received))
        good = yield from self._published(good, asked)
        if good is None or self.require == "any":
            return finding, good
        worst = yield from self._every_proof(case)
        return (finding, good) if worst is None else (worst, None)

    def _published(self, key: ResolvedKey | None, asked: Asked) -> Steps[ResolvedKey | None]:
        """Return a key under which a proof is good with what its issuer's key set says of it.

        Nothing is asked of those whom nobody trusts: their signature is good too. Registries may know them, and are
        asked only when the key is theirs.
        """
        signer = asked.signer
        if key is None or signer is None or self._is_signers(key, signer):
            return key
        heard = asked.purpose != _CREDENTIALS or self.trust.anyone or self.trust.asks or self.trust.names(signer)
        if not heard or self.trust.keys(signer):
            return key
        publishes = yield from self.resolver.publishes(signer, key.key)
        if publishes:
            return replace(key, controller=signer, authenticated=True)
        return replace(key, unknown=publishes is None)

    def _signers_proof(self, case: _Case, open_name: str | None) -> Steps[tuple[Finding, ResolvedKey | None]]:
        """Find the best proof by a key that can be the signer's.

        Args:
            case: The proofs.
            open_name: Where the document defines names by itself, which proofs over RDF leave open.
        """
        asked, bad = case.asked, list[Finding]()
        best: tuple[bool, bool] = (False, False)
        good: ResolvedKey | None = None
        for index, proof in enumerate(case.proofs):
            if proof in case.proofs[:index]:
                continue
            finding, key = yield from self._judged(self._embedded(case, proof), case.pointer(index))
            if key is None:
                bad.append(finding)
                continue
            # Only a proof that is as surely the signer's may speak for the names.
            rank = (self._is_signers(key, asked.signer), open_name is None or _covers_names(proof))
            if good is None or rank > best:
                good, best = replace(key, contexts=_contexts_before(case.document, proof)), rank
            if best == (True, True):
                break
        if good is None:
            return min(bad, key=_says_little), None
        return Finding.passed() if best[1] else Finding.indeterminate(Code.UNSUPPORTED, _INLINE, open_name), good

    def _is_signers(self, key: ResolvedKey, signer: str | None) -> bool:
        return key.authenticated or key.key in self.trust.keys(signer)

    def _every_proof(self, case: _Case) -> Steps[Finding | None]:
        """Return what is wrong with a proof that does not hold, whosever it is."""
        bad: list[Finding] = []
        for index, proof in enumerate(case.proofs):
            finding, key = yield from self._judged(self._held(case, proof, None), case.pointer(index))
            if key is None:
                bad.append(finding)
        return min(bad, key=_says_little, default=None)

    def _open_name(self, received: Received) -> str | None:
        """Find what a good proof over RDF leaves open: it covers what names mean, not the names, which people read."""
        inline = not self.inline_contexts and any(
            _object_in(inside["@context"]) is not None for inside in received.objects if "@context" in inside
        )
        return _inline_context(received.document) if inline else None

    def _judged(self, steps: Steps[ResolvedKey], pointer: str | None) -> Steps[tuple[Finding, ResolvedKey | None]]:
        """Turn what one proof raises into a finding."""
        try:
            return Finding.passed(), (yield from steps)
        except FetchError as error:
            text = f"the key could not be fetched: {error.reason}"
            return Finding.indeterminate(Code.RESOLUTION_ERROR, text, pointer), None
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

    def _embedded(self, case: _Case, proof: JSONValue) -> Steps[ResolvedKey]:
        """Check a proof that must be the signer's, and of this occasion."""
        asked = case.asked
        if isinstance(proof, dict):
            check_audience(proof, asked.domain, asked.challenge)
        resolved = yield from self._held(case, proof, asked.signer)
        check_controller(resolved, asked.signer, self.trust)
        return resolved

    def _held(self, case: _Case, proof: JSONValue, signer: str | None) -> Steps[ResolvedKey]:
        """Check a proof, and those that it builds on, without which it does not hold either (§4.5)."""
        if not isinstance(proof, dict):
            raise ProofError("a proof must be an object, in braces")
        builds_on = ancestors(case.proofs, proof, self.limits)
        resolved = yield from self._signed(case, proof, signer)
        for previous in builds_on:
            try:
                # It may be anybody's: a notary's, a registry's.
                yield from self._signed(case, previous, None)
            except ProofError as error:
                text = f"a proof that it builds on does not hold: {error.reason}"
                raise ProofError(text, error.code) from error
        return resolved

    def _signed(self, case: _Case, proof: JSONObject, signer: str | None) -> Steps[ResolvedKey]:
        """Check a proof by itself; a key of somebody else than a signer is refused before it costs anything."""
        if id(proof) in case.held:
            return case.held[id(proof)]
        if not is_selective(proof):
            suite_of(proof)
        _check_dates(proof, case.asked)
        method = proof.get("verificationMethod")
        if not isinstance(method, str):
            raise ProofError("the proof does not name its key (verificationMethod)")
        try:
            check_name(method, signer, self.resolver)
            resolved = yield from self.resolver.key(method, case.asked.purpose, case.asked.at, owner=case.asked.signer)
        except ResolutionError:
            for key in self.trust.keys(case.asked.signer):
                if self._holds(case, proof, key):
                    resolved = ResolvedKey(key, case.asked.signer, authenticated=True)
                    break
            else:
                raise
        else:
            check_controller(resolved, signer, self.trust)
            self._check_proof(case, proof, resolved.key)
        case.held[id(proof)] = resolved
        return resolved

    def _check_proof(self, case: _Case, proof: JSONObject, key: PublicKey) -> None:
        purpose = case.asked.purpose
        if is_selective(proof):
            check_derived(case.document, proof, key, proof_purpose=purpose, contexts=self.contexts, limits=self.limits)
            return
        check_proof(
            case.document,
            proof,
            key,
            proof_purpose=purpose,
            contexts=self.contexts,
            limits=self.limits,
            memo=case.memo,
        )

    def _holds(self, case: _Case, proof: JSONObject, key: PublicKey) -> bool:
        try:
            self._check_proof(case, proof, key)
        except ProofError:
            return False
        return True


@lru_cache(maxsize=64)
def _shared(limits: Limits, share: int) -> Limits:
    """Divide what hostile documents can use up; ordinary ones need a small part of what is left."""
    return replace(
        limits,
        max_canonicalization_steps=limits.max_canonicalization_steps // share,
        max_canonical_characters=limits.max_canonical_characters // share,
        max_context_applications=limits.max_context_applications // share,
        max_statements=max(min(limits.max_statements, _FEW_STATEMENTS), limits.max_statements // share),
        max_proofs=max(min(limits.max_proofs, _FEW_PROOFS), limits.max_proofs // share),
    )


def _says_little(finding: Finding) -> tuple[bool, bool]:
    """Sort what is known to be bad before what could not be judged, and the proofs of others, as witnesses, last."""
    return finding.outcome is not Outcome.FAILED, finding.code == Code.INVALID_VERIFICATION_METHOD


def _covers_names(proof: JSONValue) -> bool:
    """Tell whether a good proof covers every byte."""
    return isinstance(proof, dict) and not is_selective(proof) and suite_of(proof).canonicalization == "jcs"


def _contexts_before(document: JSONObject, proof: JSONValue) -> JSONValue:
    """Return the contexts that a good proof over JSON covers, where the document has more (EdDSA 1.0 §3.3.2 step 4)."""
    own = proof.get("@context") if isinstance(proof, dict) else None
    return None if own == document.get("@context") else own


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


def _audience(envelope: Envelope, asked: Asked) -> Finding:
    """Judge whom a good envelope is for: whoever is not named must refuse it (RFC 7519 §4.1.3)."""
    claims = envelope.claims
    if asked.challenge is not None and claims.get("nonce") != asked.challenge:
        return Finding.failed(Code.INVALID_CHALLENGE_ERROR, "it answers another challenge, in the claim nonce")
    audience = claims.get("aud", [])
    audience = audience if isinstance(audience, list) else [audience]
    if asked.domain is not None:
        named = asked.domain in audience
        return Finding.passed() if named else Finding.failed(Code.INVALID_DOMAIN_ERROR, "its claim aud is of others")
    if "aud" not in claims or asked.purpose != _CREDENTIALS:
        return Finding.passed()
    # Whom the credential is about can show it to anybody (the official samples have the learner there).
    if audience and all(isinstance(each, str) and each == subject_id(envelope.document) for each in audience):
        return Finding.passed()
    return Finding.indeterminate(
        Code.UNSUPPORTED,
        "the credential is for certain readers only (claim aud), and whether you are one of them cannot be told here; "
        "ask the issuer for one without that claim",
    )


def _check_dates(proof: JSONObject, asked: Asked) -> None:
    """Check ``created`` and ``expires`` (VC Data Integrity 1.0 §2.1 and §4.4)."""
    for name in ("created", "expires"):
        if name not in proof:
            continue
        value = proof[name]
        try:
            moment = DateTime.parse(value if isinstance(value, str) else "", tolerant=True)
        except ValueError:
            raise ProofError(f"the proof's {name} is not a date and time") from None
        if name == "expires" and (moment.tzinfo is None or asked.at - moment > asked.skew):
            raise ProofError("the proof has expired", Code.EXPIRED)
