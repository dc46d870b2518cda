"""The public names: each is said once, is really there, is documented, and is typed without `Any`."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

import vlmrun
from vlmrun._http.pages import AsyncPage, AsyncPages, Page
from vlmrun._http.raw import RawResponse

PACKAGE = Path(vlmrun.__file__).parent
STUBS = Path(__file__).parents[2] / "stubs" / "vlmrun-stubs"

NEEDS_EXTRA = {"vlmrun.local": "the server on this machine needs the extra `local`"}


def _module_name(path: Path, root: Path) -> str:
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(["vlmrun", *(part for part in parts if part != "__init__")])


def _public_modules() -> dict[str, Path]:
    found = {_module_name(path, PACKAGE): path for path in sorted(PACKAGE.rglob("*.py"))}
    return {name: path for name, path in found.items() if not any(part.startswith("_") for part in name.split("."))}


MODULES = _public_modules()
STUB_MODULES = {_module_name(path, STUBS): path for path in sorted(STUBS.rglob("*.pyi"))}

each_module = pytest.mark.parametrize("name", MODULES)


def _import(name: str) -> types.ModuleType:
    if name in NEEDS_EXTRA:
        return pytest.importorskip(name, reason=NEEDS_EXTRA[name], exc_type=ImportError)  # type: ignore[no-any-return]
    return importlib.import_module(name)


# Reading a module without running it ----------------------------------------------------------------------------------


def said(tree: ast.Module) -> list[str]:
    """The names in `__all__`, in order, as often as they stand there."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == ["__all__"]:
            return list(ast.literal_eval(node.value))
    raise AssertionError("there is no __all__")


def defined(tree: ast.Module) -> set[str]:
    """The public names that a module defines itself.

    Type variables are left out: they are written without an underscore, and mean nothing outside.
    """
    names: set[str] = set()
    for node in tree.body:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            names.add(node.name)
        elif isinstance(node, ast.Assign) and not ast.unparse(node.value).startswith("TypeVar("):
            names.update(target.id for target in node.targets if isinstance(target, ast.Name))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names.add(node.target.id)
    return {name for name in names if not name.startswith("_")}


def imported(tree: ast.Module) -> set[str]:
    """The names that a module takes from others of this package when it is imported."""
    nodes = (
        node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("vlmrun")
    )
    return {alias.asname or alias.name for node in nodes for alias in node.names}


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def surplus_and_missing(tree: ast.Module, *, is_door: bool) -> tuple[set[str], set[str]]:
    """What `__all__` says that is not there, and what is there that it does not say.

    A door, which defines nothing, says what it imports; any other module says what it defines, and nothing else.
    """
    names, own = set(said(tree)), defined(tree)
    there = own | imported(tree) if is_door else own
    return names - there, own - names


# The tests ------------------------------------------------------------------------------------------------------------


@each_module
def test_all_agrees_with_what_is_defined(name: str) -> None:
    """`__all__` says every public name that a module defines, and none that it does not."""
    tree = _tree(MODULES[name])
    assert surplus_and_missing(tree, is_door=not defined(tree)) == (set(), set())


@each_module
def test_all_says_each_name_once(name: str) -> None:
    """No name stands twice in an `__all__`."""
    names = said(_tree(MODULES[name]))
    assert len(names) == len(set(names))


@each_module
def test_names_are_really_there(name: str) -> None:
    """Every name of an `__all__` can be had from the module."""
    module = _import(name)
    assert [public for public in module.__all__ if not hasattr(module, public)] == []


@pytest.mark.parametrize(
    ("text", "surplus", "missing"),
    [
        ("__all__ = ['f']\ndef f(): ...\ndef g(): ...", set[str](), {"g"}),
        ("__all__ = ['f', 'g']\ndef f(): ...", {"g"}, set[str]()),
        ("__all__ = ['f', 'A']\nfrom vlmrun.client.types import A\ndef f(): ...", {"A"}, set[str]()),
        ("__all__ = []\nLIMIT: int = 1\nOTHER = 2", set[str](), {"LIMIT", "OTHER"}),
        ("__all__ = []\nclass C: ...", set[str](), {"C"}),
    ],
)
def test_disagreement_is_noticed(text: str, surplus: set[str], missing: set[str]) -> None:
    """A name too many, a name too few, and a name that belongs to another module are noticed."""
    assert surplus_and_missing(ast.parse(text), is_door=False) == (surplus, missing)


def test_each_name_means_one_thing() -> None:
    """Two public modules that have the same name have the very same object.

    All but those below `vlmrun.common`, whose names are the official SDK's: its `Page` is one of a PDF.
    """
    meanings: dict[str, dict[int, str]] = {}
    for name in MODULES:
        if name.startswith("vlmrun.common"):
            continue
        module = _import(name)
        for public in module.__all__:
            meanings.setdefault(public, {})[id(getattr(module, public))] = name
    assert {public: names for public, names in meanings.items() if len(names) > 1} == {}


def test_doors_hand_on_the_same_objects() -> None:
    """What the official SDK has taught people to import is the same thing by every path."""
    client = importlib.import_module("vlmrun.client.client")
    door = importlib.import_module("vlmrun.client")
    assert vlmrun.VLMRun is door.VLMRun is client.VLMRun
    assert vlmrun.AsyncVLMRun is door.AsyncVLMRun is client.AsyncVLMRun


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("vlmrun", "VLMRun"),
        ("vlmrun.client", "VLMRun"),
        ("vlmrun.client.agent", "Agent"),
        ("vlmrun.client.types", "AgentInfo"),
        ("vlmrun.client.types", "AgentCreationConfig"),
        ("vlmrun.client.types", "AgentCreationResponse"),
        ("vlmrun.client.types", "AgentExecutionConfig"),
        ("vlmrun.client.types", "AgentExecutionResponse"),
        ("vlmrun.client.types", "AgentSkill"),
        ("vlmrun.client.types", "AgentToolset"),
        ("vlmrun.client.types", "CreditUsage"),
        ("vlmrun.client.types", "DomainInfo"),
        ("vlmrun.client.types", "GenerationConfig"),
        ("vlmrun.client.types", "HubDomainInfo"),
        ("vlmrun.client.types", "HubInfoResponse"),
        ("vlmrun.client.types", "HubSchemaResponse"),
        ("vlmrun.client.types", "JobStatus"),
        ("vlmrun.client.types", "ModelInfo"),
        ("vlmrun.client.types", "RequestMetadata"),
        ("vlmrun.client.types", "SchemaResponse"),
        ("vlmrun.client.exceptions", "APIError"),
        ("vlmrun.client.exceptions", "AuthenticationError"),
        ("vlmrun.client.exceptions", "ConfigurationError"),
        ("vlmrun.client.exceptions", "DependencyError"),
        ("vlmrun.client.exceptions", "InputError"),
        ("vlmrun.client.exceptions", "NetworkError"),
        ("vlmrun.client.exceptions", "RateLimitError"),
        ("vlmrun.client.exceptions", "RequestTimeoutError"),
        ("vlmrun.client.exceptions", "ResourceNotFoundError"),
        ("vlmrun.client.exceptions", "ServerError"),
        ("vlmrun.client.exceptions", "ValidationError"),
        ("vlmrun.client.exceptions", "VLMRunError"),
    ],
)
def test_taught_import_path_works(module: str, name: str) -> None:
    """`from <module> import <name>`, as programs for the official SDK have it, still works."""
    assert name in importlib.import_module(module).__all__


@pytest.mark.parametrize("name", STUB_MODULES)
def test_stub_says_what_the_module_says(name: str) -> None:
    """A stub has the same `__all__` as its module, and has what it says."""
    stub = _tree(STUB_MODULES[name])
    source = (PACKAGE / STUB_MODULES[name].relative_to(STUBS)).with_suffix(".py")
    if stub.body:  # that of a folder is empty
        assert said(stub) == said(_tree(source))
        assert set(said(stub)) <= defined(stub) | imported(stub)


def test_package_is_marked_as_typed() -> None:
    """`py.typed` lies beside the package, and says nothing, which means that all of it is typed."""
    assert (PACKAGE / "py.typed").read_text() == ""


def test_version_is_said_once() -> None:
    """`vlmrun.__version__` is the version that the build reads."""
    from vlmrun._version import __version__

    assert vlmrun.__version__ is __version__
    assert re.fullmatch(r"\d+\.\d+\.\d+([ab]\d+|rc\d+)?", __version__)


# Shown by dir() -------------------------------------------------------------------------------------------------------


def _shown(value: object) -> set[str]:
    names = {name for name in dir(value) if not (name.startswith("__") and name.endswith("__"))}
    # pytest rewrites the assertions of a distribution that has a plugin, and leaves these names in its modules.
    return names - {"@py_builtins", "@pytest_ar"}


def _submodules(module: types.ModuleType) -> set[str]:
    """The public modules of a package, which are attributes of it once they are imported."""
    return {name.rpartition(".")[2] for name in MODULES if name.rpartition(".")[0] == module.__name__}


@each_module
def test_dir_shows_public_names(name: str) -> None:
    """`dir(module)`: what `__all__` says and public modules in it, all of them there; nothing that it imports."""
    module = _import(name)
    shown, public = _shown(module), {name for name in module.__all__ if not name.startswith("__")}
    assert public <= shown <= public | _submodules(module)
    assert [name for name in shown if not hasattr(module, name)] == []


WRITTEN_HERE = {
    "vlmrun.client.exceptions": "their path is in every traceback",
    "vlmrun.protocols": "as the errors'",
    "vlmrun.cli": "nobody imports it",
    "vlmrun.cli.__main__": "as above",
    "vlmrun.local.__main__": "as above",
    "vlmrun.testing.plugin": "pytest imports it",
}
"""Public modules that are written where they are imported from, and why."""


@pytest.mark.parametrize("name", [name for name in MODULES if name not in WRITTEN_HERE])
def test_a_module_has_public_names_only(name: str) -> None:
    """Whatever `dir()` says, jedi offers all that a module has, imports among them: so they are in another."""
    module = _import(name)
    names = {name for name in vars(module) if not name.startswith(("_", "@"))}
    assert names <= {*module.__all__, *_submodules(module), "TYPE_CHECKING"}  # by which checkers know the condition


@pytest.mark.parametrize("owner", ["VLMRun", "AsyncVLMRun"])
def test_dir_of_an_instance_shows_public_names(owner: str) -> None:
    """`dir()` of a client, of its resources and of their `with_raw_response`: no underscored name."""
    client = getattr(vlmrun, owner)("k")
    resources = [getattr(client, name) for name in _shown(client) - {"openai", "async_openai"}]
    resources = [value for value in resources if hasattr(value, "with_raw_response")]
    assert resources
    for value in (client, *resources, *(resource.with_raw_response for resource in resources)):
        assert {name for name in _shown(value) if name.startswith("_")} == set(), value


def test_no_private_name_is_completed() -> None:
    """Nor does jedi offer one, which reads the source: a private name is mangled, or has underscores on both sides."""
    pages = Page(_none, 0, 1), AsyncPage([], _async_none, None), AsyncPages(_async_none, 0, 1)
    for value in (*pages, RawResponse(httpx2.Response(200), None)):
        mangled = {f"_{base.__name__}__" for base in type(value).__mro__}
        names = {name for name in _shown(value) if name.startswith("_") and not name.startswith(tuple(mangled))}
        assert names <= {"_repr_html_", "_is_protocol"}, value  # which notebooks and `typing` ask for


def _none(skip: int, limit: int) -> list[int]:
    del skip, limit
    return []


async def _async_none(skip: int, limit: int) -> list[int]:
    return _none(skip, limit)


# Documented -----------------------------------------------------------------------------------------------------------


def _members(cls: type) -> Iterator[tuple[str, Any]]:
    """The public members of a class that this package has written, inherited ones among them."""
    for base in cls.__mro__:
        if base.__module__.partition(".")[0] in ("vlmrun", cls.__module__):
            for name, member in vars(base).items():
                if name == "model_post_init":  # pydantic's, of a model with private attributes
                    continue
                if not name.startswith("_") and isinstance(
                    member, (property, classmethod, staticmethod, types.FunctionType)
                ):
                    yield f"{base.__qualname__}.{name}", member


def undocumented(module: types.ModuleType) -> list[str]:
    """The public classes, functions, methods and properties of a module that have no docstring of their own."""
    missing = [] if module.__doc__ else [module.__name__]
    for name in module.__all__:
        value = getattr(module, name)
        if isinstance(value, types.GenericAlias):  # which Python 3.10 takes for a class
            continue
        if isinstance(value, (type, types.FunctionType)) and not vars(value).get("__doc__", value.__doc__):
            missing.append(name)
        if isinstance(value, type):
            missing += [member for member, code in _members(value) if not (code.__doc__ or "").strip()]
    return missing


@each_module
def test_public_names_are_documented(name: str) -> None:
    """Every public module, class, function, method and property says what it is for."""
    assert undocumented(_import(name)) == []


def _module(text: str) -> types.ModuleType:
    """A module made of text."""
    module = types.ModuleType("made_up")
    exec(compile(text, "made_up", "exec", dont_inherit=True), vars(module))  # noqa: S102  # it is a literal of this file
    return module


def test_missing_docstrings_are_noticed() -> None:
    """A module, class, method, property or function without a docstring is noticed."""
    text = """
__all__ = ["C", "f"]
class C:
    def method(self): ...
    @property
    def shown(self): ...
    @classmethod
    def of(cls): ...
def f(): ...
"""
    assert undocumented(_module(text)) == ["made_up", "C", "C.method", "C.shown", "C.of", "f"]


# Typed ----------------------------------------------------------------------------------------------------------------

ANY = re.compile(r"\bAny\b")


def _annotations(name: str, code: Any) -> Iterator[tuple[str, str]]:
    if isinstance(code, property):
        code = code.fget
    function = inspect.unwrap(getattr(code, "__func__", code))
    signature = inspect.signature(function)
    for parameter in signature.parameters.values():
        if parameter.name not in ("self", "cls"):
            yield f"{name}({parameter.name})", _as_text(parameter.annotation, inspect.Parameter.empty)
    yield f"{name}()", _as_text(signature.return_annotation, inspect.Signature.empty)


def _as_text(annotation: object, empty: object) -> str:
    return (
        ""
        if annotation is empty
        else annotation
        if isinstance(annotation, str)
        else inspect.formatannotation(annotation)
    )


def untyped(module: types.ModuleType) -> list[str]:
    """The parameters, results and attributes in public signatures of a module that are `Any`, or not annotated."""
    annotations: list[tuple[str, str]] = []
    for name in module.__all__:
        value = getattr(module, name)
        if isinstance(value, types.FunctionType):
            annotations += _annotations(name, value)
        elif isinstance(value, type):
            made = vars(value).get("__init__")
            # A Protocol is given one by `typing`.
            if isinstance(made, types.FunctionType) and made.__module__ == module.__name__:
                annotations += _annotations(name, made)
            for member, code in _members(value):
                annotations += _annotations(member, code)
            fields = vars(value).get("__annotations__", {})
            annotations += [
                (f"{name}.{field}", _as_text(annotation, None))
                for field, annotation in fields.items()
                if field[0] != "_"
            ]
    return [where for where, annotation in annotations if not annotation or ANY.search(annotation)]


@each_module
def test_public_signatures_hold_no_any(name: str) -> None:
    """No parameter, result or attribute of the public face is `Any`, or without a type."""
    assert untyped(_import(name)) == []


@pytest.mark.parametrize("name", [name for name in STUB_MODULES if "._raw_" not in name])
def test_stubs_hold_no_any(name: str) -> None:
    """The word `Any` does not occur in a stub, but for what only `with_raw_response` calls."""
    names = {node.id for node in ast.walk(_tree(STUB_MODULES[name])) if isinstance(node, ast.Name)}
    assert "Any" not in names


def test_any_is_noticed() -> None:
    """`Any` anywhere in a signature is noticed, and so is a missing annotation."""
    text = """
from __future__ import annotations
__all__ = ["C", "f"]
class C:
    good: int
    field: dict[str, Any]
    def __init__(self, made: Any) -> None: ...
    def method(self, good: int, given: list[Any]) -> str: ...
    @property
    def shown(self) -> Any: ...
def f(bare, good: int = 1): ...
"""
    module = _module(text)
    assert untyped(module) == ["C(made)", "C.method(given)", "C.shown()", "C.field", "f(bare)", "f()"]
