"""JSON Schema, for schemas that strangers write: in counted steps, without a network, and without exceptions of others.

Drafts 4, 6 and 7, 2019-09 and 2020-12.
"""

from __future__ import annotations

from typing import NamedTuple

from microcred.json import JSONValue, pointer
from microcred.verify.json_schema.applicators import WORDS
from microcred.verify.json_schema.dialects import DIALECTS, LATEST, Dialect
from microcred.verify.json_schema.documents import Document, Library, metadocument
from microcred.verify.json_schema.evaluation import Evaluation, Place, Scope, too_deep
from microcred.verify.json_schema.work import UndecidedError, Work
from microcred.verify.report import Code

__all__ = [
    "DIALECTS",
    "LATEST",
    "Dialect",
    "Document",
    "Library",
    "Mismatch",
    "UndecidedError",
    "Work",
    "mismatch",
    "require_valid",
]


class Mismatch(NamedTuple):
    """What is wrong with a value, and where."""

    pointer: str
    """JSON Pointer into the value."""
    words: str
    """What is wrong; a sentence with the member in front of it."""


def mismatch(document: Document, instance: JSONValue, library: Library, work: Work) -> Mismatch | None:
    """Hold a value against a schema.

    Args:
        document: The schema; untrusted.
        instance: The value; untrusted.
        library: What the schema may refer to.
        work: What all this may take.

    Returns:
        What is wrong; None when the value follows the schema.

    Raises:
        UndecidedError: It cannot be told.
    """
    node = document.root
    evaluation = Evaluation(WORDS, library, work)
    try:
        found = evaluation.apply(node.root, Scope(node, None), instance, Place(None, "", 0), None)
    except RecursionError:
        # Where little of the stack is left.
        raise too_deep() from None
    if found is None:
        return None
    names: list[str | int] = []
    place = found.place
    while place.outer is not None:
        names.append(place.name)
        place = place.outer
    return Mismatch(pointer(*reversed(names)), found.words)


def require_valid(document: Document, library: Library, work: Work) -> None:
    """Hold a schema document against the schema for schemas of its generation.

    Raises:
        UndecidedError: MALFORMED_VALUE_ERROR: it is no schema; UNSUPPORTED: the extra is not installed.
    """
    if not document.valid:
        metaschema = metadocument(document.root.dialect.uri)
        found = mismatch(metaschema, document.root.root, library, work)
        if found is not None:
            raise UndecidedError(
                f"the schema is not valid JSON Schema: at {found.pointer or 'its top'}, it {found.words}",
                Code.MALFORMED_VALUE_ERROR,
            )
        document.valid = True
