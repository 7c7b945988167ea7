"""The generations of JSON Schema: what is a schema inside a schema, and which words have a meaning."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, cast

from microcred.json import JSONObject, JSONValue
from microcred.verify.json_schema.work import UndecidedError

__all__ = ["DIALECTS", "LATEST", "METASCHEMAS", "Dialect", "metaschema"]

_LONE = frozenset(
    [
        *("additionalItems", "additionalProperties", "contains", "else", "if", "items", "not", "propertyNames"),
        *("then", "unevaluatedItems", "unevaluatedProperties"),
    ]
)
_LISTS = frozenset(["allOf", "anyOf", "items", "oneOf", "prefixItems"])
_MAPS = frozenset(["$defs", "definitions", "dependencies", "dependentSchemas", "patternProperties", "properties"])
_VOCABULARIES = frozenset(
    f"https://json-schema.org/draft/{draft}/meta/{name}"
    for draft, names in (
        ("2019-09", "applicator content core format meta-data validation"),
        ("2020-12", "applicator content core format-annotation format-assertion meta-data unevaluated validation"),
    )
    for name in names.split()
)


@dataclass(frozen=True, slots=True)
class Dialect:
    """One generation of JSON Schema."""

    uri: str
    """Its ``$schema``, without an empty fragment."""
    number: int
    """Counts generations: 4, 6, 7, 8 (2019-09), 9 (2020-12)."""

    @property
    def id_member(self) -> str:
        """The member that names a schema."""
        return "id" if self.number == 4 else "$id"

    @property
    def lone_references(self) -> bool:
        """Whether what stands beside a ``$ref`` has no meaning."""
        return self.number < 8

    def inside(self, schema: JSONObject) -> Iterator[JSONValue]:
        """Return the schemas that a schema holds."""
        for name, value in schema.items():
            if name in _LONE and isinstance(value, dict):
                yield value
            elif name in _LISTS and isinstance(value, list):
                yield from value
            elif name in _MAPS and isinstance(value, dict):
                yield from value.values()


DIALECTS: Final = {
    dialect.uri: dialect
    for dialect in (
        Dialect("http://json-schema.org/draft-04/schema", 4),
        Dialect("http://json-schema.org/draft-06/schema", 6),
        Dialect("http://json-schema.org/draft-07/schema", 7),
        Dialect("https://json-schema.org/draft/2019-09/schema", 8),
        Dialect("https://json-schema.org/draft/2020-12/schema", 9),
    )
}
"""The generations by their ``$schema``."""


LATEST: Final = DIALECTS["https://json-schema.org/draft/2020-12/schema"]
"""The newest generation."""
METASCHEMAS: Final = frozenset([*DIALECTS, *_VOCABULARIES])
"""The URIs of the schemas that come with JSON Schema itself, which all others follow."""


def metaschema(uri: str) -> JSONObject:
    """Return one of the schemas that come with JSON Schema itself.

    Args:
        uri: One of ``METASCHEMAS``.

    Raises:
        UndecidedError: UNSUPPORTED: the extra is not installed.
    """
    try:
        from jsonschema_specifications import REGISTRY
    except ImportError:
        raise UndecidedError("schemas are judged with an extra: pip install 'microcred[schema]'") from None
    return cast("JSONObject", REGISTRY.contents(uri))
