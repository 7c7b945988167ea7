"""The keys of the issuers: fixed, public by design, and read from the shared material of the project."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import microcred as mc
from microcred.json import JSONObject, loads_object

__all__ = ["KINDS", "read_keys", "vectors"]

KINDS = ("Ed25519", "P-256", "P-384", "BLS12-381")
"""The kinds of keys, by which the file has them."""


def vectors() -> Path:
    """Return the folder with the keys and the recorded requests: ``vectors/vc-api`` of ``MICROCRED_SHARED``."""
    beside = Path(__file__).parents[3] / "shared"
    return Path(os.environ.get("MICROCRED_SHARED", beside)) / "vectors" / "vc-api"


def read_keys() -> Mapping[str, mc.SigningKey]:
    """Return the issuers' keys by their kind.

    Raises:
        OSError: The shared material is not here.
    """
    found = loads_object((vectors() / "keys.json").read_bytes())
    return {kind: _key(cast(JSONObject, found[kind])) for kind in KINDS}


def _key(entry: JSONObject) -> mc.SigningKey:
    key = mc.SigningKey.from_multikey(str(entry["secretKeyMultibase"]))
    assert (key.did, key.verification_method) == (entry["did"], entry["verificationMethod"])
    return key
