"""A report in plain words: the verdict, one sentence for each check, and what to do about each problem.

The words come from a table for each language. The details of a report are for developers, and left out: only of a code
that the table does not know is the detail quoted. Sizes are bounded, whatever a report holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias, TypeGuard

from microcred.verify.messages import Messages, messages

if TYPE_CHECKING:
    from microcred.verify.report import Check, PresentationReport, VerificationReport

    Report: TypeAlias = VerificationReport | PresentationReport

__all__ = ["Advice", "Explanation", "Line", "explained"]

# Reports of this library are no deeper (five credentials around one), and hold no more than a hundred credentials.
_MAX_DEPTH, _MAX_INSIDE, _MAX_NAMED = 5, 50, 6
# Characters of what comes from outside: a code or pointer, and the reason that a plug-in gives.
_MAX_NAME, _MAX_REASON = 120, 300
_INSIDE = "parts"


@dataclass(frozen=True, slots=True)
class Line:
    """What one check found."""

    kind: str
    """The outcome; ``remark`` for what is good, and yet has something to say."""
    label: str
    """What was checked, in a word."""
    outcome: str
    """The outcome in words."""
    text: str
    """What was found: a sentence, with the reason of a plug-in another."""

    def __str__(self) -> str:
        return f"{self.label} ({self.outcome}): {self.text}"


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do about a problem."""

    labels: str
    """Which checks it is about."""
    text: str
    """What to do."""
    about: str
    """The codes, and JSON Pointers to the members at fault; for those who can look into the credential."""

    def __str__(self) -> str:
        return f"{self.labels}: {self.text}" + (f" ({self.about})" if self.about else "")


@dataclass(frozen=True, slots=True)
class Explanation:
    """A report in words; ``str`` is the whole text."""

    kind: str
    """``verified``, ``remarks`` (it verified, and there is something to read), ``refused`` or ``undecided``."""
    title: str
    """Which credential it is about, of those inside another; otherwise empty."""
    verdict: str
    """The verdict, in a sentence."""
    as_of: str
    """When it was judged; empty for what is inside."""
    lines: tuple[Line, ...]
    """What each check found; of credentials inside others, only what does not simply hold."""
    what_to_do: str
    """The heading of the advice."""
    advice: tuple[Advice, ...]
    """What to do about the problems."""
    inside: tuple[Explanation, ...]
    """The credentials inside."""
    more: str
    """How many credentials inside are left out, those without problems before others; empty for none."""

    def __str__(self) -> str:
        return "\n".join(self._text())

    def _text(self) -> Iterator[str]:
        yield f"{self.title} — {self.verdict}" if self.title else self.verdict
        if self.as_of:
            yield self.as_of
        if self.lines:
            yield ""
            yield from map(str, self.lines)
        if self.advice:
            yield ""
            yield f"{self.what_to_do}:"
            yield from (f"- {each}" for each in self.advice)
        for each in self.inside:
            yield ""
            yield from (f"    {line}" if line else "" for line in str(each).split("\n"))
        if self.more:
            yield ""
            yield self.more


def explained(report: Report, language: str) -> Explanation:
    """Return a report in words.

    Args:
        report: The report of a credential or presentation.
        language: A language tag, such as ``es`` or ``es-MX``.

    Raises:
        ValueError: There are no messages in that language.
    """
    return _Explainer(messages(language)).explain(_Judged(report))


@dataclass(frozen=True, slots=True)
class _Judged:
    """A report, and where that which it is about stands."""

    report: Report
    kind: str = ""
    """``credential`` or ``endorsement`` inside another; empty for what was asked about."""
    number: int = 0
    pointer: str = ""
    depth: int = 0
    brief: bool = False
    """Whether checks that simply hold are left out."""

    def found(self) -> dict[str, Check]:
        """Return the checks by their names."""
        return {check.name: check for check in self.report.checks}

    def proven(self) -> bool:
        """Tell whether what it names was looked up: its signature is good, and its issuer trusted."""
        issuer = self.found().get("issuer")
        return self.signed() and issuer is not None and issuer.outcome == "passed"

    def signed(self) -> bool:
        """Tell whether its signature is good; the credentials in it are judged only then."""
        proof = self.found().get("proof")
        return proof is not None and (proof.outcome == "passed" or bool(proof.parts))

    def unread(self) -> bool:
        """Tell whether it could not be read: two checks say so, and the others had nothing to look at."""
        found = self.found()
        form, proof = found.pop("data_model", None), found.pop("proof", None)
        if form is None or proof is None or form.outcome in ("passed", "skipped"):
            return False
        rest = all(check.outcome == "skipped" for check in found.values())
        return rest and replace(proof, name="data_model") == form

    def inside(self) -> Sequence[_Judged]:
        """Return the credentials inside that were judged."""
        if _is_presentation(self.report):
            below, lone = "/verifiableCredential", self.report.lone
            return [
                _Judged(report, "credential", number, below if lone else f"{below}/{number - 1}", self.depth + 1)
                for number, report in enumerate(self.report.credentials, 1)
            ]
        return [part for check in self.report.checks for part in self.parts_of(check)]

    def parts_of(self, check: Check) -> Sequence[_Judged]:
        """Return the credentials inside that a check is about."""
        kind = "endorsement" if check.name == "endorsement" else "credential"
        return [
            _Judged(part.report, kind, number, part.pointer, self.depth + 1, brief=True)
            for number, part in enumerate(check.parts, 1)
        ]


class _Explainer:
    """Put one report into words; credentials inside it count together."""

    def __init__(self, table: Messages) -> None:
        self._table = table
        self._left = _MAX_INSIDE

    def explain(self, this: _Judged) -> Explanation:
        """Return a report in words, with those of the credentials inside."""
        report, table = this.report, self._table
        kind = _kind(this)
        labels = self._labels(this, kind)
        checks = list(report.checks)
        if _is_credential(report) and report.refresh is not None:
            checks.append(report.refresh)
        lines = [(check, *self._line(this, check)) for check in checks]
        inside = this.inside()
        count = min(len(inside), self._left) if this.depth < _MAX_DEPTH else 0
        self._left -= count
        # If not all can be shown, those with problems are.
        first = set(sorted(range(len(inside)), key=lambda index: inside[index].report.verified)[:count])
        more = len(inside) - count
        return Explanation(
            kind=kind,
            title=self._title(this, with_pointer=True) if this.kind else "",
            verdict=table.words("verdict", f"{'inside' if this.kind else report.of}-{kind}", labels=labels),
            as_of="" if this.kind else table.words("words", "as-of", moment=_moment(report.verified_at)),
            lines=tuple(line for _, line, _ in lines if not this.brief or line.kind not in ("passed", "skipped")),
            what_to_do=table.words("words", "what-to-do"),
            advice=_advice(lines),
            inside=tuple(self.explain(each) for index, each in enumerate(inside) if index in first),
            more=table.words("words", "more", count=more) if more else "",
        )

    def _line(self, this: _Judged, check: Check) -> tuple[Line, str]:
        """Return what a check found, and what to do about it."""
        table = self._table
        kind = "remark" if _is_remark(check) else str(check.outcome)
        text, advice = self._found(this, check)
        return Line(kind, self._label(check), table.words("outcome", kind), text), advice

    def _found(self, this: _Judged, check: Check) -> tuple[str, str]:
        """Choose the texts for a check: the most special that there is, and never one that says too much."""
        table, outcome, code = self._table, check.outcome, check.code
        sections = (f"{this.report.of}-{check.name}", check.name, "other")
        section = next(name for name in sections if name in table.sections)
        if this.unread() and check.name != "data_model":
            return table.pair(section if table.has(section, "unread") else "words", "unread")
        if check.name == "issuer" and outcome == "passed" and code is None:
            return self._vouched(this), ""
        is_known = code is not None and table.has("code", code)
        special = _case(this, check) or (code if is_known else None)
        if table.has(section, f"{outcome}-{special}"):
            return table.pair(section, f"{outcome}-{special}")
        text, advice = table.pair(section, outcome)
        if code is None or special == _INSIDE or outcome == "skipped":
            return text, advice
        if is_known and outcome != "passed":
            reason, advice = table.pair("code", code)
        else:
            detail, code = _shown(check.detail, _MAX_REASON), _shown(code, _MAX_NAME)
            reason = table.words("words", "reason" if detail else "reason-code", detail=detail, code=code)
        return f"{text} {reason}", advice

    def _vouched(self, this: _Judged) -> str:
        """Say who vouches for the issuer, and by what name they know it: that in the credential is the issuer's own."""
        words, voucher = self._table.words, this.report.voucher if _is_credential(this.report) else None
        if voucher is None:
            return words("issuer", "passed")
        if voucher.registry is None:
            return words("issuer", "passed-named")
        registry = _shown(voucher.registry, _MAX_NAME)
        if voucher.name is None:
            return words("issuer", "passed-registered", registry=registry)
        return words("issuer", "passed-vouched", registry=registry, name=_shown(voucher.name, _MAX_NAME))

    def _labels(self, this: _Judged, kind: str) -> str:
        """Name what the verdict is about: checks, or credentials inside where they are to blame."""
        labels: list[str] = []
        for check in this.report.checks:
            # What cannot be read has no proof to blame.
            if _is_to_blame(check, kind) and not (check.name == "proof" and this.unread()):
                bad = [part for part in this.parts_of(check) if not part.report.verified]
                blamed = [part for part in bad if part.report.refused] or bad
                labels += [self._title(part) for part in blamed] or [self._label(check)]
        labels += [self._title(part) for part in _counted(this) if _kind(part) == kind]
        quoted = [self._table.words("words", "quoted", label=label) for label in dict.fromkeys(labels)]
        return ", ".join([*quoted[:_MAX_NAMED], *(["…"] if len(quoted) > _MAX_NAMED else [])])

    def _label(self, check: Check) -> str:
        table = self._table
        return table.words("label", check.name) if table.has("label", check.name) else _shown(check.name, _MAX_NAME)

    def _title(self, this: _Judged, *, with_pointer: bool = False) -> str:
        title = self._table.words("words", f"inside-{this.kind}", number=this.number)
        return f"{title} ({_shown(this.pointer, _MAX_NAME)})" if with_pointer and this.pointer else title


def _is_presentation(report: Report) -> TypeGuard[PresentationReport]:
    return report.of == "presentation"


def _case(this: _Judged, check: Check) -> str | None:
    """Name the case that a check is, where its code does not tell."""
    if check.parts and (check.outcome == "passed" or not all(part.report.verified for part in check.parts)):
        # The code is that of the credential inside, which says so by itself.
        return _INSIDE
    unknown = (check.name, check.outcome, check.code)
    unproven = (unknown == ("credential_status", "indeterminate", "STATUS_RETRIEVAL_ERROR") and not this.proven()) or (
        unknown == ("issuer", "indeterminate", "ISSUER_KEY_NOT_BOUND") and not this.signed()
    )
    return "unproven" if unproven else None


def _is_credential(report: Report) -> TypeGuard[VerificationReport]:
    return report.of == "credential"


def _counted(this: _Judged) -> Sequence[_Judged]:
    """Return the credentials inside that count as much as what they are in; endorsements do not."""
    return [each for each in this.inside() if each.kind == "credential"] if this.depth < _MAX_DEPTH else []


def _kind(this: _Judged) -> str:
    """Return the verdict in a word."""
    report = this.report
    if report.refused:
        return "refused"
    if not report.verified:
        return "undecided"
    remarks = any(_is_to_blame(check, "remarks") for check in report.checks)
    return "remarks" if remarks or any(_kind(each) == "remarks" for each in _counted(this)) else "verified"


def _is_remark(check: Check) -> bool:
    return check.outcome == "passed" and check.code is not None


def _is_to_blame(check: Check, kind: str) -> bool:
    """Tell whether the verdict is what it is because of a check."""
    if kind == "refused":
        return check.outcome == "failed"
    # Endorsements that could not be judged are told, and not counted.
    if check.outcome == "indeterminate":
        return (kind == "remarks") == (check.name == "endorsement")
    return kind == "remarks" and _is_remark(check)


def _advice(lines: Sequence[tuple[Check, Line, str]]) -> tuple[Advice, ...]:
    """Collect what to do; what is the same for several checks is said once."""
    texts: dict[str, tuple[list[str], list[str]]] = {}
    for check, line, text in lines:
        if text and line.kind in ("remark", "failed", "indeterminate"):
            labels, about = texts.setdefault(text, ([], []))
            labels.append(line.label)
            about.append(", ".join(_shown(each, _MAX_NAME) for each in (check.code, check.pointer) if each))
    return tuple(
        Advice(", ".join(labels), text, "; ".join(dict.fromkeys(filter(None, about))))
        for text, (labels, about) in texts.items()
    )


def _moment(at: datetime) -> str:
    text = at.isoformat(sep=" ", timespec="minutes")
    return text.removesuffix("+00:00") + " UTC" if text.endswith("+00:00") else text


def _shown(text: str, most: int) -> str:
    """Return text from outside, short, and so that it cannot steer what shows it."""
    cut = text if len(text) <= most else text[: most - 1] + "…"
    return "".join(character if character.isprintable() else "�" for character in cut)
