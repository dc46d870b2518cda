"""docs/migration.md has every public name of the official SDK, and what it says of each is so.

`names.txt` has the names of version 0.9.2, made by `tools/official_names.py`.
"""

from __future__ import annotations

import importlib
import inspect
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from vlmrun.client import VLMRun

FOLDER = Path(__file__).parent
NAMES = (FOLDER / "names.txt").read_text(encoding="utf-8").split("\n")[:-1]
PAGE = FOLDER.parents[1] / "docs" / "migration.md"

MISSING = object()


@dataclass(frozen=True)
class Row:
    """What the page says of a name."""

    here: str
    notes: str

    def explains(self, name: str) -> bool:
        return re.search(rf"`\**{re.escape(name.lstrip('*'))}\b", self.notes) is not None


def sections(page: str) -> dict[str, dict[str, Row]]:
    """The rows by name, for each module of the official SDK."""
    found: dict[str, dict[str, Row]] = {}
    for section in re.split(r"^### ", page.partition("## Every public name")[2], flags=re.MULTILINE)[1:]:
        heading, _, text = section.partition("\n")
        rows = found.setdefault(heading.strip("`"), {})
        for line in re.findall(r"^\| `.*$", text, flags=re.MULTILINE):
            names, here, notes = (cell.strip() for cell in line.strip("|").split(" | ", 2))
            rows.update((name, Row(here, notes)) for name in re.findall(r"`([^`]+)`", names))
    return found


def resolve(path: str) -> Any:
    """What is at a dotted path: of `client`, or of a module; `MISSING` if nothing is."""
    parts = path.split(".")
    if parts[0] == "client":
        return _member(VLMRun(api_key="key", base_url="https://vlmrun.test/v1"), parts[1:])
    for count in range(len(parts), 0, -1):
        module = ".".join(parts[:count])
        try:
            imported = importlib.import_module(module)
        except ModuleNotFoundError as error:
            if not module.startswith(str(error.name)):
                raise
            continue
        return _member(imported, parts[count:])
    return MISSING


def _member(value: Any, names: list[str]) -> Any:
    for name in names:
        fields = getattr(value, "model_fields", {})
        annotations = getattr(value, "__annotations__", {})
        if name in fields or name in annotations:
            return None
        value = getattr(value, name, MISSING)
    return value


def counterpart(module: str, name: str, row: Row) -> Any:
    """What the page says is there in place of an official name; `MISSING` if nothing is."""
    if row.here == "—":
        return MISSING
    return resolve(f"{module}.{name}" if row.here == "the same" else row.here.strip("`"))


def problems(names: list[str], page: str) -> list[str]:
    """What the page forgets, and what it gets wrong."""
    found: list[str] = []
    modules = sections(page)
    for line in names:
        path, _, parameters = line.partition("(")
        if path in modules:
            continue
        module = max((one for one in modules if path.startswith(f"{one}.")), key=len, default=None)
        if module is None:
            found.append(f"{line}: its module has no section")
            continue
        found += _problems(module, path.removeprefix(f"{module}."), parameters, modules[module])
    return [*found, *_strangers(names, modules)]


def _problems(module: str, name: str, parameters: str, rows: dict[str, Row]) -> list[str]:
    row = rows.get(name)
    if row is None:
        class_, _, member = name.partition(".")
        row = rows.get(class_)
        if row is None:
            return [f"{module}.{name}: no row"]
        if row.here == "—" or row.explains(member):
            return []
        if hasattr(counterpart(module, class_, row), "model_fields") or not parameters:
            within = resolve(f"{module}.{class_}" if row.here == "the same" else row.here.strip("`"))
            return [f"{module}.{name}: not there"] if not _has(within, member) else []
        return [f"{module}.{name}: no row of its own"]
    if row.here == "—":
        return [f"{module}.{name}: it is there"] if resolve(f"{module}.{name}") is not MISSING else []
    value = counterpart(module, name, row)
    if value is MISSING:
        return [f"{module}.{name}: {row.here} does not exist"]
    return _wrong_parameters(f"{module}.{name}", parameters, value, row) if parameters else []


def _has(class_: Any, member: str) -> bool:
    instance = {name for base in getattr(class_, "__mro__", ()) for name in inspect.get_annotations(base)}
    # Errors set theirs when they are made.
    made = set(inspect.signature(class_).parameters) if isinstance(class_, type) else set[str]()
    return hasattr(class_, member) or member in instance | made


def _wrong_parameters(name: str, parameters: str, value: Any, row: Row) -> list[str]:
    if isinstance(value, type) and hasattr(value, "model_fields"):
        return []
    theirs = [one for one in parameters.rstrip(")").split(", ") if one]
    ours = [one for one in inspect.signature(value).parameters if one != "self"]
    missing = [one for one in theirs if one not in ours and not row.explains(one)]
    if missing:
        return [f"{name}: no parameter {', '.join(missing)}"]
    kept = [one for one in theirs if one in ours]
    moved = [one for one, other in zip(kept, ours, strict=False) if one != other and not row.explains(one)]
    return [f"{name}: {', '.join(moved)} at another place"] if moved else []


def _strangers(names: list[str], modules: dict[str, dict[str, Row]]) -> list[str]:
    official = {line.partition("(")[0] for line in names}
    return [
        f"{module}.{name}: not in the official SDK"
        for module, rows in modules.items()
        for name in rows
        if f"{module}.{name}" not in official and name != "__version__"
    ]


def test_every_name_is_on_the_page_and_so_is_what_replaces_it() -> None:
    assert problems(NAMES, PAGE.read_text(encoding="utf-8")) == []


def test_the_names_are_those_of_the_official_sdk() -> None:
    assert len(NAMES) > 600
    assert sorted(set(NAMES)) == NAMES
    upload = "vlmrun.client.files.Files.upload(file, purpose, method, timeout, expiration, force)"
    assert {"vlmrun.client", "vlmrun.client.types.FileResponse.id", upload} <= set(NAMES)


@pytest.mark.parametrize(
    ("names", "rows", "expected"),
    [
        (["vlmrun.client.files.Files"], "", "no row"),
        (["vlmrun.client.files.Files"], "| `Files` | `vlmrun.client.files.Flies` | |", "does not exist"),
        (["vlmrun.client.files.Files"], "| `Files` | — | |", "it is there"),
        (["vlmrun.client.files.Files.get(id)"], "| `Files.get` | the same | |", "no parameter id"),
        (["vlmrun.client.files.Files.get(timeout, file_id)"], "| `Files.get` | the same | |", "file_id at another"),
        (["vlmrun.client.files.Files"], "| `Files`, `Flies` | the same | |", "not in the official SDK"),
        (["vlmrun.client.files.Files", "vlmrun.client.files.Files.size"], "| `Files` | the same | |", "not there"),
    ],
)
def test_what_is_wrong_is_noticed(names: list[str], rows: str, expected: str) -> None:
    page = f"## Every public name\n\n### `vlmrun.client.files`\n\n| 0.9.2 | here | notes |\n|---|---|---|\n{rows}\n"
    found = problems(names, page)
    assert any(expected in problem for problem in found), found
