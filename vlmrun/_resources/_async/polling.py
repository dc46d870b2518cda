"""Polling a job until it is completed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from vlmrun._arguments.call_options import CallOptions
from vlmrun._http.call import Call
from vlmrun._http.ending import Ending, telling
from vlmrun._http.raw import Recorder
from vlmrun._lifetimes import waiting
from vlmrun._resources.connections import Connections
from vlmrun._resources.polls import Job, Poll
from vlmrun.client.exceptions import RequestTimeoutError

__all__ = ["polled"]

J = TypeVar("J", bound=Job)


async def polled(
    connections: Connections,
    poll: Poll[J],
    call: Call[J],
    options: CallOptions,
    later: Callable[[J], tuple[Call[J], CallOptions]] | None = None,
) -> tuple[J, Ending | None]:
    """Make a call until its job is completed; return the job, and how the last call ended.

    Args:
        connections: The connections of the client.
        poll: Decides when to make the next call, and when to give up.
        call: The first call.
        options: The options of the first call.
        later: The calls after the first, with their options; by default, the same call again.
    """
    recorder = Recorder()
    transport = connections.recorded_by(recorder).async_transport
    while True:
        try:
            job = await transport.send(call, options, poll.deadline)
        except RequestTimeoutError as error:
            with telling(recorder.ending):
                raise poll.too_late(error) from error
        with telling(recorder.ending):
            pause = poll.pause(job)
        if pause is None:
            return job, recorder.ending
        await waiting.async_sleep(pause)
        if later is not None:
            call, options = later(job)
