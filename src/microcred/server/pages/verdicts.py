"""A report for people: its words are those of ``report.explain``, and how it looks follows from what they say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

from microcred.server.pages.words import Words
from microcred.verify.explanation import Advice, Explanation, explained
from microcred.verify.report import Check, Outcome, PresentationReport, VerificationReport

__all__ = ["Report", "Row", "Tone", "Verdict", "verdict_of"]

Report: TypeAlias = VerificationReport | PresentationReport
Tone: TypeAlias = Literal["good", "note", "bad", "unknown", "none"]
"""A colour and an icon, which never stand without a word."""
_TONES: Final[Mapping[str, Tone]] = {
    "verified": "good",
    "remarks": "note",
    "refused": "bad",
    "undecided": "unknown",
    "passed": "good",
    "remark": "note",
    "failed": "bad",
    "indeterminate": "unknown",
    "skipped": "none",
}
# What people call it, the first that applies: which check failed with which code, and the headline for that.
_HEADLINES: Final = (
    ("data_model", "PARSING_ERROR", "headline-unreadable"),
    ("proof", None, "headline-signature"),
    ("credential_status", "REVOKED", "headline-revoked"),
    ("credential_status", "SUSPENDED", "headline-suspended"),
    ("validity_period", "EXPIRED", "headline-expired"),
    ("validity_period", "NOT_YET_VALID", "headline-early"),
)
_NOT_TRUSTED: Final = "failed-ISSUER_NOT_TRUSTED"


@dataclass(frozen=True, slots=True)
class Row:
    """What one check found."""

    tone: Tone
    """How it looks."""
    label: str
    """What was checked."""
    outcome: str
    """How it ended, in a word."""
    text: str
    """In a sentence."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A report as it is shown."""

    tone: Tone
    """How it looks."""
    headline: str
    """The verdict in a few words."""
    title: str
    """Which credential it is, of those inside another; otherwise empty."""
    text: str
    """The verdict in a sentence."""
    as_of: str
    """When it was judged."""
    rows: tuple[Row, ...]
    """What each check found."""
    advice: tuple[Advice, ...]
    """What to do."""
    inside: tuple[Verdict, ...]
    """The credentials inside."""
    more: str
    """How many of them are left out."""
    verified: bool
    """Whether what the credential says may be relied on."""
    withdrawn: bool = False
    """Whether it was revoked or suspended."""


def verdict_of(report: Report, words: Words, *, anyone: bool) -> Verdict:
    """Return a report as it is shown.

    Args:
        report: The report.
        words: Of the page.
        anyone: Whether issuers are not restricted, so that a good report says nothing about who issued it.
    """
    explanation = explained(report, words.language)
    if _is_unknown_issuer(report):
        return _not_known_here(explanation, words)
    shown = _shown(explanation, _headline(report, explanation.kind, words), verified=report.verified)
    if report.verified and anyone and isinstance(report, VerificationReport) and report.voucher is None:
        return replace(shown, tone="note", headline=words.plain("headline-anyone"))
    if _failed(report, "data_model") == "PARSING_ERROR":
        # Of what cannot be read nothing else is to be said.
        return replace(shown, rows=tuple(row for row in shown.rows if row.tone == "bad"))
    return replace(shown, withdrawn=_failed(report, "credential_status") in ("REVOKED", "SUSPENDED"))


def _shown(this: Explanation, headline: str, *, verified: bool) -> Verdict:
    return Verdict(
        tone=_TONES[this.kind],
        headline=headline,
        title=this.title,
        text=this.verdict,
        as_of=this.as_of,
        rows=tuple(Row(_TONES[line.kind], line.label, line.outcome, line.text) for line in this.lines),
        advice=this.advice,
        inside=tuple(_shown(each, "", verified=False) for each in this.inside),
        more=this.more,
        verified=verified,
    )


def _headline(report: Report, kind: str, words: Words) -> str:
    for name, code, headline in _HEADLINES:
        found = _failed(report, name)
        if found is not None and code in (None, found):
            return words.plain(headline)
    return words.plain(f"headline-{kind}")


def _failed(report: Report, name: str) -> str | None:
    """Return the code with which a check failed by itself, or None if it did not."""
    found = [check for check in report.checks if check.name == name and check.outcome is Outcome.FAILED]
    return found[0].code or "" if found and not found[0].parts else None


def _is_unknown_issuer(report: Report) -> bool:
    """Tell whether nothing speaks against a credential but that its issuer is not among those who are trusted."""
    if not isinstance(report, VerificationReport):
        return False
    failed: list[Check] = [check for check in report.checks if check.outcome is Outcome.FAILED]
    return [(check.name, check.code) for check in failed] == [("issuer", "ISSUER_NOT_TRUSTED")] and report[
        "proof"
    ].outcome is Outcome.PASSED


def _not_known_here(this: Explanation, words: Words) -> Verdict:
    """Show what is good as far as can be told, and not as the forgery that it need not be."""
    shown = _shown(this, words.plain("headline-unknown"), verified=False)
    label, bad = words.of_report("label", "issuer"), words.of_report("outcome", "failed")
    rows = tuple(
        Row("unknown", row.label, words.of_report("outcome", "indeterminate"), row.text)
        if (row.label, row.outcome) == (label, bad)
        else row
        for row in shown.rows
    )
    # That of reports is for whoever sets up the verifier, which a visitor cannot.
    theirs = words.advice_of_report("issuer", _NOT_TRUSTED)
    own = words.plain("unknown-advice")
    advice = tuple(Advice(each.labels, own, each.about) if each.text == theirs else each for each in shown.advice)
    return replace(shown, tone="unknown", text=words.plain("unknown-text"), rows=rows, advice=advice)
