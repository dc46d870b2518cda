"""The gateway to a checker: OpenAI's own resources, its models and its own fields, in both colours."""

from __future__ import annotations

from openai.resources.audio import AsyncTranscriptions, Transcriptions
from openai.resources.chat.completions import AsyncCompletions, Completions
from openai.resources.embeddings import AsyncEmbeddings, Embeddings
from openai.types import CreateEmbeddingResponse
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from pydantic import JsonValue
from typing_extensions import assert_type

from vlmrun import AsyncVLMRun, VLMRun, content
from vlmrun.client.gateway import AsyncGateway, Gateway
from vlmrun.client.types import GatewayCapabilities, GatewayModel
from vlmrun.options import GatewayOptions
from vlmrun.results import RawResponse, backend, cost_usd, served_model_id


def the_resources(client: VLMRun, twin: AsyncVLMRun) -> None:
    assert_type(client.gateway, Gateway)
    assert_type(twin.gateway, AsyncGateway)
    assert_type(Gateway(client), Gateway)
    assert_type(AsyncGateway(twin), AsyncGateway)
    assert_type(client.gateway.base_url, str)
    assert_type(client.gateway.openai_base_url, str)

    client.gateway = client.gateway  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[read-only]
    client.gateway.base_url = ""  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[read-only]
    client.gateway.openai_base_url = ""  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[read-only]
    Gateway("key")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    AsyncGateway()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
    blocking: Gateway = twin.gateway  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    del blocking


def openais_own(client: VLMRun, twin: AsyncVLMRun) -> None:
    assert_type(client.gateway.completions, Completions)
    assert_type(client.gateway.async_completions, AsyncCompletions)
    assert_type(client.gateway.embeddings, Embeddings)
    assert_type(client.gateway.transcriptions, Transcriptions)
    assert_type(twin.gateway.completions, AsyncCompletions)
    assert_type(twin.gateway.async_completions, AsyncCompletions)
    assert_type(twin.gateway.embeddings, AsyncEmbeddings)
    assert_type(twin.gateway.transcriptions, AsyncTranscriptions)
    message = content.user("Read it.", content.document_url("a.pdf", media_type="application/pdf"))
    options = GatewayOptions(method="ocr", document_pages=[0, 2])
    answer = client.gateway.completions.create(model="zai-org/glm-ocr", messages=[message], extra_body=options)
    assert_type(answer, ChatCompletion)
    assert_type(client.gateway.embeddings.create(model="m", input="a"), CreateEmbeddingResponse)

    client.gateway.completions = client.gateway.completions  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[read-only]
    client.gateway.async_completions = client.gateway.async_completions  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[read-only]
    client.gateway.embeddings = client.gateway.embeddings  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[read-only]
    client.gateway.transcriptions = client.gateway.transcriptions  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[read-only]
    client.gateway.completions.nothing  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # ty: ignore[missing-attribute]  # pyrefly: ignore[missing-attribute]
    client.gateway.embeddings.create(input="a")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
    content.document_url(7)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]


def what_it_says(answer: ChatCompletion, chunk: ChatCompletionChunk, embedded: CreateEmbeddingResponse) -> None:
    assert_type(served_model_id(answer), str | None)
    assert_type(served_model_id(chunk), str | None)
    assert_type(served_model_id(embedded), str | None)
    assert_type(backend(answer), str | None)
    assert_type(cost_usd(answer.usage), float | None)
    assert_type(cost_usd(embedded.usage), float | None)

    served_model_id("m")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    backend(None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    cost_usd(answer)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]


def its_models(client: VLMRun) -> None:
    (model,) = client.gateway.models(timeout=5)
    assert_type(model, GatewayModel)
    assert_type(model.capabilities, GatewayCapabilities | None)
    assert_type(model.methods, list[str] | None)
    assert_type(model.extra_body_help, JsonValue)
    assert_type(GatewayCapabilities().max_images, int | None)
    assert_type(client.gateway.health(), bool)
    assert_type(client.gateway.with_raw_response.models(), RawResponse[list[GatewayModel]])
    assert_type(client.gateway.with_raw_response.health(), RawResponse[bool])

    client.gateway.models(5)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[too-many-positional-arguments]  # pyrefly: ignore[bad-argument-count]
    client.gateway.health(5)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[too-many-positional-arguments]  # pyrefly: ignore[bad-argument-count]
    client.gateway.with_raw_response.models(limit=5)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[unknown-argument]  # pyrefly: ignore[unexpected-keyword]
    model.capabilities.max_images  # type: ignore[union-attr]  # pyright: ignore[reportOptionalMemberAccess]  # ty: ignore[missing-union-attribute]  # pyrefly: ignore[missing-attribute]
    GatewayModel(id=5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    GatewayCapabilities(max_images=["many"])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]


async def its_models_awaited(twin: AsyncVLMRun) -> None:
    assert_type(await twin.gateway.models(), list[GatewayModel])
    assert_type(await twin.gateway.health(), bool)
    assert_type(await twin.gateway.with_raw_response.models(), RawResponse[list[GatewayModel]])

    await twin.gateway.models(5)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[too-many-positional-arguments]  # pyrefly: ignore[bad-argument-count]


def its_own_fields() -> None:
    every = GatewayOptions(
        method="ocr",
        method_params={"lang": "en"},
        llm={"temperature": 0},
        document_dpi=150,
        document_max_pages=128,
        document_pages=[0, [2, 5], "7-9"],
        image_resolution="448x448",
        video_fps=0.5,
        video_max_frames=8,
        video_resolution="640x480",
        precision=4,
        url="https://files.test/a.wav",
    )
    assert_type(GatewayOptions(), GatewayOptions)
    del every

    GatewayOptions(document_dpi="high")  # type: ignore[typeddict-item]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    GatewayOptions(toolsets=["image"])  # type: ignore[typeddict-unknown-key]  # pyright: ignore[reportCallIssue]  # ty: ignore[unknown-typed-dict-constructor-key]  # pyrefly: ignore[unexpected-keyword]
