"""Run the cases on this library; what another one needs in place of it is here, and nowhere else."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import microcred as mc
from microcred.errors import FetchError
from microcred.protocols import FetchResult
from microcred.testing import FakeWeb
from microcred.verify.report import Check, PresentationReport, VerificationReport
from microcred.verify.trust import TrustedIssuers
from tests.hostile.corpus import JSON, content_of

Report = VerificationReport | PresentationReport


def web_of(case: JSON) -> FakeWeb:
    """Return the web of a case."""
    return FakeWeb({url: _page(url, page) for url, page in case.get("web", {}).items()})


def _page(url: str, page: JSON) -> FetchResult | FetchError:
    status = page.get("status", 200)
    if status != 200:
        return FetchError(url, f"the server answered {status}", status)
    content = content_of(page)
    if "json" in page:
        return FetchResult(url, json.dumps(content).encode(), page.get("type", "application/json"))
    data = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    assert isinstance(data, bytes)
    return FetchResult(url, data, page.get("type", "application/octet-stream"))


def arguments(ask: JSON) -> dict[str, Any]:
    """Return the arguments of a verifier."""
    skew = timedelta(seconds=ask.get("clockSkewSeconds", 60))
    return {"trusted_issuers": _trusted(ask["trusted"]), "clock_skew": skew}


def _trusted(trusted: Any) -> TrustedIssuers:
    if trusted == "any":
        return mc.ANY_ISSUER
    if isinstance(trusted, dict):
        return {issuer: [mc.PublicKey.from_multikey(key) for key in keys] for issuer, keys in trusted.items()}
    return list(trusted)


def check(case: JSON, web: FakeWeb) -> Report:
    """Judge a case."""
    verifier = mc.Verifier(**arguments(case["ask"]), fetcher=web)
    report: Report = _asked(verifier, case)
    return report


async def acheck(case: JSON, web: FakeWeb) -> Report:
    """Judge a case in asynchronous code."""
    verifier = mc.AsyncVerifier(**arguments(case["ask"]), fetcher=web)
    report: Report = await _asked(verifier, case)
    return report


def _asked(verifier: Any, case: JSON) -> Any:
    ask, given = case["ask"], content_of(case["input"])
    at = datetime.fromisoformat(ask.get("at", "2026-06-01T00:00:00Z"))
    if case.get("kind") == "presentation":
        return verifier.check_presentation(
            given,
            challenge=ask.get("challenge"),
            domain=ask.get("domain"),
            holder_is_subject=ask.get("holderIsSubject", False),
            at=at,
        )
    return verifier.check(given, at=at, recipient=ask.get("recipient"))


def verdict(report: Report) -> str:
    """Return the outcome in the words of the corpus."""
    return "verified" if report.verified else "refused" if report.refused else "indeterminate"


def found(report: Report, outcome: str) -> list[tuple[str, str | None]]:
    """Return the checks that ended like the whole, with their codes."""
    wanted = "failed" if outcome == "refused" else "indeterminate"
    return [(check.name, check.code) for check in _problems(report) if check.outcome == wanted]


def _problems(report: Report) -> tuple[Check, ...]:
    return report.problems


def require(expected: JSON, report: Report) -> None:
    """Hold a report against what a case expects."""
    outcome = verdict(report)
    assert outcome == expected["outcome"], report.to_dict()
    if outcome != "verified":
        assert (expected["check"], expected["code"]) in found(report, outcome), report.to_dict()
