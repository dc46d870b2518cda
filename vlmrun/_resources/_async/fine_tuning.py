"""Fine-tuning: models of one's own."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, TypeVar, overload

from pydantic import BaseModel

from vlmrun._arguments.call_options import CallOptions
from vlmrun._arguments.checks import MAX_INT, optional_text, require_int, require_segment, require_text, type_name
from vlmrun._arguments.config import NOT_GIVEN, NotGiven
from vlmrun._arguments.discretion import discreet_errors
from vlmrun._http.call import Call
from vlmrun._http.pages import AsyncPages
from vlmrun._lifetimes import waiting
from vlmrun._lifetimes.names import later
from vlmrun._resources._async.paging import paged
from vlmrun._resources._async.predicting import generated
from vlmrun._resources._async.resource import AsyncResource
from vlmrun._resources.extractions import extraction, image_url, require_instructions, tuned_sources, video_url
from vlmrun.client.exceptions import InputError
from vlmrun.client.types import (
    FinetuningProvisionResponse,
    FinetuningResponse,
    GenerationConfig,
    PredictionResponse,
    RequestMetadata,
)
from vlmrun.client.types._fine_tuning import read_jobs, read_names

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletionContentPartParam

    from vlmrun._inputs.options import AgentMetadata, GenerationOptions
    from vlmrun._inputs.parts import ImageSource, Source
    from vlmrun._resources._raw_async.fine_tuning import AsyncFinetuningWithRawResponse
else:
    ChatCompletionContentPartParam = later("openai.types.chat", "ChatCompletionContentPartParam")
    AgentMetadata = later("vlmrun._inputs.options", "AgentMetadata")
    GenerationOptions = later("vlmrun._inputs.options", "GenerationOptions")
    ImageSource = later("vlmrun._inputs.parts", "ImageSource")
    Source = later("vlmrun._inputs.parts", "Source")
    AsyncFinetuningWithRawResponse = later("vlmrun._resources._raw_async.fine_tuning", "AsyncFinetuningWithRawResponse")

__all__ = ["AsyncFinetuning"]

_M = TypeVar("_M", bound=BaseModel)


class AsyncFinetuning(AsyncResource):
    """Fine-tuning jobs and their models: `AsyncVLMRun().fine_tuning`.

    Unconfirmed: VLM Run does not document these routes. They are those of the official SDK 0.9.2.
    """

    @property
    def with_raw_response(self) -> AsyncFinetuningWithRawResponse:
        """The same methods, returning the HTTP response with the result: `.headers`, `.request_id`, `.parse()`."""
        from vlmrun._resources._raw_async.fine_tuning import AsyncFinetuningWithRawResponse

        return AsyncFinetuningWithRawResponse(self)

    async def create(
        self,
        model: str,
        training_file: str,
        validation_file: str | None = None,
        num_epochs: int | None = None,
        batch_size: int | Literal["auto"] | None = None,
        learning_rate: float | None = None,
        suffix: str | None = None,
        wandb_api_key: str | None = None,
        wandb_base_url: str | None = None,
        wandb_project_name: str | None = None,
        *,
        callback_url: str | None = None,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> FinetuningResponse:
        """Start a fine-tuning job. It runs in the background. The server's defaults apply to what is not set.

        Args:
            model: The base model.
            training_file: The id of an uploaded file, or a URL, with the training data.
            validation_file: The same with the validation data.
            num_epochs: Number of epochs.
            batch_size: Batch size, or `auto`.
            learning_rate: Learning rate, such as `2e-4`.
            suffix: The suffix of the fine-tuned model's name: letters, digits, `-` and `_`.
            wandb_api_key: The API key for Weights & Biases.
            wandb_base_url: The URL of Weights & Biases.
            wandb_project_name: The project at Weights & Biases.
            callback_url: URL of the webhook that receives the result.
            timeout: Seconds for the whole answer, or `None` for no limit; defaults to the client's.
            extra_headers: Headers to add to the request.
            extra_query: Query parameters to add to the URL.
            extra_body: JSON members to add to the body.

        Raises:
            InputError: An argument is invalid.
            APIError: The call failed. It is not retried if the server may have started the job.

        HTTP: `POST /fine_tuning/create` (unconfirmed).
        """
        options = CallOptions(timeout, extra_headers, extra_query, extra_body)
        if num_epochs is not None:
            require_int("num_epochs", num_epochs, 1, MAX_INT, "pass a number such as 3.")
        if batch_size is not None and not (isinstance(batch_size, str) and batch_size == "auto"):
            require_int("batch_size", batch_size, 1, MAX_INT, 'pass a number, or "auto".')
        call = Call(
            "POST",
            ("fine_tuning", "create"),
            FinetuningResponse.model_validate_json,
            {
                "model": require_text("model", model, "pass a name such as vlm-1."),
                "training_file": require_text("training_file", training_file, "pass the id of an uploaded file."),
                "validation_file": optional_text("validation_file", validation_file),
                "num_epochs": num_epochs,
                "batch_size": batch_size,
                "learning_rate": _rate(learning_rate),
                "suffix": _suffix(suffix),
                "wandb_api_key": optional_text("wandb_api_key", wandb_api_key),
                "wandb_base_url": optional_text("wandb_base_url", wandb_base_url),
                "wandb_project_name": optional_text("wandb_project_name", wandb_project_name),
                "callback_url": optional_text("callback_url", callback_url),
            },
        )
        return await self.__transport__.send(call, options)

    async def provision(
        self,
        model: str,
        duration: int = 600,
        concurrency: int = 1,
        *,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> FinetuningProvisionResponse:
        """Make a fine-tuned model available for a while.

        Args:
            model: The model.
            duration: For how many seconds.
            concurrency: For how many requests at once.
            timeout: Seconds for the whole answer, or `None` for no limit; defaults to the client's.
            extra_headers: Headers to add to the request.
            extra_query: Query parameters to add to the URL.
            extra_body: JSON members to add to the body.

        Raises:
            InputError: An argument is invalid.
            APIError: The call failed. It is not retried if the server may have provisioned the model.

        HTTP: `POST /fine_tuning/provision` (unconfirmed).
        """
        options = CallOptions(timeout, extra_headers, extra_query, extra_body)
        require_int("duration", duration, 1, MAX_INT, "pass seconds, such as 600.")
        require_int("concurrency", concurrency, 1, MAX_INT, "pass a number such as 1.")
        call = Call(
            "POST",
            ("fine_tuning", "provision"),
            FinetuningProvisionResponse.model_validate_json,
            {
                "model": require_text("model", model, "pass the model of a completed job."),
                "duration": duration,
                "concurrency": concurrency,
            },
        )
        return await self.__transport__.send(call, options)

    @overload
    async def generate(
        self,
        model: str,
        images: Sequence[ImageSource | ChatCompletionContentPartParam] | None = None,
        videos: Sequence[Source] | None = None,
        batch: Literal[False] = False,
        config: GenerationConfig | GenerationOptions | None = None,
        metadata: RequestMetadata | AgentMetadata | None = None,
        callback_url: str | None = None,
        *,
        response_model: type[_M],
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> PredictionResponse[_M]: ...
    @overload
    async def generate(
        self,
        model: str,
        images: Sequence[ImageSource | ChatCompletionContentPartParam] | None = None,
        videos: Sequence[Source] | None = None,
        batch: Literal[False] = False,
        config: GenerationConfig | GenerationOptions | None = None,
        metadata: RequestMetadata | AgentMetadata | None = None,
        callback_url: str | None = None,
        *,
        response_model: None = None,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> PredictionResponse: ...
    async def generate(
        self,
        model: str,
        images: Sequence[ImageSource | ChatCompletionContentPartParam] | None = None,
        videos: Sequence[Source] | None = None,
        batch: Literal[False] = False,
        config: GenerationConfig | GenerationOptions | None = None,
        metadata: RequestMetadata | AgentMetadata | None = None,
        callback_url: str | None = None,
        *,
        response_model: type[BaseModel] | None = None,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> PredictionResponse[object]:
        """Extract data from images or a video with a fine-tuned model.

        Args:
            model: The fine-tuned model.
            images: Up to 16 images: paths, URLs, bytes, open files, Pillow images, arrays, or parts of
                `content.image(...)`.
            videos: Up to one video: a path, a URL, bytes, or an open file.
            batch: Always `False`: the server takes no batches here.
            config: What to extract and how; `prompt` is required, and `json_schema` unless there is a `response_model`.
            metadata: Metadata stored with the prediction.
            callback_url: URL of the webhook that receives the result.
            response_model: A pydantic model that the answer is parsed into, and whose schema the server gets.
            timeout: Seconds for the whole answer, or `None` for no limit; defaults to the client's.
            extra_headers: Headers to add to the request.
            extra_query: Query parameters to add to the URL.
            extra_body: JSON members to add to the body.

        Returns:
            The completed prediction, whose `response` is of the type that was asked for, else JSON.

        Raises:
            InputError: An argument cannot be sent.
            PredictionFailedError: The prediction failed or was cancelled.
            PredictionTimeoutError: The prediction did not finish in time; it is still running.
            OutputValidationError: The answer does not match its model.
            APIError: A call failed. It is not retried if the server may have started the work.

        HTTP: `POST /fine_tuning/generate` (unconfirmed).
        """
        options = CallOptions(timeout, extra_headers, extra_query, extra_body)
        with discreet_errors():
            given: object = batch  # which only type-checked callers keep to
            if given is not False:
                raise InputError("batch must be False.", suggestion="omit it: fine-tuned models take no batches.")
            request = extraction(
                {"model": require_text("model", model, "pass the model of a completed job.")},
                batch=batch,
                config=config,
                metadata=metadata,
                callback_url=callback_url,
                autocast=False,
                response_model=response_model,
            )
            require_instructions(request)
            pictures, films = tuned_sources(images, videos)
            found = [await waiting.async_in_thread(image_url, index, image) for index, image in enumerate(pictures)]
            others = [await waiting.async_in_thread(video_url, index, video) for index, video in enumerate(films)]
            source = {"images": found or None, "videos": others or None}
            return await generated(self.__connections__, ("fine_tuning", "generate"), source, request, options)

    def list(
        self,
        skip: int = 0,
        limit: int = 10,
        *,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> AsyncPages[FinetuningResponse]:
        """List the jobs of the account: `await` returns one page, `async for` iterates over all of them.

        Args:
            skip: Number of jobs to skip.
            limit: Number of jobs per page, 1 to 1000.
            timeout: Seconds for the whole answer, or `None` for no limit; defaults to the client's.
            extra_headers: Headers to add to the request.
            extra_query: Query parameters to add to the URL.
            extra_body: JSON members to add to the body.

        Raises:
            InputError: `skip` or `limit` is out of range.
            APIError: The call failed.

        HTTP: `GET /fine_tuning/jobs` (unconfirmed).
        """
        options = CallOptions(timeout, extra_headers, extra_query, extra_body)
        return paged(self.__transport__, ("fine_tuning", "jobs"), read_jobs, skip, limit, options)

    async def get(
        self,
        job_id: str,
        *,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> FinetuningResponse:
        """Get a job with its current status.

        Args:
            job_id: The id of the job.
            timeout: Seconds for the whole answer, or `None` for no limit; defaults to the client's.
            extra_headers: Headers to add to the request.
            extra_query: Query parameters to add to the URL.
            extra_body: JSON members to add to the body.

        Raises:
            InputError: `job_id` is not a valid id.
            ResourceNotFoundError: The job does not exist.
            APIError: The call failed in another way.

        HTTP: `GET /fine_tuning/jobs/{id}` (unconfirmed).
        """
        options = CallOptions(timeout, extra_headers, extra_query, extra_body)
        require_segment("job_id", job_id)
        call = Call("GET", ("fine_tuning", "jobs", job_id), FinetuningResponse.model_validate_json)
        return await self.__transport__.send(call, options)

    def list_models(
        self,
        skip: int = 0,
        limit: int = 10,
        *,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> AsyncPages[str]:
        """List the names of the fine-tuned models: `await` returns one page, `async for` iterates over all of them.

        Args:
            skip: Number of models to skip.
            limit: Number of models per page, 1 to 1000.
            timeout: Seconds for the whole answer, or `None` for no limit; defaults to the client's.
            extra_headers: Headers to add to the request.
            extra_query: Query parameters to add to the URL.
            extra_body: JSON members to add to the body.

        Raises:
            InputError: `skip` or `limit` is out of range.
            APIError: The call failed.

        HTTP: `GET /fine_tuning/models` (unconfirmed).
        """
        options = CallOptions(timeout, extra_headers, extra_query, extra_body)
        return paged(self.__transport__, ("fine_tuning", "models"), read_names, skip, limit, options)


def _rate(learning_rate: object) -> float | None:
    if learning_rate is None:
        return None
    if isinstance(learning_rate, bool) or not isinstance(learning_rate, (int, float)) or not 0 < learning_rate <= 1:
        wrong = "" if type(learning_rate) in (int, float) else f", not {type_name(learning_rate)}"
        raise InputError(
            f"learning_rate must be a number above 0 and up to 1{wrong}.", suggestion="pass a number such as 2e-4."
        )
    return learning_rate


def _suffix(suffix: object) -> str | None:
    text = optional_text("suffix", suffix)
    if text is not None and not re.fullmatch(r"[A-Za-z0-9_-]+", text):
        raise InputError("suffix may only contain letters, digits, - and _.", suggestion="pass another suffix.")
    return text
