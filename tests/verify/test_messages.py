"""The messages of a report: whatever can be found has a text, in every language, and the languages agree.

What can be found is read out of the source, the table of samples, and the page about the report, so that a new check or
code is missed here. Each failure names what to add to the files in ``verify/languages``.
"""

from __future__ import annotations

import ast
import csv
import re
import string
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, get_args

import pytest

from microcred.verify import report as reports
from microcred.verify.messages import Messages, languages, messages
from microcred.verify.report import PRESENTATION_CHECKS, CheckName, Code, Outcome

VERIFY = Path(reports.__file__).parent
TESTS = Path(__file__).parent
PAGE = TESTS.parents[1] / "docs" / "report.md"
NAMES = get_args(CheckName)
PRESENTATION = tuple(f"presentation-{name}" for name in PRESENTATION_CHECKS if name != "holder")
SECTIONS = (*NAMES, *PRESENTATION)
# Which checks a function speaks for that makes findings; those with the name of a check need not be here.
SPEAKS_FOR = {
    "checks.validity_period": ("validity_period", "presentation-validity_period"),
    "checks.claimed_status": ("credential_status",),
    "checks._status_entry": ("credential_status",),
    "checks._sole": ("recipient",),
    "checks._nobody": ("issuer",),
    "refresh": ("refresh",),
    "related_resources": ("data_model", "credential_schema"),
    "schemas": ("credential_schema",),
    "judgement._endorsements": ("endorsement",),
    "nested.about_others": ("endorsement",),
    "presentations._data_model": ("presentation-data_model",),
    "presentations._holder": ("holder",),
    "presentations._judge_key_binding": ("holder",),
    "proofs": ("proof", "presentation-proof"),
    "status_methods": ("credential_status",),
}
# These turn what they are given into findings.
SPEAKS_FOR_ANY = {"report", "judgement.unreadable", "nested.outcome_of"}
# Whose errors become findings about a proof.
PROOFS = ("signing/*", "jsonld/*", "verify/proofs", "verify/enveloped", "verify/resolver", "verify/did_methods")
# A credential answers nobody; only the holder's proof may be too early; what cannot be read says so under its form.
NEVER = {
    ("proof", Code.NOT_YET_VALID),
    ("proof", Code.INVALID_CHALLENGE_ERROR),
    ("proof", Code.INVALID_DOMAIN_ERROR),
    ("proof", Code.PARSING_ERROR),
    ("presentation-proof", Code.PARSING_ERROR),
}
VOUCHED = ("passed-named", "passed-registered", "passed-vouched")
MARKS = {"!": Outcome.FAILED, "?": Outcome.INDETERMINATE, "~": Outcome.PASSED}
TABLES = {tag: messages(tag) for tag in languages()}
each_language = pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)


class Case(NamedTuple):
    """Something that a check can find."""

    section: str
    outcome: Outcome
    code: Code


# What can be found


def findings_in_the_source() -> Iterator[tuple[str, Outcome, Code]]:
    """Each finding that is made with a code, and the function that makes it."""
    for path in sorted(VERIFY.rglob("*.py")):
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef):
                for call in ast.walk(function):
                    if isinstance(call, ast.Call):
                        for outcome, code in found_by(call):
                            yield f"{path.stem}.{function.name}", outcome, code


def found_by(call: ast.Call) -> Iterator[tuple[Outcome, Code]]:
    """The outcome and code of a call that makes a finding, where they are written out."""
    name = ast.unparse(call.func)
    words = {word.strip("'\"") for each in [*call.args, *call.keywords] for word in named_in(each)}
    codes = [Code(word) for word in sorted(words & set(Code.__members__))]
    if name == "Finding":
        outcomes = [Outcome[word] for word in words & set(Outcome.__members__)]
    elif name.startswith("Finding."):
        outcomes = [Outcome(name.removeprefix("Finding."))]
    else:
        return
    yield from ((outcome, code) for outcome in outcomes for code in codes)


def named_in(node: ast.AST) -> Iterator[str]:
    for each in ast.walk(node):
        if isinstance(each, ast.Attribute):
            yield each.attr
        elif isinstance(each, ast.Constant) and isinstance(each.value, str):
            yield each.value


def sections_of(function: str) -> tuple[str, ...] | None:
    """The checks that a function speaks for; None for those that are to be named."""
    module, _, name = function.partition(".")
    if function in SPEAKS_FOR_ANY or module in SPEAKS_FOR_ANY:
        return ()
    if function in SPEAKS_FOR or module in SPEAKS_FOR:
        return SPEAKS_FOR.get(function) or SPEAKS_FOR[module]
    return (name,) if name in NAMES else None


def cases_of_the_source() -> Iterator[Case]:
    for function, outcome, code in findings_in_the_source():
        for section in sections_of(function) or ():
            yield Case(section, outcome, code)


def cases_of_proofs() -> Iterator[Case]:
    """Each code that is named where proofs are checked."""
    for pattern in PROOFS:
        for path in VERIFY.parent.glob(f"{pattern}.py"):
            words = set(named_in(ast.parse(path.read_text(encoding="utf-8"))))
            for code in map(Code, sorted(words & set(Code.__members__))):
                judged = code not in (Code.UNSUPPORTED, Code.RESOLUTION_ERROR)
                outcome = Outcome.FAILED if judged else Outcome.INDETERMINATE
                yield from (Case(section, outcome, code) for section in ("proof", "presentation-proof"))


def cases_of_the_samples() -> Iterator[Case]:
    with (TESTS / "samples.tsv").open(encoding="utf-8", newline="") as file:
        for row in list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]:
            for name, mark, code in re.findall(r"(\w+)=([!?~])(\w+)", row[3]):
                # What is found in endorsements is said of them.
                if name != "endorsement":
                    yield Case(name, MARKS[mark], Code(code))


def cases_of_the_page() -> Iterator[tuple[str, Code]]:
    """The checks that the page about the report names beside each code."""
    for code, checks in re.findall(
        r"^\| `(\w+)` \| ((?:`\w+`(?:, )?)+) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE
    ):
        for name in re.findall(r"\w+", checks):
            yield name, Code(code)


def test_every_function_that_finds_something_speaks_for_a_check() -> None:
    unknown = sorted({name for name, _, _ in findings_in_the_source() if sections_of(name) is None})
    assert not unknown, f"say in SPEAKS_FOR of {__name__} which checks these speak for: {', '.join(unknown)}"


@each_language
def test_whatever_can_be_found_has_a_text_of_its_own(table: Messages) -> None:
    cases = {*cases_of_the_source(), *cases_of_proofs(), *cases_of_the_samples()}
    assert len(cases) > 50
    missing = sorted(
        f"[{case.section}] {case.outcome}-{case.code}"
        for case in cases
        if (case.section, case.code) not in NEVER and not table.has(case.section, f"{case.outcome}-{case.code}")
    )
    assert not missing, f"{table.language}.toml lacks: {'; '.join(missing)}"


@each_language
def test_each_code_has_a_text_for_each_check_that_the_page_names(table: Messages) -> None:
    cases = set(cases_of_the_page())
    assert len(cases) > 20
    missing = sorted(
        f"[{section}] failed-{code} (or indeterminate- or passed-)"
        for section, code in cases - NEVER
        if not any(table.has(section, f"{outcome}-{code}") for outcome in Outcome)
    )
    assert not missing, f"{table.language}.toml lacks: {'; '.join(missing)}"


@each_language
def test_there_is_a_text_to_fall_back_to_for_everything(table: Messages) -> None:
    wanted = [("code", code) for code in Code] + [("label", name) for name in NAMES]
    wanted += [(section, outcome) for section in (*SECTIONS, "other") for outcome in Outcome]
    missing = [f"[{section}] {name}" for section, name in wanted if not table.has(section, name)]
    assert not missing, f"{table.language}.toml lacks: {'; '.join(missing)}"


# That the languages agree


def texts(table: Messages) -> dict[str, tuple[str, ...]]:
    """Every text by its place; those with advice have two parts."""
    return {
        f"[{section}] {name}": (entry,) if isinstance(entry, str) else tuple(entry)
        for section, entries in table.sections.items()
        for name, entry in entries.items()
    }


def fields(text: str) -> set[str]:
    return {str(field) for _, field, _, _ in string.Formatter().parse(text) if field is not None}


@each_language
def test_a_language_has_what_the_others_have_and_no_more(table: Messages) -> None:
    english, own = texts(TABLES["en"]), texts(table)
    assert not set(english) - set(own), f"{table.language}.toml lacks: {'; '.join(sorted(set(english) - set(own)))}"
    assert not set(own) - set(english), f"en.toml lacks: {'; '.join(sorted(set(own) - set(english)))}"
    for place, parts in own.items():
        assert len(parts) == len(english[place]), place
        assert [fields(part) for part in parts] == [fields(part) for part in english[place]], place
        if table.language != "en":
            assert parts != english[place], f"{place} is not translated"


@each_language
def test_a_language_has_no_text_that_nothing_asks_for(table: Messages) -> None:
    assert set(table.sections) == {"verdict", "label", "outcome", "words", "command", "code", "other", *SECTIONS}
    assert set(table.sections["label"]) == set(NAMES)
    assert set(table.sections["code"]) == set(Code)
    assert set(table.sections["outcome"]) == {*Outcome, "remark"}
    special = {
        "proof": {"unread", "passed-parts", "failed-parts", "indeterminate-parts"},
        "presentation-proof": {"unread"},
        "endorsement": {"passed-parts", "failed-parts", "indeterminate-parts"},
        "credential_status": {"indeterminate-unproven"},
        "issuer": {*VOUCHED, "indeterminate-unproven"},
    }
    possible = {*Outcome, *(f"{outcome}-{code}" for outcome in Outcome for code in Code)}
    for section in SECTIONS:
        assert set(table.sections[section]) >= special.get(section, set())
        surplus = set(table.sections[section]) - possible - special.get(section, set())
        assert not surplus, f"[{section}] in {table.language}.toml has names that nothing asks for: {surplus}"


@each_language
def test_what_is_not_simply_good_comes_with_what_to_do(table: Messages) -> None:
    for section in (*SECTIONS, "code"):
        for name, entry in table.sections[section].items():
            simple = name in ("passed", "passed-parts", "skipped", "unread", *VOUCHED)
            assert isinstance(entry, str) is simple, f"[{section}] {name}"


@each_language
def test_a_finding_is_one_sentence(table: Messages) -> None:
    for section in (*SECTIONS, "code", "other"):
        for name in table.sections[section]:
            found, advice = table.pair(section, name)
            assert re.fullmatch(r"[A-Z][^.]+\.", found), f"[{section}] {name}"
            assert advice == "" or re.fullmatch(r"[A-Z].+\.", advice), f"[{section}] {name}"
            assert len(found) <= 130, f"[{section}] {name}"
            assert len(advice) <= 130, f"[{section}] {name}"


def test_spanish_addresses_nobody() -> None:
    every = " ".join(part for parts in texts(TABLES["es"]).values() for part in parts)
    assert re.findall(r"\b(?:usted(?:es)?|tú|te|tu|tus|vosotros|vos)\b", every, re.IGNORECASE) == []


# Which language is taken


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("en", "en"),
        ("es", "es"),
        ("es-MX", "es"),
        ("es_ES", "es"),
        ("EN-gb", "en"),
        ("ES-419", "es"),
    ],
)
def test_a_language_falls_back_to_the_wider_one(asked: str, given: str) -> None:
    assert messages(asked).language == given


@pytest.mark.parametrize("asked", ["", "fr", "e", "english", "../languages/en", "en.toml", "-", "x-es"])
def test_an_unknown_language_is_refused_with_those_that_there_are(asked: str) -> None:
    with pytest.raises(ValueError, match="there are: en, es"):
        messages(asked)


def test_a_tag_of_any_length_is_read_in_little_time() -> None:
    assert messages("es" + "-x" * 10**6).language == "es"
