"""Annotations mean something at run time: `typing.get_type_hints` reads all of them, as pydantic and FastAPI do."""

from __future__ import annotations

import builtins
import importlib
import inspect
import io
import pkgutil
import subprocess
import sys
import types
import typing
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any, cast

import pydantic
import pytest

import vlmrun
from vlmrun import content
from vlmrun._lifetimes.names import later
from vlmrun.client.types import FileResponse

needs_openai = pytest.mark.skipif(find_spec("openai") is None, reason="annotations name OpenAI's types")


def public_modules() -> Iterator[types.ModuleType]:
    """Every module that users may import, but for the server, whose extra may be missing."""
    yield vlmrun
    for found in pkgutil.walk_packages(vlmrun.__path__, "vlmrun."):
        if not any(part.startswith("_") for part in found.name.split(".")) and not found.name.startswith(
            "vlmrun.local"
        ):
            yield importlib.import_module(found.name)


# `Any`: what stands in a class may be anything.
def annotated(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    """A function; or a class, and the functions of its public members."""
    if isinstance(value, types.FunctionType):
        yield name, value
    elif isinstance(value, type) and value.__module__.partition(".")[0] == "vlmrun":
        yield name, value
        for member in dir(value):
            found: Any = inspect.getattr_static(value, member)
            function: Any = getattr(found, "fget", None) if isinstance(found, property) else found
            if type(function) in (classmethod, staticmethod):
                function = function.__func__
            ours = isinstance(function, types.FunctionType) and function.__module__.partition(".")[0] == "vlmrun"
            if ours and (member == "__init__" or not member.startswith("_")):
                yield f"{name}.{member}", function


EVERYTHING = {
    name: value
    for module in public_modules()
    for public in module.__all__
    for name, value in annotated(getattr(module, public), f"{module.__name__}.{public}")
}


def test_there_is_something_to_read() -> None:
    """Functions, classes, methods, properties and what makes an object are all looked at."""
    assert {
        "vlmrun.VLMRun",
        "vlmrun.VLMRun.__init__",
        "vlmrun.VLMRun.agent",
        "vlmrun.client.agent.AsyncAgent.run",
        "vlmrun.content.image",
        "vlmrun.protocols.SupportsCompletions.completions",
    } <= EVERYTHING.keys()


@needs_openai
@pytest.mark.parametrize("name", EVERYTHING)
def test_annotations_can_be_read(name: str) -> None:
    """Each annotation of what is public evaluates to a type."""
    typing.get_type_hints(EVERYTHING[name])


CLIENTS = [kind("k", base_url="http://localhost/v1") for kind in (vlmrun.VLMRun, vlmrun.AsyncVLMRun)]
METHODS = {
    f"{type(resource).__name__}.{name}": getattr(resource, name)
    for client in CLIENTS
    for found in ("agent", "files", "executions", "artifacts", "image", "document", "audio", "video", "predictions")
    for resource in [cast("object", getattr(client, found))]
    for name in dir(resource)
    if not name.startswith("_") and isinstance(inspect.getattr_static(type(resource), name), types.FunctionType)
}
PASSED_ON = {**METHODS, **{f"content.{name}": getattr(content, name) for name in content.__all__ if name.islower()}}


@needs_openai
@pytest.mark.parametrize("name", PASSED_ON)
def test_tools_can_offer_functions_to_a_model(name: str) -> None:
    """Pydantic validates the arguments (`validate_call`, FastAPI), and has a JSON schema of them (pydantic-ai)."""
    function = PASSED_ON[name]
    pydantic.validate_call(function)
    hints = typing.get_type_hints(function, include_extras=True)
    hints.pop("return", None)
    for hint in hints.values():
        pydantic.TypeAdapter(hint).json_schema()


@needs_openai
def test_a_source_is_passed_on_unchanged() -> None:
    """Neither read, nor copied, nor taken for something else; from JSON it is a text."""
    seen: list[object] = []

    def see(source: content.Source, image: content.ImageSource, file: content.FileSource | None = None) -> None:
        seen.extend((source, image, file))

    given = (bytearray(b"..."), io.BytesIO(b"..."), FileResponse(id="file-1"))
    pydantic.validate_call(see)(*given)
    assert [one is other for one, other in zip(seen, given, strict=True)] == [True] * 3
    for name in ("Source", "AsyncSource", "ImageSource", "FileSource"):
        source: Any = getattr(content, name)  # as checkers see a union where there is an `Annotated`
        assert pydantic.TypeAdapter(source).json_schema() == {"type": "string"}


@needs_openai
def test_annotations_mean_what_they_say() -> None:
    """A type that loads late is the very type, and OpenAI's are OpenAI's."""
    from openai.resources.chat.completions import Completions

    from vlmrun.client.agent import Agent

    hints = typing.get_type_hints(inspect.getattr_static(vlmrun.VLMRun, "agent").fget)
    assert hints["return"] is Agent
    [found] = [base for base in Agent.__mro__ if "completions" in vars(base)]
    assert typing.get_type_hints(vars(found)["completions"].fget)["return"] is Completions


def test_without_an_optional_package_its_types_are_any() -> None:
    """As to type checkers: what works without openai, Pillow or pandas can be described without them."""
    code = """
import sys, typing
sys.modules.update(dict.fromkeys(["openai", "pandas", "PIL"]))
from vlmrun import content, protocols, results
from vlmrun.client.agent import Agent, AsyncAgent
from vlmrun.client.artifacts import Artifacts
from vlmrun.client.image import Image
from vlmrun.client.types import MarkdownTable
typing.get_type_hints(MarkdownTable.to_dataframe), typing.get_type_hints(Artifacts.image)
typing.get_type_hints(Image.generate)
functions = [Agent.run, AsyncAgent.run, content.assistant, content.image, results.session_id]
functions += [getattr(content, name) for name in ("user", "system", "document_pages")]
functions += [protocols.SupportsOpenAI.openai.fget]
for function in functions:
    typing.get_type_hints(function)
print(typing.get_type_hints(content.system)["return"])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)  # noqa: S603  # a literal
    assert done.stderr == ""
    assert done.stdout == "typing.Any\n"


def test_a_name_that_loads_late_joins_others() -> None:
    """In a union, in brackets and alone, on every Python."""
    from decimal import Decimal

    def function() -> None: ...

    function.__globals__["_Late"] = later("decimal", "Decimal")
    try:
        function.__annotations__ = {"a": "_Late", "b": "_Late | None", "c": "str | _Late", "d": "list[_Late]"}
        assert typing.get_type_hints(function) == {
            "a": Decimal,
            "b": typing.Optional[Decimal],  # noqa: UP045  # as Python itself makes of it
            "c": typing.Union[str, Decimal],  # noqa: UP007  # the same
            "d": list[Decimal],
        }
    finally:
        del function.__globals__["_Late"]


@pytest.mark.skipif(sys.version_info < (3, 11), reason="Python 3.10 evaluates no text in brackets")
def test_a_name_that_loads_late_is_compiled_late(monkeypatch: pytest.MonkeyPatch) -> None:
    """A placeholder is a string until somebody asks: compiling the thirty of a client would take a millisecond."""
    compiled: list[object] = []

    compile_: Any = builtins.compile

    def compiling(text: str, *arguments: Any, **options: Any) -> object:
        compiled.append(text)
        return compile_(text, *arguments, **options)

    def function() -> None: ...

    monkeypatch.setattr(builtins, "compile", compiling)
    late = later("decimal", "Decimal")
    assert compiled == []
    monkeypatch.setitem(function.__globals__, "_Late", late)
    function.__annotations__ = {"a": "_Late"}
    typing.get_type_hints(function)
    assert len(compiled) == 2  # the annotation, and what it says


def test_a_name_for_checkers_only_is_noticed() -> None:
    """An annotation that names what only type checkers import cannot be read."""

    def function() -> None: ...

    function.__annotations__ = {"a": "OnlyForCheckers"}
    with pytest.raises(NameError, match="OnlyForCheckers"):
        typing.get_type_hints(function)


def test_reading_them_is_what_loads() -> None:
    """Until somebody asks, what an annotation names is not imported."""
    code = "import sys, vlmrun; vlmrun.VLMRun('k'); print('vlmrun._resources._sync.files' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603  # a literal
    assert done.stdout == "False\n"
