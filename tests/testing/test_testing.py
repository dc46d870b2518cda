"""Results and chats that are made in one line, for tests of applications."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest
from pydantic import BaseModel, Field

from vlmrun import testing, webhooks
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
    assert run.raw.model_dump()["completed_at"] is not None
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


def test_a_webhook() -> None:
    """It is what VLM Run sends: signed, and read as a prediction or an execution."""
    made = testing.webhook(testing.prediction(Invoice(total=25.0)), "whsec_test")
    event = webhooks.parse(made.body, made.signature, "whsec_test", response_model=Invoice)
    assert (event.response, event.execution) == (Invoice(total=25.0), None)
    assert made.headers == {"Content-Type": "application/json", webhooks.SIGNATURE_HEADER: made.signature}
    assert not webhooks.verify(made.body, made.signature, "another")
    run = testing.agent_run(Invoice(total=25.0), execution_id="e")
    for job in (run, run.raw):
        sent = testing.webhook(job, b"whsec_test")
        executed = webhooks.parse(sent.body, sent.signature, "whsec_test")
        assert (executed.id, executed.response, executed.prediction) == ("e", {"total": 25.0}, None)
    failed = testing.webhook(testing.prediction(None, status="failed", message="Empty."), "s")
    told = webhooks.parse(failed.body, failed.signature, "s")
    assert told.prediction is not None
    assert (told.status, told.response, told.prediction.message) == ("failed", None, "Empty.")
    assert "25.0" not in repr(made)


def test_a_webhook_has_the_names_of_the_wire() -> None:
    """Not those of the attributes."""

    class Named(BaseModel):
        """An answer with an alias."""

        total: float = Field(alias="sum")

    made = testing.webhook(testing.prediction(Named(sum=1)), "s")
    assert webhooks.parse(made.body, made.signature, "s", response_model=Named).response == Named(sum=1)


def test_what_sends_no_webhook_is_refused() -> None:
    """A chat, an answer alone, and an empty secret, which verifies nothing."""
    run = testing.agent_run("Yes.")
    chat = AgentRun("Yes.", "Yes.", None, (), "s", None, "a completion")
    for job in (chat, Invoice(total=1), None):
        with pytest.raises(InputError, match=r"^job must be a prediction or an execution"):
            testing.webhook(job, "s")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # is refused
    with pytest.raises(InputError, match=r"^secret must not be empty"):
        testing.webhook(run, "")
    with pytest.raises(InputError, match=r"^secret must be a str or bytes"):
        testing.webhook(run, 25)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # is refused


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
