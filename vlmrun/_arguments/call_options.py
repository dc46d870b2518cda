"""The options that every native call takes, under the names that OpenAI's methods have for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from vlmrun._arguments.checks import as_json, require_keys
from vlmrun._arguments.config import NOT_GIVEN, NotGiven, call_headers, wait_seconds

__all__ = ["CallOptions"]


@dataclass(frozen=True)
class CallOptions:
    """How one call differs from what the client does by default.

    `make generate` writes these fields, as parameters, into the signature of every method that uses `options`.

    Attributes:
        timeout: Seconds for the whole answer, or `None` for no limit; defaults to the client's.
        extra_headers: Headers to add to the request.
        extra_query: Query parameters to add to the URL.
        extra_body: JSON members to add to the body.
    """

    timeout: float | NotGiven | None = NOT_GIVEN
    extra_headers: Mapping[str, str] | None = field(default=None, repr=False)
    extra_query: Mapping[str, object] | None = field(default=None, repr=False)
    extra_body: Mapping[str, object] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Check them.

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
        """The same without `extra_body`, for the requests of a method that only look something up."""
        return self if self.extra_body is None else replace(self, extra_body=None)

    def without_timeout(self) -> CallOptions:
        """The same without `timeout`, for the requests of a method that has a deadline instead."""
        return self if isinstance(self.timeout, NotGiven) else replace(self, timeout=NOT_GIVEN)
