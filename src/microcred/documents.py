"""From what a caller holds to a JSON document, and from a document to the model that its ``type`` names.

Documents, not models, are signed and verified; models are how people read and write them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias, TypeVar, cast

from pydantic import ValidationError
from pydantic_core import PydanticSerializationError

from microcred import models
from microcred.errors import DocumentError, Problem
from microcred.json import JSONObject, JSONValue, can_write, copy, loads_object, pointer
from microcred.limits import DEFAULT_LIMITS, Limits
from microcred.models import JUDGE, READ, Model
from microcred.models._base import walked
from microcred.models._slots import Path, SlotRules, slot_rules
from microcred.models._verdicts import Verdicts
from microcred.models.credential import flavour

__all__ = ["Readable", "build", "is_v1", "issuer_id", "judge", "parse", "rules_for", "to_document"]

M = TypeVar("M", bound=Model)
Readable: TypeAlias = Model | Mapping[str, object] | str | bytes
"""What can be read as a document: a model, a dict, or JSON text."""

# The first name that occurs in ``type`` decides; the generic classes come last.
_MODELS: dict[str, type[Model]] = {
    "ClrCredential": models.ClrCredential,
    "AchievementCredential": models.AchievementCredential,
    "OpenBadgeCredential": models.AchievementCredential,
    "EndorsementCredential": models.EndorsementCredential,
    "BitstringStatusListCredential": models.BitstringStatusListCredential,
    "EnvelopedVerifiableCredential": models.EnvelopedVerifiableCredential,
    "EnvelopedVerifiablePresentation": models.EnvelopedVerifiablePresentation,
    "VerifiablePresentation": models.VerifiablePresentation,
    "VerifiableCredential": models.VerifiableCredential,
    "Achievement": models.Achievement,
    "Profile": models.Profile,
}
_V1_MODELS: dict[type[Model], type[Model]] = {
    models.AchievementCredential: models.AchievementCredentialV1p1,
    models.EndorsementCredential: models.EndorsementCredentialV1p1,
    models.VerifiableCredential: models.VerifiableCredentialV1p1,
    models.ClrCredential: models.VerifiableCredentialV1p1,
    models.BitstringStatusListCredential: models.VerifiableCredentialV1p1,
}
# A DID document need not have a type; one of these members tells it.
_DID_MEMBERS = ("verificationMethod", "assertionMethod", "authentication", "keyAgreement")

# Pydantic's error types in words for people who do not program.
_WORDS = {
    "missing": "is missing",
    "string_type": "must be text, in quotes",
    "bool_type": "must be true or false, without quotes",
    "int_type": "must be a whole number, without quotes",
    "list_type": "must be a list, in square brackets",
    "dict_type": "must be an object, in braces",
    "model_type": "must be an object, in braces",
    "model_attributes_type": "must be an object, in braces",
}


_JUDGE: dict[str, object] = {**JUDGE, "verdicts": Verdicts()}


def parse(value: Readable, *, limits: Limits = DEFAULT_LIMITS) -> Model:
    """Read a document as the model that its ``type`` names. This never verifies anything.

    Reading is tolerant and lossless: dumping the model gives equal values back.

    Args:
        value: A dict, or JSON text or bytes; untrusted. A model is read anew.
        limits: Bounds on size, depth and number of values.

    Returns:
        The most specific model, such as an ``AchievementCredential``, of the Data Model that the first context names.

    Raises:
        DocumentError: Not JSON, a type that no model is for, or the members do not have the shape of that type; it
            lists all problems.
    """
    if isinstance(value, str | bytes) and value.strip()[:2] in ("ey", b"ey"):
        hint = "this is a JWT, not JSON: verify it, or read it unverified with microcred.signing.decode_jwt"
        raise DocumentError.at("", hint, "PARSING_ERROR")
    if isinstance(value, bytes) and value.startswith(b"\x89PNG"):
        hint = "this is a picture, not JSON: verify it, or take the credential out of it with unbake"
        raise DocumentError.at("", hint, "PARSING_ERROR")
    return _validate(to_document(value, limits), READ, limits)


def build(members: Mapping[str, object], model: type[M], *, limits: Limits = DEFAULT_LIMITS) -> M:
    """Build a fresh model from members that may be incomplete, as calling the class does.

    Args:
        members: JSON names or Python names, shorthands allowed.
        model: The class to build.
        limits: Bounds the number of problems.

    Raises:
        DocumentError: What ``pydantic.ValidationError`` would say, in plain words; it lists all problems.
    """
    try:
        return model.model_validate(dict(members))
    except ValidationError as error:
        raise DocumentError(_problems(error, cast("JSONObject", members), limits)) from None


def judge(document: JSONObject, limits: Limits = DEFAULT_LIMITS) -> tuple[Problem, ...]:
    """Apply the strict rules of the standard to a document as it stands.

    Args:
        document: Plain JSON; untrusted.
        limits: Bounds the number of problems.

    Returns:
        All that the official validator would call an error, and more; nothing when the document is fine.
    """
    try:
        _validate(document, _JUDGE, limits)
    except DocumentError as error:
        return error.problems
    return ()


def rules_for(document: JSONObject, paths: Iterable[Path]) -> SlotRules | None:
    """Find the rules that other texts in some places of a document could break.

    Args:
        document: Plain JSON in which nothing is wrong.
        paths: Where the texts stand, as member names and indexes; never in a ``type`` or ``@context``.

    Returns:
        The rules, which judge a document with other texts as ``judge`` does; None when that is not sure.
    """
    return slot_rules(_validate(document, READ, DEFAULT_LIMITS), document, paths)


def to_document(value: Readable, limits: Limits = DEFAULT_LIMITS) -> JSONObject:
    """Return the JSON document of a model, a dict or JSON text, as a copy of plain values.

    Raises:
        DocumentError: Not JSON, or beyond a limit.
        TypeError: Neither of those.
    """
    if isinstance(value, Model):
        walk = walked(value, depth=limits.max_json_depth, values=limits.max_json_values)
        if walk is not None and can_write(walk.texts, walk.numbers, limits, size=walk.size):
            return cast("JSONObject", walk.wire)
        try:
            value = cast("Mapping[str, object]", value.model_dump(warnings=False))
        except PydanticSerializationError:
            raise DocumentError.at("", "the model holds a value that cannot be written as JSON") from None
    if isinstance(value, Mapping):
        document = copy(dict(value), limits)
        assert isinstance(document, dict)
        return document
    if isinstance(value, str | bytes):
        return loads_object(value, limits)
    raise TypeError(f"a credential is a model, a dict, text or bytes, not {type(value).__name__}")


def issuer_id(document: Mapping[str, JSONValue]) -> str | None:
    """Return the issuer's id, whether it stands alone or in an object."""
    value = document.get("issuer")
    if isinstance(value, dict):
        value = value.get("id")
    return value if isinstance(value, str) else None


def is_v1(document: Mapping[str, JSONValue]) -> bool:
    """Tell whether a document follows the Data Model 1.1: its first context decides."""
    return flavour(document) == "‹1.1›"


def _validate(document: JSONObject, context: Mapping[str, object], limits: Limits) -> Model:
    model = _model_for(document)
    try:
        return model.model_validate(document, context=dict(context), by_alias=True, by_name=False)
    except ValidationError as error:
        raise DocumentError(_problems(error, document, limits)) from None


def _model_for(document: JSONObject) -> type[Model]:
    types = document.get("type")
    names = types if isinstance(types, list) else [types]
    is_did = str(document.get("id")).startswith("did:") and any(name in document for name in _DID_MEMBERS)
    if is_did and "VerifiableCredential" not in names:
        return models.DIDDocument
    for name, model in _MODELS.items():
        if name in names:
            return _V1_MODELS.get(model, model) if is_v1(document) else model
    if types is None:
        raise DocumentError.at("/type", "is missing; a credential's type includes “VerifiableCredential”")
    raise DocumentError.at(
        "/type", "names nothing that can be read here; a credential's includes “VerifiableCredential”"
    )


def _problems(error: ValidationError, document: JSONObject, limits: Limits) -> Sequence[Problem]:
    found: dict[Problem, tuple[int, ...]] = {}
    for item in error.errors(include_url=False, include_input=False)[: limits.max_problems]:
        where, order = _place(item["loc"], document)
        message = _WORDS.get(item["type"], item["msg"])
        found.setdefault(Problem(where, "MALFORMED_VALUE_ERROR", message), order)
    return sorted(found, key=lambda problem: found[problem])


def _place(location: tuple[str | int, ...], document: JSONValue) -> tuple[str, tuple[int, ...]]:
    """Turn Pydantic's location into a pointer that exists in the document as written, and its place in the document."""
    parts: list[str | int] = []
    order: list[int] = []
    node = document
    for item in location:
        # ‹…› names the branch of a union; an index without a list belongs to a lone value that was read as a list.
        if isinstance(item, str) and item.startswith("‹"):
            continue
        if isinstance(item, int) and not isinstance(node, list):
            continue
        parts.append(item)
        names: list[str | int] = list(range(len(node))) if isinstance(node, list) else []
        if isinstance(node, dict):
            names = list(node)
        order.append(names.index(item) if item in names else len(names))
        node = _child(node, item)
    return pointer(*parts), tuple(order)


def _child(node: JSONValue, item: str | int) -> JSONValue:
    if isinstance(node, list) and isinstance(item, int) and item < len(node):
        return node[item]
    return node.get(item) if isinstance(node, dict) and isinstance(item, str) else None
