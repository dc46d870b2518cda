"""OpenAI's chat completions on a client of ours: the real objects, the same wire, and nothing of OpenAI's settings.

A request of ours is compared with the one that a plain OpenAI client sends, so what is shown here holds for whichever
openai is installed.
"""

from __future__ import annotations

import asyncio
import gc
import inspect
import netrc
import os
import sys
import threading
import weakref
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import trio
from pydantic import BaseModel

from support.colours import API_KEY, BASE_URL, Colour, both_colours
from support.wire import (
    AGENT,
    COMPLETION,
    PIECES,
    Answer,
    LoopbackServer,
    Sent,
    fake_wire,
    few_certificates,
    json_answer,
    nothing_left_over,
    vlm_run,
)
from vlmrun import AsyncVLMRun, VLMRun
from vlmrun.client.exceptions import ClientError

# Above the imports that need it: where openai is missing, the module ends here.
pytest.importorskip("openai", reason="the accessors hand out OpenAI's objects; tests/bare shows life without openai")

import openai
from openai import AsyncOpenAI, AsyncStream, OpenAI, Stream
from openai.lib.streaming.chat import AsyncChatCompletionStreamManager, ChatCompletionStreamManager
from openai.resources.chat.completions import AsyncCompletions, Completions

OPENAI_BASE_URL = f"{BASE_URL}/openai/"
HELLO: dict[str, Any] = {"model": "vlmrun-orion-1:auto", "messages": [{"role": "user", "content": "Hello!"}]}


class Invoice(BaseModel):
    """What the agent of these tests reads."""

    total: float


@pytest.fixture(autouse=True, scope="module")
def _few_certificates(tmp_path_factory: pytest.TempPathFactory) -> Generator[None, None, None]:
    """Clients are made quickly."""
    with few_certificates(tmp_path_factory.mktemp("certificates")):
        yield


# The ways to OpenAI's objects -----------------------------------------------------------------------------------------

# `Any`, because the calls of these tests are written once for objects of both colours.
Use = Callable[[Any], Any]


@dataclass(frozen=True)
class Way:
    """A way from one of our clients to OpenAI's, with the plain client that it is to equal."""

    name: str
    client: type[VLMRun | AsyncVLMRun]
    openai: Callable[[Any], Any]
    completions: Callable[[Any], Any]
    plain: type[OpenAI | AsyncOpenAI]

    def make(self, **options: Any) -> Any:
        """One of our clients."""
        defaults: dict[str, Any] = {"api_key": API_KEY, "base_url": BASE_URL, "max_retries": 0}
        return self.client(**(defaults | options))

    def make_plain(self, **options: Any) -> Any:
        """A plain OpenAI client for the same endpoint."""
        defaults: dict[str, Any] = {"api_key": API_KEY, "base_url": OPENAI_BASE_URL, "timeout": 600.0, "max_retries": 0}
        return self.plain(**(defaults | options))

    def run(self, call: Use, completions: Any) -> Any:
        """What a call of `completions` comes to, whether it is awaited, iterated or both."""
        if self.plain is OpenAI:
            return _drain(call(completions))

        async def main() -> Any:
            return await _drain_async(call(completions))

        return asyncio.run(main())


WAYS = [
    Way("sync", VLMRun, lambda c: c.openai, lambda c: c.agent.completions, OpenAI),
    Way("async of sync", VLMRun, lambda c: c.async_openai, lambda c: c.agent.async_completions, AsyncOpenAI),
    Way("async", AsyncVLMRun, lambda c: c.openai, lambda c: c.agent.completions, AsyncOpenAI),
]
all_ways = pytest.mark.parametrize("way", WAYS, ids=[way.name for way in WAYS])
"""Runs a test for every accessor; it takes the argument `way`."""


def _drain(value: Any) -> Any:
    if issubclass(type(value), ChatCompletionStreamManager):
        with value as events:
            return list(events)
    if issubclass(type(value), Stream):
        return list(value)
    return value


async def _drain_async(value: Any) -> Any:
    if issubclass(type(value), AsyncChatCompletionStreamManager):
        async with value as events:
            return [event async for event in events]
    if inspect.isawaitable(value):
        value = await value
    if issubclass(type(value), AsyncStream):
        return [chunk async for chunk in value]
    return value


def sent_by_ours(way: Way, call: Use, **options: Any) -> list[Sent]:
    """What goes out when our client makes a call."""
    with fake_wire() as sent:
        way.run(call, way.completions(way.make(**options)))
    return sent


def sent_by_plain(way: Way, call: Use, **options: Any) -> list[Sent]:
    """What goes out when a plain OpenAI client makes it."""
    with fake_wire() as sent:
        way.run(call, way.make_plain(**options).chat.completions)
    return sent


# The real thing -------------------------------------------------------------------------------------------------------


def test_completions_are_openais_own() -> None:
    """The accessors hand out OpenAI's classes, not subclasses, wrappers or look-alikes."""
    client, async_client = VLMRun(api_key=API_KEY), AsyncVLMRun(api_key=API_KEY)
    assert type(client.agent.completions) is Completions
    assert type(client.agent.async_completions) is AsyncCompletions
    assert type(async_client.agent.completions) is AsyncCompletions
    assert type(async_client.agent.async_completions) is AsyncCompletions


def test_clients_are_openais_own() -> None:
    """`openai` and `async_openai` pass every `isinstance` that an OpenAI client passes."""
    client, async_client = VLMRun(api_key=API_KEY), AsyncVLMRun(api_key=API_KEY)
    assert isinstance(client.openai, OpenAI)
    assert isinstance(client.async_openai, AsyncOpenAI)
    assert isinstance(async_client.openai, AsyncOpenAI)
    assert isinstance(async_client.async_openai, AsyncOpenAI)


@all_ways
def test_completions_have_what_openai_offers(way: Way) -> None:
    """PLAN.md's list: `create`, `stream` and the rest are there."""
    completions = way.completions(way.make())
    for name in ("create", "parse", "stream", "list", "retrieve", "update", "delete"):
        assert callable(getattr(completions, name)), name


@all_ways
def test_nothing_is_patched(way: Way) -> None:
    """Every method is the function that openai's own source defines; no instance has one of its own."""
    completions = way.completions(way.make())
    home = Path(openai.__file__).parent
    methods: dict[str, Any] = dict(inspect.getmembers(completions.__class__, inspect.isfunction))
    assert {"create", "parse", "stream"} <= methods.keys()
    for name, method in methods.items():
        assert home in Path(inspect.unwrap(method).__code__.co_filename).parents, name
        assert name not in vars(completions)
        assert getattr(completions, name).__func__ is method


@all_ways
def test_one_openai_client_for_each_client(way: Way) -> None:
    """The completions are those of `client.openai`, so there is one OpenAI client, however often one asks."""
    client = way.make()
    assert way.completions(client) is way.openai(client).chat.completions
    assert way.completions(client) is way.completions(client)
    assert way.openai(client) is way.openai(client)
    assert client.agent is client.agent


def test_the_async_twins_are_the_same_objects() -> None:
    """On `AsyncVLMRun` the names with and without `async_` are one."""
    client = AsyncVLMRun(api_key=API_KEY)
    assert client.async_openai is client.openai
    assert client.agent.async_completions is client.agent.completions


def test_one_pool_of_connections() -> None:
    """What is sent by way of `client.openai` and of `client.agent.completions` goes over the same connection."""
    with LoopbackServer() as server, VLMRun(api_key=API_KEY, base_url=server.base_url) as client:
        client.agent.completions.create(**HELLO)
        client.openai.models.list()
        client.openai.with_options(timeout=1).models.list()
        client.with_options(timeout=1).agent.completions.create(**HELLO)
        assert [sent.method for sent in server.sent] == ["POST", "GET", "GET", "POST"]
        assert server.connections == 1


@pytest.mark.parametrize("client", [VLMRun(api_key=API_KEY), AsyncVLMRun(api_key=API_KEY)], ids=["sync", "async"])
def test_accessors_are_read_only(client: VLMRun | AsyncVLMRun) -> None:
    """An accessor cannot be replaced or removed by mistake."""
    for owner, names in ((client, ("openai", "async_openai")), (client.agent, ("completions", "async_completions"))):
        for name in names:
            held = getattr(owner, name)
            with pytest.raises(AttributeError):
                setattr(owner, name, None)
            with pytest.raises(AttributeError):
                delattr(owner, name)
            assert getattr(owner, name) is held


# The same wire --------------------------------------------------------------------------------------------------------

IMAGE_AND_MORE: dict[str, Any] = {
    "model": "vlmrun-orion-1:auto",
    "messages": [
        {"role": "system", "content": "Answer in JSON. Ünïcödé: 請求書 🧾"},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "What is on the picture?"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo=", "detail": "high"}},
                {"type": "image_url", "image_url": {"url": "https://example.com/a%20b.png?x=1&y=2"}},
            ],
        },
    ],
    "temperature": 0.25,
    "max_tokens": 64,
    "extra_body": {"toolsets": ["core", "image"], "session_id": "9f1f0a52-0000-4000-8000-000000000000", "top_k": None},
    "extra_headers": {"X-Trace": "t-1"},
    "extra_query": {"debug": "1"},
    "timeout": 30.0,
}

CALLS: dict[str, Use] = {
    "create": lambda c: c.create(**HELLO),
    "create with images and extras": lambda c: c.create(**IMAGE_AND_MORE),
    "create with stream": lambda c: c.create(**HELLO, stream=True, stream_options={"include_usage": True}),
    "parse": lambda c: c.parse(**HELLO, response_format=Invoice),
    "stream": lambda c: c.stream(**HELLO),
    "stream with a model": lambda c: c.stream(**HELLO, response_format=Invoice),
    "with_raw_response": lambda c: c.with_raw_response.create(**HELLO),
    "list": lambda c: c.list(limit=2, order="desc", metadata={"team": "blue"}),
    "retrieve": lambda c: c.retrieve("chatcmpl-1"),
    "update": lambda c: c.update("chatcmpl-1", metadata={"team": "blue"}),
    "delete": lambda c: c.delete("chatcmpl-1"),
}


@all_ways
@pytest.mark.parametrize("name", CALLS)
def test_a_request_is_the_one_a_plain_client_sends(way: Way, name: str) -> None:
    """Method, URL, headers in their order and body are byte for byte those of `OpenAI(base_url=...)`."""
    ours, plain = sent_by_ours(way, CALLS[name]), sent_by_plain(way, CALLS[name])
    assert len(plain) == 1
    assert ours == plain


@all_ways
@pytest.mark.parametrize("timeout", [600.0, 2.5, None])
def test_a_request_is_the_same_whatever_the_timeout(way: Way, timeout: float | None) -> None:
    """OpenAI tells the server its timeout in a header: ours says what a plain client with that timeout says."""
    assert sent_by_ours(way, CALLS["create"], timeout=timeout) == sent_by_plain(way, CALLS["create"], timeout=timeout)


@all_ways
def test_a_request_is_the_same_over_a_real_socket(way: Way) -> None:
    """What a server reads from the socket is what it reads from a plain client."""
    with LoopbackServer() as server:
        ours = way.make(base_url=server.base_url)
        plain = way.make_plain(base_url=f"{server.base_url}/openai/")

        async def main() -> None:
            async with ours.async_openai as one, plain as other:
                for client in (one, other):
                    await client.chat.completions.create(**IMAGE_AND_MORE)

        if way.plain is OpenAI:
            with ours, plain:
                for client in (ours.openai, plain):
                    client.chat.completions.create(**IMAGE_AND_MORE)
        else:
            asyncio.run(main())
        assert len(server.sent) == 2
        assert server.sent[0] == server.sent[1]


@all_ways
@pytest.mark.parametrize("base_url", [BASE_URL, f"{BASE_URL}/", f"{BASE_URL}//", f"{BASE_URL}/openai", OPENAI_BASE_URL])
def test_base_url(way: Way, base_url: str) -> None:
    """Chats go to `<base>/openai/chat/completions`, once, with or without a slash or `/openai` at the end."""
    client = way.make(base_url=base_url)
    assert str(way.openai(client).base_url) == OPENAI_BASE_URL
    (sent,) = sent_by_ours(way, CALLS["create"], base_url=base_url)
    assert sent.url == f"{BASE_URL}/openai/chat/completions"


# What comes back ------------------------------------------------------------------------------------------------------


@all_ways
def test_create_gives_a_completion_with_what_vlm_run_adds(way: Way) -> None:
    """The answer is OpenAI's `ChatCompletion`; VLM Run's own fields are kept on it."""
    with fake_wire():
        answer = way.run(CALLS["create"], way.completions(way.make()))
    assert answer.choices[0].message.content == '{"total": 12.5}'
    assert answer.session_id == COMPLETION["session_id"]
    assert answer.usage.credits_used == 0.25


@all_ways
def test_streaming_gives_the_pieces(way: Way) -> None:
    """`stream=True` gives every chunk of the answer, in order."""
    with fake_wire():
        chunks = way.run(CALLS["create with stream"], way.completions(way.make()))
    assert [chunk.choices[0].delta.content for chunk in chunks if chunk.choices[0].delta.content] == PIECES
    assert chunks[-1].choices[0].finish_reason == "stop"


@all_ways
def test_stream_gives_events_and_the_parsed_whole(way: Way) -> None:
    """`stream()` gives OpenAI's events, the last one with the answer as the model that was asked for."""
    with fake_wire():
        events = way.run(CALLS["stream with a model"], way.completions(way.make()))
    assert [event.delta for event in events if event.type == "content.delta" and event.delta] == PIECES
    (done,) = [event for event in events if event.type == "content.done"]
    assert done.parsed == Invoice(total=12.5)


@all_ways
def test_parse_gives_the_model(way: Way) -> None:
    """`parse` answers with an instance of the pydantic model that was asked for."""
    with fake_wire() as sent:
        answer = way.run(CALLS["parse"], way.completions(way.make()))
    assert answer.choices[0].message.parsed == Invoice(total=12.5)
    assert sent[0].json()["response_format"]["json_schema"]["schema"]["required"] == ["total"]


@all_ways
def test_a_raw_response_has_headers_and_the_answer(way: Way) -> None:
    """`with_raw_response` works as OpenAI documents it."""
    with fake_wire(lambda _: json_answer(COMPLETION, x_request_id="r-1")):
        raw = way.run(CALLS["with_raw_response"], way.completions(way.make()))
    assert raw.headers["x-request-id"] == "r-1"
    assert raw.parse().id == COMPLETION["id"]


@all_ways
@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, openai.BadRequestError),
        (401, openai.AuthenticationError),
        (402, openai.APIStatusError),
        (403, openai.PermissionDeniedError),
        (404, openai.NotFoundError),
        (409, openai.ConflictError),
        (422, openai.UnprocessableEntityError),
        (429, openai.RateLimitError),
        (500, openai.InternalServerError),
        (503, openai.InternalServerError),
    ],
)
def test_errors_are_openais(way: Way, status: int, error: type[openai.APIStatusError]) -> None:
    """What an accessor raises is what code for OpenAI catches."""
    refusal = json_answer({"error": {"message": "No.", "type": "refused"}}, status)
    completions = way.completions(way.make())
    with fake_wire(lambda _: refusal), pytest.raises(error) as caught:
        way.run(CALLS["create"], completions)
    assert type(caught.value) is error
    assert caught.value.status_code == status
    assert caught.value.body == {"message": "No.", "type": "refused"}


# Options --------------------------------------------------------------------------------------------------------------


def _native_and_accessor(client: Any) -> list[Use]:
    calls: list[Use] = [lambda c: c.agent.list(), lambda c: c.agent.completions.create(**HELLO)]
    if client is VLMRun:
        calls.append(lambda c: _drain_async(c.agent.async_completions.create(**HELLO)))
    return calls


@both_colours
@pytest.mark.parametrize("timeout", [600.0, 2.5, None])
def test_timeout_reaches_every_path(colour: Colour, timeout: float | None) -> None:
    """The client's timeout holds for native calls and accessors; connecting never waits more than 5 seconds."""
    for use in _native_and_accessor(colour.client):
        with fake_wire() as sent:
            _settle(colour.run(use, timeout=timeout))
        assert len(sent) == 1
        assert sent[0].timeout["read"] == timeout
        assert sent[0].timeout["connect"] == (5.0 if timeout is None else min(timeout, 5.0))


@both_colours
def test_default_headers_reach_every_path(colour: Colour) -> None:
    """`default_headers` are sent by native calls and accessors, and may replace a header."""
    headers = {"X-Team": "blue", "User-Agent": "invoice-robot/1"}
    for use in _native_and_accessor(colour.client):
        with fake_wire() as sent:
            _settle(colour.run(use, default_headers=headers))
        assert len(sent) == 1
        assert sent[0].header("x-team") == "blue"
        assert sent[0].header("user-agent") == "invoice-robot/1"
        assert sent[0].header("authorization") == f"Bearer {API_KEY}"


def _settle(value: Any) -> Any:
    """Wait for what the sync client's async accessor left to be awaited."""
    return asyncio.run(value) if inspect.iscoroutine(value) else value


@all_ways
@pytest.mark.parametrize("max_retries", [0, 1, 3])
def test_max_retries_are_retries_after_the_first_attempt(way: Way, max_retries: int) -> None:
    """A server that always fails is asked `max_retries` + 1 times, as a plain client with that setting asks."""
    failure = json_answer({"error": {"message": "Down."}}, 500, retry_after_ms="1")
    with fake_wire(lambda _: failure) as sent, pytest.raises(openai.InternalServerError):
        way.run(CALLS["create"], way.completions(way.make(max_retries=max_retries)))
    assert len(sent) == max_retries + 1


@all_ways
def test_with_options_reaches_the_accessors(way: Way) -> None:
    """A copy made by `with_options` has an OpenAI client of its own, with the changed options."""
    client = way.make()
    copy = client.with_options(
        api_key="another-key", base_url="https://other.test/v1", timeout=3, default_headers={"X-Team": "red"}
    )
    assert way.openai(copy) is not way.openai(client)
    with fake_wire() as sent:
        way.run(CALLS["create"], way.completions(copy))
        way.run(CALLS["create"], way.completions(client))
    changed, unchanged = sent
    assert changed.url == "https://other.test/v1/openai/chat/completions"
    assert changed.header("authorization") == "Bearer another-key"
    assert changed.header("x-team") == "red"
    assert changed.timeout["read"] == 3
    assert unchanged == sent_by_plain(way, CALLS["create"])[0]


@pytest.mark.parametrize("way", WAYS[:3:2], ids=["sync", "async"])
def test_proxies_of_the_environment_are_used(way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    """The proxy variables are the one part of the environment, besides `VLMRUN_*`, that has a say on every path."""
    with LoopbackServer() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.origin)

        async def main() -> None:
            async with way.make(base_url="http://vlmrun.test/v1") as client:
                await client.agent.list()
                await client.agent.completions.create(**HELLO)

        if way.client is VLMRun:
            with way.make(base_url="http://vlmrun.test/v1") as client:
                client.agent.list()
                client.agent.completions.create(**HELLO)
        else:
            asyncio.run(main())
    assert [sent.url for sent in proxy.sent] == [
        "http://vlmrun.test/v1/agent",
        "http://vlmrun.test/v1/openai/chat/completions",
    ]


# Nothing leaks --------------------------------------------------------------------------------------------------------

SECRET = "a-secret-for-openai-only"
AMBIENT: dict[str, str] = {
    "OPENAI_API_KEY": SECRET,
    "OPENAI_ADMIN_KEY": SECRET,
    "OPENAI_ORG_ID": "org-of-the-environment",
    "OPENAI_PROJECT_ID": "project-of-the-environment",
    "OPENAI_BASE_URL": "https://evil.test/v1",
    "OPENAI_WEBHOOK_SECRET": SECRET,
    "OPENAI_CUSTOM_HEADERS": f"Authorization: Bearer {SECRET}\nX-Evil: 1\nUser-Agent: evil\nAccept: evil/evil",
    "OPENAI_API_TYPE": "azure",
    "OPENAI_API_VERSION": "2020-01-01",
    "AZURE_OPENAI_API_KEY": SECRET,
    "AZURE_OPENAI_ENDPOINT": "https://evil.test",
    "AZURE_OPENAI_AD_TOKEN": SECRET,
}
MODULE: dict[str, Any] = {
    "api_key": SECRET,
    "organization": "org-of-the-module",
    "project": "project-of-the-module",
    "base_url": "https://evil.test/v1/openai/",
    "default_headers": {"X-Evil": "1", "User-Agent": "evil"},
    "default_query": {"evil": "1"},
    "timeout": 0.001,
    "max_retries": 99,
}


@contextmanager
def hostile_surroundings(folder: Path) -> Generator[None, None, None]:
    """Everything around a client that OpenAI's SDK or an HTTP library might look at."""
    file = folder / ".netrc"
    file.write_text(f"machine vlmrun.test login someone password {SECRET}\n")
    file.chmod(0o600)
    with pytest.MonkeyPatch.context() as patch:
        for name, text in AMBIENT.items():
            patch.setenv(name, text)
        patch.setenv("HOME", str(folder))
        patch.setenv("NETRC", str(file))
        for name, value in MODULE.items():
            patch.setattr(openai, name, value)
        yield


# What users do with a client before they use it, for our clients and, below, for the OpenAI client of one.
COPIES: dict[str, Callable[[Way, Any], Any]] = {
    "as it is": lambda way, client: way.openai(client),
    "openai.with_options": lambda way, client: way.openai(client).with_options(timeout=600.0),
    "openai.copy": lambda way, client: way.openai(client).copy(),
    "openai.copy of a copy": lambda way, client: way.openai(client).copy().with_options(max_retries=0).copy(),
    "with_options": lambda way, client: way.openai(client.with_options(timeout=600.0)),
    "all of them": lambda way, client: way.openai(client.with_options(max_retries=0)).copy().with_options(),
}


@all_ways
@pytest.mark.parametrize("name", COPIES)
def test_surroundings_change_nothing_on_the_wire(way: Way, name: str, tmp_path: Path) -> None:
    """No `OPENAI_*` or `AZURE_*` variable, `.netrc` or module-level setting changes a byte, also on copies."""
    clean = sent_by_plain(way, CALLS["create"])
    with hostile_surroundings(tmp_path), fake_wire() as sent:
        client = COPIES[name](way, way.make())
        way.run(CALLS["create"], client.chat.completions)
    assert sent == clean
    assert client.organization is None
    assert client.project is None
    assert client.webhook_secret is None
    assert getattr(client, "admin_api_key", None) is None


@all_ways
def test_surroundings_that_come_later_change_nothing(way: Way, tmp_path: Path) -> None:
    """A client made in peace stays right when the environment turns hostile before it is used or copied."""
    clean = sent_by_plain(way, CALLS["create"])
    client = way.openai(way.make())
    with hostile_surroundings(tmp_path), fake_wire() as sent:
        way.run(CALLS["create"], client.chat.completions)
        way.run(CALLS["create"], client.copy().chat.completions)
    assert sent == clean * 2


@all_ways
def test_surroundings_of_a_client_with_headers_change_nothing(way: Way, tmp_path: Path) -> None:
    """`default_headers` of ours stay, alone, also where a variable names the same header."""
    headers = {"User-Agent": "mine", "X-Mine": "2"}
    clean = sent_by_plain(way, CALLS["create"], default_headers=headers)
    with hostile_surroundings(tmp_path):
        assert sent_by_ours(way, CALLS["create"], default_headers=headers) == clean


@both_colours
def test_surroundings_change_no_native_call(colour: Colour, tmp_path: Path) -> None:
    """Native calls, too, are the same bytes in a hostile environment."""
    with fake_wire() as clean:
        colour.run(lambda client: client.agent.list())
    with hostile_surroundings(tmp_path), fake_wire() as sent:
        colour.run(lambda client: client.agent.list())
        colour.run(lambda client: client.with_options(timeout=1).agent.list())
    assert len(clean) == 1
    assert sent == clean * 2


@pytest.mark.parametrize("way", WAYS[:2], ids=["sync", "async"])
def test_the_surroundings_are_hostile(way: Way, tmp_path: Path) -> None:
    """A plain client does leak there, and the `.netrc` is one: the tests above can fail."""
    clean = sent_by_plain(way, CALLS["create"])
    with hostile_surroundings(tmp_path):
        (naive,) = sent_by_plain(way, CALLS["create"])
        found = netrc.netrc(os.environ["NETRC"]).authenticators("vlmrun.test")
        assert way.make_plain().webhook_secret == SECRET
    assert [naive] != clean
    assert naive.header("openai-organization") == AMBIENT["OPENAI_ORG_ID"]
    assert naive.header("openai-project") == AMBIENT["OPENAI_PROJECT_ID"]
    assert found is not None
    assert found[::2] == ("someone", SECRET)


def test_the_module_level_settings_are_hostile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The module-level client of openai does use the settings that ours must not."""
    module: Any = openai  # the reset of the module-level client is private
    with hostile_surroundings(tmp_path), fake_wire() as sent:
        for name, value in {"api_type": "openai", "azure_endpoint": None, "api_version": None}.items():
            monkeypatch.setattr(openai, name, value)  # openai writes to these, so they must be put back
        monkeypatch.delenv("OPENAI_CUSTOM_HEADERS")  # in some versions its Authorization would win
        module._reset_client()
        module.chat.completions.create(**HELLO, timeout=5)
        module._reset_client()
    assert sent[0].url.startswith("https://evil.test/v1/openai/chat/completions?evil=1")
    assert sent[0].header("authorization") == f"Bearer {SECRET}"
    assert sent[0].header("x-evil") == "1"
    assert sent[0].header("openai-organization") == MODULE["organization"]


@all_ways
def test_what_is_asked_for_explicitly_is_sent(way: Way, tmp_path: Path) -> None:
    """Isolation is from the surroundings, not from the user: options given to OpenAI's client hold, and are kept."""
    options: dict[str, Any] = {"organization": "o", "project": "p", "default_headers": {"X-A": "b"}}
    clean = sent_by_plain(way, CALLS["create"], **options)
    with hostile_surroundings(tmp_path), fake_wire() as sent:
        asked = way.openai(way.make()).with_options(**options, webhook_secret="w")
        copy = asked.copy().with_options(timeout=600.0)
        for client in (asked, copy):
            way.run(CALLS["create"], client.chat.completions)
    assert sent == clean * 2
    assert clean[0].header("openai-organization") == "o"
    assert clean[0].header("x-a") == "b"
    assert (copy.organization, copy.project, copy.webhook_secret) == ("o", "p", "w")


# Many threads, many tasks ---------------------------------------------------------------------------------------------

ACCESSORS: dict[str, tuple[type[VLMRun | AsyncVLMRun], Callable[[Any], Any]]] = {
    "agent": (VLMRun, lambda c: c.agent),
    "openai": (VLMRun, lambda c: c.openai),
    "async_openai": (VLMRun, lambda c: c.async_openai),
    "agent.completions": (VLMRun, lambda c: c.agent.completions),
    "agent.async_completions": (VLMRun, lambda c: c.agent.async_completions),
    "AsyncVLMRun.agent": (AsyncVLMRun, lambda c: c.agent),
    "AsyncVLMRun.openai": (AsyncVLMRun, lambda c: c.openai),
    "AsyncVLMRun.agent.completions": (AsyncVLMRun, lambda c: c.agent.completions),
}


@pytest.fixture
def hasty_threads() -> Generator[None, None, None]:
    """Threads that change places as often as Python lets them, so that a race is run and not just possible."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


@pytest.mark.usefixtures("hasty_threads")
@pytest.mark.parametrize("name", ACCESSORS)
def test_threads_that_race_get_one_object(name: str) -> None:
    """64 threads that reach for an accessor at once all get the same object."""
    make, reach = ACCESSORS[name]
    client = make(api_key=API_KEY, base_url=BASE_URL)
    together = threading.Barrier(64)

    def racer(_: int) -> Any:
        together.wait(300)
        return reach(client)

    with ThreadPoolExecutor(64) as threads:
        reached = list(threads.map(racer, range(64)))
    assert len({id(one) for one in reached}) == 1
    assert reached[0] is reach(client)


@pytest.mark.parametrize("name", ACCESSORS)
def test_tasks_that_race_get_one_object(name: str) -> None:
    """100 tasks that reach for an accessor at once all get the same object."""
    make, reach = ACCESSORS[name]
    client = make(api_key=API_KEY, base_url=BASE_URL)

    async def main() -> list[Any]:
        start = asyncio.Event()

        async def racer() -> Any:
            await start.wait()
            return reach(client)

        tasks = [asyncio.create_task(racer()) for _ in range(100)]
        await asyncio.sleep(0)
        start.set()
        return await asyncio.gather(*tasks)

    reached = asyncio.run(main())
    assert len({id(one) for one in reached}) == 1
    assert reached[0] is reach(client)


# Event loops, over real sockets ---------------------------------------------------------------------------------------

LOOP_USES: dict[str, tuple[type[VLMRun | AsyncVLMRun], Callable[[Any], Any], Use]] = {
    "sync client, async accessor": (VLMRun, lambda c: c.agent.async_completions, lambda held: held.create(**HELLO)),
    "async client, accessor": (AsyncVLMRun, lambda c: c.agent.completions, lambda held: held.create(**HELLO)),
    "async client, copy of openai": (
        AsyncVLMRun,
        lambda c: c.openai.with_options(timeout=60).chat.completions,
        lambda held: held.create(**HELLO),
    ),
    "async client, native": (AsyncVLMRun, lambda c: c.agent, lambda held: held.list()),
}
all_loop_uses = pytest.mark.parametrize("name", LOOP_USES)


@contextmanager
def one_held(name: str) -> Generator[tuple[LoopbackServer, Callable[[], Any]], None, None]:
    """A server, and a use of one object that was taken once from one client."""
    make, reach, use = LOOP_USES[name]
    with ExitStack() as stack:
        server = stack.enter_context(LoopbackServer())
        stack.enter_context(nothing_left_over())
        client = make(api_key=API_KEY, base_url=server.base_url, max_retries=0)
        held = reach(client)
        yield server, lambda: use(held)


async def _three_times(call: Callable[[], Any]) -> None:
    for _ in range(3):
        await call()


@all_loop_uses
def test_one_client_lives_through_one_event_loop_after_another(name: str) -> None:
    """What was taken once works in every `asyncio.run`; each loop keeps one connection, and leaves none behind."""
    with one_held(name) as (server, call):
        for _ in range(3):
            asyncio.run(_three_times(call))
        assert len(server.sent) == 9
        assert server.connections == 3


@all_loop_uses
def test_one_client_lives_in_two_event_loops_at_once(name: str) -> None:
    """Two threads, each with a loop, use the same object at the same time."""
    together = threading.Barrier(2)
    with one_held(name) as (server, call):

        async def main() -> None:
            for _ in range(3):
                together.wait(300)  # blocks the loop on purpose: both are in the middle of their work now
                await call()

        with ThreadPoolExecutor(2) as threads:
            for outcome in [threads.submit(asyncio.run, main()) for _ in range(2)]:
                outcome.result(300)
        assert len(server.sent) == 6
        assert server.connections == 2


@all_loop_uses
def test_one_client_lives_under_trio_and_asyncio(name: str) -> None:
    """The same object works under trio, before and after asyncio."""
    with one_held(name) as (server, call):
        trio.run(_three_times, call)
        asyncio.run(_three_times(call))
        trio.run(_three_times, call)
        assert len(server.sent) == 9
        assert server.connections == 3


@all_loop_uses
def test_tasks_of_a_loop_share_its_connections(name: str) -> None:
    """64 tasks at once get their answers, and their connections are there for the next."""
    with one_held(name) as (server, call):

        async def main() -> int:
            await asyncio.gather(*(call() for _ in range(64)))
            opened = server.connections
            await _three_times(call)
            return opened

        opened = asyncio.run(main())
        assert len(server.sent) == 67
        assert server.connections == opened


def test_streams_live_through_one_event_loop_after_another() -> None:
    """Streaming, too, works in every loop, on as many connections as a plain client opens in each."""

    async def three_streams(completions: Any) -> None:
        for _ in range(3):
            async with await completions.create(**HELLO, stream=True) as stream:
                assert len([chunk async for chunk in stream]) == len(PIECES) + 2

    async def plainly(base_url: str) -> None:
        async with AsyncOpenAI(api_key=API_KEY, base_url=f"{base_url}/openai/") as plain:
            await three_streams(plain.chat.completions)

    with LoopbackServer() as server:
        asyncio.run(plainly(server.base_url))
        connections_of_plain = server.connections
    with LoopbackServer() as server, nothing_left_over():
        held = AsyncVLMRun(api_key=API_KEY, base_url=server.base_url).agent.completions
        for _ in range(3):
            asyncio.run(three_streams(held))
        assert server.connections == 3 * connections_of_plain


def test_a_loop_that_is_gone_is_let_go() -> None:
    """A client that lives long does not hold on to every event loop that it was used in."""
    client = AsyncVLMRun(api_key=API_KEY, base_url=BASE_URL)
    completions, native = client.agent.completions, client.agent

    async def main() -> None:
        await completions.create(**HELLO)
        await native.list()

    with fake_wire() as sent:
        gone: list[weakref.ref[asyncio.AbstractEventLoop]] = []
        for _ in range(3):
            # Without `asyncio.run`, so without the goodbye that it gives to asynchronous generators.
            loop = asyncio.new_event_loop()
            loop.run_until_complete(main())
            loop.close()
            gone.append(weakref.ref(loop))
            del loop
        asyncio.run(main())
        gc.collect()
    assert len(sent) == 8
    assert [reference() for reference in gone] == [None] * 3


def test_cookies_are_shared_as_one_plain_client_would() -> None:
    """A cookie that the server sets in one call comes back in the next, whichever loop that runs in."""

    def answer(sent: Sent) -> Answer:
        normal = vlm_run(sent)
        return Answer(normal.status, normal.body, {**normal.headers, "set-cookie": "route=7; Path=/"})

    with fake_wire(answer) as sent:
        completions = AsyncVLMRun(api_key=API_KEY, base_url=BASE_URL).agent.completions

        async def main() -> None:
            await completions.create(**HELLO)

        asyncio.run(main())
        asyncio.run(main())
    assert [one.header("cookie") for one in sent] == [None, "route=7"]


# Closing --------------------------------------------------------------------------------------------------------------


def _uses(client: type[VLMRun | AsyncVLMRun]) -> Mapping[str, Use]:
    uses: dict[str, Use] = {
        "native": lambda c: c.agent.list(),
        "healthcheck": lambda c: c.healthcheck(),
        "openai": lambda c: c.openai,
        "async_openai": lambda c: c.async_openai,
        "completions": lambda c: c.agent.completions,
        "async_completions": lambda c: c.agent.async_completions,
    }
    return {f"{client.__name__} {name}": use for name, use in uses.items()}


USES = {**_uses(VLMRun), **_uses(AsyncVLMRun)}
all_uses = pytest.mark.parametrize("name", USES)


async def _close(client: VLMRun | AsyncVLMRun) -> None:
    if isinstance(client, AsyncVLMRun):
        await client.close()
    else:
        client.close()


async def _use(client: VLMRun | AsyncVLMRun, name: str) -> Any:
    result = USES[name](client)
    return await result if inspect.isawaitable(result) else result


def _client(name: str) -> VLMRun | AsyncVLMRun:
    make = AsyncVLMRun if name.startswith("Async") else VLMRun
    return make(api_key=API_KEY, base_url=BASE_URL, max_retries=0)


@all_uses
def test_a_closed_client_says_so(name: str) -> None:
    """After `close`, whatever is reached for first is a `ClientError` that says why, and nothing is sent."""

    async def main() -> None:
        client = _client(name)
        await _close(client)
        await _close(client)  # twice is fine
        with pytest.raises(ClientError, match="closed") as caught:
            await _use(client, name)
        assert caught.value.suggestion
        assert caught.value.error_type == "closed"

    with fake_wire() as sent:
        asyncio.run(main())
    assert sent == []


@all_uses
def test_a_client_that_is_closed_after_use_says_so(name: str) -> None:
    """It makes no difference to that whether the client was used before."""

    async def main() -> None:
        client = _client(name)
        await _use(client, name)
        await _close(client)
        with pytest.raises(ClientError, match="closed"):
            await _use(client, name)

    with fake_wire():
        asyncio.run(main())


@all_uses
def test_closing_a_copy_closes_both(name: str) -> None:
    """A copy made by `with_options` shares the connections, so closing either closes both."""

    async def main() -> None:
        client, other = _client(name), _client(name)
        await _close(client.with_options(timeout=1))
        with pytest.raises(ClientError, match="closed"):
            await _use(client, name)
        copy = other.with_options(timeout=1)
        await _close(other)
        with pytest.raises(ClientError, match="closed"):
            await _use(copy, name)

    with fake_wire() as sent:
        asyncio.run(main())
    assert sent == []


def test_with_closes() -> None:
    """Leaving `with` closes the client and the connections of its accessor."""
    with VLMRun(api_key=API_KEY, base_url=BASE_URL) as client, fake_wire():
        held = client.openai
        client.agent.completions.create(**HELLO)
        assert not held.is_closed()
    assert held.is_closed()
    with pytest.raises(ClientError, match="closed"):
        client.agent.list()


def test_async_with_closes() -> None:
    """Leaving `async with` closes the client and the connections of its accessor."""

    async def main() -> None:
        async with AsyncVLMRun(api_key=API_KEY, base_url=BASE_URL) as client:
            held = client.openai
            await client.agent.completions.create(**HELLO)
            assert not held.is_closed()
        assert held.is_closed()
        with pytest.raises(ClientError, match="closed"):
            await client.agent.list()

    with fake_wire():
        asyncio.run(main())


def test_completions_held_beyond_closing_send_nothing() -> None:
    """What was taken before closing is OpenAI's own: it fails as that does with a closed HTTP client."""
    as_openai_says_it = (openai.APIConnectionError, RuntimeError)  # the one around the other, in older versions
    with fake_wire() as sent:
        with VLMRun(api_key=API_KEY, base_url=BASE_URL, max_retries=0) as client:
            held = client.agent.completions
        with pytest.raises(as_openai_says_it) as caught:
            held.create(**HELLO)
        assert "closed" in f"{caught.value} {caught.value.__cause__}"

        async def main() -> None:
            async with AsyncVLMRun(api_key=API_KEY, base_url=BASE_URL, max_retries=0) as client:
                async_held = client.agent.completions
            with pytest.raises(as_openai_says_it) as caught:
                await async_held.create(**HELLO)
            assert "closed" in f"{caught.value} {caught.value.__cause__}"

        asyncio.run(main())
    assert sent == []


@pytest.mark.parametrize("close", [True, False], ids=["closed", "let go"])
def test_no_connection_is_left_over(close: bool) -> None:
    """Connections of native calls and accessors are closed by `close`, and by letting the client go."""
    with LoopbackServer() as server, nothing_left_over():
        client = VLMRun(api_key=API_KEY, base_url=server.base_url)
        client.agent.completions.create(**HELLO)
        client.agent.list()
        if close:
            client.close()
        del client

        async def main() -> None:
            async_client = AsyncVLMRun(api_key=API_KEY, base_url=server.base_url)
            await async_client.agent.completions.create(**HELLO)
            await async_client.agent.list()
            if close:
                await async_client.close()

        asyncio.run(main())
    assert [sent.method for sent in server.sent] == ["POST", "GET", "POST", "GET"]


def test_a_stream_that_is_left_early_leaves_nothing_over() -> None:
    """A stream that is read no further is no leak, once it and its client are closed."""
    with LoopbackServer() as server, nothing_left_over():

        async def main() -> Any:
            async with (
                AsyncVLMRun(api_key=API_KEY, base_url=server.base_url) as client,
                await client.agent.completions.create(**HELLO, stream=True) as stream,
            ):
                return await anext(aiter(stream))

        assert asyncio.run(main()).id == COMPLETION["id"]


def test_the_client_of_the_readme() -> None:
    """PLAN.md's usage, word for word but for the address: a client, a question, an answer."""
    with LoopbackServer() as server:
        client = VLMRun(api_key="your-key", base_url=server.base_url)
        response = client.agent.completions.create(
            model="vlmrun-orion-1:auto", messages=[{"role": "user", "content": "Hello!"}]
        )
        assert response.choices[0].message.content == '{"total": 12.5}'
        assert client.agent.get(name=AGENT["name"]).prompt == AGENT["prompt"]
        client.close()
