"""The memory of shapes against the plain way: whatever the look-alikes hold, and whatever came before."""

from __future__ import annotations

import gc
import json
import os
import random
import sys
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microcred import jsonld
from microcred.errors import DocumentError
from microcred.json import JSONObject, JSONValue
from microcred.jsonld import expander, rdfc, reference
from microcred.jsonld.cohorts import Cohorts
from microcred.jsonld.compiler import Compiler
from microcred.jsonld.quads import IRI
from microcred.jsonld.rdfc import CanonicalDataset
from microcred.jsonld.shapes import Shape
from microcred.limits import DEFAULT_LIMITS, Limits
from tests.jsonld.documents_strategy import Sample, inline_sample, pinned_sample
from tests.strategies import Path, at, effort, full_badge, node_at, walk
from tests.strategies_jsonld import IRIS, NOT_IRIS, TEXTS

IS_LONG = os.environ.get("HYPOTHESIS_PROFILE") == "fuzz"
SHAPES, INSTANCES = (500, 200) if IS_LONG else (60, 50)
FIRST_SEED = random.SystemRandom().randrange(2**32) if IS_LONG else 0
BATCH = 1000 if IS_LONG else 25
WORDS = ("Profile", "VerifiableCredential", "type", "id", "name", "issuer", "T", "a")
SWAPS: tuple[JSONValue, ...] = (True, False, 1, 0, 1.0, 0.0, -0.0, "1", None, [], {})

chances = st.randoms(use_true_random=False)


# Documents of one kind


@dataclass(frozen=True)
class Skeleton:
    """A document and which of its texts vary."""

    sample: Sample
    varying: list[Path]
    guarded: bool
    hash_name: str
    texts: list[str] = field(default_factory=list)
    """All texts of the document."""


def text_paths(document: JSONObject) -> list[Path]:
    return [path for path, value in walk(document) if isinstance(value, str) and "@context" not in path]


def make_skeleton(chance: random.Random) -> Skeleton:
    """Choose a document that has quads, and some of its texts."""
    guarded = chance.random() < 0.5
    while True:
        make = chance.choice((inline_sample, pinned_sample, pinned_sample, badge_sample))
        sample = make(chance)
        paths = text_paths(sample.document)
        hash_name = chance.choice(("sha256", "sha256", "sha384"))
        texts = [str(at(sample.document, path)) for path in paths]
        if isinstance(plain(sample, guarded=guarded, hash_name=hash_name), CanonicalDataset) and paths:
            wanted = [path for path in paths if path[-1] not in ("type", "@type") and "type" not in path[-2:]]
            varying = chance.sample(wanted or paths, chance.randint(1, min(8, len(wanted or paths))))
            return Skeleton(sample, varying, guarded, hash_name, texts)


def badge_sample(chance: random.Random) -> Sample:
    """Return a badge without some of its members."""
    document = full_badge()
    for path in [path for path, _ in walk(document) if len(path) > 1 and isinstance(path[-1], str)]:
        if "@context" not in path and path[-1] not in ("id", "type") and chance.random() < 0.1:
            parent = document_at(document, path[:-1])
            if parent is not None:
                parent.pop(str(path[-1]), None)
    return Sample(document)


def document_at(document: JSONObject, path: Path) -> JSONObject | None:
    """Return the object at a path, if it is still there."""
    try:
        value = at(document, path)
    except (KeyError, IndexError, TypeError):
        return None
    return value if isinstance(value, dict) else None


def make_instance(skeleton: Skeleton, chance: random.Random) -> Sample:
    document = deepcopy(skeleton.sample.document)
    is_hostile = chance.random() < 0.5
    for path in skeleton.varying:
        old = str(at(skeleton.sample.document, path))
        node_at(document, path[:-1])[path[-1]] = another_text(skeleton, chance, old, is_hostile=is_hostile)
    if chance.random() < 0.1:
        disturb(document, chance)
    return Sample(document, skeleton.sample.contexts)


def another_text(skeleton: Skeleton, chance: random.Random, old: str, *, is_hostile: bool) -> str:
    if not is_hostile or chance.random() < 0.5:
        return similar_text(chance, old)
    kind = chance.randrange(8)
    if kind < 3:
        # The texts of others, so that literals, subjects and statements become one.
        return chance.choice(skeleton.texts)
    if kind == 3:
        return chance.choice(IRIS)
    if kind == 4:
        return chance.choice(NOT_IRIS)
    if kind == 5:
        return chance.choice(WORDS)
    return chance.choice(TEXTS) if kind == 6 else old.partition(":")[0] + ":" + chance.choice(TEXTS)


def similar_text(chance: random.Random, old: str) -> str:
    scheme, _, rest = old.partition(":")
    if IRI.fullmatch(old):
        return scheme + ":" + ("//" if rest.startswith("//") else "") + f"host.example/{chance.randrange(10**6)}"
    return f"{chance.choice(TEXTS)}{chance.randrange(10**6)}"


def disturb(document: JSONObject, chance: random.Random) -> None:
    """Change something else than a text: a number, a place, the order."""
    paths = [path for path, _ in walk(document) if path and "@context" not in path]
    path = chance.choice(paths)
    parent = node_at(document, path[:-1])
    if chance.random() < 0.5:
        parent[path[-1]] = chance.choice(SWAPS)
    elif isinstance(parent, dict):
        parent[path[-1]] = parent.pop(path[-1])


# Two ways


Outcome = CanonicalDataset | tuple[object, ...] | str


def outcome(way: Callable[[], CanonicalDataset]) -> Outcome:
    try:
        return way()
    except DocumentError as error:
        return error.problems
    except expander.Refused:
        return "left to the reference"


def plain(sample: Sample, *, guarded: bool, hash_name: str = "sha256", limits: Limits = DEFAULT_LIMITS) -> Outcome:
    def way() -> CanonicalDataset:
        quads = expander.to_quads(sample.document, sample.contexts, limits, guarded=guarded)
        return rdfc.canonicalize(quads, hash_name=hash_name, limits=limits)

    return outcome(way)


def remembered(
    memory: Cohorts, sample: Sample, *, guarded: bool, hash_name: str = "sha256", limits: Limits = DEFAULT_LIMITS
) -> Outcome:
    compiler = Compiler(sample.contexts, limits)
    return outcome(lambda: memory.canonicalize(sample.document, compiler, limits, hash_name=hash_name, guarded=guarded))


def through_the_front_door(sample: Sample, *, guarded: bool, hash_name: str) -> Outcome:
    return outcome(
        lambda: jsonld.canonicalize(sample.document, contexts=sample.contexts, hash_name=hash_name, guarded=guarded)
    )


def through_the_reference(sample: Sample, *, guarded: bool, hash_name: str) -> Outcome:
    return outcome(
        lambda: rdfc.canonicalize(
            reference.to_quads(sample.document, sample.contexts, guarded=guarded), hash_name=hash_name
        )
    )


def assert_same(memory: Cohorts, sample: Sample, *, guarded: bool, hash_name: str = "sha256", front: bool) -> str:
    """Make sure that what came before does not matter; return what became of the document."""
    expected = plain(sample, guarded=guarded, hash_name=hash_name)
    found = remembered(memory, sample, guarded=guarded, hash_name=hash_name)
    if found != expected:
        text = f"{json.dumps(sample.document)} with {json.dumps(sample.contexts)}, guarded={guarded}, {hash_name}"
        pytest.fail(f"{found} is not {expected} for {text}", pytrace=False)
    if front:
        if isinstance(expected, str):
            expected = through_the_reference(sample, guarded=guarded, hash_name=hash_name)
        assert through_the_front_door(sample, guarded=guarded, hash_name=hash_name) == expected
    return "quads" if isinstance(expected, CanonicalDataset) else "none"


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Counter[bool]:
    """Count how often shapes gave an answer, and how often they gave none."""
    counts: Counter[bool] = Counter()
    fill = Shape.canonicalize

    def count(shape: Shape, texts: Sequence[str], limits: Limits) -> CanonicalDataset | None:
        found = fill(shape, texts, limits)
        counts[found is not None] += 1
        return found

    monkeypatch.setattr(Shape, "canonicalize", count)
    return counts


# Random look-alikes


@effort(0.05)
@given(chances)
def test_look_alikes_are_what_they_are_without_shapes(chance: random.Random) -> None:
    memory = Cohorts()
    skeleton = make_skeleton(chance)
    for _ in range(8):
        sample = make_instance(skeleton, chance)
        assert_same(memory, sample, guarded=skeleton.guarded, hash_name=skeleton.hash_name, front=False)


def test_many_look_alikes_are_what_they_are_without_shapes(served: Counter[bool]) -> None:
    results: Counter[str] = Counter()
    memory = Cohorts()
    for seed in range(FIRST_SEED, FIRST_SEED + SHAPES):
        chance = random.Random(seed)
        skeleton = make_skeleton(chance)
        for number in range(INSTANCES):
            sample = make_instance(skeleton, chance)
            guarded, hash_name = skeleton.guarded, skeleton.hash_name
            results[assert_same(memory, sample, guarded=guarded, hash_name=hash_name, front=number % 5 == 0)] += 1
        assert weight_of(memory) <= memory.max_weight
    print(dict(results), "shapes gave an answer or none:", dict(served), "weight:", weight_of(memory))
    assert results["quads"] > results.total() / 2
    # The front door asks again for each fifth.
    assert served[True] > 1.2 * results["quads"] / 3


# Those that the mass might miss


def assert_each_same(documents: Iterator[JSONObject], *, guarded: bool) -> None:
    memory = Cohorts()
    for document in documents:
        for _ in range(2):
            assert_same(memory, Sample(document), guarded=guarded, front=False)


LIKE_A_SCHEME: JSONObject = {
    "ex": {"@id": "https://prefix.example/", "@prefix": True},
    "https": {"@id": "https://other.example/", "@prefix": True},
    "a": {"@id": "https://ex.org/a", "@type": "@id"},
}
AGAIN: JSONObject = {"issuer": "https://www.w3.org/2018/credentials#issuer", "a": "https://ex.org/a"}
IDS = ("https://ex.org/1", "https://ex.org/2", "https://ex.org/3")


@pytest.mark.parametrize("place", ["@id", "a"])
@pytest.mark.parametrize("scheme", ["ex", "https"])
def test_a_prefix_that_is_called_like_a_scheme_is_seen(place: str, scheme: str) -> None:
    texts = [f"{scheme}://{number}" for number in range(9)] + [f"{scheme}:x", f"{scheme}:/y"]
    assert_each_same(
        ({"@context": LIKE_A_SCHEME, "@type": "https://ex.org/T", place: text} for text in texts), guarded=False
    )


@pytest.mark.parametrize("members", [{"issuer": "x"}, {"issuer": []}, {"issuer": None}, {"issuer": {"a": "1"}}, {}])
def test_the_root_is_seen_again_in_a_shape(members: JSONObject) -> None:
    pairs = [(root, other) for _ in range(3) for root in IDS for other in IDS if root != other]
    pairs += [(IDS[0], IDS[0]), (IDS[1], IDS[1])]
    assert_each_same(
        ({"@context": AGAIN, "@id": root, "a": {"@id": other, **members}} for root, other in pairs), guarded=True
    )


@pytest.mark.parametrize("static", ["https://ex.org/1", "text"])
def test_statements_that_become_one_are_seen(static: str) -> None:
    context: JSONObject = {"@vocab": "https://ex.org/", "p": {"@id": "https://ex.org/p", "@type": "@id"}}
    texts = ["x1", "x2", "x3", "text", "https://ex.org/1", "x4", "text"]
    assert_each_same(
        ({"@context": context, "a": [{"b": text, "c": static}, {"b": static, "c": text}, text]} for text in texts),
        guarded=False,
    )


def test_values_of_other_types_are_other_values() -> None:
    context: JSONObject = {"@vocab": "https://ex.org/"}
    values: list[JSONValue] = [1, 1.0, True, "1", 1, 1.0, True, 0, -0.0, 0.0, False, None, [], {}, "", 2**31, 1e0]
    documents = ({"@context": context, "a": value, "b": f"t{i}"} for value in values for i in range(3))
    assert_each_same(documents, guarded=False)


def test_texts_with_percent_signs_are_texts() -> None:
    context: JSONObject = {"@vocab": "https://ex.org/%s/%"}
    texts = ["%", "%s", "%(x)s", "%%", "100 %", "x"]
    assert_each_same(({"@context": context, "%s": text, "b": ["%d", {"c": text}]} for text in texts), guarded=False)


# Memory and threads


def weight_of(memory: Cohorts) -> int:
    return sum(cohort.weight for cohort in memory._cohorts.values())


def cohort_of(number: int, size: int = 20) -> list[JSONObject]:
    """Return documents that differ from those of other numbers in their names."""
    return [
        {
            "@context": {"@vocab": f"https://v{number}.example/"},
            "@id": f"urn:{number}:{index}",
            f"m{number}": {"name": f"Name {index}", "tag": [f"{index % 3}", "x"], "part": {"n": f"{index}"}},
        }
        for index in range(size)
    ]


def test_memory_is_bounded() -> None:
    memory = Cohorts()
    memory.max_weight = 64 * 1024
    tracemalloc.start()
    try:
        sizes = []
        for number in range(8 * BATCH):
            for document in cohort_of(number, 4):
                # The store of the compiler is not what is measured, but it is bounded too.
                remembered(memory, Sample(document), guarded=False)
            if number % BATCH == BATCH - 1:
                gc.collect()
                snapshot = tracemalloc.take_snapshot().filter_traces(
                    [tracemalloc.Filter(True, f"*/jsonld/{name}.py") for name in ("shapes", "cohorts")]
                )
                sizes.append(sum(statistic.size for statistic in snapshot.statistics("filename")))
            assert weight_of(memory) <= memory.max_weight
    finally:
        tracemalloc.stop()
    print("weight:", weight_of(memory), "of", memory.max_weight, "; bytes in fact:", sizes)
    assert memory._weight == weight_of(memory)
    assert sizes[-1] < 1.2 * max(sizes[:4])
    assert sizes[-1] < 4 * memory.max_weight


@pytest.mark.parametrize("max_weight", [Cohorts.max_weight, 20_000])
def test_threads_do_not_get_in_each_others_way(max_weight: int) -> None:
    memory = Cohorts()
    memory.max_weight = max_weight
    rounds = 40 if IS_LONG else 4
    expected = {
        number: [plain(Sample(document), guarded=True) for document in cohort_of(number)] for number in range(12)
    }

    def work(first: int) -> int:
        wrong = 0
        for turn in range(rounds):
            # Each cohort is shared by several threads.
            number = (first + turn) % 12
            for document, right in zip(cohort_of(number), expected[number], strict=True):
                wrong += remembered(memory, Sample(document), guarded=True) != right
        return wrong

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(work, range(8))) == 0
    finally:
        sys.setswitchinterval(interval)
    print("weight:", weight_of(memory), "counted:", memory._weight)
    assert weight_of(memory) <= max_weight
