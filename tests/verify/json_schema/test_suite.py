"""The official JSON Schema Test Suite, with its optional parts.

It is not part of the project. It comes out of the source archive of the registry package jsonschema, which nothing else
is used of here, or out of a checkout that MICROCRED_JSON_SCHEMA names.
"""

from __future__ import annotations

import json
import os
import tarfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, cast

import pytest

from microcred.json import JSONObject, JSONValue
from microcred.verify.json_schema import DIALECTS
from tests.support import downloaded
from tests.verify.json_schema.helpers import verdict

REQUIREMENT = "jsonschema==4.26.0"
SHA256 = "0c26707e2efad8aa1bfc5b7ce170f3fccc2e4918ff85989ba9ffa9facb2be326"
FILE = "jsonschema-4.26.0.tar.gz"
DRAFTS = {
    "draft4": "http://json-schema.org/draft-04/schema",
    "draft6": "http://json-schema.org/draft-06/schema",
    "draft7": "http://json-schema.org/draft-07/schema",
    "draft2019-09": "https://json-schema.org/draft/2019-09/schema",
    "draft2020-12": "https://json-schema.org/draft/2020-12/schema",
}
# What differs, why, and how it ends in all tests that differ. A name that ends with * stands for a folder or a group.
DIFFERENT = {
    "format.json": ("a format is held against the text, as VC JSON Schema §4.2 has it", {"invalid"}),
    "vocabulary.json": ("schemas of one's own for schemas are not supported", {"UNSUPPORTED"}),
    "optional/format-assertion.json": ("schemas of one's own for schemas are not supported", {"UNSUPPORTED"}),
    "optional/cross-draft.json": ("what it refers to is of a draft that is not given here", {"RESOLUTION_ERROR"}),
    "optional/content.json": ("texts with content of their own are not looked into", {"valid"}),
    "optional/format/idn-email.json": ("the format is not judged", {"valid"}),
    "optional/format/idn-hostname.json": ("the format is not judged", {"valid"}),
    "optional/format/iri.json": ("the format is not judged", {"valid"}),
    "optional/format/iri-reference.json": ("the format is not judged", {"valid"}),
    "optional/format/regex.json": ("the format is not judged", {"valid"}),
    "optional/format/ecmascript-regex.json": ("the format is not judged", {"valid"}),
    "optional/format/relative-json-pointer.json": ("the format is not judged", {"valid"}),
    "optional/format/uri-template.json": ("the format is not judged", {"valid"}),
}


class Suite(NamedTuple):
    """The files of the suite by their names, and the documents that schemas refer to."""

    files: dict[str, list[JSONObject]]
    remotes: dict[str, JSONObject]


@pytest.fixture(scope="module")
def suite() -> Suite:
    """Read the whole suite."""
    files: dict[str, list[JSONObject]] = {}
    remotes: dict[str, JSONObject] = {}
    for name, text in sources():
        folder, _, rest = name.partition("/")
        value = cast(JSONValue, json.loads(text))
        if folder == "tests":
            files[rest] = cast("list[JSONObject]", value)
        elif folder == "remotes" and isinstance(value, dict):
            remotes[rest] = value
    return Suite(files, remotes)


def sources() -> Iterator[tuple[str, bytes]]:
    """Return the names and contents of all files."""
    checkout = os.environ.get("MICROCRED_JSON_SCHEMA")
    if checkout is not None:
        for path in sorted(Path(checkout).rglob("*.json")):
            yield path.relative_to(checkout).as_posix(), path.read_bytes()
        return
    archive = downloaded(REQUIREMENT, SHA256, FILE, cache="json-schema", variable="MICROCRED_JSON_SCHEMA")
    with tarfile.open(archive) as package:
        for member in package.getmembers():
            _, _, name = member.name.partition("/json/")
            content = package.extractfile(member) if name.endswith(".json") else None
            if content is not None:
                yield name, content.read()


@pytest.mark.parametrize("draft", DRAFTS)
def test_every_case_ends_as_the_suite_has_it(suite: Suite, draft: str) -> None:
    dialect = DIALECTS[DRAFTS[draft]]
    given = {
        f"http://localhost:1234/{name}": document
        for name, document in suite.remotes.items()
        if not name.startswith("draft") or name.startswith(f"{draft}/")
    }
    tally: Counter[str] = Counter()
    for name, groups in suite.files.items():
        folder, _, file = name.partition("/")
        if folder != draft:
            continue
        for group in groups:
            for case in cast("list[JSONObject]", group["tests"]):
                found = verdict(group["schema"], case["data"], given=given, dialect=dialect)
                if found == ("valid" if case["valid"] else "invalid"):
                    tally["optional" if file.startswith("optional/") else "required"] += 1
                else:
                    where = f"{name}: {group['description']}: {case['description']}: {found}"
                    assert found in DIFFERENT.get(file, ("", set()))[1], where
                    tally["different"] += 1
    assert tally["required"] > 600
    assert tally["optional"] > 250
    assert tally["different"] < 90
