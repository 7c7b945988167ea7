"""Helpers of several test modules: reading test data, N-Quads in and out, and reading errors."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar, cast

import pyoxigraph as ox
import pytest

from microcred.errors import DocumentError
from microcred.json import JSONObject, JSONValue
from microcred.jsonld.rdfc import Quad

REPOSITORY = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("MICROCRED_SHARED", REPOSITORY / ".." / "shared")).resolve()
T = TypeVar("T")

XSD = "http://www.w3.org/2001/XMLSchema#"


# Test data


def load(path: Path) -> JSONValue:
    """Return the JSON in a file; read by Python's own reader, so that ours is not its own witness."""
    return cast("JSONValue", json.loads(path.read_text(encoding="utf-8")))


def load_json(path: Path) -> JSONObject:
    """Return the JSON object in a file."""
    value = load(path)
    assert isinstance(value, dict)
    return value


def load_objects(path: Path) -> list[JSONObject]:
    """Return the objects of the JSON array in a file."""
    return as_objects(load(path))


def as_object(value: JSONValue) -> JSONObject:
    """Return a value that must be an object."""
    assert isinstance(value, dict)
    return value


def as_objects(value: JSONValue) -> list[JSONObject]:
    """Return a value that must be an array of objects."""
    assert isinstance(value, list)
    return [as_object(item) for item in value]


def at(document: JSONValue, where: str) -> JSONValue:
    """Return what a JSON Pointer points to; KeyError or IndexError if there is nothing."""
    node = document
    for part in where.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        node = node[int(name)] if isinstance(node, list) else as_object(node)[name]
    return node


def vectors(path: str, member: str) -> list[JSONObject]:
    """Return the objects in a member of a file of the third-party vectors; none where the vectors are absent."""
    file = SHARED / "vectors" / path
    return as_objects(load_json(file)[member]) if file.exists() else []


def rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file with a header; none where the file is absent."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def downloaded(requirement: str, sha256: str, file: str, *, cache: str, variable: str) -> Path:
    """Return a file of a registry package: from the cache, or through pip from whatever registry it is set up for.

    Args:
        requirement: The package, pinned to its version.
        sha256: What the file must be.
        file: Its name; a wheel, or a source archive.
        cache: A folder below ``.cache``.
        variable: Names a checkout in its place, for the reason of a skip.
    """
    folder = REPOSITORY / ".cache" / cache
    archive = folder / file
    if not archive.exists():
        folder.mkdir(parents=True, exist_ok=True)
        pinned = folder / "requirements.txt"
        pinned.write_text(f"{requirement} --hash=sha256:{sha256}\n", encoding="utf-8")
        form = "--only-binary=:all:" if file.endswith(".whl") else "--no-binary=:all:"
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--retries=1"]
        what = ["--no-deps", form, "--require-hashes", f"--requirement={pinned}", f"--dest={folder}"]
        if subprocess.run([*pip, *what], capture_output=True, check=False).returncode:
            pytest.skip(f"pip cannot download {requirement}, which has the test data; or set {variable} to a checkout")
    assert hashlib.sha256(archive.read_bytes()).hexdigest() == sha256, f"{archive} is not what was pinned; remove it"
    return archive


# Errors


def refuses(function: Callable[..., object], *arguments: object) -> bool:
    """Tell whether a call raises ValueError; anything else travels on."""
    try:
        function(*arguments)
    except ValueError:
        return True
    return False


def problem_of(function: Callable[[], object]) -> tuple[str, str]:
    """Return the code and the pointer of the only problem that a call must raise."""
    found = problems_of(function)
    assert len(found) == 1, found
    return found[0]


def problems_of(function: Callable[[], object]) -> list[tuple[str, str]]:
    """Return code and pointer of each problem of the DocumentError that a call must raise."""
    value, found = attempt(function)
    assert found, f"no DocumentError, but {value!r:.500}"
    return found


def attempt(function: Callable[[], T]) -> tuple[T | None, list[tuple[str, str]]]:
    """Return what a call returns, and code and pointer of each problem if it raises a DocumentError instead."""
    try:
        return function(), []
    except DocumentError as error:
        return None, [(problem.code, problem.pointer) for problem in error.problems]


# N-Quads

_IRI = r"<([^\x00-\x20<>\"{}|^`]*)>"
_BLANK = r"(_:[^\s<>\"]+?)"
_STRING = r"\"((?:[^\"\\\n\r]|\\.)*)\""
_LITERAL = rf"{_STRING}(?:\^\^{_IRI}|@([A-Za-z]+(?:-[A-Za-z0-9]+)*))?"
_NODE = rf"(?:{_IRI}|{_BLANK})[ \t]*"
_OBJECT = rf"(?:{_IRI}|{_BLANK}|{_LITERAL})[ \t]*"
_LINE = re.compile(rf"[ \t]*{_NODE}{_IRI}[ \t]*{_OBJECT}(?:{_NODE})?\.[ \t]*")
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_SHORT = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f", '"': '"', "'": "'", "\\": "\\"}
_CANONICAL = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


def parse_nquads(text: str) -> list[Quad]:
    """Read N-Quads; the terms come out in canonical form (RDF Dataset Canonicalization 1.0 §5.2)."""
    quads: list[Quad] = []
    for line in re.split(r"[\n\r]+", text):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        assert match is not None, f"not N-Quads: {line!r}"
        s_iri, s_blank, p_iri, o_iri, o_blank, value, datatype, language, g_iri, g_blank = match.groups()
        object_ = literal(_unescape(value), _unescape(datatype), language) if value is not None else None
        quads.append(
            (
                _resource(s_iri, s_blank),
                _resource(p_iri, None),
                object_ if object_ is not None else _resource(o_iri, o_blank),
                _resource(g_iri, g_blank),
            )
        )
    return quads


def literal(value: str, datatype: str = "", language: str | None = None) -> str:
    """Return a literal in canonical N-Quads."""
    quoted = '"' + "".join(_canonical(character) for character in value) + '"'
    if language is not None:
        return f"{quoted}@{language}"
    return quoted if datatype in ("", XSD + "string") else f"{quoted}^^<{datatype}>"


def _canonical(character: str) -> str:
    if character in _CANONICAL:
        return _CANONICAL[character]
    return f"\\u{ord(character):04X}" if character < " " or character == "\x7f" else character


def _unescape(text: str | None) -> str:
    def replace(match: re.Match[str]) -> str:
        short, long, one = match.groups()
        return _SHORT[one] if one is not None else chr(int(short or long, 16))

    return _ESCAPE.sub(replace, text or "")


def _resource(iri: str | None, blank: str | None) -> str:
    return f"<{_unescape(iri)}>" if iri is not None else blank or ""


def nquads(quads: Iterable[Sequence[str]]) -> str:
    """Write quads as N-Quads, in the order given."""
    return "".join(" ".join(term for term in quad if term) + " .\n" for quad in quads)


def canonical_by_oxigraph(text: str, hash_name: str = "sha256") -> str:
    """Return a canonical form of N-Quads by another implementation; it writes language tags in lower case.

    It is the RDFC-1.0 form, save where a node meets another one twice in one way: see ``tests/jsonld/test_rdfc.py``.
    """
    algorithm = {
        "sha256": ox.CanonicalizationAlgorithm.RDFC_1_0,
        "sha384": ox.CanonicalizationAlgorithm.RDFC_1_0_SHA_384,
    }[hash_name]
    dataset = ox.Dataset(ox.parse(text, format=ox.RdfFormat.N_QUADS))
    dataset.canonicalize(algorithm)
    # Not splitlines: it splits at more than the line feed.
    data = ox.serialize(dataset, format=ox.RdfFormat.N_QUADS)
    assert data is not None
    lines = data.decode().split("\n")
    return "".join(sorted(f"{line}\n" for line in lines if line))


# Values


def identical(left: object, right: object) -> bool:
    """Tell whether two JSON values are equal in their types too: 1, 1.0 and True are three values, and so is -0.0."""
    if type(left) is not type(right):
        return False
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(identical(left[name], right[name]) for name in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(identical, left, right))
    return repr(left) == repr(right)
