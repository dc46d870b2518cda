"""LiteLLM on the clients of `VLMRun`."""

from __future__ import annotations

import asyncio

import litellm
from litellm.types.utils import ModelResponse

from cases import INVOICE, MODEL, Invoice, call, format_asked, tools_asked
from vlmrun import AsyncVLMRun, VLMRun
from vlmrun.local import Answer, LocalServer

NAME = f"openai/{MODEL}"
QUESTION = [{"role": "user", "content": "Read it."}]
TOOLS = [{"type": "function", "function": {"name": "Invoice", "parameters": Invoice.model_json_schema()}}]


def test_a_text(vlmrun_server: LocalServer, vlmrun_client: VLMRun) -> None:
    vlmrun_server.answer("Twenty-five.")
    answer = litellm.completion(NAME, QUESTION, client=vlmrun_client.openai)
    assert isinstance(answer, ModelResponse)
    assert answer.choices[0].message.content == "Twenty-five."
    assert vlmrun_server.requests[-1].model == MODEL


def test_a_stream_async(vlmrun_server: LocalServer, async_vlmrun_client: AsyncVLMRun) -> None:
    vlmrun_server.answer(Answer(chunks=["Twenty", "-five."]))

    async def stream() -> list[str]:
        pieces = await litellm.acompletion(NAME, QUESTION, client=async_vlmrun_client.openai, stream=True)
        return [piece.choices[0].delta.content async for piece in pieces if piece.choices[0].delta.content]

    assert asyncio.run(stream()) == ["Twenty", "-five."]


def test_a_tool(vlmrun_server: LocalServer, vlmrun_client: VLMRun) -> None:
    vlmrun_server.answer(call("Invoice", INVOICE.model_dump()))
    answer = litellm.completion(NAME, QUESTION, client=vlmrun_client.openai, tools=TOOLS, tool_choice="required")
    (one,) = answer.choices[0].message.tool_calls
    assert Invoice.model_validate_json(one.function.arguments) == INVOICE
    assert tools_asked(vlmrun_server) == ["Invoice"]


def test_a_typed_answer(vlmrun_server: LocalServer, vlmrun_client: VLMRun) -> None:
    answer = litellm.completion(NAME, QUESTION, client=vlmrun_client.openai, response_format=Invoice)
    Invoice.model_validate_json(answer.choices[0].message.content)
    assert format_asked(vlmrun_server) == "json_schema"
