"""LlamaIndex on the clients of `VLMRun`: its `OpenAILike`, as its `OpenAI` refuses models that it does not know."""

from __future__ import annotations

import asyncio

import pytest
from llama_index.core.llms import ChatMessage
from llama_index.core.prompts import PromptTemplate
from llama_index.core.tools import FunctionTool
from llama_index.llms.openai import OpenAI
from llama_index.llms.openai_like import OpenAILike

from cases import INVOICE, MODEL, Invoice, call, tools_asked
from vlmrun import VLMRun
from vlmrun.local import Answer, LocalServer

QUESTION = [ChatMessage(role="user", content="Read it.")]
PROMPT = PromptTemplate("Read it.")


def price(item: str) -> float:
    """What an item costs."""
    return {"Rad": 25.0}[item]


def _model(client: VLMRun) -> OpenAI:
    return OpenAILike(
        model=MODEL,
        openai_client=client.openai,
        async_openai_client=client.async_openai,
        is_chat_model=True,
        is_function_calling_model=True,
    )


def test_a_text(vlmrun_server: LocalServer, vlmrun_client: VLMRun) -> None:
    """A question, answered and streamed."""
    vlmrun_server.answer(Answer(chunks=["Twenty", "-five."]))
    assert _model(vlmrun_client).chat(QUESTION).message.content == "Twenty-five."
    pieces = [piece.delta for piece in _model(vlmrun_client).stream_chat(QUESTION)]
    assert [piece for piece in pieces if piece] == ["Twenty", "-five."]


def test_a_text_async(vlmrun_server: LocalServer, vlmrun_client: VLMRun) -> None:
    """As above, async."""
    vlmrun_server.answer("Twenty-five.")
    answer = asyncio.run(_model(vlmrun_client).achat(QUESTION))
    assert answer.message.content == "Twenty-five."


def test_a_tool(vlmrun_server: LocalServer, vlmrun_client: VLMRun) -> None:
    """A tool is run with the model's arguments."""
    vlmrun_server.answer(call("price", {"item": "Rad"}))
    answer = _model(vlmrun_client).predict_and_call([FunctionTool.from_defaults(price)], "What does it cost?")
    assert answer.response == "25.0"
    assert tools_asked(vlmrun_server) == ["price"]


def test_a_typed_answer(vlmrun_server: LocalServer, vlmrun_client: VLMRun) -> None:
    """What the test says comes out as the model's instance."""
    vlmrun_server.answer(call("Invoice", INVOICE.model_dump()))
    assert _model(vlmrun_client).structured_predict(Invoice, PROMPT) == INVOICE
    assert tools_asked(vlmrun_server) == ["Invoice"]


def test_an_answer_that_is_not_told(vlmrun_server: LocalServer, vlmrun_client: VLMRun) -> None:
    """The server fills the schema: the answer has the right type; async."""
    answer = asyncio.run(_model(vlmrun_client).astructured_predict(Invoice, PROMPT))
    assert isinstance(answer, Invoice)
    assert vlmrun_server.requests[-1].chat.tool_choice == "required"


def test_a_model_that_it_does_not_know(vlmrun_server: LocalServer, vlmrun_client: VLMRun) -> None:
    """Its `OpenAI` sends nothing."""
    with pytest.raises(ValueError, match="Unknown model"):
        OpenAI(model=MODEL, openai_client=vlmrun_client.openai).chat(QUESTION)
    assert not vlmrun_server.requests
