"""Making a prediction, and looking after it until it is completed."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel

from vlmrun._arguments.call_options import CallOptions
from vlmrun._arguments.checks import require_segment
from vlmrun._arguments.config import NotGiven
from vlmrun._http.call import Call
from vlmrun._http.ending import Ending, telling
from vlmrun._inputs.progress import OnProgress
from vlmrun._resources._async.polling import polled
from vlmrun._resources.connections import Connections
from vlmrun._resources.extractions import Extraction, prompt_hint, read_answer
from vlmrun._resources.polls import PredictionPoll
from vlmrun.client.exceptions import ResourceNotFoundError
from vlmrun.client.types import FileResponse, PredictionResponse, SchemaResponse
from vlmrun.client.types._predictions import read_prediction

__all__ = ["answered", "generated", "get_call", "inferred", "uploaded"]


def get_call(id: str) -> Call[PredictionResponse]:
    """The call that gets a prediction."""
    require_segment("id", id)
    return Call("GET", ("predictions", id), read_prediction)


async def generated(
    connections: Connections,
    path: tuple[str, ...],
    source: Mapping[str, object],
    request: Extraction,
    options: CallOptions,
) -> PredictionResponse[object]:
    """The prediction that a request makes: with its answer, unless it is one of a batch."""
    call = Call("POST", path, read_prediction, {**source, **request.body})
    model = request.answer_model
    if request.type_call is not None:  # first, because an answer that is paid for must not be lost by its failure
        model = await connections.async_transport.send(request.type_call, options.without_body())
    try:
        if request.batch:
            return await connections.async_transport.send(call, options)
        prediction, ending = await _completed(connections, call, options)
    except ResourceNotFoundError as error:
        error.suggestion = prompt_hint(request.body.get("name")) or error.suggestion
        raise
    return answered(prediction, model, ending)


async def inferred(
    connections: Connections, path: tuple[str, ...], source: Mapping[str, object], options: CallOptions
) -> PredictionResponse[SchemaResponse]:
    """The prediction that says which schema a source has."""
    prediction, ending = await _completed(connections, Call("POST", path, read_prediction, source), options)
    with telling(ending):
        return read_answer(prediction, SchemaResponse)


def answered(
    prediction: PredictionResponse, model: type[BaseModel] | None, ending: Ending | None
) -> PredictionResponse[object]:
    """A completed prediction with its answer as a model, if one is asked for."""
    with telling(ending):
        return prediction if model is None else read_answer(prediction, model)


async def _completed(
    connections: Connections, call: Call[PredictionResponse], options: CallOptions
) -> tuple[PredictionResponse, Ending | None]:
    """The prediction that a request makes, once it is completed, and how the last call ended."""
    timeout = connections.timeout if isinstance(options.timeout, NotGiven) else options.timeout
    rest = options.without_timeout().without_body()
    return await polled(
        connections, PredictionPoll(None, timeout), call, options, lambda prediction: (get_call(prediction.id), rest)
    )


async def uploaded(
    connections: Connections,
    file: object,
    options: CallOptions,
    *,
    generate_public_url: bool = False,
    on_progress: OnProgress | None = None,
) -> FileResponse:
    """The file that a request needs, uploaded with its options."""
    from vlmrun._resources._async.files import AsyncFiles  # here, because many requests need no upload

    return await AsyncFiles(connections).upload(
        file,  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # it checks what it is
        generate_public_url=generate_public_url,
        on_progress=on_progress,
        timeout=options.timeout,
        extra_headers=options.extra_headers,
    )
