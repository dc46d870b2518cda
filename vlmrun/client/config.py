"""The configuration of a client, and the type of an omitted option."""

from vlmrun._arguments.config import (
    DEFAULT_BASE_URL,
    DEFAULT_MAX_CONNECTIONS,
    DEFAULT_MAX_RETRIES,
    DEFAULT_TIMEOUT,
    NOT_GIVEN,
    Configuration,
    NotGiven,
    configure,
    reconfigure,
    wait_seconds,
)

__all__ = [
    "DEFAULT_BASE_URL",
    "DEFAULT_MAX_CONNECTIONS",
    "DEFAULT_MAX_RETRIES",
    "DEFAULT_TIMEOUT",
    "NOT_GIVEN",
    "Configuration",
    "NotGiven",
    "configure",
    "reconfigure",
    "wait_seconds",
]
