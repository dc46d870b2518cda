"""instructor on `client.openai`, blocking and async."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

import instructor
import pytest
from instructor.processing.multimodal import Image
from openai.types.chat import ChatCompletionMessageParam

from cases import INVOICE, MODEL, PNG, Invoice, call, choice_asked, files_asked, format_asked, roles_asked, tools_asked
from vlmrun import AsyncVLMRun, VLMRun
from vlmrun.local import Answer, LocalServer

TOOLS, JSON_SCHEMA = instructor.Mode.TOOLS, instructor.Mode.JSON_SCHEMA
both_modes = pytest.mark.parametrize("mode", [TOOLS, JSON_SCHEMA], ids=["tools", "json_schema"])

QUESTION: list[ChatCompletionMessageParam] = [{"role": "user", "content": "Read it."}]


def _answer(mode: instructor.Mode) -> Answer:
    return call("Invoice", INVOICE.model_dump()) if mode is TOOLS else Answer(output=INVOICE)


def _is_asked(server: LocalServer, mode: instructor.Mode) -> None:
    if mode is TOOLS:
        assert tools_asked(server) == ["Invoice"]
        assert choice_asked(server) == "Invoice"
    else:
        assert format_asked(server) == "json_schema"


@both_modes
def test_a_typed_answer(vlmrun_server: LocalServer, vlmrun_client: VLMRun, mode: instructor.Mode) -> None:
    """What the test says comes out as the model's instance: of a subclass, which is not equal to the model's own."""
    vlmrun_server.answer(_answer(mode))
    asked = instructor.from_openai(vlmrun_client.openai, mode=mode)
    assert asked.create(Invoice, QUESTION, model=MODEL).model_dump() == INVOICE.model_dump()
    _is_asked(vlmrun_server, mode)


@both_modes
def test_a_typed_answer_async(
    vlmrun_server: LocalServer, async_vlmrun_client: AsyncVLMRun, mode: instructor.Mode
) -> None:
    """As above, async."""
    vlmrun_server.answer(_answer(mode))
    asked = instructor.from_openai(async_vlmrun_client.openai, mode=mode)

    async def ask() -> Invoice:
        return await asked.create(Invoice, QUESTION, model=MODEL)

    assert asyncio.run(ask()).model_dump() == INVOICE.model_dump()
    _is_asked(vlmrun_server, mode)


@both_modes
def test_an_answer_that_is_not_told(vlmrun_server: LocalServer, vlmrun_client: VLMRun, mode: instructor.Mode) -> None:
    """The server fills the schema: the answer has the right type."""
    asked = instructor.from_openai(vlmrun_client.openai, mode=mode)
    assert isinstance(asked.create(Invoice, QUESTION, model=MODEL), Invoice)
    _is_asked(vlmrun_server, mode)


@both_modes
def test_an_answer_that_does_not_fit(vlmrun_server: LocalServer, vlmrun_client: VLMRun, mode: instructor.Mode) -> None:
    """Instructor tells the model what is wrong, and takes its second answer."""
    wrong: dict[str, object] = {"total": "twenty", "items": []}
    vlmrun_server.answer(call("Invoice", wrong) if mode is TOOLS else Answer(output=wrong), times=1)
    vlmrun_server.answer(_answer(mode))
    asked = instructor.from_openai(vlmrun_client.openai, mode=mode)
    invoice = asked.create(Invoice, QUESTION, model=MODEL, max_retries=2)
    assert invoice.model_dump() == INVOICE.model_dump()
    assert len(vlmrun_server.requests) == 2
    assert "valid number" in str(vlmrun_server.requests[-1].body)
    assert roles_asked(vlmrun_server)[:2] == ["user", "assistant"]


@both_modes
def test_a_stream(vlmrun_server: LocalServer, vlmrun_client: VLMRun, mode: instructor.Mode) -> None:
    """The last instance of a stream is whole."""
    vlmrun_server.answer(_answer(mode))
    asked = instructor.from_openai(vlmrun_client.openai, mode=mode)
    instances = list(asked.create_partial(Invoice, QUESTION, model=MODEL))
    assert instances[-1].model_dump() == INVOICE.model_dump()
    assert vlmrun_server.requests[-1].chat.stream


@both_modes
def test_a_stream_async(vlmrun_server: LocalServer, async_vlmrun_client: AsyncVLMRun, mode: instructor.Mode) -> None:
    """As above, async."""
    vlmrun_server.answer(_answer(mode))
    asked = instructor.from_openai(async_vlmrun_client.openai, mode=mode)

    async def stream() -> list[Invoice]:
        return [instance async for instance in asked.create_partial(Invoice, QUESTION, model=MODEL)]

    assert asyncio.run(stream())[-1].model_dump() == INVOICE.model_dump()


def test_an_image(vlmrun_server: LocalServer, vlmrun_client: VLMRun) -> None:
    """An image arrives as it is."""
    vlmrun_server.answer(_answer(TOOLS))
    image = Image.from_base64(f"data:image/png;base64,{base64.b64encode(PNG).decode()}")
    messages: list[Any] = [{"role": "user", "content": ["Read it.", image]}]  # `Any`: instructor's own part
    instructor.from_openai(vlmrun_client.openai).create(Invoice, messages, model=MODEL)
    assert files_asked(vlmrun_server) == [("image", PNG)]
