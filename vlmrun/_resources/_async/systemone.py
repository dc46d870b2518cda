"""System One: typed decisions about text, JSON, images and PDFs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from vlmrun._arguments.call_options import CallOptions
from vlmrun._arguments.checks import as_json, require_text
from vlmrun._arguments.config import NOT_GIVEN, NotGiven
from vlmrun._arguments.discretion import discreet_errors
from vlmrun._http.call import Call
from vlmrun._inputs.decisions import (
    DEFAULT_DECISION_MODEL,
    Detail,
    ReasoningEffort,
    content_on_wire,
    settings_on_wire,
)
from vlmrun._inputs.parts import ImageSource, Source, check_detail
from vlmrun._inputs.questions import Questions, questions_on_wire
from vlmrun._lifetimes import waiting
from vlmrun._lifetimes.names import later
from vlmrun._resources._async.decision_stream import AsyncDecisionStream
from vlmrun._resources._async.resource import AsyncResource
from vlmrun._resources.connections import Connections
from vlmrun._resources.decision_session import Session
from vlmrun.client.types import SystemOneModel, SystemOneResponse
from vlmrun.client.types._decisions import read_decision, read_decision_models

if TYPE_CHECKING:
    from vlmrun._resources._raw_async.systemone import AsyncSystemOneWithRawResponse
    from vlmrun.protocols import ClientConfig
else:
    AsyncSystemOneWithRawResponse = later("vlmrun._resources._raw_async.systemone", "AsyncSystemOneWithRawResponse")
    ClientConfig = later("vlmrun.protocols", "ClientConfig")

__all__ = ["AsyncSystemOne"]


class AsyncSystemOne(AsyncResource):
    """System One, typed decisions: `AsyncVLMRun().gateway.systemone`.

    It is at the gateway's host, under `/typesafe`, with the options of the client. `TYPESAFE_*` variables, which belong
    to another company's SDK, are ignored.

    Unconfirmed: no server was reachable. The routes are those of the official SDK.
    """

    def __init__(self, client: ClientConfig) -> None:
        """Create the resource of a client.

        Args:
            client: A client, or any object with an `api_key`, a `base_url`, a `timeout` and `max_retries`.

        Raises:
            ConfigurationError: One of the four values is invalid, or the URL in `VLMRUN_GATEWAY_BASE_URL` or
                `VLMRUN_GATEWAY_URL`; or neither is set, and the base URL is not VLM Run's.
        """
        super().__init__(Connections.of(client).to_gateway().to_system_one())

    @property
    def with_raw_response(self) -> AsyncSystemOneWithRawResponse:
        """The same methods, returning the HTTP response with the result: `.headers`, `.request_id`, `.parse()`."""
        from vlmrun._resources._raw_async.systemone import AsyncSystemOneWithRawResponse

        return AsyncSystemOneWithRawResponse(self)

    @property
    def base_url(self) -> str:
        """The base URL of System One, such as `https://gateway.vlm.run/typesafe`."""
        return self.__connections__.base_url

    async def decide(
        self,
        state: str | Mapping[str, object] | Sequence[object],
        questions: Questions,
        *,
        model: str | None = None,
        images: Sequence[ImageSource] | None = None,
        document: Source | None = None,
        text: str | Sequence[str] | None = None,
        detail: Detail | None = None,
        steps: int | None = None,
        samples: int | None = None,
        reasoning_effort: ReasoningEffort | None = None,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> SystemOneResponse:
        """Answer questions about a state, and about images or a PDF.

        ```python
        decision = await client.gateway.systemone.decide(
            "Invoice 44 was charged twice.",
            {"urgent": {"type": "noul"}, "team": {"type": "choice", "options": ["billing", "sales"]}},
        )
        decision.nouls["urgent"].noul, decision.choices["team"].choice
        ```

        Args:
            state: What the questions are about: text, or JSON.
            questions: Up to 16 questions by their names, or a list of questions that have an `id`.
            model: The name of a model, from `models()`.
            images: Up to 8 images of at most 5 MiB: paths, bytes, open files, Pillow images or arrays, and no URLs.
            document: A PDF, whose first 8 pages are read: a path, bytes, an open file or a URL.
            text: Further text, which is read after the state.
            detail: Level of detail at which images and pages are read: `auto`, `low` or `high`.
            steps: How many steps a model takes, from 1 to 8.
            samples: How many answers are averaged, from 1 to 32; each is billed.
            reasoning_effort: How long a model may think first; not every model can.
            timeout: Seconds for the whole answer, or `None` for no limit; defaults to the client's.
            extra_headers: Headers to add to the request.
            extra_query: Query parameters to add to the URL.
            extra_body: JSON members to add to the body.

        Returns:
            The answers, with their probabilities.

        Raises:
            InputError: An argument cannot be used.
            ResourceNotFoundError: The model does not exist.
            APIError: The call failed in another way.

        HTTP: `POST {gateway host}/typesafe/v1/systemone` (unconfirmed).
        """
        options = CallOptions(timeout, extra_headers, extra_query, extra_body)
        with discreet_errors():
            call = Call(
                "POST",
                ("v1", "systemone"),
                read_decision,
                {
                    "state": as_json("state", state),
                    "model": require_text("model", DEFAULT_DECISION_MODEL if model is None else model),
                    "questions": questions_on_wire(questions),
                    "content": await waiting.async_in_thread(content_on_wire, images, document, text, detail),
                    **settings_on_wire(steps, samples, reasoning_effort),
                },
            )
        return await self.__transport__.send(call, options)

    def stream(
        self,
        questions: Questions,
        *,
        state: str | Mapping[str, object] | Sequence[object] = "",
        model: str | None = None,
        detail: Detail | None = None,
        concurrency: int = 4,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> AsyncDecisionStream:
        """Open a session for many decisions about the same questions, such as one for each frame of a video.

        ```python
        async with client.gateway.systemone.stream({"open": {"type": "noul"}}, state="Is the door open?") as stream:
            async for decision in stream.map(frames):
                print(decision.index, decision.response.nouls["open"].noul)
        ```

        Args:
            questions: Up to 16 questions by their names, or a list of questions that have an `id`.
            state: What the decisions are about: text, or JSON.
            model: The name of a model, from `models()`.
            detail: Level of detail at which images are read: `auto`, `low` or `high`.
            concurrency: Maximum number of decisions to wait for at once, from 1 to 8; the server may allow fewer.
            timeout: Seconds for the whole answer, or `None` for no limit; defaults to the client's.
            extra_headers: Headers to add to the request.
            extra_query: Query parameters to add to the URL.
            extra_body: JSON members to add to the body.

        Returns:
            The session, which opens in an `async with` block.

        Raises:
            InputError: An argument cannot be used.
            DependencyError: wsproto is missing; raised when the session opens.

        HTTP: the WebSocket `{gateway host}/typesafe/ws` (unconfirmed).
        """
        options = CallOptions(timeout, extra_headers, extra_query, extra_body)
        with discreet_errors():
            check_detail(detail)
            opening = {
                "model": require_text("model", DEFAULT_DECISION_MODEL if model is None else model),
                "questions": questions_on_wire(questions),
                **(options.extra_body or {}),
            }
            session = Session(opening, concurrency)
            return AsyncDecisionStream(self.__connections__, session, as_json("state", state), detail, options)

    async def models(
        self,
        *,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> list[SystemOneModel]:
        """List the models of System One, in one response: this endpoint has no pages.

        Args:
            timeout: Seconds for the whole answer, or `None` for no limit; defaults to the client's.
            extra_headers: Headers to add to the request.
            extra_query: Query parameters to add to the URL.
            extra_body: JSON members to add to the body.

        Raises:
            APIError: The call failed.

        HTTP: `GET {gateway host}/typesafe/v1/models` (unconfirmed).
        """
        options = CallOptions(timeout, extra_headers, extra_query, extra_body)
        return await self.__transport__.send(Call("GET", ("v1", "models"), read_decision_models), options)
