"""Datasets: files for fine-tuning."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import AbstractContextManager, ExitStack
from typing import TYPE_CHECKING, BinaryIO

from vlmrun._arguments.call_options import CallOptions
from vlmrun._arguments.checks import optional_text, require_id, require_segment, require_text
from vlmrun._arguments.config import NOT_GIVEN, NotGiven
from vlmrun._http.call import Call
from vlmrun._http.pages import AsyncPages
from vlmrun._inputs.progress import OnProgress
from vlmrun._lifetimes import waiting
from vlmrun._lifetimes.names import later
from vlmrun._resources._async.paging import paged
from vlmrun._resources._async.resource import AsyncResource
from vlmrun._resources.archives import archived
from vlmrun.client.types import DatasetResponse, DatasetType
from vlmrun.client.types._datasets import read_datasets

if TYPE_CHECKING:
    from vlmrun._resources._raw_async.datasets import AsyncDatasetsWithRawResponse
else:
    AsyncDatasetsWithRawResponse = later("vlmrun._resources._raw_async.datasets", "AsyncDatasetsWithRawResponse")

__all__ = ["AsyncDatasets"]


class AsyncDatasets(AsyncResource):
    """The datasets of an account: `AsyncVLMRun().datasets`.

    Unconfirmed: VLM Run does not document these routes. They are those of the official SDK 0.9.2.
    """

    @property
    def with_raw_response(self) -> AsyncDatasetsWithRawResponse:
        """The same methods, returning the HTTP response with the result: `.headers`, `.request_id`, `.parse()`."""
        from vlmrun._resources._raw_async.datasets import AsyncDatasetsWithRawResponse

        return AsyncDatasetsWithRawResponse(self)

    async def create(
        self,
        domain: str,
        dataset_directory: str | os.PathLike[str],
        dataset_name: str,
        dataset_type: DatasetType,
        wandb_base_url: str | None = None,
        wandb_project_name: str | None = None,
        wandb_api_key: str | None = None,
        *,
        on_progress: OnProgress | None = None,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> DatasetResponse:
        """Upload the files of a folder as an archive, and create a dataset from it.

        The archive is written to a temporary file and streamed from there. Hidden files and folders and symbolic links
        are excluded. The same files always make the same archive, which is uploaded only once.

        Args:
            domain: The domain, such as `document.invoice`.
            dataset_directory: The folder.
            dataset_name: The name of the dataset.
            dataset_type: What the files are: `images`, `videos` or `documents`.
            wandb_base_url: The URL of Weights & Biases; the server has a default.
            wandb_project_name: The project at Weights & Biases.
            wandb_api_key: The API key for Weights & Biases.
            on_progress: Called with the number of bytes that are sent and of all bytes: with 0 at the start of each
                attempt, then after each chunk; or once, with all, if the same archive was uploaded before. What it
                raises ends the call.
            timeout: Seconds for the whole answer, or `None` for no limit; defaults to the client's.
            extra_headers: Headers to add to the request.
            extra_query: Query parameters to add to the URL.
            extra_body: JSON members to add to the body.

        Raises:
            InputError: The folder contains no files or cannot be read, or an argument is invalid.
            APIError: A call failed.

        HTTP: `POST /files`, then `POST /datasets/create` (unconfirmed).
        """
        from vlmrun._resources._async.files import AsyncFiles  # here, because few calls need it

        options = CallOptions(timeout, extra_headers, extra_query, extra_body)
        require_text("domain", domain, "pass a name such as document.invoice.")
        require_id("dataset_name", dataset_name)
        require_text("dataset_type", dataset_type, "pass images, videos or documents.")
        for argument, value in (
            ("wandb_base_url", wandb_base_url),
            ("wandb_project_name", wandb_project_name),
            ("wandb_api_key", wandb_api_key),
        ):
            optional_text(argument, value)
        with ExitStack() as stack:
            archive = archived("dataset_directory", dataset_directory, dataset_name)
            uploaded = await AsyncFiles(self.__connections__).upload(
                await waiting.async_in_thread(_entered, stack, archive),
                filename=f"{dataset_name}.tar.gz",
                purpose="datasets",
                on_progress=on_progress,
                timeout=timeout,
                extra_headers=extra_headers,
                extra_query=extra_query,
            )
        call = Call(
            "POST",
            ("datasets", "create"),
            DatasetResponse.model_validate_json,
            {
                "file_id": uploaded.id,
                "domain": domain,
                "dataset_name": dataset_name,
                "dataset_type": dataset_type,
                "wandb_base_url": wandb_base_url,
                "wandb_project_name": wandb_project_name,
                "wandb_api_key": wandb_api_key,
            },
        )
        return await self.__transport__.send(call, options)

    async def get(
        self,
        dataset_id: str,
        *,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> DatasetResponse:
        """Get a dataset with its current status.

        Args:
            dataset_id: The id of the dataset.
            timeout: Seconds for the whole answer, or `None` for no limit; defaults to the client's.
            extra_headers: Headers to add to the request.
            extra_query: Query parameters to add to the URL.
            extra_body: JSON members to add to the body.

        Raises:
            InputError: `dataset_id` is not a valid id.
            ResourceNotFoundError: The dataset does not exist.
            APIError: The call failed in another way.

        HTTP: `GET /datasets/{id}` (unconfirmed).
        """
        options = CallOptions(timeout, extra_headers, extra_query, extra_body)
        require_segment("dataset_id", dataset_id)
        call = Call("GET", ("datasets", dataset_id), DatasetResponse.model_validate_json)
        return await self.__transport__.send(call, options)

    def list(
        self,
        skip: int = 0,
        limit: int = 10,
        *,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> AsyncPages[DatasetResponse]:
        """List the datasets of the account: `await` returns one page, `async for` iterates over all of them.

        Args:
            skip: Number of datasets to skip.
            limit: Number of datasets per page, 1 to 1000.
            timeout: Seconds for the whole answer, or `None` for no limit; defaults to the client's.
            extra_headers: Headers to add to the request.
            extra_query: Query parameters to add to the URL.
            extra_body: JSON members to add to the body.

        Raises:
            InputError: `skip` or `limit` is out of range.
            APIError: The call failed.

        HTTP: `GET /datasets` (unconfirmed).
        """
        options = CallOptions(timeout, extra_headers, extra_query, extra_body)
        return paged(self.__transport__, ("datasets",), read_datasets, skip, limit, options)


def _entered(stack: ExitStack, archive: AbstractContextManager[BinaryIO]) -> BinaryIO:
    return stack.enter_context(archive)
