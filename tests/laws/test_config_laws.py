"""Configuration: what is accepted, what is refused and how, where values come from, and what may be changed."""

from __future__ import annotations

import os
import re
import socket
import traceback
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NoReturn, TypeVar

import pytest
import respx
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from support import strategies as examples
from support.broken import breaks
from support.colours import Colour, both_colours
from support.strategies import INVALID_BASE_URLS, SECRET, BaseURL
from vlmrun import AsyncVLMRun, VLMRun
from vlmrun.client.config import (
    DEFAULT_BASE_URL,
    DEFAULT_MAX_RETRIES,
    DEFAULT_TIMEOUT,
    NOT_GIVEN,
    Configuration,
    configure,
    reconfigure,
)
from vlmrun.client.exceptions import ClientError, ConfigurationError
from vlmrun.client.urls import normalize_base_url

Client = VLMRun | AsyncVLMRun

both_clients = pytest.mark.parametrize("client", [VLMRun, AsyncVLMRun])

# What a law is tried on: a way to make something from the arguments of a client. `Any`, as many of them are wrong.
Make = Callable[..., Any]


def _configure(**arguments: Any) -> Configuration:
    """`configure`, with what is not given as a client would give it."""
    given: dict[str, Any] = {
        "api_key": "k",
        "base_url": None,
        "timeout": DEFAULT_TIMEOUT,
        "max_retries": DEFAULT_MAX_RETRIES,
        "default_headers": None,
        "environ": {},
    }
    return configure(**given | arguments)


def _reconfigure(config: Configuration, **changes: Any) -> Configuration:
    """`reconfigure`, with what is not given as a client would give it."""
    given: dict[str, Any] = {
        "api_key": None,
        "base_url": None,
        "timeout": NOT_GIVEN,
        "max_retries": None,
        "default_headers": None,
        "set_default_headers": None,
    }
    return reconfigure(config, **given | changes)


VALUES = [name for name, member in vars(Configuration).items() if isinstance(member, property)]


def _values(config: Configuration) -> dict[str, object]:
    """All values of a configuration, to be compared."""
    values: dict[str, object] = {name: getattr(config, name) for name in VALUES}
    values["default_headers"] = dict(config.default_headers)
    return values


def _all_that_is_said(error: BaseException) -> str:
    """Whatever an error may show to someone: its text, its `repr`, and the traceback that a log would hold."""
    return "\n".join([str(error), repr(error), str(vars(error)), *traceback.format_exception(error)])


@st.composite
def _configurations(draw: st.DrawFn) -> Configuration:
    return _configure(
        api_key=draw(examples.api_keys()),
        base_url=draw(examples.base_urls()).text,
        timeout=draw(examples.timeouts()),
        max_retries=draw(examples.retries()),
        default_headers=draw(examples.headers()),
    )


# What is refused ------------------------------------------------------------------------------------------------------


def bad_argument_is_named(make: Make, example: tuple[str, object]) -> None:
    """A bad argument is a `ConfigurationError` that names the argument and says what to do."""
    argument, value = example
    error = _refusal(make, {"api_key": "k", argument: value})
    assert re.search(rf"\b{argument}\b", error.message), error.message
    assert error.suggestion


def bad_argument_keeps_its_secret(make: Make, example: tuple[str, object]) -> None:
    """A refusal never contains the key, the password in a URL or the value of a header."""
    argument, value = example
    assert SECRET not in _all_that_is_said(_refusal(make, {"api_key": SECRET, argument: value}))


def _refusal(make: Make, arguments: dict[str, Any]) -> ConfigurationError:
    try:
        make(**arguments)
    except ConfigurationError as error:
        return error
    raise AssertionError(f"{list(arguments)} were accepted")


@both_clients
@given(example=examples.bad_arguments())
@settings(max_examples=200)
def test_bad_argument_is_named(client: type[Client], example: tuple[str, object]) -> None:
    """Every bad argument of a client is a `ConfigurationError` that names it and has a suggestion."""
    bad_argument_is_named(client, example)


@both_clients
@given(example=examples.bad_arguments())
@settings(max_examples=200)
def test_bad_argument_keeps_its_secret(client: type[Client], example: tuple[str, object]) -> None:
    """Nothing that a refusal says holds a secret."""
    bad_argument_keeps_its_secret(client, example)


def _accepting_anything(**_: object) -> None:
    """Wrong: finds out at the first call."""


def _raising_value_errors(**arguments: Any) -> None:
    """Wrong: raises what Python raises."""
    try:
        _configure(**arguments)
    except ConfigurationError as error:
        raise ValueError(error.message) from None


def _naming_nothing(**arguments: Any) -> None:
    """Wrong: leaves the reader to guess."""
    try:
        _configure(**arguments)
    except ConfigurationError as error:
        raise ConfigurationError("invalid configuration", suggestion=error.suggestion) from None


def _suggesting_nothing(**arguments: Any) -> None:
    """Wrong: says what is wrong, and not what to do."""
    try:
        _configure(**arguments)
    except ConfigurationError as error:
        raise ConfigurationError(error.message) from None


def _quoting_the_value(**arguments: Any) -> None:
    """Wrong: shows what it refuses."""
    try:
        _configure(**arguments)
    except ConfigurationError as error:
        raise ConfigurationError(f"{error.message} Got {arguments!r}.", suggestion=error.suggestion) from None


def _chaining_the_value(**arguments: Any) -> None:
    """Wrong: shows what it refuses in the error that came before."""
    try:
        _configure(**arguments)
    except ConfigurationError as error:
        raise error from ValueError(f"invalid: {arguments!r}")


@pytest.mark.parametrize(
    ("make", "how"),
    [
        (_accepting_anything, AssertionError),
        (_raising_value_errors, ValueError),
        (_naming_nothing, AssertionError),
        (_suggesting_nothing, AssertionError),
    ],
)
def test_careless_refusal_fails_the_law(make: Make, how: type[Exception]) -> None:
    """Accepting, raising something else, naming nothing or suggesting nothing fails the law."""
    assert breaks(lambda example: bad_argument_is_named(make, example), examples.bad_arguments(), how)


@pytest.mark.parametrize("make", [_quoting_the_value, _chaining_the_value])
def test_talkative_refusal_fails_the_law(make: Make) -> None:
    """Quoting the value, in the message or in a chained error, fails the law."""
    assert breaks(lambda example: bad_argument_keeps_its_secret(make, example), examples.bad_arguments())


@both_clients
def test_missing_key_says_where_to_set_it(client: type[Client]) -> None:
    """Without a key there is no client, and the error says how to give one."""
    with pytest.raises(ConfigurationError, match="api_key") as caught:
        client()
    assert caught.value.error_type == "missing_api_key"
    assert "VLMRUN_API_KEY" in (caught.value.suggestion or "")


@both_clients
def test_bad_variable_is_named(client: type[Client]) -> None:
    """Where a bad value came from the environment, the error names the variable, and not the argument."""

    @given(
        st.one_of(
            st.tuples(st.just("VLMRUN_API_KEY"), st.sampled_from([f"{SECRET}\n{SECRET}", f"{SECRET}ä", "\x01", " "])),
            st.tuples(
                st.just("VLMRUN_BASE_URL"),
                st.one_of(*INVALID_BASE_URLS.values()).filter(lambda url: "\0" not in url and _is_encodable(url)),
            ),
        )
    )
    def holds(example: tuple[str, str]) -> None:
        variable, value = example
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("VLMRUN_API_KEY", "k")
            patch.setenv(variable, value)
            with pytest.raises(ConfigurationError, match=rf"\b{variable}\b") as caught:
                client()
        assert caught.value.suggestion
        assert "api_key" not in caught.value.message
        assert "base_url" not in caught.value.message
        assert SECRET not in _all_that_is_said(caught.value)

    holds()


def _is_encodable(text: str) -> bool:
    try:
        os.fsencode(text)
    except UnicodeEncodeError:
        return False
    return True


# What is accepted -----------------------------------------------------------------------------------------------------


@both_clients
@given(
    api_key=examples.api_keys(),
    url=examples.base_urls(),
    timeout=examples.timeouts(),
    max_retries=examples.retries(),
    headers=st.one_of(st.none(), examples.headers()),
)
def test_good_arguments_are_accepted(
    client: type[Client],
    api_key: str,
    url: BaseURL,
    timeout: float | None,
    max_retries: int,
    headers: dict[str, str] | None,
) -> None:
    """A client takes every good value, and its properties show it."""
    made = client(api_key, url.text, timeout, max_retries, default_headers=headers)
    assert (made.api_key, made.base_url, made.timeout, made.max_retries) == (api_key, url.normal, timeout, max_retries)


@given(examples.api_keys(), st.text(" \t\r\n", max_size=3), st.text(" \t\r\n", max_size=3))
def test_blanks_around_a_key_go(api_key: str, before: str, after: str) -> None:
    """What a shell or a file leaves around a key is not a part of it."""
    assert _configure(api_key=before + api_key + after).api_key == api_key


@given(examples.timeouts())
def test_connecting_never_takes_long(timeout: float | None) -> None:
    """Connecting may take five seconds, or less where the whole call may."""
    assert _configure(timeout=timeout).connect_timeout == (5.0 if timeout is None else min(timeout, 5.0))


@given(examples.timeouts())
def test_timeout_is_a_float_or_none(timeout: float | None) -> None:
    """A whole number of seconds becomes the float that the type says."""
    assert type(_configure(timeout=timeout).timeout) is (type(None) if timeout is None else float)


@both_clients
@given(timeout=st.floats(min_value=0.001, allow_infinity=False, allow_nan=False))
def test_accepted_timeout_can_be_waited(client: type[Client], timeout: float) -> None:
    """A timeout that is accepted is one that a socket takes: no surprise is left for the first call."""
    try:
        made = client(api_key="k", timeout=timeout)
    except ConfigurationError:
        return
    with socket.socket() as waiting:
        waiting.settimeout(made.timeout)


@both_clients
@pytest.mark.parametrize("option", ["default_headers", "set_default_headers"])
def test_two_spellings_of_one_header_are_refused(client: type[Client], option: str) -> None:
    """HTTP knows one name however it is spelled, so two values for it are a mistake, and the argument is named."""
    options: dict[str, Any] = {option: {"X-Team": "blue", "x-team": "red"}}
    with pytest.raises(ConfigurationError, match=rf"^{option} has 'x-team' in two spellings"):
        client(api_key="k").with_options(**options)


# The environment ------------------------------------------------------------------------------------------------------


@both_clients
@given(key=examples.api_keys(), url=examples.base_urls())
def test_environment_fills_in(client: type[Client], key: str, url: BaseURL) -> None:
    """What is not given comes from the environment."""
    assume(_is_encodable(url.text))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VLMRUN_API_KEY", key)
        patch.setenv("VLMRUN_BASE_URL", url.text)
        made = client()
    assert (made.api_key, made.base_url) == (key, url.normal)


@both_clients
@given(
    key=examples.api_keys(),
    url=examples.base_urls(),
    key_there=examples.environment_values(),
    url_there=examples.environment_values(),
)
def test_argument_comes_before_the_environment(
    client: type[Client], key: str, url: BaseURL, key_there: str, url_there: str
) -> None:
    """What is given is what holds, whatever the environment says."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VLMRUN_API_KEY", key_there)
        patch.setenv("VLMRUN_BASE_URL", url_there)
        made = client(api_key=key, base_url=url.text)
    assert (made.api_key, made.base_url) == (key, url.normal)


@both_clients
def test_empty_variable_counts_as_unset(client: type[Client], monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty variable is what `VLMRUN_BASE_URL= command` leaves, and says nothing."""
    monkeypatch.setenv("VLMRUN_BASE_URL", "")
    assert client(api_key="k").base_url == DEFAULT_BASE_URL
    monkeypatch.setenv("VLMRUN_API_KEY", "")
    with pytest.raises(ConfigurationError) as caught:
        client()
    assert caught.value.error_type == "missing_api_key"


def test_default_base_url_is_in_normal_form() -> None:
    """A client takes it as it is, which is faster; the rule would have changed nothing."""
    assert normalize_base_url(DEFAULT_BASE_URL) == DEFAULT_BASE_URL


@both_clients
def test_empty_argument_is_not_a_missing_one(client: type[Client], monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty key is a mistake of the caller's, which the environment does not paper over."""
    monkeypatch.setenv("VLMRUN_API_KEY", "k")
    with pytest.raises(ConfigurationError, match=r"\bapi_key\b"):
        client(api_key="")


@both_clients
def test_defaults_are_the_documented_ones(client: type[Client]) -> None:
    """600 seconds, 5 retries, and VLM Run's own address."""
    made = client(api_key="k")
    assert (made.base_url, made.timeout, made.max_retries) == ("https://api.vlm.run/v1", 600.0, 5)


# Purity ---------------------------------------------------------------------------------------------------------------


class _Untouchable(Mapping[str, str]):
    """An environment that must not be read."""

    def _refuse(self, *_: object) -> NoReturn:
        raise AssertionError("the environment of the process was read")

    __getitem__ = __iter__ = __len__ = _refuse


@given(examples.api_keys(), examples.base_urls(), examples.headers())
def test_configuring_reads_only_what_it_is_given(key: str, url: BaseURL, headers: dict[str, str]) -> None:
    """Neither `configure` nor `reconfigure` looks at the environment of the process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "environ", _Untouchable())
        config = _configure(api_key=None, environ={"VLMRUN_API_KEY": key, "VLMRUN_BASE_URL": url.text})
        changed = _reconfigure(config, default_headers=headers)
    assert (config.api_key, config.base_url) == (key, url.normal)
    assert (changed.api_key, changed.base_url) == (key, url.normal)


def test_untouchable_environment_cannot_be_read() -> None:
    """Code that does look at the environment fails the law above: a client does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "environ", _Untouchable())
        with pytest.raises(AssertionError, match="was read"):
            VLMRun(api_key="k")


@given(examples.api_keys(), examples.base_urls(), examples.timeouts(), examples.retries(), examples.headers())
def test_same_input_gives_the_same_configuration(
    key: str, url: BaseURL, timeout: float | None, max_retries: int, headers: dict[str, str]
) -> None:
    """Configuring is a function of its arguments."""
    arguments: dict[str, Any] = {
        "api_key": key,
        "base_url": url.text,
        "timeout": timeout,
        "max_retries": max_retries,
        "default_headers": headers,
    }
    assert _values(_configure(**arguments)) == _values(_configure(**arguments))


@given(examples.headers(), examples.headers())
def test_inputs_are_left_as_they_are(headers: dict[str, str], added: dict[str, str]) -> None:
    """The mappings that are handed in are read and not written."""
    before, before_added = dict(headers), dict(added)
    environ = {"VLMRUN_API_KEY": "k"}
    _reconfigure(_configure(default_headers=headers, environ=environ), default_headers=added)
    assert (headers, added, environ) == (before, before_added, {"VLMRUN_API_KEY": "k"})


@given(examples.headers())
def test_configuration_keeps_a_copy(headers: dict[str, str]) -> None:
    """What happens to a mapping after it was handed in changes nothing."""
    before = dict(headers)
    config = _configure(default_headers=headers)
    replaced = _reconfigure(config, set_default_headers=headers)
    headers["X-Late"] = "late"
    assert config.default_headers == before
    assert replaced.default_headers == before


# Frozen ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*VALUES, "tiemout"])
def test_configuration_is_frozen(name: str) -> None:
    """No value of a configuration can be changed, and none added."""
    with pytest.raises(AttributeError):
        setattr(_configure(), name, None)
    assert set(VALUES) >= {"api_key", "base_url", "timeout", "max_retries", "default_headers"}


def test_headers_of_a_configuration_are_frozen() -> None:
    """The headers are a part of the frozen value: they cannot be changed in place."""
    headers: Any = _configure(default_headers={"X-Team": "blue"}).default_headers
    with pytest.raises(TypeError):
        headers["X-Team"] = "red"


@both_clients
@pytest.mark.parametrize("name", ["api_key", "base_url", "timeout", "max_retries", "agent", "openai", "async_openai"])
def test_property_of_a_client_is_read_only(client: type[Client], name: str) -> None:
    """What a client says of itself cannot be assigned: `with_options` makes a changed copy."""
    with pytest.raises(AttributeError):
        setattr(client(api_key="k"), name, "x")


# Secrets --------------------------------------------------------------------------------------------------------------


def _show_fields(value: object) -> str:
    """Wrong: what a `repr` of all values would be."""
    return repr({name: getattr(value, name) for name in VALUES})


def _shows_no_secret(show: Callable[[object], str], value: object) -> None:
    assert SECRET not in show(value)


def _with_secrets(client: type[Client]) -> Client:
    return client(api_key=f"key-{SECRET}", default_headers={"X-Token": f"token-{SECRET}"})


@both_clients
@pytest.mark.parametrize("show", [repr, str, format], ids=["repr", "str", "format"])
def test_client_never_shows_its_secrets(client: type[Client], show: Callable[[object], str]) -> None:
    """Neither the key nor the value of a header is in what a client prints, or what its agent and copies print."""
    made = _with_secrets(client)
    for shown in (made, made.with_options(timeout=1), made.agent):
        _shows_no_secret(show, shown)


@pytest.mark.parametrize("show", [repr, str, format], ids=["repr", "str", "format"])
def test_configuration_never_shows_its_secrets(show: Callable[[object], str]) -> None:
    """Neither the key nor the value of a header is in what a configuration prints."""
    _shows_no_secret(show, _configure(api_key=SECRET, default_headers={"X-Token": SECRET}))


@both_clients
def test_client_shows_where_it_points(client: type[Client]) -> None:
    """What a client prints is what one needs to tell clients apart."""
    shown = repr(client(api_key="k", base_url="https://vlmrun.test/v1", timeout=7, max_retries=3))
    assert shown == f"{client.__name__}(base_url='https://vlmrun.test/v1', timeout=7.0, max_retries=3)"


def test_showing_the_fields_fails_the_law() -> None:
    """A `repr` of all values fails the law."""
    with pytest.raises(AssertionError):
        _shows_no_secret(_show_fields, _configure(api_key=SECRET))


# with_options ---------------------------------------------------------------------------------------------------------

C = TypeVar("C", VLMRun, AsyncVLMRun)

OPTIONS = ("api_key", "base_url", "timeout", "max_retries")


def _options(client: Client) -> dict[str, object]:
    return {name: getattr(client, name) for name in OPTIONS}


@st.composite
def _changes(draw: st.DrawFn) -> dict[str, Any]:
    """Some options for `with_options`, none to all of them."""
    drawn: dict[str, Any] = {
        "api_key": draw(examples.api_keys()),
        "base_url": draw(examples.base_urls()).normal,
        "timeout": draw(examples.timeouts()),
        "max_retries": draw(examples.retries()),
    }
    return {name: drawn[name] for name in draw(st.sets(st.sampled_from(OPTIONS)))}


@both_clients
@given(changes=_changes())
def test_options_change_and_the_others_stay(client: type[Client], changes: dict[str, Any]) -> None:
    """A copy has the options that were given, and those of its original for the rest."""
    original = client("key", "https://vlmrun.test/v1", 7.0, 3)
    assert _options(original.with_options(**changes)) == _options(original) | changes


@both_clients
@given(changes=_changes())
def test_original_is_left_as_it_is(client: type[Client], changes: dict[str, Any]) -> None:
    """Making a copy does not change the original."""
    original = client("key", "https://vlmrun.test/v1", 7.0, 3)
    before = _options(original)
    copied = original.with_options(**changes)
    assert _options(original) == before
    assert copied is not original
    assert type(copied) is client


@both_clients
def test_none_is_a_timeout_and_not_a_missing_one(client: type[Client]) -> None:
    """`timeout=None` lifts the limit; leaving `timeout` out keeps it."""
    original = client(api_key="k", timeout=7.0)
    assert original.with_options(timeout=None).timeout is None
    assert original.with_options().timeout == 7.0


@both_clients
@given(changes=_changes(), key=examples.environment_values(), url=examples.environment_values())
def test_environment_has_no_say_in_a_copy(client: type[Client], changes: dict[str, Any], key: str, url: str) -> None:
    """A copy is made of its original and the arguments; variables that were set since change nothing."""
    original = client("key", "https://vlmrun.test/v1", 7.0, 3)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VLMRUN_API_KEY", key)
        patch.setenv("VLMRUN_BASE_URL", url)
        copied = original.with_options(**changes)
    assert _options(copied) == _options(original) | changes


@both_clients
@given(example=examples.bad_arguments().filter(lambda example: example[1] is not None))
@settings(max_examples=200)
def test_bad_option_is_named(client: type[Client], example: tuple[str, object]) -> None:
    """A bad option of a copy is refused as a bad argument of a client is."""
    original = client(api_key="original")

    def change(**changes: Any) -> Client:
        return original.with_options(**changes)

    bad_argument_is_named(change, example)
    bad_argument_keeps_its_secret(change, example)


@both_clients
@given(headers=examples.bad_headers())
def test_bad_replacing_headers_are_named(client: type[Client], headers: Any) -> None:
    """Headers that are to replace others are refused under the name that they were given by."""
    original = client(api_key="k")

    def replace(set_default_headers: Any, **_: object) -> Client:
        return original.with_options(set_default_headers=set_default_headers)

    bad_argument_is_named(replace, ("set_default_headers", headers))


@both_clients
def test_adding_and_replacing_headers_at_once_is_refused(client: type[Client]) -> None:
    """The two kinds of headers exclude each other, and the error names both."""
    with pytest.raises(ConfigurationError, match=r"\bdefault_headers\b.*\bset_default_headers\b") as caught:
        client(api_key="k").with_options(default_headers={}, set_default_headers={})
    assert caught.value.suggestion


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    lower = {name.lower(): text for name, text in headers.items()}
    assert len(lower) == len(headers), f"a name stands twice in {sorted(headers)}"
    return lower


Merge = Callable[[dict[str, str], dict[str, str]], Mapping[str, str]]


def added_headers_win(merge: Merge, example: tuple[dict[str, str], dict[str, str]]) -> None:
    """Added headers join those there are, and win where the names are the same in whatever case."""
    there, added = example
    assert _lower(merge(there, added)) == _lower(there) | _lower(added)


def _ours(there: dict[str, str], added: dict[str, str]) -> Mapping[str, str]:
    return _reconfigure(_configure(default_headers=there), default_headers=added).default_headers


@st.composite
def _headers_and_additions(draw: st.DrawFn) -> tuple[dict[str, str], dict[str, str]]:
    """Headers, and others to add, some of them the same in another case."""
    there, added = draw(examples.headers()), draw(examples.headers())
    again = draw(st.sets(st.sampled_from(sorted(there)))) if there else set[str]()
    respelled = {
        draw(st.sampled_from([name.upper(), name.lower(), name])): draw(examples.header_values()) for name in again
    }
    taken = {name.lower() for name in respelled}
    return there, {name: text for name, text in added.items() if name.lower() not in taken} | respelled


@given(_headers_and_additions())
def test_added_headers_win(example: tuple[dict[str, str], dict[str, str]]) -> None:
    """`with_options(default_headers=...)` adds to the headers of the original."""
    added_headers_win(_ours, example)


def _merging_by_case(there: dict[str, str], added: dict[str, str]) -> Mapping[str, str]:
    """Wrong: `X-Team` and `x-team` are one header."""
    return there | added


def _replacing(_: dict[str, str], added: dict[str, str]) -> Mapping[str, str]:
    """Wrong: what was there is gone."""
    return added


def _keeping(there: dict[str, str], added: dict[str, str]) -> Mapping[str, str]:
    """Wrong: what was there wins."""
    return added | there


@pytest.mark.parametrize("merge", [_merging_by_case, _replacing, _keeping])
def test_other_merges_fail_the_law(merge: Merge) -> None:
    """Merging by case, replacing, and preferring the original fail the law."""
    assert breaks(lambda example: added_headers_win(merge, example), _headers_and_additions())


@given(examples.headers(), examples.headers())
def test_set_headers_replace(there: dict[str, str], instead: dict[str, str]) -> None:
    """`with_options(set_default_headers=...)` leaves none of the original's headers."""
    replaced = _reconfigure(_configure(default_headers=there), set_default_headers=instead)
    assert replaced.default_headers == instead


@given(_configurations())
def test_changing_nothing_changes_nothing(config: Configuration) -> None:
    """A copy with no options is the same configuration."""
    assert _values(_reconfigure(config)) == _values(config)


@given(_configurations(), _changes())
def test_changing_twice_is_changing_once(config: Configuration, changes: dict[str, Any]) -> None:
    """The same options again make no difference."""
    once = _reconfigure(config, **changes)
    assert _values(_reconfigure(once, **changes)) == _values(once)


def with_timeout_changes_nothing_else(
    change: Callable[[Configuration, float | None], Configuration], example: tuple[Configuration, float | None]
) -> None:
    """A call with a timeout of its own is sent as all others are."""
    config, timeout = example
    assert _values(change(config, timeout)) == _values(_reconfigure(config, timeout=timeout))


_TIMED = st.tuples(_configurations(), examples.timeouts())


@given(_TIMED)
def test_with_timeout_changes_nothing_else(example: tuple[Configuration, float | None]) -> None:
    """The timeout is the one that was given, and all the rest is as it was."""
    with_timeout_changes_nothing_else(Configuration.with_timeout, example)


def _forgetting_headers(config: Configuration, timeout: float | None) -> Configuration:
    """Wrong: the rest is not all there is."""
    return Configuration(config.api_key, config.base_url, timeout, config.max_retries, {})


def test_forgetting_the_rest_fails_the_law() -> None:
    """A change of the timeout that loses the headers fails the law."""
    assert breaks(lambda example: with_timeout_changes_nothing_else(_forgetting_headers, example), _TIMED)


@pytest.fixture
def wire() -> Iterator[respx.MockRouter]:
    """A server that says it is up."""
    with respx.mock() as router:
        router.get("https://vlmrun.test/v1/health").respond(json={"status": "ok"})
        yield router


@both_colours
@pytest.mark.parametrize(
    ("options", "team", "trace"),
    [
        ({}, "blue", "1"),
        ({"default_headers": {"x-team": "red"}}, "red", "1"),
        ({"set_default_headers": {"x-team": "red"}}, "red", None),
        ({"set_default_headers": {}}, None, None),
    ],
    ids=["unchanged", "added", "replaced", "none"],
)
def test_headers_of_a_copy_go_out(
    colour: Colour, wire: respx.MockRouter, options: dict[str, Any], team: str | None, trace: str | None
) -> None:
    """What the laws say of headers is what a server sees."""
    colour.run(
        lambda client: client.with_options(**options).healthcheck(), default_headers={"X-Team": "blue", "X-Trace": "1"}
    )
    sent = wire.calls.last.request.headers
    assert (sent.get("x-team"), sent.get("x-trace")) == (team, trace)


@both_colours
def test_copy_sends_its_own_key(colour: Colour, wire: respx.MockRouter) -> None:
    """A copy with another key sends that key."""
    colour.run(lambda client: client.with_options(api_key="another").healthcheck())
    assert wire.calls.last.request.headers["authorization"] == "Bearer another"


@both_colours
def test_closing_a_copy_closes_its_original(colour: Colour) -> None:
    """A copy shares the connections of its original, so closing one closes both."""

    async def close_and_call(client: AsyncVLMRun) -> object:
        await client.with_options(timeout=1).close()
        return await client.healthcheck()

    def use(client: Client) -> object:
        if isinstance(client, AsyncVLMRun):
            return close_and_call(client)
        client.with_options(timeout=1).close()
        return client.healthcheck()

    with pytest.raises(ClientError, match="closed"):
        colour.run(use)
