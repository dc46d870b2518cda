"""Results: the `AgentRun` that `client.agent.run` returns, and functions that read VLM Run's fields of OpenAI's models.

Importing this module is cheap; pydantic and openai are imported by the functions that need them.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Generic, Literal, TypeVar, cast

import typing_extensions

from vlmrun._arguments.checks import require_int, require_str, type_name
from vlmrun._lifetimes.names import later
from vlmrun.client.exceptions import InputError

if TYPE_CHECKING:
    from openai.types import CompletionUsage, CreateEmbeddingResponse
    from openai.types.chat import ChatCompletion, ChatCompletionChunk, ChatCompletionMessage
    from openai.types.create_embedding_response import Usage
    from pydantic import JsonValue
    from typing_extensions import TypeIs

    from vlmrun.client.types import AgentExecutionResponse, CreditUsage
else:
    CompletionUsage = later("openai.types", "CompletionUsage")
    CreateEmbeddingResponse = later("openai.types", "CreateEmbeddingResponse")
    Usage = later("openai.types.create_embedding_response", "Usage")
    ChatCompletion = later("openai.types.chat", "ChatCompletion")
    ChatCompletionChunk = later("openai.types.chat", "ChatCompletionChunk")
    ChatCompletionMessage = later("openai.types.chat", "ChatCompletionMessage")
    JsonValue = later("pydantic", "JsonValue")
    TypeIs = later("typing_extensions", "TypeIs")
    AgentExecutionResponse = later("vlmrun.client.types", "AgentExecutionResponse")
    CreditUsage = later("vlmrun.client.types", "CreditUsage")

__all__ = [
    "AgentRun",
    "artifact_ids",
    "backend",
    "completion_from_execution",
    "cost_usd",
    "credit_usage",
    "credits_used",
    "execution_from_completion",
    "reading",
    "response_text",
    "served_model_id",
    "session_id",
    "unfinished",
]

T_co = TypeVar("T_co", covariant=True)
R_co = typing_extensions.TypeVar("R_co", covariant=True, default=ChatCompletion | AgentExecutionResponse)


@dataclass(frozen=True, repr=False)
class AgentRun(Generic[T_co, R_co]):
    """The result of `client.agent.run`, the same for a chat and an execution.

    `AgentRun[Invoice]` is a run of either; `AgentRun[Invoice, AgentExecutionResponse]` is that of an execution.
    """

    output: T_co
    """The answer: an instance of the `response_model`, or the text if none was given."""
    text: str
    """The answer as text."""
    usage: CreditUsage | None
    """The usage: credits, and elements or steps; `None` if the server sent none."""
    artifacts: tuple[str, ...]
    """The ids of the artifacts that the answer names, in its order.

    `client.artifacts` takes them, with `session_id` or `execution_id`.
    """
    session_id: str | None
    """The id of the chat; `run(..., session_id=...)` continues it. `None` for an execution."""
    execution_id: str | None
    """The id of the execution; `None` for a chat."""
    raw: R_co
    """The unmodified response object: OpenAI's `ChatCompletion` of a chat, an `AgentExecutionResponse` otherwise."""
    finish_reason: str | None = None
    """Why a chat's answer ended, such as `stop`; `None` for an execution."""
    request_id: str | None = None
    """The server's id for the request that returned the answer, from the `x-request-id` header."""

    def model_dump(self, *, mode: Literal["json", "python"] = "python") -> dict[str, object]:
        """The run as a dict, as pydantic's models have it: all attributes but `raw`, which has its own dump.

        Args:
            mode: `json` for values that JSON has only.

        Raises:
            InputError: `mode` is neither.
        """
        _check_mode(mode)
        from pydantic_core import to_jsonable_python

        values: dict[str, object] = {field.name: getattr(self, field.name) for field in fields(self)}
        del values["raw"]
        if mode == "json":
            plain: dict[str, object] = to_jsonable_python(values)
            return plain
        dumps = {name: getattr(values[name], "model_dump", None) for name in ("output", "usage")}
        return values | {name: dump() for name, dump in dumps.items() if callable(dump)}

    def model_dump_json(self, *, indent: int | None = None) -> str:
        """The run as JSON; see `model_dump`.

        Args:
            indent: How far to indent each level, or `None` for one line.

        Raises:
            InputError: `indent` is no such number.
        """
        if indent is not None:
            require_int("indent", indent, 0, 100, "pass a number of spaces, such as 2.")
        return json.dumps(self.model_dump(mode="json"), indent=indent, ensure_ascii=False)

    def __repr__(self) -> str:
        told = {
            "output": _short(repr(self.output)),
            "usage": repr(self.usage),
            "artifacts": repr(self.artifacts),
            "session_id": repr(self.session_id),
            "execution_id": repr(self.execution_id),
            "finish_reason": repr(self.finish_reason),
            "request_id": repr(self.request_id),
        }
        return f"{type(self).__name__}({', '.join(f'{name}={text}' for name, text in told.items() if text != 'None')})"

    def _repr_markdown_(self) -> str:
        """The answer, in a notebook: text as Markdown, and a `response_model` as JSON."""
        if isinstance(self.output, str):
            return self.output
        return f"```json\n{json.dumps(self.model_dump(mode='json')['output'], indent=2, ensure_ascii=False)}\n```"


def _check_mode(value: object) -> None:
    if not (isinstance(value, str) and value in ("json", "python")):
        raise InputError("mode must be json or python.", suggestion='pass mode="json", or omit it.')


_LONGEST_OUTPUT = 300  # characters: some lines of a terminal


def _short(text: str) -> str:
    """A text for people, cut short, and without the queries of URLs, which may be signed."""
    text = re.sub(r"""(https?://[^\s?'"<>]+)\?[^\s'"<>]*""", r"\1?...", text)
    return text if len(text) <= _LONGEST_OUTPUT else f"{text[:_LONGEST_OUTPUT]}... ({len(text):,} characters)"


# Readers --------------------------------------------------------------------------------------------------------------


def session_id(answer: ChatCompletion | ChatCompletionChunk) -> str | None:
    """Return the session id of an answer, for `extra_body=AgentOptions(session_id=...)` and `client.artifacts`.

    Args:
        answer: A completion, or any chunk of a stream.

    Returns:
        The session id, or `None` if the server sent none.
    """
    return _text(answer, "session_id")


def served_model_id(answer: ChatCompletion | ChatCompletionChunk | CreateEmbeddingResponse) -> str | None:
    """Return the full id of the model that answered at the gateway; the request may have named an alias of it.

    Args:
        answer: A completion of `client.gateway`, any chunk of a stream, or embeddings.

    Returns:
        The id, such as `zai-org/glm-ocr`, or `None` if the server sent none.
    """
    return _text(answer, "served_model_id")


def backend(answer: ChatCompletion | ChatCompletionChunk | CreateEmbeddingResponse) -> str | None:
    """Return the backend of the gateway that ran the model.

    Args:
        answer: A completion of `client.gateway`, any chunk of a stream, or embeddings.

    Returns:
        The name of the backend, or `None` if the server sent none.
    """
    return _text(answer, "backend")


def _text(answer: object, name: str) -> str | None:
    found = _extra(answer).get(name)
    return found if isinstance(found, str) and found else None


def cost_usd(usage: CompletionUsage | Usage | None) -> float | None:
    """Return the price of an answer of the gateway, in US dollars.

    Args:
        usage: The `usage` of a completion, of the last chunk of a stream, or of embeddings.

    Returns:
        The price, or `None` if the server sent none.
    """
    return _number(_extra(usage).get("cost"))


def credits_used(usage: CompletionUsage | CreditUsage | None) -> float | None:
    """Return the credits that a chat or an execution used; 100 credits are 1 US dollar.

    Args:
        usage: The `usage` of a completion, of the last chunk of a stream, or of an execution.

    Returns:
        The credits, or `None` if the server sent none.
    """
    if usage is None:
        return None
    extra = _extra(usage)
    for name in ("credits_used", "credits"):
        found = _number(getattr(usage, name, extra.get(name)))
        if found is not None:
            return found
    return None


def _number(value: object) -> float | None:
    """A number that a float can hold; NaN is none."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= sys.float_info.max:
        return float(value)
    return None


def credit_usage(usage: CompletionUsage | None) -> CreditUsage | None:
    """Convert the usage of a chat to the form that executions have.

    Args:
        usage: The `usage` of a completion, or of the last chunk of a stream.

    Returns:
        The usage, with token counts, and the credits if the server sent them. A field of the wrong type is omitted.
    """
    from pydantic import BaseModel, ValidationError

    from vlmrun.client.types import CreditUsage

    if not isinstance(usage, BaseModel):  # OpenAI's client does not validate responses
        return None
    with reading("usage"):
        fields: dict[str, object] = usage.model_dump(exclude_none=True, warnings=False)
    fields["credits_used"] = credits_used(usage)
    try:
        return CreditUsage.model_validate(fields)
    except ValidationError as error:
        wrong = {found["loc"][0] for found in error.errors()}
        return CreditUsage.model_validate({name: value for name, value in fields.items() if name not in wrong})


_ARTIFACT = re.compile(r"(?<![A-Za-z0-9_-])(?:img|vid|aud|doc|recon|arr|url)_[0-9a-f]{6}(?![A-Za-z0-9_-])")


def artifact_ids(answer: ChatCompletionMessage | JsonValue) -> tuple[str, ...]:
    """Return the ids of the artifacts that an answer names.

    Args:
        answer: A message of a completion, its text, or the `response` of an execution.

    Returns:
        The ids, such as `img_a1b2c3`, without duplicates, in the order of the answer.
    """
    value: JsonValue = answer.content if _is_message(answer) else answer
    return tuple(dict.fromkeys(name for text in _texts(value) for name in _ARTIFACT.findall(text)))


def _is_message(answer: ChatCompletionMessage | JsonValue) -> TypeIs[ChatCompletionMessage]:
    return hasattr(answer, "content")


def _texts(value: JsonValue) -> Iterator[str]:
    """All strings in a JSON value. Each container is visited once, because a value may contain itself."""
    waiting, seen = [value], set[int]()
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, (dict, list)) and id(item) not in seen:
            seen.add(id(item))
            waiting.extend(reversed(list(item.values()) if isinstance(item, dict) else item))


@contextmanager
def reading(argument: str) -> Generator[None]:
    """Raise `InputError` if an argument is not what its type says: OpenAI's client does not validate responses."""
    try:
        yield
    except InputError:
        raise
    # What pydantic finds, or cannot serialize, is a ValueError; a moment beyond all calendars is one of the last two.
    except (AttributeError, LookupError, TypeError, ValueError, RecursionError, OverflowError, OSError) as error:
        raise InputError(
            f"{argument} cannot be read ({type_name(error)}).", suggestion="pass it as the API returned it."
        ) from error


def _extra(model: object) -> Mapping[str, JsonValue]:
    """The unknown fields that a model keeps."""
    extra: object = getattr(model, "model_extra", None)
    return cast("Mapping[str, JsonValue]", extra) if isinstance(extra, Mapping) else {}


# Conversions ----------------------------------------------------------------------------------------------------------

_EXECUTION = "execution"  # the field of a completion that keeps the fields of the execution
_TOKENS = ("prompt_tokens", "completion_tokens", "total_tokens")


def completion_from_execution(execution: AgentExecutionResponse, *, model: str | None = None) -> ChatCompletion:
    """Convert a completed execution to OpenAI's `ChatCompletion`, for code that reads chat completions.

    A text response stays text; any other response becomes JSON text. Fields that a `ChatCompletion` does not have are
    kept in `model_extra["execution"]`; `execution_from_completion` restores them.

    Args:
        execution: The execution.
        model: The model that ran the execution; the execution does not contain it.

    Returns:
        The completion, with one choice. It has a `usage` only if the execution counted tokens.

    Raises:
        InputError: The execution is not completed.
        DependencyError: openai is missing, broken or older than 1.92.0.
    """
    from vlmrun._openai.completions import chat_completion

    if model is not None:
        require_str("model", model, "pass the model's name, or omit it.")
    with reading("execution"):
        return chat_completion(_completion_fields(execution, model))


def _completion_fields(execution: AgentExecutionResponse, model: str | None) -> dict[str, object]:
    if execution.status != "completed":
        raise unfinished(execution)
    response = execution.response
    kept: dict[str, JsonValue] = execution.model_dump(mode="json", exclude={"response"})
    if not isinstance(response, str):  # text is in the message already
        kept["response"] = response
    named, usage = kept.get("model"), kept["usage"]
    created = execution.created_at
    message = {"role": "assistant", "content": response_text(response), "refusal": None}
    return {
        "id": execution.id,
        "object": "chat.completion",
        "created": int((created if created.tzinfo else created.replace(tzinfo=timezone.utc)).timestamp()),
        "model": model or (named if isinstance(named, str) else ""),
        "choices": [{"index": 0, "finish_reason": "stop", "logprobs": None, "message": message}],
        "usage": usage if isinstance(usage, dict) and all(_is_count(usage.get(name)) for name in _TOKENS) else None,
        "session_id": kept.get("session_id"),
        _EXECUTION: kept,
    }


def execution_from_completion(completion: ChatCompletion) -> AgentExecutionResponse:
    """Convert a chat completion to a completed execution, for code that reads executions.

    Args:
        completion: The completion; its first choice is the answer.

    Returns:
        The execution. Its `response` is the text, or the JSON object or array that the text contains. Its `model_extra`
        has the completion's `model` and `session_id`.

    Raises:
        InputError: The completion has no choice with text.
    """
    with reading("completion"):
        return _execution(completion)


def _execution(completion: ChatCompletion) -> AgentExecutionResponse:
    from vlmrun.client.types import AgentExecutionResponse

    text: object
    try:
        text = completion.choices[0].message.content
    except (AttributeError, LookupError, TypeError):  # OpenAI's client does not validate responses
        text = None
    if not isinstance(text, str):
        raise InputError("completion has no text.", suggestion="pass one whose first choice has a content.")
    kept = _extra(completion).get(_EXECUTION)
    # A server may send a field of this name, too.
    if isinstance(kept, dict) and (kept.get("id"), kept.get("status")) == (completion.id, "completed"):
        return AgentExecutionResponse.model_validate({"response": text, **kept})
    created = datetime.fromtimestamp(completion.created, timezone.utc)
    fields: dict[str, object] = {
        "id": completion.id,
        "created_at": created,
        "status": "completed",
        "response": _structure(text),
        "usage": credit_usage(completion.usage),
        "model": completion.model,
        "session_id": session_id(completion),
    }
    return AgentExecutionResponse.model_validate(fields)


def unfinished(execution: AgentExecutionResponse) -> InputError:
    """The error of an execution that is needed completed."""
    return InputError(
        f"execution is {execution.status}, not completed.", suggestion="client.executions.wait(execution.id)."
    )


def _is_count(value: JsonValue) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def response_text(response: JsonValue) -> str:
    """Convert the `response` of an execution to text: a string is unchanged, `None` is empty, anything else is JSON."""
    if isinstance(response, str):
        return response
    with reading("response"):
        return "" if response is None else json.dumps(response, ensure_ascii=False)


def _structure(text: str) -> JsonValue:
    """Parse a text that is a JSON object or array; return any other text unchanged."""
    from pydantic_core import from_json

    try:
        value: JsonValue = from_json(text, allow_inf_nan=False)
    except ValueError:
        return text
    return value if isinstance(value, (dict, list)) else text
