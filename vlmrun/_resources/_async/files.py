"""Files: uploaded once, used in any number of requests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from vlmrun._arguments.call_options import CallOptions
from vlmrun._arguments.checks import require_bool, require_segment
from vlmrun._arguments.config import NOT_GIVEN, NotGiven
from vlmrun._http.call import Call, FilePart, Storage, nothing
from vlmrun._http.pages import AsyncPages
from vlmrun._inputs.progress import OnProgress, require_progress, told_of
from vlmrun._inputs.reading import AsyncSource
from vlmrun._inputs.uploads import DEFAULT_EXPIRATION, Upload, UploadMethod, async_gathered, opened
from vlmrun._lifetimes import waiting
from vlmrun._lifetimes.names import later
from vlmrun._resources._async.paging import paged
from vlmrun._resources._async.resource import AsyncResource
from vlmrun.client.exceptions import InputError, ResourceNotFoundError, ResponseValidationError
from vlmrun.client.types import FilePurpose, FileResponse
from vlmrun.client.types._files import UploadTicket, read_files, read_lookup

if TYPE_CHECKING:
    from vlmrun._http._async.transport import AsyncTransport
    from vlmrun._resources._raw_async.files import AsyncFilesWithRawResponse
else:
    AsyncFilesWithRawResponse = later("vlmrun._resources._raw_async.files", "AsyncFilesWithRawResponse")

__all__ = ["AsyncFiles"]


class AsyncFiles(AsyncResource):
    """The files of an account: `AsyncVLMRun().files`."""

    @property
    def with_raw_response(self) -> AsyncFilesWithRawResponse:
        """The same methods, returning the HTTP response with the result: `.headers`, `.request_id`, `.parse()`."""
        from vlmrun._resources._raw_async.files import AsyncFilesWithRawResponse

        return AsyncFilesWithRawResponse(self)

    async def upload(
        self,
        file: AsyncSource,
        purpose: FilePurpose = "assistants",
        method: UploadMethod = "auto",
        timeout: float | NotGiven | None = NOT_GIVEN,
        expiration: int = DEFAULT_EXPIRATION,
        force: bool = False,
        *,
        filename: str | None = None,
        generate_public_url: bool = False,
        on_progress: OnProgress | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> FileResponse:
        """Upload a file, unless the same bytes were uploaded before for the same purpose.

        The file is streamed: at most a megabyte of it is in memory at a time, and every attempt starts at its first
        byte.

        Args:
            file: A path, bytes, an open binary file, or an uploaded file of a web framework. A file that can seek is
                uploaded whole, and its position is preserved. What is left in any other, such as a pipe or a response,
                is copied to a temporary file first, however long the program that writes it takes. Exactly the bytes
                that are there at first are uploaded, also if another program is still writing the file.
            purpose: What the file is for.
            method: `direct` through the API, `presigned-url` to the storage behind it, or `auto`: files larger than
                32 MiB go to the storage.
            timeout: Seconds for the whole answer, or `None` for no limit; defaults to the client's.
            expiration: How many seconds a presigned upload URL is valid.
            force: Upload the file even if the same bytes were uploaded before.
            filename: The name of the file; by default the name of the path or of the open file.
            generate_public_url: Whether to create a URL that grants anyone access to the file for a limited time.
            on_progress: Called with the number of bytes that are sent and of all bytes: with 0 at the start of each
                attempt, then after each chunk; or once, with all, if the same bytes were uploaded before. What it
                raises ends the call.
            extra_headers: Headers to add to the request.
            extra_query: Query parameters to add to the URL.
            extra_body: JSON members to add to the body.

        Returns:
            The file; `content.file` takes it.

        Raises:
            InputError: An argument cannot be used: the file does not exist, cannot be read, or is empty; or it became
                shorter while it was uploaded.
            APIError: A call failed.

        HTTP: `GET /files/hash/{md5}`, then [`POST /files`](https://docs.vlm.run/api-reference/v1/files/post-file-upload);
        or `POST /files/presigned-url`, `PUT` to the storage, and `GET /files/verify-upload/{id}`.
        """
        options = CallOptions(timeout, extra_headers, extra_query, extra_body)
        require_progress(on_progress)
        source = await async_gathered(file)
        try:
            with await waiting.async_in_thread(opened, source, filename) as upload:
                upload.check(purpose, generate_public_url, method, expiration, force)
                found = None
                if not force:
                    md5 = await waiting.async_in_thread(upload.md5)
                    found = await _found(self.__transport__, md5, purpose, options)
                report = None if on_progress is None else told_of(upload.size, on_progress)
                if found is None:
                    found = await _sent(
                        self.__transport__, upload, purpose, generate_public_url, method, expiration, report, options
                    )
                elif report is not None:
                    report(upload.size)
        except InputError as error:  # of reading while it is sent, in frames that hold pieces of the file
            raise error.with_traceback(None) from error.__cause__
        if generate_public_url and found.public_url is None:
            call = Call(
                "GET", ("files", found.id), FileResponse.model_validate_json, query={"generate_public_url": True}
            )
            return await self.__transport__.send(call, options.without_body())
        return found

    def list(
        self,
        skip: int = 0,
        limit: int = 10,
        *,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> AsyncPages[FileResponse]:
        """List the files of the account: `await` returns one page, `async for` iterates over all files.

        Args:
            skip: Number of files to skip.
            limit: Number of files per page, 1 to 1000.
            timeout: Seconds for the whole answer, or `None` for no limit; defaults to the client's.
            extra_headers: Headers to add to the request.
            extra_query: Query parameters to add to the URL.
            extra_body: JSON members to add to the body.

        Raises:
            InputError: `skip` or `limit` is out of range.
            APIError: The call failed.

        HTTP: [`GET /files`](https://docs.vlm.run/api-reference/v1/files/get-files-list).
        """
        options = CallOptions(timeout, extra_headers, extra_query, extra_body)
        return paged(self.__transport__, ("files",), read_files, skip, limit, options)

    async def get(
        self,
        file_id: str,
        *,
        generate_public_url: bool = False,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> FileResponse:
        """Get the metadata of a file.

        Args:
            file_id: The id of the file.
            generate_public_url: Whether to create a URL that grants anyone access to the file for a limited time.
            timeout: Seconds for the whole answer, or `None` for no limit; defaults to the client's.
            extra_headers: Headers to add to the request.
            extra_query: Query parameters to add to the URL.
            extra_body: JSON members to add to the body.

        Raises:
            InputError: `file_id` is not a valid id.
            ResourceNotFoundError: The file does not exist.
            APIError: The call failed in another way.

        HTTP: [`GET /files/{id}`](https://docs.vlm.run/api-reference/v1/files/get-files-by-id).
        """
        options = CallOptions(timeout, extra_headers, extra_query, extra_body)
        require_segment("file_id", file_id)
        require_bool("generate_public_url", generate_public_url)
        query = {"generate_public_url": generate_public_url}
        call = Call("GET", ("files", file_id), FileResponse.model_validate_json, query=query)
        return await self.__transport__.send(call, options)

    async def delete(
        self,
        file_id: str,
        *,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> None:
        """Delete a file.

        Args:
            file_id: The id of the file.
            timeout: Seconds for the whole answer, or `None` for no limit; defaults to the client's.
            extra_headers: Headers to add to the request.
            extra_query: Query parameters to add to the URL.
            extra_body: JSON members to add to the body.

        Raises:
            InputError: `file_id` is not a valid id.
            ResourceNotFoundError: The file does not exist.
            APIError: The call failed in another way.

        HTTP: `DELETE /files/{id}`.
        """
        options = CallOptions(timeout, extra_headers, extra_query, extra_body)
        require_segment("file_id", file_id)
        await self.__transport__.send(Call("DELETE", ("files", file_id), nothing), options)


async def _found(
    transport: AsyncTransport, md5: str, purpose: FilePurpose, options: CallOptions
) -> FileResponse | None:
    """Find the file with these bytes, if it was uploaded for the same purpose."""
    try:
        call = Call("GET", ("files", "hash", md5), read_lookup)
        found = await transport.send(call, options.without_body())
    except ResourceNotFoundError:  # how an older server answers if there is none
        return None
    return found if found is not None and found.purpose == purpose else None


async def _sent(
    transport: AsyncTransport,
    upload: Upload,
    purpose: FilePurpose,
    generate_public_url: bool,
    method: UploadMethod,
    expiration: int,
    report: Callable[[int], object] | None,
    options: CallOptions,
) -> FileResponse:
    """Upload a file and return its metadata."""
    if upload.is_direct(method):
        part = FilePart(upload.file, upload.name, upload.media_type, report)
        # The server creates a public URL by default.
        query = {"purpose": purpose, "generate_public_url": generate_public_url}
        call = Call("POST", ("files",), FileResponse.model_validate_json, query=query, part=part)
        return await transport.send(call, options)
    body = {"filename": upload.name, "purpose": purpose, "expiration": expiration}
    promise = Call("POST", ("files", "presigned-url"), UploadTicket.model_validate_json, body)
    ticket = await transport.send(promise, options)
    await transport.put(_storage(upload, ticket, report), options)
    verify = Call("GET", ("files", "verify-upload", ticket.id), FileResponse.model_validate_json)
    return await transport.send(verify, options.without_body())


def _storage(upload: Upload, ticket: UploadTicket, report: Callable[[int], object] | None) -> Storage:
    """The request that sends a file to the storage."""
    method = ticket.upload_method or ticket.method or "PUT"
    if method.upper() != "PUT":
        raise ResponseValidationError(f"The server asks for an upload by {method}, which is not known here.")
    return Storage(ticket.url, ticket.content_type or upload.media_type, upload.file, upload.size, report)
