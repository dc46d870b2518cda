"""The options of every native call, with the names that OpenAI's methods use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from vlmrun._arguments.checks import as_json, require_keys
from vlmrun._arguments.config import NOT_GIVEN, NotGiven, call_headers, wait_seconds

__all__ = ["CallOptions"]


@dataclass(frozen=True)
class CallOptions:
    """The options of one call.

    `make generate` writes these fields, as parameters, into the signature of every method that uses `options`.
    """

    timeout: float | NotGiven | None = NOT_GIVEN
    """Seconds for the whole answer, or `None` for no limit; defaults to the client's."""
    extra_headers: Mapping[str, str] | None = field(default=None, repr=False)
    """Headers to add to the request."""
    extra_query: Mapping[str, object] | None = field(default=None, repr=False)
    """Query parameters to add to the URL."""
    extra_body: Mapping[str, object] | None = field(default=None, repr=False)
    """JSON members to add to the body."""

    def __post_init__(self) -> None:
        """Validate the options.

        Raises:
            InputError: One of them cannot be sent.
        """
        if not isinstance(self.timeout, NotGiven):
            wait_seconds("timeout", self.timeout)
        if self.extra_headers is not None:
            call_headers("extra_headers", self.extra_headers)
        for name in ("extra_query", "extra_body"):
            value: object = getattr(self, name)
            if value is not None:
                require_keys(name, value)
                object.__setattr__(self, name, as_json(name, value))

    def without_body(self) -> CallOptions:
        """The options without `extra_body`, for lookups within a method."""
        return self if self.extra_body is None else replace(self, extra_body=None)

    def without_timeout(self) -> CallOptions:
        """The options without `timeout`, for methods that have a deadline instead."""
        return self if isinstance(self.timeout, NotGiven) else replace(self, timeout=NOT_GIVEN)
