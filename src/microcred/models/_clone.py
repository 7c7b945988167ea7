"""What reading a signed document gives, without reading all of it again: the model that was signed, and its proofs."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import timezone
from typing import TypeVar, cast

from microcred.models._base import PLANS, READ, Model
from microcred.models._moments import DateTime
from microcred.models._wire import ANYTHING, MAX_DEPTH, PLAIN, Lone, NotPlainError, Shape, Walk
from microcred.models.support import Proof

__all__ = ["read_signed"]

M = TypeVar("M", bound=Model)
_set = object.__setattr__
_OURS = __name__.rpartition(".")[0] + "."


def read_signed(model: M, document: Mapping[str, object]) -> M:
    """Read a signed document.

    Args:
        model: What was signed.
        document: Its wire form, with another ``proof``.

    Returns:
        What reading the document as a model of that class gives; it shares nothing with the other one.
    """
    try:
        return _signed_clone(model, document)
    except (NotPlainError, KeyError):
        return _read(type(model), document)


def _read(model: type[M], document: object) -> M:
    return model.model_validate(document, context=READ, by_alias=True, by_name=False)


def _signed_clone(model: M, document: Mapping[str, object]) -> M:
    proofs = document.get("proof")
    # Classes of others may read in ways of their own.
    if not type(model).__module__.startswith(_OURS) or not isinstance(proofs, list):
        raise NotPlainError
    clone = _clone(model)
    clone.__dict__["proof"] = [_read(Proof, proof) for proof in proofs]
    clone.__pydantic_fields_set__.add("proof")
    return clone


def _clone(model: M) -> M:
    """Return what reading the wire form of a model gives."""
    plan = PLANS[type(model)]
    members = model.__dict__
    if plan is None or model.__pydantic_private__ or len(members) != len(plan.fields):
        raise NotPlainError
    copied, given = members.copy(), set[str]()
    for name, value in members.items():
        if value is None:
            continue
        given.add(name)
        _, takes_text, shape = plan.fields[name]
        if not (takes_text and type(value) is str):
            copied[name] = _value(value, shape)
    extra = model.__pydantic_extra__ or {}
    if extra:
        extra = {name: _json(value) for name, value in extra.items() if value is not None}
        if not plan.names.isdisjoint(extra):
            raise NotPlainError
    clone = object.__new__(type(model))
    # As Pydantic makes its own copies.
    _set(clone, "__dict__", copied)
    _set(clone, "__pydantic_fields_set__", given | extra.keys())
    _set(clone, "__pydantic_extra__", extra)
    _set(clone, "__pydantic_private__", None)
    return clone


def _value(value: object, shape: Shape) -> object:
    kind = type(value)
    if kind not in shape.kinds:
        raise NotPlainError
    if isinstance(value, list):
        items = (
            value.copy() if shape.holds_only_texts(value) else [_value(item, shape.items or ANYTHING) for item in value]
        )
        return Lone(items) if kind is Lone and len(items) == 1 else items
    if kind not in PLAIN:
        # With several classes, the one that it becomes depends on what it says.
        if len(shape.kinds - PLAIN) > 1:
            raise NotPlainError
        return _clone(cast("Model", value))
    if isinstance(value, dict):
        return _json(value)
    if isinstance(value, DateTime) and not (value.tzinfo is None or type(value.tzinfo) is timezone):
        # It is read with a fixed offset.
        return DateTime.parse(value.lexical, tolerant=True)
    return value


def _json(value: object) -> object:
    return Walk(PLANS, sys.maxsize).value(value, ANYTHING, MAX_DEPTH)
