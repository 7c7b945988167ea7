"""The walk over compiled contexts against PyLD: the same quads, the same refusal, or nothing at all.

The documents are random. Hypothesis makes a failure small; the mass comes from a seeded generator, since it is faster.
"""

from __future__ import annotations

import json
import os
import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from microcred.errors import DocumentError, Problem
from microcred.json import JSONObject, JSONValue
from microcred.jsonld import canonicalize as canonicalize_document
from microcred.jsonld import expander, reference
from microcred.jsonld.quads import RDF
from microcred.jsonld.rdfc import CanonicalDataset, Quad, canonicalize
from microcred.jsonld.tables import Table, Term
from microcred.limits import DEFAULT_LIMITS
from tests.jsonld.documents_strategy import Sample, inline_sample, pinned_sample
from tests.jsonld.test_rdfc import assert_as_oxigraph
from tests.strategies import effort
from tests.strategies_jsonld import V2

IS_LONG = os.environ.get("HYPOTHESIS_PROFILE") == "fuzz"
MANY = 5 * settings().max_examples
"""Documents of each kind: 500 in CI, 100,000 in `make fuzz`."""
FIRST_SEED = random.SystemRandom().randrange(2**32) if IS_LONG else 0
# With these the reference gives up before it looks at what the walk speaks of.
ENDS = (
    "is not JSON-LD",
    "says nothing in JSON-LD",
    "uses a context that",
    "uses contexts",
    "has a context",
    "has a @language",
)
# RDF 1.2 escapes these, RDFC-1.0 and the JavaScript suites do not.
UNLIKE_OXIGRAPH = "\ufffe\uffff"

chances = st.randoms(use_true_random=False)


# Comparing


@dataclass(frozen=True)
class Answer:
    """What one way says of a document."""

    quads: list[Quad] | None
    nquads: str | None
    problems: tuple[Problem, ...] = ()


def ask(way: Callable[..., list[Quad]], sample: Sample, *, guarded: bool) -> Answer:
    try:
        quads = way(sample.document, sample.contexts, DEFAULT_LIMITS, guarded=guarded)
        return Answer(quads, canonicalize(quads).nquads)
    except DocumentError as error:
        return Answer(None, None, error.problems)


def compare(sample: Sample, *, guarded: bool, witness: bool = False) -> str:
    """Return what became of a document; the words start with WRONG when the two ways disagree."""
    before = json.dumps(sample.document)
    try:
        walked = ask(expander.to_quads, sample, guarded=guarded)
    except expander.Refused:
        return "left to the reference"
    if json.dumps(sample.document) != before:
        return "WRONG: the document was changed"
    expected = ask(reference.to_quads, sample, guarded=guarded)
    if walked.nquads != expected.nquads:
        if expected.nquads is None and is_about_json(walked, expected):
            return "a context in a JSON literal"
        return f"WRONG: {walked} is not {expected}"
    if walked.quads is not None:
        if witness:
            confirm(walked.quads)
        return "quads"
    return "problems" if share_a_problem(walked, expected) else f"WRONG: {walked.problems} is not {expected.problems}"


def share_a_problem(walked: Answer, expected: Answer) -> bool:
    # The reference looks at all contexts first, even at those that the walk does not reach; and of what it finds when
    # it is done, it no longer knows where it stands.
    if any(p.message.startswith(ENDS) or "@context" in p.pointer or p.pointer == "" for p in expected.problems):
        return True
    # It calls keywords by their own names, where the document has another.
    return not {p.message for p in walked.problems}.isdisjoint(p.message for p in expected.problems)


def confirm(quads: list[Quad]) -> None:
    """Ask another implementation for the canonical form, where it takes the quads."""
    if any(character in term for quad in quads for term in quad for character in UNLIKE_OXIGRAPH):
        return
    # It is strict about IRIs and language tags.
    with suppress(SyntaxError):
        assert_as_oxigraph(quads)


def is_about_json(walked: Answer, expected: Answer) -> bool:
    """Tell whether the reference takes a member @context of a JSON literal for one of the document: as it may."""
    has_json = any(f'"^^<{RDF}JSON>' in quad[2] for quad in walked.quads or ())
    return has_json and all("/@context" in problem.pointer for problem in expected.problems)


# Making failures small


def smaller(value: JSONValue) -> Iterator[JSONValue]:
    """Return values that lack something."""
    if isinstance(value, dict):
        for name in value:
            yield {other: item for other, item in value.items() if other != name}
        for name, item in value.items():
            yield from ({**value, name: less} for less in smaller(item))
    elif isinstance(value, list):
        for index in range(len(value)):
            yield value[:index] + value[index + 1 :]
        for index, item in enumerate(value):
            yield from ([*value[:index], less, *value[index + 1 :]] for less in smaller(item))


def smallest(sample: Sample, *, guarded: bool) -> Sample:
    """Return what is left of a sample that goes wrong when nothing more can be left out."""
    for _ in range(200):
        candidates = (Sample(less, sample.contexts) for less in smaller(sample.document) if isinstance(less, dict))
        found = next((less for less in candidates if compare(less, guarded=guarded).startswith("WRONG")), None)
        if found is None:
            break
        sample = found
    return sample


def assert_agreed(sample: Sample, *, guarded: bool) -> str:
    result = compare(sample, guarded=guarded)
    if result.startswith("WRONG"):
        pytest.fail(f"{result}\n{json.dumps(sample.document)}\n{json.dumps(sample.contexts)}", pytrace=False)
    return result


# Random documents


@effort(0.25)
@given(chances, st.booleans())
def test_inline_contexts_mean_what_the_reference_says(chance: random.Random, guarded: bool) -> None:
    event(assert_agreed(inline_sample(chance), guarded=guarded))


@effort(0.25)
@given(chances, st.booleans())
def test_pinned_contexts_mean_what_the_reference_says(chance: random.Random, guarded: bool) -> None:
    event(assert_agreed(pinned_sample(chance), guarded=guarded))


@pytest.mark.parametrize("make", [inline_sample, pinned_sample])
def test_many_documents_mean_what_the_reference_says(make: Callable[[random.Random], Sample]) -> None:
    results: Counter[str] = Counter()
    for seed in range(FIRST_SEED, FIRST_SEED + MANY):
        sample, guarded = make(random.Random(seed)), seed % 2 == 0
        result = compare(sample, guarded=guarded, witness=IS_LONG or seed % 10 == 0)
        if result.startswith("WRONG"):
            small = smallest(sample, guarded=guarded)
            text = f"{json.dumps(small.document)} with {json.dumps(small.contexts)}"
            pytest.fail(f"seed {seed}, guarded={guarded}: {compare(small, guarded=guarded)}\n{text}")
        results[result] += 1
    print(make.__name__, dict(results))
    # Else the documents would say little about the walk.
    assert results["quads"] > MANY / 3
    assert results["problems"] > MANY / 50


# What the random documents found

ISSUER = "https://www.w3.org/2018/credentials#issuer"
AGAIN: JSONObject = {"issuer": ISSUER, "a": "https://ex.org/a", "ex": "https://ex.org/"}
FOUND: dict[str, JSONObject] = {
    "a type that only the context of another type defines": {
        "@context": {"T": {"@id": "https://ex.org/T", "@context": {"W": "https://ex.org/W"}}},
        "@type": ["T", "W"],
    },
    "an empty type under the vocabulary of another type": {
        "@context": {"T": {"@id": "https://ex.org/T", "@context": {"@vocab": "https://ex.org/"}}},
        "@type": ["", "T"],
    },
    "a member with a no-break space": {"https://ex.org/x\u00a0y": "x", "https://ex.org/a": "1"},
    "a word with a no-break space": {"@context": {"@vocab": "https://ex.org/"}, "x\u00a0y:z": "x", "a": "1"},
    "a term with a no-break space": {"@context": {"@vocab": "https://ex.org/", "c": "x\u00a0y:z"}, "a": "1"},
    "a type whose context protects what it redefines, twice": {
        "@context": {
            "T": {
                "@id": "https://ex.org/T",
                "@context": [{"x": "https://ex.org/x"}, {"x": "https://ex.org/y", "@protected": True}],
            }
        },
        "@type": ["T", "T"],
    },
    "a node that says nothing in its graph": {
        "@context": {"a": {"@id": "https://ex.org/a", "@container": "@graph"}},
        "a": [{"a": []}],
    },
    "the root again, by a compact IRI": {
        "@context": AGAIN,
        "@id": "ex:1",
        "a": {"@id": "https://ex.org/1", "issuer": "x"},
    },
    "the root again, which has another name for its id": {
        "@context": {**AGAIN, "identifier": "@id"},
        "identifier": "https://ex.org/1",
        "a": {"@id": "https://ex.org/1", "issuer": "x"},
    },
    "the root again, saying nothing": {
        "@context": AGAIN,
        "@id": "https://ex.org/1",
        "a": {"@id": "https://ex.org/1", "issuer": None},
    },
    "the root again, with a null": {
        "@context": AGAIN,
        "@id": "https://ex.org/1",
        "a": {"@id": "https://ex.org/1", "issuer": [None]},
    },
    "the root again, with an empty list": {
        "@context": AGAIN,
        "@id": "https://ex.org/1",
        "a": {"@id": "https://ex.org/1", "issuer": []},
    },
}


@pytest.mark.parametrize("guarded", [False, True])
@pytest.mark.parametrize("name", FOUND)
def test_found_documents_mean_what_the_reference_says(name: str, *, guarded: bool) -> None:
    assert_agreed(Sample(FOUND[name]), guarded=guarded)


@pytest.mark.parametrize("guarded", [False, True])
def test_a_text_with_a_direction_is_not_rare_in_a_credential(*, guarded: bool) -> None:
    # The context of the credential's type ends at nodes, and a text is none, however many members it has.
    text: JSONObject = {"@value": "HTML و CSS", "@language": "ar", "@direction": "rtl"}
    document: JSONObject = {"@context": V2, "type": "VerifiableCredential", "name": text, "description": [text]}
    assert assert_agreed(Sample(document), guarded=guarded) == "quads"
    typed: JSONObject = {**document, "name": {"@value": "x", "@type": "https://ex.org/t", "@index": "i"}}
    assert_agreed(Sample(typed), guarded=guarded)


@pytest.mark.parametrize("name", [name for name in FOUND if "root again, by" in name or "another name" in name])
def test_the_root_is_seen_again_whatever_its_id_is_called(name: str) -> None:
    for way in (expander.to_quads, reference.to_quads):
        with pytest.raises(DocumentError):
            way(FOUND[name], guarded=True)


# Presentations: a context of the type, under which a property has none, and in it what has all of its own


def presentation(*shown: JSONValue) -> JSONObject:
    return {"@context": [V2], "type": "VerifiablePresentation", "verifiableCredential": list(shown)}


SHOWN: dict[str, JSONObject] = {
    "a credential": {"@context": [V2], "type": "VerifiableCredential", "issuer": "did:example:1"},
    "a credential without a context": {"@type": "https://ex.org/T", "https://ex.org/a": "x"},
    "an id": {"@id": "https://ex.org/1"},
    "an id that the context names": {"id": "https://ex.org/1"},
    "a value": {"@value": "x"},
    "a value that a context names": {"@context": {"v": "@value"}, "v": "x"},
    "a value with a language": {"@value": "x", "@language": "en"},
    "an id with a context": {"@context": V2, "id": "https://ex.org/1"},
    "a graph": {"@graph": [{"@id": "https://ex.org/1"}], "@id": "https://ex.org/2"},
    "nothing": {},
}


@pytest.mark.parametrize("guarded", [False, True])
@pytest.mark.parametrize("name", SHOWN)
def test_presentations_mean_what_the_reference_says(name: str, *, guarded: bool) -> None:
    assert_agreed(Sample(presentation(SHOWN[name])), guarded=guarded)


def test_presentations_are_not_left_to_the_reference() -> None:
    credential = SHOWN["a credential"]
    assert compare(Sample(presentation(credential, {**credential, "id": "urn:x:1"})), guarded=True) == "quads"


# Hostile documents

VOCABULARY: JSONObject = {"@vocab": "https://v.example/"}
URLS = ("https://c.example/0", "https://c.example/1")


def scoped(context: JSONValue, count: int) -> JSONObject:
    return {f"t{i}": {"@id": f"https://v.example/t{i}", "@context": context} for i in range(count)}


def chain(count: int, text: str) -> JSONObject:
    return {f"p{i}": (f"p{i - 1}:" if i else "https://v.example/") + text + "/" for i in range(count)}


def nested(document: JSONObject, depth: int) -> JSONObject:
    for _ in range(depth):
        document = {"a": document}
    return document


def many(context: JSONValue, items: list[JSONValue]) -> JSONObject:
    return {"@context": context, "https://v.example/many": items}


def cycle() -> dict[str, JSONObject]:
    first, second = URLS
    return {
        first: {"@context": {"a": {"@id": "https://v.example/a", "@context": second}}},
        second: {"@context": {"a": {"@id": "https://v.example/a", "@context": first}}},
    }


def branching(depth: int) -> dict[str, JSONObject]:
    contexts: dict[str, JSONObject] = {f"https://c.example/{depth}": {"@context": VOCABULARY}}
    for i in range(depth):
        contexts[f"https://c.example/{i}"] = {"@context": scoped(f"https://c.example/{i + 1}", 2)}
    return contexts


def type_combinations() -> JSONObject:
    bits = range(14)
    types: JSONObject = {f"T{i}": {"@id": f"urn:T{i}", "@context": {f"x{i}": f"urn:x{i}"}} for i in bits}
    nodes: list[JSONValue] = [{"@type": [f"T{i}" for i in bits if number >> i & 1]} for number in range(2**14)]
    return many([VOCABULARY, types], nodes)


# Each with what is needed to make it, since together they are large.
REFUSED: dict[str, Callable[[], Sample]] = {
    "10,000 contexts": lambda: Sample(many([{}] * 10_000, ["x"])),
    "10,000 URLs": lambda: Sample(many([V2] * 10_000, ["x"])),
    "contexts that include each other": lambda: Sample(
        many(URLS[0], ["x"]), {URLS[0]: {"@context": [URLS[1]]}, URLS[1]: {"@context": [URLS[0]]}}
    ),
    "an undefined name of 500,000 characters": lambda: Sample({"@context": {}, "a:" * 250_000 + " ": "x"}),
    "20,000 terms with contexts": lambda: Sample(many(scoped({"a": "urn:a"}, 20_000), ["x"])),
    "a chain of 20,000 prefixes": lambda: Sample(many(chain(20_000, ""), ["x"])),
    "a chain of long prefixes": lambda: Sample(many(chain(400, "x" * 8_000), ["x"])),
    "prefixes in a circle": lambda: Sample(many({f"p{i}": f"p{(i + 1) % 5000}:x" for i in range(5000)}, ["x"])),
    "types in all combinations": lambda: Sample(type_combinations()),
    "a long name, many times": lambda: Sample(
        {"@context": {"a": "urn:" + "x" * 100_000}, "a": [*map(str, range(5000))]}
    ),
    "a long id, many times": lambda: Sample({"@id": "urn:" + "x" * 100_000, "urn:a": [*map(str, range(5000))]}),
    "equal values in a long list": lambda: Sample(
        many({"l": {"@id": "urn:l", "@container": "@list"}}, [{"l": [1] * 30_000}])
    ),
}
BOUNDED: dict[str, Callable[[], Sample]] = {
    "20,000 terms with pinned contexts": lambda: Sample(many(scoped(V2, 20_000), ["x"])),
    "20,000 types": lambda: Sample({"@context": VOCABULARY, "@type": [f"T{i}" for i in range(20_000)]}),
    "one type 20,000 times": lambda: Sample({"@context": scoped(VOCABULARY, 1), "@type": ["t0"] * 20_000}),
    "a term of 500,000 characters": lambda: Sample({"@context": {"t" * 500_000: "urn:t"}, "t" * 500_000: "x"}),
    "a type of 500,000 characters": lambda: Sample({"@context": VOCABULARY, "@type": "a:" * 250_000}),
    "scoped contexts that go round": lambda: Sample({"@context": URLS[0], **nested({"a": "x"}, 50)}, cycle()),
    "scoped contexts that branch": lambda: Sample(many(URLS[0], ["x"]), branching(30)),
    "20,000 nodes with contexts": lambda: Sample(
        many(VOCABULARY, [{"@context": {f"n{i}": f"urn:n{i}"}, f"n{i}": "x"} for i in range(20_000)])
    ),
    "20,000 nodes with vocabularies": lambda: Sample(
        many(VOCABULARY, [{"@context": {"@vocab": f"urn:v{i}:"}, "n": "x"} for i in range(20_000)])
    ),
    "contexts that begin anew": lambda: Sample(
        many(VOCABULARY, [{"@context": [None, VOCABULARY] * 16, "n": "x"} for _ in range(5_000)])
    ),
}


@dataclass
class Work:
    """What compiling contexts took."""

    terms: int = 0
    copied: int = 0


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Work:
    """Count the terms that are made and copied while a test runs."""
    counted = Work()
    copy, make = Table.copy, Term.__init__

    def count_copy(table: Table) -> Table:
        counted.copied += len(table.terms)
        return copy(table)

    def count_term(term: Term, *arguments: object, **options: object) -> None:
        counted.terms += 1
        make(term, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Table, "copy", count_copy)
    monkeypatch.setattr(Term, "__init__", count_term)
    return counted


def canonical(sample: Sample) -> CanonicalDataset:
    return canonicalize_document(sample.document, contexts=sample.contexts)


def assert_bounded(work: Work) -> None:
    # A little more than the limit, since the work is counted when a context is done.
    assert work.terms <= 2 * DEFAULT_LIMITS.max_context_terms, work
    assert work.copied <= 32 * DEFAULT_LIMITS.max_context_terms, work


@pytest.mark.parametrize("name", REFUSED)
def test_hostile_documents_are_refused_soon(name: str, work: Work) -> None:
    with pytest.raises(DocumentError):
        canonical(REFUSED[name]())
    assert_bounded(work)


@pytest.mark.parametrize("name", BOUNDED)
def test_strange_documents_cost_little(name: str, work: Work) -> None:
    try:
        length = len(canonical(BOUNDED[name]()).nquads)
    except DocumentError:
        length = 0
    assert length < 64 * 1024 * 1024
    assert_bounded(work)
