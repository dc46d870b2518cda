"""What type checkers and editors see of clients and resources: their public members, and nothing else.

Each stub is a module without bodies, docstrings and private members. It stands for the module where a class is written
and not for the public path, so that editors find the docstrings and the source behind it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

__all__ = ["of"]

_Function = ast.FunctionDef | ast.AsyncFunctionDef

_SOURCES = (
    "_resources/_async/*.py",
    "_resources/_sync/*.py",
    "_resources/_raw_async/*.py",
    "_resources/_raw_sync/*.py",
    "_resources/*_accessors.py",
    "client/exceptions.py",
    "protocols.py",
)
_SPECIAL = {"__init__", "__enter__", "__exit__", "__aenter__", "__aexit__", "__str__"}


def of(root: Path, texts: Mapping[Path, str | None]) -> dict[Path, tuple[Path, str]]:
    """The stubs: by their paths, each with the source that it stands beside and its text.

    Args:
        root: The folder of the project.
        texts: The modules of the package, each with what it is to say, or `None` for what it says on disk.
    """
    package = _Package(root, texts)
    sources = sorted(path for path in texts for pattern in _SOURCES if path.match(f"vlmrun/{pattern}"))
    folders = {folder for path in sources for folder in path.parents if root / "vlmrun" in (folder, *folder.parents)}
    return {
        root / "stubs" / "vlmrun-stubs" / path.relative_to(root / "vlmrun").with_suffix(".pyi"): (
            path,
            package.stub(path),
        )
        for path in {*sources, *(folder / "__init__.py" for folder in folders)}
    }


class _Package:
    def __init__(self, root: Path, texts: Mapping[Path, str | None]) -> None:
        self._root = root
        self._texts = texts

    def _tree(self, path: Path) -> ast.Module:
        return ast.parse(self._texts.get(path) or path.read_text(encoding="utf-8"))

    def _path(self, module: str) -> Path:
        base = self._root.joinpath(*module.split("."))
        file = base.with_suffix(".py")
        return file if file in self._texts or file.exists() else base / "__init__.py"

    def stub(self, path: Path) -> str:
        """The text of the stub of a module."""
        tree = self._tree(path)
        lines = [line for node in tree.body for line in self._statement(node, tree)]
        # A type variable that only private members name is not needed; nor is what its bound imports.
        variables = {line for line in lines if " = TypeVar(" in line}
        words = {word for line in lines if line not in variables for word in re.findall(r"\w+", line)}
        return "\n".join(line for line in lines if line not in variables or line.partition(" ")[0] in words)

    def _statement(self, node: ast.stmt, tree: ast.Module) -> Iterator[str]:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            for inner in node.body:
                yield from self._statement(inner, tree)
        elif isinstance(node, ast.ClassDef):
            yield from self._class(node, tree)
        elif isinstance(node, ast.Import) or (isinstance(node, ast.ImportFrom) and node.module != "__future__"):
            yield ast.unparse(node)
        elif isinstance(node, ast.Assign) and (_target(node) == "__all__" or " = TypeVar(" in ast.unparse(node)):
            yield ast.unparse(node)

    def _class(self, node: ast.ClassDef, tree: ast.Module) -> Iterator[str]:
        yield from (f"@{ast.unparse(decorator)}" for decorator in node.decorator_list)
        yield f"class {node.name}({', '.join(map(ast.unparse, node.bases))}):"
        yield from [*self._members(node, tree)] or ["    ..."]

    def _members(self, class_: ast.ClassDef, tree: ast.Module) -> Iterator[str]:
        overloaded = {node.name for node in class_.body if isinstance(node, _Function) and _is(node, "overload")}
        for node in class_.body:
            if isinstance(node, ast.AnnAssign) and not _target(node).startswith("_"):
                yield f"    {_target(node)}: {ast.unparse(node.annotation)}"
            if not isinstance(node, _Function) or (node.name.startswith("_") and node.name not in _SPECIAL):
                continue
            if node.name in overloaded and not _is(node, "overload"):
                continue
            yield from (f"    @{ast.unparse(decorator)}" for decorator in node.decorator_list)
            kind = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
            returns = ast.unparse(node.returns) if node.returns else "None"
            yield f"    {kind} {node.name}({ast.unparse(self._arguments(node.args, tree))}) -> {returns}: ..."

    def _arguments(self, arguments: ast.arguments, tree: ast.Module) -> ast.arguments:
        arguments.defaults = [self._default(default, tree) for default in arguments.defaults]
        arguments.kw_defaults = [default and self._default(default, tree) for default in arguments.kw_defaults]
        return arguments

    def _default(self, default: ast.expr, tree: ast.Module) -> ast.expr:
        """A default as a stub has it: a literal, that of a constant among them, or `...`."""
        if isinstance(default, ast.Name):
            homes = {alias.name: line.module or "" for line in _imports(tree) for alias in line.names}
            if default.id in homes:
                default = _constant(self._tree(self._path(homes[default.id])), default.id) or default
        try:
            ast.literal_eval(default)
        except ValueError:
            return ast.Constant(...)
        return default


def _target(node: ast.Assign | ast.AnnAssign) -> str:
    return ast.unparse(node.targets[0] if isinstance(node, ast.Assign) else node.target)


def _constant(tree: ast.Module, name: str) -> ast.expr | None:
    for node in tree.body:
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and _target(node) == name:
            return node.value
    return None


def _imports(tree: ast.Module) -> Iterator[ast.ImportFrom]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom))


def _is(node: _Function, decorator: str) -> bool:
    return any(ast.unparse(one) == decorator for one in node.decorator_list)
