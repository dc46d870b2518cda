"""The options of a call, in the signature of each method that uses them.

The fields of `CallOptions` are written once. A public method of an async class that uses the name `options` gets them
as parameters, each with its documentation, and a first line that makes `options` of them.
"""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Field", "complete", "read"]

_IMPORTS = """
from collections.abc import Mapping

from vlmrun._arguments.call_options import CallOptions
from vlmrun._arguments.config import NOT_GIVEN, NotGiven
"""

_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Field:
    """One of the options."""

    name: str
    """Its name."""
    parameter: str
    """The parameter in a signature: name, annotation and default."""
    documentation: str
    """The description in a docstring."""


def read(path: Path) -> list[Field]:
    """The fields of `CallOptions`, from its source."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    (options,) = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "CallOptions"]
    fields: list[Field] = []
    for node, following in itertools.pairwise(options.body):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            if not (isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant)):
                raise SystemExit(f"{node.target.id} has no docstring")
            default = node.value
            if isinstance(default, ast.Call):
                default = next(keyword.value for keyword in default.keywords if keyword.arg == "default")
            name = node.target.id
            parameter = f"{name}: {ast.unparse(node.annotation)} = {ast.unparse(default)}"
            fields.append(Field(name, parameter, str(following.value.value)))
    return fields


def complete(text: str, fields: list[Field]) -> str:
    """A module with the options in the signatures of its methods; nothing changes where they are there already."""
    tree = ast.parse(text)
    lines = text.splitlines(keepends=True)
    edits: list[tuple[int, int, str]] = []  # line from 0, column, what to insert
    for class_ in tree.body:
        if not (isinstance(class_, ast.ClassDef) and class_.name.startswith("Async")):
            continue
        using = {
            node.name
            for node in class_.body
            if isinstance(node, _Function) and not node.name.startswith("_") and _uses(node)
        }
        for node in class_.body:
            if isinstance(node, _Function) and node.name in using:
                edits += _edits(node, lines, fields)
    if not edits:
        return text
    for line, column, inserted in sorted(edits, reverse=True):
        encoded = lines[line].encode()
        lines[line] = (encoded[:column] + inserted.encode() + encoded[column:]).decode()
    text = "".join(lines)
    if "import CallOptions" not in text:
        text = text.replace(
            "from __future__ import annotations\n", f"from __future__ import annotations\n{_IMPORTS}", 1
        )
    return text


def _uses(function: _Function) -> bool:
    return any(isinstance(node, ast.Name) and node.id == "options" for node in ast.walk(function))


def _edits(function: _Function, lines: list[str], fields: list[Field]) -> list[tuple[int, int, str]]:
    arguments = function.args
    there = {argument.arg for argument in (*arguments.args, *arguments.kwonlyargs)}
    edits: list[tuple[int, int, str]] = []
    for successor, missing in _missing(fields, there):
        parameters = ", ".join(field.parameter for field in missing)
        if successor is None:
            star = "" if arguments.kwonlyargs or arguments.vararg else "*, "
            edits.append((*_end_of(function, lines), f", {star}{parameters},"))
        else:
            node = next(argument for argument in arguments.kwonlyargs if argument.arg == successor)
            edits.append((node.lineno - 1, node.col_offset, f"{parameters}, "))
    if _uses(function):
        edits += _body_edits(function, fields)
    return edits


def _missing(fields: list[Field], there: Collection[str]) -> Iterator[tuple[str | None, list[Field]]]:
    """The fields that are not there: each run of them with the name that it belongs before, or `None` at the end."""
    run: list[Field] = []
    for field in fields:
        if field.name not in there:
            run.append(field)
        elif run:
            yield field.name, run
            run = []
    if run:
        yield None, run


def _end_of(function: _Function, lines: list[str]) -> tuple[int, int]:
    """Where the last parameter of a function ends, its default included."""
    arguments = function.args
    nodes: list[ast.expr | ast.arg] = [*arguments.args, *arguments.kwonlyargs, *arguments.defaults]
    nodes += [default for default in arguments.kw_defaults if default is not None]
    last = max(nodes, key=lambda node: (node.end_lineno or 0, node.end_col_offset or 0))
    line, column = (last.end_lineno or 1) - 1, last.end_col_offset or 0
    # A trailing comma would stand before those that are added.
    rest = lines[line].encode()[column:].decode()
    if rest.lstrip().startswith(","):
        lines[line] = (lines[line].encode()[:column] + rest.replace(",", "", 1).encode()).decode()
    return line, column


def _body_edits(function: _Function, fields: list[Field]) -> list[tuple[int, int, str]]:
    edits: list[tuple[int, int, str]] = []
    document, *body = function.body
    if not (isinstance(document, ast.Expr) and isinstance(document.value, ast.Constant)):
        raise SystemExit(f"{function.name} has no docstring")
    made = any(
        isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "options" for node in ast.walk(function)
    )
    if not made:
        first = next(node for node in body if not isinstance(node, (ast.Import, ast.ImportFrom)))
        names = ", ".join(field.name for field in fields)
        edits.append((first.lineno - 1, 0, f"        options = CallOptions({names})\n"))
    edits += _documentation_edits(document.value, fields)
    return edits


def _documentation_edits(document: ast.Constant, fields: list[Field]) -> Iterator[tuple[int, int, str]]:
    """The documentation of arguments that lack it, each in its place in `Args:`, which is made where there is none."""
    text = str(document.value).splitlines()
    start = document.lineno - 1
    section = next((number for number, line in enumerate(text) if line.strip() == "Args:"), None)
    if section is None:
        yield _section(text, start, "".join(map(_line, fields)))
        return
    end = next((number for number in range(section, len(text)) if not text[number].strip()), len(text) - 1)
    documented = {
        found[1]: number for number in range(section, end) if (found := re.match(r" {12}(\w+): ", text[number]))
    }
    for successor, missing in _missing(fields, documented):
        yield start + (end if successor is None else documented[successor]), 0, "".join(map(_line, missing))


def _line(field: Field) -> str:
    return f"{' ' * 12}{field.name}: {field.documentation}\n"


def _section(text: list[str], start: int, added: str) -> tuple[int, int, str]:
    for number, line in enumerate(text):
        if line.strip() in ("Returns:", "Raises:") or line.strip().startswith("HTTP: "):
            return start + number, 0, f"        Args:\n{added}\n"
    raise SystemExit(f"no place for arguments in {text[0]!r}")
