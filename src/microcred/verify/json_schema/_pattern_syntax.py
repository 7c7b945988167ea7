"""Take regular expressions apart (ECMA-262 §22.2.1)."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from microcred.verify.json_schema.work import UndecidedError, Work
from microcred.verify.report import Code

__all__ = ["ACCEPT", "Alternatives", "Characters", "Condition", "Part", "Repeat", "Sequence", "parse", "too_large"]

ACCEPT: Final = -1
"""The place where a pattern has matched."""
_MAX_GROUPS = 20
_LAST = 0x10FFFF

Ranges: TypeAlias = tuple[tuple[int, int], ...]
Test: TypeAlias = Callable[[str], bool]


@dataclass(slots=True)
class Characters:
    """Read one character out of a set."""

    ranges: Ranges
    tests: tuple[Test, ...] = ()
    negated: bool = False
    then: int = ACCEPT

    @property
    def cost(self) -> int:
        """The steps that looking takes."""
        return 1 + len(self.ranges) + len(self.tests)

    def has(self, character: str) -> bool:
        """Tell whether a character is in the set."""
        code = ord(character)
        found = any(first <= code <= last for first, last in self.ranges) or any(test(character) for test in self.tests)
        return found != self.negated


@dataclass(slots=True)
class Condition:
    """Go on at the start (``^``), at the end (``$``), at the edge of a word (``b``) or not there (``B``)."""

    kind: str
    then: int = ACCEPT


@dataclass(slots=True)
class Repeat:
    """A part several times over."""

    item: Part
    least: int
    most: int | None


@dataclass(slots=True)
class Sequence:
    """One part after the other."""

    parts: list[Part]


@dataclass(slots=True)
class Alternatives:
    """One of several."""

    parts: list[Part]


Part: TypeAlias = Characters | Condition | Repeat | Sequence | Alternatives

_DIGITS: Ranges = ((0x30, 0x39),)
_WORD: Ranges = ((0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A))
_SPACE: Ranges = (
    *((0x09, 0x0D), (0x20, 0x20), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A)),
    *((0x2028, 0x2029), (0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000), (0xFEFF, 0xFEFF)),
)
_LINE_ENDS: Ranges = ((0x0A, 0x0A), (0x0D, 0x0D), (0x2028, 0x2029))
_SETS = {"d": _DIGITS, "w": _WORD, "s": _SPACE}
_CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "v": "\v", "f": "\f"}
_DECIMAL, _LETTERS = frozenset("0123456789"), frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_HEXADECIMAL = frozenset("0123456789abcdefABCDEF")
# The general categories of Unicode, and their long names.
_CATEGORIES = frozenset(
    [
        *("L", "Lu", "Ll", "Lt", "LC", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No", "Z", "Zs", "Zl", "Zp"),
        *(
            "P",
            "Pc",
            "Pd",
            "Ps",
            "Pe",
            "Pi",
            "Pf",
            "Po",
            "S",
            "Sm",
            "Sc",
            "Sk",
            "So",
            "C",
            "Cc",
            "Cf",
            "Cs",
            "Co",
            "Cn",
        ),
    ]
)
_LONG_CATEGORIES = {
    "Letter": "L",
    "Uppercase_Letter": "Lu",
    "Lowercase_Letter": "Ll",
    "Titlecase_Letter": "Lt",
    "Cased_Letter": "LC",
    "Modifier_Letter": "Lm",
    "Other_Letter": "Lo",
    "Mark": "M",
    "Number": "N",
    "Decimal_Number": "Nd",
    "digit": "Nd",
    "Punctuation": "P",
    "Symbol": "S",
    "Separator": "Z",
    "Other": "C",
}


def parse(text: str, work: Work) -> Part:
    """Take a pattern apart.

    Args:
        text: Untrusted.
        work: What it may take.

    Raises:
        UndecidedError: UNSUPPORTED: it is no pattern, or needs more than a finite automaton; TOO_COMPLEX.
    """
    work.spend(1 + len(text))
    parser = _Parser(text)
    part = parser.alternatives(0)
    if parser.peek():
        raise _unsupported()
    return part


def _unsupported() -> UndecidedError:
    return UndecidedError("the schema has a pattern that is not supported here, such as one that looks ahead or back")


def too_large() -> UndecidedError:
    """Return the error of a pattern that grows beyond bounds."""
    return UndecidedError("the schema has a pattern that is too large", Code.TOO_COMPLEX)


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def peek(self) -> str:
        """Return the next character; nothing at the end."""
        return self._text[self._at : self._at + 1]

    def _take(self, text: str) -> bool:
        found = self._text.startswith(text, self._at)
        if found:
            self._at += len(text)
        return found

    def _next(self) -> str:
        character = self.peek()
        if not character:
            raise _unsupported()
        self._at += 1
        return character

    def alternatives(self, depth: int) -> Part:
        """Parse a disjunction."""
        if depth > _MAX_GROUPS:
            raise too_large()
        parts: list[Part] = [self._sequence(depth)]
        while self._take("|"):
            parts.append(self._sequence(depth))
        return parts[0] if len(parts) == 1 else Alternatives(parts)

    def _sequence(self, depth: int) -> Part:
        parts: list[Part] = []
        while self.peek() not in ("", "|", ")"):
            parts.append(self._quantified(self._atom(depth)))
        return Sequence(parts)

    def _atom(self, depth: int) -> Part:
        character = self._next()
        if character == "(":
            return self._group(depth)
        if character == "[":
            return self._class()
        if character in "*+?{":
            raise _unsupported()
        if character in "^$" or (character == "\\" and self.peek() in ("b", "B")):
            return Condition(character if character != "\\" else self._next())
        if character == ".":
            return Characters(_LINE_ENDS, negated=True)
        return _characters(self._escape() if character == "\\" else character)

    def _group(self, depth: int) -> Part:
        if self._take("?"):
            if self._take("<") and self.peek() not in ("=", "!"):
                while self._next() != ">":
                    pass
            elif not self._take(":"):
                raise _unsupported()
        node = self.alternatives(depth + 1)
        if not self._take(")"):
            raise _unsupported()
        return node

    def _quantified(self, item: Part) -> Part:
        least: int
        most: int | None
        if self._take("*"):
            least, most = 0, None
        elif self._take("+"):
            least, most = 1, None
        elif self._take("?"):
            least, most = 0, 1
        elif self._take("{"):
            least, most = self._bounds()
        else:
            return item
        # Lazy or not makes no difference to whether there is a match.
        self._take("?")
        if isinstance(item, Condition):
            raise _unsupported()
        return Repeat(item, least, most)

    def _bounds(self) -> tuple[int, int | None]:
        least = self._number()
        most: int | None = least
        if self._take(","):
            most = None if self.peek() == "}" else self._number()
        if not self._take("}") or (most is not None and most < least):
            raise _unsupported()
        return least, most

    def _number(self) -> int:
        start = self._at
        while self.peek() in _DECIMAL:
            self._at += 1
        digits = self._text[start : self._at]
        if not digits:
            raise _unsupported()
        if len(digits) > 5:
            raise too_large()
        return int(digits)

    def _class(self) -> Characters:
        negated = self._take("^")
        ranges: list[tuple[int, int]] = []
        tests: list[Test] = []
        while not self._take("]"):
            first = self._member()
            if isinstance(first, Characters):
                tests.append(first.has)
                continue
            last = first
            if self.peek() == "-" and self._text[self._at + 1 : self._at + 2] not in ("]", ""):
                self._at += 1
                end = self._member()
                if isinstance(end, Characters):
                    # [a-\d]: the hyphen stands for itself (Annex B.1.2).
                    ranges.append((0x2D, 0x2D))
                    tests.append(end.has)
                else:
                    last = end
            if last < first:
                raise _unsupported()
            ranges.append((ord(first), ord(last)))
        return Characters(tuple(ranges), tuple(tests), negated=negated)

    def _member(self) -> str | Characters:
        character = self._next()
        if character != "\\":
            return character
        return "\b" if self._take("b") else self._escape()

    def _escape(self) -> str | Characters:
        """Parse what follows a backslash."""
        character = self._next()
        if character.lower() in _SETS:
            return Characters(_SETS[character.lower()], negated=character.isupper())
        if character in ("p", "P"):
            return self._property(negated=character == "P")
        return self._escaped(character)

    def _escaped(self, character: str) -> str:
        if character in _CONTROLS:
            return _CONTROLS[character]
        if character == "0" and self.peek() not in _DECIMAL:
            return "\0"
        if character == "c" and self.peek() in _LETTERS:
            return chr(ord(self._next()) % 32)
        if character in ("x", "u"):
            return self._code(2 if character == "x" else 4)
        if character.isascii() and character.isalnum():
            # A reference back to a group, or nothing at all.
            raise _unsupported()
        return character

    def _code(self, digits: int) -> str:
        if digits == 4 and self._take("{"):
            end = self._text.find("}", self._at, self._at + 8)
            digits = end - self._at
            code = self._hexadecimal(digits)
            self._at += 1
        else:
            code = self._hexadecimal(digits)
        if 0xD800 <= code < 0xDC00 and self._take("\\u"):
            low = self._hexadecimal(4)
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)
        if code > _LAST:
            raise _unsupported()
        return chr(code)

    def _hexadecimal(self, digits: int) -> int:
        text = self._text[self._at : self._at + max(digits, 0)]
        if not text or len(text) < digits or not _HEXADECIMAL.issuperset(text):
            raise _unsupported()
        self._at += digits
        return int(text, 16)

    def _property(self, *, negated: bool) -> Characters:
        """Parse a Unicode property; the general categories are known."""
        end = self._text.find("}", self._at, self._at + 40)
        if not self._take("{") or end < 0:
            raise _unsupported()
        name = self._text[self._at : end].removeprefix("General_Category=").removeprefix("gc=")
        self._at = end + 1
        if name == "ASCII":
            return Characters(((0, 0x7F),), negated=negated)
        category = _LONG_CATEGORIES.get(name, name)
        if category not in _CATEGORIES:
            raise _unsupported()
        categories = ("Lu", "Ll", "Lt") if category == "LC" else (category,)
        return Characters(
            (), (lambda character: unicodedata.category(character).startswith(categories),), negated=negated
        )


def _characters(found: str | Characters) -> Characters:
    return Characters(((ord(found), ord(found)),)) if isinstance(found, str) else found
