"""How a service is set up: by arguments, by the environment, or in one TOML file; the first that says it counts."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from microcred.errors import DocumentError, Problem
from microcred.json import pointer

__all__ = ["Format", "IssuerSettings", "Settings", "TokenSettings"]

Format = Literal["embedded", "jwt", "vc-jose"]
_PREFIX = "MICROCRED_SERVER_"
_NAME = r"^[a-z0-9][a-z0-9-]{0,62}$"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class IssuerSettings(_Part):
    """One issuer that the service signs for."""

    folder: Path
    """The folder of the issuer: see ``microcred issuer init``."""
    password: SecretStr | None = None
    """The password of its key."""
    password_file: Path | None = None
    """A file with the password."""
    database: str | None = None
    """The registry of its statuses, and of what it issued; by default ``status.db`` in the folder (SQLite)."""
    database_file: Path | None = None
    """A file with that address, for one that has a password."""
    format: Format = "embedded"
    """What is issued: a proof in the credential, a JWT as Open Badges has it, or one as VC-JOSE-COSE has it."""
    status: tuple[Literal["revocation", "suspension"], ...] = ("revocation",)
    """For which purposes each credential gets an entry in a status list; empty for none."""
    host: bool = False
    """Whether credentials are kept, and shown to whoever knows their URL."""


class TokenSettings(_Part):
    """Somebody who may have something signed."""

    name: str
    """Who it is, for the history of statuses."""
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    """The SHA-256 of the token, in hexadecimal: ``microcred serve --new-token`` makes both."""
    issuers: tuple[str, ...] | None = None
    """The names of the issuers that it is for; without it, all."""


class Settings(_Part):
    """All settings of a service."""

    base_url: str = "http://127.0.0.1:8000"
    """Where the service is reached from outside; what is issued holds it."""
    issuers: Annotated[dict[Annotated[str, Field(pattern=_NAME)], IssuerSettings], Field(max_length=1_000)] = {}
    """The issuers, by the names that they have in URLs; the first is the one that needs no name."""
    tokens: tuple[TokenSettings, ...] = ()
    """Who may have something signed."""
    no_token_on_loopback: bool = False
    """Whether programs on this machine need no token, when there are none at all."""
    trust: tuple[str, ...] = ()
    """The ids of issuers whose credentials verify here, beside the service's own."""
    trust_any_issuer: bool = False
    """Whether credentials of anybody verify."""
    registries: tuple[str, ...] = ()
    """Registry files that vouch for issuers: https URLs or paths."""
    online: bool = True
    """Whether keys and statuses are looked up on the web."""
    achievements: Path | None = None
    """A folder of achievements as JSON or TOML, which are shown below ``achievements/`` by the names of the files."""
    threads: Annotated[int, Field(ge=1, le=256)] = 16
    """How many look-ups on the web are under way at once."""
    most_requests: Annotated[int, Field(ge=1, le=100_000)] = 256
    """How many requests may be under way; more are answered with 503."""
    seconds: Annotated[float, Field(gt=0, le=600)] = 30.0
    """How long a request may take."""
    drain_seconds: Annotated[float, Field(ge=0, le=600)] = 0.0
    """How long ``/health/ready`` answers 503 before the process ends, so that a load balancer notices."""

    @classmethod
    def load(
        cls,
        file: Path | None = None,
        *,
        environment: Mapping[str, str] | None = None,
        **arguments: object,
    ) -> Self:
        """Read the settings.

        Args:
            file: A TOML file with the names of the fields; ``MICROCRED_SERVER_FILE`` names one, too.
            environment: By default that of the process: ``MICROCRED_SERVER_BASE_URL`` and the like; lists with commas.
            arguments: Fields that count before all others; those that are None do not.

        Raises:
            DocumentError: A setting is unknown or cannot be; it lists all of them.
        """
        variables = os.environ if environment is None else environment
        if file is None and variables.get(f"{_PREFIX}FILE"):
            file = Path(variables[f"{_PREFIX}FILE"])
        members = {} if file is None else _of_file(file)
        members |= _of_environment(variables)
        members |= {name: value for name, value in arguments.items() if value is not None}
        try:
            return cls.model_validate(members)
        except ValidationError as error:
            # Not what was given: it may be a password.
            found = [Problem(pointer(*each["loc"]), "MALFORMED_VALUE_ERROR", each["msg"]) for each in error.errors()]
            raise DocumentError(found) from None


def _of_file(file: Path) -> dict[str, object]:
    try:
        with file.open("rb") as opened:
            return dict(tomllib.load(opened))
    except FileNotFoundError:
        raise DocumentError.at("", f"there is no file {file}", "PARSING_ERROR") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DocumentError.at("", f"{file} is not TOML: {error}", "PARSING_ERROR") from None


def _of_environment(variables: Mapping[str, str]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, field in Settings.model_fields.items():
        text = variables.get(_PREFIX + name.upper())
        if text is None or name == "issuers":
            continue
        many = str(field.annotation).startswith("tuple")
        if name == "tokens":
            # The hashes alone, each with the name of its place.
            found[name] = [{"name": f"token-{i}", "sha256": each} for i, each in enumerate(_split(text), 1)]
        else:
            found[name] = _split(text) if many else text
    one = {
        name: variables[f"{_PREFIX}ISSUER_{name.upper()}"]
        for name in IssuerSettings.model_fields
        if f"{_PREFIX}ISSUER_{name.upper()}" in variables
    }
    if one:
        found["issuers"] = {"main": {**one, **({"status": _split(one["status"])} if "status" in one else {})}}
    return found


def _split(text: str) -> list[str]:
    return [each.strip() for each in text.split(",") if each.strip()]
