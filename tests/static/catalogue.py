"""Models, domains, the hub and schemas to a checker, in both colours."""

from __future__ import annotations

from pydantic import BaseModel, JsonValue
from typing_extensions import assert_type

from vlmrun import AsyncVLMRun, Skill, VLMRun
from vlmrun.client.domains import AsyncDomains, Domains
from vlmrun.client.hub import AsyncHub, Hub
from vlmrun.client.models import AsyncModels, Models
from vlmrun.client.types import (
    DomainInfo,
    GenerationConfig,
    HubDomainInfo,
    HubInfoResponse,
    HubSchemaResponse,
    ModelInfo,
    SchemaResponse,
)
from vlmrun.results import RawResponse


class Invoice(BaseModel):
    total: float


def the_resources(client: VLMRun, twin: AsyncVLMRun) -> None:
    assert_type(client.models, Models)
    assert_type(client.domains, Domains)
    assert_type(client.hub, Hub)
    assert_type(twin.models, AsyncModels)
    assert_type(twin.domains, AsyncDomains)
    assert_type(twin.hub, AsyncHub)
    assert_type(Models(client), Models)
    assert_type(AsyncModels(twin), AsyncModels)
    assert_type(Domains(client), Domains)
    assert_type(AsyncDomains(twin), AsyncDomains)
    assert_type(Hub(client), Hub)
    assert_type(AsyncHub(twin), AsyncHub)

    client.models = client.models  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[read-only]
    client.domains = client.domains  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[read-only]
    client.hub = client.hub  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[read-only]
    Models("key")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    AsyncModels()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
    Domains(None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    AsyncDomains("key")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    Hub()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
    AsyncHub(None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    blocking: Hub = twin.hub  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]  # ty: ignore[invalid-assignment]  # pyrefly: ignore[bad-assignment]
    del blocking


def lists(client: VLMRun) -> None:
    assert_type(client.models.list(), list[ModelInfo])
    assert_type(client.domains.list(), list[DomainInfo])
    assert_type(client.list_domains(), list[DomainInfo])
    assert_type(client.hub.list_domains(timeout=5), list[HubDomainInfo])
    assert_type(client.hub.info(), HubInfoResponse)
    assert_type(client.hub.has_domain("document.invoice"), bool)

    client.models.list(limit=5)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[unknown-argument]  # pyrefly: ignore[unexpected-keyword]
    client.domains.list(5)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[too-many-positional-arguments]  # pyrefly: ignore[bad-argument-count]
    client.list_domains(5)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[too-many-positional-arguments]  # pyrefly: ignore[bad-argument-count]
    client.hub.list_domains(5)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[too-many-positional-arguments]  # pyrefly: ignore[bad-argument-count]
    client.hub.info(5)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[too-many-positional-arguments]  # pyrefly: ignore[bad-argument-count]
    client.hub.has_domain()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
    client.hub.domains()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # ty: ignore[missing-attribute]  # pyrefly: ignore[missing-attribute]


def schemas(client: VLMRun) -> None:
    config = GenerationConfig(
        prompt="Read it.",
        response_model=Invoice,
        detail="hi",
        grounding=True,
        page_indices=[0, 2],
        service_tier="flex",
        skills=[Skill.reference("reader")],
    )
    assert_type(client.get_schema("document.invoice"), SchemaResponse)
    assert_type(client.get_schema("document.invoice", config), SchemaResponse)
    assert_type(client.domains.get_schema("document.invoice", config={"gql_stmt": "{ total }"}), SchemaResponse)
    assert_type(client.hub.get_schema("document.invoice", config=config, timeout=5), HubSchemaResponse)
    assert_type(client.hub.with_raw_response.get_schema("document.invoice"), RawResponse[SchemaResponse])
    assert_type(GenerationConfig(detail="of-tomorrow").response_model, type[BaseModel] | None)

    client.get_schema()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
    client.get_schema(5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    client.domains.get_schema("document.invoice", "{ total }")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    client.hub.get_schema("document.invoice", gql_stmt="{ total }")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[unknown-argument]  # pyrefly: ignore[unexpected-keyword]
    GenerationConfig(detail=5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    GenerationConfig(page_indices=5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    GenerationConfig(response_model=Invoice(total=1.0))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]


def classes(client: VLMRun) -> None:
    invoice = client.get_type("document.invoice")
    assert_type(invoice, type[BaseModel])
    assert_type(client.get_type("document.invoice", GenerationConfig(detail="lo"), timeout=5), type[BaseModel])
    assert_type(client.hub.get_pydantic_model("document.invoice", config={"detail": "lo"}), type[BaseModel])
    assert_type(client.hub.with_raw_response.get_pydantic_model("a.b"), RawResponse[type[BaseModel]])
    assert_type(client.document.generate(file="f-1", response_model=invoice).response, BaseModel)

    client.get_type()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
    client.get_type("document.invoice", "{ total }")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    client.hub.get_pydantic_model(5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    invoice().total  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # ty: ignore[missing-attribute]  # pyrefly: ignore[missing-attribute]


def what_comes_back(model: ModelInfo, domain: DomainInfo, hub: HubDomainInfo, schema: SchemaResponse) -> None:
    assert_type(model.model, str)
    assert_type(domain.description, str | None)
    assert_type(hub.supported_inputs, list[str] | None)
    assert_type(hub.sample_data, JsonValue)
    assert_type(schema.json_schema, dict[str, JsonValue])
    assert_type(schema.json_sample, JsonValue)
    assert_type(HubInfoResponse(version="1").version, str)

    ModelInfo(model="vlm-1")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
    DomainInfo()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
    HubDomainInfo(domain=5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    HubInfoResponse()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
    SchemaResponse(domain="a.b")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
    HubSchemaResponse(domain="a.b")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]  # ty: ignore[missing-argument]  # pyrefly: ignore[missing-argument]
    schema.gql_stmt.upper()  # type: ignore[union-attr]  # pyright: ignore[reportOptionalMemberAccess]  # ty: ignore[missing-union-attribute]  # pyrefly: ignore[missing-attribute]
    schema.nothing  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # ty: ignore[missing-attribute]  # pyrefly: ignore[missing-attribute]


async def awaited(twin: AsyncVLMRun) -> None:
    assert_type(await twin.models.list(), list[ModelInfo])
    assert_type(await twin.domains.list(), list[DomainInfo])
    assert_type(await twin.list_domains(), list[DomainInfo])
    assert_type(await twin.hub.info(), HubInfoResponse)
    assert_type(await twin.hub.list_domains(), list[HubDomainInfo])
    assert_type(await twin.hub.has_domain("document.invoice"), bool)
    assert_type(await twin.get_schema("document.invoice", {"detail": "lo"}), SchemaResponse)
    assert_type(await twin.hub.get_schema("document.invoice"), SchemaResponse)
    assert_type(await twin.get_type("document.invoice"), type[BaseModel])
    assert_type(await twin.hub.get_pydantic_model("document.invoice"), type[BaseModel])
    assert_type(await twin.models.with_raw_response.list(), RawResponse[list[ModelInfo]])

    await twin.hub.has_domain(5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    await twin.get_type(5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    await twin.get_schema("document.invoice", 5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # ty: ignore[invalid-argument-type]  # pyrefly: ignore[bad-argument-type]
    twin.hub.info().version  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # ty: ignore[missing-attribute]  # pyrefly: ignore[missing-attribute]
