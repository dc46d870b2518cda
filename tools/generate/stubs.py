"""What type checkers and editors see of clients and resources: their public members, and nothing else."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

__all__ = ["of"]

_Function = ast.FunctionDef | ast.AsyncFunctionDef

_COLOURS = ("vlmrun._resources._async.", "vlmrun._resources._sync.")
_SPECIAL = {"__init__", "__enter__", "__exit__", "__aenter__", "__aexit__"}


def of(root: Path, texts: Mapping[Path, str | None]) -> dict[Path, tuple[Path, str]]:
    """The stubs: by their paths, each with the source that it stands beside and its text.

    Args:
        root: The folder of the project.
        texts: The modules of the package, each with what it is to say, or `None` for what it says on disk.
    """
    package = _Package(root, texts)
    found: dict[Path, tuple[Path, str]] = {}
    doors = [root / "vlmrun" / "__init__.py", root / "vlmrun" / "client" / "__init__.py"]
    modules = sorted((root / "vlmrun" / "client").glob("*.py"))
    for path in (*doors, *(path for path in modules if package.hands_on_resources(path))):
        target = root / "stubs" / "vlmrun-stubs" / path.relative_to(root / "vlmrun").with_suffix(".pyi")
        found[target] = path, package.stub(path)
    return found


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

    def hands_on_resources(self, path: Path) -> bool:
        """Whether a module hands on a class of both colours."""
        return any((node.module or "").startswith(_COLOURS) for node in _imports(self._tree(path)))

    def stub(self, path: Path) -> str:
        """The text of the stub of a module."""
        tree = self._tree(path)
        names = _exported(tree)
        lines: list[str] = []
        variables: list[str] = []
        classes: list[str] = []
        for node in _imports(tree):
            module = node.module or ""
            for alias in node.names:
                if alias.name in names:
                    if module.startswith(_COLOURS):
                        lines += self._needs(module, alias.name)
                        classes.append(self._class(module, alias.name))
                        variables += self._variables(module, classes[-1])
                    else:
                        lines.append(f"from {module} import {alias.name}")
        return "\n".join([*lines, f"__all__ = {names!r}", *dict.fromkeys(variables), *classes])

    def _needs(self, module: str, name: str) -> list[str]:
        """The imports of the modules of a class, from where a stub has them."""
        trees = [tree for _, tree in self._family(module, name)]
        needs = [ast.unparse(node) for tree in trees for node in tree.body if isinstance(node, ast.Import)]
        needs += [
            f"from {_public(line.module or '')} import {alias.name}"
            for tree in trees
            for line in _imports(tree)
            for alias in line.names
            if line.module != "__future__" and alias.name != name
        ]
        return needs

    def _variables(self, module: str, used_in: str) -> list[str]:
        """The type variables of a module that a text uses."""
        texts = (ast.unparse(node) for node in self._tree(self._path(module)).body if isinstance(node, ast.Assign))
        variables = [text for text in texts if " = TypeVar(" in text]
        return [text for text in variables if re.search(rf"\b{text.partition(' ')[0]}\b", used_in)]

    def _class(self, module: str, name: str) -> str:
        members = (member for node, tree in self._family(module, name) for member in self._members(node, tree))
        return "\n".join([f"class {name}:", *members])

    def _family(self, module: str, name: str) -> Iterator[tuple[ast.ClassDef, ast.Module]]:
        """A class and those that it inherits from, as far as they are of this package."""
        tree = self._tree(self._path(module))
        (node,) = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name]
        yield node, tree
        homes = {alias.name: line.module or "" for line in _imports(tree) for alias in line.names}
        for base in map(ast.unparse, node.bases):
            if homes.get(base, "").startswith("vlmrun."):
                yield from self._family(homes[base], base)

    def _members(self, class_: ast.ClassDef, tree: ast.Module) -> Iterator[str]:
        overloaded = {node.name for node in class_.body if isinstance(node, _Function) and _is(node, "overload")}
        for node in class_.body:
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


def _public(module: str) -> str:
    """Where a stub has a resource from: the public path."""
    for colour in _COLOURS:
        if module.startswith(colour):
            return f"vlmrun.client.{module.removeprefix(colour)}"
    return module


def _constant(tree: ast.Module, name: str) -> ast.expr | None:
    for node in tree.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == name:
            return node.value
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            return node.value
    return None


def _imports(tree: ast.Module) -> Iterator[ast.ImportFrom]:
    """The imports of a module from others, those for type checkers among them."""
    for node in tree.body:
        if isinstance(node, ast.ImportFrom):
            yield node
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            yield from (inner for inner in node.body if isinstance(inner, ast.ImportFrom))


def _exported(tree: ast.Module) -> list[str]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return list(ast.literal_eval(node.value))
    raise SystemExit("a module has no __all__")


def _is(node: _Function, decorator: str) -> bool:
    return any(ast.unparse(one) == decorator for one in node.decorator_list)
