"""The routes of files, and of the object store that their signed and public URLs lead to."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from vlmrun.local._inputs.uploads import read_form, read_raw
from vlmrun.local._requests.bodies import PromiseRequest
from vlmrun.local._requests.queries import FileQuery, PageQuery, UploadQuery
from vlmrun.local._requests.reading import origin_of, read_body, read_query
from vlmrun.local._store.file_store import FileStore
from vlmrun.local._store.files import Promise, StoredFile, nothing_on_wire
from vlmrun.local._wire.errors import RefusalError
from vlmrun.local._wire.journal import Journal, Work, shown
from vlmrun.local._wire.paths import FILES, STORAGE

__all__ = ["FileRoutes"]

_CHUNK = 1024 * 1024


class FileRoutes:
    """One method per route.

    Args:
        files: Where files are kept.
        work: Where it is noted that one was stored.
    """

    def __init__(self, files: FileStore, work: Journal[Work]) -> None:
        self._files = files
        self._work = work

    def routes(self) -> list[Route]:
        """The routes."""
        return [
            Route(FILES, self.upload, methods=["POST"]),
            Route(FILES, self.list_files),
            Route(f"{FILES}/presigned-url", self.promise, methods=["POST"]),
            Route(f"{FILES}/verify-upload/{{id}}", self.verify),
            Route(f"{FILES}/hash/{{md5}}", self.find),
            Route(f"{FILES}/{{id}}", self.get),
            Route(f"{FILES}/{{id}}", self.delete, methods=["DELETE"]),
            Route(f"{STORAGE}{{token}}", self.store, methods=["PUT"]),
            Route(f"{STORAGE}{{token}}", self.serve),
        ]

    async def upload(self, request: Request) -> Response:
        asked = read_query(UploadQuery, request)
        with self._files.disk.receive() as incoming:
            filename = await read_form(request, incoming)
            file = StoredFile(filename, asked.purpose, incoming.finish())
        self._files.add(file)
        self._work.add(Work("file", file.id, shown(request.headers)))
        return _answer(request, file, is_public=asked.generate_public_url, status=201)

    async def list_files(self, request: Request) -> Response:
        page = read_query(PageQuery, request)
        return JSONResponse([file.on_wire(None) for file in self._files.page(page.skip, page.limit)])

    async def get(self, request: Request) -> Response:
        asked = read_query(FileQuery, request)
        file = self._files.by_id(request.path_params["id"])
        if file is None:
            raise RefusalError(404, "File not found.")
        return _answer(request, file, is_public=asked.generate_public_url)

    async def delete(self, request: Request) -> Response:
        file = self._files.remove(request.path_params["id"])
        if file is None:
            raise RefusalError(404, "File not found.")
        return _answer(request, file, is_public=False)

    async def find(self, request: Request) -> Response:
        asked = read_query(FileQuery, request)
        file = self._files.by_md5(request.path_params["md5"])
        if file is None:
            return JSONResponse(nothing_on_wire())
        return _answer(request, file, is_public=asked.generate_public_url)

    async def promise(self, request: Request) -> Response:
        asked = read_body(PromiseRequest, request)
        promise = self._files.promise(asked.filename, asked.purpose, asked.expiration)
        return JSONResponse(promise.on_wire(origin_of(request)))

    async def verify(self, request: Request) -> Response:
        asked = read_query(FileQuery, request)
        found = self._files.redeem(request.path_params["id"])
        if found is None:
            raise RefusalError(404, "File not found.")
        if isinstance(found, Promise):
            raise RefusalError(409, "This file is not uploaded yet: PUT it to the URL that presigned-url answered.")
        return _answer(request, found, is_public=asked.generate_public_url)

    async def store(self, request: Request) -> Response:
        _refuse_keys(request)
        promise = self._files.promise_by_token(request.path_params["token"])
        if promise is None:
            raise RefusalError(404, "There is nothing to upload to here.")
        if promise.is_expired:
            raise RefusalError(403, "Request has expired.")
        if request.headers.get("content-type") != promise.media_type:
            raise RefusalError(403, f"The Content-Type must be {promise.media_type}, which the URL was signed for.")
        if "content-length" not in request.headers:
            raise RefusalError(411, "You must provide the Content-Length HTTP header.")
        with self._files.disk.receive() as incoming:
            await read_raw(request, incoming)
            blob = incoming.finish()
        if not self._files.fulfil(promise, blob):
            raise RefusalError(404, "There is nothing to upload to here any more.")
        self._work.add(Work("file", promise.id, shown(request.headers)))
        return Response(headers={"etag": f'"{blob.md5}"'})

    async def serve(self, request: Request) -> Response:
        _refuse_keys(request)
        file = self._files.by_token(request.path_params["token"])
        if file is None:
            raise RefusalError(404, "There is no file here.")
        return _Served(file)


def _answer(request: Request, file: StoredFile, *, is_public: bool, status: int = 200) -> Response:
    return JSONResponse(file.on_wire(origin_of(request) if is_public else None), status_code=status)


def _refuse_keys(request: Request) -> None:
    # As S3 does with a signed URL; and a client that sends its API key to an object store has a defect.
    if "authorization" in request.headers:
        raise RefusalError(400, "Only one auth mechanism allowed: a signed URL comes without an Authorization header.")


class _Served(Response):
    """The bytes of a file, piece by piece.

    Neither of Starlette's: the threads of FileResponse outlive the server a little, and StreamingResponse leaves it to
    chance when the file is closed if the client goes away, or only asks for the headers.
    """

    def __init__(self, file: StoredFile) -> None:
        super().__init__(media_type=file.media_type)
        self._blob = file.blob
        self.headers["content-length"] = str(file.blob.size)
        self.headers["etag"] = f'"{file.blob.md5}"'

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002  # as ASGI has it
        try:
            opened = self._blob.path.open("rb")
        except FileNotFoundError as error:
            raise RefusalError(404, "The file was removed at this moment.") from error
        with opened:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            while scope["method"] != "HEAD" and (piece := await asyncio.to_thread(opened.read, _CHUNK)):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
