"""microcred.jsonld.rdfc: the W3C's suite, another implementation as the witness, and graphs made to take for ever."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microcred.errors import DocumentError
from microcred.jsonld.rdfc import CanonicalDataset, Quad, canonicalize
from microcred.limits import Limits
from tests.support import (
    SHARED,
    as_objects,
    attempt,
    canonical_by_oxigraph,
    literal,
    load_json,
    nquads,
    parse_nquads,
    problem_of,
    rows,
)

SUITE = SHARED / "vectors/rdf-canon"
TOO_MUCH_WORK = ("TOO_COMPLEX", "")


# The suite of the W3C


def cases(column: str, value: str) -> list[object]:
    """The rows of the suite's table that have a value in a column, as parameters."""
    found = [row for row in rows(SUITE / "manifest.csv") if row[column] == value]
    if not found:
        return [pytest.param({}, marks=pytest.mark.skip(reason=f"no test data at {SHARED}; set MICROCRED_SHARED"))]
    return [pytest.param(row, id=f"{row['test']} {row['name']}") for row in found]


def read(name: str) -> str:
    return (SUITE / "rdfc10" / name).read_bytes().decode()


def run(row: dict[str, str]) -> CanonicalDataset:
    hash_name = (row["hashAlgorithm"] or "SHA256").lower()
    return canonicalize(parse_nquads(read(f"{row['test']}-in.nq")), hash_name=hash_name)


@pytest.mark.parametrize("row", cases("rdfc10", "TRUE"))
def test_w3c_evaluation(row: dict[str, str]) -> None:
    assert run(row).nquads == read(f"{row['test']}-rdfc10.nq")


@pytest.mark.parametrize("row", cases("rdfc10map", "TRUE"))
def test_w3c_issued_identifiers(row: dict[str, str]) -> None:
    expected = load_json(SUITE / "rdfc10" / f"{row['test']}-rdfc10map.json")
    labels = run(row).labels
    assert {name.removeprefix("_:"): label.removeprefix("_:") for name, label in labels.items()} == expected


@pytest.mark.parametrize("row", cases("rdfc10", "RDFC10NegativeEvalTest"))
def test_w3c_negative(row: dict[str, str]) -> None:
    assert problem_of(lambda: run(row)) == TOO_MUCH_WORK


def test_the_tables_of_the_suite_agree_and_every_file_is_used(shared: Path) -> None:
    suite = shared / "vectors/rdf-canon"
    entries = as_objects(load_json(suite / "manifest.jsonld")["entries"])
    table = rows(suite / "manifest.csv")
    kinds = [str(entry["type"]) for entry in entries]
    assert set(kinds) == {"rdfc:RDFC10EvalTest", "rdfc:RDFC10MapTest", "rdfc:RDFC10NegativeEvalTest"}
    assert kinds.count("rdfc:RDFC10EvalTest") == len([row for row in table if row["rdfc10"] == "TRUE"])
    assert kinds.count("rdfc:RDFC10MapTest") == len([row for row in table if row["rdfc10map"] == "TRUE"])
    assert kinds.count("rdfc:RDFC10NegativeEvalTest") == 1
    named = {str(entry[name]) for entry in entries for name in ("action", "result") if name in entry}
    assert named == {f"rdfc10/{path.name}" for path in (suite / "rdfc10").iterdir()}
    hashed = {str(entry["action"])[7:14] for entry in entries if "hashAlgorithm" in entry}
    assert hashed == {row["test"] for row in table if row["hashAlgorithm"]} != set()


# Small datasets


def test_an_empty_dataset_is_empty() -> None:
    assert canonicalize([]) == CanonicalDataset("", {})
    assert canonicalize([]).nquads == ""


def test_duplicates_are_ignored() -> None:
    quad = ("_:x", "<urn:p>", '"o"', "")
    assert canonicalize([quad, quad]).lines == ('_:c14n0 <urn:p> "o" .\n',)


def test_lines_are_sorted_by_code_point_and_not_by_utf_16() -> None:
    # U+FF5E is below U+1F303, but its UTF-16 form is above.
    found = canonicalize([("<urn:s>", "<urn:p>", f'"{text}"', "") for text in "🌃～a"])
    assert [line.split('"')[1] for line in found.lines] == ["a", "～", "🌃"]


def test_a_literal_or_iri_that_looks_like_a_blank_node_is_none() -> None:
    quads = [("<_:a>", "<urn:p>", '"_:a"', "<_:g>"), ("_:a", "<urn:p>", literal('_:a "\n'), "")]
    assert canonicalize(quads).labels == {"_:a": "_:c14n0"}
    assert '<_:a> <urn:p> "_:a" <_:g> .\n' in canonicalize(quads).lines


def test_the_hash_changes_the_labels() -> None:
    quads = [("_:a", "<urn:p>", f'"{number}"', "") for number in range(5)]
    quads += [(f"_:b{number}", "<urn:q>", f'"{number}"', "") for number in range(8)]
    by_256, by_384 = canonicalize(quads), canonicalize(quads, hash_name="sha384")
    assert by_256.labels != by_384.labels
    assert by_384.nquads == canonical_by_oxigraph(nquads(quads), "sha384")


# Another implementation as the witness

labels = st.integers(0, 5).map("_:b{}".format)
iris = st.sampled_from(["<urn:a>", "<urn:b>", "<https://ex.org/é>"])
literals = st.builds(
    literal,
    st.text(st.characters(codec="utf-8"), max_size=4),
    st.sampled_from(["", "urn:type", "http://www.w3.org/2001/XMLSchema#integer"]),
) | st.builds(literal, st.sampled_from(["", "a"]), st.just(""), st.sampled_from(["en", "de-ch"]))
quads_of_all_kinds = st.tuples(
    labels | iris,
    st.sampled_from(["<urn:p>", "<urn:q>"]),
    labels | labels | iris | literals,
    st.just("") | iris | labels,
)


@st.composite
def lists(draw: st.DrawFn) -> list[Quad]:
    """Ordered lists on nodes that may be shared, with values that may be equal."""
    quads: list[Quad] = []
    for number in range(draw(st.integers(1, 3))):
        values = draw(st.lists(st.sampled_from(['"F"', '"C"', "_:x", "_:y"]), min_size=1, max_size=5))
        nodes = [f"_:l{number}n{index}" for index in range(len(values))]
        quads.append((draw(st.sampled_from(["_:s", "_:t", "<urn:s>"])), "<urn:list>", nodes[0], ""))
        for index, value in enumerate(values):
            quads.append((nodes[index], "<urn:first>", value, ""))
            quads.append((nodes[index], "<urn:rest>", [*nodes, "<urn:nil>"][index + 1], ""))
    return quads


@st.composite
def alike(draw: st.DrawFn) -> list[Quad]:
    """Copies of one small graph of blank nodes, which only the N-degree hashes can tell apart."""
    shape = draw(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=4))
    return [
        (f"_:c{number}n{a}", "<urn:p>", f"_:c{number}n{b}", "")
        for number in range(draw(st.integers(1, 3)))
        for a, b in shape
    ]


datasets = st.lists(quads_of_all_kinds, max_size=12) | lists() | alike()


def meets_twice(quads: Iterable[Quad]) -> bool:
    """Tell whether a node meets another twice in one way, as in two statements of a graph that a blank node names.

    Oxigraph counts the other node once (§4.8.3 step 3.1.2), the JavaScript implementation as often as they meet.
    """
    met: list[tuple[str, str, str, str]] = []
    for quad in set(quads):
        s, p, o, g = quad
        terms = [(position, term) for position, term in (("s", s), ("o", o), ("g", g)) if term.startswith("_:")]
        for (_, node), (position, other) in permutations(terms, 2):
            if node != other:
                met.append((node, other, position, p if position != "g" else ""))
    return len(met) != len(set(met))


def assert_as_oxigraph(quads: Sequence[Quad], hash_name: str = "sha256") -> None:
    ours, problems = attempt(lambda: canonicalize(quads, hash_name=hash_name))
    if ours is None:
        assert problems == [TOO_MUCH_WORK]
        return
    theirs = canonical_by_oxigraph(nquads(quads), hash_name)
    if meets_twice(quads):
        # Then it says at least that the two are one dataset.
        assert canonical_by_oxigraph(ours.nquads, hash_name) == theirs
    else:
        assert ours.nquads == theirs
    blank = {term for s, _, o, g in quads for term in (s, o, g) if term.startswith("_:")}
    assert set(ours.labels) == blank
    assert set(ours.labels.values()) == {f"_:c14n{index}" for index in range(len(blank))}


@given(datasets)
def test_the_canonical_form_is_the_one_of_oxigraph(quads: list[Quad]) -> None:
    assert_as_oxigraph(quads)


@given(datasets)
def test_with_sha_384_the_canonical_form_is_the_one_of_oxigraph(quads: list[Quad]) -> None:
    assert_as_oxigraph(quads, "sha384")


@given(datasets, st.randoms(use_true_random=False))
def test_neither_names_nor_order_matter(quads: list[Quad], chance: random.Random) -> None:
    blank = sorted({term for s, _, o, g in quads for term in (s, o, g) if term.startswith("_:")})
    names = [f"_:x{index}" for index in range(len(blank))]
    chance.shuffle(names)
    renamed = dict(zip(blank, names, strict=True))
    other = [(renamed.get(s, s), p, renamed.get(o, o), renamed.get(g, g)) for s, p, o, g in quads]
    chance.shuffle(other)
    first, problems = attempt(lambda: canonicalize(quads).nquads)
    assert attempt(lambda: canonicalize(other).nquads) == (first, problems)


def test_statements_in_a_graph_that_a_blank_node_names_are_counted_as_in_javascript() -> None:
    # The known answer is that of rdf-canonize 5.0.0; two proofs of one credential look like this.
    quads = [("<urn:s>", "<urn:proof>", "_:g1", "")]
    for node, graph in (("_:c1", "_:g2"), ("_:c2", "_:g1")):
        quads += [(node, f"<urn:p{number}>", f'"{number}"', graph) for number in range(2)]
    assert meets_twice(quads)
    assert canonicalize(quads).nquads == (
        "<urn:s> <urn:proof> _:c14n1 .\n"
        '_:c14n2 <urn:p0> "0" _:c14n0 .\n'
        '_:c14n2 <urn:p1> "1" _:c14n0 .\n'
        '_:c14n3 <urn:p0> "0" _:c14n1 .\n'
        '_:c14n3 <urn:p1> "1" _:c14n1 .\n'
    )


@pytest.mark.parametrize("statements", [5, 7, 9, 12])
def test_one_proof_that_stands_in_two_places_is_easy(statements: int) -> None:
    # An endorsement that is embedded twice, say. To try every order of one node with itself would take n! steps.
    quads = [("<urn:s>", "<urn:proof>", "_:g1", ""), ("<urn:s>", "<urn:proof>", "_:g2", "")]
    for node, graph in (("_:c1", "_:g1"), ("_:c2", "_:g2")):
        quads += [(node, f"<urn:p{number}>", f'"{number}"', graph) for number in range(statements)]
    found = canonicalize(quads)
    assert canonical_by_oxigraph(found.nquads) == canonical_by_oxigraph(nquads(quads))
    assert canonicalize(quads[::-1]).nquads == found.nquads


def test_twins_on_one_node_are_easy() -> None:
    quads = [("<urn:s>", "<urn:p>", f"_:b{number}", "") for number in range(500)]
    assert len(canonicalize(quads).labels) == 500
    quads += [(f"_:b{number}", "<urn:q>", f'"{number % 7}"', "") for number in range(500)]
    assert len(canonicalize(quads).labels) == 500


@pytest.mark.parametrize("values", ["FCCBA", "AABB", "AAAAAAAA", "ABABAB"])
def test_ordered_lists_with_equal_values_are_easy(values: str) -> None:
    # As allowedValue of a result description: other implementations give up on these.
    quads: list[Quad] = [("<urn:s>", "<urn:p>", "_:n0", "")]
    for index, value in enumerate(values):
        quads.append((f"_:n{index}", "<urn:first>", f'"{value}"', ""))
        following = f"_:n{index + 1}" if index + 1 < len(values) else "<urn:nil>"
        quads.append((f"_:n{index}", "<urn:rest>", following, ""))
    assert canonicalize(quads).nquads == canonical_by_oxigraph(nquads(quads))


# Poison


def clique(size: int) -> list[Quad]:
    return [(f"_:n{a}", "<urn:p>", f"_:n{b}", "") for a, b in permutations(range(size), 2)]


@pytest.mark.parametrize("size", [2, 3, 4])
def test_a_small_clique_is_canonicalised(size: int) -> None:
    found = canonicalize(clique(size))
    assert found.nquads == nquads(
        sorted((a.replace("n", "c14n"), p, b.replace("n", "c14n"), g) for a, p, b, g in clique(size))
    )


@pytest.mark.parametrize("size", range(6, 61))
def test_a_large_clique_is_refused(size: int) -> None:
    assert problem_of(lambda: canonicalize(clique(size))) == TOO_MUCH_WORK


@pytest.mark.parametrize("size", [10, 40])
@pytest.mark.parametrize("graph", ["bipartite", "in named graphs", "as graph names", "many cliques", "grid"])
def test_other_poison_is_refused(graph: str, size: int) -> None:
    pairs = list(permutations(range(size), 2))
    poison: dict[str, list[Quad]] = {
        "bipartite": [(f"_:a{a}", "<urn:p>", f"_:b{b}", "") for a in range(size) for b in range(size)],
        "in named graphs": [(f"_:n{a}", "<urn:p>", f"_:n{b}", "<urn:g>") for a, b in pairs],
        "as graph names": [("<urn:s>", "<urn:p>", f"_:n{a}", f"_:n{b}") for a, b in pairs],
        "many cliques": [(f"_:{c}n{a}", "<urn:p>", f"_:{c}n{b}", "") for c in "xyz" for a, b in pairs],
        "grid": [
            (f"_:n{a}_{b}", "<urn:p>", f"_:n{(a + da) % size}_{(b + db) % size}", "")
            for a in range(size)
            for b in range(size)
            for da, db in ((0, 1), (1, 0), (0, -1), (-1, 0))
        ],
    }
    assert problem_of(lambda: canonicalize(poison[graph])) == TOO_MUCH_WORK


def ring(size: int) -> list[Quad]:
    return [(f"_:n{index}", "<urn:p>", f"_:n{(index + 1) % size}", "") for index in range(size)]


def chain(size: int) -> list[Quad]:
    ends = [(f"_:n{index}", "<urn:p>", f"_:n{index + 1}", "") for index in range(size)]
    return [*ends, (f"_:n{size}", "<urn:p>", "<urn:nil>", "")]


@pytest.mark.parametrize("size", [2, 3, 10, 30])
def test_a_small_ring_is_canonicalised(size: int) -> None:
    assert canonicalize(ring(size)).nquads == canonical_by_oxigraph(nquads(ring(size)))
    assert canonicalize(chain(size)).nquads == canonical_by_oxigraph(nquads(chain(size)))


@pytest.mark.parametrize("size", [100, 300, 1_000, 10_000])
@pytest.mark.parametrize("shape", [ring, chain])
def test_a_long_way_between_blank_nodes_ends_in_an_answer_or_a_refusal(
    shape: Callable[[int], list[Quad]], size: int
) -> None:
    quads = shape(size)
    _, problems = attempt(lambda: canonicalize(quads))
    assert problems in ([], [TOO_MUCH_WORK])


def test_the_bound_on_the_work_is_the_callers() -> None:
    assert problem_of(lambda: canonicalize(ring(5), limits=Limits(max_canonicalization_steps=5))) == TOO_MUCH_WORK
    with pytest.raises(DocumentError):
        canonicalize(clique(3), limits=Limits(max_canonicalization_steps=1))
    # Blank nodes that can be told apart need no such work.
    quads = [("_:a", "<urn:p>", "_:b", ""), ("_:b", "<urn:q>", '"x"', "")]
    assert canonicalize(quads, limits=Limits(max_canonicalization_steps=0)).labels
