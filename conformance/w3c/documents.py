"""The contexts that the suites use beside the pinned ones."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from microcred.json import JSONObject, loads_object

__all__ = ["CONTEXTS", "DATA_INTEGRITY"]

DATA_INTEGRITY = "https://w3id.org/security/data-integrity/v2"
"""The context in which credentials of the Data Model 1.1 find the names of a proof."""
CONTEXTS: Mapping[str, JSONObject] = {
    # Data Model 2.0 §B.3: for examples only, since it defines every name.
    "https://www.w3.org/ns/credentials/examples/v2": {
        "@context": {"@vocab": "https://www.w3.org/ns/credentials/examples#"}
    },
    "https://w3id.org/vdl/v1": loads_object((Path(__file__).parent / "contexts" / "vdl-v1.jsonld").read_bytes()),
}
"""By URL."""
