"""Artifacts: the files that agents create, such as images, videos and documents."""

from __future__ import annotations

import builtins
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from vlmrun._arguments.call_options import CallOptions
from vlmrun._arguments.checks import require_id
from vlmrun._arguments.config import NOT_GIVEN, NotGiven
from vlmrun._http.call import Call
from vlmrun._lifetimes import waiting
from vlmrun._lifetimes.names import later
from vlmrun._resources._async.resource import AsyncResource
from vlmrun._resources.downloads import arriving
from vlmrun.client.exceptions import InputError
from vlmrun.client.types import ArtifactInfo
from vlmrun.client.types._artifacts import read_listing

if TYPE_CHECKING:
    from vlmrun._resources._raw_async.artifacts import AsyncArtifactsWithRawResponse
else:
    AsyncArtifactsWithRawResponse = later("vlmrun._resources._raw_async.artifacts", "AsyncArtifactsWithRawResponse")

__all__ = ["AsyncArtifacts"]


class AsyncArtifacts(AsyncResource):
    """The files that agents create: `AsyncVLMRun().artifacts`.

    An artifact belongs to a chat, which `session_id` names, or to an execution, which `execution_id` names. See
    [the guide to artifacts](https://docs.vlm.run/agents/artifacts).
    """

    @property
    def with_raw_response(self) -> AsyncArtifactsWithRawResponse:
        """The same methods, returning the HTTP response with the result: `.headers`, `.request_id`, `.parse()`."""
        from vlmrun._resources._raw_async.artifacts import AsyncArtifactsWithRawResponse

        return AsyncArtifactsWithRawResponse(self)

    async def list(
        self,
        *,
        session_id: str | None = None,
        execution_id: str | None = None,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> builtins.list[ArtifactInfo]:
        """List the artifacts of a chat or an execution.

        Args:
            session_id: The id of the chat.
            execution_id: Or the id of the execution.
            timeout: Seconds for the whole answer, or `None` for no limit; defaults to the client's.
            extra_headers: Headers to add to the request.
            extra_query: Query parameters to add to the URL.
            extra_body: JSON members to add to the body.

        Raises:
            InputError: Neither or both of the two are given.
            APIError: The call failed.

        HTTP: `GET /artifacts/list`.
        """
        options = CallOptions(timeout, extra_headers, extra_query, extra_body)
        query = _one(session_id=session_id, execution_id=execution_id)
        return await self.__transport__.send(Call("GET", ("artifacts", "list"), read_listing, query=query), options)

    async def get(
        self,
        object_id: str | None = None,
        *,
        filename: str | None = None,
        session_id: str | None = None,
        execution_id: str | None = None,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> bytes:
        """Get an artifact's bytes, by its id or by its name.

        Args:
            object_id: The artifact's id, such as `img_a1b2c3`.
            filename: Or the artifact's name in the agent's workspace.
            session_id: The id of the chat that created the artifact.
            execution_id: Or the id of the execution.
            timeout: Seconds for the whole answer, or `None` for no limit; defaults to the client's.
            extra_headers: Headers to add to the request.
            extra_query: Query parameters to add to the URL.
            extra_body: JSON members to add to the body.

        Returns:
            The unmodified bytes; for a `url_` artifact, a URL as text.

        Raises:
            InputError: Neither or both of `object_id` and `filename`, or of `session_id` and `execution_id`, are given.
            ResourceNotFoundError: The artifact does not exist, or not yet.
            APIError: The call failed in another way.

        HTTP: [`GET /artifacts`](https://docs.vlm.run/api-reference/v1/get-artifact-by-id).
        """
        options = CallOptions(timeout, extra_headers, extra_query, extra_body)
        return await self.__transport__.send(_get(object_id, filename, session_id, execution_id), options)

    async def download(
        self,
        object_id: str | None = None,
        *,
        folder: str | os.PathLike[str],
        filename: str | None = None,
        session_id: str | None = None,
        execution_id: str | None = None,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> Path:
        """Write an artifact into a folder, without holding it in memory.

        Args:
            object_id: The artifact's id, such as `img_a1b2c3`.
            folder: The folder, which must exist. Nothing is ever written outside it.
            filename: Or the artifact's name in the agent's workspace.
            session_id: The id of the chat that created the artifact.
            execution_id: Or the id of the execution.
            timeout: Seconds for the whole answer, or `None` for no limit; defaults to the client's.
            extra_headers: Headers to add to the request.
            extra_query: Query parameters to add to the URL.
            extra_body: JSON members to add to the body.

        Returns:
            The path of the file: the last part of `filename`, or the id with the suffix of its media type. An existing
            file of that name is replaced only after the whole artifact has arrived.

        Raises:
            InputError: As for `get`; or the folder does not exist, or cannot be written to.
            ResourceNotFoundError: The artifact does not exist, or not yet.
            APIError: The call failed in another way.

        HTTP: [`GET /artifacts`](https://docs.vlm.run/api-reference/v1/get-artifact-by-id).
        """
        options = CallOptions(timeout, extra_headers, extra_query, extra_body)
        call = _get(object_id, filename, session_id, execution_id)
        with arriving(folder) as artifact:
            headers = await self.__transport__.download(call, artifact.file, options)
            return await waiting.async_in_thread(artifact.keep, object_id, filename, headers)


def _get(object_id: str | None, filename: str | None, session_id: str | None, execution_id: str | None) -> Call[bytes]:
    which = _one(object_id=object_id, filename=filename)
    whose = _one(session_id=session_id, execution_id=execution_id)
    return Call("GET", ("artifacts",), bytes, query={**which, **whose}, accept="*/*")


def _one(**arguments: str | None) -> dict[str, str]:
    """Return the one argument that is given."""
    given = {name: value for name, value in arguments.items() if value is not None}
    if len(given) != 1:
        raise InputError(
            f"Exactly one of {' or '.join(arguments)} is required; got {' and '.join(given) or 'none'}.",
            suggestion="pass one of them.",
        )
    for name, value in given.items():
        require_id(name, value)
    return given
