"""JSON-LD to RDF through PyLD, in safe mode: nothing may get lost on the way.

PyLD by itself drops undefined terms and relative ids in silence, and takes white space and brackets in IRIs. Here each
of these is a problem with its JSON Pointer, since a proof would not cover what was dropped. Expansion is PyLD's
(JSON-LD 1.1 Processing Algorithms and API §5.1); the step from expanded form to quads (§7 and §8) is our own, linear in
its input.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import cast

from cachetools import LRUCache
from pyld import jsonld
from pyld.context_resolver import ContextResolver

from microcred.errors import DocumentError, Problem
from microcred.json import JSONObject, JSONValue, dumps, pointer
from microcred.jsonld import contexts as pinned
from microcred.jsonld.quads import CODE, IRI, LANGUAGE, QuadWriter
from microcred.jsonld.rdfc import Quad
from microcred.limits import DEFAULT_LIMITS, Limits

__all__ = ["to_quads"]

_UNKNOWN_CONTEXT = (
    "holds a context that is not known here; give it as contexts={url: document}. Contexts are never fetched"
)
_IMPORT = "uses @import, which is not supported here"
_UNDEFINED = (
    "is a name that no context defines, so that a proof would not cover it; remove it, or add a context that defines it"
)
_FOR_READERS = "is for readers of the JSON only, so that a proof would not cover it"
_UNSAFE_NUMBER = "is a whole number with more digits than all verifiers keep; write it as text"
_UNSUPPORTED = "UNSUPPORTED"
_BLANK_NODE = re.compile(r"_:[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_-])?")
# The keywords that a node or value may have, and of which something reaches the quads.
_KEYWORDS = frozenset(
    ["@id", "@type", "@value", "@language", "@direction", "@list", "@set", "@graph", "@included", "@reverse", "@nest"]
)
_RESERVED = re.compile("@(?!prefix$)[A-Za-z]+")
# Larger integers lose digits in the JavaScript of other verifiers, and so would verify there under another value.
_MAX_SAFE_INTEGER = 2**53 - 1

Contexts = Mapping[str, JSONObject]
_Options = dict[str, object]

# PyLD's caches are not safe for threads, and a cache belongs to one set of documents: keyed by content, never by URL.
_lock = threading.Lock()
_resolved: LRUCache[str, LRUCache[str, object]] = LRUCache(maxsize=16)


def to_quads(document: JSONObject, contexts: Contexts | None = None, limits: Limits = DEFAULT_LIMITS) -> list[Quad]:
    """Turn a JSON-LD document into RDF quads, in safe mode.

    Args:
        document: Untrusted, but already bounded in size and depth (``microcred.json``).
        contexts: Further context documents by URL; they do not replace pinned ones.
        limits: Bounds on contexts and quads.

    Returns:
        The quads, blank nodes labelled ``_:b0`` and up.

    Raises:
        DocumentError: PROOF_TRANSFORMATION_ERROR, with a pointer to each term, id or type that no context defines, or
            what else is not JSON-LD; UNSUPPORTED, with a pointer to each context that is not known.
    """
    loader = _Loader(contexts or {})
    with _lock:
        cache = _resolved.get(loader.digest)
        if cache is None:
            cache = _resolved[loader.digest] = LRUCache(maxsize=100)
        resolver = ContextResolver(cache, loader, max_context_urls=limits.max_contexts)
        # The cache keeps inline contexts, which the caller may go on to change.
        document = deepcopy(document)
        processor = _SafeProcessor(document, loader, limits)
        expanded = processor.run(document, {"documentLoader": loader, "contextResolver": resolver})
    writer = QuadWriter(limits)
    for node in expanded:
        writer.node(node, "")
    return writer.quads


class _Loader:
    """A PyLD document loader over the pinned contexts and the caller's."""

    def __init__(self, contexts: Contexts) -> None:
        self._contexts = contexts
        self.digest = hashlib.sha256(dumps(dict(sorted(contexts.items()))).encode()).hexdigest() if contexts else ""

    def find(self, url: str) -> JSONObject | None:
        """Return the document of a context URL; pinned ones come first."""
        return pinned.load(url) or self._contexts.get(url)

    def __call__(self, url: str, _options: object) -> dict[str, object]:
        document = self.find(url)
        if document is None:
            raise _RefusedContextError(_UNKNOWN_CONTEXT)
        if "@import" in _words(document.get("@context")):
            # PyLD changes what it imports, in its cache.
            raise _RefusedContextError(_IMPORT)
        # PyLD rewrites URLs inside the document that it is given.
        return {
            "contentType": "application/ld+json",
            "contextUrl": None,
            "documentUrl": url,
            "document": deepcopy(document),
            # Tells the resolver that the document behind this URL does not change, and may stay in its cache.
            "tag": "static",
        }


class _RefusedContextError(Exception):
    """Why a context is not loaded, in words."""


class _ActiveContext(dict[str, object]):
    """An active context in which a default may be unset that was not set, as the algorithm has it (§4.1.2)."""

    def __delitem__(self, name: str) -> None:
        self.pop(name, None)


class _SafeProcessor(jsonld.JsonLdProcessor):  # type: ignore[misc]
    """PyLD's expansion, with a look at everything that it would drop."""

    def __init__(self, document: JSONObject, loader: _Loader, limits: Limits) -> None:
        super().__init__()
        self._loader = loader
        self._limits = limits
        self._applications_left = limits.max_context_applications
        self._problems: dict[tuple[str, str], Problem] = {}
        self._places: dict[int, tuple[str, bool]] = {}
        self._spellings: dict[tuple[int, str], str] = {}
        self._path = [("", False)]
        self._locate(document, "")

    def _locate(self, value: JSONValue, path: str) -> None:
        """Remember where each object and array stands."""
        items: Iterable[tuple[str | int, JSONValue]] = ()
        if isinstance(value, dict):
            items = value.items()
        elif isinstance(value, list):
            items = enumerate(value)
        else:
            return
        self._places[id(value)] = (path, isinstance(value, list))
        for name, item in items:
            self._locate(item, path + pointer(name))
            if name == "@context":
                self._check_contexts(item, path + pointer(name))

    def _check_contexts(self, context: JSONValue, path: str) -> None:
        entries = context if isinstance(context, list) else [context]
        if len(entries) > self._limits.max_contexts:
            self._add(path, f"has more than {self._limits.max_contexts} entries")
        for index, entry in enumerate(entries):
            where = path + pointer(index) if isinstance(context, list) else path
            if isinstance(entry, dict) and "@import" in entry:
                self._add(where, _IMPORT, _UNSUPPORTED)
            if any(_RESERVED.fullmatch(word) and word not in jsonld.KEYWORDS for word in _words(entry)):
                self._add(where, "uses a word with @ that JSON-LD reserves for the future")
            if entry is not None and not isinstance(entry, str | dict):
                self._add(where, "is not a context: a URL or an object")
            if isinstance(entry, str) and self._loader.find(entry) is None:
                self._add(where, _UNKNOWN_CONTEXT, _UNSUPPORTED)

    def _report(self, message: str, *below: str, code: str = CODE) -> None:
        self._add(self._path[-1][0] + pointer(*below), message, code)

    def _report_value(self, message: str, property_: str) -> None:
        """Report a value at its member, or at the array that it stands in."""
        self._report(message, *(() if self._path[-1][1] else (property_,)))

    def _add(self, where: str, message: str, code: str = CODE) -> None:
        if len(self._problems) < self._limits.max_problems:
            self._problems.setdefault((where, message), Problem(where, code, message))

    def run(self, document: JSONObject, options: _Options) -> list[JSONObject]:
        options |= {"base": None, "isFrame": False, "keepFreeFloatingNodes": False, "processingMode": "json-ld-1.1"}
        expanded = None
        try:
            if not self._problems:
                expanded = self._expand(self._get_initial_context(options), None, document, options)
        except jsonld.JsonLdError as error:
            message, code = _explain(error)
            self._report(message, code=code)
        except RecursionError:
            self._report("uses contexts that refer to each other without end")
        except Exception:  # noqa: BLE001
            # PyLD trips over strange contexts with whatever Python raises.
            self._report("has a context that cannot be processed")
        if self._problems:
            raise DocumentError(list(self._problems.values()))
        if isinstance(expanded, dict) and set(expanded) == {"@graph"}:
            expanded = expanded["@graph"]
        return expanded if isinstance(expanded, list) else [] if expanded is None else [cast(JSONObject, expanded)]

    # The methods below replace PyLD's; their signatures are PyLD's.

    def _clone_active_context(self, active_ctx: object) -> object:
        return _ActiveContext(super()._clone_active_context(active_ctx))

    def _process_context(
        self, active_ctx: object, local_ctx: JSONValue, options: _Options, *args: object, **kwargs: object
    ) -> object:
        first = local_ctx[0] if isinstance(local_ctx, list) and local_ctx else local_ctx
        if isinstance(first, str):
            # PyLD looks for @propagate in the URL, where the document behind it has one.
            found = (self._loader.find(first) or {}).get("@context")
            if isinstance(found, dict) and "@propagate" in found:
                local_ctx = [found, *local_ctx[1:]] if isinstance(local_ctx, list) else found
        self._applications_left -= 1
        if self._applications_left < 0:
            raise jsonld.JsonLdError("too many contexts", "microcred", code="context overflow")
        processed: object = super()._process_context(active_ctx, local_ctx, options, *args, **kwargs)
        return processed

    def _expand(
        self,
        active_ctx: object,
        active_property: str | None,
        element: JSONValue,
        options: _Options,
        *args: object,
        **kwargs: object,
    ) -> object:
        here = self._places.get(id(element)) if isinstance(element, dict | list) else None
        if here is not None:
            self._path.append(here)
        expanded: object = super()._expand(active_ctx, active_property, element, options, *args, **kwargs)
        if expanded is None and element is not None:
            self._report("says nothing in JSON-LD, and would be lost")
        if isinstance(element, dict) and isinstance(expanded, dict):
            self._check_node(element, expanded)
        if here is not None:
            self._path.pop()
        return expanded

    def _spelt(self, element: JSONObject, keyword: str) -> str:
        """Return the member that stands for a keyword."""
        return self._spellings.get((id(element), keyword), keyword)

    def _check_node(self, element: JSONObject, expanded: JSONObject) -> None:
        # Tags come out in lower case, as they do in the JavaScript that most others verify with (§5.1.2 step 13.4.8.2).
        if "@language" in expanded and not LANGUAGE.fullmatch(str(expanded["@language"])):
            self._report("is not a language tag", "@language")
        for keyword in ("@language", "@direction"):
            if keyword in expanded and "@value" not in expanded:
                self._report("stands beside no @value, so that a proof would not cover it", keyword)
        if "@index" in expanded:
            self._report(_FOR_READERS, "@index")
        if not all(map(_is_safe, _numbers(expanded.get("@value")))):
            self._report(_UNSAFE_NUMBER, "@value")
        if "@id" in expanded and not _is_resource(expanded["@id"]):
            self._report("is not a full URL or URN", self._spelt(element, "@id"))
        types = expanded.get("@type", [])
        for name in types if isinstance(types, list) else [types]:
            if name not in ("@json", "@none") and not _is_resource(name):
                self._report("names a type that no context defines", self._spelt(element, "@type"))

    def _expand_object(
        self,
        active_ctx: object,
        active_property: str | None,
        expanded_active_property: str | None,
        element: JSONObject,
        *args: object,
        **kwargs: object,
    ) -> None:
        where, _ = self._places.get(id(element), self._path[-1])
        for key, value in element.items():
            if key == "@context":
                continue
            name = self._expand_iri(active_ctx, key, vocab=True)
            if name in ("@id", "@type"):
                self._spellings[id(element), name] = key
            if self.get_context_value(active_ctx, key, "@type") == "@json" and not all(map(_is_safe, _numbers(value))):
                self._add(where + pointer(key), _UNSAFE_NUMBER)
            if name is None or not (name in _KEYWORDS or name == "@index" or IRI.fullmatch(name)):
                self._add(where + pointer(key), _UNDEFINED)
        super()._expand_object(active_ctx, active_property, expanded_active_property, element, *args, **kwargs)

    def _expand_value(self, active_ctx: object, active_property: str, value: JSONValue, options: _Options) -> object:
        expanded: object = super()._expand_value(active_ctx, active_property, value, options)
        if isinstance(expanded, dict):
            if "@id" in expanded and not _is_resource(expanded["@id"]):
                self._report_value("is not a full URL or URN", active_property)
            if not _is_safe(value):
                self._report_value(_UNSAFE_NUMBER, active_property)
        return expanded

    def _expand_language_map(
        self, active_ctx: object, language_map: JSONObject, direction: str | None
    ) -> list[dict[str, str]]:
        expanded: list[dict[str, str]] = super()._expand_language_map(active_ctx, language_map, direction)
        where, _ = self._places.get(id(language_map), self._path[-1])
        for tag in language_map:
            if tag != "@none" and not LANGUAGE.fullmatch(tag):
                self._add(where + pointer(tag), "is not a language tag")
        return expanded

    def _expand_index_map(
        self, active_ctx: object, active_property: str, value: JSONObject, index_key: str, *args: object
    ) -> list[JSONObject]:
        if index_key == "@index":
            where, _ = self._places.get(id(value), self._path[-1])
            for key in value:
                self._add(where + pointer(key), _FOR_READERS)
        expanded: list[JSONObject] = super()._expand_index_map(active_ctx, active_property, value, index_key, *args)
        return expanded


def _words(value: JSONValue) -> Iterable[str]:
    """Return the names and texts of an inline context."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, item in value.items():
            yield name
            yield from _words(item)
    elif isinstance(value, list):
        for item in value:
            yield from _words(item)


def _numbers(value: JSONValue) -> Iterable[JSONValue]:
    """Return all numbers in a value, which may be a JSON literal."""
    items = value if isinstance(value, list) else value.values() if isinstance(value, dict) else ()
    yield value
    for item in items:
        yield from _numbers(item)


def _is_safe(value: JSONValue) -> bool:
    return isinstance(value, bool) or not isinstance(value, int) or abs(value) <= _MAX_SAFE_INTEGER


def _is_resource(value: object) -> bool:
    return isinstance(value, str) and (IRI.fullmatch(value) or _BLANK_NODE.fullmatch(value)) is not None


def _explain(error: jsonld.JsonLdError) -> tuple[str, str]:
    """Return the words and the code for what PyLD refused."""
    words = {
        "protected term redefinition": "uses a context that redefines a name which an earlier one protects",
        "context overflow": "uses too many contexts, or contexts that include each other",
        "invalid language-tagged string": "has a @language whose @value is not text",
    }
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, _RefusedContextError):
            return str(cause), _UNSUPPORTED
        if isinstance(cause, jsonld.JsonLdError) and cause.code in words:
            return words[cause.code], CODE
        cause = cause.__cause__
    return f"is not JSON-LD: {error.code or 'syntax error'}", CODE
