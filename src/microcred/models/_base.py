"""What every model shares: the three ways to validate, the names on the wire, and lossless reading.

- **Build** (no context; what calling a class does): strict, and fills in what a fresh object needs.
- **Read** (``READ``): tolerant, adds nothing, remembers spelling; dumping gives equal values back.
- **Judge** (``JUDGE``): the strict rules, on a document as it stands.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from enum import Enum
from functools import cache
from typing import ClassVar, Protocol, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    ModelWrapValidatorHandler,
    PrivateAttr,
    SerializerFunctionWrapHandler,
    ValidationError,
    ValidationInfo,
    model_serializer,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

__all__ = [
    "JUDGE",
    "READ",
    "Members",
    "Mode",
    "Model",
    "Rule",
    "mode_of",
    "problem",
    "shifted",
    "wire_name",
]

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


def problem(message: str, kind: str = "microcred_rule") -> PydanticCustomError:
    """Make the error of a broken rule; braces in the message are kept."""
    return PydanticCustomError(kind, "{message}", {"message": message})


@cache
def _wire_names(model: type[Model]) -> dict[str, str]:
    """Return the names on the wire of a model's fields; a few differ from what ``wire_name`` makes."""
    return {name: field.alias or wire_name(name) for name, field in model.model_fields.items()}


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
        known = set(_wire_names(model).values())
        if self._building:
            known |= set(model.model_fields)
        return (name for name in self._data if name not in known)

    def nulls(self, model: type[Model]) -> Iterable[str]:
        """Return the members of a model that are explicitly null."""
        known = set(_wire_names(model).values())
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
    return InitErrorDetails(type=problem(message, kind), loc=location, input=None)


def shifted(error: ValidationError, start: int) -> ValidationError:
    """Return the error of a part of a list with its indexes moved to where the part starts."""
    details = [
        _detail(item["type"], item["msg"], (int(item["loc"][0]) + start, *item["loc"][1:]))
        for item in error.errors(include_url=False, include_input=False)
    ]
    return ValidationError.from_exception_data(error.title, details)


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
        wire = _wire_names(model_class)[name]
        if wire in data:
            continue
        if required:
            errors.append(_detail("missing", "is missing", (wire,)))
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
