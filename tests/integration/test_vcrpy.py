"""vcrpy records and replays the calls of both colours, as docs/testing.md says."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vlmrun import AsyncVLMRun, VLMRun, content
from vlmrun.client.types import AgentExecutionConfig
from vlmrun.local import LocalServer

pytest.importorskip("openai", reason="chats need openai")
vcr: Any = pytest.importorskip("vcr", reason="needs Python 3.11")

KEY = "vlm-key-of-the-real-server"
PAGE = Path(__file__).parents[2] / "docs/testing.md"
MODEL = "vlmrun-orion-2:auto"


def use(key: str, base_url: str) -> object:
    with VLMRun(key, base_url, max_retries=0) as client:
        execution = client.agent.execute(config=AgentExecutionConfig(prompt="Read it."))
        statuses = [client.executions.get(execution.id).status for _ in range(3)]
        chat = client.agent.completions.create(model=MODEL, messages=[content.user("Hi")])
        with client.agent.completions.create(model=MODEL, messages=[content.user("Hi")], stream=True) as stream:
            text = "".join(chunk.choices[0].delta.content or "" for chunk in stream)
        return execution.id, statuses, chat.id, text


def use_async(key: str, base_url: str) -> object:
    async def calls() -> object:
        async with AsyncVLMRun(key, base_url, max_retries=0) as client:
            execution = await client.agent.execute(config=AgentExecutionConfig(prompt="Read it."))
            statuses = [(await client.executions.get(execution.id)).status for _ in range(3)]
            chat = await client.agent.completions.create(model=MODEL, messages=[content.user("Hi")])
            async with await client.agent.completions.create(
                model=MODEL, messages=[content.user("Hi")], stream=True
            ) as stream:
                text = "".join([chunk.choices[0].delta.content or "" async for chunk in stream])
            return execution.id, statuses, chat.id, text

    return asyncio.run(calls())


@pytest.mark.parametrize("calls", [use, use_async])
def test_a_cassette_has_all_calls(tmp_path: Path, calls: Callable[[str, str], object]) -> None:
    """With the options of the page: replayed without the server, with the polls in order, and without the key."""
    (code,) = re.findall(r"^```py\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    options = code[: code.index("@recorder")].replace("tests/cassettes", str(tmp_path))
    scope: dict[str, Any] = {}
    exec(options, scope)  # noqa: S102  # the code of our page
    recorder = scope["recorder"]
    with LocalServer(api_key=KEY) as server, recorder.use_cassette("calls.yaml"):
        base_url = server.base_url
        recorded = calls(KEY, base_url)
        asked = len(server.requests)
    with recorder.use_cassette("calls.yaml", record_mode="none") as cassette:
        assert calls("another-key", base_url) == recorded
        assert cassette.play_count == asked == 6
    assert KEY not in (tmp_path / "calls.yaml").read_text(encoding="utf-8")
