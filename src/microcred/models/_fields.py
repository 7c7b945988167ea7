"""The kinds of fields that models have: lists that remember their brackets, types, references, and rules for text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, ClassVar, TypeVar, cast

from pydantic import (
    AfterValidator,
    Field,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)
from pydantic.fields import FieldInfo

from microcred.models._base import JUDGE, Mode, Model, mode_of, problem, remember, shifted
from microcred.models._wire import WRITE_MANY, Lone

__all__ = [
    "AtLeastOne",
    "LoneTypes",
    "Many",
    "Some",
    "Types",
    "lone_types",
    "reference",
    "strict",
    "types",
]

T = TypeVar("T")


def strict(check: Callable[[str], str | None]) -> AfterValidator:
    """Make a validator that applies a rule to text, except when reading.

    Args:
        check: Returns what is wrong, in plain words, or None.
    """

    def validate(value: str, info: ValidationInfo) -> str:
        if mode_of(info) is not Mode.READ:
            message = check(value)
            if message is not None:
                raise problem(message)
        return value

    return AfterValidator(validate)


# A list is validated in parts, and left at the first part with problems: hostile ones have tens of thousands of them.
_PART = 200
_ARRAYS = (list, tuple)


def _in_parts(value: Sequence[object], handler: ValidatorFunctionWrapHandler) -> list[object]:
    if len(value) <= _PART:
        return cast("list[object]", handler(value))
    items: list[object] = []
    for start in range(0, len(value), _PART):
        try:
            items += handler(value[start : start + _PART])
        except ValidationError as error:
            raise shifted(error, start) from None
    return items


def _read_many(value: object, handler: ValidatorFunctionWrapHandler, info: ValidationInfo) -> object:
    if isinstance(value, _ARRAYS):
        return _in_parts(value, handler)
    items = handler([value])
    return items if mode_of(info) is Mode.BUILD else Lone(items)


def _read_some(value: object, handler: ValidatorFunctionWrapHandler, info: ValidationInfo) -> object:
    if not isinstance(value, _ARRAYS):
        return Lone(handler([value]))
    items = _in_parts(value, handler)
    return Lone(items) if len(items) == 1 and mode_of(info) is Mode.BUILD else items


Many = Annotated[list[T], WrapValidator(_read_many), WRITE_MANY]
"""A list that is written as an array, even of one (App. A.1); a lone value is read too, and stays one."""


def _not_empty(value: list[T], info: ValidationInfo) -> list[T]:
    if not value and mode_of(info) is not Mode.READ:
        raise problem("must not be empty")
    return value


AtLeastOne = Annotated[list[T], WrapValidator(_read_many), WRITE_MANY, AfterValidator(_not_empty)]
"""A list that is written as an array, and that the standard wants at least one element in."""
Some = Annotated[list[T], WrapValidator(_read_some), WRITE_MANY]
"""A list that is written without brackets when it has one element; an array is read too, and stays one."""


def reference(model: type[Model], *, judged: bool) -> WrapValidator:
    """Make a validator that takes a URI in place of an object with an id.

    Args:
        model: The class of the object.
        judged: Whether the standard allows the bare URI.
    """

    def validate(value: object, handler: ValidatorFunctionWrapHandler, info: ValidationInfo) -> object:
        if not isinstance(value, str):
            return handler(value)
        mode = mode_of(info)
        if mode is Mode.BUILD:
            return handler({"id": value})
        if mode is Mode.JUDGE:
            if not judged:
                raise problem(f"must be an object with id and type ({model.__name__}), not just a URL")
            # The id obeys the rules of the class even when it stands alone.
            _check_field(model, "id", value)
        bare = model.model_construct(_fields_set={"id"}, id=value)
        remember(bare, "_bare", True)
        return bare

    return WrapValidator(validate)


def _check_field(model: type[Model], name: str, value: object) -> None:
    for item in model.model_fields[name].metadata:
        if isinstance(item, AfterValidator):
            info = cast(ValidationInfo, _JudgeInfo())
            cast(Callable[[object, ValidationInfo], object], item.func)(value, info)


class _JudgeInfo:
    context: ClassVar[dict[str, Mode]] = JUDGE


def _read_types(value: object, handler: ValidatorFunctionWrapHandler, info: ValidationInfo) -> list[str]:
    names = handler(value) if isinstance(value, _ARRAYS) else _read_many(value, handler, info)
    return _no_empty_types(cast("list[str]", names), info)


def _read_lone_types(value: object, handler: ValidatorFunctionWrapHandler, info: ValidationInfo) -> list[str]:
    several = isinstance(value, _ARRAYS) and len(value) != 1
    names = handler(value) if several else _read_some(value, handler, info)
    return _no_empty_types(cast("list[str]", names), info)


def _no_empty_types(value: list[str], info: ValidationInfo) -> list[str]:
    # Here and below the mode is asked for only where something is wrong.
    if (value and "" not in value) or mode_of(info) is Mode.READ or info.field_name is None:
        return value
    for index, name in enumerate(value):
        if not name:
            raise problem(f"entry {index} is empty")
    raise problem("names no type")


Types = Annotated[list[str], WrapValidator(_read_types), WRITE_MANY]
"""The ``type`` of a class that the standard writes as an array."""
LoneTypes = Annotated[list[str], WrapValidator(_read_lone_types), WRITE_MANY]
"""The ``type`` of a class that the standard writes as a single name."""


def _needs(names: tuple[str, ...], *, single: bool) -> AfterValidator:
    def validate(value: list[str], info: ValidationInfo) -> list[str]:
        for name in names:
            if name not in value and mode_of(info) is not Mode.READ:
                raise problem(f"must include “{name}”")
        if single and len(value) > 1 and mode_of(info) is not Mode.READ:
            raise problem("must be a single name")
        return value

    return AfterValidator(validate)


def types(*names: str, needed: tuple[str, ...] | None = None) -> list[str]:
    """Declare the ``type`` of a class that the standard writes as an array.

    Args:
        names: What a fresh object gets.
        needed: What every object must include; by default the same.
    """
    return _declare(names, list, names if needed is None else needed)


def lone_types(name: str) -> list[str]:
    """Declare the ``type`` of a class that the standard writes as a single name."""
    return _declare((name,), Lone, (name,), single=True)


def _declare(
    names: tuple[str, ...],
    kind: Callable[[tuple[str, ...]], list[str]],
    needed: tuple[str, ...],
    *,
    single: bool = False,
) -> list[str]:
    field: object = Field(default_factory=lambda: kind(names))
    cast("FieldInfo", field).metadata.append(_needs(needed, single=single))
    return cast(list[str], field)
