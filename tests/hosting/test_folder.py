"""A site as a folder: whatever happens, each file is whole, and only what changed is written."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from microcred.errors import DocumentError
from microcred.hosting import Hosted, hosted, nginx, write_site
from tests.issuer.make import DID, OTHER, make


def page(text: str, media_type: str = "application/json") -> Hosted:
    return Hosted(text.encode(), media_type, f'"{text}"')


def files(folder: Path) -> dict[str, bytes]:
    return {
        f"/{path.relative_to(folder).as_posix()}": path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def test_files_are_written_once_and_again_only_when_they_change(tmp_path: Path) -> None:
    site = tmp_path / "deep" / "site"
    pages = {"/a": page("1"), "/b/c.json": page("2")}
    assert write_site(pages, site).written == ("/a", "/b/c.json")
    before = {path: path.stat().st_ino for path in site.rglob("*")}
    again = write_site(pages, site)
    assert (again.written, again.unchanged, again.stale) == ((), ("/a", "/b/c.json"), ())
    assert {path: path.stat().st_ino for path in site.rglob("*")} == before
    changed = write_site({**pages, "/a": page("3")}, site)
    assert (changed.written, changed.unchanged) == (("/a",), ("/b/c.json",))
    assert files(site).keys() == {"/a", "/b/c.json", "/content-types.json", "/.nojekyll"}


def test_file_that_was_damaged_is_written_anew(tmp_path: Path) -> None:
    write_site({"/a": page("12")}, tmp_path)
    (tmp_path / "a").write_text("13")
    assert write_site({"/a": page("12")}, tmp_path).written == ("/a",)
    assert (tmp_path / "a").read_text() == "12"


def test_stale_files_stay_until_they_are_to_be_removed(tmp_path: Path) -> None:
    (tmp_path / "mine.html").write_text("x")
    write_site({"/a": page("1"), "/b/c": page("2")}, tmp_path)
    assert write_site({"/a": page("1")}, tmp_path).stale == ("/b/c",)
    assert write_site({"/a": page("1")}, tmp_path).stale == ("/b/c",)
    assert (tmp_path / "b" / "c").exists()
    done = write_site({"/a": page("1")}, tmp_path, prune=True)
    assert (done.stale, done.removed) == (("/b/c",), True)
    assert files(tmp_path).keys() == {"/a", "/mine.html", "/content-types.json", "/.nojekyll"}
    assert write_site({"/a": page("1")}, tmp_path).stale == ()


def test_content_types_are_listed(tmp_path: Path) -> None:
    pages = hosted(make())
    write_site(pages, tmp_path)
    listed = json.loads((tmp_path / "content-types.json").read_text())["files"]
    assert {path: entry["contentType"] for path, entry in listed.items()} == {
        path: page.media_type for path, page in pages.items()
    }


@pytest.mark.skipif(os.name != "posix", reason="modes of files are those of POSIX")
def test_everybody_may_read_the_site(tmp_path: Path) -> None:
    write_site({"/a": page("1")}, tmp_path)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o644 & ~_umask()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


@pytest.mark.parametrize(
    "path", ["a", "/", "/../a", "/a/../b", "/a//b", "/./a", "/a\\b", "/c:a", "/content-types.json", "/.nojekyll", "/\0"]
)
def test_path_that_leads_elsewhere_is_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(DocumentError):
        write_site({path: page("1")}, tmp_path / "site")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", ["x", "[]", '{"files": 7}', '{"files": {"/../../etc/passwd": {}}}'])
def test_list_that_is_not_ours_removes_nothing(tmp_path: Path, content: str) -> None:
    (tmp_path / "content-types.json").write_text(content)
    with pytest.raises(DocumentError):
        write_site({"/a": page("1")}, tmp_path, prune=True)
    assert (tmp_path / "content-types.json").read_text() == content


def test_folder_in_the_way_is_an_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").write_text("x")
    for path in ("/a", "/b/c"):
        with pytest.raises(DocumentError):
            write_site({path: page("1")}, tmp_path)


def test_nginx_serves_each_file_as_what_it_is() -> None:
    pages = {
        **hosted(make()),
        "/status/1": page("1", "application/vc"),
        "/status/2": page("2", "application/vc"),
        "/mixed/1.json": page("3", "application/vc"),
        "/mixed/2.jwt": page("4", "application/vc+jwt"),
    }
    lines = nginx(pages)
    assert "location = /.well-known/did.json { types { } default_type application/did+json; }" in lines
    assert "location /status/ { types { } default_type application/vc; }" in lines
    assert "location = /mixed/2.jwt { types { } default_type application/vc+jwt; }" in lines
    assert "location /mixed/" not in lines
    assert all(
        re.fullmatch(r"[^{}]*;|location [^{};]+ \{ types \{ \} default_type [\w./+-]+; \}", each)
        for each in lines.splitlines()
    )


# Stopped at any moment

_WRITER = """
import sys
from pathlib import Path
from microcred.hosting import Hosted, write_site
for turn in range(10_000):
    letter = "ab"[turn % 2]
    pages = {f"/{name}/{name}": Hosted(letter.encode() * 200_000, "text/plain", letter) for name in "123456"}
    if letter == "b":
        del pages["/1/1"]
    write_site(pages, Path(sys.argv[1]), prune=True)
    print("x", flush=True)
"""


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is of POSIX")
def test_killed_writer_leaves_whole_files_and_the_next_one_cleans_up(tmp_path: Path) -> None:
    chance = random.Random(7)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}

    for _ in range(6):
        with subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(tmp_path)], env=environment, stdout=subprocess.PIPE
        ) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline()
            time.sleep(chance.random() / 20)
            os.kill(writer.pid, signal.SIGKILL)
        listed = json.loads((tmp_path / "content-types.json").read_text())["files"]
        for path, content in files(tmp_path).items():
            if not path.endswith((".unfinished", "/content-types.json", "/.nojekyll")):
                assert content in (b"a" * 200_000, b"b" * 200_000)
                # Nothing is forgotten that a later call would have to remove.
                assert path in listed
        write_site({f"/{name}/{name}": page("end") for name in "123456"}, tmp_path, prune=True)
        assert not [path for path in files(tmp_path) if path.endswith(".unfinished")]


def test_new_key_is_published_before_what_it_signed(tmp_path: Path) -> None:
    issuer = make().rotate(OTHER)
    done = write_site({**hosted(issuer), "/status/1": page("1")}, tmp_path)
    assert done.written[0] == "/.well-known/did.json"
    assert json.loads((tmp_path / ".well-known" / "did.json").read_text())["id"] == DID
