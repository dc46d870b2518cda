"""pydantic-ai on `client.async_openai`, which its blocking methods use, too."""

from __future__ import annotations

import asyncio

import pytest
from pydantic_ai import Agent, BinaryContent, NativeOutput, PromptedOutput
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

from cases import INVOICE, MODEL, PDF, PNG, Invoice, call, files_asked, roles_asked, tools_asked
from vlmrun import AsyncVLMRun, VLMRun
from vlmrun.local import Answer, LocalServer


def _model(client: VLMRun | AsyncVLMRun) -> OpenAIChatModel:
    return OpenAIChatModel(MODEL, provider=OpenAIProvider(openai_client=client.async_openai))


def test_a_typed_answer(vlmrun_server: LocalServer, vlmrun_client: VLMRun) -> None:
    """By default the output is a call of the tool `final_result`."""
    vlmrun_server.answer(call("final_result", INVOICE.model_dump()))
    result = Agent(_model(vlmrun_client), output_type=Invoice, instructions="Be exact.").run_sync("Read it.")
    assert result.output == INVOICE
    assert tools_asked(vlmrun_server) == ["final_result"]
    assert vlmrun_server.requests[-1].chat.tool_choice == "required"


def test_a_typed_answer_async(vlmrun_server: LocalServer, async_vlmrun_client: AsyncVLMRun) -> None:
    """As above, async."""
    vlmrun_server.answer(call("final_result", INVOICE.model_dump()))
    result = asyncio.run(Agent(_model(async_vlmrun_client), output_type=Invoice).run("Read it."))
    assert result.output == INVOICE
    assert tools_asked(vlmrun_server) == ["final_result"]


def test_an_answer_that_is_not_told(vlmrun_server: LocalServer, vlmrun_client: VLMRun) -> None:
    """The server fills the schema: the answer has the right type."""
    result = Agent(_model(vlmrun_client), output_type=Invoice).run_sync("Read it.")
    assert isinstance(result.output, Invoice)
    assert len(vlmrun_server.requests) == 1


def test_a_tool_and_then_an_answer_that_are_not_told(vlmrun_server: LocalServer, vlmrun_client: VLMRun) -> None:
    """The server calls one tool after the other, so that a run comes to its end."""
    agent = Agent(_model(vlmrun_client), output_type=Invoice)

    @agent.tool_plain
    def price(item: str) -> str:
        return f"The price of {item} is 25.0"

    assert isinstance(agent.run_sync("What does it cost?").output, Invoice)
    assert len(vlmrun_server.requests) == 2


def test_files(vlmrun_server: LocalServer, vlmrun_client: VLMRun) -> None:
    """An image and a document arrive as they are."""
    vlmrun_server.answer("Twenty-five.")
    parts = ["Read them.", BinaryContent(PNG, media_type="image/png"), BinaryContent(PDF, media_type="application/pdf")]
    Agent(_model(vlmrun_client)).run_sync(parts)
    assert files_asked(vlmrun_server) == [("image", PNG), ("file", PDF)]


def test_usage(vlmrun_server: LocalServer, vlmrun_client: VLMRun) -> None:
    """What the test says of the usage is the usage of the run."""
    vlmrun_server.answer(Answer(text="Yes.", usage={"prompt_tokens": 7, "completion_tokens": 2}))
    usage = Agent(_model(vlmrun_client)).run_sync("Read it.").usage
    assert (usage.input_tokens, usage.output_tokens) == (7, 2)


def test_a_text(vlmrun_server: LocalServer, vlmrun_client: VLMRun) -> None:
    """An agent without an output type answers text."""
    vlmrun_server.answer("Twenty-five.", when="Be exact.")
    assert Agent(_model(vlmrun_client), instructions="Be exact.").run_sync("Read it.").output == "Twenty-five."


@pytest.mark.parametrize("output", [NativeOutput(Invoice), PromptedOutput(Invoice)], ids=["native", "prompted"])
def test_other_outputs(
    vlmrun_server: LocalServer, vlmrun_client: VLMRun, output: NativeOutput[Invoice] | PromptedOutput[Invoice]
) -> None:
    """A `response_format`, and a prompt that asks for JSON."""
    vlmrun_server.answer(INVOICE)
    assert Agent(_model(vlmrun_client), output_type=output).run_sync("Read it.").output == INVOICE
    assert tools_asked(vlmrun_server) == []


def test_a_tool_and_then_an_answer(vlmrun_server: LocalServer, vlmrun_client: VLMRun) -> None:
    """A tool is run with the model's arguments, and the model sees its result."""
    agent = Agent(_model(vlmrun_client), output_type=Invoice)

    @agent.tool_plain
    def price(item: str) -> float:
        return {"Rad": 25.0}[item]

    vlmrun_server.answer(call("price", {"item": "Rad"}), times=1)
    vlmrun_server.answer(call("final_result", INVOICE.model_dump()))
    assert agent.run_sync("What does it cost?").output == INVOICE
    assert tools_asked(vlmrun_server) == ["price", "final_result"]
    assert roles_asked(vlmrun_server) == ["user", "assistant", "tool"]
    assert vlmrun_server.requests[-1].chat.messages[-1].content == "25.0"


def test_an_answer_that_does_not_fit(vlmrun_server: LocalServer, vlmrun_client: VLMRun) -> None:
    """The model is told what is wrong, and its second answer is taken."""
    vlmrun_server.answer(call("final_result", {"total": "twenty", "items": []}), times=1)
    vlmrun_server.answer(call("final_result", INVOICE.model_dump()))
    assert Agent(_model(vlmrun_client), output_type=Invoice).run_sync("Read it.").output == INVOICE
    assert roles_asked(vlmrun_server) == ["user", "assistant", "tool"]
    assert "valid number" in str(vlmrun_server.requests[-1].body)


def test_a_stream(vlmrun_server: LocalServer, async_vlmrun_client: AsyncVLMRun) -> None:
    """Text comes in pieces, and a typed output at its end."""

    async def stream() -> tuple[list[str], Invoice]:
        vlmrun_server.answer(Answer(chunks=["Twenty", "-five."]), times=1)
        async with Agent(_model(async_vlmrun_client)).run_stream("Read it.") as words:
            pieces = [piece async for piece in words.stream_text(delta=True, debounce_by=None)]
        vlmrun_server.answer(call("final_result", INVOICE.model_dump()))
        async with Agent(_model(async_vlmrun_client), output_type=Invoice).run_stream("Read it.") as typed:
            return pieces, await typed.get_output()

    assert asyncio.run(stream()) == (["Twenty", "-five."], INVOICE)
    assert all(request.chat.stream for request in vlmrun_server.requests)
