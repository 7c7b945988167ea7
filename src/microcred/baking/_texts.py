"""Names in drawings: which characters may stand there, how wide they come out, and how they break into lines.

What shows a drawing has fonts that we do not know. Widths are nine tenths of those of DejaVu Sans Bold, the widest of
the common fonts, so that whoever leaves a tenth of the room free needs no other care.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

__all__ = ["Fitted", "clean", "direction", "fit", "isolated", "shortened", "wrap"]

ELLIPSIS = "…"
# Those that turn the text around them (UAX #9 §2.2 to §2.4); marks such as the right-to-left mark stay.
_TURNS = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
_INVISIBLE = ("Cc", "Cs", "Cn")
_SPACES = ("Zl", "Zp")
# Hebrew with all its signs has four or five; more only cover what stands around.
_MAX_MARKS = 8
_JOINER = "\u200d"
# They are written in front of the letter that they belong to, in Thai and in Lao.
_VOWELS_IN_FRONT = tuple(chr(point) for start in (0x0E40, 0x0EC0) for point in range(start, start + 5))

# In hundredths of the font size.
_WIDTHS = {
    30: "'",
    35: " ,./IJ\\ijl|‘’·łıΙІЈіј",
    40: "-:;fι",
    45: "!()[]rt¡",
    50: '"*_`–гґ',
    55: "?csz¿ªºεζξςзстэєѕ",
    60: "Lvxy«»“”•ŁΓΞλτχГвухьяҐ",
    65: "$0123456789EFTaehknou{}€£øðΕΣΤαγδηθκνουЕЗТабеикнопчђџ",
    70: "BCPRSYZbdgpqßđþÞΒΖΡΥβμρБВРСЬЭЯлрцъЄЅћ",
    75: "AGKUVXΑΔΚΛΧπσφψАКУХЧдм",
    80: "#&+<=>DHNOQ^~ØĐÐΗΘΝΟΠΦΨΩωИЛНОПЂЋЏ",
    85: "wДЦы",
    90: "Ъюњ",
    95: "%@Mm—…©®ΜМФЫжфљ",
    100: "æœÆш",
    105: "WщЉЊ",
    110: "№ŒЮ",
    115: "ЖШ",
    125: "Щ",
}
_WIDTH_OF = {character: width / 100 for width, characters in _WIDTHS.items() for character in characters}
# From, up to, width: scripts whose letters differ much from three quarters of the font size.
_SCRIPTS = (
    (0x0590, 0x08FF, 0.62),  # Hebrew, Arabic and their neighbours
    (0x0B80, 0x0DFF, 1.1),  # Tamil to Sinhala
    (0x1000, 0x109F, 1.1),  # Burmese
    (0x1F000, 0x1FAFF, 1.3),  # pictures
)


@dataclass(frozen=True, slots=True)
class Fitted:
    """A text that fits into a box."""

    lines: Sequence[str]
    """Its lines, the last of which ends with an ellipsis if it did not fit."""
    size: float
    """The font size."""
    text: str
    """As much of it as fits, unbroken."""


def clean(text: str, most: int = 300) -> str:
    """Return a text on one line, as it can stand in XML and leaves the text around it alone.

    Control characters, characters that do not exist, and those that turn the direction of the text are left out, and so
    are marks above and below a letter that already has many.

    Args:
        text: Untrusted.
        most: How many characters are looked at; what is cut off leaves an ellipsis.
    """
    kept: list[str] = []
    marks = 0
    for character in text[:most]:
        category = unicodedata.category(character)
        if character.isspace() or category in _SPACES:
            kept.append(" ")
        elif category in _INVISIBLE or unicodedata.bidirectional(character) in _TURNS:
            continue
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if marks <= _MAX_MARKS and not character.isspace():
            kept.append(character)
    return " ".join("".join(kept).split()) + (ELLIPSIS if len(text) > most else "")


def direction(text: str) -> str:
    """Return ``ltr`` or ``rtl``: the first letter with a direction decides (UAX #9, rules P2 and P3)."""
    for character in text:
        kind = unicodedata.bidirectional(character)
        if kind in ("L", "R", "AL"):
            return "ltr" if kind == "L" else "rtl"
    return "ltr"


def isolated(line: str) -> str:
    """Return a line for an SVG whose letters run as they should, and which is placed as others are.

    With the attribute ``direction``, programs disagree where a line begins, and some do not know it (UAX #9 §2.4).
    """
    return line if direction(line) == "ltr" else f"\u2067{line}\u2069"


def width(text: str) -> float:
    """Return about how wide a text is at most, in font sizes."""
    return sum(map(_width, text))


@lru_cache(maxsize=4096)
def _width(character: str) -> float:
    known = _WIDTH_OF.get(unicodedata.normalize("NFD", character)[0])
    if known is not None:
        return known
    category = unicodedata.category(character)
    if category in ("Mn", "Me", "Cf"):
        return 0.0
    point = ord(character)
    for start, end, of_script in _SCRIPTS:
        if start <= point <= end:
            return of_script
    if unicodedata.east_asian_width(character) in "WF":
        return 1.3 if category == "So" else 1.08
    return 0.9 if category == "Lu" else 0.8


def wrap(text: str, room: float, *, whole_words: bool = False) -> list[str] | None:
    """Break a text into lines.

    Args:
        text: Clean text.
        room: The width of a line, in font sizes.
        whole_words: Return None rather than break inside a word.
    """
    lines: list[str] = []
    line, used = "", 0.0
    for piece in _pieces(text):
        wide = width(piece.rstrip())
        if used + wide <= room:
            line, used = line + piece, used + width(piece)
            continue
        if line.strip():
            lines.append(line.strip())
        if wide > room:
            if whole_words:
                return None
            lines += _broken(piece, room)
            line = lines.pop()
        else:
            line = piece
        used = width(line)
    return [*lines, line.strip()] if line.strip() else lines


def fit(
    text: str, room: float, height: float, sizes: Sequence[float], *, leading: float = 1.18, fewer: float = 1.0
) -> Fitted:
    """Make a text as large as it fits into a box; where even the smallest size is too large, it is shortened.

    Args:
        text: Clean text.
        room: The width of the box.
        height: Its height.
        sizes: The font sizes, from large to small; words are broken in the smaller half only.
        leading: The distance of two lines, in font sizes.
        fewer: How much smaller the text may be for the sake of fewer lines: 0.8 is four fifths.
    """
    found: Fitted | None = None
    for index, size in enumerate(sizes):
        if found is not None and size < found.size * fewer:
            break
        lines = wrap(text, room / size, whole_words=index < len(sizes) // 2)
        if lines is None or len(lines) * size * leading > height:
            continue
        if found is None:
            found = Fitted(lines, size, text)
        elif len(lines) < len(found.lines):
            return Fitted(_balanced(text, lines, room / size), size, text)
    if found is not None:
        return Fitted(_balanced(text, found.lines, room / found.size), found.size, text)
    return shortened(text, room, sizes[-1], max(1, int(height / (sizes[-1] * leading))))


def _balanced(text: str, lines: Sequence[str], room: float) -> Sequence[str]:
    """Break a text anew into as many lines, of about the same width."""
    narrow = room / max(1, len(lines))
    while room - narrow > 0.25:
        middle = (room + narrow) / 2
        tried = wrap(text, middle, whole_words=True)
        if tried is not None and len(tried) == len(lines):
            lines, room = tried, middle
        else:
            narrow = middle
    return lines


def shortened(text: str, room: float, size: float, most: int, *, anywhere: bool = False) -> Fitted:
    """Break a text into a number of lines at most; where it goes on, the last one ends with an ellipsis.

    Args:
        text: Clean text.
        room: The width of the box.
        size: The font size.
        most: How many lines.
        anywhere: Break between any two characters, as in identifiers.
    """
    lines = _broken(text, room / size) if anywhere else wrap(text, room / size) or []
    if len(lines) <= most:
        return Fitted(lines, size, text)
    line = lines[most - 1]
    last = _broken(line, room / size - width(ELLIPSIS))[0].rstrip()
    if not anywhere and last != line:
        # Rather between two words, unless little were left.
        whole = last.rpartition(" ")[0].rstrip()
        last = whole if 2 * len(whole) > len(last) else last
    kept = [*lines[: most - 1], last]
    # Lines have lost spaces at their ends only.
    left = sum(not character.isspace() for line in kept for character in line)
    end = 0
    while left:
        left -= not text[end].isspace()
        end += 1
    return Fitted([*kept[:-1], last + ELLIPSIS], size, text[:end] + ELLIPSIS)


def _broken(text: str, room: float) -> list[str]:
    """Break a text anywhere between two characters as people see them."""
    lines = [""]
    used = 0.0
    for cluster in _clusters(text):
        wide = width(cluster)
        if used + wide > room and lines[-1]:
            lines.append("")
            used = 0.0
        lines[-1] += cluster
        used += wide
    return lines


def _pieces(text: str) -> Iterator[str]:
    """Yield what must not be broken: words with the space or hyphen behind them, and single ideographs."""
    for word in re.findall(r"[^\s\-/–—]*(?:[\s\-/–—]+|$)", text):
        if not any(unicodedata.east_asian_width(character) in "WF" for character in word):
            yield word
            continue
        piece = ""
        for cluster in _clusters(word):
            # No line begins with a closing mark.
            if piece and cluster.strip() and unicodedata.category(cluster[0]) not in ("Po", "Pe", "Pf"):
                yield piece
                piece = ""
            piece += cluster
        yield piece


def _clusters(text: str) -> Iterator[str]:
    """Yield characters as people see them: a letter with its marks, a picture with what is joined to it (UAX #29)."""
    cluster = ""
    flag = False
    for character in text:
        extends = (
            unicodedata.category(character) in ("Mn", "Me", "Mc", "Cf")
            or cluster.endswith((_JOINER, *_VOWELS_IN_FRONT))
            or "\U0001f3fb" <= character <= "\U0001f3ff"
        )
        is_flag = "\U0001f1e6" <= character <= "\U0001f1ff"
        if cluster and not extends and not (flag and is_flag):
            yield cluster
            cluster = ""
        # The letters of a flag come in pairs.
        flag = is_flag and not cluster
        cluster += character
    if cluster:
        yield cluster
