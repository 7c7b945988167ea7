"""The numbered steps of Open Badges 3.0 §9.1, nothing else. A generator, which does no I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from microcred.documents import Readable, issuer_id
from microcred.errors import DocumentError, FetchError
from microcred.json import JSONObject
from microcred.limits import Limits
from microcred.protocols import StatusMethod, Steps
from microcred.signing.envelopes import Envelope
from microcred.signing.reading import Received, receive
from microcred.verify import checks
from microcred.verify.checks import Recipient, Sole
from microcred.verify.json_schema import Work
from microcred.verify.nested import Nested, about_others, endorsements, outcome_of, records
from microcred.verify.proofs import Asked, ProofChecker
from microcred.verify.refresh import NO_ANSWER, is_bound, newer_version, not_refreshed, refresh_request, takes_its_place
from microcred.verify.related_resources import judge_contexts
from microcred.verify.report import CHECKS, Check, CheckName, Code, Finding, Outcome, Part, VerificationReport
from microcred.verify.resolver import ResolvedKey
from microcred.verify.trust import Heard, Trust

if TYPE_CHECKING:
    from microcred.verify.schemas import SchemaChecker

__all__ = ["Judge", "Judgement", "Occasion", "covered", "unreadable"]

# An endorsed, accredited record has three.
_MAX_DEPTH = 4


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was found, and in what."""

    report: VerificationReport
    """All that was found."""
    document: JSONObject
    """The credential; empty when it could not be read."""
    envelope: Envelope | None = None
    """The JWT or the like that it came in, if it did."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """What one judgement is about, beside the credential."""

    at: datetime
    """The time of judgement."""
    recipient: Recipient | Sole | None
    """Whom the credential should be about."""
    trust: Trust
    """Whom the caller trusts."""
    left: list[int]
    """How many more credentials may be judged, in its only item; those inside count."""
    work: Work
    """What holding all of them against their schemas may take."""
    depth: int = 0
    """How many credentials are around this one."""
    refresh: bool = False
    """Whether a newer version of the credential may take its place."""

    def inside(self, trust: Trust) -> Occasion:
        """Return the occasion of a credential inside the one that is judged."""
        return Occasion(self.at, None, trust, self.left, self.work, self.depth + 1)


@dataclass(frozen=True, slots=True)
class Judge:
    """Judge credentials, one at a time, and those inside them."""

    proofs: ProofChecker
    trust: Trust
    status_methods: Mapping[str, StatusMethod]
    schemas: SchemaChecker
    contexts: Mapping[str, bytes | None]
    skew: timedelta
    limits: Limits

    def occasion(self, at: datetime, recipient: Recipient | Sole | None = None, *, refresh: bool = False) -> Occasion:
        """Return the occasion of a judgement by itself."""
        work = Work(self.limits.max_schema_steps, self.limits.max_schema_depth)
        return Occasion(at, recipient, self.trust, [self.limits.max_credentials], work, refresh=refresh)

    def judge(self, value: Readable, occasion: Occasion) -> Steps[Judgement]:
        """Judge a credential.

        Args:
            value: A model, a dict, JSON text or bytes, or an envelope; untrusted.
            occasion: When, and for whom.
        """
        occasion.left[0] -= 1
        try:
            if occasion.left[0] < 0 or occasion.depth > _MAX_DEPTH:
                raise DocumentError.at("", "there are too many credentials, one inside the other", Code.TOO_COMPLEX)
            received = receive(value, self.limits)
        except DocumentError as error:
            return Judgement(_unreadable(error, occasion.at), {})
        return (yield from self._judged(received, occasion))

    def _judged(self, received: Received, occasion: Occasion) -> Steps[Judgement]:
        """Judge a credential that was read."""
        document, at = received.document, occasion.at
        found: dict[CheckName, Finding] = {}
        # Step 1: conformance. What the document names is fetched only after its proof is good.
        found["data_model"] = checks.data_model(received, self.limits)
        if found["data_model"].outcome is Outcome.PASSED:
            found["data_model"] = judge_contexts(document, self.contexts) or found["data_model"]
        # Step 2: the proof. A credential without an issuer has nobody's.
        proofs = self.proofs.after(self.limits.max_credentials - occasion.left[0] - 1)
        found["proof"], key = yield from proofs.check(received, Asked(at, self.skew, issuer_id(document) or ""))
        proven = found["proof"].outcome is Outcome.PASSED
        document = covered(document, key)
        # §8.5 and the implementation guide, "Key provenance": the key must be the issuer's. Anybody can sign with a key
        # of their own, so that what strangers name is not fetched either.
        heard = yield from self._heard(document, key, occasion)
        found["issuer"] = checks.issuer(document, key, occasion.trust, heard)
        known = proven and found["issuer"].outcome is Outcome.PASSED
        found["credential_schema"] = yield from self.schemas.check(document, self, occasion, known=known)
        # Step 3: the refresh, for those that hold so far.
        refresh: Finding | None = None
        if known and occasion.refresh and all(each.outcome is not Outcome.FAILED for each in found.values()):
            newest = yield from self._refreshed(received, found["issuer"], occasion)
            if isinstance(newest, Judgement):
                return newest
            refresh = newest
        if proven:
            found["proof"] = yield from self._records(document, occasion)
        # Step 4: dates and status.
        found["validity_period"] = checks.validity_period(received, at, self.skew)
        found["credential_status"] = yield from checks.credential_status(document, self.status_methods, at, known=known)
        if received.envelope is not None and found["credential_status"].outcome is not Outcome.FAILED:
            found["credential_status"] = checks.claimed_status(received.envelope) or found["credential_status"]
        # Step 5: the recipient.
        found["recipient"] = checks.recipient(document, occasion.recipient)
        # Step 6: endorsements.
        found["endorsement"] = yield from self._endorsements(received, occasion, known=known)
        checked = tuple(Check.of(name, found[name]) for name in CHECKS)
        report = VerificationReport(
            checked, at, heard.voucher, None if refresh is None else Check.of("refresh", refresh)
        )
        return Judgement(report, document, received.envelope)

    def for_lists(self) -> Judge:
        """Return the judge of credentials that hold status lists.

        Whose lists are heard depends on the credential, and not on the trusted issuers. The status of a list is not
        looked up, since a list could name itself: a list that has one is indeterminate.
        """
        lists = self.trust.of_anyone(asking=False)
        return replace(self, trust=lists, status_methods={}, schemas=self.schemas.narrow)

    def for_schemas(self) -> Judge:
        """Return the judge of credentials that hold schemas, which may have a status."""
        return replace(self, schemas=self.schemas.narrow)

    def _heard(self, document: JSONObject, key: ResolvedKey | None, occasion: Occasion) -> Steps[Heard]:
        """Ask who vouches for the issuer, if the key that signed is the issuer's: anybody can write any issuer."""
        issuer, trust = issuer_id(document), occasion.trust
        if issuer is None or key is None or not trust.binds(issuer, key):
            return Heard()
        return (yield from trust.hear(issuer, occasion.at))

    def _refreshed(self, received: Received, issuer: Finding, occasion: Occasion) -> Steps[Judgement | Finding | None]:
        """Judge the newest version of a credential in its place (§9.1 step 3): once, and steps 1 and 2 must hold.

        Returns:
            The judgement of the newer version; or why there is none; or None where the issuer offers none.
        """
        request = refresh_request(received)
        if request is None:
            return None
        if not is_bound(issuer.code):
            return not_refreshed("nothing shows that its key is the issuer's, and so nothing whose the service is")
        try:
            content = (yield request).content
        except FetchError:
            return NO_ANSWER
        newer = newer_version(content, received, occasion.at, self.skew, self.limits)
        if isinstance(newer, Finding):
            return newer
        judgement = yield from self._judged(newer, replace(occasion, left=[occasion.left[0]], refresh=False))
        if not takes_its_place(judgement.report):
            return not_refreshed("the version that its refresh service answered with does not hold")
        done = Finding.passed("the report is about the newer version that the issuer handed out")
        return replace(judgement, report=replace(judgement.report, refresh=Check.of("refresh", done)))

    def _records(self, document: JSONObject, occasion: Occasion) -> Steps[Finding]:
        """Judge the credentials that a record with a good proof holds; they have proofs of their own (CLR 2.0)."""
        found = records(document)
        if not found:
            return Finding.passed()
        judged = yield from self._inside(found, occasion.inside(occasion.trust))
        return outcome_of([part for part, _ in judged], "a credential in it")

    def _endorsements(self, received: Received, occasion: Occasion, *, known: bool) -> Steps[Finding]:
        """Judge the endorsements, whoever made them (§9.2)."""
        document = received.document
        found = endorsements(received)
        if not found:
            return Finding.skipped("the credential has no endorsements")
        if not known:
            text = "the endorsements are judged only after the proof is good, and the issuer trusted"
            return Finding.indeterminate(Code.PROOF_VERIFICATION_ERROR, text, found[0].pointer)
        judged = yield from self._inside(found, occasion.inside(occasion.trust.of_anyone()))
        finding = outcome_of([part for part, _ in judged], "an endorsement in it")
        return about_others(document, judged) or finding if finding.outcome is Outcome.PASSED else finding

    def _inside(self, found: Sequence[Nested], occasion: Occasion) -> Steps[list[tuple[Part, JSONObject]]]:
        """Judge credentials inside another; return their reports and documents."""
        judged: list[tuple[Part, JSONObject]] = []
        for nested in found:
            if isinstance(nested.value, dict | str):
                judgement = yield from self.judge(nested.value, occasion)
            else:
                text = "must be a credential: an object, or the text of a JWT"
                judgement = Judgement(_unreadable(DocumentError.at("", text), occasion.at), {})
            judged.append((Part(nested.pointer, judgement.report), judgement.document))
        return judged


def covered(document: JSONObject, key: ResolvedKey | None) -> JSONObject:
    """Return a document with the contexts that its proof covers, and not those that anybody may have added since."""
    return document if key is None or key.contexts is None else {**document, "@context": key.contexts}


def unreadable(error: DocumentError) -> Finding:
    """Return the finding about what could not be read."""
    problem = error.problems[0]
    outcome = Outcome.INDETERMINATE if problem.code == Code.UNSUPPORTED else Outcome.FAILED
    return Finding(outcome, problem.code, problem.message, problem.pointer)


def _unreadable(error: DocumentError, at: datetime) -> VerificationReport:
    finding, rest = unreadable(error), Finding.skipped("there was nothing to read")
    return VerificationReport(
        tuple(Check.of(name, finding if name in ("data_model", "proof") else rest) for name in CHECKS), at
    )
