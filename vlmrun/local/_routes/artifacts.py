"""The routes of artifacts."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from vlmrun.local._media.data_urls import sniff
from vlmrun.local._requests.queries import ArtifactQuery, NamespaceQuery
from vlmrun.local._requests.reading import read_query
from vlmrun.local._store.artifacts import Shelf
from vlmrun.local._store.disk import HEAD
from vlmrun.local._store.store import Store
from vlmrun.local._wire.errors import RefusalError

__all__ = ["ArtifactRoutes"]


class ArtifactRoutes:
    """One method per route.

    Args:
        store: Where sessions and executions are kept, and with them their artifacts.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def routes(self) -> list[Route]:
        """The routes."""
        return [
            Route("/v1/artifacts", self.get_artifact),
            Route("/v1/artifacts/list", self.list_artifacts),
        ]

    async def get_artifact(self, request: Request) -> Response:
        asked = read_query(ArtifactQuery, request)
        artifact = self._shelf(asked).find(asked.object_id, asked.filename)
        return Response(artifact.data, media_type=sniff(artifact.data[:HEAD]) or "application/octet-stream")

    async def list_artifacts(self, request: Request) -> Response:
        asked = read_query(NamespaceQuery, request)
        return JSONResponse(self._shelf(asked).on_wire(asked.session_id or asked.execution_id or ""))

    def _shelf(self, asked: NamespaceQuery) -> Shelf:
        shelf = self._store.shelf(asked.session_id, asked.execution_id)
        if shelf is None:
            raise RefusalError(404, "There is no such session, or no such execution that is completed.")
        return shelf
