"""Judge documents that differ in a few texts: by the rules of the fields where those stand, and of the objects around.

Whether an object is right depends on its members, and on the rules that compare them; a text that changes can break
only the rules of its own field and those of the objects that it is in. What is not surely so is left to the judgement
of the whole: there is no set of rules then.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Annotated, TypeAlias, Union, cast, get_args, get_origin

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Discriminator,
    PlainSerializer,
    PlainValidator,
    SerializeAsAny,
    Strict,
    Tag,
    WrapSerializer,
)

from microcred.models._base import JUDGE, Members, Model, mode_of, wire_name

__all__ = ["Path", "SlotRules", "slot_rules"]

Path: TypeAlias = tuple[str | int, ...]
_Validator: TypeAlias = Callable[[str], object]
_BY_ITS_CLASS = cast(type, SerializeAsAny)
# None of these has a say in whether a text is right.
_SILENT = (Strict, Tag, Discriminator, PlainSerializer, WrapSerializer, _BY_ITS_CLASS)


class _Info:
    """What validators may ask for."""

    context = JUDGE
    field_name = None


_INFO = _Info()
_MODE = mode_of(_INFO)


class _UnknownError(Exception):
    """The rules of a field are of a kind that only Pydantic knows to apply."""


@dataclass(frozen=True, slots=True)
class SlotRules:
    """The rules that texts in some slots can break."""

    fields: tuple[tuple[int, tuple[_Validator, ...]], ...]
    """Slots, and the rules of the fields in which they stand."""
    objects: tuple[tuple[Path, type[Model]], ...]
    """Where objects are that have rules of their own, and a slot below them."""

    def allow(self, texts: Sequence[str], document: Mapping[str, object]) -> bool:
        """Tell whether nothing is wrong with a document.

        Args:
            texts: What stands in its slots.
            document: The whole document, with these texts.
        """
        try:
            for slot, validators in self.fields:
                for validate in validators:
                    validate(texts[slot])
            for path, model in self.objects:
                members: object = document
                for part in path:
                    members = cast("Mapping[str | int, object]", members)[part]
                for _ in model.rules(Members(cast("Mapping[str, object]", members), _MODE)):
                    return False
        except (ValueError, AssertionError):
            return False
        return True


def slot_rules(model: Model, document: Mapping[str, object], paths: Iterable[Path]) -> SlotRules | None:
    """Find the rules that other texts in some places of a document could break.

    Args:
        model: The document, as it is read; nothing is wrong with it.
        document: The document.
        paths: Where the texts stand, slot by slot; never in a ``type`` or ``@context``.

    Returns:
        The rules; None when they are not surely all.
    """
    fields: list[tuple[int, tuple[_Validator, ...]]] = []
    objects: dict[Path, type[Model]] = {}
    try:
        for slot, path in enumerate(paths):
            validators = _follow(model, document, path, objects)
            if validators:
                fields.append((slot, validators))
    except _UnknownError:
        return None
    return SlotRules(tuple(fields), tuple(objects.items()))


def _follow(
    model: Model, document: Mapping[str, object], path: Path, objects: dict[Path, type[Model]]
) -> tuple[_Validator, ...]:
    """Go down to a slot; return the rules of its field, and note the objects on the way that have rules."""
    for depth, name in enumerate(path):
        if isinstance(name, int):
            # An entry of the list from which the last step came.
            continue
        kind = type(model)
        _check_class(kind)
        if getattr(kind.rules, "__func__", None) is not getattr(Model.rules, "__func__", None):
            objects[path[:depth]] = kind
        field = next((n for n, each in kind.model_fields.items() if (each.alias or wire_name(n)) == name), None)
        if field is None:
            # A member of somebody else's: nothing in it is judged.
            return ()
        value, found = document[str(name)], model.__dict__[field]
        rest = path[depth + 1 :]
        if not rest:
            info = kind.model_fields[field]
            return _of_text(info.annotation, tuple(info.metadata))
        if isinstance(value, list):
            value, found = value[cast(int, rest[0])], cast("list[object]", found)[cast(int, rest[0])]
        elif isinstance(found, list) and len(found) == 1:
            found = found[0]
        if not (isinstance(value, dict) and isinstance(found, Model)):
            raise _UnknownError
        model, document = found, value
    raise _UnknownError


def _check_class(kind: type[Model]) -> None:
    """Make sure that a class judges its objects as all do."""
    own, known = kind.__pydantic_decorators__, Model.__pydantic_decorators__
    others = own.field_validators or own.validators or own.root_validators
    redone = any("_validate" in vars(each) for each in kind.__mro__ if each is not Model)
    if others or redone or own.model_validators.keys() != known.model_validators.keys():
        raise _UnknownError


def _of_text(annotation: object, metadata: tuple[object, ...]) -> tuple[_Validator, ...]:
    """Return the rules for text in a field."""
    if get_origin(annotation) is Annotated:
        inner, *more = get_args(annotation)
        return _of_text(inner, (*more, *metadata))
    last = max((n for n, item in enumerate(metadata) if isinstance(item, PlainValidator)), default=None)
    if last is not None:
        # It takes the place of all that stands before it.
        rules = [_bound(cast(PlainValidator, metadata[last]).func)]
        metadata = metadata[last + 1 :]
    else:
        rules = [*_of_plain(annotation)]
    for item in metadata:
        if isinstance(item, AfterValidator):
            rules.append(_bound(item.func))
        elif isinstance(item, BeforeValidator):
            rules.insert(0, _unchanged(_bound(item.func)))
        elif not isinstance(item, _SILENT):
            raise _UnknownError
    return tuple(rules)


def _of_plain(annotation: object) -> tuple[_Validator, ...]:
    if annotation is str:
        return ()
    if get_origin(annotation) in (Union, UnionType):
        takers = [member for member in get_args(annotation) if not _refuses_text(member)]
        if len(takers) == 1:
            return _of_text(takers[0], ())
    raise _UnknownError


def _refuses_text(annotation: object) -> bool:
    """Tell whether text is surely not taken as a value of an annotation, where another takes it."""
    if get_origin(annotation) is Annotated:
        annotation, *metadata = get_args(annotation)
        return all(isinstance(item, _SILENT) for item in metadata) and _refuses_text(annotation)
    kind = get_origin(annotation) or annotation
    return isinstance(kind, type) and issubclass(kind, BaseModel | NoneType | list | dict | int)


def _bound(function: Callable[..., object]) -> _Validator:
    """Give a validator what it wants beside the value."""
    if len(inspect.signature(function).parameters) == 1:
        return function
    return lambda text: function(text, _INFO)


def _unchanged(validate: _Validator) -> _Validator:
    def check(text: str) -> None:
        if validate(text) is not text:
            raise ValueError("is something else before it is judged")

    return check
