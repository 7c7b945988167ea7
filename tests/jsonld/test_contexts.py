"""microcred.jsonld.contexts: the pinned files are the ones that were pinned, and say what the world's do."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest

from microcred.jsonld import contexts
from tests.support import as_objects, load_json

FOLDER = resources.files("microcred.jsonld.contexts")
# The URL has two contents. The newer one is a superset, and what the official validator serves.
OB_3_0_3 = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
OB_3_0_3_FILE = "contexts/ob/context-3.0.3.validator-2026-07.json"
entries = pytest.mark.parametrize("entry", contexts.manifest(), ids=lambda entry: str(entry["file"]))


@pytest.fixture
def fresh() -> Iterator[None]:
    """No document is remembered, before and after."""
    contexts._load.cache_clear()
    yield
    contexts._load.cache_clear()


def published(shared: Path) -> dict[str, Path]:
    """URL to file, aliases included."""
    files: dict[str, Path] = {}
    for entry in as_objects(load_json(shared / "contexts/index.json")["contexts"]):
        if entry["url"] == OB_3_0_3 and entry["file"] != OB_3_0_3_FILE:
            continue
        aliases = entry.get("aliases", [])
        assert isinstance(aliases, list)
        for url in (entry["url"], *aliases):
            assert url not in files
            files[str(url)] = shared / str(entry["file"])
    return files


@entries
def test_a_file_has_its_hash(entry: contexts.ManifestEntry) -> None:
    data = FOLDER.joinpath(str(entry["file"])).read_bytes()
    assert hashlib.sha256(data).hexdigest() == entry["sha256"]


@entries
def test_an_entry_says_where_its_file_is_from_and_under_which_licence(entry: contexts.ManifestEntry) -> None:
    assert set(entry) - {"note", "bytes"} == {"url", "aliases", "file", "sha256", "source", "licence"}
    assert all(entry[name] for name in ("url", "file", "source", "licence"))
    assert str(entry["url"]).startswith("https://")
    assert isinstance(entry["aliases"], list)


@entries
def test_an_entry_is_loaded_by_its_url_and_its_aliases(entry: contexts.ManifestEntry) -> None:
    expected = json.loads(FOLDER.joinpath(str(entry["file"])).read_text(encoding="utf-8"))
    assert set(expected) == {"@context"}
    for url in (str(entry["url"]), *entry["aliases"]):
        assert contexts.load(url) == expected


@entries
def test_a_pinned_context_is_the_published_one(shared: Path, entry: contexts.ManifestEntry) -> None:
    files = published(shared)
    for url in (str(entry["url"]), *entry["aliases"]):
        assert contexts.load(url) == load_json(files[url])


def test_open_badges_3_0_3_is_the_newer_of_its_two_contents(shared: Path) -> None:
    both = {
        str(entry["file"]): load_json(shared / str(entry["file"]))
        for entry in as_objects(load_json(shared / "contexts/index.json")["contexts"])
        if entry["url"] == OB_3_0_3
    }
    assert len(both) == 2
    newer = both.pop(OB_3_0_3_FILE)
    assert contexts.load(OB_3_0_3) == newer
    assert newer not in both.values()


def test_every_file_is_listed_and_no_url_twice() -> None:
    files = {item.name for item in FOLDER.iterdir() if item.name.endswith((".json", ".jsonld"))}
    assert files == {str(entry["file"]) for entry in contexts.manifest()} | {"manifest.json"}
    assert len(contexts.urls()) == len(set(contexts.urls()))
    assert len(contexts.urls()) == sum(1 + len(entry["aliases"]) for entry in contexts.manifest())


@pytest.mark.parametrize(
    "url",
    [
        "https://www.w3.org/2018/credentials/v1",
        "https://www.w3.org/ns/credentials/v2",
        "https://purl.imsglobal.org/spec/ob/v3p0/context.json",
        "https://purl.imsglobal.org/spec/ob/v3p0/context/ob_v3p0.jsonld",
        "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.1.json",
        "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.2.json",
        OB_3_0_3,
        "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json",
        "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json",
        "https://w3id.org/security/data-integrity/v1",
        "https://w3id.org/security/data-integrity/v2",
        "https://w3id.org/security/multikey/v1",
        "https://w3id.org/security/suites/ed25519-2020/v1",
        "https://www.w3.org/ns/credentials/status/v1",
        "https://w3id.org/vc/status-list/2021/v1",
    ],
)
def test_what_credentials_name_is_pinned(url: str) -> None:
    assert url in contexts.urls()
    assert contexts.load(url) is not None


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://example.org/context",
        "https://www.w3.org/ns/credentials/v3",
        "https://www.w3.org/ns/credentials/v2/",
        "https://www.w3.org/ns/credentials/v2#",
        "https://www.w3.org/ns/credentials/v2 ",
        "http://www.w3.org/ns/credentials/v2",
        "HTTPS://www.w3.org/ns/credentials/v2",
        "https://www.w3.org/ns/../ns/credentials/v2",
        "credentials-v2.jsonld",
        "manifest.json",
        "../__init__.py",
    ],
)
def test_another_url_is_not_known(url: str) -> None:
    assert contexts.load(url) is None


@pytest.mark.usefixtures("fresh")
@entries
def test_a_file_that_was_changed_is_refused(monkeypatch: pytest.MonkeyPatch, entry: contexts.ManifestEntry) -> None:
    read = contexts._read

    def changed(name: str) -> bytes:
        data = read(name)
        return data if name == "manifest.json" else data.replace(b'"@id"', b'"@id" ', 1) + b"\n"

    monkeypatch.setattr(contexts, "_read", changed)
    for url in (str(entry["url"]), *entry["aliases"]):
        with pytest.raises(RuntimeError):
            contexts.load(url)
    # A refusal is not remembered as an answer.
    with pytest.raises(RuntimeError):
        contexts.load(str(entry["url"]))
