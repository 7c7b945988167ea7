"""Disclosures and the digests that stand for them: SD-JWT (RFC 9901) §4.2, and §7.1 in its own step numbers.

What is processed is the payload of a JWT whose signature somebody else checks: a digest is as trustworthy as that.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from microcred.encoding import base64url_decode, base64url_encode
from microcred.errors import DocumentError, ProofError
from microcred.json import JSONObject, JSONValue, dumps, loads, objects, pointer
from microcred.limits import Limits
from microcred.signing._selective_parts import Selection

__all__ = [
    "HASH",
    "HASHES",
    "Disclosure",
    "conceal",
    "digest_of",
    "disclose",
    "hash_of",
    "hides",
    "new_salt",
    "reserved_name",
]

HASH = "sha-256"
"""The hash algorithm that is written, and meant where none is stated (§4.1.1)."""
HASHES = {"sha-256": hashlib.sha256, "sha-384": hashlib.sha384, "sha-512": hashlib.sha512}
"""The hash algorithms by their names in IANA's registry; truncated ones are too weak (§9.4)."""

_DIGESTS, _ELEMENT, _ALGORITHM = "_sd", "...", "_sd_alg"
_RESERVED = frozenset([_DIGESTS, _ELEMENT, _ALGORITHM])
# §9.3: 128 bits.
_SALT_BYTES = 16
_COMPOSED = (dict, list)
_Composed: TypeAlias = "JSONObject | list[JSONValue]"
# A place is the place of the object or array around it and the name or index there: long names do not multiply.
_Place: TypeAlias = "tuple[_Place, str | int] | None"


@dataclass(frozen=True, slots=True)
class Disclosure:
    """A Disclosure that a digest stands for. Its text is the holder's secret: no representation shows it."""

    text: str = field(repr=False)
    """The Disclosure as it is sent: base64url of a JSON array with the salt, the name if it has one, and the value."""
    _place: _Place = field(repr=False)

    @property
    def path(self) -> tuple[str | int, ...]:
        """The names and indexes that lead to what it discloses, in the processed payload; untrusted."""
        return _path(self._place)

    @property
    def pointer(self) -> str:
        """The same as a JSON Pointer."""
        return pointer(*self.path)


def new_salt() -> str:
    """Return 128 random bits as text (§4.2.1, §9.3)."""
    return base64url_encode(secrets.token_bytes(_SALT_BYTES))


def digest_of(text: str, algorithm: str) -> str:
    """Return the digest of ASCII text, be it a Disclosure (§4.2.3) or an SD-JWT (§4.3.1)."""
    return base64url_encode(HASHES[algorithm](text.encode()).digest())


def hash_of(payload: JSONObject) -> str:
    """Return the hash algorithm that a payload states (§4.1.1; §7.1 step 2.d).

    Raises:
        DocumentError: MALFORMED_VALUE_ERROR, or UNSUPPORTED for one that is not known here.
    """
    algorithm = payload.get(_ALGORITHM, HASH)
    if not isinstance(algorithm, str):
        raise _malformed("must be text, the name of a hash algorithm", (None, _ALGORITHM))
    if algorithm not in HASHES:
        text = f"is a hash algorithm that is not accepted here; accepted are {', '.join(HASHES)}"
        raise DocumentError.at(pointer(_ALGORITHM), text, "UNSUPPORTED")
    return algorithm


def hides(value: JSONValue) -> bool:
    """Tell whether there are digests anywhere in a value."""
    return any(_DIGESTS in each or _ELEMENT in each for each in objects(value))


# The issuer


def conceal(
    payload: JSONObject, selection: Selection, *, decoys: int = 0, salt: Callable[[], str] = new_salt
) -> tuple[JSONObject, list[str]]:
    """Put digests in the place of what is selected (§4.2.1 to §4.2.6).

    Args:
        payload: Plain JSON, not changed, in which no member has a name that ``reserved_name`` finds.
        selection: What gets a Disclosure of its own; inside another such thing it gets a recursive one.
        decoys: How many digests to add that stand for nothing, wherever there are others.
        salt: Makes a salt for each Disclosure.

    Returns:
        The payload with digests, and the Disclosures.
    """
    concealer = _Concealer(decoys, salt)
    return concealer.members(payload, selection), concealer.texts


def reserved_name(value: JSONValue) -> str | None:
    """Return a JSON Pointer to the first member with a name that digests need for themselves (§4.1 rule 7)."""
    text = dumps(value)
    # Such a name is never written in another way; texts that look like it are looked at.
    return _reserved_name(value) if any(f'"{name}":' in text for name in _RESERVED) else None


def _reserved_name(value: JSONValue) -> str | None:
    if not isinstance(value, dict | list):
        return None
    for name, item in value.items() if isinstance(value, dict) else enumerate(value):
        below = "" if name in _RESERVED else _reserved_name(item)
        if below is not None:
            # Made on the way back only, so that long names do not multiply.
            return pointer(name) + below
    return None


class _Concealer:
    def __init__(self, decoys: int, salt: Callable[[], str]) -> None:
        self.texts: list[str] = []
        self._decoys = decoys
        self._salt = salt

    def members(self, members: JSONObject, selection: Selection) -> JSONObject:
        """Hide members of an object (§4.2.4.1)."""
        shown: JSONObject = {}
        digests: list[str] = []
        for name, item in members.items():
            part = selection.parts.get(name)
            value = item if part is None else self._below(item, part)
            if part is not None and part.whole:
                digests.append(self._disclosure([self._salt(), name, value]))
            else:
                shown[name] = value
        if digests:
            # Sorted, so that their order says nothing about that of the members.
            shown[_DIGESTS] = [*sorted(digests + [self._decoy() for _ in range(self._decoys)])]
        return shown

    def _elements(self, elements: list[JSONValue], selection: Selection) -> list[JSONValue]:
        """Hide elements of an array in their places (§4.2.4.2)."""
        shown: list[JSONValue] = []
        hidden = False
        for index, item in enumerate(elements):
            part = selection.parts.get(index)
            value = item if part is None else self._below(item, part)
            if part is not None and part.whole:
                hidden = True
                value = {_ELEMENT: self._disclosure([self._salt(), value])}
            shown.append(value)
        for _ in range(self._decoys if hidden else 0):
            shown.insert(secrets.randbelow(len(shown) + 1), {_ELEMENT: self._decoy()})
        return shown

    def _below(self, value: JSONValue, selection: Selection) -> JSONValue:
        if isinstance(value, dict):
            return self.members(value, selection)
        return self._elements(value, selection) if isinstance(value, list) else value

    def _disclosure(self, contents: list[JSONValue]) -> str:
        text = base64url_encode(dumps(contents).encode())
        self.texts.append(text)
        return digest_of(text, HASH)

    def _decoy(self) -> str:
        return digest_of(self._salt(), HASH)


# Whoever receives it


def disclose(payload: JSONObject, texts: Sequence[str], limits: Limits) -> tuple[Disclosure, ...]:
    """Put what Disclosures disclose in the place of their digests, and remove the other digests (§7.1 steps 3 to 5).

    Args:
        payload: The payload of the JWT, which is changed into the processed one; untrusted.
        texts: The Disclosures; untrusted.
        limits: Bounds on depth and number of values of the processed payload.

    Returns:
        The Disclosures in their order, with what each is for.

    Raises:
        DocumentError: PARSING_ERROR: a Disclosure is not base64url of JSON, or all together are beyond a limit.
            MALFORMED_VALUE_ERROR with a pointer: it breaks the rules of the format.
        ProofError: A Disclosure has no digest, since it was changed or is of another SD-JWT, or comes twice.
    """
    # (3.a)
    if len(texts) > limits.max_json_values:
        raise _beyond(limits)
    algorithm = hash_of(payload)
    by_digest = {digest_of(text, algorithm): text for text in texts}
    if len(by_digest) != len(texts):
        raise ProofError("a Disclosure comes twice")
    # (3.f)
    payload.pop(_ALGORITHM, None)
    # (3.b) to (3.e), (4)
    found = _Discloser(by_digest, limits).run(payload)
    # (5) no Disclosure is left over
    if len(found) != len(by_digest):
        text = "a Disclosure is not among what the issuer signed: it was changed, or belongs to something else"
        raise ProofError(text)
    return tuple(found[digest] for digest in by_digest)


class _Discloser:
    """One walk, with a list of what is left in place of recursion: Disclosures can nest as deep as there are many."""

    def __init__(self, texts: dict[str, str], limits: Limits) -> None:
        self._texts = texts
        self._limits = limits
        self._found: dict[str, Disclosure] = {}
        self._seen: set[str] = set()

    def run(self, payload: JSONObject) -> dict[str, Disclosure]:
        """Process a payload in place, and return the Disclosures that it has digests of, by these."""
        values = 1
        left: list[tuple[_Composed, _Place, int]] = [(payload, None, 1)]
        while left:
            node, place, depth = left.pop()
            if depth > self._limits.max_json_depth:
                text = f"arrays and objects are nested deeper than {self._limits.max_json_depth}"
                raise DocumentError.at("", text, "PARSING_ERROR")
            items: Iterable[tuple[str | int, JSONValue]]
            if isinstance(node, dict):
                self._members(node, place)
                items = node.items()
            else:
                self._elements(node, place)
                items = enumerate(node)
            values += len(node)
            if values + len(self._seen) > self._limits.max_json_values:
                raise _beyond(self._limits)
            # What was just disclosed is walked too: end of (3.c.ii) and (3.c.iii)
            left += [(item, (place, name), depth + 1) for name, item in items if isinstance(item, _COMPOSED)]
        return self._found

    def _members(self, members: JSONObject, place: _Place) -> None:
        for reserved in (_ELEMENT, _ALGORITHM):
            if reserved in members:
                raise _malformed("is a name that has no place here", (place, reserved))
        if _DIGESTS not in members:
            return
        # (3.b.i), (3.e)
        digests = members.pop(_DIGESTS)
        if not isinstance(digests, list):
            raise _malformed("must be a list of digests", (place, _DIGESTS))
        for each in digests:
            # (3.c.i)
            taken = self._take(each, (place, _DIGESTS))
            if taken is None:
                continue
            # (3.c.ii)
            digest, text = taken
            name, value = self._contents(text, 3, place)[1:]
            if not isinstance(name, str) or name in _RESERVED:
                raise _malformed("a Disclosure names a member as none may be named", place)
            if name in members:
                raise _malformed("is there already, and a Disclosure has it again", (place, name))
            members[name] = value
            self._found[digest] = Disclosure(text, (place, name))

    def _elements(self, elements: list[JSONValue], place: _Place) -> None:
        if not any(isinstance(element, dict) and _ELEMENT in element for element in elements):
            return
        kept: list[JSONValue] = []
        for index, element in enumerate(elements):
            item = element
            # (3.b.ii)
            if isinstance(item, dict) and _ELEMENT in item:
                if len(item) != 1:
                    raise _malformed("has members beside the digest of an element", (place, index))
                # (3.c.i), (3.d)
                taken = self._take(item[_ELEMENT], (place, index))
                if taken is None:
                    continue
                # (3.c.iii)
                digest, text = taken
                item = self._contents(text, 2, place)[1]
                self._found[digest] = Disclosure(text, (place, len(kept)))
            kept.append(item)
        elements[:] = kept

    def _take(self, digest: JSONValue, place: _Place) -> tuple[str, str] | None:
        """Return a digest and its Disclosure, if that came along."""
        if not isinstance(digest, str):
            raise _malformed("must hold a digest, which is text", place)
        # (4) no digest comes twice
        if digest in self._seen:
            raise _malformed("holds a digest that is there twice", place)
        self._seen.add(digest)
        text = self._texts.get(digest)
        return None if text is None else (digest, text)

    def _contents(self, text: str, size: int, place: _Place) -> list[JSONValue]:
        """Return the contents of a Disclosure, which must have so many parts."""
        try:
            contents = loads(base64url_decode(text), self._limits)
        except ValueError as error:
            raise DocumentError.at("", f"a Disclosure is {error}", "PARSING_ERROR") from None
        except DocumentError as error:
            problem = error.problems[0]
            raise DocumentError.at("", f"in a Disclosure, {problem.message}", problem.code) from None
        if not isinstance(contents, list) or len(contents) != size or not isinstance(contents[0], str):
            what = "a salt, a name and a value" if size == 3 else "a salt and a value"
            raise _malformed(f"has a digest whose Disclosure is not a list of {what}", place)
        return contents


def _path(place: _Place) -> tuple[str | int, ...]:
    names: list[str | int] = []
    while place is not None:
        place, name = place
        names.append(name)
    return tuple(reversed(names))


def _malformed(message: str, place: _Place) -> DocumentError:
    return DocumentError.at(pointer(*_path(place)), message)


def _beyond(limits: Limits) -> DocumentError:
    return DocumentError.at("", f"the document has more than {limits.max_json_values:,} values", "PARSING_ERROR")
