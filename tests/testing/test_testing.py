"""Results and chats that are made in one line, for tests of applications."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest
from pydantic import BaseModel

from vlmrun import testing
from vlmrun.client.exceptions import InputError
from vlmrun.client.types import CreditUsage
from vlmrun.protocols import SupportsAsyncCompletions, SupportsAsyncOpenAI, SupportsCompletions, SupportsOpenAI
from vlmrun.results import AgentRun


class Invoice(BaseModel):
    """What an application extracts."""

    total: float


def test_a_run() -> None:
    """It is what `client.agent.run` returns, with the same `repr` and dump."""
    run: AgentRun[Invoice] = testing.agent_run(Invoice(total=25.0), usage=CreditUsage(credits_used=3), artifacts=["a"])
    assert run.output.total == 25.0
    assert run.text == '{"total":25.0}'
    assert run.model_dump()["output"] == {"total": 25.0}
    assert "Invoice(total=25.0)" in repr(run)
    assert run.artifacts == ("a",)
    assert testing.agent_run("Yes.").text == "Yes."
    assert testing.agent_run("Yes.").raw.response == "Yes."


def test_a_prediction() -> None:
    """It is what `generate` returns; its fields can be asked for."""
    made = testing.prediction(Invoice(total=25.0), domain="document.invoice")
    assert made.response.total == 25.0
    assert (made.status, made.domain) == ("completed", "document.invoice")
    assert made.field("total").value == 25.0
    failed = testing.prediction(None, status="failed", message="The page is empty.")
    assert (failed.status, failed.message) == ("failed", "The page is empty.")


def _ask(chat: SupportsCompletions) -> str | None:
    """An application."""
    answer = chat.completions.create(model="m", messages=[{"role": "user", "content": "Hi"}])
    return answer.choices[0].message.content


async def _ask_async(chat: SupportsAsyncCompletions) -> str | None:
    answer = await chat.completions.create(model="m", messages=[{"role": "user", "content": "Hi"}])
    return answer.choices[0].message.content


def test_a_chat() -> None:
    """It is OpenAI's own, whole, streamed and parsed; nothing is sent."""
    pytest.importorskip("openai", reason="a chat is OpenAI's")
    chat = testing.FakeChat(Invoice(total=25.0))
    assert _ask(chat) == '{"total":25.0}'
    parsed = chat.completions.parse(model="m", messages=[{"role": "user", "content": "Hi"}], response_format=Invoice)
    assert parsed.choices[0].message.parsed == Invoice(total=25.0)
    stream = chat.completions.create(model="m", messages=[{"role": "user", "content": "Hi"}], stream=True)
    assert [chunk.choices[0].delta.content for chunk in stream] == ['{"total":25.0}']
    assert isinstance(chat, SupportsOpenAI)
    assert chat.openai.chat.completions is chat.completions


def test_an_async_chat() -> None:
    """In any event loop."""
    pytest.importorskip("openai", reason="a chat is OpenAI's")
    chat = testing.FakeAsyncChat({"total": 25})
    assert [asyncio.run(_ask_async(chat)) for _ in range(2)] == ['{"total": 25}'] * 2
    assert isinstance(chat, SupportsAsyncOpenAI)


@pytest.mark.parametrize("kind", [testing.FakeChat, testing.FakeAsyncChat])
def test_a_reply_that_cannot_be_is_refused(kind: type[testing.FakeChat | testing.FakeAsyncChat]) -> None:
    """With its name."""
    with pytest.raises(InputError, match=r"^reply must be"):
        kind(25)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # is refused


def test_importing_is_cheap() -> None:
    """What a test session pays that loads the plugin, and does not use it."""
    code = "import sys, vlmrun.testing, vlmrun.testing.plugin; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()  # noqa: S603  # our own code
    heavy = {"starlette", "uvicorn", "httpx2", "httpx", "openai", "pydantic", "PIL"}
    assert "vlmrun.testing.plugin" in loaded
    assert sorted({name.partition(".")[0] for name in loaded} & heavy) == []
