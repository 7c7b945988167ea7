"""Everything printed runs: the Python blocks of the README and of the documentation, and what the pages promise."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest

import microcred as mc
from microcred import errors
from microcred.verify.report import CHECKS, PRESENTATION_CHECKS, Code, Outcome

REPOSITORY = Path(__file__).resolve().parents[1]
DOCS = REPOSITORY / "docs"
PAGES = sorted(page for page in DOCS.rglob("*.md") if "_build" not in page.parts)
README = REPOSITORY / "README.md"
TEXTS = [*([README] if README.exists() else []), *PAGES]
# Files beside the README are there in a checkout, and need not be where only the tests were copied to.
CHECKOUT = (REPOSITORY / "src" / "microcred").is_dir()

_FENCE = re.compile(
    r"^(?P<fence>`{3,}|~{3,})(?P<info>[^\n`]*)\n(?P<body>.*?)^(?P=fence)[ \t]*$", re.MULTILINE | re.DOTALL
)
# Other ways to write Python, by which a block would escape being run.
_DISGUISES = re.compile(r"py|py3|pycon|python3|ipython3?|\{code.*\}|\{doctest\}")
_LINK = re.compile(r"\]\((?P<target>[^()\s]+)\)")
_TOCTREE_ENTRY = re.compile(r"^[\w/.-]+$", re.MULTILINE)


class Block(NamedTuple):
    """A fenced block of a page."""

    line: int
    language: str
    body: str


def blocks(page: Path) -> Iterator[Block]:
    """Yield the fenced blocks of a page, with the line on which each body starts."""
    text = page.read_text(encoding="utf-8")
    for match in _FENCE.finditer(text):
        language, _, _ = match["info"].strip().partition(" ")
        yield Block(text.count("\n", 0, match.start("body")) + 1, language, match["body"])


def languages(page: Path) -> set[str]:
    """Return the languages of a page's blocks."""
    return {block.language for block in blocks(page)}


def printed(body: str) -> list[str]:
    """Return the text that the comments at the end of a block say it prints."""
    lines = body.rstrip().splitlines()
    start = len(lines)
    while start and lines[start - 1].startswith("# "):
        start -= 1
    return [line.removeprefix("# ") for line in lines[start:]]


def pattern(lines: list[str]) -> str:
    """Make a pattern of printed lines, where an ellipsis stands for anything on its line."""
    return "\n".join(re.escape(line).replace("…", ".*") for line in lines)


def relative(page: Path) -> str:
    """Name a page as the repository does."""
    return page.relative_to(REPOSITORY).as_posix()


@pytest.mark.parametrize("page", [page for page in TEXTS if "python" in languages(page)], ids=relative)
def test_the_python_blocks_of_a_page_run(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    # A module of its own, so that classes on the page have a home.
    module = ModuleType("documentation_page")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    for block in blocks(page):
        if block.language != "python":
            continue
        # Empty lines in front make tracebacks name the lines of the page.
        code = compile("\n" * (block.line - 1) + block.body, relative(page), "exec")
        exec(code, vars(module))
        output = capsys.readouterr().out
        expected = printed(block.body)
        if output and expected:
            assert re.fullmatch(pattern(expected), output.rstrip("\n")), f"line {block.line} prints:\n{output}"


@pytest.mark.parametrize("page", TEXTS, ids=relative)
def test_no_python_block_is_in_disguise(page: Path) -> None:
    fences = re.findall(r"^[ \t]*(?:`{3,}|~{3,})", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(fences) == 2 * len(list(blocks(page))), "a fence is indented, or not closed"
    for block in blocks(page):
        assert block.language, f"line {block.line}: a block needs a language; text is not run"
        assert not _DISGUISES.fullmatch(block.language), f"line {block.line}: write python (run) or text (not run)"


def test_the_report_page_names_everything_in_a_report() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", (DOCS / "report.md").read_text(encoding="utf-8"), re.MULTILINE)
    expected = [
        *sorted({*CHECKS, *PRESENTATION_CHECKS}),
        *(str(code) for code in Code),
        *(str(outcome) for outcome in Outcome),
    ]
    assert sorted(rows) == sorted(expected), "each check, outcome and code has one row"


def test_the_api_page_names_every_public_name() -> None:
    text = (DOCS / "api.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^\.\. [\w:]+:: microcred\.(\w+)$", text, re.MULTILINE))
    # The errors are listed by their module.
    assert listed | set(errors.__all__) | {"__version__"} >= set(mc.__all__)


def test_the_limits_page_names_every_limit() -> None:
    rows = re.findall(r"^\| `(max_\w+)` \|", (DOCS / "limits.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert rows == [name for name in mc.Limits.__dataclass_fields__ if name.startswith("max_")]
    assert len(rows) == len(mc.Limits.__dataclass_fields__)


def test_the_table_of_contents_names_every_page() -> None:
    trees = [block.body for block in blocks(DOCS / "index.md") if block.language == "{toctree}"]
    entries = [entry for tree in trees for entry in _TOCTREE_ENTRY.findall(tree)]
    pages = [page.relative_to(DOCS).with_suffix("").as_posix() for page in PAGES]
    assert sorted(entries) == sorted(set(pages) - {"index"})


@pytest.mark.parametrize("page", TEXTS, ids=relative)
def test_relative_links_lead_somewhere(page: Path) -> None:
    prose = _FENCE.sub("", page.read_text(encoding="utf-8"))
    for match in _LINK.finditer(prose):
        path, _, _ = match["target"].partition("#")
        if re.match(r"[a-z][a-z0-9+.-]*:", path) or not path:
            continue
        target = (page.parent / path).resolve()
        if not CHECKOUT and DOCS not in target.parents:
            continue
        assert target.exists(), f"{match['target']} leads nowhere"
