"""On the wire: requests go to the base URL that was given, and nowhere else.

What is compared is what a server would see: the scheme, the `Host` header and the raw request target.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import pytest
import respx
from hypothesis import assume, given, settings

from support import broken
from support import strategies as examples
from support.broken import breaks
from support.colours import Colour, both_colours
from support.strategies import BaseURL
from vlmrun._http import requests
from vlmrun.client.exceptions import InputError

AGENT = {
    "id": "a",
    "name": "n",
    "created_at": "2026-01-01T00:00:00Z",
    "updated_at": "2026-01-01T00:00:00Z",
    "status": "completed",
}
COMPLETION = {
    "id": "c",
    "object": "chat.completion",
    "created": 1,
    "model": "m",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "hello"}}],
}

DEFAULT_PORTS = {"http": 80, "https": 443}

Sent = list[tuple[str, str, str]]


@contextmanager
def _wire(answer: object) -> Generator[Sent, None, None]:
    """Answers every request, and notes where each went: the scheme, the `Host` header and the request target."""
    sent: Sent = []

    def reply(request: httpx.Request) -> httpx.Response:
        url, host = request.url, request.headers["host"]
        assert (url.raw_host.decode(), url.port) == _address(url.scheme, host)
        sent.append((url.scheme, host, url.raw_path.decode()))
        return httpx.Response(200, json=answer)

    with respx.mock(assert_all_called=False) as router:
        router.route().mock(side_effect=reply)
        yield sent


def _address(scheme: str, host: str) -> tuple[str, int | None]:
    """The host and port that a connection is opened to, as the `Host` header names them."""
    parts = urlsplit(f"{scheme}://{host}")
    assert parts.hostname is not None
    return parts.hostname, parts.port


def _host_header(url: BaseURL) -> str:
    """What the `Host` header is to say: the port only where it is not the scheme's own."""
    if url.port is None or url.port == DEFAULT_PORTS[url.scheme]:
        return url.host.ascii
    return f"{url.host.ascii}:{url.port}"


def _target(client: Any, path: str) -> str:
    """The request target of a path below the client's base URL."""
    base_url: str = client.base_url
    return urlsplit(base_url).path + path


# What a lambda is given and gives back depends on the colour, hence `Any`; see `support.colours`.
def _goes_to(colour: Colour, url: BaseURL, path: str, answer: object, use: Callable[[Any], Any]) -> None:
    """What `use` makes of a client sends one request, to exactly `path` below the base URL."""
    expected: list[str] = []

    def call(client: Any) -> Any:
        assert client.base_url == url.normal
        expected.append(_target(client, path))
        return use(client)

    with _wire(answer) as sent:
        colour.run(call, base_url=url.text)
    assert sent == [(url.scheme, _host_header(url), expected[0])]


@both_colours
def test_chat_goes_to_the_openai_path(colour: Colour) -> None:
    """For every base URL, `completions.create` goes to exactly `<base>/openai/chat/completions`."""
    pytest.importorskip("openai", reason="sends a chat with the OpenAI SDK")

    def chat(client: Any) -> Any:
        return client.agent.completions.create(model="m", messages=[{"role": "user", "content": "hello"}])

    @settings(max_examples=50)
    @given(examples.base_urls())
    def holds(url: BaseURL) -> None:
        _goes_to(colour, url, "/openai/chat/completions", COMPLETION, chat)

    holds()


@both_colours
def test_listing_goes_to_its_path(colour: Colour) -> None:
    """For every base URL, `agent.list` goes to exactly `<base>/agent`."""

    @settings(max_examples=50)
    @given(examples.base_urls())
    def holds(url: BaseURL) -> None:
        _goes_to(colour, url, "/agent", [AGENT], lambda client: client.agent.list())

    holds()


@both_colours
def test_identifier_stays_in_its_segment(colour: Colour) -> None:
    """For every base URL and identifier, `agent.get_by_id` goes to exactly `<base>/agents/<identifier, encoded>`."""

    @settings(max_examples=60)
    @given(examples.base_urls(), examples.identifiers())
    def holds(url: BaseURL, identifier: str) -> None:
        assume(identifier not in (".", ".."))  # refused: see below
        path = f"/agents/{quote(identifier, safe='')}"
        _goes_to(colour, url, path, AGENT, lambda client: client.agent.get_by_id(identifier))

    holds()


@both_colours
@pytest.mark.parametrize("identifier", [".", "..", ""])
def test_identifier_that_no_encoding_protects_is_refused(colour: Colour, identifier: str) -> None:
    """A dot segment or an empty identifier would reach another route: it is an `InputError`, and nothing is sent."""
    with _wire(AGENT) as sent, pytest.raises(InputError):
        colour.run(lambda client: client.agent.get_by_id(identifier))
    assert sent == []


@both_colours
def test_identifier_that_is_no_unicode_is_refused(colour: Colour) -> None:
    """Half a surrogate pair has no encoding: it is an `InputError`, and nothing is sent."""
    with _wire(AGENT) as sent, pytest.raises(InputError):
        colour.run(lambda client: client.agent.get_by_id("\ud800"))
    assert sent == []


def _identifier_is_its_segment(colour: Colour, identifier: str) -> None:
    with _wire(AGENT) as sent:
        colour.run(lambda client: client.agent.get_by_id(identifier), base_url="https://vlmrun.test/v1")
    assert sent == [("https", "vlmrun.test", f"/v1/agents/{quote(identifier, safe='')}")]


@both_colours
def test_unencoded_identifier_fails_the_law(colour: Colour, monkeypatch: pytest.MonkeyPatch) -> None:
    """With identifiers pasted into the path, the law above fails."""
    monkeypatch.setattr(requests, "join", broken.join_unencoded)
    hostile = examples.identifiers().filter(lambda text: text.isascii() and text.isprintable())
    assert breaks(lambda identifier: _identifier_is_its_segment(colour, identifier), hostile)


@both_colours
def test_lost_port_fails_the_law(colour: Colour, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a base URL that has lost its port, the law above fails."""

    def without_port(argument: str, _: object) -> str:
        return broken.drop_port(argument)

    monkeypatch.setattr("vlmrun._arguments.config._base_url", without_port)
    urls = examples.base_urls(ports=examples.ports())
    assert breaks(
        lambda url: _goes_to(colour, url, "/agent", [AGENT], lambda client: client.agent.list()), urls
    )  # fmt: skip
