"""The Protocols are job titles: small, read-only, documented; and what claims a job can do it.

What type checkers say of them is in `tests/static`; here is what `isinstance` says, and their shape by reflection.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, Protocol, runtime_checkable

import pytest

from vlmrun import AsyncVLMRun, VLMRun, protocols
from vlmrun.client.agent import Agent, AsyncAgent
from vlmrun.protocols import (
    ClientConfig,
    SupportsAsyncCompletions,
    SupportsAsyncOpenAI,
    SupportsCompletions,
    SupportsOpenAI,
)

PROTOCOLS: list[type] = [getattr(protocols, name) for name in protocols.__all__]

OPTIONS = {"api_key": "k", "base_url": "https://vlmrun.test/v1", "timeout": 7.0, "max_retries": 3}

each_protocol = pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda protocol: str(protocol.__name__))

# Their shape ----------------------------------------------------------------------------------------------------------


def _members(protocol: type) -> dict[str, Any]:
    """What a Protocol asks for: what it defines itself, but for what `typing` adds."""
    own = {name: member for name, member in vars(protocol).items() if not name.startswith("_")}
    return own | {name: None for name in inspect.get_annotations(protocol) if name not in own}


def faults(protocol: type) -> list[str]:
    """Where a Protocol is more, or less, than a job title."""
    found: list[str] = []
    members = _members(protocol)
    most = 4 if protocol is ClientConfig else 2  # the four values that a client is made of are one duty
    if not getattr(protocol, "_is_protocol", False):
        found.append("is no Protocol")
    if not getattr(protocol, "_is_runtime_protocol", False):
        found.append("cannot be checked at run time")
    if not 1 <= len(members) <= most:
        found.append(f"has {len(members)} members")
    if not vars(protocol).get("__doc__"):
        found.append("says nothing of its duty")
    for name, member in members.items():
        if not isinstance(member, property) or member.fset is not None or member.fdel is not None:
            found.append(f"{name} is not read-only")
        elif not member.__doc__:
            found.append(f"{name} is not documented")
    return found


@each_protocol
def test_protocol_is_a_job_title(protocol: type) -> None:
    """A Protocol has one or two read-only members, is documented, and can be checked at run time."""
    assert faults(protocol) == []


@each_protocol
def test_protocol_is_named_by_its_role(protocol: type) -> None:
    """A name says what its bearer supports, or what it is."""
    assert protocol.__name__.startswith("Supports") or protocol is ClientConfig


def test_config_asks_for_four_values() -> None:
    """`ClientConfig` is what a resource needs of its client: these four, and nothing else."""
    assert list(_members(ClientConfig)) == ["api_key", "base_url", "timeout", "max_retries"]


@pytest.mark.parametrize(
    ("protocol", "member", "returns"),
    [
        (SupportsCompletions, "completions", "Completions"),
        (SupportsAsyncCompletions, "completions", "AsyncCompletions"),
        (SupportsOpenAI, "openai", "OpenAI"),
        (SupportsAsyncOpenAI, "openai", "AsyncOpenAI"),
    ],
)
def test_protocol_asks_for_one_thing(protocol: type, member: str, returns: str) -> None:
    """The others ask for one thing each, of OpenAI's own type."""
    [(name, wanted)] = _members(protocol).items()
    assert (name, inspect.signature(wanted.fget).return_annotation) == (member, returns)


class _NoProtocol:
    """Shows something."""

    @property
    def shown(self) -> int:
        """A number."""
        return 1


@runtime_checkable
class _Empty(Protocol):
    """Asks for nothing."""


@runtime_checkable
class _Long(Protocol):
    """Asks for too much."""

    @property
    def a(self) -> int:
        """One."""
        ...

    @property
    def b(self) -> int:
        """Two."""
        ...

    @property
    def c(self) -> int:
        """Three."""
        ...


@runtime_checkable
class _Writable(Protocol):
    """Asks for something to write to."""

    value: int


@runtime_checkable
class _Undocumented(Protocol):
    @property
    def value(self) -> int: ...


class _Unchecked(Protocol):
    """Cannot be asked about."""

    @property
    def value(self) -> int:
        """A number."""
        ...


@pytest.mark.parametrize(
    ("protocol", "fault"),
    [
        (_NoProtocol, "is no Protocol"),
        (_Empty, "has 0 members"),
        (_Long, "has 3 members"),
        (_Writable, "value is not read-only"),
        (_Undocumented, "says nothing of its duty"),
        (_Undocumented, "value is not documented"),
        (_Unchecked, "cannot be checked at run time"),
    ],
)
def test_misshapen_protocol_is_noticed(protocol: type, fault: str) -> None:
    """A Protocol that is more or less than a job title fails the test above."""
    assert fault in faults(protocol)


# Who does the job -----------------------------------------------------------------------------------------------------


def _openai(name: str) -> Any:
    openai = pytest.importorskip("openai", reason="looks at OpenAI's objects")
    return getattr(openai, name)(api_key="k", base_url="https://openai.test/v1")


CONFORMING: dict[str, tuple[type, Callable[[], object]]] = {
    "agent": (SupportsCompletions, lambda: VLMRun(api_key="k").agent),
    "chat-of-openai": (SupportsCompletions, lambda: _openai("OpenAI").chat),
    "async-agent": (SupportsAsyncCompletions, lambda: AsyncVLMRun(api_key="k").agent),
    "chat-of-async-openai": (SupportsAsyncCompletions, lambda: _openai("AsyncOpenAI").chat),
    "client": (SupportsOpenAI, lambda: VLMRun(api_key="k")),
    "async-client": (SupportsAsyncOpenAI, lambda: AsyncVLMRun(api_key="k")),
}


@pytest.mark.parametrize(("protocol", "make"), CONFORMING.values(), ids=CONFORMING.keys())
def test_who_claims_the_job_does_it(protocol: Any, make: Callable[[], object]) -> None:
    """Ours and OpenAI's own objects satisfy the same Protocols."""
    pytest.importorskip("openai", reason="looks at an accessor, which makes an OpenAI client")
    assert isinstance(make(), protocol)


@pytest.mark.parametrize(
    ("make", "member", "kind"),
    [
        (lambda: VLMRun(api_key="k").agent, "completions", "Completions"),
        (lambda: AsyncVLMRun(api_key="k").agent, "completions", "AsyncCompletions"),
        (lambda: VLMRun(api_key="k"), "openai", "OpenAI"),
        (lambda: AsyncVLMRun(api_key="k"), "openai", "AsyncOpenAI"),
    ],
    ids=["agent", "async-agent", "client", "async-client"],
)
def test_what_the_job_gives_is_openais(make: Callable[[], object], member: str, kind: str) -> None:
    """`isinstance` sees names only: what is behind them is of OpenAI's type, too."""
    openai = pytest.importorskip("openai", reason="looks at OpenAI's objects")
    completions = pytest.importorskip("openai.resources.chat.completions", reason="looks at OpenAI's objects")
    wanted = getattr(openai, kind, None) or getattr(completions, kind)
    assert isinstance(getattr(make(), member), wanted)


@pytest.mark.parametrize(
    "make",
    [
        lambda: VLMRun(api_key="k"),
        lambda: AsyncVLMRun(api_key="k"),
        lambda: VLMRun(api_key="k").with_options(timeout=1),
        lambda: SimpleNamespace(**OPTIONS),
    ],
    ids=["client", "async-client", "copy", "four-values"],
)
def test_client_or_four_values_are_a_configuration(make: Callable[[], object]) -> None:
    """A client of either colour satisfies `ClientConfig`, and so do four values in a test."""
    assert isinstance(make(), ClientConfig)


@pytest.mark.parametrize("resource", [Agent, AsyncAgent])
def test_resource_takes_four_values(resource: type[Agent | AsyncAgent]) -> None:
    """A resource can be made of anything that is a `ClientConfig`; it needs no client."""
    config: Any = SimpleNamespace(**OPTIONS)
    made: Any = resource(config)
    assert made.__connections__.base_url == "https://vlmrun.test/v1"


@each_protocol
@pytest.mark.parametrize(
    "other", [object(), None, "client", {"openai": 1, "completions": 2}], ids=["object", "None", "str", "dict"]
)
def test_who_cannot_do_the_job_is_refused(protocol: Any, other: object) -> None:
    """An object without the members satisfies none of the Protocols."""
    assert not isinstance(other, protocol)


@pytest.mark.parametrize("missing", OPTIONS)
def test_three_of_four_values_are_no_configuration(missing: str) -> None:
    """Each of the four values is needed."""
    assert not isinstance(
        SimpleNamespace(**{name: value for name, value in OPTIONS.items() if name != missing}), ClientConfig
    )


def test_client_is_not_its_agent() -> None:
    """A client has no `completions` of its own, and an agent has no `openai`: the jobs are told apart."""
    client = VLMRun(api_key="k")
    assert not isinstance(client, SupportsCompletions)
    assert not isinstance(client.agent, SupportsOpenAI)
