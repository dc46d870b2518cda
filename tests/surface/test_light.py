"""Light: a client is made with little more than bare Python, and what only some programs need loads when it is named.

How long that takes is for `make bench` to say; here it is counted what is loaded, each time in a process of its own.
"""

from __future__ import annotations

import functools
import pickle
import pydoc
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import vlmrun

RUN = """
import sys

sys.path.insert(0, sys.argv[1])
exec(sys.argv[2], {})
"""

COUNT = """
import sys

before = set(sys.modules)
exec({code!r}, {{}})
print(*sorted(set(sys.modules) - before))
"""

FLOOR = "import __future__, enum, os, typing"
"""The standard library that typed code does not do without, and `os`, which Python loads itself if it has `site`."""

IMPORTED = {"vlmrun", "vlmrun._version"}
"""The modules of this package that `import vlmrun` loads."""

OWN = {
    *IMPORTED,
    "vlmrun._arguments",
    "vlmrun._arguments.config",
    "vlmrun._arguments.connection_options",
    "vlmrun._arguments.discretion",
    "vlmrun._lifetimes",
    "vlmrun._lifetimes.names",
    "vlmrun._lifetimes.once",
    "vlmrun._resources",
    "vlmrun._resources.client_accessors",
    "vlmrun._resources.connections",
}
"""The modules of this package that a client is made with, of either colour."""

SYNC = {*OWN, "vlmrun._resources._sync", "vlmrun._resources._sync.client"}
ASYNC = {*OWN, "vlmrun._resources._async", "vlmrun._resources._async.client"}

LIGHT_CODE = {
    "import": ("import vlmrun", IMPORTED),
    "sync-client": ("import vlmrun; vlmrun.VLMRun(api_key='k')", SYNC),
    "async-client": ("import vlmrun; vlmrun.AsyncVLMRun(api_key='k')", ASYNC),
    "options": (
        "import vlmrun; vlmrun.VLMRun('k', timeout=7, max_retries=1, default_headers={'X-Team': 'blue'})",
        SYNC,
    ),
    "copy": ("import vlmrun; vlmrun.VLMRun(api_key='k').with_options(timeout=None, api_key='another')", SYNC),
    "closing": (
        "import vlmrun\nwith vlmrun.VLMRun(api_key='k') as client: repr(client), client.base_url, dir(vlmrun)",
        SYNC,
    ),
    "taught-path": (
        "from vlmrun.client import VLMRun; VLMRun('k', base_url='https://api.vlm.run/v1')",
        {*SYNC, "vlmrun.client"},
    ),
}
"""What is to be light, and the modules of this package that it loads."""

each_code = pytest.mark.parametrize(("code", "own"), LIGHT_CODE.values(), ids=LIGHT_CODE.keys())


def _prints(code: str, *options: str) -> str:
    """What `code` prints in a fresh and isolated process."""
    done = subprocess.run(  # noqa: S603  # nothing here comes from outside
        [sys.executable, "-I", "-B", "-W", "error", *options, "-c", RUN, str(Path(vlmrun.__file__).parents[1]), code],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@functools.cache  # several tests look at each process
def _loaded_by(code: str) -> frozenset[str]:
    """The modules that `code` loads beyond those of bare Python."""
    # Without `site`: what lies in site-packages may load what it likes before the first line of a program.
    return frozenset(_prints(COUNT.format(code=code), "-S").split())


def _is_light(loaded: frozenset[str]) -> None:
    assert loaded <= SYNC | ASYNC | {"vlmrun.client"} | _loaded_by(FLOOR)


# What is loaded -------------------------------------------------------------------------------------------------------


@each_code
def test_little_is_loaded(code: str, own: set[str]) -> None:
    """Some small modules of this package, and no more of the standard library than typing brings."""
    loaded = _loaded_by(code)
    assert {name for name in loaded if name.partition(".")[0] == "vlmrun"} == own
    _is_light(loaded)


def test_the_floor_is_low() -> None:
    """What is allowed is small itself: some thirty modules, and none of those that are known to take long."""
    floor = _loaded_by(FLOOR)
    assert len(floor) <= 40
    slow = {"asyncio", "dataclasses", "email", "inspect", "ipaddress", "json", "logging", "pathlib", "socket", "ssl"}
    assert not floor & {*slow, "math", "threading", "weakref"}


@pytest.mark.parametrize(
    "code",
    [
        *(f"import vlmrun, {name}" for name in ("dataclasses", "inspect", "json", "threading", "weakref", "math")),
        "import vlmrun; vlmrun.content",
        "import vlmrun; vlmrun.AgentModel",
        "from vlmrun import AgentRun",
        "from vlmrun import Skill",
        "import vlmrun.client.urls",
        "import vlmrun; vlmrun.APIError",
        "import vlmrun; vlmrun.VLMRun(api_key='k', base_url='https://vlmrun.test/v1')",
    ],
)
def test_loading_more_is_noticed(code: str) -> None:
    """A process that loads more than a client needs fails the test above."""
    with pytest.raises(AssertionError):
        _is_light(_loaded_by(code))


# What an accessor adds ------------------------------------------------------------------------------------------------

OPENAI = "from openai import OpenAI; OpenAI(api_key='k').chat.completions"

ACCESSORS = {
    "openai": "from vlmrun import VLMRun; VLMRun(api_key='k').openai.chat.completions",
    "agent": "from vlmrun import VLMRun; VLMRun(api_key='k').agent.completions",
}
"""The ways to OpenAI's chat completions."""

RESOURCES = (
    "artifacts",
    "audio",
    "datasets",
    "document",
    "domains",
    "executions",
    "feedback",
    "files",
    "fine_tuning",
    "gateway",
    "hub",
    "image",
    "models",
    "predictions",
    "skills",
    "video",
)
"""The resources of a client, agents aside."""

OTHERS = {
    *(f"vlmrun.{name}" for name in ("content", "results")),
    *(f"vlmrun._resources.{colour}.{name}" for colour in ("_sync", "_async") for name in RESOURCES),
    *(f"vlmrun.{name}" for name in ("_http.pages", "_inputs.parts", "_resources.runs", "client.types")),
    *(f"vlmrun.{name}" for name in ("_arguments.validation", "_http._sync.transport", "_http.errors")),
}
"""The modules of this package that a chat does without."""

# Reading the certificates of the system is what takes longest when a client is made.
CONTEXTS = """
import ssl

made, make = [], ssl.create_default_context


def counted(*arguments, **options):
    made.append(None)
    return make(*arguments, **options)


ssl.create_default_context = counted
exec({code!r}, {{}})
print(len(made))
"""

each_accessor = pytest.mark.parametrize("code", ACCESSORS.values(), ids=ACCESSORS.keys())
needs_openai = pytest.mark.skipif(find_spec("openai") is None, reason="there are no accessors without openai")


@functools.cache
def _loaded_with_site(code: str) -> frozenset[str]:
    return frozenset(_prints(COUNT.format(code=code)).split())


@functools.cache
def _contexts(code: str) -> int:
    """How often `code` reads the certificates of the system."""
    return int(_prints(CONTEXTS.format(code=code)))


def _adds_little(loaded: frozenset[str]) -> None:
    # Releases of openai before 3 stand on another HTTP client than native calls.
    added = loaded - _loaded_with_site(f"{OPENAI}\nimport anyio, httpcore2, httpx2, pydantic")
    assert {name for name in added if name.partition(".")[0] != "vlmrun"} == set()
    assert not added & OTHERS


@needs_openai
@each_accessor
def test_accessor_adds_little(code: str) -> None:
    """Beside what OpenAI's own client loads, an accessor loads a part of this package, and nothing else."""
    _adds_little(_loaded_with_site(code))


@needs_openai
@each_accessor
def test_accessor_opens_one_pool(code: str) -> None:
    """An accessor reads the certificates as often as OpenAI's own client: it has no pool for native calls yet."""
    assert _contexts(code) <= _contexts(OPENAI) == 1


@needs_openai
@pytest.mark.parametrize(
    "more",
    ["import vlmrun.content", "import vlmrun.client.types", "client.files", "client.executions", "import imaplib"],
)
def test_accessor_that_adds_more_is_noticed(more: str) -> None:
    """A process that loads what a chat does without fails the test above."""
    code = f"from vlmrun import VLMRun; client = VLMRun(api_key='k'); client.agent.completions; {more}"
    with pytest.raises(AssertionError):
        _adds_little(_loaded_with_site(code))


@needs_openai
def test_second_pool_is_noticed() -> None:
    """A native call beside the chats opens a pool of its own, and is counted."""
    code = f"{ACCESSORS['agent']}; VLMRun(api_key='k').__connections__.pools.native()"
    assert _contexts(code) == 1  # of the native pool; that of the accessor is made when it is used


FORKS = """
import os, sys
import httpx2, pydantic  # what all resources stand on, once: importing it takes ten times as long as one of them

before = set(sys.modules)
for name in {names!r}:
    sys.stdout.flush()
    if os.fork() == 0:
        import vlmrun
        getattr(vlmrun.VLMRun(api_key="k"), name)
        print(name, *sorted(set(sys.modules) - before), flush=True)
        os._exit(0)
    assert os.wait()[1] == 0, name
"""


def test_each_resource_loads_by_itself() -> None:
    """Asking for one resource loads neither the others, nor agents, nor openai: each in a process of its own."""
    lines = [line.split() for line in _prints(FORKS.format(names=RESOURCES)).splitlines()]
    loaded = {name: frozenset(modules) for name, *modules in lines}
    assert tuple(loaded) == RESOURCES
    for name in RESOURCES:
        others = {"agent", *RESOURCES} - {name}
        assert f"vlmrun._resources._sync.{name}" in loaded[name]
        unwanted = {f"vlmrun._resources._sync.{other}" for other in others}
        assert not loaded[name] & {"openai", "vlmrun._inputs.parts", *unwanted}, name


# What loads when it is named ------------------------------------------------------------------------------------------

LAZY = ("AgentModel", "AgentOptions", "AgentRun", "Skill", "content")
"""The public names that a client does without."""

MODULES = ("client", "content", "options", "results", "skills", "viz", "webhooks")
"""The modules that are there after `import vlmrun`."""


@pytest.mark.parametrize("name", [*LAZY, *MODULES])
def test_name_is_there_when_it_is_named(name: str) -> None:
    """After `import vlmrun` alone each name is had, is had again as the same object, and is what its module has."""
    code = f"""
import vlmrun
first = vlmrun.{name}
assert first is vlmrun.{name}
assert "{name}" in vars(vlmrun)  # the second time costs nothing
print(first.__name__)
"""
    expected = f"vlmrun.{name}" if name in MODULES else name
    assert _prints(code) == f"{expected}\n"


def test_old_paths_are_there_when_they_are_named() -> None:
    """`vlmrun.client.exceptions` needs no import of its own, and each class is the same by every path."""
    code = "import vlmrun; print(vlmrun.client.exceptions.APIError is vlmrun.APIError, vlmrun.client.VLMRun)"
    assert _prints(code) == f"True {vlmrun.VLMRun}\n"


@pytest.mark.parametrize("name", vlmrun.__all__)
def test_name_can_be_imported(name: str) -> None:
    """`from vlmrun import name` works in a fresh process for each public name."""
    assert _prints(f"from vlmrun import {name}; print({name} is not None)") == "True\n"


def test_everything_can_be_imported_at_once() -> None:
    """`from vlmrun import *` brings every public name, those that load late among them."""
    code = "from vlmrun import *\nprint(sorted(name for name in globals() if name in " + repr(vlmrun.__all__) + "))"
    assert _prints(code) == f"{sorted(vlmrun.__all__)}\n"


def test_names_are_listed_before_they_are_loaded() -> None:
    """`dir`, which shells complete from, has every public name; asking it loads nothing."""
    listed = _prints("import vlmrun, sys; print(*dir(vlmrun)); print('vlmrun.content' in sys.modules)")
    names, loaded = listed.splitlines()
    assert {*vlmrun.__all__, *MODULES} <= set(names.split())
    assert loaded == "False"


def test_help_shows_every_name() -> None:
    """`help(vlmrun)` documents the classes that load late, too."""
    shown = pydoc.plain(pydoc.render_doc(vlmrun))
    assert [name for name in ("AgentModel", "AgentOptions", "AgentRun", "Skill") if f"class {name}" not in shown] == []


def test_unknown_name_is_an_attribute_error() -> None:
    """A name that is not there is refused as by any module, and one of the real names is suggested."""
    package: Any = vlmrun
    with pytest.raises(AttributeError, match="module 'vlmrun' has no attribute 'Skil'") as refused:
        _ = package.Skil
    assert (refused.value.name, refused.value.obj) == ("Skil", vlmrun)
    assert not hasattr(vlmrun, "__wrapped__")
    with pytest.raises(ImportError, match="cannot import name 'Skil' from 'vlmrun'"):
        exec("from vlmrun import Skil", {})  # noqa: S102  # no checker lets it stand in the open


def test_pickled_names_are_found_again() -> None:
    """What was pickled loads in a process that has imported nothing yet."""
    pickled = pickle.dumps((vlmrun.AgentModel.ORION_1, vlmrun.Skill.reference("a"), vlmrun.AgentRun))
    shown = _prints(f"import pickle; print(pickle.loads({pickled!r}))")
    assert shown == f"{(vlmrun.AgentModel.ORION_1, vlmrun.Skill.reference('a'), vlmrun.AgentRun)}\n"


def test_drawing_loads_pillow_when_something_is_drawn() -> None:
    """`vlmrun.viz` can be imported without it, and so can the official SDK's path."""
    loaded = _loaded_with_site("from vlmrun import viz; from vlmrun.common import viz as taught; viz.draw, taught")
    assert "vlmrun._drawing.drawing" in loaded
    assert not {name for name in loaded if name.partition(".")[0] in ("PIL", "numpy", "pypdfium2", "openai")}
