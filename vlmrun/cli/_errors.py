"""What an error means to whoever runs a command: an exit code, and a message with the remedy."""

from __future__ import annotations

import enum

from vlmrun.client.exceptions import (
    APIError,
    AuthenticationError,
    ClientError,
    PaymentRequiredError,
    PermissionDeniedError,
    RateLimitError,
    ResourceNotFoundError,
    VLMRunError,
)

__all__ = ["ExitCode", "UsageError", "exit_code", "message"]


class ExitCode(enum.IntEnum):
    """The exit codes of `vlmrun`."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    REFUSED_KEY = 3
    NOT_FOUND = 4
    LIMITED = 5
    TIMEOUT = 6
    INTERRUPTED = 130


MEANINGS = {
    ExitCode.DONE: "done",
    ExitCode.FAILED: "failed: the request, the work or the connection",
    ExitCode.USAGE: "usage: an argument, a file or a setting is wrong; nothing was sent",
    ExitCode.REFUSED_KEY: "the API key is missing or was refused",
    ExitCode.NOT_FOUND: "not found: nothing has this id or name, or the key cannot access it",
    ExitCode.LIMITED: "rate limited, or out of credits",
    ExitCode.TIMEOUT: "timeout: the work may still be running",
    ExitCode.INTERRUPTED: "interrupted with Ctrl-C",
}
"""What each exit code says; `vlmrun help errors` prints it."""


class UsageError(Exception):
    """A command was called in a way that cannot work: exit code 2."""

    def __init__(self, message: str, suggestion: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.suggestion = suggestion


def exit_code(error: BaseException) -> ExitCode:
    """The exit code for an error."""
    status = getattr(error, "http_status", None) or getattr(error, "status_code", None)  # ours, or OpenAI's
    if isinstance(error, KeyboardInterrupt):
        return ExitCode.INTERRUPTED
    if isinstance(error, (UsageError, ClientError)):
        return ExitCode.USAGE
    if isinstance(error, (AuthenticationError, PermissionDeniedError)) or status in (401, 403):
        return ExitCode.REFUSED_KEY
    if isinstance(error, ResourceNotFoundError) or status == 404:
        return ExitCode.NOT_FOUND
    if isinstance(error, (RateLimitError, PaymentRequiredError)) or status in (402, 429):
        return ExitCode.LIMITED
    if isinstance(error, TimeoutError) or type(error).__name__ == "APITimeoutError":  # OpenAI's is no TimeoutError
        return ExitCode.TIMEOUT
    return ExitCode.FAILED


def message(error: BaseException) -> str:
    """What to print for an error: what went wrong in one line, with the request id; then the remedy."""
    if isinstance(error, UsageError):
        return _lines(error.message, error.suggestion)
    if isinstance(error, VLMRunError):
        ids = f" (request id {error.request_id})" if isinstance(error, APIError) and error.request_id else ""
        return _lines(error.message + ids, _REMEDIES.get(exit_code(error)) or error.suggestion)
    return _lines(str(error) or type(error).__name__, _REMEDIES.get(exit_code(error)))


_REMEDIES = {
    ExitCode.REFUSED_KEY: "vlmrun auth login, or set VLMRUN_API_KEY",
}
"""Remedies that a command line has and a program has not."""


def _lines(what: str, remedy: str | None) -> str:
    one_line = " ".join(what.split())
    return f"Error: {one_line}" + (f"\nTry: {remedy}" if remedy else "")
