"""Making a prediction, and looking after it until it is completed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar, overload

from pydantic import BaseModel

from vlmrun._arguments.call_options import CallOptions
from vlmrun._arguments.checks import require_segment
from vlmrun._arguments.config import NotGiven
from vlmrun._http.call import Call
from vlmrun._http.ending import telling
from vlmrun._http.raw import Recorder
from vlmrun._lifetimes import waiting
from vlmrun._resources.connections import Connections
from vlmrun._resources.extractions import Extraction, read_answer
from vlmrun._resources.polls import PredictionPoll
from vlmrun.client.exceptions import RequestTimeoutError
from vlmrun.client.types import PredictionResponse, SchemaResponse
from vlmrun.client.types._predictions import read_prediction

__all__ = ["completed", "generated", "get_call", "inferred"]

_M = TypeVar("_M", bound=BaseModel)


def get_call(id: str) -> Call[PredictionResponse]:
    """The call that gets a prediction."""
    require_segment("id", id)
    return Call("GET", ("predictions", id), read_prediction)


async def generated(
    connections: Connections,
    path: tuple[str, ...],
    source: Mapping[str, object],
    extraction: Extraction,
    options: CallOptions,
) -> PredictionResponse[object]:
    """The prediction that a request makes: with its answer, unless it is one of a batch."""
    call = Call("POST", path, read_prediction, {**source, **extraction.body})
    if extraction.batch:
        return await connections.async_transport.send(call, options)
    return await completed(connections, call, _poll(connections, options), options, extraction.answer_model)


async def inferred(
    connections: Connections, path: tuple[str, ...], source: Mapping[str, object], options: CallOptions
) -> PredictionResponse[SchemaResponse]:
    """The prediction that says which schema a source has."""
    call = Call("POST", path, read_prediction, source)
    return await completed(connections, call, _poll(connections, options), options, SchemaResponse)


@overload
async def completed(
    connections: Connections,
    call: Call[PredictionResponse],
    poll: PredictionPoll,
    options: CallOptions,
    model: type[_M],
) -> PredictionResponse[_M]: ...
@overload
async def completed(
    connections: Connections,
    call: Call[PredictionResponse],
    poll: PredictionPoll,
    options: CallOptions,
    model: type[BaseModel] | None,
) -> PredictionResponse[object]: ...
async def completed(
    connections: Connections,
    call: Call[PredictionResponse],
    poll: PredictionPoll,
    options: CallOptions,
    model: type[BaseModel] | None,
) -> PredictionResponse[object]:
    """Make a call, and look after its prediction until it is completed; then read its answer."""
    recorder = Recorder()
    transport = connections.recorded_by(recorder).async_transport
    while True:
        try:
            prediction = await transport.send(call, options, poll.deadline)
        except RequestTimeoutError as error:
            with telling(recorder.ending):
                raise poll.too_late(error) from error
        with telling(recorder.ending):
            pause = poll.pause(prediction)
        if pause is None:
            break
        await waiting.async_sleep(pause)
        call, options = get_call(prediction.id), options.without_timeout().without_body()
    with telling(recorder.ending):
        return prediction if model is None else read_answer(prediction, model)


def _poll(connections: Connections, options: CallOptions) -> PredictionPoll:
    """Waits as long as the call may take."""
    return PredictionPoll(None, connections.timeout if isinstance(options.timeout, NotGiven) else options.timeout)
