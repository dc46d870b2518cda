"""Writes `docs/openai-versions.md`: the methods and parameters of the accessors by openai version.

`make versions` runs it. Each openai is installed separately, with the vlmrun of this tree, and inspected through the
accessor.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "openai-versions.md"

# The versions that the test matrix of noxfile.py has, too.
REQUIREMENTS: list[str] = list(json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8")).values())
METHODS = ["create", "parse", "stream", "list", "retrieve", "update", "delete"]

PROBE = f"""
import inspect, json, openai
from vlmrun import VLMRun
completions = VLMRun(api_key="k").agent.completions
methods = [getattr(completions, name) for name in {METHODS} if hasattr(completions, name)]
offer = {{method.__name__: list(inspect.signature(method).parameters) for method in methods}}
print(json.dumps([openai.__version__, offer]))
"""

HEAD = """\
# API availability by openai version

`client.agent.completions` is OpenAI's own resource, so its parameters depend on the installed version of openai. `make
versions` writes this page: it installs openai {versions}
and reads the signatures of each. A test compares the page with the installed version. Each row lists what was added
since the row before it.

A parameter that your openai does not have yet can be sent through `extra_body`.

"""

Offer = dict[str, list[str]]
"""The parameters of each method."""


def probe(requirement: str) -> tuple[str, Offer]:
    """The version that fits a requirement, and what the accessor offers with it."""
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or "uv"
    command = [uv, "run", "--quiet", "--no-project", "--isolated", f"--with={ROOT}", f"--with={requirement}"]
    process = subprocess.run(
        [*command, f"--python={sys.executable}", "python", "-c", PROBE],
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    if process.returncode:
        sys.exit(process.stderr)
    version, offer = json.loads(process.stdout)
    return str(version), offer


def page(found: dict[str, Offer]) -> str:
    """The page, from what each version offers, the oldest first."""
    rows = [["method", "since openai", "parameters"], ["---", "---", "---"]]
    for method in METHODS:
        before: list[str] = []
        for version, offer in found.items():
            now = offer.get(method, [])
            new = [f"`{name}`" for name in now if name not in before]
            gone = [f"without `{name}`" for name in before if name not in now]
            if new or gone:
                rows.append([f"`{method}`", version, ("and " if before else "") + ", ".join(new + gone)])
            before = now
    table = "".join(f"| {' | '.join(row)} |\n" for row in rows)
    return HEAD.format(versions=", ".join(found)) + table


if __name__ == "__main__":
    PAGE.write_text(page(dict(map(probe, REQUIREMENTS))), encoding="utf-8")
