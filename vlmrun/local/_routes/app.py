"""All routes as one ASGI app, and the answers to errors."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from vlmrun.local._callbacks.callbacks import Callbacks
from vlmrun.local._routes.agents import AgentRoutes
from vlmrun.local._routes.artifacts import ArtifactRoutes
from vlmrun.local._routes.catalogue import CatalogueRoutes
from vlmrun.local._routes.chat import ChatRoutes
from vlmrun.local._routes.feedback import FeedbackRoutes
from vlmrun.local._routes.files import FileRoutes
from vlmrun.local._routes.gateway import GatewayRoutes
from vlmrun.local._routes.predictions import PredictionRoutes
from vlmrun.local._routes.skills import SkillRoutes
from vlmrun.local._routes.training import TrainingRoutes
from vlmrun.local._script.script import Script
from vlmrun.local._store.store import Store
from vlmrun.local._upstream.model import Model
from vlmrun.local._wire.errors import RefusalError, ScriptError, refuse
from vlmrun.local._wire.journal import Journal, Work
from vlmrun.local._wire.paths import HEALTH

__all__ = ["create_app"]


def create_app(store: Store, work: Journal[Work], callbacks: Callbacks, script: Script, model: Model | None) -> ASGIApp:
    """The routes as an ASGI app, which stands behind a `Gate`.

    Args:
        store: Where all is kept.
        work: Where it is noted what was done.
        callbacks: Where it is told that a job has ended.
        script: What a test has told the server to answer.
        model: What answers the rest; `None` if answers are computed.

    Returns:
        The app.
    """

    async def health(_request: Request) -> Response:
        name = None if model is None else model.name
        return JSONResponse({"status": "ok", "server": "vlmrun.local", "model": name})

    app = Starlette(
        routes=[
            Route(HEALTH, health),
            *CatalogueRoutes().routes(),
            *ChatRoutes(store, work, script, model).routes(),
            *GatewayRoutes(store, work, script, model).routes(),
            *PredictionRoutes(store, work, callbacks, script, model).routes(),
            *AgentRoutes(store, work, callbacks, script, model).routes(),
            *ArtifactRoutes(store).routes(),
            *FileRoutes(store.files, work).routes(),
            *SkillRoutes(store, work).routes(),
            *FeedbackRoutes(store, work).routes(),
            *TrainingRoutes(store, work, script).routes(),
        ],
        exception_handlers=dict.fromkeys((RefusalError, HTTPException, ClientDisconnect, Exception), _on_error),
    )
    app.router.redirect_slashes = False
    return app


async def _on_error(request: Request, error: Exception) -> Response:
    path, request_id = str(request.scope["path"]), str(request.state.request_id)
    match error:
        case RefusalError():
            is_of_test = isinstance(error, ScriptError)
            return refuse(path, request_id, error.status, error.detail, error.headers, is_of_test=is_of_test)
        case HTTPException():
            return refuse(path, request_id, error.status_code, error.detail, error.headers)
        case ClientDisconnect():
            # Nobody reads it.
            return refuse(path, request_id, 400, "The client went away.")
        case _:
            # A defect. Starlette raises it again when this is sent, so that the traceback is seen.
            return refuse(path, request_id, 500, "Internal error of vlmrun.local.")
