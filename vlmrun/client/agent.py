"""Agents: OpenAI's chat completions answered by them, the native API, and one way to run both.

What to send is decided once, by `_runs` and the functions at the end; the two classes differ in how they wait.

Source: API.md §3.6 (native), §4 (chat completions).
"""

from __future__ import annotations

import builtins
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

import pydantic

from vlmrun.client._checks import as_json, require_mapping, require_names, require_segment, require_text
from vlmrun.client._connections import Connections
from vlmrun.client._deadline import Deadline
from vlmrun.client._discretion import discreet_errors
from vlmrun.client._transport import Call, problems, validated
from vlmrun.client.config import NOT_GIVEN, NotGiven, wait_seconds
from vlmrun.client.exceptions import InputError
from vlmrun.client.types import (
    AgentCreationConfig,
    AgentCreationResponse,
    AgentExecutionConfig,
    AgentExecutionResponse,
    AgentInfo,
    AgentToolset,
    RequestMetadata,
)

if TYPE_CHECKING:
    from openai.resources.chat.completions import AsyncCompletions, Completions
    from openai.types.chat import ChatCompletion, ChatCompletionContentPartParam

    from vlmrun.client._runs import Run, RunMode
    from vlmrun.options import AgentMetadata, AgentModel
    from vlmrun.protocols import ClientConfig
    from vlmrun.results import AgentRun
    from vlmrun.skills import Skill

__all__ = ["DEFAULT_MODEL", "Agent", "AsyncAgent"]

DEFAULT_MODEL: str = "vlmrun-orion-1:auto"

_M = TypeVar("_M", bound=pydantic.BaseModel)


class Agent:
    """VLM Run's agents: `VLMRun().agent`.

    Native calls raise this package's errors; `completions` and `async_completions` are OpenAI's and raise OpenAI's.
    """

    def __init__(self, client: ClientConfig) -> None:
        """Make the resource of a client.

        Args:
            client: Where VLM Run is and how to call it: a client, or anything with the same four values.

        Raises:
            ConfigurationError: One of the four values cannot be used.
        """
        self._connections = Connections.of(client)
        self._transport = self._connections.transport

    @property
    def completions(self) -> Completions:
        """OpenAI's own chat completions, answered by VLM Run's agents: `create`, `parse`, `stream` and the rest.

        Raises:
            DependencyError: openai is missing, broken or older than 1.92.0.

        Source: API.md §4.
        """
        return self._connections.completions

    @property
    def async_completions(self) -> AsyncCompletions:
        """OpenAI's own async chat completions, answered by VLM Run's agents, in any event loop.

        Raises:
            DependencyError: openai is missing, broken or older than 1.92.0.

        Source: API.md §4.
        """
        return self._connections.async_completions

    def get(self, name: str | None = None, id: str | None = None, prompt: str | None = None) -> AgentInfo:
        """Find an agent by exactly one of its name, its id and its prompt.

        Args:
            name: Its name, or `name:version`.
            id: Its identifier.
            prompt: Its prompt, word for word.

        Raises:
            InputError: None of the three is given, or more than one.
            ResourceNotFoundError: There is no such agent.
            APIError: The call failed in another way.

        Source: API.md §3.6, `POST /agent/lookup`.
        """
        return self._transport.send(_get(name, id, prompt))

    def list(self) -> builtins.list[AgentInfo]:
        """All agents of the account; the API has no pages here.

        Raises:
            APIError: The call failed.

        Source: API.md §3.6, `GET /agent`.
        """
        return self._transport.send(_list())

    def create(
        self,
        config: AgentCreationConfig | Mapping[str, object],
        name: str | None = None,
        inputs: Mapping[str, object] | None = None,
        callback_url: str | None = None,
    ) -> AgentCreationResponse:
        """Create an agent.

        Args:
            config: What the agent does, as a model or a mapping of the same fields.
            name: Its name; the server makes one up where none is given.
            inputs: Inputs by name: message parts, JSON values, pydantic models, dates, UUIDs or paths.
            callback_url: Where the server posts the outcome to.

        Raises:
            InputError: An argument cannot be sent.
            APIError: The call failed.

        Source: API.md §3.6, `POST /agent/create`.
        """
        return self._transport.send(_create(config, name, inputs, callback_url))

    def execute(
        self,
        name: str | None = None,
        inputs: Mapping[str, object] | None = None,
        batch: bool = True,
        config: AgentExecutionConfig | Mapping[str, object] | None = None,
        metadata: RequestMetadata | Mapping[str, object] | None = None,
        callback_url: str | None = None,
        model: str = DEFAULT_MODEL,
        toolsets: Sequence[AgentToolset] | None = None,
    ) -> AgentExecutionResponse:
        """Start an execution; it runs on the server, and this returns as soon as it is accepted.

        Args:
            name: The agent's name, or `name:version`; without it, `config.prompt` says what to do.
            inputs: Inputs by name: message parts, JSON values, pydantic models, dates, UUIDs or paths.
            batch: Executions always run in the background: only `True` is possible.
            config: How to run, as a model or a mapping of the same fields.
            metadata: What the execution is filed under.
            callback_url: Where the server posts the outcome to.
            model: The model that runs it.
            toolsets: The sets of tools that the agent may use.

        Raises:
            InputError: An argument cannot be sent.
            APIError: The call failed. It is not repeated where the server may have started the work.

        Source: API.md §3.6, `POST /agent/execute`.
        """
        return self._transport.send(_execute(name, inputs, batch, config, metadata, callback_url, model, toolsets))

    def run(
        self,
        prompt: str,
        *,
        inputs: Iterable[ChatCompletionContentPartParam] = (),
        response_model: type[_M] | None = None,
        mode: RunMode = "chat",
        model: AgentModel | str = DEFAULT_MODEL,
        name: str | None = None,
        toolsets: Sequence[AgentToolset] | None = None,
        skills: Sequence[Skill] | None = None,
        session_id: str | None = None,
        metadata: AgentMetadata | None = None,
        timeout: float | NotGiven | None = NOT_GIVEN,
    ) -> AgentRun[_M] | AgentRun[str]:
        """Ask an agent, and read the answer: one call and one result for both styles.

            run = client.agent.run("Read it.", inputs=[content.document("invoice.pdf")], response_model=Invoice)
            run.output  # an Invoice

        Args:
            prompt: What to do.
            inputs: What to do it with: parts of `vlmrun.content`. An execution gets them as its input `files`.
            response_model: A pydantic model to answer in; without one the output is text.
            mode: `chat` answers while you wait and needs openai; `execution` works in the background for as long as it
                takes, is waited for here, and needs no openai.
            model: The model that runs it.
            name: The agent's name, or `name:version`; executions only.
            toolsets: The sets of tools that the agent may use.
            skills: The skills that it may use.
            session_id: The chat to go on with; chats only.
            metadata: What the run is filed under.
            timeout: Seconds to wait for the answer, or `None` for as long as it takes; by default the client's.

        Returns:
            The run: its output, text, usage, artifacts, and the answer as it came.

        Raises:
            InputError: An argument cannot be used.
            DependencyError: A chat, and openai is missing, broken or older than 1.92.0.
            OutputValidationError: The answer does not fit `response_model`.
            ExecutionFailedError: The execution failed or was cancelled.
            ExecutionTimeoutError: The execution has not ended in time.
            APIError: A call failed in another way. A chat, too, raises this package's errors here, not OpenAI's.

        Source: API.md §3.6, §4.
        """
        from vlmrun.client._runs import Run  # here, so that taking the accessor costs hardly more than OpenAI's own

        run = Run(prompt, inputs, response_model, mode, name, toolsets, skills, session_id, metadata)
        seconds = self._connections.timeout if isinstance(timeout, NotGiven) else wait_seconds("timeout", timeout)
        if mode == "execution":
            deadline = Deadline(seconds)
            call = _execute(name, run.execution_inputs(), True, run.config, metadata, None, model, toolsets)
            started = self._transport.send(call, deadline)
            from vlmrun.client.executions import Executions  # as Run

            executions = Executions(self._connections)
            return run.of_execution(executions.wait(started.id, timeout=deadline.rest()))
        return run.of_completion(self._transport.send(_chat(model, run, seconds), Deadline(seconds)))

    def get_by_id(self, agent_id: str) -> AgentInfo:
        """Get an agent by its id. `get(id=...)` asks the documented route; this one is unconfirmed.

        Args:
            agent_id: Its identifier.

        Raises:
            InputError: `agent_id` cannot be an identifier.
            ResourceNotFoundError: There is no such agent.
            APIError: The call failed in another way.

        Source: API.md §3.6, `GET /agents/{id}`.
        """
        return self._transport.send(_get_by_id(agent_id))


class AsyncAgent:
    """VLM Run's agents, awaited: `AsyncVLMRun().agent`. The methods are those of `Agent`."""

    def __init__(self, client: ClientConfig) -> None:
        """Make the resource of a client; see `Agent`."""
        self._connections = Connections.of(client)
        self._transport = self._connections.async_transport

    @property
    def completions(self) -> AsyncCompletions:
        """OpenAI's own async chat completions, answered by VLM Run's agents, in any event loop.

        Raises:
            DependencyError: openai is missing, broken or older than 1.92.0.

        Source: API.md §4.
        """
        return self._connections.async_completions

    @property
    def async_completions(self) -> AsyncCompletions:
        """The same object as `completions`, so that code for `VLMRun().agent.async_completions` runs on both."""
        return self._connections.async_completions

    async def get(self, name: str | None = None, id: str | None = None, prompt: str | None = None) -> AgentInfo:
        """Find an agent by exactly one of its name, its id and its prompt; see `Agent.get`."""
        return await self._transport.send(_get(name, id, prompt))

    async def list(self) -> builtins.list[AgentInfo]:
        """All agents of the account; see `Agent.list`."""
        return await self._transport.send(_list())

    async def create(
        self,
        config: AgentCreationConfig | Mapping[str, object],
        name: str | None = None,
        inputs: Mapping[str, object] | None = None,
        callback_url: str | None = None,
    ) -> AgentCreationResponse:
        """Create an agent; see `Agent.create`."""
        return await self._transport.send(_create(config, name, inputs, callback_url))

    async def execute(
        self,
        name: str | None = None,
        inputs: Mapping[str, object] | None = None,
        batch: bool = True,
        config: AgentExecutionConfig | Mapping[str, object] | None = None,
        metadata: RequestMetadata | Mapping[str, object] | None = None,
        callback_url: str | None = None,
        model: str = DEFAULT_MODEL,
        toolsets: Sequence[AgentToolset] | None = None,
    ) -> AgentExecutionResponse:
        """Start an execution; see `Agent.execute`."""
        call = _execute(name, inputs, batch, config, metadata, callback_url, model, toolsets)
        return await self._transport.send(call)

    async def run(
        self,
        prompt: str,
        *,
        inputs: Iterable[ChatCompletionContentPartParam] = (),
        response_model: type[_M] | None = None,
        mode: RunMode = "chat",
        model: AgentModel | str = DEFAULT_MODEL,
        name: str | None = None,
        toolsets: Sequence[AgentToolset] | None = None,
        skills: Sequence[Skill] | None = None,
        session_id: str | None = None,
        metadata: AgentMetadata | None = None,
        timeout: float | NotGiven | None = NOT_GIVEN,
    ) -> AgentRun[_M] | AgentRun[str]:
        """Ask an agent, and read the answer; see `Agent.run`."""
        from vlmrun.client._runs import Run  # here, so that taking the accessor costs hardly more than OpenAI's own

        run = Run(prompt, inputs, response_model, mode, name, toolsets, skills, session_id, metadata)
        seconds = self._connections.timeout if isinstance(timeout, NotGiven) else wait_seconds("timeout", timeout)
        if mode == "execution":
            deadline = Deadline(seconds)
            call = _execute(name, run.execution_inputs(), True, run.config, metadata, None, model, toolsets)
            started = await self._transport.send(call, deadline)
            from vlmrun.client.executions import AsyncExecutions  # as Run

            executions = AsyncExecutions(self._connections)
            return run.of_execution(await executions.wait(started.id, timeout=deadline.rest()))
        return run.of_completion(await self._transport.send(_chat(model, run, seconds), Deadline(seconds)))

    async def get_by_id(self, agent_id: str) -> AgentInfo:
        """Get an agent by its id; see `Agent.get_by_id`."""
        return await self._transport.send(_get_by_id(agent_id))


# What each method sends -----------------------------------------------------------------------------------------------

_read_agents = pydantic.TypeAdapter(list[AgentInfo]).validate_json


def _get(name: str | None, id: str | None, prompt: str | None) -> Call[AgentInfo]:
    given = {key: value for key, value in {"name": name, "id": id, "prompt": prompt}.items() if value is not None}
    if len(given) != 1:
        what = "none is" if not given else f"{' and '.join(given)} are"
        raise InputError(
            f"Exactly one of name, id and prompt finds an agent, and {what} given.", suggestion="pass one."
        )
    for argument, value in given.items():
        require_text(argument, value)
    return Call("POST", ("agent", "lookup"), AgentInfo.model_validate_json, given)


def _list() -> Call[list[AgentInfo]]:
    return Call("GET", ("agent",), _read_agents)


def _create(
    config: AgentCreationConfig | Mapping[str, object],
    name: str | None,
    inputs: Mapping[str, object] | None,
    callback_url: str | None,
) -> Call[AgentCreationResponse]:
    body = {
        "config": _model("config", AgentCreationConfig, config),
        "name": _text("name", name),
        "inputs": _inputs(inputs),
        "callback_url": _text("callback_url", callback_url),
    }
    return Call("POST", ("agent", "create"), AgentCreationResponse.model_validate_json, body)


def _execute(
    name: str | None,
    inputs: Mapping[str, object] | None,
    batch: bool,
    config: AgentExecutionConfig | Mapping[str, object] | None,
    metadata: RequestMetadata | Mapping[str, object] | None,
    callback_url: str | None,
    model: str,
    toolsets: Sequence[AgentToolset] | None,
) -> Call[AgentExecutionResponse]:
    if batch is not True:
        raise InputError("batch must be True.", suggestion="leave batch out: executions run in the background.")
    if toolsets is not None:
        require_names("toolsets", toolsets)
    body = {
        "name": _text("name", name),
        "inputs": _inputs(inputs),
        "batch": batch,
        "config": None if config is None else _model("config", AgentExecutionConfig, config),
        "metadata": None if metadata is None else _model("metadata", RequestMetadata, metadata),
        "callback_url": _text("callback_url", callback_url),
        "model": require_text("model", model, _MODEL),
        "toolsets": toolsets,
    }
    return Call("POST", ("agent", "execute"), AgentExecutionResponse.model_validate_json, body)


def _chat(model: str, run: Run[_M], seconds: float | None) -> Call[ChatCompletion]:
    from vlmrun.client._openai import read_completion  # it needs openai, as executions do not

    body = {"model": require_text("model", model, _MODEL), **run.chat()}
    return Call("POST", ("openai", "chat", "completions"), read_completion, body, timeout=seconds)


def _get_by_id(agent_id: str) -> Call[AgentInfo]:
    require_segment("agent_id", agent_id)
    return Call("GET", ("agents", agent_id), AgentInfo.model_validate_json)


_MODEL = f"pass a name such as {DEFAULT_MODEL}."


def _text(argument: str, value: object) -> str | None:
    return None if value is None else require_text(argument, value, "leave it out, or pass a text.")


def _inputs(value: object) -> pydantic.JsonValue:
    if value is not None:
        require_mapping("inputs", value)
    return as_json("inputs", value)


def _model(argument: str, model: type[pydantic.BaseModel], value: object) -> pydantic.JsonValue:
    """The argument as the model it stands for, in JSON."""
    with discreet_errors():
        return _in_json(argument, model, value)


def _in_json(argument: str, model: type[pydantic.BaseModel], value: object) -> pydantic.JsonValue:
    try:
        result = value if isinstance(value, model) else validated(model.model_validate, value)
    except pydantic.PydanticUserError as error:
        raise InputError(
            f"{argument} has a response_model without JSON schema.", suggestion="give it fields that JSON has."
        ) from error
    if isinstance(result, pydantic.ValidationError):
        raise InputError(
            f"{argument} cannot be used: {problems(result, argument)}.", suggestion=f"see {model.__name__}."
        )
    return as_json(argument, result)
