"""`Answer`: what a test tells the server to reply."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, cast, get_args

from pydantic import BaseModel, PydanticUserError
from pydantic_core import PydanticSerializationError, to_jsonable_python
from typing_extensions import TypeIs

from vlmrun.client.exceptions import InputError
from vlmrun.local._faults.arguments import DAY, is_a, is_int, is_number, is_text, listed
from vlmrun.local._requests.received import ReceivedRequest

__all__ = ["Answer", "Reply", "ToolCall", "answer_of", "is_model_class"]

FinishReason: TypeAlias = Literal["stop", "length", "tool_calls", "content_filter", "function_call"]


_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")


@dataclass(frozen=True)
class ToolCall:
    """A call of a tool, as the model asks for it.

    Args:
        name: The name of the function.
        arguments: Its arguments, also as a pydantic model; a text is sent as it is, so that it may be invalid JSON.
        id: The id of the call; made up by default.

    Raises:
        InputError: An argument is invalid.
    """

    name: str
    arguments: Mapping[str, object] | BaseModel | str = field(default_factory=dict[str, object])
    id: str | None = None

    def __post_init__(self) -> None:
        if not is_text(self.name, bool):
            raise InputError("name must be the name of a function.")
        _require_arguments(self.arguments)
        if self.id is not None and not is_text(self.id, bool):
            raise InputError("id must be a non-empty string.", suggestion="omit it.")

    @property
    def arguments_json(self) -> str:
        """The arguments as they are sent."""
        if isinstance(self.arguments, str):
            return self.arguments
        return json.dumps(_jsonable("arguments", self.arguments), ensure_ascii=False)


@dataclass(frozen=True)
class Answer:
    """What the server replies to a chat, an execution, a prediction or the gateway. All arguments are optional.

    Args:
        text: The text of the answer; the response of an execution or a prediction.
        output: JSON, or a pydantic model, or models and other values that pydantic can write within lists and dicts: in
            a chat the JSON text, in an execution or a prediction the response. For `image.schema` and its siblings a
            JSON schema or a class of pydantic; for the gateway, see `server.answer`.
        tool_calls: Calls of tools, in a chat.
        refusal: The words of a refusal, in a chat.
        finish_reason: Why a chat ended; by default what fits the rest: `stop`, or `tool_calls`.
        usage: Members of `usage` that replace the computed ones, such as `{"credits_used": 3}`.
        artifacts: The bytes of artifacts by their ids, such as `{"img_a1b2c3": png}`. They belong to the session of a
            chat, or to the execution.
        chunks: The pieces in which the text of a chat is streamed.
        delay: Seconds before each piece of a stream.
        outcome: How the execution or the prediction ends: `completed`, `failed` or `cancelled`; by default as the
            server has it.
        status: The HTTP status; from 400 an error is sent, and no work is performed.
        error: The words of the error, or of a failed execution or prediction.
        headers: Headers to add to an error, such as `{"retry-after": "1"}`.

    Raises:
        InputError: An argument is invalid, or contradicts another.
    """

    text: str | None = None
    output: BaseModel | type[BaseModel] | Mapping[str, object] | Sequence[object] | float | bool | None = None
    tool_calls: Sequence[ToolCall] = ()
    refusal: str | None = None
    finish_reason: FinishReason | None = None
    usage: Mapping[str, object] = field(default_factory=dict[str, object])
    artifacts: Mapping[str, bytes] = field(default_factory=dict[str, bytes])
    chunks: Sequence[str] | None = None
    delay: float = 0.0
    outcome: Literal["completed", "failed", "cancelled"] | None = None
    status: int = 200
    error: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        for name in ("text", "refusal", "error"):
            if getattr(self, name) is not None and not is_text(getattr(self, name), lambda _: True):
                raise InputError(f"{name} must be a string.")
        if self.text is not None and self.output is not None:
            raise InputError("text and output are both given.", suggestion="pass one of them.")
        # Copied, so that an answer is an immutable value.
        object.__setattr__(self, "tool_calls", tuple(listed("tool_calls", self.tool_calls)))
        if not all(is_a(call, ToolCall) for call in self.tool_calls):
            raise InputError("tool_calls must be of ToolCall.", suggestion='pass [ToolCall("name", {...})].')
        if self.chunks is not None:
            object.__setattr__(self, "chunks", tuple(listed("chunks", self.chunks)))
            if not all(is_a(chunk, str) for chunk in self.chunks):
                raise InputError("chunks must be strings.")
            if self.output is not None or self.text not in (None, "".join(self.chunks)):
                raise InputError("chunks are not the pieces of text.", suggestion="pass chunks alone.")
        if self.finish_reason is not None and self.finish_reason not in get_args(FinishReason):
            raise InputError(f"finish_reason must be one of {', '.join(get_args(FinishReason))}.")
        if self.outcome not in (None, "completed", "failed", "cancelled"):
            raise InputError("outcome must be completed, failed or cancelled.")
        if not is_number(self.delay, 0, DAY):
            raise InputError("delay must be a number of seconds, from 0 to a day.")
        if not is_int(self.status, 200, 599) or 200 < self.status < 400:
            raise InputError("status must be 200, or an error from 400 to 599.")
        _require_dict("usage", self.usage, object, "values by their names")
        _require_dict("artifacts", self.artifacts, bytes, "bytes by their ids")
        _require_dict("headers", self.headers, str, "strings by their names")
        if not all(_NAME.fullmatch(name) and _VALUE.fullmatch(text) for name, text in self.headers.items()):
            raise InputError("headers must have names and values that HTTP allows.")
        for name in ("output", "usage"):
            _jsonable(name, getattr(self, name))

    @property
    def json(self) -> object:
        """The output as JSON values; the text if there is none."""
        return self.content if self.output is None else _jsonable("output", self.output)

    @property
    def model_class(self) -> type[BaseModel] | None:
        """The class that stands for its schema; `None` if the answer is none."""
        return self.output if is_model_class(self.output) else None

    @property
    def content(self) -> str | None:
        """The text of a chat; `None` if it has none."""
        if self.output is not None:
            if isinstance(self.output, BaseModel):
                return self.output.model_dump_json(by_alias=True)
            return json.dumps(_jsonable("output", self.output), ensure_ascii=False)
        return "".join(self.chunks) if self.chunks is not None else self.text


Reply: TypeAlias = (
    str
    | BaseModel
    | type[BaseModel]
    | Mapping[str, object]
    | Sequence[float]
    | Answer
    | Callable[[ReceivedRequest], str | BaseModel | type[BaseModel] | Mapping[str, object] | Sequence[float] | Answer]
)
"""What `server.answer` takes: a text, a pydantic instance, a dict, an `Answer`, or a function of the request; a list of
numbers for embeddings, and a class of pydantic for a schema."""


def is_model_class(value: object) -> TypeIs[type[BaseModel]]:
    """Whether a value is a class of pydantic."""
    return isinstance(value, type) and issubclass(value, BaseModel)


def _jsonable(name: str, value: object) -> object:
    """What JSON has, from what pydantic can write; of a class its schema.

    Raises:
        InputError: It can be no JSON.
    """
    try:
        made: object = (
            value.model_json_schema()
            if is_model_class(value)
            else to_jsonable_python(value, by_alias=True, fallback=_as_dict)
        )
        json.dumps(made, allow_nan=False)
    except (PydanticSerializationError, PydanticUserError, RecursionError, TypeError, ValueError) as error:
        raise InputError(
            f"{name} cannot be sent as JSON: {error}.",
            suggestion="pass lists, dicts, numbers, texts or models.",
        ) from error
    return made


def _as_dict(value: object) -> dict[object, object]:
    """What pydantic does not know: any mapping but a dict."""
    if isinstance(value, Mapping):
        return dict(cast("Mapping[object, object]", value))
    raise TypeError(f"{type(value).__name__} is not JSON")


def _require_arguments(value: object) -> None:
    if not isinstance(value, (str, BaseModel, Mapping)):
        raise InputError("arguments must be a dict, a pydantic model, or JSON as text.")
    _jsonable("arguments", cast("object", value))


def _require_dict(name: str, value: object, kind: type, what: str) -> None:
    # A cast: what its members are is looked at here.
    members = cast("Mapping[object, object]", value) if isinstance(value, Mapping) else None
    if members is None or not all(isinstance(key, str) and isinstance(item, kind) for key, item in members.items()):
        raise InputError(f"{name} must be a dict of {what}.")


def answer_of(reply: object) -> Answer:
    """What a reply stands for.

    Args:
        reply: A text, a pydantic instance or class, a dict, a list of numbers or an `Answer`.

    Raises:
        InputError: It is something else.
    """
    if isinstance(reply, Answer):
        return reply
    if isinstance(reply, str):
        return Answer(text=reply)
    if isinstance(reply, BaseModel):
        return Answer(output=reply)
    if isinstance(reply, Mapping):
        return Answer(output=cast("Mapping[str, object]", reply))  # what its members are is the test's business
    if is_model_class(reply):
        return Answer(output=reply)
    if isinstance(reply, (list, tuple)):
        return Answer(output=cast("Sequence[object]", reply))
    raise InputError(
        f"reply must be a text, a pydantic instance, a dict, a list or an Answer, not {type(reply).__name__}.",
        suggestion="pass Answer(output=...) for any other JSON.",
    )
