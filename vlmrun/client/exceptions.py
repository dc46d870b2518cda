"""The errors of native calls.

Every error of a native call is a `VLMRunError`. The accessors (`client.openai`, `client.agent.completions` and their
async counterparts) are OpenAI's own objects, so they raise OpenAI's errors.

```text
VLMRunError
├── ClientError                  nothing was sent
│   ├── ConfigurationError       an invalid argument or environment variable of a client
│   ├── InputError               an invalid argument of a method (also a ValueError)
│   │   └── MissingFileError        a file or folder that does not exist (also a FileNotFoundError)
│   └── DependencyError          an optional dependency is missing, broken or too old (also an ImportError)
└── APIError                     the request failed
    ├── NetworkError             no response: the connection failed
    ├── RequestTimeoutError      no response in time (also a TimeoutError)
    ├── ResponseValidationError  a 2xx response without a usable body
    │   └── OutputValidationError   an answer that does not match the `response_model`
    ├── AnswerError              an agent's answer ended early
    │   ├── RefusalError            the model refused to answer
    │   ├── ContentFilterError      a content filter stopped the answer
    │   └── IncompleteOutputError   the answer reached the model's length limit
    ├── ExecutionError           an execution has no result
    │   ├── ExecutionFailedError    the execution failed or was cancelled
    │   └── ExecutionTimeoutError   it did not finish in time and is still running (also a TimeoutError)
    ├── PredictionError          a prediction has no answer
    │   ├── PredictionFailedError   it failed or was cancelled
    │   └── PredictionTimeoutError  it did not finish in time and is still running (also a TimeoutError)
    ├── ValidationError          400
    │   └── UnprocessableEntityError  422
    ├── AuthenticationError      401
    ├── PaymentRequiredError     402
    ├── PermissionDeniedError    403
    ├── ResourceNotFoundError    404
    ├── ConflictError            409
    ├── RequestTooLargeError     413
    ├── RateLimitError           429
    └── ServerError              5xx
```
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from vlmrun._lifetimes.names import later

if TYPE_CHECKING:
    from vlmrun.client.types import AgentExecutionResponse, PredictionResponse
else:
    AgentExecutionResponse = later("vlmrun.client.types", "AgentExecutionResponse")
    PredictionResponse = later("vlmrun.client.types", "PredictionResponse")

__all__ = [
    "APIError",
    "AnswerError",
    "AuthenticationError",
    "ClientError",
    "ConfigurationError",
    "ConflictError",
    "ContentFilterError",
    "DependencyError",
    "ExecutionError",
    "ExecutionFailedError",
    "ExecutionTimeoutError",
    "IncompleteOutputError",
    "InputError",
    "MissingFileError",
    "NetworkError",
    "OutputValidationError",
    "PaymentRequiredError",
    "PermissionDeniedError",
    "PredictionError",
    "PredictionFailedError",
    "PredictionTimeoutError",
    "RateLimitError",
    "RefusalError",
    "RequestTimeoutError",
    "RequestTooLargeError",
    "ResourceNotFoundError",
    "ResponseValidationError",
    "ServerError",
    "UnprocessableEntityError",
    "VLMRunError",
    "ValidationError",
]


def __dir__() -> list[str]:
    return __all__  # without imported names


class VLMRunError(Exception):
    """The base class of all errors of this package."""

    message: str
    """What went wrong, in one sentence."""
    suggestion: str | None
    """The remedy; `None` if there is none to suggest."""
    error_type: str | None
    """A short machine-readable type, such as `missing_dependency`; the server's own, if it sent one."""

    # Only `message` is positional, and all state lives in `__dict__`: that is what makes pickling and copying work.
    def __init__(self, message: str = "", *, suggestion: str | None = None, error_type: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.suggestion = suggestion
        self.error_type = error_type

    def __str__(self) -> str:
        return " ".join(filter(None, (self.message, self._call(), self.suggestion and f"Try: {self.suggestion}")))

    def _call(self) -> str:
        """Which call failed, for `str(error)`."""
        return ""


class ClientError(VLMRunError):
    """The call is invalid; nothing was sent."""


class ConfigurationError(ClientError):
    """An argument of a client, or an environment variable, is missing or invalid."""


class InputError(ClientError, ValueError):
    """An argument of a method is invalid."""


class MissingFileError(InputError, FileNotFoundError):
    """A file or folder that an argument names does not exist."""


class DependencyError(ClientError, ImportError):
    """An optional dependency is missing, broken or too old; `suggestion` is the command that installs it."""


class APIError(VLMRunError):
    """The request failed: no response, an error status, or an unusable body."""

    http_status: int | None
    """The HTTP status code; `None` without a response."""
    headers: Mapping[str, str]
    """The response headers, with names in lower case."""
    body: object
    """The response body: parsed if it is JSON, else its text; `None` if there is none."""
    request_id: str | None
    """The server's id for the request, from the body's `error.id` or the `x-request-id` header."""
    method: str | None
    """The HTTP method of the request that failed."""
    url: str | None
    """The URL of that request without its query; of a presigned URL only the host."""
    attempts: int | None
    """How many times the request was sent."""
    seconds: float | None
    """How long all attempts took together, including the pauses between them."""

    def __init__(
        self,
        message: str = "",
        *,
        http_status: int | None = None,
        headers: Mapping[str, str] | None = None,
        body: object = None,
        request_id: str | None = None,
        method: str | None = None,
        url: str | None = None,
        attempts: int | None = None,
        seconds: float | None = None,
        suggestion: str | None = None,
        error_type: str | None = None,
    ) -> None:
        super().__init__(message, suggestion=suggestion, error_type=error_type)
        self.http_status = http_status
        self.headers = dict(headers or {})
        self.body = body
        self.request_id = request_id
        self.method = method
        self.url = url
        self.attempts = attempts
        self.seconds = seconds

    def _call(self) -> str:
        where = f"{self.method} {self._route(self.url)}: " if self.method and self.url else ""
        what = [str(self.http_status)] if self.http_status is not None else ["no response"] if where else []
        if self.attempts is not None and self.attempts > 1:
            what.append(f"after {self.attempts} attempts")
        if self.seconds is not None and self.seconds >= 0.1:  # shorter durations are omitted
            what.append(f"in {self.seconds:.1f} s")
        told = [where + " ".join(what), f"request id {self.request_id}" if self.request_id else ""]
        return f"({', '.join(filter(None, told))})" if any(told) else ""

    @staticmethod
    def _route(url: str) -> str:
        """The path of a URL below the version of the API, as the documentation names routes."""
        host, _, path = url.partition("://")[2].partition("/")
        if not host or path == "...":  # a presigned URL, of which only the host is shown
            return url
        version, _, below = path.partition("/")
        route = f"/{below if version == 'v1' else path}"
        longest = 100  # characters: an id may be long, and an error is read by people
        return route if len(route) <= longest else f"{route[:longest]}..."


class NetworkError(APIError):
    """The server could not be reached, or the connection broke before the response was complete."""


class RequestTimeoutError(APIError, TimeoutError):
    """No response within the client's `timeout`, or status 408."""


class ResponseValidationError(APIError):
    """A 2xx response without a usable body; `body` is the body that the server sent."""


class OutputValidationError(ResponseValidationError):
    """An agent's answer does not match the `response_model`; `body` is the whole response."""

    text: str
    """The raw text of the answer."""
    errors: Sequence[Mapping[str, object]]
    """pydantic's errors, each with its `loc`, `msg` and `type`."""

    def __init__(
        self,
        message: str = "",
        *,
        text: str = "",
        errors: Sequence[Mapping[str, object]] = (),
        http_status: int | None = None,
        headers: Mapping[str, str] | None = None,
        body: object = None,
        request_id: str | None = None,
        method: str | None = None,
        url: str | None = None,
        attempts: int | None = None,
        seconds: float | None = None,
        suggestion: str | None = None,
        error_type: str | None = None,
    ) -> None:
        super().__init__(
            message,
            http_status=http_status,
            headers=headers,
            body=body,
            request_id=request_id,
            method=method,
            url=url,
            attempts=attempts,
            seconds=seconds,
            suggestion=suggestion,
            error_type=error_type,
        )
        self.text = text
        self.errors = errors


class AnswerError(APIError):
    """An agent's answer ended early, so that `agent.run` has no output. `body` is the whole answer."""

    text: str
    """The answer up to where it ended; for a refusal, the model's explanation."""
    finish_reason: str | None
    """The reason that the server gave: `content_filter` or `length`."""

    def __init__(
        self,
        message: str = "",
        *,
        text: str = "",
        finish_reason: str | None = None,
        http_status: int | None = None,
        headers: Mapping[str, str] | None = None,
        body: object = None,
        request_id: str | None = None,
        method: str | None = None,
        url: str | None = None,
        attempts: int | None = None,
        seconds: float | None = None,
        suggestion: str | None = None,
        error_type: str | None = None,
    ) -> None:
        super().__init__(
            message,
            http_status=http_status,
            headers=headers,
            body=body,
            request_id=request_id,
            method=method,
            url=url,
            attempts=attempts,
            seconds=seconds,
            suggestion=suggestion,
            error_type=error_type,
        )
        self.text = text
        self.finish_reason = finish_reason


class RefusalError(AnswerError):
    """The model refused to answer; `text` is what it said."""


class ContentFilterError(AnswerError):
    """A content filter stopped the answer; `text` is the answer so far."""


class IncompleteOutputError(AnswerError):
    """The answer reached the model's length limit; `text` is the answer so far."""


class ExecutionError(APIError):
    """An execution has no result."""

    execution_id: str | None
    """The id of the execution, which `client.executions.get` takes."""
    status: str | None
    """The current status of the execution."""
    execution: AgentExecutionResponse | None
    """The execution as the server last sent it; `None` if it sent none."""

    def __init__(
        self,
        message: str = "",
        *,
        execution_id: str | None = None,
        status: str | None = None,
        execution: AgentExecutionResponse | None = None,
        http_status: int | None = None,
        headers: Mapping[str, str] | None = None,
        body: object = None,
        request_id: str | None = None,
        method: str | None = None,
        url: str | None = None,
        attempts: int | None = None,
        seconds: float | None = None,
        suggestion: str | None = None,
        error_type: str | None = None,
    ) -> None:
        super().__init__(
            message,
            http_status=http_status,
            headers=headers,
            body=body,
            request_id=request_id,
            method=method,
            url=url,
            attempts=attempts,
            seconds=seconds,
            suggestion=suggestion,
            error_type=error_type,
        )
        self.execution_id = execution_id
        self.status = status
        self.execution = execution


class ExecutionFailedError(ExecutionError):
    """An execution failed or was cancelled; `body` is its `response`."""


class ExecutionTimeoutError(ExecutionError, TimeoutError):
    """An execution did not finish in time. It is still running: call `wait` again."""


class PredictionError(APIError):
    """A prediction has no answer; `body` is `prediction` as JSON."""

    prediction_id: str | None
    """The id of the prediction, which `client.predictions.get` takes."""
    status: str | None
    """The current status of the prediction."""
    prediction: PredictionResponse | None
    """The prediction as the server last sent it; `None` if it sent none."""

    def __init__(
        self,
        message: str = "",
        *,
        prediction_id: str | None = None,
        status: str | None = None,
        prediction: PredictionResponse | None = None,
        http_status: int | None = None,
        headers: Mapping[str, str] | None = None,
        body: object = None,
        request_id: str | None = None,
        method: str | None = None,
        url: str | None = None,
        attempts: int | None = None,
        seconds: float | None = None,
        suggestion: str | None = None,
        error_type: str | None = None,
    ) -> None:
        super().__init__(
            message,
            http_status=http_status,
            headers=headers,
            body=body,
            request_id=request_id,
            method=method,
            url=url,
            attempts=attempts,
            seconds=seconds,
            suggestion=suggestion,
            error_type=error_type,
        )
        self.prediction_id = prediction_id
        self.status = status
        self.prediction = prediction


class PredictionFailedError(PredictionError):
    """A prediction failed or was cancelled; the message has the server's reason."""


class PredictionTimeoutError(PredictionError, TimeoutError):
    """A prediction did not finish in time. It is still running: call `client.predictions.wait` again."""


class ValidationError(APIError):
    """400: the request is invalid."""


class UnprocessableEntityError(ValidationError):
    """422: a field of the request is missing or invalid; `message` names the fields."""


class AuthenticationError(APIError):
    """401: the API key is missing, wrong or expired. A client without a key raises it before anything is sent."""


class PaymentRequiredError(APIError):
    """402: the account has no credits left."""


class PermissionDeniedError(APIError):
    """403: the API key lacks the permission."""


class ResourceNotFoundError(APIError):
    """404: the resource does not exist, or this API key cannot access it."""


class ConflictError(APIError):
    """409: the request conflicts with the current state of the resource."""


class RequestTooLargeError(APIError):
    """413: the request is larger than the server accepts."""


class RateLimitError(APIError):
    """429: too many requests, after all retries."""


class ServerError(APIError):
    """5xx: the server failed."""
