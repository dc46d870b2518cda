"""The classes behind `with_raw_response`: the methods of a resource, each returning a `RawResponse` of its result."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

from generate.overloads import opening, parsed

__all__ = ["of"]

_Function = ast.FunctionDef | ast.AsyncFunctionDef


def of(text: str, source: Callable[[str], str]) -> str | None:
    """The module for the resource that a module defines; `None` where it defines none.

    Args:
        text: The module.
        source: Reads another module, by its name.
    """
    tree = parsed(text)
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef) and _has_raw(node)]
    if not classes:
        return None
    (resource,) = classes
    name = f"{resource.name}WithRawResponse"
    family = [(resource, tree), *_inherited(resource, tree, source)]
    methods = [
        _method(node)
        for class_, _ in family
        for node in class_.body
        if isinstance(node, _Function) and not node.name.startswith("_") and _is_call(node)
    ]
    used = set(re.findall(r"\w+", "\n".join(methods)))
    kept = [_kept(node, used) for _, home in family for node in home.body]
    imports = [ast.unparse(node) for node in kept if node is not None]
    variables = [
        ast.unparse(node)
        for _, home in family
        for node in home.body
        if isinstance(node, ast.Assign) and ast.unparse(node.value).startswith("TypeVar(")
    ]
    return "\n".join(
        [
            f'"""The methods of `{resource.name}`, with the HTTP response."""',
            "from __future__ import annotations",
            "from typing import TYPE_CHECKING",
            "from vlmrun._http.pages import AsyncPage",
            "from vlmrun._http.raw import RawResponse",
            "from vlmrun._resources._async.resource import AsyncResource, recorded",
            *dict.fromkeys(line for line in imports if "__future__" not in line),
            f"__all__ = ['{name}']",
            *dict.fromkeys(variables),
            f"class {name}:",
            f'    """The methods of `{resource.name}`, each returning the HTTP response with its result."""',
            "    def __init__(self, resource: AsyncResource) -> None:",
            '        """Made by `with_raw_response`."""',
            "        self.__resource__ = resource",
            "    def __repr__(self) -> str:",
            "        return f'<{type(self).__name__} of {self.__resource__.__connections__.base_url}>'",
            *methods,
        ]
    )


def _inherited(
    resource: ast.ClassDef, tree: ast.Module, source: Callable[[str], str]
) -> Iterator[tuple[ast.ClassDef, ast.Module]]:
    """The classes with more methods of a resource, each with its module."""
    bases = set(map(ast.unparse, resource.bases)) - {"AsyncResource"}
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("vlmrun._resources._async."):
            for base in bases.intersection(alias.name for alias in node.names):
                home = parsed(source(node.module or ""))
                found = next(one for one in home.body if isinstance(one, ast.ClassDef) and one.name == base)
                yield found, home
                yield from _inherited(found, home, source)


def _has_raw(node: ast.ClassDef) -> bool:
    return any(isinstance(member, _Function) and member.name == "with_raw_response" for member in node.body)


def _kept(node: ast.stmt, used: set[str]) -> ast.stmt | None:
    """An import, without that of what is generated here; `None` for all else.

    Names for type checkers are kept if they are used: ruff removes no name that an `else` defines again.
    """
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        node.body = [inner for inner in (_kept(one, used) for one in node.body) if inner is not None]
        for inner in node.body:
            if isinstance(inner, ast.ImportFrom):
                inner.names = [alias for alias in inner.names if alias.name in used]
        node.body = [inner for inner in node.body if not isinstance(inner, ast.ImportFrom) or inner.names]
        names = {alias.name for inner in node.body if isinstance(inner, ast.ImportFrom) for alias in inner.names}
        node.orelse = [inner for inner in node.orelse if ast.unparse(inner).partition(" = ")[0] in names]
        return node if node.body else None
    is_import = isinstance(node, ast.Import) or (
        isinstance(node, ast.ImportFrom) and "_raw_async" not in (node.module or "")
    )
    return node if is_import else None


def _is_call(node: _Function) -> bool:
    """Whether a method makes a call. A property does not, and what `stream` returns makes many."""
    returns_pages = node.returns is not None and ast.unparse(node.returns).startswith("AsyncPages[")
    return isinstance(node, ast.AsyncFunctionDef) or returns_pages


def _method(node: _Function) -> str:
    returns = ast.unparse(node.returns) if node.returns else "None"
    if returns.startswith("AsyncPages["):  # which is awaited here
        returns = returns.replace("AsyncPages[", "AsyncPage[", 1)
    arguments = node.args
    passed = [repr(node.name), *(argument.arg for argument in arguments.args[1:])]
    passed += [f"{argument.arg}={argument.arg}" for argument in arguments.kwonlyargs]
    signature = f"async def {node.name}({opening(node)}{ast.unparse(arguments)}) -> RawResponse[{returns}]:"
    indent = "    "
    if any(ast.unparse(decorator) == "overload" for decorator in node.decorator_list):
        return f"{indent}@overload\n{indent}{signature} ..."
    document = ast.get_docstring(node, clean=False) or ""
    body = f"return await recorded(self.__resource__, {', '.join(passed)})"
    return f'{indent}{signature}\n{indent * 2}"""{document}"""\n{indent * 2}{body}'
