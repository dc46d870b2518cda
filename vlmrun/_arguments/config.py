"""The configuration of a client, validated, from arguments and an environment. Pure functions of values."""

from __future__ import annotations

import enum
from _thread import TIMEOUT_MAX  # not from threading, which takes long to import
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias, TypeGuard

from vlmrun._arguments.connection_options import (
    DEFAULT_CONNECTIONS,
    DEFAULT_MAX_CONNECTIONS,
    Certificate,
    ConnectionOptions,
    OnRequest,
    OnResponse,
    Verify,
    checked_cert,
    checked_hook,
    checked_max_connections,
    checked_proxy,
    checked_verify,
    invalid_option,
    refuse_to_pickle,
)
from vlmrun._lifetimes.names import later

if TYPE_CHECKING:
    from vlmrun.protocols import SupportsTimeouts
else:
    SupportsTimeouts = later("vlmrun.protocols", "SupportsTimeouts")

__all__ = [
    "ADD_API_KEY",
    "DEFAULT_BASE_URL",
    "DEFAULT_MAX_CONNECTIONS",
    "DEFAULT_MAX_RETRIES",
    "DEFAULT_TIMEOUT",
    "MAX_CONNECT_SECONDS",
    "NAMED_BY_CLIENT",
    "NOT_GIVEN",
    "Configuration",
    "NotGiven",
    "QueryValue",
    "call_headers",
    "configure",
    "named_by",
    "reconfigure",
    "relocated",
    "wait_seconds",
    "warn_of_clear_text",
]

ADD_API_KEY = "pass api_key=... or set the environment variable VLMRUN_API_KEY."
NAMED_BY_CLIENT = "base_url=... or VLMRUN_BASE_URL"
DEFAULT_BASE_URL: str = "https://api.vlm.run/v1"
DEFAULT_TIMEOUT: float = 600.0
DEFAULT_MAX_RETRIES: int = 5
MAX_CONNECT_SECONDS = 5.0

QueryValue: TypeAlias = "str | int | float | bool"


class NotGiven(enum.Enum):
    """The type of `NOT_GIVEN`: an omitted option, if `None` is a valid value."""

    NOT_GIVEN = "not given"

    def __repr__(self) -> str:
        return "NOT_GIVEN"


NOT_GIVEN = NotGiven.NOT_GIVEN

# RFC 9110, token
_HEADER_NAME = frozenset("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
_FRAMING = ("content-length", "transfer-encoding")  # with another value, a request would never end, or end too early
_HEADER_SPACE = " \t\r\n"  # characters that environment files and shells leave around a value


class Configuration:
    """The validated options of a client. Immutable.

    Its `repr` shows neither the key nor headers, query and proxy, as they may hold secrets.
    """

    # Not a dataclass, which would make importing this package take a third longer.
    __slots__ = (
        "_api_key",
        "_base_url",
        "_connect_timeout",
        "_connections",
        "_default_headers",
        "_default_query",
        "_max_retries",
        "_named_by",
        "_timeout",
    )

    def __init__(
        self,
        api_key: str,
        base_url: str,
        timeout: float | None,
        max_retries: int,
        default_headers: Mapping[str, str],
        default_query: Mapping[str, QueryValue] = MappingProxyType({}),
        connect_timeout: float | None = MAX_CONNECT_SECONDS,
        connections: ConnectionOptions = DEFAULT_CONNECTIONS,
        named_by: str = NAMED_BY_CLIENT,
    ) -> None:
        """Store values that `configure` has validated.

        Args:
            api_key: The VLM Run API key.
            base_url: The base URL in normal form.
            timeout: Total seconds per attempt, or `None` for no limit.
            max_retries: Maximum retries after the first attempt.
            default_headers: Headers added to every request.
            default_query: Query parameters added to every request.
            connect_timeout: Seconds for connecting, or `None` for no separate limit.
            connections: How connections are opened.
            named_by: The options that name the base URL, for errors.
        """
        self._api_key = api_key
        self._base_url = base_url
        self._timeout = timeout
        self._max_retries = max_retries
        self._default_headers = default_headers
        self._default_query = default_query
        self._connect_timeout = connect_timeout
        self._connections = connections
        self._named_by = named_by

    @property
    def api_key(self) -> str:
        """The VLM Run API key; empty if there is none."""
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
        """Maximum retries after the first attempt."""
        return self._max_retries

    @property
    def default_headers(self) -> Mapping[str, str]:
        """Headers added to every request; read-only."""
        return self._default_headers

    @property
    def default_query(self) -> Mapping[str, QueryValue]:
        """Query parameters added to every request; read-only."""
        return self._default_query

    @property
    def connect_timeout(self) -> float | None:
        """Seconds for connecting, never more than the timeout of the call; `None` for no limit."""
        if self._connect_timeout is None or self.timeout is None:
            return self.timeout if self._connect_timeout is None else self._connect_timeout
        return min(self.timeout, self._connect_timeout)

    @property
    def connections(self) -> ConnectionOptions:
        """How connections are opened."""
        return self._connections

    def with_timeout(self, timeout: float | None) -> Configuration:
        """The same configuration with another timeout.

        Args:
            timeout: Seconds, or `None` to wait without limit.

        Raises:
            ConfigurationError: It is not a valid number of seconds.
        """
        return Configuration(
            self._api_key,
            self._base_url,
            _timeout(timeout),
            self._max_retries,
            self._default_headers,
            self._default_query,
            self._connect_timeout,
            self._connections,
            self._named_by,
        )

    def __deepcopy__(self, _: object) -> Configuration:
        """Return itself, because it is immutable."""
        return self

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle all values, including the key.

        Raises:
            ConfigurationError: `verify` or a hook cannot be pickled.
        """
        refuse_to_pickle(self._connections)
        return _restored, (
            self._api_key,
            self._base_url,
            self._timeout,
            self._max_retries,
            dict(self._default_headers),
            dict(self._default_query),
            self._connect_timeout,
            self._connections,
        )

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}"
            f"(base_url={self.base_url!r}, timeout={self.timeout!r}, max_retries={self.max_retries!r})"
        )


def relocated(config: Configuration, base_url: str, api_key: str, named_by: str) -> Configuration:
    """The same configuration at another base URL.

    Args:
        config: The configuration.
        base_url: The base URL, in normal form.
        api_key: The key that is sent there.
        named_by: The options that name the base URL, for errors.
    """
    return Configuration(
        api_key,
        base_url,
        config.timeout,
        config.max_retries,
        config.default_headers,
        config.default_query,
        config._connect_timeout,  # noqa: SLF001  # ours  # pyright: ignore[reportPrivateUsage]
        config.connections,
        named_by,
    )


def named_by(config: Configuration) -> str:
    """The options that name the base URL, such as `base_url=... or VLMRUN_BASE_URL`."""
    return config._named_by  # noqa: SLF001  # ours  # pyright: ignore[reportPrivateUsage]


def _restored(
    api_key: str,
    base_url: str,
    timeout: float | None,
    max_retries: int,
    default_headers: dict[str, str],
    default_query: dict[str, QueryValue],
    connect_timeout: float | None,
    connections: ConnectionOptions,
) -> Configuration:
    headers, query = MappingProxyType(default_headers), MappingProxyType(default_query)
    return Configuration(api_key, base_url, timeout, max_retries, headers, query, connect_timeout, connections)


def configure(
    *,
    api_key: str | None,
    base_url: str | None,
    timeout: float | SupportsTimeouts | None,
    max_retries: int,
    default_headers: Mapping[str, str] | None,
    environ: Mapping[str, str],
    default_query: Mapping[str, QueryValue] | None = None,
    verify: Verify = True,
    cert: Certificate | None = None,
    proxy: str | None = None,
    max_connections: int = DEFAULT_MAX_CONNECTIONS,
    on_request: OnRequest | None = None,
    on_response: OnResponse | None = None,
    require_api_key: bool = True,
) -> Configuration:
    """Create a configuration from a client's arguments and the environment.

    Args:
        api_key: The key, or `None` for `VLMRUN_API_KEY`.
        base_url: The base URL, or `None` for `VLMRUN_BASE_URL`, then `https://api.vlm.run/v1`.
        timeout: Seconds, or `None` for no limit, or both `read`, the limit of the whole answer, and `connect`.
        max_retries: Retries after the first attempt.
        default_headers: Headers for every request.
        environ: The environment variables. An empty variable counts as unset.
        default_query: Query parameters for every request.
        verify: Whether to verify servers, or the path of the CA certificates to trust, or an `ssl.SSLContext`.
        cert: The path of a client certificate, or (certificate, key), or (certificate, key, password).
        proxy: The URL of a proxy, or `None` for the proxies of the environment.
        max_connections: Maximum number of open connections.
        on_request: Called before each request.
        on_response: Called after each response or failure.
        require_api_key: Whether a missing key is an error; otherwise it is an empty text.

    Raises:
        ConfigurationError: A value is missing or cannot be used. The message names the argument or the variable, and
            never quotes a secret.
    """
    given: object = environ
    if not _is_mapping(given):
        raise invalid_option(f"environ must be a mapping, not {_kind(given)}.", suggestion="pass os.environ.")
    if not _is_bool(require_api_key):
        raise invalid_option(
            f"require_api_key must be a bool, not {_kind(require_api_key)}.", suggestion="pass True or False."
        )
    variable = environ.get("VLMRUN_API_KEY")
    has_key = require_api_key or not (api_key == "" or (api_key is None and not variable))
    seconds, connect = _timeouts(timeout)
    return Configuration(
        api_key=_api_key(api_key, variable) if has_key else "",
        base_url=_base_url(base_url, environ.get("VLMRUN_BASE_URL")),
        timeout=seconds,
        max_retries=_max_retries(max_retries),
        default_headers=_headers("default_headers", {} if default_headers is None else default_headers),
        default_query=MappingProxyType({} if default_query is None else _query(default_query)),
        connect_timeout=MAX_CONNECT_SECONDS if isinstance(connect, NotGiven) else connect,
        connections=ConnectionOptions(
            verify=(trusted := checked_verify(verify)),
            cert=checked_cert(cert, trusted),
            proxy=checked_proxy(proxy),
            max_connections=checked_max_connections(max_connections),
            on_request=checked_hook("on_request", on_request),
            on_response=checked_hook("on_response", on_response),
        ),
    )


def warn_of_clear_text(base_url: str) -> None:
    """Warn at the caller's line if a base URL is `http:` and not on this machine: anyone can read the key there."""
    if base_url.startswith("https:"):
        return
    import warnings  # not at the top: most clients need neither

    from vlmrun._arguments.urls import is_in_the_clear

    if is_in_the_clear(base_url):
        warnings.warn(
            f"The API key and all that is sent to {base_url} cross the network in the clear. Try: https.",
            UserWarning,
            stacklevel=3,
        )


def reconfigure(
    config: Configuration,
    *,
    api_key: str | None,
    base_url: str | None,
    timeout: float | SupportsTimeouts | NotGiven | None,
    max_retries: int | None,
    default_headers: Mapping[str, str] | None,
    set_default_headers: Mapping[str, str] | None,
    default_query: Mapping[str, QueryValue] | None = None,
    verify: Verify | NotGiven = NOT_GIVEN,
    cert: Certificate | NotGiven | None = NOT_GIVEN,
    proxy: str | NotGiven | None = NOT_GIVEN,
    max_connections: int | None = None,
    on_request: OnRequest | NotGiven | None = NOT_GIVEN,
    on_response: OnResponse | NotGiven | None = NOT_GIVEN,
) -> Configuration:
    """Return a copy of a configuration with other values; the environment is ignored.

    Args:
        config: The values of options that are not given.
        api_key: Another key, or `None`.
        base_url: Another base URL, or `None`.
        timeout: Another timeout, as for `configure`; a number keeps the limit of connecting.
        max_retries: Another number of retries, or `None`.
        default_headers: Headers to add to those of `config`.
        set_default_headers: Headers instead of those of `config`.
        default_query: Query parameters to add to those of `config`.
        verify: Another choice of the servers to trust.
        cert: Another client certificate, or `None` for none.
        proxy: Another proxy, or `None` for those of the environment.
        max_connections: Another number of connections, or `None`.
        on_request: Another hook, or `None` for none.
        on_response: Another hook, or `None` for none.

    Raises:
        ConfigurationError: A value cannot be used, or both kinds of headers are given.
    """
    if not _is_configuration(config):
        raise invalid_option(f"config must be a Configuration, not {_kind(config)}.", suggestion="see configure.")
    if default_headers is not None and set_default_headers is not None:
        raise invalid_option(
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
    seconds, connect = (config.timeout, NOT_GIVEN) if isinstance(timeout, NotGiven) else _timeouts(timeout)
    there = config.connections
    trusted = there.verify if isinstance(verify, NotGiven) else checked_verify(verify)
    # The certificate is checked again, because it may not be compatible with another `verify`.
    shown = _as_given(there.cert) if isinstance(cert, NotGiven) else cert
    return Configuration(
        api_key=config.api_key if api_key is None else _api_key(api_key, None),
        base_url=config.base_url if base_url is None else _base_url(base_url, None),
        timeout=seconds,
        max_retries=config.max_retries if max_retries is None else _max_retries(max_retries),
        default_headers=headers,
        default_query=MappingProxyType(
            {**config.default_query, **({} if default_query is None else _query(default_query))}
        ),
        connect_timeout=config._connect_timeout if isinstance(connect, NotGiven) else connect,  # noqa: SLF001  # ours  # pyright: ignore[reportPrivateUsage]
        connections=ConnectionOptions(
            verify=trusted,
            cert=checked_cert(shown, trusted),
            proxy=there.proxy if isinstance(proxy, NotGiven) else checked_proxy(proxy),
            max_connections=(
                there.max_connections if max_connections is None else checked_max_connections(max_connections)
            ),
            on_request=there.on_request if isinstance(on_request, NotGiven) else checked_hook("on_request", on_request),
            on_response=(
                there.on_response if isinstance(on_response, NotGiven) else checked_hook("on_response", on_response)
            ),
        ),
    )


# Parameters below are `object` and are checked, because only type-checked callers keep to declared types.


def _api_key(argument: object, variable: str | None) -> str:
    if argument is None and not variable:
        raise invalid_option("api_key is missing.", suggestion=ADD_API_KEY, error_type="missing_api_key")
    name, value = ("api_key", argument) if argument is not None else ("VLMRUN_API_KEY", variable)
    hint = "copy the key again from your VLM Run dashboard."
    if not isinstance(value, str):
        if hasattr(value, "get_secret_value"):  # pydantic's SecretStr, which does not give access to the key as a str
            hint = "pass the key itself: api_key=key.get_secret_value()."
        raise invalid_option(f"{name} must be a str, not {_kind(value)}.", suggestion=hint)
    key = value.strip(_HEADER_SPACE)
    if not key:
        raise invalid_option(f"{name} is empty.", suggestion=hint)
    if not (key.isascii() and key.isprintable()):
        raise invalid_option(f"{name} contains characters other than printable ASCII.", suggestion=hint)
    return key


def _base_url(argument: object, variable: str | None) -> str:
    name, value = ("base_url", argument)
    if argument is None:
        name, value = ("VLMRUN_BASE_URL", variable) if variable else ("base_url", DEFAULT_BASE_URL)
    if not isinstance(value, str):
        raise invalid_option(
            f"{name} must be a str, not {_kind(value)}.", suggestion=f"pass a URL such as {DEFAULT_BASE_URL}."
        )
    if value == DEFAULT_BASE_URL:  # already in normal form
        return DEFAULT_BASE_URL
    # Imported here because constructing a client must be fast, and few clients have another URL.
    from vlmrun._arguments.urls import InvalidURLError, normalize_base_url

    try:
        return normalize_base_url(value)
    except InvalidURLError as error:
        # Not quoted: pasted URLs may contain a password.
        raise invalid_option(
            f"{name} cannot be used: {error}.", suggestion=f"pass a URL such as {DEFAULT_BASE_URL}."
        ) from None


def _timeouts(value: object) -> tuple[float | None, float | NotGiven | None]:
    """The limits for the whole response and for connecting, if given."""
    # Not `isinstance` with the Protocol, which would import it for every client.
    read: object = getattr(value, "read", NOT_GIVEN)
    connect: object = getattr(value, "connect", NOT_GIVEN)
    if isinstance(read, NotGiven) or isinstance(connect, NotGiven):
        return _timeout(value), NOT_GIVEN
    return _timeout(read, "timeout.read"), _timeout(connect, "timeout.connect")


def _timeout(value: object, name: str = "timeout") -> float | None:
    seconds = _seconds(value)
    if isinstance(seconds, str):
        raise invalid_option(f"{name} {seconds}.", suggestion=_SECONDS)
    return seconds


def wait_seconds(argument: str, value: object) -> float | None:
    """Validate how long a method waits.

    Args:
        argument: The name of the parameter.
        value: Seconds, or `None` for no limit.

    Raises:
        InputError: It is not a valid number of seconds.
    """
    seconds = _seconds(value)
    if isinstance(seconds, str):
        from vlmrun.client.exceptions import InputError  # as for `invalid_option`

        is_of_client = hasattr(value, "read") and hasattr(value, "connect")
        raise InputError(f"{argument} {seconds}.", suggestion=_TIMEOUTS if is_of_client else _SECONDS)
    return seconds


_LONGEST_TIMEOUT = f"about {TIMEOUT_MAX / 31_556_952:.0f} years"
_SECONDS = "pass seconds such as 600.0, or None to wait without limit."
_TIMEOUTS = "pass its seconds, or pass it to the client: client.with_options(timeout=...)."


def _seconds(value: object) -> float | str | None:
    """The seconds, or the problem with them."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return f"must be a number of seconds or None, not {_kind(value)}"
    try:
        seconds = float(value)
    except OverflowError:  # an int that is too large for a float
        seconds = float("inf")
    if not 0 < seconds <= TIMEOUT_MAX:  # the maximum for sockets and locks
        return f"must be positive and at most {_LONGEST_TIMEOUT}, not {seconds!r}"
    return seconds


def _max_retries(value: object) -> int:
    hint = "pass the number of retries, such as 5, or 0 for none."
    if isinstance(value, bool) or not isinstance(value, int):
        raise invalid_option(f"max_retries must be an int, not {_kind(value)}.", suggestion=hint)
    if value < 0:
        raise invalid_option("max_retries must not be negative.", suggestion=hint)
    return value


def _headers(argument: str, value: object) -> Mapping[str, str]:
    hint = 'pass a mapping of header names to values, such as {"X-Team": "blue"}.'
    if not _is_mapping(value):
        raise invalid_option(f"{argument} must be a mapping, not {_kind(value)}.", suggestion=hint)
    headers: dict[str, str] = {}
    for name, text in value.items():
        if not (isinstance(name, str) and name and _HEADER_NAME.issuperset(name)):
            raise invalid_option(f"{argument} has a name that HTTP does not allow.", suggestion=hint)
        if name.lower() in _FRAMING:
            raise invalid_option(
                f"{argument} has {name!r}, which tells the length of a body.",
                suggestion="omit it: it is sent where a request has a body.",
            )
        if name.lower() in {other.lower() for other in headers}:
            raise invalid_option(f"{argument} has {name!r} in two spellings.", suggestion="pass one of them.")
        if not isinstance(text, str):
            raise invalid_option(f"{argument}[{name!r}] must be a str, not {_kind(text)}.", suggestion=hint)
        if not (text.isascii() and text.isprintable()):
            raise invalid_option(
                f"{argument}[{name!r}] contains characters other than printable ASCII.", suggestion=hint
            )
        headers[name] = text.strip()
    return MappingProxyType(headers)


def _query(value: object) -> Mapping[str, QueryValue]:
    hint = 'pass a mapping of names to values, such as {"team": "blue"}.'
    if not _is_mapping(value):
        raise invalid_option(f"default_query must be a mapping, not {_kind(value)}.", suggestion=hint)
    from vlmrun._arguments.urls import is_unicode  # not at the top: few clients need it

    query: dict[str, QueryValue] = {}
    for name, item in value.items():
        if not (isinstance(name, str) and name and is_unicode(name)):
            raise invalid_option("default_query has a name that is not a non-empty str.", suggestion=hint)
        if not isinstance(item, (str, int, float)) or (isinstance(item, str) and not is_unicode(item)):
            raise invalid_option(
                f"default_query[{name!r}] must be a str, a number or a bool, not {_kind(item)}.", suggestion=hint
            )
        query[name] = item
    return query


def _as_given(cert: tuple[str, str | None, str | None] | None) -> Certificate | None:
    """The certificate in the form of the `cert` argument."""
    if cert is None or cert[1] is None:
        return None if cert is None else cert[0]
    return (cert[0], cert[1]) if cert[2] is None else (cert[0], cert[1], cert[2])


def call_headers(argument: str, value: object) -> Mapping[str, str]:
    """Headers for one call.

    Raises:
        InputError: They are not valid HTTP headers.
    """
    from vlmrun.client.exceptions import ConfigurationError, InputError  # as for `invalid_option`

    try:
        return _headers(argument, value)
    except ConfigurationError as error:
        raise InputError(error.message, suggestion=error.suggestion) from None


def _is_configuration(value: object) -> bool:
    return isinstance(value, Configuration)


def _is_bool(value: object) -> bool:
    return isinstance(value, bool)


def _is_mapping(value: object) -> TypeGuard[Mapping[object, object]]:
    return isinstance(value, Mapping)


def _kind(value: object) -> str:
    return type(value).__name__
