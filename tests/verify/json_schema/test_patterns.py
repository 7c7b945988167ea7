"""Regular expressions: what they match, by another engine, and what they may take."""

from __future__ import annotations

import re
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microcred.verify.json_schema.patterns import Pattern
from microcred.verify.json_schema.work import UndecidedError, Work


def found(pattern: str, text: str, steps: int = 1_000_000) -> bool:
    work = Work(steps, 100)
    return Pattern(pattern, work).found_in(text, work)


@pytest.mark.parametrize(
    ("pattern", "matching", "other"),
    [
        ("", "", None),
        ("b", "abc", "ac"),
        ("^b", "ba", "ab"),
        ("b$", "ab", "ba"),
        ("^$", "", " "),
        # Only the end itself, and not in front of a line feed.
        ("^a$", "a", "a\n"),
        ("^(ab|cd)*e$", "abcdabe", "abcde f"),
        ("^a{2,3}$", "aaa", "aaaa"),
        ("^a{2,}$", "aaaaa", "a"),
        ("^a{0}$", "", "a"),
        ("^a??b$", "ab", "aab"),
        ("^(?:a|b)+?$", "abab", ""),
        ("^(?<year>[0-9]{4})$", "2026", "226"),
        (r"\bcat\b", "the cat.", "concatenate"),
        (r"\Bcat", "concat", "cat"),
        ("^[a-z&&[b]+$", "b&[", "B"),
        ("^[^a-c]$", "d", "b"),
        ("^[]$|x", "x", ""),
        ("^[^]$", "\n", ""),
        ("^[a-]+$", "a-", "b"),
        (r"^[\w-]+$", "a-b", "a b"),
        (r"^[\d\s]+$", "1 2", "1,2"),
        (r"^\d$", "1", "١"),
        (r"^\w$", "_", "é"),
        (r"^\s$", "\ufeff", "x"),
        (r"^\S\W\D$", "a.b", "a b1"),
        (r"^\x41\u0042\u{43}\cJ\t$", "ABC\n\t", "ABC"),
        (r"^\ud83d\udc32$", "🐲", "x"),
        ("^🐲*$", "🐲🐲", "x"),
        (r"^\p{Lu}\P{Lu}$", "Éa", "ÉA"),
        (r"^\p{Letter}\p{gc=Nd}\p{ASCII}$", "ñ৩x", "ñ৩é"),
        (r"^[\p{L}\d]+$", "ñ1", "-"),
        (".", "x", "\u2028"),
        (r"^\/\-\.\*$", "/-.*", "x"),
        (r"^\0$", "\0", "0"),
    ],
)
def test_a_pattern_matches_as_ecma_262_has_it(pattern: str, matching: str, other: str | None) -> None:
    assert found(pattern, matching)
    assert other is None or not found(pattern, other)


@pytest.mark.parametrize(
    "pattern",
    [
        *(
            "(",
            ")",
            "a)",
            "[a",
            "*",
            "a**",
            "a{2,1}",
            "a{",
            "^*",
            "(?=a)",
            "(?!a)",
            "(?<=a)",
            "(?<!a)",
            r"(a)\1",
            r"\k<a>",
        ),
        *(
            "\\",
            r"\a",
            r"\u12",
            r"\u{110000}",
            r"\u{}",
            r"\x1",
            r"\p{Script=Greek}",
            r"\p{L",
            r"\01",
            "(?i:a)",
            "[b-a]",
        ),
        *(r"[\q]", "(?<name", "a{x}"),
    ],
)
def test_what_is_no_pattern_or_needs_more_is_unsupported(pattern: str) -> None:
    with pytest.raises(UndecidedError) as refusal:
        found(pattern, "a")
    assert refusal.value.code == "UNSUPPORTED"


@pytest.mark.parametrize(
    "pattern",
    [
        *("(" * 21 + ")" * 21, "a{99999}", "(a{100}){200}", "((((a{10}){10}){10}){10}){10}", "x" * 20_000, "a{100000}"),
        "(" * 15 + ")" + "{1000})" * 14 + "{1000}",
    ],
)
def test_a_pattern_has_bounds(pattern: str) -> None:
    with pytest.raises(UndecidedError) as refusal:
        found(pattern, "a")
    assert refusal.value.code == "TOO_COMPLEX"


@pytest.mark.parametrize(
    "pattern", ["^(a+)+$", "^(a|a)*$", "^(a|aa)+$", "(a*)*b", "a*a*a*a*a*a*b", "(.*)*=.*", "(x+x+)+y"]
)
def test_what_makes_others_hang_takes_steps_in_proportion_to_the_text(pattern: str) -> None:
    for size in (1_000, 100_000):
        # In these, all of the text after the first characters is read from what is known already.
        assert found(pattern, "a" * size + "!", steps=1_000 + size) is False


def test_steps_are_counted_where_every_character_is_new() -> None:
    text = "".join(map(chr, range(0x100, 0xD800)))
    with pytest.raises(UndecidedError) as refusal:
        found("(" + "|".join(f"[^{chr(code)}]{{3}}" for code in range(0x61, 0x7B)) + ")+$!", text, steps=100_000)
    assert refusal.value.code == "TOO_COMPLEX"


def test_what_is_remembered_is_bounded() -> None:
    pattern = Pattern("^[^!]*$", Work(1_000_000, 1))
    text = "".join(map(chr, range(0x100, 0xD800)))
    for _ in range(3):
        assert pattern.found_in(text, Work(1_000_000, 1))
        assert pattern.size <= 5_000


# Where Python's engine agrees with ECMA-262: no brackets inside brackets, and no \B, which it has otherwise when empty.
_ATOMS = st.sampled_from(
    ["a", "b", "1", " ", ".", "^", "$", r"\b", r"\d", r"\w", r"\S", "[ab]", "[^a1]", r"[a-b\d]", r"\."]
)
_PATTERNS = st.recursive(
    _ATOMS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map("".join),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: f"(?:{'|'.join(parts)})"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{0,2}", "{1,}"])).map(
            lambda pair: f"({pair[0]}){pair[1]}"
        ),
    ),
    max_leaves=8,
)


@given(pattern=_PATTERNS, text=st.text("ab1 .-", max_size=8))
def test_a_pattern_matches_what_another_engine_matches(pattern: str, text: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        other = re.compile(pattern.replace("$", r"\Z"), re.ASCII)
    assert found(pattern, text) == (other.search(text) is not None)


@given(pattern=st.text("ab|*+?()[]^$.\\dwxuc{}-,019<=!:pL", max_size=20), text=st.text(max_size=8))
def test_any_text_is_a_pattern_or_refused(pattern: str, text: str) -> None:
    try:
        found(pattern, text)
    except UndecidedError as error:
        assert error.code in ("UNSUPPORTED", "TOO_COMPLEX")
