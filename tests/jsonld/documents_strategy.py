"""Random JSON-LD documents, with contexts of every kind: for tests that compare two ways to the same quads.

All choices come from a ``random.Random``: one of hypothesis, which makes failures small, or a seeded one for the mass.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TypeVar, cast

from microcred.json import JSONObject, JSONValue
from microcred.jsonld import contexts as pinned
from microcred.jsonld import expander
from tests.strategies_jsonld import (
    ALIASES,
    CLASSES,
    CONTAINERS,
    IRIS,
    LANGUAGES,
    MAPS,
    NOT_IRIS,
    NUMBERS,
    PREFIXES,
    RARE_ALIASES,
    RARE_CONTAINERS,
    TERMS,
    TEXTS,
    TYPES,
    UNSAFE_NUMBERS,
    URLS,
    V1,
    V2,
    VOCABULARIES,
    Names,
    after,
    as_list,
    is_alias,
    member_of,
)

T = TypeVar("T")


@dataclass(frozen=True)
class Sample:
    """A document, and the context documents that go with it."""

    document: JSONObject
    contexts: dict[str, JSONObject] = field(default_factory=dict)


class Writer:
    """Writes values, with a share of noise: what does not belong where it stands."""

    def __init__(self, chance: random.Random, noise: float, contexts: Mapping[str, JSONObject]) -> None:
        self.chance = chance
        self.noise = noise
        self.contexts = contexts
        self.root = ""
        self.values_left = 60

    def happens(self, share: float) -> bool:
        return self.chance.random() < share

    def is_noisy(self) -> bool:
        return self.noise > 0 and self.happens(self.noise)

    def pick(self, options: Sequence[T]) -> T:
        return self.chance.choice(options)

    def several(self, options: Sequence[T], most: int) -> list[T]:
        return self.chance.sample(options, self.chance.randint(0, min(most, len(options))))

    def text(self) -> str:
        if self.happens(0.9):
            return self.pick(TEXTS)
        codes = (self.chance.choice((range(0x20, 0x7F), range(0x300), range(0xE000, 0x11000))) for _ in range(4))
        return "".join(chr(self.chance.choice(code)) for code in codes)

    def text_or_texts(self) -> JSONValue:
        return [self.text(), self.text()] if self.happens(0.5) else self.text()

    def number(self) -> float:
        if self.is_noisy():
            return self.pick(UNSAFE_NUMBERS)
        return self.pick(NUMBERS) if self.happens(0.8) else self.chance.uniform(-1e6, 1e6)

    def scalar(self) -> JSONValue:
        kind = self.chance.randrange(6)
        return self.text() if kind < 3 else self.number() if kind < 5 else self.happens(0.5)

    def iri(self, names: Names) -> str:
        if self.is_noisy():
            return self.pick(NOT_IRIS)
        if self.root and self.happens(0.06):
            return self.root
        found = self.pick(IRIS)
        return found if found.partition(":")[0] in names or found[:2] not in ("ex", "v:") else IRIS[0]

    def json(self, depth: int = 0) -> JSONValue:
        kind = self.chance.randrange(8) if depth < 3 else 0
        if kind == 6:
            return [self.json(depth + 1) for _ in range(self.chance.randrange(3))]
        if kind == 7:
            return {self.text(): self.json(depth + 1) for _ in range(self.chance.randrange(3))}
        return self.scalar() if kind < 5 else None

    # Nodes

    def node(self, names: Names, depth: int, *, own: JSONValue = None) -> JSONObject:
        """Write a node object; ``own`` is the context that it starts with."""
        element: JSONObject = {}
        if own is not None:
            element["@context"] = own
            names = after(names, own, self.contexts)
        elif self.happens(0.04 + self.noise / 8):
            element["@context"] = ContextWriter(self.chance, self.noise, self.contexts).context(2)
            names = after(names, element["@context"], self.contexts)
        inner = names
        recent: list[str] = []
        if self.happens(0.6 if own is None else 0.95):
            types, inner, recent = self.types(names)
            element[self.alias(names, "@type")] = types
        if self.happens(0.5):
            identifier = self.iri(inner)
            element[self.alias(inner, "@id")] = identifier
            self.root = self.root or identifier
        for name in self.members(inner, recent):
            element[name] = self.member(name, names, inner, depth)
        if self.is_noisy():
            element |= cast(JSONObject, self.strange(inner, depth))
        items = list(element.items())
        self.chance.shuffle(items)
        return dict(items)

    def alias(self, names: Names, keyword: str) -> str:
        found = [name for name, definition in names.items() if is_alias(definition, keyword)]
        return self.pick(found) if found and not self.happens(0.1) else keyword

    def types(self, names: Names) -> tuple[JSONValue, Names, list[str]]:
        """Choose types; return them, what is in force under them, and what their contexts define."""
        scoped = [name for name, value in names.items() if member_of(value, "@context") is not None]
        plain = [name for name in names if name[:1].isupper()]
        recent: list[str] = []
        chosen: list[str] = []
        for _ in range(self.pick((1, 1, 1, 2, 3))):
            if self.is_noisy():
                chosen.append(self.pick(NOT_IRIS))
            elif (scoped or plain) and self.happens(0.9):
                chosen.append(self.pick(scoped if scoped and (not plain or self.happens(0.8)) else plain))
            elif self.noise and self.happens(0.3):
                chosen.append(self.pick(CLASSES))
            else:
                chosen.append("https://ex.org/Type")
        if not self.happens(self.noise):
            chosen = list(dict.fromkeys(chosen))
        inner = names
        for name in sorted(chosen):
            context = member_of(names.get(name), "@context")
            inner = after(inner, context, self.contexts) if context is not None else inner
            recent += context if isinstance(context, dict) else ()
        value: JSONValue = chosen[0] if len(chosen) == 1 and self.happens(0.5) else cast(list[JSONValue], chosen)
        return value, inner, recent

    def members(self, names: Names, recent: Sequence[str]) -> list[str]:
        """Choose members."""
        if self.values_left < 0:
            return []
        usable = [name for name in names if self.is_member(names[name], name)]
        new = [name for name in recent if self.is_member(names.get(name), name)]
        found = self.several(new, 5) + self.several(usable, 1 if new else 4)
        if "@vocab" in names and self.happens(0.2):
            found.append(self.pick(("word", "word2", "word/3", "été?")))
        if self.happens(0.1):
            found.append(self.pick(("https://ex.org/p", "ex:p", "urn:p")) if "ex" in names else "https://ex.org/p")
        if self.is_noisy():
            found.append(self.pick((*NOT_IRIS, *TERMS, *ALIASES, "_:p")))
        return found

    def is_member(self, definition: JSONValue, name: str) -> bool:
        if self.noise and self.happens(self.noise / 8):
            return True
        iri = member_of(definition, "@id") if isinstance(definition, dict) else definition
        is_word = name[:1].isupper() or name[:1] == "@" or name in PREFIXES
        return definition is not None and not is_word and not (isinstance(iri, str) and iri[:1] == "@")

    def member(self, name: str, names: Names, inner: Names, depth: int) -> JSONValue:
        """Write the value of a member: mostly one that its definition asks for."""
        definition = inner.get(name)
        context = member_of(definition, "@context")
        below = after(names, context, self.contexts) if context is not None else names
        self.values_left -= 1
        if self.is_noisy():
            return self.strange(below, depth)
        container = as_list(member_of(definition, "@container"))
        if "@language" in container and self.happens(0.8):
            return {self.pick(LANGUAGES[:4]): self.text_or_texts() for _ in "ab"}
        for kind in MAPS:
            if kind in container and self.happens(0.6):
                return {self.pick((*IRIS, *CLASSES, "k")): self.one(definition, below, depth) for _ in range(2)}
        count = self.pick((1, 1, 1, 1, 0, 2, 3)) if depth < 4 else 1
        if count == 1 and self.happens(0.7):
            return self.one(definition, below, depth)
        many: list[JSONValue] = [self.one(definition, below, depth) for _ in range(count)]
        return many if not self.happens(0.05) else [None, *many, []]

    def one(self, definition: JSONValue, names: Names, depth: int) -> JSONValue:
        kind = member_of(definition, "@type")
        if kind == "@json":
            return self.json()
        container = as_list(member_of(definition, "@container"))
        deeper = depth < 5 and self.values_left > 0
        if "@graph" in container or (deeper and self.happens(0.6 if kind in ("@id", "@vocab") else 0.25)):
            return self.node(names, depth + 1)
        if kind == "@id":
            return self.iri(names)
        if kind == "@vocab":
            return self.pick((self.iri(names), self.pick([*names, "T"])))
        if kind is None and self.happens(0.1) and "@list" not in container:
            return self.special(names)
        return self.scalar()

    def special(self, names: Names) -> JSONObject:
        """Write a value object or a list object."""
        value = self.alias(names, "@value")
        kind = self.chance.randrange(5)
        if kind == 0:
            return {value: self.text(), self.alias(names, "@language"): self.pick(LANGUAGES[:4])}
        if kind == 1:
            return {
                self.alias(names, "@type"): self.pick(("https://ex.org/dt", "@json", "urn:dt")),
                value: self.scalar(),
            }
        if kind == 2:
            return {value: self.text(), self.alias(names, "@direction"): self.pick(("ltr", "rtl"))}
        if kind == 3:
            return {self.alias(names, "@list"): [self.scalar() for _ in range(self.chance.randrange(3))]}
        return {value: self.scalar()}

    # Noise

    def strange(self, names: Names, depth: int) -> JSONValue:
        """Write something that may be wrong, or right in a rare way; an object half of the time."""
        inner: JSONValue = self.node(names, depth + 1) if depth < 4 else self.text()
        keyword = self.pick((*ALIASES.values(), *RARE_ALIASES.values(), *ALIASES, *RARE_ALIASES, "@context", "@foo"))
        nested: list[JSONValue] = [[self.scalar()], inner]
        empty: tuple[JSONValue, ...] = (None, {}, [], [None], self.pick(CLASSES), self.pick(LANGUAGES))
        values = (*empty, self.scalar(), self.iri(names), inner, [inner, None], nested, self.json())
        value = self.pick((*values, {self.pick(LANGUAGES): self.scalar()}))
        if self.happens(0.5):
            return {keyword: value}
        extra = self.pick(("@language", "@type", "@direction", "@index", "@id", "@context", "@list", "@set", "a"))
        return {self.pick(("@value", keyword)): self.scalar(), extra: value}


class ContextWriter(Writer):
    """Writes inline contexts."""

    def context(self, depth: int) -> JSONValue:
        """Write what may stand under ``@context``."""
        known: tuple[str | None, ...] = (*self.contexts, None)
        if self.happens(0.12 if self.contexts else 0.06):
            return self.pick((*URLS, V2)) if self.is_noisy() else self.pick(known)
        if self.happens(0.12):
            parts: list[JSONValue] = [self.object(depth) for _ in range(2)]
            return [self.pick(known), *parts] if self.happens(0.4) else parts
        return self.object(depth)

    def object(self, depth: int) -> JSONObject:
        """Write a context object; the larger the depth, the smaller it is."""
        context: JSONObject = {}
        most = 6 - 2 * depth
        if self.happens(0.4 / (1 + depth)):
            context["@vocab"] = self.pick(("", "ex:w/", "_:b") if self.is_noisy() else VOCABULARIES)
        if self.happens(0.15):
            context["@language"] = self.pick((*(LANGUAGES if self.is_noisy() else LANGUAGES[:4]), None))
        if self.happens(0.02):
            context["@direction"] = self.pick(("ltr", "rtl", None))
        if self.happens(0.05):
            context["@protected"] = True
        if self.is_noisy():
            context |= self.rare_entry()
        if depth == 0 or self.happens(0.05):
            context |= {name: PREFIXES[name] for name in self.several(sorted(PREFIXES), 3)}
            context |= {name: ALIASES[name] for name in self.several(sorted(ALIASES), 4)}
        if self.is_noisy():
            context |= {name: RARE_ALIASES[name] for name in self.several(sorted(RARE_ALIASES), 2)}
        for name in self.several(TERMS if "ex" in context else TERMS[1:], most + 1):
            context[name] = self.definition(name, depth, has_vocab=bool(context.get("@vocab")))
        for name in self.several(CLASSES, 2 - depth // 2):
            context[name] = self.definition(name, depth, has_vocab=False)
        items = list(context.items())
        self.chance.shuffle(items)
        return dict(items)

    def rare_entry(self) -> JSONObject:
        entries: tuple[tuple[str, JSONValue], ...] = (
            *(("@propagate", True), ("@propagate", False), ("@version", 1.1), ("@version", 1.0), ("@base", None)),
            *(("@import", URLS[0]), ("@protected", False), ("@base", "https://b.example/"), ("@foo", "x")),
        )
        name, value = self.pick(entries)
        return {name: value}

    def definition(self, name: str, depth: int, *, has_vocab: bool) -> JSONValue:
        """Write a term definition."""
        iri = f"https://ex.org/{name.replace(' ', '')}" if ":" not in name else "https://ex.org/" + name[-1]
        if self.is_noisy():
            iri = self.pick((*NOT_IRIS, "ex:x", "v:y", "b", "@type", "https://ex.org/same"))
        if self.happens(0.3):
            return iri
        definition: JSONObject = {} if has_vocab and self.happens(0.3) else {"@id": iri}
        is_class = name in CLASSES
        if self.happens(0.5) and not is_class:
            definition["@type"] = self.pick(TYPES[:-1] if not self.is_noisy() else (*TYPES, *NOT_IRIS, None))
        if self.happens(0.25) and not is_class:
            definition["@container"] = self.pick(CONTAINERS if not self.is_noisy() else RARE_CONTAINERS)
        if self.happens(0.1):
            definition["@language"] = self.pick((*LANGUAGES[:4], None))
        if self.happens(0.05):
            definition["@direction"] = self.pick(("ltr", "rtl", None))
        if self.happens(0.05):
            definition["@protected"] = self.pick((True, True, False))
        if depth < 3 and self.happens(0.6 if is_class else 0.15):
            definition["@context"] = self.context(depth + 1)
        if self.is_noisy():
            definition |= self.rare_mapping()
        return definition

    def rare_mapping(self) -> JSONObject:
        entries: tuple[tuple[str, JSONValue], ...] = (
            *(("@reverse", "https://ex.org/rev"), ("@nest", "@nest"), ("@nest", "nest"), ("@index", "ex:i")),
            *(("@prefix", True), ("@prefix", False), ("@id", None), ("@context", None), ("@foo", 1)),
            *(("@type", None), ("@language", 1), ("@protected", "x"), ("@context", URLS[1])),
        )
        name, value = self.pick(entries)
        return {name: value}


def noise_of(chance: random.Random) -> float:
    return chance.choice((0.0, 0.0, 0.0, 0.0, 0.005, 0.02, 0.1))


def inline_sample(chance: random.Random) -> Sample:
    """Write a document with inline contexts, and contexts by URL that the caller gives."""
    noise = noise_of(chance)
    contexts: dict[str, JSONObject] = {}
    if chance.random() < 0.35:
        for url in URLS:
            contexts[url] = {"@context": ContextWriter(chance, noise, contexts).context(1)}
    own = ContextWriter(chance, noise, contexts).context(0)
    return Sample(Writer(chance, noise, contexts).node({}, 0, own=own), contexts)


def pinned_sample(chance: random.Random) -> Sample:
    """Write a document over the contexts that ship with the package."""
    noise = noise_of(chance)
    own: list[JSONValue] = list(chance.choice(stacks()))
    if chance.random() < 0.15:
        own.append(ContextWriter(chance, noise, {}).object(1))
    return Sample(Writer(chance, noise, {}).node({}, 0, own=own), {})


@cache
def stacks() -> tuple[tuple[str, ...], ...]:
    """Return the contexts that can stand together, as they do in credentials."""
    urls = pinned.urls()
    badges = [url for url in urls if "/ob/" in url and "extensions" not in url]
    found: list[tuple[str, ...]] = [(first, url) for first in (V1, V2) for url in badges]
    for url in urls:
        found += [(url,), (V2, url), (V2, badges[-1], url)]
    return tuple(stack for stack in found if is_usable(stack))


def is_usable(stack: Sequence[str]) -> bool:
    """Tell whether contexts can stand together: some protect what others define in another way."""
    try:
        expander.to_quads({"@context": [*stack], "@type": "https://ex.org/T"})
    except expander.Refused:
        return False
    return True
