"""Run the suites of the W3C against microcred: ``python -m conformance.w3c.run FOLDER [SUITE …]``.

The folder holds checkouts of the suites by their names, each with the packages that its own README has one install;
``suites.py`` says where they come from, and the commits. It brings nothing in itself, needs Node.js 20 or later, and
asks nobody but the app of this folder, on loopback.
"""

from __future__ import annotations

import argparse
import os
import shlex
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final, cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from conformance.w3c.keys import read_keys
from conformance.w3c.suites import SUITES, Counts, Suite, told
from microcred.json import JSONObject, dumps, loads_object
from microcred.limits import Limits

__all__ = ["main"]

_HERE: Final = Path(__file__).parent
_ROOT: Final = _HERE.parents[1]
_SECONDS_TO_START: Final = 30
# The suite for BBS signs its own examples before a test, which takes its time on a busy machine.
_MILLISECONDS_A_TEST: Final = 180_000
_SECONDS_A_SUITE: Final = 900
# A report of a suite repeats long titles.
_LIMITS: Final = Limits(max_document_bytes=64_000_000, max_json_values=10_000_000)
# The suite for JOSE and COSE calls a container: this stands in its place.
_DOCKER: Final = """#!/bin/sh
while [ "$1" != issue ] && [ "$1" != verify ]; do shift; done
exec {python} -m conformance.w3c.jose_cose "$@" --mount tests
"""
# Node.js has iterator helpers, which that suite uses, from 22 on.
_ITERATOR_HELPERS: Final = 22


def _check(suite: Suite, checkout: Path) -> None:
    """Say what is missing of a suite, and where it comes from."""
    if not (checkout / "node_modules").is_dir():
        at = f"{suite.repository} at {suite.commit[:10]}"
        raise SystemExit(f"there is no checkout in {checkout} with its packages installed: {at}")
    if suite.vectors is not None and not (checkout / "tests" / "input" / suite.vectors).is_dir():
        raise SystemExit(f"{checkout}/tests/input/{suite.vectors} is missing: {suite.vectors_repository}")


def _certificate(folder: Path) -> tuple[Path, Path]:
    """Make a certificate of this machine for a day: the suites take a list of statuses over HTTPS only."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    names = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return paths


@contextmanager
def _serving(folder: Path) -> Iterator[tuple[str, Path]]:
    """Serve the app; yield its URL, and the certificate that it has."""
    certificate, key = _certificate(folder)
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "conformance.w3c.app", "--port", str(port)]
    server = subprocess.Popen([*command, "--cert", certificate, "--key", key], cwd=_ROOT)
    try:
        _wait(server, port)
        yield f"https://localhost:{port}", certificate
    finally:
        server.terminate()
        server.wait()


def _wait(server: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + _SECONDS_TO_START
    while time.monotonic() < end and server.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("localhost", port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit("the app does not start")


def _run(suite: Suite, checkout: Path, folder: Path, environment: Mapping[str, str]) -> JSONObject:
    """Run a suite, and return the report of mocha."""
    output = folder / f"{suite.name}.json"
    imports = [part for name in suite.imports for part in ("--require", str(_HERE / name))]
    mocha = ["node_modules/mocha/bin/mocha.js", "tests/", "--timeout", str(_MILLISECONDS_A_TEST), *imports]
    node = ["node", *(["--harmony-iterator-helpers"] if _node() < _ITERATOR_HELPERS else [])]
    reporting = ["--reporter", "json", "--reporter-option", f"output={output}"]
    done = subprocess.run(
        [*node, *mocha, *reporting],
        cwd=checkout,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=_SECONDS_A_SUITE,
    )
    if not output.exists():
        raise SystemExit(f"{suite.name} does not run:\n{done.stdout}\n{done.stderr}")
    return loads_object(output.read_bytes(), _LIMITS)


def _node() -> int:
    done = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True)
    return int(done.stdout.lstrip("v").partition(".")[0])


def _counts(report: JSONObject) -> Counts:
    stats = cast("dict[str, int]", report["stats"])
    return Counts(stats["passes"], stats["pending"], stats["failures"])


def _print(suite: Suite, checkout: Path, report: JSONObject) -> None:
    done = subprocess.run(
        ["git", "-C", str(checkout), "rev-parse", "HEAD"], capture_output=True, text=True, check=False
    )
    commit = done.stdout.strip()
    counts = _counts(report)
    known = "as expected" if counts == suite.expected else f"EXPECTED: {suite.expected}"
    print(f"{suite.name:37} {commit[:10] or 'commit unknown':15} {counts}; {known}", flush=True)
    if commit and commit != suite.commit:
        print(f"    another commit than {suite.commit[:10]}, at which it was run last")
    for test in cast("list[dict[str, JSONObject]]", report["failures"]):
        print(f"    {test['fullTitle']}\n        {str(test['err'].get('message')).splitlines()[0]}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the suites; 0 if each came out as ``suites.py`` has it."""
    parser = argparse.ArgumentParser(prog="python -m conformance.w3c.run", description=__doc__)
    parser.add_argument("folder", type=Path, help="holds the checkouts")
    parser.add_argument("suite", nargs="*", help="a part of a name; all by default")
    given = parser.parse_args(arguments)
    chosen = [suite for suite in SUITES if not given.suite or any(part in suite.name for part in given.suite)]
    checkouts = {suite: given.folder.resolve() / suite.name for suite in chosen}
    try:
        keys = read_keys()
    except OSError as error:
        raise SystemExit(f"no keys of the issuers; set MICROCRED_SHARED to the shared material: {error}") from None
    for suite, checkout in checkouts.items():
        _check(suite, checkout)
    good = bool(chosen)
    with tempfile.TemporaryDirectory() as name, _serving(Path(name)) as (url, certificate):
        folder = Path(name)
        docker = folder / "docker"
        docker.write_text(_DOCKER.format(python=shlex.quote(sys.executable)), encoding="utf-8")
        docker.chmod(0o755)
        environment = {
            **os.environ,
            "PATH": os.pathsep.join([name, os.environ.get("PATH", "")]),
            "PYTHONPATH": os.pathsep.join([str(_ROOT), *filter(None, sys.path)]),
            "NODE_EXTRA_CA_CERTS": str(certificate),
        }
        for suite, checkout in checkouts.items():
            config = f"module.exports = {dumps(told(suite, url, keys))};\n"
            (checkout / "localConfig.cjs").write_text(config, encoding="utf-8")
            report = _run(suite, checkout, folder, environment)
            _print(suite, checkout, report)
            good = good and _counts(report) == suite.expected
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
