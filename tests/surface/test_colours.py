"""The two colours of the client say the same: what they take, what they return and what is documented of it.

Read from the classes as users have them, and compared by rules of this file, not by those of the generator. What may
differ between an async member and its blocking twin:

- An async method is a coroutine, or returns `AsyncPages[X]` to await; its twin is a plain method, or returns `Page[X]`.
- A class is called `AsyncX` in the one, and `X` in the other.
- Docstrings say `await`, `async with` and `async for` only in the one; of pages each says how to get them (`PAGES`).
- The members of `BY_NATURE`: both colours hand out both of OpenAI's clients, under names of their own.

Nothing else may.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields
from inspect import Parameter
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest

from support.resources import async_classes, public_members, raw_of, sending_methods, twin_of
from vlmrun._arguments.call_options import CallOptions

BY_NATURE = {"openai", "async_openai", "completions", "async_completions", "embeddings", "transcriptions"}
"""Accessors that are written by hand in both colours."""

PAGES = (
    "`await` returns one page, `async for` iterates over",
    "returns one page; iterating over it goes through",
)
"""What the two colours say of a list that comes in pages."""

CLASSES = async_classes()
RAW_CLASSES = {home: raw for home, cls in CLASSES.items() if (raw := raw_of(cls))}
PAIRS = {
    **{cls.__name__: cls for cls in CLASSES.values()},
    **{raw.__name__: raw for raw in RAW_CLASSES.values()},
}
"""The async classes by name: the client, its resources, and those of `with_raw_response`."""

each_pair = pytest.mark.parametrize("name", sorted(PAIRS))
each_class = pytest.mark.parametrize("name", sorted({cls.__name__ for cls in CLASSES.values()}))
each_colour = pytest.mark.parametrize("blocking", [False, True], ids=["async", "sync"])

# What may differ ------------------------------------------------------------------------------------------------------


def blocking_type(annotation: str) -> str:
    """An annotation of an async member, as its twin should have it."""
    text = annotation.replace("AsyncPages[", "Page[").replace("AsyncPage[", "Page[")
    return re.sub(r"\bAsync(?=[A-Z])", "", text)


def blocking_words(docstring: str) -> str:
    """A docstring of an async member, as its twin should have it."""
    text = docstring.replace(*PAGES)
    text = re.sub(r"\basync (?=with\b|for\b)", "", text)
    text = re.sub(r"\bawait (?=client\.)", "", text)
    return re.sub(r"\bAsync(?=[A-Z])", "", text)


# Comparing ------------------------------------------------------------------------------------------------------------


def differences(cls: type, twin: type) -> Iterator[str]:
    """Where a class and its blocking twin do not say the same, in words."""
    ours, theirs = public_members(cls), public_members(twin)
    yield from (f"only one colour has {name}" for name in sorted(ours.keys() ^ theirs.keys()))
    if blocking_words(inspect.getdoc(cls) or "") != inspect.getdoc(twin):
        yield f"the docstring of {cls.__name__} is another in its twin"
    for name in sorted((ours.keys() & theirs.keys()) - BY_NATURE):
        yield from (f"{name}: {what}" for what in _member_differences(ours[name], theirs[name]))


def _member_differences(member: object, twin: object) -> Iterator[str]:
    if type(member) is not type(twin):
        yield f"it is a {type(member).__name__}, and in the twin a {type(twin).__name__}"
        return
    if blocking_words(inspect.getdoc(member) or "") != (inspect.getdoc(twin) or ""):
        yield "its docstring is another in the twin"
    ours, theirs = _function(member), _function(twin)
    if inspect.iscoroutinefunction(theirs):
        yield "it is to be awaited in the twin"
    signature, other = inspect.signature(ours), inspect.signature(theirs)
    if [*signature.parameters] != [*other.parameters]:
        yield f"it takes {[*signature.parameters]}, and in the twin {[*other.parameters]}"
        return
    for mine, its in zip(signature.parameters.values(), other.parameters.values(), strict=True):
        if (mine.kind, mine.default, _raw_argument(blocking_type(str(mine.annotation)))) != (
            its.kind,
            its.default,
            str(its.annotation),
        ):
            yield f"it takes {mine}, and in the twin {its}"
    if blocking_type(str(signature.return_annotation)) != str(other.return_annotation):
        yield f"it returns {signature.return_annotation}, and in the twin {other.return_annotation}"


def _raw_argument(annotation: str) -> str:
    """What a raw class is made with: a function to await in the one colour, to call in the other."""
    return re.sub(r"\bAwaitable\[(RawResponse\[Any\])\]", r"\1", annotation)


def _function(member: object) -> Callable[..., Any]:
    inner: object = member.fget if isinstance(member, property) else getattr(member, "__func__", member)
    assert callable(inner)
    return inner


OPTIONS = {
    field.name: inspect.Parameter(
        field.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=field.default,
        annotation=field.type,
    )
    for field in fields(CallOptions)
}
"""The options of a call, as they should stand in a signature."""


def option_differences(method: Callable[..., Any]) -> Iterator[str]:
    """Where a method that sends does not take the options of a call as `CallOptions` has them."""
    parameters = inspect.signature(method).parameters
    for name, option in OPTIONS.items():
        if name not in parameters:
            yield f"{name} is missing"
        elif parameters[name].replace(kind=option.kind) != option:
            yield f"it takes {parameters[name]}, and should take {option}"
    # One that the official SDK takes by its position stands where it does there.
    by_name = [name for name in OPTIONS if name in parameters and parameters[name].kind is Parameter.KEYWORD_ONLY]
    if not by_name or [*parameters][-len(by_name) :] != by_name:
        yield "the options are not the last of its parameters, or in another order"


def undocumented(function: Callable[..., Any]) -> tuple[set[str], set[str]]:
    """The parameters that `Args:` leaves out, and those that it makes up."""
    document = inspect.getdoc(function) or ""
    said = re.search(r"^Args:\n((?:    .*\n|\n(?=    ))*)", document + "\n", flags=re.MULTILINE)
    names = set(re.findall(r"^    (\w+): \S", said[1], flags=re.MULTILINE)) if said else set[str]()
    taken = set(inspect.signature(function).parameters) - {"self", "cls"}
    return taken - names, names - taken


def raw_differences(cls: type, raw: type) -> Iterator[str]:
    """Where a class of `with_raw_response` does not have the methods of its resource, each returning a response."""
    methods, raws = sending_methods(cls), public_members(raw)
    yield from (f"only one has {name}" for name in sorted(methods.keys() ^ (raws.keys() - {"__init__"})))
    for name in sorted(methods.keys() & raws.keys()):
        own, other = inspect.signature(methods[name]), inspect.signature(_function(raws[name]))
        result = str(own.return_annotation).replace("AsyncPages[", "AsyncPage[")
        if other.return_annotation != f"RawResponse[{result}]":
            yield f"{name} returns {other.return_annotation}, and the method {own.return_annotation}"
        if own.parameters != other.parameters:
            yield f"{name} takes {other}, and the method {own}"
        if inspect.getdoc(methods[name]) != inspect.getdoc(raws[name]):
            yield f"{name} has another docstring than the method"
        is_async = inspect.iscoroutinefunction(methods[name]) or "AsyncPages[" in str(own.return_annotation)
        if is_async is not inspect.iscoroutinefunction(raws[name]):
            yield f"{name} is awaited in one of them only"


# The tests ------------------------------------------------------------------------------------------------------------


def _class(name: str, *, blocking: bool) -> type:
    (cls,) = [cls for cls in CLASSES.values() if cls.__name__ == name]
    return twin_of(cls) if blocking else cls


def test_the_classes_are_found() -> None:
    """The client and its resources are among them, and most have a class for raw responses."""
    assert {"", "agent", "artifacts", "executions", "files", "hub", "models"} <= CLASSES.keys()
    assert RAW_CLASSES.keys() == CLASSES.keys() - {""}
    assert {"healthcheck", "get_schema"} <= sending_methods(CLASSES[""]).keys()
    assert "with_options" not in sending_methods(CLASSES[""])


@each_pair
def test_colours_say_the_same(name: str) -> None:
    """Members, signatures and docstrings of an async class and its twin agree, but for what may differ."""
    assert list(differences(PAIRS[name], twin_of(PAIRS[name]))) == []


@each_class
def test_async_methods_are_awaited(name: str) -> None:
    """What sends in the async colour is a coroutine, or pages to await."""
    for method, function in sending_methods(_class(name, blocking=False)).items():
        pages = str(inspect.signature(function).return_annotation).startswith("AsyncPages[")
        assert inspect.iscoroutinefunction(function) is not pages, method


@each_colour
@each_class
def test_what_sends_has_the_options_of_a_call(name: str, blocking: bool) -> None:
    """Every method that sends takes them, with the types and defaults of `CallOptions`."""
    cls = _class(name, blocking=blocking)
    assert {method: list(option_differences(code)) for method, code in sending_methods(cls).items()} == {
        method: [] for method in sending_methods(cls)
    }


@each_colour
@each_pair
def test_every_parameter_is_documented(name: str, blocking: bool) -> None:
    """`Args:` has every parameter of every public method, and no other."""
    cls = twin_of(PAIRS[name]) if blocking else PAIRS[name]
    for member, code in public_members(cls).items():
        if isinstance(code, FunctionType) and not (member == "__init__" and name.endswith("WithRawResponse")):
            assert undocumented(code) == (set(), set()), member


@each_colour
@pytest.mark.parametrize("home", sorted(RAW_CLASSES))
def test_raw_classes_have_the_methods_of_their_resources(home: str, blocking: bool) -> None:
    """The same methods, parameters and docstrings, each returning `RawResponse` of what the method returns."""
    cls = twin_of(CLASSES[home]) if blocking else CLASSES[home]
    raw = raw_of(cls)
    assert raw is not None
    assert list(raw_differences(cls, raw)) == []


# They can fail --------------------------------------------------------------------------------------------------------


class AsyncGood:
    """Made of `AsyncGood`."""

    async def get(self, name: str, *, limit: int = 5) -> AsyncGood:
        """`await client.get()`.

        Args:
            name: Its name.
            limit: How many.

        HTTP: `GET /good`.
        """
        raise NotImplementedError

    @property
    def shown(self) -> AsyncGood:
        """Shown."""
        raise NotImplementedError


GOOD_TWIN = '''
class Good:
    """Made of `Good`."""

    def get(self, name: str, *, limit: int = 5) -> Good:
        """`client.get()`.

        Args:
            name: Its name.
            limit: How many.

        HTTP: `GET /good`.
        """

    @property
    def shown(self) -> Good:
        """Shown."""
'''


def _made(text: str, name: str) -> type:
    """A class made of text."""
    space: dict[str, Any] = {"__name__": __name__}
    exec(f"from __future__ import annotations\n{text}", space)  # noqa: S102  # it is a literal of this file
    made: type = space[name]
    return made


def test_twins_that_agree_are_fine() -> None:
    """The pair that is broken below is whole."""
    assert list(differences(AsyncGood, _made(GOOD_TWIN, "Good"))) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("def get", "def fetch"),
        ("def get", "async def get"),
        ("    def get", "    @staticmethod\n    def get"),
        ("name: str", "name: str | None"),
        ("name: str,", "title: str,"),
        ("name: str, *,", "name: str,"),
        ("name: str, ", ""),
        ("limit: int = 5", "limit: int = 6"),
        ("limit: int = 5", "limit: int"),
        ("-> Good", "-> AsyncGood"),
        ("-> Good", "-> list[Good]"),
        ("`client.get()`", "`await client.get()`"),
        ("How many.", "How much."),
        ("Made of `Good`", "Made of `AsyncGood`"),
        ("    @property\n", ""),
        ('"""Shown."""', "pass"),
        ("    def get", "    def more(self) -> None: ...\n    def get"),
    ],
)
def test_twins_that_differ_are_noticed(old: str, new: str) -> None:
    """Another name, parameter, kind, type, default, result or docstring in one colour is noticed."""
    assert old in GOOD_TWIN
    assert list(differences(AsyncGood, _made(GOOD_TWIN.replace(old, new, 1), "Good"))) != []


def test_a_private_member_of_one_colour_is_fine() -> None:
    """What is private is nobody's business."""
    twin = _made(GOOD_TWIN.replace("    def get", "    def _more(self) -> None: ...\n    def get", 1), "Good")
    assert list(differences(AsyncGood, twin)) == []


TAKES_OPTIONS = """
from vlmrun._arguments.config import NOT_GIVEN

class Good:
    def get(
        self,
        *,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> None: ...
"""


def _options(text: str) -> list[str]:
    return list(option_differences(vars(_made(text, "Good"))["get"]))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("        extra_query: Mapping[str, object] | None = None,\n", ""),
        ("= NOT_GIVEN", "= None"),
        ("float | NotGiven", "int | NotGiven"),
        ("Mapping[str, str]", "dict[str, str]"),
        ("        *,\n", ""),
        ("object] | None = None,\n    )", "object] | None = None,\n        more: int = 0,\n    )"),
        ("extra_body", "body"),
    ],
)
def test_options_that_differ_are_noticed(old: str, new: str) -> None:
    """A method without one of them, or with another type, default, kind or order is noticed."""
    assert old in TAKES_OPTIONS
    assert _options(TAKES_OPTIONS) == []
    assert _options(TAKES_OPTIONS.replace(old, new, 1)) != []


def test_undocumented_parameters_are_noticed() -> None:
    """One that `Args:` leaves out is noticed, and so is one that is not there."""

    def documented(one: int, two: int) -> None:
        """A function.

        Args:
            one: The one
                and only.

            two: The other: it is here.

        Returns:
            three: Nothing.
        """

    def half(one: int, two: int) -> None:  # noqa: D417  # which is the point
        """A function.

        Args:
            one: The one.
            three: The other.
        """

    def bare(one: int) -> None:
        """A function of one."""

    assert undocumented(documented) == (set(), set())
    assert undocumented(half) == ({"two"}, {"three"})
    assert undocumented(bare) == ({"one"}, set())


RAW_GOOD = '''
class Raw:
    def __init__(self, record: object) -> None: ...

    async def get(self, name: str, *, limit: int = 5) -> RawResponse[AsyncGood]:
        """`await client.get()`.

        Args:
            name: Its name.
            limit: How many.

        HTTP: `GET /good`.
        """
'''


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("RawResponse[AsyncGood]", "AsyncGood"),
        ("RawResponse[AsyncGood]", "RawResponse[int]"),
        ("limit: int = 5", "limit: int"),
        ("async def", "def"),
        ("def get", "def fetch"),
        ("    async def", "    def more(self) -> None: ...\n    async def"),
        ("How many.", "How much."),
    ],
)
def test_raw_classes_that_differ_are_noticed(old: str, new: str) -> None:
    """A method too many or too few, with other parameters or another result is noticed."""
    assert old in RAW_GOOD
    assert list(raw_differences(AsyncGood, _made(RAW_GOOD, "Raw"))) == []
    assert list(raw_differences(AsyncGood, _made(RAW_GOOD.replace(old, new, 1), "Raw"))) != []


# The generator notices, too -------------------------------------------------------------------------------------------

TREE = Path(__file__).parents[2]
TOOLS = TREE / "tools"


@pytest.fixture(scope="module")
def copied_tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sources, in a folder where they can be changed."""
    if not (Path(sys.executable).with_name("ruff").is_file() and TOOLS.is_dir()):
        pytest.skip("the generator formats with ruff, which is not installed here")
    copy = tmp_path_factory.mktemp("tree")
    ignored = shutil.ignore_patterns("__pycache__", "local")
    for folder in ("vlmrun", "stubs", "tools"):
        shutil.copytree(TREE / folder, copy / folder, ignore=ignored)
    shutil.copy(TREE / "pyproject.toml", copy)
    (copy / "docs").mkdir()
    for page in ("cli.md", "cli-schemas.json"):
        shutil.copy(TREE / "docs" / page, copy / "docs")
    return copy


def _generate(tree: Path, *options: str) -> tuple[int, set[str]]:
    """Run the generator in a tree: its code, and the files that it names."""
    done = subprocess.run(  # noqa: S603  # nothing here comes from outside
        [sys.executable, "-B", "-m", "generate", *options],
        cwd=tree / "tools",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return done.returncode, {line.partition(" ")[0] for line in done.stdout.splitlines()}


TWIN = "vlmrun/_resources/_sync/models.py"
RAW = {f"vlmrun/_resources/_raw_{colour}/models.py" for colour in ("async", "sync")}
STUBS = {f"stubs/vlmrun-stubs/_resources/_{wing}/models.pyi" for wing in ("async", "sync", "raw_async", "raw_sync")}
EDITED = "vlmrun/_resources/_async/models.py"


@pytest.mark.parametrize(
    ("edited", "old", "new", "stale"),
    [
        (EDITED, "List all pairs", "List the pairs", {TWIN, *RAW}),
        (EDITED, "        self,\n", "        self,\n        name: str = 'a',\n", {TWIN, *RAW, *STUBS, EDITED}),
        (TWIN, "List all pairs", "List the pairs", {TWIN}),
    ],
    ids=["docstring", "parameter", "twin"],
)
def test_the_generator_notices_drift_and_mends_it(
    copied_tree: Path, edited: str, old: str, new: str, stale: set[str]
) -> None:
    """`--check` fails and names what is stale; without it that is written anew, and then nothing is."""
    before = {name: (copied_tree / name).read_text(encoding="utf-8") for name in {edited, *stale}}
    assert old in before[edited]
    (copied_tree / edited).write_text(before[edited].replace(old, new, 1), encoding="utf-8")
    try:
        assert _generate(copied_tree, "--check") == (1, stale)
        assert _generate(copied_tree) == (0, stale)
        assert _generate(copied_tree, "--check") == (0, set())
    finally:
        for name, text in before.items():
            (copied_tree / name).write_text(text, encoding="utf-8")


def test_a_file_that_nothing_generates_is_removed(copied_tree: Path) -> None:
    """What is left of a resource that is gone is named, and taken away; in the rest of the copy nothing is stale."""
    left = copied_tree / "vlmrun" / "_resources" / "_sync" / "gone.py"
    left.write_text('"""Left over."""\n', encoding="utf-8")
    assert _generate(copied_tree, "--check") == (1, {"vlmrun/_resources/_sync/gone.py"})
    assert _generate(copied_tree) == (0, {"vlmrun/_resources/_sync/gone.py"})
    assert not left.exists()


def test_modules_are_where_they_are_looked_for() -> None:
    """The twin of a class is another class, in the module of the same name."""
    for cls in CLASSES.values():
        twin = twin_of(cls)
        assert twin is not cls
        assert importlib.import_module(twin.__module__).__name__.rpartition(".")[2] == cls.__module__.rpartition(".")[2]


OPTION_LINES = {
    "timeout": "        timeout: float | NotGiven | None = NOT_GIVEN,\n",
    "extra_query": "        extra_query: Mapping[str, object] | None = None,\n",
    "extra_body": "        extra_body: Mapping[str, object] | None = None,\n",
}


@pytest.mark.parametrize("part", ["parameter", "documentation", "both"])
@pytest.mark.parametrize("name", sorted(OPTION_LINES))
@pytest.mark.parametrize("module", ["models", "files", "agent"])
def test_an_option_that_is_missing_returns_to_its_place(module: str, name: str, part: str) -> None:
    """In the signature, an overload's too, and in the docstring, where it is not said twice."""
    sys.path.append(str(TOOLS))
    try:
        options = importlib.import_module("generate.options")
    finally:
        sys.path.pop()
    text = (TREE / "vlmrun/_resources/_async" / f"{module}.py").read_text(encoding="utf-8")
    fields = options.read(TREE / "vlmrun/_arguments/call_options.py")
    documented = next(f"            {name}: {field.documentation}\n" for field in fields if field.name == name)
    broken = text
    for line, parts in ((OPTION_LINES[name], ("parameter", "both")), (documented, ("documentation", "both"))):
        # Its place is before the next option, or last: `files.upload` has its time limit where the official SDK has.
        in_place = re.compile(re.escape(line) + r"(?= +extra_| *\)|\n)")
        assert in_place.search(text)
        broken = in_place.sub("", broken, count=1) if part in parts else broken
    assert ast.dump(ast.parse(broken)) != ast.dump(ast.parse(text))
    assert ast.dump(ast.parse(options.complete(broken, fields))) == ast.dump(ast.parse(text))
