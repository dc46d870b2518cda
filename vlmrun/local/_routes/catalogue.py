"""The routes of models, domains, schemas and the hub."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from vlmrun.local._answers.answers import refuse_bad_schema
from vlmrun.local._catalogue.domains import DOMAINS, HUB_VERSION, Domain, find_domain
from vlmrun.local._catalogue.selection import SelectionError, reduce_schema
from vlmrun.local._requests.generation import HubSchemaRequest, SchemaRequest
from vlmrun.local._requests.reading import read_body
from vlmrun.local._wire.errors import Location, Problem, RefusalError

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
    domain = find_domain(asked.domain)
    if domain is None:
        raise RefusalError(404, f"Domain not found: this server has no domain {asked.domain[:100]!r}.")
    # In a thread: the schema is the user's, and making a sample of it may take a while.
    return JSONResponse(await asyncio.to_thread(_described, domain, asked, statement))


def _described(domain: Domain, asked: SchemaRequest, statement: str | None) -> dict[str, object]:
    schema = domain.json_schema
    loc: Location = ("body", "gql_stmt")
    if asked.config is not None:
        if asked.config.json_schema is not None:
            schema = asked.config.json_schema
            refuse_bad_schema(schema, ("body", "config", "json_schema"))
        if statement is None and asked.config.gql_stmt is not None:
            statement, loc = asked.config.gql_stmt, ("body", "config", "gql_stmt")
    if statement:
        try:
            schema = reduce_schema(schema, statement)
        except SelectionError as error:
            raise RefusalError(422, [Problem(loc, f"Unusable statement: {error}", "invalid_gql_stmt")]) from error
    return domain.as_schema(schema)
