"""Calls of tools, where a chat requires one."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence

from vlmrun.local._answers.answers import answer_schema
from vlmrun.local._media.facts import Fact
from vlmrun.local._requests.bodies import ChatRequest, Function, ToolChoice
from vlmrun.local._wire.errors import Problem, RefusalError

__all__ = ["called_tools", "tool_call"]


def called_tools(request: ChatRequest, facts: Sequence[Fact]) -> Sequence[Mapping[str, object]]:
    """The call that `tool_choice` requires, its arguments filled from the schema of the function.

    Of several functions it is the first that the chat has not called yet; the last, if it has called all.

    Args:
        request: What was asked.
        facts: What arrived, in order.

    Returns:
        One call, in OpenAI's form; none where the choice is left to the model, which there is none of here.

    Raises:
        RefusalError: 422, there is no such function, or its parameters are no schema that can be filled.
    """
    names = _required(request.tool_choice)
    if names is None:
        return ()
    functions = [tool.function for tool in request.tools or () if tool.function is not None]
    fitting = [function for function in functions if not names or function.name in names]
    if not fitting:
        message = (
            f"There is no tool {' or '.join(map(repr, names))}" if names else "A tool is required, and tools has none"
        )
        raise RefusalError(422, [Problem(("body", "tool_choice"), message, "no_such_tool")])
    # An agent repeats its chat with what its tools returned, until the tool that is its answer is called.
    called = {call.function.name for message in request.messages for call in message.tool_calls or () if call.function}
    chosen = next((function for function in fitting if function.name not in called), fitting[-1])
    return [tool_call(chosen.name, json.dumps(_arguments(request, chosen, facts), ensure_ascii=False), None)]


def tool_call(name: str, arguments: str, id_: str | None) -> Mapping[str, object]:
    """A call of a function in OpenAI's form.

    Args:
        name: The function.
        arguments: Its arguments as JSON.
        id_: The id of the call; made up where `None`.
    """
    id_ = id_ or f"call_{uuid.uuid4().hex[:24]}"
    return {"id": id_, "type": "function", "function": {"name": name, "arguments": arguments}}


def _required(choice: str | ToolChoice | None) -> Sequence[str | None] | None:
    """The names of the tools of which one is required: of any, if there are none; `None` if no tool is required."""
    if choice is None or choice in ("auto", "none"):
        return None
    if isinstance(choice, str):
        return ()
    allowed = choice.allowed_tools
    if allowed is None:
        return (choice.name,)
    return None if allowed.mode == "auto" else [tool.name for tool in allowed.tools]


def _arguments(request: ChatRequest, function: Function, facts: Sequence[Fact]) -> object:
    index = next(n for n, tool in enumerate(request.tools or ()) if tool.function is function)
    loc = ("body", "tools", index, "function", "parameters")
    return {} if function.parameters is None else answer_schema(function.parameters, loc, facts)
