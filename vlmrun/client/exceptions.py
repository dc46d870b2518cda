"""What went wrong, and what to do about it.

Every error of a native call is a `VLMRunError`. The accessors (`client.openai`, `client.agent.completions` and their
async twins) are OpenAI's own objects and raise OpenAI's own errors.

    VLMRunError
    ├── ClientError                  nothing was sent
    │   ├── ConfigurationError       a bad argument or environment variable, found when a client is made
    │   ├── InputError               a bad argument to a method (also a ValueError)
    │   │   └── MissingFileError        a file or folder that does not exist (also a FileNotFoundError)
    │   └── DependencyError          an optional dependency is missing, broken or too old (also an ImportError)
    └── APIError                     the server was asked
        ├── NetworkError             no answer: the connection failed
        ├── RequestTimeoutError      no answer in time (also a TimeoutError)
        ├── ResponseValidationError  an answer that says success and cannot be read
        │   └── OutputValidationError   an agent's answer that does not fit the `response_model`
        ├── AnswerError              an agent's answer ended early
        │   ├── RefusalError            the model refused to answer
        │   ├── ContentFilterError      a content filter stopped the answer
        │   └── IncompleteOutputError   the answer reached the model's length limit
        ├── ExecutionError           an execution has no answer to give
        │   ├── ExecutionFailedError    it failed, or was cancelled
        │   └── ExecutionTimeoutError   it did not finish in time, and is still running (also a TimeoutError)
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

Source: API.md §10.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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


class VLMRunError(Exception):
    """Any error of this package.

    Attributes:
        message: What went wrong, in one sentence. `str(error)` adds which call failed and what to do about it.
        suggestion: What to do about it, where there is something to do.
        error_type: A short machine-readable kind, such as `missing_dependency`; the server's own where it names one.
    """

    message: str
    suggestion: str | None
    error_type: str | None

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
    """The call cannot be made as it was asked for: nothing was sent."""


class ConfigurationError(ClientError):
    """An argument of a client, or an environment variable in its place, cannot be used."""


class InputError(ClientError, ValueError):
    """An argument of a method cannot be used."""


class MissingFileError(InputError, FileNotFoundError):
    """A file or folder that an argument names does not exist."""


class DependencyError(ClientError, ImportError):
    """An optional dependency is missing, broken or too old; `suggestion` is the command that installs it."""


class APIError(VLMRunError):
    """The server was asked, and there is no usable answer.

    Attributes:
        http_status: The status of the answer, or `None` where none came.
        headers: The headers of the answer, their names in lower case.
        body: The body of the answer: parsed where it is JSON, else its text, or `None` where there is none.
        request_id: The server's name for the request, from the body's `error.id` or the `x-request-id` header.
        method: The HTTP method of the request that failed.
        url: The URL of that request without its query; of a presigned URL only the host.
        attempts: How many times the request was sent.
        seconds: How long all attempts took together, with the pauses between them.
    """

    http_status: int | None
    headers: Mapping[str, str]
    body: object
    request_id: str | None
    method: str | None
    url: str | None
    attempts: int | None
    seconds: float | None

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
        where = f"{self.method} {_route(self.url)}: " if self.method and self.url else ""
        what = [str(self.http_status)] if self.http_status is not None else ["no response"] if where else []
        if self.attempts is not None and self.attempts > 1:
            what.append(f"after {self.attempts} attempts")
        if self.seconds is not None and self.seconds >= _WORTH_TELLING_SECONDS:
            what.append(f"in {self.seconds:.1f} s")
        told = [where + " ".join(what), f"request id {self.request_id}" if self.request_id else ""]
        return f"({', '.join(filter(None, told))})" if any(told) else ""


_WORTH_TELLING_SECONDS = 0.1
_LONGEST_ROUTE = 100  # characters: an id may be long, and an error is read by people


def _route(url: str) -> str:
    """The path of a URL below the version of the API, as the documentation names routes."""
    host, _, path = url.partition("://")[2].partition("/")
    if not host or path == "...":  # a presigned URL, of which only the host is known
        return url
    version, _, below = path.partition("/")
    route = f"/{below if version == 'v1' else path}"
    return route if len(route) <= _LONGEST_ROUTE else f"{route[:_LONGEST_ROUTE]}..."


class NetworkError(APIError):
    """The server could not be reached, or the connection broke before the answer was whole."""


class RequestTimeoutError(APIError, TimeoutError):
    """No answer within the client's `timeout`, or the server said 408."""


class ResponseValidationError(APIError):
    """The server said success, and its answer is not what the API promises; `body` holds what came."""


class OutputValidationError(ResponseValidationError):
    """An agent's answer does not fit the `response_model`. The answer is not lost: `body` holds it whole.

    Attributes:
        text: What the agent said.
        errors: What pydantic found, each with its `loc`, `msg` and `type`.
    """

    text: str
    errors: Sequence[Mapping[str, object]]

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
    """An agent's answer ended early, so that `agent.run` has no output. The answer is not lost: `body` holds it whole.

    Attributes:
        text: The answer up to where it ended; of a refusal, what the model said.
        finish_reason: Why it ended, as the server says it: `content_filter` or `length`.
    """

    text: str
    finish_reason: str | None

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
    """A content filter stopped the answer; `text` is what came before."""


class IncompleteOutputError(AnswerError):
    """The answer reached the model's length limit; `text` is what came before."""


class ExecutionError(APIError):
    """An execution has no answer to give.

    Attributes:
        execution_id: The execution, which `client.executions.get` takes.
        status: Where it stands.
    """

    execution_id: str | None
    status: str | None

    def __init__(
        self,
        message: str = "",
        *,
        execution_id: str | None = None,
        status: str | None = None,
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


class ExecutionFailedError(ExecutionError):
    """An execution failed or was cancelled; `body` is what it left as its `response`."""


class ExecutionTimeoutError(ExecutionError, TimeoutError):
    """An execution did not finish within the timeout. It is still running: `executions.wait` can wait for it again."""


class ValidationError(APIError):
    """400: the server refused the request as it was put."""


class UnprocessableEntityError(ValidationError):
    """422: a field of the request is missing or wrong; `message` names the fields."""


class AuthenticationError(APIError):
    """401: the API key is missing, wrong or expired."""


class PaymentRequiredError(APIError):
    """402: the account has no credits left."""


class PermissionDeniedError(APIError):
    """403: the API key may not do this."""


class ResourceNotFoundError(APIError):
    """404: there is no such thing, or not for this API key."""


class ConflictError(APIError):
    """409: the request does not fit the state that the thing is in."""


class RequestTooLargeError(APIError):
    """413: the request is larger than the server takes."""


class RateLimitError(APIError):
    """429: too many requests; the client has retried as often as it may."""


class ServerError(APIError):
    """5xx: the server failed."""
