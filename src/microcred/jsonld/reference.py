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

from c14n.Canonicalize import canonicalize as json_canonicalize
from cachetools import LRUCache
from pyld import jsonld
from pyld.context_resolver import ContextResolver

from microcred.errors import DocumentError, Problem
from microcred.json import JSONObject, JSONValue, dumps, pointer
from microcred.jsonld import contexts as pinned
from microcred.jsonld.rdfc import Quad
from microcred.limits import DEFAULT_LIMITS, Limits

__all__ = ["to_quads"]

_UNKNOWN_CONTEXT = (
    "holds a context that is not known here; give it as contexts={url: document}. Contexts are never fetched"
)
_CODE = "PROOF_TRANSFORMATION_ERROR"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_XSD = "http://www.w3.org/2001/XMLSchema#"
_IRI = re.compile(r'[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>"{}|\\^`]*')
_BLANK_NODE = re.compile(r"_:[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_-])?")
_LANGUAGE = re.compile(r"[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*")
# Larger integers lose digits in the JavaScript of other verifiers, and so would verify there under another value.
_MAX_SAFE_INTEGER = 2**53 - 1
_ESCAPES = {
    **{code: f"\\u{code:04X}" for code in (*range(0x20), 0x7F)},
    8: "\\b",
    9: "\\t",
    10: "\\n",
    12: "\\f",
    13: "\\r",
    34: '\\"',
    92: "\\\\",
}

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
        processor = _SafeProcessor(document, loader, limits)
        expanded = processor.run(document, {"documentLoader": loader, "contextResolver": resolver})
    writer = _QuadWriter(limits)
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
            raise _UnknownContextError
        # PyLD rewrites URLs inside the document that it is given.
        return {
            "contentType": "application/ld+json",
            "contextUrl": None,
            "documentUrl": url,
            "document": deepcopy(document),
            # Tells the resolver that the document behind this URL does not change, and may stay in its cache.
            "tag": "static",
        }


class _UnknownContextError(Exception):
    pass


class _SafeProcessor(jsonld.JsonLdProcessor):  # type: ignore[misc]
    """PyLD's expansion, with a look at everything that it would drop."""

    def __init__(self, document: JSONObject, loader: _Loader, limits: Limits) -> None:
        super().__init__()
        self._loader = loader
        self._limits = limits
        self._applications_left = limits.max_context_applications
        self._problems: dict[tuple[str, str], Problem] = {}
        self._pointers: dict[int, str] = {}
        self._path = [""]
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
        self._pointers[id(value)] = path
        for name, item in items:
            self._locate(item, path + pointer(name))
            if name == "@context":
                self._check_contexts(item, path + pointer(name))

    def _check_contexts(self, context: JSONValue, path: str) -> None:
        entries = context if isinstance(context, list) else [context]
        if len(entries) > self._limits.max_contexts:
            self._add(path, f"has more than {self._limits.max_contexts} entries")
        for index, entry in enumerate(entries):
            if isinstance(entry, str) and self._loader.find(entry) is None:
                where = path + pointer(index) if isinstance(context, list) else path
                self._add(where, _UNKNOWN_CONTEXT, "UNSUPPORTED")

    def _report(self, message: str, *below: str) -> None:
        self._add(self._path[-1] + pointer(*below), message)

    def _add(self, where: str, message: str, code: str = _CODE) -> None:
        if len(self._problems) < self._limits.max_problems:
            self._problems.setdefault((where, message), Problem(where, code, message))

    def run(self, document: JSONObject, options: _Options) -> list[JSONObject]:
        options |= {"base": None, "isFrame": False, "keepFreeFloatingNodes": False, "processingMode": "json-ld-1.1"}
        expanded = None
        try:
            if not self._problems:
                expanded = self._expand(self._get_initial_context(options), None, document, options)
        except jsonld.JsonLdError as error:
            self._report(_explain(error))
        except RecursionError:
            self._report("uses contexts that refer to each other without end")
        if self._problems:
            raise DocumentError(list(self._problems.values()))
        if isinstance(expanded, dict) and set(expanded) == {"@graph"}:
            expanded = expanded["@graph"]
        return expanded if isinstance(expanded, list) else [] if expanded is None else [cast(JSONObject, expanded)]

    # The methods below replace PyLD's; their signatures are PyLD's.

    def _process_context(
        self, active_ctx: object, local_ctx: object, options: _Options, *args: object, **kwargs: object
    ) -> object:
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
        here = self._pointers.get(id(element)) if isinstance(element, dict | list) else None
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

    def _check_node(self, element: JSONObject, expanded: JSONObject) -> None:
        # Tags come out in lower case, as they do in the JavaScript that most others verify with (§5.1.2 step 13.4.8.2).
        if "@language" in expanded and not _LANGUAGE.fullmatch(str(expanded["@language"])):
            self._report("is not a language tag", "@language")
        if "@id" in expanded and not _is_resource(expanded["@id"]):
            self._report("is not a full URL or URN", _member(element, "id", "@id"))
        types = expanded.get("@type")
        for name in types if isinstance(types, list) else [types]:
            if name is not None and name not in ("@json", "@none") and not _is_resource(name):
                self._report("names a type that no context defines", _member(element, "type", "@type"))

    def _expand_object(
        self,
        active_ctx: object,
        active_property: str | None,
        expanded_active_property: str | None,
        element: JSONObject,
        *args: object,
        **kwargs: object,
    ) -> None:
        for key in element:
            if key == "@context":
                continue
            name = self._expand_iri(active_ctx, key, vocab=True)
            if name is None or not (name in jsonld.KEYWORDS or _IRI.fullmatch(name)):
                self._report(
                    "is a name that no context defines, so that a proof would not cover it; "
                    "remove it, or add a context that defines it",
                    key,
                )
        super()._expand_object(active_ctx, active_property, expanded_active_property, element, *args, **kwargs)

    def _expand_value(self, active_ctx: object, active_property: str, value: JSONValue, options: _Options) -> object:
        expanded: object = super()._expand_value(active_ctx, active_property, value, options)
        if isinstance(expanded, dict):
            if "@id" in expanded and not _is_resource(expanded["@id"]):
                self._report("is not a full URL or URN", active_property)
            if isinstance(value, int) and not isinstance(value, bool) and abs(value) > _MAX_SAFE_INTEGER:
                self._report(
                    "is a whole number with more digits than all verifiers keep; write it as text", active_property
                )
        return expanded

    def _expand_language_map(
        self, active_ctx: object, language_map: JSONObject, direction: str | None
    ) -> list[dict[str, str]]:
        expanded: list[dict[str, str]] = super()._expand_language_map(active_ctx, language_map, direction)
        for value in expanded:
            if "@language" in value and not _LANGUAGE.fullmatch(value["@language"]):
                self._report("is not a language tag", value["@language"])
        return expanded


def _is_resource(value: object) -> bool:
    return isinstance(value, str) and (_IRI.fullmatch(value) or _BLANK_NODE.fullmatch(value)) is not None


def _member(element: JSONObject, *names: str) -> str:
    return next((name for name in names if name in element), names[-1])


def _explain(error: jsonld.JsonLdError) -> str:
    codes = {
        "protected term redefinition": "uses a context that redefines a name which an earlier one protects",
        "context overflow": "uses too many contexts, or contexts that include each other",
        "invalid language-tagged string": "has a @language whose @value is not text",
    }
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, _UnknownContextError):
            return _UNKNOWN_CONTEXT
        if isinstance(cause, jsonld.JsonLdError) and cause.code in codes:
            return codes[cause.code]
        cause = cause.__cause__
    return f"is not JSON-LD: {error.code or 'syntax error'}"


class _QuadWriter:
    """Expanded JSON-LD to quads: node map generation and RDF serialisation in one walk (§7.2, §8.2)."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._labels: dict[str, str] = {}
        self._count = 0
        self.quads: list[Quad] = []

    def _emit(self, subject: str, predicate: str, object_: str, graph: str) -> None:
        if len(self.quads) >= self._limits.max_quads:
            raise DocumentError.at("", f"has more than {self._limits.max_quads:,} statements", _CODE)
        self.quads.append((subject, predicate, object_, graph))

    def _fresh(self) -> str:
        self._count += 1
        return f"_:b{self._count - 1}"

    def _resource(self, identifier: str) -> str:
        if not identifier.startswith("_:"):
            if not _IRI.fullmatch(identifier):
                raise DocumentError.at("", "has a context that makes names which are not URLs", _CODE)
            return f"<{identifier}>"
        if identifier not in self._labels:
            self._labels[identifier] = self._fresh()
        return self._labels[identifier]

    def node(self, node: JSONObject, graph: str) -> str:
        """Write a node object and what hangs on it; return its term."""
        identifier = node.get("@id")
        subject = self._resource(identifier) if isinstance(identifier, str) else self._fresh()
        for name in cast(list[str], node.get("@type", [])):
            self._emit(subject, f"<{_RDF}type>", self._resource(name), graph)
        for item in cast(list[JSONObject], node.get("@graph", [])):
            self.node(item, subject)
        for item in cast(list[JSONObject], node.get("@included", [])):
            self.node(item, graph)
        for name, items in cast(dict[str, list[JSONObject]], node.get("@reverse", {})).items():
            for item in items:
                self._emit(self.node(item, graph), self._resource(name), subject, graph)
        for name, value in sorted(node.items()):
            if not name.startswith("@"):
                predicate = self._resource(name)
                for item in cast(list[JSONObject], value):
                    self._emit(subject, predicate, self._object(item, graph), graph)
        return subject

    def _object(self, item: JSONObject, graph: str) -> str:
        if "@value" in item:
            return _literal(item)
        if "@list" in item:
            return self._list(cast(list[JSONObject], item["@list"]), graph)
        return self.node(item, graph)

    def _list(self, items: list[JSONObject], graph: str) -> str:
        """List to RDF conversion (§8.3)."""
        rest = f"<{_RDF}nil>"
        nodes = [self._fresh() for _ in items]
        for index, item in enumerate(items):
            self._emit(nodes[index], f"<{_RDF}first>", self._object(item, graph), graph)
            following = nodes[index + 1] if index + 1 < len(items) else rest
            self._emit(nodes[index], f"<{_RDF}rest>", following, graph)
        return nodes[0] if nodes else rest


def _literal(item: JSONObject) -> str:
    """Object to RDF conversion of a value object (§8.2.2)."""
    value, datatype = item["@value"], cast("str | None", item.get("@type"))
    language, direction = item.get("@language"), item.get("@direction")
    if datatype == "@json":
        return _typed(json_canonicalize(value).decode(), _RDF + "JSON")
    if isinstance(value, bool):
        return _typed("true" if value else "false", datatype or _XSD + "boolean")
    if isinstance(value, int | float):
        return _number(value, datatype)
    text = str(value)
    if direction is not None:
        # The JavaScript suites sign base directions as i18n datatypes (§8.2.2 step 13.2).
        return _typed(text, f"https://www.w3.org/ns/i18n#{language or ''}_{direction}")
    if language is None:
        return _typed(text, datatype or _XSD + "string")
    return f'"{text.translate(_ESCAPES)}"@{language}'


def _number(value: float, datatype: str | None) -> str:
    whole = isinstance(value, int) or value.is_integer()
    if not whole or abs(value) >= 1e21 or datatype == _XSD + "double":
        return _typed(_canonical_double(float(value)), datatype or _XSD + "double")
    return _typed(str(int(value)), datatype or _XSD + "integer")


def _typed(text: str, datatype: str) -> str:
    quoted = f'"{text.translate(_ESCAPES)}"'
    return quoted if datatype == _XSD + "string" else f"{quoted}^^<{datatype}>"


def _canonical_double(value: float) -> str:
    """Write a double as its canonical lexical form (§8.2.2 step 11; XML Schema Part 2 §3.2.5.2)."""
    mantissa, exponent = f"{value:.15E}".split("E")
    digits = mantissa.rstrip("0")
    return f"{digits}{'0' if digits.endswith('.') else ''}E{int(exponent)}"
