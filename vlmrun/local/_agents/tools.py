"""Calls of tools, where a chat requires one."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from typing import cast

from vlmrun.local._answers.answers import answer_schema
from vlmrun.local._media.facts import Fact
from vlmrun.local._requests.bodies import ChatRequest, Function
from vlmrun.local._wire.errors import Problem, RefusalError

__all__ = ["called_tools", "tool_call"]


def called_tools(request: ChatRequest, facts: Sequence[Fact]) -> Sequence[Mapping[str, object]]:
    """The call that `tool_choice` requires, its arguments filled from the schema of the function.

    Args:
        request: What was asked.
        facts: What arrived, in order.

    Returns:
        One call, in OpenAI's form; none where the choice is left to the model, which there is none of here.

    Raises:
        RefusalError: 422, there is no such function, or its parameters are no schema that can be filled.
    """
    choice = request.tool_choice
    functions = [tool.function for tool in request.tools or () if tool.function is not None]
    if choice is None or choice in ("auto", "none"):
        return ()
    # A cast: what comes from JSON is made of dicts, and nothing narrower is known of it.
    wanted = choice.get("function") if isinstance(choice, dict) else None
    name = cast("dict[str, object]", wanted).get("name") if isinstance(wanted, dict) else None
    chosen = next((one for one in functions if name in (None, one.name)), None)
    if chosen is None:
        message = f"There is no tool {name!r}" if name else "A tool is required, and tools has none"
        raise RefusalError(422, [Problem(("body", "tool_choice"), message, "no_such_tool")])
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


def _arguments(request: ChatRequest, function: Function, facts: Sequence[Fact]) -> object:
    index = next(n for n, tool in enumerate(request.tools or ()) if tool.function is function)
    loc = ("body", "tools", index, "function", "parameters")
    return {} if function.parameters is None else answer_schema(function.parameters, loc, facts)
