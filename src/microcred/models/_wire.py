"""From a model to its wire form in one walk: what Pydantic's serialisation gives, several times as fast.

The walk takes a model whose members hold what their annotations say, which is nearly every one, and gives up on all
else: a subclass with serialisers of its own, a value of another type that was assigned later. Pydantic writes those.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import NoneType, UnionType
from typing import Annotated, TypeAlias, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Discriminator,
    JsonValue,
    PlainSerializer,
    PlainValidator,
    SerializeAsAny,
    SerializerFunctionWrapHandler,
    Strict,
    Tag,
    WrapSerializer,
    WrapValidator,
)
from pydantic.fields import FieldInfo
from pydantic_core import to_json

from microcred.models._moments import DateTime

__all__ = [
    "ANYTHING",
    "LEXICAL",
    "MAX_DEPTH",
    "PLAIN",
    "WRITE_MANY",
    "Lone",
    "NotPlainError",
    "Plan",
    "Plans",
    "Shape",
    "Walk",
]

T = TypeVar("T")
MAX_DEPTH = 64
"""What is nested deeper is left to Pydantic, which knows what to do with a model that contains itself."""


class Lone(list[T]):
    """A list of one that stands on the wire without its brackets."""


def _write_many(value: list[object], handler: SerializerFunctionWrapHandler) -> object:
    items = handler(value)
    return items[0] if isinstance(value, Lone) and len(value) == 1 else items


def _lexical(moment: object) -> object:
    if isinstance(moment, datetime) and not isinstance(moment, DateTime):
        return moment.isoformat() if moment.utcoffset() is None else DateTime.of(moment).lexical
    # What was assigned later and is no date stays, for the judgement to find.
    return moment.lexical if isinstance(moment, DateTime) else moment


WRITE_MANY = WrapSerializer(_write_many)
"""Writes a list, or the one value of a ``Lone``."""
LEXICAL = PlainSerializer(_lexical)
"""Writes a date-time as it was written."""


class NotPlainError(Exception):
    """The model is not as its annotations say, or of a class that has its own ways."""


# Shapes: what an annotation says that a value is


class Shape:
    """The values that the walk takes at one place."""

    __slots__ = ("items", "kinds", "takes_models", "takes_texts")

    def __init__(self, kinds: Iterable[type], items: Shape | None = None, *, takes_models: bool = False) -> None:
        self.kinds = frozenset(kinds)
        """Their exact types."""
        self.items = items
        """What a list holds, where there may be one."""
        self.takes_models = takes_models
        """Whether any model may stand there, and is written by its own class."""
        self.takes_texts = items is not None and str in items.kinds
        """Whether a list may hold text."""

    def holds_only_texts(self, items: list[object]) -> bool:
        """Tell whether a list holds nothing but text, as it may: then no item needs a look of its own."""
        if self.takes_texts:
            for item in items:
                if type(item) is not str:
                    return False
        return self.takes_texts


_SCALARS = frozenset([str, int, float, bool])
ANYTHING = Shape([*_SCALARS, NoneType, dict, list], Shape([str]), takes_models=True)
ANYTHING.items = ANYTHING
"""Any JSON value."""
PLAIN = ANYTHING.kinds | {Lone, DateTime}
"""The types of all that is no model."""
# None of these has a say in how a value is written.
# For mypy SerializeAsAny is an alias of what it marks.
_BY_ITS_CLASS = cast(type, SerializeAsAny)
_SILENT = (AfterValidator, BeforeValidator, PlainValidator, WrapValidator, Strict, Tag, Discriminator)


def _shape(annotation: object, metadata: tuple[object, ...] = ()) -> Shape:
    if get_origin(annotation) is Annotated:
        inner, *more = get_args(annotation)
        return _shape(inner, (*more, *metadata))
    writers = [item for item in metadata if not isinstance(item, _SILENT)]
    if len(writers) == 1 and isinstance(writers[0], _BY_ITS_CLASS):
        return Shape(_silent_shape(annotation).kinds, takes_models=True)
    if get_origin(annotation) is list and writers == [WRITE_MANY]:
        return Shape([list, Lone], items=_shape(*get_args(annotation)))
    if annotation is datetime and writers == [LEXICAL]:
        return Shape([DateTime])
    if writers:
        raise NotPlainError
    return ANYTHING if annotation is JsonValue else _silent_shape(annotation)


def _silent_shape(annotation: object) -> Shape:
    """Return the shape of an annotation that says nothing about how a value is written."""
    if get_origin(annotation) in (Union, UnionType):
        return _union([_shape(member) for member in get_args(annotation)])
    if get_origin(annotation) is list:
        return Shape([list], items=_shape(*get_args(annotation)))
    if annotation == dict[str, JsonValue]:
        return Shape([dict])
    if isinstance(annotation, type) and (annotation in _SCALARS or issubclass(annotation, BaseModel | NoneType)):
        return Shape([annotation])
    raise NotPlainError


def _union(members: list[Shape]) -> Shape:
    others = [member for member in members if member.kinds != {NoneType}]
    if len(others) == 1:
        return Shape(others[0].kinds | {NoneType}, others[0].items, takes_models=others[0].takes_models)
    # With several members, one's own way of writing might be used for another's values.
    if any(member is ANYTHING or {Lone, DateTime} & member.kinds for member in others):
        raise NotPlainError
    items = [member.items for member in others if member.items is not None]
    if len(items) > 1:
        raise NotPlainError
    kinds = frozenset[type]().union(*(member.kinds for member in members))
    return Shape(kinds, items[0] if items else None, takes_models=any(member.takes_models for member in members))


# Plans: how a class is written

_Fields: TypeAlias = Mapping[str, tuple[str, bool, Shape]]


@dataclass(frozen=True, slots=True)
class Plan:
    """How the models of a class are written."""

    fields: _Fields
    """Of each field its name on the wire, whether it may be text, and its shape."""
    names: frozenset[str]
    """The names on the wire."""
    needed: tuple[str, ...]
    """The names on the wire of the fields that cannot be None."""
    size: int
    """The length of all names."""


class Plans(dict[type[BaseModel], Plan | None]):
    """How each class is written; None where it, or a field of it, has a way of its own."""

    def __init__(self, root: type[BaseModel]) -> None:
        self.root = root
        """The class whose way of writing is known."""

    def __missing__(self, model: type[BaseModel]) -> Plan | None:
        plan = self[model] = _plan(model, self.root)
        return plan


def _plan(model: type[BaseModel], root: type[BaseModel]) -> Plan | None:
    if not issubclass(model, root) or not _writes_like(model, root):
        return None
    try:
        # Pydantic leaves names that were unknown when a class was made as they are until that class itself is used.
        hints = get_type_hints(model, include_extras=True)
        fields = {name: _field(name, field, hints[name], model) for name, field in model.model_fields.items()}
    except (NotPlainError, NameError):
        return None
    return Plan(
        fields=fields,
        names=frozenset(wire for wire, _, _ in fields.values()),
        needed=tuple(wire for wire, _, shape in fields.values() if NoneType not in shape.kinds),
        size=sum(len(wire) for wire, _, _ in fields.values()),
    )


def _field(name: str, field: FieldInfo, annotation: object, model: type[BaseModel]) -> tuple[str, bool, Shape]:
    known = all(item in (WRITE_MANY, LEXICAL) or isinstance(item, (*_SILENT, _BY_ITS_CLASS)) for item in field.metadata)
    if field.exclude or getattr(field, "exclude_if", None) or field.discriminator or not known:
        raise NotPlainError
    own = None if field.alias_priority == 1 else field.serialization_alias
    generator = model.model_config.get("alias_generator")
    if own is None and not callable(generator):
        raise NotPlainError
    shape = _shape(annotation)
    return own or cast("Callable[[str], str]", generator)(name), str in shape.kinds, shape


def _writes_like(model: type[BaseModel], root: type[BaseModel]) -> bool:
    """Tell whether a class leaves untouched all by which Pydantic lets classes change how they are written."""
    own, known = model.__pydantic_decorators__, root.__pydantic_decorators__
    untouched = ("_serialize", "model_dump", "model_dump_json")
    return (
        not (own.field_serializers or own.computed_fields)
        and own.model_serializers.keys() == known.model_serializers.keys()
        and all(getattr(model, name) is getattr(root, name) for name in untouched)
        and model.model_config == root.model_config
        and not any(_has_own(each, root) for each in model.__mro__)
    )


def _has_own(model: type, root: type[BaseModel]) -> bool:
    """Tell whether a class between a model and the root defines its schema, or types its further members."""
    if not issubclass(model, root) or model is root:
        return False
    annotations = cast("Mapping[str, object]", vars(model).get("__annotations__", {}))
    return "__pydantic_extra__" in annotations or "__get_pydantic_core_schema__" in vars(model)


# The walk


class Walk:
    """Writes one model."""

    def __init__(self, plans: Plans, values: int) -> None:
        self.wire: dict[str, object] = {}
        """The members of the model."""
        self.texts: list[str] = []
        """All text, and all names of members that are no fields."""
        self.numbers: list[int | float] = []
        """All numbers."""
        self.size = 0
        """At least the length of the names of all fields."""
        self._plans = plans
        self._values_left = values - 1

    def has_written(self, model: BaseModel, depth: int) -> bool:
        """Write a model, or tell that Pydantic must do so.

        Args:
            model: The model.
            depth: The most objects and arrays inside each other.
        """
        try:
            # A KeyError is an attribute that is no field.
            wire = self._model(model, depth)
        except (NotPlainError, KeyError, RecursionError):
            return False
        if not isinstance(wire, dict):
            return False
        self.wire = wire
        return True

    def to_json(self) -> str | None:
        """Return what was written as JSON; None where a number is not finite, or text no Unicode."""
        if not all(map(math.isfinite, self.numbers)):
            return None
        try:
            return to_json(self.wire).decode()
        except ValueError:
            return None

    def _model(self, model: BaseModel, depth: int) -> object:
        plan = self._plans[type(model)]
        members = model.__dict__
        memory = model.__pydantic_private__
        if plan is None or depth <= 0 or len(members) != len(plan.fields) or (memory and "_nulls" in memory):
            raise NotPlainError
        wire = self._fields(members, plan.fields, depth - 1)
        for name in plan.needed:
            if name not in wire:
                raise NotPlainError
        if model.__pydantic_extra__:
            self._add_extra(wire, model.__pydantic_extra__, plan, depth - 1)
        self.size += plan.size
        self._count(len(wire))
        return wire.get("id") if memory and "_bare" in memory else wire

    def _fields(self, members: Mapping[str, object], fields: _Fields, depth: int) -> dict[str, object]:
        # Most members are None or text: they cost no call.
        text = self.texts.append
        wire: dict[str, object] = {}
        for name, value in members.items():
            if value is None:
                continue
            place, takes_text, shape = fields[name]
            if takes_text and type(value) is str:
                text(value)
                wire[place] = value
            elif isinstance(value, list):
                wire[place] = self._list(value, shape, depth)
            else:
                wire[place] = self.value(value, shape, depth)
        return wire

    def _add_extra(self, wire: dict[str, object], extra: Mapping[str, object], plan: Plan, depth: int) -> None:
        for name, value in extra.items():
            if name in plan.names:
                raise NotPlainError
            if value is not None:
                self._name(name)
                wire[name] = self.value(value, ANYTHING, depth)

    def value(self, value: object, shape: Shape, depth: int) -> object:
        """Write one value of a shape, as ``has_written`` writes a model; otherwise raise NotPlainError."""
        kind = type(value)
        if kind not in shape.kinds:
            if shape.takes_models and isinstance(value, self._plans.root):
                return self._model(value, depth)
            raise NotPlainError
        if kind not in PLAIN:
            return self._model(cast("BaseModel", value), depth)
        if isinstance(value, list):
            return self._list(value, shape, depth)
        if isinstance(value, dict):
            return self._dict(value, depth)
        if isinstance(value, DateTime):
            value = value.lexical
        if isinstance(value, str):
            self.texts.append(value)
        elif kind is int or kind is float:
            self.numbers.append(cast("int | float", value))
        return value

    def _list(self, items: list[object], shape: Shape, depth: int) -> object:
        lone = type(items) is Lone and len(items) == 1
        if type(items) not in shape.kinds or shape.items is None or (depth <= 0 and not lone):
            raise NotPlainError
        if lone:
            return self.value(items[0], shape.items, depth)
        self._count(len(items))
        if shape.holds_only_texts(items):
            self.texts += cast("list[str]", items)
            return items.copy()
        return [self.value(item, shape.items, depth - 1) for item in items]

    def _dict(self, members: dict[object, object], depth: int) -> dict[object, object]:
        if depth <= 0:
            raise NotPlainError
        self._count(len(members))
        for name in members:
            self._name(name)
        return {name: self.value(item, ANYTHING, depth - 1) for name, item in members.items()}

    def _name(self, name: object) -> None:
        if type(name) is not str:
            raise NotPlainError
        self.texts.append(name)

    def _count(self, size: int) -> None:
        self._values_left -= size
        if self._values_left < 0:
            raise NotPlainError
