"""Reading what the routes are asked: bodies and queries as models."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from vlmrun.local._requests.json_body import Body
from vlmrun.local._wire.errors import RefusalError, problems_of

__all__ = ["origin_of", "read_body", "read_query"]

ModelT = TypeVar("ModelT", bound=BaseModel)


def read_body(model: type[ModelT], request: Request, change: Callable[[object], object] | None = None) -> ModelT:
    """The JSON body as a model.

    Args:
        model: What it must be.
        request: The request; the gate has read it.
        change: What is to be done to the body before.

    Returns:
        The model.

    Raises:
        RefusalError: 422, the body is not JSON or does not fit.
    """
    body: Body = request.state.body
    if body.problem is not None:
        raise RefusalError(422, [body.problem])
    try:
        return model.model_validate(body.value if change is None else change(body.value))
    except ValidationError as error:
        raise RefusalError(422, problems_of(error, "body")) from error


def read_query(model: type[ModelT], request: Request) -> ModelT:
    """The query as a model; the last value counts where a name is repeated.

    Args:
        model: What it must be.
        request: The request.

    Returns:
        The model.

    Raises:
        RefusalError: 422, it does not fit.
    """
    try:
        return model.model_validate(dict(request.query_params))
    except ValidationError as error:
        raise RefusalError(422, problems_of(error, "query")) from error


def origin_of(request: Request) -> str:
    """Where this server is, such as `http://127.0.0.1:8000`."""
    # Not from the Host header, which may be anything.
    host, port = request.scope["server"]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
