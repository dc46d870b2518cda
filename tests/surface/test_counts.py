"""What can be counted of how light this package is; `benchmarks` has what can only be timed.

Requests, bytes and connections are those of real sockets, beside what a bare client sends to the same server.
"""

from __future__ import annotations

import asyncio
import gc
import inspect
import json
import socket
import subprocess
import sys
import threading
import tracemalloc
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import closing
from importlib.metadata import requires
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx2
import pydantic
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import vlmrun
from support.colours import API_KEY, Colour, both_colours
from support.wire import LoopbackServer, Sent, few_certificates
from vlmrun import VLMRun
from vlmrun.client.types import AgentExecutionResponse, AgentInfo

# `Any`, because the calls of these tests are written once for clients of both colours and of both makers.
Use = Callable[[Any], Any]

CHAT: dict[str, Any] = {"model": "vlmrun-orion-1:auto", "messages": [{"role": "user", "content": "Hello!"}]}
CONFIG = {"prompt": "Read it."}

needs_openai = pytest.mark.skipif(find_spec("openai") is None, reason="needs the extra 'openai'")


@pytest.fixture(autouse=True, scope="module")
def _few_certificates(tmp_path_factory: pytest.TempPathFactory) -> Generator[None, None, None]:
    """Clients are made quickly."""
    with few_certificates(tmp_path_factory.mktemp("certificates")):
        yield


def sent_by(colour: Colour, use: Use) -> tuple[Sent, ...]:
    """What a use of a client of ours sends."""
    with LoopbackServer() as server:
        colour.run(use, base_url=server.base_url)
        return tuple(server.sent)


def size(sent: Sent) -> int:
    """How many bytes a request is on the wire."""
    path = sent.url.split("/", 3)[3]
    lines = [f"{sent.method} /{path} HTTP/1.1", *(f"{name}: {value}" for name, value in sent.headers), "", ""]
    return len("\r\n".join(lines).encode("latin-1")) + len(sent.body)


# Requests and bytes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["whole", "stream"])
@both_colours
@needs_openai
def test_a_chat_is_the_bytes_of_the_bare_openai_client(colour: Colour, name: str) -> None:
    """One request, and no byte of it more or less."""
    from openai import AsyncOpenAI, OpenAI

    asked = {**CHAT, "stream": True} if name == "stream" else CHAT

    async def consumed(answer: Any) -> None:
        answer = await answer if inspect.isawaitable(answer) else answer
        if name == "stream" and colour.is_async:
            async for _ in answer:
                pass
        elif name == "stream":
            for _ in answer:
                pass

    def ours(client: Any) -> object:
        answer = consumed(client.agent.completions.create(**asked))
        return answer if colour.is_async else asyncio.run(answer)

    with LoopbackServer() as server:

        async def bare() -> None:
            made = AsyncOpenAI if colour.is_async else OpenAI
            client: Any = made(api_key=API_KEY, base_url=f"{server.base_url}/openai", max_retries=0, timeout=600.0)
            await consumed(client.chat.completions.create(**asked))
            await client.close() if colour.is_async else client.close()

        colour.run(ours, base_url=server.base_url)
        asyncio.run(bare())
        first, second = server.sent
    assert first.body == second.body
    assert first == second
    assert size(first) == size(second)


def _run(client: Any) -> Any:
    return client.agent.run("Read it.", mode="execution")


REQUESTS: dict[str, tuple[Use, int]] = {
    "making a client": (lambda _: None, 0),
    "list": (lambda client: client.agent.list(), 1),
    "get": (lambda client: client.agent.get(name="invoices"), 1),
    "execute": (lambda client: client.agent.execute(config=CONFIG), 1),
    "wait for what has ended": (lambda client: client.executions.wait("5e7d9c1a"), 1),
    "run as an execution": (_run, 2),
    "upload": (lambda client: client.files.upload(b"bytes", filename="a.txt"), 2),
    "forced upload": (lambda client: client.files.upload(b"bytes", filename="a.txt", force=True), 1),
    "schema": (lambda client: client.get_schema("document.invoice"), 1),
    "artifact": (lambda client: client.artifacts.get("img_a1b2c3", session_id="s"), 1),
}
"""What is done, and how many requests that takes."""


@pytest.mark.parametrize(("use", "requests"), REQUESTS.values(), ids=REQUESTS.keys())
@both_colours
def test_a_call_sends_no_more_than_it_must(colour: Colour, use: Use, requests: int) -> None:
    """Nothing is asked for beforehand, and nothing is asked for twice."""
    assert len(sent_by(colour, use)) == requests


@both_colours
def test_a_native_call_is_no_larger_than_a_bare_one(colour: Colour) -> None:
    """Neither its headers nor its body are more than those that httpx2 sends for the same."""
    with LoopbackServer() as server:
        colour.run(lambda client: client.agent.list(), base_url=server.base_url)
        colour.run(lambda client: client.agent.execute(config=CONFIG), base_url=server.base_url)
        bodies = [json.loads(sent.body or "null") for sent in server.sent]
        headers = {"Authorization": f"Bearer {API_KEY}"}
        with closing(httpx2.Client(base_url=server.base_url, headers=headers)) as bare:
            bare.get("agent")
            bare.post("agent/execute", json=bodies[1])
        listed, executed, bare_listed, bare_executed = server.sent
    assert executed.body == bare_executed.body
    assert size(listed) <= size(bare_listed)
    assert size(executed) <= size(bare_executed)


# Functions ------------------------------------------------------------------------------------------------------------


def functions(use: Callable[[], object]) -> int:
    """How many functions written in Python a call runs, once it has been called."""
    use()
    count = 0

    # `Any`, because a profiler gets whatever belongs to an event.
    def see(_frame: object, event: str, _argument: Any) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(see)
    try:
        use()
    finally:
        sys.setprofile(None)
    return count


def test_a_native_call_runs_hardly_more_than_a_bare_one() -> None:
    """Checks, timeouts and retries add less than a twentieth to the functions that httpx2 runs for the same."""
    agents = pydantic.TypeAdapter(list[AgentInfo])
    headers = {"Authorization": f"Bearer {API_KEY}"}
    with (
        LoopbackServer() as server,
        VLMRun(api_key=API_KEY, base_url=server.base_url) as client,
        closing(httpx2.Client(base_url=server.base_url, headers=headers)) as bare,
    ):
        listed = functions(lambda: client.agent.list())
        executed = functions(lambda: client.agent.execute(config=CONFIG))
        bare_listed = functions(lambda: agents.validate_json(bare.get("agent").raise_for_status().content))
        body = json.loads(server.sent[-3].body)
        bare_executed = functions(
            lambda: AgentExecutionResponse.model_validate_json(
                bare.post("agent/execute", json=body).raise_for_status().content
            )
        )
    assert listed <= 1.05 * bare_listed
    assert executed <= 1.05 * bare_executed


# Connections ----------------------------------------------------------------------------------------------------------


async def _ten_times(use: Use, client: Any) -> None:
    for _ in range(10):
        answer = use(client)
        if inspect.isawaitable(answer):
            await answer


def _ten_calls(colour: Colour, use: Use, server: LoopbackServer) -> None:
    def ten(client: Any) -> object:
        done = _ten_times(use, client)
        return done if colour.is_async else asyncio.run(done)

    colour.run(ten, base_url=server.base_url)


def connections(colour: Colour, use: Use) -> int:
    """How many connections ten calls in a row open."""
    with LoopbackServer() as server:
        _ten_calls(colour, use, server)
        assert len(server.sent) == 10
        return server.connections


@both_colours
def test_native_calls_share_a_connection(colour: Colour) -> None:
    """Ten calls in a row open one connection."""
    assert connections(colour, lambda client: client.agent.list()) == 1


@both_colours
@needs_openai
def test_chats_share_a_connection(colour: Colour) -> None:
    """Ten chats in a row open one connection."""
    assert connections(colour, lambda client: client.agent.completions.create(**CHAT)) == 1


def test_connections_are_noticed() -> None:
    """A client for each call opens a connection for each call."""

    def anew(client: VLMRun) -> None:
        with client.with_options(timeout=1), VLMRun(api_key=API_KEY, base_url=client.base_url) as other:
            other.agent.list()

    assert connections(Colour(VLMRun), anew) == 10


# System calls ---------------------------------------------------------------------------------------------------------

SOCKET_CALLS = ("bind", "connect", "connect_ex", "send", "sendall", "setsockopt")
"""What a program asks the system of a socket, each a system call. How often it reads is for the network to say."""


def system_calls(monkeypatch: pytest.MonkeyPatch, use: Callable[[], object]) -> Counter[str]:
    """What is asked of sockets in this thread meanwhile, and how often."""
    counted: Counter[str] = Counter()
    here = threading.get_ident()  # the server is in others

    def counting(name: str) -> Callable[..., object]:
        call = getattr(socket.socket, name)

        def counted_call(this: socket.socket, *arguments: Any) -> object:
            # An event loop wakes itself by a socket, too, which is none of the network.
            counted[name] += threading.get_ident() == here and this.family == socket.AF_INET
            return call(this, *arguments)

        return counted_call

    with monkeypatch.context() as patch:
        for name in SOCKET_CALLS:
            patch.setattr(socket.socket, name, counting(name))
        use()
    return counted


@both_colours
def test_native_calls_ask_the_system_what_bare_ones_ask(colour: Colour, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten calls connect and write as often as ten of bare httpx2."""
    with LoopbackServer() as server:

        async def bare() -> None:
            made = httpx2.AsyncClient if colour.is_async else httpx2.Client
            client: Any = made(base_url=server.base_url)
            await _ten_times(lambda client: client.get("agent"), client)
            await client.aclose() if colour.is_async else client.close()

        ours = system_calls(monkeypatch, lambda: _ten_calls(colour, lambda client: client.agent.list(), server))
        theirs = system_calls(monkeypatch, lambda: asyncio.run(bare()))
    assert ours["send"] >= 10
    assert ours == theirs


@both_colours
@needs_openai
def test_chats_ask_the_system_what_bare_ones_ask(colour: Colour, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same for ten chats and the bare OpenAI client."""
    from openai import AsyncOpenAI, OpenAI

    with LoopbackServer() as server:

        async def bare() -> None:
            made = AsyncOpenAI if colour.is_async else OpenAI
            client: Any = made(api_key=API_KEY, base_url=f"{server.base_url}/openai", max_retries=0)
            await _ten_times(lambda client: client.chat.completions.create(**CHAT), client)
            await client.close() if colour.is_async else client.close()

        def chat(client: Any) -> Any:
            return client.agent.completions.create(**CHAT)

        ours = system_calls(monkeypatch, lambda: _ten_calls(colour, chat, server))
        theirs = system_calls(monkeypatch, lambda: asyncio.run(bare()))
    assert ours["send"] >= 10
    assert ours == theirs


def test_system_calls_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks twice writes more often."""
    colour = Colour(VLMRun)
    with LoopbackServer() as server:
        ten = system_calls(monkeypatch, lambda: _ten_calls(colour, lambda client: client.agent.list(), server))

        def twice(client: Any) -> None:
            client.agent.list()
            client.agent.list()

        twenty = system_calls(monkeypatch, lambda: _ten_calls(colour, twice, server))
    assert twenty != ten


# Memory ---------------------------------------------------------------------------------------------------------------

MOST_AT_ONCE = 128 << 10
"""Bytes that a call may take while it is made; one read of a socket alone is 64 KiB."""
MOST_KEPT = 48 << 10
"""Bytes that may be left of a hundred calls: what Python keeps for the next time. One answer would be more."""


def memory(call: Callable[[], object]) -> tuple[int, int]:
    """Bytes that one call takes at most, and bytes that are left of a hundred."""
    for _ in range(10):
        call()
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        call()
        _, peak = tracemalloc.get_traced_memory()
        for _ in range(99):
            call()
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return peak - before, after - before


def test_a_native_call_takes_little_memory() -> None:
    """Little while it is made, and nothing afterwards."""
    with LoopbackServer() as server, VLMRun(api_key=API_KEY, base_url=server.base_url) as client:

        def call() -> None:
            client.agent.list()
            server.sent.clear()

        at_once, kept = memory(call)
    assert at_once < MOST_AT_ONCE
    assert kept < MOST_KEPT


def test_memory_is_noticed() -> None:
    """What takes much at once does not pass the test above, and neither does what is kept."""
    hoard: list[bytes] = []
    at_once, kept = memory(lambda: bytes(MOST_AT_ONCE))
    assert at_once >= MOST_AT_ONCE
    assert kept < MOST_KEPT
    at_once, kept = memory(lambda: hoard.append(bytes(MOST_KEPT // 100)))
    assert at_once < MOST_AT_ONCE
    assert kept >= MOST_KEPT


# Modules --------------------------------------------------------------------------------------------------------------

MOST_MODULES = 130
"""Modules in a process that has made a client, those of Python's own start among them."""


def modules(code: str) -> list[str]:
    """The modules that are loaded after some code in a fresh process."""
    done = subprocess.run(  # noqa: S603  # nothing here comes from outside
        [
            sys.executable,
            *("-I", "-S", "-c"),  # without `site`, as environments load what they like there
            f"import sys; sys.path.insert(0, sys.argv[1]); {code}; print(*sys.modules)",
            str(Path(vlmrun.__file__).parents[1]),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split()


def test_a_client_loads_few_modules() -> None:
    """None from outside of Python's library but its own, and not many."""
    loaded = modules("import vlmrun; vlmrun.VLMRun(api_key='k')")
    foreign = {name.split(".")[0] for name in loaded} - set(sys.stdlib_module_names) - {"__main__"}
    assert foreign == {"vlmrun"}
    assert len(loaded) <= MOST_MODULES


def test_modules_are_noticed() -> None:
    """Asyncio alone would be too many."""
    assert len(modules("import vlmrun, asyncio; vlmrun.VLMRun(api_key='k')")) > MOST_MODULES


# Distributions --------------------------------------------------------------------------------------------------------

DISTRIBUTIONS = {
    "annotated-types",
    "anyio",
    "h11",
    "httpcore2",
    "httpx2",
    "idna",
    "pydantic",
    "pydantic-core",
    "truststore",
    "typing-extensions",
    "vlmrun",
}
"""What `pip install vlmrun` installs."""
SOMETIMES = {"exceptiongroup": sys.version_info < (3, 11), "typing-inspection": None}
"""What it installs for an older Python, or, where it is `None`, for some releases of pydantic."""


def closure(name: str, requirements: Callable[[str], Iterable[str]] = lambda name: requires(name) or ()) -> set[str]:
    """A distribution, and all that it needs, directly or through others, without extras that nobody asks for."""
    found: set[tuple[str, str]] = set()
    ahead = [(name, "")]
    while ahead:
        each = ahead.pop()
        if each in found:
            continue
        found.add(each)
        for line in requirements(each[0]):
            needed = Requirement(line)
            if needed.marker is None or needed.marker.evaluate({"extra": each[1]}):
                ahead += [(canonicalize_name(needed.name), extra) for extra in ("", *needed.extras)]
    return {name for name, _ in found}


def test_an_installation_is_so_many_distributions() -> None:
    """One more needs a reason: it is one more to trust, to download and to keep up to date."""
    expected = DISTRIBUTIONS | {name for name, is_needed in SOMETIMES.items() if is_needed}
    optional = {name for name, is_needed in SOMETIMES.items() if is_needed is None}
    assert closure("vlmrun") - optional == expected


def test_a_distribution_more_is_noticed() -> None:
    """Wherever it comes in, and unless it is for an extra that nobody asks for."""
    tree: Mapping[str, list[str]] = {
        "a": ["B>=1", "c[x]; python_version>='3'", "d; extra=='y'"],
        "b": ["e; python_version<'3'"],
        "c": ["f; extra=='x'", "a"],
        "f": [],
    }
    assert closure("a", tree.__getitem__) == {"a", "b", "c", "f"}
