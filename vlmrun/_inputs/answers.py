"""Messages of answers, converted to messages that can be sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vlmrun._arguments.checks import as_json, type_name
from vlmrun.client.exceptions import InputError

if TYPE_CHECKING:
    from pydantic.main import IncEx

__all__ = ["answer_message"]

# What an answer has in common with OpenAI's ChatCompletionAssistantMessageParam. Annotations, the audio itself and what
# OpenAI's client parsed are parts of answers only; a server may refuse them.
_CALLED: IncEx = {"name": True, "arguments": True}
_SENT: IncEx = {
    "content": True,
    "refusal": True,
    "audio": {"id": True},
    "function_call": _CALLED,
    "tool_calls": {"__all__": {"id": True, "type": True, "function": _CALLED, "custom": {"name": True, "input": True}}},
}


def answer_message(answer: object) -> dict[str, object]:
    """Return the assistant's message that an answer is.

    Raises:
        InputError: It is not the message of an answer, or it is empty.
    """
    from pydantic import BaseModel

    if not isinstance(answer, BaseModel) or getattr(answer, "role", None) != "assistant":
        raise InputError(
            f"answer must be a str or a message of the assistant, not {type_name(answer)}.",
            suggestion="pass completion.choices[0].message.",
        )
    try:
        sent = answer.model_dump(mode="json", include=_SENT, exclude_none=True, warnings=False)
    except (TypeError, ValueError) as error:  # OpenAI's client does not validate responses
        raise InputError(
            f"answer cannot be read ({type_name(error)}).", suggestion="pass the text of the answer."
        ) from error
    sent = {name: value for name, value in sent.items() if value or name == "content"}
    if not sent:
        raise InputError(
            "answer is empty: it has no text, no refusal and no calls of tools.", suggestion="leave the message out."
        )
    as_json("answer", sent)
    return {"role": "assistant", "content": None, **sent}
