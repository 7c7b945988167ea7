"""Other libraries as processes of their own, each in an environment of its own, measured in the same rounds.

A worker is started with the path of a JSON file: the key, the pinned contexts, and for each document some that are to
be signed and some that microcred has signed. It warms up and writes one line: its cases (``large issue openvc-core``),
and which ones it refused, with the reason. From then on it reads the name of a case, runs it for a moment, and writes
the processor time of one operation. While it waits it costs nothing, and the unit can be measured before and after.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cases import SEED, created, signing_key
from documents import DOCUMENTS
from timing import Case

from microcred.json import JSONObject
from microcred.jsonld import contexts
from microcred.signing import add_proof, proofs_of

__all__ = ["Peers", "started"]

_HERE = Path(__file__).parent
_CACHE = _HERE / ".cache"
_PYTHON_PINS = ("openvc-core[data-integrity]==1.37.0", "openbadgeslib[ldp]==4.6.3", "pyld==3.3.0")
_COUNT = 4


class UnavailableError(Exception):
    """Why a peer is left out, in words."""


@dataclass
class Peers:
    """What can be measured, and what cannot."""

    cases: list[Case] = field(default_factory=list)
    versions: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


class _Worker:
    """A process that measures when it is told to."""

    def __init__(self, command: Sequence[str], given: Path) -> None:
        self._process = subprocess.Popen(
            [*command, str(given)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )
        self.hello = self._read()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise UnavailableError("its process has ended; its own words are above")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def seconds(self, name: str) -> float:
        assert self._process.stdin is not None
        self._process.stdin.write(name + "\n")
        self._process.stdin.flush()
        return float(self._read()["seconds"])

    def close(self) -> None:
        self._process.communicate()


def _run(reason: str, *command: str, folder: Path) -> None:
    try:
        done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
    except OSError as error:
        raise UnavailableError(f"{reason}: {error.strerror}") from error
    if done.returncode != 0:
        # What was written names hosts and paths; the last lines say enough to somebody who runs it again by hand.
        raise UnavailableError(f"{reason} (exit status {done.returncode})")


def _is_installed(folder: Path, pins: str) -> bool:
    stamp = folder / "installed"
    return stamp.exists() and stamp.read_text(encoding="utf-8") == pins


def _python() -> list[str]:
    """Install the Python peers unless they are there, and return the command that starts their worker."""
    folder = _CACHE / "python"
    python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    pins = "\n".join(_PYTHON_PINS)
    if not _is_installed(folder, pins):
        folder.mkdir(parents=True, exist_ok=True)
        _run("no virtual environment could be made", sys.executable, "-m", "venv", "--clear", str(folder), folder=_HERE)
        pip = (str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
        _run("pip could not install them", *pip, *_PYTHON_PINS, folder=_HERE)
        (folder / "installed").write_text(pins, encoding="utf-8")
    return [str(python), str(_HERE / "peers_python.py")]


def _javascript() -> list[str]:
    """Install the JavaScript peer unless it is there, and return the command that starts its worker."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise UnavailableError("there is no Node.js with npm here")
    folder = _CACHE / "javascript"
    pins = (_HERE / "package.json").read_text(encoding="utf-8")
    folder.mkdir(parents=True, exist_ok=True)
    if not _is_installed(folder, pins):
        (folder / "package.json").write_text(pins, encoding="utf-8")
        options = ("--no-package-lock", "--no-audit", "--no-fund", "--silent")
        _run("npm could not install it", npm, "install", *options, folder=folder)
        (folder / "installed").write_text(pins, encoding="utf-8")
    # Node looks for packages beside the script.
    script = shutil.copy(_HERE / "peers.mjs", folder)
    return [node, str(script)]


def _given(names: Iterable[str]) -> dict[str, Any]:
    """Return what workers need: nothing of it is fetched."""
    key = signing_key()
    documents = {}
    for name in names:
        # openvc-core refuses the type AchievementCredential, which the context maps to the same IRI.
        plain = json.dumps([DOCUMENTS[name](key.did, number) for number in range(_COUNT)])
        unsigned = json.loads(plain.replace('"AchievementCredential"', '"OpenBadgeCredential"'))
        signed = [json.dumps(_signed(document, number), ensure_ascii=False) for number, document in enumerate(unsigned)]
        level = "proof" if name == "transcript" else "credential"
        documents[name] = {"unsigned": unsigned, "signed": signed, "level": level}
    return {
        "seed": SEED.hex(),
        "secret": key.to_multikey(),
        "method": key.verification_method,
        "contexts": {url: contexts.load(url) for url in contexts.urls()},
        "documents": documents,
    }


def _signed(document: JSONObject, number: int) -> JSONObject:
    key = signing_key()
    signed = add_proof(document, key, verification_method=key.verification_method, created=created(number))
    # openvc-core takes one proof as an object, not as an array of one.
    (signed["proof"],) = proofs_of(signed)
    return signed


@contextmanager
def started(names: Iterable[str]) -> Iterator[Peers]:
    """Start all peers that can be had here; they end with the block.

    Args:
        names: Of the documents.
    """
    peers = Peers()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        given = folder / "given.json"
        given.write_text(json.dumps(_given(names)), encoding="utf-8")
        for peer, command in (("openvc-core, openbadgeslib", _python), ("Digital Bazaar", _javascript)):
            try:
                worker = _Worker(command(), given)
            except UnavailableError as reason:
                peers.notes.append(f"{peer}: left out, {reason}")
                continue
            stack.callback(worker.close)
            peers.versions |= worker.hello["versions"]
            peers.notes += [f"{name}: refused, {_short(reason)}" for name, reason in worker.hello["refused"].items()]
            peers.cases += [_case(worker, name) for name in worker.hello["cases"]]
        yield peers


def _case(worker: _Worker, name: str) -> Case:
    document, what, peer = name.split(" ", 2)
    return Case((document, what, peer), lambda _number: worker.seconds(name))


def _short(text: str) -> str:
    return text if len(text) <= 140 else f"{text[:139]}…"
