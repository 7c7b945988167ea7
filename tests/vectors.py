"""Where the third-party vectors are, for tests that make one case of each file."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import cast

from microcred.json import JSONObject

SHARED = Path(os.environ.get("MICROCRED_SHARED", Path(__file__).parents[2] / "shared"))


def read(path: Path) -> JSONObject:
    """Return the JSON object in a file."""
    return cast("JSONObject", json.loads(path.read_text(encoding="utf-8")))


def objects(path: str, member: str) -> list[JSONObject]:
    """Return the objects in a member of a vector file; none where the vectors are absent."""
    file = SHARED / "vectors" / path
    return cast("list[JSONObject]", read(file)[member]) if file.exists() else []
