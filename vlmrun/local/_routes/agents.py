"""The routes of agents and their executions. What opens files runs in a thread, so that other requests go on."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from vlmrun.local._agents.agents import create, execute, look_up
from vlmrun.local._callbacks.callbacks import Callbacks
from vlmrun.local._requests.bodies import CreateRequest, ExecuteRequest, LookupRequest
from vlmrun.local._requests.queries import PageQuery
from vlmrun.local._requests.reading import read_body, read_query
from vlmrun.local._script.script import Script
from vlmrun.local._store.store import Store
from vlmrun.local._upstream.model import Model
from vlmrun.local._wire.errors import RefusalError
from vlmrun.local._wire.journal import Journal, Work, shown

__all__ = ["AgentRoutes"]


class AgentRoutes:
    """One method per route.

    Args:
        store: Where agents and executions are kept.
        work: Where it is noted that one was made.
        callbacks: Where it is told that an execution has ended.
        script: What a test has told the server to answer.
        model: What answers the rest; `None` if answers are computed.
    """

    def __init__(
        self, store: Store, work: Journal[Work], callbacks: Callbacks, script: Script, model: Model | None
    ) -> None:
        self._script = script
        self._model = model
        self._store = store
        self._work = work
        self._callbacks = callbacks

    def routes(self) -> list[Route]:
        """The routes."""
        return [
            Route("/v1/agent", self.list_agents),
            Route("/v1/agent/lookup", self.look_up_agent, methods=["POST"]),
            Route("/v1/agent/create", self.create_agent, methods=["POST"]),
            Route("/v1/agent/execute", self.execute_agent, methods=["POST"]),
            Route("/v1/agents/{id}", self.get_agent),
            Route("/v1/agent/executions", self.list_executions),
            Route("/v1/agent/executions/{id}", self.get_execution),
        ]

    async def list_agents(self, _request: Request) -> Response:
        return JSONResponse([agent.on_wire() for agent in self._store.agents()])

    async def create_agent(self, request: Request) -> Response:
        agent = await asyncio.to_thread(create, self._store, read_body(CreateRequest, request))
        self._work.add(Work("agent", agent.id, shown(request.headers)))
        return JSONResponse(agent.on_wire(), status_code=201)

    async def look_up_agent(self, request: Request) -> Response:
        return JSONResponse(look_up(self._store, read_body(LookupRequest, request)).on_wire())

    async def get_agent(self, request: Request) -> Response:
        asked = LookupRequest(id=request.path_params["id"])
        return JSONResponse(look_up(self._store, asked).on_wire())

    async def execute_agent(self, request: Request) -> Response:
        asked = read_body(ExecuteRequest, request)
        told = await self._script.told(request.state.received)
        if told is None and self._model is not None:
            told = await self._model.execution(self._store, asked)
        execution = await asyncio.to_thread(execute, self._store, asked, told)
        self._work.add(Work("execution", execution.id, shown(request.headers)))
        called = self._callbacks.after(asked.callback_url, lambda: self._store.executions.finish(execution).on_wire())
        return JSONResponse(execution.on_wire(), status_code=201, background=called)

    async def list_executions(self, request: Request) -> Response:
        page = read_query(PageQuery, request)
        return JSONResponse([item.on_wire() for item in self._store.executions.page(page.skip, page.limit)])

    async def get_execution(self, request: Request) -> Response:
        execution = self._store.executions.advance(request.path_params["id"])
        if execution is None:
            raise RefusalError(404, "Execution not found.")
        return JSONResponse(execution.on_wire())
