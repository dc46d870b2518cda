"""The stubs tell the truth: they say what the source says, name by name and type by type.

`stubtest` compares a stub with the module that runs, but not the types; so both are done: its run, and a comparison of
the two texts. What the names in annotations mean is followed through the imports of each.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import itertools
import os
import re
import shutil
import subprocess
import sys
from collections.abc import AsyncGenerator, Generator, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple, get_args

import pytest

import vlmrun
from vlmrun._resources.runs import RunMode
from vlmrun.client.types import Domain

PACKAGE = Path(vlmrun.__file__).parent
STUBS = Path(__file__).parents[2] / "stubs" / "vlmrun-stubs"
STUB_FILES = sorted(path.relative_to(STUBS) for path in STUBS.rglob("*.pyi"))

Function = ast.FunctionDef | ast.AsyncFunctionDef

SAID_BY_OBJECT = {"__dir__", "__reduce__", "__repr__"}
"""Methods that `object` has with the same signature, so that a stub need not say them."""

SPECIAL = {name for kind in (list, dict, Generator, AsyncGenerator, AbstractContextManager) for name in dir(kind)} | {
    "__aenter__",
    "__aexit__",
    "__get__",
    "__set__",
}
"""The names of Python's own methods."""

# Reading --------------------------------------------------------------------------------------------------------------


class Parameter(NamedTuple):
    """One parameter: its name, kind, annotation and default, as text; no default is `None`."""

    name: str
    kind: str
    annotation: str
    default: str | None


@dataclass(frozen=True)
class Signature:
    """A function, method or property, as a reader of it would compare it."""

    name: str
    decorators: tuple[str, ...]
    is_async: bool
    parameters: tuple[Parameter, ...]
    returns: str


@dataclass
class Module:
    """What a text defines: functions and classes by their dotted names, the types of values, and `__all__`."""

    signatures: dict[str, list[Signature]]
    classes: dict[str, tuple[str, ...]]
    values: dict[str, str]
    names: list[str]


def _is_wanted(name: str) -> bool:
    # Private names have two underscores on each side: jedi offers all others, whatever the stub says.
    return not name.startswith("_") or (name in SPECIAL and name not in SAID_BY_OBJECT)


class _Meanings(ast.NodeTransformer):
    """Puts in the place of each name what it stands for: `Agent` becomes `vlmrun.client.agent.Agent`."""

    def __init__(self, meanings: Mapping[str, str]) -> None:
        self._meanings = meanings

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.Name(self._meanings.get(node.id, node.id), node.ctx)


def read(text: str, constants: Mapping[str, object] | None = None) -> Module:
    """What a module or a stub says.

    Args:
        text: Its source.
        constants: Values of names that stand for a default, so that `DEFAULT_TIMEOUT` can be compared with `600.0`.
    """
    tree = ast.parse(text)
    meanings = {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    found = Module({}, {}, {}, [])
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and _is_wanted(node.name):
            found.classes[node.name] = tuple(map(ast.unparse, node.bases))
            for member in node.body:
                if isinstance(member, Function) and _is_wanted(member.name):
                    signature = _signature(member, meanings, constants or {})
                    found.signatures.setdefault(f"{node.name}.{member.name}", []).append(signature)
        elif isinstance(node, Function) and _is_wanted(node.name):
            found.signatures.setdefault(node.name, []).append(_signature(node, meanings, constants or {}))
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name) and target.id == "__all__":
                    found.names = list(ast.literal_eval(node.value))
                elif isinstance(target, ast.Name) and _is_wanted(target.id):
                    found.values[target.id] = "a value without a type"
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and _is_wanted(node.target.id):
            found.values[node.target.id] = ast.unparse(node.annotation)
    return found


def _signature(node: Function, meanings: Mapping[str, str], constants: Mapping[str, object]) -> Signature:
    def annotation(of: ast.expr | None) -> str:
        return "" if of is None else ast.unparse(_Meanings(meanings).visit(of))

    def default(of: ast.expr | None) -> str | None:
        if of is None:
            return None
        if isinstance(of, ast.Name) and of.id in constants:
            return repr(constants[of.id])
        return ast.unparse(of)

    arguments = node.args
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults = [None] * (len(positional) - len(arguments.defaults)) + [*arguments.defaults]
    parameters = [
        Parameter(
            arg.arg,
            "positional" if arg in arguments.posonlyargs else "either",
            annotation(arg.annotation),
            default(value),
        )
        for arg, value in zip(positional, defaults, strict=True)
    ]
    if arguments.vararg:
        parameters.append(Parameter(arguments.vararg.arg, "rest", annotation(arguments.vararg.annotation), None))
    parameters += [
        Parameter(arg.arg, "keyword", annotation(arg.annotation), default(value))
        for arg, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    ]
    if arguments.kwarg:
        parameters.append(Parameter(arguments.kwarg.arg, "keywords", annotation(arguments.kwarg.annotation), None))
    return Signature(
        name=node.name,
        decorators=tuple(map(ast.unparse, node.decorator_list)),
        is_async=isinstance(node, ast.AsyncFunctionDef),
        parameters=tuple(parameters),
        returns=annotation(node.returns),
    )


# Comparing ------------------------------------------------------------------------------------------------------------


def differences(source: Module, stub: Module) -> list[str]:
    """Where a stub does not say what its source says, in words."""
    return [
        *_differing_names("class", source.classes, stub.classes),
        *_differing_names("function", source.signatures, {*stub.signatures, *_inherited(stub)}),
        *(
            f"{name} has the bases {stub.classes[name]}, and in the source {bases}"
            for name, bases in source.classes.items()
            if tuple(base for base in stub.classes.get(name, bases) if base not in stub.classes) != bases
        ),
        *_differing_values(source, stub),
        *(
            difference
            for name, signatures in stub.signatures.items()
            if name in source.signatures
            for difference in _differing_signatures(name, source.signatures[name], signatures)
        ),
    ]


def _inherited(stub: Module) -> Iterator[str]:
    """The methods that classes of a stub have from another class of it."""
    for name, bases in stub.classes.items():
        for signature in stub.signatures:
            home, _, method = signature.partition(".")
            if home in bases:
                yield f"{name}.{method}"


def _differing_names(kind: str, source: Iterable[str], stub: Iterable[str]) -> Iterator[str]:
    there, said = set(source), set(stub)
    yield from (f"{kind} {name} is not in the stub" for name in sorted(there - said))
    yield from (f"{kind} {name} is not in the source" for name in sorted(said - there))


def _differing_values(source: Module, stub: Module) -> Iterator[str]:
    if stub.names != source.names:
        yield f"__all__ is {stub.names}, and in the source {source.names}"
    # A value that the source does not export, such as a type variable, is its own business.
    public = {name: annotation for name, annotation in source.values.items() if name in source.names}
    yield from _differing_names("value", public, stub.values)
    for name in public.keys() & stub.values.keys():
        if public[name] != stub.values[name]:
            yield f"{name} is {stub.values[name]}, and in the source {public[name]}"


def _differing_signatures(name: str, source: list[Signature], stub: list[Signature]) -> Iterator[str]:
    [implementation] = [signature for signature in source if "overload" not in signature.decorators]
    if all("overload" in signature.decorators for signature in stub):
        for number, overload in enumerate(stub, 1):
            yield from _differing_overload(f"{name}, overload {number},", implementation, overload)
        if len(stub) < 2:
            yield f"{name} has one overload, which is none"
        return
    if len(stub) != 1:
        yield f"{name} is in the stub {len(stub)} times"
        return
    [said] = stub
    for what in ("decorators", "is_async", "returns"):
        if getattr(said, what) != getattr(implementation, what):
            yield f"{name} has {what} {getattr(said, what)}, and in the source {getattr(implementation, what)}"
    if len(said.parameters) != len(implementation.parameters):
        yield f"{name} takes {_names(said)}, and in the source {_names(implementation)}"
    for ours, theirs in zip(implementation.parameters, said.parameters, strict=False):
        if ours[:3] != theirs[:3] or not _same_default(ours.default, theirs.default):
            yield f"{name} takes {theirs}, and in the source {ours}"


def _names(signature: Signature) -> list[str]:
    return [parameter.name for parameter in signature.parameters]


def _same_default(source: str | None, stub: str | None) -> bool:
    if source is None or stub is None:
        return source is stub
    # `...` says that there is a default: enough where it is no literal, which a stub could repeat.
    return source == stub or (stub == "..." and not _is_literal(source))


def _is_literal(text: str) -> bool:
    try:
        ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return False
    return True


def _alternatives(annotation: str) -> set[str]:
    """What a type is one of; a response, or a run, of one or the other is one of two responses, or runs."""
    return set(_members(ast.parse(annotation, mode="eval").body)) if annotation else {annotation}


def _members(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.BinOp):
        yield from _members(node.left)
        yield from _members(node.right)
        return
    text = ast.unparse(node)
    if isinstance(node, ast.Subscript) and ast.unparse(node.value).endswith(".PredictionResponse"):
        text = ast.unparse(node.value)
    elif isinstance(node, ast.Subscript):
        inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        generic = ast.unparse(node.value)
        if generic.endswith(("RawResponse", ".AgentRun")):
            choices = itertools.product(*(sorted(set(_members(each))) for each in inner))
            yield from (f"{generic}[{', '.join(choice)}]" for choice in choices)
            return
        if generic.endswith("Literal"):
            yield from (f"{generic}[{ast.unparse(each)}]" for each in inner)
            return
    if text.endswith(".PredictionResponse"):
        yield "PredictionResponse"  # of whatever: its overloads say of what
        return
    if text == "bool":
        yield from ("typing.Literal[True]", "typing.Literal[False]")
    if text.endswith(".Domain"):
        yield from (f"typing.Literal[{domain!r}]" for domain in get_args(get_args(Domain)[0]))
    if text == "type[pydantic.BaseModel]":
        yield "type[_M]"  # one of them
    if text == "vlmrun._resources.runs.RunMode":
        yield from (f"typing.Literal[{mode!r}]" for mode in get_args(RunMode))
        return
    yield text


def _differing_overload(name: str, implementation: Signature, overload: Signature) -> Iterator[str]:
    # An overload may say which of the source's types it is that comes back.
    returns = _alternatives(overload.returns) <= _alternatives(implementation.returns)
    if not returns or overload.is_async != implementation.is_async:
        yield f"{name} returns {overload.returns}, and in the source {implementation.returns}"
    there = {parameter.name: parameter for parameter in implementation.parameters}
    order = [parameter.name for parameter in overload.parameters]
    if order != [wanted for wanted in there if wanted in order]:
        yield f"{name} takes {order}, and in the source {list(there)}"
    for missing in there.keys() - set(order):
        if there[missing].default is None:
            yield f"{name} does not take {missing}, which is required"
    for parameter in overload.parameters:
        if parameter.name in there:
            ours = there[parameter.name]
            if not _alternatives(parameter.annotation) <= _alternatives(ours.annotation):
                yield f"{name} takes {parameter.annotation} as {parameter.name}, and in the source {ours.annotation}"
            if parameter.default is not None and not _same_default(ours.default, parameter.default):
                yield f"{name} defaults {parameter.name} to {parameter.default}, and in the source to {ours.default}"


def _module_of(stub: Path) -> str:
    parts = stub.with_suffix("").parts
    return ".".join(["vlmrun", *(part for part in parts if part != "__init__")])


def source_of(stub: Path) -> Module:
    """What lies behind a stub: the classes that its module defines, each with what it inherits from others of ours."""
    module = importlib.import_module(_module_of(stub))
    found = Module({}, {}, {}, list(getattr(module, "__all__", ())))
    for name in found.names:
        value: object = getattr(module, name)
        if not (isinstance(value, type) and value.__module__ == _module_of(stub)):
            continue
        found.classes[name] = ()
        for base in value.__mro__:
            if base.__module__.startswith("vlmrun."):
                signatures = read(Path(inspect.getfile(base)).read_text(encoding="utf-8"), _constants(base)).signatures
                for member, said in signatures.items():
                    owner, _, method = member.partition(".")
                    if owner == base.__name__:
                        found.signatures.setdefault(f"{name}.{method}", said)
    return found


def _constants(of: type) -> dict[str, object]:
    """Names of defaults, such as DEFAULT_TIMEOUT, that the source of a class has at hand."""
    plain = (int, float, str, bool)
    return {name: value for name, value in vars(sys.modules[of.__module__]).items() if type(value) in plain}


def compare(stub: Path, stub_text: str) -> list[str]:
    """Where the text of a stub differs from its source."""
    return differences(source_of(stub), read(stub_text))


# The tests ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stub", STUB_FILES, ids=str)
def test_stub_says_what_the_source_says(stub: Path) -> None:
    """Classes, functions, parameters, defaults, annotations and decorators are those of the source."""
    assert compare(stub, (STUBS / stub).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("stub", STUB_FILES, ids=str)
def test_stub_hides_what_is_private(stub: Path) -> None:
    """Nothing private is in a stub."""
    tree = ast.parse((STUBS / stub).read_text(encoding="utf-8"))
    names = [
        node.name for node in ast.walk(tree) if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
    ]
    private = {name for name in names if name.startswith("_") and not name.endswith("__")}
    assert private == set()


def _setters(tree: ast.Module) -> list[str]:
    functions = [node for node in ast.walk(tree) if isinstance(node, Function)]
    return [
        f.name for f in functions if any(ast.unparse(d).endswith((".setter", ".deleter")) for d in f.decorator_list)
    ]


@pytest.mark.parametrize("stub", STUB_FILES, ids=str)
def test_properties_are_read_only(stub: Path) -> None:
    """A property cannot be assigned: not in the stub, not in the source."""
    for path in (STUBS / stub, (PACKAGE / stub).with_suffix(".py")):
        assert _setters(ast.parse(path.read_text(encoding="utf-8"))) == []


def test_accessors_are_properties() -> None:
    """What promises OpenAI's own objects is a property in the stub, so that editors show its type and no more."""
    accessors = {
        "VLMRun.openai": ("_sync/client.pyi", "openai.OpenAI"),
        "VLMRun.async_openai": ("_sync/client.pyi", "openai.AsyncOpenAI"),
        "AsyncVLMRun.openai": ("_async/client.pyi", "openai.AsyncOpenAI"),
        "AsyncVLMRun.async_openai": ("_async/client.pyi", "openai.AsyncOpenAI"),
        "Agent.completions": ("_sync/agent.pyi", "openai.resources.chat.completions.Completions"),
        "Agent.async_completions": ("_sync/agent.pyi", "openai.resources.chat.completions.AsyncCompletions"),
        "AsyncAgent.completions": ("_async/agent.pyi", "openai.resources.chat.completions.AsyncCompletions"),
        "AsyncAgent.async_completions": ("_async/agent.pyi", "openai.resources.chat.completions.AsyncCompletions"),
    }
    for name, (stub, returns) in accessors.items():
        [signature] = read((STUBS / "_resources" / stub).read_text()).signatures[name]
        assert (signature.decorators, signature.returns) == (("property",), returns), name


def test_stub_package_is_marked_as_partial() -> None:
    """The stubs say what the source cannot; all the rest is looked up in the source."""
    assert (STUBS / "py.typed").read_bytes() == b"partial\n"


def test_stubs_lie_beside_a_source() -> None:
    """There is no stub for a module that does not exist, and none that shadows another package."""
    assert [stub for stub in STUB_FILES if not (PACKAGE / stub).with_suffix(".py").is_file()] == []
    assert [path.name for path in STUBS.parent.iterdir() if path.is_dir()] == ["vlmrun-stubs"]


BREAKS = [
    ("_resources/_sync/agent.pyi", "-> builtins.list[AgentInfo]", "-> str"),
    ("_resources/_sync/agent.pyi", "def completions(self) -> Completions", "def completions(self) -> AsyncCompletions"),
    ("_resources/_sync/agent.pyi", "        agent_id: str,\n", ""),
    ("_resources/_sync/agent.pyi", "        agent_id: str,\n", "        id: str,\n"),
    ("_resources/_sync/agent.pyi", "        agent_id: str,\n        *,\n", "        *,\n        agent_id: str,\n"),
    ("_resources/_sync/agent.pyi", "        agent_id: str,\n", "        agent_id: str | None,\n"),
    ("_resources/_sync/agent.pyi", "batch: bool = True", "batch: bool = False"),
    ("_resources/_sync/agent.pyi", "batch: bool = True", "batch: bool = ..."),
    ("_resources/_sync/agent.pyi", "object],\n        name: str | None = None,", "object],\n        name: str | None,"),
    ("_resources/_sync/agent.pyi", 'model: str = "vlmrun-orion-1:auto"', 'model: str = "gpt"'),
    ("_resources/_async/agent.pyi", "async def create(", "def create("),
    ("_resources/_async/agent.pyi", "async def create(", "async def other("),
    ("_resources/_sync/agent.pyi", "name: str,\n        id: None = None,", "name: int,\n        id: None = None,"),
    ("_resources/_sync/agent.pyi", "        prompt: str,\n        timeout", "        words: str,\n        timeout"),
    ("_resources/_sync/agent.pyi", "from openai.resources.chat.completions import", "from elsewhere import"),
    ("_resources/_sync/artifacts.pyi", "        extra_headers: Mapping[str, str] | None = None,\n", ""),
    ("_resources/_sync/client.pyi", "    @property\n    def timeout(self)", "    def timeout(self)"),
    ("_resources/_sync/client.pyi", "max_retries: int = 5", "max_retries: int = 6"),
    ("_resources/_sync/client.pyi", "SupportsTimeouts | None = 600.0", "SupportsTimeouts | None = 60.0"),
    ("_resources/_sync/client.pyi", "timeout: float | NotGiven | None = ...", "timeout: float | NotGiven | None"),
    ("_resources/_async/client.pyi", "    async def close(self) -> None: ...\n", ""),
    ("_resources/_sync/client.pyi", "class VLMRun:", "class Extra: ...\nclass VLMRun:"),
    ("_resources/_sync/client.pyi", '__all__ = ["VLMRun"]', "__all__ = []"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("stub", "true", "false"), BREAKS, ids=[f"{i}-{change[2][:30]}" for i, change in enumerate(BREAKS)]
)
def test_untrue_stub_is_noticed(stub: str, true: str, false: str, tmp_path: Path) -> None:
    """A changed type, a dropped or renamed parameter, another default, and a name too many or too few are noticed."""
    text = (STUBS / stub).read_text(encoding="utf-8")
    assert true in text, "what is to be broken is not there: write the change anew"
    broken = tmp_path / "broken.pyi"
    broken.write_text(text.replace(true, false, 1), encoding="utf-8")
    assert compare(Path(stub), broken.read_text(encoding="utf-8")) != []


# stubtest -------------------------------------------------------------------------------------------------------------

needs_mypy = pytest.mark.skipif(find_spec("mypy") is None, reason="stubtest is a part of mypy, which is not installed")

DRIVER = """
import importlib, sys

for name in filter(None, sys.argv.pop(1).split(",")):
    module = importlib.import_module(name)
    # Models that wait to be built are not yet what a type checker says of them.
    for value in vars(module).values():
        if isinstance(value, type) and value.__module__ == name and hasattr(value, "model_rebuild"):
            value.model_rebuild(force=True)

from mypy.stubtest import main

sys.exit(main())
"""


MODELS = (
    "_agents",
    "_artifacts",
    "_base",
    "_datasets",
    "_decisions",
    "_documents",
    "_executions",
    "_feedback",
    "_files",
    "_fine_tuning",
    "_gateway",
    "_grounding",
    "_message_content",
    "_predictions",
    "_refs",
    "_schemas",
    "_skills",
)
"""Where models are."""

# What stubtest gets wrong; an entry that is not needed fails its run.
STUBBED = "|".join(re.escape(_module_of(stub)) for stub in STUB_FILES if stub.name != "__init__.pyi")
ALLOWED = rf"""
(?!({STUBBED})(\.|$))vlmrun\._.*  # private, without a stub: checkers read the source
vlmrun\.client\.[a-z_]+  # public paths without a stub
vlmrun\.(batch(\..*)?|cli(\..*)?|common.*|exceptions|hooks|types.*|version|viz|webhooks)  # public paths without a stub
vlmrun\.client\.types\._documents\.TableHeaderName  # a closed Literal, which it takes for a union
vlmrun\.client\.types\._predictions\.PredictionResponse\._answer  # private
vlmrun\._resources\._a?sync\.\w+\.\w+\.__route__  # private
vlmrun\._resources\._a?sync\.decision_stream\.\w+\.__(alone|answer|ask|end|mapped|open)__  # private
vlmrun\._resources\._a?sync\.decision_stream\.\w+\.__(part|ready|receive|taken|timeout)__  # private
"""

# To read these takes twice as long as all else, and stubtest asks of them no more than that there is such a type: with
# them it makes the same comparisons, but that two aliases of OpenAI's types are compared as aliases. `make typecheck`
# reads them.
UNREAD = """
[mypy]
[mypy-numpy.*,openai.*,pandas.*,rich.*,trio.*]
follow_imports = skip
"""


def _stubtest(site: Path, package: str, *, models: str = "", allowed: str = "") -> tuple[int, str]:
    """Run stubtest on a package in the folder `site`, with no configuration but `UNREAD`: its code and words."""
    script = site.parent / "driver" / "stubtest_driver.py"
    script.parent.mkdir()
    script.write_text(DRIVER)
    allowlist = script.with_suffix(".allowed")
    allowlist.write_text(allowed)
    configuration = script.with_suffix(".ini")
    configuration.write_text(UNREAD)
    elsewhere = site.parent / "elsewhere"  # a checkout in the working directory would be found before `site`
    elsewhere.mkdir()
    done = subprocess.run(  # noqa: S603  # nothing here comes from outside
        [
            *(sys.executable, "-B", str(script), models, package),
            *(f"--allowlist={allowlist}", f"--mypy-config-file={configuration}"),
        ],
        cwd=elsewhere,
        env=os.environ | {"PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@needs_mypy
def test_stubtest_agrees(tmp_path: Path) -> None:
    """The run of stubtest finds nothing to say about the package and its stubs but what is allowed above."""
    pytest.importorskip("openai", reason="the stubs name OpenAI's types")
    site = tmp_path / "site"
    # The server on this machine has no stubs, and needs what may not be installed.
    shutil.copytree(PACKAGE, site / "vlmrun", ignore=shutil.ignore_patterns("__pycache__", "local", "testing"))
    shutil.copytree(STUBS, site / "vlmrun-stubs")
    models = ",".join(f"vlmrun.client.types.{name}" for name in MODELS)
    code, said = _stubtest(site, "vlmrun", models=models, allowed=ALLOWED)
    assert code == 0, said
    assert "no issues found" in said


@needs_mypy
@pytest.mark.parametrize(
    ("stub", "complaint"),
    [
        ("def f(a: int, b: int = 0) -> int: ...", None),
        ("def f(a: int) -> int: ...", "does not have parameter"),
        ("def f(c: int, b: int = 0) -> int: ...", "differs from runtime parameter"),
    ],
    ids=["true", "dropped", "renamed"],
)
def test_stubtest_reads_the_stub(tmp_path: Path, stub: str, complaint: str | None) -> None:
    """Run this way, stubtest reads a partial stub package and notices what is untrue in it."""
    site = tmp_path / "site"
    for folder, name, text in (
        ("witness", "py.typed", ""),
        ("witness", "__init__.py", "def f(a: int, b: int = 0) -> int:\n    return a + b\n"),
        ("witness-stubs", "py.typed", "partial\n"),
        ("witness-stubs", "__init__.pyi", stub),
    ):
        (site / folder).mkdir(parents=True, exist_ok=True)
        (site / folder / name).write_text(text)
    code, said = _stubtest(site, "witness")
    assert (code == 0) is (complaint is None), said
    assert (complaint or "no issues found") in said
