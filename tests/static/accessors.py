"""The accessors are OpenAI's own resources to a checker: the overloads, the models and the refusals."""

from __future__ import annotations

from openai import AsyncOpenAI, AsyncStream, OpenAI, Stream
from openai.lib.streaming.chat import ChatCompletionStreamManager
from openai.pagination import AsyncCursorPage, SyncCursorPage
from openai.resources.chat.completions import AsyncCompletions, Completions
from openai.types.chat import ChatCompletion, ChatCompletionChunk, ParsedChatCompletion
from pydantic import BaseModel
from typing_extensions import assert_type

from vlmrun import AsyncVLMRun, VLMRun
from vlmrun.client import AsyncVLMRun as TaughtAsyncVLMRun
from vlmrun.client import VLMRun as TaughtVLMRun
from vlmrun.protocols import (
    ClientConfig,
    SupportsAsyncCompletions,
    SupportsAsyncOpenAI,
    SupportsCompletions,
    SupportsOpenAI,
)


class Invoice(BaseModel):
    total: float


def the_accessors(client: VLMRun, twin: AsyncVLMRun) -> None:
    assert_type(client.openai, OpenAI)
    assert_type(client.async_openai, AsyncOpenAI)
    assert_type(client.agent.completions, Completions)
    assert_type(client.agent.async_completions, AsyncCompletions)
    assert_type(twin.openai, AsyncOpenAI)
    assert_type(twin.async_openai, AsyncOpenAI)
    assert_type(twin.agent.completions, AsyncCompletions)
    assert_type(twin.agent.async_completions, AsyncCompletions)

    # Were an accessor `Any`, these would be accepted.
    client.openai.nothing  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # ty: ignore[missing-attribute]  # pyrefly: ignore[missing-attribute]
    client.agent.completions.nothing  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # ty: ignore[missing-attribute]  # pyrefly: ignore[missing-attribute]
    twin.agent.completions.nothing  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # ty: ignore[missing-attribute]  # pyrefly: ignore[missing-attribute]


def they_are_read_only(client: VLMRun, twin: AsyncVLMRun) -> None:
    client.async_openai = client.async_openai  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[read-only]
    client.agent.async_completions = client.agent.async_completions  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[read-only]
    client.openai = client.openai  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[read-only]
    client.agent = client.agent  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[read-only]
    client.agent.completions = client.agent.completions  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[read-only]
    twin.agent.completions = twin.agent.completions  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[read-only]


def create_has_its_overloads(client: VLMRun, *, maybe: bool) -> None:
    create = client.agent.completions.create
    assert_type(create(model="m", messages=[{"role": "user", "content": "Hello"}]), ChatCompletion)
    assert_type(create(model="m", messages=[], stream=False), ChatCompletion)
    assert_type(create(model="m", messages=[], stream=True), Stream[ChatCompletionChunk])
    assert_type(create(model="m", messages=[], stream=maybe), ChatCompletion | Stream[ChatCompletionChunk])

    create(model="m")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]  # ty: ignore[no-matching-overload]  # pyrefly: ignore[no-matching-overload]
    create(model="m", messages=[{"role": "nobody", "content": ""}])  # type: ignore[list-item, misc]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    create(model="m", messages=[], temperature="hot")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[no-matching-overload]
    create(model="m", messages=[], toolsets=["image"])  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]  # ty: ignore[no-matching-overload]  # pyrefly: ignore[no-matching-overload]


def the_other_methods_keep_their_types(client: VLMRun) -> None:
    completions = client.agent.completions
    parsed = completions.parse(model="m", messages=[], response_format=Invoice)
    assert_type(parsed, ParsedChatCompletion[Invoice])
    assert_type(parsed.choices[0].message.parsed, Invoice | None)
    assert_type(
        completions.stream(model="m", messages=[], response_format=Invoice), ChatCompletionStreamManager[Invoice]
    )
    assert_type(completions.with_raw_response.create(model="m", messages=[]).parse(), ChatCompletion)
    assert_type(completions.list(), SyncCursorPage[ChatCompletion])
    assert_type(completions.retrieve("id"), ChatCompletion)

    parsed.choices[0].message.parsed.total  # type: ignore[union-attr]  # pyright: ignore[reportOptionalMemberAccess]  # ty: ignore[missing-union-attribute]  # pyrefly: ignore[missing-attribute]
    completions.retrieve(1)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]


async def the_async_twins_do_too(client: VLMRun, twin: AsyncVLMRun) -> None:
    for completions in (client.agent.async_completions, twin.agent.completions):
        assert_type(await completions.create(model="m", messages=[]), ChatCompletion)
        assert_type(await completions.create(model="m", messages=[], stream=True), AsyncStream[ChatCompletionChunk])
        parsed = await completions.parse(model="m", messages=[], response_format=Invoice)
        assert_type(parsed.choices[0].message.parsed, Invoice | None)
        async for page in completions.list():
            assert_type(page, ChatCompletion)
        assert_type(await completions.list(), AsyncCursorPage[ChatCompletion])

        await completions.create(model="m")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]  # ty: ignore[no-matching-overload]  # pyrefly: ignore[no-matching-overload]


def the_protocols_take_ours_and_openais(
    client: VLMRun, twin: AsyncVLMRun, openai: OpenAI, async_openai: AsyncOpenAI
) -> None:
    chats: list[SupportsCompletions] = [client.agent, openai.chat]
    async_chats: list[SupportsAsyncCompletions] = [twin.agent, async_openai.chat]
    openais: list[SupportsOpenAI] = [client]
    async_openais: list[SupportsAsyncOpenAI] = [twin]
    configs: list[ClientConfig] = [client, twin]
    assert_type(chats[0].completions, Completions)
    assert_type(async_chats[0].completions, AsyncCompletions)
    assert_type(openais[0].openai, OpenAI)
    assert_type(async_openais[0].openai, AsyncOpenAI)
    assert_type(configs[0].timeout, float | None)

    wrong_colour: SupportsCompletions = twin.agent  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    other_wrong_colour: SupportsAsyncCompletions = client.agent  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    not_a_client: SupportsOpenAI = twin  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    nor_async: SupportsAsyncOpenAI = client  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    no_config: ClientConfig = client.agent  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    chats[0].completions = openai.chat.completions  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[read-only]
    del wrong_colour, other_wrong_colour, not_a_client, nor_async, no_config


def the_taught_import_path_is_the_same_class(client: TaughtVLMRun, twin: TaughtAsyncVLMRun) -> None:
    assert_type(client, VLMRun)
    assert_type(twin, AsyncVLMRun)
