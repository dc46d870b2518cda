"""Without openai: everything native works, and each accessor says what to install.

These tests run where openai is installed, and where it is not. They look at a program of its own, `bare_program.py`,
because an import that has happened cannot be undone. Where openai is installed it is hidden from that program.
"""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from support.wire import AGENT, EXECUTION, LoopbackServer

PROGRAM = Path(__file__).with_name("bare_program.py")
NOWHERE = "" if find_spec("openai") else None  # where it is truly absent, nothing needs to be hidden
INSTALL = "pip install 'vlmrun[openai]'"
UPGRADE = "pip install --upgrade 'vlmrun[openai]'"
ACCESSORS = {
    f"{client}.{accessor}"
    for client in ("VLMRun", "AsyncVLMRun")
    for accessor in ("openai", "async_openai", "agent.completions", "agent.async_completions")
}


def look(folder: Path, openai: str | None, base_url: str | None = None, *, then: bool = False) -> dict[str, Any]:
    """What the program sees, run in a folder from which the repository is not to be seen."""
    arguments = json.dumps({"openai": openai, "base_url": base_url, "then": then})
    # A copy, because Python looks for modules beside the program it runs.
    program = folder / PROGRAM.name
    program.write_bytes(PROGRAM.read_bytes())
    done = subprocess.run(  # noqa: S603  # this Python and a program of ours
        [sys.executable, "-W", "error", str(program), arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    seen: dict[str, Any] = json.loads(done.stdout)
    return seen


def assert_unusable(seen: dict[str, Any], error_type: str, suggestion: str) -> str:
    """Every accessor is the same `DependencyError`, each time; its message."""
    assert seen["first"].keys() == ACCESSORS
    for outcome in [*seen["first"].values(), *seen["again"].values()]:
        assert outcome["raised"][0] == "DependencyError"
        assert {"ImportError", "ClientError", "VLMRunError"} <= set(outcome["raised"])
        assert outcome["error_type"] == error_type
        assert outcome["suggestion"] == suggestion
        assert outcome["text"] == f"{outcome['message']} Try: {suggestion}"
    (message,) = {outcome["message"] for outcome in [*seen["first"].values(), *seen["again"].values()]}
    return str(message)


def test_every_accessor_says_what_to_install(tmp_path: Path) -> None:
    """Where openai is missing, each accessor is a `DependencyError`, which is an `ImportError`, with the command."""
    seen = look(tmp_path, NOWHERE)
    message = assert_unusable(seen, "missing_dependency", INSTALL)
    assert "not installed" in message
    assert all(outcome["cause"] == "ModuleNotFoundError" for outcome in seen["first"].values())


def test_native_calls_need_no_openai(tmp_path: Path) -> None:
    """Without openai, native calls work in both colours, and do not even look for it."""
    with LoopbackServer() as server:
        seen = look(tmp_path, NOWHERE, server.base_url)
    expected = [True, [AGENT["name"], AGENT["name"]], EXECUTION["status"]]
    assert seen["native"] == {"sync": expected, "async": expected}
    assert seen["native asked for openai"] == 0
    assert seen["accessors asked for openai"] > 0
    assert len(server.sent) == 6


def test_hasattr_does_not_hide_that_openai_is_missing(tmp_path: Path) -> None:
    """`hasattr` and `getattr` with a default raise the error, too, rather than say that there is no such accessor.

    A `DependencyError` is an `ImportError` and not an `AttributeError`: what is missing is a package, not a name.
    """
    seen = look(tmp_path, NOWHERE)
    for outcome in (seen["hasattr"], seen["getattr"]):
        assert outcome["raised"][0] == "DependencyError"
        assert outcome["suggestion"] == INSTALL


def test_openai_that_is_installed_later_is_found(tmp_path: Path) -> None:
    """In a notebook: the error, then `pip install`, then the same client works, without a restart."""
    pytest.importorskip("openai", reason="this is about the moment when openai is there")
    with LoopbackServer() as server:
        seen = look(tmp_path, "", server.base_url, then=True)
    assert_unusable(seen, "missing_dependency", INSTALL)
    found = {name: outcome["found"].rsplit(".", 1)[-1] for name, outcome in seen["then"].items()}
    assert found["VLMRun.agent.completions"] == "Completions"
    assert found["VLMRun.agent.async_completions"] == "AsyncCompletions"
    assert found["AsyncVLMRun.agent.completions"] == "AsyncCompletions"
    assert found.keys() == ACCESSORS
    assert seen["answer"] == '{"total": 12.5}'


def test_openai_that_is_installed_is_handed_out(tmp_path: Path) -> None:
    """The counterpart: with nothing hidden, the same program reaches every accessor."""
    pytest.importorskip("openai", reason="this is about openai being there")
    seen = look(tmp_path, None)
    assert all("found" in outcome for outcome in [*seen["first"].values(), *seen["again"].values()])
    assert seen["hasattr"]["value"] is True


BROKEN = {
    "a missing dependency": ("import a_package_that_is_not_there", "a_package_that_is_not_there"),
    "a missing part of itself": ("import openai.a_part_that_is_not_there", "a_part_that_is_not_there"),
    "an ImportError": ("raise ImportError('DLL load failed')", "DLL load failed"),
    "an AttributeError": ("raise AttributeError('partially initialized module')", "partially initialized module"),
    "another error": ("raise TypeError('unsupported operand')", "unsupported operand"),
    "no version": ("", "__version__"),
    "a version that is none": ("__version__ = 'unknown'", "unknown"),
    "no clients inside": ("__version__ = '1.92.0'", "OpenAI"),
    "no clients inside, newest": ("__version__ = '10.0.0'", "OpenAI"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_openai_is_not_called_missing(name: str, tmp_path: Path) -> None:
    """An installation that is there and cannot be imported is told apart, with the reason in the message."""
    source, reason = BROKEN[name]
    plant(tmp_path / "planted", source)
    seen = look(tmp_path, str(tmp_path / "planted"))
    message = assert_unusable(seen, "broken_dependency", UPGRADE)
    assert "cannot be imported" in message
    assert reason in message


def test_an_empty_folder_in_its_place_is_a_broken_openai(tmp_path: Path) -> None:
    """A folder `openai` that an uninstalled package or a checkout leaves behind is not openai."""
    (tmp_path / "planted" / "openai").mkdir(parents=True)
    seen = look(tmp_path, str(tmp_path / "planted"))
    assert_unusable(seen, "broken_dependency", UPGRADE)


@pytest.mark.parametrize("version", ["1.91.0", "1.9.0", "0.28.1", "1.91.99"])
def test_an_old_openai_is_told_apart(version: str, tmp_path: Path) -> None:
    """An openai before 1.92.0 is named with its version, the one that is needed, and the command that brings it."""
    plant(tmp_path / "planted", f"__version__ = {version!r}")
    seen = look(tmp_path, str(tmp_path / "planted"))
    message = assert_unusable(seen, "outdated_dependency", UPGRADE)
    assert version in message
    assert "1.92.0" in message


def test_native_calls_work_beside_a_broken_openai(tmp_path: Path) -> None:
    """What is wrong with openai is no concern of native calls."""
    plant(tmp_path / "planted", "raise RuntimeError('never imported')")
    with LoopbackServer() as server:
        seen = look(tmp_path, str(tmp_path / "planted"), server.base_url)
    assert seen["native"]["sync"] == seen["native"]["async"]
    assert seen["native"]["sync"][0] is True
    assert_unusable(seen, "broken_dependency", UPGRADE)


def plant(folder: Path, source: str) -> None:
    """A package `openai` with this for its `__init__.py`."""
    package = folder / "openai"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(source + "\n")
