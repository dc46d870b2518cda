"""Runs the notebooks in `examples/notebooks` on a local server, and writes a page of each: `docs/notebooks`.

`make notebooks` writes. With `--check`, as in `make docs`, it compares what is written with what comes out: texts
exactly, and of pictures that there is one, since fonts differ by version of Pillow. Times and counters are left
out of the files.
"""

from __future__ import annotations

import base64
import importlib
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from vlmrun.local import LocalServer

ROOT = Path(__file__).parents[2]
NOTEBOOKS = ROOT / "examples/notebooks"
PAGES = ROOT / "docs/notebooks"


# `Any`: these packages are installed only where the site is built.
nbclient: Any = importlib.import_module("nbclient")
nbformat: Any = importlib.import_module("nbformat")


def executed(path: Path) -> dict[str, Any]:
    """A notebook with its outputs, run in a folder of its own beside the files of the examples."""
    notebook = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory() as folder, LocalServer() as server:
        for asset in (ROOT / "examples/assets").glob("*.*"):
            (Path(folder) / asset.name).write_bytes(asset.read_bytes())
        os.environ.update(VLMRUN_API_KEY=server.api_key, VLMRUN_BASE_URL=server.base_url)
        resources = {"metadata": {"path": folder}}
        quiet = ["--log-level=ERROR"]
        nbclient.NotebookClient(
            notebook, timeout=120, kernel_name="python3", resources=resources, extra_arguments=quiet
        ).execute()
    return _quiet(json.loads(nbformat.writes(notebook)))


def _quiet(notebook: dict[str, Any]) -> dict[str, Any]:
    """Without what differs from run to run."""
    notebook["metadata"] = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    for number, cell in enumerate(notebook["cells"]):
        cell["id"] = f"cell-{number}"
        cell["metadata"] = {}
        if cell["cell_type"] == "code":
            cell["execution_count"] = None
            for output in cell["outputs"]:
                output.pop("metadata", None)
                if output["output_type"] in {"execute_result", "display_data"}:
                    output["metadata"] = {}
                if output["output_type"] == "execute_result":
                    output["execution_count"] = None
                if "image/png" in output.get("data", {}):
                    output["data"].pop("text/plain", None)  # it has an address of the memory
    return notebook


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "".join(value)


def page(name: str, notebook: dict[str, Any]) -> tuple[str, dict[str, bytes]]:
    """The page of a notebook, and its pictures."""
    parts: list[str] = []
    pictures: dict[str, bytes] = {}
    for cell in notebook["cells"]:
        source = _text(cell["source"])
        if cell["cell_type"] == "markdown":
            parts.append(source)
            continue
        parts.append(f"```py\n{source}\n```")
        for output in cell["outputs"]:
            data = output.get("data", {})
            if "image/png" in data:
                file = f"{name}-{len(pictures) + 1}.png"
                pictures[file] = base64.b64decode(_text(data["image/png"]))
                parts.append(f"![What the cell above draws]({file})")
            elif "text/html" in data:
                parts.append(_text(data["text/html"]).strip())
            else:
                parts.append(f"```output\n{_text(data.get('text/plain', output.get('text', ''))).rstrip()}\n```")
    link = f"[the notebook](https://github.com/vlm-run/vlmrun-python-sdk/blob/main/examples/notebooks/{name}.ipynb)"
    head, _, rest = "\n\n".join(parts).partition("\n\n")
    return f"{head}\n\nThis page is {link}, with its outputs.\n\n{rest}\n", pictures


def _texts(notebook: dict[str, Any]) -> str:
    """What must not change: the sources, and the outputs that are text."""
    copy = json.loads(json.dumps(notebook))
    for cell in copy["cells"]:
        for output in cell.get("outputs", []):
            for kind in ("image/png", "text/html"):
                if kind in output.get("data", {}):
                    output["data"][kind] = "shown"
    return json.dumps(copy, indent=1, sort_keys=True)


def main(arguments: list[str]) -> int:
    """Write, or check."""
    wrong: list[str] = []
    PAGES.mkdir(exist_ok=True)
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        notebook = executed(path)
        written, pictures = page(path.stem, notebook)
        if "--check" in arguments:
            committed = json.loads(path.read_text(encoding="utf-8"))
            if _texts(committed) != _texts(notebook):
                wrong.append(f"{path.relative_to(ROOT)} shows other outputs than it has: run make notebooks")
            if page(path.stem, committed)[0] != (PAGES / f"{path.stem}.md").read_text(encoding="utf-8"):
                wrong.append(f"docs/notebooks/{path.stem}.md is out of date: run make notebooks")
            continue
        path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        (PAGES / f"{path.stem}.md").write_text(written, encoding="utf-8")
        for name, data in pictures.items():
            (PAGES / name).write_bytes(data)
    print("\n".join(wrong) or "the notebooks ran")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
