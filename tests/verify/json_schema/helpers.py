"""Schemas, held against values."""

from __future__ import annotations

from collections.abc import Mapping

from microcred.json import JSONObject, JSONValue
from microcred.limits import DEFAULT_LIMITS
from microcred.verify.json_schema import (
    LATEST,
    Dialect,
    Document,
    Library,
    Mismatch,
    UndecidedError,
    Work,
    mismatch,
    require_valid,
)


def fresh(steps: int = DEFAULT_LIMITS.max_schema_steps) -> Work:
    """Return the work that one verification may take."""
    return Work(steps, DEFAULT_LIMITS.max_schema_depth)


def wrong(
    schema: JSONValue,
    instance: JSONValue,
    *,
    given: Mapping[str, JSONObject] | None = None,
    dialect: Dialect = LATEST,
    work: Work | None = None,
    checked: bool = True,
) -> Mismatch | None:
    """Hold a value against a schema."""
    work = work or fresh()
    library = Library(given or {}, dialect)
    document = Document("", schema, dialect)
    if checked:
        require_valid(document, library, work)
    return mismatch(document, instance, library, work)


def verdict(schema: JSONValue, instance: JSONValue, **options: object) -> str:
    """Return ``valid``, ``invalid``, or the code of why it cannot be told."""
    try:
        return "valid" if wrong(schema, instance, **options) is None else "invalid"  # type: ignore[arg-type]
    except UndecidedError as error:
        return str(error.code)
