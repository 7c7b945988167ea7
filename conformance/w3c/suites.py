"""The six suites: where they are from, at which commit they were run last, what came out, and what they are told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import microcred as mc
from conformance.w3c.jose_cose import FEATURES
from microcred.json import JSONObject, JSONValue

__all__ = ["SUITES", "Counts", "Suite", "told"]

_OWNER: Final = "https://github.com/w3c"


@dataclass(frozen=True, slots=True)
class Counts:
    """How many tests of a suite went how."""

    passed: int
    pending: int = 0
    failed: int = 0

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.pending} pending, {self.failed} failed"


@dataclass(frozen=True, slots=True)
class Suite:
    """A suite; README.md says why the tests that are pending or fail do."""

    name: str
    commit: str
    expected: Counts
    vectors: str | None = None
    """A repository of vectors that it wants below ``tests/input``."""
    imports: tuple[str, ...] = ()
    """Modules of this folder that it is run with."""

    @property
    def repository(self) -> str:
        return f"{_OWNER}/{self.name}"

    @property
    def vectors_repository(self) -> str:
        return f"{_OWNER}/{self.vectors}"


SUITES: Final = (
    Suite("vc-data-model-2.0-test-suite", "6e075243825f50c79017de4a27089d329c093d0f", Counts(64, failed=1)),
    Suite("vc-di-eddsa-test-suite", "a62061b23892deb44dbad67a0315d403fdf09440", Counts(57)),
    Suite("vc-di-ecdsa-test-suite", "070efa34139e0918eb6ca86ab59033322803af3e", Counts(180), vectors="vc-di-ecdsa"),
    Suite("vc-bitstring-status-list-test-suite", "5cdc5625948470d1f3b8b615e0771c013dc9029e", Counts(20, pending=7)),
    Suite(
        "vc-di-bbs-test-suite",
        "75546c22ddb7818a8bd8290487a681f48b30ab9c",
        Counts(81, pending=6),
        vectors="vc-di-bbs",
        imports=("vdl.mjs",),
    ),
    Suite("vc-jose-cose-test-suite", "ff6be51dc4d3c373dfaffa9a634cf751faf5285a", Counts(35)),
)

_DATA_MODELS: Final[list[JSONValue]] = ["1.1", "2.0"]
_CURVES: Final[list[JSONValue]] = ["P-256", "P-384"]
# By the paths of the issuers: the kind of key, and the tag that the tests look for.
_ISSUERS: Final = {
    "vc2": ("Ed25519", "vc2.0"),
    "envelope": ("P-256", "EnvelopingProof"),
    "status": ("Ed25519", "BitstringStatusList"),
    "eddsa-rdfc-2022": ("Ed25519", "eddsa-rdfc-2022"),
    "eddsa-jcs-2022": ("Ed25519", "eddsa-jcs-2022"),
    "ecdsa-rdfc-2019/P-256": ("P-256", "ecdsa-rdfc-2019"),
    "ecdsa-jcs-2019/P-256": ("P-256", "ecdsa-jcs-2019"),
    "ecdsa-sd-2023": ("P-256", "ecdsa-sd-2023"),
    "bbs-2023": ("BLS12-381", "bbs-2023"),
}
# The suite for ECDSA tries one curve of an implementation, so that a second one stands for the other.
_P384: Final = {
    "ecdsa-rdfc-2019/P-384": ("P-384", "ecdsa-rdfc-2019"),
    "ecdsa-jcs-2019/P-384": ("P-384", "ecdsa-jcs-2019"),
}
# Two suites have what they derive made by an implementation of this name.
_HOLDER: Final = "Digital Bazaar"


def told(suite: Suite, base_url: str, keys: Mapping[str, mc.SigningKey]) -> JSONObject:
    """Return what a suite is told of us, which it reads from ``localConfig.cjs``.

    Args:
        suite: The suite.
        base_url: Where the app is.
        keys: Of the issuers, by their kind.
    """
    tags = list(dict.fromkeys(tag for _, tag in _ISSUERS.values()))
    implementations: list[JSONValue] = [
        {
            **_implementation("microcred", _ISSUERS, tags, base_url, keys),
            "vpVerifiers": [_verifier("presentations", tags, base_url, keys)],
            "jose-cose": {"features": dict.fromkeys(FEATURES, True)},
        }
    ]
    if suite.name == "vc-di-ecdsa-test-suite":
        implementations.append(_implementation("microcred P-384", _P384, ["ecdsa-rdfc-2019"], base_url, keys))
    if suite.vectors is not None:
        selective = ("ecdsa-sd-2023", "bbs-2023")
        holders: list[JSONValue] = [
            {"id": keys["Ed25519"].did, "endpoint": f"{base_url}/{name}/credentials/derive", "tags": ["vcHolder", name]}
            for name in selective
        ]
        implementations.append({"name": _HOLDER, "implementation": "microcred as a holder", "vcHolders": holders})
    return {"settings": {"enableInteropTests": True}, "implementations": implementations}


def _implementation(
    name: str,
    issuers: Mapping[str, tuple[str, str]],
    verifies: list[str],
    base_url: str,
    keys: Mapping[str, mc.SigningKey],
) -> JSONObject:
    found: list[JSONValue] = []
    for path, (kind, tag) in issuers.items():
        issuer: JSONObject = {"id": keys[kind].did, "endpoint": f"{base_url}/{path}/credentials/issue", "tags": [tag]}
        issuer |= {"supports": {"vc": _DATA_MODELS}} if "-20" in tag else {}
        issuer |= {"supportedEcdsaKeyTypes": [kind]} if tag.startswith("ecdsa") else {}
        found.append(issuer)
    verifiers: list[JSONValue] = [_verifier("credentials", verifies, base_url, keys)]
    return {"name": name, "implementation": name, "issuers": found, "verifiers": verifiers}


def _verifier(what: str, tags: list[str], base_url: str, keys: Mapping[str, mc.SigningKey]) -> JSONObject:
    return {
        "id": keys["Ed25519"].did,
        "endpoint": f"{base_url}/{what}/verify",
        "tags": [*tags],
        "supports": {"vc": _DATA_MODELS},
        "supportedEcdsaKeyTypes": _CURVES,
    }
