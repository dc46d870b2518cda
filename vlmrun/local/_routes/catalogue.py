"""The routes of models, domains, schemas and the hub."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from vlmrun.local._catalogue.asked import asked_schema
from vlmrun.local._catalogue.domains import DOMAINS, HUB_VERSION, Domain, find_domain, known_domain
from vlmrun.local._requests.generation import GenerationConfig, HubSchemaRequest, SchemaRequest
from vlmrun.local._requests.reading import read_body

__all__ = ["CatalogueRoutes"]


class CatalogueRoutes:
    """One method per route."""

    def routes(self) -> list[Route]:
        """The routes."""
        return [
            Route("/v1/models", self.list_models),
            Route("/v1/domains", self.list_domains),
            Route("/v1/schema", self.get_schema, methods=["POST"]),
            Route("/v1/hub/info", self.hub_info),
            Route("/v1/hub/domains", self.list_hub_domains),
            Route("/v1/hub/domains/{domain}", self.has_hub_domain),
            Route("/v1/hub/schema", self.get_hub_schema, methods=["POST"]),
        ]

    async def list_models(self, _request: Request) -> Response:
        return JSONResponse([domain.as_model() for domain in DOMAINS])

    async def list_domains(self, _request: Request) -> Response:
        return JSONResponse([domain.as_domain() for domain in DOMAINS])

    async def get_schema(self, request: Request) -> Response:
        return await _schema(read_body(SchemaRequest, request), None)

    async def hub_info(self, _request: Request) -> Response:
        return JSONResponse({"version": HUB_VERSION})

    async def list_hub_domains(self, _request: Request) -> Response:
        return JSONResponse([domain.as_hub_domain() for domain in DOMAINS])

    async def has_hub_domain(self, request: Request) -> Response:
        return JSONResponse(find_domain(request.path_params["domain"]) is not None)

    async def get_hub_schema(self, request: Request) -> Response:
        asked = read_body(HubSchemaRequest, request)
        return await _schema(asked, asked.gql_stmt)


async def _schema(asked: SchemaRequest, statement: str | None) -> Response:
    domain = known_domain(asked.domain)
    # In a thread: the schema is the user's, and making a sample of it may take a while.
    return JSONResponse(await asyncio.to_thread(_described, domain, asked, statement))


def _described(domain: Domain, asked: SchemaRequest, statement: str | None) -> dict[str, object]:
    return domain.as_schema(asked_schema(domain.json_schema, asked.config or GenerationConfig(), statement))
