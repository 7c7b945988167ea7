"""What the random JSON-LD documents of ``documents_strategy`` are made of."""

from __future__ import annotations

from collections.abc import Mapping

from microcred.json import JSONObject, JSONValue
from microcred.jsonld import contexts as pinned

Names = dict[str, JSONValue]
"""The definitions that are in force, roughly: enough to write mostly valid documents."""

V1, V2 = "https://www.w3.org/2018/credentials/v1", "https://www.w3.org/ns/credentials/v2"
MAPS = ("@index", "@id", "@type")

TEXTS = (
    *("", " ", "x", "Rust 101", "a\nb\r\tc", '"', "\\", "\\u0041", "\x00\x1f\x7f\x85", "\u2028\ufeff\ufffe"),
    *("é👩‍🎓שלום", "https://ex.org/1", "_:c14n0", "_:x", "@id", "@value", "@none", "%s %d %", "1", "true"),
    *("<urn:x> .\n_:b0 <p> <o> .", "id", "type", "T", "a", "en", "2026-05-01T09:30:00Z"),
)
IRIS = (
    *("https://ex.org/1", "https://ex.org/2", "http://ex.org/é", "did:example:1", "urn:uuid:0-1", "mailto:a@ex.org"),
    *("HTTPS://EX.ORG/%7E", "tag:ex.org,2026:x", "data:,x", "_:x", "_:y", "_:b0", "_:c14n0", "ex:1", "v:2"),
)
NOT_IRIS = (
    *("", "relative", "/abs", "//ex.org", "#f", "https://a b", "https:x", "ex://y", "urn:", ":", "a:", "_:", "_:é"),
    *("_:x.", "@id", "@foo", "@", "@type", "1:x", "https://ex.org/<x>", "https://ex.org/\\", "T", "a", "no:such"),
    *("ex", "x\u00a0y:z"),
)
NUMBERS: tuple[float, ...] = (
    *(0, 1, -1, 7, 2**31, 2**53 - 1, -(2**53) + 1, 1.0, -0.0, 0.1, 2.5, 1e22, 1e21, 1e20, 1e-7, 5e-324, -1.5e300),
)
UNSAFE_NUMBERS = (2**53, -(2**53), 10**21, 10**40)
LANGUAGES = ("en", "EN-gb", "de-CH-1996", "x", "@none", "none", "no good", "", "zh-Hant")
TYPES = (
    *("@id", "@id", "@vocab", "@json", "@none", "http://www.w3.org/2001/XMLSchema#string", "ex:datatype"),
    *("http://www.w3.org/2001/XMLSchema#dateTime", "http://www.w3.org/2001/XMLSchema#double", "xsd:integer"),
)
CONTAINERS: tuple[JSONValue, ...] = ("@list", "@set", "@language", "@graph", ["@set"], ["@language", "@set"])
RARE_CONTAINERS: tuple[JSONValue, ...] = (
    "@index",
    "@id",
    "@type",
    ["@graph", "@id"],
    ["@graph", "@set"],
    ["@graph", "@index"],
    ["@index", "@set"],
    ["@list", "@set"],
    ["@id", "@type"],
    ["@list"],
    [],
    None,
    "@wrong",
)
ALIASES = {"id": "@id", "type": "@type", "value": "@value", "list": "@list", "lang": "@language", "dir": "@direction"}
RARE_ALIASES = {"set": "@set", "graph": "@graph", "nest": "@nest", "rev": "@reverse", "inc": "@included", "i": "@index"}
PREFIXES: Names = {
    "ex": "https://ex.org/",
    "v": {"@id": "https://v.example/#", "@prefix": True},
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
TERMS = ("ex:a", "a", "b", "c", "d", "e", "f", "A", "name", "été", "a b", "_x", "https://ex.org/b", "%s")
CLASSES = ("T", "U", "W", "https://ex.org/T")
VOCABULARIES = ("https://vocab.example/", "https://vocab.example/#", "urn:v:", None)
URLS = ("https://contexts.example/1", "https://contexts.example/2")


def is_alias(definition: JSONValue, keyword: str) -> bool:
    return definition == keyword or (isinstance(definition, dict) and definition.get("@id") == keyword)


def member_of(definition: JSONValue, name: str) -> JSONValue:
    return definition.get(name) if isinstance(definition, dict) else None


def as_list(value: JSONValue) -> list[JSONValue]:
    return value if isinstance(value, list) else [value]


def after(names: Names, context: JSONValue, contexts: Mapping[str, JSONObject], remote: tuple[str, ...] = ()) -> Names:
    """Return what is in force after a context."""
    for entry in as_list(context):
        if entry is None:
            names = {}
        elif isinstance(entry, str):
            # Contexts may include each other.
            if entry not in remote:
                document = pinned.load(entry) or contexts.get(entry, {})
                names = after(names, document.get("@context", {}), contexts, (*remote, entry))
        elif isinstance(entry, dict):
            names = names | {name: value for name, value in entry.items() if name[:1] != "@" or name == "@vocab"}
    return names
