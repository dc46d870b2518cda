"""The certificates and the proxy of new connections, and errors that name the invalid argument or variable."""

from __future__ import annotations

import os
import ssl
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple, Protocol

from vlmrun._arguments.connection_options import ConnectionOptions
from vlmrun.client.exceptions import ConfigurationError, DependencyError

if TYPE_CHECKING:
    import httpx2

__all__ = ["Opener", "named_errors", "no_free_connection", "proxy_of", "trusted"]


class MakesContext(Protocol):
    """httpx's `create_ssl_context`."""

    def __call__(self, *, verify: bool) -> ssl.SSLContext: ...


class Opener(NamedTuple):
    """The names needed from httpx2, or from httpx."""

    context: MakesContext
    """Creates an SSL context."""
    proxy: type[httpx2.Proxy]
    """Its class of proxies."""
    invalid_url: type[Exception]
    """The error for an invalid URL."""


def trusted(options: ConnectionOptions, opener: Opener) -> ssl.SSLContext:
    """The SSL context: trusted authorities, and the client certificate."""
    verify = options.verify
    if isinstance(verify, ssl.SSLContext):
        return verify
    if isinstance(verify, str):
        with _unreadable("verify", "pass the path of a PEM file or of a folder of CA certificates."):
            if os.path.isdir(verify):
                context = ssl.create_default_context(capath=verify)
            else:
                context = ssl.create_default_context(cafile=verify)
    else:
        context = opener.context(verify=verify)
    if options.cert is not None:
        with _unreadable("cert", "pass the paths of PEM files, and the password if the key has one."):
            # Without a password OpenSSL would ask for one at the terminal. No variable holds it: a traceback would.
            context.load_cert_chain(options.cert[0], options.cert[1], options.cert[2] or "")
    return context


@contextmanager
def _unreadable(name: str, hint: str) -> Generator[None, None, None]:
    try:
        yield
    except (OSError, ValueError) as error:  # includes ssl.SSLError
        raise ConfigurationError(f"{name} cannot be loaded: {_reason(error)}.", suggestion=hint) from None


def _reason(error: Exception) -> str:
    text = error.strerror if isinstance(error, OSError) else None
    return text or type(error).__name__


def proxy_of(options: ConnectionOptions, context: ssl.SSLContext, opener: Opener) -> httpx2.Proxy | None:
    """The proxy from the options; an https proxy is verified like a server."""
    if options.proxy is None:
        return None
    return opener.proxy(options.proxy, ssl_context=context if options.proxy.lower().startswith("https:") else None)


@contextmanager
def named_errors(options: ConnectionOptions, opener: Opener, environ: Mapping[str, str]) -> Generator[None, None, None]:
    """Raise errors that name the option or variable that is invalid."""
    is_given = options.proxy is not None  # then the environment is ignored
    try:
        yield
    except ConfigurationError:
        raise
    except ImportError:
        name = "proxy" if is_given else _proxies(environ, "socks") or "The proxy of this system"
        raise DependencyError(
            f"{name} is a SOCKS proxy, which needs the package socksio.",
            suggestion="pip install 'vlmrun[socks]'",
            error_type="missing_dependency",
        ) from None
    except (opener.invalid_url, ValueError) as error:
        # The error is not quoted: it may contain the URL, which may contain a password.
        if isinstance(error, ssl.SSLError):
            raise _bad_certificates(environ, error) from None
        name = "proxy" if is_given else _proxies(environ, "") or "The proxy of this system"
        raise ConfigurationError(
            f"{name} cannot be used as a proxy.",
            suggestion="set it to a URL such as http://proxy.example.com:8080 or socks5://proxy.example.com:1080.",
        ) from None
    except OSError as error:
        raise _bad_certificates(environ, error) from None


def _bad_certificates(environ: Mapping[str, str], error: Exception) -> ConfigurationError:
    # The first one that is set takes effect.
    name = next((name for name in ("SSL_CERT_FILE", "SSL_CERT_DIR") if environ.get(name)), None)
    return ConfigurationError(
        f"{name or 'The CA certificates of this system'} cannot be loaded: {_reason(error)}.",
        suggestion="set SSL_CERT_FILE to a PEM file of CA certificates, unset it, or pass verify=...",
    )


def _proxies(environ: Mapping[str, str], scheme: str) -> str:
    """The variables that name a proxy, such as `ALL_PROXY`."""
    names = ("all_proxy", "https_proxy", "http_proxy")
    found = [name for name, url in environ.items() if name.lower() in names and url.lower().startswith(scheme) and url]
    if not scheme:  # only the unusable ones, if they can be identified
        usable = ("http://", "https://", "socks5://", "socks5h://")
        found = [name for name in found if "://" in environ[name] and not environ[name].startswith(usable)] or found
    return " or ".join(sorted(found))


def no_free_connection(request: httpx2.Request) -> str:
    """The reason for a `PoolTimeout`."""
    seconds: float | None = request.extensions.get("timeout", {}).get("pool")
    return "no connection is free" if seconds is None else f"no connection was free within {seconds:g} s"
