"""Comments of overloads: what a checker is told of one holds wherever it stands."""

from __future__ import annotations

import ast

__all__ = ["opening", "parsed"]

_Function = ast.FunctionDef | ast.AsyncFunctionDef


def parsed(text: str) -> ast.Module:
    """A module, each function of which has as its `type_comment` what its first line says to type checkers."""
    tree = ast.parse(text)
    lines = text.splitlines()
    for node in ast.walk(tree):
        if isinstance(node, _Function):
            _, mark, rest = lines[node.lineno - 1].partition("# type: ignore")
            node.type_comment = mark + rest or None
    return tree


def opening(function: _Function) -> str:
    """What follows the bracket of a function: its comment, which has to stay on the first line."""
    return f"  {function.type_comment}\n        " if function.type_comment else ""
