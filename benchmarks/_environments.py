"""Where each side is installed: environments of their own, made by uv, from nothing each time."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
BUILD = ROOT / "build" / "benchmarks"
OFFICIAL = "vlmrun==0.9.2"

_LEAKING = ("VLMRUN_", "OPENAI_", "AZURE_", "PYTHON", "VIRTUAL_ENV")


def clean_environment() -> dict[str, str]:
    """The variables of processes that are measured: no keys, no proxies, and a home of their own."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_LEAKING) and not name.lower().endswith("_proxy")
    }
    home = BUILD / "home"
    home.mkdir(parents=True, exist_ok=True)
    return {**kept, "HOME": str(home)}


@dataclass(frozen=True)
class Environment:
    """Where something is installed."""

    python: Path
    """Its Python."""
    versions: dict[str, str]
    """The version of each distribution, by name."""
    size: int
    """How many bytes they take."""


def wheel() -> Path:
    """The wheel of this tree, built anew."""
    folder = BUILD / "wheel"
    shutil.rmtree(folder, ignore_errors=True)
    _uv("build", "--quiet", "--wheel", "--out-dir", str(folder), str(ROOT))
    return next(folder.glob("*.whl"))


def make(name: str, *requirements: str, is_constrained: bool = True) -> Environment:
    """A new environment with what is required, in the versions of constraints.txt if it is constrained."""
    folder = BUILD / name
    _uv("venv", "--quiet", "--clear", "--python", sys.executable, str(folder))
    python = folder / "bin" / "python"
    constraints = ("--constraint", str(ROOT / "constraints.txt")) if is_constrained else ()
    _uv("pip", "install", "--quiet", "--python", str(python), *constraints, *requirements)
    (packages,) = folder.glob("lib/python*/site-packages")
    # uv puts these two into every environment.
    files = [path for path in packages.rglob("*") if path.is_file() and not path.name.startswith("_virtualenv.")]
    size = sum(path.stat().st_size for path in files)
    # Now, so that nobody's first start pays for it.
    subprocess.run([python, "-m", "compileall", "-q", str(packages)], check=False, stdout=subprocess.DEVNULL)
    return Environment(python, _versions(python), size)


def _versions(python: Path) -> dict[str, str]:
    listed = json.loads(_uv("pip", "list", "--quiet", "--format", "json", "--python", str(python)))
    return {each["name"]: each["version"] for each in listed}


def _uv(*arguments: str) -> str:
    # The uv of the environment that runs this; it is not on the PATH.
    uv = Path(sys.executable).with_name("uv")
    return subprocess.run([uv, *arguments], check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT).stdout
