"""In which language ``microcred verify`` explains, and what it adds to the explanation of a report."""

from __future__ import annotations

import os
from collections.abc import Mapping

import typer

from microcred.verify.messages import Messages, messages
from microcred.verify.report import Code, Outcome, PresentationReport, VerificationReport

__all__ = ["spoken", "verify_notes"]

_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")
_FALLBACK = "en"
_OFFLINE = (Code.RESOLUTION_ERROR, Code.STATUS_RETRIEVAL_ERROR, Code.REGISTRY_RETRIEVAL_ERROR)


def spoken(asked: str | None, environment: Mapping[str, str] = os.environ) -> Messages:
    """Return the messages of the language that was asked for, otherwise of the system's, otherwise the English ones.

    Args:
        asked: A language tag.
        environment: Has the variables of POSIX, such as ``LANG=es_MX.UTF-8``; the first that is set counts.
    """
    if asked is not None:
        try:
            return messages(asked)
        except ValueError as error:
            raise typer.BadParameter(f"--language: {error}") from None
    system = next((environment[name] for name in _VARIABLES if environment.get(name)), _FALLBACK)
    try:
        return messages(system.partition(".")[0].partition("@")[0])
    except ValueError:
        return messages(_FALLBACK)


def verify_notes(
    report: VerificationReport | PresentationReport, words: Messages, *, any_issuer: bool, online: bool
) -> list[str]:
    """Return what a report does not say, since it is about how it was asked for."""
    notes = []
    judged = report.credentials if isinstance(report, PresentationReport) else (report,)
    if any_issuer and report.verified and any(each["issuer"].code is None for each in judged):
        notes.append(words.words("command", "any-issuer"))
    if not online and any(
        check.code in _OFFLINE and check.outcome is Outcome.INDETERMINATE for check in report.problems
    ):
        notes.append(words.words("command", "offline"))
    return notes
