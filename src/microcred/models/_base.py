"""What every model shares: the three ways to validate, the names on the wire, and lossless reading.

- **Build** (no context; what calling a class does): strict, and fills in what a fresh object needs.
- **Read** (``READ``): tolerant, adds nothing, remembers spelling; dumping gives equal values back.
- **Judge** (``JUDGE``): the strict rules, on a document as it stands.
"""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache, wraps
from typing import TYPE_CHECKING, ClassVar, Protocol, Self, TypeVar, cast

from pydantic import (
    BaseModel,
    ConfigDict,
    ModelWrapValidatorHandler,
    SerializerFunctionWrapHandler,
    ValidationError,
    ValidationInfo,
    model_serializer,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from microcred.models._verdicts import Verdicts
from microcred.models._wire import MAX_DEPTH, Plans, Walk

__all__ = [
    "JUDGE",
    "PLANS",
    "READ",
    "Members",
    "Mode",
    "Model",
    "Rule",
    "mode_of",
    "problem",
    "remember",
    "shifted",
    "walked",
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


# Members of an enumeration, and attributes of models, are dear to look up; each object asks for these several times.
_BUILD, _READ, _JUDGE = Mode.BUILD, Mode.READ, Mode.JUDGE


class _Info(Protocol):
    @property
    def context(self) -> object: ...


def mode_of(info: _Info) -> Mode:
    """Return the mode that a validation context asks for; BUILD without one."""
    context = info.context
    return context.get("mode", _BUILD) if isinstance(context, dict) else _BUILD


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


class Members:
    """Look at the members of an object by the Python names of its fields, however they were given.

    In a document only the names on the wire count; when building, the Python names do as well.
    """

    def __init__(self, data: Mapping[str, object], mode: Mode) -> None:
        self._data = data
        self._building = mode is _BUILD

    def __getitem__(self, name: str) -> object:
        value = self._data.get(wire_name(name))
        return self._data.get(name) if value is None and self._building else value


M = TypeVar("M", bound="Model")


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
    repeats: ClassVar[bool] = False
    """Whether many documents hold the same object of this class."""

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
        # Nearly all is a dict; to ask what else it might be is dear.
        if type(data) is not dict and isinstance(data, cls):
            return handler(data)
        mode, facts = mode_of(info), _facts(cls)
        verdicts = _verdicts_of(info) if mode is _JUDGE and facts.repeats else None
        key = verdicts.key(cls, data) if verdicts is not None and isinstance(data, dict) else None
        if verdicts is None or key is None:
            return _validated(facts, data, handler, mode)
        if key in verdicts:
            # Who hands verdicts in asks for problems, not for the model.
            return cast("Self", _stand_in(cls))
        model = _validated(facts, data, handler, mode)
        verdicts.add(key)
        return model

    if not TYPE_CHECKING:
        # Pydantic's own signatures, which differ from release to release, are what others see.

        @wraps(BaseModel.model_dump)
        def model_dump(self, **options: object) -> dict[str, object]:
            walk = None if options else walked(self)
            return super().model_dump(**options) if walk is None else walk.wire

        @wraps(BaseModel.model_dump_json)
        def model_dump_json(self, **options: object) -> str:
            walk = None if options else walked(self)
            text = None if walk is None else walk.to_json()
            return super().model_dump_json(**options) if text is None else text

    def __repr_args__(self) -> Iterable[tuple[str | None, object]]:
        return ((name, value) for name, value in super().__repr_args__() if value is not None)

    @model_serializer(mode="wrap")
    def _serialize(self, handler: SerializerFunctionWrapHandler) -> object:
        wire = handler(self)
        # Pydantic calls this twice for a model that contains itself.
        if not isinstance(wire, dict):
            return wire
        memory = self.__pydantic_private__ or {}
        if "_bare" in memory:
            return wire["id"]
        nulls = memory.get("_nulls", ())
        return {name: value for name, value in wire.items() if value is not None or name in nulls}


PLANS = Plans(Model)
"""How the classes of models are written."""


def walked(model: Model, *, depth: int = MAX_DEPTH, values: int = sys.maxsize) -> Walk | None:
    """Return the members of a model as ``model_dump`` does; None where only Pydantic can.

    Args:
        model: The model.
        depth: The most objects and arrays inside each other; for more it is None.
        values: The most values; for more it is None.
    """
    walk = Walk(PLANS, values)
    return walk if walk.has_written(model, min(depth, MAX_DEPTH)) else None


def remember(model: Model, name: str, value: object) -> None:
    """Note how a model was written: beside its members, where copies and comparisons find it."""
    memory = {**(model.__pydantic_private__ or {}), name: value}
    object.__setattr__(model, "__pydantic_private__", memory)


def _detail(kind: str, message: str, location: tuple[str | int, ...]) -> InitErrorDetails:
    return InitErrorDetails(type=problem(message, kind), loc=location, input=None)


def shifted(error: ValidationError, start: int) -> ValidationError:
    """Return the error of a part of a list with its indexes moved to where the part starts."""
    details = [
        _detail(item["type"], item["msg"], (int(item["loc"][0]) + start, *item["loc"][1:]))
        for item in error.errors(include_url=False, include_input=False)
    ]
    return ValidationError.from_exception_data(error.title, details)


@dataclass(frozen=True, slots=True)
class _Facts:
    """What validation needs to know of a class."""

    model: type[Model]
    names: frozenset[str]
    """The names of its fields on the wire."""
    fresh: tuple[tuple[str, str, bool], ...]
    """The fields that a fresh object fills in, their names on the wire, and whether the wire requires them."""
    has_rules: bool
    """Whether it has rules of its own."""
    closed: bool
    repeats: bool


@cache
def _facts(model: type[Model]) -> _Facts:
    # A few names on the wire differ from what ``wire_name`` makes.
    names = {name: field.alias or wire_name(name) for name, field in model.model_fields.items()}
    fresh: list[tuple[str, str, bool]] = []
    for name, field in model.model_fields.items():
        if field.is_required() or (field.default_factory is None and field.default is None):
            continue
        fresh.append((name, names[name], type(None) not in getattr(field.annotation, "__args__", ())))
    own_rules = getattr(model.rules, "__func__", None) is not getattr(Model.rules, "__func__", None)
    return _Facts(model, frozenset(names.values()), tuple(fresh), own_rules, model.closed, model.repeats)


@cache
def _stand_in(model: type[Model]) -> Model:
    return model.model_construct()


def _verdicts_of(info: _Info) -> Verdicts | None:
    context = info.context
    found = context.get("verdicts") if isinstance(context, dict) else None
    return found if isinstance(found, Verdicts) else None


def _validated(facts: _Facts, data: object, handler: ModelWrapValidatorHandler[M], mode: Mode) -> M:
    errors: list[InitErrorDetails] = []
    model: M | None = None
    try:
        model = handler(data)
    except ValidationError as error:
        errors = [_detail(item["type"], item["msg"], item["loc"]) for item in error.errors(include_url=False)]
    if type(data) is dict or isinstance(data, Mapping):
        if mode is not _BUILD:
            errors += _absent(facts, model, data)
        if mode is not _READ:
            errors += _broken_rules(facts, data, mode)
        if model is not None and mode is not _BUILD and None in data.values():
            remember(model, "_nulls", frozenset(name for name, value in data.items() if value is None))
    if errors or model is None:
        raise ValidationError.from_exception_data(facts.model.__name__, errors)
    return model


def _absent(facts: _Facts, model: Model | None, data: Mapping[str, object]) -> list[InitErrorDetails]:
    """Take back the values that only a fresh object gets; those that the wire requires are missing."""
    errors: list[InitErrorDetails] = []
    for name, wire, required in facts.fresh:
        if wire in data:
            continue
        if required:
            errors.append(_detail("missing", "is missing", (wire,)))
        elif model is not None:
            model.__dict__[name] = None
    return errors


def _broken_rules(facts: _Facts, data: Mapping[str, object], mode: Mode) -> Iterable[InitErrorDetails]:
    broken: list[Rule] = []
    if mode is _BUILD or (facts.closed and not facts.names.issuperset(data)):
        broken += _unknown_members(facts, data, mode)
    if mode is _JUDGE and None in data.values():
        nulls = (name for name, value in data.items() if value is None and name in facts.names)
        broken += [((name,), "is null; leave the member out instead (App. A.1)") for name in nulls]
    if facts.has_rules:
        broken += facts.model.rules(Members(data, mode))
    return [_detail("microcred_rule", message, location) for location, message in broken] if broken else ()


def _unknown_members(facts: _Facts, data: Mapping[str, object], mode: Mode) -> Iterable[Rule]:
    model = facts.model
    for name in data:
        if name in facts.names or (mode is _BUILD and name in model.model_fields):
            continue
        if facts.closed:
            yield (name,), f"is not a member of {model.__name__}, which allows no others"
        elif "_" in name:
            close = difflib.get_close_matches(name, model.model_fields, n=1)
            hint = f"; did you mean “{close[0]}”?" if close else "; name extension members as JSON does"
            yield (name,), f"is not a member of {model.__name__}{hint}"
