"""`vlmrun doctor`: what could keep calls from working, each with what to do."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from importlib import metadata
from pathlib import Path
from typing import Annotated, Literal

import typer
from typing_extensions import TypedDict

from vlmrun.cli._commands import examples, new_app
from vlmrun.cli._session import session_of
from vlmrun.cli._settings import Settings, config_files, resolve
from vlmrun.client.exceptions import (
    APIError,
    AuthenticationError,
    NetworkError,
    PermissionDeniedError,
    RequestTimeoutError,
    ResourceNotFoundError,
    VLMRunError,
)

__all__ = ["app"]

app = new_app()

State = Literal["ok", "warning", "problem", "unknown"]


class Finding(TypedDict):
    """One thing that was looked at."""

    check: str
    state: State
    detail: str
    remedy: str | None
    """What to do; `None` where there is nothing to do."""


class Diagnosis(TypedDict):
    """What `doctor` prints."""

    is_well: bool
    """Whether no check found a problem; warnings do not count."""
    checks: list[Finding]


OUTPUTS: dict[str, object] = {"doctor": Diagnosis}

MAX_SKEW = 60
"""Seconds that the clock may be off: signed URLs and certificates tolerate about that."""


@app.command(epilog=examples("vlmrun doctor", "vlmrun doctor --offline --json"))
def doctor(
    context: typer.Context,
    offline: Annotated[bool, typer.Option("--offline", help="Send nothing.")] = False,
    timeout: Annotated[float, typer.Option(metavar="SECONDS", help="How long to wait for the server.")] = 15.0,
) -> None:
    """Check versions, configuration, key, proxy, certificates, clock and whether the server answers.

    Each problem is shown with what to do; exit code 1 if there is one.
    """
    session = session_of(context)
    found: list[Finding] = [*_versions(), *_files()]
    try:
        settings = resolve(session.flags, os.environ)
    except VLMRunError as error:
        found.append(_finding("settings", "problem", error.message, error.suggestion))
    else:
        found += [*_key(settings), *_base_url(settings), *_proxy(settings), *_certificates(os.environ)]
        if not offline:
            found += _server(settings, timeout)
    is_well = not any(each["state"] == "problem" for each in found)
    width = max(len(each["check"]) for each in found)
    lines: list[str] = []
    for each in found:
        lines.append(f"{each['state']:<7}  {each['check']:<{width}}  {each['detail']}")
        if each["remedy"]:
            lines.append(f"{'':<7}  {'':<{width}}  Try: {each['remedy']}")
    session.out.document(Diagnosis(is_well=is_well, checks=found), "\n".join(lines))
    if not is_well:
        raise typer.Exit(1)


def _finding(check: str, state: State, detail: str, remedy: str | None = None) -> Finding:
    return Finding(check=check, state=state, detail=detail, remedy=None if state == "ok" else remedy)


def _versions() -> Iterator[Finding]:
    from vlmrun._version import __version__

    yield _finding("vlmrun", "ok", f"{__version__}, {Path(__file__).parents[2]}")
    yield _finding("python", "ok", f"{platform.python_version()}, {platform.platform(terse=True)}, {sys.executable}")
    installed = {name: _version(name) for name in ("openai", "httpx2", "pydantic", "typer", "rich")}
    shown = ", ".join(f"{name} {version}" for name, version in installed.items() if version)
    if installed["openai"] is None:
        yield _finding("packages", "problem", f"openai is missing; {shown}", "pip install 'vlmrun[cli]'")
    else:
        yield _finding("packages", "ok", shown)


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _files() -> Iterator[Finding]:
    files = config_files()
    if not any(file.exists for file in files):
        yield _finding("config", "ok", f"none, would be {files[0].path}")
    for file in files:
        if not file.exists:
            continue
        try:
            profiles = file.profiles()
        except VLMRunError as error:
            yield _finding("config", "problem", error.message, error.suggestion)
            continue
        if file.is_readable_by_others and any(file.value(name, "api_key") for name in profiles):
            yield _finding("config", "warning", f"others can read the key in {file.path}", f"chmod 600 {file.path}")
        else:
            yield _finding("config", "ok", f"{file.path}, profiles: {', '.join(profiles)}")


def _key(settings: Settings) -> Iterator[Finding]:
    if settings.api_key is None:
        yield _finding("key", "problem", "there is none", "vlmrun auth login, or set VLMRUN_API_KEY")
    else:
        yield _finding("key", "ok", f"from {settings.api_key_source}, profile {settings.profile}")


def _base_url(settings: Settings) -> Iterator[Finding]:
    from vlmrun.client.config import DEFAULT_BASE_URL
    from vlmrun.client.urls import InvalidURLError, is_in_the_clear, normalize_base_url

    url, source = settings.base_url or DEFAULT_BASE_URL, settings.base_url_source
    try:
        normal = normalize_base_url(url)
    except InvalidURLError as error:
        yield _finding("base URL", "problem", f"{source}: {error}", "use a URL such as https://api.vlm.run/v1")
        return
    if is_in_the_clear(normal):
        yield _finding("base URL", "warning", f"{normal} ({source}) is not encrypted", "use https://")
    else:
        yield _finding("base URL", "ok", f"{normal} ({source})")


def _proxy(settings: Settings) -> Iterator[Finding]:
    from urllib.parse import urlsplit
    from urllib.request import getproxies, proxy_bypass

    from vlmrun.client.config import DEFAULT_BASE_URL

    base = urlsplit(settings.base_url or DEFAULT_BASE_URL)
    proxies = getproxies()
    proxy = proxies.get(base.scheme) or proxies.get("all")
    if proxy is None:
        yield _finding("proxy", "ok", "none")
    elif proxy_bypass(base.netloc):
        yield _finding("proxy", "ok", f"NO_PROXY exempts {base.hostname}")
    else:
        at = urlsplit(proxy if "://" in proxy else f"http://{proxy}").netloc.rpartition("@")[2]  # without a password
        yield _finding("proxy", "ok", at)


def _certificates(environment: Mapping[str, str]) -> Iterator[Finding]:
    import ssl

    named = [(name, environment[name]) for name in ("SSL_CERT_FILE", "SSL_CERT_DIR") if environment.get(name)]
    for name, path in named:
        if os.path.exists(path):
            yield _finding("certificates", "ok", f"{name}: {path}")
        else:
            yield _finding("certificates", "problem", f"{name}: {path} does not exist", f"correct or unset {name}")
    if not named:
        yield _finding("certificates", "ok", f"of the system, {ssl.OPENSSL_VERSION}")


def _server(settings: Settings, timeout: float) -> Iterator[Finding]:
    """One call that needs a key tells most: whether the server is reached, the key is accepted and the clock is right.

    `/health` would tell less: it answers any key.
    """
    from vlmrun.client import VLMRun

    headers: Mapping[str, str] = {}
    # Without a key, a placeholder reaches the server as well, which refuses it and tells the time.
    try:
        with VLMRun(settings.api_key or "none", settings.base_url, timeout=timeout, max_retries=0) as client:
            headers = client.files.with_raw_response.list(limit=1).headers
        yield _finding("server", "ok", "it answers")
        yield _finding("key is accepted", "ok", "yes")
    except (AuthenticationError, PermissionDeniedError) as error:
        headers = error.headers
        yield _finding("server", "ok", "it answers")
        if settings.api_key:
            remedy = f"vlmrun auth login, or correct {settings.api_key_source}"
            yield _finding("key is accepted", "problem", f"no: {error.message}", remedy)
    except ResourceNotFoundError as error:
        headers = error.headers
        yield _finding("server", "problem", "it has no such route", "check the base URL; it usually ends with /v1")
    except (NetworkError, RequestTimeoutError) as error:
        yield _finding("server", "problem", error.message, error.suggestion)
    except APIError as error:
        headers = error.headers
        yield _finding("server", "problem", f"it answers {error.http_status}: {error.message}", error.suggestion)
    except VLMRunError as error:  # a setting that no client can be made with
        yield _finding("server", "problem", error.message, error.suggestion)
    yield _clock(headers.get("date"))


def _clock(date: str | None) -> Finding:
    """Compare the clock with the server's `Date`."""
    from vlmrun._lifetimes import waiting

    now = waiting.time()
    try:
        skew = now - parsedate_to_datetime(date or "").timestamp()
    except ValueError:
        return _finding("clock", "unknown", "the server did not tell the time")
    if abs(skew) <= MAX_SKEW:
        return _finding("clock", "ok", "agrees with the server")
    detail = f"{abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} the server"
    return _finding("clock", "problem", detail, "set the clock, for example by NTP: certificates and signed URLs fail")
