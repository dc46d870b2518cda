"""The routes, and what becomes of errors.

Source: API.md §2 (index), §3.1, 3.2, 3.6, 3.7, 4, 10.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from vlmrun.local import _agents, _chat
from vlmrun.local._artifacts import Shelf
from vlmrun.local._errors import RefusalError, refuse
from vlmrun.local._file_routes import FileRoutes
from vlmrun.local._journal import Journal, Work, shown
from vlmrun.local._paths import CHAT, HEALTH
from vlmrun.local._queries import ArtifactQuery, NamespaceQuery, PageQuery
from vlmrun.local._reading import read_body, read_query
from vlmrun.local._requests import ChatRequest, CreateRequest, ExecuteRequest, LookupRequest
from vlmrun.local._store import Store

__all__ = ["create_app"]


def create_app(store: Store, work: Journal[Work]) -> ASGIApp:
    """The routes as an ASGI app, which stands behind a `Gate`.

    Args:
        store: Where all is kept.
        work: Where it is noted what was done.

    Returns:
        The app.
    """
    routes = _Routes(store, work)
    app = Starlette(
        routes=[
            Route(HEALTH, routes.health),
            Route("/v1/openai/models", routes.models),
            Route(CHAT, routes.chat, methods=["POST"]),
            # OpenAI's client can ask for stored chats; this API has none (API.md §2), which is 404 rather than 405.
            Route(CHAT, routes.no_stored_chats, methods=["GET"]),
            Route("/v1/agent", routes.list_agents),
            Route("/v1/agent/lookup", routes.look_up_agent, methods=["POST"]),
            Route("/v1/agent/create", routes.create_agent, methods=["POST"]),
            Route("/v1/agent/execute", routes.execute_agent, methods=["POST"]),
            Route("/v1/agents/{id}", routes.get_agent),
            Route("/v1/agent/executions", routes.list_executions),
            Route("/v1/agent/executions/{id}", routes.get_execution),
            Route("/v1/artifacts", routes.get_artifact),
            Route("/v1/artifacts/list", routes.list_artifacts),
            *FileRoutes(store.files, work).routes(),
        ],
        exception_handlers=dict.fromkeys((RefusalError, HTTPException, ClientDisconnect, Exception), _on_error),
    )
    app.router.redirect_slashes = False
    return app


async def _on_error(request: Request, error: Exception) -> Response:
    path, request_id = str(request.scope["path"]), str(request.state.request_id)
    match error:
        case RefusalError():
            return refuse(path, request_id, error.status, error.detail)
        case HTTPException():
            return refuse(path, request_id, error.status_code, error.detail, error.headers)
        case ClientDisconnect():
            # Nobody reads it.
            return refuse(path, request_id, 400, "The client went away.")
        case _:
            # A defect. Starlette raises it again when this is sent, so that the traceback is seen.
            return refuse(path, request_id, 500, "Internal error of vlmrun.local.")


class _Routes:
    """One method per route. What opens files runs in a thread, so that other requests go on."""

    def __init__(self, store: Store, work: Journal[Work]) -> None:
        self._store = store
        self._work = work

    async def health(self, _request: Request) -> Response:
        return JSONResponse({"status": "ok", "server": "vlmrun.local", "model": None})

    async def models(self, _request: Request) -> Response:
        return JSONResponse(_chat.list_models())

    async def chat(self, request: Request) -> Response:
        asked = read_body(ChatRequest, request)
        completion = await asyncio.to_thread(_chat.complete, self._store, asked)
        self._work.add(Work("chat", completion.id, shown(request.headers)))
        if not asked.stream:
            return JSONResponse(_chat.whole(completion))
        separate_usage = asked.stream_options is not None and asked.stream_options.include_usage is True

        # Asynchronous: Starlette would run a plain iterator in a thread of anyio's, which outlives the server a little.
        async def stream() -> AsyncIterator[str]:
            for event in _chat.events(completion, separate_usage=separate_usage):
                yield event

        return StreamingResponse(stream(), media_type="text/event-stream", headers={"cache-control": "no-store"})

    async def no_stored_chats(self, _request: Request) -> Response:
        raise RefusalError(404, "Chats are not stored.")

    async def list_agents(self, _request: Request) -> Response:
        return JSONResponse([agent.on_wire() for agent in self._store.agents()])

    async def create_agent(self, request: Request) -> Response:
        agent = await asyncio.to_thread(_agents.create, self._store, read_body(CreateRequest, request))
        self._work.add(Work("agent", agent.id, shown(request.headers)))
        return JSONResponse(agent.on_wire(), status_code=201)

    async def look_up_agent(self, request: Request) -> Response:
        return JSONResponse(_agents.look_up(self._store, read_body(LookupRequest, request)).on_wire())

    async def get_agent(self, request: Request) -> Response:
        asked = LookupRequest(id=request.path_params["id"])
        return JSONResponse(_agents.look_up(self._store, asked).on_wire())

    async def execute_agent(self, request: Request) -> Response:
        execution = await asyncio.to_thread(_agents.execute, self._store, read_body(ExecuteRequest, request))
        self._work.add(Work("execution", execution.id, shown(request.headers)))
        return JSONResponse(execution.on_wire(), status_code=201)

    async def list_executions(self, request: Request) -> Response:
        page = read_query(PageQuery, request)
        return JSONResponse([item.on_wire() for item in self._store.executions(page.skip, page.limit)])

    async def get_execution(self, request: Request) -> Response:
        execution = self._store.advance(request.path_params["id"])
        if execution is None:
            raise RefusalError(404, "Execution not found.")
        return JSONResponse(execution.on_wire())

    async def get_artifact(self, request: Request) -> Response:
        asked = read_query(ArtifactQuery, request)
        artifact = self._shelf(asked).find(asked.object_id, asked.filename)
        return Response(artifact.data, media_type="image/png")

    async def list_artifacts(self, request: Request) -> Response:
        asked = read_query(NamespaceQuery, request)
        return JSONResponse(self._shelf(asked).on_wire(asked.session_id or asked.execution_id or ""))

    def _shelf(self, asked: NamespaceQuery) -> Shelf:
        shelf = self._store.shelf(asked.session_id, asked.execution_id)
        if shelf is None:
            raise RefusalError(404, "There is no such session, or no such execution that is completed.")
        return shelf
