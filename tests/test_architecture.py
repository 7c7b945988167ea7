"""The house: who may import whom, what is loaded when, the public names, and the sizes that keep the code readable."""

from __future__ import annotations

import ast
import importlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import microcred

# What is imported: the checkout, or the installed wheel.
PACKAGE = Path(microcred.__file__).parent
SOURCE = PACKAGE.parent
# A module imports only rooms above its own.
ROOMS = (
    *("errors", "limits", "protocols", "files", "encoding", "json", "jcs", "key_material", "keys", "signers"),
    *("models", "documents", "baking", "jsonld", "digests", "signing", "status"),
    *("verify", "issuer", "hosting", "batch", "share", "testing", "server", "cli"),
)
# They name types of higher rooms, for type checkers only.
NAMES_HIGHER_TYPES = ("errors", "protocols")
SLOW = (
    *("pyld", "jwcrypto", "httpx", "httpcore", "typer", "rich", "requests", "py_arkworks_bls12381"),
    *("boto3", "botocore", "pkcs11", "jsonschema", "jsonschema_specifications", "referencing", "sqlalchemy", "psycopg"),
    *("fastapi", "starlette", "uvicorn", "jinja2", "prometheus_client", "multipart", "python_multipart"),
    *("distributed", "dask", "openpyxl", "resvg_py", "segno", "typst"),
)
MAX_MODULE_LINES, MAX_FUNCTION_LINES = 400, 60


@dataclass(frozen=True)
class Import:
    """One imported module of one import statement."""

    target: str
    line: int
    at_import_time: bool
    for_type_checkers: bool


@dataclass(frozen=True)
class Module:
    """One file of the package."""

    name: str
    path: Path

    @property
    def room(self) -> str:
        """The name below microcred; the front door itself has none."""
        return self.name.partition(".")[2].partition(".")[0]

    @property
    def tree(self) -> ast.Module:
        return parse(self.path)

    def imports(self) -> Iterator[Import]:
        yield from _imports(self.tree.body, at_import_time=True, for_type_checkers=False)


@cache
def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def _imports(nodes: list[ast.stmt], *, at_import_time: bool, for_type_checkers: bool) -> Iterator[Import]:
    for node in nodes:
        if isinstance(node, ast.Import):
            targets = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports are not our habit"
            targets = [_target(str(node.module), alias.name) for alias in node.names]
        else:
            inside = at_import_time and not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            checked = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
            for field in ("body", "orelse", "finalbody", "handlers", "cases"):
                below = [
                    each.body if isinstance(each, ast.ExceptHandler | ast.match_case) else [each]
                    for each in getattr(node, field, [])
                    if not isinstance(each, ast.expr)
                ]
                for body in below:
                    yield from _imports(
                        body,
                        at_import_time=inside,
                        for_type_checkers=for_type_checkers or (checked and field == "body"),
                    )
            continue
        for target in targets:
            yield Import(target, node.lineno, at_import_time and not for_type_checkers, for_type_checkers)


def _target(module: str, name: str) -> str:
    """The module that ``from module import name`` is about: a submodule where there is one."""
    if not module.startswith("microcred"):
        return module
    path = SOURCE.joinpath(*module.split("."), name)
    return f"{module}.{name}" if path.is_dir() or path.with_suffix(".py").exists() else module


def _modules() -> list[Module]:
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(SOURCE).with_suffix("").parts
        found.append(Module(".".join(parts[:-1] if parts[-1] == "__init__" else parts), path))
    return found


MODULES = _modules()
each_module = pytest.mark.parametrize("module", MODULES, ids=lambda module: str(module.name))


def ours(module: Module) -> Iterator[Import]:
    """The imports of our own modules that count."""
    for each in module.imports():
        if each.target.split(".")[0] != "microcred":
            continue
        if not (each.for_type_checkers and module.room in NAMES_HIGHER_TYPES):
            yield each


# Who imports whom


def test_every_room_has_its_place() -> None:
    assert {module.room for module in MODULES} - {""} <= set(ROOMS)
    assert len(set(ROOMS)) == len(ROOMS)
    assert {module.name for module in MODULES if not module.room} == {"microcred"}


@each_module
def test_a_module_imports_only_rooms_above_its_own(module: Module) -> None:
    if not module.room:
        return
    place = ROOMS.index(module.room)
    for each in ours(module):
        room = each.target.partition(".")[2].partition(".")[0]
        if room == "":
            # Through the front door comes only who stands outside.
            assert module.room in ("server", "cli"), f"{module.name}:{each.line} imports microcred itself"
        else:
            assert room in ROOMS[: place + 1], f"{module.name}:{each.line} imports {each.target}"


@pytest.mark.parametrize("room", ROOMS)
def test_imports_inside_a_room_are_acyclic(room: str) -> None:
    # Data types that hold each other are named for type checkers only; that makes no order.
    graph = {
        module.name: {
            each.target
            for each in ours(module)
            if each.target.split(".")[1:2] == [room] and each.target != module.name and not each.for_type_checkers
        }
        for module in MODULES
        if module.room == room
    }
    try:
        tuple(TopologicalSorter(graph).static_order())
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_models_import_nothing_of_ours_but_models() -> None:
    for module in MODULES:
        if module.room == "models":
            assert [each for each in ours(module) if not each.target.startswith("microcred.models")] == []


@each_module
def test_what_is_slow_to_import_is_imported_where_it_is_used(module: Module) -> None:
    # Modules that are themselves imported where they are used.
    late = {
        "microcred.jsonld.reference": ("pyld",),
        "microcred.verify._connections": ("httpcore",),
        "microcred.server.ledger": ("sqlalchemy",),
        **dict.fromkeys(("microcred.status._tables", "microcred.status.database"), ("sqlalchemy",)),
        **dict.fromkeys(("microcred.status._migrations", "microcred.status._assigning"), ("sqlalchemy",)),
        **dict.fromkeys(("microcred.status._recording", "microcred.status._publishing"), ("sqlalchemy",)),
    }
    # What these rooms are made of; they are imported where they are used.
    of_rooms = {"cli": ("typer", "rich"), "server": ("fastapi", "starlette", "jinja2", "prometheus_client")}
    allowed = (*of_rooms.get(module.room, ()), *late.get(module.name, ()))
    slow = [
        (each.target, each.line)
        for each in module.imports()
        if each.at_import_time and each.target.split(".")[0] in set(SLOW) - set(allowed)
    ]
    assert slow == []


# What is loaded when


def run(code: str) -> str:
    """Run code in an interpreter that has loaded nothing of ours."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(SOURCE), *filter(None, sys.path)])}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_each_module_imports_alone() -> None:
    names = [module.name for module in MODULES if not module.name.endswith("__main__")]
    code = f"""
import importlib, json, sys, traceback
failed = {{}}
for name in {names!r}:
    # The rooms above are as they were; that none leads back, another test says.
    room = name.split(".")[:2]
    for loaded in [each for each in sys.modules if each.split(".")[:2] == room]:
        del sys.modules[loaded]
    try:
        importlib.import_module(name)
    except BaseException:
        failed[name] = traceback.format_exc(limit=-3)
print(json.dumps(failed))
"""
    assert json.loads(run(code)) == {}


def loaded_by(code: str) -> set[str]:
    """The top-level packages that are loaded after some code has run."""
    found = json.loads(run(f"{code}\nimport sys, json\nprint(json.dumps(list(sys.modules)))"))
    return {str(name).split(".")[0] for name in found}


def test_the_front_door_loads_nothing_that_is_slow() -> None:
    slow = {"pydantic", "pydantic_core", "cryptography", *SLOW}
    assert loaded_by("import microcred") & slow == set()
    assert loaded_by("import microcred\ndir(microcred)\nmicrocred.__version__\nmicrocred.__all__") & slow == set()
    assert loaded_by("from microcred import Limits, DocumentError, MicrocredError, Problem") & slow == set()


def test_json_ld_and_the_network_are_loaded_only_when_they_are_used() -> None:
    late = {"pyld", "lxml", "httpx", "httpcore", "requests", "typer", "rich", "sqlalchemy"}
    assert loaded_by("import microcred.jsonld, microcred.keys, microcred.documents, microcred.signing") & late == set()
    assert loaded_by("import microcred.status.registry") & late == set()
    assert loaded_by("from microcred import SigningKey\nSigningKey.generate().did") & {*late, "pydantic"} == set()
    assert loaded_by("import microcred as mc\nmc.Profile(id='urn:x', name='x')") & {*late, "cryptography"} == set()


def test_an_ordinary_badge_is_signed_and_verified_without_pyld() -> None:
    code = """
from tests.make import KEY, badge
import microcred as mc
assert mc.Verifier(trusted_issuers={KEY.did}).check(mc.sign(badge(), KEY))
"""
    assert loaded_by(code) & {"pyld", "lxml", "httpx", "requests", "jwcrypto"} == set()


# The public names


def public_names() -> dict[str, str]:
    """Name to module, as the type-checking block of the front door has them."""
    block = next(node for node in parse(PACKAGE / "__init__.py").body if isinstance(node, ast.If))
    assert ast.unparse(block.test) == "TYPE_CHECKING"
    found: dict[str, str] = {}
    for node in block.body:
        assert isinstance(node, ast.ImportFrom)
        for alias in node.names:
            assert alias.asname is None
            assert alias.name not in found
            found[alias.name] = str(node.module)
    return found


def isort_style(name: str) -> tuple[int, str]:
    """The order of ruff's RUF022: SCREAMING_CASE, then CamelCase, then the rest."""
    if name.isupper() and len(name) > 1:
        return 0, name
    return (1 if name[0].isupper() else 2), name


def test_the_public_names_are_sorted() -> None:
    assert list(microcred.__all__) == sorted(set(microcred.__all__), key=isort_style)


def test_the_public_names_are_those_that_type_checkers_see() -> None:
    assert set(microcred.__all__) == {*public_names(), "__version__"}


def test_every_public_name_can_be_imported_and_is_the_one_that_type_checkers_see() -> None:
    for name, module in public_names().items():
        assert getattr(microcred, name) is getattr(importlib.import_module(module), name)
        # The room says that it is public, too.
        assert name in importlib.import_module(module).__all__
    assert set(microcred.__all__) <= set(dir(microcred))
    namespace: dict[str, object] = {}
    exec("from microcred import *", namespace)
    assert set(microcred.__all__) <= set(namespace)


def test_a_name_that_is_not_public_is_no_attribute() -> None:
    for name in ("no_such_name", "Model", "JSONObject", "dumps", "credential_subject"):
        assert not hasattr(microcred, name)


@each_module
def test_a_module_says_what_it_gives(module: Module) -> None:
    if module.name.endswith("__main__") or not module.room:
        return
    loaded = importlib.import_module(module.name)
    names = getattr(loaded, "__all__", [])
    assert sorted(set(names), key=isort_style) == list(names)
    assert [name for name in names if not hasattr(loaded, name)] == []


# Sizes and habits


@each_module
def test_a_module_is_short(module: Module) -> None:
    assert len(module.path.read_text(encoding="utf-8").splitlines()) <= MAX_MODULE_LINES


def functions(module: Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


@each_module
def test_a_function_is_short(module: Module) -> None:
    long = [
        (node.name, node.lineno)
        for node in functions(module)
        if (node.end_lineno or node.lineno) - node.lineno + 1 > MAX_FUNCTION_LINES
    ]
    assert long == []


@each_module
def test_no_parameter_is_just_any(module: Module) -> None:
    found = []
    for node in functions(module):
        arguments = node.args
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
        for argument in every:
            annotation = argument.annotation if argument is not None else None
            text = ast.unparse(annotation).strip("'\"") if annotation is not None else ""
            if text in ("Any", "typing.Any", "t.Any"):
                found.append((node.name, node.lineno))
    assert found == []


def test_no_module_changes_what_the_whole_process_shares() -> None:
    # Other threads would see it: a library leaves these to the application.
    shared = {
        *("warnings.catch_warnings", "warnings.simplefilter", "warnings.filterwarnings", "sys.setrecursionlimit"),
        *("sys.set_int_max_str_digits", "locale.setlocale", "os.chdir", "os.putenv", "socket.setdefaulttimeout"),
        *("random.seed", "signal.signal", "logging.basicConfig", "decimal.setcontext", "gc.disable"),
    }
    found = [
        (module.name, node.lineno, ast.unparse(node.func))
        for module in MODULES
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in shared
    ]
    assert found == []


def undocumented(node: ast.Module | ast.ClassDef) -> Iterator[tuple[str, int]]:
    """The public classes and functions below a node that have no docstring."""
    for each in node.body:
        if not isinstance(each, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) or each.name.startswith("_"):
            continue
        overload = any("overload" in ast.unparse(decorator) for decorator in each.decorator_list)
        if not overload and not ast.get_docstring(each):
            yield each.name, each.lineno
        if isinstance(each, ast.ClassDef):
            yield from undocumented(each)


@each_module
def test_everything_public_has_a_docstring(module: Module) -> None:
    assert ast.get_docstring(module.tree)
    assert list(undocumented(module.tree)) == []
