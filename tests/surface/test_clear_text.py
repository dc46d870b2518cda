"""A key that travels in the clear is worth a warning, once, where the client is made."""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import pytest

from support.colours import Colour, both_colours
from support.wire import fake_wire
from vlmrun import AsyncVLMRun, VLMRun
from vlmrun.client.urls import is_in_the_clear, normalize_base_url

CLEAR = ["http://example.com", "http://10.0.0.7:8000/v1", "http://[2001:db8::1]/", "http://localhost.example.com"]
SAFE = [
    "https://example.com",
    "http://localhost:8000/v1",
    "http://vlm.localhost",
    "http://127.0.0.1",
    "http://127.8.9.10:1/v1",
    "http://[::1]:8000",
]

both = pytest.mark.parametrize("kind", [VLMRun, AsyncVLMRun])


@both
@pytest.mark.parametrize("url", CLEAR)
def test_http_to_another_machine_warns(kind: type[VLMRun | AsyncVLMRun], url: str) -> None:
    """The warning points at the line that makes the client, and does not quote the key."""
    with pytest.warns(UserWarning, match="in the clear") as caught:
        kind(api_key="secret-key", base_url=url)
    [warning] = caught
    assert warning.filename == __file__
    assert "secret-key" not in str(warning.message)


@both
@pytest.mark.parametrize("url", SAFE)
def test_what_stays_on_this_machine_or_is_encrypted_does_not(kind: type[VLMRun | AsyncVLMRun], url: str) -> None:
    """A server on this machine is no reason to warn, however its address is written."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        kind(api_key="k", base_url=url)
    assert not is_in_the_clear(normalize_base_url(url))


@both
def test_it_is_said_once(kind: type[VLMRun | AsyncVLMRun]) -> None:
    """A copy, or a client that was pickled, goes to the same place, of which it was said; another place is news."""
    with pytest.warns(UserWarning, match="in the clear"):
        client = kind(api_key="k", base_url="http://example.com")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        client.with_options(timeout=5)
        client.with_options(base_url="http://example.com/")
        pickle.loads(pickle.dumps(client))  # noqa: S301  # our own bytes
    with pytest.warns(UserWarning, match="in the clear"):
        client.with_options(base_url="http://other.example.com")


CALLS: dict[str, Callable[[Any], Any]] = {
    "native": lambda client: client.agent.list(),
    "copy": lambda client: client.with_options(timeout=5).agent.list(),
}
CHATS: dict[str, Callable[[Any], Any]] = {
    "chat": lambda client: client.agent.completions.create(model="m", messages=[{"role": "user", "content": "hi"}]),
    "copy of OpenAI's": lambda client: client.openai.with_options(timeout=5).models.list(),
}


@both_colours
@pytest.mark.parametrize("name", [*CALLS, *(CHATS if find_spec("openai") else ())])
def test_calls_do_not_say_it_again(colour: Colour, name: str) -> None:
    """Neither native calls nor the accessors: what was said where the client was made is enough."""
    with pytest.warns(UserWarning, match="in the clear") as caught, fake_wire() as sent:
        colour.run({**CALLS, **CHATS}[name], base_url="http://example.com/v1")
    assert len(sent) == len(caught) == 1
