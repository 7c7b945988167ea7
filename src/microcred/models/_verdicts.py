"""What was judged before: the issuer and the achievement of a cohort are the same in every credential."""

from __future__ import annotations

import hashlib
import marshal
from typing import Any, cast

__all__ = ["Verdicts"]

# About a megabyte.
_MOST = 8_192


class Verdicts:
    """Remembers in which objects nothing was wrong.

    It keeps digests, and nothing of what the objects say. Threads may share one: what they lose is only time.
    """

    def __init__(self) -> None:
        self._good: dict[tuple[type, bytes], None] = {}

    def key(self, model: type, data: dict[str, object]) -> tuple[type, bytes] | None:
        """Return the key of an object that is read as a class; None if it is no plain JSON."""
        try:
            # Without the references of later versions, equal bytes are equal values of equal types.
            return model, hashlib.sha256(marshal.dumps(cast("Any", data), 0)).digest()
        except ValueError:
            return None

    def __contains__(self, key: object) -> bool:
        return key in self._good

    def add(self, key: tuple[type, bytes]) -> None:
        """Remember that nothing is wrong."""
        if len(self._good) >= _MOST:
            self._good.clear()
        self._good[key] = None
