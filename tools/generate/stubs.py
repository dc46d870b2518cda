"""What type checkers and editors see of clients and resources: their public members, and nothing else.

Each stub stands beside the module where a class is written, not the public path, so that editors find the docstrings
and the source behind it.
"""

from __future__ import annotations

import ast
import copy
import re
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path

from generate.overloads import opening, parsed

__all__ = ["of"]

_Function = ast.FunctionDef | ast.AsyncFunctionDef

_SOURCES = (
    "_resources/_async/*.py",
    "_resources/_sync/*.py",
    "_resources/_raw_async/*.py",
    "_resources/_raw_sync/*.py",
)
_BASES = {
    "resource.py",
    "prediction_resource.py",
    "media_resource.py",
}  # the source needs their private members, so checkers must see it
_SPECIAL = {"__init__", "__enter__", "__exit__", "__aenter__", "__aexit__"}


def of(root: Path, texts: Mapping[Path, str | None]) -> dict[Path, tuple[Path, str]]:
    """The stubs: by their paths, each with the source that it stands beside and its text.

    Args:
        root: The folder of the project.
        texts: The modules of the package, each with what it is to say, or `None` for what it says on disk.
    """
    package = _Package(root, texts)
    sources = sorted(path for path in texts for pattern in _SOURCES if path.match(f"vlmrun/{pattern}"))
    sources = [path for path in sources if path.name not in _BASES and package.has_classes(path)]
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
        self._trees: dict[str | Path, ast.Module] = {}

    def _tree(self, module: str | Path) -> ast.Module:
        """A module, which is parsed once: the bases and constants of one are wanted by many."""
        if module not in self._trees:
            path = self._path(module) if isinstance(module, str) else module
            self._trees[module] = parsed(self._texts.get(path) or path.read_text(encoding="utf-8"))
        return self._trees[module]

    def _path(self, module: str) -> Path:
        base = self._root.joinpath(*module.split("."))
        file = base.with_suffix(".py")
        return file if file in self._texts or file.exists() else base / "__init__.py"

    def has_classes(self, path: Path) -> bool:
        """Whether a module has anything for users: functions between its classes are ours."""
        return path.name == "__init__.py" or any(isinstance(node, ast.ClassDef) for node in self._tree(path).body)

    def stub(self, path: Path) -> str:
        """The text of the stub of a module."""
        tree = self._tree(path)
        classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
        families = {node: [(node, tree), *self._inherited(node, tree)] for node in classes}
        homes = [tree, *(home for family in families.values() for _, home in family)]
        imports = [ast.unparse(node) for home in homes for node in _imports(home)]
        variables = [node for home in homes for node in home.body if isinstance(node, ast.Assign)]
        lines = [line for node, family in families.items() for line in self._class(node, family)]
        words = {word for line in lines for word in re.findall(r"\w+", line)}
        own = [ast.unparse(node) for node in variables if node in tree.body and _target(node) == "__all__"]
        wanted = [ast.unparse(node) for node in variables if _target(node) in words]
        return "\n".join([*dict.fromkeys([*imports, *own, *wanted]), *lines])

    def _inherited(self, class_: ast.ClassDef, tree: ast.Module) -> Iterator[tuple[ast.ClassDef, ast.Module]]:
        """The bases of a class that are imported from this package, as checkers are not to see them."""
        for base in map(ast.unparse, class_.bases):
            module = _homes(tree).get(base, "")
            if module.startswith("vlmrun."):
                home = self._tree(module)
                node = next(node for node in home.body if isinstance(node, ast.ClassDef) and node.name == base)
                yield node, home
                yield from self._inherited(node, home)

    def _class(self, class_: ast.ClassDef, family: list[tuple[ast.ClassDef, ast.Module]]) -> Iterator[str]:
        inherited = {node.name for node, _ in family}
        bases = ", ".join(base for base in map(ast.unparse, class_.bases) if base not in inherited)
        yield f"class {class_.name}({bases}):"
        members: list[str] = []
        told: set[str] = set()
        for node, home in family:
            members += self._members(node, home, told, is_inherited=node is not class_)
            told |= {member.name for member in node.body if isinstance(member, _Function)}
        yield from members or ["    ..."]

    def _members(self, class_: ast.ClassDef, tree: ast.Module, told: set[str], *, is_inherited: bool) -> Iterator[str]:
        documents = {node.name: ast.get_docstring(node) for node in class_.body if isinstance(node, _Function)}
        overloaded = {node.name for node in class_.body if isinstance(node, _Function) and _is(node, "overload")}
        for node in class_.body:
            if not isinstance(node, _Function) or (node.name.startswith("_") and node.name not in _SPECIAL):
                continue
            if node.name in told or (node.name in overloaded and not _is(node, "overload")):
                continue
            yield from (f"    @{ast.unparse(decorator)}" for decorator in node.decorator_list)
            kind = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
            returns = ast.unparse(node.returns) if node.returns else "None"
            arguments = ast.unparse(self._arguments(node.args, tree))
            yield f"    {kind} {node.name}({opening(node)}{arguments}) -> {returns}:"
            # Where the source says it in another place, ty and pyrefly do not find it there.
            document = documents[node.name] if is_inherited or node.name in overloaded else None
            yield textwrap.indent(f'"""{document}\n"""' if document else "...", " " * 8)

    def _arguments(self, arguments: ast.arguments, tree: ast.Module) -> ast.arguments:
        shown = copy.copy(arguments)
        shown.defaults = [self._default(default, tree) for default in arguments.defaults]
        shown.kw_defaults = [default and self._default(default, tree) for default in arguments.kw_defaults]
        return shown

    def _default(self, default: ast.expr, tree: ast.Module) -> ast.expr:
        """A default as a stub has it: a literal, that of a constant among them, or `...`."""
        if isinstance(default, ast.Name):
            module = _homes(tree).get(default.id, "")
            if module.startswith("vlmrun."):
                home = self._tree(module)
                default = _constant(home, default.id) or self._default(default, home)
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


def _imports(tree: ast.Module) -> Iterator[ast.Import | ast.ImportFrom]:
    """The imports of a module, those for type checkers among them."""
    for node in tree.body:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            yield from _imports(ast.Module(node.body, []))
        elif isinstance(node, ast.Import) or (isinstance(node, ast.ImportFrom) and node.module != "__future__"):
            yield node


def _homes(tree: ast.Module) -> dict[str, str]:
    """The names that a module imports from others, and from which."""
    lines = (line for line in _imports(tree) if isinstance(line, ast.ImportFrom))
    return {alias.name: line.module or "" for line in lines for alias in line.names}


def _is(node: _Function, decorator: str) -> bool:
    return any(ast.unparse(one) == decorator for one in node.decorator_list)
