"""Which error a native call raises for each HTTP status."""

from __future__ import annotations

from vlmrun.client import exceptions

STATUSES: dict[int, type[exceptions.APIError]] = {
    400: exceptions.ValidationError,
    401: exceptions.AuthenticationError,
    402: exceptions.PaymentRequiredError,
    403: exceptions.PermissionDeniedError,
    404: exceptions.ResourceNotFoundError,
    405: exceptions.APIError,
    408: exceptions.RequestTimeoutError,
    409: exceptions.ConflictError,
    413: exceptions.RequestTooLargeError,
    418: exceptions.APIError,
    422: exceptions.UnprocessableEntityError,
    429: exceptions.RateLimitError,
    500: exceptions.ServerError,
    502: exceptions.ServerError,
    503: exceptions.ServerError,
    504: exceptions.ServerError,
    529: exceptions.ServerError,
    599: exceptions.ServerError,
}
