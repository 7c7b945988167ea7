"""Schema documents, the schemas with ids inside them, and what a ``$ref`` refers to. Nothing is ever fetched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from threading import Lock
from typing import NamedTuple
from urllib.parse import unquote, urldefrag, urljoin

from microcred.json import JSONObject, JSONValue
from microcred.limits import DEFAULT_LIMITS
from microcred.verify.json_schema.dialects import DIALECTS, LATEST, METASCHEMAS, Dialect, metaschema
from microcred.verify.json_schema.patterns import Pattern
from microcred.verify.json_schema.work import UndecidedError, Work
from microcred.verify.report import Code

__all__ = ["Document", "Library", "Node", "Resource", "dialect_of", "joined", "metadocument"]

_ELSEWHERE = "the schema refers to another one, which is not fetched; give that too: schemas={url: document}"
_NOWHERE = "the schema refers to a part of it that is not there"
_MAX_REFERENCE = DEFAULT_LIMITS.max_url_characters
# Characters that automata have been made for; what is beyond is made anew.
_MAX_MOVES = 50_000


@dataclass(eq=False, slots=True)
class Resource:
    """A schema with an id, and all below it up to the next one."""

    document: Document
    uri: str
    """Without a fragment; empty when it has none."""
    root: JSONValue
    dialect: Dialect
    anchors: dict[str, JSONValue] = field(default_factory=dict)
    dynamic: set[str] = field(default_factory=set)
    """The anchors that are dynamic."""


class Node(NamedTuple):
    """A schema, and where it belongs."""

    schema: JSONValue
    resource: Resource


class Document:
    """A schema document, with all that was found out about it. Threads may share it."""

    def __init__(self, url: str, value: JSONValue, dialect: Dialect) -> None:
        """Find the schemas that have ids.

        Args:
            url: Where it is said to come from.
            value: Untrusted, and not to be changed any more.
            dialect: How to read it, unless it says so itself.

        Raises:
            UndecidedError: It is written in a way that is not known here, or says two things under one id.
        """
        self.resources: dict[str, Resource] = {}
        self.roots: dict[int, Resource] = {}
        self.plans: dict[int, object] = {}
        """What to do about each schema that was used, for the evaluation."""
        self.patterns: dict[str, Pattern] = {}
        self.targets: dict[tuple[int, str], Node] = {}
        self.valid = False
        """Whether it is known to follow the schema for schemas."""
        self._visited: set[int] = set()
        self._lock = Lock()
        self.root = Resource(self, url.removesuffix("#"), value, dialect_of(value, dialect))
        self.resources[self.root.uri] = self.root
        self.visit(value, self.root)

    def visit(self, value: JSONValue, resource: Resource) -> None:
        """Find the ids and anchors in a schema and those inside it."""
        left: list[Node] = [Node(value, resource)]
        with self._lock:
            while left:
                node = left.pop()
                if not isinstance(node.schema, dict) or id(node.schema) in self._visited:
                    continue
                self._visited.add(id(node.schema))
                owner = self._named(node.schema, node.resource)
                left += [Node(inner, owner) for inner in owner.dialect.inside(node.schema)]

    def _named(self, schema: JSONObject, resource: Resource) -> Resource:
        """Take down what a schema calls itself; return the resource that it belongs to."""
        dialect = resource.dialect if schema is resource.root else dialect_of(schema, resource.dialect)
        name = schema.get(dialect.id_member)
        if dialect.lone_references and "$ref" in schema:
            return resource
        if isinstance(name, str):
            uri, fragment = joined(resource.uri, name)
            if not name.startswith("#"):
                if schema is not resource.root:
                    resource = Resource(self, uri, schema, dialect)
                # The document keeps its URL as a second name.
                resource.uri = uri
                self.roots[id(schema)] = resource
                if self.resources.setdefault(uri, resource) is not resource:
                    raise _ambiguous()
            if fragment and dialect.lone_references:
                _name(resource.anchors, fragment, schema)
        for member in () if dialect.lone_references else ("$anchor", "$dynamicAnchor"):
            anchor = schema.get(member)
            if isinstance(anchor, str):
                _name(resource.anchors, anchor, schema)
                if member == "$dynamicAnchor":
                    resource.dynamic.add(anchor)
        return resource

    def owner(self, schema: JSONValue, resource: Resource) -> Resource:
        """Return the resource of a schema inside another, whose resource is given."""
        return self.roots.get(id(schema), resource)

    def pattern(self, text: str, work: Work) -> Pattern:
        """Return a compiled pattern."""
        found = self.patterns.get(text)
        if found is None:
            found = self.patterns[text] = Pattern(text, work)
        return found

    def trim(self) -> None:
        """Forget automata that have grown large."""
        if sum(pattern.size for pattern in self.patterns.values()) > _MAX_MOVES:
            self.patterns = {}


class Library:
    """What a schema may refer to: itself, the documents that the caller gave, and the schemas of JSON Schema."""

    def __init__(self, given: Mapping[str, JSONObject], default: Dialect) -> None:
        """Take what there is.

        Args:
            given: Schema documents by URL; trusted.
            default: How to read those that do not say.
        """
        self._given = {url.removesuffix("#"): document for url, document in given.items()}
        self._default = default
        self._resources: dict[str, Resource] | None = None

    def resolve(self, reference: str, resource: Resource) -> Node:
        """Return the schema that a reference in another is about.

        Args:
            reference: A URI reference; untrusted.
            resource: Where it stands.

        Raises:
            UndecidedError: RESOLUTION_ERROR: there is no such schema here.
        """
        document = resource.document
        key = (id(resource), reference)
        node = document.targets.get(key)
        if node is None:
            uri, fragment = joined(resource.uri, reference)
            target = document.resources.get(uri) or self._resource(uri)
            node = document.targets[key] = _within(target, unquote(fragment))
        return node

    def _resource(self, uri: str) -> Resource:
        if uri in METASCHEMAS:
            return metadocument(uri).root
        if self._resources is None:
            self._resources = dict(self._named())
        if uri not in self._resources:
            raise UndecidedError(_ELSEWHERE, Code.RESOLUTION_ERROR)
        return self._resources[uri]

    def _named(self) -> Iterator[tuple[str, Resource]]:
        for url, value in self._given.items():
            try:
                document = Document(url, value, self._default)
            except UndecidedError:
                # It matters when it is used.
                continue
            yield from document.resources.items()


def dialect_of(value: JSONValue, default: Dialect) -> Dialect:
    """Return the dialect of a schema.

    Raises:
        UndecidedError: UNSUPPORTED.
    """
    uri = value.get("$schema") if isinstance(value, dict) else None
    if uri is None:
        return default
    dialect = DIALECTS.get(uri.removesuffix("#")) if isinstance(uri, str) else None
    if dialect is None:
        raise UndecidedError("the schema is written in a version of JSON Schema ($schema) that is not known here")
    return dialect


def joined(base: str, reference: str) -> tuple[str, str]:
    """Resolve a reference against the URI of a schema; return the URI, and the fragment as it is written.

    Raises:
        UndecidedError: RESOLUTION_ERROR: it is no reference; TOO_COMPLEX: it is too long.
    """
    if len(reference) > _MAX_REFERENCE:
        raise UndecidedError("the schema has a reference or an id that is too long", Code.TOO_COMPLEX)
    if reference.startswith("#"):
        return base, reference[1:]
    try:
        uri, fragment = urldefrag(urljoin(base, reference))
    except ValueError:
        raise UndecidedError("the schema has a reference or an id that is no URI", Code.RESOLUTION_ERROR) from None
    return uri, fragment


@cache
def metadocument(uri: str) -> Document:
    """Return one of the schemas that come with JSON Schema itself.

    Args:
        uri: One of ``METASCHEMAS``.

    Raises:
        UndecidedError: UNSUPPORTED: the extra is not installed.
    """
    return Document(uri, metaschema(uri), LATEST)


def _within(resource: Resource, fragment: str) -> Node:
    """Return what a fragment is about: an anchor, or a JSON Pointer (RFC 6901 §6)."""
    if not fragment:
        return Node(resource.root, resource)
    if not fragment.startswith("/"):
        if fragment not in resource.anchors:
            raise UndecidedError(_NOWHERE, Code.RESOLUTION_ERROR)
        return Node(resource.anchors[fragment], resource)
    value = resource.root
    for part in fragment[1:].split("/"):
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, list) and name.isascii() and name.isdigit() and int(name) < len(value):
            value = value[int(name)]
        else:
            raise UndecidedError(_NOWHERE, Code.RESOLUTION_ERROR)
        resource = resource.document.owner(value, resource)
    # It may stand where no schema is looked for.
    resource.document.visit(value, resource)
    return Node(value, resource.document.owner(value, resource))


def _name(names: dict[str, JSONValue], name: str, schema: JSONObject) -> None:
    if names.setdefault(name, schema) is not schema:
        raise _ambiguous()


def _ambiguous() -> UndecidedError:
    return UndecidedError("the schema has two parts of the same name", Code.MALFORMED_VALUE_ERROR)
