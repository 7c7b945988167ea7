"""Hostile documents, damaged once more: whatever comes in, a report comes out, and says no more than it should."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from hypothesis import event, given
from hypothesis import strategies as st

from microcred import jcs
from microcred.limits import DEFAULT_LIMITS
from microcred.verify.report import CHECKS, PRESENTATION_CHECKS, Outcome, PresentationReport
from tests.fuzz.mutations import damaged_bytes, damaged_json, damaged_text
from tests.hostile import run
from tests.hostile.corpus import JSON, cases
from tests.strategies import effort

# What is long to judge is judged often enough elsewhere.
_SLOW = ("bombs", "json-text", "status-encodings")
CASES = [case for case in cases() if case["id"].split("/")[0] not in _SLOW]
GOOD = [case for case in CASES if case["expect"]["outcome"] == "verified"]
_LONGEST_REPORT = 50_000


@st.composite
def damaged_cases(draw: st.DrawFn, among: list[JSON]) -> JSON:
    """Return a case whose input is damaged, or a page of its web."""
    case = draw(st.sampled_from(among))
    web = case.get("web", {})
    if web and draw(st.booleans()):
        url = draw(st.sampled_from(sorted(web)))
        return {**case, "web": {**web, url: {**web[url], **draw(_damaged(web[url]))}}}
    return {**case, "input": draw(_damaged(case["input"]))}


def _damaged(content: JSON) -> st.SearchStrategy[JSON]:
    if "json" in content:
        text = json.dumps(content["json"])
        return st.one_of(
            damaged_json(content["json"]).map(lambda value: {"json": value}),
            damaged_text(text).map(lambda value: {"text": value, "json": None}).map(_only_text),
        )
    if "text" in content:
        return damaged_text(content["text"]).map(lambda value: {"text": value})
    if "base64" in content:
        import base64

        data = base64.b64decode(content["base64"])
        return damaged_bytes(data).map(lambda value: {"base64": base64.b64encode(value).decode()})
    return st.just(content)


def _only_text(content: JSON) -> JSON:
    return {"text": content["text"]}


def judged(case: JSON) -> run.Report:
    """Judge a case; nothing may be raised, whatever it is."""
    web = run.web_of(case)
    given_ = case["input"]
    if "json" in given_ and not isinstance(given_["json"], dict):
        case = {**case, "input": {"text": json.dumps(given_["json"])}}
    report = run.check(case, web)
    assert len(web.requests) <= DEFAULT_LIMITS.max_fetches
    return report


def _is_sound(report: run.Report) -> None:
    names = PRESENTATION_CHECKS if isinstance(report, PresentationReport) else CHECKS
    assert [check.name for check in report.checks] == list(names)
    assert all(check.code and check.detail for check in report.problems)
    # An endorsement that could not be judged is shown, and not counted.
    shown = [each for each in report.problems if (each.name, each.outcome) == ("endorsement", Outcome.INDETERMINATE)]
    assert report.verified is (len(shown) == len(report.problems))
    assert not (report.verified and report.refused)
    assert len(json.dumps(report.to_dict())) < _LONGEST_REPORT


@given(damaged_cases(CASES))
def test_whatever_comes_in_a_report_comes_out(case: JSON) -> None:
    report = judged(case)
    event(run.verdict(report))
    _is_sound(report)


@effort(0.3)
@given(damaged_cases(CASES))
def test_asynchronous_code_says_the_same(case: JSON) -> None:
    report = judged(case)
    given_ = case["input"]
    if "json" in given_ and not isinstance(given_["json"], dict):
        case = {**case, "input": {"text": json.dumps(given_["json"])}}
    assert asyncio.run(run.acheck(case, run.web_of(case))).to_dict() == report.to_dict()


def _signed_over_json(case: JSON) -> bool:
    document = case["input"].get("json")
    proof = document.get("proof") if isinstance(document, dict) else None
    return isinstance(proof, dict) and proof.get("cryptosuite") == "eddsa-jcs-2022"


@given(st.data())
def test_no_change_of_what_was_signed_over_json_verifies(data: st.DataObject) -> None:
    case = data.draw(st.sampled_from([case for case in GOOD if _signed_over_json(case)]))
    document: Any = case["input"]["json"]
    changed = data.draw(damaged_json(document))
    report = judged({**case, "input": {"json": changed}})
    if report.verified:
        assert _meaning(changed) == _meaning(document)


def _meaning(document: Any) -> bytes:
    # Contexts may be added behind those of the proof; one proof may stand in a list, and others beside it.
    proofs = document["proof"] if isinstance(document["proof"], list) else [document["proof"]]
    contexts = next(proof["@context"] for proof in proofs if isinstance(proof, dict) and "@context" in proof)
    return jcs.canonicalize({**document, "proof": None, "@context": contexts})
