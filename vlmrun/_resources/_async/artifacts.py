"""Artifacts: the files that agents create, such as images, videos and documents."""

from __future__ import annotations

import builtins
import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from vlmrun._arguments.call_options import CallOptions
from vlmrun._arguments.checks import require_bool, require_id, require_one
from vlmrun._arguments.config import NOT_GIVEN, NotGiven
from vlmrun._http._async.remote import async_fetch
from vlmrun._http.call import Call
from vlmrun._inputs.artifact_ids import without_suffix
from vlmrun._inputs.progress import OnProgress, require_progress
from vlmrun._lifetimes import waiting
from vlmrun._lifetimes.names import later
from vlmrun._resources._async.resource import AsyncResource
from vlmrun._resources.artifact_urls import limits, read_url, url_within
from vlmrun._resources.downloads import arriving
from vlmrun._resources.fresh import DEFAULT_WAIT, Fresh
from vlmrun._resources.pictures import array_of, image_of, require
from vlmrun.client.exceptions import ResourceNotFoundError, VLMRunError
from vlmrun.client.types import ArtifactInfo
from vlmrun.client.types._artifacts import read_listing
from vlmrun.client.types._refs import ArrayRef, ArtifactRef, ImageRef, ReconRef, UrlRef

if TYPE_CHECKING:
    from PIL.Image import Image

    from vlmrun._resources._raw_async.artifacts import AsyncArtifactsWithRawResponse
    from vlmrun._resources.arrays import Array
else:
    Image = later("PIL.Image", "Image")
    Array = later("vlmrun._resources.arrays", "Array")
    AsyncArtifactsWithRawResponse = later("vlmrun._resources._raw_async.artifacts", "AsyncArtifactsWithRawResponse")

__all__ = ["AsyncArtifacts"]

T = TypeVar("T")


class AsyncArtifacts(AsyncResource):
    """The files that agents create: `AsyncVLMRun().artifacts`.

    An artifact belongs to a chat, which `session_id` names, or to an execution, which `execution_id` names. An answer
    may name artifacts that are not stored yet: all methods but `list` wait for them, up to 10 s unless `wait` is given.
    See [the guide to artifacts](https://docs.vlm.run/agents/artifacts).
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
        query = require_one(require_id, session_id=session_id, execution_id=execution_id)
        return await self.__transport__.send(Call("GET", ("artifacts", "list"), read_listing, query=query), options)

    async def get(
        self,
        object_id: str | ArtifactRef | None = None,
        *,
        filename: str | None = None,
        session_id: str | None = None,
        execution_id: str | None = None,
        wait: float = DEFAULT_WAIT,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> bytes:
        """Get an artifact's bytes, by its id or by its name.

        Args:
            object_id: The artifact's id, such as `img_a1b2c3`, or a reference, such as an `ImageRef`.
            filename: Or the artifact's name in the agent's workspace.
            session_id: The id of the chat that created the artifact.
            execution_id: Or the id of the execution.
            wait: Seconds to wait for an artifact that does not exist yet, at most `timeout`; 0 raises at once.
            timeout: Seconds for the whole answer, or `None` for no limit; defaults to the client's.
            extra_headers: Headers to add to the request.
            extra_query: Query parameters to add to the URL.
            extra_body: JSON members to add to the body.

        Returns:
            The unmodified bytes; of a `url_` artifact, and of some `recon_` artifacts, they are a URL as text.

        Raises:
            InputError: Neither or both of `object_id` and `filename`, or of `session_id` and `execution_id`, are given.
            ResourceNotFoundError: The artifact does not exist, not even after `wait` seconds.
            APIError: The call failed in another way.

        HTTP: [`GET /artifacts`](https://docs.vlm.run/api-reference/v1/get-artifact-by-id).
        """
        options = CallOptions(timeout, extra_headers, extra_query, extra_body)
        call = _get(object_id, filename, session_id, execution_id)
        return await _bytes(self, call, wait, options)

    async def image(
        self,
        object_id: str | ImageRef | None = None,
        *,
        filename: str | None = None,
        session_id: str | None = None,
        execution_id: str | None = None,
        wait: float = DEFAULT_WAIT,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> Image:
        """Get an artifact as a Pillow image. This requires Pillow: `pip install 'vlmrun[all]'`.

        Args:
            object_id: The artifact's id, such as `img_a1b2c3`, or an `ImageRef`.
            filename: Or the artifact's name in the agent's workspace.
            session_id: The id of the chat that created the artifact.
            execution_id: Or the id of the execution.
            wait: Seconds to wait for an artifact that does not exist yet, at most `timeout`; 0 raises at once.
            timeout: Seconds for the whole answer, or `None` for no limit; defaults to the client's.
            extra_headers: Headers to add to the request.
            extra_query: Query parameters to add to the URL.
            extra_body: JSON members to add to the body.

        Returns:
            The image as `PIL.Image.open` opens it, in its own mode: `.convert("RGB")` has three channels.

        Raises:
            InputError: As for `get`.
            DependencyError: Pillow is missing.
            ResourceNotFoundError: The artifact does not exist, not even after `wait` seconds.
            ResponseValidationError: The artifact is not an image, whatever the server calls it.
            APIError: The call failed in another way.

        HTTP: [`GET /artifacts`](https://docs.vlm.run/api-reference/v1/get-artifact-by-id).
        """
        options = CallOptions(timeout, extra_headers, extra_query, extra_body)
        require("PIL.Image", "client.artifacts.image")
        call = _get(object_id, filename, session_id, execution_id)
        image = await waiting.async_in_thread(
            image_of,
            await _bytes(self, call, wait, options),
            _name(object_id, filename),
        )
        if isinstance(image, VLMRunError):
            raise image
        return image

    async def array(
        self,
        object_id: str | ArrayRef | ImageRef | None = None,
        *,
        filename: str | None = None,
        session_id: str | None = None,
        execution_id: str | None = None,
        wait: float = DEFAULT_WAIT,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> Array:
        """Get an artifact as a NumPy array. This requires NumPy, and Pillow for images: `pip install 'vlmrun[all]'`.

        Args:
            object_id: The artifact's id, such as `arr_a1b2c3` or `img_a1b2c3`, or an `ArrayRef` or `ImageRef`.
            filename: Or the artifact's name in the agent's workspace.
            session_id: The id of the chat that created the artifact.
            execution_id: Or the id of the execution.
            wait: Seconds to wait for an artifact that does not exist yet, at most `timeout`; 0 raises at once.
            timeout: Seconds for the whole answer, or `None` for no limit; defaults to the client's.
            extra_headers: Headers to add to the request.
            extra_query: Query parameters to add to the URL.
            extra_body: JSON members to add to the body.

        Returns:
            The array of a `.npy` file, or of a `.npz` file that has one; of an image, its pixels.

        Raises:
            InputError: As for `get`.
            DependencyError: NumPy or Pillow is missing.
            ResourceNotFoundError: The artifact does not exist, not even after `wait` seconds.
            ResponseValidationError: The artifact is neither an array nor an image.
            APIError: The call failed in another way.

        HTTP: [`GET /artifacts`](https://docs.vlm.run/api-reference/v1/get-artifact-by-id).
        """
        options = CallOptions(timeout, extra_headers, extra_query, extra_body)
        require("numpy", "client.artifacts.array")
        call = _get(object_id, filename, session_id, execution_id)
        array = await waiting.async_in_thread(
            array_of,
            await _bytes(self, call, wait, options),
            _name(object_id, filename),
        )
        if isinstance(array, VLMRunError):
            raise array
        return array

    async def url(
        self,
        object_id: str | UrlRef | ReconRef | None = None,
        *,
        filename: str | None = None,
        session_id: str | None = None,
        execution_id: str | None = None,
        wait: float = DEFAULT_WAIT,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> str:
        """Get the URL that a `url_` artifact contains. It grants access to anyone who has it, for a limited time.

        Args:
            object_id: The artifact's id, such as `url_a1b2c3`, or a `UrlRef`; or a `ReconRef`, if it contains a URL.
            filename: Or the artifact's name in the agent's workspace.
            session_id: The id of the chat that created the artifact.
            execution_id: Or the id of the execution.
            wait: Seconds to wait for an artifact that does not exist yet, at most `timeout`; 0 raises at once.
            timeout: Seconds for the whole answer, or `None` for no limit; defaults to the client's.
            extra_headers: Headers to add to the request.
            extra_query: Query parameters to add to the URL.
            extra_body: JSON members to add to the body.

        Returns:
            The URL; `download` downloads what it leads to.

        Raises:
            InputError: As for `get`.
            ResourceNotFoundError: The artifact does not exist, not even after `wait` seconds.
            ResponseValidationError: The artifact is not a URL.
            APIError: The call failed in another way.

        HTTP: [`GET /artifacts`](https://docs.vlm.run/api-reference/v1/get-artifact-by-id).
        """
        options = CallOptions(timeout, extra_headers, extra_query, extra_body)
        call = _get(object_id, filename, session_id, execution_id)
        return read_url(_name(object_id, filename), await _bytes(self, call, wait, options))

    async def download(
        self,
        object_id: str | ArtifactRef | None = None,
        *,
        folder: str | os.PathLike[str],
        filename: str | None = None,
        session_id: str | None = None,
        execution_id: str | None = None,
        wait: float = DEFAULT_WAIT,
        allow_private: bool = False,
        on_progress: OnProgress | None = None,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> Path:
        """Write an artifact into a folder, without holding it in memory.

        The content of a `url_` artifact, and of some `recon_` artifacts, is a URL. What it leads to is downloaded, at
        most 4 GiB: without the API key, without a proxy, and only from public addresses unless `allow_private` is set.

        Args:
            object_id: The artifact's id, such as `img_a1b2c3`, or a reference, such as an `ImageRef`.
            folder: The folder, which must exist. Nothing is ever written outside it.
            filename: Or the artifact's name in the agent's workspace.
            session_id: The id of the chat that created the artifact.
            execution_id: Or the id of the execution.
            wait: Seconds to wait for an artifact that does not exist yet, at most `timeout`; 0 raises at once.
            allow_private: Whether the URL of an artifact may lead to an address that is not public, or to a proxy.
            on_progress: Called with the number of bytes that have arrived, and of all bytes, `None` if the server does
                not say: with 0 at the start of each attempt, then after each chunk; of an artifact that is a URL, also
                for what the URL leads to. What it raises ends the call.
            timeout: Seconds for the whole answer, or `None` for no limit; defaults to the client's.
            extra_headers: Headers to add to the request.
            extra_query: Query parameters to add to the URL.
            extra_body: JSON members to add to the body.

        Returns:
            The path of the file: the last part of `filename`, or the id with the suffix of its media type. An existing
            file of that name is replaced only after the whole artifact has arrived.

        Raises:
            InputError: As for `get`; the folder does not exist, or cannot be written to; or the URL of the artifact
                leads to an address that is not public.
            ResourceNotFoundError: The artifact does not exist, not even after `wait` seconds.
            APIError: The call failed in another way.

        HTTP: [`GET /artifacts`](https://docs.vlm.run/api-reference/v1/get-artifact-by-id).
        """
        options = CallOptions(timeout, extra_headers, extra_query, extra_body)
        require_bool("allow_private", allow_private)
        require_progress(on_progress)
        call = _get(object_id, filename, session_id, execution_id)
        name = _name(object_id, filename)
        with arriving(folder, on_progress) as artifact:
            fresh = Fresh(wait, _timeout(self, options))
            headers = await _once_there(lambda: self.__transport__.download(call, artifact, options), fresh)
            url = None if filename else url_within(name, artifact.text())
            if url is not None:
                within = limits(allow_private=allow_private)
                headers = await async_fetch(url, artifact, within, self.__connections__.config, options)
            return await waiting.async_in_thread(artifact.keep, name, headers, url)


async def _bytes(resource: AsyncArtifacts, call: Call[bytes], wait: float, options: CallOptions) -> bytes:
    fresh = Fresh(wait, _timeout(resource, options))
    return await _once_there(lambda: resource.__transport__.send(call, options), fresh)


async def _once_there(send: Callable[[], Awaitable[T]], fresh: Fresh) -> T:
    """Send a request for an artifact, again while there is none and it may be new."""
    while True:
        try:
            return await send()
        except ResourceNotFoundError as error:
            pause = fresh.pause(error)
        await waiting.async_sleep(pause)


def _timeout(resource: AsyncArtifacts, options: CallOptions) -> float | None:
    return resource.__connections__.timeout if isinstance(options.timeout, NotGiven) else options.timeout


def _name(object_id: str | ArtifactRef | None, filename: str | None) -> str:
    """What an artifact is called, as it was asked for."""
    return filename or (object_id.id if isinstance(object_id, ArtifactRef) else object_id) or ""


def _get(
    object_id: str | ArtifactRef | None, filename: str | None, session_id: str | None, execution_id: str | None
) -> Call[bytes]:
    asked = object_id.id if isinstance(object_id, ArtifactRef) else object_id
    which = require_one(require_id, object_id=asked, filename=filename)
    if "object_id" in which:
        which["object_id"] = without_suffix(which["object_id"])
    whose = require_one(require_id, session_id=session_id, execution_id=execution_id)
    return Call("GET", ("artifacts",), bytes, query={**which, **whose}, accept="*/*")
