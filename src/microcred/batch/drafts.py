"""A template as people write it: what it leaves out is filled in, and its placeholders stay where they are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import cast

from microcred.batch.templates import Template
from microcred.documents import build
from microcred.errors import BatchError, DocumentError
from microcred.json import JSONObject, JSONValue, pointer
from microcred.models import AchievementCredential

__all__ = ["complete"]

_URN = "urn:microcred:stand-in:"
_PLACEHOLDER = re.compile(r"\{\{[^{}]*\}\}")
_NUMBER = re.compile(r"\{\{[^{}|]*\|[^{}]*\bnumber\b[^{}]*\}\}")
_MOST_DEPTH = 64


def complete(members: Mapping[str, object]) -> Template:
    """Make a template of a badge that may leave out what ``issue`` fills in, such as contexts and types.

    While the rest is filled in, something that fits stands in for each text with a placeholder. One that has its
    ``@context`` and ``type`` is taken as it is, of whatever kind it is.

    Args:
        members: JSON or Python names, shorthands allowed; with placeholders.

    Raises:
        DocumentError: It is no template of a badge, or a placeholder stands where none may be.
        BatchError: TEMPLATE_REFUSED: a placeholder stands where something else than a text, a URL, a time or a number
            belongs, which only a whole credential can have.
    """
    if "@context" in members and "type" in members:
        return Template(cast(JSONObject, dict(members)))
    stand_ins = _StandIns()
    draft = cast("dict[str, object]", stand_ins.put(members, ()))
    for _ in range(2):
        try:
            built = build(draft, AchievementCredential)
            break
        except DocumentError as error:
            if not stand_ins.take_times({problem.pointer for problem in error.problems}):
                raise
            draft = cast("dict[str, object]", stand_ins.put(members, ()))
    else:
        text = "has a placeholder where no text, URL or time belongs; write the template as a whole credential"
        raise BatchError(f"the template {text}, with “@context” and “type”", "TEMPLATE_REFUSED")
    return Template(cast(JSONObject, stand_ins.replaced(built.model_dump())))


class _StandIns:
    """What stands in for texts with placeholders, each of which is another one."""

    def __init__(self) -> None:
        self._texts: dict[object, str] = {}
        self._times: set[str] = set()

    def put(self, value: object, path: tuple[str | int, ...]) -> object:
        """Put stand-ins into a copy."""
        if len(path) > _MOST_DEPTH:
            raise DocumentError.at(pointer(*path[:4]), "is nested too deeply")
        if isinstance(value, Mapping):
            return {name: self.put(item, (*path, str(name))) for name, item in value.items()}
        if isinstance(value, list):
            return [self.put(item, (*path, index)) for index, item in enumerate(value)]
        if not isinstance(value, str) or not _PLACEHOLDER.search(value):
            return value
        stand_in = self._for(value, pointer(*path))
        self._texts[stand_in] = value
        return stand_in

    def _for(self, text: str, place: str) -> str | float:
        count = len(self._texts)
        if _NUMBER.fullmatch(text):
            # No template has such a number of its own.
            return 7_000_000_000.25 + count
        if place in self._times:
            return f"1901-01-01T{count // 3600 % 24:02d}:{count // 60 % 60:02d}:{count % 60:02d}Z"
        return f"{_URN}{count}"

    def take_times(self, places: set[str]) -> bool:
        """Have times stand in for URNs in some places; tell whether that is something new."""
        mine = {place for place in places if place not in self._times}
        self._times |= mine
        self._texts.clear()
        return bool(mine)

    def replaced(self, value: JSONValue) -> JSONValue:
        """Put the texts back."""
        if isinstance(value, dict):
            return {name: self.replaced(item) for name, item in value.items()}
        if isinstance(value, list):
            return [self.replaced(item) for item in value]
        return self._texts.get(value, value) if isinstance(value, str | float) else value
