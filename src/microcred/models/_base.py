"""What every model shares: the three ways to validate, the names on the wire, and lossless reading.

- **Build** (no context; what calling a class does): strict, and fills in what a fresh object needs.
- **Read** (``READ``): tolerant, adds nothing, remembers spelling; dumping gives equal values back.
- **Judge** (``JUDGE``): the strict rules, on a document as it stands.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from functools import cache
from typing import Annotated, ClassVar, Protocol, Self, TypeVar, cast

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    PrivateAttr,
    SerializerFunctionWrapHandler,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapSerializer,
    WrapValidator,
    model_serializer,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import InitErrorDetails, PydanticCustomError

__all__ = [
    "JUDGE",
    "READ",
    "AtLeastOne",
    "LoneTypes",
    "Many",
    "Members",
    "Mode",
    "Model",
    "Rule",
    "Some",
    "Types",
    "lone_types",
    "mode_of",
    "problem",
    "reference",
    "strict",
    "types",
    "wire_name",
]

T = TypeVar("T")
Rule = tuple[tuple[str | int, ...], str]
"""A broken rule: where (member names and indexes below the object), and what to do, in plain words."""


class Mode(Enum):
    """The way in which a value is validated."""

    BUILD = "build"
    READ = "read"
    JUDGE = "judge"


READ: dict[str, Mode] = {"mode": Mode.READ}
"""Validation context for reading what others wrote: tolerant and lossless."""
JUDGE: dict[str, Mode] = {"mode": Mode.JUDGE}
"""Validation context for applying the strict rules to a document as it stands."""


class _Info(Protocol):
    @property
    def context(self) -> object: ...


def mode_of(info: _Info) -> Mode:
    """Return the mode that a validation context asks for; BUILD without one."""
    context = info.context
    return context.get("mode", Mode.BUILD) if isinstance(context, dict) else Mode.BUILD


# Wire names that are not camelCase.
_EXACT_NAMES = {
    "context": "@context",
    "digest_sri": "digestSRI",
    "key_ops": "key_ops",
    "o_auth2_acg": "OAuth2ACG",
    "x5t_s256": "x5t#S256",
}


@cache
def wire_name(name: str) -> str:
    """Return the JSON member name of a Python name: ``valid_from`` is ``validFrom``."""
    if name in _EXACT_NAMES:
        return _EXACT_NAMES[name]
    for prefix, wire_prefix in (("imsx_", "imsx_"), ("x_imssf_", "x-imssf-")):
        if name.startswith(prefix):
            return wire_prefix + wire_name(name.removeprefix(prefix))
    first, *rest = name.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in rest)


def problem(message: str, kind: str = "rule") -> PydanticCustomError:
    """Make the error of a broken rule; braces in the message are kept."""
    return PydanticCustomError("microcred_" + kind, "{message}", {"message": message})


class Members:
    """Look at the members of an object by the Python names of its fields, however they were given.

    In a document only the names on the wire count; when building, the Python names do as well.
    """

    def __init__(self, data: Mapping[str, object], mode: Mode) -> None:
        self._data = data
        self._building = mode is Mode.BUILD

    def __getitem__(self, name: str) -> object:
        value = self._data.get(wire_name(name))
        return self._data.get(name) if value is None and self._building else value

    def names(self, model: type[Model]) -> Iterable[str]:
        """Return the given names that are no member of a model."""
        known = {wire_name(name) for name in model.model_fields}
        if self._building:
            known |= set(model.model_fields)
        return (name for name in self._data if name not in known)

    def nulls(self, model: type[Model]) -> Iterable[str]:
        """Return the members of a model that are explicitly null."""
        known = {wire_name(name) for name in model.model_fields}
        return (name for name, value in self._data.items() if value is None and name in known)


class Model(BaseModel):
    """The base of all models: open, in the standards' words, and equal to its JSON."""

    model_config = ConfigDict(
        alias_generator=wire_name,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
        extra="allow",
        defer_build=True,
        protected_namespaces=(),
        hide_input_in_errors=True,
    )

    closed: ClassVar[bool] = False
    """Whether the standard forbids members that it does not name."""

    _nulls: frozenset[str] = PrivateAttr(default=frozenset())
    _bare: bool = PrivateAttr(default=False)

    @classmethod
    def rules(cls, members: Members) -> Iterable[Rule]:  # noqa: ARG003
        """Return the broken rules that concern several members at once.

        Args:
            members: Raw values of any type: what was given, before conversion.
        """
        return ()

    @model_validator(mode="wrap")
    @classmethod
    def _validate(cls, data: object, handler: ModelWrapValidatorHandler[Self], info: ValidationInfo) -> Self:
        if isinstance(data, cls):
            return handler(data)
        mode = mode_of(info)
        errors: list[InitErrorDetails] = []
        model: Self | None = None
        try:
            model = handler(data)
        except ValidationError as error:
            errors = [_detail(item["type"], item["msg"], item["loc"]) for item in error.errors(include_url=False)]
        if isinstance(data, Mapping):
            if mode is not Mode.BUILD:
                errors += _absent(cls, model, data)
            if mode is not Mode.READ:
                members = Members(data, mode)
                broken = [*_shape_rules(cls, members, mode), *cls.rules(members)]
                errors += [_detail("microcred_rule", message, location) for location, message in broken]
        if errors or model is None:
            raise ValidationError.from_exception_data(cls.__name__, errors)
        if mode is not Mode.BUILD and isinstance(data, Mapping) and None in data.values():
            nulls = frozenset(name for name, value in data.items() if value is None)
            model._nulls = nulls  # noqa: SLF001
        return model

    def __repr_args__(self) -> Iterable[tuple[str | None, object]]:
        return ((name, value) for name, value in super().__repr_args__() if value is not None)

    @model_serializer(mode="wrap")
    def _serialize(self, handler: SerializerFunctionWrapHandler) -> object:
        wire = handler(self)
        # Pydantic calls this twice for a model that contains itself.
        if not isinstance(wire, dict):
            return wire
        if self._bare:
            return wire["id"]
        nulls = self._nulls
        return {name: value for name, value in wire.items() if value is not None or name in nulls}


def _detail(kind: str, message: str, location: tuple[str | int, ...]) -> InitErrorDetails:
    error = PydanticCustomError(kind, "{message}", {"message": message})
    return InitErrorDetails(type=error, loc=location, input=None)


@cache
def _fresh_fields(model: type[Model]) -> tuple[tuple[str, bool], ...]:
    """Return the fields that a fresh object fills in, and whether the wire requires them."""
    found: list[tuple[str, bool]] = []
    for name, field in model.model_fields.items():
        if field.is_required() or (field.default_factory is None and field.default is None):
            continue
        found.append((name, type(None) not in getattr(field.annotation, "__args__", ())))
    return tuple(found)


def _absent(model_class: type[Model], model: Model | None, data: Mapping[str, object]) -> list[InitErrorDetails]:
    """Take back the values that only a fresh object gets; those that the wire requires are missing."""
    errors: list[InitErrorDetails] = []
    for name, required in _fresh_fields(model_class):
        if wire_name(name) in data:
            continue
        if required:
            errors.append(_detail("missing", "is missing", (wire_name(name),)))
        elif model is not None:
            model.__dict__[name] = None
    return errors


def _shape_rules(model: type[Model], members: Members, mode: Mode) -> Iterable[Rule]:
    if model.closed:
        for name in members.names(model):
            yield (name,), f"is not a member of {model.__name__}, which allows no others"
    if mode is Mode.BUILD and not model.closed:
        for name in members.names(model):
            if "_" in name:
                close = difflib.get_close_matches(name, model.model_fields, n=1)
                hint = f"; did you mean “{close[0]}”?" if close else "; name extension members as JSON does"
                yield (name,), f"is not a member of {model.__name__}{hint}"
    if mode is Mode.JUDGE:
        for name in members.nulls(model):
            yield (name,), "is null; leave the member out instead (App. A.1)"


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


class Lone(list[T]):
    """A list of one that stands on the wire without its brackets."""


def _read_many(value: object, handler: ValidatorFunctionWrapHandler, info: ValidationInfo) -> object:
    if isinstance(value, list | tuple):
        return handler(value)
    items = handler([value])
    return items if mode_of(info) is Mode.BUILD else Lone(items)


def _read_some(value: object, handler: ValidatorFunctionWrapHandler, info: ValidationInfo) -> object:
    lone = not isinstance(value, list | tuple)
    items = handler([value] if lone else value)
    if lone or (mode_of(info) is Mode.BUILD and len(items) == 1):
        return Lone(items)
    return items


def _write_many(value: list[object], handler: SerializerFunctionWrapHandler) -> object:
    items = handler(value)
    return items[0] if isinstance(value, Lone) and len(value) == 1 else items


Many = Annotated[list[T], WrapValidator(_read_many), WrapSerializer(_write_many)]
"""A list that is written as an array, even of one (App. A.1); a lone value is read too, and stays one."""


def _not_empty(value: list[T], info: ValidationInfo) -> list[T]:
    if mode_of(info) is not Mode.READ and not value:
        raise problem("must not be empty")
    return value


AtLeastOne = Annotated[list[T], WrapValidator(_read_many), WrapSerializer(_write_many), AfterValidator(_not_empty)]
"""A list that is written as an array, and that the standard wants at least one element in."""
Some = Annotated[list[T], WrapValidator(_read_some), WrapSerializer(_write_many)]
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
        bare._bare = True  # noqa: SLF001
        return bare

    return WrapValidator(validate)


def _check_field(model: type[Model], name: str, value: object) -> None:
    for item in model.model_fields[name].metadata:
        if isinstance(item, AfterValidator):
            info = cast(ValidationInfo, _JudgeInfo())
            cast(Callable[[object, ValidationInfo], object], item.func)(value, info)


class _JudgeInfo:
    context: ClassVar[dict[str, Mode]] = JUDGE


def _no_empty_types(value: list[str], info: ValidationInfo) -> list[str]:
    if mode_of(info) is Mode.READ or info.field_name is None:
        return value
    for index, name in enumerate(value):
        if not name:
            raise problem(f"entry {index} is empty")
    if not value:
        raise problem("names no type")
    return value


Types = Annotated[list[str], WrapValidator(_read_many), WrapSerializer(_write_many), AfterValidator(_no_empty_types)]
"""The ``type`` of a class that the standard writes as an array."""
LoneTypes = Annotated[
    list[str], WrapValidator(_read_some), WrapSerializer(_write_many), AfterValidator(_no_empty_types)
]
"""The ``type`` of a class that the standard writes as a single name."""


def _needs(*names: str) -> AfterValidator:
    def validate(value: list[str], info: ValidationInfo) -> list[str]:
        if mode_of(info) is not Mode.READ:
            for name in names:
                if name not in value:
                    raise problem(f"must include “{name}”")
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


def _only_one(value: list[str], info: ValidationInfo) -> list[str]:
    if mode_of(info) is not Mode.READ and len(value) > 1:
        raise problem("must be a single name")
    return value


def _declare(
    names: tuple[str, ...],
    kind: Callable[[tuple[str, ...]], list[str]],
    needed: tuple[str, ...],
    *,
    single: bool = False,
) -> list[str]:
    field: object = Field(default_factory=lambda: kind(names))
    rules = [_needs(*needed), *([AfterValidator(_only_one)] if single else [])]
    cast(FieldInfo, field).metadata.extend(rules)
    return cast(list[str], field)
