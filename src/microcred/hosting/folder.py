"""A site as a folder, for nginx, GitHub Pages or S3: each file appears whole, and only what changed is written.

Beside the documents there are two files: ``content-types.json`` says what each is to be served as, and which files are
ours; ``.nojekyll`` has GitHub Pages serve ``.well-known``, too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from microcred.errors import DocumentError
from microcred.files import locked, remove_leftovers, write_file
from microcred.hosting.site import CACHE_CONTROL, Hosted
from microcred.json import JSONObject, loads_object
from microcred.limits import Limits

__all__ = ["MANIFEST", "Written", "nginx", "write_site"]

MANIFEST = "content-types.json"
"""The name of the file that says what each file is to be served as."""
_NO_JEKYLL = ".nojekyll"
# We wrote it ourselves, and there can be a million files.
_OURS = Limits(max_document_bytes=1 << 30, max_json_values=10_000_000)


@dataclass(frozen=True, slots=True)
class Written:
    """What was done to a folder."""

    written: tuple[str, ...]
    """Paths of the files that are new or changed."""
    unchanged: tuple[str, ...]
    """Paths of the files that were as they should be."""
    stale: tuple[str, ...]
    """Paths of earlier files that do not belong to the site any more; they are still there, unless removed."""
    removed: bool
    """Whether the stale files were removed."""


def write_site(pages: Mapping[str, Hosted], folder: Path, *, prune: bool = False) -> Written:
    """Bring a folder up to date. Whenever it is stopped, each file is the old or the new one, and none is half.

    Args:
        pages: What is to be there, by path (see ``hosted``); it is put in place in this order.
        folder: Where; made when it is not there. Other files in it are left alone.
        prune: Remove files that an earlier call wrote and that do not belong to the site any more.

    Raises:
        DocumentError: A path cannot be a file, or ``content-types.json`` is not ours.
        OSError: A file could not be written.
    """
    for path in pages:
        if not _is_safe(path) or path in (f"/{MANIFEST}", f"/{_NO_JEKYLL}"):
            raise DocumentError.at("", f"{path} cannot be a file of the site")
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder):
        known = _read_manifest(folder / MANIFEST)
        stale = [path for path in known if path not in pages and (folder / path[1:]).is_file()]
        for place in {folder, *((folder / path[1:]).parent for path in pages)}:
            remove_leftovers(place)
        # Before the files, so that it names all of ours, whenever this is stopped.
        kept = {path: known[path] for path in stale}
        _write_manifest(folder / MANIFEST, {**kept, **_entries(pages)})
        _write(folder / _NO_JEKYLL, b"")
        written = [path for path, page in pages.items() if _write(_place(folder, path), page.content)]
        if prune:
            for path in stale:
                (folder / path[1:]).unlink(missing_ok=True)
            _write_manifest(folder / MANIFEST, _entries(pages))
    unchanged = pages.keys() - set(written)
    return Written(tuple(written), tuple(path for path in pages if path in unchanged), tuple(stale), prune)


def _place(folder: Path, path: str) -> Path:
    """Return where a file is to be, in a folder that exists and in which nothing is unfinished."""
    place = folder / path[1:]
    if not place.parent.is_dir():
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError):
            raise DocumentError.at("", f"{place.parent} has to be a folder, and is a file") from None
    if place.is_dir():
        raise DocumentError.at("", f"{place} has to be a file, and is a folder")
    return place


def _write(place: Path, content: bytes) -> bool:
    """Write a file unless it has that content already."""
    try:
        if place.stat().st_size == len(content) and place.read_bytes() == content:
            return False
    except FileNotFoundError:
        pass
    write_file(place, content)
    return True


def _is_safe(path: object) -> bool:
    """Tell whether a path leads to a place in the folder."""
    if not isinstance(path, str) or not path.startswith("/") or "\\" in path or ":" in path or "\0" in path:
        return False
    return all(name not in ("", ".", "..") for name in path[1:].split("/"))


def _entries(pages: Mapping[str, Hosted]) -> JSONObject:
    return {
        path: {"contentType": page.media_type, "cacheControl": page.cache_control, "etag": page.etag}
        for path, page in pages.items()
    }


def _write_manifest(place: Path, entries: JSONObject) -> None:
    _write(place, json.dumps({"files": entries}, ensure_ascii=False, indent=1).encode() + b"\n")


def _read_manifest(place: Path) -> JSONObject:
    try:
        content = place.read_bytes()
    except FileNotFoundError:
        return {}
    try:
        files = loads_object(content, _OURS).get("files")
    except DocumentError:
        files = None
    if not isinstance(files, dict) or not all(_is_safe(path) for path in files):
        raise DocumentError.at("", f"{place} is not from here: take another folder, or move that file away")
    return files


def nginx(pages: Mapping[str, Hosted]) -> str:
    """Return lines for the ``server`` block of nginx that serve each file as what it is.

    Args:
        pages: What is served, by path (see ``hosted``).
    """
    folders: dict[str, set[str]] = {}
    for path, page in pages.items():
        folders.setdefault(path.rpartition("/")[0], set()).add(page.media_type)
    lines = [
        "charset off;",
        f'add_header Cache-Control "{CACHE_CONTROL}";',
        'add_header Access-Control-Allow-Origin "*";',
    ]
    for path, page in pages.items():
        folder = path.rpartition("/")[0]
        if folder in ("", "/.well-known") or len(folders[folder]) > 1:
            lines.append(_location(f"= {path}", page.media_type))
    for folder, types in folders.items():
        if folder not in ("", "/.well-known") and len(types) == 1:
            lines.append(_location(f"{folder}/", min(types)))
    return "\n".join(lines) + "\n"


def _location(where: str, media_type: str) -> str:
    # An empty table of types, so that the extension of the file does not decide.
    return f"location {where} {{ types {{ }} default_type {media_type}; }}"
