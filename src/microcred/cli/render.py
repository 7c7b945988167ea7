"""Reports and credentials on the screen: in colours, and readable without them."""

from __future__ import annotations

from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from microcred.json import JSONObject, JSONValue
from microcred.verify.report import Outcome, VerificationReport

__all__ = ["C1_ESCAPES", "MARKS", "consoles", "plain", "report_panel", "summary", "table", "verdict"]

C1_ESCAPES = {code: f"\\u{code:04X}" for code in range(0x80, 0xA0)}
"""For ``str.translate``: control characters beyond ASCII, as N-Quads could write them."""
MARKS = {
    Outcome.PASSED: ("✔", "green"),
    Outcome.FAILED: ("✘", "bold red"),
    Outcome.INDETERMINATE: ("?", "yellow"),
    Outcome.SKIPPED: ("·", "dim"),
}


def verdict(report: VerificationReport) -> tuple[str, str]:
    """Return the whole report in two words, and their colour."""
    if report.verified:
        return "✔ VERIFIED", "green"
    return ("✘ REFUSED", "red") if report.refused else ("? CANNOT TELL", "yellow")


def table(*widths: int | None) -> Table:
    """Return a table without lines."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    for width in widths:
        grid.add_column(min_width=width, overflow="fold")
    return grid


def report_panel(title: str, report: VerificationReport, about: str = "") -> RenderableType:
    """Return a report as a box: the verdict, every check, and in the end those that had nothing to look at."""
    words, colour = verdict(report)
    grid = table(1, 17, 13, None)
    skipped = [check.name.replace("_", " ") for check in report if check.outcome is Outcome.SKIPPED]
    for check in report:
        if check.outcome is Outcome.SKIPPED:
            continue
        mark, style = MARKS[check.outcome]
        detail = Text(check.detail)
        if check.code is not None:
            detail = Text.assemble((f"{check.code}  ", style), check.detail)
        if check.pointer:
            detail.append(f"  {check.pointer}", style="dim")
        name = check.name.replace("_", " ")
        grid.add_row(Text(mark, style), Text(name, style), Text(check.outcome, style), detail)
    heading = Text(words, style=f"bold {colour}")
    parts: list[RenderableType] = [heading]
    if about:
        parts.append(Text(about))
    parts += ["", grid]
    if skipped:
        parts.append(Text(f"·  nothing to check: {', '.join(skipped)}", style="dim"))
    return Panel(Group(*parts), title=escape(title), title_align="left", border_style=colour)


def summary(document: JSONObject) -> str:
    """Say in a line what a credential claims."""
    subject = document.get("credentialSubject")
    subject = subject[0] if isinstance(subject, list) and subject else subject
    subject = subject if isinstance(subject, dict) else {}
    achievement = subject.get("achievement")
    name = plain(achievement.get("name")) if isinstance(achievement, dict) else plain(document.get("name"))
    issuer = document.get("issuer")
    issued_by = plain(issuer.get("name") or issuer.get("id")) if isinstance(issuer, dict) else plain(issuer)
    return f"“{name}”, issued to {_recipient(subject)} by {issued_by}"


def _recipient(subject: JSONObject) -> str:
    if isinstance(subject.get("id"), str):
        return plain(subject["id"])
    identifiers = subject.get("identifier")
    first = identifiers[0] if isinstance(identifiers, list) and identifiers else identifiers
    if isinstance(first, dict):
        return "somebody whose identity is hashed" if first.get("hashed") else plain(first.get("identityHash"))
    return "nobody in particular"


def plain(value: JSONValue) -> str:
    """Return text that cannot steer a terminal."""
    text = value if isinstance(value, str) else "…"
    return "".join(character if character.isprintable() else "�" for character in text)[:200]


def consoles() -> tuple[Console, Console]:
    """Return the consoles for output and for errors."""
    return Console(highlight=False, emoji=False), Console(stderr=True, highlight=False, emoji=False)
