"""How complete the package's types are, by pyright: every name that users can reach has a known, declared type.

What openai, pydantic and httpx2 leave undeclared in their own types is theirs: it is counted and shown beside ours, and
only ours must be 100 %. Run in an environment that has the wheel, openai and pyright.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

BIN = Path(sys.executable).parent


def verify(package: str, *options: str) -> Any:
    """Pyright's report on a package. `Any`, because it is JSON of others."""
    with tempfile.TemporaryDirectory() as elsewhere:  # in this folder it would look at the source
        process = subprocess.run(
            [BIN / "pyright", "--outputjson", "--verifytypes", package, *options],
            cwd=elsewhere,
            # It looks for packages where the first `python` on the PATH does; `--pythonpath` has no say here.
            env={**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
    try:
        return json.loads(process.stdout)["typeCompleteness"]
    except (ValueError, KeyError):
        sys.exit(f"pyright did not run:\n{process.stdout}{process.stderr}")


def score(report: Any) -> str:
    """A report's score, as a percentage."""
    return f"{100 * report['completenessScore']:.1f} %"


def main() -> int:
    """Print the scores, and each name of ours whose type is not known; 0 where there is none."""
    ours = verify("vlmrun", "--ignoreexternal")
    unknown = [symbol for symbol in ours["symbols"] if not symbol["isTypeKnown"]]
    for symbol in unknown:
        print(symbol["name"])
        for diagnostic in symbol["diagnostics"]:
            print(f"    {diagnostic['message']}")
    counts = ours["exportedSymbolCounts"]
    print(f"vlmrun: {score(ours)} of {sum(counts.values())} names, by pyright {version('pyright')}")
    print(f"with what it hands out of others: {score(verify('vlmrun'))}; openai {version('openai')} alone: ", end="")
    print(score(verify("openai")))
    if sum(counts.values()) < 100:  # far fewer than there are: pyright has not found the package
        print("There is too little to verify.")
        return 1
    return 1 if unknown or ours["completenessScore"] < 1 else 0


if __name__ == "__main__":
    sys.exit(main())
