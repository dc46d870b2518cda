"""The routes of feedback."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from vlmrun.local._requests.reading import read_body, read_query
from vlmrun.local._requests.training import FeedbackQuery, FeedbackSubmission
from vlmrun.local._store.records import new_id
from vlmrun.local._store.store import Store
from vlmrun.local._wire.clock import now
from vlmrun.local._wire.journal import Journal, Work, shown

__all__ = ["FeedbackRoutes"]

_KEYS = ("request_id", "agent_execution_id", "chat_id")


class FeedbackRoutes:
    """One method per route. What the feedback is about need not exist: chats are not kept.

    Args:
        store: Where feedback is kept.
        work: Where it is noted that it was submitted.
    """

    def __init__(self, store: Store, work: Journal[Work]) -> None:
        self._store = store
        self._work = work

    def routes(self) -> list[Route]:
        """The routes."""
        return [
            Route("/v1/feedback/submit", self.submit, methods=["POST"]),
            Route("/v1/feedback/{id}", self.get),
        ]

    async def submit(self, request: Request) -> Response:
        asked = read_body(FeedbackSubmission, request)
        item = {"id": new_id(), "created_at": now(), **asked.model_dump()}
        self._store.feedback.add(item)
        self._work.add(Work("feedback", str(item["id"]), shown(request.headers)))
        answer = {key: item[key] for key in ("id", "created_at", *_KEYS)}
        return JSONResponse(answer, status_code=201)

    async def get(self, request: Request) -> Response:
        asked = read_query(FeedbackQuery, request)
        key, id_ = f"{asked.type}_id", request.path_params["id"]
        items = self._store.feedback.about(key, id_)[asked.offset : asked.offset + asked.limit]
        return JSONResponse({**dict.fromkeys(_KEYS), key: id_, "items": [dict(item) for item in items]})
