"""What the resources of documents, audio and video have: `generate`, `execute` and `schema`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, TypeVar, overload

from pydantic import BaseModel

from vlmrun._arguments.call_options import CallOptions
from vlmrun._arguments.config import NOT_GIVEN, NotGiven
from vlmrun._arguments.discretion import discreet_errors
from vlmrun._inputs.progress import OnProgress, require_progress
from vlmrun._inputs.unchanged import UNCHANGED
from vlmrun._lifetimes.names import later
from vlmrun._resources._async.predicting import generated, inferred, uploaded
from vlmrun._resources._async.prediction_resource import AsyncPredictionResource
from vlmrun._resources.connections import Connections
from vlmrun._resources.extractions import execution, extraction, generation, remote_file
from vlmrun.client.types import (
    AudioTranscription,
    Domain,
    GenerationConfig,
    MarkdownDocument,
    PredictionResponse,
    RequestMetadata,
    SchemaResponse,
    VideoTranscription,
)

if TYPE_CHECKING:
    from vlmrun._inputs.options import AgentMetadata, GenerationOptions
    from vlmrun._inputs.parts import SupportsId
    from vlmrun._inputs.reading import AsyncSource
else:
    AgentMetadata = later("vlmrun._inputs.options", "AgentMetadata")
    GenerationOptions = later("vlmrun._inputs.options", "GenerationOptions")
    SupportsId = Annotated[later("vlmrun._inputs.parts", "SupportsId"), UNCHANGED]
    AsyncSource = later("vlmrun._inputs.reading", "AsyncSource")

__all__ = ["AsyncMediaResource"]

_M = TypeVar("_M", bound=BaseModel)


class AsyncMediaResource(AsyncPredictionResource):
    """Predictions from a file."""

    __route__: ClassVar[str]

    @overload
    async def generate(  # type: ignore[overload-overlap]  # in order
        self,
        file: AsyncSource | SupportsId | None = None,
        url: str | None = None,
        model: str = "vlm-1",
        *,
        domain: Literal["document.markdown"],
        batch: Literal[False] = False,
        config: GenerationConfig | GenerationOptions | None = None,
        metadata: RequestMetadata | AgentMetadata | None = None,
        callback_url: str | None = None,
        autocast: bool = False,
        response_model: None = None,
        on_progress: OnProgress | None = None,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> PredictionResponse[MarkdownDocument]: ...
    @overload
    async def generate(  # type: ignore[overload-overlap]  # in order
        self,
        file: AsyncSource | SupportsId | None = None,
        url: str | None = None,
        model: str = "vlm-1",
        *,
        domain: Literal["audio.transcription"],
        batch: Literal[False] = False,
        config: GenerationConfig | GenerationOptions | None = None,
        metadata: RequestMetadata | AgentMetadata | None = None,
        callback_url: str | None = None,
        autocast: bool = False,
        response_model: None = None,
        on_progress: OnProgress | None = None,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> PredictionResponse[AudioTranscription]: ...
    @overload
    async def generate(  # type: ignore[overload-overlap]  # in order
        self,
        file: AsyncSource | SupportsId | None = None,
        url: str | None = None,
        model: str = "vlm-1",
        *,
        domain: Literal["video.transcription"],
        batch: Literal[False] = False,
        config: GenerationConfig | GenerationOptions | None = None,
        metadata: RequestMetadata | AgentMetadata | None = None,
        callback_url: str | None = None,
        autocast: bool = False,
        response_model: None = None,
        on_progress: OnProgress | None = None,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> PredictionResponse[VideoTranscription]: ...
    @overload
    async def generate(  # type: ignore[overload-overlap]  # in order
        self,
        file: AsyncSource | SupportsId | None = None,
        url: str | None = None,
        model: str = "vlm-1",
        domain: Domain | None = None,
        batch: Literal[False] = False,
        config: GenerationConfig | GenerationOptions | None = None,
        metadata: RequestMetadata | AgentMetadata | None = None,
        callback_url: str | None = None,
        autocast: bool = False,
        *,
        response_model: type[_M],
        on_progress: OnProgress | None = None,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> PredictionResponse[_M]: ...
    @overload
    async def generate(  # type: ignore[overload-overlap]  # in order
        self,
        file: AsyncSource | SupportsId | None = None,
        url: str | None = None,
        model: str = "vlm-1",
        *,
        domain: Domain,
        batch: Literal[False] = False,
        config: GenerationConfig | GenerationOptions | None = None,
        metadata: RequestMetadata | AgentMetadata | None = None,
        callback_url: str | None = None,
        autocast: Literal[True],
        response_model: None = None,
        on_progress: OnProgress | None = None,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> PredictionResponse[BaseModel]: ...
    @overload
    async def generate(
        self,
        file: AsyncSource | SupportsId | None = None,
        url: str | None = None,
        model: str = "vlm-1",
        domain: Domain | None = None,
        batch: bool = False,
        config: GenerationConfig | GenerationOptions | None = None,
        metadata: RequestMetadata | AgentMetadata | None = None,
        callback_url: str | None = None,
        autocast: bool = False,
        *,
        response_model: type[BaseModel] | None = None,
        on_progress: OnProgress | None = None,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> PredictionResponse: ...
    async def generate(
        self,
        file: AsyncSource | SupportsId | None = None,
        url: str | None = None,
        model: str = "vlm-1",
        domain: Domain | None = None,
        batch: bool = False,
        config: GenerationConfig | GenerationOptions | None = None,
        metadata: RequestMetadata | AgentMetadata | None = None,
        callback_url: str | None = None,
        autocast: bool = False,
        *,
        response_model: type[BaseModel] | None = None,
        on_progress: OnProgress | None = None,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> PredictionResponse[object]:
        """Extract data from a file.

        ```python
        prediction = await client.document.generate(
            file=Path("invoice.pdf"), domain="document.invoice", response_model=Invoice
        )
        prediction.response  # an Invoice
        ```

        The answers of the domains `document.markdown`, `audio.transcription` and `video.transcription` have models of
        their own, which need no `response_model`; with a schema in `config`, they are JSON.

        Args:
            file: A path, an uploaded file or its id, bytes, or an open binary file, which are uploaded unless the same
                bytes were uploaded before. A `str` is an id if it looks like one and no such file exists.
            url: The URL of a file, in place of `file`.
            model: The model that does it.
            domain: What kind of input it is, such as `document.invoice`; `None` if skills of `config` say it.
            batch: Whether to return at once, before the prediction is done; `client.predictions.wait` waits for it.
            config: What to extract and how, as a model or a dict of the same fields.
            metadata: Metadata stored with the prediction.
            callback_url: URL of the webhook that receives the result.
            autocast: Whether to read the answer into a class for the domain, whose schema is requested each time; for
                many calls, pass `response_model=client.get_type(domain)`.
            response_model: A pydantic model that the answer is parsed into, and whose schema the server gets.
            on_progress: Called while the file is uploaded, as `client.files.upload` calls it.
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

        HTTP: [`POST /document/generate`](https://docs.vlm.run/api-reference/v1/document/post-document-generate), or
        `POST /audio/generate`, `POST /video/generate`.
        """
        options = CallOptions(timeout, extra_headers, extra_query, extra_body)
        require_progress(on_progress)
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
            source = await _source(self.__connections__, file, url, options, on_progress)
            return await generated(self.__connections__, (self.__route__, "generate"), source, request, options)

    @overload
    async def execute(  # type: ignore[overload-overlap]  # in order
        self,
        name: str,
        version: str = "latest",
        file: AsyncSource | SupportsId | None = None,
        url: str | None = None,
        batch: Literal[False] = False,
        config: GenerationConfig | GenerationOptions | None = None,
        metadata: RequestMetadata | AgentMetadata | None = None,
        callback_url: str | None = None,
        autocast: bool = False,
        *,
        response_model: type[_M],
        on_progress: OnProgress | None = None,
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
        file: AsyncSource | SupportsId | None = None,
        url: str | None = None,
        batch: bool = False,
        config: GenerationConfig | GenerationOptions | None = None,
        metadata: RequestMetadata | AgentMetadata | None = None,
        callback_url: str | None = None,
        autocast: bool = False,
        *,
        response_model: type[BaseModel] | None = None,
        on_progress: OnProgress | None = None,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> PredictionResponse: ...
    async def execute(
        self,
        name: str,
        version: str = "latest",
        file: AsyncSource | SupportsId | None = None,
        url: str | None = None,
        batch: bool = False,
        config: GenerationConfig | GenerationOptions | None = None,
        metadata: RequestMetadata | AgentMetadata | None = None,
        callback_url: str | None = None,
        autocast: bool = False,
        *,
        response_model: type[BaseModel] | None = None,
        on_progress: OnProgress | None = None,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> PredictionResponse[object]:
        """Extract data from a file with a prediction that is stored under a name. The route is hardly documented.

        Args:
            name: The name of the prediction.
            version: Its version.
            file: A path, an uploaded file or its id, bytes, or an open binary file, which are uploaded unless the same
                bytes were uploaded before. A `str` is an id if it looks like one and no such file exists.
            url: The URL of a file, in place of `file`.
            batch: Whether to return at once, before the prediction is done; `client.predictions.wait` waits for it.
            config: What to extract and how, as a model or a dict of the same fields.
            metadata: Metadata stored with the prediction.
            callback_url: URL of the webhook that receives the result.
            autocast: Of the official SDK; requires a `response_model` here, which does it.
            response_model: A pydantic model that the answer is parsed into, and whose schema the server gets.
            on_progress: Called while the file is uploaded, as `client.files.upload` calls it.
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

        HTTP: `POST /document/execute`, `POST /audio/execute` or `POST /video/execute`.
        """
        options = CallOptions(timeout, extra_headers, extra_query, extra_body)
        require_progress(on_progress)
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
            source = await _source(self.__connections__, file, url, options, on_progress)
            return await generated(self.__connections__, (self.__route__, "execute"), source, request, options)

    async def schema(
        self,
        file: AsyncSource | SupportsId | None = None,
        url: str | None = None,
        *,
        on_progress: OnProgress | None = None,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> PredictionResponse[SchemaResponse]:
        """Infer a schema for a file.

        Args:
            file: A path, an uploaded file or its id, bytes, or an open binary file, which are uploaded unless the same
                bytes were uploaded before. A `str` is an id if it looks like one and no such file exists.
            url: The URL of a file, in place of `file`.
            on_progress: Called while the file is uploaded, as `client.files.upload` calls it.
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

        HTTP: `POST /document/schema`, `POST /audio/schema` or `POST /video/schema`.
        """
        options = CallOptions(timeout, extra_headers, extra_query, extra_body)
        require_progress(on_progress)
        with discreet_errors():
            source = await _source(self.__connections__, file, url, options, on_progress)
            return await inferred(self.__connections__, (self.__route__, "schema"), source, options)


async def _source(
    connections: Connections,
    file: AsyncSource | SupportsId | None,
    url: str | None,
    options: CallOptions,
    on_progress: OnProgress | None,
) -> Mapping[str, str]:
    """The member of a request that says where its file is; it is uploaded if it has to be."""
    remote = remote_file(file, url)
    if remote is not None:
        return remote
    return {"file_id": (await uploaded(connections, file, options, on_progress=on_progress)).id}
