"""Agents: OpenAI's chat completions, the native API, and `run`, which supports both."""

from __future__ import annotations

import builtins
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, TypeVar, overload

import pydantic

from vlmrun._arguments.call_options import CallOptions
from vlmrun._arguments.checks import (
    as_json,
    optional_text,
    require_mapping,
    require_names,
    require_one,
    require_segment,
    require_text,
)
from vlmrun._arguments.config import NOT_GIVEN, NotGiven, wait_seconds
from vlmrun._arguments.discretion import discreet_errors
from vlmrun._http.call import Call
from vlmrun._lifetimes.names import later
from vlmrun._resources.agent_accessors import AsyncAgentAccessors
from vlmrun._resources.results import AgentRun
from vlmrun.client.exceptions import InputError, ResourceNotFoundError

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletion

    from vlmrun._inputs.options import AgentMetadata, AgentModel
    from vlmrun._inputs.parts import Inputs
    from vlmrun._inputs.skills import Skill
    from vlmrun._resources._raw_async.agent import AsyncAgentWithRawResponse
    from vlmrun._resources.runs import RunMode
    from vlmrun.client.types import (
        AgentCreationConfig,
        AgentCreationResponse,
        AgentExecutionConfig,
        AgentExecutionResponse,
        AgentInfo,
        AgentToolset,
        RequestMetadata,
    )
else:
    ChatCompletion = later("openai.types.chat", "ChatCompletion")
    AgentMetadata = later("vlmrun._inputs.options", "AgentMetadata")
    AgentModel = later("vlmrun._inputs.options", "AgentModel")
    Inputs = later("vlmrun._inputs.parts", "Inputs")
    Skill = later("vlmrun._inputs.skills", "Skill")
    AsyncAgentWithRawResponse = later("vlmrun._resources._raw_async.agent", "AsyncAgentWithRawResponse")
    RunMode = later("vlmrun._resources.runs", "RunMode")
    AgentCreationConfig = later("vlmrun.client.types", "AgentCreationConfig")
    AgentCreationResponse = later("vlmrun.client.types", "AgentCreationResponse")
    AgentExecutionConfig = later("vlmrun.client.types", "AgentExecutionConfig")
    AgentExecutionResponse = later("vlmrun.client.types", "AgentExecutionResponse")
    AgentInfo = later("vlmrun.client.types", "AgentInfo")
    AgentToolset = later("vlmrun.client.types", "AgentToolset")
    RequestMetadata = later("vlmrun.client.types", "RequestMetadata")

__all__ = ["AsyncAgent"]

_M = TypeVar("_M", bound=pydantic.BaseModel)

# What only native calls need (the models, `Run`) is imported by the methods, so that taking the accessor costs hardly
# more than OpenAI's own.


class AsyncAgent(AsyncAgentAccessors):
    """VLM Run's agents: `AsyncVLMRun().agent`.

    Native calls raise the errors of `vlmrun.client.exceptions`. `completions` and `async_completions` are OpenAI's own
    objects, so they raise OpenAI's errors.
    """

    @property
    def with_raw_response(self) -> AsyncAgentWithRawResponse:
        """The same methods, returning the HTTP response with the result: `.headers`, `.request_id`, `.parse()`."""
        from vlmrun._resources._raw_async.agent import AsyncAgentWithRawResponse

        return AsyncAgentWithRawResponse(self)

    @overload
    async def get(
        self,
        name: str,
        id: None = None,
        prompt: None = None,
        *,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> AgentInfo: ...
    @overload
    async def get(
        self,
        name: None = None,
        *,
        id: str,
        prompt: None = None,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> AgentInfo: ...
    @overload
    async def get(
        self,
        name: None = None,
        id: None = None,
        *,
        prompt: str,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> AgentInfo: ...
    async def get(
        self,
        name: str | None = None,
        id: str | None = None,
        prompt: str | None = None,
        *,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> AgentInfo:
        """Get an agent by its name, its id or its prompt. Pass exactly one of them.

        Args:
            name: The name of the agent, or `name:version`.
            id: The id of the agent.
            prompt: The exact prompt of the agent.
            timeout: Seconds for the whole answer, or `None` for no limit; defaults to the client's.
            extra_headers: Headers to add to the request.
            extra_query: Query parameters to add to the URL.
            extra_body: JSON members to add to the body.

        Raises:
            InputError: None or more than one of the three is given.
            ResourceNotFoundError: No agent matches.
            APIError: The call failed in another way.

        HTTP: [`POST /agent/lookup`](https://docs.vlm.run/agents/api-reference/v1/post-agent-lookup).
        """
        from vlmrun.client.types import AgentInfo

        options = CallOptions(timeout, extra_headers, extra_query, extra_body)
        given = require_one(require_text, name=name, id=id, prompt=prompt)
        call = Call("POST", ("agent", "lookup"), AgentInfo.model_validate_json, given)
        return await self.__transport__.send(call, options)

    async def list(
        self,
        *,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> builtins.list[AgentInfo]:
        """List all agents of the account. This endpoint has no pages.

        Args:
            timeout: Seconds for the whole answer, or `None` for no limit; defaults to the client's.
            extra_headers: Headers to add to the request.
            extra_query: Query parameters to add to the URL.
            extra_body: JSON members to add to the body.

        Raises:
            APIError: The call failed.

        HTTP: `GET /agent`.
        """
        from vlmrun.client.types._agents import read_agents

        options = CallOptions(timeout, extra_headers, extra_query, extra_body)
        return await self.__transport__.send(Call("GET", ("agent",), read_agents), options)

    async def create(
        self,
        config: AgentCreationConfig | Mapping[str, object],
        name: str | None = None,
        inputs: Mapping[str, object] | None = None,
        callback_url: str | None = None,
        *,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> AgentCreationResponse:
        """Create an agent.

        Args:
            config: The agent's configuration, as a model or a mapping of the same fields.
            name: The agent's name; by default, the server chooses one.
            inputs: Inputs by name: message parts, JSON values, pydantic models, dates, UUIDs or paths.
            callback_url: URL of the webhook that receives the result.
            timeout: Seconds for the whole answer, or `None` for no limit; defaults to the client's.
            extra_headers: Headers to add to the request.
            extra_query: Query parameters to add to the URL.
            extra_body: JSON members to add to the body.

        Raises:
            InputError: An argument cannot be sent.
            APIError: The call failed.

        HTTP: [`POST /agent/create`](https://docs.vlm.run/api-reference/v1/post-agent-create).
        """
        from vlmrun._arguments.validation import model_as_json
        from vlmrun.client.types import AgentCreationConfig, AgentCreationResponse

        options = CallOptions(timeout, extra_headers, extra_query, extra_body)
        call = Call(
            "POST",
            ("agent", "create"),
            AgentCreationResponse.model_validate_json,
            {
                "config": model_as_json("config", AgentCreationConfig, config),
                "name": optional_text("name", name),
                "inputs": _inputs(inputs),
                "callback_url": optional_text("callback_url", callback_url),
            },
        )
        return await self.__transport__.send(call, options)

    async def execute(
        self,
        name: str | None = None,
        inputs: Mapping[str, object] | None = None,
        batch: bool = True,
        config: AgentExecutionConfig | Mapping[str, object] | None = None,
        metadata: RequestMetadata | Mapping[str, object] | None = None,
        callback_url: str | None = None,
        model: str = "vlmrun-orion-1:auto",
        toolsets: Sequence[AgentToolset] | None = None,
        *,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> AgentExecutionResponse:
        """Start an execution. It runs in the background; this call returns as soon as the server has accepted it.

        Args:
            name: The agent's name, or `name:version`; without it, `config.prompt` is the task.
            inputs: Inputs by name: message parts, JSON values, pydantic models, dates, UUIDs or paths.
            batch: Must be `True`: executions always run in the background.
            config: The configuration, as a model or a mapping of the same fields.
            metadata: Metadata stored with the execution.
            callback_url: URL of the webhook that receives the result.
            model: The model that runs it.
            toolsets: The toolsets that the agent may use.
            timeout: Seconds for the whole answer, or `None` for no limit; defaults to the client's.
            extra_headers: Headers to add to the request.
            extra_query: Query parameters to add to the URL.
            extra_body: JSON members to add to the body.

        Raises:
            InputError: An argument cannot be sent.
            APIError: The call failed. It is not retried if the server may have started the work.

        HTTP: [`POST /agent/execute`](https://docs.vlm.run/api-reference/v1/post-agent-execute).
        """
        from vlmrun._arguments.validation import model_as_json
        from vlmrun.client.types import AgentExecutionConfig, AgentExecutionResponse, RequestMetadata

        options = CallOptions(timeout, extra_headers, extra_query, extra_body)
        if batch is not True:
            raise InputError("batch must be True.", suggestion="omit batch: executions always run in the background.")
        if toolsets is not None:
            require_names("toolsets", toolsets)
        call = Call(
            "POST",
            ("agent", "execute"),
            AgentExecutionResponse.model_validate_json,
            {
                "name": optional_text("name", name),
                "inputs": _inputs(inputs),
                "batch": batch,
                "config": model_as_json("config", AgentExecutionConfig, config),
                "metadata": model_as_json("metadata", RequestMetadata, metadata),
                "callback_url": optional_text("callback_url", callback_url),
                "model": require_text("model", model, _MODEL),
                "toolsets": toolsets,
            },
        )
        try:
            return await self.__transport__.send(call, options)
        except ResourceNotFoundError as error:
            error.suggestion = _prompt_hint(name) or error.suggestion
            raise

    @overload
    async def run(
        self,
        prompt: str,
        *,
        inputs: Inputs = (),
        response_model: None = None,
        mode: Literal["chat"] = "chat",
        model: AgentModel | str = "vlmrun-orion-1:auto",
        name: str | None = None,
        toolsets: Sequence[AgentToolset] | None = None,
        skills: Sequence[Skill] | None = None,
        session_id: str | None = None,
        metadata: AgentMetadata | None = None,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> AgentRun[str, ChatCompletion]: ...
    @overload
    async def run(
        self,
        prompt: str,
        *,
        inputs: Inputs = (),
        response_model: type[_M],
        mode: Literal["chat"] = "chat",
        model: AgentModel | str = "vlmrun-orion-1:auto",
        name: str | None = None,
        toolsets: Sequence[AgentToolset] | None = None,
        skills: Sequence[Skill] | None = None,
        session_id: str | None = None,
        metadata: AgentMetadata | None = None,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> AgentRun[_M, ChatCompletion]: ...
    @overload
    async def run(
        self,
        prompt: str,
        *,
        inputs: Inputs = (),
        response_model: None = None,
        mode: Literal["execution"],
        model: AgentModel | str = "vlmrun-orion-1:auto",
        name: str | None = None,
        toolsets: Sequence[AgentToolset] | None = None,
        skills: Sequence[Skill] | None = None,
        session_id: str | None = None,
        metadata: AgentMetadata | None = None,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> AgentRun[str, AgentExecutionResponse]: ...
    @overload
    async def run(
        self,
        prompt: str,
        *,
        inputs: Inputs = (),
        response_model: type[_M],
        mode: Literal["execution"],
        model: AgentModel | str = "vlmrun-orion-1:auto",
        name: str | None = None,
        toolsets: Sequence[AgentToolset] | None = None,
        skills: Sequence[Skill] | None = None,
        session_id: str | None = None,
        metadata: AgentMetadata | None = None,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> AgentRun[_M, AgentExecutionResponse]: ...
    async def run(
        self,
        prompt: str,
        *,
        inputs: Inputs = (),
        response_model: type[_M] | None = None,
        mode: RunMode = "chat",
        model: AgentModel | str = "vlmrun-orion-1:auto",
        name: str | None = None,
        toolsets: Sequence[AgentToolset] | None = None,
        skills: Sequence[Skill] | None = None,
        session_id: str | None = None,
        metadata: AgentMetadata | None = None,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> AgentRun[_M | str, ChatCompletion | AgentExecutionResponse]:
        """Ask an agent one question and return its typed answer, as a chat or as an execution.

        ```python
        run = await client.agent.run("Read it.", inputs=[content.document("invoice.pdf")], response_model=Invoice)
        run.output  # an Invoice
        ```

        Args:
            prompt: The question or the task.
            inputs: Images, documents and other parts of `vlmrun.content`; a `str` is a text part. An execution receives
                them as its input `files`.
            response_model: A pydantic model that the answer is parsed into; without it, the output is text.
            mode: `chat` keeps the connection open until the answer arrives, and requires openai. `execution` runs in
                the background, is polled until it ends, and works without openai.
            model: The model that runs it.
            name: The agent's name, or `name:version`; executions only.
            toolsets: The toolsets that the agent may use.
            skills: The skills that the agent may use.
            session_id: The id of the chat to continue; chats only.
            metadata: Metadata stored with the run.
            timeout: Seconds to wait for the answer, or `None` for no limit; defaults to the client's.
            extra_headers: Headers to add to the request.
            extra_query: Query parameters to add to the URL.
            extra_body: JSON members to add to the body.

        Returns:
            The output, the text, the usage, the ids of artifacts, and the unmodified response object.

        Raises:
            InputError: An argument cannot be used.
            DependencyError: `mode="chat"`, and openai is missing, broken or older than 1.92.0.
            RefusalError: The model refused to answer a chat.
            ContentFilterError: A content filter stopped the answer of a chat.
            IncompleteOutputError: The answer of a chat reached the model's length limit.
            OutputValidationError: The answer does not match `response_model`.
            ExecutionFailedError: The execution failed or was cancelled.
            ExecutionTimeoutError: The execution did not finish in time.
            APIError: A call failed in another way. `run` raises this package's errors in both modes, not OpenAI's.

        HTTP: `POST /openai/chat/completions`, or `POST /agent/execute` and `GET /agent/executions/{id}`.
        """
        from vlmrun._http.raw import Recorder
        from vlmrun._lifetimes.deadline import Deadline
        from vlmrun._resources.runs import Run

        options = CallOptions(timeout, extra_headers, extra_query, extra_body)
        run = Run(prompt, inputs, response_model, mode, name, toolsets, skills, session_id, metadata)
        seconds = self.__connections__.timeout if isinstance(timeout, NotGiven) else wait_seconds("timeout", timeout)
        deadline = Deadline(seconds)
        recorder = Recorder()
        connections = self.__connections__.recorded_by(recorder)
        if mode == "execution":
            from vlmrun._resources._async.executions import AsyncExecutions

            with discreet_errors():  # the frame of `execute` holds the inputs
                started = await type(self)(connections.until(deadline)).execute(
                    name,
                    run.execution_inputs(),
                    config=run.config,
                    metadata=metadata,
                    model=model,
                    toolsets=toolsets,
                    extra_headers=extra_headers,
                    extra_query=extra_query,
                    extra_body=extra_body,
                )
            executions = AsyncExecutions(connections)
            done = await executions.wait(
                started.id, timeout=deadline.rest(), extra_headers=extra_headers, extra_query=extra_query
            )
            return run.of_execution(done, recorder.ending)
        model = require_text("model", model, _MODEL)
        completions = connections.async_completions
        from vlmrun._openai._async.runs import async_complete  # it needs openai, as executions do not

        with discreet_errors():  # as above
            answer = await async_complete(completions, connections.async_transport, run.chat(model), options, deadline)
        return run.of_completion(answer, recorder.ending)

    async def get_by_id(
        self,
        agent_id: str,
        *,
        timeout: float | NotGiven | None = NOT_GIVEN,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> AgentInfo:
        """Get an agent by its id. Prefer `get(id=...)`: its route is documented, this one is not.

        Args:
            agent_id: The id of the agent.
            timeout: Seconds for the whole answer, or `None` for no limit; defaults to the client's.
            extra_headers: Headers to add to the request.
            extra_query: Query parameters to add to the URL.
            extra_body: JSON members to add to the body.

        Raises:
            InputError: `agent_id` is not a valid id.
            ResourceNotFoundError: The agent does not exist.
            APIError: The call failed in another way.

        HTTP: `GET /agents/{id}`.
        """
        from vlmrun.client.types import AgentInfo

        options = CallOptions(timeout, extra_headers, extra_query, extra_body)
        require_segment("agent_id", agent_id)
        return await self.__transport__.send(Call("GET", ("agents", agent_id), AgentInfo.model_validate_json), options)


def _prompt_hint(name: object) -> str | None:
    """What to do where an agent's name looks like a prompt, which is what other SDKs take first."""
    if isinstance(name, str) and " " in name.strip():
        return 'pass a prompt as config={"prompt": ...}: the first argument is the name of an agent.'
    return None


_MODEL = "pass the name of a model, such as vlmrun-orion-1:auto."


def _inputs(value: object) -> pydantic.JsonValue:
    if value is None:
        return None
    require_mapping("inputs", value)
    return as_json("inputs", value)
