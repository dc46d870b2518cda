"""`Agent.run`: the request as a chat or as an execution, and the result from the response. `agent` sends it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, Literal, TypeAlias, TypeVar, cast, get_args

import pydantic
from pydantic import BaseModel, JsonValue

from vlmrun._arguments.checks import as_json, is_list, require_names, require_text, type_name
from vlmrun._arguments.discretion import discreet_errors
from vlmrun._arguments.validation import no_schema, problems, validated
from vlmrun._http.ending import Ending, telling
from vlmrun._inputs import parts as content
from vlmrun._resources.outputs import output_of, run_of, whole
from vlmrun._resources.results import AgentRun, artifact_ids, credit_usage, session_id
from vlmrun._resources.schemas import require_model
from vlmrun.client.exceptions import (
    AnswerError,
    ContentFilterError,
    IncompleteOutputError,
    InputError,
    RefusalError,
    ResponseValidationError,
    VLMRunError,
)
from vlmrun.client.types import AgentExecutionConfig, AgentExecutionResponse, RequestMetadata

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletion

    from vlmrun._inputs.options import AgentMetadata, AgentToolset
    from vlmrun._inputs.skills import Skill

__all__ = ["Run", "RunMode", "require_mode"]

RunMode: TypeAlias = Literal["chat", "execution"]
"""How `run` asks the agent: in a `chat`, on one connection, or in an `execution`, in the background."""

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, repr=False)  # it holds documents
class Run(Generic[M]):
    """The arguments of `Agent.run`, validated: raises `InputError` if one is invalid."""

    prompt: str
    inputs: content.Inputs
    response_model: type[M] | None
    mode: RunMode
    name: str | None
    toolsets: Sequence[AgentToolset] | None
    skills: Sequence[Skill] | None
    session_id: str | None
    metadata: AgentMetadata | None
    parts: list[content.Part] = field(init=False)
    """The inputs, as a list."""
    config: AgentExecutionConfig = field(init=False)
    """The configuration of an execution."""

    def __post_init__(self) -> None:
        with discreet_errors():
            self._check()

    def _check(self) -> None:
        require_text("prompt", self.prompt, "pass a non-empty prompt: what the agent should do.")
        require_mode(self.mode)
        if self.mode == "chat" and self.name is not None:
            raise InputError('`name` is only valid with mode="execution".', suggestion="omit it for chat.")
        if self.mode == "execution" and self.session_id is not None:
            raise InputError('`session_id` is only valid with mode="chat".', suggestion="omit it for an execution.")
        if self.session_id is not None:
            require_text("session_id", self.session_id)
        require_model(self.response_model)
        if self.toolsets is not None:
            require_names("toolsets", self.toolsets)
        # An iterator can be read only once.
        object.__setattr__(self, "metadata", _metadata(self.metadata))
        object.__setattr__(self, "parts", _parts(self.inputs))
        object.__setattr__(self, "config", _config(self.prompt, self.response_model, self.skills))

    # A chat

    def chat(self, model: str) -> dict[str, object]:
        """The body of the request to a model. The message contains the inputs, then the prompt."""
        return {
            "model": as_json("model", model),
            "messages": [content.user(*self.parts, self.prompt)],
            "response_format": self.response_format(),
            "toolsets": as_json("toolsets", self.toolsets),
            "skills": as_json("skills", self.config.skills),
            "session_id": self.session_id,
            "metadata": self.metadata,
        }

    def response_format(self) -> dict[str, object] | None:
        """The JSON schema of the answer, in OpenAI's form."""
        if self.response_model is None:
            return None
        return {
            "type": "json_schema",
            "json_schema": {"name": _schema_name(self.response_model), "schema": self.config.json_schema},
        }

    def of_completion(self, completion: ChatCompletion, ending: Ending | None) -> AgentRun[M | str, ChatCompletion]:
        """The run of a chat."""
        with telling(ending):
            text, finish_reason = _answer_of(completion)
            output = output_of(text, self.response_model, completion)
        return AgentRun(
            output=output,
            text=text,
            usage=credit_usage(completion.usage),
            artifacts=artifact_ids(text),
            session_id=session_id(completion),
            execution_id=None,
            raw=completion,
            finish_reason=finish_reason,
            request_id=None if ending is None else ending.request_id,
        )

    # An execution

    def execution_inputs(self) -> Mapping[str, object] | None:
        """The inputs by name."""
        return {"files": self.parts} if self.parts else None

    def of_execution(
        self, execution: AgentExecutionResponse, ending: Ending | None
    ) -> AgentRun[M | str, AgentExecutionResponse]:
        """The run of an execution."""
        return run_of(execution, self.response_model, ending)


def _schema_name(model: type[BaseModel]) -> str:
    """The name of a model in a form that OpenAI's API accepts: `Box_int` for the generic `Box[int]`."""
    return re.sub("[^a-zA-Z0-9_-]+", "_", model.__name__).rstrip("_")[:64] or "Answer"


def _answer_of(completion: ChatCompletion) -> tuple[str, str | None]:
    """The answer of a chat, and its finish reason. OpenAI's client does not validate responses.

    Raises:
        AnswerError: The answer is a refusal, or ended early.
    """
    text: object
    refusal: object
    reason: object
    try:
        choice = completion.choices[0]
        text, refusal, reason = choice.message.content, choice.message.refusal, choice.finish_reason
    except (AttributeError, LookupError, TypeError):
        text = refusal = reason = NotImplemented
    finish_reason = reason if isinstance(reason, str) else None
    so_far = text if isinstance(text, str) else ""
    if isinstance(refusal, str) and refusal:
        raise RefusalError(
            "The model refused to answer.",
            suggestion="see error.text for what it said, and change the prompt or the inputs.",
            text=refusal,
            finish_reason=finish_reason,
            body=whole(completion),
            error_type="refusal",
        )
    if finish_reason is not None and finish_reason in _ENDED_EARLY:
        kind, message, suggestion = _ENDED_EARLY[finish_reason]
        raise kind(
            message,
            suggestion=suggestion,
            text=so_far,
            finish_reason=finish_reason,
            body=whole(completion),
            error_type=finish_reason,
        )
    if text is None:
        return "", finish_reason
    if not isinstance(text, str):
        raise ResponseValidationError("The response to the chat contains no text.", body=whole(completion))
    return text, finish_reason


_ENDED_EARLY: Mapping[str, tuple[type[AnswerError], str, str]] = {
    "content_filter": (
        ContentFilterError,
        "A content filter stopped the answer.",
        "change the prompt or the inputs; error.text is the answer so far.",
    ),
    "length": (
        IncompleteOutputError,
        "The answer reached the model's length limit and is incomplete.",
        "ask for a shorter answer, or for less at a time; error.text is the answer so far.",
    ),
}


# Parameters are `object` and are checked, because callers without a type checker may pass anything.


def require_mode(value: object) -> None:
    if not isinstance(value, str) or value not in get_args(RunMode):
        raise InputError('mode must be "chat" or "execution".', suggestion="pass one of them.")


def _metadata(value: object) -> JsonValue:
    if value is None:
        return None
    result = validated(RequestMetadata.model_validate, value)
    if isinstance(result, pydantic.ValidationError):
        raise InputError(
            f"metadata is invalid: {problems(result, 'metadata')}.", suggestion="pass the fields of AgentMetadata."
        )
    return as_json("metadata", value)


def _config(prompt: str, response_model: type[BaseModel] | None, skills: object) -> AgentExecutionConfig:
    hint = 'pass a list such as [Skill.reference("invoice-reader")].'
    if skills is not None and not is_list(skills):
        raise InputError(f"skills must be a list, not {type_name(skills)}.", suggestion=hint)
    fields = {"prompt": prompt, "response_model": response_model, "skills": as_json("skills", skills)}
    try:
        config = validated(AgentExecutionConfig.model_validate, fields)
    except pydantic.PydanticUserError as error:
        raise no_schema("response_model", error) from error
    if isinstance(config, pydantic.ValidationError):
        raise InputError(f"skills are invalid: {problems(config)}.", suggestion=hint)
    as_json("response_model", config.json_schema)
    return config


def _parts(inputs: content.Inputs) -> list[content.Part]:
    hint = 'pass a list such as [content.image("receipt.png")].'
    if not _is_iterable(inputs):
        raise InputError(f"inputs must be a list of parts, not {type_name(inputs)}.", suggestion=hint)
    try:
        parts = list(inputs)
    except VLMRunError:
        raise
    except (TypeError, ValueError, OSError) as error:  # a closed file, an array without dimensions
        raise InputError(f"inputs cannot be read ({type_name(error)}).", suggestion=hint) from error
    return [_sent(f"inputs[{index}]", part) for index, part in enumerate(parts)]


def _sent(argument: str, value: content.Input) -> content.Part:
    return cast("content.Part", as_json(argument, content.input_part(argument, value)))


def _is_iterable(value: object) -> bool:
    return isinstance(value, Iterable) and not isinstance(value, (str, bytes, Mapping))
