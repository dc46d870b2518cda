"""Doors: what may fail in many ways is done in few places, which turn each failure into an error of this package."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import vlmrun

PACKAGE = Path(vlmrun.__file__).parent

DOORS = {
    "writing a file": {
        "batch/_writing.py",  # results, where users want them
        "_resources/downloads.py",  # into the folders of users
        "_inputs/documents.py",  # a temporary copy of a stream
        "_inputs/pdf_worker.py",  # the worker's own output
        "cli/_private_files.py",  # the configuration and the state of the command line
    },
    "reading YAML": {"_inputs/front_matter.py"},
}
"""What is done, and where; the server on this machine is a program of its own."""

_WRITES = {"write_bytes", "write_text", "mkstemp", "mkdtemp", "NamedTemporaryFile", "makedirs", "mkdir", "replace"}
_MODULES = {"os", "tempfile", "shutil"}


def done_by(text: str) -> Iterator[str]:
    """What a module does, of the above."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            if any(name.partition(".")[0] == "yaml" for name in names):
                yield "reading YAML"
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func)
        owner, _, method = name.rpartition(".")
        if name in ("open", "os.fdopen") and _is_to_write(node):
            yield "writing a file"
        if method in _WRITES and (owner in _MODULES or method.startswith("write_")):
            yield "writing a file"


def _is_to_write(call: ast.Call) -> bool:
    given = [*call.args[1:2], *(keyword.value for keyword in call.keywords if keyword.arg == "mode")]
    return any(not isinstance(mode, ast.Constant) or set("wax+") & set(str(mode.value)) for mode in given)


@pytest.mark.parametrize("what", DOORS)
def test_it_goes_through_its_door(what: str) -> None:
    """Nothing else of this package does it."""
    found = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if what in done_by(path.read_text(encoding="utf-8")) and "local" not in path.relative_to(PACKAGE).parts
    }
    assert found == DOORS[what]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("open(path, 'wb')", "writing a file"),
        ("open(path, mode='a')", "writing a file"),
        ("open(path, mode)", "writing a file"),
        ("Path(a).write_text(b)", "writing a file"),
        ("tempfile.mkstemp()", "writing a file"),
        ("def f():\n import yaml", "reading YAML"),
        ("from yaml import safe_load", "reading YAML"),
    ],
)
def test_another_door_is_noticed(text: str, what: str) -> None:
    """However it is opened."""
    assert list(done_by(text)) == [what]
    assert list(done_by("open(path); open(path, 'rb'); text.replace('a', 'b'); import yamlish")) == []
