"""The words of the pages: the languages agree, nothing is missing, and whoever asks gets what they read."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from microcred.server import pages
from microcred.server.pages.words import language_of, languages, words

FOLDER = Path(pages.__file__).parent
SOURCES = "\n".join(
    file.read_text(encoding="utf-8") for file in [*FOLDER.glob("*.py"), *FOLDER.glob("templates/*.html")]
)


def asking(header: str = "", lang: str = "") -> Request:
    query = f"lang={lang}".encode("latin-1", "replace") if lang else b""
    headers = [(b"accept-language", header.encode("latin-1", "replace"))]
    return Request({"type": "http", "headers": headers, "query_string": query, "path": "/"})


def test_there_are_english_and_spanish() -> None:
    assert languages() == ("en", "es")
    assert {file.stem for file in FOLDER.glob("languages/*.toml")} == set(languages())


@pytest.mark.parametrize("language", languages())
def test_a_language_has_all_words_with_the_same_values_in_them(language: str) -> None:
    def values(tag: str, name: str) -> set[str | None]:
        return {field for _, field, _, _ in string.Formatter().parse(words(tag)._table[name]) if field}

    assert words(language).names == words("en").names
    for name in words("en").names:
        assert values(language, name) == values("en", name), name
        assert words(language)._table[name].strip(), name


def test_every_word_is_used() -> None:
    # Those of headlines and problems are chosen by what was found.
    unused = [name for name in words("en").names if f'"{name}"' not in SOURCES and f"'{name}'" not in SOURCES]
    assert {name.partition("-")[0] for name in unused} <= {"headline", "problem", "direction", "language"}, unused


def test_every_word_that_is_asked_for_is_there() -> None:
    asked = re.findall(r"""words(?:\.plain)?\(["']([a-z0-9-]+)["'][,)]""", SOURCES)
    assert len(asked) > 40
    assert set(asked) <= words("en").names
    for kind in ("verified", "remarks", "refused", "undecided"):
        assert f"headline-{kind}" in words("en").names


@pytest.mark.parametrize(
    ("header", "lang", "expected"),
    [
        ("", "", "en"),
        ("es", "", "es"),
        ("es-419,es;q=0.9", "", "es"),
        ("de, es;q=0.4, en;q=0.3", "", "es"),
        ("en;q=0.3, es;q=0.4", "", "es"),
        ("es;q=0, de", "", "en"),
        ("es;q=zero", "", "en"),
        ("en", "es", "es"),
        ("es", "tlh", "es"),
        ("en", "ES_mx", "es"),
        ("x," * 10_000 + "es", "", "en"),
    ],
)
def test_the_language_is_the_first_that_whoever_asks_can_read(header: str, lang: str, expected: str) -> None:
    assert language_of(asking(header, lang)) == expected


@given(st.text(), st.text(max_size=100))
def test_whatever_is_asked_for_there_is_a_language(header: str, lang: str) -> None:
    assert language_of(asking(header, lang)) in languages()
    assert words(lang).language in languages()


def test_values_are_escaped_and_isolated() -> None:
    made = words("en")("issuer-calls", name="<b>{name}</b>")
    assert made == "It calls itself “<bdi>&lt;b&gt;{name}&lt;/b&gt;</bdi>”."
