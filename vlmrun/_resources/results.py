"""Results: what `client.agent.run` gives, and readers for what OpenAI's models have no names for.

Light to import; what a function needs of pydantic or openai loads when it is called.

Source: API.md §3.6, §4 (what answers carry), §14 (artifact ids).
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

from vlmrun._arguments.checks import require_int, require_str, type_name
from vlmrun.client.exceptions import InputError

if TYPE_CHECKING:
    from openai.types import CompletionUsage
    from openai.types.chat import ChatCompletion, ChatCompletionChunk, ChatCompletionMessage
    from pydantic import JsonValue
    from typing_extensions import TypeIs

    from vlmrun.client.types import AgentExecutionResponse, CreditUsage

__all__ = [
    "AgentRun",
    "artifact_ids",
    "completion_from_execution",
    "credit_usage",
    "credits_used",
    "execution_from_completion",
    "response_text",
    "session_id",
]

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, repr=False)
class AgentRun(Generic[T_co]):
    """What an agent answered, the same for a chat and an execution.

    Attributes:
        output: The answer as the `response_model` that was asked for, or its text where none was.
        text: The answer as text.
        usage: What it has used.
        artifacts: The ids of what the agent made, in the order of the answer; `client.artifacts` takes them with
            `session_id` or `execution_id`.
        session_id: The chat, which `session_id=...` goes on with; `None` for an execution.
        execution_id: The execution; `None` for a chat.
        raw: The answer as it came.
        finish_reason: Why a chat's answer ended, such as `stop`; `None` for an execution.
        request_id: The server's id for the request that the answer came with, from the `x-request-id` header.
    """

    output: T_co
    text: str
    usage: CreditUsage | None
    artifacts: tuple[str, ...]
    session_id: str | None
    execution_id: str | None
    raw: ChatCompletion | AgentExecutionResponse
    finish_reason: str | None = None
    request_id: str | None = None

    def model_dump(self, *, mode: Literal["json", "python"] = "python") -> dict[str, object]:
        """The run as a dict, as pydantic's models have it: all attributes but `raw`, which has its own.

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
        raise InputError("mode must be json or python.", suggestion='pass mode="json", or leave it out.')


_LONGEST_OUTPUT = 300  # characters: some lines of a terminal


def _short(text: str) -> str:
    """A text for people, cut short, and without the queries of URLs, which may be signed."""
    text = re.sub(r"""(https?://[^\s?'"<>]+)\?[^\s'"<>]*""", r"\1?...", text)
    return text if len(text) <= _LONGEST_OUTPUT else f"{text[:_LONGEST_OUTPUT]}... ({len(text):,} characters)"


# Readers --------------------------------------------------------------------------------------------------------------


def session_id(answer: ChatCompletion | ChatCompletionChunk) -> str | None:
    """The session that an answer belongs to, for `extra_body=AgentOptions(session_id=...)` and `client.artifacts`.

    Args:
        answer: A completion, or any chunk of a stream.

    Returns:
        Its session id, or `None` where the server sent none.

    Source: API.md §4.
    """
    found = _extra(answer).get("session_id")
    return found if isinstance(found, str) and found else None


def credits_used(usage: CompletionUsage | CreditUsage | None) -> float | None:
    """The credits that a chat or an execution has used; 100 are one US dollar.

    Args:
        usage: The `usage` of a completion, of the last chunk of a stream, or of an execution.

    Returns:
        The credits, or `None` where the server does not say.

    Source: API.md §4, §7.
    """
    if usage is None:
        return None
    extra = _extra(usage)
    for name in ("credits_used", "credits"):
        found = getattr(usage, name, extra.get(name))
        # Neither NaN nor more than a float holds: no server says that.
        if isinstance(found, (int, float)) and not isinstance(found, bool) and abs(found) <= sys.float_info.max:
            return float(found)
    return None


def credit_usage(usage: CompletionUsage | None) -> CreditUsage | None:
    """The usage of a chat as that of an execution.

    Args:
        usage: The `usage` of a completion, or of the last chunk of a stream.

    Returns:
        The usage, with the counts of tokens, and the credits where the server names them. A field that is not of its
        type is left out.

    Source: API.md §4, §7.
    """
    from pydantic import BaseModel, ValidationError

    from vlmrun.client.types import CreditUsage

    if not isinstance(usage, BaseModel):  # OpenAI's client hands on whatever came
        return None
    with _reading("usage"):
        fields: dict[str, object] = usage.model_dump(exclude_none=True, warnings=False)
    fields["credits_used"] = credits_used(usage)
    try:
        return CreditUsage.model_validate(fields)
    except ValidationError as error:
        wrong = {found["loc"][0] for found in error.errors()}
        return CreditUsage.model_validate({name: value for name, value in fields.items() if name not in wrong})


_ARTIFACT = re.compile(r"(?<![A-Za-z0-9_-])(?:img|vid|aud|doc|recon|arr|url)_[0-9a-f]{6}(?![A-Za-z0-9_-])")


def artifact_ids(answer: ChatCompletionMessage | JsonValue) -> tuple[str, ...]:
    """The ids of artifacts that an answer names.

    Args:
        answer: A message of a completion, its text, or the `response` of an execution.

    Returns:
        The ids, such as `img_a1b2c3`, each once and in the order of the answer.

    Source: API.md §14.
    """
    value: JsonValue = answer.content if _is_message(answer) else answer
    return tuple(dict.fromkeys(name for text in _texts(value) for name in _ARTIFACT.findall(text)))


def _is_message(answer: ChatCompletionMessage | JsonValue) -> TypeIs[ChatCompletionMessage]:
    return hasattr(answer, "content")


def _texts(value: JsonValue) -> Iterator[str]:
    """All texts in a JSON value, each part of which is looked at once, as one made here may hold itself."""
    waiting, seen = [value], set[int]()
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, (dict, list)) and id(item) not in seen:
            seen.add(id(item))
            waiting.extend(reversed(list(item.values()) if isinstance(item, dict) else item))


@contextmanager
def _reading(argument: str) -> Generator[None]:
    """Raise `InputError` where an argument is not what its type says, as what OpenAI's client hands on need not be."""
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
    """What a model of OpenAI's or ours keeps that it has no name for."""
    extra: object = getattr(model, "model_extra", None)
    return cast("Mapping[str, JsonValue]", extra) if isinstance(extra, Mapping) else {}


# Conversions ----------------------------------------------------------------------------------------------------------

_EXECUTION = "execution"  # the field of a completion for what only an execution has a name for
_TOKENS = ("prompt_tokens", "completion_tokens", "total_tokens")


def completion_from_execution(execution: AgentExecutionResponse, *, model: str | None = None) -> ChatCompletion:
    """A completed execution as OpenAI's ChatCompletion, for code that reads those.

    A text stays a text, and any other response becomes JSON. What a ChatCompletion has no name for is kept in its
    `model_extra["execution"]`, from where `execution_from_completion` restores it.

    Args:
        execution: The execution.
        model: The model that ran it, which an execution does not name.

    Returns:
        The completion, with one choice. It has a `usage` only if the execution counted tokens.

    Raises:
        InputError: The execution is not completed.
        DependencyError: openai is missing, broken or older than 1.92.0.

    Source: API.md §3.6, §4.
    """
    from vlmrun._openai.completions import chat_completion

    if model is not None:
        require_str("model", model, "pass the model's name, or leave it out.")
    with _reading("execution"):
        return chat_completion(_completion_fields(execution, model))


def _completion_fields(execution: AgentExecutionResponse, model: str | None) -> dict[str, object]:
    if execution.status != "completed":
        raise InputError(
            f"execution is {execution.status}, not completed.", suggestion="client.executions.wait(execution.id)."
        )
    response = execution.response
    kept: dict[str, JsonValue] = execution.model_dump(mode="json", exclude={"response"})
    if not isinstance(response, str):  # a text is in the message already
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
    """A completion as a completed execution, for code that reads those.

    Args:
        completion: The completion; its first choice is the answer.

    Returns:
        The execution. Its `response` is the text, or the object or array that the text is in JSON; its `model_extra`
        has the completion's `model` and `session_id`.

    Raises:
        InputError: The completion has no choice with a text.

    Source: API.md §3.6, §4.
    """
    with _reading("completion"):
        return _execution(completion)


def _execution(completion: ChatCompletion) -> AgentExecutionResponse:
    from vlmrun.client.types import AgentExecutionResponse

    text: object
    try:
        text = completion.choices[0].message.content
    except (AttributeError, LookupError, TypeError):  # OpenAI's client hands on whatever came
        text = None
    if not isinstance(text, str):
        raise InputError("completion has no text.", suggestion="pass one whose first choice has a content.")
    kept = _extra(completion).get(_EXECUTION)
    # The server may have a field of this name, too, some day.
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


def _is_count(value: JsonValue) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def response_text(response: JsonValue) -> str:
    """The `response` of an execution as text: what is no text becomes JSON, and nothing becomes the empty text."""
    if isinstance(response, str):
        return response
    with _reading("response"):
        return "" if response is None else json.dumps(response, ensure_ascii=False)


def _structure(text: str) -> JsonValue:
    """The object or the array that a text is in JSON, as far as answers of the API can hold it, else the text."""
    from pydantic_core import from_json

    try:
        value: JsonValue = from_json(text, allow_inf_nan=False)
    except ValueError:
        return text
    return value if isinstance(value, (dict, list)) else text
