"""The async twin of an example: examples are written once, as signatures are.

The types say what to await. Each expression is followed from the client through the annotations of `AsyncVLMRun` and of
what it returns: a coroutine is awaited, an async iterator is read with `async for`, an async context is entered with
`async with`. A function that awaits becomes async, and so do its callers.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import sys
import types
import typing
from collections.abc import Iterator
from dataclasses import dataclass, field

__all__ = ["to_async"]

_TWINS = {
    "VLMRun": "AsyncVLMRun",
    "OpenAI": "AsyncOpenAI",
    "SupportsCompletions": "SupportsAsyncCompletions",
    "SupportsOpenAI": "SupportsAsyncOpenAI",
    "FakeChat": "FakeAsyncChat",
}
"""What another class stands for."""

_STAYS = ("async", "Async", "def test_", "@pytest.fixture", "threading", "concurrent.futures", "multiprocessing")
"""What is about one colour alone."""


def to_async(code: str) -> str | None:
    """The same example for async code; `None` if it is about one colour, or sends nothing."""
    if any(word in code for word in _STAYS):
        return None
    return _Twin(code).written()


_Function = ast.FunctionDef
_Edits = list[tuple[int, int, int, bytes]]


@dataclass
class _Twin:
    """One example: what of it is awaited, and the edits that this takes."""

    code: str
    tree: ast.Module = field(init=False)
    types: dict[str, object] = field(init=False, default_factory=dict[str, object])
    awaited: dict[ast.expr, bool] = field(init=False, default_factory=dict[ast.expr, bool])
    loops: set[ast.AST] = field(init=False, default_factory=set[ast.AST])
    contexts: dict[ast.With, int] = field(init=False, default_factory=dict[ast.With, int])
    functions: set[str] = field(init=False, default_factory=set[str])

    def __post_init__(self) -> None:
        self.tree = ast.parse(self.code)
        self._import()
        while True:  # until no further function has become async
            before = len(self.functions)
            self._read(self.tree.body)
            if len(self.functions) == before:
                return

    # What is what ---------------------------------------------------------------------------------------------------

    def _import(self) -> None:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(("vlmrun", "openai")):
                module = importlib.import_module(node.module)
                for alias in node.names:
                    name = _TWINS.get(alias.name, alias.name)
                    self.types[alias.asname or alias.name] = _Itself(getattr(module, name, None))

    def _read(self, body: list[ast.stmt]) -> None:
        for statement in body:
            self._read_statement(statement)

    def _read_statement(self, node: ast.stmt) -> None:
        if isinstance(node, ast.FunctionDef):
            for argument in node.args.args + node.args.kwonlyargs:
                self.types[argument.arg] = self._annotated(argument.annotation)
            before = self._count()
            self._read(node.body)
            if self._count() != before:
                self.functions.add(node.name)
        elif isinstance(node, ast.With):
            for number, item in enumerate(node.items):
                value = self._type(item.context_expr)
                if _has(value, "__aenter__") and not _has(value, "__enter__"):
                    self.contexts.setdefault(node, number)
                    value = _returned(value, "__aenter__")
                if isinstance(item.optional_vars, ast.Name):
                    self.types[item.optional_vars.id] = value
            self._read(node.body)
        elif isinstance(node, ast.For):
            self._iterate(node, node.target, node.iter)
            self._read(node.body + node.orelse)
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            value = self._type(node.value)
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if isinstance(target, ast.Name):
                    self.types[target.id] = value
        else:
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.stmt):
                    self._read_statement(child)
                elif isinstance(child, ast.expr):
                    self._type(child)
                elif isinstance(child, ast.ExceptHandler):
                    self._read(child.body)

    def _count(self) -> int:
        return len(self.awaited) + len(self.loops) + len(self.contexts)

    def _iterate(self, loop: ast.AST, target: ast.expr, iterated: ast.expr) -> None:
        value = self._type(iterated)
        if iterated in self.awaited and _has(value, "__aiter__") and not _has(value, "__iter__"):
            if not self.awaited[iterated]:
                del self.awaited[iterated]  # `async for` reads pages without `await`
            self.loops.add(loop)
        elif _has(value, "__aiter__") and not _has(value, "__iter__"):
            self.loops.add(loop)
        if isinstance(target, ast.Name):
            self.types[target.id] = _item(value)

    def _annotated(self, annotation: ast.expr | None) -> object:
        if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
            annotation = ast.parse(annotation.value, mode="eval").body
        if isinstance(annotation, ast.Name):
            value = self.types.get(annotation.id)
            return value.value if isinstance(value, _Itself) else None
        return None

    def _type(self, node: ast.expr) -> object:
        """The class of what an expression is, as far as it matters; notes on the way what is awaited."""
        if isinstance(node, ast.Name):
            return self.types.get(node.id)
        if isinstance(node, ast.Attribute):
            return _attribute(self._type(node.value), node.attr)
        if isinstance(node, ast.Call):
            return self._called(node)
        if isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp):
            for generator in node.generators:
                self._iterate(generator, generator.target, generator.iter)
            for part in (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,):
                self._type(part)
            return None
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self._type(child)
        return None

    def _called(self, node: ast.Call) -> object:
        for value in [*node.args, *(keyword.value for keyword in node.keywords)]:
            self._type(value)
        if isinstance(node.func, ast.Name) and node.func.id in self.functions:
            self.awaited[node] = True
            return None
        function = self._type(node.func)
        if isinstance(function, _Itself):
            if inspect.isclass(function.value):
                return function.value
            function = function.value
        if getattr(_hints(function).get("return"), "__name__", "") == "Self" and isinstance(node.func, ast.Attribute):
            return self._type(node.func.value)
        if not callable(function):
            return None
        returned = _returned(function, None)
        if typing.get_origin(returned) in {typing.Union, types.UnionType}:
            streams = any(keyword.arg == "stream" for keyword in node.keywords)
            returned = next((one for one in typing.get_args(returned) if _has(one, "__aiter__") == streams), returned)
        if inspect.iscoroutinefunction(inspect.unwrap(function)):
            self.awaited[node] = True
        elif _has(returned, "__await__"):
            self.awaited[node] = False  # unless it is iterated
        return returned

    # How it is written ----------------------------------------------------------------------------------------------

    def written(self) -> str | None:
        """The twin, or `None` if nothing is awaited."""
        if not self._count():
            return None
        lines = [line.encode() for line in self.code.splitlines(keepends=True)]
        for row, start, end, text in sorted(self._edits(), reverse=True):
            lines[row] = lines[row][:start] + text + lines[row][end:]
        code = b"".join(lines).decode()
        for statement in _with_two_colours(code, self.contexts):
            code = _nested(code, statement)
        code = _entered(code)
        return _in_main(code)

    def _edits(self) -> Iterator[tuple[int, int, int, bytes]]:
        parents = {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}
        for node in self.awaited:
            parent = parents[node]
            end = (_end(node) - 1, node.end_col_offset or 0)
            if isinstance(parent, ast.Attribute | ast.Subscript | ast.Starred) or (
                isinstance(parent, ast.Call) and parent.func is node
            ):
                yield node.lineno - 1, node.col_offset, node.col_offset, b"(await "
                yield *end, end[1], b")"
            else:
                yield node.lineno - 1, node.col_offset, node.col_offset, b"await "
        for loop in self.loops:
            if isinstance(loop, ast.comprehension):
                yield loop.target.lineno - 1, loop.target.col_offset - 4, loop.target.col_offset - 4, b"async "
            elif isinstance(loop, ast.For):
                yield loop.lineno - 1, loop.col_offset, loop.col_offset, b"async "
        for context, number in self.contexts.items():
            if number == 0:
                yield context.lineno - 1, context.col_offset, context.col_offset, b"async "
        yield from self._names()

    def _names(self) -> Iterator[tuple[int, int, int, bytes]]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef) and node.name in self.functions:
                yield node.lineno - 1, node.col_offset, node.col_offset, b"async "
            elif isinstance(node, ast.Name) and node.id in _TWINS:
                yield node.lineno - 1, node.col_offset, node.col_offset + len(node.id), _TWINS[node.id].encode()
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in _TWINS:
                yield (
                    node.lineno - 1,
                    node.col_offset + 1,
                    node.col_offset + 1 + len(node.value),
                    _TWINS[node.value].encode(),
                )
            elif isinstance(node, ast.alias) and node.name in _TWINS:
                yield node.lineno - 1, node.col_offset, node.col_offset + len(node.name), _TWINS[node.name].encode()


@dataclass(frozen=True)
class _Itself:
    """A name that is this object, and not an instance of it."""

    value: object


def _plain(value: object) -> object:
    origin = typing.get_origin(value)
    if origin in {typing.Union, types.UnionType}:
        return next((one for one in typing.get_args(value) if one is not type(None)), None)
    return value if origin is None else origin


def _has(value: object, member: str) -> bool:
    plain = _plain(value)
    return inspect.isclass(plain) and hasattr(plain, member)


def _attribute(value: object, name: str) -> object:
    """What an attribute of an instance is: its class, or a function."""
    if isinstance(value, _Itself):
        return _Itself(getattr(value.value, name, None))
    class_ = _plain(value)
    if not inspect.isclass(class_):
        return None
    found = inspect.getattr_static(class_, name, None)
    if isinstance(found, property):
        return _returned(found.fget, None)
    wrapped = getattr(found, "func", None)  # functools.cached_property
    if wrapped is not None:
        return _returned(wrapped, None)
    if callable(found):
        return found
    return _hints(class_).get(name)


def _returned(value: object, method: str | None) -> object:
    function = inspect.getattr_static(_plain(value), method, None) if method else value
    hint = _hints(function).get("return")
    return _plain(value) if hint is not None and getattr(hint, "__name__", "") in {"Self", "T"} else hint


def _item(value: object) -> object:
    arguments = typing.get_args(value)
    return arguments[0] if arguments and not isinstance(arguments[0], typing.TypeVar) else None


def _hints(value: object) -> dict[str, object]:
    try:
        return dict(typing.get_type_hints(value))
    except (NameError, TypeError, AttributeError):  # of OpenAI's, for a few that it imports for checkers alone
        return {}


def _end(node: ast.AST) -> int:
    end: int = getattr(node, "end_lineno", 0)
    return end


def _indented(lines: list[str]) -> list[str]:
    return [f"    {line}" if line.strip() else line for line in lines]


def _with_two_colours(code: str, contexts: dict[ast.With, int]) -> list[str]:
    """The first lines of `with` statements whose first part stays and whose later part becomes async."""
    del code
    return [ast.unparse(node.items[0]) for node, number in contexts.items() if number == 1]


def _nested(code: str, first: str) -> str:
    """`with a, b:` as `with a:` and, in it, `async with b:`."""
    for node in ast.walk(ast.parse(f"async def main():\n{''.join(_indented(code.splitlines(keepends=True)))}")):
        if isinstance(node, ast.With) and len(node.items) == 2 and ast.unparse(node.items[0]) == first:
            lines = code.splitlines()
            row = node.lineno - 2  # of the function around it
            indent = " " * (node.col_offset - 4)
            body = lines[row + 1 : _end(node) - 1]
            rest = ast.unparse(node.items[1])
            lines[row : _end(node) - 1] = [
                f"{indent}with {first}:",
                f"{indent}    async with {rest}:",
                *_indented(body),
            ]
            return "\n".join(lines) + "\n"
    return code


def _entered(code: str) -> str:
    """`client = AsyncVLMRun()` as `async with AsyncVLMRun() as client:`, with what follows in it."""
    lines = code.splitlines()
    for row, line in enumerate(lines):
        text = line.lstrip()
        name, _, value = text.partition(" = ")
        call = value.partition("  #")[0]
        if call.startswith("AsyncVLMRun(") and call.endswith(")") and call.count(")") == call.count("("):
            if "." in call.rpartition(")")[0].partition("AsyncVLMRun(")[2].replace("server.", "") and ")." in call:
                continue
            indent = line[: len(line) - len(text)]
            end = next(
                (
                    later
                    for later in range(row + 1, len(lines))
                    if lines[later].strip() and not lines[later].startswith(indent)
                ),
                len(lines),
            )
            comment = value[len(call) :]
            lines[row:end] = [f"{indent}async with {call} as {name}:{comment}", *_indented(lines[row + 1 : end])]
            return _entered("\n".join(lines) + "\n")
    return code


def _in_main(code: str) -> str:
    """What runs at the level of the module, in a function `main`, where it waits."""
    head = "async def main():\n"
    tree = ast.parse(head + "".join(_indented(code.splitlines(keepends=True))))
    first = next(
        (
            node
            for node in typing.cast("ast.AsyncFunctionDef", tree.body[0]).body
            if not isinstance(node, ast.Import | ast.ImportFrom | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            and not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
        ),
        None,
    )
    lines = code.splitlines()
    start = first.lineno - 2 if first else len(lines)
    while start and lines[start - 1].startswith("#"):
        start -= 1
    if any(
        isinstance(node, ast.Constant | ast.JoinedStr) and node.lineno != _end(node) and node.lineno - 2 >= start
        for node in ast.walk(tree)
        if hasattr(node, "lineno")
    ):
        raise ValueError("a text of several lines cannot be indented")
    before = lines[:start]
    while before and not before[-1].strip():
        before.pop()
    if not first:
        return code
    module = next((line.split()[1].partition(".")[0] for line in before if line.startswith(("import", "from"))), "")
    first_party = [] if module in sys.stdlib_module_names else [""]
    main_ = ["async def main() -> None:", *_indented(lines[start:]), "", "", "asyncio.run(main())"]
    return "\n".join(["import asyncio", *first_party, *before, "", "", *main_]) + "\n"
