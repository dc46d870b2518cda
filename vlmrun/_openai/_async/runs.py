"""`agent.run` as a chat: OpenAI's `create` makes the request, and a native call sends it.

Tools that trace OpenAI replace `Completions.create`, `OpenAI.request` or a method of one client. They see a run because
it calls `create`. Retries, timeouts, hooks, logs and errors are those of native calls, because OpenAI's pool of
connections hands the request over to one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from vlmrun._arguments.call_options import CallOptions
from vlmrun._http._async.transport import AsyncTransport
from vlmrun._http.answers import result
from vlmrun._lifetimes.deadline import Deadline
from vlmrun._openai._async.current_run import CURRENT_HANDOVER
from vlmrun._openai.door import AsyncCompletions, ChatCompletion, httpx, openai
from vlmrun._openai.handovers import CHAT, arguments_of, error_of, handed_back, refused
from vlmrun.client.exceptions import VLMRunError

__all__ = ["AsyncHandover", "async_complete"]


class AsyncHandover:
    """Sends the requests of one call of `create`."""

    error: VLMRunError | None = None
    """The error of the last request, which `create` raises as OpenAI's; `None` if it succeeded."""
    is_over = False
    """Whether the call has ended. A task that a tool has started may still be running."""

    def __init__(self, transport: AsyncTransport, options: CallOptions, deadline: Deadline) -> None:
        self._transport = transport
        self._options = options
        self._deadline = deadline

    def takes(self, request: httpx.Request) -> bool:
        """Whether a request of OpenAI's client is this chat. A tool may send other requests meanwhile."""
        url = request.url.copy_with(query=None)
        return not self.is_over and request.method == "POST" and url == httpx.URL(self._transport.url(CHAT))

    async def send(self, request: httpx.Request) -> httpx.Response:
        """Send a request of OpenAI's client; return the response, or one that tells OpenAI's client why it failed."""
        self.error = None
        ending = None
        try:
            ending = await self._transport.forward(
                CHAT, request.headers.multi_items(), request.read(), self._options, self._deadline
            )
            result(CHAT, ending)
        except VLMRunError as error:
            self.error = error.with_traceback(None)
            return refused(error, request, ending)
        return handed_back(ending, request)


async def async_complete(
    completions: AsyncCompletions,
    transport: AsyncTransport,
    chat: Mapping[str, object],
    options: CallOptions,
    deadline: Deadline,
) -> ChatCompletion:
    """Send a chat; return the completion, or raise an error of this package.

    Args:
        completions: OpenAI's chat completions, or a tool's replacement.
        transport: Sends native calls.
        chat: The members of the body.
        options: The options of this call.
        deadline: When to give up.
    """
    handover = AsyncHandover(transport, options, deadline)
    token = CURRENT_HANDOVER.set(handover)
    try:
        # A cast, because a mapping cannot be matched with overloads.
        create = cast("Any", completions.create)
        return cast("ChatCompletion", await create(**arguments_of(chat, options, deadline)))
    except openai.OpenAIError as error:
        failure = handover.error or error_of(error)
    finally:
        handover.is_over = True
        CURRENT_HANDOVER.reset(token)
    raise failure  # here, so that OpenAI's error, which holds the request, is not its context
