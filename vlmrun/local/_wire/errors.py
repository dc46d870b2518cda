"""What a refusal looks like.

`{"detail": ...}` on the platform's routes, `{"error": {"message", "type", "id"}}` on the OpenAI-style ones,
`{"detail": {"error": ...}}` on the gateway's, and XML where files are stored, since object stores speak XML.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from pydantic import ValidationError
from starlette.responses import JSONResponse, Response

from vlmrun.local._wire.paths import GATEWAY, OPENAI, STORAGE

__all__ = ["Location", "Problem", "RefusalError", "ScriptError", "problems_of", "refuse"]

Location = tuple[str | int, ...]
"""Where in a request: `("body", "messages", 0, "content")`."""

_TYPES = {
    401: "authentication_error",
    404: "not_found_error",
    405: "method_not_allowed_error",
    422: "invalid_request_error",
}

# The names that S3 gives them.
_CODES = {
    400: "InvalidArgument",
    403: "AccessDenied",
    404: "NoSuchKey",
    405: "MethodNotAllowed",
    411: "MissingContentLength",
}


@dataclass(frozen=True)
class Problem:
    """One reason of a 422."""

    loc: Location
    """Where it is."""
    msg: str
    """What is wrong, in words."""
    type: str
    """A short machine-readable kind, such as `missing`."""

    def __str__(self) -> str:
        place = ".".join(str(step) for step in self.loc[1:])
        return f"{place}: {self.msg}" if place else self.msg


class RefusalError(Exception):
    """A request that is answered by an error.

    Args:
        status: The HTTP status.
        detail: One sentence, or the problems of a 422.
        headers: More headers for the answer.
    """

    def __init__(self, status: int, detail: str | Sequence[Problem], headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status, detail)
        self.status = status
        self.detail = detail
        self.headers = headers


class ScriptError(RefusalError):
    """A request that is answered by 400, which clients do not retry, because of a mistake in the test.

    Args:
        detail: One sentence.
    """

    def __init__(self, detail: str) -> None:
        super().__init__(400, detail)


def problems_of(error: ValidationError, source: str) -> list[Problem]:
    """Pydantic's findings as a 422 tells them.

    Args:
        error: What pydantic raised.
        source: Which part of the request was read: `body` or `query`.

    Returns:
        One problem per finding. The input itself is left out: it may be megabytes.
    """
    return [
        Problem((source, *item["loc"]), item["msg"], item["type"])
        for item in error.errors(include_url=False, include_context=False, include_input=False)
    ]


def refuse(
    path: str,
    request_id: str,
    status: int,
    detail: str | Sequence[Problem],
    headers: Mapping[str, str] | None = None,
    *,
    is_of_test: bool = False,
) -> Response:
    """The answer that says no, in the shape of the route.

    Args:
        path: The path of the request; it decides the shape.
        request_id: The server's name for the request.
        status: The HTTP status.
        detail: One sentence, or the problems of a 422.
        headers: More headers for the answer.
        is_of_test: Whether it is about a mistake in the test.

    Returns:
        The response.
    """
    message = detail if isinstance(detail, str) else "; ".join(map(str, detail))
    content: dict[str, object]
    if path.startswith(STORAGE):
        code = _CODES.get(status, "InternalError")
        told = f"<Code>{code}</Code><Message>{escape(message)}</Message><RequestId>{request_id}</RequestId>"
        document = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{told}</Error>'
        return Response(document, status_code=status, headers=headers, media_type="application/xml")
    if path.startswith(GATEWAY):
        content = {"detail": {"error": {"message": message, "type": _TYPES.get(status, "server_error"), "code": None}}}
        if is_of_test:
            # OpenAI's client shows no message that is in `detail`, and nobody would see what is wrong.
            content["message"] = message
    elif path.startswith(OPENAI):
        content = {"error": {"message": message, "type": _TYPES.get(status, "server_error"), "id": request_id}}
    elif isinstance(detail, str):
        content = {"detail": detail}
    else:
        content = {"detail": [{"loc": list(item.loc), "msg": item.msg, "type": item.type} for item in detail]}
    return JSONResponse(content, status_code=status, headers=headers)
