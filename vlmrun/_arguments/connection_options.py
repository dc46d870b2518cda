"""The options of a client's connections: certificates, a proxy, their number, and hooks.

Nothing is opened or read here: files are read when connections are opened.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, TypeAlias, cast

from vlmrun._lifetimes.names import later

if TYPE_CHECKING:
    from ssl import SSLContext

    from vlmrun._arguments.hooks import RequestInfo, ResponseInfo
    from vlmrun.client.exceptions import ConfigurationError
else:
    SSLContext = later("ssl", "SSLContext")
    RequestInfo = later("vlmrun._arguments.hooks", "RequestInfo")
    ResponseInfo = later("vlmrun._arguments.hooks", "ResponseInfo")
    ConfigurationError = later("vlmrun.client.exceptions", "ConfigurationError")

__all__ = [
    "DEFAULT_CONNECTIONS",
    "DEFAULT_MAX_CONNECTIONS",
    "Certificate",
    "ConnectionOptions",
    "OnRequest",
    "OnResponse",
    "Verify",
    "checked_cert",
    "checked_hook",
    "checked_max_connections",
    "checked_proxy",
    "checked_verify",
    "invalid_option",
    "is_async_function",
    "path_text",
    "refuse_to_pickle",
    "warn_of_no_verification",
]

DEFAULT_MAX_CONNECTIONS: int = 1000
_MOST_CONNECTIONS = 1_000_000

Path: TypeAlias = str | os.PathLike[str]
Verify: TypeAlias = bool | str | os.PathLike[str] | SSLContext
Certificate: TypeAlias = Path | tuple[Path, Path] | tuple[Path, Path, str]
OnRequest: TypeAlias = Callable[[RequestInfo], object]
OnResponse: TypeAlias = Callable[[ResponseInfo], object]


def invalid_option(message: str, *, suggestion: str, error_type: str | None = None) -> ConfigurationError:
    """The error for an option of a client."""
    from vlmrun.client.exceptions import ConfigurationError  # here, because importing the errors takes long

    return ConfigurationError(message, suggestion=suggestion, error_type=error_type)


class ConnectionOptions:
    """Validated options of connections, which nothing changes. The `repr` shows no secret."""

    # Not a NamedTuple, which takes longer to create than all other classes that a client needs.
    __slots__ = ("cert", "max_connections", "on_request", "on_response", "proxy", "uses_environment", "verify")

    def __init__(
        self,
        verify: bool | str | SSLContext = True,
        cert: tuple[str, str | None, str | None] | None = None,
        proxy: str | None = None,
        uses_environment: bool = True,
        max_connections: int = DEFAULT_MAX_CONNECTIONS,
        on_request: OnRequest | None = None,
        on_response: OnResponse | None = None,
    ) -> None:
        """Store validated values.

        Args:
            verify: Whether servers are verified, or the path of CA certificates, or an SSL context.
            cert: The paths of the client's certificate and its key, and the password of the key.
            proxy: The URL of a proxy.
            uses_environment: Whether the proxies of the environment are used.
            max_connections: Maximum number of open connections.
            on_request: Called before each request.
            on_response: Called after each response or failure.
        """
        self.verify: bool | str | SSLContext = verify
        self.cert: tuple[str, str | None, str | None] | None = cert
        self.proxy: str | None = proxy
        self.uses_environment: bool = uses_environment
        self.max_connections: int = max_connections
        self.on_request: OnRequest | None = on_request
        self.on_response: OnResponse | None = on_response

    def without_cert(self) -> ConnectionOptions:
        """The same without a client certificate."""
        from copy import copy  # not at the top: few clients need it

        copied = copy(self)
        copied.cert = None
        return copied

    def without_proxy(self) -> ConnectionOptions:
        """The same without a proxy, whatever the environment says."""
        from copy import copy  # as above

        copied = copy(self)
        copied.proxy, copied.uses_environment = None, False
        return copied

    def _values(self) -> tuple[object, ...]:
        return (
            self.verify,
            self.cert,
            self.proxy,
            self.uses_environment,
            self.max_connections,
            self.on_request,
            self.on_response,
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ConnectionOptions) and self._values() == other._values()

    def __hash__(self) -> int:
        return hash(self._values())

    def __reduce__(self) -> tuple[object, ...]:
        return ConnectionOptions, self._values()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(max_connections={self.max_connections!r})"


def refuse_to_pickle(options: ConnectionOptions) -> None:
    """Raise `ConfigurationError` if an option cannot be pickled."""
    import pickle

    for name in ("verify", "on_request", "on_response"):
        value: object = getattr(options, name)
        try:
            pickle.dumps(value)
        except Exception:  # noqa: BLE001  # whatever an object raises; and its error may quote it
            raise invalid_option(
                f"{name} cannot be pickled, so the client cannot be pickled.", suggestion=_PICKLABLE[name]
            ) from None


DEFAULT_CONNECTIONS = ConnectionOptions()

_PICKLABLE = {
    "verify": "pass the path of the certificates in place of an SSLContext.",
    "on_request": "pass a function that is defined at the top of a module.",
    "on_response": "pass a function that is defined at the top of a module.",
}


# Parameters below are `object`, because only type-checked callers keep to declared types.


def checked_verify(value: object) -> bool | str | SSLContext:
    """Validate `verify`; a path becomes a `str`."""
    if isinstance(value, bool):
        return value
    # ssl is slow to import; if nobody has imported it, `verify` cannot be a context.
    loaded = sys.modules.get("ssl")
    if loaded is not None and isinstance(value, loaded.SSLContext):
        return cast("SSLContext", value)
    return _path("verify", value, "pass True, the path of a file or folder of CA certificates, or an SSLContext.")


def checked_cert(value: object, verify: object) -> tuple[str, str | None, str | None] | None:
    """Validate `cert`: paths and a password."""
    if value is None:
        return None
    if not isinstance(verify, (bool, str)):
        raise invalid_option(
            "cert cannot be combined with an SSLContext as verify.",
            suggestion="load the certificate into the context, with its load_cert_chain.",
        )
    hint = "pass the path of a PEM file, (certificate, key) or (certificate, key, password)."
    if not isinstance(value, tuple):
        return _path("cert", value, hint), None, None
    items = cast("tuple[object, ...]", value)
    if len(items) not in (2, 3):
        raise invalid_option(f"cert must have two or three members, not {len(items)}.", suggestion=hint)
    password = items[2] if len(items) == 3 else None
    if password is not None and not isinstance(password, str):
        raise invalid_option(f"cert[2] must be a str, not {type(password).__name__}.", suggestion=hint)
    return _path("cert[0]", items[0], hint), _path("cert[1]", items[1], hint), password


def checked_proxy(value: object) -> str | None:
    """Validate `proxy`. It is never quoted, because it may contain a password."""
    if value is None:
        return None
    hint = "pass a URL such as http://proxy.example.com:8080 or socks5://proxy.example.com:1080."
    if not isinstance(value, str):
        raise invalid_option(f"proxy must be a str, not {type(value).__name__}.", suggestion=hint)
    from vlmrun._arguments.urls import (
        InvalidURLError,
        is_unicode,
        normalize_base_url,
    )  # not at the top: few clients need it

    scheme, separator, rest = value.partition("://")
    if not separator or scheme.lower() not in ("http", "https", "socks5", "socks5h"):
        raise invalid_option("proxy must start with http://, https://, socks5:// or socks5h://.", suggestion=hint)
    credentials, _, authority = rest.rpartition("@")
    if not (is_unicode(credentials) and credentials.isprintable()) or set(credentials) & set(" /?#[]"):
        raise invalid_option(
            "proxy cannot be used: its user name or password is malformed.",
            suggestion="percent-encode them, with urllib.parse.quote(..., safe='').",
        )
    try:
        normal = normalize_base_url(f"http://{authority}")
    except InvalidURLError as error:
        raise invalid_option(f"proxy cannot be used: {error}.", suggestion=hint) from None
    if normal.count("/") != 2:
        raise invalid_option("proxy must not contain a path.", suggestion=hint)
    return value


def checked_max_connections(value: object) -> int:
    """Validate `max_connections`."""
    hint = f"pass how many connections may be open at once, such as {DEFAULT_MAX_CONNECTIONS}."
    if isinstance(value, bool) or not isinstance(value, int):
        raise invalid_option(f"max_connections must be an int, not {type(value).__name__}.", suggestion=hint)
    if not 1 <= value <= _MOST_CONNECTIONS:
        raise invalid_option(f"max_connections must be from 1 to {_MOST_CONNECTIONS:,}.", suggestion=hint)
    return value


def warn_of_no_verification(options: ConnectionOptions) -> None:
    """Warn at the caller's line if servers are not verified."""
    if options.verify is False:
        import warnings  # not at the top: few clients need it

        warnings.warn(
            "With verify=False anyone on the network can read the API key. Try: verify=, the path of your CA.",
            UserWarning,
            stacklevel=3,
        )


_COROUTINE = 0x80  # inspect.CO_COROUTINE, without inspect


def is_async_function(value: object) -> bool:
    """Whether a function is defined with `async def`, or is a `partial` or an object that calls such a function."""
    while isinstance(value, partial):
        value = cast("partial[object]", value).func
    called: object = value if hasattr(value, "__code__") else getattr(type(value), "__call__", None)  # noqa: B004  # the method, not whether there is one
    flags: object = getattr(getattr(called, "__code__", None), "co_flags", 0)
    return isinstance(flags, int) and bool(flags & _COROUTINE)


def checked_hook(argument: str, value: object) -> Callable[..., object] | None:
    """Validate `on_request` or `on_response`."""
    hint = "pass a function of one argument that returns quickly."
    if value is None:
        return None
    if not callable(value):
        raise invalid_option(f"{argument} must be callable, not {type(value).__name__}.", suggestion=hint)
    if is_async_function(value):
        raise invalid_option(f"{argument} must not be an async function.", suggestion=hint)
    return value


def path_text(value: object) -> str | None:
    """A path as text; `None` for what is no path of text."""
    try:
        path = cast("object", os.fspath(cast("str | os.PathLike[str]", value)))
    except TypeError:  # it is no path, or an object whose path is invalid
        return None
    return path if isinstance(path, str) and path.strip() and "\0" not in path else None


def _path(argument: str, value: object, hint: str) -> str:
    if not isinstance(value, (str, os.PathLike)):
        raise invalid_option(f"{argument} cannot be of the type {type(value).__name__}.", suggestion=hint)
    path = path_text(cast("object", value))
    if path is None:
        raise invalid_option(f"{argument} is not a path.", suggestion=hint)
    return path
