"""Other implementations as processes of their own, which are told what to do in lines of JSON."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from threading import Timer
from typing import cast

from microcred.json import JSONObject, JSONValue
from microcred.jsonld import contexts

__all__ = [
    "OPENBADGESLIB",
    "OPENVC",
    "Peer",
    "Refusal",
    "UnavailableError",
    "axe",
    "javascript",
    "openbadgeslib",
    "openvc",
]

_HERE = Path(__file__).parent
_CACHE = _HERE / ".cache"
OPENVC = "openvc-core[data-integrity]==1.37.0"
"""What pip is asked for."""
OPENBADGESLIB = "openbadgeslib==4.6.3"
"""The same."""
_SECONDS = 120


class UnavailableError(Exception):
    """Why a peer cannot be had here, in words."""


class Refusal(Exception):  # noqa: N818
    """Somebody refuses to issue, to derive or to verify; the text says why."""


class Peer:
    """A process that issues, derives and verifies."""

    def __init__(self, command: Sequence[str]) -> None:
        """Start it, and give it the pinned contexts: it has no others.

        Args:
            command: The program and its arguments.
        """
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )
        pinned: JSONObject = {url: contexts.load(url) for url in contexts.urls()}
        self.version = str(self.ask({"do": "contexts", "contexts": pinned}))

    def ask(self, request: JSONObject) -> JSONValue:
        """Send a request and return the document of the answer.

        Raises:
            Refusal: The peer refuses.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        watchdog = Timer(_SECONDS, self._process.kill)
        watchdog.start()
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        finally:
            watchdog.cancel()
        if not line:
            raise RuntimeError("the peer has ended; its own words are in the output")
        answer = cast(JSONObject, json.loads(line))
        if answer["ok"] is not True:
            raise Refusal(str(answer["error"]))
        return answer["document"]

    def close(self) -> None:
        """Let it end."""
        self._process.communicate()


def _run(reason: str, *command: str) -> None:
    try:
        done = subprocess.run(command, cwd=_HERE, check=False, capture_output=True, text=True)
    except OSError as error:
        raise UnavailableError(f"{reason}: {error.strerror}") from error
    if done.returncode != 0:
        # What was written names hosts and paths; the status says enough to somebody who runs it again by hand.
        raise UnavailableError(f"{reason} (exit status {done.returncode})")


def _is_installed(stamp: Path, pins: str) -> bool:
    return stamp.exists() and stamp.read_text(encoding="utf-8") == pins


def javascript() -> list[str]:
    """Install the JavaScript peers, unless they are there, and return the command that starts them.

    Raises:
        UnavailableError: They cannot be had.
    """
    return [_installed_node(), str(_HERE / "peer.mjs")]


def axe() -> str:
    """Install what looks at pages with the JavaScript peers, unless it is there, and return the script.

    Raises:
        UnavailableError: It cannot be had.
    """
    _installed_node()
    return (_HERE / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


def _installed_node() -> str:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise UnavailableError("there is no Node.js with npm here")
    pins = (_HERE / "package-lock.json").read_text(encoding="utf-8")
    stamp = _HERE / "node_modules" / ".installed"
    if not _is_installed(stamp, pins):
        options = ("--omit=optional", "--ignore-scripts", "--no-audit", "--no-fund", "--silent")
        _run("npm could not install the packages", npm, "ci", *options)
        stamp.write_text(pins, encoding="utf-8")
    return node


def openvc() -> list[str]:
    """Return the command that starts openvc-core.

    Raises:
        UnavailableError: It cannot be had.
    """
    return _python("openvc", OPENVC)


def openbadgeslib() -> list[str]:
    """Return the command that starts openbadgeslib.

    Raises:
        UnavailableError: It cannot be had.
    """
    return _python("badges", OPENBADGESLIB)


def _python(name: str, asked: str) -> list[str]:
    """Install a Python peer into an environment of its own, unless it is there, and return the command for it."""
    folder = _CACHE / name
    python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    stamp = folder / "installed"
    if not _is_installed(stamp, asked):
        _run("no virtual environment could be made", sys.executable, "-m", "venv", "--clear", str(folder))
        pip = (str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
        _run(f"pip could not install {asked}", *pip, asked)
        stamp.write_text(asked, encoding="utf-8")
    return [str(python), str(_HERE / f"{name}_peer.py")]
