"""What the tests of all libraries share: what is extracted, and how the server's records are read."""

from __future__ import annotations

from pydantic import BaseModel

from vlmrun.local import Answer, LocalServer, ToolCall

MODEL = "vlmrun-orion-1:auto"


class Invoice(BaseModel):
    """An invoice."""

    total: float
    items: list[str]


INVOICE = Invoice(total=25.0, items=["Träger", "Rad"])


def call(name: str, arguments: dict[str, object]) -> Answer:
    """An answer that calls one tool."""
    return Answer(tool_calls=[ToolCall(name, arguments)])


def tools_asked(server: LocalServer, index: int = -1) -> list[str]:
    """The names of the functions that a request offered to the model."""
    functions = [tool.function for tool in server.requests[index].chat.tools or ()]
    return [function.name for function in functions if function is not None]


def roles_asked(server: LocalServer, index: int = -1) -> list[str]:
    """The roles of the messages of a request."""
    return [message.role for message in server.requests[index].chat.messages]


def format_asked(server: LocalServer, index: int = -1) -> str | None:
    """The type of the `response_format` of a request."""
    asked = server.requests[index].chat.response_format
    return None if asked is None else asked.type
