"""LangChain on the clients of `VLMRun`."""

from __future__ import annotations

import asyncio
import base64
from typing import Literal

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, SystemMessage, ToolMessage
from langchain_core.messages.ai import add_ai_message_chunks
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from langchain_openai.chat_models.base import OpenAIRefusalError

from cases import INVOICE, MODEL, PDF, PNG, Invoice, call, files_asked, format_asked, roles_asked, tools_asked
from vlmrun import VLMRun
from vlmrun.local import Answer, LocalServer

Method = Literal["function_calling", "json_schema"]
both_methods = pytest.mark.parametrize("method", ["function_calling", "json_schema"])


@tool
def price(item: str) -> float:
    """What an item costs."""
    return {"Rad": 25.0}[item]


def _model(client: VLMRun) -> ChatOpenAI:
    return ChatOpenAI(
        model=MODEL,
        root_client=client.openai,
        root_async_client=client.async_openai,
        client=client.agent.completions,
        async_client=client.agent.async_completions,
    )


def _answer(method: Method) -> Answer:
    return call("Invoice", INVOICE.model_dump()) if method == "function_calling" else Answer(output=INVOICE)


def test_a_text(vlmrun_server: LocalServer, vlmrun_client: VLMRun) -> None:
    """A system message and a question, answered and streamed."""
    vlmrun_server.answer(Answer(chunks=["Twenty", "-five."]), when="Be exact.")
    asked = [SystemMessage("Be exact."), HumanMessage("Read it.")]
    assert _model(vlmrun_client).invoke(asked).content == "Twenty-five."
    pieces = [piece.content for piece in _model(vlmrun_client).stream(asked)]
    assert [piece for piece in pieces if piece] == ["Twenty", "-five."]
    assert roles_asked(vlmrun_server) == ["system", "user"]


def test_a_text_async(vlmrun_server: LocalServer, vlmrun_client: VLMRun) -> None:
    """As above, async."""
    vlmrun_server.answer(Answer(chunks=["Twenty", "-five."]))

    async def ask() -> tuple[object, list[object]]:
        answer = await _model(vlmrun_client).ainvoke("Read it.")
        return answer.content, [piece.content async for piece in _model(vlmrun_client).astream("Read it.")]

    text, pieces = asyncio.run(ask())
    assert text == "Twenty-five."
    assert [piece for piece in pieces if piece] == ["Twenty", "-five."]


def test_tools(vlmrun_server: LocalServer, vlmrun_client: VLMRun) -> None:
    """bind_tools: the model calls a tool, sees its result, and answers."""
    vlmrun_server.answer(call("price", {"item": "Rad"}), times=1)
    vlmrun_server.answer("Twenty-five.")
    model = _model(vlmrun_client).bind_tools([price])
    question = HumanMessage("What does it cost?")
    called = model.invoke([question])
    assert isinstance(called, AIMessage)
    (one,) = called.tool_calls
    assert (one["name"], one["args"]) == ("price", {"item": "Rad"})
    result = price.invoke(one)
    assert isinstance(result, ToolMessage)
    assert model.invoke([question, called, result]).content == "Twenty-five."
    assert tools_asked(vlmrun_server) == ["price"]
    assert roles_asked(vlmrun_server) == ["user", "assistant", "tool"]
    assert vlmrun_server.requests[-1].chat.messages[-1].content == "25.0"


def test_tools_async(vlmrun_server: LocalServer, vlmrun_client: VLMRun) -> None:
    """A tool that is required is called, with arguments that fit its schema; async, and streamed."""
    model = _model(vlmrun_client).bind_tools([price], tool_choice="required", strict=True)

    async def ask() -> list[AIMessage]:
        pieces = [piece async for piece in model.astream("What does it cost?") if isinstance(piece, AIMessageChunk)]
        return [await model.ainvoke("What does it cost?"), add_ai_message_chunks(*pieces)]

    for answer in asyncio.run(ask()):
        (one,) = answer.tool_calls
        assert one["name"] == "price"
        assert isinstance(one["args"]["item"], str)
    assert vlmrun_server.requests[-1].chat.tool_choice == "required"


@both_methods
def test_a_typed_answer(vlmrun_server: LocalServer, vlmrun_client: VLMRun, method: Method) -> None:
    """with_structured_output: what the test says comes out as the model's instance."""
    vlmrun_server.answer(_answer(method))
    model = _model(vlmrun_client).with_structured_output(Invoice, method=method)
    assert model.invoke("Read it.") == INVOICE
    if method == "function_calling":
        assert tools_asked(vlmrun_server) == ["Invoice"]
    else:
        assert format_asked(vlmrun_server) == "json_schema"


@both_methods
def test_a_typed_answer_async(vlmrun_server: LocalServer, vlmrun_client: VLMRun, method: Method) -> None:
    """As above, async."""
    vlmrun_server.answer(_answer(method))
    model = _model(vlmrun_client).with_structured_output(Invoice, method=method)

    async def ask() -> object:
        return await model.ainvoke("Read it.")

    assert asyncio.run(ask()) == INVOICE


@both_methods
def test_a_typed_answer_in_a_stream(vlmrun_server: LocalServer, vlmrun_client: VLMRun, method: Method) -> None:
    """The last piece of a stream is whole."""
    vlmrun_server.answer(_answer(method))
    model = _model(vlmrun_client).with_structured_output(Invoice, method=method)
    assert list(model.stream("Read it."))[-1] == INVOICE
    assert vlmrun_server.requests[-1].chat.stream


@both_methods
def test_an_answer_that_is_not_told(vlmrun_server: LocalServer, vlmrun_client: VLMRun, method: Method) -> None:
    """The server fills the schema: the answer has the right type."""
    model = _model(vlmrun_client).with_structured_output(Invoice, method=method)
    assert isinstance(model.invoke("Read it."), Invoice)
    assert len(vlmrun_server.requests) == 1


def test_a_refusal(vlmrun_server: LocalServer, vlmrun_client: VLMRun) -> None:
    """A refusal is an error where a type is expected."""
    vlmrun_server.answer(Answer(refusal="I cannot read this."))
    with pytest.raises(OpenAIRefusalError, match="I cannot read this"):
        _model(vlmrun_client).with_structured_output(Invoice, method="json_schema").invoke("Read it.")


def test_files_and_usage(vlmrun_server: LocalServer, vlmrun_client: VLMRun) -> None:
    """An image and a document arrive as they are; the usage is what the test says."""
    vlmrun_server.answer(Answer(text="Yes.", usage={"prompt_tokens": 7, "completion_tokens": 2}))
    files = {"image/png": PNG, "application/pdf": PDF}
    parts: list[str | dict[str, object]] = [
        {
            "type": "image" if kind.startswith("image") else "file",
            "base64": base64.b64encode(data).decode(),
            "mime_type": kind,
            "filename": "a",
        }
        for kind, data in files.items()
    ]
    answer = _model(vlmrun_client).invoke([HumanMessage(content=parts)])
    assert files_asked(vlmrun_server) == [("image", PNG), ("file", PDF)]
    assert answer.usage_metadata is not None
    assert (answer.usage_metadata["input_tokens"], answer.usage_metadata["output_tokens"]) == (7, 2)
