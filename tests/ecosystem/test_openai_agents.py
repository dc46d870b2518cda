"""openai-agents on `client.async_openai`, which its blocking methods use, too."""

from __future__ import annotations

import asyncio
import base64

import pytest
from agents import Agent, ModelRefusalError, OpenAIChatCompletionsModel, Runner, function_tool
from openai.types.responses import ResponseTextDeltaEvent

from cases import INVOICE, MODEL, PNG, Invoice, call, files_asked, format_asked, roles_asked, tools_asked
from vlmrun import AsyncVLMRun, VLMRun
from vlmrun.local import Answer, LocalServer


@function_tool
def price(item: str) -> float:
    """What an item costs."""
    return {"Rad": 25.0}[item]


def _model(client: VLMRun | AsyncVLMRun) -> OpenAIChatCompletionsModel:
    return OpenAIChatCompletionsModel(MODEL, client.async_openai)


def _agent(client: VLMRun | AsyncVLMRun) -> Agent[None]:
    return Agent("clerk", instructions="Be exact.", model=_model(client), tools=[price])


def _was_called(server: LocalServer) -> None:
    assert [tools_asked(server, index) for index in (0, 1)] == [["price"], ["price"]]
    assert roles_asked(server, 0) == ["system", "user"]
    assert roles_asked(server, 1) == ["system", "user", "assistant", "tool"]
    assert server.requests[1].chat.messages[-1].content == "25.0"


def test_a_tool_and_then_an_answer(vlmrun_server: LocalServer, vlmrun_client: VLMRun) -> None:
    """A tool is run with the model's arguments, and the model sees its result."""
    vlmrun_server.answer(call("price", {"item": "Rad"}), times=1)
    vlmrun_server.answer("Twenty-five.")
    assert Runner.run_sync(_agent(vlmrun_client), "What does it cost?").final_output == "Twenty-five."
    _was_called(vlmrun_server)


def test_a_tool_and_then_an_answer_async(vlmrun_server: LocalServer, async_vlmrun_client: AsyncVLMRun) -> None:
    """As above, async."""
    vlmrun_server.answer(call("price", {"item": "Rad"}), times=1)
    vlmrun_server.answer("Twenty-five.")
    result = asyncio.run(Runner.run(_agent(async_vlmrun_client), "What does it cost?"))
    assert result.final_output == "Twenty-five."
    _was_called(vlmrun_server)


def test_a_tool_in_a_stream(vlmrun_server: LocalServer, async_vlmrun_client: AsyncVLMRun) -> None:
    """As above, with the text in pieces."""
    vlmrun_server.answer(call("price", {"item": "Rad"}), times=1)
    vlmrun_server.answer(Answer(chunks=["Twenty", "-five."]))

    async def stream() -> list[str]:
        running = Runner.run_streamed(_agent(async_vlmrun_client), "What does it cost?")
        pieces = [
            event.data.delta
            async for event in running.stream_events()
            if event.type == "raw_response_event" and isinstance(event.data, ResponseTextDeltaEvent)
        ]
        assert running.final_output == "Twenty-five."
        return pieces

    assert asyncio.run(stream()) == ["Twenty", "-five."]
    _was_called(vlmrun_server)
    assert all(request.chat.stream for request in vlmrun_server.requests)


def test_a_typed_answer(vlmrun_server: LocalServer, vlmrun_client: VLMRun) -> None:
    """An output type is a schema that the answer follows."""
    vlmrun_server.answer(INVOICE)
    agent = Agent[None]("clerk", model=_model(vlmrun_client), output_type=Invoice)
    assert Runner.run_sync(agent, "Read it.").final_output_as(Invoice) == INVOICE
    assert format_asked(vlmrun_server) == "json_schema"


def test_an_answer_that_is_not_told(vlmrun_server: LocalServer, vlmrun_client: VLMRun) -> None:
    """The server fills the schema: the answer has the right type."""
    agent = Agent[None]("clerk", model=_model(vlmrun_client), output_type=Invoice)
    assert isinstance(Runner.run_sync(agent, "Read it.").final_output, Invoice)
    assert len(vlmrun_server.requests) == 1


def test_a_handoff(vlmrun_server: LocalServer, vlmrun_client: VLMRun) -> None:
    """An agent hands over to another, which answers."""
    other = Agent[None]("accountant", instructions="Add.", model=_model(vlmrun_client))
    first = Agent[None]("clerk", model=_model(vlmrun_client), handoffs=[other])
    vlmrun_server.answer(call("transfer_to_accountant", {}), times=1)
    vlmrun_server.answer("Twenty-five.")
    result = Runner.run_sync(first, "Add it up.")
    assert (result.final_output, result.last_agent.name) == ("Twenty-five.", "accountant")
    assert tools_asked(vlmrun_server, 0) == ["transfer_to_accountant"]


def test_a_refusal(vlmrun_server: LocalServer, vlmrun_client: VLMRun) -> None:
    """A refusal is an error where a type is expected."""
    vlmrun_server.answer(Answer(refusal="I cannot read this."))
    agent = Agent[None]("clerk", model=_model(vlmrun_client), output_type=Invoice)
    with pytest.raises(ModelRefusalError, match="I cannot read this"):
        Runner.run_sync(agent, "Read it.")


def test_an_image(vlmrun_server: LocalServer, vlmrun_client: VLMRun) -> None:
    """An image arrives as it is."""
    vlmrun_server.answer("Twenty-five.")
    url = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
    Runner.run_sync(
        Agent[None]("clerk", model=_model(vlmrun_client)),
        [{"role": "user", "content": [{"type": "input_image", "image_url": url, "detail": "auto"}]}],
    )
    assert files_asked(vlmrun_server) == [("image", PNG)]
