"""Images: what VLM Run extracts from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, TypeVar, overload

from pydantic import BaseModel

from vlmrun._arguments.call_options import CallOptions
from vlmrun._arguments.config import NOT_GIVEN, NotGiven
from vlmrun._arguments.discretion import discreet_errors
from vlmrun._lifetimes import waiting
from vlmrun._lifetimes.names import later
from vlmrun._resources._async.predicting import generated, inferred, uploaded
from vlmrun._resources._async.prediction_resource import AsyncPredictionResource
from vlmrun._resources.connections import Connections
from vlmrun._resources.extractions import execution, extraction, generation, image_sources, image_url, is_large
from vlmrun.client.exceptions import ResponseValidationError
from vlmrun.client.types import (
    Domain,
    GenerationConfig,
    MarkdownDocument,
    PredictionResponse,
    RequestMetadata,
    SchemaResponse,
)

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletionContentPartParam

    from vlmrun._inputs.options import AgentMetadata, GenerationOptions
    from vlmrun._inputs.parts import ImageSource
    from vlmrun._resources._raw_async.image import AsyncImageWithRawResponse
else:
    ChatCompletionContentPartParam = later("openai.types.chat", "ChatCompletionContentPartParam")
    AgentMetadata = later("vlmrun._inputs.options", "AgentMetadata")
    GenerationOptions = later("vlmrun._inputs.options", "GenerationOptions")
    ImageSource = later("vlmrun._inputs.parts", "ImageSource")
    AsyncImageWithRawResponse = later("vlmrun._resources._raw_async.image", "AsyncImageWithRawResponse")

__all__ = ["AsyncImage"]

_M = TypeVar("_M", bound=BaseModel)


class AsyncImage(AsyncPredictionResource):
    """Predictions from images: `AsyncVLMRun().image`."""

    @property
    def with_raw_response(self) -> AsyncImageWithRawResponse:
        """The same methods, returning the HTTP response with the result: `.headers`, `.request_id`, `.parse()`."""
        from vlmrun._resources._raw_async.image import AsyncImageWithRawResponse

        return AsyncImageWithRawResponse(self)

    @overload
    async def generate(  # type: ignore[overload-overlap]  # in order
        self,
        domain: Literal["document.markdown"],
        images: Sequence[ImageSource | ChatCompletionContentPartParam],
        urls: None = None,
        model: str = "vlm-1",
        batch: Literal[False] = False,
        metadata: RequestMetadata | AgentMetadata | None = None,
        config: GenerationConfig | GenerationOptions | None = None,
        callback_url: str | None = None,
        autocast: bool = False,
        *,
        response_model: None = None,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> PredictionResponse[MarkdownDocument]: ...
    @overload
    async def generate(  # type: ignore[overload-overlap]  # in order
        self,
        domain: Literal["document.markdown"],
        images: None = None,
        *,
        urls: Sequence[str],
        model: str = "vlm-1",
        batch: Literal[False] = False,
        metadata: RequestMetadata | AgentMetadata | None = None,
        config: GenerationConfig | GenerationOptions | None = None,
        callback_url: str | None = None,
        autocast: bool = False,
        response_model: None = None,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> PredictionResponse[MarkdownDocument]: ...
    @overload
    async def generate(  # type: ignore[overload-overlap]  # in order
        self,
        domain: Domain | None,
        images: Sequence[ImageSource | ChatCompletionContentPartParam],
        urls: None = None,
        model: str = "vlm-1",
        batch: Literal[False] = False,
        metadata: RequestMetadata | AgentMetadata | None = None,
        config: GenerationConfig | GenerationOptions | None = None,
        callback_url: str | None = None,
        autocast: bool = False,
        *,
        response_model: type[_M],
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> PredictionResponse[_M]: ...
    @overload
    async def generate(  # type: ignore[overload-overlap]  # in order
        self,
        domain: Domain,
        images: Sequence[ImageSource | ChatCompletionContentPartParam],
        urls: None = None,
        model: str = "vlm-1",
        batch: Literal[False] = False,
        metadata: RequestMetadata | AgentMetadata | None = None,
        config: GenerationConfig | GenerationOptions | None = None,
        callback_url: str | None = None,
        *,
        autocast: Literal[True],
        response_model: None = None,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> PredictionResponse[BaseModel]: ...
    @overload
    async def generate(
        self,
        domain: Domain | None,
        images: Sequence[ImageSource | ChatCompletionContentPartParam],
        urls: None = None,
        model: str = "vlm-1",
        batch: bool = False,
        metadata: RequestMetadata | AgentMetadata | None = None,
        config: GenerationConfig | GenerationOptions | None = None,
        callback_url: str | None = None,
        autocast: bool = False,
        *,
        response_model: type[BaseModel] | None = None,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> PredictionResponse: ...
    @overload
    async def generate(  # type: ignore[overload-overlap]  # in order
        self,
        domain: Domain | None,
        images: None = None,
        *,
        urls: Sequence[str],
        model: str = "vlm-1",
        batch: Literal[False] = False,
        metadata: RequestMetadata | AgentMetadata | None = None,
        config: GenerationConfig | GenerationOptions | None = None,
        callback_url: str | None = None,
        autocast: bool = False,
        response_model: type[_M],
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> PredictionResponse[_M]: ...
    @overload
    async def generate(  # type: ignore[overload-overlap]  # in order
        self,
        domain: Domain,
        images: None = None,
        *,
        urls: Sequence[str],
        model: str = "vlm-1",
        batch: Literal[False] = False,
        metadata: RequestMetadata | AgentMetadata | None = None,
        config: GenerationConfig | GenerationOptions | None = None,
        callback_url: str | None = None,
        autocast: Literal[True],
        response_model: None = None,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> PredictionResponse[BaseModel]: ...
    @overload
    async def generate(
        self,
        domain: Domain | None,
        images: None = None,
        *,
        urls: Sequence[str],
        model: str = "vlm-1",
        batch: bool = False,
        metadata: RequestMetadata | AgentMetadata | None = None,
        config: GenerationConfig | GenerationOptions | None = None,
        callback_url: str | None = None,
        autocast: bool = False,
        response_model: type[BaseModel] | None = None,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> PredictionResponse: ...
    async def generate(
        self,
        domain: Domain | None,
        images: Sequence[ImageSource | ChatCompletionContentPartParam] | None = None,
        urls: Sequence[str] | None = None,
        model: str = "vlm-1",
        batch: bool = False,
        metadata: RequestMetadata | AgentMetadata | None = None,
        config: GenerationConfig | GenerationOptions | None = None,
        callback_url: str | None = None,
        autocast: bool = False,
        *,
        response_model: type[BaseModel] | None = None,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> PredictionResponse[object]:
        """Extract data from images.

        ```python
        prediction = await client.image.generate("document.invoice", ["page.png"], response_model=Invoice)
        prediction.response  # an Invoice
        ```

        The answer of the domain `document.markdown` has a model of its own, `MarkdownDocument`, which needs no
        `response_model`; with a schema in `config`, it is JSON.

        Args:
            domain: What kind of input it is, such as `document.invoice`; `None` if skills of `config` say it.
            images: Paths, bytes, open binary files, Pillow images, NumPy arrays or parts of `content.image`. Bytes
                are sent unmodified; a path, bytes or an open file of more than 32 MiB are uploaded first.
            urls: URLs of images, in place of `images`.
            model: The model that does it.
            batch: Whether to return at once, before the prediction is done; `client.predictions.wait` waits for it.
            metadata: Metadata stored with the prediction.
            config: What to extract and how, as a model or a dict of the same fields.
            callback_url: URL of the webhook that receives the result.
            autocast: Whether to read the answer into a class for the domain, whose schema is requested each time; for
                many calls, pass `response_model=client.get_type(domain)`.
            response_model: A pydantic model that the answer is parsed into, and whose schema the server gets.
            timeout: Seconds for the whole answer, or `None` for no limit; defaults to the client's.
            extra_headers: Headers to add to the request.
            extra_query: Query parameters to add to the URL.
            extra_body: JSON members to add to the body.

        Returns:
            The completed prediction, whose `response` is of the type that was asked for, else JSON. With `batch=True`,
            the prediction as the server has accepted it.

        Raises:
            InputError: An argument cannot be sent.
            PredictionFailedError: The prediction failed or was cancelled.
            PredictionTimeoutError: The prediction did not finish in time; it is still running.
            OutputValidationError: The answer does not match its model.
            APIError: A call failed. It is not retried if the server may have started the work.

        HTTP: [`POST /image/generate`](https://docs.vlm.run/api-reference/v1/image/post-image-generate).
        """
        options = CallOptions(timeout, extra_headers, extra_query, extra_body)
        with discreet_errors():
            request = extraction(
                generation(domain, model),
                batch=batch,
                config=config,
                metadata=metadata,
                callback_url=callback_url,
                autocast=autocast,
                response_model=response_model,
            )
            source = {"images": await _images(self.__connections__, image_sources(images, urls), options)}
            return await generated(self.__connections__, ("image", "generate"), source, request, options)

    @overload
    async def execute(  # type: ignore[overload-overlap]  # in order
        self,
        name: str,
        version: str = "latest",
        images: Sequence[ImageSource | ChatCompletionContentPartParam] | None = None,
        urls: Sequence[str] | None = None,
        batch: Literal[False] = False,
        metadata: RequestMetadata | AgentMetadata | None = None,
        config: GenerationConfig | GenerationOptions | None = None,
        callback_url: str | None = None,
        autocast: bool = False,
        *,
        response_model: type[_M],
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> PredictionResponse[_M]: ...
    @overload
    async def execute(
        self,
        name: str,
        version: str = "latest",
        images: Sequence[ImageSource | ChatCompletionContentPartParam] | None = None,
        urls: Sequence[str] | None = None,
        batch: bool = False,
        metadata: RequestMetadata | AgentMetadata | None = None,
        config: GenerationConfig | GenerationOptions | None = None,
        callback_url: str | None = None,
        autocast: bool = False,
        *,
        response_model: type[BaseModel] | None = None,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> PredictionResponse: ...
    async def execute(
        self,
        name: str,
        version: str = "latest",
        images: Sequence[ImageSource | ChatCompletionContentPartParam] | None = None,
        urls: Sequence[str] | None = None,
        batch: bool = False,
        metadata: RequestMetadata | AgentMetadata | None = None,
        config: GenerationConfig | GenerationOptions | None = None,
        callback_url: str | None = None,
        autocast: bool = False,
        *,
        response_model: type[BaseModel] | None = None,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> PredictionResponse[object]:
        """Extract data from images with a prediction that is stored under a name. The route is not documented.

        Args:
            name: The name of the prediction.
            version: Its version.
            images: Paths, bytes, open binary files, Pillow images, NumPy arrays or parts of `content.image`.
            urls: URLs of images, in place of `images`.
            batch: Whether to return at once, before the prediction is done; `client.predictions.wait` waits for it.
            metadata: Metadata stored with the prediction.
            config: What to extract and how, as a model or a dict of the same fields.
            callback_url: URL of the webhook that receives the result.
            autocast: Of the official SDK; requires a `response_model` here, which does it.
            response_model: A pydantic model that the answer is parsed into, and whose schema the server gets.
            timeout: Seconds for the whole answer, or `None` for no limit; defaults to the client's.
            extra_headers: Headers to add to the request.
            extra_query: Query parameters to add to the URL.
            extra_body: JSON members to add to the body.

        Returns:
            The completed prediction, whose `response` is of the type that was asked for, else JSON. With `batch=True`,
            the prediction as the server has accepted it.

        Raises:
            InputError: An argument cannot be sent.
            PredictionFailedError: The prediction failed or was cancelled.
            PredictionTimeoutError: The prediction did not finish in time; it is still running.
            OutputValidationError: The answer does not match its model.
            APIError: A call failed. It is not retried if the server may have started the work.

        HTTP: `POST /image/execute`.
        """
        options = CallOptions(timeout, extra_headers, extra_query, extra_body)
        with discreet_errors():
            request = extraction(
                execution(name, version),
                batch=batch,
                config=config,
                metadata=metadata,
                callback_url=callback_url,
                autocast=autocast,
                response_model=response_model,
            )
            source = {"images": await _images(self.__connections__, image_sources(images, urls), options)}
            return await generated(self.__connections__, ("image", "execute"), source, request, options)

    async def schema(
        self,
        images: Sequence[ImageSource | ChatCompletionContentPartParam] | None = None,
        urls: Sequence[str] | None = None,
        *,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> PredictionResponse[SchemaResponse]:
        """Infer a schema for images.

        Args:
            images: Paths, bytes, open binary files, Pillow images, NumPy arrays or parts of `content.image`.
            urls: URLs of images, in place of `images`.
            timeout: Seconds for the whole answer, or `None` for no limit; defaults to the client's.
            extra_headers: Headers to add to the request.
            extra_query: Query parameters to add to the URL.
            extra_body: JSON members to add to the body.

        Returns:
            The completed prediction; its `response` is the schema.

        Raises:
            InputError: An argument cannot be sent.
            PredictionFailedError: The prediction failed or was cancelled.
            APIError: A call failed.

        HTTP: [`POST /image/schema`](https://docs.vlm.run/api-reference/v1/image/post-image-schema).
        """
        options = CallOptions(timeout, extra_headers, extra_query, extra_body)
        with discreet_errors():
            source = {"images": await _images(self.__connections__, image_sources(images, urls), options)}
            return await inferred(self.__connections__, ("image", "schema"), source, options)


async def _images(connections: Connections, sources: Sequence[object], options: CallOptions) -> list[str]:
    """The URLs of images; those that are too large for a request are uploaded."""
    urls: list[str] = []
    for index, source in enumerate(sources):
        if is_large(source):
            file = await uploaded(connections, source, options, generate_public_url=True)
            if file.public_url is None:
                raise ResponseValidationError(f"The server made no public URL for images[{index}].")
            urls.append(file.public_url)
        else:
            urls.append(await waiting.async_in_thread(image_url, index, source))
    return urls
