"""The public names of the official SDK, from its wheel, for tests/migration.

`python tools/official_names.py vlmrun-0.9.2-py3-none-any.whl > tests/migration/names.txt`

A line is a name: `module`, `module.name`, `module.Class.member`, or `module.Class.method(parameter, ...)`. The source
is read and not run. Names that begin with an underscore, and what is only imported, are left out.
"""

from __future__ import annotations

import ast
import sys
import zipfile
from collections.abc import Iterator

__all__ = ["names_of_module", "names_of_wheel"]

# What pydantic and dataclasses call themselves, and no user does.
_PLUMBING = {"model_config"}


def names_of_wheel(path: str) -> list[str]:
    """All public names of a wheel."""
    names: list[str] = []
    with zipfile.ZipFile(path) as wheel:
        for entry in wheel.namelist():
            module = entry.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
            if entry.endswith(".py") and "._" not in module:
                names += names_of_module(module, wheel.read(entry).decode())
    return sorted(names)


def names_of_module(module: str, source: str) -> Iterator[str]:
    """The public names of a module: itself, its functions and classes with their parameters and members, its values."""
    yield module
    for node in ast.parse(source).body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield f"{module}.{node.name}"
            for member in node.body:
                yield from (f"{module}.{node.name}.{name}" for name in _names(member))
        else:
            yield from (f"{module}.{name}" for name in _names(node))


def _names(node: ast.stmt) -> Iterator[str]:
    """What a statement defines."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            if not node.name.startswith("_") and not _is_of_pydantic(node):
                yield node.name if _is_property(node) else f"{node.name}({', '.join(_parameters(node.args))})"
        case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
            if not name.startswith("_") and name not in _PLUMBING:
                yield name
        case _:
            pass


def _parameters(arguments: ast.arguments) -> Iterator[str]:
    for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
        if argument.arg not in {"self", "cls"}:
            yield argument.arg
    if arguments.kwarg is not None:
        yield f"**{arguments.kwarg.arg}"


def _is_property(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(ast.unparse(one) in {"property", "cached_property"} for one in function.decorator_list)


def _is_of_pydantic(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether it is a validator, which nobody calls."""
    return any("validator" in ast.unparse(one) for one in function.decorator_list)


if __name__ == "__main__":
    print("\n".join(names_of_wheel(sys.argv[1])))
