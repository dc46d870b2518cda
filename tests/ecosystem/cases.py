"""What the tests of all libraries share: what is extracted, and how the server's records are read."""

from __future__ import annotations

import io

from PIL import Image
from pydantic import BaseModel

from vlmrun.local import Answer, LocalServer, ToolCall

MODEL = "vlmrun-orion-1:auto"


class Invoice(BaseModel):
    """An invoice."""

    total: float
    items: list[str]


INVOICE = Invoice(total=25.0, items=["Träger", "Rad"])


def _drawn(form: str) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8)).save(buffer, form)
    return buffer.getvalue()


PNG, PDF = _drawn("PNG"), _drawn("PDF")


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


def choice_asked(server: LocalServer, index: int = -1) -> str | None:
    """The tool that a request requires by its name; else `required`, `auto` or `none`."""
    choice = server.requests[index].chat.tool_choice
    return choice if choice is None or isinstance(choice, str) else choice.name


def files_asked(server: LocalServer, index: int = -1) -> list[tuple[str, bytes]]:
    """The kinds and the bytes of the files in a request."""
    return [(file.kind, file.read()) for file in server.requests[index].files]
