"""Quiet: importing the package and making clients loads no large dependency, and touches no network, file or logging.

Each case runs in a process of its own, under an audit hook, which CPython tells of every socket and every opened file.
"""

from __future__ import annotations

import functools
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import vlmrun

LARGE = ("openai", "httpx2", "httpx", "pydantic")
"""Dependencies that load when something needs them."""

WATCH = """
import json, sys

sys.path.insert(0, sys.argv[1])
events = []


def watch(event, arguments):
    if event == "open":
        path = arguments[0]
        # Importing opens modules, and that is what imports are for.
        if not (isinstance(path, str) and path.endswith((".py", ".pyc"))):
            events.append(f"open {path}")
    elif event.startswith(("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.fork", "urllib.")):
        events.append(event)


def logging_state():
    # Looked up and not imported, as importing it is itself something that the package might or might not do.
    logging = sys.modules.get("logging")
    if logging is None:
        return {"handlers": [], "level": 30, "disabled": 0, "loggers": []}
    named = logging.root.manager.loggerDict.values()
    return {
        "handlers": list(map(repr, logging.root.handlers)),
        "level": logging.root.level,
        "disabled": logging.root.manager.disable,
        "loggers": [item.name for item in named if getattr(item, "handlers", ()) or getattr(item, "level", 0)],
    }


before = logging_state()
sys.addaudithook(watch)
exec(sys.argv[2], {})
seen = list(events)
print(json.dumps({"events": seen, "modules": sorted(sys.modules), "before": before, "after": logging_state()}))
"""

QUIET_CODE = {
    "import": "import vlmrun",
    "sync-client": "import vlmrun; vlmrun.VLMRun(api_key='k')",
    "async-client": "import vlmrun; vlmrun.AsyncVLMRun(api_key='k')",
    "copy": "import vlmrun; vlmrun.VLMRun(api_key='k').with_options(timeout=1, default_headers={'X-A': 'b'})",
    "closing": "import vlmrun\nwith vlmrun.VLMRun(api_key='k') as client: repr(client), client.base_url",
    "taught-path": "from vlmrun.client import VLMRun; VLMRun(api_key='k', base_url='http://127.0.0.1:8000/v1/openai/')",
    "errors": "from vlmrun.client import exceptions",
    "protocols": "from vlmrun import protocols",
}
"""What is to be quiet."""


@functools.cache  # three tests look at each process
def _run(code: str) -> dict[str, Any]:
    """What happens while `code` runs in a fresh and isolated process."""
    done = subprocess.run(  # noqa: S603  # nothing here comes from outside
        [sys.executable, "-I", "-B", "-W", "error", "-c", WATCH, str(Path(vlmrun.__file__).parents[1]), code],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def _loads_nothing_large(seen: dict[str, Any]) -> None:
    assert [name for name in LARGE if name in seen["modules"]] == []


def _touches_nothing(seen: dict[str, Any]) -> None:
    assert seen["events"] == []


def _leaves_logging_alone(seen: dict[str, Any]) -> None:
    assert seen["after"] == seen["before"]


each_code = pytest.mark.parametrize("code", QUIET_CODE.values(), ids=QUIET_CODE.keys())


@each_code
def test_nothing_large_is_loaded(code: str) -> None:
    """None of openai, httpx2, httpx and pydantic is imported."""
    seen = _run(code)
    assert "vlmrun" in seen["modules"]
    _loads_nothing_large(seen)


@each_code
def test_nothing_is_touched(code: str) -> None:
    """No socket is made or looked up, no process started, and no file opened but Python modules."""
    _touches_nothing(_run(code))


@each_code
def test_logging_is_left_alone(code: str) -> None:
    """No handler, level or logger is changed: that is the application's to decide."""
    _leaves_logging_alone(_run(code))


# Whether the watching works -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("module", ["httpx2", "pydantic", "openai"])
def test_loading_is_noticed(module: str) -> None:
    """A process that does load something large fails the test above."""
    pytest.importorskip(module, reason=f"there is no {module} to load")
    with pytest.raises(AssertionError):
        _loads_nothing_large(_run(f"import vlmrun, {module}"))


@pytest.mark.parametrize(
    "code",
    [
        "open(__import__('sys').executable, 'rb').close()",
        "import os; os.close(os.open(os.devnull, os.O_RDONLY))",
        "import pathlib, sys; pathlib.Path(sys.executable).open('rb').close()",
        "import socket; socket.socket().close()",
        "import socket; socket.getaddrinfo('127.0.0.1', 80)",
        "import subprocess, sys; subprocess.run([sys.executable, '-c', ''])",
    ],
    ids=["open", "os-open", "pathlib", "socket", "lookup", "process"],
)
def test_touching_is_noticed(code: str) -> None:
    """A process that does open a file or a socket, or starts a process, fails the test above."""
    with pytest.raises(AssertionError):
        _touches_nothing(_run(code))


@pytest.mark.parametrize(
    "code",
    [
        "import logging; logging.basicConfig()",
        "import logging; logging.root.setLevel(10)",
        "import logging; logging.getLogger('vlmrun').setLevel(10)",
        "import logging; logging.getLogger('vlmrun').addHandler(logging.NullHandler())",
        "import logging; logging.disable()",
    ],
    ids=["basic-config", "root-level", "level", "handler", "disable"],
)
def test_changing_logging_is_noticed(code: str) -> None:
    """A process that does change logging fails the test above."""
    with pytest.raises(AssertionError):
        _leaves_logging_alone(_run(code))
