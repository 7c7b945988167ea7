"""The toRdf tests of the W3C's JSON-LD 1.1 suite: the right quads, or a refusal; never other quads.

The suite is not part of the project. Its tests come out of a registry package, kept in `.cache`, or out of a checkout
of w3c/json-ld-api that MICROCRED_JSON_LD_API names.
"""

from __future__ import annotations

import json
import os
import tarfile
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast
from urllib.parse import urljoin

import pytest

from microcred.errors import DocumentError
from microcred.json import JSONObject, JSONValue
from microcred.jsonld import expander, reference
from microcred.jsonld.rdfc import Quad, canonicalize
from microcred.limits import DEFAULT_LIMITS
from tests.support import as_object, as_objects, downloaded, parse_nquads

Files = Mapping[str, bytes]
"""The files of the suite's tests folder."""
Engine = Callable[..., list[Quad]]
"""``to_quads`` of either path."""

# rdflib's source has the whole suite, as of 2022. Nothing else of it is used.
PACKAGE, VERSION = "rdflib", "7.6.0"
SHA256 = "6c831288d5e4a5a7ece85d0ccde9877d512a3d0f02d7c06455d00d6d0ea379df"
FOLDER = f"{PACKAGE}-{VERSION}/test/jsonld/1.1/"

REFUSED = "refused"
LEFT = "left to the reference"
# Those that ask for no direction in the RDF.
DIRECTIONS = "a base direction is always signed, as an i18n datatype: a proof covers it"
OTHER_BY_DESIGN = {f"#tdi0{number}": DIRECTIONS for number in range(1, 7)}
REFUSED_BY_THE_REFERENCE = {"#tjs21": "it takes a JSON literal with a member @context for something that has a context"}


def download() -> Path:
    """Return the archive with the suite."""
    file = f"{PACKAGE}-{VERSION}.tar.gz"
    return downloaded(f"{PACKAGE}=={VERSION}", SHA256, file, cache="json-ld-api", variable="MICROCRED_JSON_LD_API")


def read_files() -> Files:
    checkout = os.environ.get("MICROCRED_JSON_LD_API")
    if checkout is not None:
        tests = Path(checkout) / "tests"
        return {path.relative_to(tests).as_posix(): path.read_bytes() for path in tests.rglob("*") if path.is_file()}
    with tarfile.open(download()) as archive:
        members = [member for member in archive if member.isfile() and member.name.startswith(FOLDER)]
        return {
            member.name.removeprefix(FOLDER): cast("IO[bytes]", archive.extractfile(member)).read()
            for member in members
        }


@dataclass(frozen=True)
class Case:
    """A test of the suite."""

    id: str
    document: JSONObject
    is_negative: bool
    expected: str | None
    """The canonical N-Quads, where the suite says which."""


@dataclass(frozen=True)
class Suite:
    """The tests that apply, the contexts that they name, and how many tests do not apply, by the reason."""

    cases: list[Case]
    contexts: dict[str, JSONObject]
    left_out: Counter[str]


@pytest.fixture(scope="module")
def suite() -> Suite:
    files = read_files()
    manifest = as_object(json.loads(files["toRdf-manifest.jsonld"]))
    base = str(manifest["baseIri"])
    texts = {base + name: text for name, text in files.items() if name.startswith("toRdf/") and "context" in name}
    contexts = {url: as_object(with_full_urls(json.loads(text), url, texts)) for url, text in texts.items()}
    left_out: Counter[str] = Counter()
    cases = []
    for entry in as_objects(manifest["sequence"]):
        reason = why_left_out(as_object(entry.get("option", {})))
        if reason:
            left_out[reason] += 1
        else:
            cases.append(case(entry, files, base, contexts))
    return Suite(cases, contexts, left_out)


def why_left_out(option: JSONObject) -> str | None:
    if "json-ld-1.0" in (option.get("processingMode"), option.get("specVersion")):
        return "JSON-LD 1.0"
    if "produceGeneralizedRdf" in option:
        return "generalized RDF cannot be canonicalized"
    if "expandContext" in option:
        return "a context beside the document"
    if option.get("rdfDirection") == "compound-literal":
        return "directions are i18n datatypes here"
    return None


def case(entry: JSONObject, files: Files, base: str, contexts: Mapping[str, object]) -> Case:
    name = str(entry["input"])
    document = with_full_urls(json.loads(files[name]), base + name, contexts)
    expected = str(files[str(entry["expect"])], "utf-8") if "expect" in entry else None
    return Case(
        id=str(entry["@id"]),
        # A document is an object here; an array of nodes says the same in a @graph.
        document={"@graph": document} if isinstance(document, list) else as_object(document),
        is_negative="jld:NegativeEvaluationTest" in cast("list[str]", entry["@type"]),
        expected=None if expected is None else canonicalize(parse_nquads(expected)).nquads,
    )


def with_full_urls(value: JSONValue, base: str, known: Mapping[str, object], *, is_context: bool = False) -> JSONValue:
    """Resolve the names of the suite's contexts, since documents have no base here."""
    if isinstance(value, dict):
        return {
            name: with_full_urls(item, base, known, is_context=name in ("@context", "@import"))
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [with_full_urls(item, base, known, is_context=is_context) for item in value]
    if is_context and isinstance(value, str) and urljoin(base, value) in known:
        return urljoin(base, value)
    return value


def answer(engine: Engine, suite: Suite, case: Case, *, guarded: bool = False) -> str:
    """Return the canonical N-Quads, or why there are none."""
    try:
        return canonicalize(engine(case.document, suite.contexts, DEFAULT_LIMITS, guarded=guarded)).nquads
    except DocumentError:
        return REFUSED
    except expander.Refused:
        return LEFT


def judge(case: Case, got: str) -> str:
    if got == REFUSED:
        return "right refusals" if case.is_negative else "refusals of what safe mode or microcred does not take"
    if case.is_negative or (case.expected not in (None, got) and case.id not in OTHER_BY_DESIGN):
        return "wrong"
    return "other by design" if case.id in OTHER_BY_DESIGN else "right answers"


def test_suite_is_whole(suite: Suite) -> None:
    assert len(suite.cases) + suite.left_out.total() >= 462
    assert suite.left_out.total() <= 25
    assert OTHER_BY_DESIGN.keys() | REFUSED_BY_THE_REFERENCE.keys() <= {case.id for case in suite.cases}


def test_reference_is_right_or_refuses(suite: Suite) -> None:
    results = {case.id: judge(case, answer(reference.to_quads, suite, case)) for case in suite.cases}
    assert [name for name, result in results.items() if result == "wrong"] == []
    counts = Counter(results.values())
    print(dict(counts), dict(suite.left_out))
    # So many on the day of writing; fewer would be a feature lost.
    assert counts["right answers"] >= 230


def test_guarded_reference_says_the_same_or_refuses(suite: Suite) -> None:
    for case in suite.cases:
        got = answer(reference.to_quads, suite, case, guarded=True)
        assert got in (REFUSED, answer(reference.to_quads, suite, case)), case.id


@pytest.mark.parametrize(("guarded", "least"), [(False, 128), (True, 116)])
def test_expander_says_what_the_reference_says_or_leaves_it(suite: Suite, *, guarded: bool, least: int) -> None:
    results: dict[str, str] = {}
    for case in suite.cases:
        got = answer(expander.to_quads, suite, case, guarded=guarded)
        if got == LEFT:
            results[case.id] = LEFT
        elif got == answer(reference.to_quads, suite, case, guarded=guarded) or case.id in REFUSED_BY_THE_REFERENCE:
            results[case.id] = judge(case, got)
        else:
            results[case.id] = "wrong"
    assert [name for name, result in results.items() if result == "wrong"] == []
    counts = Counter(results.values())
    print(dict(counts))
    assert counts["right answers"] >= least
