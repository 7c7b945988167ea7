"""What safe mode refuses and how it says so: the same for the walk and for the reference path."""

from __future__ import annotations

import re

from microcred.json import JSONValue

__all__ = ["BLANK_NODE", "MOVING", "Say", "has_unsafe_number"]

BLANK_NODE = re.compile(r"_:[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_-])?")
"""A blank node identifier, as N-Quads has it."""
MOVING = frozenset(["@nest", "@included", "@graph", "@reverse", "@set", "@list"])
"""The keywords that move statements elsewhere."""
# Larger integers lose digits in the JavaScript of other verifiers, and so would verify there under another value.
_MAX_SAFE_INTEGER = 2**53 - 1


class Say:
    """What is said of a member that a proof would not cover."""

    UNDEFINED = (
        "is a name that no context defines, so that a proof would not cover it; "
        "remove it, or add a context that defines it"
    )
    UNDEFINED_TYPE = "names a type that no context defines"
    NOT_AN_IRI = "is not a full URL or URN"
    NO_LANGUAGE = "is not a language tag"
    UNSAFE_NUMBER = "is a whole number with more digits than all verifiers keep; write it as text"
    FOR_READERS = "is for readers of the JSON only, so that a proof would not cover it"
    ALONE = "must stand alone; what is beside it would be lost"
    NOTHING = "says nothing in JSON-LD, and would be lost"
    TOO_LONG = "has statements that are too long together"
    AGAIN = "says more about the document itself, out of sight"
    MOVES = "moves statements elsewhere, which secured documents must not"
    TOO_MANY_CONTEXTS = "uses too many contexts, or contexts that include each other"

    @staticmethod
    def too_many_statements(most: int) -> str:
        """Say how many statements there may be."""
        return f"has more than {most:,} statements"

    @staticmethod
    def alias(name: str) -> str:
        """Say that a member has another name than the one that is looked for."""
        return f"is another name for “{name}”, under which it is not seen"


def has_unsafe_number(value: JSONValue) -> bool:
    """Tell whether a value, or one in it since it may be a JSON literal, is an integer that not everybody keeps."""
    if isinstance(value, dict | list):
        return any(map(has_unsafe_number, value if isinstance(value, list) else value.values()))
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) > _MAX_SAFE_INTEGER
