"""Reports and credentials on the screen: in colours, and readable without them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, Group, RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from microcred.json import JSONObject, JSONValue
from microcred.verify.explanation import Explanation, Line, explained
from microcred.verify.messages import Messages, messages
from microcred.verify.report import Check, PresentationReport, VerificationReport

__all__ = ["C1_ESCAPES", "consoles", "plain", "report_panel", "shown", "summary", "table"]

C1_ESCAPES = {code: f"\\u{code:04X}" for code in range(0x80, 0xA0)}
"""For ``str.translate``: control characters beyond ASCII, as N-Quads could write them."""
_MARKS = {
    "passed": ("✔", "green"),
    "remark": ("!", "yellow"),
    "failed": ("✘", "bold red"),
    "indeterminate": ("?", "yellow"),
    "skipped": ("·", "dim"),
}
_VERDICTS = {
    "verified": ("✔", "green"),
    "remarks": ("!", "yellow"),
    "refused": ("✘", "red"),
    "undecided": ("?", "yellow"),
}
# Below, a column for the names of the checks leaves too little for what is said of them.
_WIDE = 60


def table(*widths: int | None) -> Table:
    """Return a table without lines."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    for width in widths:
        grid.add_column(min_width=width, overflow="fold")
    return grid


def report_panel(
    title: str,
    report: VerificationReport | PresentationReport,
    *,
    language: str = "en",
    notes: Sequence[str] = (),
    details: bool = False,
) -> RenderableType:
    """Return a report as a box, in plain words.

    Args:
        title: What it is about, such as the name of a file.
        report: The report.
        language: Of the words.
        notes: What else there is to say, below the verdict.
        details: Show the codes and details of the problems, which are for developers and in English.
    """
    explanation = explained(report, language)
    body: list[RenderableType] = [_Explained(explanation, tuple(notes))]
    if details and report.problems:
        body += ["", _details(report.problems)]
    _, colour = _VERDICTS[explanation.kind]
    return Panel(Group(*body), title=escape(title), title_align="left", border_style=colour)


@dataclass(frozen=True)
class _Explained:
    """An explanation, for the width that there is."""

    explanation: Explanation
    notes: tuple[str, ...] = ()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        this = self.explanation
        mark, colour = _VERDICTS[this.kind]
        verdict = table(1, None)
        if this.title:
            verdict.add_row("", Text(this.title, style="bold"))
        verdict.add_row(Text(mark, f"bold {colour}"), Text(this.verdict, f"bold {colour}"))
        for note in (*self.notes, this.as_of):
            if note:
                verdict.add_row("", Text(note))
        yield verdict
        if this.lines:
            yield ""
            yield _lines(this.lines, wide=options.max_width >= _WIDE)
        if this.advice:
            yield ""
            yield Text(f"{this.what_to_do}:", "bold")
            advice = table(1, None)
            for each in this.advice:
                about = (f" ({each.about})", "dim") if each.about else ""
                advice.add_row("→", Text.assemble((each.labels, "bold"), f": {each.text}", about))
            yield advice
        for inside in this.inside:
            yield ""
            yield Padding(_Explained(inside), (0, 0, 0, 3))
        if this.more:
            yield ""
            yield Text(this.more)


def _lines(lines: Sequence[Line], *, wide: bool) -> Table:
    grid = table(1, None, None) if wide else table(1, None)
    for line in lines:
        mark, style = _MARKS[line.kind]
        text = Text(line.text, "dim" if line.kind == "skipped" else "")
        label = Text(line.label, style, no_wrap=True)
        grid.add_row(Text(mark, style), *((label, text) if wide else (Text.assemble(label, ": ", text),)))
    return grid


def _details(problems: Sequence[Check]) -> RenderableType:
    grid = table(None, None)
    for check in problems:
        where = f" ({check.pointer})" if check.pointer else ""
        grid.add_row(Text(check.name), Text(plain(f"{check.code} {check.outcome}: {check.detail}{where}", 1000)))
    return grid


def summary(document: JSONObject, language: str = "en") -> str:
    """Say in a line what a credential claims."""
    words = messages(language)
    subject = document.get("credentialSubject")
    subject = subject[0] if isinstance(subject, list) and subject else subject
    subject = subject if isinstance(subject, dict) else {}
    achievement = subject.get("achievement")
    name = plain(achievement.get("name")) if isinstance(achievement, dict) else plain(document.get("name"))
    issuer = document.get("issuer")
    issued_by = plain(issuer.get("name") or issuer.get("id")) if isinstance(issuer, dict) else plain(issuer)
    recipient = _recipient(subject, words)
    return words.words("command", "summary", name=name, recipient=recipient, issuer=issued_by)


def _recipient(subject: JSONObject, words: Messages) -> str:
    if isinstance(subject.get("id"), str):
        return plain(subject["id"])
    identifiers = subject.get("identifier")
    first = identifiers[0] if isinstance(identifiers, list) and identifiers else identifiers
    if isinstance(first, dict):
        return words.words("command", "hashed") if first.get("hashed") else plain(first.get("identityHash"))
    return words.words("command", "nobody")


def plain(value: JSONValue, most: int = 200) -> str:
    """Return text that cannot steer a terminal."""
    text = value if isinstance(value, str) else "…"
    return "".join(character if character.isprintable() else "�" for character in text)[:most]


def shown(text: str) -> str:
    """Return a text of several lines that cannot steer a terminal, with JSON's escapes for what could."""
    return "".join(each if each.isprintable() or each in "\n\t" else json.dumps(each).strip('"') for each in text)


def consoles() -> tuple[Console, Console]:
    """Return the consoles for output and for errors."""
    return Console(highlight=False, emoji=False), Console(stderr=True, highlight=False, emoji=False)
