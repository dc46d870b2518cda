"""Arguments and environment in, one frozen and validated configuration out. Pure: nothing is read but what is given.

Source: API.md §1 (environment variables, hosts, authentication).
"""

from __future__ import annotations

import enum
import math
import threading
from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeGuard

from vlmrun.client.exceptions import ConfigurationError, InputError

__all__ = [
    "DEFAULT_BASE_URL",
    "DEFAULT_MAX_RETRIES",
    "DEFAULT_TIMEOUT",
    "MAX_CONNECT_SECONDS",
    "NOT_GIVEN",
    "Configuration",
    "NotGiven",
    "call_headers",
    "configure",
    "reconfigure",
    "wait_seconds",
]

DEFAULT_BASE_URL: str = "https://api.vlm.run/v1"
DEFAULT_TIMEOUT: float = 600.0
DEFAULT_MAX_RETRIES: int = 5
MAX_CONNECT_SECONDS = 5.0


class NotGiven(enum.Enum):
    """The type of `NOT_GIVEN`: an option left as it is, where `None` is a value of its own."""

    NOT_GIVEN = "not given"

    def __repr__(self) -> str:
        return "NOT_GIVEN"


NOT_GIVEN = NotGiven.NOT_GIVEN

# RFC 9110, token
_HEADER_NAME = frozenset("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
_HEADER_SPACE = " \t\r\n"  # what an environment file or a shell leaves around a value


class Configuration:
    """Everything that decides what a client sends and where, already valid.

    Its `repr` shows neither the key nor the headers, as they may hold secrets.
    """

    # No dataclass, which would make importing this package take a third longer.
    __slots__ = ("_api_key", "_base_url", "_default_headers", "_max_retries", "_timeout")

    def __init__(
        self,
        api_key: str,
        base_url: str,
        timeout: float | None,
        max_retries: int,
        default_headers: Mapping[str, str],
    ) -> None:
        """Take what `configure` has found valid.

        Args:
            api_key: The VLM Run API key.
            base_url: The base URL in normal form.
            timeout: Seconds to wait for an answer, or `None` to wait without limit.
            max_retries: How often a failed request is repeated after the first attempt.
            default_headers: Headers added to every request.
        """
        self._api_key = api_key
        self._base_url = base_url
        self._timeout = timeout
        self._max_retries = max_retries
        self._default_headers = default_headers

    @property
    def api_key(self) -> str:
        """The VLM Run API key."""
        return self._api_key

    @property
    def base_url(self) -> str:
        """The base URL in normal form."""
        return self._base_url

    @property
    def timeout(self) -> float | None:
        """Seconds to wait for an answer, or `None` for no limit."""
        return self._timeout

    @property
    def max_retries(self) -> int:
        """How often a failed request is repeated after the first attempt."""
        return self._max_retries

    @property
    def default_headers(self) -> Mapping[str, str]:
        """Headers added to every request; they cannot be changed."""
        return self._default_headers

    @property
    def connect_timeout(self) -> float:
        """Seconds that connecting may take: never more than 5, whatever the timeout of the call."""
        return MAX_CONNECT_SECONDS if self.timeout is None else min(self.timeout, MAX_CONNECT_SECONDS)

    def with_timeout(self, timeout: float | None) -> Configuration:
        """The same configuration with another timeout.

        Args:
            timeout: Seconds, or `None` to wait without limit.

        Raises:
            ConfigurationError: It is no such number.
        """
        return Configuration(self.api_key, self.base_url, _timeout(timeout), self.max_retries, self.default_headers)

    def __reduce__(self) -> tuple[object, ...]:
        """Pickles all of it, including the key."""
        values = self._api_key, self._base_url, self._timeout, self._max_retries, dict(self._default_headers)
        return _restored, values

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}"
            f"(base_url={self.base_url!r}, timeout={self.timeout!r}, max_retries={self.max_retries!r})"
        )


def _restored(
    api_key: str, base_url: str, timeout: float | None, max_retries: int, default_headers: dict[str, str]
) -> Configuration:
    return Configuration(api_key, base_url, timeout, max_retries, MappingProxyType(default_headers))


def configure(
    *,
    api_key: str | None,
    base_url: str | None,
    timeout: float | None,
    max_retries: int,
    default_headers: Mapping[str, str] | None,
    environ: Mapping[str, str],
) -> Configuration:
    """Make a configuration from a client's arguments and the environment.

    Args:
        api_key: The key, or `None` for `VLMRUN_API_KEY`.
        base_url: The base URL, or `None` for `VLMRUN_BASE_URL`, then `https://api.vlm.run/v1`.
        timeout: Seconds, or `None` for no limit.
        max_retries: Retries after the first attempt.
        default_headers: Headers for every request.
        environ: Where the variables are looked up. An empty variable counts as unset.

    Raises:
        ConfigurationError: A value is missing or cannot be used. The message names the argument or the variable, and
            never quotes a secret.
    """
    given: object = environ
    if not _is_mapping(given):
        raise ConfigurationError(f"environ must be a mapping, not {_kind(given)}.", suggestion="pass os.environ.")
    return Configuration(
        api_key=_api_key(api_key, environ.get("VLMRUN_API_KEY")),
        base_url=_base_url(base_url, environ.get("VLMRUN_BASE_URL")),
        timeout=_timeout(timeout),
        max_retries=_max_retries(max_retries),
        default_headers=_headers("default_headers", {} if default_headers is None else default_headers),
    )


def reconfigure(
    config: Configuration,
    *,
    api_key: str | None,
    base_url: str | None,
    timeout: float | NotGiven | None,
    max_retries: int | None,
    default_headers: Mapping[str, str] | None,
    set_default_headers: Mapping[str, str] | None,
) -> Configuration:
    """A configuration with some values changed; the environment has no say in it.

    Args:
        config: Where the values come from that are not given.
        api_key: Another key, or `None`.
        base_url: Another base URL, or `None`.
        timeout: Another timeout in seconds, or `None` for no limit.
        max_retries: Another number of retries, or `None`.
        default_headers: Headers to add to those of `config`.
        set_default_headers: Headers instead of those of `config`.

    Raises:
        ConfigurationError: A value cannot be used, or both kinds of headers are given.
    """
    if not _is_configuration(config):
        raise ConfigurationError(f"config must be a Configuration, not {_kind(config)}.", suggestion="see configure.")
    if default_headers is not None and set_default_headers is not None:
        raise ConfigurationError(
            "default_headers and set_default_headers are both given.", suggestion="pass one: to add, or to replace."
        )
    headers = config.default_headers
    if set_default_headers is not None:
        headers = _headers("set_default_headers", set_default_headers)
    if default_headers is not None:
        added = _headers("default_headers", default_headers)
        replaced = {name.lower() for name in added}
        kept = {name: text for name, text in headers.items() if name.lower() not in replaced}
        headers = MappingProxyType(kept | dict(added))
    return Configuration(
        api_key=config.api_key if api_key is None else _api_key(api_key, None),
        base_url=config.base_url if base_url is None else _base_url(base_url, None),
        timeout=config.timeout if isinstance(timeout, NotGiven) else _timeout(timeout),
        max_retries=config.max_retries if max_retries is None else _max_retries(max_retries),
        default_headers=headers,
    )


# The types of the arguments below are promises that only checked callers keep: hence `object`, and a check of each.


def _api_key(argument: object, variable: str | None) -> str:
    if argument is None and not variable:
        raise ConfigurationError(
            "api_key is missing.",
            suggestion="pass api_key=... or set the environment variable VLMRUN_API_KEY.",
            error_type="missing_api_key",
        )
    name, value = ("api_key", argument) if argument is not None else ("VLMRUN_API_KEY", variable)
    hint = "copy the key again from your VLM Run dashboard."
    if not isinstance(value, str):
        if hasattr(value, "get_secret_value"):  # pydantic's SecretStr, which hides the key from us as well
            hint = "pass the key itself: api_key=key.get_secret_value()."
        raise ConfigurationError(f"{name} must be a str, not {_kind(value)}.", suggestion=hint)
    key = value.strip(_HEADER_SPACE)
    if not key:
        raise ConfigurationError(f"{name} is empty.", suggestion=hint)
    if not (key.isascii() and key.isprintable()):
        raise ConfigurationError(f"{name} contains characters other than printable ASCII.", suggestion=hint)
    return key


def _base_url(argument: object, variable: str | None) -> str:
    name, value = ("base_url", argument)
    if argument is None:
        name, value = ("VLMRUN_BASE_URL", variable) if variable else ("base_url", DEFAULT_BASE_URL)
    if not isinstance(value, str):
        raise ConfigurationError(
            f"{name} must be a str, not {_kind(value)}.", suggestion=f"pass a URL such as {DEFAULT_BASE_URL}."
        )
    if value == DEFAULT_BASE_URL:  # in normal form already
        return DEFAULT_BASE_URL
    # Imported here because making a client is to be cheap, and few need another URL than the default.
    from vlmrun._arguments.urls import InvalidURLError, normalize_base_url

    try:
        return normalize_base_url(value)
    except InvalidURLError as error:
        # Not quoted: people paste URLs with a password inside.
        raise ConfigurationError(
            f"{name} cannot be used: {error}.", suggestion=f"pass a URL such as {DEFAULT_BASE_URL}."
        ) from None


def _timeout(value: object) -> float | None:
    seconds = _seconds(value)
    if isinstance(seconds, str):
        raise ConfigurationError(f"timeout {seconds}.", suggestion=_SECONDS)
    return seconds


def wait_seconds(argument: str, value: object) -> float | None:
    """How long a method is to wait.

    Args:
        argument: What the method calls it.
        value: Seconds, or `None` for as long as it takes.

    Raises:
        InputError: It is no such number.
    """
    seconds = _seconds(value)
    if isinstance(seconds, str):
        raise InputError(f"{argument} {seconds}.", suggestion=_SECONDS)
    return seconds


_LONGEST_TIMEOUT = f"about {threading.TIMEOUT_MAX / 31_556_952:.0f} years"
_SECONDS = "pass seconds such as 600.0, or None to wait without limit."


def _seconds(value: object) -> float | str | None:
    """Seconds, or what is wrong with them."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return f"must be a number of seconds or None, not {_kind(value)}"
    try:
        seconds = float(value)
    except OverflowError:  # an int beyond every float
        seconds = math.inf
    if not 0 < seconds <= threading.TIMEOUT_MAX:  # what sockets and locks can wait
        return f"must be positive and at most {_LONGEST_TIMEOUT}, not {seconds!r}"
    return seconds


def _max_retries(value: object) -> int:
    hint = "pass how often to repeat a failed request, such as 5, or 0 for never."
    if isinstance(value, bool) or not isinstance(value, int):
        raise ConfigurationError(f"max_retries must be an int, not {_kind(value)}.", suggestion=hint)
    if value < 0:
        raise ConfigurationError("max_retries must not be negative.", suggestion=hint)
    return value


def _headers(argument: str, value: object) -> Mapping[str, str]:
    hint = 'pass a mapping of header names to values, such as {"X-Team": "blue"}.'
    if not _is_mapping(value):
        raise ConfigurationError(f"{argument} must be a mapping, not {_kind(value)}.", suggestion=hint)
    headers: dict[str, str] = {}
    for name, text in value.items():
        if not (isinstance(name, str) and name and _HEADER_NAME.issuperset(name)):
            raise ConfigurationError(f"{argument} has a name that HTTP does not allow.", suggestion=hint)
        if name.lower() in {other.lower() for other in headers}:
            raise ConfigurationError(f"{argument} has {name!r} in two spellings.", suggestion="pass one of them.")
        if not isinstance(text, str):
            raise ConfigurationError(f"{argument}[{name!r}] must be a str, not {_kind(text)}.", suggestion=hint)
        if not (text.isascii() and text.isprintable()):
            raise ConfigurationError(
                f"{argument}[{name!r}] contains characters other than printable ASCII.", suggestion=hint
            )
        headers[name] = text.strip()
    return MappingProxyType(headers)


def call_headers(argument: str, value: object) -> Mapping[str, str]:
    """Headers for one call.

    Raises:
        InputError: They are none that HTTP allows.
    """
    try:
        return _headers(argument, value)
    except ConfigurationError as error:
        raise InputError(error.message, suggestion=error.suggestion) from None


def _is_configuration(value: object) -> bool:
    return isinstance(value, Configuration)


def _is_mapping(value: object) -> TypeGuard[Mapping[object, object]]:
    return isinstance(value, Mapping)


def _kind(value: object) -> str:
    return type(value).__name__
