"""The reference of the command line is what the program says of itself."""

from __future__ import annotations

import importlib.util
import re
import shlex
from pathlib import Path
from types import ModuleType

import pytest

from tests.cli.running import run

REPOSITORY = Path(__file__).parents[2]
SCRIPT = REPOSITORY / "scripts" / "cli_reference.py"
PAGE = REPOSITORY / "docs" / "cli-reference.md"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    if not SCRIPT.exists():
        pytest.skip("the scripts are in a checkout, not beside the installed package")
    spec = importlib.util.spec_from_file_location("cli_reference", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Where the types of its classes are looked for.
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(__import__("sys").modules, spec.name, module)
        spec.loader.exec_module(module)
    return module


def test_page_is_up_to_date(script: ModuleType) -> None:
    assert PAGE.read_text(encoding="utf-8") == script.page(), "run scripts/cli_reference.py"


def sections() -> list[tuple[str, str]]:
    """Name and text of each command on the page."""
    parts = re.split(r"^## microcred (.*)$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return list(zip(parts[1::2], parts[2::2], strict=True))


@pytest.mark.parametrize(("name", "text"), sections(), ids=[name for name, _ in sections()])
def test_help_has_what_the_page_has(name: str, text: str, tmp_path: Path) -> None:
    shown = run(*name.split(), "--help", folder=tmp_path, COLUMNS="200", TERMINAL_WIDTH="200")
    assert shown.returncode == 0
    for option in re.findall(r"^\| `(?:-\w, )?(--[\w-]+)", text, flags=re.MULTILINE):
        assert option in shown.stdout
    for example in re.findall(r"^\$ .*$", text, flags=re.MULTILINE):
        assert "".join(example.split()) in "".join(shown.stdout.split())


def test_examples_name_only_options_that_there_are() -> None:
    known = dict(sections())
    for name, text in known.items():
        for example in re.findall(r"^\$ (.*)$", text, flags=re.MULTILINE):
            for command in example.split(" | "):
                words = shlex.split(command)[1:]
                whole = next(each for each in (" ".join(words[:2]), words[0]) if each in known)
                options = {word for word in words if word.startswith("-") and word != "-"}
                assert {
                    each for each in options if f"{each} " not in known[whole].replace("`", " ").replace(",", " ")
                } == (set()), (name, example)


@pytest.mark.parametrize(
    "name", ["--json", "--output", "--issuer", "--database", "--password-file", "--context", "--at"]
)
def test_an_option_is_written_in_the_same_way_everywhere(name: str) -> None:
    written = set(re.findall(rf"^\| `((?:-\w, )?{name}\b[^`]*)`", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    assert len(written) == 1, written
