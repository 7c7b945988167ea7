"""JSON-LD to RDF through PyLD, in safe mode: nothing may get lost on the way.

PyLD by itself drops undefined terms and relative ids in silence, and takes white space and brackets in IRIs. Here each
of these is a problem with its JSON Pointer, since a proof would not cover what was dropped. Expansion is PyLD's
(JSON-LD 1.1 Processing Algorithms and API §5.1); the step from expanded form to quads (§7 and §8) is our own, linear in
its input.
"""

from __future__ import annotations

import re
import threading
from copy import deepcopy
from dataclasses import dataclass
from typing import cast

from cachetools import LRUCache
from pyld import jsonld
from pyld.context_resolver import ContextResolver

from microcred.errors import DocumentError, Problem
from microcred.json import JSONObject, JSONValue, pointer
from microcred.jsonld.loader import IMPORT, UNKNOWN_CONTEXT, Contexts, Loader, RefusedContextError, words
from microcred.jsonld.names import NAMES
from microcred.jsonld.quads import CODE, IRI, LANGUAGE, QuadWriter
from microcred.jsonld.rdfc import TOO_COMPLEX, Quad
from microcred.jsonld.safe_mode import BLANK_NODE, MOVING, Say, has_unsafe_number
from microcred.limits import DEFAULT_LIMITS, Limits

__all__ = ["to_quads"]

_UNSUPPORTED = "UNSUPPORTED"
# The keywords that a node or value may have, and of which something reaches the quads.
_KEYWORDS = frozenset(
    ["@id", "@type", "@value", "@language", "@direction", "@list", "@set", "@graph", "@included", "@reverse", "@nest"]
)
_RESERVED = re.compile("@(?!prefix$)[A-Za-z]+")

_Options = dict[str, object]

# PyLD's caches are not safe for threads, and a cache belongs to one set of documents: keyed by content, never by URL.
_lock = threading.Lock()
_resolved: LRUCache[str, LRUCache[str, object]] = LRUCache(maxsize=16)


def to_quads(
    document: JSONObject,
    contexts: Contexts | None = None,
    limits: Limits = DEFAULT_LIMITS,
    *,
    guarded: bool = False,
) -> list[Quad]:
    """Turn a JSON-LD document into RDF quads, in safe mode.

    Args:
        document: Untrusted, but already bounded in size and depth (``microcred.json``).
        contexts: Further context documents by URL; they do not replace pinned ones.
        limits: Bounds on contexts and quads.
        guarded: Refuse what would let the RDF say something that readers of the JSON do not see: another name for
            ``validUntil`` and its like, and keywords that move statements elsewhere. For everything that is secured.

    Returns:
        The quads, blank nodes labelled ``_:b0`` and up.

    Raises:
        DocumentError: PROOF_TRANSFORMATION_ERROR, with a pointer to each term, id or type that no context defines, or
            what else is not JSON-LD; UNSUPPORTED, with a pointer to each context that is not known.
    """
    try:
        return _write(_expand(document, Loader(contexts or {}), limits, guarded=guarded), limits)
    except RecursionError:
        raise DocumentError.at("", "is nested too deeply", TOO_COMPLEX) from None


def _expand(document: JSONObject, loader: Loader, limits: Limits, *, guarded: bool) -> list[JSONObject]:
    with _lock:
        cache = _resolved.get(loader.digest)
        if cache is None:
            cache = _resolved[loader.digest] = LRUCache(maxsize=100)
        resolver = ContextResolver(cache, loader, max_context_urls=limits.max_contexts)
        # The cache keeps inline contexts, which the caller may go on to change.
        processor = _SafeProcessor(deepcopy(document), loader, limits, guarded=guarded)
        return processor.run({"documentLoader": loader, "contextResolver": resolver})


def _write(expanded: list[JSONObject], limits: Limits) -> list[Quad]:
    writer = QuadWriter(limits)
    try:
        for node in expanded:
            writer.node(node, "")
    except (AttributeError, KeyError, TypeError):
        # Contexts can make keywords of names where PyLD does not expect them.
        raise DocumentError.at("", "has a context that cannot be processed", CODE) from None
    return writer.quads


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an object or array stands; its pointer is made only when somebody asks."""

    parent: _Place | None
    name: str | int
    is_array: bool

    def pointer(self) -> str:
        return "" if self.parent is None else self.parent.member(self.name)

    def member(self, name: str | int) -> str:
        return self.pointer() + pointer(name)


class _ActiveContext(dict[str, object]):
    """An active context in which a default may be unset that was not set, as the algorithm has it (§4.1.2)."""

    def __delitem__(self, name: str) -> None:
        self.pop(name, None)


class _SafeProcessor(jsonld.JsonLdProcessor):  # type: ignore[misc]
    """PyLD's expansion, with a look at everything that it would drop."""

    def __init__(self, document: JSONObject, loader: Loader, limits: Limits, *, guarded: bool) -> None:
        super().__init__()
        self._loader = loader
        self._limits = limits
        self._applications_left = limits.max_context_applications
        self._characters_left = 8 * limits.max_canonical_characters
        self._problems: dict[tuple[str, str], Problem] = {}
        self._guarded = guarded
        self._root = document
        self._places: dict[int, _Place] = {}
        self._spellings: dict[tuple[int, str], str] = {}
        self._names: dict[str, dict[str, str]] = {}
        # The nodes that say what checks look for: their ids, and where these stand.
        self._speakers: list[tuple[JSONValue, str]] = []
        self._path = [_Place(None, "", is_array=False)]
        self._locate(document, None, "")

    def _locate(self, value: JSONValue, parent: _Place | None, name: str | int) -> None:
        """Remember where each object and array stands."""
        if not isinstance(value, dict | list):
            return
        place = self._places[id(value)] = _Place(parent, name, is_array=isinstance(value, list))
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            self._locate(item, place, key)
            if key == "@context":
                self._check_contexts(item, place.member(key))

    def _check_contexts(self, context: JSONValue, path: str) -> None:
        entries = context if isinstance(context, list) else [context]
        if len(entries) > self._limits.max_contexts:
            self._add(path, f"has more than {self._limits.max_contexts} entries")
        for index, entry in enumerate(entries):
            where = path + pointer(index) if isinstance(context, list) else path
            found = (self._loader.find(entry) or {}).get("@context") if isinstance(entry, str) else entry
            if isinstance(found, dict) and found.get("@direction") is not None:
                self._add(where, "sets a direction for all texts, which other verifiers lose; set it at each text")
            if isinstance(entry, dict) and "@context" in entry:
                self._add(where, "has a context in a context")
            if isinstance(entry, dict) and "@import" in entry:
                self._add(where, IMPORT, _UNSUPPORTED)
            if any(_RESERVED.fullmatch(word) and word not in jsonld.KEYWORDS for word in words(entry)):
                self._add(where, "uses a word with @ that JSON-LD reserves for the future")
            if entry is not None and not isinstance(entry, str | dict):
                self._add(where, "is not a context: a URL or an object")
            if isinstance(entry, str) and self._loader.find(entry) is None:
                self._add(where, UNKNOWN_CONTEXT, _UNSUPPORTED)

    def _report(self, message: str, *below: str, code: str = CODE) -> None:
        self._add(self._path[-1].pointer() + pointer(*below), message, code)

    def _report_value(self, message: str, property_: str) -> None:
        """Report a value at its member, or at the array that it stands in."""
        self._report(message, *(() if self._path[-1].is_array else (property_,)))

    def _add(self, where: str, message: str, code: str = CODE) -> None:
        if len(self._problems) < self._limits.max_problems:
            self._problems.setdefault((where, message), Problem(where, code, message))

    def run(self, options: _Options) -> list[JSONObject]:
        options |= {"base": None, "isFrame": False, "keepFreeFloatingNodes": False, "processingMode": "json-ld-1.1"}
        expanded = None
        try:
            if not self._problems:
                expanded = self._expand(self._get_initial_context(options), None, self._root, options)
        except jsonld.JsonLdError as error:
            message, code = _explain(error)
            self._report(message, code=code)
        except RecursionError:
            self._report(Say.TOO_MANY_CONTEXTS, code=TOO_COMPLEX)
        except Exception:  # noqa: BLE001
            # PyLD trips over strange contexts with whatever Python raises.
            self._report("has a context that cannot be processed")
        root = expanded.get("@id") if isinstance(expanded, dict) else None
        for where in (where for identifier, where in self._speakers if identifier == root):
            self._add(where, Say.AGAIN)
        if self._problems:
            raise DocumentError(list(self._problems.values()))
        if isinstance(expanded, dict) and set(expanded) == {"@graph"}:
            expanded = expanded["@graph"]
        return expanded if isinstance(expanded, list) else [] if expanded is None else [cast(JSONObject, expanded)]

    # The methods below replace PyLD's; their signatures are PyLD's.

    def _clone_active_context(self, active_ctx: object) -> object:
        return _ActiveContext(super()._clone_active_context(active_ctx))

    def _create_term_definition(
        self, active_ctx: object, local_ctx: JSONObject, term: str, *args: object, **kwargs: object
    ) -> None:
        super()._create_term_definition(active_ctx, local_ctx, term, *args, **kwargs)
        mapping = cast(dict[str, dict[str, dict[str, object]]], active_ctx)["mappings"].get(term) or {}
        self._count(str(mapping.get("@id")))

    def _expand_iri(self, *args: object, **kwargs: object) -> str | None:
        iri: str | None = super()._expand_iri(*args, **kwargs)
        self._count(iri or "")
        return iri

    def _count(self, iri: str) -> None:
        """Bound the IRIs: prefixes of prefixes make endless ones of a short context."""
        self._characters_left -= len(iri)
        if self._characters_left < 0:
            raise jsonld.JsonLdError("too long terms", "microcred", code="context overflow")

    def _process_context(
        self, active_ctx: object, local_ctx: JSONValue, options: _Options, *args: object, **kwargs: object
    ) -> object:
        first = local_ctx[0] if isinstance(local_ctx, list) and local_ctx else local_ctx
        if isinstance(first, str):
            # PyLD looks for @propagate in the URL, where the document behind it has one.
            found = (self._loader.find(first) or {}).get("@context")
            if isinstance(found, dict) and "@propagate" in found:
                local_ctx = [found, *local_ctx[1:]] if isinstance(local_ctx, list) else found
        terms = len(cast(dict[str, dict[str, object]], active_ctx)["mappings"])
        self._applications_left -= 1 + terms // 200
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
            self._report(Say.NOTHING)
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
            self._report(Say.NO_LANGUAGE, "@language")
        for keyword in ("@language", "@direction"):
            if keyword in expanded and "@value" not in expanded:
                self._report("stands beside no @value, so that a proof would not cover it", keyword)
        if "@index" in expanded:
            self._report(Say.FOR_READERS, "@index")
        if has_unsafe_number(expanded.get("@value")):
            self._report(Say.UNSAFE_NUMBER, "@value")
        if "@id" in expanded and not _is_resource(expanded["@id"]):
            self._report(Say.NOT_AN_IRI, self._spelt(element, "@id"))
        if self._guarded and element is not self._root and "@id" in expanded and any(map(expanded.get, NAMES)):
            where = self._path[-1].pointer() + pointer(self._spelt(element, "@id"))
            self._speakers.append((expanded["@id"], where))
        types = expanded.get("@type", [])
        for name in types if isinstance(types, list) else [types]:
            if name not in ("@json", "@none") and not _is_resource(name):
                self._report(Say.UNDEFINED_TYPE, self._spelt(element, "@type"))

    def _expand_object(
        self,
        active_ctx: object,
        active_property: str | None,
        expanded_active_property: str | None,
        element: JSONObject,
        *args: object,
        **kwargs: object,
    ) -> None:
        place = self._places.get(id(element), self._path[-1])
        for key, value in element.items():
            if key == "@context":
                continue
            name = self._expand_iri(active_ctx, key, vocab=True)
            if name in ("@id", "@type"):
                self._spellings[id(element), name] = key
            if name in ("@set", "@list") and not {"@context", "@index", key}.issuperset(element):
                self._add(place.member(key), Say.ALONE)
            if self._guarded and not (name == "@type" and "@value" in element):
                self._guard(active_ctx, place, key, name)
            if self.get_context_value(active_ctx, key, "@type") == "@json" and has_unsafe_number(value):
                self._add(place.member(key), Say.UNSAFE_NUMBER)
            if name is None or not (name in _KEYWORDS or name == "@index" or IRI.fullmatch(name)):
                self._add(place.member(key), Say.UNDEFINED)
        super()._expand_object(active_ctx, active_property, expanded_active_property, element, *args, **kwargs)

    def _guard(self, active_ctx: object, place: _Place, key: str, name: str | None) -> None:
        """Refuse a member that hides what the checks look for (see ``guarded``)."""
        mapping = cast(dict[str, dict[str, dict[str, object]]], active_ctx)["mappings"].get(key) or {}
        if name in MOVING or mapping.get("reverse"):
            self._add(place.member(key), Say.MOVES)
        if name is not None and NAMES.get(name, key) != key:
            self._add(place.member(key), Say.alias(NAMES[name]))
        elif name is not None and name[:1] != "@" and not mapping and self._name_of(active_ctx, name):
            self._add(place.member(key), Say.alias(self._name_of(active_ctx, name)))
        elif name in ("@id", "@type") and key != name[1:] and self._is_name(active_ctx, name[1:], name):
            self._add(place.member(key), Say.alias(name[1:]))

    def _is_name(self, active_ctx: object, word: str, keyword: str) -> bool:
        return self._expand_iri(active_ctx, word, vocab=True) == keyword

    def _name_of(self, active_ctx: object, iri: str) -> str:
        """Return the term for an IRI; empty if there is none."""
        context = cast(dict[str, object], active_ctx)
        key = str(context.get("_uuid"))
        if key not in self._names:
            mappings = cast(dict[str, dict[str, object]], context["mappings"])
            self._names[key] = {str(mapping.get("@id")): name for name, mapping in mappings.items() if mapping}
        return self._names[key].get(iri, "")

    def _expand_value(self, active_ctx: object, active_property: str, value: JSONValue, options: _Options) -> object:
        expanded: object = super()._expand_value(active_ctx, active_property, value, options)
        if isinstance(expanded, dict):
            if "@id" in expanded and not _is_resource(expanded["@id"]):
                self._report_value(Say.NOT_AN_IRI, active_property)
            if has_unsafe_number(value):
                self._report_value(Say.UNSAFE_NUMBER, active_property)
        return expanded

    def _expand_language_map(
        self, active_ctx: object, language_map: JSONObject, direction: str | None
    ) -> list[dict[str, str]]:
        expanded: list[dict[str, str]] = super()._expand_language_map(active_ctx, language_map, direction)
        where = self._places.get(id(language_map), self._path[-1]).pointer()
        for tag in language_map:
            if tag != "@none" and not LANGUAGE.fullmatch(tag):
                self._add(where + pointer(tag), Say.NO_LANGUAGE)
        return expanded

    def _expand_index_map(
        self, active_ctx: object, active_property: str, value: JSONObject, index_key: str, *args: object
    ) -> list[JSONObject]:
        if index_key == "@index":
            where = self._places.get(id(value), self._path[-1]).pointer()
            for key in value:
                self._add(where + pointer(key), Say.FOR_READERS)
        expanded: list[JSONObject] = super()._expand_index_map(active_ctx, active_property, value, index_key, *args)
        return expanded


def _is_resource(value: object) -> bool:
    return isinstance(value, str) and (IRI.fullmatch(value) or BLANK_NODE.fullmatch(value)) is not None


def _explain(error: jsonld.JsonLdError) -> tuple[str, str]:
    """Return the words and the code for what PyLD refused."""
    known = {
        "protected term redefinition": "uses a context that redefines a name which an earlier one protects",
        "invalid language-tagged string": "has a @language whose @value is not text",
    }
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, RefusedContextError):
            return str(cause), _UNSUPPORTED
        if isinstance(cause, jsonld.JsonLdError) and cause.code == "context overflow":
            return Say.TOO_MANY_CONTEXTS, TOO_COMPLEX
        if isinstance(cause, jsonld.JsonLdError) and cause.code in known:
            return known[cause.code], CODE
        cause = cause.__cause__
    return f"is not JSON-LD: {error.code or 'syntax error'}", CODE
