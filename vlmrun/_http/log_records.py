"""Log records of openai and httpcore, without documents and signed URLs, for requests of our clients.

Both log at DEBUG what passes through them: older releases of openai the body of a request, httpcore the headers of an
answer, where a redirect names a URL that may be signed. The records of other clients stay as they are.
"""

from __future__ import annotations

import logging
import re
from contextvars import ContextVar

__all__ = ["DiscreetLogs", "without_body", "without_location"]

_WITHHELD = "[withheld]"
_BODIES = frozenset({"json_data", "extra_json", "content", "files"})
_LOCATION = re.compile(r"""(\(b'location', b)('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")""", re.IGNORECASE)

_is_ours: ContextVar[bool] = ContextVar("vlmrun_request", default=False)


class DiscreetLogs:
    """Log records of requests made in the block are redacted."""

    __slots__ = ("_token",)

    def __enter__(self) -> None:
        self._token = _is_ours.set(True)

    def __exit__(self, *_: object) -> None:
        _is_ours.reset(self._token)


def without_body(record: logging.LogRecord) -> bool:
    """A filter for openai's records of requests; it redacts and never drops them."""
    if _is_ours.get() and isinstance(record.args, dict):
        record.args = {name: _WITHHELD if name in _BODIES else value for name, value in record.args.items()}
    return True


def without_location(record: logging.LogRecord) -> bool:
    """A filter for httpcore's records of responses; it redacts and never drops them."""
    if _is_ours.get() and isinstance(record.msg, str):
        record.msg = _LOCATION.sub(rf"\1'{_WITHHELD}'", record.msg)
    return True


# A filter applies to one logger, not to its children.
logging.getLogger("openai._base_client").addFilter(without_body)
for _protocol in ("http11", "http2"):
    logging.getLogger(f"httpcore2.{_protocol}").addFilter(without_location)
