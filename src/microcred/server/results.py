"""What the VC-API answers beside our report, when it is asked for: a result for each member that was looked at."""

from __future__ import annotations

from typing import Final

from microcred.json import JSONObject, JSONValue, many
from microcred.verify.report import Outcome, PresentationReport, VerificationReport

__all__ = ["results_of"]

# VCALM 1.0, “VerifyCredentialResult” and “VerifyPresentationResult”.
_TEXTS: Final = {"validFrom": "validity_period", "validUntil": "validity_period", "holder": "holder"}
_LISTS: Final = {"credentialSchema": "credential_schema", "credentialStatus": "credential_status", "proof": "proof"}


def results_of(report: VerificationReport | PresentationReport, document: JSONObject) -> JSONObject:
    """Return the results for the members that a document has; those of an envelope are not taken out of it.

    Args:
        report: How the checks ended; of several schemas, statuses or proofs, together.
        document: What was verified; untrusted.
    """
    found = _own(report, document)
    if isinstance(report, VerificationReport):
        return found
    inside = [each for each in many(document.get("verifiableCredential")) if isinstance(each, dict)]
    credentials: list[JSONValue] = []
    for each, credential in zip(report.credentials, inside, strict=False):
        credentials.append({"verified": bool(each), "results": _own(each, credential)})
    return {"presentation": found, "credentials": credentials}


def _own(report: VerificationReport | PresentationReport, document: JSONObject) -> JSONObject:
    verified = {check.name: check.outcome is Outcome.PASSED for check in report.checks}
    results: JSONObject = {}
    for name, value in document.items():
        text, items = _TEXTS.get(name, ""), _LISTS.get(name, "")
        if text in verified:
            results[name] = {"verified": verified[text], "input": value}
        if items in verified:
            of_each: list[JSONValue] = [{"verified": verified[items], "input": each} for each in many(value)]
            results[name] = of_each
    return results
