"""What the accessors show is what the installed openai has, class by class and parameter by parameter."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vlmrun import AsyncVLMRun, VLMRun

openai = pytest.importorskip("openai", reason="this compares the accessors with openai")

PAGE = Path(__file__).parents[2] / "docs" / "openai-versions.md"
METHODS = ["create", "parse", "stream", "list", "retrieve", "update", "delete"]

ACCESSORS: list[tuple[str, Callable[[], Any], Callable[[], Any]]] = [
    (
        "VLMRun().agent.completions",
        lambda: VLMRun("k").agent.completions,
        lambda: openai.OpenAI(api_key="k").chat.completions,
    ),
    (
        "VLMRun().agent.async_completions",
        lambda: VLMRun("k").agent.async_completions,
        lambda: openai.AsyncOpenAI(api_key="k").chat.completions,
    ),
    (
        "AsyncVLMRun().agent.completions",
        lambda: AsyncVLMRun("k").agent.completions,
        lambda: openai.AsyncOpenAI(api_key="k").chat.completions,
    ),
]
of_each_accessor = pytest.mark.parametrize(("ours", "theirs"), [pytest.param(*a[1:], id=a[0]) for a in ACCESSORS])


def public_members(value: object) -> dict[str, object]:
    """The public members of an object's class, and what it makes of them."""
    return {name: getattr(type(value), name) for name in dir(type(value)) if not name.startswith("_")}


@of_each_accessor
def test_the_class_is_openais(ours: Callable[[], Any], theirs: Callable[[], Any]) -> None:
    """The very class, with all its members: nothing is added, and nothing is missing."""
    assert type(ours()) is type(theirs())
    assert public_members(ours()) == public_members(theirs())


@of_each_accessor
@pytest.mark.parametrize("method", METHODS)
def test_each_method_takes_what_openais_takes(ours: Callable[[], Any], theirs: Callable[[], Any], method: str) -> None:
    """The bound method of our object has the parameters of theirs."""
    assert inspect.signature(getattr(ours(), method)) == inspect.signature(getattr(theirs(), method))


@pytest.mark.parametrize("colour", ["OpenAI", "AsyncOpenAI"])
def test_the_client_has_all_that_openais_has(colour: str) -> None:
    """`client.openai` is an instance of OpenAI's class, and whatever is taken from it is OpenAI's."""
    client = VLMRun("k").openai if colour == "OpenAI" else AsyncVLMRun("k").openai
    plain = getattr(openai, colour)
    assert isinstance(client, plain)
    assert {name for name in dir(client) if not name.startswith("_")} == {
        name for name in dir(plain(api_key="k")) if not name.startswith("_")
    }
    assert type(client.models) is type(plain(api_key="k").models)


@pytest.mark.parametrize("colour", ["OpenAI", "AsyncOpenAI"])
@pytest.mark.parametrize("method", ["__init__", "copy", "with_options", "request"])
def test_each_method_of_the_client_shows_what_openais_takes(colour: str, method: str) -> None:
    """To whoever inspects it, as OpenAI's own `test_copy_signature` does, and as tools do that fill in arguments."""
    client: Any = VLMRun("k").openai if colour == "OpenAI" else AsyncVLMRun("k").openai
    plain = getattr(openai, colour)(api_key="k")
    assert inspect.signature(getattr(client, method)) == inspect.signature(getattr(plain, method))
    assert inspect.signature(client.__class__) == inspect.signature(plain.__class__)


def told(page: str, version: str) -> dict[str, set[str]]:
    """The parameters that the page gives each method with a version of openai."""
    parameters: dict[str, set[str]] = {}
    past: dict[str, bool] = {}
    for line in page.splitlines():
        row = re.fullmatch(r"\| `(\w+)` \| ([\w.]+) \| (.+) \|", line)
        if row is None:
            continue
        method, since, names = row.groups()
        past[method] = past.get(method, False) or _key(since) > _key(version)
        if not past[method]:
            has = parameters.setdefault(method, set())
            has |= set(re.findall(r"(?<!without )`(\w+)`", names))
            has -= set(re.findall(r"without `(\w+)`", names))
    return parameters


def _key(version: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", version)]


def test_the_page_about_versions_tells_the_truth() -> None:
    """What `docs/openai-versions.md` tells of the installed openai, where it tells of it, is what there is."""
    page = PAGE.read_text(encoding="utf-8")
    if openai.__version__ not in re.findall(r"\d+\.\d+\.\d+", page.partition("|")[0]):
        pytest.skip(f"the page does not tell of openai {openai.__version__}")
    completions = VLMRun("k").agent.completions
    assert told(page, openai.__version__) == {
        method: set(inspect.signature(getattr(completions, method)).parameters) for method in METHODS
    }


def test_the_page_is_read_as_it_is_meant() -> None:
    """A row adds to the rows before it, up to the version asked for, and may take away."""
    page = "| `create` | 1.92.0 | `a`, `b` |\n| `create` | 1.109.1 | and `c`, without `a` |\n| `list` | 2.0.0 | `d` |"
    assert told(page, "1.99.0") == {"create": {"a", "b"}}
    assert told(page, "2.0.0") == {"create": {"b", "c"}, "list": {"d"}}


def test_the_page_on_agents_names_every_parameter() -> None:
    """`docs/agent.md` says of each parameter of `create` what VLM Run makes of it."""
    page = (PAGE.parent / "agent.md").read_text(encoding="utf-8")
    table = page[page.index("| parameters | on VLM Run |") :].partition("\n\n")[0]
    named = {name for row in table.splitlines() for name in re.findall(r"`(\w+)`", row.split("|")[1])}
    parameters = set(inspect.signature(openai.resources.chat.completions.Completions.create).parameters) - {"self"}
    assert parameters <= named


def test_the_oldest_version_of_the_gates_is_the_oldest_allowed() -> None:
    """The list of versions that all gates read begins with what `pyproject.toml` requires, and ends with any."""
    root = PAGE.parents[1]
    versions = list(json.loads((root / "tools" / "openai_versions.json").read_text(encoding="utf-8")).values())
    (oldest,) = set(
        re.findall(r'^    "openai>=([\d.]+)"', (root / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    )
    assert versions[0] == f"openai=={oldest}"
    assert versions[-1] == "openai"
