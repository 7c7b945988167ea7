"""The numbered steps of Open Badges 3.0 §9.1, nothing else. A generator, which does no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from microcred.documents import Readable, issuer_id
from microcred.errors import DocumentError
from microcred.json import JSONObject
from microcred.limits import Limits
from microcred.protocols import StatusMethod, Steps
from microcred.signing.envelopes import Envelope
from microcred.signing.reading import receive
from microcred.verify import checks
from microcred.verify.checks import Recipient
from microcred.verify.proofs import Asked, ProofChecker
from microcred.verify.report import CHECKS, Check, CheckName, Code, Finding, Outcome, VerificationReport
from microcred.verify.trust import Trust

__all__ = ["Judge", "Judgement", "unreadable"]


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
class Judge:
    """Judge credentials, one at a time."""

    proofs: ProofChecker
    trust: Trust
    status_methods: Mapping[str, StatusMethod]
    skew: timedelta
    limits: Limits

    def judge(self, value: Readable, at: datetime, recipient: Recipient | None) -> Steps[Judgement]:
        """Judge a credential.

        Args:
            value: A model, a dict, JSON text or bytes, or an envelope; untrusted.
            at: The time of judgement.
            recipient: Whom the credential should be about.
        """
        try:
            received = receive(value, self.limits)
        except DocumentError as error:
            return Judgement(_unreadable(error, at), {})
        document = received.document
        found: dict[CheckName, Finding] = {}
        # Step 1: conformance. What the document names is fetched only after its proof is good.
        found["data_model"] = checks.data_model(received, self.limits)
        found["credential_schema"] = checks.credential_schema(document)
        # Step 2: the proof. A credential without an issuer has nobody's.
        found["proof"], key = yield from self.proofs.check(received, Asked(at, self.skew, issuer_id(document) or ""))
        if found["proof"].outcome is Outcome.PASSED and checks.nested_credentials(document):
            found["proof"] = Finding.indeterminate(
                Code.UNSUPPORTED, "the proofs of the credentials inside it are not checked by this version"
            )
        # Step 4: dates and status.
        found["validity_period"] = checks.validity_period(received, at, self.skew)
        found["credential_status"] = yield from checks.credential_status(
            document, self.status_methods, at, proven=found["proof"].outcome is Outcome.PASSED
        )
        # Step 5: the recipient.
        found["recipient"] = checks.recipient(document, recipient)
        # Step 6: endorsements.
        found["endorsement"] = checks.endorsement(received)
        # §8.5 and the implementation guide, "Key provenance": the key must be the issuer's.
        found["issuer"] = checks.issuer(document, key, self.trust)
        report = VerificationReport(tuple(Check.of(name, found[name]) for name in CHECKS), at)
        return Judgement(report, document, received.envelope)

    def for_lists(self) -> Judge:
        """Return the judge of credentials that hold status lists.

        Whose lists are heard depends on the credential, and not on the trusted issuers. The status of a list is not
        looked up, since a list could name itself: a list that has one is indeterminate.
        """
        return replace(self, trust=self.trust.of_anyone(), status_methods={})


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
