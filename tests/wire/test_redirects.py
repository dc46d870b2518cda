"""A redirect to another host is followed, and the key stays here."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import pytest

from support.colours import Colour, both_colours
from support.wire import Answer, LoopbackServer, Sent, vlm_run

CHAT: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}
USES: dict[str, Callable[[Any], Any]] = {
    "native": lambda client: client.agent.list(),
    "upload": lambda client: client.files.upload(b"%PDF-1.7", force=True),
}
if find_spec("openai") is not None:
    USES["chat"] = lambda client: client.agent.completions.create(**CHAT)
    USES["stream"] = lambda client: client.agent.completions.create(**CHAT, stream=True)


def redirected(colour: Colour, use: Callable[[Any], Any], status: int, *, elsewhere: bool, **options: Any) -> Sent:
    """What arrives where a call is redirected to: another server, or the same one."""
    with LoopbackServer() as other:

        def answer(sent: Sent) -> Answer:
            if "/moved" in sent.path:
                return vlm_run(Sent(sent.method, sent.url.replace("/moved", ""), sent.headers, sent.body))
            place = other.base_url if elsewhere else here.base_url.removesuffix("/v1") + "/moved/v1"
            return Answer(status, headers={"location": place + sent.url.partition("/v1")[2]})

        with LoopbackServer(answer) as here:
            colour.run(use, base_url=here.base_url, **options)
        assert here.sent[0].header("authorization") is not None
        return other.sent[-1] if elsewhere else here.sent[-1]


@both_colours
@pytest.mark.parametrize("status", [307, 308])
@pytest.mark.parametrize("use", USES.values(), ids=USES.keys())
def test_another_host_is_not_shown_the_key(colour: Colour, use: Callable[[Any], Any], status: int) -> None:
    """Another port is another host; the same one is shown the key again."""
    assert redirected(colour, use, status, elsewhere=True).header("authorization") is None
    assert redirected(colour, use, status, elsewhere=False).header("authorization") is not None


@both_colours
@pytest.mark.parametrize("use", USES.values(), ids=USES.keys())
def test_another_host_is_not_shown_the_headers_of_a_client(colour: Colour, use: Callable[[Any], Any]) -> None:
    """A default header may be a secret as well; what a request cannot be read without goes on."""
    options = {"default_headers": {"X-Gateway-Key": "secret"}}
    sent = redirected(colour, use, 307, elsewhere=True, **options)
    assert sent.header("x-gateway-key") is None
    again = redirected(colour, use, 307, elsewhere=False, **options)
    assert again.header("x-gateway-key") == "secret"
    left_out = {name for name in again.header_names - sent.header_names if not name.startswith("x-stainless-")}
    assert left_out == {"authorization", "x-gateway-key"}
