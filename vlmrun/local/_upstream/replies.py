"""What the upstream answered, read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, cast, get_args

from pydantic import Field, ValidationError
from pydantic_core import from_json

from vlmrun.local._requests.parts import WireModel
from vlmrun.local._script.answer import Answer, FinishReason, ToolCall
from vlmrun.local._wire.errors import problems_of
from vlmrun.local._wire.json_values import json_object

__all__ = [
    "Reply",
    "UnreadableReplyError",
    "answer_to_chat",
    "answer_to_job",
    "counts_of",
    "read_reply",
    "words_of_error",
]

_WORDS_LIMIT = 500


class UnreadableReplyError(Exception):
    """An answer of the upstream that is no chat completion; the message says why."""


class _Function(WireModel):
    name: Annotated[str, Field(min_length=1)]
    # OpenAI sends a text; some servers an object.
    arguments: str | dict[str, object] = "{}"


class _Call(WireModel):
    id: str | None = None
    function: _Function


class _Message(WireModel):
    content: str | None = None
    refusal: str | None = None
    tool_calls: list[_Call] | None = None


class _Choice(WireModel):
    message: _Message
    finish_reason: str | None = None


class Reply(WireModel):
    """A chat completion, as far as it is used."""

    choices: Annotated[list[_Choice], Field(min_length=1)]
    usage: dict[str, object] | None = None

    @property
    def message(self) -> _Message:
        """What is said."""
        return self.choices[0].message


def read_reply(body: bytes) -> Reply:
    """The body of a success.

    Raises:
        UnreadableReplyError: It is no chat completion.
    """
    try:
        return Reply.model_validate_json(body)
    except ValidationError as error:
        raise UnreadableReplyError(str(problems_of(error, "body")[0])) from error


def answer_to_chat(reply: Reply) -> Answer:
    """What a chat is answered."""
    calls = [ToolCall(call.function.name, call.function.arguments, call.id) for call in reply.message.tool_calls or ()]
    reason = reply.choices[0].finish_reason
    # Some servers send an empty text beside the calls.
    text = reply.message.content or ("" if not calls and reply.message.refusal is None else None)
    return Answer(
        text=text,
        tool_calls=calls,
        refusal=reply.message.refusal,
        finish_reason=next((known for known in get_args(FinishReason) if known == reason), None),
        usage=counts_of(reply.usage),
    )


def counts_of(usage: Mapping[str, object] | None) -> dict[str, int]:
    """The numbers of tokens that the upstream tells; there may be none."""
    told = usage or {}
    counts = {name: told.get(name) for name in ("prompt_tokens", "completion_tokens", "total_tokens")}
    return {name: count for name, count in counts.items() if isinstance(count, int)}


def answer_to_job(reply: Reply, *, is_json: bool) -> Answer:
    """What an execution or a prediction is answered.

    Args:
        reply: What the upstream answered.
        is_json: Whether the answer should be JSON; then anything else is a failure, with the words.
    """
    text = reply.message.content or ""
    if reply.message.refusal is not None:
        return Answer(outcome="failed", error=f"The model refused: {reply.message.refusal}")
    if not is_json:
        return Answer(output={"text": text})
    try:
        parsed: object = from_json(text, allow_inf_nan=False)
    except ValueError as error:
        cut = " (cut off at the limit of tokens)" if reply.choices[0].finish_reason == "length" else ""
        return Answer(outcome="failed", error=f"The model's answer is not JSON{cut}: {error}: {text[:_WORDS_LIMIT]!r}")
    if isinstance(parsed, str):
        return Answer(text=parsed)
    # A cast: what else JSON holds is what an output may be.
    return Answer(output=cast("dict[str, object] | list[object] | float | bool | None", parsed))


def words_of_error(body: bytes) -> str:
    """What the body of an error says, in its first words."""
    text = body.decode(errors="replace").strip()
    try:
        members = json_object(json.loads(text))
    except ValueError:
        members = {}
    for value in (json_object(members.get("error")).get("message"), *map(members.get, ("error", "detail", "message"))):
        if isinstance(value, str) and value:
            text = value
            break
    return text[:_WORDS_LIMIT] or "(no words)"
