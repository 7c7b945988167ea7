"""How Sphinx builds these pages. A warning is an error; nothing is fetched."""  # noqa: INP001

from __future__ import annotations

import re
from typing import TYPE_CHECKING, get_origin

from pydantic import BaseModel

import microcred

# Before autodoc pretends to be a type checker, with which FastAPI cannot be imported.
import microcred.server.app
from microcred.models import Model

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "microcred"
author = "The microcred authors"
release = microcred.__version__
version = release

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]

myst_heading_anchors = 3

autodoc_default_options = {"members": True, "undoc-members": True, "member-order": "bysource", "show-inheritance": True}
autodoc_preserve_defaults = True
autodoc_typehints_format = "short"
autodoc_type_aliases = {
    name: name
    for name in (
        "AnyCredential",
        "Contexts",
        "JSONObject",
        "JSONValue",
        "KeyType",
        "Readable",
        "Recipient",
        "Steps",
        "TrustedIssuers",
    )
}
napoleon_numpy_docstring = False

html_theme = "furo"
html_title = f"microcred {release}"

_FORWARD_REFERENCE = re.compile(r"TypeAliasForwardRef\('(\w+)'\)")
_FOR_PYDANTIC = frozenset(["closed", "rules", *dir(BaseModel)])
_kept: dict[str, list[str]] = {}


def _plain(text: str | None) -> str | None:
    return None if text is None else _FORWARD_REFERENCE.sub(r"\1", text)


def _write_signature(
    _app: Sphinx,
    _what: str,
    _name: str,
    item: object,
    _options: object,
    signature: str | None,
    annotation: str | None,
) -> tuple[str | None, str | None]:
    """Write aliases by their names, and models without arguments, which are the attributes listed below them."""
    if isinstance(item, type) and issubclass(item, Model):
        return "(…)", None
    return _plain(signature), _plain(annotation)


def _keep_docstring(_app: Sphinx, what: str, name: str, _item: object, _options: object, lines: list[str]) -> None:
    """Keep an attribute's docstring: napoleon would take what stands before its first colon for a type."""
    if what in {"attribute", "data", "property"}:
        _kept[name] = [*lines, ""]


def _restore_docstring(_app: Sphinx, _what: str, name: str, _item: object, _options: object, lines: list[str]) -> None:
    if name in _kept:
        lines[:] = _kept.pop(name)


def _write_bases(_app: Sphinx, _name: str, _item: object, _options: object, bases: list[type]) -> None:
    """Name the nearest public base; one with parameters has no order of its own."""
    classes = [get_origin(found) or found for found in bases]
    bases[:] = [next(base for base in found.__mro__ if not base.__name__.startswith("_")) for found in classes]


def _skip(_app: Sphinx, _what: str, name: str, _item: object, _skipped: bool, _options: object) -> bool | None:
    """Leave out what models have for Pydantic's sake."""
    return True if name in _FOR_PYDANTIC and not name.startswith("__") else None


def setup(app: Sphinx) -> None:
    """Connect the rules above."""
    app.connect("autodoc-process-signature", _write_signature)
    app.connect("autodoc-process-docstring", _keep_docstring, priority=400)
    app.connect("autodoc-process-docstring", _restore_docstring, priority=600)
    app.connect("autodoc-process-bases", _write_bases)
    app.connect("autodoc-skip-member", _skip)
